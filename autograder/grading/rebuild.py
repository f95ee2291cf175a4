"""The graded notebook: the generated lab's, with the student's work put in its places.

Every locked cell, tag and piece of metadata is the lab's. From the submission come only the bodies of exercise
and answer cells, and the cells that the student added.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder import notebooks
from autograder.errors import UnrolledError

ADDED = "added-"
MOST_CELLS = 2000
LARGEST_SOURCE = 1_000_000


class Rejected(UnrolledError):
    """This submission cannot be graded; the message says to the student why."""


@dataclass(frozen=True)
class Rebuilt:
    """A notebook to be graded, and what was odd about the submission."""

    notebook: NotebookNode
    flags: tuple[str, ...]

    @property
    def digest(self) -> str:
        """What the ledger knows this notebook by."""
        cells = [[cell["id"], cell.cell_type, cell.source] for cell in self.notebook.cells]
        return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def read_submission(content: bytes, lab: str) -> NotebookNode:
    """A stranger's file as a notebook of today's format, whatever its cells hold.

    Raises:
        Rejected: it is no notebook.
    """
    if not content.strip():
        raise Rejected(f"{lab}.ipynb is empty: hand in the notebook as JupyterLab saved it")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        why = str(error).split(":")[0]
        raise Rejected(
            f"{lab}.ipynb is not a notebook, or was cut off ({why}): save it again and hand it in"
        ) from error
    if not isinstance(found, dict) or not ("cells" in found or "worksheets" in found):
        raise Rejected(f"{lab}.ipynb is JSON but not a notebook: it has no cells")
    if "worksheets" in found:
        found = _upgrade(found, lab)
    cells = found["cells"]
    if not isinstance(cells, list) or len(cells) > MOST_CELLS:
        raise Rejected(f"{lab}.ipynb should hold a list of at most {MOST_CELLS} cells")
    return nbformat.from_dict(
        {"cells": [_cell(cell) for cell in cells if isinstance(cell, dict)], "metadata": {}}
    )


def _upgrade(found: dict[str, Any], lab: str) -> dict[str, Any]:
    """Notebooks of format 3 kept cells in worksheets, and code under another name."""
    try:
        return dict(nbformat.convert(nbformat.from_dict({"metadata": {}, **found}), 4))
    except Exception as error:
        why = f"{type(error).__name__} {error}".splitlines()[0][:200]
        raise Rejected(f"{lab}.ipynb is a notebook of an old format that cannot be read: {why}") from error


def _cell(found: dict[str, Any]) -> dict[str, Any]:
    """Only what we look at, in the types that it must have."""
    source = found.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    kind, metadata = found.get("cell_type"), found.get("metadata")
    name = notebooks.grade_id(found) if isinstance(metadata, dict) else ""
    return {
        "cell_type": kind if kind in ("code", "markdown", "raw") else "raw",
        "source": _text(source[:LARGEST_SOURCE]) if isinstance(source, str) else "",
        # nothing else: metadata may be nested as deep as a stranger likes
        "metadata": {"nbgrader": {"grade_id": name}} if name else {},
        "id": found["id"] if isinstance(found.get("id"), str) else "",
    }


def _text(source: str) -> str:
    """JSON can hold half a character (a lone surrogate), which no file can."""
    return source.encode("utf-8", "replace").decode()


def rebuild(lab_name: str, lab: NotebookNode, submission: NotebookNode) -> Rebuilt:
    """Put the student's work into the lab.

    Raises:
        Rejected: the submission has not one exercise or answer cell of this lab.
    """
    own = {notebooks.grade_id(cell) for cell in lab.cells if _is_open(cell)}
    found: dict[str, list[NotebookNode]] = defaultdict(list)
    for cell in submission.cells:
        if notebooks.grade_id(cell) in own:
            found[notebooks.grade_id(cell)].append(cell)
    if own and not found:
        raise Rejected(
            f"this notebook has no exercise of {lab_name}: another lab's, or its cells were all replaced; "
            f"hand in the {lab_name} that you were given"
        )
    notebook = nbformat.from_dict(lab)  # copies plain data, and sooner than deepcopy
    cells = notebook.cells
    for cell in cells:
        theirs = found.get(notebooks.grade_id(cell), [])
        if _is_open(cell) and theirs:
            cell.source = theirs[0].source
    notebook.cells = _with_added(cells, lab, submission)
    return Rebuilt(notebook, tuple(_flags(lab, own, found, submission)))


def _is_open(cell: NotebookNode) -> bool:
    """Whether a lab's cell is one in which the student writes."""
    return notebooks.is_exercise(cell) or notebooks.is_question(cell)


def _with_added(cells: list[NotebookNode], lab: NotebookNode, submission: NotebookNode) -> list[NotebookNode]:
    """The lab's cells with the student's own after the same neighbour, else at the end."""
    after: dict[str | None, list[NotebookNode]] = defaultdict(list)
    known = _Known(lab)
    neighbour: str | None = None
    for count, cell in enumerate(submission.cells):
        place = known.place_of(cell)
        if place is not None:
            neighbour = place
        elif cell.source.strip() and not notebooks.grade_id(cell):
            after[neighbour].append(_added(cell, count))
    out = []
    for cell in cells:
        out += [cell, *after.pop(cell["id"], [])]
    return out + [cell for rest in after.values() for cell in rest]


class _Known:
    """Which cells of a submission are the lab's own: by grade_id, by id, or, where ids are gone, by their text."""

    def __init__(self, lab: NotebookNode) -> None:
        self._by_grade_id = {
            notebooks.grade_id(cell): cell["id"] for cell in lab.cells if notebooks.grade_id(cell)
        }
        self._ids = {cell["id"] for cell in lab.cells}
        self._by_text = {cell.source.strip(): cell["id"] for cell in lab.cells}

    def place_of(self, cell: NotebookNode) -> str | None:
        """The id of the lab's cell that this one is, or None for a cell of the student's."""
        if notebooks.grade_id(cell):
            return self._by_grade_id.get(notebooks.grade_id(cell))
        if cell["id"] in self._ids and cell["id"] not in self._by_grade_id.values():
            return str(cell["id"])
        return self._by_text.get(cell.source.strip())


def _added(cell: NotebookNode, count: int) -> NotebookNode:
    """A cell of the student's own, with nothing of its metadata."""
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    return make.get(cell.cell_type, nbformat.v4.new_raw_cell)(cell.source, id=f"{ADDED}{count}")


def _flags(
    lab: NotebookNode, own: Iterable[str], found: dict[str, list[NotebookNode]], submission: NotebookNode
) -> Iterable[str]:
    types = {notebooks.grade_id(cell): cell.cell_type for cell in lab.cells}
    for name in sorted(own):
        theirs = found.get(name, [])
        if not theirs:
            yield f"missing cell {name}"
        elif len(theirs) > 1:
            yield f"duplicated cell {name}: the first was graded"
        if any(cell.cell_type != types[name] for cell in theirs):
            yield f"retyped cell {name}"
    locked = {
        notebooks.grade_id(cell): cell.source.strip()
        for cell in lab.cells
        if notebooks.grade_id(cell) and not _is_open(cell)
    }
    for cell in submission.cells:
        original = locked.get(notebooks.grade_id(cell))
        if original is not None and cell.source.strip() != original:
            yield f"changed locked cell {notebooks.grade_id(cell)}: the lab's own was graded"
