"""The levels of the sandbox: which this machine has, what each stops and does not, and how to raise it."""

from __future__ import annotations

import shutil
import sys
import threading
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from autograder.model import SandboxLevel


@dataclass(frozen=True)
class Explanation:
    """What a level `stops`, what it `leaves` open, and the command that `raises` it (or nothing)."""

    level: SandboxLevel
    stops: tuple[str, ...]
    leaves: tuple[str, ...]
    raises: str


_one_at_a_time = threading.Lock()


def probe() -> SandboxLevel:
    """The highest level that holds here, found by starting a sandbox and trying to break out of it, once."""
    with _one_at_a_time:
        return _probe()


def probe_soon() -> None:
    """Begin to probe beside whatever comes next, which is loading modules for as long; `probe` then waits less."""
    threading.Thread(target=probe, daemon=True).start()


@cache
def _probe() -> SandboxLevel:
    if not sys.platform.startswith("linux"):
        return SandboxLevel.NONE
    for level in (SandboxLevel.BWRAP, SandboxLevel.LANDLOCK):
        if holds(level):
            return level
    return SandboxLevel.NONE


@cache
def holds(level: SandboxLevel) -> bool:
    """Whether a session at this level starts here, runs a cell, and is refused what the level forbids."""
    return why_not(level) == ""


@cache
def why_not(level: SandboxLevel) -> str:
    """Why a level cannot be had here, in one line; empty when it can."""
    if level is SandboxLevel.NONE:
        return ""
    if not sys.platform.startswith("linux"):
        return "it is for Linux"
    from autograder.sandbox import bwrap, landlock, seccomp

    if not seccomp.available():
        return "the seccomp library (pyseccomp and the system's libseccomp2) is missing"
    if level is SandboxLevel.BWRAP and bwrap.find() is None:
        return "bubblewrap (the command bwrap) is not installed"
    if level is SandboxLevel.BWRAP and (place := _under_scratch()):
        return f"{place} lies below {bwrap.SCRATCH}, where the sandbox has a folder of its own"
    if level is SandboxLevel.LANDLOCK and landlock.abi() < 6:
        return f"the kernel's Landlock has ABI {landlock.abi()}, and 6 is needed (Linux 6.12)"
    return _try(level)


def _under_scratch() -> str:
    """What of ours the sandbox could not show, since its own scratch lies over it; empty if nothing."""
    from autograder.sandbox.bwrap import SCRATCH

    needed = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[2]))
    return next((place for place in needed if Path(place).is_relative_to(SCRATCH)), "")


def _try(level: SandboxLevel) -> str:
    from autograder.errors import GraderFault
    from autograder.running.session import RunnerEnded
    from autograder.running.zygote import Zygote

    try:
        with Zygote.start(level=level) as zygote, zygote.session() as session:
            outcome = session.run_cell("probe", _PROBE)
    except (GraderFault, RunnerEnded, OSError) as error:
        return f"a trial sandbox did not start: {error}"
    told = "".join(str(item.get("text", "")) for item in outcome.outputs)
    return (
        ""
        if told == "held\n"
        else f"a trial sandbox let something through: {told.strip() or outcome.failure}"
    )


# Each line is a way out; the word is printed when it was open.
_PROBE = """
import os, socket
def open_way(word, way):
    try:
        way()
    except OSError:
        return
    print("open:", word)
open_way("sockets", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
open_way("processes", os.fork)
open_way("passwords", lambda: open("/etc/passwd").read())
open_way("writing", lambda: open("/etc/unrolled-probe", "w"))
open_way("the parent's memory", lambda: open(f"/proc/{os.getppid() or 1}/mem", "rb"))
print("held")
"""


def explain(level: SandboxLevel) -> Explanation:
    """What the level stops, what it does not, and the command that raises it."""
    known = _EXPLANATIONS[level]
    return replace(known, raises=_blocked() or known.raises) if known.raises else known


# How distributions keep ordinary users from making namespaces: file, value, and what undoes it.
_SWITCHES = (
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 24.04 and later)",
    ),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sudo sysctl kernel.unprivileged_userns_clone=1"),
    ("/proc/sys/user/max_user_namespaces", "0", "sudo sysctl user.max_user_namespaces=10000"),
)

_MORE_NAMESPACES = (
    "sudo sysctl user.max_user_namespaces=10000 on the machine itself, or start the grader outside of the container "
    "or sandbox that bars more of them"
)


def _remedy(why: str) -> str:
    """What helps against what a trial sandbox, or bubblewrap in its own words, said; empty if it is not known."""
    from autograder.sandbox import linux

    if any(words in why for words in (linux.NO_NESTING, "ENOSPC", "No space left on device")):
        return _MORE_NAMESPACES
    if linux.ROOT_ALONE in why:
        return "start the grader as an ordinary user, or as root where there are other users"
    return ""


def _blocked() -> str:
    """Where bwrap is installed and may not work: the command that lets it."""
    if not sys.platform.startswith("linux") or shutil.which("bwrap") is None:
        return ""
    for file, value, remedy in _SWITCHES:
        path = Path(file)
        if path.exists() and path.read_text().strip() == value:
            return remedy
    if place := _under_scratch():
        return f"move {place} to another folder, and make its environment there anew"
    if remedy := _remedy(why_not(SandboxLevel.BWRAP)):
        return remedy
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        return "start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined"
    return ""


_ALWAYS_OPEN = (
    "timing: a submission can see how busy the machine is",
    "a hole in the kernel itself: keep it patched, and grade on a machine that holds nothing else of value",
)
_EXPLANATIONS = {
    SandboxLevel.BWRAP: Explanation(
        SandboxLevel.BWRAP,
        stops=(
            "reading or writing any file but Python, the course and its own scratch",
            "any network, also the machine's own ports",
            "seeing, signalling or outliving any process but its own",
            "new processes, namespaces, mounts and the kernel's rarely used calls",
            "more time, memory, threads, files or output than its limits",
        ),
        leaves=_ALWAYS_OPEN,
        raises="",
    ),
    SandboxLevel.LANDLOCK: Explanation(
        SandboxLevel.LANDLOCK,
        stops=(
            "opening any file but Python's, the course's and its own scratch",
            "any network: no socket can be made",
            "signalling other processes, new processes, namespaces and mounts",
            "more CPU time, memory, threads or output than its limits",
        ),
        leaves=(
            "names, sizes and times of other files (stat), and that other processes exist",
            "many small files in the scratch folder, until the watcher sees them",
            *_ALWAYS_OPEN,
        ),
        raises="sudo apt install bubblewrap (Debian, Ubuntu) or sudo dnf install bubblewrap (Fedora)",
    ),
    SandboxLevel.NONE: Explanation(
        SandboxLevel.NONE,
        stops=("endless loops, too much memory and floods of output, in code that means no harm",),
        leaves=(
            "everything else: the code can read, write, send and delete whatever you can",
            "with --trust-submissions only, or in a virtual machine of its own",
        ),
        raises=(
            "on Linux: sudo apt install bubblewrap libseccomp2; on Windows: WSL2; on a Mac: a Linux container"
        ),
    ),
}
