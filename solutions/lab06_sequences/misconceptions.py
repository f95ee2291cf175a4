"""Wrong answers to lab 6 that we recognise: patches of the solution, each with what the student is told."""

from __future__ import annotations

from autograder.authoring import Misconception

PAD = [
    Misconception(
        "pad-in-front",
        "pad_batch",
        find="    return tokens, mask",
        replace="    for n, sentence in enumerate(sentences):\n"
        "        tokens[:, n] = [pad] * (T - len(sentence)) + list(sentence)\n"
        "        mask[:, n] = np.arange(T) >= T - len(sentence)\n"
        "    return tokens, mask",
        hint="Your padding stands before the words. Here every sentence begins at step 0 and the padding comes "
        "after its end; some libraries do it the other way round, and mixing the two spoils everything.",
    ),
    Misconception(
        "pad-zero-always",
        "pad_batch",
        find="np.full((T, len(sentences)), pad)",
        replace="np.full((T, len(sentences)), 0)",
        hint="You fill up with zeros, whatever padding was asked for. Look at the second argument.",
    ),
    Misconception(
        "batch-first",
        "pad_batch",
        find="    return tokens, mask",
        replace="    return tokens.T, mask.T",
        hint="Your sentences lie in rows. Here a sentence is a column: time is the first axis, the batch the "
        "second.",
    ),
    Misconception(
        "mask-marks-padding",
        "pad_batch",
        find="    return tokens, mask",
        replace="    return tokens, ~mask",
        hint="Your mask is True in the padding. PyTorch's key_padding_mask means that, but here, as in Keras, "
        "True is a word.",
    ),
    Misconception(
        "mask-from-tokens",
        "pad_batch",
        find="    return tokens, mask",
        replace="    return tokens, tokens != pad",
        hint="You tell words from padding by their numbers. A word may have the padding's number, and then it "
        "is lost. Where the padding is follows from the lengths alone.",
    ),
    Misconception(
        "mask-from-zero",
        "pad_batch",
        find="    return tokens, mask",
        replace="    return tokens, tokens != 0",
        hint="Your mask asks whether a token is 0. The padding need not be 0, and a word may be. Where the "
        "padding is follows from the lengths alone.",
    ),
    Misconception(
        "mask-one-short",
        "pad_batch",
        find="mask[: len(sentence), n]",
        replace="mask[: max(len(sentence) - 1, 0), n]",
        hint="Your mask leaves out the last word of each sentence, so it would count as padding.",
    ),
    Misconception(
        "mask-one-long",
        "pad_batch",
        find="mask[: len(sentence), n]",
        replace="mask[: len(sentence) + 1, n]",
        hint="Your mask takes the first place of the padding for a word.",
    ),
    Misconception(
        "pad-cuts-to-shortest",
        "pad_batch",
        find="    return tokens, mask",
        replace="    shortest = min(len(sentence) for sentence in sentences)\n"
        "    return tokens[:shortest], mask[:shortest]",
        hint="Your batch is as long as its shortest sentence, so the others have lost their ends. Padding is "
        "there so that nothing is cut.",
    ),
    Misconception(
        "pad-one-too-long",
        "pad_batch",
        find="T = max(len(sentence) for sentence in sentences)",
        replace="T = max(len(sentence) for sentence in sentences) + 1",
        hint="Your batch has one step more than its longest sentence has words: a row of nothing but padding.",
    ),
    Misconception(
        "pad-mask-all-true",
        "pad_batch",
        find="np.zeros((T, len(sentences)), dtype=bool)",
        replace="np.ones((T, len(sentences)), dtype=bool)",
        hint="Your mask is True everywhere, so nobody can tell where a sentence ends.",
    ),
    Misconception(
        "pad-mask-of-floats",
        "pad_batch",
        find="np.zeros((T, len(sentences)), dtype=bool)",
        replace="np.zeros((T, len(sentences)))",
        hint="Your mask is made of floats, and those cannot pick entries out of an array. Say its dtype when you "
        "make it.",
    ),
    Misconception(
        "pad-mask-of-ints",
        "pad_batch",
        find="np.zeros((T, len(sentences)), dtype=bool)",
        replace="np.zeros((T, len(sentences)), dtype=int)",
        hint="Your mask is made of the ints 0 and 1. As an index those mean row 0 and row 1; only bools mean yes and "
        "no.",
    ),
    Misconception(
        "pad-sorted",
        "pad_batch",
        find="    T = max(",
        replace="    sentences = sorted(sentences, key=len, reverse=True)\n    T = max(",
        hint="You sort the sentences by their length. Then they no longer stand beside their targets; keep the "
        "order in which they came.",
    ),
]

EMBED = [
    Misconception(
        "embed-batch-first",
        "embed",
        find="    return emb[tokens]",
        replace="    return emb[tokens.T]",
        hint="Your result has the batch before the time. (T, N) tokens give (T, N, D).",
    ),
    Misconception(
        "embed-counts-from-one",
        "embed",
        find="    return emb[tokens]",
        replace="    return emb[tokens - 1]",
        hint="You take the row before the word's own, and for word 0 the last one. Tokens count from 0, like "
        "rows.",
    ),
    Misconception(
        "embed-zero-is-padding",
        "embed",
        find="    return emb[tokens]",
        replace="    return np.where((tokens == 0)[..., None], 0.0, emb[tokens])",
        hint="You give word 0 a vector of zeros. 0 is a word like any other here; what is padding, only the "
        "mask knows, and it comes in later.",
    ),
    Misconception(
        "embed-scaled",
        "embed",
        find="    return emb[tokens]",
        replace="    return emb[tokens] * np.sqrt(emb.shape[1])",
        hint="Your vectors are scaled by the root of their size, as in Transformers. Here the rows are taken "
        "as they are.",
    ),
    Misconception(
        "embed-normalised",
        "embed",
        find="    return emb[tokens]",
        replace="    x = emb[tokens]\n    return x / np.linalg.norm(x, axis=-1, keepdims=True)",
        hint="Your vectors all have length 1. The rows are taken as they are; their lengths are learned as well.",
    ),
]

EMBED_BACKWARD = [
    Misconception(
        "embedding-repeats-lost",
        "embed_backward",
        find="np.add.at(d_emb, tokens[mask], dx[mask])",
        replace="d_emb[tokens[mask]] += dx[mask]",
        hint="A word that stands in several places keeps only one of its gradients: with += on an index array "
        "each row is written only once. Look for the function that adds every time.",
        ties=("embedding-repeats-overwritten",),
    ),
    Misconception(
        "embedding-repeats-overwritten",
        "embed_backward",
        find="np.add.at(d_emb, tokens[mask], dx[mask])",
        replace="for token, gradient in zip(tokens[mask], dx[mask]):\n        d_emb[token] = gradient",
        hint="Each place of a word overwrites the gradient of the place before. They add up.",
        ties=("embedding-repeats-lost",),
    ),
    Misconception(
        "embedding-mean-of-repeats",
        "embed_backward",
        find="    return d_emb",
        replace="    times = np.bincount(tokens[mask], minlength=V)\n"
        "    return d_emb / np.maximum(times, 1)[:, None]",
        hint="You take the mean over a word's places. Each place contributes to the loss by itself, so the "
        "gradients are summed.",
    ),
    Misconception(
        "embedding-padding-counted",
        "embed_backward",
        find="np.add.at(d_emb, tokens[mask], dx[mask])",
        replace="np.add.at(d_emb, tokens, dx)",
        hint="The padding sends gradients into the table, to whichever word has its number. Take the places "
        "where the mask is True.",
    ),
    Misconception(
        "embedding-padding-multiplied",
        "embed_backward",
        find="np.add.at(d_emb, tokens[mask], dx[mask])",
        replace="np.add.at(d_emb, tokens, dx * mask[..., None])",
        hint="You multiply the padding's gradient by 0. If it is NaN, 0 times NaN is still NaN. Choose the "
        "words instead.",
    ),
    Misconception(
        "embedding-word-zero-skipped",
        "embed_backward",
        find="    return d_emb",
        replace="    d_emb[0] = 0.0\n    return d_emb",
        hint="Word 0 gets no gradient. It is a word like any other; which places are padding, the mask says.",
    ),
    Misconception(
        "embedding-only-padding",
        "embed_backward",
        find="    d_emb = np.zeros((V, dx.shape[2]))",
        replace="    d_emb, mask = np.zeros((V, dx.shape[2])), ~mask",
        hint="The words send nothing and the padding everything. The mask is True at a word.",
    ),
    Misconception(
        "embedding-divided-by-batch",
        "embed_backward",
        find="    return d_emb",
        replace="    return d_emb / tokens.shape[1]",
        hint="You divide by the number of sentences. The mean, if there is one, belongs in the loss, and has "
        "come in with dx.",
    ),
    Misconception(
        "embedding-rows-of-batch",
        "embed_backward",
        find="np.zeros((V, dx.shape[2]))",
        replace="np.zeros((tokens[mask].max() + 1, dx.shape[2]))",
        hint="Your gradient has rows only up to the largest word of this batch. It must have the table's shape, "
        "with zeros for words that are not there.",
    ),
]

