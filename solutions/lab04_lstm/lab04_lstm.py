# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   unrolled:
#     title: "The LSTM cell, forward and backward"
#     minutes: 100
#     lecture: 05_lstm
#     preload: [numpy]
#     allowed_imports: [numpy, math, autograder, matplotlib]
#     allowed_files: []
#     device: cpu
#     limits: {cell_cpu_s: 10, cell_wall_s: 30, notebook_cpu_s: 60, notebook_wall_s: 180, memory_mb: 1024}
# ---

# %% [markdown]
# # Lab 4: the LSTM cell, forward and backward
#
# In lecture `05_lstm` you met a cell that keeps its memory by *adding* to it. In this lab you build that cell
# from NumPy alone: the gates, the step, the loop over time, and then the whole way back. At the end you train it
# with your own gradients, and put your weights into PyTorch's LSTM to see that both are the same function.
#
# **When you are done you can**
#
# - write the LSTM equations as code, with the shape of every array;
# - derive and write the backward pass of one step, and of a whole sequence;
# - catch a wrong gradient with a numeric check that you wrote yourself;
# - explain what the forget gate has to do with gradients that vanish.
#
# Plan about 100 minutes. The lab has 92 points by machine and 8 for an answer in words.
#
# **How it works.** You write between the docstring and the end of each exercise cell, in place of
# `raise NotImplementedError()`. The locked cell below it checks your function and tells you what it found. Work from top to bottom; if you get stuck, go on: nearly every check
# hands your function inputs that are known to be right, so that an early mistake does not cost you the later points.

# %% nbgrader={"grade_id": "setup", "locked": true}
import numpy as np

from autograder import open_lab

lab = open_lab("lab04_lstm")

# %% [markdown]
# ## What you bring along
#
# In lab 2 you wrote the way back through a tanh network, and in lab 3 you measured what becomes of a gradient on that way: each step back multiplies it by $\operatorname{diag}(1 - h^2)\, U^\top$, and the product vanishes or explodes. Here you build the cell that was made against it. Three things to remember:
#
# - The slopes, from what came out: $\sigma' = \sigma(1 - \sigma)$ and $\tanh' = 1 - \tanh^2$.
# - Each gradient has the shape of what it belongs to; where one array is used several times (by all steps, by all sequences of a batch), its gradients *add up*.
# - `a += b` changes the *caller's* array. Your functions leave what they are given as it was.

# %% [markdown]
# ## Letters and shapes
#
# | letter | shape | what it is |
# |---|---|---|
# | `T`, `N`, `D`, `H` | numbers | steps, batch, input size, hidden size |
# | `x` | `(N, D)` for one step, `(T, N, D)` for a sequence | input |
# | `h`, `c` | `(N, H)` | hidden state and cell state |
# | `W`, `U`, `b` | `(D, 4H)`, `(H, 4H)`, `(4H,)` | weights and bias of all four gates, side by side |
#
# The columns of `W`, `U` and `b` come in four blocks of `H`, always in the order **i, f, g, o**: input gate, forget
# gate, candidate, output gate. The lecture writes $Wx$ for one column vector. Here a batch lies in rows, so
# every product is turned round: `x @ W`. All arrays are float64.
#
# **Functions that stand on other functions.** `lstm_gates` needs a sigmoid, `lstm_step` needs the gates, and so on.
# Each such function takes the one below it as an optional argument, and its first line (already there) fills in
# yours. *Use the name from the argument list* (`sigma`, `gates`, `step`, `cell`, `step_backward`):
# the check may hand in a simple stand-in, to test your function alone.

# %% [markdown]
# ## 1. A sigmoid that survives large numbers
#
# A gate is a number between 0 (shut) and 1 (open):
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}} = \frac{e^{z}}{1 + e^{z}}, \qquad z \text{ and } \sigma(z) \text{ of any one shape.}$$
#
# Both forms are the same function, but not in floating point: $e^{1000}$ is `inf` in float64, with a warning. One
# form is safe for $z \ge 0$, the other for $z < 0$. Note that `np.where` computes *both* of its branches for
# every element before it picks.
#
# Write `sigmoid(z)` so that no input overflows, not even ±1000.
#
# *Lecture `05_lstm`, "Each gate, its equation and its picture".*


# %% tags=["exercise"] nbgrader={"grade_id": "sigmoid", "solution": true}
def sigmoid(z):
    """The logistic function, element by element, without overflow.

    z: array of any shape. Returns an array of the same shape with values in [0, 1].
    Hint: e = exp(-|z|) never overflows. Write both forms of the lecture's formula with it.
    """
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(z))
    top = np.where(z >= 0, 1.0, e)
    return top / (1.0 + e)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-sigmoid", "grade": true, "locked": true, "points": 3}
@lab.check
def sigmoid_matches(z):
    """Your sigmoid gives the right values for ordinary numbers, and keeps the shape."""
    return {"s": sigmoid(z)}


