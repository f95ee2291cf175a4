"""Is this answer right? Plain arrays against what was wanted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.authoring import Tolerance
from autograder.diagnosis.compare import compare, compare_leaf
from autograder.trees import as_leaf

EXACT = Tolerance()
finite = st.floats(-1e6, 1e6, allow_nan=False)
arrays = hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=finite)


def reason(got: Any, wanted: Any, tolerance: Tolerance = EXACT) -> str | None:
    found = compare_leaf("h", 0, as_leaf(got), as_leaf(wanted), tolerance)
    return found.reason if found else None


@given(arrays)
def test_when_an_answer_is_itself_it_is_right_in_any_form(wanted: Any) -> None:
    assert reason(wanted.copy(order="F"), wanted) is None
    assert reason(wanted.tolist(), wanted) is None


@given(arrays, st.data())
def test_when_one_entry_is_off_it_is_found_where_it_is(wanted: Any, data: st.DataObject) -> None:
    if not wanted.size:
        return
    where = tuple(data.draw(st.integers(0, side - 1)) for side in wanted.shape)
    got = wanted.copy()
    got[where] += 1.0 + np.abs(wanted).max()
    found = compare_leaf("h", 3, got, wanted, EXACT)
    assert found is not None
    assert (found.case, found.where) == (3, where)
    assert found.largest == pytest.approx(1.0 + np.abs(wanted).max(), rel=1e-6)


@pytest.mark.parametrize(
    ("got", "wanted", "expected"),
    [
        ([1.0, 2.0], [[1.0, 2.0]], "shape"),
        (3.0, [3.0], "shape"),
        ([np.nan, 1.0], [0.0, 1.0], "nan"),
        ([np.inf, 1.0], [0.0, 1.0], "nan"),
        ([np.nan, 1.0], [np.nan, 1.0], None),
        ([np.inf], [-np.inf], "value"),
        (None, [1.0], "unsupported"),
        ([[1.0], [1.0, 2.0]], [1.0], "unsupported"),
        ("a", "b", "text"),
        ("a", "a", None),
        ("no", [1.0, 2.0], "text"),
        ([1.0, 2.0], "yes", "text"),
        (40.0, 40, None),
        (True, 1, None),
    ],
)
def test_when_an_answer_is_odd_the_reason_says_how(got: Any, wanted: Any, expected: str | None) -> None:
    assert reason(got, wanted) == expected


def test_when_an_object_says_that_it_equals_anything_it_is_still_no_array() -> None:
    class Anything:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    assert reason(Anything(), np.zeros(2)) == "unsupported"


def test_when_a_subclass_of_ndarray_lies_its_numbers_are_compared() -> None:
    class Liar(np.ndarray):
        def __sub__(self, other: Any) -> Any:
            return np.zeros(self.shape)

        __abs__ = __rsub__ = __sub__  # type: ignore[assignment]

    assert reason(np.ones(3).view(Liar), np.zeros(3)) == "value"


@pytest.mark.parametrize(("any_float", "expected"), [(True, None), (False, "value")], ids=["any", "float64"])
def test_when_float32_comes_it_is_right_only_where_the_check_allows_it(
    any_float: bool, expected: str | None
) -> None:
    wanted = np.random.default_rng(0).normal(size=(4, 5))
    assert reason(wanted.astype(np.float32), wanted, Tolerance(any_float=any_float)) == expected


def test_when_float32_is_allowed_a_wrong_answer_in_it_is_still_wrong() -> None:
    wanted = np.random.default_rng(0).normal(size=(4, 5))
    assert reason((1.01 * wanted).astype(np.float32), wanted, Tolerance(any_float=True)) == "value"


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_when_a_narrow_float_is_allowed_it_lets_no_constant_through(dtype: type) -> None:
    gate = 1 / (1 + np.exp(-np.random.default_rng(0).normal(size=(4, 5))))
    anything = Tolerance(any_float=True)
    assert reason(gate.astype(dtype), gate, anything) is None
    assert reason(np.full(gate.shape, 0.5, dtype), gate, anything) == "value"
    assert reason((1.02 * gate).astype(dtype), gate, anything) == "value"


def test_when_an_output_is_missing_or_too_many_only_the_missing_counts() -> None:
    found = list(compare(0, {"extra": np.ones(1)}, {"h": np.ones(2)}, lambda output: EXACT))
    assert [(item.output, item.reason) for item in found] == [("h", "missing")]
