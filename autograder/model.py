"""The words of the design as types. Nothing here computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]


class Verdict(StrEnum):
    """What became of a check; the first that applies stands."""

    INFRA = "infra"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT = "output"
    PROTOCOL = "protocol"
    MISSING = "missing"
    ERROR = "error"
    WRONG = "wrong"
    PASSED = "passed"
    NOT_RUN = "not-run"


class SandboxLevel(StrEnum):
    """How a submission is locked in, from the strongest to not at all; stamped on every result."""

    BWRAP = "bwrap"
    LANDLOCK = "landlock"
    NONE = "none"


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Wall time is generous, since a slow machine is no fault of the student's."""

    cell_cpu_s: float = 10.0
    cell_wall_s: float = 30.0
    notebook_cpu_s: float = 60.0
    notebook_wall_s: float = 180.0
    memory_mb: int = 2048
    processes: int = 64
    files: int = 1000
    file_mb: int = 64
    output_kb: int = 1024


@dataclass(frozen=True)
class CheckSpec:
    """One check of a lab, as its locked cell declares it.

    `id` is the cell's grade_id, `name` the function's, `sentence` its docstring; `needs` are ids of
    checks whose functions this one stands on.
    """

    id: str
    name: str
    points: float
    sentence: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabSpec:
    """A lab's facts, read from its notebook's metadata and cells."""

    name: str
    title: str
    minutes: int
    lecture: str
    preload: tuple[str, ...] = ()
    allowed_imports: tuple[str, ...] = ()
    allowed_files: tuple[str, ...] = ()
    device: str = "cpu"
    limits: Limits = field(default_factory=Limits)
    checks: tuple[CheckSpec, ...] = ()
    manual_points: float = 0.0

    @property
    def max_score(self) -> float:
        """Machine-graded points."""
        return sum(check.points for check in self.checks)

    def check(self, check_id: str) -> CheckSpec:
        """The check whose cell has this grade_id.

        Raises:
            KeyError: there is none.
        """
        for check in self.checks:
            if check.id == check_id:
                return check
        raise KeyError(check_id)


@dataclass(frozen=True)
class Failure:
    """An exception in the student's process, as far as it may be told.

    `line` is the student's own line (number within its cell, 1-based) and `source` that line's text;
    both are empty when no frame of the exception is the student's. `in_check` says that the exception
    rose in the check's own line, which means that the student's return value did not fit it.
    """

    kind: str
    text: str
    cell: str = ""
    line: int = 0
    source: str = ""
    in_check: bool = False


@dataclass(frozen=True)
class Reply:
    """What calling a check once gave: named leaves (see `autograder.trees`) or a failure.

    `changed` names the inputs that were changed in place.
    """

    answer: Mapping[str, Any] | None = None
    failure: Failure | None = None
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mismatch:
    """How one output of one case differs from what was wanted.

    `error` holds |got - wanted| where the shapes agree; `where` is the index of its largest entry.
    """

    output: str
    case: int
    reason: str
    got_shape: tuple[int, ...] = ()
    wanted_shape: tuple[int, ...] = ()
    got_dtype: str = ""
    wanted_dtype: str = ""
    largest: float = 0.0
    where: tuple[int, ...] = ()
    got: float | None = None
    wanted: float | None = None
    error: Array | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Hint:
    """A recognised mistake: a misconception's id and hint, or a relation's.

    `ties` are the other misconceptions whose answers are the same, to be shown as "one of".
    """

    id: str
    text: str
    ties: tuple[str, ...] = ()
    relation: bool = False


@dataclass(frozen=True)
class Diagnosis:
    """All that is known of a check's outcome; panels, feedback and reports are drawn from it."""

    verdict: Verdict
    cases: int = 0
    cases_passed: int = 0
    hints: tuple[Hint, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    failure: Failure | None = None
    changed: tuple[str, ...] = ()
    needs_failed: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the check's points are earned."""
        return self.verdict is Verdict.PASSED

    @property
    def misconception(self) -> str | None:
        """The id of the first recognised misconception, if any."""
        for hint in self.hints:
            if not hint.relation:
                return hint.id
        return None


__all__ = [
    "Array",
    "CheckSpec",
    "Diagnosis",
    "Failure",
    "Hint",
    "LabSpec",
    "Limits",
    "Mismatch",
    "Reply",
    "SandboxLevel",
    "Verdict",
]
