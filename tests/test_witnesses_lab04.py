"""Independent proofs that lab 4's reference is right; docs/witnesses.md says which and why."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograder.truth.reference import Reference, load_reference
from tests.witnesses import CLOSE, NEAR, SIZES, Floats, central_differences, named


@pytest.fixture(scope="module")
def ref() -> Reference:
    return load_reference("lab04_lstm")


@pytest.fixture(params=SIZES, ids=named)
def drawn(request: pytest.FixtureRequest) -> SimpleNamespace:
    """Inputs of a sequence and upstream gradients of everything that comes out."""
    T, N, D, H = request.param
    rng = np.random.default_rng([T, N, D, H])
    shapes = {"x": (T, N, D), "h0": (N, H), "c0": (N, H), "W": (D, 4 * H), "U": (H, 4 * H), "b": (4 * H,)}
    inputs = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    upstream = tuple(rng.normal(size=shape) for shape in ((T, N, H), (N, H), (N, H)))
    return SimpleNamespace(T=T, N=N, D=D, H=H, inputs=inputs, upstream=upstream)


def loss(states: Any, upstream: Any) -> Any:
    """The number whose gradients the upstream gradients are; for arrays and tensors."""
    hs, cs = states
    return (upstream[0] * hs).sum() + (upstream[1] * hs[-1]).sum() + (upstream[2] * cs[-1]).sum()


def torch_states(torch: Any, tensors: dict[str, Any]) -> tuple[Any, Any]:
    """All states from torch.nn.LSTMCell, which gives out the cell at every step, unlike torch.nn.LSTM."""
    D, H = tensors["W"].shape[0], tensors["U"].shape[0]
    cell = torch.nn.LSTMCell(D, H, dtype=torch.float64)
    weights = {"weight_ih": tensors["W"].T, "weight_hh": tensors["U"].T, "bias_ih": tensors["b"]}
    weights["bias_hh"] = torch.zeros_like(tensors["b"])
    h, c, hs, cs = tensors["h0"], tensors["c0"], [], []
    for x in tensors["x"]:
        h, c = torch.func.functional_call(cell, weights, (x, (h, c)))
        hs.append(h)
        cs.append(c)
    return torch.stack(hs), torch.stack(cs)


def tensors_of(torch: Any, inputs: dict[str, Floats]) -> dict[str, Any]:
    return {name: torch.tensor(array, requires_grad=True) for name, array in inputs.items()}


def loaded_layer(torch: Any, ref: Reference, drawn: SimpleNamespace) -> Any:
    """torch.nn.LSTM with the weights that the reference's to_torch gives."""
    layer = torch.nn.LSTM(drawn.D, drawn.H, dtype=torch.float64)
    state = ref.to_torch(*(drawn.inputs[name] for name in ("W", "U", "b")))
    layer.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    return layer


# --- sigmoid


