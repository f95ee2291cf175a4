"""The pictures of README.md, made from the running program: `python docs/make_pictures.py [--only check|report]`.

A lab is opened in JupyterLab with a real mistake in it and its check is run; a sample class is graded and its
report opened. Needs the `dev` extra and Debian's chromium.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import click
from playwright.sync_api import Browser, Page, sync_playwright

from autograder.build import solution_notebook
from autograder.demo import demo_request
from autograder.grading.run import grade
from autograder.student.jupyterlab import jupyterlab_command, jupyterlab_environment
from autograder.student.start_page import START
from autograder.student.workspace import make_workspace

IMAGES = Path(__file__).parent / "images"
LAB = "lab04_lstm"
MISTAKE = ("f = sigma(a[:, H : 2 * H])", "f = np.tanh(a[:, H : 2 * H])")
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@click.command()
@click.option("--only", type=click.Choice(["check", "report"]))
def main(only: str | None) -> None:
    """Make the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unrolled-pictures-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        if only in (None, "check"):
            failed_check(browser, Path(folder) / "workspace")
        if only in (None, "report"):
            class_report(browser, Path(folder) / "course")
        browser.close()


def failed_check(browser: Browser, workspace: Path) -> None:
    """A student's forget gate is a tanh: the exercise, and under it what the check says."""
    make_workspace(workspace)
    put_mistake(workspace / "labs" / LAB / f"{LAB}.ipynb")
    with jupyterlab(workspace) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 860}, device_scale_factor=1.5)
        page.goto(f"{address}/lab/tree/labs/{LAB}/{LAB}.ipynb")
        page.wait_for_selector(".jp-Notebook-cell", timeout=90_000)
        page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=90_000)
        page.keyboard.press("Control+B")  # the file browser, out of the picture
        run_until(page, "lstm_gates_match")
        panel = (
            page.locator("[role=group], [role=region], section, div").filter(has_text="check-lstm-gates").last
        )
        panel.wait_for(timeout=60_000)
        cell = page.locator(".jp-CodeCell").filter(has_text="def lstm_gates_match").first
        cell.locator("summary").first.click()
        cell.evaluate("element => element.scrollIntoView({block: 'start'})")
        page.wait_for_timeout(1500)
        page.screenshot(path=IMAGES / "check.png")


def put_mistake(notebook: Path) -> None:
    """The lab with its first exercises written as a student would, one of them with the mistake."""
    solved = {cell["id"]: cell.source for cell in solution_notebook(LAB).cells}
    content = json.loads(notebook.read_text())
    for cell in content["cells"]:
        if "exercise" in cell["metadata"].get("tags", []):
            lines = [line for line in solved[cell["id"]].splitlines() if "### " not in line]
            cell["source"] = "\n".join(lines).replace(*MISTAKE)
    notebook.write_text(json.dumps(content))


def run_until(page: Page, name: str) -> None:
    """Run the notebook's cells from the top, down to the check of this name."""
    target = page.locator(".jp-CodeCell").filter(has_text=f"def {name}").first
    for _ in range(80):
        if target.count():
            break
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(200)
    target.click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Above Selected Cell").click()
    target.click()
    page.keyboard.press("Shift+Enter")
    page.wait_for_timeout(4000)


@contextlib.contextmanager
def jupyterlab(workspace: Path) -> Iterator[str]:
    """JupyterLab on a workspace, at an address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*jupyterlab_command(workspace, START, browser=False), f"--port={port}"]
    command += ["--IdentityProvider.token=", "--ServerApp.password="]
    environment = jupyterlab_environment(workspace)
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/api")
                break
            time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def class_report(browser: Browser, course: Path) -> None:
    """The top of the sample class's report."""
    from autograder.classroom.reporting import report_course

    grade(demo_request(LAB, 24, course, 2))
    report = report_course(course)[0]
    page = browser.new_page(viewport={"width": 1150, "height": 1000}, device_scale_factor=1.5)
    page.goto(report.resolve().as_uri())
    page.screenshot(path=IMAGES / "report.png")


if __name__ == "__main__":
    main()
