"""A Jupyter server and the system's Chromium, for the tests that look at pages."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ARTEFACTS = Path(__file__).parents[1] / "artifacts"
SLOW = 60_000  # milliseconds: a laptop that does something else meanwhile
CHROMIUM = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
).split()
_ELSEWHERE = re.compile(r"^https?://(?!127\.0\.0\.1)")


def environment(home: Path, **more: str) -> dict[str, str]:
    """Nothing of this machine's own Jupyter settings, and this Python's programs first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "XDG"))}
    folders = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**kept, **folders, "HOME": str(home), "PATH": path, "PYTHONPATH": str(ARTEFACTS.parent), **more}


@contextmanager
def jupyter(command: Sequence[str], folder: Path, settings: Mapping[str, str], log: Path) -> Iterator[str]:
    """A Jupyter server started by this command in this folder, without a token; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--port={port}", "--ServerApp.port_retries=0", "--ip=127.0.0.1", "--no-browser"]
    options += ["--allow-root", "--IdentityProvider.token="]
    with log.open("w") as said:
        server = subprocess.Popen(
            [*command, *options], cwd=folder, env=dict(settings), stdout=said, stderr=said
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api", server, log)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:  # it waits for a kernel that was only starting
            server.kill()
            server.wait(30)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(400):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.25)
    raise TimeoutError(f"{address} does not answer:\n{log.read_text()[-2000:]}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield opened
        opened.close()


def formgrader_page(browser: Browser) -> Page:
    """A page for formgrader, whose MathJax comes from another machine, which a test must not wait for."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.route(_ELSEWHERE, lambda route: route.abort())
    page.set_default_timeout(SLOW)
    return page


def give(page: Page, cell: str, points: str, remark: str) -> None:
    """Write points and a remark for a cell of an opened submission, and wait until formgrader has saved them."""
    page.wait_for_function(
        "typeof formgrader !== 'undefined' && formgrader.grades?.loaded && formgrader.comments?.loaded"
    )
    for kind, field, text in (("grade", cell, points), ("comment", f"{cell}-comment", remark)):
        address = re.compile(rf"/api/{kind}/")
        with page.expect_request_finished(
            lambda request, address=address: request.method == "PUT" and address.search(request.url)
        ):
            page.fill(f"#{field}", text)
            page.locator(f"#{field}").blur()


def picture(page: Page, folder: str, name: str) -> None:
    """Kept as what a failed run is looked at by."""
    (ARTEFACTS / folder).mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / folder / f"{name}.png", full_page=True)
