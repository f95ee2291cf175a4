"""How the inputs of each check of lab 5 are drawn.

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
LONG_VISIBLE = [Case(T=7, N=2, D=3, H=4), Case(T=3, N=4, D=2, H=3)]
LONG_HIDDEN = [Case(T=8, N=3, D=2, H=4), Case(T=4, N=2, D=5, H=3)]
# The input is steady, so that only the shape is tested: a slip in the order of time has its own check.
SHORT_VISIBLE = [
    Case(T=1, N=3, D=2, H=4, label="one step"),
    Case(T=4, N=1, D=3, H=2, steady=True, label="a batch of one"),
]
SHORT_HIDDEN = [
    Case(T=1, N=4, D=5, H=3, label="one step"),
    Case(T=5, N=1, D=2, H=3, steady=True, label="a batch of one"),
]
BOTH_FORMS_VISIBLE = [
    Case(T=4, N=3, D=2, H=5, b_u=True, label="reset after the product"),
    Case(T=3, N=2, D=4, H=3, b_u=False, label="reset before it: no b_u"),
]
BOTH_FORMS_HIDDEN = [
    Case(T=5, N=4, D=3, H=2, b_u=True, label="reset after the product"),
    Case(T=4, N=5, D=2, H=4, b_u=False, label="reset before it: no b_u"),
]


def weights(rng: Rng, case: Case) -> dict[str, Any]:
    """Parameters that move both gates and saturate none; without b_u where the case says so."""
    D, H = case.D, case.H
    W = rng.normal(size=(D, 3 * H)) / np.sqrt(D)
    U = rng.normal(size=(H, 3 * H)) / np.sqrt(H)
    params = {"W": W, "U": U, "b": away_from_zero(rng, 3 * H, low=0.3, high=1.0)}
    if getattr(case, "b_u", True):
        params["b_u"] = away_from_zero(rng, H, low=0.3, high=1.0)
    return params


def states(rng: Rng, case: Case, *names: str) -> dict[str, Any]:
    """Arrays (N, H) between 0.3 and 1.5, of either sign."""
    return {name: away_from_zero(rng, case.N, case.H, low=0.3, high=1.5) for name in names}


def gate(rng: Rng, case: Case) -> Any:
    """A gate (N, H), open in part."""
    return rng.uniform(0.15, 0.85, (case.N, case.H))


def step_inputs(rng: Rng, case: Case) -> dict[str, Any]:
    """Everything that gru_step takes."""
    x = rng.normal(size=(case.N, case.D))
    return {"x": x, **states(rng, case, "h_prev"), "params": weights(rng, case)}


def inside(rng: Rng, case: Case) -> dict[str, Any]:
    """What a step makes on its way: gates, candidate, and what r or U multiplies, all drawn freely."""
    n = away_from_zero(rng, case.N, case.H, low=0.2, high=0.9)
    return {"r": gate(rng, case), "z": gate(rng, case), "n": n, **states(rng, case, "q")}


def sequence_inputs(rng: Rng, case: Case) -> dict[str, Any]:
    """Everything that gru_sequence takes. A case may keep its input the same over time."""
    x = rng.normal(size=(case.T, case.N, case.D))
    if getattr(case, "steady", False):
        x[:] = x[0]
    return {"x": x, **states(rng, case, "h0"), "params": weights(rng, case)}


def step_cache(rng: Rng, case: Case, ref: Any, candidate: Any = None) -> dict[str, Any]:
    """The reference's cache of one step."""
    _, cache = ref.gru_step(**step_inputs(rng, case), candidate=candidate)
    return dict(cache)


def upstream(rng: Rng, case: Case) -> dict[str, Any]:
    """A gradient of every state, and a further one of the last."""
    dhs = away_from_zero(rng, case.T, case.N, case.H, low=0.3, high=1.5)
    return {"dhs": dhs, **states(rng, case, "dh_last")}


def free_caches(rng: Rng, case: Case) -> list[dict[str, Any]]:
    """Caches as gru_sequence gives them, with everything inside drawn freely; one set of parameters.

    The candidate is positive, so that its mean, a factor in a check, stays away from zero.
    """
    inputs = sequence_inputs(rng, case)
    params = inputs["params"]
    caches = [
        {"x": x, **states(rng, case, "h_prev"), **inside(rng, case), "params": params} for x in inputs["x"]
    ]
    return [{**cache, "n": np.abs(cache["n"])} for cache in caches]


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def gru_gates_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return step_inputs(rng, case)


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def candidate_after_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**step_inputs(rng, case), "r": gate(rng, case)}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def candidate_before_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    inputs = {**step_inputs(rng, case), "r": gate(rng, case)}
    del inputs["params"]["b_u"]
    return inputs


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def gru_step_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    drawn = inside(rng, case)
    return {**step_inputs(rng, case), "z": drawn["z"], "n": drawn["n"]}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def gru_step_cache_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**step_inputs(rng, case), **inside(rng, case)}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=Tolerance(rtol=1e-11, atol=0.0))
