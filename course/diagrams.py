"""Drawings of cells, made of the same few shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

INK = "#222222"
LAYER = "#FFE9B8"
POINT = "#D6E9F8"
INPUT = "#E4E4E4"
Point = tuple[float, float]


@dataclass(frozen=True)
class Pen:
    """How a part is drawn. A pale part keeps letters that can be read."""

    colour: str = INK
    width: float = 1.5
    filled: bool = True


BOLD, THIN = Pen(width=3.2), Pen(width=1.0)
FAINT = Pen("#757575", 0.8, filled=False)


def lstm_cell(lit: str = "ifgo") -> Figure:
    """The LSTM cell: the cell state above, the state below, three gates and a candidate between.

    Where `lit` names only some of i, f, g and o, their part of the cell stands out, and the rest is thin and pale.
    """
    whole = lit == "ifgo"
    fig, axes = plt.subplots(figsize=(7.4, 4.0) if whole else (5.8, 3.0))
    _canvas(axes, 12.6, 6.2)

    def pen(owners: str) -> Pen:
        return Pen() if whole else BOLD if set(owners) & set(lit) else FAINT

    _line(axes, [(0.6, 0.9), (8.0, 0.9)], pen=Pen())
    _line(axes, [(1.6, 0.1), (1.6, 0.9)], arrow=True, pen=Pen())
    _line(axes, [(0.6, 5.2), (2.48, 5.2)], arrow=True, pen=pen("f"))
    _line(axes, [(3.12, 5.2), (4.98, 5.2)], arrow=True, pen=pen("f"))
    _line(axes, [(5.62, 5.2), (12.0, 5.2)], arrow=True, pen=pen("ig"))
    for name, x in {"f": 2.8, "i": 4.4, "g": 6.2, "o": 8.0}.items():
        _line(axes, [(x, 0.9), (x, 1.75)], arrow=True, pen=pen(name))
        _box(axes, (x, 2.1), "tanh" if name == "g" else "σ", pen=pen(name))
        axes.text(x + 0.22, 2.72, f"${name}_t$", fontsize=12, va="center", color=pen(name).colour)
    _line(axes, [(2.8, 2.45), (2.8, 4.88)], arrow=True, pen=pen("f"))
    _line(axes, [(4.4, 2.45), (4.4, 3.7), (4.98, 3.7)], arrow=True, pen=pen("i"))
    _line(axes, [(6.2, 2.45), (6.2, 3.7), (5.62, 3.7)], arrow=True, pen=pen("g"))
    _line(axes, [(5.3, 4.02), (5.3, 4.88)], arrow=True, pen=pen("ig"))
    _line(axes, [(8.0, 2.45), (8.0, 3.1), (9.68, 3.1)], arrow=True, pen=pen("o"))
    _line(axes, [(10.0, 5.2), (10.0, 4.6)], arrow=True, pen=pen("o"))
    _box(axes, (10.0, 4.25), "tanh", width=1.1, pen=pen("o"))
    _line(axes, [(10.0, 3.9), (10.0, 3.42)], arrow=True, pen=pen("o"))
    _line(axes, [(10.0, 2.78), (10.0, 0.9), (12.0, 0.9)], arrow=True, pen=pen("o"))
    _circle(axes, (2.8, 5.2), "×", pen=pen("f"))
    _circle(axes, (5.3, 5.2), "+", pen=pen("ig"))
    _circle(axes, (5.3, 3.7), "×", pen=pen("ig"))
    _circle(axes, (10.0, 3.1), "×", pen=pen("o"))
    labels = {(0.5, 5.62): ("$c_{t-1}$", "f"), (11.7, 5.62): ("$c_t$", "igo"), (11.7, 1.3): ("$h_t$", "o")}
    for (x, y), (text, owners) in labels.items():
        axes.text(x, y, text, fontsize=13, ha="center", va="center", color=pen(owners).colour)
    for x, y, text in ((0.5, 1.3, "$h_{t-1}$"), (1.95, 0.25, "$x_t$")):
        axes.text(x, y, text, fontsize=13, ha="center", va="center")
    for x, y, text, owners in (
        (1.5, 4.3, "keep or\nforget", "f"),
        (3.62, 3.3, "write", "i"),
        (7.0, 3.3, "what", "g"),
        (8.7, 3.45, "show", "o"),
    ):
        axes.text(
            x, y, text, fontsize=9.5, ha="center", va="center", style="italic", color=pen(owners).colour
        )
    return fig


SHAPES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "one to one": ((0,), (0,)),
    "one to many": ((0,), (0, 1, 2)),
    "many to one": ((0, 1, 2), (2,)),
    "many to many,\nin step": ((0, 1, 2), (0, 1, 2)),
    "many to many,\nfirst all, then all": ((0, 1, 2), (2, 3, 4)),
}


def sequence_shapes() -> Figure:
    """The five shapes of sequence problems: inputs below, outputs above, a cell a step between."""
    fig, axes = plt.subplots(figsize=(7.6, 2.4))
    _canvas(axes, 27.6, 7.2)
    left = 0.9
    for name, (inputs, outputs) in SHAPES.items():
        last = max(*inputs, *outputs)
        for t in range(last + 1):
            x = left + 1.4 * t
            if t:
                _line(axes, [(x - 0.9, 2.6), (x - 0.5, 2.6)], arrow=True)
            if t in inputs:
                _line(axes, [(x, 1.2), (x, 2.1)], arrow=True)
                _node(axes, (x, 0.7), "x", INPUT, radius=0.5)
            if t in outputs:
                _line(axes, [(x, 3.1), (x, 4.0)], arrow=True)
                _node(axes, (x, 4.5), "y", POINT, radius=0.5)
            _node(axes, (x, 2.6), "h", LAYER, radius=0.5)
        axes.text(left + 0.7 * last, 6.1, name, fontsize=9, ha="center", va="center")
        left += 1.4 * last + (3.4 if last < 2 else 2.6)
    return fig


def loop_and_unrolled(steps: int = 4) -> Figure:
    """A recurrent network twice: with its loop, and unrolled, one copy a step with the same W, U and V."""
    fig, axes = plt.subplots(figsize=(7.4, 3.0))
    _canvas(axes, 5.8 + 2.4 * steps, 5.6)
    _column(axes, 1.6, "", "")
    bend = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.5, "connectionstyle": "arc3,rad=-1.9"}
    axes.annotate("", (1.9, 2.6), (1.9, 3.2), arrowprops={**bend, "shrinkA": 0, "shrinkB": 0})
    axes.text(2.95, 2.9, "$U$", fontsize=11, ha="center", va="center")
    axes.text(3.75, 2.9, "=", fontsize=20, ha="center", va="center")
    _line(axes, [(4.7, 2.9), (5.5, 2.9)], arrow=True)
    axes.text(4.6, 3.4, "$h_0$", fontsize=12, ha="center", va="center")
    for t in range(1, steps + 1):
        x = 3.5 + 2.4 * t
        _column(axes, x, f"_{t}", f"_{t}")
        _line(axes, [(x + 0.4, 2.9), (x + 2.0, 2.9)], arrow=True)
        axes.text(x + 1.2, 3.2, "$U$", fontsize=11, ha="center", va="center")
    return fig


def _column(axes: Axes, x: float, below: str, above: str) -> None:
    """Input, state and output of one step, with the weights' letters beside the arrows."""
    _line(axes, [(x, 1.2), (x, 2.5)], arrow=True)
    _line(axes, [(x, 3.3), (x, 4.4)], arrow=True)
    for y, text, colour in ((0.8, "x", INPUT), (2.9, "h", LAYER), (4.8, "y", POINT)):
        index = above if text == "y" else below
        _node(axes, (x, y), f"{text}{index}", colour)
    axes.text(x + 0.32, 1.8, "$W$", fontsize=11, ha="center", va="center")
    axes.text(x + 0.32, 3.8, "$V$", fontsize=11, ha="center", va="center")


