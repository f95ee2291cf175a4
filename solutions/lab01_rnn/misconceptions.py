"""Wrong answers to lab 1 that we recognise: patches of the solution, each with what the student is told."""

from __future__ import annotations

from autograder.authoring import Misconception

SIGMOID_BODY = "    return 0.5 * (1.0 + np.tanh(0.5 * a))"

SIGMOID = [
    Misconception(
        "sigmoid-naive",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    return 1.0 / (1.0 + np.exp(-a))",
        hint="The values are right, but at -1000 the exponential is infinite, with a warning. Write the curve "
        "with tanh, which NumPy computes safely.",
    ),
    Misconception(
        "sigmoid-overflow-above",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    return np.exp(a) / (1.0 + np.exp(a))",
        hint="At +1000 this is infinity by infinity, which is NaN. This form is safe below zero only.",
    ),
    Misconception(
        "sigmoid-both-branches",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    return np.where(a >= 0, 1.0 / (1.0 + np.exp(-a)), np.exp(a) / (1.0 + np.exp(a)))",
        hint="Each form is safe on its own side, but np.where computes both for every entry before it picks, "
        "so both overflow. The form with tanh needs no choice.",
    ),
    Misconception(
        "sigmoid-not-halved-inside",
        "sigmoid",
        find="np.tanh(0.5 * a)",
        replace="np.tanh(a)",
        hint="Your curve runs from 0 to 1, but twice as steep as the sigmoid: what goes into the tanh must be "
        "halved.",
    ),
    Misconception(
        "sigmoid-not-lifted",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    return 0.5 * np.tanh(0.5 * a)",
        hint="Your curve runs from -1/2 to 1/2. It still has to be lifted, so that it ends at 0 and at 1.",
    ),
    Misconception(
        "sigmoid-not-halved-outside",
        "sigmoid",
        find="return 0.5 * (1.0 + np.tanh(0.5 * a))",
        replace="return 1.0 + np.tanh(0.5 * a)",
        hint="Your curve runs from 0 to 2. It is twice as high as the sigmoid.",
    ),
    Misconception(
        "sigmoid-is-tanh",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    return np.tanh(a)",
        hint="This is tanh itself, which runs from -1 to 1. The sigmoid lies between 0 and 1.",
    ),
    Misconception(
        "sigmoid-falls",
        "sigmoid",
        find="1.0 + np.tanh",
        replace="1.0 - np.tanh",
        hint="Your curve falls where it should rise: look at the sign in the exponent, or before the tanh.",
    ),
    Misconception(
        "sigmoid-slope-for-value",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    s = 0.5 * (1.0 + np.tanh(0.5 * a))\n    return s * (1.0 - s)",
        hint="This is the sigmoid's slope, which is the next section's exercise. Here its value is wanted.",
    ),
    Misconception(
        "sigmoid-clipped",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    return 1.0 / (1.0 + np.exp(-np.clip(a, -10.0, 10.0)))",
        hint="You cut the input off before the curve. That is safe, but then all inputs beyond the cut give "
        "the same answer. The form with tanh needs no cut.",
    ),
    Misconception(
        "sigmoid-one-number",
        "sigmoid",
        find=SIGMOID_BODY,
        replace="    if a >= 0:\n"
        "        return 1.0 / (1.0 + np.exp(-a))\n"
        "    return np.exp(a) / (1.0 + np.exp(a))",
        hint="Your function asks whether a whole array is above zero. Every entry has an answer of its own; "
        "use a formula that works for all of them.",
    ),
]

RELU_BODY = "    return np.maximum(a, 0.0)"

RELU = [
    Misconception(
        "relu-largest-along-axis",
        "relu",
        find=RELU_BODY,
        replace="    return np.max(a, 0)",
        hint="np.max(a, 0) looks for the largest entry along axis 0, so the 0 is not what you mean and the "
        "shape shrinks. There is another function that compares entry by entry.",
    ),
    Misconception(
        "relu-in-place",
        "relu",
        find=RELU_BODY,
        replace="    a[a < 0] = 0.0\n    return a",
        hint="The values are right, but the caller's array is changed. Whoever still needs the pre-activation "
        "finds zeros in it.",
    ),
    Misconception(
        "relu-absolute",
        "relu",
        find=RELU_BODY,
        replace="    return np.abs(a)",
        hint="Negative numbers come out with their sign turned. They should come out as zero.",
    ),
    Misconception(
        "relu-minimum",
        "relu",
        find=RELU_BODY,
        replace="    return np.minimum(a, 0.0)",
        hint="You keep the negative half and cut off the positive one.",
    ),
    Misconception(
        "relu-leaky",
        "relu",
        find=RELU_BODY,
        replace="    return np.where(a > 0, a, 0.01 * a)",
        hint="This is the leaky variant, which lets a little of the negative half through. Here it is zero.",
    ),
    Misconception(
        "relu-softplus",
        "relu",
        find=RELU_BODY,
        replace="    return np.log1p(np.exp(a))",
        hint="This is the softplus, a rounded ReLU. The ReLU has a corner, and is exactly zero on the left.",
    ),
    Misconception(
        "relu-step",
        "relu",
        find=RELU_BODY,
        replace="    return (a > 0) * 1.0",
        hint="This is 0 or 1: the ReLU's slope. Its value is the number itself, where that is positive.",
    ),
    Misconception(
        "relu-clipped-at-one",
        "relu",
        find=RELU_BODY,
        replace="    return np.clip(a, 0.0, 1.0)",
        hint="Your curve is cut off at 1 as well. The ReLU has no upper end: that is why it does not saturate.",
    ),
    Misconception(
        "relu-clipped-at-six",
        "relu",
        find=RELU_BODY,
        replace="    return np.clip(a, 0.0, 6.0)",
        hint="Your curve is cut off at 6, a variant for small devices. The ReLU has no upper end.",
    ),
]

SLOPE_SIGMOID = "        return s * (1.0 - s)"
SLOPE_TANH = "        return 1.0 - s**2"
SLOPE_RELU = "np.where(s > 0, 1.0, 0.0)"

