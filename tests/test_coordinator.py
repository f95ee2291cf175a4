"""The coordinator: nothing is graded twice, nothing is lost, and nobody pays for another's fault."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode

from autograder.errors import BadInput
from autograder.grading import coordinator, worker
from autograder.grading.coordinator import Order, class_result, grade_class
from autograder.grading.ledger import only_grader
from autograder.grading.pool import Here
from autograder.grading.results import ClassResult, SubmissionResult
from autograder.grading.submissions import Submission, find_submissions
from autograder.grading.worker import Done, Job
from autograder.model import Limits
from autograder.sandbox.ladder import SandboxLevel
from tests.command_support import COMMAND, here, said_in_one_line, unrolled
from tests.test_bad_input import FULL, LAB, by_student, cell_of, hand_in, solved

# --- with workers that only count --------------------------------------------------------------------------


@dataclass
class Desk:
    """A course, its submissions, and a worker that gives everyone full marks and notes what it was asked."""

    root: Path
    order: Order
    asked: list[tuple[str, bool]] = field(default_factory=list)
    answers: dict[str, Callable[[Job], Done]] = field(default_factory=dict)
    exported: list[tuple[str, float | None]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def work(self, job: Job) -> Done:
        self.asked.append((job.student, job.fresh))
        return self.answers.get(job.student, full_marks)(job)

    def submissions(self) -> list[Submission]:
        return find_submissions(self.root, LAB)

    terms: str = ""

    def export(self, result: SubmissionResult, submission: Submission) -> None:
        assert submission.student == result.student
        self.exported.append((result.student, result.score))

    def grade(self, *again: str, make: Callable[[], Executor] = Here, **changed: Any) -> ClassResult:
        self.asked, self.exported, self.told = [], [], []
        return grade_class(
            replace(self.order, **changed),
            self.submissions(),
            make,
            2,
            export=self.export,
            terms=lambda submission: self.terms,
            again=frozenset(again),
            notify=lambda result: self.told.append(result.student),
        )


def full_marks(job: Job) -> Done:
    return Done(SubmissionResult(job.student, FULL, FULL, 2.0, "graded", notebook=job.notebook))


def marks(score: float, *, doubtful: bool = False) -> Callable[[Job], Done]:
    return lambda job: Done(replace(full_marks(job).result, score=score), doubtful=doubtful)


def fault(job: Job) -> Done:
    return Done(replace(full_marks(job).result, score=None, verdict="infra", message="broke"), doubtful=True)


@pytest.fixture
def desk(tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    root = tmp_path / "in"
    for name in ("ada", "bob", "cleo"):
        hand_in(root, name, solved(tiny))
    order = Order(tiny, tmp_path / "course", b"secret" * 6, SandboxLevel.NONE, Limits())
    made = Desk(root, order)
    monkeypatch.setattr(worker, "grade", made.work)
    caches = (coordinator.lab_version, coordinator.grader_version, coordinator.environment)
    yield made
    for cached in caches:
        cached.cache_clear()


def scores(result: ClassResult) -> dict[str, float | None]:
    return {submission.student: submission.score for submission in result.submissions}


def test_when_a_class_is_graded_everyone_is_graded_told_and_exported_once(desk: Desk) -> None:
    result = desk.grade()
    assert scores(result) == {"ada": FULL, "bob": FULL, "cleo": FULL}
    assert sorted(desk.asked) == [("ada", False), ("bob", False), ("cleo", False)]
    assert sorted(desk.exported) == [("ada", FULL), ("bob", FULL), ("cleo", FULL)]
    assert sorted(desk.told) == ["ada", "bob", "cleo"]


def test_when_an_unchanged_class_is_graded_again_nobody_is_asked_and_nothing_exported(desk: Desk) -> None:
    desk.grade()
    result = desk.grade()
    assert (desk.asked, desk.exported) == ([], [])
    assert all(submission.cached for submission in result.submissions)
    assert len(desk.told) == 3


def test_when_one_hands_in_again_only_that_one_is_graded(desk: Desk) -> None:
    desk.grade()
    notebook = solved(LAB)
    cell_of(notebook, "gate").source += "\n# now with a comment"
    hand_in(desk.root, "bob", notebook)
    desk.answers["bob"] = marks(3.0)
    assert scores(desk.grade()) == {"ada": FULL, "bob": 3.0, "cleo": FULL}
    assert desk.asked == [("bob", False)]
    assert desk.exported == [("bob", 3.0)]


def test_when_only_what_grading_ignores_was_changed_nothing_is_graded_again(desk: Desk) -> None:
    desk.grade()
    notebook = solved(LAB)
    cell_of(notebook, "check-gate").source = "pass"
    notebook.metadata["mood"] = "good"
    folder = hand_in(desk.root, "bob", notebook)
    (folder / "diary.txt").write_text("not on the lab's list")
    desk.grade()
    assert desk.asked == []


def test_when_an_attached_file_changes_the_student_is_graded_again(desk: Desk) -> None:
    desk.grade()
    (desk.root / "bob" / LAB / "notes.txt").write_text("on the lab's list")
    desk.grade()
    assert desk.asked == [("bob", False)]


def test_when_a_student_is_named_by_again_only_that_one_is_graded_and_exported(desk: Desk) -> None:
    desk.grade()
    desk.grade("cleo")
    assert desk.asked == [("cleo", False)]
    assert desk.exported == [("cleo", FULL)]


@pytest.mark.parametrize(
    "changed",
    [
        {"limits": Limits(cell_cpu_s=9.0)},
        {"limits": Limits(memory_mb=64)},
        {"device": "cuda"},
        {"sandbox": SandboxLevel.BWRAP},
        {"explore": True},
        {"secret": b"another" * 6},
    ],
    ids=lambda changed: " ".join(changed),
)
def test_when_something_that_decides_a_result_changes_all_are_graded_again(
    desk: Desk, changed: dict[str, Any]
) -> None:
    desk.grade()
    desk.grade(**changed)
    assert len(desk.asked) == 3
    desk.grade()  # and the old results are still known
    assert desk.asked == []
    assert len(desk.exported) == 3


@pytest.mark.parametrize("name", ["lab_version", "grader_version", "environment"])
def test_when_the_lab_the_grader_or_a_library_changes_all_are_graded_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    desk.grade()
    monkeypatch.setattr(coordinator, name, lambda *_: "another")
    desk.grade()
    assert len(desk.asked) == 3


def flags_in(result: ClassResult) -> dict[str, tuple[str, ...]]:
    return {submission.student: submission.flags for submission in result.submissions}


def test_when_only_the_file_as_it_came_is_odd_its_flags_are_of_today_and_nothing_is_graded_again(
    desk: Desk,
) -> None:
    desk.answers["bob"] = lambda job: Done(replace(full_marks(job).result, flags=("of the code",)))
    assert flags_in(desk.grade())["bob"] == ("of the code",)
    file = desk.root / "bob" / LAB / f"{LAB}.ipynb"
    file.rename(file.with_name("final.ipynb"))
    renamed = desk.grade()
    assert flags_in(renamed)["bob"] == ("renamed notebook 'final.ipynb'", "of the code")
    assert desk.asked == []
    assert flags_in(class_result(desk.order.course, LAB)) == flags_in(renamed)
    file.with_name("final.ipynb").rename(file)
    assert flags_in(desk.grade())["bob"] == ("of the code",)


def long_work(lab: str, *, name: str, factor: int) -> NotebookNode:
    notebook = solved(lab)
    lines = "\n".join(f"    {name} = {name} * {factor} + {number}" for number in range(60))
    cell_of(notebook, "gate").source += f"\n\n\ndef more({name}):\n{lines}\n    return {name}"
    return notebook


def test_when_two_have_the_same_code_both_are_told_of_until_one_changes_it(desk: Desk) -> None:
    hand_in(desk.root, "ada", long_work(LAB, name="total", factor=2))
    hand_in(desk.root, "bob", long_work(LAB, name="value", factor=2))
    both = {"ada": ("code alike with bob",), "bob": ("code alike with ada",), "cleo": ()}
    assert flags_in(desk.grade()) == both
    assert flags_in(class_result(desk.order.course, LAB)) == both
    hand_in(desk.root, "bob", long_work(LAB, name="value", factor=3))
    assert flags_in(desk.grade()) == {"ada": (), "bob": (), "cleo": ()}
    assert desk.asked == [("bob", False)]  # and ada, whose flag is gone, is not graded again


def test_when_many_have_the_same_code_a_flag_names_the_first_and_counts_the_rest(desk: Desk) -> None:
    for number in range(13):
        hand_in(desk.root, f"twin{number:02}", long_work(LAB, name="total", factor=2))
    flags = flags_in(desk.grade())
    named = ", ".join(f"twin{number:02}" for number in range(1, 11))
    assert flags["twin00"] == (f"code alike with {named} and 2 more",)
    assert flags["twin12"] == (f"code alike with twin00, {named.rpartition(', ')[0]} and 2 more",)
    assert flags["ada"] == ()


def test_when_code_that_decides_no_verdict_changes_nobody_is_graded_again() -> None:
    package = Path(coordinator.__file__).parents[1]
    deciding = {str(file.relative_to(package)) for file in coordinator.deciding_files()}
    assert deciding.isdisjoint({"demo/kinds.py", "report/page.py", "cli.py", "classroom/gradebook.py"})
    assert all((package / name).exists() for name in coordinator.BYSTANDERS)


def test_when_the_worker_or_the_runner_imports_a_file_it_counts_as_deciding() -> None:
    graders = {"autograder.grading.coordinator", "autograder.grading.pool", "autograder.grading.rebuild"}
    imported = imported_by("autograder.grading.worker", "autograder.running.nest")
    deciding = {file.resolve() for file in coordinator.deciding_files()}
    assert len(imported) > 30
    assert imported <= deciding
    assert {Path(sys.modules[name].__file__ or "").resolve() for name in graders} <= deciding


def imported_by(*modules: str) -> set[Path]:
    """The package's files that these modules import, at their head or inside a function, and so on."""
    package = Path(coordinator.__file__).parents[1]
    todo, seen = list(modules), set()
    while todo:
        name = todo.pop()
        file = package.parent.joinpath(*name.split(".")).with_suffix(".py")
        file = file if file.is_file() else file.with_suffix("") / "__init__.py"
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        todo += [name.rpartition(".")[0]] if "." in name else []
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                todo += [alias.name for alias in node.names if alias.name.startswith("autograder")]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("autograder"):
                todo += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
    return {file.resolve() for file in seen}


