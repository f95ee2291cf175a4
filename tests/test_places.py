"""Where labs, data, lectures and solutions are looked for. What a wheel does is in test_packaging.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder import places
from autograder.errors import BadInput

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _no_solutions_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNROLLED_SOLUTIONS", raising=False)


def test_when_run_from_a_checkout_its_own_folders_are_used() -> None:
    assert places.checkout() == ROOT
    assert places.labs_dir() == ROOT / "labs"
    assert places.datasets_dir() == ROOT / "datasets"
    assert places.lectures_dir() == ROOT / "course"
    assert places.solutions_dir() == ROOT / "solutions"


def test_when_solutions_are_named_they_come_before_the_checkouts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNROLLED_SOLUTIONS", str(tmp_path))
    assert places.solutions_dir() == tmp_path.resolve()


def test_when_the_named_solutions_are_no_folder_the_line_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tmp_path / "nowhere"
    monkeypatch.setenv("UNROLLED_SOLUTIONS", str(missing))
    with pytest.raises(BadInput, match="UNROLLED_SOLUTIONS") as caught:
        places.solutions_dir()
    assert str(missing) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_when_there_is_no_checkout_shipped_folders_are_used_and_solutions_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_PACKAGE", tmp_path / "autograder")
    (tmp_path / "autograder/_data/labs").mkdir(parents=True)
    assert places.checkout() is None
    assert places.labs_dir() == tmp_path / "autograder/_data/labs"
    assert places.lectures_dir() == tmp_path / "course"
    with pytest.raises(BadInput, match="UNROLLED_SOLUTIONS"):
        places.solutions_dir()


def test_when_a_sandbox_shows_a_checkouts_folder_without_its_pyproject_the_data_sets_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_PACKAGE", tmp_path / "autograder")
    (tmp_path / "datasets").mkdir()
    assert places.datasets_dir() == tmp_path / "datasets"
