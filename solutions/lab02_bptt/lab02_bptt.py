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
#     title: "Backpropagation through time, and what to do with a gradient"
#     minutes: 115
#     lecture: 03_bptt
#     preload: [numpy]
#     allowed_imports: [numpy, math, autograder, matplotlib]
#     allowed_files: []
#     device: cpu
#     limits: {cell_cpu_s: 10, cell_wall_s: 30, notebook_cpu_s: 60, notebook_wall_s: 180, memory_mb: 1024}
# ---

# %% [markdown]
# # Lab 2: backpropagation through time
#
# In lab 1 your network could run, but not learn: the toolkit of the course trained its weights. In this lab you take that over. You find the gradient of a
# recurrent network with your own hands, prove it with a judge that you wrote yourself, and then use it: in chunks of a long text, clipped, and with two
# optimisers. At the end a model of letters learns with nothing but your code.
#
# **When you are done you can**
#
# - write a derivative as a product of simple factors, and check it by moving the weight;
# - derive and write the backward pass of one step, and of a whole sequence;
# - judge any gradient by numbers, and say why a falling loss is no judge;
# - train on a text that never ends: carry the state, cut the gradient;
# - clip by global norm, and write SGD with momentum, and Adam.
#
# Plan about 115 minutes. The lab has 92 points by machine and 8 for an answer in words.
#
# **How it works.** You write between the docstring and the end of each exercise cell, in place of
# `raise NotImplementedError()`. The locked cell below it checks your function and tells you what it found. Work from top to bottom; if you get stuck, go on: nearly every check
# hands your function inputs that are known to be right, so that an early mistake does not cost you the later points.

# %% nbgrader={"grade_id": "setup", "locked": true}
import numpy as np

from autograder import open_lab

lab = open_lab("lab02_bptt")

# %% [markdown]
# ## Recalled: what you built in lab 1
#
# | what | equation | shapes |
# |---|---|---|
# | Elman's step | $h_t = \tanh(x_t W + h_{t-1} U + b)$ | `x[t] (N, D)`, `h (N, H)`, `W (D, H)`, `U (H, H)`, `b (H,)` |
# | the sequence | the step again and again, from $h_0$ on | `x (T, N, D)`, `h0 (N, H)`; all states `hs (T, N, H)`, `hs[0]` *after* the first input |
# | scores | $y_t = h_t V + b_y$ | `V (H, K)`, `b_y (K,)`, `y (T, N, K)` |
# | softmax, safely | $p = e^{y - m} / \sum_j e^{y_j - m}$, $m = \max_j y_j$ | row by row along the last axis |
# | cross-entropy, safely | $-\log p_k = \log \sum_j e^{y_j - m} - (y_k - m)$ | a mean over all rows; `targets (T, N)` holds the right classes $k$ |
# | writing | take the softmax of $y / \text{temperature}$, draw a token, feed it back | |
#
# `T`, `N`, `D`, `H`, `K` are steps, sequences in a batch, inputs, units, classes. Time is the first axis, and a batch lies in rows, so products are turned round: $W x$ of the lecture is `x @ W`. All arrays are float64.
#
# **New here.** All five parameters travel together in a dict, `params`, with the keys `"W"`, `"U"`, `"b"`, `"V"`, `"b_y"`. Gradients travel in a dict with the *same keys and shapes*. And for a derivative of the loss $E$ by
# anything, $\partial E / \partial h$, we write `dh`; it always has the shape of `h`.
#
# Your functions leave what they are given as it was: `a = a + 1` makes a new array, `a += 1` changes the caller's.
#
# **Functions that stand on other functions** take the one below as an optional argument, and their first line (already there) fills in yours. *Use the name from the argument list*
# (`through`, `step_backward`, `backward`, `gradients`, `update`): the check may hand in a simple stand-in, to test your function alone.

# %% [markdown]
# ## 1. Five factors
#
# The warm-up has no time in it, and only plain numbers. A weight $w_{222}$ acts on the loss along one chain:
#
# $$a_{22} = w_{222}\, x_2 + \dots \;\to\; h_{22} = \sigma(a_{22}) \;\to\; a_{31} = w_{312}\, h_{22} + \dots \;\to\; \hat y = \sigma(a_{31}) \;\to\; E = \tfrac12 (\hat y - y)^2$$
#
# The dots are terms in which $w_{222}$ does not occur. Each arrow gives one factor of the chain rule, and the last link, from the weight to $a_{22}$, the fifth:
#
# $$\frac{\partial E}{\partial w_{222}} = \frac{\partial E}{\partial \hat y} \cdot \frac{\partial \hat y}{\partial a_{31}} \cdot
# \frac{\partial a_{31}}{\partial h_{22}} \cdot \frac{\partial h_{22}}{\partial a_{22}} \cdot \frac{\partial a_{22}}{\partial w_{222}}$$
#
# Write `five_factors`, which gives them in this order. The network has run already; you get its numbers. Recall that the slope of $s = \sigma(a)$ is $s(1 - s)$.
#
# *Lecture `03_bptt`, "Recalled: backpropagation in four steps".*


# %% tags=["exercise"] nbgrader={"grade_id": "five-factors", "solution": true}
def five_factors(x2, h22, w312, y_hat, target):
    """The five factors of dE/dw222, from the loss back to the weight.

    All arguments are floats: the input x2, the hidden unit's output h22, the weight w312 from it to the output
    unit, the network's output y_hat, and the target y.
    Returns an array (5,) in the order of the formula. Hint: two of the five are slopes of a sigmoid.
    """
    ### BEGIN SOLUTION
    by_output = y_hat - target
    output_slope = y_hat * (1.0 - y_hat)
    hidden_slope = h22 * (1.0 - h22)
    return np.array([by_output, output_slope, w312, hidden_slope, x2])
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-five-factors", "grade": true, "locked": true, "points": 4}
@lab.check
def five_factors_match(x2, h22, w312, y_hat, target):
    """All five factors are right, each in its place."""
    return {"factors": five_factors(x2, h22, w312, y_hat, target)}


# %% [markdown]
# ### Look: the product, and the weight that we move
#
# A derivative says what happens when you move the weight a little. So move it, and compare. (The lecture's network: $w_{222} = 0.8$.)

# %% tags=["explore"] nbgrader={"grade_id": "explore-five-factors", "locked": true}
from course.models import sigmoid


def run(w222, x2=-0.4, target=1.0):
    """The chain, with the terms that the dots stand for: h22, output and loss."""
    h22 = sigmoid(w222 * x2 + 1.35)
    y_hat = sigmoid(-1.2 * h22 + 0.49)
    return h22, y_hat, 0.5 * (y_hat - target) ** 2


h22, y_hat, _ = run(0.8)
factors = five_factors(-0.4, h22, -1.2, y_hat, 1.0)
print("five factors:", np.round(factors, 4), " product:", f"{np.prod(factors):+.6f}")
for shift in (0.1, 0.01, 0.001):
    slope = (run(0.8 + shift)[2] - run(0.8 - shift)[2]) / (2 * shift)
    print(f"moving w222 by {shift:5} either way gives {slope:+.6f}")

# %% [markdown]
# ## 2. A judge for gradients
#
# What you just did by hand becomes a tool that will judge everything you write below. For a loss $E$ of many parameters, move **one entry** of **one array** up and down by $\varepsilon$, and leave all else as it is:
#
# $$\frac{\partial E}{\partial \theta_k} \approx \frac{E(\theta + \varepsilon e_k) - E(\theta - \varepsilon e_k)}{2\varepsilon}$$
#
# Both sides are needed: the error of this formula shrinks like $\varepsilon^2$, that of the one-sided one only like $\varepsilon$.
#
# Write `numeric_gradients` for a whole dict of parameters. Call `loss(...)` with a dict that has all the keys; `{**params, name: moved}` is a copy of `params` with one array replaced.
#
# *Lecture `03_bptt`, "Check it by numbers".*


