"""Wrong answers to lab 5 that we recognise: patches of the solution, each with what the student is told."""

from __future__ import annotations

from autograder.authoring import Misconception

GATES = [
    Misconception(
        "gates-returned-z-r",
        "gru_gates",
        find="    return r, z\n",
        replace="    return z, r\n",
        hint="You hand back the update gate before the reset gate. The order is r, z throughout.",
        ties=("gate-order-z-r-n",),
    ),
    Misconception(
        "gate-order-z-r-n",
        "gru_gates",
        find="    r = sigmoid(a[:, :H])\n    z = sigmoid(a[:, H:])",
        replace="    z = sigmoid(a[:, :H])\n    r = sigmoid(a[:, H:])",
        hint="You read the blocks as z, r, n, which is Keras's order. Here, as in PyTorch, the reset gate's "
        "comes first.",
        ties=("gates-returned-z-r",),
    ),
    Misconception(
        "update-gate-tanh",
        "gru_gates",
        find="z = sigmoid(",
        replace="z = np.tanh(",
        hint="Look at the curve of the update gate. It says which share of the old state stays, so it must "
        "lie between 0 and 1.",
    ),
    Misconception(
        "reset-gate-tanh",
        "gru_gates",
        find="r = sigmoid(",
        replace="r = np.tanh(",
        hint="Look at the curve of the reset gate. It says how much of the old state is seen, a share between "
        "0 and 1; with a tanh it could turn its sign round.",
    ),
    Misconception(
        "update-gate-turned-round",
        "gru_gates",
        find="z = sigmoid(a[:, H:])",
        replace="z = 1 - sigmoid(a[:, H:])",
        hint="Your update gate is open where it should be shut: this is Chung's convention. Section 6 is "
        "about it; here z at 1 keeps, and it comes straight from its curve.",
    ),
    Misconception(
        "reset-gate-turned-round",
        "gru_gates",
        find="r = sigmoid(a[:, :H])",
        replace="r = 1 - sigmoid(a[:, :H])",
        hint="Your reset gate is open where it should be shut. In spite of its name, 1 means that all of the "
        "old state is seen.",
    ),
    Misconception(
        "gates-without-bias",
        "gru_gates",
        find=" + b[: 2 * H]",
        replace="",
        hint="The bias is missing from the sums. Without it you could not set where the update gate starts.",
    ),
    Misconception(
        "gates-bias-twice",
        "gru_gates",
        find=" + b[: 2 * H]",
        replace=" + 2 * b[: 2 * H]",
        hint="The bias goes in twice. There is one sum over x, h and b, not one sum for each that brings its "
        "own.",
    ),
    Misconception(
        "gates-bias-of-other-blocks",
        "gru_gates",
        find=" + b[: 2 * H]",
        replace=" + b[H:]",
        hint="The weights are those of r and z, but the biases are those of z and n. All three arrays have "
        "their blocks in the same order.",
    ),
    Misconception(
        "gates-without-recurrence",
        "gru_gates",
        find=" + h_prev @ U[:, : 2 * H]",
        replace="",
        hint="The old state does not enter the gates. They must look at x and at h.",
    ),
    Misconception(
        "gates-without-input",
        "gru_gates",
        find="x @ W[:, : 2 * H] + ",
        replace="",
        hint="The input x does not enter the gates. They must look at x and at the old state.",
    ),
    Misconception(
        "reset-gate-without-recurrence",
        "gru_gates",
        find="r = sigmoid(a[:, :H])",
        replace="r = sigmoid(x @ W[:, :H] + b[:H])",
        hint="The update gate sees the old state, the reset gate does not. Its block of U is missing from its "
        "sum.",
    ),
    Misconception(
        "update-gate-without-recurrence",
        "gru_gates",
        find="z = sigmoid(a[:, H:])",
        replace="z = sigmoid(x @ W[:, H : 2 * H] + b[H : 2 * H])",
        hint="The reset gate sees the old state, the update gate does not. Its block of U is missing from its "
        "sum.",
    ),
    Misconception(
        "gates-from-last-blocks",
        "gru_gates",
        find="a = x @ W[:, : 2 * H] + h_prev @ U[:, : 2 * H] + b[: 2 * H]",
        replace="a = x @ W[:, H:] + h_prev @ U[:, H:] + b[H:]",
        hint="You read the second and the third block. The third is the candidate's; the gates have the first "
        "two.",
    ),
    Misconception(
        "gates-interleaved",
        "gru_gates",
        find="    r = sigmoid(a[:, :H])\n    z = sigmoid(a[:, H:])",
        replace="    r = sigmoid(a[:, ::2])\n    z = sigmoid(a[:, 1::2])",
        hint="You take every second column. The columns come in solid blocks: first all H of the reset gate, "
        "then all H of the update gate.",
    ),
    Misconception(
        "gates-squashed-by-softmax",
        "gru_gates",
        find="    return r, z\n",
        replace="    return r / (r + z), z / (r + z)\n",
        hint="Your two gates add up to 1, so that opening one shuts the other. Each decides for itself.",
    ),
    Misconception(
        "gates-u-transposed",
        "gru_gates",
        find="h_prev @ U[:, : 2 * H]",
        replace="np.concatenate([h_prev @ U[:, :H].T, h_prev @ U[:, H : 2 * H].T], axis=1)",
        hint="The blocks of U are transposed. Each is square, so nothing complains; but a state in rows "
        "stands to the left of U as it is.",
    ),
]

CANDIDATE_AFTER = [
    Misconception(
        "after-resets-before",
        "candidate_after",
        find="n = np.tanh(x @ W_n + b_n + r * q)",
        replace='n = np.tanh(x @ W_n + b_n + (r * h_prev) @ U_n + params["b_u"])',
        hint="You reset the old state before its product with U. That is the other GRU, the one of section 3. "
        "Here r scales what comes out of the product.",
    ),
    Misconception(
        "after-bias-not-scaled",
        "candidate_after",
        find="n = np.tanh(x @ W_n + b_n + r * q)",
        replace='n = np.tanh(x @ W_n + b_n + params["b_u"] + r * (h_prev @ U_n))',
        hint="The reset gate does not scale b_u. It stands inside the bracket that r multiplies, or it would "
        "just be a second b_n.",
    ),
    Misconception(
        "after-no-reset",
        "candidate_after",
        find="n = np.tanh(x @ W_n + b_n + r * q)",
        replace="n = np.tanh(x @ W_n + b_n + q)",
        hint="The reset gate has no part in your candidate, which always sees all of the old state.",
    ),
    Misconception(
        "after-reset-turned-round",
        "candidate_after",
        find="n = np.tanh(x @ W_n + b_n + r * q)",
        replace="n = np.tanh(x @ W_n + b_n + (1 - r) * q)",
        hint="Your candidate sees most where the reset gate is shut. r at 1 means that all of the old state "
        "is seen.",
    ),
    Misconception(
        "after-reset-scales-all",
        "candidate_after",
        find="n = np.tanh(x @ W_n + b_n + r * q)",
        replace="n = np.tanh(r * (x @ W_n + b_n + q))",
        hint="The reset gate scales the input's part as well. It is there to hide the old state, not the "
        "input.",
    ),
    Misconception(
        "after-reset-outside",
        "candidate_after",
        find="n = np.tanh(x @ W_n + b_n + r * q)",
        replace="n = r * np.tanh(x @ W_n + b_n + q)",
        hint="The reset gate stands outside of the tanh and scales the whole candidate. It belongs inside, at "
        "the old state's part only.",
    ),
    Misconception(
        "after-candidate-sigmoid",
        "candidate_after",
        find="n = np.tanh(x @ W_n + b_n + r * q)",
        replace="n = sigmoid(x @ W_n + b_n + r * q)",
        hint="The candidate is content, not a gate. Through a sigmoid it is never negative, and no input "
        "could lower the state below zero.",
    ),
    Misconception(
        "after-candidate-relu",
        "candidate_after",
        find="n = np.tanh(x @ W_n + b_n + r * q)",
        replace="n = np.maximum(x @ W_n + b_n + r * q, 0.0)",
        hint="Look at the curve of the candidate. With a ReLU the state could only grow, and without bound.",
    ),
    Misconception(
        "after-candidate-linear",
        "candidate_after",
        find="n = np.tanh(x @ W_n + b_n + r * q)",
        replace="n = x @ W_n + b_n + r * q",
        hint="The candidate has not been squashed. Nothing bounds the state then.",
    ),
    Misconception(
        "after-without-outer-bias",
        "candidate_after",
        find="n = np.tanh(x @ W_n + b_n + r * q)",
        replace="n = np.tanh(x @ W_n + r * q)",
        hint="b_n, the third block of b, is missing. There are two biases, one outside of what r scales and "
        "one inside.",
    ),
    Misconception(
        "after-without-inner-bias",
        "candidate_after",
        find='q = h_prev @ U_n + params["b_u"]',
        replace="q = h_prev @ U_n",
        hint="b_u is missing. There are two biases, one outside of what r scales and one inside.",
    ),
    Misconception(
        "after-biases-changed-places",
        "candidate_after",
        find='q = h_prev @ U_n + params["b_u"]\n    n = np.tanh(x @ W_n + b_n + r * q)',
        replace='q = h_prev @ U_n + b_n\n    n = np.tanh(x @ W_n + params["b_u"] + r * q)',
        hint="The two biases have changed places. b_u is the one that the reset gate scales.",
    ),
    Misconception(
        "after-without-input",
        "candidate_after",
        find="n = np.tanh(x @ W_n + b_n + r * q)",
        replace="n = np.tanh(b_n + r * q)",
        hint="The input x does not enter the candidate, so nothing new could ever get into the state.",
    ),
    Misconception(
        "after-without-state",
        "candidate_after",
        find="n = np.tanh(x @ W_n + b_n + r * q)",
        replace="n = np.tanh(x @ W_n + b_n)",
        hint="The old state does not enter the candidate. It does, as far as the reset gate lets it.",
    ),
    Misconception(
        "after-update-block",
        "candidate_after",
        find='W_n, U_n, b_n = params["W"][:, 2 * H :], params["U"][:, 2 * H :], params["b"][2 * H :]',
        replace='W_n, U_n, b_n = (params[name][..., H : 2 * H] for name in ("W", "U", "b"))',
        hint="You read the second block, which is the update gate's. The candidate's is the third.",
    ),
    Misconception(
        "after-u-transposed",
        "candidate_after",
        find="h_prev @ U_n +",
        replace="h_prev @ U_n.T +",
        hint="The candidate's block of U is transposed. It is square, so nothing complains; but a state in "
        "rows stands to the left of U as it is.",
    ),
    Misconception(
        "after-q-with-reset",
        "candidate_after",
        find="    return n, q\n",
        replace="    return n, r * q\n",
        hint="The candidate is right, but q comes back with the reset gate in it. The way back needs what r "
        "multiplies, not the product.",
    ),
    Misconception(
        "after-returns-q-n",
        "candidate_after",
        find="    return n, q\n",
        replace="    return q, n\n",
        hint="The two results come back in the wrong order: the candidate is first, then q.",
    ),
    Misconception(
        "after-squashed-twice",
        "candidate_after",
        find="n = np.tanh(x @ W_n + b_n + r * q)",
        replace="n = np.tanh(np.tanh(x @ W_n + b_n + r * q))",
        hint="The candidate passes through its curve twice. Once is enough.",
    ),
]

