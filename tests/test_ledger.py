"""The ledger: what was graded is found again, whole, and never mixed up; one grader at a time."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import BadInput
from autograder.grading.ledger import Ledger, Stamp, key_of, only_grader
from autograder.grading.results import CheckResult, SubmissionResult

LAB = "lab90_tiny"
CHECK = CheckResult(
    "check-gate", 3.0, 0.0, "wrong", 2, 1, "gate-tanh", "Your gate is a tanh.\nLook at its range."
)
RESULT = SubmissionResult(
    student="Zoë 李",
    score=5.0,
    max_score=8.0,
    manual_points=2.0,
    verdict="graded",
    message="",
    cpu_s=0.25,
    wall_s=0.5,
    peak_mb=12.5,
    flags=("missing cell gate", "renamed notebook 'Übung.ipynb'"),
    checks=(CHECK, replace(CHECK, id="check-leak", score=4.0, verdict="passed", misconception=None)),
    notebook='{"cells": ["…"]}',
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "course" / "ledger.db"


def rows(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as db:
        return sorted(db.execute("SELECT student, key FROM gradings"))


# --- keys --------------------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_when_parts_differ_in_any_way_keys_differ(first: list[str], second: list[str]) -> None:
    assert (key_of(*first) == key_of(*second)) == (first == second)


def test_when_parts_are_cut_elsewhere_keys_differ() -> None:
    assert key_of("ab", "c") != key_of("a", "bc")
    assert key_of("a", "") != key_of("a")


# --- results -----------------------------------------------------------------------------------------------


def test_when_a_result_is_kept_it_comes_back_whole_and_marked_as_cached(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.record(LAB, "key", RESULT)
        assert ledger.find("key") == replace(RESULT, cached=True)
        assert ledger.find("other") is None
        assert ledger.results(LAB) == [RESULT]


def test_when_the_ledger_is_opened_again_everything_is_there(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.record(LAB, "key", RESULT)
        ledger.mark_exported(LAB, RESULT.student)
        ledger.stamp(LAB, Stamp("bwrap", "cpu"))
    with Ledger(path) as ledger:
        assert ledger.results(LAB) == [RESULT]
        assert ledger.is_exported(LAB, RESULT.student)
        assert ledger.labs() == {LAB: Stamp("bwrap", "cpu")}


def test_when_a_cached_result_is_kept_again_it_is_not_marked(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.record(LAB, "key", replace(RESULT, cached=True))
        assert ledger.results(LAB)[0].cached is False


def test_when_a_student_hands_in_again_only_the_last_result_is_current(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.record(LAB, "first", RESULT)
        ledger.record(LAB, "second", replace(RESULT, score=8.0))
        assert [result.score for result in ledger.results(LAB)] == [8.0]
        assert len(rows(path)) == 2


def test_when_a_student_goes_back_to_an_earlier_version_its_result_is_current_and_to_export(
    path: Path,
) -> None:
    with Ledger(path) as ledger:
        ledger.record(LAB, "first", RESULT)
        ledger.record(LAB, "second", replace(RESULT, score=8.0))
        ledger.mark_exported(LAB, RESULT.student)
        ledger.make_current(LAB, RESULT.student, "first")
        assert [result.score for result in ledger.results(LAB)] == [5.0]
        assert not ledger.is_exported(LAB, RESULT.student)


def test_when_the_current_result_is_found_again_it_needs_no_export(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.record(LAB, "key", RESULT)
        ledger.mark_exported(LAB, RESULT.student)
        ledger.make_current(LAB, RESULT.student, "key")
        assert ledger.is_exported(LAB, RESULT.student)


def test_when_the_same_work_is_graded_again_it_is_exported_again(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.record(LAB, "key", RESULT)
        ledger.mark_exported(LAB, RESULT.student)
        ledger.record(LAB, "key", replace(RESULT, score=8.0))
        assert not ledger.is_exported(LAB, RESULT.student)
        assert len(rows(path)) == 1


def test_when_students_or_labs_differ_their_results_are_apart(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.record(LAB, "a", replace(RESULT, student="b"))
        ledger.record(LAB, "b", replace(RESULT, student="a"))
        ledger.record("lab01", "c", replace(RESULT, student="a", score=1.0))
        assert [(r.student, r.score) for r in ledger.results(LAB)] == [("a", 5.0), ("b", 5.0)]
        assert [(r.student, r.score) for r in ledger.results("lab01")] == [("a", 1.0)]
        ledger.mark_exported(LAB, "a")
        assert not ledger.is_exported("lab01", "a")


def test_when_nothing_is_known_of_a_student_nothing_was_exported(path: Path) -> None:
    with Ledger(path) as ledger:
        assert not ledger.is_exported(LAB, "nobody")
        assert ledger.results(LAB) == []


def test_when_a_result_was_rejected_its_score_stays_none(path: Path) -> None:
    rejected = SubmissionResult("ada", None, 8.0, 2.0, "rejected", "it is empty")
    with Ledger(path) as ledger:
        ledger.record(LAB, "key", rejected)
        assert ledger.results(LAB) == [rejected]


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from autograder.grading.ledger import Ledger
from autograder.grading.results import SubmissionResult
result = SubmissionResult("ada", 1.0, 8.0, 2.0, "graded", notebook="x" * 50_000)
with Ledger(Path(sys.argv[1])) as ledger:
    for number in range(100_000):
        ledger.record("lab", f"key{number}", replace(result, student=f"s{number:06}"))
        print(number, flush=True)
"""


