"""The workspace's first page: the labs in order, what each teaches, and how far along the student is.

It is Markdown, which JupyterLab shows as a page whose links open notebooks with a click. It is written anew after
every check, from the course's facts and the student's progress; both lie in the workspace, so that this takes
about a millisecond and imports nothing heavy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.student import progress
from autograder.student.progress import LABS, OURS, write_whole

START = "START.md"
COURSE = "course"
_FACTS = "course.json"
_BAR = 10


def write_facts(workspace: Path) -> None:
    """Keep what the page says of each lab and lecture, read from the notebooks as they were released."""
    facts = {"labs": _lab_facts(), "lectures": _lecture_facts()}
    write_whole(workspace / OURS / _FACTS, json.dumps(facts, indent=1, ensure_ascii=False))


def refresh(workspace: Path) -> None:
    """Write the page anew, if it would say anything else than it does.

    Raises:
        OSError: it cannot be written.
        ValueError: the workspace's facts are damaged; `unrolled lab` writes them anew.
    """
    facts = json.loads((workspace / OURS / _FACTS).read_text(encoding="utf-8"))
    page = "\n".join(_lines(workspace, facts["labs"], facts["lectures"], progress.read(workspace))) + "\n"
    file = workspace / START
    if not file.is_file() or file.read_text(encoding="utf-8") != page:
        write_whole(file, page)


# --- facts -----------------------------------------------------------------------------------------------


def _lab_facts() -> list[dict[str, Any]]:
    from autograder.labs import all_labs, read_lab, spec_of

    facts = []
    for name in all_labs():
        notebook = read_lab(name)
        spec = spec_of(name, notebook)
        facts.append(
            {
                "name": name,
                "title": spec.title,
                "teaches": _goals(notebook.cells[0].source if notebook.cells else ""),
                "minutes": spec.minutes,
                "lecture": spec.lecture,
                "points": spec.max_score,
                "by_hand": spec.manual_points,
                "checks": len(spec.checks),
            }
        )
    return facts


def _lecture_facts() -> list[dict[str, str]]:
    import nbformat

    from autograder.places import lectures_dir

    facts = []
    for path in sorted(lectures_dir().rglob("*.ipynb")):
        if path.stem == path.parent.name:
            notebook = nbformat.read(path, as_version=4)
            title = notebook.metadata.get("unrolled", {}).get("title", path.stem)
            facts.append(
                {"name": path.stem, "path": _posix(path.relative_to(lectures_dir())), "title": str(title)}
            )
    return facts


def _posix(path: Path) -> str:
    return f"{COURSE}/{path.as_posix()}"


def _goals(text: str) -> list[str]:
    """The list under "When you are done you can", an item a line; a list item may go over several lines."""
    _, _, after = text.partition("you can**")
    goals: list[str] = []
    for line in after.strip().splitlines():
        if line.startswith("- "):
            goals.append(line[2:].strip())
        elif line.startswith("  ") and goals:
            goals[-1] += f" {line.strip()}"
        else:
            break
    return [goal.rstrip(".;,") for goal in goals]


# --- page ------------------------------------------------------------------------------------------------


def _lines(
    workspace: Path,
    labs: Sequence[Mapping[str, Any]],
    lectures: Sequence[Mapping[str, str]],
    done: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> Iterator[str]:
    by_name = {lecture["name"]: lecture for lecture in lectures}
    yield "# Unrolled: recurrent networks, built by hand"
    yield ""
    yield "Read a lecture, then open its lab and work from top to bottom: each check answers at once, offline."
    yield ""
    yield "| lab | your checks so far | points | minutes | read first |"
    yield "|:---|:---|---:|---:|:---|"
    for lab in labs:
        for folder in _folders(workspace, lab["name"]):
            yield _row(lab, folder, by_name.get(lab["lecture"]), done.get(folder, {}))
    if any(lab["by_hand"] for lab in labs):
        yield ""
        yield "Points include answers in words, which your teacher reads; the checks give the others."
    yield from _teaching(labs)
    yield ""
    yield "## The lectures"
    yield ""
    for lecture in lectures:
        yield f"- [{_text(lecture['title'])}]({lecture['path']})"
    yield ""
    yield "The letters and shapes that all of them use are in [NOTATION](course/NOTATION.md)."


def _row(
    lab: Mapping[str, Any],
    folder: str,
    lecture: Mapping[str, str] | None,
    checks: Mapping[str, Mapping[str, Any]],
) -> str:
    newer = " (newer release)" if folder != lab["name"] else ""
    link = f"[{_text(lab['title'])}]({LABS}/{folder}/{lab['name']}.ipynb){newer}"
    read = (
        f"[{_text(lecture['title'])}]({lecture['path']})"
        if lecture
        else f"{_text(lab['lecture'])} (in preparation)"
    )
    return f"| {link} | {_so_far(lab, checks)} | {lab['points'] + lab['by_hand']:g} | {lab['minutes']} | {read} |"


def _so_far(lab: Mapping[str, Any], checks: Mapping[str, Mapping[str, Any]]) -> str:
    """A bar of characters and its meaning in words; a check's last outcome counts."""
    passed = [entry for entry in checks.values() if entry["passed"]]
    if not checks:
        return "not begun"
    earned, total = sum(entry["points"] for entry in passed), lab["points"]
    full = int(_BAR * min(1.0, earned / total)) if total else 0
    bar = "█" * full + "░" * (_BAR - full)
    if len(passed) >= lab["checks"]:
        return f"{bar} all {lab['checks']} checks, {earned:g} points"
    return f"{bar} {earned:g} of {total:g} points, {len(passed)} of {lab['checks']} checks"


def _teaching(labs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for lab in labs:
        if lab["teaches"]:
            yield ""
            yield f"**{_text(lab['title'])}**: when you are done you can"
            yield ""
            for goal in lab["teaches"]:
                yield f"- {goal}"


def _folders(workspace: Path, name: str) -> list[str]:
    """The lab's own folder, then those of newer releases that were laid beside it."""
    beside = sorted(path.name for path in (workspace / LABS).glob(f"{name}-new*") if path.is_dir())
    return [name, *sorted(beside, key=lambda folder: (len(folder), folder))]


def _text(words: str) -> str:
    """Words that stand in a table and in a link."""
    return words.replace("|", "\\|").replace("[", "\\[").replace("]", "\\]")
