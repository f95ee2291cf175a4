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
#     title: "Vanishing and exploding gradients"
#     minutes: 80
#     seconds: 90
#     lab: lab03_gradients
# ---

# %% [markdown]
# # 4. Vanishing and exploding gradients
#
# **Read and play: about 80 minutes. Run from top to bottom: at most 90 seconds on two cores.**
#
# When you are through, you can
#
# - write the gradient over a distance as a product of Jacobians, and say what each factor is;
# - derive the bound $c^{\,t-k}$, and say what follows from it and what does not;
# - tell apart what the eigenvalues, the singular values and the saturation of tanh do to a gradient;
# - provoke an overflow to NaN, and stop it by clipping;
# - compare the usual remedies in one experiment, with its spread over seeds.
#
# You need lecture 03 (backpropagation through time) and the letters of [NOTATION](../NOTATION.md).

# %%
import csv
import os
import time
from itertools import accumulate
from pathlib import Path

# The matrices here are small: a second thread would only wait for the first. Must be set before NumPy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display

import course
from course import data, models, plots, widgets

plots.use_style()
started = time.perf_counter()

# %% [markdown]
# ## The question that the last lecture left open
#
# Backpropagation through time gave us the gradient as a sum over paths. For the loss $E_t$ at step $t$,
#
# $$\frac{\partial E_t}{\partial \theta} = \sum_{k=1}^{t} \frac{\partial E_t}{\partial h_t}\,
# \frac{\partial h_t}{\partial h_k}\, \frac{\partial^{+} h_k}{\partial \theta},$$
#
# where $\partial^{+}$ is the *immediate* derivative, with $h_{k-1}$ held fixed (two of our sources leave the plus out, and then a term
# is counted the more often the longer its way). Each term says: a change at step $k$ matters for the loss at step $t$. The formula is exact. But can a
# network *learn* from the terms with a small $k$, from what happened long ago? All depends on the factor in the middle. (Hochreiter 1991 was the first to ask, and to answer.)

# %% [markdown]
# ## The idea in a picture: the same factor, again and again
#
# One unit, no tanh: $h_t = u\, h_{t-1}$. Then $\partial h_t / \partial h_k = u^{\,t-k}$. A number to the power of 100 is a drastic thing.

# %%
lags = np.arange(101)
fig, axes = plt.subplots()
for u in (0.9, 0.99, 1.0, 1.01, 1.1):
    axes.plot(lags, u**lags, label=f"u = {u}")
axes.set(
    xlabel="lag t − k", ylabel=r"$\partial h_t / \partial h_k$", yscale="log", title="A power has three fates"
)
plots.label_ends(axes)
plots.show(
    fig,
    alt="The power u to the lag on a log scale, for lags 0 to 100: straight lines. For u = 0.9 it falls to about 3e-5, for 1.1 it "
    "rises to about 1e4, for 1 it stays 1; for 0.99 and 1.01 it changes by a factor below 3.",
)
print({u: f"{u**100:.2g}" for u in (0.9, 0.99, 1.0, 1.01, 1.1)})

# %% [markdown]
# Note what vanishes: not the whole gradient, but the part of it that comes from long ago. The recent terms are as large as ever. So the
# network *does* learn, and its loss falls; it just never learns what needs the distant past. Nothing in the loss curve says so.

# %% [markdown]
# ## The equations, with every shape
#
# The plain network, $a_t = W x_t + U h_{t-1} + b$ and $h_t = \tanh(a_t)$, all in $\mathbb{R}^H$, has the one-step Jacobian
#
# $$J_m = \frac{\partial h_m}{\partial h_{m-1}} = \operatorname{diag}\bigl(\tanh'(a_m)\bigr)\, U \quad (H \times H),
# \qquad \frac{\partial h_t}{\partial h_k} = J_t\, J_{t-1} \cdots J_{k+1} = \prod_{m=t}^{k+1} J_m .$$
#
# Each factor is $\partial h_m / \partial h_{m-1}$ (one source prints $\partial h_t / \partial h_k$ under the product sign, which would be the whole
# product in every factor). Norms of products are at most the products of norms, so with the spectral norm
#
# $$\Bigl\lVert \frac{\partial h_t}{\partial h_k} \Bigr\rVert \;\le\; \prod_{m} \lVert \operatorname{diag}(\tanh'(a_m)) \rVert\, \lVert U \rVert
# \;\le\; (\gamma \lVert U \rVert)^{t-k} = c^{\,t-k}, \qquad \gamma = \max_a |\phi'(a)| .$$
#
# For tanh and ReLU $\gamma = 1$, for the sigmoid $\gamma = 1/4$; $\lVert U \rVert$ is the largest singular value of $U$.
#
# **What follows.** If $c < 1$, gradients vanish: that is *sufficient* for vanishing. If $c > 1$, the bound grows, and a bound that grows
# forbids nothing: $c > 1$ is *necessary* for exploding and far from sufficient (Pascanu, Mikolov and Bengio 2013). "$c > 1$: gradients will explode", as
# one deck says, does not follow, and below you see it fail. Another deck speaks of *gradients* larger or smaller than 1; it is the
# *factors* that matter, and not as numbers but as matrices.

