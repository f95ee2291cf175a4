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
#     title: "The GRU, twice: two conventions, one backward pass, a fair comparison"
#     minutes: 115
#     lecture: 06_gru
#     preload: [numpy]
#     allowed_imports: [numpy, math, time, functools, autograder, matplotlib]
#     allowed_files: []
#     device: cpu
#     limits: {cell_cpu_s: 10, cell_wall_s: 30, notebook_cpu_s: 60, notebook_wall_s: 180, memory_mb: 1024}
# ---

# %% [markdown]
# # Lab 5: the GRU, twice
#
# The LSTM has four blocks of weights and two states. The GRU has three and one, and mixes where the LSTM adds. In this lab you build it from NumPy, in *both* of the forms
# that go by its name, and its whole backward pass. You find out which differences between two libraries are a matter of names, and which are not. Then you compare the GRU
# with its rivals, as fairly as you can, and say what the comparison is worth.
#
# **When you are done you can**
#
# - write the GRU forward and backward, with its reset before or after the product;
# - carry weights from one convention into another, and show where that cannot work;
# - count what a cell costs, and measure what it takes;
# - compare two networks over several seeds, and say when a difference may be luck.
#
# Plan about 115 minutes. The lab has 92 points by machine and 8 for an answer in words.
#
# **How it works.** You write between the docstring and the end of each exercise cell, in place of
# `raise NotImplementedError()`. The locked cell below it checks your function and tells you what it found. Work from top to bottom; if you get stuck, go on: nearly every check
# hands your function inputs that are known to be right, so that an early mistake does not cost you the later points.

# %% nbgrader={"grade_id": "setup", "locked": true}
import numpy as np

from autograder import open_lab

lab = open_lab("lab05_gru")

# %% [markdown]
# ## What you bring along
#
# In lab 4 you wrote the LSTM: one sum $a = x\,W + h_{t-1}\,U + b$ for all blocks, gates through $\sigma$, a candidate through tanh, a cell that keeps by $f$ and adds by $i$; a cache of each step; and
# the walk back from the last step to the first. All of that returns here, with other gates. Three things to remember:
#
# - The slopes, from what came out: $\sigma' = \sigma(1 - \sigma)$ and $\tanh' = 1 - \tanh^2$.
# - Each gradient has the shape of what it belongs to, and what all steps and all sequences share *adds up* its gradients.
# - `a += b` changes the *caller's* array. Your functions leave what they are given as it was.
#
# A sigmoid that does not overflow you have written already. From here on it comes from the course's toolkit, which has the course's networks to read too.

# %% nbgrader={"grade_id": "recall", "locked": true}
import math
import time

from course.models import sigmoid

# %% [markdown]
# ## Letters and shapes
#
# | letter | shape | what it is |
# |---|---|---|
# | `T`, `N`, `D`, `H` | numbers | steps, batch, input size, hidden size |
# | `x` | `(N, D)` for one step, `(T, N, D)` for a sequence | input |
# | `h`, `h_prev`; `hs` | `(N, H)`; `(T, N, H)` | the state after a step, before it; all of them |
# | `r`, `z`, `n` | `(N, H)` each | reset gate, update gate, candidate |
# | `params` | a dict | all parameters of the cell: |
# | `params["W"]`, `["U"]`, `["b"]` | `(D, 3H)`, `(H, 3H)`, `(3H,)` | three blocks of `H` columns side by side, in the order **r, z, n** |
# | `params["b_u"]` | `(H,)` | a second bias of the candidate; only where the reset comes *after* the product (section 2) |
#
# The lecture writes $Wx$ for one column vector. Here a batch lies in rows, so every product is turned round: `x @ W`. All arrays are float64.
#
# Call the blocks of `W` $W_r, W_z, W_n$: columns $0..H$, $H..2H$ and $2H..3H$, the last not included, as in a slice of Python; and so with `U` and `b`.
#
# **Functions that stand on other functions** take the one below as an optional argument, and their first line (already there) fills in yours. *Use the name from the argument list* (`gates`, `candidate`, `step`, …): the check may
# hand in a simple stand-in, to test your function alone.

# %% [markdown]
# ## 1. Two gates
#
# Both gates look at the input and at the old state:
#
# $$r = \sigma(x\,W_r + h_{t-1}\,U_r + b_r) \qquad\qquad z = \sigma(x\,W_z + h_{t-1}\,U_z + b_z) \qquad\qquad \text{each } (N, H)$$
#
# The **update gate** $z$ will say how much of the old state *stays*. The **reset gate** $r$ will say how much of the old state the candidate may see.
#
# Write `gru_gates`. `sigmoid` is there already. Leave the third block alone: the candidate needs $r$ before it can be computed.
#
# *Lecture `06_gru`, "The equations, with every shape".*


# %% tags=["exercise"] nbgrader={"grade_id": "gru-gates", "solution": true}
def gru_gates(x, h_prev, params):
    """The two gates of one step.

    x (N, D), h_prev (N, H), params: "W" (D, 3H), "U" (H, 3H), "b" (3H,), blocks r, z, n.
    Returns r and z, each (N, H). Hint: H is h_prev.shape[1]; the two blocks can go through one sum.
    """
    ### BEGIN SOLUTION
    H = h_prev.shape[1]
    W, U, b = params["W"], params["U"], params["b"]
    a = x @ W[:, : 2 * H] + h_prev @ U[:, : 2 * H] + b[: 2 * H]
    r = sigmoid(a[:, :H])
    z = sigmoid(a[:, H:])
    return r, z
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-gru-gates", "grade": true, "locked": true, "points": 5}
@lab.check
def gru_gates_match(x, h_prev, params):
    """Reset and update gate are right, each from its own block."""
    r, z = gru_gates(x, h_prev, params)
    return {"r": r, "z": z}


# %% [markdown]
# ## 2. The candidate, with the reset after the product
#
# The candidate is what the new state would be if nothing were kept. In PyTorch, and in Keras unless you ask otherwise, the old state first goes through its matrix, and then $r$ scales what came out:
#
# $$q = h_{t-1}\,U_n + b_u \qquad\qquad n = \tanh(x\,W_n + b_n + r \odot q) \qquad\qquad \text{each } (N, H)$$
#
# with $\odot$ for the product element by element. Note that there are *two* biases: $b_n$, the third block of `b`, stands outside, $b_u$ inside of what $r$ scales. They do not add up to one, as the two biases of a gate would.
#
# Write `candidate_after`. It returns $n$, and $q$ as well, since the way back will need it.


# %% tags=["exercise"] nbgrader={"grade_id": "candidate-after", "solution": true}
def candidate_after(x, h_prev, r, params):
    """The candidate of one step; the reset gate scales what comes out of the product with U.

    x (N, D), h_prev and r (N, H), params: "W" (D, 3H), "U" (H, 3H), "b" (3H,), "b_u" (H,).
    Returns n and q, each (N, H); q is what r multiplies. Hint: the third block begins at column 2H.
    """
    ### BEGIN SOLUTION
    H = h_prev.shape[1]
    W_n, U_n, b_n = params["W"][:, 2 * H :], params["U"][:, 2 * H :], params["b"][2 * H :]
    q = h_prev @ U_n + params["b_u"]
    n = np.tanh(x @ W_n + b_n + r * q)
    return n, q
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-candidate-after", "grade": true, "locked": true, "points": 5}
@lab.check
def candidate_after_matches(x, h_prev, r, params):
    """The candidate with the reset after the product, and what the reset gate multiplies."""
    n, q = candidate_after(x, h_prev, r, params)
    return {"n": n, "q": q}


# %% [markdown]
# ## 3. The candidate, with the reset before the product
#
# In Chung and others (2014), in the last version of Cho and others (2014), and in deck 002, $r$ scales the old state first, and the matrix sees only what is left of it:
#
# $$q = r \odot h_{t-1} \qquad\qquad n = \tanh(x\,W_n + b_n + q\,U_n) \qquad\qquad \text{each } (N, H)$$
#
# Here a second bias would have nothing to do, so `params` has no `"b_u"`. Again $q$ is what the way back will need, this time what $U_n$ multiplies.
#
# Write `candidate_before`.


# %% tags=["exercise"] nbgrader={"grade_id": "candidate-before", "solution": true}
def candidate_before(x, h_prev, r, params):
    """The candidate of one step; the reset gate scales the old state before the product with U.

    x (N, D), h_prev and r (N, H), params: "W" (D, 3H), "U" (H, 3H), "b" (3H,); no "b_u".
    Returns n and q, each (N, H); q is what U's third block multiplies.
    """
    ### BEGIN SOLUTION
    H = h_prev.shape[1]
    W_n, U_n, b_n = params["W"][:, 2 * H :], params["U"][:, 2 * H :], params["b"][2 * H :]
    q = r * h_prev
    n = np.tanh(x @ W_n + b_n + q @ U_n)
    return n, q
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-candidate-before", "grade": true, "locked": true, "points": 4}
@lab.check
def candidate_before_matches(x, h_prev, r, params):
    """The candidate with the reset before the product, and what its matrix multiplies."""
    n, q = candidate_before(x, h_prev, r, params)
    return {"n": n, "q": q}


