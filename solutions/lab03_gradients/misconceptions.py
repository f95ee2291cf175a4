"""Wrong answers to lab 3 that we recognise: patches of the solution, each with what the student is told."""

from __future__ import annotations

from autograder.authoring import Misconception

ACTIVATIONS = [
    Misconception(
        "relu-of-size",
        "activate",
        find="np.maximum(a, 0.0)",
        replace="np.abs(a)",
        hint="Your ReLU gives the size of a number. A negative number should give 0.",
    ),
    Misconception(
        "relu-upside-down",
        "activate",
        find="np.maximum(a, 0.0)",
        replace="np.minimum(a, 0.0)",
        hint="Your ReLU lets the negative numbers through and stops the positive ones.",
    ),
    Misconception(
        "relu-as-step",
        "activate",
        find="np.maximum(a, 0.0)",
        replace="np.where(a > 0, 1.0, 0.0)",
        hint="Your ReLU gives 1 for every positive number. That is its slope; the number itself should come "
        "out.",
    ),
    Misconception(
        "relu-leaks",
        "activate",
        find="np.maximum(a, 0.0)",
        replace="np.maximum(a, 0.01 * a)",
        hint="Your ReLU leaks: a little of every negative number comes through. Here nothing should.",
    ),
    Misconception(
        "sigmoid-as-tanh",
        "activate",
        find="0.5 * (1.0 + np.tanh(0.5 * a))",
        replace="np.tanh(a)",
        hint="Your sigmoid is a tanh: it goes from -1 to 1. A sigmoid goes from 0 to 1.",
    ),
    Misconception(
        "sigmoid-too-steep",
        "activate",
        find="np.tanh(0.5 * a)",
        replace="np.tanh(a)",
        hint="Your sigmoid is twice too steep. Inside the tanh stands half of a.",
    ),
    Misconception(
        "sigmoid-of-minus-a",
        "activate",
        find="np.tanh(0.5 * a)",
        replace="np.tanh(-0.5 * a)",
        hint="Your sigmoid falls where it should rise. Look at the sign of a.",
    ),
    Misconception(
        "sigmoid-overflows",
        "activate",
        find="0.5 * (1.0 + np.tanh(0.5 * a))",
        replace="1.0 / (1.0 + np.exp(-a))",
        hint="Your sigmoid is right for small numbers, but the exponential overflows for large negative ones. "
        "The form with tanh does not.",
    ),
    Misconception(
        "tanh-as-sigmoid",
        "activate",
        find="return np.tanh(a)",
        replace="return 0.5 * (1.0 + np.tanh(0.5 * a))",
        hint="Your tanh is a sigmoid: it goes from 0 to 1. A tanh goes from -1 to 1.",
    ),
    Misconception(
        "slope-tanh-twice",
        "slope",
        find="1.0 - h**2",
        replace="1.0 - np.tanh(h) ** 2",
        hint="For the slope of tanh you put h through the tanh once more. h is what came out of it.",
    ),
    Misconception(
        "slope-tanh-not-squared",
        "slope",
        find="1.0 - h**2",
        replace="1.0 - h",
        hint="In the slope of tanh the output stands squared.",
    ),
    Misconception(
        "slope-tanh-of-sigmoid",
        "slope",
        find="1.0 - h**2",
        replace="h * (1.0 - h)",
        hint="For tanh you use the slope of the sigmoid. The tanh has slope 1 where h is 0.",
    ),
    Misconception(
        "slope-sigmoid-of-tanh",
        "slope",
        find="h * (1.0 - h)",
        replace="1.0 - h**2",
        hint="For the sigmoid you use the slope of tanh. The sigmoid is nowhere steeper than a quarter.",
    ),
    Misconception(
        "slope-sigmoid-twice",
        "slope",
        find="h * (1.0 - h)",
        replace="(1.0 / (1.0 + np.exp(-h))) * (1.0 - 1.0 / (1.0 + np.exp(-h)))",
        hint="For the slope of the sigmoid you put h through the sigmoid once more. h is what came out of "
        "it.",
    ),
    Misconception(
        "slope-sigmoid-half",
        "slope",
        find="h * (1.0 - h)",
        replace="1.0 - h",
        hint="The slope of the sigmoid has two factors, and you have one of them.",
    ),
    Misconception(
        "slope-relu-one-at-zero",
        "slope",
        find="np.where(h > 0, 1.0, 0.0)",
        replace="np.where(h >= 0, 1.0, 0.0)",
        hint="Your ReLU has a slope of 1 everywhere: where h is 0, the unit was shut, and nothing goes back.",
    ),
    Misconception(
        "slope-relu-is-h",
        "slope",
        find="np.where(h > 0, 1.0, 0.0)",
        replace="h.copy()",
        hint="For ReLU you give its output back. Its slope is 1 wherever anything came out.",
    ),
    Misconception(
        "slope-linear-is-h",
        "slope",
        find="np.ones(h.shape)",
        replace="h.copy()",
        hint="The linear activation's slope is 1 everywhere; you give its output.",
    ),
]

