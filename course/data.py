"""Toy problems whose answer is known, drawn from a generator that you hand in.

Shapes: T steps, N sequences in a batch. Tokens are integers; `one_hot` in `course.models` makes
vectors of them. A target of IGNORE is not scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

IGNORE = -1


def adding_problem(rng: np.random.Generator, batch: int, length: int) -> tuple[Floats, Floats]:
    """Add the two marked numbers of a sequence (Hochreiter and Schmidhuber 1997, section 5.4).

    x (T, N, 2): numbers uniform in [0, 1), and a marker that is 1 at two steps, one in each half.
    y (N,): the sum of the two marked numbers. Always answering 1 has a mean squared error of 1/6.

    Raises:
        ValueError: length is below 2.
    """
    if length < 2:
        raise ValueError(f"length must be at least 2 (two numbers are marked), got {length}")
    values = rng.random((length, batch))
    first = rng.integers(0, length // 2, batch)
    second = rng.integers(length // 2, length, batch)
    rows = np.arange(batch)
    markers = np.zeros((length, batch))
    markers[first, rows] = 1.0
    markers[second, rows] = 1.0
    y = values[first, rows] + values[second, rows]
    return np.stack([values, markers], axis=2), y


def adding_words(x: Floats) -> list[str]:
    """The steps of one sequence of the adding problem, x (T, 2), as words: the number, and an arrow where it counts."""
    return [f"{'→ ' if marked else ''}{value:.2f}" for value, marked in x]


def copy_task(
    rng: np.random.Generator, batch: int, delay: int, symbols: int = 8, length: int = 10
) -> tuple[Ints, Ints]:
    """Repeat what was seen, after a delay (Hochreiter and Schmidhuber 1997; as in Arjovsky 2016).

    x (T, N), T = 2 length + delay: `length` symbols 0 to symbols-1, blanks, a "go" at the last blank,
    and blanks while the answer is due. y (T, N): blanks, then the symbols again.
    Blank is `symbols`, go is `symbols + 1`, so there are symbols + 2 tokens.

    Raises:
        ValueError: delay, symbols or length is below 1.
    """
    if delay < 1:
        raise ValueError(f"delay must be at least 1 (the go symbol takes a step), got {delay}")
    if symbols < 1 or length < 1:
        raise ValueError(f"there must be something to copy, got {symbols} symbols and length {length}")
    blank, go = symbols, symbols + 1
    message = rng.integers(0, symbols, (length, batch))
    x = np.full((2 * length + delay, batch), blank, dtype=np.int64)
    y = x.copy()
    x[:length] = message
    x[length + delay - 1] = go
    y[length + delay :] = message
    return x, y


ORDER_TOKENS = ("a", "b", "c", "d", "X", "Y", "start", "end")


def temporal_order(rng: np.random.Generator, batch: int, length: int) -> tuple[Ints, Ints]:
    """Which of XX, XY, YX, YY was it? (Hochreiter and Schmidhuber 1997, task 6a, scaled to `length`.)

    x (T, N): tokens of ORDER_TOKENS, all distractors but two, which lie in [T/10, 2T/10) and [5T/10, 6T/10).
    y (N,): the class, 0 to 3, in the order above.

    Raises:
        ValueError: length is below 10.
    """
    if length < 10:
        raise ValueError(f"length must be at least 10 (the windows are tenths of it), got {length}")
    x = rng.integers(0, 4, (length, batch))
    x[0], x[-1] = 6, 7
    rows = np.arange(batch)
    first, second = rng.integers(0, 2, (2, batch))
    x[rng.integers(length // 10, 2 * length // 10, batch), rows] = 4 + first
    x[rng.integers(5 * length // 10, 6 * length // 10, batch), rows] = 4 + second
    return x, 2 * first + second


COUNTING_TOKENS = ("a", "b", "start", "end")


def counting(rng: np.random.Generator, batch: int, smallest: int, largest: int) -> tuple[Ints, Ints, Ints]:
    """The language a^n b^n: predict the next symbol (Gers and Schmidhuber 2001; Weiss et al. 2018).

    x (T, N): start, n times a, n times b, then padding with `end`. y (T, N): the next symbol where the
    past decides it (every b but the first, and the end), IGNORE elsewhere. n (N,): uniform in
    [smallest, largest]. T = 2 largest + 1.

    Raises:
        ValueError: not 1 <= smallest <= largest.
    """
    if not 1 <= smallest <= largest:
        raise ValueError(f"wanted 1 <= smallest <= largest, got {smallest} and {largest}")
    n = rng.integers(smallest, largest + 1, batch)
    step = np.arange(2 * largest + 1)[:, None]
    x = np.where(step <= n, 0, np.where(step <= 2 * n, 1, 3))
    x[0] = 2
    y = np.where((step > n) & (step < 2 * n), 1, IGNORE)
    y = np.where(step == 2 * n, 3, y)
    return x, y, n


SINGULAR, PLURAL = 0, 1
_NOUNS = ("key keys", "boy boys", "author authors", "cabinet cabinets", "picture pictures", "dog dogs")
_VERBS = ("is are", "was were", "has have", "stays stay")
_INNER = ("likes like", "sees see", "knows know")
_JOINTS = ("near", "behind", "of", "beside")
_ENDS = ("here", "there", "old", "lost")
AGREEMENT_WORDS: tuple[str, ...] = (
    *("<pad>", "the", "that", "."),
    *_JOINTS,
    *_ENDS,
    *(word for group in (_NOUNS, _VERBS, _INNER) for pair in group for word in pair.split()),
)
_INDEX = {word: index for index, word in enumerate(AGREEMENT_WORDS)}


@dataclass(frozen=True)
class Sentences:
    """A batch of texts of the agreement grammar.

    x (T, N): words as indices into AGREEMENT_WORDS, padded with 0. y (T, N): just before a verb the
    number it must have (SINGULAR or PLURAL), IGNORE elsewhere. main (N,): the step just before the last
    main verb. attractors (N,): nouns of the other number between that verb and its subject.
    """

    x: Ints
    y: Ints
    attractors: Ints
    main: Ints

    def words(self, index: int) -> list[str]:
        """Text `index` as words, without padding."""
        return [AGREEMENT_WORDS[word] for word in self.x[:, index] if word != 0]


def agreement(
    rng: np.random.Generator,
    batch: int,
    nouns: tuple[int, int] = (0, 3),
    clause: float = 0.0,
    sentences: int = 1,
) -> Sentences:
    """Sentences in which a verb agrees with a subject that may be far away (after Linzen et al. 2016).

    "the keys near the cabinet of the boy are here .": between subject and verb stand `nouns` (fewest, most)
    further nouns, each singular or plural by a fair coin. With probability `clause` the last of these
    becomes the subject of a clause of its own ("that the boy likes"), so two numbers must be kept at once.
    Each text holds `sentences` of them, drawn apart.

    Raises:
        ValueError: nouns is not 0 <= fewest <= most, batch or sentences is below 1, or clause is no probability.
    """
    if batch < 1:
        raise ValueError(f"batch must be at least 1, got {batch}")
    if not 0.0 <= clause <= 1.0:
        raise ValueError(f"clause is a probability, from 0 to 1, got {clause}")
    if not 0 <= nouns[0] <= nouns[1]:
        raise ValueError(f"nouns must be (fewest, most) with 0 <= fewest <= most, got {nouns}")
    if sentences < 1:
        raise ValueError(f"a text needs at least 1 sentence, got {sentences}")
    drawn = [_text(rng, nouns, clause, sentences) for _ in range(batch)]
    longest = max(len(words) for words, *_ in drawn)
    x = np.zeros((longest, batch), dtype=np.int64)
    y = np.full((longest, batch), IGNORE, dtype=np.int64)
    for index, (words, numbers, _, _) in enumerate(drawn):
        x[: len(words), index] = encode(words)
        y[: len(words), index] = numbers
    return Sentences(x, y, np.array([row[2] for row in drawn]), np.array([row[3] for row in drawn]))


def agreement_text(rng: np.random.Generator, sentences: int) -> str:
    """Short sentences of the grammar as one long string: 'the keys near the boy are here . the dog stays …'."""
    return " ".join(agreement(rng, 1, nouns=(0, 1), sentences=sentences).words(0))


def encode(words: Sequence[str]) -> Ints:
    """Words of the agreement grammar as indices, shape (T,).

    Raises:
        ValueError: a word is not in AGREEMENT_WORDS.
    """
    unknown = [word for word in words if word not in _INDEX]
    if unknown:
        raise ValueError(f"not in the agreement grammar: {', '.join(unknown)}; see AGREEMENT_WORDS")
    return np.array([_INDEX[word] for word in words], dtype=np.int64)


def _pick(rng: np.random.Generator, group: Sequence[str], number: int = 0) -> str:
    return group[int(rng.integers(len(group)))].split()[number]


def _sentence(rng: np.random.Generator, nouns: int, clause: float) -> tuple[list[str], list[int], int, int]:
    """Words, the number asked after each word, how many attractors, and where the main verb is asked."""
    subject, *others = (int(number) for number in rng.integers(0, 2, nouns + 1))
    words = ["the", _pick(rng, _NOUNS, subject)]
    asked: dict[int, int] = {}
    with_clause = bool(others) and rng.random() < clause
    for place, number in enumerate(others):
        last = with_clause and place == len(others) - 1
        words += ["that" if last else _pick(rng, _JOINTS), "the", _pick(rng, _NOUNS, number)]
        if last:
            asked[len(words) - 1] = number
            words.append(_pick(rng, _INNER, number))
    main = len(words) - 1
    asked[main] = subject
    words += [_pick(rng, _VERBS, subject), _pick(rng, _ENDS), "."]
    numbers = [asked.get(step, IGNORE) for step in range(len(words))]
    return words, numbers, sum(number != subject for number in others), main


def _text(
    rng: np.random.Generator, nouns: tuple[int, int], clause: float, sentences: int
) -> tuple[list[str], list[int], int, int]:
    """As `_sentence`, for several in a row; what is counted and where it is asked is the last one's."""
    words: list[str] = []
    numbers: list[int] = []
    attractors = main = 0
    for _ in range(sentences):
        between = int(rng.integers(nouns[0], nouns[1] + 1))
        more, asked, attractors, step = _sentence(rng, between, clause)
        main = len(words) + step
        words += more
        numbers += asked
    return words, numbers, attractors, main
