"""Wrong answers to lab 2 that we recognise: patches of the solution, each with what the student is told."""

from __future__ import annotations

from autograder.authoring import Misconception

FIVE = [
    Misconception(
        "factor-error-turned-round",
        "five_factors",
        find="by_output = y_hat - target",
        replace="by_output = target - y_hat",
        hint="The first factor has the wrong sign. If the output is too large, the loss grows when it grows "
        "further.",
    ),
    Misconception(
        "factor-without-half",
        "five_factors",
        find="by_output = y_hat - target",
        replace="by_output = 2.0 * (y_hat - target)",
        hint="The first factor is twice too large. The 2 of the square and the 1/2 before it cancel.",
    ),
    Misconception(
        "factor-loss-for-its-slope",
        "five_factors",
        find="by_output = y_hat - target",
        replace="by_output = 0.5 * (y_hat - target) ** 2",
        hint="The first factor is the loss itself. Its derivative by the output is wanted.",
    ),
    Misconception(
        "factor-output-slope-of-tanh",
        "five_factors",
        find="y_hat * (1.0 - y_hat)",
        replace="1.0 - y_hat**2",
        hint="The second factor is the slope of a tanh. The output unit has a sigmoid.",
    ),
    Misconception(
        "factor-hidden-slope-of-tanh",
        "five_factors",
        find="h22 * (1.0 - h22)",
        replace="1.0 - h22**2",
        hint="The fourth factor is the slope of a tanh. The hidden unit has a sigmoid.",
    ),
    Misconception(
        "factor-sigmoid-twice",
        "five_factors",
        find="    return np.array([by_output, output_slope, w312, hidden_slope, x2])",
        replace="    s, q = 1.0 / (1.0 + np.exp(-y_hat)), 1.0 / (1.0 + np.exp(-h22))\n"
        "    return np.array([by_output, s * (1.0 - s), w312, q * (1.0 - q), x2])",
        hint="You put the outputs through the sigmoid once more before taking the slope. They have been "
        "through it: y_hat and h22 are what came out.",
    ),
    Misconception(
        "factor-value-for-slope",
        "five_factors",
        find="    return np.array([by_output, output_slope, w312, hidden_slope, x2])",
        replace="    return np.array([by_output, y_hat, w312, h22, x2])",
        hint="Where a slope of the sigmoid is wanted, you give its value. How fast does the output change when "
        "the sum that goes in does?",
    ),
    Misconception(
        "factor-one-minus-only",
        "five_factors",
        find="    return np.array([by_output, output_slope, w312, hidden_slope, x2])",
        replace="    return np.array([by_output, 1.0 - y_hat, w312, 1.0 - h22, x2])",
        hint="The slope of a sigmoid is a product of two things, and you have one of them.",
    ),
    Misconception(
        "factor-h-for-w",
        "five_factors",
        find="output_slope, w312, hidden_slope",
        replace="output_slope, h22, hidden_slope",
        hint="The third factor says how a31 changes with h22. Which number stands beside h22 there?",
    ),
    Misconception(
        "factor-w-and-x-swapped",
        "five_factors",
        find="output_slope, w312, hidden_slope, x2]",
        replace="output_slope, x2, hidden_slope, w312]",
        hint="The third and the fifth factor have changed places. Between the layers stands a weight, at the "
        "very end the input.",
    ),
    Misconception(
        "factor-slopes-swapped",
        "five_factors",
        find="by_output, output_slope, w312, hidden_slope, x2]",
        replace="by_output, hidden_slope, w312, output_slope, x2]",
        hint="The two slopes have changed places. The walk starts at the loss, so the output unit's comes "
        "first.",
    ),
    Misconception(
        "factors-from-the-weight",
        "five_factors",
        find="    return np.array([by_output, output_slope, w312, hidden_slope, x2])",
        replace="    return np.array([x2, hidden_slope, w312, output_slope, by_output])",
        hint="The factors come from the weight to the loss. The formula lists them from the loss back to the "
        "weight.",
    ),
    Misconception(
        "factors-multiplied",
        "five_factors",
        find="    return np.array([by_output, output_slope, w312, hidden_slope, x2])",
        replace="    return by_output * output_slope * w312 * hidden_slope * x2",
        hint="This is the product already. The five factors one by one are wanted.",
    ),
]

NUMERIC = [
    Misconception(
        "numeric-one-sided",
        "numeric_gradients",
        find="            moved[index] = array[index] - eps\n"
        "            below = loss({**params, name: moved})\n"
        "            slopes[name][index] = (above - below) / (2 * eps)",
        replace="            slopes[name][index] = (above - loss(params)) / eps",
        hint="You move to one side only. That error shrinks like eps, the two-sided one like eps squared.",
    ),
    Misconception(
        "numeric-half-step",
        "numeric_gradients",
        find="(above - below) / (2 * eps)",
        replace="(above - below) / eps",
        hint="Your gradient is twice too large. How far apart are the two points?",
    ),
    Misconception(
        "numeric-divided-in-wrong-order",
        "numeric_gradients",
        find="(above - below) / (2 * eps)",
        replace="(above - below) / 2 * eps",
        hint="You divide by 2 and then multiply by eps. Python works from left to right: brackets are missing.",
    ),
    Misconception(
        "numeric-sign",
        "numeric_gradients",
        find="(above - below)",
        replace="(below - above)",
        hint="The sign is turned round: it is the loss above minus the loss below.",
    ),
    Misconception(
        "numeric-eps-ignored",
        "numeric_gradients",
        find="    slopes = {}\n",
        replace="    slopes, eps = {}, 1e-5\n",
        hint="The step is fixed inside. Use the eps that is handed in.",
    ),
    Misconception(
        "numeric-eps-relative",
        "numeric_gradients",
        find="            moved[index] = array[index] + eps\n"
        "            above = loss({**params, name: moved})\n"
        "            moved[index] = array[index] - eps",
        replace="            moved[index] = array[index] * (1 + eps)\n"
        "            above = loss({**params, name: moved})\n"
        "            moved[index] = array[index] * (1 - eps)",
        hint="You move by a share of the entry and divide by eps itself. Move every entry by the same amount.",
    ),
    Misconception(
        "numeric-whole-array",
        "numeric_gradients",
        find="            moved[index] = array[index] + eps\n"
        "            above = loss({**params, name: moved})\n"
        "            moved[index] = array[index] - eps\n"
        "            below = loss({**params, name: moved})",
        replace="            above = loss({**params, name: array + eps})\n"
        "            below = loss({**params, name: array - eps})",
        hint="You move all entries of an array together, so every place gets the sum of the array's gradient.",
    ),
    Misconception(
        "numeric-entries-stay-moved",
        "numeric_gradients",
        find="        for index in np.ndindex(array.shape):\n            moved = array.copy()\n",
        replace="        moved = array.copy()\n        for index in np.ndindex(array.shape):\n",
        hint="Entries stay moved after their turn, so later ones are measured somewhere else. Start each turn "
        "from the array as it was.",
    ),
    Misconception(
        "numeric-down-from-up",
        "numeric_gradients",
        find="moved[index] = array[index] - eps",
        replace="moved[index] = moved[index] - eps",
        hint="On the way down you start from where you went up, so you come back to the middle and no "
        "further.",
    ),
    Misconception(
        "numeric-first-axis",
        "numeric_gradients",
        find="in np.ndindex(array.shape)",
        replace="in range(len(np.atleast_1d(array)))",
        hint="You run over the first axis only and move whole rows. An array may have any number of axes.",
    ),
    Misconception(
        "numeric-other-parameters-missing",
        "numeric_gradients",
        find="            above = loss({**params, name: moved})",
        replace="            above = loss({name: moved})",
        hint="The loss gets a dict with one array in it. It needs all of them, with one replaced.",
    ),
    Misconception(
        "numeric-last-array-only",
        "numeric_gradients",
        find="    slopes = {}\n    for name, array in params.items():\n",
        replace="    for name, array in params.items():\n        slopes = {}\n",
        hint="Only the last array's gradient comes back. The dict is made anew for every array.",
    ),
    Misconception(
        "error-mean",
        "relative_error",
        find="np.abs(by_hand - by_numbers).max()",
        replace="np.abs(by_hand - by_numbers).mean()",
        hint="You average the differences. Then one wrong entry among many right ones goes unnoticed; take "
        "the largest.",
    ),
    Misconception(
        "error-without-abs-apart",
        "relative_error",
        find="np.abs(by_hand - by_numbers).max()",
        replace="(by_hand - by_numbers).max()",
        hint="A difference below zero is a difference too. Take absolute values before you look for the "
        "largest.",
    ),
    Misconception(
        "error-without-abs-size",
        "relative_error",
        find="max(np.abs(by_hand).max(), np.abs(by_numbers).max())",
        replace="max(by_hand.max(), by_numbers.max())",
        hint="What you divide by ignores negative entries, however large they are.",
    ),
    Misconception(
        "error-absolute",
        "relative_error",
        find="float(apart / size) if size > 0 else 0.0",
        replace="float(apart)",
        hint="This is the difference itself. Whether 0.001 is much depends on how large the gradients are.",
    ),
    Misconception(
        "error-entry-by-entry",
        "relative_error",
        find="    apart = np.abs(by_hand - by_numbers).max()\n"
        "    size = max(np.abs(by_hand).max(), np.abs(by_numbers).max())\n"
        "    return float(apart / size) if size > 0 else 0.0",
        replace="    size = np.maximum(np.abs(by_hand), np.abs(by_numbers))\n"
        "    size[size == 0] = 1.0\n"
        "    return float((np.abs(by_hand - by_numbers) / size).max())",
        hint="You divide entry by entry, so an entry that is nearly zero makes a huge error out of rounding. "
        "Divide the largest difference by the largest entry.",
    ),
    Misconception(
        "error-by-first",
        "relative_error",
        find="max(np.abs(by_hand).max(), np.abs(by_numbers).max())",
        replace="np.abs(by_hand).max()",
        hint="You measure by the first gradient alone, so a gradient that is wrongly zero divides by zero, "
        "and it matters which comes first.",
    ),
    Misconception(
        "error-by-numeric",
        "relative_error",
        find="max(np.abs(by_hand).max(), np.abs(by_numbers).max())",
        replace="np.abs(by_numbers).max()",
        hint="You measure by the second gradient alone, so it matters which comes first. Take the larger of "
        "both.",
    ),
    Misconception(
        "error-by-smaller",
        "relative_error",
        find="max(np.abs(by_hand).max(), np.abs(by_numbers).max())",
        replace="min(np.abs(by_hand).max(), np.abs(by_numbers).max())",
        hint="You divide by the smaller of the two sizes. If one gradient is zero, that is a division by zero.",
    ),
    Misconception(
        "error-by-sum",
        "relative_error",
        find="max(np.abs(by_hand).max(), np.abs(by_numbers).max())",
        replace="np.abs(by_hand).max() + np.abs(by_numbers).max()",
        hint="You divide by the sum of both sizes, so your error is about half of what it should be. Take the "
        "larger of the two.",
    ),
    Misconception(
        "error-by-lengths",
        "relative_error",
        find="    apart = np.abs(by_hand - by_numbers).max()\n"
        "    size = max(np.abs(by_hand).max(), np.abs(by_numbers).max())",
        replace="    apart = np.sqrt(np.sum((by_hand - by_numbers) ** 2))\n"
        "    size = max(np.sqrt(np.sum(by_hand**2)), np.sqrt(np.sum(by_numbers**2)))",
        hint="You compare lengths of vectors. That is a good measure too, but the formula above compares the "
        "largest entries, and your answer is compared with that.",
    ),
    Misconception(
        "error-of-zeros",
        "relative_error",
        find="float(apart / size) if size > 0 else 0.0",
        replace="float(apart / size)",
        hint="Two gradients of zero give 0 divided by 0, which is NaN. They agree, so their error is 0.",
    ),
    Misconception(
        "error-with-a-small-number",
        "relative_error",
        find="float(apart / size) if size > 0 else 0.0",
        replace="float(apart / (size + 1e-8))",
        hint="The small number that you add against a division by zero is not small beside a gradient that is "
        "small itself. Treat zero as a case of its own.",
    ),
]

