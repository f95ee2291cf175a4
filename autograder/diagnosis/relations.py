"""Where no misconception matches: simple relations between what came and what was wanted.

Each takes the wrong output's pairs (got, wanted), one a case, and answers with a sentence or None.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence

import numpy as np

from autograder.diagnosis.compare import rounding
from autograder.model import Array, Hint

Pairs = Sequence[tuple[Array, Array]]
CLOSE = 1e-6


def find_relation(output: str, pairs: Pairs) -> Hint | None:
    """The first relation that holds for this output in every case where it is wrong."""
    if not pairs:
        return None
    pairs = [(_number(got), _number(wanted)) for got, wanted in pairs]
    for name, relation in RELATIONS.items():
        with np.errstate(all="ignore"):
            text = relation(pairs)
        if text is not None:
            return Hint(f"relation-{name}", f"Your `{output}` {text}", relation=True)
    return None


def _number(array: Array) -> Array:
    """Truth values as numbers, since NumPy neither negates nor subtracts them."""
    return array.astype(np.int64) if array.dtype.kind == "b" else array


def _close(got: Array, wanted: Array) -> bool:
    if got.shape != wanted.shape or not np.isfinite(got).all() or not np.any(wanted):
        return False
    return bool(np.abs(got - wanted).max(initial=0.0) <= CLOSE * np.abs(wanted).max(initial=0.0))


def _holds(pairs: Pairs, change: Callable[[Array], Array | None]) -> bool:
    """Whether `change` turns what was wanted into what came, in every case."""

    def one(got: Array, wanted: Array) -> bool:
        changed = change(wanted)
        return changed is not None and _close(got, changed) and not _close(got, wanted)

    return all(one(got, wanted) for got, wanted in pairs)


def _narrow(pairs: Pairs) -> str | None:
    if all(got.dtype.itemsize < wanted.dtype.itemsize and _near(got, wanted) for got, wanted in pairs):
        return f"is right, but only to {pairs[0][0].dtype} precision. Keep float64 all the way."
    return None


def _near(got: Array, wanted: Array) -> bool:
    if got.dtype.kind != "f" or got.shape != wanted.shape:
        return False
    room = rounding(float(np.finfo(got.dtype).eps)) * np.abs(wanted).max(initial=0.0)
    return bool(np.abs(got - wanted).max(initial=0.0) <= room)


def _negated(pairs: Pairs) -> str | None:
    return "has the wrong sign everywhere." if _holds(pairs, lambda wanted: -wanted) else None


def _factor(pairs: Pairs) -> str | None:
    if any(got.shape != wanted.shape or not np.any(wanted) for got, wanted in pairs):
        return None
    factors = [float((got * wanted).sum() / (wanted * wanted).sum()) for got, wanted in pairs]
    if not all(_close(got, factor * wanted) for factor, (got, wanted) in zip(factors, pairs, strict=True)):
        return None
    if len(factors) == 1 and np.size(pairs[0][0]) < 2:  # one number is always some multiple of another
        return None
    if np.ptp(factors) <= CLOSE * abs(factors[0]):
        return f"is {factors[0]:.4g} times what it should be. Look for a factor too many or too few."
    told = ", ".join(f"{factor:.4g}" for factor in factors)
    return f"is off by a factor that changes with the case ({told}). Does a size, such as N or T, divide it?"


def _transposed(pairs: Pairs) -> str | None:
    return "is transposed." if _holds(pairs, lambda wanted: wanted.T if wanted.ndim > 1 else None) else None


def _reversed(pairs: Pairs) -> str | None:
    if _holds(pairs, lambda wanted: wanted[::-1] if wanted.ndim > 1 and len(wanted) > 1 else None):
        return "is reversed along its first axis (time, where there is one)."
    return None


def _shifted(pairs: Pairs) -> str | None:
    def moved(step: int) -> bool:
        slices = (slice(1, None), slice(None, -1))
        return all(
            got.shape == wanted.shape
            and wanted.ndim > 2
            and len(wanted) > 2
            and _close(got[slices[step]], wanted[slices[1 - step]])
            for got, wanted in pairs
        )

    if moved(0):
        return "is one step late: what belongs to step t stands at t + 1."
    if moved(1):
        return "is one step early: what belongs to step t stands at t - 1."
    return None


def _first_step_only(pairs: Pairs) -> str | None:
    usable = all(got.shape == wanted.shape and wanted.ndim > 2 and len(wanted) > 1 for got, wanted in pairs)
    if usable and all(_close(got[0], wanted[0]) and not _close(got[1], wanted[1]) for got, wanted in pairs):
        return "is right at t = 0 and wrong after. What does each step take over from the one before?"
    if usable and all(
        _close(got[-1], wanted[-1]) and not _close(got[-2], wanted[-2]) for got, wanted in pairs
    ):
        return (
            "is right at the last step and wrong before it. What does each step hand back to the one before?"
        )
    return None


def _blocks(pairs: Pairs) -> str | None:
    """Gates permuted: blocks of the last axis, in another order."""
    for count in (4, 3):
        if any(wanted.ndim < 1 or wanted.shape[-1] % count for _, wanted in pairs):
            continue
        for order in itertools.permutations(range(count)):
            if order != tuple(range(count)) and _holds(pairs, functools.partial(_permute, order)):
                return f"has its {count} gate blocks in another order ({', '.join(map(str, order))})."
    return None


def _permute(order: Sequence[int], wanted: Array) -> Array:
    parts = np.split(wanted, len(order), axis=-1)
    return np.concatenate([parts[index] for index in order], axis=-1)


def _summed(pairs: Pairs) -> str | None:
    ndim = max(wanted.ndim for _, wanted in pairs)
    for axis in range(ndim):
        for word, reduce in (("summed", np.sum), ("averaged", np.mean)):
            if all(wanted.ndim > axis and _close(got, reduce(wanted, axis=axis)) for got, wanted in pairs):
                return f"is {word} over axis {axis}, which should still be there."
    for axis in range(ndim + 1):
        if all(got.ndim == wanted.ndim + 1 and _close(got.sum(axis=axis), wanted) for got, wanted in pairs):
            return f"still has axis {axis}: it should have been summed away."
    return None


def _overflow(pairs: Pairs) -> str | None:
    if all(not np.isfinite(got).all() and np.isfinite(wanted).all() for got, wanted in pairs):
        return "has NaN or infinity where finite numbers are wanted. What grows too large for exp on the way?"
    return None


RELATIONS: dict[str, Callable[[Pairs], str | None]] = {
    "overflow": _overflow,
    "float32": _narrow,
    "negated": _negated,
    "transposed": _transposed,
    "reversed": _reversed,
    "gates-permuted": _blocks,
    "axis-summed": _summed,
    "factor": _factor,
    "shifted": _shifted,
    "first-step-only": _first_step_only,
}
