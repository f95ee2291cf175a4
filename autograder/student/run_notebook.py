"""Run a lab's notebook in this process: `python -m autograder.student.run_notebook NOTEBOOK`; see check_file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from autograder.errors import UnrolledError
from autograder.student.failures import describe


def main(notebook: Path) -> int:
    """0 if every check passed, else 1."""
    shell: Any = InteractiveShell.instance()
    shell.history_manager.enabled = False
    # checks tell for themselves what became of them, and other exceptions are told below
    shell.showtraceback = shell.showsyntaxerror = lambda *args, **kwargs: None
    for number, cell in enumerate(json.loads(notebook.read_text(encoding="utf-8"))["cells"], 1):
        if cell["cell_type"] == "code" and "explore" not in cell["metadata"].get("tags", []):
            _run(shell, number, "".join(cell["source"]))
    lab = shell.user_ns.get("lab")
    outcomes = list(getattr(lab, "last", {}).values())
    passed = sum(1 for diagnosis in outcomes if diagnosis.passed)
    print(f"{passed} of {len(lab.checks) if lab else 0} checks passed: {_points(lab)}")
    return 0 if lab and passed == len(lab.checks) else 1


def _run(shell: Any, number: int, source: str) -> None:
    result = shell.run_cell(source)
    error = result.error_before_exec or result.error_in_exec
    if error is None or isinstance(error, UnrolledError):
        return
    failure = describe(error)
    where = f", line {failure.line}: {failure.source}" if failure.line else ""
    print(f"cell {number} stopped with {failure.kind}: {failure.text}{where}", flush=True)


def _points(lab: Any) -> str:
    if not lab:
        return "no lab was opened"
    earned = sum(lab.checks[check].points for check, diagnosis in lab.last.items() if diagnosis.passed)
    return f"{earned:g} of {sum(spec.points for spec in lab.checks.values()):g} points"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
