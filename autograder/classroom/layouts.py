"""Grades as tables: for a spreadsheet, and as Canvas, Moodle and Gradescope lay theirs out.

A grade that is not final (nothing graded, or a person has still to look at it) is never told to another system.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from autograder.classroom.grades import Grades, Person
from autograder.report import spreadsheet_cell

Cell = str | float
Table = Iterator[list[Cell]]


def spreadsheet(grades: Grades) -> Table:
    """A row for each student; for each lab what was given, out of how many, the penalty in it, and its state."""
    header = ["id", "last_name", "first_name", "email"]
    for lab in grades.labs:
        header += [f"{lab}", f"{lab} out of", f"{lab} late penalty", f"{lab} state"]
    yield list(map(spreadsheet_cell, header))
    for person in grades.people:
        row: list[Cell] = [person.id, person.last_name, person.first_name, person.email]
        row = [spreadsheet_cell(str(cell)) for cell in row]
        for lab, points in grades.labs.items():
            mark = grades.marks.get((person.id, lab))
            if mark is None:
                row += ["", points, "", "no grade"]
            else:
                state = "final" if mark.final else "to be graded by hand"
                row += [mark.score, points, mark.late_penalty, state]
        yield row


def canvas(grades: Grades) -> Table:
    """Canvas's gradebook file: it finds a student by ID, else by SIS User ID or SIS Login ID, else by name.

    https://github.com/instructure/canvas-lms, lib/gradebook_importer.rb
    """
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *grades.labs]
    yield ["    Points Possible", "", "", "", "", *grades.labs.values()]
    for person in grades.people:
        yield [_sorted_name(person), person.lms_user_id, "", person.id, "", *_final(grades, person)]


def _sorted_name(person: Person) -> str:
    named = ", ".join(filter(None, (person.last_name, person.first_name)))
    return spreadsheet_cell(named or person.id)


def moodle(grades: Grades) -> Table:
    """A table for Moodle's gradebook import (Grades, Import, CSV file), which asks what each column is.

    No grade is a hyphen, as in Moodle's own exports. A row without what identifies its student would go to the
    student of the row before, so the addresses are there only when everybody has one.

    https://github.com/moodle/moodle, grade/import/csv/classes/load_data.php
    """
    addresses = all(person.email for person in grades.people)
    yield ["Username", "First name", "Last name", *(["Email address"] if addresses else []), *grades.labs]
    for person in grades.people:
        names = [spreadsheet_cell(person.first_name), spreadsheet_cell(person.last_name)]
        yield [
            person.id,
            *names,
            *([person.email] if addresses else []),
            *("-" if score == "" else score for score in _final(grades, person)),
        ]


def gradescope(grades: Grades) -> Table:
    """The columns of Gradescope's own grades file; its first four are those of a Gradescope roster."""
    labs = [column for lab in grades.labs for column in (lab, f"{lab} - Max Points")]
    yield ["First Name", "Last Name", "SID", "Email", *labs]
    for person in grades.people:
        names = [spreadsheet_cell(person.first_name), spreadsheet_cell(person.last_name)]
        scores = zip(_final(grades, person), grades.labs.values(), strict=True)
        yield [*names, person.id, person.email, *(cell for pair in scores for cell in pair)]


def _final(grades: Grades, person: Person) -> list[Cell]:
    """A student's final scores, lab by lab; empty where there is none."""
    scores = (grades.final_score(person.id, lab) for lab in grades.labs)
    return ["" if score is None else score for score in scores]


LAYOUTS: Mapping[str, Callable[[Grades], Table]] = {
    "spreadsheet": spreadsheet,
    "canvas": canvas,
    "moodle": moodle,
    "gradescope": gradescope,
}