CANDIDATE_BEFORE = [
    Misconception(
        "before-resets-after",
        "candidate_before",
        find="n = np.tanh(x @ W_n + b_n + q @ U_n)",
        replace="n = np.tanh(x @ W_n + b_n + r * (h_prev @ U_n))",
        hint="You reset after the product with U, as in section 2. Here r scales the old state first, and U "
        "sees only what is left of it.",
    ),
    Misconception(
        "before-no-reset",
        "candidate_before",
        find="n = np.tanh(x @ W_n + b_n + q @ U_n)",
        replace="n = np.tanh(x @ W_n + b_n + h_prev @ U_n)",
        hint="The reset gate has no part in your candidate, which always sees all of the old state.",
    ),
    Misconception(
        "before-reset-twice",
        "candidate_before",
        find="n = np.tanh(x @ W_n + b_n + q @ U_n)",
        replace="n = np.tanh(x @ W_n + b_n + r * (q @ U_n))",
        hint="You reset twice, before the product and after it. One of the two is enough, here the first.",
    ),
    Misconception(
        "before-reset-turned-round",
        "candidate_before",
        find="q = r * h_prev",
        replace="q = (1 - r) * h_prev",
        hint="Your candidate sees most where the reset gate is shut. r at 1 means that all of the old state "
        "is seen.",
    ),
    Misconception(
        "before-reset-scales-all",
        "candidate_before",
        find="n = np.tanh(x @ W_n + b_n + q @ U_n)",
        replace="n = np.tanh(r * (x @ W_n + b_n) + q @ U_n)",
        hint="The reset gate scales the input's part as well. It is there to hide the old state, not the "
        "input.",
    ),
    Misconception(
        "before-candidate-sigmoid",
        "candidate_before",
        find="n = np.tanh(x @ W_n + b_n + q @ U_n)",
        replace="n = sigmoid(x @ W_n + b_n + q @ U_n)",
        hint="The candidate is content, not a gate. Through a sigmoid it is never negative, and no input "
        "could lower the state below zero.",
    ),
    Misconception(
        "before-candidate-linear",
        "candidate_before",
        find="n = np.tanh(x @ W_n + b_n + q @ U_n)",
        replace="n = x @ W_n + b_n + q @ U_n",
        hint="The candidate has not been squashed. Nothing bounds the state then.",
    ),
    Misconception(
        "before-without-bias",
        "candidate_before",
        find="n = np.tanh(x @ W_n + b_n + q @ U_n)",
        replace="n = np.tanh(x @ W_n + q @ U_n)",
        hint="The bias b_n, the third block of b, is missing from the sum.",
    ),
    Misconception(
        "before-without-input",
        "candidate_before",
        find="n = np.tanh(x @ W_n + b_n + q @ U_n)",
        replace="n = np.tanh(b_n + q @ U_n)",
        hint="The input x does not enter the candidate, so nothing new could ever get into the state.",
    ),
    Misconception(
        "before-without-state",
        "candidate_before",
        find="n = np.tanh(x @ W_n + b_n + q @ U_n)",
        replace="n = np.tanh(x @ W_n + b_n)",
        hint="The old state does not enter the candidate. It does, as far as the reset gate lets it.",
    ),
    Misconception(
        "before-update-block",
        "candidate_before",
        find='W_n, U_n, b_n = params["W"][:, 2 * H :], params["U"][:, 2 * H :], params["b"][2 * H :]',
        replace='W_n, U_n, b_n = (params[name][..., H : 2 * H] for name in ("W", "U", "b"))',
        hint="You read the second block, which is the update gate's. The candidate's is the third.",
    ),
    Misconception(
        "before-u-transposed",
        "candidate_before",
        find="q @ U_n)",
        replace="q @ U_n.T)",
        hint="The candidate's block of U is transposed. It is square, so nothing complains; but a state in "
        "rows stands to the left of U as it is.",
    ),
    Misconception(
        "before-inner-bias",
        "candidate_before",
        find="q @ U_n)",
        replace='q @ U_n + params["b_u"])',
        hint="You ask for b_u. In this form there is none: a second bias outside of what r scales would have "
        "nothing to do.",
    ),
    Misconception(
        "before-q-after-product",
        "candidate_before",
        find="    return n, q\n",
        replace="    return n, q @ U_n\n",
        hint="The candidate is right, but q comes back after the product with U. The way back needs what went "
        "into it.",
    ),
    Misconception(
        "before-q-without-reset",
        "candidate_before",
        find="    return n, q\n",
        replace="    return n, h_prev\n",
        hint="The candidate is right, but q comes back without the reset gate. The way back needs what U "
        "multiplied.",
    ),
    Misconception(
        "before-returns-q-n",
        "candidate_before",
        find="    return n, q\n",
        replace="    return q, n\n",
        hint="The two results come back in the wrong order: the candidate is first, then q.",
    ),
]

STEP = [
    Misconception(
        "mixture-swapped",
        "gru_step",
        find="h = (1 - z) * n + z * h_prev",
        replace="h = z * n + (1 - z) * h_prev",
        hint="z and 1 - z have changed places: this is Chung's convention, in which z at 1 takes the new. "
        "Here, as in Cho's paper, PyTorch and Keras, it keeps the old.",
    ),
    Misconception(
        "mixture-candidate-unscaled",
        "gru_step",
        find="h = (1 - z) * n + z * h_prev",
        replace="h = n + z * h_prev",
        hint="The candidate enters in full. Whatever share the old state keeps, the candidate gets the rest "
        "of it, and no more.",
    ),
    Misconception(
        "mixture-old-unscaled",
        "gru_step",
        find="h = (1 - z) * n + z * h_prev",
        replace="h = (1 - z) * n + h_prev",
        hint="The old state is kept in full, whatever the update gate says. Then the state grows without "
        "bound.",
    ),
    Misconception(
        "mixture-same-gate-twice",
        "gru_step",
        find="h = (1 - z) * n + z * h_prev",
        replace="h = z * n + z * h_prev",
        hint="Both terms get z. If the one gets z, the other gets what is left.",
    ),
    Misconception(
        "mixture-by-reset-gate",
        "gru_step",
        find="h = (1 - z) * n + z * h_prev",
        replace="h = (1 - r) * n + r * h_prev",
        hint="You mix with the reset gate. That one has done its work in the candidate; the mixture is the "
        "update gate's.",
    ),
    Misconception(
        "mixture-minus",
        "gru_step",
        find="h = (1 - z) * n + z * h_prev",
        replace="h = (1 - z) * n - z * h_prev",
        hint="The old state is subtracted. The two terms are added.",
    ),
    Misconception(
        "mixture-of-q",
        "gru_step",
        find="h = (1 - z) * n + z * h_prev",
        replace="h = (1 - z) * q + z * h_prev",
        hint="You mix in q, which the candidate's function returns second. The candidate is the first.",
    ),
    Misconception(
        "mixture-forgets-all",
        "gru_step",
        find="h = (1 - z) * n + z * h_prev",
        replace="h = n",
        hint="The old state has no part in the new one. That is a plain network with a gate inside.",
    ),
    Misconception(
        "state-squashed",
        "gru_step",
        find="h = (1 - z) * n + z * h_prev",
        replace="h = np.tanh((1 - z) * n + z * h_prev)",
        hint="The mixture goes through a tanh once more. Then nothing can be kept: even with z at 1 the state "
        "shrinks at every step.",
    ),
    Misconception(
        "candidate-gets-update-gate",
        "gru_step",
        find="candidate(x, h_prev, r, params)\n    h",
        replace="candidate(x, h_prev, z, params)\n    h",
        hint="The candidate is handed the update gate where it expects the reset gate. Both have the same "
        "shape, so nothing complains.",
    ),
    Misconception(
        "candidate-reset-already",
        "gru_step",
        find="candidate(x, h_prev, r, params)\n    h",
        replace="candidate(x, r * h_prev, r, params)\n    h",
        hint="You reset the state before you hand it to the candidate, which does so itself. Whether before "
        "or after the product is its own business.",
    ),
    Misconception(
        "step-own-gates",
        "gru_step",
        find="r, z = gates(x",
        replace="r, z = gru_gates(x",
        hint="The function was handed `gates` and did not use them, but called your gru_gates. Call the name "
        "from the argument list.",
    ),
    Misconception(
        "step-own-candidate",
        "gru_step",
        find="n, q = candidate(x",
        replace="n, q = candidate_after(x",
        hint="The function was handed a `candidate` and did not use it, but called your candidate_after. Then "
        "there is no way to run the other form. Call the name from the argument list.",
    ),
    Misconception(
        "step-returns-cache-first",
        "gru_step",
        find="    return h, cache\n",
        replace="    return cache, h\n",
        hint="The state comes first, then the cache.",
    ),
    Misconception(
        "step-returns-state-only",
        "gru_step",
        find="    return h, cache\n",
        replace="    return h\n",
        hint="Only the state comes back. The way back needs the cache as well.",
    ),
    Misconception(
        "step-float32",
        "gru_step",
        find="    return h, cache\n",
        replace="    return h.astype(np.float32), cache\n",
        hint="The state is right, but only to seven digits: somewhere it becomes float32. Then no numeric "
        "check can tell a mistake from rounding.",
    ),
    Misconception(
        "step-in-place",
        "gru_step",
        find='h = (1 - z) * n + z * h_prev\n    cache = {"x": x, "h_prev": h_prev,',
        replace="kept = h_prev.copy()\n"
        "    h_prev *= z\n"
        "    h_prev += (1 - z) * n\n"
        "    h = h_prev.copy()\n"
        '    cache = {"x": x, "h_prev": kept,',
        hint="The state is right, but the array that came in as `h_prev` is changed. The caller still needs "
        "it, and so does your cache: make a new array.",
    ),
    Misconception(
        "candidate-in-place",
        "gru_step",
        find="h = (1 - z) * n + z * h_prev",
        replace="h = z * h_prev\n    n *= 1 - z\n    h = h + n\n    n = n / (1 - z)",
        hint="The state is right, but you scale the candidate in place, in an array that was handed to you. "
        "Make a new one.",
    ),
    Misconception(
        "cache-new-state",
        "gru_step",
        find='"h_prev": h_prev',
        replace='"h_prev": h',
        hint="Under h_prev the cache holds the new state. The way back needs the one that came in.",
    ),
    Misconception(
        "cache-gates-swapped",
        "gru_step",
        find='"r": r, "z": z',
        replace='"r": z, "z": r',
        hint="In the cache the two gates have changed names.",
    ),
    Misconception(
        "cache-q-and-n-swapped",
        "gru_step",
        find='"n": n, "q": q',
        replace='"n": q, "q": n',
        hint="In the cache the candidate and q have changed names.",
    ),
    Misconception(
        "cache-state-for-candidate",
        "gru_step",
        find='"n": n,',
        replace='"n": h,',
        hint="Under n the cache holds the new state. The way back needs the candidate, before it was mixed.",
    ),
    Misconception(
        "cache-without-params",
        "gru_step",
        find=', "params": params}',
        replace="}",
        hint="The parameters are missing from the cache. The way back multiplies with them, and gets nothing "
        "else but the cache.",
        ties=("cache-flat-params",),
    ),
    Misconception(
        "cache-without-q",
        "gru_step",
        find=', "q": q',
        replace="",
        hint="q is missing from the cache. The way back through the candidate needs it.",
    ),
    Misconception(
        "cache-flat-params",
        "gru_step",
        find=', "params": params}',
        replace=", **params}",
        hint="The cache holds the parameters one by one. It should hold the dict of them, under the key "
        "params.",
        ties=("cache-without-params",),
    ),
]

