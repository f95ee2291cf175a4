"""Which labs there are, and what a lab's notebook says of itself."""

from __future__ import annotations

import ast
from dataclasses import fields
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder import notebooks
from autograder.errors import BadInput, SourceError
from autograder.model import CheckSpec, LabSpec, Limits
from autograder.places import PROBES, labs_dir
from autograder.probes_file import load


def all_labs() -> list[str]:
    """The labs' names, in order."""
    return sorted(path.name for path in labs_dir().glob("lab*") if (path / f"{path.name}.ipynb").is_file())


def lab_folder(name: str) -> Path:
    """The folder of a generated lab.

    Raises:
        BadInput: there is no such lab.
    """
    if name not in all_labs():
        raise BadInput(f"there is no lab {name!r}; the labs are: {', '.join(all_labs()) or 'none'}")
    return labs_dir() / name


def read_lab(name: str) -> NotebookNode:
    """A generated lab: the master of a grading."""
    path = lab_folder(name) / f"{name}.ipynb"
    return nbformat.read(path, as_version=4)


def load_spec(name: str) -> LabSpec:
    """The facts of a generated lab."""
    return spec_of(name, read_lab(name))


def hints_of(name: str) -> dict[str, str]:
    """Each misconception's hint by its id, as the lab's own probes file has it."""
    return {known: item.hint for known, item in load(lab_folder(name) / PROBES).known.items()}


def spec_of(name: str, notebook: NotebookNode) -> LabSpec:
    """The facts that a lab's or a solution's notebook states in its metadata and cells.

    Raises:
        SourceError: the header or a check cell breaks the format.
    """
    facts = dict(notebook.metadata.get("unrolled", {}))
    try:
        limits = Limits(**dict(facts.get("limits", {})))
        return LabSpec(
            name=name,
            title=str(facts["title"]),
            minutes=int(facts["minutes"]),
            lecture=str(facts["lecture"]),
            preload=tuple(facts.get("preload", ())),
            allowed_imports=tuple(facts.get("allowed_imports", ())),
            allowed_files=tuple(facts.get("allowed_files", ())),
            device=str(facts.get("device", "cpu")),
            limits=limits,
            checks=tuple(_check_spec(cell) for cell in notebook.cells if notebooks.is_check(cell)),
            manual_points=sum(
                float(notebooks.nbgrader_of(cell)["points"])
                for cell in notebook.cells
                if notebooks.is_question(cell)
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        known = ", ".join(item.name for item in fields(Limits))
        raise SourceError(
            f"{name}: the header must give title, minutes and lecture, and limits out of {known}; got {facts} ({error})"
        ) from error


def _check_spec(cell: NotebookNode) -> CheckSpec:
    function, decorator = check_function(cell)
    sentence = ast.get_docstring(function)
    check_id = notebooks.grade_id(cell)
    if not sentence:
        raise SourceError(f"{check_id}: the check {function.name} needs a docstring; the student reads it")
    return CheckSpec(
        id=check_id,
        name=function.name,
        points=float(notebooks.nbgrader_of(cell)["points"]),
        sentence=" ".join(sentence.split()),
        needs=_needs(decorator),
    )


def check_function(cell: NotebookNode) -> tuple[ast.FunctionDef, ast.expr]:
    """The one decorated function of a check cell, and its decorator.

    Raises:
        SourceError: the cell is anything but one function under `@lab.check`.
    """
    body = ast.parse(cell.source).body
    for node in body:
        if isinstance(node, ast.FunctionDef) and len(body) == 1 and len(node.decorator_list) == 1:
            return node, node.decorator_list[0]
    raise SourceError(
        f"{notebooks.grade_id(cell)}: a check cell holds one function under @lab.check, and no more"
    )


def _needs(decorator: ast.expr) -> tuple[str, ...]:
    keywords: list[ast.keyword] = decorator.keywords if isinstance(decorator, ast.Call) else []
    for keyword in keywords:
        if keyword.arg == "needs":
            found: Any = ast.literal_eval(keyword.value)
            return tuple(str(item) for item in found)
    return ()
