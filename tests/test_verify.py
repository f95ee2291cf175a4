"""`verify` must be able to fail: each promise is broken once, and found broken."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace

import pytest

from autograder.authoring import Case, Misconception, probe
from autograder.errors import UnrolledError
from autograder.grading.verification import verify_lab, verify_labs
from autograder.truth import verify
from autograder.truth.reference import Truth, load_truth


@pytest.fixture
def truth(tiny: str, monkeypatch: pytest.MonkeyPatch) -> Truth:
    monkeypatch.setattr(verify, "STUDENTS", 3)
    return load_truth(tiny)


def test_when_all_is_well_every_mistake_is_caught_and_named(truth: Truth) -> None:
    assert verify.verify_misconceptions(truth) == (3, 3, [])
    assert verify.verify_lazy(truth) == []


def test_when_a_mistake_changes_nothing_it_is_not_caught(truth: Truth) -> None:
    harmless = Misconception(
        "harmless", "gate", find="product = x @ w", replace="product = np.matmul(x, w)", hint="-"
    )
    caught, named, problems = verify.verify_misconceptions(
        replace(truth, misconceptions=(*truth.misconceptions, harmless), changing={})
    )
    assert (caught, named) == (3, 3)
    assert problems == ["harmless, for visible: it loses nothing"]


def test_when_two_mistakes_answer_alike_they_must_be_declared_ties(truth: Truth) -> None:
    twin = Misconception(
        "twin", "gate", find="1.0 / (1.0 + np.exp(-product))", replace="np.tanh(x @ w)", hint="-"
    )
    undeclared = replace(truth, misconceptions=(*truth.misconceptions, twin), changing={})
    caught, named, problems = verify.verify_misconceptions(undeclared)
    assert (caught, named) == (4, 2)
    assert any("not its declared ties" in problem for problem in problems)
    tanh, *others = truth.misconceptions
    declared = (replace(tanh, ties=("twin",)), *others, replace(twin, ties=("gate-tanh",)))
    assert verify.verify_misconceptions(replace(truth, misconceptions=declared, changing={})) == (4, 4, [])


def test_when_zeros_would_pass_a_check_that_is_told(truth: Truth) -> None:
    @probe(visible=[Case(N=2)], hidden=[Case(N=3)])
    def leak_matches(rng, case, ref):  # type: ignore[no-untyped-def]
        import numpy as np

        return {"x": np.zeros((4, case.N)), "rate": 0.5}

    problems = verify.verify_lazy(replace(truth, probes={**truth.probes, "leak_matches": leak_matches}))
    assert "zeros pass check-leak (student 0)" in problems


def test_when_two_mistakes_meet_in_a_check_the_pair_is_tried(truth: Truth) -> None:
    verify.verify_misconceptions(truth)
    pairs = verify.verify_pairs(truth)
    # gate-tanh and gate-sign patch the same text; each of them meets state-not-carried in the gated leak
    assert (pairs.meeting, pairs.tried) == (3, 2)
    assert pairs.caught == 2
    assert pairs.both_named == 2


@pytest.mark.slow
def test_when_several_labs_are_verified_at_once_each_is_as_alone_and_all_shares_are_told(tiny: str) -> None:
    shares: list[float] = []
    alone = verify_lab(tiny)
    together = list(verify_labs([tiny, tiny], workers=2, advance=shares.append))
    assert [replace(item, seconds=alone.seconds) for item in together] == [alone, alone]
    assert sum(shares) == pytest.approx(2)


def test_when_a_lab_cannot_be_verified_the_others_are_stopped_and_the_reason_comes_through(tiny: str) -> None:
    with pytest.raises(UnrolledError, match="lab91_absent"):
        list(verify_labs(["lab91_absent", tiny], workers=2))
    assert not [child for child in multiprocessing.active_children() if "Spawn" in type(child).__name__]
