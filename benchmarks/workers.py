"""Two workers: how much more they grade than one, beside how much more two busy processes compute than one.

    python -m benchmarks.workers [--students 40] [--rounds 3] [--json FILE]

Both are rates: submissions a second between the first results and the last ones (start-up is not in it), and
turns of an empty loop a second. One and two, busy and grading, in turn.
"""

from __future__ import annotations

import multiprocessing
import shutil
import statistics
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from autograder.grading.run import Request, grade, make_course
from benchmarks import classes, tables

LAB = classes.LSTM
BUSY_S = 5.0
_START = 6  # the first results still share the time with start-up: so many per worker are left out


@dataclass(frozen=True)
class Round:
    """Rates of one round: busy turns a second, submissions a second, by the number of processes."""

    busy: dict[int, float]
    graded: dict[int, float]

    def gains(self) -> tuple[float, float]:
        """What two are over one: busy, and grading."""
        return self.busy[2] / self.busy[1], self.graded[2] / self.graded[1]


@click.command()
@click.option("--students", type=click.IntRange(20), default=40, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path))
def main(students: int, rounds: int, json_file: Path | None) -> None:
    """Print the table."""
    with classes.workplace(LAB) as root, tables.progress(rounds) as steps:
        folder = classes.hand_in(root / "class", LAB, students)
        done = []
        for number in range(rounds):
            done.append(_round(root, folder, number))
            steps.next(f"round {number + 1}")
    gains = [item.gains() for item in done]
    rows = [
        _row("empty loop, 1000 turns/s", [item.busy for item in done], [busy for busy, _ in gains], 1000),
        _row(
            "unrolled grade, submissions/s", [item.graded for item in done], [graded for _, graded in gains]
        ),
    ]
    heads = ["rate", "one process", "two processes", "two over one"]
    tables.tell(
        f"{students} submissions of {LAB}, {rounds} rounds in turn, medians", heads, rows, steps.loads
    )
    share = statistics.median(graded / busy for busy, graded in gains)
    click.echo(f"two workers reach {share:.0%} of what two busy processes do (median of rounds)")
    tables.write_json(json_file, steps.loads, students=students, rounds=[asdict(item) for item in done])


def _round(root: Path, folder: Path, number: int) -> Round:
    busy: dict[int, float] = {}
    graded: dict[int, float] = {}
    for count in (1, 2) if number % 2 else (2, 1):
        before = _busy(count)
        graded[count] = _graded(root / "course", folder, count)
        busy[count] = (before + _busy(count)) / 2
    return Round(busy, graded)


def _busy(processes: int) -> float:
    """Turns a second of all processes together."""
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        pool.map(_turns, [0.1] * processes, chunksize=1)  # the processes are there
        return sum(pool.map(_turns, [BUSY_S] * processes, chunksize=1)) / BUSY_S


def _turns(seconds: float) -> int:
    end, turns = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        turns += 1
    return turns


def _graded(course: Path, folder: Path, workers: int) -> float:
    """Submissions a second, once every worker is at work."""
    shutil.rmtree(course, ignore_errors=True)
    make_course(course, [LAB])
    moments: list[float] = []
    request = Request(lab=LAB, submissions=folder, course=course, workers=workers)
    grade(request, lambda result: moments.append(time.perf_counter()))
    skipped = _START * workers
    # while the last few are graded, not every worker has something to do
    steady = moments[skipped : len(moments) - workers]
    return (len(steady) - 1) / (steady[-1] - steady[0])


def _row(name: str, rates: list[dict[int, float]], gains: list[float], unit: float = 1) -> list[str]:
    medians = [statistics.median(rate[count] for rate in rates) / unit for count in (1, 2)]
    return [name, *(f"{value:.2f}" for value in medians), f"{statistics.median(gains):.2f}"]


if __name__ == "__main__":
    main()
