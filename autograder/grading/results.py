"""What grading one submission gave: the contract's JSON, and what the gradebook and the report are made from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

SCHEMA = 1


@dataclass(frozen=True)
class CheckResult:
    """One check of one submission. `message` is for the student: one or a few plain lines."""

    id: str
    points: float
    score: float
    verdict: str
    cases: int
    cases_passed: int
    misconception: str | None
    message: str


@dataclass(frozen=True)
class SubmissionResult:
    """One submission: `verdict` is graded, rejected or infra; `score` is None unless graded.

    `cpu_s` is the runner's own CPU time from fork to exit, `peak_mb` its private memory at most.
    """

    student: str
    score: float | None
    max_score: float
    manual_points: float
    verdict: str
    message: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_mb: float = 0.0
    cached: bool = False
    flags: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    notebook: str = field(default="", repr=False)

    def to_json(self) -> dict[str, Any]:
        """The submission as the contract's JSON; the autograded notebook stays out."""
        record = asdict(self)
        del record["notebook"]
        record["flags"] = list(self.flags)
        record["checks"] = [asdict(check) for check in self.checks]
        return record

    @classmethod
    def from_json(cls, record: dict[str, Any], notebook: str = "") -> SubmissionResult:
        """The inverse of `to_json`."""
        known = {item.name for item in fields(cls)} - {"notebook", "checks", "flags"}
        return cls(
            **{key: value for key, value in record.items() if key in known},
            flags=tuple(record["flags"]),
            checks=tuple(CheckResult(**check) for check in record["checks"]),
            notebook=notebook,
        )


@dataclass(frozen=True)
class ClassResult:
    """A graded class: the whole of `grade --json`, and what the instructor should know of the grading itself."""

    lab: str
    sandbox: str
    device: str
    submissions: tuple[SubmissionResult, ...]
    remarks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The contract's JSON."""
        return {
            "schema": SCHEMA,
            "lab": self.lab,
            "sandbox": self.sandbox,
            "device": self.device,
            "submissions": [submission.to_json() for submission in self.submissions],
        }
