"""A grader's own time per submission: `unrolled grade` beside `nbgrader autograde` and `otter run`.

    python -m benchmarks.overhead [--lab NAME] [--otter PYTHON] [--students 60] [--rounds 3] [--json FILE]

lab91_frameworks imports PyTorch and TensorFlow and asks for next to nothing; lab90_tiny imports NumPy alone. One
worker each, whole commands, in turn. Each grader gets a few submissions and then more: the difference is the cost
of a submission, the rest its start-up. The students' own code is timed in the same round, in a bare Python,
libraries imported beforehand; what is left of a command's time is the grader's overhead.

`otter run` takes one submission at a time, so its start-up is part of each. It is run by PYTHON, of an environment
that has otter-grader and can import both frameworks; without --otter it is left out.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import nbformat

from autograder.grading.run import make_course
from benchmarks import classes, commands, tables

LABS = (classes.FRAMEWORKS, classes.TINY)
OURS = "unrolled grade"
FEW, FEW_THEIRS, MORE_THEIRS = 2, 1, 3
_OWN = """
import json, sys, time
setup, own = json.load(open("cells.json"))
import autograder.student.show as show
show.outcome = lambda *args, **kwargs: None
scope = {"__name__": "__main__"}
moments = [(time.perf_counter(), time.process_time())]
for cells in (setup, own):
    for cell in cells:
        exec(compile(cell, "<cell>", "exec"), scope)
    moments.append((time.perf_counter(), time.process_time()))
print()
print(json.dumps(moments))
"""


@dataclass(frozen=True)
class Line:
    """A grader's seconds as a straight line: start-up, and each submission."""

    start_s: float
    each_s: float

    @classmethod
    def through(cls, few: int, few_s: float, more: int, more_s: float) -> Line:
        """The line through two classes."""
        each = (more_s - few_s) / (more - few)
        return cls(few_s - few * each, each)

    def per_submission(self, students: int) -> float:
        """Start-up shared out."""
        return self.start_s / students + self.each_s


@dataclass(frozen=True)
class Own:
    """What a bare Python takes for the imports of the set-up, and for the students' own code after them."""

    imports_s: float
    code_s: float


@dataclass(frozen=True)
class Round:
    """One round by the clock (`wall`) and by the processors (`cpu`): every grader's line, and what is not theirs."""

    graders: dict[str, dict[str, Line]]
    own: dict[str, Own]


CLOCKS = {"wall": "by the clock", "cpu": "CPU time of all processes"}


@click.command()
@click.option("--lab", type=click.Choice(LABS), default=classes.FRAMEWORKS, show_default=True)
@click.option(
    "--otter", type=click.Path(path_type=Path), help="The Python of an environment with otter-grader."
)
@click.option("--students", type=click.IntRange(FEW + 1), default=60, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path))
def main(lab: str, otter: Path | None, students: int, rounds: int, json_file: Path | None) -> None:
    """Print the table."""
    if otter and lab != classes.FRAMEWORKS:
        raise click.UsageError(
            f"--otter goes with {classes.FRAMEWORKS}, whose tests there are in otter's format too"
        )
    with classes.workplace(lab) as root, tables.progress(rounds) as steps:
        contestants = _contestants(root, lab, students, otter)
        done = []
        for number in range(rounds):
            done.append(_round(root, lab, number, contestants))
            steps.next(f"round {number + 1}")
    _tell(done, lab, students, steps.loads)
    tables.write_json(
        json_file, steps.loads, lab=lab, students=students, rounds=[asdict(item) for item in done]
    )


Lines = dict[str, Line]
Measure = Callable[[Path], Lines]


def _contestants(root: Path, lab: str, students: int, otter: Path | None) -> dict[str, Measure]:
    found: dict[str, Measure] = {
        OURS: lambda place: _ours(root, place, lab, students),
        "nbgrader autograde": lambda place: _nbgrader(root, place, lab),
    }
    classes.hand_in(root / "few", lab, FEW)
    classes.hand_in(root / "class", lab, students)
    if otter:
        program = otter.parent / "otter"
        prepared = _otter_files(root / "otter", program)
        found["otter run"] = lambda place: _otter(prepared, program)
    return found


def _round(root: Path, lab: str, number: int, contestants: dict[str, Measure]) -> Round:
    """Every grader once, in an order that turns with the round."""
    names = list(contestants)
    turn = number % len(names)
    lines = {}
    for name in names[turn:] + names[:turn]:
        place = root / f"{name.split()[0]}{number}"
        lines[name] = contestants[name](place)
        shutil.rmtree(place, ignore_errors=True)
    return Round(lines, own_seconds(root, lab))


def _ours(root: Path, place: Path, lab: str, students: int) -> Lines:
    spent = {}
    for name, count in (("few", FEW), ("class", students)):
        make_course(place / name, [lab])
        spent[count] = commands.run(commands.grade(lab, root / name, place / name), root)
    return _lines(FEW, spent[FEW], students, spent[students])


def _lines(few: int, few_spent: commands.Spent, more: int, more_spent: commands.Spent) -> Lines:
    return {
        "wall": Line.through(few, few_spent.wall_s, more, more_spent.wall_s),
        "cpu": Line.through(few, few_spent.cpu_s, more, more_spent.cpu_s),
    }