def elman_and_jordan() -> Figure:
    """Side by side: the state goes back (Elman), or the output goes back (Jordan)."""
    fig, panels = plt.subplots(1, 2, figsize=(7.0, 3.0))
    for axes, name in zip(panels, ("Elman", "Jordan"), strict=True):
        _canvas(axes, 7.4, 5.8)
        for x, before in ((1.6, True), (5.2, False)):
            index = "_{t-1}" if before else "_t"
            _line(axes, [(x, 1.3), (x, 2.3)], arrow=True)
            _line(axes, [(x, 3.3), (x, 4.3)], arrow=True)
            for y, text, colour in ((0.8, "x", INPUT), (2.8, "h", LAYER), (4.8, "y", POINT)):
                _node(axes, (x, y), f"{text}{index}", colour, radius=0.5)
        start = (2.1, 2.8) if name == "Elman" else (2.1, 4.7)
        _line(axes, [start, (4.7, 2.8 if name == "Elman" else 3.0)], arrow=True)
        axes.text(3.4, 3.2 if name == "Elman" else 4.25, "$U$", fontsize=12, ha="center", va="center")
        axes.set_title(f"{name}: the {'state' if name == 'Elman' else 'output'} goes back", fontsize=10.5)
    return fig


def copies_and_one_path(steps: int = 4, use: int = 2) -> Figure:
    """An unrolled network whose copies share theta; in bold, the one term from use `use` to the last loss."""
    fig, axes = plt.subplots(figsize=(7.4, 3.5))
    _canvas(axes, 2.2 + 2.6 * steps, 6.6)
    middle = 1.3 + 1.3 * steps
    _node(axes, (middle, 0.6), r"\theta", LAYER, radius=0.5)
    _line(axes, [(0.5, 3.6), (2.1, 3.6)], arrow=True)
    axes.text(0.4, 4.0, "$h_0$", fontsize=12, ha="center", va="center")
    for t in range(1, steps + 1):
        x, bold = 2.6 * t, t >= use
        _node(axes, (x, 3.6), f"h_{t}", LAYER, radius=0.5)
        _node(axes, (x, 5.8), f"E_{t}", POINT, radius=0.5)
        foot = (x + 0.5 * (middle - x) / 4, 3.02)
        _line(axes, [(middle + 0.12 * (x - middle), 1.08), foot], arrow=True, pen=BOLD if t == use else THIN)
        _line(axes, [(x, 4.1), (x, 5.3)], arrow=True, pen=BOLD if t == steps else THIN)
        if t < steps:
            _line(axes, [(x + 0.5, 3.6), (x + 2.1, 3.6)], arrow=True, pen=BOLD if bold else THIN)
    _name_factors(axes, steps, use)
    return fig