# %% nbgrader={"grade_id": "check-sigmoid-extreme", "grade": true, "locked": true, "points": 3}
@lab.check
def sigmoid_survives_extremes(z):
    """Your sigmoid neither overflows nor warns when its input is huge, positive or negative."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        return {"s": sigmoid(z)}


# %% [markdown]
# ## 2. The four gates
#
# First one sum for everything, then four blocks of `H` columns, each through its own curve:
#
# $$a = x\,W + h_{t-1}\,U + b \qquad (N, 4H) = (N, D)(D, 4H) + (N, H)(H, 4H) + (4H,)$$
#
# $$i = \sigma(a_i) \qquad f = \sigma(a_f) \qquad g = \tanh(a_g) \qquad o = \sigma(a_o) \qquad \text{each } (N, H)$$
#
# where $a_i, a_f, a_g, a_o$ are columns $0..H$, $H..2H$, $2H..3H$ and $3H..4H$ of $a$. Three of the four are gates and lie in
# (0, 1). The candidate $g$ is *content*: it goes through tanh and may be negative, or else the cell could
# never be lowered.
#
# Write `lstm_gates`. Call `sigma` for $\sigma$ and `np.tanh` for tanh.
#
# *Lecture `05_lstm`, "The equations, with every shape". Some texts write $W \cdot [h_{t-1}, x_t]$ with one wide matrix: that is the
# same sum.*


# %% tags=["exercise"] nbgrader={"grade_id": "lstm-gates", "solution": true}
def lstm_gates(x, h_prev, W, U, b, sigma=None):
    """The four gates of one step.

    x (N, D), h_prev (N, H), W (D, 4H), U (H, 4H), b (4H,), column blocks in the order i, f, g, o.
    sigma: the gates' curve, your sigmoid unless another is handed in.
    Returns i, f, g, o, each (N, H). Hint: lecture 05_lstm, 'The equations, with every shape'; H is h_prev.shape[1].
    """
    sigma = sigma or sigmoid
    ### BEGIN SOLUTION
    H = h_prev.shape[1]
    a = x @ W + h_prev @ U + b
    i = sigma(a[:, :H])
    f = sigma(a[:, H : 2 * H])
    g = np.tanh(a[:, 2 * H : 3 * H])
    o = sigma(a[:, 3 * H :])
    return i, f, g, o
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-lstm-gates", "grade": true, "locked": true, "points": 7}
@lab.check
def lstm_gates_match(x, h_prev, W, U, b):
    """Your four gates are right. (The check hands in a curve of its own for sigma, so your sigmoid plays no part.)"""

    def other_curve(z):
        return 0.5 + np.arctan(z) / np.pi

    i, f, g, o = lstm_gates(x, h_prev, W, U, b, sigma=other_curve)
    return {"i": i, "f": f, "g": g, "o": o}


# %% [markdown]
# ## 3. One step
#
# The gates decide what happens to the memory. With $\odot$ for the product element by element, all of shape $(N, H)$:
#
# $$c_t = f \odot c_{t-1} + i \odot g \qquad\qquad h_t = o \odot \tanh(c_t)$$
#
# The forget gate scales the *old cell*, and 1 means keep. Then the cell, squashed, is shown to the outside as far as the output gate lets it.
#
# For the way back you will need what you computed on the way there. Keep it in a dict, the **cache**, with exactly these names:
#
# | key | shape | | key | shape |
# |---|---|---|---|---|
# | `"x"` | `(N, D)` | | `"i"`, `"f"`, `"g"`, `"o"` | `(N, H)` each |
# | `"h_prev"`, `"c_prev"` | `(N, H)` each | | `"tanh_c"` | `(N, H)`, $\tanh(c_t)$ |
# | `"W"`, `"U"` | `(D, 4H)`, `(H, 4H)` | | | |
#
# Write `lstm_step`. Get the gates by calling `gates(x, h_prev, W, U, b)`. Leave the inputs as they are: `c_prev *= f` would change the caller's array.
#
# *Lecture `05_lstm`, "The equations, with every shape".*


# %% tags=["exercise"] nbgrader={"grade_id": "lstm-step", "solution": true}
def lstm_step(x, h_prev, c_prev, W, U, b, gates=None):
    """One step of the LSTM.

    x (N, D), h_prev and c_prev (N, H), W (D, 4H), U (H, 4H), b (4H,).
    gates: called as gates(x, h_prev, W, U, b), gives i, f, g, o; your lstm_gates unless handed in.
    Returns h (N, H), c (N, H) and the cache, a dict with the keys
    x, h_prev, c_prev, i, f, g, o, tanh_c, W, U. Hint: lecture 05_lstm, the last two equations.
    """
    gates = gates or lstm_gates
    ### BEGIN SOLUTION
    i, f, g, o = gates(x, h_prev, W, U, b)
    c = f * c_prev + i * g
    tanh_c = np.tanh(c)
    h = o * tanh_c
    cache = {"x": x, "h_prev": h_prev, "c_prev": c_prev, "tanh_c": tanh_c, "W": W, "U": U}
    cache.update(i=i, f=f, g=g, o=o)
    return h, c, cache
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-lstm-step", "grade": true, "locked": true, "points": 6}
@lab.check
def lstm_step_matches(x, h_prev, c_prev, W, U, b, i, f, g, o):
    """One step gives the right h and c, from gates that the check hands in."""
    h, c, _ = lstm_step(x, h_prev, c_prev, W, U, b, gates=lambda *_: (i, f, g, o))
    return {"h": h, "c": c}


# %% nbgrader={"grade_id": "check-lstm-step-cache", "grade": true, "locked": true, "points": 3}
@lab.check
def lstm_step_cache_matches(x, h_prev, c_prev, W, U, b, i, f, g, o):
    """The cache holds what the backward pass will need, each array under its name."""
    _, _, cache = lstm_step(x, h_prev, c_prev, W, U, b, gates=lambda *_: (i, f, g, o))
    names = ["x", "h_prev", "c_prev", "i", "f", "g", "o", "tanh_c", "W", "U"]
    return {name: cache[name] for name in names}


# %% nbgrader={"grade_id": "check-lstm-step-large-cell", "grade": true, "locked": true, "points": 2}
@lab.check
def lstm_step_with_a_large_cell_matches(x, h_prev, c_prev, W, U, b, i, f, g, o):
    """A cell that has counted up to about a thousand neither overflows nor is cut off."""
    h, c, _ = lstm_step(x, h_prev, c_prev, W, U, b, gates=lambda *_: (i, f, g, o))
    return {"h": h, "c": c}


# %% nbgrader={"grade_id": "check-lstm-step-inputs", "grade": true, "locked": true, "points": 2}
@lab.check
def lstm_step_leaves_its_inputs_alone(x, h_prev, c_prev, W, U, b, i, f, g, o):
    """The step changes none of its inputs, and what comes in as float64 goes out as float64."""
    h, c, _ = lstm_step(x, h_prev, c_prev, W, U, b, gates=lambda *_: (i, f, g, o))
    inputs = {"x": x, "h_prev": h_prev, "c_prev": c_prev, "W": W, "U": U, "b": b}
    return {"h": h, "c": c, "inputs": inputs}


# %% [markdown]
# ## 4. The sequence
#
# The same step, again and again, each time with the state that the last one left:
#
# $$h_t, c_t = \text{step}(x_t, h_{t-1}, c_{t-1}), \qquad t = 1 \dots T, \qquad x\ (T, N, D), \quad h_0, c_0\ (N, H)$$
#
# Write `lstm_sequence`. It returns all hidden states `hs` $(T, N, H)$ with `hs[0]` the state *after* the first input, all cell states `cs` $(T, N, H)$,
# and the list of the `T` caches in the order of time. Call `step(x[t], h, c, W, U, b)`.
#
# *Lecture `05_lstm`, "Twenty lines of NumPy".*


# %% tags=["exercise"] nbgrader={"grade_id": "lstm-sequence", "solution": true}
def lstm_sequence(x, h0, c0, W, U, b, step=None):
    """The LSTM over a whole sequence.

    x (T, N, D), h0 and c0 (N, H), W (D, 4H), U (H, 4H), b (4H,).
    step: called like lstm_step, which it is unless another is handed in.
    Returns hs (T, N, H), cs (T, N, H) and the list of T caches, in the order of time.
    Hint: lecture 05_lstm, 'Twenty lines of NumPy'.
    """
    step = step or lstm_step
    ### BEGIN SOLUTION
    T = x.shape[0]
    h, c = h0, c0
    hs, cs, caches = np.zeros((T, *h0.shape)), np.zeros((T, *c0.shape)), []
    for t in range(T):
        h, c, cache = step(x[t], h, c, W, U, b)
        hs[t] = h
        cs[t] = c
        caches.append(cache)
    return hs, cs, caches
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-lstm-sequence", "grade": true, "locked": true, "points": 5}
@lab.check
def lstm_sequence_matches(x, h0, c0, W, U, b):
    """Your loop carries both states through time. (The check hands in a simple step of its own.)"""

    def simple_step(x, h_prev, c_prev, W, U, b):
        H, drive = h_prev.shape[1], x.sum(axis=1, keepdims=True)
        c = 0.7 * c_prev + 0.4 * np.cos(h_prev) + drive * b[:H]
        h = np.sin(c + U[0, :H] * h_prev + W[0, :H] * drive)
        return h, c, {}

    hs, cs, _ = lstm_sequence(x, h0, c0, W, U, b, step=simple_step)
    return {"hs": hs, "cs": cs}


# %% nbgrader={"grade_id": "check-lstm-sequence-caches", "grade": true, "locked": true, "points": 2}
@lab.check
def lstm_sequence_caches_match(x, h0, c0, W, U, b):
    """You return one cache a step, in the order of time. (The step of the check numbers its calls.)"""
    calls = []

    def counting_step(x, h_prev, c_prev, W, U, b):
        calls.append(len(calls) + 1)
        return h_prev, c_prev, {"call": calls[-1] * b}

    _, _, caches = lstm_sequence(x, h0, c0, W, U, b, step=counting_step)
    return {"calls": [cache["call"] for cache in caches]}


# %% nbgrader={"grade_id": "check-lstm-sequence-short", "grade": true, "locked": true, "points": 2}
@lab.check
def lstm_sequence_of_one_matches(x, h0, c0, W, U, b):
    """A sequence of one step and a batch of one keep all their axes."""

    def stateless_step(x, h_prev, c_prev, W, U, b):
        c = x[:, :1] * b[: h_prev.shape[1]]
        return np.tanh(c), c, {}

    hs, cs, _ = lstm_sequence(x, h0, c0, W, U, b, step=stateless_step)
    return {"hs": hs, "cs": cs}


# %% [markdown]
# Now everything together, with your own sigmoid, gates and step.


# %% nbgrader={"grade_id": "check-lstm-forward", "grade": true, "locked": true, "points": 3}
@lab.check(needs=["check-sigmoid", "check-lstm-gates", "check-lstm-step", "check-lstm-sequence"])
def lstm_forward_matches(x, h0, c0, W, U, b):
    """The whole forward pass, on your own functions, gives the right states."""
    hs, cs, _ = lstm_sequence(x, h0, c0, W, U, b)
    return {"hs": hs, "cs": cs}


# %% [markdown]
# ### Look: a memory cell built by hand
#
# No training here: six numbers, chosen by hand, make one unit into a latch. The second input is a flag. While it is 1, the input gate opens and the forget gate
# shuts, so the value is written. While it is 0, the cell keeps what it has. Run the cell and follow the thick line.

# %% tags=["explore"] nbgrader={"grade_id": "explore-latch", "locked": true}
import matplotlib.pyplot as plt

from course import plots

plots.use_style()
rng = np.random.default_rng(4)
value, flag = rng.uniform(-1, 1, 40), np.zeros(40)
flag[[3, 15, 28]] = 1.0
W = np.array([[0.0, 0.0, 1.0, 0.0], [16.0, -16.0, 0.0, 0.0]])
U, b = np.zeros((1, 4)), np.array([-8.0, 8.0, 0.0, 8.0])
x = np.stack([value, flag], axis=1)[:, None, :]
hs, cs, caches = lstm_sequence(x, np.zeros((1, 1)), np.zeros((1, 1)), W, U, b)

fig, (above, below) = plt.subplots(2, 1, sharex=True, figsize=(7.2, 4.2))
above.plot(value, ".", label="value (input 1)")
above.plot(cs[:, 0, 0], linewidth=3, linestyle="-", marker="", label="cell c")
above.vlines(np.flatnonzero(flag), -1, 1, linestyles="dotted", color="black", label="flag (input 2)")
below.plot([cache["i"][0, 0] for cache in caches], drawstyle="steps-mid", label="input gate i")
below.plot([cache["f"][0, 0] for cache in caches], drawstyle="steps-mid", label="forget gate f")
below.set_xlabel("step t")
for axes in (above, below):
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, alt="The cell keeps its value between three flags and takes a new one at each flag.")

# %% [markdown]
# **What you see.** The dots jump about from step to step. The thick line changes only at the three dotted marks, where the input gate goes
# to 1 and the forget gate to 0 for one step; there it jumps to (the tanh of) the value. Between the marks it is flat.

# %% [markdown]
# ## 5. How many numbers are there to learn?
#
# Each of the four blocks has a matrix for the input, one for the state, and a bias. Our cell has one bias vector of $4H$; PyTorch keeps two (one beside
# $W$, one beside $U$), which add up.
#
# Write `count_parameters`.
#
# *Lecture `05_lstm`, "What it costs".*


# %% tags=["exercise"] nbgrader={"grade_id": "count-parameters", "solution": true}
def count_parameters(D, H, biases=1):
    """How many numbers an LSTM layer learns, as an int.

    D: input size, H: hidden size, biases: how many bias vectors of length 4H (1 here, 2 in PyTorch).
    Hint: count the entries of W, U and b in the table at the top.
    """
    ### BEGIN SOLUTION
    per_gate = D * H + H * H + biases * H
    return 4 * per_gate
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-count-parameters", "grade": true, "locked": true, "points": 3}
@lab.check
def count_parameters_matches(D, H):
    """The number of parameters is right, with one bias vector and with two."""
    return {"one_bias": count_parameters(D, H), "two_biases": count_parameters(D, H, biases=2)}


# %% [markdown]
# ## 6. Where training starts
#
# With a bias of 0 the forget gate starts near $\sigma(0) = 0.5$: every step halves the memory. So one starts the *forget* block of the bias at 1 or more, and the
# other three blocks at 0 (Gers, Schmidhuber and Cummins 2000; Jozefowicz, Zaremba and Sutskever 2015).
#
# Write `init_lstm`. So that your draw can be compared, keep to this order:
#
# 1. `W` $(D, 4H)$, uniform between $-k$ and $k$ with $k = 1/\sqrt{H}$, in one call of `rng.uniform`;
# 2. then `U` $(H, 4H)$ from the same distribution, in one call;
# 3. `b` $(4H,)$, zero but for the forget block, which is `forget_bias`. Nothing is drawn for it.


# %% tags=["exercise"] nbgrader={"grade_id": "init-lstm", "solution": true}
def init_lstm(rng, D, H, forget_bias=1.0):
    """Weights to start training from.

    rng: a numpy.random.Generator, D: input size, H: hidden size, forget_bias: a number.
    Returns W (D, 4H), then U (H, 4H), drawn in this order by one rng.uniform(-k, k, size=...) each with
    k = 1 / sqrt(H); and b (4H,), zero but for the forget block. Hint: the blocks are i, f, g, o.
    """
    ### BEGIN SOLUTION
    k = 1.0 / np.sqrt(H)
    W = rng.uniform(-k, k, size=(D, 4 * H))
    U = rng.uniform(-k, k, size=(H, 4 * H))
    b = np.zeros(4 * H)
    b[H : 2 * H] = forget_bias
    return W, U, b
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-init-weights", "grade": true, "locked": true, "points": 3}
@lab.check
def init_weights_match(seed, D, H):
    """W and U are drawn from the right distribution, in the right order."""
    W, U, _ = init_lstm(np.random.default_rng(seed), D, H)
    return {"W": W, "U": U}


# %% nbgrader={"grade_id": "check-init-bias", "grade": true, "locked": true, "points": 2}
@lab.check
def init_bias_matches(seed, D, H, forget_bias):
    """The forget gate gets its bias, the others get none; left to itself it is 1."""
    _, _, b = init_lstm(np.random.default_rng(seed), D, H, forget_bias=forget_bias)
    _, _, b_default = init_lstm(np.random.default_rng(seed), D, H)
    return {"b": b, "b_default": b_default}


# %% [markdown]
# ## 7. A judge for gradients
#
# Before you write a backward pass, write the tool that will judge it. For a function $L$ of an array $a$ (of any shape), shift one entry up and down by
# $\varepsilon$ and leave all others alone:
#
# $$\frac{\partial L}{\partial a_k} \approx \frac{L(a + \varepsilon e_k) - L(a - \varepsilon e_k)}{2\varepsilon}$$
#
# Both sides are needed: the error of this formula shrinks like $\varepsilon^2$, that of the one-sided one only like $\varepsilon$.
#
# Write `numeric_gradient`. When you return, `a` must be as it was.
#
# *You need nothing from the lecture here but the definition of a derivative.*


# %% tags=["exercise"] nbgrader={"grade_id": "numeric-gradient", "solution": true}
def numeric_gradient(L, a, eps=1e-5):
    """The gradient of L at a by central differences.

    L: called with an array of a's shape, returns a number. a: float64 array of any shape.
    eps: how far each entry is shifted, up and down. Returns an array of a's shape.
    Hint: np.ndindex(a.shape) runs over all indices, whatever the number of axes.
    """
    ### BEGIN SOLUTION
    gradient = np.zeros_like(a)
    for index in np.ndindex(a.shape):
        kept = a[index]
        a[index] = kept + eps
        up = L(a)
        a[index] = kept - eps
        down = L(a)
        a[index] = kept
        gradient[index] = (up - down) / (2 * eps)
    return gradient
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-numeric-gradient", "grade": true, "locked": true, "points": 5}
@lab.check
def numeric_gradient_matches(a, w, eps):
    """Central differences with the given eps, on arrays with two and three axes; a is left as it was."""

    def L(a):
        return float(np.sum(np.exp(w * a)) + np.sum(a) ** 2)

    return {"gradient": numeric_gradient(L, a, eps), "a": a}


# %% [markdown]
# `numeric_gradient` wants one number, but an LSTM gives out whole arrays. So weigh every output with the gradient that comes in from above, and add up:
#
# $$L = \sum_{t,n,j} \mathrm{dhs}_{tnj}\, h_{tnj} \;+\; \sum_{n,j} \mathrm{dh\_last}_{nj}\, h_{Tnj} \;+\; \sum_{n,j} \mathrm{dc\_last}_{nj}\, c_{Tnj}$$
#
# The gradient of this $L$ with respect to `hs` is `dhs` (plus `dh_last` at the last step), so BPTT with these upstream gradients must give exactly what central differences of $L$ give.
# Here `dhs` is $(T, N, H)$, one upstream gradient for every hidden state; `dh_last` and `dc_last` are $(N, H)$ and belong to the *final* states, as when another layer starts from them.
#
# Write `projected_loss`.


# %% tags=["exercise"] nbgrader={"grade_id": "projected-loss", "solution": true}
def projected_loss(hs, cs, dhs, dh_last, dc_last):
    """The number whose gradients are the upstream gradients, as a float.

    hs and cs (T, N, H): all states. dhs (T, N, H): upstream gradient of every hidden state.
    dh_last and dc_last (N, H): upstream gradients of the final h and c.
    Hint: three sums of products, as in the formula above.
    """
    ### BEGIN SOLUTION
    every_step = np.sum(dhs * hs)
    last_h = np.sum(dh_last * hs[-1])
    last_c = np.sum(dc_last * cs[-1])
    return float(every_step + last_h + last_c)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-projected-loss", "grade": true, "locked": true, "points": 3}
@lab.check
def projected_loss_matches(hs, cs, dhs, dh_last, dc_last):
    """The states, weighed with their upstream gradients, add up to the right number."""
    return {"L": projected_loss(hs, cs, dhs, dh_last, dc_last)}


# %% [markdown]
# ## 8. One step backward, first half: through the cell
#
# Write $\mathrm{d}y$ for $\partial L/\partial y$. Into a step come back two gradients, $\mathrm{d}h$ and $\mathrm{d}c$ (of $h_t$ and of $c_t$). The cell $c_t$ acts on the
# loss in two ways: through the next step ($\mathrm{d}c$) and through $h_t = o \odot \tanh(c_t)$. Both go into its total. Everything here is $(N, H)$:
#
# $$\mathrm{d}c_{\text{total}} = \mathrm{d}c + \mathrm{d}h \odot o \odot \left(1 - \tanh^2(c_t)\right)$$
#
# $$\mathrm{d}o = \mathrm{d}h \odot \tanh(c_t) \qquad \mathrm{d}f = \mathrm{d}c_{\text{total}} \odot c_{t-1} \qquad \mathrm{d}i = \mathrm{d}c_{\text{total}} \odot g \qquad \mathrm{d}g = \mathrm{d}c_{\text{total}} \odot i$$
#
# $$\mathrm{d}c_{t-1} = \mathrm{d}c_{\text{total}} \odot f$$
#
# Then through the curves, with $\sigma' = \sigma(1-\sigma)$ and $\tanh' = 1 - \tanh^2$, both written with their *outputs*, which the cache holds:
#
# $$\mathrm{d}a_i = \mathrm{d}i \odot i(1-i) \qquad \mathrm{d}a_f = \mathrm{d}f \odot f(1-f) \qquad \mathrm{d}a_g = \mathrm{d}g \odot (1-g^2) \qquad \mathrm{d}a_o = \mathrm{d}o \odot o(1-o)$$
#
# Write `cell_backward`. It returns `da` $(N, 4H)$, the four blocks side by side in the order i, f, g, o, and `dc_prev` $(N, H)$.
#
# *Lecture `05_lstm`, "Why gradients survive", shows the one line of this that matters most: the gradient of $c_{t-1}$.*


# %% tags=["exercise"] nbgrader={"grade_id": "cell-backward", "solution": true}
def cell_backward(dh, dc, cache):
    """Back through h = o * tanh(c), c = f * c_prev + i * g and the four curves.

    dh, dc (N, H): gradients of this step's h and c, from above and from the next step.
    cache: the dict of lstm_step; i, f, g, o, tanh_c and c_prev are needed here, each (N, H).
    Returns da (N, 4H), blocks i, f, g, o, and dc_prev (N, H). Hint: the six equations above.
    """
    ### BEGIN SOLUTION
    i, f, g, o = cache["i"], cache["f"], cache["g"], cache["o"]
    tanh_c = cache["tanh_c"]
    c_prev = cache["c_prev"]
    dc_total = dc + dh * o * (1 - tanh_c**2)
    do = dh * tanh_c
    df = dc_total * c_prev
    di = dc_total * g
    dg = dc_total * i
    dc_prev = dc_total * f
    da_i = di * i * (1 - i)
    da_f = df * f * (1 - f)
    da_g = dg * (1 - g**2)
    da_o = do * o * (1 - o)
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    return da, dc_prev
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-cell-backward", "grade": true, "locked": true, "points": 7}
@lab.check
def cell_backward_matches(dh, dc, cache):
    """Everything that passes through the cell is right: the blocks of i, f and g, and dc_prev."""
    da, dc_prev = cell_backward(dh, dc, cache)
    da_i, da_f, da_g, _ = np.split(da, 4, axis=1)
    return {"da_i": da_i, "da_f": da_f, "da_g": da_g, "dc_prev": dc_prev}


# %% nbgrader={"grade_id": "check-output-gate-backward", "grade": true, "locked": true, "points": 3}
@lab.check
def output_gate_backward_matches(dh, dc, cache):
    """The block of the output gate, the last of the four, is right."""
    da, _ = cell_backward(dh, dc, cache)
    return {"da_o": np.split(da, 4, axis=1)[3]}


# %% nbgrader={"grade_id": "check-cell-backward-saturated", "grade": true, "locked": true, "points": 2}
@lab.check
def cell_backward_when_saturated_matches(dh, dc, cache):
    """With every gate fully open or fully shut, the gradient still passes through the cell, and no NaN comes up."""
    _, dc_prev = cell_backward(dh, dc, cache)
    return {"dc_prev": dc_prev}


# %% [markdown]
# ## 9. One step backward, second half: through the weights
#
# What is left is the sum $a = x\,W + h_{t-1}\,U + b$. With `da` $(N, 4H)$ from the first half:
#
# $$\mathrm{d}x = \mathrm{d}a\, W^\top \quad (N, D) \qquad\qquad \mathrm{d}h_{t-1} = \mathrm{d}a\, U^\top \quad (N, H)$$
#
# $$\mathrm{d}W = x^\top \mathrm{d}a \quad (D, 4H) \qquad \mathrm{d}U = h_{t-1}^\top\, \mathrm{d}a \quad (H, 4H) \qquad \mathrm{d}b = \sum_n \mathrm{d}a_n \quad (4H,)$$
#
# Shapes are a good guide: with $D$, $H$ and $N$ all different, only one way to multiply fits. The parameters are shared by the whole batch, so their gradients are *sums* over it.
#
# Write `lstm_step_backward`. Get `da` and `dc_prev` by calling `cell(dh, dc, cache)`.
#
# *Each of these is the derivative of a matrix product; write out one entry of $a$ if you doubt one.*


# %% tags=["exercise"] nbgrader={"grade_id": "lstm-step-backward", "solution": true}
def lstm_step_backward(dh, dc, cache, cell=None):
    """One whole step backward.

    dh, dc (N, H): gradients of this step's h and c. cache: the dict of lstm_step; x (N, D),
    h_prev (N, H), W (D, 4H) and U (H, 4H) are needed here.
    cell: called as cell(dh, dc, cache), gives da (N, 4H) and dc_prev; your cell_backward unless handed in.
    Returns dx (N, D), dh_prev (N, H), dc_prev (N, H), dW (D, 4H), dU (H, 4H), db (4H,).
    Hint: each gradient has the shape of what it belongs to.
    """
    cell = cell or cell_backward
    ### BEGIN SOLUTION
    da, dc_prev = cell(dh, dc, cache)
    dx = da @ cache["W"].T
    dh_prev = da @ cache["U"].T
    dW = cache["x"].T @ da
    dU = cache["h_prev"].T @ da
    db = da.sum(axis=0)
    return dx, dh_prev, dc_prev, dW, dU, db
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-step-backward-inputs", "grade": true, "locked": true, "points": 4}
@lab.check
def step_backward_inputs_match(dh, dc, cache, da, dc_prev):
    """The gradients that leave the step, dx, dh_prev and dc_prev, are right, from a da that the check hands in."""
    dx, dh_prev, dc_prev, _, _, _ = lstm_step_backward(dh, dc, cache, cell=lambda *_: (da, dc_prev))
    return {"dx": dx, "dh_prev": dh_prev, "dc_prev": dc_prev}


# %% nbgrader={"grade_id": "check-step-backward-parameters", "grade": true, "locked": true, "points": 4}
@lab.check
def step_backward_parameters_match(dh, dc, cache, da, dc_prev):
    """The gradients of the parameters, dW, dU and db, are right, from a da that the check hands in."""
    _, _, _, dW, dU, db = lstm_step_backward(dh, dc, cache, cell=lambda *_: (da, dc_prev))
    return {"dW": dW, "dU": dU, "db": db}


# %% [markdown]
# ## 10. Backpropagation through time
#
# Walk from the last step to the first. Each hidden state $h_t$ gets a gradient from two sides: from above (`dhs[t]`) and from step $t+1$, which computed $h$'s share as its `dh_prev`. The cell gets its gradient from
# step $t+1$ alone. Before the last step, "from step $t+1$" means `dh_last` and `dc_last`.
#
# $$\mathrm{d}h_t^{\text{total}} = \mathrm{dhs}_t + \mathrm{d}h_t^{\text{from } t+1} \quad (N, H)$$
#
# $$\mathrm{d}W = \sum_{t=1}^{T} \mathrm{d}W^{(t)}, \quad \text{and } \mathrm{d}U,\ \mathrm{d}b \text{ likewise: all steps share the parameters}$$
#
# What is left over after the first step are `dh0` and `dc0`, both $(N, H)$.
#
# Write `lstm_backward`. Call `step_backward(dh, dc, caches[t])`. Leave the upstream gradients as they are (`dhs[t] += …` would change the caller's array).
#
# *Lecture `05_lstm`, "Why gradients survive": the way of the gradient along the cell is the `dc` that you carry.*


# %% tags=["exercise"] nbgrader={"grade_id": "lstm-backward", "solution": true}
def lstm_backward(dhs, dh_last, dc_last, caches, step_backward=None):
    """Backpropagation through time.

    dhs (T, N, H): upstream gradient of every hidden state. dh_last, dc_last (N, H): further upstream
    gradients of the final h and c. caches: the T dicts of lstm_sequence.
    step_backward: called like lstm_step_backward, which it is unless another is handed in.
    Returns dx (T, N, D), dh0 (N, H), dc0 (N, H), dW (D, 4H), dU (H, 4H), db (4H,).
    Hint: lecture 05_lstm, 'Why gradients survive'; x of step t is caches[t]["x"].
    """
    step_backward = step_backward or lstm_step_backward
    ### BEGIN SOLUTION
    T = len(caches)
    dh_next, dc_next = dh_last, dc_last
    dx = np.zeros((T, *caches[0]["x"].shape))
    dW, dU, db = 0.0, 0.0, 0.0
    for t in reversed(range(T)):
        dh = dhs[t] + dh_next
        back = step_backward(dh, dc_next, caches[t])
        dx[t], dh_next, dc_next = back[:3]
        dW = dW + back[3]
        dU = dU + back[4]
        db = db + back[5]
    return dx, dh_next, dc_next, dW, dU, db
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-bptt-states", "grade": true, "locked": true, "points": 7}
@lab.check
def bptt_states_match(dhs, dh_last, dc_last, caches):
    """The gradient finds its way through time: dx, dh0 and dc0. (The check hands in a simple step backward.)"""

    def simple_step_backward(dh, dc, cache):
        dx = cache["x"] * dh.sum(axis=1, keepdims=True)
        dh_prev = 0.6 * dh + 0.5 * dc * cache["tanh_c"]
        dc_prev = 0.8 * dc - 0.3 * dh * cache["i"]
        return dx, dh_prev, dc_prev, cache["W"], cache["U"], cache["U"][0]

    dx, dh0, dc0, _, _, _ = lstm_backward(dhs, dh_last, dc_last, caches, step_backward=simple_step_backward)
    return {"dx": dx, "dh0": dh0, "dc0": dc0}


# %% nbgrader={"grade_id": "check-bptt-parameters", "grade": true, "locked": true, "points": 3}
@lab.check
def bptt_parameters_match(dhs, dh_last, dc_last, caches):
    """The parameters collect their gradients from all steps: dW, dU and db."""

    def simple_step_backward(dh, dc, cache):
        dW, dU = cache["W"] * cache["x"].mean(), cache["U"] * cache["g"].mean()
        return cache["x"], dh, dc, dW, dU, dU.sum(axis=0)

    _, _, _, dW, dU, db = lstm_backward(dhs, dh_last, dc_last, caches, step_backward=simple_step_backward)
    return {"dW": dW, "dU": dU, "db": db}


# %% nbgrader={"grade_id": "check-bptt-edges", "grade": true, "locked": true, "points": 2}
@lab.check
def bptt_leaves_its_inputs_alone(dhs, dh_last, dc_last, caches):
    """The upstream gradients are not changed, and T = 1 or N = 1 keep all their axes."""

    def simple_step_backward(dh, dc, cache):
        return 2 * cache["x"], dh, dc, cache["W"], cache["U"], cache["U"][0]

    dx = lstm_backward(dhs, dh_last, dc_last, caches, step_backward=simple_step_backward)[0]
    return {"dx": dx, "dhs": dhs, "dh_last": dh_last, "dc_last": dc_last}


# %% [markdown]
# And all of it together, on your own `cell_backward` and `lstm_step_backward`. The caches come from the check, so your forward pass plays no part.


# %% nbgrader={"grade_id": "check-lstm-backward", "grade": true, "locked": true, "points": 3}
@lab.check(needs=["check-cell-backward", "check-output-gate-backward", "check-step-backward-inputs",
                  "check-step-backward-parameters", "check-bptt-states", "check-bptt-parameters"])  # fmt: skip
def lstm_backward_matches(dhs, dh_last, dc_last, caches):
    """The whole backward pass, on your own functions, gives all six gradients."""
    dx, dh0, dc0, dW, dU, db = lstm_backward(dhs, dh_last, dc_last, caches)
    return {"dx": dx, "dh0": dh0, "dc0": dc0, "dW": dW, "dU": dU, "db": db}


# %% [markdown]
# ### Look: your judge on your gradients
#
# Here `numeric_gradient` and `projected_loss` judge `lstm_backward`. An error around 1e-9 is what float64 allows; 1e-2 or 1 is a mistake.

# %% tags=["explore"] nbgrader={"grade_id": "explore-gradient-check", "locked": true}
rng = np.random.default_rng(0)
T, N, D, H = 5, 2, 3, 4
values = {"x": rng.normal(size=(T, N, D)), "h0": rng.normal(size=(N, H)), "c0": rng.normal(size=(N, H))}
values.update(zip(["W", "U", "b"], init_lstm(rng, D, H)))
upstream = [rng.normal(size=(T, N, H)), rng.normal(size=(N, H)), rng.normal(size=(N, H))]


def errors(eps):
    """Largest error of each gradient, relative to the gradient's largest entry."""
    gradients = lstm_backward(*upstream, lstm_sequence(**values)[2])
    table = {}
    for name, gradient in zip(values, gradients):

        def L(a, name=name):
            return projected_loss(*lstm_sequence(**{**values, name: a})[:2], *upstream)

        numeric = numeric_gradient(L, values[name].copy(), eps)
        table[name] = np.abs(gradient - numeric).max() / np.abs(numeric).max()
    return table


