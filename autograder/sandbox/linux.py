"""The system calls that Python has no function for, through ctypes. Import it on Linux only."""

from __future__ import annotations

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_SECUREBITS = 28
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

# SECBIT_NOROOT, NO_SETUID_FIXUP, KEEP_CAPS off, each locked: uid 0 stops meaning anything.
NO_ROOT_POWERS = 0b11101111 & ~0b00010000

# What keeps a sandbox from being made, for people; the ladder knows what to do about each.
NO_NESTING = "user namespaces cannot be nested any further here"
ROOT_ALONE = "root is the only user of its user namespace, so the sandbox cannot become an ordinary one"


def check(result: int, what: str) -> int:
    """The result of a libc call.

    Raises:
        OSError: it failed; `what` is in the message.
    """
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def syscall(what: str, number: int, *arguments: int | ctypes._SimpleCData[int] | ctypes.Structure) -> int:
    """A raw system call; integers are passed as longs."""
    words = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    return check(libc.syscall(ctypes.c_long(number), *words), what)


def prctl(option: int, value: int = 0) -> int:
    """prctl(2) with one argument."""
    return check(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


def unshare(flags: int) -> None:
    """unshare(2).

    Raises:
        OSError: it failed; where namespaces are used up or barred the kernel speaks of a full disk, and this does not.
    """
    if libc.unshare(flags) < 0:
        code = ctypes.get_errno()
        text = NO_NESTING if code == errno.ENOSPC else f"unshare: {os.strerror(code)}"
        raise OSError(code, text)


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2)."""
    arguments = [text.encode() if text else None for text in (source, target, kind)]
    check(libc.mount(*arguments, ctypes.c_ulong(flags), options.encode() or None), f"mount {target}")


class _CapHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapData(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def drop_capabilities() -> None:
    """Empty every set of capabilities, and stop uid 0 from refilling them."""
    libc.prctl(
        PR_SET_SECUREBITS, ctypes.c_ulong(NO_ROOT_POWERS), 0, 0, 0
    )  # needs CAP_SETPCAP; else nothing to lock
    for capability in range(64):
        libc.prctl(
            PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0
        )  # fails past the last one and without CAP_SETPCAP
    libc.prctl(PR_CAP_AMBIENT, ctypes.c_ulong(PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0)
    header = _CapHeader(0x20080522, 0)
    check(libc.capset(ctypes.byref(header), ctypes.byref((_CapData * 2)())), "capset")


def become_nobody(uid: int) -> None:
    """From root to an ordinary user, for good; stays dumpable so that /proc/self is still one's own.

    Raises:
        OSError: there is no other user in this user namespace.
    """
    try:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    except OSError as error:
        raise OSError(error.errno, ROOT_ALONE) from error
    prctl(PR_SET_DUMPABLE, 1)
