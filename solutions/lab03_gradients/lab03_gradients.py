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
#     title: "What becomes of a gradient on a long way"
#     minutes: 110
#     lecture: 04_vanishing_gradients
#     preload: [numpy]
#     allowed_imports: [numpy, math, autograder, matplotlib]
#     allowed_files: []
#     device: cpu
#     limits: {cell_cpu_s: 10, cell_wall_s: 30, notebook_cpu_s: 60, notebook_wall_s: 180, memory_mb: 1024}
# ---

# %% [markdown]
# # Lab 3: what becomes of a gradient on a long way
#
# In lab 2 you sent gradients back through time, and clipped those that were too long. In this lab you look at what happens to them *on the way*. You build the instruments: the Jacobian of a step, the product of
# many, its norm, and the bound that theory gives for it. With them you provoke all that can go wrong, gradients that vanish, gradients that explode, numbers that run out, and then you cure each of
# them and see what the cure is worth.
#
# **When you are done you can**
#
# - write the Jacobian of a step and of any distance, and check both by moving the state;
# - say what the bound $c^{\,t-k}$ proves, and show a network that it misjudges by ten orders of magnitude;
# - tell apart what the spectral radius, the spectral norm and the saturation of an activation do;
# - provoke and stop an explosion, and recognise the first number that is not one;
# - compare cures over several seeds, and count the runs that failed.
#
# Plan about 110 minutes. The lab has 92 points by machine and 8 for an answer in words.
#
# **How it works.** You write between the docstring and the end of each exercise cell, in place of
# `raise NotImplementedError()`. The locked cell below it checks your function and tells you what it found. Work from top to bottom; if you get stuck, go on: nearly every check
# hands your function inputs that are known to be right, so that an early mistake does not cost you the later points.

# %% nbgrader={"grade_id": "setup", "locked": true}
import numpy as np

from autograder import open_lab

lab = open_lab("lab03_gradients")

# %% [markdown]
# ## Recalled: what you built in lab 2
#
# | what | equation | shapes |
# |---|---|---|
# | the step | $a_t = x_t W + h_{t-1} U + b$, $h_t = \tanh(a_t)$ | `W (D, H)`, `U (H, H)`, `b (H,)` |
# | one step back | $\mathrm{d}a_t = \mathrm{d}h_t \odot (1 - h_t^2)$, $\;\mathrm{d}h_{t-1} = \mathrm{d}a_t\, U^\top$ | as `h`, `(N, H)` |
# | parameters collect | $\mathrm{d}W = \sum_t x_t^\top \mathrm{d}a_t$, $\;\mathrm{d}U = \sum_t h_{t-1}^\top \mathrm{d}a_t$, $\;\mathrm{d}b = \sum_{t,n} \mathrm{d}a_{t,n}$ | as the parameter |
# | clipping | if $\lVert g \rVert > \text{limit}$: $g \leftarrow g \cdot \text{limit} / \lVert g \rVert$ | all entries by the same factor |
#
# `T`, `N`, `D`, `H` are steps, sequences in a batch, inputs and units. States lie in rows, so products are turned round: $W x$ of the lecture is `x @ W`. All numbers are float64 unless a function says otherwise.
#
# **New here.** Four activations instead of one; each is called by its name, `phi`: `"tanh"`, `"sigmoid"`, `"relu"`, `"linear"` (the last leaves a number as it is). Where only one sequence is looked at, the
# batch axis is left out: `x (T, D)`, `hs (T, H)`. And `hs[t]` counts from zero, as Python does: `hs[0]` is the state after the first input.
#
# Your functions leave what they are given as it was.
#
# **Functions that stand on other functions** take the one below as an optional argument, and their first line (already there) fills in yours. *Use the name from the argument list*
# (`act`, `slope_of`, `step_jacobian`, `radius_of`): the check may hand in a simple stand-in, to test your function alone.

# %% [markdown]
# ## 1. Four activations and their slopes
#
# $$\tanh(a), \qquad \sigma(a) = \frac{1}{1 + e^{-a}}, \qquad \mathrm{relu}(a) = \max(a, 0), \qquad \mathrm{linear}(a) = a$$
#
# Write `activate`. It must survive numbers like ±1000 without a warning. For the sigmoid, $\sigma(a) = \tfrac12 \left(1 + \tanh\tfrac a2\right)$ is the same function and never overflows.


# %% tags=["exercise"] nbgrader={"grade_id": "activate", "solution": true}
def activate(a, phi):
    """The activation called phi, entry by entry.

    a: array of any shape. phi: "tanh", "sigmoid", "relu" or "linear". Returns an array of a's shape.
    Hint: four cases, one line each.
    """
    ### BEGIN SOLUTION
    if phi == "tanh":
        return np.tanh(a)
    if phi == "sigmoid":
        return 0.5 * (1.0 + np.tanh(0.5 * a))
    if phi == "relu":
        return np.maximum(a, 0.0)
    return a.copy()
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-activate", "grade": true, "locked": true, "points": 3}
@lab.check
def activate_matches(a):
    """All four activations are right, for numbers of either sign, and a is left alone."""
    return {phi: activate(a, phi) for phi in ("tanh", "sigmoid", "relu", "linear")} | {"a": a}


# %% nbgrader={"grade_id": "check-activate-extreme", "grade": true, "locked": true, "points": 1}
@lab.check
def activate_survives_extremes(a):
    """Nothing overflows for numbers in the hundreds."""
    with np.errstate(all="raise", under="ignore"):
        return {phi: activate(a, phi) for phi in ("tanh", "sigmoid", "relu")}


# %% [markdown]
# Going back we need the slopes. For all four of them the slope can be written with what came *out*, $h = \phi(a)$, so that $a$ need not be kept:
#
# $$\tanh' = 1 - h^2, \qquad \sigma' = h(1 - h), \qquad \mathrm{relu}' = \begin{cases} 1 & h > 0 \\ 0 & h = 0 \end{cases}, \qquad \mathrm{linear}' = 1$$
#
# (At exactly $a = 0$ ReLU has no slope. As nearly everyone does, we take 0 there.) Write `slope`.


# %% tags=["exercise"] nbgrader={"grade_id": "slope", "solution": true}
def slope(h, phi):
    """The slope of the activation called phi, from its output.

    h: array of any shape, what came out of the activation. phi: as for activate. Returns a float array of h's shape.
    Hint: h has been through the activation already; don't put it through again.
    """
    ### BEGIN SOLUTION
    if phi == "tanh":
        return 1.0 - h**2
    if phi == "sigmoid":
        return h * (1.0 - h)
    if phi == "relu":
        return np.where(h > 0, 1.0, 0.0)
    return np.ones(h.shape)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-slope", "grade": true, "locked": true, "points": 4}
