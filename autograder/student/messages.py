"""What became of a check, in plain sentences: the one place where it is worded.

Panels, terminals, graded feedback and the JSON's `message` all say what stands here. A name or a piece of
code stands in backticks; whatever a student's process said stands there too, cleaned of control characters,
so that a page can show it as code and need not trust it.

A mismatch's `reason` is one of the words of `REASONS`, or a sentence of the grader's own, shown as it is (on
hidden cases too, so it must not quote the student's answer).
"""

from __future__ import annotations

import builtins
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autograder.model import CheckSpec, Diagnosis, Failure, Hint, Mismatch, Verdict
from autograder.student.axes import place

REASONS = ("missing", "unexpected", "unsupported", "shape", "dtype", "nan", "text", "value")

_QUOTES = "'\" "
_SHOWN = 3  # outputs told in full; the others by name
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
# Controls, and what reorders or hides text; tabs and newlines are dealt with apart.
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_TYPES = {
    *("NoneType", "bool", "int", "float", "complex", "str", "bytes", "list", "tuple", "dict", "set"),
    *("function", "generator", "ndarray", "Tensor", "EagerTensor"),
}
# Arrays and tensors that no comparison takes, as autograder.trees names them.
_ODD_ARRAYS = {
    *(f"array of {dtype}" for dtype in ("object", "complex64", "complex128", "float128", "bfloat16")),
    *(f"Tensor of torch.{dtype}" for dtype in ("bfloat16", "complex64", "complex128")),
    *("sparse Tensor", "SparseTensor", "RaggedTensor"),
}
_LIBRARY_ERRORS = frozenset(
    ("LinAlgError", "AxisError", "InvalidArgumentError", "ResourceExhaustedError", "OutOfMemoryError")
)


@dataclass(frozen=True)
class Clue:
    """A recognised mistake: one text, or several of which one holds; `others` names ties without a text."""

    label: str
    texts: tuple[str, ...]
    others: str = ""

    def sentence(self) -> str:
        """The clue as one line."""
        if len(self.texts) == 1:
            return " ".join(part for part in (f"{self.label}: {self.texts[0]}", self.others) if part)
        listed = " ".join(f"({number}) {text}" for number, text in enumerate(self.texts, 1))
        return " ".join(part for part in (f"{self.label}: {listed}", self.others) if part)


@dataclass(frozen=True)
class Parts:
    """The sentences by their use: what happened, what it comes from, and where exactly it shows."""

    happened: tuple[str, ...]
    clues: tuple[Clue, ...] = ()
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """What may be told, and what is known around the check.

    `needs` gives the sentences of needed checks by id; `labels` says what is special about each case. With
    `hidden`, nothing is told that could carry a hidden input: no numbers, no exception's text, no name that
    the student's process chose. `sources` are the cells as the grader knows them, by id: on hidden cases a
    line is quoted from there only.
    """

    needs: Mapping[str, str] = field(default_factory=dict)
    labels: Sequence[str] = ()
    hidden: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)


def summary(
    spec: CheckSpec,
    diagnosis: Diagnosis,
    *,
    needs: Mapping[str, str] | None = None,
    labels: Sequence[str] = (),
    hidden: bool = False,
    sources: Mapping[str, str] | None = None,
) -> list[str]:
    """The outcome in sentences: what happened, then the recognised mistake, else where it shows."""
    told = parts(spec, diagnosis, View(needs or {}, labels, hidden, sources or {}))
    clues = [clue.sentence() for clue in told.clues]
    return [*told.happened, *(clues or told.details)]


def parts(spec: CheckSpec, diagnosis: Diagnosis, view: View) -> Parts:
    """The same sentences, kept apart for a page that shows them in different places."""
    if diagnosis.passed:
        return Parts((*_passed(diagnosis), *_changed(diagnosis.changed, view)))
    unwritten = diagnosis.verdict is Verdict.MISSING  # then there is nothing to fix yet, here or before
    happened = (
        *(() if unwritten else _needs(diagnosis.needs_failed, view)),
        *_happened(diagnosis, view),
        *_changed(diagnosis.changed, view),
    )
    return Parts(happened, _clues(_told_hints(diagnosis.hints, view)), _details(diagnosis, view))


