"""The sample class handed in: a folder of submissions, and a note of what should come of each."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from autograder.build import lab_notebook, solution_notebook
from autograder.build.make import lab_sources
from autograder.classroom.course import MANIFEST
from autograder.demo import spoil
from autograder.demo.kinds import Handed, Material, kinds
from autograder.errors import BadInput
from autograder.grading.run import Request, make_course, with_short_limits
from autograder.labs import load_spec
from autograder.places import solutions_dir
from autograder.truth.reference import load_module, load_truth

SUBMISSIONS = "demo-submissions"
EXPECTED = "expected.json"
DUE = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
FIRST = (
    "Ada Bilal Chiara Dmitri Esi Farid Greta Hana Iñigo João Kwame Leila Mei Noor Olu Priya Quinn Rosa"
).split()
LAST = (
    "Okafor Lindqvist Tanaka Moreau Haddad Novak Silva Mbeki Rossi Park Yilmaz Weber Costa Ivanova"
).split()
ANSWERS = (
    "Because it adds to its memory instead of replacing it.",
    "I think it is the gates.",
    "",
)


def demo_request(
    lab: str, students: int, course: Path, workers: int, advance: Callable[[float], None] = lambda share: None
) -> Request:
    """Invent a class, write its submissions into the course's folder, and say how to grade it.

    Raises:
        BadInput: there is no such lab, or the folder holds something that the demo did not make.
    """
    if lab not in lab_sources():
        raise BadInput(f"--lab should be one of {', '.join(lab_sources())}, not {lab!r}")
    folder = course / SUBMISSIONS
    _refuse_foreign(course)
    make_course(course)
    shutil.rmtree(folder, ignore_errors=True)
    material = _material(lab)
    expected = {}
    for number, make in enumerate(kinds(students)):
        name = _name(number)
        handed = make(material, random.Random(number))
        _write(folder / name / lab, lab, handed, number)
        expected[name] = asdict(handed.expected)
        advance(1 / students)
    (folder / EXPECTED).write_text(json.dumps(expected, indent=1, ensure_ascii=False), encoding="utf-8")
    return Request(
        lab=lab,
        submissions=folder,
        course=course,
        workers=workers,
        trust_submissions=True,
        limits=with_short_limits(load_spec(lab).limits),
    )


def _refuse_foreign(course: Path) -> None:
    """The demo writes over its own course only."""
    if not course.exists() or (course / SUBMISSIONS).is_dir():
        return
    if not course.is_dir() or any(course.iterdir()):
        what = "a course that is not the demo's" if (course / MANIFEST).exists() else "something else"
        raise BadInput(f"--out {course} holds {what}; name a new folder, or one that the demo made before")


def _material(lab: str) -> Material:
    """The solved notebook as a student would have it, with the lab's own styles and answers if it has any."""
    truth = load_truth(lab)
    solved = spoil.clone(solution_notebook(lab))
    spoil.without_markers(solved)
    path = solutions_dir() / lab / "styles.py"
    if not path.is_file():
        return Material(truth, lab_notebook(lab), solved, ANSWERS)
    styles = load_module(path)
    return Material(truth, lab_notebook(lab), solved, styles.ANSWERS, styles.STYLES)


def _name(number: int) -> str:
    first, last = FIRST[number % len(FIRST)], LAST[(number * 5 + number // len(FIRST)) % len(LAST)]
    return f"{first.lower()}.{last.lower()}" + (f"{number}" if number >= len(FIRST) else "")


def _write(folder: Path, lab: str, handed: Handed, number: int) -> None:
    folder.mkdir(parents=True)
    (folder / f"{lab}.ipynb").write_text(handed.content, encoding="utf-8")
    moment = DUE + timedelta(hours=handed.hours_late or -1.5 * (number % 20) - 0.5)
    (folder / "timestamp.txt").write_text(f"{moment:%Y-%m-%d %H:%M:%S} UTC", encoding="utf-8")
