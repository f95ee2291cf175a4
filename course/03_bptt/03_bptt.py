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
#     title: "Backpropagation through time"
#     minutes: 85
#     seconds: 60
#     lab: lab02_bptt
# ---

# %% [markdown]
# # 3. Backpropagation through time
#
# **Read and play: about 85 minutes. Run from top to bottom: at most 60 seconds on two cores.**
#
# When you are through, you can
#
# - say what backpropagation is in four steps, and which of the four the name really means;
# - write the gradient of a recurrent network as a sum over paths, and say what the plus in $\partial^{+}$ is for;
# - derive every line of the backward pass, index by index, with the shape of every letter;
# - check a gradient by numbers, choose the step for it, and say why a falling loss is no check;
# - say what the gradient costs in time and in memory, and trade one for the other;
# - truncate it, and predict what the truncated network cannot learn, and when it can after all.
#
# You need the chain rule, lecture 02 (recurrent networks) and the letters of [NOTATION](../NOTATION.md).

# %%
import inspect
import os
import time
import timeit
import tracemalloc
from itertools import product

# The matrices here are small: a second thread would only wait for the first. Must be set before NumPy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

from course import diagrams, models, plots, widgets

plots.use_style()
started = time.perf_counter()

# %% [markdown]
# ## The question that the last lecture left open
#
# The letter model of lecture 02 had the room to remember a subject's number for sixteen letters, and training did not find it. To see why, we must open what we have used as a closed box
# so far: where do a recurrent network's gradients come from?
#
# There is one set of weights for every step: the same $W$, $U$ and $b$, a hundred times in a sentence of a hundred letters. Now a letter in the middle is predicted badly. *Which* of the many
# uses of $U$ is to blame, and how much: the last one, the one before, the one at the first letter? And how can one number per weight, which is all that a gradient is, answer for all of them?

# %% [markdown]
# ### Recalled: backpropagation in four steps
#
# For a network without a loop, deck 001 puts learning into four steps:
#
# 1. **present** an input and compute the output;
# 2. **compare** it with the target: the loss $L$;
# 3. **differentiate** the loss by every weight;
# 4. **adjust** every weight a little against its derivative, $w \leftarrow w - \eta\, \partial L / \partial w$; and repeat.
#
# Strictly, as the word is used today, *backpropagation* is step 3 alone, a way to compute derivatives. Step 4 is *gradient descent*, and it does not care
# where the derivatives came from. (The deck calls the whole loop backpropagation, and so did Rumelhart, Hinton and Williams (1986), who made it known. Keep the two apart: a wrong
# gradient and a bad learning rate are two different illnesses.)
#
# In step 3, the deck follows one weight, $w_{222}$, from unit 2 of the first layer to unit 2 of the second, through
#
# $$w_{222} \to a_{22} \to h_{22} = \sigma(a_{22}) \to a_{31} \to \hat y = \sigma(a_{31}) \to L = \tfrac12 (\hat y - y)^2 :$$
#
# $$\frac{\partial L}{\partial w_{222}} = \frac{\partial L}{\partial \hat y} \; \frac{\partial \hat y}{\partial a_{31}} \;
# \frac{\partial a_{31}}{\partial h_{22}} \; \frac{\partial h_{22}}{\partial a_{22}} \; \frac{\partial a_{22}}{\partial w_{222}} .$$
#
# Five factors, one for each arrow on the way. Every one is simple. Here they are in numbers, and beside their product what the weight says when we move it.

# %%
w2 = np.array([[0.5, -1.0], [1.5, 0.8]])  # to unit 1 and to unit 2 of layer 2
w3, x_in, target = np.array([0.7, -1.2]), np.array([0.9, -0.4]), 1.0


def loss_of(w222):
    weights = w2.copy()
    weights[1, 1] = w222
    return 0.5 * (models.sigmoid(w3 @ models.sigmoid(weights @ x_in)) - target) ** 2


h2 = models.sigmoid(w2 @ x_in)
y_hat = models.sigmoid(w3 @ h2)
factors = {
    "∂L/∂ŷ = ŷ − y": y_hat - target,
    "∂ŷ/∂a31 = ŷ(1 − ŷ)": y_hat * (1 - y_hat),
    "∂a31/∂h22 = w312": w3[1],
    "∂h22/∂a22 = h22(1 − h22)": h2[1] * (1 - h2[1]),
    "∂a22/∂w222 = x2": x_in[1],
}
moved = (loss_of(0.8 + 1e-6) - loss_of(0.8 - 1e-6)) / 2e-6
print("\n".join(f"{name:26s} {value:+.4f}" for name, value in factors.items()))
print(f"{'product':26s} {np.prod(list(factors.values())):+.6f}\n{'by moving w222':26s} {moved:+.6f}")
assert np.isclose(np.prod(list(factors.values())), moved)

# %% [markdown]
# Steps 1 to 4 are usually done for a **batch** of examples at once, and the derivatives averaged: less noise than one example gives, more than all examples would, and
# a matrix product in place of many vector products.
#
# Here the weight $w_{222}$ is used once, so there is one path. In a recurrent network it is used at every step, and one path becomes many.

# %% [markdown]
# ## The idea in a picture: pretend that every step has its own copy
#
# Unroll the network, as in lecture 02. Now **pretend** that each step $k$ has its own copy $\theta^{(k)}$ of the weights. The unrolled thing is then an ordinary feed-forward network,
# with as many layers as there are steps, and step 3 works as ever. At the end, remember that all copies are one: $\theta^{(k)} = \theta$, so by the chain rule
#
# $$\frac{\partial E}{\partial \theta} = \sum_{k} \frac{\partial E}{\partial \theta^{(k)}} \cdot \underbrace{\frac{\partial \theta^{(k)}}{\partial \theta}}_{=\,1} .$$
#
# That is the whole idea, *backpropagation through time* (Werbos 1990), and deck 001 says it well: unroll, accumulate, *roll up*. Rolling up is a **sum**. (Deck 004 says that one learns "the weight vectors for each time step". There is
# one set of weights; what each step has of its own is a *part of the gradient*.)

# %%
plots.show(
    diagrams.copies_and_one_path(),
    alt="A network unrolled over four steps: states h1 to h4 in a row, a loss E above each, and the "
    "weights theta below, with an "
    "arrow to every state. In bold, one path: from theta up into h2, marked as the immediate "
    "derivative, then along to h3 and "
    "h4, then up to the loss E4.",
)