REVERSE_BODY = """    lengths = mask.sum(axis=0)
    step = np.arange(len(x))[:, None]
    source = np.where(mask, lengths - 1 - step, step)
    return x[source, np.arange(x.shape[1])]"""

REVERSE = [
    Misconception(
        "padding-reversed-too",
        "reverse_padded",
        find=REVERSE_BODY,
        replace="    return x[::-1]",
        hint="You turn the padding round with the words, so that short sentences begin with padding. Each "
        "sentence is turned round within its own length.",
    ),
    Misconception(
        "reversed-within-longest",
        "reverse_padded",
        find="lengths = mask.sum(axis=0)",
        replace="lengths = np.full(mask.shape[1], mask.sum(axis=0).max())",
        hint="You turn every sentence round as if it were as long as the longest. Each has its own length.",
    ),
    Misconception(
        "reverse-off-by-one",
        "reverse_padded",
        find="lengths - 1 - step",
        replace="lengths - step",
        hint="You are one step late: the first place must hold the last word, which stands at the length minus "
        "one, not at the length.",
    ),
    Misconception(
        "reverse-off-by-one-early",
        "reverse_padded",
        find="lengths - 1 - step",
        replace="np.maximum(lengths - 2 - step, 0)",
        hint="You are one step early: the last word of each sentence is gone. Count what step 0 must hold for a "
        "sentence of two words.",
    ),
    Misconception(
        "reverse-does-nothing",
        "reverse_padded",
        find="np.where(mask, lengths - 1 - step, step)",
        replace="np.where(mask, step, step)",
        hint="The sentences come back as they were. (Did you turn them round twice, or into a copy?)",
    ),
    Misconception(
        "batch-reversed",
        "reverse_padded",
        find=REVERSE_BODY,
        replace="    return x[:, ::-1]",
        hint="You turn the batch round, not the time. Time is the first axis.",
    ),
    Misconception(
        "features-reversed",
        "reverse_padded",
        find=REVERSE_BODY,
        replace="    return x[..., ::-1]",
        hint="You turn the last axis round: the numbers within each word's vector. The words' order is meant.",
        ties=("batch-reversed",),
    ),
    Misconception(
        "reverse-padding-blanked",
        "reverse_padded",
        find="    return x[source, np.arange(x.shape[1])]",
        replace="    turned = x[source, np.arange(x.shape[1])]\n    turned[~mask] = 0\n    return turned",
        hint="The words are right, but you blank the padding. It stays as it is, so that turning round twice "
        "gives back what came in.",
    ),
    Misconception(
        "reverse-padding-shuffled",
        "reverse_padded",
        find="np.where(mask, lengths - 1 - step, step)",
        replace="(lengths - 1 - step) % len(x)",
        hint="The words are right, but you turn the padding round as well, among itself. It stays in its place.",
    ),
    Misconception(
        "reverse-only-words-changed",
        "reverse_padded",
        find=REVERSE_BODY,
        replace="    for n, length in enumerate(mask.sum(axis=0)):\n"
        "        x[:length, n] = x[:length, n][::-1].copy()\n"
        "    return x",
        hint="You turn the caller's array round in place. The layer that reads forward still needs it: work on "
        "a copy.",
    ),
    Misconception(
        "reverse-overwrites-itself",
        "reverse_padded",
        find=REVERSE_BODY,
        replace="    turned = x.copy()\n"
        "    for n, length in enumerate(mask.sum(axis=0)):\n"
        "        for t in range(length):\n"
        "            turned[t, n] = turned[length - 1 - t, n]\n"
        "    return turned",
        hint="The second half of each sentence is a mirror of the first: you read from the array that you are "
        "writing to. Read from x.",
    ),
    Misconception(
        "reverse-padding-first",
        "reverse_padded",
        find="    lengths = mask.sum(axis=0)",
        replace="    if x.ndim == 2:\n        return x[::-1]\n    lengths = mask.sum(axis=0)",
        hint="For vectors it is right, for tokens the padding comes along. Both have their sentences in columns, "
        "and it takes no other code for them.",
        ties=("padding-reversed-too",),
    ),
]

STEP = [
    Misconception(
        "state-zeroed",
        "masked_step",
        find="np.where(running[:, None], np.tanh(a), h_prev)",
        replace="np.where(running[:, None], np.tanh(a), 0.0)",
        hint="A sentence that is over has its state set to zero, so that nothing is left of it. The state stays "
        "as it was.",
    ),
    Misconception(
        "state-runs-on",
        "masked_step",
        find="np.where(running[:, None], np.tanh(a), h_prev)",
        replace="np.tanh(a)",
        hint="A sentence that is over takes steps all the same: padding still brings the bias in, and U. Its "
        "state must freeze.",
        ties=("running-the-wrong-way",),
    ),
    Misconception(
        "running-the-wrong-way",
        "masked_step",
        find="np.where(running[:, None], np.tanh(a), h_prev)",
        replace="np.where(running[:, None], h_prev, np.tanh(a))",
        hint="The sentences that run are frozen, and those that are over take the step. `running` is True where "
        "there is a word.",
    ),
    Misconception(
        "freeze-by-multiplying",
        "masked_step",
        find="    return np.where(running[:, None], np.tanh(a), h_prev)",
        replace="    m = running[:, None]\n    return m * np.tanh(a) + (1 - m) * h_prev",
        hint="You multiply what is not wanted by 0. If the padding is NaN that does not help: 0 times NaN is "
        "NaN. Choose with np.where.",
    ),
    Misconception(
        "padding-input-zeroed-only",
        "masked_step",
        find="    return np.where(running[:, None], np.tanh(a), h_prev)",
        replace="    x = np.where(running[:, None], x, 0.0)\n"
        '    return np.tanh(x @ params["W"] + h_prev @ params["U"] + params["b"])',
        hint="You take the padding's vector out and do the step all the same. An input of zero is still a step: "
        "U and b go on working on the state.",
    ),
    Misconception(
        "frozen-state-squashed",
        "masked_step",
        find="np.where(running[:, None], np.tanh(a), h_prev)",
        replace="np.tanh(np.where(running[:, None], a, h_prev))",
        hint="The frozen state goes through the tanh again at every step, and shrinks each time. Choose after "
        "the tanh.",
    ),
    Misconception(
        "freeze-all-or-none",
        "masked_step",
        find="np.where(running[:, None], np.tanh(a), h_prev)",
        replace="np.tanh(a) if running.all() else h_prev",
        hint="You decide once for the whole batch. Each sentence ends by itself.",
    ),
    Misconception(
        "step-without-bias",
        "masked_step",
        find=' + params["b"]',
        replace="",
        hint="The bias is missing from the sum.",
    ),
    Misconception(
        "step-without-state",
        "masked_step",
        find=' + h_prev @ params["U"]',
        replace="",
        hint="The state of the step before does not enter. Without it nothing is carried from word to word.",
    ),
    Misconception(
        "step-without-input",
        "masked_step",
        find='x @ params["W"] + ',
        replace="",
        hint="The word itself does not enter the step.",
    ),
    Misconception(
        "step-without-tanh",
        "masked_step",
        find="np.tanh(a)",
        replace="a",
        hint="The sum does not go through the tanh, so the state is not bounded.",
    ),
    Misconception(
        "step-sigmoid",
        "masked_step",
        find="np.tanh(a)",
        replace="1.0 / (1.0 + np.exp(-a))",
        hint="Your state goes through a sigmoid. The plain cell has a tanh, and the way back counts on it.",
    ),
    Misconception(
        "step-u-transposed",
        "masked_step",
        find='h_prev @ params["U"]',
        replace='h_prev @ params["U"].T',
        hint="U is transposed. It is square, so no shape complains; the lecture's U h is h @ U for rows.",
    ),
    Misconception(
        "step-bias-twice",
        "masked_step",
        find='params["b"]',
        replace='2 * params["b"]',
        hint="The bias goes in twice. PyTorch keeps two of them; here there is one.",
    ),
]

