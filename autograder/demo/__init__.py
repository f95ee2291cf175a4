"""A sample class with real mistakes: invented students, whose expected outcomes are known."""

from autograder.demo.hand_in import EXPECTED, demo_request
from autograder.demo.kinds import Expected

__all__ = ["EXPECTED", "Expected", "demo_request"]
