"""Students from a CSV file: all of them or none, and the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.classroom.roster import RosterNews, import_students, read_roster
from tests.classroom_support import make_course
from tests.command_support import here, said_in_one_line

ROSTER = """id,first_name,last_name,email,lms_user_id
ada,Ada,Lovelace,ada@example.org,101
李小龙,小龙,李,,
"""


def roster(folder: Path, text: str | bytes) -> Path:
    file = folder / "students.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def people(course: Path) -> dict[str, tuple[str | None, ...]]:
    with Gradebook(f"sqlite:///{course}/gradebook.db", "unrolled") as book:
        return {one.id: (one.first_name, one.last_name, one.email, one.lms_user_id) for one in book.students}


def test_when_a_roster_is_imported_the_gradebook_has_its_students(tmp_path: Path) -> None:
    course = make_course(tmp_path / "c")
    done = here("students", course, roster(tmp_path, ROSTER))
    assert (done.returncode, done.stdout) == (0, "students: 2 added, 0 updated, 0 unchanged\n"), done.stderr
    assert people(course) == {
        "ada": ("Ada", "Lovelace", "ada@example.org", "101"),
        "李小龙": ("小龙", "李", None, None),
    }


def test_when_it_is_imported_again_only_what_changed_is_written_and_nobody_is_lost(tmp_path: Path) -> None:
    course = make_course(tmp_path / "c")
    import_students(course, roster(tmp_path, ROSTER))
    newer = "id,email\nada,\n李小龙,long@example.org\nbo,\n"
    assert import_students(course, roster(tmp_path, newer)) == RosterNews(added=1, updated=1, unchanged=1)
    assert people(course)["ada"] == ("Ada", "Lovelace", "ada@example.org", "101")
    assert people(course)["李小龙"] == ("小龙", "李", "long@example.org", None)
    assert people(course)["bo"] == (None, None, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffid;last_name\r\nada;Love, Lady\r\n\r\n",
        "ID\tLast_Name\nada\tLove, Lady\n",
        'id,last_name\n ada ,"Love, Lady"\n,\n',
    ],
    ids=["spreadsheet with semicolons", "tabs", "quotes, spaces and an empty row"],
)
def test_when_another_program_wrote_the_table_it_is_read_all_the_same(tmp_path: Path, text: str) -> None:
    assert read_roster(roster(tmp_path, text)).rows == ({"id": "ada", "last_name": "Love, Lady"},)


def test_when_a_column_means_nothing_here_it_is_named(tmp_path: Path) -> None:
    course = make_course(tmp_path / "c")
    done = here("students", course, roster(tmp_path, "id,Section,emial\nada,1,a@b\n"))
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == "  columns left out: Section, emial"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an empty file"),
        ("name,email\nada,a@b\n", "none called id: name, email"),
        ("id,email,email\nada,a@b,c@d\n", "email twice"),
        ("id,email\n", "no students below it"),
        ("id,email\nada,a@b\nbo\n", "line 3: the header has 2 cells and this row 1"),
        ("id,email\nada,a@b\n,c@d\n", "line 3: '' cannot be a student's id: it is empty"),
        ("id,email\n\nbo/bo,a@b\n", "line 3: 'bo/bo' cannot be a student's id: it contains /"),
        ("id\nada\nbo\nada\n", "line 4: the id 'ada' is that of line 2 too"),
        ("id,email\nada,ada\n", "line 2: email should be an address"),
        (f"id,last_name\nada,{'x' * 129}\n", "line 2: last_name has 129 characters and may have 128"),
        ('id,last_name\nada,"Love\n', "line 2: not CSV"),
        ("id,last_name\nada,Lovelace\nbo,B\u00f6\n".encode("latin-1"), "line 3: not UTF-8"),
    ],
)
def test_when_the_table_is_wrong_one_line_says_where_and_nothing_is_written(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    course = make_course(tmp_path / "c")
    line = said_in_one_line(here("students", course, roster(tmp_path, text)))
    assert said in line and "students.csv" in line
    assert people(course) == {}


def test_when_there_is_no_file_or_no_course_one_line_says_so_and_none_is_made(tmp_path: Path) -> None:
    course = make_course(tmp_path / "c")
    assert "No such file" in said_in_one_line(here("students", course, tmp_path / "none.csv"))
    line = said_in_one_line(here("students", tmp_path / "d", roster(tmp_path, ROSTER)))
    assert "no nbgrader course" in line and "unrolled init" in line
    assert not (tmp_path / "d").exists()
