"""`unrolled grade`: a class from a folder of submissions to the ledger and the gradebook.

The coordinator reads and rebuilds (cheap), asks the ledger, hands the rest to workers, and is the only writer.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nbformat import NotebookNode

from autograder import __version__
from autograder.build import solution_notebook
from autograder.errors import BadInput, SourceError
from autograder.grading import pool
from autograder.grading.flags import fingerprint
from autograder.grading.ledger import HandedIn, Ledger, Stamp, key_of
from autograder.grading.rebuild import Rejected, read_submission, rebuild
from autograder.grading.results import ClassResult, SubmissionResult
from autograder.grading.submissions import Submission, attached_files, check_student, read_notebook
from autograder.grading.worker import Job, crashed
from autograder.labs import lab_folder, read_lab, spec_of
from autograder.model import LabSpec, Limits, SandboxLevel
from autograder.places import solutions_dir

LEDGER = "ledger.db"
MOST_NAMED = 10  # so many students are named in a flag of who has the same code
SLOW = (
    "slower than usual, with the same results: what the lab imports does not survive a fork here, so every "
    "submission had a fresh interpreter; the next grading tries again"
)
# Of this package, what no verdict depends on: to change it grades nobody again. Tests hold it against what
# the worker and the runner import.
BYSTANDERS = frozenset(
    {
        "build",
        "classroom",
        "cli.py",
        "demo",
        "doctor.py",
        "grading/verification.py",
        "report",
        "student/check_file.py",
        "student/jupyterlab.py",
        "student/run_notebook.py",
        "student/workspace.py",
        "truth/verify.py",
    }
)


@dataclass(frozen=True)
class Order:
    """What to grade, and how."""

    lab: str
    course: Path
    secret: bytes
    sandbox: SandboxLevel
    limits: Limits
    device: str = "cpu"
    explore: bool = False


@dataclass(frozen=True)
class Ticket:
    """A submission that was read: a job for the workers, or a result that stands already.

    `flags` say what was odd about the file as it came, which `notebook`, rebuilt from it, no longer shows.
    """

    lab: str
    submission: Submission
    key: str
    flags: tuple[str, ...] = ()
    notebook: NotebookNode | None = None
    job: Job | None = None
    result: SubmissionResult | None = None


Notify = Callable[[SubmissionResult], None]
Terms = Callable[[Submission], str]
Export = Callable[[SubmissionResult, Submission], None]


class Master:
    """What every submission of a lab is held against, read once."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.notebook: NotebookNode = read_lab(order.lab)
        self.spec: LabSpec = spec_of(order.lab, self.notebook)
        self.version = lab_version(order.lab)

    def require_built(self) -> None:
        """Before anything is run: the lab has to be its solution's.

        Raises:
            SourceError: it says something else of itself.
        """
        lab = self.order.lab
        if spec_of(lab, solution_notebook(lab)) != self.spec:
            raise SourceError(f"labs/{lab} is not what its solution generates; run: unrolled build")

    def ticket(self, submission: Submission) -> Ticket:
        """Read and rebuild a submission. Never raises for what is in it."""
        try:
            check_student(submission)
            content, flags = read_notebook(submission, self.order.lab)
            rebuilt = rebuild(self.order.lab, self.notebook, read_submission(content, self.order.lab))
            files = attached_files(submission, self.spec)
        except (Rejected, OSError) as error:
            return self._rejected(submission, str(error))
        attached = [f"{name}:{hashlib.sha256(data).hexdigest()}" for name, data in sorted(files.items())]
        key = self._key(submission.student, rebuilt.digest, *attached)
        job = Job(
            lab=self.order.lab,
            student=submission.student,
            notebook=json.dumps(rebuilt.notebook),
            files=files,
            secret=self.order.secret,
            limits=self.order.limits,
            sandbox=self.order.sandbox,
            device=self.order.device,
            explore=self.order.explore,
        )
        return Ticket(self.order.lab, submission, key, (*flags, *rebuilt.flags), rebuilt.notebook, job=job)

    def _rejected(self, submission: Submission, why: str) -> Ticket:
        result = SubmissionResult(
            student=submission.student,
            score=None,
            max_score=self.spec.max_score,
            manual_points=self.spec.manual_points,
            verdict="rejected",
            message=why,
        )
        return Ticket(
            self.order.lab, submission, self._key(submission.student, "rejected", why), result=result
        )

    def _key(self, student: str, *parts: str) -> str:
        order = self.order
        return key_of(
            order.lab,
            student,
            self.version,
            grader_version(),
            environment(self.spec.preload),
            repr(order.limits),
            order.device,
            str(order.sandbox),
            str(order.explore),
            hashlib.sha256(order.secret).hexdigest(),
            *parts,
        )


