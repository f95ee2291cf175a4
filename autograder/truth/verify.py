"""`unrolled verify`: the solution earns all, doing nothing earns nothing, every known mistake is caught and named."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.diagnosis.diagnose import CaseOutcome, Known, diagnose
from autograder.diagnosis.sketch import Sketch, sketch_of
from autograder.errors import SourceError
from autograder.model import CheckSpec, Diagnosis, Reply
from autograder.trees import flatten
from autograder.truth.cases import differs, wanted_of
from autograder.truth.draws import Drawn, hidden, visible
from autograder.truth.reference import Reference, Truth

STUDENTS = 20
MOST_PAIRS = 1000
SECRET = b"verify"
Advance = Callable[[float], None]


@dataclass(frozen=True)
class Pairs:
    """What became of two mistakes at once: how many meet, were tried, were caught, had both or one named."""

    meeting: int = 0
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
            f"{self.pairs.tried} of {self.pairs.meeting} pairs that meet in a check: {self.pairs.caught} caught, "
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

    Caught: it loses points on the visible cases and on those of each student. Named: each of them is told it in
    every check that it loses, alone or as "one of" several, and in some check with none but its declared ties.
    """
    everyone = ("visible", *map(str, range(STUDENTS)))
    told = {item.id: {who: _Told() for who in everyone} for item in truth.misconceptions}
    for spec in truth.spec.checks:
        for sample in _samples(truth, spec):
            for name, diagnosis in _wrong_answers(truth, spec, sample):
                told[name][sample.who].note(truth, name, spec, diagnosis)
        advance(1 / len(truth.spec.checks))
    caught = [name for name, found in told.items() if all(item.lost for item in found.values())]
    named = [name for name, found in told.items() if all(item.named for item in found.values())]
    problems = [
        f"{name}, for {who}: {item.problem}"
        for name, found in told.items()
        for who, item in itertools.islice(((w, i) for w, i in found.items() if i.problem), 1)
    ]
    return len(caught), len(named), problems


@dataclass
class _Told:
    """What one student with one misconception is told, over all checks."""

    lost: bool = False
    alone: bool = False
    taken_for: str = ""

    def note(self, truth: Truth, name: str, spec: CheckSpec, diagnosis: Diagnosis) -> None:
        """Take in what a lost check says."""
        self.lost = True
        shown = {name for hint in diagnosis.hints[:1] for name in (hint.id, *hint.ties)}
        if name not in shown:
            self.taken_for = f"in {spec.id} it is taken for {', '.join(sorted(shown)) or 'nothing known'}"
        ties = next(item.ties for item in truth.misconceptions if item.id == name)
        self.alone = self.alone or (name in shown and shown <= {name, *ties})

    @property
    def named(self) -> bool:
        return self.lost and self.alone and not self.taken_for

    @property
    def problem(self) -> str:
        """One line, or nothing."""
        if not self.lost:
            return "it loses nothing"
        if self.taken_for:
            return self.taken_for
        return "" if self.alone else "no check tells it from others that are not its declared ties"


def _samples(truth: Truth, spec: CheckSpec) -> Iterator[_Sample]:
    yield _sample(truth, spec, "visible", list(visible(truth, spec.name)))
    for student in map(str, range(STUDENTS)):
        yield _sample(truth, spec, student, list(hidden(truth, spec.name, SECRET, student)))


def _sample(truth: Truth, spec: CheckSpec, who: str, drawn: Sequence[Drawn]) -> _Sample:
    return _Sample(who, tuple(drawn), tuple(wanted_of(truth, spec.name, case) for case in drawn))


def _wrong_answers(truth: Truth, spec: CheckSpec, sample: _Sample) -> Iterator[tuple[str, Diagnosis]]:
    """Each misconception that loses this check here, with its diagnosis.

    On the visible cases and the first student all are tried; after, those that changed anything there.
    """
    first = sample.who in ("visible", "0")
    changing = truth.changing.setdefault(_changing(spec), ())
    replies = {
        name: _answers(truth.patched[name], spec, sample) for name in (truth.patched if first else changing)
    }
    wrong = {
        name: given for name, given in replies.items() if differs(truth, spec.name, given, sample.wanted)
    }
    if first:
        truth.changing[_changing(spec)] = tuple(dict.fromkeys((*changing, *wrong)))
    known, tables = truth.known, _tables(sample, wrong)
    for name, given in wrong.items():
        yield name, _diagnose(truth, spec, sample, given, tables, known)


def _changing(spec: CheckSpec) -> str:
    return f"verify {spec.name}"


def _answers(patched: Reference, spec: CheckSpec, sample: _Sample) -> list[Reply]:
    return [patched.answer_packed(spec.name, *case.packed) for case in sample.drawn]


def _tables(sample: _Sample, answers: Mapping[str, Sequence[Reply]]) -> list[dict[str, Sketch]]:
    return [
        {name: sketch_of(given[number]) for name, given in answers.items()}
        for number in range(len(sample.drawn))
    ]


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
    """Two mistakes at once, wherever they meet in a check: are both, one or none of them named?

    Where more than MOST_PAIRS meet, so many are drawn, always the same.
    """
    stages = {spec: _stage(truth, spec) for spec in truth.spec.checks}
    meeting = sorted(
        {pair for names, *_ in stages.values() for pair in itertools.combinations(sorted(names), 2)}
    )
    drawn = random.Random(0).sample(meeting, min(MOST_PAIRS, len(meeting)))
    counts = {2: 0, 1: 0, 0: 0}
    tried = 0
    by_id = {item.id: item for item in truth.misconceptions}
    for first, second in drawn:
        advance(1 / len(drawn))
        try:
            patched = truth.patch_pair(by_id[first], by_id[second])
        except SourceError:  # the first took away what the second would change
            continue
        tried += 1
        named = _named_in_pair(truth, patched, {first, second}, stages)
        if named is not None:
            counts[named] += 1
    return Pairs(len(meeting), tried, sum(counts.values()), counts[2], counts[1])


_Stage = tuple[tuple[str, ...], _Sample, list[dict[str, Sketch]]]


def _stage(truth: Truth, spec: CheckSpec) -> _Stage:
    """What a check's pairs have in common: who changes it, the first student's cases, and everyone's sketches."""
    names = truth.changing.get(_changing(spec), ())
    sample = _sample(truth, spec, "0", list(hidden(truth, spec.name, SECRET, "0")))
    return (
        names,
        sample,
        _tables(sample, {name: _answers(truth.patched[name], spec, sample) for name in names}),
    )


def _named_in_pair(
    truth: Truth, patched: Reference, pair: set[str], stages: Mapping[CheckSpec, _Stage]
) -> int | None:
    """How many of the two are named over all checks; None when nothing is lost."""
    found: set[str] = set()
    lost = False
    for spec, (names, sample, tables) in stages.items():
        if not pair & set(names):
            continue
        replies = _answers(patched, spec, sample)
        if differs(truth, spec.name, replies, sample.wanted):
            lost = True
            diagnosis = _diagnose(truth, spec, sample, replies, tables, truth.known)
            found |= {name for hint in diagnosis.hints for name in (hint.id, *hint.ties)} & pair
    return len(found) if lost else None


def verify_truth(
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
