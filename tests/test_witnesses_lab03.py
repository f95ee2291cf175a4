"""Independent proofs that lab 3's reference is right; docs/witnesses.md says which and why."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograder.truth.reference import Reference, load_reference
from course import models
from tests.witnesses import CLOSE, EPS, NEAR, SIZES, Floats, named

NAMES = ("tanh", "sigmoid", "relu", "linear")


@pytest.fixture(scope="module")
def ref() -> Reference:
    return load_reference("lab03_gradients")


@pytest.fixture(params=SIZES, ids=named)
def drawn(request: pytest.FixtureRequest) -> SimpleNamespace:
    """A batch of sequences, a network, and the gradient of the last states."""
    T, N, D, H = request.param
    rng = np.random.default_rng([T, N, D, H])
    return SimpleNamespace(
        T=T,
        N=N,
        D=D,
        H=H,
        x=rng.normal(size=(T, N, D)),
        h0=rng.normal(size=(N, H)),
        W=rng.normal(size=(D, H)),
        U=rng.normal(size=(H, H)) / math.sqrt(H),
        b=rng.normal(size=H),
        dh_last=rng.normal(size=(N, H)),
    )


def states(ref: Reference, drawn: SimpleNamespace, phi: str, n: int | None = None) -> Floats:
    """All states from the reference; those of one sequence alone where n is given."""
    x, h0 = (drawn.x, drawn.h0) if n is None else (drawn.x[:, n], drawn.h0[n])
    hs: Floats = ref.run_states(x, h0, drawn.W, drawn.U, drawn.b, phi)
    return hs


def differences(function: Callable[[Floats], Floats], at: Floats) -> Floats:
    """The Jacobian of a function of a vector, column by column."""
    moves = EPS * np.eye(len(at))
    return np.stack([(function(at + move) - function(at - move)) / (2 * EPS) for move in moves], axis=1)


def torch_activation(torch: Any, phi: str) -> Callable[[Any], Any]:
    return {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu, "linear": lambda a: a}[phi]


def torch_states(torch: Any, x: Any, h: Any, drawn: SimpleNamespace, phi: str) -> list[Any]:
    """One tensor for each step, so that autograd can be asked about each; rows turned into columns by `mv`."""
    W, U, b = (torch.tensor(array) for array in (drawn.W, drawn.U, drawn.b))
    found = []
    for x_t in x:
        h = torch_activation(torch, phi)(torch.mv(W.T, x_t) + torch.mv(U.T, h) + b)
        found.append(h)
    return found


# --- activations and slopes


@pytest.mark.parametrize("phi", NAMES)
def test_when_torch_has_the_activation_ours_gives_the_same(ref: Reference, phi: str) -> None:
    torch = pytest.importorskip("torch")
    a = np.concatenate([np.linspace(-30, 30, 601), [-1e300, -800.0, 800.0, 1e300]])
    np.testing.assert_allclose(
        ref.activate(a, phi), torch_activation(torch, phi)(torch.tensor(a)).numpy(), **CLOSE
    )


@pytest.mark.parametrize("phi", NAMES)
def test_when_the_slope_is_taken_from_the_output_it_is_autograd_s_and_that_of_differences(
    ref: Reference, phi: str
) -> None:
    torch = pytest.importorskip("torch")
    numbers = np.linspace(-4.0, 4.0, 82)  # without 0
    a = torch.tensor(numbers, requires_grad=True)
    torch_activation(torch, phi)(a).sum().backward()
    slope = ref.slope(ref.activate(numbers, phi), phi)
    np.testing.assert_allclose(slope, a.grad.numpy(), **CLOSE)
    by_differences = (ref.activate(numbers + EPS, phi) - ref.activate(numbers - EPS, phi)) / (2 * EPS)
    np.testing.assert_allclose(slope, by_differences, **NEAR)


def test_when_relu_is_at_its_corner_the_slope_is_torch_s(ref: Reference) -> None:
    torch = pytest.importorskip("torch")
    a = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    torch.relu(a).sum().backward()
    np.testing.assert_array_equal(ref.slope(np.zeros(3), "relu"), a.grad.numpy())


# --- states


@pytest.mark.parametrize("phi", ["tanh", "relu"])
def test_when_torch_runs_the_network_the_states_are_ours(
    ref: Reference, drawn: SimpleNamespace, phi: str
) -> None:
    torch = pytest.importorskip("torch")
    network = torch.nn.RNN(drawn.D, drawn.H, nonlinearity=phi, dtype=torch.float64)
    weights = {
        "weight_ih_l0": drawn.W.T,
        "weight_hh_l0": drawn.U.T,
        "bias_ih_l0": drawn.b,
        "bias_hh_l0": 0 * drawn.b,
    }
    network.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    hs = network(torch.tensor(drawn.x), torch.tensor(drawn.h0)[None])[0]
    np.testing.assert_allclose(states(ref, drawn, phi), hs.detach().numpy(), **CLOSE)


@pytest.mark.parametrize("phi", NAMES)
def test_when_a_sequence_runs_alone_its_states_are_those_in_the_batch(
    ref: Reference, drawn: SimpleNamespace, phi: str
) -> None:
    together = states(ref, drawn, phi)
    for n in range(drawn.N):
        np.testing.assert_allclose(states(ref, drawn, phi, n), together[:, n], **CLOSE)


@pytest.mark.slow
@pytest.mark.parametrize("phi", NAMES)
def test_when_keras_runs_the_network_states_and_carried_gradients_are_ours(
    ref: Reference, drawn: SimpleNamespace, phi: str
) -> None:
    tf = pytest.importorskip("tensorflow")
    layer = tf.keras.layers.SimpleRNN(drawn.H, activation=phi, return_sequences=True, dtype="float64")
    x, h0 = tf.constant(np.swapaxes(drawn.x, 0, 1)), tf.constant(drawn.h0)  # Keras has the batch first
    layer.build(x.shape)
    layer.set_weights([drawn.W, drawn.U, drawn.b])
    with tf.GradientTape() as tape:
        tape.watch([x, h0])
        hs = layer(x, initial_state=h0)
        judged = tf.reduce_sum(hs[:, -1] * drawn.dh_last)
    ours = states(ref, drawn, phi)
    np.testing.assert_allclose(ours, np.swapaxes(hs.numpy(), 0, 1), **CLOSE)
    _, das = ref.carry_back(drawn.dh_last, ours, drawn.U, phi)
    dx, dh0, db = tape.gradient(judged, [x, h0, layer.trainable_weights[2]])
    np.testing.assert_allclose(das @ drawn.W.T, np.swapaxes(dx.numpy(), 0, 1), **CLOSE)
    np.testing.assert_allclose(das[0] @ drawn.U.T, dh0.numpy(), **CLOSE)
    np.testing.assert_allclose(das.sum(axis=(0, 1)), db.numpy(), **CLOSE)


# --- Jacobians


@pytest.mark.parametrize("phi", NAMES)
def test_when_the_state_is_moved_the_step_moves_as_its_jacobian_says(
    ref: Reference, drawn: SimpleNamespace, phi: str
) -> None:
    def step(h: Floats) -> Floats:
        return ref.run_states(drawn.x[:1, 0], h, drawn.W, drawn.U, drawn.b, phi)[0]

    J = ref.jacobian(step(drawn.h0[0]), drawn.U, phi)
    np.testing.assert_allclose(J, differences(step, drawn.h0[0]), **NEAR)


@pytest.mark.parametrize("phi", NAMES)
def test_when_torch_differentiates_the_way_every_lag_has_its_jacobian(
    ref: Reference, drawn: SimpleNamespace, phi: str
) -> None:
    torch = pytest.importorskip("torch")
    hs = states(ref, drawn, phi, 0)
    for k, t in itertools.combinations_with_replacement(range(drawn.T), 2):

        def way(h: Any, k: int = k, t: int = t) -> Any:
            later = torch.tensor(drawn.x[k + 1 : t + 1, 0])
            return [h, *torch_states(torch, later, h, drawn, phi)][-1]

        wanted = torch.autograd.functional.jacobian(way, torch.tensor(hs[k]))
        np.testing.assert_allclose(ref.lag_jacobian(hs, drawn.U, phi, k, t), wanted.numpy(), **CLOSE)


@pytest.mark.parametrize("phi", NAMES)
def test_when_the_first_state_is_moved_the_last_moves_as_the_product_says(
    ref: Reference, drawn: SimpleNamespace, phi: str
) -> None:
    hs = states(ref, drawn, phi, 0)

    def way(h: Floats) -> Floats:
        if drawn.T == 1:
            return h
        return ref.run_states(drawn.x[1:, 0], h, drawn.W, drawn.U, drawn.b, phi)[-1]

    np.testing.assert_allclose(
        ref.lag_jacobian(hs, drawn.U, phi, 0, drawn.T - 1), differences(way, hs[0]), **NEAR
    )


@pytest.mark.parametrize("phi", NAMES)
def test_when_torch_measures_autograd_s_jacobians_the_norms_are_ours(
    ref: Reference, drawn: SimpleNamespace, phi: str
) -> None:
    torch = pytest.importorskip("torch")
    hs, wanted = states(ref, drawn, phi, 0), []
    for k in range(drawn.T - 2, -1, -1):

        def way(h: Any, k: int = k) -> Any:
            return torch_states(torch, torch.tensor(drawn.x[k + 1 :, 0]), h, drawn, phi)[-1]

        J = torch.autograd.functional.jacobian(way, torch.tensor(hs[k]))
        wanted.append(float(torch.linalg.svdvals(J).max()))
    np.testing.assert_allclose(ref.lag_norms(hs, drawn.U, phi), np.array(wanted), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("phi", NAMES)
def test_when_the_bound_is_drawn_no_network_is_above_it_and_one_touches_it(
    ref: Reference, drawn: SimpleNamespace, phi: str
) -> None:
    if drawn.T > 1:
        norms = ref.lag_norms(states(ref, drawn, phi, 0), drawn.U, phi)
        assert (norms <= ref.bound(drawn.U, phi, drawn.T - 1)[1] * (1 + 1e-12)).all()
    # At rest every slope is the largest, so one step of the network without input is as steep as the bound.
    rest = np.full(drawn.H, 0.5 if phi == "sigmoid" else 1.0 if phi == "relu" else 0.0)
    c, powers = ref.bound(drawn.U, phi, 3)
    steepest = math.sqrt(
        np.linalg.eigvalsh(ref.jacobian(rest, drawn.U, phi).T @ ref.jacobian(rest, drawn.U, phi)).max()
    )
    np.testing.assert_allclose([c, *powers], [steepest, steepest, steepest**2, steepest**3], rtol=1e-7)


@pytest.mark.parametrize("phi", NAMES)
def test_when_torch_goes_back_every_state_hears_the_same(
    ref: Reference, drawn: SimpleNamespace, phi: str
) -> None:
    torch = pytest.importorskip("torch")
    dhs, das = ref.carry_back(drawn.dh_last, states(ref, drawn, phi), drawn.U, phi)
    for n in range(drawn.N):
        b = [
            torch.tensor(drawn.b, requires_grad=True) for _ in range(drawn.T)
        ]  # a bias of its own for each step
        h, found = torch.tensor(drawn.h0[n]), []
        for t in range(drawn.T):
            a = torch.tensor(drawn.W.T) @ torch.tensor(drawn.x[t, n]) + torch.tensor(drawn.U.T) @ h + b[t]
            h = torch_activation(torch, phi)(a)
            h.requires_grad_(True)
            h.retain_grad()
            found.append(h)
        found[-1].backward(torch.tensor(drawn.dh_last[n]))
        for t in range(drawn.T):
            np.testing.assert_allclose(dhs[t, n], found[t].grad.numpy(), **CLOSE)
            np.testing.assert_allclose(das[t, n], b[t].grad.numpy(), **CLOSE)


@pytest.mark.parametrize("phi", NAMES)
def test_when_biases_of_one_step_are_moved_the_judged_state_moves_as_said(
    ref: Reference, drawn: SimpleNamespace, phi: str
) -> None:
    """Central differences of what the last states are judged by, through a loop of the test's own."""
    _, das = ref.carry_back(drawn.dh_last, states(ref, drawn, phi), drawn.U, phi)

    def judged(extra: Floats) -> float:
        h = drawn.h0
        for t in range(drawn.T):
            h = ref.activate(drawn.x[t] @ drawn.W + h @ drawn.U + drawn.b + extra[t], phi)
        return float(np.sum(drawn.dh_last * h))

    zeros = np.zeros(das.shape)
    for index in np.ndindex(zeros.shape):
        move = zeros.copy()
        move[index] = EPS
        np.testing.assert_allclose(das[index], (judged(move) - judged(-move)) / (2 * EPS), **NEAR)