# %% [markdown]
# ## Twenty lines of NumPy


# %%
def lag_norms(U, W, x, phi):
    """Spectral norms of ∂h_T/∂h_k for lags 1 … T-1, and of the bound c^lag. x (T, D), U (H, H), W (H, D)."""
    slope = {"tanh": lambda h: 1 - h**2, "relu": lambda h: (h > 0) * 1.0, "linear": np.ones_like}[phi]
    act = {"tanh": np.tanh, "relu": lambda a: np.maximum(a, 0), "linear": lambda a: a}[phi]
    h, jacobians = np.zeros(len(U)), []
    for x_t in x:
        h = act(W @ x_t + U @ h)
        jacobians.append(slope(h)[:, None] * U)  # diag(φ'(a)) U
    products = list(accumulate(reversed(jacobians[1:]), np.matmul))  # ∂h_T/∂h_k for k = T-1, T-2, ...
    singular_values = np.linalg.svd(np.stack([U, *products]), compute_uv=False)
    c, *norms = singular_values[:, 0]  # the largest comes first
    return np.array(norms), c ** np.arange(1, len(norms) + 1)


# %% [markdown]
# Trust it only when it has been checked: move $h_k$ a little, see how $h_T$ moves.

# %%
H, T = 64, 101
rng = np.random.default_rng(0)
W = rng.uniform(-1, 1, (H, 2)) / np.sqrt(H)
U = rng.uniform(-1, 1, (H, H)) / np.sqrt(H)
x = rng.standard_normal((T, 2))


def run_from(h, inputs):
    for x_t in inputs:
        h = np.tanh(W @ x_t + U @ h)
    return h


h_k = run_from(np.zeros(H), x[:-5])
columns = [run_from(h_k + 1e-6 * e, x[-5:]) - run_from(h_k - 1e-6 * e, x[-5:]) for e in np.eye(H)]
by_differences = np.linalg.norm(np.array(columns).T / 2e-6, 2)
norms, bound = lag_norms(U, W, x, "tanh")
print(
    f"lag 5: {norms[4]:.6g} by the product, {by_differences:.6g} by differences; the bound says {bound[4]:.3g}"
)
assert abs(norms[4] / by_differences - 1) < 1e-6

# %% [markdown]
# ### The truth and the bound
#
# Three networks of 64 units: $U$ with uniform entries in $\pm 1/\sqrt H$ (what many libraries draw), a random orthogonal $U$ with tanh, and 1.1 times an
# orthogonal $U$ with tanh.

# %%
Q = models.orthogonal(np.random.default_rng(1), H)
cases = {"uniform, tanh": U, "orthogonal, tanh": Q, "1.1 × orthogonal, tanh": 1.1 * Q}
fig, panels = plt.subplots(1, 3, figsize=(7.4, 3.0), sharey=True)
at_100 = {}
for axes, (name, matrix) in zip(panels, cases.items(), strict=True):
    norms, bound = lag_norms(matrix, W, x, "tanh")
    axes.plot(np.arange(1, T), bound, label="bound")
    axes.plot(np.arange(1, T), norms, label="truth")
    axes.set(yscale="log", xlabel="lag", title=name)
    axes.title.set_fontsize(9.5)
    at_100[name] = (norms[-1], bound[-1])
panels[0].set_ylabel(r"norm of $\partial h_t / \partial h_k$")
panels[0].legend(loc="lower left")
plots.show(
    fig,
    alt="Truth and bound over 100 lags on a log scale. "
    + "; ".join(f"{name}: truth {n:.0e}, bound {b:.0e} at lag 100" for name, (n, b) in at_100.items())
    + ".",
)
for name, (n, b) in at_100.items():
    print(f"{name:24s} at lag 100: truth {n:.1e}, bound {b:.1e}")
