"""What is exported is what nbgrader's own steps would have written; what people wrote is never touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_output
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from traitlets.config import Config

from autograder.classroom.config import course_directory
from autograder.classroom.files import clear_leftovers
from autograder.classroom.gradebook import Exporter
from autograder.classroom.hand_grading import manual_scores_and_penalties
from autograder.classroom.timestamps import submission_time
from autograder.errors import BadInput
from autograder.grading.results import SubmissionResult
from tests.classroom_support import LAB, QUESTION, handed_in, make_course, rejected, released, result, submit

NOON = datetime(2026, 3, 1, 12)
PASS_FIRST = ("check-double",)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return make_course(tmp_path / "course")


def _book(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course}/gradebook.db", "unrolled")


def _export(course: Path, *results: SubmissionResult, when: datetime | None = NOON) -> None:
    with Exporter(course, LAB) as exporter:
        for one in results:
            exporter.export(one, when)


def _rows(course: Path, student: str) -> dict[str, Any]:
    """All that the gradebook holds of a submission, ids aside."""
    with _book(course) as book:
        whole, part = book.find_submission(LAB, student), book.find_submission_notebook(LAB, LAB, student)
        return {
            "timestamp": whole.timestamp,
            "score": whole.score,
            "penalty": part.late_submission_penalty,
            "grades": {g.name: (g.auto_score, g.manual_score, g.needs_manual_grade) for g in part.grades},
            "comments": {c.name: (c.auto_comment, c.manual_comment) for c in part.comments},
        }


def _by_nbgrader(
    course: Path, graded: SubmissionResult, when: datetime | None, penalty: str
) -> dict[str, Any]:
    """The same submission through nbgrader's own steps, in a copy of the course."""
    other = course.with_name("by-nbgrader")
    shutil.copytree(course, other)
    with _book(other) as book:
        book.update_or_create_student(graded.student)
        book.update_or_create_submission(LAB, graded.student, timestamp=when)
    facts = {"notebook": LAB, "assignment": LAB, "student": graded.student}
    resources = {"nbgrader": {**facts, "db_url": f"sqlite:///{other}/gradebook.db"}}
    notebook = nbformat.reads(graded.notebook, as_version=4)
    config = Config({"LateSubmissionPlugin": {"penalty_method": penalty}})
    for step in (SaveAutoGrades(), AssignLatePenalties(config=config)):
        step(notebook, resources)
    return _rows(other, graded.student)


@pytest.mark.parametrize("answer", [None, "Because."], ids=["unanswered", "answered"])
@pytest.mark.parametrize(
    "passed", [(), PASS_FIRST, ("check-double", "check-triple")], ids=["none", "one", "all"]
)
@pytest.mark.parametrize("penalty", ["none", "zero"])
@pytest.mark.parametrize("late", [-1, 1], ids=["in-time", "late"])
def test_when_exported_the_gradebook_holds_what_nbgraders_own_steps_write(
    course: Path, answer: str | None, passed: tuple[str, ...], penalty: str, late: int
) -> None:
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text().replace('penalty_method = "none"', f'penalty_method = "{penalty}"'))
    with _book(course) as book:
        book.update_or_create_assignment(LAB, duedate=NOON)
    when = NOON + timedelta(hours=late)
    graded = result("ada", handed_in(course, answer), passed)
    wanted = _by_nbgrader(course, graded, when, penalty)
    _export(course, graded, when=when)
    assert _rows(course, "ada") == wanted
    if late > 0 and penalty == "zero":
        assert wanted["penalty"] == graded.score


def test_when_exercises_are_untouched_the_comment_says_no_response(course: Path) -> None:
    _export(course, result("ada", released(course), ()))
    rows = _rows(course, "ada")
    assert {comment for comment, _ in rows["comments"].values()} == {"No response."}
    assert rows["grades"][QUESTION] == (0, None, False)


def test_when_exported_twice_nothing_changes(course: Path) -> None:
    graded = result("ada", handed_in(course), PASS_FIRST)
    _export(course, graded)
    before, files = _rows(course, "ada"), sorted(course.rglob("*"))
    _export(course, graded)
    assert _rows(course, "ada") == before and sorted(course.rglob("*")) == files


def test_when_a_person_graded_the_answer_their_score_and_comment_stay(course: Path) -> None:
    graded = result("ada", handed_in(course), PASS_FIRST)
    _export(course, graded)
    with _book(course) as book:
        grade = book.find_grade(QUESTION, LAB, LAB, "ada")
        grade.manual_score, grade.needs_manual_grade = 3.5, False
        book.find_comment(QUESTION, LAB, LAB, "ada").manual_comment = "Nearly."
        book.db.commit()
    _export(course, graded)
    rows = _rows(course, "ada")
    assert rows["grades"][QUESTION] == (None, 3.5, False)
    assert rows["comments"][QUESTION] == (None, "Nearly.")
    assert rows["score"] == 6.5


