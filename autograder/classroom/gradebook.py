"""Results into nbgrader's gradebook and folders: one session for a class, one transaction for a submission.

The values are those of nbgrader's own steps (SaveAutoGrades, AssignLatePenalties), computed by its own
functions where there are any; only the way into the database is ours: nbgrader opens it anew for every step.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any

from nbformat import NotebookNode
from sqlalchemy import bindparam, delete, insert, select, update

from autograder import notebooks
from autograder.classroom.config import course_directory, folder_of, load_config
from autograder.classroom.database import Transaction, open_gradebook
from autograder.classroom.exchange import hand_on_secret
from autograder.classroom.files import copy_plain, same_plain, write_whole
from autograder.classroom.penalties import LatePenalties, save_penalty, seconds_late
from autograder.classroom.sanitise import clean_notebook, read_notebook, write_notebook
from autograder.classroom.students import check_student_id, student_id_problem
from autograder.classroom.timestamps import TIMESTAMP, as_timestamp, naive
from autograder.errors import BadInput
from autograder.grading.results import CheckResult, SubmissionResult


@dataclass(frozen=True)
class _Lab:
    """The lab's rows: ids of its assignment and notebook, and of its cells by name."""

    assignment: str
    notebook: str
    grades: Mapping[str, str]
    points: Mapping[str, float]
    comments: Mapping[str, str]
    tasks: frozenset[str] = field(default_factory=frozenset)


class Exporter:
    """Puts the results of one lab into a course, as nbgrader would have left them.

    A context manager; it holds one session with the gradebook. `export` may be called again with the same
    result, after a crash or for any other reason: nothing changes the second time.
    """

    def __init__(self, course_root: Path, lab: str) -> None:
        self.lab = lab
        self._root = Path(course_root).absolute()
        config = load_config(self._root)
        self._coursedir = course_directory(self._root, config)
        self._gradebook = open_gradebook(self._coursedir)
        try:
            self._rows = _lab_rows(self._gradebook.db, lab, self._root)
        except BaseException:
            self.close()
            raise
        self._penalties = LatePenalties(config, self._root)

    def __enter__(self) -> Exporter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the session."""
        self._gradebook.close()

    def export(
        self, result: SubmissionResult, timestamp: datetime | None = None, submission: Path | None = None
    ) -> None:
        """Export one submission: submitted/, the gradebook, autograded/.

        `timestamp` is when it was handed in (see `submission_time`), `submission` the folder that it was
        graded from. A rejected submission is listed as handed in and has no grade; one that the grader failed
        on (`infra`) keeps whatever grade it had.

        Raises:
            BadInput: the student's id, the folder or the course cannot be used. A rejected submission may
                have any id: there is nothing of it to write.
            GraderFault: the gradebook does not answer.
        """
        if result.verdict == "rejected" and student_id_problem(result.student):
            return
        check_student_id(result.student)
        moment = naive(timestamp) if timestamp else None
        try:
            self._collect(result.student, moment, submission)
            if result.verdict == "graded":
                self._export_graded(result, moment)
            elif result.verdict == "rejected":
                self.withdraw(result.student)
        except OSError as error:
            where = error.filename or self._root
            raise BadInput(f"cannot write the course: {where}: {error.strerror or error}") from error

    def withdraw(self, student: str) -> None:
        """Take a student's automatic grade of this lab back; what people wrote (scores, comments) stays."""
        with Transaction(self._gradebook) as db:
            _withdraw(db, self._rows, student)
        folder = self._folder("autograded", student)
        if folder.is_dir():
            shutil.rmtree(folder)

    def _folder(self, step: str, student: str) -> Path:
        return folder_of(self._coursedir, step, student, self.lab)

    def _collect(self, student: str, moment: datetime | None, submission: Path | None) -> None:
        """Fill submitted/, where formgrader looks for who handed in, and when."""
        target = self._folder("submitted", student)
        leave_out = frozenset({TIMESTAMP})
        in_place = submission is not None and target.is_dir() and target.samefile(submission)
        if submission is not None and not in_place and not same_plain(submission, target, leave_out):
            copy_plain(submission, target, leave_out)
        target.mkdir(parents=True, exist_ok=True)
        stamp = target / TIMESTAMP
        if in_place and stamp.exists():
            return
        _write_stamp(stamp, moment)

    def _export_graded(self, result: SubmissionResult, moment: datetime | None) -> None:
        notebook = read_notebook(result.notebook)
        self._require_same_lab(result)
        folder = self._folder("autograded", result.student)
        graded = _graded(notebook, result)
        cells = {notebooks.grade_id(cell): cell for cell in notebook.cells if notebooks.grade_id(cell)}
        comments = _comments(self._rows, cells)
        written = write_notebook(clean_notebook(notebook))
        file = folder / f"{self.lab}.ipynb"
        unchanged = file.is_file() and file.read_text(encoding="utf-8") == written
        with Transaction(self._gradebook) as db:
            row = _submission(db, self._rows, result.student, moment)
            score = _save_grades(db, self._rows, row.notebook, graded, unchanged)
            _save_comments(db, self._rows, row.notebook, comments)
            penalty = self._penalties.of(result.student, score, row.late)
            save_penalty(db, row.notebook, row.penalty, penalty)
        # Last, so that after a crash in between the notebook counts as changed and is looked at again.
        if not unchanged:
            write_whole(file, written, mode=0o444)
        _write_stamp(folder / TIMESTAMP, moment)
        hand_on_secret(self._folder("submitted", result.student), folder)

    def _require_same_lab(self, result: SubmissionResult) -> None:
        for check in result.checks:
            if self._rows.points.get(check.id) != check.points:
                was = self._rows.points.get(check.id)
                has = "no such check" if was is None else f"{was:g} points for it"
                raise BadInput(
                    f"{self._root} holds an older {self.lab}: {check.id} is worth {check.points:g} points "
                    f"now, and the course has {has}; run `unrolled init` on it, or grade into a new course"
                )


