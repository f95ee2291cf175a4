"""Wrong answers to lab 4 that we recognise: patches of the solution, each with what the student is told."""

from __future__ import annotations

from autograder.authoring import Misconception

SIGMOID_BODY = """    e = np.exp(-np.abs(z))
    top = np.where(z >= 0, 1.0, e)
    return top / (1.0 + e)"""

SIGMOID = [
    Misconception(
        "sigmoid-naive",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    return 1.0 / (1.0 + np.exp(-z))",
        hint="The values are right, but for a very negative input the exponential overflows on the way, "
        "with a warning. Choose a form whose exponent is never positive.",
    ),
    Misconception(
        "sigmoid-overflow-above",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    return np.exp(z) / (1.0 + np.exp(z))",
        hint="For a large positive input both exponentials are infinite, and infinity by infinity is NaN. "
        "This form is the safe one for negative inputs only.",
    ),
    Misconception(
        "sigmoid-both-branches",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    return np.where(z >= 0, 1.0 / (1.0 + np.exp(-z)), np.exp(z) / (1.0 + np.exp(z)))",
        hint="np.where works out both of its branches for every element before it picks one, so each still "
        "overflows on the other's inputs. Make the exponent safe first.",
    ),
    Misconception(
        "sigmoid-scalar-if",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    if z >= 0:\n"
        "        return 1.0 / (1.0 + np.exp(-z))\n"
        "    return np.exp(z) / (1.0 + np.exp(z))",
        hint="The input is a whole array, and an array has no single truth value. Choose element by element.",
    ),
    Misconception(
        "sigmoid-sign",
        "sigmoid",
        find="np.where(z >= 0, 1.0, e)",
        replace="np.where(z < 0, 1.0, e)",
        hint="Your curve falls where it should rise: a large positive input must open the gate. Look at the "
        "sign.",
    ),
    Misconception(
        "sigmoid-hard",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    return np.clip(0.2 * z + 0.5, 0.0, 1.0)",
        hint="This is the 'hard' sigmoid of old Keras versions, three straight pieces. It resembles the "
        "logistic function but is another one, and has another derivative.",
    ),
    Misconception(
        "sigmoid-tanh",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    return np.tanh(z)",
        hint="Tanh runs from -1 to 1. A gate must lie between 0 and 1, or shutting it would turn a sign "
        "round.",
    ),
    Misconception(
        "sigmoid-derivative",
        "sigmoid",
        find="    return top / (1.0 + e)",
        replace="    s = top / (1.0 + e)\n    return s * (1.0 - s)",
        hint="This is the slope of the sigmoid, which you will need on the way back. Here its value is "
        "wanted.",
    ),
]

GATES = [
    Misconception(
        "forget-gate-tanh",
        "lstm_gates",
        find="f = sigma(",
        replace="f = np.tanh(",
        hint="Look at the curve of the forget gate. It says how much of the old cell stays, so it must lie "
        "between 0 and 1; with a tanh, forgetting could turn the memory's sign round.",
    ),
    Misconception(
        "input-gate-tanh",
        "lstm_gates",
        find="i = sigma(",
        replace="i = np.tanh(",
        hint="Look at the curve of the input gate. It says how much of the candidate is let in, a share "
        "between 0 and 1; the sign is the candidate's business.",
    ),
    Misconception(
        "candidate-sigmoid",
        "lstm_gates",
        find="g = np.tanh(",
        replace="g = sigma(",
        hint="The candidate g is content, not a gate. Through a sigmoid it is never negative, and the input "
        "could never lower the cell.",
    ),
    Misconception(
        "candidate-relu",
        "lstm_gates",
        find="g = np.tanh(a[:, 2 * H : 3 * H])",
        replace="g = np.maximum(a[:, 2 * H : 3 * H], 0.0)",
        hint="Look at the curve of the candidate. A ReLU has no upper end and no negative part, so the cell "
        "could only grow, without bound.",
    ),
    Misconception(
        "candidate-linear",
        "lstm_gates",
        find="g = np.tanh(a[:, 2 * H : 3 * H])",
        replace="g = a[:, 2 * H : 3 * H]",
        hint="The candidate has not been squashed: nothing bounds what one step may add to the cell. "
        "Which curve does it go through?",
    ),
    Misconception(
        "output-gate-linear",
        "lstm_gates",
        find="o = sigma(a[:, 3 * H :])",
        replace="o = a[:, 3 * H :]",
        hint="The output gate has no curve. Without one it is any number, not a share of the cell that is "
        "shown.",
    ),
    Misconception(
        "output-gate-tanh",
        "lstm_gates",
        find="o = sigma(",
        replace="o = np.tanh(",
        hint="Look at the curve of the output gate. It must lie between 0 and 1; the tanh in h = o tanh(c) "
        "belongs to the cell, not to the gate.",
    ),
    Misconception(
        "gate-order-i-f-o-g",
        "lstm_gates",
        find="    return i, f, g, o",
        replace="    g, o = np.tanh(a[:, 3 * H :]), sigma(a[:, 2 * H : 3 * H])\n    return i, f, g, o",
        hint="You read the blocks as i, f, o, g; here the third is the candidate and the fourth the output "
        "gate. Weights saved in one order mean nothing in another.",
    ),
    Misconception(
        "gate-order-f-i-g-o",
        "lstm_gates",
        find="    return i, f, g, o",
        replace="    i, f = sigma(a[:, H : 2 * H]), sigma(a[:, :H])\n    return i, f, g, o",
        hint="The input and the forget gate have changed places. The first block of columns is the input "
        "gate's.",
        ties=("gates-returned-f-i",),
    ),
    Misconception(
        "gates-returned-f-i",
        "lstm_gates",
        find="    return i, f, g, o",
        replace="    return f, i, g, o",
        hint="You hand back the forget gate before the input gate. The order is i, f, g, o throughout.",
        ties=("gate-order-f-i-g-o",),
    ),
    Misconception(
        "gate-order-i-g-f-o",
        "lstm_gates",
        find="    return i, f, g, o",
        replace="    g, f = np.tanh(a[:, H : 2 * H]), sigma(a[:, 2 * H : 3 * H])\n    return i, f, g, o",
        hint="You read the blocks as i, g, f, o, the order of some older libraries. Here the second block is "
        "the forget gate's and the third the candidate's.",
    ),
    Misconception(
        "gates-interleaved",
        "lstm_gates",
        find="    return i, f, g, o",
        replace="    i, f = sigma(a[:, ::4]), sigma(a[:, 1::4])\n"
        "    g, o = np.tanh(a[:, 2::4]), sigma(a[:, 3::4])\n"
        "    return i, f, g, o",
        hint="You take every fourth column. The columns come in four solid blocks: first all H of the input "
        "gate, then all H of the forget gate, and so on.",
    ),
    Misconception(
        "gates-without-bias",
        "lstm_gates",
        find=" + b\n",
        replace="\n",
        hint="The bias is missing from the sum. Without it you could not set where the forget gate starts.",
    ),
    Misconception(
        "gates-bias-twice",
        "lstm_gates",
        find=" + b\n",
        replace=" + 2 * b\n",
        hint="The bias goes in twice. There is one sum over x, h and b, not one sum for each that brings its "
        "own.",
    ),
    Misconception(
        "gates-without-recurrence",
        "lstm_gates",
        find=" + h_prev @ U",
        replace="",
        hint="The hidden state of the step before does not enter the gates. They must look at x and at h.",
    ),
    Misconception(
        "gates-without-input",
        "lstm_gates",
        find="x @ W + ",
        replace="",
        hint="The input x does not enter the gates. They must look at x and at the hidden state.",
    ),
    Misconception(
        "forget-gate-without-recurrence",
        "lstm_gates",
        find="f = sigma(a[:, H : 2 * H])",
        replace="f = sigma((x @ W + b)[:, H : 2 * H])",
        hint="Three gates see the hidden state, the forget gate does not. Its block of U is missing from its "
        "sum.",
    ),
    Misconception(
        "input-gate-without-recurrence",
        "lstm_gates",
        find="i = sigma(a[:, :H])",
        replace="i = sigma((x @ W + b)[:, :H])",
        hint="Three gates see the hidden state, the input gate does not. Its block of U is missing from its "
        "sum.",
    ),
    Misconception(
        "candidate-without-recurrence",
        "lstm_gates",
        find="g = np.tanh(a[:, 2 * H : 3 * H])",
        replace="g = np.tanh((x @ W + b)[:, 2 * H : 3 * H])",
        hint="The candidate does not see the hidden state. Its block of U belongs into its sum, as with the "
        "gates.",
    ),
    Misconception(
        "output-gate-without-recurrence",
        "lstm_gates",
        find="o = sigma(a[:, 3 * H :])",
        replace="o = sigma((x @ W + b)[:, 3 * H :])",
        hint="Three gates see the hidden state, the output gate does not. Its block of U is missing from its "
        "sum.",
    ),
    Misconception(
        "candidate-squashed-twice",
        "lstm_gates",
        find="g = np.tanh(a[:, 2 * H : 3 * H])",
        replace="g = np.tanh(np.tanh(a[:, 2 * H : 3 * H]))",
        hint="The candidate passes through its curve twice. Once is enough.",
    ),
    Misconception(
        "gates-softmax",
        "lstm_gates",
        find="    return i, f, g, o",
        replace="    total = i + f + o\n    return i / total, f / total, g, o / total",
        hint="Your gates add up to 1, so that opening one shuts the others. Each gate decides for itself.",
    ),
    Misconception(
        "gates-own-sigmoid",
        "lstm_gates",
        find="    H = h_prev.shape[1]",
        replace="    sigma, H = sigmoid, h_prev.shape[1]",
        hint="Your gates are right with your own sigmoid, but the function was handed a `sigma` and did not "
        "use it. Call the name from the argument list.",
    ),
]

