"""The wire believes nothing: what arrives is exactly what was sent, all else is a ProtocolError."""

from __future__ import annotations

import contextlib
import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import save

from autograder.model import Failure
from autograder.running import wire
from autograder.running.wire import Frame, Inbox, ProtocolError, decode, encode, parse_answer
from autograder.trees import Unsupported

REPLY: dict[str, Any] = {"n": 7, "failure": None, "leaves": None, "changed": [], "displays": []}
PNG = wire.PNG_MAGIC + b"rest"

_dtypes = st.sampled_from([np.float64, np.float32, np.float16, np.int64, np.int8, np.uint16, np.bool_])
_arrays = _dtypes.flatmap(lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=0, max_dims=4, max_side=4)))


def payload(header: bytes, arrays: bytes = b"") -> bytes:
    return struct.pack("<I", len(header)) + header + arrays


def reply(**changes: Any) -> Frame:
    arrays = changes.pop("arrays", {})
    return Frame({**REPLY, **changes}, arrays)


@given(st.dictionaries(st.text(max_size=5), _arrays, max_size=4))
def test_when_leaves_are_sent_the_same_leaves_arrive(leaves: dict[str, Any]) -> None:
    entries, arrays = wire.encode_leaves(leaves)
    frame = decode(encode(reply(leaves=entries, arrays=arrays))[4:])
    got = parse_answer(frame, 7).leaves
    assert got is not None and list(got) == list(leaves)
    for name, array in leaves.items():
        assert got[name].dtype == array.dtype and got[name].shape == array.shape
        assert got[name].tobytes() == array.tobytes()


def test_when_an_answer_holds_text_or_something_else_it_arrives_as_such() -> None:
    entries, arrays = wire.encode_leaves({"t": "mean", "u": Unsupported("generator")})
    assert parse_answer(decode(encode(reply(leaves=entries, arrays=arrays))[4:]), 7).leaves == {
        "t": "mean",
        "u": Unsupported("generator"),
    }


def test_when_an_array_is_big_endian_or_a_view_its_values_arrive() -> None:
    leaf = np.arange(12, dtype=">f8").reshape(3, 4).T[::2]
    entries, arrays = wire.encode_leaves({"a": leaf})
    got = parse_answer(decode(encode(reply(leaves=entries, arrays=arrays))[4:]), 7).leaves
    assert got is not None
    np.testing.assert_array_equal(got["a"], leaf)


def test_when_a_failure_carries_escape_sequences_they_do_not_arrive() -> None:
    failure = wire.encode_failure(Failure("E\x1b[31m", "a\x07b\u202ec\td\n", source="x\x9b"))
    got = parse_answer(reply(failure=failure), 7).failure
    assert got == Failure("E[31m", "abc\td\n", source="x")


@given(st.binary(max_size=200))
def test_when_bytes_are_random_only_a_protocol_error_comes(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        parse_answer(decode(data), 7)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from(sorted(REPLY)), _json)
def test_when_a_part_of_a_reply_is_another_json_value_nothing_but_a_protocol_error_comes(
    key: str, value: Any
) -> None:
    with contextlib.suppress(ProtocolError):
        parse_answer(reply(**{key: value}), 7)


