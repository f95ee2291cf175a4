"""nbgrader's own formgrader, in a browser, on what we exported; then its export and its late penalties."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook
from playwright.sync_api import Page

from autograder.classroom.feedback import write_feedback
from autograder.classroom.gradebook import Exporter
from tests.browser_support import chromium, environment, formgrader_page, give, jupyter, picture
from tests.classroom_support import LAB, QUESTION, handed_in, make_course, rejected, result, submit

NOON = datetime(2026, 3, 1, 12)
ANA = "Ana O'Neill"
EVIL = "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three results: a perfect one with a hostile answer, a late one, a rejected one."""
    folder = tmp_path_factory.mktemp("formgrader")
    root = make_course(folder / "course")
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text().replace('penalty_method = "none"', 'penalty_method = "zero"'))
    with Gradebook(f"sqlite:///{root}/gradebook.db", "unrolled") as book:
        book.update_or_create_assignment(LAB, duedate=NOON)
    with Exporter(root, LAB) as exporter:
        evil = handed_in(root, f"Because. {EVIL}", [new_markdown_cell(EVIL, id="added-1")])
        exporter.export(result(ANA, evil), NOON, submit(folder / "in", ANA, evil))
        exporter.export(result("李小龙", handed_in(root), ("check-double",)), NOON + timedelta(hours=1))
        exporter.export(rejected("bo"), NOON)
    return root


@pytest.fixture(scope="module")
def address(course: Path) -> Iterator[str]:
    """A Jupyter server in the course, with nbgrader's extensions as pip installed them."""
    home = course.parent / "home"
    home.mkdir()
    command = [sys.executable, "-m", "jupyter", "server"]
    with jupyter(command, course, environment(home), home / "server.log") as found:
        yield found


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    with chromium() as browser:
        opened = formgrader_page(browser)
        opened.goto(f"{address}/formgrader")
        yield opened


def test_when_formgrader_opens_it_lists_the_lab_and_its_submissions(page: Page, address: str) -> None:
    page.goto(f"{address}/formgrader/manage_assignments")
    page.wait_for_selector(f"text={LAB}")
    assert page.locator("tr", has_text=LAB).locator(".num-submissions").inner_text().strip() == "3"
    page.goto(f"{address}/formgrader/manage_submissions/{LAB}")
    page.wait_for_selector(f"text={ANA}")
    rows = {name: page.locator("tr", has_text=name).inner_text() for name in (ANA, "李小龙", "bo")}
    picture(page, "formgrader", "submissions")
    assert "needs manual grading" in rows[ANA] and "5 / 9" in rows[ANA]
    assert "3 / 9" in rows["李小龙"]
    assert "needs autograding" in rows["bo"]


def test_when_a_submission_is_opened_its_answer_is_text_and_nothing_runs(page: Page, address: str) -> None:
    page.goto(f"{address}/formgrader/gradebook/{LAB}/{LAB}")
    page.wait_for_selector("text=Submission #1")
    page.goto(f"{address}/formgrader/submissions/{_submission(page, address, ANA)}")
    page.wait_for_selector(f"#{QUESTION}")
    picture(page, "formgrader", "submission")
    assert "window.pwned = 1" in page.inner_text("body")
    assert page.evaluate("window.pwned") is None
    assert page.locator(f"#{'check-double'}").input_value() == ""  # automatic: a placeholder shows it
    assert page.locator(f"#{'check-double'}").get_attribute("placeholder") == "3"


def _submission(page: Page, address: str, student: str) -> str:
    found = page.request.get(f"{address}/formgrader/api/submitted_notebooks/{LAB}/{LAB}").json()
    return str(next(one["id"] for one in found if one["student"] == student))


def test_when_the_answer_is_graded_by_hand_the_total_has_it(page: Page, address: str, course: Path) -> None:
    page.goto(f"{address}/formgrader/submissions/{_submission(page, address, ANA)}")
    give(page, QUESTION, "3.5", "Nearly.")
    with Exporter(course, LAB) as exporter:
        evil = handed_in(course, f"Because. {EVIL}", [new_markdown_cell(EVIL, id="added-1")])
        exporter.export(result(ANA, evil), NOON)
    page.goto(f"{address}/formgrader/manage_submissions/{LAB}")
    page.wait_for_selector(f"text={ANA}")
    row = page.locator("tr", has_text=ANA).inner_text()
    assert "8.5 / 9" in row and "needs manual grading" not in row


def test_when_nbgrader_exports_its_csv_has_scores_and_penalties(course: Path) -> None:
    settings = environment(course.parent / "home")
    command = [sys.executable, "-m", "nbgrader", "export"]
    subprocess.run(command, cwd=course, env=settings, check=True, capture_output=True, timeout=120)
    with (course / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert (rows[ANA]["raw_score"], rows[ANA]["score"]) == ("8.5", "8.5")
    late = rows["李小龙"]
    assert (late["raw_score"], late["late_submission_penalty"], late["score"]) == ("3.0", "3.0", "0.0")
    assert "bo" not in rows


def test_when_formgrader_is_asked_for_feedback_the_page_is_harmless(
    page: Page, address: str, course: Path
) -> None:
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "_xsrf")
    answer = page.request.post(
        f"{address}/formgrader/api/assignment/{LAB}/{ANA}/generate_feedback",
        headers={"X-XSRFToken": token},
        timeout=60_000,
    )
    assert answer.json()["success"], answer.json()
    text = (course / "feedback" / ANA / LAB / f"{LAB}.html").read_text()
    assert "Content-Security-Policy" in text and "<script" not in text and "Nearly." in text


def test_when_our_feedback_is_opened_it_is_whole_and_asks_for_nothing(page: Page, course: Path) -> None:
    evil = handed_in(course, f"Because. {EVIL}", [new_markdown_cell(EVIL, id="added-1")])
    graded = result(ANA, evil, ("check-double",), "y[0] should be 9 and is 6: is the factor right?")
    file = write_feedback(course, LAB, [ANA], {ANA: graded})[ANA]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    picture(page, "formgrader", "feedback")
    assert page.locator("section.unrolled-checks tbody tr").count() == 1
    assert page.evaluate("window.pwned") is None
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
