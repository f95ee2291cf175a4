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
#     title: "Sentences in batches: masks, two directions, layers, a tagger"
#     minutes: 115
#     lecture: 05_lstm
#     preload: [numpy]
#     allowed_imports: [numpy, math, autograder, matplotlib]
#     allowed_files: []
#     device: cpu
#     limits: {cell_cpu_s: 10, cell_wall_s: 30, notebook_cpu_s: 60, notebook_wall_s: 180, memory_mb: 1024}
# ---

# %% [markdown]
# # Lab 6: sentences in batches
#
# So far a batch was a block of numbers, every sequence of the same length. Real sentences are made of words, and no two are equally long. In this lab you
# build everything that stands between sentences and a recurrent cell: padding and masks, word vectors, a layer that knows where a sentence ends, a second layer that reads it from
# its end, layers on top of each other, and a loss that counts words and nothing else. All of it forward *and* backward. At the end your code is a tagger: it says which words of a sentence
# are nouns and which are verbs.
#
# **When you are done you can**
#
# - turn sentences into a padded batch with a mask, and keep the padding out of every result and every gradient;
# - give each word a vector, and collect its gradient over every place where the word stands;
# - run a recurrent layer in both directions, and layers on top of each other, and send gradients back through all of it;
# - summarise sentences of unequal length, and score a tagger on words alone;
# - find out whether a sentence's result depends on the sentences beside it.
#
# Plan about 115 minutes. The lab has 92 points by machine and 8 for an answer in words.
#
# **How it works.** You write between the docstring and the end of each exercise cell, in place of
# `raise NotImplementedError()`. The locked cell below it checks your function and tells you what it found. Work from top to bottom; if you get stuck, go on: nearly every check
# hands your function inputs that are known to be right, so that an early mistake does not cost you the later points.

# %% nbgrader={"grade_id": "setup", "locked": true}
import numpy as np

from autograder import open_lab

lab = open_lab("lab06_sequences")

# %% [markdown]
# ## What you bring along
#
# Before this lab you wrote a recurrent step and its loop, $h_t = \tanh(W x_t + U h_{t-1} + b)$; the way back through that loop, from the last step to the first, with the parameters' gradients added up over the steps; and cells with
# gates. Here the cell is the plain one once more, so that you can look at everything around it. At the end the LSTM takes its place, with the rest of your code unchanged. Four habits will help:
#
# - `a[index]` with an array of integers picks rows: `(V, D)` with tokens `(T, N)` gives `(T, N, D)`. Two index arrays pick pairs: `x[steps, sentences]`.
# - `a[mask]` with a bool array of a's first axes picks the entries where it is True, one after the other.
# - `np.where(on, a, b)` chooses, entry by entry. *Choose, don't multiply:* `0 * nan` is `nan`.
# - `mask[..., None]` puts an axis of length 1 at the end, so that `(T, N, 1)` fits beside `(T, N, D)`.
#
# | letter | shape | what it is |
# |---|---|---|
# | `T`, `N`, `D`, `H`, `K`, `V` | numbers | steps, sentences in a batch, size of a word vector, units of one direction, classes, words of the vocabulary |
# | `tokens`, `mask` | `(T, N)` ints, `(T, N)` bools | words as numbers from 0 to V−1; True where there is a word, False in the padding |
# | `emb` | `(V, D)` | one vector for each word of the vocabulary |
# | `x`, `hs` | `(T, N, D)`, `(T, N, H)` | what goes into a layer, what comes out of one direction |
# | `ys` | `(T, N, 2H)` | what comes out of two directions, side by side |
# | `"W"`, `"U"`, `"b"`, `"h0"` | `(D, H)`, `(H, H)`, `(H,)`, `(H,)` | a layer's parameters, in a dict called `params` |
# | `dx`, `dhs`, … | as `x`, `hs`, … | the loss's derivative by what stands after the d |
#
# Time is the first axis, as in every lab. States lie in rows, so from here on the equations are written like the code: $W x$ is $x W$. Here `h0`, the state before the first word, is a *parameter*: one vector, the same for every sentence, learned like the others. All numbers are float64.
#
# **Functions that stand on other functions** take the one below as an optional argument, and their first line (already there) fills in yours. *Use the name from the argument list* (`step`, `layer`, `reverse`, …): the check may hand in a simple
# stand-in, to test your function alone. None of your functions may change what it was given.

# %% [markdown]
# ## 1. A batch of sentences
#
# Sentences become the *columns* of an array as long as the longest of them; below a shorter one stands **padding**, any number that is a legal token. What is padding and what is a word cannot be seen from the numbers: the padding is
# often 0, and 0 is often a word too (in our tagger, the unknown word). So write down which is which, in a **mask**:
#
# $$m_{t,n} = \text{True exactly if sentence } n \text{ has a word at step } t$$
#
# For `[[5, 2, 7], [4]]` and padding 0, with time running down:
#
# | tokens | | | mask | |
# |---|---|---|---|---|
# | 5 | 4 | | True | True |
# | 2 | 0 | | True | False |
# | 7 | 0 | | True | False |
#
# Write `pad_batch`. Everything later asks the mask, never the tokens.


# %% tags=["exercise"] nbgrader={"grade_id": "pad-batch", "solution": true}
def pad_batch(sentences, pad=0):
    """Sentences of unequal length as one block, and where its words are.

    sentences: a list of N lists of ints, one of them may be empty. pad: the int that fills up.
    Returns tokens (T, N), ints, T the length of the longest sentence, and mask (T, N), bools.
    Hint: np.full makes an array that is full of one number; np.zeros(shape, dtype=bool) is all False.
    """
    ### BEGIN SOLUTION
    T = max(len(sentence) for sentence in sentences)
    tokens = np.full((T, len(sentences)), pad)
    mask = np.zeros((T, len(sentences)), dtype=bool)
    for n, sentence in enumerate(sentences):
        tokens[: len(sentence), n] = sentence
        mask[: len(sentence), n] = True
    return tokens, mask
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-pad-batch", "grade": true, "locked": true, "points": 3}
@lab.check
def pad_batch_matches(sentences, pad):
    """Words, padding and mask are where they belong; if nothing is said, the padding is 0."""
    tokens, mask = pad_batch(sentences, pad)
    return {"tokens": tokens, "mask": mask, "padded_with_0": pad_batch(sentences)[0]}


# %% nbgrader={"grade_id": "check-pad-batch-edges", "grade": true, "locked": true, "points": 2}
@lab.check
def pad_batch_knows_words_from_padding(sentences, pad):
    """A word that has the padding's number is still a word, an empty sentence has none, and the mask picks words out."""
    _, mask = pad_batch(sentences, pad)
    return {"mask": mask, "words": mask.sum(), "places": np.arange(mask.size).reshape(mask.shape)[mask]}


# %% [markdown]
# ## 2. A vector for each word
#
# A network cannot do arithmetic with word number 17. An **embedding** is a table with one row of `D` numbers for each word, and the rows are learned:
#
# $$x_{t,n} = \mathrm{emb}[\mathrm{tokens}_{t,n}] \qquad (T, N, D) \text{ from } (V, D)$$
#
# Write `embed`. The padding gets a vector as well, whichever row its number points to; the mask will see to it.


# %% tags=["exercise"] nbgrader={"grade_id": "embed", "solution": true}
def embed(tokens, emb):
    """The vector of every word.

    tokens (T, N), ints from 0 to V-1. emb (V, D). Returns x (T, N, D).
    Hint: an array of ints is an index.
    """
    ### BEGIN SOLUTION
    return emb[tokens]
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-embed", "grade": true, "locked": true, "points": 2}
@lab.check
def embed_matches(tokens, emb):
    """Each word has its own row of the table."""
    return {"x": embed(tokens, emb)}


