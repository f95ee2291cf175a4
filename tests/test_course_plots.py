from __future__ import annotations

import base64
import re
import struct
from itertools import pairwise
from typing import Any

import matplotlib
import numpy as np
import pytest

from course import diagrams, plots

matplotlib.use("Agg")


def bundle(alt: str) -> tuple[dict[str, str], dict[str, Any]]:
    return plots.as_mime(plots.loss_curves({"lstm": [1.0, 0.5]}, baseline=("always 1", 1 / 6)), alt)


def test_when_a_figure_is_shown_every_form_of_it_carries_the_alt_text() -> None:
    data, metadata = bundle('A "loss" that\n   falls & falls.')
    assert 'alt="A &quot;loss&quot; that falls &amp; falls."' in data["text/html"]
    assert metadata["image/png"]["alt"] == 'A "loss" that falls & falls.'
    assert "falls & falls" in data["text/plain"]
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")


def test_when_a_figure_is_shown_it_has_twice_the_pixels_of_its_place_on_the_page() -> None:
    data, metadata = bundle("x")
    pixels = struct.unpack(">II", base64.b64decode(data["image/png"])[16:24])
    place = metadata["image/png"]["width"], metadata["image/png"]["height"]
    assert tuple(side // 2 for side in pixels) == place
    assert re.search(r'width="(\d+)"', data["text/html"])[1] == str(place[0])  # type: ignore[index]


@pytest.mark.parametrize("last", [(0.0, 1.0, 5.0), (1.0, 1.0, 1.0), (1.0, 1.02, 0.98, 9.0), (3.0,)])
def test_when_lines_are_labelled_at_their_ends_no_label_lies_on_another(last: tuple[float, ...]) -> None:
    plots.use_style()
    figure, axes = plots.plt.subplots()
    for number, value in enumerate(last):
        axes.plot([0.0, 1.0], [0.0, value], label=f"line {number}")
    axes.axhline(0.5)  # has no label
    plots.label_ends(axes)
    figure.canvas.draw()
    boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.y0)
    assert len(boxes) == len(last)
    assert all(upper.y0 >= lower.y1 - 1 for lower, upper in pairwise(boxes))
    middles = [text.get_position()[1] for text in axes.texts]
    assert [float(m) for m in np.argsort(middles, kind="stable")] == np.argsort(last, kind="stable").tolist()
    for text, line in zip(axes.texts, axes.lines, strict=False):
        assert text.get_color() == line.get_color() and plots.contrast(text.get_color(), "white") >= 4.5
    plots.plt.close(figure)


def test_when_values_are_written_on_a_map_no_bar_stands_beside_it() -> None:
    figure, panels = plots.plt.subplots(1, 3)
    for axes, choice in zip(panels, ({"write": True}, {"bar": None}, {"bar": "share"}), strict=True):
        plots.heat_map(axes, np.eye(2), **choice)
    assert [axes.get_ylabel() for axes in figure.axes[3:]] == ["share"]
    plots.plt.close(figure)


def test_when_the_alt_text_is_empty_the_figure_is_refused() -> None:
    with pytest.raises(ValueError, match="alt text"):
        bundle("  \n ")


def test_when_a_figure_is_drawn_twice_its_bytes_are_the_same() -> None:
    assert bundle("x")[0]["image/png"] == bundle("x")[0]["image/png"]


def test_when_the_style_is_used_no_two_lines_differ_by_colour_alone() -> None:
    plots.use_style()
    cycle = list(matplotlib.rcParams["axes.prop_cycle"])
    for key in ("color", "marker"):
        assert len({entry[key] for entry in cycle}) == len(cycle)


def test_when_the_style_is_used_every_line_stands_out_from_white_and_every_letter_more() -> None:
    plots.use_style()
    style = matplotlib.rcParams
    ground = style["axes.facecolor"]
    assert style["figure.facecolor"] == style["savefig.facecolor"] == ground
    for entry in style["axes.prop_cycle"]:
        assert plots.contrast(entry["color"], ground) >= 3.0, entry["color"]
    for letters in ("text.color", "axes.labelcolor", "xtick.color", "ytick.color"):
        assert plots.contrast(style[letters], ground) >= 4.5, letters


def test_when_contrast_is_measured_it_is_that_of_the_guidelines() -> None:
    assert plots.contrast("white", "black") == pytest.approx(21)
    # The grey that the guidelines' own examples give as the lightest that may be read on white.
    assert plots.contrast("#767676", "white") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("colours", ["cividis", "PuOr"])
def test_when_a_value_is_written_on_a_map_it_can_be_read_on_every_colour(colours: str) -> None:
    for ground in matplotlib.colormaps[colours](np.linspace(0, 1, 101)):
        assert plots.contrast(plots.ink_on(ground), ground) >= 4.5


@pytest.mark.parametrize("signed", [False, True])
def test_when_a_map_is_drawn_its_values_are_written_so_that_they_can_be_read(signed: bool) -> None:
    figure, axes = plots.plt.subplots()
    values = np.linspace(-1 if signed else 0, 1, 12).reshape(3, 4)
    plots.heat_map(axes, values, signed=signed, write=True)
    for value, text in zip(values.flat, axes.texts, strict=True):
        assert plots.contrast(text.get_color(), axes.images[0].to_rgba(value)) >= 4.5
    plots.plt.close(figure)


def test_when_a_drawing_is_made_its_letters_can_be_read_on_what_lies_behind() -> None:
    for ground in (diagrams.LAYER, diagrams.POINT, diagrams.INPUT, "white"):
        assert plots.contrast(diagrams.INK, ground) >= 4.5


def test_when_gates_are_drawn_there_is_a_panel_for_each() -> None:
    gates = {name: np.random.default_rng(0).uniform(-1, 1, (5, 3)) for name in plots.GATE_NAMES}
    figure = plots.gate_maps(gates, ["a", "b", "c", "d", "e"])
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]
    assert titles == list(plots.GATE_NAMES.values())
    plots.plt.close(figure)
