"""The command line itself: what it lists, how it ends, what it says when it cannot go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from click.testing import CliRunner

from autograder import __version__, cli, doctor
from autograder.errors import BadInput, CheckFailed, GraderFault, SourceError
from autograder.student import check_file, workspace
from tests.command_support import COMMAND, here, run, said_in_one_line

COMMANDS = "build check data demo doctor export grade init lab report students verify".split()


def test_when_help_is_asked_for_every_command_of_the_contract_has_a_line() -> None:
    told = here("--help").stdout
    listed = told.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == COMMANDS
    assert all(len(line.split()) > 3 for line in listed)


@pytest.mark.parametrize("command", COMMANDS)
def test_when_help_of_a_command_is_asked_for_its_options_are_told_apart(command: str) -> None:
    done = here(command, "-h")
    assert done.returncode == 0
    assert done.stdout.startswith("Usage: ")


def test_when_help_is_asked_for_nothing_heavy_is_imported() -> None:
    heavy = (
        "{'pandas', 'nbformat', 'nbgrader', 'torch', 'tensorflow', 'jupytext', 'sqlalchemy', 'matplotlib'}"
    )
    code = (
        "import sys\nfrom autograder.cli import main\nsys.argv = ['unrolled', '--help']\n"
        f"try:\n    main()\nexcept SystemExit:\n    print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_when_the_version_is_asked_for_it_is_the_packages() -> None:
    assert here("--version").stdout.split()[-1] == __version__


@pytest.mark.parametrize(
    "arguments", [["fly"], ["grade"], ["check"], ["lab", "--fast"], ["demo", "--students", "x"]]
)
def test_when_usage_is_wrong_the_exit_code_is_2(arguments: list[str]) -> None:
    done = here(*arguments)
    assert done.returncode == 2
    assert "Error: " in done.stderr


def raising(error: BaseException) -> Callable[..., NoReturn]:
    def command(*args: Any, **kwargs: Any) -> NoReturn:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BadInput("this is wanted"), 2, "unrolled: this is wanted"),
        (SourceError("this is wrong"), 2, "unrolled: this is wrong"),
        (GraderFault("this broke"), 3, "unrolled: this broke"),
        (CheckFailed("this failed"), 1, "unrolled: this failed"),
        (PermissionError(13, "Permission denied", "/a/file"), 2, "unrolled: /a/file: Permission denied"),
        (OSError(28, "No space left on device"), 2, "unrolled: No space left on device"),
        (KeyboardInterrupt(), 3, "unrolled: stopped; the same command goes on where this one was"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_when_a_command_cannot_go_on_one_line_says_why(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    monkeypatch.setattr(doctor, "examine", raising(error))
    assert said_in_one_line(here("doctor"), code) == said


def test_when_the_reader_of_a_pipe_has_gone_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "examine", raising(BrokenPipeError(32, "Broken pipe")))
    done = here("doctor")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


@pytest.mark.parametrize(("usable", "code"), [(True, 0), (False, 3)])
def test_when_the_course_cannot_be_used_doctor_exits_with_3(
    monkeypatch: pytest.MonkeyPatch, usable: bool, code: int
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda: (["a finding"], usable))
    done = here("doctor")
    assert (done.returncode, done.stdout) == (code, "a finding\n")


@pytest.mark.parametrize(("passed", "code"), [(True, 0), (False, 1)])
def test_when_a_check_fails_check_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, passed: bool, code: int
) -> None:
    monkeypatch.setattr(check_file, "check_file", lambda notebook, say: say(f"read {notebook}") or passed)
    done = here("check", "a notebook.ipynb")
    assert (done.returncode, done.stdout) == (code, "read a notebook.ipynb\n")


def test_when_the_lab_that_is_to_be_opened_does_not_exist_no_workspace_is_made(
    tiny: str, tmp_path: Path
) -> None:
    line = said_in_one_line(here("lab", "lab99", "--folder", tmp_path / "ws", "--no-browser"))
    assert "there is no lab 'lab99'" in line and tiny in line
    assert not (tmp_path / "ws").exists()


def test_when_the_labs_are_opened_the_news_is_told_first(
    tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def opened(folder: Path, page: str, *, browser: bool) -> int:
        asked.append((folder, page, browser))
        return 0

    monkeypatch.setattr(workspace, "open_jupyterlab", opened)
    done = here("lab", tiny, "--folder", tmp_path / "ws", "--no-browser")
    assert done.returncode == 0
    assert done.stdout == f"made the workspace {tmp_path / 'ws'}\n"
    assert asked == [(tmp_path / "ws", f"labs/{tiny}/{tiny}.ipynb", False)]


@pytest.mark.parametrize("package", ["numpy", "safetensors", "nbformat"])
def test_when_a_package_is_missing_the_command_says_in_one_line_what_to_run(
    tmp_path: Path, package: str
) -> None:
    code = f"import sys; sys.modules[{package!r}] = None; {COMMAND[-1]}"
    line = said_in_one_line(run([sys.executable, "-c", code, "lab", "--folder", tmp_path / "ws"]))
    assert line.endswith(f"{sys.executable} -m pip install {package}")
    assert not (tmp_path / "ws").exists()


def test_when_a_module_is_missing_that_is_no_package_of_the_course_none_is_recommended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = ModuleNotFoundError("No module named 'nunpy'", name="nunpy")
    monkeypatch.setattr(doctor, "examine", raising(error))
    with pytest.raises(ModuleNotFoundError, match="nunpy"):
        CliRunner().invoke(cli.main, ["doctor"], catch_exceptions=False)


def test_when_no_environment_is_activated_its_programs_are_found_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    seen: list[str] = []
    monkeypatch.setattr(doctor, "examine", lambda: (seen.append(os.environ["PATH"]) or [], True))
    CliRunner().invoke(cli.main, ["doctor"])
    assert seen == [f"{Path(sys.executable).parent}{os.pathsep}/nowhere"]


def test_when_it_is_stopped_by_ctrl_c_there_is_no_traceback(tmp_path: Path) -> None:
    code = (
        "import time\nfrom autograder import doctor\nfrom autograder.cli import main\n"
        "def slow():\n    print('begun', flush=True)\n    time.sleep(60)\n"
        "doctor.examine = slow\nimport sys\nsys.argv = ['unrolled', 'doctor']\nmain()"
    )
    process = subprocess.Popen(
        [COMMAND[0], "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 3
    assert told.lstrip() == "unrolled: stopped; the same command goes on where this one was\n"
