"""Submissions on disk: what counts as one, and files that are no files."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from autograder.classroom.timestamps import submission_time
from autograder.errors import BadInput
from autograder.grading import submissions
from autograder.grading.rebuild import Rejected
from autograder.grading.submissions import (
    Submission,
    attached_files,
    check_student,
    find_submissions,
    read_file,
    read_notebook,
)
from autograder.model import LabSpec

LAB = "lab90_tiny"
NOTEBOOK = f"{LAB}.ipynb"
SPEC = LabSpec(LAB, "A lab", 5, "05_lstm", allowed_files=("notes.txt", "data.csv"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One student's folder, empty."""
    made = tmp_path / "ada" / LAB
    made.mkdir(parents=True)
    return made


def read(folder: Path) -> tuple[bytes, tuple[str, ...]]:
    return read_notebook(Submission("ada", folder), LAB)


# --- which folders -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make", [lambda path: None, lambda path: path.write_text("x")], ids=["none", "a file"]
)
def test_when_there_is_no_folder_one_line_says_what_was_wanted(tmp_path: Path, make: object) -> None:
    make(tmp_path / "handed")  # type: ignore[operator]
    with pytest.raises(BadInput, match=f"should be a folder of <student>/{LAB}/{NOTEBOOK}"):
        find_submissions(tmp_path / "handed", LAB)


def test_when_nobody_handed_in_this_lab_one_line_says_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "ada" / "lab01").mkdir(parents=True)
    (tmp_path / "stray.ipynb").write_text("{}")
    with pytest.raises(BadInput, match=f"no submission of {LAB}.* found 1 folders, none with {LAB}"):
        find_submissions(tmp_path, LAB)


def test_when_there_are_hidden_folders_and_stray_files_they_are_passed_over(folder: Path) -> None:
    root = folder.parents[1]
    (root / ".ipynb_checkpoints" / LAB).mkdir(parents=True)
    (root / "bob").mkdir()
    (root / "list.csv").write_text("ada,bob")
    assert [item.student for item in find_submissions(root, LAB)] == ["ada"]


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        ("Zoë van der Berg", True),
        ("李小龙", True),
        ("o'neill", True),
        ("a,b", False),
        ("*", False),
        ("[x]", False),
        (" padded", False),
        ("50%", False),
        ("two\nlines", False),
        ("x" * 129, False),
        ("\udcff\udcfe", False),
    ],
)
def test_when_a_folder_has_an_odd_name_it_is_a_student_or_says_why_not(
    tmp_path: Path, name: str, fine: bool
) -> None:
    (tmp_path / name / LAB).mkdir(parents=True)
    (submission,) = find_submissions(tmp_path, LAB)
    assert submission.student == name
    if fine:
        check_student(submission)
    else:
        with pytest.raises(Rejected, match="cannot be a student's id") as caught:
            check_student(submission)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["24:00" + "9" * 36 + "Jan", "1e400", "9" * 199, "\0\ud7ff", "2026-13-45"])
def test_when_the_timestamp_is_made_to_trip_its_reader_the_student_is_told(folder: Path, text: str) -> None:
    (folder / "timestamp.txt").write_text(text)
    with pytest.raises(BadInput, match="should hold a time"):
        submission_time(folder)


def test_when_the_timestamp_is_gigabytes_long_its_beginning_is_read(folder: Path) -> None:
    with (folder / "timestamp.txt").open("wb") as file:
        file.write(b"2026-01-31 18:00:00 UTC" + b" " * 200)
        file.truncate(1 << 36)
    assert submission_time(folder) == datetime(2026, 1, 31, 18)


def test_when_the_timestamp_says_no_time_the_student_is_told(folder: Path) -> None:
    (folder / "timestamp.txt").write_text("yesterday evening")
    with pytest.raises(Rejected, match="should hold a time such as"):
        check_student(Submission("ada", folder))


# --- the notebook ------------------------------------------------------------------------------------------


def test_when_the_notebook_has_its_name_it_is_read_whatever_lies_beside_it(folder: Path) -> None:
    (folder / NOTEBOOK).write_bytes(b"right")
    (folder / "copy.ipynb").write_bytes(b"wrong")
    assert read(folder) == (b"right", ())


@pytest.mark.parametrize("name", [f"{LAB} (1).ipynb", "Übung 4, final.ipynb", "作业.ipynb"])
def test_when_the_notebook_was_renamed_it_is_read_and_flagged(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"content")
    assert read(folder) == (b"content", (f"renamed notebook {name!r}",))


def test_when_there_are_two_notebooks_of_other_names_neither_is_guessed(folder: Path) -> None:
    (folder / "a.ipynb").write_bytes(b"a")
    (folder / "b.ipynb").write_bytes(b"b")
    with pytest.raises(Rejected, match=f"should hold {NOTEBOOK}; found 'a.ipynb', 'b.ipynb'"):
        read(folder)


def test_when_there_is_no_notebook_it_says_so(folder: Path) -> None:
    (folder / "essay.docx").write_bytes(b"")
    with pytest.raises(Rejected, match="found no notebook"):
        read(folder)


# --- files that are no files -------------------------------------------------------------------------------


def a_link(path: Path) -> None:
    secret = path.parent / "secret.txt"
    secret.write_text("secret")
    path.symlink_to(secret)


def a_link_to_nowhere(path: Path) -> None:
    path.symlink_to("/nowhere/at/all")


def a_link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_device(path: Path) -> None:
    try:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero, which never ends
    except PermissionError:
        pytest.skip("needs root to make a device file")


ODD = [a_link, a_link_to_nowhere, a_link_to_itself, a_folder, a_pipe, a_device]


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_when_the_notebook_is_no_plain_file_it_is_rejected_at_once(folder: Path, make: object) -> None:
    make(folder / NOTEBOOK)  # type: ignore[operator]
    with pytest.raises(Rejected, match=NOTEBOOK) as caught:
        read(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_when_an_attached_file_is_no_plain_file_it_counts_as_absent(folder: Path, make: object) -> None:
    make(folder / "notes.txt")  # type: ignore[operator]
    (folder / "data.csv").write_bytes(b"1,2")
    assert attached_files(Submission("ada", folder), SPEC) == {"data.csv": b"1,2"}


def test_when_files_are_not_on_the_labs_list_they_stay_behind(folder: Path) -> None:
    for name in ("numpy.py", "probes.safetensors", "sitecustomize.py", "notes.txt"):
        (folder / name).write_bytes(name.encode())
    spec = LabSpec(
        LAB, "", 5, "", allowed_files=("notes.txt", "probes.safetensors", NOTEBOOK, "../ada", "a/b")
    )
    assert attached_files(Submission("ada", folder), spec) == {"notes.txt": b"notes.txt"}


def test_when_a_file_is_too_large_it_is_rejected_unread(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submissions, "LARGEST_FILE", 10)
    (folder / NOTEBOOK).write_bytes(b"x" * 10)
    assert read(folder)[0] == b"x" * 10
    (folder / NOTEBOOK).write_bytes(b"x" * 11)
    with pytest.raises(Rejected, match="has 11 bytes; at most 10 are read"):
        read(folder)


def test_when_a_file_may_not_be_read_it_is_rejected(folder: Path) -> None:
    path = folder / NOTEBOOK
    path.write_bytes(b"x")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root reads everything")
    with pytest.raises(Rejected, match="cannot be read: Permission denied"):
        read_file(path)
