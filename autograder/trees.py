"""Arguments and answers as flat, named leaves: the form in which they are stored, sent and compared.

A tree is a leaf, a dict with string keys, or a list or tuple of trees. Leaves are arrays (NumPy, PyTorch,
TensorFlow, numbers, and lists of numbers in answers), strings and None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.model import Array


@dataclass(frozen=True)
class Unsupported:
    """A leaf that is no array of real numbers and no string; `kind` is its type, as a student may read it."""

    kind: str


def as_leaf(value: Any) -> Array | str | Unsupported:
    """One answer as a plain array or string; a subclass of ndarray becomes a plain one.

    Raises:
        MemoryError: it does not fit into memory, such as a view that repeats one number.
    """
    if isinstance(value, str):
        return str(value)
    try:
        found = _as_numpy(value)
        array = np.array(found, subok=False)
    except MemoryError:
        raise
    except Exception:  # a ragged list, a tensor that NumPy has no form for, an object whose __array__ fails
        return Unsupported(_kind(value))
    if array.dtype.kind not in "fiub":
        return Unsupported(_kind(value, found))
    return np.ascontiguousarray(array).reshape(array.shape)


def _as_numpy(value: Any) -> Any:
    if hasattr(value, "detach"):  # PyTorch: perhaps with a graph, on a GPU, a view that is yet to be negated
        return value.numpy(force=True)
    if hasattr(value, "numpy") and not isinstance(value, np.ndarray):
        return value.numpy()
    return value


def _kind(value: Any, found: Any = None) -> str:
    """A type's name; of arrays and tensors what is odd about them."""
    if isinstance(found, np.ndarray) and (found is value or not found.dtype.hasobject):
        return f"array of {found.dtype}"
    if hasattr(value, "detach") and hasattr(value, "layout"):
        sparse = str(value.layout) != "torch.strided"
        return "sparse Tensor" if sparse else f"Tensor of {value.dtype}"
    return type(value).__name__


def flatten(tree: Any, prefix: str = "") -> dict[str, Array | str | Unsupported]:
    """Named leaves of an answer: `{"cache": {"i": a}}` gives `{"cache/i": a}`."""
    if isinstance(tree, Mapping):
        items = [(str(key), value) for key, value in tree.items()]
    elif isinstance(tree, (list, tuple)) and any(_is_branch(value) for value in tree):
        items = [(str(index), value) for index, value in enumerate(tree)]
    else:
        return {prefix: as_leaf(tree)}
    leaves: dict[str, Array | str | Unsupported] = {}
    for key, value in items:
        leaves.update(flatten(value, f"{prefix}/{key}" if prefix else key))
    return leaves


def _is_branch(value: Any) -> bool:
    """Whether a member of a list makes a branch of it; lists of lists of numbers are one array."""
    if isinstance(value, (list, tuple)):
        return any(_is_branch(member) for member in value)
    return isinstance(value, (Mapping, np.ndarray)) or hasattr(value, "numpy")


def pack(tree: Any) -> tuple[Any, dict[str, Array]]:
    """A check's arguments as (structure, arrays): JSON with each array replaced by {"$": its name}.

    Raises:
        TypeError: something is neither array, number, string, None, dict, list nor tuple.
    """
    arrays: dict[str, Array] = {}

    def walk(node: Any) -> Any:
        if isinstance(node, np.generic):
            node = node.item()
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        if isinstance(node, np.ndarray):
            name = str(len(arrays))
            arrays[name] = np.ascontiguousarray(node).reshape(node.shape)
            return {"$": name}
        if isinstance(node, Mapping):
            return {"dict": {str(key): walk(value) for key, value in node.items()}}
        if isinstance(node, tuple):
            return {"tuple": [walk(value) for value in node]}
        if isinstance(node, list):
            return {"list": [walk(value) for value in node]}
        raise TypeError(f"a check's input cannot be a {type(node).__name__}")

    return walk(tree), arrays


def unpack(structure: Any, arrays: Mapping[str, Array]) -> Any:
    """The inverse of `pack`; every array is a fresh, writable copy."""
    if not isinstance(structure, dict):
        return structure
    if "$" in structure:
        return np.array(arrays[structure["$"]])
    if "dict" in structure:
        return {key: unpack(value, arrays) for key, value in structure["dict"].items()}
    if "tuple" in structure:
        return tuple(unpack(value, arrays) for value in structure["tuple"])
    return [unpack(value, arrays) for value in structure["list"]]