# %% [markdown]
# The bold line is **one term**: it blames use 2 for loss 4. Follow its arrows and multiply. There is such a term for each pair of a use $k$ and a loss $t \ge k$:
#
# $$\frac{\partial E}{\partial \theta} = \sum_{t=1}^{T} \sum_{k=1}^{t}
# \frac{\partial E_t}{\partial h_t}\, \frac{\partial h_t}{\partial h_k}\, \frac{\partial^{+} h_k}{\partial \theta} .$$
#
# Try it on the smallest network there is, with one unit and no tanh, $h_t = u\,h_{t-1} + x_t$, and only the last loss, $E = h_4$. Use $k$ of $u$ multiplies $h_{k-1}$, and what it adds
# is multiplied by $u$ at each later step: its term is $u^{4-k}\, h_{k-1}$.

# %%
u, drive = 0.9, [1.0, -0.5, 2.0, 0.3]


def last_state(u):
    states = [0.4]
    for value in drive:
        states.append(u * states[-1] + value)
    return states


before = last_state(u)
single = {k: u ** (4 - k) * before[k - 1] for k in (1, 2, 3, 4)}
moved = (last_state(u + 1e-6)[-1] - last_state(u - 1e-6)[-1]) / 2e-6
print("blame of each use of u:", {k: round(value, 4) for k, value in single.items()})
print(f"their sum {sum(single.values()):.6f}; by moving u {moved:.6f}")
assert np.isclose(sum(single.values()), moved)

# %% [markdown]
# ### Why "sum over paths"?
#
# With more than one unit, the arrow from $h_k$ to $h_t$ is itself a bundle. From unit $i$ at step $k$ you may go through any unit at step $k+1$, any at $k+2$, and so on. Each path
# contributes the product of what stands on its arrows, and $\partial h_t / \partial h_k$ is the sum over all of them. Three units, four steps, one by one:

# %%
rng = np.random.default_rng(0)
jacobians = rng.standard_normal((4, 3, 3))  # J_2 … J_5, each ∂h_m/∂h_{m-1}; rows: to, columns: from
by_paths, paths = np.zeros((3, 3)), 0
for start, *middle, end in product(range(3), repeat=5):
    route = [start, *middle, end]
    by_paths[end, start] += np.prod([J[route[m + 1], route[m]] for m, J in enumerate(jacobians)])
    paths += 1
J2, J3, J4, J5 = jacobians
print(
    f"{paths} paths; largest difference from the matrix product: "
    f"{np.abs(by_paths - J5 @ J4 @ J3 @ J2).max():.0e}"
)
print(f"with 64 units and 100 steps there would be 64^101 = 10^{101 * np.log10(64):.0f} paths")
assert np.allclose(by_paths, J5 @ J4 @ J3 @ J2) and round(101 * np.log10(64)) == 182

# %% [markdown]
# Nobody adds $10^{182}$ numbers. The matrix product does it in steps, since paths that meet share what comes after. Backpropagation is just this: **a way to add up all paths
# without walking any path twice.**

# %% [markdown]
# ## The equations, with every shape
#
# **Forward**, for $t = 1 \dots T$, with $D$ inputs, $H$ units, $K$ classes:
#
# $$\begin{aligned}
# a_t &= W x_t + U h_{t-1} + b && a_t, b: H, \;\; W: H \times D, \;\; U: H \times H\\
# h_t &= \tanh(a_t) && h_t: H\\
# y_t &= V h_t + b_y && y_t, b_y: K, \;\; V: K \times H\\
# p_t &= \operatorname{softmax}(y_t) && p_t: K\\
# E_t &= -\textstyle\sum_i \hat p_{t,i} \log p_{t,i}, \quad E = \textstyle\sum_t E_t && \text{numbers; } \hat p_t: K, \text{ 1 at the right class}
# \end{aligned}$$
#
# **What we want** has the shape of what it belongs to: $\partial E/\partial U$ is $H \times H$, and so on. We write $\delta h_t = \partial E / \partial h_t$ and $\delta a_t = \partial E / \partial a_t$ (both in
# $\mathbb{R}^H$), $\delta y_t = \partial E / \partial y_t$ (in $\mathbb{R}^K$). In code they are `dh`, `da`, `dy`.
#
# ### Step by step, with every index
#
# **1. From the loss to $y$.** $E_t = -\sum_j \hat p_{t,j}\, y_{t,j} + \log \sum_j e^{y_{t,j}}$, so
# $\delta y_{t,i} = p_{t,i} - \hat p_{t,i}$: what the network believed, minus the truth.
#
# **2. From $y$ to $h$, at the same step.** $y_{t,i} = \sum_j V_{ij} h_{t,j} + b_{y,i}$, so $h_{t,j}$ gets $\sum_i V_{ij}\, \delta y_{t,i}$: the transpose, $V^\top \delta y_t$.
#
# **3. From $a$ to the step before.** $a_{t+1,i} = \dots + \sum_j U_{ij} h_{t,j}$, so $h_{t,j}$ gets in addition $\sum_i U_{ij}\, \delta a_{t+1,i}$: $U^\top \delta a_{t+1}$. State $h_t$ has
# **two** ways to matter, through its own output and through the future. *Both are added*:
#
# $$\delta h_t = V^\top \delta y_t + U^\top \delta a_{t+1}, \qquad \delta a_{T+1} = 0 .$$
#
# **4. Through tanh.** $h_{t,i} = \tanh(a_{t,i})$ acts entry by entry: $\delta a_{t,i} = \delta h_{t,i}\,(1 - h_{t,i}^2)$.
#
# **5. To the weights.** In $a_{t,i} = \sum_l W_{il} x_{t,l} + \sum_l U_{il} h_{t-1,l} + b_i$, the entry $U_{jl}$ stands at $i = j$ only, and it stands at *every* $t$. Holding $h_{t-1}$ fixed,
#
# $$\frac{\partial^{+} a_{t,i}}{\partial U_{jl}} = [\,i = j\,]\; h_{t-1,l}
# \quad\Longrightarrow\quad \frac{\partial E}{\partial U_{jl}} = \sum_{t=1}^{T} \delta a_{t,j}\, h_{t-1,l} .$$
#
# All together, and as code for a batch of $N$ rows, where everything is transposed. There $t$ counts from 0, and `h` has $h_0$ in front: `h[t]` is the state
# before a step, `h[t + 1]` the one after it.
#
# | what | equation | shape | code, shape |
# |---|---|---|---|
# | output | $\delta y_t = p_t - \hat p_t$ | $K$ | `dy[t]`, `(N, K)` |
# | state | $\delta h_t = V^\top \delta y_t + U^\top \delta a_{t+1}$ | $H$ | `dh = dy[t] @ V.T + carried`, `(N, H)` |
# | pre-activation | $\delta a_t = \delta h_t \odot (1 - h_t \odot h_t)$ | $H$ | `da = dh * (1 - h[t + 1] ** 2)`, `(N, H)` |
# | carried back | $U^\top \delta a_t$ | $H$ | `carried = da @ U.T`, `(N, H)` |
# | recurrent weights | $\partial E/\partial U = \sum_t \delta a_t\, h_{t-1}^\top$ | $H \times H$ | `dU += h[t].T @ da`, `(H, H)` |
# | input weights | $\partial E/\partial W = \sum_t \delta a_t\, x_t^\top$ | $H \times D$ | `dW += x[t].T @ da`, `(D, H)` |
# | bias | $\partial E/\partial b = \sum_t \delta a_t$ | $H$ | `db += da.sum(axis=0)`, `(H,)` |
# | output layer | $\partial E/\partial V = \sum_t \delta y_t\, h_t^\top$, $\partial E/\partial b_y = \sum_t \delta y_t$ | $K \times H$, $K$ | `dV += h[t + 1].T @ dy[t]`, `(H, K)` |
# | input, initial state | $\delta x_t = W^\top \delta a_t$, $\delta h_0 = U^\top \delta a_1$ | $D$, $H$ | `da @ W.T`, and `carried` after the loop |
#
# ### Where did the double sum go?
#
# Unroll the recursion for $\delta h_k$ and you find $\delta h_k = \sum_{t \ge k} \partial E_t / \partial h_k$. Put into line 5, that is the double sum again, but summed in the other order. Written down
# naively, it goes loss by loss: for each $t$, walk back over all $k$. That is $T$ walks, of $T(T+1)/2$ steps in all. The recursion goes use by use: at step $k$ it holds the blame of
# *all* later losses in one vector and adds its own. One walk, of $T$ steps. **The backward pass is an exchange of two sums.**
#
# ### What the plus is for
#
# Deck 000 prints the sum with $\partial h_k / \partial \theta$ for the last factor, and deck 002 likewise. Read as it stands, that is the *whole* derivative of $h_k$ by $\theta$, with all earlier uses in it; and those are already there as terms
# of their own. The factor must be the **immediate** derivative, with $h_{k-1}$ held fixed (Pascanu, Mikolov and Bengio 2013). Below we compute both and see. Deck 000 also speaks of
# "$\theta_k$ happening in layer $k$", which is our copy $\theta^{(k)}$; with copies the plus is not needed, since $\theta^{(k)}$ is used at step $k$ only.
# And under the product sign, $\partial h_t / \partial h_k = \prod_{m=t}^{k+1} \partial h_m / \partial h_{m-1}$, the latest factor on the left, since matrices do not commute: each factor is *one* step
# (deck 002 prints the whole product in each factor).