SLOPE = [
    Misconception(
        "slope-sigmoid-of-output",
        "slope",
        find=SLOPE_SIGMOID,
        replace="        s = 1.0 / (1.0 + np.exp(-s))\n        return s * (1.0 - s)",
        hint="You apply the sigmoid once more. What comes in as s is its output already.",
    ),
    Misconception(
        "slope-sigmoid-one-minus",
        "slope",
        find=SLOPE_SIGMOID,
        replace="        return 1.0 - s",
        hint="A factor is missing from the sigmoid's slope: it must vanish at both ends of the curve, not just "
        "at one.",
    ),
    Misconception(
        "slope-sigmoid-squared",
        "slope",
        find=SLOPE_SIGMOID,
        replace="        return 1.0 - s**2",
        hint="This is the slope of tanh. The sigmoid's is another one, and never above a quarter.",
    ),
    Misconception(
        "slope-sigmoid-plus",
        "slope",
        find=SLOPE_SIGMOID,
        replace="        return s * (1.0 + s)",
        hint="The sigmoid's slope must fall to zero where the curve flattens out, near s = 1. Look at the "
        "sign.",
    ),
    Misconception(
        "slope-sigmoid-negative",
        "slope",
        find=SLOPE_SIGMOID,
        replace="        return s * (s - 1.0)",
        hint="Your slope of the sigmoid is negative, but the curve rises everywhere.",
    ),
    Misconception(
        "slope-tanh-not-squared",
        "slope",
        find=SLOPE_TANH,
        replace="        return 1.0 - s",
        hint="The slope of tanh is the same on both sides of zero. Yours is not: a square is missing.",
    ),
    Misconception(
        "slope-tanh-of-output",
        "slope",
        find=SLOPE_TANH,
        replace="        return 1.0 - np.tanh(s) ** 2",
        hint="You apply tanh once more. What comes in as s is its output already.",
    ),
    Misconception(
        "slope-tanh-as-sigmoid",
        "slope",
        find=SLOPE_TANH,
        replace="        return s * (1.0 - s)",
        hint="This is the sigmoid's slope. That of tanh is largest at s = 0, where it is 1.",
    ),
    Misconception(
        "slope-tanh-plus",
        "slope",
        find=SLOPE_TANH,
        replace="        return 1.0 + s**2",
        hint="Your slope of tanh grows where the curve flattens out. Look at the sign.",
    ),
    Misconception(
        "slope-tanh-negative",
        "slope",
        find=SLOPE_TANH,
        replace="        return s**2 - 1.0",
        hint="Your slope of tanh is negative, but the curve rises everywhere.",
    ),
    Misconception(
        "slope-tanh-square-of-difference",
        "slope",
        find=SLOPE_TANH,
        replace="        return (1.0 - s) ** 2",
        hint="You square the difference. It is s alone that is squared.",
    ),
    Misconception(
        "slope-relu-is-output",
        "slope",
        find=SLOPE_RELU,
        replace="np.maximum(s, 0.0)",
        hint="This is the ReLU again. Its slope is the same, 1, however far to the right.",
    ),
    Misconception(
        "slope-relu-ones",
        "slope",
        find=SLOPE_RELU,
        replace="np.ones_like(s)",
        hint="Your slope of the ReLU is 1 everywhere. Where the output is zero, the curve is flat.",
        ties=("slope-relu-one-at-zero",),
    ),
    Misconception(
        "slope-relu-one-at-zero",
        "slope",
        find=SLOPE_RELU,
        replace="np.where(s >= 0, 1.0, 0.0)",
        hint="An output of exactly zero comes from the whole flat left half, so its slope is 0. With 'at least "
        "zero' no unit is ever off.",
        ties=("slope-relu-ones",),
    ),
    Misconception(
        "slope-relu-half-at-zero",
        "slope",
        find=SLOPE_RELU,
        replace="np.where(s > 0, 1.0, 0.5)",
        hint="You give an output of zero the slope 1/2, the middle of the corner. But zeros come from the "
        "whole flat half: the slope there is 0.",
    ),
    Misconception(
        "slope-relu-above-one",
        "slope",
        find=SLOPE_RELU,
        replace="np.where(s > 1, 1.0, 0.0)",
        hint="Your ReLU's slope begins at 1. The corner is at zero.",
    ),
]

SOFTMAX_E = "    e = np.exp(y - y.max(axis=-1, keepdims=True))"
SOFTMAX_P = "    return e / e.sum(axis=-1, keepdims=True)"

SOFTMAX = [
    Misconception(
        "softmax-without-maximum",
        "softmax",
        find=SOFTMAX_E,
        replace="    e = np.exp(y)",
        hint="The values are right for small scores, but e to the 1000 is infinite, and infinity by infinity "
        "is NaN. Take away each row's largest score first.",
    ),
    Misconception(
        "softmax-one-maximum-for-all",
        "softmax",
        find=SOFTMAX_E,
        replace="    e = np.exp(y - y.max())",
        hint="You take away the largest score of the whole batch. A row far below it becomes all zeros, and "
        "zero by zero is NaN. Each row has its own maximum.",
    ),
    Misconception(
        "softmax-maximum-added",
        "softmax",
        find="np.exp(y - y.max(",
        replace="np.exp(y + y.max(",
        hint="You add the largest score where it should be taken away. That cancels too, but it makes the "
        "overflow worse.",
    ),
    Misconception(
        "softmax-absolute-maximum",
        "softmax",
        find="np.exp(y - y.max(",
        replace="np.exp(y - np.abs(y).max(",
        hint="You take away the largest absolute value. In a row of scores around -1000 all exponentials "
        "become zero then, and zero by zero is NaN.",
    ),
    Misconception(
        "softmax-minimum",
        "softmax",
        find="y.max(",
        replace="y.min(",
        hint="You take away the smallest score. Then all exponents are above zero; they can still overflow "
        "where scores lie far apart, and it is the largest that must become zero.",
    ),
    Misconception(
        "softmax-first-axis",
        "softmax",
        find=SOFTMAX_P,
        replace="    return e / e.sum(axis=0, keepdims=True)",
        hint="Your columns add up to 1, over the batch. It is the classes of each row, along the last axis, "
        "that share out the probability.",
    ),
    Misconception(
        "softmax-second-axis",
        "softmax",
        find=SOFTMAX_P,
        replace="    return e / e.sum(axis=min(1, y.ndim - 1), keepdims=True)",
        hint="You sum over axis 1. With three axes that is the batch. The classes lie along the last axis, "
        "however many there are.",
    ),
    Misconception(
        "softmax-over-everything",
        "softmax",
        find=SOFTMAX_P,
        replace="    return e / e.sum()",
        hint="All your rows together add up to 1. Each row should, by itself.",
    ),
    Misconception(
        "softmax-without-keepdims",
        "softmax",
        find=SOFTMAX_P,
        replace="    return e / e.sum(axis=-1)",
        hint="The sums have lost their last axis and do not fit beside the rows they came from. Keep it, with "
        "length 1.",
    ),
    Misconception(
        "softmax-not-normalised",
        "softmax",
        find=SOFTMAX_P,
        replace="    return e",
        hint="These are exponentials, not yet probabilities: the entries of a row must add up to 1.",
        ties=("softmax-over-largest",),
    ),
    Misconception(
        "softmax-over-largest",
        "softmax",
        find=SOFTMAX_P,
        replace="    return e / e.max(axis=-1, keepdims=True)",
        hint="You divide by the largest exponential, so the likeliest class gets 1. Divide by the sum.",
        ties=("softmax-not-normalised",),
    ),
    Misconception(
        "softmax-mean",
        "softmax",
        find=SOFTMAX_P,
        replace="    return e / e.mean(axis=-1, keepdims=True)",
        hint="You divide by the mean, so a row adds up to K. Divide by the sum.",
    ),
    Misconception(
        "softmax-logarithm",
        "softmax",
        find=SOFTMAX_P,
        replace="    return np.log(e / e.sum(axis=-1, keepdims=True))",
        hint="These are the logarithms of the probabilities.",
    ),
    Misconception(
        "softmax-sign",
        "softmax",
        find=SOFTMAX_E,
        replace="    e = np.exp(y.min(axis=-1, keepdims=True) - y)",
        hint="The smallest score gets the largest probability: the sign of the exponent is turned round.",
    ),
    Misconception(
        "softmax-without-exp",
        "softmax",
        find=SOFTMAX_E,
        replace="    e = y",
        hint="You divide the scores by their sum. Scores may be negative; the exponential makes them positive "
        "first.",
    ),
    Misconception(
        "softmax-sigmoids",
        "softmax",
        find=SOFTMAX_E,
        replace="    e = 0.5 * (1.0 + np.tanh(0.5 * y))",
        hint="You share out sigmoids of the scores. A softmax shares out exponentials.",
    ),
    Misconception(
        "softmax-base-two",
        "softmax",
        find="np.exp(",
        replace="np.exp2(",
        hint="Your powers have base 2. The softmax is made with e; another base is another temperature.",
    ),
]

CE_SHIFTED = "    shifted = y - y.max(axis=-1, keepdims=True)"
CE_TOTAL = "    total = np.log(np.exp(shifted).sum(axis=-1))"
CE_CHOSEN = "    chosen = np.take_along_axis(shifted, targets[..., None], axis=-1)[..., 0]"
CE_MEAN = "    return float(np.mean(total - chosen))"
CE_P = """    p = np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True)
    p = np.take_along_axis(p, targets[..., None], axis=-1)[..., 0]
"""

