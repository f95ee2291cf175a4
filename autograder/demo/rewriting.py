"""An exercise's source in other words, or broken in a given way. Every function here is text to text.

What they keep and what they break is not taken on trust: `expected` runs the outcome.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import numpy as np

Rng = np.random.Generator
_NAMINGS: tuple[Callable[[str], str], ...] = (
    lambda name: f"my_{name}",
    lambda name: f"{name}_val",
    lambda name: f"{name}{name}" if len(name) == 1 else f"{name}_",
    lambda name: f"the{name.title().replace('_', '')}",
    lambda name: f"{name}1",
)
NARROW = '''def narrow(value):
    """Half the memory."""
    if isinstance(value, (tuple, list)):
        return tuple(narrow(part) for part in value)
    return value.astype(np.float32) if isinstance(value, np.ndarray) else value
'''


def plain(source: str) -> str:
    """A solution cell without nbgrader's markers."""
    lines = [line for line in source.splitlines() if "### BEGIN" not in line and "### END" not in line]
    return "\n".join(lines).strip("\n")


def functions_of(source: str) -> list[ast.FunctionDef]:
    """The functions that a cell defines."""
    return [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]


def reworded(source: str, rng: Rng) -> str:
    """The same code as another student would have typed it: other names, factors the other way round."""
    tree = ast.parse(source)
    naming = _NAMINGS[rng.integers(len(_NAMINGS))]
    for function in _functions(tree):
        _rename(function, naming, rng)
    tree = ast.fix_missing_locations(_Habits(rng).visit(tree))
    return ast.unparse(tree)


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in tree.body if isinstance(node, ast.FunctionDef))


def _rename(function: ast.FunctionDef, naming: Callable[[str], str], rng: Rng) -> None:
    """Other names for some of a function's own variables; arguments and names from outside stay."""
    nodes = list(ast.walk(function))
    taken = {node.id for node in nodes if isinstance(node, ast.Name)}
    kept = {node.arg for node in nodes if isinstance(node, ast.arg)} | {
        node.name for node in nodes if isinstance(node, ast.FunctionDef)
    }
    for node in nodes:
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            kept.update(node.names)
    own = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)} - kept
    # sorted, since a set's order changes from run to run
    new = {name: naming(name) for name in sorted(own) if rng.random() < 0.8}
    new = {name: other for name, other in new.items() if other not in taken | kept}
    for node in nodes:
        if isinstance(node, ast.Name):
            node.id = new.get(node.id, node.id)


class _Habits(ast.NodeTransformer):
    """Small ways of writing that change no result."""

    def __init__(self, rng: Rng) -> None:
        self._turn, self._square, self._method = rng.random(3) < 0.5
        self._result = str(rng.choice(["", "result", "out", "answer"]))

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """a * b as b * a, a**2 as a * a."""
        self.generic_visit(node)
        if self._turn and isinstance(node.op, ast.Mult):
            return ast.BinOp(node.right, node.op, node.left)
        squared = (
            isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant) and node.right.value == 2
        )
        if self._square and squared and isinstance(node.left, ast.Name):
            return ast.BinOp(node.left, ast.Mult(), node.left)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """a.T as a.transpose()."""
        self.generic_visit(node)
        if self._method and node.attr == "T":
            return ast.Call(ast.Attribute(node.value, "transpose", ast.Load()), [], [])
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST | list[ast.stmt]:
        """`return a + b` in two lines."""
        self.generic_visit(node)
        if not self._result or node.value is None or isinstance(node.value, ast.Name):
            return node
        name = ast.Name(self._result, ast.Store())
        return [
            ast.Assign([name], node.value, lineno=node.lineno),
            ast.Return(ast.Name(self._result, ast.Load())),
        ]


def narrowed(source: str) -> str:
    """What the functions return goes through `narrow` (see NARROW): float32."""

    def wrap(node: ast.Return) -> list[ast.stmt]:
        value = node.value or ast.Constant(None)
        return [ast.Return(ast.Call(ast.Name("narrow", ast.Load()), [value], []))]

    return _with_returns(source, wrap)


def without_return(source: str) -> str:
    """The result is computed and never handed back."""

    def drop(node: ast.Return) -> list[ast.stmt]:
        return [ast.Expr(node.value or ast.Constant(None))]

    return _with_returns(source, drop)


def misspelt(source: str) -> str:
    """What is returned goes by a name that does not exist."""

    def misspell(node: ast.Return) -> list[ast.stmt]:
        name = next((part for part in ast.walk(node) if isinstance(part, ast.Name)), None)
        wrong = f"{name.id}{name.id[-1]}_" if name else "reslut"
        return [ast.Return(ast.Name(wrong, ast.Load()))]

    return _with_returns(source, misspell)


def _with_returns(source: str, change: Callable[[ast.Return], list[ast.stmt]]) -> str:
    """Each return of a cell's outer functions changed."""

    class Returns(ast.NodeTransformer):
        depth = 0

        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
            if self.depth:
                return node
            self.depth += 1
            self.generic_visit(node)
            self.depth -= 1
            return node

        def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
            return node

        def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
            return change(node)

    return ast.unparse(ast.fix_missing_locations(Returns().visit(ast.parse(source))))


def unparsable(source: str) -> str:
    """The colon after the function's head is missing."""
    function = functions_of(source)[0]
    lines = source.splitlines()
    for number in range(function.lineno - 1, function.body[0].lineno):
        if lines[number].rstrip().endswith(":"):
            lines[number] = lines[number].rstrip()[:-1]
            break
    return "\n".join(lines)


def first_doing(source: str, code: str) -> str:
    """Each function begins with these statements."""
    tree = ast.parse(source)
    for function in _functions(tree):
        start = 1 if ast.get_docstring(function) is not None else 0
        function.body[start:start] = ast.parse(code).body
    return ast.unparse(ast.fix_missing_locations(tree))


def helped(source: str) -> tuple[str, str]:
    """The work moves into a helper function in a cell of the student's own: (that cell, the exercise)."""
    tree = ast.parse(source)
    for function in _functions(tree):
        arguments: list[ast.expr] = [
            ast.Name(item.arg, ast.Load()) for item in (*function.args.posonlyargs, *function.args.args)
        ]
        named = [ast.keyword(item.arg, ast.Name(item.arg, ast.Load())) for item in function.args.kwonlyargs]
        call = ast.Call(ast.Name(f"{function.name}_core", ast.Load()), arguments, named)
        function.body = [*_docstring(function), ast.Return(call)]
    core = ast.parse(source)
    for function in _functions(core):
        function.body = function.body[len(_docstring(function)) :]
        function.name += "_core"
    return ast.unparse(core), ast.unparse(ast.fix_missing_locations(tree))


def _docstring(function: ast.FunctionDef) -> list[ast.stmt]:
    return function.body[:1] if ast.get_docstring(function) is not None else []
