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
#     title: "A recurrent network from nothing"
#     minutes: 100
#     lecture: 02_rnn
#     preload: [numpy]
#     allowed_imports: [numpy, math, autograder, matplotlib]
#     allowed_files: []
#     device: cpu
#     limits: {cell_cpu_s: 10, cell_wall_s: 30, notebook_cpu_s: 60, notebook_wall_s: 180, memory_mb: 1024}
# ---

# %% [markdown]
# # Lab 1: a recurrent network from nothing
#
# A feed-forward network sees one input and forgets it. A *recurrent* network keeps a state, and reads a sequence of any length with one
# set of weights. In this lab you build one from NumPy alone: the curves, the step, the loop over time, two ways to feed something back,
# batches of unequal lengths, and at the end a model that writes text, one character after the other.
#
# **When you are done you can**
#
# - write sigmoid, softmax and cross-entropy so that no number is too large for them;
# - write the recurrent step and its loop, with the shape of every array;
# - say what Elman's network feeds back, what Jordan's does, and what the one remembers that the other cannot;
# - run one network on the four shapes of sequence problems, and on sequences of unequal length;
# - sample from a model, and say what the temperature does.
#
# Plan about 100 minutes. The lab has 92 points by machine and 8 for an answer in words.
#
# **How it works.** You write between the docstring and the end of each exercise cell, in place of
# `raise NotImplementedError()`. The locked cell below it checks your function and tells you what it found. Work from top to bottom; if you get stuck, go on: nearly every check
# hands your function inputs that are known to be right, so that an early mistake does not cost you the later points.

# %% nbgrader={"grade_id": "setup", "locked": true}
import numpy as np

from autograder import open_lab

lab = open_lab("lab01_rnn")

# %% [markdown]
# ## Before you start
#
# This is the first lab, so there is nothing to bring along but NumPy and lecture `02_rnn`. Three habits of NumPy carry the whole lab; if one of them is
# new to you, try it in a cell of your own:
#
# - `a @ b` multiplies matrices. If `a` has more axes than two, it multiplies along the last one: `(T, N, H) @ (H, K)` is `(T, N, K)`.
# - `a + b` stretches what is too small: `(N, H) + (H,)` adds the same row to all `N` rows. `axis=-1` means the last axis, however many there are; `keepdims=True` leaves a reduced axis
#   in place with length 1, so that the result still fits beside the array it came from.
# - `a += 1` changes the *caller's* array. `a = a + 1` makes a new one. Your functions must leave what they are given as it was.
#
# | letter | shape | what it is |
# |---|---|---|
# | `T`, `N`, `D`, `H`, `K` | numbers | steps, sequences in a batch, numbers that come in at a step, units, numbers that go out |
# | `x` | `(N, D)` for one step, `(T, N, D)` for a sequence | input. Time is the *first* axis |
# | `h` | `(N, H)`; all of them `hs (T, N, H)` | state |
# | `y` | `(N, K)`; all of them `(T, N, K)` | scores that go out, before a softmax |
# | `W`, `U`, `b` | `(D, H)`, `(H, H)`, `(H,)` | weights for the input, for the state, bias |
# | `V`, `b_y` | `(H, K)`, `(K,)` | output layer |
#
# The lecture writes $Wx$ for one column vector. Here a batch lies in rows, so every product is turned round: `x @ W`. All arrays are float64.
#
# **Functions that stand on other functions.** `rnn_sequence` needs a step, the sampler needs a softmax, and so on. Each such function takes the one below it as an optional
# argument, and its first line (already there) fills in yours. *Use the name from the argument list* (`step`, `squash`, `output`, …): the check may hand in a simple stand-in, to test your function alone.

# %% [markdown]
# ## 1. Three curves
#
# An activation bends what goes into a unit, its **pre-activation** $a$. Three are in use everywhere; each works entry by entry and keeps the shape:
#
# $$\sigma(a) = \frac{1}{1 + e^{-a}} \in (0, 1) \qquad \tanh(a) = \frac{e^a - e^{-a}}{e^a + e^{-a}} \in (-1, 1) \qquad \operatorname{relu}(a) = \max(0, a)$$
#
# Written like this, the first two overflow: $e^{1000}$ is `inf` in float64. For tanh NumPy has a ready function that is safe, `np.tanh`. For the sigmoid, multiply numerator and denominator by $e^{a/2}$ and you find
# that it is a tanh in disguise, half as high, half as steep, and lifted up:
#
# $$\sigma(a) = \tfrac{1}{2}\left(1 + \tanh\tfrac{a}{2}\right)$$
#
# Write `sigmoid(a)` so that no input overflows, not even ±1000, and `relu(a)`.


# %% tags=["exercise"] nbgrader={"grade_id": "sigmoid", "solution": true}
def sigmoid(a):
    """The logistic function, entry by entry, without overflow.

    a: float array of any shape. Returns an array of the same shape with values in [0, 1].
    Hint: np.tanh is safe for every input; use the last formula above.
    """
    ### BEGIN SOLUTION
    return 0.5 * (1.0 + np.tanh(0.5 * a))
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-sigmoid", "grade": true, "locked": true, "points": 3}
@lab.check
def sigmoid_matches(a):
    """Your sigmoid gives the right values for ordinary numbers, and keeps the shape."""
    return {"s": sigmoid(a)}