LAYER = [
    Misconception(
        "layer-state-not-carried",
        "rnn_layer",
        find="        h = step(x[t], h, mask[t], params)\n        hs[t] = h",
        replace="        hs[t] = step(x[t], h, mask[t], params)",
        hint="Every step starts from h0. The state that comes out of one step goes into the next.",
    ),
    Misconception(
        "layer-h0-zero",
        "rnn_layer",
        find='np.tile(params["h0"], (N, 1))',
        replace='np.zeros((N, len(params["h0"])))',
        hint="You start from zeros. The state before the first word is a parameter here.",
    ),
    Misconception(
        "layer-first-mask-always",
        "rnn_layer",
        find="step(x[t], h, mask[t], params)",
        replace="step(x[t], h, mask[0], params)",
        hint="Every step gets the first row of the mask, so no sentence ever ends.",
    ),
    Misconception(
        "layer-mask-ignored",
        "rnn_layer",
        find="step(x[t], h, mask[t], params)",
        replace="step(x[t], h, np.ones(N, dtype=bool), params)",
        hint="Your steps are told that every sentence runs. Hand on this step's row of the mask.",
    ),
    Misconception(
        "layer-mask-one-early",
        "rnn_layer",
        find="step(x[t], h, mask[t], params)",
        replace="step(x[t], h, mask[(t + 1) % T], params)",
        hint="Your mask is one step ahead of the words, so each sentence loses its last one.",
    ),
    Misconception(
        "layer-backward-in-time",
        "rnn_layer",
        find="for t in range(T):",
        replace="for t in reversed(range(T)):",
        hint="You start at the last step. This layer reads forward; the second direction comes later, and by "
        "turning the sentences round.",
    ),
    Misconception(
        "layer-states-before",
        "rnn_layer",
        find="        h = step(x[t], h, mask[t], params)\n        hs[t] = h",
        replace="        hs[t] = h\n        h = step(x[t], h, mask[t], params)",
        hint="You store the state before the step. hs[0] is the state after the first word.",
    ),
    Misconception(
        "layer-last-state-everywhere",
        "rnn_layer",
        find='    return hs, {"x"',
        replace='    hs = np.tile(h, (T, 1, 1))\n    return hs, {"x"',
        hint="Every step holds the last state. Store each one as it comes.",
    ),
    Misconception(
        "layer-first-word-only",
        "rnn_layer",
        find="step(x[t], h",
        replace="step(x[0], h",
        hint="Every step reads the first word. Step t reads x[t].",
    ),
    Misconception(
        "layer-one-step-missing",
        "rnn_layer",
        find="for t in range(T):",
        replace="for t in range(T - 1):",
        hint="The last step is missing: its states are still zero.",
    ),
    Misconception(
        "layer-own-step",
        "rnn_layer",
        find="h = step(x[t]",
        replace="h = masked_step(x[t]",
        hint="Your layer calls its own step whatever it was handed. Call the name from the argument list.",
    ),
    Misconception(
        "cache-without-states",
        "rnn_layer",
        find='"hs": hs, "params"',
        replace='"hs": h, "params"',
        hint="Your cache holds the last state only. The way back needs the states of all steps.",
    ),
    Misconception(
        "layer-padding-outputs-zeroed",
        "rnn_layer",
        find='    return hs, {"x"',
        replace='    hs = hs * mask[:, :, None]\n    return hs, {"x"',
        hint="You set the outputs of the padding to zero, as PyTorch's packed batches do. Here the states are "
        "handed back as they come out of the step: frozen.",
    ),
]

TANH_BACKWARD = [
    Misconception(
        "tanh-slope-not-squared",
        "tanh_backward",
        find="(1 - h**2)",
        replace="(1 - h)",
        hint="The slope of the tanh is one minus its square. Yours is not squared.",
    ),
    Misconception(
        "tanh-slope-missing",
        "tanh_backward",
        find="dh * (1 - h**2)",
        replace="dh",
        hint="The slope of the tanh is missing. A saturated unit should let hardly anything back.",
    ),
    Misconception(
        "tanh-applied-again",
        "tanh_backward",
        find="(1 - h**2)",
        replace="(1 - np.tanh(h) ** 2)",
        hint="h is already the tanh of the pre-activation. You apply it a second time.",
    ),
    Misconception(
        "sigmoid-slope",
        "tanh_backward",
        find="(1 - h**2)",
        replace="h * (1 - h)",
        hint="That is the slope of a sigmoid. The state went through a tanh.",
    ),
    Misconception(
        "frozen-gets-gradient",
        "tanh_backward",
        find="np.where(running[:, None], dh * (1 - h**2), 0.0)",
        replace="dh * (1 - h**2)",
        hint="A sentence that is over went through no tanh, so nothing gets into its pre-activation. Otherwise "
        "the padding would train the weights.",
    ),
    Misconception(
        "frozen-passes-through",
        "tanh_backward",
        find="dh * (1 - h**2), 0.0)",
        replace="dh * (1 - h**2), dh)",
        hint="You hand a frozen sentence's gradient on into the pre-activation. It goes past the step, which is "
        "the next exercise's business; into the tanh goes nothing.",
    ),
    Misconception(
        "tanh-backward-wrong-way",
        "tanh_backward",
        find="np.where(running[:, None], dh * (1 - h**2), 0.0)",
        replace="np.where(running[:, None], 0.0, dh * (1 - h**2))",
        hint="Only the frozen sentences get a gradient. `running` is True where there was a step.",
    ),
    Misconception(
        "tanh-slope-plus",
        "tanh_backward",
        find="(1 - h**2)",
        replace="(1 + h**2)",
        hint="Your slope grows with the state. The tanh is steepest at zero, with slope 1, and flat at its ends.",
    ),
]

