"""What a sample class of lab 4 is made from: right answers in other styles, answers in words, mistakes."""

from __future__ import annotations

# Each style gives some exercises another form; the others are taken from the solution.
STYLES = {
    "loops": {
        "sigmoid": '''
def sigmoid(z):
    """The logistic function, one number at a time."""
    out = np.zeros(np.shape(z))
    for index in np.ndindex(out.shape):
        value = z[index]
        if value >= 0:
            out[index] = 1.0 / (1.0 + np.exp(-value))
        else:
            e = np.exp(value)
            out[index] = e / (1.0 + e)
    return out
''',
        "lstm-gates": '''
def lstm_gates(x, h_prev, W, U, b, sigma=None):
    """The four gates, one block after the other."""
    sigma = sigma or sigmoid
    H = h_prev.shape[1]
    gates = []
    for k in range(4):
        block = np.zeros(h_prev.shape)
        for n in range(x.shape[0]):
            for j in range(H):
                column = k * H + j
                total = b[column]
                for d in range(x.shape[1]):
                    total += x[n, d] * W[d, column]
                for m in range(H):
                    total += h_prev[n, m] * U[m, column]
                block[n, j] = total
        gates.append(np.tanh(block) if k == 2 else sigma(block))
    return tuple(gates)
''',
        "lstm-step": '''
def lstm_step(x, h_prev, c_prev, W, U, b, gates=None):
    """One step, element by element."""
    gates = gates or lstm_gates
    i, f, g, o = gates(x, h_prev, W, U, b)
    c, tanh_c, h = np.zeros(c_prev.shape), np.zeros(c_prev.shape), np.zeros(c_prev.shape)
    for n in range(c_prev.shape[0]):
        for j in range(c_prev.shape[1]):
            c[n, j] = f[n, j] * c_prev[n, j] + i[n, j] * g[n, j]
            tanh_c[n, j] = np.tanh(c[n, j])
            h[n, j] = o[n, j] * tanh_c[n, j]
    cache = {}
    cache["x"], cache["h_prev"], cache["c_prev"] = x, h_prev, c_prev
    cache["i"], cache["f"], cache["g"], cache["o"] = i, f, g, o
    cache["tanh_c"], cache["W"], cache["U"] = tanh_c, W, U
    return h, c, cache
''',
        "projected-loss": '''
def projected_loss(hs, cs, dhs, dh_last, dc_last):
    """The loss as one long sum."""
    T, N, H = hs.shape
    loss = 0.0
    for n in range(N):
        for j in range(H):
            for t in range(T):
                loss += dhs[t, n, j] * hs[t, n, j]
            loss += dh_last[n, j] * hs[T - 1, n, j] + dc_last[n, j] * cs[T - 1, n, j]
    return loss
''',
        "lstm-step-backward": '''
def lstm_step_backward(dh, dc, cache, cell=None):
    """One step backward, the parameters' gradients row by row of the batch."""
    cell = cell or cell_backward
    da, dc_prev = cell(dh, dc, cache)
    dW, dU, db = np.zeros(cache["W"].shape), np.zeros(cache["U"].shape), np.zeros(da.shape[1])
    for n in range(da.shape[0]):
        dW += np.outer(cache["x"][n], da[n])
        dU += np.outer(cache["h_prev"][n], da[n])
        db += da[n]
    return np.dot(da, cache["W"].T), np.dot(da, cache["U"].T), dc_prev, dW, dU, db
''',
        "to-torch": '''
def to_torch(W, U, b):
    """PyTorch's names; the bias shared out in halves."""
    state = {}
    for name, matrix in (("ih", W), ("hh", U)):
        state[f"weight_{name}_l0"] = np.swapaxes(matrix, 0, 1)
        state[f"bias_{name}_l0"] = b / 2
    return state
''',
    },
    "stacked matrices": {
        "sigmoid": '''
def sigmoid(z):
    """By way of tanh, which never overflows."""
    return 0.5 + 0.5 * np.tanh(0.5 * np.asarray(z))
''',
        "lstm-gates": '''
def lstm_gates(x, h_prev, W, U, b, sigma=None):
    """One tall matrix for input, state and bias."""
    sigma = sigma or sigmoid
    ones = np.ones((len(x), 1))
    tall = np.vstack([W, U, b[None, :]])
    blocks = np.split(np.hstack([x, h_prev, ones]) @ tall, 4, axis=1)
    curves = (sigma, sigma, np.tanh, sigma)
    return [curve(block) for curve, block in zip(curves, blocks)]
''',
        "lstm-sequence": '''
def lstm_sequence(x, h0, c0, W, U, b, step=None):
    """States in lists, stacked at the end."""
    step = step or lstm_step
    states = [(h0, c0)]
    caches = []
    for x_t in x:
        *state, cache = step(x_t, *states[-1], W, U, b)
        states.append(state)
        caches.append(cache)
    return np.stack([h for h, _ in states[1:]]), np.stack([c for _, c in states[1:]]), caches
''',
        "count-parameters": '''
def count_parameters(D, H, biases=1):
    """By making the arrays and asking for their sizes."""
    return np.zeros((D, 4 * H)).size + np.zeros((H, 4 * H)).size + biases * np.zeros(4 * H).size
''',
        "numeric-gradient": '''
def numeric_gradient(L, a, eps=1e-5):
    """Central differences with a unit array for each entry."""
    slopes = []
    for k in range(a.size):
        shift = np.zeros(a.size)
        shift[k] = eps
        shift = shift.reshape(a.shape)
        slopes.append((L(a + shift) - L(a - shift)) / (2 * eps))
    return np.array(slopes).reshape(a.shape)
''',
        "cell-backward": '''
def cell_backward(dh, dc, cache):
    """The gates' gradients all at once, then all the slopes."""
    gates = np.stack([cache[name] for name in "ifgo"])
    total = dc + dh * gates[3] * (1.0 - np.square(cache["tanh_c"]))
    upstream = np.stack([total * gates[2], total * cache["c_prev"], total * gates[0], dh * cache["tanh_c"]])
    slopes = gates * (1.0 - gates)
    slopes[2] = (1.0 - gates[2]) * (1.0 + gates[2])
    return np.hstack(list(upstream * slopes)), total * gates[1]
''',
        "lstm-backward": '''
def lstm_backward(dhs, dh_last, dc_last, caches, step_backward=None):
    """All gradients of all steps kept, and summed at the end."""
    step_backward = step_backward or lstm_step_backward
    dh, dc, kept = dh_last, dc_last, []
    for upstream, cache in zip(dhs[::-1], caches[::-1]):
        dx, dh, dc, *rest = step_backward(upstream + dh, dc, cache)
        kept.append((dx, rest))
    dx = np.stack([item[0] for item in kept[::-1]])
    dW, dU, db = (sum(item[1][k] for item in kept) for k in range(3))
    return dx, dh, dc, dW, dU, db
''',
    },
}