# %% [markdown]
# ## 4. One step: the mixture
#
# One lever for keeping and writing, all of shape $(N, H)$:
#
# $$h_t = (1 - z) \odot n + z \odot h_{t-1}$$
#
# At $z = 1$ the old state stays as it is, at $z = 0$ the candidate replaces it. There is no tanh on the way out: a mixture of numbers between −1 and 1 stays between −1 and 1.
#
# Write `gru_step`. It calls `gates(x, h_prev, params)`, which gives $r, z$, and `candidate(x, h_prev, r, params)`, which gives $n, q$. The **cache** is a dict with exactly these keys: `"x"`, `"h_prev"`, `"r"`, `"z"`, `"n"`, `"q"` and `"params"` (the dict itself).
#
# *Your `gru_step` has the reset after the product. With `candidate=candidate_before` the same function is the other GRU.*


# %% tags=["exercise"] nbgrader={"grade_id": "gru-step", "solution": true}
def gru_step(x, h_prev, params, gates=None, candidate=None):
    """One step of the GRU.

    x (N, D), h_prev (N, H), params: the dict of the table above.
    gates: called as gates(x, h_prev, params), gives r and z; your gru_gates unless handed in.
    candidate: called as candidate(x, h_prev, r, params), gives n and q; your candidate_after unless handed in.
    Returns h (N, H) and the cache, a dict with the keys x, h_prev, r, z, n, q, params.
    """
    gates, candidate = gates or gru_gates, candidate or candidate_after
    ### BEGIN SOLUTION
    r, z = gates(x, h_prev, params)
    n, q = candidate(x, h_prev, r, params)
    h = (1 - z) * n + z * h_prev
    cache = {"x": x, "h_prev": h_prev, "r": r, "z": z, "n": n, "q": q, "params": params}
    return h, cache
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-gru-step", "grade": true, "locked": true, "points": 4}
@lab.check
def gru_step_matches(x, h_prev, params, z, n):
    """One step mixes the old state and the candidate, from gates and a candidate that the check hands in."""

    def simple_candidate(x, h_prev, r, params):
        return n * r, 0.5 * n

    h, _ = gru_step(x, h_prev, params, gates=lambda *_: (0.3 + 0.4 * z, z), candidate=simple_candidate)
    return {"h": h}


# %% nbgrader={"grade_id": "check-gru-step-cache", "grade": true, "locked": true, "points": 3}
@lab.check
def gru_step_cache_matches(x, h_prev, params, r, z, n, q):
    """The cache holds what the backward pass will need, each array under its name."""
    _, cache = gru_step(x, h_prev, params, gates=lambda *_: (r, z), candidate=lambda *_: (n, q))
    names = ["x", "h_prev", "r", "z", "n", "q", "params"]
    return {name: cache[name] for name in names}


# %% nbgrader={"grade_id": "check-gru-step-inputs", "grade": true, "locked": true, "points": 2}
@lab.check
def gru_step_leaves_its_inputs_alone(x, h_prev, params, r, z, n, q):
    """The step changes none of its inputs, and what comes in as float64 goes out as float64."""
    h, _ = gru_step(x, h_prev, params, gates=lambda *_: (r, z), candidate=lambda *_: (n, q))
    return {"h": h, "inputs": {"x": x, "h_prev": h_prev, "params": params, "z": z, "n": n}}


# %% [markdown]
# ## 5. The sequence
#
# The same step, again and again, each time with the state that the last one left:
#
# $$h_t = \text{step}(x_t, h_{t-1}), \qquad t = 1 \dots T, \qquad x\ (T, N, D), \quad h_0\ (N, H)$$
#
# Write `gru_sequence`. It returns all states `hs` $(T, N, H)$, with `hs[0]` the state *after* the first input, and the list of the `T` caches in the order of time. Call `step(x[t], h, params)`.


# %% tags=["exercise"] nbgrader={"grade_id": "gru-sequence", "solution": true}
def gru_sequence(x, h0, params, step=None):
    """The GRU over a whole sequence.

    x (T, N, D), h0 (N, H), params: the dict of the table above.
    step: called as step(x_t, h_prev, params), gives h and a cache; your gru_step unless handed in.
    Returns hs (T, N, H) and the list of T caches, in the order of time.
    """
    step = step or gru_step
    ### BEGIN SOLUTION
    T, h = x.shape[0], h0
    hs, caches = np.zeros((T, *h0.shape)), []
    for t in range(T):
        h, cache = step(x[t], h, params)
        hs[t] = h
        caches.append(cache)
    return hs, caches
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-gru-sequence", "grade": true, "locked": true, "points": 4}
@lab.check
def gru_sequence_matches(x, h0, params):
    """Your loop carries the state through time. (The check hands in a simple step of its own.)"""

    def simple_step(x, h_prev, params):
        H, drive = h_prev.shape[1], x.sum(axis=1, keepdims=True)
        return np.sin(0.8 * h_prev + drive * params["b"][:H] + params["U"][0, :H]), {}

    hs, _ = gru_sequence(x, h0, params, step=simple_step)
    return {"hs": hs}


# %% nbgrader={"grade_id": "check-gru-sequence-caches", "grade": true, "locked": true, "points": 2}
@lab.check
def gru_sequence_caches_match(x, h0, params):
    """You return one cache a step, in the order of time. (The step of the check numbers its calls.)"""
    calls = []

    def counting_step(x, h_prev, params):
        calls.append(len(calls) + 1)
        return h_prev, {"call": calls[-1] * params["b"]}

    _, caches = gru_sequence(x, h0, params, step=counting_step)
    return {"calls": [cache["call"] for cache in caches]}


# %% nbgrader={"grade_id": "check-gru-sequence-short", "grade": true, "locked": true, "points": 2}
@lab.check
def gru_sequence_of_one_matches(x, h0, params):
    """A sequence of one step and a batch of one keep all their axes."""

    def stateless_step(x, h_prev, params):
        return np.tanh(x[:, :1] * params["b"][: h_prev.shape[1]]), {}

    hs, _ = gru_sequence(x, h0, params, step=stateless_step)
    return {"hs": hs}


# %% [markdown]
# Now everything together, with your own gates and candidates, in both forms.


# %% nbgrader={"grade_id": "check-gru-forward", "grade": true, "locked": true, "points": 3}
@lab.check(needs=["check-gru-gates", "check-candidate-after", "check-candidate-before", "check-gru-step",
                  "check-gru-sequence"])  # fmt: skip
def gru_forward_matches(x, h0, params):
    """The whole forward pass, on your own functions, gives the right states, with the reset after and before."""

    def step_before(x, h_prev, params):
        return gru_step(x, h_prev, params, candidate=candidate_before)

    after, _ = gru_sequence(x, h0, params)
    before, _ = gru_sequence(x, h0, params, step=step_before)
    return {"reset_after": after, "reset_before": before}


# %% [markdown]
# ## 6. First convention: which side does z keep?
#
# Chung and others (2014), and deck 002 after them, write the mixture the other way round: $h_t = (1 - z) \odot h_{t-1} + z \odot n$. There, $z = 1$ *takes the new*. Everything else is the same. So a set of weights that was trained in the
# one convention does something quite different in the other. But it can be translated, exactly: since
#
# $$1 - \sigma(a) = \sigma(-a),$$
#
# their $z$ is our $1 - z$ if all that goes into the sigmoid of $z$ has its sign turned round, and nothing else has.
#
# Write `flip_update`, which takes weights of the one convention and returns weights of the other, as a new dict with new arrays and the same keys. (Some `params` have a `"b_u"` and some have none.)


# %% tags=["exercise"] nbgrader={"grade_id": "flip-update", "solution": true}
def flip_update(params):
    """The same GRU for the other meaning of z.

    params: "W" (D, 3H), "U" (H, 3H), "b" (3H,), perhaps "b_u" (H,). It is left as it is.
    Returns a dict with the same keys and shapes. Hint: which blocks go into z?
    """
    ### BEGIN SOLUTION
    H = params["U"].shape[0]
    signs = np.repeat([1.0, -1.0, 1.0], H)
    flipped = {name: params[name] * signs for name in ("W", "U", "b")}
    others = {name: array.copy() for name, array in params.items() if name not in flipped}
    return {**flipped, **others}
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-flip-update", "grade": true, "locked": true, "points": 3}
@lab.check
def flip_update_matches(params):
    """The right signs are turned round, nothing else is changed, and the old weights are left alone."""
    return {"flipped": flip_update(params), "params": params}


# %% [markdown]
# ### Look: one set of weights, two meanings of z
#
# No training here. Three numbers, chosen by hand, make one unit into a latch: while the flag is up, $z$ is near 0 and the unit takes the value (the tanh of 1.5 times it); while it is down, $z$ is near 1 and the unit keeps what it has. The LSTM's latch in lab 4 took six numbers and three gates. The cell
# runs your functions in our convention, then with Chung's mixture and the same weights, then with Chung's mixture and your `flip_update` of them.