# %% tags=["exercise"] nbgrader={"grade_id": "numeric-gradients", "solution": true}
def numeric_gradients(loss, params, eps=1e-5):
    """The gradient of a loss by every parameter, by central differences.

    loss: called with a dict like params, returns a number. params: dict of float64 arrays, of any shape each;
    afterwards it is as it was. eps: how far each entry is moved, up and down.
    Returns a dict with params' keys and shapes. Hint: np.ndindex(a.shape) runs over all indices of a.
    """
    ### BEGIN SOLUTION
    slopes = {}
    for name, array in params.items():
        slopes[name] = np.zeros(array.shape)
        for index in np.ndindex(array.shape):
            moved = array.copy()
            moved[index] = array[index] + eps
            above = loss({**params, name: moved})
            moved[index] = array[index] - eps
            below = loss({**params, name: moved})
            slopes[name][index] = (above - below) / (2 * eps)
    return slopes
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-numeric-gradients", "grade": true, "locked": true, "points": 5}
@lab.check
def numeric_gradients_match(params, waves, eps):
    """Central differences of every entry of every array, with the eps that is handed in and without one."""

    def loss(p):
        flat = np.concatenate([p[name].ravel() for name in sorted(p)])
        return float(np.sin(waves @ flat) + np.sum(np.cos(waves * flat)))

    given, by_default = numeric_gradients(loss, params, eps), numeric_gradients(loss, params)
    return {"gradients": given, "with_default_eps": by_default, "params": params}


# %% [markdown]
# Two gradients are never equal to the last digit, so you need a number for how far apart they are. Entry by entry is no good: where an entry is nearly 0, any rounding looks huge. Take the largest difference, and measure
# it by the largest entry of *either* array:
#
# $$\text{error}(g, n) = \frac{\max_k |g_k - n_k|}{\max\left(\max_k |g_k|,\; \max_k |n_k|\right)} \qquad \text{and } 0 \text{ if both are zero everywhere.}$$
#
# For a right gradient in float64 expect about $10^{-9}$. A mistake gives $10^{-2}$ or more, mostly near 1.
#
# Write `relative_error`.


# %% tags=["exercise"] nbgrader={"grade_id": "relative-error", "solution": true}
def relative_error(by_hand, by_numbers):
    """How far two gradients of one array are apart, as a float between 0 and 2.

    by_hand, by_numbers: arrays of the same shape, any number of axes.
    Returns the formula above; 0.0 when all entries of both are zero. Hint: np.max of np.abs, three times.
    """
    ### BEGIN SOLUTION
    apart = np.abs(by_hand - by_numbers).max()
    size = max(np.abs(by_hand).max(), np.abs(by_numbers).max())
    return float(apart / size) if size > 0 else 0.0
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-relative-error", "grade": true, "locked": true, "points": 3}
@lab.check
def relative_error_matches(by_hand, by_numbers):
    """The error is right, whichever of the two is larger, and it does not depend on which comes first."""
    return {"error": relative_error(by_hand, by_numbers), "turned": relative_error(by_numbers, by_hand)}


# %% nbgrader={"grade_id": "check-relative-error-zeros", "grade": true, "locked": true, "points": 1}
@lab.check
def relative_error_of_zeros_matches(gradient):
    """Two gradients of zero agree; one of zero and another do not at all."""
    zeros = np.zeros_like(gradient)
    with np.errstate(invalid="raise", divide="raise"):
        none, all_of_it = relative_error(zeros, zeros.copy()), relative_error(gradient, zeros)
    return {"both_zero": none, "one_zero": all_of_it, "gradient": gradient}


# %% [markdown]
# ## 3. Forward, once more
#
# You know this from lab 1: the states, and the scores of all steps. Now the parameters come in the dict. (If you like, copy from your own lab 1.)
#
# $$h_t = \tanh(x_t W + h_{t-1} U + b) \qquad y_t = h_t V + b_y \qquad t = 1 \dots T$$
#
# Write `rnn_forward`.


# %% tags=["exercise"] nbgrader={"grade_id": "rnn-forward", "solution": true}
def rnn_forward(x, h0, params):
    """All states and all scores of the plain network.

    x (T, N, D), h0 (N, H), params: dict of W (D, H), U (H, H), b (H,), V (H, K), b_y (K,).
    Returns hs (T, N, H), hs[0] being the state after the first input, and y (T, N, K).
    Hint: a loop for the states; the scores need none, since `@` works along the last axis.
    """
    ### BEGIN SOLUTION
    state, states = h0, []
    for x_t in x:
        state = np.tanh(x_t @ params["W"] + state @ params["U"] + params["b"])
        states.append(state)
    hs = np.stack(states)
    y = hs @ params["V"] + params["b_y"]
    return hs, y
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-rnn-forward", "grade": true, "locked": true, "points": 7}
@lab.check
def rnn_forward_matches(x, h0, params):
    """The states and the scores of every step are right."""
    hs, y = rnn_forward(x, h0, params)
    return {"hs": hs, "y": y}


# %% nbgrader={"grade_id": "check-rnn-forward-short", "grade": true, "locked": true, "points": 1}
@lab.check
def rnn_forward_of_one_matches(x, h0, params):
    """One step and a batch of one keep all their axes, float64 stays float64, and the inputs are left alone."""
    hs, y = rnn_forward(x, h0, params)
    return {"hs": hs, "y": y, "inputs": {"x": x, "h0": h0, **params}}


# %% [markdown]
# ## 4. The loss, and the first step back
#
# The loss is the mean cross-entropy over all $T \cdot N$ rows. Its gradient is the most beautiful of the whole lab. For one row with scores $y$, probabilities $p = \operatorname{softmax}(y)$ and the right class $k$,
#
# $$-\log p_k = -y_k + \log \textstyle\sum_j e^{y_j} \quad\Longrightarrow\quad \frac{\partial (-\log p_k)}{\partial y_i} = p_i - [\,i = k\,]$$
#
# what the network believed, minus the truth. ($[\,i = k\,]$ is 1 if $i = k$, else 0.) And since the loss is a mean of $T \cdot N$ rows,
#
# $$\mathrm{d}y = \frac{p - \text{onehot}(k)}{T N} \qquad (T, N, K)$$
#
# This is the one place where the sizes of the batch and of the sequence enter. From here on everything is added up, and nothing is divided any more.
#
# Write `loss_and_dy`. It must survive scores like ±1000; the table at the top recalls how. `np.eye(K)[targets]` makes the one-hot rows.
#
# *Lecture `03_bptt`, "Step by step, with every index", number 1. (There the loss is a sum over the steps, here a mean, as in lab 1.)*


# %% tags=["exercise"] nbgrader={"grade_id": "loss-and-dy", "solution": true}
def loss_and_dy(y, targets):
    """Mean cross-entropy over all rows, and its gradient by the scores.

    y (T, N, K): scores. targets (T, N): ints from 0 to K - 1.
    Returns the loss, a float in nats, and dy (T, N, K). Hint: y minus each row's maximum occurs in both.
    """
    ### BEGIN SOLUTION
    lowered = y - y.max(axis=-1, keepdims=True)
    total = np.exp(lowered).sum(axis=-1, keepdims=True)
    p = np.exp(lowered) / total
    truth = np.eye(y.shape[-1])[targets]
    loss = np.sum(truth * (np.log(total) - lowered)) / targets.size
    dy = (p - truth) / targets.size
    return float(loss), dy
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-loss", "grade": true, "locked": true, "points": 3}
@lab.check
def loss_matches(y, targets):
    """The loss is the mean over all steps and sequences."""
    loss, _ = loss_and_dy(y, targets)
    return {"loss": loss}


# %% nbgrader={"grade_id": "check-dy", "grade": true, "locked": true, "points": 4}
@lab.check
def dy_matches(y, targets):
    """The gradient by the scores is right: believed minus true, shared out over all rows."""
    _, dy = loss_and_dy(y, targets)
    return {"dy": dy}


# %% nbgrader={"grade_id": "check-loss-extreme", "grade": true, "locked": true, "points": 1}
@lab.check
def loss_survives_extremes(y, targets):
    """A model that was sure, with scores in the thousands, and wrong, gets a large loss, but a finite one."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        return {"loss": loss_and_dy(y, targets)[0]}


# %% nbgrader={"grade_id": "check-dy-extreme", "grade": true, "locked": true, "points": 1}
@lab.check
def dy_survives_extremes(y, targets):
    """Where the model was as sure, and right, nothing overflows, and nothing is left to push; y is left alone."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        return {"dy": loss_and_dy(y, targets)[1], "y": y}