def test_when_the_writer_is_killed_every_row_that_it_reported_is_there_and_whole(path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        seen = [int(writer.stdout.readline()) for _ in range(57)]
        writer.kill()
    with Ledger(path) as ledger:
        kept = ledger.results("lab")
        assert [result.student for result in kept[: len(seen)]] == [f"s{number:06}" for number in seen]
        assert {len(result.notebook) for result in kept} == {50_000}
        ledger.record("lab", "key", RESULT)  # and it goes on


@pytest.mark.parametrize("make", ["folder", "other bytes"])
def test_when_the_file_is_no_ledger_one_line_says_so(path: Path, make: str) -> None:
    path.parent.mkdir()
    path.mkdir() if make == "folder" else path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(BadInput, match=r"ledger\.db cannot be opened") as caught:
        Ledger(path)
    assert "\n" not in str(caught.value)


# --- one grader at a time ----------------------------------------------------------------------------------


def test_when_a_course_is_being_graded_a_second_grader_is_refused(tmp_path: Path) -> None:
    with (
        only_grader(tmp_path),
        pytest.raises(BadInput, match="being graded by another"),
        only_grader(tmp_path),
    ):
        pass
    with only_grader(tmp_path):
        pass  # once the first is done there is no hindrance


def test_when_another_course_is_being_graded_it_is_no_hindrance(tmp_path: Path) -> None:
    with only_grader(tmp_path / "a"), only_grader(tmp_path / "b"):
        pass


def test_when_a_grader_was_killed_its_lock_is_gone(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom autograder.grading.ledger import only_grader\n"
        "with only_grader(Path(sys.argv[1])):\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / ".grading.lock").exists()
    with only_grader(tmp_path):
        pass


def test_when_the_course_cannot_be_made_one_line_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(BadInput, match="--out should name a folder that can be written"),
        only_grader(tmp_path / "file" / "course"),
    ):
        pass


def test_when_the_lock_is_held_others_can_neither_read_nor_inherit_it(tmp_path: Path) -> None:
    lock = tmp_path / ".grading.lock"
    code = "import os; print(*(os.path.realpath(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')))"
    command = [sys.executable, "-c", code]
    with only_grader(tmp_path):
        assert lock.stat().st_mode & 0o077 == 0
        done = subprocess.run(command, capture_output=True, text=True, check=True, close_fds=False)
    assert done.stdout
    assert str(lock) not in done.stdout
