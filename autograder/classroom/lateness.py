"""What a late penalty depends on besides the score. Read without nbgrader, which takes seconds to load."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.classroom.config import FILE, course_directory, load_config
from autograder.errors import BadInput

_DUE = "SELECT duedate FROM assignment WHERE name = :lab"
_EXTENSIONS = (
    "SELECT student_id, extension FROM submitted_assignment JOIN assignment "
    "ON assignment.id = submitted_assignment.assignment_id WHERE assignment.name = :lab"
)


class Lateness:
    """A lab's due date, extensions and rule for late submissions, as they are when first asked for."""

    def __init__(self, course: Path, lab: str) -> None:
        self._course, self._lab = course, lab

    def terms(self, student: str, moment: datetime | None) -> str:
        """A digest that changes when the penalty of a submission handed in at this moment might."""
        due, extensions = self._dates
        parts = (self._rule, due, extensions.get(student, "None"), str(moment))
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    @cached_property
    def _rule(self) -> str:
        """The course's settings, and a teacher's own rule, which nbgrader imports from the course's folder."""
        digest = hashlib.sha256()
        for file in sorted(self._course.glob("*.py")):
            digest.update(f"{file.name}\0".encode() + file.read_bytes())
        return digest.hexdigest()

    @cached_property
    def _dates(self) -> tuple[str, dict[str, str]]:
        due, extensions = self._ask(_DUE), self._ask(_EXTENSIONS)
        return str(due), {student: str(extension) for student, extension in extensions}

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        file, settings = self._course / "gradebook.db", self._course / FILE
        if settings.is_file() and "db_url" in settings.read_text(encoding="utf-8"):
            return list(self._ask_elsewhere(query))
        # not read-only: what a killed grader had begun to write has to be rolled back by whoever reads next
        try:
            with contextlib.closing(
                sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", 30.0, uri=True)
            ) as db:
                return db.execute(query, {"lab": self._lab}).fetchall()
        except sqlite3.Error as error:
            raise BadInput(f"the gradebook {file} cannot be read: {error}") from error

    def _ask_elsewhere(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The gradebook is where the teacher's settings say."""
        from sqlalchemy import text

        from autograder.classroom.database import open_gradebook

        with open_gradebook(course_directory(self._course, load_config(self._course))) as gradebook:
            yield from map(tuple, gradebook.db.execute(text(query), {"lab": self._lab}))
