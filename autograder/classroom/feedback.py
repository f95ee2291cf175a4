"""The pages that go back to the students: nbgrader's feedback, harmless, with a summary of the checks on top.

`FeedbackExporter` is what plain `nbgrader generate_feedback` uses in our courses. `write_feedback` does the
same for a class with one exporter and one session with the gradebook, and knows what each check said.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import GetGrades
from sqlalchemy import select
from traitlets.config import Config

from autograder import notebooks
from autograder.classroom.config import course_directory, folder_of, load_config
from autograder.classroom.database import open_gradebook
from autograder.classroom.exchange import hand_on_secret
from autograder.classroom.files import copy_file, write_whole
from autograder.classroom.formulas import with_formulas
from autograder.classroom.sanitise import clean_html, harmless, is_the_labs, read_notebook
from autograder.classroom.timestamps import TIMESTAMP
from autograder.errors import BadInput
from autograder.grading.results import CheckResult, SubmissionResult

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_GUARD = f'<meta http-equiv="Content-Security-Policy" content="{CSP}"/>'
_SCRIPTS = re.compile(r"<script\b.*?</script\s*>", re.DOTALL | re.IGNORECASE)
_TOP = '<a name="top"></a>'
_STAMP_BYTES = 1000  # a rejected submission's is the student's file


class FeedbackExporter(HTMLExporter):
    """nbconvert's HTML exporter for pages that students get: nobody's scripts, and no request to anywhere.

    MathJax is a script too, so the lab's formulas are drawn beforehand; a student's own stay TeX.
    """

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **more: Any
    ) -> tuple[str, dict[str, Any]]:
        """The page of a notebook, and nbconvert's resources."""
        self._own = {cell.source for cell in nb.cells if cell.cell_type == "markdown" and is_the_labs(cell)}
        found = self._init_resources(resources)
        self.register_filter("highlight_code", self.filters.get("highlight_code") or _highlighter(self))
        # no widget's state is kept, so none is shown
        kinds = WidgetsDataTypeFilter(notebook_metadata={}, parent=self, resources=found)
        self.register_filter("filter_data_type", kinds)
        # HTMLExporter would parse and write out the whole page once more, for JupyterLab's markup and for
        # descriptions of pictures: three quarters of the time, and here both are settled before.
        page, found = super(HTMLExporter, self).from_notebook_node(harmless(nb), found, **more)
        return guarded(page), found

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """The template's filter for everything in markdown, comments of graders among it."""
        cleaned = clean_html(super().markdown2html(context, source))
        return with_formulas(cleaned) if source in self._own else cleaned


def guarded(page: str) -> str:
    """A rendered page with a content security policy, and without the scripts that its template brings."""
    head, closing, rest = page.partition("</head>")
    head = _SCRIPTS.sub("", head).replace("<head>", f"<head>{_GUARD}", 1)
    return head.replace("<html>", '<html lang="en">', 1) + closing + rest