@lab.check
def slope_matches(tanh_h, sigmoid_h, relu_h, linear_h):
    """All four slopes are right, ReLU's also where nothing came out."""
    return {
        "tanh": slope(tanh_h, "tanh"),
        "sigmoid": slope(sigmoid_h, "sigmoid"),
        "relu": slope(relu_h, "relu"),
        "linear": slope(linear_h, "linear"),
    }


# %% [markdown]
# ## 2. The states
#
# $$h_t = \phi(x_t W + h_{t-1} U + b), \qquad t = 1 \dots T$$
#
# Write `run_states`. Written with `@`, the same lines work for one sequence, `x (T, D)` with `h0 (H,)`, and for a batch, `x (T, N, D)` with `h0 (N, H)`.


# %% tags=["exercise"] nbgrader={"grade_id": "run-states", "solution": true}
def run_states(x, h0, W, U, b, phi, act=None):
    """All states of a recurrent network.

    x (T, D) and h0 (H,), or x (T, N, D) and h0 (N, H). W (D, H), U (H, H), b (H,). phi: the activation's name.
    act: called as act(a, phi), your activate unless another is handed in.
    Returns hs (T, H) or (T, N, H). Hint: np.stack makes one array of a list of states.
    """
    act = act or activate
    ### BEGIN SOLUTION
    h, hs = h0, []
    for x_t in x:
        h = act(x_t @ W + h @ U + b, phi)
        hs.append(h)
    return np.stack(hs)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-run-states", "grade": true, "locked": true, "points": 4}
@lab.check
def run_states_match(x, h0, W, U, b, phi):
    """The states of one sequence are right. (The activation is the check's own.)"""

    def other(a, name):
        return a / (1.0 + np.abs(a)) + 0.01 * len(name)

    return {"hs": run_states(x, h0, W, U, b, phi, act=other)}


# %% nbgrader={"grade_id": "check-run-states-batch", "grade": true, "locked": true, "points": 1}
@lab.check
def run_states_of_a_batch_match(x, h0, W, U, b, phi):
    """A batch keeps its axis, also a batch of one, and the inputs are left alone."""

    def other(a, name):
        return np.sin(a)

    hs = run_states(x, h0, W, U, b, phi, act=other)
    return {"hs": hs, "inputs": {"x": x, "h0": h0, "W": W, "U": U, "b": b}}


# %% [markdown]
# ## 3. The Jacobian of one step
#
# Move one entry $j$ of $h_{t-1}$: how much does entry $i$ of $h_t$ move? All these numbers together are the **Jacobian** of the step,
#
# $$\left(J_t\right)_{ij} = \frac{\partial h_{t,i}}{\partial h_{t-1,j}}, \qquad (H, H), \qquad h_{t,i} = \phi\Bigl(\dots + \sum_j h_{t-1,j}\, U_{ji}\Bigr)$$
#
# By the chain rule, entry by entry: the slope of unit $i$, times the weight on the way from $j$ to $i$. So row $i$ of $J_t$ is column $i$ of $U$, times *unit $i$'s* slope:
#
# $$J_t = \operatorname{diag}\bigl(\phi'(a_t)\bigr)\, U^\top$$
#
# (In the lecture, where states are columns, $U$ stands in the place of our $U^\top$.) Write `jacobian`.
#
# *Lecture `04_vanishing_gradients`, "The equations, with every shape".*


# %% tags=["exercise"] nbgrader={"grade_id": "jacobian", "solution": true}
def jacobian(h, U, phi, slope_of=None):
    """The Jacobian of one step by the state before it.

    h (H,): the state that came out of the step. U (H, H). phi: the activation's name.
    slope_of: called as slope_of(h, phi), your slope unless another is handed in.
    Returns J (H, H), J[i, j] being how much h[i] moves with entry j of the state before.
    Hint: s[:, None] is a column, and scales rows.
    """
    slope_of = slope_of or slope
    ### BEGIN SOLUTION
    s = slope_of(h, phi)
    return s[:, None] * U.T
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-jacobian", "grade": true, "locked": true, "points": 6}
@lab.check
def jacobian_matches(h, U, phi):
    """Each entry is the slope of the unit that moves, times the weight on the way to it. (The slope is the check's own.)"""

    def other(h, name):
        return 0.4 + h + 0.1 * len(name)

    return {"J": jacobian(h, U, phi, slope_of=other)}


# %% [markdown]
# ## 4. A long way
#
# From $h_k$ to $h_t$ the change goes through every step in between. The chain rule multiplies their Jacobians, the *last* step on the left:
#
# $$\frac{\partial h_t}{\partial h_k} = J_t\, J_{t-1} \cdots J_{k+1} \qquad (t > k), \qquad \frac{\partial h_k}{\partial h_k} = I$$
#
# There are $t - k$ factors. $J_k$ is not one of them: it is about the way *to* $h_k$. Matrices do not commute, so the order matters.
#
# Write `lag_jacobian`. `k` and `t` are Python's indices into `hs`.


# %% tags=["exercise"] nbgrader={"grade_id": "lag-jacobian", "solution": true}
def lag_jacobian(hs, U, phi, k, t, step_jacobian=None):
    """How state t moves with state k.

    hs (T, H): the states of one sequence. U (H, H). 0 <= k <= t < T.
    step_jacobian: called as step_jacobian(h, U, phi), your jacobian unless another is handed in.
    Returns (H, H); the identity if k == t. Hint: start with np.eye(H), and multiply the next step's Jacobian from the left.
    """
    step_jacobian = step_jacobian or jacobian
    ### BEGIN SOLUTION
    product = np.eye(len(U))
    for m in range(k + 1, t + 1):
        product = step_jacobian(hs[m], U, phi) @ product
    return product
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-lag-jacobian", "grade": true, "locked": true, "points": 6}
@lab.check
def lag_jacobian_matches(hs, U, phi, k, t):
    """The product over several steps is right: all its factors, in their order. (The factors are the check's own.)"""

    def other(h, U, name):
        return U + np.outer(h, np.cos(h[::-1])) + 0.1 * len(name)

    return {"J": lag_jacobian(hs, U, phi, k, t, step_jacobian=other)}


# %% nbgrader={"grade_id": "check-lag-jacobian-near", "grade": true, "locked": true, "points": 2}
@lab.check
def lag_jacobian_of_short_ways_matches(hs, U, phi):
    """A way of no step is the identity, a way of one step that step's Jacobian, also at both ends of the sequence."""

    def other(h, U, name):
        return 2.0 * U + np.outer(np.sin(h), h)

    T = len(hs)
    return {
        "none": lag_jacobian(hs, U, phi, T - 1, T - 1, step_jacobian=other),
        "first": lag_jacobian(hs, U, phi, 0, 1, step_jacobian=other),
        "last": lag_jacobian(hs, U, phi, T - 2, T - 1, step_jacobian=other),
    }


# %% [markdown]
# ### Look: is it true?
#
# A Jacobian is a claim about what happens when you move something. So move $h_k$ a little, in a random direction, run on from there, and see where $h_t$ goes.

