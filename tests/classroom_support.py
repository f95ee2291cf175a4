"""A tiny lab of two checks and a question, and made-up results of it: all that the classroom's tests need."""

from __future__ import annotations

import atexit
import copy
import json
import shutil
import tempfile
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.classroom.course import CourseLab, init_course
from autograder.grading.rebuild import ADDED
from autograder.grading.results import CheckResult, SubmissionResult

LAB = "lab99_tiny"
QUESTION = "why-double"
UNTOUCHED = "*Write your answer here.*"
POINTS = {"check-double": 3.0, "check-triple": 2.0}


def _marked(cell: NotebookNode, grade_id: str, **kind: Any) -> NotebookNode:
    plain = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    cell.metadata["nbgrader"] = {**plain, **kind, "grade_id": grade_id}
    cell["id"] = grade_id
    return cell


def solution(text: str = "Two functions.", triple_id: str = "check-triple") -> NotebookNode:
    """The solution notebook of the tiny lab."""

    def exercise(name: str, factor: int) -> NotebookNode:
        body = f"    ### BEGIN SOLUTION\n    return {factor} * x\n    ### END SOLUTION"
        return _marked(new_code_cell(f"def {name}(x):\n{body}"), name, solution=True)

    def check(name: str, grade_id: str, points: float) -> NotebookNode:
        source = f'@lab.check\ndef {name}_matches(x):\n    """{name}."""\n    return {{"y": {name}(x)}}'
        return _marked(new_code_cell(source), grade_id, grade=True, locked=True, points=points)

    cells = [
        _marked(new_markdown_cell(f"# Tiny\n\n{text} If $a < b$ then <b>bold</b>."), "intro", locked=True),
        exercise("double", 2),
        check("double", "check-double", 3),
        exercise("triple", 3),
        check("triple", triple_id, 2),
        _marked(new_markdown_cell(UNTOUCHED), QUESTION, grade=True, solution=True, points=4),
    ]
    facts = {"title": "Tiny", "minutes": 1, "lecture": "none"}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "unrolled": facts})


def tiny(**changes: str) -> CourseLab:
    """The tiny lab as it goes into a course."""
    return CourseLab(LAB, solution(**changes), b"probes")


@cache
def _pattern() -> Path:
    root = Path(tempfile.mkdtemp(prefix="unrolled-tests-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    init_course(root, [tiny()])
    return root


def make_course(root: Path) -> Path:
    """A course of the tiny lab, copied from one that is made once."""
    shutil.copytree(_pattern(), root)
    return root


def released(root: Path) -> NotebookNode:
    """The lab as the course releases it."""
    return nbformat.read(root / "release" / LAB / f"{LAB}.ipynb", as_version=4)


def handed_in(
    root: Path, answer: str | None = "Because.", extra: list[NotebookNode] | None = None
) -> NotebookNode:
    """A submission: both exercises written, the question answered unless `answer` is None."""
    notebook = copy.deepcopy(released(root))
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in ("double", "triple"):
            cell["source"] = f"def {name}(x):\n    return {len(name)} * x"
        if name == QUESTION and answer is not None:
            cell["source"] = answer
    for count, cell in enumerate(extra or []):
        cell["id"] = f"{ADDED}{count}"  # as rebuilding names a student's own cells
        notebook.cells.append(cell)
    return notebook


def result(
    student: str,
    notebook: NotebookNode,
    passed: tuple[str, ...] = tuple(POINTS),
    message: str = "y[0] is 9, 3 was wanted",
) -> SubmissionResult:
    """A graded submission in which these checks passed."""
    graded = copy.deepcopy(notebook)
    checks = tuple(_check(name, name in passed, message) for name in POINTS)
    for cell in graded.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in POINTS and name not in passed:
            cell["outputs"] = [
                nbformat.v4.new_output("error", ename="CheckFailed", evalue=message, traceback=[message])
            ]
    score = sum(POINTS[name] for name in passed)
    return SubmissionResult(
        student, score, sum(POINTS.values()), 4.0, "graded", checks=checks, notebook=nbformat.writes(graded)
    )


def _check(name: str, passed: bool, message: str) -> CheckResult:
    points = POINTS[name]
    if passed:
        return CheckResult(name, points, points, "passed", 3, 3, None, "")
    return CheckResult(name, points, 0.0, "wrong", 3, 0, "slip", message)


def rejected(student: str) -> SubmissionResult:
    """A submission that could not be read."""
    return SubmissionResult(student, None, 5.0, 4.0, "rejected", message="the file is no notebook")


def submit(root: Path, student: str, notebook: NotebookNode, when: datetime | None = None) -> Path:
    """A submission's folder, outside the course, as a teacher collects it."""
    folder = root / student / LAB
    folder.mkdir(parents=True)
    (folder / f"{LAB}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    if when:
        (folder / "timestamp.txt").write_text(f"{when:%Y-%m-%d %H:%M:%S} UTC", encoding="utf-8")
    return folder
