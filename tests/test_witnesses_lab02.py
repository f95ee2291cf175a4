"""Independent proofs that lab 2's reference is right; docs/witnesses.md says which and why."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograder.truth.reference import Reference, load_reference
from course import models
from tests.witnesses import CLOSE, EPS, NEAR, Floats, central_differences, named

# T, N, D, H, K: ordinary, and every size 1 once, all of them, and a longer sequence
SIZES = [
    (5, 3, 2, 4, 6),
    (1, 3, 2, 4, 5),
    (6, 1, 3, 2, 4),
    (4, 2, 1, 3, 5),
    (4, 2, 3, 1, 2),
    (3, 2, 4, 3, 1),
    (1, 1, 1, 1, 1),
    (12, 2, 4, 3, 5),
]


@pytest.fixture(scope="module")
def ref() -> Reference:
    return load_reference("lab02_bptt")


@pytest.fixture(params=SIZES, ids=named)
def drawn(request: pytest.FixtureRequest) -> SimpleNamespace:
    """A batch of sequences, a network, upstream gradients of all states and of the last, and targets."""
    T, N, D, H, K = request.param
    rng = np.random.default_rng([T, N, D, H, K])
    shapes = {"W": (D, H), "U": (H, H), "b": (H,), "V": (H, K), "b_y": (K,)}
    return SimpleNamespace(
        T=T,
        N=N,
        D=D,
        H=H,
        K=K,
        params={name: rng.normal(size=shape) for name, shape in shapes.items()},
        x=rng.normal(size=(T, N, D)),
        h0=rng.normal(size=(N, H)),
        dhs=rng.normal(size=(T, N, H)),
        dh_last=rng.normal(size=(N, H)),
        y=rng.normal(scale=2.0, size=(T, N, K)),
        dy=rng.normal(size=(T, N, K)),
        targets=rng.integers(0, K, (T, N)),
    )


def leaf(torch: Any, array: Floats) -> Any:
    return torch.tensor(array, requires_grad=True)


def leaves(torch: Any, arrays: dict[str, Floats]) -> dict[str, Any]:
    return {name: leaf(torch, array) for name, array in arrays.items()}


def torch_states(torch: Any, x: Any, h: Any, p: dict[str, Any]) -> Any:
    """All states from torch.nn.RNNCell, with all of the bias beside W."""
    cell = torch.nn.RNNCell(x.shape[2], h.shape[1], dtype=torch.float64)
    weights = {"weight_ih": p["W"].T, "weight_hh": p["U"].T, "bias_ih": p["b"]}
    weights["bias_hh"] = torch.zeros_like(p["b"])
    states = []
    for x_t in x:
        h = torch.func.functional_call(cell, weights, (x_t, h))
        states.append(h)
    return torch.stack(states)


# --- five factors


@pytest.mark.parametrize("seed", range(5))
def test_when_the_five_factors_are_multiplied_they_are_the_derivative(ref: Reference, seed: int) -> None:
    x1, x2, w21, w22, w11, w12, target = np.random.default_rng(seed).normal(size=7)

    def chain(w222: float) -> tuple[float, float, float]:
        h22 = 1 / (1 + math.exp(-(w222 * x2 + w21 * x1)))
        y_hat = 1 / (1 + math.exp(-(w12 * h22 + w11)))
        return h22, y_hat, 0.5 * (y_hat - target) ** 2

    h22, y_hat, _ = chain(w22)
    factors = ref.five_factors(x2, h22, w12, y_hat, target)
    moved = (chain(w22 + EPS)[2] - chain(w22 - EPS)[2]) / (2 * EPS)
    assert np.prod(factors) == pytest.approx(moved, rel=1e-6, abs=1e-10)


def test_when_autograd_gives_every_link_of_the_chain_the_five_factors_are_its(ref: Reference) -> None:
    torch = pytest.importorskip("torch")
    w222, x2, w312, target = (torch.tensor(v, dtype=torch.float64) for v in (0.8, -0.4, -1.2, 1.0))
    w222.requires_grad_()
    a22 = w222 * x2 + 1.35
    h22 = torch.sigmoid(a22)
    a31 = w312 * h22 + 0.49
    y_hat = torch.sigmoid(a31)
    L = 0.5 * (y_hat - target) ** 2
    links = [(L, y_hat), (y_hat, a31), (a31, h22), (h22, a22), (a22, w222)]
    wanted = [torch.autograd.grad(to, start, retain_graph=True)[0].item() for to, start in links]
    numbers = (v.item() for v in (x2, h22, w312, y_hat, target))
    np.testing.assert_allclose(ref.five_factors(*numbers), wanted, **CLOSE)


# --- the judge itself


def test_when_the_function_is_known_the_numeric_gradients_are_its_derivatives(ref: Reference) -> None:
    rng = np.random.default_rng(1)
    params = {
        name: np.asarray(rng.normal(size=s)) for name, s in {"a": (2, 3), "b": (2, 1, 4), "c": ()}.items()
    }
    before = {name: array.copy() for name, array in params.items()}
    found = ref.numeric_gradients(lambda p: float(sum(np.sum(np.sin(a) * a) for a in p.values())), params)
    for name, a in params.items():
        assert found[name].shape == a.shape
        np.testing.assert_allclose(found[name], np.cos(a) * a + np.sin(a), rtol=1e-7, atol=1e-8)
        np.testing.assert_array_equal(a, before[name])


def test_when_the_function_is_torchs_the_numeric_gradients_are_autograds(ref: Reference) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(2)
    params = {"a": rng.normal(size=(3, 4)), "b": rng.normal(size=4)}

    def L(a: Any, b: Any) -> Any:
        return torch.logsumexp(a * b, dim=1).prod()

    tensors = leaves(torch, params)
    L(**tensors).backward()
    found = ref.numeric_gradients(
        lambda p: float(L(**{name: torch.tensor(array) for name, array in p.items()})), params
    )
    for name in params:
        np.testing.assert_allclose(found[name], tensors[name].grad.numpy(), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("eps", [1e-1, 1e-2, 1e-3], ids=str)
def test_when_eps_is_wide_the_error_is_the_cubic_term(ref: Reference, eps: float) -> None:
    a = np.array([0.3, -1.2])
    found = ref.numeric_gradients(lambda p: float(np.sum(p["a"] ** 3)), {"a": a}, eps)["a"]
    np.testing.assert_allclose(found - 3 * a**2, eps**2, rtol=1e-6)


@pytest.mark.parametrize("shape", [(1,), (5,), (2, 3), (2, 1, 4)], ids=str)
def test_when_two_gradients_differ_the_relative_error_is_theirs_number_by_number(
    ref: Reference, shape: tuple[int, ...]
) -> None:
    g, n = np.random.default_rng(3).normal(size=(2, *shape))
    pairs = list(zip(g.ravel().tolist(), n.ravel().tolist(), strict=True))
    wanted = max(abs(a - b) for a, b in pairs) / max(max(abs(a), abs(b)) for a, b in pairs)
    assert ref.relative_error(g, n) == pytest.approx(wanted, rel=1e-14)
    assert ref.relative_error(n, g) == ref.relative_error(g, n)
    assert ref.relative_error(1e9 * g, 1e9 * n) == pytest.approx(wanted, rel=1e-12)  # no unit matters
    assert (ref.relative_error(g, g), ref.relative_error(g, -g)) == (0.0, 2.0)
    assert (ref.relative_error(0 * g, 0 * g), ref.relative_error(g, 0 * g)) == (0.0, 1.0)


# --- forward and loss


def test_when_the_network_runs_forward_states_and_scores_are_pytorchs(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    p = leaves(torch, drawn.params)
    wanted = torch_states(torch, torch.tensor(drawn.x), torch.tensor(drawn.h0), p)
    scores = torch.nn.functional.linear(wanted, p["V"].T, p["b_y"])
    hs, y = ref.rnn_forward(drawn.x, drawn.h0, drawn.params)
    np.testing.assert_allclose(hs, wanted.detach().numpy(), **CLOSE)
    np.testing.assert_allclose(y, scores.detach().numpy(), **CLOSE)


def test_when_scores_are_given_loss_and_dy_are_pytorchs(ref: Reference, drawn: SimpleNamespace) -> None:
    torch = pytest.importorskip("torch")
    y = leaf(torch, drawn.y)
    wanted = torch.nn.functional.cross_entropy(y.flatten(0, 1), torch.tensor(drawn.targets).flatten())
    wanted.backward()
    loss, dy = ref.loss_and_dy(drawn.y, drawn.targets)
    assert loss == pytest.approx(wanted.item(), rel=1e-12, abs=1e-14)
    np.testing.assert_allclose(dy, y.grad.numpy(), **CLOSE)


def test_when_scores_move_a_little_dy_is_the_central_difference(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    dy = ref.loss_and_dy(drawn.y, drawn.targets)[1]
    slopes = central_differences(lambda y: ref.loss_and_dy(y, drawn.targets)[0], drawn.y)
    np.testing.assert_allclose(dy, slopes, **NEAR)


@pytest.mark.parametrize("gap", [100.0, 1000.0, 1e6], ids=str)
def test_when_the_model_is_sure_and_wrong_the_loss_is_the_gap_without_a_warning(
    ref: Reference, gap: float
) -> None:
    torch = pytest.importorskip("torch")
    scores = np.array([[[gap, 0.0, -gap], [0.0, 0.0, 0.0]]])
    targets = np.array([[1, 2]])
    with np.errstate(all="raise", under="ignore"):
        loss, dy = ref.loss_and_dy(scores, targets)
    assert loss == pytest.approx((gap + math.log(3)) / 2)
    y = leaf(torch, scores)
    torch.nn.functional.cross_entropy(y[0], torch.tensor(targets[0])).backward()
    np.testing.assert_allclose(dy, y.grad.numpy(), **CLOSE)


# --- backward, piece by piece


def test_when_the_output_layer_goes_back_its_gradients_are_autograds_and_central_differences(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    values = {"hs": drawn.dhs, "V": drawn.params["V"], "b_y": drawn.params["b_y"]}  # any numbers will do
    found = dict(zip(values, ref.output_backward(drawn.dy, values["hs"], values["V"]), strict=True))
    tensors = leaves(torch, values)
    scores = torch.nn.functional.linear(tensors["hs"], tensors["V"].T, tensors["b_y"])
    scores.backward(torch.tensor(drawn.dy))
    for name, value in values.items():

        def L(a: Floats, name: str = name) -> float:
            v = {**values, name: a}
            return float(np.sum(drawn.dy * (v["hs"] @ v["V"] + v["b_y"])))

        np.testing.assert_allclose(found[name], tensors[name].grad.numpy(), err_msg=name, **CLOSE)
        np.testing.assert_allclose(found[name], central_differences(L, value), err_msg=name, **NEAR)


def test_when_a_tanh_goes_back_it_is_autograd_and_the_central_difference_also_when_saturated(
    ref: Reference,
) -> None:
    torch = pytest.importorskip("torch")
    a = np.concatenate([np.linspace(-6, 6, 30), [-800.0, 800.0]]).reshape(4, 8)
    dh = np.random.default_rng(4).normal(size=a.shape)
    tensor = leaf(torch, a)
    torch.tanh(tensor).backward(torch.tensor(dh))
    da = ref.tanh_backward(dh, np.tanh(a))
    np.testing.assert_allclose(da, tensor.grad.numpy(), **CLOSE)
    slopes = central_differences(lambda a: float(np.sum(dh * np.tanh(a))), a)
    np.testing.assert_allclose(da, slopes, **NEAR)
    assert da[-1, -1] == 0.0 and da[-1, -2] == 0.0


def test_when_a_step_goes_back_its_five_gradients_are_autograds_and_central_differences(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    p, dh = drawn.params, drawn.dh_last
    values = {"x": drawn.x[0], "h_prev": drawn.h0, "W": p["W"], "U": p["U"], "b": p["b"]}

    def forward(v: dict[str, Floats]) -> Floats:
        return np.asarray(np.tanh(v["x"] @ v["W"] + v["h_prev"] @ v["U"] + v["b"]))

    found = ref.rnn_step_backward(dh, values["x"], values["h_prev"], forward(values), p["W"], p["U"])
    tensors = leaves(torch, values)
    h = torch_states(torch, tensors["x"][None], tensors["h_prev"], tensors)[0]
    h.backward(torch.tensor(dh))
    for (name, value), gradient in zip(values.items(), found, strict=True):

        def L(a: Floats, name: str = name) -> float:
            return float(np.sum(dh * forward({**values, name: a})))

        np.testing.assert_allclose(gradient, tensors[name].grad.numpy(), err_msg=name, **CLOSE)
        np.testing.assert_allclose(gradient, central_differences(L, value), err_msg=name, **NEAR)


@pytest.fixture
def bptt(ref: Reference, drawn: SimpleNamespace) -> dict[str, Floats]:
    """The reference's five gradients through time, with something coming back to the last state."""
    p = drawn.params
    hs, _ = ref.rnn_forward(drawn.x, drawn.h0, p)
    found = ref.rnn_backward(drawn.dhs, drawn.dh_last, drawn.x, drawn.h0, hs, p["W"], p["U"])
    return dict(zip(("x", "h0", "W", "U", "b"), found, strict=True))


