"""Whole commands, run and measured."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox import linux

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Spent:
    """What a command took: wall seconds, CPU seconds of it and all its children, its own memory at most."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def run(command: Sequence[object], where: Path) -> Spent:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed.
    """
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a user's Python keeps its bytecode
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)  # a worker's sandbox outlives it, and its time counts too
    before, started = os.times(), time.perf_counter()
    child = subprocess.Popen(
        list(map(str, command)),
        cwd=where,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = _Peak(child.pid)
    told, _ = child.communicate()
    wall = time.perf_counter() - started
    _bury_orphans()
    after = os.times()
    if child.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed with {child.returncode}:\n{told[-3000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Spent(wall, cpu, peak.stop())


def _bury_orphans() -> None:
    """Wait for what the command has left behind, which ends with it or soon after."""
    end = time.monotonic() + 5
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < end:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.02)


class _Peak:
    """The largest resident memory of one process, children not counted."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._kb = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            try:
                lines = self._status.read_text().splitlines()
            except OSError:
                return
            self._kb = max([self._kb, *(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))])

    def stop(self) -> float:
        """Megabytes."""
        self._over.set()
        self._thread.join()
        return self._kb / 1024


def grade(lab: str, submissions: Path, course: Path, workers: int = 1) -> list[object]:
    """The command line of `unrolled grade`."""
    words: list[object] = [BIN / "unrolled", "grade", lab, "--submissions", submissions]
    return [*words, "--out", course, "--workers", str(workers)]
