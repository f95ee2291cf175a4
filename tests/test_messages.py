"""What a check's outcome is called: each verdict in its own words, and nothing told that may not be."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.authoring import Tolerance
from autograder.diagnosis.compare import compare
from autograder.model import CheckSpec, Diagnosis, Failure, Hint, Mismatch, Verdict
from autograder.student import messages
from autograder.student.axes import axis_names, place

SPEC = CheckSpec("check-lstm-step", "lstm_step_matches", 8, "One step of the cell, on random gates.")


def told(diagnosis: Diagnosis, **keywords: object) -> str:
    return "\n".join(messages.summary(SPEC, diagnosis, **keywords))  # type: ignore[arg-type]


def wrong(*mismatches: Mismatch, cases: int = 3, **fields: object) -> Diagnosis:
    return Diagnosis(Verdict.WRONG, cases, 0, mismatches=mismatches, **fields)  # type: ignore[arg-type]


def failed(failure: Failure, verdict: Verdict = Verdict.ERROR) -> Diagnosis:
    return Diagnosis(verdict, 3, 0, failure=failure)


def mismatch(output: str = "h", case: int = 1) -> Mismatch:
    wanted = np.zeros((6, 3, 5))
    got = wanted.copy()
    got[4, 1, 2] = 0.25
    return next(compare(case, {output: got}, {output: wanted}, lambda _: Tolerance()))


def test_when_passed_says_so_in_one_sentence() -> None:
    assert told(Diagnosis(Verdict.PASSED, 3, 3)) == "Passed: all 3 cases are right."


def test_when_values_differ_tells_output_case_place_and_both_numbers() -> None:
    text = told(wrong(mismatch()))
    assert (
        "`h`, case 2 of 3: the largest error is 0.25, at time 4, batch 1, unit 2: got 0.25, wanted 0" in text
    )
    assert "(shape `(6, 3, 5)`, float64)" in text


def test_when_a_case_has_a_label_tells_it_unless_hidden() -> None:
    labels = ("", "T = 1", "")
    assert "case 2 of 3 (T = 1)" in told(wrong(mismatch()), labels=labels)
    assert "T = 1" not in told(wrong(mismatch()), labels=labels, hidden=True)


def test_when_numbers_are_close_shows_enough_digits_to_tell_them_apart() -> None:
    near = Mismatch("h", 0, "value", (1,), (1,), "float64", "float64", 1e-6, (0,), 1.000001, 1.0)
    assert "got 1.000001, wanted 1" in told(wrong(near))


def test_when_a_mistake_is_recognised_it_stands_for_the_numbers() -> None:
    text = told(wrong(mismatch(), hints=(Hint("m", "Look at the forget gate."),)))
    assert "Likely mistake: Look at the forget gate." in text
    assert "largest error" not in text


def test_when_mistakes_are_ties_each_is_one_of_them() -> None:
    first, second = Hint("a", "First.", ("b",)), Hint("b", "Second.", ("a",))
    assert "Likely one of 2 mistakes, which give the same answer: (1) First. (2) Second." in told(
        wrong(mismatch(), hints=(first, second))
    )
    text = told(wrong(mismatch(), hints=(Hint("a", "First.", ("df-from-c-next",)),)))
    assert "Likely one of 2 mistakes, which give the same answer: First. Or: df from c next." in text


def test_when_a_needed_check_failed_says_so_first() -> None:
    lines = messages.summary(
        SPEC, wrong(mismatch(), needs_failed=("check-sigmoid",)), needs={"check-sigmoid": "A stable sigmoid."}
    )
    assert lines[0] == "Fix “A stable sigmoid” (`check-sigmoid`) first: this check stands on it."


def test_when_a_function_is_not_written_yet_nothing_before_it_has_to_be_fixed() -> None:
    failure = Failure("NotImplementedError", "", cell="lstm-step")
    text = told(
        Diagnosis(Verdict.MISSING, 3, 0, failure=failure, needs_failed=("check-sigmoid",)),
        needs={"check-sigmoid": "A stable sigmoid."},
    )
    assert "not written yet" in text and "first" not in text


def test_when_an_input_is_changed_says_it_once() -> None:
    hint = Hint("relation-changed-in-place", "Your code changes its input `dh` in place.", relation=True)
    text = told(wrong(mismatch(), hints=(hint,), changed=("dh",)))
    assert text.count("in place") == 1
    assert "its input `dh`" in text
    assert "`dh`" not in told(wrong(hints=(hint,), changed=("dh",)), hidden=True)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (Mismatch("h", 0, "missing", wanted_shape=(3, 5)), "`h`, case 1 of 3: it did not come back."),
        (Mismatch("h", 0, "shape", (5, 3), (3, 5)), "its shape is `(5, 3)`, and `(3, 5)` is wanted."),
        (Mismatch("h", 0, "shape", (), (3, 5)), "that of a single number, `()`, and `(3, 5)` is wanted."),
        (Mismatch("h", 0, "unsupported", got_dtype="NoneType"), "it is nothing (`None`), and an array"),
        (Mismatch("h", 0, "unsupported", got_dtype="Widget"), "it is one `Widget`, and an array"),
        (
            Mismatch("h", 0, "unsupported", got_dtype="sparse Tensor"),
            "it is one `sparse Tensor`, which is not compared: return real numbers in an ordinary array.",
        ),
        (Mismatch("h", 0, "dtype", (3,), (3,), "int64", "float64"), "its dtype is `int64`, and `float64`"),
        (Mismatch("h", 0, "text"), "the text is another one."),
        (
            Mismatch("w", 0, "reaches 61 % where 90 % is wanted"),
            "case 1 of 3: reaches 61 % where 90 % is wanted.",
        ),
    ],
)
def test_when_an_output_is_wrong_says_how(found: Mismatch, sentence: str) -> None:
    assert sentence in told(wrong(found))


def test_when_an_output_is_nan_says_where_and_what_was_wanted() -> None:
    wanted, got = np.ones((3, 5)), np.ones((3, 5))
    got[1, 2] = np.nan
    found = next(compare(0, {"c": got}, {"c": wanted}, lambda _: Tolerance()))
    assert "`c`, case 1 of 3: it is NaN at batch 1, unit 2, where 1 is wanted" in told(wrong(found))


def test_when_many_outputs_are_wrong_names_the_rest_once() -> None:
    many = [mismatch(name, case) for case in (0, 1) for name in ("h", "c", "i", "f", "g")]
    assert told(wrong(*many)).endswith("Not right either: `f` and `g`.")


def test_when_not_written_names_the_exercise() -> None:
    text = told(failed(Failure("NotImplementedError", "", cell="lstm-step", line=3), Verdict.MISSING))
    assert text.startswith("The exercise `lstm-step` is not written yet")


def test_when_there_is_no_such_name_names_it() -> None:
    failure = Failure("NameError", "name 'lstm_step' is not defined", in_check=True)
    assert told(failed(failure, Verdict.MISSING)).startswith("There is no `lstm_step` yet.")


def test_when_the_code_raises_shows_type_text_and_the_students_line() -> None:
    failure = Failure("ValueError", "shapes differ", cell="lstm-step", line=7, source="    h = o * c")
    assert told(failed(failure)) == (
        "Your code stopped with `ValueError: shapes differ`, in line 7 of the cell `lstm-step`: `h = o * c`."
    )


@pytest.mark.parametrize(
    ("kind", "text", "sentence"),
    [
        (
            "ValueError",
            "not enough values to unpack (expected 3, got 2)",
            "returned 2 values, and the check takes 3",
        ),
        ("ValueError", "not enough values to unpack (expected 3, got 1)", "returned 1 value, and"),
        ("ValueError", "too many values to unpack (expected 2)", "returned more than 2 values, and"),
        (
            "TypeError",
            "cannot unpack non-iterable NoneType object",
            "nothing (`None`), and the check takes several",
        ),
        ("TypeError", "'NoneType' object is not subscriptable", "nothing (`None`). Is a `return` missing?"),
        (
            "TypeError",
            "tuple indices must be integers or slices, not str",
            "named entry in what your function",
        ),
        ("TypeError", "a check returns a dict, this one returned a list", "A dict of named arrays is wanted"),
        ("KeyError", "'i'", "lacks the entry `i` that the check reads"),
        ("TypeError", "step() takes 3 positional arguments but 6 were given", "could not call `step`"),
        (
            "AttributeError",
            "'int' object has no attribute 'T'",
            "does not fit the check's line (`AttributeError",
        ),
    ],
)
def test_when_the_return_value_does_not_fit_says_what_came(kind: str, text: str, sentence: str) -> None:
    diagnosis = failed(Failure(kind, text, in_check=True))
    assert sentence in told(diagnosis)
    assert messages.title(diagnosis) == "Wrong kind of answer"


def test_every_verdict_has_words_of_its_own() -> None:
    texts = {verdict: told(Diagnosis(verdict, 3, 0)) for verdict in Verdict}
    assert len(set(texts.values())) == len(Verdict)
    assert len({messages.title(Diagnosis(verdict)) for verdict in Verdict}) == len(Verdict)


def test_when_the_grader_ended_it_its_own_words_follow() -> None:
    text = told(failed(Failure("", "stopped after 10 s of CPU time"), Verdict.TIMEOUT), hidden=True)
    assert text.endswith("stopped after 10 s of CPU time")


SECRET = "3142"


@pytest.mark.parametrize(
    "diagnosis",
    [
        failed(Failure("ValueError", SECRET, cell=SECRET, line=1, source=SECRET)),
        failed(Failure(f"E{SECRET}", SECRET, cell="a", line=3142, source=SECRET)),
        failed(Failure("KeyError", f"'{SECRET}'", in_check=True)),
        failed(Failure("TypeError", f"cannot unpack non-iterable A{SECRET} object", in_check=True)),
        failed(Failure("TypeError", f"f{SECRET}() takes 1 positional", in_check=True)),
        failed(Failure("ValueError", f"too many values to unpack (expected {SECRET})", in_check=True)),
        failed(Failure("NameError", f"name 'x{SECRET}' is not defined", in_check=True), Verdict.MISSING),
        failed(Failure("NotImplementedError", SECRET, cell=SECRET), Verdict.MISSING),
        failed(Failure("RuntimeError", SECRET), Verdict.PROTOCOL),
        wrong(changed=(SECRET,)),
        wrong(Mismatch("h", 0, "value", (2,), (2,), "float64", "float64", 3142.0, (1,), 3142.0, 3142.0)),
        wrong(Mismatch("h", 0, "nan", (2,), (2,), "float64", "float64", np.inf, (1,), np.nan, 3142.0)),
        wrong(Mismatch("h", 0, "unsupported", got_dtype=f"A{SECRET}")),
        wrong(Mismatch(SECRET, 0, "unexpected")),
        wrong(*[Mismatch(SECRET + str(index), 0, "unexpected") for index in range(5)]),
        wrong(
            hints=(Hint("relation-factor", f"Your `h` is {SECRET} times what it should be.", relation=True),)
        ),
    ],
)
def test_when_hidden_nothing_the_students_process_chose_is_told(diagnosis: Diagnosis) -> None:
    assert SECRET in told(diagnosis) or diagnosis.verdict in (
        Verdict.PROTOCOL,
        Verdict.MISSING,
        Verdict.ERROR,
    )
    assert SECRET not in told(diagnosis, hidden=True, sources={"a": "pass\n"})


def test_when_an_answer_is_too_large_says_so_and_not_that_the_code_stopped() -> None:
    failure = Failure("TooLarge", "an answer of 5000 parts; at most 1000 are taken")
    assert told(failed(failure)) == (
        "What your function returned is too large to be compared: an answer of 5000 parts; at most 1000 are taken."
    )
    assert told(failed(failure), hidden=True) == (
        "What your function returned is too large to be compared: it has too many parts or numbers."
    )


def test_when_hidden_an_array_that_is_not_compared_is_still_named() -> None:
    text = told(wrong(Mismatch("h", 0, "unsupported", got_dtype="array of complex128")), hidden=True)
    assert "it is one `array of complex128`, which is not compared" in text


def test_when_hidden_the_line_comes_from_the_graders_own_copy() -> None:
    failure = Failure("ValueError", "x", cell="lstm-step", line=2, source="forged")
    text = told(failed(failure), hidden=True, sources={"lstm-step": "def f():\n    return 1 / 0\n"})
    assert text == "Your code stopped with `ValueError`, in line 2 of the cell `lstm-step`: `return 1 / 0`."


def test_when_hidden_the_hint_output_and_shape_stay() -> None:
    assert "Look." in told(wrong(hints=(Hint("m", "Look."),)), hidden=True)
    assert "its shape is `(5, 3)`" in told(wrong(Mismatch("h", 0, "shape", (5, 3), (3, 5))), hidden=True)
    assert "`h`, case 2 of 3: its values are off" in told(wrong(mismatch()), hidden=True)


def test_when_text_holds_escapes_and_controls_they_are_gone() -> None:
    hostile = "a\x1b[31mb\x1b]0;title\x07c\x00\u202ed`e\nf"
    cleaned = messages.code(hostile)
    assert cleaned == "`abc\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}d'e f`"
    assert len(messages.plain("x" * 10_000)) < 310


def test_when_an_output_is_known_its_axes_have_names() -> None:
    assert axis_names("h", 3) == ("time", "batch", "unit")
    assert axis_names("cache/i", 2) == ("batch", "unit")
    assert axis_names("dx", 2) == ("batch", "feature")
    assert axis_names("dW", 2) == ("row", "column")
    assert axis_names("hs", 2) is None
    assert axis_names("loss", 2) is None
    assert place("attention", (3, 0)) == "index (3, 0)"