# %% [markdown]
# ## 5. Back through the output layer
#
# $y_t = h_t V + b_y$ is one layer, used at every step with the same $V$. Three gradients go out of it:
#
# $$\mathrm{d}h_t = \mathrm{d}y_t\, V^\top \qquad \mathrm{d}V = \sum_t h_t^\top\, \mathrm{d}y_t \qquad \mathrm{d}b_y = \sum_{t,n} \mathrm{d}y_{t,n}$$
#
# $$(N, H) = (N, K)(K, H) \qquad (H, K) = \textstyle\sum (H, N)(N, K) \qquad (K,)$$
#
# Look at the shapes when you are in doubt: a gradient has the shape of what it belongs to, and with sizes that all differ there is only one way to multiply.
#
# Write `output_backward`. What it calls `dhs` is what the *scores* tell each state. What the future tells it comes in section 7.


# %% tags=["exercise"] nbgrader={"grade_id": "output-backward", "solution": true}
def output_backward(dy, hs, V):
    """Back through y = hs @ V + b_y, all steps at once.

    dy (T, N, K), hs (T, N, H), V (H, K). Returns dhs (T, N, H), dV (H, K), db_y (K,).
    Hint: for dV, add up over the steps in a loop, or lay steps and batch into one axis with reshape(-1, H).
    """
    ### BEGIN SOLUTION
    dhs = dy @ V.T
    dV = np.einsum("tnh,tnk->hk", hs, dy)
    db_y = dy.sum(axis=(0, 1))
    return dhs, dV, db_y
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-output-backward-states", "grade": true, "locked": true, "points": 2}
@lab.check
def output_backward_states_match(dy, hs, V):
    """Each state hears from its own scores: dhs."""
    dhs, _, _ = output_backward(dy, hs, V)
    return {"dhs": dhs}


# %% nbgrader={"grade_id": "check-output-backward-parameters", "grade": true, "locked": true, "points": 3}
@lab.check
def output_backward_parameters_match(dy, hs, V):
    """The layer's parameters collect from all steps and sequences: dV and db_y."""
    _, dV, db_y = output_backward(dy, hs, V)
    return {"dV": dV, "db_y": db_y}


# %% [markdown]
# ## 6. One step backward
#
# Now the step itself, $a_t = x_t W + h_{t-1} U + b$ and $h_t = \tanh(a_t)$, from the end to the beginning. First through the curve. The slope of tanh is $1 - \tanh^2$, so it can be written with what came *out*, and entry by entry
#
# $$\mathrm{d}a_t = \mathrm{d}h_t \odot (1 - h_t \odot h_t) \qquad (N, H)$$
#
# Write `tanh_backward`.


# %% tags=["exercise"] nbgrader={"grade_id": "tanh-backward", "solution": true}
def tanh_backward(dh, h):
    """Back through h = tanh(a).

    dh (N, H): gradient of the loss by h. h (N, H): what came out of the tanh.
    Returns da (N, H). Hint: no tanh is needed, h has been through it.
    """
    ### BEGIN SOLUTION
    da = dh * (1.0 - h**2)
    return da
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-tanh-backward", "grade": true, "locked": true, "points": 3}
@lab.check
def tanh_backward_matches(dh, h):
    """The slope of tanh is right, also where a unit is saturated at 1 or -1, and dh is left alone."""
    return {"da": tanh_backward(dh, h), "dh": dh}


# %% [markdown]
# Then through the sum. Five things stood in it, and each gets its share:
#
# $$\mathrm{d}x_t = \mathrm{d}a_t\, W^\top \qquad \mathrm{d}h_{t-1} = \mathrm{d}a_t\, U^\top \qquad
# \mathrm{d}W = x_t^\top\, \mathrm{d}a_t \qquad \mathrm{d}U = h_{t-1}^\top\, \mathrm{d}a_t \qquad \mathrm{d}b = \sum_n \mathrm{d}a_{t,n}$$
#
# The matrix product over the batch axis adds up what the $N$ sequences say about the weights that they share. And $U$ was multiplied with the state *before* the step, so it is $h_{t-1}$ that stands in $\mathrm{d}U$.
#
# Write `rnn_step_backward`. Call `through(dh, h)` for the curve.
#
# *Lecture `03_bptt`, "Step by step, with every index", numbers 3 to 5.*


# %% tags=["exercise"] nbgrader={"grade_id": "rnn-step-backward", "solution": true}
def rnn_step_backward(dh, x, h_prev, h, W, U, through=None):
    """Back through one step, h = tanh(x @ W + h_prev @ U + b).

    dh (N, H): gradient of the loss by h, from everything that h acts on. x (N, D), h_prev and h (N, H), W (D, H), U (H, H).
    through: called as through(dh, h), gives da (N, H); your tanh_backward unless another is handed in.
    Returns dx (N, D), dh_prev (N, H), dW (D, H), dU (H, H), db (H,). Hint: first da, then five short lines.
    """
    through = through or tanh_backward
    ### BEGIN SOLUTION
    da = through(dh, h)
    dx = da @ W.T
    dh_prev = da @ U.T
    dW = x.T @ da
    dU = h_prev.T @ da
    db = da.sum(axis=0)
    return dx, dh_prev, dW, dU, db
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-step-backward-inputs", "grade": true, "locked": true, "points": 4}
@lab.check
def step_backward_inputs_match(dh, x, h_prev, h, W, U):
    """What goes back to the input and to the state before: dx and dh_prev. (The curve is the check's own.)"""

    def other_curve(dh, h):
        return dh * (2.0 + np.sin(3.0 * h))

    dx, dh_prev, _, _, _ = rnn_step_backward(dh, x, h_prev, h, W, U, through=other_curve)
    return {"dx": dx, "dh_prev": dh_prev}


# %% nbgrader={"grade_id": "check-step-backward-parameters", "grade": true, "locked": true, "points": 5}
@lab.check
def step_backward_parameters_match(dh, x, h_prev, h, W, U):
    """What one step says about the parameters: dW, dU and db. (The curve is the check's own.)"""

    def other_curve(dh, h):
        return 2.5 * dh

    _, _, dW, dU, db = rnn_step_backward(dh, x, h_prev, h, W, U, through=other_curve)
    return {"dW": dW, "dU": dU, "db": db}


# %% [markdown]
# ## 7. Backpropagation through time
#
# Walk the sequence from its end to its beginning. A state $h_t$ has **two** ways to matter: through its own scores ($\mathrm{dhs}_t$, from section 5), and through the step after it, which sends back its $\mathrm{d}h_{\text{prev}}$. Both are added:
#
# $$\mathrm{d}h_t = \mathrm{dhs}_t + \left(\mathrm{d}h_{\text{prev}} \text{ of step } t + 1\right)$$
#
# The last state has no step after it in this sequence. What whoever reads the final state sends back comes in as `dh_last`; it stands in for the missing step. What is left over after the first step is `dh0`, the gradient of $h_0$.
#
# The parameters are used at every step, the same ones, so their gradients are **sums** over all steps. `dx[t]` is each step's own.
#
# Write `rnn_backward`. Call `step_backward(dh, x[t], h_prev, hs[t], W, U)`, where `h_prev` is the state before step `t`: `hs[t - 1]`, and `h0` for the first.
#
# *Lecture `03_bptt`, "Twenty lines of NumPy".*


# %% tags=["exercise"] nbgrader={"grade_id": "rnn-backward", "solution": true}
def rnn_backward(dhs, dh_last, x, h0, hs, W, U, step_backward=None):
    """Backpropagation through time.

    dhs (T, N, H): what its own scores tell each state. dh_last (N, H): what comes back to the last state from later.
    x (T, N, D), h0 (N, H), hs (T, N, H): the forward pass. W (D, H), U (H, H). All stay as they are.
    step_backward: called like rnn_step_backward, which it is unless another is handed in.
    Returns dx (T, N, D), dh0 (N, H), dW (D, H), dU (H, H), db (H,). Hint: one variable carries the gradient back.
    """
    step_backward = step_backward or rnn_step_backward
    ### BEGIN SOLUTION
    T = len(x)
    dx, carried = np.zeros(x.shape), dh_last
    dW, dU, db = np.zeros(W.shape), np.zeros(U.shape), np.zeros(len(U))
    for t in range(T - 1, -1, -1):
        h_prev = hs[t - 1] if t > 0 else h0
        dh = dhs[t] + carried
        back = step_backward(dh, x[t], h_prev, hs[t], W, U)
        dx[t], carried = back[0], back[1]
        dW = dW + back[2]
        dU = dU + back[3]
        db = db + back[4]
    return dx, carried, dW, dU, db
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-bptt-states", "grade": true, "locked": true, "points": 7}
@lab.check
def bptt_states_match(dhs, dh_last, x, h0, hs, W, U):
    """The gradient finds its way through time: dx and dh0. (The check hands in a simple step backward.)"""

    def simple_step_backward(dh, x, h_prev, h, W, U):
        dx = x * np.sum(dh, axis=1, keepdims=True) + W[:, 0]
        dh_prev = 0.8 * dh - 0.5 * dh * h + 0.1 * U[0]
        return dx, dh_prev, np.zeros(W.shape), np.zeros(U.shape), np.zeros(len(U))

    dx, dh0, _, _, _ = rnn_backward(dhs, dh_last, x, h0, hs, W, U, step_backward=simple_step_backward)
    return {"dx": dx, "dh0": dh0}


