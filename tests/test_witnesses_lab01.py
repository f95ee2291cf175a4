"""Independent proofs that lab 1's reference is right; docs/witnesses.md says which and why."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograder.truth.reference import Reference, load_reference
from tests.witnesses import CLOSE, EPS, Floats, named

# T, N, D, H, K: ordinary, and every size 1 once, and all of them (a softmax of one class is 1)
SIZES = [
    (5, 3, 2, 4, 6),
    (1, 3, 2, 4, 5),
    (6, 1, 3, 2, 4),
    (4, 2, 1, 3, 5),
    (4, 2, 3, 1, 5),
    (4, 2, 3, 5, 1),
    (1, 1, 1, 1, 1),
    (12, 2, 4, 3, 5),
]
# central differences of float64: rounding 1e-16 / 1e-6, for numbers of the order of 1
NEAR = {"rtol": 1e-6, "atol": 1e-9}
SHAPES = [(), (1,), (7,), (3, 4), (2, 3, 4)]
CURVES: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "tanh": np.tanh,
    "relu": lambda a: a * (a > 0),
}


@pytest.fixture(scope="module")
def ref() -> Reference:
    return load_reference("lab01_rnn")


@pytest.fixture(params=SIZES, ids=named)
def drawn(request: pytest.FixtureRequest) -> SimpleNamespace:
    """Inputs of a network: a batch of sequences, its weights, and lengths of which the longest is T."""
    T, N, D, H, K = request.param
    rng = np.random.default_rng([T, N, D, H, K])
    shapes = {"x": (T, N, D), "h0": (N, H), "W": (D, H), "U": (H, H), "b": (H,)}
    inputs = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    output = {"V": rng.normal(size=(H, K)), "b_y": rng.normal(size=K)}
    lengths = np.append(rng.integers(1, T + 1, N - 1), T)
    return SimpleNamespace(
        T=T,
        N=N,
        D=D,
        H=H,
        K=K,
        inputs=inputs,
        output=output,
        lengths=lengths,
        targets=rng.integers(0, K, (T, N)),
    )


def numbers(shape: tuple[int, ...], scale: float = 1.0) -> Floats:
    return np.asarray(np.random.default_rng(len(shape)).normal(scale=scale, size=shape))


def torch_layer(
    torch: Any, inputs: dict[str, Floats], nonlinearity: str = "tanh", first: bool = False
) -> Any:
    """torch.nn.RNN with our weights, all of the bias beside W."""
    D, H = inputs["W"].shape
    layer = torch.nn.RNN(D, H, nonlinearity=nonlinearity, batch_first=first, dtype=torch.float64)
    weights = {"weight_ih_l0": inputs["W"].T, "weight_hh_l0": inputs["U"].T, "bias_ih_l0": inputs["b"]}
    state = {name: torch.tensor(array) for name, array in weights.items()}
    layer.load_state_dict({**state, "bias_hh_l0": torch.zeros(H, dtype=torch.float64)})
    return layer


def torch_states(torch: Any, inputs: dict[str, Floats], nonlinearity: str = "tanh") -> Floats:
    layer = torch_layer(torch, inputs, nonlinearity)
    with torch.no_grad():
        hs, _ = layer(torch.tensor(inputs["x"]), torch.tensor(inputs["h0"])[None])
    return np.asarray(hs.numpy())


# --- curves and their slopes


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_when_the_input_is_ordinary_the_curves_are_pytorchs(ref: Reference, shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    a = numbers(shape, scale=4.0)
    np.testing.assert_allclose(ref.sigmoid(a), torch.sigmoid(torch.tensor(a)).numpy(), **CLOSE)
    np.testing.assert_array_equal(ref.relu(a), torch.relu(torch.tensor(a)).numpy())


def test_when_the_input_is_ordinary_the_curves_are_the_plain_formulas(ref: Reference) -> None:
    a = np.linspace(-30, 30, 601)
    plain = [1 / (1 + math.exp(-value)) for value in a]
    np.testing.assert_allclose(ref.sigmoid(a), plain, rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(ref.relu(a), [value if value > 0 else 0.0 for value in a])


@pytest.mark.parametrize("a", [-1e308, -1000.0, 1000.0, 1e308, -np.inf, np.inf], ids=str)
def test_when_the_input_is_extreme_the_sigmoid_is_at_its_end_without_a_warning(
    ref: Reference, a: float
) -> None:
    with np.errstate(all="raise", under="ignore"):
        assert ref.sigmoid(np.array([a]))[0] == float(a > 0)


@pytest.mark.parametrize("name", CURVES)
def test_when_a_curve_is_moved_a_little_its_slope_is_the_central_difference(
    ref: Reference, name: str
) -> None:
    a = np.concatenate([np.linspace(-6, -0.01, 50), np.linspace(0.01, 6, 50)])  # the corner at 0 has no slope
    differences = (CURVES[name](a + EPS) - CURVES[name](a - EPS)) / (2 * EPS)
    np.testing.assert_allclose(ref.slope(CURVES[name](a), name), differences, **NEAR)


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_when_a_curve_is_given_its_slope_is_autograds(
    ref: Reference, name: str, shape: tuple[int, ...]
) -> None:
    torch = pytest.importorskip("torch")
    a = torch.tensor(numbers(shape), requires_grad=True)
    s = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[name](a)
    s.sum().backward()
    np.testing.assert_allclose(ref.slope(s.detach().numpy(), name), a.grad.numpy(), **CLOSE)


@pytest.mark.parametrize("name", CURVES)
def test_when_a_curve_is_saturated_or_at_its_corner_its_slope_is_autograds(ref: Reference, name: str) -> None:
    torch = pytest.importorskip("torch")
    a = torch.tensor([-1000.0, 0.0, 1000.0], dtype=torch.float64, requires_grad=True)
    s = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[name](a)
    s.sum().backward()
    np.testing.assert_array_equal(ref.slope(s.detach().numpy(), name), a.grad.numpy())


# --- softmax and cross-entropy


@pytest.mark.parametrize("shape", [(1,), (5,), (3, 4), (4, 1), (1, 6), (2, 3, 5)], ids=str)
def test_when_scores_are_ordinary_the_softmax_is_pytorchs(ref: Reference, shape: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    y = numbers(shape, scale=3.0)
    before = y.copy()
    np.testing.assert_allclose(ref.softmax(y), torch.softmax(torch.tensor(y), dim=-1).numpy(), **CLOSE)
    np.testing.assert_array_equal(y, before)


def test_when_the_softmax_is_computed_number_by_number_it_is_the_same(ref: Reference) -> None:
    y = numbers((3, 4))
    p = ref.softmax(y)
    for n, k in np.ndindex(y.shape):
        wanted = math.exp(y[n, k]) / math.fsum(math.exp(value) for value in y[n])
        assert p[n, k] == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize("shift", [-1e5, -1000.0, 1000.0, 1e5], ids=str)
def test_when_all_scores_are_shifted_neither_softmax_nor_loss_notices(ref: Reference, shift: float) -> None:
    y, targets = numbers((3, 4)), np.array([0, 3, 1])
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_allclose(ref.softmax(y + shift), ref.softmax(y), rtol=1e-9)
        assert ref.cross_entropy(y + shift, targets) == pytest.approx(ref.cross_entropy(y, targets), rel=1e-9)


def test_when_scores_are_given_the_loss_is_pytorchs(ref: Reference, drawn: SimpleNamespace) -> None:
    torch = pytest.importorskip("torch")
    y = 3.0 * np.random.default_rng(1).normal(size=(drawn.T, drawn.N, drawn.K))
    rows, targets = torch.tensor(y).reshape(-1, drawn.K), torch.tensor(drawn.targets).reshape(-1)
    wanted = float(torch.nn.functional.cross_entropy(rows, targets))
    assert ref.cross_entropy(y, drawn.targets) == pytest.approx(wanted, rel=1e-12, abs=1e-14)


def test_when_the_loss_is_computed_number_by_number_it_is_the_same(ref: Reference) -> None:
    y, targets = numbers((5, 4)), np.array([3, 0, 1, 1, 2])
    surprises = [
        math.log(math.fsum(math.exp(value) for value in row)) - row[target]
        for row, target in zip(y, targets, strict=True)
    ]
    assert ref.cross_entropy(y, targets) == pytest.approx(math.fsum(surprises) / 5, rel=1e-13)


@pytest.mark.parametrize("K", [1, 2, 23])
def test_when_bets_are_spread_evenly_the_loss_is_the_logarithm_of_their_number(
    ref: Reference, K: int
) -> None:
    assert ref.cross_entropy(np.full((3, K), 7.0), np.zeros(3, dtype=int)) == pytest.approx(math.log(K))


@pytest.mark.parametrize("gap", [1000.0, 1e6], ids=str)
def test_when_the_model_is_sure_and_wrong_the_loss_is_the_gap(ref: Reference, gap: float) -> None:
    torch = pytest.importorskip("torch")
    y = np.array([[0.0, gap, 0.0]])
    with np.errstate(all="raise", under="ignore"):
        assert ref.cross_entropy(y, np.array([2])) == gap
    assert float(torch.nn.functional.cross_entropy(torch.tensor(y), torch.tensor([2]))) == gap


# --- the plain network


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_when_one_step_is_taken_the_state_is_that_of_pytorchs_cell(
    ref: Reference, drawn: SimpleNamespace, nonlinearity: str
) -> None:
    torch = pytest.importorskip("torch")
    x, h, W, U, b = drawn.inputs.values()
    cell = torch.nn.RNNCell(drawn.D, drawn.H, nonlinearity=nonlinearity, dtype=torch.float64)
    weights = {"weight_ih": W.T, "weight_hh": U.T, "bias_ih": 0.25 * b, "bias_hh": 0.75 * b}
    cell.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    theirs = cell(torch.tensor(x[0]), torch.tensor(h)).detach().numpy()
    ours = ref.rnn_step(x[0], h, W, U, b, **({"phi": ref.relu} if nonlinearity == "relu" else {}))
    np.testing.assert_allclose(ours, theirs, **CLOSE)


def test_when_one_step_is_computed_number_by_number_it_is_the_same(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    x, h, W, U, b = drawn.inputs.values()
    found = ref.rnn_step(x[0], h, W, U, b)
    for n, j in np.ndindex(found.shape):
        a = (
            b[j]
            + sum(x[0, n, d] * W[d, j] for d in range(drawn.D))
            + sum(h[n, k] * U[k, j] for k in range(drawn.H))
        )
        assert found[n, j] == pytest.approx(math.tanh(a), rel=1e-10, abs=1e-12)


def test_when_a_sequence_is_run_every_state_is_that_of_pytorchs_layer(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    np.testing.assert_allclose(ref.rnn_sequence(**drawn.inputs), torch_states(torch, drawn.inputs), **CLOSE)


def test_when_a_sequence_is_run_with_a_relu_every_state_is_that_of_pytorchs_layer(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    hs = ref.rnn_sequence(**drawn.inputs, step=lambda *inputs: ref.rnn_step(*inputs, phi=ref.relu))
    np.testing.assert_allclose(hs, torch_states(torch, drawn.inputs, "relu"), **CLOSE)


def test_when_a_sequence_is_run_the_courses_own_network_agrees(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    models = pytest.importorskip("course.models")
    p = {name: drawn.inputs[name] for name in ("W", "U", "b")}
    theirs, _ = models.rnn_forward(p, drawn.inputs["x"], drawn.inputs["h0"])
    np.testing.assert_allclose(ref.rnn_sequence(**drawn.inputs), theirs, **CLOSE)


def test_when_a_sequence_is_cut_in_two_the_second_half_goes_on_from_the_first(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    whole, cut = ref.rnn_sequence(**drawn.inputs), (drawn.T + 1) // 2
    first = ref.rnn_sequence(**{**drawn.inputs, "x": drawn.inputs["x"][:cut]})
    second = ref.rnn_sequence(**{**drawn.inputs, "x": drawn.inputs["x"][cut:], "h0": first[-1]})
    np.testing.assert_array_equal(np.concatenate([first, second]), whole)


def test_when_states_are_given_the_scores_are_those_of_pytorchs_linear_layer(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    V, b_y = drawn.output.values()
    layer = torch.nn.Linear(drawn.H, drawn.K, dtype=torch.float64)
    layer.load_state_dict({"weight": torch.tensor(V.T), "bias": torch.tensor(b_y)})
    for h in (drawn.inputs["h0"], numbers((drawn.T, drawn.N, drawn.H))):
        theirs = layer(torch.tensor(h)).detach().numpy()
        np.testing.assert_allclose(ref.output_layer(h, V, b_y), theirs, **CLOSE)


# --- Jordan's network


def jordan_inputs(drawn: SimpleNamespace) -> dict[str, Floats]:
    rng = np.random.default_rng(drawn.K)
    inputs = {name: drawn.inputs[name] for name in ("x", "W", "b")}
    p0 = rng.dirichlet(np.ones(drawn.K), drawn.N)
    return {**inputs, **drawn.output, "U": rng.normal(size=(drawn.K, drawn.H)), "p0": p0}


def test_when_the_output_is_linear_jordans_network_is_elmans_with_other_weights(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    """What goes back is h V + b_y, which is Elman's network with V U for its U, from a state whose output is p0."""
    torch = pytest.importorskip("torch")
    given = jordan_inputs(drawn)
    given["p0"] = drawn.inputs["h0"] @ given["V"] + given["b_y"]
    hs, ps = ref.jordan_sequence(**given, squash=lambda y: y)
    elman = {**drawn.inputs, "U": given["V"] @ given["U"], "b": given["b"] + given["b_y"] @ given["U"]}
    wanted = torch_states(torch, elman)
    np.testing.assert_allclose(hs, wanted, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(ps, wanted @ given["V"] + given["b_y"], rtol=1e-9, atol=1e-9)


def test_when_jordans_network_is_computed_sequence_by_sequence_with_pytorch_it_is_the_same(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    given = jordan_inputs(drawn)
    hs, ps = ref.jordan_sequence(**given)
    W, U, b, V, b_y = (torch.tensor(given[name]) for name in ("W", "U", "b", "V", "b_y"))
    for n in range(drawn.N):
        said = torch.tensor(given["p0"][n])
        for t in range(drawn.T):
            heard = torch.tensor(given["x"][t, n])
            h = torch.tanh(torch.mv(W.T, heard) + torch.mv(U.T, said) + b)
            said = torch.softmax(torch.mv(V.T, h) + b_y, dim=0)
            np.testing.assert_allclose(hs[t, n], h.numpy(), **CLOSE)
            np.testing.assert_allclose(ps[t, n], said.numpy(), **CLOSE)


# --- unequal lengths


def sequences_of(drawn: SimpleNamespace) -> list[Floats]:
    return [drawn.inputs["x"][:length, n] for n, length in enumerate(drawn.lengths)]


def test_when_sequences_are_padded_pytorch_pads_them_alike(ref: Reference, drawn: SimpleNamespace) -> None:
    torch = pytest.importorskip("torch")
    x, lengths = ref.pad_sequences(sequences_of(drawn))
    theirs = torch.nn.utils.rnn.pad_sequence([torch.tensor(sequence) for sequence in sequences_of(drawn)])
    np.testing.assert_array_equal(x, theirs.numpy())
    np.testing.assert_array_equal(lengths, drawn.lengths)


def test_when_a_batch_is_padded_every_sequence_ends_as_if_it_were_alone(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    x, lengths = ref.pad_sequences(sequences_of(drawn))
    inputs = {**drawn.inputs, "x": x}
    frozen = ref.padded_sequence(lengths=lengths, **inputs)
    picked = ref.last_states(ref.rnn_sequence(**inputs), lengths)
    for n, sequence in enumerate(sequences_of(drawn)):
        one = {**drawn.inputs, "x": sequence[:, None], "h0": drawn.inputs["h0"][n : n + 1]}
        alone = ref.rnn_sequence(**one)[:, 0]
        np.testing.assert_allclose(frozen[: len(sequence), n], alone, **CLOSE)
        np.testing.assert_allclose(
            frozen[len(sequence) :, n], np.broadcast_to(alone[-1], frozen[len(sequence) :, n].shape), **CLOSE
        )
        np.testing.assert_allclose(picked[n], alone[-1], **CLOSE)


def test_when_a_batch_is_padded_the_last_states_are_those_of_pytorchs_packed_batch(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    layer, x = torch_layer(torch, drawn.inputs), torch.tensor(drawn.inputs["x"])
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, torch.tensor(drawn.lengths), enforce_sorted=False)
    with torch.no_grad():
        _, last = layer(packed, torch.tensor(drawn.inputs["h0"])[None])
    frozen = ref.padded_sequence(lengths=drawn.lengths, **drawn.inputs)
    picked = ref.last_states(ref.rnn_sequence(**drawn.inputs), drawn.lengths)
    np.testing.assert_allclose(frozen[-1], last[0].numpy(), **CLOSE)
    np.testing.assert_allclose(picked, last[0].numpy(), **CLOSE)


def test_when_the_padding_is_nan_no_state_is(ref: Reference, drawn: SimpleNamespace) -> None:
    x = drawn.inputs["x"].copy()
    for n, length in enumerate(drawn.lengths):
        x[length:, n] = np.nan
    found = ref.padded_sequence(lengths=drawn.lengths, **{**drawn.inputs, "x": x})
    np.testing.assert_array_equal(found, ref.padded_sequence(lengths=drawn.lengths, **drawn.inputs))


def test_when_a_sequence_is_empty_its_state_is_the_initial_one(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    empty = np.zeros(drawn.N, dtype=int)
    found = ref.padded_sequence(lengths=empty, **drawn.inputs)
    np.testing.assert_array_equal(found, np.broadcast_to(drawn.inputs["h0"], found.shape))


# --- the four shapes


def test_when_a_problem_has_one_of_four_shapes_pytorchs_layers_give_the_same_scores(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    params = {**{name: drawn.inputs[name] for name in ("W", "U", "b")}, **drawn.output}
    x, h0, V, b_y = drawn.inputs["x"], drawn.inputs["h0"], *drawn.output.values()
    shown_once = np.concatenate([x[:1], np.zeros((3, drawn.N, drawn.D))])

    def theirs(x: Floats) -> Floats:
        return torch_states(torch, {**drawn.inputs, "x": x}) @ V + b_y

    found = {
        "one to one": ref.run_shape("one to one", x[0], h0, params),
        "one to many": ref.run_shape("one to many", x[0], h0, params, steps=4),
        "many to one": ref.run_shape("many to one", x, h0, params),
        "many to many": ref.run_shape("many to many", x, h0, params),
    }
    np.testing.assert_allclose(found["one to one"], theirs(x[:1])[0], **CLOSE)
    np.testing.assert_allclose(found["one to many"], theirs(shown_once), **CLOSE)
    np.testing.assert_allclose(found["many to one"], theirs(x)[-1], **CLOSE)
    np.testing.assert_allclose(found["many to many"], theirs(x), **CLOSE)


# --- sampling


@pytest.mark.parametrize("temperature", [0.1, 1.0, 7.0])
def test_when_scores_are_cooled_or_heated_the_probabilities_are_pytorchs(
    ref: Reference, temperature: float
) -> None:
    torch = pytest.importorskip("torch")
    y = numbers((3, 5))
    theirs = torch.softmax(torch.tensor(y) / temperature, dim=-1).numpy()
    np.testing.assert_allclose(ref.token_probabilities(y, temperature), theirs, **CLOSE)


def test_when_it_is_cold_the_likeliest_takes_all_and_when_hot_all_share_alike(ref: Reference) -> None:
    y = np.array([0.3, 1.2, -0.5, 1.1])
    np.testing.assert_allclose(ref.token_probabilities(y, 1e-4), [0, 1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(ref.token_probabilities(y, 1e9), np.full(4, 0.25), atol=1e-8)


@pytest.mark.parametrize("K", [1, 2, 5, 40])
def test_when_a_token_is_drawn_numpys_choice_draws_the_same(ref: Reference, K: int) -> None:
    """NumPy's generator draws in the same way, from one random number, and finds the piece by bisection."""
    p = np.random.default_rng(K).dirichlet(np.ones(K))
    ours, theirs = np.random.default_rng(3), np.random.default_rng(3)
    assert [ref.draw_token(p, ours.random()) for _ in range(200)] == [
        theirs.choice(K, p=p) for _ in range(200)
    ]


def test_when_u_runs_over_a_fine_grid_each_token_is_drawn_as_often_as_its_probability_says(
    ref: Reference,
) -> None:
    p = np.array([0.0, 0.125, 0.5, 0.0, 0.25, 0.125, 0.0])
    drawn = [ref.draw_token(p, u) for u in np.arange(800) / 800]
    np.testing.assert_array_equal(np.bincount(drawn, minlength=7), 800 * p)


def test_when_rounding_leaves_a_gap_at_the_end_the_last_token_is_drawn(ref: Reference) -> None:
    assert ref.draw_token(np.array([0.5, 0.5 - 1e-9]), 1.0 - 1e-12) == 1


def test_when_text_is_generated_pytorch_would_have_drawn_every_token(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    """The finished text goes through nn.RNN at once; its probabilities and the same random numbers decide again."""
    torch = pytest.importorskip("torch")
    K, H, count, temperature = drawn.K, drawn.H, 20, 0.7
    rng = np.random.default_rng(K)
    inputs = {"W": rng.normal(size=(K, H)), "U": drawn.inputs["U"], "b": drawn.inputs["b"]}
    V, b_y = drawn.output.values()

    def model(x: Floats, h: Floats) -> tuple[Floats, Floats]:
        h = ref.rnn_step(x, h, **inputs)
        return h, ref.output_layer(h, V, b_y)

    h0 = drawn.inputs["h0"][:1]
    tokens = ref.generate(model, K - 1, count, h0, K, np.random.default_rng(5), temperature)
    assert tokens.shape == (count,) and tokens.dtype.kind == "i"
    read = np.eye(K)[[K - 1, *tokens[:-1]]][:, None]
    y = torch_states(torch, {**inputs, "x": read, "h0": h0})[:, 0] @ V + b_y
    p = torch.softmax(torch.tensor(y) / temperature, dim=-1).numpy()
    again = np.random.default_rng(5)
    for row, token in zip(p, tokens, strict=True):
        ends, u = np.cumsum(row), again.random()
        assert ends[token] - row[token] - 1e-9 <= u <= ends[token] + 1e-9


# --- what the lab's text says of its pictures


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_when_characters_are_learned_memory_beats_the_last_character_alone(ref: Reference, seed: int) -> None:
    """As in the lab: less than a choice of two is left open, where the last character leaves one of three."""
    from course import data, models

    def text_of(rng: np.random.Generator, count: int) -> str:
        found = data.agreement(rng, count, nouns=(0, 1))
        return " ".join(word for n in range(count) for word in found.words(n))

    rng = np.random.default_rng(seed)
    text, unseen = text_of(rng, 500), text_of(np.random.default_rng(100 + seed), 100)
    alphabet = sorted(set(text))
    K = len(alphabet)
    tokens, new = (np.array([alphabet.index(character) for character in string]) for string in (text, unseen))
    net = models.network(rng, "tanh", K, 48, K)
    starts = [rng.integers(0, len(tokens) - 30, 16) + np.arange(31)[:, None] for _ in range(250)]
    batches = ((models.one_hot(tokens[rows[:-1]], K), tokens[rows[1:]]) for rows in starts)
    models.train(net, batches, models.cross_entropy, models.Adam(0.006))
    x = models.one_hot(new[:-1, None], K)
    loss = ref.cross_entropy(ref.run_shape("many to many", x, np.zeros((1, 48)), net.params), new[1:, None])
    pairs = np.ones((K, K))
    np.add.at(pairs, (tokens[:-1], tokens[1:]), 1)
    assert math.exp(loss) < 2 < 3 < math.exp(ref.cross_entropy(np.log(pairs)[new[:-1]], new[1:]))


# --- Keras, whose import takes seconds


@pytest.mark.slow
def test_when_keras_computes_curves_softmax_and_loss_they_are_ours(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    keras = pytest.importorskip("keras")
    y = 3.0 * np.random.default_rng(2).normal(size=(drawn.T, drawn.N, drawn.K))
    np.testing.assert_allclose(ref.sigmoid(y), np.asarray(keras.activations.sigmoid(y)), **CLOSE)
    np.testing.assert_allclose(ref.relu(y), np.asarray(keras.activations.relu(y)), **CLOSE)
    np.testing.assert_allclose(ref.softmax(y), np.asarray(keras.ops.softmax(y, axis=-1)), **CLOSE)
    losses = keras.ops.sparse_categorical_crossentropy(drawn.targets, y, from_logits=True)
    assert ref.cross_entropy(y, drawn.targets) == pytest.approx(float(np.mean(losses)), rel=1e-10, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("name", CURVES)
def test_when_keras_records_a_curve_its_gradient_is_our_slope(ref: Reference, name: str) -> None:
    keras = pytest.importorskip("keras")
    tf = pytest.importorskip("tensorflow")
    a = tf.constant(numbers((3, 4)))
    with tf.GradientTape() as tape:
        tape.watch(a)
        s = keras.activations.get(name)(a)
    np.testing.assert_allclose(ref.slope(s.numpy(), name), tape.gradient(s, a).numpy(), **CLOSE)


@pytest.mark.slow
def test_when_keras_runs_the_padded_batch_its_states_and_scores_are_ours(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    keras = pytest.importorskip("keras")
    x, h0, W, U, b = drawn.inputs.values()
    V, b_y = drawn.output.values()
    layer = keras.layers.SimpleRNN(drawn.H, return_sequences=True, return_state=True, dtype="float64")
    dense = keras.layers.Dense(drawn.K, dtype="float64")
    layer.build((drawn.N, drawn.T, drawn.D))
    dense.build((drawn.N, drawn.T, drawn.H))
    layer.set_weights([W, U, b])
    dense.set_weights([V, b_y])
    mask = np.arange(drawn.T) < drawn.lengths[:, None]
    hs, _ = layer(x.transpose(1, 0, 2), initial_state=h0)
    _, last = layer(x.transpose(1, 0, 2), initial_state=h0, mask=mask)
    params = {"W": W, "U": U, "b": b, "V": V, "b_y": b_y}
    np.testing.assert_allclose(ref.rnn_step(x[0], h0, W, U, b), np.asarray(hs)[:, 0], **CLOSE)
    np.testing.assert_allclose(ref.rnn_sequence(x, h0, W, U, b), np.asarray(hs).transpose(1, 0, 2), **CLOSE)
    np.testing.assert_allclose(
        ref.padded_sequence(x, drawn.lengths, h0, W, U, b)[-1], np.asarray(last), **CLOSE
    )
    scores = np.asarray(dense(hs)).transpose(1, 0, 2)
    np.testing.assert_allclose(ref.run_shape("many to many", x, h0, params), scores, **CLOSE)


@pytest.mark.slow
def test_when_keras_pads_sequences_the_batch_is_ours(ref: Reference, drawn: SimpleNamespace) -> None:
    keras = pytest.importorskip("keras")
    theirs = keras.utils.pad_sequences(sequences_of(drawn), padding="post", dtype="float64")
    np.testing.assert_array_equal(ref.pad_sequences(sequences_of(drawn))[0], theirs.transpose(1, 0, 2))