STATES = [
    Misconception(
        "states-from-h0-always",
        "run_states",
        find="h = act(x_t @ W + h @ U + b, phi)",
        replace="h = act(x_t @ W + h0 @ U + b, phi)",
        hint="Every step starts from h0 again. Each should start from the state that the step before it "
        "left.",
    ),
    Misconception(
        "states-without-bias",
        "run_states",
        find="h @ U + b",
        replace="h @ U",
        hint="The bias is missing from the sum.",
    ),
    Misconception(
        "states-bias-twice",
        "run_states",
        find="h @ U + b",
        replace="h @ U + 2.0 * b",
        hint="The bias goes in twice. There is one bias for the whole sum, not one for x and one for h.",
    ),
    Misconception(
        "states-from-zeros",
        "run_states",
        find="    h, hs = h0, []",
        replace="    h, hs = 0.0 * h0, []",
        hint="The first step starts from zeros, whatever h0 is handed in.",
    ),
    Misconception(
        "states-without-past",
        "run_states",
        find="x_t @ W + h @ U + b",
        replace="x_t @ W + b",
        hint="Your states do not depend on the states before them: the product with U is missing.",
    ),
    Misconception(
        "states-u-transposed",
        "run_states",
        find="h @ U + b",
        replace="h @ U.T + b",
        hint="U stands transposed. Rows times matrices: the state goes on the left of U as it is.",
    ),
    Misconception(
        "states-without-activation",
        "run_states",
        find="act(x_t @ W + h @ U + b, phi)",
        replace="x_t @ W + h @ U + b",
        hint="The sum does not go through the activation: these are pre-activations.",
    ),
    Misconception(
        "states-always-tanh",
        "run_states",
        find="act(x_t @ W + h @ U + b, phi)",
        replace="np.tanh(b + x_t @ W + h @ U)",
        hint="Your states go through tanh whatever is asked for. Call act, with phi.",
    ),
    Misconception(
        "states-bias-outside",
        "run_states",
        find="act(x_t @ W + h @ U + b, phi)",
        replace="act(x_t @ W + h @ U, phi) + b",
        hint="The bias is added after the activation. It belongs in the sum that goes into it.",
    ),
    Misconception(
        "states-begin-with-h0",
        "run_states",
        find="        h = act(x_t @ W + h @ U + b, phi)\n        hs.append(h)",
        replace="        hs.append(h)\n        h = act(x_t @ W + h @ U + b, phi)",
        hint="Your states are one step late: the first is h0. hs[0] should be the state after the first "
        "input.",
    ),
    Misconception(
        "states-backwards",
        "run_states",
        find="    return np.stack(hs)",
        replace="    return np.stack(hs[::-1])",
        hint="Your states are right but stand in the wrong order: the first step should come first.",
    ),
    Misconception(
        "states-read-from-the-end",
        "run_states",
        find="    for x_t in x:",
        replace="    for x_t in x[::-1]:",
        hint="The sequence is read from its end. The first step reads the first input.",
    ),
    Misconception(
        "states-last-repeated",
        "run_states",
        find="    return np.stack(hs)",
        replace="    return np.stack([h] * len(hs))",
        hint="Every entry of hs is the last state. Keep each step's own.",
    ),
]