def test_when_a_labs_file_changes_its_version_does(tiny: str, tmp_path: Path) -> None:
    for name in ("labs", "solutions"):
        (tmp_path / name / tiny).mkdir(parents=True)
    files = [tmp_path / "labs" / tiny / f"{tiny}.ipynb", tmp_path / "solutions" / tiny / "probes.py"]
    for file in files:
        file.write_text("1")
    seen = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNROLLED_LABS", str(tmp_path / "labs"))
        patch.setenv("UNROLLED_SOLUTIONS", str(tmp_path / "solutions"))
        for file in (None, *files):
            if file is not None:
                file.write_text("2")
            coordinator.lab_version.cache_clear()
            seen.add(coordinator.lab_version(tiny))
    coordinator.lab_version.cache_clear()
    assert len(seen) == 3


def test_when_two_students_hand_in_the_same_each_has_a_result(desk: Desk) -> None:
    desk.answers["bob"] = marks(1.0)
    assert scores(desk.grade()) == {"ada": FULL, "bob": 1.0, "cleo": FULL}


def test_when_a_result_is_doubtful_the_second_one_stands(desk: Desk) -> None:
    desk.answers["bob"] = lambda job: marks(5.0)(job) if job.fresh else marks(2.0, doubtful=True)(job)
    assert scores(desk.grade())["bob"] == 5.0
    assert desk.asked[-1] == ("bob", True)  # alone, after all others
    assert Counter(name for name, _ in desk.asked) == {"ada": 1, "bob": 2, "cleo": 1}
    assert desk.exported.count(("bob", 5.0)) == 1