def title(diagnosis: Diagnosis) -> str:
    """The verdict in two or three words, for headings."""
    if diagnosis.verdict is Verdict.ERROR and diagnosis.failure is not None and diagnosis.failure.in_check:
        return "Wrong kind of answer"
    return _TITLES[diagnosis.verdict]


def points(spec: CheckSpec, diagnosis: Diagnosis) -> str:
    """ "8 of 8 points"; a check is all or nothing."""
    earned = spec.points if diagnosis.passed else 0
    return f"{earned:g} of {spec.points:g} {'point' if spec.points == 1 else 'points'}"


def seconds(spent: float) -> str:
    """A duration for people: "12 ms", "3.4 s"."""
    return f"{max(1, round(spent * 1000))} ms" if spent < 1 else f"{spent:.1f} s"


def number(value: float, digits: int = 4) -> str:
    """A number with few digits; NaN and infinities by their names."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "infinity" if value > 0 else "-infinity"
    return f"{value:.{digits}g}"


def plain(text: str, limit: int = 300, lines: bool = False) -> str:
    """Text of a student's process without escape sequences and control characters, cut to `limit`.

    Without `lines` it becomes one line.
    """
    text = _ESCAPES.sub("", text[: 4 * limit].replace("\r\n", "\n"))
    text = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r", "\n"))
    if not lines:
        text = " ".join(text.split())
    return text if len(text) <= limit else text[:limit].rstrip() + " …"


def code(text: str, limit: int = 300) -> str:
    """One line in backticks, none inside."""
    return f"`{plain(text, limit).replace('`', chr(39))}`"


# --- what happened ---------------------------------------------------------------------------------------

_TITLES = {
    Verdict.PASSED: "Passed",
    Verdict.WRONG: "Not right yet",
    Verdict.ERROR: "Stopped by an error",
    Verdict.MISSING: "Not written yet",
    Verdict.TIMEOUT: "Took too long",
    Verdict.MEMORY: "Too much memory",
    Verdict.OUTPUT: "Too much output",
    Verdict.CRASHED: "Crashed",
    Verdict.PROTOCOL: "No proper answer",
    Verdict.NOT_RUN: "Not run",
    Verdict.INFRA: "Could not be graded",
}

_ENDED = {
    Verdict.TIMEOUT: (
        "The code took too long and was stopped. Look for a loop that never ends, or for work done again and "
        "again inside a loop."
    ),
    Verdict.MEMORY: (
        "The code used more memory than it may. Look for an array far larger than its docstring says, "
        "or for a list that only grows."
    ),
    Verdict.OUTPUT: "The code printed far more than it may and was stopped. Take prints out of inner loops.",
    Verdict.CRASHED: (
        "The Python process ended in the middle of this check. Look for `exit()`, very deep recursion and "
        "for code that ends its own process."
    ),
    Verdict.PROTOCOL: (
        "What came back is no answer to this check. Code must leave the check's own machinery alone."
    ),
    Verdict.NOT_RUN: (
        "This check was not run: an earlier cell used up the time of the whole notebook. Fix that one, and "
        "this one will be graded."
    ),
    Verdict.INFRA: (
        "The grader itself failed here. This is not your mistake, and your teacher can grade it again."
    ),
}


def _passed(diagnosis: Diagnosis) -> tuple[str, ...]:
    if diagnosis.cases > 1:
        return (f"Passed: all {diagnosis.cases} cases are right.",)
    return ("Passed.",)


def _happened(diagnosis: Diagnosis, view: View) -> tuple[str, ...]:
    failure = diagnosis.failure
    if diagnosis.verdict is Verdict.WRONG:
        return (_wrong(diagnosis),)
    if diagnosis.verdict is Verdict.MISSING:
        return (_missing(failure or Failure("", ""), view),)
    if diagnosis.verdict is Verdict.ERROR:
        failure = failure or Failure("", "")
        return (_misfit(failure, view) if failure.in_check else _raised(failure, view),)
    said = _ENDED[diagnosis.verdict]
    if (
        failure is not None and not failure.kind and failure.text
    ):  # the grader's own words: no exception has no kind
        return (said, plain(failure.text))
    return (said,)


def _wrong(diagnosis: Diagnosis) -> str:
    if diagnosis.cases <= 1:
        return "The answer is not right yet."
    if diagnosis.cases_passed == 0:
        return f"The answer is not right yet, in any of the {diagnosis.cases} cases."
    return (
        f"The answer is right in {diagnosis.cases_passed} of {diagnosis.cases} cases, not yet in the others."
    )


def _missing(failure: Failure, view: View) -> str:
    if failure.kind == "NameError":
        return _no_such_name(failure, view)
    known = failure.cell and (not view.hidden or failure.cell in view.sources)
    what = f"The exercise {code(failure.cell, 60)}" if known else "A function that this check calls"
    return f"{what} is not written yet: replace its `raise NotImplementedError` with your code."


def _no_such_name(failure: Failure, view: View) -> str:
    name = re.search(r"name '(\w+)'", failure.text)
    if name is None or view.hidden:
        return "A function that this check calls does not exist. Keep its exercise and its name."
    return (
        f"There is no {code(name[1])} yet. Write it in its exercise, keep its name, and run that cell before "
        "this check."
    )


def _raised(failure: Failure, view: View) -> str:
    if failure.kind == "TooLarge" and not failure.line:
        ending = "it has too many parts or numbers" if view.hidden else plain(failure.text)
        return f"What your function returned is too large to be compared: {ending}."
    said = _said(failure, view)
    where, line = _student_line(failure, view)
    ending = f": {code(line, 160)}" if line else ""
    return f"Your code stopped with {code(said, 400) if said else 'an exception'}{where}{ending}."


def _said(failure: Failure, view: View) -> str:
    """An exception as Python prints it; on hidden cases its type alone, if that is a well-known one."""
    kind = _kind_of_error(failure, view)
    return f"{kind}: {plain(failure.text)}" if failure.text.strip() and not view.hidden else kind


def _kind_of_error(failure: Failure, view: View) -> str:
    name = plain(failure.kind.rsplit(".", 1)[-1], 60)
    if not view.hidden:
        return name
    known = getattr(builtins, name, None)
    safe = name in _LIBRARY_ERRORS or (isinstance(known, type) and issubclass(known, BaseException))
    return name if safe else ""


def _student_line(failure: Failure, view: View) -> tuple[str, str]:
    """Where in the student's code, and the line's text; on hidden cases only what the grader knows itself."""
    if failure.line < 1:
        return "", ""
    if not view.hidden:
        of = f" of the cell {code(failure.cell, 60)}" if failure.cell else " of your cell"
        return f", in line {failure.line}{of}", failure.source.strip()
    lines = view.sources.get(failure.cell, "").splitlines()
    if failure.line > len(lines):
        return "", ""
    return f", in line {failure.line} of the cell {code(failure.cell, 60)}", lines[failure.line - 1].strip()


# --- the student's return value does not fit the check's line --------------------------------------------

# Strings: compiled when a check first fails this way, not at import.
_FEWER = r"not enough values to unpack \(expected (?:at least )?(\d{1,2}), got (\d{1,2})\)"
_MORE = r"too many values to unpack \(expected (\d{1,2})(?:, got (\d{1,2}))?\)"
_SINGLE = r"cannot unpack non-iterable (\w+) object"
_NO_ENTRIES = r"'(\w+)' object is not subscriptable|(list|tuple|string) indices must be integers"
_NOT_NAMED = r"a check returns a dict, this one returned a (\w+)"
_ARGUMENTS = r"(?:(\w+)\(\) )?(?:takes |missing |got an unexpected|got multiple)"


def _misfit(failure: Failure, view: View) -> str:
    """An exception in the check's own line, told as what it says about the returned value."""
    text = failure.text
    if found := re.search(_FEWER, text):
        return _count(f"{found[2]} {'value' if found[2] == '1' else 'values'}", found[1])
    if found := re.search(_MORE, text):
        return _count(f"{found[2] or f'more than {found[1]}'} values", found[1])
    if found := re.search(_SINGLE, text):
        return _count(_a(found[1], view), "several values") + _forgot(found[1])
    if found := re.search(_NOT_NAMED, text):
        came = _a(found[1], view)
        return f"A dict of named arrays is wanted, and what came back is {came}.{_forgot(found[1])}"
    if found := re.search(_NO_ENTRIES, text):
        kind = found[1] or {"string": "str"}.get(found[2], found[2])
        came = _a(kind, view)
        return f"The check looks for a named entry in what your function returned: {came}.{_forgot(kind)}"
    if failure.kind == "KeyError":
        entry = "" if view.hidden else f" {code(text.strip(_QUOTES), 60)}"
        return f"What your function returned lacks the entry{entry} that the check reads."
    if failure.kind == "TypeError" and (found := re.search(_ARGUMENTS, text)):
        name = code(found[1], 60) if found[1] and not view.hidden else "your function"
        return f"The check could not call {name}: keep the arguments that the exercise gives it."
    said = _said(failure, view)
    ending = f" ({code(said)})" if said else ""
    return (
        f"What your function returned does not fit the check's line{ending}. Compare it with the docstring."
    )


