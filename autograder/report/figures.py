"""The report's figures as inline SVG: small, without fonts or scripts, readable in light and dark.

Colours come from the page's style sheet by class name, so that one figure serves both themes and print. Each
figure has a title and a description; looks differ by hatching as well as by colour (see `hatching`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from autograder.report import statistics as st
from autograder.report._text import number, percent, plural
from autograder.report.outcomes import LOOKS, by_look

NONE = Markup("")
LETTER = 7.4  # about the width of a bold letter of a figure, in its units


@dataclass(frozen=True)
class Axis:
    """The horizontal axis of a histogram, from 0 to `upper`."""

    upper: float
    label: str
    bins: int = 10


def figure(key: str, title: str, description: str, width: float, height: float, body: Markup) -> Markup:
    """An SVG of `width` x `height` units with its alternative text; `key` is unique in the page."""
    return Markup(
        '<svg class="figure" viewBox="0 0 {w:g} {h:g}" role="img" aria-labelledby="{k}-t {k}-d">'
        '<title id="{k}-t">{t}</title><desc id="{k}-d">{d}</desc>{body}</svg>'
    ).format(w=width, h=height, k=key, t=title, d=description, body=body)


def rect(x: float, y: float, width: float, height: float, look: str) -> Markup:
    return Markup('<rect class="{}" x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}"/>').format(
        look, x, y, max(width, 0.0), max(height, 0.0)
    )


def line(x1: float, y1: float, x2: float, y2: float, look: str) -> Markup:
    return Markup('<line class="{}" x1="{:.2f}" y1="{:.2f}" x2="{:.2f}" y2="{:.2f}"/>').format(
        look, x1, y1, x2, y2
    )


def text(x: float, y: float, words: str, look: str = "", anchor: str = "middle") -> Markup:
    return Markup('<text class="{}" x="{:.2f}" y="{:.2f}" text-anchor="{}">{}</text>').format(
        look, x, y, anchor, words
    )


def hatching() -> Markup:
    """The patterns that the looks are filled with; once in a page, before any figure."""
    drawn = {
        "wrong": '<path d="M-1 7 L7 -1 M-1 1 L1 -1 M5 7 L7 5"/>',
        "error": '<path d="M0 3 H6"/>',
        "ended": '<path d="M0 0 L6 6 M6 0 L0 6"/>',
        "infra": '<circle cx="3" cy="3" r="1.2"/>',
    }
    patterns = "".join(
        f'<pattern id="hatch-{look}" class="hatch-{look}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<rect width="6" height="6"/>{marks}</pattern>'
        for look, marks in drawn.items()
    )
    return Markup(f'<svg class="defs" width="0" height="0" aria-hidden="true"><defs>{patterns}</defs></svg>')


def histogram(key: str, title: str, values: Sequence[float], axis: Axis) -> Markup:
    """How many students lie in each part of the axis, with the median marked; wide and narrow versions.

    The page's style sheet shows one of the two, so that the text stays readable on a phone.
    """
    counts = st.histogram(values, axis.upper, axis.bins)
    middle = st.spread(values)
    if middle is None:
        return NONE
    description = _histogram_words(counts, middle, axis)
    wide = _bars(counts, middle, axis, 960.0, 250.0)
    narrow = _bars(counts, middle, axis, 360.0, 220.0)
    return Markup('<div class="wide">{}</div><div class="narrow">{}</div>').format(
        figure(f"{key}-w", title, description, 960.0, 250.0, wide),
        figure(f"{key}-n", title, description, 360.0, 220.0, narrow),
    )


def _histogram_words(counts: Sequence[int], middle: st.Spread, axis: Axis) -> str:
    step = axis.upper / axis.bins
    parts = [
        f"{number(i * step)} to {number((i + 1) * step)}: {count}" for i, count in enumerate(counts) if count
    ]
    return (
        f"Histogram of {plural(middle.count, 'student')} by {axis.label}. Median {number(middle.median)}, "
        f"half of them between {number(middle.lower)} and {number(middle.upper)}. "
        f"Students in each part: {', '.join(parts)}."
    )


def _bars(counts: Sequence[int], middle: st.Spread, axis: Axis, width: float, height: float) -> Markup:
    left, right, top, bottom = 10.0, width - 10.0, 46.0, height - 40.0
    slot = (right - left) / axis.bins
    tall = [(bottom - top) * count / max(counts) for count in counts]
    columns = [rect(left + i * slot + 2, bottom - t, slot - 4, t, "bar") for i, t in enumerate(tall)]
    numbers = [
        text(left + (i + 0.5) * slot, bottom - tall[i] - 5, f"{count:,}", "count")
        for i, count in enumerate(counts)
        if count
    ]
    words = text((left + right) / 2, height - 5, axis.label, "label")
    ground = line(left, bottom, right, bottom, "axis")
    ticks = _ticks(axis, left, right, bottom + 16)
    return Markup("").join(
        (*columns, ground, _median(middle, axis, left, right, bottom), *numbers, ticks, words)
    )


def _ticks(axis: Axis, left: float, right: float, y: float) -> Markup:
    """The numbers under the axis: every border between columns where there is room, else every second one."""
    every = 1 if right - left > 50 * axis.bins else 2
    marks = []
    for i in range(0, axis.bins + 1, every):
        anchor = "start" if i == 0 else "end" if i == axis.bins else "middle"
        at = left + (right - left) * i / axis.bins
        marks.append(text(at, y, number(i * axis.upper / axis.bins), "tick", anchor))
    return Markup("").join(marks)


def _median(middle: st.Spread, axis: Axis, left: float, right: float, bottom: float) -> Markup:
    """The median as a dashed line and the middle half of the class as a bar above the columns."""

    def at(value: float) -> float:
        return left + (right - left) * min(max(value / axis.upper, 0.0), 1.0)

    words = f"median {number(middle.median)}, middle half {number(middle.lower)} to {number(middle.upper)}"
    x = at(middle.median)
    half = LETTER * len(words) / 2
    label_x = min(max(x, left + half), right - half)  # over the line, but never past an edge
    return Markup("").join(
        (
            line(at(middle.lower), 21, at(middle.upper), 21, "half"),
            line(x, 24, x, bottom, "under"),
            line(x, 16, x, bottom, "median"),
            text(label_x, 11, words, "median-label"),
        )
    )


def outcome_bar(name: str, verdicts: Mapping[str, int]) -> Markup:
    """One check's verdicts as a stacked bar, hatched by group, of the whole class."""
    groups = by_look(verdicts)
    total = sum(groups.values())
    if not total:
        return NONE
    width, height, x = 240.0, 18.0, 0.0
    marks = []
    for look, count in groups.items():
        share = width * count / total
        marks.append(rect(x, 0, share - (1 if x + share < width - 0.5 else 0), height, f"look-{look}"))
        x += share
    words = ", ".join(f"{LOOKS[look].split(' (')[0]} {count:,}" for look, count in groups.items())
    return Markup(
        '<svg class="stack" viewBox="0 0 240 18" role="img" aria-label="{}"><title>{}</title>{}</svg>'
    ).format(f"{name}: {words}", words, Markup("").join(marks))


