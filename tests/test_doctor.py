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


WHY = "a trial sandbox did not start"
LEFT_OPEN = {
    SandboxLevel.BWRAP: "a hole in the kernel itself",
    SandboxLevel.LANDLOCK: "names, sizes and times of other files (stat)",
    SandboxLevel.NONE: "everything else: the code can read, write, send and delete whatever you can",
}
RAISED_BY = {
    SandboxLevel.BWRAP: None,
    SandboxLevel.LANDLOCK: "sudo apt install bubblewrap",
    SandboxLevel.NONE: "sudo apt install bubblewrap libseccomp2",
}


def at_level(monkeypatch: pytest.MonkeyPatch, level: SandboxLevel) -> str:
    """What doctor says where this level is the highest, as one line."""
    monkeypatch.setattr(doctor.ladder, "probe", lambda: level)
    monkeypatch.setattr(doctor.ladder, "why_not", lambda better: WHY)
    return " ".join("\n".join(doctor.examine()[0]).split())


@pytest.mark.parametrize("level", list(SandboxLevel))
def test_when_a_level_is_the_highest_doctor_says_what_it_leaves_open_and_what_would_raise_it(
    level: SandboxLevel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.ladder.shutil, "which", lambda name: None)
    text = at_level(monkeypatch, level)
    assert f"sandbox {level}, " in text
    assert LEFT_OPEN[level] in text.split("it does not stop:")[1]
    better = [other for other in SandboxLevel if f"no {other}: {WHY}" in text]
    assert better == list(SandboxLevel)[: list(SandboxLevel).index(level)]
    raised = RAISED_BY[level]
    assert ("to raise it:" in text) == (raised is not None)
    assert raised is None or raised in text.split("to raise it:")[1]


def test_when_python_lies_where_the_sandbox_has_its_scratch_doctor_says_to_move_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ladder = doctor.ladder
    for file, value, _ in ladder._SWITCHES:
        if Path(file).exists() and Path(file).read_text().strip() == value:
            pytest.skip(f"{file} is {value} here, which comes first")
    monkeypatch.setattr(ladder.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(ladder.sys, "platform", "linux")
    monkeypatch.setattr(ladder.sys, "prefix", "/tmp/an environment")
    assert "/tmp/an environment lies below /tmp" in ladder.why_not.__wrapped__(SandboxLevel.BWRAP)
    assert ladder.explain(SandboxLevel.LANDLOCK).raises.startswith(
        "move /tmp/an environment to another folder"
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="cgroups are Linux's")
@pytest.mark.parametrize("lent", [True, False], ids=["a folder is lent", "none is"])
def test_when_the_kernel_can_hold_the_limits_doctor_says_so_and_else_how_it_could(
    lent: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.cgroup, "delegated", lambda: tmp_path if lent else None)
    text = " ".join("\n".join(doctor.examine()[0]).split())
    assert (f"limits memory and threads: the kernel's, by cgroup v2 in {tmp_path}" in text) == lent
    assert ("limits memory and threads: the watcher's" in text) != lent
    assert ("systemd-run --user --scope -p Delegate=yes unrolled grade" in text) != lent


SWITCHED_OFF = {
    "apparmor_restrict_unprivileged_userns": ("1", "sysctl kernel.apparmor_restrict_unprivileged_userns=0"),
    "unprivileged_userns_clone": ("0", "sysctl kernel.unprivileged_userns_clone=1"),
    "max_user_namespaces": ("0", "sysctl user.max_user_namespaces=10000"),
}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the switches are Linux's")
@pytest.mark.parametrize("switch", SWITCHED_OFF)
@pytest.mark.parametrize("level", [SandboxLevel.LANDLOCK, SandboxLevel.NONE])
def test_when_bwrap_is_there_and_user_namespaces_are_off_doctor_names_the_switch(
    level: SandboxLevel, switch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value, remedy = SWITCHED_OFF[switch]
    (tmp_path / switch).write_text(f"{value}\n")
    known = [(str(tmp_path / Path(file).name), off, undone) for file, off, undone in doctor.ladder._SWITCHES]
    monkeypatch.setattr(doctor.ladder, "_SWITCHES", known)
    monkeypatch.setattr(doctor.ladder.shutil, "which", lambda name: f"/usr/bin/{name}")
    raised = at_level(monkeypatch, level).split("to raise it:")[1]
    assert remedy in raised
    assert "apt install" not in raised


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
