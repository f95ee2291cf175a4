from __future__ import annotations

import numpy as np
import pytest

from course import data, models

SIZES = [(1, 1, 1, 1), (4, 3, 2, 5), (7, 2, 3, 4)]


def numeric(f, array: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """Central differences of the number f() by every entry of `array`."""
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + step
        above = f()
        array[index] = kept - step
        gradient[index] = (above - f()) / (2 * step)
        array[index] = kept
    return gradient


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("cell", ["tanh", "linear", "residual", "lstm", "gru-after", "gru-before"])
def test_when_differentiated_numerically_every_gradient_agrees(cell: str, sizes: tuple[int, ...]) -> None:
    T, N, D, H = sizes
    rng = np.random.default_rng(T)
    x, dh, h0, c0 = (rng.standard_normal(shape) for shape in [(T, N, D), (T, N, H), (N, H), (N, H)])
    if cell == "lstm":
        p = models.lstm_init(rng, D, H)
        run = lambda: models.lstm_forward(p, x, h0, c0)  # noqa: E731
        back = models.lstm_backward
    elif cell.startswith("gru"):
        p = models.gru_init(rng, D, H, reset_after=cell == "gru-after")
        run = lambda: models.gru_forward(p, x, h0)  # noqa: E731
        back = models.gru_backward
    else:
        p = models.rnn_init(rng, D, H)
        keep = {"activation": "tanh", "keep": 0.9, "write": 0.3}
        kind = keep if cell == "residual" else {"activation": cell}
        run = lambda: models.rnn_forward(p, x, h0, **kind)  # noqa: E731
        back = models.rnn_backward
    for name in p:
        p[name] = rng.standard_normal(p[name].shape)
    grads, *others = back(p, run()[1], dh)
    loss = lambda: float((run()[0] * dh).sum())  # noqa: E731
    for name in p:
        np.testing.assert_allclose(grads[name], numeric(loss, p[name]), rtol=1e-5, atol=1e-7)
    for got, array in zip(others, [x, h0, c0], strict=False):
        np.testing.assert_allclose(got, numeric(loss, array), rtol=1e-5, atol=1e-7)


def test_when_relu_is_used_the_gradient_agrees_away_from_the_kink() -> None:
    rng = np.random.default_rng(3)
    p = models.irnn_init(rng, 2, 4, scale=1.0)
    x, dh = rng.standard_normal((3, 2, 2)), rng.standard_normal((3, 2, 4))
    grads, *_ = models.rnn_backward(p, models.rnn_forward(p, x, activation="relu")[1], dh)
    loss = lambda: float((models.rnn_forward(p, x, activation="relu")[0] * dh).sum())  # noqa: E731
    np.testing.assert_allclose(grads["U"], numeric(loss, p["U"]), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("cell", models.CELLS)
def test_when_a_network_is_trained_for_a_moment_its_loss_falls(cell: str) -> None:
    rng = np.random.default_rng(0)
    net = models.network(rng, cell, 2, 12, 1)
    batches = (data.adding_problem(rng, 32, 4) for _ in range(300))
    losses = models.train(net, batches, models.squared_error_at_end, models.Adam(0.01))
    assert losses[-20:].mean() < 0.5 * losses[:5].mean()


def test_when_targets_are_ignored_they_cost_nothing_and_get_no_gradient() -> None:
    logits = np.random.default_rng(0).standard_normal((3, 2, 4))
    targets = np.array([[0, -1], [3, -1], [-1, -1]])
    loss, gradient = models.cross_entropy(logits, targets)
    again, _ = models.cross_entropy(logits[:2, :1], targets[:2, :1])
    assert loss == pytest.approx(again)
    assert not gradient[targets < 0].any()
    np.testing.assert_allclose(
        gradient, numeric(lambda: models.cross_entropy(logits, targets)[0], logits), atol=1e-8
    )


def test_when_a_matrix_is_orthogonal_its_transpose_is_its_inverse() -> None:
    q = models.orthogonal(np.random.default_rng(0), 5)
    np.testing.assert_allclose(q.T @ q, np.eye(5), atol=1e-12)
    p = models.rnn_init(np.random.default_rng(0), 2, 5, recurrent="orthogonal")
    np.testing.assert_allclose(p["U"] @ p["U"].T, np.eye(5), atol=1e-12)


def test_when_numbers_are_huge_sigmoid_and_softmax_stay_finite() -> None:
    np.testing.assert_array_equal(models.sigmoid(np.array([-1e4, 0.0, 1e4])), [0.0, 0.5, 1.0])
    np.testing.assert_array_equal(models.softmax(np.array([1e4, 0.0])), [1.0, 0.0])


def test_when_clipped_the_norm_is_that_of_all_gradients_together() -> None:
    grads = {"a": np.array([3.0]), "b": np.array([0.0, 4.0])}
    assert models.clip(grads, 1.0) == pytest.approx(5.0)
    assert models.global_norm(grads) == pytest.approx(1.0)
    assert grads["a"][0] == pytest.approx(0.6)
    assert models.clip(grads, 10.0) == pytest.approx(1.0) and grads["a"][0] == pytest.approx(0.6)


def test_when_the_cell_is_unknown_the_message_lists_those_that_exist() -> None:
    with pytest.raises(ValueError, match="tanh, residual, irnn, lstm, gru, got 'elman'"):
        models.network(np.random.default_rng(0), "elman", 1, 1, 1)


def test_when_the_right_class_is_all_but_excluded_the_loss_is_the_distance_of_the_logits() -> None:
    loss, gradient = models.cross_entropy(np.array([[0.0, 2000.0]]), np.array([0]))
    assert loss == 2000.0 and np.allclose(gradient, [[-1.0, 1.0]])


def test_when_a_word_is_misspelt_it_is_refused_and_not_taken_for_another() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r'"tanh", "relu" or "linear", not \'ReLU\''):
        models.rnn_forward(models.rnn_init(rng, 2, 3), np.zeros((1, 1, 2)), activation="ReLU")
    with pytest.raises(ValueError, match=r'"uniform" or "orthogonal", not \'Orthogonal\''):
        models.rnn_init(rng, 2, 3, recurrent="Orthogonal")