# %% tags=["explore"] nbgrader={"grade_id": "explore-flip", "locked": true}
import matplotlib.pyplot as plt

from course import plots

plots.use_style()
rng = np.random.default_rng(4)
value, flag = rng.uniform(-1, 1, 40), np.zeros(40)
flag[[3, 15, 28]] = 1.0
latch = {
    "W": np.array([[0.0, 0.0, 1.5], [0.0, -16.0, 0.0]]),
    "U": np.zeros((1, 3)),
    "b": np.array([0.0, 8.0, 0.0]),
    "b_u": np.zeros(1),
}


def chung_step(x, h_prev, params):
    """Your gates and your candidate, mixed as Chung and others do."""
    r, z = gru_gates(x, h_prev, params)
    n, _ = candidate_after(x, h_prev, r, params)
    return (1 - z) * h_prev + z * n, {}


x, start = np.stack([value, flag], axis=1)[:, None, :], np.zeros((1, 1))
lines = {
    "ours": gru_sequence(x, start, latch)[0],
    "Chung's, same weights": gru_sequence(x, start, latch, step=chung_step)[0],
    "Chung's, weights flipped": gru_sequence(x, start, flip_update(latch), step=chung_step)[0],
}

# %% tags=["explore"] nbgrader={"grade_id": "explore-flip-plot", "locked": true}
fig, panels = plt.subplots(3, 1, sharex=True, sharey=True, figsize=(7.2, 5.0))
for axes, (name, hs) in zip(panels, lines.items()):
    axes.plot(value, ".", label="value (input 1)")
    axes.plot(hs[:, 0, 0], linewidth=3, linestyle="-", marker="", label="state h")
    axes.vlines(np.flatnonzero(flag), -1, 1, linestyles="dotted", color="black", label="flag (input 2)")
    axes.set_title(name)
panels[0].legend(loc="center left", bbox_to_anchor=(1, 0.5))
panels[2].set_xlabel("step t")
difference = np.abs(lines["ours"] - lines["Chung's, weights flipped"]).max()
plots.show(
    fig,
    alt="The state over 40 steps. In our convention it is flat but for a jump at each of three flags. In Chung's with the "
    "same weights it follows the value at every step but the three flags. In Chung's with the weights flipped it is "
    f"our line again; the largest difference is {difference:.0e}.",
)

# %% [markdown]
# **What you see.** Above: a latch. In the middle, with the very same numbers, its opposite: it copies every value, and holds only where it should write. Below: the latch again, but for rounding. No shape was wrong and nothing raised an error.
# Two conventions for $z$ are one function with two sets of names.


# %% nbgrader={"grade_id": "check-flip-same-states", "grade": true, "locked": true, "points": 2}
@lab.check(needs=["check-gru-gates", "check-gru-sequence", "check-flip-update"])
def flipped_weights_give_the_same_states(x, h0, params):
    """Your flipped weights, run in Chung's convention on your own gates, give the states of ours."""

    def chung_step(x, h_prev, params):
        r, z = gru_gates(x, h_prev, params)
        n = np.tanh(r * h_prev + x.sum(axis=1, keepdims=True))
        return (1 - z) * h_prev + z * n, {}

    hs, _ = gru_sequence(x, h0, flip_update(params), step=chung_step)
    return {"hs": hs}


# %% [markdown]
# ## 7. Second convention: where does the reset stand?
#
# Is the reset before or after the product a matter of names too? To say no, one example is enough. Take two units and no input, and look only at what the candidate gets from the old state (without $b_u$), for one row $h$ $(1, 2)$ and one gate $r$ $(1, 2)$:
#
# $$\text{before:}\quad (r \odot h)\,U \qquad\qquad \text{after:}\quad r \odot (h\,U) \qquad\qquad \text{each } (1, 2)$$
#
# Find $U$ $(2, 2)$, $h$ and $r$ such that **before** gives $(0, 0)$ and **after** gives $(\text{value}, 0)$, for whatever number `value` is handed in. A gate lies between 0 and 1, so the entries of $r$ must as well; and a GRU's state lies between −1 and 1, so the entries of $h$ must
# as well. In $U$ you may put what you like. (The check cuts off what lies outside of these ranges.)
#
# It helps to say in words what $r$ closes. Before the product it closes a *source*: nobody hears that unit. After it, it closes a *listener*: that unit hears nobody.
#
# Write `counterexample`.


# %% tags=["exercise"] nbgrader={"grade_id": "counterexample", "solution": true}
def counterexample(value):
    """Two units for which the reset before the product and after it differ.

    value: a number other than 0. Returns U (2, 2), h (1, 2) with entries from -1 to 1, and
    r (1, 2) with entries from 0 to 1, such that (r * h) @ U is [[0, 0]] and r * (h @ U) is [[value, 0]].
    Hint: unit 1 must hear unit 2, and U[k, j] is how unit j hears unit k.
    """
    ### BEGIN SOLUTION
    U = np.array([[0.0, 0.0], [value, 0.0]])
    h = np.array([[0.0, 1.0]])
    r = np.array([[1.0, 0.0]])
    return U, h, r
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-counterexample", "grade": true, "locked": true, "points": 4}
@lab.check
def counterexample_matches(value):
    """Before the product your reset gate leaves nothing, after it the value that was asked for."""
    U, h, r = counterexample(value)
    h, r = np.clip(h, -1.0, 1.0), np.clip(r, 0.0, 1.0)
    return {"before": (r * h) @ U, "after": r * (h @ U)}


# %% [markdown]
# ### Look: the same weights in the other form
#
# Your example shows that the *same* weights make two functions. (Lecture `06_gru` proves more: in general *no* weights of the one form give the other.) What happens to somebody who loads them all the same? Five random networks of 16 units, and the gap between the two forms at every step.


# %% tags=["explore"] nbgrader={"grade_id": "explore-reset", "locked": true}
def before_step(x, h_prev, params):
    return gru_step(x, h_prev, params, candidate=candidate_before)


fig, axes = plt.subplots(figsize=(7.2, 2.9))
gaps = []
for seed in range(5):
    rng, (T, D, H) = np.random.default_rng(seed), (30, 3, 16)
    params = {"W": rng.normal(size=(D, 3 * H)), "U": rng.normal(size=(H, 3 * H)) / 2}
    params |= {"b": np.zeros(3 * H), "b_u": np.zeros(H)}
    x, start = rng.normal(size=(T, 1, D)), np.zeros((1, H))
    gap = gru_sequence(x, start, params)[0] - gru_sequence(x, start, params, step=before_step)[0]
    gaps.append(np.abs(gap).max(axis=(1, 2)))
    axes.plot(gaps[-1], label=f"seed {seed}")
axes.set(xlabel="step t", ylabel="largest difference of h")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, alt="Largest difference between the two forms over 30 steps, five networks: exactly zero at the first step, "
           f"then between {np.min(gaps, axis=1).min():.1f} and {np.max(gaps):.1f}.")  # fmt: skip

# %% [markdown]
# **What you see.** At the first step there is no difference at all: the state is zero, and there is nothing to reset. From the second step on the two networks are strangers. A test of one step from a zero state, the one that everybody writes first,
# would have told you that all is well.

# %% [markdown]
# ## 8. Weights from PyTorch
#
# `torch.nn.GRU` keeps $z$ as we do and resets after the product, so its weights fit, if they are laid out anew. Its blocks come in our order r, z, n, but in *rows*, and it has two biases for every block:
#
# | name in PyTorch | shape | what it is added to |
# |---|---|---|
# | `weight_ih_l0`, `bias_ih_l0` | `(3H, D)`, `(3H,)` | the input's product |
# | `weight_hh_l0`, `bias_hh_l0` | `(3H, H)`, `(3H,)` | the state's product |
#
# For $r$ and $z$ the two biases are simply added. For $n$ they are not: $r$ scales the one that stands beside the state's product, and that is our $b_u$.
#
# Write `from_torch`.


# %% tags=["exercise"] nbgrader={"grade_id": "from-torch", "solution": true}
def from_torch(state):
    """The weights of torch.nn.GRU as our params.

    state: a dict of NumPy arrays, weight_ih_l0 (3H, D), weight_hh_l0 (3H, H), bias_ih_l0 and bias_hh_l0 (3H,).
    Returns params: "W" (D, 3H), "U" (H, 3H), "b" (3H,), "b_u" (H,). `state` is left as it is.
    """
    ### BEGIN SOLUTION
    H = state["weight_hh_l0"].shape[1]
    beside_x, beside_h = state["bias_ih_l0"], state["bias_hh_l0"]
    both = beside_x + beside_h
    b = np.concatenate([both[: 2 * H], beside_x[2 * H :]])
    return {"W": state["weight_ih_l0"].T, "U": state["weight_hh_l0"].T, "b": b, "b_u": beside_h[2 * H :]}
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-from-torch", "grade": true, "locked": true, "points": 3}
@lab.check
def from_torch_matches(state):
    """PyTorch's four arrays become yours, every bias in its place; PyTorch's stay as they are."""
    return {"params": from_torch(state), "state": state}


