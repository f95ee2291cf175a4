"""How a benchmark tells what it found: a table, and a JSON file that says on what machine, and how busy it was."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.commands import Spent

_STDERR = Console(stderr=True)


class Steps:
    """A progress bar, which a log gets as lines, and the machine's load at each step."""

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar, self._task = bar, bar.add_task("", total=total)
        self.loads: list[float] = []

    def next(self, what: str, spent: Spent | None = None) -> None:
        """Say what has been done."""
        self.loads.append(os.getloadavg()[0])
        self._bar.update(self._task, description=what)
        self._bar.advance(self._task)
        if not _STDERR.is_terminal:
            took = f" {spent.wall_s:.1f} s" if spent else ""
            _STDERR.print(f"{what}:{took} (load {self.loads[-1]:.1f})", highlight=False)


@contextmanager
def progress(total: int) -> Iterator[Steps]:
    """Count `total` steps."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_STDERR, disable=not _STDERR.is_terminal) as bar:
        yield Steps(bar, total)


def machine(loads: Sequence[float]) -> dict[str, Any]:
    """What was measured on; a load above the number of processors says that others were using it as well."""
    model = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    load = {"load_least": min(loads), "load_median": statistics.median(loads), "load_most": max(loads)}
    return {
        "processor": model[0] if model else platform.machine(),
        "processors": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        **load,
    }


def tell(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], loads: Sequence[float]) -> None:
    """Print a table and what it was measured on."""
    table = Table(*heads, title=title, title_justify="left", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    for column in table.columns[1:]:
        column.justify = "right"
    facts = machine(loads)
    console = Console(width=120 if not Console().is_terminal else None)
    console.print(table)
    console.print(
        f"{facts['processors']} x {facts['processor']}, Python {facts['python']}, load "
        f"{facts['load_least']:.1f} to {facts['load_most']:.1f}, median {facts['load_median']:.1f}",
        highlight=False,
    )


def write_json(file: Path | None, loads: Sequence[float], **content: Any) -> None:
    """The figures to a file, if one was asked for."""
    if file is not None:
        file.write_text(json.dumps({"machine": machine(loads), **content}, indent=1) + "\n", encoding="utf-8")