def grade_class(
    order: Order,
    submissions: list[Submission],
    make: pool.MakeExecutor,
    workers: int,
    *,
    export: Export | None,
    terms: Terms = lambda submission: "",
    again: frozenset[str] = frozenset(),
    begun: Callable[[], None] = lambda: None,
    notify: Notify = lambda result: None,
) -> ClassResult:
    """Grade these submissions, each result kept, and exported, the moment it is there.

    The caller holds the course's lock (`only_grader`). `export` is asked only for results that the gradebook
    does not have on today's `terms`, which say what else decides a submission's row, or is None where somebody
    else writes it; `begun` is called when the first worker has something to do; `notify` is told every result.

    Raises:
        BadInput: the course cannot be written.
    """
    master = Master(order)
    by_student = {submission.student: submission for submission in submissions}
    results: dict[str, SubmissionResult] = {}
    slow: set[str] = set()
    with Ledger(order.course / LEDGER) as ledger:
        ledger.stamp(order.lab, Stamp(str(order.sandbox), order.device))
        for result in _graded(master, ledger, submissions, make, workers, again, begun, slow):
            results[result.student] = result
            if export and result.verdict != "infra":
                submission = by_student[result.student]
                today = terms(submission)
                if not ledger.is_exported(order.lab, result.student, today):
                    export(result, submission)
                    ledger.mark_exported(order.lab, result.student, today)
            notify(result)
        graded = _flagged(ledger, order.lab, [results[name] for name in by_student])
    remarks = tuple(f"{SLOW} ({why})" for why in sorted(slow))
    return ClassResult(order.lab, str(order.sandbox), order.device, graded, remarks)


def _flagged(ledger: Ledger, lab: str, results: Sequence[SubmissionResult]) -> tuple[SubmissionResult, ...]:
    """The results with the flags of today: of the files as they came, and of who has the same code as whom."""
    handed_in, twins = ledger.handed_in(lab), ledger.same_code(lab)

    def flags(result: SubmissionResult) -> Iterator[str]:
        if result.student in handed_in:
            yield from handed_in[result.student].flags
        yield from result.flags
        if result.student in twins:
            yield _alike(result.student, twins[result.student])

    return tuple(replace(result, flags=tuple(flags(result))) for result in results)


def _alike(student: str, group: Sequence[str]) -> str:
    """A flag that names the first of the others; a class that copied from one place would name itself n² times."""
    others = itertools.islice((name for name in group if name != student), MOST_NAMED)
    more = len(group) - 1 - MOST_NAMED
    return f"code alike with {', '.join(others)}{f' and {more} more' if more > 0 else ''}"


def _graded(
    master: Master,
    ledger: Ledger,
    submissions: list[Submission],
    make: pool.MakeExecutor,
    workers: int,
    again: frozenset[str],
    begun: Callable[[], None],
    slow: set[str],
) -> Iterator[SubmissionResult]:
    """The results as they come; `slow` takes in why, where a worker could not fork."""
    tickets: dict[str, Ticket] = {}
    settled: list[SubmissionResult] = []
    doubtful: list[Job] = []

    def jobs() -> Iterator[Job]:
        for submission in submissions:
            ticket = tickets[submission.student] = master.ticket(submission)
            _note(master, ledger, ticket)
            known = _known(ledger, ticket, again)
            if known is not None:
                settled.append(known)
            elif ticket.job is not None:
                yield ticket.job

    for job, done in pool.run_jobs(_around_first(jobs(), master.require_built, begun), make, workers):
        yield from settled
        settled.clear()
        slow |= {done.slow} - {""} if done is not None else set()
        if done is None or done.doubtful:
            doubtful.append(job)
        else:
            yield _keep(ledger, tickets[job.student], done.result)
    yield from settled
    # Timeouts, memory and our own faults are looked at once more, alone, before they stand.
    for job, done in pool.run_jobs((replace(job, fresh=True) for job in doubtful), make, 1):
        result = (
            done.result
            if done is not None
            else crashed(job, master.spec, "it took the grader's process along, twice")
        )
        yield _keep(ledger, tickets[job.student], result)