CROSS_ENTROPY = [
    Misconception(
        "loss-log-of-softmax",
        "cross_entropy",
        find=CE_MEAN,
        replace=CE_P + "    return float(np.mean(-np.log(p)))",
        hint="You take the logarithm of a finished softmax. When the model is sure and wrong, that probability "
        "is 0 and its logarithm infinite. Put the two formulas together before you compute.",
    ),
    Misconception(
        "loss-log-with-epsilon",
        "cross_entropy",
        find=CE_MEAN,
        replace=CE_P + "    return float(np.mean(-np.log(p + 1e-12)))",
        hint="A small number inside the logarithm avoids infinity, but no loss can then exceed about 28, "
        "however wrong the model is. Put softmax and logarithm together instead.",
    ),
    Misconception(
        "loss-probabilities-clipped",
        "cross_entropy",
        find=CE_MEAN,
        replace=CE_P + "    return float(np.mean(-np.log(np.clip(p, 1e-7, 1.0))))",
        hint="You clip the probabilities, so no loss can exceed about 16, however wrong the model is, and "
        "beyond that nothing more is learned. Put softmax and logarithm together instead.",
    ),
    Misconception(
        "loss-without-maximum",
        "cross_entropy",
        find=CE_SHIFTED,
        replace="    shifted = y",
        hint="The values are right for small scores, but the exponential of a large one is infinite. Take away "
        "each row's largest score first: it cancels.",
    ),
    Misconception(
        "loss-maximum-of-batch",
        "cross_entropy",
        find=CE_SHIFTED,
        replace="    shifted = y - y.max()",
        hint="You take away the largest score of the whole batch. In a row far below it all exponentials are "
        "zero, and the logarithm of their sum is infinite.",
    ),
    Misconception(
        "loss-maximum-not-from-chosen",
        "cross_entropy",
        find="np.take_along_axis(shifted,",
        replace="np.take_along_axis(y,",
        hint="The largest score is taken away inside the sum only. It must be taken from the chosen score as "
        "well, or it does not cancel.",
    ),
    Misconception(
        "loss-sign",
        "cross_entropy",
        find="np.mean(total - chosen)",
        replace="np.mean(chosen - total)",
        hint="Your loss is negative. A surprise is minus the logarithm of a probability, and never below zero.",
    ),
    Misconception(
        "loss-sum",
        "cross_entropy",
        find="np.mean(total",
        replace="np.sum(total",
        hint="You add up where the mean is wanted. A sum grows with the batch, and so would the size of every "
        "update.",
    ),
    Misconception(
        "loss-mean-over-batch-only",
        "cross_entropy",
        find=CE_MEAN,
        replace="    return float(np.sum(total - chosen) / targets.shape[-1])",
        hint="You divide by the batch size, but with many steps there are T times N rows. Each of them has a "
        "target.",
    ),
    Misconception(
        "loss-mean-over-classes",
        "cross_entropy",
        find=CE_MEAN,
        replace="    return float(np.mean(total - chosen) / y.shape[-1])",
        hint="Your loss is divided by the number of classes as well. Only one class of each row, the target, "
        "has a share in it.",
    ),
    Misconception(
        "loss-in-bits",
        "cross_entropy",
        find=CE_MEAN,
        replace="    return float(np.mean(total - chosen) / np.log(2.0))",
        hint="This is the loss in bits, with logarithms of base 2. Natural logarithms are wanted, as in every "
        "framework.",
    ),
    Misconception(
        "loss-probability",
        "cross_entropy",
        find=CE_MEAN,
        replace="    return float(np.mean(np.exp(chosen - total)))",
        hint="This is the mean probability of the targets. The logarithm is missing.",
    ),
    Misconception(
        "loss-one-minus-probability",
        "cross_entropy",
        find=CE_MEAN,
        replace="    return float(np.mean(1.0 - np.exp(chosen - total)))",
        hint="You measure how much probability the targets lack. The cross-entropy takes minus the logarithm, "
        "which grows without bound as the model gets surer of something wrong.",
    ),
    Misconception(
        "loss-squared",
        "cross_entropy",
        find=CE_MEAN,
        replace="    return float(np.mean((1.0 - np.exp(chosen - total)) ** 2))",
        hint="This is a squared error of probabilities. For classes take minus the logarithm of the target's "
        "probability.",
    ),
    Misconception(
        "loss-perplexity",
        "cross_entropy",
        find=CE_MEAN,
        replace="    return float(np.exp(np.mean(total - chosen)))",
        hint="This is the perplexity, the exponential of the loss. The loss itself is wanted.",
    ),
    Misconception(
        "loss-chosen-score-only",
        "cross_entropy",
        find="np.mean(total - chosen)",
        replace="np.mean(-chosen)",
        hint="The logarithm of the sum is missing. Without it a model could win by making all scores large.",
    ),
    Misconception(
        "loss-of-likeliest",
        "cross_entropy",
        find="targets[..., None]",
        replace="y.argmax(axis=-1)[..., None]",
        hint="You take the loss at the class that the model likes best. The targets say which class was right.",
    ),
    Misconception(
        "loss-targets-as-columns",
        "cross_entropy",
        find=CE_CHOSEN,
        replace="    chosen = shifted[..., targets]",
        hint="Indexing with all targets at once picks every target's class from *every* row. Each row has just "
        "one target.",
    ),
    Misconception(
        "loss-targets-from-one",
        "cross_entropy",
        find="targets[..., None]",
        replace="targets[..., None] - 1",
        hint="Your classes are counted from 1. They are counted from 0, as indices are.",
    ),
    Misconception(
        "loss-softmax-twice",
        "cross_entropy",
        find=CE_SHIFTED,
        replace="    shifted = np.exp(y - y.max(axis=-1, keepdims=True))\n"
        "    shifted = shifted / shifted.sum(axis=-1, keepdims=True)",
        hint="There are two softmaxes: you make probabilities and treat them as scores. The formula starts "
        "from the scores themselves.",
    ),
    Misconception(
        "loss-sum-over-batch",
        "cross_entropy",
        find="np.exp(shifted).sum(axis=-1)",
        replace="np.exp(shifted).sum()",
        hint="The sum in the logarithm runs over all rows. Each row's probabilities add up to 1 by themselves.",
    ),
]

STEP_A = "    a = x @ W + h_prev @ U + b"
STEP_H = "    return phi(a)"

