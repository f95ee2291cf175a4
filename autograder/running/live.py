"""A session with a sandboxed runner: sends requests, watches what they cost, and decides when it is over."""

from __future__ import annotations

import base64
import fcntl
import os
import select
import signal
import socket
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.errors import GraderFault
from autograder.model import Array, Limits, Reply, SandboxLevel, Verdict
from autograder.running import watch, wire
from autograder.running.session import CellResult, RunnerEnded, Usage
from autograder.sandbox import cgroup
from autograder.trees import pack

if TYPE_CHECKING:
    from autograder.running.zygote import Zygote

BEGIN_S = 60.0
GRACE_S = 0.5
_TICK_MS = 20
_FOLDER_EVERY_S = 0.5


class LiveSession:
    """Implements `autograder.running.session.Session`; also a context manager that closes itself."""

    def __init__(self, zygote: Zygote, job: int, limits: Limits) -> None:
        self._zygote = zygote
        self._job = job
        self._limits = limits
        self._born = time.monotonic()
        self._wall = 0.0
        self._line: socket.socket | None = None
        self._streams: list[int] = []
        self._read = [0, 0]
        self._scratch: Path | None = None
        self._pidfd = -1
        self._pid = 0
        self._inbox = wire.Inbox()
        self._group: cgroup.Group | None = None
        self._base = watch.Sample()
        self._peak = 0
        self._folder_seen = 0.0
        self._ended: RunnerEnded | None = None
        self._usage: Usage | None = None

    @property
    def pid(self) -> int:
        """The runner's process number on the trusted side."""
        return self._pid

    def __enter__(self) -> LiveSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def limits(self) -> Limits:
        """What its process may use."""
        return self._limits

    def order(self) -> None:
        """Ask the zygote for the child, and do not wait for it. `Zygote` calls this.

        Raises:
            GraderFault: the zygote is gone.
        """
        self._line, theirs = socket.socketpair()
        self._streams = [_stream("stdout"), _stream("stderr")]
        if self._zygote.level is not SandboxLevel.BWRAP:
            self._scratch = Path(tempfile.mkdtemp(prefix="unrolled-"))
        scratch = str(self._scratch or "/tmp")
        try:
            self._zygote.spawn(self._job, self._limits, scratch, [theirs.fileno(), *self._streams])
        finally:
            theirs.close()

    def begin(self, files: Mapping[str, bytes], seed: int) -> None:
        """Take hold of the child that was ordered, locked by then, and lay out its files. `Zygote.session` calls this.

        Raises:
            GraderFault: the zygote is gone or the lock did not close.
        """
        self._take_hold()
        self._born = time.monotonic()
        arrays = {str(k): np.frombuffer(data, np.uint8) for k, data in enumerate(files.values())}
        self._ask({"op": "start", "files": list(files), "seed": seed}, arrays)

    def run_cell(self, cell_id: str, source: str) -> CellResult:
        """Run a cell of the student's. `cell_id` names it in failures.

        Raises:
            RunnerEnded: the process has ended or is no longer to be believed.
        """
        answer = self._ask({"op": "cell", "cell": cell_id}, _source(source))
        return CellResult(self._outputs(answer), answer.failure)

    def register_check(self, cell_id: str, source: str) -> CellResult:
        """Run a check's locked cell with `lab` bound afresh.

        Raises:
            RunnerEnded: the process has ended or is no longer to be believed.
        """
        answer = self._ask({"op": "register", "cell": cell_id}, _source(source))
        return CellResult(self._outputs(answer), answer.failure)

    def call_check(self, name: str, inputs: Mapping[str, Any]) -> Reply:
        """Call a registered check once; what it prints is thrown away.

        Raises:
            RunnerEnded: the process has ended or is no longer to be believed.
        """
        structure, arrays = pack(dict(inputs))
        answer = self._ask({"op": "call", "name": name, "inputs": structure}, arrays)
        self._read = self._sizes()
        if answer.failure is None and answer.leaves is None:
            raise self._end(Verdict.PROTOCOL, "the answer to a check held neither values nor an error")
        return Reply(answer.leaves, answer.failure, answer.changed)

    def close(self) -> Usage:
        """End the process, its descendants and its scratch folder. Never raises."""
        if self._usage is not None:
            return self._usage
        self.kill()
        if self._line is not None:
            self._line.close()
        ended = self._zygote.wait_exit(self._job) if self._pidfd >= 0 else None
        for descriptor in (*self._streams, self._pidfd):
            if descriptor >= 0:
                os.close(descriptor)
        self._streams, self._pidfd = [], -1
        if self._group is not None:
            self._peak = max(self._peak, self._group.peak)  # of what came and went between two looks, too
            self._group.remove()
        if self._scratch is not None:
            from autograder.sandbox.lockdown import clean

            clean(self._scratch)
        self._usage = Usage(ended.cpu_s if ended else 0.0, self._wall, self._peak / 1e6)
        return self._usage

    def kill(self) -> None:
        """End the process, and do not wait until it is gone: that takes as long as a large process has memory."""
        if self._wall:
            return
        self._wall = time.monotonic() - self._born
        if self._pid:
            self._sample()
        self._kill()
        self._ended = self._ended or RunnerEnded(Verdict.CRASHED, "the session is closed")

    def _take_hold(self) -> None:
        """The pidfd comes from the process above the runner, before the runner has done anything."""
        assert self._line is not None
        self._line.settimeout(BEGIN_S)
        try:
            data, fds, _, _ = socket.recv_fds(self._line, 1, 1)
            if data == b"!" and fds:
                self._pidfd = fds[0]
            else:
                self._inbox.feed(data)
            while (frame := self._inbox.take()) is None:
                data = self._line.recv(1 << 16)
                if not data:
                    raise GraderFault("a runner ended before it was ready")
                self._inbox.feed(data)
        except (OSError, wire.ProtocolError) as error:
            raise GraderFault(f"a runner did not get ready: {error}") from None
        if frame.header.get("ready") is not True:
            raise GraderFault(f"a runner could not be locked down: {frame.header.get('fault')}")
        self._line.setblocking(False)
        self._pid = watch.outer_pid(self._pidfd)
        self._base = watch.sample(self._pid)
        self._group = cgroup.hold(self._pid, self._limits, self._base.memory)

    def _ask(self, header: dict[str, Any], arrays: Mapping[str, Array] | None = None) -> wire.Answer:
        """One request and its reply, under the limits."""
        if self._ended is not None:
            raise self._ended
        self._expect_silence()
        number = int.from_bytes(os.urandom(6), "little")  # not to be guessed, so no reply can lie ready
        try:
            message = wire.encode(wire.Frame({"n": number, **header}, arrays or {}))
        except wire.ProtocolError as error:  # a cell of many megabytes: the file was made so
            raise self._end(Verdict.MEMORY, f"it is too large to be run: {error}") from None
        try:
            answer = wire.parse_answer(self._exchange(message), number)
        except wire.ProtocolError as error:
            text = f"the process sent something other than its answer: {error}"
            raise self._end(Verdict.PROTOCOL, text) from None
        self._check_limits(self._sample())
        if answer.failure is not None and answer.failure.kind == "MemoryError":
            raise self._end(Verdict.MEMORY, self._memory_text())
        return answer

    def _exchange(self, message: bytes) -> wire.Frame:
        assert self._line is not None
        clock = _Clock(self._sample().cpu_s, time.monotonic())
        unsent = memoryview(message)
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        while True:
            unsent = self._push(unsent)
            poll.register(self._line, select.POLLIN | (select.POLLOUT if unsent else 0))
            events = poll.poll(_TICK_MS)
            open_ = self._pull()
            frame = self._inbox.take()
            if frame is not None:
                if clock.interrupted:
                    raise self._late(frame, clock)
                return frame
            if not open_ or any(descriptor == self._pidfd for descriptor, _ in events):
                raise self._gone(clock)
            # One look for both, so that a grader that was kept waiting takes no hoard for a loop.
            now = self._sample()
            self._check_limits(now)
            self._check_time(clock, now.cpu_s)

    def _push(self, unsent: memoryview) -> memoryview:
        assert self._line is not None
        if not unsent:
            return unsent
        try:
            return unsent[self._line.send(unsent) :]
        except BlockingIOError:
            return unsent
        except OSError:  # closed at the other end: reading will say so
            return unsent[:0]

    def _pull(self) -> bool:
        """Take in what has come; False once the other end is closed."""
        assert self._line is not None
        try:
            data = self._line.recv(1 << 20)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._inbox.feed(data)
        return bool(data)

    def _expect_silence(self) -> None:
        """Between a reply and the next request nothing may come."""
        self._pull()
        if len(self._inbox):
            raise self._end(Verdict.PROTOCOL, "the process spoke without being asked")

    def _sample(self) -> watch.Sample:
        now = watch.sample(self._pid)
        self._peak = max(self._peak, now.memory - self._base.memory)
        return now

    def _check_limits(self, now: watch.Sample) -> None:
        limits = self._limits
        if now.memory - self._base.memory > limits.memory_mb << 20:
            raise self._end(Verdict.MEMORY, self._memory_text())
        if sum(self._sizes()) > limits.output_kb << 10:
            raise self._end(Verdict.OUTPUT, f"it printed more than the {limits.output_kb} kB that are kept")
        if now.threads > limits.processes:
            raise self._end(
                Verdict.CRASHED, f"it started more than the {limits.processes} threads that it may"
            )
        if self._scratch is not None and time.monotonic() - self._folder_seen > _FOLDER_EVERY_S:
            self._folder_seen = time.monotonic()
            size, entries = watch.folder_size(self._scratch)
            if size > limits.file_mb << 20 or entries > limits.files:
                raise self._end(
                    Verdict.CRASHED, f"it wrote more than {limits.file_mb} MB or {limits.files} files"
                )

    def _check_time(self, clock: _Clock, cpu: float) -> None:
        limits, now = self._limits, time.monotonic()
        if clock.interrupted:
            if now > clock.interrupted + GRACE_S:
                raise self._end(Verdict.TIMEOUT, clock.text)
            return
        over = (
            (cpu - clock.cpu_s > limits.cell_cpu_s, f"{limits.cell_cpu_s:g} s of computing for one cell"),
            (now - clock.wall > limits.cell_wall_s, f"{limits.cell_wall_s:g} s for one cell"),
            (cpu > limits.notebook_cpu_s, f"{limits.notebook_cpu_s:g} s of computing for the notebook"),
            (now - self._born > limits.notebook_wall_s, f"{limits.notebook_wall_s:g} s for the notebook"),
        )
        for broken, text in over:
            if broken:
                clock.interrupted = now
                clock.text = f"it was stopped after the {text} that it may take"
                self._signal(signal.SIGINT)
                return

    def _late(self, frame: wire.Frame, clock: _Clock) -> RunnerEnded:
        """It stopped when it was interrupted: the failure says at which line."""
        text = clock.text
        failure = frame.header.get("failure")
        line = failure.get("line") if isinstance(failure, dict) else None
        source = failure.get("source") if isinstance(failure, dict) else None
        if isinstance(line, int) and isinstance(source, str) and source:
            text += f", in line {line}: {wire.printable(source[:200])}"
        return self._end(Verdict.TIMEOUT, text)

    def _gone(self, clock: _Clock) -> RunnerEnded:
        """The line is closed or the process dead: which, and how."""
        dead = bool(select.select([self._pidfd], [], [], 0.3)[0])
        if not self._zygote.alive:
            self._ended = RunnerEnded(Verdict.INFRA, "the zygote is gone")
            raise GraderFault("the zygote ended while a session was running")
        if clock.interrupted:
            return self._end(Verdict.TIMEOUT, clock.text)
        if self._group is not None and self._group.out_of_memory:
            return self._end(Verdict.MEMORY, self._memory_text())
        if not dead:
            return self._end(Verdict.PROTOCOL, "the process closed its line to the grader")
        ended = self._zygote.wait_exit(self._job)
        if ended is None:
            raise GraderFault("the zygote does not say how a session ended")
        self._zygote.keep_exit(self._job, ended)
        return self._end(Verdict.CRASHED, _cause(ended.code))

    def _end(self, verdict: Verdict, text: str) -> RunnerEnded:
        self._kill()
        self._ended = RunnerEnded(verdict, text)
        return self._ended

    def _kill(self) -> None:
        self._signal(signal.SIGKILL)
        if self._group is not None:
            self._group.kill()

    def _signal(self, number: signal.Signals) -> None:
        if self._pidfd < 0:
            return
        try:
            signal.pidfd_send_signal(self._pidfd, number)
        except ProcessLookupError:
            return

    def _memory_text(self) -> str:
        return f"it needed more than the {self._limits.memory_mb} MB of memory that it may use"

    def _sizes(self) -> list[int]:
        return [os.fstat(descriptor).st_size for descriptor in self._streams]

    def _outputs(self, answer: wire.Answer) -> tuple[dict[str, Any], ...]:
        """What the cell printed and displayed, as nbformat outputs, in order as far as it is known."""
        outputs: list[dict[str, Any]] = []
        for display in answer.displays:
            outputs += self._streams_until(list(display.at))
            outputs.append(_shown(display))
        outputs += self._streams_until(self._sizes())
        return tuple(outputs)

    def _streams_until(self, ends: list[int]) -> list[dict[str, Any]]:
        outputs = []
        for index, name in enumerate(("stdout", "stderr")):
            start, end = self._read[index], min(ends[index], self._sizes()[index])
            if end > start:
                text = os.pread(self._streams[index], end - start, start).decode("utf-8", "replace")
                outputs.append({"output_type": "stream", "name": name, "text": text})
            self._read[index] = max(start, end)
        return outputs


