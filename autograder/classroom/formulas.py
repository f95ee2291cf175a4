"""Formulas as pictures, for pages in which no script may run: SVG images with the TeX as their text."""

from __future__ import annotations

import base64
import html
import io
import re
from functools import lru_cache

_SIZE = 10.5  # points; 1 em of the feedback pages is 14 px
_VERBATIM = re.compile(r"(<pre\b.*?</pre>|<code\b.*?</code>)", re.DOTALL)
_FORMULA = re.compile(r"\$\$(?P<block>[^$]+?)\$\$|\$(?P<inline>[^$\n]+?)\$")
# What TeX users write and Matplotlib's reader does not know.
_SPOKEN = {
    r"\qquad": r"\quad\quad",
    r"\operatorname": r"\mathrm",
    r"\text": r"\mathrm",
    r"\lVert": r"\|",
    r"\rVert": r"\|",
}


def with_formulas(page: str) -> str:
    """HTML with its $formulas$ drawn, those in code left alone. What cannot be drawn stays TeX.

    For text of the lab's own: what a stranger wrote could keep the drawing busy for long.
    """
    parts = _VERBATIM.split(page)
    return "".join(part if _VERBATIM.fullmatch(part) else _FORMULA.sub(_draw, part) for part in parts)


def _draw(found: re.Match[str]) -> str:
    block = found["block"]
    tex = html.unescape(block or found["inline"]).strip()
    image = _image(tex)
    if image is None:
        return found[0]
    return (
        f'<span style="display: block; text-align: center; margin: .6em 0">{image}</span>' if block else image
    )


@lru_cache(maxsize=1024)
def _image(tex: str) -> str | None:
    from matplotlib import rc_context
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser, math_to_image

    spoken = re.sub(r"\s+", " ", tex)
    for latex, known in _SPOKEN.items():
        spoken = re.sub(re.escape(latex) + r"(?![A-Za-z])", known.replace("\\", r"\\"), spoken)
    drawn, font = io.BytesIO(), FontProperties(size=_SIZE)
    try:
        with rc_context({"svg.hashsalt": "unrolled", "mathtext.fontset": "stix"}):
            width, height, depth, *_ = MathTextParser("path").parse(f"${spoken}$", dpi=72, prop=font)
            math_to_image(f"${spoken}$", drawn, prop=font, dpi=72, format="svg")
    except (ValueError, RuntimeError):  # beyond what Matplotlib reads
        return None
    data = base64.b64encode(drawn.getvalue()).decode()
    size = f"height: {height / _SIZE:.2f}em; width: {width / _SIZE:.2f}em"
    look = f"{size}; vertical-align: {-depth / _SIZE:.2f}em"
    return f'<img alt="{html.escape(tex)}" style="{look}" src="data:image/svg+xml;base64,{data}"/>'
