"""`lab.check` in a notebook: an answer at once, from the visible cases beside the notebook."""

from __future__ import annotations

import contextlib
import functools
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import BadInput, CheckFailed
from autograder.places import PROBES

if TYPE_CHECKING:  # NumPy may be missing: the first check says so, and `unrolled` in one line
    from autograder.model import CheckSpec, Diagnosis


class Lab:
    """A lab in the student's hands. `@lab.check` under a check's name checks at once and shows the panel."""

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self.name = name
        self._folder = folder
        self._passed: dict[str, bool] = {}
        self.last: dict[str, Diagnosis] = {}

    @functools.cached_property
    def _home(self) -> Path:
        # asked for once: the student may change the folder later
        return (self._folder or Path.cwd()).absolute()

    @functools.cached_property
    def _stored(self) -> Any:
        # imported and read at the first check: the set-up cell is instant, and works where there is no file
        try:
            from autograder.probes_file import load
        except ModuleNotFoundError as error:
            from autograder.student.advice import missing

            raise BadInput(missing(error) or str(error)) from None
        path = self._home / PROBES
        stored = load(path)
        if stored.lab != self.name:
            raise BadInput(
                f"{path} belongs to {stored.lab}, this notebook is {self.name}; "
                "put each lab in a folder of its own"
            )
        return stored

    @property
    def checks(self) -> dict[str, CheckSpec]:
        """The lab's checks by their id, in order."""
        return {check.spec.id: check.spec for check in self._stored.checks.values()}

    def check(self, function: Callable[..., Any] | None = None, *, needs: Sequence[str] = ()) -> Any:
        """Check at once what this function's answers are; show the panel.

        Raises:
            CheckFailed: the answers are not right, or there are none.
            BadInput: the probes file is missing or damaged, or knows no such check.
        """
        if function is None:
            return self._check
        return self._check(function)

    def _check(self, function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__
        if name not in self._stored.checks:
            raise BadInput(
                f"{PROBES} knows no check {name!r}; its cell was renamed, or file and notebook differ in age"
            )
        from autograder.student import progress, show
        from autograder.student.messages import summary, title

        spec: CheckSpec = self._stored.checks[name].spec
        captured = io.StringIO()
        with contextlib.redirect_stdout(captured), contextlib.redirect_stderr(captured):
            diagnosis = self._diagnose(function, spec)
        self.last[spec.id], self._passed[spec.id] = diagnosis, diagnosis.passed
        progress.record(self._home, spec, diagnosis.passed)
        sentences = {check.spec.id: check.spec.sentence for check in self._stored.checks.values()}
        labels = [case.label for case in self._stored.checks[name].cases]
        in_a_panel = show.outcome(spec, diagnosis, captured.getvalue(), sentences, labels)
        if not diagnosis.passed:
            said = (
                [title(diagnosis)] if in_a_panel else summary(spec, diagnosis, needs=sentences, labels=labels)
            )
            raise CheckFailed(f"{spec.id}: {' '.join(said)}")
        return function

    def _diagnose(self, function: Callable[..., Any], spec: CheckSpec) -> Diagnosis:
        from autograder.diagnosis.diagnose import CaseOutcome, diagnose
        from autograder.student.calls import call_check

        started = time.perf_counter()
        check = self._stored.checks[spec.name]
        outcomes = [
            CaseOutcome(number, case.wanted, call_check(function, case.inputs), case.sketches)
            for number, case in enumerate(check.cases)
        ]
        needs_failed = tuple(need for need in spec.needs if self._passed.get(need) is False)
        diagnosis = diagnose(outcomes, self._stored.known, check.tolerance_of, needs_failed=needs_failed)
        return replace(diagnosis, seconds=time.perf_counter() - started)


def open_lab(name: str, folder: Path | None = None) -> Lab:
    """The lab of this notebook; its probes file is looked for in `folder`, else in the current one."""
    from autograder.student.show import in_notebook

    if in_notebook():
        from IPython import get_ipython

        from autograder.student.advice import tell_missing

        tell_missing(get_ipython())
    return Lab(name, folder)