SEQUENCE = [
    Misconception(
        "state-never-fed-back",
        "gru_sequence",
        find="step(x[t], h, params)\n        hs",
        replace="step(x[t], h0, params)\n        hs",
        hint="Every step starts from h0. Each must get the state that the step before left.",
    ),
    Misconception(
        "h0-ignored",
        "gru_sequence",
        find="T, h = x.shape[0], h0",
        replace="T, h = x.shape[0], np.zeros_like(h0)",
        hint="The first step starts from zero. It has to start from the h0 that is handed in, or a sequence "
        "cannot be continued.",
    ),
    Misconception(
        "time-reversed",
        "gru_sequence",
        find="for t in range(T):",
        replace="for t in reversed(range(T)):",
        hint="You walk through the sequence from its end. Only the way back does that.",
    ),
    Misconception(
        "input-reversed",
        "gru_sequence",
        find="step(x[t], h, params)\n        hs",
        replace="step(x[T - 1 - t], h, params)\n        hs",
        hint="The first step is shown the last input. Step t reads the input of step t.",
    ),
    Misconception(
        "first-input-repeated",
        "gru_sequence",
        find="step(x[t], h, params)\n        hs",
        replace="step(x[0], h, params)\n        hs",
        hint="Every step reads the same input, the first. Step t reads the input of step t.",
    ),
    Misconception(
        "last-state-repeated",
        "gru_sequence",
        find="hs[t] = h\n",
        replace="hs[:] = h\n",
        hint="Every entry of hs is the last state. Keep each step's own.",
    ),
    Misconception(
        "hs-starts-with-h0",
        "gru_sequence",
        find="    return hs, caches\n",
        replace="    return np.concatenate([h0[None], hs[:-1]]), caches\n",
        hint="hs begins with h0, so everything stands one place late and the last state is lost. hs[0] is the "
        "state after the first input.",
    ),
    Misconception(
        "hs-with-initial-state",
        "gru_sequence",
        find="    return hs, caches\n",
        replace="    return np.concatenate([h0[None], hs]), caches\n",
        hint="hs has one entry too many: the initial state does not belong in it.",
    ),
    Misconception(
        "last-step-left-out",
        "gru_sequence",
        find="for t in range(T):",
        replace="for t in range(T - 1):",
        hint="The loop ends one step early: the last entries are still zero.",
    ),
    Misconception(
        "first-step-left-out",
        "gru_sequence",
        find="for t in range(T):",
        replace="for t in range(1, T):",
        hint="The loop begins one step late: the first input is never read.",
    ),
    Misconception(
        "batch-before-time",
        "gru_sequence",
        find="    return hs, caches\n",
        replace="    return hs.swapaxes(0, 1), caches\n",
        hint="Your states have the batch first. In this course time is the first axis: (T, N, H).",
    ),
    Misconception(
        "last-state-only",
        "gru_sequence",
        find="    return hs, caches\n",
        replace="    return hs[-1], caches\n",
        hint="Only the last state comes back. All T of them are wanted.",
    ),
    Misconception(
        "sequence-squeezed",
        "gru_sequence",
        find="    return hs, caches\n",
        replace="    return np.squeeze(hs), caches\n",
        hint="An axis of length 1 is gone. With one step, or one sequence in the batch, the shape is still "
        "(T, N, H).",
    ),
    Misconception(
        "caches-reversed",
        "gru_sequence",
        find="caches.append(cache)",
        replace="caches.insert(0, cache)",
        hint="The caches come back last step first. They belong in the order of time; the way back will turn "
        "round by itself.",
    ),
    Misconception(
        "caches-last-only",
        "gru_sequence",
        find="caches.append(cache)",
        replace="caches = [cache]",
        hint="Only one cache is left at the end. The way back needs the cache of every step.",
    ),
    Misconception(
        "sequence-own-step",
        "gru_sequence",
        find="h, cache = step(",
        replace="h, cache = gru_step(",
        hint="The function was handed a `step` and did not use it, but called your gru_step. Call the name "
        "from the argument list.",
    ),
]

FLIP = [
    Misconception(
        "flip-reset-gate",
        "flip_update",
        find="signs = np.repeat([1.0, -1.0, 1.0], H)",
        replace="signs = np.repeat([-1.0, 1.0, 1.0], H)",
        hint="You have turned the signs of the first block round, which is the reset gate's. The update gate "
        "has the second.",
    ),
    Misconception(
        "flip-candidate",
        "flip_update",
        find="signs = np.repeat([1.0, -1.0, 1.0], H)",
        replace="signs = np.repeat([1.0, 1.0, -1.0], H)",
        hint="You have turned the signs of the third block round, which is the candidate's. The update gate "
        "has the second.",
    ),
    Misconception(
        "flip-both-gates",
        "flip_update",
        find="signs = np.repeat([1.0, -1.0, 1.0], H)",
        replace="signs = np.repeat([-1.0, -1.0, 1.0], H)",
        hint="The reset gate has been turned round as well. It means the same in both conventions.",
    ),
    Misconception(
        "flip-everything",
        "flip_update",
        find="signs = np.repeat([1.0, -1.0, 1.0], H)",
        replace="signs = -np.ones(3 * H)",
        hint="All signs have been turned round. Only what goes into the update gate changes its sign.",
    ),
    Misconception(
        "flip-nothing",
        "flip_update",
        find="signs = np.repeat([1.0, -1.0, 1.0], H)",
        replace="signs = np.ones(3 * H)",
        hint="The weights come back as they were. Which sum decides where z is open?",
    ),
    Misconception(
        "flip-bias-forgotten",
        "flip_update",
        find='for name in ("W", "U", "b")',
        replace='for name in ("W", "U")',
        hint="The bias of the update gate still has its old sign. It goes into the sum like the rest: a bias "
        "of 3, for long memory, becomes -3.",
    ),
    Misconception(
        "flip-bias-only",
        "flip_update",
        find='for name in ("W", "U", "b")',
        replace='for name in ("b",)',
        hint="Only the bias has been turned round. All that goes into the sum of z changes its sign, with x "
        "and with h as well.",
    ),
    Misconception(
        "flip-recurrent-forgotten",
        "flip_update",
        find='for name in ("W", "U", "b")',
        replace='for name in ("W", "b")',
        hint="The recurrent weights of the update gate still have their old signs.",
    ),
    Misconception(
        "flip-input-forgotten",
        "flip_update",
        find='for name in ("W", "U", "b")',
        replace='for name in ("U", "b")',
        hint="The input weights of the update gate still have their old signs.",
    ),
    Misconception(
        "flip-one-minus",
        "flip_update",
        find="signs = np.repeat([1.0, -1.0, 1.0], H)\n"
        '    flipped = {name: params[name] * signs for name in ("W", "U", "b")}',
        replace="signs = np.repeat([0.0, 1.0, 0.0], H)\n"
        '    flipped = {name: signs - params[name] * (2 * signs - 1) for name in ("W", "U", "b")}',
        hint="You have put one minus the weights where their negatives belong. One minus the *gate* is "
        "wanted; look at the formula for what that does to its argument.",
    ),
    Misconception(
        "flip-blocks-swapped",
        "flip_update",
        find="    return {**flipped, **others}",
        replace="    order = np.r_[H : 2 * H, :H, 2 * H : 3 * H]\n"
        "    return {**{name: params[name][..., order] for name in flipped}, **others}",
        hint="The blocks of r and z have changed places. That is the difference between two libraries' "
        "orders; the meaning of z is another matter.",
    ),
    Misconception(
        "flip-b-u-too",
        "flip_update",
        find="array.copy() for",
        replace="-array for",
        hint="b_u has been turned round. It belongs to the candidate, which is the same in both conventions.",
    ),
    Misconception(
        "flip-b-u-lost",
        "flip_update",
        find="    return {**flipped, **others}",
        replace="    return flipped",
        hint="b_u is missing from the new dict. What is not turned round has to come along all the same.",
    ),
    Misconception(
        "flip-b-u-expected",
        "flip_update",
        find="    return {**flipped, **others}",
        replace='    return {**flipped, "b_u": params["b_u"].copy()}',
        hint="You ask for b_u by name. The form with the reset before the product has none; take over "
        "whatever keys there are.",
    ),
    Misconception(
        "flip-in-place",
        "flip_update",
        find="signs = np.repeat([1.0, -1.0, 1.0], H)",
        replace="signs = np.repeat([1.0, -1.0, 1.0], H)\n"
        '    for name in ("W", "U", "b"):\n'
        "        params[name] *= signs\n"
        '    params = {**params, **{name: params[name] * signs for name in ("W", "U", "b")}}',
        hint="The result is right, but the weights that came in have been turned round too. Whoever still "
        "uses them gets another network: make new arrays.",
    ),
]