def test_when_the_answer_changed_after_manual_grading_it_needs_a_look_again(course: Path) -> None:
    _export(course, result("ada", handed_in(course), PASS_FIRST))
    with _book(course) as book:
        grade = book.find_grade(QUESTION, LAB, LAB, "ada")
        grade.manual_score, grade.needs_manual_grade = 3.5, False
        book.db.commit()
    _export(course, result("ada", handed_in(course, "Another answer."), PASS_FIRST))
    assert _rows(course, "ada")["grades"][QUESTION] == (None, 3.5, True)


def test_when_rejected_the_student_has_handed_in_and_has_no_grade(course: Path) -> None:
    _export(course, result("ada", handed_in(course)))
    _export(course, rejected("ada"))
    with _book(course) as book, pytest.raises(MissingEntry):
        book.find_submission(LAB, "ada")
    assert (course / "submitted" / "ada" / LAB / "timestamp.txt").is_file()
    assert not (course / "autograded" / "ada" / LAB).exists()


def test_when_rejected_after_manual_grading_only_the_automatic_part_goes(course: Path) -> None:
    _export(course, result("ada", handed_in(course)))
    with _book(course) as book:
        book.find_grade(QUESTION, LAB, LAB, "ada").manual_score = 2.0
        book.db.commit()
    _export(course, rejected("ada"))
    rows = _rows(course, "ada")
    assert rows["grades"][QUESTION] == (None, 2.0, True)
    assert rows["grades"]["check-double"] == (None, None, True)


def test_when_rejected_an_extension_that_was_granted_stays(course: Path) -> None:
    _export(course, result("ada", handed_in(course)))
    with _book(course) as book:
        book.grant_extension(LAB, "ada", days=2)
    _export(course, rejected("ada"))
    with _book(course) as book:
        assert book.find_submission(LAB, "ada").extension == timedelta(days=2)


def test_when_the_grader_failed_the_grade_that_was_there_stays(course: Path) -> None:
    _export(course, result("ada", handed_in(course)))
    before = _rows(course, "ada")
    _export(course, SubmissionResult("ada", None, 5.0, 4.0, "infra", message="the disk is full"))
    assert _rows(course, "ada") == before


def test_when_an_extension_covers_the_delay_there_is_no_penalty(course: Path) -> None:
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text().replace('penalty_method = "none"', 'penalty_method = "zero"'))
    graded = result("ada", handed_in(course))
    with _book(course) as book:
        book.update_or_create_assignment(LAB, duedate=NOON)
    _export(course, graded, when=NOON + timedelta(hours=5))
    assert _rows(course, "ada")["penalty"] == 5.0
    with _book(course) as book:
        book.grant_extension(LAB, "ada", days=1)
    _export(course, graded, when=NOON + timedelta(hours=5))
    assert _rows(course, "ada")["penalty"] is None


def test_when_the_teacher_wrote_a_late_rule_of_their_own_it_counts(course: Path) -> None:
    rule = (
        "def late_submission_penalty(self, student_id, score, total_seconds_late):\n        return score / 2"
    )
    (course / "late_rule.py").write_text(
        f"from nbgrader.plugins import BasePlugin\n\nclass Half(BasePlugin):\n    {rule}\n"
    )
    with (course / "nbgrader_config.py").open("a") as config:
        config.write('c.AssignLatePenalties.plugin_class = "late_rule.Half"\n')
    with _book(course) as book:
        book.update_or_create_assignment(LAB, duedate=NOON)
    _export(course, result("ada", handed_in(course)), when=NOON + timedelta(seconds=1))
    assert _rows(course, "ada")["penalty"] == 2.5


def test_when_exported_formgraders_api_lists_everyone_rightly(course: Path) -> None:
    _export(course, result("Ana Müller", handed_in(course)), rejected("bo"))
    _export(course, result("李小龙", handed_in(course), PASS_FIRST), when=None)
    found = {row["student"]: row for row in NbGraderAPI(course_directory(course)).get_submissions(LAB)}
    assert {name: row["autograded"] for name, row in found.items()} == {
        "Ana Müller": True,
        "bo": False,
        "李小龙": True,
    }
    assert found["李小龙"]["score"] == 3 and found["Ana Müller"]["needs_manual_grade"]


def test_when_a_submission_is_given_it_is_copied_without_links_and_pipes(
    course: Path, tmp_path: Path
) -> None:
    folder = submit(tmp_path / "in", "ada", handed_in(course), NOON)
    (folder / "data").mkdir()
    (folder / "data" / "mine.csv").write_text("1,2")
    (folder / "leak.txt").symlink_to(course / "secret")
    (folder / "up").symlink_to(course)
    os.mkfifo(folder / "pipe")
    with Exporter(course, LAB) as exporter:
        exporter.export(result("ada", handed_in(course)), submission_time(folder), folder)
    target = course / "submitted" / "ada" / LAB
    names = {str(path.relative_to(target)) for path in target.rglob("*")}
    assert names == {f"{LAB}.ipynb", "timestamp.txt", "data", "data/mine.csv"}
    assert submission_time(target) == NOON


