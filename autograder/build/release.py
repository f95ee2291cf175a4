"""A solution becomes a lab, by nbgrader's own generate-assignment machinery."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from traitlets.config import Config

from autograder.errors import SourceError
from autograder.sources import to_text


def make_lab(name: str, solution: NotebookNode) -> NotebookNode:
    """The student's notebook: solution regions replaced by stubs, checks locked, checksums computed.

    Raises:
        SourceError: nbgrader refuses the solution notebook.
    """
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.preprocessors import SaveCells

    with tempfile.TemporaryDirectory(prefix="unrolled-build-") as folder:
        root = Path(folder)
        source = root / "source" / name / f"{name}.ipynb"
        source.parent.mkdir(parents=True)
        source.write_text(to_text(solution), encoding="utf-8")
        config = Config()
        config.CourseDirectory.root = str(root)
        config.CourseDirectory.assignment_id = name
        config.GenerateAssignment.no_database = True
        converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
        # no_database keeps the assignment out of the gradebook, but SaveCells would still open one
        converter.preprocessors = [step for step in converter.preprocessors if step is not SaveCells]
        converter.log = logging.getLogger("unrolled.build")
        try:
            converter.start()
        except Exception as error:
            raise SourceError(f"{name}: nbgrader cannot make the lab: {error}") from error
        lab = nbformat.read(root / "release" / name / f"{name}.ipynb", as_version=4)
    for cell, original in zip(lab.cells, solution.cells, strict=True):
        cell["id"] = original["id"]
    return lab
