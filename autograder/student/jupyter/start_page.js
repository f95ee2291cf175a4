// Keeps the start page current in JupyterLab, which does not itself look whether an open file has changed.
//
// A federated extension written by hand: it imports nothing, so there is nothing to build. Where a later JupyterLab
// should not know these calls, the page is right when it is opened and stands still while it is open.
(() => {
  const PAGE = "START.md";
  const EVERY = 2000; // milliseconds

  const modified = (contents) => new Date(contents?.last_modified ?? 0).getTime();

  async function refresh(app, widget) {
    const context = widget.context;
    if (context.path !== PAGE || !widget.isVisible || !context.isReady || context.model.dirty) return;
    const now = await app.serviceManager.contents.get(PAGE, { content: false });
    if (modified(now) > modified(context.contentsModel)) await context.revert();
  }

  async function refreshAll(app) {
    for (const widget of app.shell.widgets("main")) {
      if (widget.context) await refresh(app, widget);
    }
  }

  function activate(app) {
    let busy = false;
    setInterval(async () => {
      if (busy || document.hidden) return;
      busy = true;
      try {
        await refreshAll(app);
      } catch (error) {
        console.debug("unrolled-start-page:", error); // the server is restarting, or the page was deleted
      } finally {
        busy = false;
      }
    }, EVERY);
  }

  const plugin = { id: "unrolled-start-page:plugin", autoStart: true, activate };
  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["unrolled-start-page"] = {
    init: () => undefined,
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
