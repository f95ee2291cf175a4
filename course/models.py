"""Small recurrent networks in NumPy, to be read: forward, backward, and the optimisers that train them.

Shapes everywhere: T steps, N sequences, D inputs, H units. Weights W (D, kH), U (H, kH), b (kH,) with the
k blocks side by side: one for the plain network, i f g o for the LSTM, r z n for the GRU. Every forward
returns h (T, N, H) and a cache; every backward takes the gradient of the loss by each h_t and returns the
gradients of the parameters, of x and of the initial state. Derivations: lectures 03, 05 and 06.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Params = dict[str, Floats]
Cache = dict[str, Any]


def sigmoid(a: Floats) -> Floats:
    """1 / (1 + exp(-a)), of any shape, without overflow at either end."""
    return 0.5 + 0.5 * np.tanh(a / 2.0)


def softmax(a: Floats) -> Floats:
    """exp(a) over its sum along the last axis; the largest entry is taken away first, against overflow."""
    e = np.exp(a - a.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def one_hot(tokens: Ints, size: int) -> Floats:
    """Tokens (…) as vectors (…, size) with a single 1."""
    return np.asarray(np.eye(size)[tokens])


def _uniform(rng: np.random.Generator, *shape: int, fan: int) -> Floats:
    """Uniform in ±1/√fan."""
    return np.asarray(rng.uniform(-1.0, 1.0, shape) / np.sqrt(fan))


# --- the plain network -------------------------------------------------------------------------------


def orthogonal(rng: np.random.Generator, size: int) -> Floats:
    """A random orthogonal matrix (size, size): it turns vectors and keeps their length."""
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    return np.asarray(q * np.sign(np.diag(r)))  # without the signs, the draw would not be uniform


def rnn_init(
    rng: np.random.Generator, input_size: int, hidden_size: int, recurrent: str = "uniform"
) -> Params:
    """W (D, H) uniform in ±1/√H; U (H, H) likewise, or `recurrent="orthogonal"`; b (H,) zero.

    Raises:
        ValueError: `recurrent` is neither.
    """
    if recurrent not in ("uniform", "orthogonal"):
        raise ValueError(f'recurrent is "uniform" or "orthogonal", not {recurrent!r}')
    D, H = input_size, hidden_size
    W, U = _uniform(rng, D, H, fan=H), _uniform(rng, H, H, fan=H)
    return {"W": W, "U": orthogonal(rng, H) if recurrent == "orthogonal" else U, "b": np.zeros(H)}


def irnn_init(rng: np.random.Generator, input_size: int, hidden_size: int, scale: float = 0.01) -> Params:
    """Le et al. 2015: U is the identity, W is small and normal, to be used with a ReLU."""
    D, H = input_size, hidden_size
    return {"W": scale * rng.standard_normal((D, H)), "U": np.eye(H), "b": np.zeros(H)}


def rnn_forward(
    p: Params,
    x: Floats,
    h0: Floats | None = None,
    activation: str = "tanh",
    keep: float = 0.0,
    write: float = 1.0,
) -> tuple[Floats, Cache]:
    """h_t = keep h_{t-1} + write φ(x_t W + h_{t-1} U + b), φ "tanh", "relu" or "linear".

    x (T, N, D) to h (T, N, H). keep = 0 is the plain network; keep = 1 with a small write is a residual
    one; keep + write = 1 a leaky one.

    Raises:
        ValueError: `activation` is none of the three.
    """
    if activation not in ("tanh", "relu", "linear"):
        raise ValueError(f'activation is "tanh", "relu" or "linear", not {activation!r}')
    T, N, _ = x.shape
    H = p["U"].shape[0]
    h = np.zeros((T + 1, N, H))  # h[t] is the state before step t
    if h0 is not None:
        h[0] = h0
    s = np.empty((T, N, H))
    a = x @ p["W"] + p["b"]
    for t in range(T):
        s[t] = _activate(a[t] + h[t] @ p["U"], activation)
        h[t + 1] = keep * h[t] + write * s[t] if keep else write * s[t]
    return h[1:], {"x": x, "h": h, "s": s, "activation": activation, "keep": keep, "write": write}


def rnn_backward(p: Params, cache: Cache, dh: Floats) -> tuple[Params, Floats, Floats]:
    """dh (T, N, H) to the gradients of p, of x (T, N, D) and of h0 (N, H)."""
    x, h = cache["x"], cache["h"]
    slope = cache["write"] * _slope(cache["s"], cache["activation"])
    da = np.empty_like(dh)
    carried = np.zeros_like(h[0])
    for t in reversed(range(len(x))):
        dh_t = dh[t] + carried
        da[t] = dh_t * slope[t]
        carried = da[t] @ p["U"].T + cache["keep"] * dh_t
    return _weight_gradients(x, h[:-1], da), da @ p["W"].T, carried


def _activate(a: Floats, name: str) -> Floats:
    if name == "tanh":
        return np.tanh(a)
    return np.clip(a, 0.0, None) if name == "relu" else a


def _slope(s: Floats, name: str) -> Floats:
    """φ'(a) in terms of s = φ(a)."""
    if name == "tanh":
        return 1.0 - s**2
    return (s > 0).astype(float) if name == "relu" else np.ones_like(s)