# For each question, from good to poor.
ANSWERS = {
    "question-forget-gate": (
        "From c_t to c_{t-1} the gradient is multiplied by the forget gate f_t, entry by entry; in "
        "cell_backward it is the line with dc_prev. After 50 steps that is a product of 50 gates: "
        "sigma(1)^50 = 1.6e-7, so almost nothing, and sigma(5)^50 = 0.71. So your friend is half "
        "right: it vanishes more slowly, and only as long as f stays near 1. The gradient of c_t also "
        "goes through h_t = o tanh(c_t) and U into all gates of the next step. U is multiplied again "
        "and again there, as in a plain RNN, so it may explode, and we clip. With f = 1 for ever the "
        "cell could never drop the last sentence and would grow until tanh is flat.",
        "The factor is the forget gate. In my picture the curve for bias 5 stays up and the one for "
        "bias 1 falls to about 1e-7, so a bias of 1 is not long memory. If f were always 1 the cell "
        "could not forget old things.",
        "The LSTM has gates, so the gradient does not vanish, because the forget gate decides what to "
        "forget. Adam also helps with this.",
    ),
}

# Some mistakes are made by many: how many times as often as any of the others.
COMMON = {
    "sigmoid-naive": 60,
    "dh-path-dropped": 50,
    "h0-ignored": 30,
    "forget-gate-tanh": 30,
    "count-without-bias": 25,
    "numeric-one-sided": 25,
    "candidate-sigmoid": 20,
    "dc-prev-without-f": 20,
    "gate-order-i-f-o-g": 15,
    "init-scale-from-input": 15,
}
