"""A class of 60 whose grader is killed again and again: afterwards everything is as if nothing had been."""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.command_support import COMMAND
from tests.fire import LedgerWatch, Witness, kill, workers, zygotes
from tests.test_bad_input import LAB, by_student, cell_of, hand_in, solved

STUDENTS = 60
KILLS = 50
# What each round of the fire kills, one after the other; the coordinator's death ends a round.
ROUND = ("zygote", "worker", "zygote", "coordinator")
MISTAKES = (
    ("gate", "1.0 / (1.0 + np.exp(-product))", "np.tanh(product)"),
    ("gate", "np.exp(-product)", "np.exp(product)"),
    ("leak", "rate * h", "rate * np.zeros_like(h)"),
)


@pytest.fixture
def class_of_60(tiny: str, tmp_path: Path) -> Path:
    """Right and wrong ones in turn, one that exits, one that is rejected; each takes a little while."""
    for number in range(STUDENTS):
        notebook = solved(tiny)
        cell_of(notebook, "gate").source += "\nimport time\ntime.sleep(0.2)"
        if number % 4:
            name, right, wrong = MISTAKES[number % 4 - 1]
            cell = cell_of(notebook, name)
            cell.source = cell.source.replace(right, wrong)
        if number == 24:
            cell_of(notebook, "leak").source += "\nimport os\nos._exit(1)"
        hand_in(tmp_path / "in", f"student-{number:02}", b"" if number == 36 else notebook)
    return tmp_path


@contextlib.contextmanager
def grading(root: Path, course: str) -> Iterator[subprocess.Popen[str]]:
    command = [*COMMAND, "grade", LAB, "--submissions", str(root / "in"), "--out", str(root / course)]
    command += ["--json", str(root / f"{course}.json"), "--workers", "2"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def finish(root: Path, course: str) -> dict[str, Any]:
    """Grade to the end; each student's outcome, without what differs from run to run."""
    with grading(root, course) as process:
        _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return {name: outcome(item) for name, item in by_student(root / f"{course}.json").items()}


def outcome(item: dict[str, Any]) -> dict[str, Any]:
    checks = [{name: check[name] for name in check if name != "message"} for check in item["checks"]]
    kept = ("score", "max_score", "manual_points", "verdict", "flags")
    return {**{name: item[name] for name in kept}, "checks": checks}


GRADEBOOK = (
    "SELECT student_id, timestamp, extension FROM submitted_assignment",
    "SELECT s.student_id, c.name, g.auto_score, g.manual_score, g.needs_manual_grade FROM grade g "
    "JOIN base_cell c ON c.id = g.cell_id JOIN submitted_notebook n ON n.id = g.notebook_id "
    "JOIN submitted_assignment s ON s.id = n.assignment_id",
    "SELECT s.student_id, c.name, k.auto_comment, k.manual_comment FROM comment k "
    "JOIN base_cell c ON c.id = k.cell_id JOIN submitted_notebook n ON n.id = k.notebook_id "
    "JOIN submitted_assignment s ON s.id = n.assignment_id",
    "SELECT s.student_id, n.late_submission_penalty FROM submitted_notebook n "
    "JOIN submitted_assignment s ON s.id = n.assignment_id",
    "SELECT id FROM student",
)


def in_gradebook(course: Path) -> list[list[Any]]:
    """All that nbgrader's gradebook says of the students, in an order of its own, without its random ids."""
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as db:
        return [sorted(db.execute(query).fetchall(), key=repr) for query in GRADEBOOK]


def files_in(course: Path) -> dict[str, bytes]:
    """Every file of a course by its path, with its content where that is the same in every course."""
    found = [path for path in course.rglob("*") if path.is_file()]
    for path in course.glob("autograded/*/*/*.ipynb"):
        assert json.loads(path.read_text(encoding="utf-8"))["cells"]
    # SQLite's come and go with the last reader
    kept = [path for path in found if not path.name.endswith(("-wal", "-shm", "-journal"))]
    alike = {"source", "release", "submitted", "unrolled.json", "nbgrader_config.py"}
    names = {path: path.relative_to(course) for path in kept}
    return {str(name): path.read_bytes() if name.parts[0] in alike else b"" for path, name in names.items()}


@pytest.mark.slow
@pytest.mark.sandbox
def test_when_graders_are_killed_fifty_times_the_class_is_as_if_nothing_had_been(class_of_60: Path) -> None:
    undisturbed = finish(class_of_60, "quiet")
    assert len({str(item["score"]) for item in undisturbed.values()}) >= 4  # or nothing could get mixed up

    fire = Fire(class_of_60, random.Random(0))
    while sum(fire.killed.values()) < KILLS:
        fire.one_round()
    assert min(fire.killed.values()) >= KILLS // 5, fire.killed

    assert finish(class_of_60, "fire") == undisturbed
    assert fire.ledger.written() == dict.fromkeys(undisturbed, 1)
    fire.compare_kept()
    quiet, burnt = class_of_60 / "quiet", class_of_60 / "fire"
    assert in_gradebook(burnt) == in_gradebook(quiet)
    assert files_in(burnt) == files_in(quiet)


class Fire:
    """Rounds of grading, each with some kills at random moments and the coordinator's at its end."""

    def __init__(self, root: Path, rng: random.Random) -> None:
        self.root, self.rng = root, rng
        self.killed: Counter[str] = Counter()
        self.ledger = LedgerWatch(root / "fire" / "ledger.db")
        self.kept: dict[str, tuple[str, str]] = {}

    def one_round(self) -> None:
        """Grade, kill, and see that what was kept stayed and nothing runs on."""
        with grading(self.root, "fire") as process:
            witness = Witness(process.pid)
            early = self.rng.random() < 0.2
            further = not early and self.rng.random() < 0.5  # than where the last round ended
            for target in ROUND[-1:] if early else ROUND:
                if target == "coordinator":
                    self._pass(process, witness, lambda: not further or self.ledger.count() > len(self.kept))
                    self._pass_time(witness, self.rng.uniform(0.0, 3.0 if early else 0.3))
                    victims = [psutil.Process(process.pid)] if process.poll() is None else []
                else:
                    find = zygotes if target == "zygote" else workers
                    self._pass(process, witness, lambda find=find: find(process.pid))
                    self._pass_time(witness, self.rng.uniform(0.0, 0.3))
                    victims = find(process.pid)
                if process.poll() is not None:
                    raise AssertionError(f"the grader ended by itself: {process.communicate()}")
                if victims and kill(self.rng.choice(victims)):
                    self.killed[target] += 1
            process.wait()
        assert witness.left(seconds=30) == []
        self.compare_kept()

    def compare_kept(self) -> None:
        """A result that was kept once is never made again."""
        now = self.ledger.rows()
        assert {name: now.get(name) for name in self.kept} == self.kept
        self.kept = now

    def _pass(self, process: subprocess.Popen[str], witness: Witness, until: Callable[[], object]) -> None:
        deadline = time.monotonic() + 180
        while not until() and process.poll() is None:
            assert time.monotonic() < deadline, "the grader does not get on"
            self._pass_time(witness, 0.1)

    def _pass_time(self, witness: Witness, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            witness.look()
            self.ledger.count()
            if time.monotonic() >= end:
                return
            time.sleep(0.1)
