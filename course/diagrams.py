"""Drawings of cells, made of the same few shapes."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

INK = "#222222"
LAYER = "#FFE9B8"
POINT = "#D6E9F8"
Point = tuple[float, float]


def lstm_cell() -> Figure:
    """The LSTM cell: the cell state above, the state below, three gates and a candidate between."""
    fig, axes = plt.subplots(figsize=(7.4, 4.0))
    _canvas(axes, 12.6, 6.2)
    _line(axes, [(0.6, 5.2), (12.0, 5.2)], arrow=True)
    _line(axes, [(0.6, 0.9), (8.0, 0.9)])
    _line(axes, [(1.6, 0.1), (1.6, 0.9)], arrow=True)
    columns = {"f": 2.8, "i": 4.4, "g": 6.2, "o": 8.0}
    for name, x in columns.items():
        _line(axes, [(x, 0.9), (x, 1.75)], arrow=True)
        _box(axes, (x, 2.1), "tanh" if name == "g" else "σ")
        axes.text(x + 0.22, 2.72, f"${name}_t$", fontsize=12, va="center")
    _line(axes, [(2.8, 2.45), (2.8, 4.88)], arrow=True)
    _line(axes, [(4.4, 2.45), (4.4, 3.7), (5.0, 3.7)], arrow=True)
    _line(axes, [(6.2, 2.45), (6.2, 3.7), (5.6, 3.7)], arrow=True)
    _line(axes, [(5.3, 4.0), (5.3, 4.88)], arrow=True)
    _line(axes, [(8.0, 2.45), (8.0, 3.1), (9.7, 3.1)], arrow=True)
    _line(axes, [(10.0, 5.2), (10.0, 4.6)], arrow=True)
    _box(axes, (10.0, 4.25), "tanh", width=1.1)
    _line(axes, [(10.0, 3.9), (10.0, 3.42)], arrow=True)
    _line(axes, [(10.0, 2.8), (10.0, 0.9), (12.0, 0.9)], arrow=True)
    for place, sign in {(2.8, 5.2): "×", (5.3, 5.2): "+", (5.3, 3.7): "×", (10.0, 3.1): "×"}.items():
        _circle(axes, place, sign)
    labels = {(0.5, 5.62): "$c_{t-1}$", (11.7, 5.62): "$c_t$", (0.5, 1.3): "$h_{t-1}$", (11.7, 1.3): "$h_t$"}
    for (x, y), text in {**labels, (1.95, 0.25): "$x_t$"}.items():
        axes.text(x, y, text, fontsize=13, ha="center", va="center")
    notes = {(1.5, 4.3): "keep or\nforget", (3.62, 3.3): "write", (7.0, 3.3): "what", (8.7, 3.45): "show"}
    for (x, y), text in notes.items():
        axes.text(x, y, text, fontsize=9.5, ha="center", va="center", style="italic", color="#444444")
    return fig


def _canvas(axes: Axes, width: float, height: float) -> None:
    axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    axes.axis("off")


def _line(axes: Axes, points: Sequence[Point], arrow: bool = False) -> None:
    xs, ys = zip(*points, strict=True)
    axes.plot(xs, ys, color=INK, linewidth=1.5, linestyle="-", marker="", solid_joinstyle="round")
    if arrow:
        style = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.5, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", points[-1], points[-2], arrowprops=style)


def _box(axes: Axes, centre: Point, text: str, width: float = 1.0) -> None:
    x, y = centre[0] - width / 2, centre[1] - 0.35
    style = "round,pad=0,rounding_size=0.1"
    axes.add_patch(FancyBboxPatch((x, y), width, 0.7, style, facecolor=LAYER, edgecolor=INK, zorder=3))
    axes.text(*centre, text, ha="center", va="center", fontsize=11, zorder=4)


def _circle(axes: Axes, centre: Point, text: str) -> None:
    axes.add_patch(Circle(centre, 0.32, facecolor=POINT, edgecolor=INK, zorder=3))
    axes.text(*centre, text, ha="center", va="center", fontsize=13, zorder=4)
