"""How the inputs of each check of lab 4 are drawn.

Sizes differ from each other and between visible and hidden cases; states, biases and upstream
gradients are never zero, unless a comment says why.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.authoring import ANY, EXACT, Case, Inputs, Rng, Tolerance, away_from_zero, probe

STEP_VISIBLE = [Case(N=3, D=2, H=4), Case(N=2, D=5, H=3)]
STEP_HIDDEN = [Case(N=4, D=3, H=5), Case(N=5, D=4, H=2)]
SEQUENCE_VISIBLE = [Case(T=4, N=3, D=2, H=5), Case(T=5, N=2, D=4, H=3)]
SEQUENCE_HIDDEN = [Case(T=6, N=4, D=3, H=2), Case(T=3, N=5, D=2, H=4)]
# The input is steady, so that only the shape is tested: a slip in the order of time has its own check.
SHORT_VISIBLE = [
    Case(T=1, N=3, D=2, H=4, label="one step"),
    Case(T=4, N=1, D=3, H=2, steady=True, label="a batch of one"),
]
SHORT_HIDDEN = [
    Case(T=1, N=4, D=5, H=3, label="one step"),
    Case(T=5, N=1, D=2, H=3, steady=True, label="a batch of one"),
]


def weights(rng: Rng, case: Case) -> dict[str, Any]:
    """W, U and b that move every gate and saturate none."""
    D, H = case.D, case.H
    W = rng.normal(size=(D, 4 * H)) / np.sqrt(D)
    U = rng.normal(size=(H, 4 * H)) / np.sqrt(H)
    return {"W": W, "U": U, "b": away_from_zero(rng, 4 * H, low=0.3, high=1.0)}


def states(rng: Rng, case: Case, *names: str) -> dict[str, Any]:
    """Arrays (N, H) between 0.3 and 1.5, of either sign."""
    return {name: away_from_zero(rng, case.N, case.H, low=0.3, high=1.5) for name in names}


def step_inputs(rng: Rng, case: Case) -> dict[str, Any]:
    """Everything that lstm_step takes."""
    x = rng.normal(size=(case.N, case.D))
    return {"x": x, **states(rng, case, "h_prev", "c_prev"), **weights(rng, case)}


def open_gates(rng: Rng, case: Case) -> dict[str, Any]:
    """Four gates with values in their ranges, none near an end."""
    gates = {name: rng.uniform(0.15, 0.85, (case.N, case.H)) for name in "ifo"}
    return {**gates, "g": away_from_zero(rng, case.N, case.H, low=0.2, high=0.9)}


def sequence_inputs(rng: Rng, case: Case) -> dict[str, Any]:
    """Everything that lstm_sequence takes. A case may keep its input the same over time."""
    x = rng.normal(size=(case.T, case.N, case.D))
    if getattr(case, "steady", False):
        x[:] = x[0]
    return {"x": x, **states(rng, case, "h0", "c0"), **weights(rng, case)}


def bptt_inputs(rng: Rng, case: Case, ref: Any) -> dict[str, Any]:
    """Upstream gradients everywhere, and the caches of the reference's forward pass."""
    _, _, caches = ref.lstm_sequence(**sequence_inputs(rng, case))
    dhs = away_from_zero(rng, case.T, case.N, case.H, low=0.3, high=1.5)
    return {"dhs": dhs, **states(rng, case, "dh_last", "dc_last"), "caches": caches}


def step_cache(rng: Rng, case: Case, ref: Any) -> dict[str, Any]:
    """The reference's cache of one step."""
    _, _, cache = ref.lstm_step(**step_inputs(rng, case))
    return dict(cache)


@probe(
    visible=[Case(shape=(7,)), Case(shape=(3, 4), label="two axes")],
    hidden=[Case(shape=(9,)), Case(shape=(2, 3, 4), label="three axes")],
    tolerance=ANY,
)
def sigmoid_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"z": away_from_zero(rng, *case.shape, low=0.2, high=5.0)}


