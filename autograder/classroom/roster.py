"""Students from a CSV file into the gradebook: all rows or none, and a bad row by its line.

The columns are nbgrader's own, so that `nbgrader db student import` reads the same file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from autograder.classroom.config import course_directory
from autograder.classroom.course import require_course
from autograder.classroom.database import Transaction, open_gradebook
from autograder.classroom.students import why_no_id
from autograder.errors import BadInput

ID = "id"
COLUMNS = (ID, "first_name", "last_name", "email", "lms_user_id")
_LONGEST = 128  # characters, the width of each of nbgrader's columns
_SEPARATORS = ",;\t"  # spreadsheets write the second where a comma marks decimals

Row = Mapping[str, str]


@dataclass(frozen=True)
class Roster:
    """A class list: a row for each student with what its file says, and the columns that mean nothing to us."""

    rows: tuple[Row, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class RosterNews:
    """What `import_students` did: how many students were new, changed, or as the gradebook had them."""

    added: int
    updated: int
    unchanged: int
    left_out: tuple[str, ...] = ()


def import_students(course: Path, file: Path) -> RosterNews:
    """Put the students of a CSV file into a course's gradebook, in one transaction.

    Who is there already is brought up to date; an empty cell leaves what the gradebook has, and nobody is
    taken out.

    Raises:
        BadInput: the file or the course cannot be used; nothing was written.
    """
    require_course(course)
    roster = read_roster(file)
    with open_gradebook(course_directory(course.absolute())) as gradebook, Transaction(gradebook) as db:
        added, updated = _save(db, roster.rows)
    unchanged = len(roster.rows) - added - updated
    return RosterNews(added, updated, unchanged, roster.left_out)


def _save(db: Any, rows: Sequence[Row]) -> tuple[int, int]:
    from nbgrader.api import Student

    table = Student.__table__
    have = {row.id: row._mapping for row in db.execute(select(table))}
    fresh = [{**dict.fromkeys(COLUMNS), **row} for row in rows if row[ID] not in have]
    changed = [row for row in rows if row[ID] in have and row.items() - have[row[ID]].items()]
    if fresh:
        db.execute(insert(table), fresh)
    for row in changed:
        db.execute(update(table).where(table.c.id == row[ID]).values(**row))
    return len(fresh), len(changed)


def read_roster(file: Path) -> Roster:
    """Read a CSV file with a header line: `id`, and of the other `COLUMNS` those that there are.

    UTF-8; the separator is a comma, a semicolon or a tab. Empty lines and cells count as not there.

    Raises:
        BadInput: there is no such file, it is no such table, or a row cannot be a student; says which line.
    """
    text = _read(file)
    header_line = text.lstrip().partition("\n")[0]
    separator = max(_SEPARATORS, key=header_line.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    numbered = _numbered(lines, file)
    _, header = next(numbered, (0, []))
    names = [name.lower() for name in header]
    _check_header(file, names)
    left_out = tuple(name for name, known in zip(header, names, strict=True) if known not in COLUMNS)
    seen: dict[str, int] = {}
    rows = []
    for number, cells in numbered:
        where = f"{file}, line {number}"
        if len(cells) != len(names):
            raise BadInput(
                f"{where}: the header has {len(names)} cells and this row {len(cells)}; mend the row"
            )
        row = {name: cell for name, cell in zip(names, cells, strict=True) if name in COLUMNS and cell}
        _check_row(where, row)
        if row[ID] in seen:
            raise BadInput(
                f"{where}: the id {row[ID]!r} is that of line {seen[row[ID]]} too; an id is one person's"
            )
        seen[row[ID]] = number
        rows.append(row)
    if not rows:
        raise BadInput(f"{file} has a header and no students below it; nothing was changed")
    return Roster(tuple(rows), left_out)


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadInput(f"{file}, line {line}: not UTF-8; save the table as CSV UTF-8") from error
    except OSError as error:
        raise BadInput(f"cannot read the students: {file}: {error.strerror}") from error


def _numbered(lines: Any, file: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of the line that it ends on; spaces around cells go."""
    try:
        for cells in lines:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield lines.line_num, stripped
    except csv.Error as error:
        raise BadInput(
            f"{file}, line {lines.line_num}: not CSV: {error}; save the table anew as CSV"
        ) from error


def _check_header(file: Path, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    if ID not in names or twice:
        found = ", ".join(name or "(empty)" for name in names)[:200] or "an empty file"
        problem = f"{twice[0]} twice" if twice else "none called id"
        raise BadInput(
            f"{file} should begin with a line of column names: {', '.join(COLUMNS)} (only id must be there), "
            f"and has {problem}: {found}"
        )


def _check_row(where: str, row: Row) -> None:
    problem = why_no_id(row.get(ID, ""))
    if problem:
        raise BadInput(f"{where}: {row.get(ID, '')!r} cannot be a student's id: {problem}; change it")
    for name, cell in row.items():
        if len(cell) > _LONGEST:
            raise BadInput(f"{where}: {name} has {len(cell)} characters and may have {_LONGEST}; shorten it")
    if "email" in row and row["email"].count("@") != 1:
        raise BadInput(f"{where}: email should be an address such as ada@example.org, not {row['email']!r}")