# %% tags=["explore"] nbgrader={"grade_id": "explore-torch", "locked": true}
def compare_with_torch():
    """Run torch.nn.GRU, and your functions with its weights."""
    try:
        import torch
    except ImportError:
        return "PyTorch is not installed here, so there is nothing to compare with."
    torch.manual_seed(0)
    layer = torch.nn.GRU(3, 5).double()
    x, h0 = torch.randn(30, 4, 3).double(), torch.randn(4, 5).double()
    with torch.no_grad():
        theirs, _ = layer(x, h0[None])
    params = from_torch({name: tensor.numpy() for name, tensor in layer.state_dict().items()})
    ours, _ = gru_sequence(x.numpy(), h0.numpy(), params)
    return f"{ours.size} states in 30 steps; largest difference to torch.nn.GRU: {np.abs(ours - theirs.numpy()).max():.1e}"


print(compare_with_torch())

# %% [markdown]
# ## 9. Backward, first part: through the mixture
#
# Write $\mathrm{d}y$ for $\partial E / \partial y$, where $E$ is the loss. Into a step comes back one gradient, $\mathrm{d}h$ $(N, H)$, of its new state $h_t = (1 - z) \odot n + z \odot h_{t-1}$. Three things stand in that line, so it goes three ways:
#
# $$\mathrm{d}n = \mathrm{d}h \odot (1 - z) \qquad \mathrm{d}z = \mathrm{d}h \odot (h_{t-1} - n) \qquad \mathrm{d}h_{\text{kept}} = \mathrm{d}h \odot z$$
#
# and the first two go on through their curves, to the sums that went into them:
#
# $$\mathrm{d}a_n = \mathrm{d}n \odot (1 - n^2) \qquad\qquad \mathrm{d}a_z = \mathrm{d}z \odot z\,(1 - z)$$
#
# The third is the one to remember. It is the path along which the state's gradient survives, and nothing stands in it but $z$.
#
# Write `mix_backward`.
#
# *Lecture `06_gru`, "Backward".*


# %% tags=["exercise"] nbgrader={"grade_id": "mix-backward", "solution": true}
def mix_backward(dh, cache):
    """Back through h = (1 - z) * n + z * h_prev and the curves of n and z.

    dh (N, H): gradient of this step's h. cache: the dict of gru_step; z, n and h_prev are needed here.
    Returns da_n, da_z and dh_kept, each (N, H).
    """
    ### BEGIN SOLUTION
    z, n, h_prev = cache["z"], cache["n"], cache["h_prev"]
    dn = dh * (1 - z)
    dz = dh * (h_prev - n)
    da_n = dn * (1 - n**2)
    da_z = dz * z * (1 - z)
    dh_kept = dh * z
    return da_n, da_z, dh_kept
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-mix-backward", "grade": true, "locked": true, "points": 5}
@lab.check
def mix_backward_matches(dh, cache):
    """The gradient reaches the candidate's sum and the update gate's sum."""
    da_n, da_z, _ = mix_backward(dh, cache)
    return {"da_n": da_n, "da_z": da_z}


# %% nbgrader={"grade_id": "check-mix-backward-kept", "grade": true, "locked": true, "points": 2}
@lab.check
def kept_gradient_matches(dh, cache):
    """What was kept gets its share of the gradient, and all of it where the gate is fully open."""
    _, _, dh_kept = mix_backward(dh, cache)
    return {"dh_kept": dh_kept}


# %% [markdown]
# ## 10. Backward, second part: through the candidate
#
# The sum of the candidate was $a_n = x\,W_n + b_n + \dots$, and the dots are where the two forms differ. What they need on the way back is short, but easy to mix up. Here $U_n$ is $(H, H)$, and all else is $(N, H)$ unless it says otherwise.
#
# | | reset after the product | reset before the product |
# |---|---|---|
# | the dots were | $r \odot q$, with $q = h_{t-1} U_n + b_u$ | $q\,U_n$, with $q = r \odot h_{t-1}$ |
# | $\mathrm{d}q$ | $\mathrm{d}a_n \odot r$ | $\mathrm{d}a_n\, U_n^\top$ |
# | $\mathrm{d}r$ | $\mathrm{d}a_n \odot q$ | $\mathrm{d}q \odot h_{t-1}$ |
# | $\mathrm{d}h_{\text{seen}}$ | $\mathrm{d}q\, U_n^\top$ | $\mathrm{d}q \odot r$ |
# | $\mathrm{d}U_n$ $(H, H)$ | $h_{t-1}^\top\, \mathrm{d}q$ | $q^\top\, \mathrm{d}a_n$ |
# | $\mathrm{d}b_u$ $(H,)$ | $\mathrm{d}q$, summed over the batch | there is none |
#
# ($\mathrm{d}h_{\text{seen}}$ is the part of the old state's gradient that comes from the candidate's having seen it.) Cover the right half of the table and find it yourself from the line of the dots, then compare.
#
# Write both. Each returns `dr`, `dh_seen` and a small dict with the gradients of the parameters that only this part knows: `{"U_n": …, "b_u": …}` after, `{"U_n": …}` before.


# %% tags=["exercise"] nbgrader={"grade_id": "candidate-after-backward", "solution": true}
def candidate_after_backward(da_n, cache):
    """Back through r * (h_prev @ U_n + b_u).

    da_n (N, H): gradient of the candidate's sum. cache: the dict of gru_step; h_prev, r, q and
    params["U"] are needed here. Returns dr (N, H), dh_seen (N, H) and a dict: "U_n" (H, H), "b_u" (H,).
    """
    ### BEGIN SOLUTION
    h_prev, r, q = cache["h_prev"], cache["r"], cache["q"]
    U_n = cache["params"]["U"][:, 2 * h_prev.shape[1] :]
    dr = da_n * q
    dq = da_n * r
    dh_seen = dq @ U_n.T
    return dr, dh_seen, {"U_n": h_prev.T @ dq, "b_u": dq.sum(axis=0)}
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-candidate-after-backward", "grade": true, "locked": true, "points": 5}
@lab.check
def candidate_after_backward_matches(da_n, cache):
    """Reset after the product: reset gate, old state, U_n and b_u get their gradients."""
    dr, dh_seen, own = candidate_after_backward(da_n, cache)
    return {"dr": dr, "dh_seen": dh_seen, "dU_n": own["U_n"], "db_u": own["b_u"]}


# %% tags=["exercise"] nbgrader={"grade_id": "candidate-before-backward", "solution": true}
def candidate_before_backward(da_n, cache):
    """Back through (r * h_prev) @ U_n.

    da_n (N, H): gradient of the candidate's sum. cache: the dict of gru_step; h_prev, r, q and
    params["U"] are needed here. Returns dr (N, H), dh_seen (N, H) and a dict: "U_n" (H, H).
    """
    ### BEGIN SOLUTION
    h_prev, r, q = cache["h_prev"], cache["r"], cache["q"]
    U_n = cache["params"]["U"][:, 2 * h_prev.shape[1] :]
    dq = da_n @ U_n.T
    dr = dq * h_prev
    dh_seen = dq * r
    return dr, dh_seen, {"U_n": q.T @ da_n}
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-candidate-before-backward", "grade": true, "locked": true, "points": 4}
@lab.check
def candidate_before_backward_matches(da_n, cache):
    """Reset before the product: reset gate, old state and U_n get their gradients."""
    dr, dh_seen, own = candidate_before_backward(da_n, cache)
    return {"dr": dr, "dh_seen": dh_seen, "dU_n": own["U_n"]}


# %% nbgrader={"grade_id": "check-candidate-backward-shut", "grade": true, "locked": true, "points": 2}
@lab.check
def candidate_backward_with_a_shut_reset_matches(da_n, after, before):
    """With a reset gate that is exactly 0 or 1 its gradient is still right, in both forms, and no NaN comes up."""
    return {
        "dr_after": candidate_after_backward(da_n, after)[0],
        "dr_before": candidate_before_backward(da_n, before)[0],
    }


