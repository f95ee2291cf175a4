"""`unrolled verify`: the solution earns all, doing nothing earns nothing, every known mistake is caught and named."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.authoring import Misconception
from autograder.diagnosis.diagnose import CaseOutcome, Known, diagnose
from autograder.diagnosis.sketch import sketch_of
from autograder.errors import SourceError
from autograder.model import CheckSpec, Diagnosis, Reply
from autograder.trees import flatten
from autograder.truth.cases import differs, known_of, wanted_of
from autograder.truth.draws import Drawn, hidden, visible
from autograder.truth.reference import Reference, Truth

STUDENTS = 20
SECRET = b"verify"
Advance = Callable[[float], None]


@dataclass(frozen=True)
class Pairs:
    """What became of two mistakes at once: how many pairs, and how many had both, one or none named."""

    tried: int = 0
    caught: int = 0
    both_named: int = 0
    one_named: int = 0


@dataclass(frozen=True)
class Verified:
    """A lab's verification. `problems` holds one line for each thing that is not as it must be."""

    lab: str
    solution_score: float
    untouched_score: float
    max_score: float
    misconceptions: int
    caught: int
    named: int
    seconds: float
    pairs: Pairs = field(default_factory=Pairs)
    problems: tuple[str, ...] = ()

    def told(self) -> list[str]:
        """The outcome for people."""
        share = f"{self.caught} caught, {self.named} named of {self.misconceptions} misconceptions"
        pairs = (
            f"{self.pairs.tried} pairs that meet in a check: {self.pairs.caught} caught, "
            f"{self.pairs.both_named} with both named, {self.pairs.one_named} with one"
        )
        scores = f"solution {self.solution_score:g}, untouched {self.untouched_score:g} of {self.max_score:g}"
        lines = [f"{self.lab}: {scores}; {share} ({self.seconds:.1f} s)", f"  {pairs}"]
        return [*lines, *(f"  PROBLEM: {problem}" for problem in self.problems)]

    def to_json(self) -> dict[str, Any]:
        """The contract's record of a lab."""
        return {
            "lab": self.lab,
            "solution_score": self.solution_score,
            "untouched_score": self.untouched_score,
            "max_score": self.max_score,
            "misconceptions": self.misconceptions,
            "caught": self.caught,
            "named": self.named,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class _Sample:
    """A check's cases as one student gets them (or everyone, for the visible ones), with what is wanted."""

    who: str
    drawn: tuple[Drawn, ...]
    wanted: tuple[Mapping[str, Any], ...]


def verify_misconceptions(truth: Truth, advance: Advance = lambda share: None) -> tuple[int, int, list[str]]:
    """How many misconceptions are caught, how many named, and a line for each that is not.

    Caught: it loses points on the visible cases and on those of each student. Named: in every check that it
    loses, for each of them, the first hint is its own or a declared tie's.
    """
    losses: dict[str, set[str]] = {item.id: set() for item in truth.misconceptions}
    unnamed: dict[str, list[str]] = {item.id: [] for item in truth.misconceptions}
    everyone = {"visible", *map(str, range(STUDENTS))}
    for spec in truth.spec.checks:
        for sample in _samples(truth, spec):
            for name, diagnosis in _wrong_answers(truth, spec, sample):
                losses[name].add(sample.who)
                if not _is_named(truth, name, diagnosis):
                    told = ", ".join(hint.id for hint in diagnosis.hints) or "nothing"
                    unnamed[name].append(f"{name} in {spec.id} ({sample.who}) is taken for {told}")
        advance(1 / len(truth.spec.checks))
    problems = [
        f"{name} loses nothing for {', '.join(sorted(everyone - losses[name]))}"
        for name in losses
        if losses[name] != everyone
    ]
    problems += [lines[0] for lines in unnamed.values() if lines]
    caught = sum(1 for found in losses.values() if found == everyone)
    named = sum(1 for name, lines in unnamed.items() if losses[name] and not lines)
    return caught, named, problems


def _samples(truth: Truth, spec: CheckSpec) -> Iterator[_Sample]:
    yield _sample(truth, spec, "visible", list(visible(truth, spec.name)))
    for student in map(str, range(STUDENTS)):
        yield _sample(truth, spec, student, list(hidden(truth, spec.name, SECRET, student)))


def _sample(truth: Truth, spec: CheckSpec, who: str, drawn: Sequence[Drawn]) -> _Sample:
    return _Sample(who, tuple(drawn), tuple(wanted_of(truth, spec.name, case) for case in drawn))


def _wrong_answers(truth: Truth, spec: CheckSpec, sample: _Sample) -> Iterator[tuple[str, Diagnosis]]:
    """Each misconception that loses this check here, with its diagnosis."""
    replies = {
        name: [patched.answer(spec.name, case.inputs) for case in sample.drawn]
        for name, patched in truth.patched.items()
        if _may_change(truth, spec, name, sample)
    }
    wrong = {
        name: given for name, given in replies.items() if differs(truth, spec.name, given, sample.wanted)
    }
    tables = [
        {name: sketch_of(given[number]) for name, given in wrong.items()}
        for number in range(len(sample.drawn))
    ]
    known = known_of(truth)
    for name, given in wrong.items():
        yield name, _diagnose(truth, spec, sample, given, tables, known)


def _may_change(truth: Truth, spec: CheckSpec, name: str, sample: _Sample) -> bool:
    """On the visible cases and the first student every misconception is tried; after, those that changed anything."""
    seen = truth.changing.setdefault(f"verify {spec.name}", ())
    if sample.who not in ("visible", "0"):
        return name in seen
    replies = [truth.patched[name].answer(spec.name, case.inputs) for case in sample.drawn]
    if name not in seen and differs(truth, spec.name, replies, sample.wanted):
        truth.changing[f"verify {spec.name}"] = (*seen, name)
    return True


def _diagnose(
    truth: Truth,
    spec: CheckSpec,
    sample: _Sample,
    replies: Sequence[Reply],
    tables: Sequence[Mapping[str, Any]],
    known: Mapping[str, Known],
) -> Diagnosis:
    outcomes = [
        CaseOutcome(case.number, expected, reply, table)
        for case, expected, reply, table in zip(sample.drawn, sample.wanted, replies, tables, strict=True)
    ]
    return diagnose(outcomes, known, truth.probes[spec.name].tolerance_of)


def _is_named(truth: Truth, name: str, diagnosis: Diagnosis) -> bool:
    ties = next(item.ties for item in truth.misconceptions if item.id == name)
    return bool(diagnosis.hints) and diagnosis.hints[0].id in (name, *ties)


def verify_lazy(truth: Truth) -> list[str]:
    """A line for each check that zeros, an echo of the inputs or the visible answers would pass."""
    return [
        f"{kind} pass {spec.id} (student {sample.who})"
        for spec in truth.spec.checks
        for sample in itertools.islice(_samples(truth, spec), 1, None)
        for kind, answers in _lazy_answers(truth, spec, sample)
        if not differs(truth, spec.name, [Reply(answer=answer) for answer in answers], sample.wanted)
    ]


def _lazy_answers(
    truth: Truth, spec: CheckSpec, sample: _Sample
) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    yield "zeros", [{key: _zero(leaf) for key, leaf in wanted.items()} for wanted in sample.wanted]
    yield "ones", [{key: _zero(leaf, 1.0) for key, leaf in wanted.items()} for wanted in sample.wanted]
    yield (
        "echoes of the inputs",
        [_echo(case.inputs, wanted) for case, wanted in zip(sample.drawn, sample.wanted, strict=True)],
    )
    shown = [wanted_of(truth, spec.name, case) for case in visible(truth, spec.name)]
    yield "the visible answers", [shown[number % len(shown)] for number in range(len(sample.drawn))]


def _zero(leaf: Any, value: float = 0.0) -> Any:
    return "" if isinstance(leaf, str) else np.full(leaf.shape, value, dtype=leaf.dtype)


def _echo(inputs: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """For each output the first input of its shape that is not the output's own namesake, else zeros."""
    leaves: list[Any] = list(flatten(dict(inputs)).values())

    def one(leaf: Any) -> Any:
        return next((item for item in leaves if np.shape(item) == np.shape(leaf)), _zero(leaf))

    return {key: one(leaf) for key, leaf in wanted.items()}


def verify_pairs(truth: Truth, advance: Advance = lambda share: None) -> Pairs:
    """Two mistakes at once, wherever they meet in a check: are both, one or none of them named?"""
    meeting = list(_meeting(truth))
    counts = {2: 0, 1: 0, 0: 0}
    caught = tried = 0
    for first, second in meeting:
        advance(1 / max(1, len(meeting)))
        try:
            patched = truth.patch_pair(first, second)
        except SourceError:  # the first took away what the second would change
            continue
        tried += 1
        named = _named_in_pair(truth, patched, {first.id, second.id})
        if named is not None:
            caught += 1
            counts[named] += 1
    return Pairs(tried, caught, counts[2], counts[1])


def _meeting(truth: Truth) -> Iterator[tuple[Misconception, Misconception]]:
    by_id = {item.id: item for item in truth.misconceptions}
    pairs = {
        pair
        for spec in truth.spec.checks
        for pair in itertools.combinations(sorted(truth.changing.get(f"verify {spec.name}", ())), 2)
    }
    for first, second in sorted(pairs):
        yield by_id[first], by_id[second]


def _named_in_pair(truth: Truth, patched: Reference, pair: set[str]) -> int | None:
    """How many of the two are named over all checks; None when nothing is lost."""
    found: set[str] = set()
    lost = False
    for spec in truth.spec.checks:
        if not pair & set(truth.changing.get(f"verify {spec.name}", ())):
            continue
        sample = _sample(truth, spec, "0", list(hidden(truth, spec.name, SECRET, "0")))
        replies = [patched.answer(spec.name, case.inputs) for case in sample.drawn]
        if not differs(truth, spec.name, replies, sample.wanted):
            continue
        lost = True
        names = truth.changing[f"verify {spec.name}"]
        tables = [
            {name: sketch_of(truth.patched[name].answer(spec.name, case.inputs)) for name in names}
            for case in sample.drawn
        ]
        diagnosis = _diagnose(truth, spec, sample, replies, tables, known_of(truth))
        found |= {name for hint in diagnosis.hints for name in (hint.id, *hint.ties)} & pair
    return len(found) if lost else None


def verify_lab(
    truth: Truth, scores: Callable[[Truth], tuple[float, float, list[str]]], advance: Advance
) -> Verified:
    """All of it. `scores` grades the solution and the untouched lab as a class would be."""
    started = time.perf_counter()
    solution, untouched, problems = scores(truth)
    problems += verify_lazy(truth)
    caught, named, lines = verify_misconceptions(truth, lambda share: advance(0.7 * share))
    pairs = verify_pairs(truth, lambda share: advance(0.3 * share))
    return Verified(
        truth.spec.name,
        solution,
        untouched,
        truth.spec.max_score,
        len(truth.misconceptions),
        caught,
        named,
        time.perf_counter() - started,
        pairs,
        (*problems, *lines),
    )


__all__ = [
    "Pairs",
    "Verified",
    "compare",
    "verify_lab",
    "verify_lazy",
    "verify_misconceptions",
    "verify_pairs",
]
