"""The kinds of students in the sample class, each with what should come of it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from autograder import notebooks
from autograder.authoring import Misconception
from autograder.demo import spoil
from autograder.sources import to_text
from autograder.truth.reference import Truth


@dataclass(frozen=True)
class Expected:
    """What should come of a submission. `score` None where it is not fixed beforehand; `misconceptions` are
    those whose names should come up; `verdicts` those that should, in some check.
    """

    kind: str
    verdict: str = "graded"
    score: float | None = None
    misconceptions: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Handed:
    """A submission as it goes to disk, and what is expected of it."""

    content: str
    expected: Expected
    hours_late: float = 0.0


@dataclass(frozen=True)
class Material:
    """What the class is made from."""

    truth: Truth
    lab: NotebookNode
    solved: NotebookNode
    answers: Sequence[str]
    styles: Mapping[str, str] = field(default_factory=dict)

    @property
    def full(self) -> float:
        """All machine-graded points."""
        return self.truth.spec.max_score

    @property
    def stubs(self) -> dict[str, str]:
        """Each exercise as the lab ships it."""
        return {notebooks.grade_id(cell): cell.source for cell in spoil.exercises(self.lab)}


Make = Callable[[Material, random.Random], Handed]


def _handed(material: Material, rng: random.Random, notebook: NotebookNode, expected: Expected) -> Handed:
    spoil.answer_in_words(notebook, rng.choice(material.answers))
    late = rng.choice([0.0] * 7 + [5.0])
    return Handed(to_text(notebook), expected, late)


def as_the_solution(material: Material, rng: random.Random) -> Handed:
    """Right, much as the solution has it."""
    return _handed(material, rng, spoil.clone(material.solved), Expected("perfect", score=material.full))


def in_other_words(material: Material, rng: random.Random) -> Handed:
    """Right, with names of their own."""
    notebook = spoil.clone(material.solved)
    spoil.rename_locals(notebook)
    return _handed(material, rng, notebook, Expected("perfect, other names", score=material.full))


def in_another_style(material: Material, rng: random.Random) -> Handed:
    """Right, written another way: loops, slices, float32 where that is fine."""
    notebook = spoil.clone(material.solved)
    for cell in spoil.exercises(notebook):
        cell.source = material.styles.get(notebooks.grade_id(cell), cell.source)
    return _handed(material, rng, notebook, Expected("perfect, another style", score=material.full))


def with_extra_cells(material: Material, rng: random.Random) -> Handed:
    """Right, with cells and helpers of their own."""
    notebook = spoil.clone(material.solved)
    spoil.with_helper_cells(notebook)
    return _handed(material, rng, notebook, Expected("perfect, extra cells", score=material.full))


def warning_on_stderr(material: Material, rng: random.Random) -> Handed:
    """Right, and noisy on stderr: full marks."""
    notebook = spoil.clone(material.solved)
    spoil.with_warnings(notebook)
    return _handed(material, rng, notebook, Expected("perfect, warns on stderr", score=material.full))


def unfinished(material: Material, rng: random.Random) -> Handed:
    """The first exercises only."""
    notebook = spoil.clone(material.solved)
    count = len(spoil.exercises(notebook))
    spoil.unfinished(notebook, material.stubs, rng.randrange(count // 3, count))
    return _handed(material, rng, notebook, Expected("unfinished", verdicts=("missing",)))


def untouched(material: Material, rng: random.Random) -> Handed:
    """Handed in as it was given out."""
    notebook = spoil.clone(material.lab)
    return Handed(to_text(notebook), Expected("untouched", score=0.0, verdicts=("missing",)))


def mistaken(count: int, common: int) -> Make:
    """So many mistakes at once, out of the lab's `common` first in a shuffled list: some are made by many."""

    def make(material: Material, rng: random.Random) -> Handed:
        popular = _popular(material, common)
        chosen: dict[str, Misconception] = {}
        for mistake in rng.sample(popular, len(popular)):
            if len(chosen) < count:
                chosen.setdefault(mistake.function, mistake)
        notebook = spoil.clone(material.solved)
        spoil.misunderstand(notebook, list(chosen.values()))
        names = tuple(mistake.id for mistake in chosen.values())
        return _handed(material, rng, notebook, Expected(f"{count} mistaken", misconceptions=names))

    return make


def _popular(material: Material, count: int) -> list[Misconception]:
    """The mistakes that this class makes; always the same, spread over the lab's functions."""
    shuffled = random.Random(7).sample(material.truth.misconceptions, len(material.truth.misconceptions))
    by_function: dict[str, Misconception] = {}
    for mistake in shuffled:
        by_function.setdefault(mistake.function, mistake)
    first = list(by_function.values())
    return [*first, *(mistake for mistake in shuffled if mistake not in first)][:count]


def in_body(kind: str, statement: str, *verdicts: str) -> Make:
    """A function whose body begins with this statement."""

    def make(material: Material, rng: random.Random) -> Handed:
        notebook = spoil.clone(material.solved)
        cells = spoil.exercises(notebook)
        spoil.into_body(cells[rng.randrange(1, len(cells) - 1)], statement)
        return _handed(material, rng, notebook, Expected(kind, verdicts=verdicts))

    return make


def in_cell(kind: str, statement: str, *verdicts: str) -> Make:
    """An exercise cell that does this when it is run."""

    def make(material: Material, rng: random.Random) -> Handed:
        notebook = spoil.clone(material.solved)
        cells = spoil.exercises(notebook)
        cell = cells[rng.randrange(1, len(cells) - 1)]
        cell.source = f"{cell.source}\n\n{statement}"
        return _handed(material, rng, notebook, Expected(kind, verdicts=verdicts))

    return make


def corrupt(material: Material, rng: random.Random) -> Handed:
    """A file that was cut off: rejected, and nobody else harmed."""
    text = to_text(material.solved)
    cut = json.dumps(json.loads(text))[: len(text) // 3]
    return Handed(cut, Expected("corrupt", verdict="rejected"))


# The class of 24, in an order in which a smaller class has something of everything too.
KINDS: tuple[Make, ...] = (
    as_the_solution,
    mistaken(1, 8),
    unfinished,
    warning_on_stderr,
    mistaken(1, 3),
    in_body("endless loop", "while True:\n    pass", "timeout"),
    corrupt,
    mistaken(2, 8),
    in_another_style,
    in_cell("crash", "import os\nos._exit(3)", "crashed"),
    mistaken(1, 3),
    in_cell("huge output", "for line in range(10**7):\n    print('still here', line)", "output"),
    with_extra_cells,
    mistaken(1, 8),
    in_body("exception", "raise ValueError('shapes do not match, I give up')", "error"),
    unfinished,
    in_other_words,
    mistaken(3, 8),
    in_body("wrong return type", "return None", "error"),
    mistaken(1, 3),
    in_cell("syntax error", "def broken(:\n    pass", "missing"),
    untouched,
    mistaken(2, 8),
    mistaken(1, 8),
)
# Beyond 24: an ordinary class, with something that hangs only once in so many.
ORDINARY: tuple[Make, ...] = (
    as_the_solution,
    in_other_words,
    in_another_style,
    unfinished,
    mistaken(1, 8),
    mistaken(2, 8),
)


def kinds(students: int) -> Iterator[Make]:
    """What each student of a class of this size does."""
    for number in range(students):
        if number < len(KINDS):
            yield KINDS[number]
        else:
            yield KINDS[number % len(KINDS)] if number % 24 == 5 else ORDINARY[number % len(ORDINARY)]