FORWARD = [
    Misconception(
        "forward-without-recurrence",
        "rnn_forward",
        find=' + state @ params["U"]',
        replace="",
        hint="The state before has no part in the new one, so nothing is remembered.",
    ),
    Misconception(
        "forward-without-bias",
        "rnn_forward",
        find=' + params["b"])',
        replace=")",
        hint="The bias of the units is missing from the sum.",
    ),
    Misconception(
        "forward-bias-twice",
        "rnn_forward",
        find=' + params["b"])',
        replace=' + 2 * params["b"])',
        hint="The bias goes in twice. There is one bias for the whole sum, not one for x and one for h.",
    ),
    Misconception(
        "forward-without-curve",
        "rnn_forward",
        find='np.tanh(x_t @ params["W"] + state @ params["U"] + params["b"])',
        replace='x_t @ params["W"] + state @ params["U"] + params["b"]',
        hint="The tanh is missing: these are pre-activations.",
    ),
    Misconception(
        "forward-state-not-carried",
        "rnn_forward",
        find="state @ params",
        replace="h0 @ params",
        hint="Every step starts from h0. Hand on the state that the step before left.",
    ),
    Misconception(
        "forward-without-h0",
        "rnn_forward",
        find="state, states = h0, []",
        replace="state, states = 0.0 * h0, []",
        hint="The first step starts from zeros, whatever h0 is handed in.",
    ),
    Misconception(
        "forward-w-and-u-swapped-places",
        "rnn_forward",
        find='state @ params["U"]',
        replace='state @ params["U"].T',
        hint="U is transposed. It is square, so no shape complains; but a state in rows stands to the left of "
        "U as it is.",
    ),
    Misconception(
        "forward-backwards-in-time",
        "rnn_forward",
        find="for x_t in x:",
        replace="for x_t in x[::-1]:",
        hint="The sequence is read from its end.",
    ),
    Misconception(
        "forward-h0-among-states",
        "rnn_forward",
        find="    hs = np.stack(states)",
        replace="    hs = np.stack([h0, *states])",
        hint="There is one state too many: h0 stands in front. hs[0] is the state after the first input.",
    ),
    Misconception(
        "forward-states-one-late",
        "rnn_forward",
        find="    hs = np.stack(states)",
        replace="    hs = np.stack([h0, *states[:-1]])",
        hint="Every state stands one step late: hs[0] is h0. It should be the state after the first input.",
    ),
    Misconception(
        "forward-last-state-repeated",
        "rnn_forward",
        find="    hs = np.stack(states)",
        replace="    hs = np.stack([state] * len(x))",
        hint="Every entry of hs is the last state. Keep each step's own.",
    ),
    Misconception(
        "forward-curve-inside",
        "rnn_forward",
        find='np.tanh(x_t @ params["W"] + state @ params["U"] + params["b"])',
        replace='x_t @ params["W"] + np.tanh(state) @ params["U"] + params["b"]',
        hint="The curve is applied to the old state, inside the sum. Ours stands outside and bends the whole "
        "sum.",
    ),
    Misconception(
        "forward-scores-without-bias",
        "rnn_forward",
        find=' + params["b_y"]',
        replace="",
        hint="The bias of the output layer, b_y, is missing from the scores.",
    ),
    Misconception(
        "forward-scores-squashed",
        "rnn_forward",
        find='    y = hs @ params["V"] + params["b_y"]',
        replace='    y = np.tanh(hs @ params["V"] + params["b_y"])',
        hint="The scores go through a curve. They are any numbers; the softmax comes with the loss.",
    ),
    Misconception(
        "forward-probabilities",
        "rnn_forward",
        find='    y = hs @ params["V"] + params["b_y"]',
        replace='    y = hs @ params["V"] + params["b_y"]\n    y = np.exp(y)\n'
        "    y = y / y.sum(axis=-1, keepdims=True)",
        hint="These are probabilities. Scores are wanted; the softmax comes with the loss.",
    ),
    Misconception(
        "forward-last-scores-only",
        "rnn_forward",
        find='    y = hs @ params["V"]',
        replace='    y = hs[-1] @ params["V"]',
        hint="Only the last state is scored. A model of text needs scores at every step.",
    ),
    Misconception(
        "forward-float32",
        "rnn_forward",
        find="    return hs, y",
        replace="    return hs.astype(np.float32), y.astype(np.float32)",
        hint="The numbers are right, but only to seven digits: somewhere they become float32. Then the judge "
        "cannot tell a mistake from rounding.",
    ),
    Misconception(
        "forward-squeezed",
        "rnn_forward",
        find="    return hs, y",
        replace="    return np.squeeze(hs), np.squeeze(y)",
        hint="An axis of length 1 is gone. One step and a batch of one keep all their axes.",
    ),
    Misconception(
        "forward-h0-changed-in-place",
        "rnn_forward",
        find="        state = np.tanh(",
        replace="        state[:] = np.tanh(",
        hint="You write each new state into the array of the old one. So the caller's h0 is changed, and "
        "all the states you kept are one and the same array.",
    ),
]