def test_when_the_toolkit_s_network_goes_back_it_agrees(ref: Reference, drawn: SimpleNamespace) -> None:
    params = {"W": drawn.W, "U": drawn.U, "b": drawn.b}
    hs, cache = models.rnn_forward(params, drawn.x, drawn.h0)
    upstream = np.zeros(hs.shape)
    upstream[-1] = drawn.dh_last
    grads, dx, _ = models.rnn_backward(params, cache, upstream)
    _, das = ref.carry_back(drawn.dh_last, states(ref, drawn, "tanh"), drawn.U, "tanh")
    np.testing.assert_allclose(das @ drawn.W.T, dx, **CLOSE)
    np.testing.assert_allclose(das.sum(axis=(0, 1)), grads["b"], **CLOSE)


# --- spectra


@pytest.mark.parametrize("seed", range(8))
def test_when_torch_finds_the_eigenvalues_the_radius_is_ours_and_powers_grow_by_it(
    ref: Reference, seed: int
) -> None:
    torch = pytest.importorskip("torch")
    U = np.random.default_rng(seed).normal(size=(seed + 1, seed + 1))
    radius = ref.spectral_radius(U)
    np.testing.assert_allclose(radius, float(torch.linalg.eigvals(torch.tensor(U)).abs().max()), rtol=1e-9)
    power = np.linalg.matrix_power(U / radius, 4096)  # Gelfand: the norm's root tends to 1
    np.testing.assert_allclose(np.linalg.norm(power, 2) ** (1 / 4096), 1.0, rtol=5e-3)