STEP_BACKWARD = [
    Misconception(
        "frozen-gradient-dropped",
        "masked_step_backward",
        find='np.where(running[:, None], da @ params["U"].T, dh)',
        replace='da @ params["U"].T',
        hint="The gradient of a frozen state ends here. It was copied from the step before, so its gradient goes "
        "on there unchanged; else a short sentence learns nothing from its last state.",
    ),
    Misconception(
        "past-the-step-always",
        "masked_step_backward",
        find='np.where(running[:, None], da @ params["U"].T, dh)',
        replace='da @ params["U"].T + dh',
        hint="The gradient goes past the step for every sentence. Only a frozen state is copied; one that took "
        "the step is reached through U alone.",
    ),
    Misconception(
        "step-backward-wrong-way",
        "masked_step_backward",
        find='np.where(running[:, None], da @ params["U"].T, dh)',
        replace='np.where(running[:, None], dh, da @ params["U"].T)',
        hint="The sentences that run pass their gradient on unchanged, and the frozen ones go through U: it is "
        "the other way round.",
    ),
    Misconception(
        "frozen-keeps-zero",
        "masked_step_backward",
        find='da @ params["U"].T, dh)',
        replace='da @ params["U"].T, h)',
        hint="For frozen sentences you hand back their state, not their gradient.",
    ),
    Misconception(
        "dh-prev-u-not-transposed",
        "masked_step_backward",
        find='da @ params["U"].T',
        replace='da @ params["U"]',
        hint="A transpose is missing on the way to the state before. U is square, so no shape complains.",
    ),
    Misconception(
        "dh-prev-is-dh",
        "masked_step_backward",
        find='np.where(running[:, None], da @ params["U"].T, dh)',
        replace="dh",
        hint="You hand the gradient of the state on as it came. Where a step was taken it must go through U.",
    ),
    Misconception(
        "dx-through-u-side",
        "masked_step_backward",
        find='dx = da @ params["W"].T',
        replace='dx = dh @ params["W"].T',
        hint="The gradient of x is made from dh, which has not gone through the tanh yet. Start from da.",
    ),
    Misconception(
        "du-from-new-state",
        "masked_step_backward",
        find="h_prev.T @ da",
        replace="h.T @ da",
        hint="U was multiplied by the state before the step, so that is the one in its gradient.",
    ),
    Misconception(
        "du-transposed",
        "masked_step_backward",
        find="h_prev.T @ da",
        replace="da.T @ h_prev",
        hint="The gradient of U is transposed. U is square, so no shape complains: its rows belong to the state "
        "before, its columns to the pre-activation.",
    ),
    Misconception(
        "du-from-dh",
        "masked_step_backward",
        find="h_prev.T @ da",
        replace="h_prev.T @ dh",
        hint="The gradient of U is made from dh, which has not gone through the tanh yet. Start from da.",
    ),
    Misconception(
        "dw-from-dh",
        "masked_step_backward",
        find="x.T @ da",
        replace="x.T @ dh",
        hint="The gradient of W is made from dh, which has not gone through the tanh yet. Start from da.",
    ),
    Misconception(
        "db-from-dh",
        "masked_step_backward",
        find="da.sum(axis=0)",
        replace="dh.sum(axis=0)",
        hint="The gradient of b is made from dh, which has not gone through the tanh yet. Start from da.",
    ),
    Misconception(
        "db-mean",
        "masked_step_backward",
        find="da.sum(axis=0)",
        replace="da.mean(axis=0)",
        hint="The gradient of b is a mean over the batch here, while W's and U's are sums. All three are sums.",
    ),
    Misconception(
        "db-not-summed",
        "masked_step_backward",
        find="da.sum(axis=0)",
        replace="da",
        hint="The gradient of b still has the batch in it. One bias serves all sentences: add up over them.",
    ),
    Misconception(
        "step-gradients-mean",
        "masked_step_backward",
        find="    return dx, dh_prev, grads",
        replace="    grads = {key: grad / len(x) for key, grad in grads.items()}\n    return dx, dh_prev, grads",
        hint="All three parameters' gradients are divided by the batch. If the loss is a mean, that is in dh "
        "already.",
    ),
    Misconception(
        "step-backward-own-tanh",
        "masked_step_backward",
        find="da = through(dh",
        replace="da = tanh_backward(dh",
        hint="You work out da by your own function whatever was handed in. Call the name from the argument list.",
    ),
]

LAYER_BACKWARD = [
    Misconception(
        "dh-next-dropped",
        "rnn_layer_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = dhs[t]",
        hint="Each state gets the gradient from above and nothing from the step after it. Then no word learns "
        "from what comes later.",
    ),
    Misconception(
        "upstream-last-only",
        "rnn_layer_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = dh_next + (dhs[t] if t == len(x) - 1 else 0.0)",
        hint="Only the last step's upstream gradient comes in. A tagger asks at every word.",
    ),
    Misconception(
        "upstream-masked",
        "rnn_layer_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = dhs[t] * mask[t][:, None] + dh_next",
        hint="You drop the upstream gradient of the padding. What comes out there is the frozen state, and whoever "
        "used it sends a gradient back that counts. Whether it does is the loss's business.",
    ),
    Misconception(
        "bptt-forward",
        "rnn_layer_backward",
        find="for t in reversed(range(len(x))):",
        replace="for t in range(len(x)):",
        hint="You walk from the first step to the last. Gradients come from the step after, so start at the end.",
    ),
    Misconception(
        "h-prev-wraps-round",
        "rnn_layer_backward",
        find='[np.tile(params["h0"], (N, 1)), *hs[:-1]]',
        replace="[hs[t - 1] for t in range(len(x))]",
        hint="Before the first step you take hs[-1], which in Python is the last state of all. There stands h0.",
    ),
    Misconception(
        "h-prev-zero",
        "rnn_layer_backward",
        find='[np.tile(params["h0"], (N, 1)), *hs[:-1]]',
        replace="[0 * hs[0], *hs[:-1]]",
        hint="Before the first step you put zeros. The state there is the parameter h0, once for each sentence.",
    ),
    Misconception(
        "h-prev-is-h",
        "rnn_layer_backward",
        find='[np.tile(params["h0"], (N, 1)), *hs[:-1]]',
        replace="hs",
        hint="Each step gets its own state as the one before it. Look at what the forward pass stored in hs[0].",
    ),
    Misconception(
        "parameters-last-step-only",
        "rnn_layer_backward",
        find="{key: grads[key] + new[key] for key in grads}",
        replace="{key: new[key] for key in grads}",
        hint="Each step overwrites the gradients of the parameters. All steps share them: add up.",
    ),
    Misconception(
        "b-overwritten",
        "rnn_layer_backward",
        find="{key: grads[key] + new[key] for key in grads}",
        replace='{key: grads[key] * (key != "b") + new[key] for key in grads}',
        hint="The gradient of b is overwritten at every step, while W's and U's are added up.",
    ),
    Misconception(
        "parameters-mean-over-time",
        "rnn_layer_backward",
        find='    return dx, {**grads, "h0"',
        replace="    grads = {key: grad / len(x) for key, grad in grads.items()}\n"
        '    return dx, {**grads, "h0"',
        hint="You divide by the number of steps. The sum over the steps is what the chain rule gives.",
    ),
    Misconception(
        "h0-gradient-mean",
        "rnn_layer_backward",
        find="dh_next.sum(axis=0)",
        replace="dh_next.mean(axis=0)",
        hint="The gradient of h0 is a mean over the sentences. They all start from the one h0: add up.",
    ),
    Misconception(
        "h0-gradient-per-sentence",
        "rnn_layer_backward",
        find="dh_next.sum(axis=0)",
        replace="dh_next",
        hint="Your gradient of h0 has one row for each sentence. h0 is one vector, shared by all: add up.",
    ),
    Misconception(
        "h0-gradient-one-step-early",
        "rnn_layer_backward",
        find="dh_next.sum(axis=0)",
        replace="dh.sum(axis=0)",
        hint="That is the gradient of the state after the first word. h0 stands before it, one step further back.",
    ),
    Misconception(
        "h0-gradient-zero",
        "rnn_layer_backward",
        find="dh_next.sum(axis=0)",
        replace='np.zeros(params["h0"].shape)',
        hint="h0 gets no gradient. It is a parameter and is learned like the others.",
    ),
    Misconception(
        "upstream-changed-in-place",
        "rnn_layer_backward",
        find="dh = dhs[t] + dh_next",
        replace="dhs[t] += dh_next\n        dh = dhs[t]",
        hint="Your gradients are right, but you add into the caller's array of upstream gradients. Whoever checks "
        "you numerically with the same array is then told that your code is wrong.",
    ),
    Misconception(
        "truncated-after-five",
        "rnn_layer_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = dhs[t] + (dh_next if t >= len(x) - 5 else 0.0)",
        hint="After five steps the gradient of later steps is dropped. The way back goes to the first word, however "
        "long the sentence.",
    ),
    Misconception(
        "clip-inside-backward",
        "rnn_layer_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = np.clip(dhs[t] + dh_next, -1.0, 1.0)",
        hint="You clip inside the loop. That changes the gradient's direction at every step; clip, if at all, all "
        "gradients together when they are finished.",
    ),
    Misconception(
        "upstream-twice",
        "rnn_layer_backward",
        find="dh = dhs[t] + dh_next",
        replace="dh = 2 * dhs[t] + dh_next",
        hint="The gradient from above counts twice. Each state has one from above and one from the step after "
        "it.",
    ),
    Misconception(
        "layer-backward-first-mask",
        "rnn_layer_backward",
        find="hs[t], mask[t], params)",
        replace="hs[t], mask[0], params)",
        hint="Every step back is told the first row of the mask, so no sentence was ever over.",
    ),
    Misconception(
        "layer-backward-own-step",
        "rnn_layer_backward",
        find="new = step_backward(dh",
        replace="new = masked_step_backward(dh",
        hint="You call your own step backward whatever was handed in. Call the name from the argument list.",
    ),
]