STEP = [
    Misconception(
        "cell-gates-swapped",
        "lstm_step",
        find="c = f * c_prev + i * g",
        replace="c = f * g + i * c_prev",
        hint="The gates stand before the wrong partners. The forget gate scales the old cell, the input gate "
        "the candidate.",
    ),
    Misconception(
        "forget-means-drop",
        "lstm_step",
        find="c = f * c_prev + i * g",
        replace="c = (1 - f) * c_prev + i * g",
        hint="In spite of its name the forget gate at 1 keeps everything and at 0 forgets everything. "
        "Yours works the other way round.",
    ),
    Misconception(
        "input-gate-tied",
        "lstm_step",
        find="c = f * c_prev + i * g",
        replace="c = f * c_prev + (1 - f) * g",
        hint="Your input gate is whatever the forget gate leaves, as in a GRU. An LSTM's input gate is a "
        "gate of its own: it can keep and add at once.",
    ),
    Misconception(
        "forget-gate-tied",
        "lstm_step",
        find="c = f * c_prev + i * g",
        replace="c = (1 - i) * c_prev + i * g",
        hint="Your cell keeps whatever the input gate leaves. The forget gate has been computed but is not "
        "used.",
    ),
    Misconception(
        "cell-without-input-gate",
        "lstm_step",
        find="c = f * c_prev + i * g",
        replace="c = f * c_prev + g",
        hint="The candidate enters the cell unasked. The input gate decides how much of it gets in.",
    ),
    Misconception(
        "cell-never-forgets",
        "lstm_step",
        find="c = f * c_prev + i * g",
        replace="c = c_prev + i * g",
        hint="The old cell is always kept whole. That was the LSTM of 1997; the forget gate came in 2000 and "
        "scales what is kept.",
    ),
    Misconception(
        "cell-forgets-all",
        "lstm_step",
        find="c = f * c_prev + i * g",
        replace="c = i * g",
        hint="The old cell has no part in the new one, so nothing is remembered. Which term carries the "
        "memory?",
    ),
    Misconception(
        "cell-scales-h",
        "lstm_step",
        find="c = f * c_prev + i * g",
        replace="c = f * h_prev + i * g",
        hint="The forget gate scales the hidden state here. It belongs before the old cell: h is the cell as "
        "shown to the outside, squashed and gated, and no longer the memory itself.",
    ),
    Misconception(
        "cell-minus",
        "lstm_step",
        find="c = f * c_prev + i * g",
        replace="c = f * c_prev - i * g",
        hint="The new content is subtracted. The two terms of the cell's update are added.",
    ),
    Misconception(
        "cell-squashed",
        "lstm_step",
        find="c = f * c_prev + i * g",
        replace="c = np.tanh(f * c_prev + i * g)",
        hint="Your cell itself is squashed by the tanh and carried on like that. The tanh is for h only; the "
        "cell must stay a plain sum, or its gradient vanishes again.",
    ),
    Misconception(
        "h-without-tanh",
        "lstm_step",
        find="h = o * tanh_c",
        replace="h = o * c",
        hint="Between the cell and h something is missing: c is unbounded, h must lie between -1 and 1.",
    ),
    Misconception(
        "h-from-old-cell",
        "lstm_step",
        find="h = o * tanh_c",
        replace="h = o * np.tanh(c_prev)",
        hint="h shows the old cell, so what came in at this step is seen one step late. Which cell comes "
        "first?",
    ),
    Misconception(
        "h-without-output-gate",
        "lstm_step",
        find="h = o * tanh_c",
        replace="h = tanh_c",
        hint="The whole cell is shown to the outside. The output gate decides how much of it.",
    ),
    Misconception(
        "h-sigmoid-of-cell",
        "lstm_step",
        find="h = o * tanh_c",
        replace="h = o / (1 + np.exp(-c))",
        hint="The cell goes through a sigmoid on its way to h. It holds signed content, so it goes through a "
        "tanh.",
    ),
    Misconception(
        "h-gated-inside",
        "lstm_step",
        find="h = o * tanh_c",
        replace="h = np.tanh(o * c)",
        hint="The output gate stands inside the tanh. First squash the cell, then let the gate scale it: the "
        "way back relies on this order.",
    ),
    Misconception(
        "step-returns-c-h",
        "lstm_step",
        find="    return h, c, cache",
        replace="    return c, h, cache",
        hint="The two states come back in the wrong order. The hidden state is first, then the cell.",
    ),
    Misconception(
        "step-float32",
        "lstm_step",
        find="    return h, c, cache",
        replace="    return h.astype(np.float32), c.astype(np.float32), cache",
        hint="The states are right, but only to seven digits: somewhere they become float32. Then no numeric "
        "gradient check can tell a mistake from rounding.",
    ),
    Misconception(
        "step-in-place",
        "lstm_step",
        find="c = f * c_prev + i * g",
        replace="kept = c_prev.copy()\n"
        "    c_prev *= f\n"
        "    c_prev += i * g\n"
        "    c = c_prev.copy()\n"
        "    c_prev = kept",
        hint="h and c are right, but the array that came in as `c_prev` is changed. The caller still "
        "needs it: make a new array for the new cell.",
    ),
    Misconception(
        "step-tanh-by-hand",
        "lstm_step",
        find="tanh_c = np.tanh(c)",
        replace="tanh_c = (np.exp(c) - np.exp(-c)) / (np.exp(c) + np.exp(-c))",
        hint="A tanh made from exponentials is infinity by infinity once the cell is large. A cell may count "
        "into the hundreds. Is there a ready function that is safe?",
    ),
    Misconception(
        "step-cell-clipped",
        "lstm_step",
        find="c = f * c_prev + i * g",
        replace="c = np.clip(f * c_prev + i * g, -50.0, 50.0)",
        hint="Your cell is cut off at a fixed size. It is a counter that may grow, and where it is cut "
        "off no gradient passes.",
    ),
    Misconception(
        "step-own-gates",
        "lstm_step",
        find="    i, f, g, o = gates(",
        replace="    i, f, g, o = lstm_gates(",
        hint="The function was handed `gates` and did not use them, but called your lstm_gates. "
        "Call the name from the argument list.",
    ),
    Misconception(
        "step-gates-arguments-swapped",
        "lstm_step",
        find="gates(x, h_prev, W, U, b)\n    c",
        replace="gates(x, c_prev, W, U, b)\n    c",
        hint="The gates look at the cell in place of the hidden state. Gates that see the cell are called "
        "peepholes; this cell has none.",
    ),
]

