"""Where a check's outcome goes: a panel in a notebook, plain text elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.model import CheckSpec, Diagnosis


def outcome(
    spec: CheckSpec, diagnosis: Diagnosis, captured: str, needs: Mapping[str, str], labels: Sequence[str] = ()
) -> bool:
    """Show what became of a check, in the richest form that is there. Whether that was a panel."""
    from autograder.student import terminal

    plain = terminal.text(spec, diagnosis, captured, needs=needs, labels=labels)
    if not in_notebook():
        print(plain)
        return False
    from IPython.display import publish_display_data

    from autograder.student import panel

    page = panel.html(spec, diagnosis, captured, needs=needs, labels=labels)
    publish_display_data({"text/html": page, "text/plain": plain})
    return True


def in_notebook() -> bool:
    """Whether a front end shows HTML: a kernel's, but not nbgrader's Validate, which reads errors."""
    if "IPython" not in sys.modules or os.environ.get("NBGRADER_EXECUTION"):
        return False
    shell: Any = sys.modules["IPython"].get_ipython()
    return shell is not None and hasattr(shell, "kernel")