STEP = [
    Misconception(
        "step-without-state",
        "rnn_step",
        find=STEP_A,
        replace="    a = x @ W + b",
        hint="The old state is left out, so this is a feed-forward layer: it remembers nothing.",
    ),
    Misconception(
        "step-without-input",
        "rnn_step",
        find=STEP_A,
        replace="    a = h_prev @ U + b",
        hint="The input is left out: the state goes its own way, whatever comes in.",
    ),
    Misconception(
        "step-without-bias",
        "rnn_step",
        find=STEP_A,
        replace="    a = x @ W + h_prev @ U",
        hint="The bias is missing from the sum.",
    ),
    Misconception(
        "step-bias-twice",
        "rnn_step",
        find=STEP_A,
        replace="    a = x @ W + b + h_prev @ U + b",
        hint="The bias is added twice, once with each product. PyTorch has two bias vectors, but they are two "
        "different ones; ours is one.",
    ),
    Misconception(
        "step-bias-subtracted",
        "rnn_step",
        find="@ U + b",
        replace="@ U - b",
        hint="The bias is taken away where it should be added.",
    ),
    Misconception(
        "step-bias-outside",
        "rnn_step",
        find=STEP_A + "\n" + STEP_H,
        replace="    return phi(x @ W + h_prev @ U) + b",
        hint="The bias is added after the curve. It belongs inside, where it shifts the point at which the "
        "unit turns on.",
    ),
    Misconception(
        "step-state-outside",
        "rnn_step",
        find=STEP_A + "\n" + STEP_H,
        replace="    return phi(x @ W + b) + h_prev @ U",
        hint="The old state's term stands outside the curve. Then nothing holds the state within bounds.",
    ),
    Misconception(
        "step-curve-on-old-state",
        "rnn_step",
        find=STEP_A + "\n" + STEP_H,
        replace="    return phi(h_prev) @ U + x @ W + b",
        hint="This is the form with the curve inside, around the old state: its h is our pre-activation. Here "
        "the curve goes around the whole sum.",
    ),
    Misconception(
        "step-curve-for-each-term",
        "rnn_step",
        find=STEP_A + "\n" + STEP_H,
        replace="    return phi(x @ W) + phi(h_prev @ U + b)",
        hint="You bend each term by itself and add afterwards. First comes the sum, then one curve.",
    ),
    Misconception(
        "step-product-of-terms",
        "rnn_step",
        find=STEP_A,
        replace="    a = (x @ W) * (h_prev @ U) + b",
        hint="The two terms are multiplied. Input and state are added.",
    ),
    Misconception(
        "step-state-subtracted",
        "rnn_step",
        find=STEP_A,
        replace="    a = x @ W - h_prev @ U + b",
        hint="The state's term is taken away where it should be added.",
    ),
    Misconception(
        "step-u-transposed",
        "rnn_step",
        find=STEP_A,
        replace="    a = x @ W + h_prev @ U.T + b",
        hint="U is transposed. It is square, so the shapes do not complain: with rows as states it is `h @ U`, "
        "as it stands.",
    ),
    Misconception(
        "step-u-entry-by-entry",
        "rnn_step",
        find=STEP_A,
        replace="    a = x @ W + h_prev * np.diag(U) + b",
        hint="Each unit sees only its own old value. U is a whole matrix: every unit sees all of them.",
    ),
    Misconception(
        "step-state-added-plainly",
        "rnn_step",
        find=STEP_A,
        replace="    a = x @ W + h_prev + b",
        hint="The old state is added as it is, without its weights U.",
    ),
    Misconception(
        "step-residual",
        "rnn_step",
        find=STEP_H,
        replace="    return h_prev + phi(a)",
        hint="You add the old state to the new one. That is a residual connection, a remedy of a later "
        "lecture; the plain network replaces its state.",
    ),
    Misconception(
        "step-no-curve",
        "rnn_step",
        find=STEP_H,
        replace="    return a",
        hint="The curve is missing: this is the pre-activation. Without a curve the whole network is one "
        "linear map.",
    ),
    Misconception(
        "step-curve-twice",
        "rnn_step",
        find=STEP_H,
        replace="    return phi(phi(a))",
        hint="The curve is applied twice.",
    ),
    Misconception(
        "step-own-curve",
        "rnn_step",
        find=STEP_H,
        replace="    return np.tanh(a)",
        hint="The function was handed a curve `phi` and took tanh all the same. Call the name from the "
        "argument list, or the network cannot be given a ReLU.",
    ),
    Misconception(
        "step-input-and-state-swapped",
        "rnn_step",
        find=STEP_A,
        replace="    a = x @ U + h_prev @ W + b",
        hint="W and U have changed places. W belongs to the input, U to the state.",
    ),
    Misconception(
        "step-mean-of-batch",
        "rnn_step",
        find=STEP_A,
        replace="    a = x @ W + h_prev.mean(axis=0) @ U + b",
        hint="Every row gets the batch's average state. The rows are different sequences, which know nothing "
        "of each other.",
    ),
    Misconception(
        "step-tanh-by-hand",
        "rnn_step",
        find=STEP_H,
        replace="    if phi is np.tanh:\n"
        "        return (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a))\n"
        "    return phi(a)",
        hint="A tanh made of exponentials is infinity by infinity once the pre-activation is large. NumPy's "
        "own is safe.",
    ),
    Misconception(
        "step-default-sigmoid",
        "rnn_step",
        find=STEP_H,
        replace="    return sigmoid(a) if phi is np.tanh else phi(a)",
        hint="Left to itself your step uses a sigmoid. It is tanh that is wanted, which can be negative.",
    ),
    Misconception(
        "step-pre-activation-clipped",
        "rnn_step",
        find=STEP_H,
        replace="    return phi(np.clip(a, -5.0, 5.0))",
        hint="You cut the pre-activation off before the curve. tanh needs no such help: it is safe for every "
        "number.",
    ),
]

SEQUENCE_CALL = "        h = step(x[t], h, W, U, b)\n        hs"

SEQUENCE = [
    Misconception(
        "state-never-fed-back",
        "rnn_sequence",
        find=SEQUENCE_CALL,
        replace="        h = step(x[t], h0, W, U, b)\n        hs",
        hint="Every step starts from h0. Each must get the state that the step before left: that is what makes "
        "it recurrent.",
    ),
    Misconception(
        "h0-ignored",
        "rnn_sequence",
        find="    h = h0\n",
        replace="    h = np.zeros_like(h0)\n",
        hint="The first step starts from zeros, whatever is handed in. Without h0 a sequence cannot be "
        "continued.",
    ),
    Misconception(
        "h0-every-step",
        "rnn_sequence",
        find=SEQUENCE_CALL,
        replace="        h = step(x[t], h + h0, W, U, b)\n        hs",
        hint="h0 is added at every step. It is where the first step starts, and only that.",
    ),
    Misconception(
        "time-reversed",
        "rnn_sequence",
        find="    for t in range(T):",
        replace="    for t in reversed(range(T)):",
        hint="You read the sequence from its end. The first input comes first.",
    ),
    Misconception(
        "input-reversed",
        "rnn_sequence",
        find="step(x[t], h, W",
        replace="step(x[T - 1 - t], h, W",
        hint="The inputs are taken from the other end: step t gets x[T - 1 - t].",
    ),
    Misconception(
        "states-stored-backwards",
        "rnn_sequence",
        find="hs[t] = h",
        replace="hs[T - 1 - t] = h",
        hint="The states are right but stored from the end. hs[t] is the state after x[t].",
    ),
    Misconception(
        "first-input-always",
        "rnn_sequence",
        find="step(x[t], h, W",
        replace="step(x[0], h, W",
        hint="Every step reads the first input. Step t reads x[t].",
    ),
    Misconception(
        "input-one-early",
        "rnn_sequence",
        find="step(x[t], h, W",
        replace="step(x[t - 1], h, W",
        hint="Step t reads x[t - 1], and the first one reads the last input, as negative indices do.",
    ),
    Misconception(
        "state-before-the-step",
        "rnn_sequence",
        find=SEQUENCE_CALL + "[t] = h",
        replace="        hs[t] = h\n        h = step(x[t], h, W, U, b)",
        hint="hs[t] holds the state before x[t] was read, so it starts with h0 and the last state is lost. "
        "Store after the step.",
    ),
    Misconception(
        "last-state-everywhere",
        "rnn_sequence",
        find="    return hs\n",
        replace="    return np.repeat(hs[-1:], T, axis=0)\n",
        hint="Every entry is the last state. hs[t] is the state after x[t].",
        ties=("states-share-one-array",),
    ),
    Misconception(
        "last-state-only",
        "rnn_sequence",
        find="    return hs\n",
        replace="    return h\n",
        hint="Only the last state comes back. All of them are wanted, (T, N, H).",
    ),
    Misconception(
        "h0-in-front",
        "rnn_sequence",
        find="    return hs\n",
        replace="    return np.concatenate([h0[None], hs])\n",
        hint="h0 stands in front, so there are T + 1 states. hs[0] is the state after the first input.",
    ),
    Misconception(
        "loop-over-batch",
        "rnn_sequence",
        find="    for t in range(T):",
        replace="    for t in range(x.shape[1]):",
        hint="The loop has as many turns as there are sequences in the batch. It runs over time, the first "
        "axis.",
    ),
    Misconception(
        "last-step-left-out",
        "rnn_sequence",
        find="    for t in range(T):",
        replace="    for t in range(T - 1):",
        hint="The last step is missing. A Python range stops before its end, so range(T) has all T steps.",
    ),
    Misconception(
        "first-step-left-out",
        "rnn_sequence",
        find="    for t in range(T):",
        replace="    for t in range(1, T):",
        hint="The first input is never read: the loop starts at the second.",
    ),
    Misconception(
        "weights-swapped-in-loop",
        "rnn_sequence",
        find="h, W, U, b)",
        replace="h, U, W, b)",
        hint="The step gets W and U in the wrong order. W belongs to the input.",
    ),
    Misconception(
        "batch-first",
        "rnn_sequence",
        find="    return hs\n",
        replace="    return hs.transpose(1, 0, 2)\n",
        hint="The batch is the first axis of your answer. Time comes first here, (T, N, H); some frameworks "
        "have it the other way round.",
    ),
    Misconception(
        "states-added-up",
        "rnn_sequence",
        find=SEQUENCE_CALL,
        replace="        h = h + step(x[t], h, W, U, b)\n        hs",
        hint="The old state is added to what the step gives. The step's answer is the new state.",
    ),
    Misconception(
        "sequence-own-step",
        "rnn_sequence",
        find="        h = step(",
        replace="        h = rnn_step(",
        hint="The function was handed a `step` and did not use it, but called your rnn_step. Call the name "
        "from the argument list.",
    ),
    Misconception(
        "sequence-h0-changed",
        "rnn_sequence",
        find=SEQUENCE_CALL,
        replace="        h[:] = step(x[t], h, W, U, b)\n        hs",
        hint="The states are right, but h0 comes out changed: at the first turn of the loop your `h` *is* the "
        "caller's array, and you write into it.",
    ),
    Misconception(
        "states-share-one-array",
        "rnn_sequence",
        find="    T = x.shape[0]\n    h = h0\n    hs = np.zeros((T, *h0.shape))\n    for t in range(T):\n"
        + SEQUENCE_CALL
        + "[t] = h\n    return hs",
        replace="    h, hs = h0.copy(), []\n"
        "    for x_t in x:\n"
        "        h[:] = step(x_t, h, W, U, b)\n"
        "        hs.append(h)\n"
        "    return np.array(hs)",
        hint="All entries are the last state: you append the same array again and again and then write into "
        "it. A list holds the array itself, not a picture of it.",
        ties=("last-state-everywhere",),
    ),
    Misconception(
        "sequence-float32",
        "rnn_sequence",
        find="np.zeros((T, *h0.shape))",
        replace="np.zeros((T, *h0.shape), dtype=np.float32)",
        hint="The states are right, but only to seven digits: the array that collects them is float32. Then no "
        "numeric gradient check can tell a mistake from rounding.",
    ),
    Misconception(
        "sequence-squeezed",
        "rnn_sequence",
        find="    return hs\n",
        replace="    return np.squeeze(hs)\n",
        hint="An axis of length 1 is gone. With one step, or one sequence in the batch, the shape is still (T, "
        "N, H).",
    ),
]