COUNTEREXAMPLE = [
    Misconception(
        "counterexample-transposed",
        "counterexample",
        find="[[0.0, 0.0], [value, 0.0]]",
        replace="[[0.0, value], [0.0, 0.0]]",
        hint="With your numbers nothing comes out in either form. Nobody listens to the unit that has "
        "something to say. In row form, U[k, j] is how unit j hears unit k.",
        ties=("counterexample-silent-state", "counterexample-gates-shut"),
    ),
    Misconception(
        "counterexample-silent-state",
        "counterexample",
        find="h = np.array([[0.0, 1.0]])",
        replace="h = np.array([[1.0, 0.0]])",
        hint="With your numbers nothing comes out in either form: the unit that the other listens to has a "
        "state of 0.",
        ties=("counterexample-transposed", "counterexample-gates-shut"),
    ),
    Misconception(
        "counterexample-gates-shut",
        "counterexample",
        find="r = np.array([[1.0, 0.0]])",
        replace="r = np.array([[0.0, 0.0]])",
        hint="With your numbers nothing comes out in either form: both gates are shut. Which of the two units "
        "must be allowed to hear?",
        ties=("counterexample-transposed", "counterexample-silent-state"),
    ),
    Misconception(
        "counterexample-gates-swapped",
        "counterexample",
        find="r = np.array([[1.0, 0.0]])",
        replace="r = np.array([[0.0, 1.0]])",
        hint="You have the two forms the wrong way round: before the product something comes out, after it "
        "nothing. Shut the gate of the unit that is heard, not of the one that hears.",
    ),
    Misconception(
        "counterexample-gates-open",
        "counterexample",
        find="r = np.array([[1.0, 0.0]])",
        replace="r = np.array([[1.0, 1.0]])",
        hint="Both of your gates are open, so both forms give the same. One of the two has to be shut to make "
        "a difference.",
        ties=("counterexample-self-loop",),
    ),
    Misconception(
        "counterexample-self-loop",
        "counterexample",
        find="[[0.0, 0.0], [value, 0.0]])\n    h = np.array([[0.0, 1.0]])",
        replace="[[value, 0.0], [0.0, value]])\n    h = np.array([[1.0, 1.0]])",
        hint="Each of your units listens to itself alone. Then its gate is at once the source's and the "
        "listener's, and the two forms are the same. Let one unit hear the other.",
        ties=("counterexample-gates-open",),
    ),
    Misconception(
        "counterexample-half-open",
        "counterexample",
        find="r = np.array([[1.0, 0.0]])",
        replace="r = np.array([[0.5, 0.5]])",
        hint="Both gates are equally open. Then it makes no difference where they stand.",
    ),
    Misconception(
        "counterexample-value-ignored",
        "counterexample",
        find="[value, 0.0]]",
        replace="[1.0, 0.0]]",
        hint="Your example is a good one, but always with the same number. The value that is handed in should "
        "come out.",
    ),
    Misconception(
        "counterexample-value-in-state",
        "counterexample",
        find="U = np.array([[0.0, 0.0], [value, 0.0]])\n    h = np.array([[0.0, 1.0]])",
        replace="U = np.array([[0.0, 0.0], [1.0, 0.0]])\n    h = np.array([[0.0, value]])",
        hint="You put the value into the state. A GRU's state lies between -1 and 1, so it is cut off there; "
        "in U you may put what you like.",
    ),
    Misconception(
        "counterexample-vectors",
        "counterexample",
        find="h = np.array([[0.0, 1.0]])\n    r = np.array([[1.0, 0.0]])",
        replace="h = np.array([0.0, 1.0])\n    r = np.array([1.0, 0.0])",
        hint="The numbers are right, but h and r have one axis. One row of a batch has two: (1, 2).",
    ),
]

TORCH = [
    Misconception(
        "torch-not-transposed",
        "from_torch",
        find='return {"W": state["weight_ih_l0"].T, "U": state["weight_hh_l0"].T, "b": b, "b_u": beside_h[2 * '
        "H :]}",
        replace='return {"W": state["weight_ih_l0"], "U": state["weight_hh_l0"], "b": b, "b_u": beside_h[2 * H '
        ":]}",
        hint="PyTorch keeps the blocks in rows. Yours belong in columns, and your matrices still have them in "
        "rows.",
    ),
    Misconception(
        "torch-reshaped",
        "from_torch",
        find='return {"W": state["weight_ih_l0"].T, "U": state["weight_hh_l0"].T, "b": b, "b_u": beside_h[2 * '
        "H :]}",
        replace='return {"W": state["weight_ih_l0"].reshape(-1, 3 * H), "U": state["weight_hh_l0"].reshape(-1, 3 '
        '* H), "b": b, "b_u": beside_h[2 * H :]}',
        hint="The shapes are right and the numbers are in the wrong places: a reshape keeps their order, a "
        "transpose turns rows into columns.",
    ),
    Misconception(
        "torch-names-swapped",
        "from_torch",
        find='return {"W": state["weight_ih_l0"].T, "U": state["weight_hh_l0"].T, "b": b, "b_u": beside_h[2 * '
        "H :]}",
        replace='return {"W": state["weight_hh_l0"].T, "U": state["weight_ih_l0"].T, "b": b, "b_u": beside_h[2 * '
        "H :]}",
        hint="The two matrices have changed places. In ih the i stands for the input.",
    ),
    Misconception(
        "torch-all-biases-added",
        "from_torch",
        find="b = np.concatenate([both[: 2 * H], beside_x[2 * H :]])",
        replace="b, beside_h = both, np.zeros_like(beside_h)",
        hint="You have added the two biases in all three blocks and left nothing for b_u. For r and z that is "
        "right; in the candidate the reset gate scales one of the two.",
    ),
    Misconception(
        "torch-candidate-bias-twice",
        "from_torch",
        find="b = np.concatenate([both[: 2 * H], beside_x[2 * H :]])",
        replace="b = both",
        hint="The candidate's inner bias counts twice: it has been added to b and stands in b_u as well.",
    ),
    Misconception(
        "torch-biases-not-added",
        "from_torch",
        find="b = np.concatenate([both[: 2 * H], beside_x[2 * H :]])",
        replace="b = beside_x",
        hint="Only the bias beside the input has come along for r and z. PyTorch adds the other to it.",
    ),
    Misconception(
        "torch-hidden-bias-only",
        "from_torch",
        find="b = np.concatenate([both[: 2 * H], beside_x[2 * H :]])",
        replace="b = beside_h",
        hint="The bias that stands beside the input has been lost.",
    ),
    Misconception(
        "torch-inner-bias-zero",
        "from_torch",
        find='return {"W": state["weight_ih_l0"].T, "U": state["weight_hh_l0"].T, "b": b, "b_u": beside_h[2 * '
        "H :]}",
        replace='return {"W": state["weight_ih_l0"].T, "U": state["weight_hh_l0"].T, "b": b, "b_u": np.zeros(H)}',
        hint="b_u is zero. The third block of the bias beside the state belongs there.",
    ),
    Misconception(
        "torch-inner-bias-from-input",
        "from_torch",
        find="b = np.concatenate([both[: 2 * H], beside_x[2 * H :]])",
        replace="b = np.concatenate([both[: 2 * H], beside_h[2 * H :]])\n    beside_h = beside_x",
        hint="The candidate's two biases have changed places. The one beside the state's product is what r "
        "scales.",
    ),
    Misconception(
        "torch-inner-bias-first-block",
        "from_torch",
        find='return {"W": state["weight_ih_l0"].T, "U": state["weight_hh_l0"].T, "b": b, "b_u": beside_h[2 * '
        "H :]}",
        replace='return {"W": state["weight_ih_l0"].T, "U": state["weight_hh_l0"].T, "b": b, "b_u": beside_h[:H]}',
        hint="b_u has been cut from the first block, which is the reset gate's. The candidate's is the third.",
    ),
    Misconception(
        "torch-whole-hidden-bias",
        "from_torch",
        find='return {"W": state["weight_ih_l0"].T, "U": state["weight_hh_l0"].T, "b": b, "b_u": beside_h[2 * '
        "H :]}",
        replace='return {"W": state["weight_ih_l0"].T, "U": state["weight_hh_l0"].T, "b": b, "b_u": beside_h}',
        hint="b_u holds all three blocks. It is the candidate's alone, (H,).",
    ),
    Misconception(
        "torch-keras-order",
        "from_torch",
        find='return {"W": state["weight_ih_l0"].T, "U": state["weight_hh_l0"].T, "b": b, "b_u": beside_h[2 * '
        "H :]}",
        replace="order = np.r_[H : 2 * H, :H, 2 * H : 3 * H]\n"
        '    return {"W": state["weight_ih_l0"].T[:, order], "U": state["weight_hh_l0"].T[:, order], '
        '"b": b[order], "b_u": beside_h[2 * H :]}',
        hint="You have exchanged the blocks of r and z. PyTorch's order is ours; Keras's is the other one.",
    ),
    Misconception(
        "torch-without-b-u",
        "from_torch",
        find='return {"W": state["weight_ih_l0"].T, "U": state["weight_hh_l0"].T, "b": b, "b_u": beside_h[2 * '
        "H :]}",
        replace='return {"W": state["weight_ih_l0"].T, "U": state["weight_hh_l0"].T, "b": b}',
        hint="b_u is missing. Without it this is the other kind of GRU, with the reset before the product.",
    ),
    Misconception(
        "torch-update-turned-round",
        "from_torch",
        find="b = np.concatenate([both[: 2 * H], beside_x[2 * H :]])",
        replace="b = np.concatenate([both[: 2 * H], beside_x[2 * H :]])\n    b[H : 2 * H] *= -1.0",
        hint="The update gate's bias has its sign turned round. PyTorch's z keeps, as ours does: nothing is "
        "to be turned.",
    ),
    Misconception(
        "torch-in-place",
        "from_torch",
        find="both = beside_x + beside_h",
        replace="both = beside_x.copy() + beside_h\n    beside_x[: 2 * H] = both[: 2 * H]",
        hint="Your params are right, but PyTorch's own array has been changed. Adding in place adds to the "
        "caller's bias.",
    ),
]

