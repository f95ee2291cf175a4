"""Bad input at the command line: one clear line and the right exit code, or a verdict that harms nobody else."""

from __future__ import annotations

import copy
import ctypes
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from autograder import notebooks
from autograder.build import lab_notebook, solution_notebook
from tests.command_support import here, said_in_one_line, unrolled
from tests.lab_support import solved

LAB = "lab90_tiny"
TINY_SOLUTIONS = Path(__file__).parent / "fixtures" / "solutions"
FULL = 8.0
pytestmark = pytest.mark.sandbox


def hand_in(
    root: Path, student: str, content: str | bytes | NotebookNode, name: str = f"{LAB}.ipynb"
) -> Path:
    folder = root / student / LAB
    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(content, NotebookNode):
        content = json.dumps(content)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def cell_of(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if notebooks.grade_id(cell) == grade_id)


def by_student(file: Path) -> dict[str, dict[str, Any]]:
    return {item["student"]: item for item in json.loads(file.read_text("utf-8"))["submissions"]}


def grade(root: Path, course: Path, *more: str | Path, run: Any = unrolled) -> Any:
    return run("grade", LAB, "--submissions", root, "--out", course, "--workers", "2", *more)


def refused(root: Path, course: Path, *more: str | Path) -> str:
    """The line that grading says when it is refused."""
    return said_in_one_line(grade(root, course, *more, run=here))


# --- one class of everything -------------------------------------------------------------------------------

Change = Callable[[NotebookNode], NotebookNode | str | bytes]
CHANGES: dict[str, tuple[Change, float | None, str]] = {}


def hands_in(score: float | None, said: str = "") -> Callable[[Change], Change]:
    """Declare what a student hands in, the score that it earns (None: rejected), and what the message says."""

    def declare(change: Change) -> Change:
        CHANGES[change.__name__] = (change, score, said)
        return change

    return declare


@hands_in(None, "is empty")
def an_empty_file(notebook: NotebookNode) -> bytes:
    return b""


@hands_in(None, "not a notebook, or was cut off")
def a_truncated_file(notebook: NotebookNode) -> str:
    return json.dumps(notebook)[:-200]


@hands_in(None, "not a notebook, or was cut off")
def a_picture(notebook: NotebookNode) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@hands_in(None, "JSON but not a notebook")
def a_json_list(notebook: NotebookNode) -> str:
    return "[1, 2, 3]"