def _write_stamp(file: Path, moment: datetime | None) -> None:
    if moment is None:
        file.unlink(missing_ok=True)
        return
    stamp = as_timestamp(moment)
    if not file.is_file() or file.read_text(encoding="utf-8") != stamp:
        write_whole(file, stamp, mode=0o644)


def _lab_rows(db: Any, lab: str, root: Path) -> _Lab:
    from nbgrader.api import Assignment, GradeCell, Notebook, SolutionCell, TaskCell

    found = db.execute(
        select(Assignment.id, Notebook.id)
        .join(Notebook, Notebook.assignment_id == Assignment.id)
        .where(Assignment.name == lab, Notebook.name == lab)
    ).first()
    if found is None:
        raise BadInput(f"the course {root} has no {lab} yet; run `unrolled init {root}` first")
    assignment, notebook = found

    def cells(kind: Any, *more: Any) -> list[Any]:
        return list(db.execute(select(kind.name, kind.id, *more).where(kind.notebook_id == notebook)).all())

    graded = cells(GradeCell, GradeCell.max_score) + cells(TaskCell, TaskCell.max_score)
    tasks = cells(TaskCell)
    db.rollback()
    return _Lab(
        assignment,
        notebook,
        grades={name: row for name, row, _ in graded},
        points={name: float(points) for name, _, points in graded},
        comments={name: row for name, row in cells(SolutionCell) + tasks},  # noqa: C416
        tasks=frozenset(name for name, _ in tasks),
    )


def _graded(notebook: NotebookNode, result: SubmissionResult) -> dict[str, float | None]:
    """The automatic score of every grade cell by name: our checks', and nbgrader's for answers in words."""
    from nbgrader.utils import determine_grade, is_grade

    settle_outputs(notebook, result.checks)
    scores: dict[str, float | None] = {}
    for cell in notebook.cells:
        if is_grade(cell) and not notebooks.is_check(cell):
            scores[notebooks.grade_id(cell)] = determine_grade(cell)[0]
    scores.update({check.id: check.score for check in result.checks})
    return scores