MIX = [
    Misconception(
        "dn-by-z",
        "mix_backward",
        find="dn = dh * (1 - z)",
        replace="dn = dh * z",
        hint="The candidate's gradient is scaled by z. In the mixture the candidate stands beside 1 - z.",
    ),
    Misconception(
        "dn-unscaled",
        "mix_backward",
        find="dn = dh * (1 - z)",
        replace="dn = dh",
        hint="The candidate gets the whole gradient. In the mixture something stands beside it.",
    ),
    Misconception(
        "dz-sign",
        "mix_backward",
        find="(h_prev - n)",
        replace="(n - h_prev)",
        hint="The update gate's gradient has the wrong sign. If z grows, there is more of the old state and "
        "less of the candidate.",
    ),
    Misconception(
        "dz-old-only",
        "mix_backward",
        find="(h_prev - n)",
        replace="h_prev",
        hint="The update gate stands twice in the mixture, in z and in 1 - z. You have seen it once.",
    ),
    Misconception(
        "dz-candidate-only",
        "mix_backward",
        find="(h_prev - n)",
        replace="-n",
        hint="The update gate stands twice in the mixture, in z and in 1 - z. You have left out the old state.",
    ),
    Misconception(
        "dz-sum",
        "mix_backward",
        find="(h_prev - n)",
        replace="(h_prev + n)",
        hint="The candidate enters the update gate's gradient with a plus. In the mixture it stands beside 1 "
        "- z.",
    ),
    Misconception(
        "dz-from-q",
        "mix_backward",
        find="(h_prev - n)",
        replace='(h_prev - cache["q"])',
        hint="q is not what is mixed. The candidate is.",
    ),
    Misconception(
        "candidate-slope-not-squared",
        "mix_backward",
        find="(1 - n**2)",
        replace="(1 - n)",
        hint="Look at the slope of the candidate's tanh: something is not squared.",
    ),
    Misconception(
        "candidate-slope-missing",
        "mix_backward",
        find="da_n = dn * (1 - n**2)",
        replace="da_n = dn",
        hint="The candidate comes out of a tanh. Its slope is missing.",
    ),
    Misconception(
        "candidate-slope-sigmoid",
        "mix_backward",
        find="(1 - n**2)",
        replace="n * (1 - n)",
        hint="The candidate gets the slope of a sigmoid. It came out of a tanh.",
    ),
    Misconception(
        "candidate-slope-twice",
        "mix_backward",
        find="(1 - n**2)",
        replace="(1 - np.tanh(n) ** 2)",
        hint="The cache holds the candidate after its tanh, and you take the tanh once more.",
    ),
    Misconception(
        "candidate-slope-plus",
        "mix_backward",
        find="(1 - n**2)",
        replace="(1 + n**2)",
        hint="The slope of the tanh is never above 1. Look at its sign.",
    ),
    Misconception(
        "update-slope-missing",
        "mix_backward",
        find="da_z = dz * z * (1 - z)",
        replace="da_z = dz",
        hint="The update gate comes out of a sigmoid. Its slope is missing.",
    ),
    Misconception(
        "update-slope-one-minus",
        "mix_backward",
        find="da_z = dz * z * (1 - z)",
        replace="da_z = dz * (1 - z)",
        hint="One factor of the sigmoid's slope is missing in the update gate.",
    ),
    Misconception(
        "update-slope-tanh",
        "mix_backward",
        find="da_z = dz * z * (1 - z)",
        replace="da_z = dz * (1 - z**2)",
        hint="The update gate gets the slope of a tanh. It came out of a sigmoid.",
    ),
    Misconception(
        "update-slope-of-output",
        "mix_backward",
        find="da_z = dz * z * (1 - z)",
        replace="da_z = dz * sigmoid(z) * (1 - sigmoid(z))",
        hint="You take the sigmoid of a gate that has been through it already. The slope can be written with "
        "the gate's own value.",
    ),
    Misconception(
        "sums-swapped",
        "mix_backward",
        find="    return da_n, da_z, dh_kept",
        replace="    return da_z, da_n, dh_kept",
        hint="da_n and da_z come back in the wrong order.",
    ),
    Misconception(
        "kept-dropped",
        "mix_backward",
        find="dh_kept = dh * z",
        replace="dh_kept = np.zeros_like(dh)",
        hint="No gradient goes along what was kept. That is the one path along which a GRU remembers.",
    ),
    Misconception(
        "kept-by-one-minus-z",
        "mix_backward",
        find="dh_kept = dh * z",
        replace="dh_kept = dh * (1 - z)",
        hint="What was kept gets the candidate's share. In the mixture z stands beside the old state.",
    ),
    Misconception(
        "kept-unscaled",
        "mix_backward",
        find="dh_kept = dh * z",
        replace="dh_kept = dh",
        hint="The old state gets the whole gradient. It was kept only as far as z was open.",
    ),
    Misconception(
        "kept-by-reset-gate",
        "mix_backward",
        find="dh_kept = dh * z",
        replace='dh_kept = dh * cache["r"]',
        hint="The wrong gate scales what was kept. The reset gate acts in the candidate only.",
    ),
    Misconception(
        "kept-from-dz",
        "mix_backward",
        find="dh_kept = dh * z",
        replace="dh_kept = da_z * z",
        hint="What goes to the old state starts from the gradient of h, not from that of the gate.",
    ),
    Misconception(
        "kept-by-division",
        "mix_backward",
        find="dh_kept = dh * z",
        replace="dh_kept = dn * z / (1 - z)",
        hint="You divide by a gate to get back what it multiplied. A gate can be exactly 0 or 1, and that "
        "gives NaN. You have the undivided thing.",
    ),
]

AFTER_BACKWARD = [
    Misconception(
        "after-dr-from-state",
        "candidate_after_backward",
        find="dr = da_n * q",
        replace="dr = da_n * h_prev",
        hint="The reset gate multiplied q, not the old state. The derivative of a product by one factor is "
        "the other factor.",
    ),
    Misconception(
        "after-dr-from-product",
        "candidate_after_backward",
        find="dr = da_n * q",
        replace="dr = da_n * r * q",
        hint="The derivative of a product by one factor is the other factor alone. You have both in it.",
    ),
    Misconception(
        "after-dr-like-before",
        "candidate_after_backward",
        find="dr = da_n * q",
        replace="dr = (da_n @ U_n.T) * h_prev",
        hint="This is the reset gate's gradient of the other form, with the reset before the product. Look at "
        "what r multiplies here.",
    ),
    Misconception(
        "after-dr-with-slope",
        "candidate_after_backward",
        find="dr = da_n * q",
        replace="dr = da_n * q * r * (1 - r)",
        hint="The slope of the reset gate's curve is in dr already. Here the gradient of the gate itself is "
        "wanted; its curve comes in section 11.",
    ),
    Misconception(
        "after-dr-without-bias",
        "candidate_after_backward",
        find="dr = da_n * q",
        replace='dr = da_n * (q - cache["params"]["b_u"])',
        hint="b_u stands inside the bracket that the reset gate multiplies, so it has a part in the gate's "
        "gradient.",
    ),
    Misconception(
        "after-dq-unscaled",
        "candidate_after_backward",
        find="dq = da_n * r",
        replace="dq = da_n",
        hint="The reset gate is missing on the way to q: what it shut off in the forward pass gets no "
        "gradient either.",
    ),
    Misconception(
        "after-dq-turned-round",
        "candidate_after_backward",
        find="dq = da_n * r",
        replace="dq = da_n * (1 - r)",
        hint="The gradient passes where the reset gate is shut. It must pass where the gate is open.",
    ),
    Misconception(
        "after-dq-by-z",
        "candidate_after_backward",
        find="dq = da_n * r",
        replace='dq = da_n * cache["z"]',
        hint="The wrong gate scales the way to q. The update gate stands in the mixture, not in the candidate.",
    ),
    Misconception(
        "after-seen-not-transposed",
        "candidate_after_backward",
        find="dq @ U_n.T",
        replace="dq @ U_n",
        hint="U_n is square, so nothing complains, but on the way back it has to be transposed.",
    ),
    Misconception(
        "after-seen-like-before",
        "candidate_after_backward",
        find="dh_seen = dq @ U_n.T",
        replace="dh_seen = (da_n @ U_n.T) * r",
        hint="You scale by the reset gate after U has been passed back. In this form the gate stood after the "
        "product, so on the way back it comes first.",
    ),
    Misconception(
        "after-update-block-backward",
        "candidate_after_backward",
        find="[:, 2 * h_prev.shape[1] :]",
        replace="[:, h_prev.shape[1] : 2 * h_prev.shape[1]]",
        hint="You go back through the second block of U, the update gate's. The candidate's is the third.",
    ),
    Misconception(
        "after-du-from-da",
        "candidate_after_backward",
        find='return dr, dh_seen, {"U_n": h_prev.T @ dq, "b_u": dq.sum(axis=0)}',
        replace='return dr, dh_seen, {"U_n": h_prev.T @ da_n, "b_u": dq.sum(axis=0)}',
        hint="In the gradient of U_n the reset gate is missing: U_n made q, and q was scaled afterwards.",
    ),
    Misconception(
        "after-du-from-q",
        "candidate_after_backward",
        find='return dr, dh_seen, {"U_n": h_prev.T @ dq, "b_u": dq.sum(axis=0)}',
        replace='return dr, dh_seen, {"U_n": q.T @ dq, "b_u": dq.sum(axis=0)}',
        hint="U_n multiplied the old state, not q. It is q that came out.",
    ),
    Misconception(
        "after-du-transposed",
        "candidate_after_backward",
        find='return dr, dh_seen, {"U_n": h_prev.T @ dq, "b_u": dq.sum(axis=0)}',
        replace='return dr, dh_seen, {"U_n": dq.T @ h_prev, "b_u": dq.sum(axis=0)}',
        hint="Your gradient of U_n is transposed. It is square, so nothing complains: rows belong to the "
        "state that came in.",
    ),
    Misconception(
        "after-db-from-da",
        "candidate_after_backward",
        find='return dr, dh_seen, {"U_n": h_prev.T @ dq, "b_u": dq.sum(axis=0)}',
        replace='return dr, dh_seen, {"U_n": h_prev.T @ dq, "b_u": da_n.sum(axis=0)}',
        hint="b_u gets the gradient of the outer bias. It stands inside the bracket that the reset gate "
        "scales.",
    ),
    Misconception(
        "after-db-mean",
        "candidate_after_backward",
        find='return dr, dh_seen, {"U_n": h_prev.T @ dq, "b_u": dq.sum(axis=0)}',
        replace='return dr, dh_seen, {"U_n": h_prev.T @ dq, "b_u": dq.mean(axis=0)}',
        hint="The gradient of b_u is averaged over the batch. Shared by all sequences means summed; if the "
        "loss is a mean, its 1/N is in dh already.",
    ),
    Misconception(
        "after-db-not-summed",
        "candidate_after_backward",
        find='return dr, dh_seen, {"U_n": h_prev.T @ dq, "b_u": dq.sum(axis=0)}',
        replace='return dr, dh_seen, {"U_n": h_prev.T @ dq, "b_u": dq}',
        hint="b_u has one entry a unit, and so has its gradient. Sum over the batch.",
    ),
    Misconception(
        "after-db-over-units",
        "candidate_after_backward",
        find='return dr, dh_seen, {"U_n": h_prev.T @ dq, "b_u": dq.sum(axis=0)}',
        replace='return dr, dh_seen, {"U_n": h_prev.T @ dq, "b_u": dq.sum(axis=1)}',
        hint="The gradient of b_u is summed over the units. It is the batch that shares the bias.",
    ),
    Misconception(
        "after-returns-seen-first",
        "candidate_after_backward",
        find='return dr, dh_seen, {"U_n": h_prev.T @ dq, "b_u": dq.sum(axis=0)}',
        replace='return dh_seen, dr, {"U_n": h_prev.T @ dq, "b_u": dq.sum(axis=0)}',
        hint="dr and dh_seen come back in the wrong order.",
    ),
]

