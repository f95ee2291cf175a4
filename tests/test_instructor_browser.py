"""An instructor's whole way, in formgrader and in a terminal: from an empty folder to feedback and a grades file."""

from __future__ import annotations

import csv
import getpass
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser_support import chromium, environment, formgrader_page, give, jupyter
from tests.browser_support import picture as keep
from tests.command_support import Finished, run, unrolled
from tests.lab_support import solved

pytestmark = pytest.mark.browser
ME = getpass.getuser()  # nbgrader's exchange knows students by their accounts
WRONG = "def gate(x, w):\n    return np.tanh(x @ w)"
WORDS = "It scales, so it must stay between 0 and 1."
QUESTION = "question-gate"
picture = partial(keep, folder="instructor")


@dataclass(frozen=True)
class Desk:
    """The instructor's folder, and the settings that everything is started with."""

    folder: Path
    settings: dict[str, str]

    @property
    def course(self) -> Path:
        return self.folder / "course"

    def unrolled(self, *arguments: str | Path) -> str:
        return said(unrolled(*arguments, cwd=self.folder, env=self.settings))

    def nbgrader(self, *arguments: str, folder: str = "student") -> str:
        command = [sys.executable, "-m", "nbgrader", *arguments]
        return said(run(command, cwd=self.folder / folder, env=self.settings))


def said(done: Finished) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def desk(tiny: str, tmp_path: Path) -> Desk:
    """A folder with an exchange, the machine's settings for it, and a student's home."""
    for name in ("exchange", "etc", "home", "student"):
        (tmp_path / name).mkdir()
    (tmp_path / "exchange").chmod(0o777)
    (tmp_path / "etc" / "nbgrader_config.py").write_text(
        f'c = get_config()\nc.Exchange.root = "{tmp_path}/exchange"\nc.CourseDirectory.course_id = "unrolled"\n'
    )
    settings = environment(tmp_path / "home", JUPYTER_CONFIG_PATH=str(tmp_path / "etc"))
    return Desk(tmp_path, settings)


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium() as browser:
        yield formgrader_page(browser)


def row(page: Page, text: str) -> Locator:
    return page.locator("tbody tr").filter(has_text=text)


def click_and_wait_for_success(page: Page, button: Locator) -> None:
    """Press one of formgrader's icons and wait until it says that it worked."""
    button.locator("a").click()
    expect(page.locator("#success-modal")).to_be_visible()
    page.locator("#success-modal button").first.click()
    expect(page.locator(".modal-backdrop")).to_have_count(0)


def set_the_due_date(page: Page, lab: str) -> None:
    row(page, lab).locator(".edit a").click()
    page.fill("input.modal-duedate", "2100-01-01T12:00")
    page.click("button.save")
    expect(row(page, lab).locator(".duedate")).to_contain_text("2100-01-01 12:00")


def a_student_works_and_submits(desk: Desk, lab: str) -> None:
    desk.nbgrader("fetch_assignment", lab)
    mine = solved(lab, gate=WRONG, question_gate=WORDS)
    (desk.folder / "student" / lab / f"{lab}.ipynb").write_text(json.dumps(mine))
    desk.nbgrader("submit", lab)


def another_hands_in_late(desk: Desk, lab: str) -> None:
    """By mail, say: an hour and a half after the due date, and with no words."""
    folder = desk.course / "submitted" / "bo" / lab
    folder.mkdir(parents=True)
    (folder / f"{lab}.ipynb").write_text(json.dumps(solved(lab)))
    (folder / "timestamp.txt").write_text("2100-01-01 13:30:00 UTC")


def grade_by_hand(page: Page, lab: str) -> None:
    """From the list of submissions to the answer in words, and a mark and a remark for it."""
    row(page, ME).locator(".student-name a").click()
    page.locator("tbody a").filter(has_text=lab).first.click()
    expect(page.locator(f"#{QUESTION}")).to_be_visible()
    expect(page.get_by_text(WORDS)).to_be_visible()
    give(page, QUESTION, "1.5", "And why?")
    picture(page, name="hand-grading")


