"""A class full of attackers, graded as any class is: each gets its verdict, and nobody else notices.

tests/attacks.py says what they try. One run of `unrolled grade` for all of them, one for the honest alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from autograder.build import lab_notebook, solution_notebook
from tests import attacks
from tests.attacks import ATTACKS, CHECKS, HONEST, TRIED, Attack, Surroundings
from tests.command_support import COMMAND
from tests.test_bad_input import FULL, LAB, TINY_SOLUTIONS, by_student, hand_in, solved

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]
if not sys.platform.startswith("linux"):
    pytest.skip("the sandbox is for Linux", allow_module_level=True)

DOCS = Path(__file__).parents[1] / "docs" / "threat-model.md"
POINTS = dict(zip(CHECKS, (3.0, 4.0, 1.0), strict=True))
# What differs from run to run: how long, how much memory, and who was asked before.
MEASURED = {"cpu_s", "wall_s", "peak_mb", "cached"}
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Class:
    """A graded class: its course, the sandbox's level, what grading said of each, what it left, who was called."""

    course: Path
    level: str
    results: dict[str, dict[str, Any]]
    left_processes: list[str]
    left_files: list[str]
    callers: list[str]


@pytest.fixture(scope="module")
def honest_class(tiny_labs: Path, tmp_path_factory: pytest.TempPathFactory) -> Class:
    with the_tiny_lab(tiny_labs):
        return graded(tmp_path_factory.mktemp("honest"), ())


@pytest.fixture(scope="module")
def hostile_class(tiny_labs: Path, tmp_path_factory: pytest.TempPathFactory) -> Class:
    with the_tiny_lab(tiny_labs):
        return graded(tmp_path_factory.mktemp("hostile"), ATTACKS)


@contextmanager
def the_tiny_lab(labs: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNROLLED_SOLUTIONS", str(TINY_SOLUTIONS))
        patch.setenv("UNROLLED_LABS", str(labs))
        patch.setenv("UNROLLED_ATTACK_SECRET", "in the grader's environment")
        lab_notebook.cache_clear(), solution_notebook.cache_clear()
        yield
        lab_notebook.cache_clear(), solution_notebook.cache_clear()


def graded(root: Path, attackers: Sequence[Attack]) -> Class:
    """Grade the honest and these attackers with two workers, write the report, and look at what stayed."""
    callers: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as door:
        around = Surroundings(
            TINY_SOLUTIONS, root / "course", root / "in", Path.home(), os.getpid(), door.getsockname()[1]
        )
        threading.Thread(target=answer, args=(door, callers), daemon=True).start()
        for student in ("ada", "bob"):
            hand_in(root / "in", student, solved(LAB))
        for student, facts in HONEST.items():
            hand_in(
                root / "in",
                student,
                Attack(
                    "honest", student, "", **{"prize": True, "verdicts": ("passed",) * 3, **facts}
                ).notebook(LAB, around),
            )
        for attack in attackers:
            attack.attach(hand_in(root / "in", attack.name, attack.notebook(LAB, around)), around)
        (root / "tmp").mkdir()
        environment = {**os.environ, "TMPDIR": str(root / "tmp")}
        before = children()
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)  # whoever is left an orphan becomes ours
        try:
            run(
                "grade",
                LAB,
                "--submissions",
                root / "in",
                "--out",
                root / "course",
                "--workers",
                "2",
                "--json",
                root / "out.json",
                env=environment,
            )
            left = still_there(before)
        finally:
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0)
        run("report", root / "course", env=environment)
    files = [str(path) for path in (root / "tmp").rglob("*")]
    level = json.loads((root / "out.json").read_text("utf-8"))["sandbox"]
    return Class(root / "course", level, by_student(root / "out.json"), left, files, callers)


def run(*arguments: str | Path, env: dict[str, str]) -> None:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, env=env, timeout=900
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr


def answer(door: socket.socket, callers: list[str]) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, address = door.accept()
            callers.append(str(address))
            connection.close()


def still_there(before: Sequence[str]) -> list[str]:
    """Which of the processes that have become ours are alive after some seconds; those that ended are buried."""
    end = time.monotonic() + 10
    while True:
        left = [process for process in children() if process not in before]
        for process in left:
            os.waitpid(int(process.split()[0]), os.WNOHANG)
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.2)


