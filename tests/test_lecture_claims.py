"""What the lectures say in words and do not compute themselves."""

from __future__ import annotations

import numpy as np
import pytest

from course import data, models


@pytest.mark.slow
def test_when_a_plain_network_reads_varied_sentences_it_learns_agreement_as_well() -> None:
    """Lecture 5, exercise 3."""
    grammar = {"clause": 0.5, "sentences": 2}
    size = len(data.AGREEMENT_WORDS)
    unseen = data.agreement(np.random.default_rng(1), 300, nouns=(12, 12), **grammar)
    rows = np.arange(300)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        net = models.network(rng, "tanh", size, 8, 2)
        texts = (data.agreement(rng, 32, nouns=(0, 3), **grammar) for _ in range(400))
        batches = ((models.one_hot(text.x, size), text.y) for text in texts)
        models.train(net, batches, models.cross_entropy, models.Adam(0.02))
        answers, _ = net.forward(models.one_hot(unseen.x, size))
        right = answers[unseen.main, rows].argmax(axis=1) == unseen.y[unseen.main, rows]
        assert right.mean() > 0.99
