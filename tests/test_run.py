"""A class graded into a course: when nbgrader is loaded, and by whom."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from autograder.classroom import gradebook
from autograder.grading import run


def test_when_nbgrader_is_still_loading_beside_the_gradebook_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its modules import each other in circles, and a second thread in them sees halves."""
    order: list[str] = []

    def slowly(name: str) -> None:
        time.sleep(0.3)
        order.append(f"loaded {name}")

    class Recorder:
        def __init__(self, *where: Any) -> None:
            order.append("opened")

        def __enter__(self) -> Recorder:
            return self

        def __exit__(self, *error: object) -> None:
            order.append("closed")

        def export(self, *what: Any) -> None:
            order.append("exported")

    monkeypatch.setattr(run, "import_module", slowly)
    monkeypatch.setattr(gradebook, "Exporter", Recorder)
    result: Any = type("Result", (), {"verdict": "rejected"})
    submission: Any = type("Submission", (), {"folder": tmp_path})
    with run._LazyExporter(tmp_path, "lab99_tiny") as exporter:
        exporter.prepare()
        exporter.export(result, submission)
    assert order == ["loaded nbgrader.api", "opened", "exported", "closed"]