def test_when_a_sequence_goes_back_its_gradients_are_autograds(
    bptt: dict[str, Floats], drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    tensors = leaves(torch, {"x": drawn.x, "h0": drawn.h0, **drawn.params})
    hs = torch_states(torch, tensors["x"], tensors["h0"], tensors)
    torch.autograd.backward([hs, hs[-1]], [torch.tensor(drawn.dhs), torch.tensor(drawn.dh_last)])
    for name, gradient in bptt.items():
        np.testing.assert_allclose(gradient, tensors[name].grad.numpy(), err_msg=name, **CLOSE)


def test_when_a_sequence_goes_back_its_gradients_are_central_differences(
    ref: Reference, bptt: dict[str, Floats], drawn: SimpleNamespace
) -> None:
    values = {"x": drawn.x, "h0": drawn.h0, **{name: drawn.params[name] for name in "WUb"}}
    for name, gradient in bptt.items():

        def L(a: Floats, name: str = name) -> float:
            v = {**values, name: a}
            hs, _ = ref.rnn_forward(v["x"], v["h0"], {**drawn.params, **{k: v[k] for k in "WUb"}})
            return float(np.sum(drawn.dhs * hs) + np.sum(drawn.dh_last * hs[-1]))

        np.testing.assert_allclose(gradient, central_differences(L, values[name]), err_msg=name, **NEAR)


def test_when_a_sequence_is_cut_and_its_gradient_is_handed_on_nothing_is_lost(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    if drawn.T < 2:
        pytest.skip("one step cannot be cut")
    p, cut = drawn.params, drawn.T // 2
    hs, _ = ref.rnn_forward(drawn.x, drawn.h0, p)

    def back(piece: slice, dh_last: Floats, h0: Floats) -> Any:
        return ref.rnn_backward(drawn.dhs[piece], dh_last, drawn.x[piece], h0, hs[piece], p["W"], p["U"])

    whole = back(slice(None), drawn.dh_last, drawn.h0)
    late = back(slice(cut, None), drawn.dh_last, hs[cut - 1])
    early = back(slice(cut), late[1], drawn.h0)
    np.testing.assert_allclose(np.concatenate([early[0], late[0]]), whole[0], **CLOSE)
    np.testing.assert_allclose(early[1], whole[1], **CLOSE)
    for k in (2, 3, 4):
        np.testing.assert_allclose(early[k] + late[k], whole[k], **CLOSE)


# --- all of it


def test_when_the_whole_network_goes_back_all_gradients_are_autograds_and_central_differences(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    p = leaves(torch, drawn.params)
    hs = torch_states(torch, torch.tensor(drawn.x), torch.tensor(drawn.h0), p)
    scores = torch.nn.functional.linear(hs, p["V"].T, p["b_y"])
    wanted = torch.nn.functional.cross_entropy(scores.flatten(0, 1), torch.tensor(drawn.targets).flatten())
    wanted.backward()
    loss, grads, h_last = ref.loss_and_grads(drawn.params, drawn.x, drawn.h0, drawn.targets)
    assert loss == pytest.approx(wanted.item(), rel=1e-12, abs=1e-14)
    np.testing.assert_allclose(h_last, hs[-1].detach().numpy(), **CLOSE)
    assert set(grads) == set(drawn.params)
    for name, array in drawn.params.items():

        def L(a: Floats, name: str = name) -> float:
            moved = {**drawn.params, name: a}
            return float(ref.loss_and_grads(moved, drawn.x, drawn.h0, drawn.targets)[0])

        np.testing.assert_allclose(grads[name], p[name].grad.numpy(), err_msg=name, **CLOSE)
        np.testing.assert_allclose(grads[name], central_differences(L, array), err_msg=name, **NEAR)


def test_when_the_toolkit_goes_back_its_gradients_are_the_same(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    net = models.Network("tanh", drawn.params)
    outputs, cache = net.forward(drawn.x)
    _, dy = models.cross_entropy(outputs, drawn.targets)
    wanted = net.backward(cache, dy)
    _, grads, _ = ref.loss_and_grads(drawn.params, drawn.x, np.zeros_like(drawn.h0), drawn.targets)
    for name in drawn.params:
        np.testing.assert_allclose(grads[name], wanted[name], err_msg=name, **CLOSE)


# --- text and chunks


@pytest.mark.parametrize(("M", "N"), [(11, 2), (12, 3), (13, 3), (2, 1), (9, 8), (30, 7)], ids=str)
def test_when_a_text_becomes_streams_each_is_a_piece_and_each_target_follows(
    ref: Reference, M: int, N: int
) -> None:
    tokens = np.arange(100, 100 + M)
    inputs, targets = ref.text_streams(tokens, N)
    L = (M - 1) // N
    assert inputs.shape == targets.shape == (L, N)
    for n in range(N):
        for t in range(L):
            assert (inputs[t, n], targets[t, n]) == (tokens[n * L + t], tokens[n * L + t + 1])
    assert M - 1 - L * N < N  # no further step would fit


@pytest.mark.parametrize(("T", "n"), [(6, 2), (7, 3), (4, 1), (3, 9), (5, 5)], ids=str)
def test_when_training_goes_in_chunks_it_is_pytorchs_with_a_detached_state(
    ref: Reference, T: int, n: int
) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng([T, n])
    N, D, H, K = 3, 2, 4, 5
    shapes = {"W": (D, H), "U": (H, H), "b": (H,), "V": (H, K), "b_y": (K,)}
    start = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    x, h0, targets = rng.normal(size=(T, N, D)), rng.normal(size=(N, H)), rng.integers(0, K, (T, N))
    p, h, wanted = leaves(torch, start), torch.tensor(h0), []
    optimiser = torch.optim.SGD(p.values(), lr=0.3)
    for t in range(0, T, n):
        hs = torch_states(torch, torch.tensor(x[t : t + n]), h.detach(), p)
        scores = torch.nn.functional.linear(hs, p["V"].T, p["b_y"])
        labels = torch.tensor(targets[t : t + n])
        loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), labels.flatten())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        h = hs[-1]
        wanted.append(loss.item())

    def update(params: dict[str, Floats], grads: dict[str, Floats]) -> dict[str, Floats]:
        return {name: params[name] - 0.3 * grads[name] for name in params}

    params, state, losses = ref.train_in_chunks(start, x, h0, targets, n, ref.loss_and_grads, update)
    np.testing.assert_allclose(losses, wanted, **CLOSE)
    np.testing.assert_allclose(state, h.detach().numpy(), **CLOSE)
    for name in params:
        np.testing.assert_allclose(params[name], p[name].detach().numpy(), err_msg=name, **CLOSE)


# --- clipping and optimisers


@pytest.mark.parametrize("largest", [0.1, 1.0, 100.0], ids=str)
def test_when_gradients_are_clipped_they_are_pytorchs_as_near_as_its_small_number_allows(
    ref: Reference, drawn: SimpleNamespace, largest: float
) -> None:
    torch = pytest.importorskip("torch")
    tensors = leaves(torch, drawn.params)
    for name, tensor in tensors.items():
        tensor.grad = torch.tensor(drawn.params[name])
    norm = torch.nn.utils.clip_grad_norm_(tensors.values(), largest)
    clipped, ours = ref.clip_by_global_norm(drawn.params, largest)
    assert ours == pytest.approx(norm.item(), rel=1e-12)
    for name in clipped:  # PyTorch adds 1e-6 to the norm that it divides by
        np.testing.assert_allclose(clipped[name], tensors[name].grad.numpy(), rtol=2e-5)
    flat = np.concatenate([array.ravel() for array in drawn.params.values()])
    after = np.concatenate([array.ravel() for array in clipped.values()])
    assert ours == pytest.approx(float(np.linalg.norm(flat)), rel=1e-12)
    assert np.linalg.norm(after) == pytest.approx(min(largest, ours), rel=1e-12)
    assert np.dot(flat, after) == pytest.approx(np.linalg.norm(flat) * np.linalg.norm(after), rel=1e-12)


def walk(drawn: SimpleNamespace, k: int) -> dict[str, Floats]:
    """The gradient of update k, the same for everyone."""
    return {name: np.sin(k + array) * 10.0 ** (k % 3) for name, array in drawn.params.items()}


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9], ids=str)
def test_when_momentum_walks_it_is_pytorchs_sgd(
    ref: Reference, drawn: SimpleNamespace, momentum: float
) -> None:
    torch = pytest.importorskip("torch")
    tensors = leaves(torch, drawn.params)
    optimiser = torch.optim.SGD(tensors.values(), lr=0.05, momentum=momentum)
    params, velocity = drawn.params, {name: np.zeros_like(a) for name, a in drawn.params.items()}
    for k in range(1, 6):
        for name, gradient in walk(drawn, k).items():
            tensors[name].grad = torch.tensor(gradient)
        optimiser.step()
        params, velocity = ref.momentum_step(params, walk(drawn, k), velocity, 0.05, momentum)
    for name in params:
        np.testing.assert_allclose(params[name], tensors[name].detach().numpy(), err_msg=name, **CLOSE)


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.7)], ids=str)
@pytest.mark.parametrize("eps", [1e-8, 0.1], ids=str)
def test_when_adam_walks_it_is_pytorchs(
    ref: Reference, drawn: SimpleNamespace, betas: tuple[float, float], eps: float
) -> None:
    torch = pytest.importorskip("torch")
    tensors = leaves(torch, drawn.params)
    optimiser = torch.optim.Adam(tensors.values(), lr=0.05, betas=betas, eps=eps)
    params = drawn.params
    m = v = {name: np.zeros_like(array) for name, array in params.items()}
    for k in range(1, 6):
        for name, gradient in walk(drawn, k).items():
            tensors[name].grad = torch.tensor(gradient)
        optimiser.step()
        params, m, v = ref.adam_step(params, walk(drawn, k), m, v, k, 0.05, *betas, eps)
    for name in params:
        np.testing.assert_allclose(params[name], tensors[name].detach().numpy(), err_msg=name, **CLOSE)


