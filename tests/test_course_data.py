from __future__ import annotations

import numpy as np
import pytest

from course import data


@pytest.mark.parametrize("length", [2, 3, 50])
def test_when_adding_problem_is_drawn_the_target_is_the_sum_of_the_two_marked_numbers(length: int) -> None:
    x, y = data.adding_problem(np.random.default_rng(0), 64, length)
    assert x.shape == (length, 64, 2) and y.shape == (64,)
    np.testing.assert_allclose((x[:, :, 0] * x[:, :, 1]).sum(axis=0), y)
    assert (x[: length // 2, :, 1].sum(axis=0) == 1).all()
    assert (x[length // 2 :, :, 1].sum(axis=0) == 1).all()


def test_when_the_answer_is_always_one_the_adding_problem_costs_a_sixth() -> None:
    _, y = data.adding_problem(np.random.default_rng(1), 200_000, 10)
    assert abs(np.mean((y - 1) ** 2) - 1 / 6) < 0.002


def test_when_the_seed_is_the_same_so_is_every_draw() -> None:
    for draw in (data.adding_problem, data.temporal_order):
        first, second = (draw(np.random.default_rng(7), 5, 20) for _ in range(2))
        np.testing.assert_array_equal(first[0], second[0])


def test_when_copying_the_message_returns_at_the_end() -> None:
    x, y = data.copy_task(np.random.default_rng(0), 3, delay=4, symbols=5, length=2)
    assert x.shape == y.shape == (8, 3)
    np.testing.assert_array_equal(x[:2], y[6:])
    assert (y[:6] == 5).all() and (x[5] == 6).all() and (x == 6).sum() == 3


def test_when_order_is_asked_the_class_is_read_from_the_two_marks() -> None:
    x, y = data.temporal_order(np.random.default_rng(0), 50, 30)
    for column in range(50):
        marks = [token - 4 for token in x[:, column] if token in (4, 5)]
        assert len(marks) == 2 and 2 * marks[0] + marks[1] == y[column]


def test_when_counting_every_certain_symbol_and_no_other_is_asked() -> None:
    x, y, n = data.counting(np.random.default_rng(0), 40, 1, 6)
    for column in range(40):
        k = int(n[column])
        assert list(x[: 2 * k + 1, column]) == [2] + [0] * k + [1] * k
        asked = [(step, target) for step, target in enumerate(y[:, column]) if target != data.IGNORE]
        assert asked == [(step, 1) for step in range(k + 1, 2 * k)] + [(2 * k, 3)]


def test_when_a_sentence_is_drawn_the_verb_has_the_subject_s_number() -> None:
    batch = data.agreement(np.random.default_rng(0), 200, nouns=(0, 3), clause=0.5)
    plurals = {"keys", "boys", "authors", "cabinets", "pictures", "dogs", "are", "were", "have", "stay"}
    attractors = 0
    for index in range(200):
        words = batch.words(index)
        step = int(batch.main[index])
        subject = words[1] in plurals
        assert (words[step + 1] in plurals) == subject == bool(batch.y[step, index])
        others = [words[place + 1] in plurals for place, word in enumerate(words) if word == "the"][1:]
        assert batch.attractors[index] == sum(other != subject for other in others)
        attractors += int(batch.attractors[index])
    assert attractors > 0


def test_when_a_clause_is_certain_its_verb_is_asked_too() -> None:
    batch = data.agreement(np.random.default_rng(0), 50, nouns=(1, 2), clause=1.0)
    assert ((batch.y != data.IGNORE).sum(axis=0) == 2).all()


def test_when_a_text_has_several_sentences_every_verb_agrees_with_its_own_subject() -> None:
    batch = data.agreement(np.random.default_rng(0), 30, nouns=(0, 1), sentences=3)
    assert ((batch.y != data.IGNORE).sum(axis=0) == 3).all()
    for index in range(30):
        words = batch.words(index)
        assert words.count(".") == 3
        last = len(words) - 2 - words[-2::-1].index(".")  # the full stop before the last sentence
        assert batch.main[index] > last
        assert (words[last + 2] + " ").endswith("s ") == bool(batch.y[batch.main[index], index])


def test_when_sizes_make_no_sense_the_message_says_what_was_wanted() -> None:
    rng = np.random.default_rng(0)
    for wanted, call in {
        "at least 2": lambda: data.adding_problem(rng, 1, 1),
        "at least 1": lambda: data.copy_task(rng, 1, 0),
        "something to copy": lambda: data.copy_task(rng, 1, 1, length=0),
        "0 symbols": lambda: data.copy_task(rng, 1, 1, symbols=0),
        "batch must be at least 1": lambda: data.agreement(rng, 0),
        "a probability": lambda: data.agreement(rng, 1, clause=2.0),
        "at least 10": lambda: data.temporal_order(rng, 1, 9),
        "smallest <= largest": lambda: data.counting(rng, 1, 3, 2),
        "fewest <= most": lambda: data.agreement(rng, 1, nouns=(2, 1)),
        "at least 1 sentence": lambda: data.agreement(rng, 1, sentences=0),
        "not in the agreement grammar: zebra": lambda: data.encode(["the", "zebra"]),
    }.items():
        with pytest.raises(ValueError, match=wanted):
            call()


def test_when_sentences_are_asked_for_as_text_all_are_of_the_grammar_and_the_seed_decides() -> None:
    text = data.agreement_text(np.random.default_rng(3), 40)
    assert text.count(".") == 40 and text.startswith("the ") and text.endswith(" .")
    assert set(text.split()) <= set(data.AGREEMENT_WORDS)
    assert text == data.agreement_text(np.random.default_rng(3), 40)
    assert text != data.agreement_text(np.random.default_rng(4), 40)
