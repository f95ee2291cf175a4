"""Grading an unchanged class again: the whole command, start-up included.

    python -m benchmarks.unchanged [--lab lab04_lstm] [--students 60] [--times 7] [--json FILE]

Beside it stands what the same Python takes to load NumPy and nbformat, which no command of ours does without: on a
machine that others use as well, both grow alike.
"""

from __future__ import annotations

import statistics
import sys
from dataclasses import asdict
from pathlib import Path

import click

from autograder.grading.run import make_course
from benchmarks import classes, commands, tables

LABS = (classes.LSTM, classes.TINY)


@click.command()
@click.option("--lab", type=click.Choice(LABS), default=classes.LSTM, show_default=True)
@click.option("--students", type=click.IntRange(1), default=60, show_default=True)
@click.option("--times", type=click.IntRange(1), default=7, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path))
def main(lab: str, students: int, times: int, json_file: Path | None) -> None:
    """Print the table."""
    bare = [sys.executable, "-c", "import numpy, nbformat"]
    with classes.workplace(lab) as root, tables.progress(times + 1) as steps:
        folder = classes.hand_in(root / "class", lab, students)
        make_course(root / "course", [lab])
        command = commands.grade(lab, folder, root / "course", workers=2)
        first = commands.run(command, root)
        steps.next("graded for the first time", first)
        again, loading = [], []
        for number in range(times):
            again.append(commands.run(command, root))
            loading.append(commands.run(bare, root))
            steps.next(f"again, {number + 1}", again[-1])
    rows = [
        _row("first time, two workers", [first]),
        _row("again", again),
        _row("NumPy and nbformat", loading),
    ]
    heads = ["command", "wall s, median", "least", "most", "CPU s", "memory MB"]
    tables.tell(f"{students} submissions of {lab}, {times} times in turn", heads, rows, steps.loads)
    tables.write_json(
        json_file,
        steps.loads,
        students=students,
        lab=lab,
        first=asdict(first),
        again=[asdict(item) for item in again],
        loading=[asdict(item) for item in loading],
    )


def _row(name: str, spent: list[commands.Spent]) -> list[str]:
    walls = [item.wall_s for item in spent]
    seconds = (
        statistics.median(walls),
        min(walls),
        max(walls),
        statistics.median(item.cpu_s for item in spent),
    )
    return [name, *(f"{value:.2f}" for value in seconds), f"{max(item.peak_mb for item in spent):.0f}"]


if __name__ == "__main__":
    main()