class _Clock:
    """When a request began, and when it was interrupted, if it was."""

    def __init__(self, cpu_s: float, wall: float) -> None:
        self.cpu_s = cpu_s
        self.wall = wall
        self.interrupted = 0.0
        self.text = ""


def _source(source: str) -> dict[str, Array]:
    """Source text as bytes beside the header; a notebook's JSON can hold halves of characters."""
    return {"source": np.frombuffer(source.encode("utf-8", "replace"), np.uint8)}


def _stream(name: str) -> int:
    """A file in memory for one stream: its size can be watched from here, and it outlives a crash."""
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_APPEND | os.O_RDWR)
    return descriptor


def _shown(display: wire.Display) -> dict[str, Any]:
    data: dict[str, str] = {}
    if display.text:
        data["text/plain"] = display.text
    if display.png is not None:
        data["image/png"] = base64.b64encode(display.png).decode()
    if display.result is None:
        return {"output_type": "display_data", "data": data, "metadata": {}}
    return {
        "output_type": "execute_result",
        "execution_count": display.result,
        "data": data,
        "metadata": {},
    }


def _cause(code: int) -> str:
    if code < 128:
        return f"the process ended by itself, with exit code {code}"
    try:
        name = signal.Signals(code - 128).name
    except ValueError:
        name = f"signal {code - 128}"
    return f"the process was ended by {name}"