# %% [markdown]
# ## 11. Backward, third part: one whole step
#
# Put the parts together. First `da_n, da_z, dh_kept` from `mix(dh, cache)`, then `dr, dh_seen, own` from `candidate(da_n, cache)`, then the reset gate's curve, and the three blocks side by side:
#
# $$\mathrm{d}a_r = \mathrm{d}r \odot r\,(1 - r) \qquad\qquad \mathrm{d}a = [\,\mathrm{d}a_r,\ \mathrm{d}a_z,\ \mathrm{d}a_n\,] \quad (N, 3H)$$
#
# The input went into all three sums, and the old state went four ways, two of them through the gates:
#
# $$\mathrm{d}x = \mathrm{d}a\, W^\top \quad (N, D) \qquad\qquad \mathrm{d}h_{t-1} = \mathrm{d}h_{\text{kept}} + \mathrm{d}h_{\text{seen}} + \mathrm{d}a_r\, U_r^\top + \mathrm{d}a_z\, U_z^\top \quad (N, H)$$
#
# $$\mathrm{d}W = x^\top\, \mathrm{d}a \quad (D, 3H) \qquad \mathrm{d}U = [\,h_{t-1}^\top \mathrm{d}a_r,\ h_{t-1}^\top \mathrm{d}a_z,\ \mathrm{d}U_n\,] \quad (H, 3H) \qquad \mathrm{d}b = \textstyle\sum_{\text{batch}} \mathrm{d}a \quad (3H,)$$
#
# (In $\mathrm{d}b$ all of $\mathrm{d}a$ is added up over the sequences of the batch.) The third block of $\mathrm{d}U$ is `own["U_n"]`: $U_n$ did not meet $h_{t-1}$ in the same way as the gates' blocks did.
#
# Write `gru_step_backward`. It returns `dx`, `dh_prev` and `grads`, a dict with the keys `"W"`, `"U"`, `"b"`, and `"b_u"` if `own` has one. So it serves both forms.


# %% tags=["exercise"] nbgrader={"grade_id": "gru-step-backward", "solution": true}
def gru_step_backward(dh, cache, mix=None, candidate=None):
    """One whole step backward.

    dh (N, H): gradient of this step's h. cache: the dict of gru_step; x, h_prev, r and params are needed here.
    mix: called as mix(dh, cache), gives da_n, da_z, dh_kept; your mix_backward unless handed in.
    candidate: called as candidate(da_n, cache), gives dr, dh_seen and the dict of its own parameters'
    gradients; your candidate_after_backward unless handed in.
    Returns dx (N, D), dh_prev (N, H) and grads: "W" (D, 3H), "U" (H, 3H), "b" (3H,), perhaps "b_u" (H,).
    """
    mix, candidate = mix or mix_backward, candidate or candidate_after_backward
    ### BEGIN SOLUTION
    H = dh.shape[1]
    x, h_prev, r = cache["x"], cache["h_prev"], cache["r"]
    W, U = cache["params"]["W"], cache["params"]["U"]
    da_n, da_z, dh_kept = mix(dh, cache)
    dr, dh_seen, own = candidate(da_n, cache)
    da_r = dr * r * (1 - r)
    da_gates = np.concatenate([da_r, da_z], axis=1)
    da = np.concatenate([da_gates, da_n], axis=1)
    dx = da @ W.T
    dh_prev = dh_kept + dh_seen + da_gates @ U[:, : 2 * H].T
    dU = np.concatenate([h_prev.T @ da_gates, own["U_n"]], axis=1)
    grads = {"W": x.T @ da, "U": dU, "b": da.sum(axis=0)}
    if "b_u" in own:
        grads["b_u"] = own["b_u"]
    return dx, dh_prev, grads
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-step-backward-inputs", "grade": true, "locked": true, "points": 4}
@lab.check
def step_backward_inputs_match(dh, cache, mixed, seen):
    """The gradients that leave the step, dx and dh_prev, are right, from parts that the check hands in."""
    dx, dh_prev, _ = gru_step_backward(
        dh, cache, mix=lambda *_: tuple(mixed), candidate=lambda *_: tuple(seen)
    )
    return {"dx": dx, "dh_prev": dh_prev}


# %% nbgrader={"grade_id": "check-step-backward-parameters", "grade": true, "locked": true, "points": 4}
@lab.check
def step_backward_parameters_match(dh, cache, mixed, seen):
    """The gradients of the parameters are right, with b_u and without, from parts that the check hands in."""
    _, _, grads = gru_step_backward(dh, cache, mix=lambda *_: tuple(mixed), candidate=lambda *_: tuple(seen))
    return {"grads": grads}


# %% [markdown]
# ## 12. Backpropagation through time
#
# Walk from the last step to the first. Each state $h_t$ gets a gradient from two sides: from above (`dhs[t]`), and from step $t+1$, which returned its share as `dh_prev`. Before the last step, "from step $t+1$" means `dh_last`.
#
# $$\mathrm{d}h_t = \mathrm{dhs}_t + \mathrm{d}h_t^{\text{from } t+1} \quad (N, H)$$
#
# All steps share the parameters, so `grads` holds, under the same names as each step's dict, the *sum* over the steps. What is left over after the first step is `dh0`.
#
# Write `gru_backward`. Call `step_backward(dh, caches[t])`. Do not count on any name: take the names from the dict that the step returns, for it may have a `"b_u"` or none.


# %% tags=["exercise"] nbgrader={"grade_id": "gru-backward", "solution": true}
def gru_backward(dhs, dh_last, caches, step_backward=None):
    """Backpropagation through time.

    dhs (T, N, H): upstream gradient of every state. dh_last (N, H): a further one of the final state.
    caches: the T dicts of gru_sequence; x of step t is caches[t]["x"].
    step_backward: called as step_backward(dh, cache), gives dx, dh_prev, grads; your gru_step_backward unless
    handed in. Returns dx (T, N, D), dh0 (N, H) and grads, a dict of sums.
    Hint: total.get(name, 0.0) is 0.0 as long as the dict has no such name.
    """
    step_backward = step_backward or gru_step_backward
    ### BEGIN SOLUTION
    T, dh_next = len(caches), dh_last
    dx, grads = np.zeros((T, *caches[0]["x"].shape)), {}
    for t in reversed(range(T)):
        dh = dhs[t] + dh_next
        dx[t], dh_next, of_step = step_backward(dh, caches[t])
        grads = {name: grads.get(name, 0.0) + gradient for name, gradient in of_step.items()}
    return dx, dh_next, grads
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-bptt-states", "grade": true, "locked": true, "points": 4}
@lab.check
def bptt_states_match(dhs, dh_last, caches):
    """The gradient finds its way through time: dx and dh0. (The check hands in a simple step backward.)"""

    def simple_step_backward(dh, cache):
        dx = cache["x"] * dh.sum(axis=1, keepdims=True)
        return dx, 0.6 * dh * cache["z"] + 0.2 * cache["n"], {"b": dh[0]}

    dx, dh0, _ = gru_backward(dhs, dh_last, caches, step_backward=simple_step_backward)
    return {"dx": dx, "dh0": dh0}


# %% nbgrader={"grade_id": "check-bptt-parameters", "grade": true, "locked": true, "points": 3}
@lab.check
def bptt_parameters_match(dhs, dh_last, caches):
    """The parameters collect their gradients from all steps, under the names that the step gives them."""

    def simple_step_backward(dh, cache):
        factors = {
            "W": cache["x"].mean(),
            "U": cache["n"].mean(),
            "b": cache["r"].mean(),
            "b_u": cache["z"].mean(),
        }
        return cache["x"], dh, {name: cache["params"][name] * factors[name] for name in cache["params"]}

    _, _, grads = gru_backward(dhs, dh_last, caches, step_backward=simple_step_backward)
    return {"grads": grads}


# %% nbgrader={"grade_id": "check-bptt-edges", "grade": true, "locked": true, "points": 2}
@lab.check
def bptt_leaves_its_inputs_alone(dhs, dh_last, caches):
    """The upstream gradients are not changed, and T = 1 or N = 1 keep all their axes."""

    def simple_step_backward(dh, cache):
        return 2 * cache["x"], dh, {"b": cache["params"]["b"]}

    dx, _, _ = gru_backward(dhs, dh_last, caches, step_backward=simple_step_backward)
    return {"dx": dx, "dhs": dhs, "dh_last": dh_last}


# %% [markdown]
# And all of it together, in both forms, on your own functions. The caches come from the check, so your forward pass plays no part.


# %% nbgrader={"grade_id": "check-gru-backward", "grade": true, "locked": true, "points": 3}
@lab.check(needs=["check-mix-backward", "check-mix-backward-kept", "check-candidate-after-backward",
                  "check-candidate-before-backward", "check-step-backward-inputs",
                  "check-step-backward-parameters", "check-bptt-states", "check-bptt-parameters"])  # fmt: skip
def gru_backward_matches(dhs, dh_last, after, before):
    """The whole backward pass, on your own functions, gives all gradients, with the reset after and before."""

    def step_before(dh, cache):
        return gru_step_backward(dh, cache, candidate=candidate_before_backward)

    dx, dh0, grads = gru_backward(dhs, dh_last, after)
    other = gru_backward(dhs, dh_last, before, step_backward=step_before)
    return {
        "after": {"dx": dx, "dh0": dh0, "grads": grads},
        "before": {"dx": other[0], "dh0": other[1], "grads": other[2]},
    }


# %% [markdown]
# ### Look: one direction is enough
#
# Lab 4 judged each entry of a gradient by shifting it alone: two forward passes an entry. It can be had cheaper. Pick a random *direction* $v$ for a parameter and walk a little along it, both ways. The loss must change as the gradient says:
#
# $$\frac{E(\theta + \varepsilon v) - E(\theta - \varepsilon v)}{2 \varepsilon} \approx \sum \mathrm{d}\theta \odot v$$
#
# A gradient that is wrong in any entry will miss this, unless its error happens to be at right angles to $v$. Two forward passes for a whole array, in both forms.