# %% nbgrader={"grade_id": "check-bptt-parameters", "grade": true, "locked": true, "points": 3}
@lab.check
def bptt_parameters_match(dhs, dh_last, x, h0, hs, W, U):
    """The parameters collect from all steps, each with its own state before it: dW, dU and db."""

    def simple_step_backward(dh, x, h_prev, h, W, U):
        return x, dh, x.T @ np.cos(h_prev), h_prev.T @ np.exp(h_prev), np.sum(h_prev * h_prev, axis=0)

    _, _, dW, dU, db = rnn_backward(dhs, dh_last, x, h0, hs, W, U, step_backward=simple_step_backward)
    return {"dW": dW, "dU": dU, "db": db}


# %% nbgrader={"grade_id": "check-bptt-edges", "grade": true, "locked": true, "points": 2}
@lab.check
def bptt_leaves_its_inputs_alone(dhs, dh_last, x, h0, hs, W, U):
    """The gradients that come in are not changed, and T = 1 or N = 1 keep all their axes."""

    def simple_step_backward(dh, x, h_prev, h, W, U):
        return 0 * x, dh, np.zeros(W.shape), np.zeros(U.shape), np.zeros(len(U))

    dx = rnn_backward(dhs, dh_last, x, h0, hs, W, U, step_backward=simple_step_backward)[0]
    return {"dx": dx, "dhs": dhs, "dh_last": dh_last, "hs": hs}


# %% [markdown]
# ## 8. From the text to the gradients
#
# Put the parts together: forward (section 3), the loss (4), back through the output layer (5), back through time (7). Nothing comes back to the last state from later, so `dh_last` is zero. Besides the loss and the gradients, give back the **last state**; section 10 will go on from there.
#
# Write `loss_and_grads`. Call `backward(dhs, dh_last, x, h0, hs, W, U)` for section 7.


# %% tags=["exercise"] nbgrader={"grade_id": "loss-and-grads", "solution": true}
def loss_and_grads(params, x, h0, targets, backward=None):
    """The loss of the network on a batch of sequences, and its gradient by every parameter.

    params: dict of W, U, b, V, b_y. x (T, N, D), h0 (N, H), targets (T, N).
    backward: called like rnn_backward, which it is unless another is handed in.
    Returns the loss (a float), a dict of gradients with the keys and shapes of params, and the last state (N, H).
    Hint: four calls of your own functions; of what backward gives you need the last three.
    """
    backward = backward or rnn_backward
    ### BEGIN SOLUTION
    hs, y = rnn_forward(x, h0, params)
    loss, dy = loss_and_dy(y, targets)
    dhs, dV, db_y = output_backward(dy, hs, params["V"])
    nothing = np.zeros(h0.shape)
    _, _, dW, dU, db = backward(dhs, nothing, x, h0, hs, params["W"], params["U"])
    grads = {"W": dW, "U": dU, "b": db, "V": dV, "b_y": db_y}
    return loss, grads, hs[-1]
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-loss-and-grads", "grade": true, "locked": true, "points": 4}
@lab.check(needs=["check-rnn-forward", "check-loss", "check-dy", "check-output-backward-states",
                  "check-output-backward-parameters", "check-tanh-backward", "check-step-backward-inputs",
                  "check-step-backward-parameters", "check-bptt-states", "check-bptt-parameters"])  # fmt: skip
def loss_and_grads_match(params, x, h0, targets):
    """The loss, all five gradients and the last state are right, on your own functions; once with a stand-in for `backward`."""

    def simple_backward(dhs, dh_last, x, h0, hs, W, U):
        dW = W * np.sum(dhs * hs) + x[0, 0][:, None]
        return x, h0, dW, U * np.sum(h0) + np.sum(dh_last), dhs[-1, 0]

    loss, grads, h_last = loss_and_grads(params, x, h0, targets)
    _, wired, _ = loss_and_grads(params, x, h0, targets, backward=simple_backward)
    return {"loss": loss, "grads": grads, "h_last": h_last, "wired": wired}


# %% [markdown]
# ### Look: your judge on your gradients


# %% tags=["explore"] nbgrader={"grade_id": "explore-judge", "locked": true}
def small_network(rng, D, H, K):
    """Weights to start from, small enough that no unit is saturated."""
    shapes = {"W": (D, H), "U": (H, H), "b": (H,), "V": (H, K), "b_y": (K,)}
    return {name: rng.uniform(-1, 1, shape) / np.sqrt(H) for name, shape in shapes.items()}


def judge(backward=None):
    """The relative error of each of the five gradients, on a small network and random data."""
    rng = np.random.default_rng(0)
    T, N, D, H, K = 8, 3, 4, 5, 6
    params = small_network(rng, D, H, K)
    x, h0, targets = rng.normal(size=(T, N, D)), rng.normal(size=(N, H)), rng.integers(0, K, (T, N))
    by_hand = loss_and_grads(params, x, h0, targets, backward)[1]
    by_numbers = numeric_gradients(lambda p: loss_and_grads(p, x, h0, targets)[0], params)
    return {name: relative_error(by_hand[name], by_numbers[name]) for name in params}


for name, error in judge().items():
    print(f"d{name:4} relative error {error:.1e}")

# %% [markdown]
# **What you see.** Errors between 1e-10 and 1e-9: all that float64 allows. The judge knows nothing of chain rules. It saw only your forward pass, and yet it agrees with sections 4 to 8 in every entry.
#
# ## 9. A text as a batch
#
# A model of letters reads a text and predicts, at every letter, the next one. So the **target** of each token is the token that follows it. To have a batch, cut the text into $N$ **streams** of equal length $L$, one after the other, and lay them side by side. From `abcdefghijk` with $N = 2$:
#
# | stream | inputs | targets |
# |---|---|---|
# | 0 | `a b c d e` | `b c d e f` |
# | 1 | `f g h i j` | `g h i j k` |
#
# Time is the first axis, so a stream is a *column*. The last token is never an input, since nothing follows it; of $M$ tokens, $M - 1$ can be inputs, and $L$ is as large as they allow: $L \cdot N \le M - 1$. What is left over at the end of the text is dropped.
#
# Write `text_streams`.


# %% tags=["exercise"] nbgrader={"grade_id": "text-streams", "solution": true}
def text_streams(tokens, N):
    """A text as N streams side by side, with the next token as target.

    tokens (M,): ints. N: how many streams; M is above N.
    Returns inputs (L, N) and targets (L, N); column n is the n-th piece of the text.
    Hint: reshape to (N, L), then turn round; reshape(L, N) would deal the text out like cards.
    """
    ### BEGIN SOLUTION
    L = (len(tokens) - 1) // N
    inputs = tokens[: L * N].reshape(N, L).T
    targets = tokens[1 : L * N + 1].reshape(N, L).T
    return inputs, targets
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-text-streams", "grade": true, "locked": true, "points": 4}
@lab.check
def text_streams_match(tokens, N):
    """Every stream runs down its own column, each target is the token that follows, and as much is used as can be."""
    inputs, targets = text_streams(tokens, N)
    return {"inputs": inputs, "targets": targets}


