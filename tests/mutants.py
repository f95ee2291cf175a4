"""Mechanical mutants of a lab's exercises: one small change each, such as a tired hand makes.

A mutant stands for a mistake that nobody thought of. Every check was written with some mistakes in mind; whether
it would catch the others too is what test_mutants.py asks.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_OTHER_OPERATORS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_OTHER_NAMES = {
    **{"maximum": "minimum", "minimum": "maximum", "max": "min", "min": "max", "argmax": "argmin"},
    **{"sum": "mean", "mean": "sum", "zeros": "ones", "ones": "zeros", "cumsum": "cumprod"},
    **{"zeros_like": "ones_like", "ones_like": "zeros_like", "all": "any", "any": "all"},
    **{"tanh": "sin", "exp": "expm1", "log": "log1p", "sqrt": "square", "abs": "negative"},
    **{"vstack": "hstack", "hstack": "vstack", "floor": "ceil", "empty": "ones"},
}


@dataclass(frozen=True)
class Mutant:
    """One changed exercise cell; `key` names the function, the line as it was and as it is."""

    cell: str
    function: str
    key: str
    source: str


def mutants_of(cell: str, source: str) -> Iterator[Mutant]:
    """Every mutant of the lines that a student writes: those between BEGIN SOLUTION and END SOLUTION."""
    theirs = _solution_lines(source)
    tree = ast.parse(source)
    seen: set[str] = {ast.unparse(tree)}
    times: Counter[str] = Counter()
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
        for number, node in enumerate(ast.walk(function)):
            if getattr(node, "lineno", 0) not in theirs:
                continue
            for change in _changes(node):
                changed = copy.deepcopy(tree)
                other = _named(changed, function.name)
                parent, name, index = _place(other, number)
                replacement = change(_get(parent, name, index))
                _put(parent, name, index, replacement)
                text = ast.unparse(ast.fix_missing_locations(changed))
                if text in seen or not _compiles(text):
                    continue
                seen.add(text)
                key = f"{function.name}: {_difference(ast.unparse(function), ast.unparse(other))}"
                times[key] += 1
                yield Mutant(cell, function.name, key + (f" #{times[key]}" if times[key] > 1 else ""), text)


Change = Callable[[Any], ast.AST | list[ast.stmt]]


def _changes(node: ast.AST) -> Iterator[Change]:
    """What can be done to a node, each as a function of its copy."""
    for kind, changes in _CHANGES.items():
        if isinstance(node, kind):
            yield from changes(node)


def _binary(node: ast.BinOp) -> Iterator[Change]:
    for other in _OTHER_OPERATORS.get(type(node.op), ()):
        yield lambda old, other=other: _set(old, op=other())
    yield lambda old: old.left
    yield lambda old: old.right
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult | ast.Pow):
        yield lambda old: _set(old, left=old.right, right=old.left)


def _in_place(node: ast.AugAssign) -> Iterator[Change]:
    for other in _OTHER_OPERATORS.get(type(node.op), ()):
        yield lambda old, other=other: _set(old, op=other())
    yield lambda old: ast.Assign([old.target], old.value)


def _unary(node: ast.UnaryOp) -> Iterator[Change]:
    yield lambda old: old.operand


def _comparison(node: ast.Compare) -> Iterator[Change]:
    for other in _OTHER_OPERATORS.get(type(node.ops[0]), ()):
        yield lambda old, other=other: _set(old, ops=[other(), *old.ops[1:]])


def _logical(node: ast.BoolOp) -> Iterator[Change]:
    for other in _OTHER_OPERATORS[type(node.op)]:
        yield lambda old, other=other: _set(old, op=other())
    for place in range(len(node.values)):
        yield lambda old, place=place: old.values[place]


def _constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield lambda old: ast.Constant(not old.value)
    elif isinstance(value, int):
        for step in (1, -1):
            yield lambda old, step=step: ast.Constant(old.value + step)
    elif isinstance(value, float):
        for other in (value + 1.0, value - 1.0, value * 1.5):
            yield lambda old, other=other: ast.Constant(other)


def _attribute(node: ast.Attribute) -> Iterator[Change]:
    if node.attr == "T":
        yield lambda old: old.value
    if node.attr in _OTHER_NAMES:
        yield lambda old: _set(old, attr=_OTHER_NAMES[old.attr])


def _name(node: ast.Name) -> Iterator[Change]:
    if node.id in ("max", "min", "sum", "all", "any"):
        yield lambda old: _set(old, id=_OTHER_NAMES[old.id] if old.id != "sum" else "max")


def _call(node: ast.Call) -> Iterator[Change]:
    for place in range(len(node.args) - 1):
        yield lambda old, place=place: _set(old, args=_swapped(old.args, place))
    for place in range(len(node.keywords)):
        yield lambda old, place=place: _set(old, keywords=old.keywords[:place] + old.keywords[place + 1 :])
    if node.args and not isinstance(node.args[0], ast.Starred):
        yield lambda old: old.args[0]
    if len(node.args) > 1:
        yield lambda old: _set(old, args=old.args[:-1])
    if isinstance(node.func, ast.Attribute):
        yield lambda old: old.func.value
    if isinstance(node.func, ast.Name) and node.func.id == "range":
        yield lambda old: _set(
            old, args=[*old.args[:-1], ast.BinOp(old.args[-1], ast.Sub(), ast.Constant(1))]
        )
        if len(node.args) == 1:
            yield lambda old: _set(old, args=[ast.Constant(1), *old.args])


def _subscript(node: ast.Subscript) -> Iterator[Change]:
    if not isinstance(node.slice, ast.Constant | ast.Slice) and isinstance(node.ctx, ast.Load):
        yield lambda old: old.value


def _slice(node: ast.Slice) -> Iterator[Change]:
    one = ast.Constant(1)
    yield lambda old: _set(old, lower=ast.BinOp(old.lower, ast.Add(), one) if old.lower else one)
    yield lambda old: _set(
        old, upper=ast.BinOp(old.upper, ast.Sub(), one) if old.upper else ast.UnaryOp(ast.USub(), one)
    )
    for end in ("lower", "upper", "step"):
        if getattr(node, end) is not None:
            yield lambda old, end=end: _set(old, **{end: None})


def _several(node: ast.Tuple | ast.List) -> Iterator[Change]:
    for place in range(len(node.elts) - 1):
        yield lambda old, place=place: _set(old, elts=_swapped(old.elts, place))


def _dict(node: ast.Dict) -> Iterator[Change]:
    for place in range(len(node.values) - 1):
        yield lambda old, place=place: _set(old, values=_swapped(old.values, place))


def _conditional(node: ast.IfExp) -> Iterator[Change]:
    yield lambda old: old.body
    yield lambda old: old.orelse


def _branch(node: ast.If | ast.While) -> Iterator[Change]:
    if isinstance(node, ast.If):
        yield lambda old: _set(old, test=ast.UnaryOp(ast.Not(), old.test))


def _comprehension(node: ast.comprehension) -> Iterator[Change]:
    for place in range(len(node.ifs)):
        yield lambda old, place=place: _set(old, ifs=old.ifs[:place] + old.ifs[place + 1 :])


def _statement(node: ast.stmt) -> Iterator[Change]:
    if not isinstance(node, ast.Return | ast.FunctionDef | ast.Pass):
        yield lambda old: ast.Pass()


_CHANGES: dict[Any, Callable[[Any], Iterator[Change]]] = {
    ast.BinOp: _binary,
    ast.AugAssign: _in_place,
    ast.UnaryOp: _unary,
    ast.Compare: _comparison,
    ast.BoolOp: _logical,
    ast.Constant: _constant,
    ast.Attribute: _attribute,
    ast.Name: _name,
    ast.Call: _call,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Tuple | ast.List: _several,
    ast.Dict: _dict,
    ast.IfExp: _conditional,
    ast.If | ast.While: _branch,
    ast.comprehension: _comprehension,
    ast.stmt: _statement,
}


def _set(node: Any, **values: Any) -> Any:
    for name, value in values.items():
        setattr(node, name, value)
    return node


def _swapped(items: list[Any], place: int) -> list[Any]:
    return [*items[:place], items[place + 1], items[place], *items[place + 2 :]]


def _solution_lines(source: str) -> set[int]:
    inside, lines = False, set()
    for number, line in enumerate(source.splitlines(), 1):
        if "BEGIN SOLUTION" in line:
            inside = True
        elif "END SOLUTION" in line:
            inside = False
        elif inside:
            lines.add(number)
    return lines


def _named(tree: ast.Module, function: str) -> ast.FunctionDef:
    return next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function)


def _place(function: ast.FunctionDef, number: int) -> tuple[ast.AST, str, int | None]:
    """Where the node that `ast.walk` yields as the number-th hangs: its parent, field and index."""
    wanted = next(node for at, node in enumerate(ast.walk(function)) if at == number)
    for parent in ast.walk(function):
        for name, value in ast.iter_fields(parent):
            if value is wanted:
                return parent, name, None
            if isinstance(value, list):
                for index, item in enumerate(value):
                    if item is wanted:
                        return parent, name, index
    raise LookupError(number)


def _get(parent: ast.AST, name: str, index: int | None) -> Any:
    value = getattr(parent, name)
    return value if index is None else value[index]


def _put(parent: ast.AST, name: str, index: int | None, node: Any) -> None:
    if index is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[index] = node


def _compiles(text: str) -> bool:
    try:
        compile(text, "<mutant>", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def _difference(before: str, after: str) -> str:
    """The first line that is not as it was, and what it became."""
    old, new = before.splitlines(), after.splitlines()
    at = next(
        (number for number, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]),
        min(len(old), len(new)),
    )
    told = (lines[at].strip() if at < len(lines) else "(end)" for lines in (old, new))
    return " => ".join(told)
