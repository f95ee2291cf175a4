"""Grades out of a course, in a layout: `unrolled export`, and the same as exporters of `nbgrader export`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from nbgrader.plugins import ExportPlugin

from autograder.classroom.config import course_directory
from autograder.classroom.course import require_course
from autograder.classroom.database import open_gradebook
from autograder.classroom.files import write_whole
from autograder.classroom.grades import Grades, read_grades
from autograder.classroom.layouts import LAYOUTS, Cell
from autograder.classroom.penalties import settle_penalties
from autograder.errors import BadInput

# A spreadsheet takes a file without this mark for one in its country's old encoding; other systems trip over it.
_MARK = {"spreadsheet": "\ufeff"}


def export_grades(
    course: Path, layout: str, file: Path | None = None, labs: Sequence[str] = ()
) -> tuple[Path, Grades]:
    """Write the grades of a course's labs, all by default, to a CSV file: grades-<layout>.csv in it by default.

    Returns:
        The file, and the grades that are in it.

    Raises:
        BadInput: the course, a lab's name or the file's place cannot be used.
    """
    require_course(course)
    settle_penalties(course)
    with open_gradebook(course_directory(course.absolute())) as gradebook:
        grades = read_grades(gradebook, labs)
    return _write(file or course / f"grades-{layout}.csv", layout, grades), grades


def _write(file: Path, layout: str, grades: Grades) -> Path:
    try:
        write_whole(file, _MARK.get(layout, "") + as_csv(LAYOUTS[layout](grades)))
    except OSError as error:
        raise BadInput(f"cannot write the grades: {error.filename or file}: {error.strerror}") from error
    return file


def as_csv(rows: Iterable[Sequence[Cell]]) -> str:
    """A table as CSV: lines end in a newline, numbers have a point and no digits that are only rounding."""
    text = io.StringIO()
    # points and penalties are sums of floats: 2.8000000000000003 is 2.8
    csv.writer(text, lineterminator="\n").writerows(
        [f"{round(cell, 6):.15g}" if isinstance(cell, float) else cell for cell in row] for row in rows
    )
    return text.getvalue()


class _Layout(ExportPlugin):
    """What nbgrader calls; `--to`, `--assignment` and `--student` are its own options."""

    layout: ClassVar[str]

    def export(self, gradebook: Any) -> None:
        """Write the grades of an open gradebook."""
        # nbgrader reads a name that is a number as one
        grades = read_grades(gradebook, list(map(str, self.assignment)), list(map(str, self.student)))
        file = _write(Path(self.to or f"grades-{self.layout}.csv"), self.layout, grades)
        self.log.info("Exported grades to %s", file)


class Spreadsheet(_Layout):
    """A row for each student."""

    layout = "spreadsheet"


class Canvas(_Layout):
    """Canvas's gradebook file."""

    layout = "canvas"


class Moodle(_Layout):
    """Moodle's gradebook import."""

    layout = "moodle"


class Gradescope(_Layout):
    """Gradescope's grades file."""

    layout = "gradescope"
