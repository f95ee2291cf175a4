"""What real students do to a notebook, as small changes of the solved one."""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable, Sequence

import nbformat
from nbformat import NotebookNode

from autograder import notebooks
from autograder.authoring import Misconception

Change = Callable[[NotebookNode, random.Random], None]


def exercises(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells in which a student writes code, in order."""
    return [cell for cell in notebook.cells if notebooks.is_exercise(cell)]


def without_markers(notebook: NotebookNode) -> None:
    """A solved notebook as a student's: no BEGIN and END, the answers where they were."""
    for cell in notebook.cells:
        if "### BEGIN SOLUTION" in cell.source:
            lines = [
                line for line in cell.source.splitlines() if "### BEGIN" not in line and "### END" not in line
            ]
            cell.source = "\n".join(lines)


def answer_in_words(notebook: NotebookNode, text: str) -> None:
    """Every question answered with this text; an empty one leaves it open."""
    for cell in notebook.cells:
        if notebooks.is_question(cell):
            cell.source = text or "YOUR ANSWER HERE"


def rename_locals(notebook: NotebookNode) -> None:
    """The same code in other words: every local variable gets a longer name."""
    for cell in exercises(notebook):
        tree = ast.parse(cell.source)
        for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            _Renamer(function).visit(function)
        cell.source = ast.unparse(tree)


class _Renamer(ast.NodeTransformer):
    """Names that a function assigns, and its arguments not."""

    def __init__(self, function: ast.FunctionDef) -> None:
        arguments = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
        stored = {
            node.id
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        self._names = stored - arguments

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if node.id in self._names:
            node.id = f"my_{node.id}"
        return node


def with_helper_cells(notebook: NotebookNode) -> None:
    """Cells of the student's own: a note, a helper, a quick look at something."""
    extra = [
        nbformat.v4.new_markdown_cell("My notes: shapes first, then the formula."),
        nbformat.v4.new_code_cell("def show(name, value):\n    print(f'{name}: shape {np.shape(value)}')"),
        nbformat.v4.new_code_cell("show('an example', np.zeros((2, 3)))"),
    ]
    at = notebook.cells.index(exercises(notebook)[0])
    notebook.cells[at:at] = extra


def with_warnings(notebook: NotebookNode) -> None:
    """Honest code that talks on stderr: a library's warning, a log line."""
    first = exercises(notebook)[0]
    first.source = (
        "import sys\nimport warnings\n\n"
        "warnings.warn('this style is deprecated, says a library')\n"
        "print('debug: loaded', file=sys.stderr)\n\n" + first.source
    )


def unfinished(notebook: NotebookNode, stubs: dict[str, str], keep: int) -> list[str]:
    """Only the first exercises written; gives the ids of the others."""
    rest = exercises(notebook)[keep:]
    for cell in rest:
        cell.source = stubs[notebooks.grade_id(cell)]
    return [notebooks.grade_id(cell) for cell in rest]


def misunderstand(notebook: NotebookNode, mistakes: Sequence[Misconception]) -> None:
    """The mistakes' patches, in the student's own cells."""
    for mistake in mistakes:
        for cell in exercises(notebook):
            if f"def {mistake.function}(" in cell.source and cell.source.count(mistake.find) == 1:
                cell.source = cell.source.replace(mistake.find, mistake.replace)
                break


def into_body(cell: NotebookNode, statement: str) -> None:
    """Make a statement the first of a function's body, after its docstring."""
    tree = ast.parse(cell.source)
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    at = 1 if ast.get_docstring(function) else 0
    function.body[at:at] = ast.parse(statement).body
    cell.source = ast.unparse(tree)


def clone(notebook: NotebookNode) -> NotebookNode:
    """A copy to spoil."""
    return copy.deepcopy(notebook)