CACHE = [
    Misconception(
        "cache-new-cell",
        "lstm_step",
        find='"c_prev": c_prev',
        replace='"c_prev": c',
        hint="Under c_prev the cache holds the new cell. The way back needs the one that the forget gate "
        "scaled.",
    ),
    Misconception(
        "cache-new-h",
        "lstm_step",
        find='"h_prev": h_prev',
        replace='"h_prev": h',
        hint="Under h_prev the cache holds the new hidden state. The way back needs the one that U was "
        "multiplied with.",
    ),
    Misconception(
        "cache-cell-for-tanh",
        "lstm_step",
        find='"tanh_c": tanh_c',
        replace='"tanh_c": c',
        hint="Under tanh_c the cache holds the cell itself, before the tanh.",
    ),
    Misconception(
        "cache-gates-swapped",
        "lstm_step",
        find="cache.update(i=i, f=f, ",
        replace="cache.update(i=f, f=i, ",
        hint="In the cache the input and the forget gate have changed names.",
    ),
    Misconception(
        "cache-weights-swapped",
        "lstm_step",
        find='"W": W, "U": U',
        replace='"W": U, "U": W',
        hint="In the cache W and U have changed names. W belongs to the input, U to the hidden state.",
    ),
    Misconception(
        "cache-without-weights",
        "lstm_step",
        find=', "W": W, "U": U}',
        replace="}",
        hint="The weights are missing from the cache. The way back multiplies with them, and gets "
        "nothing else but the cache.",
    ),
]

SEQUENCE = [
    Misconception(
        "h-never-fed-back",
        "lstm_sequence",
        find="step(x[t], h, c, W, U, b)\n        h",
        replace="step(x[t], h0, c, W, U, b)\n        h",
        hint="Every step starts from h0. Each must get the hidden state that the step before left.",
    ),
    Misconception(
        "c-reset-every-step",
        "lstm_sequence",
        find="step(x[t], h, c, W, U, b)\n        h",
        replace="step(x[t], h, c0, W, U, b)\n        h",
        hint="Every step starts from c0, so the cell remembers nothing. Carry it from step to step, as "
        "you do with h.",
    ),
    Misconception(
        "states-reset-every-step",
        "lstm_sequence",
        find="step(x[t], h, c, W, U, b)\n        h",
        replace="step(x[t], h0, c0, W, U, b)\n        h",
        hint="Every step starts from h0 and c0: these are T cells side by side, not one cell through time.",
    ),
    Misconception(
        "states-swapped-in-loop",
        "lstm_sequence",
        find="step(x[t], h, c, W, U, b)\n        h",
        replace="step(x[t], c, h, W, U, b)\n        h",
        hint="The step gets the cell where it expects the hidden state. Both have the same shape, so nothing "
        "complains.",
    ),
    Misconception(
        "weights-swapped-in-loop",
        "lstm_sequence",
        find="step(x[t], h, c, W, U, b)\n        h",
        replace="step(x[t], h, c, U, W, b)\n        h",
        hint="The step gets W and U in the wrong order. W belongs to the input.",
    ),
    Misconception(
        "h0-ignored",
        "lstm_sequence",
        find="    h, c = h0, c0\n",
        replace="    h, c = np.zeros_like(h0), c0\n",
        hint="The first step starts from a hidden state of zero. It has to start from the h0 that is handed "
        "in, or a sequence cannot be continued.",
    ),
    Misconception(
        "c0-ignored",
        "lstm_sequence",
        find="    h, c = h0, c0\n",
        replace="    h, c = h0, np.zeros_like(c0)\n",
        hint="The first step starts from an empty cell. It has to start from the c0 that is handed in.",
    ),
    Misconception(
        "c0-is-h0",
        "lstm_sequence",
        find="    h, c = h0, c0\n",
        replace="    h, c = h0, h0\n",
        hint="The cell starts from h0. The two states have the same shape but are different things.",
    ),
    Misconception(
        "initial-states-ignored",
        "lstm_sequence",
        find="    h, c = h0, c0\n",
        replace="    h, c = np.zeros_like(h0), np.zeros_like(c0)\n",
        hint="Both states start from zero, whatever is handed in. Start from h0 and c0.",
    ),
    Misconception(
        "time-reversed",
        "lstm_sequence",
        find="    for t in range(T):",
        replace="    for t in reversed(range(T)):",
        hint="You walk through the sequence from its end. Only the way back does that.",
    ),
    Misconception(
        "input-reversed",
        "lstm_sequence",
        find="step(x[t], h, c, W, U, b)\n        h",
        replace="step(x[T - 1 - t], h, c, W, U, b)\n        h",
        hint="The first step is shown the last input. Step t reads the input of step t.",
    ),
    Misconception(
        "first-input-repeated",
        "lstm_sequence",
        find="step(x[t], h, c, W, U, b)\n        h",
        replace="step(x[0], h, c, W, U, b)\n        h",
        hint="Every step reads the same input, the first. Step t reads the input of step t.",
    ),
    Misconception(
        "last-h-repeated",
        "lstm_sequence",
        find="        hs[t] = h\n",
        replace="        hs[:] = h\n",
        hint="Every entry of hs is the last hidden state. Keep each step's own, perhaps as a copy.",
    ),
    Misconception(
        "hs-starts-with-h0",
        "lstm_sequence",
        find="    return hs, cs, caches",
        replace="    return np.concatenate([h0[None], hs[:-1]]), cs, caches",
        hint="hs begins with h0, so everything stands one place late and the last state is lost. hs[0] "
        "is the state after the first input.",
    ),
    Misconception(
        "states-with-initial",
        "lstm_sequence",
        find="    return hs, cs, caches",
        replace="    return np.concatenate([h0[None], hs]), np.concatenate([c0[None], cs]), caches",
        hint="hs and cs have one entry too many: the initial states do not belong in them.",
    ),
    Misconception(
        "cs-holds-h",
        "lstm_sequence",
        find="cs[t] = c\n",
        replace="cs[t] = h\n",
        hint="cs holds hidden states. Store the cell, the second thing that the step returns.",
    ),
    Misconception(
        "last-step-left-out",
        "lstm_sequence",
        find="    for t in range(T):",
        replace="    for t in range(T - 1):",
        hint="The loop ends one step early: the last entries are still zero.",
    ),
    Misconception(
        "batch-before-time",
        "lstm_sequence",
        find="    return hs, cs, caches",
        replace="    return hs.swapaxes(0, 1), cs.swapaxes(0, 1), caches",
        hint="Your states have the batch first. In this course time is the first axis: (T, N, H).",
    ),
    Misconception(
        "sequence-last-state-only",
        "lstm_sequence",
        find="    return hs, cs, caches",
        replace="    return hs[-1], cs[-1], caches",
        hint="Only the last states come back. All T of them are wanted.",
    ),
    Misconception(
        "sequence-squeezed",
        "lstm_sequence",
        find="    return hs, cs, caches",
        replace="    return np.squeeze(hs), np.squeeze(cs), caches",
        hint="An axis of length 1 is gone. With one step, or one sequence in the batch, the shape is "
        "still (T, N, H).",
    ),
    Misconception(
        "caches-reversed",
        "lstm_sequence",
        find="        caches.append(cache)",
        replace="        caches.insert(0, cache)",
        hint="The caches come back last step first. They belong in the order of time; the way back will turn "
        "round by itself.",
    ),
    Misconception(
        "caches-last-only",
        "lstm_sequence",
        find="        caches.append(cache)",
        replace="        caches = [cache]",
        hint="Only one cache is left at the end. The way back needs the cache of every step.",
    ),
    Misconception(
        "sequence-own-step",
        "lstm_sequence",
        find="    T = x.shape[0]",
        replace="    step, T = lstm_step, x.shape[0]",
        hint="The function was handed a `step` and did not use it, but called your lstm_step. "
        "Call the name from the argument list.",
    ),
]