def _around_first(
    jobs: Iterator[Job], before: Callable[[], None], after: Callable[[], None]
) -> Iterator[Job]:
    """The same jobs, with something done before the first is taken, and after it was handed to a worker."""
    for count, job in enumerate(jobs):
        if count == 0:
            before()
        yield job
        if count == 0:
            after()


def _note(master: Master, ledger: Ledger, ticket: Ticket) -> None:
    """Into the ledger: what was handed in, which may change without the grading's changing, and without a trace."""
    lab, student = ticket.lab, ticket.submission.student
    known = ledger.handed_in(lab, student).get(student)
    if known is not None and known.key == ticket.key:
        code = known.code
    else:
        code = fingerprint(ticket.notebook, master.notebook) if ticket.notebook else ""
    now = HandedIn(ticket.key, ticket.flags, code)
    if now != known:
        ledger.note_handed_in(lab, student, now)


def _known(ledger: Ledger, ticket: Ticket, again: frozenset[str]) -> SubmissionResult | None:
    """What the ledger has for this very submission, or what is plain without running it."""
    student, lab = ticket.submission.student, ticket.lab
    known = None if student in again else ledger.find(ticket.key)
    if known is not None:
        ledger.make_current(lab, student, ticket.key)
        return known
    if ticket.result is not None:
        ledger.record(lab, ticket.key, ticket.result)
    return ticket.result


def _keep(ledger: Ledger, ticket: Ticket, result: SubmissionResult) -> SubmissionResult:
    """Into the ledger; a fault of ours is no result, and is tried again the next time."""
    if result.verdict != "infra":
        ledger.record(ticket.lab, ticket.key, result)
    return result


def class_result(course: Path, lab: str) -> ClassResult:
    """The class as the ledger knows it.

    Raises:
        BadInput: this lab has not been graded in this course.
    """
    if not (course / LEDGER).is_file():
        raise BadInput(
            f"{course} has no {LEDGER}: nothing was graded into it yet; run `unrolled grade` first"
        )
    with Ledger(course / LEDGER) as ledger:
        stamp = ledger.labs().get(lab)
        if stamp is None:
            graded = ", ".join(ledger.labs()) or "none"
            raise BadInput(f"{course} holds no graded {lab}; graded there: {graded}")
        return ClassResult(lab, stamp.sandbox, stamp.device, _flagged(ledger, lab, ledger.results(lab)))


@cache
def lab_version(lab: str) -> str:
    """A digest of all that decides a lab's results: the lab, its solution, probes and misconceptions."""
    files = sorted([*lab_folder(lab).glob("*"), *(solutions_dir() / lab).glob("*.py")])
    return _digest(files)


@cache
def grader_version() -> str:
    """This package's version and a digest of that part of its code which decides a verdict."""
    return f"{__version__}-{_digest(deciding_files())}"


def deciding_files() -> list[Path]:
    """The package's files but for the bystanders."""
    package = Path(__file__).parents[1]
    parts = {file: file.relative_to(package) for file in sorted(package.rglob("*.py"))}
    return [
        file
        for file, path in parts.items()
        if not BYSTANDERS & {str(path), *(str(parent) for parent in path.parents)}
    ]


@cache
def environment(preload: tuple[str, ...]) -> str:
    """The versions that could change a result."""
    return " ".join(
        [platform.python_version(), platform.machine(), *map(_version, ("numpy", "ipython", *preload))]
    )


def _version(name: str) -> str:
    try:
        return f"{name}=={version(name)}"
    except PackageNotFoundError:
        return f"{name}: none"


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]
