"""The kinds of submissions that a class hands in; how each is made says what it must earn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from autograder.authoring import Misconception
from autograder.demo import rewriting
from autograder.demo.material import Material
from autograder.model import Verdict

Rng = np.random.Generator

# The order is that of a class of 24; a smaller class is its beginning, a larger one repeats it.
ROSTER = (
    *(
        "solution",
        "one mistake",
        "corrupt file",
        "endless loop",
        "unfinished",
        "one mistake",
        "another style",
    ),
    *("warnings", "two mistakes", "crash", "float32", "one mistake", "flood", "another style", "exception"),
    *("one mistake, renamed file", "memory hog", "helpers", "three mistakes", "wrong type", "untouched"),
    *("syntax error", "unfinished, one mistake", "prose only"),
)
CRASHES = ("import os\nos._exit(1)", "import ctypes\nctypes.string_at(0)")
ENDINGS = {
    "endless loop": (Verdict.TIMEOUT, "t = 0\nwhile t < 10:\n    steps = t + 1"),
    "flood": (Verdict.OUTPUT, "for step in range(2_000_000):\n    print('step', step, 'of two million')"),
    "memory hog": (Verdict.MEMORY, "kept = []\nwhile True:\n    kept.append(b'x' * (32 << 20))"),
}

NOISE = """import sys
import warnings

print('loading…', file=sys.stderr)
warnings.warn('deprecated since 1.2')"""


@dataclass(frozen=True)
class Draft:
    """What one student hands in, before it becomes a file.

    `cells` are the exercises, and own cells under other names, in order. `verdicts` is what grading must
    find, by check; `named` gives the misconceptions of which one must be named. A rejected one has neither.
    """

    kind: str
    cells: Mapping[str, str]
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mistakes: tuple[str, ...] = ()
    rejected: bool = False
    renamed: bool = False


def draft(material: Material, kind: str, turn: int, rng: Rng) -> Draft:
    """A student's work of this kind; `turn` counts the students of this kind before."""
    what, *rest = kind.split(", ")
    if what in ENDINGS:
        made = _ending(material, *ENDINGS[what], rng)
    elif what == "crash":
        made = _ending(material, Verdict.CRASHED, CRASHES[turn % len(CRASHES)], rng)
    elif what in _MISTAKES:
        made = _mistaken(material, _MISTAKES[what], rng)
    else:
        made = _MAKERS[what](material, turn, rng)
    if "one mistake" in rest:
        made = _unfinished(material, turn, rng, mistakes=1)
    return replace(made, kind=kind, renamed="renamed file" in rest)


def _right(material: Material, cells: Mapping[str, str]) -> Draft:
    return Draft("", cells, dict.fromkeys(material.verdicts(material.solved), Verdict.PASSED))


def _solution(material: Material, turn: int, rng: Rng) -> Draft:
    return _right(material, material.solved)


def _another_style(material: Material, turn: int, rng: Rng) -> Draft:
    styles = list(material.styles.values())
    if turn < len(styles):
        return _right(material, {**material.solved, **styles[turn]})
    return _right(material, _reworded(material, material.solved, rng))


def _warns(material: Material, turn: int, rng: Rng) -> Draft:
    """Right, with a noisy library and a note to standard error."""
    cells = _reworded(material, material.solved, rng)
    first = next(iter(cells))
    cells[first] = rewriting.first_doing(cells[first], "warnings.warn('this will be slow', stacklevel=1)")
    return _right(material, {"own noise": NOISE, **cells})


def _float32(material: Material, turn: int, rng: Rng) -> Draft:
    """Each exercise in float32 as long as all checks still pass."""
    cells = {"own narrow": rewriting.NARROW, **material.solved}
    for name, source in material.solved.items():
        tried = {**cells, name: rewriting.narrowed(source)}
        if _all_pass(material, tried):
            cells = tried
    return _right(material, cells)


def _helpers(material: Material, turn: int, rng: Rng) -> Draft:
    """Every function's work in a helper in a cell of the student's own, and a cell to try things out."""
    cells: dict[str, str] = {}
    for name, source in _reworded(material, material.solved, rng).items():
        cells[f"own {name}"], cells[name] = rewriting.helped(source)
    cells["own scratch"] = "for n in range(3):\n    print('so far so good', n)\nn * n"
    return _right(material, cells)