@probe(
    visible=[Case(size=4, sign=-1.0, label="far below zero"), Case(size=5, sign=1.0, label="far above zero")],
    hidden=[Case(size=6, sign=-1.0, label="far below zero"), Case(size=7, sign=1.0, label="far above zero")],
    tolerance=ANY,
)
def sigmoid_survives_extremes(rng: Rng, case: Case, ref: Any) -> Inputs:
    # a moderate number among them, or zeros would be an answer
    return {"z": case.sign * np.append(rng.uniform(800.0, 2000.0, case.size), rng.uniform(20.0, 21.0))}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def lstm_gates_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    inputs = step_inputs(rng, case)
    del inputs["c_prev"]
    return inputs


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def lstm_step_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**step_inputs(rng, case), **open_gates(rng, case)}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def lstm_step_cache_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # tanh(c) is 1 or -1 for a cell this large, so that a slip in c or h is not paid for here once more
    c_prev = away_from_zero(rng, case.N, case.H, low=200.0, high=300.0)
    return {**step_inputs(rng, case), "c_prev": c_prev, **open_gates(rng, case)}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def lstm_step_with_a_large_cell_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # Half-open gates and no candidate: whichever gate goes where, c is the same, so only size is tested.
    half, none = np.full((case.N, case.H), 0.5), np.zeros((case.N, case.H))
    c_prev = away_from_zero(rng, case.N, case.H, low=1600.0, high=2400.0)
    return {**step_inputs(rng, case), "c_prev": c_prev, "i": half, "f": half, "g": none, "o": half}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=Tolerance(rtol=1e-11, atol=0.0))
def lstm_step_leaves_its_inputs_alone(rng: Rng, case: Case, ref: Any) -> Inputs:
    # An empty cell, half-open gates and a tiny candidate, whose tanh is itself: nothing but precision and
    # untouched inputs is tested.
    half, empty = np.full((case.N, case.H), 0.5), np.zeros((case.N, case.H))
    g = away_from_zero(rng, case.N, case.H, low=1e-7, high=2e-7)
    return {**step_inputs(rng, case), "c_prev": empty, "i": half, "f": half, "g": g, "o": half}


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def lstm_sequence_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return sequence_inputs(rng, case)


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def lstm_sequence_caches_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return sequence_inputs(rng, case)


@probe(visible=SHORT_VISIBLE, hidden=SHORT_HIDDEN, tolerance=ANY)
def lstm_sequence_of_one_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return sequence_inputs(rng, case)


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def lstm_forward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return sequence_inputs(rng, case)


@probe(
    visible=[Case(sizes=(3, 8)), Case(sizes=(10, 40))],
    hidden=[Case(sizes=(11, 60)), Case(sizes=(61, 120))],
    tolerance=EXACT,
)
def count_parameters_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    D, H = rng.choice(np.arange(*case.sizes), size=2, replace=False)
    return {"D": int(D), "H": int(H)}


@probe(visible=[Case(D=3, H=5), Case(D=6, H=2)], hidden=[Case(D=2, H=7), Case(D=5, H=3)], tolerance=ANY)
def init_weights_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"seed": int(rng.integers(1_000_000)), "D": case.D, "H": case.H}


@probe(visible=[Case(D=3, H=5), Case(D=6, H=2)], hidden=[Case(D=2, H=7), Case(D=5, H=3)], tolerance=ANY)
def init_bias_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    seed, forget_bias = int(rng.integers(1_000_000)), float(rng.uniform(2.0, 5.0))
    return {"seed": seed, "D": case.D, "H": case.H, "forget_bias": forget_bias}