for name, error in errors(1e-5).items():
    print(f"d{name:3} relative error {error:.1e}")

# %% tags=["explore"] nbgrader={"grade_id": "explore-eps", "locked": true}
sizes = 10.0 ** np.arange(-10, 0)
tables = [errors(eps) for eps in sizes]
fig, axes = plt.subplots()
for name in values:
    axes.loglog(sizes, [table[name] for table in tables], label=f"d{name}", markevery=1)
axes.set(xlabel="eps", ylabel="relative error")
axes.legend(ncols=2)
plots.show(fig, alt="Relative error of six gradients against eps: valleys with their floor near eps = 1e-5.")

# %% [markdown]
# **What you see.** Each curve is a valley with its floor near eps = 1e-5. To the right the formula's own error grows like $\varepsilon^2$. To the left the difference of two nearly
# equal numbers loses its digits. A wrong gradient shows as a curve that stays flat and high.

# %% [markdown]
# ### Look: how far back does the gradient reach?
#
# We send one gradient into the *last* cell state and follow it back over 50 steps, for four forget biases. Along the cell's own path each step multiplies it by $f$, which starts near $\sigma(\text{bias})$.

# %% tags=["explore"] nbgrader={"grade_id": "explore-forget-bias", "locked": true}
rng = np.random.default_rng(1)
T, N, D, H = 50, 8, 2, 16
x = rng.normal(size=(T, N, D))
fig, axes = plt.subplots()
for bias in (0.0, 1.0, 3.0, 5.0):
    W, U, b = init_lstm(np.random.default_rng(2), D, H, forget_bias=bias)
    caches = lstm_sequence(x, np.zeros((N, H)), np.zeros((N, H)), 0.1 * W, 0.1 * U, b)[2]
    dh, dc, norms = np.zeros((N, H)), np.ones((N, H)) / np.sqrt(N * H), []
    for cache in reversed(caches):
        _, dh, dc, _, _, _ = lstm_step_backward(dh, dc, cache)
        norms.append(np.linalg.norm(dc))
    axes.semilogy(range(1, T + 1), norms, label=f"forget bias {bias:.0f}")
    print(
        f"bias {bias:.0f}: {norms[-1]:.1e} after {T} steps; sigmoid(bias)^{T} = {sigmoid(np.array(bias)) ** T:.1e}"
    )
