"""How long a student waits for a check: the median of each check of a lab, right and wrong, and of opening it.

    python -m benchmarks.check_latency [LAB] [--times N]

Needs the solutions: the right answers are the reference's, the wrong ones those of each function's first
misconception. Measured in one process, with the panel made as in a notebook and progress kept in a workspace;
what a kernel and a browser add is not in it.
"""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from autograder import notebooks, open_lab  # noqa: E402
from autograder.build import solution_notebook  # noqa: E402
from autograder.errors import CheckFailed  # noqa: E402
from autograder.student import panel, show  # noqa: E402
from autograder.student.workspace import make_workspace  # noqa: E402
from autograder.truth.reference import load_truth  # noqa: E402

LIMIT_MS = 100.0


@click.command()
@click.argument("name", metavar="[LAB]", default="lab04_lstm")
@click.option("--times", type=click.IntRange(1), default=21, show_default=True)
def main(name: str, times: int) -> None:
    """Print the table; exit with 1 if a check's median is above the limit."""
    print(f"import of open_lab, in a fresh process beside NumPy alone: {_import_ms():.0f} ms")
    with tempfile.TemporaryDirectory(prefix="unrolled-bench-") as folder, _as_in_a_notebook():
        make_workspace(Path(folder))
        place = Path(folder) / "labs" / name
        print(f"first check, with the probes read: {_first(name, place):.0f} ms\n")
        slowest = max(_table(name, place, times))
    print(f"\nslowest median {slowest:.1f} ms, limit {LIMIT_MS:g} ms")
    sys.exit(slowest > LIMIT_MS)


def _import_ms() -> float:
    """What the set-up cell's import costs beyond `import numpy`, which every lab needs anyway."""

    def fresh(code: str) -> float:
        spent = []
        for _ in range(5):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            spent.append(time.perf_counter() - started)
        return statistics.median(spent)

    return 1000 * (fresh("import numpy; from autograder import open_lab") - fresh("import numpy"))


@contextlib.contextmanager
def _as_in_a_notebook() -> Iterator[None]:
    """The panel is made, and goes nowhere."""

    def outcome(spec: Any, diagnosis: Any, captured: str, needs: Any, labels: Any = ()) -> bool:
        from autograder.student import terminal

        terminal.text(spec, diagnosis, captured, needs=needs, labels=labels)
        panel.html(spec, diagnosis, captured, needs=needs, labels=labels)
        return True

    with patch.object(show, "outcome", outcome):
        yield


def _namespace(name: str, place: Path, source_of: Callable[[str], str]) -> dict[str, Any]:
    """The solution's set-up and exercises, run; `lab` is the student's."""
    space: dict[str, Any] = {}
    for cell in solution_notebook(name).cells:
        if notebooks.is_setup(cell) or notebooks.is_exercise(cell):
            exec(compile(source_of(cell.source), f"<cell {cell['id']}>", "exec"), space)
    space["lab"] = open_lab(name, place)
    return space


def _first(name: str, place: Path) -> float:
    space = _namespace(name, place, str)
    return _ms(space, next(iter(_checks(name)))[1])


def _checks(name: str) -> list[tuple[str, str]]:
    return [(cell["id"], cell.source) for cell in solution_notebook(name).cells if notebooks.is_check(cell)]


def _ms(space: dict[str, Any], source: str) -> float:
    started = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(CheckFailed):
        exec(source, space)
    return 1000 * (time.perf_counter() - started)


def _wrong(name: str) -> Callable[[str], str]:
    """Each exercise with its first misconception that applies."""
    known = load_truth(name).misconceptions

    def source_of(source: str) -> str:
        for item in known:
            if f"def {item.function}(" in source and source.count(item.find) == 1:
                return source.replace(item.find, item.replace)
        return source

    return source_of


def _table(name: str, place: Path, times: int) -> Iterator[float]:
    right, wrong = _namespace(name, place, str), _namespace(name, place, _wrong(name))
    print(f"{'check':<34} {'right':>8} {'wrong':>8}   median of {times}, ms")
    for check, source in _checks(name):
        medians = [statistics.median(_ms(space, source) for _ in range(times)) for space in (right, wrong)]
        print(f"{check:<34} {medians[0]:>8.1f} {medians[1]:>8.1f}")
        yield max(medians)


if __name__ == "__main__":
    main()