# %% [markdown]
# ## 10. Truncated backpropagation through time
#
# A stream may have a million letters. Walking all of them back for a single update of the weights would take for ever, and all states would have to be kept. So train in **chunks** of $n$ steps:
#
# 1. run forward and backward over the next chunk, *starting from the state that the last chunk left*;
# 2. update the weights;
# 3. go on with the next chunk, until the stream is over. The last chunk may be shorter than $n$; use it all the same.
#
# The state is **carried**, so the network may know what it read a thousand letters ago. The gradient is **cut** at the head of each chunk: the state that comes in is taken as a given number, and no gradient is sent back into the chunk before. (In your code that happens by itself:
# you hand over an array, and nobody uses its `dh0`. In a framework you must say so, with `h.detach()`, or its graph grows back to the beginning of the text.)
#
# Write `train_in_chunks`. Call `gradients(params, x_chunk, h, targets_chunk)`, which gives loss, gradients and last state as your `loss_and_grads` does, and `update(params, grads)`, which gives the new parameters.
#
# *Lecture `03_bptt`, "Truncation".*


# %% tags=["exercise"] nbgrader={"grade_id": "train-in-chunks", "solution": true}
def train_in_chunks(params, x, h0, targets, n, gradients, update):
    """One run of truncated BPTT over a batch of streams, with an update after every chunk.

    params: dict of arrays. x (T, N, D), h0 (N, H), targets (T, N). n: steps in a chunk; the last one may be shorter.
    gradients: called as gradients(params, x_chunk, h, targets_chunk), gives loss, grads, last state.
    update: called as update(params, grads), gives new parameters.
    Returns the final params, the final state (N, H), and the losses, an array with one entry a chunk.
    Hint: range(0, T, n) gives the heads of the chunks; a slice that reaches beyond the end just stops there.
    """
    ### BEGIN SOLUTION
    state, losses = h0, []
    for head in range(0, len(x), n):
        chunk = slice(head, head + n)
        loss, grads, state = gradients(params, x[chunk], state, targets[chunk])
        params = update(params, grads)
        losses.append(loss)
    return params, state, np.array(losses)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-train-in-chunks", "grade": true, "locked": true, "points": 6}
@lab.check
def train_in_chunks_matches(params, x, h0, targets, n, rate):
    """State and weights go from chunk to chunk, in the order of time. (Gradients and update are the check's own.)"""

    def simple_gradients(params, x, h, targets):
        state = np.sin(h + np.sum(x) * params["b"] + np.cos(x[0]).sum(axis=1, keepdims=True))
        grads = {"b": params["b"] * np.mean(state) + np.sum(targets * np.arange(1, len(x) + 1)[:, None])}
        return float(np.sum(state * params["b"]) + len(x)), grads, state

    def simple_update(params, grads):
        return {"b": params["b"] * 0.9 - rate * np.tanh(grads["b"])}

    params, state, losses = train_in_chunks(params, x, h0, targets, n, simple_gradients, simple_update)
    return {"params": params, "state": state, "losses": losses}


# %% nbgrader={"grade_id": "check-train-in-chunks-edges", "grade": true, "locked": true, "points": 1}
@lab.check
def train_in_awkward_chunks_matches(params, x, h0, targets, n):
    """A last chunk that is shorter, chunks of one step, and a stream shorter than one chunk."""

    def counting_gradients(params, x, h, targets):
        return float(len(x) + 0.01 * len(targets)), {}, h

    def no_update(params, grads):
        return params

    _, _, losses = train_in_chunks(params, x, h0, targets, n, counting_gradients, no_update)
    return {"losses": losses}


# %% [markdown]
# ### Look: what the cut costs
#
# Here the weights stay as they are, so that we can compare: the gradient of the whole sequence against what chunks of $n$ steps give together. The state is carried, so the *loss* is the same. Only the gradient is cut. Ten networks each, with weak and with strong recurrent weights.

# %% tags=["explore"] nbgrader={"grade_id": "explore-cut", "locked": true}
import matplotlib.pyplot as plt

from course import plots

plots.use_style()


def cut_error(params, x, h0, targets, n):
    """Relative errors of dU and dV when the gradient is cut into chunks of n steps."""
    whole, collected = loss_and_grads(params, x, h0, targets)[1], []

    def note(params, grads):
        collected.append(grads)
        return params

    train_in_chunks(params, x, h0, targets, n, loss_and_grads, note)
    mean = {name: np.mean([grads[name] for grads in collected], axis=0) for name in ("U", "V")}
    return [relative_error(mean[name], whole[name]) for name in mean]


T, N, D, H, K = 48, 8, 4, 24, 6
sizes = [n for n in range(1, T + 1) if T % n == 0]
fig, axes = plt.subplots()
for strength in (0.4, 1.0):
    found = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        params = small_network(rng, D, H, K)
        params["U"] = strength * np.linalg.qr(rng.normal(size=(H, H)))[0]
        x = 0.3 * rng.normal(size=(T, N, D))
        targets = rng.integers(0, K, (T, N))
        found.append([cut_error(params, x, np.zeros((N, H)), targets, n) for n in sizes])
    of_U, of_V = np.moveaxis(found, 2, 0)
    line = axes.plot(sizes, np.mean(of_U, axis=0), label=f"dU, recurrent strength {strength}", markevery=1)[0]
    axes.fill_between(sizes, of_U.min(axis=0), of_U.max(axis=0), alpha=0.2, color=line.get_color())
    print(f"strength {strength}: largest error of dV at any chunk length: {of_V.max():.0e}")
axes.set(xscale="log", xlabel="steps n in a chunk (48 is the whole sequence)", ylabel="relative error")
axes.set_xticks(sizes, [f"{n}" for n in sizes])
axes.legend()
plots.show(
    fig,
    alt="Relative error of dU against the chunk length from 1 to 48, mean and range of ten networks. With weak recurrent weights it falls "
    "steadily, from about 0.4 to below 0.1; with strong ones it starts near 0.9, is still about 0.3 for half the sequence, and varies much.",
)

# %% [markdown]
# **What you see.** At $n = 48$ nothing is cut, and the error is zero. Below, the gradient of `U` is wrong, and *how* wrong depends on how far back the blame would have gone. With weak recurrent weights it fades within a few steps anyway, so that only the steps at each head lose something. With strong ones it reaches far: even a cut in the middle of the sequence leaves an error of about a third. `dV` is right to
# the last digit at every $n$: the output layer needs no gradient from the future. Why the reach depends on `U` like this is the subject of lab 3.
#
# ## 11. Clipping by global norm
#
# Now and then a gradient is a hundred times larger than usual, and one step along it throws the network far away from everything it has learned. The cure (Pascanu, Mikolov and Bengio 2013): measure the length of **all** gradients taken together, as if they were one long vector,
#
# $$\lVert g \rVert = \sqrt{\textstyle\sum_{\text{names}} \sum_{\text{entries}} g^2}$$
#
# and if it is above a limit, scale *all* of them by the *same* factor, limit$\,/\lVert g \rVert$. The step gets shorter and its direction stays. (Cutting each entry to ±limit by itself would turn it.)
#
# Write `clip_by_global_norm`. It returns new arrays; the norm that it gives is the one *before* clipping, to be watched in training.


# %% tags=["exercise"] nbgrader={"grade_id": "clip-by-global-norm", "solution": true}
def clip_by_global_norm(grads, largest):
    """All gradients, shortened together if together they are too long.

    grads: dict of arrays, which stay as they are. largest: the limit, above 0.
    Returns a dict of new arrays, whose global norm is at most `largest`, and the norm before, a float.
    Hint: square first and add up over everything, take one root at the end. A norm of 0 needs no scaling.
    """
    ### BEGIN SOLUTION
    squares = [np.sum(g**2) for g in grads.values()]
    norm = float(np.sqrt(sum(squares)))
    factor = largest / norm if norm > largest else 1.0
    clipped = {name: factor * g for name, g in grads.items()}
    return clipped, norm
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-clip", "grade": true, "locked": true, "points": 4}
@lab.check
def clip_matches(grads, largest):
    """Gradients that are too long get the limit as their length, keep their direction, and are left alone themselves."""
    clipped, norm = clip_by_global_norm(grads, largest)
    return {"clipped": clipped, "norm": norm, "grads": grads}


# %% nbgrader={"grade_id": "check-clip-edges", "grade": true, "locked": true, "points": 1}
@lab.check
def clip_leaves_short_gradients_alone(grads, largest):
    """Gradients within the limit come out as they were, and zeros stay zeros."""
    with np.errstate(invalid="raise", divide="raise"):
        clipped, norm = clip_by_global_norm(grads, largest)
    return {"clipped": clipped, "norm": norm}


