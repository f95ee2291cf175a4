"""What a forked child does to itself before it runs a student's first line. Linux only.

The order matters. Namespaces come first, while there is one thread; then mounts, which need the new
namespaces' powers; then limits, and the end of all powers; Landlock and seccomp last, since they bar
what came before.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.model import Limits
from autograder.sandbox import landlock, linux, seccomp
from autograder.sandbox.bwrap import CACHE, SCRATCH

_NAMESPACES = (
    linux.CLONE_NEWUSER
    | linux.CLONE_NEWPID
    | linux.CLONE_NEWNS
    | linux.CLONE_NEWNET
    | linux.CLONE_NEWIPC
    | linux.CLONE_NEWUTS
)
OPEN_FILES = 256
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_KEPT_OF_PROC = ("cpuinfo", "meminfo")


@dataclass(frozen=True)
class Cage:
    """How one child is held: it may write to `scratch`; `readable` counts where there is no bwrap."""

    level: str
    limits: Limits
    scratch: str = SCRATCH
    readable: tuple[str, ...] = ("/",)
    bpf: bytes = b""
    device: str = "cpu"
    data_bytes: int = 0


def enter_namespaces() -> None:
    """New user, pid, mount, net, ipc and uts namespaces; the next fork is PID 1. Keeps the user's own id."""
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(_NAMESPACES)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def lock(cage: Cage) -> None:
    """From here on the process can do what a lab needs and nothing more.

    Raises:
        OSError: some part of the lock did not close; the caller must not run a student's code then.
    """
    if cage.level == "bwrap":
        _mount(cage)
    _limit(cage)
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    if cage.level == "none":
        return
    linux.drop_capabilities()
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    if cage.device != "cuda":
        landlock.restrict((*cage.readable, *_DEVICES, "/proc/self"), (cage.scratch, "/dev/null"))
    if cage.bpf:
        seccomp.apply(cage.bpf)


def _mount(cage: Cage) -> None:
    """A scratch of its own, bounded in bytes and files, over the zygote's; no /proc; all else read-only."""
    quiet = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("", "/", "", linux.MS_REC | linux.MS_PRIVATE)
    size = f"size={cage.limits.file_mb}m,nr_inodes={cage.limits.files},mode=0700"
    linux.mount("tmpfs", SCRATCH, "tmpfs", quiet, size)
    _remount_read_only(CACHE, quiet)
    if cage.device != "cuda":  # the driver asks /proc which devices there are
        _replace_proc(quiet)


def _replace_proc(quiet: int) -> None:
    """bwrap's /proc shows the zygote; libraries that count cores and memory need two files of it."""
    stage = Path(SCRATCH, ".proc")
    stage.mkdir()
    linux.mount("tmpfs", str(stage), "tmpfs", quiet, "size=64k,nr_inodes=16,mode=0555")
    for name in _KEPT_OF_PROC:
        (stage / name).touch()
        linux.mount(f"/proc/{name}", str(stage / name), "", linux.MS_BIND)
    (stage / "self").mkdir()  # TensorFlow asks for its own name, and aborts without an answer
    (stage / "self/exe").symlink_to(os.path.realpath(sys.executable))
    (stage / "self/cmdline").write_bytes(b"python\0")
    linux.mount(str(stage), "/proc", "", linux.MS_BIND | linux.MS_REC)
    linux.check(linux.libc.umount2(str(stage).encode(), 2), "umount")
    stage.rmdir()
    _remount_read_only("/proc", quiet)


def _remount_read_only(path: str, quiet: int) -> None:
    linux.mount("", path, "", linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | quiet)


def _limit(cage: Cage) -> None:
    limits = cage.limits
    bytes_of_file = limits.file_mb << 20
    cpu = int(limits.notebook_cpu_s) + 5  # the watcher is exact; this holds if the watcher is gone
    table = {
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_FSIZE: bytes_of_file,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_MEMLOCK: 1 << 20,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if cage.data_bytes and cage.device != "cuda":  # CUDA maps far more than it uses
        table[resource.RLIMIT_DATA] = cage.data_bytes
    if cage.level != "bwrap":  # there the count is this user's on the whole machine, not this session's
        del table[resource.RLIMIT_NPROC]
    for what, most in table.items():
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def clean(scratch: Path) -> None:
    """Remove a scratch folder that is no tmpfs of its own; whatever its owner did to the modes."""
    shutil.rmtree(scratch, onerror=_unlock_and_retry)


def _unlock_and_retry(function: object, path: str, _: object) -> None:
    """A folder without write permission keeps its entries: open it and try again, once."""
    try:
        os.chmod(os.path.dirname(path), 0o700)
        os.chmod(path, 0o700, follow_symlinks=False) if os.chmod in os.supports_follow_symlinks else None
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
    except OSError:
        return