OUTPUT = [
    Misconception(
        "output-without-bias",
        "output_layer",
        find="return h @ V + b_y",
        replace="return h @ V",
        hint="The bias is missing from the scores.",
    ),
    Misconception(
        "output-bias-subtracted",
        "output_layer",
        find="h @ V + b_y",
        replace="h @ V - b_y",
        hint="The bias is taken away where it should be added.",
    ),
    Misconception(
        "output-with-tanh",
        "output_layer",
        find="return h @ V + b_y",
        replace="return np.tanh(h @ V + b_y)",
        hint="The scores go through a tanh. They are any numbers, not bounded by 1: otherwise the model could "
        "never be sure.",
    ),
    Misconception(
        "output-with-softmax",
        "output_layer",
        find="return h @ V + b_y",
        replace="y = h @ V + b_y\n    return np.exp(y) / np.exp(y).sum(axis=-1, keepdims=True)",
        hint="These are probabilities. Scores are wanted; the softmax comes later, and the loss would apply it "
        "a second time.",
    ),
    Misconception(
        "output-with-sigmoid",
        "output_layer",
        find="return h @ V + b_y",
        replace="return 0.5 * (1.0 + np.tanh(0.5 * (h @ V + b_y)))",
        hint="The scores go through a sigmoid. They are any numbers.",
    ),
    Misconception(
        "output-state-bent-again",
        "output_layer",
        find="return h @ V",
        replace="return np.tanh(h) @ V",
        hint="The state goes through tanh once more. It has been through it in the step.",
    ),
    Misconception(
        "output-transposed",
        "output_layer",
        find="h @ V + b_y",
        replace="h @ V.T + b_y",
        hint="V is (H, K) already, as the rows of h want it. Transposed, the shapes do not fit.",
    ),
    Misconception(
        "output-last-step-only",
        "output_layer",
        find="return h @ V",
        replace="return (h[-1] if h.ndim == 3 else h) @ V",
        hint="From many steps' states you make scores for the last one only. The layer gives scores for "
        "whatever states it is handed.",
    ),
]

JORDAN_H = "        h = phi(x[t] @ W + p @ U + b)"
JORDAN_P = "        p = squash(h @ V + b_y)"

JORDAN = [
    Misconception(
        "jordan-state-fed-back",
        "jordan_sequence",
        find="    p = p0\n    for t in range(T):\n" + JORDAN_H,
        replace="    h = np.zeros((N, H))\n    for t in range(T):\n        h = phi(x[t] @ W + h @ U + b)",
        hint="You feed back the state, as Elman's network does. U has K rows here: it is the output p that "
        "comes back.",
    ),
    Misconception(
        "jordan-scores-fed-back",
        "jordan_sequence",
        find=JORDAN_P + "\n        hs[t], ps[t] = h, p",
        replace="        p = h @ V + b_y\n        hs[t], ps[t] = h, squash(p)",
        hint="What you feed back are the scores, before the softmax. The network hears what it said, the "
        "probabilities.",
    ),
    Misconception(
        "jordan-winner-fed-back",
        "jordan_sequence",
        find=JORDAN_P + "\n        hs[t], ps[t] = h, p",
        replace="        hs[t], ps[t] = h, squash(h @ V + b_y)\n        p = np.eye(K)[ps[t].argmax(axis=1)]",
        hint="You feed back only which class won. All the probabilities go back, as they are.",
    ),
    Misconception(
        "jordan-p0-every-step",
        "jordan_sequence",
        find="p @ U",
        replace="p0 @ U",
        hint="Every step hears p0. Step t hears what step t - 1 said.",
    ),
    Misconception(
        "jordan-p0-ignored",
        "jordan_sequence",
        find="    p = p0\n",
        replace="    p = np.zeros((N, K))\n",
        hint="The first step hears zeros. It should hear p0.",
    ),
    Misconception(
        "jordan-nothing-fed-back",
        "jordan_sequence",
        find=" + p @ U",
        replace="",
        hint="Nothing is fed back, so every step stands for itself: this is a feed-forward network.",
    ),
    Misconception(
        "jordan-two-steps-back",
        "jordan_sequence",
        find="    p = p0\n    for t in range(T):\n" + JORDAN_H + "\n" + JORDAN_P,
        replace="    older = p = p0\n    for t in range(T):\n        h = phi(x[t] @ W + older @ U + b)\n"
        "        older, p = p, squash(h @ V + b_y)",
        hint="What is fed back is one step too old. Step t hears what step t - 1 said.",
    ),
    Misconception(
        "jordan-without-bias",
        "jordan_sequence",
        find=" + p @ U + b)",
        replace=" + p @ U)",
        hint="The bias b of the units is missing.",
    ),
    Misconception(
        "jordan-without-output-bias",
        "jordan_sequence",
        find="h @ V + b_y)",
        replace="h @ V)",
        hint="The bias b_y of the output layer is missing.",
    ),
    Misconception(
        "jordan-without-input",
        "jordan_sequence",
        find="x[t] @ W + p @ U",
        replace="p @ U",
        hint="The input is left out: the network listens to itself only.",
    ),
    Misconception(
        "jordan-no-squash",
        "jordan_sequence",
        find="squash(h @ V + b_y)",
        replace="h @ V + b_y",
        hint="The outputs are scores: the softmax is missing.",
    ),
    Misconception(
        "jordan-no-curve",
        "jordan_sequence",
        find="phi(x[t] @ W + p @ U + b)",
        replace="x[t] @ W + p @ U + b",
        hint="The units' curve phi is missing.",
    ),
    Misconception(
        "jordan-own-curve",
        "jordan_sequence",
        find="phi(x[t]",
        replace="np.tanh(x[t]",
        hint="The function was handed a curve `phi` and took tanh all the same. Call the name from the "
        "argument list.",
    ),
    Misconception(
        "jordan-own-softmax",
        "jordan_sequence",
        find="p = squash(",
        replace="p = softmax(",
        hint="The function was handed a `squash` and called your softmax all the same. Call the name from the "
        "argument list.",
    ),
    Misconception(
        "jordan-state-squashed",
        "jordan_sequence",
        find="        h = phi(x[t]",
        replace="        h = squash(x[t]",
        hint="The units go through the softmax as well. They have a curve of their own, phi.",
    ),
    Misconception(
        "jordan-returns-swapped",
        "jordan_sequence",
        find="    return hs, ps",
        replace="    return ps, hs",
        hint="States and outputs come back in the wrong order: first hs, then ps.",
    ),
    Misconception(
        "jordan-hears-itself-before-speaking",
        "jordan_sequence",
        find="hs[t], ps[t] = h, p",
        replace="hs[t], ps[t] = h, (p0 if t == 0 else said)\n        said = p",
        hint="Your outputs come one step late, with p0 in front. ps[t] is what the network says after x[t].",
    ),
    Misconception(
        "jordan-time-reversed",
        "jordan_sequence",
        find="    for t in range(T):",
        replace="    for t in reversed(range(T)):",
        hint="You read the sequence from its end.",
    ),
    Misconception(
        "jordan-last-step-left-out",
        "jordan_sequence",
        find="    for t in range(T):",
        replace="    for t in range(T - 1):",
        hint="The last step is missing. A Python range stops before its end.",
    ),
]

