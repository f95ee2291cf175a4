"""The same LSTM and GRU weights in three layouts: ours, PyTorch's and Keras's.

ours     x @ W + h @ U + b. LSTM: W (D, 4H), blocks i f g o, one bias. GRU: W (D, 3H), blocks r z n, b (3H,),
         and b_u (H,) where the reset comes after the product.
PyTorch  weight_ih_l0 (4H, D) or (3H, D), the same blocks, two biases. Its GRU resets after the product.
Keras    kernel (D, 4H) in the order i f c o (c is our g), one bias. GRU in the order z r h; bias (2, 3H) with
         reset_after=True, (3H,) without.

In all three z = 1 keeps the old state. Where z = 1 takes the new one (Chung 2014), use `gru_flip_update`.
Nothing is imported here but NumPy: hand in and get back arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Params = dict[str, Floats]

_TORCH = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")


def lstm_to_torch(p: Mapping[str, Floats]) -> Params:
    """W (D, 4H), U (H, 4H), b (4H,) to a state_dict of torch.nn.LSTM; the second bias is zero."""
    arrays = (p["W"].T, p["U"].T, p["b"], np.zeros_like(p["b"]))
    return dict(zip(_TORCH, (array.copy() for array in arrays), strict=True))


def lstm_from_torch(state: Mapping[str, Floats]) -> Params:
    """The four arrays of torch.nn.LSTM (one layer, one direction) to W, U and one bias: the sum of its two.

    Raises:
        ValueError: the arrays are not those of such an LSTM.
    """
    _only_one_layer(state, "LSTM", blocks=4)
    w, u, b1, b2 = (np.asarray(state[name]) for name in _TORCH)
    return {"W": w.T.copy(), "U": u.T.copy(), "b": b1 + b2}


def lstm_to_keras(p: Mapping[str, Floats]) -> list[Floats]:
    """To the weights of keras.layers.LSTM: kernel, recurrent kernel, bias. The order i f c o is ours."""
    return [p["W"].copy(), p["U"].copy(), p["b"].copy()]


def lstm_from_keras(weights: Sequence[Floats]) -> Params:
    """From `layer.get_weights()` of keras.layers.LSTM."""
    return dict(zip(("W", "U", "b"), (np.array(array) for array in weights), strict=True))


def gru_to_torch(p: Mapping[str, Floats]) -> Params:
    """W (D, 3H), U (H, 3H), b (3H,), b_u (H,) to a state_dict of torch.nn.GRU.

    Raises:
        ValueError: p has no b_u, so its reset comes before the product, which PyTorch cannot express.
    """
    if "b_u" not in p:
        raise ValueError("PyTorch's GRU resets after the product; these weights (no b_u) reset before it")
    hidden_bias = np.zeros_like(p["b"])
    hidden_bias[-len(p["b_u"]) :] = p["b_u"]
    arrays = (p["W"].T.copy(), p["U"].T.copy(), p["b"].copy(), hidden_bias)
    return dict(zip(_TORCH, arrays, strict=True))


def gru_from_torch(state: Mapping[str, Floats]) -> Params:
    """From torch.nn.GRU: the two biases of r and z add up, those of n stay apart (the reset scales one).

    Raises:
        ValueError: the arrays are not those of a GRU of one layer and one direction.
    """
    _only_one_layer(state, "GRU", blocks=3)
    w, u, b, hidden_bias = (np.asarray(state[name]) for name in _TORCH)
    H = u.shape[1]
    b = b.copy()
    b[: 2 * H] += hidden_bias[: 2 * H]
    return {"W": w.T.copy(), "U": u.T.copy(), "b": b, "b_u": hidden_bias[2 * H :].copy()}


def gru_to_keras(p: Mapping[str, Floats]) -> list[Floats]:
    """To the weights of keras.layers.GRU, with reset_after=True if p has b_u and False if not."""
    W, U, b = (_swap(p[name]) for name in ("W", "U", "b"))
    if "b_u" not in p:
        return [W, U, b]
    hidden_bias = np.zeros_like(b)
    hidden_bias[-len(p["b_u"]) :] = p["b_u"]
    return [W, U, np.stack([b, hidden_bias])]


def gru_from_keras(weights: Sequence[Floats]) -> Params:
    """From `layer.get_weights()` of keras.layers.GRU; the bias's shape tells the convention."""
    W, U, b = (np.array(array) for array in weights)
    if b.ndim == 1:
        return {"W": _swap(W), "U": _swap(U), "b": _swap(b)}
    H = U.shape[0]
    b, hidden_bias = _swap(b[0]), _swap(b[1])
    b[: 2 * H] += hidden_bias[: 2 * H]
    return {"W": _swap(W), "U": _swap(U), "b": b, "b_u": hidden_bias[2 * H :].copy()}


def gru_flip_update(p: Mapping[str, Floats]) -> Params:
    """Weights that give, with z and 1 - z exchanged, the same states: σ(-a) = 1 - σ(a)."""
    flipped = {name: array.copy() for name, array in p.items()}
    H = p["U"].shape[0]
    for name in ("W", "U", "b"):
        flipped[name][..., H : 2 * H] *= -1.0
    return flipped


def _only_one_layer(state: Mapping[str, Floats], kind: str, blocks: int) -> None:
    """Nothing of what comes may be left out in silence: a second layer, a second direction, a projection."""
    wanted = f"torch.nn.{kind} with one layer, one direction and biases has {', '.join(_TORCH)}"
    if set(state) != set(_TORCH):
        raise ValueError(f"{wanted}; these are {', '.join(state)}")
    rows, columns = np.shape(state["weight_hh_l0"])
    if rows != blocks * columns:
        raise ValueError(f"{wanted}, the second of shape ({blocks}H, H); this one has ({rows}, {columns})")


def _swap(array: Floats) -> Floats:
    """Exchange the first two of three blocks along the last axis: r z n and z r h."""
    first, second, third = np.split(array, 3, axis=-1)
    return np.concatenate([second, first, third], axis=-1)