def test_when_it_is_doubtful_twice_it_stands(desk: Desk) -> None:
    desk.answers["bob"] = marks(2.0, doubtful=True)
    assert scores(desk.grade())["bob"] == 2.0
    desk.grade()
    assert desk.asked == []


def test_when_the_grader_failed_it_is_said_not_kept_and_tried_again(desk: Desk) -> None:
    desk.answers["bob"] = fault
    assert scores(desk.grade())["bob"] is None
    assert sorted(name for name, _ in desk.exported) == ["ada", "cleo"]
    del desk.answers["bob"]
    assert scores(desk.grade())["bob"] == FULL
    assert desk.asked == [("bob", False)]


def test_when_a_submission_is_rejected_no_worker_sees_it_and_it_is_exported_once(desk: Desk) -> None:
    hand_in(desk.root, "bob", b"")
    result = desk.grade()
    assert scores(result)["bob"] is None
    assert {item.student: item.verdict for item in result.submissions}["bob"] == "rejected"
    assert "bob" not in dict(desk.asked)
    assert ("bob", None) in desk.exported
    desk.grade()
    assert (desk.asked, desk.exported) == ([], [])


def test_when_all_are_rejected_everyone_is_still_told(desk: Desk) -> None:
    for name in ("ada", "bob", "cleo"):
        hand_in(desk.root, name, b"")
    assert set(scores(desk.grade()).values()) == {None}
    assert sorted(desk.told) == ["ada", "bob", "cleo"]