PAD_COPY = "        x[: len(sequence), n] = sequence"

PADDING = [
    Misconception(
        "padded-in-front",
        "pad_sequences",
        find=PAD_COPY,
        replace="        x[len(x) - len(sequence) :, n] = sequence",
        hint="The zeros stand in front, the sequences end together. Some tools do that by default; here all "
        "start together and the zeros follow.",
    ),
    Misconception(
        "padded-batch-first",
        "pad_sequences",
        find="    return x, lengths",
        replace="    return x.transpose(1, 0, 2), lengths",
        hint="The batch is the first axis. Time comes first here: sequence n is x[:, n].",
    ),
    Misconception(
        "padded-with-last-input",
        "pad_sequences",
        find=PAD_COPY,
        replace=PAD_COPY + "\n        x[len(sequence) :, n] = sequence[-1]",
        hint="The padding repeats each sequence's last input. It is zeros that are wanted.",
    ),
    Misconception(
        "padded-with-ones",
        "pad_sequences",
        find="x = np.zeros(",
        replace="x = np.ones(",
        hint="The padding is ones. It is zeros that are wanted.",
    ),
    Misconception(
        "padded-repeated",
        "pad_sequences",
        find=PAD_COPY,
        replace="        x[:, n] = np.resize(sequence, (len(x), D))",
        hint="The sequences start again from their beginning where they end: np.resize repeats. Zeros should "
        "follow.",
    ),
    Misconception(
        "padded-cut-to-shortest",
        "pad_sequences",
        find=PAD_COPY + "\n    return x, lengths",
        replace=PAD_COPY + "\n    return x[: lengths.min()], lengths",
        hint="All sequences are cut to the shortest one. None should lose anything: T is the length of the "
        "longest.",
    ),
    Misconception(
        "padded-one-too-long",
        "pad_sequences",
        find="lengths.max()",
        replace="lengths.max() + 1",
        hint="There is one step too many, in which nobody has an input. T is the length of the longest "
        "sequence.",
    ),
    Misconception(
        "padded-reversed",
        "pad_sequences",
        find="n] = sequence",
        replace="n] = sequence[::-1]",
        hint="Each sequence lies in its column from its end to its beginning.",
    ),
    Misconception(
        "padded-sorted",
        "pad_sequences",
        find="    lengths = np.array(",
        replace="    sequences = sorted(sequences, key=len, reverse=True)\n    lengths = np.array(",
        hint="You sort the sequences by length. Some tools want that, but then sequence n is no longer in "
        "column n, and its target is somebody else's.",
    ),
    Misconception(
        "lengths-last-index",
        "pad_sequences",
        find="    return x, lengths",
        replace="    return x, lengths - 1",
        hint="Your lengths are one too small: they are the index of the last step. A sequence of one step has "
        "length 1.",
    ),
    Misconception(
        "lengths-all-the-longest",
        "pad_sequences",
        find="    return x, lengths",
        replace="    return x, np.full(len(sequences), len(x))",
        hint="All lengths are T. The length of each sequence before padding is wanted, or nobody will know "
        "where it ended.",
    ),
    Misconception(
        "lengths-as-list",
        "pad_sequences",
        find="    return x, lengths",
        replace="    return x, [len(sequence) for sequence in sequences]",
        hint="Your lengths are a list. Soon you will compare all of them with t at once, which only an array can do.",
    ),
    Misconception(
        "lengths-count-numbers",
        "pad_sequences",
        find="    return x, lengths",
        replace="    return x, lengths * D",
        hint="Your lengths count all the numbers of a sequence. A length counts steps.",
    ),
    Misconception(
        "lengths-and-batch-swapped",
        "pad_sequences",
        find="    return x, lengths",
        replace="    return lengths, x",
        hint="The two results come back in the wrong order: first x, then the lengths.",
    ),
    Misconception(
        "last-of-the-batch",
        "last_states",
        find="hs[lengths - 1, np.arange(len(lengths))]",
        replace="hs[-1]",
        hint="You take the last state of the padded batch. Only the longest sequences end there; for the "
        "others that is what the padding made of it.",
    ),
    Misconception(
        "last-one-late",
        "last_states",
        find="hs[lengths - 1, np.arange(len(lengths))]",
        replace="hs[np.minimum(lengths, len(hs) - 1), np.arange(len(lengths))]",
        hint="You take the state one step after the end. A sequence of length 1 ends at index 0.",
    ),
    Misconception(
        "last-beyond-the-end",
        "last_states",
        find="lengths - 1,",
        replace="lengths,",
        hint="The longest sequence has length T, and there is no state number T. A sequence of length 1 ends "
        "at index 0.",
    ),
    Misconception(
        "last-one-early",
        "last_states",
        find="lengths - 1,",
        replace="lengths - 2,",
        hint="You take the state one step before the end.",
    ),
    Misconception(
        "last-of-every-sequence-for-all",
        "last_states",
        find="hs[lengths - 1, np.arange(len(lengths))]",
        replace="hs[lengths - 1]",
        hint="One index array picks whole batches, (N, N, H): each length is applied to every sequence. A "
        "second one must say which sequence it is for.",
    ),
    Misconception(
        "last-counted-backwards",
        "last_states",
        find="lengths - 1,",
        replace="-lengths,",
        hint="You count the lengths from the end of the padded batch. They count from the start.",
    ),
    Misconception(
        "last-is-first",
        "last_states",
        find="hs[lengths - 1, np.arange(len(lengths))]",
        replace="hs[0]",
        hint="You take every sequence's first state.",
    ),
    Misconception(
        "last-mean-of-states",
        "last_states",
        find="hs[lengths - 1, np.arange(len(lengths))]",
        replace="np.stack([hs[:length, n].mean(axis=0) for n, length in enumerate(lengths)])",
        hint="You average over each sequence's states. The state at its last step is wanted.",
    ),
]

FROZEN = "        h = np.where(running, step(x[t], h, W, U, b), h)"

