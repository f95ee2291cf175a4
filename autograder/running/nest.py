"""The zygote itself: the process inside the sandbox that imports once and forks a runner per submission.

Started by `autograder.running.zygote`. It has one thread, computes
nothing, holds no secret, and never reads a submission: a job's socket goes straight to the child.
"""

from __future__ import annotations

import base64
import gc
import importlib
import json
import os
import select
import signal
import socket
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from autograder.model import Limits
from autograder.running import runner, wire
from autograder.running.shell import RunnerShell, make_shell
from autograder.sandbox import linux
from autograder.sandbox.lockdown import Cage, enter_namespaces, lock

MAX_MESSAGE = 256 << 10
_STDOUT, _STDERR, _LINE = 1, 2, 3


class UnsafeFork(Exception):
    """What was preloaded does not survive a fork."""


def tell(control: socket.socket, **message: Any) -> None:
    """One message to the trusted side."""
    control.send(json.dumps(message).encode())


def main(descriptor: int) -> None:
    """Get ready, say so, then fork on request until the line closes."""
    control = socket.socket(fileno=descriptor)
    order = json.loads(control.recv(MAX_MESSAGE))
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    if order["become"]:
        linux.become_nobody(order["become"])
        linux.drop_capabilities()
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of user clears it
    try:
        shell = _prepare(order["preload"])
        _canary()
    except BaseException as error:
        text = f"{type(error).__name__}: {error}"
        tell(control, op="failed", text=text, unsafe=isinstance(error, UnsafeFork))
        return
    tell(control, op="ready", data_bytes=_data_bytes())
    _serve(control, shell, order)


def _prepare(preload: list[str]) -> RunnerShell:
    shell = make_shell()
    for name in preload:
        importlib.import_module(name)
    _warm(shell)
    gc.collect()
    gc.freeze()  # or the children's first collection would copy every page
    tasks = os.listdir("/proc/self/task")
    if len(tasks) != 1:
        raise UnsafeFork(f"importing {', '.join(preload)} left {len(tasks)} threads; a fork is not safe")
    return shell


def _warm(shell: RunnerShell) -> None:
    """What IPython and NumPy import on first use, every child would import again: 25 ms each."""
    importlib.import_module("numpy.random")
    shell.compile.cell = "warm-up"
    shell.run_cell("pass", store_history=False)


def _canary() -> None:
    """A child that multiplies and starts a thread must end by itself, or no child is to be trusted."""
    child = os.fork()
    if child == 0:
        try:
            import threading

            import numpy as np

            thread = threading.Thread(target=lambda: np.ones((64, 64)) @ np.ones((64, 64)))
            thread.start()
            thread.join()
            os._exit(0)
        finally:
            os._exit(1)
    watch = os.pidfd_open(child)
    if not select.select([watch], [], [], 20.0)[0]:
        os.kill(child, signal.SIGKILL)
    os.close(watch)
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise UnsafeFork(f"a trial fork ended with status {status}")


def _data_bytes() -> int:
    """What RLIMIT_DATA already counts in this process, and so in every child."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) << 10
    return 0


def _serve(control: socket.socket, shell: RunnerShell, order: dict[str, Any]) -> None:
    children: dict[int, tuple[int, int]] = {}
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor != control.fileno():
                poll.unregister(descriptor)
                _bury(control, descriptor, *children.pop(descriptor))
                continue
            data, fds, _, _ = socket.recv_fds(control, MAX_MESSAGE, 8)
            if not data:
                return
            job = json.loads(data)
            child = _spawn(shell, order, job, fds)
            watch = os.pidfd_open(child)
            children[watch] = (job["job"], child)
            poll.register(watch, select.POLLIN)


def _bury(control: socket.socket, watch: int, job: int, child: int) -> None:
    os.close(watch)
    _, status, usage = os.wait4(child, 0)
    tell(control, op="exit", job=job, status=status, cpu_s=usage.ru_utime + usage.ru_stime)


def _spawn(shell: RunnerShell, order: dict[str, Any], job: dict[str, Any], fds: list[int]) -> int:
    child = os.fork()
    if child == 0:
        try:
            _guard(shell, _cage(order, job), fds)
        finally:
            os._exit(99)
    for descriptor in fds:
        os.close(descriptor)
    return child


def _cage(order: dict[str, Any], job: dict[str, Any]) -> Cage:
    limits = Limits(**job["limits"])
    return Cage(
        level=order["level"],
        limits=limits,
        scratch=job["scratch"],
        readable=tuple(order["readable"]),
        bpf=base64.b64decode(order["bpf"]),
        device=order["device"],
        data_bytes=_data_bytes() + (limits.memory_mb << 20) * 5 // 4,
    )


def _guard(shell: RunnerShell, cage: Cage, fds: list[int]) -> None:
    """Between the zygote and the runner: makes the namespaces, hands out a hold on the runner, waits."""
    _keep_only(fds)
    line = socket.socket(fileno=_LINE)
    os.setsid()
    try:
        if cage.level == "bwrap":
            enter_namespaces()
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    except OSError as error:
        _fault(line, error)
    gate, opener = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(opener)
        os.read(gate, 1)
        os.close(gate)
        _become_runner(shell, cage, line)
    os.close(gate)
    socket.send_fds(line, [b"!"], [os.pidfd_open(child)])
    line.close()
    os.close(_STDOUT)
    os.close(_STDERR)
    os.write(opener, b"!")
    os.close(opener)
    _wait(child)


def _wait(child: int) -> None:
    """Outlive the runner and whatever it has left behind, and end as it ended."""
    _, status = os.waitpid(child, 0)
    _reap_strays()
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def _reap_strays() -> None:
    """Without a pid namespace orphans come to this process, the subreaper: end them."""
    for _ in range(1000):
        listing = Path(f"/proc/self/task/{os.getpid()}/children")
        try:
            strays = [int(word) for word in listing.read_text().split()]
        except OSError:
            return
        for stray in strays:
            os.kill(stray, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _keep_only(fds: list[int]) -> None:
    """Descriptors 0 to 3 are null, stdout, stderr and the job's line; every other one is closed."""
    line, out, err = fds
    high = [os.dup(item) for item in (os.open("/dev/null", os.O_RDONLY), out, err, line)]
    high = [_above(item, 16) for item in high]
    for place, item in enumerate(high):
        os.dup2(item, place)
    os.closerange(_LINE + 1, os.sysconf("SC_OPEN_MAX"))


def _above(descriptor: int, lowest: int) -> int:
    import fcntl

    return fcntl.fcntl(descriptor, fcntl.F_DUPFD, lowest)


def _become_runner(shell: RunnerShell, cage: Cage, line: socket.socket) -> None:
    try:
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        lock(cage)
        _home(cage.scratch)
    except BaseException as error:
        _fault(line, error)
    line.sendall(wire.encode(wire.Frame({"ready": True})))
    runner.run(shell, line)


def _home(scratch: str) -> None:
    work = Path(scratch, "work")
    work.mkdir()
    os.chdir(work)
    tempfile.tempdir = None  # an import may have asked already
    cache = f"{scratch}/.cache"
    os.environ.update(
        HOME=str(work), TMPDIR=scratch, XDG_CACHE_HOME=cache, MPLCONFIGDIR=f"{cache}/matplotlib"
    )


def _fault(line: socket.socket, error: BaseException) -> None:
    """The lock did not close: say so, and end before a student's code is read."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    text = f"{type(error).__name__}: {error} ({where.name}, line {where.lineno})"
    line.sendall(wire.encode(wire.Frame({"ready": False, "fault": text})))
    time.sleep(0.01)
    os._exit(98)