# %% [markdown]
# ## 12. SGD with momentum
#
# A gradient says where downhill is. How to walk is another matter. Plain gradient descent takes $\theta \leftarrow \theta - \eta\, g$ with a learning rate $\eta$, and in a narrow valley it jumps from wall to wall. **Momentum** lets the step remember the earlier ones. With a velocity $v$, which starts at zero,
#
# $$v \leftarrow \mu\, v + g \qquad\qquad \theta \leftarrow \theta - \eta\, v$$
#
# What points to and fro cancels, what always points the same way adds up. First comes the new velocity, then the step along it. With $\mu = 0$ it is plain SGD.
#
# Write `momentum_step`. Parameters, gradients and velocities are dicts with the same keys; return *new* dicts.


# %% tags=["exercise"] nbgrader={"grade_id": "momentum-step", "solution": true}
def momentum_step(params, grads, velocity, rate, momentum=0.9):
    """One update by gradient descent with momentum.

    params, grads, velocity: dicts of arrays with the same keys and shapes, which stay as they are.
    rate: the learning rate. momentum: how much of the old velocity stays.
    Returns the new params and the new velocity. Hint: two dicts, built name by name.
    """
    ### BEGIN SOLUTION
    new_velocity = {name: momentum * velocity[name] + grads[name] for name in params}
    new_params = {name: params[name] - rate * new_velocity[name] for name in params}
    return new_params, new_velocity
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-momentum", "grade": true, "locked": true, "points": 4}
@lab.check
def momentum_step_matches(params, grads, velocity, rate, momentum):
    """Parameters and velocity move as they should, and what came in is left alone."""
    new_params, new_velocity = momentum_step(params, grads, velocity, rate, momentum)
    default, _ = momentum_step(params, grads, velocity, rate)
    inputs = {"params": params, "velocity": velocity}
    return {"params": new_params, "velocity": new_velocity, "with_default": default, "inputs": inputs}


# %% [markdown]
# ## 13. Adam
#
# Gradients of different parameters can differ in size by thousands, and one learning rate suits none of them. **Adam** (Kingma and Ba 2015) keeps two running means for every entry, of the gradient and of its square, and divides the one by the root of the other. So every entry moves by about $\eta$ a step, however large its gradient:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad\qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2$$
#
# $$\hat m = \frac{m}{1 - \beta_1^k} \qquad \hat v = \frac{v}{1 - \beta_2^k} \qquad\qquad \theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}$$
#
# Both means start at zero, and so they are too small in the beginning; the two corrections, with $k = 1$ at the very first update, 2 at the second and so on, make up for that. They are *not* stored: `m` and `v` go on uncorrected. And $\epsilon$, which keeps a zero from being divided by, stands outside the root.
#
# Write `adam_step`.