FREEZING = [
    Misconception(
        "frozen-never",
        "padded_sequence",
        find=FROZEN,
        replace="        h = step(x[t], h, W, U, b)",
        hint="The states run on through the padding. Once a sequence is over, its state must stay as it is.",
    ),
    Misconception(
        "frozen-one-late",
        "padded_sequence",
        find="(t < lengths)",
        replace="(t <= lengths)",
        hint="Each sequence reads one step of its padding. With t counted from 0, the last step of a sequence "
        "is length - 1.",
    ),
    Misconception(
        "frozen-one-early",
        "padded_sequence",
        find="(t < lengths)",
        replace="(t < lengths - 1)",
        hint="Each sequence is frozen before its last input. With t counted from 0, the last step of a "
        "sequence is length - 1.",
    ),
    Misconception(
        "frozen-while-running",
        "padded_sequence",
        find="(t < lengths)",
        replace="(t >= lengths)",
        hint="The choice is the wrong way round: states stand still while their sequence lasts, and move in "
        "the padding.",
    ),
    Misconception(
        "frozen-to-zero",
        "padded_sequence",
        find="b), h)",
        replace="b), 0.0)",
        hint="States become zero when their sequence is over, and are forgotten. They should stay as they "
        "were.",
        ties=("frozen-only-stored",),
    ),
    Misconception(
        "frozen-to-h0",
        "padded_sequence",
        find="b), h)",
        replace="b), h0)",
        hint="States fall back to h0 when their sequence is over. They should stay as they were.",
    ),
    Misconception(
        "frozen-input-instead",
        "padded_sequence",
        find=FROZEN,
        replace="        h = step(np.where(running, x[t], 0.0), h, W, U, b)",
        hint="You blank out the input after the end. That is padding again: a step on zeros still adds b and "
        "multiplies by U. It is the state that must be held.",
    ),
    Misconception(
        "frozen-all-with-the-shortest",
        "padded_sequence",
        find="(t < lengths)[:, None]",
        replace="t < lengths.min()",
        hint="All sequences stop with the shortest. Each has an end of its own.",
    ),
    Misconception(
        "frozen-only-stored",
        "padded_sequence",
        find=FROZEN + "\n        hs[t] = h",
        replace="        h = step(x[t], h, W, U, b)\n        hs[t] = np.where(running, h, 0.0)",
        hint="You run on through the padding and store zeros from there. Then hs[-1] is not the last state of "
        "the shorter sequences.",
        ties=("frozen-to-zero",),
    ),
    Misconception(
        "frozen-by-mask-product",
        "padded_sequence",
        find=FROZEN,
        replace="        h = running * step(x[t], h, W, U, b) + (1 - running) * h",
        hint="Right as long as the padding holds numbers. But zero times NaN is NaN: choose, don't multiply.",
    ),
    Misconception(
        "frozen-h0-ignored",
        "padded_sequence",
        find="    h = h0\n",
        replace="    h = np.zeros_like(h0)\n",
        hint="The first step starts from zeros, whatever is handed in.",
    ),
    Misconception(
        "frozen-without-axis",
        "padded_sequence",
        find="(t < lengths)[:, None]",
        replace="(t < lengths)",
        hint="The mask is (N,) and the states are (N, H): NumPy would lay it along the units. It needs a "
        "second axis of length 1.",
    ),
    Misconception(
        "frozen-own-step",
        "padded_sequence",
        find="np.where(running, step(",
        replace="np.where(running, rnn_step(",
        hint="The function was handed a `step` and did not use it, but called your rnn_step. Call the name "
        "from the argument list.",
    ),
    Misconception(
        "frozen-state-never-fed-back",
        "padded_sequence",
        find="step(x[t], h, W, U, b), h)",
        replace="step(x[t], h0, W, U, b), h)",
        hint="Every step starts from h0. Each must get the state that the step before left.",
    ),
]

SHAPES = [
    Misconception(
        "one-keeps-its-step",
        "run_shape",
        find='    if shape in ("one to one", "many to one"):',
        replace='    if shape == "many to one":',
        hint="One to one still has an axis for time, of length 1. One answer is wanted for each row, (N, K).",
    ),
    Misconception(
        "many-to-many-last-only",
        "run_shape",
        find="    return y\n",
        replace='    return y if shape == "one to many" else y[-1]\n',
        hint="Many to many gives one answer only. It gives one at every step.",
    ),
    Misconception(
        "one-input-at-every-step",
        "run_shape",
        find="        x = np.zeros((steps, *first.shape))\n        x[0] = first",
        replace="        x = np.repeat(first[None], steps, axis=0)",
        hint="Your one input is repeated at every step. It is shown at the first one; after that the state has "
        "to remember it.",
    ),
    Misconception(
        "one-input-at-the-end",
        "run_shape",
        find="x[0] = first",
        replace="x[-1] = first",
        hint="Your one input comes at the last step, after nearly all outputs are given. It comes first.",
    ),
    Misconception(
        "one-to-many-one-extra",
        "run_shape",
        find="np.zeros((steps, *first.shape))",
        replace="np.zeros((steps + 1, *first.shape))",
        hint="There is one output too many. The step that reads the input gives the first of them.",
    ),
    Misconception(
        "one-to-many-first-output-dropped",
        "run_shape",
        find="    return y\n",
        replace='    return y[1:] if shape == "one to many" else y\n',
        hint="The output of the step that reads the input is missing. It is the first of them.",
    ),
    Misconception(
        "one-to-many-padded-with-ones",
        "run_shape",
        find="        x = np.zeros((steps",
        replace="        x = np.ones((steps",
        hint="After its one input the network is shown ones. Zeros are wanted.",
    ),
    Misconception(
        "one-to-many-last-only",
        "run_shape",
        find='("one to one", "many to one")',
        replace='("one to one", "many to one", "one to many")',
        hint="One to many gives only its last output. One at every step is wanted.",
    ),
    Misconception(
        "many-to-one-all",
        "run_shape",
        find='    if shape in ("one to one", "many to one"):',
        replace='    if shape == "one to one":',
        hint="Many to one gives an answer at every step. One is wanted, from the state that has read "
        "everything.",
    ),
    Misconception(
        "many-to-one-first",
        "run_shape",
        find="        return y[-1]",
        replace="        return y[0]",
        hint="Many to one answers from the first state, which has read one input. The last one has read them "
        "all.",
    ),
    Misconception(
        "many-to-one-mean-of-outputs",
        "run_shape",
        find="        return y[-1]",
        replace="        return y.mean(axis=0)",
        hint="You average the outputs of all steps. That is a way to do it, but here the last state answers "
        "alone.",
    ),
    Misconception(
        "many-to-one-mean-of-states",
        "run_shape",
        find='    y = output(hs, params["V"], params["b_y"])',
        replace='    if shape == "many to one":\n        hs = hs.mean(axis=0)[None]\n'
        '    y = output(hs, params["V"], params["b_y"])',
        hint="You average the states over time before the output layer. That is called pooling; here the last "
        "state answers alone.",
    ),
    Misconception(
        "many-to-one-last-sequence",
        "run_shape",
        find="        return y[-1]",
        replace='        return y[-1] if shape == "one to one" else y[:, -1]',
        hint="You take the last sequence of the batch at every step. Time is the first axis.",
    ),
    Misconception(
        "shape-without-h0",
        "run_shape",
        find="sequence(x, h0, params",
        replace="sequence(x, np.zeros_like(h0), params",
        hint="The network starts from zeros, whatever h0 is handed in.",
    ),
    Misconception(
        "shape-weights-swapped",
        "run_shape",
        find='params["W"], params["U"]',
        replace='params["U"], params["W"]',
        hint="The sequence gets W and U in the wrong order.",
    ),
    Misconception(
        "shape-without-output-layer",
        "run_shape",
        find='    y = output(hs, params["V"], params["b_y"])',
        replace="    y = hs",
        hint="These are states. The output layer, which makes scores of them, is missing.",
    ),
    Misconception(
        "shape-wrong-bias",
        "run_shape",
        find='params["U"], params["b"])',
        replace='params["U"], 0.0 * params["b"])',
        hint="The bias of the units has no effect.",
    ),
]