def settle_outputs(notebook: NotebookNode, checks: Iterable[CheckResult]) -> None:
    """See to it that nbgrader reads every check's score out of its cell's outputs."""
    from nbgrader.utils import determine_grade

    scores = {check.id: check for check in checks}
    for cell in notebook.cells:
        check = scores.get(notebooks.grade_id(cell))
        if check is None or not notebooks.is_check(cell):
            continue
        try:
            read = determine_grade(cell)[0]
        except (KeyError, ValueError):  # an output that nbgrader itself cannot read
            read = None
        if read != check.score:
            cell["outputs"] = _outputs_worth(check)


def _outputs_worth(check: CheckResult) -> list[NotebookNode]:
    if check.score >= check.points:
        return []
    if check.score <= 0:
        lines = (check.message or check.verdict).splitlines()
        return [NotebookNode(output_type="error", ename=check.verdict, evalue=lines[0], traceback=lines)]
    data = NotebookNode({"text/plain": repr(float(check.score))})
    return [
        NotebookNode(output_type="execute_result", data=data, metadata=NotebookNode(), execution_count=None)
    ]


def _comments(rows: _Lab, cells: Mapping[str, NotebookNode]) -> dict[str, str | None]:
    from nbgrader.utils import compute_checksum

    def comment(name: str) -> str | None:
        cell = cells.get(name)
        if cell is None or name in rows.tasks:
            return None
        return (
            "No response." if notebooks.nbgrader_of(cell).get("checksum") == compute_checksum(cell) else None
        )

    return {name: comment(name) for name in rows.comments}


def _submission(db: Any, rows: _Lab, student: str, moment: datetime | None) -> Any:
    """The submission's row and its notebook's, made where missing; with what lateness needs."""
    from nbgrader.api import Assignment, Student, SubmittedAssignment, SubmittedNotebook, new_uuid

    people, whole, part = Student.__table__, SubmittedAssignment.__table__, SubmittedNotebook.__table__
    columns = (whole.c.id, whole.c.extension, whole.c.timestamp)
    mine = (whole.c.assignment_id == rows.assignment, whole.c.student_id == student)
    found = db.execute(select(*columns).where(*mine)).first()
    if found is None:
        if db.execute(select(people.c.id).where(people.c.id == student)).first() is None:
            db.execute(insert(people), {"id": student})
        key = new_uuid()
        fields: dict[str, Any] = {
            "id": key,
            "assignment_id": rows.assignment,
            "student_id": student,
            "timestamp": moment,
        }
        db.execute(insert(whole), fields)
    else:
        key = found.id
        if found.timestamp != moment:
            db.execute(update(whole).where(whole.c.id == key).values(timestamp=moment))
    where = (part.c.assignment_id == key, part.c.notebook_id == rows.notebook)
    row = db.execute(select(part.c.id, part.c.late_submission_penalty).where(*where)).first()
    notebook = row.id if row else new_uuid()
    if row is None:
        fields = {"id": notebook, "assignment_id": key, "notebook_id": rows.notebook, "flagged": False}
        db.execute(insert(part), fields)
    lab = Assignment.__table__
    due = db.execute(select(lab.c.duedate).where(lab.c.id == rows.assignment)).scalar()
    late = seconds_late(moment, due, found.extension if found else None)
    return SimpleNamespace(notebook=notebook, late=late, penalty=row.late_submission_penalty if row else None)


