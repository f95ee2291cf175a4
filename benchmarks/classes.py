"""Labs built for a benchmark, and classes of honest submissions of them."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograder import notebooks
from autograder.build.make import build_lab, lab_notebook, lab_sources, solution_notebook, write
from autograder.grading.rebuild import rebuild
from autograder.sources import to_text

_HERE = Path(__file__).resolve().parent
FRAMEWORKS = "lab91_frameworks"  # imports PyTorch and TensorFlow, asks for next to nothing
TINY = "lab90_tiny"  # NumPy, three small checks
LSTM = "lab04_lstm"  # a lab of the course
_SOLUTIONS = {
    FRAMEWORKS: _HERE / "solutions",
    TINY: _HERE.parent / "tests" / "fixtures" / "solutions",
    LSTM: _HERE.parent / "solutions",
}


@contextlib.contextmanager
def workplace(lab: str) -> Iterator[Path]:
    """A temporary folder, with the lab built in it; commands started meanwhile know this lab and no other."""
    with tempfile.TemporaryDirectory(prefix="unrolled-bench-") as folder:
        root = Path(folder)
        sources, labs = root / "solutions", root / "labs"
        for place in (sources, labs):
            place.mkdir()
        (sources / lab).symlink_to(_SOLUTIONS[lab] / lab)
        os.environ.update(UNROLLED_SOLUTIONS=str(sources), UNROLLED_LABS=str(labs))
        for name in lab_sources():
            for built in build_lab(name):
                write(built)
        yield root


def hand_in(folder: Path, lab: str, students: int) -> Path:
    """A class of honest submissions: every one solved, each with a comment of its own.

    Returns:
        The folder, of `<student>/<lab>/<lab>.ipynb`.
    """
    notebook = rebuild(lab, lab_notebook(lab), solution_notebook(lab)).notebook
    mark = "# by student NUMBER"
    for cell in notebook.cells:
        if notebooks.is_exercise(cell):
            cell.source += f"\n{mark}"
    text = to_text(notebook)
    for number in range(students):
        place = folder / f"student{number:04d}" / lab
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{lab}.ipynb").write_text(text.replace(mark, f"# by student {number}"), encoding="utf-8")
    return folder


def student_code(lab: str, *, explore: bool = False) -> tuple[list[str], list[str]]:
    """The set-up cells of a solved notebook, and the cells that are the student's code or call it."""
    cells = [cell for cell in solution_notebook(lab).cells if cell.cell_type == "code"]
    setup = [cell.source for cell in cells if notebooks.is_setup(cell)]
    return setup, [
        cell.source
        for cell in cells
        if not notebooks.is_setup(cell) and (explore or not notebooks.is_explore(cell))
    ]
