"""docs/adding-a-lab.md, followed to the letter: its blocks make a lab that builds, verifies and is taught right."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.command_support import unrolled

PAGE = (Path(__file__).parents[1] / "docs" / "adding-a-lab.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`([\w/]+\.py)`:\n\n```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
LAB = "lab77_average"


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders that the page makes, with its three files."""
    folder = tmp_path_factory.mktemp("private")
    (folder / "labs").mkdir()
    for name, content in FILES.items():
        file = folder / "solutions" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def theirs(private: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNROLLED_SOLUTIONS", str(private / "solutions"))
    monkeypatch.setenv("UNROLLED_LABS", str(private / "labs"))
    return private


def test_when_the_page_is_read_it_names_the_three_files_of_a_lab() -> None:
    assert sorted(FILES) == [f"{LAB}/{LAB}.py", f"{LAB}/misconceptions.py", f"{LAB}/probes.py"]


@pytest.mark.slow
@pytest.mark.sandbox
def test_when_the_page_is_followed_the_lab_builds_verifies_and_goes_into_a_course(
    theirs: Path, tmp_path: Path
) -> None:
    built = unrolled("build")
    assert built.returncode == 0, built.stderr
    assert f"built {theirs}/labs/{LAB}/{LAB}.ipynb" in built.stdout
    assert unrolled("build", "--check").returncode == 0
    verified = unrolled("verify", LAB)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    lab = (theirs / "labs" / LAB / f"{LAB}.ipynb").read_text(encoding="utf-8")
    assert "carried" not in lab and "Rubric" not in lab
    assert unrolled("check", theirs / "labs" / LAB / f"{LAB}.ipynb").returncode == 1  # nothing is written yet
    made = unrolled("init", tmp_path / "course")
    assert made.returncode == 0 and f"added: {LAB}" in made.stdout


def test_when_the_pages_witness_is_asked_the_pages_solution_is_right() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    witness: dict[str, Any] = {}
    exec(next(block for block in blocks if "def numeric_gradient" in block), witness)
    solution: dict[str, Any] = {"np": np}
    for cell in re.findall(
        r'^# %% tags=\["exercise"\].*?\n(.*?)(?=^# %%)', FILES[f"{LAB}/{LAB}.py"], re.DOTALL | re.MULTILINE
    ):
        exec(cell, solution)
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(2, 5, 3))
    numeric = witness["numeric_gradient"](lambda x: solution["average"](x, 0.8), x, dy)
    np.testing.assert_allclose(solution["average_backward"](dy, 0.8), numeric, rtol=1e-6, atol=1e-9)


def test_when_only_hidden_cases_change_students_need_no_new_release(theirs: Path) -> None:
    """What docs/instructors.md says of private hidden cases."""
    from autograder.build import build_lab
    from autograder.build.make import lab_notebook, solution_notebook
    from autograder.truth.reference import load_truth

    before = {built.path.name: built.content for built in build_lab(LAB)}
    probes = theirs / "solutions" / LAB / "probes.py"
    old = probes.read_text(encoding="utf-8")
    probes.write_text(old.replace("Case(T=7, N=4)", "Case(T=11, N=5, label='a secret of ours')"))
    try:
        assert {built.path.name: built.content for built in build_lab(LAB)} == before
        hidden = load_truth(LAB).probes["average_matches"].hidden
        assert "a secret of ours" in {case.label for case in hidden}
    finally:
        probes.write_text(old, encoding="utf-8")
        for cached in (lab_notebook, solution_notebook):
            cached.cache_clear()
