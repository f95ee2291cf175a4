"""Independent proofs that lab 6's reference is right; docs/witnesses.md says which and why."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from autograder.truth.reference import Reference, load_reference
from tests.witnesses import CLOSE, EPS, NEAR, Floats

# lengths, D, H, K: ordinary, every size 1 once, and all of them; the longest sentence is not always the first
SIZES = [
    ((5, 3, 1), 2, 4, 3),
    ((2, 6, 4, 6), 3, 2, 5),
    ((1, 1), 3, 4, 2),
    ((6,), 2, 3, 4),
    ((4, 2), 1, 3, 4),
    ((3, 4), 2, 1, 3),
    ((2, 3), 3, 2, 1),
    ((1,), 1, 1, 1),
]
V = 6


def named(size: Any) -> str:
    lengths, D, H, K = size
    return f"T{max(lengths)}-N{len(lengths)}-D{D}-H{H}-K{K}"


@pytest.fixture(scope="module")
def ref() -> Reference:
    return load_reference("lab06_sequences")


def layer_params(rng: np.random.Generator, D: int, H: int) -> dict[str, Floats]:
    shapes = {"W": (D, H), "U": (H, H), "b": (H,), "h0": (H,)}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


@pytest.fixture(params=SIZES, ids=named)
def drawn(request: pytest.FixtureRequest) -> SimpleNamespace:
    """A padded batch, two levels of parameters in two directions, upstream gradients at every place."""
    lengths, D, H, K = request.param
    T, N = max(lengths), len(lengths)
    rng = np.random.default_rng([T, N, D, H, K])
    mask = np.array([[t < length for length in lengths] for t in range(T)])
    levels = [{way: layer_params(rng, size, H) for way in ("forward", "backward")} for size in (D, 2 * H)]
    params = {
        "emb": rng.normal(size=(V, D)),
        "layers": levels,
        "V": rng.normal(size=(2 * H, K)),
        "b_y": rng.normal(size=K),
    }
    tokens = rng.integers(0, V, (T, N))
    sizes = {"T": T, "N": N, "D": D, "H": H, "K": K}
    arrays = {"x": rng.normal(size=(T, N, D)), "dhs": rng.normal(size=(T, N, H))}
    scores = {"y": rng.normal(size=(T, N, K)), "targets": rng.integers(0, K, (T, N))}
    return SimpleNamespace(
        lengths=lengths,
        mask=mask,
        params=params,
        tokens=tokens,
        dys=rng.normal(size=(T, N, 2 * H)),
        **sizes,
        **arrays,
        **scores,
    )


def central_differences(L: Callable[[], float], a: Floats) -> Floats:
    """The gradient of L by a, which L reads and which is shifted where it stands."""
    slopes = np.zeros(a.shape)
    for index in np.ndindex(a.shape):
        kept = a[index]
        a[index] = kept + EPS
        up = L()
        a[index] = kept - EPS
        slopes[index] = (up - L()) / (2 * EPS)
        a[index] = kept
    return slopes


def leaves(tree: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(tree, dict | list):
        return {path: tree}
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return {name: leaf for key, value in items for name, leaf in leaves(value, f"{path}/{key}").items()}


def as_tensors(torch: Any, tree: Any) -> Any:
    """The same tree with tensors that ask for gradients."""
    if isinstance(tree, dict):
        return {key: as_tensors(torch, value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [as_tensors(torch, value) for value in tree]
    return torch.tensor(tree, requires_grad=True)


def one_sentence(torch: Any, x: Any, p: dict[str, Any], turned: bool) -> Any:
    """A direction over one sentence without padding, x (T, D), step by step with torch.nn.RNNCell."""
    cell = torch.nn.RNNCell(x.shape[1], len(p["h0"]), dtype=torch.float64)
    weights = {"weight_ih": p["W"].T, "weight_hh": p["U"].T, "bias_ih": p["b"], "bias_hh": 0 * p["b"]}
    h, hs = p["h0"], []
    for x_t in reversed(x) if turned else x:
        h = torch.func.functional_call(cell, weights, (x_t, h))
        hs.append(h)
    return torch.stack(hs[::-1] if turned else hs)


def both_alone(torch: Any, x: Any, p: dict[str, Any]) -> Any:
    ways = [one_sentence(torch, x, p[way], way == "backward") for way in ("forward", "backward")]
    return torch.cat(ways, dim=1)


def frozen(torch: Any, hs: Any, T: int) -> Any:
    """One sentence's states up to step T: after its end the last one stays."""
    return torch.cat([hs, hs[-1:].expand(T - len(hs), -1)])