# %% [markdown]
# ## Twenty lines of NumPy


# %%
def forward(p, x, h0):
    """x (T, N, D), h0 (N, H) to the states h (T + 1, N, H), h0 in front."""
    h = [h0]
    for x_t in x:
        h.append(np.tanh(x_t @ p["W"] + h[-1] @ p["U"] + p["b"]))
    return np.stack(h)


def loss_and_dy(p, h, targets):
    """E, summed over the steps and averaged over the batch, and its derivative by every y (T, N, K)."""
    mean, dy = models.cross_entropy(h[1:] @ p["V"] + p["b_y"], targets)
    return mean * len(targets), dy * len(targets)


# %%
def backward(p, x, h, dy, carried=0.0):
    """The gradients of the five parameters, and of h0."""
    grads = {name: np.zeros_like(value) for name, value in p.items()}
    for t in reversed(range(len(x))):
        dh = dy[t] @ p["V"].T + carried
        da = dh * (1 - h[t + 1] ** 2)
        carried = da @ p["U"].T
        grads["W"] += x[t].T @ da
        grads["U"] += h[t].T @ da
        grads["b"] += da.sum(axis=0)
        grads["V"] += h[t + 1].T @ dy[t]
        grads["b_y"] += dy[t].sum(axis=0)
    return grads, carried


# %% [markdown]
# `carried` is the blame that comes back from the future. Two lines deserve a second look: `+=`, since every copy adds its share; and `h[t]` in `dU`, the state *before* step $t$, since
# that is what $U$ multiplied.
#
# ### Three orders, one sum
#
# If the derivation is right, three ways of adding must agree: the twenty lines above (use by use); the naive double sum (loss by loss); and a third, **forward in time**. It carries
# the whole derivative $S_t = \partial h_t / \partial \theta$ along with the state,
#
# $$S_t = \frac{\partial h_t}{\partial h_{t-1}} S_{t-1} + \frac{\partial^{+} h_t}{\partial \theta}, \qquad \frac{\partial E}{\partial \theta} = \sum_t \frac{\partial E_t}{\partial h_t}\, S_t ,$$
#
# and is called *real-time recurrent learning* (Williams and Zipser 1989): it needs no way back and no stored past.


# %%
def terms_of_U(p, h, dy):
    """The term of each loss t and each use k in dU: (T, T, H, H)."""
    T, H = len(dy), h.shape[2]
    terms = np.zeros((T, T, H, H))
    for t in range(T):
        dh = dy[t] @ p["V"].T
        for k in reversed(range(t + 1)):
            da = dh * (1 - h[k + 1] ** 2)
            terms[t, k] = h[k].T @ da
            dh = da @ p["U"].T
    return terms


def forward_in_time(p, h, dy):
    """dU with no way back, for a batch of one; S (H, H, H) is ∂h_t/∂U. Also what the formula gives without the plus."""
    H = h.shape[2]
    S, dU, wholes = np.zeros((H, H, H)), np.zeros((H, H)), []
    for t in range(len(dy)):
        immediate = np.einsum("l,ij->ilj", h[t, 0], np.eye(H))  # ∂a_i/∂U_lj = h_l [i = j]
        S = (1 - h[t + 1, 0] ** 2)[:, None, None] * (np.einsum("mi,mlj->ilj", p["U"], S) + immediate)
        dU += np.einsum("i,ilj->lj", (dy[t] @ p["V"].T)[0], S)
        wholes.append(S)
    return dU, wholes


# %%
T, D, H, K = 12, 3, 8, 4
rng = np.random.default_rng(2)
net = models.network(rng, "tanh", D, H, K, recurrent="orthogonal")
p = net.params
x1, c1, start = rng.standard_normal((T, 1, D)), rng.integers(0, K, (T, 1)), rng.uniform(-1, 1, (1, H))
h1 = forward(p, x1, start)
E, dy1 = loss_and_dy(p, h1, c1)
by_use = backward(p, x1, h1, dy1)[0]["U"]
terms = terms_of_U(p, h1, dy1)
in_time, wholes = forward_in_time(p, h1, dy1)
print("use by use against loss by loss:   ", f"{np.abs(by_use - terms.sum(axis=(0, 1))).max():.0e}")
print("use by use against forward in time:", f"{np.abs(by_use - in_time).max():.0e}")
assert np.allclose(by_use, terms.sum(axis=(0, 1))) and np.allclose(by_use, in_time)

