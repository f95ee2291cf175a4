"""Where labs, data sets, lectures and solutions lie: in a checkout, or installed from a wheel.

In a checkout, or installed from one with `pip install -e`, they are the folders beside this package. A wheel
carries its own copies of labs and data sets, and never a solution.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from autograder.errors import BadInput

LOCK = ".grading.lock"  # in a course's folder: held by whoever grades it or makes it
PROBES = "probes.safetensors"  # beside a lab's notebook: its visible cases
_PACKAGE = Path(__file__).resolve().parent


def checkout() -> Path | None:
    """The checkout that this package runs from; None when it was installed from a wheel."""
    root = _PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() else None


def labs_dir() -> Path:
    """The folder of the generated labs, `<lab>/<lab>.ipynb`: $UNROLLED_LABS where it is set (private variants)."""
    return named_folder("UNROLLED_LABS", "labs") or _shipped("labs")


def datasets_dir() -> Path:
    """The folder of the small data sets, their cards and registry.toml."""
    return _shipped("datasets")


def lectures_dir() -> Path:
    """The folder of the lectures: the package `course` itself, `01_sequences/01_sequences.ipynb`."""
    return _PACKAGE.parent / "course"


def solutions_dir() -> Path:
    """The folder of the solutions: $UNROLLED_SOLUTIONS where it is set, else the checkout's.

    Raises:
        BadInput: there is none, as on a student's machine.
    """
    named = named_folder("UNROLLED_SOLUTIONS", "solutions")
    if named:
        return named
    root = checkout()
    if root is None or not (root / "solutions").is_dir():
        raise BadInput(
            "this command needs the solutions, which an installed unrolled does not carry: "
            "run it in a checkout, or set UNROLLED_SOLUTIONS to their folder"
        )
    return root / "solutions"


def named_folder(variable: str, what: str) -> Path | None:
    """The folder of the `what` that an environment variable names, or None where it is not set.

    Raises:
        BadInput: the variable is set but names no folder that can be looked into.
    """
    named = os.environ.get(variable)
    if not named:
        return None
    folder = Path(named)
    with suppress(OSError, RuntimeError):  # a folder above it is closed to us; it is below the home of nobody
        folder = folder.expanduser()
        if folder.is_dir():
            return folder.resolve()
    raise BadInput(f"{variable} should name the folder of the {what}; {folder} is not a folder")


def _shipped(name: str) -> Path:
    # Not by what checkout() sees: a sandboxed runner in a checkout sees this folder, but no pyproject.toml.
    carried = _PACKAGE / "_data" / name
    return carried if carried.is_dir() else _PACKAGE.parent / name