assert at_100["uniform, tanh"][1] > 1 > 1e-10 > at_100["uniform, tanh"][0]

# %% [markdown]
# On the left, $c$ is above 1 and the gradient *vanishes*: the bound rises, the truth falls by more than ten orders of magnitude. On the right, $c = 1.1$, and the truth
# still does not follow it. Two things are missing in $c$: the *direction* (not every vector is stretched by $\lVert U \rVert$), and the *saturation* of tanh.

# %% [markdown]
# ## Spectra: which number of U decides?
#
# Leave tanh out for a moment: then the product is $U^{n}$. Its growth in the long run is set by the **spectral radius** $\rho$, the
# largest absolute eigenvalue, since $\lVert U^n \rVert^{1/n} \to \rho$ (Gelfand's formula); its growth in the *first* step by the largest
# singular value. They are the same for an orthogonal matrix, and may be far apart for others.

# %%
fig, panels = plt.subplots(1, 3, figsize=(7.4, 2.9), sharex=True, sharey=True)
circle = np.exp(2j * np.pi * np.linspace(0, 1, 200))
facts = {}
for axes, (name, matrix) in zip(
    panels, {"uniform": U, "orthogonal": Q, "1.1 × orthogonal": 1.1 * Q}.items(), strict=True
):
    values = np.linalg.eigvals(matrix)
    axes.plot(circle.real, circle.imag, color="#555555", linewidth=1, linestyle="-", marker="")
    axes.scatter(values.real, values.imag, s=14, marker="x", color="#0072B2")
    axes.set(aspect="equal", title=name, xlabel="real part")
    facts[name] = (np.abs(values).max(), np.linalg.norm(matrix, 2))
panels[0].set_ylabel("imaginary part")
plots.show(
    fig,
    alt="Eigenvalues in the complex plane with the unit circle. Uniform: scattered over a disc. Orthogonal: on the circle. 1.1 "
    "times orthogonal: on a circle just outside.",
)
for name, (radius, norm) in facts.items():
    print(f"{name:18s} spectral radius {radius:.2f}, largest singular value {norm:.2f}")
assert round(3**-0.5, 2) == 0.58 and abs(facts["uniform"][0] - 0.58) < 0.1
assert abs(facts["uniform"][1] - 2 * 3**-0.5) < 0.1

# %% [markdown]
# The uniform matrix has a spectral radius near $1/\sqrt 3 \approx 0.58$ (its entries have variance $1/(3H)$, and by the circular law its
# eigenvalues fill a disc of that radius), but a largest singular value near twice that. So $c > 1$, and yet it forgets.
#
# Move the radius yourself. (Without a running kernel: the figure below shows five positions of the slider.)


# %%
def radius_curves(radii, phi):
    """Norms over the lag for the orthogonal matrix scaled to each radius."""
    return {radius: lag_norms(radius * Q, W, x, phi)[0] for radius in radii}


display(
    widgets.radius_slider(
        lambda radius, phi: radius_curves([radius], phi)[radius], activations=("linear", "tanh", "relu")
    )
)

# %%
fig, panels = plt.subplots(1, 2, figsize=(7.4, 3.2), sharey=True)
ends = {}
for axes, phi in zip(panels, ("linear", "tanh"), strict=True):
    for radius, norms in radius_curves((0.8, 0.9, 1.0, 1.1, 1.2), phi).items():
        axes.plot(np.arange(1, T), norms, label=f"radius {radius}")
        ends[phi, radius] = norms[-1]
    axes.set(yscale="log", xlabel="lag", title=phi)
panels[0].set_ylabel(r"norm of $\partial h_t / \partial h_k$")
plots.label_ends(panels[1])
plots.show(
    fig,
    alt="Norms over 100 lags for spectral radii 0.8 to 1.2, linear on the left, tanh on the right. Linear: straight lines, from "
    f"{ends['linear', 0.8]:.0e} to {ends['linear', 1.2]:.0e} at lag 100. With tanh the upper ones bend down: radius 1.2 ends at "
    f"{ends['tanh', 1.2]:.0e}.",
)
print("linear, radius 0.9:", f"{ends['linear', 0.9]:.2g}", " radius 1.1:", f"{ends['linear', 1.1]:.2g}")
assert np.isclose(ends["linear", 0.9], 0.9**100) and np.isclose(ends["linear", 1.1], 1.1**100)

