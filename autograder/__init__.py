"""Unrolled's grader. A lab's notebook imports `open_lab` and nothing else of it."""

from autograder.student.lab import Lab, open_lab

__version__ = "0.1.0"
__all__ = ["Lab", "open_lab"]
