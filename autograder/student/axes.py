"""The letters of the text for an output's axes: `h (T, N, H)` is time, batch, unit."""

from __future__ import annotations

import re
from collections.abc import Sequence

# One state, gate or gradient of the notation, as it stands in an answer: h, dc_prev, hs, cache/i, dx.
_STATE = re.compile(
    r"d?(?:(?P<feature>[xX])|[hciofgzrnayHC]|out|outputs?|hidden|states?)"
    r"(?P<many>s|_seq|_all)?(?:_?(?:next|prev|last|0|t|T|tilde|hat))?"
)
_WEIGHT = re.compile(r"d?[WUV](?:_?\w{1,3})?")
_BIAS = re.compile(r"d?b(?:_?\w{1,3})?")


def axis_names(output: str, dimensions: int) -> tuple[str, ...] | None:
    """Words for the axes of an output, or None when its name does not tell.

    `output` is a leaf's name (`h`, `cache/i`, `dW`). States and gates are (T, N, H) or (N, H), weights
    are rows by columns; any other name is not guessed at.
    """
    name = output.rsplit("/", 1)[-1]
    if _WEIGHT.fullmatch(name) and dimensions == 2:
        return ("row", "column")
    if _BIAS.fullmatch(name) and dimensions == 1:
        return ("entry",)
    state = _STATE.fullmatch(name)
    if state is None:
        return None
    last = "feature" if state["feature"] else "unit"
    if dimensions == 3:
        return ("time", "batch", last)
    if dimensions == 2 and not state["many"]:
        return ("batch", last)
    return None


def place(output: str, index: Sequence[int]) -> str:
    """An index in words: "time 4, batch 1, unit 2", or "index (4, 1, 2)" for axes without a name."""
    names = axis_names(output, len(index))
    if names is None:
        inside = ", ".join(str(entry) for entry in index)
        return f"index ({inside})" if len(index) != 1 else f"index {inside}"
    return ", ".join(f"{name} {entry}" for name, entry in zip(names, index, strict=True))
