"""The class report: one HTML page that stands alone, and three CSV files beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from autograder.grading.results import CheckResult, ClassResult, SubmissionResult
from autograder.model import LabSpec
from autograder.report import _text, csvs, figures
from autograder.report._files import write_all
from autograder.report.outcomes import LOOKS, OUTCOMES, UNKNOWN, by_look, outcome
from autograder.report.statistics import ClassStatistics, MisconceptionStatistics, nice_ceiling, summarise

BAND = 50  # students in one block of a long matrix
WHOLE_MATRIX = 80  # up to here the matrix is one block
FULL_CARDS = 8  # misconceptions shown in full whatever their share
COMMON = 0.05  # and every one that this share of the class has

# A flag is a free sentence; its words tell under which heading it stands. The last kind takes all others.
FLAG_KINDS = (
    ("Code much like the solution", re.compile(r"\bsolution\b")),
    ("Code alike between students", re.compile(r"\balike\b|\bsame\b|\banother student")),
    ("Imports", re.compile(r"\bimports?\b")),
    ("Cells that are not as they were handed out", re.compile(r"\bcells?\b")),
    ("Other", re.compile("")),
)

SANDBOXES = {
    "bwrap": "each submission in namespaces of its own (bubblewrap)",
    "landlock": "each submission fenced by the kernel (Landlock and seccomp)",
    "none": "no sandbox: the submissions ran with the grader's own rights",
}


@dataclass(frozen=True)
class ReportFiles:
    """What a report is made of, as absolute or relative paths like the folder that was given."""

    page: Path
    scores: Path
    checks: Path
    misconceptions: Path


@dataclass(frozen=True)
class Facts:
    """What the report shows beside the results, by student; hints and functions by misconception.

    `feedback` holds paths relative to the report's folder; `manual_scores` None where a person has still
    to grade; `late_penalties` points that nbgrader takes off.
    """

    hints: Mapping[str, str]
    functions: Mapping[str, str]
    feedback: Mapping[str, str | None]
    manual_scores: Mapping[str, float | None]
    late_penalties: Mapping[str, float]
    ties: Mapping[str, Sequence[str]]
    made_at: datetime | None = None


def write_report(
    out_dir: Path,
    result: ClassResult,
    spec: LabSpec,
    hints: Mapping[str, str],
    feedback: Mapping[str, str | None],
    *,
    functions: Mapping[str, str] | None = None,
    manual_scores: Mapping[str, float | None] | None = None,
    late_penalties: Mapping[str, float] | None = None,
    ties: Mapping[str, Sequence[str]] | None = None,
    made_at: datetime | None = None,
) -> ReportFiles:
    """Write report.html, scores.csv, checks.csv and misconceptions.csv into `out_dir`, made if absent.

    `hints` (misconception id to hint) and `functions` (misconception id to the function it is in) come
    from the lab; `feedback` maps a student to the path of the feedback page relative to `out_dir`, or None.
    `ties` maps a misconception to others whose answers are the same, and which it may therefore be.
    `made_at` (UTC) is printed on the page; without it the same class gives the same bytes.

    Raises:
        BadInput: the folder cannot be written.
    """
    facts = Facts(
        hints, functions or {}, feedback, manual_scores or {}, late_penalties or {}, ties or {}, made_at
    )
    summary = summarise(result, spec)
    files = {
        "scores.csv": csvs.scores_csv(summary, facts.manual_scores, facts.late_penalties),
        "checks.csv": csvs.checks_csv(summary),
        "misconceptions.csv": csvs.misconceptions_csv(summary, hints, facts.functions),
        "report.html": render(result, spec, summary, facts),  # last: what the others stand beside
    }
    scores, checks, misconceptions, page = write_all(out_dir, files)
    return ReportFiles(page, scores, checks, misconceptions)


def environment() -> Environment:
    """The templates, with autoescaping on and unknown names an error."""
    env = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    helpers = (_text.plain, _text.lines, _text.prose, _text.link, _text.number, _text.percent, _text.short)
    env.globals.update({helper.__name__: helper for helper in (*helpers, _text.title, _text.plural)})
    return env


def render(result: ClassResult, spec: LabSpec, summary: ClassStatistics, facts: Facts) -> str:
    """The page as HTML text."""
    common, rare = _by_prevalence(summary)
    return (
        environment()
        .get_template("report.html")
        .render(
            result=result,
            spec=spec,
            summary=summary,
            facts=facts,
            sandbox=SANDBOXES.get(result.sandbox, "a sandbox of a kind that this report does not know"),
            lead=lead(summary),
            by_hand=_by_hand(summary, spec, facts),
            common=common,
            rare=rare,
            bands=_bands(summary, facts),
            by_name=sorted(summary.graded, key=lambda s: s.student.casefold()),
            flags=flagged(result),
            slowest=sorted(summary.graded, key=lambda s: -s.cpu_s)[:5],
            largest=sorted(summary.graded, key=lambda s: -s.peak_mb)[:5],
            figures=figures,
            score_figure=_score_figure(summary),
            cpu_figure=_resource_figure(
                "cpu", "CPU time", [s.cpu_s for s in summary.graded], "seconds of CPU time"
            ),
            memory_figure=_resource_figure(
                "mem", "Memory", [s.peak_mb for s in summary.graded], "MB at the peak"
            ),
            outcomes=OUTCOMES,
            looks={look: LOOKS[look] for look in _looks_seen(summary)},
        )
    )


def lead(summary: ClassStatistics) -> list[str]:
    """The class in a few sentences, for who reads no further."""
    if summary.scores is None:
        return ["No submission was graded, so there is nothing to tell about the class yet."]
    said = [
        f"Half of the class has {_text.number(summary.scores.median)} of {_text.number(summary.max_score)} "
        f"points or more; {summary.full_marks:,} of {len(summary.graded):,} have them all."
    ]
    if summary.misconceptions:
        first = summary.misconceptions[0]
        said.append(
            f"The most common mistake is \u201c{_text.title(first.id)}\u201d: "
            f"{_text.plural(len(first.students), 'student')} ({_text.percent(first.share)})."
        )
    rated = [(check.pass_rate, check) for check in summary.checks if check.pass_rate is not None]
    if rated:
        rate, hardest = min(rated, key=lambda pair: pair[0])
        if rate < 1:
            said.append(
                f"The hardest check is {_text.short(hardest.spec.id)}, passed by {_text.percent(rate)}."
            )
    return said


def flagged(result: ClassResult) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Flags by kind, in the order of `FLAG_KINDS`: (heading, [(student, flags)]), no empty kinds."""
    found: dict[str, dict[str, list[str]]] = {heading: {} for heading, _ in FLAG_KINDS}
    for submission in sorted(result.submissions, key=lambda s: s.student):
        for flag in submission.flags:
            heading = next(heading for heading, words in FLAG_KINDS if words.search(flag))
            found[heading].setdefault(submission.student, []).append(flag)
    return [(heading, list(students.items())) for heading, students in found.items() if students]


