"""From an exception to what a student should read: their own line, and no frame of ours."""

from __future__ import annotations

import linecache
import re
import traceback
from collections.abc import Mapping
from types import TracebackType

from autograder.model import Failure

MAX_TEXT = 500

# IPython's own name of a cell's code, ours, and ipykernel's (a temporary file named by the source's hash).
_CELL_FILE = re.compile(r"^(<ipython-input-.*>|<cell .*>|.*[\\/]ipykernel_\d+[\\/]\d+\.py)$")


def is_cell(filename: str) -> bool:
    """Whether code with this file name was compiled from a notebook cell."""
    return _CELL_FILE.match(filename) is not None


def describe(exc: BaseException, check_filename: str = "", cells: Mapping[str, str] | None = None) -> Failure:
    """What may be told of an exception that rose in a cell or in a check.

    `check_filename` is the file name of the check's own code; `cells` gives cell ids by file name; without
    it, as in a notebook, the function's name stands for the cell. The line is that of the last frame in a
    cell other than the check's. With no such frame below the check's, the exception rose in the check
    itself: what the student returned did not fit.
    """
    frames = [frame for frame in _frames(exc.__traceback__) if is_cell(frame[0])]
    in_check = bool(frames) and frames[-1][0] == check_filename
    own = [] if in_check else [frame for frame in frames if frame[0] != check_filename]
    filename, line, function = own[-1] if own else ("", 0, "")
    source = linecache.getline(filename, line).strip() if line else ""
    if isinstance(exc, SyntaxError) and exc.filename and is_cell(exc.filename):
        filename, line, source = exc.filename, exc.lineno or 0, (exc.text or "").strip()
    return Failure(
        kind=_kind(exc),
        text=_text(exc),
        cell=function if cells is None else cells.get(filename, ""),
        line=line,
        source=source[:MAX_TEXT],
        in_check=in_check,
    )


def _frames(trace: TracebackType | None) -> list[tuple[str, int, str]]:
    codes = [(frame.f_code, line) for frame, line in traceback.walk_tb(trace)]
    return [
        (code.co_filename, line, "" if code.co_name == "<module>" else code.co_name) for code, line in codes
    ]


def _kind(exc: BaseException) -> str:
    """The type's name; every way to run out of memory has one name."""
    return "MemoryError" if isinstance(exc, MemoryError) else type(exc).__name__[:100]


def _text(exc: BaseException) -> str:
    """The exception's text, cut; an exception whose text fails is the student's, too."""
    try:
        text = exc.msg if isinstance(exc, SyntaxError) else str(exc)
    except Exception:
        return ""
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