axes.set(xlabel="steps back", ylabel="norm of the gradient of c")
axes.legend()
plots.show(fig, alt="Norm of the gradient of the cell over 50 steps back, on a logarithmic axis: nearly straight "
           "lines, steepest for forget bias 0, almost level for 5.")  # fmt: skip

# %% [markdown]
# **What you see.** On the logarithmic axis each bias gives a straight line downwards. With bias 0 the gradient loses half of its size a step and is about 1e-15 at the end; with bias 5 most of it is still
# there. Keep this picture for the question at the end.

# %% [markdown]
# ## 11. Training on your own gradients
#
# In the **adding problem** (Hochreiter and Schmidhuber 1997) each step shows a random number and a flag. Two flags in the sequence are 1, and the target is the sum of the two numbers beside them. A network that ignores the input and always answers 1
# has a mean squared error of 1/6 ≈ 0.167. To do better it must carry a number over many steps.
#
# Nothing to write here. The first cell trains with your `lstm_sequence` and `lstm_backward` and takes about three seconds; the second draws.

# %% tags=["explore"] nbgrader={"grade_id": "explore-train", "locked": true}
from course import data


def train(forget_bias, seed, T=20, N=32, H=16, steps=300, rate=0.02):
    """Mean squared error at every step of training by Adam, on fresh sequences each time; and the parameters."""
    rng = np.random.default_rng(seed)
    params = [*init_lstm(rng, 2, H, forget_bias), rng.normal(size=H) / np.sqrt(H), np.ones(1)]
    m, v = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
    curve, zero = [], np.zeros((N, H))
    for k in range(1, steps + 1):
        x, y = data.adding_problem(rng, N, T)
        W, U, b, w, bias = params
        hs, _, caches = lstm_sequence(x, zero, zero, W, U, b)
        residual = hs[-1] @ w + bias - y
        curve.append(np.mean(residual**2))
        dy = 2 * residual / N
        gradients = lstm_backward(np.zeros_like(hs), np.outer(dy, w), zero, caches)[3:]
        for j, gradient in enumerate([*gradients, hs[-1].T @ dy, dy.sum(keepdims=True)]):
            m[j] = 0.9 * m[j] + 0.1 * gradient
            v[j] = 0.999 * v[j] + 0.001 * gradient**2
            params[j] = params[j] - rate * m[j] / (1 - 0.9**k) / (np.sqrt(v[j] / (1 - 0.999**k)) + 1e-8)
    return curve, params


