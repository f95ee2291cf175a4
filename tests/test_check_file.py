"""`unrolled check NOTEBOOK`: what a student reads in a terminal, and the exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.build import lab_notebook, solution_notebook
from autograder.places import PROBES, labs_dir
from autograder.sources import to_text
from tests.command_support import COMMAND, said_in_one_line

GATE = "return 1.0 / (1.0 + np.exp(-product))"


@pytest.fixture
def notebook(tiny: str, tmp_path: Path) -> Path:
    """The tiny lab solved, with its probes beside it."""
    (tmp_path / PROBES).write_bytes((labs_dir() / tiny / PROBES).read_bytes())
    path = tmp_path / f"{tiny}.ipynb"
    path.write_text(to_text(solution_notebook(tiny)))
    return path


def check(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from autograder.cli import main; main()", "check", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def change(path: Path, edit: Callable[[str], str]) -> None:
    content = json.loads(path.read_text())
    for cell in content["cells"]:
        cell["source"] = edit("".join(cell["source"]))
    path.write_text(json.dumps(content))


def test_when_all_is_right_it_says_so_and_exits_with_0(notebook: Path) -> None:
    done = check(notebook)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "3 of 3 checks passed: 8 of 8 points"
    assert "the gate of 0" not in done.stdout  # explore cells are left out


def test_when_a_mistake_is_made_it_is_named_and_the_exit_code_is_1(notebook: Path) -> None:
    change(notebook, lambda source: source.replace(GATE, "return np.tanh(product)"))
    done = check(notebook)
    assert done.returncode == 1
    assert "Your gate is a tanh." in done.stdout
    assert done.stdout.splitlines()[-1] == "1 of 3 checks passed: 4 of 8 points"
    assert "Traceback" not in done.stdout + done.stderr


def test_when_nothing_is_written_each_check_names_the_exercise(tiny: str, notebook: Path) -> None:
    notebook.write_text(to_text(lab_notebook(tiny)))
    done = check(notebook)
    assert done.returncode == 1
    assert "The exercise `gate` is not written yet" in done.stdout
    assert "0 of 3 checks passed: 0 of 8 points" in done.stdout


def test_when_a_cell_does_not_parse_its_line_is_told(notebook: Path) -> None:
    change(notebook, lambda source: source.replace("product = x @ w", "product = x @@ w"))
    done = check(notebook)
    assert done.returncode == 1
    assert "stopped with SyntaxError" in done.stdout
    assert "product = x @@ w" in done.stdout
    assert "1 of 3 checks passed" in done.stdout


def test_when_the_process_dies_that_is_told(notebook: Path) -> None:
    change(notebook, lambda source: source.replace("product = x @ w", "import os; os.abort()"))
    done = check(notebook)
    assert done.returncode == 1
    assert "ended early (SIGABRT) in cell check-gate; the checks after it were not run" in done.stdout
    assert done.stdout.splitlines()[-1] == "0 of 3 checks passed: 0 of 8 points"


def test_when_it_ends_every_check_has_a_line_in_the_notebooks_order(notebook: Path) -> None:
    change(notebook, lambda source: source.replace(GATE, "return np.tanh(product)"))
    assert check(notebook).stdout.splitlines()[-5:-1] == [
        "✗ check-gate          0 of 3  not right yet",
        "✓ check-leak          4 of 4  passed",
        "✗ check-gated-leak    0 of 1  not right yet",
        "2 more points are for answers in words, which your teacher reads",
    ]


def test_when_a_check_was_deleted_its_line_says_so(notebook: Path) -> None:
    content = json.loads(notebook.read_text())
    kept = [cell for cell in content["cells"] if cell["id"] != "check-leak"]
    notebook.write_text(json.dumps({**content, "cells": kept}))
    done = check(notebook)
    assert done.returncode == 1
    assert "✗ check-leak          0 of 4  its cell is missing" in done.stdout


HANGS = {"a loop": "while True:\n        pass", "deaf": "import ctypes; ctypes.PyDLL(None).sleep(60)"}


@pytest.mark.parametrize(
    "code", [pytest.param(HANGS["a loop"]), pytest.param(HANGS["deaf"], marks=pytest.mark.slow)]
)
def test_when_it_hangs_ctrl_c_tells_where_and_what_was_found_so_far(notebook: Path, code: str) -> None:
    change(
        notebook,
        lambda source: source.replace(
            "h, steps = ", f"\n    import os; os.write(1, b'here\\n')\n    {code}\n    h, steps = "
        ),
    )
    process = subprocess.Popen(
        [*COMMAND, "check", str(notebook)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    told = ""
    while "here" not in told:
        told += process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    rest, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "stopped in cell check-leak; the checks after it were not run" in rest
    assert rest.splitlines()[-1] == "1 of 3 checks passed: 3 of 8 points"
    assert "Traceback" not in rest + errors


def test_when_a_cell_asks_for_input_it_is_not_waited_for(notebook: Path) -> None:
    change(notebook, lambda source: source.replace("product = x @ w", "input('well? '); product = x @ w"))
    done = check(notebook)
    assert done.returncode == 1
    assert "EOFError" in done.stdout


def test_when_a_package_is_missing_the_command_to_run_is_told(notebook: Path) -> None:
    change(notebook, lambda source: source.replace("import numpy as np", "import numpy as np, torch"))
    hide = notebook.parent / "torch.py"
    hide.write_text("raise ModuleNotFoundError('No module named torch', name='torch')")
    done = check(notebook)
    assert done.returncode == 1
    assert f"{sys.executable} -m pip install torch" in done.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no notebook"),
        ("", "should be a notebook"),
        ("{", "should be a notebook"),
        ("[]", "is no lab of this course"),
        ('{"cells": [], "metadata": {}}', "is no lab of this course"),
    ],
    ids=["absent", "empty", "cut off", "a list", "another notebook"],
)
def test_when_it_is_no_lab_one_line_says_so_and_the_exit_code_is_2(
    notebook: Path, content: str | None, said: str
) -> None:
    if content is None:
        notebook.unlink()
    else:
        notebook.write_text(content)
    done = check(notebook)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_when_the_probes_are_missing_one_line_says_where_they_belong(notebook: Path) -> None:
    (notebook.parent / PROBES).unlink()
    done = check(notebook)
    assert done.returncode == 2
    assert f"the checks need {PROBES} beside {notebook.name}" in done.stderr


def test_when_the_probes_are_damaged_or_another_labs_one_line_says_so(notebook: Path) -> None:
    probes = notebook.parent / PROBES
    change_lab = notebook.read_text().replace('"lab": "lab90_tiny"', '"lab": "lab91_other"')
    assert change_lab != notebook.read_text()
    whole = probes.read_bytes()
    probes.write_bytes(whole[:500])
    assert "is damaged" in said_in_one_line(check(notebook))
    probes.write_bytes(whole)
    notebook.write_text(change_lab)
    assert "belongs to lab90_tiny, this notebook is lab91_other" in said_in_one_line(check(notebook))