# %% [markdown]
# The way back: a row of the table stands in the batch as often as its word does, and each place sends back a gradient. They **add up**:
#
# $$\mathrm{d\,emb}_v = \sum_{t,n \,:\, \mathrm{tokens}_{t,n} = v,\; m_{t,n}} \mathrm{d}x_{t,n} \qquad (V, D)$$
#
# A word that is not in the batch gets zeros, and so does padding (as with `padding_idx` in PyTorch, but by place instead of by number). Beware of `d_emb[tokens] += dx`: if a word stands in two places, NumPy reads the row once, adds, and
# writes twice, so only the last one counts. There is no warning. `np.add.at(d_emb, index, values)` adds all of them.
#
# Write `embed_backward`.


# %% tags=["exercise"] nbgrader={"grade_id": "embed-backward", "solution": true}
def embed_backward(dx, tokens, mask, V):
    """The gradient of the table.

    dx (T, N, D): gradient of every word's vector; in the padding it counts nothing, whatever it is.
    tokens (T, N), mask (T, N). V: how many words the vocabulary has. Returns d_emb (V, D).
    Hint: a[mask] for a of shape (T, N, ...) is a list of the words alone, mask.sum() long.
    """
    ### BEGIN SOLUTION
    d_emb = np.zeros((V, dx.shape[2]))
    np.add.at(d_emb, tokens[mask], dx[mask])
    return d_emb
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-embed-backward", "grade": true, "locked": true, "points": 4}
@lab.check
def embed_backward_matches(dx, tokens, mask, V):
    """A word that stands in several places collects the gradients of all of them. (No padding here.)"""
    return {"d_emb": embed_backward(dx, tokens, mask, V)}


# %% nbgrader={"grade_id": "check-embed-backward-padding", "grade": true, "locked": true, "points": 2}
@lab.check
def embed_backward_skips_padding(dx, tokens, mask, V):
    """The padding sends nothing back, even where its gradient is NaN. (Every word stands in one place only here.)"""
    return {"d_emb": embed_backward(dx, tokens, mask, V)}


# %% [markdown]
# ### Look: how often was that word there?
#
# Every place sends back a gradient of 1, so a word's row should show how often the word occurs. Beside yours stands what the tempting line makes of it.

# %% tags=["explore"] nbgrader={"grade_id": "explore-embedding", "locked": true}
import matplotlib.pyplot as plt

from course import plots

plots.use_style()
line = "the dog that the cat saw saw the saw near the cat".split()
vocabulary = sorted(set(line))
tokens, mask = pad_batch([[vocabulary.index(word) for word in line]])
dx = np.ones((*tokens.shape, 1))
yours = embed_backward(dx, tokens, mask, len(vocabulary))[:, 0]
tempting = np.zeros((len(vocabulary), 1))
tempting[tokens] += dx

fig, axes = plt.subplots(figsize=(6.4, 2.8))
places = np.arange(len(vocabulary))
axes.bar(places - 0.2, yours, 0.4, label="yours")
axes.bar(places + 0.2, tempting[:, 0], 0.4, hatch="//", label="d_emb[tokens] += dx")
axes.set_xticks(places, vocabulary)
axes.set_ylabel("gradient of the row")
axes.legend()
plots.show(
    fig,
    alt="Two bars for each word. Yours are as high as the word's count, up to 4 for 'the'; those of the tempting line are all 1.",
)

# %% [markdown]
# **What you see.** Yours counts 4 times *the*, 3 times *saw*, twice *cat*. The tempting line gives 1 to every word, so the most frequent words learn as if they were rare. The loss falls all the same, only more slowly; nobody
# finds this by looking at a loss curve.

# %% [markdown]
# ## 3. Turning sentences round
#
# To read a sentence from its end, turn it round. In a padded batch that is not `x[::-1]`, which would put the padding first: a layer would begin with padding and meet the words late. Turn each sentence round *within its own length* $\ell_n$, and leave the
# padding where it is:
#
# $$\tilde x_{t,n} = \begin{cases} x_{\ell_n - 1 - t,\; n} & t < \ell_n \\ x_{t,n} & \text{otherwise} \end{cases} \qquad t = 0 \dots T-1, \qquad \ell_n = \sum_t m_{t,n}$$
#
# (Here $t$ counts from 0, as in code.) Do it twice and you are back where you started. It must work for tokens `(T, N)` and for vectors `(T, N, D)`.
#
# Write `reverse_padded`.


# %% tags=["exercise"] nbgrader={"grade_id": "reverse-padded", "solution": true}
def reverse_padded(x, mask):
    """Each sentence from its last word to its first; the padding stays.

    x (T, N) or (T, N, D). mask (T, N): True for the first words of each column, as pad_batch makes it.
    Returns an array of x's shape. Hint: make an array (T, N) that says for each place which step it comes from;
    x[steps, sentences] with steps (T, N) and sentences (N,) then picks them all.
    """
    ### BEGIN SOLUTION
    lengths = mask.sum(axis=0)
    step = np.arange(len(x))[:, None]
    source = np.where(mask, lengths - 1 - step, step)
    return x[source, np.arange(x.shape[1])]
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-reverse-padded", "grade": true, "locked": true, "points": 5}
@lab.check
def reverse_padded_matches(x, mask):
    """Vectors: each sentence is turned round within its own length, padding stays, and the input is left alone."""
    return {"turned": reverse_padded(x, mask), "x": x}


# %% nbgrader={"grade_id": "check-reverse-padded-tokens", "grade": true, "locked": true, "points": 2}
@lab.check
def reverse_padded_tokens_match(tokens, mask):
    """Tokens, an array of two axes, are turned round too; sentences of one word or none stay as they are."""
    return {"turned": reverse_padded(tokens, mask)}


# %% [markdown]
# ## 4. One step of a padded batch
#
# A batch takes its steps together, but some of its sentences are over before others. Their state must **freeze**: a step on padding would still add $b$ and multiply by $U$.
#
# $$h_{t,n} = \begin{cases} \tanh(x_{t,n} W + h_{t-1,n} U + b) & m_{t,n} \\ h_{t-1,n} & \text{otherwise} \end{cases} \qquad (N, H)$$
#
# Write `masked_step`, for one step: `running` $(N,)$ is one row of the mask.


# %% tags=["exercise"] nbgrader={"grade_id": "masked-step", "solution": true}
def masked_step(x, h_prev, running, params):
    """One step; a sentence that is over keeps its state.

    x (N, D), h_prev (N, H), running (N,) bools, params: dict of W (D, H), U (H, H), b (H,).
    Returns h (N, H). Hint: compute the step for all, then choose. running[:, None] fits beside (N, H).
    """
    ### BEGIN SOLUTION
    a = x @ params["W"] + h_prev @ params["U"] + params["b"]
    return np.where(running[:, None], np.tanh(a), h_prev)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-masked-step", "grade": true, "locked": true, "points": 4}
@lab.check
def masked_step_matches(x, h_prev, running, params):
    """The step is right while every sentence runs."""
    return {"h": masked_step(x, h_prev, running, params)}


# %% nbgrader={"grade_id": "check-masked-step-frozen", "grade": true, "locked": true, "points": 3}
@lab.check
def masked_step_freezes(x, h_prev, running, params):
    """A sentence that is over keeps its state, even if its padding is NaN."""
    return {"h": masked_step(x, h_prev, running, params)[~running]}


# %% [markdown]
# ## 5. One layer, one direction
#
# The loop over time, from `h0`. It gives back all states, and what the way back will need, in a dict with these keys:
#
# | key | shape | |
# |---|---|---|
# | `"x"`, `"mask"` | `(T, N, D)`, `(T, N)` | as they came in |
# | `"hs"` | `(T, N, H)` | all states, `hs[0]` being the one *after* the first word |
# | `"params"` | dict | as it came in |
#
# Write `rnn_layer`. Call `step(x[t], h, mask[t], params)`. The first state is `params["h0"]`, the same row for each of the `N` sentences.


