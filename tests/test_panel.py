"""The panel, its picture and its text form: readable, described, self-contained and safe."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from autograder.authoring import Tolerance
from autograder.diagnosis.compare import compare
from autograder.model import Array, CheckSpec, Diagnosis, Failure, Hint, Mismatch, Verdict
from autograder.student import panel, picture, terminal

SPEC = CheckSpec("check-lstm-step", "lstm_step_matches", 8, "One step of the cell, on random gates.")
VOID = {"img", "br", "hr", "input", "meta", "link"}
HOSTILE = "</code></pre></details><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\x1b[2J"


class Balanced(HTMLParser):
    """Collects tags and complains of any that is closed out of turn."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"


def off(output: str, got: Array, wanted: Array, case: int = 0) -> Mismatch:
    return next(compare(case, {output: got}, {output: wanted}, lambda _: Tolerance()))


def sequence(shape: tuple[int, ...] = (6, 3, 5)) -> Mismatch:
    rng = np.random.default_rng(0)
    wanted = rng.standard_normal(shape)
    return off("h", wanted + rng.standard_normal(shape), wanted)


def wrong(*mismatches: Mismatch, hints: tuple[Hint, ...] = ()) -> Diagnosis:
    return Diagnosis(Verdict.WRONG, 3, 1, hints=hints, mismatches=mismatches, seconds=0.02)


DIAGNOSES = {
    "passed": Diagnosis(Verdict.PASSED, 3, 3, seconds=0.012),
    "hint": wrong(sequence(), hints=(Hint("m", "Look at the `forget` gate."),)),
    "ties": wrong(sequence(), hints=(Hint("a", "One.", ("b", "c-d")), Hint("b", "Two.", ("a",)))),
    "numbers": wrong(sequence()),
    "shape": wrong(Mismatch("h", 0, "shape", (5, 3), (3, 5))),
    "error": Diagnosis(Verdict.ERROR, 3, 0, failure=Failure(HOSTILE, HOSTILE, HOSTILE, 3, HOSTILE)),
    "hostile": wrong(Mismatch(HOSTILE, 0, "unsupported", got_dtype=HOSTILE), sequence()),
    "infra": Diagnosis(Verdict.INFRA),
}


@pytest.mark.parametrize("diagnosis", DIAGNOSES.values(), ids=DIAGNOSES)
def test_when_drawn_the_panel_is_balanced_labelled_and_holds_no_active_content(diagnosis: Diagnosis) -> None:
    tags = Balanced(panel.html(SPEC, diagnosis, captured=HOSTILE)).tags
    names = {tag for tag, _ in tags}
    assert not names & {"script", "img", "iframe", "object", "link", "a", "form", "h1", "h2", "h3", "h4"}
    assert not [key for _, attributes in tags for key in attributes if key.startswith("on") or key == "href"]
    assert tags[0][1]["role"] == "group"
    assert (tags[0][1]["aria-label"] or "").startswith("Check check-lstm-step: ")