@probe(
    visible=[Case(shape=(2, 3)), Case(shape=(2, 1, 4), label="three axes")],
    hidden=[
        Case(shape=(4, 3)),
        Case(shape=(3, 2, 2), label="three axes"),
        Case(shape=(5,), label="one axis"),
    ],
    tolerance=ANY,
)
def numeric_gradient_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # a wide eps, so that a one-sided formula or an eps of one's own shows far above rounding
    w = away_from_zero(rng, *case.shape, low=0.5, high=1.5)
    a = away_from_zero(rng, *case.shape, low=0.3, high=1.2)
    return {"a": a, "w": w, "eps": float(rng.uniform(0.01, 0.03))}


@probe(
    visible=[Case(T=4, N=3, H=2), Case(T=2, N=4, H=3)],
    hidden=[Case(T=3, N=2, H=5), Case(T=5, N=4, H=3)],
    tolerance=ANY,
)
def projected_loss_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    T, N, H = case.T, case.N, case.H
    arrays = {name: rng.normal(size=(T, N, H)) for name in ("hs", "cs", "dhs")}
    return {**arrays, **states(rng, case, "dh_last", "dc_last")}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def cell_backward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**states(rng, case, "dh", "dc"), "cache": step_cache(rng, case, ref)}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def output_gate_backward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**states(rng, case, "dh", "dc"), "cache": step_cache(rng, case, ref)}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def cell_backward_when_saturated_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # i follows f, and tanh(c) is 1: whichever gate scales the gradient, only what saturation breaks shows.
    shape = (case.N, case.H)
    f = (rng.permutation(case.N * case.H) % 2).astype(float).reshape(shape)
    o = (rng.permutation(case.N * case.H) % 2).astype(float).reshape(shape)
    ends = {"i": f.copy(), "f": f, "o": o, "g": np.ones(shape), "tanh_c": np.ones(shape)}
    c_prev = rng.uniform(40.0, 60.0, shape)
    cache = {**step_cache(rng, case, ref), **ends, "c_prev": c_prev}
    return {**states(rng, case, "dh", "dc"), "cache": cache}


def affine_inputs(rng: Rng, case: Case, ref: Any) -> Inputs:
    """A da and a dc_prev, drawn freely: nothing of the cell's own backward pass is in them."""
    upstream = {**states(rng, case, "dh", "dc", "dc_prev"), "da": rng.normal(size=(case.N, 4 * case.H))}
    return {**upstream, "cache": step_cache(rng, case, ref)}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def step_backward_inputs_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return affine_inputs(rng, case, ref)


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def step_backward_parameters_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return affine_inputs(rng, case, ref)


@probe(
    visible=[Case(T=7, N=2, D=3, H=4), Case(T=3, N=4, D=2, H=3)],
    hidden=[Case(T=8, N=3, D=2, H=4), Case(T=4, N=2, D=5, H=3)],
    tolerance=ANY,
)
def bptt_states_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return bptt_inputs(rng, case, ref)


@probe(
    visible=[Case(T=4, N=2, D=3, H=2), Case(T=3, N=4, D=2, H=3)],
    hidden=[Case(T=5, N=3, D=2, H=4), Case(T=4, N=2, D=5, H=3)],
    tolerance=ANY,
)
def bptt_parameters_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return bptt_inputs(rng, case, ref)


@probe(visible=SHORT_VISIBLE, hidden=SHORT_HIDDEN, tolerance=ANY)
def bptt_leaves_its_inputs_alone(rng: Rng, case: Case, ref: Any) -> Inputs:
    return bptt_inputs(rng, case, ref)


@probe(
    visible=[Case(T=4, N=3, D=2, H=3), Case(T=3, N=2, D=3, H=4)],
    hidden=[Case(T=4, N=2, D=5, H=3), Case(T=3, N=4, D=3, H=2)],
    tolerance=ANY,
)
def lstm_backward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return bptt_inputs(rng, case, ref)


@probe(visible=[Case(D=3, H=2), Case(D=2, H=4)], hidden=[Case(D=5, H=3), Case(D=4, H=5)], tolerance=ANY)
def to_torch_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return weights(rng, case)