BEFORE_BACKWARD = [
    Misconception(
        "before-dr-like-after",
        "candidate_before_backward",
        find="dr = dq * h_prev",
        replace="dr = da_n * q",
        hint="This is the reset gate's gradient of the other form. Here r multiplied the old state before U, "
        "so the gradient has to go back through U first.",
    ),
    Misconception(
        "before-dr-from-q",
        "candidate_before_backward",
        find="dr = dq * h_prev",
        replace="dr = dq * q",
        hint="The derivative of a product by one factor is the other factor alone. q has the gate in it.",
    ),
    Misconception(
        "before-dr-without-u",
        "candidate_before_backward",
        find="dr = dq * h_prev",
        replace="dr = da_n * h_prev",
        hint="Between the candidate's sum and the reset gate stands the product with U_n. The gradient has to "
        "go back through it.",
    ),
    Misconception(
        "before-dr-with-slope",
        "candidate_before_backward",
        find="dr = dq * h_prev",
        replace="dr = dq * h_prev * r * (1 - r)",
        hint="The slope of the reset gate's curve is in dr already. Here the gradient of the gate itself is "
        "wanted; its curve comes in section 11.",
    ),
    Misconception(
        "before-state-by-division",
        "candidate_before_backward",
        find="dr = dq * h_prev",
        replace="dr = dq * (q / r)",
        hint="You divide q by the gate to get the old state back. A shut gate is exactly 0, and that gives "
        "NaN. The cache holds the old state.",
    ),
    Misconception(
        "before-dq-not-transposed",
        "candidate_before_backward",
        find="dq = da_n @ U_n.T",
        replace="dq = da_n @ U_n",
        hint="U_n is square, so nothing complains, but on the way back it has to be transposed.",
    ),
    Misconception(
        "before-dq-scaled-early",
        "candidate_before_backward",
        find="dq = da_n @ U_n.T",
        replace="dq = (da_n * r) @ U_n.T",
        hint="The reset gate scales the gradient before U has been passed back, as in the other form. Here "
        "the gate stood before the product, so on the way back it comes last.",
    ),
    Misconception(
        "before-seen-unscaled",
        "candidate_before_backward",
        find="dh_seen = dq * r",
        replace="dh_seen = dq",
        hint="The reset gate is missing on the way to the old state: what it hid from the candidate gets no "
        "gradient from it.",
    ),
    Misconception(
        "before-seen-by-z",
        "candidate_before_backward",
        find="dh_seen = dq * r",
        replace='dh_seen = dq * cache["z"]',
        hint="The wrong gate scales the way to the old state. The update gate stands in the mixture, not in "
        "the candidate.",
    ),
    Misconception(
        "before-update-block-backward",
        "candidate_before_backward",
        find="[:, 2 * h_prev.shape[1] :]",
        replace="[:, h_prev.shape[1] : 2 * h_prev.shape[1]]",
        hint="You go back through the second block of U, the update gate's. The candidate's is the third.",
    ),
    Misconception(
        "before-du-from-state",
        "candidate_before_backward",
        find='return dr, dh_seen, {"U_n": q.T @ da_n}',
        replace='return dr, dh_seen, {"U_n": h_prev.T @ da_n}',
        hint="U_n did not see the whole old state. It multiplied q, which is what the reset gate left.",
    ),
    Misconception(
        "before-du-like-after",
        "candidate_before_backward",
        find='return dr, dh_seen, {"U_n": q.T @ da_n}',
        replace='return dr, dh_seen, {"U_n": h_prev.T @ (da_n * r)}',
        hint="This is the gradient of U_n of the other form. What did U_n multiply here, and what came out of "
        "it?",
    ),
    Misconception(
        "before-du-from-dq",
        "candidate_before_backward",
        find='return dr, dh_seen, {"U_n": q.T @ da_n}',
        replace='return dr, dh_seen, {"U_n": q.T @ dq}',
        hint="dq is the gradient of what went into U_n. Its own gradient needs that of what came out.",
    ),
    Misconception(
        "before-du-transposed",
        "candidate_before_backward",
        find='return dr, dh_seen, {"U_n": q.T @ da_n}',
        replace='return dr, dh_seen, {"U_n": da_n.T @ q}',
        hint="Your gradient of U_n is transposed. It is square, so nothing complains: rows belong to what "
        "came in.",
    ),
    Misconception(
        "before-du-over-batch",
        "candidate_before_backward",
        find='return dr, dh_seen, {"U_n": q.T @ da_n}',
        replace='return dr, dh_seen, {"U_n": q.T @ da_n / len(q)}',
        hint="The gradient of U_n is averaged over the batch. Shared by all sequences means summed.",
    ),
    Misconception(
        "before-returns-seen-first",
        "candidate_before_backward",
        find='return dr, dh_seen, {"U_n": q.T @ da_n}',
        replace='return dh_seen, dr, {"U_n": q.T @ da_n}',
        hint="dr and dh_seen come back in the wrong order.",
    ),
]

STEP_BACKWARD = [
    Misconception(
        "reset-slope-missing",
        "gru_step_backward",
        find="da_r = dr * r * (1 - r)",
        replace="da_r = dr",
        hint="The reset gate comes out of a sigmoid. Its slope is missing.",
    ),
    Misconception(
        "reset-slope-one-minus",
        "gru_step_backward",
        find="da_r = dr * r * (1 - r)",
        replace="da_r = dr * (1 - r)",
        hint="One factor of the sigmoid's slope is missing in the reset gate.",
    ),
    Misconception(
        "reset-slope-tanh",
        "gru_step_backward",
        find="da_r = dr * r * (1 - r)",
        replace="da_r = dr * (1 - r**2)",
        hint="The reset gate gets the slope of a tanh. It came out of a sigmoid.",
    ),
    Misconception(
        "reset-slope-of-update-gate",
        "gru_step_backward",
        find="da_r = dr * r * (1 - r)",
        replace='da_r = dr * cache["z"] * (1 - cache["z"])',
        hint="The reset gate gets the slope at the update gate's value.",
    ),
    Misconception(
        "da-order-z-r",
        "gru_step_backward",
        find="np.concatenate([da_r, da_z], axis=1)",
        replace="np.concatenate([da_z, da_r], axis=1)",
        hint="The blocks of r and z have changed places. They go into the columns from which the gates were "
        "read: r, z, n.",
    ),
    Misconception(
        "da-candidate-first",
        "gru_step_backward",
        find="da = np.concatenate([da_gates, da_n], axis=1)",
        replace="da = np.concatenate([da_n, da_gates], axis=1)",
        hint="The candidate's block stands before the gates'. They go into the columns from which they were "
        "read: r, z, n.",
    ),
    Misconception(
        "kept-path-dropped",
        "gru_step_backward",
        find="dh_prev = dh_kept + dh_seen + da_gates @ U[:, : 2 * H].T",
        replace="dh_prev = dh_seen + da_gates @ U[:, : 2 * H].T",
        hint="Of the four ways to the old state, the one that was kept is missing. It is the one along which "
        "a GRU remembers.",
    ),
    Misconception(
        "seen-path-dropped",
        "gru_step_backward",
        find="dh_prev = dh_kept + dh_seen + da_gates @ U[:, : 2 * H].T",
        replace="dh_prev = dh_kept + da_gates @ U[:, : 2 * H].T",
        hint="Of the four ways to the old state, the one through the candidate is missing.",
    ),
    Misconception(
        "gates-path-dropped",
        "gru_step_backward",
        find="dh_prev = dh_kept + dh_seen + da_gates @ U[:, : 2 * H].T",
        replace="dh_prev = dh_kept + dh_seen",
        hint="Of the four ways to the old state, the two through the gates are missing. They looked at it, "
        "too.",
    ),
    Misconception(
        "reset-path-dropped",
        "gru_step_backward",
        find="dh_prev = dh_kept + dh_seen + da_gates @ U[:, : 2 * H].T",
        replace="dh_prev = dh_kept + dh_seen + da_z @ U[:, H : 2 * H].T",
        hint="Of the four ways to the old state, the one through the reset gate is missing.",
    ),
    Misconception(
        "update-path-dropped",
        "gru_step_backward",
        find="dh_prev = dh_kept + dh_seen + da_gates @ U[:, : 2 * H].T",
        replace="dh_prev = dh_kept + dh_seen + da_r @ U[:, :H].T",
        hint="Of the four ways to the old state, the one through the update gate is missing.",
    ),
    Misconception(
        "candidate-path-twice",
        "gru_step_backward",
        find="dh_prev = dh_kept + dh_seen + da_gates @ U[:, : 2 * H].T",
        replace="dh_prev = dh_kept + dh_seen + da @ U.T",
        hint="You go back through all three blocks of U. The candidate's way is in dh_seen already, with the "
        "reset gate where it belongs.",
    ),
    Misconception(
        "candidate-path-without-reset",
        "gru_step_backward",
        find="dh_prev = dh_kept + dh_seen + da_gates @ U[:, : 2 * H].T",
        replace="dh_prev = dh_kept + da @ U.T",
        hint="You go back through the candidate's block of U as through the gates'. The reset gate stood in "
        "between; dh_seen has that way as it is.",
    ),
    Misconception(
        "gradient-also-unchanged",
        "gru_step_backward",
        find="dh_prev = dh_kept + dh_seen + da_gates @ U[:, : 2 * H].T",
        replace="dh_prev = dh + dh_seen + da_gates @ U[:, : 2 * H].T",
        hint="The gradient of h is sent on unchanged. What was kept gets its share only; mix has computed it.",
    ),
    Misconception(
        "gates-path-not-transposed",
        "gru_step_backward",
        find="dh_prev = dh_kept + dh_seen + da_gates @ U[:, : 2 * H].T",
        replace="dh_prev = dh_kept + dh_seen + da_r @ U[:, :H] + da_z @ U[:, H : 2 * H]",
        hint="The blocks of U are square, so nothing complains, but on the way back they have to be "
        "transposed.",
    ),
    Misconception(
        "gates-path-blocks-swapped",
        "gru_step_backward",
        find="dh_prev = dh_kept + dh_seen + da_gates @ U[:, : 2 * H].T",
        replace="dh_prev = dh_kept + dh_seen + da_z @ U[:, :H].T + da_r @ U[:, H : 2 * H].T",
        hint="Each gate goes back through the other's block of U.",
    ),
    Misconception(
        "dx-gates-only",
        "gru_step_backward",
        find="dx = da @ W.T",
        replace="dx = da_gates @ W[:, : 2 * H].T",
        hint="The input also went into the candidate. That way back is missing from dx.",
    ),
    Misconception(
        "dx-candidate-only",
        "gru_step_backward",
        find="dx = da @ W.T",
        replace="dx = da_n @ W[:, 2 * H :].T",
        hint="The input also went into the two gates. Those ways back are missing from dx.",
    ),
    Misconception(
        "dx-through-reshape",
        "gru_step_backward",
        find="dx = da @ W.T",
        replace="dx = da @ W.reshape(W.shape[::-1])",
        hint="W has been brought into shape by reshape, which keeps the order of its numbers and so mixes "
        "rows. A transpose turns rows into columns.",
    ),
    Misconception(
        "dx-transpose-missing",
        "gru_step_backward",
        find="dx = da @ W.T",
        replace="dx = da @ W",
        hint="The shapes of da and W do not fit like this. In the forward pass x met the rows of W; on the "
        "way back da meets its columns.",
    ),
    Misconception(
        "du-candidate-like-gates",
        "gru_step_backward",
        find='dU = np.concatenate([h_prev.T @ da_gates, own["U_n"]], axis=1)',
        replace="dU = h_prev.T @ da",
        hint="The third block of dU has been made like the gates' blocks. U_n did not meet the old state in "
        "the same way: the candidate's part knows its gradient.",
    ),
    Misconception(
        "du-candidate-first",
        "gru_step_backward",
        find='dU = np.concatenate([h_prev.T @ da_gates, own["U_n"]], axis=1)',
        replace='dU = np.concatenate([own["U_n"], h_prev.T @ da_gates], axis=1)',
        hint="The candidate's block of dU stands before the gates'. The order is r, z, n.",
    ),
    Misconception(
        "du-transposed-blocks",
        "gru_step_backward",
        find='dU = np.concatenate([h_prev.T @ da_gates, own["U_n"]], axis=1)',
        replace='dU = np.concatenate([da_r.T @ h_prev, da_z.T @ h_prev, own["U_n"]], axis=1)',
        hint="The gates' blocks of dU are transposed. They are square, so nothing complains: rows belong to "
        "the old state.",
    ),
    Misconception(
        "du-without-candidate",
        "gru_step_backward",
        find='dU = np.concatenate([h_prev.T @ da_gates, own["U_n"]], axis=1)',
        replace="dU = h_prev.T @ da_gates",
        hint="The candidate's block is missing from dU, which has the shape of U.",
    ),
    Misconception(
        "dw-transposed",
        "gru_step_backward",
        find='grads = {"W": x.T @ da, "U": dU, "b": da.sum(axis=0)}',
        replace='grads = {"W": da.T @ x, "U": dU, "b": da.sum(axis=0)}',
        hint="Your gradient of W is transposed. A gradient has the shape of what it belongs to.",
    ),
    Misconception(
        "dw-averaged",
        "gru_step_backward",
        find='grads = {"W": x.T @ da, "U": dU, "b": da.sum(axis=0)}',
        replace='grads = {"W": x.T @ da / len(x), "U": dU, "b": da.sum(axis=0)}',
        hint="The gradient of W is averaged over the batch. Shared by all sequences means summed.",
    ),
    Misconception(
        "db-mean",
        "gru_step_backward",
        find='grads = {"W": x.T @ da, "U": dU, "b": da.sum(axis=0)}',
        replace='grads = {"W": x.T @ da, "U": dU, "b": da.mean(axis=0)}',
        hint="The gradient of the bias is averaged over the batch. Shared by all sequences means summed; if "
        "the loss is a mean, its 1/N is in dh already.",
    ),
    Misconception(
        "db-not-summed",
        "gru_step_backward",
        find='grads = {"W": x.T @ da, "U": dU, "b": da.sum(axis=0)}',
        replace='grads = {"W": x.T @ da, "U": dU, "b": da}',
        hint="The bias has one entry a column, and so has its gradient. Sum over the batch.",
    ),
    Misconception(
        "db-over-columns",
        "gru_step_backward",
        find='grads = {"W": x.T @ da, "U": dU, "b": da.sum(axis=0)}',
        replace='grads = {"W": x.T @ da, "U": dU, "b": da.sum(axis=1)}',
        hint="The gradient of the bias is summed over the columns. It is the batch that shares the bias.",
    ),
    Misconception(
        "b-u-left-out",
        "gru_step_backward",
        find='    if "b_u" in own:\n        grads["b_u"] = own["b_u"]\n',
        replace="",
        hint="b_u gets no gradient, so it would never learn. The candidate's part has it, in `own`.",
    ),
    Misconception(
        "b-u-always-expected",
        "gru_step_backward",
        find='    if "b_u" in own:\n        grads["b_u"] = own["b_u"]\n',
        replace='    grads["b_u"] = own["b_u"]\n',
        hint="You ask for the gradient of b_u in any case. In the form with the reset before the product "
        "there is none.",
    ),
    Misconception(
        "b-u-from-outer-bias",
        "gru_step_backward",
        find='grads["b_u"] = own["b_u"]',
        replace='grads["b_u"] = da_n.sum(axis=0)',
        hint="b_u gets the gradient of the outer bias. It stands inside what the reset gate scales; `own` has "
        "the right one.",
    ),
    Misconception(
        "step-backward-own-mix",
        "gru_step_backward",
        find="da_n, da_z, dh_kept = mix(",
        replace="da_n, da_z, dh_kept = mix_backward(",
        hint="The function was handed a `mix` and did not use it, but called your mix_backward. Call the name "
        "from the argument list.",
    ),
    Misconception(
        "step-backward-own-candidate",
        "gru_step_backward",
        find="dr, dh_seen, own = candidate(",
        replace="dr, dh_seen, own = candidate_after_backward(",
        hint="The function was handed a `candidate` and did not use it, but called your "
        "candidate_after_backward. Then the other form gets wrong gradients. Call the name from the "
        "argument list.",
    ),
]