def _weight_gradients(x: Floats, h_prev: Floats, da: Floats) -> Params:
    """Sums over all steps and sequences of the outer products x ⊗ da, h_prev ⊗ da, and of da."""
    K = da.shape[-1]
    flat = da.reshape(-1, K)
    return {
        "W": x.reshape(-1, x.shape[-1]).T @ flat,
        "U": h_prev.reshape(-1, h_prev.shape[-1]).T @ flat,
        "b": flat.sum(axis=0),
    }


# --- the LSTM ----------------------------------------------------------------------------------------


def lstm_init(
    rng: np.random.Generator, input_size: int, hidden_size: int, forget_bias: float = 1.0
) -> Params:
    """W (D, 4H), U (H, 4H) uniform in ±1/√H; b (4H,) zero, but `forget_bias` for the forget gate."""
    D, H = input_size, hidden_size
    b = np.repeat([0.0, forget_bias, 0.0, 0.0], H)
    return {"W": _uniform(rng, D, 4 * H, fan=H), "U": _uniform(rng, H, 4 * H, fan=H), "b": b}


def lstm_forward(
    p: Params, x: Floats, h0: Floats | None = None, c0: Floats | None = None
) -> tuple[Floats, Cache]:
    """The LSTM with a forget gate (Gers et al. 2000). x (T, N, D) to h (T, N, H).

    The cache holds gates i f g o and tanh(c), each (T, N, H), and h and c (T + 1, N, H) with the initial
    states in front.
    """
    T, N, _ = x.shape
    H = p["U"].shape[0]
    h, c = np.zeros((2, T + 1, N, H))
    h[0] = 0.0 if h0 is None else h0
    c[0] = 0.0 if c0 is None else c0
    i, f, g, o, s = np.empty((5, T, N, H))
    a = x @ p["W"] + p["b"]
    for t in range(T):
        a[t] += h[t] @ p["U"]
        i[t], f[t], o[t] = sigmoid(a[t, :, :H]), sigmoid(a[t, :, H : 2 * H]), sigmoid(a[t, :, 3 * H :])
        g[t] = np.tanh(a[t, :, 2 * H : 3 * H])
        c[t + 1] = f[t] * c[t] + i[t] * g[t]
        s[t] = np.tanh(c[t + 1])
        h[t + 1] = o[t] * s[t]
    return h[1:], {"x": x, "h": h, "c": c, "i": i, "f": f, "g": g, "o": o, "tanh_c": s}


