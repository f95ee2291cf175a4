"""The calls that no lab needs, refused by the kernel: a BPF program, built once on the trusted side."""

from __future__ import annotations

import ctypes
import errno
import tempfile
from collections.abc import Sequence
from functools import cache

from autograder.sandbox.linux import syscall

_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SET_MODE_FILTER = 1
_TSYNC = 1
_CLONE_THREAD = 0x00010000

# By what they would be used for. Each gets EPERM: code that merely asks (a library's probe) goes on.
DENIED: dict[str, Sequence[str]] = {
    "network": ("socket", "connect", "bind", "listen", "accept", "accept4"),
    "other processes": (
        "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd pidfd_open "
        "pidfd_send_signal perf_event_open"
    ).split(),
    "new processes": ("fork", "vfork", "execve", "execveat"),
    "namespaces and mounts": (
        "unshare setns mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick move_mount open_tree "
        "mount_setattr"
    ).split(),
    "uncounted memory": "memfd_create memfd_secret shmget shmat shmctl msgget semget mq_open".split(),
    "large attack surface": (
        "bpf io_uring_setup io_uring_enter io_uring_register userfaultfd keyctl add_key request_key "
        "fanotify_init name_to_handle_at open_by_handle_at quotactl lookup_dcookie vmsplice"
    ).split(),
    "the machine": (
        "kexec_load kexec_file_load init_module finit_module delete_module reboot swapon swapoff acct "
        "settimeofday clock_settime clock_adjtime adjtimex syslog sethostname setdomainname iopl ioperm "
        "personality mknod mknodat"
    ).split(),
}  # fmt: skip


@cache
def available() -> bool:
    """Whether the library that builds the filter can be loaded."""
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, RuntimeError, OSError):
        return False
    return True


@cache
def program(cuda: bool = False) -> bytes:
    """The filter; empty where the library is missing. CUDA's driver needs memfd_create and sockets."""
    if not available():
        return b""
    import pyseccomp

    table = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    refuse = pyseccomp.ERRNO(errno.EPERM)
    spared = {"memfd_create", "socket", "bind", "connect"} if cuda else set()
    for names in DENIED.values():
        for name in names:
            if name not in spared:
                _deny(table, refuse, name)
    # A thread is a clone with CLONE_THREAD. clone3 hides its flags in memory, where no filter sees them:
    # told that there is no such call, glibc goes back to clone.
    is_process = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _CLONE_THREAD, 0)
    table.add_rule(refuse, "clone", is_process)
    table.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    # Pushing characters into a terminal's input (TIOCSTI) is a way out of any shell.
    table.add_rule(refuse, "ioctl", pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, 0x5412))
    with tempfile.TemporaryFile() as file:
        table.export_bpf(file)
        file.seek(0)
        return file.read()


def _deny(table: object, action: int, name: str) -> None:
    try:
        table.add_rule(action, name)  # type: ignore[attr-defined]
    except (OSError, ValueError, RuntimeError):  # no such call on this architecture or in this library
        return


class _Program(ctypes.Structure):
    _fields_ = (("count", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def apply(bpf: bytes) -> None:
    """Put the filter on this process, all of its threads, for good. Needs no_new_privs."""
    import platform  # resolved before the fork by whoever imports this module's caller

    body = ctypes.create_string_buffer(bpf, len(bpf))
    loaded = _Program(len(bpf) // 8, ctypes.cast(body, ctypes.c_char_p))
    number = _SECCOMP[platform.machine()]
    syscall("seccomp", number, _SET_MODE_FILTER, _TSYNC, ctypes.addressof(loaded))
