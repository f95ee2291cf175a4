"""The proof that nothing of a solution is in what students get: not in labs, wheel or nbgrader's release."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograder import notebooks
from autograder.truth.reference import Truth

# Shorter lines, such as `else:` or `return h`, are nobody's secret; nor is the head of a loop.
SHORTEST = 12
_LOOP = re.compile(r"(for|while) .*:$")


def secrets_of(truth: Truth) -> dict[str, str]:
    """Every line that must not get out, with where it is from. What the lab says openly is no secret."""
    shown = _shown(truth)
    found: dict[str, str] = {}
    for cell in truth.solution.cells:
        for line in _solution_lines(cell.source):
            found.setdefault(line, f"the solution of {notebooks.grade_id(cell)}")
    for item in truth.misconceptions:
        for line in item.replace.splitlines():
            found.setdefault(_plain(line), f"the misconception {item.id}")
    return {line: where for line, where in found.items() if _tells(line) and line not in shown}


def _tells(line: str) -> bool:
    return len(line) >= SHORTEST and not _LOOP.match(line)


def find_leaks(truth: Truth, name: str, content: bytes, shortest: int = SHORTEST) -> Iterator[str]:
    """Each secret line of at least `shortest` characters that this file holds, as one line of text."""
    text = _plain(_readable(content))
    for line, where in secrets_of(truth).items():
        if len(line) >= shortest and _holds(text, line):
            yield f"{name} holds a line of {where}: {line!r}"
    if b"BEGIN SOLUTION" in content:
        yield f"{name} holds a solution region"


def _holds(text: str, line: str) -> bool:
    """Whether the line is in the text, and not as the end of another word: `dx = 1` does not hold `x = 1`."""
    return line in text and re.search(rf"(?<!\w){re.escape(line)}", text) is not None


def _readable(content: bytes) -> str:
    """A file's text; in JSON a quote or a newline is escaped."""
    text = content.decode("utf-8", errors="replace")
    return text.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def _shown(truth: Truth) -> str:
    """All that the solution notebook says outside its solution regions."""
    return "\n".join(_plain(line) for cell in truth.solution.cells for line in _open_lines(cell.source))


def _open_lines(source: str) -> Iterator[str]:
    inside = False
    for line in source.splitlines():
        inside = (inside or "BEGIN SOLUTION" in line) and "END SOLUTION" not in line
        if not inside:
            yield line


def _solution_lines(source: str) -> Iterator[str]:
    inside = False
    for line in source.splitlines():
        if "BEGIN SOLUTION" in line:
            inside = True
        elif "END SOLUTION" in line:
            inside = False
        elif inside and not line.strip().startswith("#"):
            yield _plain(line)


def _plain(text: str) -> str:
    """Without spacing, so that a changed indent hides nothing."""
    return re.sub(r"\s+", " ", text).strip()
