"""One submission from rebuilt notebook to verdicts: drives a runner, compares on this side, decides.

The runner is asked for raw answers and believed in nothing else. When it ends early, a fresh one takes its place
without the cell that ended it, so that one endless loop does not cost the later exercises.
"""

from __future__ import annotations

import ast
import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nbformat import NotebookNode

from autograder import notebooks
from autograder.diagnosis.diagnose import diagnose
from autograder.grading.flags import parsed
from autograder.model import CheckSpec, Diagnosis, Failure, Limits, Reply, Verdict
from autograder.running.session import CellResult, RunnerEnded, Session, Usage
from autograder.truth.cases import outcomes_of
from autograder.truth.draws import Drawn, hidden
from autograder.truth.reference import Truth

OpenSession = Callable[[Limits], Session]
# A fresh runner after each cell that ended one; a notebook that ends more than this is given up.
MOST_RESTARTS = 12


@dataclass(frozen=True)
class Checked:
    """What came of a submission's checks, and of its cells as far as that may be shown."""

    diagnoses: dict[str, Diagnosis]
    outputs: dict[str, tuple[dict[str, Any], ...]]
    usage: Usage
    doubtful: bool = False


@dataclass
class _Run:
    """A notebook on its way through one or more runners."""

    truth: Truth
    cells: Sequence[NotebookNode]
    open_session: OpenSession
    limits: Limits
    draw: Callable[[str], list[Drawn]]
    session: Session | None = None
    left_out: dict[str, RunnerEnded] = field(default_factory=dict)
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    ended: dict[str, RunnerEnded] = field(default_factory=dict)
    outputs: dict[str, tuple[dict[str, Any], ...]] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    restarts: int = 0


def check_notebook(
    truth: Truth,
    notebook: NotebookNode,
    open_session: OpenSession,
    limits: Limits,
    secret: bytes,
    student: str,
) -> Checked:
    """Run a rebuilt notebook and check it on the student's hidden cases.

    Raises:
        GraderFault: something of ours broke; nothing is known of the submission.
    """
    run = _Run(
        truth,
        [cell for cell in notebook.cells if cell.cell_type == "code" and not notebooks.is_explore(cell)],
        open_session,
        limits,
        functools.cache(lambda name: list(hidden(truth, name, secret, student))),
    )
    diagnoses: dict[str, Diagnosis] = {}
    try:
        _run_all(run)
        if run.session is not None:
            run.session.kill()  # it is on its way out while we decide
        for spec in truth.spec.checks:
            diagnoses[spec.id] = _decide(run, spec, diagnoses)
    finally:
        _close(run)
    doubtful = any(
        ended.verdict in (Verdict.TIMEOUT, Verdict.MEMORY)
        for ended in (*run.left_out.values(), *run.ended.values())
    )
    return Checked(diagnoses, run.outputs, run.usage, doubtful)


def run_for_show(
    notebook: NotebookNode, open_session: OpenSession, limits: Limits
) -> dict[str, tuple[dict[str, Any], ...]]:
    """The outputs of every cell but the checks', explore cells too, in a runner that never sees a hidden input."""
    outputs: dict[str, tuple[dict[str, Any], ...]] = {}
    session = open_session(limits)
    try:
        for cell in notebook.cells:
            if cell.cell_type == "code" and not notebooks.is_check(cell):
                outputs[cell["id"]] = session.run_cell(cell["id"], cell.source).outputs
    except RunnerEnded as ended:
        outputs[cell["id"]] = ({"output_type": "stream", "name": "stderr", "text": f"{ended.text}\n"},)
    finally:
        session.close()
    return outputs


def _run_all(run: _Run) -> None:
    position = 0
    while position < len(run.cells):
        cell = run.cells[position]
        try:
            _replay_if_new(run, position)
            _run_one(run, cell)
        except RunnerEnded as ended:
            _close(run)
            if not _restart(run, cell, ended):
                return
        position += 1


