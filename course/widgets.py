"""What the lectures let you touch. Every widget stands beside a figure that says the same without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from course import plots

Floats = npt.NDArray[np.float64]
Traces = Mapping[str, Floats]


def gate_microscope(
    traces: Callable[[str], tuple[Sequence[str], Traces]],
    sentences: Sequence[str],
    unit: int = 0,
    what: str = "sentence",
) -> ipywidgets.VBox:
    """Look at one unit's gates over a sentence, or any other sequence, and at one step of it in numbers.

    `traces` takes a sentence and gives its words (T) and, each (T, H), what the cell computed: i f g o c h and
    c before each step as "c_prev" for an LSTM; r z n h and "h_prev" for a GRU. If there is also "gradient" (T,),
    the norm of the gradient that reaches each step, it is drawn on the same axis of time. `unit` is the one to look
    at first, `what` a word for what is chosen.

    Raises:
        ValueError: there is no sentence.
    """
    if not sentences:
        raise ValueError("the microscope needs at least one sentence to look at")
    words, first = traces(sentences[0])
    wide = ipywidgets.Layout(width="98%")
    pick = ipywidgets.Dropdown(options=list(sentences), description=what, layout=wide)
    which = ipywidgets.IntSlider(unit, 0, first["h"].shape[1] - 1, description="unit")
    step = ipywidgets.IntSlider(0, 0, len(words) - 1, description="step t")
    picture, numbers = ipywidgets.Output(), ipywidgets.HTML()

    def draw(_: object = None) -> None:
        words, found = traces(pick.value)
        step.max = len(words) - 1
        with picture:
            picture.clear_output(wait=True)
            show_unit(words, found, which.value)
        numbers.value = step_in_numbers(words, found, which.value, min(step.value, step.max))

    def renumber(_: object = None) -> None:
        words, found = traces(pick.value)
        numbers.value = step_in_numbers(words, found, which.value, min(step.value, len(words) - 1))

    pick.observe(draw, "value")
    which.observe(draw, "value")
    step.observe(renumber, "value")
    draw()
    return ipywidgets.VBox([pick, ipywidgets.HBox([which, step]), numbers, picture])


def show_unit(words: Sequence[str], traces: Traces, unit: int) -> None:
    """The microscope's figure of one unit, as one that stands still; `traces` as there."""
    gates = {name: traces[name][:, unit] for name in plots.GATE_NAMES if name in traces}
    figure = plots.gate_lines(gates, words, gradient=traces.get("gradient"))
    plots.show(figure, alt=describe(words, traces, unit))


def step_in_numbers(words: Sequence[str], traces: Traces, unit: int, step: int) -> str:
    """The last equations of one step of the cell, with their numbers, as HTML."""
    at = {name: float(values[step, unit]) for name, values in traces.items() if values.ndim == 2}
    head = f"<b>after “{escape(words[step])}”, unit {unit}:</b> "
    if "c" not in at:
        return (
            f"{head}h = (1 − z)·n + z·h<sub>prev</sub> = {1 - at['z']:.2f}·({at['n']:+.2f}) + "
            f"{at['z']:.2f}·({at['h_prev']:+.2f}) = {at['h']:+.2f}"
        )
    return (
        f"{head}c = f·c<sub>prev</sub> + i·g = {at['f']:.2f}·({at['c_prev']:+.2f}) + {at['i']:.2f}·({at['g']:+.2f})"
        f" = {at['c']:+.2f}; h = o·tanh(c) = {at['o']:.2f}·({np.tanh(at['c']):+.2f}) = {at['h']:+.2f}"
    )


def describe(words: Sequence[str], traces: Traces, unit: int) -> str:
    """Alt text for one unit's gates: what it holds and what keeps it, word by word."""
    held, name, keeps, gate = ("c", "Cell", "f", "forget") if "c" in traces else ("h", "State", "z", "update")
    told = ", ".join(
        f"{word} {value:+.1f} ({kept:.1f})"
        for word, value, kept in zip(words, traces[held][:, unit], traces[keeps][:, unit], strict=True)
    )
    text = f"Gates of unit {unit} over the sequence. {name} after each step, {gate} gate in brackets: {told}."
    if "gradient" in traces:
        first, last = traces["gradient"][[0, -1]]
        text += f" Norm of the gradient: {last:.1e} at the last step, {first:.1e} at the first."
    return text


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
