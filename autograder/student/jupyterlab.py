"""JupyterLab on a workspace: this interpreter's kernel, no network, no questions, the start page kept current.

All settings lie in the workspace and are handed over by environment variables: the student's own configuration is
read as ever and never written.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from autograder.errors import BadInput, GraderFault
from autograder.labs import lab_folder
from autograder.student.progress import LABS, OURS, write_whole
from autograder.student.start_page import START

_SETTINGS = "jupyter"
_NOT_FOR_STUDENTS = (
    "@jupyterlab/apputils-extension:announcements",  # asks for news, before anything else, and needs a network
    "@jupyterlab/extensionmanager-extension:plugin",
    *(f"@jupyter/nbgrader:{room}" for room in ("create-assignment", "formgrader", "course-list")),
)
_EXTENSION = Path(__file__).with_name("jupyter")  # a few lines of JavaScript, see there


def write_settings(ours: Path) -> None:
    """JupyterLab's settings for this workspace alone, in `ours`, the workspace's hidden folder."""
    place = ours / _SETTINGS
    files: dict[str, Any] = {
        "labconfig/page_config.json": {"disabledExtensions": dict.fromkeys(_NOT_FOR_STUDENTS, True)},
        "labconfig/default_setting_overrides.json": {
            "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
            "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
        },
        "jupyter_server_config.json": {"ServerApp": {"jpserver_extensions": _server_extensions()}},
        "kernels/python3/kernel.json": {
            "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
            "metadata": {"debugger": True},
        },
    }
    for name, content in files.items():
        write_whole(place / name, json.dumps(content, indent=1))
    target = place / "labextensions" / "unrolled-start-page"
    for source in sorted(_EXTENSION.iterdir()):
        (target / "static").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target / ("static" if source.suffix == ".js" else ".") / source.name)


def _server_extensions() -> dict[str, bool]:
    """nbgrader's Validate button, where nbgrader is installed."""
    found = find_spec("nbgrader") is not None
    return {"nbgrader.server_extensions.validate_assignment": True} if found else {}


def first_page(lab: str | None) -> str:
    """The page that JupyterLab opens with, a path below the workspace: the lab, or the start page.

    Raises:
        BadInput: JupyterLab is not installed, or there is no such lab.
    """
    page = START if lab is None else f"{LABS}/{lab_folder(lab).name}/{lab}.ipynb"
    if find_spec("jupyterlab") is None:
        raise BadInput(
            f"JupyterLab is not installed for this Python; run: {sys.executable} -m pip install jupyterlab"
        )
    return page


def open_jupyterlab(folder: Path, page: str, *, browser: bool) -> int:
    """Start JupyterLab on the workspace, at this page; returns when it is shut down.

    Gives 0, or 3 if JupyterLab ended by an error, which it has told itself.
    """
    command = jupyterlab_command(folder, page, browser=browser)
    code = _wait(subprocess.Popen(command, env=jupyterlab_environment(folder)))
    return 0 if code in (0, -signal.SIGTERM) else GraderFault.exit_code


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Until it ends. Ctrl-C is JupyterLab's to answer (it asks first); our own end is also its end."""
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue
    finally:
        signal.signal(signal.SIGTERM, before)


def jupyterlab_command(folder: Path, page: str, *, browser: bool) -> list[str]:
    """How JupyterLab is started; `page` is a path below the workspace."""
    command = [
        *(sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}"),
        f"--LabApp.default_url=/lab/tree/{quote(page)}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",  # the other kind asks PyPI
    ]
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    return command


def jupyterlab_environment(folder: Path) -> dict[str, str]:
    """The environment in which the workspace's settings, kernel and start page hold."""
    ours = (folder / OURS / _SETTINGS).resolve()
    added = {
        "JUPYTER_CONFIG_PATH": _before(ours, "JUPYTER_CONFIG_PATH"),
        "JUPYTER_PATH": _before(ours, "JUPYTER_PATH"),
        # which tabs were open: of this folder, not of whatever was opened last on this machine
        "JUPYTERLAB_WORKSPACES_DIR": str(ours / "layout"),
    }
    return {**os.environ, **added}


def _before(ours: Path, variable: str) -> str:
    return os.pathsep.join(filter(None, [str(ours), os.environ.get(variable, "")]))