def _count(came: str, taken: str) -> str:
    return f"Your function returned {came}, and the check takes {taken} from it."


def _a(kind: str, view: View) -> str:
    if kind == "NoneType":
        return "nothing (`None`)"
    if kind in _TYPES or not view.hidden:
        return f"one {code(kind, 60)}"
    return "one object of another type"


def _forgot(kind: str) -> str:
    return " Is a `return` missing?" if kind == "NoneType" else ""


# --- around it: other checks, inputs, recognised mistakes -------------------------------------------------


def _needs(failed: Sequence[str], view: View) -> tuple[str, ...]:
    told = []
    for need in failed:
        sentence = view.needs.get(need, "").strip().rstrip(".")
        what = f"“{sentence}” ({code(need)})" if sentence else code(need)
        told.append(f"Fix {what} first: this check stands on it.")
    return tuple(told)


def _changed(names: Sequence[str], view: View) -> tuple[str, ...]:
    if not names:
        return ()
    which = "an input" if view.hidden else f"its input {_listed([code(name, 60) for name in names])}"
    return (
        f"Your code changed {which} in place, so whoever calls it finds other numbers there afterwards. "
        "Work on a copy, or write `a = a + b` for `a += b`.",
    )


def _told_hints(hints: Sequence[Hint], view: View) -> tuple[Hint, ...]:
    """Without the relation that `_changed` tells already; on hidden cases without a relation's numbers."""
    told = [hint for hint in hints if hint.id != "relation-changed-in-place"]
    if view.hidden:
        told = [
            Hint(hint.id, _FACTOR, relation=True) if hint.id == "relation-factor" else hint for hint in told
        ]
    return tuple(told)


