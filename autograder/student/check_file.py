"""`unrolled check NOTEBOOK`: the student's own checks in a terminal, in a process of their own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.errors import BadInput
from autograder.places import PROBES


def check_file(notebook: Path, say: Callable[[str], None]) -> bool:
    """Run a lab's notebook, explore cells aside, and tell each check. True if every check passed.

    Raises:
        BadInput: this is no notebook of a lab, or its probes file is missing.
    """
    read_lab_name(notebook)
    if not (notebook.parent / PROBES).is_file():
        raise BadInput(
            f"the checks need {PROBES} beside {notebook.name}; copy it there from where you got the lab"
        )
    command = [sys.executable, "-m", "autograder.student.run_notebook", notebook.name]
    done = subprocess.run(command, cwd=notebook.resolve().parent)
    if done.returncode not in (0, 1):
        say(
            f"the notebook's process ended early ({_cause(done.returncode)}): look at the last cell that it ran"
        )
    return done.returncode == 0


def read_lab_name(notebook: Path) -> str:
    """The lab that a notebook's metadata names.

    Raises:
        BadInput: it cannot be read, or names none.
    """
    try:
        found: Any = json.loads(notebook.read_text(encoding="utf-8"))
        name = found["metadata"]["unrolled"]["lab"]
    except FileNotFoundError:
        raise BadInput(f"there is no notebook {notebook}") from None
    except (ValueError, OSError) as error:
        raise BadInput(f"{notebook} should be a notebook, and cannot be read as one: {error}") from error
    except (KeyError, TypeError):
        raise BadInput(f"{notebook} is no lab of this course: it has no lab's name in its metadata") from None
    return str(name)


def _cause(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
