"""Where bubblewrap is installed and namespaces are short: a class is graded at the next level, and doctor says why."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from autograder.model import SandboxLevel
from autograder.sandbox import ladder
from tests.command_support import COMMAND, Finished, run
from tests.lab_support import solved
from tests.test_bad_input import FULL, LAB, by_student, hand_in

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]
if not sys.platform.startswith("linux"):
    pytest.skip("namespaces are Linux's", allow_module_level=True)

# A user namespace of the test's own, whose number of further ones can be set.
APART = ("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc")
USER = (
    "bwrap",
    "--unshare-user",
    "--uid",
    "1000",
    "--gid",
    "1000",
    "--dev-bind",
    "/",
    "/",
    "--proc",
    "/proc",
)
# Three: this user's own, bubblewrap's for the zygote (it takes two), and none for a runner.
PLACES = {
    "an ordinary user, none left for bubblewrap": (1, USER, "(ENOSPC)", "max_user_namespaces=10000"),
    "an ordinary user, none left for a runner": (3, USER, "cannot be nested", "max_user_namespaces=10000"),
    "root, none left": (0, (), "root is the only user", "max_user_namespaces=10000"),
    "root, alone in its namespace": (1000, (), "root is the only user", "as an ordinary user"),
}


def inside(namespaces: int, user: Sequence[str], *arguments: str | Path) -> Finished:
    """Run `unrolled` where so many user namespaces may be made."""
    bounded = f'echo {namespaces} > /proc/sys/user/max_user_namespaces && exec "$@"'
    return run([*APART, "sh", "-c", bounded, "sh", *user, *COMMAND, *arguments])


@pytest.fixture(scope="module", autouse=True)
def _namespaces_of_our_own() -> None:
    if not ladder.holds(SandboxLevel.BWRAP) or not ladder.holds(SandboxLevel.LANDLOCK):
        pytest.skip("needs both levels of the sandbox")
    if subprocess.run([*APART, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs a user namespace of its own")


@pytest.mark.parametrize(("namespaces", "user", "why", "remedy"), PLACES.values(), ids=PLACES.keys())
def test_when_namespaces_are_short_doctor_says_why_and_what_helps(
    namespaces: int, user: Sequence[str], why: str, remedy: str
) -> None:
    done = inside(namespaces, user, "doctor")
    text = " ".join(done.stdout.split())
    assert done.returncode == 0, done.stderr
    assert "sandbox landlock, where more is possible" in text
    assert why in text.partition("no bwrap: ")[2].partition("to raise it:")[0]
    assert remedy in text.partition("to raise it: ")[2].partition("limits ")[0]


@pytest.mark.parametrize(("namespaces", "user"), [(3, USER), (1000, ())], ids=["an ordinary user", "root"])
def test_when_namespaces_are_short_a_class_is_graded_at_the_next_level(
    tiny: str, tmp_path: Path, namespaces: int, user: Sequence[str]
) -> None:
    hand_in(tmp_path / "in", "ada", solved(LAB))
    hand_in(tmp_path / "in", "eve", solved(LAB, gate="def gate(x, w):\n    return open('/etc/passwd')"))
    out = tmp_path / "out.json"
    folders = ("--submissions", tmp_path / "in", "--out", tmp_path / "course", "--json", out)
    done = inside(namespaces, user, "grade", tiny, *folders)
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text())["sandbox"] == "landlock"
    found = by_student(out)
    assert found["ada"]["score"] == FULL
    assert [check["verdict"] for check in found["eve"]["checks"]] == ["error", "passed", "error"]