JACOBIANS = [
    Misconception(
        "jacobian-u-not-transposed",
        "jacobian",
        find="s[:, None] * U.T",
        replace="s[:, None] * U",
        hint="U stands as in the lecture, where states are columns. Here they are rows: what moves unit i is "
        "column i of U.",
    ),
    Misconception(
        "jacobian-transposed",
        "jacobian",
        find="s[:, None] * U.T",
        replace="(s[:, None] * U.T).T",
        hint="Your Jacobian is transposed. Its row is the unit that moves, its column the one that was "
        "moved.",
    ),
    Misconception(
        "jacobian-slope-of-the-mover",
        "jacobian",
        find="s[:, None] * U.T",
        replace="s[None, :] * U.T",
        hint="Each weight has the slope of the wrong unit. The slope belongs to the unit that the change "
        "arrives at, so it scales a row.",
    ),
    Misconception(
        "jacobian-without-slope",
        "jacobian",
        find="s[:, None] * U.T",
        replace="U.T.copy()",
        hint="The slope of the activation is missing: this is the Jacobian of a linear network.",
    ),
    Misconception(
        "jacobian-state-for-slope",
        "jacobian",
        find="s = slope_of(h, phi)",
        replace="s = h",
        hint="Where the slope should stand, you have the state itself.",
    ),
    Misconception(
        "jacobian-of-tanh-always",
        "jacobian",
        find="s = slope_of(h, phi)",
        replace="s = 1.0 - h**2",
        hint="You use the slope of tanh whatever is asked for. Call slope_of, with phi.",
    ),
    Misconception(
        "jacobian-diagonal-only",
        "jacobian",
        find="s[:, None] * U.T",
        replace="np.diag(s * np.diag(U))",
        hint="Only each unit's effect on itself is there. Every unit acts on every other, through all of U.",
    ),
    Misconception(
        "lag-order-reversed",
        "lag_jacobian",
        find="product = step_jacobian(hs[m], U, phi) @ product",
        replace="product = product @ step_jacobian(hs[m], U, phi)",
        hint="The factors stand in the wrong order. The last step's Jacobian is the one on the left.",
    ),
    Misconception(
        "lag-one-factor-too-many",
        "lag_jacobian",
        find="range(k + 1, t + 1)",
        replace="range(k, t + 1)",
        hint="One factor too many: the Jacobian of step k is about the way to h_k, and the change starts "
        "there.",
    ),
    Misconception(
        "lag-last-factor-missing",
        "lag_jacobian",
        find="range(k + 1, t + 1)",
        replace="range(k + 1, t)",
        hint="One factor too few: the last step, the one that leads to h_t, is left out. Python's range "
        "stops before its end.",
    ),
    Misconception(
        "lag-shifted",
        "lag_jacobian",
        find="range(k + 1, t + 1)",
        replace="range(k, t)",
        hint="All factors are those of one step earlier. The first is that of the step after k, the last "
        "that of step t.",
    ),
    Misconception(
        "lag-entrywise",
        "lag_jacobian",
        find="step_jacobian(hs[m], U, phi) @ product",
        replace="step_jacobian(hs[m], U, phi) * product",
        hint="The factors are multiplied entry by entry. The chain rule wants the product of matrices.",
    ),
    Misconception(
        "lag-summed",
        "lag_jacobian",
        find="product = step_jacobian(hs[m], U, phi) @ product",
        replace="product = product + step_jacobian(hs[m], U, phi)",
        hint="The Jacobians are added. One way through several steps is a product.",
    ),
    Misconception(
        "lag-power-of-the-last",
        "lag_jacobian",
        find="step_jacobian(hs[m], U, phi) @ product",
        replace="step_jacobian(hs[t], U, phi) @ product",
        hint="Every factor is the Jacobian of the last step. Each step has its own, since each has its own "
        "state.",
    ),
    Misconception(
        "lag-transposed-at-the-end",
        "lag_jacobian",
        find="    return product",
        replace="    return product.T",
        hint="Your product is transposed. Rows are the entries of h_t, columns those of h_k.",
    ),
    Misconception(
        "norms-frobenius",
        "lag_norms",
        find="np.linalg.norm(product, 2)",
        replace="np.linalg.norm(product)",
        hint="These are Frobenius norms. The spectral norm is the largest singular value, which norm gives "
        "when asked for 2.",
    ),
    Misconception(
        "norms-product-of-norms",
        "lag_norms",
        find="    product, norms = np.eye(len(U)), []\n",
        replace="    steps = [step_jacobian(h, U, phi) for h in hs[:0:-1]]\n"
        "    return np.cumprod([np.linalg.norm(J, 2) for J in steps])\n    product, norms = np.eye(len(U)), []\n",
        hint="You multiply the norms of the single steps. That is an upper bound; wanted is the norm of the "
        "product.",
    ),
    Misconception(
        "norms-of-single-steps",
        "lag_norms",
        find="product = product @ step_jacobian(hs[m], U, phi)",
        replace="product = step_jacobian(hs[m], U, phi)",
        hint="Each norm is that of one step alone. The factors of all steps in between belong to it.",
    ),
    Misconception(
        "norms-order-reversed",
        "lag_norms",
        find="product @ step_jacobian(hs[m], U, phi)",
        replace="step_jacobian(hs[m], U, phi) @ product",
        hint="New factors come in on the wrong side. An earlier step's Jacobian stands on the right.",
    ),
    Misconception(
        "norms-from-the-first-state",
        "lag_norms",
        find="range(len(hs) - 1, 0, -1)",
        replace="range(1, len(hs))",
        hint="You walk from the first state on. Wanted are ways that end at the last state: walk from the "
        "end to the beginning.",
    ),
    Misconception(
        "norms-with-first-step",
        "lag_norms",
        find="range(len(hs) - 1, 0, -1)",
        replace="range(len(hs) - 1, -1, -1)",
        hint="There is one norm too many: the Jacobian of the first step leads back to h0, before the first "
        "state.",
    ),
    Misconception(
        "norms-with-lag-zero",
        "lag_norms",
        find="    return np.array(norms)",
        replace="    return np.array([1.0, *norms[:-1]])",
        hint="Your norms are one lag late: the first entry is lag 0. It should be lag 1.",
    ),
    Misconception(
        "norms-farthest-first",
        "lag_norms",
        find="    return np.array(norms)",
        replace="    return np.array(norms[::-1])",
        hint="The norms stand in the wrong order: the nearest state should come first.",
    ),
    Misconception(
        "norms-as-radius",
        "lag_norms",
        find="np.linalg.norm(product, 2)",
        replace="np.abs(np.linalg.eigvals(product)).max()",
        hint="These are spectral radii. How much a vector can be stretched in one go is the largest singular "
        "value.",
    ),
    Misconception(
        "norms-largest-entry",
        "lag_norms",
        find="np.linalg.norm(product, 2)",
        replace="np.abs(product).max()",
        hint="These are the largest entries. The spectral norm is the largest singular value.",
    ),
]

