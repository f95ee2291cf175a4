"""The graded class as a table in the terminal, by check."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.grading.results import ClassResult, SubmissionResult
from autograder.model import LabSpec
from autograder.report._text import number, percent, plain, plural, short
from autograder.report.statistics import CheckStatistics, ClassStatistics, summarise

NAMED = 3  # mistakes shown for a check
HINTS = 3  # mistakes told with their hint below the table
UNGRADED = 20  # submissions without a score that are listed


ENDS = {
    "missing": "not written",
    "not-run": "not run",
    "error": "exception",
    "output": "output flood",
    "crashed": "crash",
    "memory": "out of memory",
    "infra": "grader's fault",
}


def print_class(console: Console, result: ClassResult, spec: LabSpec, hints: Mapping[str, str]) -> None:
    """Print points, passed, failed and the mistakes found of each check, then who was not graded and why.

    Made for 80 columns; without colour it says the same. Text of students is stripped of control sequences.
    """
    summary = summarise(result, spec)
    console.print(_headline(result, spec, summary))
    if summary.graded:
        console.print(_table(summary))
        _print_hints(console, summary, hints)
    ungraded = (*summary.rejected, *summary.infra)
    for submission in ungraded[:UNGRADED]:
        console.print(_ungraded_line(submission))
    if len(ungraded) > UNGRADED:
        console.print(f"and {len(ungraded) - UNGRADED:,} more without a score: see the report")


def _headline(result: ClassResult, spec: LabSpec, summary: ClassStatistics) -> Text:
    counts = [f"{len(summary.graded):,} graded"]
    if summary.rejected:
        counts.append(f"{len(summary.rejected):,} rejected")
    if summary.infra:
        counts.append(f"{len(summary.infra):,} infra")
    if summary.scores:
        counts.append(f"median {number(summary.scores.median)} of {number(summary.max_score)}")
    where = f"{plain(result.device)}, sandbox {plain(result.sandbox)}"
    return Text.assemble((plain(spec.title), "bold"), f"  {', '.join(counts)}  ", (f"({where})", "dim"))


def _table(summary: ClassStatistics) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column("check", overflow="fold", max_width=28)
    for name in ("points", "passed", "failed"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("mistakes found (students)", overflow="fold")
    for check in summary.checks:
        table.add_row(
            Text(short(check.spec.id)),
            number(check.spec.points),
            Text(f"{check.passed:,}", "green" if check.passed else ""),
            Text(f"{check.failed:,}", "red" if check.failed else "dim"),
            _found(check),
        )
    return table


def _found(check: CheckStatistics) -> Text:
    """Recognised mistakes by frequency, then the failures without a name and the other ends."""
    said = [f"{plain(id_)} ({count:,})" for id_, count in check.named[:NAMED]]
    if len(check.named) > NAMED:
        said.append(f"{len(check.named) - NAMED} rarer")
    if check.unnamed:
        said.append(f"unrecognised ({check.unnamed:,})")
    others = {id_: n for id_, n in check.verdicts.items() if id_ not in ("passed", "wrong")}
    tail = [
        f"{ENDS.get(id_, plain(id_))} ({count:,})"
        for id_, count in sorted(others.items(), key=lambda i: (-i[1], i[0]))
    ]
    between = ", " if said and tail else ""
    return Text.assemble(", ".join(said), between, (", ".join(tail), "dim"))


def _print_hints(console: Console, summary: ClassStatistics, hints: Mapping[str, str]) -> None:
    told = [found for found in summary.misconceptions if found.id in hints][:HINTS]
    if told:
        console.print(Text("\nThe most common mistakes", "bold"))
    for found in told:
        who = f"{plural(len(found.students), 'student')}, {percent(found.share)}"
        console.print(Text.assemble((plain(found.id), "yellow"), f" ({who}): {plain(hints[found.id])}"))
    if told:
        console.print()


def _ungraded_line(submission: SubmissionResult) -> Text:
    word = "rejected" if submission.verdict == "rejected" else "infra (the grader's fault)"
    return Text.assemble((word, "bold red"), f"  {plain(submission.student)}: {plain(submission.message)}")
