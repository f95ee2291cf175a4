"""From answers to verdicts and names, on the tiny lab's own cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from autograder.authoring import Tolerance
from autograder.diagnosis.diagnose import CaseOutcome, Known, diagnose
from autograder.diagnosis.sketch import Sketch
from autograder.model import Diagnosis, Failure, Reply, Verdict
from autograder.trees import flatten
from autograder.truth.cases import outcomes_of
from autograder.truth.draws import hidden, visible
from autograder.truth.reference import Truth, load_truth


@pytest.fixture
def truth(tiny: str) -> Truth:
    return load_truth(tiny)


def outcome_of(truth: Truth, check: str, answer: Callable[..., Any]) -> Diagnosis:
    drawn = list(hidden(truth, check, b"secret", "ada"))
    replies = [Reply(answer=flatten(answer(**case.inputs))) for case in drawn]
    return diagnose(outcomes_of(truth, check, drawn, replies), truth.known, truth.probes[check].tolerance_of)


def test_when_an_answer_is_right_the_check_passes(truth: Truth) -> None:
    found = outcome_of(truth, "gate_matches", lambda x, w: {"gate": 1 / (1 + np.exp(-(x @ w)))})
    assert found.passed
    assert (found.cases, found.cases_passed) == (1, 1)


def test_when_an_answer_is_a_known_mistakes_it_is_named(truth: Truth) -> None:
    found = outcome_of(truth, "gate_matches", lambda x, w: {"gate": np.tanh(x @ w)})
    assert (found.verdict, found.misconception) == (Verdict.WRONG, "gate-tanh")
    assert "between 0 and 1" in found.hints[0].text


def test_when_a_known_mistake_is_made_in_float32_it_is_still_named(truth: Truth) -> None:
    found = outcome_of(truth, "gate_matches", lambda x, w: {"gate": np.tanh(x @ w).astype(np.float32)})
    assert found.misconception == "gate-tanh"


def test_when_no_mistake_is_known_a_relation_is_told(truth: Truth) -> None:
    found = outcome_of(truth, "gate_matches", lambda x, w: {"gate": 0.5 / (1 + np.exp(-(x @ w)))})
    assert found.misconception is None
    assert found.hints[0].id == "relation-factor"


def test_when_nothing_is_known_the_largest_error_is_told(truth: Truth) -> None:
    found = outcome_of(truth, "gate_matches", lambda x, w: {"gate": np.cos(x @ w) ** 3})
    assert found.hints == ()
    assert found.mismatches[0].output == "gate"
    assert found.mismatches[0].largest > 0.0


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [
        (Failure("NotImplementedError", ""), Verdict.MISSING),
        (Failure("NameError", "name 'gate' is not defined", in_check=True), Verdict.MISSING),
        (Failure("NameError", "name 'gatee' is not defined", line=2), Verdict.ERROR),
        (Failure("ValueError", "no", line=2), Verdict.ERROR),
    ],
    ids=["stub", "no function", "typo inside", "exception"],
)
def test_when_the_check_raises_the_verdict_says_whether_it_was_written(
    truth: Truth, failure: Failure, verdict: Verdict
) -> None:
    drawn = list(visible(truth, "gate_matches"))
    outcomes = outcomes_of(truth, "gate_matches", drawn, [Reply(failure=failure)] * len(drawn))
    assert diagnose(outcomes, truth.known, truth.probes["gate_matches"].tolerance_of).verdict is verdict


def test_when_an_input_was_changed_in_place_that_is_told_before_any_relation(truth: Truth) -> None:
    drawn = list(visible(truth, "gate_matches"))
    wrong = [Reply(answer={"gate": -truth.reference.gate(**case.inputs)}, changed=("x",)) for case in drawn]
    found = diagnose(
        outcomes_of(truth, "gate_matches", drawn, wrong),
        truth.known,
        truth.probes["gate_matches"].tolerance_of,
    )
    assert found.hints[0].id == "relation-changed-in-place"


def test_when_two_mistakes_spoil_different_outputs_both_are_named(truth: Truth) -> None:
    def case(number: int, got: dict[str, Any]) -> CaseOutcome:
        wanted = {"a": np.ones(3), "b": np.ones(4)}
        sketches = {
            "first": sketch({"a": np.full(3, 2.0), "b": np.ones(4)}),
            "second": sketch({"a": np.ones(3), "b": np.full(4, 7.0)}),
        }
        return CaseOutcome(number, wanted, Reply(answer=got), sketches)

    def sketch(answer: dict[str, Any]) -> Sketch:
        from autograder.diagnosis.sketch import sketch_of

        return sketch_of(Reply(answer=answer))

    known = {name: replace(next(iter(truth.known.values())), ties=()) for name in ("first", "second")}
    both = case(0, {"a": np.full(3, 2.0), "b": np.full(4, 7.0)})
    found = diagnose([both], known, truth.probes["gate_matches"].tolerance_of)
    assert {hint.id for hint in found.hints} == {"first", "second"}


def test_when_a_known_mistake_only_raises_it_explains_no_wrong_number() -> None:
    wanted = {"h": np.array([0.3, -0.8])}
    raising = Sketch({}, "ValueError: shapes do not fit")
    outcome = CaseOutcome(0, wanted, Reply(answer={"h": np.array([0.1, 0.9])}), {"raises": raising})
    found = diagnose([outcome], {"raises": Known("Look at the shapes.")}, lambda output: Tolerance())
    assert found.verdict is Verdict.WRONG
    assert found.misconception is None
