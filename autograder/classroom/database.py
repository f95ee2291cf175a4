"""A session with nbgrader's gradebook, its errors in one line, and a new gradebook without a subprocess."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from autograder.errors import BadInput, GraderFault

_BUSY_MS = 30_000  # formgrader may be saving a grade meanwhile
_NO_ID = "default_course"  # what nbgrader falls back to, and would add beside any other


def open_gradebook(coursedir: Any) -> Any:
    """nbgrader's Gradebook of a course, made if there is none; one that waits while another program writes.

    Raises:
        BadInput: the database is of another version, or no database.
    """
    from nbgrader.api import Gradebook

    try:
        _stamp_new(coursedir.db_url)
        gradebook = Gradebook(coursedir.db_url, coursedir.course_id or _NO_ID)
    except SQLAlchemyError as error:
        raise BadInput(database_line(coursedir.db_url, error)) from error
    if gradebook.engine.dialect.name == "sqlite":
        gradebook.engine.dispose()
        event.listen(gradebook.engine, "connect", _wait_when_busy)
    return gradebook


def _wait_when_busy(connection: Any, _record: Any) -> None:
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")


def _stamp_new(url: str) -> None:
    """Write the schema's version into an empty database.

    nbgrader would ask the program `alembic` for it, which takes seconds and is not found where the
    environment is not activated.
    """
    engine = create_engine(url)
    try:
        if inspect(engine).get_table_names():
            return
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": _newest_schema()})
    finally:
        engine.dispose()


def _newest_schema() -> str:
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    head = ScriptDirectory(ALEMBIC_DIR).get_current_head()
    if head is None:
        raise GraderFault("this nbgrader says no version of its database; install it anew")
    return head


def database_line(where: str, error: SQLAlchemyError) -> str:
    """A database error in one line that says what to do."""
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    advice = "if nbgrader was upgraded: back it up and run `nbgrader db upgrade`"
    if "disk is full" in reason:
        advice = "make room; the same command goes on where this one was"
    return f"the gradebook {where} cannot be used: {reason} ({advice})"


class Transaction:
    """A connection that commits at the end or not at all; a database error becomes one line."""

    def __init__(self, gradebook: Any) -> None:
        self._session = gradebook.db
        self._where = str(gradebook.engine.url)

    def __enter__(self) -> Any:
        return self._session.connection()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._session.commit()
        except SQLAlchemyError as failed:
            raise GraderFault(database_line(self._where, failed)) from failed
        finally:
            self._session.rollback()
        if isinstance(error, SQLAlchemyError):
            raise GraderFault(database_line(self._where, error)) from error