# %% [markdown]
# ## What saturation does
#
# "Tanh keeps the values between −1 and 1", as one deck shows, and it does: for the *values*. For the gradient it is a tax at every step: $\tanh' = 1 - h^2 \le 1$, and
# near 0 for a unit that is sure of itself. The tax depends on the size of the input, so "an orthogonal
# matrix cures vanishing" is only true for small inputs.

# %%
scales = (0.1, 1.0, 3.0, 10.0)
left = {}
for scale in scales:
    left[scale] = []
    for seed in range(5):
        draw = np.random.default_rng(seed)
        matrix = models.orthogonal(draw, H)
        left[scale].append(lag_norms(matrix, W, scale * draw.standard_normal((T, 2)), "tanh")[0][-1])
fig, axes = plt.subplots(figsize=(7.2, 2.7))
for row, values in enumerate(left.values()):
    axes.scatter(values, [row] * 5, s=36, facecolors="none", edgecolors="#0072B2", linewidths=1.6)
axes.set(
    xscale="log", xlabel="norm at lag 100, orthogonal U with tanh (one circle a network)", ylim=(3.5, -0.5)
)
axes.set_yticks(range(4), [f"input × {scale:g}" for scale in scales])
axes.set_title("The larger the input, the less comes back")
plots.show(
    fig,
    alt="Norm at lag 100 for orthogonal tanh networks by input size, five seeds each: "
    + "; ".join(f"input times {scale:g}: {min(v):.0e} to {max(v):.0e}" for scale, v in left.items())
    + ".",
)
for scale, values in left.items():
    print(f"input × {scale:<4g} median {np.median(values):.0e}   from {min(values):.0e} to {max(values):.0e}")
assert np.median(left[10.0]) < 1e-6 < 0.1 < np.median(left[0.1])

# %% [markdown]
# ### Four starts, by order of magnitude
#
# Norms of matrices say what *may* come through. What does, for a gradient that points anywhere? Send a random one into the last step of 32 sequences and measure what is left of it 100 steps earlier.
# Tanh gets an input five times as large as above, ReLU with $U = I$ (the **IRNN**) and the linear networks the plain one.


# %%
def left_at_100(matrix, activation, scale, seed):
    """Norm of the gradient by h_0 over that by h_100, for a batch of 32."""
    draw = np.random.default_rng(seed)
    p = {"W": W.T, "U": matrix.T, "b": np.zeros(H)}
    h, cache = models.rnn_forward(p, scale * draw.standard_normal((100, 32, 2)), activation=activation)
    dh = np.zeros_like(h)
    dh[-1] = draw.standard_normal(dh[-1].shape)
    return float(np.linalg.norm(models.rnn_backward(p, cache, dh)[-1]) / np.linalg.norm(dh[-1]))


starts = {
    "orthogonal, tanh, input × 5": (lambda Q: Q, "tanh", 5.0),
    "0.9 × orthogonal, linear": (lambda Q: 0.9 * Q, "linear", 1.0),
    "1.1 × orthogonal, linear": (lambda Q: 1.1 * Q, "linear", 1.0),
    "identity, ReLU (IRNN)": (lambda Q: np.eye(H), "relu", 1.0),
}
survives = {}
for name, (make, phi, scale) in starts.items():
    drawn = [models.orthogonal(np.random.default_rng(seed), H) for seed in range(5)]
    survives[name] = [left_at_100(make(Q), phi, scale, seed) for seed, Q in enumerate(drawn)]
    print(f"{name:28s} {min(survives[name]):.1e} to {max(survives[name]):.1e} (five seeds)")
one, two, three, four = survives.values()
assert 1e-14 < min(one) < max(one) < 1e-10 and np.allclose(two, 0.9**100) and np.allclose(three, 1.1**100)
assert 0.1 < min(four) < max(four) < 0.3


# %%
def stayed_above(seed):
    """Share of units of the IRNN, over a batch of 32, that are above 0 at each of 100 steps."""
    x_100 = np.random.default_rng(seed).standard_normal((100, 32, 2))
    h, _ = models.rnn_forward({"W": W.T, "U": np.eye(H), "b": np.zeros(H)}, x_100, activation="relu")
    return float((h > 0).all(axis=0).mean())


shares = [stayed_above(seed) for seed in range(5)]
print("units of the IRNN above 0 all the way:", [f"{share:.1%}" for share in shares])
assert 0.01 < min(shares) < max(shares) < 0.1 and np.allclose(np.sqrt(shares), four, rtol=0.2)