BOUND = [
    Misconception(
        "bound-from-radius",
        "bound",
        find="np.linalg.norm(U, 2)",
        replace="np.abs(np.linalg.eigvals(U)).max()",
        hint="You use the spectral radius. With it the bound would be wrong for single steps; it needs the "
        "spectral norm.",
    ),
    Misconception(
        "bound-frobenius",
        "bound",
        find="np.linalg.norm(U, 2)",
        replace="np.linalg.norm(U)",
        hint="You use the Frobenius norm, which is larger. The spectral norm is what norm gives when asked "
        "for 2.",
    ),
    Misconception(
        "bound-without-gamma",
        "bound",
        find='gamma = 0.25 if phi == "sigmoid" else 1.0',
        replace="gamma = 1.0",
        hint="For the sigmoid the largest slope is not 1. Where is it steepest, and how steep is it there?",
    ),
    Misconception(
        "bound-sigmoid-half",
        "bound",
        find="0.25 if",
        replace="0.5 if",
        hint="Half is the sigmoid's value in the middle. Its slope there is the value times one minus the "
        "value.",
    ),
    Misconception(
        "bound-quarter-for-all",
        "bound",
        find='gamma = 0.25 if phi == "sigmoid" else 1.0',
        replace="gamma = 0.25",
        hint="A quarter is the sigmoid's largest slope. The others have another one.",
    ),
    Misconception(
        "bound-from-lag-zero",
        "bound",
        find="np.arange(1, longest + 1)",
        replace="np.arange(longest)",
        hint="Your powers start at lag 0. The first should be that of lag 1.",
    ),
    Misconception(
        "bound-times-lag",
        "bound",
        find="c ** np.arange(1, longest + 1)",
        replace="c * np.arange(1, longest + 1)",
        hint="The constant is multiplied by the lag. Each step multiplies once more: that is a power.",
    ),
    Misconception(
        "bound-gamma-once",
        "bound",
        find="c ** np.arange(1, longest + 1)",
        replace="gamma * np.linalg.norm(U, 2) ** np.arange(1, longest + 1)",
        hint="The largest slope enters once only. It is part of every step's factor.",
    ),
    Misconception(
        "bound-largest-entry",
        "bound",
        find="np.linalg.norm(U, 2)",
        replace="np.abs(U).max()",
        hint="You take the largest entry of U. The bound needs its spectral norm.",
    ),
]

BACK = [
    Misconception(
        "back-u-not-transposed",
        "carry_back",
        find="das[t] @ U.T",
        replace="das[t] @ U",
        hint="On the way back U has to be transposed: the way from unit j to unit i is walked from i to j.",
    ),
    Misconception(
        "back-without-slope",
        "carry_back",
        find="das[t] = dh * slope_of(hs[t], phi)",
        replace="das[t] = dh",
        hint="The slope of the activation is missing.",
    ),
    Misconception(
        "back-slope-of-the-step-before",
        "carry_back",
        find="slope_of(hs[t], phi)",
        replace="slope_of(hs[t - 1], phi)",
        hint="The slopes are those of the wrong step. At step t the slope comes from hs[t].",
    ),
    Misconception(
        "back-slope-not-carried",
        "carry_back",
        find="dh = das[t] @ U.T",
        replace="dh = dh @ U.T",
        hint="The slope is in das, but what goes on to the step before goes past it. Carry das[t] on.",
    ),
    Misconception(
        "back-slope-after-u",
        "carry_back",
        find="dh = das[t] @ U.T",
        replace="dh = (dh @ U.T) * slope_of(hs[t], phi)",
        hint="The slope is multiplied in after U. On the way back the activation is the first thing that you "
        "meet.",
    ),
    Misconception(
        "back-state-for-slope",
        "carry_back",
        find="slope_of(hs[t], phi)",
        replace="hs[t]",
        hint="Where the slope should stand, you have the state itself.",
    ),
    Misconception(
        "back-tanh-always",
        "carry_back",
        find="slope_of(hs[t], phi)",
        replace="(1.0 - hs[t] ** 2)",
        hint="You use the slope of tanh whatever is asked for. Call slope_of, with phi.",
    ),
    Misconception(
        "back-same-at-every-step",
        "carry_back",
        find="        dhs[t] = dh\n",
        replace="        dhs[t] = dh_last\n",
        hint="dhs holds the last state's gradient at every step. Each state has its own: what has come back "
        "so far.",
    ),
    Misconception(
        "back-added-again",
        "carry_back",
        find="dh = das[t] @ U.T",
        replace="dh = das[t] @ U.T + dh_last",
        hint="The gradient of the last state is added at every step. Only the last state is judged; it "
        "enters once.",
    ),
    Misconception(
        "back-reversed",
        "carry_back",
        find="    return dhs, das",
        replace="    return dhs[::-1], das[::-1]",
        hint="Both stand in the wrong order: entry t should belong to state t, the last one being the last.",
    ),
    Misconception(
        "back-swapped",
        "carry_back",
        find="    return dhs, das",
        replace="    return das, dhs",
        hint="The two results are exchanged: first the gradients by the states, then those by the "
        "pre-activations.",
    ),
    Misconception(
        "back-dh-last-changed-in-place",
        "carry_back",
        find="        das[t] = dh * slope_of(hs[t], phi)\n",
        replace="        dh *= slope_of(hs[t], phi)\n        das[t] = dh\n",
        hint="The gradients are right, but dh_last comes out changed: at the first turn of the loop the name you "
        "multiply into is still the caller's array.",
    ),
]

