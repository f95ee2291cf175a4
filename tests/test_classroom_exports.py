"""Grades out of a course: what each layout holds, and that nothing goes out that is not final."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.classroom.exports import as_csv, export_grades
from autograder.classroom.gradebook import Exporter
from autograder.classroom.grades import Grades, Mark, Person
from autograder.classroom.layouts import LAYOUTS
from autograder.classroom.roster import import_students
from autograder.cli import main
from autograder.errors import BadInput
from tests.classroom_support import LAB, QUESTION, handed_in, make_course, rejected, result
from tests.command_support import here, said_in_one_line

NOON = datetime(2026, 3, 1, 12)
PENALTY = """
from nbgrader.plugins import BasePlugin


class TenPercentADay(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score * min(1, 0.1 * (1 + total_seconds_late // 86400))
"""
LONG = f"Because. {'It doubles, and that is why. ' * 3}"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ada 8.5 of 9; bo 25 hours late; cy waits for a person; di handed in what is no notebook, ed nothing."""
    folder = tmp_path_factory.mktemp("exports")
    root = make_course(folder / "c")
    (root / "late.py").write_text(PENALTY)
    config = root / "nbgrader_config.py"
    config.write_text(f'{config.read_text()}\nc.AssignLatePenalties.plugin_class = "late.TenPercentADay"\n')
    roster = folder / "students.csv"
    roster.write_text(
        "id,first_name,last_name,email,lms_user_id\nada,Ada,Lovelace,ada@example.org,101\n"
        "bo,Bo,=Bohr,bo@example.org,\ncy,,,,\ned,Ed,Edison,,\n"
    )
    import_students(root, roster)
    with Gradebook(f"sqlite:///{root}/gradebook.db", "unrolled") as book:
        book.update_or_create_assignment(LAB, duedate=NOON)
    with Exporter(root, LAB) as exporter:
        exporter.export(result("ada", handed_in(root, LONG)), NOON)
        exporter.export(
            result("bo", handed_in(root, LONG), ("check-double",)), NOON + timedelta(days=1, hours=1)
        )
        exporter.export(result("cy", handed_in(root, LONG)), NOON)
        exporter.export(rejected("di"), NOON)
    for student, points in (("ada", 3.5), ("bo", 1.0)):
        _grade_by_hand(root, student, points)
    with Exporter(root, LAB) as exporter:  # the penalty follows what a person has given
        exporter.export(
            result("bo", handed_in(root, LONG), ("check-double",)), NOON + timedelta(days=1, hours=1)
        )
    return root


def _grade_by_hand(root: Path, student: str, points: float) -> None:
    with Gradebook(f"sqlite:///{root}/gradebook.db", "unrolled") as book:
        grade = book.find_grade(QUESTION, LAB, LAB, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


def table(file: Path) -> list[list[str]]:
    return list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))


def test_when_exported_for_a_spreadsheet_every_student_has_a_state(course: Path) -> None:
    done = here("export", course)
    assert done.returncode == 0, done.stderr
    assert f"4 students; {LAB}" in done.stdout and "marked as such: 1" in done.stdout
    file = course / "grades-spreadsheet.csv"
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    header, *rows = table(file)
    assert header[4:] == [LAB, f"{LAB} out of", f"{LAB} late penalty", f"{LAB} state"]
    assert {row[0]: row[4:] for row in rows} == {
        "ada": ["8.5", "9", "0", "final"],
        "bo": ["3.2", "9", "0.8", "final"],  # 3 + 1 by hand, less 20 % for the second day
        "cy": ["5", "9", "0", "to be graded by hand"],
        "ed": ["", "9", "", "no grade"],
    }
    assert next(row for row in rows if row[0] == "bo")[1] == "'=Bohr"  # no formula


def test_when_exported_for_canvas_the_header_and_the_points_row_are_its_own(course: Path) -> None:
    assert "left out: 1" in here("export", course, "--layout", "canvas").stdout
    header, points, *rows = table(course / "grades-canvas.csv")
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", LAB]
    assert points == ["    Points Possible", "", "", "", "", "9"]
    assert rows == [
        ["cy", "", "", "cy", "", ""],
        ["'=Bohr, Bo", "", "", "bo", "", "3.2"],
        ["Edison, Ed", "", "", "ed", "", ""],
        ["Lovelace, Ada", "101", "", "ada", "", "8.5"],
    ]


def test_when_exported_for_moodle_no_grade_is_a_hyphen_and_nobody_is_without_what_identifies_them(
    course: Path,
) -> None:
    header, *rows = table(export_grades(course, "moodle")[0])
    assert header == ["Username", "First name", "Last name", LAB]  # some have no address
    assert {row[0]: row[3] for row in rows} == {"ada": "8.5", "bo": "3.2", "cy": "-", "ed": "-"}


def test_when_everybody_has_an_address_moodles_table_has_them() -> None:
    grades = Grades((Person("ada", email="a@b"),), {LAB: 9.0}, {("ada", LAB): Mark(4.0)})
    assert list(LAYOUTS["moodle"](grades))[1] == ["ada", "", "", "a@b", 4.0]


def test_when_exported_for_gradescope_each_lab_has_its_maximum_beside_it(course: Path) -> None:
    header, *rows = table(export_grades(course, "gradescope")[0])
    assert header == ["First Name", "Last Name", "SID", "Email", LAB, f"{LAB} - Max Points"]
    assert rows[-1] == ["Ada", "Lovelace", "ada", "ada@example.org", "8.5", "9"]
    assert rows[0] == ["", "", "cy", "", "", "9"]


def test_when_help_is_asked_for_the_layouts_are_those_that_there_are() -> None:
    (option,) = (option for option in main.commands["export"].params if option.name == "layout")
    assert list(option.type.choices) == list(LAYOUTS)


def test_when_points_are_sums_of_floats_they_are_written_as_people_write_them() -> None:
    grades = Grades((Person("ada"),), {LAB: 9.0}, {("ada", LAB): Mark(0.1 + 0.2)})
    assert ",0.3," in as_csv(LAYOUTS["spreadsheet"](grades))


@pytest.mark.slow
def test_when_nbgrader_exports_with_our_layout_the_file_is_the_same(course: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nbgrader", "export", f"--to={tmp_path}/nb.csv"]
    command += ["--exporter=autograder.classroom.exports.Canvas"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "HOME": str(tmp_path)}
    subprocess.run(command, cwd=course, env=environment, check=True, capture_output=True, timeout=120)
    file, _ = export_grades(course, "canvas", tmp_path / "ours.csv")
    assert (tmp_path / "nb.csv").read_text() == file.read_text()


def test_when_a_lab_is_unknown_or_the_place_is_none_one_line_says_so(course: Path, tmp_path: Path) -> None:
    line = said_in_one_line(here("export", course, "--lab", "lab98", "--out", tmp_path / "g.csv"))
    assert "no lab 'lab98'" in line and LAB in line
    assert not (tmp_path / "g.csv").exists()
    (tmp_path / "file").write_text("")
    assert "file" in said_in_one_line(here("export", course, "--out", tmp_path / "file" / "g.csv"))
    assert "no nbgrader course" in said_in_one_line(here("export", tmp_path))


def test_when_the_gradebook_of_another_version_is_met_the_line_says_what_to_do(tmp_path: Path) -> None:
    root = make_course(tmp_path / "c")
    (root / "gradebook.db").write_bytes(b"this is no database at all, but long enough to look like one" * 40)
    with pytest.raises(BadInput, match="cannot be used"):
        export_grades(root, "canvas")
