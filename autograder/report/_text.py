"""Text from students and file systems, made harmless for a page, a terminal or a spreadsheet."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from markupsafe import Markup, escape

CODE = re.compile(r"`([^`]+)`")
STRESS = re.compile(r"(?<!\w)\*(?=\S)([^*]*?\S)\*(?!\w)")
# Cc: control characters (escape sequences); Cf: direction overrides and the like; Cs: lone surrogates,
# which stand for bytes of a file name that are no UTF-8 and cannot be written to a UTF-8 file.
HIDDEN = {"Cc", "Cf", "Cs"}
JOINERS = {"\u200c", "\u200d"}  # names in Persian or Hindi need them


def plain(text: str) -> str:
    """One line without control characters; what cannot be shown becomes U+FFFD, line ends a space."""
    if text.isascii() and text.isprintable():
        return text
    joined = " ".join(text.split())
    return "".join(
        "\ufffd" if unicodedata.category(char) in HIDDEN and char not in JOINERS else char for char in joined
    )


def lines(text: str) -> list[str]:
    """The non-empty lines of a text, each made plain."""
    return [plain(line) for line in text.splitlines() if line.strip()]


def prose(text: str) -> Markup:
    """A hint or sentence as HTML: all of it escaped; `code` and *stressed* words are set as such."""
    parts = CODE.split(str(escape(plain(text))))  # every second part stood between backticks
    shown = (
        f"<code>{part}</code>" if i % 2 else STRESS.sub(r"<em>\1</em>", part) for i, part in enumerate(parts)
    )
    return Markup("".join(shown))


def cell(text: str) -> str:
    """A text for a CSV file; what a spreadsheet would run as a formula gets an apostrophe in front."""
    shown = plain(text)
    return f"'{shown}" if shown[:1] in {"=", "+", "-", "@"} else shown


def link(path: str) -> str:
    """A relative path as a URL that can lead nowhere else: no scheme, no host."""
    return "./" + quote(path.replace("\\", "/"), safe="/", errors="surrogateescape")


def number(value: float) -> str:
    """Points and the like: one decimal at most, none for whole numbers."""
    return f"{value:.1f}".removesuffix(".0") if value else "0"


def percent(share: float) -> str:
    """A share in [0, 1] as whole percent, with a no-break space; never 0 or 100 for what is neither."""
    rounded = round(100 * share)
    if share > 0 and rounded == 0:
        return "<1\u00a0%"
    if share < 1 and rounded == 100:
        return ">99\u00a0%"
    return f"{rounded}\u00a0%"


def short(check_id: str) -> str:
    """A check's id without the word that all of them begin with."""
    return plain(re.sub(r"^check[-_]", "", check_id))


def title(misconception_id: str) -> str:
    """A misconception's id as words: `forget-gate-tanh` gives `forget gate tanh`; a leading `dc` stays dc."""
    return plain(misconception_id).replace("-", " ").replace("_", " ")


def plural(count: int, noun: str, many: str = "") -> str:
    """`1 student`, `2 students`."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"
