"""What lateness takes off: nbgrader's own rule, or the teacher's, kept true to due dates and to marks given by hand.

nbgrader works a penalty out when a submission is graded. A due date that is set afterwards, an extension, or
points that a person gives would not count; `settle_penalties` catches up with them.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select, update

from autograder.classroom.config import course_directory, load_config
from autograder.classroom.course import course_labs
from autograder.classroom.database import Transaction, open_gradebook
from autograder.errors import BadInput


class LatePenalties:
    """nbgrader's step for late submissions, with the plugin that the course names.

    Raises:
        BadInput: the plugin does not load.
    """

    def __init__(self, config: Any, root: Path) -> None:
        from nbgrader.preprocessors import AssignLatePenalties

        # nbgrader is run in the course's folder and imports a teacher's own plugin from there.
        sys.path.insert(0, str(root))
        try:
            self._step = AssignLatePenalties(config=config)
            self._step.init_plugin()
        except Exception as error:
            raise BadInput(
                f"the late penalty named in {root}/nbgrader_config.py does not load: {error}"
            ) from error
        finally:
            sys.path.remove(str(root))

    def of(self, student: str, score: float, late: float) -> float | None:
        """The points that a submission with this score loses for being `late` seconds late; None if it is not."""
        if late <= 0:
            return None
        penalty = self._step.plugin_inst.late_submission_penalty(student, score, late)
        if penalty is None:
            return None
        checked: float | None = self._step._check_late_penalty(SimpleNamespace(score=score), penalty)
        return checked


def seconds_late(moment: datetime | None, due: datetime | None, extension: timedelta | None) -> float:
    """By how much a submission missed its due date; 0 where either is not known."""
    if moment is None or due is None:
        return 0.0
    return max(0.0, (moment - (due + (extension or timedelta()))).total_seconds())


def save_penalty(db: Any, notebook: str, old: float | None, new: float | None) -> None:
    """Put a submitted notebook's penalty into the gradebook, if it is another one."""
    from nbgrader.api import SubmittedNotebook

    if new != old:
        part = SubmittedNotebook.__table__
        db.execute(update(part).where(part.c.id == notebook).values(late_submission_penalty=new))


def settle_penalties(course: Path) -> None:
    """Work out the penalties of our labs anew, from the due dates and scores that the gradebook has now.

    Raises:
        BadInput: the teacher's plugin does not load, or the gradebook cannot be used.
    """
    from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook

    root = course.absolute()
    config = load_config(root)
    whole, part = SubmittedAssignment, SubmittedNotebook
    query = (
        select(
            part.id,
            part.late_submission_penalty,
            whole.student_id,
            whole.timestamp,
            whole.extension,
            Assignment.duedate,
            func.sum(Grade.score),
        )
        .join(whole, whole.id == part.assignment_id)
        .join(Assignment, Assignment.id == whole.assignment_id)
        .join(Grade, Grade.notebook_id == part.id)
        .where(Assignment.name.in_(course_labs(root)))
        .group_by(part.id)
    )
    penalties: LatePenalties | None = None
    with open_gradebook(course_directory(root, config)) as gradebook, Transaction(gradebook) as db:
        for notebook, old, student, moment, extension, due, score in db.execute(query).all():
            late = seconds_late(moment, due, extension)
            if late > 0 and penalties is None:
                penalties = LatePenalties(config, root)
            new = penalties.of(student, float(score), late) if penalties else None
            save_penalty(db, notebook, old, new)