# %% [markdown]
# About $10^{-12}$; exactly $0.9^{100}$ and $1.1^{100}$; and between 0.1 and 0.3 for the IRNN, though its $U$ neither shrinks nor stretches: a ReLU passes all or nothing, and a unit that was at 0 *once* on the way
# passes nothing. What is left of the norm is near the *square root* of the share of units that stayed above 0 for all 100 steps, a few in a hundred.

# %% [markdown]
# ## Explosion, and NaN
#
# Now the other side. Tanh bounds the *states*, and the gradient only while saturation costs more than $U$ gives. So $c > 1$ need not explode, but it may: turn
# the radius above to 1.5, or read it here.

# %%
drawn = [models.orthogonal(np.random.default_rng(seed), H) for seed in range(5)]
for radius, least in {1.2: 0.0, 1.5: 1e2, 2.0: 1e6}.items():
    through = [float(lag_norms(radius * Q, W, x, "tanh")[0][-1]) for Q in drawn]
    print(
        f"tanh, radius {radius}: norm at lag 100 from {min(through):.0e} to {max(through):.0e} (five seeds)"
    )
    assert min(through) > least

# %% [markdown]
# Without a tanh to hold the values, the states grow as well, until the numbers run out. In 64-bit floats that is near $10^{308}$; in the 32-bit floats of most libraries it is near $10^{38}$, and comes much sooner.

# %%
with np.errstate(all="ignore"):
    for kind in (np.float32, np.float64):
        state, grown, step = np.ones(H, kind), (1.5 * Q).astype(kind), 0
        while np.isfinite(state).all():
            state, step = grown @ state, step + 1
        print(f"{kind.__name__}: the first state that is not finite comes at step {step}; ", end="")
        print("one more step gives", (grown @ state)[:3], f"and ∞ − ∞ = {np.inf - np.inf}")
assert np.finfo(np.float64).max > 1e308 and 1e38 < float(np.finfo(np.float32).max) < 1e39

# %% [markdown]
# One update with such a gradient, and weights are NaN (*not a number*, what ∞ − ∞ gives). Nothing heals that, so an update whose gradient is not finite must be left out.
# While the gradient is large and still finite, the cure is old and plain, **clipping by the global norm** (Pascanu and others 2013): if the norm of all gradients together is above a threshold, scale them *all* by the same factor. The direction stays; only the
# step is shortened.
#
# Here is the smallest case that shows why. One weight, $h_t = w\,h_{t-1}$ for 50 steps from $h_0 = 1$, and the wish $h_{50} = 0.5$.
# The loss is flat nearly everywhere, with a wall to the right of $w = 1$. Without clipping, four updates lead from 1.05 to NaN.


# %%
def cliff(w):
    """Loss and gradient of (w^50 - 0.5)²."""
    return (w**50 - 0.5) ** 2, 2 * (w**50 - 0.5) * 50 * w**49


def descend(w, threshold, rate=0.001, updates=40):
    walked = [np.float64(w)]
    with np.errstate(all="ignore"):
        for _ in range(updates):  # one weight: to clip the entry is to clip the norm
            walked.append(walked[-1] - rate * np.clip(cliff(walked[-1])[1], -threshold, threshold))
    return np.array(walked)


# %%
free, clipped = descend(1.05, np.inf), descend(1.05, 10.0)
lowest = 0.5 ** (1 / 50)
fig, panels = plt.subplots(1, 2, figsize=(7.4, 3.0))
ws = np.linspace(0.8, 1.06, 200)
panels[0].plot(ws, cliff(ws)[0], marker="")
panels[0].set(xlabel="w", ylabel="loss", yscale="log", title="The wall (log scale)")
panels[1].plot(clipped, label="clipped at 10")
panels[1].axhline(lowest, color="#555555", linewidth=1.2, linestyle=(0, (1, 2)), marker="")
panels[1].set(xlabel="update", ylabel="w", title="40 clipped updates")
plots.show(
    fig,
    alt=f"Left, the loss against w on a log scale: level up to 0.95, a dip near {lowest:.3f}, and a steep wall above 1. Right, the path of w "
    f"with clipping: from 1.05 in even steps down to {clipped[-1]:.3f}, where it stays.",
)
print(f"gradient at the start {cliff(1.05)[1]:.0f}; the minimum is at w = {lowest:.4f}")
print("clipped, last:", round(float(clipped[-1]), 4), "  without clipping:", [f"{w:.3g}" for w in free[:5]])
assert abs(clipped[-1] - lowest) < 0.01 and np.isnan(free).argmax() == 4

