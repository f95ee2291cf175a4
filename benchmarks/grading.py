"""Grading the LSTM lab: `unrolled grade` beside `nbgrader autograde`, on the same submissions, in one run.

    python benchmarks/grading.py [--students 8] [--rounds 3] [--json FILE]

One worker each, whole commands, in turn (A B A B ...); medians are printed, and ratios round by round. The
students' own code is timed apart, in a bare Python: what is left of a command's time is its overhead. nbgrader
runs the whole notebook, explore cells too; we leave those out, so each is held against what it runs itself.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from autograder import notebooks
from autograder.build import lab_notebook, solution_notebook
from autograder.grading.rebuild import rebuild
from autograder.grading.run import make_course
from autograder.sources import to_text

LAB = "lab04_lstm"
BIN = Path(sys.executable).parent
# A submission's own code in a fresh Python: how long its cells take, imports of the set-up included.
OWN_CODE = """
import json, sys, time, os
os.environ.setdefault("MPLBACKEND", "agg")
cells = json.load(open(sys.argv[1]))
import autograder.student.show as show
show.outcome = lambda *args, **kwargs: None
scope = {"__name__": "__main__"}
start = time.perf_counter()
for cell in cells:
    exec(compile(cell, "<cell>", "exec"), scope)
print(time.perf_counter() - start)
"""


@dataclass(frozen=True)
class Round:
    """Whole-command wall seconds, and the students' own seconds within each."""

    ours: float
    theirs: float
    own_ours: float
    own_theirs: float


@click.command()
@click.option("--students", default=8, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path))
def main(students: int, rounds: int, json_file: Path | None) -> None:
    """Compare `unrolled grade` with `nbgrader autograde`."""
    with tempfile.TemporaryDirectory(prefix="unrolled-bench-") as folder:
        root = Path(folder)
        hand_in(root / "submissions", students)
        done = []
        for number in range(rounds):
            done.append(one_round(root, number, students))
            print(f"round {number + 1} of {rounds}: {done[-1]}", file=sys.stderr)
        memory = (our_memory_mb(root), kernel_memory_mb(root))
    report(done, students, memory)
    if json_file:
        json_file.write_text(
            json.dumps({"students": students, "rounds": [asdict(item) for item in done]}, indent=1)
        )


def hand_in(folder: Path, students: int) -> None:
    """A class of honest submissions: every one solved, each with a comment of its own."""
    for number in range(students):
        place = folder / f"student{number:02d}" / LAB
        place.mkdir(parents=True)
        notebook = rebuild(LAB, lab_notebook(LAB), solution_notebook(LAB)).notebook
        for cell in notebook.cells:
            if notebooks.is_exercise(cell):
                cell.source += f"\n# student {number}"
        (place / f"{LAB}.ipynb").write_text(to_text(notebook))


def one_round(root: Path, number: int, students: int) -> Round:
    """Both commands once, on fresh courses, the order changing with the round."""
    ours, theirs = root / f"ours{number}", root / f"theirs{number}"
    make_course(ours, [LAB])
    plain_course(theirs, root / "submissions")
    timed = {}
    grade = [
        str(BIN / "unrolled"),
        "grade",
        LAB,
        "--submissions",
        str(root / "submissions"),
        "--out",
        str(ours),
        "--workers",
        "1",
    ]
    autograde = [str(BIN / "nbgrader"), "autograde", LAB]
    for name, command, where in [("ours", grade, root), ("theirs", autograde, theirs)][
        :: 1 if number % 2 else -1
    ]:
        timed[name] = wall_seconds(command, where)
    return Round(
        timed["ours"],
        timed["theirs"],
        own_seconds(root, explore=False) * students,
        own_seconds(root, explore=True) * students,
    )


def plain_course(course: Path, submissions: Path) -> None:
    """An nbgrader course without anything of ours: its own preprocessors, a real kernel for each notebook."""
    make_course(course, [LAB])
    (course / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'unrolled'\nc.Execute.timeout = 300\n"
    )
    shutil.rmtree(course / "submitted")
    shutil.copytree(submissions, course / "submitted")
    for place in (course / "submitted").glob(f"*/{LAB}"):
        shutil.copy(course / "source" / LAB / "probes.safetensors", place)


def wall_seconds(command: list[str], where: Path) -> float:
    """A whole command's wall time.

    Raises:
        RuntimeError: it failed.
    """
    environment = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": "",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    started = time.perf_counter()
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return time.perf_counter() - started


def own_seconds(root: Path, *, explore: bool) -> float:
    """The student's own code of one submission, checks included, in a bare Python beside the probes."""
    place = root / "own"
    place.mkdir(exist_ok=True)
    shutil.copy(root / "ours0" / "source" / LAB / "probes.safetensors", place)
    cells = [
        cell.source
        for cell in solution_notebook(LAB).cells
        if cell.cell_type == "code" and (explore or not notebooks.is_explore(cell))
    ]
    (place / "cells.json").write_text(json.dumps(cells))
    command = [sys.executable, "-c", OWN_CODE, "cells.json"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def our_memory_mb(root: Path) -> float:
    """The largest private memory of a submission, as the grader measured it."""
    from autograder.grading.coordinator import class_result

    return max(item.peak_mb for item in class_result(root / "ours0", LAB).submissions)


def kernel_memory_mb(root: Path) -> float:
    """The private memory of a fresh kernel that has run the same cells."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(cwd=str(root / "own"))
    try:
        for source in json.loads((root / "own" / "cells.json").read_text()):
            client.execute_interactive(source, output_hook=lambda message: None, timeout=120)
        rollup = Path(f"/proc/{manager.provisioner.process.pid}/smaps_rollup").read_text()
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    private = [int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_")]
    return sum(private) / 1024


def report(done: list[Round], students: int, memory: tuple[float, float]) -> None:
    """Medians, and ratios round by round."""

    def median(values: list[float]) -> float:
        return statistics.median(values)

    table = Table("per submission", "unrolled grade", "nbgrader autograde", "ratio (median of rounds)")
    walls = [(item.ours / students, item.theirs / students) for item in done]
    own = [(item.own_ours / students, item.own_theirs / students) for item in done]
    overheads = [(a - c, b - d) for (a, b), (c, d) in zip(walls, own, strict=True)]
    for name, pairs in (("wall s", walls), ("students' own code s", own), ("overhead s", overheads)):
        ours, theirs = median([a for a, _ in pairs]), median([b for _, b in pairs])
        table.add_row(name, f"{ours:.3f}", f"{theirs:.3f}", f"{median([b / a for a, b in pairs]):.1f}")
    share = [(c / a, d / b) for (a, b), (c, d) in zip(walls, own, strict=True)]
    table.add_row(
        "share of own code", *(f"{median([pair[side] for pair in share]):.0%}" for side in (0, 1)), ""
    )
    table.add_row("private memory MB", f"{memory[0]:.1f}", f"{memory[1]:.1f}", f"{memory[1] / memory[0]:.1f}")
    Console().print(f"{students} submissions of {LAB}, one worker, {len(done)} rounds in turn", table)


if __name__ == "__main__":
    main()