# %% tags=["exercise"] nbgrader={"grade_id": "rnn-layer", "solution": true}
def rnn_layer(x, mask, params, step=None):
    """A recurrent layer over a padded batch.

    x (T, N, D), mask (T, N), params: dict of W, U, b and h0 (H,).
    step: called as step(x_t, h_prev, running, params); your masked_step unless another is handed in.
    Returns hs (T, N, H) and the cache, a dict with the keys x, mask, hs, params.
    Hint: np.tile(row, (N, 1)) repeats a row N times.
    """
    step = step or masked_step
    ### BEGIN SOLUTION
    T, N = mask.shape
    h = np.tile(params["h0"], (N, 1))
    hs = np.zeros((T, *h.shape))
    for t in range(T):
        h = step(x[t], h, mask[t], params)
        hs[t] = h
    return hs, {"x": x, "mask": mask, "hs": hs, "params": params}
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-rnn-layer", "grade": true, "locked": true, "points": 4}
@lab.check
def rnn_layer_matches(x, mask, params):
    """The state is carried from h0 through every step. (The check hands in a simple step of its own.)"""

    def simple_step(x, h_prev, running, params):
        return np.sin(0.7 * h_prev + params["b"] * x.sum(axis=1, keepdims=True)) + 0.2 * running[:, None]

    return {"hs": rnn_layer(x, mask, params, step=simple_step)[0]}


# %% nbgrader={"grade_id": "check-rnn-layer-cache", "grade": true, "locked": true, "points": 2}
@lab.check
def rnn_layer_cache_matches(x, mask, params):
    """The cache holds x, the mask, the states and the parameters. One step or one sentence keep all their axes."""

    def stateless_step(x, h_prev, running, params):
        return x[:, :1] * params["b"]

    return {"cache": rnn_layer(x, mask, params, step=stateless_step)[1]}


# %% [markdown]
# ## 6. The layer backward
#
# Two gradients reach the state of step $t$: one from above and one from step $t+1$. Together they are `dh` $(N, H)$. First through the tanh, into its pre-activation $a_t$; where a sentence is over there was no tanh, and nothing gets in:
#
# $$\mathrm{d}a_{t,n} = \begin{cases} \mathrm{d}h_{t,n} \odot (1 - h_{t,n}^2) & m_{t,n} \\ 0 & \text{otherwise} \end{cases}$$
#
# Write `tanh_backward`.