trained = {f"forget bias {bias:.0f}": train(bias, seed=0) for bias in (0.0, 1.0, 3.0)}
curves = {name: curve for name, (curve, _) in trained.items()}

# %% tags=["explore"] nbgrader={"grade_id": "explore-train-plot", "locked": true}
smooth = {name: np.convolve(curve, np.ones(15) / 15, mode="valid") for name, curve in curves.items()}
fig = plots.loss_curves(smooth, baseline=("always answering 1", 1 / 6), ylabel="mean squared error")
plots.show(
    fig,
    alt="Mean squared error of the adding problem over 300 steps of training for forget biases 0, 1 and 3: all start "
    "at the dotted line of always answering 1, stay there for a while, and then fall below 0.01.",
)

# %% [markdown]
# **What you see.** Each curve first lies on the dotted line, where the network answers 1 to everything, then falls steeply: it has found out that the flag
# matters. When that happens depends on the seed at least as much as on the bias, so do not conclude anything from three curves. With five seeds each, the error at the end was below
# 0.01 in 4 of 5 runs with bias 0, in 5 of 5 with bias 1, and in 4 of 5 with bias 3, whose fifth run was still on the dotted line. A cell that forgets too little is full of numbers
# that nobody asked for. Change the seed and see for yourself.

# %% [markdown]
# ### Look: your cell under the microscope
#
# Lecture 5's microscope, on *your* functions: the trained cell (forget bias 1) reads a sequence, and `lstm_step_backward` takes the gradient of its answer back through the same steps. Arrows mark the two numbers that count. Choose a sequence and a unit; the line above the
# picture is your `lstm_step` at one step, in numbers.

