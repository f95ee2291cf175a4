"""The workspace's first page: the labs in order, what each teaches, its points and time, the lecture to read."""

from __future__ import annotations

from collections.abc import Iterator

import nbformat

from autograder.labs import all_labs, load_spec
from autograder.places import lectures_dir

START = "START.ipynb"


def start_page() -> str:
    """A notebook of one rendered cell, since its links open in JupyterLab with a click."""
    cell = nbformat.v4.new_markdown_cell("\n".join(_lines()), id="start")
    kernel = {"kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}}
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=[cell], metadata=kernel)))


def _lines() -> Iterator[str]:
    yield "# Unrolled: recurrent networks, built by hand"
    yield ""
    yield "Read the lecture, then open its lab and work from top to bottom. Each check answers at once, offline."
    yield ""
    yield "| lab | what you build | points | minutes | read first |"
    yield "|---|---|---|---|---|"
    for name in all_labs():
        spec = load_spec(name)
        points = f"{spec.max_score + spec.manual_points:g}"
        yield f"| [{name}]({name}/{name}.ipynb) | {spec.title} | {points} | {spec.minutes} | {_lecture(spec.lecture)} |"
    yield ""
    yield "Lectures: " + ", ".join(_lecture(name) for name in _lectures())


def _lectures() -> list[str]:
    return sorted(path.stem for path in lectures_dir().rglob("*.ipynb") if path.stem == path.parent.name)


def _lecture(name: str) -> str:
    return f"[{name}](lectures/{name}.ipynb)" if name in _lectures() else name