def _save_grades(
    db: Any, rows: _Lab, notebook: str, scores: Mapping[str, float | None], unchanged: bool
) -> float:
    """Save the automatic scores; the total, as nbgrader adds it up."""
    from nbgrader.api import Grade, new_uuid

    have = _rows_of(db, Grade.__table__, rows.grades.values(), notebook)
    fresh, changed, total = [], [], 0.0
    for name, cell in rows.grades.items():
        score = scores.get(name)
        row = have.get(cell)
        manual = row.manual_score if row else None
        needs = manual is not None or score is None
        given = manual if manual is not None else score
        total += 0.0 if given is None else given + ((row.extra_credit if row else None) or 0.0)
        if row is None:
            fields = {"id": new_uuid(), "cell_id": cell, "notebook_id": notebook}
            fresh.append({**fields, "auto_score": score, "needs_manual_grade": needs})
            continue
        if unchanged and manual is not None and row.auto_score == score:
            needs = (
                row.needs_manual_grade
            )  # a person has seen this very answer; nbgrader would not grade it again
        if (row.auto_score, row.needs_manual_grade) != (score, needs):
            changed.append({"row": row.id, "auto_score": score, "needs_manual_grade": needs})
    _write(db, Grade.__table__, fresh, changed)
    return total


def _rows_of(db: Any, table: Any, cells: Iterable[str], notebook: str) -> dict[str, Any]:
    """The rows of one submitted notebook by their cell: by cell, as nbgrader's index has it."""
    mine = (table.c.cell_id.in_(list(cells)), table.c.notebook_id == notebook)
    return {row.cell_id: row for row in db.execute(select(table).where(*mine))}


def _save_comments(db: Any, rows: _Lab, notebook: str, comments: Mapping[str, str | None]) -> None:
    from nbgrader.api import Comment, new_uuid

    have = _rows_of(db, Comment.__table__, rows.comments.values(), notebook)
    fresh, changed = [], []
    for name, cell in rows.comments.items():
        row = have.get(cell)
        if row is None:
            fields = {"id": new_uuid(), "cell_id": cell, "notebook_id": notebook}
            fresh.append({**fields, "auto_comment": comments[name]})
        elif row.auto_comment != comments[name]:
            changed.append({"row": row.id, "auto_comment": comments[name]})
    _write(db, Comment.__table__, fresh, changed)


def _write(db: Any, table: Any, fresh: list[dict[str, Any]], changed: list[dict[str, Any]]) -> None:
    """New rows, and changes by the id under `row`, each in one statement."""
    if fresh:
        db.execute(insert(table), fresh)
    if changed:
        new = {name: bindparam(name, type_=table.c[name].type) for name in changed[0] if name != "row"}
        db.execute(update(table).where(table.c.id == bindparam("row")).values(new), changed)


def _withdraw(db: Any, rows: _Lab, student: str) -> None:
    from nbgrader.api import Comment, Grade, SubmittedAssignment, SubmittedNotebook

    mine = (SubmittedAssignment.assignment_id == rows.assignment, SubmittedAssignment.student_id == student)
    row = db.execute(select(SubmittedAssignment.id, SubmittedAssignment.extension).where(*mine)).first()
    if row is None:
        return
    key = row.id
    notebook_ids = list(
        db.execute(select(SubmittedNotebook.id).where(SubmittedNotebook.assignment_id == key)).scalars()
    )
    grades, comments = Grade.notebook_id.in_(notebook_ids), Comment.notebook_id.in_(notebook_ids)
    scored = select(Grade.id).where(grades, Grade.manual_score.is_not(None) | Grade.extra_credit.is_not(None))
    noted = select(Comment.id).where(comments, Comment.manual_comment.is_not(None))
    if row.extension is not None or db.execute(scored).first() or db.execute(noted).first():
        db.execute(update(Grade).where(grades).values(auto_score=None, needs_manual_grade=True))
        db.execute(update(Comment).where(comments).values(auto_comment=None))
        return
    db.execute(delete(Grade).where(grades))
    db.execute(delete(Comment).where(comments))
    db.execute(delete(SubmittedNotebook).where(SubmittedNotebook.assignment_id == key))
    db.execute(delete(SubmittedAssignment).where(SubmittedAssignment.id == key))