def lstm_backward(p: Params, cache: Cache, dh: Floats) -> tuple[Params, Floats, Floats, Floats]:
    """dh (T, N, H) to the gradients of p, of x (T, N, D), of h0 and of c0 (N, H)."""
    x, h, c = cache["x"], cache["h"], cache["c"]
    i, f, g, o, s = (cache[name] for name in ("i", "f", "g", "o", "tanh_c"))
    T, N, H = dh.shape
    da = np.empty((T, N, 4 * H))
    dh_carried, dc = np.zeros((2, N, H))
    for t in reversed(range(T)):
        dh_t = dh[t] + dh_carried
        dc = dc + dh_t * o[t] * (1.0 - s[t] ** 2)
        da[t, :, :H] = dc * g[t] * i[t] * (1.0 - i[t])
        da[t, :, H : 2 * H] = dc * c[t] * f[t] * (1.0 - f[t])
        da[t, :, 2 * H : 3 * H] = dc * i[t] * (1.0 - g[t] ** 2)
        da[t, :, 3 * H :] = dh_t * s[t] * o[t] * (1.0 - o[t])
        dh_carried = da[t] @ p["U"].T
        dc = dc * f[t]
    return _weight_gradients(x, h[:-1], da), da @ p["W"].T, dh_carried, dc


# --- the GRU -----------------------------------------------------------------------------------------


def gru_init(rng: np.random.Generator, input_size: int, hidden_size: int, reset_after: bool = True) -> Params:
    """W (D, 3H), U (H, 3H) uniform in ±1/√H, b (3H,) zero.

    With `reset_after` also b_u (H,), the bias inside the bracket that the reset gate multiplies; a set of
    parameters without it is read as the other convention.
    """
    D, H = input_size, hidden_size
    p = {"W": _uniform(rng, D, 3 * H, fan=H), "U": _uniform(rng, H, 3 * H, fan=H), "b": np.zeros(3 * H)}
    if reset_after:
        p["b_u"] = np.zeros(H)
    return p


def gru_forward(p: Params, x: Floats, h0: Floats | None = None) -> tuple[Floats, Cache]:
    """h_t = (1 - z) n + z h_{t-1}: z = 1 keeps, as in Cho 2014, PyTorch and Keras.

    x (T, N, D) to h (T, N, H). Reset after the product (p has b_u): n = tanh(x W_n + b_n + r (h U_n + b_u)).
    Reset before it (no b_u): n = tanh(x W_n + b_n + (r h) U_n). These are two functions; neither contains
    the other.
    """
    T, N, _ = x.shape
    H = p["U"].shape[0]
    U_gates, U_n = p["U"][:, : 2 * H], p["U"][:, 2 * H :]
    h = np.zeros((T + 1, N, H))
    h[0] = 0.0 if h0 is None else h0
    r, z, n, q = np.empty((4, T, N, H))
    a = x @ p["W"] + p["b"]
    for t in range(T):
        gates = sigmoid(a[t, :, : 2 * H] + h[t] @ U_gates)
        r[t], z[t] = gates[:, :H], gates[:, H:]
        if "b_u" in p:
            q[t] = h[t] @ U_n + p["b_u"]  # what r multiplies
            n[t] = np.tanh(a[t, :, 2 * H :] + r[t] * q[t])
        else:
            q[t] = r[t] * h[t]  # what U_n multiplies
            n[t] = np.tanh(a[t, :, 2 * H :] + q[t] @ U_n)
        h[t + 1] = (1.0 - z[t]) * n[t] + z[t] * h[t]
    return h[1:], {"x": x, "h": h, "r": r, "z": z, "n": n, "q": q}


