"""How the inputs of each check of lab 6 are drawn.

A case fixes the lengths of its sentences. Sizes differ from each other and between visible and hidden cases;
states, biases, padding and upstream gradients are never zero, unless a comment says why.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from autograder.authoring import ANY, EXACT, Case, Inputs, Rng, away_from_zero, probe

# One sentence is as long as the batch, and one has a single word, except where a comment says why not.
LAYER_VISIBLE = [
    Case(lengths=(6, 3, 1), D=2, H=4),
    Case(lengths=(2, 5, 0), D=4, H=2, label="an empty sentence"),
]
LAYER_HIDDEN = [
    Case(lengths=(3, 7, 5, 1), D=3, H=2),
    Case(lengths=(4, 6, 0), D=5, H=4, label="an empty sentence"),
]
STEP_VISIBLE = [Case(N=4, D=2, H=3), Case(N=3, D=5, H=2)]
STEP_HIDDEN = [Case(N=5, D=3, H=4), Case(N=4, D=2, H=5)]
WORDS_VISIBLE = [Case(lengths=(5, 2, 4), K=4), Case(lengths=(3, 6), K=5)]
WORDS_HIDDEN = [Case(lengths=(2, 7, 5, 3), K=3), Case(lengths=(4, 1, 3), K=6)]


def mask_of(lengths: tuple[int, ...], T: int | None = None) -> Any:
    """The mask (T, N) of sentences with these lengths; T is the longest unless given."""
    return np.arange(T or max(lengths))[:, None] < np.array(lengths)


def layer_params(rng: Rng, D: int, H: int) -> dict[str, Any]:
    """W, U, b and h0 that move every unit and saturate none."""
    return {
        "W": away_from_zero(rng, D, H) / np.sqrt(D),
        "U": away_from_zero(rng, H, H) / np.sqrt(H),
        "b": away_from_zero(rng, H, low=0.2, high=0.6),
        "h0": away_from_zero(rng, H, low=0.3, high=0.9),
    }


def both_params(rng: Rng, D: int, H: int) -> dict[str, Any]:
    return {"forward": layer_params(rng, D, H), "backward": layer_params(rng, D, H)}


def layer_inputs(rng: Rng, case: Case) -> dict[str, Any]:
    """Everything that rnn_layer takes."""
    mask = mask_of(case.lengths)
    x = away_from_zero(rng, *mask.shape, case.D)
    return {"x": x, "mask": mask, "params": layer_params(rng, case.D, case.H)}


def some_running(rng: Rng, N: int) -> Any:
    """Some sentences run and some are over, at least one of each."""
    return rng.permutation(N) < (N + 1) // 2


def step_inputs(rng: Rng, case: Case) -> dict[str, Any]:
    """Everything that masked_step takes, some of its sentences over."""
    params = layer_params(rng, case.D, case.H)
    del params["h0"]
    return {
        "x": away_from_zero(rng, case.N, case.D),
        "h_prev": away_from_zero(rng, case.N, case.H, low=0.2, high=0.9),
        "running": some_running(rng, case.N),
        "params": params,
    }


@probe(
    visible=[Case(lengths=(3, 1, 4), pad=0), Case(lengths=(2, 5), pad=9, label="padding 9")],
    hidden=[Case(lengths=(4, 6, 1, 3), pad=0), Case(lengths=(5, 2, 3), pad=-1, label="padding -1")],
    tolerance=EXACT,
)
def pad_batch_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # words from 10 up: whether a word may have the padding's number has a check of its own
    sentences = [[int(word) for word in rng.integers(10, 60, length)] for length in case.lengths]
    return {"sentences": sentences, "pad": case.pad}


@probe(
    visible=[Case(lengths=(4, 4, 0), pad=0), Case(lengths=(0, 3), pad=2, label="padding 2")],
    hidden=[Case(lengths=(5, 0, 5, 5), pad=0), Case(lengths=(0, 4, 4), pad=7, label="padding 7")],
    tolerance=EXACT,
)
def pad_batch_knows_words_from_padding(rng: Rng, case: Case, ref: Any) -> Inputs:
    sentences = [[int(word) for word in rng.integers(0, 9, length)] for length in case.lengths]
    for sentence in filter(None, sentences):
        sentence[int(rng.integers(len(sentence)))] = case.pad
    return {"sentences": sentences, "pad": case.pad}


@probe(
    visible=[Case(T=4, N=3, V=6, D=2), Case(T=2, N=4, V=5, D=3)],
    hidden=[Case(T=5, N=2, V=7, D=3), Case(T=3, N=5, V=6, D=4)],
    tolerance=ANY,
)
def embed_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {
        "tokens": rng.integers(0, case.V, (case.T, case.N)),
        "emb": rng.normal(size=(case.V, case.D)),
    }


@probe(
    visible=[Case(T=4, N=3, V=7, D=2), Case(T=2, N=5, V=6, D=3)],
    hidden=[Case(T=5, N=2, V=8, D=3), Case(T=3, N=4, V=7, D=5)],
    tolerance=ANY,
)
def embed_backward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # words 1 to V - 2 only, the first of them three times: the first and the last row must come out as zeros
    tokens = rng.integers(1, case.V - 1, case.T * case.N)
    tokens[rng.permutation(tokens.size)[:3]] = 1
    tokens = tokens.reshape(case.T, case.N)
    dx = away_from_zero(rng, case.T, case.N, case.D)
    return {"dx": dx, "tokens": tokens, "mask": np.ones(tokens.shape, dtype=bool), "V": case.V}


@probe(
    visible=[Case(lengths=(3, 1), V=9, D=2, nan=False), Case(lengths=(2, 4, 1), V=13, D=3, nan=True)],
    hidden=[Case(lengths=(4, 2), V=10, D=3, nan=False), Case(lengths=(1, 3, 4), V=14, D=2, nan=True)],
    tolerance=ANY,
)
def embed_backward_skips_padding(rng: Rng, case: Case, ref: Any) -> Inputs:
    # each word once, so that a slip with repeated words is not paid for here as well; word 0 is among them
    mask = mask_of(case.lengths)
    tokens = np.zeros(mask.shape, dtype=np.int64)
    words = 1 + rng.permutation(case.V - 1)[: mask.sum()]
    words[int(rng.integers(len(words)))] = 0
    tokens[mask] = words
    dx = away_from_zero(rng, *mask.shape, case.D)
    if case.nan:
        dx[~mask] = np.nan
    return {"dx": dx, "tokens": tokens, "mask": mask, "V": case.V}


@probe(
    visible=[
        Case(lengths=(5, 3, 1), T=5, D=2),
        Case(lengths=(2, 4), T=6, D=3, label="padding below every sentence"),
    ],
    hidden=[
        Case(lengths=(4, 7, 2, 5), T=7, D=3),
        Case(lengths=(3, 5, 2), T=7, D=2, label="padding below every sentence"),
    ],
    tolerance=ANY,
)
def reverse_padded_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    mask = mask_of(case.lengths, case.T)
    return {"x": away_from_zero(rng, *mask.shape, case.D), "mask": mask}


@probe(
    visible=[Case(lengths=(4, 0, 1, 3)), Case(lengths=(1, 5, 0))],
    hidden=[Case(lengths=(0, 6, 1)), Case(lengths=(3, 1, 5, 0, 4))],
    tolerance=EXACT,
)
def reverse_padded_tokens_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    mask = mask_of(case.lengths)
    tokens = 1 + rng.permutation(mask.size).reshape(mask.shape)
    return {"tokens": tokens, "mask": mask}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def masked_step_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**step_inputs(rng, case), "running": np.ones(case.N, dtype=bool)}


@probe(
    visible=[Case(N=4, D=2, H=3, nan=False), Case(N=3, D=5, H=2, nan=True, label="NaN in the padding")],
    hidden=[Case(N=5, D=3, H=4, nan=False), Case(N=4, D=2, H=5, nan=True, label="NaN in the padding")],
    tolerance=ANY,
)
def masked_step_freezes(rng: Rng, case: Case, ref: Any) -> Inputs:
    inputs = step_inputs(rng, case)
    if case.nan:
        inputs["x"][~inputs["running"]] = np.nan
    return inputs


@probe(visible=LAYER_VISIBLE, hidden=LAYER_HIDDEN, tolerance=ANY)
def rnn_layer_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return layer_inputs(rng, case)


@probe(
    visible=[
        Case(lengths=(1, 1, 1), D=2, H=4, label="one step"),
        Case(lengths=(4,), D=3, H=2, label="one sentence"),
    ],
    hidden=[
        Case(lengths=(1, 1), D=4, H=3, label="one step"),
        Case(lengths=(5,), D=2, H=3, label="one sentence"),
    ],
    tolerance=ANY,
)
def rnn_layer_cache_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # the input is steady, so that a slip in the order of time is not paid for here once more
    inputs = layer_inputs(rng, case)
    inputs["x"][:] = inputs["x"][0]
    return inputs


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def tanh_backward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {
        "dh": away_from_zero(rng, case.N, case.H),
        "h": away_from_zero(rng, case.N, case.H, low=0.2, high=0.9),
        "running": some_running(rng, case.N),
    }


def step_backward_inputs(rng: Rng, case: Case) -> Inputs:
    """A da that is zero where a sentence is over, as it should be, and drawn freely elsewhere."""
    inputs = step_inputs(rng, case)
    h = np.where(
        inputs["running"][:, None],
        away_from_zero(rng, case.N, case.H, low=0.2, high=0.9),
        inputs["h_prev"],
    )
    da = away_from_zero(rng, case.N, case.H) * inputs["running"][:, None]
    return {**inputs, "h": h, "dh": away_from_zero(rng, case.N, case.H), "da": da}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def step_backward_inputs_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return step_backward_inputs(rng, case)


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def step_backward_parameters_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return step_backward_inputs(rng, case)


def bptt_inputs(rng: Rng, case: Case, ref: Any) -> Inputs:
    """Upstream gradients at every place, padding too, and the reference's cache."""
    hs, cache = ref.rnn_layer(**layer_inputs(rng, case))
    return {"dhs": away_from_zero(rng, *hs.shape), "cache": dict(cache)}


