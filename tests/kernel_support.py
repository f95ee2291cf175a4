"""Notebooks through a real kernel, each in one of its own."""

from __future__ import annotations

import copy
import os
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError

CELL_S = 150.0  # several times what any cell of ours takes on a busy machine


@dataclass(frozen=True)
class Executed:
    """A notebook with its outputs, and what its kernel took: wall and CPU seconds, start and end included."""

    notebook: nbformat.NotebookNode
    wall_s: float
    cpu_s: float


def run_in_kernel(notebook: nbformat.NotebookNode, folder: Path, attempts: int = 2) -> Executed:
    """Run all cells in `folder`.

    A kernel may miss that a request has come and sit idle for ever, more so on a busy machine
    (https://github.com/ipython/ipykernel/issues/1554). It says nothing of the notebook, so then the whole is run
    once more, in a fresh kernel; a cell that is too slow is so twice, and fails.
    """
    fresh = copy.deepcopy(notebook)
    client = NotebookClient(
        fresh, timeout=CELL_S, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    wall, cpu = time.perf_counter(), os.times().children_user
    try:
        client.execute()
    except CellTimeoutError:
        if attempts == 1:
            raise
        return run_in_kernel(notebook, folder, attempts - 1)
    return Executed(fresh, time.perf_counter() - wall, os.times().children_user - cpu)