# %% tags=["explore"] nbgrader={"grade_id": "explore-move", "locked": true}
rng = np.random.default_rng(0)
T, D, H = 12, 3, 20
x, W = rng.normal(size=(T, D)), rng.normal(size=(D, H)) / np.sqrt(D)
U, b = rng.normal(size=(H, H)) / np.sqrt(H), 0.1 * rng.normal(size=H)
for phi in ("tanh", "sigmoid", "relu", "linear"):
    hs = run_states(x, np.zeros(H), W, U, b, phi)
    k, v, eps = T - 4, rng.normal(size=H), 1e-5
    up, down = (run_states(x[k + 1 :], hs[k] + side * eps * v, W, U, b, phi)[-1] for side in (1, -1))
    moved, claimed = (up - down) / (2 * eps), lag_jacobian(hs, U, phi, k, T - 1) @ v
    error = np.abs(moved - claimed).max() / np.abs(moved).max()
    print(f"{phi:8} over {T - 1 - k} steps: relative error {error:.0e}")

# %% [markdown]
# ## 5. One number for each distance
#
# How much is left of a gradient after a way of $\ell$ steps? At most the **spectral norm** of the product: the largest factor by which a matrix can stretch any vector, and so its largest singular value. NumPy has it as `np.linalg.norm(P, 2)`. (Without the 2 you get the
# Frobenius norm, another number.)
#
# For the last state of a sequence and every $k$ before it, that is
#
# $$\text{norms}_\ell = \Bigl\lVert \frac{\partial h_{T}}{\partial h_{T-\ell}} \Bigr\rVert = \lVert J_T\, J_{T-1} \cdots J_{T-\ell+1} \rVert, \qquad \ell = 1 \dots T-1$$
#
# Each lag has one factor more than the one before, *on the right*. So walk from the end to the beginning with one running product; then $T - 1$ lags need $T - 1$ products.
#
# Write `lag_norms`. The norm of the *product* is wanted. The product of the norms is another thing, and much larger: it is what the bound of the next section is made of.


# %% tags=["exercise"] nbgrader={"grade_id": "lag-norms", "solution": true}
def lag_norms(hs, U, phi, step_jacobian=None):
    """Spectral norms of the last state's Jacobian by each earlier state, from the nearest to the farthest.

    hs (T, H), U (H, H), phi, step_jacobian: as for lag_jacobian.
    Returns (T - 1,): entry 0 is lag 1, the last entry is lag T - 1. Hint: the walk ends at hs[0]; the Jacobian of the step that led there is no factor.
    """
    step_jacobian = step_jacobian or jacobian
    ### BEGIN SOLUTION
    product, norms = np.eye(len(U)), []
    for m in range(len(hs) - 1, 0, -1):
        product = product @ step_jacobian(hs[m], U, phi)
        norms.append(np.linalg.norm(product, 2))
    return np.array(norms)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-lag-norms", "grade": true, "locked": true, "points": 7}
@lab.check
def lag_norms_match(hs, U, phi):
    """The norm at every lag is right, from lag 1 to the first state. (The factors are the check's own.)"""

    def other(h, U, name):
        return U + np.outer(h, np.cos(h[::-1])) + 0.1 * len(name)

    return {"norms": lag_norms(hs, U, phi, step_jacobian=other)}


# %% [markdown]
# ## 6. The bound
#
# A product stretches at most as much as its factors do together, $\lVert A B \rVert \le \lVert A \rVert\, \lVert B \rVert$, and $\operatorname{diag}(\phi')$ at most by its largest entry. So for every way of $\ell$ steps
#
# $$\lVert J_t \cdots J_{k+1} \rVert \;\le\; c^{\,\ell}, \qquad c = \gamma\, \lVert U \rVert, \qquad \gamma = \max_a \phi'(a)$$
#
# with the spectral norm of $U$. The largest slope $\gamma$ is a fact about the activation: 1 for tanh (at 0), for ReLU and for the linear one; for the sigmoid it is only $\tfrac14$ (at 0, where $\sigma = \tfrac12$).
#
# Write `bound`.
#
# *Lecture `04_vanishing_gradients`, "The equations, with every shape".*