LOSS = [
    Misconception(
        "loss-overflow",
        "loss_and_dy",
        find="lowered = y - y.max(axis=-1, keepdims=True)",
        replace="lowered = y",
        hint="The exponential of a large score overflows. Take each row's maximum away first.",
    ),
    Misconception(
        "loss-one-maximum-for-all",
        "loss_and_dy",
        find="y.max(axis=-1, keepdims=True)",
        replace="y.max()",
        hint="You take one maximum away from all rows. In a row far below it all exponentials vanish, and "
        "the logarithm of 0 is infinite. Each row has a maximum of its own.",
    ),
    Misconception(
        "loss-log-of-softmax",
        "loss_and_dy",
        find="truth * (np.log(total) - lowered)",
        replace="-truth * np.log(p)",
        hint="You take the softmax first and its logarithm afterwards. A probability may be 0 in floating "
        "point, and log 0 is infinite. Put the two formulas together.",
    ),
    Misconception(
        "loss-log-with-a-small-number",
        "loss_and_dy",
        find="truth * (np.log(total) - lowered)",
        replace="-truth * np.log(p + 1e-12)",
        hint="The small number saves you from log 0, but it also caps the loss: no surprise can be larger than "
        "minus its logarithm, and dy is no longer the gradient of your loss.",
    ),
    Misconception(
        "loss-summed",
        "loss_and_dy",
        find="    loss = np.sum(truth * (np.log(total) - lowered)) / targets.size",
        replace="    loss = np.sum(truth * (np.log(total) - lowered))",
        hint="Your loss is a sum over all rows. It is a mean over all T times N.",
    ),
    Misconception(
        "loss-mean-over-batch-only",
        "loss_and_dy",
        find="    loss = np.sum(truth * (np.log(total) - lowered)) / targets.size",
        replace="    loss = np.sum(truth * (np.log(total) - lowered)) / targets.shape[1]",
        hint="Your loss is a mean over the batch, and a sum over the steps. The lecture does that; here it is "
        "a mean over both.",
    ),
    Misconception(
        "loss-mean-over-classes-too",
        "loss_and_dy",
        find="    loss = np.sum(truth * (np.log(total) - lowered)) / targets.size",
        replace="    loss = np.sum(truth * (np.log(total) - lowered)) / y.size",
        hint="You divide by the number of scores. A row counts once, however many classes it has.",
    ),
    Misconception(
        "loss-in-bits",
        "loss_and_dy",
        find="np.log(total) - lowered)",
        replace="np.log(total) - lowered) / np.log(2.0)",
        hint="Your loss is in bits. It is wanted in nats, with the natural logarithm.",
    ),
    Misconception(
        "loss-sign",
        "loss_and_dy",
        find="truth * (np.log(total) - lowered)",
        replace="truth * (lowered - np.log(total))",
        hint="The sign is turned round. A surprise is never negative.",
    ),
    Misconception(
        "loss-all-classes",
        "loss_and_dy",
        find="truth * (np.log(total) - lowered)",
        replace="(np.log(total) - lowered)",
        hint="You add up the surprise at all classes. Only the right one counts.",
    ),
    Misconception(
        "loss-of-belief-only",
        "loss_and_dy",
        find="truth * (np.log(total) - lowered)",
        replace="p * (np.log(total) - lowered)",
        hint="You weigh the surprise by what the model believes, not by the truth. The targets do not occur.",
    ),
    Misconception(
        "softmax-over-steps",
        "loss_and_dy",
        find="np.exp(lowered).sum(axis=-1, keepdims=True)",
        replace="np.exp(lowered).sum(axis=0, keepdims=True)",
        hint="The probabilities add up to 1 over the steps. They have to over the classes, the last axis.",
    ),
    Misconception(
        "dy-summed",
        "loss_and_dy",
        find="dy = (p - truth) / targets.size",
        replace="dy = p - truth",
        hint="The gradient is that of a sum over all rows. The loss is a mean, so each row has its share.",
    ),
    Misconception(
        "dy-over-batch-only",
        "loss_and_dy",
        find="dy = (p - truth) / targets.size",
        replace="dy = (p - truth) / targets.shape[1]",
        hint="You divide by the batch size only. The loss is a mean over steps and batch.",
    ),
    Misconception(
        "dy-over-steps-only",
        "loss_and_dy",
        find="dy = (p - truth) / targets.size",
        replace="dy = (p - truth) / len(targets)",
        hint="You divide by the number of steps only. The loss is a mean over steps and batch.",
    ),
    Misconception(
        "dy-over-classes-too",
        "loss_and_dy",
        find="dy = (p - truth) / targets.size",
        replace="dy = (p - truth) / y.size",
        hint="You divide by the number of classes, too. The loss is a mean over rows, not over scores.",
    ),
    Misconception(
        "dy-sign",
        "loss_and_dy",
        find="dy = (p - truth)",
        replace="dy = (truth - p)",
        hint="This points uphill for the loss: it is what the model believed minus the truth, not the other "
        "way round.",
    ),
    Misconception(
        "dy-without-truth",
        "loss_and_dy",
        find="dy = (p - truth)",
        replace="dy = p",
        hint="The truth is not subtracted. Each row of the gradient must add up to zero.",
    ),
    Misconception(
        "dy-right-class-only",
        "loss_and_dy",
        find="dy = (p - truth)",
        replace="dy = truth * (p - truth)",
        hint="Only the right class gets a gradient. The others must be pushed down, each by what the model "
        "believed in it.",
    ),
    Misconception(
        "dy-through-softmax-again",
        "loss_and_dy",
        find="dy = (p - truth)",
        replace="dy = (p - truth) * p * (1.0 - p)",
        hint="You multiply by p(1 - p) on top. The slope of the softmax is in p minus truth already; that is "
        "what makes it so simple.",
    ),
    Misconception(
        "dy-from-scores",
        "loss_and_dy",
        find="dy = (p - truth)",
        replace="dy = (y - truth)",
        hint="The truth is subtracted from the scores. Believed are the probabilities.",
    ),
    Misconception(
        "dy-of-squared-error",
        "loss_and_dy",
        find="dy = (p - truth)",
        replace="dy = 2.0 * (p - truth)",
        hint="The gradient is twice too large. There is no square in this loss, so no 2 comes down.",
    ),
]

OUTPUT = [
    Misconception(
        "dhs-v-not-transposed",
        "output_backward",
        find="dhs = dy @ V.T",
        replace="dhs = dy @ V.reshape(V.shape[::-1])",
        hint="V has been brought into the right shape by a reshape, which leaves its numbers in the wrong "
        "places. A transpose turns rows into columns.",
    ),
    Misconception(
        "dhs-last-step-only",
        "output_backward",
        find="    return dhs, dV, db_y",
        replace="    dhs[:-1] = 0.0\n    return dhs, dV, db_y",
        hint="Only the last state hears from its scores. Every step has scores of its own.",
    ),
    Misconception(
        "dhs-over-batch",
        "output_backward",
        find="dhs = dy @ V.T",
        replace="dhs = dy @ V.T / dy.shape[1]",
        hint="You divide by the batch size. That is in dy already.",
    ),
    Misconception(
        "dhs-through-tanh",
        "output_backward",
        find="dhs = dy @ V.T",
        replace="dhs = dy @ V.T * (1.0 - hs**2)",
        hint="You have gone through the tanh as well. That is the next section's business, and would happen "
        "twice; here the state itself is meant.",
    ),
    Misconception(
        "dhs-added-up-from-the-end",
        "output_backward",
        find="dhs = dy @ V.T",
        replace="dhs = np.cumsum((dy @ V.T)[::-1], axis=0)[::-1]",
        hint="Later steps' gradients are added in here. What the future tells a state comes back through U, "
        "in section 7.",
    ),
    Misconception(
        "dv-last-step-only",
        "output_backward",
        find='dV = np.einsum("tnh,tnk->hk", hs, dy)',
        replace="dV = hs[-1].T @ dy[-1]",
        hint="dV knows the last step only. V is used at every step, so add up.",
    ),
    Misconception(
        "dv-mean-over-steps",
        "output_backward",
        find='dV = np.einsum("tnh,tnk->hk", hs, dy)',
        replace='dV = np.einsum("tnh,tnk->hk", hs, dy) / len(dy)',
        hint="dV is averaged over the steps. Uses of one weight add up; the mean is in dy already.",
    ),
    Misconception(
        "dv-mean-over-batch",
        "output_backward",
        find='dV = np.einsum("tnh,tnk->hk", hs, dy)',
        replace='dV = np.einsum("tnh,tnk->hk", hs, dy) / dy.shape[1]',
        hint="dV is averaged over the batch. Uses of one weight add up; the mean is in dy already.",
    ),
    Misconception(
        "dv-transposed",
        "output_backward",
        find='"tnh,tnk->hk"',
        replace='"tnh,tnk->kh"',
        hint="dV is transposed. A gradient has the shape of what it belongs to.",
    ),
    Misconception(
        "dv-one-for-each-step",
        "output_backward",
        find='"tnh,tnk->hk"',
        replace='"tnh,tnk->thk"',
        hint="There is a dV for each step. There is one V, so there is one dV: their sum.",
    ),
    Misconception(
        "dv-states-one-early",
        "output_backward",
        find='dV = np.einsum("tnh,tnk->hk", hs, dy)',
        replace='dV = np.einsum("tnh,tnk->hk", hs[:-1], dy[1:])',
        hint="Each dy meets the state one step before. The scores of step t come from the state of step t.",
    ),
    Misconception(
        "db-y-last-step-only",
        "output_backward",
        find="db_y = dy.sum(axis=(0, 1))",
        replace="db_y = dy[-1].sum(axis=0)",
        hint="db_y knows the last step only. The bias is used at every step, so add up.",
    ),
    Misconception(
        "db-y-mean",
        "output_backward",
        find="db_y = dy.sum(axis=(0, 1))",
        replace="db_y = dy.mean(axis=(0, 1))",
        hint="db_y is a mean over all rows. It is a sum; the mean is in dy already.",
    ),
    Misconception(
        "db-y-mean-over-batch",
        "output_backward",
        find="db_y = dy.sum(axis=(0, 1))",
        replace="db_y = dy.mean(axis=1).sum(axis=0)",
        hint="db_y is averaged over the batch. Uses of one bias add up; the mean is in dy already.",
    ),
    Misconception(
        "db-y-still-by-step",
        "output_backward",
        find="db_y = dy.sum(axis=(0, 1))",
        replace="db_y = dy.sum(axis=1)",
        hint="db_y still has an axis for the steps. There is one bias for all of them.",
    ),
    Misconception(
        "db-y-still-by-sequence",
        "output_backward",
        find="db_y = dy.sum(axis=(0, 1))",
        replace="db_y = dy.sum(axis=0)",
        hint="db_y still has an axis for the batch. There is one bias for all sequences.",
    ),
]

