"""Plain `nbgrader autograde` in our courses: through our grader, with the same outcome, and safely."""

from __future__ import annotations

import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

from autograder.classroom.config import course_directory, load_config
from autograder.classroom.gradebook import Exporter
from autograder.grading import service
from autograder.grading.results import SubmissionResult
from tests.classroom_support import LAB, handed_in, make_course, rejected, released, result, submit

NOON = datetime(2026, 3, 1, 12)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return make_course(tmp_path / "course")


class FakeGrader:
    """Answers as the grader would, and remembers what it was asked."""

    def __init__(self) -> None:
        self.results: dict[str, SubmissionResult] = {}
        self.asked: list[tuple[Path, str, str, Path]] = []

    def __call__(self, course_root: Path, lab: str, student: str, submission_path: Path) -> SubmissionResult:
        self.asked.append((course_root, lab, student, submission_path))
        return self.results[student]


@pytest.fixture
def grader(monkeypatch: pytest.MonkeyPatch) -> FakeGrader:
    fake = FakeGrader()
    monkeypatch.setattr(service, "grade_for_nbgrader", fake)
    return fake


def _autograde(course: Path, assignment: str = LAB, **more: Any) -> None:
    """What the command `nbgrader autograde` runs, with the course's own settings."""
    config = load_config(course)
    coursedir = course_directory(course, config)
    coursedir.assignment_id = assignment
    converter = Autograde(coursedir=coursedir, config=config, **more)
    converter.log = logging.getLogger("tests.autograde")
    converter.start()


def _state(course: Path, student: str) -> dict[str, Any]:
    with Gradebook(f"sqlite:///{course}/gradebook.db", "unrolled") as book:
        part = book.find_submission_notebook(LAB, LAB, student)
        return {
            "score": part.score,
            "grades": {g.name: (g.auto_score, g.manual_score, g.needs_manual_grade) for g in part.grades},
            "comments": {c.name: c.auto_comment for c in part.comments},
            "timestamp": part.assignment.timestamp,
        }


def test_when_nbgrader_autogrades_the_gradebook_agrees_with_our_export(
    course: Path, tmp_path: Path, grader: FakeGrader
) -> None:
    mine = make_course(tmp_path / "exported")
    works = {"ada": handed_in(course), "bo": handed_in(course, None), "Zoë 李": released(course)}
    passed = {"ada": ("check-double", "check-triple"), "bo": ("check-triple",), "Zoë 李": ()}
    for student, notebook in works.items():
        submit(course / "submitted", student, notebook, NOON)
        grader.results[student] = result(student, notebook, passed[student])
    _autograde(course)
    with Exporter(mine, LAB) as exporter:
        for student in works:
            exporter.export(grader.results[student], NOON)
    for student in works:
        assert _state(course, student) == _state(mine, student)
        for name in (f"{LAB}.ipynb", "timestamp.txt"):
            assert (course / "autograded" / student / LAB / name).is_file()
    assert grader.asked[0] == (
        course.resolve(),
        LAB,
        "Zoë 李",
        course / "submitted" / "Zoë 李" / LAB / f"{LAB}.ipynb",
    )


def test_when_a_submission_lies_about_points_and_tags_what_we_graded_stands(
    course: Path, grader: FakeGrader
) -> None:
    honest = handed_in(course)
    lying = handed_in(course)
    for cell in lying.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata["nbgrader"]["points"] = 1000
            cell.metadata["tags"] = ["skip-execution"]
    lying.cells.append(lying.cells[2])
    submit(course / "submitted", "ada", lying)
    grader.results["ada"] = result("ada", honest, ("check-double",))
    _autograde(course)
    assert _state(course, "ada")["score"] == 3


def test_when_one_submission_is_rejected_the_others_are_graded(course: Path, grader: FakeGrader) -> None:
    for student in ("ada", "bo", "cy"):
        submit(course / "submitted", student, handed_in(course))
        grader.results[student] = result(student, handed_in(course))
    grader.results["bo"] = rejected("bo")
    (course / "submitted" / "cy" / LAB / f"{LAB}.ipynb").write_text("{")
    with pytest.raises(NbGraderException):
        _autograde(course)
    assert _state(course, "ada")["score"] == 5
    with pytest.raises(MissingEntry):
        _state(course, "bo")
    assert not (course / "autograded" / "bo" / LAB).exists()
    assert not (course / "autograded" / "cy" / LAB).exists()


def test_when_autograded_again_by_force_the_result_is_asked_for_anew(
    course: Path, grader: FakeGrader
) -> None:
    submit(course / "submitted", "ada", handed_in(course))
    grader.results["ada"] = result("ada", handed_in(course), ())
    _autograde(course)
    grader.results["ada"] = result("ada", handed_in(course))
    _autograde(course, force=True)
    assert _state(course, "ada")["score"] == 5 and len(grader.asked) == 2


def test_when_links_and_pipes_are_attached_nbgrader_never_opens_them(
    course: Path, grader: FakeGrader
) -> None:
    folder = submit(course / "submitted", "ada", handed_in(course))
    (folder / "leak.txt").symlink_to(course / "secret")
    os.mkfifo(folder / "pipe")
    (folder / "page.html").write_text("<script>alert(1)</script>")
    (folder / "sketch.png").write_bytes(b"\x89PNG")
    grader.results["ada"] = result("ada", handed_in(course))
    _autograde(course)
    names = {path.name for path in (course / "autograded" / "ada" / LAB).iterdir()}
    assert names == {f"{LAB}.ipynb", "sketch.png", "probes.safetensors"}


def test_when_an_assignment_is_not_ours_it_runs_only_if_the_teacher_says_so(
    course: Path, grader: FakeGrader, caplog: pytest.LogCaptureFixture
) -> None:
    submit(course / "submitted", "ada", handed_in(course))
    (course / "unrolled.json").write_text('{"schema": 1, "labs": {}}')
    with pytest.raises(NbGraderException):
        _autograde(course)
    assert "is no lab of Unrolled" in caplog.text and grader.asked == []


@pytest.mark.slow
def test_when_the_teacher_trusts_an_assignment_nbgraders_own_kernel_runs_it(
    course: Path, grader: FakeGrader
) -> None:
    notebook = handed_in(course)
    for cell in notebook.cells:  # without the lab's check object, plain asserts
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double":
            cell["source"] = (
                "def double(x):\n    return 2 * x\nclass lab:\n    check = staticmethod(lambda f: f(1))"
            )
    submit(course / "submitted", "ada", notebook)
    (course / "unrolled.json").write_text('{"schema": 1, "labs": {}}')
    with (course / "nbgrader_config.py").open("a") as config:
        for step in ("Rebuild", "RunUnrolled"):
            config.write(f"c.{step}.trust_other_assignments = True\n")
    _autograde(course)
    assert _state(course, "ada")["score"] == 5 and grader.asked == []


def test_when_a_check_printed_to_stderr_its_points_stand(course: Path, grader: FakeGrader) -> None:
    graded = result("ada", handed_in(course))
    notebook = nbformat.reads(graded.notebook, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "check-double":
            cell.outputs = [nbformat.v4.new_output("stream", name="stderr", text="a warning")]
    grader.results["ada"] = SubmissionResult(**{**graded.__dict__, "notebook": nbformat.writes(notebook)})
    submit(course / "submitted", "ada", handed_in(course))
    _autograde(course)
    assert _state(course, "ada")["score"] == 5