SETTING_UP = [
    Misconception(
        "count-three-gates",
        "count_parameters",
        find="return 4 * per_gate",
        replace="return 3 * per_gate",
        hint="You count three blocks, as a GRU has. The candidate is a fourth.",
    ),
    Misconception(
        "count-one-gate",
        "count_parameters",
        find="return 4 * per_gate",
        replace="return per_gate",
        hint="This is one block. There are four of them, each with weights and a bias of its own.",
    ),
    Misconception(
        "count-without-bias",
        "count_parameters",
        find=" + biases * H",
        replace="",
        hint="The biases are learned too. Count them.",
    ),
    Misconception(
        "count-without-recurrence",
        "count_parameters",
        find=" + H * H",
        replace="",
        hint="The matrix from the hidden state to the gates is missing from the count.",
    ),
    Misconception(
        "count-bias-per-gate",
        "count_parameters",
        find=" + biases * H",
        replace=" + biases",
        hint="A gate has one bias for each of its units, not one for all of them.",
    ),
    Misconception(
        "count-one-bias-always",
        "count_parameters",
        find=" + biases * H",
        replace=" + H",
        hint="With one bias vector your count is right, with two it does not change. Use the third argument.",
    ),
    Misconception(
        "count-peepholes",
        "count_parameters",
        find="return 4 * per_gate",
        replace="return 4 * per_gate + 3 * H",
        hint="Three vectors too many: those would be peepholes, through which gates look at the cell. "
        "This cell has none.",
    ),
    Misconception(
        "init-scale-from-input",
        "init_lstm",
        find="k = 1.0 / np.sqrt(H)",
        replace="k = 1.0 / np.sqrt(D)",
        hint="The range of your draw depends on the input size. It is the hidden size that sets it, for both "
        "matrices.",
    ),
    Misconception(
        "init-scale-without-root",
        "init_lstm",
        find="k = 1.0 / np.sqrt(H)",
        replace="k = 1.0 / H",
        hint="Your weights are too small: a sum of H terms grows like the root of H, not like H.",
    ),
    Misconception(
        "init-normal",
        "init_lstm",
        find="    W = rng.uniform(-k, k, size=(D, 4 * H))\n    U = rng.uniform(-k, k, size=(H, 4 * H))",
        replace="    W = rng.normal(0.0, k, size=(D, 4 * H))\n    U = rng.normal(0.0, k, size=(H, 4 * H))",
        hint="These weights are normally distributed. The uniform distribution between -k and k is asked "
        "for.",
    ),
    Misconception(
        "init-positive-only",
        "init_lstm",
        find="    W = rng.uniform(-k, k, size=(D, 4 * H))\n    U = rng.uniform(-k, k, size=(H, 4 * H))",
        replace="    W = rng.uniform(0.0, k, size=(D, 4 * H))\n    U = rng.uniform(0.0, k, size=(H, 4 * H))",
        hint="None of your weights is negative, so all units start out alike. The range is symmetric "
        "about 0.",
    ),
    Misconception(
        "init-u-first",
        "init_lstm",
        find="    W = rng.uniform(-k, k, size=(D, 4 * H))\n    U = rng.uniform(-k, k, size=(H, 4 * H))",
        replace="    U = rng.uniform(-k, k, size=(H, 4 * H))\n    W = rng.uniform(-k, k, size=(D, 4 * H))",
        hint="The right distribution in the wrong order: W is drawn first, then U. A generator gives other "
        "numbers to whoever comes second.",
    ),
    Misconception(
        "init-torch-shapes",
        "init_lstm",
        find="    W = rng.uniform(-k, k, size=(D, 4 * H))\n    U = rng.uniform(-k, k, size=(H, 4 * H))",
        replace="    W = rng.uniform(-k, k, size=(4 * H, D))\n    U = rng.uniform(-k, k, size=(4 * H, H))",
        hint="Your matrices have PyTorch's shapes, gates in rows. Here the gates are in the columns.",
    ),
    Misconception(
        "forget-bias-everywhere",
        "init_lstm",
        find="    b[H : 2 * H] = forget_bias",
        replace="    b[:] = forget_bias",
        hint="All four blocks got the bias. Only the forget gate's gets it: the other gates should start "
        "half open.",
    ),
    Misconception(
        "forget-bias-on-input-gate",
        "init_lstm",
        find="    b[H : 2 * H] = forget_bias",
        replace="    b[:H] = forget_bias",
        hint="The bias has gone to the first block, which is the input gate's. The blocks are i, f, g, o.",
    ),
    Misconception(
        "forget-bias-on-candidate",
        "init_lstm",
        find="    b[H : 2 * H] = forget_bias",
        replace="    b[2 * H : 3 * H] = forget_bias",
        hint="The bias has gone to the third block, which is the candidate's. The blocks are i, f, g, o.",
    ),
    Misconception(
        "forget-bias-missing",
        "init_lstm",
        find="    b[H : 2 * H] = forget_bias",
        replace="    b[H : 2 * H] = 0.0",
        hint="The bias is zero everywhere: the forget gate starts half shut and halves the memory at every "
        "step.",
    ),
    Misconception(
        "forget-bias-always-one",
        "init_lstm",
        find="    b[H : 2 * H] = forget_bias",
        replace="    b[H : 2 * H] = 1.0",
        hint="The forget block is 1, whatever is asked for. Use the argument.",
    ),
    Misconception(
        "forget-bias-negative",
        "init_lstm",
        find="    b[H : 2 * H] = forget_bias",
        replace="    b[H : 2 * H] = -forget_bias",
        hint="With a negative bias the gate starts shut and forgets everything. Open means keep.",
    ),
]

