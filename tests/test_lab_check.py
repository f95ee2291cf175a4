"""`@lab.check` in the student's own process: shown at once, raised when wrong, told in their own lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from autograder import open_lab
from autograder.build import solution_notebook
from autograder.errors import BadInput, CheckFailed
from autograder.places import PROBES, labs_dir
from autograder.sources import to_text
from autograder.student import progress
from autograder.student.advice import tell_missing
from autograder.student.lab import Lab
from autograder.student.progress import OURS


@pytest.fixture
def lab(tiny: str) -> Lab:
    return open_lab(tiny, labs_dir() / tiny)


def right(x: Any, w: Any) -> Any:
    return 1 / (1 + np.exp(-(x @ w)))


def run(lab: Lab, gate: Any) -> Any:
    @lab.check
    def gate_matches(x: Any, w: Any) -> Any:
        return {"gate": gate(x, w)}

    return gate_matches


def test_when_the_answer_is_right_one_line_says_so(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    assert callable(run(lab, right))
    (line,) = capsys.readouterr().out.strip().splitlines()
    assert line.startswith("✓ Passed  check-gate  (3 of 3 points")


def test_when_the_answer_is_wrong_it_raises_with_the_mistakes_name(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CheckFailed, match=r"check-gate: .*Your gate is a tanh"):
        run(lab, lambda x, w: np.tanh(x @ w))
    assert "Likely mistake" in capsys.readouterr().out


def test_when_the_student_prints_it_is_in_the_check_and_not_on_stderr(
    lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    def talkative(x: Any, w: Any) -> Any:
        print("looking at", x.shape)
        print("a warning", file=sys.stderr)
        return right(x, w)

    run(lab, talkative)
    told = capsys.readouterr()
    assert "looking at (3, 4)" in told.out
    assert told.err == ""


@pytest.mark.parametrize(
    ("returned", "said"),
    [(None, "None"), ((1, 2), r"shape"), ("text", "text"), ([[1.0], [2.0, 3.0]], "list")],
    ids=["None", "a tuple", "a string", "ragged"],
)
def test_when_another_type_comes_back_it_is_told(
    lab: Lab, capsys: pytest.CaptureFixture[str], returned: Any, said: str
) -> None:
    with pytest.raises(CheckFailed):
        run(lab, lambda x, w: returned)
    assert said in capsys.readouterr().out


def test_when_the_check_returns_no_dict_it_is_told(lab: Lab) -> None:
    with pytest.raises(CheckFailed, match="dict"):

        @lab.check
        def gate_matches(x: Any, w: Any) -> Any:
            return right(x, w)


def test_when_student_code_raises_their_own_line_is_shown(lab: Lab) -> None:
    shell: Any = InteractiveShell.instance()
    shell.user_ns.update(lab=lab)
    shell.run_cell("import numpy as np\ndef gate(x, w):\n    inner = x @ w\n    return inner + np.ones(3)")
    done = shell.run_cell("@lab.check\ndef gate_matches(x, w):\n    return {'gate': gate(x, w)}")
    told = str(done.error_in_exec)
    assert "ValueError" in told
    assert "line 4" in told
    assert "return inner + np.ones(3)" in told
    assert "calls.py" not in told


def test_when_a_needed_check_failed_the_later_one_says_so(lab: Lab) -> None:
    with pytest.raises(CheckFailed):
        run(lab, lambda x, w: np.tanh(x @ w))
    with pytest.raises(CheckFailed, match="The gate of random inputs"):

        @lab.check(needs=["check-gate", "check-leak"])
        def gated_leak_matches(x: Any, w: Any) -> Any:
            return {"h": np.cumsum(np.tanh(x @ w), axis=0)}


def test_when_the_probes_are_missing_one_line_says_where_they_belong(tiny: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"need {PROBES} beside the notebook"):
        run(open_lab(tiny, tmp_path), right)


def test_when_the_probes_are_cut_off_one_line_says_so(tiny: str, tmp_path: Path) -> None:
    (tmp_path / PROBES).write_bytes((labs_dir() / tiny / PROBES).read_bytes()[:500])
    with pytest.raises(BadInput, match="is damaged"):
        run(open_lab(tiny, tmp_path), right)


def test_when_the_probes_are_another_labs_one_line_says_so(tiny: str) -> None:
    with pytest.raises(BadInput, match=f"belongs to {tiny}, this notebook is lab04_lstm"):
        run(open_lab("lab04_lstm", labs_dir() / tiny), right)


def test_when_a_lab_is_opened_nothing_heavy_is_imported() -> None:
    heavy = "{'pandas', 'matplotlib', 'nbformat', 'nbgrader', 'torch', 'tensorflow', 'jupytext', 'sqlite3'}"
    code = f"import sys; from autograder import open_lab; open_lab('x'); print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gate", "said"), [("right", "passes all the tests"), ("wrong", "Your gate is a tanh")]
)
def test_when_nbgrader_validates_it_counts_the_checks(
    tiny: str, tmp_path: Path, gate: str, said: str
) -> None:
    (tmp_path / PROBES).write_bytes((labs_dir() / tiny / PROBES).read_bytes())
    notebook = solution_notebook(tiny).copy()
    text = to_text(notebook)
    if gate == "wrong":
        text = text.replace("return 1.0 / (1.0 + np.exp(-product))", "return np.tanh(product)")
    path = tmp_path / f"{tiny}.ipynb"
    path.write_text(text)
    assert json.loads(text)
    done = subprocess.run(
        [str(Path(sys.executable).parent / "nbgrader"), "validate", str(path)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert said in done.stdout


def test_when_a_package_of_the_course_is_missing_the_command_stands_below_the_error(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "pooch.py").write_text("raise ModuleNotFoundError('No module named pooch', name='pooch')")
    monkeypatch.delitem(sys.modules, "pooch", raising=False)
    shell = InteractiveShell()
    tell_missing(shell)
    done = shell.run_cell("import pooch")
    told = capsys.readouterr().out
    assert isinstance(done.error_in_exec, ModuleNotFoundError)
    assert "No module named pooch" in told
    assert f"{sys.executable} -m pip install pooch" in told.replace("\n", "")


def test_when_any_other_package_is_missing_none_is_recommended(capsys: pytest.CaptureFixture[str]) -> None:
    shell = InteractiveShell()
    tell_missing(shell)
    shell.run_cell("import nunpy")
    told = capsys.readouterr().out
    assert "No module named 'nunpy'" in told
    assert "pip install" not in told


@pytest.mark.parametrize("package", ["numpy", "safetensors"])
def test_when_a_package_of_ours_is_missing_one_line_names_the_command(tiny: str, package: str) -> None:
    folder = f"__import__('pathlib').Path({str(labs_dir() / tiny)!r})"
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        f"from autograder import open_lab\nlab = open_lab({tiny!r}, {folder})\n"
        "@lab.check\ndef gate_matches(x, w): return {}"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert package in last
    assert f"{sys.executable} -m pip install {package}" in last


def test_when_python_is_too_old_one_line_says_which_is_needed_and_which_this_is() -> None:
    code = "import sys; sys.version_info = (3, 10, 4, 'final', 0); import autograder"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: Unrolled needs Python 3.11 or later; this is Python ")
    assert sys.executable in last


def in_workspace(tiny: str, tmp_path: Path) -> Lab:
    folder = tmp_path / "labs" / tiny
    folder.mkdir(parents=True)
    (tmp_path / OURS).mkdir()
    (folder / PROBES).write_bytes((labs_dir() / tiny / PROBES).read_bytes())
    return open_lab(tiny, folder)


def test_when_a_check_runs_in_a_workspace_its_last_outcome_is_kept(tiny: str, tmp_path: Path) -> None:
    lab = in_workspace(tiny, tmp_path)
    with pytest.raises(CheckFailed):
        run(lab, lambda x, w: x @ w)
    assert not progress.read(tmp_path)[tiny]["check-gate"]["passed"]
    run(lab, right)
    entry = progress.read(tmp_path)[tiny]["check-gate"]
    assert entry["passed"] and entry["points"] == 3


@pytest.mark.parametrize("damage", ["a file in its place", "not a dict"])
def test_when_progress_cannot_be_kept_the_check_says_what_it_says(
    tiny: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    lab = in_workspace(tiny, tmp_path)
    place = tmp_path / OURS / "progress"
    if damage == "not a dict":
        place.mkdir()
        (place / f"{tiny}.json").write_text('["?"]')
    else:
        place.write_text("in the way")
    run(lab, right)
    assert "Passed" in capsys.readouterr().out


def test_when_there_is_no_workspace_nothing_is_written(tiny: str, tmp_path: Path) -> None:
    (tmp_path / PROBES).write_bytes((labs_dir() / tiny / PROBES).read_bytes())
    run(open_lab(tiny, tmp_path), right)
    assert [path.name for path in tmp_path.iterdir()] == [PROBES]


def test_when_nbgrader_grades_progress_is_the_students_own(
    tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    run(in_workspace(tiny, tmp_path), right)
    assert progress.read(tmp_path) == {}


@pytest.mark.slow
def test_when_a_kernel_lacks_a_package_the_cells_error_says_what_to_run(tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('No module named torch', name='torch')")
    sources = ["from autograder import open_lab\nlab = open_lab('lab90_tiny')", "import torch"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, allow_errors=True, kernel_name="python3", resources=where).execute()
    assert notebook.cells[0].outputs == []
    (output,) = notebook.cells[1].outputs
    assert output["ename"] == "ModuleNotFoundError"
    assert "-m pip install torch" in "".join(output["traceback"])
