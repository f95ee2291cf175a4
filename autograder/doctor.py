"""`unrolled doctor`: what is installed, what the sandbox stops, and what to do about what is missing."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from textwrap import wrap

from packaging.requirements import Requirement
from packaging.version import InvalidVersion

from autograder import __version__
from autograder.errors import BadInput
from autograder.labs import all_labs
from autograder.model import SandboxLevel
from autograder.places import checkout, solutions_dir
from autograder.sandbox import cgroup, ladder

WIDTH = 78
_FOR = {
    "torch": "for cells that compare with PyTorch",
    "tensorflow": "for cells that compare with Keras",
    "grade": "to grade a class",
}
# Where this runs from a checkout that was never installed, its requirements are not known to Python.
_FALLBACK = ("numpy", "ipython", "ipykernel", "jupyterlab", "matplotlib", "safetensors", "click", "rich")


def examine() -> tuple[list[str], bool]:
    """The findings as lines, and whether the course can be used at all. Imports neither framework unless asked."""
    needed = _problems(_requirements(""))
    labs = all_labs()
    lines = [
        *_row("unrolled", _version("unrolled") or f"{__version__}, not installed"),
        *_row("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        *_row("", sys.executable),
        *_row("labs", ", ".join(labs) or "none; in a checkout, make them with: make build"),
        *_row("solutions", _solutions()),
        *_packages(),
        *_device(),
        *_sandbox(),
        *_limits(),
        *_advice(needed),
    ]
    return lines, not needed and bool(labs)


def _row(head: str, text: str) -> Iterator[str]:
    yield from _wrapped(text, f"{head:<11}", " " * 11)


def _wrapped(text: str, first: str, later: str) -> list[str]:
    """Lines that break at blanks only: a path or a command is there to be copied."""
    return wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _solutions() -> str:
    try:
        return f"in {solutions_dir()}"
    except BadInput:
        return "none, as it should be on a student's machine"


# --- packages --------------------------------------------------------------------------------------------


def _requirements(extra: str) -> list[Requirement]:
    """What the package itself says that it needs: at all, or for one of its extras."""
    try:
        lines = requires("unrolled") or []
    except PackageNotFoundError:
        lines = [] if extra else list(_FALLBACK)
    found = [Requirement(line) for line in lines]
    marked = [item for item in found if "extra" in str(item.marker)] if extra else []
    plain = [] if extra else [item for item in found if "extra" not in str(item.marker)]
    return [
        item for item in (*marked, *plain) if item.marker is None or item.marker.evaluate({"extra": extra})
    ]


def _problems(wanted: Iterable[Requirement]) -> list[str]:
    """The requirements that do not hold, each as what is wanted and what is there."""
    found = []
    for item in wanted:
        here = _version(item.name)
        if here is None:
            found.append(f"{item.name} (missing)")
        elif not _fits(item, here):
            found.append(f"{item.name} (wanted {item.specifier}, here {here})")
    return found


def _fits(item: Requirement, here: str) -> bool:
    try:
        return item.specifier.contains(here, prereleases=True)
    except InvalidVersion:
        return True


def _packages() -> Iterator[str]:
    titles = {"": "needed", "torch": "torch", "tensorflow": "tensorflow", "grade": "grading"}
    for extra, title in titles.items():
        here = [f"{item.name} {_version(item.name) or 'missing'}" for item in _requirements(extra)]
        yield from _row(title, ", ".join(here) or "not known: the package is not installed")


def _advice(needed: list[str]) -> Iterator[str]:
    """What to do about what is missing; a command stands on a line of its own, to be copied."""
    if needed:
        yield from wrap(f"missing, and needed: {', '.join(needed)}", WIDTH)
        yield f"    {_install('')}"
    for extra, purpose in _FOR.items():
        if problems := _problems(_requirements(extra)):
            yield from wrap(f"not installed, {purpose}: {', '.join(problems)}", WIDTH)
            yield f"    {_install(extra)}"


def _install(extra: str) -> str:
    root = checkout()
    part = f"[{extra}]" if extra else ""
    what = f"-e {shlex.quote(f'{root}{part}')}" if root else f"'unrolled{part}'" if part else "unrolled"
    return f"{shlex.quote(sys.executable)} -m pip install {what}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


# --- device ----------------------------------------------------------------------------------------------


def _device() -> Iterator[str]:
    # importing PyTorch takes seconds: it is asked only by those who want to grade on a GPU
    if os.environ.get("UNROLLED_DEVICE") == "cuda":
        yield from _row("device", _asked_of_torch())
    elif shutil.which("nvidia-smi") is None:
        yield from _row("device", "cpu (no CUDA driver)")
    elif (_version("torch") or "").endswith("+cpu"):
        yield from _row("device", "cpu (a CUDA driver is installed, PyTorch is its CPU build)")
    else:
        yield from _row(
            "device", "cuda (a driver is installed; UNROLLED_DEVICE=cuda unrolled doctor tries it)"
        )


def _asked_of_torch() -> str:
    try:
        import torch
    except ImportError as error:
        return f"UNROLLED_DEVICE=cuda, and PyTorch cannot be imported: {error}"
    if not torch.cuda.is_available():
        return f"UNROLLED_DEVICE=cuda, and PyTorch {torch.__version__} finds no CUDA device"
    return f"cuda ({torch.cuda.get_device_name(0)}, PyTorch {torch.__version__})"


# --- sandbox ---------------------------------------------------------------------------------------------


def _sandbox() -> Iterator[str]:
    level = ladder.probe()
    told = ladder.explain(level)
    better = _better(level)
    yield from _row("sandbox", f"{level}, {'the highest level' if not better else 'where more is possible'}")
    yield from _listed("it stops", told.stops)
    yield from _listed("it does not stop", told.leaves)
    for other in better:
        why = ladder.why_not(other)
        yield from wrap(f"no {other}: {why}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    if told.raises:
        yield from _listed("to raise it", (told.raises,))


def _limits() -> Iterator[str]:
    """Who holds a session to its memory and threads; nothing where no sandbox can be had anyway."""
    if not sys.platform.startswith("linux"):
        return
    place = cgroup.delegated()
    if place is not None:
        yield from _row("limits", f"memory and threads: the kernel's, by cgroup v2 in {place}")
        return
    yield from _row("limits", "memory and threads: the watcher's, which looks many times a second")
    yield from _listed("to have the kernel hold them, by cgroup v2", cgroup.RAISES)


def _better(level: SandboxLevel) -> list[SandboxLevel]:
    order = list(SandboxLevel)
    return order[: order.index(level)]


def _listed(title: str, items: tuple[str, ...]) -> Iterator[str]:
    yield f"  {title}:"
    for item in items:
        yield from _wrapped(item, "  - ", "    ")
