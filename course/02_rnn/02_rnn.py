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
#     title: "Recurrent networks: a state that is learned"
#     minutes: 85
#     seconds: 90
#     lab: lab01_rnn
# ---

# %% [markdown]
# # 2. Recurrent networks: a state that is learned
#
# **Read and play: about 85 minutes. Run from top to bottom: at most 90 seconds on two cores.**
#
# When you are through, you can
#
# - write the plain recurrent network with the shape of every letter, with its loop and unrolled;
# - translate between the ways in which books write it, and prove two of them equal;
# - say what sharing weights over time buys, and show it on lengths that were never trained;
# - explain how one unit can remember, and what tanh keeps and what it throws away;
# - write the loss over a sequence, train a model of letters, and sample from it at a temperature;
# - say what is fed back in an Elman and in a Jordan network, and why a Jordan network can remember only what its output shows.
#
# You need lecture 01 and the letters of [NOTATION](../NOTATION.md).

# %%
import os
import re
import time
from importlib.util import find_spec

# The matrices here are small: a second thread would only wait for the first. Must be set before NumPy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

from course import data, diagrams, models, plots, widgets

plots.use_style()
started = time.perf_counter()

# %% [markdown]
# ## The question that the last lecture left open
#
# The forward algorithm of a hidden Markov model needs no window. It carries a state, and makes a *new state from the old state and the new input, by the same rule at every
# step*. But its state is one of $S$ conditions, and its rule is a table. Can the state be a vector, and can a network **learn its own rule** of what to
# keep?

# %% [markdown]
# ## The idea in a picture: a loop, unrolled
#
# Somebody who has read a review of a breakfast cereal does not remember it word for word, says one of our sources, but does remember that the writer will buy it again. What is kept
# is a *state*: it is updated with each word, and it is all that is left of the words before.
#
# On the left is the network as it is: input $x$, state $h$, output $y$, and a loop, since the state is an input of the next step. On the right is the same network **unrolled** in time:
# one copy a step. It looks like a deep feed-forward network, and can be trained like one, with two differences. An input comes in at *every* layer. And all the
# copies have **the same weights** $W$, $U$, $V$.

# %%
plots.show(
    diagrams.loop_and_unrolled(),
    alt="Left, a state h with input x below (weights W), output y above (weights V), and an arrow from h back to itself (weights U). Right, the same "
    "four times in a row: h1 to h4 with their inputs and outputs, h0 leading into h1, each h leading to the next, with the same W, U and V at every step.",
)

# %% [markdown]
# ## The equations, with every shape
#
# $D$ numbers come in, $H$ units carry the state, $K$ numbers go out. With columns:
#
# $$\begin{aligned}
# a_t &= W x_t + U h_{t-1} + b && W \in \mathbb{R}^{H \times D},\; U \in \mathbb{R}^{H \times H},\; b, a_t \in \mathbb{R}^H\\
# h_t &= \tanh(a_t) && h_t \in \mathbb{R}^H, \text{ each entry in } (-1, 1)\\
# y_t &= V h_t + b_y && V \in \mathbb{R}^{K \times H},\; b_y, y_t \in \mathbb{R}^K
# \end{aligned}$$
#
# and $h_0$ is zero unless somebody says otherwise. This is Elman's network (1990). Three remarks that save an hour each:
#
# - **The state goes back, not the prediction.** "The output of the hidden state" in one of our sources, and "hidden state (which also contains predictions!)" in the same one, invite a mix-up: $h_{t-1}$ is fed back, $y_{t-1}$ is not.
#   (If it is, you have a Jordan network, below.)
# - **Every unit feeds every unit.** "Each hidden node contains a feedback loop to itself", says another. That is only the diagonal of $U$; the rest is how units talk.
# - **One set of weights.** There are no "weight vectors for each time step": $HD + H^2 + H$ numbers, whether the sequence has five steps or five thousand.
#
# ### How others write it
#
# | | equation | the same? |
# |---|---|---|
# | here; Elman 1990; deck 002 with $C_h$ for our $W$, $C_y$ for our $V$ | $h_t = \phi(W x_t + U h_{t-1} + b)$ | |
# | concatenated | $h_t = \phi(W_{\text{cat}}\,[h_{t-1}, x_t] + b)$ with the block matrix $W_{\text{cat}} = [\,U \;\; W\,]$ | yes, letter by letter |
# | Pascanu 2013; deck 000 with $\theta$ for our $U$ | $s_t = U \phi(s_{t-1}) + W x_t + b$, $\; y_t = V \phi(s_t) + b_y$ | yes, if you read $h_t = \phi(s_t)$ |
#
# In the last row the activation is *inside*: the state is written down before it goes through $\phi$. Put $\phi$ around both sides and you have the first row. So the two are one network
# that is read at two places, and $s_0$ must be the $a$ that belongs to $h_0$. Deck 000 has no bias, which is a restriction, not a difference in kind. Check it:

# %%
rng = np.random.default_rng(0)
T, D, H, K = 12, 3, 5, 2
W, U, b = rng.standard_normal((H, D)), rng.standard_normal((H, H)) / 2, rng.standard_normal(H)
V, b_y = rng.standard_normal((K, H)), rng.standard_normal(K)
x, h0 = rng.standard_normal((T, D)), rng.uniform(-0.9, 0.9, H)

h, stacked, s = h0, h0, np.arctanh(h0)
for x_t in x:
    h = np.tanh(W @ x_t + U @ h + b)
    stacked = np.tanh(np.hstack([U, W]) @ np.concatenate([stacked, x_t]) + b)
    s = U @ np.tanh(s) + W @ x_t + b
print("after 12 steps, outputs here:          ", V @ h + b_y)
print("concatenated:                          ", V @ stacked + b_y)
print("activation inside, read through tanh:  ", V @ np.tanh(s) + b_y)
assert np.allclose(h, stacked, atol=1e-12) and np.allclose(h, np.tanh(s), atol=1e-12)

