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
#     title: "The GRU: one state, two gates"
#     minutes: 85
#     seconds: 90
#     lab: lab05_gru
# ---

# %% [markdown]
# # 6. The GRU: one state, two gates
#
# **Read and play: about 85 minutes. Run from top to bottom: at most 90 seconds on two cores.**
#
# When you are through, you can
#
# - write the four equations of the GRU with every shape, and its backward pass;
# - say what a state that *mixes* can do that one that *adds* cannot, and the other way round;
# - translate weights between the two meanings of $z$, and prove that between the two places of $r$ there is no translation;
# - count parameters and measure time for the plain network, the GRU and the LSTM;
# - put cells in layers and in two directions, and say when the second direction may be used;
# - compare two architectures so that the answer means something, and say when the choice does not matter.
#
# You need lectures 03 (backpropagation through time) and 05 (the LSTM), and the letters of [NOTATION](../NOTATION.md).

# %%
import os
import time
from importlib.util import find_spec

# The matrices here are small: a second thread would only wait for the first. Must be set before NumPy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown, display

from course import convert, data, diagrams, models, plots, widgets

plots.use_style()
started = time.perf_counter()
CLEAR = {"s": 38, "facecolors": "none", "linewidths": 1.7}  # hollow marks, so that two on one place are seen

# %% [markdown]
# ## The question that the last lecture left open
#
# The LSTM works, but look at its bill: four blocks of weights, two states, three gates. Must keeping ($f$) and writing ($i$) be two taps? If you make room, you want to fill it; if you write, something has to go.
# Must there be a second state $c$ that is only shown through a gate? *How much of the LSTM can be taken away before it stops being one?*
#
# Cho and others (2014) built a smaller cell for translation, the **gated recurrent unit**. Deck 001 introduces it as "newer and simpler", deck 002 says that it combines forget and input gate into one and does without the
# cell state. Both are right. The interesting part is what that changes.

# %% [markdown]
# ## The idea in a picture: one tap for two streams
#
# Think of a mixer tap. One lever, $z$: turned to 1, all comes from the old state; turned to 0, all comes from the new candidate $n$; in between, a mixture:
#
# $$h_t = (1 - z_t)\, n_t + z_t\, h_{t-1} .$$
#
# The LSTM has two separate taps, $c_t = f_t c_{t-1} + i_t g_t$. Feed both with the same candidate, 1 at every step for 20 steps and then 0, and watch.


# %%
def mixed(z, candidate):
    h = [0.0]
    for n in candidate:
        h.append((1 - z) * n + z * h[-1])
    return np.array(h[1:])


candidate = np.r_[np.ones(20), np.zeros(20)]
fig, axes = plt.subplots(figsize=(7.2, 3.2))
axes.plot(np.cumsum(candidate), label="LSTM's cell, f = i = 1")
for z in (0.5, 0.9, 0.97):
    axes.plot(mixed(z, candidate), label=f"GRU's state, z = {z}")
axes.set(xlabel="step t", ylabel="state", yscale="symlog", title="Adding and mixing (logarithmic above 1)")
axes.set_yticks([0, 0.5, 1, 3, 10, 20], ["0", "0.5", "1", "3", "10", "20"])
plots.label_ends(axes)
ends = {z: mixed(z, candidate)[[19, 39]] for z in (0.5, 0.9, 0.97)}
plots.show(
    fig,
    alt="A candidate of 1 for 20 steps, then 0. The LSTM's cell with f = i = 1 climbs to 20 and "
    "stays. The GRU's state climbs towards 1 and falls again: "
    + "; ".join(f"z = {z}: {up:.2f} at step 20, {down:.2f} at step 40" for z, (up, down) in ends.items())
    + ".",
)
print({z: np.round(values, 2).tolist() for z, values in ends.items()})
assert all(mixed(z, candidate).max() <= 1 for z in (0.5, 0.9, 0.97))

# %% [markdown]
# A mixture never leaves the range of what is mixed. If $h_0$ is within $(-1, 1)$, then $h_t$ is, for ever: the GRU's state cannot run away, and needs no tanh on its way out. But it cannot *count* either: the LSTM's cell has seen twenty ones, the
# mixer knows only that there were many. And one lever ties two wishes together: a unit that keeps well ($z$ near 1) hears little of what is new ($1 - z$ near 0). Move the lever. (Without a
# running kernel: the figure above has three positions.)


# %%
def lever(z):
    fig, axes = plt.subplots(figsize=(7.2, 2.6))
    h = mixed(z, candidate)
    axes.plot(candidate, label="candidate n", marker="")
    axes.plot(h, label="state h")
    axes.set(xlabel="step t", ylim=(-0.1, 1.15), title=f"z = {z:.2f}")
    axes.legend(loc="upper right")
    return (
        fig,
        f"With z = {z:.2f} the state reaches {h[19]:.2f} after 20 ones and is {h[39]:.2f} after 20 zeros.",
    )


display(widgets.explore(lever, z=ipywidgets.FloatSlider(0.9, min=0.0, max=1.0, step=0.01, description="z")))

# %% [markdown]
# The second gate, $r$, sits before the candidate: it says how much of the old state the candidate may *see*. With $r = 0$ the candidate is made from the input alone, as if a new text began.

# %%
plots.show(
    diagrams.gru_cell(),
    alt="The GRU cell. Along the top runs the state from h at t minus 1 to h at t; on its way it is "
    "multiplied by z, then the product of 1 minus z and the candidate n is added. "
    "Below, the input x and the old state feed two sigmoid layers, z and r, and the tanh layer of "
    "the candidate; before the candidate, r multiplies what comes from the old state.",
)

