"""One submission's process as the trusted side sees it: run a cell, call a check, end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from autograder.model import Failure, Reply, Verdict


@dataclass(frozen=True)
class CellResult:
    """What a cell gave: nbformat outputs (streams, text/plain and image/png only) and a failure, if any."""

    outputs: tuple[dict[str, Any], ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True)
class Usage:
    """What a runner used from fork to exit: CPU and wall seconds, peak private memory in MB."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_mb: float = 0.0


class RunnerEnded(Exception):
    """The runner is gone or no longer to be believed. `verdict` says why, `text` says it to the student."""

    def __init__(self, verdict: Verdict, text: str) -> None:
        super().__init__(text)
        self.verdict = verdict
        self.text = text


class Session(Protocol):
    """A process of one submission. Every call raises `RunnerEnded` once the process has ended or misbehaved.

    A cell or check that outlives its time is interrupted first (SIGINT); when that ends it, the call
    raises `RunnerEnded(TIMEOUT)` all the same and the session is over.
    """

    def run_cell(self, cell_id: str, source: str) -> CellResult:
        """Run a cell of the student's. `cell_id` names it in failures."""

    def register_check(self, cell_id: str, source: str) -> CellResult:
        """Run a check's locked cell with `lab` bound afresh; it registers its function and does no more."""

    def call_check(self, name: str, inputs: Mapping[str, Any]) -> Reply:
        """Call the registered check once. `inputs` is a tree (`autograder.trees.pack`)."""

    def kill(self) -> None:
        """End the process at once; `close` waits until it is gone. Never raises."""

    def close(self) -> Usage:
        """End the process, its descendants and its scratch folder. Never raises."""
