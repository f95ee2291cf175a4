"""What a runner uses, read from outside: the trusted side's /proc, which the runner cannot touch."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
MAX_PROCESSES = 4096


@dataclass(frozen=True)
class Sample:
    """CPU seconds so far, memory now in bytes (anonymous and shared), and threads, of a whole tree."""

    cpu_s: float = 0.0
    memory: int = 0
    threads: int = 0


def outer_pid(pidfd: int) -> int:
    """The process's number where the trusted side lives; 0 when it has none (any more)."""
    for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines():
        if line.startswith("Pid:"):
            return max(0, int(line.split()[1]))
    return 0


def sample(pid: int) -> Sample:
    """The process and all of its descendants; what is gone counts as nothing."""
    total = Sample()
    waiting, seen = [pid], 0
    while waiting and seen < MAX_PROCESSES:
        current = waiting.pop()
        seen += 1
        try:
            total = _add(total, current)
            waiting += _children(current)
        except (OSError, ValueError, IndexError):
            continue
    return total


def _add(total: Sample, pid: int) -> Sample:
    with open(f"/proc/{pid}/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    ticks = sum(int(word) for word in fields[11:15])  # its own user and system time, and its dead children's
    memory, threads = 0, 0
    with open(f"/proc/{pid}/status", "rb") as file:
        for line in file:
            if line.startswith((b"RssAnon:", b"RssShmem:")):
                memory += int(line.split()[1]) << 10
            elif line.startswith(b"Threads:"):
                threads = int(line.split()[1])
    return Sample(total.cpu_s + ticks / _TICKS, total.memory + memory, total.threads + threads)


def _children(pid: int) -> list[int]:
    """Children of its first thread; where the sandbox holds, a runner cannot have any."""
    with open(f"/proc/{pid}/task/{pid}/children", "rb") as file:
        return [int(word) for word in file.read().split()]


def folder_size(folder: Path) -> tuple[int, int]:
    """Bytes and entries under a scratch folder that has no limits of its own."""
    size, entries = 0, 0
    for root, folders, files in os.walk(folder):
        entries += len(folders) + len(files)
        for name in files:
            try:
                size += os.lstat(os.path.join(root, name)).st_blocks * 512
            except OSError:
                continue
    return size, entries