def assert_words_close(found: Floats, wanted: list[Any]) -> None:
    """Column n of `found`, as far as sentence n goes, is `wanted[n]`."""
    for n, sentence in enumerate(wanted):
        np.testing.assert_allclose(found[: len(sentence), n], sentence.detach().numpy(), **CLOSE)


# --- batches and word vectors


def test_when_sentences_are_padded_the_batch_is_pytorchs(ref: Reference, drawn: SimpleNamespace) -> None:
    torch = pytest.importorskip("torch")
    sentences = [list(map(int, drawn.tokens[:length, n])) for n, length in enumerate(drawn.lengths)]
    tokens, mask = ref.pad_batch(sentences, pad=9)
    theirs = torch.nn.utils.rnn.pad_sequence([torch.tensor(s) for s in sentences], padding_value=9)
    np.testing.assert_array_equal(tokens, theirs.numpy())
    np.testing.assert_array_equal(mask, drawn.mask)
    assert mask.dtype == bool


def test_when_a_sentence_is_empty_or_has_the_paddings_number_the_mask_counts_its_words(
    ref: Reference,
) -> None:
    tokens, mask = ref.pad_batch([[0, 0], [], [3, 0, 5]])
    assert tokens.T.tolist() == [[0, 0, 0], [0, 0, 0], [3, 0, 5]]
    assert mask.sum(axis=0).tolist() == [2, 0, 3]


def test_when_words_get_their_vectors_they_are_pytorchs(ref: Reference, drawn: SimpleNamespace) -> None:
    torch = pytest.importorskip("torch")
    theirs = torch.nn.functional.embedding(torch.tensor(drawn.tokens), torch.tensor(drawn.params["emb"]))
    np.testing.assert_array_equal(ref.embed(drawn.tokens, drawn.params["emb"]), theirs.numpy())


def test_when_words_repeat_the_tables_gradient_is_autograds(ref: Reference, drawn: SimpleNamespace) -> None:
    torch = pytest.importorskip("torch")
    emb, dx = torch.tensor(drawn.params["emb"], requires_grad=True), torch.tensor(drawn.x)
    x = torch.nn.functional.embedding(torch.tensor(drawn.tokens), emb)
    (x * dx)[torch.tensor(drawn.mask)].sum().backward()
    found = ref.embed_backward(drawn.x, drawn.tokens, drawn.mask, V)
    np.testing.assert_allclose(found, emb.grad.numpy(), **CLOSE)


