"""Simple relations between what came and what was wanted, each found and none invented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.diagnosis.relations import find_relation

RNG = np.random.default_rng(7)
WANTED = [RNG.normal(size=(5, 3, 8)), RNG.normal(size=(4, 2, 12))]


def late(wanted: Any) -> Any:
    return np.concatenate([RNG.normal(size=(1, *wanted.shape[1:])), wanted[:-1]])


def overflow(wanted: Any) -> Any:
    got = wanted.copy()
    got[1] = np.nan
    return got


def first_only(wanted: Any) -> Any:
    return np.concatenate([wanted[:1], RNG.normal(size=wanted[1:].shape)])


def swapped_gates(wanted: Any) -> Any:
    i, f, g, o = np.split(wanted, 4, axis=-1)
    return np.concatenate([f, i, g, o], axis=-1)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda wanted: -wanted, "negated"),
        (lambda wanted: 0.5 * wanted, "factor"),
        (lambda wanted: wanted / len(wanted), "factor"),
        (lambda wanted: wanted[::-1], "reversed"),
        (lambda wanted: wanted.T, "transposed"),
        (lambda wanted: wanted.astype(np.float32), "float32"),
        (lambda wanted: wanted.sum(axis=1), "axis-summed"),
        (lambda wanted: wanted.mean(axis=0), "axis-summed"),
        (swapped_gates, "gates-permuted"),
        (late, "shifted"),
        (first_only, "first-step-only"),
        (overflow, "overflow"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_when_a_relation_holds_it_is_named(change: Callable[[Any], Any], name: str) -> None:
    found = find_relation("h", [(change(wanted), wanted) for wanted in WANTED])
    assert found is not None
    assert found.id == f"relation-{name}"
    assert found.relation


def test_when_an_answer_is_just_wrong_no_relation_is_invented() -> None:
    assert find_relation("h", [(RNG.normal(size=wanted.shape), wanted) for wanted in WANTED]) is None


def test_when_a_relation_holds_in_one_case_only_it_is_not_named() -> None:
    first, second = WANTED
    assert find_relation("h", [(-first, first), (RNG.normal(size=second.shape), second)]) is None


def test_when_one_number_is_wrong_it_is_no_factor() -> None:
    assert find_relation("n", [(np.array(3.0), np.array(2.0))]) is None


def test_when_truth_values_are_compared_no_relation_stumbles_over_them() -> None:
    wanted = np.array([[True, False], [True, True]])
    assert find_relation("mask", [(~wanted, wanted)]) is None


def test_when_an_answer_is_wrong_half_precision_is_not_what_is_wrong_with_it() -> None:
    wanted = 1 / (1 + np.exp(-WANTED[0]))
    right, wrong = wanted.astype(np.float16), np.full(wanted.shape, 0.5, np.float16)
    found = find_relation("gate", [(right, wanted)])
    assert found is not None and found.id == "relation-float32"
    found = find_relation("gate", [(wrong, wanted)])
    assert found is None or found.id != "relation-float32"
