"""Files written whole or not at all, and folders of strangers copied without what is no plain file."""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

_FILES = 1000
_BYTES = 100_000_000
_DEPTH = 8
_BESIDE = re.compile(r"\..+\.(\d+)\.(?:part|old)")  # as `write_whole` and `copy_plain` name them


def write_whole(path: Path, data: str | bytes, mode: int = 0o644) -> None:
    """Write a file beside its place and move it there, so that no reader and no crash sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
        beside.chmod(mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def clear_leftovers(root: Path) -> None:
    """Take away what programs that were killed had begun to write below a folder, beside the files' own places."""
    for path in root.rglob(".*"):
        found = _BESIDE.fullmatch(path.name)
        if found and not _runs(int(found[1])):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def plain_files(folder: Path, depth: int = _DEPTH) -> Iterator[Path]:
    """The regular files below a folder; links, pipes, sockets and devices are neither followed nor opened."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            if depth:
                yield from plain_files(Path(entry.path), depth - 1)
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def special_files(folder: Path) -> Iterator[Path]:
    """The entries below a folder that are neither regular files nor folders."""
    for entry in list(os.scandir(folder)):
        if entry.is_dir(follow_symlinks=False):
            yield from special_files(Path(entry.path))
        elif not entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def copy_plain(source: Path, target: Path, leave_out: frozenset[str] = frozenset()) -> None:
    """Copy a stranger's folder: regular files only, at most 1000 and 100 MB; `target` is replaced whole."""
    staged = target.with_name(f".{target.name}.{os.getpid()}.part")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    left = _BYTES
    try:
        for count, path in enumerate(plain_files(source)):
            relative = path.relative_to(source)
            if str(relative) in leave_out:
                continue
            size = copy_file(path, staged / relative, left)
            left -= size
            if left <= 0 or count >= _FILES:
                break
        _put_in_place(staged, target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def copy_file(path: Path, target: Path, at_most: int) -> int:
    """Copy a regular file, unless it is larger than `at_most` bytes, a link or something else; its size in bytes."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return 0
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > at_most:
            return 0
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as copy:
            shutil.copyfileobj(file, copy)
    os.utime(target, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    return facts.st_size


def _put_in_place(staged: Path, target: Path) -> None:
    if target.exists():
        old = target.with_name(f".{target.name}.{os.getpid()}.old")
        target.replace(old)
        staged.replace(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        staged.replace(target)


def same_plain(source: Path, target: Path, leave_out: frozenset[str] = frozenset()) -> bool:
    """Whether a copy made by `copy_plain` is still the same, by names, sizes and times."""
    if not target.is_dir():
        return False
    return _facts(source, leave_out) == _facts(target, leave_out)


def _facts(folder: Path, leave_out: frozenset[str]) -> dict[str, tuple[int, int]]:
    found = {}
    for path in plain_files(folder):
        relative = str(path.relative_to(folder))
        if relative not in leave_out:
            facts = path.lstat()
            found[relative] = (facts.st_size, facts.st_mtime_ns)
    return found
