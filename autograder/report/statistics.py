"""What a graded class amounts to: pure functions from results to numbers, nothing drawn and nothing read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autograder.grading.results import CheckResult, ClassResult, SubmissionResult
from autograder.model import CheckSpec, LabSpec, Verdict

Floats = npt.NDArray[np.float64]

THIRDS_FROM = 9  # below this, a third of a class is one or two students and says nothing
CORRELATE_FROM = 3  # two students always correlate perfectly


@dataclass(frozen=True)
class Spread:
    """Where some numbers lie; quantiles interpolate linearly between neighbours."""

    count: int
    lowest: float
    lower: float
    median: float
    upper: float
    largest: float


@dataclass(frozen=True)
class Discrimination:
    """Item-rest point-biserial correlation of a check, in [-1, 1]; None where undefined, and then why."""

    value: float | None
    why: str = ""


@dataclass(frozen=True)
class CheckStatistics:
    """One check over the class.

    `counted` are the graded submissions in which the grader itself did not fail on this check, and only
    they enter `passed` and the rates. `thirds` are pass rates in [0, 1] among the lowest, middle and
    highest third of the class by the points of all *other* checks; empty for a small class. `named` holds
    (misconception, students) by frequency, `unnamed` counts wrong answers that match no known mistake.
    """

    spec: CheckSpec
    counted: int
    passed: int
    verdicts: dict[str, int]
    discrimination: Discrimination
    thirds: tuple[float, ...]
    named: tuple[tuple[str, int], ...]
    unnamed: int

    @property
    def failed(self) -> int:
        """Counted submissions that did not earn the points."""
        return self.counted - self.passed

    @property
    def pass_rate(self) -> float | None:
        """Share in [0, 1]; None where nobody counts."""
        return self.passed / self.counted if self.counted else None


@dataclass(frozen=True)
class MisconceptionStatistics:
    """One recognised mistake over the class.

    `checks` holds (check id, students whom it cost that check), most first; `points` is their sum in points.
    `share` is of the graded students, in [0, 1].
    """

    id: str
    students: tuple[str, ...]
    share: float
    checks: tuple[tuple[str, int], ...]
    points: float


@dataclass(frozen=True)
class ClassStatistics:
    """A class in numbers. `graded` is sorted by score, highest first, then by name."""

    graded: tuple[SubmissionResult, ...]
    rejected: tuple[SubmissionResult, ...]
    infra: tuple[SubmissionResult, ...]
    max_score: float
    scores: Spread | None
    full_marks: int
    checks: tuple[CheckStatistics, ...]
    misconceptions: tuple[MisconceptionStatistics, ...]
    cpu_s: Spread | None
    peak_mb: Spread | None

    @property
    def submitted(self) -> int:
        """Every submission, graded or not."""
        return len(self.graded) + len(self.rejected) + len(self.infra)

    @property
    def unnamed(self) -> int:
        """Wrong answers, over all checks, that match no known mistake."""
        return sum(check.unnamed for check in self.checks)


def spread(values: Iterable[float]) -> Spread | None:
    """Lowest, quartiles and largest; None of nothing."""
    array = np.asarray(list(values), dtype=np.float64)
    if array.size == 0:
        return None
    return Spread(array.size, *(float(q) for q in np.quantile(array, (0.0, 0.25, 0.5, 0.75, 1.0))))


def point_biserial(passed: Sequence[bool], rest: Sequence[float]) -> Discrimination:
    """How far passing this check goes with points elsewhere: Pearson's r of a 0/1 and a number.

    `passed` and `rest` have one entry a student, `rest` without this check's own points, which would
    correlate with themselves (Henrysson 1963, Psychometrika 28). Undefined where one of the two is constant.
    """
    item = np.asarray(passed, dtype=np.float64)
    other = np.asarray(rest, dtype=np.float64)
    if item.size < CORRELATE_FROM:
        return Discrimination(None, f"fewer than {CORRELATE_FROM} students")
    if item.all():
        return Discrimination(None, "everybody passed")
    if not item.any():
        return Discrimination(None, "nobody passed")
    if np.ptp(other) <= 1e-9 * max(1.0, float(np.abs(other).max())):
        return Discrimination(None, "all have the same points elsewhere")
    item, other = item - item.mean(), other - other.mean()
    return Discrimination(float(item @ other / np.sqrt((item @ item) * (other @ other))))


def pass_by_third(passed: Sequence[bool], rest: Sequence[float]) -> tuple[float, ...]:
    """Pass rates of the lowest, middle and highest third by `rest`; () for fewer than nine students.

    Students with the same `rest` share their pass rate, so that the order among them changes nothing.
    """
    if len(passed) < THIRDS_FROM:
        return ()
    item = np.asarray(passed, dtype=np.float64)
    _, level = np.unique(np.asarray(rest, dtype=np.float64), return_inverse=True)
    shared = np.bincount(level, weights=item) / np.bincount(level)
    in_order = shared[np.sort(level)]
    return tuple(float(part.mean()) for part in np.array_split(in_order, 3))


def is_graded(submission: SubmissionResult) -> bool:
    """Whether it has a score that counts in the statistics."""
    return submission.verdict == "graded" and submission.score is not None


def check_specs(result: ClassResult, spec: LabSpec) -> tuple[CheckSpec, ...]:
    """The lab's checks in order, then those that only the results know (from an older lab), by id."""
    known = {check.id for check in spec.checks}
    extra = {check.id: check for s in result.submissions for check in s.checks if check.id not in known}
    return (*spec.checks, *(CheckSpec(id_, id_, extra[id_].points, "") for id_ in sorted(extra)))