_FACTOR = (
    "Your answer is a multiple of what it should be. Look for a factor, a size or a mean too many or too few."
)


def _clues(hints: Sequence[Hint]) -> tuple[Clue, ...]:
    clues: list[Clue] = []
    told: set[str] = set()
    for hint in hints:
        if hint.id in told:
            continue
        tied = [other for other in hints if other.id in hint.ties and other.id != hint.id]
        told.update({hint.id, *(other.id for other in tied)})
        silent = [tie for tie in hint.ties if tie not in {other.id for other in tied}]
        clues.append(_clue(hint, tied, silent))
    return tuple(clues)


def _clue(hint: Hint, tied: Sequence[Hint], silent: Sequence[str]) -> Clue:
    label = "What the numbers show" if hint.relation else "Likely mistake"
    if tied or silent:
        label = f"Likely one of {1 + len(tied) + len(silent)} mistakes, which give the same answer"
    others = ""
    if silent:
        names = [tie.replace("-", " ") for tie in silent[:_SHOWN]]
        more = [f"{len(silent) - _SHOWN} more"] if len(silent) > _SHOWN else []
        others = f"Or: {_listed([*names, *more], 'or')}."
    return Clue(label, (hint.text, *(other.text for other in tied)), others)


def _listed(words: Sequence[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


# --- where it shows --------------------------------------------------------------------------------------


def _details(diagnosis: Diagnosis, view: View) -> tuple[str, ...]:
    first: dict[str, Mismatch] = {}
    for mismatch in diagnosis.mismatches:
        first.setdefault(mismatch.output, mismatch)
    told = [mismatch_sentence(mismatch, diagnosis.cases, view) for mismatch in list(first.values())[:_SHOWN]]
    if rest := list(first.values())[_SHOWN:]:
        names = [
            code(mismatch.output, 60)
            for mismatch in rest
            if not (view.hidden and _kind(mismatch) == "unexpected")
        ]
        told.append(
            f"Not right either: {_listed(names)}." if names else f"{len(rest)} more outputs are not right."
        )
    return tuple(told)


def mismatch_sentence(mismatch: Mismatch, cases: int, view: View) -> str:
    """Which output, which case, and how it differs."""
    kind = _kind(mismatch)
    if kind == "unexpected" and view.hidden:
        return "An output came back that the check does not ask for."
    return f"{_subject(mismatch, cases, view)}: {_difference(mismatch, kind, view)}."


def _subject(mismatch: Mismatch, cases: int, view: View) -> str:
    output = code(mismatch.output, 60) if mismatch.output else "The answer"
    if cases <= 1:
        return output
    label = "" if view.hidden or mismatch.case >= len(view.labels) else view.labels[mismatch.case]
    return f"{output}, case {mismatch.case + 1} of {cases}" + (f" ({label})" if label else "")


def _kind(mismatch: Mismatch) -> str:
    """The reason as a word of REASONS, or "said" for a sentence of the grader's own."""
    reason = mismatch.reason.strip().lower()
    if reason in REASONS and not (reason == "value" and _not_finite(mismatch)):
        return reason
    if " " in reason:
        return "said"
    if mismatch.got_shape != mismatch.wanted_shape:
        return "shape"
    return "nan" if _not_finite(mismatch) else "value"


def _not_finite(mismatch: Mismatch) -> bool:
    return mismatch.got is not None and not math.isfinite(mismatch.got)


def _difference(mismatch: Mismatch, kind: str, view: View) -> str:
    if kind == "missing":
        return "it did not come back"
    if kind == "unexpected":
        return "it came back, and the check does not ask for it"
    if kind == "unsupported":
        came = mismatch.got_dtype or "object"
        if came in _ODD_ARRAYS:
            return f"it is one {code(came)}, which is not compared: return real numbers in an ordinary array"
        return f"it is {_a(came, view)}, and an array of numbers is wanted"
    if kind == "shape":
        return f"its shape is {_shape(mismatch.got_shape)}, and {_shape(mismatch.wanted_shape)} is wanted"
    if kind == "dtype":
        return f"its dtype is {code(mismatch.got_dtype, 30)}, and {code(mismatch.wanted_dtype, 30)} is wanted"
    if kind == "text":
        return "the text is another one"
    if kind == "said":
        return mismatch.reason.strip().rstrip(".")
    return _numbers(mismatch, kind, view)


def _shape(shape: tuple[int, ...]) -> str:
    return code(str(shape)) if shape else "that of a single number, `()`"


def _numbers(mismatch: Mismatch, kind: str, view: View) -> str:
    form = _form(mismatch)
    if view.hidden:
        return ("it holds NaN or infinity" if kind == "nan" else "its values are off") + form
    at = f" at {place(mismatch.output, mismatch.where)}" if mismatch.where else ""
    if kind == "nan":
        got = (
            number(mismatch.got) if mismatch.got is not None and _not_finite(mismatch) else "NaN or infinity"
        )
        wanted = f", where {number(mismatch.wanted)} is wanted" if mismatch.wanted is not None else ""
        return f"it is {got}{at}{wanted}{form}"
    if mismatch.got is None or mismatch.wanted is None:
        return f"the largest error is {number(mismatch.largest, 3)}{at}{form}"
    got, wanted = _apart(mismatch.got, mismatch.wanted)
    if not mismatch.where and not mismatch.wanted_shape:
        return f"got {got}, wanted {wanted}"
    return f"the largest error is {number(mismatch.largest, 3)},{at}: got {got}, wanted {wanted}{form}"


def _form(mismatch: Mismatch) -> str:
    """Shape and dtype, when known; the dtype twice when it is not the wanted one."""
    if not mismatch.got_shape:
        return ""
    dtype = f", {mismatch.got_dtype}" if mismatch.got_dtype else ""
    if mismatch.wanted_dtype and mismatch.wanted_dtype != mismatch.got_dtype:
        dtype += f" where the reference has {mismatch.wanted_dtype}"
    return f" (shape {_shape(mismatch.got_shape)}{dtype})"


def _apart(got: float, wanted: float) -> tuple[str, str]:
    """Both numbers with as many digits as it takes to tell them apart."""
    for digits in (4, 6, 8, 12, 17):
        shown = number(got, digits), number(wanted, digits)
        if shown[0] != shown[1]:
            break
    return shown
