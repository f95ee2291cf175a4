"""What a runner may read: Python, this package and the course, system libraries, small data. Nothing else."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

from autograder import places

_SYSTEM = (
    "/lib /lib32 /lib64 /usr/lib /usr/lib32 /usr/lib64 /usr/share/zoneinfo /usr/share/fonts "
    "/etc/ld.so.cache /etc/localtime /etc/fonts"
).split()
PACKAGES = ("autograder", "course")


def package_root() -> Path:
    """The folder that `autograder` and `course` are imported from."""
    return Path(__file__).resolve().parents[2]


def readable_paths(device: str = "cpu") -> list[Path]:
    """Files and folders that exist here and that a runner needs; folders are meant with all they contain."""
    found = {Path(path) for path in _SYSTEM}
    found |= _interpreter()
    found |= {package_root() / name for name in PACKAGES}
    found.add(places.datasets_dir())
    if device == "cuda":
        found |= {Path("/usr/local/cuda"), Path("/sys"), Path("/etc/OpenCL")}
    return sorted(path for path in found if path.exists())


def _interpreter() -> set[Path]:
    """The interpreter, its library and its environments; of /usr and /usr/local only what is Python's."""
    found = set()
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}:
        folder = Path(prefix)
        found |= {folder / "lib", folder / "lib64"} if folder in _SHARED else {folder}
    found |= {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    link = Path(sys.executable)
    for _ in range(10):  # venv/bin/python may point through several links; each must exist inside
        found.add(link)
        if not link.is_symlink():
            break
        link = link.parent / link.readlink()
    found.add(link.resolve())
    return found


_SHARED = (Path("/usr"), Path("/usr/local"), Path("/"))
