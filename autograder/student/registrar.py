"""The `lab` that only registers: what a check cell meets wherever it is not to be checked at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class Registrar:
    """Takes `@lab.check` and `@lab.check(needs=[...])` and keeps the function by its name."""

    def __init__(self) -> None:
        self.checks: dict[str, Callable[..., Any]] = {}

    def check(self, function: Callable[..., Any] | None = None, *, needs: Sequence[str] = ()) -> Any:
        """Register a check; `needs` is read from the cell's source by those who care."""
        if function is None:
            return self._keep
        return self._keep(function)

    def _keep(self, function: Callable[..., Any]) -> Callable[..., Any]:
        self.checks[function.__name__] = function
        return function
