"""What a worker does with a job: rebuilt notebook in, result out. Trusted: it holds solutions and the secret.

A worker keeps a lab's truth and a zygote between jobs; the student's code runs in the zygote's children only.
"""

from __future__ import annotations

import contextlib
import json
import threading
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder import notebooks
from autograder.errors import GraderFault, UnrolledError
from autograder.grading.checker import Checked, check_notebook, run_for_show
from autograder.grading.flags import flags_of
from autograder.grading.results import CheckResult, SubmissionResult
from autograder.labs import lab_folder, load_spec
from autograder.model import Diagnosis, LabSpec, Limits, SandboxLevel, Verdict
from autograder.places import PROBES, solutions_dir
from autograder.probes_file import load
from autograder.running.session import RunnerEnded, Session
from autograder.running.zygote import Zygote
from autograder.student.messages import summary
from autograder.truth.cases import remember_changing
from autograder.truth.reference import Truth, load_truth

Outputs = Mapping[str, tuple[dict[str, Any], ...]]
_Kind = tuple[tuple[str, ...], SandboxLevel, str]  # of a zygote: what it imports, its sandbox, its device


@dataclass(frozen=True)
class Job:
    """One submission to grade: the rebuilt notebook, the attached files, and under what it runs."""

    lab: str
    student: str
    notebook: str
    files: dict[str, bytes]
    secret: bytes
    limits: Limits
    sandbox: SandboxLevel
    device: str = "cpu"
    explore: bool = False
    fresh: bool = False


@dataclass(frozen=True)
class Done:
    """A job's result; `doubtful` asks for a second run, alone, before it stands; `slow` says why forking was unsafe."""

    result: SubmissionResult
    doubtful: bool = False
    slow: str = ""


class _Worker(threading.local):
    """What a worker keeps between jobs; one for each thread, since a cluster's workers may have several."""

    def __init__(self) -> None:
        self.truths: dict[str, Truth] = {}
        self.zygotes: dict[_Kind, Zygote] = {}


_worker = _Worker()


def grade(job: Job) -> Done:
    """Grade one submission. Never raises for anything that the student did."""
    _begin_zygote(job)
    truth = _truth(job.lab)
    try:
        return _grade(job, truth)
    except (GraderFault, OSError) as fault:
        if job.fresh and _healthy(job, truth):
            return Done(crashed(job, truth.spec, "it took the grader's sandbox along, twice"))
        return Done(_infra(job, truth, str(fault)), doubtful=True)
    except Exception as fault:  # a mistake of ours must cost neither this student nor the rest of the class
        where = traceback.extract_tb(fault.__traceback__)[-1]
        told = f"{type(fault).__name__}: {fault} ({Path(where.filename).name}, line {where.lineno})"
        return Done(_infra(job, truth, told), doubtful=True)


def _grade(job: Job, truth: Truth) -> Done:
    notebook = nbformat.from_dict(json.loads(job.notebook))
    with _zygote(job, truth) as zygote:

        def open_session(limits: Limits) -> Session:
            session = zygote.session(files=job.files, limits=limits)
            if not job.fresh:
                zygote.prepare(job.limits)
            return session

        checked = check_notebook(truth, notebook, open_session, job.limits, job.secret, job.student)
        shown = run_for_show(notebook, open_session, job.limits) if job.explore else checked.outputs
    flags = tuple(flags_of(truth.spec, notebook, truth.solution))
    result = _result(job, truth, notebook, replace(checked, outputs=shown), flags)
    return Done(result, doubtful=checked.doubtful, slow=zygote.slow)


def close() -> None:
    """End this worker's zygotes."""
    for zygote in _worker.zygotes.values():
        zygote.stop()
    _worker.zygotes.clear()


def _truth(lab: str) -> Truth:
    if lab not in _worker.truths:
        truth = load_truth(lab)
        remember_changing(truth, load(lab_folder(lab) / PROBES))
        _worker.truths[lab] = truth
    return _worker.truths[lab]


def _begin_zygote(job: Job) -> None:
    """Before a lab's first job: its zygote and its truth import the same libraries, for seconds, side by side."""
    if job.lab in _worker.truths:
        return
    with contextlib.suppress(UnrolledError, OSError):  # who needs the zygote meets the fault again, and tells
        kind = _kind_of(job, load_spec(job.lab))
        if kind not in _worker.zygotes:
            _worker.zygotes[kind] = _begin(kind)


