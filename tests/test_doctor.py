"""`unrolled doctor` says what is there, what is not, and what to do about it."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import doctor
from autograder.model import SandboxLevel


def test_when_all_is_there_the_lines_fit_a_terminal_and_name_the_level() -> None:
    lines, usable = doctor.examine()
    assert usable
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("sandbox") for line in lines)


def test_when_there_is_no_sandbox_the_command_that_raises_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.ladder, "probe", lambda: SandboxLevel.NONE)
    monkeypatch.setattr(doctor.ladder, "why_not", lambda level: "it is for Linux")
    text = "\n".join(doctor.examine()[0])
    assert "no bwrap: it is for Linux" in text
    assert "to raise it:" in text
    assert "everything else: the code can read, write, send and delete whatever you can" in text.replace(
        "\n    ", " "
    )


def without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> tuple[list[str], bool]:
    known = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name in missing else known(name))
    return doctor.examine()


def test_when_an_optional_package_is_missing_the_course_is_usable_and_the_command_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines, usable = without(monkeypatch, "torch")
    assert usable
    told = lines.index("not installed, for cells that compare with PyTorch: torch (missing)")
    command = shlex.split(lines[told + 1])
    assert command[:4] == [sys.executable, "-m", "pip", "install"]
    assert command[-1].endswith("[torch]")


def test_when_a_wheel_is_installed_the_command_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "checkout", lambda: None)
    lines, _ = without(monkeypatch, "nbgrader")
    assert any(line.endswith("-m pip install 'unrolled[grade]'") for line in lines)


def test_when_a_needed_package_is_missing_the_course_is_not_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    lines, usable = without(monkeypatch, "numpy")
    assert not usable
    assert "missing, and needed: numpy (missing)" in lines


def test_when_a_needed_package_is_too_old_the_course_is_not_usable_and_both_versions_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: "1.26.4" if name == "numpy" else known(name))
    lines, usable = doctor.examine()
    assert not usable
    assert "missing, and needed: numpy (wanted >=2.0, here 1.26.4)" in lines


def test_when_there_are_no_labs_the_course_is_not_usable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNROLLED_LABS", str(tmp_path))
    lines, usable = doctor.examine()
    assert not usable
    assert any("make build" in line for line in lines)


def test_when_it_is_asked_no_framework_is_imported() -> None:
    code = (
        "import sys; from autograder.doctor import examine; examine();"
        "print(sorted({'torch', 'tensorflow', 'nbgrader'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