# %% [markdown]
# And the formula without its plus? Take $\sum_t \sum_{k \le t} \frac{\partial E_t}{\partial h_t} \frac{\partial h_t}{\partial h_k} \frac{\partial h_k}{\partial U}$ with the *whole* derivative $S_k$ at the end.

# %%
without_plus = np.zeros((H, H))
for t in range(T):
    dh = dy1[t] @ p["V"].T
    for k in reversed(range(t + 1)):
        without_plus += np.einsum("i,ilj->lj", dh[0], wholes[k])
        dh = (dh * (1 - h1[k + 1] ** 2)) @ p["U"].T
cosine = float((without_plus * by_use).sum() / np.linalg.norm(without_plus) / np.linalg.norm(by_use))
larger = float(np.linalg.norm(without_plus) / np.linalg.norm(by_use))
print(f"without the plus: {larger:.1f} times the norm, and not even the direction: cosine {cosine:.2f}")
assert larger > 1.5 and cosine < 0.95

# %% [markdown]
# Not just too large: a term with a long way is counted once for every step on the way, so the far past gets more weight than it has.

# %% [markdown]
# ### The triangle of blame
#
# Draw the norm of each term, loss $t$ down, use $k$ across. Nothing can be blamed on the future, so it is a triangle. The diagonal is what is left when nothing is carried back; everything left of it came
# *through time*. A full backward pass adds the whole triangle. Two common ways of leaving terms out, to which we come below, are already drawn beside it.


