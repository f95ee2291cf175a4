"""Derived files: stable, complete, and without a line of what must not get out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
from safetensors.numpy import load, save

from autograder.build import build_lab, lab_notebook, solution_notebook, write
from autograder.build.leaks import find_leaks, secrets_of
from autograder.build.make import Built, is_stale, lab_sources
from autograder.errors import SourceError
from autograder.places import PROBES
from autograder.sources import read_source, to_text
from autograder.truth.draws import hidden, visible
from autograder.truth.reference import load_truth


def files(name: str) -> dict[str, Built]:
    return {built.path.name: built for built in build_lab(name)}


def test_when_a_lab_is_built_twice_the_bytes_are_the_same(tiny: str) -> None:
    first = {name: built.content for name, built in files(tiny).items()}
    lab_notebook.cache_clear()
    solution_notebook.cache_clear()
    assert {name: built.content for name, built in files(tiny).items()} == first


def test_when_a_cell_is_put_in_front_the_ids_of_the_others_stay(tiny: str, tmp_path: Path) -> None:
    from autograder.places import solutions_dir

    source = (solutions_dir() / tiny / f"{tiny}.py").read_text()
    path = tmp_path / f"{tiny}.py"
    path.write_text(
        source.replace("# %% [markdown]\n# # A lab", "# %% [markdown]\n# New.\n\n# %% [markdown]\n# # A lab")
    )
    before = {cell["id"] for cell in solution_notebook(tiny).cells}
    after = [cell["id"] for cell in read_source(path).cells]
    assert len(after) == len(set(after)) == len(before) + 1
    assert before < set(after)


def test_when_a_lab_is_made_it_is_a_valid_notebook_with_stubs_and_no_outputs(tiny: str) -> None:
    lab = nbformat.reads(to_text(lab_notebook(tiny)), as_version=4)
    nbformat.validate(lab)
    code = [cell for cell in lab.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    exercises = [cell for cell in code if cell.metadata.get("nbgrader", {}).get("solution")]
    assert len(exercises) == 2
    assert all("raise NotImplementedError()" in cell.source for cell in exercises)


def test_when_a_check_cell_is_made_run_all_goes_on_after_it_fails(tiny: str) -> None:
    checks = [cell for cell in lab_notebook(tiny).cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert all("raises-exception" in cell.metadata.tags for cell in checks if cell.cell_type == "code")


def test_when_a_committed_file_differs_in_one_byte_it_is_stale(tiny: str, tmp_path: Path) -> None:
    built = replace(files(tiny)[f"{tiny}.ipynb"], path=tmp_path / f"{tiny}.ipynb")
    assert is_stale(built)
    assert write(built)
    assert not is_stale(built)
    assert not write(built)
    built.path.write_bytes(built.content.replace(b"A lab for tests", b"a lab for tests"))
    assert is_stale(built)


@pytest.mark.parametrize(
    ("part", "by", "stale"),
    [("/out/", 1e-14, False), ("/out/", 1e-8, True), ("/sketch", 1e-14, False), ("/in/", 1e-15, True)],
)
def test_when_probes_differ_by_rounding_only_answers_may(
    tiny: str, tmp_path: Path, part: str, by: float, stale: bool
) -> None:
    built = replace(files(tiny)[PROBES], path=tmp_path / PROBES)
    tensors = load(built.content)
    name = next(name for name, tensor in tensors.items() if part in name and tensor.dtype == np.float64)
    tensors[name] = tensors[name] + by * np.maximum(np.abs(tensors[name]), 1.0)
    length = int.from_bytes(built.content[:8], "little")
    metadata = json.loads(built.content[8 : 8 + length])["__metadata__"]
    built.path.write_bytes(save(tensors, metadata))
    assert is_stale(built) is stale


def test_when_probes_are_damaged_they_are_stale(tiny: str, tmp_path: Path) -> None:
    built = replace(files(tiny)[PROBES], path=tmp_path / PROBES)
    built.path.write_bytes(built.content[:200])
    assert is_stale(built)


@pytest.mark.parametrize("line", ["product = x @ w", "h = rate * h + x_t", "np.tanh(product)"])
def test_when_a_solution_line_or_a_mistakes_code_gets_out_it_is_found(tiny: str, line: str) -> None:
    truth = load_truth(tiny)
    assert line in secrets_of(truth)
    assert list(find_leaks(truth, "x.ipynb", json.dumps({"source": [f"    {line}\n"]}).encode()))


def test_when_the_labs_are_as_built_nothing_of_a_solution_is_in_them() -> None:
    for name in lab_sources():
        truth = load_truth(name)
        assert len(secrets_of(truth)) > 20
        for built in build_lab(name):
            assert not list(find_leaks(truth, built.path.name, built.content))


def test_when_a_course_is_made_nothing_of_a_solution_is_in_what_nbgrader_releases(
    tiny: str, tmp_path: Path
) -> None:
    from autograder.grading.run import make_course

    make_course(tmp_path / "course", [tiny])
    released = [path for path in (tmp_path / "course" / "release").rglob("*") if path.is_file()]
    assert {path.name for path in released} == {f"{tiny}.ipynb", PROBES}
    truth = load_truth(tiny)
    assert not [leak for path in released for leak in find_leaks(truth, path.name, path.read_bytes())]


def test_when_hidden_inputs_are_drawn_none_of_them_is_in_what_students_get(tiny: str) -> None:
    truth = load_truth(tiny)
    shipped = files(tiny)[PROBES].content
    for check in truth.spec.checks:
        for case in hidden(truth, check.name, b"secret", "ada"):
            for array in case.packed[1].values():
                assert array.tobytes() not in shipped
        for case in visible(truth, check.name):
            assert all(array.tobytes() in shipped for array in case.packed[1].values())


def test_when_the_secret_or_the_student_changes_so_do_the_hidden_inputs(tiny: str) -> None:
    truth = load_truth(tiny)

    def drawn(secret: bytes, student: str) -> bytes:
        return b"".join(
            array.tobytes()
            for case in hidden(truth, "gate_matches", secret, student)
            for array in case.packed[1].values()
        )

    assert len({drawn(b"one", "ada"), drawn(b"two", "ada"), drawn(b"one", "bob")}) == 3
    assert drawn(b"one", "ada") == drawn(b"one", "ada")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('    """The gate of random inputs."""\n', "", "needs a docstring"),
        ("def gate_matches(x, w)", "def other_matches(x, w)", "probes.py needs a function 'other_matches'"),
        ("#     title: A lab for tests\n", "", "header must give title"),
        ("cell_cpu_s: 2", "cell_cpu: 2", "limits out of"),
    ],
    ids=["no docstring", "no probe", "no title", "unknown limit"],
)
def test_when_a_source_breaks_the_format_one_line_says_where(
    tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, said: str
) -> None:
    from autograder.places import solutions_dir

    folder = tmp_path / tiny
    folder.mkdir()
    for path in (solutions_dir() / tiny).glob("*.py"):
        (folder / path.name).write_text(path.read_text())
    source = (folder / f"{tiny}.py").read_text()
    assert old in source
    (folder / f"{tiny}.py").write_text(source.replace(old, new))
    with pytest.raises(SourceError, match=said) as raised:
        load_truth(tiny, folder)
    assert "\n" not in str(raised.value)


def test_when_a_misconception_no_longer_finds_its_text_it_says_which(tiny: str) -> None:
    truth = load_truth(tiny)
    with pytest.raises(SourceError, match="'gate-tanh' must find its text once in gate, found it 0 times"):
        truth.reference.patch(replace(truth.misconceptions[0], find="no such text"))
