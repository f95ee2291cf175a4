"""Jobs to workers and results back: processes on this machine, or a Dask cluster's, through one kind of executor.

A worker that dies takes its pool along. Only the jobs that were out then are suspects: each is tried again alone.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.util import Finalize
from typing import Any

from autograder.errors import BadInput
from autograder.grading import worker
from autograder.grading.worker import Done, Job
from autograder.running.zygote import LIBRARIES

MakeExecutor = Callable[[], Executor]
# So many jobs are out per worker: one is running, one waits, so that a worker never does.
OUT_PER_WORKER = 2
PDEATHSIG = 1


def local(workers: int) -> MakeExecutor:
    """Worker processes on this machine."""

    def make() -> Executor:
        # a library reads these when it is loaded, which is before a worker's first line
        for name, value in LIBRARIES.items():
            os.environ.setdefault(name, value)
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(
            workers, mp_context=context, initializer=_start_worker, initargs=(os.getpid(),)
        )

    return make


def _start_worker(parent: int) -> None:
    """A worker ends with its coordinator, and leaves Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    # a worker's own atexit is never asked; the session that waits for the next job has a scratch folder
    Finalize(None, worker.close, exitpriority=10)


def cluster(address: str, *, gpu: bool) -> MakeExecutor:
    """The workers of a Dask cluster, which are trusted with the solutions; one job a GPU where GPUs are asked for.

    Raises:
        BadInput: there is no scheduler at this address, or dask.distributed is not installed.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise BadInput("--scheduler needs dask.distributed: pip install 'unrolled[grade]'") from error
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError, TimeoutError) as error:
        raise BadInput(
            f"--scheduler should be a Dask scheduler's address such as tls://host:8786; {address}: {error}"
        ) from error
    resources = {"GPU": 1} if gpu else {}

    def make() -> Executor:
        return _Cluster(client.get_executor(pure=False, retries=0, resources=resources))

    return make


def run_jobs(jobs: Iterable[Job], make: MakeExecutor, workers: int) -> Iterator[tuple[Job, Done | None]]:
    """Each job's result, as it comes, or None where its worker died twice over it.

    Jobs are taken from the iterable only as they are needed.
    """
    suspects: list[Job] = []
    todo = iter(jobs)
    while True:
        executor = make()
        out: dict[Future[Done], Job] = {}
        try:
            yield from _drain(todo, executor, workers, out, suspects)
            break
        except BrokenProcessPool:
            for future, job in out.items():
                if future.done() and future.exception() is None:  # it was done before the pool broke
                    yield job, future.result()
                else:
                    suspects.append(job)
        finally:
            executor.shutdown(wait=False, cancel_futures=True)
    for job in suspects:
        yield job, _alone(job, make)


def _drain(
    todo: Iterator[Job],
    executor: Executor,
    workers: int,
    out: dict[Future[Done], Job],
    suspects: list[Job],
) -> Iterator[tuple[Job, Done]]:
    while True:
        for job in todo:
            try:
                out[executor.submit(worker.grade, job)] = job
            except BrokenProcessPool:  # the pool broke before it took the job
                suspects.append(job)
                raise
            if len(out) >= workers * OUT_PER_WORKER:
                break
        if not out:
            return
        for future in wait(out, return_when=FIRST_COMPLETED).done:
            done = future.result()
            yield out.pop(future), done


def _alone(job: Job, make: MakeExecutor) -> Done | None:
    executor = make()
    try:
        return executor.submit(worker.grade, job).result()
    except BrokenProcessPool:
        return None
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


class _Cluster(Executor):
    """Dask's executor, which knows no `cancel_futures`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Send it to the cluster."""
        return self._executor.submit(function, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Forget what is still to come; the cluster itself goes on."""
        self._executor.shutdown(wait=wait and not cancel_futures)


class Here(Executor):
    """No pool: a job is done in this process, at once. For plain `nbgrader autograde`, and for tests."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call it now."""
        future: Future[Any] = Future()
        future.set_result(function(*args, **kwargs))
        return future