NUMERIC = [
    Misconception(
        "numeric-one-sided",
        "numeric_gradient",
        find="        a[index] = kept - eps\n        down = L(a)\n        a[index] = kept\n"
        "        gradient[index] = (up - down) / (2 * eps)",
        replace="        a[index] = kept\n        down = L(a)\n        gradient[index] = (up - down) / eps",
        hint="You shift to one side only. That error shrinks like eps, the two-sided one like eps "
        "squared: it is the difference between a hint and a proof.",
    ),
    Misconception(
        "numeric-half-step",
        "numeric_gradient",
        find="(up - down) / (2 * eps)",
        replace="(up - down) / eps",
        hint="Your gradient is twice what it should be. How far apart are the two points?",
    ),
    Misconception(
        "numeric-not-restored",
        "numeric_gradient",
        find="        a[index] = kept\n",
        replace="",
        hint="Each entry stays shifted after its turn, so the later ones are measured somewhere else, "
        "and the caller gets a changed array. Put it back.",
    ),
    Misconception(
        "numeric-eps-ignored",
        "numeric_gradient",
        find="    gradient = np.zeros_like(a)",
        replace="    eps = 1e-5\n    gradient = np.zeros_like(a)",
        hint="The step size is fixed inside. Use the eps that is handed in.",
    ),
    Misconception(
        "numeric-eps-relative",
        "numeric_gradient",
        find="        kept = a[index]\n"
        "        a[index] = kept + eps\n"
        "        up = L(a)\n"
        "        a[index] = kept - eps",
        replace="        kept = a[index]\n        a[index] = kept * (1 + eps)\n        up = L(a)\n"
        "        a[index] = kept * (1 - eps)",
        hint="You shift by a share of the entry and divide by eps itself. Shift every entry by the same "
        "amount.",
    ),
    Misconception(
        "numeric-all-at-once",
        "numeric_gradient",
        find="        gradient[index] = (up - down) / (2 * eps)",
        replace="        gradient[index] = (L(a + eps) - L(a - eps)) / (2 * eps)",
        hint="You shift all entries together, which gives the sum of the gradient in every place. Shift one "
        "entry and leave the others alone.",
    ),
    Misconception(
        "numeric-sign",
        "numeric_gradient",
        find="(up - down) / (2 * eps)",
        replace="(down - up) / (2 * eps)",
        hint="The sign is turned round: it is the value above minus the value below.",
    ),
    Misconception(
        "numeric-first-axis",
        "numeric_gradient",
        find="in np.ndindex(a.shape)",
        replace="in range(len(a))",
        hint="You run over the first axis only and shift whole rows. The array may have any number of axes.",
    ),
    Misconception(
        "loss-first-state",
        "projected_loss",
        find="dh_last * hs[-1]",
        replace="dh_last * hs[0]",
        hint="The gradient of the final hidden state is weighed with the first one.",
    ),
    Misconception(
        "loss-first-cell",
        "projected_loss",
        find="dc_last * cs[-1]",
        replace="dc_last * cs[0]",
        hint="The gradient of the final cell is weighed with the first one.",
    ),
    Misconception(
        "loss-last-h-for-c",
        "projected_loss",
        find="dc_last * cs[-1]",
        replace="dc_last * hs[-1]",
        hint="The last term weighs a hidden state. dc_last belongs to the cell.",
    ),
    Misconception(
        "loss-without-last-h",
        "projected_loss",
        find="every_step + last_h + last_c",
        replace="every_step + last_c",
        hint="The final hidden state has a gradient of its own, on top of the one in dhs. Its term is "
        "missing.",
    ),
    Misconception(
        "loss-without-cell",
        "projected_loss",
        find="every_step + last_h + last_c",
        replace="every_step + last_h",
        hint="The term of the final cell is missing. Without it a wrong dc would pass your gradient check.",
    ),
    Misconception(
        "loss-without-steps",
        "projected_loss",
        find="every_step + last_h + last_c",
        replace="last_h + last_c",
        hint="Only the final states count here. Every hidden state has an upstream gradient.",
    ),
    Misconception(
        "loss-mean",
        "projected_loss",
        find="every_step = np.sum(",
        replace="every_step = np.mean(",
        hint="You average over the steps, so that their gradients come out too small. The formula has a sum.",
    ),
    Misconception(
        "loss-cell-everywhere",
        "projected_loss",
        find="dc_last * cs[-1]",
        replace="dc_last * cs",
        hint="dc_last is weighed with the cells of all steps, by broadcasting. It belongs to the final one "
        "alone.",
    ),
]