def gru_backward(p: Params, cache: Cache, dh: Floats) -> tuple[Params, Floats, Floats]:
    """dh (T, N, H) to the gradients of p, of x (T, N, D) and of h0 (N, H)."""
    x, h, r, z, n, q = (cache[name] for name in ("x", "h", "r", "z", "n", "q"))
    T, N, H = dh.shape
    after = "b_u" in p
    U_gates, U_n = p["U"][:, : 2 * H], p["U"][:, 2 * H :]
    da = np.empty((T, N, 3 * H))
    dq = np.empty((T, N, H))  # gradient of what goes through U_n: its output (after) or its input (before)
    carried = np.zeros((N, H))
    for t in reversed(range(T)):
        dh_t = dh[t] + carried
        da_n = dh_t * (1.0 - z[t]) * (1.0 - n[t] ** 2)
        dq[t] = da_n * r[t] if after else da_n @ U_n.T
        dr = da_n * q[t] if after else dq[t] * h[t]
        da[t, :, :H] = dr * r[t] * (1.0 - r[t])
        da[t, :, H : 2 * H] = dh_t * (h[t] - n[t]) * z[t] * (1.0 - z[t])
        da[t, :, 2 * H :] = da_n
        carried = dh_t * z[t] + da[t, :, : 2 * H] @ U_gates.T
        carried = carried + (dq[t] @ U_n.T if after else dq[t] * r[t])
    grads = _weight_gradients(x, h[:-1], da)
    left, right = (h[:-1], dq) if after else (q, da[:, :, 2 * H :])
    grads["U"][:, 2 * H :] = left.reshape(-1, H).T @ right.reshape(-1, H)
    if after:
        grads["b_u"] = dq.sum(axis=(0, 1))
    return grads, da @ p["W"].T, carried


# --- a network: a cell and a linear output layer -----------------------------------------------------

CELLS = ("tanh", "residual", "irnn", "lstm", "gru")
RESIDUAL_WRITE = 0.1


@dataclass(frozen=True)
class Network:
    """A cell and y_t = h_t V + b_y. `params` holds W U b (b_u) of the cell, V (H, K) and b_y (K,)."""

    cell: str
    params: Params

    def forward(self, x: Floats) -> tuple[Floats, Cache]:
        """x (T, N, D) to outputs (T, N, K) and a cache."""
        p = self.params
        if self.cell == "lstm":
            h, cache = lstm_forward(p, x)
        elif self.cell == "gru":
            h, cache = gru_forward(p, x)
        elif self.cell == "residual":
            h, cache = rnn_forward(p, x, keep=1.0, write=RESIDUAL_WRITE)
        else:
            h, cache = rnn_forward(p, x, activation="relu" if self.cell == "irnn" else "tanh")
        return h @ p["V"] + p["b_y"], cache

    def backward(self, cache: Cache, dy: Floats) -> Params:
        """dy (T, N, K) to the gradients of every parameter."""
        p, h = self.params, cache["h"][1:]
        back: Callable[..., Any] = {"lstm": lstm_backward, "gru": gru_backward}.get(self.cell, rnn_backward)
        grads: Params = back(p, cache, dy @ p["V"].T)[0]
        K = dy.shape[-1]
        grads["V"] = h.reshape(-1, h.shape[-1]).T @ dy.reshape(-1, K)
        grads["b_y"] = dy.sum(axis=(0, 1))
        return grads


def network(
    rng: np.random.Generator, cell: str, input_size: int, hidden_size: int, output_size: int, **init: Any
) -> Network:
    """A network with fresh weights; `init` goes to the cell's own function (`forget_bias`, `scale`, …).

    Raises:
        ValueError: cell is not one of CELLS.
    """
    makers: dict[str, Callable[..., Params]] = {
        "tanh": rnn_init,
        "residual": rnn_init,
        "irnn": irnn_init,
        "lstm": lstm_init,
        "gru": gru_init,
    }
    if cell not in makers:
        raise ValueError(f"cell must be one of {', '.join(CELLS)}, got {cell!r}")
    params = makers[cell](rng, input_size, hidden_size, **init)
    params["V"] = _uniform(rng, hidden_size, output_size, fan=hidden_size)
    params["b_y"] = np.zeros(output_size)
    return Network(cell, params)


