"""Pointers for the instructor, never scores: imports that the lab does not allow, code much like the solution's."""

from __future__ import annotations

import ast
import builtins
import difflib
import hashlib
import keyword
import re
from collections.abc import Iterable, Iterator

from nbformat import NotebookNode

from autograder import notebooks
from autograder.model import LabSpec

# The shortest exercise in which likeness says anything, in tokens; and how much alike is worth a look.
ENOUGH_TOKENS = 40
ALIKE = 0.97
# The shortest work that two students do not write alike by chance, names apart: some thirty lines.
TELLING_TOKENS = 300
# What is parsed, in characters of a cell and of a notebook: Python needs minutes for an f-string of a megabyte.
LONGEST_CELL = 20_000
MOST_CODE = 200_000
MOST_NAMES = 20


def flags_of(spec: LabSpec, notebook: NotebookNode, solution: NotebookNode) -> Iterator[str]:
    """What an instructor may want to look at in a rebuilt notebook."""
    own = list(_own_code(notebook))
    if sum(map(len, own)) > MOST_CODE or any(len(source) > LONGEST_CELL for source in own):
        yield "so much code that its imports were not looked through"
    forbidden = sorted(set(imports_of(own)) - set(spec.allowed_imports))
    if forbidden:
        more = [f"and {len(forbidden) - MOST_NAMES} more"] if len(forbidden) > MOST_NAMES else []
        named = [name[:60] for name in forbidden[:MOST_NAMES]]
        yield f"imports that the lab does not allow: {', '.join([*named, *more])}"
    theirs = {notebooks.grade_id(cell): cell.source for cell in notebook.cells if notebooks.is_exercise(cell)}
    exercises = {
        notebooks.grade_id(cell): cell.source for cell in solution.cells if notebooks.is_exercise(cell)
    }
    copied = [name for name, source in exercises.items() if alike(source, theirs.get(name, ""))]
    if copied:
        yield (
            f"nearly the solution, names included, in {len(copied)} of {len(exercises)} exercises: "
            f"{', '.join(copied)}"
        )


def imports_of(sources: Iterable[str]) -> Iterator[str]:
    """The top-level names of all modules that these cells import, in the first `MOST_CODE` characters."""
    left = MOST_CODE
    for source in sources:
        left -= len(source)
        if left < 0:
            return
        for node in ast.walk(parsed(source)):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0]


def parsed(source: str) -> ast.Module:
    """A stranger's code as a tree, an empty one where it is too long or Python cannot read it."""
    if len(source) > LONGEST_CELL:
        return ast.Module([], [])
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def alike(solution: str, theirs: str) -> bool:
    """Whether two cells are the same code but for comments, spacing and a few tokens."""
    mine, others = _tokens(solution), _tokens(theirs)
    if min(len(mine), len(others)) < ENOUGH_TOKENS:
        return False
    matcher = difflib.SequenceMatcher(None, mine, others, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def fingerprint(notebook: NotebookNode, lab: NotebookNode) -> str:
    """A name for all code that a student wrote, the same for another's that differs in own names only.

    Empty where it is too little to say anything: many write the same short function.
    """
    given = {cell.source for cell in lab.cells}
    tokens = [token for source in _own_code(notebook) if source not in given for token in _tokens(source)]
    names: dict[str, str] = {}
    known = {*keyword.kwlist, *dir(builtins), "np", "numpy"}
    plain = [
        names.setdefault(t, f"v{len(names)}") if t.isidentifier() and t not in known else t for t in tokens
    ]
    return hashlib.sha256(" ".join(plain).encode()).hexdigest() if len(tokens) >= TELLING_TOKENS else ""


def _own_code(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        if cell.cell_type == "code" and (notebooks.is_exercise(cell) or not notebooks.grade_id(cell)):
            yield cell.source


def _tokens(source: str) -> list[str]:
    """Words, numbers and signs; comments and docstrings say nothing of where code is from."""
    code = re.sub(r'"""(?:.|\n)*?"""|#[^\n]*', "", source)
    return re.findall(r"\w+|[^\w\s]", code)