# %% [markdown]
# Clipping does nothing against *vanishing*. What was lost on the way cannot be scaled back: the far terms are small *relative to the near ones*.

# %% [markdown]
# ## An experiment that can fail: the remedies, compared
#
# The decks name many remedies. One task for all, the **adding problem** (Hochreiter and Schmidhuber 1997): 30 steps of random numbers, two of them marked, and
# at the end their sum is asked. Whoever always answers 1 has a mean squared error of $1/6$. Each network has 32 units, 500 updates of 32 sequences
# with Adam and clipping, and three seeds.
#
# | remedy | here | from |
# |---|---|---|
# | none | tanh, uniform $U$ | |
# | initialisation | tanh, orthogonal $U$ | Saxe and others 2014 |
# | residual connections | $h_t = h_{t-1} + 0.1\,\tanh(\dots)$ | after He and others 2016 |
# | ReLU with $U = I$ | IRNN | Le, Jaitly and Hinton 2015 |
# | gates | LSTM (lecture 05), GRU (lecture 06) | Hochreiter and Schmidhuber 1997; Cho and others 2014 |
#
# (Deck 002 lists two more. *Normalisation*: layer normalisation (Ba, Kiros and Hinton 2016) brings the pre-activations of a step to mean 0 and
# variance 1 before tanh, so that they do not drift into saturation; it is not run here. And deep belief networks: their layer-by-layer pretraining, Hinton and others 2006, was a cure for deep *feed-forward* networks; we know of no way to
# compare it here.) The learning rates were chosen on two other seeds, from 0.01 and 0.003: the gates want 0.01, and to the others it made no difference worth the name.

# %%
REMEDIES = {
    "tanh": ("tanh", {}, 0.003),
    "orthogonal": ("tanh", {"recurrent": "orthogonal"}, 0.003),
    "residual": ("residual", {}, 0.003),
    "IRNN": ("irnn", {"scale": 0.1}, 0.003),
    "LSTM": ("lstm", {"forget_bias": 1.0}, 0.01),
    "GRU": ("gru", {}, 0.01),
}
curves, took = {}, {}
for name, (cell, init, rate) in REMEDIES.items():
    start = time.perf_counter()
    for seed in range(3):
        rng = np.random.default_rng(seed)
        net = models.network(rng, cell, 2, 32, 1, **init)
        batches = (data.adding_problem(rng, 32, 30) for _ in range(500))
        curves[name, seed] = models.train(net, batches, models.squared_error_at_end, models.Adam(rate))
    took[name] = (time.perf_counter() - start) / 3

# %%
fig, panels = plt.subplots(2, 3, figsize=(7.4, 4.6), sharex=True, sharey=True)
for axes, name in zip(panels.flat, REMEDIES, strict=True):
    for seed in range(3):
        smooth = np.convolve(curves[name, seed], np.ones(20) / 20, "valid")
        axes.plot(smooth, label=f"seed {seed}")
    axes.axhline(1 / 6, color="#555555", linewidth=1.2, linestyle=(0, (1, 2)), marker="")
    axes.set(title=name, yscale="log")
panels[0, 0].legend(loc="lower left")
for axes in panels[1]:
    axes.set_xlabel("update")
for axes in panels[:, 0]:
    axes.set_ylabel("loss")
final = {name: [float(curves[name, seed][-50:].mean()) for seed in range(3)] for name in REMEDIES}
plots.show(
    fig,
    alt="Loss on the adding problem over 500 updates, six panels by remedy, three seeds each, with the baseline 1/6 dotted. Last losses: "
    + "; ".join(f"{name} {min(v):.3f} to {max(v):.3f}" for name, v in final.items())
    + ".",
)
for name, values in final.items():
    print(f"{name:11s} last losses {np.round(values, 4)}   {took[name]:.1f} s each")
assert min(min(final[name]) for name in ("tanh", "orthogonal", "residual")) > 0.15
assert max(final["GRU"] + final["IRNN"]) < 0.05 and min(final["LSTM"]) < 0.05 < 0.1 < max(final["LSTM"])