STEP = [
    Misconception(
        "tanh-slope-not-squared",
        "tanh_backward",
        find="(1.0 - h**2)",
        replace="(1.0 - h)",
        hint="The slope is 1 minus the *square* of the output. At h = -1, where the unit is saturated, yours is "
        "2 and should be 0.",
    ),
    Misconception(
        "tanh-twice",
        "tanh_backward",
        find="(1.0 - h**2)",
        replace="(1.0 - np.tanh(h) ** 2)",
        hint="h has been through the tanh already, and goes through it once more here. A saturated unit "
        "should let nothing back.",
    ),
    Misconception(
        "tanh-slope-of-sigmoid",
        "tanh_backward",
        find="(1.0 - h**2)",
        replace="h * (1.0 - h)",
        hint="This is the slope of a sigmoid. The curve here is a tanh, whose slope is 1 where the unit is at "
        "0.",
    ),
    Misconception(
        "tanh-slope-plus",
        "tanh_backward",
        find="(1.0 - h**2)",
        replace="(1.0 + h**2)",
        hint="The slope of a squashing curve is largest in the middle and falls towards the ends. Yours grows.",
    ),
    Misconception(
        "tanh-slope-only",
        "tanh_backward",
        find="dh * (1.0 - h**2)",
        replace="1.0 - h**2",
        hint="This is the slope alone. What came from above, dh, has to be multiplied by it.",
    ),
    Misconception(
        "tanh-slope-left-out",
        "tanh_backward",
        find="dh * (1.0 - h**2)",
        replace="dh * np.ones_like(h)",
        hint="The gradient passes unchanged, as if there were no curve. A saturated unit should let hardly "
        "anything back.",
    ),
    Misconception(
        "tanh-divided",
        "tanh_backward",
        find="dh * (1.0 - h**2)",
        replace="dh / (1.0 - h**2 + 1e-12)",
        hint="You divide by the slope. That would be the way from h to a by values; gradients are multiplied.",
    ),
    Misconception(
        "tanh-squares-dh",
        "tanh_backward",
        find="dh * (1.0 - h**2)",
        replace="dh * (1.0 - dh**2)",
        hint="The slope is computed from dh. It depends on where the unit is, which h says.",
    ),
    Misconception(
        "tanh-dh-changed-in-place",
        "tanh_backward",
        find="    da = dh * (1.0 - h**2)\n",
        replace="    da = dh\n    da *= 1.0 - h**2\n",
        hint="The result is right, but dh comes out changed: a second name for an array is not a second array.",
    ),
    Misconception(
        "dx-w-reshaped",
        "rnn_step_backward",
        find="dx = da @ W.T",
        replace="dx = da @ W.reshape(W.shape[::-1])",
        hint="W has been brought into shape by a reshape, which leaves its numbers in the wrong places. A "
        "transpose turns rows into columns.",
    ),
    Misconception(
        "dx-skips-the-curve",
        "rnn_step_backward",
        find="dx = da @ W.T",
        replace="dx = dh @ W.T",
        hint="dx is made from dh. Between h and the sum stands the curve: take da.",
    ),
    Misconception(
        "dh-prev-u-not-transposed",
        "rnn_step_backward",
        find="dh_prev = da @ U.T",
        replace="dh_prev = da @ U",
        hint="U is not transposed on the way back to the state. U is square, so no shape complains.",
    ),
    Misconception(
        "dh-prev-skips-the-curve",
        "rnn_step_backward",
        find="dh_prev = da @ U.T",
        replace="dh_prev = dh @ U.T",
        hint="dh_prev is made from dh. Between h and the sum stands the curve: take da.",
    ),
    Misconception(
        "dh-prev-is-dh",
        "rnn_step_backward",
        find="dh_prev = da @ U.T",
        replace="dh_prev = dh",
        hint="The gradient is handed on as it came. It has to go through the step: curve and U.",
    ),
    Misconception(
        "dh-prev-without-u",
        "rnn_step_backward",
        find="dh_prev = da @ U.T",
        replace="dh_prev = da",
        hint="U is missing on the way back to the state before.",
    ),
    Misconception(
        "dh-prev-curve-of-old-state",
        "rnn_step_backward",
        find="dh_prev = da @ U.T",
        replace="dh_prev = through(da @ U.T, h_prev)",
        hint="You go through the curve of the old state as well. That belongs to the step before, which "
        "would do it a second time.",
    ),
    Misconception(
        "dh-prev-zero",
        "rnn_step_backward",
        find="dh_prev = da @ U.T",
        replace="dh_prev = np.zeros_like(dh)",
        hint="Nothing goes back to the state before, so nothing can be learned about the past.",
    ),
    Misconception(
        "curve-of-old-state",
        "rnn_step_backward",
        find="da = through(dh, h)",
        replace="da = through(dh, h_prev)",
        hint="The slope is taken at the state before. It belongs to what came out of this step, h.",
    ),
    Misconception(
        "curve-left-out",
        "rnn_step_backward",
        find="da = through(dh, h)",
        replace="da = dh",
        hint="You go straight from h to the sum. Between them stands the curve.",
    ),
    Misconception(
        "step-own-tanh",
        "rnn_step_backward",
        find="da = through(dh, h)",
        replace="da = tanh_backward(dh, h)",
        hint="The function was handed a `through` and called your tanh_backward all the same. Call the name "
        "from the argument list.",
    ),
    Misconception(
        "du-from-new-state",
        "rnn_step_backward",
        find="dU = h_prev.T @ da",
        replace="dU = h.T @ da",
        hint="dU uses the state after the step. U was multiplied with the state before it.",
    ),
    Misconception(
        "du-transposed",
        "rnn_step_backward",
        find="dU = h_prev.T @ da",
        replace="dU = da.T @ h_prev",
        hint="dU is transposed. U is square, so no shape complains: the state stands on the left.",
    ),
    Misconception(
        "du-skips-the-curve",
        "rnn_step_backward",
        find="dU = h_prev.T @ da",
        replace="dU = h_prev.T @ dh",
        hint="dU is made from dh. Between h and the sum stands the curve: take da.",
    ),
    Misconception(
        "dw-transposed",
        "rnn_step_backward",
        find="dW = x.T @ da",
        replace="dW = da.T @ x",
        hint="dW is transposed. A gradient has the shape of what it belongs to.",
    ),
    Misconception(
        "dw-skips-the-curve",
        "rnn_step_backward",
        find="dW = x.T @ da",
        replace="dW = x.T @ dh",
        hint="dW is made from dh. Between h and the sum stands the curve: take da.",
    ),
    Misconception(
        "dw-first-sequence-only",
        "rnn_step_backward",
        find="dW = x.T @ da",
        replace="dW = np.outer(x[0], da[0])",
        hint="dW knows the first sequence of the batch only. All of them share W, so add up.",
    ),
    Misconception(
        "db-mean",
        "rnn_step_backward",
        find="db = da.sum(axis=0)",
        replace="db = da.mean(axis=0)",
        hint="db is averaged over the batch. All rows share b, so their gradients add up; the mean is in dy "
        "already.",
    ),
    Misconception(
        "db-skips-the-curve",
        "rnn_step_backward",
        find="db = da.sum(axis=0)",
        replace="db = dh.sum(axis=0)",
        hint="db is made from dh. Between h and the sum stands the curve: take da.",
    ),
    Misconception(
        "db-not-summed",
        "rnn_step_backward",
        find="db = da.sum(axis=0)",
        replace="db = da",
        hint="db still has the batch in it. A gradient has the shape of what it belongs to.",
    ),
    Misconception(
        "db-wrong-axis",
        "rnn_step_backward",
        find="db = da.sum(axis=0)",
        replace="db = da.sum(axis=1)",
        hint="db is summed over the units. It is the batch that has to go.",
    ),
    Misconception(
        "db-keeps-axis",
        "rnn_step_backward",
        find="db = da.sum(axis=0)",
        replace="db = da.sum(axis=0, keepdims=True)",
        hint="db has one axis too many, of length 1. A gradient has the shape of what it belongs to.",
    ),
    Misconception(
        "parameters-over-batch",
        "rnn_step_backward",
        find="    return dx, dh_prev, dW, dU, db",
        replace="    N = len(dh)\n    return dx, dh_prev, dW / N, dU / N, db / N",
        hint="The parameters' gradients are divided by the batch size. The mean is in dy already, and would "
        "be taken twice.",
    ),
]