SPECTRA = [
    Misconception(
        "radius-real-part",
        "spectral_radius",
        find="np.abs(np.linalg.eigvals(U)).max()",
        replace="np.linalg.eigvals(U).real.max()",
        hint="You take the largest real part. A complex or a negative eigenvalue may be larger in absolute "
        "value.",
    ),
    Misconception(
        "radius-size-of-real-part",
        "spectral_radius",
        find="np.abs(np.linalg.eigvals(U)).max()",
        replace="np.abs(np.linalg.eigvals(U).real).max()",
        hint="You leave out the imaginary parts. The absolute value of a complex number has both parts in "
        "it.",
    ),
    Misconception(
        "radius-as-norm",
        "spectral_radius",
        find="np.abs(np.linalg.eigvals(U)).max()",
        replace="np.linalg.norm(U, 2)",
        hint="This is the largest singular value. The radius is about eigenvalues.",
    ),
    Misconception(
        "radius-of-symmetric-part",
        "spectral_radius",
        find="np.linalg.eigvals(U)",
        replace="np.linalg.eigvalsh(U)",
        hint="eigvalsh is for symmetric matrices: it looks at one half of U only.",
    ),
    Misconception(
        "radius-smallest",
        "spectral_radius",
        find=".max()",
        replace=".min()",
        hint="This is the smallest absolute value. In the long run the largest decides.",
    ),
    Misconception(
        "radius-mean",
        "spectral_radius",
        find=".max()",
        replace=".mean()",
        hint="This is the mean of the absolute values. In the long run the largest decides.",
    ),
    Misconception(
        "with-radius-not-divided",
        "with_radius",
        find="radius / radius_of(U)",
        replace="radius",
        hint="You multiply by the radius that is wanted, without regard to the one that U has.",
    ),
    Misconception(
        "with-radius-turned-round",
        "with_radius",
        find="radius / radius_of(U)",
        replace="radius_of(U) / radius",
        hint="The factor is turned round: a matrix with a radius that is too large has to shrink.",
    ),
    Misconception(
        "with-radius-always-one",
        "with_radius",
        find="radius / radius_of(U)",
        replace="1.0 / radius_of(U)",
        hint="Your matrix has a radius of 1, whatever is asked for.",
    ),
    Misconception(
        "with-radius-shifted",
        "with_radius",
        find="U * (radius / radius_of(U))",
        replace="U + (radius - radius_of(U)) * np.eye(len(U))",
        hint="You add to the diagonal, which shifts the eigenvalues. To scale them, multiply the matrix by "
        "one number.",
    ),
]

OVERFLOW = [
    Misconception(
        "overflow-only-nan",
        "steps_until_overflow",
        find="not np.isfinite(state).all()",
        replace="np.isnan(state).any()",
        hint="You wait for NaN. The numbers have run out before: inf is not finite either.",
    ),
    Misconception(
        "overflow-counts-from-zero",
        "steps_until_overflow",
        find="            return count",
        replace="            return count - 1",
        hint="You count one too few: the product that overflows counts too.",
    ),
    Misconception(
        "overflow-one-more",
        "steps_until_overflow",
        find="            return count",
        replace="            return count + 1",
        hint="You count one too many: wanted is the number of the product that overflows.",
    ),
    Misconception(
        "overflow-waits-for-all",
        "steps_until_overflow",
        find="not np.isfinite(state).all()",
        replace="not np.isfinite(state).any()",
        hint="You wait until no entry is finite. The first that is not is what counts.",
    ),
    Misconception(
        "overflow-type-ignored",
        "steps_until_overflow",
        find="state, matrix = h.astype(kind), U.astype(kind)",
        replace="state, matrix = h, U",
        hint="You compute in float64 whatever is asked for. Convert both the state and the matrix.",
        ties=("overflow-type-of-state-only",),
    ),
    Misconception(
        "overflow-type-of-state-only",
        "steps_until_overflow",
        find="U.astype(kind)",
        replace="U",
        hint="Only the state is converted. float32 times float64 is float64 again: convert the matrix too.",
        ties=("overflow-type-ignored",),
    ),
    Misconception(
        "overflow-u-transposed",
        "steps_until_overflow",
        find="state @ matrix",
        replace="matrix @ state",
        hint="U stands on the wrong side. States are rows: the state goes on the left.",
    ),
    Misconception(
        "overflow-gives-up-early",
        "steps_until_overflow",
        find="range(1, most + 1)",
        replace="range(1, most)",
        hint="You give up one product too early: the last of them counts still.",
    ),
    Misconception(
        "overflow-most-for-never",
        "steps_until_overflow",
        find="    return 0",
        replace="    return most",
        hint="Where nothing overflows you give the number of products tried. Wanted is 0, which no overflow "
        "can be.",
    ),
]

