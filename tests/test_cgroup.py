"""The kernel's bounds of a session: where there is a place for them, what is written there, and that they hold."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.model import Limits, SandboxLevel, Verdict

if not sys.platform.startswith("linux"):
    pytest.skip("cgroups are Linux's", allow_module_level=True)

from autograder.running import watch
from autograder.running.live import LiveSession
from autograder.running.session import RunnerEnded
from autograder.running.zygote import Zygote
from autograder.sandbox import cgroup, ladder

LIMITS = Limits(
    cell_cpu_s=60.0, cell_wall_s=120.0, memory_mb=100, processes=16, file_mb=8, output_kb=64
)  # time for a slow machine
LEVELS = [level for level in SandboxLevel if ladder.holds(level)]


def mounted(mount: Path, root: str = "/") -> str:
    """A line of /proc/self/mountinfo among others."""
    where = str(mount).replace(" ", "\\040")
    return (
        "24 30 0:22 / /proc rw,nosuid shared:5 - proc proc rw\n"
        f"35 24 0:30 {root} {where} rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
        "36 24 0:31 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
    )


def folder(path: Path, hands_on: str = "") -> Path:
    """A cgroup as far as looking for a place goes."""
    path.mkdir(parents=True)
    (path / "cgroup.subtree_control").write_text(f"{hands_on}\n")
    (path / "cgroup.procs").touch()
    return path


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """What a desktop's systemd makes for its user: slice and service hand on, scopes do not."""
    root = folder(tmp_path / "a mount" / "cgroup", "cpu memory pids")
    folder(root / "user.service", "memory pids")
    folder(root / "user.service" / "app.slice", "cpu memory pids")
    folder(root / "user.service" / "app.slice" / "run.scope")
    folder(root / "user.service" / "session.slice", "cpu pids")
    folder(root / "user.service" / "session.slice" / "shell.scope")
    return root


PLACES = {
    "a scope": ("/user.service/app.slice/run.scope", "user.service/app.slice"),
    "a slice without memory": ("/user.service/session.slice/shell.scope", "user.service"),
    "a folder that hands on itself": ("/user.service", "user.service"),
    "the root": ("/", "."),
    "a folder that is gone": ("/user.service/app.slice/old.scope (deleted)", "user.service/app.slice"),
}


@pytest.mark.parametrize(("own", "place"), PLACES.values(), ids=PLACES.keys())
def test_when_a_folder_at_or_above_hands_both_on_the_nearest_is_the_place(
    machine: Path, own: str, place: str
) -> None:
    assert cgroup.find(f"4:memory:/x\n0::{own}\n", mounted(machine)) == machine / place


def test_when_the_mount_shows_a_part_of_the_tree_paths_begin_there(machine: Path) -> None:
    own = "0::/docker/abc/user.service/app.slice/run.scope\n"
    assert cgroup.find(own, mounted(machine, "/docker/abc")) == machine / "user.service/app.slice"
    assert cgroup.find(own, mounted(machine, "/docker/ab")) is None


def test_when_a_nearer_folder_is_not_ours_the_place_is_further_up(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = machine / "user.service" / "app.slice"
    own = "0::/user.service/app.slice/run.scope\n"
    for closed in (others, others / "cgroup.procs"):
        with monkeypatch.context() as patch:
            patch.setattr(cgroup.os, "access", lambda path, _, closed=closed: path != closed)
            assert cgroup.find(own, mounted(machine)) == machine / "user.service"
    monkeypatch.setattr(cgroup.os, "access", lambda path, mode: False)
    assert cgroup.find(own, mounted(machine)) is None


NOWHERE = {
    "cgroup v1 only": "4:memory:/user.service\n",
    "outside of its namespace": "0::/../user.service/app.slice\n",
    "nothing": "",
}


@pytest.mark.parametrize("membership", NOWHERE.values(), ids=NOWHERE.keys())
def test_when_a_process_is_in_no_cgroup_that_can_be_seen_there_is_no_place(
    machine: Path, membership: str
) -> None:
    assert cgroup.find(membership, mounted(machine)) is None


def test_when_cgroup_v2_is_not_mounted_there_is_no_place(machine: Path) -> None:
    assert cgroup.find("0::/\n", mounted(machine).replace("- cgroup2", "- cgroup")) is None


def test_when_a_worker_was_killed_what_it_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    gone = os.spawnv(os.P_NOWAIT, "/bin/true", ["true"])
    os.waitpid(gone, 0)
    names = {
        f"unrolled-{gone}-0": False,
        f"unrolled-{gone}-1": True,  # with something in it, as a process would be
        f"unrolled-{os.getpid()}-0": True,
        "unrolled-x-0": True,
        "run.scope": True,
    }
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / f"unrolled-{gone}-1" / "process").touch()
    cgroup.sweep(tmp_path)
    assert {name: (tmp_path / name).exists() for name in names} == names


# A session whose cgroup is a folder of plain files


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    with Zygote.start(level=LEVELS[0], limits=LIMITS, trusted=True) as started:
        yield started


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place whose folders go with the files in them, as the kernel's do."""

    def remove(path: Path) -> None:
        for file in Path(path).iterdir():
            file.unlink()
        rmdir(path)

    rmdir = os.rmdir
    monkeypatch.setattr(cgroup, "delegated", lambda: tmp_path)
    monkeypatch.setattr(cgroup.os, "rmdir", remove)
    return tmp_path


def group_of(session: LiveSession, place: Path) -> Path:
    """The one folder of this process's own."""
    (found,) = place.glob(f"unrolled-{os.getpid()}-*")
    assert session.pid > 0
    return found


