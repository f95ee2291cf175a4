"""The report's tables as CSV (UTF-8, a header line, a point as decimal mark) for a spreadsheet or pandas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from autograder.grading.results import SubmissionResult
from autograder.model import Verdict
from autograder.report._text import cell
from autograder.report.statistics import CheckStatistics, ClassStatistics, MisconceptionStatistics

Cell = str | float | int | None
NOT_PASSED = tuple(verdict.value for verdict in Verdict if verdict is not Verdict.PASSED)


def scores_csv(
    summary: ClassStatistics,
    manual_scores: Mapping[str, float | None],
    late_penalties: Mapping[str, float],
) -> str:
    """A row for each submission, graded or not, by student; a column for each check with the points earned.

    A submission without a score has an empty one, and so has a check on which the grader itself failed.
    """
    ids = [check.spec.id for check in summary.checks]
    header = ["student", "score", "max_score", "manual_score", "manual_points", "late_penalty", "verdict"]
    header += ["message", "flags", "cpu_s", "peak_mb", *map(cell, ids)]
    everybody = sorted((*summary.graded, *summary.rejected, *summary.infra), key=lambda s: s.student)
    return _csv(header, (_score_row(s, ids, manual_scores, late_penalties) for s in everybody))


def _score_row(
    submission: SubmissionResult,
    ids: Sequence[str],
    manual_scores: Mapping[str, float | None],
    late_penalties: Mapping[str, float],
) -> list[Cell]:
    earned = {check.id: check.score for check in submission.checks if check.verdict != Verdict.INFRA}
    return [
        cell(submission.student),
        submission.score,
        submission.max_score,
        manual_scores.get(submission.student),
        submission.manual_points,
        late_penalties.get(submission.student),
        cell(submission.verdict),
        cell(submission.message),
        cell("; ".join(submission.flags)),
        round(submission.cpu_s, 3),
        round(submission.peak_mb, 1),
        *(earned.get(id_) for id_ in ids),
    ]


def checks_csv(summary: ClassStatistics) -> str:
    """A row for each check: passed, discrimination or why there is none, and each verdict's count."""
    header = ["check", "points", "counted", "passed", "pass_rate", "discrimination", "undefined_because"]
    header += ["unnamed_mistakes", *NOT_PASSED]
    return _csv(header, map(_check_row, summary.checks))


def _check_row(check: CheckStatistics) -> list[Cell]:
    discrimination = check.discrimination.value
    return [
        cell(check.spec.id),
        check.spec.points,
        check.counted,
        check.passed,
        None if check.pass_rate is None else round(check.pass_rate, 4),
        None if discrimination is None else round(discrimination, 4),
        check.discrimination.why,
        check.unnamed,
        *(check.verdicts.get(verdict, 0) for verdict in NOT_PASSED),
    ]


def misconceptions_csv(
    summary: ClassStatistics, hints: Mapping[str, str], functions: Mapping[str, str]
) -> str:
    """A row for each mistake that was found: students, share of the class, points, checks and the hint."""
    header = ["misconception", "function", "students", "share", "points_lost", "checks", "who", "hint"]

    def row(found: MisconceptionStatistics) -> list[Cell]:
        return [
            cell(found.id),
            cell(functions.get(found.id, "")),
            len(found.students),
            round(found.share, 4),
            found.points,
            cell("; ".join(f"{id_} ({count})" for id_, count in found.checks)),
            cell("; ".join(found.students)),
            cell(hints.get(found.id, "")),
        ]

    return _csv(header, map(row, summary.misconceptions))


def _csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
