"""The sample class: what grading finds is what was put in, and an existing folder is handled with care."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.classroom.students import student_id_problem
from autograder.demo import ROSTER, demo_request, expected_file, invent, rewriting
from autograder.demo.handing_in import Invented
from autograder.demo.material import Material, gather
from autograder.errors import BadInput
from autograder.grading.results import ClassResult
from autograder.grading.run import grade
from autograder.model import Verdict
from tests.command_support import said_in_one_line, unrolled

LSTM = "lab04_lstm"


@pytest.fixture(scope="module")
def lstm() -> Material:
    return gather(LSTM)


def texts(students: list[Invented]) -> list[tuple[str, str, str, str]]:
    return [(s.name, s.file, s.content, f"{s.handed_in}") for s in students]


def differences(result: ClassResult, expected: dict[str, Any]) -> list[str]:
    """Everything in which a graded class is not as expected, in words."""
    out = []
    found = {submission.student: submission for submission in result.submissions}
    assert found.keys() == expected.keys()
    for name, wanted in expected.items():
        got = found[name]
        if (got.verdict, got.score) != (wanted["verdict"], wanted["score"]):
            out.append(f"{name} ({wanted['kind']}): {got.verdict} {got.score}, wanted {wanted['score']}")
        for check in got.checks:
            verdict, names = wanted["checks"][check.id], wanted["named"].get(check.id)
            if check.verdict != verdict:
                out.append(f"{name} ({wanted['kind']}) {check.id}: {check.verdict}, wanted {verdict}")
            if names and check.misconception not in names:
                out.append(f"{name} {check.id}: named {check.misconception}, wanted one of {names}")
            if check.verdict == "passed" and check.misconception:
                out.append(f"{name} {check.id}: passed and named {check.misconception}")
    return out


def graded(lab: str, students: int, course: Path) -> list[str]:
    request = demo_request(lab, students, course, workers=2)
    result = grade(request)
    return differences(result, json.loads(expected_file(course, lab).read_text("utf-8"))["students"])


@pytest.mark.sandbox
@pytest.mark.slow
def test_when_the_lstm_class_is_graded_everyone_gets_what_was_expected(tmp_path: Path) -> None:
    assert graded(LSTM, 24, tmp_path / "course") == []


@pytest.mark.sandbox
@pytest.mark.slow
def test_when_a_lab_has_no_sample_class_of_its_own_everyone_gets_what_was_expected(
    tiny: str, tmp_path: Path
) -> None:
    assert graded(tiny, 48, tmp_path / "course") == []


@pytest.mark.sandbox
def test_when_a_small_class_is_graded_everyone_gets_what_was_expected(tiny: str, tmp_path: Path) -> None:
    assert graded(tiny, 3, tmp_path / "course") == []


def test_when_a_class_is_invented_again_it_is_the_same(tiny: str) -> None:
    material = gather(tiny)
    assert texts(list(invent(material, 24))) == texts(list(invent(gather(tiny), 24)))
    assert texts(list(invent(material, 24))) != texts(list(invent(material, 24, seed=99)))


def test_when_a_class_is_larger_it_begins_with_the_smaller_one(tiny: str) -> None:
    material = gather(tiny)
    assert texts(list(invent(material, 30)))[:24] == texts(list(invent(material, 24)))


def test_when_a_class_is_large_every_name_is_its_own_and_can_be_a_students(tiny: str) -> None:
    names = [student.name for student in invent(gather(tiny), 120)]
    assert len(set(names)) == 120
    assert [problem for name in names if (problem := student_id_problem(name))] == []
    assert any(not name.isascii() for name in names[:24])


def test_when_a_class_is_large_at_most_one_in_24_hangs(tiny: str) -> None:
    kinds = Counter(student.draft.kind for student in invent(gather(tiny), 96))
    assert kinds["endless loop"] == 4
    assert kinds.keys() == set(ROSTER)


def test_when_the_lstm_class_is_invented_some_mistakes_are_made_by_several(lstm: Material) -> None:
    counts = Counter(name for student in invent(lstm, 24) for name in student.draft.mistakes)
    assert max(counts.values()) >= 3
    assert len(counts) >= 5


def test_when_the_lstm_class_is_invented_some_are_late_and_some_say_nothing(lstm: Material) -> None:
    students = list(invent(lstm, 24))
    assert 1 <= sum(student.late for student in students) <= 8
    stub = next(cell.source for cell in lstm.lab.cells if cell["id"] == "question-forget-gate")
    answers = Counter()
    for student in students:
        if not student.draft.rejected:
            cells = json.loads(student.content)["cells"]
            answers["".join(next(c for c in cells if c["id"] == "question-forget-gate")["source"])] += 1
    assert answers[stub] >= 1
    assert len(answers) == len(lstm.answers["question-forget-gate"]) + 1


def test_when_a_style_of_the_lstm_is_used_every_check_passes(lstm: Material) -> None:
    for style, cells in lstm.styles.items():
        wrong = {c: v for c, v in lstm.verdicts({**lstm.solved, **cells}).items() if v is not Verdict.PASSED}
        assert wrong == {}, style
        assert cells.keys() <= lstm.solved.keys()


def test_when_the_lstm_is_in_float32_most_exercises_are(lstm: Material) -> None:
    narrow = next(s for s in invent(lstm, 24) if s.draft.kind == "float32").draft.cells
    assert sum("narrow(" in source for source in narrow.values()) > len(lstm.solved) / 2


def test_when_common_mistakes_are_listed_the_lab_has_them(lstm: Material) -> None:
    assert lstm.common.keys() <= {item.id for item in lstm.truth.misconceptions}


def test_when_work_is_reworded_hardly_anyone_looks_like_the_solution(lstm: Material) -> None:
    from autograder.grading.flags import alike

    alike_ = 0
    for student in invent(lstm, 24):
        if student.draft.kind not in ("solution", "corrupt file", "prose only", "untouched"):
            cells = student.draft.cells
            alike_ += all(alike(source, cells[name]) for name, source in lstm.solved.items())
    assert alike_ == 0


# --- rewriting -------------------------------------------------------------------------------------------

SOURCE = '''def f(x, y):
    """Twice x squared, and y."""
    square = x**2
    def inner(z):
        return z * square
    total = inner(2) + y
    return total, square * y
'''


def run(source: str, *arguments: Any) -> Any:
    scope: dict[str, Any] = {"np": np}
    exec(source, scope)
    return scope["f"](*arguments)


@pytest.mark.parametrize("seed", range(20))
def test_when_source_is_reworded_it_computes_the_same(seed: int) -> None:
    other = rewriting.reworded(SOURCE, np.random.default_rng(seed))
    assert run(other, 3, 5) == run(SOURCE, 3, 5) == (23, 45)


def test_when_source_is_reworded_by_many_they_write_differently() -> None:
    assert len({rewriting.reworded(SOURCE, np.random.default_rng(seed)) for seed in range(20)}) > 10


def test_when_work_moves_into_a_helper_it_computes_the_same() -> None:
    core, exercise = rewriting.helped(SOURCE)
    assert "square" not in exercise.replace("squared", "")
    assert run(core + "\n" + exercise, 3, 5) == (23, 45)


def test_when_results_are_narrowed_arrays_are_float32_and_nested_functions_are_left() -> None:
    first, second = run(rewriting.NARROW + rewriting.narrowed(SOURCE), np.ones(2), 1.0)
    assert first.dtype == second.dtype == np.float32
    assert rewriting.narrowed(SOURCE).count("narrow(") == 1


def test_when_the_return_is_forgotten_nothing_comes_back() -> None:
    assert run(rewriting.without_return(SOURCE), 3, 5) is None


def test_when_a_name_is_misspelt_it_is_not_defined() -> None:
    with pytest.raises(NameError):
        run(rewriting.misspelt(SOURCE), 3, 5)


def test_when_the_colon_is_missing_it_does_not_compile() -> None:
    with pytest.raises(SyntaxError):
        run(rewriting.unparsable(SOURCE), 3, 5)


def test_when_statements_come_first_the_docstring_stays() -> None:
    assert '"""Twice x' in rewriting.first_doing(SOURCE, "y = 7").splitlines()[1]
    assert run(rewriting.first_doing(SOURCE, "y = 7"), 3, 5) == (25, 63)