class _Grades(GetGrades):
    """nbgrader's GetGrades over one open session: the grades of a notebook in three questions."""

    def __init__(self, gradebook: Any, **more: Any) -> None:
        super().__init__(**more)
        self.gradebook = gradebook

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Put scores and comments into the cells, and the total into the resources."""
        facts = resources["nbgrader"]
        notebook, most, penalty = _totals(self.gradebook.db, facts["student"], facts["assignment"])
        self._scores = _scores(self.gradebook.db, notebook)
        self._remarks = _remarks(self.gradebook.db, notebook)
        self.gradebook.db.rollback()
        for cell in nb.cells:
            self.preprocess_cell(cell, resources, 0)
        total = sum(score for score, _ in self._scores.values())
        facts.update(score=total - penalty, max_score=most, late_penalty=penalty)
        return nb, resources

    def _get_comment(self, cell: NotebookNode, resources: Any) -> None:
        cell.metadata.nbgrader["comment"] = self._remarks.get(notebooks.grade_id(cell))

    def _get_score(self, cell: NotebookNode, resources: Any) -> None:
        score, points = self._scores.get(notebooks.grade_id(cell), (0.0, 0.0))
        cell.metadata.nbgrader["score"], cell.metadata.nbgrader["points"] = score, points


def _totals(db: Any, student: str, lab: str) -> tuple[str, float, float]:
    from nbgrader.api import Assignment, Notebook, SubmittedAssignment, SubmittedNotebook

    row = db.execute(
        select(SubmittedNotebook.id, Notebook.max_score, SubmittedNotebook.late_submission_penalty)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .where(Assignment.name == lab, Notebook.name == lab, SubmittedAssignment.student_id == student)
    ).first()
    if row is None:
        raise BadInput(f"the gradebook has no grade of {lab} for {student}; grade the lab first")
    return row[0], float(row[1]), float(row[2] or 0.0)


def _scores(db: Any, notebook: str) -> dict[str, tuple[float, float]]:
    from nbgrader.api import BaseCell, Grade

    rows = db.execute(
        select(BaseCell.name, Grade.score, Grade.max_score)
        .join(Grade, Grade.cell_id == BaseCell.id)
        .where(Grade.notebook_id == notebook)
    )
    return {name: (float(score), float(points)) for name, score, points in rows}


def _remarks(db: Any, notebook: str) -> dict[str, str | None]:
    from nbgrader.api import BaseCell, Comment

    rows = db.execute(
        select(BaseCell.name, Comment.comment)
        .join(Comment, Comment.cell_id == BaseCell.id)
        .where(Comment.notebook_id == notebook)
    )
    return {name: comment for name, comment in rows}  # noqa: C416


def write_feedback(
    course_root: Path,
    lab: str,
    students: Sequence[str],
    results: Mapping[str, SubmissionResult] | None = None,
) -> dict[str, Path]:
    """Write feedback/<student>/<lab>/<lab>.html for each of these students.

    With a student's result the page begins with a summary of the checks; a rejected submission gets a page
    that says why. Students with neither a graded notebook nor a rejection are left out.

    Returns:
        The pages, by student.

    Raises:
        BadInput: the course or a folder of it cannot be used.
    """
    results = results or {}
    coursedir = course_directory(Path(course_root), load_config(Path(course_root).absolute()))
    pages = {}
    with open_gradebook(coursedir) as gradebook:
        exporter = class_exporter(gradebook)
        for student in students:
            submitted, graded, folder = (
                folder_of(coursedir, step, student, lab) for step in ("submitted", "autograded", "feedback")
            )
            page = _page(exporter, lab, student, graded / f"{lab}.ipynb", results.get(student))
            if page is None:
                continue
            pages[student] = folder / f"{lab}.html"
            # a rejected submission has no graded notebook
            _write(pages[student], page, (graded if graded.is_dir() else submitted) / TIMESTAMP, submitted)
    return pages


def _write(file: Path, page: str, stamp: Path, submitted: Path) -> None:
    try:
        write_whole(file, page)
        # nbgrader compares the two to see whether feedback is out of date
        copy_file(stamp, file.parent / TIMESTAMP, _STAMP_BYTES)
        hand_on_secret(submitted, file.parent)
    except OSError as error:
        raise BadInput(f"cannot write feedback: {error.filename or file}: {error.strerror}") from error


def class_exporter(gradebook: Any) -> FeedbackExporter:
    """One exporter for a whole class, with nbgrader's feedback template and grades from an open gradebook."""
    config: Config = GenerateFeedback(coursedir=None).config
    exporter = FeedbackExporter(config=config)
    exporter.register_preprocessor(_Grades(gradebook))
    exporter.filters = {**exporter.filters, "highlight_code": _highlighter(exporter)}
    return exporter


def _highlighter(exporter: HTMLExporter) -> Any:
    """nbconvert's highlighter with a memory: most cells of a class are the lab's own."""
    highlight = Highlight2HTML("ipython3", parent=exporter)

    @lru_cache(maxsize=512)
    def of(source: str) -> str:
        coloured: str = highlight(source)
        return coloured

    def highlight_code(source: str, language: str | None = None, metadata: Any = None) -> str:
        return of(source)

    return highlight_code


