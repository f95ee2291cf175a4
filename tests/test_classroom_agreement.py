"""The LSTM lab, the real grader: `unrolled grade` and plain `nbgrader autograde` give the same gradebook."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from autograder import notebooks
from autograder.build import solution_notebook
from autograder.grading.run import Request, grade, make_course
from autograder.labs import read_lab

LAB = "lab04_lstm"
pytestmark = [pytest.mark.slow, pytest.mark.sandbox]
Edit = Callable[[str], str]


def _answers() -> dict[str, str]:
    cells = solution_notebook(LAB).cells
    written = {notebooks.grade_id(cell): cell.source for cell in cells if notebooks.is_exercise(cell)}
    return {name: re.sub(r".*### (BEGIN|END) SOLUTION\n?", "", text) for name, text in written.items()}


def _hand_in(folder: Path, student: str, edit: Edit | None, words: str = "") -> None:
    answers, notebook = _answers(), read_lab(LAB)
    for cell in notebook.cells:
        if edit and notebooks.grade_id(cell) in answers:
            cell["source"] = edit(answers[notebooks.grade_id(cell)])
        if words and notebooks.is_question(cell):
            cell["source"] = words
    target = folder / student / LAB
    target.mkdir(parents=True)
    (target / f"{LAB}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (target / "timestamp.txt").write_text("2026-03-01 12:00:00 UTC")


def _state(course: Path) -> dict[str, Any]:
    with Gradebook(f"sqlite:///{course}/gradebook.db", "unrolled") as book:
        return {
            whole.student.id: (
                whole.score,
                whole.timestamp,
                {g.name: (g.auto_score, g.needs_manual_grade) for g in whole.notebooks[0].grades},
                {c.name: c.auto_comment for c in whole.notebooks[0].comments},
            )
            for whole in book.assignment_submissions(LAB)
        }


def test_when_the_same_class_is_graded_both_ways_the_gradebooks_agree(tmp_path: Path) -> None:
    submissions = tmp_path / "in"
    _hand_in(submissions, "perfect", lambda text: text, "Because the path is additive.")
    _hand_in(submissions, "Ana Müller", lambda text: text.replace("np.tanh(c)", "c"), "<script>1</script>")
    _hand_in(submissions, "warns", lambda text: f"import sys\nprint('careful', file=sys.stderr)\n{text}")
    _hand_in(submissions, "untouched", None)
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    grade(Request(LAB, submissions, ours))

    make_course(theirs)
    shutil.copytree(submissions, theirs / "submitted", dirs_exist_ok=True)
    environment = {**os.environ, "HOME": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path / "config")}
    command = [sys.executable, "-m", "nbgrader", "autograde", LAB]
    done = subprocess.run(command, cwd=theirs, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]

    graded = _state(ours)
    assert graded == _state(theirs)
    most = graded["perfect"][0]
    assert graded["warns"][0] == most > graded["Ana Müller"][0] > graded["untouched"][0] == 0
