"""Other ways to be right, and answers in words, for the sample class. Never shipped."""

STYLES = {
    "sigmoid": '''def sigmoid(z):
    """By the sign of each element, one by one."""
    z = np.asarray(z)
    flat = []
    for value in z.reshape(-1):
        if value >= 0:
            flat.append(1.0 / (1.0 + np.exp(-value)))
        else:
            flat.append(np.exp(value) / (1.0 + np.exp(value)))
    return np.array(flat).reshape(z.shape)
''',
    "lstm-gates": '''def lstm_gates(x, h_prev, W, U, b, sigma=None):
    """One gate after the other, with a loop over the batch."""
    sigma = sigma or sigmoid
    N, H = h_prev.shape
    out = [np.empty((N, H)) for _ in range(4)]
    for n in range(N):
        for k in range(4):
            columns = slice(k * H, (k + 1) * H)
            drive = W[:, columns].T @ x[n] + U[:, columns].T @ h_prev[n] + b[columns]
            out[k][n] = np.tanh(drive) if k == 2 else sigma(drive)
    return tuple(out)
''',
    "lstm-sequence": '''def lstm_sequence(x, h0, c0, W, U, b, step=None):
    """States in lists, stacked at the end."""
    step = step or lstm_step
    states, cells, caches = [h0], [c0], []
    for x_t in x:
        h, c, cache = step(x_t, states[-1], cells[-1], W, U, b)
        states.append(h)
        cells.append(c)
        caches.append(cache)
    return np.array(states[1:]), np.array(cells[1:]), caches
''',
    "lstm-step-backward": '''def lstm_step_backward(dh, dc, cache, cell=None):
    """With einsum."""
    cell = cell or cell_backward
    da, dc_prev = cell(dh, dc, cache)
    dx = np.einsum("nk,dk->nd", da, cache["W"])
    dh_prev = np.einsum("nk,hk->nh", da, cache["U"])
    dW = np.einsum("nd,nk->dk", cache["x"], da)
    dU = np.einsum("nh,nk->hk", cache["h_prev"], da)
    return dx, dh_prev, dc_prev, dW, dU, np.einsum("nk->k", da)
''',
}

ANSWERS = [
    "The cell is carried on by a sum, c = f * c_prev + i * g, so the gradient along it is only multiplied by f. As "
    "long as f stays near 1 it neither shrinks nor grows. It can still vanish if f is below 1 for many steps.",
    "Because of the forget gate: when it is 1 the gradient passes through unchanged.",
    "The LSTM has gates that prevent vanishing gradients.",
    "",
]
