"""What plain `nbgrader autograde` calls in our courses: it is sandboxed and agrees with `unrolled grade`.

nbgrader converts a submission twice, with preprocessors made anew each time: sanitizing, then autograding.
`Rebuild` stands first in the first pass and has the submission graded; `RunUnrolled` stands for `Execute` in
the second and puts the graded notebook in. Between them the result is kept here, by course, lab and student.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Bool

from autograder.classroom.config import folder_of
from autograder.classroom.course import course_labs
from autograder.classroom.files import plain_files, special_files
from autograder.classroom.gradebook import Exporter, settle_outputs
from autograder.classroom.sanitise import clean_notebook, read_notebook
from autograder.classroom.timestamps import TIMESTAMP
from autograder.grading.results import SubmissionResult

_Key = tuple[str, str, str]
_graded: dict[_Key, SubmissionResult] = {}

# What formgrader may serve beside a notebook without running anything in the instructor's browser.
_INERT = frozenset({".csv", ".gif", ".jpeg", ".jpg", ".npz", ".png", ".safetensors", ".txt"})


def _coursedir(step: Any) -> Any:
    """The course of the converter that a preprocessor works for."""
    owner = step.parent
    while owner is not None and not hasattr(owner, "coursedir"):
        owner = owner.parent
    if owner is None:
        raise NbGraderException(f"{type(step).__name__} only works inside nbgrader")
    return owner.coursedir


class _Step(NbGraderPreprocessor):
    """What both steps need: whose submission of what this is, and whether the lab is ours."""

    trust_other_assignments = Bool(
        False,
        help="Run assignments that are no labs of Unrolled in nbgrader's own kernel, WITHOUT a sandbox.",
    ).tag(config=True)

    def _key(self, resources: Any) -> _Key:
        facts = resources["nbgrader"]
        return (str(Path(_coursedir(self).root).resolve()), facts["assignment"], facts["student"])

    def _is_ours(self, key: _Key) -> bool:
        if key[1] in course_labs(Path(key[0])):
            return True
        if not self.trust_other_assignments:
            raise NbGraderException(
                f"{key[1]} is no lab of Unrolled, so it would run without a sandbox; if you trust its "
                f"submissions, set c.{type(self).__name__}.trust_other_assignments = True in its config"
            )
        return False


class Rebuild(_Step):
    """Has the submission graded, and goes on with the notebook that was rebuilt from the lab."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Called by nbgrader with the submitted notebook."""
        key = self._key(resources)
        if not self._is_ours(key):
            return nb, resources
        _graded.pop(key, None)
        result = self._grade(key)
        if result.verdict != "graded":
            if result.verdict == "rejected":
                with Exporter(Path(key[0]), key[1]) as exporter:
                    exporter.withdraw(key[2])
            raise NbGraderException(f"{key[2]}: {result.verdict}: {result.message}")
        _graded[key] = result
        return read_notebook(result.notebook), resources

    def _grade(self, key: _Key) -> SubmissionResult:
        from autograder.grading.service import grade_for_nbgrader

        root, lab, student = key
        folder = folder_of(_coursedir(self), "submitted", student, lab)
        result: SubmissionResult = grade_for_nbgrader(Path(root), lab, student, folder / f"{lab}.ipynb")
        return result


class RunUnrolled(_Step):
    """Stands for nbgrader's `Execute`: the outputs are those that the sandbox gave."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Called by nbgrader with the sanitized notebook."""
        key = self._key(resources)
        if not self._is_ours(key):
            executed: tuple[NotebookNode, Any] = Execute(parent=self.parent).preprocess(nb, resources)
            return executed
        result = _graded.pop(key, None)
        if result is None:
            raise NbGraderException(
                "nothing was graded: Rebuild must be the first of c.Autograde.sanitize_preprocessors"
            )
        notebook = read_notebook(result.notebook)
        settle_outputs(notebook, result.checks)
        self._drop_active_files(key)
        return clean_notebook(notebook), resources

    def _drop_active_files(self, key: _Key) -> None:
        """nbgrader has copied what was attached; formgrader would serve a page among it as its own."""
        coursedir = _coursedir(self)
        source = folder_of(coursedir, "source", ".", key[1])
        folder = folder_of(coursedir, "autograded", key[2], key[1])
        for path in plain_files(folder) if folder.is_dir() else ():
            keep = path.suffix.lower() in _INERT or path.name in (TIMESTAMP, f"{key[1]}.ipynb")
            if not keep and not (source / path.relative_to(folder)).exists():
                self.log.warning("Leaving out %s: a submission's pages and programs are not shown", path.name)
                path.chmod(0o600)
                path.unlink()


def drop_special_files(*, assignment: str, student: str, notebooks: Sequence[str]) -> None:
    """nbgrader's pre-convert hook: links, pipes and devices go before nbgrader follows or opens them."""
    for folder in {Path(notebook).parent for notebook in notebooks}:
        for path in special_files(folder):
            path.unlink()
