"""The zygote's own sandbox: bubblewrap, namespaces of its own, read-only binds of what it needs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

# Where inside the sandbox the zygote keeps what its imports write (a font list); read-only for its children.
CACHE = "/cache"
SCRATCH = "/tmp"


def find() -> str | None:
    """The path of bwrap, if it is installed."""
    return shutil.which("bwrap")


def command(
    argv: Sequence[str],
    readable: Iterable[Path],
    environment: Mapping[str, str],
    *,
    hidden: Iterable[Path] = (),
    device: str = "cpu",
) -> list[str]:
    """The command line that runs `argv` in the sandbox.

    As an ordinary user a user namespace gives the power to mount. Root needs none, and gets none: in one
    of its own, uid 0 would stay the machine's uid 0, for whom RLIMIT_NPROC does not count. The zygote
    is left the two capabilities with which it becomes nobody before it imports anything; from there on
    both cases are the same, an ordinary user without capabilities.
    """
    root = os.geteuid() == 0
    line = [find() or "bwrap", "--die-with-parent", "--new-session", "--clearenv"]
    line += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if root:
        line += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        line += ["--unshare-user"]
    for name, value in environment.items():
        line += ["--setenv", name, value]
    line += _binds(readable)
    for path in hidden:
        line += ["--tmpfs", str(path)]
    line += ["--proc", "/proc", "--dev", "/dev", *_devices(device)]
    line += ["--perms", "1777", "--tmpfs", SCRATCH, "--perms", "1777", "--tmpfs", CACHE]
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--hostname", "sandbox", "--chdir", SCRATCH]
    return [*line, "--", *argv]


def _binds(readable: Iterable[Path]) -> list[str]:
    """Outer folders before those inside them; a link that is its own entry stays a link."""
    paths = sorted(readable, key=lambda path: len(path.parts))
    parents = {parent for path in paths for parent in path.parents if parent != parent.parent}
    line: list[str] = []
    for parent in sorted(parents - set(paths), key=lambda path: len(path.parts)):
        line += [
            "--perms",
            "0755",
            "--dir",
            str(parent),
        ]  # made by bwrap itself, they are for their owner alone
    done: list[Path] = []
    for path in paths:
        if any(outer in path.parents for outer in done):
            continue
        if path.is_symlink():
            line += ["--symlink", os.readlink(path), str(path)]
        else:
            line += ["--ro-bind", str(path), str(path)]
            done.append(path)
    return line


def _devices(device: str) -> list[str]:
    if device != "cuda":
        return []
    line: list[str] = []
    for node in sorted(Path("/dev").glob("nvidia*")):
        line += ["--dev-bind", str(node), str(node)]
    return line
