"""nbgrader's cell metadata, read in one place."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode

KIND = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}


def nbgrader_of(cell: NotebookNode) -> dict[str, Any]:
    """A cell's nbgrader metadata, or an empty dict, whatever a stranger put there."""
    found = cell.get("metadata", {}).get("nbgrader", {})
    return dict(found) if isinstance(found, dict) else {}


def grade_id(cell: NotebookNode) -> str:
    """A cell's grade_id, or "" if it has none."""
    found = nbgrader_of(cell).get("grade_id", "")
    return found if isinstance(found, str) else ""


def is_exercise(cell: NotebookNode) -> bool:
    """Whether the student writes code here."""
    return cell.cell_type == "code" and bool(nbgrader_of(cell).get("solution"))


def is_check(cell: NotebookNode) -> bool:
    """Whether this locked cell is worth points."""
    return cell.cell_type == "code" and bool(nbgrader_of(cell).get("grade"))


def is_question(cell: NotebookNode) -> bool:
    """Whether the student answers in words here."""
    found = nbgrader_of(cell)
    return cell.cell_type == "markdown" and bool(found.get("grade")) and bool(found.get("solution"))


def is_explore(cell: NotebookNode) -> bool:
    """Whether this is a plot or a training run that no check depends on."""
    return "explore" in tags(cell)


def is_setup(cell: NotebookNode) -> bool:
    """Whether this is a locked code cell that everything else stands on."""
    found = nbgrader_of(cell)
    locked = bool(found.get("locked")) and not found.get("grade") and not found.get("solution")
    return cell.cell_type == "code" and locked and not is_explore(cell)


def tags(cell: NotebookNode) -> list[str]:
    """A cell's tags, or an empty list, whatever a stranger put there."""
    found = cell.get("metadata", {}).get("tags", [])
    return [str(tag) for tag in found] if isinstance(found, list) else []


def stable_ids(cells: list[NotebookNode]) -> Iterator[str]:
    """An id for each cell that does not change from build to build: its grade_id, else a hash of its source."""
    seen: Counter[str] = Counter()
    for cell in cells:
        stem = grade_id(cell) or hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        seen[stem] += 1
        yield stem if seen[stem] == 1 else f"{stem}-{seen[stem]}"
