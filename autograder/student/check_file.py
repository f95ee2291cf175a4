"""`unrolled check NOTEBOOK`: the student's own checks in a terminal, in a process of their own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import BadInput
from autograder.model import CheckSpec
from autograder.places import PROBES

_PATIENCE_S = 5.0  # how long a notebook that is asked to stop may take to do so


@dataclass
class _Course:
    """How far the notebook's process came: the cell that it was in, each check's last outcome, whether it ended."""

    cell: str = ""
    ended: bool = False
    checks: dict[str, tuple[bool, str]] = field(default_factory=dict)


def check_file(notebook: Path, say: Callable[[str], None]) -> bool:
    """Run a lab's notebook, explore cells aside, and tell each check. True if every check passed.

    Raises:
        BadInput: this is no notebook of a lab, or its probes file is missing, damaged or another lab's.
    """
    cells = _read(notebook)
    specs = _checks(notebook)
    with tempfile.TemporaryDirectory(prefix="unrolled-check-") as folder:
        events = Path(folder) / "events"
        code = _run(notebook, events)
        course = _course(events)
    order = {name: position for position, name in enumerate(_grade_ids(cells))}
    for line in _table(sorted(specs, key=lambda spec: order.get(spec.id, len(order))), course, order):
        say(line)
    if not course.ended:
        say(_ending(code, course.cell))
    if by_hand := _by_hand(cells):
        say(f"{by_hand:g} more points are for answers in words, which your teacher reads")
    passed = [spec for spec in specs if course.checks.get(spec.id, (False, ""))[0]]
    earned, total = sum(spec.points for spec in passed), sum(spec.points for spec in specs)
    say(f"{len(passed)} of {len(specs)} checks passed: {earned:g} of {total:g} points")
    return len(passed) == len(specs) and course.ended


# --- what is to be checked -------------------------------------------------------------------------------


def _read(notebook: Path) -> list[Any]:
    """The cells of a lab's notebook."""
    try:
        found: Any = json.loads(notebook.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"there is no notebook {notebook}") from None
    except (ValueError, OSError) as error:
        raise BadInput(f"{notebook} should be a notebook, and cannot be read as one: {error}") from error
    if _lab_of(found) is None:
        raise BadInput(f"{notebook} is no lab of this course: it has no lab's name in its metadata")
    cells = found.get("cells")
    if not isinstance(cells, list) or not all(map(_is_cell, cells)):
        raise BadInput(f"{notebook} should hold a list of cells, as JupyterLab saves it; copy the lab again")
    return cells


def _lab_of(found: Any) -> str | None:
    try:
        return str(found["metadata"]["unrolled"]["lab"])
    except (KeyError, TypeError, IndexError):
        return None


def _is_cell(cell: Any) -> bool:
    return (
        isinstance(cell, dict)
        and isinstance(cell.get("cell_type"), str)
        and isinstance(cell.get("source"), (str, list))
        and isinstance(cell.get("metadata"), dict)
        and isinstance(cell["metadata"].get("nbgrader", {}), dict)
        and isinstance(cell["metadata"].get("tags", []), list)
    )


def _checks(notebook: Path) -> list[CheckSpec]:
    from autograder.probes_file import load

    path = notebook.resolve().parent / PROBES
    if not path.is_file():
        raise BadInput(
            f"the checks need {PROBES} beside {notebook.name}; copy it there from where you got the lab"
        )
    stored = load(path)
    lab = _lab_of(json.loads(notebook.read_text(encoding="utf-8")))
    if stored.lab != lab:
        raise BadInput(
            f"{path} belongs to {stored.lab}, this notebook is {lab}; put each lab in a folder of its own"
        )
    return [check.spec for check in stored.checks.values()]


def _grade_ids(cells: list[Any]) -> Iterator[str]:
    for cell in cells:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name:
            yield str(name)


def _by_hand(cells: list[Any]) -> float:
    """The points of answers in words, which no check gives."""
    facts = [cell["metadata"].get("nbgrader", {}) for cell in cells if cell["cell_type"] == "markdown"]
    return sum(float(fact.get("points") or 0) for fact in facts if fact.get("grade") and fact.get("solution"))


# --- running it ------------------------------------------------------------------------------------------


def _run(notebook: Path, events: Path) -> int:
    """The exit code of the notebook's process. Ctrl-C ends the notebook, not this: what was found is told."""
    command = [sys.executable, "-m", "autograder.student.run_notebook", notebook.name, str(events)]
    environment = {"MPLBACKEND": "agg", **os.environ, "PYTHONUNBUFFERED": "1"}
    sys.stdout.flush()
    process = subprocess.Popen(
        command, cwd=notebook.resolve().parent, env=environment, stdin=subprocess.DEVNULL
    )
    try:
        return process.wait()
    except KeyboardInterrupt:
        return _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> int:
    """Wait for a notebook that is to stop. A terminal's Ctrl-C has reached it too; what is deaf to it is killed."""
    for patience in (1.0, _PATIENCE_S):
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            return process.wait(patience)
        process.send_signal(signal.SIGINT)
    process.kill()
    return process.wait()


def _course(events: Path) -> _Course:
    course = _Course()
    lines = events.read_text(encoding="utf-8").splitlines() if events.is_file() else []
    for line in lines:
        try:
            event: Mapping[str, Any] = json.loads(line)
        except ValueError:  # the process died while it wrote
            continue
        if "check" in event:
            course.checks[str(event["check"])] = bool(event["passed"]), str(event["title"])
        course.cell = str(event.get("cell", course.cell))
        course.ended = course.ended or bool(event.get("end"))
    return course


def _table(specs: list[CheckSpec], course: _Course, order: Mapping[str, int]) -> Iterator[str]:
    width = max((len(spec.id) for spec in specs), default=0)
    for spec in specs:
        passed, title = course.checks.get(
            spec.id, (False, "not run" if spec.id in order else "its cell is missing")
        )
        earned = f"{spec.points if passed else 0:g} of {spec.points:g}"
        yield f"{'✓' if passed else '✗'} {spec.id:<{width}}  {earned:>8}  {title.lower()}".rstrip()


def _ending(code: int, cell: str) -> str:
    where = f" in cell {cell}" if cell else ""
    if code in (130, -signal.SIGINT):
        return f"stopped{where}; the checks after it were not run"
    cause = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"the notebook's process ended early ({cause}){where}; the checks after it were not run"