# %% [markdown]
# ## The equations, with every shape
#
# $D$ inputs, $H$ units; $W_\bullet$ is $H \times D$, $U_\bullet$ is $H \times H$, all else is in $\mathbb{R}^H$.
#
# $$\begin{aligned}
# r_t &= \sigma(W_r x_t + U_r h_{t-1} + b_r) && \text{reset gate}\\
# z_t &= \sigma(W_z x_t + U_z h_{t-1} + b_z) && \text{update gate; 1 keeps}\\
# n_t &= \tanh\bigl(W_n x_t + b_n + r_t \odot (U_n h_{t-1} + b_u)\bigr) && \text{candidate}\\
# h_t &= (1 - z_t) \odot n_t + z_t \odot h_{t-1} && \text{state, and output}
# \end{aligned}$$
#
# Gates are in $(0, 1)$, candidate and state in $(-1, 1)$.
#
# This is the form with the reset *after* the product, PyTorch's and Keras's default. Cho and others (2014) reset *before* it: $n_t = \tanh\bigl(W_n x_t + b_n + U_n (r_t \odot h_{t-1})\bigr)$. More on
# that below. In code the three blocks stand side by side in the order r, z, n: `W (D, 3H)`, `U (H, 3H)`, `b (3H,)`, and `b_u (H,)`.
#
# ### Backward
#
# From $\delta h_t$ (the blame that arrives at $h_t$, as in lecture 03), each in $\mathbb{R}^H$:
#
# $$\begin{aligned}
# \delta a_n &= \delta h_t \odot (1 - z_t) \odot (1 - n_t \odot n_t) && \text{through the tanh}\\
# \delta a_z &= \delta h_t \odot (h_{t-1} - n_t) \odot z_t \odot (1 - z_t) && \text{old against new}\\
# \delta a_r &= \delta a_n \odot (U_n h_{t-1} + b_u) \odot r_t \odot (1 - r_t) && \text{what } r \text{ multiplies}\\
# \delta h_{t-1} &= \underbrace{z_t \odot \delta h_t}_{\text{kept}} + U_n^\top (r_t \odot \delta a_n) + U_z^\top \delta a_z + U_r^\top \delta a_r
# \end{aligned}$$
#
# Four paths lead back to $h_{t-1}$. The first is the one that matters: with gates and candidate held fixed, $\partial h_t / \partial h_{t-1} = \operatorname{diag}(z_t)$, no matrix and no slope. It is what $\operatorname{diag}(f_t)$ was in the LSTM, and everything said there holds here, **with $b_z$ in the place of $b_f$**:
# memory is the product of the $z$, so it lasts as long as they stay near 1.

# %% [markdown]
# ## Twenty lines of NumPy


# %%
def gru_step(x, h, p):
    """One step. x (N, D), h (N, H) to the new h (N, H), and what the way back needs."""
    a_r, a_z, a_n = np.split(x @ p["W"] + p["b"], 3, axis=1)
    U_r, U_z, U_n = np.split(p["U"], 3, axis=1)
    r, z = models.sigmoid(a_r + h @ U_r), models.sigmoid(a_z + h @ U_z)
    q = h @ U_n + p["b_u"]
    n = np.tanh(a_n + r * q)
    return (1 - z) * n + z * h, (r, z, n, q)


def gru_step_back(dh, h, p, kept):
    """From the gradient by the new h: by the three pre-activations (N, 3H), and by the old h (N, H)."""
    r, z, n, q = kept
    U_r, U_z, U_n = np.split(p["U"], 3, axis=1)
    da_n = dh * (1 - z) * (1 - n**2)
    da_z = dh * (h - n) * z * (1 - z)
    da_r = da_n * q * r * (1 - r)
    dh_old = dh * z + (da_n * r) @ U_n.T + da_z @ U_z.T + da_r @ U_r.T
    return np.concatenate([da_r, da_z, da_n], axis=1), dh_old


# %% [markdown]
# Three witnesses: moving each entry of $h_{t-1}$ and of $b$ by a little (lecture 03), the course's own `models.gru_forward`, and PyTorch where it is installed.

# %%
rng = np.random.default_rng(1)
T, N, D, H = 7, 3, 4, 5
shapes = {"W": (D, 3 * H), "U": (H, 3 * H), "b": (3 * H,), "b_u": (H,)}
p = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
x, h, weight = rng.standard_normal((T, N, D)), rng.uniform(-1, 1, (N, H)), rng.standard_normal((N, H))
da, dh_old = gru_step_back(weight, h, p, gru_step(x[0], h, p)[1])


# %%
def moved(array):
    """Central differences of sum(weight · h_new) by every entry of `array`."""
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        ends = []
        for step in (1e-6, -2e-6):  # up, then down past where it was
            array[index] += step
            ends.append(float((weight * gru_step(x[0], h, p)[0]).sum()))
        array[index] += 1e-6
        gradient[index] = (ends[0] - ends[1]) / 2e-6
    return gradient


print(
    "backward against differences:",
    f"{max(np.abs(dh_old - moved(h)).max(), np.abs(da.sum(axis=0) - moved(p['b'])).max()):.0e}",
)
assert np.allclose(dh_old, moved(h), atol=1e-8) and np.allclose(da.sum(axis=0), moved(p["b"]), atol=1e-8)

# %%
states = [np.zeros((N, H))]
for x_t in x:
    states.append(gru_step(x_t, states[-1], p)[0])
ours = np.stack(states[1:])
print("largest difference from models.gru_forward:", np.abs(ours - models.gru_forward(p, x)[0]).max())
assert np.allclose(ours, models.gru_forward(p, x)[0], atol=1e-12)

if find_spec("torch"):
    import torch

    torch.set_num_threads(1)
    layer = torch.nn.GRU(D, H, dtype=torch.float64)
    layer.load_state_dict({name: torch.tensor(value) for name, value in convert.gru_to_torch(p).items()})
    difference = np.abs(layer(torch.tensor(x))[0].detach().numpy() - ours).max()
    print("largest difference from torch.nn.GRU:", difference)
    assert difference < 1e-12

# %% [markdown]
# ## Two conventions, and only one of them is harmless
#
# ### Which side does $z$ keep?
#
# With Cho, PyTorch and Keras, $z = 1$ **keeps**: $h_t = (1-z) \odot n + z \odot h_{t-1}$. Chung and others (2014) mix the other way round, $h_t = (1-z) \odot h_{t-1} + z \odot n$, and deck 002 follows them: there, $z = 1$ *takes the new*. This is a matter of naming. Since $\sigma(-a) = 1 - \sigma(a)$, the
# weights **convert**: negate $W_z$, $U_z$ and $b_z$. (A trap remains: "set the update bias to 3, for long memory" means $-3$ in the other convention.)
#
# ### Where does $r$ stand?
#
# Cho's last version, Chung and deck 002 reset **before** the product, $U_n (r \odot h)$; Cho's first version, PyTorch and Keras's default reset **after** it, $r \odot (U_n h + b_u)$. (Keras documents both and offers both, `reset_after=False` and `True`.) That is not a matter of naming. Two units, no input, no biases:
#
# $$U = \begin{bmatrix} 0 & 1 \\ 0 & 0 \end{bmatrix}, \quad h = \begin{bmatrix} 0 \\ 1 \end{bmatrix}, \quad r = \begin{bmatrix} 1 \\ 0 \end{bmatrix}: \qquad
# U (r \odot h) = \begin{bmatrix} 0 \\ 0 \end{bmatrix}, \qquad r \odot (U h) = \begin{bmatrix} 1 \\ 0 \end{bmatrix} .$$
#
# Before the product, $r$ closes a *source*: nobody hears unit 2. After it, $r$ closes a *listener*: unit 2 hears nobody. The sources, each as printed, with our weights:


# %%
def gates_of(p, x, h):
    """r and z, and the candidate's blocks in column form."""
    blocks = {}
    for k, name in enumerate("rzn"):
        cut = slice(k * len(h), (k + 1) * len(h))
        blocks[name] = p["W"][:, cut].T, p["U"][:, cut].T, p["b"][cut]
    r, z = (models.sigmoid(W @ x + U @ h + b) for W, U, b in (blocks["r"], blocks["z"]))
    return r, z, *blocks["n"]


def cho(p, x, h):
    """Cho and others 2014, equations 5 to 8; they leave the biases out of the print."""
    r, z, W, U, b = gates_of(p, x, h)
    return z * h + (1 - z) * np.tanh(W @ x + U @ (r * h) + b)


def chung(p, x, h):
    """Chung and others 2014, and deck 002: z takes the new."""
    r, z, W, U, b = gates_of(p, x, h)
    return (1 - z) * h + z * np.tanh(W @ x + U @ (r * h) + b)


# %%
def pytorch(p, x, h):
    """PyTorch; Keras with reset_after=True."""
    r, z, W, U, b = gates_of(p, x, h)
    return (1 - z) * np.tanh(W @ x + b + r * (U @ h + p.get("b_u", 0.0))) + z * h


# %%
before = {name: value for name, value in p.items() if name != "b_u"}
bare = before | {"b": np.zeros(3 * H)}
x1, h1 = rng.standard_normal(D), rng.uniform(-1, 1, H)
tries = {
    "Cho 2014, its last version": (cho, before, before),
    "Chung 2014": (chung, before, convert.gru_flip_update(before)),
    "deck 002 (as Chung, no biases)": (chung, bare, convert.gru_flip_update(bare)),
    "PyTorch, Keras's default": (pytorch, before, convert.gru_flip_update(before)),
}
lines = []
for name, (step, same, converted) in tries.items():
    h_before = models.gru_forward(same, x1[None, None], h1[None])[0][0, 0]
    gaps = [np.abs(step(weights, x1, h1) - h_before).max() for weights in (same, converted)]
    said = ["yes" if gap < 1e-12 else f"no, off by {gap:.2f}" for gap in gaps]
    after = np.abs(pytorch(p, x1, h1) - models.gru_forward(p, x1[None, None], h1[None])[0][0, 0]).max()
    lines.append(f"| {name} | {said[0]} | {said[1]} |")
    assert (gaps[0] < 1e-12) == (step is cho) and (gaps[1] < 1e-12) == (step is not pytorch)
display(
    Markdown(
        "| source | ours with the reset before, same weights? | with $z$ turned round? |\n|---|---|---|\n"
        + "\n".join(lines)
    )
)
print(f"PyTorch's against ours with the reset after, same weights: off by {after:.0e}")
assert after < 1e-12

# %% [markdown]
# ### Could *other* weights make up for it?
#
# Having tried one set of weights proves little. Here is a proof that no weights do, for the step $(x, h_{t-1}) \mapsto h_t$. Suppose that two steps, one of each kind, agree for all $x$ and $h$. (If they agree for $h$ in a box, they
# agree for all $h$: everything here is analytic.) Give the first of them $z = \frac12$, whatever it sees.
#
# **The other's $z$ is $\frac12$ too.** Go far out along a ray of $h$. Candidates are bounded, so $h_{t}$ grows like $z \odot h_{t-1}$, and the other's $z$ must tend to $\frac12$ there. A sigmoid of an affine function does that on all rays only if it does not depend on $h$ at all. So $z = \frac12$
# in both, and their *candidates* must agree.
#
# **From after to before.** At $h_{t-1} = 0$ the candidate is $\tanh(\text{affine in } x)$ with the reset before. With the reset after it is $\tanh\bigl(W_n x + b_n + r(x) \odot b_u\bigr)$, and $r(x) = \sigma(W_r x + b_r)$ is not affine in any unit whose row of $W_r$ is not zero. So if one such unit also has $b_u \neq 0$, no weights of the other form will do.
#
# **From before to after.** Take two units, one input, $r_1 = \frac12$, $r_2 = \sigma(x)$, and let unit 1 compute $\tanh\bigl(\tfrac12 h_1 + \sigma(x)\, h_2\bigr)$. With the reset after, we would need
#
# $$\tfrac12 h_1 + \sigma(x)\, h_2 = w x + b + \tilde r(x, h)\,(u_1 h_1 + u_2 h_2 + b_u) .$$
#
# If $u_1 = u_2 = 0$, let $h$ grow: the left side grows, the right side does not. Otherwise there is a line of $h$ on which the bracket is zero, *the same line for every $x$*. On it, $\frac12 h_1 + \sigma(x) h_2 = w x + b$ for all $x$. Since $\sigma$ is not affine, $h_2 = 0$ on the whole line; then $\frac12 h_1 = wx + b$
# is one number, and the "line" is a point. A contradiction. $\square$
#
# So a checkpoint of one kind **cannot** be loaded into the other, and whoever loads it anyhow gets no error: all shapes fit. Does it matter for what can be *learned*? Hardly: in the experiment below, both learn to add (and exercise 1 tells where they are the same). The form with the reset after needs one product $h\,U$ for all three blocks, which is
# why libraries like it: cuDNN has only that one, says Keras's documentation.

# %%
fig, axes = plt.subplots(figsize=(7.2, 2.8))
gap_by_step = []
for seed in range(5):
    draw = np.random.default_rng(seed)
    q = models.gru_init(draw, D, 16, reset_after=False)
    q["U"] *= 2.0
    inputs = draw.standard_normal((30, 1, D))
    apart = models.gru_forward(q, inputs)[0] - models.gru_forward(q | {"b_u": np.zeros(16)}, inputs)[0]
    gap_by_step.append(np.abs(apart).max(axis=(1, 2)))
    axes.plot(gap_by_step[-1], label=f"seed {seed}")