CELL_BACKWARD = [
    Misconception(
        "dc-next-dropped",
        "cell_backward",
        find="dc_total = dc + dh",
        replace="dc_total = dh",
        hint="The gradient that comes back from the next step through the cell is not used. That is the very "
        "path along which an LSTM remembers.",
    ),
    Misconception(
        "dh-path-dropped",
        "cell_backward",
        find="dc_total = dc + dh * o * (1 - tanh_c**2)",
        replace="dc_total = dc",
        hint="The cell also acts through h at this very step. That part of its gradient is missing.",
    ),
    Misconception(
        "dh-into-cell-directly",
        "cell_backward",
        find="dc_total = dc + dh * o * (1 - tanh_c**2)",
        replace="dc_total = dc + dh",
        hint="The gradient of h goes into the cell as it is. On the way it passes the output gate and the "
        "tanh.",
    ),
    Misconception(
        "tanh-slope-not-squared",
        "cell_backward",
        find="(1 - tanh_c**2)",
        replace="(1 - tanh_c)",
        hint="Look at the slope of the tanh between c and h: something is not squared.",
    ),
    Misconception(
        "tanh-slope-twice",
        "cell_backward",
        find="(1 - tanh_c**2)",
        replace="(1 - np.tanh(tanh_c) ** 2)",
        hint="The cache holds tanh(c) already, and you take the tanh of it once more.",
    ),
    Misconception(
        "tanh-slope-plus",
        "cell_backward",
        find="(1 - tanh_c**2)",
        replace="(1 + tanh_c**2)",
        hint="The slope of the tanh is never above 1. Look at its sign.",
    ),
    Misconception(
        "tanh-slope-missing",
        "cell_backward",
        find="dh * o * (1 - tanh_c**2)",
        replace="dh * o",
        hint="Between c and h stands a tanh. Its slope is missing from the gradient of the cell.",
    ),
    Misconception(
        "output-gate-missing-in-dc",
        "cell_backward",
        find="dh * o * (1 - tanh_c**2)",
        replace="dh * (1 - tanh_c**2)",
        hint="On its way from h to the cell the gradient passes the output gate, which scales it.",
    ),
    Misconception(
        "input-gate-in-dc",
        "cell_backward",
        find="dh * o * (1 - tanh_c**2)",
        replace="dh * i * (1 - tanh_c**2)",
        hint="The wrong gate stands between h and the cell. Which one scales what is shown?",
    ),
    Misconception(
        "do-from-cell",
        "cell_backward",
        find="do = dh * tanh_c",
        replace="do = dh * (f * c_prev + i * g)",
        hint="The output gate multiplies the squashed cell, not the cell itself. What stands beside it in h?",
    ),
    Misconception(
        "do-from-dc",
        "cell_backward",
        find="do = dh * tanh_c",
        replace="do = dc_total * tanh_c",
        hint="The output gate acts on h alone, so its gradient starts from that of h, not from the cell's.",
    ),
    Misconception(
        "do-from-old-cell",
        "cell_backward",
        find="do = dh * tanh_c",
        replace="do = dh * np.tanh(c_prev)",
        hint="The output gate's gradient uses the cell of the step before. h shows the new one.",
    ),
    Misconception(
        "output-gate-slope-missing",
        "cell_backward",
        find="da_o = do * o * (1 - o)",
        replace="da_o = do",
        hint="The output gate comes out of a sigmoid. Its slope is missing.",
    ),
    Misconception(
        "output-gate-slope-one-minus",
        "cell_backward",
        find="da_o = do * o * (1 - o)",
        replace="da_o = do * (1 - o)",
        hint="One factor of the sigmoid's slope is missing in the output gate.",
    ),
    Misconception(
        "output-gate-slope-tanh",
        "cell_backward",
        find="da_o = do * o * (1 - o)",
        replace="da_o = do * (1 - o**2)",
        hint="The output gate gets the slope of a tanh. It came out of a sigmoid.",
    ),
    Misconception(
        "df-from-new-cell",
        "cell_backward",
        find="df = dc_total * c_prev",
        replace="df = dc_total * (f * c_prev + i * g)",
        hint="The forget gate multiplied the old cell, so it is the old cell that stands in its gradient.",
    ),
    Misconception(
        "df-from-h",
        "cell_backward",
        find="df = dc_total * c_prev",
        replace='df = dc_total * cache["h_prev"]',
        hint="The forget gate's gradient uses the hidden state. It multiplied the old cell.",
    ),
    Misconception(
        "df-from-dc-only",
        "cell_backward",
        find="df = dc_total * c_prev",
        replace="df = dc * c_prev",
        hint="The forget gate gets the cell's gradient from the next step only. It needs the total, with the "
        "part through h.",
    ),
    Misconception(
        "di-dg-from-dc-only",
        "cell_backward",
        find="di = dc_total * g\n    dg = dc_total * i",
        replace="di = dc * g\n    dg = dc * i",
        hint="Input gate and candidate get the cell's gradient from the next step only. They need the total, "
        "with the part through h.",
    ),
    Misconception(
        "di-dg-partners-swapped",
        "cell_backward",
        find="di = dc_total * g\n    dg = dc_total * i",
        replace="di = dc_total * i\n    dg = dc_total * g",
        hint="The derivative of a product with respect to one factor is the other factor. Yours is the same "
        "one.",
    ),
    Misconception(
        "dc-prev-without-f",
        "cell_backward",
        find="dc_prev = dc_total * f",
        replace="dc_prev = dc_total",
        hint="The gradient goes to the old cell unscaled. In the forward pass the forget gate scaled that "
        "cell.",
    ),
    Misconception(
        "dc-prev-input-gate",
        "cell_backward",
        find="dc_prev = dc_total * f",
        replace="dc_prev = dc_total * i",
        hint="The wrong gate scales what goes to the old cell. Which one stood before it in the forward "
        "pass?",
    ),
    Misconception(
        "dc-prev-from-dc-only",
        "cell_backward",
        find="dc_prev = dc_total * f",
        replace="dc_prev = dc * f",
        hint="What goes to the old cell leaves out the part that came through h. Send on the total.",
    ),
    Misconception(
        "forget-gate-slope-missing",
        "cell_backward",
        find="da_f = df * f * (1 - f)",
        replace="da_f = df",
        hint="The forget gate comes out of a sigmoid. Its slope is missing.",
    ),
    Misconception(
        "forget-gate-slope-one-minus",
        "cell_backward",
        find="da_f = df * f * (1 - f)",
        replace="da_f = df * (1 - f)",
        hint="One factor of the sigmoid's slope is missing in the forget gate.",
    ),
    Misconception(
        "input-gate-slope-missing",
        "cell_backward",
        find="da_i = di * i * (1 - i)",
        replace="da_i = di",
        hint="The input gate comes out of a sigmoid. Its slope is missing.",
    ),
    Misconception(
        "input-gate-slope-one-minus",
        "cell_backward",
        find="da_i = di * i * (1 - i)",
        replace="da_i = di * (1 - i)",
        hint="One factor of the sigmoid's slope is missing in the input gate.",
    ),
    Misconception(
        "gate-slopes-one-minus",
        "cell_backward",
        find="da_i = di * i * (1 - i)\n    da_f = df * f * (1 - f)",
        replace="da_i = di * (1 - i)\n    da_f = df * (1 - f)",
        hint="One factor of the sigmoid's slope is missing in the input and the forget gate.",
    ),
    Misconception(
        "gate-slopes-of-outputs",
        "cell_backward",
        find="da_i = di * i * (1 - i)\n    da_f = df * f * (1 - f)",
        replace="slope = lambda z: sigmoid(z) * (1 - sigmoid(z))\n"
        "    da_i = di * slope(i)\n    da_f = df * slope(f)",
        hint="You take the sigmoid of a gate that has been through it already. The slope can be written with "
        "the gate's own value.",
    ),
    Misconception(
        "candidate-slope-not-squared",
        "cell_backward",
        find="(1 - g**2)",
        replace="(1 - g)",
        hint="Look at the slope of the candidate's tanh: something is not squared.",
    ),
    Misconception(
        "candidate-slope-sigmoid",
        "cell_backward",
        find="(1 - g**2)",
        replace="g * (1 - g)",
        hint="The candidate gets the slope of a sigmoid. It came out of a tanh.",
    ),
    Misconception(
        "candidate-slope-missing",
        "cell_backward",
        find="dg * (1 - g**2)",
        replace="dg",
        hint="The candidate comes out of a tanh. Its slope is missing.",
    ),
    Misconception(
        "candidate-slope-twice",
        "cell_backward",
        find="(1 - g**2)",
        replace="(1 - np.tanh(g) ** 2)",
        hint="The cache holds the candidate after its tanh, and you take the tanh once more.",
    ),
    Misconception(
        "da-order-i-f-o-g",
        "cell_backward",
        find="[da_i, da_f, da_g, da_o]",
        replace="[da_i, da_f, da_o, da_g]",
        hint="The last two blocks of da have changed places. They go into the columns from which the gates "
        "were read: i, f, g, o.",
    ),
    Misconception(
        "da-order-f-i-g-o",
        "cell_backward",
        find="[da_i, da_f, da_g, da_o]",
        replace="[da_f, da_i, da_g, da_o]",
        hint="The first two blocks of da have changed places. They go into the columns from which the gates "
        "were read: i, f, g, o.",
    ),
    Misconception(
        "da-order-i-g-f-o",
        "cell_backward",
        find="[da_i, da_f, da_g, da_o]",
        replace="[da_i, da_g, da_f, da_o]",
        hint="The middle blocks of da have changed places. They go into the columns from which the gates "
        "were read: i, f, g, o.",
    ),
    Misconception(
        "cell-recovered-by-division",
        "cell_backward",
        find='tanh_c = cache["tanh_c"]',
        replace='tanh_c = o * cache["tanh_c"] / o',
        hint="You divide by a gate to get back what it multiplied. A shut gate is exactly 0, and that gives "
        "NaN. The cache holds what you need.",
    ),
]

