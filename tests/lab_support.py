"""A lab as a student hands it in."""

from __future__ import annotations

import copy

from nbformat import NotebookNode

from autograder import notebooks
from autograder.build import lab_notebook, solution_notebook


def solved(lab: str, **instead: str) -> NotebookNode:
    """The lab with the right answers in it, but for the cells whose sources are given, by grade_id (_ for -)."""
    notebook = copy.deepcopy(lab_notebook(lab))
    answers = {notebooks.grade_id(cell): cell.source for cell in solution_notebook(lab).cells}
    given = {name.replace("_", "-"): source for name, source in instead.items()}
    for cell in notebook.cells:
        name = notebooks.grade_id(cell)
        if name in given:
            cell.source = given[name]
        elif notebooks.is_exercise(cell):
            cell.source = answers[name]
    return notebook
