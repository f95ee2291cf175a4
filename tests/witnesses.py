"""What the witnesses of several labs share: sizes that are all tried, how close is close, central differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# T, N, D, H: ordinary, and every size 1 once, all of them, and a longer sequence
SIZES = [(5, 3, 2, 4), (1, 3, 2, 4), (6, 1, 3, 2), (4, 2, 1, 3), (4, 2, 3, 1), (1, 1, 1, 1), (12, 2, 4, 3)]
EPS = 1e-6
CLOSE = {"rtol": 1e-10, "atol": 1e-11}
# central differences of float64: rounding 1e-16 / 1e-6, for numbers of the order of 10
NEAR = {"rtol": 1e-6, "atol": 2e-8}


def named(size: Sequence[int]) -> str:
    """A size as the name of a test: T5-N3-D2-H4."""
    return "-".join(f"{letter}{number}" for letter, number in zip("TNDHK", size, strict=False))


def central_differences(L: Callable[[Floats], float], a: Floats) -> Floats:
    """The gradient of L at a; written here once more, so that lab 2's own is not its own witness."""
    slopes = []
    for k in range(a.size):
        shift = EPS * np.eye(1, a.size, k).reshape(a.shape)
        slopes.append((L(a + shift) - L(a - shift)) / (2 * EPS))
    return np.array(slopes).reshape(a.shape)
