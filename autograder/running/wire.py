"""The wire between the trusted side and a runner: frames, and a parser that believes nothing.

A frame is `u32 rest | u32 header | header (JSON) | arrays (safetensors)`, little-endian, where `rest` counts
everything after itself. A reply carries the number of the request that it answers. Whatever is off in any way
raises `ProtocolError`; nothing here unpickles, evaluates, or allocates what a length merely claims.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from autograder.model import Array, Failure
from autograder.trees import Unsupported

MAX_FRAME = 64 << 20
MAX_HEADER = 1 << 20
MAX_LEAVES = 1000
MAX_NAME = 200
MAX_TEXT = 64 << 10
MAX_DISPLAYS = 200
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"

_LENGTH = struct.Struct("<I")
_PLAIN = frozenset("f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1".split())

Leaf = Array | str | Unsupported


class ProtocolError(Exception):
    """What came over the wire is not a frame, or not the reply that was due."""


class TooLarge(ValueError):
    """An answer that the wire does not carry. Its name is what the message to the student is chosen by."""


@dataclass(frozen=True)
class Frame:
    """A message: a JSON header, and arrays by name."""

    header: dict[str, Any]
    arrays: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Display:
    """A displayed object: `at` is how much of stdout and stderr had been written before it."""

    at: tuple[int, int]
    text: str
    png: bytes | None = None
    result: int | None = None


@dataclass(frozen=True)
class Answer:
    """A parsed reply of the runner, to any kind of request."""

    failure: Failure | None
    leaves: Mapping[str, Leaf] | None
    changed: tuple[str, ...]
    displays: tuple[Display, ...]


def encode(frame: Frame) -> bytes:
    """A frame as bytes.

    Raises:
        ProtocolError: it is larger than the other side would accept.
    """
    header = _as_json(frame.header)
    body = save(dict(frame.arrays)) if frame.arrays else b""
    rest = _LENGTH.size + len(header) + len(body)
    if len(header) > MAX_HEADER or rest > MAX_FRAME:
        raise ProtocolError(f"a frame of {rest} bytes is more than the wire carries")
    return b"".join((_LENGTH.pack(rest), _LENGTH.pack(len(header)), header, body))


def _as_json(value: Any) -> bytes:
    """JSON in UTF-8; half a character, which a student's text may hold, becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def header_bytes(text: str) -> int:
    """How much of a header a text takes."""
    return len(_as_json(text))


def decode(payload: bytes) -> Frame:
    """The inverse of `encode`, from the bytes after the first length.

    Raises:
        ProtocolError: anything is off.
    """
    if not _LENGTH.size <= len(payload) <= MAX_FRAME:
        raise ProtocolError(f"a frame of {len(payload)} bytes")
    (size,) = _LENGTH.unpack_from(payload)
    if size > MAX_HEADER or size > len(payload) - _LENGTH.size:
        raise ProtocolError(f"a header of {size} bytes")
    end = _LENGTH.size + size
    return Frame(_parse_header(payload[_LENGTH.size : end]), _parse_arrays(payload[end:]))