def _name_factors(axes: Axes, steps: int, use: int) -> None:
    """The factors of the term beside their arrows."""
    x = 2.6 * use
    label = rf"$\partial^{{+}} h_{use} / \partial \theta$"
    axes.text(x + 0.75, 2.5, label, fontsize=11, ha="left", va="center")
    for t in range(use, steps):
        text = rf"$\partial h_{t + 1} / \partial h_{t}$"
        axes.text(2.6 * t + 1.3, 4.15, text, fontsize=10.5, ha="center", va="center")
    text = rf"$\partial E_{steps} / \partial h_{steps}$"
    axes.text(2.6 * steps + 0.25, 4.75, text, fontsize=10.5, ha="left", va="center")


def gru_cell() -> Figure:
    """The GRU cell: one state along the top, mixed with the candidate n by z; r scales what n sees of h."""
    fig, axes = plt.subplots(figsize=(7.4, 4.0))
    _canvas(axes, 12.6, 6.6)
    _line(axes, [(0.6, 5.6), (12.0, 5.6)], arrow=True)
    _line(axes, [(1.3, 5.6), (1.3, 0.9), (7.8, 0.9)])
    _line(axes, [(2.0, 0.1), (2.0, 0.9)], arrow=True)
    for name, x in {"z": 3.2, "r": 5.2, "n": 7.8}.items():
        _line(axes, [(x, 0.9), (x, 1.75)], arrow=True)
        _box(axes, (x, 2.1), "tanh" if name == "n" else "σ")
        axes.text(x + 0.22, 2.72, f"${name}_t$", fontsize=12, va="center")
    _line(axes, [(3.2, 2.45), (3.2, 5.28)], arrow=True)
    _line(axes, [(3.2, 3.8), (7.48, 3.8)], arrow=True)
    _line(axes, [(5.2, 2.45), (5.2, 3.2), (6.4, 3.2), (6.4, 1.3), (7.48, 1.3)], arrow=True)
    _line(axes, [(7.8, 2.45), (7.8, 3.48)], arrow=True)
    _line(axes, [(7.8, 4.12), (7.8, 5.28)], arrow=True)
    for place, sign in {(3.2, 5.6): "×", (7.8, 5.6): "+", (7.8, 3.8): "×", (7.8, 1.3): "×"}.items():
        _circle(axes, place, sign)
    labels = {(0.6, 6.05): "$h_{t-1}$", (11.7, 6.05): "$h_t$", (2.35, 0.25): "$x_t$"}
    for (x, y), text in labels.items():
        axes.text(x, y, text, fontsize=13, ha="center", va="center")
    notes = {
        (3.95, 4.6): "keep $z$",
        (6.0, 4.1): "$1 - z$",
        (8.9, 4.7): "take the new",
        (9.6, 1.3): "what $n$ sees of $h$",
    }
    for (x, y), text in notes.items():
        axes.text(x, y, text, fontsize=9.5, ha="center", va="center", style="italic", color="#444444")
    return fig