BPTT = [
    Misconception(
        "nothing-carried-back",
        "rnn_backward",
        find="dh = dhs[t] + carried",
        replace="dh = dhs[t]",
        hint="Each state hears from its own scores only. The next step used it too and sends a gradient back.",
    ),
    Misconception(
        "upstream-dropped",
        "rnn_backward",
        find="dh = dhs[t] + carried",
        replace="dh = carried",
        hint="dhs is not used. Every state hears from its own scores, besides what the next step sends back.",
    ),
    Misconception(
        "dh-last-ignored",
        "rnn_backward",
        find="dx, carried = np.zeros(x.shape), dh_last",
        replace="dx, carried = np.zeros(x.shape), np.zeros_like(dh_last)",
        hint="dh_last is not used. It is what comes back to the last state from later.",
    ),
    Misconception(
        "dh-last-at-every-step",
        "rnn_backward",
        find="dh = dhs[t] + carried",
        replace="dh = dhs[t] + dh_last",
        hint="Every step gets dh_last. It belongs to the last one; the others get what the step after them "
        "sent back.",
    ),
    Misconception(
        "dh-last-added-everywhere",
        "rnn_backward",
        find="dh = dhs[t] + carried",
        replace="dh = dhs[t] + carried + (dh_last if t < T - 1 else 0.0)",
        hint="dh_last is added at every step, on top of what is carried. It belongs to the last step only.",
    ),
    Misconception(
        "upstream-twice-at-last",
        "rnn_backward",
        find="dx, carried = np.zeros(x.shape), dh_last",
        replace="dx, carried = np.zeros(x.shape), dh_last + dhs[-1]",
        hint="At the last step dhs is counted twice: before the loop and in it.",
    ),
    Misconception(
        "upstream-last-only",
        "rnn_backward",
        find="dh = dhs[t] + carried",
        replace="dh = (dhs[t] if t == T - 1 else 0.0) + carried",
        hint="Only the last state hears from its scores. There are scores at every step.",
    ),
    Misconception(
        "upstream-one-early",
        "rnn_backward",
        find="dh = dhs[t] + carried",
        replace="dh = dhs[t - 1] + carried",
        hint="Each step gets the gradient that belongs to the step before it.",
    ),
    Misconception(
        "upstream-reversed",
        "rnn_backward",
        find="dh = dhs[t] + carried",
        replace="dh = dhs[T - 1 - t] + carried",
        hint="dhs is read from the other end. dhs[t] belongs to step t, whichever way you walk.",
    ),
    Misconception(
        "upstream-subtracted",
        "rnn_backward",
        find="dh = dhs[t] + carried",
        replace="dh = dhs[t] - carried",
        hint="The two gradients of a state are subtracted. They add up.",
    ),
    Misconception(
        "carried-adds-up-outside",
        "rnn_backward",
        find="        dx[t], carried = back[0], back[1]\n",
        replace="        dx[t], carried = back[0], carried + back[1]\n",
        hint="What a step sends back is added to what was carried into it. That went through the step "
        "already: hand on only what came out.",
    ),
    Misconception(
        "carried-is-dh",
        "rnn_backward",
        find="        dx[t], carried = back[0], back[1]\n",
        replace="        dx[t], carried = back[0], dh\n",
        hint="The gradient is handed on as it went into the step. Hand on what the step sends back.",
    ),
    Misconception(
        "backward-forward-in-time",
        "rnn_backward",
        find="for t in range(T - 1, -1, -1):",
        replace="for t in range(T):",
        hint="You walk forward in time. A step needs the gradient from the step after it, so start at the "
        "end.",
    ),
    Misconception(
        "first-step-left-out",
        "rnn_backward",
        find="range(T - 1, -1, -1)",
        replace="range(T - 1, 0, -1)",
        hint="The walk ends one step early, and the first step is left out. The end of a Python range is not "
        "in it.",
    ),
    Misconception(
        "last-step-left-out",
        "rnn_backward",
        find="range(T - 1, -1, -1)",
        replace="range(T - 2, -1, -1)",
        hint="The walk starts one step early, and the last step is left out. Its index is T - 1.",
    ),
    Misconception(
        "truncated-after-five",
        "rnn_backward",
        find="        dW = dW + back[2]",
        replace="        if T - t == 5:\n            carried = 0 * carried\n        dW = dW + back[2]",
        hint="After five steps no gradient goes further back. Cutting is done by chunks, in section 10; here "
        "the whole sequence is asked for.",
    ),
    Misconception(
        "clipped-on-the-way",
        "rnn_backward",
        find="dh = dhs[t] + carried",
        replace="dh = np.clip(dhs[t] + carried, -1.0, 1.0)",
        hint="The gradient is clipped on its way. Then it is no longer the gradient of anything; clip "
        "afterwards, all of it together.",
    ),
    Misconception(
        "dh0-before-first-step",
        "rnn_backward",
        find="    return dx, carried, dW, dU, db",
        replace="    return dx, dh, dW, dU, db",
        hint="What you return as dh0 belongs to the state after the first step. It still has to go back "
        "through that step.",
    ),
    Misconception(
        "dh0-zeros",
        "rnn_backward",
        find="    return dx, carried, dW, dU, db",
        replace="    return dx, np.zeros_like(h0), dW, dU, db",
        hint="dh0 is zero. The initial state acts on the loss like any other; whether you use its gradient is "
        "another matter.",
    ),
    Misconception(
        "dx-in-walking-order",
        "rnn_backward",
        find="        dx[t], carried = back[0], back[1]\n",
        replace="        dx[T - 1 - t], carried = back[0], back[1]\n",
        hint="dx comes back last step first. Its entry t belongs to x[t].",
    ),
    Misconception(
        "dx-over-steps",
        "rnn_backward",
        find="    return dx, carried, dW, dU, db",
        replace="    return dx / T, carried, dW, dU, db",
        hint="dx is divided by the number of steps. The mean is in dy already.",
    ),
    Misconception(
        "step-gets-state-before",
        "rnn_backward",
        find="back = step_backward(dh, x[t], h_prev, hs[t], W, U)",
        replace="back = step_backward(dh, x[t], h_prev, h_prev, W, U)",
        hint="The step gets the state before it twice. It needs the state after it too: the slope of the "
        "curve is taken there.",
    ),
    Misconception(
        "states-before-one-early",
        "rnn_backward",
        find="h_prev = hs[t - 1] if t > 0 else h0",
        replace="h_prev = hs[t - 2] if t > 1 else h0",
        hint="The state that you call h_prev is two steps back. hs[t] is the state after input t, so the one "
        "before it is hs[t - 1].",
    ),
    Misconception(
        "h-prev-is-h",
        "rnn_backward",
        find="h_prev = hs[t - 1] if t > 0 else h0",
        replace="h_prev = hs[t]",
        hint="The step gets the state after it in place of the one before it.",
    ),
    Misconception(
        "h-prev-wraps-round",
        "rnn_backward",
        find="h_prev = hs[t - 1] if t > 0 else h0",
        replace="h_prev = hs[t - 1]",
        hint="At t = 0 the index -1 means the last state of all. Before the first step stood h0.",
    ),
    Misconception(
        "h0-taken-for-zeros",
        "rnn_backward",
        find="h_prev = hs[t - 1] if t > 0 else h0",
        replace="h_prev = hs[t - 1] if t > 0 else np.zeros_like(h0)",
        hint="At the first step the state before is taken for zeros. It was h0.",
    ),
    Misconception(
        "h-prev-always-h0",
        "rnn_backward",
        find="h_prev = hs[t - 1] if t > 0 else h0",
        replace="h_prev = h0",
        hint="Every step gets h0 for the state before it. That is right for the first one only.",
    ),
    Misconception(
        "parameters-overwritten",
        "rnn_backward",
        find="        dW = dW + back[2]\n        dU = dU + back[3]\n        db = db + back[4]",
        replace="        dW, dU, db = back[2:]",
        hint="Only one step's gradients of the parameters are left at the end. All steps share them, so add "
        "up.",
    ),
    Misconception(
        "dw-overwritten",
        "rnn_backward",
        find="dW = dW + back[2]",
        replace="dW = back[2]",
        hint="dU and db collect from all steps, dW does not. All steps share W, so add up.",
    ),
    Misconception(
        "du-overwritten",
        "rnn_backward",
        find="dU = dU + back[3]",
        replace="dU = back[3]",
        hint="dW and db collect from all steps, dU does not. All steps share U, so add up.",
    ),
    Misconception(
        "db-overwritten",
        "rnn_backward",
        find="db = db + back[4]",
        replace="db = back[4]",
        hint="dW and dU collect from all steps, db does not. All steps share b, so add up.",
    ),
    Misconception(
        "parameters-over-steps",
        "rnn_backward",
        find="    return dx, carried, dW, dU, db",
        replace="    return dx, carried, dW / T, dU / T, db / T",
        hint="The parameters' gradients are divided by the number of steps. They add up over time; the mean "
        "is in dy already.",
    ),
    Misconception(
        "dhs-changed-in-place",
        "rnn_backward",
        find="        dh = dhs[t] + carried\n",
        replace="        dhs[t] += carried\n        dh = dhs[t]\n",
        hint="The gradients are right, but dhs comes out changed. Whoever uses it next, your judge for "
        "instance, blames the wrong code.",
    ),
    Misconception(
        "dh-last-changed-in-place",
        "rnn_backward",
        find="        dh = dhs[t] + carried\n",
        replace="        carried += dhs[t]\n        dh = carried\n",
        hint="The gradients are right, but dh_last comes out changed: at the first turn of the loop the name "
        "you add to is still the caller's array.",
    ),
    Misconception(
        "bptt-squeezed",
        "rnn_backward",
        find="    return dx, carried, dW, dU, db",
        replace="    return np.squeeze(dx), carried, dW, dU, db",
        hint="An axis of length 1 is gone from dx. With one step, or one sequence, its shape is still (T, N, D).",
    ),
    Misconception(
        "bptt-own-step-backward",
        "rnn_backward",
        find="back = step_backward(",
        replace="back = rnn_step_backward(",
        hint="The function was handed a `step_backward` and called your rnn_step_backward all the same. Call "
        "the name from the argument list.",
    ),
]

