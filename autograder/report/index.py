"""A course's index page: a line for each lab, leading to its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.results import ClassResult
from autograder.model import LabSpec
from autograder.report import figures
from autograder.report._files import write_all
from autograder.report.page import environment
from autograder.report.statistics import summarise

MISTAKES = 3


@dataclass(frozen=True)
class IndexEntry:
    """One lab in the index. `page` is the report's path relative to the index; `mistakes` (id, students)."""

    lab: str
    title: str
    page: str
    graded: int
    ungraded: int
    median: float | None
    max_score: float
    mistakes: tuple[tuple[str, int], ...]


def index_entry(result: ClassResult, spec: LabSpec, page: str) -> IndexEntry:
    """A lab's line, from its graded class."""
    summary = summarise(result, spec)
    return IndexEntry(
        lab=result.lab,
        title=spec.title,
        page=page,
        graded=len(summary.graded),
        ungraded=summary.submitted - len(summary.graded),
        median=summary.scores.median if summary.scores else None,
        max_score=summary.max_score,
        mistakes=tuple((found.id, len(found.students)) for found in summary.misconceptions[:MISTAKES]),
    )


def write_index(out_dir: Path, entries: Sequence[IndexEntry], heading: str = "All labs") -> Path:
    """Write index.html into `out_dir`, made if absent; the entries stay in the order given.

    Raises:
        BadInput: the folder cannot be written.
    """
    page = environment().get_template("index.html").render(entries=entries, heading=heading, figures=figures)
    (path,) = write_all(out_dir, {"index.html": page})
    return path
