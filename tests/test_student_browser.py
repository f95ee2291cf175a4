"""A student's way through a lab in a real browser: open, get it wrong, read why, fix it, validate; progress moves."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from autograder.student.jupyterlab import jupyterlab_command, jupyterlab_environment
from autograder.student.start_page import START
from autograder.student.workspace import make_workspace

pytestmark = pytest.mark.browser

ARTEFACTS = Path(__file__).parents[1] / "artifacts" / "student"
CHROMIUM = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
).split()
WRONG = 'def gate(x, w):\n    """A gate."""\n    return np.tanh(x @ w)'
RIGHT = 'def gate(x, w):\n    """A gate."""\n    return 1 / (1 + np.exp(-(x @ w)))'
LEAK = """def leak(x, rate):
    h, steps = np.zeros(x.shape[1]), []
    for x_t in x:
        h = rate * h + x_t
        steps.append(h)
    return np.stack(steps)"""
SLOW = 60_000  # milliseconds: a laptop that does something else meanwhile


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield opened
        opened.close()


@contextlib.contextmanager
def jupyterlab(workspace: Path, home: Path) -> Iterator[str]:
    """JupyterLab as `unrolled lab` starts it, with nothing of this machine's own settings; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *jupyterlab_command(workspace, START, browser=False),
        f"--port={port}",
        "--IdentityProvider.token=",
    ]
    environment = {**jupyterlab_environment(workspace), "HOME": str(home)}
    with (home / "jupyterlab.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(address: str) -> None:
    for _ in range(240):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address)
            return
        time.sleep(0.25)
    raise TimeoutError(address)


@pytest.fixture
def page(tiny: str, tmp_path: Path, browser: Browser) -> Iterator[Page]:
    """The start page, opened; whatever is asked of another machine is noted and refused."""
    make_workspace(tmp_path / "ws")
    (tmp_path / "home").mkdir()
    foreign: list[str] = []
    with jupyterlab(tmp_path / "ws", tmp_path / "home") as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})

        def note(request: Request) -> None:
            if not request.url.startswith((address, address.replace("http", "ws"), "data:", "blob:")):
                foreign.append(request.url)

        page.on("request", note)
        page.goto(f"{address}/lab/tree/{START}")
        yield page
        page.close()
    assert foreign == []


def picture(page: Page, name: str) -> None:
    """Kept as what a failed run is looked at by."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def write(page: Page, function: str, code: str) -> None:
    """Write an exercise, as a student does by selecting all and typing."""
    editor = page.locator(".jp-CodeCell .cm-content").filter(has_text=f"def {function}(").first
    editor.scroll_into_view_if_needed()
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(code)


def answer(page: Page, words: str) -> None:
    """Answer the question in words."""
    cell = page.locator(".jp-MarkdownCell").last
    cell.scroll_into_view_if_needed()
    cell.click()
    page.keyboard.press("Enter")
    expect(cell.locator(".cm-content")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(words)
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_role("paragraph").filter(has_text=words)).to_be_visible()


def run_all(page: Page) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def panel(page: Page, check: str, said: str) -> None:
    """Wait for a check's panel and what it says."""
    expect(page.get_by_role("group", name=f"Check {check}: {said}")).to_be_visible(timeout=SLOW)


def start_page(page: Page) -> None:
    page.get_by_role("tab", name=START).click()


def test_when_a_student_works_through_a_lab_each_step_answers(tiny: str, page: Page) -> None:
    page.get_by_role("link", name="A lab for tests").click(timeout=SLOW)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=SLOW)
    assert page.get_by_role("dialog").count() == 0
    assert page.get_by_text("Would you like to").count() == 0  # get notified, share data

    write(page, "gate", WRONG)
    write(page, "leak", LEAK)
    run_all(page)
    panel(page, "check-leak", "Passed")
    panel(page, "check-gate", "Not right yet")
    expect(page.get_by_text("Your gate is a tanh.").first).to_be_visible()
    picture(page, "wrong")

    start_page(page)
    expect(page.get_by_text("4 of 8 points, 1 of 3 checks")).to_be_visible(timeout=SLOW)
    picture(page, "progress")

    page.get_by_role("tab", name=f"{tiny}.ipynb").click()
    write(page, "gate", RIGHT)
    run_all(page)
    panel(page, "check-gated-leak", "Passed")
    panel(page, "check-gate", "Passed")
    picture(page, "right")
    start_page(page)
    expect(page.get_by_text("all 3 checks, 8 points")).to_be_visible(timeout=SLOW)

    page.get_by_role("tab", name=f"{tiny}.ipynb").click()
    answer(page, "It scales, so it must stay between 0 and 1.")
    page.get_by_role("button", name="Validate").click()  # saves by itself
    expect(page.get_by_text("Success! Your notebook passes all the tests.")).to_be_visible(timeout=SLOW)
    picture(page, "validated")


def test_when_a_lecture_is_clicked_it_opens_as_a_notebook(page: Page) -> None:
    page.get_by_role("link", name="NOTATION").click(timeout=SLOW)
    expect(page.get_by_role("tab", name="NOTATION.md")).to_be_visible(timeout=SLOW)
    start_page(page)
    page.get_by_role("link", name="The LSTM: a state that you add to").first.click()
    expect(page.get_by_role("heading", name="5. The LSTM").first).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=SLOW)