DESCENT = [
    Misconception(
        "descend-uphill",
        "descend",
        find="path[-1] - rate * g",
        replace="path[-1] + rate * g",
        hint="You walk uphill: the gradient points where the loss grows.",
    ),
    Misconception(
        "descend-not-clipped",
        "descend",
        find="if length > limit:",
        replace="if False:",
        hint="Long gradients are not shortened. Compare their length with the limit before each step.",
    ),
    Misconception(
        "descend-clipped-by-entry",
        "descend",
        find="        if length > limit:\n            g = g * (limit / length)\n",
        replace="        g = np.clip(g, -limit, limit)\n",
        hint="Each entry is cut by itself, which turns the gradient. Scale all of it by one factor.",
    ),
    Misconception(
        "descend-always-scaled",
        "descend",
        find="        if length > limit:\n            g = g * (limit / length)\n",
        replace="        g = g * (limit / length) if np.isfinite(limit) and length > 0 else g\n",
        hint="Short gradients are made longer. Only those above the limit are scaled.",
    ),
    Misconception(
        "descend-divides-by-zero",
        "descend",
        find="        if length > limit:\n            g = g * (limit / length)\n",
        replace="        g = g * min(1.0, limit / length)\n",
        hint="For a gradient of zero this divides by zero. Compare first, and divide only if it is too long.",
    ),
    Misconception(
        "descend-clips-the-weights",
        "descend",
        find="        if length > limit:\n            g = g * (limit / length)\n"
        "        path.append(path[-1] - rate * g)",
        replace="        new = path[-1] - rate * g\n        size = np.linalg.norm(new)\n"
        "        path.append(new * (limit / size) if size > limit else new)",
        hint="You clip the parameters. It is the gradient that must not be too long.",
    ),
    Misconception(
        "descend-clips-the-step",
        "descend",
        find="        if length > limit:\n            g = g * (limit / length)\n",
        replace="        if rate * length > limit:\n            g = g * (limit / (rate * length))\n",
        hint="You clip rate times gradient. The limit is for the gradient itself.",
    ),
    Misconception(
        "descend-scaled-to-one",
        "descend",
        find="g = g * (limit / length)",
        replace="g = g / length",
        hint="Gradients that are too long come out with length 1. They should have the limit as their "
        "length.",
    ),
    Misconception(
        "descend-limit-forgets-length",
        "descend",
        find="g = g * (limit / length)",
        replace="g = g * limit",
        hint="Gradients that are too long are multiplied by the limit. Divide by their length as well.",
    ),
    Misconception(
        "descend-same-gradient",
        "descend",
        find="gradient(path[-1])",
        replace="gradient(theta)",
        hint="Every update uses the gradient at the start. Ask for it anew where you are.",
    ),
    Misconception(
        "descend-without-start",
        "descend",
        find="    return np.array(path)",
        replace="    return np.array(path[1:])",
        hint="The path lacks its start: its first row should be theta.",
    ),
    Misconception(
        "descend-largest-entry",
        "descend",
        find="length = np.linalg.norm(g)",
        replace="length = np.abs(g).max()",
        hint="You measure the gradient by its largest entry. Its length is the root of the sum of squares.",
    ),
    Misconception(
        "descend-squared-length",
        "descend",
        find="length = np.linalg.norm(g)",
        replace="length = np.sum(g**2)",
        hint="You measure the gradient by its squared length: the root is missing.",
    ),
]