def test_when_an_export_fails_grading_stops_and_the_next_run_exports_what_is_missing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(result: SubmissionResult, submission: Submission) -> None:
        if result.student == "bob":
            raise BadInput("disk full")
        Desk.export(desk, result, submission)

    with monkeypatch.context() as patch:
        patch.setattr(desk, "export", fail)
        with pytest.raises(BadInput, match="disk full"):
            desk.grade()
    before = [name for name, _ in desk.exported]
    desk.grade()
    assert sorted([*before, *(name for name, _ in desk.exported)]) == ["ada", "bob", "cleo"]
    assert "bob" not in dict(desk.asked)  # the grading itself was kept


def test_when_the_terms_of_an_export_change_all_are_exported_again_and_nobody_is_graded(desk: Desk) -> None:
    desk.grade()
    desk.terms = "a later due date"
    desk.grade()
    assert desk.asked == []
    assert sorted(desk.exported) == [("ada", FULL), ("bob", FULL), ("cleo", FULL)]
    desk.grade()
    assert desk.exported == []


@pytest.mark.parametrize(
    "command", [("grade", LAB, "--submissions", "in", "--out"), ("init",)], ids=["grade", "init"]
)
def test_when_a_course_is_being_made_or_graded_a_second_command_changes_nothing_in_it(
    desk: Desk, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.root.parent)
    course = desk.order.course
    with only_grader(course):
        assert "being graded by another" in said_in_one_line(here(*command, course))
    assert [path.name for path in course.iterdir()] == [".grading.lock"]
    assert desk.asked == []


def test_when_a_folder_is_no_course_not_even_a_lock_is_left_in_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.root.parent)
    (desk.order.course).mkdir()
    (desk.order.course / "diary.txt").write_text("mine")
    for command in (("grade", LAB, "--submissions", "in", "--out"), ("init",)):
        assert "no nbgrader course" in said_in_one_line(here(*command, desk.order.course))
    assert [path.name for path in desk.order.course.iterdir()] == ["diary.txt"]


class Dying(Here):
    """A pool whose process dies over one student's job."""

    def __init__(self, victim: str) -> None:
        self.victim = victim

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if args and args[0].student == self.victim:
            future: Future[Any] = Future()
            future.set_exception(BrokenProcessPool("it died"))
            return future
        return super().submit(function, *args, **kwargs)


