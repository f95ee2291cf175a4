"""py:percent sources become notebooks: one way, no outputs, ids that do not change from build to build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder import notebooks
from autograder.errors import SourceError

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def read_source(path: Path) -> NotebookNode:
    """The notebook that a py:percent file stands for, its nbgrader metadata filled in.

    Raises:
        SourceError: the file is missing or no py:percent notebook.
    """
    if not path.is_file():
        raise SourceError(f"{path} is missing: a folder's source is named after the folder")
    import jupytext  # here, since it brings Jupyter's server along, which takes longer than all else of this package

    notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    notebook.metadata = _metadata(path.stem, notebook.metadata)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        _complete(cell)
    for cell, stable in zip(notebook.cells, notebooks.stable_ids(notebook.cells), strict=True):
        cell["id"] = stable
    nbformat.validate(notebook)
    return notebook


def _metadata(name: str, found: dict[str, Any]) -> NotebookNode:
    """Only what we mean to say: jupytext's own notes would change with its version."""
    kept: dict[str, Any] = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    if "unrolled" in found:
        kept["unrolled"] = {"lab": name, **found["unrolled"]}
    return nbformat.from_dict(kept)


def _complete(cell: NotebookNode) -> None:
    """Fill in what nbgrader wants and an author need not type, and the tags that follow from it."""
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
    found = notebooks.nbgrader_of(cell)
    if found:
        cell.metadata["nbgrader"] = nbformat.from_dict({**notebooks.KIND, **found})
    wanted = notebooks.tags(cell)
    if notebooks.is_check(cell):
        wanted += ["check", "raises-exception"]
    if wanted:
        cell.metadata["tags"] = sorted(set(wanted))


def to_text(notebook: NotebookNode) -> str:
    """A notebook as the bytes that we commit: sorted keys, one space, a newline at the end."""
    text: str = nbformat.writes(notebook, version=4)
    return text if text.endswith("\n") else text + "\n"