# %% tags=["exercise"] nbgrader={"grade_id": "adam-step", "solution": true}
def adam_step(params, grads, m, v, k, rate=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
    """One update by Adam.

    params, grads, m, v: dicts of arrays with the same keys and shapes, which stay as they are.
    k: the number of this update, from 1. rate, beta1, beta2, eps: as in the formulas.
    Returns the new params, the new m and the new v, three dicts. Hint: m and v first, for every name.
    """
    ### BEGIN SOLUTION
    new_m = {name: beta1 * m[name] + (1 - beta1) * grads[name] for name in params}
    new_v = {name: beta2 * v[name] + (1 - beta2) * grads[name] ** 2 for name in params}
    new_params = {}
    for name in params:
        mean = new_m[name] / (1 - beta1**k)
        square = new_v[name] / (1 - beta2**k)
        new_params[name] = params[name] - rate * mean / (np.sqrt(square) + eps)
    return new_params, new_m, new_v
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-adam", "grade": true, "locked": true, "points": 5}
@lab.check
def adam_step_matches(params, grads, m, v, k, rate, beta1, beta2, eps):
    """An update late in training, where the corrections have died out: parameters and both means are right."""
    new_params, new_m, new_v = adam_step(params, grads, m, v, k, rate, beta1, beta2, eps)
    inputs = {"params": params, "m": m, "v": v}
    return {"params": new_params, "m": new_m, "v": new_v, "inputs": inputs}


# %% nbgrader={"grade_id": "check-adam-early", "grade": true, "locked": true, "points": 2}
@lab.check
def adam_early_step_matches(params, grads, m, v, k):
    """One of the first updates, left to its defaults, with gradients of zero: both corrections are right, and nothing is NaN."""
    with np.errstate(invalid="raise", divide="raise"):
        new_params, new_m, new_v = adam_step(params, grads, m, v, k)
    moved = {name: (new_params[name] - params[name]) / 0.001 for name in params}
    return {"moved": moved, "m": new_m, "v": new_v}


# %% [markdown]
# ### Look: three ways to walk down a valley
#
# A valley that is 50 times steeper across than along, and the same 60 steps for everyone. Each has the best learning rate of those that were tried.

# %% tags=["explore"] nbgrader={"grade_id": "explore-valley", "locked": true}
steep = np.array([1.0, 50.0])


def walk(update, steps=60):
    """Points of a walk down 1/2 (x^2 + 50 y^2); update: called as update(params, grads, state, k)."""
    params, state, points = {"p": np.array([-4.0, 0.8])}, None, []
    for k in range(1, steps + 1):
        points.append(params["p"])
        params, state = update(params, {"p": steep * params["p"]}, state, k)
    return np.array(points)


def by_momentum(rate, momentum):
    return lambda p, g, v, k: momentum_step(p, g, v or {"p": np.zeros(2)}, rate, momentum)


def by_adam(rate):
    def update(p, g, state, k):
        m, v = state or ({"p": np.zeros(2)}, {"p": np.zeros(2)})
        p, m, v = adam_step(p, g, m, v, k, rate)
        return p, (m, v)

    return update


walkers = {"SGD": (lambda rate: by_momentum(rate, 0.0)), "momentum 0.9": (lambda rate: by_momentum(rate, 0.9)), "Adam": by_adam}  # fmt: skip
rates = [0.001, 0.003, 0.01, 0.02, 0.03, 0.038, 0.1, 0.3, 1.0]
fig, panels = plt.subplots(3, 1, figsize=(7.2, 5.6), sharex=True)
across, along = np.meshgrid(np.linspace(-4.6, 1.6, 200), np.linspace(-1.1, 1.1, 100))
for axes, (name, make) in zip(panels, walkers.items()):
    height = {rate: 0.5 * np.sum(steep * walk(make(rate))[-1] ** 2) for rate in rates}
    best = min(height, key=lambda rate: np.nan_to_num(height[rate], nan=np.inf))
    path = walk(make(best))
    axes.contour(across, along, 0.5 * (across**2 + 50 * along**2), levels=[0.1, 1, 4, 12, 30], colors="#999999", linestyles="-", linewidths=0.8)  # fmt: skip
    axes.plot(*path.T, markevery=1, markersize=4)
    axes.set_title(f"{name}, rate {best}: height {height[best]:.1g} after 60 steps")
panels[-1].set_xlabel("along the valley; its lowest point is at 0")
plots.show(
    fig,
    alt="Three paths down a narrow valley. SGD jumps from wall to wall and creeps along, momentum swings and gets near the lowest point, Adam "
    "goes almost straight.",
)

# %% [markdown]
# **What you see.** SGD's rate is limited by the steep walls: a little more, and it jumps out. Along the valley, with this rate, it creeps. Momentum builds up speed along and damps the jumps across. Adam measures each direction by its own gradients, so for it the valley is round. (That it is round for Adam is because this valley lies along the axes.
# Turn it by 45 degrees, and Adam loses that advantage.)
#
# ## 14. Everything together
#
# One check more, on nothing but your code: a text becomes streams, the streams go through the network in chunks, each gradient is clipped, Adam takes the steps.


# %% nbgrader={"grade_id": "check-everything", "grade": true, "locked": true, "points": 2}
@lab.check(
    needs=["check-loss-and-grads", "check-text-streams", "check-train-in-chunks", "check-clip", "check-adam"]
)
def everything_matches(tokens, params, h0, n, largest, rate):
    """After a few updates on a short text, losses, state and weights are right."""
    inputs, targets = text_streams(tokens, len(h0))
    zeros = {name: np.zeros_like(p) for name, p in params.items()}
    memory = [zeros, zeros, 0]

    def update(params, grads):
        grads, _ = clip_by_global_norm(grads, largest)
        memory[2] += 1
        params, memory[0], memory[1] = adam_step(params, grads, *memory, rate)
        return params

    x = np.eye(len(params["b_y"]))[inputs]
    params, state, losses = train_in_chunks(params, x, h0, targets, n, loss_and_grads, update)
    return {"losses": losses, "state": state, "params": params}


# %% [markdown]
# ### Look: your code learns to write
#
# The same made-up sentences as in lab 1. But this time the toolkit of the course only supplies the text; all that learns is yours. Three optimisers, three seeds each. Each optimiser got the best of a few rates, and all clip at 1.

# %% tags=["explore"] nbgrader={"grade_id": "explore-train", "locked": true}
from course import data

text = data.agreement_text(np.random.default_rng(0), 3000)
alphabet = sorted(set(text))
letters = np.array([alphabet.index(letter) for letter in text])
K, H, N = len(alphabet), 48, 16
inputs, targets = text_streams(letters, N)
pairs = np.ones((K, K))
np.add.at(pairs, (letters[:-1], letters[1:]), 1)  # how often each letter follows each, and one for luck
alone = loss_and_dy(np.log(pairs)[inputs], targets)[0]
print(f"{len(text)} letters, {K} different ones: {N} streams of {len(inputs)} steps")
print(f"a fair choice among all letters: {np.log(K):.2f} nats; whoever knows the last letter: {alone:.2f}")


# %% tags=["explore"] nbgrader={"grade_id": "explore-optimisers", "locked": true}
def new_update(params, kind, rate, norms, largest):
    """An update that clips, notes the norm, and steps, with its memory inside."""
    memory = {"k": 0, "m": {name: 0 * p for name, p in params.items()}}
    memory["v"] = memory["m"]

    def update(params, grads):
        grads, norm = clip_by_global_norm(grads, largest)
        norms.append(norm)
        memory["k"] += 1
        if kind == "Adam":
            params, memory["m"], memory["v"] = adam_step(params, grads, memory["m"], memory["v"], memory["k"], rate)  # fmt: skip
            return params
        params, memory["m"] = momentum_step(params, grads, memory["m"], rate, 0.9 if kind == "momentum" else 0.0)  # fmt: skip
        return params

    return update


def train(kind, rate, seed, steps=5520, n=30, gradients=loss_and_grads, largest=1.0):
    """Parameters, the loss of every chunk and the norm of every gradient."""
    params, norms = small_network(np.random.default_rng(seed), K, H, K), []
    x, update = np.eye(K)[inputs[:steps]], new_update(params, kind, rate, norms, largest)
    params, _, losses = train_in_chunks(params, x, np.zeros((N, H)), targets[:steps], n, gradients, update)
    return params, losses, np.array(norms)


kinds = {"SGD": 2.0, "momentum": 0.5, "Adam": 0.02}
runs = {kind: [train(kind, rate, seed) for seed in range(3)] for kind, rate in kinds.items()}


# %% tags=["explore"] nbgrader={"grade_id": "explore-learning-curves", "locked": true}
def draw_bands(axes, bands, width=8, xlabel="chunk"):
    """For each name the mean and the range of its runs' losses, smoothed over some chunks."""
    for name, losses in bands.items():
        smooth = np.array([np.convolve(loss, np.ones(width) / width, mode="valid") for loss in losses])
        line = axes.plot(smooth.mean(axis=0), label=name, markevery=smooth.shape[1] // 8)[0]
        axes.fill_between(
            range(smooth.shape[1]), smooth.min(axis=0), smooth.max(axis=0), alpha=0.2, color=line.get_color()
        )
    axes.axhline(alone, color="#555555", linewidth=1.2, linestyle=(0, (1, 2)), marker="")
    axes.text(axes.get_xlim()[1], alone, "knows the last letter only", ha="right", va="bottom", fontsize=9.5)
    axes.set(xlabel=xlabel, ylabel="loss, nats a letter")
    axes.legend()


fig, axes = plt.subplots()
draw_bands(
    axes, {f"{kind}, rate {kinds[kind]}": [losses for _, losses, _ in found] for kind, found in runs.items()}
)
axes.set_ylim(0, 3.2)
plots.show(
    fig,
    alt="Loss over 184 chunks for SGD, momentum and Adam, mean and range of three seeds. All start near 3.1, pass the dotted line of a model that knows the last letter only, "
    "and end near 0.33; Adam is the quickest, SGD the slowest and the most uneven.",
)
for kind, found in runs.items():
    print(f"{kind:9} last 30 chunks: " + ", ".join(f"{losses[-30:].mean():.3f}" for _, losses, _ in found))

# %% [markdown]
# **What you see.** Every chunk is text that the network has not seen before, so this loss cannot be had by learning the text by heart. All three pass the dotted line, the best that is possible without a memory: your gradients have taught the *state* something.
# With its rate from so short a list, none of the three proves anything about optimisers in general; but the order is a common one.
#
# And this is what the network writes after 0, 20, 60 and all chunks:


# %% tags=["explore"] nbgrader={"grade_id": "explore-samples", "locked": true}
def write(params, count, seed=0, temperature=0.7):
    """Some letters from the network, each drawn from its own prediction and read again."""
    rng, token, h, drawn = np.random.default_rng(seed), alphabet.index(" "), np.zeros((1, H)), []
    for _ in range(count):
        hs, y = rnn_forward(np.eye(K)[[[token]]], h, params)
        h, scores = hs[-1], y[-1, 0] / temperature
        p = np.exp(scores - scores.max())
        token = rng.choice(K, p=p / p.sum())
        drawn.append(alphabet[token])
    return "".join(drawn)


for chunks in (0, 20, 60, 184):
    print(f"after {chunks:3} chunks:  {write(train('Adam', 0.02, seed=0, steps=30 * chunks)[0], 88)}\n")

# %% [markdown]
# ### Look: what clipping is good for
#
# SGD with rate 2, once more, with three limits: a tight one, the one from above, and none.

# %% tags=["explore"] nbgrader={"grade_id": "explore-clipping", "locked": true}
fig, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.3))
for name, limit in {"limit 0.25": 0.25, "limit 1": 1.0, "no limit": np.inf}.items():
    found = runs["SGD"] if limit == 1 else [train("SGD", 2.0, seed, largest=limit) for seed in range(3)]
    losses, norms = (np.array([run[k] for run in found]) for k in (1, 2))
    smooth = np.array([np.convolve(loss, np.ones(8) / 8, mode="valid") for loss in losses])
    for axes, values in ((left, smooth), (right, norms)):
        line = axes.plot(np.median(values, axis=0), label=name, markevery=25)[0]
        axes.fill_between(range(values.shape[1]), values.min(axis=0), values.max(axis=0), alpha=0.15, color=line.get_color())  # fmt: skip
left.set(yscale="log", xlabel="chunk", ylabel="loss, nats a letter")
right.set(yscale="log", xlabel="chunk", ylabel="norm before clipping")
left.legend()
plots.show(
    fig,
    alt="Left, the loss for three limits, median and range of three seeds: with limits 0.25 and 1 it falls below 0.5, without a limit it jumps far above its start and never comes "
    "back. Right, the norm of the gradient before clipping: around 0.5 with a limit, about 4 without, with peaks of some thousands.",
)

# %% [markdown]
# **What you see.** The usual gradient has a norm of about 0.5, which a limit of 1 does not touch at all. It is the rare long one that matters: one step along it throws the network to a place where *every* gradient is long, and without a limit there is no way back. The tight limit shortens nearly every step; that is safe and slow. (With Adam, whose step does not grow with the gradient, all three limits do about the same here. Try it.)
#
# ### Look: carry the state, or forget it?
#
# Chunks of 2, 5 and 30 steps, with Adam. Once as you wrote it; once the state is set to zero at the head of each chunk. (Short chunks make more updates, so they get a smaller rate.)


# %% tags=["explore"] nbgrader={"grade_id": "explore-carry", "locked": true}
def forgetful(params, x, h, targets):
    """As loss_and_grads, but whatever state is carried in, the chunk starts from zeros."""
    return loss_and_grads(params, x, np.zeros_like(h), targets)


