"""A real kernel and the fast runner are the same to a notebook: same answers, same text on each stream."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode

from autograder import notebooks
from autograder.build import solution_notebook
from autograder.build.make import lab_sources
from autograder.labs import load_spec
from autograder.model import Limits
from autograder.places import PROBES, labs_dir
from autograder.probes_file import load
from autograder.running.zygote import Zygote
from autograder.sandbox import ladder
from tests.kernel_support import run_in_kernel

pytestmark = [pytest.mark.slow, pytest.mark.sandbox]

GENEROUS = Limits(cell_cpu_s=100, cell_wall_s=200, notebook_cpu_s=300, notebook_wall_s=400)
# What differs from run to run in any Python: addresses, and how long something took, in seconds or as "time ×1.3".
VARIES = re.compile(r"0x[0-9a-f]+|\d+(?:\.\d+)?(?:e-?\d+)? ?(?:µs|ms|s|seconds)\b|×\d+\.\d+")
# Calls each check on its visible cases in the kernel, and keeps the answers where the test finds them.
ANSWER_ALL = """
import pickle
from pathlib import Path
from autograder.probes_file import load
from autograder.student.calls import call_check
answers = {}
for name, check in load(Path("probes.safetensors")).checks.items():
    answers[name] = [call_check(lab.checks[name], case.inputs) for case in check.cases]
Path("answers.pickle").write_bytes(pickle.dumps(answers))
"""
REGISTER = "from autograder.student.registrar import Registrar\nlab = Registrar()"


def code_cells(name: str) -> list[NotebookNode]:
    """The solution's code, but for cells that need a framework: those import for seconds in every kernel."""
    cells = [cell for cell in solution_notebook(name).cells if cell.cell_type == "code"]
    return [cell for cell in cells if not re.search(r"import (torch|keras|tensorflow)", cell.source)]


def in_a_kernel(name: str, folder: Path) -> tuple[dict[str, list[Any]], dict[str, dict[str, str]]]:
    """Answers by check, and text by cell and stream, from ipykernel."""
    import pickle

    (folder / PROBES).write_bytes((labs_dir() / name / PROBES).read_bytes())
    cells = code_cells(name)
    at = next(index for index, cell in enumerate(cells) if notebooks.grade_id(cell) == "setup") + 1
    extra = nbformat.v4.new_code_cell(REGISTER), nbformat.v4.new_code_cell(ANSWER_ALL)
    notebook = nbformat.v4.new_notebook(cells=[*cells[:at], extra[0], *cells[at:], extra[1]])
    done = run_in_kernel(notebook, folder).notebook
    added = {cell.id for cell in extra}
    answers = pickle.loads((folder / "answers.pickle").read_bytes())
    return answers, {cell["id"]: streams(cell.outputs) for cell in done.cells if cell.id not in added}


def in_the_runner(name: str) -> tuple[dict[str, list[Any]], dict[str, dict[str, str]]]:
    """The same from the fast runner, at the best level that this machine has."""
    stored = load(labs_dir() / name / PROBES)
    by_id = {check.spec.id: check for check in stored.checks.values()}
    answers: dict[str, list[Any]] = {}
    texts = {}
    level = ladder.probe()
    with (
        Zygote.start(preload=load_spec(name).preload, level=level, trusted=True) as zygote,
        zygote.session(limits=GENEROUS) as session,
    ):
        for cell in code_cells(name):
            if not notebooks.is_check(cell):
                texts[cell["id"]] = streams(session.run_cell(cell["id"], cell.source).outputs)
                continue
            texts[cell["id"]] = streams(session.register_check(cell["id"], cell.source).outputs)
            check = by_id[cell["id"]]
            answers[check.spec.name] = [
                session.call_check(check.spec.name, case.inputs) for case in check.cases
            ]
    return answers, texts


def streams(outputs: Any) -> dict[str, str]:
    """The text of each stream, without what varies."""
    texts: dict[str, str] = {}
    for output in outputs:
        if output["output_type"] == "stream":
            texts[output["name"]] = texts.get(output["name"], "") + output["text"]
    return {name: VARIES.sub("…", text) for name, text in texts.items()}


@pytest.mark.parametrize("name", lab_sources())
def test_when_a_lab_runs_in_a_kernel_or_in_the_runner_all_is_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A runner has no home and no mirror: neither has the kernel, so that both work on the shipped sample.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "no-downloads"))
    monkeypatch.delenv("UNROLLED_DATA_MIRROR", raising=False)
    kernel, runner = in_a_kernel(name, tmp_path), in_the_runner(name)
    assert kernel[0].keys() == runner[0].keys()
    for check, answers in kernel[0].items():
        for mine, theirs in zip(answers, runner[0][check], strict=True):
            assert mine.failure is theirs.failure is None
            assert mine.answer.keys() == theirs.answer.keys()
            for output, leaf in mine.answer.items():
                np.testing.assert_array_equal(leaf, theirs.answer[output], err_msg=f"{check} {output}")
    assert kernel[1] == runner[1]
    assert any(texts for texts in kernel[1].values())


def test_when_code_writes_past_python_the_text_is_caught_all_the_same() -> None:
    source = "import os, sys\nprint('a'); sys.stdout.flush(); os.write(1, b'b\\n'); os.write(2, b'c\\n')"
    with (
        Zygote.start(level=ladder.probe(), trusted=True) as zygote,
        zygote.session(limits=GENEROUS) as session,
    ):
        assert streams(session.run_cell("raw", source).outputs) == {"stdout": "a\nb\n", "stderr": "c\n"}
