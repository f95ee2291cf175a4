"""nbgrader's own formgrader, in a browser, on what we exported; then its export and its late penalties."""

from __future__ import annotations

import csv
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook

from autograder.classroom.feedback import write_feedback
from autograder.classroom.gradebook import Exporter
from tests.classroom_support import LAB, QUESTION, handed_in, make_course, rejected, result, submit

NOON = datetime(2026, 3, 1, 12)
ANA = "Ana O'Neill"
EVIL = "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>"
pytestmark = pytest.mark.browser


def _environment(home: Path) -> dict[str, str]:
    """Nothing of this machine's Jupyter settings, and this Python's programs first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "XDG"))}
    kept.update(
        HOME=str(home),
        JUPYTER_CONFIG_DIR=str(home / "config"),
        JUPYTER_DATA_DIR=str(home / "data"),
        JUPYTER_RUNTIME_DIR=str(home / "runtime"),
        PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        PYTHONPATH=str(Path(__file__).parents[1]),
    )
    return kept


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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "server", f"--port={port}", "--ServerApp.port_retries=0"]
    command += ["--ip=127.0.0.1", "--no-browser", "--allow-root", "--IdentityProvider.token=secret"]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=course, env=_environment(home), stdout=log, stderr=log)
    try:
        base = f"http://127.0.0.1:{port}"
        _wait(f"{base}/api/status?token=secret", server, home / "server.log")
        yield base
    finally:
        server.terminate()
        server.wait(20)


def _wait(url: str, server: subprocess.Popen[Any], log: Path) -> None:
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.25)
    pytest.fail(f"the server did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Any]:
    """A page of the system's Chromium, signed in."""
    playwright = pytest.importorskip("playwright.sync_api")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*flags, "--disable-sync", "--no-first-run"]
        )
        opened = browser.new_page(viewport={"width": 1200, "height": 900})
        # formgrade's MathJax comes from a CDN, which a test must not wait for
        opened.route(re.compile(r"^https?://(?!127\.0\.0\.1)"), lambda route: route.abort())
        opened.goto(f"{address}/formgrader?token=secret")
        yield opened
        browser.close()


def _photograph(page: Any, name: str) -> None:
    """Keep a picture where somebody asked for one."""
    folder = os.environ.get("UNROLLED_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_when_formgrader_opens_it_lists_the_lab_and_its_submissions(page: Any, address: str) -> None:
    page.goto(f"{address}/formgrader/manage_assignments")
    page.wait_for_selector(f"text={LAB}")
    assert page.locator("tr", has_text=LAB).locator(".num-submissions").inner_text().strip() == "3"
    page.goto(f"{address}/formgrader/manage_submissions/{LAB}")
    page.wait_for_selector(f"text={ANA}")
    rows = {name: page.locator("tr", has_text=name).inner_text() for name in (ANA, "李小龙", "bo")}
    _photograph(page, "formgrader-submissions")
    assert "needs manual grading" in rows[ANA] and "5 / 9" in rows[ANA]
    assert "3 / 9" in rows["李小龙"]
    assert "needs autograding" in rows["bo"]


def test_when_a_submission_is_opened_its_answer_is_text_and_nothing_runs(page: Any, address: str) -> None:
    page.goto(f"{address}/formgrader/gradebook/{LAB}/{LAB}")
    page.wait_for_selector("text=Submission #1")
    page.goto(f"{address}/formgrader/submissions/{_submission(page, address, ANA)}")
    page.wait_for_selector(f"#{QUESTION}")
    _photograph(page, "formgrader-submission")
    assert "window.pwned = 1" in page.inner_text("body")
    assert page.evaluate("window.pwned") is None
    assert page.locator(f"#{'check-double'}").input_value() == ""  # automatic: a placeholder shows it
    assert page.locator(f"#{'check-double'}").get_attribute("placeholder") == "3"


def _submission(page: Any, address: str, student: str) -> str:
    found = page.request.get(f"{address}/formgrader/api/submitted_notebooks/{LAB}/{LAB}").json()
    return str(next(one["id"] for one in found if one["student"] == student))


def test_when_the_answer_is_graded_by_hand_the_total_has_it(page: Any, address: str, course: Path) -> None:
    page.goto(f"{address}/formgrader/submissions/{_submission(page, address, ANA)}")
    score = page.locator(f"#{QUESTION}")
    score.wait_for()
    with page.expect_response(lambda answer: "/api/grade/" in answer.url and answer.request.method == "PUT"):
        score.fill("3.5")
        score.blur()
    with page.expect_response(
        lambda answer: "/api/comment/" in answer.url and answer.request.method == "PUT"
    ):
        page.fill(f"#{QUESTION}-comment", "Nearly.")
        page.locator(f"#{QUESTION}-comment").blur()
    with Exporter(course, LAB) as exporter:
        evil = handed_in(course, f"Because. {EVIL}", [new_markdown_cell(EVIL, id="added-1")])
        exporter.export(result(ANA, evil), NOON)
    page.goto(f"{address}/formgrader/manage_submissions/{LAB}")
    page.wait_for_selector(f"text={ANA}")
    row = page.locator("tr", has_text=ANA).inner_text()
    assert "8.5 / 9" in row and "needs manual grading" not in row


def test_when_nbgrader_exports_its_csv_has_scores_and_penalties(course: Path) -> None:
    environment = _environment(course.parent / "home")
    command = [sys.executable, "-m", "nbgrader", "export"]
    subprocess.run(command, cwd=course, env=environment, check=True, capture_output=True, timeout=120)
    with (course / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert (rows[ANA]["raw_score"], rows[ANA]["score"]) == ("8.5", "8.5")
    late = rows["李小龙"]
    assert (late["raw_score"], late["late_submission_penalty"], late["score"]) == ("3.0", "3.0", "0.0")
    assert "bo" not in rows


def test_when_formgrader_is_asked_for_feedback_the_page_is_harmless(
    page: Any, address: str, course: Path
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


def test_when_our_feedback_is_opened_it_is_whole_and_asks_for_nothing(page: Any, course: Path) -> None:
    evil = handed_in(course, f"Because. {EVIL}", [new_markdown_cell(EVIL, id="added-1")])
    graded = result(ANA, evil, ("check-double",), "y[0] should be 9 and is 6: is the factor right?")
    file = write_feedback(course, LAB, [ANA], {ANA: graded})[ANA]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    _photograph(page, "feedback")
    assert page.locator("section.unrolled-checks tbody tr").count() == 1
    assert page.evaluate("window.pwned") is None
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