# %%
def kept(way, window):
    """Which terms (T, T) a truncated gradient keeps: full, a sliding window, or chunks."""
    t, k = np.arange(T)[:, None], np.arange(T)[None, :]
    if way == "chunks":
        return (k <= t) & (t // window == k // window)
    return (k <= t) & ((t - k < window) | (way == "full"))


def compared(keep):
    """Cosine of what is kept with the full gradient, and their distance as a share of its norm."""
    part = (terms * keep[:, :, None, None]).sum(axis=(0, 1))
    cosine = (part * by_use).sum() / np.linalg.norm(part) / np.linalg.norm(by_use)
    return float(cosine), float(np.linalg.norm(part - by_use) / np.linalg.norm(by_use))


# %%
norms = np.linalg.norm(terms, axis=(2, 3))


def triangle(axes, way, window, bar="norm of the term"):
    keep = kept(way, window)
    plots.heat_map(axes, np.where(keep, norms, np.nan), limit=float(norms.max()), bar=bar)
    lost = np.argwhere(~keep & (np.arange(T)[None, :] <= np.arange(T)[:, None]))
    axes.plot(lost[:, 1], lost[:, 0], "x", color="#666666", markersize=4, linestyle="", markevery=1)
    axes.set(xlabel="use k", ylabel="loss t", aspect="equal")
    axes.set_xticks(range(0, T, 3), range(1, T + 1, 3))
    axes.set_yticks(range(0, T, 3), range(1, T + 1, 3))
    return compared(keep)


# %%
fig, panels = plt.subplots(1, 3, figsize=(7.6, 2.7))
told = {}
for axes, (way, name) in zip(
    panels, {"full": "full", "sliding": "window of 4", "chunks": "chunks of 4"}.items(), strict=True
):
    told[name] = triangle(axes, way, 4, bar=None)
    axes.set_title(name)
fig.colorbar(panels[0].images[0], ax=list(panels), fraction=0.03, pad=0.02, label="norm of the term")
plots.show(
    fig,
    alt="Three triangles of terms, loss down, use across, brighter where the term is larger, a cross "
    "where it is left out. Full: "
    "largest along the diagonal and fading to the left. A window of 4 keeps a band of four "
    "diagonals; chunks of 4 keep three small triangles "
    "on the diagonal. Cosine with the full gradient: "
    + ", ".join(f"{name} {c:.2f}" for name, (c, _) in told.items())
    + ".",
)
for name, (cosine, off) in told.items():
    print(f"{name:12s} cosine with the full gradient {cosine:.3f}, off by {off:.0%} of its norm")
assert told["full"][1] < 1e-12 and told["chunks of 4"][0] < told["window of 4"][0] < 1
assert compared(kept("chunks", 7))[0] < compared(kept("chunks", 6))[0]

# %% [markdown]
# Choose the window yourself. (Without a running kernel: the figure above shows three positions.) Look for the window from which the *direction* is right. With chunks a
# longer one is not always better: 7 is worse than 6 here, since it cuts the twelve steps into 7 and 5.


# %%
def blame(way, window):
    fig, axes = plt.subplots(figsize=(4.2, 3.4))
    cosine, off = triangle(axes, way, window)
    axes.set_title(f"cosine {cosine:.2f}, off by {off:.0%}")
    share = f"{kept(way, window).sum()} of {T * (T + 1) // 2} terms kept"
    alt = f"Triangle of terms, {way}, {window}: {share}; cosine {cosine:.2f}."
    return fig, alt


display(
    widgets.explore(
        blame,
        way=ipywidgets.ToggleButtons(
            options=["full", "sliding", "chunks"], value="chunks", description="keep"
        ),
        window=ipywidgets.IntSlider(3, 1, T, description="window"),
    )
)

# %% [markdown]
# ## Check it by numbers
#
# A derivative can always be measured: move one entry a little both ways, $\bigl(E(\theta + \varepsilon) - E(\theta - \varepsilon)\bigr) / 2\varepsilon$. It costs two forward passes *per weight*, so it is a check, not a
# method. How small should $\varepsilon$ be? The formula is off by about $\varepsilon^2$, while rounding adds about $10^{-16} / \varepsilon$, so neither too large nor too small.


# %%
def measured(p, name, energy, eps, central=True):
    """The gradient of p[name] by differences; energy() is the loss at the present weights."""
    gradient, here = np.zeros_like(p[name], dtype=float), energy()
    for index in np.ndindex(p[name].shape):
        kept_value = p[name][index]
        p[name][index] = kept_value + eps
        above = energy()
        p[name][index] = kept_value - eps
        gradient[index] = (above - energy()) / (2 * eps) if central else (above - here) / eps
        p[name][index] = kept_value
    return gradient


def apart(one, other):
    """Relative error: 0 if equal, 1 if one is 0, near 1 or above if they have nothing to do with each other."""
    return float(np.linalg.norm(one - other) / max(np.linalg.norm(one), np.linalg.norm(other), 1e-300))


# %%
def case(seed, T=5, N=2, D=3, H=4, K=6, kind=np.float64, zero=False):
    """All sizes distinct, more than one row, an initial state that is not zero, a loss at every step."""
    rng = np.random.default_rng(seed)
    p = {n: v.astype(kind) for n, v in models.network(rng, "tanh", D, H, K).params.items()}
    h0 = np.zeros((N, H)) if zero else rng.uniform(-1, 1, (N, H))
    return p, rng.standard_normal((T, N, D)).astype(kind), rng.integers(0, K, (T, N)), h0.astype(kind)


steps = 10.0 ** np.arange(-12, 0)
errors = {"forward, float64": [], "central, float64": [], "central, float32": []}
for name, rows in errors.items():
    for seed in range(3):
        p, x, c, h0 = case(seed, kind=np.float32 if "32" in name else np.float64)
        energy = lambda: loss_and_dy(p, forward(p, x, h0), c)[0]  # noqa: B023, E731
        h = forward(p, x, h0)
        exact = backward(p, x, h, loss_and_dy(p, h, c)[1])[0]["U"]
        rows.append([apart(measured(p, "U", energy, eps, "central" in name), exact) for eps in steps])

# %%
fig, axes = plt.subplots(figsize=(7.2, 3.4))
for name, rows in errors.items():
    (line,) = axes.plot(steps, np.median(rows, axis=0), label=name, markevery=1)
    axes.fill_between(steps, np.min(rows, axis=0), np.max(rows, axis=0), alpha=0.15, color=line.get_color())
axes.set(
    xscale="log",
    yscale="log",
    xlabel="step ε",
    ylabel="relative error of dU",
    title="Neither too large nor too small",
)
axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
best = {
    name: (float(steps[np.median(r, axis=0).argmin()]), float(np.median(r, axis=0).min()))
    for name, r in errors.items()
}
plots.show(
    fig,
    alt="Relative error of the measured gradient against the step, both on log scales: three valleys. "
    + "; ".join(f"{name}: best at {eps:.0e}, error {err:.0e}" for name, (eps, err) in best.items())
    + ". Median and range of three seeds.",
)
for name, (eps, err) in best.items():
    print(f"{name:17s} best step {eps:.0e}, relative error {err:.0e}")
assert best["central, float64"][1] < 1e-8 < 1e-4 < best["central, float32"][1]

# %% [markdown]
# Central differences in float64, with a step near $10^{-5}$, agree to about nine digits; the slips below are off by more than 0.1. A slip may be smaller
# (a walk back that stops one step too early), so never use a generous tolerance. In float32 even the best step leaves an error of $2 \cdot 10^{-4}$. Whatever you train in, **check in float64**.

# %% [markdown]
# ## An experiment that can fail: is a falling loss a check?
#
# "It learns, so the gradient is right." Let us see. Below are slips that students make, each as a change in the text of `backward`. Each is put through two examinations:
# a check by numbers, and a training run on a small task: repeat the bit that you saw three steps ago. Three seeds.

# %%
SLIPS = {
    "none": ("", ""),
    "nothing carried back": ('carried = da @ p["U"].T', "carried = 0.0"),
    "tanh′ not squared": ("h[t + 1] ** 2)", "h[t + 1])"),
    "dU from h[t + 1]": ('grads["U"] += h[t].T', 'grads["U"] += h[t + 1].T'),
    "dU overwritten": ('grads["U"] +=', 'grads["U"] ='),
    "db a mean": ("da.sum(axis=0)", "da.mean(axis=0)"),
    "U not transposed": ('da @ p["U"].T', 'da @ p["U"]'),
    "forward in time": ("reversed(range(len(x)))", "range(len(x))"),
}


def slipped(find, instead):
    """`backward` with one change in its text."""
    text = inspect.getsource(backward)
    assert not find or text.count(find) == 1, find
    space = dict(globals())
    exec(text.replace(find, instead) if find else text, space)
    return space["backward"]


# %%
def error_by_numbers(back, **sizes):
    """The largest relative error over all five parameters."""
    p, x, c, h0 = case(7, **sizes)
    h = forward(p, x, h0)
    energy = lambda: loss_and_dy(p, forward(p, x, h0), c)[0]  # noqa: E731
    grads, _ = back(p, x, h, loss_and_dy(p, h, c)[1])
    return max(apart(grads[name], measured(p, name, energy, 1e-5)) for name in p)


def learn(back, seed, lag=3, updates=200, T=12, N=32, H=24):
    """Mean squared error at the end of training on: which of ±1 came `lag` steps ago?"""
    rng, adam, losses = np.random.default_rng(seed), models.Adam(0.01), []
    p = models.network(rng, "tanh", 1, H, 1).params
    for _ in range(updates):
        x = 2.0 * rng.integers(0, 2, (T, N, 1)) - 1
        h = forward(p, x, np.zeros((N, H)))
        wrong = h[1:] @ p["V"] + p["b_y"]
        wrong[lag:] -= x[:-lag]
        wrong[:lag] = 0.0  # nothing is asked before there is an answer
        grads, _ = back(p, x, h, 2 * wrong / (N * (T - lag)))
        models.clip(grads, 1.0)
        adam.step(p, grads)
        losses.append((wrong**2).sum() / (N * (T - lag)))
    return float(np.mean(losses[-20:]))


# %%
found = {}
for name, change in SLIPS.items():
    back = slipped(*change)
    careful, sloppy = error_by_numbers(back), error_by_numbers(back, T=1, zero=True)
    found[name] = careful, sloppy, [learn(back, seed) for seed in range(3)]
learned = [name for name, row in found.items() if max(row[2]) < 0.2]
missed = [name for name, row in found.items() if name != "none" and row[1] < 1e-6]
assert found["none"][0] < 1e-8 < 0.1 < min(row[0] for name, row in found.items() if name != "none")
assert set(learned) == {"none", "nothing carried back", "dU overwritten", "db a mean"} and len(missed) == 4

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.5), sharey=True)
hollow = {"s": 38, "facecolors": "none", "linewidths": 1.7}
for row, (careful, sloppy, losses) in enumerate(found.values()):
    left.scatter(max(careful, 1e-11), row, marker="o", edgecolors="#0072B2", **hollow)
    left.scatter(max(sloppy, 1e-11), row, marker="x", s=34, color="#C44E00", linewidths=1.6)
    right.scatter(losses, [row] * 3, marker="^", edgecolors="#007A5E", **hollow)
left.set(
    xlabel="relative error by numbers\n(○ careful, × with T = 1 and h₀ = 0)", title="Examined by numbers"
)
right.set(xlabel="loss after training\n(△ a seed; dotted: always 0)", title="Examined by training")
for axes, line in ((left, 1e-6), (right, 1.0)):
    axes.set_xscale("log")
    axes.axvline(line, color="#555555", linewidth=1.2, linestyle=(0, (1, 2)))
left.set_yticks(range(len(found)), list(found))
left.set_ylim(len(found) - 0.5, -0.5)
plots.show(
    fig,
    alt="Eight gradients, the right one and seven with a slip. Left: by numbers, only the right one "
    "is below a millionth in the careful check. "
    "Right, loss after training, three seeds: "
    + "; ".join(f"{name} {min(r[2]):.3f} to {max(r[2]):.3f}" for name, r in found.items())
    + "; always answering 0 has 1.",
)
print("learned with every seed:", ", ".join(learned))
print("missed by the check with T = 1 and h0 = 0:", ", ".join(missed))