# %% tags=["exercise"] nbgrader={"grade_id": "bound", "solution": true}
def bound(U, phi, longest):
    """The constant c, and c to the power of every lag.

    U (H, H). phi: the activation's name. longest: the largest lag, at least 1.
    Returns c, a float, and (longest,): the powers of c at lag 1, 2, ... Hint: a number can be raised to an array of powers.
    """
    ### BEGIN SOLUTION
    gamma = 0.25 if phi == "sigmoid" else 1.0
    c = float(gamma * np.linalg.norm(U, 2))
    return c, c ** np.arange(1, longest + 1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-bound", "grade": true, "locked": true, "points": 5}
@lab.check
def bound_matches(U, phi, longest):
    """The constant of the network is right, and so is its power at every lag from 1 on."""
    c, powers = bound(U, phi, longest)
    return {"c": c, "powers": powers}


# %% [markdown]
# ### Look: the truth and the bound
#
# Your two instruments on the same networks: 40 units, 100 steps, five seeds each. The dotted line is the bound, the band is the truth.

# %% tags=["explore"] nbgrader={"grade_id": "explore-bound", "locked": true}
import matplotlib.pyplot as plt

from course import models, plots

plots.use_style()
H, T, SEEDS = 40, 100, 5


def truth_and_bound(make_U, phi, scale=1.0):
    """Norms (SEEDS, T - 1) and the bounds of as many networks on random inputs."""
    norms, bounds = [], []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        U, W = make_U(rng), rng.normal(size=(2, H)) / np.sqrt(2)
        hs = run_states(scale * rng.normal(size=(T, 2)), np.zeros(H), W, U, np.zeros(H), phi)
        norms.append(lag_norms(hs, U, phi))
        bounds.append(bound(U, phi, T - 1)[1])
    return np.array(norms), np.array(bounds)


def band(axes, values, label):
    """The median over the seeds as a line, and their range as a band."""
    values = np.maximum(values, 1e-30)
    line = axes.plot(np.arange(1, values.shape[1] + 1), np.median(values, axis=0), label=label, markevery=20)[
        0
    ]
    axes.fill_between(range(1, values.shape[1] + 1), values.min(axis=0), values.max(axis=0), alpha=0.2, color=line.get_color())  # fmt: skip


networks = {
    "uniform U, tanh": (lambda rng: rng.uniform(-1, 1, (H, H)) / np.sqrt(H), "tanh"),
    "normal U × 1.5, tanh": (lambda rng: 1.5 * rng.normal(size=(H, H)) / np.sqrt(H), "tanh"),
    "normal U × 3, sigmoid": (lambda rng: 3.0 * rng.normal(size=(H, H)) / np.sqrt(H), "sigmoid"),
}
fig, panels = plt.subplots(1, 3, figsize=(7.6, 3.1), sharey=True)
told = {}
for axes, (name, (make_U, phi)) in zip(panels, networks.items(), strict=True):
    norms, bounds = truth_and_bound(make_U, phi)
    band(axes, norms, "truth")
    axes.plot(
        np.arange(1, T), bounds.mean(axis=0), linestyle=(0, (1, 2)), marker="", color="#555555", label="bound"
    )
    axes.set(yscale="log", xlabel="lag", title=name, ylim=(1e-31, 1e50))
    axes.title.set_fontsize(9.5)
    told[name] = (np.median(norms[:, -1]), bounds[:, -1].mean())
panels[0].set_ylabel("norm")
panels[0].legend(loc="lower left")
plots.show(
    fig,
    alt="Truth and bound over 99 lags on a log scale, for three networks. "
    + "; ".join(f"{name}: the truth ends at {n:.0e}, the bound at {c:.0e}" for name, (n, c) in told.items())
    + ".",
)
for name, (n, c) in told.items():
    print(f"{name:22} at lag {T - 1}: truth {n:.0e} (median of {SEEDS}), bound {c:.0e}")

# %% [markdown]
# **What you see.** All three have $c > 1$, and their bounds shoot up. The truth does not care: all three *vanish*, the one on the left by more than thirty orders of magnitude. "$c > 1$, so gradients explode" does not follow: $c < 1$ is *sufficient* for vanishing, and
# $c > 1$ only *necessary* for exploding. In the middle $U$ is so large that without tanh the network would explode. Saturation holds the product down: the larger the states, the smaller the slopes.
#
# ## 7. What goes back is a vector
#
# Backpropagation never builds these matrices. It carries *one vector*, the loss's gradient by the state, and sends it through each step with two cheap products:
#
# $$\mathrm{d}a_t = \mathrm{d}h_t \odot \phi'(a_t), \qquad \mathrm{d}h_{t-1} = \mathrm{d}a_t\, U^\top$$
#
# That is one row, times $J_t$. It costs $H^2$ multiplications where the product of matrices costs $H^3$. Here the loss is read at the end only, so the walk starts with $\mathrm{d}h_T$ and nothing is added on the way.
#
# Write `carry_back`, for one sequence and for batches alike.


# %% tags=["exercise"] nbgrader={"grade_id": "carry-back", "solution": true}
def carry_back(dh_last, hs, U, phi, slope_of=None):
    """The gradient by every state and every pre-activation, when only the last state is judged.

    dh_last (H,) or (N, H): the loss's gradient by the last state. hs (T, H) or (T, N, H), U (H, H), phi.
    slope_of: called as slope_of(h, phi), your slope unless another is handed in.
    Returns dhs and das, both of hs' shape: dhs[t] by state t (dhs[-1] is dh_last), das[t] by what went into its activation.
    """
    slope_of = slope_of or slope
    ### BEGIN SOLUTION
    dhs, das = np.zeros(hs.shape), np.zeros(hs.shape)
    dh = dh_last
    for t in range(len(hs) - 1, -1, -1):
        dhs[t] = dh
        das[t] = dh * slope_of(hs[t], phi)
        dh = das[t] @ U.T
    return dhs, das
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-carry-back", "grade": true, "locked": true, "points": 7}
@lab.check
def carry_back_matches(dh_last, hs, U, phi):
    """The gradient finds its way back, at every state and before every activation. (The slope is the check's own.)"""

    def other(h, name):
        return 0.5 + h + 0.1 * len(name)

    dhs, das = carry_back(dh_last, hs, U, phi, slope_of=other)
    return {"dhs": dhs, "das": das}


# %% nbgrader={"grade_id": "check-carry-back-batch", "grade": true, "locked": true, "points": 1}
@lab.check
def carry_back_of_a_batch_matches(dh_last, hs, U, phi):
    """Batches keep their axis, one step is a sequence too, and the inputs are left alone."""

    def other(h, name):
        return np.cos(h)

    dhs, das = carry_back(dh_last, hs, U, phi, slope_of=other)
    return {"dhs": dhs, "das": das, "inputs": {"dh_last": dh_last, "hs": hs, "U": U}}


# %% [markdown]
# ## 8. Which number of U decides?
#
# Leave the activation out for a moment. Then the product is a power of one matrix, and in the long run its growth is set by the **spectral radius**, the largest *absolute value* among the eigenvalues of $U$:
#
# $$\rho(U) = \max_i |\lambda_i|, \qquad \lVert U^n \rVert^{1/n} \to \rho(U)$$
#
# Eigenvalues of a real matrix may be complex, and then come in pairs; `np.linalg.eigvals` gives them all, and `np.abs` their absolute values. Write `spectral_radius`.


# %% tags=["exercise"] nbgrader={"grade_id": "spectral-radius", "solution": true}
def spectral_radius(U):
    """The largest absolute value of an eigenvalue of U (H, H), as a float."""
    ### BEGIN SOLUTION
    return float(np.abs(np.linalg.eigvals(U)).max())
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-spectral-radius", "grade": true, "locked": true, "points": 4}
@lab.check
def spectral_radius_matches(general, turning, negative):
    """The radius is right, also where the largest eigenvalue is complex, or negative."""
    return {name: spectral_radius(U) for name, U in
            (("general", general), ("turning", turning), ("negative", negative))}  # fmt: skip


# %% [markdown]
# Multiply $U$ by a number, and every eigenvalue is multiplied by it. So a matrix can be given any radius you like. Write `with_radius`.


# %% tags=["exercise"] nbgrader={"grade_id": "with-radius", "solution": true}
def with_radius(U, radius, radius_of=None):
    """U, scaled by one number so that its spectral radius is `radius`.

    U (H, H), with an eigenvalue other than 0. radius: above 0. radius_of: called as radius_of(U), your spectral_radius unless another is handed in.
    Returns a new (H, H).
    """
    radius_of = radius_of or spectral_radius
    ### BEGIN SOLUTION
    return U * (radius / radius_of(U))
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-with-radius", "grade": true, "locked": true, "points": 3}
@lab.check
def with_radius_matches(U, radius):
    """The matrix is scaled as asked, and U is left alone. (The radius is measured by the check's own function.)"""

    def other(U):
        return float(np.abs(U).sum())

    return {"scaled": with_radius(U, radius, radius_of=other), "U": U}


# %% [markdown]
# ### Look: vanish and explode, by your hand
#
# The gradient that goes back through 100 steps, for four radii. On the left a linear network, on the right the same with tanh.

# %% tags=["explore"] nbgrader={"grade_id": "explore-radius", "locked": true}
fig, panels = plt.subplots(1, 2, figsize=(7.6, 3.3), sharey=True)
ends = {}
for axes, phi in zip(panels, ("linear", "tanh"), strict=True):
    for radius in (0.9, 1.0, 1.1, 1.3):
        lengths = []
        for seed in range(SEEDS):
            rng = np.random.default_rng(seed)
            U, W = with_radius(rng.normal(size=(H, H)), radius), rng.normal(size=(2, H)) / np.sqrt(2)
            hs = run_states(rng.normal(size=(T, 2)), np.zeros(H), W, U, np.zeros(H), phi)
            dh = rng.normal(size=H)
            dhs, _ = carry_back(dh / np.linalg.norm(dh), hs, U, phi)
            lengths.append(np.linalg.norm(dhs[-2::-1], axis=1))
        band(axes, np.array(lengths), f"radius {radius}")
        ends[phi, radius] = np.median(lengths, axis=0)[-1]
    axes.set(yscale="log", xlabel="steps back", title=phi)
panels[0].set_ylabel("length of the gradient")
panels[1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
plots.show(
    fig,
    alt="Length of the gradient over 99 steps back, for spectral radii 0.9, 1, 1.1 and 1.3, on a log scale, median and range of five seeds. "
    + "; ".join(f"{phi}, radius {radius}: ends at {end:.0e}" for (phi, radius), end in ends.items())
    + ".",
)

# %% [markdown]
# **What you see.** Linear: the radius decides, and every curve becomes a straight line on this scale. With tanh each of these vanishes, also where the linear network explodes: the more $U$ stretches, the larger the states, and the higher the tax on them. (Tanh is no insurance: try radius 3.)
#
# ## 9. When the numbers run out
#
# A float64 ends near $1.8 \cdot 10^{308}$, a float32, which most libraries compute in, near $3.4 \cdot 10^{38}$. What is larger becomes `inf`; and `inf - inf`, which the next product may well contain, is `nan`. From there on every number that a NaN touches is NaN. How soon does that come?
#
# Write `steps_until_overflow`: start with $h$, replace it by $h U$ again and again, and count the products until an entry is *not finite* any more (`np.isfinite`). All in the float type that is asked for: a float32 array times a float32 array is one again.


# %% tags=["exercise"] nbgrader={"grade_id": "steps-until-overflow", "solution": true}
def steps_until_overflow(h, U, kind, most):
    """How many products h @ U it takes until an entry is no longer finite.

    h (H,), U (H, H). kind: np.float32 or np.float64, the type to compute in. most: give up after so many products.
    Returns an int from 1 to most, or 0 if all was finite for `most` products. Hint: convert both with .astype(kind) first.
    """
    ### BEGIN SOLUTION
    state, matrix = h.astype(kind), U.astype(kind)
    for count in range(1, most + 1):
        state = state @ matrix
        if not np.isfinite(state).all():
            return count
    return 0
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-overflow", "grade": true, "locked": true, "points": 5}
@lab.check
def overflow_matches(h, U, most):
    """The first product that is not finite is found, in either type."""
    with np.errstate(all="ignore"):
        return {kind.__name__: steps_until_overflow(h, U, kind, most) for kind in (np.float32, np.float64)}


# %% nbgrader={"grade_id": "check-overflow-edges", "grade": true, "locked": true, "points": 1}
@lab.check
def overflow_at_the_edges_matches(h, U, quiet, most):
    """The very last product counts still, one that would come later does not, and a network that shrinks never overflows."""
    with np.errstate(all="ignore"):
        steps = {
            f"within {limit}": steps_until_overflow(h, U, np.float32, limit)
            for limit in (most, most - 1, most + 1)
        }
        return {**steps, "never": steps_until_overflow(h, quiet, np.float64, 50)}


# %% [markdown]
# ### Look: one explosion, in two types

# %% tags=["explore"] nbgrader={"grade_id": "explore-overflow", "locked": true}
radii = (1.05, 1.1, 1.2, 1.5, 2.0, 3.0)
rng = np.random.default_rng(0)
base, start = rng.normal(size=(H, H)), rng.normal(size=H)
fig, axes = plt.subplots(figsize=(6.4, 3.2))
with np.errstate(all="ignore"):
    for kind in (np.float32, np.float64):
        counts = [steps_until_overflow(start, with_radius(base, radius), kind, 20_000) for radius in radii]
        axes.plot(radii, counts, label=kind.__name__)
        print(kind.__name__, dict(zip(radii, counts, strict=True)))
axes.set(yscale="log", xlabel="spectral radius", ylabel="steps until overflow")
axes.legend()
plots.show(
    fig,
    alt="Steps until the first number that is not finite, over the spectral radius, on a log scale, for float32 and float64: both fall steeply "
    "from a radius of 1.05 to one of 3; float32 is there about eight times sooner.",
)

# %% [markdown]
# ## 10. First cure: clipping, against the wall
#
# One update with a gradient that exploded throws the parameters far away, and if it was not finite, all is lost. In lab 2 you clipped by the global norm. Here you see it at work in plain gradient descent,
#
# $$\theta \leftarrow \theta - \text{rate} \cdot \begin{cases} g \cdot \text{limit} / \lVert g \rVert & \text{if } \lVert g \rVert > \text{limit} \\ g & \text{otherwise} \end{cases}$$
#
# Write `descend`, which gives the whole path. Here all parameters lie in one vector, so the global norm is that vector's length.


# %% tags=["exercise"] nbgrader={"grade_id": "descend", "solution": true}
def descend(theta, gradient, rate, limit, updates):
    """Gradient descent with clipping by norm.

    theta (P,): where it starts. gradient: called as gradient(theta), returns (P,). rate: a float.
    limit: the longest gradient that is let through, np.inf for no clipping. updates: how many.
    Returns the path, (updates + 1, P); its first row is theta.
    """
    ### BEGIN SOLUTION
    path = [theta]
    for _ in range(updates):
        g = gradient(path[-1])
        length = np.linalg.norm(g)
        if length > limit:
            g = g * (limit / length)
        path.append(path[-1] - rate * g)
    return np.array(path)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-descend", "grade": true, "locked": true, "points": 6}
@lab.check
def descend_matches(theta, curvature, rate, limit, updates):
    """Long gradients are shortened and keep their direction, short ones are used as they are."""

    def gradient(at):
        return curvature * at + np.sin(at[::-1])

    return {"path": descend(theta, gradient, rate, limit, updates), "theta": theta}


# %% nbgrader={"grade_id": "check-descend-edges", "grade": true, "locked": true, "points": 2}
@lab.check
def descend_at_the_edges_matches(theta, curvature, rate, updates):
    """Without a limit nothing is clipped, and a gradient of zero is no reason to divide by it."""

    def gradient(at):
        return curvature * at

    with np.errstate(invalid="raise", divide="raise"):
        return {
            "no_limit": descend(theta, gradient, rate, np.inf, updates),
            "at_rest": descend(0.0 * theta, gradient, rate, 1.0, updates),
        }


# %% [markdown]
# ### Look: over the wall, or down
#
# The lecture's smallest example. One weight, $h_t = w\, h_{t-1}$ for 50 steps from $h_0 = 1$, and the wish $h_{50} = 0.5$. We start a little beyond the wall.


# %% tags=["explore"] nbgrader={"grade_id": "explore-wall", "locked": true}
def wall(w):
    """Gradient of (w^50 - 0.5)^2."""
    return 2 * (w**50 - 0.5) * 50 * w**49


with np.errstate(all="ignore"):
    paths = {limit: descend(np.array([1.05]), wall, 0.001, limit, 40)[:, 0] for limit in (np.inf, 10.0, 1.0)}
fig, axes = plt.subplots(figsize=(6.4, 3.2))
for limit in (10.0, 1.0):
    axes.plot(paths[limit], label=f"limit {limit:g}")
axes.axhline(0.5 ** (1 / 50), color="#555555", linewidth=1.2, linestyle=(0, (1, 2)), marker="")
axes.set(
    xlabel="update",
    ylabel="w",
    title=f"Clipped; without a limit w is {paths[np.inf][1]:.2f} after one update",
)
axes.legend()
plots.show(
    fig,
    alt=f"The weight over 40 updates. With limit 10 it goes from 1.05 to {paths[10.0][-1]:.3f}, at the dotted line of the minimum, and stays. "
    f"With limit 1 it has come to {paths[1.0][-1]:.3f}.",
)
print("without a limit:", [f"{w:.3g}" for w in paths[np.inf][:5]])

# %% [markdown]
# **What you see.** Without a limit the first update jumps to the far side, the next one overflows, and from then on all is NaN. Clipped, the same descent arrives. What clipping does *not* do: it cannot bring back a gradient that vanished. What is lost at each step is lost *relative* to the near terms, and
# scaling all of it together changes nothing about that.
#
# ## 11. Second cure: a good start
#
# If $U$ turns vectors without stretching them, $\lVert h U \rVert = \lVert h \rVert$, then nothing is lost or won in the linear network. Such a matrix is **orthogonal**: $U U^\top = I$. One is made from random numbers by the QR decomposition, $A = QR$, $Q$ orthogonal and $R$ upper
# triangular (Saxe, McClelland and Ganguli 2014). It is unique up to signs, and the signs that the library happens to choose are not random. So make the diagonal of $R$ positive: multiply each *column* of $Q$ by the sign of its diagonal entry of $R$.
#
# Write `orthogonal`. (`np.linalg.qr` gives Q and R, `np.diag` the diagonal, `np.sign` the signs.)


# %% tags=["exercise"] nbgrader={"grade_id": "orthogonal", "solution": true}
def orthogonal(A):
    """The orthogonal factor of A (H, H), for which the diagonal of R is positive. Returns (H, H)."""
    ### BEGIN SOLUTION
    Q, R = np.linalg.qr(A)
    return Q * np.sign(np.diag(R))
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-orthogonal", "grade": true, "locked": true, "points": 4}
@lab.check
def orthogonal_matches(A):
    """The right orthogonal matrix: no other signs, no other factor."""
    return {"Q": orthogonal(A)}


# %% [markdown]
# The **IRNN** (Le, Jaitly and Hinton 2015) goes one step further: ReLU, $U = I$, $b = 0$, and small weights for the input. Before any training such a network simply adds up what comes in. Write `irnn_start`.


# %% tags=["exercise"] nbgrader={"grade_id": "irnn-start", "solution": true}
def irnn_start(A, scale):
    """The IRNN's parameters before training.

    A (D, H): random numbers. scale: how large the input's weights are to be.
    Returns W (D, H), scale times A; U (H, H), the identity; b (H,), zeros. All float64.
    """
    ### BEGIN SOLUTION
    H = A.shape[1]
    return scale * A, np.eye(H), np.zeros(H)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-irnn-start", "grade": true, "locked": true, "points": 3}
@lab.check
def irnn_start_matches(A, scale):
    """Small weights for the input, the identity for the state, no bias."""
    W, U, b = irnn_start(A, scale)
    return {"W": W, "U": U, "b": b}


# %% [markdown]
# ### Look: how much of a cure is it?
#
# The norm at lag 99 of four starts, against the size of the input. One circle is one network.

# %% tags=["explore"] nbgrader={"grade_id": "explore-starts", "locked": true}
starts = {
    "uniform, tanh": (lambda rng: rng.uniform(-1, 1, (H, H)) / np.sqrt(H), "tanh"),
    "orthogonal, linear": (lambda rng: orthogonal(rng.normal(size=(H, H))), "linear"),
    "orthogonal, tanh": (lambda rng: orthogonal(rng.normal(size=(H, H))), "tanh"),
    "identity, ReLU (bottom: 0)": (lambda rng: irnn_start(rng.normal(size=(2, H)), 1.0)[1], "relu"),
}
scales = (0.01, 0.1, 1.0, 10.0)
fig, panels = plt.subplots(2, 2, figsize=(7.6, 4.8), sharex=True, sharey=True)
middle = {}
for axes, (name, (make_U, phi)) in zip(panels.flat, starts.items(), strict=True):
    for place, scale in enumerate(scales):
        ends = np.maximum(truth_and_bound(make_U, phi, scale)[0][:, -1], 1e-40)
        axes.scatter([place] * SEEDS, ends, s=32, facecolors="none", edgecolors="#0072B2", linewidths=1.5)
        middle[name, scale] = np.median(ends)
    axes.set(yscale="log", title=name)
    axes.set_xticks(range(len(scales)), [f"× {scale:g}" for scale in scales])
for sign, inputs in {
    "of either sign": rng.normal(size=(T, 2)),
    "never negative": rng.uniform(size=(T, 2)),
}.items():
    W, U, b = irnn_start(rng.normal(size=(2, H)), 1.0)
    never_shut = (run_states(inputs, np.zeros(H), W, U, b, "relu") > 0).all(axis=0)
    print(f"identity, ReLU: with inputs {sign}, {never_shut.sum()} of {H} units are never shut")
for axes in panels[1]:
    axes.set_xlabel("size of the input")
for axes in panels[:, 0]:
    axes.set_ylabel(f"norm at lag {T - 1}")
plots.show(
    fig,
    alt=f"Norm at lag {T - 1} by the size of the input, five networks each, on a log scale. Medians: "
    + "; ".join(f"{name}, input × {scale:g}: {value:.0e}" for (name, scale), value in middle.items())
    + ".",
)

# %% [markdown]
# **What you see.** An orthogonal $U$ keeps the norm at exactly 1 in the linear network, whatever comes in. With tanh it does so only while the inputs are tiny: the slopes' tax grows with what the network has to say. With ReLU a unit either passes the gradient on in full or stops it for good. These inputs pull
# both ways, so in most of these networks every unit has been shut once within 99 steps, and the norm is exactly 0 (drawn at the bottom); where one never was, it is 1. If no input is negative, as in the adding problem below, then every unit with positive weights stays open, and for it nothing is ever lost. A cure may be right for one task and useless for the next.
#
# ## 12. Third cure: a way around
#
# Instead of replacing the state, add to it (as in residual networks, He and others 2016):
#
# $$s_t = \tanh(x_t W + h_{t-1} U + b), \qquad h_t = h_{t-1} + \alpha\, s_t$$
#
# Write `residual_step`. It returns $s_t$ too, since its slope is needed on the way back.


# %% tags=["exercise"] nbgrader={"grade_id": "residual-step", "solution": true}
def residual_step(x, h_prev, W, U, b, alpha):
    """One step of a network that adds to its state.

    x (D,), h_prev (H,), W (D, H), U (H, H), b (H,). alpha: how much is added, a float.
    Returns h (H,) and s (H,), the tanh. h_prev stays as it is.
    """
    ### BEGIN SOLUTION
    s = np.tanh(x @ W + h_prev @ U + b)
    h = h_prev + alpha * s
    return h, s
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-residual-step", "grade": true, "locked": true, "points": 3}
@lab.check
def residual_step_matches(x, h_prev, W, U, b, alpha):
    """The new state is the old one and a little more; s is the tanh alone, and h_prev is left alone."""
    h, s = residual_step(x, h_prev, W, U, b, alpha)
    return {"h": h, "s": s, "h_prev": h_prev}


# %% [markdown]
# Now $h_{t-1}$ acts on $h_t$ in two ways: directly, and through the tanh. The Jacobian is the sum of both. Derive it as in section 3, and write `residual_jacobian`.


# %% tags=["exercise"] nbgrader={"grade_id": "residual-jacobian", "solution": true}
def residual_jacobian(s, U, alpha):
    """The Jacobian of a residual step by the state before it.

    s (H,): the step's tanh. U (H, H). alpha: as in the step. Returns J (H, H), J[i, j] = how h[i] moves with h_prev[j].
    Hint: what is the Jacobian of h = h_prev?
    """
    ### BEGIN SOLUTION
    through = (1.0 - s**2)[:, None] * U.T
    return np.eye(len(U)) + alpha * through
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-residual-jacobian", "grade": true, "locked": true, "points": 5}
@lab.check
def residual_jacobian_matches(s, U, alpha):
    """Both ways count: the direct one, and the one through the tanh."""
    return {"J": residual_jacobian(s, U, alpha)}


# %% [markdown]
# ### Look: the norm with a way around
#
# The lag norms come from *your* `lag_norms`: it takes the Jacobian of a step as an argument, and does not mind what kind of step that is.

# %% tags=["explore"] nbgrader={"grade_id": "explore-residual", "locked": true}
fig, axes = plt.subplots(figsize=(6.6, 3.3))
ends = {}
for alpha in (0.01, 0.1, 0.3):
    norms = []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        U, W = rng.uniform(-1, 1, (H, H)) / np.sqrt(H), rng.normal(size=(2, H)) / np.sqrt(2)
        h, tanhs = np.zeros(H), []
        for x_t in rng.normal(size=(T, 2)):
            h, s = residual_step(x_t, h, W, U, np.zeros(H), alpha)
            tanhs.append(s)
        norms.append(
            lag_norms(np.array(tanhs), U, "tanh", lambda s, U, phi, a=alpha: residual_jacobian(s, U, a))
        )
    band(axes, np.array(norms), f"α = {alpha}")
    ends[alpha] = np.median(norms, axis=0)[-1]
axes.set(yscale="log", xlabel="lag", ylabel="norm")
axes.legend()
plots.show(
    fig,
    alt="Spectral norm over the lag with residual steps, median and range of five seeds. "
    + "; ".join(f"alpha {alpha}: {end:.1g} at lag {T - 1}" for alpha, end in ends.items())
    + ".",
)

# %% [markdown]
# **What you see.** With the same uniform $U$ whose gradient vanished in section 6, nothing vanishes now. But the norm may *grow*: each factor is the identity and something more, and nothing here can make it less. The network cannot choose what to keep. A way around with a door in it is the subject of lab 4.
#
# ## 13. A comparison that is worth something
#
# Which cure lets a network *learn* over a distance? One run proves nothing: with another seed the order may turn. So train each with several seeds, and report the middle *and* the spread, failures included.
#
# Write `summarise` for the loss curves of several runs. The result of *one* run is the mean of its last few losses. A run that ended in NaN or `inf` has failed: its result is `inf`, as bad as can be. (Leaving it out would make a method that often explodes look good.)


# %% tags=["exercise"] nbgrader={"grade_id": "summarise", "solution": true}
def summarise(curves, last, goal):
    """What several runs of one method came to.

    curves (S, updates): the loss of every update, one row for each seed. last: how many losses at the end make a run's result.
    goal: a run has learned if its result is below it.
    Returns four floats: the median of the results, the smallest, the largest, and the share of runs that learned (0 to 1).
    """
    ### BEGIN SOLUTION
    results = curves[:, -last:].mean(axis=1)
    results = np.where(np.isfinite(results), results, np.inf)
    learned = np.mean(results < goal)
    return float(np.median(results)), float(results.min()), float(results.max()), float(learned)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-summarise", "grade": true, "locked": true, "points": 4}
@lab.check
def summarise_matches(curves, last, goal):
    """Median, smallest, largest and the share that learned are right."""
    median, smallest, largest, learned = summarise(curves, last, goal)
    return {"median": median, "smallest": smallest, "largest": largest, "learned": learned}


# %% nbgrader={"grade_id": "check-summarise-failed", "grade": true, "locked": true, "points": 2}
@lab.check
def summarise_of_failed_runs_matches(curves, last, goal):
    """A run that ended in NaN or inf counts, and counts as failed."""
    median, smallest, largest, learned = summarise(curves, last, goal)
    return {"median": median, "smallest": smallest, "largest": largest, "learned": learned}


# %% [markdown]
# One check more, on nothing but your code: a network runs, its gradient goes back, and what is left of it agrees with the product of Jacobians, and keeps to the bound.


# %% nbgrader={"grade_id": "check-everything", "grade": true, "locked": true, "points": 3}
@lab.check(needs=["check-activate", "check-slope", "check-run-states", "check-jacobian", "check-lag-norms", "check-bound",
                  "check-carry-back", "check-spectral-radius", "check-with-radius", "check-orthogonal"])  # fmt: skip
def everything_matches(x, h0, W, A, b, dh_last, phi, radius):
    """States, norms, bound and gradients of one network, from your own functions together."""
    U = with_radius(orthogonal(A) + 0.3 * A, radius)
    hs = run_states(x, h0, W, U, b, phi)
    dhs, _ = carry_back(dh_last, hs, U, phi)
    return {"hs": hs, "norms": lag_norms(hs, U, phi), "bound": bound(U, phi, len(x) - 1)[1], "dhs": dhs}


# %% [markdown]
# ### Look: the adding problem, four ways, five seeds
#
# A sequence of random numbers, two of them marked; asked at the end is the sum of the two (Hochreiter and Schmidhuber 1997). Whoever always says 1 has a mean squared error of $\tfrac16$. Here the sequences have 30 steps, and the network 32 units. States come from *your* `run_states`, gradients from *your* `carry_back`, starts from *your*
# `orthogonal` and `irnn_start`. Clipping and Adam, which you wrote in lab 2, come from the toolkit.

# %% tags=["explore"] nbgrader={"grade_id": "explore-train", "locked": true}
from course import data


def train(start, phi, seed, limit=1.0, rate=0.003, updates=350, N=32, T=30, H=32):
    """The loss of every update on the adding problem."""
    rng = np.random.default_rng(seed)
    W, U, b = start(rng, H)
    params = {"W": W, "U": U, "b": b, "V": rng.normal(size=(H, 1)) / np.sqrt(H), "b_y": np.zeros(1)}
    adam, losses = models.Adam(rate), []
    for _ in range(updates):
        x, y = data.adding_problem(rng, N, T)
        h0 = np.zeros((N, H))
        hs = run_states(x, h0, params["W"], params["U"], params["b"], phi)
        error = hs[-1] @ params["V"] + params["b_y"] - y[:, None]
        losses.append(np.mean(error**2))
        dy = 2 * error / N
        _, das = carry_back(dy @ params["V"].T, hs, params["U"], phi)
        before = np.concatenate([h0[None], hs[:-1]])
        grads = {"W": np.einsum("tnd,tnh->dh", x, das), "U": np.einsum("tnk,tnh->kh", before, das),
                 "b": das.sum(axis=(0, 1)), "V": hs[-1].T @ dy, "b_y": dy.sum(axis=0)}  # fmt: skip
        models.clip(grads, limit)
        adam.step(params, grads)
    return losses


def uniform_start(rng, H):
    return rng.uniform(-1, 1, (2, H)) / np.sqrt(2), rng.uniform(-1, 1, (H, H)) / np.sqrt(H), np.zeros(H)


def orthogonal_start(rng, H):
    return rng.uniform(-1, 1, (2, H)) / np.sqrt(2), orthogonal(rng.normal(size=(H, H))), np.zeros(H)


def identity_start(rng, H):
    return irnn_start(rng.normal(size=(2, H)), 0.1)


ways = {
    "uniform, tanh": (uniform_start, "tanh", 1.0),
    "orthogonal, tanh": (orthogonal_start, "tanh", 1.0),
    "identity, ReLU": (identity_start, "relu", 1.0),
    "identity, ReLU, not clipped": (identity_start, "relu", np.inf),
}
with np.errstate(all="ignore"):
    runs = {
        name: np.array([train(start, phi, seed, limit) for seed in range(5)])
        for name, (start, phi, limit) in ways.items()
    }

# %% tags=["explore"] nbgrader={"grade_id": "explore-train-plot", "locked": true}
fig, panels = plt.subplots(2, 2, figsize=(7.6, 4.8), sharex=True, sharey=True)
told = {}
for axes, (name, curves) in zip(panels.flat, runs.items(), strict=True):
    for curve in curves:
        axes.plot(np.convolve(curve, np.ones(20) / 20, "valid"), marker="", linestyle="-", linewidth=1.2, color="#0072B2", alpha=0.8)  # fmt: skip
    axes.axhline(1 / 6, color="#555555", linewidth=1.2, linestyle=(0, (1, 2)), marker="")
    axes.set(yscale="log", title=name, ylim=(1e-3, 10))
    told[name] = summarise(curves, 50, 0.05)
for axes in panels[1]:
    axes.set_xlabel("update")
for axes in panels[:, 0]:
    axes.set_ylabel("loss")
plots.show(
    fig,
    alt="Loss on the adding problem, four ways, five seeds each, with the dotted line of always saying 1 at 0.167. Median of the last losses: "
    + "; ".join(f"{name} {median:.3f}" for name, (median, *_) in told.items())
    + ".",
)
for name, (median, smallest, largest, learned) in told.items():
    print(f"{name:28} median {median:.4f}, from {smallest:.4f} to {largest:.4f}, learned {learned:.0%}")

# %% [markdown]
# **What you see.** The plain network sits on the dotted line, and so does the one that *started* orthogonal: a good start is soon lost when tanh taxes every step. The identity with ReLU learns, and is still not the answer to everything: this task *is* an addition, which it can do before it has learned anything. Look at the last row
# of numbers, too, before you say that clipping made the difference, or none: what is the spread?
#
# ## 14. In your own words (8 points)
#
# A friend has read: "(a) In our network $c = \gamma \lVert U \rVert = 1.4 > 1$, so its gradients explode. (b) We now clip them at norm 1, so they can no longer vanish either. (c) We start with an orthogonal $U$ instead, so that with tanh the norm of every product of Jacobians stays 1. (d) One training run with it got a lower loss than one without; that proves it."
#
# Say for each of the four what is right or wrong, and why, with a number or an observation from this lab for at least two of them. Eight sentences are enough.

# %% [markdown] nbgrader={"grade_id": "question-four-claims", "grade": true, "solution": true, "points": 8}
# ### BEGIN SOLUTION
# **Model answer.** (a) is wrong: $c^{\,t-k}$ is an *upper* bound. $c < 1$ is sufficient for vanishing, $c > 1$ only necessary for exploding. In section 6 the uniform network has $c > 1$, and its truth falls by more than ten orders of magnitude over 99 steps, since most directions are stretched by less than $\lVert U \rVert$ and
# since tanh's slopes are below 1. (b) is wrong: clipping scales a gradient that is too long, and all of it by one factor. It does nothing to a short one, and the far terms stay as small against the near ones as they were. It does help against explosions: the descent at the wall arrived with a limit, and was NaN without. (c) is right only without an
# activation, or for tiny inputs: each factor is $\operatorname{diag}(\tanh')\, U^\top$, and the slopes are a tax at every step. In section 11 the norm at lag 99 is 1 with the linear activation for every input, and with tanh smaller by many orders of magnitude for inputs of size 1. (d) is wrong: one run each says nothing about the spread over seeds. Several seeds, the median, the
# range and the share of failures are needed, with the same budget and rates chosen fairly.
#
# **Rubric (8 points, 2 for each claim).**
# - (a) 1: an upper bound, so $c > 1$ is necessary and not sufficient; 1: a number or reason (direction, saturation).
# - (b) 1: clipping only shortens; 1: far terms stay small *relative to* near ones, or: nothing scales a short gradient up.
# - (c) 1: true for the linear network; 1: tanh's slopes below 1 shrink it, more so for larger inputs.
# - (d) 1: one run each, the spread over seeds is unknown; 1: what would be needed (several seeds, failures counted, same budget).
#
# Right statements in other words count in full. Take off nothing for language. Without any number or observation from the lab, at most 6.
# ### END SOLUTION
