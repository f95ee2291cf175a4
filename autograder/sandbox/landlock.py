"""Landlock: what files, ports and processes a process may touch, decided by itself, for good. Linux 5.13+.

Source: the kernel's Documentation/userspace-api/landlock.rst.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Sequence

from autograder.sandbox.linux import syscall

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
TRUNCATE = 1 << 14
READ = EXECUTE | READ_FILE | READ_DIR
_FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | 1 << 15
# All file rights by ABI: 13 at first, then refer, truncate, (TCP at 4), ioctl on devices.
_FS_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_DEVICE_NODES = 1 << 6 | 1 << 11  # make_char, make_block: never granted


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("fd", ctypes.c_int32))


def abi() -> int:
    """The kernel's Landlock version; 0 where there is none."""
    try:
        return syscall("landlock", _CREATE, 0, 0, 1)
    except OSError:
        return 0


def restrict(readable: Sequence[str], writable: Sequence[str]) -> int:
    """From here on only these files, no TCP, no signals or abstract sockets to others; returns the ABI.

    Paths that do not exist are skipped. Binds the calling thread and its later children: call it before
    there is a second thread. Needs no_new_privs.
    """
    version = abi()
    if version < 1:
        return 0
    handled = _FS_RIGHTS[min(version, 5)]
    attributes = _Ruleset(handled, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    address = ctypes.addressof(attributes)
    ruleset = syscall("landlock ruleset", _CREATE, address, size, 0)
    try:
        for path in readable:
            _allow(ruleset, path, READ & handled)
        for path in writable:
            _allow(ruleset, path, handled & ~_DEVICE_NODES)
        syscall("landlock restrict", _RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: str, access: int) -> None:
    try:
        target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(target).st_mode):
            access &= _FILE_RIGHTS
        rule = _Beneath(access, target)
        syscall("landlock rule", _ADD_RULE, ruleset, _PATH_BENEATH, ctypes.addressof(rule), 0)
    finally:
        os.close(target)
