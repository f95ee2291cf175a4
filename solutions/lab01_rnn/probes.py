"""How the inputs of each check of lab 1 are drawn.

Sizes differ from each other and between visible and hidden cases; states and biases are never zero, unless
a comment says why.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.authoring import ANY, EXACT, Case, Inputs, Rng, Tolerance, away_from_zero, probe

SHAPES_VISIBLE = [Case(shape=(7,)), Case(shape=(3, 4), label="two axes")]
SHAPES_HIDDEN = [Case(shape=(9,)), Case(shape=(2, 3, 4), label="three axes")]
SCORES_VISIBLE = [
    Case(shape=(4, 3)),
    Case(shape=(5,), label="one axis"),
    Case(shape=(2, 4, 3), label="three axes"),
]
SCORES_HIDDEN = [
    Case(shape=(3, 6)),
    Case(shape=(7,), label="one axis"),
    Case(shape=(3, 2, 5), label="three axes"),
]
STEP_VISIBLE = [Case(N=3, D=2, H=4), Case(N=2, D=5, H=3)]
STEP_HIDDEN = [Case(N=4, D=3, H=5), Case(N=5, D=4, H=2)]
SEQUENCE_VISIBLE = [Case(T=4, N=3, D=2, H=5, K=6), Case(T=5, N=2, D=4, H=3, K=7)]
SEQUENCE_HIDDEN = [Case(T=6, N=4, D=3, H=2, K=5), Case(T=3, N=5, D=2, H=4, K=6)]
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
    """W, U and b that move every unit and saturate none."""
    W = rng.normal(size=(case.D, case.H)) / np.sqrt(case.D)
    U = rng.normal(size=(case.H, case.H)) / np.sqrt(case.H)
    return {"W": W, "U": U, "b": away_from_zero(rng, case.H, low=0.3, high=1.0)}


def output_weights(rng: Rng, case: Case) -> dict[str, Any]:
    """V and b_y."""
    V = rng.normal(size=(case.H, case.K)) / np.sqrt(case.H)
    return {"V": V, "b_y": away_from_zero(rng, case.K, low=0.3, high=1.0)}


def states(rng: Rng, case: Case) -> Any:
    """Entries between 0.3 and 0.95, of either sign: what tanh gives out."""
    return away_from_zero(rng, case.N, case.H, low=0.3, high=0.95)


def sequence_inputs(rng: Rng, case: Case) -> dict[str, Any]:
    """Everything that rnn_sequence takes. A case may keep its input the same over time."""
    x = away_from_zero(rng, case.T, case.N, case.D, low=0.2, high=1.5)
    if getattr(case, "steady", False):
        x[:] = x[0]
    return {"x": x, "h0": states(rng, case), **weights(rng, case)}


# --- curves


@probe(visible=SHAPES_VISIBLE, hidden=SHAPES_HIDDEN, tolerance=ANY)
def sigmoid_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"a": away_from_zero(rng, *case.shape, low=0.2, high=5.0)}


@probe(
    visible=[Case(size=4, sign=-1.0, label="far below zero"), Case(size=5, sign=1.0, label="far above zero")],
    hidden=[Case(size=6, sign=-1.0, label="far below zero"), Case(size=7, sign=1.0, label="far above zero")],
    tolerance=ANY,
)
def sigmoid_survives_extremes(rng: Rng, case: Case, ref: Any) -> Inputs:
    # a moderate number among them, or zeros would be an answer
    return {"a": case.sign * np.append(rng.uniform(800.0, 2000.0, case.size), rng.uniform(15.0, 16.0))}


@probe(visible=SHAPES_VISIBLE, hidden=SHAPES_HIDDEN, tolerance=ANY)
def relu_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # both signs for certain, and numbers on either side of 1 and of 6, where variants of the ReLU are cut off
    a = away_from_zero(rng, *case.shape, low=0.2, high=0.9)
    a.flat[:4] = [-2.0, rng.uniform(1.5, 4.0), rng.uniform(7.0, 9.0), -rng.uniform(0.2, 0.9)]
    return {"a": a}


@probe(visible=SHAPES_VISIBLE, hidden=SHAPES_HIDDEN, tolerance=ANY)
def slope_of_sigmoid_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"s": rng.uniform(0.05, 0.95, case.shape)}


@probe(visible=SHAPES_VISIBLE, hidden=SHAPES_HIDDEN, tolerance=ANY)
def slope_of_tanh_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"s": away_from_zero(rng, *case.shape, low=0.1, high=0.95)}


@probe(visible=SHAPES_VISIBLE, hidden=SHAPES_HIDDEN, tolerance=ANY)
def slope_of_relu_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    s = rng.uniform(0.2, 3.0, case.shape)
    s.flat[rng.choice(s.size, 3, replace=False)] = 0.0
    s.flat[np.flatnonzero(s.ravel())[:1]] = rng.uniform(1e-6, 2e-6)  # small, yet above zero
    return {"s": s}


# --- softmax and cross-entropy


@probe(visible=SCORES_VISIBLE, hidden=SCORES_HIDDEN, tolerance=ANY)
def softmax_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"y": rng.normal(scale=1.5, size=case.shape)}


@probe(
    visible=[
        Case(shape=(4, 3), label="high and low rows together"),
        Case(shape=(1, 4), label="one row, far below zero"),
        Case(shape=(1, 5), apart=True, label="scores far apart"),
    ],
    hidden=[
        Case(shape=(3, 5), label="high and low rows together"),
        Case(shape=(1, 6), label="one row, far below zero"),
        Case(shape=(1, 4), apart=True, label="scores far apart"),
    ],
    tolerance=ANY,
)
def softmax_survives_extremes(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"y": extreme_scores(rng, case)}


def extreme_scores(rng: Rng, case: Case) -> Any:
    """Scores that overflow or vanish. Each kind tells other ways to be careless apart.

    The first of several rows lies near +1000, all others near -1000. Scores far apart lie near +500, but
    for the first, near -500: no single exponential of these overflows.
    """
    y = rng.normal(size=case.shape)
    if getattr(case, "apart", False):
        y += 500.0
        y[:, 0] -= 1000.0
        return y
    shift = rng.uniform(900.0, 1100.0)
    y -= shift
    if len(y) > 1:
        y[0] += 2 * shift
    return y


def chosen(rng: Rng, shape: tuple[int, ...]) -> Any:
    """A right class for each row, not the same for all."""
    *rows, K = shape
    targets = rng.integers(0, K, rows)
    targets.flat[:3] = rng.permutation(K)[:3]
    return targets


@probe(
    visible=[Case(shape=(4, 3)), Case(shape=(2, 4, 5), label="many steps")],
    hidden=[Case(shape=(5, 4)), Case(shape=(3, 4, 6), label="many steps")],
    tolerance=ANY,
)
def cross_entropy_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"y": rng.normal(scale=1.5, size=case.shape), "targets": chosen(rng, case.shape)}


@probe(
    visible=[
        Case(shape=(4, 3), label="high and low rows together"),
        Case(shape=(1, 4), label="one row, far below zero"),
        Case(shape=(1, 5), apart=True, label="sure, and wrong"),
    ],
    hidden=[
        Case(shape=(3, 5), label="high and low rows together"),
        Case(shape=(1, 6), label="one row, far below zero"),
        Case(shape=(1, 4), apart=True, label="sure, and wrong"),
    ],
    tolerance=ANY,
)
def cross_entropy_survives_extremes(rng: Rng, case: Case, ref: Any) -> Inputs:
    # where scores lie far apart, the target is the first, the low one
    y = extreme_scores(rng, case)
    if getattr(case, "apart", False):
        return {"y": y, "targets": np.zeros(1, dtype=np.int64)}
    return {"y": y, "targets": rng.integers(0, y.shape[1], len(y))}


# --- the recurrent step and its loop


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def rnn_step_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    x = away_from_zero(rng, case.N, case.D, low=0.2, high=1.5)
    return {"x": x, "h_prev": states(rng, case), **weights(rng, case)}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def rnn_step_when_saturated_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # Each of the three terms alone would saturate every unit, with the same sign, and the first is the
    # largest: a term dropped or transposed is not paid for here once more.
    sign = rng.permutation(np.resize([-1.0, 1.0], case.H))
    W = sign * rng.uniform(3000.0, 4000.0, (case.D, case.H))
    U = sign * rng.uniform(100.0, 200.0, (case.H, case.H))
    x, h_prev = rng.uniform(0.9, 1.1, (case.N, case.D)), rng.uniform(0.5, 0.9, (case.N, case.H))
    return {"x": x, "h_prev": h_prev, "W": W, "U": U, "b": sign * rng.uniform(800.0, 900.0, case.H)}


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def rnn_sequence_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return sequence_inputs(rng, case)


@probe(visible=SHORT_VISIBLE, hidden=SHORT_HIDDEN, tolerance=Tolerance(rtol=1e-11, atol=0.0))
def rnn_sequence_of_one_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return sequence_inputs(rng, case)


@probe(
    visible=[Case(shape=(3, 4), K=2), Case(shape=(4, 2, 3), K=5, label="many steps")],
    hidden=[Case(shape=(4, 2), K=3), Case(shape=(3, 4, 5), K=2, label="many steps")],
    tolerance=ANY,
)
def output_layer_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    h = away_from_zero(rng, *case.shape, low=0.3, high=0.95)
    return {"h": h, **output_weights(rng, Case(H=case.shape[-1], K=case.K))}


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def jordan_sequence_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    inputs = sequence_inputs(rng, case)
    inputs["U"] = rng.normal(size=(case.K, case.H))
    p0 = rng.dirichlet(np.ones(case.K), case.N)
    del inputs["h0"]
    return {**inputs, "p0": p0, **output_weights(rng, case)}


# --- unequal lengths

LENGTHS_VISIBLE = [
    Case(lengths=(3, 5, 1), D=2, H=4),
    Case(lengths=(4, 2, 6, 5), D=3, H=2, label="the longest is not the first"),
]
LENGTHS_HIDDEN = [
    Case(lengths=(2, 1, 6), D=4, H=5),
    Case(lengths=(3, 7, 2, 6, 4), D=2, H=3, label="the longest is not the first"),
]
# A sequence of length 0 keeps its h0.
RUN_VISIBLE = [Case(lengths=(3, 5, 1), D=2, H=4), Case(lengths=(4, 0, 6, 2), D=3, H=5, label="one is empty")]
RUN_HIDDEN = [
    Case(lengths=(2, 1, 6), D=4, H=5),
    Case(lengths=(3, 7, 0, 5, 4), D=2, H=3, label="one is empty"),
]


@probe(
    visible=[*LENGTHS_VISIBLE, Case(lengths=(3,), D=2, label="a batch of one")],
    hidden=[*LENGTHS_HIDDEN, Case(lengths=(4,), D=3, label="a batch of one")],
    tolerance=ANY,
)
def pad_sequences_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"sequences": [away_from_zero(rng, T, case.D, low=0.3, high=1.5) for T in case.lengths]}


@probe(visible=LENGTHS_VISIBLE, hidden=LENGTHS_HIDDEN, tolerance=ANY)
def last_states_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    shape = (max(case.lengths), len(case.lengths), case.H)
    return {"hs": away_from_zero(rng, *shape, low=0.3, high=0.95), "lengths": np.array(case.lengths)}


@probe(visible=RUN_VISIBLE, hidden=RUN_HIDDEN, tolerance=ANY)
def padded_sequence_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    case = Case(T=max(case.lengths), N=len(case.lengths), D=case.D, H=case.H, lengths=case.lengths)
    return {**sequence_inputs(rng, case), "lengths": np.array(case.lengths)}


@probe(
    visible=[Case(lengths=(3, 5, 2), D=2, H=4), Case(lengths=(6, 2, 4, 3), D=3, H=2)],
    hidden=[Case(lengths=(2, 3, 6), D=4, H=5), Case(lengths=(3, 7, 2, 4, 5), D=2, H=3)],
    tolerance=ANY,
)
def padded_sequence_never_sees_its_padding(rng: Rng, case: Case, ref: Any) -> Inputs:
    # The input is steady, also beyond the end, but for one NaN there: a state that is frozen early, late or
    # never is paid for in the check above; here only whether a NaN gets in and stays.
    T, N = max(case.lengths), len(case.lengths)
    inputs = sequence_inputs(rng, Case(T=T, N=N, D=case.D, H=case.H, steady=True))
    for n, length in enumerate(case.lengths):
        if length + 2 < T:
            inputs["x"][length + 1, n] = np.nan
    return {**inputs, "lengths": np.array(case.lengths)}


# --- the four shapes


def problem(rng: Rng, case: Case) -> dict[str, Any]:
    """States, and all parameters in one dict."""
    return {"h0": states(rng, case), "params": {**weights(rng, case), **output_weights(rng, case)}}


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def one_to_one_and_many_to_many_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"x": sequence_inputs(rng, case)["x"], **problem(rng, case)}


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def one_to_many_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    x = away_from_zero(rng, case.N, case.D, low=0.2, high=1.5)
    return {"x": x, **problem(rng, case), "steps": case.T}


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def many_to_one_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"x": sequence_inputs(rng, case)["x"], **problem(rng, case)}


# --- sampling


@probe(
    visible=[Case(shape=(5,), hot=False, label="cold"), Case(shape=(4, 3), hot=True, label="hot")],
    hidden=[Case(shape=(6,), hot=True, label="hot"), Case(shape=(3, 7), hot=False, label="cold")],
    tolerance=ANY,
)
def token_probabilities_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    temperature = rng.uniform(2.0, 4.0) if case.hot else rng.uniform(0.2, 0.6)
    return {"y": away_from_zero(rng, *case.shape, low=0.3, high=2.0), "temperature": float(temperature)}


@probe(
    visible=[Case(K=4, count=12), Case(K=6, count=15)],
    hidden=[Case(K=5, count=18), Case(K=7, count=21)],
    tolerance=EXACT,
)
def draw_token_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # One number in the middle of every token's piece, in some order, and the rest anywhere but at a seam.
    p = rng.dirichlet(np.full(case.K, 20.0))
    ends = np.cumsum(p)
    piece = rng.permutation(np.resize(np.arange(case.K), case.count))
    return {"p": p, "u": ends[piece] - p[piece] * rng.uniform(0.1, 0.9, case.count)}


@probe(
    visible=[Case(K=5, first=1, short=1e-9), Case(K=6, first=2, short=1e-12)],
    hidden=[Case(K=7, first=3, short=1e-10), Case(K=8, first=2, short=1e-11)],
    tolerance=EXACT,
)
def draw_token_at_the_edges_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # The first tokens are impossible, then come a quarter, an eighth and the rest, which falls short of 1.
    # The seams are exact in binary.
    rest = rng.dirichlet(np.full(case.K - case.first - 2, 20.0)) * (0.625 - case.short)
    p = np.concatenate([np.zeros(case.first), [0.25, 0.125], rest])
    return {"p": p, "u": np.array([0.0, 0.25, 0.375, 1.0 - case.short / 4])}


@probe(
    visible=[Case(K=7, H=3, count=12), Case(K=5, H=4, count=9)],
    hidden=[Case(K=8, H=3, count=14), Case(K=6, H=5, count=11)],
    tolerance=EXACT,
)
def generate_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {
        "seed": int(rng.integers(1_000_000)),
        "first": int(rng.integers(1, case.K)),
        "count": case.count,
        "h0": away_from_zero(rng, 1, case.H, low=0.3, high=0.95),
        "K": case.K,
        "temperature": float(rng.uniform(1.5, 3.0)),
        "G": rng.normal(size=(case.K, case.H)),
    }


@probe(
    visible=[Case(lengths=(3, 5, 2), H=4, K=6), Case(lengths=(4, 2, 6, 3), H=3, K=5)],
    hidden=[Case(lengths=(2, 6, 4), H=5, K=7), Case(lengths=(3, 5, 2, 4), H=2, K=6)],
    tolerance=ANY,
)
def everything_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # what goes out comes in again, so D is K
    N, K = len(case.lengths), case.K
    sizes = Case(N=N, D=K, H=case.H, K=K)
    return {
        "sequences": [away_from_zero(rng, T, K, low=0.3, high=1.5) for T in case.lengths],
        "p0": rng.dirichlet(np.ones(K), N),
        **problem(rng, sizes),
        "J": rng.normal(size=(K, case.H)),
        "temperature": float(rng.uniform(1.5, 3.0)),
        "seed": int(rng.integers(1_000_000)),
    }