BAD_HEADERS = {
    "not json": b"{",
    "not utf-8": b'{"a": "\xff"}',
    "a list": b"[]",
    "a repeated key": b'{"n": 7, "n": 8}',
    "half a character": b'{"a": "\\ud800"}',
    "very deep": b"[" * 500_000,
    "a number without end": b'{"n": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("header", BAD_HEADERS.values(), ids=BAD_HEADERS.keys())
def test_when_a_header_is_off_it_is_refused(header: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(payload(header))


def tensors(entries: dict[str, Any], body: bytes = b"") -> bytes:
    header = json.dumps(entries).encode()
    return struct.pack("<Q", len(header)) + header + body


BAD_ARRAYS = {
    "cut short": save({"a": np.zeros(4)})[:-1],
    "too long": save({"a": np.zeros(4)}) + b"x",
    "a shape larger than its bytes": tensors(
        {"a": {"dtype": "F64", "shape": [1 << 40], "data_offsets": [0, 8]}}, bytes(8)
    ),
    "a shape that overflows": tensors(
        {"a": {"dtype": "F64", "shape": [1 << 62, 1 << 62], "data_offsets": [0, 8]}}, bytes(8)
    ),
    "a hundred axes": tensors({"a": {"dtype": "F64", "shape": [1] * 100, "data_offsets": [0, 8]}}, bytes(8)),
    "overlapping": tensors(
        {k: {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]} for k in "ab"}, bytes(8)
    ),
    "an unknown type": tensors({"a": {"dtype": "O", "shape": [1], "data_offsets": [0, 8]}}, bytes(8)),
    "a type that we do not compare": tensors(
        {"a": {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}}, bytes(8)
    ),
    "a header of gigabytes": struct.pack("<Q", 1 << 33) + b"{}",
    "a pickle": b"\x80\x04\x95\x1f\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93.",
}


@pytest.mark.parametrize("arrays", BAD_ARRAYS.values(), ids=BAD_ARRAYS.keys())
def test_when_arrays_are_off_they_are_refused(arrays: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(payload(b"{}", arrays))


def failure(**changes: Any) -> dict[str, Any]:
    return {**(wire.encode_failure(Failure("E", "t")) or {}), **changes}


ONE = {"0": np.zeros(1)}
BAD_REPLIES = {
    "another number": reply(n=8),
    "a true number": reply(n=True),
    "a float number": reply(n=7.0),
    "a key more": Frame({**REPLY, "score": 100}),
    "a key less": Frame({key: value for key, value in REPLY.items() if key != "changed"}),
    "a score as leaves": reply(leaves=1.0),
    "a part of an unknown kind": reply(leaves=[["h", "pickle", "x"]]),
    "a part twice": reply(leaves=[["h", "text", "x"], ["h", "text", "y"]]),
    "an array that is not there": reply(leaves=[["h", "array", "0"]]),
    "an array pointed to twice": reply(leaves=[["h", "array", "0"], ["c", "array", "0"]], arrays=ONE),
    "an array that nothing points to": reply(leaves=[], arrays=ONE),
    "too many parts": reply(leaves=[[str(k), "text", ""] for k in range(wire.MAX_LEAVES + 1)]),
    "a long name": reply(leaves=[["h" * 201, "text", ""]]),
    "a failure with a key more": reply(failure=failure(verdict="passed")),
    "a failure in line -1": reply(failure=failure(line=-1)),
    "a failure in line infinity": reply(failure=failure(line=float("inf"))),
    "a failure with a number for its text": reply(failure=failure(text=3)),
    "an image that is none": reply(
        displays=[[0, 0, "", "0", None]], arrays={"0": np.frombuffer(b"<svg onload=x>", np.uint8)}
    ),
    "a display of html": reply(displays=[[0, 0, "", None, None, "<script>"]]),
}


@pytest.mark.parametrize("frame", BAD_REPLIES.values(), ids=BAD_REPLIES.keys())
def test_when_a_reply_is_off_it_is_refused(frame: Frame) -> None:
    with pytest.raises(ProtocolError):
        parse_answer(frame, 7)


def test_when_a_display_holds_a_png_its_bytes_arrive() -> None:
    frame = reply(displays=[[3, 0, "<Figure>", "p", 2]], arrays={"p": np.frombuffer(PNG, np.uint8)})
    (display,) = parse_answer(frame, 7).displays
    assert display == wire.Display((3, 0), "<Figure>", PNG, 2)


def test_when_a_frame_comes_in_pieces_the_inbox_waits_for_the_last() -> None:
    data = encode(Frame({"n": 1}, {"a": np.arange(3)})) + encode(Frame({"n": 2}))
    inbox, headers = Inbox(), []
    for index in range(len(data)):
        inbox.feed(data[index : index + 1])
        while (frame := inbox.take()) is not None:
            headers.append((index, frame.header["n"]))
    assert [number for _, number in headers] == [1, 2]
    assert headers[-1][0] == len(data) - 1 and len(inbox) == 0


@pytest.mark.parametrize("announced", [0, 3, wire.MAX_FRAME + 1, (1 << 32) - 1])
def test_when_an_impossible_length_is_announced_the_inbox_refuses_at_once(announced: int) -> None:
    inbox = Inbox()
    inbox.feed(struct.pack("<I", announced))
    with pytest.raises(ProtocolError):
        inbox.take()


def test_when_an_answer_is_too_large_to_send_it_is_an_ordinary_error() -> None:
    for leaves, told in (
        ({"a": np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 24,), (0,))}, "bytes"),
        ({str(k): "" for k in range(wire.MAX_LEAVES + 1)}, "parts"),
        ({"a": "x" * (wire.MAX_TEXT + 1)}, "characters"),
        ({str(k): "\u4e2d" * wire.MAX_TEXT for k in range(3)}, "names and strings"),
    ):
        with pytest.raises(wire.TooLarge, match=told):
            wire.encode_leaves(leaves)


def test_when_an_answers_texts_are_as_long_as_they_may_be_they_fit_into_a_frame() -> None:
    leaves = {str(k): "\x1b" * (wire.MAX_TEXT // 2) for k in range(2)} | {"z": "\U0001f600" * 1000}
    entries, arrays = wire.encode_leaves(leaves)
    assert parse_answer(decode(encode(reply(leaves=entries, arrays=arrays))[4:]), 7).leaves == leaves


def test_when_half_a_character_is_sent_a_question_mark_arrives() -> None:
    failure = wire.encode_failure(Failure("ValueError", "\ud800 is no text"))
    got = parse_answer(decode(encode(reply(failure=failure))[4:]), 7).failure
    assert got == Failure("ValueError", "? is no text")


@given(st.binary(max_size=64), st.binary(max_size=256))
def test_when_fuzzed_with_any_bytes_only_protocol_errors_come(header: bytes, arrays: bytes) -> None:
    for data in (payload(header, arrays), payload(json.dumps(REPLY).encode(), arrays), header + arrays):
        with contextlib.suppress(ProtocolError):
            parse_answer(decode(data), 7)


_damage = st.tuples(st.integers(0, 1 << 12), st.integers(0, 8), st.binary(max_size=8))


@given(_arrays, st.lists(_damage, min_size=1, max_size=4), st.booleans())
def test_when_fuzzed_with_damaged_replies_only_plain_leaves_or_protocol_errors_come(
    leaf: Any, damages: list[tuple[int, int, bytes]], honest_length: bool
) -> None:
    entries, arrays = wire.encode_leaves({"a": leaf, "t": "mean"})
    data = encode(reply(leaves=entries, arrays=arrays))[4 if honest_length else 0 :]
    for place, gone, inserted in damages:
        place %= len(data) + 1
        data = data[:place] + inserted + data[place + gone :]
    inbox = Inbox()
    inbox.feed(struct.pack("<I", len(data)) + data if honest_length else data)
    with contextlib.suppress(ProtocolError):
        while (frame := inbox.take()) is not None:
            leaves = parse_answer(frame, 7).leaves or {}
            assert all(type(value) in (np.ndarray, str, Unsupported) for value in leaves.values())
            assert not any(value.dtype.hasobject for value in leaves.values() if type(value) is np.ndarray)