@hands_in(None, "another lab's")
def another_lab(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        if notebooks.grade_id(cell):
            cell.metadata["nbgrader"]["grade_id"] = f"other-{notebooks.grade_id(cell)}"
    return notebook


@hands_in(FULL)
def format_3(notebook: NotebookNode) -> NotebookNode:
    old: NotebookNode = nbformat.convert(notebook, 3)
    return old


@hands_in(FULL)
def no_kernelspec_and_no_metadata(notebook: NotebookNode) -> NotebookNode:
    notebook.metadata = nbformat.from_dict({})
    return notebook


@hands_in(4.0)
def a_missing_exercise(notebook: NotebookNode) -> NotebookNode:
    notebook.cells.remove(cell_of(notebook, "gate"))
    return notebook


@hands_in(FULL)
def missing_checks(notebook: NotebookNode) -> NotebookNode:
    notebook.cells = [cell for cell in notebook.cells if not notebooks.is_check(cell)]
    return notebook


@hands_in(FULL)
def duplicated_cells(notebook: NotebookNode) -> NotebookNode:
    notebook.cells = [copy.deepcopy(cell) for cell in notebook.cells for _ in range(2)]
    return notebook


@hands_in(FULL)
def reordered_cells(notebook: NotebookNode) -> NotebookNode:
    notebook.cells.reverse()
    return notebook


@hands_in(FULL)
def retyped_cells(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        cell.cell_type = "raw" if cell.cell_type == "code" else "code"
    return notebook


@hands_in(0.0)
def emptied_cells(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        cell.source = ""
    return notebook


@hands_in(FULL)
def metadata_of_any_kind(notebook: NotebookNode) -> NotebookNode:
    for number, cell in enumerate(notebook.cells):
        name = notebooks.grade_id(cell)
        cell.metadata = {"nbgrader": {"grade_id": name, "points": -5, "locked": []}, "tags": {"a": number}}
        cell["outputs"] = "none"
    return notebook


@hands_in(3.0)
def half_a_character(notebook: NotebookNode) -> str:
    cell_of(notebook, "gate").source += "\nraise ValueError('\ud800')"
    cell_of(notebook, "leak").source += "\n# \ud800 \0"  # NUL: Python reads no such source
    return json.dumps(notebook)


@hands_in(4.0)
def code_that_breaks_parsers(notebook: NotebookNode) -> NotebookNode:
    cell_of(notebook, "gate").source = "-" * 100_000 + "1"
    return notebook


@hands_in(FULL)
def another_students_name_in_the_metadata(notebook: NotebookNode) -> NotebookNode:
    notebook.metadata["name"] = "../../ada"
    return notebook


@pytest.fixture(scope="module")
def a_class(tiny_labs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """A class with one of each kind, graded in one run, by student."""
    root = tmp_path_factory.mktemp("class")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNROLLED_SOLUTIONS", str(TINY_SOLUTIONS))
        patch.setenv("UNROLLED_LABS", str(tiny_labs))
        good = solved(LAB)
        lab_notebook.cache_clear(), solution_notebook.cache_clear()
        for name, (change, _, _) in CHANGES.items():
            hand_in(root / "in", name, change(copy.deepcopy(good)))
        for name in ("zoë in time", "an honest one"):
            hand_in(root / "in", name, good)
        hand_in(root / "in", "renamed", good, "Lösung (final), 第4.ipynb")
        shutil.rmtree(hand_in(root / "in", "no notebook", "")) or (root / "in/no notebook" / LAB).mkdir()
        hand_in(root / "in", "a,b", good)
        os.mkfifo(hand_in(root / "in", "pipe", good) / "notes.txt")
        (hand_in(root / "in", "link", good) / "notes.txt").symlink_to("/etc/passwd")
        (root / "in" / "linked" / LAB).mkdir(parents=True)
        (root / "in" / "linked" / LAB / f"{LAB}.ipynb").symlink_to(
            root / "in/an honest one" / LAB / f"{LAB}.ipynb"
        )
        done = grade(root / "in", root / "course", "--json", root / "out.json")
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    yield by_student(root / "out.json")


@pytest.mark.parametrize("name", CHANGES)
def test_when_a_class_has_bad_notebooks_each_gets_its_own_verdict(
    a_class: dict[str, dict[str, Any]], name: str
) -> None:
    _, score, said = CHANGES[name]
    found = a_class[name]
    assert (found["verdict"], found["score"]) == ("rejected" if score is None else "graded", score)
    assert found["max_score"] == FULL
    assert said in found["message"]
    assert "\n" not in found["message"]


@pytest.mark.parametrize("name", ["zoë in time", "an honest one", "renamed", "pipe", "link"])
def test_when_others_hand_in_bad_notebooks_an_honest_one_is_not_affected(
    a_class: dict[str, dict[str, Any]], name: str
) -> None:
    assert (a_class[name]["verdict"], a_class[name]["score"]) == ("graded", FULL)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no notebook", "found no notebook"),
        ("a,b", "cannot be a student's id"),
        ("linked", "cannot be read"),
    ],
)
def test_when_a_folder_is_no_submission_it_is_rejected(
    a_class: dict[str, dict[str, Any]], name: str, said: str
) -> None:
    assert (a_class[name]["verdict"], a_class[name]["score"]) == ("rejected", None)
    assert said in a_class[name]["message"]


def test_when_something_is_odd_but_graded_the_report_says_what(a_class: dict[str, dict[str, Any]]) -> None:
    assert "missing cell gate" in a_class["a_missing_exercise"]["flags"]
    assert "duplicated cell gate: the first was graded" in a_class["duplicated_cells"]["flags"]
    assert "retyped cell gate" in a_class["retyped_cells"]["flags"]
    assert any(flag.startswith("renamed notebook") for flag in a_class["renamed"]["flags"])


# --- one line, exit code 2 ---------------------------------------------------------------------------------


@pytest.fixture
def handed(tiny: str, tmp_path: Path) -> Path:
    """A folder with one right submission."""
    root = tmp_path / "in"
    hand_in(root, "ada", solved(tiny))
    return root


@pytest.fixture(scope="module")
def made_course(tiny_labs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNROLLED_SOLUTIONS", str(TINY_SOLUTIONS))
        patch.setenv("UNROLLED_LABS", str(tiny_labs))
        course = tmp_path_factory.mktemp("made") / "course"
        assert here("init", course).returncode == 0
    return course


@pytest.fixture
def course(made_course: Path, tmp_path: Path) -> Path:
    """A course that nothing was graded into."""
    return Path(shutil.copytree(made_course, tmp_path / "course"))


def test_when_the_lab_is_unknown_the_line_names_those_there_are(handed: Path, tmp_path: Path) -> None:
    done = here("grade", "lab99", "--submissions", handed, "--out", tmp_path / "course")
    assert LAB in said_in_one_line(done)
    assert not (tmp_path / "course").exists()


def test_when_the_folder_of_submissions_is_empty_the_line_says_what_was_wanted(
    tiny: str, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    line = refused(tmp_path / "in", tmp_path / "course")
    assert f"<student>/{LAB}/{LAB}.ipynb" in line
    assert not (tmp_path / "course").exists()


def test_when_out_is_a_file_the_line_says_so(handed: Path, tmp_path: Path) -> None:
    (tmp_path / "course").write_text("mine")
    assert str(tmp_path / "course") in refused(handed, tmp_path / "course")
    assert (tmp_path / "course").read_text() == "mine"


def test_when_out_lies_below_a_file_the_line_says_so(handed: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    refused(handed, tmp_path / "file" / "course")


def test_when_out_holds_something_else_it_is_left_alone(handed: Path, tmp_path: Path) -> None:
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "thesis.tex").write_text("mine")
    refused(handed, tmp_path / "course")
    assert [path.name for path in (tmp_path / "course").iterdir()] == ["thesis.tex"]


def test_when_out_cannot_be_written_the_line_says_so(handed: Path, tmp_path: Path) -> None:
    course = tmp_path / "course"
    course.mkdir()
    course.chmod(0o500)
    if os.access(course, os.W_OK):
        pytest.skip("root writes everywhere")
    assert "Permission denied" in refused(handed, course)


def test_when_a_course_cannot_be_written_any_more_the_line_says_so(handed: Path, course: Path) -> None:
    """A folder lies where the ledger should be: even root cannot write there."""
    (course / "ledger.db").mkdir()
    assert "ledger.db" in refused(handed, course)


def test_when_json_cannot_be_written_the_grades_are_kept(handed: Path, tmp_path: Path) -> None:
    course = tmp_path / "course"
    line = refused(handed, course, "--json", tmp_path / "in" / "ada")
    assert "--json should name a file" in line
    again = grade(handed, course, "--json", tmp_path / "out.json")
    assert again.returncode == 0
    assert by_student(tmp_path / "out.json")["ada"]["cached"] is True


def test_when_the_ledger_is_no_database_the_line_says_so(handed: Path, course: Path) -> None:
    (course / "ledger.db").write_bytes(b"not a database, but long enough to look at" * 50)
    assert "ledger.db" in refused(handed, course)


def test_when_the_gradebook_is_no_database_the_line_says_so(handed: Path, course: Path) -> None:
    (course / "gradebook.db").write_bytes(b"not a database, but long enough to look at" * 50)
    assert "gradebook" in refused(handed, course)


def test_when_the_secret_was_emptied_the_line_says_so(handed: Path, course: Path) -> None:
    (course / "secret").write_bytes(b"")
    assert "secret" in refused(handed, course)


def test_when_again_names_nobody_the_line_says_so(handed: Path, tmp_path: Path) -> None:
    assert "bob" in refused(handed, tmp_path / "course", "--again", "bob")


def test_when_nothing_was_graded_there_is_no_report(tiny: str, tmp_path: Path) -> None:
    assert "run `unrolled grade` first" in said_in_one_line(here("report", tmp_path))


def test_when_there_are_no_solutions_grading_says_so(handed: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    environment = {**os.environ, "UNROLLED_SOLUTIONS": str(tmp_path / "none")}
    done = unrolled("grade", LAB, "--submissions", handed, "--out", tmp_path / "course", env=environment)
    assert "solution" in said_in_one_line(done)


def test_when_an_option_is_wrong_the_exit_code_is_2(handed: Path, tmp_path: Path) -> None:
    done = grade(handed, tmp_path / "course", "--device", "abacus")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 600 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", bytes(place), b"tmpfs", 0, b"size=600k") != 0:
        pytest.skip(f"needs the right to mount: {os.strerror(ctypes.get_errno())}")
    yield place
    libc.umount2(bytes(place), 2)


@pytest.mark.slow
def test_when_the_disk_is_full_the_line_says_so_and_later_it_goes_on(handed: Path, tiny_disk: Path) -> None:
    course = tiny_disk / "course"
    for number in range(12):
        shutil.copytree(handed / "ada", handed / f"student {number:02}")
    done = grade(handed, course)
    assert re.search("No space left|disk is full", said_in_one_line(done, done.returncode))
    assert done.returncode in (2, 3)
    ctypes.CDLL(None).mount(b"tmpfs", bytes(tiny_disk), b"tmpfs", 32, b"size=60m")
    done = grade(handed, course, "--json", tiny_disk / "out.json")
    assert done.returncode == 0, done.stderr
    assert {item["score"] for item in by_student(tiny_disk / "out.json").values()} == {FULL}
