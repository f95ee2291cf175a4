"""cgroup v2: one session's memory and threads, bounded by the kernel, where the machine lends us a folder for it.

Without one the watcher's looks are the bound. Nothing here needs root, and nothing here raises.
Source: the kernel's Documentation/admin-guide/cgroup-v2.rst.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from autograder.model import Limits

CONTROLLERS = frozenset({"memory", "pids"})
RAISES = (
    "systemd-run --user --scope -p Delegate=yes unrolled grade ...",
    "in a container: see The kernel's limits in docs/operators.md",
)
_PREFIX = "unrolled-"
_BUSY_S = 1.0
_KERNEL_PART = 32  # page tables and stacks of threads are charged too: 1/32 of the limit is ample for them
_numbers = itertools.count()


@cache
def delegated() -> Path | None:
    """The folder in which this process may bound its sessions, looked for once; None where there is none.

    What workers that were killed have left in it is removed.
    """
    try:
        place = find(Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text())
    except OSError:  # no Linux, or no /proc
        return None
    if place is not None:
        sweep(place)
    return place


def find(membership: str, mounts: str) -> Path | None:
    """The nearest folder at or above a process's own that hands memory and pids on, and that we may use.

    `membership` is the text of /proc/self/cgroup, `mounts` of /proc/self/mountinfo. At or above, since who moves
    a process must be allowed to write to a folder above both of its places. One that hands the controllers on
    already, since a folder that has processes in it cannot begin to.
    """
    own = next((line[3:] for line in membership.splitlines() if line.startswith("0::")), "")
    path = PurePosixPath(own)
    if not own or ".." in path.parts:  # outside of what this namespace shows
        return None
    for root, mount in _mounts(mounts):
        if path.is_relative_to(root):
            steps = path.relative_to(root).parts
            for depth in range(len(steps), -1, -1):
                place = mount.joinpath(*steps[:depth])
                if _usable(place):
                    return place
    return None


def _mounts(text: str) -> Iterator[tuple[PurePosixPath, Path]]:
    """Of each mounted cgroup v2: which part of the tree it shows, and where."""
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        if after.startswith("cgroup2 "):
            root, mount = (_unescaped(word) for word in before.split()[3:5])
            yield PurePosixPath(root), Path(mount)


def _unescaped(word: str) -> str:
    """The kernel writes blanks and backslashes in octal."""
    return word.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")


def _usable(folder: Path) -> bool:
    try:
        handed_on = (folder / "cgroup.subtree_control").read_text().split()
    except OSError:
        return False
    ours = os.access(folder, os.W_OK | os.X_OK) and os.access(folder / "cgroup.procs", os.W_OK)
    return ours and CONTROLLERS.issubset(handed_on)


def sweep(place: Path) -> None:
    """Remove the folders whose owners are gone. One with a process in it stays: the kernel removes none such."""
    for folder in place.glob(f"{_PREFIX}*-*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            with contextlib.suppress(OSError):
                os.rmdir(folder)


def hold(pid: int, limits: Limits, inherited: int) -> Group | None:
    """Bound a process that has not yet done anything, and all that it will start; None where that cannot be done.

    `inherited` is what of its memory it shares with its parent, in bytes: a page of it is charged when it is
    first written to, which is no growth. Files in memory are charged too, and have a limit of their own.
    """
    place = delegated()
    if place is None or pid <= 0:
        return None
    memory = limits.memory_mb << 20
    room = memory + memory // _KERNEL_PART + inherited + (limits.file_mb << 20) + (limits.output_kb << 10)
    group = Group(place / f"{_PREFIX}{os.getpid()}-{next(_numbers)}")
    try:
        group.make(room, limits.processes + 1)  # one more than allowed is what the watcher can see
        group.take(pid)
    except OSError:
        group.remove()
        return None
    return group


class Group:
    """A cgroup of one session's own; `hold` makes it, and whoever holds it removes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, memory: int, threads: int) -> None:
        """Make it, for so many bytes and threads.

        Raises:
            OSError: it cannot be made, or not be bounded.
        """
        self._folder.mkdir()
        self._write("memory.max", memory)
        self._write("pids.max", threads)
        with contextlib.suppress(OSError):  # where there is no swap there is no such file
            self._write("memory.swap.max", 0)
        with contextlib.suppress(OSError):  # Linux 4.19: before it one process dies, and not all
            self._write("memory.oom.group", 1)

    def take(self, pid: int) -> None:
        """Move a process here. What it has been charged for stays where it was.

        Raises:
            OSError: it is gone, or may not be moved.
        """
        self._write("cgroup.procs", pid)

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel has ended a process of it for memory."""
        try:
            lines = (self._folder / "memory.events").read_text().splitlines()
        except OSError:
            return False
        return any(line.startswith("oom_kill ") and line != "oom_kill 0" for line in lines)

    @property
    def peak(self) -> int:
        """The most bytes that it ever held (Linux 5.19), less the files that were read, which the kernel may drop."""
        try:
            most = int((self._folder / "memory.peak").read_text())
            held = dict(line.split() for line in (self._folder / "memory.stat").read_text().splitlines())
            return max(0, most - int(held["file"]) + int(held["shmem"]))
        except (OSError, ValueError, KeyError):
            return 0

    def kill(self) -> None:
        """End every process in it at once (Linux 5.14)."""
        with contextlib.suppress(OSError):
            self._write("cgroup.kill", 1)

    def remove(self) -> None:
        """Remove it; one whose processes are still ending is left to `sweep` after a second."""
        end = time.monotonic() + _BUSY_S
        while True:
            try:
                os.rmdir(self._folder)
                return
            except FileNotFoundError:
                return
            except OSError:
                if time.monotonic() > end:
                    return
                time.sleep(0.005)

    def _write(self, name: str, value: int) -> None:
        (self._folder / name).write_text(str(value))
