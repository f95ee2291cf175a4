"""A class graded into a course: what `unrolled grade`, `unrolled demo` and the tests have in common."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.build import solution_notebook
from autograder.build.make import lab_sources
from autograder.classroom.course import (
    CourseLab,
    CourseNews,
    course_labs,
    init_course,
    read_secret,
    refuse_other_folder,
)
from autograder.classroom.files import clear_leftovers
from autograder.classroom.lateness import Lateness
from autograder.classroom.timestamps import submission_time
from autograder.errors import BadInput
from autograder.grading import pool
from autograder.grading.coordinator import Notify, Order, grade_class
from autograder.grading.ledger import only_grader
from autograder.grading.results import ClassResult, SubmissionResult
from autograder.grading.submissions import Submission, find_submissions
from autograder.labs import all_labs, lab_folder, load_spec
from autograder.model import Limits, SandboxLevel
from autograder.places import PROBES
from autograder.sandbox import ladder

if TYPE_CHECKING:
    from autograder.classroom.gradebook import Exporter


@dataclass(frozen=True)
class Request:
    """What the caller of `unrolled grade` asks for."""

    lab: str
    submissions: Path
    course: Path
    workers: int = 1
    scheduler: str | None = None
    device: str = "cpu"
    explore: bool = False
    again: frozenset[str] = field(default_factory=frozenset)
    trust_submissions: bool = False
    limits: Limits | None = None
    sandbox: SandboxLevel | None = None


def make_course(course: Path, labs: Sequence[str] | None = None) -> CourseNews:
    """An nbgrader course of these labs, all of them by default; one that is there is brought up to date.

    Raises:
        BadInput: the folder is something else or cannot be written, or somebody is grading or making the course.
    """
    refuse_other_folder(course)
    with only_grader(course):
        return _make_course(course, labs)


def _make_course(course: Path, labs: Sequence[str] | None) -> CourseNews:
    names = list(labs) if labs is not None else [name for name in all_labs() if name in lab_sources()]
    return init_course(course, [course_lab(name) for name in names])


def course_lab(name: str) -> CourseLab:
    """A lab as it goes into a course."""
    return CourseLab(name, solution_notebook(name), (lab_folder(name) / PROBES).read_bytes())


def sandbox_level(trust_submissions: bool, wanted: SandboxLevel | None = None) -> SandboxLevel:
    """The level to grade at: the best that this machine has.

    Raises:
        BadInput: it has none, and nobody said that the submissions may be trusted.
    """
    level = wanted or ladder.probe()
    if level is SandboxLevel.NONE and not trust_submissions:
        raise BadInput(
            "there is no sandbox on this machine, so strangers' code is not run: "
            f"{ladder.explain(level).raises}; or, for code that you know, --trust-submissions"
        )
    return level


def grade(request: Request, notify: Notify = lambda result: None) -> ClassResult:
    """Grade a folder of submissions into a course, which is made if it is not there.

    Raises:
        BadInput: something in the request cannot be used.
    """
    lab_folder(request.lab)  # there has to be such a lab before anything is said of its submissions
    submissions = find_submissions(request.submissions, request.lab)
    _refuse_unknown(request, submissions)
    level = sandbox_level(request.trust_submissions, request.sandbox)
    make = _executor(request)
    refuse_other_folder(request.course)
    with only_grader(request.course):
        return _grade_alone(request, submissions, level, make, notify)


def _grade_alone(
    request: Request,
    submissions: list[Submission],
    level: SandboxLevel,
    make: pool.MakeExecutor,
    notify: Notify,
) -> ClassResult:
    if request.lab not in course_labs(request.course):
        _make_course(request.course, None)
    order = Order(
        lab=request.lab,
        course=request.course,
        secret=read_secret(request.course),
        sandbox=level,
        limits=request.limits or load_spec(request.lab).limits,
        device=request.device,
        explore=request.explore,
    )
    with _LazyExporter(request.course, request.lab) as exporter:
        return grade_class(
            order,
            submissions,
            make,
            request.workers,
            export=exporter.export,
            terms=exporter.terms,
            begun=exporter.prepare,
            again=request.again,
            notify=notify,
        )


def _executor(request: Request) -> pool.MakeExecutor:
    if request.scheduler:
        return pool.cluster(request.scheduler, gpu=request.device == "cuda")
    return pool.local(request.workers)


def _refuse_unknown(request: Request, submissions: Sequence[Submission]) -> None:
    unknown = sorted(request.again - {submission.student for submission in submissions})
    if unknown:
        raise BadInput(
            f"--again names {', '.join(unknown)}, who handed in no {request.lab} in {request.submissions}"
        )


class _LazyExporter:
    """The gradebook is opened when there is something to write: a class that is unchanged costs no second."""

    def __init__(self, course: Path, lab: str) -> None:
        self._course, self._lab = course, lab
        self._stack = ExitStack()
        self._lateness = Lateness(course, lab)
        self._exporter: Exporter | None = None
        self._loading: threading.Thread | None = None

    def __enter__(self) -> _LazyExporter:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def prepare(self) -> None:
        """Load nbgrader beside whatever else is going on: it takes seconds."""
        self._loading = threading.Thread(target=import_module, args=("nbgrader.api",), daemon=True)
        self._loading.start()

    def terms(self, submission: Submission) -> str:
        """What decides a submission's late penalty but its score: a due date may change after the grading."""
        try:
            moment = submission_time(submission.folder)
        except BadInput:  # it was rejected for that
            moment = None
        return self._lateness.terms(submission.student, moment)

    def export(self, result: SubmissionResult, submission: Submission) -> None:
        """Put a result into the gradebook."""
        if self._exporter is None:
            if self._loading:
                # nbgrader's modules import each other in circles: two threads at it would each see halves
                self._loading.join()
            from autograder.classroom.gradebook import Exporter

            clear_leftovers(self._course)
            self._exporter = self._stack.enter_context(Exporter(self._course, self._lab))
        # a rejected submission's timestamp may be what it was rejected for
        moment = submission_time(submission.folder) if result.verdict == "graded" else None
        self._exporter.export(result, moment, submission.folder)


def with_short_limits(limits: Limits) -> Limits:
    """For submissions that are known to hang: the same, but sooner."""
    return replace(limits, cell_cpu_s=1.0, cell_wall_s=4.0, notebook_cpu_s=10.0, notebook_wall_s=30.0)
