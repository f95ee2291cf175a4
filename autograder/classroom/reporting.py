"""`unrolled report`: the class report of each graded lab, with a feedback page for each student."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from autograder.classroom.feedback import write_feedback
from autograder.classroom.files import write_whole
from autograder.classroom.hand_grading import manual_scores_and_penalties
from autograder.classroom.penalties import settle_penalties
from autograder.errors import BadInput
from autograder.grading.coordinator import LEDGER, class_result
from autograder.grading.ledger import Ledger
from autograder.labs import hints_of, load_spec
from autograder.report import IndexEntry, index_entry, write_index, write_report

FRONT = "REPORTS.md"


def report_course(course: Path, advance: Callable[[float], None] = lambda share: None) -> list[Path]:
    """Write report/<lab>/report.html with its CSV files for each graded lab, feedback pages, and an index.

    REPORTS.md in the course leads to them from JupyterLab, where formgrader is.

    Raises:
        BadInput: nothing was graded in this course yet, or it cannot be written.
    """
    if not (course / LEDGER).is_file():
        raise BadInput(
            f"{course} has no {LEDGER}: nothing was graded into it yet; run `unrolled grade` first"
        )
    settle_penalties(course)
    with Ledger(course / LEDGER) as ledger:
        labs = list(ledger.labs())
    pages, entries = [], []
    for lab in labs:
        page, entry = _report_lab(course, lab)
        pages.append(page)
        entries.append(entry)
        advance(1 / len(labs))
    if len(labs) > 1:
        pages.append(write_index(course / "report", entries))
    write_whole(course / FRONT, _front_page(entries))
    return pages


def _report_lab(course: Path, lab: str) -> tuple[Path, IndexEntry]:
    result, spec = class_result(course, lab), load_spec(lab)
    students = [submission.student for submission in result.submissions]
    by_student = {submission.student: submission for submission in result.submissions}
    written = write_feedback(course, lab, students, by_student)
    folder = course / "report" / lab
    links = {name: os.path.relpath(page, folder) for name, page in written.items()}
    manual, penalties = manual_scores_and_penalties(course, lab)
    files = write_report(
        folder, result, spec, hints_of(lab), links, manual_scores=manual, late_penalties=penalties
    )
    return files.page, index_entry(result, spec, f"{lab}/report.html")


def _front_page(entries: Sequence[IndexEntry]) -> str:
    """Links that JupyterLab opens. It shows a report in a frame, from which no link leads to another file."""
    lines = [
        "# Class reports\n",
        "Written by `unrolled report`, and anew each time. (In JupyterLab: right click, *Show Markdown Preview*.)\n",
        "| lab | graded | tables |",
        "|---|---|---|",
    ]
    for entry in entries:
        folder = f"report/{entry.lab}"
        tables = ", ".join(
            f"[{name}]({folder}/{name}.csv)" for name in ("scores", "checks", "misconceptions")
        )
        lines.append(f"| [{entry.title}](report/{entry.page}) | {entry.graded} | {tables} |")
    return "\n".join(lines) + "\n"
