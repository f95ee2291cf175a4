"""Cost per submission as classes grow: coordinator, ledger, gradebook, feedback and report included.

    python -m benchmarks.flatness [--students 10 --students 100 ...] [--json FILE]

A tiny lab, two workers, a process of its own for each size. CPU seconds are those of the coordinator's process,
which has only one core however many workers there are: they are what must not grow. Waiting is not in them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click

from benchmarks import classes, commands, tables

LAB = classes.TINY
STAGES = ("read and rebuild", "ledger", "gradebook", "feedback", "report", "everything else")


@click.command()
@click.option("--students", "sizes", multiple=True, type=click.IntRange(1), default=(10, 100, 500, 2000))
@click.option("--json", "json_file", type=click.Path(path_type=Path))
@click.option(
    "--one", type=click.Path(path_type=Path), hidden=True, help="What each size's own process does."
)
def main(sizes: tuple[int, ...], json_file: Path | None, one: Path | None) -> None:
    """Print the table."""
    if one is not None:
        click.echo(json.dumps(_measure(one)))
        return
    with classes.workplace(LAB) as root, tables.progress(len(sizes)) as steps:
        done = {}
        for size in sizes:
            place = root / f"of{size}"
            classes.hand_in(place / "class", LAB, size)
            spent = commands.run([sys.executable, "-m", "benchmarks.flatness", "--one", place], Path.cwd())
            done[size] = json.loads((place / "measured.json").read_text()) | {"peak_mb": spent.peak_mb}
            steps.next(f"{size} submissions", spent)
    heads = [
        "students",
        *(f"{stage}, ms" for stage in STAGES),
        "CPU each, ms",
        "wall each, ms",
        "again s",
        "MB",
    ]
    rows = [_row(size, found) for size, found in done.items()]
    tables.tell(f"{LAB}, two workers; the coordinator's CPU time per submission", heads, rows, steps.loads)
    tables.write_json(json_file, steps.loads, lab=LAB, sizes=done)


def _row(size: int, found: dict[str, Any]) -> list[str]:
    each = [f"{1000 * found['cpu_s'][stage] / size:.1f}" for stage in STAGES]
    total = 1000 * sum(found["cpu_s"].values()) / size
    wall = 1000 * (found["grade_s"] + found["report_s"]) / size
    return [
        str(size),
        *each,
        f"{total:.1f}",
        f"{wall:.0f}",
        f"{found['again_s']:.1f}",
        f"{found['peak_mb']:.0f}",
    ]


class _Stages:
    """CPU seconds of this process by stage; a stage within another counts for itself only."""

    def __init__(self) -> None:
        self.cpu_s = dict.fromkeys(STAGES, 0.0)
        self._within: list[float] = []

    def of(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            self._within.append(0.0)
            started = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.process_time() - started
                self.cpu_s[stage] += took - self._within.pop()
                if self._within:
                    self._within[-1] += took

        return timed


def _measure(place: Path) -> dict[str, Any]:
    """Grade, grade again and report one class; writes measured.json beside it."""
    from autograder.classroom import gradebook, reporting
    from autograder.grading import coordinator, ledger
    from autograder.grading.run import Request, grade, make_course

    course = place / "course"
    make_course(course, [LAB])
    stages = _Stages()
    timed = [
        (coordinator.Master, "ticket", "read and rebuild"),
        (gradebook.Exporter, "export", "gradebook"),
        (reporting, "write_feedback", "feedback"),
        (reporting, "write_report", "report"),
        (reporting, "manual_scores_and_penalties", "gradebook"),
    ]
    timed += [
        (ledger.Ledger, name, "ledger")
        for name in ("find", "record", "make_current", "results", "is_exported", "mark_exported")
    ]
    request = Request(lab=LAB, submissions=place / "class", course=course, workers=2)
    begun, cpu = time.perf_counter(), time.process_time()
    for owner, name, stage in timed:
        patch.object(owner, name, stages.of(stage, getattr(owner, name))).start()
    grade(request)
    graded = time.perf_counter()
    reporting.report_course(course)
    reported = time.perf_counter()
    stages.cpu_s["everything else"] = time.process_time() - cpu - sum(stages.cpu_s.values())
    patch.stopall()
    grade(request)
    found = {
        "cpu_s": stages.cpu_s,
        "grade_s": graded - begun,
        "report_s": reported - graded,
        "again_s": time.perf_counter() - reported,
        "load": os.getloadavg()[0],
    }
    (place / "measured.json").write_text(json.dumps(found))
    return found


if __name__ == "__main__":
    main()
