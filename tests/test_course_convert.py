from __future__ import annotations

import numpy as np
import pytest

from course import convert, models

SIZES = [(1, 1, 1, 1), (5, 3, 2, 4)]


def drawn(cell: str, D: int, H: int) -> tuple[models.Params, np.random.Generator]:
    """Parameters without a single zero, so that no block can hide."""
    rng = np.random.default_rng(D + 10 * H)
    p = models.lstm_init(rng, D, H) if cell == "lstm" else models.gru_init(rng, D, H, cell == "gru-after")
    return {name: rng.standard_normal(array.shape) for name, array in p.items()}, rng


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("cell", ["lstm", "gru-after"])
def test_when_given_to_pytorch_the_states_are_ours(cell: str, sizes: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    T, N, D, H = sizes
    p, rng = drawn(cell, D, H)
    to, forward, layer = {
        "lstm": (convert.lstm_to_torch, models.lstm_forward, torch.nn.LSTM),
        "gru-after": (convert.gru_to_torch, models.gru_forward, torch.nn.GRU),
    }[cell]
    module = layer(D, H).double()
    module.load_state_dict({name: torch.tensor(array) for name, array in to(p).items()})
    x = rng.standard_normal((T, N, D))
    with torch.no_grad():
        h, _ = module(torch.tensor(x))
    np.testing.assert_allclose(h.numpy(), forward(p, x)[0], atol=1e-12)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_when_taken_from_a_fresh_pytorch_layer_the_states_are_its_own(cell: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    module = (torch.nn.LSTM if cell == "lstm" else torch.nn.GRU)(3, 4).double()
    state = {name: array.numpy() for name, array in module.state_dict().items()}
    assert np.abs(state["bias_hh_l0"]).min() > 0  # both biases are at work
    take = convert.lstm_from_torch if cell == "lstm" else convert.gru_from_torch
    forward = models.lstm_forward if cell == "lstm" else models.gru_forward
    x = np.random.default_rng(0).standard_normal((5, 2, 3))
    with torch.no_grad():
        h, _ = module(torch.tensor(x))
    np.testing.assert_allclose(forward(take(state), x)[0], h.numpy(), atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "gru-after", "gru-before"])
def test_when_given_to_keras_and_taken_back_states_and_weights_agree(cell: str) -> None:
    keras = pytest.importorskip("keras")
    T, N, D, H = 5, 3, 2, 4
    p, rng = drawn(cell, D, H)
    x = rng.standard_normal((T, N, D))
    common = {"return_sequences": True, "dtype": "float64"}
    if cell == "lstm":
        layer, weights, h = (
            keras.layers.LSTM(H, **common),
            convert.lstm_to_keras(p),
            models.lstm_forward(p, x)[0],
        )
        take = convert.lstm_from_keras
    else:
        layer = keras.layers.GRU(H, reset_after=cell == "gru-after", **common)
        weights, h, take = convert.gru_to_keras(p), models.gru_forward(p, x)[0], convert.gru_from_keras
    layer.build((N, T, D))
    layer.set_weights(weights)
    got = np.asarray(layer(x.transpose(1, 0, 2))).transpose(1, 0, 2)
    np.testing.assert_allclose(got, h, atol=1e-12)
    back = take(layer.get_weights())
    assert back.keys() == p.keys()
    for name in p:
        np.testing.assert_allclose(back[name], p[name], atol=1e-12)


@pytest.mark.parametrize("cell", ["lstm", "gru-after", "gru-before"])
def test_when_taken_there_and_back_the_weights_are_the_same(cell: str) -> None:
    p, _ = drawn(cell, 3, 4)
    trips = {
        "lstm": [
            (convert.lstm_to_torch, convert.lstm_from_torch),
            (convert.lstm_to_keras, convert.lstm_from_keras),
        ],
        "gru-after": [
            (convert.gru_to_torch, convert.gru_from_torch),
            (convert.gru_to_keras, convert.gru_from_keras),
        ],
        "gru-before": [(convert.gru_to_keras, convert.gru_from_keras)],
    }[cell]
    for there, back in trips:
        returned = back(there(p))
        for name in p:
            np.testing.assert_array_equal(returned[name], p[name])


def test_when_the_reset_comes_first_pytorch_refuses() -> None:
    p, _ = drawn("gru-before", 2, 3)
    with pytest.raises(ValueError, match="PyTorch's GRU resets after the product"):
        convert.gru_to_torch(p)


@pytest.mark.parametrize("cell", ["gru-after", "gru-before"])
def test_when_the_update_gate_is_flipped_its_other_half_does_its_work(cell: str) -> None:
    p, rng = drawn(cell, 2, 3)
    x = rng.standard_normal((4, 2, 2))
    z = models.gru_forward(p, x[:1])[1]["z"]
    flipped = models.gru_forward(convert.gru_flip_update(p), x[:1])[1]["z"]
    np.testing.assert_allclose(z + flipped, 1.0)
    twice = convert.gru_flip_update(convert.gru_flip_update(p))
    np.testing.assert_allclose(models.gru_forward(twice, x)[0], models.gru_forward(p, x)[0])


TORCH_NAMES = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]


@pytest.mark.parametrize(
    ("from_torch", "names", "shape"),
    [
        (convert.lstm_from_torch, [*TORCH_NAMES, "weight_hh_l1"], (16, 4)),
        (convert.gru_from_torch, [*TORCH_NAMES, "weight_hh_l0_reverse"], (12, 4)),
        (convert.lstm_from_torch, TORCH_NAMES[:2], (16, 4)),
        (convert.gru_from_torch, TORCH_NAMES, (16, 4)),
        (convert.lstm_from_torch, TORCH_NAMES, (12, 4)),
        (convert.lstm_from_torch, TORCH_NAMES, (16, 2)),
    ],
    ids=["two layers", "two directions", "no bias", "LSTM as GRU", "GRU as LSTM", "projected"],
)
def test_when_an_array_would_be_left_out_it_is_refused(
    from_torch, names: list[str], shape: tuple[int, int]
) -> None:
    state = {name: np.zeros(shape if "weight" in name else shape[:1]) for name in names}
    with pytest.raises(ValueError, match="one layer, one direction"):
        from_torch(state)