TOGETHER = [
    Misconception(
        "grads-w-and-u-swapped",
        "loss_and_grads",
        find='"W": dW, "U": dU, "b": db',
        replace='"W": dU, "U": dW, "b": db',
        hint="The gradients of W and U have each other's names.",
    ),
    Misconception(
        "grads-biases-swapped",
        "loss_and_grads",
        find='"b": db, "V": dV, "b_y": db_y',
        replace='"b": db_y, "V": dV, "b_y": db',
        hint="The two biases' gradients have each other's names.",
    ),
    Misconception(
        "grads-without-output-layer",
        "loss_and_grads",
        find=', "V": dV, "b_y": db_y}',
        replace="}",
        hint="The output layer's gradients are missing. All five parameters learn.",
    ),
    Misconception(
        "grads-from-zero-state",
        "loss_and_grads",
        find="    hs, y = rnn_forward(x, h0, params)",
        replace="    h0 = np.zeros_like(h0)\n    hs, y = rnn_forward(x, h0, params)",
        hint="The sequence starts from zeros, whatever h0 is handed in. Then no state can be carried from "
        "chunk to chunk.",
    ),
    Misconception(
        "grads-h0-forgotten-on-the-way-back",
        "loss_and_grads",
        find="backward(dhs, nothing, x, h0, hs,",
        replace="backward(dhs, nothing, x, nothing, hs,",
        hint="On the way there the sequence starts from h0, on the way back from zeros. So the first step's "
        "share of dU is lost.",
    ),
    Misconception(
        "last-states-scores-back-twice",
        "loss_and_grads",
        find="backward(dhs, nothing, x",
        replace="backward(dhs, dhs[-1], x",
        hint="The last state's gradient goes in twice: in dhs, and once more as dh_last, which is zero here.",
    ),
    Misconception(
        "grads-of-last-step-only",
        "loss_and_grads",
        find='    dhs, dV, db_y = output_backward(dy, hs, params["V"])',
        replace="    dy = np.concatenate([0 * dy[:-1], dy[-1:]])\n"
        '    dhs, dV, db_y = output_backward(dy, hs, params["V"])',
        hint="Only the last step's loss is sent back. The loss is a mean over all steps.",
    ),
    Misconception(
        "grads-own-backward",
        "loss_and_grads",
        find=" = backward(dhs,",
        replace=" = rnn_backward(dhs,",
        hint="The function was handed a `backward` and called your rnn_backward all the same. Call the name "
        "from the argument list.",
    ),
    Misconception(
        "all-states-returned",
        "loss_and_grads",
        find="    return loss, grads, hs[-1]",
        replace="    return loss, grads, hs",
        hint="All states come back. Only the last one is wanted.",
    ),
    Misconception(
        "first-state-returned",
        "loss_and_grads",
        find="    return loss, grads, hs[-1]",
        replace="    return loss, grads, hs[0]",
        hint="The state after the first input comes back. The next chunk goes on where this one ended.",
    ),
    Misconception(
        "h0-returned",
        "loss_and_grads",
        find="    return loss, grads, hs[-1]",
        replace="    return loss, grads, h0",
        hint="The state that came in comes out again. The next chunk goes on where this one ended.",
    ),
]

STREAMS = [
    Misconception(
        "streams-dealt-out",
        "text_streams",
        find="    inputs = tokens[: L * N].reshape(N, L).T\n    targets = tokens[1 : L * N + 1].reshape(N, L).T",
        replace="    inputs = tokens[: L * N].reshape(L, N)\n    targets = tokens[1 : L * N + 1].reshape(L, N)",
        hint="The text is dealt out like cards: neighbours in the text stand side by side in the batch, and "
        "each stream sees every N-th token. A stream is one connected piece.",
    ),
    Misconception(
        "streams-in-rows",
        "text_streams",
        find="    inputs = tokens[: L * N].reshape(N, L).T\n    targets = tokens[1 : L * N + 1].reshape(N, L).T",
        replace="    inputs = tokens[: L * N].reshape(N, L)\n    targets = tokens[1 : L * N + 1].reshape(N, L)",
        hint="Your streams lie in rows. Time is the first axis, so each stream is a column.",
    ),
    Misconception(
        "targets-not-shifted",
        "text_streams",
        find="tokens[1 : L * N + 1]",
        replace="tokens[: L * N]",
        hint="Each target is the input itself. A model that copies would be perfect; what comes next is "
        "wanted.",
    ),
    Misconception(
        "targets-two-ahead",
        "text_streams",
        find="    targets = tokens[1 : L * N + 1].reshape",
        replace="    targets = np.append(tokens[2:], tokens[:2])[: L * N].reshape",
        hint="Each target is two tokens ahead. The next one is wanted.",
    ),
    Misconception(
        "targets-one-behind",
        "text_streams",
        find="    inputs = tokens[: L * N].reshape(N, L).T\n    targets = tokens[1 : L * N + 1].reshape(N, L).T",
        replace="    targets = tokens[: L * N].reshape(N, L).T\n    inputs = tokens[1 : L * N + 1].reshape(N, L).T",
        hint="Inputs and targets have changed places: your model would have to guess what it has just read "
        "past.",
    ),
    Misconception(
        "targets-rolled-in-each-stream",
        "text_streams",
        find="    targets = tokens[1 : L * N + 1].reshape(N, L).T",
        replace="    targets = np.roll(inputs, -1, axis=0)",
        hint="At the end of each stream the target is the stream's own first token. It is the first token of "
        "the next stream.",
    ),
    Misconception(
        "targets-rolled-across-streams",
        "text_streams",
        find="    targets = tokens[1 : L * N + 1].reshape(N, L).T",
        replace="    targets = np.roll(inputs, -1, axis=1)",
        hint="Each target is the token beside it in the next stream. The next one in time is wanted, further "
        "down.",
    ),
    Misconception(
        "streams-from-the-end",
        "text_streams",
        find="    inputs = tokens[: L * N].reshape(N, L).T\n    targets = tokens[1 : L * N + 1].reshape(N, L).T",
        replace="    inputs = tokens[-L * N - 1 : -1].reshape(N, L).T\n"
        "    targets = tokens[-L * N :].reshape(N, L).T",
        hint="What is left over is dropped at the beginning of the text. Drop it at the end.",
    ),
    Misconception(
        "streams-one-step-short",
        "text_streams",
        find="L = (len(tokens) - 1) // N",
        replace="L = len(tokens) // N - 1",
        hint="One step more would fit: the last target of one stream is the first token of the next, so only "
        "one token of the whole text is no input.",
    ),
    Misconception(
        "streams-last-token-forgotten",
        "text_streams",
        find="L = (len(tokens) - 1) // N",
        replace="L = len(tokens) // N",
        hint="With a text whose length is a multiple of N, the last input has no target. Only M - 1 tokens "
        "can be inputs.",
    ),
    Misconception(
        "streams-last-step-unused",
        "text_streams",
        find="L = (len(tokens) - 1) // N",
        replace="L = (len(tokens) - 2) // N",
        hint="A text that just fits loses a step. L times N may be as large as M - 1.",
    ),
]