BOTH = [
    Misconception(
        "backward-outputs-not-turned",
        "bidirectional",
        find="[there, reverse(back, mask)]",
        replace="[there, back]",
        hint="The outputs of the second direction are still turned round: beside the first word stands the state "
        "of the last. Turn them round again.",
    ),
    Misconception(
        "backward-input-not-turned",
        "bidirectional",
        find="layer(reverse(x, mask), mask",
        replace="layer(x, mask",
        hint="The second layer reads the sentence forward as well; only its outputs are turned round. Turn what "
        "goes in.",
    ),
    Misconception(
        "both-read-forward",
        "bidirectional",
        find="    ys = np.concatenate([there, reverse(back, mask)], axis=2)",
        replace='    back, cache_back = layer(x, mask, params["backward"])\n'
        "    ys = np.concatenate([there, back], axis=2)",
        hint="Both layers read forward. The second one reads the sentence from its end.",
    ),
    Misconception(
        "both-same-parameters",
        "bidirectional",
        find='params["backward"])',
        replace='params["forward"])',
        hint="Both directions use the forward layer's parameters. Each has its own.",
    ),
    Misconception(
        "parameters-exchanged",
        "bidirectional",
        find="    layer, reverse = layer or rnn_layer, reverse or reverse_padded",
        replace="    layer, reverse = layer or rnn_layer, reverse or reverse_padded\n"
        '    params = {"forward": params["backward"], "backward": params["forward"]}',
        hint="The forward layer has the backward one's parameters, and the other way round.",
    ),
    Misconception(
        "halves-exchanged",
        "bidirectional",
        find="[there, reverse(back, mask)]",
        replace="[reverse(back, mask), there]",
        hint="Your backward half stands first. The forward half should.",
    ),
    Misconception(
        "directions-added",
        "bidirectional",
        find="np.concatenate([there, reverse(back, mask)], axis=2)",
        replace="there + reverse(back, mask)",
        hint="You add the two directions (Keras calls this merge_mode 'sum'). Here they stand side by side, and "
        "the result is 2H wide.",
    ),
    Misconception(
        "directions-one-after-the-other",
        "bidirectional",
        find="axis=2)",
        replace="axis=0)",
        hint="You put the two directions one after the other in time. They belong side by side, along the last "
        "axis.",
    ),
    Misconception(
        "backward-reads-outputs",
        "bidirectional",
        find="layer(reverse(x, mask)",
        replace="layer(reverse(there, mask) @ np.ones((there.shape[2], x.shape[2]))",
        hint="The second layer reads what the first wrote. Both read x.",
    ),
    Misconception(
        "mask-flipped",
        "bidirectional",
        find="layer(reverse(x, mask), mask,",
        replace="layer(reverse(x, mask), mask[::-1],",
        hint="You turn the mask round for the second layer. A sentence turned round within its length has its "
        "words in the same places.",
    ),
    Misconception(
        "plain-flip-in-both",
        "bidirectional",
        find="    layer, reverse = layer or rnn_layer, reverse or reverse_padded",
        replace="    layer, reverse = layer or rnn_layer, lambda x, mask: x[::-1]",
        hint="You turn round with a plain x[::-1], and with it the padding. Call `reverse`, the name from the "
        "argument list.",
    ),
    Misconception(
        "both-own-reverse",
        "bidirectional",
        find="    layer, reverse = layer or rnn_layer, reverse or reverse_padded",
        replace="    layer, reverse = layer or rnn_layer, reverse_padded",
        hint="You call your own function to turn round, whatever was handed in. Call the name from the argument "
        "list.",
    ),
    Misconception(
        "both-caches-exchanged",
        "bidirectional",
        find='{"forward": cache_there, "backward": cache_back',
        replace='{"forward": cache_back, "backward": cache_there',
        hint="The outputs are right, but the two caches lie under each other's names.",
    ),
]

BOTH_BACKWARD = [
    Misconception(
        "upstream-not-turned",
        "bidirectional_backward",
        find="layer_backward(reverse(dys[:, :, H:], mask), ",
        replace="layer_backward(dys[:, :, H:], ",
        hint="The second half of the upstream gradient goes into its layer unturned. That layer's outputs were "
        "turned round on their way out.",
    ),
    Misconception(
        "dx-not-turned",
        "bidirectional_backward",
        find="dx_there + reverse(dx_back, mask)",
        replace="dx_there + dx_back",
        hint="What comes out of the second layer belongs to x turned round, and you add it as it is. Turn it "
        "round first.",
    ),
    Misconception(
        "backward-never-turned",
        "bidirectional_backward",
        find="    layer_backward, reverse = layer_backward or rnn_layer_backward, reverse or reverse_padded",
        replace="    layer_backward, reverse = layer_backward or rnn_layer_backward, lambda x, mask: x",
        hint="The second direction's gradient is never turned round, neither on its way in nor on its way out.",
    ),
    Misconception(
        "dx-forward-only",
        "bidirectional_backward",
        find="dx_there + reverse(dx_back, mask)",
        replace="dx_there",
        hint="x went into both layers, so both send a gradient back. The second one's is missing.",
    ),
    Misconception(
        "dx-backward-only",
        "bidirectional_backward",
        find="dx_there + reverse(dx_back, mask)",
        replace="reverse(dx_back, mask)",
        hint="x went into both layers, so both send a gradient back. The first one's is missing.",
    ),
    Misconception(
        "dx-mean",
        "bidirectional_backward",
        find="dx_there + reverse(dx_back, mask)",
        replace="0.5 * (dx_there + reverse(dx_back, mask))",
        hint="You take the mean of the two gradients of x. They add up.",
    ),
    Misconception(
        "dx-side-by-side",
        "bidirectional_backward",
        find="dx_there + reverse(dx_back, mask)",
        replace="np.concatenate([dx_there, reverse(dx_back, mask)], axis=2)",
        hint="You put the two gradients of x side by side. The outputs stood side by side; x is one and the same "
        "for both layers, and its gradients add up.",
    ),
    Misconception(
        "upstream-halves-exchanged",
        "bidirectional_backward",
        find="    dx_there, there",
        replace="    dys = np.concatenate([dys[:, :, H:], dys[:, :, :H]], axis=2)\n    dx_there, there",
        hint="Each layer gets the other one's half of the upstream gradient. The forward half comes first.",
    ),
    Misconception(
        "upstream-first-half-twice",
        "bidirectional_backward",
        find="reverse(dys[:, :, H:], mask)",
        replace="reverse(dys[:, :, :H], mask)",
        hint="Both layers get the first half of the upstream gradient. The second half belongs to the second "
        "layer.",
    ),
    Misconception(
        "both-gradients-exchanged",
        "bidirectional_backward",
        find='{"forward": there, "backward": back}',
        replace='{"forward": back, "backward": there}',
        hint="The gradients of the two layers' parameters lie under each other's names.",
    ),
    Misconception(
        "both-caches-same",
        "bidirectional_backward",
        find='cache["backward"])',
        replace='cache["forward"])',
        hint="Both layers go back with the forward layer's cache.",
    ),
    Misconception(
        "plain-flip-backward",
        "bidirectional_backward",
        find="    layer_backward, reverse = layer_backward or rnn_layer_backward, reverse or reverse_padded",
        replace="    layer_backward, reverse = layer_backward or rnn_layer_backward, lambda x, mask: x[::-1]",
        hint="You turn round with a plain [::-1], and with it the padding. Call `reverse`, the name from the "
        "argument list.",
    ),
]