axes.set(
    xlabel="step t", ylabel="largest difference of h", title="The same weights, loaded into the other form"
)
axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
late = [float(gaps[10:].mean()) for gaps in gap_by_step]
plots.show(
    fig,
    alt="Largest difference between the states of the two forms with the same weights over 30 steps, "
    f"five random networks of 16 units: zero at the first step, between {min(late):.2f} and "
    f"{max(late):.2f} on average from step 10.",
)
assert all(gaps[0] < 1e-12 for gaps in gap_by_step) and min(late) > 0.02

# %% [markdown]
# Note the first step: from $h_0 = 0$ the two agree. A test of one step from zero would have told you that all is well.

# %% [markdown]
# ## Counted and timed
#
# | | blocks | parameters | states |
# |---|---|---|---|
# | plain | 1 | $HD + H^2 + H$ | $h$ |
# | GRU | 3 | $3\,(HD + H^2 + H)$, and $H$ for $b_u$ | $h$ |
# | LSTM | 4 | $4\,(HD + H^2 + H)$ | $h$, $c$ |
#
# Deck 002 says that the GRU has "significantly fewer parameters and trains faster". A quarter fewer. Faster?

# %%
CELLS = {
    "plain": (models.rnn_init, models.rnn_forward, models.rnn_backward),
    "GRU": (models.gru_init, models.gru_forward, models.gru_backward),
    "LSTM": (models.lstm_init, models.lstm_forward, models.lstm_backward),
}
sizes, D_ = (32, 128, 256), 32
counts = {
    name: [models.parameter_count(make(rng, D_, size)) for size in sizes]
    for name, (make, *_) in CELLS.items()
}
assert counts["LSTM"][0] == 4 * counts["plain"][0] and counts["GRU"][0] == 3 * counts["plain"][0] + 32
took = {name: [] for name in CELLS}
for size in sizes:
    inputs, best = rng.standard_normal((30, 32, D_)), dict.fromkeys(CELLS, np.inf)
    for _ in range(4):  # in turn, so that whatever else the machine does hits all of them
        for name, (make, forward, backward) in CELLS.items():
            weights = make(rng, D_, size)
            start = time.process_time()
            states, cache = forward(weights, inputs)
            backward(weights, cache, np.ones_like(states))
            best[name] = min(best[name], time.process_time() - start)
    for name in CELLS:
        took[name].append(1e3 * best[name] / 30)

# %%
fig, panels = plt.subplots(1, 2, figsize=(7.4, 3.0))
for axes, table, label in zip(panels, (counts, took), ("parameters", "ms a step"), strict=True):
    for name in CELLS:
        axes.plot(sizes, table[name], label=name, markevery=1)
    axes.set(xscale="log", yscale="log", xlabel="units H", title=label)
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
panels[0].legend()
ratio = [g / l for g, l in zip(took["GRU"], took["LSTM"], strict=True)]
plots.show(
    fig,
    alt="Parameters and milliseconds a step, forward and backward, against the units, both on log "
    "scales. The GRU has three quarters of the LSTM's parameters; its time is "
    + ", ".join(f"{r:.2f} of the LSTM's at {size} units" for r, size in zip(ratio, sizes, strict=True))
    + ".",
)
for size, r, plain in zip(sizes, ratio, took["plain"], strict=True):
    print(f"{size} units: GRU {r:.2f} of the LSTM's time; plain {plain:.2f} ms a step")

# %% [markdown]
# Set the ratios beside $\frac34$, the ratio of the parameters. They need not agree: in a small network most of a step is overhead, which does not ask for parameters, and our GRU makes two products with $h$ where the LSTM makes one. Such a ratio belongs to a *size*, a *library* and a *machine*; quote it with all three. On a GPU, with a
# library's own kernels, expect something else again.

# %% [markdown]
# ## An experiment that can fail: three tasks, three answers
#
# Now train both. One task would give you one winner, and you might believe it. We use three, each with three seeds, the same optimiser and the same number of updates (and the usual biases: 1 for the LSTM's forget gate, as in Keras, 0 for all else), and **whoever loses has at least as many parameters** as the winner, so that "it is only smaller" is no excuse.
#
# 1. **Agreement** (lecture 05): read a sentence with up to three nouns in between, say the number of the verb. 8 units each.
# 2. **Adding** over 30 steps: two marked numbers, their sum. 32 units each, so the LSTM has a third more parameters.
# 3. **Counting**: after $n$ letters a come as many letters b; predict each b and the end (Gers and Schmidhuber 2001). Trained with $n \le 12$, tested beyond. LSTM 8 units, GRU 10.

# %%
V = len(data.AGREEMENT_WORDS)


def agreement_batches(rng, updates, nouns=(0, 3)):
    for _ in range(updates):
        text = data.agreement(rng, 32, nouns=nouns)
        yield models.one_hot(text.x, V), text.y


def counting_batches(rng, updates, largest=12):
    for _ in range(updates):
        x, y, _ = data.counting(rng, 32, 1, largest)
        yield models.one_hot(x, 4), y


def adding_batches(rng, updates):
    return (data.adding_problem(rng, 32, 30) for _ in range(updates))


TASKS = {  # batches, updates, loss, rate, (inputs, outputs), units of the LSTM and of the GRU
    "agreement": (agreement_batches, 150, models.cross_entropy, 0.02, (V, 2), 8, 8),
    "adding": (adding_batches, 400, models.squared_error_at_end, 0.01, (2, 1), 32, 32),
    "counting": (counting_batches, 500, models.cross_entropy, 0.02, (4, 4), 8, 10),
}

# %%
curves, nets = {}, {}
for task, (batches, updates, loss, rate, (inputs, outputs), *units) in TASKS.items():
    for cell, size in zip(("lstm", "gru"), units, strict=True):
        for seed in range(3):
            rng = np.random.default_rng(seed)
            net = nets[task, cell, seed] = models.network(rng, cell, inputs, size, outputs)
            curves[task, cell, seed] = models.train(net, batches(rng, updates), loss, models.Adam(rate))
        print(f"{task:10s} {cell:5s} {size:2d} units, {models.parameter_count(net.params):5d} parameters, last losses",
              [f"{curves[task, cell, seed][-30:].mean():.4f}" for seed in range(3)])  # fmt: skip

# %%
other_kind = []
for seed in range(3):
    rng = np.random.default_rng(seed)
    net = models.network(rng, "gru", 2, 32, 1, reset_after=False)
    losses = models.train(net, adding_batches(rng, 300), models.squared_error_at_end, models.Adam(0.01))
    other_kind.append(float(losses[-30:].mean()))
print("adding, GRU with the reset before the product, last losses", [f"{loss:.4f}" for loss in other_kind])
assert max(other_kind) < 0.01