def _nbgrader(root: Path, place: Path, lab: str) -> Lines:
    spent = {}
    for count in (FEW_THEIRS, MORE_THEIRS):
        course = place / str(count)
        _plain_course(course, lab, root / "class", count)
        spent[count] = commands.run([commands.BIN / "nbgrader", "autograde", lab], course)
    return _lines(FEW_THEIRS, spent[FEW_THEIRS], MORE_THEIRS, spent[MORE_THEIRS])


def _plain_course(course: Path, lab: str, submissions: Path, count: int) -> None:
    """An nbgrader course without anything of ours: its own preprocessors, a real kernel for each notebook."""
    make_course(course, [lab])
    (course / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'unrolled'\nc.Execute.timeout = 300\n"
    )
    for student in sorted(submissions.iterdir())[:count]:
        target = course / "submitted" / student.name / lab
        shutil.copytree(student / lab, target)
        shutil.copy(course / "source" / lab / "probes.safetensors", target)


# The same two functions, asked the same way, in otter's own format.
_TEST = '''
OK_FORMAT = True
test = {{"name": "{name}", "points": 1, "suites": [{{"cases": [{{
    "code": """>>> import numpy as np
>>> bool(np.allclose({name}(np.ones((3, 4))), {wanted}))
True""",
    "hidden": False, "locked": False,
}}], "scored": True, "setup": "", "teardown": "", "type": "doctest"}}]}}
'''
_WANTED = {"candidate": "np.tanh(1.0)", "gate": "1 / (1 + np.exp(-1.0))"}


def _otter_files(place: Path, program: Path) -> Path:
    """Otter's zip of tests, and the solved notebook with otter's checks in place of ours."""
    (place / "tests").mkdir(parents=True)
    for name, wanted in _WANTED.items():
        (place / "tests" / f"{name}.py").write_text(_TEST.format(name=name, wanted=wanted))
    commands.run([program, "generate", "-t", "tests", "-o", "autograder.zip", "--no-environment"], place)
    setup, own = classes.student_code(classes.FRAMEWORKS)
    imports = [line for line in setup[0].splitlines() if line.startswith("import ")]
    cells = ["\n".join([*imports, "import otter", "grader = otter.Notebook()"])]
    for source in own:
        cells.append(source if "@lab.check" not in source else f'grader.check("{_checked(source)}")')
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(notebook, place / "submission.ipynb")
    return place


def _checked(source: str) -> str:
    return next(name for name in _WANTED if f"def {name}_matches(" in source)


def _otter(place: Path, program: Path) -> Lines:
    command = [program, "run", "-a", "autograder.zip", "-o", ".", "--no-logo", "submission.ipynb"]
    spent = commands.run(command, place)
    results = json.loads((place / "results.json").read_text())
    missed = [test for test in results["tests"] if test.get("score") != test.get("max_score")]
    if missed:
        raise RuntimeError(f"otter run did not grade the solution as right: {missed}")
    return {"wall": Line(0.0, spent.wall_s), "cpu": Line(0.0, spent.cpu_s)}


def own_seconds(root: Path, lab: str) -> dict[str, Own]:
    """What the cells take in a bare Python, by each clock."""
    place = root / "own"
    place.mkdir(exist_ok=True)
    shutil.copy(root / "labs" / lab / "probes.safetensors", place)
    (place / "cells.json").write_text(json.dumps(classes.student_code(lab)))
    done = subprocess.run([sys.executable, "-c", _OWN], cwd=place, capture_output=True, text=True, check=True)
    moments = json.loads(done.stdout.splitlines()[-1])
    return {
        clock: Own(imported - begun, over - imported)
        for clock, (begun, imported, over) in zip(CLOCKS, zip(*moments, strict=True), strict=True)
    }


def _tell(done: list[Round], lab: str, students: int, loads: list[float]) -> None:
    heads = ["grader", "start-up s", "each s", "overhead each s", "... with start-up s"]
    heads += ["overhead / ours", "... with start-up", "total / ours"]
    for clock, name in CLOCKS.items():
        rows = [_row(done, clock, grader, students) for grader in done[0].graders]
        title = f"{lab}, {name}; one worker, {students} submissions, medians of {len(done)} rounds"
        tables.tell(title, heads, rows, loads)
        code, imports = (
            statistics.median(getattr(item.own[clock], field) for item in done)
            for field in ("code_s", "imports_s")
        )
        click.echo(f"the students' own code takes {code:.3f} s, the imports before it {imports:.1f} s\n")


def _row(done: list[Round], clock: str, grader: str, students: int) -> list[str]:
    theirs, ours = ([_costs(item, clock, name, students) for item in done] for name in (grader, OURS))
    seconds = [
        statistics.median(cost[key] for cost in theirs) for key in ("start", "each", "overhead", "whole")
    ]
    ratios = [
        statistics.median(a[key] / b[key] for a, b in zip(theirs, ours, strict=True))
        for key in ("overhead", "whole", "total")
    ]
    return [grader, *(f"{value:.3f}" for value in seconds), *(f"{value:.1f}" for value in ratios)]


def _costs(item: Round, clock: str, grader: str, students: int) -> dict[str, float]:
    """Seconds of one grader in one round; `whole` is the overhead with start-up shared out."""
    line, own = item.graders[grader][clock], item.own[clock]
    total = line.per_submission(students)
    return {
        "start": line.start_s,
        "each": line.each_s,
        "overhead": line.each_s - own.code_s,
        "whole": total - own.code_s,
        "total": total,
    }


if __name__ == "__main__":
    main()
