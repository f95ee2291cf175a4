"""A misconception's answer as a few numbers: enough to recognise it, too few to hand it out.

An array becomes its projections on a few fixed random directions, with its largest entry as a scale. The
directions depend on the shape alone, so that equal arrays have equal sketches and others do not.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.authoring import Tolerance
from autograder.diagnosis.compare import rounding
from autograder.model import Array, Failure, Reply

DIRECTIONS = 4
WIDTH = DIRECTIONS + 1
# NaN and infinities compare by place: any fixed numbers far from an answer's own will do.
STAND_INS = (12345.678, 54321.987, -54321.789)


@dataclass(frozen=True)
class Sketch:
    """One answer: a row of WIDTH numbers per output, or the exception instead."""

    rows: Mapping[str, Array]
    failure: str = ""

    def same_output(self, output: str, other: Sketch, tolerance: Tolerance, size: int, width: float) -> bool:
        """Whether one output is the same in both, as far as rounding can tell."""
        if output not in self.rows or output not in other.rows:
            return output not in self.rows and output not in other.rows
        mine, others = self.rows[output], other.rows[output]
        relative = max(tolerance.rtol, rounding(width) if tolerance.any_float else 0.0)
        room = (tolerance.atol + relative * float(max(mine[-1], others[-1]))) * 4.0 * max(size, 1) ** 0.5
        return bool(np.all(np.abs(mine - others) <= room))


def sketch_of(reply: Reply) -> Sketch:
    """The sketch of what a check gave."""
    if reply.failure is not None:
        return Sketch({}, failure_text(reply.failure))
    return Sketch({output: _row(leaf) for output, leaf in (reply.answer or {}).items()})


def failure_text(failure: Failure) -> str:
    """An exception as it is compared: its type and text."""
    return f"{failure.kind}: {failure.text}"


def same(
    first: Sketch,
    second: Sketch,
    sizes: Mapping[str, int],
    width: float,
    tolerance_of: Callable[[str], Tolerance],
) -> bool:
    """Whether two answers are the same: the same exception, or every output alike."""
    if first.failure or second.failure:
        return first.failure == second.failure
    outputs = set(first.rows) | set(second.rows)
    return all(
        first.same_output(output, second, tolerance_of(output), sizes.get(output, 1), width)
        for output in outputs
    )


def _row(leaf: Any) -> Array:
    if isinstance(leaf, np.ndarray):
        nan, above, below = STAND_INS
        numbers = np.asarray(leaf, dtype=np.float64)
        values = np.nan_to_num(numbers, nan=nan, posinf=above, neginf=below).ravel()
        return np.append(_directions(leaf.shape) @ values, np.abs(values).max(initial=0.0))
    return np.full(WIDTH, float(zlib.crc32(repr(leaf).encode())))


@functools.lru_cache(maxsize=1024)
def _directions(shape: tuple[int, ...]) -> Array:
    rng = np.random.default_rng([len(shape), *shape])
    return rng.standard_normal((DIRECTIONS, int(np.prod(shape, dtype=np.int64))))
