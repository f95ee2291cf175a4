"""A check's outcome as plain text, for consoles and `unrolled check`."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from autograder.model import CheckSpec, Diagnosis, Verdict
from autograder.student import messages
from autograder.student.messages import View
from autograder.student.picture import error_text

CAPTURED_LINES = 40
_COLOURS = {"good": "32", "bad": "31", "later": "33"}
_MARKS = {"good": ("✓", "+"), "bad": ("✗", "x"), "later": ("…", "-")}
_TONES = {Verdict.PASSED: "good", Verdict.MISSING: "later", Verdict.NOT_RUN: "later", Verdict.INFRA: "later"}


def text(
    spec: CheckSpec,
    diagnosis: Diagnosis,
    captured: str = "",
    *,
    needs: Mapping[str, str] | None = None,
    labels: Sequence[str] = (),
    hidden: bool = False,
    sources: Mapping[str, str] | None = None,
    width: int = 88,
    colour: bool = False,
    unicode: bool = True,
) -> str:
    """The outcome of one check: a line when it passed, else sentences and a picture in characters.

    Without `unicode` only ASCII is used, whatever the sentences hold. `colour` adds ANSI codes to the
    first line.
    """
    view = View(needs or {}, labels, hidden, sources or {})
    told = messages.parts(spec, diagnosis, view)
    lines = [_head(spec, diagnosis, colour=colour, unicode=unicode)]
    if diagnosis.passed:
        lines += _wrapped(told.happened[1:], width)
    else:
        lines += _wrapped(
            [spec.sentence, *told.happened, *(clue.sentence() for clue in told.clues), *told.details], width
        )
        lines += [] if hidden else _picture(diagnosis, unicode)
    lines += [] if hidden else _captured(captured)
    return "\n".join(lines if unicode else (_ascii(line) for line in lines)) + "\n"


def _head(spec: CheckSpec, diagnosis: Diagnosis, *, colour: bool, unicode: bool) -> str:
    tone = _TONES.get(diagnosis.verdict, "bad")
    mark = f"{_MARKS[tone][0 if unicode else 1]} {messages.title(diagnosis)}"
    if colour:
        mark = f"\x1b[{_COLOURS[tone]}m{mark}\x1b[0m"
    time = f", {messages.seconds(diagnosis.seconds)}" if diagnosis.seconds > 0 else ""
    return f"{mark}  {spec.id}  ({messages.points(spec, diagnosis)}{time})"


def _wrapped(sentences: Sequence[str], width: int) -> list[str]:
    lines = []
    for sentence in sentences:
        lines += textwrap.wrap(sentence, width, initial_indent="  ", subsequent_indent="    ") or [""]
    return lines


def _picture(diagnosis: Diagnosis, unicode: bool) -> list[str]:
    for mismatch in diagnosis.mismatches:
        if drawn := error_text(mismatch, unicode=unicode):
            case = f", case {mismatch.case + 1} of {diagnosis.cases}" if diagnosis.cases > 1 else ""
            return [
                "",
                f"    error of {mismatch.output}{case}: {drawn[0]}",
                *(f"    {line}" for line in drawn[1:]),
            ]
    return []


def _captured(captured: str) -> list[str]:
    if not captured.strip():
        return []
    shown = messages.plain(captured, 20_000, lines=True).rstrip("\n").splitlines()
    more = [f"  | ... and {len(shown) - CAPTURED_LINES} more lines"] if len(shown) > CAPTURED_LINES else []
    return ["", "  Your code printed:", *(f"  | {line}" for line in shown[:CAPTURED_LINES]), *more]


_PLAIN = str.maketrans({"“": '"', "”": '"', "’": "'", "…": "...", "·": "-", "×": "x", "≥": ">=", "→": "->"})


def _ascii(line: str) -> str:
    return line.translate(_PLAIN).encode("ascii", "backslashreplace").decode("ascii")
