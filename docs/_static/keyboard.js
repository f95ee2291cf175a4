// What scrolls in its own box must be reached by keyboard; what needs no scrolling must not cost a press of Tab.
function reach() {
  for (const box of document.querySelectorAll("article pre, .table-wrapper, .output.text_html, div.math, mjx-container")) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
// The theme has two columns at the side and a name for neither.
function name() {
  document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "The book");
  document.querySelector(".toc-drawer")?.setAttribute("aria-label", "This page");
}
window.addEventListener("load", async () => {
  name();
  await window.MathJax?.startup?.promise;
  reach();
});
window.addEventListener("resize", reach);