STEP_BACKWARD = [
    Misconception(
        "dx-through-reshape",
        "lstm_step_backward",
        find='dx = da @ cache["W"].T',
        replace='dx = da @ cache["W"].reshape(cache["W"].shape[::-1])',
        hint="W has been brought into shape by reshape, which keeps the order of its numbers and so mixes "
        "rows. A transpose turns rows into columns.",
    ),
    Misconception(
        "dh-prev-through-reshape",
        "lstm_step_backward",
        find='dh_prev = da @ cache["U"].T',
        replace='dh_prev = da @ cache["U"].reshape(cache["U"].shape[::-1])',
        hint="U has been brought into shape by reshape, which keeps the order of its numbers and so mixes "
        "rows. A transpose turns rows into columns.",
    ),
    Misconception(
        "dx-transpose-missing",
        "lstm_step_backward",
        find='dx = da @ cache["W"].T',
        replace='dx = da @ cache["W"]',
        hint="The shapes of da and W do not fit like this. In the forward pass x met the rows of W; on "
        "the way back da meets its columns.",
    ),
    Misconception(
        "dh-prev-transpose-missing",
        "lstm_step_backward",
        find='dh_prev = da @ cache["U"].T',
        replace='dh_prev = da @ cache["U"]',
        hint="The shapes of da and U do not fit like this. In the forward pass h met the rows of U; on "
        "the way back da meets its columns.",
    ),
    Misconception(
        "dh-prev-keeps-dh",
        "lstm_step_backward",
        find='dh_prev = da @ cache["U"].T',
        replace='dh_prev = dh + da @ cache["U"].T',
        hint="The gradient of h is also sent on unchanged, as if h were added to the next h. The old hidden "
        "state acts through the gates alone.",
    ),
    Misconception(
        "dc-prev-not-from-cell",
        "lstm_step_backward",
        find="da, dc_prev = cell(dh, dc, cache)",
        replace="da, _ = cell(dh, dc, cache)\n    dc_prev = dc",
        hint="What goes back to the old cell is the gradient that came in. The first half of the step has "
        "computed the right one.",
    ),
    Misconception(
        "dw-transposed",
        "lstm_step_backward",
        find='dW = cache["x"].T @ da',
        replace='dW = da.T @ cache["x"]',
        hint="Your gradient of W is transposed. A gradient has the shape of what it belongs to.",
    ),
    Misconception(
        "du-transposed",
        "lstm_step_backward",
        find='dU = cache["h_prev"].T @ da',
        replace='dU = da.T @ cache["h_prev"]',
        hint="Your gradient of U is transposed. A gradient has the shape of what it belongs to.",
    ),
    Misconception(
        "dw-transpose-missing",
        "lstm_step_backward",
        find='dW = cache["x"].T @ da',
        replace='dW = cache["x"] @ da',
        hint="The shapes of x and da do not fit like this. The batch is the axis to sum over.",
    ),
    Misconception(
        "du-from-new-h",
        "lstm_step_backward",
        find='dU = cache["h_prev"].T @ da',
        replace='dU = (cache["o"] * cache["tanh_c"]).T @ da',
        hint="The gradient of U uses the hidden state that this step made. U was multiplied with the one "
        "before.",
    ),
    Misconception(
        "du-from-old-cell",
        "lstm_step_backward",
        find='dU = cache["h_prev"].T @ da',
        replace='dU = cache["c_prev"].T @ da',
        hint="The gradient of U uses the old cell. U was multiplied with the hidden state.",
    ),
    Misconception(
        "db-mean",
        "lstm_step_backward",
        find="db = da.sum(axis=0)",
        replace="db = da.mean(axis=0)",
        hint="The gradient of b is averaged over the batch. All rows use the same b, so their gradients add "
        "up; an average belongs into the loss.",
    ),
    Misconception(
        "db-not-summed",
        "lstm_step_backward",
        find="db = da.sum(axis=0)",
        replace="db = da",
        hint="The gradient of b still has the batch in it. A gradient has the shape of what it belongs to.",
    ),
    Misconception(
        "db-wrong-axis",
        "lstm_step_backward",
        find="db = da.sum(axis=0)",
        replace="db = da.sum(axis=1)",
        hint="The gradient of b is summed over the gates. It is the batch that has to go.",
    ),
    Misconception(
        "db-keeps-axis",
        "lstm_step_backward",
        find="db = da.sum(axis=0)",
        replace="db = da.sum(axis=0, keepdims=True)",
        hint="The gradient of b has one axis too many, of length 1. A gradient has the shape of what it "
        "belongs to.",
    ),
    Misconception(
        "parameters-over-batch",
        "lstm_step_backward",
        find="    return dx, dh_prev, dc_prev, dW, dU, db",
        replace="    N = len(da)\n    return dx, dh_prev, dc_prev, dW / N, dU / N, db / N",
        hint="The gradients of the parameters are divided by the batch size. If the loss is a mean, its N is "
        "already in the upstream gradients.",
    ),
    Misconception(
        "step-backward-own-cell",
        "lstm_step_backward",
        find="    da, dc_prev = cell(",
        replace="    da, dc_prev = cell_backward(",
        hint="The function was handed a `cell` and did not use it, but called your cell_backward. "
        "Call the name from the argument list.",
    ),
]