@pytest.mark.parametrize(("U", "radius"), [
    ([[0.0, -2.0], [2.0, 0.0]], 2.0),
    ([[-3.0, 5.0], [0.0, 1.0]], 3.0),
    ([[0.5, 10.0], [0.0, 0.5]], 0.5),
])  # fmt: skip
def test_when_eigenvalues_are_known_the_radius_is_the_largest_size(
    ref: Reference, U: Any, radius: float
) -> None:
    np.testing.assert_allclose(ref.spectral_radius(np.array(U)), radius, rtol=1e-12)


@pytest.mark.parametrize("radius", [0.3, 1.0, 2.5])
def test_when_a_matrix_is_given_a_radius_it_has_it_and_keeps_its_directions(
    ref: Reference, radius: float
) -> None:
    U = np.random.default_rng(0).normal(size=(6, 6))
    scaled = ref.with_radius(U, radius)
    np.testing.assert_allclose(np.abs(np.linalg.eigvals(scaled)).max(), radius, rtol=1e-12)
    np.testing.assert_allclose(scaled / U, np.full(U.shape, scaled[0, 0] / U[0, 0]), rtol=1e-12)


# --- overflow and descent


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("factor", [1.5, 2.0, 10.0])
def test_when_one_unit_grows_the_first_overflow_is_where_the_type_ends(
    ref: Reference, kind: Any, factor: float
) -> None:
    largest = Fraction(float(np.finfo(kind).max))
    wanted = next(steps for steps in itertools.count(1) if Fraction(factor) ** steps > largest)
    with np.errstate(all="ignore"):
        assert ref.steps_until_overflow(np.array([1.0]), np.array([[factor]]), kind, 5000) == wanted