@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 4), (2, 3, 4)], ids=str)
def test_when_the_input_is_ordinary_the_sigmoid_is_pytorchs(ref: Reference, shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    z = np.asarray(np.random.default_rng(0).normal(scale=4.0, size=shape))
    np.testing.assert_allclose(ref.sigmoid(z), torch.sigmoid(torch.tensor(z)).numpy(), **CLOSE)


def test_when_the_input_is_ordinary_the_sigmoid_is_the_plain_formula(ref: Reference) -> None:
    z = np.linspace(-30, 30, 601)
    plain = [1 / (1 + math.exp(-value)) for value in z]
    np.testing.assert_allclose(ref.sigmoid(z), plain, rtol=1e-14, atol=0)


@pytest.mark.parametrize("z", [-1e308, -1000.0, 1000.0, 1e308, -np.inf, np.inf], ids=str)
def test_when_the_input_is_extreme_the_sigmoid_is_at_its_end_without_a_warning(
    ref: Reference, z: float
) -> None:
    with np.errstate(all="raise", under="ignore"):
        assert ref.sigmoid(np.array([z]))[0] == float(z > 0)


def test_when_the_input_is_far_below_zero_the_sigmoid_keeps_all_its_digits(ref: Reference) -> None:
    z = np.array([-700.0, -100.0, -40.0])
    np.testing.assert_allclose(ref.sigmoid(z), np.exp(z), rtol=1e-14, atol=0)


# --- forward


def test_when_one_step_is_taken_gates_and_states_are_those_of_pytorchs_cell(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    x, *rest = (drawn.inputs[name] for name in ("x", "h0", "c0", "W", "U", "b"))
    h, c, cache = ref.lstm_step(x[0], *rest)
    hs, cs = torch_states(torch, tensors_of(torch, {**drawn.inputs, "x": x[:1]}))
    np.testing.assert_allclose(h, hs[0].detach().numpy(), **CLOSE)
    np.testing.assert_allclose(c, cs[0].detach().numpy(), **CLOSE)
    np.testing.assert_allclose(cache["tanh_c"], np.tanh(cs[0].detach().numpy()), **CLOSE)


def test_when_the_gates_are_computed_number_by_number_they_are_the_same(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    x, h, W, U, b = (drawn.inputs[name] for name in ("x", "h0", "W", "U", "b"))
    found = ref.lstm_gates(x[0], h, W, U, b)
    H = drawn.H
    for n, j, block in np.ndindex(drawn.N, H, 4):
        column = block * H + j
        a = b[column] + sum(float(x[0, n, d]) * W[d, column] for d in range(drawn.D))
        a += sum(float(h[n, k]) * U[k, column] for k in range(H))
        wanted = math.tanh(a) if block == 2 else 1 / (1 + math.exp(-a))
        assert found[block][n, j] == pytest.approx(wanted, rel=1e-10, abs=1e-12)


def test_when_a_sequence_is_run_every_state_is_that_of_pytorchs_cell(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    hs, cs, caches = ref.lstm_sequence(**drawn.inputs)
    their_hs, their_cs = torch_states(torch, tensors_of(torch, drawn.inputs))
    assert len(caches) == drawn.T
    np.testing.assert_allclose(hs, their_hs.detach().numpy(), **CLOSE)
    np.testing.assert_allclose(cs, their_cs.detach().numpy(), **CLOSE)


def test_when_a_sequence_is_cut_in_two_the_second_half_goes_on_from_the_first(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    whole, cells, _ = ref.lstm_sequence(**drawn.inputs)
    cut = (drawn.T + 1) // 2
    first, kept, _ = ref.lstm_sequence(**{**drawn.inputs, "x": drawn.inputs["x"][:cut]})
    rest = {**drawn.inputs, "x": drawn.inputs["x"][cut:], "h0": first[-1], "c0": kept[-1]}
    second, later, _ = ref.lstm_sequence(**rest)
    np.testing.assert_array_equal(np.concatenate([first, second]), whole)
    np.testing.assert_array_equal(np.concatenate([kept, later]), cells)


# --- conversion


def test_when_converted_pytorchs_layer_gives_the_same_states(ref: Reference, drawn: SimpleNamespace) -> None:
    torch = pytest.importorskip("torch")
    layer = loaded_layer(torch, ref, drawn)
    start = tuple(torch.tensor(drawn.inputs[name])[None] for name in ("h0", "c0"))
    with torch.no_grad():
        outputs, (_, last_c) = layer(torch.tensor(drawn.inputs["x"]), start)
    hs, cs, _ = ref.lstm_sequence(**drawn.inputs)
    np.testing.assert_allclose(hs, outputs.numpy(), **CLOSE)
    np.testing.assert_allclose(cs[-1], last_c[0].numpy(), **CLOSE)


def test_when_converted_the_courses_converter_agrees(ref: Reference, drawn: SimpleNamespace) -> None:
    convert = pytest.importorskip("course.convert")
    ours = {name: drawn.inputs[name] for name in ("W", "U", "b")}
    found, wanted = ref.to_torch(**ours), convert.lstm_to_torch(ours)
    assert found.keys() == wanted.keys()
    for name in wanted:
        np.testing.assert_array_equal(found[name], wanted[name])


# --- backward


@pytest.fixture
def gradients(ref: Reference, drawn: SimpleNamespace) -> dict[str, Floats]:
    """What the reference's BPTT gives, by the name of what it belongs to."""
    caches = ref.lstm_sequence(**drawn.inputs)[2]
    return dict(zip(drawn.inputs, ref.lstm_backward(*drawn.upstream, caches), strict=True))


def test_when_bptt_is_done_all_six_gradients_are_autograds(
    gradients: dict[str, Floats], drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    tensors = tensors_of(torch, drawn.inputs)
    loss(torch_states(torch, tensors), [torch.tensor(array) for array in drawn.upstream]).backward()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, tensors[name].grad.numpy(), err_msg=name, **CLOSE)


def test_when_bptt_is_done_all_six_gradients_are_central_differences(
    ref: Reference, gradients: dict[str, Floats], drawn: SimpleNamespace
) -> None:
    for name, gradient in gradients.items():

        def L(a: Floats, name: str = name) -> float:
            return float(loss(ref.lstm_sequence(**{**drawn.inputs, name: a})[:2], drawn.upstream))

        np.testing.assert_allclose(gradient, central_differences(L, drawn.inputs[name]), err_msg=name, **NEAR)


def test_when_the_layer_of_pytorch_is_trained_its_gradients_are_ours(
    ref: Reference, gradients: dict[str, Floats], drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    layer = loaded_layer(torch, ref, drawn)
    dhs, dh_last, dc_last = (torch.tensor(array) for array in drawn.upstream)
    start = tuple(torch.tensor(drawn.inputs[name])[None] for name in ("h0", "c0"))
    outputs, (last_h, last_c) = layer(torch.tensor(drawn.inputs["x"]), start)
    ((dhs * outputs).sum() + (dh_last * last_h[0]).sum() + (dc_last * last_c[0]).sum()).backward()
    np.testing.assert_allclose(gradients["W"].T, layer.weight_ih_l0.grad.numpy(), **CLOSE)
    np.testing.assert_allclose(gradients["U"].T, layer.weight_hh_l0.grad.numpy(), **CLOSE)
    for bias in (layer.bias_ih_l0, layer.bias_hh_l0):
        np.testing.assert_allclose(gradients["b"], bias.grad.numpy(), **CLOSE)


def step_loss(ref: Reference, drawn: SimpleNamespace, **changed: Floats) -> float:
    """The loss of one step, its h and c weighed with dh and dc."""
    inputs = {**drawn.inputs, "x": drawn.inputs["x"][0], **changed}
    h, c, _ = ref.lstm_step(*(inputs[name] for name in ("x", "h0", "c0", "W", "U", "b")))
    return float((drawn.upstream[1] * h).sum() + (drawn.upstream[2] * c).sum())


def step_gradients(ref: Reference, drawn: SimpleNamespace) -> dict[str, Floats]:
    x, *rest = (drawn.inputs[name] for name in ("x", "h0", "c0", "W", "U", "b"))
    cache = ref.lstm_step(x[0], *rest)[2]
    return dict(zip(drawn.inputs, ref.lstm_step_backward(*drawn.upstream[1:], cache), strict=True))


def test_when_one_step_goes_back_its_gradients_are_central_differences(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    for name, gradient in step_gradients(ref, drawn).items():
        value = drawn.inputs["x"][0] if name == "x" else drawn.inputs[name]
        slopes = central_differences(lambda a, name=name: step_loss(ref, drawn, **{name: a}), value)
        np.testing.assert_allclose(gradient, slopes, err_msg=name, **NEAR)


def test_when_one_step_goes_back_its_gradients_are_autograds(ref: Reference, drawn: SimpleNamespace) -> None:
    torch = pytest.importorskip("torch")
    tensors = tensors_of(torch, {**drawn.inputs, "x": drawn.inputs["x"][:1]})
    hs, cs = torch_states(torch, tensors)
    dh, dc = (torch.tensor(array) for array in drawn.upstream[1:])
    ((dh * hs[0]).sum() + (dc * cs[0]).sum()).backward()
    for name, gradient in step_gradients(ref, drawn).items():
        wanted = tensors[name].grad.numpy()
        np.testing.assert_allclose(gradient, wanted[0] if name == "x" else wanted, err_msg=name, **CLOSE)


def preactivations(drawn: SimpleNamespace) -> Floats:
    return np.random.default_rng(drawn.N).normal(size=(drawn.N, 4 * drawn.H))


def cell_cache(ref: Reference, a: Floats, c_prev: Floats) -> tuple[Floats, Floats, dict[str, Floats]]:
    """h, c and the cache of a cell with pre-activations `a`: no input, no recurrence, `a` as the bias."""
    N, H = c_prev.shape
    rows = [
        ref.lstm_step(np.zeros((1, 1)), np.zeros((1, H)), c_prev[n : n + 1], *zeros(H), a[n])
        for n in range(N)
    ]
    caches = [row[2] for row in rows]
    gathered = {key: np.concatenate([cache[key] for cache in caches]) for key in "ifgo"}
    gathered |= {key: np.concatenate([cache[key] for cache in caches]) for key in ("tanh_c", "c_prev")}
    return np.concatenate([row[0] for row in rows]), np.concatenate([row[1] for row in rows]), gathered


def zeros(H: int) -> tuple[Floats, Floats]:
    return np.zeros((1, 4 * H)), np.zeros((H, 4 * H))


def test_when_the_cell_goes_back_da_and_dc_prev_are_central_differences(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    a, c_prev, (_, dh, dc) = preactivations(drawn), drawn.inputs["c0"], drawn.upstream

    def L(a: Floats, c_prev: Floats) -> float:
        h, c, _ = cell_cache(ref, a, c_prev)
        return float((dh * h).sum() + (dc * c).sum())

    da, dc_prev = ref.cell_backward(dh, dc, cell_cache(ref, a, c_prev)[2])
    np.testing.assert_allclose(da, central_differences(lambda moved: L(moved, c_prev), a), **NEAR)
    np.testing.assert_allclose(dc_prev, central_differences(lambda moved: L(a, moved), c_prev), **NEAR)


def test_when_the_cell_goes_back_da_and_dc_prev_are_autograds(ref: Reference, drawn: SimpleNamespace) -> None:
    torch = pytest.importorskip("torch")
    a = torch.tensor(preactivations(drawn), requires_grad=True)
    c_prev = torch.tensor(drawn.inputs["c0"], requires_grad=True)
    dh, dc = drawn.upstream[1:]
    i, f, g, o = a.chunk(4, dim=1)
    c = torch.sigmoid(f) * c_prev + torch.sigmoid(i) * torch.tanh(g)
    h = torch.sigmoid(o) * torch.tanh(c)
    torch.autograd.backward([h, c], [torch.tensor(dh), torch.tensor(dc)])
    da, dc_prev = ref.cell_backward(dh, dc, cell_cache(ref, a.detach().numpy(), drawn.inputs["c0"])[2])
    np.testing.assert_allclose(da, a.grad.numpy(), **CLOSE)
    np.testing.assert_allclose(dc_prev, c_prev.grad.numpy(), **CLOSE)


def test_when_every_gate_is_fully_open_or_shut_the_gradient_is_autograds(ref: Reference) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(5)
    a, c_prev = 800.0 * rng.choice([-1.0, 1.0], (3, 8)), rng.normal(scale=40.0, size=(3, 2))
    dh, dc = rng.normal(size=(2, 3, 2))
    leaf, old = torch.tensor(a, requires_grad=True), torch.tensor(c_prev, requires_grad=True)
    i, f, g, o = leaf.chunk(4, dim=1)
    c = torch.sigmoid(f) * old + torch.sigmoid(i) * torch.tanh(g)
    torch.autograd.backward([torch.sigmoid(o) * torch.tanh(c), c], [torch.tensor(dh), torch.tensor(dc)])
    da, dc_prev = ref.cell_backward(dh, dc, cell_cache(ref, a, c_prev)[2])
    np.testing.assert_allclose(da, leaf.grad.numpy(), **CLOSE)
    np.testing.assert_allclose(dc_prev, old.grad.numpy(), **CLOSE)


# --- the judge itself


@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (2, 1, 4)], ids=str)
def test_when_the_function_is_known_the_numeric_gradient_is_its_derivative(
    ref: Reference, shape: tuple[int, ...]
) -> None:
    a = np.asarray(np.random.default_rng(1).normal(size=shape))
    before = a.copy()
    found = ref.numeric_gradient(lambda a: float(np.sum(np.sin(a) * a)), a)
    np.testing.assert_allclose(found, np.cos(a) * a + np.sin(a), rtol=1e-7, atol=1e-8)
    np.testing.assert_array_equal(a, before)


def test_when_the_function_is_torchs_the_numeric_gradient_is_autograds(ref: Reference) -> None:
    torch = pytest.importorskip("torch")
    a = np.random.default_rng(2).normal(size=(3, 4))
    leaf = torch.tensor(a, requires_grad=True)
    torch.logsumexp(leaf, dim=1).prod().backward()
    found = ref.numeric_gradient(lambda a: float(torch.logsumexp(torch.tensor(a), dim=1).prod()), a)
    np.testing.assert_allclose(found, leaf.grad.numpy(), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("eps", [1e-1, 1e-2, 1e-3], ids=str)
def test_when_eps_is_wide_the_error_is_the_cubic_term(ref: Reference, eps: float) -> None:
    a = np.array([0.3, -1.2])
    found = ref.numeric_gradient(lambda a: float(np.sum(a**3)), a, eps)
    np.testing.assert_allclose(found - 3 * a**2, eps**2, rtol=1e-6)


def test_when_states_are_weighed_the_losss_gradients_are_the_upstream_gradients(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    hs, cs, _ = ref.lstm_sequence(**drawn.inputs)
    dhs, dh_last, dc_last = drawn.upstream
    slopes_h = central_differences(lambda hs: ref.projected_loss(hs, cs, *drawn.upstream), hs)
    slopes_c = central_differences(lambda cs: ref.projected_loss(hs, cs, *drawn.upstream), cs)
    on_h, on_c = dhs.copy(), np.zeros_like(cs)
    on_h[-1] += dh_last
    on_c[-1] += dc_last
    np.testing.assert_allclose(slopes_h, on_h, **NEAR)
    np.testing.assert_allclose(slopes_c, on_c, **NEAR)


def test_when_states_are_weighed_autograd_agrees(ref: Reference, drawn: SimpleNamespace) -> None:
    torch = pytest.importorskip("torch")
    hs, cs, _ = ref.lstm_sequence(**drawn.inputs)
    wanted = loss((torch.tensor(hs), torch.tensor(cs)), [torch.tensor(array) for array in drawn.upstream])
    assert ref.projected_loss(hs, cs, *drawn.upstream) == pytest.approx(float(wanted), rel=1e-12)


# --- counting and starting


@pytest.mark.parametrize(("D", "H"), [(1, 1), (3, 5), (7, 2), (28, 128)], ids=str)
def test_when_parameters_are_counted_pytorch_has_as_many(ref: Reference, D: int, H: int) -> None:
    torch = pytest.importorskip("torch")
    for bias, biases in ((True, 2), (False, 0)):
        layer = torch.nn.LSTM(D, H, bias=bias)
        wanted = sum(array.numel() for array in layer.parameters())
        assert ref.count_parameters(D, H, biases=biases) == wanted


@pytest.mark.parametrize(("D", "H"), [(1, 1), (3, 5), (7, 2)], ids=str)
def test_when_parameters_are_counted_the_arrays_have_as_many(ref: Reference, D: int, H: int) -> None:
    arrays = ref.init_lstm(np.random.default_rng(0), D, H)
    assert ref.count_parameters(D, H) == sum(array.size for array in arrays)


@pytest.mark.parametrize(("D", "H", "bias"), [(1, 1, 1.0), (40, 60, 3.0), (60, 40, 0.0)], ids=str)
def test_when_weights_are_drawn_they_have_the_distribution_that_was_asked_for(
    ref: Reference, D: int, H: int, bias: float
) -> None:
    W, U, b = ref.init_lstm(np.random.default_rng(7), D, H, forget_bias=bias)
    k = 1 / math.sqrt(H)
    again = np.random.default_rng(7).uniform(-k, k, size=4 * H * (D + H))
    np.testing.assert_array_equal(np.concatenate([W.ravel(), U.ravel()]), again)
    np.testing.assert_array_equal(np.split(b, 4), [[0.0] * H, [bias] * H, [0.0] * H, [0.0] * H])
    if H > 1:  # a uniform distribution on (-k, k) has variance k^2 / 3
        assert W.var() == pytest.approx(k**2 / 3, rel=0.05)
        assert U.var() == pytest.approx(k**2 / 3, rel=0.05)


# --- Keras, whose import takes seconds


@pytest.mark.slow
def test_when_keras_runs_the_sequence_its_states_and_gradients_are_ours(
    ref: Reference, gradients: dict[str, Floats], drawn: SimpleNamespace
) -> None:
    tf = pytest.importorskip("tensorflow")
    values = {name: tf.constant(array) for name, array in drawn.inputs.items()}
    cell = tf.keras.layers.LSTMCell(drawn.H, dtype="float64")
    cell.build((drawn.N, drawn.D))
    cell.set_weights([drawn.inputs[name] for name in ("W", "U", "b")])  # Keras's order i f c o is ours
    with tf.GradientTape() as tape:
        tape.watch([values["x"], values["h0"], values["c0"]])
        states, hs, cs = [values["h0"], values["c0"]], [], []
        for t in range(drawn.T):
            _, states = cell(values["x"][t], states)
            hs.append(states[0])
            cs.append(states[1])
        L = tf.add_n(
            [tf.reduce_sum(drawn.upstream[0] * tf.stack(hs))]
            + [tf.reduce_sum(up * last) for up, last in zip(drawn.upstream[1:], states, strict=True)]
        )
    sources = [values["x"], values["h0"], values["c0"], *cell.trainable_weights]
    wanted = dict(zip(drawn.inputs, tape.gradient(L, sources), strict=True))
    our_hs, our_cs, _ = ref.lstm_sequence(**drawn.inputs)
    np.testing.assert_allclose(our_hs, tf.stack(hs).numpy(), **CLOSE)
    np.testing.assert_allclose(our_cs, tf.stack(cs).numpy(), **CLOSE)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(
            gradient, tf.convert_to_tensor(wanted[name]).numpy(), err_msg=name, **CLOSE
        )


@pytest.mark.slow
def test_when_keras_runs_its_layer_the_sequence_is_ours(ref: Reference, drawn: SimpleNamespace) -> None:
    tf = pytest.importorskip("tensorflow")
    layer = tf.keras.layers.LSTM(drawn.H, return_sequences=True, return_state=True, dtype="float64")
    x = np.swapaxes(drawn.inputs["x"], 0, 1)  # Keras has the batch first
    layer.build(x.shape)
    layer.set_weights([drawn.inputs[name] for name in ("W", "U", "b")])
    hs, _, c = layer(x, initial_state=[tf.constant(drawn.inputs[name]) for name in ("h0", "c0")])
    our_hs, our_cs, _ = ref.lstm_sequence(**drawn.inputs)
    np.testing.assert_allclose(np.swapaxes(our_hs, 0, 1), hs.numpy(), **CLOSE)
    np.testing.assert_allclose(our_cs[-1], c.numpy(), **CLOSE)


@pytest.mark.slow
def test_when_keras_counts_its_parameters_there_are_as_many(ref: Reference) -> None:
    tf = pytest.importorskip("tensorflow")
    layer = tf.keras.layers.LSTM(5)
    layer.build((2, 4, 3))
    assert ref.count_parameters(3, 5) == layer.count_params()


@pytest.mark.slow
def test_when_keras_takes_the_sigmoid_it_is_ours(ref: Reference) -> None:
    tf = pytest.importorskip("tensorflow")
    z = np.linspace(-50, 50, 401)
    np.testing.assert_allclose(ref.sigmoid(z), tf.keras.activations.sigmoid(tf.constant(z)).numpy(), **CLOSE)
