"""A student's workspace: complete, brought up to date, and never at the cost of their work."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from autograder.errors import BadInput
from autograder.places import PROBES, labs_dir
from autograder.student.workspace import OURS, RELEASED, make_workspace


@pytest.fixture
def release(tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A release of the labs that a test may change."""
    folder = tmp_path / "release"
    shutil.copytree(labs_dir(), folder)
    monkeypatch.setenv("UNROLLED_LABS", str(folder))
    return folder / tiny


@pytest.fixture
def workspace(release: Path, tmp_path: Path) -> Path:
    """A workspace, freshly made."""
    folder = tmp_path / "ws"
    make_workspace(folder)
    return folder


def replace(file: Path, old: str, new: str) -> str:
    """Change a file's text; gives what it is then."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return file.read_text()


def work(workspace: Path, name: str) -> str:
    """The student writes into the lab's notebook."""
    return replace(
        workspace / "labs" / name / f"{name}.ipynb", "raise NotImplementedError()", "return 1  # my work"
    )


def newer(release: Path, title: str = "A better lab") -> str:
    """Another release of the lab; gives its notebook's text."""
    (release / PROBES).write_bytes((release / PROBES).read_bytes() + title.encode())
    return replace(release / f"{release.name}.ipynb", "# A lab for tests", f"# {title}")


def lab_files(workspace: Path, place: str, name: str) -> tuple[str, bytes]:
    folder = workspace / "labs" / place
    assert sorted(path.name for path in folder.iterdir()) == sorted([f"{name}.ipynb", PROBES])
    return (folder / f"{name}.ipynb").read_text(), (folder / PROBES).read_bytes()


def released(release: Path) -> tuple[str, bytes]:
    return (release / f"{release.name}.ipynb").read_text(), (release / PROBES).read_bytes()


def test_when_a_workspace_is_made_labs_lectures_data_and_a_start_page_are_in_it(
    tiny: str, release: Path, tmp_path: Path
) -> None:
    assert make_workspace(tmp_path / "ws") == [f"made the workspace {tmp_path / 'ws'}"]
    assert lab_files(tmp_path / "ws", tiny, tiny) == released(release)
    assert list((tmp_path / "ws" / "course").glob("*/*.ipynb"))
    assert (tmp_path / "ws" / "course" / "NOTATION.md").is_file()
    assert list((tmp_path / "ws" / "datasets" / "cards").glob("*.md"))
    assert (tmp_path / "ws" / "START.md").is_file()


def test_when_a_workspace_is_made_no_code_of_ours_is_in_it(workspace: Path) -> None:
    assert not [path for path in workspace.rglob("*.py*") if ".unrolled" not in path.parts]


def test_when_a_notebook_or_page_links_to_a_file_the_file_is_there(workspace: Path) -> None:
    for page in (
        *workspace.glob("*.md"),
        *workspace.glob("course/*.md"),
        *workspace.glob("course/*/*.ipynb"),
    ):
        for link in re.findall(r"\]\(([^)#\s]+\.(?:ipynb|md|csv))\)", page.read_text()):
            if ":" not in link and "labs/" not in link:  # the only lab here is the one for tests
                assert (page.parent / link).resolve().is_file(), f"{page.relative_to(workspace)}: {link}"


def test_when_it_is_made_again_nothing_changes(workspace: Path) -> None:
    before = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    assert make_workspace(workspace) == []
    assert before == {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}


def test_when_the_student_has_worked_nothing_is_written_over(tiny: str, workspace: Path) -> None:
    text = work(workspace, tiny)
    assert make_workspace(workspace) == []
    assert lab_files(workspace, tiny, tiny)[0] == text
    assert not (workspace / "labs" / f"{tiny}-new").exists()


def test_when_a_newer_release_comes_it_is_laid_beside_the_students_work(
    tiny: str, release: Path, workspace: Path
) -> None:
    old_probes = lab_files(workspace, tiny, tiny)[1]
    text = work(workspace, tiny)
    newer(release)
    (line,) = make_workspace(workspace)
    assert line == (
        f"labs/{tiny}: a newer release lies in labs/{tiny}-new; your work in labs/{tiny} is as it was"
    )
    assert lab_files(workspace, tiny, tiny) == (text, old_probes)
    assert lab_files(workspace, f"{tiny}-new", tiny) == released(release)
    assert make_workspace(workspace) == []


