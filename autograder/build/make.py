"""`unrolled build`: every derived file from its source, and `--check`: is each committed one what it should be?"""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from nbformat import NotebookNode

from autograder.build.leaks import find_leaks
from autograder.build.probes import stored_lab
from autograder.build.release import make_lab
from autograder.errors import BadInput, SourceError
from autograder.model import Array
from autograder.places import PROBES, checkout, labs_dir, lectures_dir, solutions_dir
from autograder.sources import read_source, to_text
from autograder.truth.reference import load_truth

ANSWERS_MAY_DIFFER = 1e-10


@dataclass(frozen=True)
class Built:
    """One derived file: where it belongs, what it is made from, its content."""

    path: Path
    source: Path
    content: bytes


def lab_sources() -> list[str]:
    """The names of the labs that have a solution."""
    return sorted(
        path.parent.name for path in solutions_dir().glob("*/*.py") if path.stem == path.parent.name
    )


def lecture_sources() -> list[Path]:
    """The lectures' py:percent files; a folder's source is named after the folder."""
    return sorted(path for path in lectures_dir().rglob("*.py") if path.stem == path.parent.name)


@functools.cache
def solution_notebook(name: str) -> NotebookNode:
    """A lab's solution as a notebook: what an instructor's source/ folder holds."""
    if name not in lab_sources():
        raise BadInput(f"there is no solution of {name!r}; there are: {', '.join(lab_sources()) or 'none'}")
    return read_source(solutions_dir() / name / f"{name}.py")


@functools.cache
def lab_notebook(name: str) -> NotebookNode:
    """The student's notebook, generated afresh from the solution."""
    return make_lab(name, solution_notebook(name))


def build_all() -> Iterator[Built]:
    """Every derived file, freshly made.

    Raises:
        BadInput: this is no checkout.
        SourceError: a source breaks the format, or a lab would leak its solution.
    """
    if checkout() is None:
        raise BadInput("build works in a checkout of the course; this is an installed copy")
    for path in lecture_sources():
        yield Built(path.with_suffix(".ipynb"), path, to_text(read_source(path)).encode())
    for name in lab_sources():
        yield from build_lab(name)


def build_lab(name: str) -> Iterator[Built]:
    """A lab's two files."""
    from autograder.probes_file import dump

    folder = solutions_dir() / name
    truth = load_truth(name)
    files = {f"{name}.ipynb": to_text(lab_notebook(name)).encode(), PROBES: dump(stored_lab(truth))}
    leaks = [leak for file, content in files.items() for leak in find_leaks(truth, file, content)]
    if leaks:
        raise SourceError(f"{name}: the lab would leak its solution: {'; '.join(leaks[:3])}")
    sources = {f"{name}.ipynb": folder / f"{name}.py", PROBES: folder / "probes.py"}
    for file, content in files.items():
        yield Built(labs_dir() / name / file, sources[file], content)


def write(built: Built) -> bool:
    """Write a derived file if it changed; whole or not at all."""
    if built.path.is_file() and not is_stale(built):
        return False
    built.path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=built.path.parent, prefix=".build-")
    with os.fdopen(handle, "wb") as file:
        file.write(built.content)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(built.path)
    return True


def stale() -> list[Built]:
    """The derived files that are missing or not what their sources generate."""
    return [built for built in build_all() if is_stale(built)]


def is_stale(built: Built) -> bool:
    """Whether the committed file is not this one. Notebooks byte for byte; probes' answers to 1e-10."""
    if not built.path.is_file():
        return True
    committed = built.path.read_bytes()
    if committed == built.content:
        return False
    return built.path.name != PROBES or not _same_probes(committed, built.content)


def _same_probes(first: bytes, second: bytes) -> bool:
    """Metadata and inputs exactly; answers and sketches up to how another processor rounds."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    if _header(first).get("__metadata__") != _header(second).get("__metadata__"):
        return False
    try:
        mine, others = load(first), load(second)
    except SafetensorError:
        return False
    return mine.keys() == others.keys() and all(_same_array(name, mine[name], others[name]) for name in mine)


def _same_array(name: str, mine: Array, others: Array) -> bool:
    if mine.dtype != others.dtype or mine.shape != others.shape:
        return False
    if "/in/" in name or mine.dtype.kind != "f":
        return mine.tobytes() == others.tobytes()
    scale = max(1.0, float(np.abs(others[np.isfinite(others)]).max(initial=0.0)))
    return bool(np.allclose(mine, others, rtol=0.0, atol=ANSWERS_MAY_DIFFER * scale, equal_nan=True))


def _header(content: bytes) -> dict[str, object]:
    import json

    try:
        length = int.from_bytes(content[:8], "little")
        found = json.loads(content[8 : 8 + length])
    except ValueError:
        return {}
    return dict(found) if isinstance(found, dict) else {}