# %% [markdown]
# **The loss falls with a wrong gradient, too.** Three of the seven slips learn the task: what they compute still points roughly downhill, and Adam forgives every factor.
# You would find them only much later, as a network that "does not do so well on long sequences". The numbers find all of them at once. But look at the crosses: a *sloppy* numeric check, one
# step from a zero state, waves through four of the seven, nearly all that has to do with time. So: at least a handful of steps, more than one row, all sizes different, an initial state that is not zero, a loss
# at every step, every entry of every parameter.
#
# Two of them are no straw men. *Nothing carried back* is how Elman (1990) trained: the old state is taken as one more input, and nothing flows back through it. And *dU overwritten* leaves
# only the share of the first step, which is zero here, since $h_0 = 0$: so $U$ is never trained at all. Both solve the task because even a random network keeps its last inputs for a few steps of
# its own accord, and the output only has to find them. Echo state networks (Jaeger and Haas 2004) are built on that: they never train $U$, on purpose.

# %% [markdown]
# ## What it costs
#
# **Time.** Per step and row, forward multiplies by $W$, $U$ and $V$: $HD + H^2 + HK$ multiplications. Backward does twice as many, once for the states and once for the weights. So a gradient by *all* parameters costs about
# as much as three forward passes, *however many parameters there are*; by differences it would cost two passes for each.
#
# **Memory.** Backward needs every $h_t$ again, so they must be kept: $T \cdot N \cdot H$ numbers. That grows with the length, and it is what usually runs out first.
#
# | | time, for $T$ steps | memory for the past | exact? |
# |---|---|---|---|
# | backward through time | $T H^2$ | $T H$ | yes |
# | loss by loss | $T^2 H^2$ | $T H$ | yes |
# | forward in time | $T H^4$ | $H^3$, whatever $T$ | yes |
# | differences | $T H^4$ | $H$ | nearly |
# | truncated to $n$ steps, in chunks | $T H^2$ | $n H$ | no |
# | with checkpoints | $T H^2$, one more forward pass | $\sqrt T H$ | yes |
#
# (Orders of magnitude for one row, with $D$ and $K$ not above $H$. Williams and Zipser (1995) give the first and third with all constants.) Forward in time is exact and needs no past, yet with 100 units its $S$ has a
# million entries, so hardly anybody uses it.
#
# **Checkpoints** (Griewank 1992; for deep networks Chen and others 2016): keep only every $\sqrt T$-th state, and on the way back recompute each stretch from the state at its head. Same gradient, one more forward pass, far less memory.
# With the `carried` of our `backward` it takes ten lines.


# %%
def in_stretches(p, x, targets, h0, stretch, blame_crosses=True):
    """Loss and gradients with every `stretch`-th state kept; without crossing, this is truncation in chunks."""
    heads, h, loss = [], h0, 0.0
    for s in range(0, len(x), stretch):
        heads.append(h)
        h = forward(p, x[s : s + stretch], h)[-1].copy()  # a view would keep the whole stretch
    grads, carried = {name: np.zeros_like(value) for name, value in p.items()}, 0.0
    for s, head in zip(reversed(range(0, len(x), stretch)), reversed(heads), strict=True):
        piece = slice(s, s + stretch)
        h = forward(p, x[piece], head)
        part, dy = loss_and_dy(p, h, targets[piece])
        more, carried = backward(p, x[piece], h, dy, carried if blame_crosses else 0.0)
        loss += part
        for name in grads:
            grads[name] += more[name]
    return loss, grads


def in_one(p, x, targets, h0):
    h = forward(p, x, h0)
    loss, dy = loss_and_dy(p, h, targets)
    return loss, backward(p, x, h, dy)[0]


# %%
def cost(run):
    """Seconds of a core's own time (best of three) and peak memory (MB) of one call."""
    times = timeit.repeat(run, timer=time.process_time, number=1, repeat=3)
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return min(times), peak


lengths, costs = (100, 400, 900, 1600), {"in one": [], "with checkpoints": []}
for length in lengths:
    p, x, c, h0 = case(0, T=length, N=8, D=8, H=64, K=8)
    root = int(np.sqrt(length))
    costs["in one"].append(cost(lambda: in_one(p, x, c, h0)))  # noqa: B023
    costs["with checkpoints"].append(cost(lambda: in_stretches(p, x, c, h0, root)))  # noqa: B023
one, pieces = in_one(p, x, c, h0)[1], in_stretches(p, x, c, h0, root)[1]
print(
    "largest difference between the two gradients:",
    f"{max(np.abs(one[n] - pieces[n]).max() for n in one):.0e}",
)
assert all(np.allclose(one[name], pieces[name]) for name in one)

# %%
fig, panels = plt.subplots(1, 2, figsize=(7.4, 3.0))
for axes, column, label in zip(panels, (0, 1), ("seconds", "peak memory, MB"), strict=True):
    for name, values in costs.items():
        axes.plot(lengths, np.array(values)[:, column], label=name, markevery=1)
    axes.set(xlabel="steps T", title=label, ylim=(0, None))
plots.label_ends(panels[1])
slow, lean = (costs["with checkpoints"][-1][k] / costs["in one"][-1][k] for k in (0, 1))
longer = costs["in one"][-1][0] / costs["in one"][1][0]
plots.show(
    fig,
    alt="Seconds and peak memory of one gradient for 100 to 1,600 steps. Both grow in a straight "
    "line when done in one. With checkpoints "
    f"the time is {slow:.1f} times as long at 1,600 steps, and the memory {lean:.2f} of it.",
)
print(
    f"1,600 steps against 400: {longer:.1f} times the time; checkpoints: {slow:.1f} times the time, "
    f"{lean:.2f} of the memory"
)
assert lean < 0.5

# %% [markdown]
# ## Truncation
#
# A text of a million letters has no end at which to start going back. So cut it into **chunks** of $n$ steps. After each chunk, go back $n$ steps, update the weights, and go on. Three rules, each of them a classic mistake when broken:
#
# - **carry the state** from chunk to chunk: the forward pass is not truncated (resetting it makes the network forget for nothing);
# - **stop the gradient** at the chunk's head: the old state is taken as a given number (in frameworks you must say so, `h.detach()`, or the graph grows back to the beginning of the text);
# - keep chunks of one row **in order** (a state carried into a shuffled chunk belongs to another text).
#
# The sliding window in the triangle above is the other form: at *every* step go back $n$ steps. It loses fewer terms and costs $n$ times as much; one may also go back $n$ steps at every $m$-th (Williams and Peng 1990).
#
# What is left out, is lost: the truncated gradient is *not* the gradient of anything that we want, and averaging over many chunks does not repair it (Tallec and Ollivier 2017). What does that do to learning?
#
# **Prediction.** A window of $n$ steps has a term from use $k$ to loss $t$ only if $t - k < n$. So a network trained in chunks of $n$ should learn to repeat a bit from $L$ steps ago if $L < n$, and should never learn it if
# $L \ge n$, however long we train. Let us see.