def parameter_count(params: Mapping[str, Floats]) -> int:
    """How many numbers are learned."""
    return sum(value.size for value in params.values())


# --- losses ------------------------------------------------------------------------------------------


def cross_entropy(logits: Floats, targets: Ints) -> tuple[float, Floats]:
    """Mean -log softmax over the targets that are not negative, in nats, and its gradient by the logits.

    logits (…, K), targets (…). Steps with a negative target count nothing and get no gradient.
    """
    scored = targets >= 0
    count = max(int(scored.sum()), 1)
    below = logits - logits.max(axis=-1, keepdims=True)  # as in softmax, whose sum the loss needs too
    e = np.exp(below)
    total = e.sum(axis=-1, keepdims=True)
    chosen = np.take_along_axis(below, np.maximum(targets, 0)[..., None], axis=-1)
    loss = float((np.log(total) - chosen)[scored].sum()) / count
    gradient = e / total - one_hot(np.maximum(targets, 0), logits.shape[-1])
    return loss, gradient * scored[..., None] / count


def squared_error_at_end(outputs: Floats, y: Floats) -> tuple[float, Floats]:
    """Mean of (output at the last step - y)², and its gradient. outputs (T, N, 1), y (N,)."""
    difference = outputs[-1, :, 0] - y
    gradient = np.zeros_like(outputs)
    gradient[-1, :, 0] = 2.0 * difference / len(y)
    return float(np.mean(difference**2)), gradient


# --- optimisers --------------------------------------------------------------------------------------


def global_norm(grads: Mapping[str, Floats]) -> float:
    """The Euclidean norm of all gradients taken together."""
    return float(np.sqrt(sum(float(np.sum(g**2)) for g in grads.values())))


def clip(grads: Params, largest: float) -> float:
    """Scale all gradients together, in place, so that their norm is at most `largest` (Pascanu et al. 2013).

    Returns the norm before.
    """
    norm = global_norm(grads)
    if norm > largest:
        for g in grads.values():
            g *= largest / norm
    return norm


@dataclass(frozen=True)
class SGD:
    """params -= rate · gradient, in place."""

    rate: float = 0.01

    def step(self, params: Params, grads: Params) -> None:
        """One update of every parameter that has a gradient."""
        for name, g in grads.items():
            params[name] -= self.rate * g


@dataclass
class Adam:
    """Kingma and Ba 2015, algorithm 1."""

    rate: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    steps: int = 0
    mean: Params = field(default_factory=dict)
    square: Params = field(default_factory=dict)

    def step(self, params: Params, grads: Params) -> None:
        """One update, in place, of every parameter that has a gradient."""
        self.steps += 1
        first, second = 1.0 - self.beta1**self.steps, 1.0 - self.beta2**self.steps
        for name, g in grads.items():
            m = self.mean.setdefault(name, np.zeros_like(g))
            v = self.square.setdefault(name, np.zeros_like(g))
            m += (1.0 - self.beta1) * (g - m)
            v += (1.0 - self.beta2) * (g**2 - v)
            params[name] -= self.rate * (m / first) / (np.sqrt(v / second) + self.epsilon)


Loss = Callable[[Floats, Any], tuple[float, Floats]]


def train(
    net: Network,
    batches: Iterable[tuple[Floats, Any]],
    loss: Loss,
    optimiser: SGD | Adam,
    largest_norm: float = 1.0,
) -> Floats:
    """One clipped update a batch, in place; returns the loss of every batch, before its update, (steps,)."""
    losses: list[float] = []
    for x, y in batches:
        outputs, cache = net.forward(x)
        value, gradient = loss(outputs, y)
        grads = net.backward(cache, gradient)
        clip(grads, largest_norm)
        optimiser.step(net.params, grads)
        losses.append(value)
    return np.array(losses)
