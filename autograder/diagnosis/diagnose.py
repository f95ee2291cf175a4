"""From what a check gave to what is known of it: the verdict, the mistake's name, or where it differs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.authoring import Tolerance
from autograder.diagnosis.compare import compare
from autograder.diagnosis.relations import find_relation
from autograder.diagnosis.sketch import Sketch, same, sketch_of
from autograder.model import Diagnosis, Failure, Hint, Mismatch, Reply, Verdict

MOST_HINTS = 3


@dataclass(frozen=True)
class Known:
    """What is known of a misconception by whoever diagnoses: its hint and its declared ties."""

    hint: str
    ties: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseOutcome:
    """One case: what was wanted, what came, and what each misconception would have given."""

    number: int
    wanted: Mapping[str, Any]
    reply: Reply
    sketches: Mapping[str, Sketch] = field(default_factory=dict)


def diagnose(
    outcomes: Sequence[CaseOutcome],
    known: Mapping[str, Known],
    tolerance_of: Callable[[str], Tolerance],
    *,
    needs_failed: tuple[str, ...] = (),
    seconds: float = 0.0,
) -> Diagnosis:
    """The diagnosis of a check from the outcomes of its cases."""
    found = [list(_mismatches(outcome, tolerance_of)) for outcome in outcomes]
    failures = [outcome.reply.failure for outcome in outcomes if outcome.reply.failure is not None]
    mismatches = tuple(itertools.chain.from_iterable(found))
    passed = sum(
        1 for outcome, wrong in zip(outcomes, found, strict=True) if not wrong and not outcome.reply.failure
    )
    verdict = _verdict(failures, mismatches)
    changed = tuple(sorted({name for outcome in outcomes for name in outcome.reply.changed}))
    hints: tuple[Hint, ...] = ()
    if verdict in (Verdict.WRONG, Verdict.ERROR):
        hints = _recognise(outcomes, mismatches, known, tolerance_of)
        if not hints and verdict is Verdict.WRONG:
            hints = _related(outcomes, mismatches, changed)
    return Diagnosis(
        verdict,
        cases=len(outcomes),
        cases_passed=passed,
        hints=hints,
        mismatches=mismatches,
        failure=failures[0] if failures else None,
        changed=changed,
        needs_failed=needs_failed if verdict is not Verdict.PASSED else (),
        seconds=seconds,
    )


def _mismatches(outcome: CaseOutcome, tolerance_of: Callable[[str], Tolerance]) -> list[Mismatch]:
    if outcome.reply.answer is None:
        return []
    return list(compare(outcome.number, outcome.reply.answer, outcome.wanted, tolerance_of))


def _verdict(failures: Sequence[Failure], mismatches: Sequence[Mismatch]) -> Verdict:
    if any(is_missing(failure) for failure in failures):
        return Verdict.MISSING
    if failures:
        return Verdict.ERROR
    return Verdict.WRONG if mismatches else Verdict.PASSED


def is_missing(failure: Failure) -> bool:
    """Whether the exception says that a function is not written: no such name in the check, or the stub."""
    return failure.kind == "NotImplementedError" or (failure.kind == "NameError" and failure.in_check)


def _recognise(
    outcomes: Sequence[CaseOutcome],
    mismatches: Sequence[Mismatch],
    known: Mapping[str, Known],
    tolerance_of: Callable[[str], Tolerance],
) -> tuple[Hint, ...]:
    """The misconception whose answers these are; else the fewest that cover every wrong output between them."""
    candidates = set.intersection(*(set(outcome.sketches) for outcome in outcomes)) if outcomes else set()
    ours = [sketch_of(outcome.reply) for outcome in outcomes]

    def exact(name: str) -> bool:
        return all(
            same(mine, outcome.sketches[name], _sizes(outcome), _width(outcome), tolerance_of)
            for mine, outcome in zip(ours, outcomes, strict=True)
        )

    matching = [name for name in known if name in candidates and exact(name)]
    if matching:
        return (_hint(matching, known),)
    return _cover(
        outcomes, ours, mismatches, [name for name in known if name in candidates], known, tolerance_of
    )


def _cover(
    outcomes: Sequence[CaseOutcome],
    ours: Sequence[Sketch],
    mismatches: Sequence[Mismatch],
    candidates: Sequence[str],
    known: Mapping[str, Known],
    tolerance_of: Callable[[str], Tolerance],
) -> tuple[Hint, ...]:
    wrong = sorted({mismatch.output for mismatch in mismatches})

    def explains(name: str, output: str) -> bool:
        # a mistake that raises gives no output, so it explains none
        return all(
            not outcome.sketches[name].failure
            and mine.same_output(
                output,
                outcome.sketches[name],
                tolerance_of(output),
                _sizes(outcome).get(output, 1),
                _width(outcome),
            )
            for mine, outcome in zip(ours, outcomes, strict=True)
        )

    if any(sketch.failure for sketch in ours) or not wrong:
        return ()
    covers = {name: frozenset(output for output in wrong if explains(name, output)) for name in candidates}
    groups: dict[frozenset[str], list[str]] = {}
    for name, covered in covers.items():
        if covered:
            groups.setdefault(covered, []).append(name)
    for count in range(1, MOST_HINTS + 1):
        for chosen in itertools.combinations(groups, count):
            if frozenset().union(*chosen) == frozenset(wrong):
                return tuple(_hint(groups[covered], known) for covered in chosen)
    return ()


def _hint(matching: Sequence[str], known: Mapping[str, Known]) -> Hint:
    first = matching[0]
    ties = [name for name in (*known[first].ties, *matching) if name != first]
    return Hint(first, known[first].hint, ties=tuple(dict.fromkeys(ties)))


def _related(
    outcomes: Sequence[CaseOutcome], mismatches: Sequence[Mismatch], changed: tuple[str, ...]
) -> tuple[Hint, ...]:
    if changed:
        names = ", ".join(f"`{name}`" for name in changed)
        text = (
            f"Your code changes its input {names} in place. Work on a copy, or the caller's array is spoiled."
        )
        return (Hint("relation-changed-in-place", text, relation=True),)
    for output in dict.fromkeys(mismatch.output for mismatch in mismatches):
        cases = {mismatch.case for mismatch in mismatches if mismatch.output == output}
        pairs = [
            (outcome.reply.answer[output], outcome.wanted[output])
            for outcome in outcomes
            if outcome.number in cases and outcome.reply.answer is not None and output in outcome.reply.answer
        ]
        if all(isinstance(leaf, np.ndarray) for pair in pairs for leaf in pair):
            hint = find_relation(output, pairs)
            if hint is not None:
                return (hint,)
    return ()


def _sizes(outcome: CaseOutcome) -> dict[str, int]:
    return {output: int(np.size(leaf)) for output, leaf in outcome.wanted.items()}


def _width(outcome: CaseOutcome) -> float:
    """The unit roundoff of the narrowest float in the answer."""
    leaves = (outcome.reply.answer or {}).values()
    floats = [leaf.dtype for leaf in leaves if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f"]
    return max((float(np.finfo(dtype).eps) for dtype in floats), default=0.0)