# %% [markdown]
# ### The loss over a sequence
#
# At every step that is scored the output is compared with a target, and the parts are added up:
#
# $$E = \sum_{t=1}^{T} E_t, \qquad E_t = -\sum_{k=1}^{K} \hat p_{t,k} \log p_{t,k}, \qquad p_t = \operatorname{softmax}(y_t) \in \mathbb{R}^K ,$$
#
# where $\hat p_t$ is the target: a single 1 at the right answer, so $E_t = -\log p_{t,\text{right}}$, the **surprise**. ($E$ is called the **cross-entropy**. In deck 002 the hat is on the prediction: its $\hat y$ is our $p$.)
# The **softmax** turns any $K$ numbers into probabilities, $p_{t,k} = e^{y_{t,k}} / \sum_{j=1}^{K} e^{y_{t,j}}$: all positive, with sum 1. What goes into it, $y_t$, is called the **logits**. The softmax is taken of the output layer's $y_t$,
# not of $h_t$ itself (deck 003 leaves the layer out; then there could be no more classes than units, and no logit outside $(-1, 1)$). For numbers instead of classes, $E_t = \lVert y_t - \text{target} \rVert^2$.
#
# Which steps are scored makes the shape of the problem (lecture 01): all of them for "in step", only the last for "many to one". Our code divides by the number of
# scored steps, so that a loss means the same for short and long texts: nats a step, or bits a step when divided by $\log 2$. Before any training it should be about $\log K$. If it is not, something is wrong.

# %% [markdown]
# ## Twenty lines of NumPy
#
# In code a batch of $N$ sequences lies in rows, so everything is transposed: `W (D, H)`, `U (H, H)`, `V (H, K)`.


# %%
def softmax(y):
    safe = y - np.max(y, axis=-1, keepdims=True)  # without the maximum, exp(1000) would overflow
    return np.exp(safe) / np.exp(safe).sum(axis=-1, keepdims=True)


def rnn(x, h, W, U, b):
    """x (T, N, D), h (N, H) to all states (T, N, H)."""
    states = []
    for x_t in x:
        h = np.tanh(x_t @ W + h @ U + b)
        states.append(h)
    return np.stack(states)


def loss(y, targets):
    """Mean surprise in nats. y (T, N, K); targets (T, N), negative where nothing is scored."""
    p = np.take_along_axis(softmax(y), np.maximum(targets, 0)[..., None], axis=-1)[..., 0]
    return -np.log(p)[targets >= 0].mean()


# %% [markdown]
# Right? It should agree with the course's `models`, and, where PyTorch is installed, with `torch.nn.RNN`, which stores `(H, D)` and has two biases that it adds.

# %%
rng = np.random.default_rng(1)
T, N, D, H, K = 7, 4, 3, 5, 6
p = {"W": rng.standard_normal((D, H)), "U": rng.standard_normal((H, H)), "b": rng.standard_normal(H)}
x, h0 = rng.standard_normal((T, N, D)), rng.uniform(-1, 1, (N, H))
h = rnn(x, h0, **p)
y, targets = h @ rng.standard_normal((H, K)), rng.integers(-1, K, (T, N))
print("states, largest difference from models:", np.abs(h - models.rnn_forward(p, x, h0)[0]).max())
print("loss, difference from models:", abs(loss(y, targets) - models.cross_entropy(y, targets)[0]))
assert np.allclose(h, models.rnn_forward(p, x, h0)[0], atol=1e-12)
assert np.isclose(loss(y, targets), models.cross_entropy(y, targets)[0])

# %%
if find_spec("torch"):
    import torch

    torch.set_num_threads(1)
    layer = torch.nn.RNN(D, H, dtype=torch.float64)
    named = {
        "weight_ih_l0": p["W"].T,
        "weight_hh_l0": p["U"].T,
        "bias_ih_l0": p["b"],
        "bias_hh_l0": 0 * p["b"],
    }
    layer.load_state_dict({name: torch.tensor(value) for name, value in named.items()})
    theirs = layer(torch.tensor(x), torch.tensor(h0[None]))[0].detach().numpy()
    print("states, largest difference from torch.nn.RNN:", np.abs(theirs - h).max())
    assert np.allclose(theirs, h, atol=1e-12)

# %% [markdown]
# ## State as memory
#
# ### One unit that remembers
#
# Take one unit and no input: $h_t = \tanh(u\, h_{t-1})$. "Tanh keeps the values between −1 and 1", shows one deck: multiply by 3 again and again, and without tanh the numbers are
# astronomical after a few steps. True. But look at what else happens.

# %%
starts, u, steps = (0.05, 0.4, 1.0, -0.4), 3.0, 8
free, held = (np.array([starts]) for _ in range(2))
for _ in range(steps):
    free, held = np.vstack([free, u * free[-1]]), np.vstack([held, np.tanh(u * held[-1])])
fig, panels = plt.subplots(1, 2, figsize=(7.4, 2.9))
for start, column in enumerate(free.T):
    panels[0].plot(column, label=f"from {starts[start]:g}".replace("-", "−"), markevery=2)
    panels[1].plot(held[:, start], label=f"from {starts[start]:g}".replace("-", "−"), markevery=2)
