"""Grading a class on the trusted side: rebuild, check, remember."""
