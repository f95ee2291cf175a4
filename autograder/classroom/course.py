"""Make an ordinary nbgrader course of the labs, or bring one up to date.

source/<lab>/        the solution notebook and the visible probes, and nothing else: nbgrader copies the rest
release/<lab>/       what students get, made by nbgrader's generate_assignment into gradebook.db
submitted/           what students hand in
nbgrader_config.py   the teacher's; written once
secret               what hidden inputs are drawn from; written once
unrolled.json        which labs the course holds, and of which version
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from traitlets.config import Config

from autograder import notebooks
from autograder.classroom.config import (
    ADVICE,
    FILE,
    TEMPLATE,
    course_directory,
    folder_of,
    load_config,
)
from autograder.classroom.files import write_whole
from autograder.errors import BadInput
from autograder.places import LOCK

MANIFEST = "unrolled.json"
SECRET = "secret"
_SECRET_BYTES = 32
_SCHEMA = 1


@dataclass(frozen=True)
class CourseLab:
    """A lab as it goes into a course: its solution notebook, and the bytes of its visible probes."""

    name: str
    solution: NotebookNode
    probes: bytes

    @property
    def text(self) -> str:
        """The solution notebook as it stands in source/."""
        written: str = nbformat.writes(self.solution, version=4)
        return written if written.endswith("\n") else written + "\n"

    @property
    def version(self) -> str:
        """What changes when the lab does."""
        return hashlib.sha256(self.text.encode() + b"\0" + self.probes).hexdigest()


@dataclass(frozen=True)
class CourseNews:
    """What `init_course` did: labs added, brought up to date or left, and a line for the teacher."""

    made: bool
    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    advice: str = ""


def init_course(root: Path, labs: Sequence[CourseLab], course_id: str = "unrolled") -> CourseNews:
    """Make a course of these labs in `root`, or bring the one that is there up to date.

    An existing nbgrader course may be given too: the labs are added, and its own files are left alone.

    Raises:
        BadInput: `root` is something else, or holds an older version of a lab that students were graded with.
    """
    root = Path(root).absolute()
    try:
        return _init(root, labs, course_id)
    except OSError as error:
        where = error.filename or root
        raise BadInput(f"cannot make the course: {where}: {error.strerror or error}") from error


def _init(root: Path, labs: Sequence[CourseLab], course_id: str) -> CourseNews:
    kind = _kind(root)
    root.mkdir(parents=True, exist_ok=True)
    manifest = _read_manifest(root)
    if kind == "new":
        # The manifest first: it says that a half-made course is ours to finish.
        _write_manifest(root, manifest)
        write_whole(root / FILE, TEMPLATE.format(course_id=course_id))
    _make_secret(root)
    coursedir = course_directory(root, load_config(root))
    Path(coursedir.format_path(coursedir.submitted_directory, ".", ".")).mkdir(parents=True, exist_ok=True)
    news: dict[str, list[str]] = {"added": [], "updated": [], "unchanged": []}
    for lab in labs:
        news[_install(root, coursedir, manifest, lab)].append(lab.name)
        _write_manifest(root, manifest)
    return CourseNews(
        made=kind == "new",
        added=tuple(news["added"]),
        updated=tuple(news["updated"]),
        unchanged=tuple(news["unchanged"]),
        advice="" if _is_configured(root) else ADVICE,
    )


def refuse_other_folder(root: Path) -> None:
    """Before a course is made, or a lock for it: nothing is written into a folder that is something else.

    Raises:
        BadInput: it is.
    """
    _kind(Path(root))


def _is_configured(root: Path) -> bool:
    file = root / FILE
    return file.is_file() and "autograder.classroom.config" in file.read_text(encoding="utf-8")


def _kind(root: Path) -> str:
    """new (absent or empty), ours, or nbgrader.

    Raises:
        BadInput: none of them.
    """
    if not root.exists():
        return "new"
    if not root.is_dir():
        raise BadInput(f"a course is a folder, and {root} is a file; name another place")
    if (root / MANIFEST).is_file():
        return "ours" if (root / FILE).is_file() else "new"
    if all(entry.name == LOCK for entry in root.iterdir()):
        return "new"
    if (root / FILE).is_file() or (root / "gradebook.db").is_file():
        return "nbgrader"
    raise BadInput(f"{root} has files in it and is no nbgrader course; name a new or an empty folder")


def _read_manifest(root: Path) -> dict[str, Any]:
    file = root / MANIFEST
    if not file.is_file():
        return {"schema": _SCHEMA, "labs": {}}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if found["schema"] != _SCHEMA or not isinstance(found["labs"], dict):
            raise ValueError(f"schema {found['schema']}")
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{file} is not what this version of unrolled wrote: {error}") from error
    manifest: dict[str, Any] = found
    return manifest


def _write_manifest(root: Path, manifest: Mapping[str, Any]) -> None:
    write_whole(root / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def course_labs(root: Path) -> list[str]:
    """The labs that `init_course` put into a course; none for a folder that is no course of ours."""
    return sorted(_read_manifest(Path(root))["labs"])


def require_course(root: Path) -> None:
    """Refuse a folder that is no nbgrader course, before anything makes a gradebook in it.

    Raises:
        BadInput: it is none.
    """
    if not (Path(root) / FILE).is_file():
        raise BadInput(
            f"{root} is no nbgrader course (it has no {FILE}); make one with `unrolled init {root}`"
        )


def read_secret(root: Path) -> bytes:
    """The course's secret.

    Raises:
        BadInput: there is none, or it is too short to be one.
    """
    file = Path(root) / SECRET
    if not file.is_file():
        raise BadInput(f"{file} is missing: hidden inputs are drawn from it; run `unrolled init {root}`")
    found = file.read_bytes()
    if len(found) < _SECRET_BYTES:
        raise BadInput(f"{file} should hold {_SECRET_BYTES} random bytes and holds {len(found)}; restore it")
    return found


def _make_secret(root: Path) -> None:
    """Once, whole, and readable by nobody else; an existing one is only closed to others."""
    file = root / SECRET
    if file.is_file():
        read_secret(root)
        if file.stat().st_mode & 0o077:
            file.chmod(0o600)
        return
    beside = root / f".{SECRET}.{os.getpid()}.part"
    write_whole(beside, secrets.token_bytes(_SECRET_BYTES), mode=0o600)
    try:
        os.link(beside, file)  # unlike a rename, this never replaces the secret of a process that was faster
    except FileExistsError:
        pass
    finally:
        beside.unlink()


def _install(root: Path, coursedir: Any, manifest: dict[str, Any], lab: CourseLab) -> str:
    """Put one lab into the course: added, updated or unchanged."""
    source = folder_of(coursedir, "source", ".", lab.name)
    release = folder_of(coursedir, "release", ".", lab.name) / f"{lab.name}.ipynb"
    known = manifest["labs"].get(lab.name)
    if known and known["version"] == lab.version and release.is_file():
        return "unchanged"
    if known is None and source.exists() and any(source.iterdir()):
        raise BadInput(f"{source} is not ours to write over: move it away, or name another course")
    _refuse_other_cells(root, coursedir, lab)
    notebook = source / f"{lab.name}.ipynb"
    if known and notebook.is_file() and _digest(notebook) not in (known["source"], _digest_of(lab.text)):
        raise BadInput(f"{notebook} was edited by hand and the lab has changed; move your version away first")
    write_whole(notebook, lab.text)
    write_whole(source / "probes.safetensors", lab.probes)
    _generate(coursedir, lab.name)
    manifest["labs"][lab.name] = {"version": lab.version, "source": _digest_of(lab.text)}
    return "updated" if known else "added"


def _digest(file: Path) -> str:
    return _digest_of(file.read_text(encoding="utf-8"))


def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_other_cells(root: Path, coursedir: Any, lab: CourseLab) -> None:
    """Once students are graded, nbgrader cannot add or take away cells; say so in our words."""
    from nbgrader.api import MissingEntry

    from autograder.classroom.database import open_gradebook

    with open_gradebook(coursedir) as gradebook:
        try:
            notebook = gradebook.find_notebook(lab.name, lab.name)
        except MissingEntry:
            return
        graded = len(notebook.submissions)
        old = {cell.name for cell in notebook.source_cells}
    new = {notebooks.grade_id(cell) for cell in lab.solution.cells} - {""}
    if graded and old != new:
        differ = ", ".join(sorted(old ^ new)[:3])
        raise BadInput(
            f"{root} was made with an older {lab.name} and {graded} submissions are graded with it, so its "
            f"cells cannot change ({differ}); make a new course with `unrolled init` in another folder"
        )


class _Lines(logging.Handler):
    """What nbgrader logs, kept for the error line."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += [line for line in record.getMessage().splitlines() if line.strip()]

    def reason(self) -> str:
        """The exception's own line, if there is one."""
        errors = [
            line for line in self.lines if not line.startswith((" ", "Traceback", "There was", "Please"))
        ]
        return errors[0] if errors else "no reason given"


def _generate(coursedir: Any, name: str) -> None:
    """nbgrader's generate_assignment, with the course's folders and none of its other settings.

    A header or another stub of the teacher's would make the released notebook another one than the lab that
    submissions are graded against.
    """
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    log = logging.getLogger("autograder.classroom.generate")
    log.propagate = False
    kept = _Lines()
    log.addHandler(kept)
    config = Config()
    for trait in coursedir.class_trait_names(config=True):
        config.CourseDirectory[trait] = getattr(coursedir, trait)
    config.CourseDirectory.assignment_id = name
    config.CourseDirectory.notebook_id = "*"
    try:
        converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config, force=True)
        converter.log = log
        converter.start()
    except Exception as error:
        raise BadInput(f"nbgrader cannot make the release of {name}: {kept.reason()} ({error})") from error
    finally:
        log.removeHandler(kept)
