"""Due dates and late penalties: what is set or given after grading counts all the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.classroom.exports import export_grades
from autograder.classroom.gradebook import Exporter
from autograder.classroom.grades import Mark
from autograder.classroom.penalties import seconds_late, settle_penalties
from autograder.errors import BadInput
from tests.classroom_support import LAB, QUESTION, handed_in, make_course, result

NOON = datetime(2026, 3, 1, 12)
HOUR = timedelta(hours=1)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """Late work gets nothing. ada handed in at noon, bo an hour later; both have 5 points and wait for a person."""
    root = make_course(tmp_path / "c")
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text().replace('penalty_method = "none"', 'penalty_method = "zero"'))
    with Exporter(root, LAB) as exporter:
        for student, moment in (("ada", NOON), ("bo", NOON + HOUR)):
            exporter.export(result(student, handed_in(root)), moment)
    return root


def set_due_date(course: Path, moment: datetime | None) -> None:
    with Gradebook(f"sqlite:///{course}/gradebook.db", "unrolled") as book:
        book.find_assignment(LAB).duedate = moment
        book.db.commit()


def give(course: Path, student: str, points: float) -> None:
    with Gradebook(f"sqlite:///{course}/gradebook.db", "unrolled") as book:
        grade = book.find_grade(QUESTION, LAB, LAB, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


def mark(course: Path, student: str) -> Mark:
    return export_grades(course, "spreadsheet")[1].marks[student, LAB]


def test_when_a_due_date_is_set_after_grading_who_was_late_loses_and_who_was_not_does_not(
    course: Path,
) -> None:
    assert mark(course, "bo") == Mark(5.0, 0.0, final=False)
    set_due_date(course, NOON)
    assert mark(course, "bo") == Mark(0.0, 5.0, final=False)
    assert mark(course, "ada") == Mark(5.0, 0.0, final=False)


def test_when_points_are_given_by_hand_afterwards_the_penalty_follows(course: Path) -> None:
    set_due_date(course, NOON)
    settle_penalties(course)
    for student in ("ada", "bo"):
        give(course, student, 3.0)
    assert mark(course, "bo") == Mark(0.0, 8.0)
    assert mark(course, "ada") == Mark(8.0, 0.0)


@pytest.mark.parametrize("due", [None, NOON + HOUR])
def test_when_the_due_date_is_moved_or_taken_back_the_penalty_goes(
    course: Path, due: datetime | None
) -> None:
    set_due_date(course, NOON)
    assert mark(course, "bo").late_penalty == 5.0
    set_due_date(course, due)
    assert mark(course, "bo") == Mark(5.0, 0.0, final=False)


def test_when_a_student_is_given_more_time_the_penalty_goes(course: Path) -> None:
    set_due_date(course, NOON)
    with Gradebook(f"sqlite:///{course}/gradebook.db", "unrolled") as book:
        book.grant_extension(LAB, "bo", hours=2)
    assert mark(course, "bo").late_penalty == 0.0


def test_when_the_teachers_rule_does_not_load_one_line_says_so_and_nothing_changes(course: Path) -> None:
    set_due_date(course, NOON)
    with (course / "nbgrader_config.py").open("a") as config:
        config.write('c.AssignLatePenalties.plugin_class = "late_rule.None"\n')
    with pytest.raises(BadInput, match=r"late penalty named in .* does not load"):
        export_grades(course, "canvas")
    assert not (course / "grades-canvas.csv").exists()


def test_when_a_time_is_not_known_nobody_is_late() -> None:
    assert seconds_late(None, NOON, None) == seconds_late(NOON, None, None) == 0.0
    assert seconds_late(NOON + HOUR, NOON, None) == 3600.0
    assert seconds_late(NOON + HOUR, NOON, HOUR) == 0.0