def thirds(name: str, rates: Sequence[float]) -> Markup:
    """Pass rates of the lowest, middle and highest third as three columns on a common ground."""
    if not rates:
        return NONE
    height, slot = 26.0, 18.0
    marks = [line(0, height - 0.5, 3 * slot, height - 0.5, "axis")]
    for i, rate in enumerate(rates):
        tall = (height - 1) * rate
        marks.append(rect(i * slot + 2, 0, slot - 4, height - 1, "ghost"))
        marks.append(rect(i * slot + 2, height - 1 - tall, slot - 4, tall, "bar"))
    words = ", ".join(
        f"{which} third {percent(rate)}"
        for which, rate in zip(("lowest", "middle", "highest"), rates, strict=True)
    )
    return Markup(
        '<svg class="thirds" viewBox="0 0 54 26" role="img" aria-label="{}"><title>{}</title>{}</svg>'
    ).format(f"{name}, passed in the {words}", words, Markup("").join(marks))


def lollipop(name: str, value: float) -> Markup:
    """A correlation in [-1, 1] as a dot on a line with the zero marked; a triangle where it is negative."""
    at = 60.0 + 54.0 * value
    dot = (
        Markup('<circle class="dot" cx="{:.1f}" cy="9" r="5"/>').format(at)
        if value >= 0
        else Markup('<path class="dot below" d="M{:.1f} 3 l6 11 h-12 z"/>').format(at)
    )
    body = line(6, 9, 114, 9, "rail") + line(60, 2, 60, 16, "axis") + line(60, 9, at, 9, "stem") + dot
    return Markup('<svg class="lollipop" viewBox="0 0 120 18" role="img" aria-label="{}">{}</svg>').format(
        f"{name}, discrimination {value:+.2f} on a scale from -1 to 1", body
    )


def share_bar(words: str, share: float) -> Markup:
    """A share in [0, 1] as a bar on its full length."""
    return Markup(
        '<svg class="share" viewBox="0 0 200 10" preserveAspectRatio="none" role="img" aria-label="{}">'
        "{}</svg>"
    ).format(words, rect(0, 0, 200, 10, "ghost") + rect(0, 0, 200 * share, 10, "bar"))
