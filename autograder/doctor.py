"""`unrolled doctor`: what is installed, what the sandbox stops, and what to do about what is missing."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from textwrap import wrap

from autograder.sandbox import ladder

NEEDED = ("numpy", "ipython", "matplotlib", "jupyterlab", "safetensors", "click", "rich")
OPTIONAL = {
    "nbgrader": "pip install 'unrolled[grade]'   to grade",
    "distributed": "pip install 'unrolled[grade]'   to grade on a cluster",
    "torch": "pip install 'unrolled[torch]'   for cells that compare with PyTorch",
    "tensorflow": "pip install 'unrolled[tensorflow]'   for cells that compare with Keras",
}
WIDTH = 78


def examine() -> tuple[list[str], bool]:
    """The findings as lines, and whether the course can be used at all."""
    missing = [name for name in NEEDED if _version(name) is None]
    lines = [*_versions(), *_device(), *_sandbox(), *_advice(missing)]
    return lines, not missing


def _versions() -> Iterator[str]:
    yield f"unrolled     {_version('unrolled') or 'not installed: pip install -e .'}"
    yield f"python       {platform.python_version()} on {platform.system()} {platform.machine()}"
    for name in (*NEEDED, *OPTIONAL):
        yield f"{name:<12} {_version(name) or 'missing'}"


def _device() -> Iterator[str]:
    # nvidia-smi, not torch: importing a framework takes seconds, and this should answer at once
    found = shutil.which("nvidia-smi")
    yield f"{'device':<12} {'a CUDA driver is installed' if found else 'cpu (no CUDA driver)'}"


def _sandbox() -> Iterator[str]:
    level = ladder.probe()
    told = ladder.explain(level)
    yield f"{'sandbox':<12} {level}"
    yield from _listed("it stops", told.stops)
    yield from _listed("it does not stop", told.leaves)
    for better in _better(level):
        why = ladder.why_not(better)
        yield from wrap(f"no {better}: {why}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    if told.raises:
        yield from _listed("to raise it", (told.raises,))


def _better(level: ladder.SandboxLevel) -> list[ladder.SandboxLevel]:
    order = list(ladder.SandboxLevel)
    return order[: order.index(level)]


def _listed(title: str, items: tuple[str, ...]) -> Iterator[str]:
    yield f"  {title}:"
    for item in items:
        yield from wrap(item, WIDTH, initial_indent="  - ", subsequent_indent="    ", break_long_words=False)


def _advice(missing: list[str]) -> Iterator[str]:
    if missing:
        yield f"missing, and needed: {', '.join(missing)}; run: {sys.executable} -m pip install unrolled"
    for name, advice in OPTIONAL.items():
        if _version(name) is None:
            yield f"not installed: {name}; {advice}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