def gru_step_leaves_its_inputs_alone(rng: Rng, case: Case, ref: Any) -> Inputs:
    # A half-open gate: whichever side it stands on, h is the same, so only precision and untouched inputs
    # are tested. The state and the candidate are tiny, so that a curve over the mixture would not show.
    half = np.full((case.N, case.H), 0.5)
    tiny = {name: away_from_zero(rng, case.N, case.H, low=1e-7, high=2e-7) for name in ("h_prev", "n")}
    return {**step_inputs(rng, case), **states(rng, case, "q"), "r": half, "z": half.copy(), **tiny}


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def gru_sequence_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return sequence_inputs(rng, case)


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def gru_sequence_caches_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return sequence_inputs(rng, case)


@probe(visible=SHORT_VISIBLE, hidden=SHORT_HIDDEN, tolerance=ANY)
def gru_sequence_of_one_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return sequence_inputs(rng, case)


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def gru_forward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return sequence_inputs(rng, case)


@probe(visible=BOTH_FORMS_VISIBLE, hidden=BOTH_FORMS_HIDDEN, tolerance=ANY)
def flip_update_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"params": weights(rng, case)}


@probe(visible=SEQUENCE_VISIBLE, hidden=SEQUENCE_HIDDEN, tolerance=ANY)
def flipped_weights_give_the_same_states(rng: Rng, case: Case, ref: Any) -> Inputs:
    return sequence_inputs(rng, case)


@probe(
    visible=[Case(sign=1.0), Case(sign=-1.0, label="a negative value")],
    hidden=[Case(sign=1.0), Case(sign=-1.0, label="a negative value")],
    tolerance=ANY,
)
def counterexample_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"value": case.sign * float(rng.uniform(1.5, 4.0))}


@probe(visible=[Case(D=3, H=2), Case(D=2, H=4)], hidden=[Case(D=5, H=3), Case(D=4, H=5)], tolerance=ANY)
def from_torch_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    rows = {"weight_ih_l0": (3 * case.H, case.D), "weight_hh_l0": (3 * case.H, case.H)}
    state = {name: rng.normal(size=shape) for name, shape in rows.items()}
    biases = ("bias_ih_l0", "bias_hh_l0")
    return {
        "state": {**state, **{name: away_from_zero(rng, 3 * case.H, low=0.3, high=1.0) for name in biases}}
    }


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def mix_backward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**states(rng, case, "dh"), "cache": step_cache(rng, case, ref)}


@probe(
    visible=[*STEP_VISIBLE, Case(N=2, D=3, H=5, ends=True, label="gates fully open or shut")],
    hidden=[*STEP_HIDDEN, Case(N=3, D=2, H=5, ends=True, label="gates fully open or shut")],
    tolerance=ANY,
)
def kept_gradient_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    cache = step_cache(rng, case, ref)
    if getattr(case, "ends", False):
        cache["z"] = (rng.permutation(case.N * case.H) % 2).astype(float).reshape(case.N, case.H)
        cache["n"] = np.sign(cache["n"])
    return {**states(rng, case, "dh"), "cache": cache}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def candidate_after_backward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**states(rng, case, "da_n"), "cache": step_cache(rng, case, ref)}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def candidate_before_backward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**states(rng, case, "da_n"), "cache": step_cache(rng, case, ref, ref.candidate_before)}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def candidate_backward_with_a_shut_reset_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # Old state, candidate and what r multiplies are all 1, and U_n is twice the identity: only what a gate
    # at its end breaks shows, whatever else is mixed up.
    shape, H = (case.N, case.H), case.H
    r = (rng.permutation(case.N * H) % 2).astype(float).reshape(shape)
    cache = step_cache(rng, case, ref)
    cache["params"]["U"][:, 2 * H :] = 2.0 * np.eye(H)
    ones = {"h_prev": np.ones(shape), "n": np.ones(shape), "r": r}
    after = {**cache, **ones, "q": 2.0 * np.ones(shape)}
    before = {**cache, **ones, "q": r.copy()}
    return {**states(rng, case, "da_n"), "after": after, "before": before}


def whole_step_inputs(rng: Rng, case: Case, ref: Any) -> Inputs:
    """What mix and candidate would give, drawn freely: nothing of their own backward passes is in it."""
    mixed = list(states(rng, case, "da_n", "da_z", "dh_kept").values())
    own = {"U_n": rng.normal(size=(case.H, case.H))}
    if getattr(case, "b_u", True):
        own["b_u"] = rng.normal(size=case.H)
    seen = [*states(rng, case, "dr", "dh_seen").values(), own]
    return {**states(rng, case, "dh"), "cache": step_cache(rng, case, ref), "mixed": mixed, "seen": seen}


@probe(visible=STEP_VISIBLE, hidden=STEP_HIDDEN, tolerance=ANY)
def step_backward_inputs_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return whole_step_inputs(rng, case, ref)


@probe(visible=BOTH_FORMS_VISIBLE, hidden=BOTH_FORMS_HIDDEN, tolerance=ANY)
def step_backward_parameters_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    inputs = dict(whole_step_inputs(rng, Case(**{**vars(case), "b_u": True}), ref))
    if not case.b_u:
        del inputs["cache"]["params"]["b_u"], inputs["seen"][2]["b_u"]
    return inputs


