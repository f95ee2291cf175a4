"""What a sample class is made from: the lab, its solution and mistakes, and what its author adds for it.

`solutions/<lab>/sample_class.py` may hold STYLES (other right answers, by exercise), ANSWERS (to questions,
from good to poor) and COMMON (how much more often than others a mistake is made). A lab without one gets a
plainer class.
"""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from autograder import notebooks
from autograder.authoring import Misconception
from autograder.demo.rewriting import functions_of, plain
from autograder.diagnosis.compare import compare
from autograder.diagnosis.diagnose import is_missing
from autograder.errors import SourceError
from autograder.labs import read_lab
from autograder.model import LabSpec, Reply, Verdict
from autograder.places import solutions_dir
from autograder.truth.cases import wanted_of
from autograder.truth.draws import Drawn, visible
from autograder.truth.reference import Reference, Truth, load_module, load_truth

Sources = Mapping[str, str]


@dataclass(frozen=True)
class Material:
    """A lab as a class of students finds it, and the right answers to it."""

    lab: NotebookNode
    truth: Truth
    solved: Sources
    stubs: Sources
    styles: Mapping[str, Sources]
    answers: Mapping[str, Sequence[str]]
    common: Mapping[str, float]
    cases: Mapping[str, list[tuple[Drawn, Mapping[str, Any]]]]
    _verdicts: dict[str, dict[str, Verdict]] = field(default_factory=dict)

    @property
    def spec(self) -> LabSpec:
        """The lab's facts."""
        return self.truth.spec

    def wrong(self, *mistakes: Misconception) -> dict[str, str]:
        """The solution with these mistakes in it, each in a function of its own."""
        cells = dict(self.solved)
        for mistake in mistakes:
            cell = self.place_of(mistake)
            cells[cell] = cells[cell].replace(mistake.find, mistake.replace)
        return cells

    def place_of(self, mistake: Misconception) -> str:
        """The exercise in which a mistake is made.

        Raises:
            SourceError: no exercise defines its function.
        """
        if mistake.function not in self._places:
            raise SourceError(
                f"{self.spec.name}: misconception {mistake.id!r} is in {mistake.function!r}, "
                "which no exercise defines"
            )
        return self._places[mistake.function]

    @functools.cached_property
    def _places(self) -> dict[str, str]:
        return {
            function.name: cell for cell, source in self.solved.items() for function in functions_of(source)
        }

    def verdicts(self, cells: Sources) -> dict[str, Verdict]:
        """What each check would say of these cells, run here and now: they are our own code.

        A cell that does not even compile is left out, as a notebook goes on after it.
        """
        key = "\0".join(cells.values())
        if key not in self._verdicts:
            self._verdicts[key] = self._run({name: text for name, text in cells.items() if _compiles(text)})
        return self._verdicts[key]

    def _run(self, cells: Sources) -> dict[str, Verdict]:
        reference = Reference(
            self.spec.name, cells, self._locked(notebooks.is_setup), self._locked(notebooks.is_check)
        )
        # what the cells print is nobody's here
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return {spec.id: self._verdict(reference, spec.name) for spec in self.spec.checks}

    def _locked(self, kind: Callable[[NotebookNode], bool]) -> list[str]:
        return [cell.source for cell in self.truth.solution.cells if kind(cell)]

    def _verdict(self, reference: Reference, check: str) -> Verdict:
        tolerance_of = self.truth.probes[check].tolerance_of
        wrong = False
        for drawn, wanted in self.cases[check]:
            reply: Reply = reference.answer(check, drawn.inputs)
            if reply.failure is not None:
                return Verdict.MISSING if is_missing(reply.failure) else Verdict.ERROR
            wrong |= any(compare(0, reply.answer or {}, wanted, tolerance_of))
        return Verdict.WRONG if wrong else Verdict.PASSED


def _compiles(source: str) -> bool:
    try:
        compile(source, "<cell>", "exec")
    except SyntaxError:
        return False
    return True


def gather(lab: str) -> Material:
    """All that is needed to invent a class.

    Raises:
        BadInput: there is no such lab, or no solution of it.
    """
    notebook, truth = read_lab(lab), load_truth(lab)
    file = solutions_dir() / lab / "sample_class.py"
    own = vars(load_module(file)) if file.is_file() else {}
    answers = {**_answers_in_words(truth.solution), **own.get("ANSWERS", {})}
    cases = {}
    for spec in truth.spec.checks:
        cases[spec.name] = [(case, wanted_of(truth, spec.name, case)) for case in visible(truth, spec.name)]
    return Material(
        lab=notebook,
        truth=truth,
        solved={
            cell["id"]: plain(cell.source) for cell in truth.solution.cells if notebooks.is_exercise(cell)
        },
        stubs={cell["id"]: cell.source for cell in notebook.cells if notebooks.is_exercise(cell)},
        styles={
            name: {k: text.strip("\n") for k, text in style.items()}
            for name, style in own.get("STYLES", {}).items()
        },
        answers=answers,
        common=own.get("COMMON", {}),
        cases=cases,
    )


def _answers_in_words(solution: NotebookNode) -> dict[str, Sequence[str]]:
    """To each question the model answer without its rubric, its first sentence, and nothing to the point."""
    found: dict[str, Sequence[str]] = {}
    for cell in solution.cells:
        if notebooks.is_question(cell):
            text = " ".join(line for line in plain(cell.source).split("Rubric")[0].splitlines()).strip(" *")
            found[notebooks.grade_id(cell)] = (
                text,
                text.split(". ")[0],
                "Because it trains better that way.",
            )
    return found