STARTS = [
    Misconception(
        "orthogonal-signs-left",
        "orthogonal",
        find="Q * np.sign(np.diag(R))",
        replace="Q",
        hint="The signs are as the library chose them. Make the diagonal of R positive.",
    ),
    Misconception(
        "orthogonal-signs-on-rows",
        "orthogonal",
        find="Q * np.sign(np.diag(R))",
        replace="Q * np.sign(np.diag(R))[:, None]",
        hint="The signs are on the rows of Q. In A = QR it is a column of Q that goes with a row of R.",
    ),
    Misconception(
        "orthogonal-signs-of-q",
        "orthogonal",
        find="np.sign(np.diag(R))",
        replace="np.sign(np.diag(Q))",
        hint="You take the signs from the diagonal of Q. It is R whose diagonal should become positive.",
    ),
    Misconception(
        "orthogonal-times-r",
        "orthogonal",
        find="np.sign(np.diag(R))",
        replace="np.diag(R)",
        hint="The columns are multiplied by the diagonal of R itself, and are no longer of length 1. Only "
        "its signs are wanted.",
    ),
    Misconception(
        "orthogonal-transposed",
        "orthogonal",
        find="return Q * np.sign(np.diag(R))",
        replace="return (Q * np.sign(np.diag(R))).T",
        hint="Your matrix is orthogonal, but transposed. Its product with a triangular R should give A back.",
    ),
    Misconception(
        "orthogonal-gives-r",
        "orthogonal",
        find="return Q * np.sign(np.diag(R))",
        replace="return R * np.sign(np.diag(R))[:, None]",
        hint="You return the triangular factor. The orthogonal one is the other.",
    ),
    Misconception(
        "orthogonal-rows-scaled",
        "orthogonal",
        find="return Q * np.sign(np.diag(R))",
        replace="return A / np.linalg.norm(A, axis=1, keepdims=True)",
        hint="Your rows have length 1, but they are not at right angles to each other.",
    ),
    Misconception(
        "orthogonal-columns-scaled",
        "orthogonal",
        find="return Q * np.sign(np.diag(R))",
        replace="return A / np.linalg.norm(A, axis=0)",
        hint="Your columns have length 1, but they are not at right angles to each other.",
    ),
    Misconception(
        "irnn-input-not-scaled",
        "irnn_start",
        find="scale * A",
        replace="A.copy()",
        hint="The input's weights are not scaled. Large inputs would drown what the state carries.",
    ),
    Misconception(
        "irnn-scaled-identity",
        "irnn_start",
        find="np.eye(H)",
        replace="scale * np.eye(H)",
        hint="The identity is scaled too. Then every step shrinks the state, and it vanishes after all.",
    ),
    Misconception(
        "irnn-ones-for-identity",
        "irnn_start",
        find="np.eye(H)",
        replace="np.ones((H, H))",
        hint="U is full of ones: every unit would add up all the others. The identity has ones on its "
        "diagonal only.",
    ),
    Misconception(
        "irnn-bias-of-one",
        "irnn_start",
        find="np.zeros(H)",
        replace="np.ones(H)",
        hint="The bias is 1: the state would grow at every step without any input.",
    ),
    Misconception(
        "irnn-size-of-input",
        "irnn_start",
        find="H = A.shape[1]",
        replace="H = A.shape[0]",
        hint="U and b have the size of the input. They belong to the units.",
    ),
]

AROUND = [
    Misconception(
        "residual-without-old-state",
        "residual_step",
        find="h = h_prev + alpha * s",
        replace="h = alpha * s",
        hint="The old state is replaced. The new one is the old one, and a little more.",
    ),
    Misconception(
        "residual-alpha-missing",
        "residual_step",
        find="h = h_prev + alpha * s",
        replace="h = h_prev + s",
        hint="The tanh is added in full: alpha is missing.",
    ),
    Misconception(
        "residual-mixes",
        "residual_step",
        find="h = h_prev + alpha * s",
        replace="h = (1.0 - alpha) * h_prev + alpha * s",
        hint="You mix old and new. Then a part of the old state is lost at every step; here all of it is "
        "kept.",
    ),
    Misconception(
        "residual-alpha-on-old-state",
        "residual_step",
        find="h = h_prev + alpha * s",
        replace="h = alpha * h_prev + s",
        hint="alpha scales the old state. It belongs to what is added.",
    ),
    Misconception(
        "residual-alpha-inside",
        "residual_step",
        find="    s = np.tanh(x @ W + h_prev @ U + b)\n    h = h_prev + alpha * s",
        replace="    s = np.tanh(alpha * (x @ W + h_prev @ U + b))\n    h = h_prev + s",
        hint="alpha stands inside the tanh. It scales what comes out of it.",
    ),
    Misconception(
        "residual-tanh-of-all",
        "residual_step",
        find="    h = h_prev + alpha * s",
        replace="    h = np.tanh(h_prev + alpha * s)",
        hint="The sum goes through a tanh once more. Then the way around is taxed like every other.",
    ),
    Misconception(
        "residual-without-bias",
        "residual_step",
        find="h_prev @ U + b",
        replace="h_prev @ U",
        hint="The bias is missing from the sum inside the tanh.",
    ),
    Misconception(
        "residual-state-changed",
        "residual_step",
        find="    h = h_prev + alpha * s",
        replace="    h_prev += alpha * s\n    h = h_prev",
        hint="You change the caller's h_prev. h_prev += … changes the array that you were given; make a new "
        "one.",
    ),
    Misconception(
        "residual-s-scaled",
        "residual_step",
        find="    return h, s",
        replace="    return h, alpha * s",
        hint="s is returned with alpha in it. Wanted is the tanh alone.",
    ),
    Misconception(
        "residual-jacobian-without-identity",
        "residual_jacobian",
        find="np.eye(len(U)) + alpha * through",
        replace="alpha * through",
        hint="The direct way is missing. What does h = h_prev add to every entry on the diagonal?",
    ),
    Misconception(
        "residual-jacobian-ones",
        "residual_jacobian",
        find="np.eye(len(U)) + alpha * through",
        replace="1.0 + alpha * through",
        hint="You add 1 to every entry. The direct way leads from each unit to itself only.",
    ),
    Misconception(
        "residual-jacobian-alpha-missing",
        "residual_jacobian",
        find="alpha * through",
        replace="through",
        hint="The way through the tanh counts in full: alpha is missing.",
    ),
    Misconception(
        "residual-jacobian-alpha-on-both",
        "residual_jacobian",
        find="np.eye(len(U)) + alpha * through",
        replace="alpha * (np.eye(len(U)) + through)",
        hint="alpha scales the direct way too. Only what is added has it.",
    ),
    Misconception(
        "residual-jacobian-without-slope",
        "residual_jacobian",
        find="(1.0 - s**2)[:, None] * U.T",
        replace="U.T",
        hint="The slope of the tanh is missing.",
    ),
    Misconception(
        "residual-jacobian-u-not-transposed",
        "residual_jacobian",
        find="[:, None] * U.T",
        replace="[:, None] * U",
        hint="U has to be transposed, as in section 3: what moves unit i is column i of U.",
    ),
    Misconception(
        "residual-jacobian-slope-of-the-mover",
        "residual_jacobian",
        find="(1.0 - s**2)[:, None]",
        replace="(1.0 - s**2)[None, :]",
        hint="Each weight has the slope of the wrong unit. The slope scales a row, as in section 3.",
    ),
    Misconception(
        "residual-jacobian-tanh-twice",
        "residual_jacobian",
        find="1.0 - s**2",
        replace="1.0 - np.tanh(s) ** 2",
        hint="You put s through the tanh once more. s is what came out of it.",
    ),
    Misconception(
        "residual-jacobian-transposed",
        "residual_jacobian",
        find="return np.eye(len(U)) + alpha * through",
        replace="return np.eye(len(U)) + alpha * through.T",
        hint="The part through the tanh is transposed. Rows are the units that move.",
    ),
]

