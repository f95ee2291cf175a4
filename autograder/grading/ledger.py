"""What has been graded already: SQLite in WAL mode, one writer. A killed run goes on; nothing is graded twice."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from autograder.errors import BadInput
from autograder.grading.results import SubmissionResult
from autograder.places import LOCK

SCHEMA = """
CREATE TABLE IF NOT EXISTS gradings (
    key TEXT PRIMARY KEY, lab TEXT NOT NULL, student TEXT NOT NULL, at TEXT NOT NULL,
    result TEXT NOT NULL, notebook BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS current (
    lab TEXT NOT NULL, student TEXT NOT NULL, key TEXT NOT NULL, exported INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (lab, student)
);
CREATE TABLE IF NOT EXISTS exports (
    lab TEXT NOT NULL, student TEXT NOT NULL, terms TEXT NOT NULL, PRIMARY KEY (lab, student)
);
CREATE TABLE IF NOT EXISTS handed_in (
    lab TEXT NOT NULL, student TEXT NOT NULL, key TEXT NOT NULL, flags TEXT NOT NULL, code TEXT NOT NULL,
    PRIMARY KEY (lab, student)
);
CREATE TABLE IF NOT EXISTS runs (lab TEXT PRIMARY KEY, sandbox TEXT NOT NULL, device TEXT NOT NULL, at TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Stamp:
    """Under what a class was last graded."""

    sandbox: str
    device: str


@dataclass(frozen=True)
class HandedIn:
    """What a student handed in last: its grading's key, what is odd about the file, a fingerprint of the code."""

    key: str
    flags: tuple[str, ...] = ()
    code: str = ""


def key_of(*parts: str) -> str:
    """The name of a grading: a hash of all that its result depends on."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Ledger:
    """The ledger of one course. Each call is one transaction."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=30.0, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise BadInput(
                f"{path} cannot be opened ({error}): --out should name a folder that can be written"
            ) from error

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def find(self, key: str) -> SubmissionResult | None:
        """The result of this very grading, if it was made before; marked as cached."""
        row = self._db.execute("SELECT result, notebook FROM gradings WHERE key = ?", (key,)).fetchone()
        return replace(_result(*row), cached=True) if row else None

    def record(self, lab: str, key: str, result: SubmissionResult) -> None:
        """Keep a result and make it the student's current one, at once."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        text = json.dumps(replace(result, cached=False).to_json())
        blob = zlib.compress(result.notebook.encode())
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO gradings VALUES (?, ?, ?, ?, ?, ?)",
                (key, lab, result.student, now, text, blob),
            )
            self._make_current(lab, result.student, key, again=True)

    def make_current(self, lab: str, student: str, key: str) -> None:
        """Point to a result that is here already."""
        with self._transaction():
            self._make_current(lab, student, key, again=False)

    def _make_current(self, lab: str, student: str, key: str, *, again: bool) -> None:
        changed = "" if again else " WHERE current.key <> excluded.key"
        self._db.execute(
            "INSERT INTO current (lab, student, key) VALUES (?, ?, ?) "
            f"ON CONFLICT DO UPDATE SET key = excluded.key, exported = 0{changed}",
            (lab, student, key),
        )

    def note_handed_in(self, lab: str, student: str, found: HandedIn) -> None:
        """Keep what a student handed in, in the place of what was there before."""
        self._db.execute(
            "INSERT OR REPLACE INTO handed_in VALUES (?, ?, ?, ?, ?)",
            (lab, student, found.key, json.dumps(found.flags), found.code),
        )

    def handed_in(self, lab: str, student: str | None = None) -> dict[str, HandedIn]:
        """What each student, or one of them, handed in last."""
        query, given = "SELECT student, key, flags, code FROM handed_in WHERE lab = ?", [lab]
        if student is not None:  # a condition of its own: one by way of coalesce() would read the whole class
            query, given = f"{query} AND student = ?", [lab, student]
        rows = self._db.execute(query, given)
        return {name: HandedIn(key, tuple(json.loads(flags)), code) for name, key, flags, code in rows}

    def same_code(self, lab: str) -> dict[str, list[str]]:
        """For each student who is not the only one with their code all who have it, by name; one list for all."""
        groups: dict[str, list[str]] = {}
        for student, found in sorted(self.handed_in(lab).items()):
            if found.code:
                groups.setdefault(found.code, []).append(student)
        return {student: group for group in groups.values() if len(group) > 1 for student in group}

    def results(self, lab: str) -> list[SubmissionResult]:
        """The current result of each student, by name."""
        rows = self._db.execute(
            "SELECT result, notebook FROM current JOIN gradings USING (key) "
            "WHERE current.lab = ? ORDER BY current.student",
            (lab,),
        )
        return [_result(*row) for row in rows]

    def is_exported(self, lab: str, student: str, terms: str = "") -> bool:
        """Whether the gradebook has the student's current result, exported on these terms."""
        row = self._db.execute(
            "SELECT exported AND terms = ? FROM current JOIN exports USING (lab, student) "
            "WHERE lab = ? AND student = ?",
            (terms, lab, student),
        ).fetchone()
        return bool(row and row[0])

    def mark_exported(self, lab: str, student: str, terms: str = "") -> None:
        """Note that the gradebook has the student's current result, exported on these terms."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO exports VALUES (?, ?, ?)", (lab, student, terms))
            self._db.execute("UPDATE current SET exported = 1 WHERE lab = ? AND student = ?", (lab, student))

    def stamp(self, lab: str, stamp: Stamp) -> None:
        """Note under what a class is graded."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._db.execute(
            "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", (lab, stamp.sandbox, stamp.device, now)
        )

    def labs(self) -> dict[str, Stamp]:
        """The labs graded so far, with the sandbox level and device of the last time."""
        rows = self._db.execute("SELECT lab, sandbox, device FROM runs ORDER BY lab")
        return {lab: Stamp(sandbox, device) for lab, sandbox, device in rows}

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _result(text: str, blob: bytes) -> SubmissionResult:
    return SubmissionResult.from_json(json.loads(text), zlib.decompress(blob).decode())


@contextlib.contextmanager
def only_grader(course: Path) -> Iterator[None]:
    """Hold the course's lock: two gradings of one course at once would undo each other.

    Raises:
        BadInput: another one holds it.
    """
    try:
        course.mkdir(parents=True, exist_ok=True)
        handle = os.open(course / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BadInput(
            f"--out should name a folder that can be written; {course}: {error.strerror}"
        ) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadInput(
                f"{course} is being graded by another `unrolled grade`: wait until it is done"
            ) from None
        yield
    finally:
        os.close(handle)
