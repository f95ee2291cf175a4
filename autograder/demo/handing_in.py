"""From a draft to what lies in a student's folder: a notebook, under a name, handed in at some time."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode

from autograder import notebooks
from autograder.classroom.files import write_whole
from autograder.classroom.timestamps import TIMESTAMP, as_timestamp
from autograder.demo.kinds import Draft
from autograder.demo.material import Material
from autograder.model import Verdict
from autograder.sources import to_text

Rng = np.random.Generator
DUE = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
# So many of a hundred hand in late.
LATE = 15
PROSE = "# My notes\n\nI read the lecture twice and wrote down what I understood. The code will follow."


@dataclass(frozen=True)
class Invented:
    """A student, the work, and what grading must find."""

    name: str
    draft: Draft
    handed_in: datetime
    file: str
    content: str

    @property
    def late(self) -> bool:
        """Whether it came after the due date."""
        return self.handed_in > DUE

    def expected(self, material: Material) -> dict[str, Any]:
        """What grading must find, as JSON."""
        draft = self.draft
        points = {check.id: check.points for check in material.spec.checks}
        passed = [check for check, verdict in draft.verdicts.items() if verdict is Verdict.PASSED]
        return {
            "kind": draft.kind,
            "verdict": "rejected" if draft.rejected else "graded",
            "score": None if draft.rejected else sum(points[check] for check in passed),
            "late": self.late,
            "mistakes": list(draft.mistakes),
            "checks": {check: str(verdict) for check, verdict in draft.verdicts.items()},
            "named": {check: list(names) for check, names in draft.named.items()},
        }

    def write(self, folder: Path) -> None:
        """Into the student's folder; a file that is there already is left as it is."""
        for name, text in ((self.file, self.content), (TIMESTAMP, as_timestamp(self.handed_in) + "\n")):
            path = folder / name
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                write_whole(path, text)


def hand_in(material: Material, name: str, draft: Draft, rng: Rng) -> Invented:
    """A student's submission."""
    lab = material.spec.name
    text = to_text(_notebook(material, draft, rng))
    if draft.kind == "corrupt file":
        text = text[: int(len(text) * rng.uniform(0.3, 0.8))]
    late = rng.integers(100) < LATE
    hours = rng.uniform(0.2, 40.0) if late else -rng.uniform(0.1, 120.0)
    file = f"{lab} (1).ipynb" if draft.renamed else f"{lab}.ipynb"
    return Invented(name, draft, DUE + timedelta(seconds=round(3600 * hours)), file, text)


def _notebook(material: Material, draft: Draft, rng: Rng) -> NotebookNode:
    notebook = copy.deepcopy(material.lab)
    if draft.kind == "prose only":
        notebook.cells = [nbformat.v4.new_markdown_cell(PROSE, id="notes")]
        return notebook
    notebook.cells = list(_cells(material.lab, draft.cells))
    for cell in notebook.cells:
        if notebooks.is_question(cell) and (answer := _answer(material, notebooks.grade_id(cell), rng)):
            cell.source = answer
    return notebook


def _cells(lab: NotebookNode, written: Mapping[str, str]) -> Iterator[NotebookNode]:
    """The lab's cells with what was written; own cells stand before the exercise that follows them."""
    own: list[NotebookNode] = []
    before: dict[str, list[NotebookNode]] = {}
    for name, source in written.items():
        if name.startswith("own "):
            own.append(nbformat.v4.new_code_cell(source, id=name.replace(" ", "-")))
        else:
            before[name], own = own, []
    for cell in copy.deepcopy(lab.cells):
        if cell["id"] in before:
            yield from before[cell["id"]]
            cell.source = written[cell["id"]]
        yield cell
    yield from own


def _answer(material: Material, question: str, rng: Rng) -> str:
    """Good, fair, poor, or none: then the cell stays as it was given."""
    answers = (*material.answers.get(question, ()), "")
    return answers[rng.integers(len(answers))]


def expected_text(material: Material, invented: list[Invented]) -> str:
    """The expectations of a class, for whoever wants to compare."""
    students = {student.name: student.expected(material) for student in invented}
    return json.dumps({"lab": material.spec.name, "students": students}, indent=1, ensure_ascii=False) + "\n"
