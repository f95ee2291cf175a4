"""One figure style, and figures that say in words what they show."""

from __future__ import annotations

import base64
import html
import io
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from IPython.display import publish_display_data
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.typing import ColorType

Floats = npt.NDArray[np.float64]

STYLE = Path(__file__).with_name("unrolled.mplstyle")
GATE_NAMES = {
    "i": "input gate i",
    "f": "forget gate f",
    "g": "candidate g",
    "o": "output gate o",
    "c": "cell c",
    "h": "state h",
    "r": "reset gate r",
    "z": "update gate z",
    "n": "candidate n",
}


def use_style() -> None:
    """Set the course's fonts, sizes, colours, dashes and markers for every later figure."""
    plt.style.use(str(STYLE))


def show(fig: Figure, alt: str) -> None:
    """Show a figure in the notebook, with `alt` as its alternative text, and close it.

    The picture is published as HTML with an alt attribute (notebooks, static pages), as a PNG with the
    same text in its metadata (exports), and as that text alone (terminals).

    Raises:
        ValueError: alt is empty.
    """
    bundle, metadata = as_mime(fig, alt)
    plt.close(fig)
    publish_display_data(data=bundle, metadata=metadata)


def as_mime(fig: Figure, alt: str) -> tuple[dict[str, str], dict[str, Any]]:
    """A figure as a display bundle and its metadata; `show` publishes it.

    Raises:
        ValueError: alt is empty.
    """
    text = " ".join(alt.split())
    if not text:
        raise ValueError("a figure needs alt text: one or two sentences that say what it shows")
    buffer = io.BytesIO()
    # Twice the pixels that the page gives it, for sharp letters on a fine screen and when a reader zooms in.
    # No version and no date in the file: the same figure is the same bytes.
    fig.savefig(buffer, format="png", dpi=2 * fig.dpi, metadata={"Software": None})
    width, height = (pixels // 2 for pixels in struct.unpack(">II", buffer.getvalue()[16:24]))
    code = base64.b64encode(buffer.getvalue()).decode("ascii")
    picture = (
        f'<img alt="{html.escape(text)}" width="{width}" src="data:image/png;base64,{code}" '
        'style="max-width: 100%; height: auto; background: white"/>'
    )
    bundle = {"text/html": picture, "image/png": code, "text/plain": f"Figure: {text}"}
    return bundle, {"image/png": {"alt": text, "width": width, "height": height}}


def loss_curves(
    curves: Mapping[str, Sequence[float] | Floats],
    *,
    baseline: tuple[str, float] | None = None,
    every: int = 1,
    log: bool = True,
    xlabel: str = "training step",
    ylabel: str = "loss",
) -> Figure:
    """One line a name, each of shape (steps,), with a dotted baseline if there is one."""
    fig, axes = plt.subplots()
    for name, values in curves.items():
        axes.plot(np.arange(len(values)) * every, np.asarray(values), label=name)
    if baseline is not None:
        axes.axhline(baseline[1], color="#555555", linewidth=1.2, linestyle=(0, (1, 2)), marker="")
        axes.annotate(
            baseline[0],
            (1.0, baseline[1]),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            fontsize=9.5,
        )
    axes.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
    axes.legend()
    return fig


def label_ends(axes: Axes) -> None:
    """Write each line's label at its right end, in its colour, in place of a legend.

    Call it when limits and scales are set. Labels of lines that end close together are moved apart; a thin line
    leads from each to its own.
    """
    lines = [line for line in axes.lines if not str(line.get_label()).startswith("_")]
    axes.get_xlim(), axes.get_ylim()  # matplotlib sets limits late, when they are asked for
    last = [np.asarray(line.get_xydata())[-1] for line in lines]
    ends = axes.transAxes.inverted().transform(axes.transData.transform(last))
    size, rows = 9.5, max(str(line.get_label()).count("\n") + 1 for line in lines)
    apart = 1.3 * size * rows / (72 * axes.get_window_extent().height / axes.figure.dpi)
    for line, (x, y), height in zip(lines, ends, _moved_apart(ends[:, 1], apart), strict=True):
        style: dict[str, Any] = {"color": line.get_color(), "clip_on": False, "transform": axes.transAxes}
        axes.plot([x + 0.01, 1.03], [y, height], "-", linewidth=0.7, marker="", label="_leader", **style)
        axes.text(1.04, height, str(line.get_label()), fontsize=size, ha="left", va="center", **style)


def _moved_apart(heights: Floats, apart: float) -> Floats:
    """The heights, each moved as little as need be for no two to be nearer than `apart`; their order stays."""
    order = np.argsort(heights, kind="stable")
    moved = heights[order].astype(float)
    for _ in range(200):
        short = np.maximum(apart - np.diff(moved), 0.0) / 2
        moved[:-1] -= short
        moved[1:] += short
    return moved[np.argsort(order, kind="stable")]


def heat_map(
    axes: Axes,
    values: Floats,
    *,
    title: str = "",
    xticks: Sequence[str] = (),
    signed: bool = False,
    limit: float | None = None,
    write: bool = False,
    bar: str | None = "",
) -> None:
    """Draw values (rows, T): a row per unit, a column per step.

    Signed values get a map that is white at zero, others one from 0 to `limit` (1 unless given). With
    `write`, every value is written into its square; else a bar beside the map says what the colours mean, under
    the name `bar`, unless that is None.
    """
    top = limit if limit is not None else (float(np.abs(values).max()) if signed else 1.0)
    low = -top if signed else 0.0
    shown = axes.imshow(values, aspect="auto", cmap="PuOr" if signed else "cividis", vmin=low, vmax=top)
    if not write and bar is not None:
        axes.figure.colorbar(shown, ax=axes, fraction=0.03, pad=0.02, label=bar)
    axes.grid(False)
    axes.set_title(title)
    axes.set_yticks(range(len(values)) if len(values) <= 12 else range(0, len(values), len(values) // 6))
    if xticks:
        axes.set_xticks(range(len(xticks)), xticks, rotation=45, ha="right")
    if write:
        for (row, column), value in np.ndenumerate(values):
            ink = ink_on(tuple(shown.to_rgba(np.asarray(value))))
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=ink, fontsize=8)


def luminance(colour: ColorType) -> float:
    """Relative luminance, 0 for black to 1 for white (WCAG 2.1)."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: ColorType, other: ColorType) -> float:
    """How far two colours stand apart, 1 to 21 (WCAG 2.1); letters need 4.5, lines 3."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(ground: ColorType) -> str:
    """Black or white, whichever stands out more: never less than 4.5."""
    return max(("black", "white"), key=lambda ink: contrast(ink, ground))


def gate_maps(
    gates: Mapping[str, Floats], words: Sequence[str] = (), units: Sequence[int] | None = None
) -> Figure:
    """Gates and states over time as heat maps, one panel a name; each of shape (T, H)."""
    fig, panels = plt.subplots(len(gates), 1, figsize=(7.2, 1.25 * len(gates) + 0.8), sharex=True)
    for axes, (name, values) in zip(np.atleast_1d(panels), gates.items(), strict=True):
        chosen = values if units is None else values[:, list(units)]
        signed = bool((values < 0).any()) or name in ("g", "n", "c", "h")
        heat_map(axes, chosen.T, title=GATE_NAMES.get(name, name), xticks=words, signed=signed)
        axes.set_ylabel("unit")
    return fig


def _decades(values: Floats) -> tuple[float, float]:
    """Limits of a logarithmic axis for these values, two decades apart at least, so that a small change looks small."""
    low, high = np.log10(values.min()) - 0.1, np.log10(values.max()) + 0.1
    room = max(0.0, 2.0 - (high - low)) / 2
    return float(10 ** (low - room)), float(10 ** (high + room))


def gate_lines(
    gates: Mapping[str, Floats],
    words: Sequence[str] = (),
    groups: Sequence[Sequence[str]] = (),
    gradient: Floats | None = None,
) -> Figure:
    """One unit's gates and states over time as lines; each of shape (T,), one panel a group of names.

    `gradient` (T,), the norm of the gradient that reaches each step, has a last panel with a logarithmic axis.
    """
    groups = groups or [
        [name for name in gates if name in "iforz"],
        [name for name in gates if name in "gcnh"],
    ]
    rows = len(groups) + (gradient is not None)
    height = 2.1 * rows + 0.8
    fig, panels = plt.subplots(rows, 1, figsize=(7.2, height), sharex=True, squeeze=False)
    for axes, names in zip(panels[:, 0], groups, strict=False):
        for name in names:
            axes.plot(gates[name], label=GATE_NAMES.get(name, name), markevery=1)
        axes.axhline(0.0, color="#555555", linewidth=0.8, linestyle="-", marker="")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    steps = len(next(iter(gates.values())))
    if gradient is not None:
        shown = np.maximum(gradient, np.finfo(float).tiny)
        panels[-1, 0].semilogy(shown, label="norm of the gradient", markevery=1)
        panels[-1, 0].set_ylim(*_decades(shown))
        panels[-1, 0].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    if words:
        panels[-1, 0].set_xticks(range(steps), words, rotation=45, ha="right")
    else:
        panels[-1, 0].set_xlabel("step t")
    return fig
