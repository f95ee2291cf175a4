"""The command line as a user has it: a process of its own, its exit code and what it says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-c", "from autograder.cli import main; main()")
Finished = subprocess.CompletedProcess[str]


def run(command: Sequence[str | Path], **options: Any) -> Finished:
    """Run a command to its end."""
    words = list(map(str, command))
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=300, **options)


def unrolled(*arguments: str | Path, **options: Any) -> Finished:
    """Run `unrolled` with these arguments, to its end."""
    return run([*COMMAND, *arguments], **options)


def here(*arguments: str | Path) -> Finished:
    """The same in this process, for commands that are refused before they start anything: seconds faster."""
    from click.testing import CliRunner

    from autograder.cli import main

    done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return Finished(arguments, done.exit_code, done.stdout, done.stderr)


def said_in_one_line(done: Finished, code: int = 2) -> str:
    """The one line that a refused command says; anything more fails."""
    assert done.returncode == code, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("unrolled: ")
    assert "Traceback" not in done.stdout
    return lines[0]
