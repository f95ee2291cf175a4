from __future__ import annotations

import base64

import matplotlib
import numpy as np
import pytest

from course import plots

matplotlib.use("Agg")


def bundle(alt: str) -> tuple[dict[str, str], dict[str, object]]:
    return plots.as_mime(plots.loss_curves({"lstm": [1.0, 0.5]}, baseline=("always 1", 1 / 6)), alt)


def test_when_a_figure_is_shown_every_form_of_it_carries_the_alt_text() -> None:
    data, metadata = bundle('A "loss" that\n   falls & falls.')
    assert 'alt="A &quot;loss&quot; that falls &amp; falls."' in data["text/html"]
    assert metadata == {"image/png": {"alt": 'A "loss" that falls & falls.'}}
    assert "falls & falls" in data["text/plain"]
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")


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


def contrast(colour: str) -> float:
    """WCAG 2 contrast with white."""
    channels = np.array(matplotlib.colors.to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05))


def test_when_the_style_is_used_every_line_stands_out_from_white() -> None:
    plots.use_style()
    for entry in matplotlib.rcParams["axes.prop_cycle"]:
        assert contrast(entry["color"]) >= 3.0, entry["color"]


def test_when_gates_are_drawn_there_is_a_panel_for_each() -> None:
    gates = {name: np.random.default_rng(0).uniform(-1, 1, (5, 3)) for name in plots.GATE_NAMES}
    figure = plots.gate_maps(gates, ["a", "b", "c", "d", "e"])
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]
    assert titles == list(plots.GATE_NAMES.values())
    plots.plt.close(figure)