def layers_and_directions(steps: int = 3) -> Figure:
    """Side by side: two layers, the states of one the inputs of the next; two directions, both read by the output."""
    fig, panels = plt.subplots(1, 2, figsize=(7.6, 3.5))
    for axes, title in zip(panels, ("Two layers", "Two directions"), strict=True):
        _canvas(axes, 0.7 + 2.2 * steps, 7.0)
        axes.set_title(title, fontsize=10.5)
    for t in range(1, steps + 1):
        x = 2.2 * t - 0.7
        rows = (
            (0.7, f"x_{t}", INPUT),
            (2.5, f"h_{t}^1", LAYER),
            (4.3, f"h_{t}^2", LAYER),
            (6.1, f"y_{t}", POINT),
        )
        for (y, text, colour), above in zip(rows, (1, 1, 1, 0), strict=True):
            _node(panels[0], (x, y), text, colour, radius=0.5)
            if above:
                _line(panels[0], [(x, y + 0.5), (x, y + 1.3)], arrow=True)
        ahead, back = (x - 0.5, 2.5), (x + 0.5, 4.3)
        for place, text, colour in (
            ((x, 0.7), f"x_{t}", INPUT),
            (ahead, rf"\overrightarrow{{h}}_{t}", LAYER),
            (back, rf"\overleftarrow{{h}}_{t}", LAYER),
            ((x, 6.1), f"y_{t}", POINT),
        ):
            _node(panels[1], place, text, colour, radius=0.5)
        _line(panels[1], [(x - 0.14, 1.18), (x - 0.36, 2.02)], arrow=True)
        _line(panels[1], [(x + 0.07, 1.2), (x + 0.43, 3.8)], arrow=True)
        _line(panels[1], [(x - 0.43, 3.0), (x - 0.07, 5.6)], arrow=True)
        _line(panels[1], [(x + 0.36, 4.78), (x + 0.14, 5.62)], arrow=True)
        if t < steps:
            for y in (2.5, 4.3):
                _line(panels[0], [(x + 0.5, y), (x + 1.7, y)], arrow=True)
            _line(panels[1], [(x, 2.5), (x + 1.2, 2.5)], arrow=True)
            _line(panels[1], [(x + 2.2, 4.3), (x + 1.0, 4.3)], arrow=True)
    return fig


def _node(axes: Axes, centre: Point, text: str, colour: str, radius: float = 0.42) -> None:
    axes.add_patch(Circle(centre, radius, facecolor=colour, edgecolor=INK, zorder=3))
    axes.text(*centre, f"${text}$", ha="center", va="center", fontsize=11, zorder=4)


def _canvas(axes: Axes, width: float, height: float) -> None:
    axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    axes.axis("off")


def _line(axes: Axes, points: Sequence[Point], arrow: bool = False, pen: Pen = Pen()) -> None:
    xs, ys = zip(*points, strict=True)
    axes.plot(
        xs, ys, color=pen.colour, linewidth=pen.width, linestyle="-", marker="", solid_joinstyle="round"
    )
    if arrow:
        style = {"arrowstyle": "-|>", "color": pen.colour, "linewidth": pen.width, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", points[-1], points[-2], arrowprops=style)


def _box(axes: Axes, centre: Point, text: str, width: float = 1.0, pen: Pen = Pen()) -> None:
    x, y = centre[0] - width / 2, centre[1] - 0.35
    style = "round,pad=0,rounding_size=0.1"
    face = LAYER if pen.filled else "white"
    axes.add_patch(FancyBboxPatch((x, y), width, 0.7, style, facecolor=face, edgecolor=pen.colour, zorder=3))
    axes.text(*centre, text, ha="center", va="center", fontsize=11, zorder=4, color=pen.colour)


def _circle(axes: Axes, centre: Point, text: str, pen: Pen = Pen()) -> None:
    face = POINT if pen.filled else "white"
    axes.add_patch(Circle(centre, 0.32, facecolor=face, edgecolor=pen.colour, zorder=3))
    axes.text(*centre, text, ha="center", va="center", fontsize=13, zorder=4, color=pen.colour)