# %% tags=["explore"] nbgrader={"grade_id": "explore-directions", "locked": true}
def step_back_before(dh, cache):
    return gru_step_backward(dh, cache, candidate=candidate_before_backward)


rng, eps = np.random.default_rng(0), 1e-5
T, N, D, H = 6, 3, 4, 5
shapes = {"x": (T, N, D), "h0": (N, H), "W": (D, 3 * H), "U": (H, 3 * H), "b": (3 * H,), "b_u": (H,)}
values = {name: rng.normal(size=shape) for name, shape in shapes.items()}
dhs, dh_last = rng.normal(size=(T, N, H)), rng.normal(size=(N, H))


def judge(step, step_back, names):
    """Relative error along a random direction, for each of the names."""

    def run(v):
        params = {name: v[name] for name in names if name not in ("x", "h0")}
        return gru_sequence(v["x"], v["h0"], params, step=step)

    def loss(v):
        hs, _ = run(v)
        return np.sum(dhs * hs) + np.sum(dh_last * hs[-1])

    dx, dh0, grads = gru_backward(dhs, dh_last, run(values)[1], step_backward=step_back)
    for name, gradient in {"x": dx, "h0": dh0, **grads}.items():
        v = rng.normal(size=shapes[name])
        up, down = ({**values, name: values[name] + side * eps * v} for side in (1, -1))
        numeric = (loss(up) - loss(down)) / (2 * eps)
        error = abs(np.sum(gradient * v) - numeric) / abs(numeric)
        print(f"  d{name:4} along v: {numeric:+9.4f}, relative error {error:.0e}")


print("reset after the product")
judge(None, None, list(shapes))
print("reset before it")
judge(before_step, step_back_before, list(shapes)[:-1])

# %% [markdown]
# ### Look: four ways back, and the one that lasts
#
# We send one gradient into the *last* state and follow it back over 50 steps, for three biases of the update gate. Thick: all four ways together, from your `gru_step_backward`. Dashed: the kept share alone, from your `mix_backward`.


# %% tags=["explore"] nbgrader={"grade_id": "explore-update-bias", "locked": true}
def norms_back(bias, H=16, D=2, N=8, T=50):
    """Norm of the gradient of h after each step back: by all ways, and by the kept one alone."""
    rng = np.random.default_rng(2)
    k = 1 / np.sqrt(H)
    params = {"W": rng.uniform(-k, k, (D, 3 * H)), "U": rng.uniform(-k, k, (H, 3 * H))}
    params |= {"b": np.repeat([0.0, bias, 0.0], H), "b_u": np.zeros(H)}
    _, caches = gru_sequence(rng.normal(size=(T, N, D)), np.zeros((N, H)), params)
    all_ways = kept = np.ones((N, H)) / np.sqrt(N * H)
    norms = []
    for cache in reversed(caches):
        _, all_ways, _ = gru_step_backward(all_ways, cache)
        _, _, kept = mix_backward(kept, cache)
        norms.append((np.linalg.norm(all_ways), np.linalg.norm(kept)))
    return np.array(norms)


fig, axes = plt.subplots()
ends = {}
for colour, bias in zip(("#0072B2", "#C44E00", "#007A5E"), (0.0, 3.0, 5.0)):
    norms = norms_back(bias)
    ends[bias] = norms[-1]
    back = range(1, len(norms) + 1)
    axes.semilogy(back, norms[:, 0], color=colour, linestyle="-", marker="", linewidth=3)
    axes.semilogy(back, norms[:, 1], color=colour, linestyle="--", marker="", linewidth=1.2)
    place = {
        "xytext": (6, -4 if bias == 3 else 0),
        "textcoords": "offset points",
        "va": "top" if bias == 3 else "center",
    }
    axes.annotate(f"bias {bias:.0f}", (50, norms[-1, 0]), **place)
    print(
        f"bias {bias:.0f}: all ways {norms[-1, 0]:.1e}, kept alone {norms[-1, 1]:.1e}; sigmoid(bias)^50 = {sigmoid(np.array(bias)) ** 50:.1e}"
    )
axes.set(xlabel="steps back", ylabel="norm of the gradient of h", xlim=(0, 58))
axes.set_title("thick: all four ways; dashed: the kept one alone")
plots.show(fig, alt="Norm of the gradient of the state over 50 steps back, logarithmic. After 50 steps, all ways and kept alone: "
           + "; ".join(f"bias {bias:.0f} {a:.0e} and {k:.0e}" for bias, (a, k) in ends.items()) + ".")  # fmt: skip

# %% [markdown]
# **What you see.** Straight lines on a logarithmic axis: each step takes the same share. With bias 0 the kept way alone halves the gradient at every step, and after 50 steps about $10^{-15}$ is left. All four ways together do better, since the other three go through $U$; but
# about $10^{-10}$ is still nothing. With bias 5 most of the gradient arrives, and nearly all of it by the kept way: thick and dashed lie on each other. It is lab 4's picture with $z$ in the place of $f$. And mind the convention: in Chung's, the biases that do this are $-3$ and $-5$.

# %% [markdown]
# ## 13. What does it cost? Counted
#
# A block has a matrix for the input, one for the state, and a bias. The plain network has one such block, the GRU three and its $b_u$ besides (we count the form with the reset after the product), the LSTM four.
#
# Write `parameters_of`. The names are `"plain"`, `"gru"` and `"lstm"`.


# %% tags=["exercise"] nbgrader={"grade_id": "parameters-of", "solution": true}
def parameters_of(cell, D, H):
    """How many numbers a cell learns, as an int.

    cell: "plain", "gru" or "lstm". D: input size, H: hidden size.
    Hint: the table at the top has the GRU's arrays; count their entries.
    """
    ### BEGIN SOLUTION
    block = D * H + H * H + H
    if cell == "gru":
        return 3 * block + H
    return 4 * block if cell == "lstm" else block
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-parameters-of", "grade": true, "locked": true, "points": 2}
@lab.check
def parameters_of_matches(D, H):
    """The number of parameters of all three cells is right."""
    return {cell: parameters_of(cell, D, H) for cell in ("plain", "gru", "lstm")}


# %% [markdown]
# If two cells are compared with the *same number of units*, the LSTM has a third more to learn with. To compare with the same number of *parameters*, one needs the largest GRU that has no more than a given budget.
#
# Write `units_within`. Ask `count("gru", D, H)` for the parameters of a GRU with `H` units. If not even one unit fits, the answer is 0.


# %% tags=["exercise"] nbgrader={"grade_id": "units-within", "solution": true}
def units_within(budget, D, count=None):
    """The largest number of units H with which a GRU has at most `budget` parameters, as an int.

    budget: an int, D: input size. count: called as count("gru", D, H), gives an int that grows with H;
    your parameters_of unless handed in. Hint: try H = 1, 2, 3, … for as long as it fits.
    """
    count = count or parameters_of
    ### BEGIN SOLUTION
    H = 0
    while count("gru", D, H + 1) <= budget:
        H = H + 1
    return H
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-units-within", "grade": true, "locked": true, "points": 2}
@lab.check
def units_within_matches(budget, D):
    """The largest GRU within a budget, also when it fits exactly, or not at all. (The check counts in its own way.)"""

    asked = []

    def simple_count(cell, D, H):
        asked.append(H)
        if H < 0 or len(asked) > 1000:
            raise ValueError(f"asked {len(asked)} times how many parameters a GRU has, last with {H} units")
        return (7 if cell == "gru" else 9) * H + D

    return {"units": units_within(budget, D, count=simple_count)}


# %% [markdown]
# ## 14. What does it cost? Measured
#
# A clock on a computer that does other things as well shows too much, never too little. So do not trust one measurement, and do not average: run the thing once *without* measuring (the first run loads what later ones find ready), then several times between two looks at the clock, and take the **smallest**.
#
# Write `seconds_per_step`. `clock()` gives the time in seconds; the check hands in a clock of its own, which goes on only while `run()` runs.


# %% tags=["exercise"] nbgrader={"grade_id": "seconds-per-step", "solution": true}
def seconds_per_step(run, steps, repeats, clock=time.perf_counter):
    """How long one step takes at best, in seconds, as a float.

    run: a function without arguments that does `steps` steps. It is run once unmeasured, then `repeats` times.
    clock: a function without arguments that gives the time. Returns the smallest time of a run, by step.
    """
    ### BEGIN SOLUTION
    run()
    taken = []
    for _ in range(repeats):
        started = clock()
        run()
        taken.append(clock() - started)
    return min(taken) / steps
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-seconds-per-step", "grade": true, "locked": true, "points": 2}
@lab.check
def seconds_per_step_matches(start, lasting, steps, repeats):
    """One run to warm up, the given number of measured runs, and the best of them by step. (Runs and clock are the check's.)"""
    now, runs = [start], iter(lasting)

    def run():
        now[0] += next(runs)

    return {
        "seconds": seconds_per_step(run, steps, repeats, clock=lambda: now[0]),
        "runs_left": len(list(runs)),
    }


