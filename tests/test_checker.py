"""Driving a runner: what an early end costs, and what it does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from nbformat import NotebookNode

from autograder.build import lab_notebook, solution_notebook
from autograder.grading.checker import Checked, check_notebook
from autograder.grading.rebuild import rebuild
from autograder.model import Failure, Limits, Reply, Verdict
from autograder.running.session import CellResult, RunnerEnded, Usage
from autograder.truth.reference import Truth, load_truth

PRINTED = ({"output_type": "stream", "name": "stdout", "text": "hello\n"},)


@dataclass
class FakeRunner:
    """A runner that answers with the reference, and does as it is told at some cells and checks."""

    truth: Truth
    at_cell: Mapping[str, RunnerEnded]
    at_check: Mapping[str, Callable[[int], Reply]]
    limits: Limits
    ran: list[str] = field(default_factory=list)
    calls: int = 0

    def run_cell(self, cell_id: str, source: str) -> CellResult:
        if cell_id in self.at_cell:
            raise self.at_cell[cell_id]
        self.ran.append(cell_id)
        return CellResult(PRINTED)

    def register_check(self, cell_id: str, source: str) -> CellResult:
        return CellResult()

    def call_check(self, name: str, inputs: Mapping[str, Any]) -> Reply:
        if "gate" not in self.ran and "gate" in name:
            return Reply(failure=Failure("NameError", "name 'gate' is not defined", in_check=True))
        if name in self.at_check:
            self.calls += 1
            return self.at_check[name](self.calls)
        return self.truth.reference.answer(name, inputs)

    def kill(self) -> None:
        pass

    def close(self) -> Usage:
        return Usage(cpu_s=1.0, wall_s=2.0, peak_mb=3.0)


@pytest.fixture
def truth(tiny: str) -> Truth:
    return load_truth(tiny)


def check(
    truth: Truth,
    at_cell: Mapping[str, RunnerEnded] | None = None,
    at_check: Mapping[str, Callable[[int], Reply]] | None = None,
    limits: Limits | None = None,
    runners: list[FakeRunner] | None = None,
    notebook: NotebookNode | None = None,
) -> Checked:
    made = runners if runners is not None else []

    def open_session(left: Limits) -> FakeRunner:
        made.append(FakeRunner(truth, at_cell or {}, at_check or {}, left))
        return made[-1]

    name = truth.spec.name
    rebuilt = notebook or rebuild(name, lab_notebook(name), solution_notebook(name)).notebook
    return check_notebook(truth, rebuilt, open_session, limits or Limits(), b"secret", "ada")


def verdicts(checked: Checked) -> list[str]:
    return [str(found.verdict) for found in checked.diagnoses.values()]


def test_when_the_answers_are_the_references_every_check_passes(truth: Truth) -> None:
    runners: list[FakeRunner] = []
    checked = check(truth, runners=runners)
    assert verdicts(checked) == ["passed"] * 3
    assert len(runners) == 1
    assert "explore-gate" not in runners[0].ran
    assert not checked.doubtful


def test_when_a_cell_ends_the_runner_only_what_needs_it_is_lost(truth: Truth) -> None:
    runners: list[FakeRunner] = []
    checked = check(truth, {"gate": RunnerEnded(Verdict.TIMEOUT, "too long")}, runners=runners)
    assert verdicts(checked) == ["timeout", "passed", "timeout"]
    assert len(runners) == 2
    assert "setup" in runners[1].ran
    assert checked.doubtful


def test_when_a_check_ends_the_runner_the_later_ones_still_run(truth: Truth) -> None:
    def die(call: int) -> Reply:
        raise RunnerEnded(Verdict.CRASHED, "the process died")

    checked = check(truth, at_check={"gate_matches": die})
    assert verdicts(checked) == ["crashed", "passed", "passed"]
    assert not checked.doubtful


def test_when_the_budget_is_used_up_the_rest_is_not_run(truth: Truth) -> None:
    checked = check(
        truth, {"gate": RunnerEnded(Verdict.TIMEOUT, "too long")}, limits=Limits(notebook_cpu_s=1.0)
    )
    assert verdicts(checked) == ["not-run"] * 3


def test_when_a_runner_is_replaced_the_next_gets_what_is_left(truth: Truth) -> None:
    runners: list[FakeRunner] = []
    check(
        truth,
        {"gate": RunnerEnded(Verdict.MEMORY, "too much")},
        limits=Limits(notebook_cpu_s=9.0),
        runners=runners,
    )
    assert [runner.limits.notebook_cpu_s for runner in runners] == [9.0, 8.0]


def test_when_hidden_inputs_were_seen_later_output_is_not_shown(truth: Truth) -> None:
    checked = check(truth)
    assert checked.outputs["gate"] == PRINTED
    assert "leak" not in checked.outputs


def test_when_an_earlier_check_fails_the_one_that_needs_it_says_so(truth: Truth) -> None:
    checked = check(truth, at_check={"gate_matches": lambda call: Reply(answer={"gate": "no"})})
    assert checked.diagnoses["check-gate"].verdict is Verdict.WRONG
    assert checked.diagnoses["check-gated-leak"].passed  # right all the same
    assert checked.diagnoses["check-gated-leak"].needs_failed == ()


def test_when_usage_is_summed_time_adds_up_and_memory_is_the_peak(truth: Truth) -> None:
    checked = check(truth, {"gate": RunnerEnded(Verdict.TIMEOUT, "too long")})
    assert checked.usage == Usage(cpu_s=2.0, wall_s=4.0, peak_mb=3.0)
