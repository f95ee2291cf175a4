"""The pictures of README.md and docs/, made from the running program: `python -m docs.make_pictures [--only NAME]`.

The labs are opened in JupyterLab as a student has them, with a real mistake and without; a sample class is graded and
its report opened. Needs the `dev` extra and Debian's chromium.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from playwright.sync_api import Browser, Locator, Page, ViewportSize

from autograder.build import solution_notebook
from autograder.demo import demo_request
from autograder.grading.run import grade
from autograder.student.jupyterlab import jupyterlab_command, jupyterlab_environment
from autograder.student.start_page import START
from autograder.student.workspace import make_workspace
from tests.browser_support import chromium, jupyter

IMAGES = Path(__file__).parent / "images"
LAB = "lab04_lstm"
NOTEBOOK = f"labs/{LAB}/{LAB}.ipynb"
MISTAKE = ("f = sigma(a[:, H : 2 * H])", "f = np.tanh(a[:, H : 2 * H])")
WINDOW: ViewportSize = {"width": 1080, "height": 860}
LONG = 480_000  # milliseconds: a lab that trains, on a machine that does something else meanwhile


@click.command()
@click.option(
    "--only",
    type=click.Choice(["check", "microscope", "report"]),
    help="Only this; start.png comes with the microscope.",
)
def main(only: str | None) -> None:
    """Make the pictures."""
    makers: dict[str, Callable[[Browser, Path], None]] = {
        "check": failed_check,
        "microscope": microscope,
        "report": class_report,
    }
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unrolled-pictures-") as folder, chromium() as browser:
        for name in [only] if only else makers:
            makers[name](browser, Path(folder))


def failed_check(browser: Browser, folder: Path) -> None:
    """A student's forget gate is a tanh: what the check says of it."""
    with student(browser, folder / "mistaken", mistake=True) as (page, _):
        run_down_to(page, "def lstm_gates_match")
        panel = page.get_by_role("group", name="Check check-lstm-gates: Not right yet")
        panel.wait_for(timeout=LONG)
        panel.locator("summary").first.click()
        code_cell(page, "def lstm_gates_match").evaluate("cell => cell.scrollIntoView({block: 'start'})")
        page.wait_for_timeout(1000)
        page.screenshot(path=IMAGES / "check.png")


def microscope(browser: Browser, folder: Path) -> None:
    """The student's own cell, trained, under lecture 5's microscope; then the start page, with what passed so far."""
    with student(browser, folder / "right", mistake=False) as (page, address):
        run_down_to(page, "widgets.gate_microscope(")
        seen = code_cell(page, "widgets.gate_microscope(").locator(".jp-OutputArea-output").first
        seen.locator("img").wait_for(timeout=LONG)
        page.set_viewport_size({"width": 1080, "height": 1250})  # all of it in sight
        page.wait_for_timeout(1000)
        seen.screenshot(path=IMAGES / "microscope.png")
        page.set_viewport_size(WINDOW)
        page.goto(f"{address}/doc/tree/{START}")
        page.get_by_role("link", name="The LSTM cell").first.wait_for(timeout=LONG)
        page.wait_for_timeout(1000)
        page.screenshot(path=IMAGES / "start.png")


@contextmanager
def student(browser: Browser, workspace: Path, *, mistake: bool) -> Iterator[tuple[Page, str]]:
    """A student's JupyterLab with the lab opened, every exercise written, and its address."""
    make_workspace(workspace)
    write_exercises(workspace / NOTEBOOK, dict([MISTAKE]) if mistake else {})
    command = jupyterlab_command(workspace, START, browser=False)
    log = workspace.with_suffix(".log")
    with jupyter(command, workspace, jupyterlab_environment(workspace), log) as address:
        page = browser.new_page(viewport=WINDOW, device_scale_factor=1.5)
        page.goto(f"{address}/doc/tree/{NOTEBOOK}")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=LONG)
        yield page, address
        page.close()


def write_exercises(notebook: Path, changed: Mapping[str, str]) -> None:
    """Write the lab's exercises as a student would, but for what is changed."""
    solved = {cell["id"]: cell.source for cell in solution_notebook(LAB).cells}
    content = json.loads(notebook.read_text())
    for cell in content["cells"]:
        if "exercise" in cell["metadata"].get("tags", []):
            code = "\n".join(line for line in solved[cell["id"]].splitlines() if "### " not in line)
            for right, wrong in changed.items():
                code = code.replace(right, wrong)
            cell["source"] = code
    notebook.write_text(json.dumps(content))


def code_cell(page: Page, text: str) -> Locator:
    return page.locator(".jp-CodeCell").filter(has_text=text).first


def run_down_to(page: Page, text: str) -> None:
    """Run the notebook's cells from the top, down to the one with this text."""
    cell = code_cell(page, text)
    page.locator(".jp-Notebook").first.hover()
    while not cell.count():  # JupyterLab makes the cells that are in sight
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(100)
    cell.locator(".cm-content").click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Above Selected Cell").click()
    cell.locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")


def class_report(browser: Browser, folder: Path) -> None:
    """The top of the sample class's report."""
    from autograder.classroom.reporting import report_course

    grade(demo_request(LAB, 24, folder / "course", 2))
    report = report_course(folder / "course")[0]
    page = browser.new_page(viewport={"width": 1150, "height": 1000}, device_scale_factor=1.5)
    page.goto(report.resolve().as_uri())
    page.screenshot(path=IMAGES / "report.png")
    page.close()


if __name__ == "__main__":
    main()