BPTT = [
    Misconception(
        "dh-next-dropped",
        "lstm_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = dhs[t]",
        hint="Each hidden state gets its gradient from above only. The next step used it too and sends one "
        "back.",
    ),
    Misconception(
        "upstream-dropped",
        "lstm_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = dh_next",
        hint="The gradients in dhs are not used. Every hidden state has one from above, besides the one from "
        "the next step.",
    ),
    Misconception(
        "dc-not-carried",
        "lstm_backward",
        find="back = step_backward(dh, dc_next, caches[t])",
        replace="back = step_backward(dh, np.zeros_like(dh), caches[t])",
        hint="Every step starts with no gradient for its cell. The cell's gradient has to be carried "
        "from step to step: along it the LSTM learns long dependencies.",
    ),
    Misconception(
        "dc-last-every-step",
        "lstm_backward",
        find="back = step_backward(dh, dc_next, caches[t])",
        replace="back = step_backward(dh, dc_last, caches[t])",
        hint="Every step gets dc_last for its cell. That belongs to the last step; the others get what the "
        "step after them sent back.",
    ),
    Misconception(
        "dc-carried-once",
        "lstm_backward",
        find="back = step_backward(dh, dc_next, caches[t])",
        replace="back = step_backward(dh, dc_next if t == T - 1 else np.zeros_like(dh), caches[t])",
        hint="The last step gets its cell gradient, all others get none. What step t sends back for its old "
        "cell is the cell gradient of step t - 1.",
    ),
    Misconception(
        "dh-last-ignored",
        "lstm_backward",
        find="dh_next, dc_next = dh_last, dc_last",
        replace="dh_next, dc_next = np.zeros_like(dh_last), dc_last",
        hint="dh_last is not used. The final hidden state has a gradient of its own, on top of the one "
        "in dhs.",
    ),
    Misconception(
        "dc-last-ignored",
        "lstm_backward",
        find="dh_next, dc_next = dh_last, dc_last",
        replace="dh_next, dc_next = dh_last, np.zeros_like(dc_last)",
        hint="dc_last is not used. The walk back starts with the gradient of the final cell.",
    ),
    Misconception(
        "last-gradients-ignored",
        "lstm_backward",
        find="dh_next, dc_next = dh_last, dc_last",
        replace="dh_next, dc_next = np.zeros_like(dh_last), np.zeros_like(dc_last)",
        hint="The walk back starts from zero. It starts with dh_last and dc_last.",
    ),
    Misconception(
        "last-gradients-swapped",
        "lstm_backward",
        find="dh_next, dc_next = dh_last, dc_last",
        replace="dh_next, dc_next = dc_last, dh_last",
        hint="The gradients of the final h and the final c have changed places.",
    ),
    Misconception(
        "carried-gradients-swapped",
        "lstm_backward",
        find="dx[t], dh_next, dc_next = back[:3]",
        replace="dx[t], dc_next, dh_next = back[:3]",
        hint="What comes back from a step is dx, then dh_prev, then dc_prev. You carry the last two "
        "crosswise.",
    ),
    Misconception(
        "backward-forward-in-time",
        "lstm_backward",
        find="for t in reversed(range(T)):",
        replace="for t in range(T):",
        hint="You walk forward in time. A step needs the gradients from the step after it, so start at the "
        "end.",
    ),
    Misconception(
        "upstream-last-only",
        "lstm_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = (dhs[t] if t == T - 1 else 0.0) + dh_next",
        hint="Only the last hidden state gets its upstream gradient. All of them have one in dhs.",
    ),
    Misconception(
        "upstream-twice-at-last",
        "lstm_backward",
        find="dh_next, dc_next = dh_last, dc_last",
        replace="dh_next, dc_next = dh_last + dhs[-1], dc_last",
        hint="At the last step the upstream gradient is counted twice: once before the loop and once in it.",
    ),
    Misconception(
        "upstream-one-early",
        "lstm_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = dhs[t - 1] + dh_next",
        hint="Each step gets the upstream gradient of the step before it.",
    ),
    Misconception(
        "upstream-reversed",
        "lstm_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = dhs[T - 1 - t] + dh_next",
        hint="The upstream gradients are read from the other end. dhs[t] belongs to step t, whichever "
        "way you walk.",
    ),
    Misconception(
        "dh0-before-last-step",
        "lstm_backward",
        find="    return dx, dh_next, dc_next, dW",
        replace="    return dx, dh, dc_next, dW",
        hint="What you return as dh0 is the gradient of the first hidden state after step 1. It still has to "
        "go back through that step.",
    ),
    Misconception(
        "dh0-zeros",
        "lstm_backward",
        find="    return dx, dh_next, dc_next, dW",
        replace="    return dx, np.zeros_like(dh_next), dc_next, dW",
        hint="dh0 is zero. The initial hidden state acts on the loss like any other.",
    ),
    Misconception(
        "dc0-zeros",
        "lstm_backward",
        find="    return dx, dh_next, dc_next, dW",
        replace="    return dx, dh_next, np.zeros_like(dc_next), dW",
        hint="dc0 is zero. The initial cell acts on the loss like any other.",
    ),
    Misconception(
        "initial-gradients-zeros",
        "lstm_backward",
        find="    return dx, dh_next, dc_next, dW",
        replace="    return dx, np.zeros_like(dh_next), np.zeros_like(dc_next), dW",
        hint="dh0 and dc0 are zero. What is left over after the first step belongs to the initial states.",
    ),
    Misconception(
        "initial-gradients-swapped",
        "lstm_backward",
        find="    return dx, dh_next, dc_next, dW",
        replace="    return dx, dc_next, dh_next, dW",
        hint="dh0 and dc0 come back in the wrong order.",
    ),
    Misconception(
        "truncated-after-five",
        "lstm_backward",
        find="dh_next, dc_next = back[:3]",
        replace="dh_next, dc_next = back[:3]\n"
        "        if T - t == 5:\n"
        "            dh_next, dc_next = 0 * dh, 0 * dh",
        hint="After five steps no gradient goes further back. Truncation is a choice for very long "
        "sequences; here the whole sequence is asked for.",
    ),
    Misconception(
        "first-step-left-out",
        "lstm_backward",
        find="for t in reversed(range(T)):",
        replace="for t in range(T - 1, 0, -1):",
        hint="The walk ends one step early, and the first step is left out. The end of a Python range is not "
        "in it.",
    ),
    Misconception(
        "gradient-clipped-inside",
        "lstm_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = np.clip(dhs[t] + dh_next, -1.0, 1.0)",
        hint="The gradient is clipped on its way. Then it is no longer the gradient of anything; clip "
        "afterwards, by the norm of all of it.",
    ),
    Misconception(
        "dx-in-walking-order",
        "lstm_backward",
        find="dx[t], dh_next",
        replace="dx[T - 1 - t], dh_next",
        hint="dx comes back last step first. Its entry t belongs to x[t].",
    ),
    Misconception(
        "dx-over-steps",
        "lstm_backward",
        find="    return dx, dh_next",
        replace="    return dx / T, dh_next",
        hint="dx is divided by the number of steps. If the loss is a mean over time, its T is already in "
        "dhs.",
    ),
    Misconception(
        "parameters-overwritten",
        "lstm_backward",
        find="        dW = dW + back[3]\n        dU = dU + back[4]\n        db = db + back[5]",
        replace="        dW, dU, db = back[3:]",
        hint="Only one step's gradients of the parameters are left at the end. All steps share them, so add "
        "up.",
    ),
    Misconception(
        "db-overwritten",
        "lstm_backward",
        find="db = db + back[5]",
        replace="db = back[5]",
        hint="dW and dU are collected from all steps, db is not.",
    ),
    Misconception(
        "du-overwritten",
        "lstm_backward",
        find="dU = dU + back[4]",
        replace="dU = back[4]",
        hint="dW and db are collected from all steps, dU is not.",
    ),
    Misconception(
        "dw-overwritten",
        "lstm_backward",
        find="dW = dW + back[3]",
        replace="dW = back[3]",
        hint="dU and db are collected from all steps, dW is not.",
    ),
    Misconception(
        "parameters-over-steps",
        "lstm_backward",
        find="dc_next, dW, dU, db\n",
        replace="dc_next, dW / T, dU / T, db / T\n",
        hint="The gradients of the parameters are divided by the number of steps. They add up over time; if "
        "the loss is a mean, its T is already in dhs.",
    ),
    Misconception(
        "upstream-changed-in-place",
        "lstm_backward",
        find="        dh = dhs[t] + dh_next",
        replace="        dhs[t] += dh_next\n        dh = dhs[t]",
        hint="The gradients are right, but dhs comes out changed. Whoever uses it next, such as your own "
        "numeric check, gets wrong numbers and blames the wrong code.",
    ),
    Misconception(
        "dh-last-changed-in-place",
        "lstm_backward",
        find="        dh = dhs[t] + dh_next",
        replace="        dh_next += dhs[t]\n        dh = dh_next",
        hint="The gradients are right, but dh_last comes out changed: at the first turn of the loop the name "
        "you add to is still the caller's array.",
    ),
    Misconception(
        "bptt-squeezed",
        "lstm_backward",
        find="    return dx, dh_next",
        replace="    return np.squeeze(dx), dh_next",
        hint="An axis of length 1 is gone from dx. With one step, or one sequence in the batch, its shape is "
        "still (T, N, D).",
    ),
    Misconception(
        "bptt-own-step-backward",
        "lstm_backward",
        find="back = step_backward(",
        replace="back = lstm_step_backward(",
        hint="The function was handed a `step_backward` and did not use it, but called your "
        "lstm_step_backward. Call the name from the argument list.",
    ),
]

TORCH = [
    Misconception(
        "torch-not-transposed",
        "to_torch",
        find='"weight_ih_l0": W.T, "weight_hh_l0": U.T',
        replace='"weight_ih_l0": W, "weight_hh_l0": U',
        hint="PyTorch keeps the gates in rows. Your matrices still have them in columns.",
    ),
    Misconception(
        "torch-reshaped",
        "to_torch",
        find='"weight_ih_l0": W.T, "weight_hh_l0": U.T',
        replace='"weight_ih_l0": W.reshape(-1, len(W)), "weight_hh_l0": U.reshape(-1, len(U))',
        hint="The shapes are right and the numbers are in the wrong places: a reshape keeps their order, a "
        "transpose turns rows into columns.",
    ),
    Misconception(
        "torch-names-swapped",
        "to_torch",
        find='"weight_ih_l0": W.T, "weight_hh_l0": U.T',
        replace='"weight_ih_l0": U.T, "weight_hh_l0": W.T',
        hint="The two matrices have each other's names. In ih the i stands for the input, not for the input "
        "gate.",
    ),
    Misconception(
        "torch-gate-order",
        "to_torch",
        find='    weights = {"weight_ih_l0": W.T, "weight_hh_l0": U.T}',
        replace="    order = np.arange(W.shape[1]).reshape(4, -1)[[0, 1, 3, 2]].ravel()\n"
        '    weights = {"weight_ih_l0": W.T[order], "weight_hh_l0": U.T[order]}',
        hint="You have changed the order of the gates. PyTorch's is i, f, g, o, as is ours.",
    ),
    Misconception(
        "torch-bias-twice",
        "to_torch",
        find='"bias_hh_l0": np.zeros_like(b)',
        replace='"bias_hh_l0": b',
        hint="PyTorch adds its two biases. With yours in both, every gate gets it twice.",
    ),
    Misconception(
        "torch-one-bias",
        "to_torch",
        find=', "bias_hh_l0": np.zeros_like(b)}',
        replace="}",
        hint="PyTorch's layer has a second bias, beside the hidden state's matrix, and will ask for it.",
    ),
    Misconception(
        "torch-bias-halved-once",
        "to_torch",
        find='"bias_ih_l0": b,',
        replace='"bias_ih_l0": b / 2,',
        hint="Your two biases add up to half of ours. What is taken from the one has to go to the other.",
    ),
    Misconception(
        "torch-bias-missing",
        "to_torch",
        find='"bias_ih_l0": b,',
        replace='"bias_ih_l0": np.zeros_like(b),',
        hint="Both biases are zero, so ours is lost on the way.",
    ),
]

MISCONCEPTIONS = [
    *SIGMOID,
    *GATES,
    *STEP,
    *CACHE,
    *SEQUENCE,
    *SETTING_UP,
    *NUMERIC,
    *CELL_BACKWARD,
    *STEP_BACKWARD,
    *BPTT,
    *TORCH,
]