TOKENS = [
    Misconception(
        "temperature-multiplied",
        "token_probabilities",
        find="y / temperature",
        replace="y * temperature",
        hint="You multiply by the temperature. Then hot makes the model surer, where it should make it less "
        "sure.",
    ),
    Misconception(
        "temperature-after-softmax",
        "token_probabilities",
        find="squash(y / temperature)",
        replace="squash(y) / temperature",
        hint="You divide the finished probabilities. Then they no longer add up to 1; it is the scores that "
        "are divided.",
    ),
    Misconception(
        "temperature-ignored",
        "token_probabilities",
        find="y / temperature",
        replace="y",
        hint="The temperature has no effect.",
    ),
    Misconception(
        "temperature-subtracted",
        "token_probabilities",
        find="y / temperature",
        replace="y - temperature",
        hint="You take the temperature away from the scores. A softmax does not even notice: it cancels, as "
        "the maximum does.",
    ),
    Misconception(
        "temperature-as-power",
        "token_probabilities",
        find="squash(y / temperature)",
        replace="squash(y) ** (1.0 / temperature)",
        hint="A power of the probabilities has the right proportions, but they no longer add up to 1. Divide "
        "the scores, before the softmax.",
    ),
    Misconception(
        "temperature-negative",
        "token_probabilities",
        find="y / temperature",
        replace="-y / temperature",
        hint="The unlikeliest token becomes the likeliest: a sign is turned round.",
    ),
    Misconception(
        "temperature-without-softmax",
        "token_probabilities",
        find="squash(y / temperature)",
        replace="y / temperature",
        hint="These are scores still. The softmax is missing.",
    ),
    Misconception(
        "temperature-own-softmax",
        "token_probabilities",
        find="return squash(",
        replace="return softmax(",
        hint="The function was handed a `squash` and called your softmax all the same. Call the name from the "
        "argument list.",
    ),
    Misconception(
        "draw-likeliest",
        "draw_token",
        find="    passed = int(np.sum(np.cumsum(p) <= u))",
        replace="    passed = int(np.argmax(p))",
        hint="You always take the likeliest token, whatever u says. A model that writes like that repeats "
        "itself for ever.",
    ),
    Misconception(
        "draw-without-cumsum",
        "draw_token",
        find="np.cumsum(p) <= u",
        replace="p <= u",
        hint="You compare u with the probabilities one by one. They have to be laid end to end first.",
    ),
    Misconception(
        "draw-as-index",
        "draw_token",
        find="    passed = int(np.sum(np.cumsum(p) <= u))",
        replace="    passed = int(u * len(p))",
        hint="All tokens are drawn equally often: p is not used.",
    ),
    Misconception(
        "draw-one-early",
        "draw_token",
        find="    return min(passed, len(p) - 1)",
        replace="    return max(min(passed, len(p) - 1) - 1, 0)",
        hint="Your token is the one before the right one: the last piece that ends at or below u. The first "
        "that ends above u is wanted.",
    ),
    Misconception(
        "draw-one-late",
        "draw_token",
        find="    return min(passed, len(p) - 1)",
        replace="    return min(passed + 1, len(p) - 1)",
        hint="Your token is the one after the right one. Tokens are counted from 0.",
    ),
    Misconception(
        "draw-from-the-other-end",
        "draw_token",
        find="np.cumsum(p) <= u",
        replace="np.cumsum(p) <= 1.0 - u",
        hint="You lay u off from the right. As a way to draw that is as good, but the definition counts from "
        "the left, and answers are compared.",
    ),
    Misconception(
        "draw-sorted",
        "draw_token",
        find="np.cumsum(p) <= u",
        replace="np.cumsum(np.sort(p)) <= u",
        hint="The probabilities are sorted before they are laid end to end, so that a place no longer tells "
        "the token. Keep the order of the tokens.",
    ),
    Misconception(
        "draw-nearest-probability",
        "draw_token",
        find="    passed = int(np.sum(np.cumsum(p) <= u))",
        replace="    passed = int(np.argmin(np.abs(p - u)))",
        hint="You take the token whose probability is nearest to u. The two have nothing to do with each "
        "other: u is a place on the line from 0 to 1.",
    ),
    Misconception(
        "draw-impossible-at-zero",
        "draw_token",
        find="np.cumsum(p) <= u",
        replace="np.cumsum(p) < u",
        hint="At u = 0 you draw a token of probability 0, and at a seam the token before it. The piece must "
        "end strictly above u.",
    ),
    Misconception(
        "draw-beyond-the-end",
        "draw_token",
        find="    return min(passed, len(p) - 1)",
        replace="    return passed",
        hint="When the probabilities add up to a hair less than 1, you can draw a token that does not exist. "
        "Then take the last one.",
    ),
    Misconception(
        "draw-last-becomes-first",
        "draw_token",
        find="    return min(passed, len(p) - 1)",
        replace="    return passed % len(p)",
        hint="When no piece ends above u, you start again at token 0. NumPy's argmax of nothing but False "
        "does that too. The last token is wanted.",
    ),
]

GENERATE = [
    Misconception(
        "generate-first-always",
        "generate",
        find="x[0, token] = 1.0",
        replace="x[0, first] = 1.0",
        hint="The model reads the first token again and again. It should read what was drawn last.",
    ),
    Misconception(
        "generate-state-forgotten",
        "generate",
        find="h, y = model(x, h)",
        replace="h, y = model(x, h0)",
        hint="Every step starts from h0: the model knows only the last token. Carry the state.",
    ),
    Misconception(
        "generate-state-not-kept",
        "generate",
        find="h, y = model(x, h)",
        replace="h, y = model(x, np.zeros_like(h0))",
        hint="Every step starts from a state of zeros. The first starts from h0, the others from the state "
        "that the model gave.",
    ),
    Misconception(
        "generate-h0-ignored",
        "generate",
        find="tokens, token, h = [], first, h0",
        replace="tokens, token, h = [], first, np.zeros_like(h0)",
        hint="The first step starts from zeros, whatever h0 is handed in.",
    ),
    Misconception(
        "generate-first-included",
        "generate",
        find="    return np.array(tokens)",
        replace="    return np.array([first, *tokens])",
        hint="The first token is part of your answer, so there is one too many. It only starts the model.",
    ),
    Misconception(
        "generate-first-replaces-last",
        "generate",
        find="    return np.array(tokens)",
        replace="    return np.array([first, *tokens[:-1]])",
        hint="Your answer starts with the first token, and the last one drawn is missing. The first token only "
        "starts the model.",
    ),
    Misconception(
        "generate-likeliest",
        "generate",
        find="token = draw(p, rng.random())",
        replace="token = int(np.argmax(p))",
        hint="You always take the likeliest token. Draw one.",
    ),
    Misconception(
        "generate-temperature-ignored",
        "generate",
        find="probabilities(y[0], temperature)",
        replace="probabilities(y[0], 1.0)",
        hint="The temperature is not handed on, so it has no effect.",
    ),
    Misconception(
        "generate-input-not-cleared",
        "generate",
        find="    for _ in range(count):\n        x = np.zeros((1, K))\n",
        replace="    x = np.zeros((1, K))\n    for _ in range(count):\n",
        hint="The row that goes in keeps the ones of all earlier tokens. A one-hot row has one 1: start from "
        "zeros at every step.",
    ),
    Misconception(
        "generate-probabilities-fed-back",
        "generate",
        find="    for _ in range(count):\n"
        "        x = np.zeros((1, K))\n"
        "        x[0, token] = 1.0\n"
        "        h, y = model(x, h)\n"
        "        p = probabilities(y[0], temperature)\n",
        replace="    x = np.eye(K)[[first]]\n"
        "    for _ in range(count):\n"
        "        h, y = model(x, h)\n"
        "        p = probabilities(y[0], temperature)\n"
        "        x = p[None]\n",
        hint="You feed back all the probabilities. The model has to hear which token was drawn, or its text "
        "and what it believes to have said are two things.",
    ),
    Misconception(
        "generate-scores-drawn",
        "generate",
        find="p = probabilities(y[0], temperature)",
        replace="p = y[0]",
        hint="You draw from the scores. Turn them into probabilities first.",
    ),
    Misconception(
        "generate-one-number-for-all",
        "generate",
        find="    tokens, token, h = [], first, h0\n",
        replace="    tokens, token, h = [], first, h0\n    u = rng.random()\n    rng.random = lambda: u\n",
        hint="One random number is used for all tokens. Take a new one each time.",
    ),
    Misconception(
        "generate-two-numbers-each",
        "generate",
        find="        token = draw(p, rng.random())",
        replace="        rng.random()\n        token = draw(p, rng.random())",
        hint="You take two random numbers for each token. One is enough, and answers are compared.",
    ),
    Misconception(
        "generate-one-short",
        "generate",
        find="range(count)",
        replace="range(count - 1)",
        hint="There is one token too few.",
    ),
    Misconception(
        "generate-last-only",
        "generate",
        find="    return np.array(tokens)",
        replace="    return np.array(token)",
        hint="Only the last token comes back. All of them are wanted.",
    ),
]

MISCONCEPTIONS = [
    *SIGMOID,
    *RELU,
    *SLOPE,
    *SOFTMAX,
    *CROSS_ENTROPY,
    *STEP,
    *SEQUENCE,
    *OUTPUT,
    *JORDAN,
    *PADDING,
    *FREEZING,
    *SHAPES,
    *TOKENS,
    *GENERATE,
]
