"""A student's workspace: labs, lectures and a start page in a folder of their own, and JupyterLab opened on it.

It has the shape of a checkout (labs/, course/, datasets/), so that the notebooks' links hold. Nothing that a
student wrote is ever written over: what was released is remembered by digests, a folder whose files are as they
were released is brought up to date, and beside one that was changed the newer release is laid.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import BadInput
from autograder.labs import all_labs, lab_folder
from autograder.places import PROBES, datasets_dir, labs_dir, lectures_dir
from autograder.student.jupyterlab import first_page, open_jupyterlab, write_settings
from autograder.student.progress import LABS, OURS, write_whole
from autograder.student.start_page import COURSE, refresh, write_facts

RELEASED = "released.json"
_LEFT_OUT = {".py", ".pyc", ".typed", ".mplstyle"}  # the package's own, in the lectures' folder

__all__ = ["OURS", "RELEASED", "first_page", "make_workspace", "open_jupyterlab"]

Released = dict[str, dict[str, list[str]]]


@dataclass(frozen=True)
class Parcel:
    """A folder that is released as a whole: `name` below the workspace, its files by their path in it."""

    name: str
    files: Mapping[str, Path]


def make_workspace(folder: Path) -> list[str]:
    """Make the workspace, or bring it up to date; gives a line for each thing that the student should know.

    Raises:
        BadInput: the folder cannot be made or written, or belongs to the package itself.
    """
    _refuse_our_own(folder)
    try:
        new = not (folder / OURS).is_dir()
        (folder / OURS).mkdir(parents=True, exist_ok=True)
        released = _released(folder)
        news = [line for parcel in _parcels() for line in _lay(folder, parcel, released)]
        write_whole(folder / OURS / RELEASED, json.dumps(released, indent=1, sort_keys=True))
        write_facts(folder)
        refresh(folder)
        write_settings(folder / OURS)
    except OSError as error:
        raise BadInput(
            f"--folder should name a folder that can be written; {error.filename or folder}: {error.strerror}"
        ) from error
    return [f"made the workspace {folder.resolve()}", *news] if new else news


def _refuse_our_own(folder: Path) -> None:
    place = folder.resolve()
    for ours in (labs_dir(), lectures_dir(), datasets_dir(), Path(__file__).parents[1]):
        if place.is_relative_to(ours.resolve()):
            raise BadInput(
                f"--folder should name a folder of the student's own; {folder} is inside the course's {ours}"
            )


# --- what is released ------------------------------------------------------------------------------------


def _parcels() -> Iterator[Parcel]:
    labs = all_labs()
    if not labs:
        raise BadInput(f"there are no labs in {labs_dir()}; in a checkout, make them with: make build")
    for name in labs:
        source = lab_folder(name)
        yield Parcel(f"{LABS}/{name}", {file: source / file for file in (f"{name}.ipynb", PROBES)})
    for path in sorted(lectures_dir().rglob("*.ipynb")):
        if path.stem == path.parent.name:
            place = path.parent.relative_to(lectures_dir()).as_posix()
            yield Parcel(f"{COURSE}/{place}", _files_of(path.parent))
    pages = sorted(lectures_dir().glob("*.md"))
    yield Parcel(COURSE, {path.name: path for path in pages})
    yield Parcel("datasets", _files_of(datasets_dir()))


def _files_of(folder: Path) -> dict[str, Path]:
    """The plain files below a folder, without code and without what is hidden."""
    found = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        name.as_posix(): path
        for name, path in found.items()
        if name.suffix not in _LEFT_OUT and not any(part.startswith((".", "__")) for part in name.parts)
    }


# --- laying it out ---------------------------------------------------------------------------------------


def _released(folder: Path) -> Released:
    """Two digests of each file that was laid out, by folder and name; of an unreadable record nothing is believed."""
    try:
        found: Any = json.loads((folder / OURS / RELEASED).read_text(encoding="utf-8"))
        return {
            str(place): {str(name): [str(digest) for digest in both] for name, both in files.items()}
            for place, files in found.items()
        }
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _lay(folder: Path, parcel: Parcel, released: Released) -> Iterator[str]:
    """Lay out a parcel, or what is newer in it; a line if it had to go beside the student's work."""
    place = _newest_place(folder, parcel.name)
    before = released.get(place, {})
    fresh = {name: [_digest(path), _work(path)] for name, path in parcel.files.items()}
    if _is_changed(folder / place, before, fresh) and _is_newer(before, fresh):
        mine, place = place, _next_place(place)
        before = {}
        yield f"{parcel.name}: a newer release lies in {place}; your work in {mine} is as it was"
    target = folder / place
    for name, source in parcel.files.items():
        if _wants(target / name, before.get(name, ["", ""]), fresh[name]):
            _copy(source, target / name)
    released[place] = fresh


def _is_newer(before: Mapping[str, list[str]], fresh: Mapping[str, list[str]]) -> bool:
    """Whether this is another release than the one that was laid out; probes alone can be exchanged."""
    return any(before.get(name) != both for name, both in fresh.items() if Path(name).name != PROBES)


def _is_changed(target: Path, before: Mapping[str, list[str]], fresh: Mapping[str, list[str]]) -> bool:
    """Whether the student changed a file here, beyond running it."""
    return any(
        _work(target / name) not in ("", before.get(name, ["", ""])[1], both[1])
        for name, both in fresh.items()
        if Path(name).name != PROBES
    )


def _wants(file: Path, before: list[str], fresh: list[str]) -> bool:
    """Whether a file is to be written: it is missing, or newer in this release, or probes that do not fit."""
    if not file.is_file() or file.name == PROBES:
        return not file.is_file() or _digest(file) != fresh[0]
    return before != fresh and _digest(file) != fresh[0] and _work(file) in (before[1], fresh[1])


def _newest_place(folder: Path, name: str) -> str:
    place = name
    while (folder / _next_place(place)).is_dir():
        place = _next_place(place)
    return place


def _next_place(place: str) -> str:
    """labs/lab04_lstm, labs/lab04_lstm-new, labs/lab04_lstm-new2, ..."""
    stem, word, number = place.rpartition("-new")
    if not word or not (number == "" or number.isdigit()):
        return f"{place}-new"
    return f"{stem}-new{int(number or 1) + 1}"


def _copy(source: Path, target: Path) -> None:
    """Whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        shutil.copyfile(source, beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _work(path: Path) -> str:
    """A digest of what can be someone's work: of a notebook the cells' text and kind, not what a run left behind.

    Empty if there is no such file.
    """
    if not path.is_file():
        return ""
    if path.suffix == ".ipynb":
        try:
            cells = json.loads(path.read_bytes())["cells"]
            text = [
                [cell["cell_type"], "".join(cell["source"]), cell.get("attachments", {})] for cell in cells
            ]
            return hashlib.sha256(json.dumps(text, sort_keys=True).encode()).hexdigest()
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # a damaged notebook is compared byte by byte
    return _digest(path)