# %% tags=["explore"] nbgrader={"grade_id": "explore-microscope", "locked": true}
from course import widgets

W, U, b, w, _ = trained["forget bias 1"][1]


def traces(name):
    """One sequence of the adding problem through your cell, and the gradient of the answer back through it."""
    x, _ = data.adding_problem(np.random.default_rng(int(name.split()[-1])), 1, 20)
    zero = np.zeros((1, len(U)))
    hs, cs, caches = lstm_sequence(x, zero, zero, W, U, b)
    dh, dc, norms = w[None], zero, []
    for cache in reversed(caches):
        norms.append(np.hypot(np.linalg.norm(dh), np.linalg.norm(dc)))
        _, dh, dc, _, _, _ = lstm_step_backward(dh, dc, cache)
    found = {name: np.array([cache[name][0] for cache in caches]) for name in ("i", "f", "g", "o", "c_prev")}
    return data.adding_words(x[:, 0]), {
        **found,
        "c": cs[:, 0],
        "h": hs[:, 0],
        "gradient": np.array(norms[::-1]),
    }


heaviest = int(np.abs(w).argmax())
widgets.gate_microscope(traces, [f"sequence {k}" for k in range(1, 7)], heaviest, what="input")

# %% tags=["explore"] nbgrader={"grade_id": "explore-microscope-still", "locked": true}
widgets.show_unit(*traces("sequence 1"), heaviest)

