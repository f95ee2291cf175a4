"""Independent proofs that lab 5's reference is right; docs/witnesses.md says which and why."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograder.truth.reference import Reference, load_reference
from tests.witnesses import CLOSE, NEAR, SIZES, Floats, central_differences, named

Params = dict[str, Floats]

FORMS = ("after", "before")


@pytest.fixture(scope="module")
def ref() -> Reference:
    return load_reference("lab05_gru")


@pytest.fixture(params=SIZES, ids=named)
def drawn(request: pytest.FixtureRequest) -> SimpleNamespace:
    """Inputs of a sequence, parameters, and upstream gradients of all states and of the last."""
    T, N, D, H = request.param
    rng = np.random.default_rng([T, N, D, H])
    shapes = {"x": (T, N, D), "h0": (N, H), "W": (D, 3 * H), "U": (H, 3 * H), "b": (3 * H,), "b_u": (H,)}
    inputs = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    dhs, dh_last = rng.normal(size=(T, N, H)), rng.normal(size=(N, H))
    return SimpleNamespace(T=T, N=N, D=D, H=H, inputs=inputs, dhs=dhs, dh_last=dh_last)


@pytest.fixture(params=FORMS, ids=lambda form: f"reset-{form}")
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def inputs_of(drawn: SimpleNamespace, form: str) -> dict[str, Floats]:
    """The inputs that this form has: there is no b_u where the reset comes before the product."""
    return {name: array for name, array in drawn.inputs.items() if form == "after" or name != "b_u"}


def params_of(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in ("x", "h0")}


def step_of(ref: Reference, form: str) -> Callable[..., Any]:
    candidate = ref.candidate_after if form == "after" else ref.candidate_before
    return lambda x, h, params: ref.gru_step(x, h, params, candidate=candidate)


def step_backward_of(ref: Reference, form: str) -> Callable[..., Any]:
    back = ref.candidate_after_backward if form == "after" else ref.candidate_before_backward
    return lambda dh, cache: ref.gru_step_backward(dh, cache, candidate=back)


def run(ref: Reference, values: dict[str, Floats], form: str) -> Any:
    return ref.gru_sequence(values["x"], values["h0"], params_of(values), step=step_of(ref, form))


def loss(hs: Any, dhs: Any, dh_last: Any) -> Any:
    """The number whose gradients the upstream gradients are; for arrays and tensors."""
    return (dhs * hs).sum() + (dh_last * hs[-1]).sum()


def tensors_of(torch: Any, inputs: dict[str, Floats]) -> dict[str, Any]:
    return {name: torch.tensor(array, requires_grad=True) for name, array in inputs.items()}


def torch_cell(torch: Any, tensors: dict[str, Any]) -> Callable[[Any, Any], Any]:
    """torch.nn.GRUCell, which resets after the product, on these weights."""
    D, H = tensors["W"].shape[0], tensors["U"].shape[0]
    cell = torch.nn.GRUCell(D, H, dtype=torch.float64)
    inner = torch.cat([torch.zeros(2 * H, dtype=torch.float64), tensors["b_u"]])
    weights = {
        "weight_ih": tensors["W"].T,
        "weight_hh": tensors["U"].T,
        "bias_ih": tensors["b"],
        "bias_hh": inner,
    }
    return lambda x, h: torch.func.functional_call(cell, weights, (x, h))


def cho_cell(torch: Any, tensors: dict[str, Any]) -> Callable[[Any, Any], Any]:
    """Cho and others 2014, equations 5 to 8, with biases: no cell of PyTorch resets before the product.

    Written in the paper's form, with columns: one matrix for each gate, a batch in columns.
    """
    W_r, W_z, W = (block.T for block in tensors["W"].chunk(3, dim=1))
    U_r, U_z, U = (block.T for block in tensors["U"].chunk(3, dim=1))
    b_r, b_z, b = (block[:, None] for block in tensors["b"].chunk(3))

    def step(x: Any, h: Any) -> Any:
        x, h = x.T, h.T
        r = torch.sigmoid(W_r @ x + U_r @ h + b_r)
        z = torch.sigmoid(W_z @ x + U_z @ h + b_z)
        new = torch.tanh(W @ x + U @ (r * h) + b)
        return (z * h + (1 - z) * new).T

    return step


def torch_states(torch: Any, tensors: dict[str, Any], form: str) -> Any:
    step = (torch_cell if form == "after" else cho_cell)(torch, tensors)
    h, hs = tensors["h0"], []
    for x in tensors["x"]:
        h = step(x, h)
        hs.append(h)
    return torch.stack(hs)


# --- forward


def test_when_gates_and_candidates_are_computed_number_by_number_they_are_the_same(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    x, h, W, U, b, b_u = (drawn.inputs[name] for name in ("x", "h0", "W", "U", "b", "b_u"))
    params, H = params_of(drawn.inputs), drawn.H
    r, z = ref.gru_gates(x[0], h, params)
    after, q_after = ref.candidate_after(x[0], h, r, params)
    before, q_before = ref.candidate_before(x[0], h, r, params)
    for n, j in np.ndindex(drawn.N, H):
        sums = [b[k * H + j] + sum(x[0, n, d] * W[d, k * H + j] for d in range(drawn.D)) for k in range(3)]
        seen = [sum(h[n, i] * U[i, k * H + j] for i in range(H)) for k in range(3)]
        hidden = sum(float(r[n, i]) * h[n, i] * U[i, 2 * H + j] for i in range(H))
        assert r[n, j] == pytest.approx(1 / (1 + math.exp(-sums[0] - seen[0])), rel=1e-10)
        assert z[n, j] == pytest.approx(1 / (1 + math.exp(-sums[1] - seen[1])), rel=1e-10)
        assert q_after[n, j] == pytest.approx(seen[2] + b_u[j], rel=1e-9, abs=1e-12)
        assert after[n, j] == pytest.approx(math.tanh(sums[2] + r[n, j] * (seen[2] + b_u[j])), abs=1e-10)
        assert q_before[n, j] == pytest.approx(r[n, j] * h[n, j], rel=1e-12)
        assert before[n, j] == pytest.approx(math.tanh(sums[2] + hidden), abs=1e-10)


def test_when_one_step_is_taken_its_state_is_that_of_pytorchs_cell(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    torch = pytest.importorskip("torch")
    values = inputs_of(drawn, form)
    h, cache = step_of(ref, form)(values["x"][0], values["h0"], params_of(values))
    wanted = torch_states(torch, tensors_of(torch, {**values, "x": values["x"][:1]}), form)[0]
    np.testing.assert_allclose(h, wanted.detach().numpy(), **CLOSE)
    np.testing.assert_array_equal(cache["h_prev"], values["h0"])


def test_when_a_sequence_is_run_every_state_is_that_of_pytorchs_cell(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    torch = pytest.importorskip("torch")
    values = inputs_of(drawn, form)
    hs, caches = run(ref, values, form)
    assert len(caches) == drawn.T
    wanted = torch_states(torch, tensors_of(torch, values), form)
    np.testing.assert_allclose(hs, wanted.detach().numpy(), **CLOSE)


def test_when_a_sequence_is_run_the_courses_network_agrees(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    models = pytest.importorskip("course.models")
    values = inputs_of(drawn, form)
    wanted, _ = models.gru_forward(params_of(values), values["x"], values["h0"])
    np.testing.assert_allclose(run(ref, values, form)[0], wanted, **CLOSE)


def test_when_a_sequence_is_cut_in_two_the_second_half_goes_on_from_the_first(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    values, cut = inputs_of(drawn, form), (drawn.T + 1) // 2
    whole, _ = run(ref, values, form)
    first, _ = run(ref, {**values, "x": values["x"][:cut]}, form)
    second, _ = run(ref, {**values, "x": values["x"][cut:], "h0": first[-1]}, form)
    np.testing.assert_array_equal(np.concatenate([first, second]), whole)


# --- conversions


def chung_states(values: dict[str, Floats], form: str) -> Floats:
    """The network with z taking the new (Chung and others 2014), in plain NumPy, unit by unit in time."""
    W, U, b, H = values["W"], values["U"], values["b"], values["h0"].shape[1]
    h, hs = values["h0"], []
    for x in values["x"]:
        r, z = (1 / (1 + np.exp(-(x @ W + h @ U + b)[:, k * H : (k + 1) * H])) for k in range(2))
        U_n, outer = U[:, 2 * H :], x @ W[:, 2 * H :] + b[2 * H :]
        n = np.tanh(outer + (r * (h @ U_n + values["b_u"]) if form == "after" else (r * h) @ U_n))
        h = h + z * (n - h)
        hs.append(h)
    return np.array(hs)


def test_when_z_is_flipped_the_other_convention_gives_the_same_states(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    values = inputs_of(drawn, form)
    flipped = ref.flip_update(params_of(values))
    assert flipped.keys() == params_of(values).keys()
    np.testing.assert_allclose(chung_states({**values, **flipped}, form), run(ref, values, form)[0], **CLOSE)


def test_when_z_is_flipped_twice_or_by_the_courses_converter_the_weights_agree(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    convert = pytest.importorskip("course.convert")
    params = params_of(inputs_of(drawn, form))
    flipped, wanted = ref.flip_update(params), convert.gru_flip_update(params)
    assert flipped.keys() == wanted.keys()
    for name, array in params.items():
        np.testing.assert_array_equal(flipped[name], wanted[name])
        np.testing.assert_array_equal(ref.flip_update(flipped)[name], array)
        assert not np.shares_memory(flipped[name], array)


@pytest.mark.parametrize("value", [0.3, -2.0, 17.0], ids=str)
def test_when_the_counterexample_runs_through_both_candidates_they_differ_as_promised(
    ref: Reference, value: float
) -> None:
    U, h, r = ref.counterexample(value)
    assert U.shape == (2, 2) and h.shape == r.shape == (1, 2)
    assert np.abs(h).max() <= 1 and r.min() >= 0 and r.max() <= 1
    params = {
        "W": np.zeros((1, 6)),
        "U": np.hstack([np.zeros((2, 4)), U]),
        "b": np.zeros(6),
        "b_u": np.zeros(2),
    }
    after, _ = ref.candidate_after(np.zeros((1, 1)), h, r, params)
    before, _ = ref.candidate_before(np.zeros((1, 1)), h, r, params)
    np.testing.assert_allclose(after, [[math.tanh(value), 0.0]], **CLOSE)
    np.testing.assert_array_equal(before, [[0.0, 0.0]])


def test_when_pytorchs_weights_are_taken_over_its_layer_gives_our_states(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(drawn.T)
    layer = torch.nn.GRU(drawn.D, drawn.H, dtype=torch.float64)
    params = ref.from_torch({name: value.numpy() for name, value in layer.state_dict().items()})
    with torch.no_grad():
        wanted, _ = layer(torch.tensor(drawn.inputs["x"]), torch.tensor(drawn.inputs["h0"])[None])
    hs, _ = ref.gru_sequence(drawn.inputs["x"], drawn.inputs["h0"], params)
    np.testing.assert_allclose(hs, wanted.numpy(), **CLOSE)


def test_when_pytorchs_weights_are_taken_over_the_courses_converter_agrees(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    convert = pytest.importorskip("course.convert")
    rng, H = np.random.default_rng(0), drawn.H
    shapes = {"weight_ih_l0": (3 * H, drawn.D), "weight_hh_l0": (3 * H, H)}
    shapes |= {"bias_ih_l0": (3 * H,), "bias_hh_l0": (3 * H,)}
    state = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    found, wanted = ref.from_torch(state), convert.gru_from_torch(state)
    assert found.keys() == wanted.keys()
    for name in wanted:
        np.testing.assert_array_equal(found[name], wanted[name])


# --- backward


def gradients_of(ref: Reference, drawn: SimpleNamespace, form: str) -> dict[str, Floats]:
    """What the reference's BPTT gives, by the name of what it belongs to."""
    _, caches = run(ref, inputs_of(drawn, form), form)
    dx, dh0, grads = ref.gru_backward(
        drawn.dhs, drawn.dh_last, caches, step_backward=step_backward_of(ref, form)
    )
    return {"x": dx, "h0": dh0, **grads}