# %% [markdown]
# ### Look: three cells and yours
#
# The toolkit's three cells are written alike, so what differs between them is the cell. Yours is a fourth line: the same function as the toolkit's GRU, written step by step.

# %% tags=["explore"] nbgrader={"grade_id": "explore-cost", "locked": true}
from course import models

RIVALS = {
    "plain": (models.rnn_init, models.rnn_forward, models.rnn_backward),
    "gru": (models.gru_init, models.gru_forward, models.gru_backward),
    "lstm": (models.lstm_init, models.lstm_forward, models.lstm_backward),
}


def toolkit_run(cell, x, H):
    """One pass forward and backward of a cell of the toolkit, to be timed."""
    make, forward, backward = RIVALS[cell]
    params = make(np.random.default_rng(0), x.shape[2], H)

    def run():
        hs, cache = forward(params, x)
        backward(params, cache, np.ones_like(hs))

    return run


def your_run(x, H):
    """The same of yours."""
    params, zero = models.gru_init(np.random.default_rng(0), x.shape[2], H), np.zeros((x.shape[1], H))

    def run():
        hs, caches = gru_sequence(x, zero, params)
        gru_backward(np.ones_like(hs), zero, caches)

    return run


sizes, took = (16, 64, 192), {}
for H in sizes:
    x = np.random.default_rng(1).normal(size=(20, 32, 16))
    for cell in RIVALS:
        took[cell, H] = 1e3 * seconds_per_step(toolkit_run(cell, x, H), 20, 7)
    took["your gru", H] = 1e3 * seconds_per_step(your_run(x, H), 20, 7)

# %% tags=["explore"] nbgrader={"grade_id": "explore-cost-plot", "locked": true}
fig, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.0))
for cell in RIVALS:
    left.plot(sizes, [parameters_of(cell, 16, H) for H in sizes], label=cell, markevery=1)
for cell in (*RIVALS, "your gru"):
    right.plot(sizes, [took[cell, H] for H in sizes], label=cell, markevery=1)
for axes, title in ((left, "parameters"), (right, "ms a step, there and back")):
    axes.set(xscale="log", yscale="log", xlabel="units H", title=title)
    axes.set_xticks(sizes, [str(H) for H in sizes])
    axes.minorticks_off()
right.legend(fontsize=8.5)
ratios = {H: took["gru", H] / took["lstm", H] for H in sizes}
plots.show(fig, alt="Parameters and milliseconds a step for 16, 64 and 192 units. The GRU has three quarters of the LSTM's parameters; "
           "its time is " + ", ".join(f"{ratio:.2f} of the LSTM's with {H} units" for H, ratio in ratios.items()) + ".")  # fmt: skip
for H in sizes:
    share = parameters_of("gru", 16, H) / parameters_of("lstm", 16, H)
    print(
        f"{H:3} units: GRU/LSTM parameters {share:.2f}, time ×{ratios[H]:.2f}; yours against the toolkit's GRU ×{took['your gru', H] / took['gru', H]:.2f}"
    )

# %% [markdown]
# **What you see.** The parameters' ratio is 3/4 at every size. Look whether the time's ratio is, on your machine: it may come out near that, but nothing ties the two together. With few units most of a step is overhead, which asks for no parameters; with many it is products, and the toolkit's GRU makes two with $h$ where its
# LSTM makes one. And the *way of writing* a cell, your line against the toolkit's, can matter as much as the choice of the cell. "The GRU is faster" is a statement about a size, a library and a machine, and worth little without all three.

# %% [markdown]
# ## 15. Who is better? And may that be luck?
#
# Train two cells with the same seeds, so that for every seed there is a pair of final losses $(a_s, b_s)$. Look only at who is *lower* in each pair (a tie counts for nobody). If the two cells were equally good, each of the $n$ pairs would be a fair coin, and the chance of a result at least as
# one-sided as the one you got, to either side, would be
#
# $$p = \min\Bigl(1,\ \frac{2}{2^n} \sum_{j=0}^{k} \binom{n}{j}\Bigr), \qquad n = \text{wins} + \text{losses}, \quad k = \min(\text{wins}, \text{losses}).$$
#
# This is the **sign test**. It looks at no size, only at signs, so that one wild seed cannot decide anything. A small $p$ says: hardly luck. Note what three seeds can say at most: 3 to 0 has $p = 2/8 = 0.25$. Only with six seeds can a clean sweep fall below 0.05.
#
# Write `sign_test`. `math.comb(n, j)` is $\binom{n}{j}$. If all pairs are ties, $n = 0$ and the formula gives 1.


# %% tags=["exercise"] nbgrader={"grade_id": "sign-test", "solution": true}
def sign_test(a, b):
    """How often is a lower than b, how often higher, and how likely is that by luck alone?

    a, b (seeds,): final losses of two networks, in pairs. Lower is better.
    Returns wins (pairs with a lower), losses (pairs with b lower), both ints, and p, a float.
    """
    ### BEGIN SOLUTION
    wins, losses = int(np.sum(a < b)), int(np.sum(b < a))
    n, k = wins + losses, min(wins, losses)
    tail = sum(math.comb(n, j) for j in range(k + 1)) / 2**n
    return wins, losses, min(1.0, 2 * tail)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-sign-test", "grade": true, "locked": true, "points": 2}
@lab.check
def sign_test_matches(a, b):
    """Wins, losses and the chance of such a result by luck, also with ties."""
    wins, losses, p = sign_test(a, b)
    return {"wins": wins, "losses": losses, "p": p}


# %% [markdown]
# ### Look: two tasks, six seeds
#
# Now your GRU learns, with your gradients, against the toolkit's LSTM. Both start as the toolkit starts them, both use Adam with the same rate and see the same batches; your GRU gets as many units as `units_within` grants it, so it never has more parameters.
#
# 1. **Adding**: two of the numbers in a sequence are flagged; the answer is their sum. Always answering 1 has a mean squared error of 1/6.
# 2. **Counting**: after $n$ letters a come as many letters b; predict each further b, and the end. Trained with $n$ up to 6. The loss on trained lengths is one thing; how far it goes *beyond* them is another.
#
# Before you run it: which cell do you expect to win which task, and why? It takes about ten seconds.

# %% tags=["explore"] nbgrader={"grade_id": "explore-train", "locked": true}
from course import data


class YourGRU:
    """Your GRU and an output layer y = h V + b_y, with the two methods that models.train asks for."""

    def __init__(self, params):
        self.params = params

    def forward(self, x):
        zero = np.zeros((x.shape[1], len(self.params["U"])))
        hs, caches = gru_sequence(x, zero, self.params)
        return hs @ self.params["V"] + self.params["b_y"], (hs, caches)

    def backward(self, kept, dy):
        hs, caches = kept
        dhs = dy @ self.params["V"].T
        _, _, grads = gru_backward(dhs, np.zeros_like(dhs[0]), caches)
        return grads | {"V": np.einsum("tnh,tnk->hk", hs, dy), "b_y": dy.sum(axis=(0, 1))}


def adding_batches(rng):
    return (data.adding_problem(rng, 16, 12) for _ in range(250))


def counting_batches(rng):
    return ((models.one_hot(x, 4), y) for x, y, _ in (data.counting(rng, 16, 1, 6) for _ in range(200)))


# name: batches, loss, rate, inputs, outputs, units of the LSTM
TASKS = {
    "adding": (adding_batches, models.squared_error_at_end, 0.015, 2, 1, 12),
    "counting": (counting_batches, models.cross_entropy, 0.02, 4, 4, 8),
}

# %% tags=["explore"] nbgrader={"grade_id": "explore-compare", "locked": true}
SEEDS = range(6)
curves, nets = {}, {}
for task, (batches, loss, rate, D, K, H) in TASKS.items():
    units = {"lstm": H, "gru": units_within(parameters_of("lstm", D, H), D)}
    print(
        f"{task}: "
        + ", ".join(f"{cell} {H} units, {parameters_of(cell, D, H)} parameters" for cell, H in units.items())
    )
    for cell, H in units.items():
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            net = models.network(rng, cell, D, H, K)
            nets[task, cell, seed] = YourGRU(net.params) if cell == "gru" else net
            draws = batches(np.random.default_rng(100 + seed))
            curves[task, cell, seed] = models.train(nets[task, cell, seed], draws, loss, models.Adam(rate))


def reach(net):
    """The largest n up to which every count from 1 on is right (at most 40)."""
    for n in range(1, 41):
        x, y, _ = data.counting(np.random.default_rng(0), 1, n, n)
        guess = net.forward(models.one_hot(x, 4))[0].argmax(axis=2)
        if (guess != y)[y >= 0].any():
            return n - 1
    return 40


