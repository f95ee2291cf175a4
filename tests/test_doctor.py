"""`unrolled doctor` says what is there, what is not, and what to do about it."""

from __future__ import annotations

import pytest

from autograder import doctor
from autograder.sandbox.ladder import SandboxLevel


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


def test_when_an_optional_package_is_missing_the_course_is_usable_and_the_command_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "torch" else known(name))
    lines, usable = doctor.examine()
    assert usable
    assert any("pip install 'unrolled[torch]'" in line for line in lines)


def test_when_a_needed_package_is_missing_the_course_is_not_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    known = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "numpy" else known(name))
    lines, usable = doctor.examine()
    assert not usable
    assert any("missing, and needed: numpy" in line for line in lines)