def test_when_bptt_is_done_all_gradients_are_autograds(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    torch = pytest.importorskip("torch")
    tensors = tensors_of(torch, inputs_of(drawn, form))
    loss(torch_states(torch, tensors, form), torch.tensor(drawn.dhs), torch.tensor(drawn.dh_last)).backward()
    gradients = gradients_of(ref, drawn, form)
    assert gradients.keys() == tensors.keys()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, tensors[name].grad.numpy(), err_msg=name, **CLOSE)


def test_when_bptt_is_done_all_gradients_are_central_differences(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    values = inputs_of(drawn, form)
    for name, gradient in gradients_of(ref, drawn, form).items():

        def L(a: Floats, name: str = name) -> float:
            return float(loss(run(ref, {**values, name: a}, form)[0], drawn.dhs, drawn.dh_last))

        np.testing.assert_allclose(gradient, central_differences(L, values[name]), err_msg=name, **NEAR)


def test_when_the_layer_of_pytorch_is_trained_its_gradients_are_ours(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(drawn.H)
    layer = torch.nn.GRU(drawn.D, drawn.H, dtype=torch.float64)
    params = ref.from_torch({name: value.numpy().copy() for name, value in layer.state_dict().items()})
    outputs, _ = layer(torch.tensor(drawn.inputs["x"]), torch.tensor(drawn.inputs["h0"])[None])
    loss(outputs, torch.tensor(drawn.dhs), torch.tensor(drawn.dh_last)).backward()
    _, caches = ref.gru_sequence(drawn.inputs["x"], drawn.inputs["h0"], params)
    _, _, grads = ref.gru_backward(drawn.dhs, drawn.dh_last, caches)
    np.testing.assert_allclose(grads["W"].T, layer.weight_ih_l0.grad.numpy(), **CLOSE)
    np.testing.assert_allclose(grads["U"].T, layer.weight_hh_l0.grad.numpy(), **CLOSE)
    np.testing.assert_allclose(grads["b"], layer.bias_ih_l0.grad.numpy(), **CLOSE)
    np.testing.assert_allclose(grads["b_u"], layer.bias_hh_l0.grad.numpy()[2 * drawn.H :], **CLOSE)


def step_parts(drawn: SimpleNamespace, form: str) -> dict[str, Floats]:
    """The inputs of one step: the first of the sequence."""
    return {**inputs_of(drawn, form), "x": drawn.inputs["x"][0]}


def step_gradients(ref: Reference, drawn: SimpleNamespace, form: str) -> dict[str, Floats]:
    parts = step_parts(drawn, form)
    _, cache = step_of(ref, form)(parts["x"], parts["h0"], params_of(parts))
    dx, dh_prev, grads = step_backward_of(ref, form)(drawn.dh_last, cache)
    return {"x": dx, "h0": dh_prev, **grads}


def test_when_one_step_goes_back_its_gradients_are_central_differences(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    parts = step_parts(drawn, form)
    for name, gradient in step_gradients(ref, drawn, form).items():

        def L(a: Floats, name: str = name) -> float:
            moved = {**parts, name: a}
            h, _ = step_of(ref, form)(moved["x"], moved["h0"], params_of(moved))
            return float((drawn.dh_last * h).sum())

        np.testing.assert_allclose(gradient, central_differences(L, parts[name]), err_msg=name, **NEAR)


def test_when_one_step_goes_back_its_gradients_are_autograds(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    torch = pytest.importorskip("torch")
    tensors = tensors_of(torch, step_parts(drawn, form))
    step = (torch_cell if form == "after" else cho_cell)(torch, tensors)
    (torch.tensor(drawn.dh_last) * step(tensors["x"], tensors["h0"])).sum().backward()
    for name, gradient in step_gradients(ref, drawn, form).items():
        np.testing.assert_allclose(gradient, tensors[name].grad.numpy(), err_msg=name, **CLOSE)


def mixture(drawn: SimpleNamespace) -> dict[str, Floats]:
    """Sums of n and z, and an old state, drawn freely."""
    rng = np.random.default_rng(drawn.N)
    return {name: rng.normal(size=(drawn.N, drawn.H)) for name in ("a_n", "a_z", "h_prev")}


def mix_gradients(ref: Reference, drawn: SimpleNamespace, parts: dict[str, Floats]) -> dict[str, Floats]:
    cache = {"n": np.tanh(parts["a_n"]), "z": 1 / (1 + np.exp(-parts["a_z"])), "h_prev": parts["h_prev"]}
    return dict(zip(parts, ref.mix_backward(drawn.dh_last, cache), strict=True))


def test_when_the_mixture_goes_back_its_three_gradients_are_central_differences(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    parts = mixture(drawn)
    for name, gradient in mix_gradients(ref, drawn, parts).items():

        def L(a: Floats, name: str = name) -> float:
            moved = {**parts, name: a}
            z = 1 / (1 + np.exp(-moved["a_z"]))
            return float((drawn.dh_last * ((1 - z) * np.tanh(moved["a_n"]) + z * moved["h_prev"])).sum())

        np.testing.assert_allclose(gradient, central_differences(L, parts[name]), err_msg=name, **NEAR)


def test_when_the_mixture_goes_back_its_three_gradients_are_autograds(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    parts = mixture(drawn)
    a_n, a_z, h = tensors_of(torch, parts).values()
    new = torch.lerp(torch.tanh(a_n), h, torch.sigmoid(a_z))
    (torch.tensor(drawn.dh_last) * new).sum().backward()
    for gradient, leaf in zip(mix_gradients(ref, drawn, parts).values(), (a_n, a_z, h), strict=True):
        np.testing.assert_allclose(gradient, leaf.grad.numpy(), **CLOSE)


def candidate_parts(drawn: SimpleNamespace, form: str) -> dict[str, Floats]:
    """A reset gate, an old state and the candidate's own parameters, drawn freely; some gates at an end."""
    rng = np.random.default_rng([drawn.N, drawn.H])
    r = rng.choice([0.0, 0.3, 0.8, 1.0], (drawn.N, drawn.H))
    parts = {
        "r": r,
        "h_prev": rng.normal(size=(drawn.N, drawn.H)),
        "U_n": rng.normal(size=(drawn.H, drawn.H)),
    }
    return parts | ({"b_u": rng.normal(size=drawn.H)} if form == "after" else {})


def seen(parts: dict[str, Any], form: str) -> Any:
    """What the candidate gets from the old state; for arrays and tensors."""
    if form == "after":
        return parts["r"] * (parts["h_prev"] @ parts["U_n"] + parts["b_u"])
    return (parts["r"] * parts["h_prev"]) @ parts["U_n"]


def candidate_gradients(ref: Reference, drawn: SimpleNamespace, parts: Params, form: str) -> Params:
    N, H = drawn.N, drawn.H
    U = np.hstack([np.full((H, 2 * H), np.nan), parts["U_n"]])  # the gates' blocks must play no part
    params = {"W": np.zeros((1, 3 * H)), "U": U, "b": np.zeros(3 * H)}
    params |= {name: array for name, array in parts.items() if name == "b_u"}
    forward = ref.candidate_after if form == "after" else ref.candidate_before
    n, q = forward(np.zeros((N, 1)), parts["h_prev"], parts["r"], params)
    np.testing.assert_allclose(n, np.tanh(seen(parts, form)), **CLOSE)
    cache = {"h_prev": parts["h_prev"], "r": parts["r"], "q": q, "params": params}
    back = ref.candidate_after_backward if form == "after" else ref.candidate_before_backward
    dr, dh_seen, own = back(drawn.dh_last, cache)
    return {"r": dr, "h_prev": dh_seen, **own}


def test_when_the_candidate_goes_back_its_gradients_are_central_differences(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    parts = candidate_parts(drawn, form)
    gradients = candidate_gradients(ref, drawn, parts, form)
    assert gradients.keys() == parts.keys()
    for name, gradient in gradients.items():

        def L(a: Floats, name: str = name) -> float:
            return float((drawn.dh_last * seen({**parts, name: a}, form)).sum())

        np.testing.assert_allclose(gradient, central_differences(L, parts[name]), err_msg=name, **NEAR)


def test_when_the_candidate_goes_back_its_gradients_are_autograds(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    torch = pytest.importorskip("torch")
    parts = candidate_parts(drawn, form)
    tensors = tensors_of(torch, parts)
    (torch.tensor(drawn.dh_last) * seen(tensors, form)).sum().backward()
    for name, gradient in candidate_gradients(ref, drawn, parts, form).items():
        np.testing.assert_allclose(gradient, tensors[name].grad.numpy(), err_msg=name, **CLOSE)


# --- counting, timing, comparing


@pytest.mark.parametrize(("D", "H"), [(1, 1), (3, 5), (7, 2), (28, 128)], ids=str)
def test_when_parameters_are_counted_pytorch_has_as_many(ref: Reference, D: int, H: int) -> None:
    torch = pytest.importorskip("torch")
    # PyTorch has a second bias for every block; ours has one in the GRU's candidate only
    for cell, blocks, spare in (("RNN", 1, H), ("GRU", 3, 2 * H), ("LSTM", 4, 4 * H)):
        layer = getattr(torch.nn, cell)(D, H)
        assert layer.weight_ih_l0.shape[0] == blocks * H
        ours = ref.parameters_of({"RNN": "plain"}.get(cell, cell.lower()), D, H)
        assert ours == sum(array.numel() for array in layer.parameters()) - spare


@pytest.mark.parametrize(("D", "H"), [(1, 1), (3, 5), (7, 2)], ids=str)
def test_when_parameters_are_counted_the_courses_arrays_have_as_many(ref: Reference, D: int, H: int) -> None:
    models = pytest.importorskip("course.models")
    for cell, make in (("plain", models.rnn_init), ("gru", models.gru_init), ("lstm", models.lstm_init)):
        assert ref.parameters_of(cell, D, H) == models.parameter_count(make(np.random.default_rng(0), D, H))


@pytest.mark.parametrize("budget", [0, 9, 10, 500, 720, 29440], ids=str)
def test_when_a_budget_is_given_the_units_fit_and_one_more_does_not(ref: Reference, budget: int) -> None:
    for D in (1, 2, 50):
        H = ref.units_within(budget, D)
        # 3 (D H + H^2 + H) + H = budget, solved for H
        root = (math.sqrt((3 * D + 4) ** 2 + 12 * budget) - (3 * D + 4)) / 6
        assert math.floor(root + 1e-9) == H
        assert ref.parameters_of("gru", D, H) <= budget < ref.parameters_of("gru", D, H + 1)


def test_when_runs_are_timed_the_best_counts_and_the_first_does_not(ref: Reference) -> None:
    now, lasting = [5.0], iter([1.0, 9.0, 4.0, 6.0])

    def run_once() -> None:
        now[0] += next(lasting)

    assert ref.seconds_per_step(run_once, 8, 3, clock=lambda: now[0]) == pytest.approx(0.5)
    assert next(lasting, None) is None


@pytest.mark.parametrize("pairs", range(8))
def test_when_every_outcome_of_fair_coins_is_listed_p_is_the_share_that_is_as_one_sided(
    ref: Reference, pairs: int
) -> None:
    outcomes = [[(number >> bit) & 1 for bit in range(pairs)] for number in range(2**pairs)]
    for wins in range(pairs + 1):
        a = np.array([0.0] * wins + [2.0] * (pairs - wins) + [1.0, 1.0])  # and two ties
        one_sided = abs(2 * wins - pairs)
        share = sum(abs(2 * sum(outcome) - pairs) >= one_sided for outcome in outcomes) / len(outcomes)
        found = ref.sign_test(a, np.ones(pairs + 2))
        assert found[:2] == (wins, pairs - wins)
        assert found[2] == pytest.approx(share, rel=1e-12)


# --- Keras, whose import takes seconds


def keras_cell(tf: Any, values: dict[str, Floats], form: str) -> Any:
    """keras.layers.GRUCell with these weights: its order is z r h, and it has both forms."""
    H = values["h0"].shape[1]
    order = np.r_[H : 2 * H, :H, 2 * H : 3 * H]
    cell = tf.keras.layers.GRUCell(H, reset_after=form == "after", dtype="float64")
    cell.build((values["h0"].shape[0], values["x"].shape[2]))
    b = values["b"][order]
    bias = np.stack([b, np.r_[np.zeros(2 * H), values["b_u"]]]) if form == "after" else b
    cell.set_weights([values["W"][:, order], values["U"][:, order], bias])
    return cell


@pytest.mark.slow
def test_when_keras_runs_the_sequence_its_states_and_gradients_are_ours(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    tf = pytest.importorskip("tensorflow")
    values, H = inputs_of(drawn, form), drawn.H
    cell = keras_cell(tf, values, form)
    x, h0 = tf.constant(values["x"]), tf.constant(values["h0"])
    with tf.GradientTape() as tape:
        tape.watch([x, h0])
        states, hs = [h0], []
        for t in range(drawn.T):
            h, states = cell(x[t], states)
            states = states if isinstance(states, list) else [states]
            hs.append(h)
        L = tf.reduce_sum(drawn.dhs * tf.stack(hs)) + tf.reduce_sum(drawn.dh_last * hs[-1])
    sources = [x, h0, *cell.trainable_weights]
    found = [tf.convert_to_tensor(gradient).numpy() for gradient in tape.gradient(L, sources)]
    np.testing.assert_allclose(run(ref, values, form)[0], tf.stack(hs).numpy(), **CLOSE)
    order = np.r_[H : 2 * H, :H, 2 * H : 3 * H]  # its own inverse
    wanted = {"x": found[0], "h0": found[1], "W": found[2][:, order], "U": found[3][:, order]}
    outer = found[4][0] if form == "after" else found[4]
    wanted["b"] = outer[order]
    if form == "after":
        wanted["b_u"] = found[4][1][2 * H :]
    gradients = gradients_of(ref, drawn, form)
    assert gradients.keys() == wanted.keys()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, wanted[name], err_msg=name, **CLOSE)


@pytest.mark.slow
def test_when_keras_runs_its_layer_the_sequence_is_ours(
    ref: Reference, drawn: SimpleNamespace, form: str
) -> None:
    tf = pytest.importorskip("tensorflow")
    values = inputs_of(drawn, form)
    layer = tf.keras.layers.GRU(drawn.H, return_sequences=True, reset_after=form == "after", dtype="float64")
    x = np.swapaxes(values["x"], 0, 1)  # Keras has the batch first
    layer.build(x.shape)
    layer.set_weights(keras_cell(tf, values, form).get_weights())
    hs = layer(x, initial_state=tf.constant(values["h0"]))
    np.testing.assert_allclose(np.swapaxes(run(ref, values, form)[0], 0, 1), hs.numpy(), **CLOSE)


@pytest.mark.slow
def test_when_keras_counts_its_parameters_there_are_as_many(ref: Reference) -> None:
    tf = pytest.importorskip("tensorflow")
    for cell, layer, spare in (
        ("plain", tf.keras.layers.SimpleRNN(5), 0),
        ("gru", tf.keras.layers.GRU(5), 10),  # a second bias for r and z, where ours has one
        ("lstm", tf.keras.layers.LSTM(5), 0),
    ):
        layer.build((2, 4, 3))
        assert ref.parameters_of(cell, 3, 5) == layer.count_params() - spare