# --- the folder ------------------------------------------------------------------------------------------


def all_files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_when_the_folder_is_something_else_it_is_refused_and_left_alone(tiny: str, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match=r"--out should name a new folder.*something else"):
        demo_request(tiny, 2, tmp_path, 1)
    assert all_files(tmp_path) == {"thesis.txt": b"mine"}


def test_when_the_folder_is_a_real_course_it_is_refused_and_left_alone(tiny: str, tmp_path: Path) -> None:
    from autograder.grading.run import make_course

    make_course(tmp_path / "course", [tiny])
    before = all_files(tmp_path)
    with pytest.raises(BadInput, match="something else"):
        demo_request(tiny, 2, tmp_path / "course", 1)
    assert all_files(tmp_path) == before


def test_when_out_is_a_file_it_is_refused(tiny: str, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(BadInput, match="--out should name"):
        demo_request(tiny, 2, tmp_path / "out", 1)


def test_when_the_same_demo_is_asked_for_again_nothing_changes(tiny: str, tmp_path: Path) -> None:
    demo_request(tiny, 3, tmp_path / "course", 1)
    files = {p: p.stat().st_mtime_ns for p in (tmp_path / "course" / "demo-submissions").rglob("*.ipynb")}
    demo_request(tiny, 3, tmp_path / "course", 1)
    assert len(files) == 3
    assert {path: path.stat().st_mtime_ns for path in files} == files


def test_when_another_number_is_asked_for_the_old_class_is_gone(tiny: str, tmp_path: Path) -> None:
    course = tmp_path / "course"
    demo_request(tiny, 4, course, 1)
    (course / "submitted" / "somebody").mkdir(parents=True)
    (course / "ledger.db").write_bytes(b"")
    request = demo_request(tiny, 2, course, 1)
    assert sum(path.is_dir() for path in request.submissions.iterdir()) == 2
    assert not (course / "submitted" / "somebody").exists()
    assert not (course / "ledger.db").exists()


def test_when_a_demo_was_killed_at_the_start_the_next_one_goes_on(tiny: str, tmp_path: Path) -> None:
    from autograder.demo.place import prepare

    course = tmp_path / "course"
    prepare(course, tiny, 2)
    for path in (course / "release", course / "source"):
        assert path.is_dir()
    (course / "nbgrader_config.py").unlink()  # as if it had been killed half-way through making the course
    assert demo_request(tiny, 2, course, 1).course == course


def test_when_the_old_class_is_being_graded_it_is_not_taken_away(tiny: str, tmp_path: Path) -> None:
    from autograder.grading.ledger import only_grader

    course = tmp_path / "course"
    demo_request(tiny, 2, course, 1)
    before = all_files(course).keys()
    with only_grader(course), pytest.raises(BadInput, match="being graded"):
        demo_request(tiny, 3, course, 1)
    assert all_files(course).keys() >= before


def test_when_there_is_no_such_lab_the_command_says_so_in_one_line(tmp_path: Path) -> None:
    assert "lab99" in said_in_one_line(unrolled("demo", "--lab", "lab99", "--out", tmp_path / "c"))
    assert not (tmp_path / "c").exists()
