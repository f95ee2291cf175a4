"""What every lab must be, read from its solution; running one is marked slow. Its checks: `unrolled verify`."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from itertools import pairwise

import nbformat
import pytest
from nbformat import NotebookNode

from autograder import notebooks
from autograder.build import solution_notebook
from autograder.build.make import lab_sources
from autograder.labs import spec_of
from autograder.places import lectures_dir, solutions_dir
from autograder.truth.reference import load_truth
from tests.kernel_support import run_in_kernel

LABS = lab_sources()
SET_UP = 'import numpy as np\n\nfrom autograder import open_lab\n\nlab = open_lab("{name}")'


@pytest.fixture(params=LABS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def code(name: str) -> list[NotebookNode]:
    return [cell for cell in solution_notebook(name).cells if cell.cell_type == "code"]


def functions(cell: NotebookNode) -> list[ast.FunctionDef]:
    return [node for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef)]


def test_when_a_lab_is_opened_its_set_up_is_the_same_few_lines(name: str) -> None:
    assert code(name)[0].source == SET_UP.format(name=name)
    assert notebooks.grade_id(code(name)[0]) == "setup"


def test_when_points_are_counted_there_are_a_hundred_with_eight_for_an_answer_in_words(name: str) -> None:
    spec = spec_of(name, solution_notebook(name))
    assert sum(check.points for check in spec.checks) == 92 and spec.manual_points == 8
    assert 60 <= spec.minutes <= 120
    assert len(spec.checks) >= 18


def test_when_a_lab_names_its_lecture_there_is_one(name: str) -> None:
    lecture = spec_of(name, solution_notebook(name)).lecture
    assert (lectures_dir() / lecture / f"{lecture}.ipynb").is_file()


def test_when_an_exercise_is_listed_a_check_calls_its_function(name: str) -> None:
    checks = "\n".join(cell.source for cell in code(name) if notebooks.is_check(cell))
    asked = {
        node.name
        for cell in code(name)
        for node in functions(cell)
        if "### BEGIN SOLUTION" in (ast.get_source_segment(cell.source, node) or "")
    }
    assert len(asked) >= 6
    assert not {function for function in asked if not re.search(rf"\b{function}\b", checks)}


def test_when_misconceptions_are_counted_there_are_twenty_five_with_hints_that_hold_no_code(
    name: str,
) -> None:
    misconceptions = load_truth(name).misconceptions
    assert len(misconceptions) >= 25
    for item in misconceptions:
        assert len(item.hint) > 20 and "\n" not in item.hint, item.id
        assert len(item.find) < 12 or item.find.strip() not in item.hint, item.id


def test_when_figures_are_drawn_they_use_the_course_s_style_and_have_alt_text(name: str) -> None:
    drawn = "\n".join(cell.source for cell in code(name) if notebooks.is_explore(cell))
    assert "plots.show(" in drawn and "plt.show" not in drawn and "rcParams" not in drawn
    assert len(re.findall(r"plots\.show\(", drawn)) == len(re.findall(r"\balt=", drawn))


def test_when_labs_are_laid_side_by_side_no_helper_is_written_twice() -> None:
    written = defaultdict(set)
    for lab in LABS:
        for cell in code(lab):
            if notebooks.is_check(cell) or "### BEGIN SOLUTION" in cell.source:
                continue
            for node in functions(cell):
                body = [part for part in node.body if not isinstance(part, ast.Expr)]
                written["\n".join(ast.unparse(part) for part in body)].add(lab)
    assert written
    assert not {body: labs for body, labs in written.items() if len(labs) > 1}


def test_when_headings_are_listed_none_skips_a_level(name: str) -> None:
    text = "\n\n".join(cell.source for cell in solution_notebook(name).cells if cell.cell_type == "markdown")
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, flags=re.M)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.slow
def test_when_a_solution_is_run_from_top_to_bottom_it_keeps_to_its_time_and_shows_its_pictures(
    name: str,
) -> None:
    cells = solution_notebook(name).cells
    assert run([cell for cell in cells if not notebooks.is_explore(cell)])[0] <= 5
    seconds, outputs = run(cells)
    assert seconds <= 60
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert pictures
    assert all(len(picture.metadata["image/png"]["alt"]) > 40 for picture in pictures)
    assert not [output for output in outputs if output.get("name") == "stderr"]


def run(cells: list[NotebookNode]) -> tuple[float, list[NotebookNode]]:
    """Seconds from the first cell to the last and all outputs. Whoever else runs here: own CPU time if less."""
    clocks = [
        nbformat.v4.new_code_cell("import time; (time.perf_counter(), time.process_time())") for _ in range(2)
    ]
    notebook = nbformat.v4.new_notebook(cells=[clocks[0], *cells, clocks[1]])
    done = run_in_kernel(notebook, solutions_dir()).notebook.cells
    first, last = (ast.literal_eval(done[at].outputs[0].data["text/plain"]) for at in (0, -1))
    wall, own = (end - start for start, end in zip(first, last, strict=True))
    return min(wall, own), [output for cell in done[1:-1] for output in cell.get("outputs", [])]
