"""How the inputs of each check of lab 2 are drawn.

Sizes differ from each other and between visible and hidden cases; states, biases and upstream gradients are
never zero, unless a comment says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograder.authoring import ANY, EXACT, Case, Inputs, Rng, Tolerance, away_from_zero, probe

STEP_VISIBLE = [Case(N=3, D=2, H=4), Case(N=2, D=5, H=3)]
STEP_HIDDEN = [Case(N=4, D=3, H=5), Case(N=5, D=4, H=2)]
SEQUENCE_VISIBLE = [Case(T=4, N=3, D=2, H=5, K=6), Case(T=5, N=2, D=4, H=3, K=7)]
SEQUENCE_HIDDEN = [Case(T=6, N=4, D=3, H=2, K=5), Case(T=3, N=5, D=2, H=4, K=6)]
SHORT_VISIBLE = [
    Case(T=1, N=3, D=2, H=4, K=5, label="one step"),
    Case(T=4, N=1, D=3, H=2, K=5, label="a batch of one"),
]
SHORT_HIDDEN = [
    Case(T=1, N=4, D=5, H=3, K=2, label="one step"),
    Case(T=5, N=1, D=2, H=3, K=4, label="a batch of one"),
]
LONG_VISIBLE = [Case(T=7, N=2, D=3, H=4), Case(T=3, N=4, D=2, H=3)]
LONG_HIDDEN = [Case(T=8, N=3, D=2, H=4), Case(T=4, N=2, D=5, H=3)]


def upstream(rng: Rng, *shape: int) -> Any:
    """A gradient that comes in from above: between 0.3 and 1.5, of either sign."""
    return away_from_zero(rng, *shape, low=0.3, high=1.5)


def states(rng: Rng, *shape: int) -> Any:
    """Entries between 0.3 and 0.95, of either sign: what tanh gives out."""
    return away_from_zero(rng, *shape, low=0.3, high=0.95)


def weights(rng: Rng, case: Case) -> dict[str, Any]:
    """W, U, b, V and b_y that move every unit and saturate none."""
    return {
        "W": rng.normal(size=(case.D, case.H)) / np.sqrt(case.D),
        "U": rng.normal(size=(case.H, case.H)) / np.sqrt(case.H),
        "b": away_from_zero(rng, case.H, low=0.3, high=1.0),
        "V": rng.normal(size=(case.H, case.K)) / np.sqrt(case.H),
        "b_y": away_from_zero(rng, case.K, low=0.3, high=1.0),
    }


def forward_inputs(rng: Rng, case: Case) -> dict[str, Any]:
    """Everything that rnn_forward takes."""
    x = away_from_zero(rng, case.T, case.N, case.D, low=0.2, high=1.5)
    return {"x": x, "h0": states(rng, case.N, case.H), "params": weights(rng, case)}


def targets_of(rng: Rng, case: Case) -> Any:
    """Right classes (T, N), all of them different at first, so that no row stands for another."""
    return (rng.permutation(case.T * case.N) % case.K).reshape(case.T, case.N)


def dict_of(rng: Rng, shapes: Mapping[str, tuple[int, ...]], low: float, high: float) -> dict[str, Any]:
    """An array of either sign for each name."""
    return {name: np.array(away_from_zero(rng, *shape, low=low, high=high)) for name, shape in shapes.items()}


SHAPES_VISIBLE = [
    Case(shapes={"W": (2, 3), "b": (4,)}),
    Case(shapes={"U": (2, 1, 2), "V": (3, 2)}, label="three axes"),
]
SHAPES_HIDDEN = [
    Case(shapes={"W": (3, 2), "b": (3,)}),
    Case(shapes={"U": (1, 3, 2), "V": (2, 3)}, label="three axes"),
    Case(shapes={"b": (5,), "s": ()}, label="a single number"),
]


# --- five factors, and the judge


@probe(
    visible=[Case(target=1.0), Case(target=0.0)],
    hidden=[Case(target=1.0), Case(target=0.0), Case(target=0.25)],
    tolerance=ANY,
)
def five_factors_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    h22, y_hat = float(rng.uniform(0.1, 0.4)), float(rng.uniform(0.6, 0.9))
    x2, w312 = (float(value) for value in away_from_zero(rng, 2, low=0.4, high=1.6))
    return {"x2": x2, "h22": h22, "w312": w312, "y_hat": y_hat, "target": case.target}


@probe(visible=SHAPES_VISIBLE, hidden=SHAPES_HIDDEN, tolerance=ANY)
def numeric_gradients_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    # Waves so fast that even the default eps leaves an error far above rounding, by which one knows it.
    params = dict_of(rng, case.shapes, low=0.3, high=1.2)
    waves = rng.uniform(70.0, 110.0, sum(array.size for array in params.values()))
    return {"params": params, "waves": waves, "eps": float(rng.uniform(0.004, 0.008))}


@probe(
    visible=[
        Case(shape=(3, 4), factor=1.3, sign=-1.0, label="the first is larger"),
        Case(shape=(5,), factor=0.6, sign=-1.0),
        Case(shape=(4,), factor=0.6, sign=1.0),
    ],
    hidden=[
        Case(shape=(4, 2), factor=1.4, sign=-1.0, label="the first is larger"),
        Case(shape=(2, 3, 2), factor=0.7, sign=-1.0),
        Case(shape=(6,), factor=0.7, sign=1.0),
    ],
    tolerance=ANY,
)
def relative_error_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # The largest entries have a sign, the largest difference stands elsewhere, and one entry is next to nothing.
    by_numbers = away_from_zero(rng, *case.shape, low=0.2, high=0.9)
    by_numbers.flat[0] = case.sign * rng.uniform(2.0, 3.0)
    by_hand = by_numbers + rng.uniform(-0.1, 0.1, case.shape)
    by_hand.flat[0] = case.factor * by_numbers.flat[0]
    by_numbers.flat[1], by_hand.flat[1] = 1e-4, -1e-4
    by_hand.flat[2] = by_numbers.flat[2] + rng.choice([-1.0, 1.0]) * rng.uniform(1.5, 1.8)
    return {"by_hand": by_hand, "by_numbers": by_numbers}


@probe(
    visible=[Case(shape=(2, 3)), Case(shape=(4,))],
    hidden=[Case(shape=(3, 2)), Case(shape=(5,))],
    tolerance=ANY,
)
def relative_error_of_zeros_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # All entries are one small number above zero: mean, maximum and signs play no part, they have their own check.
    return {"gradient": np.full(case.shape, rng.uniform(1e-6, 2e-6))}


# --- forward, loss and output layer


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def rnn_forward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return forward_inputs(rng, case)


@probe(visible=SHORT_VISIBLE, hidden=SHORT_HIDDEN, tolerance=Tolerance(rtol=1e-11, atol=0.0))
def rnn_forward_of_one_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # W, U and b are zero, so that only shapes, precision and untouched inputs are tested: what goes wrong in
    # the step has its own check.
    inputs = forward_inputs(rng, case)
    for name in ("W", "U", "b"):
        inputs["params"][name][:] = 0.0
    return inputs


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def loss_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {
        "y": rng.normal(scale=1.5, size=(case.T, case.N, case.K)),
        "targets": targets_of(rng, case),
    }


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def dy_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {
        "y": rng.normal(scale=1.5, size=(case.T, case.N, case.K)),
        "targets": targets_of(rng, case),
    }


@probe(
    visible=[Case(K=4, sign=1.0, label="far above zero"), Case(K=3, sign=-1.0, label="far below zero")],
    hidden=[Case(K=5, sign=1.0, label="far above zero"), Case(K=4, sign=-1.0, label="far below zero")],
    tolerance=ANY,
)
def loss_survives_extremes(rng: Rng, case: Case, ref: Any) -> Inputs:
    # A single row: a mean and a sum over rows are the same, which has its own check.
    y = case.sign * sure_row(rng, case.K)
    return {"y": y[None, None], "targets": np.array([[y.argmin()]])}


def sure_row(rng: Rng, K: int) -> Any:
    """K scores above 800, in any order, so far apart that all probabilities but one vanish."""
    return rng.permutation(900.0 + 900.0 * np.arange(K) + rng.uniform(0.0, 100.0, K))


@probe(
    visible=[
        Case(K=4, signs=(1.0, 1.0), label="far above zero"),
        Case(K=3, signs=(1.0, -1.0), label="one row high, one low"),
    ],
    hidden=[
        Case(K=5, signs=(1.0, 1.0), label="far above zero"),
        Case(K=4, signs=(-1.0, 1.0), label="one row low, one high"),
    ],
    tolerance=ANY,
)
def dy_survives_extremes(rng: Rng, case: Case, ref: Any) -> Inputs:
    # The model is sure and right, so the gradient is 0, whatever it is divided by: that has its own check.
    y = np.stack([sign * sure_row(rng, case.K) for sign in case.signs])[None]
    return {"y": y, "targets": y.argmax(axis=-1)}


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def output_backward_states_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return output_inputs(rng, case)


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def output_backward_parameters_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return output_inputs(rng, case)


def output_inputs(rng: Rng, case: Case) -> Inputs:
    """Everything that output_backward takes."""
    dy, hs = upstream(rng, case.T, case.N, case.K), states(rng, case.T, case.N, case.H)
    return {"dy": dy, "hs": hs, "V": weights(rng, case)["V"]}


# --- back through the step, and through time


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def tanh_backward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    h = states(rng, case.N, case.H)
    h[0, 0], h[1, 1] = 1.0, -1.0
    return {"dh": upstream(rng, case.N, case.H), "h": h}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def step_backward_inputs_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return step_inputs(rng, case)


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def step_backward_parameters_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return step_inputs(rng, case)


def step_inputs(rng: Rng, case: Case) -> Inputs:
    """Everything that rnn_step_backward takes; h is not what the forward pass would give, and need not be."""
    return {
        "dh": upstream(rng, case.N, case.H),
        "x": away_from_zero(rng, case.N, case.D, low=0.2, high=1.5),
        "h_prev": states(rng, case.N, case.H),
        "h": states(rng, case.N, case.H),
        "W": rng.normal(size=(case.D, case.H)),
        "U": rng.normal(size=(case.H, case.H)),
    }


@probe(visible=LONG_VISIBLE, hidden=LONG_HIDDEN, tolerance=ANY)
def bptt_states_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return bptt_inputs(rng, case)


@probe(visible=LONG_VISIBLE, hidden=LONG_HIDDEN, tolerance=ANY)
def bptt_parameters_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return bptt_inputs(rng, case)


@probe(visible=SHORT_VISIBLE, hidden=SHORT_HIDDEN, tolerance=ANY)
def bptt_leaves_its_inputs_alone(rng: Rng, case: Case, ref: Any) -> Inputs:
    # The input is steady, so that a slip in the order of time, which has its own check, is not paid for twice.
    inputs = bptt_inputs(rng, case)
    inputs["x"][:] = inputs["x"][0]
    return inputs


def bptt_inputs(rng: Rng, case: Case) -> dict[str, Any]:
    """Everything that rnn_backward takes, drawn freely."""
    return {
        "dhs": upstream(rng, case.T, case.N, case.H),
        "dh_last": upstream(rng, case.N, case.H),
        "x": away_from_zero(rng, case.T, case.N, case.D, low=0.2, high=1.5),
        "h0": states(rng, case.N, case.H),
        "hs": states(rng, case.T, case.N, case.H),
        "W": rng.normal(size=(case.D, case.H)),
        "U": rng.normal(size=(case.H, case.H)),
    }


@probe(
    visible=[Case(T=4, N=3, D=2, H=5, K=6), Case(T=3, N=2, D=4, H=3, K=5)],
    hidden=[Case(T=5, N=2, D=3, H=4, K=6), Case(T=3, N=4, D=2, H=3, K=5)],
    tolerance=ANY,
)
def loss_and_grads_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**forward_inputs(rng, case), "targets": targets_of(rng, case)}


# --- text and chunks


@probe(
    visible=[
        Case(M=23, N=3),
        Case(M=12, N=4, label="a multiple of N"),
        Case(M=11, N=5, label="just fits"),
        Case(M=6, N=1, label="one stream"),
    ],
    hidden=[
        Case(M=33, N=5),
        Case(M=20, N=5, label="a multiple of N"),
        Case(M=16, N=3, label="just fits"),
        Case(M=8, N=1, label="one stream"),
    ],
    tolerance=EXACT,
)
def text_streams_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"tokens": rng.permutation(case.M + 60)[: case.M], "N": case.N}


@probe(
    visible=[Case(T=8, N=3, D=2, H=4, n=2), Case(T=9, N=2, D=3, H=5, n=3)],
    hidden=[Case(T=12, N=2, D=3, H=4, n=3), Case(T=10, N=4, D=2, H=3, n=2)],
    tolerance=ANY,
)
def train_in_chunks_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**chunk_inputs(rng, case), "rate": float(rng.uniform(0.3, 0.6))}


@probe(
    visible=[
        Case(T=7, N=2, D=3, H=4, n=3, label="a shorter last chunk"),
        Case(T=3, N=2, D=2, H=3, n=1, label="chunks of one"),
        Case(T=4, N=3, D=2, H=2, n=10, label="shorter than one chunk"),
    ],
    hidden=[
        Case(T=11, N=3, D=2, H=4, n=4, label="a shorter last chunk"),
        Case(T=4, N=3, D=2, H=3, n=1, label="chunks of one"),
        Case(T=5, N=2, D=3, H=2, n=8, label="shorter than one chunk"),
    ],
    tolerance=ANY,
)
def train_in_awkward_chunks_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return chunk_inputs(rng, case)


def chunk_inputs(rng: Rng, case: Case) -> dict[str, Any]:
    """What train_in_chunks takes, gradients and update apart."""
    return {
        "params": {"b": away_from_zero(rng, case.H, low=0.3, high=1.0)},
        "x": away_from_zero(rng, case.T, case.N, case.D, low=0.2, high=1.5),
        "h0": states(rng, case.N, case.H),
        "targets": rng.integers(0, 9, (case.T, case.N)),
        "n": case.n,
    }


# --- clipping and optimisers


@probe(
    visible=[Case(shapes={"W": (2, 3), "b": (4,)}), Case(shapes={"U": (3, 3), "V": (2, 4), "b_y": (2,)})],
    hidden=[Case(shapes={"W": (4, 2), "b": (3,)}), Case(shapes={"U": (2, 2), "V": (3, 2), "b_y": (5,)})],
    tolerance=ANY,
)
def clip_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # Each array's own norm is above the limit, and so are some entries, but not all.
    grads = dict_of(rng, case.shapes, low=0.2, high=3.0)
    for array in grads.values():
        array.flat[0] = rng.uniform(3.0, 4.0)
    return {"grads": grads, "largest": float(rng.uniform(1.2, 1.8))}


@probe(
    visible=[
        Case(shapes={"b": (1,)}, size=0.5, label="short"),
        Case(shapes={"W": (3, 2), "b": (2,)}, size=0.0, label="zeros"),
    ],
    hidden=[
        Case(shapes={"b": (1,)}, size=0.1, label="short"),
        Case(shapes={"W": (2, 2), "b": (5,)}, size=0.0, label="zeros"),
        Case(shapes={"b": (1,)}, size=1.19, label="just within the limit"),
    ],
    tolerance=ANY,
)
def clip_leaves_short_gradients_alone(rng: Rng, case: Case, ref: Any) -> Inputs:
    # A single entry is its own norm: how the norm is put together has its own check.
    grads = {
        name: case.size * away_from_zero(rng, *shape, low=0.8, high=1.0)
        for name, shape in case.shapes.items()
    }
    return {"grads": grads, "largest": float(rng.uniform(1.2, 1.8))}


@probe(visible=SHAPES_VISIBLE, hidden=SHAPES_HIDDEN[:2], tolerance=ANY)
def momentum_step_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    arrays = {name: dict_of(rng, case.shapes, 0.3, 1.5) for name in ("params", "grads", "velocity")}
    return {**arrays, "rate": float(rng.uniform(0.1, 0.3)), "momentum": float(rng.uniform(0.5, 0.7))}


@probe(
    visible=[Case(**vars(SHAPES_VISIBLE[0]), k=500), Case(**vars(SHAPES_VISIBLE[1]), k=400)],
    hidden=[Case(**vars(SHAPES_HIDDEN[0]), k=450), Case(**vars(SHAPES_HIDDEN[1]), k=600)],
    tolerance=ANY,
)
def adam_step_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # Two rates of forgetting that are far apart, and an eps that matters.
    arrays = {name: dict_of(rng, case.shapes, 0.3, 1.5) for name in ("params", "grads", "m")}
    v = {name: rng.uniform(0.3, 1.5, shape) for name, shape in case.shapes.items()}
    rates = {"rate": float(rng.uniform(0.1, 0.3)), "eps": float(rng.uniform(0.2, 0.4))}
    betas = {"beta1": float(rng.uniform(0.5, 0.6)), "beta2": float(rng.uniform(0.75, 0.85))}
    return {**arrays, "v": v, "k": case.k, **rates, **betas}


@probe(
    visible=[Case(shapes={"W": (2, 3), "b": (4,)}, k=1), Case(shapes={"U": (3, 3)}, k=2)],
    hidden=[Case(shapes={"W": (4, 2), "b": (5,)}, k=1), Case(shapes={"U": (2, 4)}, k=3)],
    tolerance=Tolerance(rtol=1e-7, atol=1e-12),
)
def adam_early_step_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # Gradients of zero: what goes into the means has its own check. The parameters are small, so that a change
    # of 0.001 is not lost in their rounding; some squares are so small that eps shows, and one is zero.
    params = dict_of(rng, case.shapes, low=0.001, high=0.002)
    m = dict_of(rng, case.shapes, low=0.3, high=1.5)
    v = {name: rng.uniform(0.3, 1.5, shape) for name, shape in case.shapes.items()}
    for name in params:
        m[name].flat[:2], v[name].flat[:2] = [0.0, 2e-8], [0.0, rng.uniform(1e-16, 2e-16)]
    grads = {name: np.zeros(shape) for name, shape in case.shapes.items()}
    return {"params": params, "grads": grads, "m": m, "v": v, "k": case.k}


@probe(
    visible=[Case(T=0, M=14, N=2, D=4, H=3, K=4, n=2)],
    hidden=[Case(T=0, M=17, N=3, D=5, H=4, K=5, n=3)],
    tolerance=Tolerance(rtol=1e-7, atol=1e-9, any_float=True),
)
def everything_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    params = weights(rng, case)
    tokens = np.concatenate([np.arange(case.K), rng.integers(0, case.K, case.M - case.K)])
    rates = {"largest": float(rng.uniform(0.3, 0.4)), "rate": float(rng.uniform(0.02, 0.04))}
    return {"tokens": tokens, "params": params, "h0": states(rng, case.N, case.H), "n": case.n, **rates}