# %%
last = {
    (task, cell): [float(curves[task, cell, seed][-30:].mean()) for seed in range(3)]
    for task in TASKS
    for cell in ("lstm", "gru")
}
fig, panels = plt.subplots(1, 3, figsize=(7.6, 3.1))
for axes, task in zip(panels, TASKS, strict=True):
    for cell in ("lstm", "gru"):
        rows = [np.convolve(curves[task, cell, seed], np.ones(15) / 15, "valid") for seed in range(3)]
        (line,) = axes.plot(np.median(rows, axis=0), label=cell.upper())
        low, high = np.min(rows, axis=0), np.max(rows, axis=0)
        axes.fill_between(range(len(low)), low, high, alpha=0.18, color=line.get_color())
    axes.set(title=task, yscale="log", xlabel="update")
panels[0].set_ylabel("training loss")
panels[0].legend(loc="lower left")
plots.show(
    fig,
    alt="Training loss, median and range of three seeds, a panel a task. Last losses: "
    + "; ".join(f"{task}, {cell}: {min(v):.4f} to {max(v):.4f}" for (task, cell), v in last.items())
    + ".",
)
assert max(last["adding", "gru"]) < 0.01 < min(last["adding", "lstm"])
size_of = {(task, cell): models.parameter_count(nets[task, cell, 0].params) for task, cell in last}
assert round(size_of["adding", "lstm"] / size_of["adding", "gru"], 1) == 1.3
assert size_of["counting", "gru"] > size_of["counting", "lstm"]

# %% [markdown]
# In training, agreement is a draw, adding goes to the GRU, and counting looks like a draw as well. But a training loss only tells about lengths that were trained. Test beyond.


# %%
def counts_right(net, n):
    """Is every letter that n decides predicted?"""
    x, y, _ = data.counting(np.random.default_rng(0), 1, n, n)
    guess = net.forward(models.one_hot(x, 4))[0].argmax(axis=2)
    return bool((guess == y)[y >= 0].all())


def reads_right(net, nouns):
    text = data.agreement(np.random.default_rng(70 + nouns), 400, nouns=(nouns, nouns))
    rows = np.arange(400)
    guess = net.forward(models.one_hot(text.x, V))[0].argmax(axis=2)
    return float((guess[text.main, rows] == text.y[text.main, rows]).mean())


# %%
longest, apart_by, runs = range(1, 41), (0, 3, 6, 12), [(c, s) for c in ("lstm", "gru") for s in range(3)]
good = {run: np.array([counts_right(nets["counting", *run], n) for n in longest]) for run in runs}
reach = {run: int(np.argmin(np.append(row, False))) for run, row in good.items()}
far = {run: [reads_right(nets["agreement", *run], nouns) for nouns in apart_by] for run in runs}
for (cell, seed), upto in reach.items():
    shares = ", ".join(f"{share:.3f}" for share in far[cell, seed])
    print(
        f"{cell} seed {seed}: agreement with 0, 3, 6, 12 nouns {shares}; counts right for every n up to {upto}"
    )
assert min(min(shares) for shares in far.values()) > 0.97
assert min(reach["lstm", s] for s in range(3)) > max(reach["gru", s] for s in range(3)) >= 12

# %%
fig, axes = plt.subplots(figsize=(7.4, 2.9))
for row, marks in enumerate(good.values()):
    at = np.array(longest)
    axes.scatter(at[marks], np.full(marks.sum(), row), marker="o", edgecolors="#0072B2", **CLEAR | {"s": 24})
    axes.scatter(at[~marks], np.full((~marks).sum(), row), marker="x", color="#C44E00", s=18, linewidths=1.3)
axes.axvline(12.5, color="#555555", linewidth=1.2, linestyle=(0, (1, 2)))
axes.set(
    xlabel="n (dotted: the longest trained)", title="Counting: ○ all right, × a mistake", ylim=(5.5, -0.5)
)
axes.set_yticks(range(6), [f"{cell.upper()}, seed {seed}" for cell, seed in runs])
plots.show(
    fig,
    alt="Whether counting is right for n from 1 to 40, six networks trained up to 12. Right for every n up to: "
    + ", ".join(f"{cell} seed {seed} {upto}" for (cell, seed), upto in reach.items())
    + ".",
)

# %% [markdown]
# **Three tasks, three answers.** Agreement: no difference worth the name, not even with twelve nouns in between. Adding: the GRU learns it with every seed in a budget in which the LSTM, with a third more parameters, does not. Counting: every LSTM goes on beyond the numbers that it was trained on, and every GRU stops
# sooner than any LSTM, hardly beyond its training, though the GRUs are larger and fit the training lengths. (Adding is a matter of budget: one LSTM had begun to learn when we stopped. Counting is not.) That is the shape that Weiss, Goldberg and Yahav (2018) report at a larger scale (why: below). Whoever shows you one of the three can prove whatever they like.

# %% [markdown]
# ### Or is it the bias?
#
# Lecture 05 had a task with nothing in it but a long wait. One bit, 49 steps of noise, say the bit. There, the forget bias decided everything. So: same task, both cells, and the *same* bias on the gate that keeps, $b_f$ or $b_z$.


# %%
def wait_for_it(rng, batch, steps=50):
    """x (T, N, 2): noise, and a bit as ±1 at the first step. Targets (T, N): the bit, at the last step only."""
    bit = rng.integers(0, 2, batch)
    x = np.stack([rng.standard_normal((steps, batch)), np.zeros((steps, batch))], axis=2)
    x[0, :, 1] = 2 * bit - 1
    y = np.full((steps, batch), data.IGNORE)
    y[-1] = bit
    return x, y


ends = {}
for bias in (0, 3):
    for cell in ("lstm", "gru"):
        for seed in range(3):
            rng = np.random.default_rng(seed)
            net = models.network(rng, cell, 2, 8, 2)
            net.params["b"][8:16] = bias  # the second block: f of the LSTM, z of the GRU
            drawn = (wait_for_it(rng, 32) for _ in range(110))
            losses = models.train(net, drawn, models.cross_entropy, models.Adam(0.01))
            ends.setdefault((cell, bias), []).append(float(losses[-10:].mean()))

# %%
fig, axes = plt.subplots(figsize=(7.2, 2.7))
for row, ((cell, _), values) in enumerate(ends.items()):
    axes.scatter(values, [row] * 3, marker="o" if cell == "lstm" else "^", edgecolors="#0072B2", **CLEAR)
