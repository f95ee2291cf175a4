"""From sources to what is committed: notebooks, labs, probes; and the proof that nothing leaks or is stale."""

from autograder.build.make import Built, build_all, build_lab, lab_notebook, solution_notebook, stale, write

__all__ = ["Built", "build_all", "build_lab", "lab_notebook", "solution_notebook", "stale", "write"]