@probe(
    visible=[*LAYER_VISIBLE, Case(lengths=(1, 1, 1), D=2, H=4, label="one step")],
    hidden=[*LAYER_HIDDEN, Case(lengths=(1, 1), D=4, H=3, label="one step")],
    tolerance=ANY,
)
def layer_backward_states_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return bptt_inputs(rng, case, ref)


@probe(
    visible=[*LAYER_VISIBLE, Case(lengths=(1, 1, 1), D=2, H=4, label="one step")],
    hidden=[*LAYER_HIDDEN, Case(lengths=(1, 1), D=4, H=3, label="one step")],
    tolerance=ANY,
)
def layer_backward_parameters_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return bptt_inputs(rng, case, ref)


@probe(visible=LAYER_VISIBLE, hidden=LAYER_HIDDEN, tolerance=ANY)
def bidirectional_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**layer_inputs(rng, case), "params": both_params(rng, case.D, case.H)}


@probe(visible=LAYER_VISIBLE, hidden=LAYER_HIDDEN, tolerance=ANY)
def bidirectional_backward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    inputs = layer_inputs(rng, case)
    params = both_params(rng, case.D, case.H)
    caches = {way: {"params": params[way]} for way in ("forward", "backward")}
    dys = away_from_zero(rng, *inputs["mask"].shape, 2 * case.H)
    return {"dys": dys, "cache": {**caches, "mask": inputs["mask"]}}