def _by_prevalence(
    summary: ClassStatistics,
) -> tuple[Sequence[MisconceptionStatistics], Sequence[MisconceptionStatistics]]:
    found = summary.misconceptions
    many = max(FULL_CARDS, sum(mistake.share >= COMMON for mistake in found))
    return found[:many], found[many:]


def _by_hand(summary: ClassStatistics, spec: LabSpec, facts: Facts) -> tuple[int, int] | None:
    """(graded by hand, all) where the lab has manual points."""
    if not spec.manual_points:
        return None
    done = sum(facts.manual_scores.get(s.student) is not None for s in summary.graded)
    return done, len(summary.graded)


def _looks_seen(summary: ClassStatistics) -> list[str]:
    seen = {look for check in summary.checks for look in by_look(check.verdicts)}
    return [look for look in LOOKS if look in seen]


def _score_figure(summary: ClassStatistics) -> Markup:
    axis = figures.Axis(summary.max_score or 1.0, "points")
    return figures.histogram("scores", "Score distribution", [s.score or 0.0 for s in summary.graded], axis)


def _resource_figure(key: str, title: str, values: Sequence[float], label: str) -> Markup:
    return figures.histogram(key, title, values, figures.Axis(nice_ceiling(max(values, default=0.0)), label))


@dataclass(frozen=True)
class Row:
    """A student's line in the matrix."""

    submission: SubmissionResult
    feedback: str | None
    cells: Markup
    manual: float | None
    late: float


@dataclass(frozen=True)
class Band:
    """A block of the matrix: students of neighbouring scores."""

    name: str
    open: bool
    rows: tuple[Row, ...]


def _bands(summary: ClassStatistics, facts: Facts) -> list[Band]:
    """The matrix in blocks by score: one for a small class, of fifty for a large one (the first one open)."""
    ids = [check.spec.id for check in summary.checks]
    graded = summary.graded
    size = len(graded) if len(graded) <= WHOLE_MATRIX else BAND
    numbered = enumerate(graded)
    bands = []
    for at, block in groupby(numbered, key=lambda item: item[0] // max(size, 1)):
        rows = tuple(_row(submission, ids, facts) for _, submission in block)
        high, low = rows[0].submission.score or 0.0, rows[-1].submission.score or 0.0
        first = at * size + 1
        name = (
            f"Students {first} to {first + len(rows) - 1}: {_text.number(high)} to {_text.number(low)} points"
        )
        bands.append(Band(name, at == 0, rows))
    return bands


def _row(submission: SubmissionResult, ids: Sequence[str], facts: Facts) -> Row:
    found = {check.id: check for check in submission.checks}
    path = facts.feedback.get(submission.student)
    return Row(
        submission=submission,
        feedback=None if path is None else _text.link(path),
        cells=Markup("").join(_cell(found.get(id_)) for id_ in ids),
        manual=facts.manual_scores.get(submission.student),
        late=facts.late_penalties.get(submission.student, 0.0),
    )


PASSED_CELL = Markup("<td class=passed>\u2713")


def _cell(check: CheckResult | None) -> Markup:
    """One check of one student. HTML lets a cell's end tag out, and a large class has many cells."""
    if check is None:
        return Markup("<td class=infra title='{}'>{}").format(UNKNOWN.words, UNKNOWN.symbol)
    if check.verdict == "passed":
        return PASSED_CELL
    shown = outcome(check.verdict)
    name = f": {_text.title(check.misconception)}" if check.misconception else ""
    return Markup("<td class={} title='{}'>{}").format(
        shown.look, f"{_text.short(check.id)}, {shown.words}{name}", shown.symbol
    )