# %% [markdown]
# The plain network sits on the baseline: 30 steps are too many for it. An orthogonal start alone does not help *here*: nothing keeps
# $U$ orthogonal, and tanh taxes it at every step. The residual network barely leaves the baseline in this time. IRNN and GRU learn it with every
# seed; the LSTM, with a forget bias of 1, may learn it with one seed and sit still with the next. Remember that for the next lecture, where we measure what a bias of 1 leaves of a gradient.
# An update of the IRNN costs no more than the plain network's, and it owes its success to a task that *is* an addition.
#
# ### Longer, with more patience
#
# Is it only a matter of updates? Give three of the networks 64 units, 50 and 100 steps, and up to 2,000 updates, until the mean loss of 50 of them is below 0.01. That takes minutes, so it is *not* run here:
# [adding_problem.py](adding_problem.py) beside this notebook did it once and wrote the numbers down, and you can run it again. One plain network got 6,000 updates.

# %%
with (Path(course.__file__).parent / "04_vanishing_gradients" / "adding_problem.csv").open() as file:
    runs = list(csv.DictReader(file))
keys = ("network", "steps", "most")
lines = ["| network | steps | most updates | updates | last loss | seconds |", "|---|---|---|---|---|---|"]
for key in dict.fromkeys(tuple(run[name] for name in keys) for run in runs):
    group = sorted((r for r in runs if tuple(r[name] for name in keys) == key), key=lambda r: r["seed"])
    shown = [", ".join(run[column] for run in group) for column in ("updates", "loss", "seconds")]
    lines.append(f"| {' | '.join((*key, *shown))} |")
display(Markdown("\n".join(lines)))
loss = {
    name: [float(run["loss"]) for run in runs if run["network"] == name] for name in ("irnn", "lstm", "tanh")
}
assert [run["updates"] for run in runs if run["most"] == "6000"] == ["6000"]
assert max(int(run["updates"]) for run in runs if run["network"] != "tanh") < 2000
assert max(loss["irnn"] + loss["lstm"]) < 0.01 < 0.15 < min(loss["tanh"])

# %% [markdown]
# The plain network stays on the baseline, with three times the patience as well; IRNN and LSTM learn both lengths with every seed. (Three seeds a row. Seconds are of a core's own time on a busy machine: compare them with each other only.)
# Most likely the LSTM that failed with one seed above only needed more updates: stop at 500, and you read off a difference between LSTM and IRNN that is gone at 2,000.
#
# Be careful with what this shows: one task, three lengths, two sizes, three seeds, and learning rates that we chose ourselves. Le and others (2015) report IRNN learning this problem at hundreds of steps
# with more training. Ask every comparison that you read for its spread, its budget, and who chose the learning rates.

# %% [markdown]
# ## What this does not solve
#
# - **Clipping** treats exploding only, and the threshold is one more thing to choose.
# - **Orthogonal, identity**: good at the start, nothing keeps $U$ there. (There are networks that force it to stay orthogonal; Arjovsky and
#   others 2016.)
# - **ReLU** has no saturation on the right and no limit either: a radius above 1 explodes, and a unit that falls to the left is dead.
# - **Residual connections** keep everything, the noise as well as the signal, and cannot choose.
# - And a *trade-off* stands behind them all: to hold a bit safely against noise, a network must be a switch with stable positions, and there its
#   Jacobian shrinks (Bengio, Simard and Frasconi 1994). A path that carries *and* can be opened and closed is the subject of the next lecture.

# %% [markdown]
# ## Exercises
#
# **1.** A sigmoid network has $\gamma = 1/4$. How large may $\lVert U \rVert$ be while the bound still guarantees vanishing? What does the bound say for lag 20 with
# $\lVert U \rVert = 2$?
#
# <details><summary>Answer</summary>
#
# $c = \gamma \lVert U \rVert < 1$ for every $\lVert U \rVert < 4$. With $\lVert U \rVert = 2$, $c = 1/2$ and the norm at lag 20 is at most
# $2^{-20} \approx 9.5 \cdot 10^{-7}$. Sigmoid networks vanish even with weights that would make a linear network explode.
# </details>
#
# **2.** Find a $2 \times 2$ matrix with spectral radius $1/2$ whose norm is above 10. What does the gradient do over the lag?
#
# <details><summary>Answer</summary>
#
# For instance $\begin{bmatrix} 0.5 & 10 \\ 0 & 0.5 \end{bmatrix}$: both eigenvalues are $1/2$, and the norm is a little above 10. The norm of its
# $n$-th power is about $10\, n\, 0.5^{n-1}$: it is 10 for one and two steps, still 3 after five, and falls below 1 only from the eighth on. Eigenvalues
# tell the end, singular values the beginning; over 5 steps a gradient may grow threefold under a matrix that "vanishes".
# </details>
#
# **3.** In `lag_norms`, replace the input by zeros. For which of the networks does the gradient survive, and why is that no good news?
#
# <details><summary>Answer</summary>
#
# With no input the state stays 0, tanh' is 1, and the orthogonal network keeps its gradient at exactly 1 for every lag; the uniform one
# still vanishes, and 1.1 times the orthogonal one now explodes, to $1.1^{100}$, more than ten thousand. It is no good news, since a network
# without input has nothing to remember: the gradient survives where nothing happens, and the tax comes with the signal.
# </details>