# %% nbgrader={"grade_id": "check-sigmoid-extreme", "grade": true, "locked": true, "points": 2}
@lab.check
def sigmoid_survives_extremes(a):
    """Your sigmoid neither overflows nor warns when its input is huge, positive or negative."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        return {"s": sigmoid(a)}


# %% tags=["exercise"] nbgrader={"grade_id": "relu", "solution": true}
def relu(a):
    """max(0, a), entry by entry.

    a: float array of any shape, which stays as it is. Returns a new array of the same shape.
    Hint: np.maximum compares two arrays entry by entry; np.max looks for the largest entry along an axis.
    """
    ### BEGIN SOLUTION
    return np.maximum(a, 0.0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-relu", "grade": true, "locked": true, "points": 2}
@lab.check
def relu_matches(a):
    """Your ReLU cuts off at zero, keeps the shape, and leaves its input alone."""
    return {"r": relu(a), "a": a}


# %% [markdown]
# ## 2. Their slopes, from what came out
#
# Learning needs the derivative of each curve. All three can be written with the curve's *output* $s$, which a network has at hand anyway, so nobody needs to keep $a$:
#
# $$\sigma' = s\,(1 - s) \qquad\quad \tanh' = 1 - s^2 \qquad\quad \operatorname{relu}' = \begin{cases} 1 & s > 0 \\ 0 & s = 0 \end{cases}$$
#
# (At $a = 0$ the ReLU has a corner and no derivative. By convention one takes 0 there.)
#
# Write `slope(s, name)`; `name` is `"sigmoid"`, `"tanh"` or `"relu"`.


# %% tags=["exercise"] nbgrader={"grade_id": "slope", "solution": true}
def slope(s, name):
    """The derivative of an activation, from its output.

    s: float array of any shape, the activation's output. name: "sigmoid", "tanh" or "relu".
    Returns an array of s's shape. Hint: no exponential is needed, s is all you want.
    """
    ### BEGIN SOLUTION
    if name == "sigmoid":
        return s * (1.0 - s)
    if name == "tanh":
        return 1.0 - s**2
    return np.where(s > 0, 1.0, 0.0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-slope-sigmoid", "grade": true, "locked": true, "points": 2}
@lab.check
def slope_of_sigmoid_matches(s):
    """The slope of the sigmoid, from its output."""
    return {"slope": slope(s, "sigmoid")}


# %% nbgrader={"grade_id": "check-slope-tanh", "grade": true, "locked": true, "points": 2}
@lab.check
def slope_of_tanh_matches(s):
    """The slope of tanh, from its output."""
    return {"slope": slope(s, "tanh")}


# %% nbgrader={"grade_id": "check-slope-relu", "grade": true, "locked": true, "points": 2}
@lab.check
def slope_of_relu_matches(s):
    """The slope of the ReLU, from its output, which is often exactly zero."""
    return {"slope": slope(s, "relu")}


# %% [markdown]
# ### Look: your curves and their slopes

# %% tags=["explore"] nbgrader={"grade_id": "explore-curves", "locked": true}
import matplotlib.pyplot as plt

from course import plots

plots.use_style()
a = np.linspace(-5, 5, 201)
fig, (left, right) = plt.subplots(1, 2)
for name, s in {"sigmoid": sigmoid(a), "tanh": np.tanh(a), "relu": relu(a)}.items():
    left.plot(a, s, label=name)
    right.plot(a, slope(s, name), label=name)
    print(f"{name:8} steepest slope {slope(s, name).max():.2f}, slope at a = 5: {slope(s, name)[-1]:.5f}")
left.set(ylim=(-1.2, 2.2), xlabel="pre-activation a", title="the curve")
right.set(xlabel="pre-activation a", title="its slope")
left.legend()
plots.show(
    fig,
    alt="Left, three curves: the sigmoid rises from 0 to 1, tanh from -1 to 1, the ReLU is zero and then the diagonal. Right, their "
    "slopes: the sigmoid's never exceeds 0.25, that of tanh is 1 in the middle, both fall to zero at the sides; the ReLU's jumps from 0 to 1.",
)

# %% [markdown]
# **What you see.** The steepest place of the sigmoid has slope 0.25, that of tanh 1. At $a = 5$ both are nearly flat: such a unit is *saturated*, and what flows back through it is multiplied
# by nearly nothing. The ReLU's slope is 1 all the way. Lab 3 shows what becomes of products of many such slopes.

# %% [markdown]
# ## 3. From scores to probabilities
#
# A network gives out scores $y$, any numbers. The **softmax** turns the $K$ scores along the last axis into $K$ probabilities:
#
# $$\operatorname{softmax}(y)_k = \frac{e^{y_k}}{\sum_{j=1}^{K} e^{y_j}} = \frac{e^{y_k - m}}{\sum_j e^{y_j - m}}, \qquad m = \max_j y_j$$
#
# Both forms are equal, since $e^{-m}$ cancels. But in the second one no exponent is above 0, so nothing overflows. Each row has an $m$ of *its own*.
#
# Write `softmax(y)`.


# %% tags=["exercise"] nbgrader={"grade_id": "softmax", "solution": true}
def softmax(y):
    """Probabilities along the last axis, without overflow.

    y: array (..., K) of scores: (K,), (N, K) or (T, N, K). It stays as it is.
    Returns an array of the same shape; along the last axis its entries add up to 1.
    Hint: maximum and sum, both with axis=-1 and keepdims=True.
    """
    ### BEGIN SOLUTION
    e = np.exp(y - y.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-softmax", "grade": true, "locked": true, "points": 4}
@lab.check
def softmax_matches(y):
    """Ordinary scores, with one, two or three axes, become the right probabilities."""
    return {"p": softmax(y)}


# %% nbgrader={"grade_id": "check-softmax-extreme", "grade": true, "locked": true, "points": 3}
@lab.check
def softmax_survives_extremes(y):
    """Scores near +1000 and near -1000, in one row or in one batch, neither overflow nor become NaN."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        return {"p": softmax(y)}


# %% [markdown]
# ## 4. How surprised was the model?
#
# For each row there is a right class, the target $k$. The **cross-entropy** is the average surprise $-\log p_k$ at the right classes (natural logarithm). It is 0 for a model that always knew, and $\log K$ for one that spreads
# its bets evenly.
#
# Taking the softmax first and its logarithm afterwards is a trap: a probability of $e^{-1000}$ is 0 in floating point, and $\log 0 = -\infty$. Put the formula of the softmax into the logarithm and the exponential of the *chosen* score is gone:
#
# $$-\log \operatorname{softmax}(y)_k = \log \sum_j e^{y_j - m} - (y_k - m), \qquad m = \max_j y_j$$
#
# Write `cross_entropy(y, targets)`. With `targets` as an index array, `np.take_along_axis(s, targets[..., None], axis=-1)[..., 0]` picks from the last axis of `s` the entry that each target names.


