"""Jobs to workers and back: whichever workers they are, the results are the same, and none is lost."""

from __future__ import annotations

import copy
import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path

import pytest
from nbformat import NotebookNode

from autograder.build import lab_notebook, solution_notebook
from autograder.errors import BadInput
from autograder.grading import pool, worker
from autograder.grading.rebuild import rebuild
from autograder.grading.worker import Done, Job
from autograder.labs import load_spec
from autograder.model import SandboxLevel


def solved(lab: str, replacement: tuple[str, str] = ("", "")) -> NotebookNode:
    notebook = copy.deepcopy(solution_notebook(lab))
    for cell in notebook.cells:
        cell.source = cell.source.replace(*replacement) if replacement[0] else cell.source
    return rebuild(lab, lab_notebook(lab), notebook).notebook


def job(lab: str, student: str, replacement: tuple[str, str] = ("", "")) -> Job:
    return Job(
        lab=lab,
        student=student,
        notebook=json.dumps(solved(lab, replacement)),
        files={},
        secret=b"secret",
        limits=load_spec(lab).limits,
        sandbox=SandboxLevel.NONE,
    )


def jobs(lab: str) -> Iterator[Job]:
    for number in range(3):
        yield job(lab, f"right{number}")
    yield job(lab, "wrong", ("1.0 / (1.0 + np.exp(-product))", "np.tanh(product)"))


def outcomes(done: list[tuple[Job, Done | None]]) -> dict[str, tuple[float | None, list[str | None]]]:
    return {
        job.student: (item.result.score, [check.misconception for check in item.result.checks])
        for job, item in done
        if item is not None
    }


EXPECTED = {
    **{f"right{number}": (8.0, [None] * 3) for number in range(3)},
    "wrong": (4.0, ["gate-tanh", None, "gate-tanh"]),
}


@pytest.mark.sandbox
def test_when_jobs_run_here_or_in_processes_the_results_are_the_same(tiny: str) -> None:
    here = list(pool.run_jobs(jobs(tiny), pool.Here, 1))
    worker.close()
    assert outcomes(here) == EXPECTED
    assert outcomes(list(pool.run_jobs(jobs(tiny), pool.local(2), 2))) == EXPECTED


@pytest.mark.slow
@pytest.mark.sandbox
def test_when_a_dask_cluster_grades_the_results_are_the_same(tiny: str) -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None) as cluster:
        make = pool.cluster(cluster.scheduler_address, gpu=False)
        assert outcomes(list(pool.run_jobs(jobs(tiny), make, 2))) == EXPECTED


@pytest.mark.slow
def test_when_there_is_no_scheduler_one_line_says_so() -> None:
    with pytest.raises(BadInput, match="--scheduler should be a Dask scheduler's address"):
        pool.cluster("tcp://127.0.0.1:9", gpu=False)


@pytest.mark.sandbox
def test_when_a_worker_is_killed_its_jobs_are_done_by_another(tiny: str, tmp_path: Path) -> None:
    """The first time that a worker takes the job it dies; the second time, alone, it does the job."""
    made: list[Executor] = []

    def make() -> Executor:
        executor = pool.local(1)()
        if not made:
            executor.submit(os.kill, executor.submit(os.getpid).result(), signal.SIGKILL)
        made.append(executor)
        return executor

    done = list(pool.run_jobs(jobs(tiny), make, 1))
    assert outcomes(done) == EXPECTED
    assert len(made) > 1
