"""When a submission was handed in: nbgrader's timestamp.txt beside it, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from autograder.errors import BadInput

TIMESTAMP = "timestamp.txt"
_LONGEST = 200
_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"


def submission_time(folder: Path) -> datetime | None:
    """When a submission was handed in, by the timestamp.txt that nbgrader puts beside it; naive UTC.

    None when there is no such file: a file's own date says when it was copied and must cost nobody a penalty.

    Raises:
        BadInput: the file says no time.
    """
    file = folder / TIMESTAMP
    if file.is_symlink() or not file.is_file():
        return None
    with file.open(encoding="utf-8", errors="replace") as stamp:
        written = stamp.read(_LONGEST).strip()  # whatever else is in it: it is a stranger's file
    if not written:
        return None
    try:
        return _parsed(written)
    except (ValueError, ArithmeticError, TypeError) as error:
        raise BadInput(
            f"{file} should hold a time such as 2026-01-31 18:00:00 UTC, not {written!r}"
        ) from error


def _parsed(written: str) -> datetime:
    """As nbgrader reads it. What nbgrader wrote itself is read without it: it takes seconds to load."""
    try:
        return datetime.strptime(written, _FORMAT)
    except ValueError:
        from nbgrader.utils import parse_utc

        found: datetime = parse_utc(written)
        return found


def as_timestamp(moment: datetime) -> str:
    """A moment as nbgrader writes it into timestamp.txt."""
    return naive(moment).strftime(_FORMAT)


def naive(moment: datetime) -> datetime:
    """A moment in UTC without its zone, as the gradebook keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
