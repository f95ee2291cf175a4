"""`unrolled verify`: the truth's own proof, and the grader's word on the solution and the untouched lab."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from queue import Queue
from typing import Any

from nbformat import NotebookNode

from autograder.build import lab_notebook
from autograder.grading import pool, worker
from autograder.grading.rebuild import rebuild
from autograder.grading.results import SubmissionResult
from autograder.grading.worker import Job
from autograder.model import Verdict
from autograder.sandbox import ladder
from autograder.truth.reference import Truth, load_truth
from autograder.truth.verify import SECRET, Verified, verify_truth

Advance = Callable[[float], None]
# How often the progress of the other processes is looked at.
LOOK_S = 0.2


def verify_labs(
    names: Sequence[str], workers: int, advance: Advance = lambda share: None
) -> Iterator[Verified]:
    """Verify several labs at once, a process each; they come in the order of their names.

    `advance` is told each further share of a lab that is done, so all of it adds up to the number of labs.
    """
    with multiprocessing.Manager() as manager:
        shares: Queue[float] = manager.Queue()
        executor = pool.local(min(workers, len(names)))()
        try:
            out = [executor.submit(_verify_there, name, shares) for name in names]
            for future in out:
                _follow(future, shares, advance)
                yield future.result()
        except BaseException:
            for process in multiprocessing.active_children():
                process.kill()
            raise
        finally:
            executor.shutdown(wait=False, cancel_futures=True)


def _verify_there(name: str, shares: Queue[float]) -> Verified:
    return verify_lab(name, shares.put)


def _follow(future: Future[Any], shares: Queue[float], advance: Advance) -> None:
    while not future.done() or not shares.empty():
        wait([future], timeout=LOOK_S)
        while not shares.empty():
            advance(shares.get())


def verify_lab(name: str, advance: Advance = lambda share: None) -> Verified:
    """Verify a lab, its solution and its untouched self graded as a class would be."""
    truth = load_truth(name)
    try:
        return verify_truth(truth, _scores, advance)
    finally:
        worker.close()


def _scores(truth: Truth) -> tuple[float, float, list[str]]:
    solution = _grade(truth, truth.solution)
    untouched = _grade(truth, lab_notebook(truth.spec.name))
    problems = [
        f"the solution fails {check.id}: {check.message}" for check in solution.checks if not check.score
    ]
    problems += [
        f"the untouched lab gets {check.verdict} in {check.id}, and should get missing"
        for check in untouched.checks
        if check.verdict != Verdict.MISSING
    ]
    return solution.score or 0.0, untouched.score or 0.0, problems


def _grade(truth: Truth, submission: NotebookNode) -> SubmissionResult:
    name = truth.spec.name
    rebuilt = rebuild(name, lab_notebook(name), submission)
    job = Job(
        lab=name,
        student="verify",
        notebook=json.dumps(rebuilt.notebook),
        files={},
        secret=SECRET,
        limits=truth.spec.limits,
        sandbox=ladder.probe(),
    )
    return worker.grade(job).result
