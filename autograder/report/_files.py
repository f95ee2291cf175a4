"""Files that are there whole or not at all."""

from __future__ import annotations

import secrets
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
    """Not by `tempfile`, whose files only their owner may read: a report has the rights of any new file."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with new.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    return path
