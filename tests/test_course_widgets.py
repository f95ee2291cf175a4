from __future__ import annotations

import ipywidgets
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from course import models, plots, widgets

matplotlib.use("Agg")


def traces(sentence: str) -> tuple[list[str], dict[str, np.ndarray]]:
    words = sentence.split()
    p = models.lstm_init(np.random.default_rng(0), 3, 2)
    x = models.one_hot(np.arange(len(words)) % 3, 3)[:, None]
    _, cache = models.lstm_forward(p, x)
    found = {name: cache[name][:, 0] for name in "ifgo"}
    for name in "ch":
        found[name], found[f"{name}_prev"] = cache[name][1:, 0], cache[name][:-1, 0]
    return words, found


def test_when_a_step_is_shown_in_numbers_its_arithmetic_is_the_cell_s() -> None:
    words, found = traces("one two three")
    text = widgets.step_in_numbers(words, found, unit=1, step=2)
    assert "after “three”, unit 1" in text
    assert f"= {found['c'][2, 1]:+.2f}; h" in text and text.endswith(f"= {found['h'][2, 1]:+.2f}")


def test_when_a_word_looks_like_html_it_is_shown_as_it_is_written() -> None:
    _, found = traces("one two three")
    assert "“&lt;b&gt;”" in widgets.step_in_numbers(["one", "two", "<b>"], found, unit=1, step=2)


def test_when_the_sentence_is_changed_the_step_stays_inside_it() -> None:
    microscope = widgets.gate_microscope(traces, ["one two three four", "one two"])
    pick, (unit, step) = microscope.children[0], microscope.children[1].children
    step.value = 3
    pick.value = "one two"
    unit.value = 1
    assert step.max == 1 and step.value == 1
    assert "“two”, unit 1" in microscope.children[2].value


def test_when_gates_are_described_every_word_is_named() -> None:
    words, found = traces("one two")
    assert all(word in widgets.describe(words, found, 0) for word in words)


def gru_traces(name: str) -> tuple[list[str], dict[str, np.ndarray]]:
    """A GRU's, with the norm of a gradient."""
    rng = np.random.default_rng(len(name))
    found = {key: rng.uniform(size=(3, 2)) for key in ("r", "z", "n", "h_prev")}
    found["h"] = (1 - found["z"]) * found["n"] + found["z"] * found["h_prev"]
    return ["a", "b", "c"], {**found, "gradient": np.array([1e-3, 0.1, 2.0])}


def test_when_the_cell_is_a_gru_its_own_arithmetic_is_shown() -> None:
    words, found = gru_traces("x")
    text = widgets.step_in_numbers(words, found, unit=1, step=2)
    assert "(1 − z)·n" in text and text.endswith(f"= {found['h'][2, 1]:+.2f}")
    assert "2.0e+00 at the last step, 1.0e-03 at the first" in widgets.describe(words, found, 0)
    microscope = widgets.gate_microscope(gru_traces, ["one", "two"], unit=1, what="input")
    assert microscope.children[0].description == "input" and "unit 1" in microscope.children[2].value


def test_when_there_is_a_gradient_it_has_a_panel_of_its_own_on_the_same_axis_of_time() -> None:
    words, found = gru_traces("x")
    gates = {name: found[name][:, 0] for name in "rznh"}
    figure = plots.gate_lines(gates, words, gradient=found["gradient"])
    *_, last = figure.axes
    assert (
        len(figure.axes) == 3
        and last.get_yscale() == "log"
        and last.get_shared_x_axes().joined(*figure.axes[:2])
    )
    np.testing.assert_array_equal(last.lines[0].get_ydata(), found["gradient"])
    assert [label.get_text() for label in last.get_xticklabels()] == words
    plt.close(figure)


def test_when_the_gradient_hardly_changes_its_axis_spans_two_decades_all_the_same() -> None:
    words, found = gru_traces("a")
    gates = {name: found[name][:, 0] for name in "rznh"}
    figure = plots.gate_lines(gates, words, gradient=np.array([1.7, 0.9, 1.1]))
    low, high = figure.axes[-1].get_ylim()
    assert low < 0.9 < 1.7 < high
    assert high / low >= 99.9
    plt.close(figure)


def test_when_there_is_no_sentence_the_microscope_says_so() -> None:
    with pytest.raises(ValueError, match="at least one sentence"):
        widgets.gate_microscope(traces, [])


def test_when_the_radius_moves_the_curve_is_asked_for_that_radius() -> None:
    asked: list[tuple[float, str]] = []

    def curve(radius: float, phi: str) -> np.ndarray:
        asked.append((radius, phi))
        return radius ** np.arange(1, 6)

    slider = widgets.radius_slider(curve)
    slider.children[0].value = 1.2
    slider.children[1].value = "tanh"
    assert asked == [(1.0, "linear"), (1.2, "linear"), (1.2, "tanh")]


def test_when_a_control_moves_the_figure_is_drawn_again_with_its_value() -> None:
    asked: list[float] = []

    def figure(height: float) -> tuple[Figure, str]:
        asked.append(height)
        return plt.figure(), f"an empty page of height {height}"

    slider = ipywidgets.FloatSlider(1.0, min=0.0, max=3.0)
    box = widgets.explore(figure, height=slider)
    slider.value = 2.0
    assert asked == [1.0, 2.0] and slider in box.children


def test_when_nothing_can_be_moved_there_is_nothing_to_explore() -> None:
    with pytest.raises(ValueError, match="at least one control"):
        widgets.explore(lambda: (plt.figure(), "an empty page"))
