"""The numbers of the class report, against small cases worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from autograder.grading.results import CheckResult, ClassResult, SubmissionResult
from autograder.model import CheckSpec, LabSpec
from autograder.report import statistics as st
from tests.fake_class import fake_class, fake_spec

SPEC = LabSpec(
    "lab", "Lab", 10, "", checks=tuple(CheckSpec(c, c, p, "") for c, p in (("a", 2.0), ("b", 3.0)))
)


def check(id_: str, verdict: str, named: str | None = None) -> CheckResult:
    points = SPEC.check(id_).points if id_ in ("a", "b") else 1.0
    return CheckResult(id_, points, points if verdict == "passed" else 0.0, verdict, 1, 0, named, "")


def student(name: str, *checks: CheckResult, verdict: str = "graded") -> SubmissionResult:
    score = sum(c.score for c in checks) if verdict == "graded" else None
    return SubmissionResult(name, score, 5.0, 0.0, verdict, checks=checks)


def summary(*submissions: SubmissionResult) -> st.ClassStatistics:
    return st.summarise(ClassResult("lab", "none", "cpu", submissions), SPEC)


def test_when_four_students_are_correlated_the_value_is_that_worked_out_by_hand() -> None:
    # item 1 1 0 0, rest 3 2 1 0: deviations ±.5 and ±1.5, ±.5, so r = 2 / sqrt(1 * 5)
    found = st.point_biserial([True, True, False, False], [3.0, 2.0, 1.0, 0.0])
    assert found.value == pytest.approx(2 / math.sqrt(5), abs=1e-12)


def test_when_the_strong_fail_the_discrimination_is_negative() -> None:
    found = st.point_biserial([False, True, True], [4.0, 0.0, 0.0])
    assert found.value == pytest.approx(-1.0, abs=1e-12)


def test_when_discrimination_is_compared_with_numpy_they_agree() -> None:
    rng = np.random.default_rng(3)
    passed, rest = rng.random(40) < 0.4, rng.normal(size=40)
    found = st.point_biserial(passed.tolist(), rest.tolist())
    assert found.value == pytest.approx(np.corrcoef(passed, rest)[0, 1], abs=1e-12)


@pytest.mark.parametrize(
    ("passed", "rest", "why"),
    [
        ([], [], "fewer than 3 students"),
        ([True], [1.0], "fewer than 3 students"),
        ([True, False], [1.0, 0.0], "fewer than 3 students"),
        ([True, True, True], [1.0, 2.0, 3.0], "everybody passed"),
        ([False, False, False], [1.0, 2.0, 3.0], "nobody passed"),
        ([True, False, True], [0.1 + 0.2, 0.3, 0.3], "all have the same points elsewhere"),
    ],
    ids=["nobody", "one", "two", "all-passed", "none-passed", "same-rest"],
)
def test_when_discrimination_is_undefined_it_says_why(
    passed: Sequence[bool], rest: Sequence[float], why: str
) -> None:
    assert st.point_biserial(passed, rest) == st.Discrimination(None, why)


def test_when_the_class_has_nine_each_third_has_three() -> None:
    passed = [False, False, False, True, False, False, True, True, False]
    assert st.pass_by_third(passed, list(range(9))) == pytest.approx((0, 1 / 3, 2 / 3))


def test_when_points_elsewhere_are_tied_the_order_of_students_does_not_matter() -> None:
    passed = [True, False, False, True, False, True, False, True, False]
    rest = [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0]
    order = [1, 0, 5, 4, 3, 2, 8, 7, 6]
    turned = st.pass_by_third([passed[i] for i in order], [rest[i] for i in order])
    assert st.pass_by_third(passed, rest) == pytest.approx(turned)
    # lowest: 1/2 1/2 and one of the middle group's 2/4
    assert turned[0] == pytest.approx(0.5)


def test_when_there_are_eight_students_there_are_no_thirds() -> None:
    assert st.pass_by_third([True] * 8, list(range(8))) == ()


def test_when_nothing_was_handed_in_there_are_no_numbers() -> None:
    empty = summary()
    assert (empty.scores, empty.misconceptions, empty.submitted) == (None, (), 0)
    assert [c.pass_rate for c in empty.checks] == [None, None]


def test_when_scores_are_null_they_enter_no_number() -> None:
    found = summary(
        student("ada", check("a", "passed"), check("b", "wrong")),
        student("bob", verdict="rejected"),
        student("cy", verdict="infra"),
    )
    assert found.scores == st.Spread(1, 2.0, 2.0, 2.0, 2.0, 2.0)
    assert [s.student for s in found.rejected + found.infra] == ["bob", "cy"]
    assert [c.counted for c in found.checks] == [1, 1]


def test_when_everybody_passed_all_have_full_marks_and_nothing_discriminates() -> None:
    found = summary(*(student(n, check("a", "passed"), check("b", "passed")) for n in "xyz"))
    assert found.full_marks == 3
    assert {c.discrimination.why for c in found.checks} == {"everybody passed"}


def test_when_the_grader_failed_on_a_check_it_counts_neither_way() -> None:
    found = summary(student("x", check("a", "infra")), student("y", check("a", "passed")))
    assert (found.checks[0].counted, found.checks[0].passed, found.checks[0].failed) == (1, 1, 0)
    assert found.checks[0].verdicts == {"infra": 1, "passed": 1}


def test_when_a_mistake_costs_two_checks_its_student_counts_once_and_its_points_twice() -> None:
    found = summary(
        student("x", check("a", "wrong", "m"), check("b", "wrong", "m")),
        student("y", check("a", "passed"), check("b", "wrong", "m")),
        student("z", check("a", "passed"), check("b", "wrong")),
        student("u", check("a", "wrong", "n"), check("b", "passed")),
    )
    first, second = found.misconceptions
    assert first == st.MisconceptionStatistics("m", ("x", "y"), 0.5, (("b", 2), ("a", 1)), 8.0)
    assert (second.id, second.share, second.points) == ("n", 0.25, 2.0)
    assert (found.unnamed, found.checks[1].unnamed) == (1, 1)


def test_when_results_know_a_check_that_the_lab_does_not_it_is_shown_last() -> None:
    found = summary(student("x", check("old", "passed"), check("a", "passed")))
    assert [c.spec.id for c in found.checks] == ["a", "b", "old"]
    assert found.max_score == 6.0


def test_when_scores_lie_on_a_border_they_belong_to_the_part_above_and_the_maximum_to_the_last() -> None:
    assert st.histogram([0.0, 10.0, 99.9, 100.0], 100.0) == (1, 1, 0, 0, 0, 0, 0, 0, 0, 2)
    assert st.histogram([0.0, 0.0], 0.0, bins=3) == (2, 0, 0)


@pytest.mark.parametrize(
    ("value", "ceiling"),
    [(0.0, 1.0), (0.3, 0.5), (1.0, 1.0), (3.0, 5.0), (2.2, 2.5), (71.0, 100.0), (1000.0, 1000.0)],
)
def test_when_an_axis_must_hold_a_value_it_ends_at_a_round_number(value: float, ceiling: float) -> None:
    assert st.nice_ceiling(value) == pytest.approx(ceiling)


def test_when_a_class_is_summarised_the_counts_add_up() -> None:
    result = fake_class(200)
    found = st.summarise(result, fake_spec())
    assert found.submitted == 200
    for one in found.checks:
        assert sum(one.verdicts.values()) == len(found.graded)
        assert one.passed == one.verdicts.get("passed", 0)
        assert sum(n for _, n in one.named) + one.unnamed == one.verdicts.get("wrong", 0)
    scores = [s.score for s in found.graded]
    assert scores == sorted(scores, key=lambda s: -(s or 0))
