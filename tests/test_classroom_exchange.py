"""nbgrader's exchange between two users of one machine: released, fetched, handed in, graded by us, handed back.

The users are two accounts that every system has, so none is made. Only root can act as them.
"""

from __future__ import annotations

import csv
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command_support import COMMAND
from tests.conftest import TINY_SOLUTIONS
from tests.lab_support import solved

ROOT = Path(__file__).parents[1]
COURSE_ID = "rnn101"
CLOSED = 0o700
OPEN = 0o777
WRONG = "def gate(x, w):\n    return np.tanh(x @ w)"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.sandbox,
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0, reason="needs root, to act as two users"
    ),
]


@dataclass(frozen=True)
class User:
    """Somebody on this machine, with a home of their own below `shared`."""

    account: pwd.struct_passwd
    shared: Path

    @property
    def name(self) -> str:
        return self.account.pw_name

    @property
    def home(self) -> Path:
        return self.shared / "home" / self.name

    def move_in(self) -> None:
        """Make the home, closed to everybody else."""
        self.home.mkdir(parents=True, mode=CLOSED)
        os.chown(self.home, self.account.pw_uid, self.account.pw_gid)

    def run(self, *command: str | Path, folder: str = ".") -> subprocess.CompletedProcess[str]:
        """Run a command as this user, in a folder of their home."""
        uid, gid = str(self.account.pw_uid), str(self.account.pw_gid)
        environment = {
            "HOME": str(self.home),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "JUPYTER_CONFIG_PATH": str(self.shared / "etc"),
            "UNROLLED_SOLUTIONS": str(TINY_SOLUTIONS),
            "UNROLLED_LABS": str(self.shared / "labs"),
        }
        become = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
        become += ["--inh-caps=-all", "--ambient-caps=-all"]
        return subprocess.run(
            [*_seeing_python(), *become, *map(str, command)],
            env=environment,
            cwd=self.home / folder,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def does(self, *command: str | Path, folder: str = ".") -> str:
        """The same for what must succeed; what it said."""
        done = self.run(*command, folder=folder)
        assert done.returncode == 0, f"{self.name}: {command}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def nbgrader(self, *arguments: str | Path, folder: str = ".") -> str:
        return self.does(sys.executable, "-m", "nbgrader", *arguments, folder=folder)

    def unrolled(self, *arguments: str | Path) -> str:
        return self.does(*COMMAND, *arguments)


def _seeing_python() -> list[str]:
    """How to show users a Python that lies in a folder closed to them, such as root's home."""
    needed = {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT}
    closed = {path: top for path in needed if (top := _closed_above(path)) is not None}
    if not closed:
        return []
    if not shutil.which("bwrap"):
        pytest.skip(
            "this Python lies in a closed folder, and there is no bubblewrap to show it to other users"
        )
    folders = dict.fromkeys(closed.values(), "--tmpfs")
    for path, top in closed.items():
        folders |= {between: "--dir" for between in path.parents if top in between.parents}
    shown = [word for path in sorted(folders) for word in ("--perms", "0755", folders[path], str(path))]
    shown += [word for path in sorted(closed) for word in ("--ro-bind", str(path), str(path))]
    return ["bwrap", "--dev-bind", "/", "/", *shown, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]


def _closed_above(path: Path) -> Path | None:
    """The topmost folder on the way to a path that others may not enter."""
    return next((top for top in reversed([path, *path.parents]) if not top.stat().st_mode & 0o001), None)


@pytest.fixture
def shared(tiny_labs: Path) -> Iterator[Path]:
    """A place that both users reach: the exchange, the settings of the machine, the labs, two homes."""
    folder = Path(tempfile.mkdtemp(prefix="unrolled-exchange-"))
    folder.chmod(0o755)
    exchange = folder / "exchange"
    exchange.mkdir()
    exchange.chmod(OPEN)
    (folder / "etc").mkdir()
    (folder / "etc" / "nbgrader_config.py").write_text(
        f'c = get_config()\nc.Exchange.root = "{exchange}"\nc.CourseDirectory.course_id = "{COURSE_ID}"\n'
    )
    shutil.copytree(tiny_labs, folder / "labs")
    (folder / "labs").chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def users(shared: Path) -> tuple[User, User]:
    accounts = {account.pw_uid: account for account in pwd.getpwall() if account.pw_uid and account.pw_gid}
    teacher, student = (User(accounts[uid], shared) for uid in sorted(accounts)[:2])
    teacher.move_in()
    student.move_in()
    return teacher, student


def test_when_two_users_share_an_exchange_a_lab_goes_all_the_way_round(
    tiny: str, shared: Path, users: tuple[User, User]
) -> None:
    teacher, student = users
    inbound = shared / "exchange" / COURSE_ID / "inbound"

    teacher.unrolled("init", "course")
    config = teacher.home / "course" / "nbgrader_config.py"
    config.write_text(config.read_text().replace('course_id = "unrolled"', f'course_id = "{COURSE_ID}"'))
    teacher.nbgrader("release_assignment", tiny, folder="course")

    student.nbgrader("fetch_assignment", tiny)
    assert sorted(path.name for path in (student.home / tiny).iterdir()) == [
        f"{tiny}.ipynb",
        "probes.safetensors",
    ]
    mine = solved(tiny, gate=WRONG, question_gate="It scales, so it must stay between 0 and 1.")
    (student.home / tiny / f"{tiny}.ipynb").write_text(json.dumps(mine))
    assert student.run(*COMMAND, "check", f"{tiny}/{tiny}.ipynb").returncode == 1
    student.nbgrader("submit", tiny)
    assert student.run("ls", inbound).returncode != 0  # what others handed in
    assert student.run("cat", teacher.home / "course" / "secret").returncode != 0

    teacher.nbgrader("collect", tiny, folder="course")
    teacher.unrolled(
        "grade", tiny, "--submissions", "course/submitted", "--out", "course", "--json", "out.json"
    )
    (graded,) = json.loads((teacher.home / "out.json").read_text())["submissions"]
    assert (graded["student"], graded["verdict"], graded["score"]) == (student.name, "graded", 4.0)
    teacher.unrolled("report", "course")
    teacher.nbgrader("release_feedback", tiny, folder="course")

    student.nbgrader("fetch_feedback", tiny)
    (page,) = (student.home / tiny / "feedback").rglob("*.html")
    ours = teacher.home / "course" / "feedback" / student.name / tiny / f"{tiny}.html"
    assert page.read_bytes() == ours.read_bytes()
    assert "Your gate is a tanh." in page.read_text()

    teacher.unrolled("export", "course", "--out", "grades.csv")
    (row,) = csv.DictReader((teacher.home / "grades.csv").read_text("utf-8-sig").splitlines())
    assert (row["id"], row[tiny], row[f"{tiny} state"]) == (student.name, "4", "to be graded by hand")