def _replay_if_new(run: _Run, position: int) -> None:
    """Open a runner if there is none, and bring it to where the last one stood."""
    if run.session is not None:
        return
    run.session = run.open_session(_remaining(run))
    for cell in run.cells[:position]:
        if not notebooks.is_check(cell) and cell["id"] not in run.left_out:
            run.session.run_cell(cell["id"], cell.source)


def _run_one(run: _Run, cell: NotebookNode) -> None:
    assert run.session is not None
    if not notebooks.is_check(cell):
        _show(run, cell, run.session.run_cell(cell["id"], cell.source))
        return
    spec = run.truth.spec.check(cell["id"])
    registered = run.session.register_check(cell["id"], cell.source)
    if registered.failure is not None:
        run.replies[spec.id] = [Reply(failure=registered.failure)]
        return
    replies = []
    for drawn in run.draw(spec.name):
        replies.append(run.session.call_check(spec.name, drawn.inputs))
        if replies[-1].failure is not None:
            break
    run.replies[spec.id] = replies


def _show(run: _Run, cell: NotebookNode, result: CellResult) -> None:
    """Keep a cell's outputs, unless its process has seen hidden inputs, which it could print."""
    if not run.replies:
        run.outputs[cell["id"]] = result.outputs


def _restart(run: _Run, cell: NotebookNode, ended: RunnerEnded) -> bool:
    """Note who ended the runner; False when nothing more may run."""
    if notebooks.is_check(cell):
        run.ended[cell["id"]] = ended
    else:
        run.left_out[cell["id"]] = ended
    run.restarts += 1
    left = _remaining(run)
    return run.restarts <= MOST_RESTARTS and left.notebook_cpu_s > 0 and left.notebook_wall_s > 0


def _remaining(run: _Run) -> Limits:
    return replace(
        run.limits,
        notebook_cpu_s=run.limits.notebook_cpu_s - run.usage.cpu_s,
        notebook_wall_s=run.limits.notebook_wall_s - run.usage.wall_s,
    )


def _close(run: _Run) -> None:
    if run.session is None:
        return
    used = run.session.close()
    run.session = None
    run.usage = Usage(
        run.usage.cpu_s + used.cpu_s, run.usage.wall_s + used.wall_s, max(run.usage.peak_mb, used.peak_mb)
    )


def _decide(run: _Run, spec: CheckSpec, earlier: dict[str, Diagnosis]) -> Diagnosis:
    if spec.id in run.ended:
        return _ended(run.ended[spec.id])
    if spec.id not in run.replies:
        return Diagnosis(Verdict.NOT_RUN)
    started = time.perf_counter()
    replies = run.replies[spec.id]
    drawn = run.draw(spec.name)
    outcomes = outcomes_of(run.truth, spec.name, drawn[: len(replies)], replies)
    needs_failed = tuple(need for need in spec.needs if need in earlier and not earlier[need].passed)
    found = diagnose(
        outcomes, run.truth.known, run.truth.probes[spec.name].tolerance_of, needs_failed=needs_failed
    )
    if found.verdict is Verdict.MISSING and (cause := _left_out_definition(run, found)):
        return _ended(cause)
    return replace(found, cases=len(drawn), seconds=time.perf_counter() - started)


def _ended(ended: RunnerEnded) -> Diagnosis:
    return Diagnosis(ended.verdict, failure=Failure("", ended.text))


def _left_out_definition(run: _Run, found: Diagnosis) -> RunnerEnded | None:
    """The end of the cell that would have defined the function that is missing, if it was left out."""
    if found.failure is None or found.failure.kind != "NameError":
        return None
    for cell in run.cells:
        if cell["id"] in run.left_out and any(
            f"'{name}'" in found.failure.text for name in _defined(cell.source)
        ):
            return run.left_out[cell["id"]]
    return None


def _defined(source: str) -> list[str]:
    return [node.name for node in parsed(source).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