def test_when_the_submission_lies_in_the_course_already_it_is_left_as_it_is(course: Path) -> None:
    folder = submit(course / "submitted", "ada", handed_in(course), NOON)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with Exporter(course, LAB) as exporter:
        exporter.export(result("ada", handed_in(course)), submission_time(folder), folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_when_there_is_no_timestamp_file_the_time_is_unknown(course: Path, tmp_path: Path) -> None:
    assert submission_time(submit(tmp_path, "ada", handed_in(course))) is None


def test_when_the_timestamp_says_no_time_the_line_names_the_file(course: Path, tmp_path: Path) -> None:
    folder = submit(tmp_path, "ada", handed_in(course))
    (folder / "timestamp.txt").write_text("yesterday-ish")
    with pytest.raises(BadInput, match=r"timestamp\.txt should hold a time"):
        submission_time(folder)


def test_when_the_lab_is_not_in_the_course_the_line_says_init(course: Path) -> None:
    with pytest.raises(BadInput, match="unrolled init"):
        Exporter(course, "lab00_none")


def test_when_the_course_holds_an_older_lab_the_line_says_so(course: Path) -> None:
    with _book(course) as book:
        book.find_grade_cell("check-double", LAB, LAB).max_score = 7.0
        book.db.commit()
    with pytest.raises(BadInput, match="older lab99_tiny: check-double is worth 3 points now"):
        _export(course, result("ada", handed_in(course)))


def test_when_the_gradebook_is_no_database_the_line_says_so(course: Path) -> None:
    (course / "gradebook.db").write_text("not a database" * 100)
    with pytest.raises(BadInput, match="cannot be used: file is not a database"):
        Exporter(course, LAB)


def test_when_the_output_folder_cannot_be_written_the_line_names_it(course: Path) -> None:
    (course / "autograded").write_text("a file where a folder should be")
    with pytest.raises(BadInput, match=r"cannot write the course: .*autograded"):
        _export(course, result("ada", handed_in(course)))


def test_when_outputs_do_not_say_the_score_nbgrader_reads_ours_all_the_same(course: Path) -> None:
    graded = result("ada", handed_in(course), PASS_FIRST)
    notebook = nbformat.reads(graded.notebook, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":  # a warning where the check passed, and nothing where it failed
            loud = cell.metadata.get("nbgrader", {}).get("grade_id") == "check-double"
            cell.outputs = [new_output("stream", name="stderr", text="careful")] if loud else []
    lying = SubmissionResult(**{**graded.__dict__, "notebook": nbformat.writes(notebook)})
    wanted = _by_nbgrader(course, graded, NOON, "none")
    _export(course, lying)
    assert _rows(course, "ada") == wanted
    written = (course / "autograded" / "ada" / LAB / f"{LAB}.ipynb").read_text()
    reread = SubmissionResult(**{**graded.__dict__, "notebook": written})
    shutil.rmtree(course.with_name("by-nbgrader"))
    assert _by_nbgrader(course, reread, NOON, "none") == wanted


def test_when_the_file_is_read_only_a_new_grade_still_replaces_it(course: Path) -> None:
    _export(course, result("ada", handed_in(course), PASS_FIRST))
    _export(course, result("ada", handed_in(course)))
    assert _rows(course, "ada")["score"] == 5


def test_when_people_have_graded_their_points_and_penalties_are_read_back(course: Path) -> None:
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text().replace('penalty_method = "none"', 'penalty_method = "zero"'))
    with _book(course) as book:
        book.update_or_create_assignment(LAB, duedate=NOON)
    notebook = handed_in(course)
    _export(course, result("ada", notebook, PASS_FIRST), result("bo", notebook), rejected("cy"))
    _export(course, result("di", released(course), ()))
    _export(course, result("ed", notebook, PASS_FIRST), when=NOON + timedelta(days=1))
    with _book(course) as book:
        for cell, score in ((QUESTION, 3.5), ("check-triple", 1.0)):
            grade = book.find_grade(cell, LAB, LAB, "ada")
            grade.manual_score, grade.needs_manual_grade = score, False
        book.db.commit()
    manual, penalties = manual_scores_and_penalties(course, LAB)
    assert manual == {"ada": 4.5, "bo": None, "di": 0.0, "ed": None}
    assert penalties == {"ed": 3.0}


def test_when_a_killed_program_left_half_a_file_or_folder_it_can_be_taken_away(course: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    folder = course / "submitted" / "ada"
    half = folder / f".{LAB}.{ended.pid}.part"
    old = folder / f".{LAB}.{ended.pid}.old"
    mine = course / f".unrolled.json.{os.getpid()}.part"
    for one in (half, old):
        one.mkdir(parents=True)
        (one / "some.txt").write_text("half")
    single = course / f".secret.{ended.pid}.part"
    single.write_text("half")
    mine.write_text("being written at this moment")
    clear_leftovers(course)
    assert [half.exists(), old.exists(), single.exists(), mine.exists()] == [False, False, False, True]
    assert (course / "secret").is_file()