@pytest.mark.sandbox
def test_when_a_session_begins_its_limits_stand_in_its_cgroup_before_any_code_runs(
    zygote: Zygote, place: Path
) -> None:
    with zygote.session() as session:
        written = {file.name: int(file.read_text()) for file in group_of(session, place).iterdir()}
    most = written.pop("memory.max")
    assert written == {
        "cgroup.procs": session.pid,
        "pids.max": LIMITS.processes + 1,
        "memory.swap.max": 0,
        "memory.oom.group": 1,
    }
    # what it shares with the zygote, its files and its output may not make it fail sooner than it would without
    rest = most - (LIMITS.memory_mb + LIMITS.file_mb << 20) - (LIMITS.output_kb << 10)
    assert session._base.memory < rest < session._base.memory + (LIMITS.memory_mb << 20) // 16


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("events", "verdict"),
    [("oom 1\noom_kill 1\noom_group_kill 1\n", Verdict.MEMORY), ("oom 0\noom_kill 0\n", Verdict.CRASHED)],
    ids=["out of memory", "otherwise"],
)
def test_when_the_kernel_ended_a_session_its_events_tell_why(
    zygote: Zygote, place: Path, events: str, verdict: Verdict
) -> None:
    with zygote.session() as session:
        (group_of(session, place) / "memory.events").write_text(f"low 0\nhigh 0\nmax 7\n{events}")
        os.kill(session.pid, signal.SIGKILL)
        with pytest.raises(RunnerEnded) as caught:
            session.run_cell("cell", "1")
    assert caught.value.verdict is verdict
    if verdict is Verdict.MEMORY:
        assert caught.value.text == "it needed more than the 100 MB of memory that it may use"


@pytest.mark.sandbox
def test_when_a_session_is_closed_its_peak_is_told_and_its_cgroup_is_gone(
    zygote: Zygote, place: Path
) -> None:
    with zygote.session() as session:
        group = group_of(session, place)
        (group / "memory.peak").write_text("95000000\n")
        (group / "memory.stat").write_text("anon 1000\nfile 44000000\nshmem 3000000\n")
        session.kill()
        assert (group / "cgroup.kill").read_text() == "1"
        assert session.close().peak_mb == 54.0  # files that were read are not its own
    assert not list(place.iterdir())


@pytest.mark.sandbox
@pytest.mark.parametrize("where", ["no place", "a place from which it may not be moved"])
def test_when_a_session_gets_no_cgroup_the_watcher_alone_ends_it(
    zygote: Zygote, place: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def refuse(group: cgroup.Group, pid: int) -> None:
        raise PermissionError

    monkeypatch.setattr(cgroup.Group, "take", refuse)
    if where == "no place":
        monkeypatch.setattr(cgroup, "delegated", lambda: None)
    with zygote.session() as session, pytest.raises(RunnerEnded) as caught:
        session.run_cell("cell", SHARED)
    assert caught.value.verdict is Verdict.MEMORY
    assert not list(place.iterdir())


# The kernel's own

SHARED = "import mmap\nm = mmap.mmap(-1, 1 << 29)\nfor i in range(0, 1 << 29, 4096): m[i] = 1"
BY_CHILDREN = """
import os
for _ in range(6):
    if os.fork() == 0:
        os.setsid()
        m = __import__("mmap").mmap(-1, 40 << 20)
        for i in range(0, 40 << 20, 4096): m[i] = 1
        __import__("time").sleep(100)
__import__("time").sleep(100)
"""
THREADS = """
import threading, time
threading.stack_size(1 << 16)
started = 0
try:
    while True:
        threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
        started += 1
except RuntimeError:
    print(started)
"""


@pytest.fixture(params=LEVELS, ids=str)
def bounded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Zygote]:
    """A zygote whose watcher sees nothing, so that what ends a session is the kernel."""
    where = cgroup.delegated()
    if where is None:
        pytest.skip("no folder of cgroup v2 is lent to this process (systemd-run --user --scope gives one)")
    blind = watch.Sample()
    with Zygote.start(level=request.param, limits=LIMITS, trusted=True) as started:
        monkeypatch.setattr(watch, "sample", lambda pid: replace(blind, memory=0))
        yield started
    assert not list(where.glob(f"unrolled-{os.getpid()}-*"))


@pytest.mark.sandbox
def test_when_nobody_watches_the_kernel_ends_a_hoard_and_it_is_a_memory_verdict(bounded: Zygote) -> None:
    with bounded.session() as session:
        with pytest.raises(RunnerEnded) as caught:
            session.run_cell("cell", SHARED)
        assert session.close().peak_mb > LIMITS.memory_mb
    assert caught.value.verdict is Verdict.MEMORY, caught.value.text
    assert "100 MB of memory" in caught.value.text
    with bounded.session() as session:
        assert session.run_cell("cell", "x = bytearray(50 << 20)").failure is None
        assert session.close().peak_mb > 50


@pytest.mark.sandbox
def test_when_nobody_watches_the_kernel_bounds_the_threads(bounded: Zygote) -> None:
    with bounded.session() as session:
        (told,) = session.run_cell("cell", THREADS).outputs
    assert 1 <= int(told["text"]) <= LIMITS.processes


@pytest.mark.sandbox
@pytest.mark.parametrize("bounded", [SandboxLevel.NONE], indirect=True, ids=str)
def test_when_children_hoard_together_all_of_them_end_and_it_is_a_memory_verdict(bounded: Zygote) -> None:
    with bounded.session() as session, pytest.raises(RunnerEnded) as caught:
        session.run_cell("cell", BY_CHILDREN)
    assert caught.value.verdict is Verdict.MEMORY, caught.value.text
