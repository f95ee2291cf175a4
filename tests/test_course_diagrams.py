from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import matplotlib
import matplotlib.colors
import pytest
from matplotlib.figure import Figure

from course import diagrams

matplotlib.use("Agg")


def written(fig: Figure) -> Counter[str]:
    """Every text of a drawing, with how often it stands there."""
    return Counter(text.get_text() for axes in fig.axes for text in axes.texts)


def test_when_the_shapes_are_drawn_each_has_its_inputs_outputs_and_steps() -> None:
    found = written(diagrams.sequence_shapes())
    assert (found["$x$"], found["$y$"], found["$h$"]) == (
        1 + 1 + 3 + 3 + 3,
        1 + 3 + 1 + 3 + 3,
        1 + 3 + 3 + 3 + 5,
    )
    assert set(diagrams.SHAPES) <= set(found)


@pytest.mark.parametrize("steps", [1, 4])
def test_when_a_loop_is_unrolled_every_copy_has_the_same_weights(steps: int) -> None:
    found = written(diagrams.loop_and_unrolled(steps))
    assert found["$W$"] == found["$V$"] == found["$U$"] == steps + 1  # once with the loop
    assert all(found[f"$h_{t}$"] == 1 for t in range(steps + 1))


@pytest.mark.parametrize(
    "draw",
    [
        diagrams.sequence_shapes,
        diagrams.loop_and_unrolled,
        diagrams.elman_and_jordan,
        diagrams.copies_and_one_path,
        diagrams.lstm_cell,
        diagrams.gru_cell,
        diagrams.layers_and_directions,
    ],
    ids=lambda f: f.__name__,
)
def test_when_a_drawing_is_made_nothing_stands_outside_its_canvas(draw: Callable[[], Figure]) -> None:
    for axes in draw().axes:
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        for text in axes.texts:
            x, y = text.get_position()
            assert left <= x <= right and bottom <= y <= top, text.get_text()


@pytest.mark.parametrize("lit", ["f", "ig", "o", "ifgo"])
def test_when_some_gates_are_lit_the_others_are_pale_and_can_still_be_read(lit: str) -> None:
    gates = {
        text.get_text()[1]: text.get_color()
        for axes in diagrams.lstm_cell(lit).axes
        for text in axes.texts
        if text.get_text() in ("$i_t$", "$f_t$", "$g_t$", "$o_t$")
    }
    assert gates == {name: diagrams.INK if name in lit else diagrams.FAINT.colour for name in "ifgo"}
    pale = matplotlib.colors.to_rgb(diagrams.FAINT.colour)[0]
    luminance = ((pale + 0.055) / 1.055) ** 2.4  # of a grey; WCAG 2.1, relative luminance
    assert 1.05 / (luminance + 0.05) >= 4.5


@pytest.mark.parametrize(("steps", "use"), [(4, 2), (3, 1), (2, 2)])
def test_when_one_term_is_drawn_its_factors_lead_from_the_use_to_the_last_loss(steps: int, use: int) -> None:
    found = written(diagrams.copies_and_one_path(steps, use))
    assert all(found[f"$h_{t}$"] == found[f"$E_{t}$"] == 1 for t in range(1, steps + 1))
    factors = sum(count for text, count in found.items() if "partial" in text)
    assert factors == 1 + (steps - use) + 1  # the immediate derivative, the steps, the loss


@pytest.mark.parametrize("steps", [1, 3])
def test_when_layers_and_directions_are_drawn_each_step_has_two_states_of_either(steps: int) -> None:
    found = written(diagrams.layers_and_directions(steps))
    for t in range(1, steps + 1):
        assert found[f"$x_{t}$"] == found[f"$y_{t}$"] == 2  # in both drawings
        assert found[f"$h_{t}^1$"] == found[f"$h_{t}^2$"] == 1
        assert found[rf"$\overrightarrow{{h}}_{t}$"] == found[rf"$\overleftarrow{{h}}_{t}$"] == 1


def test_when_the_gru_is_drawn_it_has_two_gates_one_candidate_and_one_sum() -> None:
    found = written(diagrams.gru_cell())
    assert (found["σ"], found["tanh"], found["×"], found["+"]) == (2, 1, 3, 1)
