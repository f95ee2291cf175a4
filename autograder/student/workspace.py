"""A student's workspace: labs, lectures and a start page in a folder of their own, and JupyterLab opened on it.

Nothing that a student wrote is ever written over. What was released is remembered by its digest: a file that is
still as it was released is brought up to date, and beside one that was changed the newer release is laid.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from autograder.errors import BadInput
from autograder.labs import all_labs, lab_folder
from autograder.places import PROBES, lectures_dir
from autograder.student.start_page import START, start_page

OURS = ".unrolled"
RELEASED = "released.json"
LECTURES = "lectures"


def make_workspace(folder: Path) -> list[str]:
    """Make the workspace, or bring it up to date; gives a line for each thing that the student should know.

    Raises:
        BadInput: the folder cannot be made or written.
    """
    try:
        (folder / OURS).mkdir(parents=True, exist_ok=True)
        released = _released(folder)
        news = [line for name in all_labs() for line in _lay_out_lab(folder, name, released)]
        _lay_out_lectures(folder, released)
        (folder / START).write_text(start_page(), encoding="utf-8")
        _write_settings(folder)
        (folder / OURS / RELEASED).write_text(
            json.dumps(released, indent=1, sort_keys=True), encoding="utf-8"
        )
    except OSError as error:
        raise BadInput(
            f"--folder should name a folder that can be written; {error.filename or folder}: {error.strerror}"
        ) from error
    return news


def _released(folder: Path) -> dict[str, str]:
    """Digests of what was laid out before, by path; an unreadable record counts everything as changed."""
    try:
        found: Any = json.loads((folder / OURS / RELEASED).read_text(encoding="utf-8"))
        return {str(path): str(digest) for path, digest in found.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _lay_out_lab(folder: Path, name: str, released: dict[str, str]) -> Iterator[str]:
    source, target = lab_folder(name) / f"{name}.ipynb", folder / name / f"{name}.ipynb"
    probes = lab_folder(name) / PROBES
    key, digest = f"{name}/{name}.ipynb", _digest(source)
    if (
        target.is_file()
        and released.get(key) != digest
        and _digest(target) not in (released.get(key), digest)
    ):
        beside = folder / f"{name}-new"
        if not beside.exists():
            _copy(source, beside / source.name)
            _copy(probes, beside / PROBES)
            yield f"{name} has a newer release: it lies in {beside}, your work in {target.parent} is as it was"
        return
    if not target.is_file() or _digest(target) == released.get(key):
        _copy(source, target)
    if released.get(key) != digest or not (target.parent / PROBES).is_file():
        _copy(probes, target.parent / PROBES)
    released[key] = digest


def _lay_out_lectures(folder: Path, released: dict[str, str]) -> None:
    for source in sorted(lectures_dir().rglob("*.ipynb")):
        if source.stem != source.parent.name:
            continue
        target, key = folder / LECTURES / source.name, f"{LECTURES}/{source.name}"
        if target.is_file() and _digest(target) != released.get(key) and _digest(target) != _digest(source):
            continue  # a lecture that the student wrote into stays
        _copy(source, target)
        released[key] = _digest(source)


def _copy(source: Path, target: Path) -> None:
    """Whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, temporary)
    temporary.replace(target)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_settings(folder: Path) -> None:
    """JupyterLab's settings for this workspace alone: no question about news, which needs a network."""
    place = folder / OURS / "jupyter" / "labconfig"
    place.mkdir(parents=True, exist_ok=True)
    disabled = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (place / "page_config.json").write_text(json.dumps(disabled), encoding="utf-8")


def open_jupyterlab(folder: Path, lab: str | None, *, browser: bool) -> int:
    """Start JupyterLab on the workspace, at the start page or a lab; returns when it is shut down.

    Raises:
        BadInput: JupyterLab is not installed, or there is no such lab.
    """
    if find_spec("jupyterlab") is None:
        raise BadInput(f"JupyterLab is not installed; run: {sys.executable} -m pip install jupyterlab")
    page = START
    if lab is not None:
        lab_folder(lab)  # says which there are
        page = f"{lab}/{lab}.ipynb"
    environment = {**os.environ, "JUPYTER_CONFIG_PATH": config_path(folder)}
    return subprocess.run(jupyterlab_command(folder, page, browser=browser), env=environment).returncode


def jupyterlab_command(folder: Path, page: str, *, browser: bool) -> list[str]:
    """How JupyterLab is started, with this interpreter's own kernel."""
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"]
    command.append(f"--LabApp.default_url=/lab/tree/{page}")
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return command


def config_path(folder: Path) -> str:
    """What JUPYTER_CONFIG_PATH must be, for the workspace's settings to hold."""
    ours = str((folder / OURS / "jupyter").resolve())
    return os.pathsep.join(filter(None, [ours, os.environ.get("JUPYTER_CONFIG_PATH", "")]))