def test_when_words_repeat_the_tables_gradient_is_central_differences(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    emb, words = drawn.params["emb"], drawn.mask[..., None]
    numeric = central_differences(lambda: float((ref.embed(drawn.tokens, emb) * drawn.x * words).sum()), emb)
    found = ref.embed_backward(drawn.x, drawn.tokens, drawn.mask, V)
    np.testing.assert_allclose(found, numeric, **NEAR)


def test_when_a_sentence_is_turned_round_it_is_pythons_reversed(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    for array in (drawn.tokens, drawn.x):
        turned = ref.reverse_padded(array, drawn.mask)
        for n, length in enumerate(drawn.lengths):
            wanted = [*reversed(array[:length, n].tolist()), *array[length:, n].tolist()]
            assert turned[:, n].tolist() == wanted
        np.testing.assert_array_equal(ref.reverse_padded(turned, drawn.mask), array)


# --- one layer


def test_when_a_step_is_taken_it_is_pytorchs_cell_and_frozen_states_stay(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    p, running = drawn.params["layers"][0]["forward"], drawn.mask[-1]
    h = ref.masked_step(drawn.x[-1], drawn.dhs[0], running, p)
    cell = torch.nn.RNNCell(drawn.D, drawn.H, dtype=torch.float64)
    weights = {"weight_ih": p["W"].T, "weight_hh": p["U"].T, "bias_ih": p["b"], "bias_hh": 0 * p["b"]}
    tensors = {name: torch.tensor(array) for name, array in weights.items()}
    theirs = torch.func.functional_call(
        cell, tensors, (torch.tensor(drawn.x[-1]), torch.tensor(drawn.dhs[0]))
    )
    np.testing.assert_allclose(h[running], theirs.numpy()[running], **CLOSE)
    np.testing.assert_array_equal(h[~running], drawn.dhs[0][~running])


def test_when_a_layer_reads_a_batch_each_state_is_that_of_its_sentence_alone(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    p = drawn.params["layers"][0]["forward"]
    hs, cache = ref.rnn_layer(drawn.x, drawn.mask, p)
    tensors = as_tensors(torch, p)
    for n, length in enumerate(drawn.lengths):
        alone = one_sentence(torch, torch.tensor(drawn.x[:length, n]), tensors, turned=False)
        np.testing.assert_allclose(hs[:, n], frozen(torch, alone, drawn.T).detach().numpy(), **CLOSE)
    assert cache.keys() == {"x", "mask", "hs", "params"}


def test_when_a_layer_goes_back_its_gradients_are_autograds_padding_included(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    p = drawn.params["layers"][0]["forward"]
    dx, grads = ref.rnn_layer_backward(drawn.dhs, ref.rnn_layer(drawn.x, drawn.mask, p)[1])
    tensors, x = as_tensors(torch, p), torch.tensor(drawn.x, requires_grad=True)
    total = 0.0
    for n, length in enumerate(drawn.lengths):
        hs = frozen(torch, one_sentence(torch, x[:length, n], tensors, turned=False), drawn.T)
        total = total + (hs * torch.tensor(drawn.dhs[:, n])).sum()
    total.backward()
    np.testing.assert_allclose(dx, x.grad.numpy(), **CLOSE)
    for name, gradient in grads.items():
        np.testing.assert_allclose(gradient, tensors[name].grad.numpy(), err_msg=name, **CLOSE)


def test_when_a_layer_goes_back_its_gradients_are_central_differences(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    p = drawn.params["layers"][0]["forward"]
    dx, grads = ref.rnn_layer_backward(drawn.dhs, ref.rnn_layer(drawn.x, drawn.mask, p)[1])

    def L() -> float:
        return float((ref.rnn_layer(drawn.x, drawn.mask, p)[0] * drawn.dhs).sum())

    np.testing.assert_allclose(dx, central_differences(L, drawn.x), **NEAR)
    for name, gradient in grads.items():
        np.testing.assert_allclose(gradient, central_differences(L, p[name]), err_msg=name, **NEAR)


def test_when_a_step_goes_back_its_gradients_are_autograds(ref: Reference, drawn: SimpleNamespace) -> None:
    torch = pytest.importorskip("torch")
    p, running = drawn.params["layers"][0]["forward"], drawn.mask[-1]
    x, h_prev, dh = drawn.x[-1], drawn.dhs[0], drawn.dhs[-1]
    h = ref.masked_step(x, h_prev, running, p)
    dx, dh_prev, grads = ref.masked_step_backward(dh, x, h_prev, h, running, p)
    t = as_tensors(torch, {"x": x, "h_prev": h_prev, **{key: p[key] for key in ("W", "U", "b")}})
    a = t["x"] @ t["W"] + t["h_prev"] @ t["U"] + t["b"]
    a.retain_grad()
    out = torch.where(torch.tensor(running)[:, None], torch.tanh(a), t["h_prev"])
    (out * torch.tensor(dh)).sum().backward()
    for name, gradient in {"x": dx, "h_prev": dh_prev, **grads}.items():
        np.testing.assert_allclose(gradient, t[name].grad.numpy(), err_msg=name, **CLOSE)
    np.testing.assert_allclose(ref.tanh_backward(dh, h, running), a.grad.numpy(), **CLOSE)


def test_when_a_step_goes_back_its_gradients_are_central_differences(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    p, running = drawn.params["layers"][0]["forward"], drawn.mask[-1]
    x, h_prev, dh = drawn.x[-1].copy(), drawn.dhs[0].copy(), drawn.dhs[-1]
    h = ref.masked_step(x, h_prev, running, p)
    dx, dh_prev, grads = ref.masked_step_backward(dh, x, h_prev, h, running, p)

    def L() -> float:
        return float((ref.masked_step(x, h_prev, running, p) * dh).sum())

    for name, (gradient, array) in {"x": (dx, x), "h_prev": (dh_prev, h_prev)}.items():
        np.testing.assert_allclose(gradient, central_differences(L, array), err_msg=name, **NEAR)
    for name, gradient in grads.items():
        np.testing.assert_allclose(gradient, central_differences(L, p[name]), err_msg=name, **NEAR)


def test_when_the_curve_is_walked_its_slope_is_central_differences(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    a, dh, running = drawn.dhs[0].copy(), drawn.dhs[-1], drawn.mask[-1]

    def L() -> float:
        return float((np.where(running[:, None], np.tanh(a), 0.0) * dh).sum())

    found = ref.tanh_backward(dh, np.tanh(a), running)
    np.testing.assert_allclose(found, central_differences(L, a), **NEAR)


# --- two directions, several levels


def packed_outputs(torch: Any, drawn: SimpleNamespace, levels: int) -> Any:
    """torch.nn.RNN in both directions on a packed batch, padding zero."""
    layer = torch.nn.RNN(drawn.D, drawn.H, num_layers=levels, bidirectional=True, dtype=torch.float64)
    state, start = {}, []
    for k, level in enumerate(drawn.params["layers"][:levels]):
        for way, end in (("forward", ""), ("backward", "_reverse")):
            p = level[way]
            state |= {f"weight_ih_l{k}{end}": p["W"].T, f"weight_hh_l{k}{end}": p["U"].T}
            state |= {f"bias_ih_l{k}{end}": p["b"], f"bias_hh_l{k}{end}": 0 * p["b"]}
            start.append(np.tile(p["h0"], (drawn.N, 1)))
    layer.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    pack = torch.nn.utils.rnn.pack_padded_sequence
    packed = pack(torch.tensor(drawn.x), torch.tensor(drawn.lengths), enforce_sorted=False)
    outputs, last = layer(packed, torch.tensor(np.stack(start)))
    return torch.nn.utils.rnn.pad_packed_sequence(outputs)[0].detach().numpy(), last.detach().numpy()


def test_when_two_directions_read_their_outputs_are_those_of_a_packed_batch_in_pytorch(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    ys, _ = ref.bidirectional(drawn.x, drawn.mask, drawn.params["layers"][0])
    theirs, last = packed_outputs(torch, drawn, levels=1)
    np.testing.assert_allclose(ys[drawn.mask], theirs[drawn.mask], **CLOSE)
    np.testing.assert_allclose(ref.pool(ys, drawn.mask, "ends"), np.concatenate(list(last), axis=1), **CLOSE)


def test_when_levels_are_stacked_their_outputs_are_those_of_a_packed_batch_in_pytorch(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    ys, caches = ref.stack(drawn.x, drawn.mask, drawn.params["layers"])
    theirs, _ = packed_outputs(torch, drawn, levels=2)
    np.testing.assert_allclose(ys[drawn.mask], theirs[drawn.mask], **CLOSE)
    assert len(caches) == 2


def test_when_levels_go_back_their_gradients_are_those_of_each_sentence_alone(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    dys = np.where(drawn.mask[..., None], drawn.dys, 0.0)
    found = ref.stack_backward(dys, ref.stack(drawn.x, drawn.mask, drawn.params["layers"])[1])
    one = ref.bidirectional(drawn.x, drawn.mask, drawn.params["layers"][0])[1]
    for count, (dx, grads) in {2: found, 1: ref.bidirectional_backward(dys, one)}.items():
        levels, x = (
            as_tensors(torch, drawn.params["layers"][:count]),
            torch.tensor(drawn.x, requires_grad=True),
        )
        total = 0.0
        for n, length in enumerate(drawn.lengths):
            y = x[:length, n]
            for level in levels:
                y = both_alone(torch, y, level)
            total = total + (y * torch.tensor(dys[:length, n])).sum()
        total.backward()
        np.testing.assert_allclose(dx, x.grad.numpy(), **CLOSE)
        wanted = leaves(levels if count == 2 else levels[0])
        for name, gradient in leaves(grads).items():
            np.testing.assert_allclose(gradient, wanted[name].grad.numpy(), err_msg=name, **CLOSE)


@pytest.mark.parametrize("count", [1, 2])
def test_when_levels_go_back_their_gradients_are_central_differences(
    ref: Reference, drawn: SimpleNamespace, count: int
) -> None:
    levels = drawn.params["layers"][:count]

    def L() -> float:
        return float((ref.stack(drawn.x, drawn.mask, levels)[0] * drawn.dys).sum())

    dx, grads = ref.stack_backward(drawn.dys, ref.stack(drawn.x, drawn.mask, levels)[1])
    np.testing.assert_allclose(dx, central_differences(L, drawn.x), **NEAR)
    for name, gradient in leaves(grads).items():
        np.testing.assert_allclose(
            gradient, central_differences(L, leaves(levels)[name]), err_msg=name, **NEAR
        )


# --- pooling, loss, tagger


def test_when_a_batch_is_pooled_it_is_each_sentence_by_itself(ref: Reference, drawn: SimpleNamespace) -> None:
    ys = np.where(drawn.mask[..., None], drawn.dys, np.nan)
    found = {how: ref.pool(ys, drawn.mask, how) for how in ("mean", "max", "ends")}
    for n, length in enumerate(drawn.lengths):
        words = drawn.dys[:length, n].tolist()
        for j, column in enumerate(zip(*words, strict=True)):
            assert found["mean"][n, j] == pytest.approx(math.fsum(column) / length)
            assert found["max"][n, j] == max(column)
            assert found["ends"][n, j] == column[-1 if j < drawn.H else 0]


def test_when_scores_become_log_probabilities_they_are_pytorchs(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    for scale in (1.0, 1e4):
        theirs = torch.log_softmax(torch.tensor(scale * drawn.y), dim=-1).numpy()
        np.testing.assert_allclose(ref.log_softmax(scale * drawn.y), theirs, **CLOSE)


def test_when_words_are_scored_loss_and_gradient_are_pytorchs(ref: Reference, drawn: SimpleNamespace) -> None:
    torch = pytest.importorskip("torch")
    targets, y = np.where(drawn.mask, drawn.targets, -1), torch.tensor(drawn.y, requires_grad=True)
    flat, classes = y.reshape(-1, drawn.K), torch.tensor(targets.reshape(-1))
    theirs = torch.nn.functional.cross_entropy(flat, classes, ignore_index=-1)
    theirs.backward()
    log_p = ref.log_softmax(drawn.y)
    assert ref.masked_loss(log_p, targets, drawn.mask) == pytest.approx(theirs.item(), rel=1e-12, abs=1e-14)
    dy = ref.masked_loss_backward(log_p, targets, drawn.mask)
    np.testing.assert_allclose(dy, y.grad.numpy(), **CLOSE)


def test_when_words_are_scored_the_gradient_is_central_differences(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    y, targets = drawn.y, drawn.targets
    numeric = central_differences(lambda: ref.masked_loss(ref.log_softmax(y), targets, drawn.mask), y)
    dy = ref.masked_loss_backward(ref.log_softmax(y), targets, drawn.mask)
    np.testing.assert_allclose(dy, numeric, **NEAR)


def test_when_the_tagger_learns_every_gradient_is_autograds_over_sentences_alone(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    torch = pytest.importorskip("torch")
    loss, grads = ref.tagger_gradients(drawn.tokens, drawn.mask, drawn.targets, drawn.params)
    p, total = as_tensors(torch, drawn.params), 0.0
    for n, length in enumerate(drawn.lengths):
        y = torch.nn.functional.embedding(torch.tensor(drawn.tokens[:length, n]), p["emb"])
        for level in p["layers"]:
            y = both_alone(torch, y, level)
        classes = torch.tensor(drawn.targets[:length, n])
        total = total + torch.nn.functional.cross_entropy(y @ p["V"] + p["b_y"], classes, reduction="sum")
    total = total / sum(drawn.lengths)
    total.backward()
    assert loss == pytest.approx(total.item(), rel=1e-12, abs=1e-14)
    for name, gradient in leaves(grads).items():
        np.testing.assert_allclose(gradient, leaves(p)[name].grad.numpy(), err_msg=name, **CLOSE)


def test_when_the_tagger_learns_every_gradient_is_central_differences(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    batch, params = (drawn.tokens, drawn.mask, drawn.targets), drawn.params
    grads = ref.tagger_gradients(*batch, params)[1]
    for name, gradient in leaves(grads).items():
        numeric = central_differences(lambda: ref.tagger_gradients(*batch, params)[0], leaves(params)[name])
        np.testing.assert_allclose(gradient, numeric, err_msg=name, **NEAR)


def test_when_other_tokens_stand_in_the_padding_nothing_changes(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    found = ref.tagger_gradients(drawn.tokens, drawn.mask, drawn.targets, drawn.params)
    other = np.where(drawn.mask, drawn.tokens, (drawn.tokens + 1) % V)
    again = ref.tagger_gradients(other, drawn.mask, np.where(drawn.mask, drawn.targets, -1), drawn.params)
    assert found[0] == again[0]
    for name, gradient in leaves(found[1]).items():
        np.testing.assert_array_equal(gradient, leaves(again[1])[name])


def test_when_the_lstm_takes_the_layers_place_its_gradients_are_central_differences(ref: Reference) -> None:
    models = pytest.importorskip("course.models")
    rng = np.random.default_rng(0)
    params = {way: models.lstm_init(rng, 3, 2) for way in ("forward", "backward")}
    x, mask = rng.normal(size=(5, 2, 3)), np.array([[t < 5, t < 3] for t in range(5)])
    dys = rng.normal(size=(5, 2, 4)) * mask[..., None]

    def layer(x: Any, mask: Any, p: Any) -> Any:
        hs, inner = models.lstm_forward(p, x)
        return hs, (p, inner)

    def layer_backward(dhs: Any, cache: Any) -> Any:
        grads, dx, _, _ = models.lstm_backward(*cache, dhs)
        return dx, grads

    def L() -> float:
        return float((ref.bidirectional(x, mask, params, layer=layer)[0] * dys).sum())

    cache = ref.bidirectional(x, mask, params, layer=layer)[1]
    dx, grads = ref.bidirectional_backward(dys, cache, layer_backward=layer_backward)
    np.testing.assert_allclose(dx, central_differences(L, x), **NEAR)
    for name, gradient in leaves(grads).items():
        np.testing.assert_allclose(
            gradient, central_differences(L, leaves(params)[name]), err_msg=name, **NEAR
        )


# --- Keras


@pytest.mark.slow
def test_when_keras_reads_a_masked_batch_in_both_directions_outputs_and_gradients_are_ours(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    tf = pytest.importorskip("tensorflow")
    level = {way: {**p, "h0": np.zeros(drawn.H)} for way, p in drawn.params["layers"][0].items()}
    rnn = tf.keras.layers.SimpleRNN(drawn.H, return_sequences=True, dtype="float64")
    layer = tf.keras.layers.Bidirectional(rnn, dtype="float64")
    x, mask = tf.constant(drawn.x.swapaxes(0, 1)), tf.constant(drawn.mask.T)
    layer.build(x.shape)
    weights = [level[way][key] for way in ("forward", "backward") for key in ("W", "U", "b")]
    layer.set_weights(weights)
    dys = np.where(drawn.mask[..., None], drawn.dys, 0.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = layer(x, mask=mask)
        total = tf.reduce_sum(outputs * dys.swapaxes(0, 1))
    dx, *theirs = tape.gradient(total, [x, *layer.trainable_variables])
    ys, cache = ref.bidirectional(drawn.x, drawn.mask, level)
    np.testing.assert_allclose(ys[drawn.mask], outputs.numpy().swapaxes(0, 1)[drawn.mask], **CLOSE)
    ours, grads = ref.bidirectional_backward(dys, cache)
    np.testing.assert_allclose(ours, dx.numpy().swapaxes(0, 1), **CLOSE)
    found = [grads[way][key] for way in ("forward", "backward") for key in ("W", "U", "b")]
    for gradient, wanted in zip(found, theirs, strict=True):
        np.testing.assert_allclose(gradient, wanted.numpy(), **CLOSE)


@pytest.mark.slow
def test_when_keras_pads_looks_up_pools_and_scores_the_numbers_are_ours(
    ref: Reference, drawn: SimpleNamespace
) -> None:
    tf = pytest.importorskip("tensorflow")
    keras = tf.keras
    sentences = [drawn.tokens[:length, n].tolist() for n, length in enumerate(drawn.lengths)]
    padded = keras.utils.pad_sequences(sentences, padding="post", value=9)
    np.testing.assert_array_equal(ref.pad_batch(sentences, 9)[0], padded.T)
    emb, tokens = tf.Variable(drawn.params["emb"]), tf.constant(drawn.tokens)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.gather(emb, tokens) * drawn.x * drawn.mask[..., None])
    d_emb = tf.convert_to_tensor(tape.gradient(total, emb)).numpy()
    np.testing.assert_allclose(ref.embed_backward(drawn.x, drawn.tokens, drawn.mask, V), d_emb, **CLOSE)
    pool = keras.layers.GlobalAveragePooling1D(dtype="float64")
    mean = pool(tf.constant(drawn.dys.swapaxes(0, 1)), mask=tf.constant(drawn.mask.T)).numpy()
    np.testing.assert_allclose(ref.pool(drawn.dys, drawn.mask, "mean"), mean, **CLOSE)
    losses = keras.ops.sparse_categorical_crossentropy(drawn.targets, drawn.y, from_logits=True).numpy()
    loss = ref.masked_loss(ref.log_softmax(drawn.y), drawn.targets, drawn.mask)
    assert loss == pytest.approx(losses[drawn.mask].mean(), rel=1e-10, abs=1e-12)
