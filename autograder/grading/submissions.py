"""Submissions on disk, as nbgrader lays them out: DIR/<student>/<lab>/<lab>.ipynb and files beside it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.classroom.students import student_id_problem
from autograder.classroom.timestamps import submission_time
from autograder.errors import BadInput
from autograder.grading.rebuild import Rejected
from autograder.model import LabSpec
from autograder.places import PROBES

LARGEST_FILE = 20_000_000


@dataclass(frozen=True)
class Submission:
    """One student's folder of a lab."""

    student: str
    folder: Path


def find_submissions(folder: Path, lab: str) -> list[Submission]:
    """Every student's folder of this lab, by name.

    Raises:
        BadInput: there is no such folder, or no submission in it.
    """
    if not folder.is_dir():
        raise BadInput(
            f"--submissions should be a folder of <student>/{lab}/{lab}.ipynb; there is no {folder}"
        )
    students = sorted(
        entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")
    )
    found = [Submission(entry.name, entry / lab) for entry in students if (entry / lab).is_dir()]
    if not found:
        raise BadInput(
            f"no submission of {lab} in {folder}: expected <student>/{lab}/{lab}.ipynb, "
            f"found {len(students)} folders, none with {lab} in it"
        )
    return found


def check_student(submission: Submission) -> None:
    """Refuse what the gradebook cannot hold, before anything is run.

    Raises:
        Rejected: the folder's name is no student id, or its timestamp.txt says no time.
    """
    problem = student_id_problem(submission.student)
    if problem:
        raise Rejected(problem)
    try:
        submission_time(submission.folder)
    except BadInput as error:
        raise Rejected(str(error)) from error


def read_notebook(submission: Submission, lab: str) -> tuple[bytes, tuple[str, ...]]:
    """The submitted notebook's bytes, and a flag if it goes by another name.

    Raises:
        Rejected: there is no notebook, or more than one and none of the right name.
    """
    path = submission.folder / f"{lab}.ipynb"
    if os.path.lexists(path):
        return read_file(path), ()
    others = sorted(entry.name for entry in submission.folder.iterdir() if entry.name.endswith(".ipynb"))
    if len(others) == 1:
        return read_file(submission.folder / others[0]), (f"renamed notebook {others[0]!r}",)
    found = f"found {', '.join(map(repr, others))}" if others else "found no notebook"
    raise Rejected(f"the folder should hold {lab}.ipynb; {found}")


def attached_files(submission: Submission, spec: LabSpec) -> dict[str, bytes]:
    """The files on the lab's allow-list that lie beside the notebook; links and odd files count as absent."""
    return dict(_attached(submission, spec))


def _attached(submission: Submission, spec: LabSpec) -> Iterator[tuple[str, bytes]]:
    for name in spec.allowed_files:
        if name in (PROBES, f"{spec.name}.ipynb") or Path(name).name != name:
            continue
        try:
            yield name, read_file(submission.folder / name)
        except Rejected:
            continue


def read_file(path: Path) -> bytes:
    """A stranger's file: a plain one, not a link, of a bounded size. Never blocks on a FIFO.

    Raises:
        Rejected: it is anything else.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Rejected(f"{path.name} cannot be read: {error.strerror}") from error
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise Rejected(f"{path.name} should be a plain file")
        if facts.st_size > LARGEST_FILE:
            raise Rejected(f"{path.name} has {facts.st_size:,} bytes; at most {LARGEST_FILE:,} are read")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(LARGEST_FILE)
    finally:
        os.close(handle)
