"""For every test: one thread for each library, and a plain reason where this machine cannot run a test.

Where CI is set nothing is skipped for a missing program: there it should have been installed.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

# Before any import of NumPy: tests run side by side, and a process that forks must have one thread.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "agg")

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# How long an example takes says how busy the machine is, and nothing about the code. CONTRIBUTING.md says how
# to look longer than a test can.
EXAMPLES = int(os.environ.get("UNROLLED_FUZZ_EXAMPLES", "100"))
settings.register_profile("untimed", deadline=None, max_examples=EXAMPLES)
settings.load_profile("untimed")

TINY = "lab90_tiny"
TINY_SOLUTIONS = Path(__file__).parent / "fixtures" / "solutions"


@pytest.fixture(scope="session")
def tiny_labs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of labs with one in it, built from tests/fixtures: three checks, three known mistakes."""
    from autograder.build import build_lab, write

    folder = tmp_path_factory.mktemp("labs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNROLLED_SOLUTIONS", str(TINY_SOLUTIONS))
        patch.setenv("UNROLLED_LABS", str(folder))
        for built in build_lab(TINY):
            write(built)
    return folder


@pytest.fixture
def tiny(tiny_labs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The tiny lab in the place of all others, here and in processes started from here; its name."""
    from autograder.build.make import lab_notebook, solution_notebook

    monkeypatch.setenv("UNROLLED_SOLUTIONS", str(TINY_SOLUTIONS))
    monkeypatch.setenv("UNROLLED_LABS", str(tiny_labs))
    yield TINY
    for cached in (lab_notebook, solution_notebook):
        cached.cache_clear()


def _why_not(mark: str) -> str:
    """Why tests with this mark cannot run here; empty if they can."""
    if mark == "gpu":
        return "" if shutil.which("nvidia-smi") else "needs a CUDA device"
    if os.environ.get("CI"):
        return ""
    if mark == "browser" and not shutil.which("chromium"):
        return "needs chromium (Debian: apt-get install chromium)"
    if mark == "sandbox" and sys.platform != "linux":
        return "needs Linux"
    return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, and say why."""
    reasons = {mark: _why_not(mark) for mark in ("browser", "gpu", "sandbox")}
    for item in items:
        for mark, reason in reasons.items():
            if reason and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))