axes.axvline(np.log(2), color="#555555", linewidth=1.2, linestyle=(0, (1, 2)))
axes.set(xscale="log", xlabel="loss after 110 updates (a mark a seed; dotted: a coin)", ylim=(3.5, -0.5))
axes.set_yticks(range(4), [f"{cell.upper()}, bias {bias}" for cell, bias in ends])
axes.set_title("The bias matters more than the cell")
solved = {key: sum(value < 0.1 for value in values) for key, values in ends.items()}
plots.show(
    fig,
    alt="Loss after training on the waiting task, three seeds each. Solved: "
    + ", ".join(f"{cell.upper()} with bias {bias}: {n} of 3" for (cell, bias), n in solved.items())
    + ". The others are at the loss of a coin.",
)
print("solved, of 3 seeds:", {f"{cell} {bias}": n for (cell, bias), n in solved.items()})
assert solved["lstm", 0] == solved["gru", 0] == 0 and min(solved["lstm", 3], solved["gru", 3]) >= 2

# %% [markdown]
# With bias 0 *neither* cell learns it, with bias 3 *both* do. One number, set before training, does more than the choice of the architecture. Jozefowicz, Zaremba and Sutskever (2015) found the same in a search over ten thousand architectures: a forget bias of 1 closed the gap between the LSTM and
# the GRU. A comparison that leaves such numbers at one library's default compares defaults.
#
# ### When does it not matter?
#
# - Chung and others (2014), music and speech: both beat tanh units; between the two, no clear winner.
# - Greff and others (2017): an LSTM with its input and forget gate tied, $i = 1 - f$, the GRU's idea inside an LSTM, was not significantly worse on their three tasks.
# - Britz and others (2017), translation, hundreds of runs: LSTMs a little but consistently ahead.
#
# Deck 002 calls the results "still inconclusive": on many problems the two perform the same, and each has problems on which it works better. That *is* the conclusion, and our three tasks have the same shape: a draw, one for the GRU within our budget, one for the LSTM. Only for the last do we have a reason that no budget removes. So take the GRU if you want fewer parameters and bounded states; take the LSTM if something has to be counted; set the bias by the lag; and if
# you only want a good result, spend your time on the data, the learning rate and a good baseline.

# %% [markdown]
# ## Look inside: the GRU's gates
#
# A GRU trained on agreement, over a sentence. Which unit carries the number? The one that differs most, just before the verb, between two sentences that differ only in the subject up to there. (Remember lecture 05: to differ is not yet to be used. The test is the operation, `operate`, in that lecture.)

# %%
READ = (
    "the keys near the cabinet of the boy are lost .",
    "the key near the cabinet of the boy is lost .",
    "the authors behind the picture of the dogs were old .",
)
reader = nets["agreement", "gru", 0]


def traces(sentence, reader=reader, V=V):  # as they are now, whatever the names stand for further down
    """Words, and gates and states over them, each (T, H)."""
    words = sentence.split()
    _, cache = reader.forward(models.one_hot(data.encode(words)[:, None], V))
    gates = {name: cache[name][:, 0] for name in "rzn"}
    return words, gates | {"h": cache["h"][1:, 0], "h_prev": cache["h"][:-1, 0]}


words, many = traces(READ[0])
_, one = traces(READ[1])
number_unit = int(np.abs(many["h"] - one["h"])[7].argmax())
print(
    f"unit {number_unit}: h is {many['h'][7, number_unit]:+.2f} before “are” and "
    f"{one['h'][7, number_unit]:+.2f} before “is”"
)


# %%
widgets.show_unit(words, many, number_unit)

# %% [markdown]
# Above: reset and update gate; below: candidate and state. Read it as a skeptic. The story so far was that a unit keeps by turning $z$ to 1. Does this one? Multiply its $z$ from the subject to the verb, and you know how much of the subject is left along the path that only keeps:

# %%
left = float(many["z"][2:8, number_unit].prod())
print(
    f"kept by z alone, from “keys” to the verb: {left:.4f}; the state there: {many['h'][7, number_unit]:+.2f}"
)
assert left < 0.05 and abs(many["h"][7, number_unit]) > 0.9

# %% [markdown]
# Next to nothing is left by keeping, and yet the state is all there. *The candidate says it again at every step*: it sees $h$ (that is what $r$ lets through) and repeats it. This unit is a **switch** with two stable positions, as a plain tanh unit with a strong loop to itself would be; the gates matter at the noun, where $z$ falls and lets the
# switch be thrown. Over six words that does as well as a gate at 1, and training took what came first. The equations say what a gate *can* be for, not what a network will use it for. Choose other sentences and units:

# %%
display(widgets.gate_microscope(traces, READ, number_unit))

# %% [markdown]
# ## Around the cell: layers and directions
#
# Deck 002 draws LSTMs in several layers and in two directions. Neither changes the cell, and any cell will do: plain, LSTM or GRU.
#
# **Layers on layers.** The states of one layer are the inputs of the next, for layers $\ell = 1, 2, \dots$ with $h^{0}_t = x_t$:
#
# $$h^{\ell}_t = \operatorname{cell}_\ell\bigl(h^{\ell-1}_t,\; h^{\ell}_{t-1}\bigr), \qquad W^{1}_\bullet: H \times D, \quad W^{\ell}_\bullet: H \times H \text{ above it.}$$
#
# The way from $x_t$ up to $y_t$ is longer by a layer; the way through time, on which gradients are lost, is not.
#
# **Two directions** (Schuster and Paliwal 1997). A second network reads the sequence from its end, and the two states that stand at one step are put side by side:
#
# $$\overrightarrow{h}_t = \operatorname{cell}\bigl(x_t, \overrightarrow{h}_{t-1}\bigr), \qquad \overleftarrow{h}_t = \operatorname{cell}'\bigl(x_t, \overleftarrow{h}_{t+1}\bigr), \qquad
# y_t = V\,[\,\overrightarrow{h}_t;\, \overleftarrow{h}_t\,] + b_y, \quad V: K \times 2H .$$

# %%
plots.show(
    diagrams.layers_and_directions(),
    alt="Left, two layers over three steps: x below, then h with index 1, then h with index 2, then y; arrows lead upwards, and within each layer from step to step. "
    "Right, two directions: each x leads to a state that is passed on to the right and to one that is passed on to the left, and y reads both.",
)

# %% [markdown]
# What does a second direction buy? **Prediction.** Show a row of random bits, and ask at every step for seven of them: those that came one, two and three steps ago, the present one, and those that *will* come in one, two and three steps. A network that
# reads forward can be right about four of the seven; about the other three it is a coin, however many units it has. Two directions should get all of them, even with half the units each.