# %% tags=["exercise"] nbgrader={"grade_id": "cross-entropy", "solution": true}
def cross_entropy(y, targets):
    """The mean of -log softmax(y) at the targets, as a float, in nats.

    y: array (..., K) of scores. targets: int array (...), the right class of each row, from 0 to K - 1.
    The mean is over all rows, whatever axes they have. Hint: the shifted scores y - m occur twice.
    """
    ### BEGIN SOLUTION
    shifted = y - y.max(axis=-1, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis=-1))
    chosen = np.take_along_axis(shifted, targets[..., None], axis=-1)[..., 0]
    return float(np.mean(total - chosen))
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-cross-entropy", "grade": true, "locked": true, "points": 5}
@lab.check
def cross_entropy_matches(y, targets):
    """Ordinary scores, one row a sequence or one row a step, give the right loss."""
    return {"loss": cross_entropy(y, targets)}


# %% nbgrader={"grade_id": "check-cross-entropy-extreme", "grade": true, "locked": true, "points": 3}
@lab.check
def cross_entropy_survives_extremes(y, targets):
    """A model that was sure, and wrong, gets a large loss, but a finite one."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        return {"loss": cross_entropy(y, targets)}


# %% [markdown]
# ## 5. The recurrent step
#
# Now the heart of it (Elman 1990). The new state comes from the input and from the *old state*:
#
# $$h_t = \phi\left(x_t\, W + h_{t-1}\, U + b\right) \qquad (N, H) = \phi\left((N, D)(D, H) + (N, H)(H, H) + (H,)\right)$$
#
# with $\phi = \tanh$ unless another curve is chosen. You may meet $h_t = \phi(h_{t-1})\,U + x_t\, W$ with the curve *inside* (Pascanu's form). It is the same network read at another place: its $h$ is our pre-activation. Ours has the curve outside.
#
# Write `rnn_step`. Call `phi` for the curve.


# %% tags=["exercise"] nbgrader={"grade_id": "rnn-step", "solution": true}
def rnn_step(x, h_prev, W, U, b, phi=np.tanh):
    """One step of the plain recurrent network.

    x (N, D), h_prev (N, H), W (D, H), U (H, H), b (H,). phi: the activation, called on an array.
    Returns the new state h (N, H). Hint: two matrix products, one bias, one call.
    """
    ### BEGIN SOLUTION
    a = x @ W + h_prev @ U + b
    return phi(a)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-rnn-step", "grade": true, "locked": true, "points": 6}
@lab.check
def rnn_step_matches(x, h_prev, W, U, b):
    """One step gives the right state. (The check hands in a curve of its own for phi.)"""
    return {"h": rnn_step(x, h_prev, W, U, b, phi=np.arctan)}


# %% nbgrader={"grade_id": "check-rnn-step-saturated", "grade": true, "locked": true, "points": 2}
@lab.check
def rnn_step_when_saturated_matches(x, h_prev, W, U, b):
    """Left to itself the curve is tanh, and a pre-activation in the thousands gives 1 or -1."""
    with np.errstate(over="raise", invalid="raise"):
        return {"h": rnn_step(x, h_prev, W, U, b)}


# %% [markdown]
# ## 6. The loop
#
# One set of weights, used at every step; each step gets the state that the last one left. That is all that "recurrent" means, and it is why the same network reads sequences of any length:
#
# $$h_t = \text{step}(x_t, h_{t-1}), \qquad t = 1 \dots T, \qquad x\ (T, N, D), \quad h_0\ (N, H)$$
#
# Write `rnn_sequence`. It returns all states `hs` $(T, N, H)$, and `hs[0]` is the state *after* the first input. Call `step(x[t], h, W, U, b)`.


# %% tags=["exercise"] nbgrader={"grade_id": "rnn-sequence", "solution": true}
def rnn_sequence(x, h0, W, U, b, step=None):
    """The network over a whole sequence.

    x (T, N, D), h0 (N, H), W (D, H), U (H, H), b (H,), all of which stay as they are.
    step: called as step(x_t, h_prev, W, U, b); your rnn_step unless another is handed in.
    Returns hs (T, N, H), float64. Hint: make an array for the states, then a for loop over t.
    """
    step = step or rnn_step
    ### BEGIN SOLUTION
    T = x.shape[0]
    h = h0
    hs = np.zeros((T, *h0.shape))
    for t in range(T):
        h = step(x[t], h, W, U, b)
        hs[t] = h
    return hs
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-rnn-sequence", "grade": true, "locked": true, "points": 6}
@lab.check
def rnn_sequence_matches(x, h0, W, U, b):
    """Your loop carries the state through time. (The check hands in a simple step of its own.)"""

    def simple_step(x, h_prev, W, U, b):
        drive = x.sum(axis=1, keepdims=True)
        return np.sin(0.8 * h_prev + U[0] * h_prev[:, :1] + drive * b + W[0])

    return {"hs": rnn_sequence(x, h0, W, U, b, step=simple_step)}


# %% nbgrader={"grade_id": "check-rnn-sequence-short", "grade": true, "locked": true, "points": 2}
@lab.check
def rnn_sequence_of_one_matches(x, h0, W, U, b):
    """One step and a batch of one keep all their axes, float64 stays float64, and h0 is left as it was."""

    def stateless_step(x, h_prev, W, U, b):
        return x[:, :1] * b

    return {"hs": rnn_sequence(x, h0, W, U, b, step=stateless_step), "h0": h0}


# %% [markdown]
# ### Look: a memory that you can watch
#
# Nothing is trained here. `W` writes the input into unit 0, and `U` hands each unit's value on to the next. Run the cell: the network gets three pulses.

# %% tags=["explore"] nbgrader={"grade_id": "explore-memory", "locked": true}
H = 8
x = np.zeros((24, 1, 1))
x[[1, 6, 9], 0, 0] = [0.9, -0.7, 0.5]
W, U = np.eye(1, H), np.eye(H, k=1)
hs = rnn_sequence(x, np.zeros((1, H)), W, U, np.zeros(H))
fig, (above, below) = plt.subplots(2, 1, figsize=(7.2, 4.2), sharex=True, height_ratios=[1, 2.5])
plots.heat_map(above, x[:, :, 0].T, signed=True, title="input")
plots.heat_map(below, hs[:, 0].T, signed=True, title="the eight units of the state")
below.set(xlabel="step t", ylabel="unit")
plots.show(
    fig,
    alt="Above, three pulses at steps 1, 6 and 9. Below, each pulse enters unit 0 and moves one unit down at every step, a diagonal stripe "
    "that fades, until it leaves unit 7 after eight steps.",
)

# %% [markdown]
# **What you see.** Each pulse walks diagonally through the state. At every moment the eight numbers of $h$ hold the last eight inputs: here the state *is* the memory, and you can read it off. Two things limit it. A pulse
# that leaves unit 7 is gone. And tanh shaves a little off at each step, so the stripes fade.

# %% [markdown]
# ## 7. What goes out
#
# The state is the network's own business. What it says to the world are scores, made from the state by one more layer:
#
# $$y_t = h_t\, V + b_y \qquad (\dots, K) = (\dots, H)(H, K) + (K,)$$
#
# No curve here: the scores are any numbers. Write `output_layer`, for one step's states and for all steps' at once.


# %% tags=["exercise"] nbgrader={"grade_id": "output-layer", "solution": true}
def output_layer(h, V, b_y):
    """Scores from states.

    h (..., H): (N, H) or (T, N, H). V (H, K), b_y (K,). Returns y (..., K).
    Hint: `@` works along the last axis of h, whatever stands before it.
    """
    ### BEGIN SOLUTION
    return h @ V + b_y
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-output-layer", "grade": true, "locked": true, "points": 3}
@lab.check
def output_layer_matches(h, V, b_y):
    """The scores are right, for one step and for many."""
    return {"y": output_layer(h, V, b_y)}


# %% [markdown]
# ## 8. The other way to feed back: Jordan's network
#
# Four years before Elman, Jordan (1986) fed back not the state but the *output*: what the network said last. The lecture feeds back the scores; here a softmax stands in between, $p_t$ $(N, K)$. So the recurrent weights reach from $K$ outputs to $H$ units:
#
# $$h_t = \phi\left(x_t\, W + p_{t-1}\, U + b\right) \qquad U\ (K, H)$$
#
# $$p_t = \operatorname{softmax}\left(h_t\, V + b_y\right) \qquad t = 1 \dots T$$
#
# In place of $h_0$ it starts from a $p_0$. Note that $h_{t-1}$ occurs nowhere.
#
# Write `jordan_sequence`, loop and all. Call `phi` for the curve and `squash` for the softmax.


# %% tags=["exercise"] nbgrader={"grade_id": "jordan-sequence", "solution": true}
def jordan_sequence(x, p0, W, U, b, V, b_y, phi=np.tanh, squash=None):
    """Jordan's network over a whole sequence.

    x (T, N, D), p0 (N, K), W (D, H), U (K, H), b (H,), V (H, K), b_y (K,), all of which stay as they are.
    phi: the units' activation. squash: called on scores (N, K); your softmax unless another is handed in.
    Returns hs (T, N, H) and ps (T, N, K). Hint: two lines in the loop, and what is carried is p.
    """
    squash = squash or softmax
    ### BEGIN SOLUTION
    T, N, _ = x.shape
    H, K = V.shape
    hs, ps = np.zeros((T, N, H)), np.zeros((T, N, K))
    p = p0
    for t in range(T):
        h = phi(x[t] @ W + p @ U + b)
        p = squash(h @ V + b_y)
        hs[t], ps[t] = h, p
    return hs, ps
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-jordan-sequence", "grade": true, "locked": true, "points": 7}
@lab.check
def jordan_sequence_matches(x, p0, W, U, b, V, b_y):
    """The output is fed back, from p0 on, and all states and outputs are right. (Both curves are the check's own.)"""

    def other_squash(y):
        return 0.5 + np.arctan(y) / np.pi

    hs, ps = jordan_sequence(x, p0, W, U, b, V, b_y, phi=np.sin, squash=other_squash)
    return {"hs": hs, "ps": ps}


# %% [markdown]
# ### Look: what is not said is not remembered
#
# Two runs differ in the first input alone. Unit 0 stores it, unit 1 follows the later inputs, and the output shows only unit 1. How long do the two runs know of the difference?

# %% tags=["explore"] nbgrader={"grade_id": "explore-jordan", "locked": true}
rng = np.random.default_rng(1)
T = 12
x = np.zeros((T, 2, 2))  # two sequences; the first input writes to unit 0, the second to unit 1
x[0, :, 0] = [0.5, -0.5]
x[1:, :, 1] = rng.normal(size=(T - 1, 1))
W = np.eye(2)
V, b_y = np.array([[0.0, 0.0], [1.0, -1.0]]), np.zeros(2)
elman = rnn_sequence(x, np.zeros((2, 2)), W, np.diag([1.5, 0.3]), np.zeros(2))
jordan, _ = jordan_sequence(
    x, np.full((2, 2), 0.5), W, np.array([[1.5, 0.3], [0.0, 0.0]]), np.zeros(2), V, b_y
)
fig, axes = plt.subplots()
for name, hs in {"Elman: the state is fed back": elman, "Jordan: the output is fed back": jordan}.items():
    axes.plot(np.linalg.norm(hs[:, 0] - hs[:, 1], axis=1), label=name, markevery=1)
axes.set(xlabel="step t", ylabel="distance of the two runs' states", xticks=range(T))
axes.legend()
plots.show(
    fig,
    alt="Distance between the states of two runs that differ in their first input. In Elman's network it grows and stays near 1.7; in Jordan's it is 0 "
    "from the second step on.",
)

# %% [markdown]
# **What you see.** Elman's network still knows after twelve steps which of the two it was. Jordan's has lost it at the second step: its only memory is its own output, and the output did not show unit 0. For the same reason its state at $t$ can be computed
# from $p_{t-1}$ and $x_t$ alone. Be careful with texts that say an RNN gets "its last output" as an input: ask which of the two they mean.

# %% [markdown]
# ## 9. Sequences of unequal length
#
# The loop does not care how long a sequence is, but an array does: it has one `T`. So a batch is **padded**: all sequences get the length of the longest, filled up at the *end* with zeros, and one remembers the true lengths.
#
# Write `pad_sequences`. Time is the first axis: sequence `n` is `x[:, n]`.


# %% tags=["exercise"] nbgrader={"grade_id": "pad-sequences", "solution": true}
def pad_sequences(sequences):
    """A batch from sequences of unequal length.

    sequences: list of N arrays, the n-th of shape (T_n, D), with T_n at least 1.
    Returns x (T, N, D), T being the largest T_n, zeros after each sequence's end; and lengths, an int array (N,).
    Hint: start from zeros, and copy each sequence into its column x[:, n] as far as it goes.
    """
    ### BEGIN SOLUTION
    lengths = np.array([len(sequence) for sequence in sequences])
    D = sequences[0].shape[1]
    x = np.zeros((lengths.max(), len(sequences), D))
    for n, sequence in enumerate(sequences):
        x[: len(sequence), n] = sequence
    return x, lengths
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-pad-sequences", "grade": true, "locked": true, "points": 4}
@lab.check
def pad_sequences_matches(sequences):
    """Every sequence lies in its column from the first step on, zeros follow, and the lengths are right."""
    x, lengths = pad_sequences(sequences)
    return {"x": x, "lengths": lengths, "longest": lengths.max()}


# %% [markdown]
# Padding is not nothing: a step on $x_t = 0$ still adds $b$ and multiplies by $U$, so the state drifts on after the sequence has ended. Two cures. The first: run on, and *pick* for each sequence the state at its own last step.
#
# Write `last_states`. NumPy picks one entry per sequence if you give it two index arrays of length `N`, one for the step and one for the sequence.


# %% tags=["exercise"] nbgrader={"grade_id": "last-states", "solution": true}
def last_states(hs, lengths):
    """The state of each sequence after its own last input.

    hs (T, N, H): all states, those after a sequence's end are worthless. lengths (N,): ints from 1 to T.
    Returns an array (N, H). Hint: a sequence of length 1 ends at hs[0].
    """
    ### BEGIN SOLUTION
    return hs[lengths - 1, np.arange(len(lengths))]
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-last-states", "grade": true, "locked": true, "points": 3}
@lab.check
def last_states_matches(hs, lengths):
    """From each sequence the state at its own last step."""
    return {"h": last_states(hs, lengths)}


# %% [markdown]
# The second cure: **freeze** a state as soon as its sequence is over. With $\ell_n$ for the length of sequence $n$ and $t$ counted from 0, as in code:
#
# $$h_{t,n} = \begin{cases} \text{step}(x_t, h_{t-1})_n & t < \ell_n \\ h_{t-1,n} & \text{otherwise} \end{cases}$$
#
# Then `hs[-1]` is right for every sequence, and the padding may hold anything: choose with `np.where`, don't multiply by a mask of 0 and 1, since $0 \cdot \mathrm{NaN}$ is NaN. A mask of shape `(N, 1)` fits beside states `(N, H)`.
#
# Write `padded_sequence`. Call `step(x[t], h, W, U, b)` at every step, on the whole batch.


# %% tags=["exercise"] nbgrader={"grade_id": "padded-sequence", "solution": true}
def padded_sequence(x, lengths, h0, W, U, b, step=None):
    """The network over a padded batch; a state stays as it is once its sequence has ended.

    x (T, N, D), lengths (N,) ints from 0 to T (a sequence of length 0 keeps its h0), h0 (N, H), W, U, b.
    step: called as step(x_t, h_prev, W, U, b); your rnn_step unless another is handed in.
    Returns hs (T, N, H), so that hs[-1] is the last state of every sequence. Hint: compute, then choose.
    """
    step = step or rnn_step
    ### BEGIN SOLUTION
    h = h0
    hs = np.zeros((len(x), *h0.shape))
    for t in range(len(x)):
        running = (t < lengths)[:, None]
        h = np.where(running, step(x[t], h, W, U, b), h)
        hs[t] = h
    return hs
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-padded-sequence", "grade": true, "locked": true, "points": 5}
@lab.check
def padded_sequence_matches(x, lengths, h0, W, U, b):
    """Each state runs to the end of its own sequence and stays there. (The check hands in a simple step.)"""

    def simple_step(x, h_prev, W, U, b):
        return np.sin(0.7 * h_prev + U[0] * h_prev[:, :1] + x.sum(axis=1, keepdims=True) * b + W[0])

    return {"hs": padded_sequence(x, lengths, h0, W, U, b, step=simple_step)}


# %% nbgrader={"grade_id": "check-padded-sequence-nan", "grade": true, "locked": true, "points": 2}
@lab.check
def padded_sequence_never_sees_its_padding(x, lengths, h0, W, U, b):
    """Whatever stands in the padding, even NaN, it reaches no state."""

    def stateless_step(x, h_prev, W, U, b):
        return x[:, :1] * b

    return {"last": padded_sequence(x, lengths, h0, W, U, b, step=stateless_step)[-1]}


# %% [markdown]
# ### Look: the state goes on when the sequence is over
#
# Five sequences of different lengths, random weights, and a bias. Dots mark where each one ends.

# %% tags=["explore"] nbgrader={"grade_id": "explore-padding", "locked": true}
rng = np.random.default_rng(3)
N, D, H = 5, 2, 16
x, lengths = pad_sequences([rng.normal(size=(T, D)) for T in (4, 8, 12, 17, 24)])
W, U, b = rng.normal(size=(D, H)), rng.normal(size=(H, H)) / np.sqrt(H), 0.3 * rng.normal(size=H)
run_on = rnn_sequence(x, np.zeros((N, H)), W, U, b)
frozen = padded_sequence(x, lengths, np.zeros((N, H)), W, U, b)
fig, axes = plt.subplots()
for n in range(4):
    drift = np.linalg.norm(run_on[:, n] - frozen[:, n], axis=1)
    axes.plot(drift, label=f"length {lengths[n]}", markevery=[lengths[n] - 1])
axes.set(xlabel="step t", ylabel="distance to the state\nat the sequence's end")
axes.legend()
plots.show(
    fig,
    alt="Distance of each sequence's running state from the state at its end: zero while the sequence lasts, then it jumps up to between 2 and 4 "
    "at the first padded step, and never comes back.",
)
print(f"length of a state at its sequence's end, on average: {np.linalg.norm(frozen[-1], axis=1).mean():.1f}")
print(f"largest difference of your two cures: {np.abs(last_states(run_on, lengths) - frozen[-1]).max()}")

# %% [markdown]
# **What you see.** Each line lies at zero while its sequence lasts. One step of zeros later, the state has moved by about its own length, and it does not come back. Whoever takes `hs[-1]` as the summary of a padded batch gets noise for every
# sequence but the longest. Your two cures agree exactly.

# %% [markdown]
# ## 10. Four shapes of problems, one network
#
# | shape | for instance | goes in | comes out |
# |---|---|---|---|
# | one to one | will this student pass? | `x (N, D)` | `y (N, K)` |
# | one to many | a caption for an image | `x (N, D)` | `y (steps, N, K)` |
# | many to one | is this review friendly? | `x (T, N, D)` | `y (N, K)` |
# | many to many | the part of speech of each word | `x (T, N, D)` | `y (T, N, K)` |
#
# All four are the same `rnn_sequence` and the same output layer. **One** input becomes a sequence: of one step, if one output is wanted; or of `steps` steps, the input at the *first* and zeros at all others. **One** output is that of the *last* state.
#
# Write `run_shape`. The parameters come in a dict with the keys `"W"`, `"U"`, `"b"`, `"V"`, `"b_y"`. Call `sequence(x, h0, W, U, b)` and `output(h, V, b_y)`.
#
# *(Translation is a many to many of another kind, where the output has a length of its own: first read, then write. That is two of these networks, one after the other.)*


# %% tags=["exercise"] nbgrader={"grade_id": "run-shape", "solution": true}
def run_shape(shape, x, h0, params, steps=None, sequence=None, output=None):
    """Scores for a sequence problem of one of four shapes.

    shape: "one to one", "one to many", "many to one" or "many to many". x (N, D) for "one to ...",
    (T, N, D) for "many to ...". h0 (N, H). params: dict of W, U, b, V, b_y. steps: how many outputs "one to many" gives.
    sequence and output: called like rnn_sequence and output_layer, which they are unless others are handed in.
    Returns y (N, K) for "... to one", else (T or steps, N, K). Hint: x[None] puts an axis of length 1 in front.
    """
    sequence, output = sequence or rnn_sequence, output or output_layer
    ### BEGIN SOLUTION
    if shape == "one to one":
        x = x[None]
    elif shape == "one to many":
        first = x
        x = np.zeros((steps, *first.shape))
        x[0] = first
    hs = sequence(x, h0, params["W"], params["U"], params["b"])
    y = output(hs, params["V"], params["b_y"])
    if shape in ("one to one", "many to one"):
        return y[-1]
    return y
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-shape-plain", "grade": true, "locked": true, "points": 3}
@lab.check
def one_to_one_and_many_to_many_match(x, h0, params):
    """One to one is a sequence of one step; many to many gives scores at every step."""

    def simple_sequence(x, h0, W, U, b):
        return np.cumsum(x @ W, axis=0) + h0 @ U + b

    def simple_output(h, V, b_y):
        return np.cos(h @ V - b_y)

    one = run_shape("one to one", x[0], h0, params, sequence=simple_sequence, output=simple_output)
    many = run_shape("many to many", x, h0, params, sequence=simple_sequence, output=simple_output)
    return {"one_to_one": one, "many_to_many": many}


# %% nbgrader={"grade_id": "check-shape-one-to-many", "grade": true, "locked": true, "points": 3}
@lab.check
def one_to_many_matches(x, h0, params, steps):
    """One to many sees its input at the first step, zeros after, and gives as many outputs as asked for."""

    def simple_sequence(x, h0, W, U, b):
        order = np.arange(1.0, len(x) + 1)[:, None, None]
        return np.cumsum(np.sin(x) @ W * order + b, axis=0) + h0 @ U

    def simple_output(h, V, b_y):
        return np.cos(h @ V - b_y)

    return {
        "y": run_shape(
            "one to many", x, h0, params, steps=steps, sequence=simple_sequence, output=simple_output
        )
    }


# %% nbgrader={"grade_id": "check-shape-many-to-one", "grade": true, "locked": true, "points": 2}
@lab.check
def many_to_one_matches(x, h0, params):
    """Many to one reads everything and answers from the last state."""

    def simple_sequence(x, h0, W, U, b):
        return np.cumsum(np.sin(x) @ W + b, axis=0) + h0 @ U

    def simple_output(h, V, b_y):
        return np.cos(h @ V - b_y)

    return {"y": run_shape("many to one", x, h0, params, sequence=simple_sequence, output=simple_output)}


# %% [markdown]
# ## 11. Writing, one character at a time
#
# A language model is a many-to-many network whose target at every step is the *next* character. To write with it, one lets it give probabilities for the next character, **draws** one, and feeds that one in as the next input.
#
# How bold should it be? Divide the scores by a **temperature** $\tau > 0$ before the softmax:
#
# $$p = \operatorname{softmax}(y / \tau)$$
#
# At $\tau = 1$ the model speaks as it learned to. Towards 0 the likeliest character takes all; with a large $\tau$ all become equally likely.
#
# Write `token_probabilities`. (A *token* is whatever the model reads and writes, here the number of a character.) Call `squash` for the softmax.


# %% tags=["exercise"] nbgrader={"grade_id": "token-probabilities", "solution": true}
def token_probabilities(y, temperature=1.0, squash=None):
    """Probabilities of the next token at a temperature.

    y (..., K): scores. temperature: a number above 0.
    squash: called on scores; your softmax unless another is handed in. Returns an array of y's shape.
    """
    squash = squash or softmax
    ### BEGIN SOLUTION
    return squash(y / temperature)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-token-probabilities", "grade": true, "locked": true, "points": 3}
@lab.check
def token_probabilities_match(y, temperature):
    """The scores are cooled or heated before the softmax; left to itself the temperature is 1."""

    def other_squash(y):
        return 0.5 + np.arctan(y) / np.pi

    p = token_probabilities(y, temperature, squash=other_squash)
    return {"p": p, "p_at_1": token_probabilities(y, squash=other_squash)}


# %% [markdown]
# To draw from $p$ $(K,)$, lay the probabilities end to end on the line from 0 to 1, and see into which piece a random number $u \in [0, 1)$ falls:
#
# $$\text{token} = \text{the smallest } k \text{ with } p_0 + p_1 + \dots + p_k > u$$
#
# Strictly above $u$, so that a token of probability 0 is never drawn, not even at $u = 0$. If the probabilities add up to a hair less than 1, by rounding, and $u$ lies above that: take the last token, $K - 1$.
#
# Write `draw_token`. (Do not use `rng.choice`: the check hands in `u`, so that your draw can be compared.)


# %% tags=["exercise"] nbgrader={"grade_id": "draw-token", "solution": true}
def draw_token(p, u):
    """The token that a uniform random number picks, as an int.

    p (K,): probabilities, in the order of the tokens. u: a number in [0, 1).
    Hint: np.cumsum gives the ends of the pieces; count how many of them do not lie above u.
    """
    ### BEGIN SOLUTION
    passed = int(np.sum(np.cumsum(p) <= u))
    return min(passed, len(p) - 1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-draw-token", "grade": true, "locked": true, "points": 4}
@lab.check
def draw_token_matches(p, u):
    """For many random numbers the right tokens are drawn."""
    return {"tokens": [draw_token(p, float(number)) for number in u]}


# %% nbgrader={"grade_id": "check-draw-token-edges", "grade": true, "locked": true, "points": 2}
@lab.check
def draw_token_at_the_edges_matches(p, u):
    """Nothing impossible is drawn at u = 0, nor at the seam of two pieces; and nothing beyond the last token."""
    return {"tokens": [draw_token(p, float(number)) for number in u]}


# %% [markdown]
# Now the loop. `model(x, h)` takes a token as a one-hot row `x` $(1, K)$, all zeros but a 1 at the token's place, and a state $(1, H)$; it gives the new state $(1, H)$ and scores `y` $(1, K)$ for what comes next.
#
# Write `generate`. For each of `count` tokens: turn the last token into a one-hot row, call the model, get the probabilities from the scores' only row by calling `probabilities(y[0], temperature)`, take one number from `rng.random()`,
# and call `draw(p, u)`. The first token only starts the model and is not part of the answer.


# %% tags=["exercise"] nbgrader={"grade_id": "generate", "solution": true}
def generate(model, first, count, h0, K, rng, temperature=1.0, probabilities=None, draw=None):
    """Tokens written by a model that reads its own writing.

    model: called as model(x (1, K), h (1, H)), gives h (1, H) and scores y (1, K). first: the token to start
    from, an int. count: how many to write. h0 (1, H). K: number of tokens. rng: a numpy.random.Generator,
    asked by one rng.random() for each token. probabilities, draw: called like token_probabilities and
    draw_token, which they are unless others are handed in. Returns an int array (count,), without `first`.
    """
    probabilities, draw = probabilities or token_probabilities, draw or draw_token
    ### BEGIN SOLUTION
    tokens, token, h = [], first, h0
    for _ in range(count):
        x = np.zeros((1, K))
        x[0, token] = 1.0
        h, y = model(x, h)
        p = probabilities(y[0], temperature)
        token = draw(p, rng.random())
        tokens.append(token)
    return np.array(tokens)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-generate", "grade": true, "locked": true, "points": 5}
@lab.check
def generate_matches(seed, first, count, h0, K, temperature, G):
    """What was drawn is fed in next, and the state is carried. (Model, probabilities and draw are the check's own.)"""

    def model(x, h):
        h = np.sin(h + x @ G)
        return h, len(x) * h @ G.T

    def probabilities(y, temperature):
        return np.abs(np.sin(y / temperature + 0.5))

    def draw(p, u):
        return int(1000 * (p.sum() + u)) % K

    rng = np.random.default_rng(seed)
    return {"tokens": generate(model, first, count, h0, K, rng, temperature, probabilities, draw)}


# %% [markdown]
# Last, everything together, on your own functions: a batch of unequal lengths through the padded loop, the four-shape function and Jordan's network, and a few tokens written.


# %% nbgrader={"grade_id": "check-everything", "grade": true, "locked": true, "points": 2}
@lab.check(needs=["check-softmax", "check-rnn-step", "check-rnn-sequence", "check-output-layer",
                  "check-jordan-sequence", "check-pad-sequences", "check-padded-sequence", "check-shape-plain",
                  "check-token-probabilities", "check-draw-token", "check-generate"])  # fmt: skip
def everything_matches(sequences, h0, p0, params, J, temperature, seed):
    """All of it together gives the right states, probabilities and tokens."""
    W, U, b, V, b_y = (params[name] for name in ("W", "U", "b", "V", "b_y"))
    x, lengths = pad_sequences(sequences)

    def model(x, h):
        h = rnn_step(x, h, W, U, b)
        return h, output_layer(h, V, b_y)

    return {
        "last": padded_sequence(x, lengths, h0, W, U, b)[-1],
        "p": token_probabilities(run_shape("many to many", x, h0, params), temperature),
        "jordan": jordan_sequence(x, p0, W, J, b, V, b_y)[1],
        "tokens": generate(model, 1, 12, h0[:1], len(b_y), np.random.default_rng(seed)),
    }


# %% [markdown]
# ### Look: your network writes
#
# Your functions run a network; they cannot train one yet (that is lab 2). So here the toolkit of the course trains the weights, in a few seconds, on sentences from a small made-up grammar. From then on everything is yours: the weights go into *your*
# `rnn_step` and `output_layer`, *your* `cross_entropy` judges them, and *your* `generate` writes.

# %% tags=["explore"] nbgrader={"grade_id": "explore-train", "locked": true}
from course import data, models


def windows(rng, tokens, N=16, T=30, steps=250):
    """Batches of windows of the text; the target of each character is the next one."""
    for _ in range(steps):
        rows = rng.integers(0, len(tokens) - T, N) + np.arange(T + 1)[:, None]
        yield models.one_hot(tokens[rows[:-1]], K), tokens[rows[1:]]


rng = np.random.default_rng(0)
text = data.agreement_text(rng, 500)
alphabet = sorted(set(text))
K, H = len(alphabet), 48
tokens = np.array([alphabet.index(character) for character in text])
net = models.network(rng, "tanh", K, H, K)
curve = models.train(net, windows(rng, tokens), models.cross_entropy, models.Adam(0.006))
print(
    f"{len(text)} characters, {K} different ones; loss of the first batch {curve[0]:.2f}, of the last {curve[-1]:.2f}"
)

# %% tags=["explore"] nbgrader={"grade_id": "explore-judge", "locked": true}
weights = net.params
unseen = data.agreement_text(np.random.default_rng(1), 100)
new = np.array([alphabet.index(character) for character in unseen])
y = run_shape("many to many", models.one_hot(new[:-1, None], K), np.zeros((1, H)), weights)
pairs = np.ones((K, K))
np.add.at(pairs, (tokens[:-1], tokens[1:]), 1)  # how often each character follows each, and one for luck
losses = {
    "every character equally likely": cross_entropy(np.zeros((len(new) - 1, K)), new[1:]),
    "how often each one occurs": cross_entropy(
        np.tile(np.log(pairs.sum(axis=0)), (len(new) - 1, 1)), new[1:]
    ),
    "what follows the last character": cross_entropy(np.log(pairs)[new[:-1]], new[1:]),
    "the recurrent network": cross_entropy(y, new[1:, None]),
}
for name, loss in losses.items():
    print(f"{name:32} {loss:.2f} nats; as unsure as a fair choice among {np.exp(loss):.1f}")

# %% [markdown]
# **What you see.** On sentences it has not seen, the network is less unsure than a fair choice between *two* characters would be; whoever knows only the last character hesitates among nearly four. The difference is memory: after `the ke` only `y` can follow, and only the state knows of the `k`.


# %% tags=["explore"] nbgrader={"grade_id": "explore-sample", "locked": true}
def model(x, h):
    h = rnn_step(x, h, weights["W"], weights["U"], weights["b"])
    return h, output_layer(h, weights["V"], weights["b_y"])


def write(temperature, count, seed=0):
    start = alphabet.index(" ")
    drawn = generate(model, start, count, np.zeros((1, H)), K, np.random.default_rng(seed), temperature)
    return "".join(alphabet[token] for token in drawn)


for temperature in (0.1, 0.5, 1.0, 2.0):
    print(f"temperature {temperature}:  {write(temperature, 90)}\n")

# %% tags=["explore"] nbgrader={"grade_id": "explore-temperature", "locked": true}
known = set(text.split())
temperatures = [0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0]
real, different = [], []
for temperature in temperatures:
    words = [write(temperature, 600, seed).split()[1:-1] for seed in range(3)]
    real.append([np.mean([word in known for word in run]) for run in words])
    different.append([len(set(run) & known) / len(known) for run in words])
fig, axes = plt.subplots()
for name, shares in {"written words that are real": real, "real words that get written": different}.items():
    line = axes.plot(temperatures, np.mean(shares, axis=1), label=name, markevery=1)[0]
    axes.fill_between(
        temperatures, np.min(shares, axis=1), np.max(shares, axis=1), alpha=0.2, color=line.get_color()
    )
axes.set(xlabel="temperature", ylabel="share", ylim=(0, 1.05))
axes.legend()
plots.show(
    fig,
    alt="Two curves over the temperature, each with a band over three seeds. The share of written words that are real is near 1 up to temperature 0.75 "
    "and falls to about 0.1 at 3. The share of the vocabulary that gets written is below a half at temperature 0.1, highest at 0.75, and falls again.",
)

# %% [markdown]
# **What you see.** Cold, the model writes nothing but real words, but hardly half of those it has seen. Hot, it writes noise. In between, around 0.75, it is both right and varied; the bands are the spread over three runs of writing. The temperature changes no weight: it trades one mistake for another.
#
# Read the samples again, as a linguist: are there sentences like *the keys was here*? Such slips of agreement are the subject of lecture `05_lstm`.

# %% [markdown]
# ## 12. In your own words
#
# A friend says: "A recurrent network gets its last prediction as an extra input, so it remembers what it has read. It has different weights for every time step, which is why it needs so many. And when I pad with zeros, nothing happens, because zero times anything is zero."
#
# Answer in about ten sentences, with the equations and your pictures from above:
#
# 1. Which network gets its last prediction back, and which gets something else? What can the one never remember?
# 2. How many numbers do `W`, `U` and `b` hold for $D = 3$ and $H = 5$, for sequences of 10 steps and of 1000? Why can one network read both?
# 3. Why does the state change on $x_t = 0$? Name the terms, and a cure.
# 4. The friend's model repeats the same sentence for ever when it writes. Which knob helps, in which direction, and what does it cost?

# %% [markdown] nbgrader={"grade_id": "question-feedback", "grade": true, "solution": true, "points": 8}
# ### BEGIN SOLUTION
# **Model answer.** The network that gets its last prediction back is Jordan's: $h_t = \phi(x_t W + p_{t-1} U + b)$. Elman's, which is what is meant by "RNN" today, gets its last *state* back: $h_t = \phi(x_t W + h_{t-1} U + b)$. Jordan's can remember
# only what its output shows: given $p_{t-1}$ and $x_t$, nothing earlier matters. In the picture of section 8 two of its runs were the same from the second step on, although their first inputs differed, since the output did not show the unit that stored it. Elman's state need not be shown to anybody.
# The weights are the same at every step. For $D = 3$, $H = 5$ there are $15 + 25 + 5 = 45$ numbers, for 10 steps as for 1000. The loop applies the same step again and again, so it can go on for as long as there is input.
# On $x_t = 0$ only the term $x_t W$ vanishes. The state becomes $\phi(h_{t-1} U + b)$, which is another one: $U$ goes on turning it and $b$ goes on pushing. In the picture of section 9 it had moved by about its own length after one step. Cures: take each sequence's state at its own last step, or freeze the state where the sequence ends.
# The knob is the temperature: raise it, towards 1 or a little above. Then less likely characters get drawn, the text varies, and more of it is wrong; much too hot, it is noise.
#
# **Rubric (8 points).**
# - 3: Jordan's gets the output, Elman's the state (2; 1 if only one of them is right); Jordan's cannot remember what its output does not show (1).
# - 2: 45 for both lengths (1); the same weights are used at every step (1).
# - 2: the terms $h_{t-1} U$ and $b$ remain (1); picking the last real state or freezing (1).
# - 1: raise the temperature, at the price of more mistakes.
#
# Right statements in other words count in full. Take off nothing for language.
# ### END SOLUTION
