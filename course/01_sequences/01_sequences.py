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
#     title: "Sequences: what order adds"
#     minutes: 75
#     seconds: 60
#     lab: lab01_rnn
# ---

# %% [markdown]
# # 1. Sequences: what order adds
#
# **Read and play: about 75 minutes. Run from top to bottom: at most 60 seconds on two cores.**
#
# When you are through, you can
#
# - say what is lost when order is thrown away, and measure it;
# - tell the five shapes of sequence problems apart, and write any sequence as an array `(T, N, D)`;
# - write down the perceptron, three activations and their derivatives, and say why a step function cannot be trained by gradients;
# - say what a window over the past can do and what it can never do, and show both by experiment;
# - follow a hidden Markov model by hand, and say what its state has in common with a recurrent network's;
# - place the main ideas of the field in time, each with its source.
#
# You need Python with NumPy, matrices, and the derivative of a function of one variable. The letters are those of
# [NOTATION](../NOTATION.md).

# %%
import itertools
import math
import os
import time

# The matrices here are small: a second thread would only wait for the first. Must be set before NumPy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

from course import data, datasets, diagrams, models, plots, widgets

plots.use_style()
started = time.perf_counter()

# %% [markdown]
# ## The question that brings you here
#
# "The dog bites the man." "The man bites the dog." Same words, other news. Whatever only *counts* the words of a sentence (a **bag of
# words**) gets the same input twice and must give the same answer twice. What tells the two apart is order alone.
#
# It is no different with numbers. Here are 144 monthly totals of air passengers (Box and Jenkins 1976; [the set's card](../../datasets/cards/airline-passengers.md)), and the same 144 numbers shuffled. Mean, spread and
# histogram are equal to the last digit. What is gone?

# %%
bags = [sorted(sentence.split()) for sentence in ("the dog bites the man", "the man bites the dog")]
print("the two bags of words are equal:", bags[0] == bags[1])

months, passengers = datasets.airline_passengers()
rng = np.random.default_rng(0)


def neighbours(series):
    """How strongly a value goes with the one before it: their correlation."""
    return float(np.corrcoef(series[:-1], series[1:])[0, 1])


shuffled = [neighbours(rng.permutation(passengers)) for _ in range(1000)]
low, high = np.quantile(shuffled, [0.025, 0.975])
print(f"a month with the month before: in order {neighbours(passengers):.2f},", end=" ")
print(f"shuffled {low:+.2f} to {high:+.2f} (95 % of 1000 shuffles)")
assert neighbours(passengers) > 0.9 > 0.3 > high

# %%
fig, panels = plt.subplots(1, 2, figsize=(7.4, 2.8), sharey=True)
for axes, series, title in (
    (panels[0], passengers, "In order"),
    (panels[1], rng.permutation(passengers), "The same numbers, shuffled"),
):
    axes.plot(series, marker="", linewidth=1.2)
    axes.set(title=title, xlabel="place in the list")
panels[0].set_ylabel("passengers, thousands")
plots.show(
    fig,
    alt="144 monthly passenger totals. Left, in order: a rising line with a peak every twelve months. Right, the same numbers "
    "shuffled: a jagged band in which neither trend nor season can be seen.",
)

# %% [markdown]
# The trend and the season are gone, and with them all that would let you forecast. Nothing but the order was touched. So a model of sequences has to take order
# as part of its input. This lecture asks what the tools do that you already know: a network that looks at one thing at a time, a network that looks at a
# window, and a hidden Markov model. Each falls short in its own way, and what is missing is what a recurrent network is made of.

# %% [markdown]
# ## The idea in a picture: five shapes of problems
#
# Speech, handwriting, card fraud, music, rainfall, the words of a review: what comes in and what goes out differs, but there are only a few shapes.
# In the picture time runs to the right, what comes in is below, what goes out is above, and the row in the middle is whatever carries
# the past along.

# %%
plots.show(
    diagrams.sequence_shapes(),
    alt="Five drawings. One to one: one input, one output. One to many: one input, then three outputs in a row. Many to one: three inputs, one output at "
    "the last. Many to many in step: an output at each of three inputs. Many to many, first all then all: three inputs, and three outputs of which the first "
    "comes with the last input.",
)

# %% [markdown]
# | shape | example | what is scored | in this course |
# |---|---|---|---|
# | one to one | a student's record → will they pass? | one answer; no sequence at all | this lecture |
# | one to many | an image → its caption | every word that goes out | not yet |
# | many to one | a review → praise or blame; a series → its next value | one answer at the end | adding problem, lecture 04 |
# | many to many, in step | a sentence → the class of each word; a text → at each place the next letter (a **language model**) | every step | lectures 02 and 05 |
# | many to many, first all, then all | a sentence → its translation | every word that goes out | not yet |
#
# A video can be many to one (which activity is it?) or the last shape (describe it). A language model is the second-last shape with
# targets shifted by one: what comes out at step $t$ is compared with what comes in at step $t+1$.

# %% [markdown]
# ### Four sequences as arrays
#
# A network wants numbers. Whatever the sequence is made of, it becomes $x_1, x_2, \dots, x_T$ with $x_t \in \mathbb{R}^D$. In code, $N$ of them of equal length
# are one array `x` of shape `(T, N, D)`: time first, so that `x[t]` is what all sequences show at step $t$.
#
# - **Symbols** (letters, words) become *one-hot* vectors: as long as the alphabet, with a single 1. No letter is nearer to another that way.
# - **Numbers** are a vector of length 1 each, or of length 5 if five things are measured at once.
# - **An image** is a sequence too if you read it row by row.

# %%
word = "unrolled"
alphabet = sorted(set(word))
letters = models.one_hot(np.array([alphabet.index(letter) for letter in word]), len(alphabet))
sentence = datasets.tagged_sentences()[3]
tokens = [token for token, _ in sentence]
vocabulary = sorted(set(tokens))
words = models.one_hot(np.array([vocabulary.index(token) for token in tokens]), len(vocabulary))
image = datasets.digits()[0][0]
arrays = {
    f"letters of “{word}”": letters[:, None, :],
    f"words of “{' '.join(tokens)}”": words[:, None, :],
    "passengers, 1949": passengers[:12, None, None],
    "a handwritten digit, by rows": image[:, None, :],
}
for name, x in arrays.items():
    print(f"{name:52s} (T, N, D) = {x.shape}")