STACK = [
    Misconception(
        "levels-side-by-side",
        "stack",
        find="x, cache = level(x, mask, level_params)",
        replace="y, cache = level(x, mask, level_params)",
        hint="Every level reads the words themselves, and what it wrote is lost. Each reads what the one below it "
        "wrote.",
    ),
    Misconception(
        "levels-from-the-top",
        "stack",
        find="for level_params in params:",
        replace="for level_params in reversed(params):",
        hint="You start with the last level's parameters. The lowest level, the first in the list, reads the "
        "words.",
    ),
    Misconception(
        "last-level-missing",
        "stack",
        find="for level_params in params:",
        replace="for level_params in params[:-1]:",
        hint="The last level is missing. Every dict in the list is a level.",
    ),
    Misconception(
        "stack-same-parameters",
        "stack",
        find="level(x, mask, level_params)",
        replace="level(x, mask, params[0])",
        hint="Every level gets the first one's parameters. Each has its own.",
    ),
    Misconception(
        "stack-without-mask",
        "stack",
        find="level(x, mask, level_params)",
        replace="level(x, np.ones_like(mask), level_params)",
        hint="Your levels are told that everything is a word. The padding is padding at every level.",
    ),
    Misconception(
        "stack-mask-first-level-only",
        "stack",
        find="        caches.append(cache)",
        replace="        caches.append(cache)\n        mask = np.ones_like(mask)",
        hint="Only the first level gets the mask. The padding is padding at every level.",
    ),
    Misconception(
        "stack-residual",
        "stack",
        find="        x, cache = level(x, mask, level_params)",
        replace="        y, cache = level(x, mask, level_params)\n"
        "        x = x + y if y.shape == x.shape else y",
        hint="Where the sizes agree, you add what goes into a level to what comes out of it. That is a residual "
        "connection, a good idea for deep stacks, but not asked for here.",
    ),
    Misconception(
        "stack-caches-reversed",
        "stack",
        find="        caches.append(cache)",
        replace="        caches.insert(0, cache)",
        hint="The outputs are right, but the caches come back with the last level first.",
    ),
]

STACK_BACKWARD = [
    Misconception(
        "stack-backward-from-below",
        "stack_backward",
        find="for cache in reversed(caches):",
        replace="for cache in caches:",
        hint="You go back through the lowest level first. The gradient comes from above: the last level is the "
        "first on the way back.",
    ),
    Misconception(
        "stack-gradients-reversed",
        "stack_backward",
        find="grads.insert(0, level_grads)",
        replace="grads.append(level_grads)",
        hint="The gradients are right, but they come back with the last level first. Then each level would be "
        "updated with another's.",
    ),
    Misconception(
        "stack-upstream-everywhere",
        "stack_backward",
        find="        dys, level_grads = level_backward(dys, cache)",
        replace="        dx, level_grads = level_backward(dys, cache)",
        hint="Every level gets the gradient of the last level's outputs. Each gets what the level above it sent "
        "back.",
    ),
    Misconception(
        "stack-one-level-back",
        "stack_backward",
        find="for cache in reversed(caches):",
        replace="for cache in caches[-1:]:",
        hint="You go back through the last level only. The levels below learn nothing then.",
    ),
    Misconception(
        "stack-returns-upstream",
        "stack_backward",
        find="        dys, level_grads = level_backward(dys, cache)\n        grads.insert(0, level_grads)\n"
        "    return dys, grads",
        replace="        dx, level_grads = level_backward(dys if cache is caches[-1] else dx, cache)\n"
        "        grads.insert(0, level_grads)\n"
        "    return dys, grads",
        hint="You hand back the upstream gradient itself in place of what came out below the lowest level.",
    ),
    Misconception(
        "stack-lowest-missing",
        "stack_backward",
        find="for cache in reversed(caches):",
        replace="for cache in caches[:0:-1]:",
        hint="The lowest level is missing on the way back, and what you hand on as dx belongs to its outputs.",
    ),
]

