"""Is this answer right? Plain arrays, compared output by output, and where they differ most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from autograder.authoring import Tolerance
from autograder.model import Array, Mismatch
from autograder.trees import Unsupported

# An accumulated result may lose some hundred units in the last place; a narrower float is judged by its own.
ULPS = 1000.0
# But no more than this of the largest entry: a thousand units of float16 are all of it, and any answer would do.
COARSEST = 1e-2


def compare(
    case: int, got: Mapping[str, Any], wanted: Mapping[str, Any], tolerance_of: Callable[[str], Tolerance]
) -> Iterator[Mismatch]:
    """Each output that is not as wanted. Outputs that nobody asked for are passed over."""
    for output, expected in wanted.items():
        if any(
            name.startswith(f"{output}/") for name in got
        ):  # a ragged list, or a dict where an array is wanted
            yield Mismatch(output, case, "unsupported", got_dtype="list", wanted_shape=np.shape(expected))
        elif output not in got:
            yield Mismatch(output, case, "missing", wanted_shape=np.shape(expected))
        else:
            found = compare_leaf(output, case, got[output], expected, tolerance_of(output))
            if found is not None:
                yield found


def compare_leaf(output: str, case: int, got: Any, wanted: Any, tolerance: Tolerance) -> Mismatch | None:
    """How one output differs from what was wanted, or None."""
    if isinstance(wanted, str) or isinstance(got, str):
        same = isinstance(wanted, str) and isinstance(got, str) and got == wanted
        return None if same else Mismatch(output, case, "text")
    if isinstance(got, Unsupported):
        return Mismatch(output, case, "unsupported", got_dtype=got.kind, wanted_shape=wanted.shape)
    if got.shape == wanted.shape:
        if np.array_equal(got, wanted):
            return None
        error = _error(got, wanted)
        if not error.size or float(error.max()) <= allowed(got, wanted, tolerance):
            return None
    facts = {
        "got_shape": got.shape,
        "wanted_shape": wanted.shape,
        "got_dtype": str(got.dtype),
        "wanted_dtype": str(wanted.dtype),
    }
    if got.shape != wanted.shape:
        return Mismatch(output, case, "shape", **facts)
    where = tuple(int(index) for index in np.unravel_index(int(error.argmax()), error.shape))
    finite = bool(np.isfinite(np.asarray(got, dtype=float)).all())
    return Mismatch(
        output,
        case,
        "value" if finite or not np.isfinite(np.asarray(wanted, dtype=float)).all() else "nan",
        largest=float(error.max()),
        where=where,
        got=float(got[where]),
        wanted=float(wanted[where]),
        error=error,
        **facts,
    )


def _error(got: Array, wanted: Array) -> Array:
    """|got - wanted| in float64: equal infinities and two NaNs differ by 0, one alone by infinity."""
    a, b = np.asarray(got, dtype=np.float64), np.asarray(wanted, dtype=np.float64)
    with np.errstate(all="ignore"):
        error = np.abs(a - b)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    return np.asarray(np.where(same, 0.0, np.where(np.isnan(error), np.inf, error)))


def allowed(got: Array, wanted: Array, tolerance: Tolerance) -> float:
    """The largest error that passes: absolute, and relative to the largest finite entry that was wanted."""
    numbers = np.abs(np.asarray(wanted, dtype=np.float64))
    scale = float(numbers[np.isfinite(numbers)].max(initial=0.0))
    relative = tolerance.rtol
    absolute = tolerance.atol
    if tolerance.any_float and got.dtype.kind == "f" and got.dtype.itemsize < 8:
        relative = max(relative, rounding(float(np.finfo(got.dtype).eps)))
        absolute = max(absolute, float(np.finfo(got.dtype).eps))
    return absolute + relative * scale


def rounding(width: float) -> float:
    """How far, relative to the largest entry, a result may be off in a float type whose `eps` this is."""
    return min(COARSEST, ULPS * width)
