"""Pointers for the instructor: what is flagged, and what an honest student is spared."""

from __future__ import annotations

import copy

import pytest
from nbformat import NotebookNode, v4

from autograder.build import lab_notebook, solution_notebook
from autograder.grading.flags import alike, fingerprint, flags_of, imports_of
from autograder.labs import spec_of

CODE = """
def lstm_step(x, h_prev, c_prev, W, U, b):
    total = x @ W + h_prev @ U + b
    i, f, g, o = np.split(total, 4, axis=-1)
    c = sigmoid(f) * c_prev + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c
"""


def flags(name: str, notebook: NotebookNode) -> list[str]:
    return list(flags_of(spec_of(name, lab_notebook(name)), notebook, solution_notebook(name)))


def test_when_a_cell_imports_what_the_lab_does_not_allow_it_is_flagged(tiny: str) -> None:
    notebook = copy.deepcopy(lab_notebook(tiny))
    notebook.cells.append(v4.new_code_cell("import torch.autograd as ta\nfrom os import path\nimport numpy"))
    assert flags(tiny, notebook) == ["imports that the lab does not allow: os, torch"]


def test_when_code_would_take_python_minutes_to_parse_it_is_not_looked_through_and_says_so(tiny: str) -> None:
    notebook = copy.deepcopy(lab_notebook(tiny))
    notebook.cells.append(v4.new_code_cell("f'" + "{x}" * 300_000 + "'"))
    # Parsed, it would take Python seven minutes.
    assert flags(tiny, notebook) == ["so much code that its imports were not looked through"]


def test_when_imports_are_without_number_the_first_are_named(tiny: str) -> None:
    notebook = copy.deepcopy(lab_notebook(tiny))
    notebook.cells.append(v4.new_code_cell("\n".join(f"import m{k:03}{'x' * 100}" for k in range(99))))
    (flag,) = flags(tiny, notebook)
    assert flag.endswith("x, and 79 more") and len(flag) < 20 * 63 + 100


def test_when_nothing_was_written_nothing_is_flagged(tiny: str) -> None:
    assert flags(tiny, lab_notebook(tiny)) == []


def test_when_the_solution_is_handed_in_it_is_flagged_once() -> None:
    found = flags("lab04_lstm", solution_notebook("lab04_lstm"))
    assert len(found) == 1
    assert found[0].startswith("nearly the solution, names included, in ")


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda code: code.replace("    total", "    # my own\n    total"), True),
        (lambda code: code.replace("total", "a"), True),
        (lambda code: code.replace("total", "a").replace("h_prev", "h").replace("c_prev", "c0"), False),
        (
            lambda code: code.replace(
                "np.split(total, 4, axis=-1)", "[total[:, k * H : (k + 1) * H] for k in range(4)]"
            ),
            False,
        ),
    ],
    ids=["a comment", "one name", "other names", "another way"],
)
def test_when_little_is_changed_code_is_alike_and_otherwise_not(change, same: bool) -> None:  # type: ignore[no-untyped-def]
    assert alike(CODE, change(CODE)) is same


def test_when_only_names_are_changed_two_students_have_one_fingerprint(tiny: str) -> None:
    lab = lab_notebook(tiny)

    def of(code: str) -> str:
        return fingerprint(v4.new_notebook(cells=[*lab.cells, v4.new_code_cell(code)]), lab)

    work = "\n".join(CODE.replace("lstm_step", f"step_{number}") for number in range(5))
    assert of(work)
    assert of(work) == of(work.replace("total", "sums").replace("c_prev", "old"))
    assert of(work) != of(work.replace("np.tanh(g)", "sigmoid(g)"))
    assert of(CODE) == ""  # one short function is alike by chance


def test_when_a_cell_does_not_parse_it_imports_nothing() -> None:
    assert list(imports_of(["def f(:\n    import os", "\0", "import json"])) == ["json"]