# a stack of equal sizes among them, where a slip in the order of levels raises nothing
STACK_VISIBLE = [Case(lengths=(4, 2, 3), sizes=(2, 5, 6)), Case(lengths=(2, 5), sizes=(4, 4, 4, 4))]
STACK_HIDDEN = [Case(lengths=(3, 6, 1, 2), sizes=(5, 5, 5, 5)), Case(lengths=(4, 3), sizes=(3, 5, 6))]


def stack_params(rng: Rng, sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    return [{key: layer_params(rng, D, H)[key] for key in "Wb"} for D, H in pairwise(sizes)]


@probe(visible=STACK_VISIBLE, hidden=STACK_HIDDEN, tolerance=ANY)
def stack_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    mask = mask_of(case.lengths)
    x = away_from_zero(rng, *mask.shape, case.sizes[0])
    return {"x": x, "mask": mask, "params": stack_params(rng, case.sizes)}


@probe(visible=STACK_VISIBLE, hidden=STACK_HIDDEN, tolerance=ANY)
def stack_backward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    caches = [{"W": p["W"], "b": float(p["b"][0])} for p in stack_params(rng, case.sizes)]
    dys = away_from_zero(rng, *mask_of(case.lengths).shape, case.sizes[-1])
    return {"dys": dys, "caches": caches}


def outputs(rng: Rng, case: Case) -> dict[str, Any]:
    """Outputs of two directions, with NaN or large numbers in the padding.

    Some columns are negative throughout, so that a maximum over zeros would show.
    """
    mask = mask_of(case.lengths)
    ys = rng.normal(size=(*mask.shape, 2 * case.H))
    ys[:, :, ::3] = -np.abs(ys[:, :, ::3]) - 0.2
    ys[~mask] = np.nan if case.nan else rng.uniform(5.0, 9.0, ys[~mask].shape)
    return {"ys": ys, "mask": mask}


POOL_VISIBLE = [
    Case(lengths=(5, 3, 1), H=2, nan=False),
    Case(lengths=(2, 4), H=3, nan=False),
    Case(lengths=(4, 2), H=3, nan=True, label="NaN in the padding"),
]
POOL_HIDDEN = [
    Case(lengths=(4, 6, 1, 3), H=3, nan=False),
    Case(lengths=(5, 2), H=4, nan=False),
    Case(lengths=(3, 5, 2), H=2, nan=True, label="NaN in the padding"),
]


@probe(visible=POOL_VISIBLE, hidden=POOL_HIDDEN, tolerance=ANY)
def pool_mean_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return outputs(rng, case)


@probe(visible=POOL_VISIBLE, hidden=POOL_HIDDEN, tolerance=ANY)
def pool_max_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return outputs(rng, case)


@probe(visible=POOL_VISIBLE, hidden=POOL_HIDDEN, tolerance=ANY)
def pool_ends_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return outputs(rng, case)


@probe(
    visible=[Case(T=3, N=2, K=4), Case(T=2, N=4, K=3)],
    hidden=[Case(T=4, N=3, K=5), Case(T=2, N=3, K=6)],
    tolerance=ANY,
)
def log_softmax_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"y": rng.normal(scale=2.0, size=(case.T, case.N, case.K))}


