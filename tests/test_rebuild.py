"""The rebuilt notebook: whatever is handed in, the lab's cells, order and points stand, or it is rejected."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode

from autograder import notebooks
from autograder.build import lab_notebook
from autograder.grading.rebuild import (
    ADDED,
    LARGEST_SOURCE,
    MOST_CELLS,
    Rebuilt,
    Rejected,
    read_submission,
    rebuild,
)
from autograder.labs import spec_of

LAB = "lab90_tiny"
Cells = list[dict[str, Any]]


@pytest.fixture
def lab(tiny: str) -> NotebookNode:
    return lab_notebook(tiny)


def bytes_of(notebook: NotebookNode | dict[str, Any]) -> bytes:
    return json.dumps(notebook).encode()


def rebuilt(lab: NotebookNode, notebook: NotebookNode | dict[str, Any] | bytes) -> Rebuilt:
    content = notebook if isinstance(notebook, bytes) else bytes_of(notebook)
    return rebuild(LAB, lab, read_submission(content, LAB))


def handed_in(lab: NotebookNode, **sources: str) -> NotebookNode:
    """The lab with other sources in some cells, by grade_id (underscores for hyphens)."""
    notebook = copy.deepcopy(lab)
    for cell in notebook.cells:
        name = notebooks.grade_id(cell).replace("-", "_")
        cell.source = sources.get(name, cell.source)
    return notebook


def cell_of(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if notebooks.grade_id(cell) == grade_id)


def assert_is_the_labs(found: Rebuilt, lab: NotebookNode) -> None:
    """All that must hold of every rebuilt notebook."""
    own = [cell for cell in found.notebook.cells if not cell["id"].startswith(ADDED)]
    assert [cell["id"] for cell in own] == [cell["id"] for cell in lab.cells]
    for cell, original in zip(own, lab.cells, strict=True):
        assert cell.cell_type == original.cell_type
        assert cell.metadata == original.metadata
        if not (notebooks.is_exercise(original) or notebooks.is_question(original)):
            assert cell == original
    added = [cell for cell in found.notebook.cells if cell["id"].startswith(ADDED)]
    assert all(cell.metadata == {} and not cell.get("outputs") for cell in added)
    assert found.notebook.metadata == lab.metadata
    assert spec_of(LAB, found.notebook) == spec_of(LAB, lab)
    nbformat.validate(found.notebook)
    assert len({cell["id"] for cell in found.notebook.cells}) == len(found.notebook.cells)
    assert len(found.digest) == 64
    assert all(isinstance(flag, str) and "\n" not in flag for flag in found.flags)


# --- the student's work in its places ----------------------------------------------------------------------


def test_when_the_lab_is_handed_in_untouched_it_comes_back_without_a_flag(lab: NotebookNode) -> None:
    found = rebuilt(lab, lab)
    assert found.notebook == lab
    assert found.flags == ()


def test_when_exercises_and_answers_are_written_only_they_come_along(lab: NotebookNode) -> None:
    found = rebuilt(lab, handed_in(lab, gate="GATE", question_gate="ANSWER"))
    assert cell_of(found.notebook, "gate").source == "GATE"
    assert cell_of(found.notebook, "question-gate").source == "ANSWER"
    assert found.flags == ()
    assert_is_the_labs(found, lab)


def test_when_a_check_is_edited_the_labs_own_is_graded_and_it_is_flagged(lab: NotebookNode) -> None:
    found = rebuilt(lab, handed_in(lab, check_gate="pass", setup="lab = None"))
    assert_is_the_labs(found, lab)
    assert set(found.flags) == {
        "changed locked cell check-gate: the lab's own was graded",
        "changed locked cell setup: the lab's own was graded",
    }


def test_when_an_exercise_is_missing_the_labs_stub_stands(lab: NotebookNode) -> None:
    notebook = handed_in(lab, gate="GATE")
    notebook.cells = [cell for cell in notebook.cells if notebooks.grade_id(cell) != "leak"]
    found = rebuilt(lab, notebook)
    assert cell_of(found.notebook, "leak").source == cell_of(lab, "leak").source
    assert found.flags == ("missing cell leak",)


def test_when_checks_are_deleted_their_points_stay_at_stake(lab: NotebookNode) -> None:
    notebook = handed_in(lab, gate="GATE")
    notebook.cells = [cell for cell in notebook.cells if not notebooks.is_check(cell)]
    assert_is_the_labs(rebuilt(lab, notebook), lab)


def test_when_an_exercise_is_there_twice_the_first_is_graded(lab: NotebookNode) -> None:
    notebook = handed_in(lab, gate="FIRST")
    second = copy.deepcopy(cell_of(notebook, "gate"))
    second.source = "SECOND"
    notebook.cells.append(second)
    found = rebuilt(lab, notebook)
    assert cell_of(found.notebook, "gate").source == "FIRST"
    assert found.flags == ("duplicated cell gate: the first was graded",)
    assert_is_the_labs(found, lab)


def test_when_cells_are_reordered_the_labs_order_stands(lab: NotebookNode) -> None:
    notebook = handed_in(lab, gate="GATE", leak="LEAK")
    notebook.cells.reverse()
    found = rebuilt(lab, notebook)
    assert_is_the_labs(found, lab)
    assert (cell_of(found.notebook, "gate").source, cell_of(found.notebook, "leak").source) == (
        "GATE",
        "LEAK",
    )


def test_when_an_exercise_is_retyped_it_is_code_again_and_flagged(lab: NotebookNode) -> None:
    notebook = handed_in(lab, gate="GATE")
    cell_of(notebook, "gate").cell_type = "markdown"
    found = rebuilt(lab, notebook)
    assert cell_of(found.notebook, "gate").cell_type == "code"
    assert found.flags == ("retyped cell gate",)


def test_when_an_exercise_is_emptied_it_is_empty(lab: NotebookNode) -> None:
    assert cell_of(rebuilt(lab, handed_in(lab, gate="")).notebook, "gate").source == ""


def test_when_points_tags_and_locks_are_changed_the_labs_stand(lab: NotebookNode) -> None:
    notebook = handed_in(lab, gate="GATE")
    for cell in notebook.cells:
        if notebooks.grade_id(cell):
            cell.metadata["nbgrader"].update(points=1000, locked=False, grade=True, checksum="0")
            cell.metadata["tags"] = ["skip-execution", "explore"]
    notebook.metadata["unrolled"] = {"limits": {"cell_cpu_s": 1e9}}
    notebook.metadata["kernelspec"] = {"name": "bash", "display_name": "", "language": "bash"}
    assert_is_the_labs(rebuilt(lab, notebook), lab)


def test_when_cells_are_added_they_stand_after_the_same_neighbour(lab: NotebookNode) -> None:
    notebook = handed_in(lab, gate="GATE")
    at = notebook.cells.index(cell_of(notebook, "gate"))
    own = nbformat.v4.new_code_cell("helper = 1", metadata={"tags": ["skip-execution"]})
    notebook.cells.insert(at, own)
    notebook.cells.append(nbformat.v4.new_markdown_cell("the end"))
    found = rebuilt(lab, notebook)
    sources = [cell.source for cell in found.notebook.cells]
    assert sources.index("helper = 1") == sources.index("GATE") - 1
    assert sources[-1] == "the end"
    assert_is_the_labs(found, lab)


def test_when_the_neighbour_of_an_added_cell_is_gone_it_stands_after_the_one_before(
    lab: NotebookNode,
) -> None:
    notebook = handed_in(lab, gate="GATE")
    at = notebook.cells.index(cell_of(notebook, "check-gate"))
    notebook.cells[at] = nbformat.v4.new_code_cell("helper = 1")
    sources = [cell.source for cell in rebuilt(lab, notebook).notebook.cells]
    assert sources.index("helper = 1") == sources.index("GATE") + 1


def test_when_added_cells_come_first_they_stay_in_the_notebook(lab: NotebookNode) -> None:
    notebook = handed_in(lab, gate="GATE")
    notebook.cells.insert(0, nbformat.v4.new_code_cell("import math"))
    assert "import math" in [cell.source for cell in rebuilt(lab, notebook).notebook.cells]


def test_when_an_editor_dropped_all_ids_the_lab_is_recognised_by_its_text(lab: NotebookNode) -> None:
    notebook = handed_in(lab, gate="GATE")
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"fresh-{number}"
    assert len(rebuilt(lab, notebook).notebook.cells) == len(lab.cells)


# --- no notebook of this lab -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (b"\x89PNG\r\n", "not a notebook, or was cut off"),
        (b"\xff\xfe\x00", "not a notebook, or was cut off"),
        (b'{"cells": [', "not a notebook, or was cut off"),
        (b"[" * 100_000, "not a notebook, or was cut off"),
        (b"1" * 10_000, "not a notebook"),
        (b"[]", "it has no cells"),
        (b'"cells"', "it has no cells"),
        (b'{"nbformat": 4}', "it has no cells"),
        (b'{"cells": 7}', "a list of at most"),
        (b'{"cells": {"a": 1}}', "a list of at most"),
        (bytes_of({"cells": [{}] * (MOST_CELLS + 1)}), "a list of at most"),
        (b'{"worksheets": 3}', "old format that cannot be read"),
        (b'{"cells": []}', "no exercise of lab90_tiny"),
        (b'{"cells": [{"cell_type": "markdown", "source": "# My notes"}]}', "no exercise of lab90_tiny"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else "",
)
def test_when_it_is_no_notebook_of_this_lab_it_is_rejected_in_one_line(
    lab: NotebookNode, content: bytes, said: str
) -> None:
    with pytest.raises(Rejected, match=said) as caught:
        rebuilt(lab, content)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_when_another_lab_is_handed_in_it_is_rejected(lab: NotebookNode) -> None:
    other = json.loads(bytes_of(lab))
    for cell in other["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["grade_id"] += "-of-another-lab"
    with pytest.raises(Rejected, match="another lab's"):
        rebuilt(lab, other)


@pytest.mark.parametrize("depth", [10, 400, 900])
def test_when_metadata_is_nested_deeply_it_is_passed_over(lab: NotebookNode, depth: int) -> None:
    nested = '{"a":' * depth + "1" + "}" * depth
    notebook = handed_in(lab, gate="GATE")
    notebook.metadata["deep"] = cell_of(notebook, "gate").metadata["deep"] = "HERE"
    found = rebuilt(lab, bytes_of(notebook).replace(b'"HERE"', nested.encode()))
    assert cell_of(found.notebook, "gate").source == "GATE"
    assert_is_the_labs(found, lab)


def test_when_a_source_holds_half_a_character_it_can_still_be_written(lab: NotebookNode) -> None:
    found = rebuilt(lab, handed_in(lab, gate="a = '\ud800'"))
    assert cell_of(found.notebook, "gate").source == "a = '?'"


# --- other formats -----------------------------------------------------------------------------------------


def test_when_the_notebook_is_of_format_3_it_is_read(lab: NotebookNode) -> None:
    old = nbformat.convert(copy.deepcopy(handed_in(lab, gate="GATE")), 3)
    found = rebuilt(lab, bytes_of(old))
    assert cell_of(found.notebook, "gate").source == "GATE"
    assert_is_the_labs(found, lab)


@pytest.mark.parametrize("gone", ["kernelspec", "language_info", "unrolled"])
def test_when_the_notebooks_metadata_is_gone_nothing_is_lost(lab: NotebookNode, gone: str) -> None:
    notebook = handed_in(lab, gate="GATE")
    del notebook.metadata[gone]
    assert_is_the_labs(rebuilt(lab, notebook), lab)


def test_when_sources_are_lists_of_lines_they_are_joined(lab: NotebookNode) -> None:
    notebook = json.loads(bytes_of(lab))
    next(c for c in notebook["cells"] if c["id"] == "gate")["source"] = ["a = 1\n", "b = 2"]
    assert cell_of(rebuilt(lab, notebook).notebook, "gate").source == "a = 1\nb = 2"


def test_when_a_source_is_enormous_it_is_cut(lab: NotebookNode) -> None:
    found = rebuilt(lab, handed_in(lab, gate="#" * (LARGEST_SOURCE + 5)))
    assert len(cell_of(found.notebook, "gate").source) == LARGEST_SOURCE


# --- anything at all ---------------------------------------------------------------------------------------

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
)
GRADE_IDS = ("gate", "leak", "check-gate", "check-leak", "question-gate", "setup", "", "nobody")
nbgrader_like = st.fixed_dictionaries(
    {},
    optional={
        "grade_id": st.sampled_from(GRADE_IDS) | anything,
        "points": st.integers(-1000, 1000) | anything,
        "grade": st.booleans() | anything,
        "solution": st.booleans() | anything,
        "locked": st.booleans() | anything,
        "cell_type": anything,
    },
)
cell_like = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw", "heading"]) | anything,
        "source": st.text(max_size=30) | st.lists(st.text(max_size=5) | anything, max_size=3) | anything,
        "metadata": st.fixed_dictionaries(
            {}, optional={"nbgrader": nbgrader_like | anything, "tags": anything, "deletable": anything}
        )
        | anything,
        "id": st.sampled_from(GRADE_IDS) | anything,
        "outputs": anything,
    },
)
MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
Damage = Callable[[Cells], None]


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    """One way to spoil a list of cells."""
    kind = draw(
        st.sampled_from(["drop", "double", "move", "field", "nbgrader", "insert", "replace", "swap ids"])
    )
    where, other = draw(st.integers(0, 50)), draw(st.integers(0, 50))
    field = draw(st.sampled_from(["cell_type", "source", "metadata", "id", "outputs"]))
    value, cell = draw(anything), draw(cell_like)

    def damage(cells: Cells) -> None:
        if not cells:
            return
        at, to = where % len(cells), other % len(cells)
        if kind == "drop":
            del cells[at]
        elif kind == "double":
            cells.insert(to, copy.deepcopy(cells[at]))
        elif kind == "move":
            cells.insert(to, cells.pop(at))
        elif kind == "field" and isinstance(cells[at], dict):
            cells[at][field] = value
        elif kind == "nbgrader" and isinstance(cells[at], dict):
            cells[at]["metadata"] = {"nbgrader": cell.get("metadata", value)}
        elif kind == "insert":
            cells.insert(at, cell)
        elif kind == "replace":
            cells[at] = value
        elif kind == "swap ids" and isinstance(cells[at], dict) and isinstance(cells[to], dict):
            cells[at]["id"], cells[to]["id"] = cells[to].get("id"), cells[at].get("id")

    return damage


@MANY
@given(
    damage=st.lists(damages(), min_size=1, max_size=12),
    top=st.dictionaries(st.text(max_size=8), anything, max_size=2),
)
def test_when_a_notebook_is_damaged_in_any_way_the_labs_cells_and_points_stand(
    lab: NotebookNode, damage: list[Damage], top: dict[str, Any]
) -> None:
    notebook = json.loads(bytes_of(lab))
    for spoil in damage:
        spoil(notebook["cells"])
    try:
        found = rebuilt(lab, {**notebook, **top, "cells": notebook["cells"]})
    except Rejected as error:
        assert "\n" not in str(error)
    else:
        assert_is_the_labs(found, lab)


@MANY
@given(cells=st.lists(cell_like | anything, max_size=8), extra=anything)
def test_when_a_notebook_is_made_of_anything_it_is_rejected_or_the_lab_stands(
    lab: NotebookNode, cells: list[Any], extra: Any
) -> None:
    for content in (
        {"cells": cells, "metadata": extra},
        {"worksheets": cells},
        {"worksheets": [{"cells": cells}]},
    ):
        try:
            found = rebuilt(lab, bytes_of(content))
        except Rejected as error:
            assert "\n" not in str(error)
        else:
            assert_is_the_labs(found, lab)


@MANY
@given(content=st.binary(max_size=200))
def test_when_a_file_is_any_bytes_it_is_rejected(lab: NotebookNode, content: bytes) -> None:
    with pytest.raises(Rejected):
        rebuilt(lab, content)


@MANY
@given(cut=st.integers(0, 100_000), flip=st.integers(0, 100_000), to=st.integers(0, 255))
def test_when_a_file_is_cut_or_a_byte_is_flipped_it_is_rejected_or_the_lab_stands(
    lab: NotebookNode, cut: int, flip: int, to: int
) -> None:
    whole = bytearray(bytes_of(lab))
    whole[flip % len(whole)] = to
    for content in (bytes(whole), bytes(whole[: cut % len(whole)])):
        try:
            assert_is_the_labs(rebuilt(lab, content), lab)
        except Rejected as error:
            assert "\n" not in str(error)
