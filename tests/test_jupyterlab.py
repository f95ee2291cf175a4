"""How JupyterLab is started on a workspace; tests/test_student_browser.py looks at it in a browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.errors import BadInput
from autograder.student import jupyterlab
from autograder.student.jupyterlab import (
    first_page,
    jupyterlab_command,
    jupyterlab_environment,
    open_jupyterlab,
    write_settings,
)
from tests.command_support import here, said_in_one_line


def test_when_started_it_is_this_environments_and_asks_no_network(tmp_path: Path) -> None:
    command = jupyterlab_command(tmp_path, "START.md", browser=False)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={tmp_path}" in command
    assert "--no-browser" in command
    assert "--LabApp.extension_manager=readonly" in command
    assert "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate" in command
    assert "--no-browser" not in jupyterlab_command(tmp_path, "START.md", browser=True)


def test_when_a_page_has_a_space_the_address_has_none(tmp_path: Path) -> None:
    assert "--LabApp.default_url=/lab/tree/a%20page.md" in jupyterlab_command(
        tmp_path, "a page.md", browser=True
    )


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_when_root_starts_it_jupyterlab_is_told_that_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, allowed: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--allow-root" in jupyterlab_command(tmp_path, "START.md", browser=True)) is allowed


def test_when_the_user_has_settings_ours_come_first_and_theirs_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/theirs")
    environment = jupyterlab_environment(tmp_path)
    ours = str(tmp_path / ".unrolled" / "jupyter")
    assert environment["JUPYTER_CONFIG_PATH"] == f"{ours}{os.pathsep}/theirs"
    assert environment["JUPYTER_PATH"].split(os.pathsep)[0] == ours
    assert environment.get("JUPYTER_CONFIG_DIR") == os.environ.get("JUPYTER_CONFIG_DIR")


def test_when_settings_are_written_the_kernel_is_this_python(tmp_path: Path) -> None:
    write_settings(tmp_path)
    kernel = json.loads((tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json").read_text())
    assert kernel["argv"][0] == sys.executable


@pytest.mark.parametrize("installed", [True, False])
def test_when_nbgrader_is_installed_its_validate_is_switched_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    monkeypatch.setattr(jupyterlab, "find_spec", lambda name: object() if installed else None)
    write_settings(tmp_path)
    settings = json.loads((tmp_path / "jupyter" / "jupyter_server_config.json").read_text())
    wanted = {"nbgrader.server_extensions.validate_assignment": True} if installed else {}
    assert settings["ServerApp"]["jpserver_extensions"] == wanted


def test_when_there_is_no_such_lab_it_is_not_started(tiny: str) -> None:
    with pytest.raises(BadInput, match=f"no lab 'lab99'; the labs are: {tiny}"):
        first_page("lab99")


def test_when_jupyterlab_is_missing_one_line_names_the_command_and_no_workspace_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jupyterlab, "find_spec", lambda name: None)
    line = said_in_one_line(here("lab", "--folder", tmp_path / "ws", "--no-browser"))
    assert f"{sys.executable} -m pip install jupyterlab" in line
    assert not (tmp_path / "ws").exists()


@pytest.mark.parametrize(("ends_with", "code"), [("pass", 0), ("sys.exit(1)", 3)])
def test_when_it_ends_the_code_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends_with: str, code: int
) -> None:
    command = [sys.executable, "-c", f"import sys; {ends_with}"]
    monkeypatch.setattr(jupyterlab, "jupyterlab_command", lambda *args, **kwargs: command)
    assert open_jupyterlab(tmp_path, "START.md", browser=False) == code


def test_when_ctrl_c_is_pressed_it_is_jupyterlabs_to_answer(tmp_path: Path) -> None:
    child = "import signal, time; signal.signal(2, lambda *_: print('asked', flush=True)); print('up', flush=True)"
    code = (
        "import subprocess, sys; from autograder.student.jupyterlab import _wait\n"
        f"process = subprocess.Popen([sys.executable, '-c', {child + '; time.sleep(1.5)'!r}])\n"
        "sys.exit(_wait(process))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    os.killpg(process.pid, 2)
    assert process.communicate(timeout=30)[0] == "asked\n"
    assert process.returncode == 0