def test_when_a_submission_kills_every_process_it_crashed_and_others_are_graded(desk: Desk) -> None:
    result = desk.grade(make=lambda: Dying("bob"))
    assert scores(result) == {"ada": FULL, "bob": 0.0, "cleo": FULL}
    bob = next(item for item in result.submissions if item.student == "bob")
    assert {check.verdict for check in bob.checks} == {"crashed"}
    assert len(bob.checks) == 3


def test_when_a_process_died_once_the_job_is_done_by_the_next(desk: Desk) -> None:
    pools = iter([Dying("bob"), *(Here() for _ in range(9))])
    assert scores(desk.grade(make=lambda: next(pools))) == {"ada": FULL, "bob": FULL, "cleo": FULL}
    assert sorted(name for name, _ in desk.asked) == ["ada", "bob", "cleo"]  # what was done is not done again


def test_when_the_class_is_asked_for_afterwards_it_is_as_graded(desk: Desk) -> None:
    desk.answers["cleo"] = marks(4.0)
    graded = desk.grade()
    found = class_result(desk.order.course, LAB)
    assert found == graded


def test_when_the_class_was_not_graded_one_line_says_what_was(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing was graded into it yet"):
        class_result(tmp_path / "nowhere", LAB)
    desk.grade()
    with pytest.raises(BadInput, match=f"holds no graded lab01; graded there: {LAB}"):
        class_result(desk.order.course, "lab01")


# --- with real processes, which are killed -----------------------------------------------------------------

STUDENTS = 12
WRONG = ("1.0 / (1.0 + np.exp(-product))", "np.tanh(product)")


@pytest.fixture
def busy(tiny: str, tmp_path: Path) -> Path:
    """A class that takes some seconds: every third student is wrong, one crashes, one is rejected."""
    for number in range(STUDENTS):
        notebook = solved(tiny)
        cell_of(notebook, "gate").source += "\nimport time\ntime.sleep(0.3)"
        if number % 3 == 0:
            cell = cell_of(notebook, "gate")
            cell.source = cell.source.replace(*WRONG)
        if number == 5:
            cell_of(notebook, "leak").source += "\nimport os\nos._exit(1)"
        hand_in(tmp_path / "in", f"student {number:02}", b"" if number == 7 else notebook)
    return tmp_path


def expected(number: int) -> float | None:
    if number == 7:
        return None
    return {True: 4.0, False: FULL}[number % 3 == 0] if number != 5 else 3.0


EXPECTED = {f"student {number:02}": expected(number) for number in range(STUDENTS)}


def start(root: Path) -> subprocess.Popen[str]:
    command = [*COMMAND, "grade", LAB, "--submissions", str(root / "in"), "--out", str(root / "course")]
    command += ["--json", str(root / "out.json"), "--workers", "2"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


@contextlib.contextmanager
def running(root: Path) -> Iterator[subprocess.Popen[str]]:
    process = start(root)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def gradings(root: Path) -> dict[str, tuple[str, int]]:
    """When each student was graded, and the row: a second grading would change both."""
    with contextlib.closing(sqlite3.connect(root / "course" / "ledger.db", timeout=30)) as db:
        found = db.execute("SELECT student, at, rowid FROM gradings").fetchall()
    assert len(found) == len({student for student, _, _ in found})
    return {student: (at, row) for student, at, row in found}


def wait_until_graded(root: Path, process: subprocess.Popen[str], count: int) -> None:
    """Wait until so many results are in the ledger, or the process has ended."""
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(sqlite3.Error):
            if (root / "course" / "ledger.db").is_file() and len(gradings(root)) >= count:
                return
        time.sleep(0.01)


def finish(root: Path) -> dict[str, float | None]:
    """Grade to the end, as a user would after an accident."""
    with running(root) as process:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    return {name: item["score"] for name, item in by_student(root / "out.json").items()}


def in_gradebook(course: Path) -> dict[str, float | None]:
    """Each student's score by machine, as nbgrader's own gradebook has it."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        found = {item.student.id: item.score for item in gradebook.assignment_submissions(LAB)}
    return {name: found.get(name) for name in EXPECTED}


def left_running(session: int) -> list[str]:
    """The command lines of processes of an ended grader's session."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                facts = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(facts[3]) == session and facts[0] != "Z":
                    found.append((folder / "cmdline").read_text().replace("\0", " "))
    return found


@pytest.mark.slow
@pytest.mark.sandbox
@pytest.mark.parametrize("seed", range(3))
def test_when_the_coordinator_is_killed_at_any_moment_the_scores_are_the_same_and_nothing_is_graded_twice(
    busy: Path, seed: int
) -> None:
    rng = random.Random(seed)
    kept: dict[str, tuple[str, int]] = {}
    for moment in sorted(rng.sample(range(STUDENTS - 2), 3)):
        with running(busy) as process:
            wait_until_graded(busy, process, moment)
            time.sleep(rng.uniform(0.0, 0.2))
            process.kill()
            process.wait()
            deadline = time.monotonic() + 5
            while left_running(process.pid) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert left_running(process.pid) == []
        if (busy / "course" / "ledger.db").is_file():
            with contextlib.suppress(sqlite3.OperationalError):  # killed before there was a table
                now = gradings(busy)
                assert {name: now.get(name) for name in kept} == kept
                kept = now
    assert finish(busy) == EXPECTED
    last = gradings(busy)
    assert {name: last[name] for name in kept} == kept
    assert in_gradebook(busy / "course") == EXPECTED


@pytest.mark.slow
@pytest.mark.sandbox
def test_when_it_is_interrupted_it_says_so_and_the_same_command_goes_on(busy: Path) -> None:
    with running(busy) as process:
        wait_until_graded(busy, process, 3)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said.strip()) == (
        3,
        "unrolled: stopped; the same command goes on where this one was",
    )
    kept = gradings(busy)
    assert 3 <= len(kept) < STUDENTS
    assert finish(busy) == EXPECTED
    assert {name: gradings(busy)[name] for name in kept} == kept
    cached = {name for name, item in by_student(busy / "out.json").items() if item["cached"]}
    assert cached == kept.keys()


def workers_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(c) for c in children if "spawn_main" in Path(f"/proc/{c}/cmdline").read_text()]