# %% [markdown]
# **What you see.** At the arrows the input gate opens and the forget gate gives way: there the unit takes a number. Between them the forget gate stays near 1, and the gradient goes back over all the steps to the first arrow without vanishing. Look at other units too: not every one has such a clear job.

# %% [markdown]
# ## 12. The same cell in PyTorch
#
# `torch.nn.LSTM` computes the same function. It keeps its weights transposed, one row for each column of ours, in the same order of the gates, and it has two biases, which it adds:
#
# | name in PyTorch | shape |
# |---|---|
# | `weight_ih_l0` | `(4H, D)` |
# | `weight_hh_l0` | `(4H, H)` |
# | `bias_ih_l0`, `bias_hh_l0` | `(4H,)` each |
#
# Write `to_torch`, which gives a dict with these four names. How you share `b` out between the two biases is up to you, as long as they add up to it.


# %% tags=["exercise"] nbgrader={"grade_id": "to-torch", "solution": true}
def to_torch(W, U, b):
    """Our weights under the names and in the shapes of torch.nn.LSTM, as NumPy arrays.

    W (D, 4H), U (H, 4H), b (4H,). Returns a dict: weight_ih_l0 (4H, D), weight_hh_l0 (4H, H),
    bias_ih_l0 and bias_hh_l0 (4H,) each. Hint: "ih" is from input to hidden, "hh" from hidden to hidden.
    """
    ### BEGIN SOLUTION
    weights = {"weight_ih_l0": W.T, "weight_hh_l0": U.T}
    biases = {"bias_ih_l0": b, "bias_hh_l0": np.zeros_like(b)}
    return {**weights, **biases}
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-to-torch", "grade": true, "locked": true, "points": 3}
@lab.check
def to_torch_matches(W, U, b):
    """Names, shapes and order are PyTorch's, and its two biases add up to yours."""
    state = to_torch(W, U, b)
    both = state["bias_ih_l0"] + state["bias_hh_l0"]
    return {
        "weight_ih_l0": state["weight_ih_l0"],
        "weight_hh_l0": state["weight_hh_l0"],
        "sum_of_biases": both,
    }