@probe(visible=LONG_VISIBLE, hidden=LONG_HIDDEN, tolerance=ANY)
def bptt_states_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**upstream(rng, case), "caches": free_caches(rng, case)}


@probe(visible=BOTH_FORMS_VISIBLE, hidden=BOTH_FORMS_HIDDEN, tolerance=ANY)
def bptt_parameters_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**upstream(rng, case), "caches": free_caches(rng, case)}


@probe(visible=SHORT_VISIBLE, hidden=SHORT_HIDDEN, tolerance=ANY)
def bptt_leaves_its_inputs_alone(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {**upstream(rng, case), "caches": free_caches(rng, case)}


@probe(
    visible=[Case(T=4, N=3, D=2, H=3), Case(T=3, N=2, D=3, H=4)],
    hidden=[Case(T=4, N=2, D=5, H=3), Case(T=3, N=4, D=3, H=2)],
    tolerance=ANY,
)
def gru_backward_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    inputs = sequence_inputs(rng, case)
    bare = {name: array for name, array in inputs["params"].items() if name != "b_u"}

    def step_before(x: Any, h_prev: Any, params: Any) -> Any:
        return ref.gru_step(x, h_prev, params, candidate=ref.candidate_before)

    _, after = ref.gru_sequence(**inputs)
    _, before = ref.gru_sequence(**{**inputs, "params": bare}, step=step_before)
    return {**upstream(rng, case), "after": after, "before": before}


@probe(
    visible=[Case(sizes=(3, 8)), Case(sizes=(10, 40))],
    hidden=[Case(sizes=(11, 60)), Case(sizes=(61, 120))],
    tolerance=EXACT,
)
def parameters_of_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    D, H = rng.choice(np.arange(*case.sizes), size=2, replace=False)
    return {"D": int(D), "H": int(H)}


@probe(
    visible=[
        Case(units=(3, 6), odd=True, room=(1, 7)),
        Case(units=(14, 21), room=(0, 1), label="it fits exactly"),
        Case(units=(0, 1), room=(-2, 0), label="not one unit fits"),
    ],
    hidden=[
        Case(units=(11, 20), odd=True, room=(1, 7)),
        Case(units=(41, 60), room=(0, 1), label="it fits exactly"),
        Case(units=(0, 1), room=(-2, 0), label="not one unit fits"),
    ],
    tolerance=EXACT,
)
def units_within_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # The check counts 7 H + D parameters. An odd answer is not found by who tries every other size.
    D, H, room = int(rng.integers(3, 9)), int(rng.integers(*case.units)), int(rng.integers(*case.room))
    H = 2 * H + 1 if getattr(case, "odd", False) else H
    return {"budget": 7 * H + D + room, "D": D}


@probe(
    visible=[Case(steps=4, repeats=5), Case(steps=9, repeats=6)],
    hidden=[Case(steps=12, repeats=5), Case(steps=8, repeats=7)],
    tolerance=ANY,
    # the check's runs take no time on a real clock, so that whoever asks one finds a millionth or less
    outputs={"seconds": Tolerance(rtol=1e-8, atol=1e-6, any_float=True)},
)
def seconds_per_step_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # The first run is the shortest and the runs after the last one asked for are shorter still than those
    # measured, so that it shows whether they were measured. The shortest, the longest and the middle of the
    # measured runs are neither the first nor the last of them.
    lasting = rng.uniform(2.2, 4.5, case.repeats + 4)
    lasting[:4] = rng.uniform([0.3, 5.0, 1.2, 6.0], [0.6, 5.5, 1.5, 7.0])
    lasting[case.repeats] = rng.uniform(1.7, 2.0)
    lasting[case.repeats + 1 :] = rng.uniform(0.7, 1.0, 3)
    start = float(rng.uniform(100.0, 200.0))
    return {"start": start, "lasting": lasting, "steps": case.steps, "repeats": case.repeats}


@probe(
    visible=[
        Case(signs=(4, 1, 0)),
        Case(signs=(2, 5, 2), label="with ties"),
        Case(signs=(3, 3, 0), label="three all"),
        Case(signs=(0, 0, 4), label="nothing but ties"),
    ],
    hidden=[
        Case(signs=(7, 2, 0)),
        Case(signs=(1, 8, 3), label="with ties"),
        Case(signs=(4, 4, 1), label="four all"),
        Case(signs=(0, 0, 6), label="nothing but ties"),
        Case(signs=(0, 9, 0), label="a clean sweep"),
    ],
    tolerance=ANY,
)
def sign_test_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    wins, losses, ties = case.signs
    gaps = rng.uniform(0.1, 0.5, wins + losses + ties)
    gaps *= rng.permutation(np.repeat([-1.0, 1.0, 0.0], [wins, losses, ties]))
    b = rng.uniform(0.6, 2.0, wins + losses + ties)
    return {"a": b + gaps, "b": b}
