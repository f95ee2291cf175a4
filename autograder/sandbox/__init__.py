"""What keeps strangers' code in: a ladder of levels, from namespaces down to nothing."""

from __future__ import annotations

from autograder.sandbox.ladder import SandboxLevel, explain, probe

__all__ = ["SandboxLevel", "explain", "probe"]
