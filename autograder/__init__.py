"""Unrolled's grader. A lab's notebook imports `open_lab` and nothing else of it."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (a kernel of another Python finds a checkout all the same)
    raise ImportError(
        f"Unrolled needs Python 3.11 or later; this is Python {sys.version.split()[0]} ({sys.executable}). "
        "Choose another kernel, or open the labs with: unrolled lab"
    )

# nbformat imports jsonschema, and that tries rfc3987_syntax, which compiles grammars for two seconds in every
# process, for a string format that no notebook has. None makes the import fail, as where it is not installed.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from autograder.student.lab import Lab, open_lab  # noqa: E402 (imports of the standard library alone)

__version__ = "0.1.0"
__all__ = ["Lab", "open_lab"]