# %%
def echo_stream(rng, steps, rows, lags):
    """x (T, N, 1) of ±1, and for each of the lags the input that long ago, (T, N, lags)."""
    bits = 2.0 * rng.integers(0, 2, (steps + max(lags), rows)) - 1
    past = [bits[max(lags) - lag : max(lags) - lag + steps] for lag in lags]
    return bits[max(lags) :, :, None], np.stack(past, axis=2)


def train_in_chunks(seed, window, lags, steps=3000, rows=16, H=24, carry=True):
    """Share of right bits for each lag in the last tenth of the stream: squared error, Adam, clipping."""
    rng, adam, h0, shares = np.random.default_rng(seed), models.Adam(0.01), np.zeros((rows, H)), []
    p = models.network(rng, "tanh", 1, H, len(lags)).params
    x, past = echo_stream(rng, steps, rows, lags)
    for s in range(0, steps - window + 1, window):
        h = forward(p, x[s : s + window], h0)
        y = h[1:] @ p["V"] + p["b_y"]
        wrong = y - past[s : s + window]
        grads, _ = backward(p, x[s : s + window], h, 2 * wrong / wrong.size)  # stops at the chunk's head
        models.clip(grads, 1.0)
        adam.step(p, grads)
        h0 = h[-1] if carry else h0  # the state goes on
        shares.append((np.sign(y) == past[s : s + window]).mean(axis=(0, 1)))
    return np.mean(shares[-len(shares) // 10 :], axis=0)


# %%
windows, lags = (2, 4, 8), (1, 2, 3, 4, 7, 8)
alone = np.array([[[train_in_chunks(s, n, (lag,))[0] for lag in lags] for n in windows] for s in range(3)])

# %%
fig, axes = plt.subplots(figsize=(7.0, 2.9))
plots.heat_map(axes, alone.mean(axis=0), title="Share of right bits, mean of 3 seeds", write=True)
for row, n in enumerate(windows):
    edge = sum(lag < n for lag in lags) - 0.5
    axes.plot([edge, edge], [row - 0.5, row + 0.5], color="#C44E00", linewidth=4, linestyle="-", marker="")
axes.set_xticks(range(len(lags)), [f"{lag}" for lag in lags])
axes.set_yticks(range(3), [f"chunks of {n}" for n in windows])
axes.set_xlabel("lag L: how long ago the bit was (thick line: the prediction)")
inside = np.array([[lag < n for lag in lags] for n in windows])
plots.show(
    fig,
    alt="Share of right bits by chunk length and lag, mean of three seeds. Left of the predicted "
    "edge, lag below chunk length, at least "
    f"{alone[:, inside].min():.2f}; right of it mostly about one half, with "
    f"{alone[:, ~inside].max():.2f} as the best single run.",
)
print(f"inside the window: {alone[:, inside].min():.2f} to {alone[:, inside].max():.2f}")
print(
    f"outside: median {np.median(alone[:, ~inside]):.2f}, from {alone[:, ~inside].min():.2f} to "
    f"{alone[:, ~inside].max():.2f}"
)
assert alone[:, inside].min() > 0.9 and np.median(alone[:, ~inside]) < 0.65

# %% [markdown]
# The edge is where the prediction puts it, and it is sharp. (Outside, a seed may do better than a coin now and then, just
# beyond the edge even much better: the state *does* hold some of the past by luck of its weights, and the output may find it. Nothing teaches it to.)
#
# So is a truncated network blind beyond its window? Do the experiment once more with one change: ask for **all** lags from 1 to 8 at every step, not for one.

# %%
ladder = tuple(range(1, 9))
together = np.array([train_in_chunks(seed, 2, ladder) for seed in range(3)])
fig, axes = plt.subplots(figsize=(7.2, 3.0))
answers = {"all lags asked\nat once": (ladder, together), "one lag asked\nalone": (lags, alone[:, 0])}
for name, (asked, shares) in answers.items():
    (line,) = axes.plot(asked, shares.mean(axis=0), label=name, markevery=1)
    axes.fill_between(asked, shares.min(axis=0), shares.max(axis=0), alpha=0.15, color=line.get_color())
axes.set(
    xlabel="lag L",
    ylabel="share of right bits",
    ylim=(0.4, 1.05),
    title="Chunks of 2 steps: mean and range of 3 seeds",
)
plots.label_ends(axes)
plots.show(
    fig,
    alt="Share of right bits against the lag for chunks of two steps. Asked all at once, at least "
    f"{together.min():.2f} at every lag from 1 "
    f"to 8. Asked alone: {alone[:, 0, 0].mean():.2f} at lag 1 and {alone[:, 0, 3:].mean():.2f} on "
    f"average from lag 4.",
)
print("asked at once, worst lag of each seed:", np.round(together.min(axis=1), 2))
assert together.min() > 0.9 and np.median(alone[:, 0, 2:]) < 0.65

# %% [markdown]
# With a window of only two steps, the network learns to repeat what was eight steps ago! Each question is now a rung: lag 1 is in the window, so the state learns to hold the last bit. Then lag 2 is just *one* step further for
# something that is already held, and so on up the ladder; the network builds a shift register. **Truncation limits how far one
# gradient reaches, not how far a network can remember.** It learns long memories where the data reward short ones on the way, and text does. Where nothing on the way is rewarded, as with one lag alone, it stays blind.

# %% [markdown]
# ## What it does not solve
#
# - **A right gradient need not be a useful one.** The triangle fades to the left. With 12 steps it still could be seen; with 100 the terms from long ago may be smaller than the rounding error of the near ones, or larger than any number. That is the next lecture.
# - **The past must be kept** (or recomputed, or truncated away). A brain hardly stores its states and replays them backwards; learning online, with a bounded memory and without bias, is open work (Tallec and Ollivier 2017 is one proposal).
# - **It waits.** No weight moves before the end of the sequence or chunk, and neither direction can be computed in parallel over time.
# - **It needs derivatives.** A network that *chooses* (samples a word and reads it again) has no path of derivatives through the choice.
# - **The gradient says where downhill is, no more.** How to walk is a different matter. Deck 002 names three ways. With $g$ the gradient over a batch that was drawn at random and a rate $\eta$:
#   *stochastic gradient descent* takes $\theta \leftarrow \theta - \eta\, g$; with *momentum*, the step remembers the earlier ones, $v \leftarrow \mu v + g$ and $\theta \leftarrow \theta - \eta\, v$;
#   *Adam* (Kingma and Ba 2015) divides a running mean of $g$ by the root of a running mean of $g^2$, entry by entry, so that large and small gradients make steps of like size. You write all three in lab 2. They take the same gradient, and none can mend a wrong one.

# %% [markdown]
# ## Exercises
#
# **1.** One unit, $h_t = \tanh(u\, h_{t-1} + x_t)$, $h_0 = 0$, three steps, $E = h_3$. Write $dE/du$ as a sum of terms, one for each use of $u$. How many are there that are not zero?
#
# <details><summary>Answer</summary>
#
# With $s_t = 1 - h_t^2$: use 3 gives $s_3 h_2$, use 2 gives $s_3 u\, s_2 h_1$, use 1 gives $s_3 u\, s_2 u\, s_1 h_0 = 0$, since $h_0 = 0$. Two terms:
# $dE/du = s_3 h_2 + s_3 s_2\, u\, h_1$. (That is why a check that starts from a zero state says little about the first step.)
# </details>
#
# **2.** $T = 1000$ steps, $N = 32$ rows, $H = 512$ units, four bytes a number. How much memory do the states take? How much with a checkpoint at every 32nd step? Which stretch is best?
#
# <details><summary>Answer</summary>
#
# $1000 \cdot 32 \cdot 512 \cdot 4$ bytes are about 66 MB. With stretches of 32: 32 heads and one stretch of 32 states, 64 in place of 1000, about 4.2 MB. With stretches of $s$ one keeps $T/s + s$ states;
# the derivative $1 - T/s^2$ is zero at $s = \sqrt T \approx 32$.
# </details>
#
# **3.** In `train_in_chunks`, set `carry=False`, chunks of 8, lag 3. The lag is inside the window. What share of right bits do you expect in the end, and why not 1?
#
# <details><summary>Answer</summary>
#
# At the first three steps of each chunk, what is asked lies in the chunk before, and the state has been reset: a coin. At the other five it can be right. $(3 \cdot \frac12 + 5) / 8 = 0.8125$. A network that
# is worse near the head of each chunk has probably lost its state there.
# </details>

# %%
reset = [float(train_in_chunks(seed, 8, (3,), carry=False)[0]) for seed in range(3)]
print("exercise 3, without carrying the state:", np.round(reset, 3), "expected", (3 * 0.5 + 5) / 8)
assert abs(np.mean(reset) - 0.8125) < 0.02
states_mb = [count * 32 * 512 * 4 / 1e6 for count in (1000, 64)]
print("exercise 2, MB:", np.round(states_mb, 1), " best stretch near", round(np.sqrt(1000)))
assert np.round(states_mb, 1).tolist() == [65.5, 4.2]
tanh_states = lambda u: np.tanh(u * np.tanh(u * np.tanh(0.5) - 0.2) + 0.7)  # noqa: E731
s1, s2 = np.tanh(0.5), np.tanh(0.9 * np.tanh(0.5) - 0.2)
s3 = tanh_states(0.9)
by_terms = (1 - s3**2) * s2 + (1 - s3**2) * (1 - s2**2) * 0.9 * s1
print("exercise 1:", by_terms, (tanh_states(0.9 + 1e-6) - tanh_states(0.9 - 1e-6)) / 2e-6)
assert np.isclose(by_terms, (tanh_states(0.9 + 1e-6) - tanh_states(0.9 - 1e-6)) / 2e-6)

# %% [markdown]
# ## The lab
#
# **[Lab 2, `lab02_bptt`](../../labs/lab02_bptt/lab02_bptt.ipynb)**: the five-factor product, the step backward, BPTT, a gradient checker of your own, truncation with the state carried, clipping, the
# optimisers, and a character model that learns with nothing but your code.
#
# ## Sources
#
# - Chen, T., Xu, B., Zhang, C., Guestrin, C. (2016). Training deep nets with sublinear memory cost. <https://arxiv.org/abs/1604.06174>
# - Elman, J. L. (1990). Finding structure in time. *Cognitive Science* 14(2), 179–211. [doi:10.1207/s15516709cog1402_1](https://doi.org/10.1207/s15516709cog1402_1)
# - Griewank, A. (1992). Achieving logarithmic growth of temporal and spatial complexity in reverse automatic differentiation. *Optimization Methods and Software* 1(1), 35–54. [doi:10.1080/10556789208805505](https://doi.org/10.1080/10556789208805505)
# - Jaeger, H., Haas, H. (2004). Harnessing nonlinearity: predicting chaotic systems and saving energy in wireless communication. *Science* 304, 78–80. [doi:10.1126/science.1091277](https://doi.org/10.1126/science.1091277)
# - Kingma, D. P., Ba, J. (2015). Adam: a method for stochastic optimization. *ICLR*. <https://arxiv.org/abs/1412.6980>
# - Pascanu, R., Mikolov, T., Bengio, Y. (2013). On the difficulty of training recurrent neural networks. *ICML*, 1310–1318. <https://arxiv.org/abs/1211.5063>
# - Rumelhart, D. E., Hinton, G. E., Williams, R. J. (1986). Learning representations by back-propagating errors. *Nature* 323, 533–536. [doi:10.1038/323533a0](https://doi.org/10.1038/323533a0)
# - Tallec, C., Ollivier, Y. (2017). Unbiasing truncated backpropagation through time. <https://arxiv.org/abs/1705.08209>
# - Werbos, P. J. (1990). Backpropagation through time: what it does and how to do it. *Proceedings of the IEEE* 78(10), 1550–1560. [doi:10.1109/5.58337](https://doi.org/10.1109/5.58337)
# - Williams, R. J., Peng, J. (1990). An efficient gradient-based algorithm for on-line training of recurrent network trajectories. *Neural Computation* 2(4), 490–501. [doi:10.1162/neco.1990.2.4.490](https://doi.org/10.1162/neco.1990.2.4.490)
# - Williams, R. J., Zipser, D. (1989). A learning algorithm for continually running fully recurrent neural networks. *Neural Computation* 1(2), 270–280. [doi:10.1162/neco.1989.1.2.270](https://doi.org/10.1162/neco.1989.1.2.270)
# - Williams, R. J., Zipser, D. (1995). Gradient-based learning algorithms for recurrent networks and their computational complexity. In Y. Chauvin and D. E. Rumelhart (eds.), *Backpropagation: theory, architectures, and applications*, 433–486. Erlbaum.
# - The decks: 000, R. Schlosser (the sum over $k$); 001, T. C. Petersen (the four steps, the five factors, unrolling and rolling up); 002, J. Chen (the loss over a sequence, its derivative); 003, *Week 10: LSTM* (the update rule); 004, A. Ghobakhlou (learning an RNN).

# %%
print(f"this run took {time.perf_counter() - started:.0f} s; stated: at most 60 s on two cores")