def test_when_torch_multiplies_in_float32_it_overflows_at_the_same_step(ref: Reference) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    h, U = rng.normal(size=5), rng.normal(size=(5, 5))
    state, matrix, steps = torch.tensor(h, dtype=torch.float32), torch.tensor(U, dtype=torch.float32), 0
    while bool(torch.isfinite(state).all()):
        state, steps = torch.mv(matrix.T, state), steps + 1
    with np.errstate(all="ignore"):
        assert ref.steps_until_overflow(h, U, np.float32, 5000) == steps


@pytest.mark.parametrize("limit", [0.5, 2.0, math.inf])
def test_when_torch_clips_and_descends_the_path_is_ours(ref: Reference, limit: float) -> None:
    torch = pytest.importorskip("torch")
    start, curvature = np.array([2.0, -1.0, 0.5]), np.array([3.0, 0.5, 1.0])
    theta = torch.tensor(start, requires_grad=True)
    optimiser, path = torch.optim.SGD([theta], lr=0.1), [start]
    for _ in range(12):
        optimiser.zero_grad()
        (0.5 * torch.sum(torch.tensor(curvature) * theta**2)).backward()
        torch.nn.utils.clip_grad_norm_([theta], limit)
        optimiser.step()
        path.append(theta.detach().numpy().copy())
    ours = ref.descend(start, lambda at: curvature * at, 0.1, limit, 12)
    np.testing.assert_allclose(
        ours, np.array(path), rtol=1e-5, atol=1e-6
    )  # PyTorch divides by the norm plus 1e-6