# %% tags=["exercise"] nbgrader={"grade_id": "tanh-backward", "solution": true}
def tanh_backward(dh, h, running):
    """From the gradient of a step's state to that of its pre-activation.

    dh (N, H), h (N, H): the state that came out of the step. running (N,) bools. Returns da (N, H).
    Hint: tanh' = 1 - tanh squared, and h is already the tanh.
    """
    ### BEGIN SOLUTION
    return np.where(running[:, None], dh * (1 - h**2), 0.0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-tanh-backward", "grade": true, "locked": true, "points": 3}
@lab.check
def tanh_backward_matches(dh, h, running):
    """The gradient passes the tanh of the sentences that run, and no other."""
    return {"da": tanh_backward(dh, h, running)}


# %% [markdown]
# Then through the sum $a = x W + h_{t-1} U + b$, as in every recurrent network. What is new is the last line: a frozen sentence *copied* its state, so its gradient passes on **unchanged**, past the step.
#
# $$\mathrm{d}x = \mathrm{d}a\,W^\top \qquad \mathrm{d}W = x^\top \mathrm{d}a \qquad \mathrm{d}U = h_{t-1}^\top \mathrm{d}a \qquad \mathrm{d}b = \sum_n \mathrm{d}a_n$$
#
# $$\mathrm{d}h_{t-1,n} = \begin{cases} (\mathrm{d}a\,U^\top)_n & m_{t,n} \\ \mathrm{d}h_{t,n} & \text{otherwise} \end{cases}$$
#
# Write `masked_step_backward`. Get `da` by calling `through(dh, h, running)`. (What stands in the padding of `x` is finite here: it is some word's vector.)


# %% tags=["exercise"] nbgrader={"grade_id": "masked-step-backward", "solution": true}
def masked_step_backward(dh, x, h_prev, h, running, params, through=None):
    """One step backward.

    dh (N, H): gradient of this step's state, from above and from the next step. x (N, D), h_prev and h (N, H): the states
    before and after. running (N,) bools. params: dict of W (D, H), U (H, H), b (H,).
    through: called as through(dh, h, running), gives da (N, H); your tanh_backward unless handed in.
    Returns dx (N, D), dh_prev (N, H) and a dict of the gradients "W", "U" and "b", summed over the batch.
    """
    through = through or tanh_backward
    ### BEGIN SOLUTION
    da = through(dh, h, running)
    dx = da @ params["W"].T
    dh_prev = np.where(running[:, None], da @ params["U"].T, dh)
    grads = {"W": x.T @ da, "U": h_prev.T @ da, "b": da.sum(axis=0)}
    return dx, dh_prev, grads
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-step-backward-inputs", "grade": true, "locked": true, "points": 4}
@lab.check
def step_backward_inputs_match(dh, x, h_prev, h, running, params, da):
    """What leaves the step, dx and dh_prev, is right, also for frozen sentences. (da comes from the check.)"""
    dx, dh_prev, _ = masked_step_backward(dh, x, h_prev, h, running, params, through=lambda *_: da)
    return {"dx": dx, "dh_prev": dh_prev}


# %% nbgrader={"grade_id": "check-step-backward-parameters", "grade": true, "locked": true, "points": 3}
@lab.check
def step_backward_parameters_match(dh, x, h_prev, h, running, params, da):
    """The gradients of W, U and b are right, from a da that the check hands in."""
    _, _, grads = masked_step_backward(dh, x, h_prev, h, running, params, through=lambda *_: da)
    return {"W": grads["W"], "U": grads["U"], "b": grads["b"]}


# %% [markdown]
# Now the loop, from the last step to the first:
#
# $$\mathrm{d}h_t^{\text{total}} = \mathrm{dhs}_t + \mathrm{d}h_t^{\text{from } t+1}, \qquad \mathrm{d}W = \sum_t \mathrm{d}W^{(t)}, \qquad \mathrm{d}h_0 = \sum_n (\text{what is left over before the first step})_n$$
#
# and likewise for `U` and `b`. After the last step nothing comes from $t+1$. `h0` is one row for all sentences, so its gradient is a sum over them.
#
# Write `rnn_layer_backward`. Call `step_backward(dh, x[t], h_prev, hs[t], mask[t], params)`; the state *before* the first step is `h0`, in `N` rows.


# %% tags=["exercise"] nbgrader={"grade_id": "rnn-layer-backward", "solution": true}
def rnn_layer_backward(dhs, cache, step_backward=None):
    """Backpropagation through time over a padded batch.

    dhs (T, N, H): upstream gradient of every state. cache: the dict of rnn_layer.
    step_backward: called like masked_step_backward, which it is unless another is handed in.
    Returns dx (T, N, D) and a dict of the gradients "W", "U", "b" and "h0".
    Hint: hs[t - 1] is right for every step but one, and there Python does not complain.
    """
    step_backward = step_backward or masked_step_backward
    x, mask, hs, params = (cache[key] for key in ("x", "mask", "hs", "params"))
    ### BEGIN SOLUTION
    N = mask.shape[1]
    before = [np.tile(params["h0"], (N, 1)), *hs[:-1]]
    dx = np.zeros(x.shape)
    grads = {"W": 0.0, "U": 0.0, "b": 0.0}
    dh_next = np.zeros_like(hs[0])
    for t in reversed(range(len(x))):
        dh = dhs[t] + dh_next
        dx[t], dh_next, new = step_backward(dh, x[t], before[t], hs[t], mask[t], params)
        grads = {key: grads[key] + new[key] for key in grads}
    return dx, {**grads, "h0": dh_next.sum(axis=0)}
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-layer-backward-states", "grade": true, "locked": true, "points": 4}
@lab.check
def layer_backward_states_match(dhs, cache):
    """The gradient finds its way through time, to dx and h0, and dhs stays as it was. (The step backward is a simple one.)"""

    def simple_step_backward(dh, x, h_prev, h, running, params):
        dx = x * dh.sum(axis=1, keepdims=True) * (2 + running[:, None])
        return dx, 0.6 * dh + 0.3 * dh * h, {"W": params["W"], "U": params["U"], "b": params["b"]}

    dx, grads = rnn_layer_backward(dhs, cache, step_backward=simple_step_backward)
    return {"dx": dx, "h0": grads["h0"], "dhs": dhs}


# %% nbgrader={"grade_id": "check-layer-backward-parameters", "grade": true, "locked": true, "points": 3}
@lab.check
def layer_backward_parameters_match(dhs, cache):
    """W, U and b collect their gradients from all steps, and each step gets the state before it."""

    def simple_step_backward(dh, x, h_prev, h, running, params):
        U = params["U"] * h_prev.sum() + np.outer(h_prev[-1], h_prev[0])
        grads = {"W": params["W"] * x.mean(), "U": U * x.mean(), "b": params["b"] * (x.max() + 0.5)}
        return x, 0.0 * dh, grads

    _, grads = rnn_layer_backward(dhs, cache, step_backward=simple_step_backward)
    return {"W": grads["W"], "U": grads["U"], "b": grads["b"]}


# %% [markdown]
# ## 7. Two directions
#
# A word's class often depends on what comes *after* it: in "the watch stopped" and "they watch birds" the words around decide. A **bidirectional** layer is two layers with parameters of their own. One reads forward. The other reads the sentence turned round, and its
# outputs are **turned round again**, so that step $t$ of both belongs to the same word:
#
# $$y_{t} = \bigl[\, \overrightarrow{h}_t,\; \overleftarrow{h}_t \,\bigr] \quad (N, 2H), \qquad \overrightarrow{h} = \text{layer}(x), \qquad \overleftarrow{h} = \text{reverse}(\text{layer}(\text{reverse}(x)))$$
#
# The mask stays as it is: a sentence turned round has its words in the same places.
#
# Write `bidirectional`. `params` is `{"forward": {…}, "backward": {…}}`, two dicts as before. Call `layer(x, mask, params)`, which gives states and a cache, and `reverse(x, mask)`. Return the outputs and a cache with
# the keys `"forward"`, `"backward"` (the two layers' caches) and `"mask"`.


# %% tags=["exercise"] nbgrader={"grade_id": "bidirectional", "solution": true}
def bidirectional(x, mask, params, layer=None, reverse=None):
    """Two layers, one from each end.

    x (T, N, D), mask (T, N), params: {"forward": dict of a layer, "backward": dict of another}.
    layer and reverse: called like rnn_layer and reverse_padded, which they are unless others are handed in.
    Returns ys (T, N, 2H), the forward half first, and {"forward": cache, "backward": cache, "mask": mask}.
    """
    layer, reverse = layer or rnn_layer, reverse or reverse_padded
    ### BEGIN SOLUTION
    there, cache_there = layer(x, mask, params["forward"])
    back, cache_back = layer(reverse(x, mask), mask, params["backward"])
    ys = np.concatenate([there, reverse(back, mask)], axis=2)
    return ys, {"forward": cache_there, "backward": cache_back, "mask": mask}
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-bidirectional", "grade": true, "locked": true, "points": 6}
@lab.check
def bidirectional_matches(x, mask, params):
    """Both halves belong to the same word. (The check hands in a simple layer, and a simple way to turn round.)"""

    def simple_layer(x, mask, params):
        hs = np.cumsum(x @ params["W"] + mask[..., None] * params["b"], axis=0)
        return hs, {"seen": hs[-1]}

    def all_but_the_first(x, mask):
        return x[-np.arange(len(x))]

    ys, cache = bidirectional(x, mask, params, layer=simple_layer, reverse=all_but_the_first)
    return {"ys": ys, "forward": cache["forward"]["seen"], "backward": cache["backward"]["seen"]}


# %% [markdown]
# The way back runs the same road the other way: split `dys` into its halves; the second was turned round on its way out, so turn its gradient round before it goes into the layer; what comes out of that layer belongs to $x$ turned round, so turn it once more. $x$ went into both layers:
# both gradients count.
#
# Write `bidirectional_backward`.


# %% tags=["exercise"] nbgrader={"grade_id": "bidirectional-backward", "solution": true}
def bidirectional_backward(dys, cache, layer_backward=None, reverse=None):
    """Back through two directions.

    dys (T, N, 2H): gradient of every output. cache: the dict of bidirectional, with "forward", "backward", "mask".
    layer_backward: called as layer_backward(dhs, cache), gives dx and a dict of gradients; your rnn_layer_backward
    unless handed in. reverse: called as reverse(x, mask); your reverse_padded unless handed in.
    Returns dx (T, N, D) and {"forward": gradients, "backward": gradients}.
    """
    layer_backward, reverse = layer_backward or rnn_layer_backward, reverse or reverse_padded
    ### BEGIN SOLUTION
    H, mask = dys.shape[2] // 2, cache["mask"]
    dx_there, there = layer_backward(dys[:, :, :H], cache["forward"])
    dx_back, back = layer_backward(reverse(dys[:, :, H:], mask), cache["backward"])
    dx = dx_there + reverse(dx_back, mask)
    return dx, {"forward": there, "backward": back}
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-bidirectional-backward", "grade": true, "locked": true, "points": 6}
@lab.check
def bidirectional_backward_matches(dys, cache):
    """Both directions get their half and send back theirs. (The check hands in simple stand-ins.)"""

    def simple_layer_backward(dhs, cache):
        carried = np.cumsum(dhs[::-1], axis=0)[::-1]
        return carried @ cache["params"]["W"].T, {
            "b": carried[0].sum(axis=0),
            "W": cache["params"]["W"] * dhs[1].sum(),
        }

    def all_but_the_first(x, mask):
        return x[-np.arange(len(x))]

    dx, grads = bidirectional_backward(
        dys, cache, layer_backward=simple_layer_backward, reverse=all_but_the_first
    )
    return {"dx": dx, "forward": grads["forward"], "backward": grads["backward"]}


# %% [markdown]
# ### Look: which words does an output see?
#
# The gradient of output $t$ by input $s$ says whether the output listens to that word at all. Below it is worked out with your backward passes, for one sentence of 6 words in a batch whose longest has 9: for a single direction, for both, and for both with the plain `x[::-1]` in place of your
# `reverse_padded`.


# %% tags=["explore"] nbgrader={"grade_id": "explore-influence", "locked": true}
def draw_params(rng, D, H):
    """A layer's parameters to start from."""
    return {
        "W": rng.normal(size=(D, H)) / np.sqrt(D),
        "U": 0.8 * np.linalg.qr(rng.normal(size=(H, H)))[0],
        "b": np.zeros(H),
        "h0": np.zeros(H),
    }


def influence(forward, backward, x, mask, n):
    """|d output t / d input s| of sentence n, as an array (T, T)."""
    ys, cache = forward(x, mask)
    picture = np.zeros((len(x), len(x)))
    for t in range(len(x)):
        upstream = np.zeros_like(ys)
        upstream[t, n] = 1.0
        picture[t] = np.linalg.norm(backward(upstream, cache)[0][:, n], axis=1)
    return picture


def plain(x, mask):
    return x[::-1]


# %% tags=["explore"] nbgrader={"grade_id": "explore-influence-plot", "locked": true}
rng = np.random.default_rng(6)
mask = pad_batch([[1] * 9, [1] * 6, [1] * 4])[1]
x = rng.normal(size=(9, 3, 5))
both = {"forward": draw_params(rng, 5, 8), "backward": draw_params(rng, 5, 8)}
maps = {
    "forward only": influence(lambda x, m: rnn_layer(x, m, both["forward"]), rnn_layer_backward, x, mask, 1),
    "both directions": influence(lambda x, m: bidirectional(x, m, both), bidirectional_backward, x, mask, 1),
    "both, with x[::-1]": influence(
        lambda x, m: bidirectional(x, m, both, reverse=plain),
        lambda dys, cache: bidirectional_backward(dys, cache, reverse=plain),
        x,
        mask,
        1,
    ),
}
fig, panels = plt.subplots(1, 3, figsize=(9.6, 3.2), sharey=True)
for axes, (name, picture) in zip(panels, maps.items()):
    plots.heat_map(axes, picture, title=name, limit=float(picture.max()))
    axes.axvline(5.5, color="white", linestyle="--", marker="")
    axes.axhline(5.5, color="white", linestyle="--", marker="")
    axes.set_xlabel("input s")
panels[0].set_ylabel("output t")
plots.show(
    fig,
    alt="Three maps of how much output t listens to input s, 9 by 9, dashed lines after word 6. Forward only: a lower triangle. Both directions: "
    "every output of the six words listens to all six, and none to the padding. With x[::-1] the words' outputs listen to the padding, and the upper triangle has a hole.",
)

# %% [markdown]
# **What you see.** Above and left of the dashed lines are the sentence's six words. *Forward only* is a triangle: no output listens to a later word. *Both directions* fills the square, some corners faintly, and to the right of the line all is dark: nothing listens to the padding. (Below the line are the outputs of the padding, copies
# of frozen states.) With `x[::-1]` the mask no longer fits what the second layer is given. It reads the three places of padding and the words 5, 4, 3, and then takes itself for done: the outputs of words 0 to 2 listen to the padding, and words 0 and 1 no longer hear the words right after them. What stands in the padding depends on the batch, and
# so do the tags.

# %% [markdown]
# ## 8. Layers on layers
#
# The outputs of one bidirectional layer are the inputs of the next, whose `D` is therefore the `2H` of the one below:
#
# $$y^{(1)} = \text{level}(x;\ \mathrm{params}_1), \qquad y^{(2)} = \text{level}(y^{(1)};\ \mathrm{params}_2), \qquad \dots$$
#
# Write `stack` and `stack_backward`. On the way back the *last* level comes first; hand back the gradients in the order of the levels all the same.


# %% tags=["exercise"] nbgrader={"grade_id": "stack", "solution": true}
def stack(x, mask, params, level=None):
    """Bidirectional layers on top of each other.

    x (T, N, D), mask (T, N), params: a list, one dict a level, the lowest first.
    level: called as level(x, mask, params of this level), gives outputs and a cache; your bidirectional unless handed in.
    Returns the outputs of the last level and the list of all caches, the lowest first.
    """
    level = level or bidirectional
    ### BEGIN SOLUTION
    caches = []
    for level_params in params:
        x, cache = level(x, mask, level_params)
        caches.append(cache)
    return x, caches
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-stack", "grade": true, "locked": true, "points": 3}
@lab.check
def stack_matches(x, mask, params):
    """Each level reads what the one below it wrote. (The check hands in a simple level.)"""

    def simple_level(x, mask, params):
        y = np.cos(x @ params["W"] + params["b"]) * (1 + mask[..., None])
        return y, {"mean": y.mean()}

    ys, caches = stack(x, mask, params, level=simple_level)
    return {"ys": ys, "caches": [cache["mean"] for cache in caches]}


# %% tags=["exercise"] nbgrader={"grade_id": "stack-backward", "solution": true}
def stack_backward(dys, caches, level_backward=None):
    """Back through all levels.

    dys: gradient of the last level's outputs. caches: the list of stack, the lowest level first.
    level_backward: called as level_backward(dys, cache), gives dx and gradients; your bidirectional_backward unless handed in.
    Returns dx, the gradient of the lowest level's input, and the list of gradients, the lowest level first.
    """
    level_backward = level_backward or bidirectional_backward
    ### BEGIN SOLUTION
    grads = []
    for cache in reversed(caches):
        dys, level_grads = level_backward(dys, cache)
        grads.insert(0, level_grads)
    return dys, grads
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-stack-backward", "grade": true, "locked": true, "points": 4}
@lab.check
def stack_backward_matches(dys, caches):
    """Each level gets the gradient of its own outputs. (The check hands in a simple level.)"""

    def simple_level_backward(dys, cache):
        dx = np.sin(dys @ cache["W"].T) + cache["b"]
        return dx, {"W": dys.sum() * cache["W"]}

    dx, grads = stack_backward(dys, caches, level_backward=simple_level_backward)
    return {"dx": dx, "grads": [g["W"] for g in grads]}


# %% [markdown]
# ## 9. One vector for a sentence
#
# To classify whole sentences, a batch of outputs `ys` $(T, N, 2H)$ must become one vector a sentence. What stands in the padding is worthless here. Three ways, with $\ell_n$ the number of words:
#
# | `how` | gives, for sentence $n$ | |
# |---|---|---|
# | `"mean"` | $\frac{1}{\ell_n} \sum_{t < \ell_n} y_{t,n}$ | $(N, 2H)$ |
# | `"max"` | $\max_{t < \ell_n} y_{t,n}$, each of the 2H numbers by itself | $(N, 2H)$ |
# | `"ends"` | of each direction the state that has read the *whole* sentence | $(N, 2H)$ |
#
# For `"ends"` think which word that is: the forward half ($H$ numbers) has read everything at the last word, the backward half at the first. Every sentence has at least one word.
#
# Write `pool`.


# %% tags=["exercise"] nbgrader={"grade_id": "pool", "solution": true}
def pool(ys, mask, how):
    """One vector a sentence.

    ys (T, N, 2H), mask (T, N), every sentence with at least one word. how: "mean", "max" or "ends".
    Returns an array (N, 2H). Hint: a maximum ignores -np.inf; the padding may be NaN, so choose with np.where.
    """
    ### BEGIN SOLUTION
    lengths = mask.sum(axis=0)
    words = mask[:, :, None]
    if how == "mean":
        return np.where(words, ys, 0.0).sum(axis=0) / lengths[:, None]
    if how == "max":
        return np.where(words, ys, -np.inf).max(axis=0)
    H = ys.shape[2] // 2
    last = ys[lengths - 1, np.arange(len(lengths)), :H]
    first = ys[0, :, H:]
    return np.concatenate([last, first], axis=1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-pool-mean", "grade": true, "locked": true, "points": 3}
@lab.check
def pool_mean_matches(ys, mask):
    """The mean over each sentence's own words."""
    return {"mean": pool(ys, mask, "mean")}


# %% nbgrader={"grade_id": "check-pool-max", "grade": true, "locked": true, "points": 3}
@lab.check
def pool_max_matches(ys, mask):
    """The largest of each number over each sentence's own words."""
    return {"max": pool(ys, mask, "max")}


# %% nbgrader={"grade_id": "check-pool-ends", "grade": true, "locked": true, "points": 2}
@lab.check
def pool_ends_matches(ys, mask):
    """Of each direction the state that has read the whole sentence."""
    return {"ends": pool(ys, mask, "ends")}


# %% [markdown]
# ## 10. A loss that counts words
#
# A tagger gives every word `K` scores $y$ $(T, N, K)$, one a class. Their log-probabilities are
#
# $$\log p_k = y_k - \log \sum_{j} e^{y_j} = (y_k - y_{\max}) - \log \sum_j e^{y_j - y_{\max}}, \qquad y_{\max} = \max_j y_j$$
#
# The second form is the first one, whatever number stands for $y_{\max}$; with the maximum, no exponential overflows, and a class of probability $10^{-500}$ has a log that is a number and not −∞.
#
# Write `log_softmax`, over the *last* axis.


# %% tags=["exercise"] nbgrader={"grade_id": "log-softmax", "solution": true}
def log_softmax(y):
    """Log-probabilities from scores, over the last axis, without overflow.

    y (T, N, K). Returns an array of the same shape. Hint: keepdims=True keeps the last axis for the subtraction.
    """
    ### BEGIN SOLUTION
    shifted = y - y.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-log-softmax", "grade": true, "locked": true, "points": 2}
@lab.check
def log_softmax_matches(y):
    """Your log-probabilities are right for ordinary scores."""
    return {"log_p": log_softmax(y)}


# %% nbgrader={"grade_id": "check-log-softmax-extreme", "grade": true, "locked": true, "points": 2}
@lab.check
def log_softmax_survives_extremes(y):
    """Scores of ±1000 neither overflow nor give a log of zero."""
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        return {"log_p": log_softmax(y)}


# %% [markdown]
# The loss is the mean of $-\log p$ of the right class, over **words**. With $M = \sum_{t,n} m_{t,n}$, the number of words in the batch:
#
# $$E = -\frac{1}{M} \sum_{t,n\,:\, m_{t,n}} \log p_{t,n,\,\mathrm{targets}_{t,n}}$$
#
# Not over $T \cdot N$ places: then the loss would change with the padding, that is, with which sentences happen to share a batch. And not a mean of the sentences' means: then a word in a short sentence would weigh more. What the targets
# say in the padding is worthless; it may be −1.
#
# Write `masked_loss`.


# %% tags=["exercise"] nbgrader={"grade_id": "masked-loss", "solution": true}
def masked_loss(log_p, targets, mask):
    """The mean cross-entropy of the words, in nats.

    log_p (T, N, K): log-probabilities. targets (T, N): ints from 0 to K-1, anything in the padding. mask (T, N).
    Returns a float. Hint: log_p[mask] is (M, K), one row a word, and targets[mask] is (M,).
    """
    ### BEGIN SOLUTION
    right = log_p[mask][np.arange(mask.sum()), targets[mask]]
    return float(-right.sum() / mask.sum())
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-masked-loss", "grade": true, "locked": true, "points": 4}
@lab.check
def masked_loss_matches(log_p, targets, mask):
    """The mean over words, and nothing from the padding."""
    return {"loss": masked_loss(log_p, targets, mask)}


# %% [markdown]
# Its derivative by the *scores*, with $p = e^{\log p}$ and $\mathbb{1}$ a 1 at the right class and 0 elsewhere:
#
# $$\mathrm{d}y_{t,n} = \begin{cases} \dfrac{1}{M}\,(p_{t,n} - \mathbb{1}_{\mathrm{targets}_{t,n}}) & m_{t,n} \\ 0 & \text{otherwise} \end{cases} \qquad (T, N, K)$$
#
# Write `masked_loss_backward`.


# %% tags=["exercise"] nbgrader={"grade_id": "masked-loss-backward", "solution": true}
def masked_loss_backward(log_p, targets, mask):
    """The gradient of masked_loss(log_softmax(y), targets, mask) by the scores y.

    log_p (T, N, K), targets (T, N), mask (T, N), as in masked_loss. Returns dy (T, N, K), zero in the padding.
    Hint: start from zeros; dy[mask] = rows fills in the words.
    """
    ### BEGIN SOLUTION
    M = mask.sum()
    rows = np.exp(log_p[mask])
    rows[np.arange(M), targets[mask]] -= 1.0
    dy = np.zeros(log_p.shape)
    dy[mask] = rows / M
    return dy
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-masked-loss-backward", "grade": true, "locked": true, "points": 4}
@lab.check
def masked_loss_backward_matches(log_p, targets, mask):
    """Every word's scores get their gradient, and the padding gets none."""
    return {"dy": masked_loss_backward(log_p, targets, mask)}


# %% [markdown]
# ## 11. The tagger
#
# Put it together. `params` holds `"emb"` $(V, D)$, `"layers"` (the list for `stack`), `"V"` $(2H, K)$ and `"b_y"` $(K,)$, the output layer. (In a shape, V is the size of the vocabulary, as before; in an equation, $V$ is this matrix.)
#
# $$x = \text{embed}(\mathrm{tokens}), \qquad \mathrm{ys} = \text{stack}(x), \qquad y = \mathrm{ys}\,V + b_y, \qquad E = \text{masked loss of } y$$
#
# and all the way back. For the output layer, all places of all sentences share $V$ and $b_y$:
#
# $$\mathrm{d}V = \sum_{t,n} \mathrm{ys}_{t,n}^\top\, \mathrm{d}y_{t,n} \quad (2H, K), \qquad \mathrm{d}b_y = \sum_{t,n} \mathrm{d}y_{t,n} \quad (K,), \qquad \mathrm{dys} = \mathrm{d}y\, V^\top \quad (T, N, 2H)$$
#
# Write `tagger_gradients`. Hand `level` on to `stack`, and `level_backward` to `stack_backward`: later the LSTM comes in through them. Use your own functions for the rest.


# %% tags=["exercise"] nbgrader={"grade_id": "tagger-gradients", "solution": true}
def tagger_gradients(tokens, mask, targets, params, level=None, level_backward=None):
    """The tagger's loss on a batch and the gradients of all its parameters.

    tokens, mask, targets (T, N). params: dict of emb (V, D), layers (a list), V (2H, K), b_y (K,).
    level, level_backward: what stack and stack_backward are to use; None for what they use by themselves.
    Returns the loss, a float, and a dict of gradients with the keys of params.
    Hint: ys.reshape(-1, ys.shape[2]) has one row a place, (T N, 2H), and then it is an ordinary product.
    """
    ### BEGIN SOLUTION
    x = embed(tokens, params["emb"])
    ys, caches = stack(x, mask, params["layers"], level)
    log_p = log_softmax(ys @ params["V"] + params["b_y"])
    loss = masked_loss(log_p, targets, mask)
    dy = masked_loss_backward(log_p, targets, mask)
    dV = ys.reshape(-1, ys.shape[2]).T @ dy.reshape(-1, dy.shape[2])
    db_y = dy.sum(axis=(0, 1))
    dx, layers = stack_backward(dy @ params["V"].T, caches, level_backward)
    d_emb = embed_backward(dx, tokens, mask, len(params["emb"]))
    return loss, {"emb": d_emb, "layers": layers, "V": dV, "b_y": db_y}
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-tagger", "grade": true, "locked": true, "points": 3}
@lab.check(needs=["check-embed", "check-embed-backward", "check-embed-backward-padding", "check-reverse-padded",
                  "check-masked-step", "check-masked-step-frozen", "check-rnn-layer", "check-rnn-layer-cache",
                  "check-tanh-backward", "check-step-backward-inputs", "check-step-backward-parameters",
                  "check-layer-backward-states", "check-layer-backward-parameters", "check-bidirectional",
                  "check-bidirectional-backward", "check-stack", "check-stack-backward", "check-log-softmax",
                  "check-masked-loss", "check-masked-loss-backward"])  # fmt: skip
def tagger_gradients_match(tokens, mask, targets, params):
    """The whole tagger on your own functions, two levels in two directions: its loss and every gradient."""
    loss, grads = tagger_gradients(tokens, mask, targets, params)
    return {"loss": loss, "grads": grads}


# %% [markdown]
# ### Look: every gradient judged, and every sentence alone
#
# Two tests of the whole. First: shift one number of each parameter up and down, and compare the change of the loss with your gradient. Second: the loss of a batch must be the mean over its words, so put each sentence through *alone* and compare. If any padding leaks anywhere, the second test shows it.


# %% tags=["explore"] nbgrader={"grade_id": "explore-judge", "locked": true}
def flat(tree, path=""):
    """Nested dicts and lists of arrays as one dict, its keys like layers/0/forward/W."""
    table = {}
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        name = f"{path}{key}"
        table |= flat(value, f"{name}/") if isinstance(value, (dict, list)) else {name: value}
    return table


def small_tagger(rng, V=7, D=3, H=4, K=5):
    """Two levels in two directions, all parameters drawn."""
    layers = [{way: draw_params(rng, size, H) for way in ("forward", "backward")} for size in (D, 2 * H)]
    return {
        "emb": rng.normal(size=(V, D)),
        "layers": layers,
        "V": rng.normal(size=(2 * H, K)),
        "b_y": np.zeros(K),
    }


rng = np.random.default_rng(7)
params = small_tagger(rng)
sentences = [list(rng.integers(0, 7, length)) for length in (6, 3, 1)]
tokens, mask = pad_batch(sentences)
targets = rng.integers(0, 5, tokens.shape)
loss, grads = tagger_gradients(tokens, mask, targets, params)

# %% tags=["explore"] nbgrader={"grade_id": "explore-judge-look", "locked": true}
worst = 0.0
for name, array in flat(params).items():
    place = np.unravel_index(np.abs(flat(grads)[name]).argmax(), array.shape)
    kept, losses = array[place], []
    for shift in (1e-5, -1e-5):
        array[place] = kept + shift
        losses.append(tagger_gradients(tokens, mask, targets, params)[0])
    array[place] = kept
    error = abs((losses[0] - losses[1]) / 2e-5 / flat(grads)[name][place] - 1)
    worst = max(worst, error)
print(f"{len(flat(params))} arrays, largest relative error of a gradient: {worst:.1e}")

alone = 0.0
for n, sentence in enumerate(sentences):
    one, words = pad_batch([sentence])
    alone += (
        tagger_gradients(one, words, targets[: len(sentence), [n]], params)[0] * len(sentence) / mask.sum()
    )
print(f"loss of the batch {loss:.12f}\nfrom each alone   {alone:.12f}")

# %% [markdown]
# **What you see.** An error around 1e-8 or below says that all 19 arrays get the right gradient; a mistake would show as 0.01 or 1. The two losses agree in every digit but perhaps the last.
#
# ### Look: PyTorch's layers do the same
#
# `torch.nn.RNN(bidirectional=True, num_layers=2)` with a *packed* batch is the same function. It has your parameters transposed, a second bias (zero here), and starts from given states.


# %% tags=["explore"] nbgrader={"grade_id": "explore-torch", "locked": true}
def compare_with_torch(tokens, mask, params):
    """Run both on the same numbers."""
    try:
        import torch
    except ImportError:
        return "PyTorch is not installed here, so there is nothing to compare with."
    x, levels = embed(tokens, params["emb"]), params["layers"]
    ways = [(k, way, "_reverse" * (way == "backward")) for k in (0, 1) for way in ("forward", "backward")]
    layer = torch.nn.RNN(x.shape[2], 4, num_layers=2, bidirectional=True).double()
    state = {}
    for k, way, end in ways:
        p = levels[k][way]
        state |= {f"weight_ih_l{k}{end}": p["W"].T, f"weight_hh_l{k}{end}": p["U"].T}
        state |= {f"bias_ih_l{k}{end}": p["b"], f"bias_hh_l{k}{end}": 0 * p["b"]}
    layer.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    start = torch.tensor(np.stack([np.tile(levels[k][way]["h0"], (x.shape[1], 1)) for k, way, _ in ways]))
    lengths = torch.tensor(mask.sum(axis=0))
    packed = torch.nn.utils.rnn.pack_padded_sequence(torch.tensor(x), lengths, enforce_sorted=False)
    with torch.no_grad():
        theirs, _ = torch.nn.utils.rnn.pad_packed_sequence(layer(packed, start)[0])
    ys, _ = stack(x, mask, levels)
    return f"{mask.sum()} words, largest difference to torch.nn.RNN: {np.abs(ys - theirs.numpy())[mask].max():.1e}"


print(compare_with_torch(tokens, mask, params))

# %% [markdown]
# ## 12. Training, with the LSTM in its place
#
# Now the LSTM takes the place of the plain layer. You wrote its two passes in lab 4; here they come from the course's toolkit, where they do the same a little faster. They know no mask. They need none: in the forward direction the padding comes after the words, and in the other one your `reverse_padded` sees to it. Nothing to write here; your `bidirectional`, `stack`,
# `tagger_gradients` and all below do the work.

# %% tags=["explore"] nbgrader={"grade_id": "explore-lstm", "locked": true}
from course import models


def lstm_layer(x, mask, params):
    hs, inner = models.lstm_forward(params, x)
    return hs, {"params": params, "inner": inner}


def lstm_layer_backward(dhs, cache):
    grads, dx, _, _ = models.lstm_backward(cache["params"], cache["inner"], dhs)
    return dx, grads


def both_ways(x, mask, params):
    return bidirectional(x, mask, params, layer=lstm_layer)


def both_ways_backward(dys, cache):
    return bidirectional_backward(dys, cache, layer_backward=lstm_layer_backward)


def one_way(x, mask, params):
    return lstm_layer(x, mask, params["forward"])


def one_way_backward(dys, cache):
    dx, grads = lstm_layer_backward(dys, cache)
    return dx, {"forward": grads}


LEVELS = {"both directions": (both_ways, both_ways_backward), "forward only": (one_way, one_way_backward)}


# %% tags=["explore"] nbgrader={"grade_id": "explore-train", "locked": true}
def draw_tagger(rng, kind, V, K, D=16, H=16):
    """A tagger with one level of 2H units, split between the directions or all in one."""
    ways, units = (("forward", "backward"), H) if kind == "both directions" else (("forward",), 2 * H)
    return {
        "emb": 0.5 * rng.normal(size=(V, D)),
        "layers": [{way: models.lstm_init(rng, D, units) for way in ways}],
        "V": rng.normal(size=(2 * H, K)) / np.sqrt(2 * H),
        "b_y": np.zeros(K),
    }


def update(params, batch, kind, optimiser):
    """One clipped update by Adam, in place; returns the loss before."""
    loss, grads = tagger_gradients(*batch, params, *LEVELS[kind])
    grads = flat(grads)
    models.clip(grads, 1.0)
    optimiser.step(flat(params), grads)
    return loss


def guesses(params, tokens, mask, kind):
    ys, _ = stack(embed(tokens, params["emb"]), mask, params["layers"], LEVELS[kind][0])
    return (ys @ params["V"] + params["b_y"]).argmax(axis=2)


# %% [markdown]
# ### What the past does not know
#
# First a language made for the purpose: random words, then a full stop or a question mark by the toss of a coin. Each word is to be tagged with *statement* or *question*. That is all decided by the last token. Answering either has a loss of $\ln 2 \approx 0.69$.


# %% tags=["explore"] nbgrader={"grade_id": "explore-last-mark", "locked": true}
def statements(rng, N=16):
    """tokens, mask and targets; the last token of a sentence is 1 or 2, and its class is that of every word."""
    marks = rng.integers(0, 2, N)
    tokens, mask = pad_batch([[*rng.integers(3, 12, rng.integers(3, 12)), 1 + mark] for mark in marks])
    return tokens, mask, np.where(mask, marks, -1)


curves = {}
for kind in LEVELS:
    for seed in range(3):
        rng, optimiser = np.random.default_rng(seed), models.Adam(0.01)
        params = draw_tagger(rng, kind, V=12, K=2)
        curves[f"{kind}, seed {seed}"] = [
            update(params, statements(rng), kind, optimiser) for _ in range(200)
        ]
smooth = {name: np.convolve(curve, np.ones(10) / 10, mode="valid") for name, curve in curves.items()}
fig = plots.loss_curves(smooth, baseline=("answering either", np.log(2)), ylabel="loss per word")
plots.show(
    fig,
    alt="Loss over 200 steps, three seeds each. Reading both ways falls to nearly zero. Reading forward only stays a little below the dotted line of "
    "answering either.",
)

# %% [markdown]
# **What you see.** Reading both ways, the loss falls to almost nothing. Reading forward only, with as many units, it stops near 0.6: only at the last token, the mark itself, does the state know, and that is one token in eight. No training helps against what has not been read yet.
#
# ### Real sentences
#
# And now English. If the English Web Treebank is on your machine (`unrolled data fetch en_ewt-ud-dev.conllu`, and the same for `en_ewt-ud-test.conllu`), the cell trains on 400 sentences of its first file and tests on 200 of the second. If not, it takes the sixty sentences that come with the course, made so that
# many words belong to more than one class, and tests in five turns: each fifth is left out of training once, so that every sentence is tested once, by a tagger that has not seen it. Words that were not seen in training have number 0, and so that this vector is learned, one training word in seven is replaced by 0.

# %% tags=["explore"] nbgrader={"grade_id": "explore-data", "locked": true}
from collections import Counter

from course import datasets

FILES = ("en_ewt-ud-dev.conllu", "en_ewt-ud-test.conllu")
if all(datasets.at_hand(name) for name in FILES):
    train, test = (
        [s for s in datasets.treebank(name) if len(s) <= 20][:count] for name, count in zip(FILES, (400, 200))
    )
    name, turns, epochs = "English Web Treebank", [(train, test)], 4
else:
    text = datasets.tagged_sentences()
    order = np.random.default_rng(0).permutation(len(text))
    parts = [[text[k] for k in order[turn::5]] for turn in range(5)]
    turns = [([s for part in parts if part is not held for s in part], held) for held in parts]
    name, epochs = "the course's sixty sentences", 20
classes = sorted({tag for train, test in turns for sentence in train + test for _, tag in sentence})
print(f"{name}: {sum(len(s) for _, test in turns for s in test)} words to tag, {len(classes)} classes")


def encode(sentences, vocabulary):
    """tokens, mask and targets of (word, class) sentences; words that are not in the vocabulary are 0."""
    tokens, mask = pad_batch([[vocabulary.get(word.lower(), 0) for word, _ in s] for s in sentences])
    targets, _ = pad_batch([[classes.index(tag) for _, tag in s] for s in sentences], pad=-1)
    return tokens, mask, targets


# %% tags=["explore"] nbgrader={"grade_id": "explore-tag", "locked": true}
def train_and_test(train, test, kind, seed):
    """For each word of the test sentences whether it was tagged right."""
    rng, optimiser = np.random.default_rng(seed), models.Adam(0.01)
    vocabulary = {word: k for k, word in enumerate(sorted({w.lower() for s in train for w, _ in s}), 1)}
    params = draw_tagger(rng, kind, len(vocabulary) + 1, len(classes))
    for _ in range(epochs):
        order = rng.permutation(len(train))
        for start in range(0, len(train), 8):
            tokens, mask, targets = encode([train[k] for k in order[start : start + 8]], vocabulary)
            tokens = np.where(rng.random(tokens.shape) < 1 / 7, 0, tokens)
            update(params, (tokens, mask, targets), kind, optimiser)
    tokens, mask, targets = encode(test, vocabulary)
    return (guesses(params, tokens, mask, kind) == targets)[mask]


def look_up(train, test):
    """The same for a list: each word's most frequent class in training, and for new words the commonest of all."""
    counts = {}
    for word, tag in [(word.lower(), tag) for s in train for word, tag in s]:
        counts.setdefault(word, Counter())[tag] += 1
    most = {word: count.most_common(1)[0][0] for word, count in counts.items()}
    fallback = sum(counts.values(), Counter()).most_common(1)[0][0]
    return np.array([most.get(word.lower(), fallback) == tag for s in test for word, tag in s])


# %% tags=["explore"] nbgrader={"grade_id": "explore-tag-plot", "locked": true}
right = {"looking words up": [np.concatenate([look_up(*turn) for turn in turns]).mean()]}
for kind in ("forward only", "both directions"):
    right[kind] = [
        np.concatenate([train_and_test(*turn, kind, seed) for turn in turns]).mean() for seed in range(3)
    ]
fig, axes = plt.subplots(figsize=(6.4, 2.4))
for row, (kind, shares) in enumerate(right.items()):
    axes.scatter(shares, [row] * len(shares), marker="osD"[row], s=70, alpha=0.7)
    print(f"{kind:17} " + "  ".join(f"{share:.1%}" for share in shares))
axes.set_yticks(range(3), list(right))
axes.set(xlabel="share of words tagged right", ylim=(-0.6, 2.6))
plots.show(
    fig,
    alt="Share of words tagged right. Looking words up is worst. Three seeds of the forward tagger and three of the one with both directions lie clearly above it, and close together.",
)

# %% [markdown]
# **What you see**, on the sixty sentences. Looking words up gets about 62 % right; on sentences like these, full of words with two classes and of words never seen, that is hard to do. Both taggers get well above it, by reading what is around a word. Between the two there is hardly more than the spread of three seeds: in English the word before says most of what is needed here,
# and 48 sentences are too few to learn the rest. The language made for the purpose showed what a second direction *can* do; whether it does on your data, only your data can tell.

# %% [markdown]
# ## 13. In your own words
#
# A friend's bidirectional tagger reaches a low loss, but then something odd comes up: the *same* sentence gets other tags, depending on which sentences share its batch.
#
# Answer in about ten sentences:
#
# 1. Why must that not happen, whatever the network has learned?
# 2. Name three different places in such a tagger where padding could leak into a sentence's result or into the gradients, and what the leak does in each. Say for each whether it can change the *tags* of a trained network, or only what it *learns*.
# 3. Describe a test, with your functions from above, that finds leaks of both kinds.
# 4. Name a task for which a bidirectional network must not be used, and say why.

# %% [markdown] nbgrader={"grade_id": "question-padding", "grade": true, "solution": true, "points": 8}
# ### BEGIN SOLUTION
# **Model answer.** The sentences of a batch are independent: they share parameters, nothing else. A batch is only a way to compute several at once, so a sentence's scores must be what they are for the sentence alone. What changes with its neighbours is the length of the longest, that is, the amount of padding; so padding leaks.
# Places: (1) turning round with `x[::-1]`: the backward layer starts with padding, and its state is no longer `h0` at the sentence's last word; this changes the tags. (2) A state that does not freeze, where somebody uses the state at the last step `ys[-1]` as a summary: for all but the longest sentence that is a state after padding; this changes results.
# (3) Pooling over all `T` places (a mean over `T`, or a maximum over padding): changes results. (4) A loss that counts padding: it does not change the tags of a trained network, but the network learns to tag padding, the loss looks too low, and the words' share of the gradient shrinks with the padding. (5) Dividing by `T N` instead of
# the number of words: only learning, short sentences' batches get smaller steps. (6) Padding that sends its gradient into the table: changes only what is learned, the vector of word 0.
# The test: put a sentence through alone and in a batch with longer ones, and compare its outputs at its words: equal up to rounding. Also fill the padding with other tokens (or with NaN): neither outputs nor loss may change. For learning: the gradients of a batch must equal the mean over words of the gradients of each sentence alone, as in section 11.
# A bidirectional network must not be used where the future is not there yet or is what is asked: predicting the next word or tomorrow's value (the backward direction would read the answer), or live captions, which cannot wait for the end.
#
# **Rubric (8 points).**
# - 1: a batch's sentences are independent, or: a result must be that of the sentence alone.
# - 3: three different places with what the leak does, 1 each. Half for a place without its effect.
# - 1: at least two of the places are sorted correctly into changing tags and changing only what is learned.
# - 2: a test that compares outputs alone and in a batch, or with other padding (1), and one that sees gradients or the loss (1).
# - 1: a fitting task with a reason: the future is unknown, or it is the answer.
#
# Right statements in other words count in full. Take off nothing for language.
# ### END SOLUTION