def test_when_the_newer_release_was_worked_on_too_the_next_one_is_laid_beside_both(
    tiny: str, release: Path, workspace: Path
) -> None:
    first = work(workspace, tiny)
    second_release = newer(release)
    make_workspace(workspace)
    second = replace(
        workspace / "labs" / f"{tiny}-new" / f"{tiny}.ipynb", "raise NotImplementedError()", "return 2"
    )
    replace(release / f"{tiny}.ipynb", "# A better lab", "# The best lab")
    (line,) = make_workspace(workspace)
    assert f"labs/{tiny}-new2" in line
    assert second != second_release
    assert lab_files(workspace, tiny, tiny)[0] == first
    assert lab_files(workspace, f"{tiny}-new", tiny)[0] == second
    assert lab_files(workspace, f"{tiny}-new2", tiny) == released(release)


def test_when_an_older_release_was_not_touched_it_is_brought_up_to_date(
    tiny: str, release: Path, workspace: Path
) -> None:
    newer(release)
    assert make_workspace(workspace) == []
    assert lab_files(workspace, tiny, tiny) == released(release)


def test_when_an_older_release_was_only_run_it_is_brought_up_to_date(
    tiny: str, release: Path, workspace: Path
) -> None:
    notebook = workspace / "labs" / tiny / f"{tiny}.ipynb"
    content = json.loads(notebook.read_text())
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = 3
    content["metadata"]["language_info"]["version"] = "3.12.1"
    notebook.write_text(json.dumps(content))
    newer(release)
    assert make_workspace(workspace) == []
    assert lab_files(workspace, tiny, tiny) == released(release)


def test_when_only_the_probes_are_newer_they_are_exchanged_and_the_work_stays(
    tiny: str, release: Path, workspace: Path
) -> None:
    text = work(workspace, tiny)
    (release / PROBES).write_bytes(b"probes with a better hint")
    assert make_workspace(workspace) == []
    assert lab_files(workspace, tiny, tiny) == (text, b"probes with a better hint")


@pytest.mark.parametrize(
    "damage", [Path.unlink, lambda file: file.write_bytes(b"")], ids=["deleted", "emptied"]
)
def test_when_the_probes_were_lost_they_come_back(tiny: str, release: Path, workspace: Path, damage) -> None:  # type: ignore[no-untyped-def]
    damage(workspace / "labs" / tiny / PROBES)
    make_workspace(workspace)
    assert lab_files(workspace, tiny, tiny) == released(release)


def test_when_a_lab_was_put_there_by_hand_it_is_not_written_over(
    tiny: str, release: Path, tmp_path: Path
) -> None:
    shutil.copytree(release, tmp_path / "ws" / "labs" / tiny)
    text = work(tmp_path / "ws", tiny)
    assert f"labs/{tiny}-new" in make_workspace(tmp_path / "ws")[1]
    assert lab_files(tmp_path / "ws", tiny, tiny)[0] == text


def test_when_a_lecture_was_written_into_it_stays_through_a_newer_release(workspace: Path) -> None:
    lecture = next((workspace / "course").glob("*/*.ipynb"))
    text = replace(lecture, '"source": [', '"source": ["my note\\n",')
    record = workspace / OURS / RELEASED
    known = json.loads(record.read_text())
    known[f"course/{lecture.stem}"][lecture.name] = ["an older", "release"]
    record.write_text(json.dumps(known))
    (line,) = make_workspace(workspace)
    assert lecture.read_text() == text
    assert f"course/{lecture.stem}-new" in line


@pytest.mark.parametrize("content", ["", "[]", '{"labs": 3}', '{"a": {"b": 1}}'])
def test_when_the_record_is_damaged_nobodys_work_is_lost(tiny: str, workspace: Path, content: str) -> None:
    text = work(workspace, tiny)
    (workspace / OURS / RELEASED).write_text(content)
    make_workspace(workspace)
    assert lab_files(workspace, tiny, tiny)[0] == text


def test_when_a_file_is_in_the_way_one_line_says_so(tiny: str, tmp_path: Path) -> None:
    (tmp_path / "ws").write_text("a file")
    with pytest.raises(BadInput, match="--folder should name a folder that can be written"):
        make_workspace(tmp_path / "ws")


def test_when_the_folder_is_the_courses_own_it_is_refused(release: Path) -> None:
    with pytest.raises(BadInput, match="is inside the course's"):
        make_workspace(release / "mine")
    assert not (release / "mine").exists()


def test_when_there_are_no_labs_one_line_says_how_to_make_them(
    tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("UNROLLED_LABS", str(tmp_path / "none"))
    with pytest.raises(BadInput, match="make build"):
        make_workspace(tmp_path / "ws")
