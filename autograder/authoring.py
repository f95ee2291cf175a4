"""What the author of a lab imports: `probe` and `Case` for probes.py, `Misconception` for misconceptions.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

Rng = np.random.Generator
Inputs = Mapping[str, Any]
Draw = Callable[[Rng, "Case", Any], Inputs]


class Case(SimpleNamespace):
    """The fixed part of a case: sizes, regime, anything that does not vary between students.

    `Case(N=3, D=4, H=5, scale=1.0)` is read as `case.N`. `label` says in words what is special about it.
    """

    label: str = ""


@dataclass(frozen=True)
class Tolerance:
    """How close an output must come: |got - wanted| <= atol + rtol * max|wanted|.

    With `any_float`, an answer of a narrower float type is accepted within that type's own precision.
    """

    rtol: float = 1e-8
    atol: float = 1e-10
    any_float: bool = False


ANY = Tolerance(any_float=True)
EXACT = Tolerance(rtol=0.0, atol=0.0)


@dataclass(frozen=True)
class Probe:
    """How the inputs of one check are drawn, and how its answers are compared."""

    check: str
    draw: Draw
    visible: tuple[Case, ...]
    hidden: tuple[Case, ...]
    tolerance: Tolerance
    outputs: Mapping[str, Tolerance] = field(default_factory=dict)

    def tolerance_of(self, output: str) -> Tolerance:
        """The tolerance of an output; a nested output (`cache/i`) falls back to its first part's."""
        return self.outputs.get(output, self.outputs.get(output.split("/")[0], self.tolerance))


def probe(
    *,
    visible: Sequence[Case],
    hidden: Sequence[Case],
    tolerance: Tolerance = Tolerance(),
    outputs: Mapping[str, Tolerance] | None = None,
) -> Callable[[Draw], Probe]:
    """Declare a check's probes. The decorated function has the check's name.

    It is called as `draw(rng, case, ref)`, `ref` being the reference's functions, and returns the
    check's arguments by name: arrays, numbers, strings, or dicts and lists of them. It runs on the
    trusted side only.
    """

    def declare(draw: Draw) -> Probe:
        return Probe(draw.__name__, draw, tuple(visible), tuple(hidden), tolerance, dict(outputs or {}))

    return declare


def away_from_zero(rng: Rng, *shape: int, low: float = 0.3, high: float = 1.5) -> Any:
    """Numbers of either sign whose size is between low and high: where a zero would hide a mistake."""
    return rng.uniform(low, high, shape) * rng.choice([-1.0, 1.0], shape)


@dataclass(frozen=True)
class Misconception:
    """A wrong answer that we recognise, as a patch of the reference's source.

    `find` occurs exactly once in the source of `function`; it is replaced by `replace`. `hint` says what
    to look at and why it matters, never the answer's code. `ties` lists ids of misconceptions whose
    answers are the same in every check that they change.
    """

    id: str
    function: str
    find: str
    replace: str
    hint: str
    ties: tuple[str, ...] = ()
