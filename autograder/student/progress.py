"""How far along a student is: what their own last checks said, kept in their workspace and nowhere else.

A workspace is known by its folder `.unrolled`. Each lab has a file of its own there, so that two notebooks
that run at once do not write over each other's. Outside a workspace nothing is kept.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.model import CheckSpec

OURS = ".unrolled"
LABS = "labs"
_PROGRESS = "progress"


def workspace_of(folder: Path) -> Path | None:
    """The workspace that a lab's folder belongs to: `<workspace>/labs/<folder>`."""
    home = folder.resolve().parent
    return home.parent if home.name == LABS and (home.parent / OURS).is_dir() else None


def record(folder: Path, spec: CheckSpec, passed: bool) -> None:
    """Keep what became of a check of the lab in `folder`. Never raises: a check must not fail for this."""
    try:
        workspace = workspace_of(folder)
        # grading runs the student's notebook too, and is not the student's own check
        if workspace is None or os.environ.get("NBGRADER_EXECUTION") == "autograde":
            return
        file = workspace / OURS / _PROGRESS / f"{folder.resolve().name}.json"
        known = {
            **_read(file),
            spec.id: {
                "passed": passed,
                "points": spec.points,
                "time": datetime.now(UTC).isoformat("T", "seconds"),
            },
        }
        write_whole(file, json.dumps(known, indent=1))
        from autograder.student.start_page import refresh

        refresh(workspace)
    except Exception:  # a full disk, a folder that may not be written, a file that someone edited
        return


def read(workspace: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Each lab folder's checks, by its name: `{"lab04_lstm": {"check-sigmoid": {"passed": True, ...}}}`."""
    return {file.stem: _read(file) for file in sorted((workspace / OURS / _PROGRESS).glob("*.json"))}


def _read(file: Path) -> dict[str, dict[str, Any]]:
    """What is kept in a file; nothing, if it is damaged."""
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(check): value for check, value in found.items() if _is_entry(value)}


def _is_entry(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("passed"), bool)
        and isinstance(value.get("points"), (int, float))
    )


def write_whole(file: Path, text: str) -> None:
    """Write a file beside its place and move it there, so that nobody reads half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
