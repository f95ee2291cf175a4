"""The start page says what each lab teaches and how far along the student is, and follows their checks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.model import CheckSpec
from autograder.student import progress, start_page
from autograder.student.start_page import START
from autograder.student.workspace import OURS, make_workspace

GATE = CheckSpec("check-gate", "gate_matches", 3, "The gate of random inputs.")
LEAK = CheckSpec("check-leak", "leak_matches", 4, "The leaky sum of a random sequence.")
BOTH = CheckSpec("check-gated-leak", "gated_leak_matches", 1, "Your gate, summed by your leak.")


@pytest.fixture
def workspace(tiny: str, tmp_path: Path) -> Path:
    make_workspace(tmp_path / "ws")
    return tmp_path / "ws"


def row(workspace: Path, folder: str) -> list[str]:
    """The cells of a lab's line in the table."""
    lines = (workspace / START).read_text().splitlines()
    (line,) = [line for line in lines if f"](labs/{folder}/" in line]
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def test_when_nothing_was_done_the_page_gives_each_labs_facts(tiny: str, workspace: Path) -> None:
    lab, so_far, points, minutes, lecture = row(workspace, tiny)
    assert lab == f"[A lab for tests](labs/{tiny}/{tiny}.ipynb)"
    assert (so_far, points, minutes) == ("not begun", "10", "5")
    assert lecture.endswith("](course/05_lstm/05_lstm.ipynb)")


def test_when_checks_passed_the_bar_and_the_words_say_how_far(tiny: str, workspace: Path) -> None:
    progress.record(workspace / "labs" / tiny, GATE, True)
    progress.record(workspace / "labs" / tiny, LEAK, False)
    assert row(workspace, tiny)[1] == "███░░░░░░░ 3 of 8 points, 1 of 3 checks"


def test_when_all_checks_passed_it_says_so(tiny: str, workspace: Path) -> None:
    for spec in (GATE, LEAK, BOTH):
        progress.record(workspace / "labs" / tiny, spec, True)
    assert row(workspace, tiny)[1] == "██████████ all 3 checks, 8 points"


def test_when_a_check_fails_that_passed_before_the_last_time_counts(tiny: str, workspace: Path) -> None:
    progress.record(workspace / "labs" / tiny, GATE, True)
    progress.record(workspace / "labs" / tiny, GATE, False)
    assert row(workspace, tiny)[1] == "░░░░░░░░░░ 0 of 8 points, 0 of 3 checks"


def test_when_a_newer_release_lies_beside_each_has_its_own_line(tiny: str, workspace: Path) -> None:
    for number in ("", "2", "10"):
        (workspace / "labs" / f"{tiny}-new{number}").mkdir()
    progress.record(workspace / "labs" / f"{tiny}-new2", GATE, True)
    assert row(workspace, tiny)[1] == "not begun"
    assert row(workspace, f"{tiny}-new2")[0].endswith("(newer release)")
    assert row(workspace, f"{tiny}-new2")[1].startswith("███")
    page = (workspace / START).read_text()
    assert page.index(f"{tiny}-new/") < page.index(f"{tiny}-new2/") < page.index(f"{tiny}-new10/")


def test_when_the_workspace_is_made_again_progress_is_kept(tiny: str, workspace: Path) -> None:
    progress.record(workspace / "labs" / tiny, GATE, True)
    (workspace / START).unlink()
    make_workspace(workspace)
    assert row(workspace, tiny)[1].startswith("███")


@pytest.mark.parametrize("content", ["", "[]", '{"check-gate": 3}', '{"check-gate": {"passed": "yes"}}'])
def test_when_progress_was_damaged_the_lab_counts_as_not_begun(
    tiny: str, workspace: Path, content: str
) -> None:
    file = workspace / OURS / "progress" / f"{tiny}.json"
    file.parent.mkdir()
    file.write_text(content)
    start_page.refresh(workspace)
    assert row(workspace, tiny)[1] == "not begun"


def test_when_a_notebook_lies_elsewhere_in_the_workspace_nothing_is_kept(tiny: str, workspace: Path) -> None:
    before = (workspace / START).read_text()
    copy = workspace / "backup" / tiny
    copy.mkdir(parents=True)
    progress.record(copy, GATE, True)
    assert (workspace / START).read_text() == before
    assert progress.read(workspace) == {}


def test_when_a_lab_says_what_it_teaches_the_page_lists_it() -> None:
    goals = "**When you are done you can**\n\n- write it,\n  with shapes;\n- read it.\n"
    text = f"# A lab\n\n{goals}\nPlan an hour.\n- not this"
    assert start_page._goals(text) == ["write it, with shapes", "read it"]
    assert start_page._goals("# A lab without\n\n- a list") == []


def test_when_a_title_has_marks_of_a_table_or_link_they_are_escaped(tiny: str, workspace: Path) -> None:
    facts = workspace / OURS / "course.json"
    known = json.loads(facts.read_text())
    known["labs"][0]["title"] = "P(x|y) [part 2]"
    facts.write_text(json.dumps(known))
    start_page.refresh(workspace)
    assert row(workspace, tiny)[0].startswith("[P(x\\|y) \\[part 2\\]](labs/")
