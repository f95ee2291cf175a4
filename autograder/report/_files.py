"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from autograder.errors import BadInput


def write_all(folder: Path, files: Mapping[str, str]) -> tuple[Path, ...]:
    """Write texts as UTF-8 into `folder`, made if absent; each replaces its old version in one step.

    Raises:
        BadInput: the folder cannot be made or written (rights, a full disk, a file in its place).
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(_replace(folder / name, text) for name, text in files.items())
    except OSError as error:
        raise BadInput(
            f"the report cannot be written to {folder}: {error.strerror or error}; "
            "give a folder on a disk with room that you may write in"
        ) from error


def _replace(path: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)  # mkstemp gives 0600, a report is as readable as any new file
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path
