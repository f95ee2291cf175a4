from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import matplotlib
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
    [diagrams.sequence_shapes, diagrams.loop_and_unrolled, diagrams.elman_and_jordan],
    ids=lambda f: f.__name__,
)
def test_when_a_drawing_is_made_nothing_stands_outside_its_canvas(draw: Callable[[], Figure]) -> None:
    for axes in draw().axes:
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        for text in axes.texts:
            x, y = text.get_position()
            assert left <= x <= right and bottom <= y <= top, text.get_text()