# %%
zero = {
    name: lag_norms(matrix, W, 0 * x, "tanh")[0][-1]
    for name, matrix in {"orthogonal": Q, "uniform": U, "1.1 × orthogonal": 1.1 * Q}.items()
}
print(f"exercise 1: {2.0**-20:.2g};  exercise 3:", {name: f"{norm:.2g}" for name, norm in zero.items()})
skew = np.array([[0.5, 10.0], [0.0, 0.5]])
print(
    "exercise 2, norms of the powers:",
    [f"{np.linalg.norm(np.linalg.matrix_power(skew, n), 2):.2g}" for n in (1, 2, 5, 7, 8, 10, 20)],
)
assert np.isclose(zero["1.1 × orthogonal"], 1.1**100) and zero["uniform"] < 1e-6
assert abs(zero["orthogonal"] - 1) < 1e-9 and np.linalg.norm(skew, 2) > 10 and round(2.0**-20 * 1e7, 1) == 9.5

# %% [markdown]
# ## The lab
#
# **[Lab 3, `lab03_gradients`](../../labs/lab03_gradients/lab03_gradients.ipynb)**: build these instruments yourself: the Jacobian over any distance, its norm, the bound, the overflow, and the cures. There you
# will also see a start that is right for one task and useless for the next.
#
# ## Sources
#
# - Arjovsky, M., Shah, A., Bengio, Y. (2016). Unitary evolution recurrent neural networks. *ICML*, 1120–1128. <https://arxiv.org/abs/1511.06464>
# - Ba, J. L., Kiros, J. R., Hinton, G. E. (2016). Layer normalization. <https://arxiv.org/abs/1607.06450>
# - Bengio, Y., Simard, P., Frasconi, P. (1994). Learning long-term dependencies with gradient descent is difficult. *IEEE Transactions on Neural Networks* 5(2), 157–166. [doi:10.1109/72.279181](https://doi.org/10.1109/72.279181)
# - Cho, K., van Merriënboer, B., Gulcehre, C., Bahdanau, D., Bougares, F., Schwenk, H., Bengio, Y. (2014). Learning phrase representations using RNN encoder–decoder for statistical machine translation. *EMNLP*, 1724–1734. <https://arxiv.org/abs/1406.1078>
# - He, K., Zhang, X., Ren, S., Sun, J. (2016). Deep residual learning for image recognition. *CVPR*, 770–778. <https://arxiv.org/abs/1512.03385>
# - Hinton, G. E., Osindero, S., Teh, Y.-W. (2006). A fast learning algorithm for deep belief nets. *Neural Computation* 18(7), 1527–1554. [doi:10.1162/neco.2006.18.7.1527](https://doi.org/10.1162/neco.2006.18.7.1527)
# - Hochreiter, S. (1991). *Untersuchungen zu dynamischen neuronalen Netzen*. Diploma thesis, TU München.
# - Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. *Neural Computation* 9(8), 1735–1780. [doi:10.1162/neco.1997.9.8.1735](https://doi.org/10.1162/neco.1997.9.8.1735)
# - Le, Q. V., Jaitly, N., Hinton, G. E. (2015). A simple way to initialize recurrent networks of rectified linear units. <https://arxiv.org/abs/1504.00941>
# - Pascanu, R., Mikolov, T., Bengio, Y. (2013). On the difficulty of training recurrent neural networks. *ICML*, 1310–1318. <https://arxiv.org/abs/1211.5063>
# - Saxe, A. M., McClelland, J. L., Ganguli, S. (2014). Exact solutions to the nonlinear dynamics of learning in deep linear neural networks. *ICLR*. <https://arxiv.org/abs/1312.6120>
# - The decks: 000, R. Schlosser (the bound, the sum); 002, J. Chen (the remedies, the product); 003, *Week 10: LSTM* (what tanh regulates); 004, A. Ghobakhlou (exploding, NaN).

# %%
print(f"this run took {time.perf_counter() - started:.0f} s; stated: at most 90 s on two cores")
