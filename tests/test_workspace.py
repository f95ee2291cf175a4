"""A student's workspace: complete, brought up to date, and never at the cost of their work."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from autograder.errors import BadInput
from autograder.places import PROBES, labs_dir
from autograder.student.start_page import START
from autograder.student.workspace import OURS, RELEASED, jupyterlab_command, make_workspace, open_jupyterlab


def edit(notebook: Path) -> str:
    """A student's work in it; gives the text."""
    text = notebook.read_text().replace("# YOUR CODE HERE", "# my work")
    assert "# my work" in text
    notebook.write_text(text)
    return text


def age(workspace: Path, name: str) -> None:
    """As if what was laid out had been an older release."""
    record = workspace / OURS / RELEASED
    released = json.loads(record.read_text())
    notebook = workspace / name / f"{name}.ipynb"
    if "# my work" not in notebook.read_text():
        notebook.write_text(notebook.read_text().replace("A lab for tests", "An older lab"))
        import hashlib

        released[f"{name}/{name}.ipynb"] = hashlib.sha256(notebook.read_bytes()).hexdigest()
    else:
        released[f"{name}/{name}.ipynb"] = "an older release"
    record.write_text(json.dumps(released))


def test_when_a_workspace_is_made_labs_lectures_and_a_start_page_are_in_it(tiny: str, tmp_path: Path) -> None:
    assert make_workspace(tmp_path / "ws") == []
    folder = tmp_path / "ws" / tiny
    assert sorted(path.name for path in folder.iterdir()) == sorted([f"{tiny}.ipynb", PROBES])
    assert list((tmp_path / "ws" / "lectures").glob("*.ipynb"))
    page = nbformat.read(tmp_path / "ws" / START, as_version=4)
    nbformat.validate(page)
    assert f"[{tiny}]({tiny}/{tiny}.ipynb) | A lab for tests | 10 | 5 |" in page.cells[0].source


def test_when_the_student_has_worked_nothing_is_written_over(tiny: str, tmp_path: Path) -> None:
    make_workspace(tmp_path)
    text = edit(tmp_path / tiny / f"{tiny}.ipynb")
    assert make_workspace(tmp_path) == []
    assert (tmp_path / tiny / f"{tiny}.ipynb").read_text() == text
    assert not (tmp_path / f"{tiny}-new").exists()


def test_when_a_newer_release_comes_it_is_laid_beside_the_students_work(tiny: str, tmp_path: Path) -> None:
    make_workspace(tmp_path)
    text = edit(tmp_path / tiny / f"{tiny}.ipynb")
    age(tmp_path, tiny)
    (line,) = make_workspace(tmp_path)
    assert f"{tiny}-new" in line
    assert (tmp_path / tiny / f"{tiny}.ipynb").read_text() == text
    fresh = (labs_dir() / tiny / f"{tiny}.ipynb").read_text()
    assert (tmp_path / f"{tiny}-new" / f"{tiny}.ipynb").read_text() == fresh


def test_when_an_older_release_was_not_touched_it_is_brought_up_to_date(tiny: str, tmp_path: Path) -> None:
    make_workspace(tmp_path)
    age(tmp_path, tiny)
    assert make_workspace(tmp_path) == []
    fresh = (labs_dir() / tiny / f"{tiny}.ipynb").read_text()
    assert (tmp_path / tiny / f"{tiny}.ipynb").read_text() == fresh


def test_when_a_file_is_in_the_way_one_line_says_so(tiny: str, tmp_path: Path) -> None:
    (tmp_path / "ws").write_text("a file")
    with pytest.raises(BadInput, match="--folder should name a folder that can be written"):
        make_workspace(tmp_path / "ws")


def test_when_there_is_no_such_lab_jupyterlab_is_not_started(tiny: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"no lab 'lab99'; the labs are: {tiny}"):
        open_jupyterlab(tmp_path, "lab99", browser=False)


def test_when_jupyterlab_is_started_it_is_this_environments(tmp_path: Path) -> None:
    import sys

    command = jupyterlab_command(tmp_path, "START.ipynb", browser=False)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert "--no-browser" in command
