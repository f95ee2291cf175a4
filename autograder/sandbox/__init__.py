"""What keeps strangers' code in: a ladder of levels, from namespaces down to nothing."""

from __future__ import annotations

from autograder.model import SandboxLevel
from autograder.sandbox.ladder import explain, probe

__all__ = ["SandboxLevel", "explain", "probe"]