# --- starts


@pytest.mark.parametrize("H", [1, 2, 5, 20])
def test_when_gram_and_schmidt_do_it_the_orthogonal_matrix_is_ours(ref: Reference, H: int) -> None:
    A = np.random.default_rng(H).normal(size=(H, H))
    columns: list[Floats] = []
    for a in A.T:
        for _ in range(2):  # twice, since once loses digits
            a = a - sum((q * (q @ a) for q in columns), np.zeros(H))
        columns.append(a / math.sqrt(a @ a))
    Q = ref.orthogonal(A)
    np.testing.assert_allclose(Q, np.array(columns).T, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(Q @ Q.T, np.eye(H), atol=1e-12)
    assert (np.diag(Q.T @ A) > 0).all()


def test_when_the_irnn_starts_it_adds_up_what_comes_in(ref: Reference) -> None:
    rng = np.random.default_rng(0)
    A, x = rng.uniform(size=(3, 5)), rng.uniform(size=(7, 3))
    W, U, b = ref.irnn_start(A, 0.1)
    hs = ref.run_states(x, np.zeros(5), W, U, b, "relu")
    np.testing.assert_allclose(hs, np.cumsum(0.1 * x @ A, axis=0), rtol=1e-12)
    theirs = models.irnn_init(rng, 3, 5)
    assert all(mine.shape == theirs[name].shape for name, mine in (("W", W), ("U", U), ("b", b)))
    np.testing.assert_array_equal(U, theirs["U"])
    np.testing.assert_array_equal(b, theirs["b"])


# --- a way around


@pytest.mark.parametrize("alpha", [0.1, 1.0])
def test_when_a_residual_step_is_moved_it_moves_as_its_jacobian_says(
    ref: Reference, drawn: SimpleNamespace, alpha: float
) -> None:
    torch = pytest.importorskip("torch")

    def step(h: Floats) -> Floats:
        return ref.residual_step(drawn.x[0, 0], h, drawn.W, drawn.U, drawn.b, alpha)[0]

    def torch_step(h: Any) -> Any:
        W, U, b, x = (torch.tensor(array) for array in (drawn.W, drawn.U, drawn.b, drawn.x[0, 0]))
        return h + alpha * torch.tanh(W.T @ x + U.T @ h + b)

    h = torch.tensor(drawn.h0[0])
    _, s = ref.residual_step(drawn.x[0, 0], drawn.h0[0], drawn.W, drawn.U, drawn.b, alpha)
    J = ref.residual_jacobian(s, drawn.U, alpha)
    np.testing.assert_allclose(step(drawn.h0[0]), torch_step(h).numpy(), **CLOSE)
    np.testing.assert_allclose(J, torch.autograd.functional.jacobian(torch_step, h).numpy(), **CLOSE)
    np.testing.assert_allclose(J, differences(step, drawn.h0[0]), **NEAR)


# --- several runs


@pytest.mark.parametrize("seed", range(6))
def test_when_the_standard_library_counts_the_summary_is_ours(ref: Reference, seed: int) -> None:
    rng = np.random.default_rng(seed)
    runs, last = int(rng.integers(1, 8)), int(rng.integers(1, 5))
    curves = rng.uniform(0.0, 0.2, (runs, 9))
    if seed % 2:
        curves[0, -1] = rng.choice([math.nan, math.inf])
    results = [statistics.fmean(curve[-last:]) for curve in curves.tolist()]
    results = [result if math.isfinite(result) else math.inf for result in results]
    wanted = statistics.median(results), min(results), max(results), sum(r < 0.1 for r in results) / runs
    np.testing.assert_allclose(ref.summarise(curves, last, 0.1), wanted, rtol=1e-12)