BPTT = [
    Misconception(
        "dh-next-dropped",
        "gru_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = dhs[t]",
        hint="Each step gets its gradient from above only. What the step after it sent back is lost, and with "
        "it all memory.",
    ),
    Misconception(
        "upstream-dropped",
        "gru_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = dh_next",
        hint="The gradients from above are not used. Every state has one, in dhs.",
    ),
    Misconception(
        "dh-last-ignored",
        "gru_backward",
        find="T, dh_next = len(caches), dh_last",
        replace="T, dh_next = len(caches), np.zeros_like(dh_last)",
        hint="dh_last is not used. The final state has a gradient of its own, on top of the one in dhs.",
    ),
    Misconception(
        "dh-last-every-step",
        "gru_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = dhs[t] + dh_last",
        hint="Every step gets dh_last. That belongs to the last step; the others get what the step after them "
        "sent back.",
    ),
    Misconception(
        "backward-forward-in-time",
        "gru_backward",
        find="for t in reversed(range(T)):",
        replace="for t in range(T):",
        hint="You walk forward in time. A step needs the gradient from the step after it, so start at the end.",
    ),
    Misconception(
        "upstream-last-only",
        "gru_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = (dhs[t] if t == T - 1 else 0.0) + dh_next",
        hint="Only the last state gets its upstream gradient. All of them have one in dhs.",
    ),
    Misconception(
        "upstream-twice-at-last",
        "gru_backward",
        find="T, dh_next = len(caches), dh_last",
        replace="T, dh_next = len(caches), dh_last + dhs[-1]",
        hint="At the last step the upstream gradient is counted twice: once before the loop and once in it.",
    ),
    Misconception(
        "upstream-one-early",
        "gru_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = dhs[t - 1] + dh_next",
        hint="Each step gets the upstream gradient of the step before it.",
    ),
    Misconception(
        "upstream-reversed",
        "gru_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = dhs[T - 1 - t] + dh_next",
        hint="The upstream gradients are read from the other end. dhs[t] belongs to step t, whichever way you "
        "walk.",
    ),
    Misconception(
        "dh0-before-last-step",
        "gru_backward",
        find="    return dx, dh_next, grads",
        replace="    return dx, dh, grads",
        hint="What you return as dh0 is the gradient of the first state after step 1. It still has to go back "
        "through that step.",
    ),
    Misconception(
        "dh0-zeros",
        "gru_backward",
        find="    return dx, dh_next, grads",
        replace="    return dx, np.zeros_like(dh_next), grads",
        hint="dh0 is zero. The initial state acts on the loss like any other.",
    ),
    Misconception(
        "truncated-after-five",
        "gru_backward",
        find="dx[t], dh_next, of_step = step_backward(dh, caches[t])",
        replace="dx[t], dh_next, of_step = step_backward(dh, caches[t])\n"
        "        if T - t == 5:\n"
        "            dh_next = 0 * dh",
        hint="After five steps no gradient goes further back. Truncation is a choice for very long sequences; "
        "here the whole sequence is asked for.",
    ),
    Misconception(
        "first-step-skipped",
        "gru_backward",
        find="for t in reversed(range(T)):",
        replace="for t in range(T - 1, 0, -1):",
        hint="The walk ends one step early, and the first step is left out. The end of a Python range is not "
        "in it.",
    ),
    Misconception(
        "gradient-clipped-inside",
        "gru_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = np.clip(dhs[t] + dh_next, -1.0, 1.0)",
        hint="The gradient is clipped on its way. Then it is no longer the gradient of anything; clip "
        "afterwards, by the norm of all of it.",
    ),
    Misconception(
        "dx-in-walking-order",
        "gru_backward",
        find="dx[t], dh_next, of_step",
        replace="dx[T - 1 - t], dh_next, of_step",
        hint="dx comes back last step first. Its entry t belongs to x[t].",
    ),
    Misconception(
        "dx-over-steps",
        "gru_backward",
        find="    return dx, dh_next, grads",
        replace="    return dx / T, dh_next, grads",
        hint="dx is divided by the number of steps. If the loss is a mean over time, its T is already in dhs.",
    ),
    Misconception(
        "caches-read-forward",
        "gru_backward",
        find="step_backward(dh, caches[t])\n",
        replace="step_backward(dh, caches[T - 1 - t])\n",
        hint="The gradient of one step meets the cache of another. Step t has the cache caches[t].",
    ),
    Misconception(
        "parameters-overwritten",
        "gru_backward",
        find="grads = {name: grads.get(name, 0.0) + gradient for name, gradient in of_step.items()}",
        replace="grads = of_step",
        hint="Only one step's gradients of the parameters are left at the end. All steps share them, so add "
        "up.",
    ),
    Misconception(
        "parameters-over-steps",
        "gru_backward",
        find="    return dx, dh_next, grads",
        replace="    return dx, dh_next, {name: total / T for name, total in grads.items()}",
        hint="The gradients of the parameters are divided by the number of steps. They add up over time; if "
        "the loss is a mean, its T is already in dhs.",
    ),
    Misconception(
        "parameters-by-fixed-names",
        "gru_backward",
        find="grads = {name: grads.get(name, 0.0) + gradient for name, gradient in of_step.items()}",
        replace='grads = {name: grads.get(name, 0.0) + of_step[name] for name in ("W", "U", "b", "b_u")}',
        hint="You expect all four names in every dict. The form with the reset before the product has no b_u: "
        "take the names as they come.",
    ),
    Misconception(
        "parameters-three-names",
        "gru_backward",
        find="grads = {name: grads.get(name, 0.0) + gradient for name, gradient in of_step.items()}",
        replace='grads = {name: grads.get(name, 0.0) + of_step[name] for name in of_step if name != "b_u"}',
        hint="The gradients of b_u are not collected. Take the names from the dict that the step returns.",
    ),
    Misconception(
        "bias-overwritten",
        "gru_backward",
        find="grads = {name: grads.get(name, 0.0) + gradient for name, gradient in of_step.items()}",
        replace='grads = {name: (0.0 if name == "b" else grads.get(name, 0.0)) + g for name, g in '
        "of_step.items()}",
        hint="The other gradients are collected from all steps, that of b is not.",
    ),
    Misconception(
        "upstream-changed-in-place",
        "gru_backward",
        find="        dh = dhs[t] + dh_next",
        replace="        dhs[t] += dh_next\n        dh = dhs[t]",
        hint="The gradients are right, but dhs comes out changed. Whoever uses it next, such as a numeric "
        "check, gets wrong numbers and blames the wrong code.",
    ),
    Misconception(
        "dh-last-changed-in-place",
        "gru_backward",
        find="        dh = dhs[t] + dh_next",
        replace="        dh_next += dhs[t]\n        dh = dh_next",
        hint="The gradients are right, but dh_last comes out changed: at the first turn of the loop the name "
        "you add to is still the caller's array.",
    ),
    Misconception(
        "bptt-squeezed",
        "gru_backward",
        find="    return dx, dh_next, grads",
        replace="    return np.squeeze(dx), dh_next, grads",
        hint="An axis of length 1 is gone from dx. With one step, or one sequence in the batch, its shape is "
        "still (T, N, D).",
    ),
    Misconception(
        "bptt-own-step-backward",
        "gru_backward",
        find="of_step = step_backward(",
        replace="of_step = gru_step_backward(",
        hint="The function was handed a `step_backward` and did not use it, but called your "
        "gru_step_backward. Call the name from the argument list.",
    ),
]