CHUNKS = [
    Misconception(
        "state-reset-each-chunk",
        "train_in_chunks",
        find="gradients(params, x[chunk], state, targets[chunk])",
        replace="gradients(params, x[chunk], h0, targets[chunk])",
        hint="Every chunk starts from h0. The forward pass is not cut: carry the state.",
    ),
    Misconception(
        "state-zero-each-chunk",
        "train_in_chunks",
        find="gradients(params, x[chunk], state, targets[chunk])",
        replace="gradients(params, x[chunk], np.zeros_like(h0), targets[chunk])",
        hint="Every chunk starts from zeros. The first starts from h0, each other from where the last one "
        "ended.",
    ),
    Misconception(
        "first-chunk-from-zeros",
        "train_in_chunks",
        find="state, losses = h0, []",
        replace="state, losses = np.zeros_like(h0), []",
        hint="The first chunk starts from zeros, whatever h0 is handed in.",
    ),
    Misconception(
        "state-not-detached",
        "train_in_chunks",
        find="    for head in range(0, len(x), n):\n        chunk = slice(head, head + n)\n",
        replace="    for head in range(0, len(x), n):\n        chunk, state = slice(0, head + n), h0\n",
        hint="Every chunk reaches back to the beginning of the stream: that is what happens in a framework "
        "when the state is not detached. It takes longer and longer, and nothing is truncated.",
    ),
    Misconception(
        "weights-not-handed-on",
        "train_in_chunks",
        find="        loss, grads, state = gradients(params,",
        replace="        start = params if head == 0 else start\n        loss, grads, state = gradients(start,",
        hint="Every chunk's gradient is taken at the weights that training started with. Take it at the "
        "weights as they are now.",
    ),
    Misconception(
        "weights-never-updated",
        "train_in_chunks",
        find="        params = update(params, grads)\n",
        replace="        update(params, grads)\n",
        hint="What update gives back is thrown away, so the weights stay as they are. It does not change "
        "params in place.",
    ),
    Misconception(
        "weights-updated-at-the-end",
        "train_in_chunks",
        find="        params = update(params, grads)\n        losses.append(loss)\n",
        replace="        losses.append(loss)\n    params = update(params, grads)\n",
        hint="There is one update, after the last chunk. Each chunk has its own.",
    ),
    Misconception(
        "weights-updated-twice",
        "train_in_chunks",
        find="        params = update(params, grads)\n",
        replace="        params = update(update(params, grads), grads)\n",
        hint="Every chunk updates twice. After the first step the weights have moved, and the gradient is not "
        "theirs any more.",
    ),
    Misconception(
        "chunks-from-the-end",
        "train_in_chunks",
        find="in range(0, len(x), n):",
        replace="in range(0, len(x), n)[::-1]:",
        hint="The chunks are taken last one first. The *forward* pass goes forward in time; only inside a "
        "chunk does the gradient go back.",
    ),
    Misconception(
        "chunks-shuffled",
        "train_in_chunks",
        find="in range(0, len(x), n):",
        replace="in [*range(0, len(x), n)][::2] + [*range(0, len(x), n)][1::2]:",
        hint="The chunks are taken out of order. A state carried into a chunk from elsewhere belongs to "
        "another text.",
    ),
    Misconception(
        "windows-overlap",
        "train_in_chunks",
        find="in range(0, len(x), n):",
        replace="in range(0, len(x) - n + 1):",
        hint="Your chunks overlap: each starts one step after the last. The next one starts where the last "
        "one ended.",
    ),
    Misconception(
        "targets-of-first-chunk",
        "train_in_chunks",
        find="targets[chunk])",
        replace="targets[:n][: len(x[chunk])])",
        hint="Every chunk gets the targets of the first. Cut inputs and targets at the same places.",
    ),
    Misconception(
        "targets-whole-stream",
        "train_in_chunks",
        find="        loss, grads, state = gradients(params, x[chunk], state, targets[chunk])",
        replace="        loss, grads, state = gradients(params, x[chunk], state, targets[head:])",
        hint="A chunk gets all the targets that are left in the stream. It should get its own.",
    ),
    Misconception(
        "last-loss-only",
        "train_in_chunks",
        find="np.array(losses)",
        replace="np.array(losses[-1])",
        hint="Only the last chunk's loss comes back. One for each chunk is wanted.",
    ),
    Misconception(
        "mean-loss",
        "train_in_chunks",
        find="np.array(losses)",
        replace="np.mean(losses)",
        hint="The mean of the losses comes back. One for each chunk is wanted.",
    ),
    Misconception(
        "final-state-is-h0",
        "train_in_chunks",
        find="    return params, state, np.array(losses)",
        replace="    return params, h0, np.array(losses)",
        hint="The state that came in comes out again. Whoever goes on needs the state at the end.",
    ),
    Misconception(
        "shorter-last-chunk-dropped",
        "train_in_chunks",
        find="in range(0, len(x), n):",
        replace="in range(0, len(x) // n * n, n):",
        hint="A last chunk that is shorter than n is dropped. Use it all the same.",
    ),
    Misconception(
        "shorter-last-chunk-filled-up",
        "train_in_chunks",
        find="        chunk = slice(head, head + n)\n",
        replace="        chunk = slice(max(min(head, len(x) - n), 0), head + n)\n",
        hint="A last chunk that is shorter is filled up with steps from the chunk before. They are trained on "
        "twice, with a state that has read them already.",
    ),
    Misconception(
        "chunks-one-step-short",
        "train_in_chunks",
        find="slice(head, head + n)",
        replace="slice(head, head + n - 1 + (n == 1))",
        hint="Every chunk is one step short, and a step is lost between any two.",
    ),
    Misconception(
        "chunks-one-step-long",
        "train_in_chunks",
        find="slice(head, head + n)",
        replace="slice(head, head + n + 1)",
        hint="Every chunk is one step too long, so the first step of the next one is read twice. The end of "
        "a slice is not in it.",
    ),
    Misconception(
        "n-chunks",
        "train_in_chunks",
        find="    for head in range(0, len(x), n):\n        chunk = slice(head, head + n)\n",
        replace="    size = -(-len(x) // n)\n    for head in range(0, len(x), size):\n"
        "        chunk = slice(head, head + size)\n",
        hint="You cut the stream into n chunks. n is how many steps a chunk has.",
    ),
]

CLIP = [
    Misconception(
        "clip-each-entry",
        "clip_by_global_norm",
        find="clipped = {name: factor * g for name, g in grads.items()}",
        replace="clipped = {name: np.clip(g, -largest, largest) for name, g in grads.items()}",
        hint="Each entry is cut by itself. That turns the direction of the step; shorten all of them by one "
        "factor.",
    ),
    Misconception(
        "clip-each-array",
        "clip_by_global_norm",
        find="clipped = {name: factor * g for name, g in grads.items()}",
        replace="lengths = {name: max(float(np.sqrt(np.sum(g**2))), largest) for name, g in grads.items()}\n"
        "    clipped = {name: g * largest / lengths[name] for name, g in grads.items()}",
        hint="Each array is shortened by its own norm. That changes how the arrays stand to each other; the "
        "norm is taken over all of them together.",
    ),
    Misconception(
        "clip-norms-added",
        "clip_by_global_norm",
        find="norm = float(np.sqrt(sum(squares)))",
        replace="norm = float(sum(np.sqrt(square) for square in squares))",
        hint="You add up the arrays' norms. Norms do not add; their squares do.",
    ),
    Misconception(
        "clip-without-root",
        "clip_by_global_norm",
        find="norm = float(np.sqrt(sum(squares)))",
        replace="norm = float(sum(squares))",
        hint="The root is missing: this is the norm squared.",
    ),
    Misconception(
        "clip-largest-entry",
        "clip_by_global_norm",
        find="norm = float(np.sqrt(sum(squares)))",
        replace="norm = float(max(np.abs(g).max() for g in grads.values()))",
        hint="You take the largest entry for the norm. The norm is the length of all entries together.",
    ),
    Misconception(
        "clip-absolute-values",
        "clip_by_global_norm",
        find="squares = [np.sum(g**2) for g in grads.values()]",
        replace="squares = [np.sum(np.abs(g)) ** 2 for g in grads.values()]",
        hint="You square sums of absolute values. Square each entry first, then add up.",
    ),
    Misconception(
        "clip-mean-square",
        "clip_by_global_norm",
        find="squares = [np.sum(g**2) for g in grads.values()]",
        replace="squares = [np.mean(g**2) for g in grads.values()]",
        hint="You average the squares within each array, so that a large array counts no more than a small "
        "one. Add them up.",
    ),
    Misconception(
        "clip-always",
        "clip_by_global_norm",
        find="factor = largest / norm if norm > largest else 1.0",
        replace="factor = largest / norm if norm > 0 else 1.0",
        hint="Short gradients are stretched to the limit. Clipping only ever shortens.",
    ),
    Misconception(
        "clip-zeros",
        "clip_by_global_norm",
        find="factor = largest / norm if norm > largest else 1.0",
        replace="factor = min(1.0, float(np.float64(largest) / norm))",
        hint="With gradients of zero you divide by a norm of zero. Nothing needs to be scaled there.",
    ),
    Misconception(
        "clip-small-number-added",
        "clip_by_global_norm",
        find="largest / norm if",
        replace="largest / (norm + 1e-6) if",
        hint="The small number beside the norm makes the result a little too short. PyTorch does so too; "
        "here the limit is meant exactly.",
    ),
    Misconception(
        "clip-to-length-one",
        "clip_by_global_norm",
        find="factor = largest / norm if norm > largest else 1.0",
        replace="factor = 1.0 / norm if norm > largest else 1.0",
        hint="What is too long becomes as long as 1. It should become as long as the limit.",
    ),
    Misconception(
        "clip-limit-not-divided",
        "clip_by_global_norm",
        find="factor = largest / norm if norm > largest else 1.0",
        replace="factor = largest if norm > largest else 1.0",
        hint="What is too long is multiplied by the limit alone. With a limit of 1 nothing is shortened at "
        "all: how long is it, against how long it may be?",
    ),
    Misconception(
        "clip-to-zero",
        "clip_by_global_norm",
        find="factor = largest / norm if norm > largest else 1.0",
        replace="factor = 0.0 if norm > largest else 1.0",
        hint="A gradient that is too long is thrown away. It still has the right direction: shorten it.",
    ),
    Misconception(
        "clip-norm-after",
        "clip_by_global_norm",
        find="    return clipped, norm",
        replace="    return clipped, min(norm, largest)",
        hint="The norm that you give is the one after clipping. To watch training you want to know how long "
        "the gradient was.",
    ),
    Misconception(
        "clip-in-place",
        "clip_by_global_norm",
        find="    clipped = {name: factor * g for name, g in grads.items()}\n    return clipped, norm",
        replace="    for g in grads.values():\n        g *= factor\n    return grads, norm",
        hint="The arrays that came in are changed in place. Make new ones.",
    ),
]

