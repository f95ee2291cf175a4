"""A sample class: invented students with real mistakes, and what grading must find with each of them.

The submissions lie in the course, COURSE/demo-submissions/<student>/<lab>/, as they would in any instructor's
folder; beside them COURSE/demo-submissions/expected-<lab>.json says what must come of each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from autograder.demo.handing_in import DUE, Invented, expected_text, hand_in
from autograder.demo.kinds import ROSTER, draft
from autograder.demo.material import Material, gather
from autograder.demo.names import invented_names
from autograder.demo.place import SUBMISSIONS, prepare, set_due
from autograder.grading.run import Request, with_short_limits
from autograder.model import Limits

Advance = Callable[[float], None]
SEED = 8
MEMORY_MB = 512

__all__ = ["ROSTER", "demo_request", "expected_file", "invent"]


def demo_request(
    lab: str, students: int, course: Path, workers: int, advance: Advance = lambda share: None
) -> Request:
    """Invent a class of a lab, put its submissions into a course, and ask for them to be graded.

    Raises:
        BadInput: there is no such lab, or `course` is something that the demo did not make.
    """
    material = gather(lab)
    prepare(course, lab, students)
    invented = []
    for student in invent(material, students):
        student.write(course / SUBMISSIONS / student.name / lab)
        invented.append(student)
        advance(1 / students)
    expected_file(course, lab).write_text(expected_text(material, invented), encoding="utf-8")
    set_due(course, lab, DUE)
    return Request(
        lab=lab,
        submissions=course / SUBMISSIONS,
        course=course,
        workers=workers,
        trust_submissions=True,
        limits=_limits(material.spec.limits),
    )


def expected_file(course: Path, lab: str) -> Path:
    """Where it is written what grading must find."""
    return course / SUBMISSIONS / f"expected-{lab}.json"


def invent(material: Material, students: int, seed: int = SEED) -> Iterator[Invented]:
    """The students of a class, the same for the same seed; a larger class begins with those of a smaller."""
    names = invented_names(np.random.default_rng(seed))
    for number in range(students):
        rng = np.random.default_rng([seed, number])
        turn, place = divmod(number, len(ROSTER))
        kind = ROSTER[place]
        before = turn * ROSTER.count(kind) + ROSTER[:place].count(kind)
        yield hand_in(material, next(names), draft(material, kind, before, rng), rng)


def _limits(limits: Limits) -> Limits:
    short = with_short_limits(limits)
    return replace(short, memory_mb=min(short.memory_mb, MEMORY_MB))
