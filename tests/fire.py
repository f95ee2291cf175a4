"""A grader under fire: its processes found and killed, and what it has written counted."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil


def workers(coordinator: int) -> list[psutil.Process]:
    """The worker processes of a grader on this machine."""
    return [process for process in _children(coordinator) if "spawn_main" in _told(process)]


def zygotes(coordinator: int) -> list[psutil.Process]:
    """The zygotes of all workers and the sandboxes around them, but not what was forked from a zygote."""
    return [
        one for worker in workers(coordinator) for child in _children(worker.pid) for one in _zygote(child)
    ]


def _zygote(process: psutil.Process) -> Iterator[psutil.Process]:
    told = _told(process)
    if "autograder.running.nest" in told:
        yield process
    if told.startswith("bwrap") or "/bwrap " in told:
        for child in _children(process.pid):
            yield from _zygote(child)


def _children(pid: int, *, recursive: bool = False) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=recursive)
    return []


def _told(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


@dataclass
class Witness:
    """Notes all processes that a grader ever had, so that one which outlives it is seen."""

    coordinator: int
    seen: set[psutil.Process] = field(default_factory=set)

    def look(self) -> None:
        """Note those of now."""
        self.seen |= set(_children(self.coordinator, recursive=True))

    def left(self, seconds: float) -> list[str]:
        """The command lines of those that have not ended so many seconds later."""
        _, left = psutil.wait_procs(list(self.seen), timeout=seconds)
        return [_told(process) for process in left]


def kill(process: psutil.Process) -> bool:
    """kill -9; whether there was such a process."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()
        return True
    return False


class LedgerWatch:
    """Counts what is written into a course's ledger: a trigger notes every row, replaced ones too."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._set = False

    def count(self) -> int:
        """How many results are in the ledger."""
        with contextlib.suppress(sqlite3.Error):
            if self._file.is_file():
                with self._open() as db:
                    self._watch(db)
                    return int(db.execute("SELECT count(*) FROM gradings").fetchone()[0])
        return 0

    def written(self) -> Counter[str]:
        """How often a result was written for each student."""
        with self._open() as db:
            return Counter(dict(db.execute("SELECT student, count(*) FROM written GROUP BY student")))

    def rows(self) -> dict[str, tuple[str, str]]:
        """Each student's result as it stands, and when it was made."""
        with contextlib.suppress(sqlite3.OperationalError), self._open() as db:
            found = db.execute("SELECT student, at, result FROM gradings").fetchall()
            assert len(found) == len({student for student, *_ in found})
            return {student: (at, result) for student, at, result in found}
        return {}

    def _watch(self, db: sqlite3.Connection) -> None:
        if not self._set:
            db.execute("BEGIN IMMEDIATE")
            assert db.execute("SELECT count(*) FROM gradings").fetchone() == (0,), "too late to count"
            db.execute("CREATE TABLE written (student TEXT NOT NULL)")
            db.execute(
                "CREATE TRIGGER watch AFTER INSERT ON gradings BEGIN INSERT INTO written VALUES (new.student); END"
            )
            db.execute("COMMIT")
            self._set = True

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._file, timeout=30, isolation_level=None)) as db:
            yield db
