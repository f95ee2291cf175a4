"""Mechanical mutants of every exercise: nearly all lose points, and each that does not has a reason.

`pytest -m slow tests/test_mutants.py -s` prints the table. A mutant is killed when it loses a check on the hidden
cases of every one of some students. It counts as equivalent with a reviewed reason in equivalent_mutants.toml, or
when its answers are the reference's own, rounding aside, on ten thousand inputs drawn around the cases: other
sizes, ones and zeros among them, and numbers much smaller and larger.
"""

from __future__ import annotations

import re
import signal
import tomllib
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from autograder import notebooks
from autograder.authoring import Case, Tolerance
from autograder.build.make import lab_sources
from autograder.diagnosis.compare import compare
from autograder.model import Reply
from autograder.truth.cases import differs, wanted_of
from autograder.truth.draws import Drawn, hidden
from autograder.truth.reference import Reference, Truth, load_truth
from tests.mutants import Mutant, mutants_of

STUDENTS = ("ada", "grace", "emmy")
INPUTS = 10_000
ROUNDING = Tolerance(rtol=1e-12, atol=1e-14)
REASONS = tomllib.loads((Path(__file__).parent / "equivalent_mutants.toml").read_text(encoding="utf-8"))


@dataclass
class Tally:
    """What became of a lab's mutants."""

    killed: int = 0
    reasoned: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    survived: list[str] = field(default_factory=list)

    def told(self, lab: str) -> str:
        every = self.killed + len(self.reasoned) + len(self.same) + len(self.survived)
        return (
            f"{lab}: {every} mutants, {self.killed} killed ({self.killed / every:.1%} of all, {self.share:.1%} "
            f"of the non-equivalent), {len(self.reasoned)} equivalent for a reason, {len(self.same)} by the draw"
        )

    @property
    def share(self) -> float:
        """Killed of the non-equivalent."""
        return self.killed / (self.killed + len(self.survived))


class Trial:
    """A lab's checks, with every student's cases and what is wanted, drawn once for all mutants."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.cases = {
            spec.name: {who: self._cases(spec.name, who) for who in STUDENTS} for spec in truth.spec.checks
        }

    def _cases(self, check: str, who: str) -> tuple[list[Drawn], list[Mapping[str, Any]]]:
        drawn = list(hidden(self.truth, check, b"mutants", who))
        return drawn, [wanted_of(self.truth, check, case) for case in drawn]

    def checks(self, function: str) -> list[str]:
        """All checks, those first that name the function."""
        sources = {
            name: cell.source
            for cell in self.truth.solution.cells
            if notebooks.is_check(cell)
            for name in re.findall(r"^def (\w+)", cell.source, flags=re.M)
        }
        return sorted(self.cases, key=lambda name: not re.search(rf"\b{function}\b", sources[name]))

    def kills(self, mutant: Mutant) -> bool:
        """Whether every student who hands this in loses points."""
        try:
            patched = self.patched(mutant)
        except Exception:  # a cell that does not run earns nothing
            return True
        return any(
            all(self._loses(patched, check, who) for who in STUDENTS)
            for check in self.checks(mutant.function)
        )

    def patched(self, mutant: Mutant) -> Reference:
        reference = self.truth.reference
        exercises = {**reference._exercises, mutant.cell: mutant.source}
        return Reference(reference.name, exercises, reference._setup, reference._checks)

    def _loses(self, patched: Reference, check: str, who: str) -> bool:
        drawn, wanted = self.cases[check][who]
        replies = (self.answer(patched, check, case) for case in drawn)
        return differs(self.truth, check, replies, wanted)

    def answer(self, patched: Reference, check: str, case: Drawn) -> Reply:
        try:
            with limited(self.truth.spec.limits.cell_cpu_s):
                return patched.answer_packed(check, *case.packed)
        except TooLong:
            return Reply()

    def is_equivalent(self, mutant: Mutant) -> bool:
        """Whether ten thousand inputs, those around the cases too, tell it from the reference."""
        patched = self.patched(mutant)
        tried = 0
        for seed in range(INPUTS):
            for check in self.checks(mutant.function):
                case = self._case_around(check, np.random.default_rng([seed, len(check)]))
                if case is None:
                    continue
                wanted = self.answer(self.truth.reference, check, case)
                if wanted.answer is None:
                    continue
                reply = self.answer(patched, check, case)
                if reply.answer is None or any(
                    compare(0, reply.answer, wanted.answer, lambda output: ROUNDING)
                ):
                    return False
                tried += 1
                if tried == INPUTS:
                    return True
        return False

    def _case_around(self, check: str, rng: np.random.Generator) -> Drawn | None:
        """A case like one of the check's own, often with other sizes and scales; None where that makes no sense."""
        probe = self.truth.probes[check]
        cases = (*probe.visible, *probe.hidden)
        facts = dict(vars(cases[int(rng.integers(len(cases)))]))
        for name, value in facts.items():
            if rng.random() < 0.3:
                facts[name] = _around(value, rng)
        case = Case(**facts)
        try:
            return Drawn(0, case, probe.draw(rng, case, self.truth.reference))
        except Exception:  # such sizes do not go together
            return None


def _around(value: Any, rng: np.random.Generator) -> Any:
    """Another size, scale, or list of sizes (a shape, or the lengths of a batch); anything else as it is."""
    if isinstance(value, tuple) and value and all(isinstance(item, int) for item in value):
        return tuple(
            int(item) for item in rng.integers(1, max(*value, 1) + 2, rng.integers(1, len(value) + 1))
        )
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, int):
        return int(rng.integers(1, max(value, 2) + 2))
    return float(value * rng.choice([0.0, 1e-6, 0.1, 1.0, 3.0, 100.0]))


class TooLong(BaseException):
    """A mutant used up a cell's CPU time. No `except Exception` may swallow it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLong in the body after so much CPU time, as the grader would stop the cell."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def tally(trial: Trial, reasons: Mapping[str, str]) -> Tally:
    found = Tally()
    for cell in trial.truth.solution.cells:
        if notebooks.is_exercise(cell):
            for mutant in mutants_of(cell["id"], cell.source):
                if trial.kills(mutant):
                    found.killed += 1
                elif mutant.key in reasons:
                    found.reasoned.append(mutant.key)
                elif trial.is_equivalent(mutant):
                    found.same.append(mutant.key)
                else:
                    found.survived.append(mutant.key)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("lab", lab_sources())
def test_when_an_exercise_is_mutated_the_lab_s_checks_kill_nearly_all(lab: str) -> None:
    reasons = REASONS.get(lab, {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = tally(Trial(load_truth(lab)), reasons)
    print("", found.told(lab), *(f"  SURVIVED {key}" for key in found.survived), sep="\n")
    assert found.killed > 100
    assert found.share >= 0.99
    assert sorted(reasons) == sorted(found.reasoned), "reasons for mutants that are killed or gone"
