"""nbgrader's settings in our courses, and how to read a course's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_config_path
from traitlets.config import Config
from traitlets.config.loader import JSONFileConfigLoader, PyFileConfigLoader

from autograder.errors import BadInput

FILE = "nbgrader_config.py"
_OURS = "autograder.classroom.preprocessors"

TEMPLATE = '''\
"""This course's settings for nbgrader. The file is yours to edit: `unrolled init` never writes over it."""

from autograder.classroom.config import configure

c = get_config()

# `nbgrader autograde` rebuilds submissions from the lab and runs them in the sandbox, as `unrolled grade`.
configure(c)

c.CourseDirectory.course_id = "{course_id}"

# Times are shown and read in this zone; the gradebook and timestamp.txt hold UTC.
c.NbGraderAPI.timezone = "UTC"
c.Exchange.timezone = "UTC"

# Late submissions. Set a lab's due date in formgrader (Manage Assignments), then choose: "none" takes nothing
# off, "zero" takes everything. For a rule of your own, put a module beside this file, say late.py:
#
#     from nbgrader.plugins import BasePlugin
#
#     class TenPercentADay(BasePlugin):
#         def late_submission_penalty(self, student_id, score, total_seconds_late):
#             return score * min(1, 0.1 * (1 + total_seconds_late // 86400))
#
# and name it: c.AssignLatePenalties.plugin_class = "late.TenPercentADay"
# A submission without a timestamp.txt counts as in time.
c.LateSubmissionPlugin.penalty_method = "none"
'''

ADVICE = (
    f"{FILE} is yours and was left alone; for `nbgrader autograde` to run submissions in the sandbox, "
    "add to it:  from autograder.classroom.config import configure; configure(get_config())"
)


def configure(c: Any) -> None:
    """Put our steps into nbgrader's: rebuild before sanitizing, our runner for Execute, harmless feedback.

    Everything is named by strings, so that formgrader can show the settings. `c` is what `get_config()` gave.
    """
    from nbgrader.converters import Autograde
    from nbgrader.preprocessors import Execute

    steps = Autograde()
    c.Autograde.sanitize_preprocessors = [f"{_OURS}.Rebuild", *map(_path, steps.sanitize_preprocessors)]
    c.Autograde.autograde_preprocessors = [
        f"{_OURS}.RunUnrolled" if step is Execute else _path(step) for step in steps.autograde_preprocessors
    ]
    c.Autograde.pre_convert_hook = f"{_OURS}.drop_special_files"
    c.GenerateFeedback.exporter_class = "autograder.classroom.feedback.FeedbackExporter"


def _path(step: Any) -> str:
    return step if isinstance(step, str) else f"{step.__module__}.{step.__name__}"


def load_config(root: Path) -> Config:
    """The settings that nbgrader would use in this course: the user's, then the course's own.

    Raises:
        BadInput: a settings file does not run.
    """
    config = Config()
    for folder in [*reversed(jupyter_config_path()), str(root)]:
        for loader in (JSONFileConfigLoader, PyFileConfigLoader):
            file = Path(folder) / (FILE if loader is PyFileConfigLoader else "nbgrader_config.json")
            if file.is_file():
                config.merge(_load(loader(file.name, path=folder), file))
    return config


def _load(loader: Any, file: Path) -> Config:
    try:
        loaded: Config = loader.load_config()
    except Exception as error:  # the file is a program of the teacher's
        raise BadInput(
            f"nbgrader's settings in {file} do not load: {type(error).__name__}: {error}"
        ) from error
    return loaded


def course_directory(root: Path, config: Config | None = None) -> Any:
    """nbgrader's CourseDirectory of a course: where its folders and its gradebook are."""
    from nbgrader.coursedir import CourseDirectory

    return CourseDirectory(
        config=config if config is not None else load_config(root), root=str(root.absolute())
    )


def folder_of(coursedir: Any, step: str, student: str, lab: str) -> Path:
    """A folder of the course, `step` being source, release, submitted, autograded or feedback."""
    return Path(coursedir.format_path(getattr(coursedir, f"{step}_directory"), student, lab))
