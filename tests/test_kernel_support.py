"""A kernel that lost a request gets one more chance, a slow cell does not."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellTimeoutError

from tests import kernel_support
from tests.kernel_support import run_in_kernel


@pytest.mark.parametrize("hangs", [0, 1, 2])
def test_when_a_kernel_hangs_the_notebook_is_run_once_more_in_a_fresh_one(
    hangs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Client:
        def __init__(self, notebook: nbformat.NotebookNode, **options: object) -> None:
            self.notebook = notebook

        def execute(self) -> None:
            asked.append(self.notebook)
            self.notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text=f"try {len(asked)}")]
            if len(asked) <= hangs:
                raise CellTimeoutError("no reply", 1, "cell")

    monkeypatch.setattr(kernel_support, "NotebookClient", Client)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    if hangs == 2:
        with pytest.raises(CellTimeoutError):
            run_in_kernel(notebook, tmp_path)
    else:
        (output,) = run_in_kernel(notebook, tmp_path).notebook.cells[0].outputs
        assert output["text"] == f"try {hangs + 1}" and len(asked) == hangs + 1
    assert not notebook.cells[0].outputs