RUNS = [
    Misconception(
        "summary-last-loss-only",
        "summarise",
        find="curves[:, -last:].mean(axis=1)",
        replace="curves[:, -1]",
        hint="A run's result is its very last loss. One loss is noisy; take the mean of the last few.",
    ),
    Misconception(
        "summary-whole-curve",
        "summarise",
        find="curves[:, -last:].mean(axis=1)",
        replace="curves.mean(axis=1)",
        hint="A run's result is the mean of its whole curve, which tells how it began as well. Only the end "
        "counts.",
    ),
    Misconception(
        "summary-first-losses",
        "summarise",
        find="curves[:, -last:]",
        replace="curves[:, :last]",
        hint="You take the first losses of each run. The last are wanted.",
    ),
    Misconception(
        "summary-last-runs",
        "summarise",
        find="curves[:, -last:].mean(axis=1)",
        replace="curves[-last:].mean(axis=1)",
        hint="You take the last runs, with all their losses. Wanted are all runs, with their last losses: "
        "rows are seeds.",
    ),
    Misconception(
        "summary-best-loss",
        "summarise",
        find="curves[:, -last:].mean(axis=1)",
        replace="curves[:, -last:].min(axis=1)",
        hint="A run's result is the best of its last losses. That is luck; take their mean.",
    ),
    Misconception(
        "summary-mean-for-median",
        "summarise",
        find="np.median(results)",
        replace="np.mean(results)",
        hint="You give the mean of the runs. One failed run pulls it anywhere; the median is asked for.",
    ),
    Misconception(
        "summary-extremes-swapped",
        "summarise",
        find="float(results.min()), float(results.max())",
        replace="float(results.max()), float(results.min())",
        hint="The smallest and the largest are exchanged.",
    ),
    Misconception(
        "summary-counts",
        "summarise",
        find="np.mean(results < goal)",
        replace="np.sum(results < goal)",
        hint="You give the number of runs that learned. Their share is wanted, between 0 and 1.",
    ),
    Misconception(
        "summary-share-of-failures",
        "summarise",
        find="results < goal",
        replace="results > goal",
        hint="You give the share of runs that did not learn. Below the goal is good.",
    ),
    Misconception(
        "summary-failed-runs-left-in",
        "summarise",
        find="    results = np.where(np.isfinite(results), results, np.inf)\n",
        replace="",
        hint="A run that ended in NaN makes the whole summary NaN. Such a run has failed: its result is inf.",
    ),
    Misconception(
        "summary-failed-runs-left-out",
        "summarise",
        find="    results = np.where(np.isfinite(results), results, np.inf)\n",
        replace="    results = results[np.isfinite(results)]\n",
        hint="Failed runs are left out, so a method that often explodes looks good. They count, as inf.",
    ),
    Misconception(
        "summary-failed-runs-as-zero",
        "summarise",
        find="np.isfinite(results), results, np.inf",
        replace="np.isfinite(results), results, 0.0",
        hint="A failed run counts as a loss of zero, the best there is. It should count as inf.",
    ),
]

MISCONCEPTIONS = [
    *ACTIVATIONS,
    *STATES,
    *JACOBIANS,
    *BOUND,
    *BACK,
    *SPECTRA,
    *OVERFLOW,
    *DESCENT,
    *STARTS,
    *AROUND,
    *RUNS,
]