COUNT = [
    Misconception(
        "count-gru-four-blocks",
        "parameters_of",
        find="return 3 * block + H",
        replace="return 4 * block + H",
        hint="You count four blocks for the GRU. It has two gates and a candidate.",
    ),
    Misconception(
        "count-gru-two-blocks",
        "parameters_of",
        find="return 3 * block + H",
        replace="return 2 * block + H",
        hint="You count two blocks for the GRU. The candidate has weights of its own, besides the two gates.",
    ),
    Misconception(
        "count-without-b-u",
        "parameters_of",
        find="return 3 * block + H",
        replace="return 3 * block",
        hint="b_u is missing from the GRU's count. In the form with the reset after the product it is learned "
        "like the rest.",
    ),
    Misconception(
        "count-two-biases",
        "parameters_of",
        find="return 3 * block + H",
        replace="return 3 * block + 3 * H",
        hint="You count a second bias for all three blocks, as PyTorch has it. Ours has one only where it "
        "makes a difference, in the candidate.",
    ),
    Misconception(
        "count-lstm-three-blocks",
        "parameters_of",
        find="4 * block if",
        replace="3 * block if",
        hint="You count three blocks for the LSTM. It has three gates and a candidate.",
    ),
    Misconception(
        "count-plain-like-gru",
        "parameters_of",
        find="else block\n",
        replace="else 3 * block\n",
        hint="The plain network has one block, and no gates.",
    ),
    Misconception(
        "count-without-bias",
        "parameters_of",
        find="D * H + H * H + H",
        replace="D * H + H * H",
        hint="The biases are learned too. Count them.",
    ),
    Misconception(
        "count-without-recurrence",
        "parameters_of",
        find="D * H + H * H + H",
        replace="D * H + H",
        hint="The matrix from the state to the block is missing from the count.",
    ),
    Misconception(
        "count-bias-per-block",
        "parameters_of",
        find="D * H + H * H + H",
        replace="D * H + H * H + 1",
        hint="A block has one bias for each of its units, not one for all of them.",
    ),
    Misconception(
        "count-input-squared",
        "parameters_of",
        find="D * H + H * H + H",
        replace="D * D + H * H + H",
        hint="The input's matrix goes from D numbers to H. It is not square.",
    ),
]

UNITS = [
    Misconception(
        "units-strictly-below",
        "units_within",
        find='while count("gru", D, H + 1) <= budget:',
        replace='while count("gru", D, H + 1) < budget:',
        hint="A GRU that uses the budget to the last parameter is within it. Look at the comparison.",
    ),
    Misconception(
        "units-first-too-large",
        "units_within",
        find="    return H\n",
        replace="    return H + 1\n",
        hint="Your answer is the first size that is too large. The one before is wanted.",
    ),
    Misconception(
        "units-one-too-small",
        "units_within",
        find="    return H\n",
        replace="    return H - 1\n",
        hint="Your answer is one too small: there is room for one more unit.",
    ),
    Misconception(
        "units-at-least-one",
        "units_within",
        find="    H = 0\n",
        replace="    H = 1\n",
        hint="Where not even one unit fits, the answer is 0. Yours goes over the budget.",
    ),
    Misconception(
        "units-of-lstm",
        "units_within",
        find='while count("gru", D, H + 1) <= budget:',
        replace='while count("lstm", D, H + 1) <= budget:',
        hint="You count an LSTM. Its blocks are more, so fewer units fit.",
    ),
    Misconception(
        "units-arguments-swapped",
        "units_within",
        find='while count("gru", D, H + 1) <= budget:',
        replace='while count("gru", H + 1, D) <= budget:',
        hint="count expects the input size before the hidden size.",
    ),
    Misconception(
        "units-endless",
        "units_within",
        find="        H = H + 1\n",
        replace="        pass\n",
        hint="Your loop asks for the same size again and again. Something has to change from turn to turn.",
    ),
    Misconception(
        "units-own-count",
        "units_within",
        find='while count("gru", D, H + 1) <= budget:',
        replace='while parameters_of("gru", D, H + 1) <= budget:',
        hint="The function was handed a `count` and did not use it, but called your parameters_of. Call the "
        "name from the argument list.",
    ),
]

CLOCK = [
    Misconception(
        "clock-no-warm-up",
        "seconds_per_step",
        find="    run()\n    taken = []",
        replace="    taken = []",
        hint="The first run is measured. Run once before you look at the clock.",
    ),
    Misconception(
        "clock-mean",
        "seconds_per_step",
        find="min(taken) / steps",
        replace="sum(taken) / len(taken) / steps",
        hint="You average. A disturbance only ever adds time, so the smallest time says most about the thing "
        "itself.",
    ),
    Misconception(
        "clock-median",
        "seconds_per_step",
        find="min(taken) / steps",
        replace="float(np.median(taken)) / steps",
        hint="You take the median. A disturbance only ever adds time, so the smallest time says most about "
        "the thing itself.",
    ),
    Misconception(
        "clock-largest",
        "seconds_per_step",
        find="min(taken) / steps",
        replace="max(taken) / steps",
        hint="You take the largest time, the one with the worst disturbance in it.",
    ),
    Misconception(
        "clock-total",
        "seconds_per_step",
        find="min(taken) / steps",
        replace="sum(taken) / steps",
        hint="You add up the times of all runs. One run is wanted, the best.",
    ),
    Misconception(
        "clock-last-run",
        "seconds_per_step",
        find="min(taken) / steps",
        replace="taken[-1] / steps",
        hint="You take the last run. The best one is wanted.",
    ),
    Misconception(
        "clock-first-run",
        "seconds_per_step",
        find="min(taken) / steps",
        replace="taken[0] / steps",
        hint="You take the first measured run. The best one is wanted.",
        ties=("clock-started-once",),
    ),
    Misconception(
        "clock-not-by-step",
        "seconds_per_step",
        find="min(taken) / steps",
        replace="min(taken)",
        hint="This is the time of a whole run. It does `steps` steps.",
    ),
    Misconception(
        "clock-over-repeats",
        "seconds_per_step",
        find="min(taken) / steps",
        replace="min(taken) / steps / repeats",
        hint="The smallest time is that of one run already. Do not divide by the number of runs.",
    ),
    Misconception(
        "clock-one-too-many",
        "seconds_per_step",
        find="range(repeats)",
        replace="range(repeats + 1)",
        hint="You measure one run more than was asked for.",
    ),
    Misconception(
        "clock-one-too-few",
        "seconds_per_step",
        find="range(repeats)",
        replace="range(repeats - 1)",
        hint="You measure one run less than was asked for. The run before the clock starts does not count as "
        "one of them.",
    ),
    Misconception(
        "clock-warm-up-each",
        "seconds_per_step",
        find="    for _ in range(repeats):\n        started",
        replace="    for _ in range(repeats):\n        run() if taken else None\n        started",
        hint="You warm up before every measured run. Once, before the first, is what was asked for.",
    ),
    Misconception(
        "clock-started-once",
        "seconds_per_step",
        find="    for _ in range(repeats):\n        started = clock()",
        replace="    started = clock()\n    for _ in range(repeats):",
        hint="You look at the clock once before all runs, so each time holds the earlier runs as well.",
        ties=("clock-first-run",),
    ),
    Misconception(
        "clock-sign",
        "seconds_per_step",
        find="clock() - started",
        replace="started - clock()",
        hint="Your times are negative: it is the later time minus the earlier.",
    ),
    Misconception(
        "clock-own",
        "seconds_per_step",
        find="started = clock()\n        run()\n        taken.append(clock() - started)",
        replace="before = time.perf_counter()\n"
        "        run()\n"
        "        taken.append(round(time.perf_counter() - before, 2))",
        hint="The function was handed a `clock` and did not use it. Call the name from the argument list.",
    ),
]

SIGN = [
    Misconception(
        "sign-higher-wins",
        "sign_test",
        find="wins, losses = int(np.sum(a < b)), int(np.sum(b < a))",
        replace="wins, losses = int(np.sum(b < a)), int(np.sum(a < b))",
        hint="You count for a the pairs in which it is higher. These are losses of training: lower is better.",
        ties=("sign-order",),
    ),
    Misconception(
        "sign-ties-lost",
        "sign_test",
        find="int(np.sum(b < a))",
        replace="int(np.sum(b <= a))",
        hint="Ties count as losses of a. They count for nobody.",
    ),
    Misconception(
        "sign-ties-won",
        "sign_test",
        find="int(np.sum(a < b))",
        replace="int(np.sum(a <= b))",
        hint="Ties count as wins of a. They count for nobody.",
    ),
    Misconception(
        "sign-ties-in-n",
        "sign_test",
        find="n, k = wins + losses, min(wins, losses)",
        replace="n, k = len(a), min(wins, losses)",
        hint="Ties are among your n pairs. They say nothing, so they are left out: n is wins plus losses.",
    ),
    Misconception(
        "sign-one-sided",
        "sign_test",
        find="2 * tail",
        replace="tail",
        hint="You count results as one-sided as this to one side only. The friend of the other cell could be "
        "just as lucky: both sides count.",
    ),
    Misconception(
        "sign-not-capped",
        "sign_test",
        find="min(1.0, 2 * tail)",
        replace="2 * tail",
        hint="Your chance can be above 1: when wins and losses are as many, the two sides overlap. The "
        "formula has a limit.",
    ),
    Misconception(
        "sign-larger-count",
        "sign_test",
        find="min(wins, losses)",
        replace="max(wins, losses)",
        hint="You sum up to the larger of the two counts. The tail ends at the smaller.",
    ),
    Misconception(
        "sign-exactly-k",
        "sign_test",
        find="tail = sum(math.comb(n, j) for j in range(k + 1)) / 2**n",
        replace="tail = math.comb(n, k) / 2**n",
        hint="You take the chance of just this result. Those that are still more one-sided belong to it.",
    ),
    Misconception(
        "sign-without-k",
        "sign_test",
        find="range(k + 1)",
        replace="range(k)",
        hint="Your sum ends one term early. The end of a Python range is not in it.",
    ),
    Misconception(
        "sign-order",
        "sign_test",
        find="    return wins, losses, min",
        replace="    return losses, wins, min",
        hint="Wins and losses come back in the wrong order.",
        ties=("sign-higher-wins",),
    ),
    Misconception(
        "sign-fair-share",
        "sign_test",
        find="tail = sum(math.comb(n, j) for j in range(k + 1)) / 2**n",
        replace="tail = (k + 1) / (n + 1)",
        hint="You count possible outcomes as if all were equally likely. There are more ways to get three "
        "wins out of six than none.",
    ),
    Misconception(
        "sign-total-only",
        "sign_test",
        find="    return wins, losses, min(1.0, 2 * tail)",
        replace="    return wins, losses, wins / max(n, 1)",
        hint="p is not the share of wins. It is the chance that luck alone would be at least as one-sided.",
    ),
]

MISCONCEPTIONS = [
    *GATES,
    *CANDIDATE_AFTER,
    *CANDIDATE_BEFORE,
    *STEP,
    *SEQUENCE,
    *FLIP,
    *COUNTEREXAMPLE,
    *TORCH,
    *MIX,
    *AFTER_BACKWARD,
    *BEFORE_BACKWARD,
    *STEP_BACKWARD,
    *BPTT,
    *COUNT,
    *UNITS,
    *CLOCK,
    *SIGN,
]