def _page(
    exporter: FeedbackExporter, lab: str, student: str, file: Path, result: SubmissionResult | None
) -> str | None:
    if result is not None and result.verdict == "rejected":
        return rejection_page(lab, result)
    if not file.is_file():
        return None
    notebook = read_notebook(file.read_text(encoding="utf-8"))
    facts = {"student": student, "assignment": lab, "notebook": lab}
    page, _ = exporter.from_notebook_node(
        notebook, {"nbgrader": facts, "metadata": {"name": lab, "path": ""}}
    )
    if result is None:
        return page
    before, top, after = page.partition(_TOP)
    return before + top + summary(result) + after


_SUMMARY_STYLE = """<style>
.unrolled-checks { max-width: 60em; margin: 0 auto 1.5em; padding: 0 15px; }
.unrolled-checks table { border-collapse: collapse; width: 100%; }
.unrolled-checks caption, .unrolled-checks th, .unrolled-checks td { text-align: left; vertical-align: top; }
.unrolled-checks th, .unrolled-checks td { padding: .35em .8em .35em 0; border-top: 1px solid #ddd; }
.unrolled-checks thead th { border-top: none; }
.unrolled-checks th { font-weight: 600; }
.unrolled-checks td:not(.says) { white-space: nowrap; }
.unrolled-checks td.says { white-space: pre-wrap; overflow-wrap: anywhere; }
.unrolled-checks .passed { color: #1b6e3c; } .unrolled-checks .lost { color: #a1260d; }
</style>"""


def summary(result: SubmissionResult) -> str:
    """The checks of a submission as a short table: what was lost and why, then what passed."""
    lost = [check for check in result.checks if check.verdict != "passed"]
    passed = [check for check in result.checks if check.verdict == "passed"]
    score = f"{result.score:g} of {result.max_score:g} points" if result.score is not None else "no score"
    by_hand = f"; up to {result.manual_points:g} more are graded by hand" if result.manual_points else ""
    return (
        f'{_SUMMARY_STYLE}<section class="unrolled-checks" aria-label="Summary of the checks">'
        f"<h2>Your checks</h2><p>{len(passed)} of {len(result.checks)} checks passed: {score}{by_hand}.</p>"
        f"{_table(lost)}{_passed(passed)}</section>"
    )


def _table(lost: Sequence[CheckResult]) -> str:
    if not lost:
        return ""
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("check", "result", "points", "what it says"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(map(_row, lost))}</tbody></table>"


def _row(check: CheckResult) -> str:
    return (
        f'<tr><th scope="row">{_link(check)}</th><td class="lost">✗ {html.escape(check.verdict)}</td>'
        f'<td>{check.score:g}/{check.points:g}</td><td class="says">{html.escape(check.message)}</td></tr>'
    )


def _passed(checks: Sequence[CheckResult]) -> str:
    if not checks:
        return ""
    each = ", ".join(f"{_link(check)} ({check.points:g})" for check in checks)
    return f'<p><span class="passed">✓ passed</span>: {each}</p>'


def _link(check: CheckResult) -> str:
    name = html.escape(check.id)
    return f'<a href="#{name}">{name}</a>'


def rejection_page(lab: str, result: SubmissionResult) -> str:
    """What a student reads whose submission could not be graded."""
    name, why = html.escape(lab), html.escape(result.message or "the notebook could not be read")
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{_GUARD}<meta charset="utf-8"/><title>{name}</title>'
        "<style>body { font: 1em/1.5 sans-serif; max-width: 40em; margin: 3em auto; }</style>"
        f"</head><body><h1>{name}: not graded</h1><p>{why}</p>"
        "<p>No points were given or taken. Hand the notebook in again, or ask whoever teaches the course.</p>"
        "</body></html>\n"
    )
