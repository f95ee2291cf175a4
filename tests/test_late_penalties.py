"""A due date, extension or rule that changes after grading: the next `unrolled grade` follows, and grades nobody."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.classroom.gradebook import Exporter
from autograder.classroom.timestamps import as_timestamp
from autograder.grading import pool, run, worker
from autograder.grading.results import CheckResult, SubmissionResult
from autograder.grading.run import Request, make_course
from autograder.grading.worker import Job
from autograder.labs import load_spec
from autograder.model import SandboxLevel
from tests.test_bad_input import FULL, LAB, hand_in, solved

NOON = datetime(2026, 3, 1, 12)


@dataclass
class Class:
    """Ada handed in at noon and Bob an hour later; both are always right. Notes who is graded and exported."""

    root: Path
    graded: list[str] = field(default_factory=list)
    exported: list[str] = field(default_factory=list)

    @property
    def course(self) -> Path:
        return self.root / "course"

    def work(self, job: Job) -> worker.Done:
        self.graded.append(job.student)
        checks = tuple(
            CheckResult(check.id, check.points, check.points, "passed", 1, 1, None, "passed")
            for check in load_spec(LAB).checks
        )
        result = SubmissionResult(
            job.student, FULL, FULL, 2.0, "graded", checks=checks, notebook=job.notebook
        )
        return worker.Done(result)

    def hand_in(self, student: str, moment: datetime) -> None:
        folder = hand_in(self.root / "in", student, solved(LAB))
        (folder / "timestamp.txt").write_text(as_timestamp(moment))

    def penalties(self) -> dict[str, float | None]:
        """Those in the gradebook after `unrolled grade`."""
        self.graded, self.exported = [], []
        run.grade(
            Request(LAB, self.root / "in", self.course, sandbox=SandboxLevel.NONE, trust_submissions=True)
        )
        with self.book() as book:
            found = book.notebook_submissions(LAB, LAB)
            return {item.student.id: item.late_submission_penalty for item in found}

    def book(self) -> Gradebook:
        return Gradebook(f"sqlite:///{self.course}/gradebook.db", "unrolled")

    def due(self, moment: datetime) -> None:
        with self.book() as book:
            book.update_or_create_assignment(LAB, duedate=moment)

    def replace_in_config(self, old: str, new: str) -> None:
        config = self.course / "nbgrader_config.py"
        assert old in config.read_text()
        config.write_text(config.read_text().replace(old, new))


@pytest.fixture
def late(tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Class:
    made = Class(tmp_path)
    made.hand_in("ada", NOON)
    made.hand_in("bob", NOON + timedelta(hours=1))
    make_course(made.course, [tiny])
    made.replace_in_config('penalty_method = "none"', 'penalty_method = "zero"')
    export: Callable[..., None] = Exporter.export

    def noted(self: Exporter, result, *more) -> None:  # type: ignore[no-untyped-def]
        made.exported.append(result.student)
        export(self, result, *more)

    monkeypatch.setattr(worker, "grade", made.work)
    monkeypatch.setattr(run, "_executor", lambda request: pool.Here)
    monkeypatch.setattr(Exporter, "export", noted)
    return made


def test_when_a_due_date_is_set_after_grading_the_next_grading_penalises_and_grades_nobody(
    late: Class,
) -> None:
    assert late.penalties() == {"ada": None, "bob": None}
    assert sorted(late.graded) == sorted(late.exported) == ["ada", "bob"]
    late.due(NOON + timedelta(minutes=30))
    assert late.penalties() == {"ada": None, "bob": FULL}
    assert late.graded == []
    assert late.penalties() == {"ada": None, "bob": FULL}
    assert (late.graded, late.exported) == ([], [])
    late.due(NOON + timedelta(hours=2))
    assert late.penalties() == {"ada": None, "bob": None}


def test_when_one_gets_an_extension_only_that_one_is_exported_again(late: Class) -> None:
    late.due(NOON - timedelta(hours=1))
    assert late.penalties() == {"ada": FULL, "bob": FULL}
    with late.book() as book:
        book.grant_extension(LAB, "bob", hours=3)
    assert late.penalties() == {"ada": FULL, "bob": None}
    assert (late.graded, late.exported) == ([], ["bob"])


def test_when_the_rule_changes_everyones_penalty_follows(late: Class) -> None:
    late.due(NOON - timedelta(hours=1))
    assert late.penalties() == {"ada": FULL, "bob": FULL}
    late.replace_in_config('penalty_method = "zero"', 'penalty_method = "none"')
    assert late.penalties() == {"ada": None, "bob": None}
    assert late.graded == []


def test_when_the_same_notebook_is_handed_in_later_it_is_late_and_not_graded_again(late: Class) -> None:
    late.due(NOON + timedelta(hours=2))
    assert late.penalties() == {"ada": None, "bob": None}
    late.hand_in("ada", NOON + timedelta(hours=3))
    assert late.penalties() == {"ada": FULL, "bob": None}
    assert (late.graded, late.exported) == ([], ["ada"])


def test_when_a_grader_was_killed_in_the_middle_of_a_transaction_the_next_grading_goes_on(
    late: Class,
) -> None:
    file = late.course / "gradebook.db"
    code = (
        "import os, signal, sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('PRAGMA cache_size = 1')\ndb.execute('BEGIN IMMEDIATE')\n"
        "db.execute('DELETE FROM assignment')\ndb.execute('CREATE TABLE half (big)')\n"
        "for _ in range(9): db.execute('INSERT INTO half VALUES (zeroblob(1000000))')\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert file.with_name("gradebook.db-journal").stat().st_size > 0
    assert late.penalties() == {"ada": None, "bob": None}


def test_when_the_gradebook_lies_elsewhere_its_due_date_counts(late: Class) -> None:
    other = late.root / "elsewhere.db"
    with (late.course / "nbgrader_config.py").open("a") as config:
        config.write(f'\nc.CourseDirectory.db_url = "sqlite:///{other}"\n')
    (late.course / "gradebook.db").rename(other)
    late.book = lambda: Gradebook(f"sqlite:///{other}", "unrolled")  # type: ignore[method-assign]
    assert late.penalties() == {"ada": None, "bob": None}
    late.due(NOON + timedelta(minutes=30))
    assert late.penalties() == {"ada": None, "bob": FULL}
    assert (late.graded, sorted(late.exported)) == ([], ["ada", "bob"])