finals = {key: np.mean(curve[-30:]) for key, curve in curves.items()}
results = {
    f"{task}: last loss": [np.array([finals[task, cell, s] for s in SEEDS]) for cell in ("gru", "lstm")]
    for task in TASKS
}
results["counting: right up to n"] = [
    np.array([reach(nets["counting", cell, s]) for s in SEEDS]) for cell in ("gru", "lstm")
]

# %% tags=["explore"] nbgrader={"grade_id": "explore-compare-plot", "locked": true}
fig, panels = plt.subplots(1, 3, figsize=(7.8, 3.2))
told = []
for axes, (title, (gru, lstm)) in zip(panels, results.items()):
    for a, b in zip(gru, lstm):
        axes.plot([0, 1], [a, b], color="#555555", linewidth=0.8, linestyle="-", marker="")
    axes.plot(np.zeros(len(gru)), gru, linestyle="", marker="^", markevery=1, color="#0072B2")
    axes.plot(np.ones(len(lstm)), lstm, linestyle="", marker="o", markevery=1, color="#C44E00")
    axes.set_title(title, fontsize=10)
    axes.set_xticks([0, 1], ["your GRU", "LSTM"])
    axes.set_xlim(-0.4, 1.4)
    if "loss" in title:
        axes.set(yscale="log", ylim=(1e-3, 0.3))
    else:
        axes.yaxis.get_major_locator().set_params(integer=True)
    lower, higher, p = sign_test(gru, lstm)
    told.append(
        f"{title}: median GRU {np.median(gru):.2g}, LSTM {np.median(lstm):.2g}; GRU lower with {lower} seeds, higher with {higher}, p = {p:.2f}"
    )
panels[2].axhline(6, color="#555555", linewidth=1.2, linestyle=(0, (1, 2)), marker="")
plots.show(fig, alt="Six seeds each, a line a seed from your GRU to the LSTM. " + ". ".join(told) + ".")
print("\n".join(told))

# %% [markdown]
# **What you see.** Three panels, three answers. In *adding* your GRU is lower with every seed. In *counting*, on the lengths that were trained, the lines cross and the sign test sees nothing. *Beyond* them (above the dotted line) the LSTM goes on further with every seed: it adds 1 to a cell that has no bound, while a mixture must fit ever more counts
# between −1 and 1. Whoever shows you one of the panels can prove whatever they like.
#
# But what exactly did the first panel show? That the GRU is better at adding, or that it was sooner? The LSTM gets twice the updates:

# %% tags=["explore"] nbgrader={"grade_id": "explore-longer", "locked": true}
longer = []
for seed in SEEDS:
    net, rng = (
        models.network(np.random.default_rng(seed), "lstm", 2, 12, 1),
        np.random.default_rng(100 + seed),
    )
    draws = (data.adding_problem(rng, 16, 12) for _ in range(500))
    curve = models.train(net, draws, models.squared_error_at_end, models.Adam(0.015))
    longer.append((np.mean(curve[220:250]), np.mean(curve[-30:])))
for updates, losses in zip((250, 500), np.array(longer).T):
    print(f"LSTM, adding, loss after {updates} updates:", "  ".join(f"{loss:.4f}" for loss in losses))
lower, higher, p = sign_test(results["adding: last loss"][0], np.array(longer)[:, 1])
print(
    f"your GRU after 250 updates against the LSTM after 500: lower with {lower} seeds, higher with {higher}, p = {p:.2f}"
)

# %% [markdown]
# **What you see.** With twice the updates the LSTM solves the task with every seed, and goes below where your GRU had stopped. "Better" had meant "sooner, at this rate, from this start". Counting is another matter: no number of updates gives a mixture room for one more count for ever.

# %% [markdown]
# ### Look: your cell under the microscope
#
# Lecture 5's microscope, on *your* functions: your GRU (seed 0) reads a sequence of the adding problem, and `gru_step_backward` takes the gradient of its answer back through the same steps. Arrows mark the two numbers that count. Choose a sequence and a unit; the line above the
# picture is your `gru_step` at one step, in numbers.

# %% tags=["explore"] nbgrader={"grade_id": "explore-microscope", "locked": true}
from course import widgets

learned = nets["adding", "gru", 0].params


def traces(name):
    """One sequence of the adding problem through your cell, and the gradient of the answer back through it."""
    x, _ = data.adding_problem(np.random.default_rng(int(name.split()[-1])), 1, 12)
    hs, caches = gru_sequence(x, np.zeros((1, len(learned["U"]))), learned)
    dh, norms = learned["V"].T, []
    for cache in reversed(caches):
        norms.append(np.linalg.norm(dh))
        _, dh, _ = gru_step_backward(dh, cache)
    found = {name: np.array([cache[name][0] for cache in caches]) for name in ("r", "z", "n", "h_prev")}
    return data.adding_words(x[:, 0]), {**found, "h": hs[:, 0], "gradient": np.array(norms[::-1])}


heaviest = int(np.abs(learned["V"]).argmax())
widgets.gate_microscope(traces, [f"sequence {k}" for k in range(1, 7)], heaviest, what="input")

# %% tags=["explore"] nbgrader={"grade_id": "explore-microscope-still", "locked": true}
widgets.show_unit(*traces("sequence 1"), heaviest)

# %% [markdown]
# **What you see.** At the arrows $z$ falls and the candidate takes the state's place; elsewhere $z$ is high and the state stays. Read the gradient from right to left: it holds its size where $z$ is near 1 and loses most at an arrow. What the unit overwrites it cannot learn from, and need not.

# %% [markdown]
# ## 16. In your own words
#
# A friend says: "The GRU is the better LSTM: it has a quarter fewer parameters, so it is a quarter faster, and on my task it won with all three seeds. And a GRU is a GRU: I trained it in one library and loaded the weights into another, all shapes fitted."
#
# Answer in about twelve sentences, with your numbers and pictures from above:
#
# 1. "A quarter fewer, so a quarter faster": what did you measure, and why need the two not agree?
# 2. "It won with all three seeds": what does the sign test say to that? And what do your two tasks say to "better"? Give medians or counts, and $p$.
# 3. Why is a mixture $(1 - z)\,n + z\,h$ at a disadvantage when it has to count?
# 4. "All shapes fitted": what can have gone wrong, which of it can be repaired by changing weights, and what would you run to find out?

# %% [markdown] nbgrader={"grade_id": "question-comparison", "grade": true, "solution": true, "points": 8}
# ### BEGIN SOLUTION
# **Model answer.** The GRU has 3/4 of the LSTM's parameters at every size (three blocks against four; b_u is small). The time is another thing: I measured a ratio of about 0.8 with 16, 64 and 192 units (any measured ratio, with its sizes). Nothing ties the two together, since with few units most of a step is overhead that needs no parameters,
# and with many it depends on how the products are arranged: the GRU with the reset after it, for example, makes two products with h where the LSTM makes one, and my own way of writing differed from the toolkit's although both have the same parameters. So the statement needs a size, a library and a machine.
# Three wins of three have p = 2/8 = 0.25: among equally good cells that happens in every fourth such comparison. In my runs with six seeds the GRU was lower in adding 6 to 0 (p = 0.03, medians 0.003 and 0.02); on counting, on trained lengths, it was lower with 2 seeds and higher with 4 (p = 0.69), which shows nothing; beyond the trained lengths it was right up to 7 against 10
# in the median, and the LSTM went further with all six seeds (p = 0.03). And the LSTM solved adding as well when it had twice the updates. So there is no better cell as such, only a better one for a task, a budget and a setting; neither had its own rate tuned.
# A mixture stays between -1 and 1, so n counts must share a bounded range; with a candidate of 1 and a fixed z the gap between the states after n and n + 1 is (1 - z) z^n, which shrinks exponentially. The LSTM's cell is a sum with f and i free of each other: with f = i = 1 it adds 1 each time, without bound.
# Shapes fit in all conventions, so they prove nothing. If z has the other meaning, negating its block of W, U and b repairs it exactly; blocks in another order (Keras has z before r) are repaired by moving them, and PyTorch's two biases by adding those of r and z. If the reset stands elsewhere, no weights repair it; one needs the other formula. To find out, run both on the same
# input for several steps, from a state that is not zero, and compare the states: at the first step from zero the two forms agree (if b_u is zero).
#
# **Rubric (8 points).**
# - 2: speed. A measured ratio of times with its size, set beside 3/4 (1), and a reason why they need not agree: overhead, arrangement of the products, way of writing (1).
# - 3: the comparison. p = 0.25 for three of three, or "three seeds can never show it" (1); numbers from both tasks, medians or counts with p (1); an honest conclusion: depends on task, budget and setting, with one limit of the own comparison named, such as the untuned rate or the LSTM with more updates (1).
# - 1: counting. The state is bounded, so the gaps shrink; the LSTM's sum is not.
# - 2: weights. The meaning of z, or the order of blocks, can be repaired, and the place of the reset cannot (1); a test that would show it: several steps, or a start that is not zero (1).
#
# Right statements in other words count in full, and other numbers do if they are from the student's own run. Take off nothing for language.
# ### END SOLUTION
