"""The folder of a sample class: a new one, one of an earlier demo, and nothing else."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from autograder.classroom.config import course_directory, load_config
from autograder.classroom.course import MANIFEST
from autograder.classroom.database import open_gradebook
from autograder.classroom.files import write_whole
from autograder.errors import BadInput
from autograder.grading.coordinator import lab_version
from autograder.grading.ledger import only_grader
from autograder.grading.run import make_course
from autograder.places import LOCK

SUBMISSIONS = "demo-submissions"
MARK = "demo.json"


def prepare(course: Path, lab: str, students: int) -> None:
    """Make the course of a sample class, or go on with the one that is there if it is the same class.

    Another class of the same lab, or of an older version of it, is taken away first with all that came of it.

    Raises:
        BadInput: the folder holds something that the demo did not make, or cannot be written.
    """
    try:
        known = _known(course)
        wanted = {"students": students, "version": lab_version(lab)}
        if lab in known and known[lab] != wanted:
            _clear(course)
            known = {}
        course.mkdir(parents=True, exist_ok=True)
        # The mark first: a demo that is killed can be started again.
        write_whole(course / SUBMISSIONS / MARK, json.dumps({**known, lab: wanted}, indent=1) + "\n")
        if not (course / MANIFEST).is_file():
            write_whole(course / MANIFEST, json.dumps({"schema": 1, "labs": {}}) + "\n")
    except OSError as error:
        raise BadInput(
            f"--out should name a folder that can be written; {course}: {error.strerror}"
        ) from error
    make_course(course, [lab])


def _known(course: Path) -> dict[str, object]:
    """The classes that the demo has put here before."""
    if not course.exists() or (course.is_dir() and all(path.name == LOCK for path in course.iterdir())):
        return {}
    try:
        found = json.loads((course / SUBMISSIONS / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise BadInput(
            f"--out should name a new folder, or one that an earlier demo made; {course} is something else"
        )
    return found


def _clear(course: Path) -> None:
    """Take an earlier demo away, unless it is being graded at this moment."""
    with only_grader(course):
        keep = {SUBMISSIONS, LOCK}
        for path in course.iterdir():
            if path.name not in keep:
                _remove(path)
        for path in (course / SUBMISSIONS).iterdir():
            if path.name != MARK:
                _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def set_due(course: Path, lab: str, due: datetime) -> None:
    """Tell the gradebook until when the lab was to be handed in."""
    with open_gradebook(course_directory(course, load_config(course))) as gradebook:
        moment = due.astimezone(UTC).replace(tzinfo=None)
        if gradebook.find_assignment(lab).duedate != moment:
            gradebook.update_or_create_assignment(lab, duedate=moment)
