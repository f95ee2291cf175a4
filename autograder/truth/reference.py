"""The reference: a solution notebook's set-up and exercise cells, executed into a module.

A misconception is the same, with one exercise's source patched.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import linecache
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np
from nbformat import NotebookNode

from autograder import notebooks
from autograder.authoring import Misconception, Probe
from autograder.diagnosis.diagnose import Known
from autograder.errors import SourceError
from autograder.labs import spec_of
from autograder.model import Array, LabSpec, Reply
from autograder.places import solutions_dir
from autograder.sources import read_source
from autograder.student.failures import describe
from autograder.student.registrar import Registrar
from autograder.trees import flatten, pack, unpack


@dataclass(frozen=True)
class Truth:
    """All that is true of a lab: its solution, its probes, its misconceptions."""

    spec: LabSpec
    solution: NotebookNode
    probes: Mapping[str, Probe]
    misconceptions: tuple[Misconception, ...]
    reference: Reference
    changing: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @functools.cached_property
    def patched(self) -> Mapping[str, Reference]:
        """The reference with each misconception's patch applied, by the misconception's id; made when asked for."""
        return _Patched(self)

    @functools.cached_property
    def known(self) -> dict[str, Known]:
        """Each misconception's hint and ties, by its id."""
        return {item.id: Known(item.hint, item.ties) for item in self.misconceptions}

    def patch_pair(self, first: Misconception, second: Misconception) -> Reference:
        """The reference with two misconceptions at once.

        Raises:
            SourceError: the second no longer applies after the first.
        """
        return self.reference.patch(first).patch(second)


class _Patched(Mapping[str, "Reference"]):
    def __init__(self, truth: Truth) -> None:
        self._reference = truth.reference
        self._by_id = {item.id: item for item in truth.misconceptions}
        self._made: dict[str, Reference] = {}

    def __getitem__(self, name: str) -> Reference:
        if name not in self._made:
            self._made[name] = self._reference.patch(self._by_id[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)


class Reference:
    """Functions executed from cells; callable by the name of a check."""

    def __init__(
        self, name: str, exercises: Mapping[str, str], setup: Sequence[str], checks: Sequence[str]
    ) -> None:
        self.name = name
        self._exercises = dict(exercises)
        self._setup = tuple(setup)
        self._checks = tuple(checks)
        self.module = ModuleType(f"reference_of_{name}")
        self._run()

    def _run(self) -> None:
        for number, source in enumerate((*self._setup, *self._exercises.values())):
            _execute(source, f"<cell {self.name} {number}>", self.module.__dict__)
        registrar = Registrar()
        scope = self.module.__dict__
        own = scope.get("lab")
        scope["lab"] = registrar
        for number, source in enumerate(self._checks):
            _execute(source, f"<cell {self.name} check {number}>", scope)
        scope["lab"] = own
        self.checks: dict[str, Callable[..., Any]] = dict(registrar.checks)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["module"].__dict__[name]
        except KeyError:
            raise AttributeError(f"the reference has no {name!r}") from None

    def patch(self, misconception: Misconception) -> Reference:
        """A copy with the misconception's patch applied.

        Raises:
            SourceError: the patch does not apply exactly once.
        """
        for cell, source in self._exercises.items():
            if _defines(source, misconception.function):
                count = source.count(misconception.find)
                if count != 1:
                    raise SourceError(
                        f"{self.name}: misconception {misconception.id!r} must find its text once in "
                        f"{misconception.function}, found it {count} times: {misconception.find!r}"
                    )
                patched = source.replace(misconception.find, misconception.replace)
                return Reference(self.name, {**self._exercises, cell: patched}, self._setup, self._checks)
        raise SourceError(
            f"{self.name}: misconception {misconception.id!r} patches {misconception.function!r}, "
            "which no exercise defines"
        )

    def answer(self, check: str, inputs: Mapping[str, Any]) -> Reply:
        """What a check returns here, as leaves, or the exception that it raises. Inputs are copied."""
        return self.answer_packed(check, *pack(dict(inputs)))

    def answer_packed(self, check: str, structure: Any, arrays: Mapping[str, Array]) -> Reply:
        """As `answer`, for inputs that are packed already (`autograder.trees.pack`)."""
        function = self.checks[check]
        copies = unpack(structure, arrays)
        try:
            with np.errstate(all="ignore"):
                return Reply(answer=flatten(function(**copies)))
        except Exception as error:
            return Reply(failure=describe(error, function.__code__.co_filename))


def _defines(source: str, function: str) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == function for node in ast.parse(source).body)


def _execute(source: str, filename: str, scope: dict[str, Any]) -> None:
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(_compiled(source, filename), scope)


@functools.lru_cache(maxsize=4096)
def _compiled(source: str, filename: str) -> CodeType:
    """A hundred patched references share all cells but one."""
    return compile(source, filename, "exec")


def load_truth(name: str, folder: Path | None = None) -> Truth:
    """Read and execute a lab's solution, probes and misconceptions.

    Raises:
        BadInput: there is no solutions folder, or no such lab in it.
        SourceError: something in it breaks the format.
    """
    folder = folder or solutions_dir() / name
    solution = read_source(folder / f"{name}.py")
    return truth_of(name, solution, folder)


def truth_of(name: str, solution: NotebookNode, folder: Path) -> Truth:
    """As `load_truth`, for a solution notebook that is read already."""
    spec = spec_of(name, solution)
    probes = {
        item.check: item
        for item in vars(load_module(folder / "probes.py")).values()
        if isinstance(item, Probe)
    }
    for check in spec.checks:
        if check.name not in probes:
            raise SourceError(f"{name}: probes.py needs a function {check.name!r} for the check {check.id!r}")
    misconceptions = tuple(load_module(folder / "misconceptions.py").MISCONCEPTIONS)
    return Truth(spec, solution, probes, misconceptions, reference_of(name, solution))


def reference_of(name: str, solution: NotebookNode) -> Reference:
    """The reference that a solution notebook's cells make."""
    cells = solution.cells
    return Reference(
        name,
        {cell["id"]: cell.source for cell in cells if notebooks.is_exercise(cell)},
        [cell.source for cell in cells if notebooks.is_setup(cell)],
        [cell.source for cell in cells if notebooks.is_check(cell)],
    )


def load_reference(name: str) -> Reference:
    """A lab's reference: its functions as attributes."""
    return reference_of(name, read_source(solutions_dir() / name / f"{name}.py"))


def load_module(path: Path) -> ModuleType:
    """One of the files beside a solution, executed afresh.

    Raises:
        SourceError: it is not there.
    """
    if not path.is_file():
        raise SourceError(f"{path} is missing")
    # no bytecode beside a lab's truth, and a fresh module for each lab
    name = f"unrolled_truth_{path.parent.name}_{path.stem}"
    module_spec = importlib.util.spec_from_file_location(name, path)
    assert module_spec is not None and module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    sys.modules[name] = module
    module_spec.loader.exec_module(module)
    return module
