"""The inputs of a check's cases: fixed sizes, values from a seed that says for whom they are drawn."""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.authoring import Case, Probe
from autograder.errors import SourceError
from autograder.model import Array
from autograder.trees import pack
from autograder.truth.reference import Truth


@dataclass(frozen=True)
class Drawn:
    """One drawn case: its number within the check, and the check's arguments by name."""

    number: int
    case: Case
    inputs: Mapping[str, Any]

    @functools.cached_property
    def packed(self) -> tuple[Any, dict[str, Array]]:
        """The inputs packed once, for those who ask many references the same."""
        return pack(dict(self.inputs))


def seed_of(secret: bytes, *parts: str) -> int:
    """A seed that only a holder of the secret can compute: HMAC-SHA256 of the parts."""
    message = "\x00".join(parts).encode()
    return int.from_bytes(hmac.new(secret, message, hashlib.sha256).digest()[:16], "big")


def visible(truth: Truth, check: str) -> Iterator[Drawn]:
    """The cases that ship with the lab; everyone gets the same."""
    probe = truth.probes[check]
    yield from _draw(truth, probe, probe.visible, b"visible", "")


def hidden(truth: Truth, check: str, secret: bytes, student: str) -> Iterator[Drawn]:
    """The cases of a student, drawn at grading and never shown."""
    probe = truth.probes[check]
    yield from _draw(truth, probe, probe.hidden, secret, student)


def _draw(
    truth: Truth, probe: Probe, cases: tuple[Case, ...], secret: bytes, student: str
) -> Iterator[Drawn]:
    for number, case in enumerate(cases):
        seed = seed_of(secret, truth.spec.name, probe.check, str(number), student)
        rng = np.random.default_rng(seed)
        try:
            inputs = probe.draw(rng, case, truth.reference)
        except Exception as error:
            where = f"{truth.spec.name}: probes.py {probe.check}, case {number}"
            raise SourceError(f"{where}: {type(error).__name__}: {error}") from error
        yield Drawn(number, case, inputs)