def children() -> list[str]:
    """This process's own, by number and command."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split() if entry.name.isdigit() else []
            if fields and int(fields[1]) == os.getpid():
                found.append(f"{entry.name} {(entry / 'comm').read_text().strip()}")
    return found


def graded_notebook(a_class: Class, student: str) -> NotebookNode:
    return nbformat.read(a_class.course / "autograded" / student / LAB / f"{LAB}.ipynb", as_version=4)


def printed(notebook: NotebookNode) -> str:
    return "".join(
        str(output.get("text", "")) for cell in notebook.cells for output in cell.get("outputs", ())
    )


def pages(a_class: Class) -> list[Path]:
    found = [path for kind in ("feedback", "report") for path in (a_class.course / kind).rglob("*.html")]
    assert len(found) > len(a_class.results) // 2
    return found


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_when_a_class_has_attackers_each_gets_the_verdicts_that_it_earned(
    hostile_class: Class, attack: Attack
) -> None:
    found = hostile_class.results[attack.name]
    verdicts = tuple(check["verdict"] for check in found["checks"])
    wanted = attack.landlock or attack.verdicts if hostile_class.level == "landlock" else attack.verdicts
    assert verdicts == wanted, [check["message"] for check in found["checks"]] or found["message"]
    score = sum(
        points
        for check, points in POINTS.items()
        if dict(zip(CHECKS, verdicts, strict=False)).get(check) == "passed"
    )
    assert found["max_score"] == FULL
    if verdicts:
        assert (found["verdict"], found["score"]) == ("graded", score)
        text = printed(graded_notebook(hostile_class, attack.name))
        assert (TRIED + attack.attempt in text) == attack.told
    else:
        assert (found["verdict"], found["score"]) == ("rejected", None)


@pytest.mark.parametrize("student", ["ada", "bob", *HONEST])
def test_when_others_attack_an_honest_student_has_the_same_result(
    hostile_class: Class, honest_class: Class, student: str
) -> None:
    verdicts = HONEST.get(student, {}).get("verdicts", ("passed",) * len(CHECKS))
    assert tuple(check["verdict"] for check in hostile_class.results[student]["checks"]) == verdicts
    alone, among = (
        {key: value for key, value in a_class.results[student].items() if key not in MEASURED}
        for a_class in (honest_class, hostile_class)
    )
    assert among == alone


def test_when_everybody_is_graded_nothing_is_left_running_or_lying_about(hostile_class: Class) -> None:
    assert hostile_class.left_processes == []
    assert hostile_class.left_files == []
    assert not list(hostile_class.course.rglob("planted.py"))
    assert not list(TINY_SOLUTIONS.rglob("planted.py"))


def test_when_submissions_call_out_nobody_hears_them(hostile_class: Class) -> None:
    assert hostile_class.callers == []


def test_when_two_collude_they_were_there_at_the_same_time(hostile_class: Class) -> None:
    times = []
    for attack in attacks.COLLUSION:
        words = printed(graded_notebook(hostile_class, attack.name)).split("there from ")[1].split()
        times.append((float(words[0]), float(words[2])))
    (begun, ended), (other_begun, other_ended) = times
    assert min(ended, other_ended) - max(begun, other_begun) > 1


class Active(HTMLParser):
    """What of a page would run code of a stranger's."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        for name, value in attrs:
            if name.startswith("on") or "javascript:" in (value or "").lower():
                self.found.append(f"<{tag} {name}={value}>")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style") and "attack" in data:
            self.found.append(data[:200])

    def handle_endtag(self, tag: str) -> None:
        if self._open:
            self._open.pop()


def test_when_attackers_display_scripts_no_page_holds_one(hostile_class: Class) -> None:
    for page in pages(hostile_class):
        text = page.read_text("utf-8")
        active = Active()
        active.feed(text)
        assert active.found == [], page
        assert "\x1b" not in text and "\x07" not in text, page
        assert "Content-Security-Policy" in text, page


def test_when_scripts_and_escape_sequences_are_put_out_the_graded_notebooks_hold_plain_text(
    hostile_class: Class,
) -> None:
    for attack in attacks.SAYING:
        notebook = graded_notebook(hostile_class, attack.name)
        for cell in notebook.cells:
            for output in cell.get("outputs", ()):
                assert set(output.get("data", {})) <= {"text/plain", "image/png"}
            if cell.cell_type == "markdown":
                assert not re.search(r"<script|<img|javascript:", cell.source)
        assert "\\u001b" not in json.dumps(notebook)


def test_when_hidden_inputs_are_printed_they_are_in_no_page_and_no_graded_notebook(
    hostile_class: Class,
) -> None:
    student = next(attack.name for attack in attacks.SAYING if "hidden inputs" in attack.attempt)
    mine = [page for page in pages(hostile_class) if student in page.parts]
    assert mine
    for text in (
        *(page.read_text("utf-8") for page in mine),
        printed(graded_notebook(hostile_class, student)),
    ):
        assert "INPUT [" not in text


def test_when_attacks_are_tried_the_threat_model_lists_them_all() -> None:
    assert attacks.table() in DOCS.read_text("utf-8")