def grades_file(desk: Desk, layout: str) -> list[list[str]]:
    desk.unrolled("export", "course", "--layout", layout, "--out", "grades.csv")
    return list(csv.reader((desk.folder / "grades.csv").read_text("utf-8-sig").splitlines()))


def test_when_an_instructor_goes_the_whole_way_every_step_shows_what_it_did(
    tiny: str, desk: Desk, page: Page
) -> None:
    desk.unrolled("init", "course")
    config = desk.course / "nbgrader_config.py"
    config.write_text(config.read_text().replace('penalty_method = "none"', 'penalty_method = "zero"'))
    roster = f"id,first_name,last_name,lms_user_id\n{ME},Ada,Lovelace,101\nbo,Bo,Bohr,102\ncy,Cy,Curie,103\n"
    (desk.folder / "class.csv").write_text(roster)
    assert "3 added" in desk.unrolled("students", "course", "class.csv")

    lab_app = [sys.executable, "-m", "jupyter", "lab"]
    with jupyter(lab_app, desk.course, desk.settings, desk.folder / "jupyter.log") as address:
        labs, submissions = (
            f"{address}/formgrader/{place}" for place in ("manage_assignments", f"manage_submissions/{tiny}")
        )
        page.goto(labs)
        set_the_due_date(page, tiny)
        click_and_wait_for_success(page, row(page, tiny).locator(".release"))
        a_student_works_and_submits(desk, tiny)
        another_hands_in_late(desk, tiny)
        click_and_wait_for_success(page, row(page, tiny).locator(".collect"))
        expect(row(page, tiny).locator(".num-submissions")).to_have_text("2")
        picture(page, name="collected")

        desk.unrolled("grade", tiny, "--submissions", "course/submitted", "--out", "course")
        page.goto(submissions)
        expect(row(page, ME)).to_contain_text("Lovelace, Ada")
        expect(row(page, ME).locator(".status")).to_have_text("needs manual grading")
        expect(row(page, ME).locator(".score")).to_have_text("4 / 10")
        expect(row(page, "Bohr, Bo").locator(".status")).to_have_text("graded")
        expect(row(page, "Bohr, Bo").locator(".score")).to_have_text("8 / 10")
        picture(page, name="graded")

        grade_by_hand(page, tiny)
        page.goto(submissions)
        expect(row(page, ME).locator(".score")).to_have_text("5.5 / 10")
        expect(row(page, ME).locator(".status")).to_have_text("graded")

        desk.unrolled("report", "course")
        links = re.findall(r"\]\(([^)]+)\)", (desk.course / "REPORTS.md").read_text())
        assert len(links) == 4 and all((desk.course / link).is_file() for link in links)
        click_and_wait_for_success(page, row(page, ME).locator(".release-feedback"))
        picture(page, name="handed-back")
        desk.nbgrader("fetch_feedback", tiny)
        (mine,) = (desk.folder / "student" / tiny / "feedback").rglob("*.html")
        assert mine.read_bytes() == (desk.course / "feedback" / ME / tiny / f"{tiny}.html").read_bytes()
        page.goto(mine.as_uri())
        expect(page.get_by_text("And why?")).to_be_visible()
        expect(page.get_by_text("Your gate is a tanh.").first).to_be_visible()
        picture(page, name="feedback")

        look_at_the_report(page, address)

    assert grades_file(desk, "canvas")[1:] == [
        ["    Points Possible", "", "", "", "", "10"],
        ["Bohr, Bo", "102", "", "bo", "", "0"],  # late, and the course takes everything off
        ["Curie, Cy", "103", "", "cy", "", ""],
        ["Lovelace, Ada", "101", "", ME, "", "5.5"],
    ]


def look_at_the_report(page: Page, address: str) -> None:
    """From the course's folder, as the instructor's own JupyterLab shows it, to the class report."""
    page.goto(f"{address}/lab")
    page.locator(".jp-DirListing-item").filter(has_text="REPORTS.md").click(button="right")
    page.get_by_text("Open With", exact=True).hover()
    page.get_by_text("Markdown Preview", exact=True).click()
    page.get_by_role("link", name="A lab for tests").click()
    expect(page.frame_locator("iframe").get_by_text("gate tanh").first).to_be_visible()
    picture(page, name="report")