lengths, ends = (2, 5, 30), {"state carried": [], "state set to zero": []}
for n in lengths:
    for name, gradients in zip(ends, (loss_and_grads, forgetful)):
        rate = 0.02 if n == 30 else 0.005
        last = [train("Adam", rate, seed, steps=3000, n=n, gradients=gradients)[1] for seed in range(2)]
        ends[name].append([losses[-600 // n :].mean() for losses in last])
fig, axes = plt.subplots()
for shift, (name, values) in zip((-0.2, 0.2), ends.items()):
    bars = axes.bar(
        np.arange(3) + shift, np.mean(values, axis=1), 0.38, label=name, hatch="//" if shift > 0 else ""
    )
    axes.bar_label(bars, fmt="%.2f")
axes.axhline(alone, color="#555555", linewidth=1.2, linestyle=(0, (1, 2)), marker="")
axes.text(2.45, alone, "knows the last letter only", ha="right", va="bottom", fontsize=9.5)
axes.set_xticks(range(3), [f"chunks of {n}" for n in lengths])
axes.set(ylabel="loss of the last 600 steps", ylim=(0, 1.5))
axes.legend(loc="center right")
spread = max(np.ptp(pair) for values in ends.values() for pair in values)
print(f"the two seeds of a bar differ by at most {spread:.3f}")
plots.show(
    fig,
    alt="Loss at the end for chunks of 2, 5 and 30 steps. With the state carried it is about 0.35 for all three; with the state set to zero at each head it is about 1.0, 0.7 and 0.4.",
)

# %% [markdown]
# **What you see.** With the state carried, chunks of *two* steps do as well as chunks of thirty. No gradient ever reached further back than one step, and yet the network uses what it read many letters ago: each step learns to keep what the step before it holds, and so a memory is built like a ladder, rung by rung. Setting the state to zero costs dearly, the more the shorter the chunks.
# (Where nothing on the way is rewarded, a short chunk stays blind; the lecture shows that too.)
#
# ### Look: a falling loss is no judge
#
# Last, the reason for section 2. Three mistakes are planted into your `rnn_step_backward`: nothing is carried back through time; `U` is not transposed on the way back; the gradient of `b` is forgotten. Then all are trained, like the right one.


# %% tags=["explore"] nbgrader={"grade_id": "explore-slips", "locked": true}
def nothing_back(dh, *rest):
    back = rnn_step_backward(dh, *rest)
    return (back[0], 0 * back[1], *back[2:])


def not_transposed(dh, x, h_prev, h, W, U):
    back = rnn_step_backward(dh, x, h_prev, h, W, U)
    return (back[0], rnn_step_backward(dh, x, h_prev, h, W, U.T)[1], *back[2:])


def no_bias(dh, *rest):
    back = rnn_step_backward(dh, *rest)
    return (*back[:4], 0 * back[4])


slips = {"nothing carried back": nothing_back,
         "U not transposed": not_transposed, "db forgotten": no_bias}  # fmt: skip
curves = {"right": [losses for _, losses, _ in runs["Adam"]]}  # trained above, with the same seeds
errors = {"right": max(judge().values())}
for name, slip in slips.items():

    def bptt(*given, slip=slip):
        return rnn_backward(*given, step_backward=slip)

    def with_slip(params, x, h, targets, bptt=bptt):
        return loss_and_grads(params, x, h, targets, backward=bptt)

    errors[name] = max(judge(bptt).values())
    curves[name] = [train("Adam", 0.02, seed, gradients=with_slip)[1] for seed in range(3)]

# %% tags=["explore"] nbgrader={"grade_id": "explore-slips-plot", "locked": true}
fig, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.5), width_ratios=[1.5, 1])
draw_bands(left, curves)
left.set(ylim=(0, 3.2), title="what the loss says")
right.barh(range(len(errors)), list(errors.values()), left=1e-12, color="#777777")
right.set_yticks(range(len(errors)), list(errors))
right.invert_yaxis()
right.axvspan(1e-12, 1e-7, color="#DDDDDD", zorder=0)
right.set(xscale="log", xlim=(1e-12, 1e2), xlabel="largest relative error", title="what the judge says")
plots.show(
    fig,
    alt="Left, the loss over 184 chunks, mean and range of three seeds, for the right gradient and three wrong ones: all four fall far below the dotted line, and the one without db lies on the right one. "
    "Right, bars: the judge's error is below 1e-8 for the right gradient and near 1 for all wrong ones.",
)
for name, error in errors.items():
    final = ", ".join(f"{losses[-30:].mean():.2f}" for losses in curves[name])
    print(f"{name:21} relative error {error:.0e}; loss at the end: {final}")

# %% [markdown]
# **What you see.** All four learn. With two of the mistakes you would think "a bit slow, perhaps another rate"; with the third you would notice nothing at all, since here the network can do without its bias. The judge takes a fraction of a second and leaves no doubt: the grey band is where a right gradient lies.
#
# ## 15. In your own words
#
# A friend says: "My loss falls, so my gradients are right. I train in chunks of 20 steps, so my network cannot remember more than 20 steps anyway; that is why I set the state to zero at every chunk. And I clip every entry to between −1 and 1, which keeps the direction."
#
# Answer in about ten sentences, with the equations and your pictures from above:
#
# 1. Why does a falling loss prove nothing? What does, and what number do you expect from it?
# 2. Which terms does truncation leave out of $\mathrm{d}U$, and which does it keep? (A term belongs to a use of $U$ at step $k$ and a loss at step $t \ge k$.)
# 3. Can a network that is trained in chunks of 20 remember what was 100 steps ago? What does setting the state to zero change?
# 4. Take the gradient $(3, 0.4)$ and the limit 1. What do the friend's clipping and yours make of it? Which one keeps the direction?

# %% [markdown] nbgrader={"grade_id": "question-truth-of-gradients", "grade": true, "solution": true, "points": 8}
# ### BEGIN SOLUTION
# **Model answer.** The loss falls for every direction that points roughly downhill, and a wrong gradient often does. In the last picture three wrong gradients brought the loss far down, and one of them as far as the right one. What proves a gradient is central differences: move
# each entry of each parameter by $\pm\varepsilon$, compare $(L_+ - L_-) / 2\varepsilon$ with the gradient, and expect a relative error of about $10^{-9}$ in float64; a mistake gives $10^{-2}$ or more.
# The gradient of $U$ is a sum over pairs, $\mathrm{d}U = \sum_t \sum_{k \le t}$ (what use $k$ of $U$ did to the loss at $t$). Truncation keeps the pairs in which $k$ and $t$ lie in the same chunk, and leaves out all those in which the use lies in an earlier chunk than the loss. (The loss itself is the same, and $\mathrm{d}V$ and
# $\mathrm{d}b_y$ are right, since they need no path through time.)
# It can remember: the state is carried, so it may hold anything from long ago. Only the *gradient* ends at the chunk's head. Each step can learn to keep what the step before it holds, and so a memory of many times the chunk's length is built; in the picture chunks of two steps did as well as chunks of thirty. What has no reward on the way is hard to learn
# like this. Setting the state to zero takes the past away from the forward pass too: then indeed nothing older than the chunk's head can be used, and the first letters of each chunk are guessed almost blindly. In the picture that cost from 0.1 (chunks of 30) to 0.7 nats (chunks of 2).
# The norm of $(3, 0.4)$ is $\sqrt{9.16} \approx 3.03$. By global norm it becomes $(0.99, 0.13)$: a third as long, in the same direction. Entry by entry it becomes $(1, 0.4)$, which points elsewhere: the second entry was 13 % of the first, now it is 40 %.
#
# **Rubric (8 points).**
# - 2: a wrong gradient can point downhill too, with the picture or an example from it (1); central differences, with a relative error of 1e-7 or less as a pass (1).
# - 2: kept are the pairs with use and loss in one chunk (1); left out are uses in earlier chunks (1). Full marks for "the gradient stops at the head of the chunk, so earlier uses get no blame for later losses".
# - 2: it can remember, since the state is carried; only the gradient is cut (1). Setting it to zero cuts the forward pass as well (1).
# - 2: $(1, 0.4)$ and about $(0.99, 0.13)$ (1); the global norm keeps the direction (1).
#
# Right statements in other words count in full. Take off nothing for language.
# ### END SOLUTION
