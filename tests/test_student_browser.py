"""A student's way through a lab in a real browser: open, get it wrong, read why, fix it, validate, submit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from autograder.student.jupyterlab import jupyterlab_command, jupyterlab_environment
from autograder.student.start_page import START
from autograder.student.workspace import make_workspace
from tests.browser_support import SLOW, chromium, jupyter
from tests.browser_support import picture as keep
from tests.command_support import COMMAND

pytestmark = pytest.mark.browser
picture = partial(keep, folder="student")

ROOT = Path(__file__).parents[1]
WRONG = 'def gate(x, w):\n    """A gate."""\n    return np.tanh(x @ w)'
RIGHT = 'def gate(x, w):\n    """A gate."""\n    return 1 / (1 + np.exp(-(x @ w)))'
LEAK = """def leak(x, rate):
    h, steps = np.zeros(x.shape[1]), []
    for x_t in x:
        h = rate * h + x_t
        steps.append(h)
    return np.stack(steps)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(tiny: str, tmp_path: Path, browser: Browser) -> Iterator[Page]:
    """The start page, opened; whatever is asked of another machine is noted and refused."""
    make_workspace(tmp_path / "ws")
    (tmp_path / "home").mkdir()
    foreign: list[str] = []
    settings = {**jupyterlab_environment(tmp_path / "ws"), "HOME": str(tmp_path / "home")}
    command = jupyterlab_command(tmp_path / "ws", START, browser=False)
    with jupyter(command, tmp_path, settings, tmp_path / "jupyterlab.log") as address:
        page = browser.new_page(viewport={"width": 1280, "height": 900})

        def note(request: Request) -> None:
            if not request.url.startswith((address, address.replace("http", "ws"), "data:", "blob:")):
                foreign.append(request.url)

        page.on("request", note)
        page.goto(f"{address}/lab/tree/{START}")
        yield page
        page.close()
    assert foreign == []


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


def submit_and_grade(tiny: str, folder: Path) -> dict[str, Any]:
    """The student submits from the workspace through nbgrader's exchange, the instructor collects and grades."""
    (folder / "exchange").mkdir()
    (folder / "exchange").chmod(0o777)
    (folder / "etc").mkdir()
    (folder / "etc" / "nbgrader_config.py").write_text(
        f'c = get_config()\nc.Exchange.root = "{folder / "exchange"}"\nc.CourseDirectory.course_id = "rnn101"\n'
    )
    home = {"HOME": str(folder / "home"), "JUPYTER_CONFIG_PATH": str(folder / "etc")}
    environment = {**os.environ, **home, "PYTHONPATH": str(ROOT), "USER": "ada", "LOGNAME": "ada"}
    course = folder / "course"

    def does(where: Path, *command: str | Path) -> None:
        done = subprocess.run(
            list(map(str, command)), cwd=where, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"

    nbgrader = (sys.executable, "-m", "nbgrader")
    does(folder, *COMMAND, "init", course)
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("c.CourseDirectory.course_id = 'rnn101'\n")
    does(course, *nbgrader, "release_assignment", tiny)
    does(folder / "ws" / "labs", *nbgrader, "submit", tiny)
    does(course, *nbgrader, "collect", tiny)
    given = ("--submissions", course / "submitted", "--out", course, "--json", folder / "out.json")
    does(folder, *COMMAND, "grade", tiny, *given)
    (submission,) = json.loads((folder / "out.json").read_text())["submissions"]
    return dict(submission)


def test_when_a_student_works_through_a_lab_each_step_answers(tiny: str, page: Page, tmp_path: Path) -> None:
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
    picture(page, name="wrong")

    start_page(page)
    expect(page.get_by_text("4 of 8 points, 1 of 3 checks")).to_be_visible(timeout=SLOW)
    picture(page, name="progress")

    page.get_by_role("tab", name=f"{tiny}.ipynb").click()
    write(page, "gate", RIGHT)
    run_all(page)
    panel(page, "check-gated-leak", "Passed")
    panel(page, "check-gate", "Passed")
    picture(page, name="right")
    start_page(page)
    expect(page.get_by_text("all 3 checks, 8 points")).to_be_visible(timeout=SLOW)

    page.get_by_role("tab", name=f"{tiny}.ipynb").click()
    answer(page, "It scales, so it must stay between 0 and 1.")
    page.get_by_role("button", name="Validate").click()  # saves by itself
    expect(page.get_by_text("Success! Your notebook passes all the tests.")).to_be_visible(timeout=SLOW)
    picture(page, name="validated")

    graded = submit_and_grade(tiny, tmp_path)
    assert (graded["verdict"], graded["score"], graded["max_score"]) == ("graded", 8.0, 8.0)


def test_when_a_lecture_is_clicked_it_opens_as_a_notebook(page: Page) -> None:
    page.get_by_role("link", name="NOTATION").click(timeout=SLOW)
    expect(page.get_by_role("tab", name="NOTATION.md")).to_be_visible(timeout=SLOW)
    start_page(page)
    page.get_by_role("link", name="The LSTM: a state that you add to").first.click()
    expect(page.get_by_role("heading", name="5. The LSTM").first).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=SLOW)