MOMENTUM = [
    Misconception(
        "momentum-uphill",
        "momentum_step",
        find="params[name] - rate",
        replace="params[name] + rate",
        hint="The step goes uphill. The gradient points to where the loss grows.",
    ),
    Misconception(
        "momentum-step-along-gradient",
        "momentum_step",
        find="rate * new_velocity[name]",
        replace="rate * grads[name]",
        hint="The step goes along the gradient, so the velocity has no effect.",
    ),
    Misconception(
        "momentum-step-along-old-velocity",
        "momentum_step",
        find="rate * new_velocity[name]",
        replace="rate * velocity[name]",
        hint="The step goes along the old velocity. First the new one, then the step along it.",
    ),
    Misconception(
        "momentum-mean",
        "momentum_step",
        find="+ grads[name]",
        replace="+ (1 - momentum) * grads[name]",
        hint="Your velocity is a running mean of gradients, as in Adam. Here the gradient is added whole.",
    ),
    Misconception(
        "momentum-rate-inside",
        "momentum_step",
        find="    new_velocity = {name: momentum * velocity[name] + grads[name] for name in params}\n"
        "    new_params = {name: params[name] - rate * new_velocity[name] for name in params}",
        replace="    new_velocity = {name: momentum * velocity[name] + rate * grads[name] for name in params}\n"
        "    new_params = {name: params[name] - new_velocity[name] for name in params}",
        hint="The rate stands in the velocity. Some texts do so, and it is the same walk as long as the rate "
        "does not change; here it stands before the whole step.",
    ),
    Misconception(
        "momentum-rate-twice",
        "momentum_step",
        find="+ grads[name]",
        replace="+ rate * grads[name]",
        hint="The rate goes in twice: in the velocity and in the step.",
    ),
    Misconception(
        "momentum-sign-in-velocity",
        "momentum_step",
        find="velocity[name] + grads",
        replace="velocity[name] - grads",
        hint="The gradient is subtracted in the velocity and the velocity is subtracted from the parameters, "
        "so you walk uphill.",
    ),
    Misconception(
        "momentum-not-kept",
        "momentum_step",
        find="    return new_params, new_velocity",
        replace="    return new_params, velocity",
        hint="The old velocity comes back, so nothing is ever remembered.",
    ),
    Misconception(
        "momentum-old-velocity-whole",
        "momentum_step",
        find="momentum * velocity[name]",
        replace="velocity[name]",
        hint="All of the old velocity stays, for ever. Then nothing ever comes to rest.",
    ),
    Misconception(
        "momentum-complement",
        "momentum_step",
        find="momentum * velocity[name]",
        replace="(1 - momentum) * velocity[name]",
        hint="A momentum of 0.9 should keep nine tenths of the old velocity. Yours keeps one tenth.",
    ),
    Misconception(
        "momentum-nesterov",
        "momentum_step",
        find="rate * new_velocity[name]",
        replace="rate * (grads[name] + momentum * new_velocity[name])",
        hint="This is Nesterov's variant, which looks ahead. Here the step goes along the velocity itself.",
    ),
    Misconception(
        "momentum-in-place",
        "momentum_step",
        find="    new_params = {name: params[name] - rate * new_velocity[name] for name in params}",
        replace="    for name in params:\n        params[name] -= rate * new_velocity[name]\n    new_params = params",
        hint="The parameters that came in are changed in place. Make new arrays.",
    ),
    Misconception(
        "momentum-velocity-in-place",
        "momentum_step",
        find="    new_velocity = {name: momentum * velocity[name] + grads[name] for name in params}",
        replace="    for name in params:\n"
        "        velocity[name] *= momentum\n"
        "        velocity[name] += grads[name]\n"
        "    new_velocity = velocity",
        hint="The velocity that came in is changed in place. Make new arrays.",
    ),
]

ADAM = [
    Misconception(
        "adam-without-correction",
        "adam_step",
        find="    new_params = {}\n",
        replace="    new_params, k = {}, np.inf\n",
        hint="Both corrections are missing. The means start at zero, so in the beginning they are far too "
        "small.",
    ),
    Misconception(
        "adam-mean-not-corrected",
        "adam_step",
        find="mean = new_m[name] / (1 - beta1**k)",
        replace="mean = new_m[name]",
        hint="The mean of the gradients is not corrected for its start at zero, so the first steps are far too "
        "short.",
    ),
    Misconception(
        "adam-square-not-corrected",
        "adam_step",
        find="square = new_v[name] / (1 - beta2**k)",
        replace="square = new_v[name]",
        hint="The mean of the squares is not corrected for its start at zero, so the first steps are far too "
        "long.",
    ),
    Misconception(
        "adam-betas-swapped",
        "adam_step",
        find="    new_m = {",
        replace="    beta1, beta2 = beta2, beta1\n    new_m = {",
        hint="The two betas have changed places: beta1 belongs to m, the mean of the gradients, beta2 to v, "
        "that of their squares.",
    ),
    Misconception(
        "adam-correction-betas-swapped",
        "adam_step",
        find="    new_params = {}\n",
        replace="    new_params, beta1, beta2 = {}, beta2, beta1\n",
        hint="Each mean is corrected with the other one's beta.",
    ),
    Misconception(
        "adam-counts-from-zero",
        "adam_step",
        find="    new_params = {}\n",
        replace="    new_params, k = {}, k - 1\n",
        hint="You correct for one update less than there have been. At the first one that divides by zero: k "
        "is 1 there.",
    ),
    Misconception(
        "adam-counts-one-more",
        "adam_step",
        find="    new_params = {}\n",
        replace="    new_params, k = {}, k + 1\n",
        hint="You correct for one update more than there have been. k counts from 1 already.",
    ),
    Misconception(
        "adam-correction-times-k",
        "adam_step",
        find="        mean = new_m[name] / (1 - beta1**k)\n        square = new_v[name] / (1 - beta2**k)\n",
        replace="        mean = new_m[name] / (1 - beta1 * k)\n        square = new_v[name] / (1 - beta2 * k)\n",
        hint="In the corrections beta is multiplied by k. It is raised to the power k.",
    ),
    Misconception(
        "adam-eps-inside",
        "adam_step",
        find="(np.sqrt(square) + eps)",
        replace="np.sqrt(square + eps)",
        hint="Eps stands under the root. For a tiny gradient that is another step altogether: it stands "
        "outside.",
    ),
    Misconception(
        "adam-without-eps",
        "adam_step",
        find="(np.sqrt(square) + eps)",
        replace="np.sqrt(square)",
        hint="Without eps a gradient of zero gives 0 divided by 0, which is NaN.",
    ),
    Misconception(
        "adam-without-root",
        "adam_step",
        find="(np.sqrt(square) + eps)",
        replace="(square + eps)",
        hint="The root is missing, so large gradients make small steps and small ones large steps.",
    ),
    Misconception(
        "adam-square-not-squared",
        "adam_step",
        find="(1 - beta2) * grads[name] ** 2",
        replace="(1 - beta2) * grads[name]",
        hint="The second mean is that of the gradients' squares. Yours is not squared, and its root may be "
        "that of a negative number.",
    ),
    Misconception(
        "adam-square-of-mean",
        "adam_step",
        find="(1 - beta2) * grads[name] ** 2",
        replace="(1 - beta2) * new_m[name] ** 2",
        hint="The second mean takes the square of the first mean. It takes the square of the gradient.",
    ),
    Misconception(
        "adam-gradient-whole",
        "adam_step",
        find="(1 - beta1) * grads[name]",
        replace="grads[name]",
        hint="m takes the gradient whole, as a velocity does. A mean takes a share of 1 - beta1.",
    ),
    Misconception(
        "adam-square-whole",
        "adam_step",
        find="(1 - beta2) * grads[name] ** 2",
        replace="grads[name] ** 2",
        hint="v takes the square whole. A mean takes a share of 1 - beta2.",
    ),
    Misconception(
        "adam-mean-by-one-minus",
        "adam_step",
        find="    new_m = {",
        replace="    beta1, beta2 = 1 - beta1, 1 - beta2\n    new_m = {",
        hint="The shares are turned round: beta is what is kept of the old mean, and it is usually near 1.",
    ),
    Misconception(
        "adam-gradient-for-mean",
        "adam_step",
        find="mean = new_m[name] / (1 - beta1**k)",
        replace="mean = grads[name]",
        hint="The step goes along the gradient, divided as it should be. It goes along the mean of the "
        "gradients.",
    ),
    Misconception(
        "adam-old-means",
        "adam_step",
        find="        mean = new_m[name] / (1 - beta1**k)\n        square = new_v[name] / (1 - beta2**k)\n",
        replace="        mean = m[name] / (1 - beta1**k)\n        square = v[name] / (1 - beta2**k)\n",
        hint="The step uses the old means, so the gradient of this update has no part in it.",
    ),
    Misconception(
        "adam-corrected-means-kept",
        "adam_step",
        find="        new_params[name] = params",
        replace="        new_m[name], new_v[name] = mean, square\n        new_params[name] = params",
        hint="You keep the corrected means. They would be corrected again and again; m and v go on as they "
        "are.",
    ),
    Misconception(
        "adam-uphill",
        "adam_step",
        find="params[name] - rate",
        replace="params[name] + rate",
        hint="The step goes uphill. The gradient, and so its mean, points to where the loss grows.",
    ),
    Misconception(
        "adam-rate-ignored",
        "adam_step",
        find="    new_m = {",
        replace="    rate = 0.001\n    new_m = {",
        hint="The rate is fixed inside. Use the one that is handed in.",
    ),
    Misconception(
        "adam-in-place",
        "adam_step",
        find="        new_params[name] = params[name] - rate * mean / (np.sqrt(square) + eps)",
        replace="        params[name] -= rate * mean / (np.sqrt(square) + eps)\n"
        "        new_params[name] = params[name]",
        hint="The parameters that came in are changed in place. Make new arrays.",
    ),
    Misconception(
        "adam-means-in-place",
        "adam_step",
        find="    new_m = {name: beta1 * m[name] + (1 - beta1) * grads[name] for name in params}\n",
        replace="    for name in params:\n"
        "        m[name] *= beta1\n"
        "        m[name] += (1 - beta1) * grads[name]\n"
        "    new_m = m\n",
        hint="The mean m that came in is changed in place. Whoever starts m and v from the same zeros has "
        "them mixed up then. Make new arrays.",
    ),
]

MISCONCEPTIONS = [
    *FIVE,
    *NUMERIC,
    *FORWARD,
    *LOSS,
    *OUTPUT,
    *STEP,
    *BPTT,
    *TOGETHER,
    *STREAMS,
    *CHUNKS,
    *CLIP,
    *MOMENTUM,
    *ADAM,
]
