"""Where forking is unsafe every submission has a fresh interpreter: the same results, and a word about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.grading import pool, run, worker
from autograder.grading.results import ClassResult
from autograder.grading.run import Request, make_course
from autograder.model import SandboxLevel
from autograder.running import zygote
from autograder.running.zygote import Zygote
from autograder.sandbox.places import package_root
from tests.test_bad_input import FULL, LAB, cell_of, hand_in, solved

THREADED = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
STUDENTS = ("exits", "forgets", "right", "wrong")
pytestmark = pytest.mark.sandbox


@pytest.fixture
def course(tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A course, four submissions, and a module that no zygote which imports it may fork with."""
    for student in STUDENTS:
        hand_in(tmp_path / "in", student, solved(tiny))
    wrong, exits = solved(tiny), solved(tiny)
    cell = cell_of(wrong, "gate")
    cell.source = cell.source.replace("np.exp(-product)", "np.exp(product)")
    cell_of(exits, "leak").source += "\nimport os\nos._exit(1)"
    hand_in(tmp_path / "in", "wrong", wrong)
    hand_in(tmp_path / "in", "exits", exits)
    # what one submission leaves in its interpreter the next one must not find
    forgets = solved(tiny)
    cell_of(
        forgets, "gate"
    ).source += "\nimport builtins\nassert not hasattr(builtins, 'left')\nbuiltins.left = 1"
    hand_in(tmp_path / "in", "forgets", forgets)
    (tmp_path / "threaded.py").write_text(THREADED)
    original = zygote.environment
    monkeypatch.setattr(
        zygote,
        "environment",
        lambda *given: original(*given) | {"PYTHONPATH": f"{package_root()}:{tmp_path}"},
    )
    monkeypatch.setattr(run, "_executor", lambda request: pool.Here)
    make_course(tmp_path / "course", [tiny])
    yield tmp_path / "course"
    worker.close()


def graded(course: Path, *again: str) -> ClassResult:
    request = Request(
        LAB,
        course.parent / "in",
        course,
        again=frozenset(again),
        trust_submissions=True,
        sandbox=SandboxLevel.NONE,
    )
    return run.grade(request)


def outcomes(result: ClassResult) -> dict[str, Any]:
    return {
        item.student: (item.score, [(c.id, c.verdict, c.misconception, c.message) for c in item.checks])
        for item in result.submissions
    }


def test_when_a_fork_is_unsafe_the_results_are_the_same_and_the_instructor_is_told(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = graded(course)
    assert fast.remarks == ()
    assert [outcomes(fast)[student][0] for student in STUDENTS] == [3.0, FULL, FULL, 4.0]
    worker.close()

    started: list[tuple[str, ...]] = []
    launch, kind_of = Zygote._launch, worker._kind_of

    def noted(self: Zygote, preload: tuple[str, ...]) -> None:
        started.append(tuple(preload))
        launch(self, preload)

    with monkeypatch.context() as broken:
        broken.setattr(Zygote, "_launch", noted)
        broken.setattr(
            worker, "_kind_of", lambda job, spec: (("threaded", *spec.preload), *kind_of(job, spec)[1:])
        )
        slow = graded(course, *STUDENTS)
    assert outcomes(slow) == outcomes(fast)
    (remark,) = slow.remarks
    assert "fresh interpreter" in remark
    assert "importing threaded, numpy left 2 threads" in remark
    assert "\n" not in remark
    assert started[0] == ("threaded", "numpy")
    # one for each submission, and another for what comes after the cell that ended its process
    assert started[1:] == [()] * (len(STUDENTS) + 1)

    worker.close()
    again = graded(course, *STUDENTS)
    assert again.remarks == ()
    assert outcomes(again) == outcomes(fast)


def test_when_a_zygote_was_slow_for_long_forking_is_tried_again(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind_of = worker._kind_of
    monkeypatch.setattr(
        worker, "_kind_of", lambda job, spec: (("threaded", *spec.preload), *kind_of(job, spec)[1:])
    )
    assert graded(course, "right").remarks
    (course.parent / "threaded.py").write_text("")  # whatever it was has passed
    assert graded(course, "right").remarks
    monkeypatch.setattr(zygote, "SLOW_SESSIONS", 1)
    assert graded(course, "right").remarks == ()


@pytest.mark.slow
def test_when_not_even_a_fresh_interpreter_passes_its_checks_it_is_the_graders_fault(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (course.parent / "sitecustomize.py").write_text(THREADED)
    result = graded(course)
    assert {item.verdict for item in result.submissions} == {"infra"}
    assert {item.score for item in result.submissions} == {None}
