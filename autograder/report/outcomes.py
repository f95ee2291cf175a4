"""How each verdict is shown: a symbol, words and a look, the same in every figure and table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autograder.model import Verdict


@dataclass(frozen=True)
class Outcome:
    """`symbol` stands in the matrix; `look` is the style class (colour, hatching) of a group of verdicts."""

    symbol: str
    words: str
    look: str


OUTCOMES: Mapping[str, Outcome] = {
    Verdict.PASSED: Outcome("\u2713", "passed", "passed"),
    Verdict.WRONG: Outcome("\u00d7", "a wrong answer", "wrong"),
    Verdict.ERROR: Outcome("!", "an exception in the student's code", "error"),
    Verdict.TIMEOUT: Outcome("T", "out of time", "ended"),
    Verdict.MEMORY: Outcome("M", "out of memory", "ended"),
    Verdict.CRASHED: Outcome("C", "the process died", "ended"),
    Verdict.OUTPUT: Outcome("F", "a flood of output", "ended"),
    Verdict.PROTOCOL: Outcome("P", "broke the rules of the reply", "ended"),
    Verdict.MISSING: Outcome("\u25cb", "not written", "missing"),
    Verdict.NOT_RUN: Outcome("\u2013", "not run, after an earlier end", "missing"),
    Verdict.INFRA: Outcome("?", "the grader's own fault", "infra"),
}
UNKNOWN = Outcome("\u00b7", "not in this submission", "infra")

LOOKS: Mapping[str, str] = {
    "passed": "passed",
    "wrong": "wrong answer",
    "error": "exception",
    "ended": "ended early (time, memory, crash, output, protocol)",
    "missing": "not written or not run",
    "infra": "grader's fault",
}


def outcome(verdict: str) -> Outcome:
    """The look of a verdict; one that we do not know is shown as absent."""
    return OUTCOMES.get(verdict, UNKNOWN)


def by_look(verdicts: Mapping[str, int]) -> dict[str, int]:
    """Counts of verdicts gathered into the groups of `LOOKS`, in that order, without empty groups."""
    counts = dict.fromkeys(LOOKS, 0)
    for verdict, count in verdicts.items():
        counts[outcome(verdict).look] += count
    return {look: count for look, count in counts.items() if count}