panels[0].set(title="times 3", xlabel="step", yscale="symlog", ylabel="value")
panels[0].set_yticks([-1000, -10, 0, 10, 1000], ["−1000", "−10", "0", "10", "1000"])
panels[1].set(title="times 3, then tanh", xlabel="step", ylim=(-1.1, 1.1))
panels[1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
plots.show(
    fig,
    alt=f"Four starting values multiplied by 3 for eight steps. Left, without tanh: up to {free[-1].max():.0f}, each on a line of its own. Right, with tanh: the three positive ones run "
    f"together at {held[-1, 0]:.3f}, the negative one goes to {held[-1, 3]:.3f}.",
)
print("after 8 steps without tanh:", free[-1].round(0), "  with tanh:", held[-1].round(4))
assert np.ptp(held[-1, :3]) < 1e-6 and abs(held[-1, 0] - 0.995) < 1e-3

# %% [markdown]
# 0.05, 0.4 and 1.0 end at the *same* number. Which side of zero they came from is kept for ever; how far from zero, is forgotten. So a unit with a strong loop is a **switch**: it holds one bit against time. With
# $|u| < 1$ there is only one place to rest, 0, and everything is forgotten. (With $u < -1$ the unit changes sides at every step, and *which* side it is on at even steps is a bit that is kept.)
# For positive $u$ the change comes at $u = 1$, where the line $h$ and the curve $\tanh(u h)$ begin to cross in three points instead of one.
#
# Move $u$, and the size of two pulses: up at step 3, down at step 15.


# %%
def latch(u, pulse, steps=30):
    """One unit with loop u, pushed up by `pulse` at step 3 and down at step 15."""
    push = np.zeros(steps)
    push[3], push[15] = pulse, -pulse
    h = np.zeros(steps)
    for t in range(1, steps):
        h[t] = np.tanh(u * h[t - 1] + push[t])
    return h


def latch_figure(u, pulse):
    fig, (left, right) = plt.subplots(1, 2, figsize=(7.4, 2.9), width_ratios=[1, 1.8])
    grid, h = np.linspace(-1.2, 1.2, 101), latch(u, pulse)
    left.plot(grid, np.tanh(u * grid), marker="", label="tanh(u h)")
    left.plot(grid, grid, marker="", label="h")
    left.set(title="Where they cross, it rests", xlabel="h before", ylabel="h after")
    left.legend(loc="upper left")
    right.plot(h, markevery=1)
    right.set(title=f"u = {u:g}: pulses of {pulse:g} at 3 and 15", xlabel="step t", ylim=(-1.1, 1.1))
    crossings = 3 if u > 1 else 1
    return fig, (
        f"Left, tanh(u h) and h, which cross in {crossings} point{'s' * (crossings > 1)}. Right, the unit's state: {h[3]:+.2f} at step 3, "
        f"{h[14]:+.2f} at step 14, {h[15]:+.2f} at step 15 and {h[-1]:+.2f} at the end."
    )


# %%
display(
    widgets.explore(
        latch_figure,
        u=ipywidgets.FloatSlider(1.5, min=0.0, max=3.0, step=0.1, description="u"),
        pulse=ipywidgets.FloatSlider(2.0, min=0.0, max=4.0, step=0.1, description="pulse"),
    )
)

# %% [markdown]
# Without a running kernel: three positions of the slider.

# %%
fig, panels = plt.subplots(1, 3, figsize=(7.4, 2.6), sharey=True)
held = {u: latch(u, 2.0) for u in (0.5, 1.5, 3.0)}
for axes, (u, h) in zip(panels, held.items(), strict=True):
    axes.plot(h, markevery=3)
    axes.axhline(0, color="#555555", linewidth=0.8, linestyle="-", marker="")
    axes.set(title=f"u = {u:g}", xlabel="step t")
panels[0].set_ylabel("h")
plots.show(
    fig,
    alt="State of one unit pushed up at step 3 and down at step 15. u = 0.5: two short spikes, it forgets within a few steps. u = 1.5: up to a level of 0.86, held, then switched to minus 0.86, "
    "held. u = 3: up to 0.99, held, and the second pulse does not switch it: it falls only for one step and comes back.",
)
print({u: f"step 14: {h[14]:+.2f}, end: {h[-1]:+.2f}" for u, h in held.items()})
assert abs(held[0.5][-1]) < 0.01 and held[1.5][-1] < -0.8 and held[3.0][-1] > 0.9

# %% [markdown]
# Too weak a loop forgets; too strong a loop does not listen. This tension, between holding and being open, stays with us until the gates of lecture 05.
#
# ### Learned, and at lengths that were never trained
#
# Nobody sets $u$ by hand. Here is the task at which every window fell off a cliff in lecture 01: say the number of the verb, with 0 to 3 nouns between subject and verb in training, and up to 6 in the test. A plain network
# with eight units reads word by word. How the gradient is found is the subject of lecture 03; `models.train` does it here.

# %%
words = data.AGREEMENT_WORDS


def reader(seed, hidden=8, updates=400):
    """A plain network that reads words; trained on 0 to 3 nouns in between."""
    rng = np.random.default_rng(seed)
    net = models.network(rng, "tanh", len(words), hidden, 2)
    drawn = (data.agreement(rng, 32, nouns=(0, 3)) for _ in range(updates))
    batches = ((models.one_hot(text.x, len(words)), text.y) for text in drawn)
    models.train(net, batches, models.cross_entropy, models.Adam(0.02))
    return net


def verbs_right(net, between):
    """Share of 300 unseen sentences with so many nouns in between whose verb is right."""
    text = data.agreement(np.random.default_rng(50 + between), 300, nouns=(between, between))
    y, _ = net.forward(models.one_hot(text.x, len(words)))
    rows = np.arange(300)
    return float((y[text.main, rows].argmax(axis=1) == text.y[text.main, rows]).mean())


# %%
readers = [reader(seed) for seed in range(5)]
by_words = np.array([[verbs_right(net, n) for n in range(7)] for net in readers])
print("nouns in between 0 to 6, verbs right, a line a seed:")
print(by_words)
print(
    "numbers learned:",
    models.parameter_count(readers[0].params),
    " a window of 14 words had",
    14 * len(words) * 32 + 32 + 32 * 2 + 2,
)
assert by_words.min() > 0.95

# %% [markdown]
# No cliff. The weights that read "keys" are the same at every place, so what was learned for one place holds for all; and the state has no rim. That is what **sharing weights over time** buys, with a
# fraction of the numbers. Look inside: two sentences that differ in one letter, and the difference between their states.

# %%
pair = [
    "the keys near the cabinet of the boy behind the dog",
    "the key near the cabinet of the boy behind the dog",
]


def difference(net):
    """State over the first sentence minus state over the second, (T, H)."""
    tokens = np.stack([data.encode(text.split()) for text in pair], axis=1)
    h = net.forward(models.one_hot(tokens, len(words)))[1]["h"][1:]
    return h[:, 0] - h[:, 1]


def likeness(gap, lag):
    """Mean cosine between the differences `lag` words apart, from the fourth word on."""
    unit = gap[3:] / np.linalg.norm(gap[3:], axis=1, keepdims=True)
    return float((unit[lag:] * unit[:-lag]).sum(axis=1).mean())


# %%
alike = [[likeness(difference(net), lag) for lag in (1, 2, 3)] for net in readers]
kinds = ["switch" if min(row) > 0.9 else "wheel" for row in alike]
for kind, net, row in zip(kinds, readers, alike, strict=True):
    sizes = np.linalg.norm(difference(net), axis=1)[1:]
    print(
        f"{kind}: cosine 1, 2, 3 words apart {np.round(row, 2)}; norm from “key(s)” on {sizes.min():.1f} to {sizes.max():.1f}"
    )
assert {"switch", "wheel"} == set(kinds) and min(row[2] for row in alike) > 0.9

# %%
fig, panels = plt.subplots(1, 2, figsize=(7.6, 3.2), sharey=True)
shown = [kinds.index("wheel"), kinds.index("switch")]
for axes, seed in zip(panels, shown, strict=True):
    steps = pair[0].replace("keys", "key(s)").split()
    gap = difference(readers[seed]).T
    plots.heat_map(
        axes, gap, signed=True, limit=2.0, xticks=steps, bar="difference of h" if seed == shown[1] else None
    )
    for (unit, step), value in np.ndenumerate(gap):
        if abs(value) > 0.25:
            ink = plots.ink_on(axes.images[0].to_rgba(value))
            axes.text(step, unit, "+" if value > 0 else "−", color=ink, ha="center", va="center")
    axes.set_title(f"seed {seed}: a {kinds[seed]}")
panels[0].set_ylabel("unit")
plots.show(
    fig,
    alt="State after “the keys …” minus state after “the key …”, eight units over eleven words, two seeds. Both are zero at “the” and large from “key(s)” to the last word. "
    "Signs are written into the squares. Left, the wheel: units change sign from word to word, and the pattern comes back every three words. Right, the switch: each unit keeps its sign and size.",
)

# %% [markdown]
# From the third word on the two sentences are the same, and the states never come together again: the difference *is* the memory. Training found it in two ways. A **switch**: thrown by the subject, each unit stays where it is.
# That is what you set by hand above. And a **wheel**: no unit stands still, but the pattern comes back every three words, at each preposition, each "the", each noun. The bit is handed on from one pattern to the
# next.
#
# Both answer right. Is there a difference that matters? Break the rhythm: leave out one "the", two, or all three, as hurried people do. Nobody trained on such sentences.


# %%
def hurried(net, left_out):
    """Share of verbs right with three nouns in between and the first `left_out` of their articles left out."""
    text = data.agreement(np.random.default_rng(73), 300, nouns=(3, 3))
    main = int(text.main[0])
    articles = [t for t in range(2, main) if words[text.x[t, 0]] == "the"][:left_out]
    x = np.delete(text.x[: main + 1], articles, axis=0)
    y, _ = net.forward(models.one_hot(x, len(words)))
    return float((y[-1].argmax(axis=1) == text.y[main]).mean())


broken = np.array([[hurried(net, n) for n in range(4)] for net in readers])
for seed, (kind, row) in enumerate(zip(kinds, broken, strict=True)):
    print(f"seed {seed}, {kind:6s}: verbs right with 0, 1, 2, 3 articles left out {np.round(row, 2)}")
for kind, row in zip(kinds, broken, strict=True):
    assert row.min() > 0.95 if kind == "switch" else max(row[1:3]) < 0.4 < 0.9 < min(row[0], row[3])

# %% [markdown]
# The switches do not mind. The wheels are *wrong*, far more often than a coin would be, when one or two articles are missing, since the pattern is read at the wrong place; with three missing, a full turn, they are right again. On the sentences that they were trained for, the two kinds cannot be told
# apart. A score on a test set does not tell you *how* a network remembers; an intervention does.

# %% [markdown]
# ## A model of letters, trained and sampled
#
# A **language model** says at each step how likely each next symbol is. Elman (1990) already trained one on letters and on words. Ours reads the letters of sentences of the agreement grammar,
# with at most two nouns in between: 23 symbols, and nobody tells it what a word is.

# %%
LETTERS = sorted(set(" ".join(words[1:])))


def draw_texts(rng, count, nouns=(0, 2)):
    text = data.agreement(rng, count, nouns)
    return [" ".join(text.words(index)) for index in range(count)]


def encode(texts):
    """Letters as x (T, N), each text after a full stop; what comes next as y (T, N), IGNORE after the end."""
    longest = max(len(text) for text in texts)
    x, y = np.zeros((longest, len(texts)), int), np.full((longest, len(texts)), data.IGNORE)
    for column, text in enumerate(texts):
        letters = [LETTERS.index(letter) for letter in text]
        x[: len(text), column] = [LETTERS.index("."), *letters[:-1]]
        y[: len(text), column] = letters
    return x, y


print(len(LETTERS), "symbols:", "".join(LETTERS))
for text in draw_texts(np.random.default_rng(3), 3):
    print(text)

# %% [markdown]
# The toy has one great advantage over real text: we know how surprising it *is*. Every choice of the grammar is a fair one among equals, so a sentence with $n$ further nouns has probability
#
# $$P = \tfrac13 \cdot \bigl(\tfrac{1}{12}\bigr)^{n+1} \bigl(\tfrac14\bigr)^{n} \cdot \tfrac14 \cdot \tfrac14$$
#
# (how many nouns; a noun and its number, $n+1$ times; a preposition, $n$ times; a verb; an ending), and no model can be less surprised on average than $-\log_2 P$. That is a *floor*. Note what is missing: the number of the verb. It is free, for those who
# remember the subject, and costs 1 bit for those who do not.


# %%
def floor(text):
    """Bits that this sentence is worth."""
    n = (len(text.split()) - 5) // 3
    return np.log2(3) + (n + 1) * np.log2(12) + n * np.log2(4) + 2 * np.log2(4)


def writer(seed, hidden=64, updates=500):
    """A plain network trained to predict the next letter; and its losses."""
    rng = np.random.default_rng(seed)
    net = models.network(rng, "tanh", len(LETTERS), hidden, len(LETTERS))
    drawn = (encode(draw_texts(rng, 32)) for _ in range(updates))
    batches = ((models.one_hot(x, len(LETTERS)), y) for x, y in drawn)
    return net, models.train(net, batches, models.cross_entropy, models.Adam(0.01))


def surprise(net, texts):
    """Bits for each letter, (T, N), 0 after the end."""
    x, y = encode(texts)
    p = softmax(net.forward(models.one_hot(x, len(LETTERS)))[0])
    right = np.take_along_axis(p, np.maximum(y, 0)[..., None], axis=-1)[..., 0]
    return np.where(y >= 0, -np.log2(right), 0.0)


# %%
trained = [writer(seed) for seed in range(3)]
writers = [net for net, _ in trained]
unseen = draw_texts(np.random.default_rng(9), 300)
per_text = [float(surprise(net, unseen).sum(axis=0).mean()) for net in writers]
least = float(np.mean([floor(text) for text in unseen]))
length = float(np.mean([len(text) for text in unseen]))
print(f"loss at the first update: {trained[0][1][0]:.2f} nats a letter; log 23 is {np.log(23):.2f}")
print(
    f"unseen sentences of {length:.0f} letters: {np.round(per_text, 2)} bits (a seed each); floor {least:.2f}"
)
assert abs(trained[0][1][0] - np.log(23)) < 0.3 and least < min(per_text) < max(per_text) < least + 4

# %%
fig, axes = plt.subplots()
for seed, (_, losses) in enumerate(trained):
    axes.plot(losses / np.log(2), label=f"seed {seed}")
axes.axhline(
    least / length,
    color="#555555",
    linewidth=1.4,
    linestyle=(0, (1, 2)),
    marker="",
    label="floor of the grammar",
)
axes.set_title("Three seeds come near the floor")
axes.set(xlabel="update", ylabel="bits a letter", yscale="log", yticks=(0.4, 0.6, 1, 2, 4))
axes.set_yticklabels(["0.4", "0.6", "1", "2", "4"])
axes.minorticks_off()
axes.legend()
plots.show(
    fig,
    alt="Bits a letter over 500 updates on a log scale, three seeds: from about 4.5 to below 1 within 100 updates, then slowly down to "
    f"{min(per_text) / length:.2f} to {max(per_text) / length:.2f} on unseen text, a little above the grammar's floor of {least / length:.2f}.",
)

# %% [markdown]
# ### Where is it surprised?
#
# Elman plotted the error letter by letter and saw words: high at the beginning of a word, then falling, since the first letters give the rest away.

# %%
text = "the keys near the cabinet of the boy are lost ."
bits = surprise(writers[0], [text])[:, 0]
first = np.array([k == 0 or text[k - 1] == " " for k in range(len(text))])
fig, axes = plt.subplots(figsize=(7.6, 2.9))
axes.bar(
    np.flatnonzero(first),
    bits[first],
    color="#0072B2",
    hatch="//",
    edgecolor="white",
    label="first letter of a word",
)
axes.bar(np.flatnonzero(~first), bits[~first], color="#C44E00", label="any other")
axes.set_xticks(range(len(text)), ["␣" if letter == " " else letter for letter in text], fontsize=8.5)
axes.set(ylabel="surprise, bits", title="Surprise shows where words begin", xlim=(-0.8, len(text) - 0.2))
axes.grid(axis="x", visible=False)
axes.legend()
parts = ", ".join(
    f"{word} {bits[at]:.1f}" for word, at in zip(text.split(), np.flatnonzero(first), strict=True)
)
plots.show(
    fig,
    alt=f"Surprise at each letter of “{text}” as bars. At the first letter of each word: {parts} bits; inside words mostly near 0.",
)

# %%
starts_, inside = [], []
for line, column in zip(unseen, surprise(writers[0], unseen).T, strict=True):
    begins = np.array([k == 0 or line[k - 1] == " " for k in range(len(line))])
    starts_ += [*column[: len(line)][begins]]
    inside += [*column[: len(line)][~begins]]
print(
    f"mean over 300 sentences: {np.mean(starts_):.2f} bits at first letters, {np.mean(inside):.2f} inside words"
)
assert np.mean(starts_) > 3 * np.mean(inside)

# %% [markdown]
# ### Sampling, and temperature
#
# To write, feed the network its own choice: take $p_t$, draw a letter from it, put it in as $x_{t+1}$. The **temperature** $\tau$ sharpens or flattens before the draw, $p \propto \exp(y / \tau)$: $\tau \to 0$ always
# takes the likeliest, $\tau = 1$ draws what the model believes, $\tau > 1$ takes risks. Below, a sentence counts as *well formed* if its words and their order are the grammar's, and as *agreeing* if its verb has the subject's number.


# %%
def write(net, rng, count, temperature, longest=80):
    """`count` texts, letter by letter, each up to its full stop."""
    p, h = net.params, np.zeros((count, net.params["U"].shape[0]))
    letter, texts = np.full(count, LETTERS.index(".")), [""] * count
    for _ in range(longest):
        h = np.tanh(p["W"][letter] + h @ p["U"] + p["b"])  # a one-hot row times W is a row of W
        chances = softmax((h @ p["V"] + p["b_y"]) / temperature)
        letter = (rng.random((count, 1)) > chances.cumsum(axis=1)[:, :-1]).sum(axis=1)
        texts = [t if t.endswith(".") else t + LETTERS[k] for t, k in zip(texts, letter, strict=True)]
    return texts


# %%
joint, ending, noun, verb = words[4:8], words[8:12], words[12:24], words[24:32]
either = {name: "|".join(group) for name, group in (("j", joint), ("e", ending), ("n", noun), ("v", verb))}
FORM = re.compile("the ({n})((?: (?:{j}) the (?:{n}))*) ({v}) (?:{e}) \\.".format(**either))


def judge(text):
    """None if it is not well formed; else whether subject and verb agree."""
    found = FORM.fullmatch(text)
    return None if found is None else noun.index(found[1]) % 2 == verb.index(found[3]) % 2


assert all(judge(text) for text in unseen)
for temperature in (0.3, 1.0, 1.7):
    print(
        f"temperature {temperature}:",
        *write(writers[0], np.random.default_rng(5), 4, temperature),
        sep="\n   ",
    )

# %%
temperatures = (0.3, 0.5, 0.7, 1.0, 1.3, 1.6, 2.0)
counted = {
    name: np.zeros((3, len(temperatures))) for name in ("well formed", "agreeing, of these", "different")
}
for seed, net in enumerate(writers):
    for place, temperature in enumerate(temperatures):
        written = write(net, np.random.default_rng(seed), 200, temperature)
        verdicts = [judge(text) for text in written]
        formed = [verdict for verdict in verdicts if verdict is not None]
        counted["well formed"][seed, place] = len(formed) / 200
        counted["agreeing, of these"][seed, place] = np.mean(formed) if formed else np.nan
        counted["different"][seed, place] = len(set(written)) / 200
# %%
fig, axes = plt.subplots(figsize=(7.2, 3.2))
for name, values in counted.items():
    line = axes.plot(temperatures, values.mean(axis=0), label=name, markevery=1)[0]
    axes.fill_between(
        temperatures, values.min(axis=0), values.max(axis=0), color=line.get_color(), alpha=0.15
    )
axes.set(
    xlabel="temperature",
    ylabel="share of 200 sentences",
    ylim=(0, 1.05),
    title="Neither too cautious nor too bold",
)
plots.label_ends(axes)
means = {name: values.mean(axis=0) for name, values in counted.items()}
plots.show(
    fig,
    alt="Shares of 200 sampled sentences against the temperature, mean and range of three seeds. "
    + "; ".join(
        f"{name}: {m[0]:.2f} at 0.3, {m[3]:.2f} at 1.0, {m[-1]:.2f} at 2.0" for name, m in means.items()
    )
    + ".",
)
print({name: m.round(2) for name, m in means.items()})
assert means["well formed"][3] > 0.75 > 0.65 > means["well formed"][0]
assert np.abs(means["agreeing, of these"] - 0.6).max() < 0.05

# %% [markdown]
# After a few seconds of training most of what it writes at a temperature near 1 is well formed: it has found the words, the spaces, and which kind of word follows which. With more
# risk, misspellings come. With *less* risk there is a surprise: too cautious a writer goes round in circles, since "near the …" is at each place a little likelier than a verb, and many a sentence never ends (they are nearly all *different* all the same: variety alone is no sign of quality). Large models do the
# same (Holtzman and others 2020). And look at *agreeing*: at every temperature about two verbs in five are wrong. Hold that thought.

# %% [markdown]
# ## An experiment that can fail: Elman or Jordan?
#
# Before Elman, Jordan (1986) fed back the **output**: $h_t = \tanh(W x_t + U y_{t-1} + b)$, $y_t = V h_t + b_y$, now with $U \in \mathbb{R}^{H \times K}$. (His state units also
# had loops to themselves, so that past outputs faded slowly. We leave those out.)

# %%
plots.show(
    diagrams.elman_and_jordan(),
    alt="Two steps of each network. Elman: the arrow marked U leads from the old state h to the new state. Jordan: it leads from the old output y to the new state.",
)

# %% [markdown]
# Put one equation into the other: $h_t = \tanh\bigl(W x_t + (U V)\, h_{t-1} + (b + U b_y)\bigr)$. So this Jordan network **is** an Elman network whose recurrent matrix $UV$ is the product of an $H \times K$ and a $K \times H$ matrix: its rank is at most
# $K$. With one output, one number is all that is carried, and it is *visible to the loss*.
#
# That predicts something. Show one bit, wait six steps, ask for it. If only the answer is scored, a Jordan network can hold the bit in its output while it waits. If **silence** is wanted while it waits (target 0 at every step), it has
# to remember and to be silent with the same number. Elman's should not mind. Does it come out so? Eight units, five seeds each, 600 updates.


# %%
def ask_later(rng, batch, wait):
    """x (T, N, 2): a bit as ±1 at the first step, a mark at the last. Targets (T, N, 1): 0, and the bit at last."""
    bit = rng.choice([-1.0, 1.0], batch)
    x, y = np.zeros((wait + 2, batch, 2)), np.zeros((wait + 2, batch, 1))
    x[0, :, 0], x[-1, :, 1], y[-1, :, 0] = bit, 1.0, bit
    return x, y


def as_elman(p):
    """A Jordan network's cell, U (K, H), as the Elman cell that it is."""
    return {"W": p["W"], "U": p["V"] @ p["U"], "b": p["b"] + p["b_y"] @ p["U"]}


def gradients(p, x, dy, jordan):
    """All gradients, by the chain rule through `as_elman` where it is a Jordan network."""
    h, cache = models.rnn_forward(as_elman(p) if jordan else p, x)
    g, _, _ = models.rnn_backward(as_elman(p) if jordan else p, cache, dy @ p["V"].T)
    g |= {"V": np.einsum("tnh,tnk->hk", h, dy), "b_y": dy.sum(axis=(0, 1))}
    if jordan:
        g["V"] += g["U"] @ p["U"].T
        g["b_y"] += g["b"] @ p["U"].T
        g["U"] = p["V"].T @ g["U"] + np.outer(p["b_y"], g["b"])
    return g


# %%
def outputs(p, x, jordan):
    return models.rnn_forward(as_elman(p) if jordan else p, x)[0] @ p["V"] + p["b_y"]


def trained_to_answer(seed, jordan, silent, wait=6, hidden=8, updates=600, rate=0.02):
    rng = np.random.default_rng(seed)
    p = models.network(rng, "tanh", 2, hidden, 1).params
    if jordan:
        p["U"] = rng.uniform(-1, 1, (1, hidden))
    adam = models.Adam(rate)
    for _ in range(updates):
        x, y = ask_later(rng, 16, wait)
        dy = 2 * (outputs(p, x, jordan) - y) / 16
        if not silent:
            dy[:-1] = 0.0
        g = gradients(p, x, dy, jordan)
        models.clip(g, 1.0)
        adam.step(p, g)
    return p


# %% [markdown]
# Two checks before any training: the Jordan network written out step by step gives the same outputs, and the gradients agree with central differences.

# %%
rng = np.random.default_rng(2)
p = {"W": rng.standard_normal((2, 4)), "U": rng.standard_normal((1, 4)), "b": rng.standard_normal(4)}
p |= {"V": rng.standard_normal((4, 1)), "b_y": rng.standard_normal(1)}
x, target = ask_later(rng, 3, 4)
h, out = np.zeros((3, 4)), []
for x_t in x:
    y = h @ p["V"] + p["b_y"]  # before the first step: what a state of 0 says
    h = np.tanh(x_t @ p["W"] + y @ p["U"] + p["b"])
    out.append(h @ p["V"] + p["b_y"])
assert np.allclose(out, outputs(p, x, jordan=True), atol=1e-12)

exact = gradients(p, x, 2 * (outputs(p, x, True) - target), True)
worst = 0.0
for name, array in p.items():
    for place in np.ndindex(array.shape):
        sides = []
        for step in (1e-6, -2e-6):
            array[place] += step
            sides.append(((outputs(p, x, True) - target) ** 2).sum())
        array[place] += 1e-6
        worst = max(worst, abs((sides[0] - sides[1]) / 2e-6 - exact[name][place]))
print(f"largest difference between gradients and central differences: {worst:.0e}")
assert worst < 1e-6

# %%
x_up, target = ask_later(np.random.default_rng(0), 64, 6)
up = x_up[0, :, 0] > 0
waiting, answers = {}, {}
for jordan in (False, True):
    for silent in (False, True):
        nets = [trained_to_answer(seed, jordan, silent) for seed in range(5)]
        said = [outputs(p, x_up, jordan)[..., 0] for p in nets]
        key = ("Jordan" if jordan else "Elman", "silence wanted" if silent else "only the answer scored")
        waiting[key] = [(y[:, up][:, 0], y[:, ~up][:, 0]) for y in said]
        answers[key] = [float(((y[-1] - target[-1, :, 0]) ** 2).mean()) for y in said]
hum = {key: [float(np.abs(np.array(run)[:, 1:-1]).mean()) for run in runs] for key, runs in waiting.items()}

# %%
BLUE = {"color": "#0072B2", "linestyle": "-", "marker": "o"}
ORANGE = {"color": "#C44E00", "linestyle": "--", "marker": "s"}
fig, panels = plt.subplots(2, 2, figsize=(7.4, 4.4), sharex=True, sharey=True)
for axes, (key, runs) in zip(panels.flat, waiting.items(), strict=True):
    for seed, pair_ in enumerate(runs):
        for y, name, line in zip(pair_, ("bit +1", "bit −1"), (BLUE, ORANGE), strict=True):
            axes.plot(y, markevery=1, label=name if not seed else None, **line)
    axes.set(title=f"{key[0]}, {key[1]}", ylim=(-1.7, 1.7))
    axes.title.set_fontsize(10)
panels[0, 1].legend(loc="upper left")
for axes in panels[1]:
    axes.set_xlabel("step t (asked at 7)")
for axes in panels[:, 0]:
    axes.set_ylabel("output y")
plots.show(
    fig,
    alt="Outputs over eight steps, four panels, five seeds each, for bit plus 1 and minus 1. Mean size of the output while waiting, and error of the answer, over the seeds: "
    + "; ".join(
        f"{k[0]}, {k[1]}: {min(hum[k]):.2f} to {max(hum[k]):.2f}, {min(answers[k]):.2f} to {max(answers[k]):.2f}"
        for k in hum
    )
    + ".",
)

# %%
for key, errors in answers.items():
    print(
        f"{key[0]:6s} {key[1]:23s} error of the answer {np.round(errors, 2)}   |y| while waiting {np.round(hum[key], 2)}"
    )
silence = {name: answers[name, "silence wanted"] for name in ("Elman", "Jordan")}
assert np.median(silence["Elman"]) < 0.05 < 0.1 < min(silence["Jordan"])
assert max(max(answers[name, "only the answer scored"]) for name in ("Elman", "Jordan")) < 0.05
assert min(hum["Jordan", "only the answer scored"]) > 0.8 and min(hum["Jordan", "silence wanted"]) > 0.05

# %% [markdown]
# It does. (An error of 1 is what always answering 0 would give.) With only the answer scored, both learn it and neither is silent. But the Jordan network *must* say the bit all the while, as a level or as a swing: its output is
# the only place where it can keep it. When silence is wanted, Elman's is silent and answers. Jordan's **hums**: a little of the bit is in the output at every step. It must: two pasts with the same output are one past to it. It could hum very
# softly, with a large $U$ and a small $V$, and still answer right; but these five runs did not find such weights, and paid twice, for the humming and for the answer. What has to be remembered should not have to
# be said. That is why $h$ and $y$ are two things, and why Elman's form is the one that stayed.

# %% [markdown]
# ## What this does not solve
#
# Back to the letters. Word by word, a plain network carries the subject's number past six nouns. Letter by letter, the same grammar: how often is the right form of the verb likelier than the wrong one?

# %%
FORMS = {form: verb[verb.index(form) ^ 1] for form in verb}


def prefers_right(net, between):
    """Share of 200 sentences that the network finds likelier than the same with the wrong verb."""
    right = draw_texts(np.random.default_rng(20 + between), 200, (between, between))
    wrong = [" ".join([*words_[:-3], FORMS[words_[-3]], *words_[-2:]]) for words_ in map(str.split, right)]
    return float((surprise(net, right).sum(axis=0) < surprise(net, wrong).sum(axis=0)).mean())


# %%
by_letters = np.array([[prefers_right(net, n) for n in range(7)] for net in writers])
fig, axes = plt.subplots(figsize=(7.2, 3.2))
for name, values in (("word by word", by_words), ("letter by letter", by_letters)):
    line = axes.plot(range(7), values.mean(axis=0), label=name, markevery=1)[0]
    axes.fill_between(range(7), values.min(axis=0), values.max(axis=0), color=line.get_color(), alpha=0.2)
axes.axhline(0.5, color="#555555", linewidth=1.2, linestyle=(0, (1, 2)), marker="")
axes.set(xlabel="nouns between subject and verb", ylabel="share of verbs right", ylim=(0.4, 1.05))
axes.set_title("The same sentences, in smaller steps")
plots.label_ends(axes)
plots.show(
    fig,
    alt="Share of verbs right against the nouns in between, mean and range of five (words) and three (letters) seeds. Word by word: near 1 throughout. Letter by letter: "
    + ", ".join(f"{value:.2f} at {n}" for n, value in enumerate(by_letters.mean(axis=0)))
    + ".",
)
apart = np.mean(
    [
        len(t.split(" ", 2)[2]) - len(" ".join(t.split()[-3:]))
        for t in draw_texts(np.random.default_rng(21), 300, (1, 1))
    ]
)
print("letter by letter, a line a seed:", by_letters.round(2), sep="\n")
assert round(apart) == 16
print(f"with one noun in between, about {apart:.0f} letters lie between the subject and its verb")
assert by_letters[:, 0].mean() > 0.7 > 0.6 > by_letters[:, 1:].max()

# %% [markdown]
# Nothing about the language has changed. But one noun in between is three steps for the one network and about sixteen for the other, and over so many steps it learns *next to nothing*: close to a coin, with every seed. (The letter network was trained on all letters, with 0 to 2 nouns,
# so 3 to 6 are new to it; but 1 and 2 are not.) The state has room (64 units against 8), a switch could hold the bit, and the loss would go down. Training does not find it.
#
# - **Why does training not find what is far away?** To see, we must look at how the gradient travels back through the unrolled network: lectures 03 and 04.
# - **A state is a summary of fixed size.** However long the text, all that is kept is $H$ numbers. A network with *attention* looks back at all its states instead (Bahdanau, Cho and Bengio 2015); this course does not go there yet.
# - **Steps wait for each other.** $h_t$ needs $h_{t-1}$, so the steps must be computed one after the other; a window's can be spread over many cores.
# - **Only the past.** The word class of "saw" in "she saw the saw" may depend on what follows; a network that reads in both directions (Schuster and Paliwal 1997) does that.

# %% [markdown]
# ## Exercises
#
# **1.** How many numbers does the letter model learn ($D = K = 23$, $H = 64$)? How many would a network have that is unrolled over 60 steps *without* sharing $W$, $U$, $b$, $V$ and $b_y$?
#
# <details><summary>Answer</summary>
#
# $HD + H^2 + H + KH + K$ = 1,472 + 4,096 + 64 + 1,472 + 23 = 7,127. Without sharing, 60 times as many: 427,620. And it would have to learn the word "the" anew for each place where it may stand, which is the trouble
# with the window in lecture 01.
# </details>
#
# **2.** A unit with $u = 1.5$ rests at its upper level. How strong must a single downward pulse be to switch it? And with $u = 3$? Why did the pulse of 2 not switch it?
#
# <details><summary>Answer</summary>
#
# The levels solve $h = \tanh(u h)$: 0.859 for $u = 1.5$ and 0.995 for $u = 3$. A pulse $p$ leads to $\tanh(u h - p)$, and the unit goes to the other side if that is below 0, that is, if $p > u h$: 1.29 for
# $u = 1.5$ and 2.98 for $u = 3$. A pulse of 2 lies between the two. A stronger loop holds better, and listens less.
# </details>
#
# **3.** *Teacher forcing*: in training, feed the Jordan network the **target** of step $t-1$ in place of its own output $y_{t-1}$. What becomes easy? What happens on the silence task?
#
# <details><summary>Answer</summary>
#
# The steps no longer depend on each other: given the targets, every $h_t$ can be computed at once, with no backpropagation through time at all. But on the silence task the target while waiting is 0 for both bits, so what the network sees at the last step is the same for both: it can do no better
# than answer 0, with an error of 1. Teacher forcing can only teach what is visible in the targets. (A *language model* is trained with the true letters as input as well; its state $h$ is fed back all the same, so nothing of this kind is lost. It does
# mean that it has never seen its own mistakes before it writes.) Williams and Zipser (1989) describe it for recurrent networks.
# </details>

# %%
learned = models.parameter_count(writers[0].params)
assert learned == 1_472 + 4_096 + 64 + 1_472 + 23 == 7_127 and 60 * learned == 427_620
assert writers[0].params["W"].size == writers[0].params["V"].size == 1_472
levels = {}
for u in (1.5, 3.0):
    h = 1.0
    for _ in range(200):
        h = np.tanh(u * h)
    levels[u] = h
print("exercise 2:", {u: f"level {h:.3f}, switched above {u * h:.2f}" for u, h in levels.items()})
assert np.round([levels[1.5], levels[3.0]], 3).tolist() == [0.859, 0.995]
assert np.round([1.5 * levels[1.5], 3 * levels[3.0]], 2).tolist() == [1.29, 2.98]

x, target = ask_later(np.random.default_rng(1), 64, 6)
seen_last = np.concatenate([x[-1], target[-2]], axis=1)  # all that teacher forcing shows at the last step
print(
    "exercise 3: different views of the last step:",
    len(np.unique(seen_last, axis=0)),
    "; error of 0:",
    (target[-1] ** 2).mean(),
)
assert len(np.unique(seen_last, axis=0)) == 1

# %% [markdown]
# ## The lab
#
# **[Lab 1, `lab01_rnn`](../../labs/lab01_rnn/lab01_rnn.ipynb)**: write this network yourself: activations, a stable softmax, the step, the sequence, Jordan's variant, unequal lengths, and sampling
# at a temperature.
#
# If you have a network, try the model of letters on real text: `datasets.fetch("tinyshakespeare.txt")` gives you a million letters of it.
#
# ## Sources
#
# - Bahdanau, D., Cho, K., Bengio, Y. (2015). Neural machine translation by jointly learning to align and translate. *ICLR*. <https://arxiv.org/abs/1409.0473>
# - Elman, J. L. (1990). Finding structure in time. *Cognitive Science* 14(2), 179–211. [doi:10.1207/s15516709cog1402_1](https://doi.org/10.1207/s15516709cog1402_1)
# - Holtzman, A., Buys, J., Du, L., Forbes, M., Choi, Y. (2020). The curious case of neural text degeneration. *ICLR*. <https://arxiv.org/abs/1904.09751>
# - Jordan, M. I. (1986). *Serial order: a parallel distributed processing approach*. ICS Report 8604, UC San Diego. Reprinted 1997: [doi:10.1016/S0166-4115(97)80111-2](https://doi.org/10.1016/S0166-4115%2897%2980111-2)
# - Pascanu, R., Mikolov, T., Bengio, Y. (2013). On the difficulty of training recurrent neural networks. *ICML*, 1310–1318. <https://arxiv.org/abs/1211.5063>
# - Schuster, M., Paliwal, K. K. (1997). Bidirectional recurrent neural networks. *IEEE Transactions on Signal Processing* 45(11), 2673–2681. [doi:10.1109/78.650093](https://doi.org/10.1109/78.650093)
# - Williams, R. J., Zipser, D. (1989). A learning algorithm for continually running fully recurrent neural networks. *Neural Computation* 1(2), 270–280. [doi:10.1162/neco.1989.1.2.270](https://doi.org/10.1162/neco.1989.1.2.270)
# - PyTorch: [torch.nn.RNN](https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html).
# - The decks: 000, R. Schlosser (the plain network, unrolled); 001, T. C. Petersen (what is fed back); 002, J. Chen (Elman, Jordan, the loss); 003, *Week 10: LSTM* (the review, what tanh regulates); 004, A. Ghobakhlou (the basic recurrent network).

# %%
print(f"this run took {time.perf_counter() - started:.0f} s; stated: at most 90 s on two cores")
