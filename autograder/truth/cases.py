"""A check's drawn cases with their answers: the reference's, and each misconception's as a sketch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograder.diagnosis.compare import compare
from autograder.diagnosis.diagnose import CaseOutcome, is_missing
from autograder.diagnosis.sketch import Sketch, sketch_of
from autograder.errors import SourceError
from autograder.model import Reply
from autograder.probes_file import StoredLab
from autograder.truth.draws import Drawn, visible
from autograder.truth.reference import Truth


def wanted_of(truth: Truth, check: str, drawn: Drawn) -> Mapping[str, Any]:
    """The reference's answer to a case.

    Raises:
        SourceError: the reference fails on its own probe.
    """
    reply = truth.reference.answer(check, drawn.inputs)
    if reply.answer is None:
        raise SourceError(
            f"{truth.spec.name}: the solution fails {check}, case {drawn.number}: {reply.failure}"
        )
    return reply.answer


def sketches_of(
    truth: Truth, check: str, drawn: Sequence[Drawn], wanted: Sequence[Mapping[str, Any]]
) -> list[dict[str, Sketch]]:
    """For each case the sketch of every misconception that changes this check's answers in some case."""
    tables: list[dict[str, Sketch]] = [{} for _ in drawn]
    for name in changing(truth, check):
        replies = [truth.patched[name].answer_packed(check, *case.packed) for case in drawn]
        if differs(truth, check, replies, wanted):
            for table, reply in zip(tables, replies, strict=True):
                table[name] = sketch_of(reply)
    return tables


def changing(truth: Truth, check: str) -> tuple[str, ...]:
    """The misconceptions that change a check's answers on its visible cases; found once, since most change few."""
    if check not in truth.changing:
        drawn = list(visible(truth, check))
        wanted = [wanted_of(truth, check, case) for case in drawn]
        truth.changing[check] = tuple(
            name
            for name, patched in truth.patched.items()
            if differs(truth, check, [patched.answer_packed(check, *case.packed) for case in drawn], wanted)
        )
    return truth.changing[check]


def remember_changing(truth: Truth, stored: StoredLab) -> None:
    """Take from the lab's own probes file which misconceptions change which check, instead of trying them all."""
    ids = {item.id for item in truth.misconceptions}
    for name, check in stored.checks.items():
        truth.changing[name] = tuple(known for known in check.cases[0].sketches if known in ids)


def differs(truth: Truth, check: str, replies: Iterable[Reply], wanted: Sequence[Mapping[str, Any]]) -> bool:
    """Whether any of these answers would lose the check."""
    tolerance_of = truth.probes[check].tolerance_of
    return any(
        reply.answer is None or any(compare(0, reply.answer, expected, tolerance_of))
        for reply, expected in zip(replies, wanted, strict=True)
    )


def outcomes_of(
    truth: Truth, check: str, drawn: Sequence[Drawn], replies: Sequence[Reply]
) -> list[CaseOutcome]:
    """What was wanted and what came, case by case; the misconceptions are asked only if something is wrong."""
    wanted = [wanted_of(truth, check, case) for case in drawn]
    unwritten = any(reply.failure is not None and is_missing(reply.failure) for reply in replies)
    if unwritten or not differs(truth, check, replies, wanted):
        return [CaseOutcome(*item) for item in zip((c.number for c in drawn), wanted, replies, strict=True)]
    tables = sketches_of(truth, check, drawn, wanted)
    return [
        CaseOutcome(case.number, expected, reply, table)
        for case, expected, reply, table in zip(drawn, wanted, replies, tables, strict=True)
    ]