# %% tags=["explore"] nbgrader={"grade_id": "explore-torch", "locked": true}
def compare_with_torch():
    """Run both on the same numbers."""
    try:
        import torch
    except ImportError:
        return "PyTorch is not installed here, so there is nothing to compare with."
    rng = np.random.default_rng(3)
    T, N, D, H = 30, 4, 3, 5
    x, h0, c0 = rng.normal(size=(T, N, D)), rng.normal(size=(N, H)), rng.normal(size=(N, H))
    W, U, b = init_lstm(rng, D, H)
    layer = torch.nn.LSTM(D, H).double()
    layer.load_state_dict({name: torch.tensor(array) for name, array in to_torch(W, U, b).items()})
    with torch.no_grad():
        theirs, _ = layer(torch.tensor(x), (torch.tensor(h0)[None], torch.tensor(c0)[None]))
    ours = lstm_sequence(x, h0, c0, W, U, b)[0]
    return f"{ours.size} states in {T} steps; largest difference to torch.nn.LSTM: {np.abs(ours - theirs.numpy()).max():.1e}"


print(compare_with_torch())

# %% [markdown]
# ## 13. In your own words
#
# A friend says: "The LSTM has solved the vanishing gradient. The gradient just runs along the cell state, and if the forget bias starts at 1, it even has long memory."
#
# Answer in about ten sentences, with the equations and your pictures from above:
#
# 1. By what is the gradient along the path $c_T \to c_{T-1} \to \dots \to c_{T-50}$ multiplied at every step, and where in your `cell_backward` is this line?
# 2. What is left of it after 50 steps with forget biases of 1 and of 5, if the gates stay where they start?
# 3. What else can the gradient of $c_t$ pass through, and why can it still explode?
# 4. Name one good reason not to hold $f$ at 1 for ever.

# %% [markdown] nbgrader={"grade_id": "question-forget-gate", "grade": true, "solution": true, "points": 8}
# ### BEGIN SOLUTION
# **Model answer.** Along the cell's own path $\partial c_t / \partial c_{t-1} = f_t$, element by element, with the gates held fixed: this is the line that makes `dc_prev`
# from the total gradient of the cell. Over 50 steps the gradient is multiplied by the product of 50 forget gates. No matrix and no tanh stands in this path, so nothing else shrinks it; but a product of 50 numbers
# below 1 shrinks all the same. If the gates stay where they start, forget bias 1 leaves $\sigma(1)^{50} \approx 1.6 \cdot 10^{-7}$, practically nothing, and bias 5 leaves $\sigma(5)^{50} \approx 0.71$. So a bias
# of 1 is a better start than 0 ($9 \cdot 10^{-16}$), not long memory: training must push $f$ near 1 where memory is needed.
# The gradient also runs through $h$: from $c_t$ through the output gate and tanh to $h_t$, then through $U$ into all four gates of the next step. That path has $U$ in it at every step, as in a plain RNN, so it can grow, and
# the gradient can explode; one still clips. In the other direction, $f$ at 1 for ever means that nothing is ever dropped: the cell adds up all it has been told, old content disturbs new, $c$ grows and tanh saturates.
# The network must be able to forget when a sentence or a sequence ends. That is why the forget gate was added (Gers, Schmidhuber and Cummins 2000).
#
# **Rubric (8 points).**
# - 2: the factor is $f_t$, element by element, and the line that makes `dc_prev` is named. 1 if "the forget gate" is named without saying that it multiplies at every step.
# - 2: both numbers, 1.6e-7 and 0.71, right to one digit, or read off the picture as "about 1e-7" and "most of it". 1 for one of them, or for $\sigma(b)^{50}$ without numbers.
# - 1: the friend is corrected: vanishing is only slowed, as far as $f$ stays near 1.
# - 2: the path through $h$ and $U$ (1), and that it can grow, so exploding gradients still need clipping (1).
# - 1: a reason to forget: stale content, saturation, or a new sequence.
#
# Right statements in other words count in full. Take off nothing for language.
# ### END SOLUTION
