"""What nbgrader's exchange needs to give a student's feedback back to that student.

`nbgrader submit` puts a random secret beside a submission and keeps a copy for the student. `release_feedback`
names a page by it, so the secret has to come along from submitted/ to autograded/ and feedback/.
"""

from __future__ import annotations

from pathlib import Path

from autograder.classroom.files import copy_file

SUBMISSION_SECRET = "submission_secret.txt"
_BYTES = 1000  # nbgrader's are 128


def hand_on_secret(source: Path, target: Path) -> None:
    """Put the secret of the submission in one folder into another; without one there, an older one goes."""
    file = target / SUBMISSION_SECRET
    file.unlink(missing_ok=True)
    copy_file(source / SUBMISSION_SECRET, file, _BYTES)
