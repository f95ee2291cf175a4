"""The panel under a check's cell: self-contained HTML, for light and dark pages and for screen readers.

No script, no heading element (a notebook's table of contents would list it), nothing told by colour alone.
Where a page strips the style, as JupyterLab does in notebooks that it does not trust, the sentences still
stand in order.
"""

from __future__ import annotations

import html as _html
import re
from collections.abc import Mapping, Sequence

from autograder.model import CheckSpec, Diagnosis, Mismatch, Verdict
from autograder.student import messages
from autograder.student.messages import Clue, Parts, View
from autograder.student.picture import error_svg

CAPTURED = 20_000  # characters of the student's own output that a panel shows

# Fallbacks where the page has no JupyterLab theme. Each tone is read on `surface` and, in a hint, on `tint`.
LIGHT = {
    "text": "#1f2328", "quiet": "#57606a", "surface": "#ffffff", "tint": "#fff6e0", "line": "#d0d7de",
    "good": "#136f3a", "bad": "#b3261e", "later": "#7a4d00", "heat": "#b4460f",
}  # fmt: skip
DARK = {
    "text": "#e6e8eb", "quiet": "#a8b0b9", "surface": "#16181d", "tint": "#33290f", "line": "#454b54",
    "good": "#5fd48f", "bad": "#ff8f85", "later": "#f0b74a", "heat": "#ff9d5c",
}  # fmt: skip

_TONES = {Verdict.PASSED: "good", Verdict.MISSING: "later", Verdict.NOT_RUN: "later", Verdict.INFRA: "later"}
_ICONS = {
    "good": "M4 8.5l2.7 2.7L12 5.5",  # a tick
    "bad": "M5 5l6 6m0-6l-6 6",  # a cross
    "later": "M4.5 8h.01M8 8h.01M11.5 8h.01",  # three dots
}


def html(
    spec: CheckSpec,
    diagnosis: Diagnosis,
    captured: str = "",
    picture_svg: str | None = None,
    *,
    needs: Mapping[str, str] | None = None,
    labels: Sequence[str] = (),
    hidden: bool = False,
    sources: Mapping[str, str] | None = None,
) -> str:
    """The panel of one check.

    `captured` is what the student's code printed. Without `picture_svg` the first mismatch that has an error
    array is drawn; "" leaves the picture out. The keywords are those of `messages.summary`.
    """
    view = View(needs or {}, labels, hidden, sources or {})
    told = messages.parts(spec, diagnosis, view)
    tone = _TONES.get(diagnosis.verdict, "bad")
    label = _html.escape(f"Check {spec.id}: {messages.title(diagnosis)}, {messages.points(spec, diagnosis)}")
    body = _passed(told) if diagnosis.passed else _failed(spec, diagnosis, told, view, picture_svg)
    return (
        f'<div class="unrolled-check unrolled-{tone}" role="group" aria-label="{label}">{STYLE}'
        f"{_head(spec, diagnosis, tone)}{body}{_captured('' if hidden else captured)}</div>"
    )


def _head(spec: CheckSpec, diagnosis: Diagnosis, tone: str) -> str:
    """Icon, verdict in words, points, time; the sentence of the check below or beside it."""
    time = f" · {messages.seconds(diagnosis.seconds)}" if diagnosis.seconds > 0 else ""
    passed = f'<span class="u-sentence">{marked(spec.sentence)}</span> ' if diagnosis.passed else ""
    return (
        '<div class="u-head">'
        '<svg class="u-icon" viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">'
        f'<circle cx="8" cy="8" r="7.5"/><path d="{_ICONS[tone]}"/></svg> '
        f'<strong class="u-verdict">{messages.title(diagnosis)}</strong> {passed}'
        f'<span class="u-facts">{messages.points(spec, diagnosis)}{time}</span></div>'
    )


def _passed(told: Parts) -> str:
    """Nothing more than the line above, but for what is worth saying all the same (a changed input)."""
    return _paragraphs(told.happened[1:])


def _failed(spec: CheckSpec, diagnosis: Diagnosis, told: Parts, view: View, picture_svg: str | None) -> str:
    sentence = f'<p class="u-sentence">{marked(spec.sentence)}</p>'
    clues = "".join(_clue(clue) for clue in told.clues)
    details = _paragraphs(told.details) + _picture(diagnosis, view, picture_svg)
    if details and told.clues:  # the clue comes first; where it shows is there for who wants to see it
        details = f"<details><summary>Where it shows</summary>{details}</details>"
    return sentence + _paragraphs(told.happened) + clues + details


def _clue(clue: Clue) -> str:
    if len(clue.texts) == 1:
        text = f"<p>{marked(clue.texts[0])}</p>"
    else:
        text = f"<ul>{''.join(f'<li>{marked(text)}</li>' for text in clue.texts)}</ul>"
    others = f"<p>{marked(clue.others)}</p>" if clue.others else ""
    return f'<div class="u-clue"><p><strong>{marked(clue.label)}</strong></p>{text}{others}</div>'


def _picture(diagnosis: Diagnosis, view: View, picture_svg: str | None) -> str:
    if view.hidden or picture_svg == "":
        return ""
    drawn = _drawable(diagnosis)
    if picture_svg is None:
        picture_svg = error_svg(drawn) if drawn is not None else ""
    if not picture_svg:
        return ""
    case = (
        f", case {drawn.case + 1} of {diagnosis.cases}" if drawn is not None and diagnosis.cases > 1 else ""
    )
    what = f"<code>{_html.escape(drawn.output)}</code>{case}" if drawn is not None else "the answer"
    caption = f'<p class="u-facts">Error of {what}: the larger a mark, the larger the error</p>'
    return f'<div class="u-picture">{caption}{picture_svg}</div>'