@pytest.mark.parametrize("diagnosis", DIAGNOSES.values(), ids=DIAGNOSES)
def test_when_drawn_nothing_is_fetched(diagnosis: Diagnosis) -> None:
    source = panel.html(SPEC, diagnosis).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|url\(|@import|src=", re.sub(r"<code>.*?</code>", "", source))


def test_when_drawn_every_picture_has_words() -> None:
    tags = Balanced(panel.html(SPEC, DIAGNOSES["numbers"])).tags
    for attributes in [attributes for tag, attributes in tags if tag == "svg"]:
        assert attributes.get("aria-hidden") == "true" or attributes.get("aria-label")
    assert "title" in {tag for tag, _ in tags}


def test_when_passed_it_is_one_line_with_points_and_time() -> None:
    source = panel.html(SPEC, DIAGNOSES["passed"])
    assert "Passed" in source and "8 of 8 points · 12 ms" in source
    assert "<p>" not in source and "<details" not in source


def test_when_a_mistake_is_recognised_it_is_open_and_the_numbers_are_folded() -> None:
    source = panel.html(SPEC, DIAGNOSES["hint"])
    assert source.index("Look at the <code>forget</code> gate.") < source.index(
        "<details><summary>Where it shows"
    )
    assert "<details" not in panel.html(SPEC, DIAGNOSES["numbers"])


def test_when_something_was_printed_it_is_folded_and_counted() -> None:
    source = panel.html(SPEC, DIAGNOSES["passed"], captured="one\ntwo <b>\n")
    assert "What your code printed (2 lines)" in source and "two &lt;b&gt;</pre>" in source


def test_when_hidden_neither_numbers_nor_picture_nor_prints_are_shown() -> None:
    source = panel.html(SPEC, DIAGNOSES["numbers"], captured="printed", hidden=True)
    assert 'u-picture"' not in source and "printed" not in source and "largest error" not in source


def test_when_a_picture_is_given_it_stands_for_ours() -> None:
    assert "<svg id=mine>" in panel.html(SPEC, DIAGNOSES["numbers"], picture_svg="<svg id=mine></svg>")
    assert 'class="u-picture"' not in panel.html(SPEC, DIAGNOSES["numbers"], picture_svg="")


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """WCAG 2's contrast ratio of two #rrggbb colours."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [panel.LIGHT, panel.DARK], ids=["light", "dark"])
def test_when_read_every_text_has_wcag_aa_contrast(palette: dict[str, str]) -> None:
    for tone in ("text", "quiet", "good", "bad", "later"):
        assert contrast(palette[tone], palette["surface"]) >= 4.5, tone
    for tone in ("text", "later"):
        assert contrast(palette[tone], palette["tint"]) >= 4.5, tone
    assert contrast(palette["heat"], palette["surface"]) >= 3


SHAPES = [
    (2,),
    (40,),
    (5000,),
    (3, 5),
    (200, 300),
    (1, 1, 7),
    (6, 3, 5),
    (60, 8, 20),
    (500, 64, 128),
    (4, 3, 2, 5),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_when_an_error_is_drawn_it_is_small_and_well_formed(shape: tuple[int, ...]) -> None:
    drawn = picture.error_svg(sequence(shape))
    Balanced(drawn)
    assert 0 < len(drawn) < 10_000
    assert 'role="img" aria-label="Error of h, ' in drawn
    assert len(picture.error_text(sequence(shape))) < 20


@pytest.mark.parametrize("error", [None, np.array(1.0), np.zeros((0, 3)), np.array([1.0])], ids=str)
def test_when_there_is_nothing_to_draw_nothing_is_drawn(error: Array | None) -> None:
    found = Mismatch("h", 0, "value", error=error)
    assert picture.error_svg(found) == ""
    assert picture.error_text(found) == []


def test_when_only_one_step_is_off_only_its_cells_are_marked() -> None:
    wanted = np.zeros((6, 3, 5))
    got = wanted.copy()
    got[4, 1, 2] = 1.0
    drawn = picture.grid(off("h", got, wanted))
    assert drawn is not None
    assert [int(np.count_nonzero(block)) for block in drawn.blocks] == [0, 1, 0]
    assert drawn.blocks[1][2, 4] == 5
    assert (drawn.across, drawn.down, drawn.names[1]) == ("time", "unit", "batch 1")


def test_when_folded_small_the_worst_entry_still_shows() -> None:
    error = np.zeros((500, 64, 128))
    error[317, 50, 77] = 1.0
    drawn = picture.grid(Mismatch("h", 0, "value", error=error))
    assert drawn is not None
    assert max(int(block.max()) for block in drawn.blocks) == 5
    assert "batch 50" in drawn.names


def test_when_entries_are_nan_they_are_crosses_and_words() -> None:
    wanted = np.zeros((3, 5))
    got = wanted.copy()
    got[1, 2] = np.nan
    found = off("c", got, wanted)
    assert "NaN or infinite" in picture.error_svg(found)
    assert "1 ··×··" in picture.error_text(found)


def test_when_told_in_a_terminal_it_is_plain_text() -> None:
    text = terminal.text(SPEC, DIAGNOSES["hostile"], captured=HOSTILE)
    assert text.startswith("✗ Not right yet  check-lstm-step  (0 of 8 points, 20 ms)\n")
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 100


def test_when_unicode_is_not_wanted_only_ascii_comes() -> None:
    for diagnosis in DIAGNOSES.values():
        assert terminal.text(SPEC, diagnosis, unicode=False).isascii()


def test_when_colour_is_asked_for_only_the_first_line_has_it() -> None:
    first, *rest = terminal.text(SPEC, DIAGNOSES["numbers"], colour=True).splitlines()
    assert first.startswith("\x1b[31m✗ Not right yet\x1b[0m")
    assert "\x1b" not in "".join(rest)


def test_when_hidden_the_terminal_shows_neither_picture_nor_prints() -> None:
    text = terminal.text(SPEC, DIAGNOSES["numbers"], captured="printed", hidden=True)
    assert "printed" not in text and "█" not in text


def test_when_imported_no_heavy_library_comes_along() -> None:
    code = (
        "import sys, autograder.student.panel, autograder.student.terminal;"
        "print(sorted({'pandas', 'matplotlib', 'IPython', 'rich', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
