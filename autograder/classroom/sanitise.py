"""What a student wrote must not become active content in a page that somebody opens.

Two places: notebooks on their way into autograded/, which formgrader renders with raw HTML allowed and in the
instructor's own Jupyter session; and HTML on its way into feedback pages.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import bleach
import nbformat
from bleach.css_sanitizer import CSSSanitizer
from nbformat import NotebookNode

from autograder import notebooks
from autograder.grading.rebuild import ADDED

_PICTURES = ("image/png", "image/jpeg")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")

# Markdown may hide the letters of a scheme behind spaces, control characters and backslashes.
_SCRIPT_LINK = re.compile(
    "|".join(r"[\s\\\x00-\x20]*".join(word) for word in ("javascript", "vbscript"))
    + r"(?=[\s\\\x00-\x20]*:)",
    re.IGNORECASE,
)
# All but tab, line ends, backspace and the escape sequences of colours: a terminal obeys the others.
_CONTROL = re.compile(r"\x1b(?!\[[0-9;]*m)|[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
# Entities are resolved twice on the way into a link, so &amp;#106; is one too.
_ENTITY = re.compile(r"&(?=(?:amp;)*(?:#|(?!(?:lt|gt|amp|quot);)[A-Za-z][A-Za-z0-9]*;))")
# An address ends where another begins, or a cell full of beginnings would be read again from each to the end.
_AUTOLINK = re.compile(r"&lt;(?=https?://(?:(?!&lt;)[^\s<>])*>)")
_MACRO = re.compile(r"\\(href|url|class|style|cssId|require|unicode)\b", re.IGNORECASE)


def read_notebook(text: str) -> NotebookNode:
    """A notebook that was checked when it was written: parsed, and not validated once more, which is slow."""
    notebook: NotebookNode = nbformat.v4.reads(text)
    return notebook


def write_notebook(notebook: NotebookNode) -> str:
    """A notebook as text: on one line, since laying it out takes most of the time that an export has."""
    return json.dumps(notebook, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def clean_markdown(source: str) -> str:
    """A student's markdown with raw HTML, entities, script links and active TeX shown as text. Idempotent."""
    text = _TAG.sub("&lt;", source)
    text = _AUTOLINK.sub("<", text)
    text = _ENTITY.sub("& ", text)
    text = _SCRIPT_LINK.sub("script-link ", text)
    return _MACRO.sub(r"\\text{\1}", text)


def clean_outputs(outputs: list[Any]) -> list[NotebookNode]:
    """Outputs as streams, errors, text/plain and images that are what they say; nothing else survives."""
    return [cleaned for output in outputs if (cleaned := _clean_output(output)) is not None]


def _clean_output(output: Mapping[str, Any]) -> NotebookNode | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return NotebookNode(output_type="stream", name=name, text=_text(output.get("text")))
    if kind == "error":
        lines = output.get("traceback") or []
        return NotebookNode(
            output_type="error",
            ename=_text(output.get("ename")),
            evalue=_text(output.get("evalue")),
            traceback=[_text(line) for line in lines] if isinstance(lines, list) else [],
        )
    if kind not in ("display_data", "execute_result"):
        return None
    given = {key: _text(value) for key, value in dict(output.get("data") or {}).items()}
    data = {key: text for key, text in given.items() if _is_plain(key, text)}
    if not data:
        return None
    cleaned = NotebookNode(output_type=kind, data=NotebookNode(data), metadata=NotebookNode())
    if kind == "execute_result":
        count = output.get("execution_count")
        cleaned["execution_count"] = count if isinstance(count, int) else None
    return cleaned


def _is_plain(key: str, text: str) -> bool:
    return key == "text/plain" or (key in _PICTURES and _BASE64.fullmatch(text) is not None)


def _text(value: Any) -> str:
    text = "".join(map(str, value)) if isinstance(value, list) else str(value if value is not None else "")
    return _CONTROL.sub("", text)


def clean_notebook(notebook: NotebookNode) -> NotebookNode:
    """A graded notebook, made fit to be opened in formgrader. Changes and returns its argument.

    The lab's own text stays as it is (it may hold HTML); what the student changed or added is cleaned.
    """
    from nbgrader.utils import compute_checksum

    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell["outputs"] = clean_outputs(cell.get("outputs", []))
            continue
        kept = notebooks.nbgrader_of(cell)
        untouched = "checksum" in kept and kept.get("grade_id") and kept["checksum"] == compute_checksum(cell)
        if not (is_the_labs(cell) or untouched):
            cell["source"] = clean_markdown(cell.source)
            cell.pop("attachments", None)
    return notebook


def is_the_labs(cell: NotebookNode) -> bool:
    """Whether a cell of a rebuilt notebook is the lab's own, which no student can have written."""
    return not notebooks.nbgrader_of(cell).get("solution") and not str(cell.get("id", "")).startswith(ADDED)


def harmless(notebook: NotebookNode) -> NotebookNode:
    """A notebook of which nothing but plain facts reaches a template. Changes and returns its argument."""
    notebook["metadata"] = NotebookNode(language_info=NotebookNode(name="python", pygments_lexer="ipython3"))
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
        kept = notebooks.nbgrader_of(cell)
        cell["metadata"] = NotebookNode()
        if _NAME.fullmatch(str(kept.get("grade_id", ""))):
            cell.metadata["nbgrader"] = NotebookNode(kept)
        if cell.cell_type == "code":
            count = cell.get("execution_count")
            cell["execution_count"] = count if isinstance(count, int) else None
            cell["outputs"] = [_described(output) for output in clean_outputs(cell.get("outputs", []))]
        elif cell.cell_type == "raw":
            cell["source"] = html.escape(cell.source)
    return notebook


def _described(output: NotebookNode) -> NotebookNode:
    """An output whose pictures have a text, for those who cannot see them."""
    for kind in _PICTURES:
        if kind in output.get("data", {}):
            output.metadata[kind] = NotebookNode(alt="a picture that this cell drew")
    return output


_WORDS = """
    a abbr b blockquote br code dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img kbd
    li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var
"""
_TAGS = frozenset(_WORDS.split())
_STYLES = CSSSanitizer(allowed_css_properties=["text-align"], allowed_svg_properties=[])
_LINKS = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)
_PICTURE_DATA = re.compile(r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")
_PLAIN_ATTRIBUTES = {
    "img": {"alt", "title", "width", "height"},
    "td": {"style", "colspan", "rowspan", "align"},
    "th": {"style", "colspan", "rowspan", "align"},
    "ol": {"start"},
    "details": {"open"},
    "abbr": {"title"},
}


def _allowed(tag: str, name: str, value: str) -> bool:
    if tag == "a" and name == "href":
        return _LINKS.match(value.strip()) is not None
    if tag == "img" and name == "src":
        return _PICTURE_DATA.fullmatch(value) is not None
    if name == "class":  # pygments' and nbconvert's own
        return tag in ("span", "div", "pre", "code", "a") and "navbar" not in value
    return name in _PLAIN_ATTRIBUTES.get(tag, ()) or (
        name == "id" and tag in ("h1", "h2", "h3", "h4", "h5", "h6")
    )


_CLEANER = bleach.Cleaner(
    tags=_TAGS,
    attributes=_allowed,
    protocols=frozenset({"http", "https", "mailto", "data"}),
    css_sanitizer=_STYLES,
)


@lru_cache(maxsize=512)
def clean_html(text: str) -> str:
    """HTML with an allow-list of tags, attributes and links; pictures only as data. Remembers its answers."""
    cleaned: str = _CLEANER.clean(text)
    return cleaned