def _drawable(diagnosis: Diagnosis) -> Mismatch | None:
    for mismatch in diagnosis.mismatches:
        if mismatch.error is not None and mismatch.error.size > 1:
            return mismatch
    return None


def _captured(captured: str) -> str:
    if not captured.strip():
        return ""
    text = messages.plain(captured, CAPTURED, lines=True).rstrip("\n")
    lines = text.count("\n") + 1
    count = "1 line" if lines == 1 else f"{lines} lines"
    return (
        f"<details><summary>What your code printed ({count})</summary>"
        f'<pre tabindex="0">{_html.escape(text)}</pre></details>'
    )


def _paragraphs(sentences: Sequence[str]) -> str:
    return "".join(f"<p>{marked(sentence)}</p>" for sentence in sentences)


def marked(sentence: str) -> str:
    """A sentence as HTML: escaped, and what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _html.escape(sentence))


# --- style -----------------------------------------------------------------------------------------------

_THEMED = {
    "text": "--jp-content-font-color1",
    "quiet": "--jp-content-font-color2",
    "surface": "--jp-layout-color0",
    "line": "--jp-border-color1",
}


def _colours(palette: Mapping[str, str]) -> str:
    return "".join(f"--u-{name}:{value};" for name, value in palette.items())


# Repeated classes outweigh the notebook's own rules for p, code and pre.
_RULES = """
.unrolled-check{font:14px/1.5 var(--jp-content-font-family,system-ui,sans-serif);color:var(--u-text);
background:var(--u-surface);border:1px solid var(--u-line);border-left:4px solid var(--u-tone);
border-radius:4px;padding:8px 14px;margin:4px 0;max-width:46em;box-sizing:border-box;
overflow-wrap:anywhere;--unrolled-heat:var(--u-heat)}
.unrolled-good{--u-tone:var(--u-good)}
.unrolled-bad{--u-tone:var(--u-bad)}
.unrolled-later{--u-tone:var(--u-later)}
.unrolled-check.unrolled-check p{margin:6px 0;font-size:inherit;line-height:inherit}
.unrolled-check.unrolled-check .u-head{display:flex;flex-wrap:wrap;align-items:center;gap:2px 8px}
.unrolled-check .u-icon{flex:none;fill:none;stroke:var(--u-tone);stroke-width:1.8;stroke-linecap:round}
.unrolled-check .u-icon circle{stroke-width:1}
.unrolled-check .u-verdict{color:var(--u-tone)}
.unrolled-check.unrolled-check .u-facts{color:var(--u-quiet);font-size:12.5px}
.unrolled-check .u-head .u-facts{margin-left:auto}
.unrolled-check p.u-sentence{font-weight:600}
.unrolled-check .u-clue{background:var(--u-tint);border-left:3px solid var(--u-later);
border-radius:3px;padding:4px 12px;margin:8px 0}
.unrolled-check .u-clue strong{color:var(--u-later)}
.unrolled-check.unrolled-check ul{margin:4px 0;padding-left:1.4em}
.unrolled-check.unrolled-check.unrolled-check code{color:inherit;background:none;padding:0;
white-space:pre-wrap;font:.92em var(--jp-code-font-family,ui-monospace,monospace)}
.unrolled-check details{margin:8px 0 4px}
.unrolled-check summary{cursor:pointer;color:var(--u-quiet)}
.unrolled-check :focus-visible{outline:2px solid var(--u-text);outline-offset:2px}
.unrolled-check .u-picture{margin:8px 0 2px;max-width:100%}
.unrolled-check.unrolled-check pre{font:12.5px/1.45 var(--jp-code-font-family,ui-monospace,monospace);
color:inherit;background:none;border:1px solid var(--u-line);border-radius:3px;margin:6px 0;
padding:6px 8px;max-height:16em;overflow:auto;white-space:pre-wrap}
"""


def _style() -> str:
    """Light unless the page is dark: by its own mark, else by the system's wish."""
    light, dark = _colours(LIGHT), _colours(DARK)
    themed = "".join(f"--u-{name}:var({variable},{{{name}}});" for name, variable in _THEMED.items())
    rules = [
        f".unrolled-check{{{light}}}",
        f"@media (prefers-color-scheme:dark){{.unrolled-check{{{dark}}}}}",
        _on_pages_of("light", light),
        _on_pages_of("dark", dark),
        f"[data-jp-theme-light=true] .unrolled-check{{{themed.format(**LIGHT)}}}",
        f"[data-jp-theme-light=false] .unrolled-check{{{themed.format(**DARK)}}}",
    ]
    return f"<style>{''.join(rules)}{_RULES.replace(chr(10), '')}</style>"


def _on_pages_of(theme: str, colours: str) -> str:
    """How JupyterLab, VS Code and Colab mark a page that is light or dark, whatever the system wishes."""
    jupyter = "true" if theme == "light" else "false"
    marks = f"[data-jp-theme-light={jupyter}]", f".vscode-{theme}", f"[theme={theme}]"
    return ",".join(f"{mark} .unrolled-check" for mark in marks) + f"{{{colours}}}"


STYLE = _style()