# %%
OFFSETS = np.arange(-3, 4)


def bits_around(rng, batch, steps=12):
    """x (T, N, 1) of ±1; targets (T, N, 7): the bits that stand at each offset from t."""
    row = rng.choice([-1.0, 1.0], (steps + 6, batch))
    return row[3:-3, :, None], np.stack([row[3 + k : 3 + k + steps] for k in OFFSETS], axis=2)


def read_rows(layers, x):
    """One or two GRUs over x, the second from the end; states side by side (T, N, 2H), and both caches."""
    runs = [models.gru_forward(p, x[::way]) for p, way in zip(layers, (1, -1), strict=False)]
    return np.concatenate([h[::way] for (h, _), way in zip(runs, (1, -1), strict=False)], axis=2), runs


# %%
def reader_of_bits(seed, directions, units=16, updates=150):
    """Share right at each offset, on rows that were not trained on, for 16 units in one or two directions."""
    rng = np.random.default_rng(seed)
    layers = [models.gru_init(rng, 1, units // directions) for _ in range(directions)]
    top = {"V": rng.standard_normal((units, 7)) / np.sqrt(units), "b_y": np.zeros(7)}
    adams = [models.Adam(0.02) for _ in (*layers, top)]
    for _ in range(updates):
        x, y = bits_around(rng, 32)
        h, runs = read_rows(layers, x)
        dy = 2 * (h @ top["V"] + top["b_y"] - y) / y.size
        dh = np.split(dy @ top["V"].T, directions, axis=2)
        back = [models.gru_backward(p, run[1], d[::way])[0] for p, run, d, way in zip(layers, runs, dh, (1, -1), strict=False)]  # fmt: skip
        back.append({"V": np.einsum("tnh,tnk->hk", h, dy), "b_y": dy.sum(axis=(0, 1))})
        for p, grads, adam in zip((*layers, top), back, adams, strict=True):
            adam.step(p, grads)
    x, y = bits_around(np.random.default_rng(99), 500)
    said = np.sign(read_rows(layers, x)[0] @ top["V"] + top["b_y"])
    return (said == y)[3:-3].mean(axis=(0, 1))  # not at the ends, where some bits are never shown


# %%
found = {n: np.array([reader_of_bits(seed, n) for seed in range(3)]) for n in (1, 2)}
fig, axes = plt.subplots(figsize=(7.2, 2.9))
for n, label in {1: "one direction,\n16 units", 2: "two directions,\n8 units each"}.items():
    axes.plot(OFFSETS, found[n].mean(axis=0), label=label, markevery=1)
axes.axhline(0.5, color="#555555", linewidth=1.2, linestyle=(0, (1, 2)), marker="")
axes.axvline(0.5, color="#555555", linewidth=1.2, linestyle=(0, (1, 2)), marker="")
axes.set(xlabel="where the bit stands, in steps after t", ylabel="share right", ylim=(0.4, 1.08))
axes.set_xticks(OFFSETS, [f"{k:+d}".replace("-", "−") if k else "t" for k in OFFSETS])
axes.set_title("What is to come, only the second direction sees")
plots.label_ends(axes)
plots.show(
    fig,
    alt="Share of right bits against where the bit stands, three steps before to three after, mean of three seeds. "
    + "; ".join(
        f"{n} direction{'s' * (n > 1)}: " + ", ".join(f"{v:.2f}" for v in found[n].mean(axis=0))
        for n in found
    )
    + ".",
)
print(
    "worst share before and at t, best after t, one direction:", found[1][:, :4].min(), found[1][:, 4:].max()
)
assert min(found[1][:, :4].min(), found[2].min()) > 0.98 and found[1][:, 4:].max() < 0.55

# %% [markdown]
# As predicted, with every seed. The price: nothing can be answered before the whole sequence is there. That is no loss when a sentence is tagged, and rules two directions out for a forecast, and for a language model that is to write. How sentences of unequal length
# go through all this in one batch is the subject of lab 6.

# %% [markdown]
# ## What it does not solve
#
# **Counting without limit.** The LSTM counts by adding 1 to a cell. A mixture stays within $(-1, 1)$, so ever more counts must share a bounded range. Let a GRU unit take a candidate of 1 again and again, $h \leftarrow (1-z) + z h$, and look at the gap between one count and the next: it is $(1-z) z^{n}$. It shrinks
# exponentially, however $z$ is chosen.

# %%
ns, held = np.arange(1, 201), (0.8, 0.9, 0.98)
fig, axes = plt.subplots(figsize=(7.2, 2.9))
for z in held:
    axes.plot(ns, (1 - z) * z**ns, label=f"GRU, z = {z}")
axes.plot(ns, np.ones(200), label="LSTM, f = i = g = 1")
axes.set(xlabel="count n", ylabel="gap to the next count", yscale="log", ylim=(1e-21, 10))
axes.set_title("How far apart are n and n + 1?")
plots.label_ends(axes)
plots.show(
    fig,
    alt="Gap between the states after n and n + 1 counts, on a log scale to 200 counts. The LSTM's "
    "is 1 throughout. The GRU's falls in straight lines, "
    + ", ".join(f"to {(1 - z) * z**200:.0e} with z = {z}" for z in held)
    + ".",
)
widest = {n: (n / (n + 1)) ** n / (n + 1) for n in (10, 100)}
tried = np.linspace(0.5, 0.9999, 20001)
print("the widest gap that any z allows:", {n: f"{gap:.4f}" for n, gap in widest.items()})
assert all(abs(gap - ((1 - tried) * tried**n).max()) < 1e-6 for n, gap in widest.items())

# %% [markdown]
# (The best $z$ for telling $n$ from $n+1$ is $n/(n+1)$, and even then the gap is only about $1/(e\,n)$. A GRU with several units can do other things than this, as it did up to twelve; but with finite precision it cannot count without limit, which Weiss and others (2018) prove.)
#
# **Long distance, by itself.** With $b_z = 0$ the gates start at $\frac12$, and $2^{-50} \approx 10^{-15}$ is left after 50 steps. As you saw.
#
# **Exploding gradients.** The states are bounded; the gradients are not: three of the four paths go through $U$. Clip, as ever.
#
# **Privacy.** Without an output gate, whatever a unit keeps is seen by everyone at every step: by the layer above, by all gates. The LSTM can hold a thing and not show it.
#
# **Waiting in line.** Step $t$ still needs $h_{t-1}$. If the gate $z$ *and the candidate* $n$ looked at $x_t$ only, $h_t = (1-z_t) n_t + z_t h_{t-1}$ would be *linear* in $h$, and could be computed in parallel by a scan; recent "minimal" GRUs take just that road, without $r$ (Feng and others 2024). What they give up is that gate and candidate see the state.

# %% [markdown]
# ## Exercises
#
# **1.** Show that for $H = 1$ and $b_u = 0$ the two places of the reset give the same function. For which matrices $U_n$ is that so with $H > 1$, whatever $r$ does?
#
# <details><summary>Answer</summary>
#
# For numbers, $u\,(r h) = r\,(u h)$. With more units, entry $i$ is $\sum_j U_{ij} r_j h_j$ before and $\sum_j r_i U_{ij} h_j$ after. They agree for all $r$ and $h$ only if $U_{ij}(r_j - r_i) = 0$, that is $U_{ij} = 0$ for
# $i \ne j$: a diagonal $U_n$, units that do not listen to each other.
# </details>
#
# **2.** An LSTM has 64 units and 50 inputs. How many units may a GRU have without having more parameters?
#
# <details><summary>Answer</summary>
#
# The LSTM has $4 (64 \cdot 50 + 64^2 + 64) = 29{,}440$. The GRU has $3 (50 H + H^2 + H) + H = 3 H^2 + 154 H$, with $H = 76$ it has 29,032, with $H = 77$ already 29,645. So 76. A fair comparison may be by units, by
# parameters or by time, and the three can have different winners. Say which.
# </details>
#
# **3.** A unit should keep half of what it holds over 200 steps of noise. What $z$ does that take? If $z$ *always* had this value, how much of a new bit, shown for one step with $n = 1$, would get in? What must the network learn that the LSTM need not?
#
# <details><summary>Answer</summary>
#
# $z = 2^{-1/200} \approx 0.9965$, so $1 - z \approx 0.0035$ of the bit gets in: it is kept well, and hardly heard. The GRU must learn to *drop* $z$ at the very step that matters. In an LSTM, $f = 0.9965$ and $i = 1$ go together; it writes at
# full strength without letting go of anything.
# </details>

# %%
off_diagonal = np.abs(
    np.diag([0.3, -0.8]) @ (np.array([0.2, 0.9]) * h1[:2])
    - np.array([0.2, 0.9]) * (np.diag([0.3, -0.8]) @ h1[:2])
).max()
sizes_of = {units: models.parameter_count(models.gru_init(rng, 50, units)) for units in (76, 77)}
lstm_size = models.parameter_count(models.lstm_init(rng, 50, 64))
half = 2 ** (-1 / 200)
print(
    f"exercise 1, diagonal: {off_diagonal:.0e};  exercise 2: LSTM {lstm_size}, GRU {sizes_of};  "
    f"exercise 3: z = {half:.4f}, 1 - z = {1 - half:.4f}"
)
assert 3 * (50 + 1) + 1 == 154  # the units once in each block, and b_u
assert off_diagonal < 1e-15 and lstm_size == 29440 and sizes_of == {76: 29032, 77: 29645}
assert round(half, 4) == 0.9965 and round(1 - half, 4) == 0.0035

# %% [markdown]
# ## The lab
#
# **[Lab 5, `lab05_gru`](../../labs/lab05_gru/lab05_gru.ipynb)**: write the GRU in both conventions, its step backward, the conversion of $z$ and the counterexample for $r$; count and time it against the plain network and the LSTM; compare
# them on two tasks over several seeds, and write down a conclusion that you can defend.
#
# What stands *around* a cell, whichever it is (batches of unequal sentences, two directions, several layers), you write in **[Lab 6, `lab06_sequences`](../../labs/lab06_sequences/lab06_sequences.ipynb)**.
#
# ## Sources
#
# - Britz, D., Goldie, A., Luong, M.-T., Le, Q. (2017). Massive exploration of neural machine translation architectures. *EMNLP*, 1442–1451. <https://arxiv.org/abs/1703.03906>
# - Cho, K., van Merriënboer, B., Gulcehre, C., Bahdanau, D., Bougares, F., Schwenk, H., Bengio, Y. (2014). Learning phrase representations using RNN encoder–decoder for statistical machine translation. *EMNLP*, 1724–1734. <https://arxiv.org/abs/1406.1078>
# - Chung, J., Gulcehre, C., Cho, K., Bengio, Y. (2014). Empirical evaluation of gated recurrent neural networks on sequence modeling. <https://arxiv.org/abs/1412.3555>
# - Feng, L., Tung, F., Ahmed, M. O., Bengio, Y., Hajimirsadeghi, H. (2024). Were RNNs all we needed? <https://arxiv.org/abs/2410.01201>
# - Gers, F. A., Schmidhuber, J. (2001). LSTM recurrent networks learn simple context-free and context-sensitive languages. *IEEE Transactions on Neural Networks* 12(6), 1333–1340. [doi:10.1109/72.963769](https://doi.org/10.1109/72.963769)
# - Greff, K., Srivastava, R. K., Koutník, J., Steunebrink, B. R., Schmidhuber, J. (2017). LSTM: a search space odyssey. *IEEE Transactions on Neural Networks and Learning Systems* 28(10), 2222–2232. <https://arxiv.org/abs/1503.04069>
# - Jozefowicz, R., Zaremba, W., Sutskever, I. (2015). An empirical exploration of recurrent network architectures. *ICML*, 2342–2350. <https://proceedings.mlr.press/v37/jozefowicz15.html>
# - Schuster, M., Paliwal, K. K. (1997). Bidirectional recurrent neural networks. *IEEE Transactions on Signal Processing* 45(11), 2673–2681. [doi:10.1109/78.650093](https://doi.org/10.1109/78.650093)
# - Weiss, G., Goldberg, Y., Yahav, E. (2018). On the practical computational power of finite precision RNNs for language recognition. *ACL*, 740–745. <https://arxiv.org/abs/1805.04908>
# - PyTorch: [torch.nn.GRU](https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html). Keras: [GRU layer](https://keras.io/api/layers/recurrent_layers/gru/).
# - The decks: 001, T. C. Petersen (the GRU in pictures); 002, J. Chen (its equations, in Chung's convention; "GRU vs. LSTM", two directions, several layers); 003, *Week 10: LSTM* (LSTM and GRU as the answer to short memory).

# %%
print(f"this run took {time.perf_counter() - started:.0f} s; stated: at most 90 s on two cores")