@pytest.mark.slow
@pytest.mark.sandbox
def test_when_a_worker_is_killed_everyone_is_graded_all_the_same(busy: Path) -> None:
    with running(busy) as process:
        wait_until_graded(busy, process, 2)
        os.kill(workers_of(process.pid)[0], signal.SIGKILL)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    scores = {name: item["score"] for name, item in by_student(busy / "out.json").items()}
    assert scores == EXPECTED
    assert in_gradebook(busy / "course") == EXPECTED


@pytest.mark.slow
@pytest.mark.sandbox
def test_when_a_second_grader_comes_it_is_refused_and_the_first_goes_on(busy: Path) -> None:
    with running(busy) as process:
        wait_until_graded(busy, process, 1)
        process.send_signal(signal.SIGSTOP)  # or it might be done before the second has started
        second = unrolled("grade", LAB, "--submissions", busy / "in", "--out", busy / "course")
        process.send_signal(signal.SIGCONT)
        _, said = process.communicate(timeout=120)
    assert "is being graded by another `unrolled grade`" in said_in_one_line(second)
    assert process.returncode == 0, said
    assert {name: item["score"] for name, item in by_student(busy / "out.json").items()} == EXPECTED
    assert json.loads((busy / "out.json").read_text())["schema"] == 1


@pytest.mark.slow
@pytest.mark.sandbox
def test_when_two_graders_start_at_once_on_a_new_course_one_grades_and_the_other_says_why_not(
    busy: Path,
) -> None:
    with running(busy) as first, running(busy) as second:
        said = [process.communicate(timeout=240)[1] for process in (first, second)]
    codes = [first.returncode, second.returncode]
    assert sorted(codes) == [0, 2], said
    (refusal,) = said[codes.index(2)].strip().splitlines()
    assert "is being graded by another `unrolled grade`" in refusal
    scores = {name: item["score"] for name, item in by_student(busy / "out.json").items()}
    assert scores == EXPECTED
    assert in_gradebook(busy / "course") == EXPECTED
