"""Which names can be students' ids: those that nbgrader, its database and formgrader can carry."""

from __future__ import annotations

import unicodedata

from autograder.errors import BadInput

# nbgrader globs with ids (* ? [ ]), lists them with commas, and writes them bare into CSV, links and pages.
_REFUSED = '/\\*?[],<>"&#%'
_LONGEST = 128  # the width of nbgrader's column, in characters
_LONGEST_BYTES = 240  # a file name may take 255 bytes; some are ours


def student_id_problem(name: str) -> str | None:
    """What keeps a folder name from being a student's id, in one line that says what to do, or None."""
    why = why_no_id(name)
    return f"the folder {name!r} cannot be a student's id: {why}; rename it" if why else None


def check_student_id(name: str) -> None:
    """Refuse a folder name that cannot be a student's id.

    Raises:
        BadInput: nbgrader could not carry it through.
    """
    problem = student_id_problem(name)
    if problem:
        raise BadInput(problem)


def why_no_id(name: str) -> str | None:
    """What keeps a text from being a student's id, as the end of a sentence about it, or None."""
    if not name or name != name.strip():
        return "it is empty, or begins or ends with a space"
    if name.startswith("."):
        return "it begins with a dot"
    refused = sorted(set(name) & set(_REFUSED))
    if refused:
        return f"it contains {' '.join(refused)}"
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in name):
        return "it contains control characters or bytes that are not UTF-8"
    if len(name) > _LONGEST or len(name.encode()) > _LONGEST_BYTES:
        return f"it is longer than {_LONGEST} characters or {_LONGEST_BYTES} bytes"
    return None
