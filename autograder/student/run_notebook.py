"""Run a lab's notebook in this process: `python -m autograder.student.run_notebook NOTEBOOK EVENTS`.

What the cells print goes to the terminal. What became of them is appended to the file EVENTS, a line of JSON each,
so that `check_file`, which started this process, knows how far it came even if it died.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from autograder.errors import CheckFailed, UnrolledError
from autograder.student.advice import missing
from autograder.student.failures import describe
from autograder.student.messages import title

STOPPED = 130  # by Ctrl-C, as shells count it


def main(notebook: Path, events: Path) -> int:
    """0 when the notebook ran to its end, whatever its checks said."""
    shell = _shell()
    cells: list[Any] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    with events.open("a", encoding="utf-8") as file:
        for number, cell in enumerate(cells, 1):
            if cell["cell_type"] != "code" or "explore" in cell["metadata"].get("tags", []):
                continue
            name = str(cell["metadata"].get("nbgrader", {}).get("grade_id") or number)
            _write(file, {"cell": name})
            error = _run(shell, name, "".join(cell["source"]))
            for check, diagnosis in _outcomes(shell).items():
                _write(file, {"check": check, "passed": diagnosis.passed, "title": title(diagnosis)})
            if isinstance(error, KeyboardInterrupt):
                return STOPPED
        _write(file, {"end": True})
    return 0


def _shell() -> Any:
    shell: Any = InteractiveShell.instance()
    shell.history_manager.enabled = False
    # checks tell for themselves what became of them, and other exceptions are told below
    shell.showtraceback = shell.showsyntaxerror = lambda *args, **kwargs: None
    return shell


def _run(shell: Any, name: str, source: str) -> BaseException | None:
    """Run a cell without showing its last value; tell an exception by the student's own line."""
    result = shell.run_cell(source, silent=True)
    error: BaseException | None = result.error_before_exec or result.error_in_exec
    if isinstance(error, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # once is enough: what is left to do takes no time
    if error is None or isinstance(error, CheckFailed):
        return error
    if isinstance(error, UnrolledError):
        print(f"cell {name}: {error}", flush=True)
        return error
    failure = describe(error)
    what = "was stopped" if isinstance(error, KeyboardInterrupt) else f"stopped with {failure.kind}"
    text = f": {failure.text}" if failure.text else ""
    where = f", in line {failure.line}: {failure.source}" if failure.line else ""
    print(f"✗ cell {name} {what}{text}{where}\n", flush=True)
    if isinstance(error, ImportError) and (advice := missing(error)):
        print(f"  {advice}\n", flush=True)
    return error


def _outcomes(shell: Any) -> dict[str, Any]:
    return dict(getattr(shell.user_ns.get("lab"), "last", {}))


def _write(file: Any, event: dict[str, Any]) -> None:
    file.write(json.dumps(event) + "\n")
    file.flush()


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
    except KeyboardInterrupt:
        sys.exit(STOPPED)