# %%
fig, panels = plt.subplots(2, 2, figsize=(7.4, 5.2))
shown = (
    (panels[0, 0], letters, "Letters, one-hot", list(word), alphabet),
    (panels[0, 1], words, "Words, one-hot", tokens, vocabulary),
    (panels[1, 1], image / 16, "An image, a row a step", range(1, 9), range(1, 9)),
)
for axes, values, title, steps, entries in shown:
    axes.imshow(values.T, cmap="cividis", aspect="auto")
    axes.set_title(title)
    axes.grid(False)
    axes.set_xticks(range(len(steps)), steps)
    axes.set_yticks(range(len(entries)), entries)
panels[0, 1].tick_params(axis="x", rotation=35)
panels[1, 0].plot(range(1, 13), passengers[:12], markevery=1)
panels[1, 0].set(title="Numbers, one a step", ylabel="passengers, thousands", xticks=range(1, 13))
for axes in panels[1]:
    axes.set_xlabel("step t")
plots.show(
    fig,
    alt=f"Four sequences, time to the right. The letters of {word} as columns with a single bright square each, in the row of their letter; the words "
    f"{' '.join(tokens)} in the same way; twelve monthly passenger numbers as a line; an 8 by 8 image of a handwritten digit, one row of it a step.",
)

# %% [markdown]
# ## The equations, with every shape
#
# ### From the perceptron to the layer
#
# A **perceptron** (Rosenblatt 1958) weighs its $D$ inputs and fires if the sum is large enough:
#
# $$y = \phi(w \cdot x + b), \qquad x, w \in \mathbb{R}^D,\; b \in \mathbb{R},\; y \in \mathbb{R}, \qquad
# \phi(a) = \begin{cases} 1, & a > 0\\ 0, & \text{otherwise.}\end{cases}$$
#
# Where it changes its mind, $w \cdot x + b = 0$, is a line (in more dimensions a plane). So one perceptron cannot compute "one or the other, but not both": no line
# parts the corners that way (Minsky and Papert 1969). Two layers can.

# %%
corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
xor = np.array([0, 1, 1, 0])
rng = np.random.default_rng(1)
lines = rng.standard_normal((100_000, 3))
fires = lines[:, :2] @ corners.T + lines[:, 2:] > 0
best = int((fires == xor).sum(axis=1).max())
print(f"the best of 100,000 perceptrons gets {best} of 4 corners right")

a = corners.sum(axis=1)
two_layers = np.maximum(a, 0) - 2 * np.maximum(a - 1, 0)  # two ReLU units, then a weighted sum
print("two units and a sum:", two_layers)
assert best == 3 and (two_layers == xor).all()

# %% [markdown]
# $H$ units side by side are a **layer**; an output layer of $K$ numbers on top of it makes a *feed-forward network*:
#
# $$h = \phi(W x + b), \quad y = V h + b_y, \qquad
# W \in \mathbb{R}^{H \times D},\; b, h \in \mathbb{R}^H,\; V \in \mathbb{R}^{K \times H},\; b_y, y \in \mathbb{R}^K .$$
#
# It learns by four steps, over and over: present examples, compare the answer with the wanted one, take the derivative of the error by every weight, move every
# weight a little against its derivative. Lecture 03 is about the third. It is what ruled out the step function: its derivative is 0 wherever it has one,
# and a derivative of 0 says nothing about where to go. So $\phi$ became smooth.
#
# | activation | value $\phi(a)$ | slope $\phi'(a)$ | values in | largest slope |
# |---|---|---|---|---|
# | sigmoid $\sigma$ | $1 / (1 + e^{-a})$ | $\sigma(a)\,(1 - \sigma(a))$ | $(0, 1)$ | 1/4, at 0 |
# | tanh | $(e^a - e^{-a}) / (e^a + e^{-a})$ | $1 - \tanh^2(a)$ | $(-1, 1)$ | 1, at 0 |
# | ReLU | $\max(0, a)$ | 1 if $\phi(a) > 0$, else 0 | $[0, \infty)$ | 1, for all $a > 0$ |
#
# Each derivative is written with the *value* of the function: having computed $h$, you have the slope nearly for free. (At 0 ReLU has no derivative; 0
# is what everybody takes.) And $\tanh(a) = 2\sigma(2a) - 1$: the same curve, stretched and moved.

# %%
ACTIVATIONS = {
    "sigmoid": (models.sigmoid, lambda s: s * (1 - s)),
    "tanh": (np.tanh, lambda s: 1 - s**2),
    "ReLU": (lambda a: np.maximum(a, 0), lambda s: (s > 0) * 1.0),
}
a = np.linspace(-4, 4, 160)  # 160 points: none of them is 0
for name, (phi, slope) in ACTIVATIONS.items():
    by_difference = (phi(a + 1e-5) - phi(a - 1e-5)) / 2e-5
    gap = np.abs(slope(phi(a)) - by_difference).max()
    print(f"{name:8s} formula against differences: {gap:.0e}; largest slope {slope(phi(a)).max():.2f}")
    assert gap < 1e-8
assert np.allclose(np.tanh(a), 2 * models.sigmoid(2 * a) - 1)

# %%
fig, panels = plt.subplots(1, 2, figsize=(7.4, 2.9))
for name, (phi, slope) in ACTIVATIONS.items():
    panels[0].plot(a, phi(a), label=name)
    panels[1].plot(a, slope(phi(a)), label=name)