ABOVE, BELOW = "far above zero", "far below zero"


@probe(
    visible=[Case(T=2, N=3, K=4, sign=1.0, label=ABOVE), Case(T=3, N=2, K=5, sign=-1.0, label=BELOW)],
    hidden=[Case(T=3, N=4, K=5, sign=1.0, label=ABOVE), Case(T=2, N=4, K=3, sign=-1.0, label=BELOW)],
    tolerance=ANY,
)
def log_softmax_survives_extremes(rng: Rng, case: Case, ref: Any) -> Inputs:
    # every word at a level of its own, and one class far below the rest: no shift but a word's own maximum is safe
    levels = 1000.0 + 2000.0 * rng.permutation(case.T * case.N).reshape(case.T, case.N, 1)
    y = case.sign * levels + rng.normal(size=(case.T, case.N, case.K))
    y[:, :, int(rng.integers(case.K))] -= 5000.0
    return {"y": y}


def scored(rng: Rng, case: Case, outside: int) -> Inputs:
    """Log-probabilities, right classes and a mask; the padding's scores are anything, its targets `outside`."""
    mask = mask_of(case.lengths)
    log_p = np.log(rng.dirichlet(2.0 * np.ones(case.K), mask.shape))
    targets = rng.integers(0, case.K, mask.shape)
    targets[~mask] = outside
    return {"log_p": log_p, "targets": targets, "mask": mask}


@probe(visible=WORDS_VISIBLE, hidden=WORDS_HIDDEN, tolerance=ANY)
def masked_loss_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return scored(rng, case, outside=-1)


@probe(visible=WORDS_VISIBLE, hidden=WORDS_HIDDEN, tolerance=ANY)
def masked_loss_backward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return scored(rng, case, outside=-1)


@probe(
    visible=[Case(lengths=(5, 3, 1), V=8, D=2, H=3, K=4), Case(lengths=(2, 4), V=7, D=3, H=2, K=5)],
    hidden=[Case(lengths=(3, 6, 2, 4), V=9, D=3, H=2, K=5), Case(lengths=(5, 2), V=6, D=2, H=4, K=3)],
    tolerance=ANY,
)
def tagger_gradients_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    mask = mask_of(case.lengths)
    params = {
        "emb": away_from_zero(rng, case.V, case.D),
        "layers": [both_params(rng, case.D, case.H), both_params(rng, 2 * case.H, case.H)],
        "V": rng.normal(size=(2 * case.H, case.K)),
        "b_y": rng.normal(size=case.K),
    }
    tokens = np.where(mask, rng.integers(0, case.V, mask.shape), 0)
    targets = np.where(mask, rng.integers(0, case.K, mask.shape), -1)
    return {"tokens": tokens, "mask": mask, "targets": targets, "params": params}