POOL = [
    Misconception(
        "mean-over-all-steps",
        "pool",
        find=".sum(axis=0) / lengths[:, None]",
        replace=".sum(axis=0) / len(ys)",
        hint="You divide by T. A short sentence's mean then shrinks with the padding below it; divide by its own "
        "number of words.",
    ),
    Misconception(
        "mean-counts-padding",
        "pool",
        find="np.where(words, ys, 0.0).sum(axis=0) / lengths[:, None]",
        replace="ys.mean(axis=0)",
        hint="The mean runs over the padding as well. Only the words count.",
    ),
    Misconception(
        "mean-padding-multiplied",
        "pool",
        find="np.where(words, ys, 0.0).sum(axis=0)",
        replace="(ys * words).sum(axis=0)",
        hint="You multiply the padding by 0. Where it is NaN it stays NaN: choose with np.where.",
    ),
    Misconception(
        "mean-is-sum",
        "pool",
        find=".sum(axis=0) / lengths[:, None]",
        replace=".sum(axis=0)",
        hint="That is the sum over the words. A long sentence would get a long vector; divide by the number of "
        "words.",
    ),
    Misconception(
        "mean-over-batch",
        "pool",
        find="np.where(words, ys, 0.0).sum(axis=0) / lengths[:, None]",
        replace="np.where(words, ys, 0.0).sum(axis=(0, 1)) / lengths.sum() + 0 * lengths[:, None]",
        hint="You take one mean over all words of all sentences. Each sentence has its own.",
    ),
    Misconception(
        "mean-by-longest",
        "pool",
        find="/ lengths[:, None]",
        replace="/ (lengths[:, None] + 1)",
        hint="You divide by one more than the number of words.",
    ),
    Misconception(
        "max-counts-padding",
        "pool",
        find="np.where(words, ys, -np.inf).max(axis=0)",
        replace="ys.max(axis=0)",
        hint="The maximum may come from the padding. Make sure that it cannot win.",
    ),
    Misconception(
        "max-over-zeros",
        "pool",
        find="np.where(words, ys, -np.inf).max(axis=0)",
        replace="np.where(words, ys, 0.0).max(axis=0)",
        hint="You set the padding to 0, and where all words are negative that 0 wins. What can never win a "
        "maximum?",
    ),
    Misconception(
        "max-by-size",
        "pool",
        find="np.where(words, ys, -np.inf).max(axis=0)",
        replace="np.abs(np.where(words, ys, 0.0)).max(axis=0)",
        hint="You take the largest absolute value. The largest number is asked for, sign and all.",
    ),
    Misconception(
        "max-is-min",
        "pool",
        find="np.where(words, ys, -np.inf).max(axis=0)",
        replace="np.where(words, ys, np.inf).min(axis=0)",
        hint="That is the smallest, not the largest.",
    ),
    Misconception(
        "max-of-one-word",
        "pool",
        find="        return np.where(words, ys, -np.inf).max(axis=0)",
        replace="        total = np.where(words, ys, 0.0).sum(axis=2)\n"
        "        best = np.where(mask, total, -np.inf).argmax(axis=0)\n"
        "        return ys[best, np.arange(len(lengths))]",
        hint="You pick one word and take its whole vector. The maximum is taken for each of the 2H numbers by "
        "itself.",
    ),
    Misconception(
        "ends-last-step",
        "pool",
        find="ys[lengths - 1, np.arange(len(lengths)), :H]",
        replace="ys[-1, :, :H]",
        hint="You take the last step of the batch. For every sentence but the longest, that is padding.",
    ),
    Misconception(
        "ends-last-word-for-both",
        "pool",
        find="first = ys[0, :, H:]",
        replace="first = ys[lengths - 1, np.arange(len(lengths)), H:]",
        hint="Both halves come from the last word. The backward direction has read only that one word there; it "
        "has read everything at the first.",
    ),
    Misconception(
        "ends-first-word-for-both",
        "pool",
        find="ys[lengths - 1, np.arange(len(lengths)), :H]",
        replace="ys[0, :, :H]",
        hint="Both halves come from the first word. The forward direction has read only that one word there.",
    ),
    Misconception(
        "ends-last-step-for-both",
        "pool",
        find="    return np.concatenate([last, first], axis=1)",
        replace="    return ys[-1]",
        hint="You take the last step of the batch as the summary. For most sentences that is padding, and for "
        "the backward half it is the wrong end.",
    ),
    Misconception(
        "ends-off-by-one",
        "pool",
        find="ys[lengths - 1, ",
        replace="ys[lengths - 2, ",
        hint="The forward half comes from the word before the last.",
    ),
    Misconception(
        "ends-past-the-end",
        "pool",
        find="ys[lengths - 1, ",
        replace="ys[np.minimum(lengths, len(ys) - 1), ",
        hint="The forward half comes from the place after the last word. Steps count from 0.",
    ),
    Misconception(
        "ends-exchanged",
        "pool",
        find="    return np.concatenate([last, first], axis=1)",
        replace="    return np.concatenate([first, last], axis=1)",
        hint="Your backward half stands first. The forward half should.",
    ),
    Misconception(
        "ends-halves-mixed-up",
        "pool",
        find="    return np.concatenate([last, first], axis=1)",
        replace="    last = ys[lengths - 1, np.arange(len(lengths)), H:]\n"
        "    return np.concatenate([ys[0, :, :H], last], axis=1)",
        hint="You take the forward half at the first word and the backward half at the last: there each of them "
        "has read a single word. It is the other way round.",
    ),
]

LOG_SOFTMAX_BODY = """    shifted = y - y.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))"""

LOG_SOFTMAX = [
    Misconception(
        "softmax-without-maximum",
        "log_softmax",
        find="y - y.max(axis=-1, keepdims=True)",
        replace="y",
        hint="The values are right, but the exponential of 1000 is infinite, and far below zero the sum is 0 and "
        "has no log. Take the maximum out first.",
    ),
    Misconception(
        "log-of-softmax",
        "log_softmax",
        find="    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))",
        replace="    p = np.exp(shifted)\n    return np.log(p / p.sum(axis=-1, keepdims=True))",
        hint="You work out the probabilities and then their logs. A probability below 1e-308 is 0, and its log "
        "is minus infinity. Subtract logs instead of dividing.",
    ),
    Misconception(
        "softmax-over-batch",
        "log_softmax",
        find=LOG_SOFTMAX_BODY,
        replace=LOG_SOFTMAX_BODY.replace("axis=-1", "axis=1"),
        hint="You normalise over the batch. The probabilities of one word's classes add up to 1: that is the last "
        "axis.",
    ),
    Misconception(
        "softmax-over-time",
        "log_softmax",
        find=LOG_SOFTMAX_BODY,
        replace=LOG_SOFTMAX_BODY.replace("axis=-1", "axis=0"),
        hint="You normalise over time. The probabilities of one word's classes add up to 1: that is the last "
        "axis.",
    ),
    Misconception(
        "softmax-over-everything",
        "log_softmax",
        find=LOG_SOFTMAX_BODY,
        replace="    shifted = y - y.max()\n    return shifted - np.log(np.exp(shifted).sum())",
        hint="You normalise over all words at once. Each word has probabilities of its own.",
    ),
    Misconception(
        "softmax-not-log",
        "log_softmax",
        find="    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))",
        replace="    return np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True)",
        hint="These are the probabilities. Their logarithms are asked for.",
    ),
    Misconception(
        "log-softmax-base-two",
        "log_softmax",
        find="    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))",
        replace="    return (shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))) / np.log(2)",
        hint="Your logarithms have base 2. Natural ones are asked for, or the gradient p − 1 does not fit.",
    ),
    Misconception(
        "log-softmax-maximum-lost",
        "log_softmax",
        find="return shifted - np.log",
        replace="return y - np.log",
        hint="You take the maximum out of the sum and not out of the score in front of it. Both lose it, or "
        "neither.",
    ),
    Misconception(
        "log-softmax-one-maximum",
        "log_softmax",
        find="    shifted = y - y.max(axis=-1, keepdims=True)",
        replace="    shifted = np.maximum(y - y.max(axis=-1, keepdims=True), -30.0)",
        hint="You cut the scores off below. An unlikely class has a log-probability too, however small.",
    ),
]

LOSS = [
    Misconception(
        "padding-in-loss",
        "masked_loss",
        find="    return float(-right.sum() / mask.sum())",
        replace="    every = np.take_along_axis(log_p, targets[..., None], axis=2)\n    return float(-every.mean())",
        hint="The padding is counted as if it were words. Then the loss can fall by tagging the padding well, "
        "which is of no use to anyone; take the words alone.",
    ),
    Misconception(
        "loss-divided-by-all-places",
        "masked_loss",
        find="/ mask.sum())",
        replace="/ mask.size)",
        hint="You leave the padding out of the sum but not out of the count. Divide by the number of words.",
    ),
    Misconception(
        "loss-divided-by-sentences",
        "masked_loss",
        find="/ mask.sum())",
        replace="/ mask.shape[1])",
        hint="You divide by the number of sentences. The mean is over words.",
    ),
    Misconception(
        "loss-divided-by-steps",
        "masked_loss",
        find="/ mask.sum())",
        replace="/ len(mask))",
        hint="You divide by the number of steps. The mean is over words.",
    ),
    Misconception(
        "loss-is-a-sum",
        "masked_loss",
        find="-right.sum() / mask.sum()",
        replace="-right.sum()",
        hint="That is the sum over the words. It would grow with the batch; a mean is asked for.",
    ),
    Misconception(
        "loss-mean-of-means",
        "masked_loss",
        find="    return float(-right.sum() / mask.sum())",
        replace="    each = np.zeros(mask.shape)\n"
        "    each[mask] = right\n"
        "    return float(-(each.sum(axis=0) / mask.sum(axis=0)).mean())",
        hint="You take each sentence's mean, and then the mean of those. A word in a short sentence then weighs "
        "more than one in a long sentence.",
    ),
    Misconception(
        "loss-sign",
        "masked_loss",
        find="-right.sum()",
        replace="right.sum()",
        hint="Your loss is negative, and training would make the model worse. It is minus the log-probability.",
    ),
    Misconception(
        "loss-inverted-mask",
        "masked_loss",
        find="    right = ",
        replace="    mask = ~mask\n    right = ",
        hint="You score the padding and leave out the words. The mask is True at a word.",
    ),
    Misconception(
        "loss-of-probability",
        "masked_loss",
        find="    return float(-right.sum() / mask.sum())",
        replace="    return float(1.0 - np.exp(right).sum() / mask.sum())",
        hint="That is one minus the mean probability of the right class. The loss is the mean of minus its log.",
    ),
    Misconception(
        "loss-of-best-class",
        "masked_loss",
        find="targets[mask]]",
        replace="log_p[mask].argmax(axis=1)]",
        hint="You score the class that the model likes best, not the right one.",
    ),
    Misconception(
        "loss-over-classes",
        "masked_loss",
        find="/ mask.sum())",
        replace="/ (mask.sum() * log_p.shape[2]))",
        hint="You divide by the number of classes as well. One class a word is scored.",
    ),
    Misconception(
        "targets-shifted",
        "masked_loss",
        find="targets[mask]]",
        replace="np.roll(targets, -1, axis=0)[mask]]",
        hint="Each word is scored against the next one's class. That is right for a language model, which "
        "predicts what comes; a tagger's target stands at the word itself.",
    ),
]

