"""Call a check once: on copies of its inputs, with its exceptions told in the student's own lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.model import Failure, Reply
from autograder.student.failures import describe
from autograder.trees import flatten, pack, unpack


def call_check(function: Callable[..., Any], inputs: Mapping[str, Any]) -> Reply:
    """The check's answer as leaves, or its failure, and the inputs that were changed in place."""
    structure, arrays = pack(dict(inputs))
    given = unpack(structure, arrays)
    try:
        returned = function(**given)
        if not isinstance(returned, Mapping):
            text = f"a check returns a dict, this one returned a {type(returned).__name__}"
            return Reply(failure=Failure("TypeError", text, in_check=True))
        reply = Reply(answer=flatten(dict(returned)))
    except Exception as error:
        reply = Reply(failure=describe(error, function.__code__.co_filename))
    return Reply(reply.answer, reply.failure, _changed(inputs, given))


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    names = []
    for name, value in before.items():
        was, now = pack(value)[1], _arrays(after[name])
        if now is None or was.keys() != now.keys() or any(not _equal(was[key], now[key]) for key in was):
            names.append(name)
    return tuple(names)


def _arrays(tree: Any) -> dict[str, Any] | None:
    try:
        return pack(tree)[1]
    except TypeError:  # something was put where an array had been
        return None


def _equal(was: Any, now: Any) -> bool:
    return was.dtype == now.dtype and bool(np.array_equal(was, now, equal_nan=was.dtype.kind in "fc"))