def _unfinished(material: Material, turn: int, rng: Rng, mistakes: int = 0) -> Draft:
    """The last exercises are as they were given; at least one is written, where there are two."""
    names = list(material.solved)
    written = int(rng.integers(max(1, len(names) // 4), len(names))) if len(names) > 1 else 0
    made = _mistaken(material, mistakes, rng, within=names[:written])
    cells = {**made.cells, **{name: material.stubs[name] for name in names[written:]}}
    verdicts = material.verdicts(cells)
    kept = {check: named for check, named in made.named.items() if verdicts[check] == made.verdicts[check]}
    return replace(made, cells=cells, verdicts=verdicts, named=kept)


def _untouched(material: Material, turn: int, rng: Rng) -> Draft:
    return Draft("", material.stubs, material.verdicts(material.stubs))


def _mistaken(material: Material, count: int, rng: Rng, within: list[str] | None = None) -> Draft:
    """Some misconceptions, each in an exercise of its own."""
    chosen = _choose(material, count, rng, within)
    verdicts = material.verdicts(material.wrong(*chosen))
    named: dict[str, list[tuple[str, ...]]] = {}
    for mistake in chosen:
        for check, verdict in material.verdicts(material.wrong(mistake)).items():
            if verdict is not Verdict.PASSED:
                named.setdefault(check, []).append((mistake.id, *mistake.ties))
    return Draft(
        "",
        _reworded(material, material.wrong(*chosen), rng),
        verdicts,
        # where several mistakes meet in a check, which of them is named is not said here
        {check: by[0] for check, by in named.items() if len(by) == 1 and verdicts[check] != Verdict.PASSED},
        tuple(mistake.id for mistake in chosen),
    )


def _choose(material: Material, count: int, rng: Rng, within: list[str] | None = None) -> list[Misconception]:
    chosen: list[Misconception] = []
    for _ in range(count):
        used = {material.place_of(mistake) for mistake in chosen}
        left = [
            item
            for item in material.truth.misconceptions
            if material.place_of(item) not in used and (within is None or material.place_of(item) in within)
        ]
        if not left:
            break
        weights = np.array([float(material.common.get(item.id, 1.0)) for item in left])
        chosen.append(left[rng.choice(len(left), p=weights / weights.sum())])
    return chosen


def _ending(material: Material, verdict: Verdict, code: str, rng: Rng) -> Draft:
    """One function ends its process, and with it each check that stands on it: few, to be quick."""
    needed = {name: _standing_on(material, name) for name in material.solved}
    few = min(map(len, needed.values()))
    if verdict is not Verdict.TIMEOUT:
        few = max(few, 3)
    name = str(rng.choice([name for name, checks in needed.items() if len(checks) <= few]))
    cells = _reworded(material, material.solved, rng)
    cells[name] = rewriting.first_doing(cells[name], code)
    right = _right(material, cells)
    return replace(right, verdicts={**right.verdicts, **dict.fromkeys(needed[name], verdict)})


def _standing_on(material: Material, exercise: str) -> list[str]:
    """The checks that fail where this exercise is not written."""
    verdicts = material.verdicts({**material.solved, exercise: material.stubs[exercise]})
    return [check for check, verdict in verdicts.items() if verdict is not Verdict.PASSED]


def _broken(breaking: Callable[[str], str]) -> Callable[[Material, int, Rng], Draft]:
    def make(material: Material, turn: int, rng: Rng) -> Draft:
        cells = _reworded(material, material.solved, rng)
        name = str(rng.choice(list(material.solved)))
        cells[name] = breaking(cells[name])
        return Draft("", cells, material.verdicts(cells))

    return make


def _rejected(material: Material, turn: int, rng: Rng) -> Draft:
    return Draft("", material.solved, rejected=True)


def _reworded(material: Material, cells: Mapping[str, str], rng: Rng) -> dict[str, str]:
    """In the student's own words, as far as that changes no verdict."""
    wanted, out = material.verdicts(cells), dict(cells)
    tried = {name: rewriting.reworded(source, rng) for name, source in cells.items()}
    if material.verdicts(tried) == wanted:
        return tried
    for name, source in tried.items():
        if material.verdicts({**out, name: source}) == wanted:
            out[name] = source
    return out


def _all_pass(material: Material, cells: Mapping[str, str]) -> bool:
    return all(verdict is Verdict.PASSED for verdict in material.verdicts(cells).values())


_MISTAKES = {"one mistake": 1, "two mistakes": 2, "three mistakes": 3}
_MAKERS: dict[str, Callable[[Material, int, Rng], Draft]] = {
    "solution": _solution,
    "another style": _another_style,
    "warnings": _warns,
    "float32": _float32,
    "helpers": _helpers,
    "unfinished": _unfinished,
    "untouched": _untouched,
    "exception": _broken(rewriting.misspelt),
    "wrong type": _broken(rewriting.without_return),
    "syntax error": _broken(rewriting.unparsable),
    "corrupt file": _rejected,
    "prose only": _rejected,
}