def test_when_adam_meets_a_steady_gradient_every_step_is_the_rate(ref: Reference) -> None:
    params, steady = {"a": np.zeros(3)}, {"a": np.array([1e-3, -1.0, 1e6])}
    m = v = {"a": np.zeros(3)}
    for k in range(1, 8):
        before = params["a"]
        params, m, v = ref.adam_step(params, steady, m, v, k)
        np.testing.assert_allclose(params["a"] - before, [-0.001, 0.001, -0.001], rtol=2e-5)


# --- Keras, whose import takes seconds


@pytest.mark.slow
def test_when_keras_runs_the_network_loss_and_gradients_are_ours(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    tf = pytest.importorskip("tensorflow")
    layer = tf.keras.layers.SimpleRNN(drawn.H, return_sequences=True, dtype="float64")
    head = tf.keras.layers.Dense(drawn.K, dtype="float64")
    x = tf.constant(np.swapaxes(drawn.x, 0, 1))  # Keras has the batch first
    h0 = tf.constant(drawn.h0)
    layer.build(x.shape)
    layer.set_weights([drawn.params[name] for name in ("W", "U", "b")])
    head.build((drawn.N, drawn.T, drawn.H))
    head.set_weights([drawn.params[name] for name in ("V", "b_y")])
    with tf.GradientTape() as tape:
        scores = head(layer(x, initial_state=h0))
        rows = tf.nn.sparse_softmax_cross_entropy_with_logits(drawn.targets.T, scores)
        wanted = tf.reduce_mean(rows)
    slopes = tape.gradient(wanted, [*layer.trainable_weights, *head.trainable_weights])
    loss, grads, _ = ref.loss_and_grads(drawn.params, drawn.x, drawn.h0, drawn.targets)
    assert loss == pytest.approx(float(wanted), rel=1e-12, abs=1e-14)
    for name, slope in zip(drawn.params, slopes, strict=True):
        np.testing.assert_allclose(grads[name], tf.convert_to_tensor(slope).numpy(), err_msg=name, **CLOSE)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["momentum", "adam"])
def test_when_keras_walks_it_arrives_where_we_do(ref: Reference, drawn: SimpleNamespace, kind: str) -> None:
    tf = pytest.importorskip("tensorflow")
    variables = {name: tf.Variable(array) for name, array in drawn.params.items()}
    optimiser = (
        tf.keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
        if kind == "momentum"
        else tf.keras.optimizers.Adam(learning_rate=0.05, beta_1=0.9, beta_2=0.999, epsilon=1e-8)
    )
    params, zeros = drawn.params, {name: np.zeros_like(array) for name, array in drawn.params.items()}
    memory = [zeros] if kind == "momentum" else [zeros, zeros]
    for k in range(1, 6):
        grads = walk(drawn, k)
        optimiser.apply_gradients([(tf.constant(grads[name]), variables[name]) for name in variables])
        if kind == "momentum":
            params, *memory = ref.momentum_step(params, grads, *memory, 0.05)
        else:
            params, *memory = ref.adam_step(params, grads, *memory, k, rate=0.05)
    for name in params:  # Keras keeps its rates in float32
        np.testing.assert_allclose(params[name], variables[name].numpy(), err_msg=name, rtol=1e-5, atol=1e-5)