def summarise(result: ClassResult, spec: LabSpec) -> ClassStatistics:
    """Everything that the report and the table show. Linear in students times checks."""
    graded = sorted(filter(is_graded, result.submissions), key=lambda s: (-(s.score or 0.0), s.student))
    others = sorted((s for s in result.submissions if not is_graded(s)), key=lambda s: s.student)
    specs = check_specs(result, spec)
    max_score = sum(check.points for check in specs)
    scores = [s.score or 0.0 for s in graded]
    return ClassStatistics(
        graded=tuple(graded),
        rejected=tuple(s for s in others if s.verdict == "rejected"),
        infra=tuple(s for s in others if s.verdict != "rejected"),
        max_score=max_score,
        scores=spread(scores),
        full_marks=sum(score >= max_score - 1e-9 for score in scores),
        checks=_check_statistics(graded, specs),
        misconceptions=misconception_statistics(graded),
        cpu_s=spread(s.cpu_s for s in graded),
        peak_mb=spread(s.peak_mb for s in graded),
    )


def _check_statistics(
    graded: Sequence[SubmissionResult], specs: Sequence[CheckSpec]
) -> tuple[CheckStatistics, ...]:
    found: dict[str, list[tuple[CheckResult, float]]] = {spec.id: [] for spec in specs}
    for submission in graded:
        total = sum(check.score for check in submission.checks)
        for check in submission.checks:
            found[check.id].append((check, total - check.score))
    return tuple(_one_check(spec, found[spec.id]) for spec in specs)


def _one_check(spec: CheckSpec, found: Sequence[tuple[CheckResult, float]]) -> CheckStatistics:
    counted = [(check, rest) for check, rest in found if check.verdict != Verdict.INFRA]
    passed = [check.verdict == Verdict.PASSED for check, _ in counted]
    rest = [points for _, points in counted]
    named = Counter(check.misconception for check, _ in counted if check.misconception is not None)
    return CheckStatistics(
        spec=spec,
        counted=len(counted),
        passed=sum(passed),
        verdicts=dict(Counter(check.verdict for check, _ in found)),
        discrimination=point_biserial(passed, rest),
        thirds=pass_by_third(passed, rest),
        named=_by_frequency(named),
        unnamed=sum(check.verdict == Verdict.WRONG and check.misconception is None for check, _ in counted),
    )


def misconception_statistics(graded: Sequence[SubmissionResult]) -> tuple[MisconceptionStatistics, ...]:
    """The recognised mistakes, most students first, then most points, then by id.

    A student counts once for a mistake, in however many checks it shows.
    """
    students: dict[str, list[str]] = {}
    checks: dict[str, Counter[str]] = {}
    lost: dict[str, float] = {}
    for submission in graded:
        for id_ in sorted({c.misconception for c in submission.checks if c.misconception is not None}):
            students.setdefault(id_, []).append(submission.student)
        for check in submission.checks:
            if check.misconception is None:
                continue
            checks.setdefault(check.misconception, Counter())[check.id] += 1
            lost[check.misconception] = lost.get(check.misconception, 0.0) + check.points - check.score
    found = [
        MisconceptionStatistics(
            id_, tuple(sorted(who)), len(who) / len(graded), _by_frequency(checks[id_]), lost[id_]
        )
        for id_, who in students.items()
    ]
    return tuple(sorted(found, key=lambda m: (-len(m.students), -m.points, m.id)))


def _by_frequency(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def histogram(values: Sequence[float], upper: float, bins: int = 10) -> tuple[int, ...]:
    """How many values lie in each of `bins` equal parts of [0, upper]; the last part holds `upper` itself."""
    if upper <= 0.0:
        return (len(values),) + (0,) * (bins - 1)
    counts, _ = np.histogram(np.clip(values, 0.0, upper), bins=bins, range=(0.0, upper))
    return tuple(int(count) for count in counts)


def nice_ceiling(value: float) -> float:
    """The least of 1, 2, 2.5, 5 and 10 times a power of ten that is not below `value`; 1 for nothing."""
    if value <= 0.0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(
        next(step * power for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * power >= value * (1 - 1e-12))
    )
