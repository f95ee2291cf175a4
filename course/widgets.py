"""What the lectures let you touch. Every widget stands beside a figure that says the same without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from course import plots

Floats = npt.NDArray[np.float64]
Traces = Mapping[str, Floats]

NAMES = ("i", "f", "g", "o", "c", "h")


def gate_microscope(
    traces: Callable[[str], tuple[Sequence[str], Traces]], sentences: Sequence[str], unit: int = 0
) -> ipywidgets.VBox:
    """Look at one unit's gates over a sentence, and at one step of it in numbers.

    `traces` takes a sentence and gives its words (T) and i f g o c h, each (T, H), and h and c before each
    step as "h_prev" and "c_prev". `unit` is the one to look at first.

    Raises:
        ValueError: there is no sentence.
    """
    if not sentences:
        raise ValueError("the microscope needs at least one sentence to look at")
    words, first = traces(sentences[0])
    wide = ipywidgets.Layout(width="98%")
    pick = ipywidgets.Dropdown(options=list(sentences), description="sentence", layout=wide)
    which = ipywidgets.IntSlider(unit, 0, first["i"].shape[1] - 1, description="unit")
    step = ipywidgets.IntSlider(0, 0, len(words) - 1, description="step t")
    picture, numbers = ipywidgets.Output(), ipywidgets.HTML()

    def draw(_: object = None) -> None:
        words, found = traces(pick.value)
        step.max = len(words) - 1
        with picture:
            picture.clear_output(wait=True)
            figure = plots.gate_lines({name: found[name][:, which.value] for name in NAMES}, words)
            plots.show(figure, alt=describe(words, found, which.value))
        numbers.value = step_in_numbers(words, found, which.value, min(step.value, step.max))

    def renumber(_: object = None) -> None:
        words, found = traces(pick.value)
        numbers.value = step_in_numbers(words, found, which.value, min(step.value, len(words) - 1))

    pick.observe(draw, "value")
    which.observe(draw, "value")
    step.observe(renumber, "value")
    draw()
    return ipywidgets.VBox([pick, ipywidgets.HBox([which, step]), numbers, picture])


def step_in_numbers(words: Sequence[str], traces: Traces, unit: int, step: int) -> str:
    """The cell's two last equations of one step, with their numbers, as HTML."""
    i, f, g, o, c, h = (float(traces[name][step, unit]) for name in NAMES)
    before = float(traces["c_prev"][step, unit])
    return (
        f"<b>after “{words[step]}”, unit {unit}:</b> "
        f"c = f·c<sub>prev</sub> + i·g = {f:.2f}·({before:+.2f}) + {i:.2f}·({g:+.2f}) = {c:+.2f}; "
        f"h = o·tanh(c) = {o:.2f}·({np.tanh(c):+.2f}) = {h:+.2f}"
    )


def describe(words: Sequence[str], traces: Traces, unit: int) -> str:
    """Alt text for one unit's gates: its cell and its forget gate, word by word."""
    cells = ", ".join(
        f"{word} {c:+.1f} ({f:.1f})"
        for word, c, f in zip(words, traces["c"][:, unit], traces["f"][:, unit], strict=True)
    )
    return f"Gates of unit {unit} over a sentence. Cell after each word, forget gate in brackets: {cells}."


def radius_slider(
    curve: Callable[[float, str], Floats], activations: Sequence[str] = ("linear", "tanh")
) -> ipywidgets.VBox:
    """Move the spectral radius of U and watch the gradient's norm over the lag.

    `curve` takes a radius and an activation's name and gives the norm at lags 1 to its length.
    """
    radius = ipywidgets.FloatSlider(1.0, min=0.5, max=1.5, step=0.05, description="radius")
    activation = ipywidgets.ToggleButtons(options=list(activations), description="activation")
    picture = ipywidgets.Output()

    def draw(_: object = None) -> None:
        norms = np.maximum(curve(radius.value, activation.value), 1e-30)  # a dead network has norm 0
        fig, axes = plt.subplots(figsize=(7.2, 2.8))
        axes.plot(np.arange(1, len(norms) + 1), norms)
        axes.axhline(1.0, color="#555555", linewidth=0.8, linestyle="-", marker="")
        axes.set(
            yscale="log", ylim=(1e-30, 1e20), xlabel="lag", ylabel=r"norm of $\partial h_t / \partial h_k$"
        )
        with picture:
            picture.clear_output(wait=True)
            alt = f"Radius {radius.value:.2f}, {activation.value}: {norms[-1]:.0e} at lag {len(norms)}."
            plots.show(fig, alt=f"Norm of the gradient over the lag on a log scale. {alt}")

    radius.observe(draw, "value")
    activation.observe(draw, "value")
    draw()
    return ipywidgets.VBox([radius, activation, picture])


def explore(figure: Callable[..., tuple[Figure, str]], **controls: ipywidgets.ValueWidget) -> ipywidgets.VBox:
    """A figure that is drawn again whenever one of the controls moves.

    `figure` takes each control's value under its name and gives a figure and the alt text that fits it.

    Raises:
        ValueError: there is no control.
    """
    if not controls:
        raise ValueError("there is nothing to explore without at least one control")
    picture = ipywidgets.Output()

    def draw(_: object = None) -> None:
        fig, alt = figure(**{name: control.value for name, control in controls.items()})
        with picture:
            picture.clear_output(wait=True)
            plots.show(fig, alt=alt)

    for control in controls.values():
        control.observe(draw, "value")
    draw()
    return ipywidgets.VBox([*controls.values(), picture])