@contextlib.contextmanager
def _zygote(job: Job, truth: Truth) -> Iterator[Zygote]:
    """This worker's zygote for such jobs; a new one after a fault, or when the job asks for it."""
    key = _kind_of(job, truth.spec)
    known = _worker.zygotes.get(key)
    if known is not None and (job.fresh or known.worth_another_try):
        _worker.zygotes.pop(key).stop()
    if key not in _worker.zygotes:
        _worker.zygotes[key] = _begin(key)
    try:
        _worker.zygotes[key].wait_ready()
        yield _worker.zygotes[key]
    except (GraderFault, OSError):
        with contextlib.suppress(Exception):
            _worker.zygotes.pop(key).stop()
        raise


def _kind_of(job: Job, spec: LabSpec) -> _Kind:
    # explore cells draw; imported once here, Matplotlib's list of fonts is made once and not per submission
    preload = (*spec.preload, *(["matplotlib.pyplot"] if job.explore else []))
    return preload, job.sandbox, job.device


def _begin(kind: _Kind) -> Zygote:
    preload, level, device = kind
    return Zygote.start(
        preload=preload,
        level=level,
        device=device,
        trusted=level is SandboxLevel.NONE,
        hidden=[solutions_dir()],
        wait=False,
    )


def _healthy(job: Job, truth: Truth) -> bool:
    """Whether a fresh sandbox works for a cell of our own: then it was the submission that broke the last one."""
    try:
        with _zygote(job, truth) as zygote:
            session = zygote.session(limits=job.limits)
            try:
                return session.run_cell("canary", "print(6 * 7)").failure is None
            finally:
                session.close()
    except (GraderFault, RunnerEnded, OSError):
        return False


def crashed(job: Job, spec: LabSpec, why: str) -> SubmissionResult:
    """The result of a submission that breaks what it runs in: nothing earned, and it says so."""
    checks = tuple(
        CheckResult(
            check.id, check.points, 0.0, str(Verdict.CRASHED), 0, 0, None, f"The process died: {why}."
        )
        for check in spec.checks
    )
    notebook = nbformat.from_dict(json.loads(job.notebook))
    _write_outputs(notebook, {}, {check.id: check for check in checks})
    return SubmissionResult(
        student=job.student,
        score=0.0,
        max_score=spec.max_score,
        manual_points=spec.manual_points,
        verdict="graded",
        message=f"the submission was given up: {why}",
        checks=checks,
        notebook=json.dumps(notebook),
    )


def _infra(job: Job, truth: Truth, why: str) -> SubmissionResult:
    return SubmissionResult(
        student=job.student,
        score=None,
        max_score=truth.spec.max_score,
        manual_points=truth.spec.manual_points,
        verdict="infra",
        message=f"the grader failed, not the student: {why}",
    )


def _result(
    job: Job, truth: Truth, notebook: NotebookNode, checked: Checked, flags: tuple[str, ...]
) -> SubmissionResult:
    sentences = {check.id: check.sentence for check in truth.spec.checks}
    sources = {cell["id"]: cell.source for cell in notebook.cells}
    checks = []
    for spec in truth.spec.checks:
        found = checked.diagnoses[spec.id]
        lines = summary(spec, found, needs=sentences, hidden=True, sources=sources)
        checks.append(_check_result(spec.id, spec.points, found, "\n".join(lines)))
    _write_outputs(notebook, checked.outputs, {check.id: check for check in checks})
    return SubmissionResult(
        student=job.student,
        score=sum(check.score for check in checks),
        max_score=truth.spec.max_score,
        manual_points=truth.spec.manual_points,
        verdict="graded",
        cpu_s=checked.usage.cpu_s,
        wall_s=checked.usage.wall_s,
        peak_mb=checked.usage.peak_mb,
        flags=flags,
        checks=tuple(checks),
        notebook=json.dumps(notebook),
    )


def _check_result(check_id: str, points: float, found: Diagnosis, message: str) -> CheckResult:
    return CheckResult(
        id=check_id,
        points=points,
        score=points if found.passed else 0.0,
        verdict=str(found.verdict),
        cases=found.cases,
        cases_passed=found.cases_passed,
        misconception=found.misconception,
        message=message,
    )


def _write_outputs(notebook: NotebookNode, outputs: Outputs, checks: dict[str, CheckResult]) -> None:
    """The outputs that nbgrader and feedback show: the student's own, and ours under each check."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        check = checks.get(notebooks.grade_id(cell)) if notebooks.is_check(cell) else None
        cell.outputs = [nbformat.from_dict(output) for output in outputs.get(cell["id"], ())]
        if check is not None:
            cell.outputs = [_output_of(check)]


def _output_of(check: CheckResult) -> NotebookNode:
    """nbgrader reads a score out of this: an error is 0, anything else the cell's points."""
    lines = check.message.splitlines() or [check.verdict]
    if check.verdict == Verdict.PASSED:
        return nbformat.v4.new_output("stream", name="stdout", text="\n".join(lines) + "\n")
    return nbformat.v4.new_output("error", ename=check.verdict, evalue=lines[0], traceback=lines)
