"""Every exception that the package raises on purpose, as one tree.

- UnrolledError
  - BadInput       the caller's fault: usage, files, folders     exit code 2
  - SourceError    a lab's source is wrong; the author's fault   exit code 2
  - GraderFault    the grader's own fault, never the student's   exit code 3
  - CheckFailed    a check said no (raised in the notebook)      exit code 1
"""

from __future__ import annotations

import textwrap


class UnrolledError(Exception):
    """Base of the tree; its text is one line that says what to do."""

    exit_code = 2

    def _render_traceback_(self) -> list[str]:
        """IPython asks for this: no frames, since none is the student's; short lines, since Validate cuts at 90."""
        return textwrap.wrap(f"{type(self).__name__}: {self}", 80)


class BadInput(UnrolledError):
    """What the caller gave cannot be used. Say what was wanted, what came, where, and what to do."""

    exit_code = 2


class SourceError(UnrolledError):
    """A lab's source breaks a rule of the format."""

    exit_code = 2


class GraderFault(UnrolledError):
    """Something of ours broke; the student must not pay for it."""

    exit_code = 3


class CheckFailed(UnrolledError):
    """A check failed. Raised in the notebook, so that nbgrader's Validate counts it."""

    exit_code = 1