def _parse_header(data: bytes) -> dict[str, Any]:
    try:
        header = json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
        json.dumps(header, ensure_ascii=False).encode(
            "utf-8"
        )  # lone surrogates would break every later writer
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a header that is not plain JSON: {type(error).__name__}") from None
    if not isinstance(header, dict):
        raise ProtocolError("a header that is not an object")
    return header


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object without repeated keys: of two readings none is taken."""
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise ValueError("a repeated key")
    return mapping


def _parse_arrays(data: bytes) -> dict[str, Array]:
    if not data:
        return {}
    if len(data) < 8 or struct.unpack_from("<Q", data)[0] > MAX_HEADER:
        raise ProtocolError("arrays with an oversized header")
    try:
        arrays = load(data)
    except BaseException as error:  # safetensors raises a type of its own, NumPy several
        if isinstance(error, KeyboardInterrupt):
            raise
        raise ProtocolError(f"arrays that do not parse: {type(error).__name__}") from None
    for array in arrays.values():
        if array.dtype.str[1:] not in _PLAIN:
            raise ProtocolError(f"an array of {array.dtype}")
    return dict(arrays)


class Inbox:
    """Collects received bytes into frames; memory grows with what came, never with what was announced."""

    def __init__(self) -> None:
        self._data = bytearray()

    def __len__(self) -> int:
        return len(self._data)

    def feed(self, data: bytes) -> None:
        """Add received bytes."""
        self._data += data

    def take(self) -> Frame | None:
        """The next whole frame, or None as long as there is none.

        Raises:
            ProtocolError: what has come so far can never become a frame.
        """
        if len(self._data) < _LENGTH.size:
            return None
        (rest,) = _LENGTH.unpack_from(self._data)
        if not _LENGTH.size <= rest <= MAX_FRAME:
            raise ProtocolError(f"a frame of {rest} bytes")
        end = _LENGTH.size + rest
        if len(self._data) < end:
            return None
        payload = bytes(memoryview(self._data)[_LENGTH.size : end])
        del self._data[:end]
        return decode(payload)


def encode_leaves(leaves: Mapping[str, Leaf]) -> tuple[list[list[Any]], dict[str, Array]]:
    """An answer's leaves for the wire: entries of the header, and the arrays that they point to.

    Raises:
        TooLarge: there are more or longer ones than the wire takes.
    """
    if len(leaves) > MAX_LEAVES:
        raise TooLarge(f"an answer of {len(leaves)} parts; at most {MAX_LEAVES} are taken")
    entries: list[list[Any]] = []
    arrays: dict[str, Array] = {}
    for name, leaf in leaves.items():
        if len(name) > MAX_NAME:
            raise TooLarge(f"the name of an answer's part is {len(name)} characters long")
        kind, value = _encode_leaf(leaf, str(len(arrays)), arrays)
        entries.append([name, kind, value])
    numbers = sum(array.nbytes for array in arrays.values())
    if numbers > MAX_FRAME - 2 * MAX_HEADER:
        raise TooLarge(f"arrays of {numbers} bytes; at most {MAX_FRAME - 2 * MAX_HEADER} are taken")
    if sum(header_bytes(name) + header_bytes(value) for name, _, value in entries) > MAX_HEADER // 2:
        raise TooLarge(f"names and strings of more than {MAX_HEADER // 2} bytes")
    return entries, arrays


def _encode_leaf(leaf: Leaf, index: str, arrays: dict[str, Array]) -> tuple[str, str]:
    if isinstance(leaf, Unsupported):
        return "unsupported", leaf.kind[:MAX_NAME]
    if isinstance(leaf, str):
        if len(leaf) > MAX_TEXT:
            raise TooLarge(f"a string of {len(leaf)} characters in the answer")
        return "text", leaf.encode("utf-8", "replace").decode()
    native = np.asarray(leaf, dtype=leaf.dtype.newbyteorder("="))
    if native.dtype.str[1:] not in _PLAIN:
        return "unsupported", f"array of {native.dtype}"
    arrays[index] = np.ascontiguousarray(native).reshape(native.shape)
    return "array", index


def encode_failure(failure: Failure | None) -> dict[str, Any] | None:
    """A failure for the header."""
    if failure is None:
        return None
    return {
        "kind": failure.kind,
        "text": failure.text,
        "cell": failure.cell,
        "line": failure.line,
        "source": failure.source,
        "in_check": failure.in_check,
    }


def parse_answer(frame: Frame, number: int) -> Answer:
    """A reply to request `number`, all of it checked.

    Raises:
        ProtocolError: it answers another request, or any part of it is not what it should be.
    """
    header = frame.header
    if set(header) != {"n", "failure", "leaves", "changed", "displays"}:
        raise ProtocolError("a reply with other keys")
    if type(header["n"]) is not int or header["n"] != number:
        raise ProtocolError("a reply to another request")
    used: set[str] = set()
    answer = Answer(
        failure=_parse_failure(header["failure"]),
        leaves=_parse_leaves(header["leaves"], frame.arrays, used),
        changed=tuple(_text(name, MAX_NAME) for name in _list(header["changed"], MAX_LEAVES)),
        displays=tuple(
            _parse_display(item, frame.arrays, used) for item in _list(header["displays"], MAX_DISPLAYS)
        ),
    )
    if used != set(frame.arrays):
        raise ProtocolError("arrays that nothing points to")
    return answer


def _parse_failure(record: Any) -> Failure | None:
    if record is None:
        return None
    if not isinstance(record, dict) or set(record) != {"kind", "text", "cell", "line", "source", "in_check"}:
        raise ProtocolError("a failure of another form")
    if type(record["in_check"]) is not bool:
        raise ProtocolError("a failure of another form")
    return Failure(
        kind=printable(_text(record["kind"], MAX_NAME)),
        text=printable(_text(record["text"], MAX_TEXT)),
        cell=printable(_text(record["cell"], MAX_NAME)),
        line=_count(record["line"]),
        source=printable(_text(record["source"], MAX_TEXT)),
        in_check=record["in_check"],
    )


def _parse_leaves(entries: Any, arrays: Mapping[str, Array], used: set[str]) -> dict[str, Leaf] | None:
    if entries is None:
        return None
    leaves: dict[str, Leaf] = {}
    for entry in _list(entries, MAX_LEAVES):
        name, kind, value = _list(entry, 3, exactly=True)
        name = _text(name, MAX_NAME)
        if name in leaves:
            raise ProtocolError("a part of the answer given twice")
        leaves[name] = _parse_leaf(kind, _text(value, MAX_TEXT), arrays, used)
    return leaves


def _parse_leaf(kind: Any, value: str, arrays: Mapping[str, Array], used: set[str]) -> Leaf:
    if kind == "array":
        return _array(value, arrays, used)
    if kind == "text":
        return value
    if kind == "unsupported":
        return Unsupported(printable(value[:MAX_NAME]))
    raise ProtocolError("a part of the answer of an unknown kind")


def _parse_display(item: Any, arrays: Mapping[str, Array], used: set[str]) -> Display:
    out, err, text, png, result = _list(item, 5, exactly=True)
    image = None
    if png is not None:
        pixels = _array(_text(png, MAX_NAME), arrays, used)
        image = pixels.tobytes()
        if pixels.dtype != np.uint8 or not image.startswith(PNG_MAGIC):
            raise ProtocolError("an image that is not a PNG")
    return Display(
        at=(_count(out), _count(err)),
        text=_text(text, MAX_TEXT),
        png=image,
        result=None if result is None else _count(result),
    )


def _array(name: str, arrays: Mapping[str, Array], used: set[str]) -> Array:
    if name not in arrays or name in used:
        raise ProtocolError("an array that is not there, or pointed to twice")
    used.add(name)
    return arrays[name]


def _list(value: Any, most: int, exactly: bool = False) -> list[Any]:
    if not isinstance(value, list) or len(value) > most or (exactly and len(value) != most):
        raise ProtocolError("a list of another form")
    return value


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise ProtocolError("a text of another form")
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise ProtocolError("a number of another form")
    return value


def printable(text: str) -> str:
    """The text without control characters other than newline and tab: no escape sequence survives."""
    return "".join(mark for mark in text if mark in "\n\t" or mark.isprintable())