LOSS_BACKWARD = [
    Misconception(
        "dy-of-padding",
        "masked_loss_backward",
        find="    return dy",
        replace="    dy[~mask] = np.exp(log_p[~mask]) / M\n    return dy",
        hint="The padding's scores get a gradient, so the network learns to tag what is not there. It is zero "
        "in the padding.",
    ),
    Misconception(
        "dy-padding-everywhere",
        "masked_loss_backward",
        find="    return dy",
        replace="    dy = np.exp(log_p)\n"
        "    np.put_along_axis(\n"
        "        dy, targets[..., None], np.take_along_axis(dy, targets[..., None], axis=2) - 1.0, axis=2\n"
        "    )\n"
        "    return dy / mask.size",
        hint="The padding's scores get a gradient, and the count is that of all places. Only words count, in "
        "both.",
    ),
    Misconception(
        "dy-divided-by-all-places",
        "masked_loss_backward",
        find="dy[mask] = rows / M",
        replace="dy[mask] = rows / mask.size",
        hint="You divide by all places. The loss is a mean over words, and its gradient too.",
    ),
    Misconception(
        "dy-divided-by-sentences",
        "masked_loss_backward",
        find="dy[mask] = rows / M",
        replace="dy[mask] = rows / mask.shape[1]",
        hint="You divide by the number of sentences. The loss is a mean over words, and its gradient too.",
    ),
    Misconception(
        "dy-not-divided",
        "masked_loss_backward",
        find="dy[mask] = rows / M",
        replace="dy[mask] = rows",
        hint="You do not divide. The loss is a mean over words, and so is its gradient.",
    ),
    Misconception(
        "dy-sign",
        "masked_loss_backward",
        find="rows[np.arange(M), targets[mask]] -= 1.0",
        replace="rows[np.arange(M), targets[mask]] += 1.0",
        hint="The 1 at the right class has the wrong sign: its score must be pushed up, so its gradient is "
        "negative.",
    ),
    Misconception(
        "dy-negated",
        "masked_loss_backward",
        find="dy[mask] = rows / M",
        replace="dy[mask] = -rows / M",
        hint="The whole gradient has the wrong sign, so that training would go uphill.",
    ),
    Misconception(
        "dy-without-target",
        "masked_loss_backward",
        find="    rows[np.arange(M), targets[mask]] -= 1.0\n",
        replace="",
        hint="The right classes play no part: these are the probabilities alone. Without the 1 every score is "
        "pushed down.",
    ),
    Misconception(
        "dy-target-only",
        "masked_loss_backward",
        find="rows = np.exp(log_p[mask])",
        replace="rows = np.zeros(log_p[mask].shape)",
        hint="Only the right class gets a gradient. The others compete with it: theirs is their probability.",
    ),
    Misconception(
        "dy-by-log-p",
        "masked_loss_backward",
        find="rows = np.exp(log_p[mask])",
        replace="rows = log_p[mask].copy()",
        hint="You subtract the 1 from the log-probabilities. It is taken from the probabilities themselves.",
    ),
    Misconception(
        "dy-mask-inverted",
        "masked_loss_backward",
        find="    M = mask.sum()",
        replace="    mask = ~mask\n    M = mask.sum()",
        hint="The padding gets the gradient and the words get none. The mask is True at a word.",
    ),
    Misconception(
        "dy-sentence-means",
        "masked_loss_backward",
        find="    return dy",
        replace="    return dy * M / (mask.sum(axis=0) * mask.shape[1])[:, None]",
        hint="Each sentence weighs the same, so a word in a short one weighs more. Every word weighs one M-th.",
    ),
]

TAGGER = [
    Misconception(
        "output-bias-missing",
        "tagger_gradients",
        find=' + params["b_y"]',
        replace="",
        hint="The output layer has no bias on the way forward, yet it gets a gradient.",
    ),
    Misconception(
        "db-y-mean",
        "tagger_gradients",
        find="dy.sum(axis=(0, 1))",
        replace="dy.mean(axis=(0, 1))",
        hint="The gradient of b_y is a mean over all places. The mean over words is in dy already: add up.",
    ),
    Misconception(
        "db-y-last-step",
        "tagger_gradients",
        find="dy.sum(axis=(0, 1))",
        replace="dy[-1].sum(axis=0)",
        hint="The gradient of b_y comes from the last step alone. All places share the output layer.",
    ),
    Misconception(
        "dv-last-step",
        "tagger_gradients",
        find="ys.reshape(-1, ys.shape[2]).T @ dy.reshape(-1, dy.shape[2])",
        replace="ys[-1].T @ dy[-1]",
        hint="The gradient of V comes from the last step alone. All places share the output layer.",
    ),
    Misconception(
        "gradient-of-probabilities",
        "tagger_gradients",
        find='dy @ params["V"].T, caches',
        replace='np.exp(log_p) @ params["V"].T, caches',
        hint="What you send back into the layers are the probabilities. Their gradient is dy.",
    ),
    Misconception(
        "table-not-learned",
        "tagger_gradients",
        find='len(params["emb"]))',
        replace='len(params["emb"]))\n    d_emb = np.zeros_like(params["emb"])',
        hint="The table gets no gradient, so the word vectors stay where they were drawn.",
        ties=("embedding-only-padding",),
    ),
    Misconception(
        "tagger-forward-without-mask",
        "tagger_gradients",
        find="masked_loss(log_p, targets, mask)\n    dy",
        replace="masked_loss(log_p, targets, np.ones_like(mask))\n    dy",
        hint="The loss counts the padding, while its gradient does not. Then what you watch is not what you "
        "train.",
        ties=("padding-in-loss",),
    ),
]

MISCONCEPTIONS = [
    *PAD,
    *EMBED,
    *EMBED_BACKWARD,
    *REVERSE,
    *STEP,
    *LAYER,
    *TANH_BACKWARD,
    *STEP_BACKWARD,
    *LAYER_BACKWARD,
    *BOTH,
    *BOTH_BACKWARD,
    *STACK,
    *STACK_BACKWARD,
    *POOL,
    *LOG_SOFTMAX,
    *LOSS,
    *LOSS_BACKWARD,
    *TAGGER,
]
