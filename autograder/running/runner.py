"""The job loop of one submission's process. Student code runs in here: nothing it says is believed."""

from __future__ import annotations

import ctypes
import linecache
import os
import random
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autograder.model import Array, Failure
from autograder.running import wire
from autograder.running.shell import RunnerShell, flush
from autograder.student.failures import describe
from autograder.trees import flatten, pack, unpack

Registry = dict[str, tuple[Callable[..., Any], str]]
EXIT_LINE_CLOSED = 70


class RunnerLab:
    """What `lab` is in a runner: `@lab.check` and `@lab.check(needs=[...])` register, and do no more."""

    def __init__(self, registry: Registry, filename: str) -> None:
        self._register = registry.__setitem__
        self._filename = filename

    def check(self, function: Callable[..., Any] | None = None, **_: Any) -> Any:
        """Register a check's function under its name; hands the function back as it is."""
        if function is None:
            return self.check
        self._register(function.__name__, (function, self._filename))
        return function


class Runner:
    """Serves requests on a socket, in order, on this thread, until the line closes."""

    def __init__(self, shell: RunnerShell, line: socket.socket) -> None:
        self._shell = shell
        self._line = line
        self._inbox = wire.Inbox()
        self._checks: Registry = {}
        self._cells: dict[str, str] = {}
        self._c_streams = ctypes.CDLL(None).fflush

    def serve(self) -> None:
        """Answer until the trusted side closes the line."""
        work = {"start": self._start, "cell": self._cell, "register": self._register, "call": self._call}
        while (frame := self._receive()) is not None:
            self._shell.screen.clear()
            reply = work[frame.header["op"]](frame)
            self._send(frame.header["n"], reply)

    def _receive(self) -> wire.Frame | None:
        while (frame := self._inbox.take()) is None:
            data = self._line.recv(1 << 20)
            if not data:
                return None
            self._inbox.feed(data)
        return frame

    def _send(self, number: int, reply: dict[str, Any]) -> None:
        self._c_streams(None)
        flush()
        screen = self._shell.screen
        arrays: dict[str, Array] = dict(reply.pop("arrays", {}))
        arrays |= {f"png{k}": np.frombuffer(image, np.uint8) for k, image in enumerate(screen.images)}
        header = {
            "n": number,
            "failure": wire.encode_failure(reply.get("failure")),
            "leaves": reply.get("leaves"),
            "changed": reply.get("changed", []),
            "displays": list(screen.entries),
        }
        self._line.sendall(wire.encode(wire.Frame(header, arrays)))

    def _start(self, frame: wire.Frame) -> dict[str, Any]:
        """Lay out the attached files and set the global generators; a fork would share their state."""
        for index, name in enumerate(frame.header["files"]):
            target = Path(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(frame.arrays[str(index)].tobytes())
        random.seed(frame.header["seed"])
        np.random.seed(frame.header["seed"] % (1 << 32))
        return {}

    def _cell(self, frame: wire.Frame) -> dict[str, Any]:
        cell = frame.header["cell"]
        shell = self._shell
        shell.compile.cell = cell
        number = shell.execution_count
        self._cells[shell.compile.get_code_name("", "", number)] = cell
        try:
            outcome: Any = shell.run_cell(_source(frame), store_history=True, cell_id=cell)
        except BaseException as error:  # an interrupt between IPython's own lines
            return {"failure": self._describe(error)}
        failed = outcome.error_before_exec or outcome.error_in_exec
        return {"failure": None if failed is None else self._describe(failed)}

    def _register(self, frame: wire.Frame) -> dict[str, Any]:
        """A locked cell is compiled here, past whatever the student has hooked into IPython."""
        cell, source = frame.header["cell"], _source(frame)
        filename = f"<cell check: {cell}>"
        self._cells[filename] = cell
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        self._shell.user_ns["lab"] = RunnerLab(self._checks, filename)
        try:
            exec(compile(source, filename, "exec", dont_inherit=True), self._shell.user_ns)
        except BaseException as error:
            return {"failure": self._describe(error, filename)}
        return {}

    def _call(self, frame: wire.Frame) -> dict[str, Any]:
        name = frame.header["name"]
        if name not in self._checks:
            return {"failure": Failure("NameError", f"the check {name} is not registered", in_check=True)}
        function, filename = self._checks[name]
        inputs = unpack(frame.header["inputs"], frame.arrays)
        try:
            leaves, arrays = wire.encode_leaves(flatten(function(**inputs)))
        except BaseException as error:
            return {"failure": self._describe(error, filename)}
        finally:
            self._shell.screen.clear()
        kept = unpack(frame.header["inputs"], frame.arrays)
        return {"leaves": leaves, "arrays": arrays, "changed": changed(kept, inputs)}

    def _describe(self, error: BaseException, filename: str = "") -> Failure:
        try:
            return describe(error, filename, self._cells)
        except Exception:  # an exception made to resist being told
            return Failure("Exception", "")


def _source(frame: wire.Frame) -> str:
    return frame.arrays["source"].tobytes().decode()


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names of the inputs that are no longer what they were."""
    return [name for name in before if not _same(before[name], after.get(name))]


def _same(before: Any, after: Any) -> bool:
    try:
        was, had = pack(before)
        now, has = pack(after)
        return bool(repr(was) == repr(now)) and all(
            had[key].dtype == has[key].dtype
            and had[key].shape == has[key].shape
            and had[key].tobytes() == has[key].tobytes()
            for key in had
        )
    except Exception:
        return False


def run(shell: RunnerShell, line: socket.socket) -> None:
    """Be a submission's process: never returns."""
    _own_streams()
    sys.path.insert(0, "")
    try:
        Runner(shell, line).serve()
    except (OSError, wire.ProtocolError):
        os._exit(EXIT_LINE_CLOSED)
    except BaseException:
        os._exit(EXIT_LINE_CLOSED + 1)
    os._exit(0)


def _own_streams() -> None:
    """sys.stdout and sys.stderr on descriptors 1 and 2, line by line, so that raw writes keep their place."""
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = open(  # noqa: SIM115
            descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