panels[0].set(title="Activation", xlabel="a", ylim=(-1.3, 2.2))
panels[1].set(title="Its derivative", xlabel="a", ylim=(-0.1, 1.2))
panels[1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
plots.show(
    fig,
    alt="Left, sigmoid (0 to 1), tanh (minus 1 to 1) and ReLU (0, then rising). Right, their derivatives: the sigmoid's is a low hill of height one quarter, tanh's a "
    "hill of height 1, both near 0 beyond 4; ReLU's jumps from 0 to 1.",
)

# %% [markdown]
# Books print formulas; computers overflow. The printed tanh at $a = 1000$ is $\infty / \infty$. Use the form that does not (the course's
# `models.sigmoid` is written with tanh for this reason).

# %%
with np.errstate(all="ignore"):
    big = np.float64(1000)
    printed = (np.exp(big) - np.exp(-big)) / (np.exp(big) + np.exp(-big))
print("as printed:", printed, "  np.tanh:", np.tanh(big), "  models.sigmoid(-1000):", models.sigmoid(-big))
assert np.isnan(printed) and np.tanh(big) == 1.0

# %% [markdown]
# ### One thing at a time, or a window
#
# Give a feed-forward network the sequence one step at a time, and it treats each $x_t$ as if nothing had been before. Order is invisible to it. The usual repair is a
# **window**: the last $w$ steps, put end to end, are its input.
#
# $$\begin{aligned}
# h_t &= \phi\bigl(W\,[x_t;\, x_{t-1};\, \dots;\, x_{t-w+1}] + b\bigr) = \phi\Bigl(\sum_{j=0}^{w-1} W_j\, x_{t-j} + b\Bigr),\\
# W &= [\,W_0 \; W_1 \cdots W_{w-1}\,] \in \mathbb{R}^{H \times wD}, \qquad W_j \in \mathbb{R}^{H \times D} .
# \end{aligned}$$
#
# Now order counts. Read the equation once more and you see three prices:
#
# 1. **It is blind beyond $w$.** Two pasts that agree on the last $w$ steps get one answer, whatever the weights are.
# 2. **Every place has weights of its own.** $W_3$ learns nothing from what $W_4$ has seen, and there are $H \cdot w \cdot D$ of them to learn.
# 3. **The length is fixed.** What is shorter must be padded, what is longer is cut.
#
# And there is a trap in the cutting. Windows one step apart share all but one of their values. Split them into training and test **at random**, and the test has
# been seen before; the same goes for a scaler that was fitted on the whole series, and for windows that reach across the split. Split in time: train on what came first.

# %%
width, count = 12, len(passengers) - 12
shares = []
for seed in range(100):
    order = np.random.default_rng(seed).permutation(count)
    training, test = set(order[: int(0.8 * count)]), order[int(0.8 * count) :]
    shares.append(np.mean([bool({i - 1, i + 1} & training) for i in test]))
print(f"windows of {width} months, split at random: {np.mean(shares):.0%} of the test windows share", end=" ")
print(f"{width - 1} months with a training window (100 splits: {min(shares):.0%} to {max(shares):.0%})")
assert min(shares) > 0.8

# %% [markdown]
# ### The older way: a hidden state with a table
#
# Long before recurrent networks could be trained, there was a model that *carries something along*: the **hidden Markov model** (Baum and Petrie 1966; Rabiner
# 1989 is the classic tutorial). One example, from a tram stop. The line has two conditions that nobody announces, *normal* and *disturbed*. Each morning you see only
# whether your tram is on time, late, or very late.
#
# $$\begin{aligned}
# s_t &\in \{1, \dots, S\} && \text{hidden condition; } S = 2\\
# A &\in \mathbb{R}^{S \times S}, \quad A_{jk} = P(s_t = k \mid s_{t-1} = j) && \text{how conditions follow}\\
# B &\in \mathbb{R}^{S \times M}, \quad B_{km} = P(x_t = m \mid s_t = k) && \text{what is seen in each; } M = 3\\
# \pi &\in \mathbb{R}^S && \text{the first day}
# \end{aligned}$$
#
# The rows of $A$ and $B$ sum to 1. What do you believe after $t$ mornings? Let $\alpha_t \in \mathbb{R}^S$ be the probabilities of the conditions, given all that you saw up to now. Two moves: go one day
# on, then weigh with what you see.
#
# $$\begin{aligned}
# \alpha_t &= \frac{B_{:,x_t} \odot (A^\top \alpha_{t-1})}{\text{sum of the same}},\\
# P(x_{t+1} = m \mid x_1, \dots, x_t) &= \bigl(B^\top A^\top \alpha_t\bigr)_m .
# \end{aligned}$$
#
# (In the first step $\pi$ stands for $A^\top \alpha_{t-1}$. The letters $s$, $S$, $M$, $A$, $B$, $\pi$, $\alpha$ are used in this sense in this lecture only; $j$ and $k$ number conditions here, and $m$ symbols.) This is the **forward algorithm**. It costs
# $S^2$ multiplications a day and needs no window: everything that the past has to say is in the $S$ numbers of $\alpha_t$. Keep
# its form in mind: *a new state from the old state and the new input, by the same rule at every step.*

# %% [markdown]
# ## Twenty lines of NumPy

# %%
A = np.array([[0.95, 0.05], [0.10, 0.90]])  # normal, disturbed
B = np.array([[0.80, 0.15, 0.05], [0.30, 0.30, 0.40]])  # on time, late, very late
pi = np.array([2 / 3, 1 / 3])


def draw(rng, steps):
    """Conditions s (T,) and what is seen, x (T,)."""
    s, x = np.empty(steps, int), np.empty(steps, int)
    for t in range(steps):
        s[t] = rng.random() < (A[s[t - 1], 1] if t else pi[1])
        x[t] = (rng.random() > np.cumsum(B[s[t]])[:2]).sum()
    return s, x


def forward(x, A=A, B=B):
    """Beliefs alpha (T, S), and the chances (T, M) of each symbol before it was seen."""
    alpha, before, prior = [], [], pi
    for symbol in x:
        before.append(B.T @ prior)
        belief = B[:, symbol] * prior
        alpha.append(belief / belief.sum())
        prior = A.T @ alpha[-1]
    return np.array(alpha), np.array(before)


# %% [markdown]
# Is it right? Ask a method that shares no line with it: list *all* sequences of conditions, take each one's probability, and add up. For eight days
# that is $2^8 = 256$ terms; for $T$ days $S^T$, which is why nobody does it that way and why the forward algorithm was worth finding.

# %%
_, x = draw(np.random.default_rng(2), 8)
total = np.zeros(2)
for path in itertools.product((0, 1), repeat=8):
    chance = pi[path[0]] * np.prod([A[j, k] for j, k in itertools.pairwise(path)])
    total[path[-1]] += chance * np.prod([B[k, symbol] for k, symbol in zip(path, x, strict=True)])
alpha, before = forward(x)
print("belief after 8 days:  forward", alpha[-1], "  all 256 paths", total / total.sum())
seen = before[np.arange(8), x].prod()
print(f"chance of these 8 days: forward {seen:.6e}, all paths {total.sum():.6e}")
assert np.allclose(alpha[-1], total / total.sum()) and np.isclose(seen, total.sum())

# %% [markdown]
# Watch the belief over some mornings that we make up. After weeks of trams on time one very late tram is a hint, and a second settles it; then it takes several good mornings until the
# line is trusted again. Nobody wrote such a rule anywhere.

# %%
watched = forward(np.array([0] * 30 + [2, 2, 2] + [0] * 6))[0][:, 1]
print("belief in “disturbed” after 30 trams on time:", watched[29].round(2))
print("then three very late:", watched[30:33].round(2), " then on time again:", watched[33:].round(2))
assert watched[29] < 0.1 < watched[30] < 0.5 < 0.75 < watched[31]
assert watched[34] > 0.3 > 0.1 > watched[38]


# %%
def tram(stays, telling, days=80, seed=31):
    """Belief over `days` mornings of one who thinks that disturbances stay, and trams tell, this much."""
    chain = np.array([[0.95, 0.05], [1 - stays, stays]])
    seen = telling * B + (1 - telling) * B.mean(axis=0)
    s, x = draw(np.random.default_rng(seed), days)
    belief = forward(x, chain, seen)[0][:, 1]
    fig, (top, axes) = plt.subplots(2, 1, figsize=(7.4, 3.4), sharex=True, height_ratios=[1, 2.2])
    top.scatter(np.arange(days), x, marker="|", s=60, color="#222222", linewidths=1.4)
    top.set_yticks(range(3), ["on time", "late", "very late"])
    top.set(ylim=(-0.6, 2.6), title=f"What is seen, and believed: stays = {stays:g}, telling = {telling:g}")
    axes.fill_between(range(days), 0, s, step="mid", color="#CCCCCC", label="disturbed (hidden)")
    axes.plot(belief, marker="", label="belief in “disturbed”")
    axes.set(xlabel="day", ylim=(-0.05, 1.05), yticks=(0, 0.5, 1))
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    right, turns = ((belief > 0.5) == s).mean(), int(np.abs(np.diff(belief > 0.5)).sum())
    alt = (
        f"Above, the trams of {days} days. Below, the belief that the line is disturbed, and in grey the days on which it was. "
        f"The belief is on the right side of one half on {right:.0%} of days, changes sides {turns} times and goes up to {belief.max():.2f}."
    )
    return fig, alt


# %%
display(
    widgets.explore(
        tram,
        stays=ipywidgets.FloatSlider(0.90, min=0.05, max=0.99, step=0.05, description="stays"),
        telling=ipywidgets.FloatSlider(1.0, min=0.0, max=1.0, step=0.1, description="telling"),
    )
)

# %% [markdown]
# Move *stays* down to 0.05, and the belief depends on today's tram alone, as with a window of one day: nothing adds up; move *telling* to 0, and it stops listening. (Without a running kernel: the two figures
# below show the true setting and a model that thinks that a disturbance lasts one day.)

# %%
figure, alt = tram(0.90, 1.0)
plots.show(figure, alt=alt)
figure, alt = tram(0.05, 1.0)
plots.show(figure, alt="The same with stays = 0.05. " + alt)
s, x = draw(np.random.default_rng(3), 20_000)
alpha, before = forward(x)
alone = B * pi[:, None]  # judging each day by itself
print(f"right about the hidden condition: {((alpha[:, 1] > 0.5) == s).mean():.1%} with the past,", end=" ")
print(f"{(alone.argmax(axis=0)[x] == s).mean():.1%} from today's tram alone, over 20,000 days")

# %% [markdown]
# ## An experiment that can fail: how wide must a window be?
#
# ### A little of the past, always
#
# Predict tomorrow's tram. The forward algorithm *with the true tables* is the best that anybody can do: no method has a lower expected loss, so its loss is the floor. Against it, windows of
# $w$ days: count how often each symbol followed each pattern of $w$ symbols (adding one to every count, so that nothing is impossible). A wider window sees more. It also has
# $3^w$ patterns to count, from the same data. Which of the two wins? Five draws of training data for each length, one test of 20,000 days.


# %%
def patterns(x, w):
    """The w symbols before each day from day 20 on, as one number; and the day's symbol."""
    places = np.arange(20, len(x))
    code = sum((x[places - 1 - j] * 3**j for j in range(w)), np.zeros(len(places), int))
    return code, x[places]


def excess(training, w):
    """Bits a day that a table of width w loses against the floor, on the test days."""
    counts = np.ones((3**w, 3))
    np.add.at(counts, patterns(training, w), 1)
    code, symbol = patterns(x, w)
    return float(-np.log2(counts[code, symbol] / counts[code].sum(axis=1)).mean() - floor)


floor = float(-np.log2(before[np.arange(len(x)), x][20:]).mean())
lengths, widths = (500, 2_000, 20_000), range(9)
losses = {n: [] for n in lengths}
for n, seed in itertools.product(lengths, range(5)):
    _, training = draw(np.random.default_rng(100 + seed), n)
    losses[n].append([excess(training, w) for w in widths])

# %%
fig, axes = plt.subplots(figsize=(7.4, 3.3))
for n, values in losses.items():
    line = axes.plot(widths, np.mean(values, axis=0), label=f"{n:,} days", markevery=1)[0]
    axes.fill_between(
        widths, np.min(values, axis=0), np.max(values, axis=0), color=line.get_color(), alpha=0.15
    )
axes.axhline(0, color="#555555", linewidth=1.2, linestyle=(0, (1, 2)), marker="")
axes.set(xlabel="width w of the window, days", ylabel="bits a day above the floor", xticks=widths)
axes.set_title("Too narrow is blind, too wide has too few examples")
plots.label_ends(axes)
best = {n: (int(np.mean(v, axis=0).argmin()), float(np.mean(v, axis=0).min())) for n, v in losses.items()}
plots.show(
    fig,
    alt="Loss above the floor against the window's width, three training lengths, mean and range of five draws. Each curve falls, has a minimum and rises: "
    + "; ".join(f"{n} days: best at width {w} with {value:.3f} bits" for n, (w, value) in best.items())
    + ".",
)
print(f"floor: {floor:.3f} bits a day;", {n: f"best w = {w}, {v:.3f} above" for n, (w, v) in best.items()})
print(
    f"numbers to learn: table of width 4: {3**4 * 2}, of width 8: {3**8 * 2:,}; hidden Markov model: 2 + 4 + 1"
)
assert min(np.min(v) for v in losses.values()) > 0 and best[500][0] < best[20_000][0] < 8

# %% [markdown]
# Every curve falls, turns and rises again: too narrow is blind, too wide has seen too few of each pattern. The best width moves to the right only when there are many more data, and forty times the data do not
# reach what two numbers of state do. A state is not a longer window; it is a *summary*. (The comparison is generous to the hidden Markov model: it was given the true tables. They can
# be learned from the trams alone, by expectation–maximisation: Baum and others 1970.)

# %% [markdown]
# ### One thing, from long ago
#
# In the tram problem the past fades, and a window loses little. Language is not so kind: "the **keys** near the cabinet of the boy **are** lost". The verb
# needs one word, and that word may stand anywhere (Linzen, Dupoux and Goldberg 2016). Here a window *network* reads the last $w$ words before
# the verb and says singular or plural. It is trained on sentences with 0 to 3 nouns between subject and verb, and tested on 0 to 6.

# %%
V = len(data.AGREEMENT_WORDS)
sample = data.agreement(np.random.default_rng(4), 3, nouns=(1, 3))
for index in range(3):
    listed = sample.words(index)
    verb = int(sample.main[index]) + 1
    print(" ".join(listed[:verb]), "→", listed[verb])


def last_words(rng, batch, nouns, w, mean=False):
    """The w words before the verb, one-hot and end to end (N, w V) or their mean (N, V); its number (N,)."""
    text = data.agreement(rng, batch, nouns)
    rows = np.arange(batch)
    places = text.main - np.arange(w - 1, -1, -1)[:, None]  # (w, N); before the first word: padding
    tokens = np.where(places >= 0, text.x[np.maximum(places, 0), rows], 0)
    x = models.one_hot(tokens.T, V)
    return x.mean(axis=1) if mean else x.reshape(batch, w * V), text.y[text.main, rows]


# %%
def answer(p, x):
    h = np.tanh(x @ p["W"] + p["b"])
    return h, h @ p["V"] + p["b_y"]


def window_network(seed, w, nouns=(0, 3), mean=False, hidden=32, updates=300):
    """A feed-forward network on windows of w words, trained on so many nouns in between."""
    rng = np.random.default_rng(seed)
    size = V if mean else w * V
    p = {"W": rng.standard_normal((size, hidden)) / np.sqrt(w), "b": np.zeros(hidden)}
    p |= {"V": rng.standard_normal((hidden, 2)) / np.sqrt(hidden), "b_y": np.zeros(2)}
    adam = models.Adam(0.01)
    for _ in range(updates):
        x, y = last_words(rng, 64, nouns, w, mean)
        h, logits = answer(p, x)
        _, dy = models.cross_entropy(logits, y)
        da = (dy @ p["V"].T) * (1 - h**2)
        adam.step(p, {"W": x.T @ da, "b": da.sum(0), "V": h.T @ dy, "b_y": dy.sum(0)})
    return p


def share_right(p, w, n, mean=False):
    """On 500 unseen sentences with n nouns in between."""
    x, y = last_words(np.random.default_rng(50 + n), 500, (n, n), w, mean)
    return float((answer(p, x)[1].argmax(axis=1) == y).mean())


# %%
between, spans = range(7), (2, 5, 8, 11, 14)
scores = {w: [] for w in spans}
for w, seed in itertools.product(spans, range(3)):
    p = window_network(seed, w)
    scores[w].append([share_right(p, w, n) for n in between])

# %%
fig, axes = plt.subplots(figsize=(7.4, 3.4))
for w, values in scores.items():
    axes.plot(between, np.mean(values, axis=0), label=f"{w} words", markevery=1)
axes.axhline(0.5, color="#555555", linewidth=1.2, linestyle=(0, (1, 2)), marker="")
axes.axvspan(3.5, 6.3, color="#EEEEEE", zorder=0)
axes.text(4.9, 1.02, "longer than in training", ha="center", fontsize=9.5)
axes.text(3.62, 0.8, "11 and 14 words\nfall together", va="center", fontsize=9)
axes.set(xlabel="nouns between subject and verb", ylabel="share of verbs right", ylim=(0.4, 1.09))
axes.set_title("A window falls off a cliff")
axes.legend(title="window", loc="center left", bbox_to_anchor=(1.0, 0.5))
plots.show(
    fig,
    alt="Share of verbs right against the nouns in between, for windows of 2 to 14 words, mean of three seeds. Each curve stays near 1 while the subject is inside the window "
    "and drops to one half, a coin, with the next noun: the window of 2 words after 0 nouns, of 5 after 1, of 8 after 2, of 11 and 14 after 3.",
)
for w, values in scores.items():
    low, high = np.min(values, axis=0), np.max(values, axis=0)
    print(f"{w:2d} words:", "  ".join(f"{lo:.2f}–{hi:.2f}" for lo, hi in zip(low, high, strict=True)))
assert min(np.min(np.array(scores[w])[:, (w - 2) // 3 + 1 :]) for w in spans[:4]) > 0.4
assert max(np.max(np.array(scores[w])[:, (w - 2) // 3 + 1 :]) for w in spans) < 0.6
assert min(np.min(np.array(scores[w])[:, : (w - 2) // 3 + 1]) for w in spans[:4]) > 0.9
assert np.min(np.array(scores[14])[:, 4:]) > 0.4 and np.max(np.array(scores[14])[:, 4:]) < 0.6

# %% [markdown]
# Each noun in between takes three words, so a window of 2, 5, 8 or 11 words holds the subject up to 0, 1, 2 or 3 of them. There is the cliff, with every seed: beyond it, a
# *coin*. No training could help; the word is not in the input. That is price 1.
#
# The window of 14 words is the more instructive case: with 4 nouns in between the subject **is** inside. It fails all the same. The weights for that place had never seen a
# subject in training. The network that knows what "keys" means ten words before the verb has to learn it anew for thirteen. That is price 2, and it would be so in every
# window, however wide.

# %% [markdown]
# ## What this does not solve
#
# Four wishes for a model of sequences, and who grants them:
#
# | | takes any length | sees order | uses what was long ago | learns a thing once, for all places |
# |---|---|---|---|---|
# | bag of words | yes | **no** | yes | yes |
# | window | **no** | yes | **up to $w$** | **no** |
# | hidden Markov model | yes | yes | **as far as $S$ conditions can tell** | yes |
# | recurrent network (next lecture) | yes | yes | *in principle*; lectures 04 and 05 | yes |
#
# To be fair to the window: a **convolution** over time (time-delay network, Waibel and others 1989) shares its weights over the places, which cures price 2 and leaves price 1; and
# a transformer is a wide window with shared weights that decides by what is *in* the window where to look (Vaswani and others 2017). Both are good, and both have a rim.
#
# And the hidden Markov model? One of our sources says that it becomes "computationally unfeasible for modelling large time dependencies". Time is not the trouble: the forward
# algorithm is linear in $T$. The trouble is *how much* must be carried. Its state is one of $S$ conditions, so to carry $n$ independent bits (number of the subject, number of the inner subject,
# whether a question was asked, …) it needs $S = 2^n$ of them, and a table $A$ with $4^n$ entries. A vector of $n$ units carries the same with an $n \times n$ matrix.

# %%
bits = np.arange(1, 21)
fig, axes = plt.subplots(figsize=(7.2, 3.0))
axes.plot(bits, 4.0**bits, label="hidden Markov\nmodel: $4^n$", markevery=3)
axes.plot(bits, bits**2, label="n units: $n^2$", markevery=3)
axes.set(yscale="log", xlabel="bits n to carry along", ylabel="numbers in the table", xticks=range(0, 21, 5))
axes.set_title("What it costs to remember n bits")
plots.label_ends(axes)
plots.show(
    fig,
    alt="Numbers in the table that leads from state to state, on a log scale, against the bits to be carried. Hidden Markov model: a straight line up to about 1e12 "
    "at 20 bits. A vector of n units: a curve that ends at 400.",
)
print(f"20 bits: {4**20:.1e} against {20**2}")
assert 4**20 > 1e12

# %% [markdown]
# So keep the *form* of the forward algorithm, a new state from the old state and the new input by one rule at every step, but let the state be a vector of $H$ numbers, and
# the rule something that can be **learned**. **Can a network learn its own rule of what to remember?** That is the next lecture.

# %% [markdown]
# ### A short history, with sources
#
# Recurrent networks were not invented once. One deck says that they "were developed by John Hopfield (1982)": his network is recurrent, but it is a *memory that settles*: started from
# a damaged pattern, it falls into the nearest stored one, and no sequence comes in. Nets with loops are older (McCulloch and Pitts 1943 drew some), and Amari (1972) had
# one that learns and recalls *sequences*.

# %%
EVENTS = [
    (1943, "McCulloch, Pitts: neurons as logic, loops too"),
    (1958, "Rosenblatt: the perceptron"),
    (1966, "Baum, Petrie: hidden Markov models"),
    (1972, "Amari: a net that recalls sequences"),
    (1982, "Hopfield: a memory that settles"),
    (1986, "Rumelhart, Hinton, Williams: backpropagation;  Jordan: output fed back"),
    (1990, "Elman: state fed back;  Werbos: backpropagation through time"),
    (1991, "Hochreiter: why gradients vanish"),
    (1993, "Schmidhuber: over 1,000 steps deep, by pretraining"),
    (1997, "Hochreiter, Schmidhuber: LSTM;  Schuster, Paliwal: both directions"),
    (2000, "Gers, Schmidhuber, Cummins: the forget gate"),
    (2013, "Graves: handwriting and text, written by LSTMs"),
    (2014, "Cho: GRU;  Sutskever: translation;  Bahdanau: attention"),
    (2017, "Vaswani: transformers, no recurrence"),
    (2019, "Vinyals: AlphaStar;  OpenAI (2018): a robot hand; both with LSTM cores"),
    (2024, "Gu, Dao: Mamba (2023);  Beck: xLSTM;  Feng: “Were RNNs all we needed?”"),
]

# %%
fig, axes = plt.subplots(figsize=(7.6, 5.2))
rows = np.arange(len(EVENTS))
axes.plot(np.zeros(len(EVENTS)), rows, color="#0072B2", linestyle="-", marker="o", markevery=1)
for row, (year, what) in enumerate(EVENTS):
    axes.text(-0.15, row, str(year), ha="right", va="center", fontsize=10, fontweight="bold")
    axes.text(0.15, row, what, ha="left", va="center", fontsize=9.5)
axes.set(xlim=(-1, 8), ylim=(len(EVENTS) - 0.4, -0.6))
axes.axis("off")
plots.show(fig, alt="A line of years. " + "; ".join(f"{year}: {what}" for year, what in EVENTS) + ".")
assert [year for year, _ in EVENTS] == sorted(year for year, _ in EVENTS)

# %% [markdown]
# How the wheel turns: hidden Markov models were the standard in speech recognition for decades, until deep networks took over parts of them (Hinton and others 2012); by 2016 deep LSTMs
# translated for the public (Wu and others 2016); since 2017 the transformers came. And because a transformer keeps its whole window at hand while a recurrent network keeps a state of
# fixed size, recurrence has come back for very long sequences (Gu and Dao 2023; Beck and others 2024; Feng and others 2024).

# %% [markdown]
# ## Exercises
#
# **1.** A window network with $H = 32$ units reads words from a vocabulary of 10,000, one-hot. How many weights has its first layer for $w = 5$, and for $w = 50$? How many has a layer that
# carries a state of 32 numbers and reads one word at a time, $h_t = \phi(W x_t + U h_{t-1} + b)$?
#
# <details><summary>Answer</summary>
#
# The window has $H \cdot w \cdot D$ weights: 1,600,000 for $w = 5$ and 16,000,000 for $w = 50$. The layer with a state has $HD + H^2$ = 320,000 + 1,024 = 321,024, whatever the length
# of the sequence (biases, 32 in each case, not counted).
# </details>
#
# **2.** Let two hidden conditions *never* change ($A$ is the identity). What does the forward algorithm compute then, and how wide a window would do as well?
#
# <details><summary>Answer</summary>
#
# With $A = I$ the two moves become one: $\alpha_t \propto B_{:,x_t} \odot \alpha_{t-1}$, so $\alpha_t \propto \pi \odot \prod_{k \le t} B_{:,x_k}$. That is Bayes' rule for a coin of
# which you want to know whether it is fair: all observations count the same, and their order does not matter. A bag of symbols would do; no finite window does, since every
# day of the past still counts.
# </details>
#
# **3.** The window of 14 words failed with 4 nouns in between, though the subject was inside. What do you expect with `last_words` trained on `(0, 4)`? And on `(0, 3)`, but with $x$ replaced by
# the *mean* of the one-hot vectors in the window?
#
# <details><summary>Answer</summary>
#
# Trained on 0 to 4 nouns it gets 4 right (below): now the weights of that place have seen subjects. With the mean, every place has the same weights, so "learn it once" is granted; but the order is
# gone, and with it what makes a noun the *subject*. "the keys near the cabinet" and "the cabinet near the keys" become the same input. What is left is to follow the majority of the
# nouns (a coin where there is a tie), and that is what the network does, as the numbers below show. You can have shared weights and order at the same time, but not with a window and not with a bag: that
# is what a recurrent network is for.
# </details>

# %%
D_, H_ = 10_000, 32
assert (H_ * 5 * D_, H_ * 50 * D_) == (1_600_000, 16_000_000)
assert (H_ * D_, H_**2, H_ * D_ + H_**2) == (320_000, 1_024, 321_024)
still, _ = forward(x[:50], A=np.eye(2))
product = pi * np.prod(B[:, x[:50]], axis=1)
assert np.allclose(still[-1], product / product.sum())

wider = [share_right(window_network(seed, 14, nouns=(0, 4)), 14, 4) for seed in range(3)]
folded = [window_network(seed, 14, mean=True) for seed in range(3)]
print("exercise 3: trained on 0 to 4, tested at 4:", [f"{share:.2f}" for share in wider])
for n in (0, 1, 2, 3):
    agree = np.arange(n + 1)  # so many of the n others have the subject's number
    majority = sum(math.comb(n, k) * np.sign(2 * k + 1 - n + 0.0) for k in agree) / 2 ** (n + 1) + 0.5
    found = [share_right(p, 14, n, mean=True) for p in folded]
    print(f"  mean of the words, {n} between: {np.round(found, 2)}; the majority is right in {majority:.2f}")
    assert np.abs(np.array(found) - majority).max() < 0.06
assert min(wider) > 0.95

# %% [markdown]
# ## The lab
#
# **[Lab 1, `lab01_rnn`](../../labs/lab01_rnn/lab01_rnn.ipynb)** follows lecture 02; its first part, the activations and their derivatives in forms that do not overflow, you can do now.
#
# ## Sources
#
# - Amari, S. (1972). Learning patterns and pattern sequences by self-organizing nets of threshold elements. *IEEE Transactions on Computers* C-21(11), 1197–1206. [doi:10.1109/T-C.1972.223477](https://doi.org/10.1109/T-C.1972.223477)
# - Bahdanau, D., Cho, K., Bengio, Y. (2015). Neural machine translation by jointly learning to align and translate. *ICLR*. <https://arxiv.org/abs/1409.0473>
# - Baum, L. E., Petrie, T. (1966). Statistical inference for probabilistic functions of finite state Markov chains. *Annals of Mathematical Statistics* 37(6), 1554–1563. [doi:10.1214/aoms/1177699147](https://doi.org/10.1214/aoms/1177699147)
# - Baum, L. E., Petrie, T., Soules, G., Weiss, N. (1970). A maximization technique occurring in the statistical analysis of probabilistic functions of Markov chains. *Annals of Mathematical Statistics* 41(1), 164–171. [doi:10.1214/aoms/1177697196](https://doi.org/10.1214/aoms/1177697196)
# - Beck, M., and others (2024). xLSTM: extended long short-term memory. *NeurIPS*. <https://arxiv.org/abs/2405.04517>
# - Box, G. E. P., Jenkins, G. M. (1976). *Time Series Analysis: Forecasting and Control*, revised edition. Holden-Day.
# - Cho, K., van Merriënboer, B., Gulcehre, C., Bahdanau, D., Bougares, F., Schwenk, H., Bengio, Y. (2014). Learning phrase representations using RNN encoder–decoder for statistical machine translation. *EMNLP*, 1724–1734. <https://arxiv.org/abs/1406.1078>
# - Elman, J. L. (1990). Finding structure in time. *Cognitive Science* 14(2), 179–211. [doi:10.1207/s15516709cog1402_1](https://doi.org/10.1207/s15516709cog1402_1)
# - Feng, L., Tung, F., Ahmed, M. O., Bengio, Y., Hajimirsadeghi, H. (2024). Were RNNs all we needed? <https://arxiv.org/abs/2410.01201>
# - Gers, F. A., Schmidhuber, J., Cummins, F. (2000). Learning to forget: continual prediction with LSTM. *Neural Computation* 12(10), 2451–2471. [doi:10.1162/089976600300015015](https://doi.org/10.1162/089976600300015015)
# - Graves, A. (2013). Generating sequences with recurrent neural networks. <https://arxiv.org/abs/1308.0850>
# - Gu, A., Dao, T. (2023). Mamba: linear-time sequence modeling with selective state spaces. <https://arxiv.org/abs/2312.00752>
# - Hinton, G., and others (2012). Deep neural networks for acoustic modeling in speech recognition. *IEEE Signal Processing Magazine* 29(6), 82–97. [doi:10.1109/MSP.2012.2205597](https://doi.org/10.1109/MSP.2012.2205597)
# - Hochreiter, S. (1991). *Untersuchungen zu dynamischen neuronalen Netzen*. Diploma thesis, TU München.
# - Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. *Neural Computation* 9(8), 1735–1780. [doi:10.1162/neco.1997.9.8.1735](https://doi.org/10.1162/neco.1997.9.8.1735)
# - Hopfield, J. J. (1982). Neural networks and physical systems with emergent collective computational abilities. *PNAS* 79(8), 2554–2558. [doi:10.1073/pnas.79.8.2554](https://doi.org/10.1073/pnas.79.8.2554)
# - Jordan, M. I. (1986). *Serial order: a parallel distributed processing approach*. ICS Report 8604, UC San Diego. Reprinted 1997: [doi:10.1016/S0166-4115(97)80111-2](https://doi.org/10.1016/S0166-4115%2897%2980111-2)
# - Linzen, T., Dupoux, E., Goldberg, Y. (2016). Assessing the ability of LSTMs to learn syntax-sensitive dependencies. *TACL* 4, 521–535. <https://arxiv.org/abs/1611.01368>
# - McCulloch, W. S., Pitts, W. (1943). A logical calculus of the ideas immanent in nervous activity. *Bulletin of Mathematical Biophysics* 5, 115–133. [doi:10.1007/BF02478259](https://doi.org/10.1007/BF02478259)
# - Minsky, M., Papert, S. (1969). *Perceptrons*. MIT Press.
# - OpenAI: Andrychowicz, M., and others (2018). Learning dexterous in-hand manipulation. <https://arxiv.org/abs/1808.00177>
# - Rabiner, L. R. (1989). A tutorial on hidden Markov models and selected applications in speech recognition. *Proceedings of the IEEE* 77(2), 257–286. [doi:10.1109/5.18626](https://doi.org/10.1109/5.18626)
# - Rosenblatt, F. (1958). The perceptron: a probabilistic model for information storage and organization in the brain. *Psychological Review* 65(6), 386–408. [doi:10.1037/h0042519](https://doi.org/10.1037/h0042519)
# - Rumelhart, D. E., Hinton, G. E., Williams, R. J. (1986). Learning representations by back-propagating errors. *Nature* 323, 533–536. [doi:10.1038/323533a0](https://doi.org/10.1038/323533a0)
# - Schmidhuber, J. (1993). *Netzwerkarchitekturen, Zielfunktionen und Kettenregel*. Habilitation thesis, TU München; told in Schmidhuber (2015), Deep learning in neural networks: an overview, *Neural Networks* 61, 85–117. [doi:10.1016/j.neunet.2014.09.003](https://doi.org/10.1016/j.neunet.2014.09.003)
# - Schuster, M., Paliwal, K. K. (1997). Bidirectional recurrent neural networks. *IEEE Transactions on Signal Processing* 45(11), 2673–2681. [doi:10.1109/78.650093](https://doi.org/10.1109/78.650093)
# - Sutskever, I., Vinyals, O., Le, Q. V. (2014). Sequence to sequence learning with neural networks. *NeurIPS*. <https://arxiv.org/abs/1409.3215>
# - Vaswani, A., and others (2017). Attention is all you need. *NeurIPS*. <https://arxiv.org/abs/1706.03762>
# - Vinyals, O., and others (2019). Grandmaster level in StarCraft II using multi-agent reinforcement learning. *Nature* 575, 350–354. [doi:10.1038/s41586-019-1724-z](https://doi.org/10.1038/s41586-019-1724-z)
# - Waibel, A., Hanazawa, T., Hinton, G., Shikano, K., Lang, K. J. (1989). Phoneme recognition using time-delay neural networks. *IEEE Transactions on Acoustics, Speech, and Signal Processing* 37(3), 328–339. [doi:10.1109/29.21701](https://doi.org/10.1109/29.21701)
# - Werbos, P. J. (1990). Backpropagation through time: what it does and how to do it. *Proceedings of the IEEE* 78(10), 1550–1560. [doi:10.1109/5.58337](https://doi.org/10.1109/5.58337)
# - Wu, Y., and others (2016). Google's neural machine translation system: bridging the gap between human and machine translation. <https://arxiv.org/abs/1609.08144>
# - The decks: 000, R. Schlosser (2018) (hidden Markov models, where sequences come from); 001, T. C. Petersen (time series, splitting in time, what LSTMs did in 2018 and 2019); 002, J. Chen (Hopfield, four wishes, kinds of problems); 003, *Week 10: LSTM* (words as vectors); 004, A. Ghobakhlou (perceptron, activations, limits of feed-forward networks, shapes).

# %%
print(f"this run took {time.perf_counter() - started:.0f} s; stated: at most 60 s on two cores")
