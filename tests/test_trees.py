"""What counts as one array, and what as a tree of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder.trees import Unsupported, flatten


@pytest.mark.parametrize(
    ("answer", "shape"),
    [
        ([1.0, 2.0], (2,)),
        ([[1, 2, 3], [4, 5, 6]], (2, 3)),
        (((0.5,), (1.5,)), (2, 1)),
        ([[[True]]], (1, 1, 1)),
        ([], (0,)),
    ],
    ids=str,
)
def test_when_an_answer_is_lists_of_numbers_it_is_one_array(answer: Any, shape: tuple[int, ...]) -> None:
    leaf = flatten({"y": answer})["y"]
    assert isinstance(leaf, np.ndarray) and leaf.shape == shape
    np.testing.assert_array_equal(leaf, np.array(answer))


def test_when_an_answer_is_lists_of_arrays_each_is_a_leaf() -> None:
    found = flatten({"hs": [np.ones(2), np.zeros(3)], "pairs": [[np.ones(1)], [2.0]]})
    assert list(found) == ["hs/0", "hs/1", "pairs/0/0", "pairs/1"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ([[1.0], [2.0, 3.0]], "list"),
        (np.array([1.0, None], dtype=object), "array of object"),
        (np.ones(2) + 1j, "array of complex128"),
        (np.array(["a"]), "array of <U1"),
        (b"abc", "bytes"),
        (2**80, "int"),
        (None, "NoneType"),
        ({1.0}, "set"),
    ],
    ids=str,
)
def test_when_an_answer_is_no_array_of_real_numbers_its_kind_says_what_it_is(answer: Any, kind: str) -> None:
    assert flatten({"y": answer})["y"] == Unsupported(kind)
