"""What every lecture must be, read from its source; running one is marked slow."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlparse

import jupytext
import nbformat
import pytest

COURSE = Path(__file__).parents[1] / "course"
LECTURES = sorted(COURSE.glob("[0-9][0-9]_*/[0-9][0-9]_*.py"))
LABS = sorted((COURSE.parent / "solutions").glob("lab*/lab*.py"))
PARTS = (
    "question",
    "picture",
    "equations",
    "NumPy",
    "can fail",
    "not solve",
    "Exercises",
    "The lab",
    "# Sources",
)


@pytest.fixture(params=LECTURES, ids=lambda path: path.stem)
def source(request: pytest.FixtureRequest) -> Path:
    return request.param


@cache
def read(source: Path) -> nbformat.NotebookNode:
    return jupytext.read(source)


def cells(source: Path, kind: str) -> list[str]:
    return [cell.source for cell in read(source).cells if cell.cell_type == kind]


def prose(source: Path) -> str:
    return "\n\n".join(cells(source, "markdown"))


def test_when_a_lecture_is_named_folder_and_file_agree(source: Path) -> None:
    assert source.parent.name == source.stem


def test_when_a_lecture_is_opened_its_head_states_title_minutes_seconds_and_lab(source: Path) -> None:
    facts = read(source).metadata["unrolled"]
    assert {"title", "minutes", "seconds"} <= set(facts)
    assert facts["seconds"] <= 90
    assert f"{facts['minutes']} minutes" in prose(source) and f"{facts['seconds']} seconds" in prose(source)


def test_when_a_lecture_is_read_its_parts_come_in_the_agreed_order(source: Path) -> None:
    headings = re.findall(r"^##? .*$", prose(source), flags=re.M)
    places = []
    for part in PARTS:
        found = [place for place, text in enumerate(headings) if part.lower() in text.lower()]
        assert found, f"no heading has {part!r} in it"
        places.append(found[0])
    assert places == sorted(places), dict(zip(PARTS, places, strict=True))


def test_when_headings_are_listed_none_skips_a_level(source: Path) -> None:
    levels = [len(marks) for marks in re.findall(r"^(#+) ", prose(source), flags=re.M)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_when_exercises_are_counted_there_are_three_with_folded_answers(source: Path) -> None:
    assert prose(source).count("<details><summary>Answer</summary>") == prose(source).count("</details>") == 3


def test_when_code_cells_are_measured_none_is_long(source: Path) -> None:
    for code in cells(source, "code"):
        assert len(code.splitlines()) <= 25, code.splitlines()[0]


def test_when_figures_are_made_they_go_through_the_course_s_style_and_alt_text(source: Path) -> None:
    code = "\n".join(cells(source, "code"))
    assert "plots.use_style()" in code and "rcParams" not in code and "plt.show" not in code
    assert len(re.findall(r"plots\.show\(", code)) == len(re.findall(r"\balt=", code)) > 0


def test_when_a_number_stands_in_the_text_the_code_computes_or_asserts_it(source: Path) -> None:
    """Numbers with a point, and of three digits or more; shorter ones are mostly settings and counts of words."""
    text, _, _ = prose(source).partition("## Sources\n")
    text = re.sub(
        r"\]\([^)]*\)|`[^`]*`|[Dd]eck 00\d|[“\"][^”\"]*[”\"]|\b(?:18|19|20)\d\d\b|\\tfrac\{1\}\{\d+\}",
        " ",
        text,
    )
    code = plain("\n".join(cells(source, "code")))
    numbers = {number for number in re.findall(r"\d+(?:\.\d+)?", plain(text)) if len(number) > 2}
    assert numbers
    said_only = {number for number in numbers if not re.search(rf"(?<![\d.]){number}(?!\.?\d)", code)}
    # 10^n is written 1en, and 10^-n as 1e-n or, where the text says "about", by its order of magnitude.
    assert not {number for number in said_only if f"1e{number}" not in code}


def plain(text: str) -> str:
    """Numbers without what parts their thousands."""
    return re.sub(r"(?<=\d)(?:\{,\}|[,_])(?=\d{3})", "", text)


def test_when_a_table_has_a_header_it_is_more_than_a_formula(source: Path) -> None:
    """A formula has no words for those who hear the page, and a column without a name is none."""
    lines = source.read_text(encoding="utf-8").splitlines()
    rules = [place for place, line in enumerate(lines) if re.fullmatch(r"(?:# )?\|(?:\s*:?-+:?\s*\|)+", line)]
    headers = [header.strip() for place in rules for header in lines[place - 1].strip("#| ").split("|")]
    written = re.findall(r"\|([^|\n\"]+)(?=\|[^\n\"]*\\n\|-)", "\n".join(lines))  # tables that code makes
    assert headers and not [h for h in (*headers, *written) if re.fullmatch(r"\$[^$]+\$", h.strip())]


def test_when_links_are_followed_they_are_well_formed_and_local_ones_exist(source: Path) -> None:
    text = prose(source)
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"<(https?://[^>\s]+)>", text)
    assert links
    for link in links:
        address = urlparse(link)
        if address.scheme:
            assert address.scheme == "https" and "." in address.netloc, link
        else:
            assert (source.parent / address.path).exists(), link


def test_when_a_lecture_ends_it_leads_to_the_lab_that_its_head_names(source: Path) -> None:
    lab = read(source).metadata["unrolled"]["lab"]
    _, _, ending = prose(source).partition("## The lab\n")
    assert f"`{lab}`](../../labs/{lab}/{lab}.ipynb)" in ending.partition("## Sources\n")[0]


@pytest.mark.parametrize("lab", LABS, ids=lambda path: path.stem)
def test_when_a_lab_names_its_lecture_that_lecture_leads_to_the_lab(lab: Path) -> None:
    lecture = read(lab).metadata["unrolled"]["lecture"]
    assert f"](../../labs/{lab.stem}/{lab.stem}.ipynb)" in prose(COURSE / lecture / f"{lecture}.py")


def test_when_a_lab_sends_to_a_part_of_a_lecture_the_lecture_has_that_heading() -> None:
    labs = "\n".join(lab.read_text(encoding="utf-8") for lab in LABS)
    sent = re.findall(r"[Ll]ecture `?(\d\d_\w+)`?, [\"']([^\"'\n]+)[\"']", labs)
    assert sent
    for lecture, part in sent:
        headings = re.findall(r"^#+ (.*)$", prose(COURSE / lecture / f"{lecture}.py"), flags=re.M)
        assert part in headings, (lecture, part)


# A reader touches a widget after the last cell has run, when names may stand for other things than above it.
MOVE_EVERYTHING = """
from ipywidgets.widgets.widget import _instances
for control in list(_instances.values()):
    if hasattr(control, "options"):
        for index in range(len(control.options)):
            control.index = index
    elif hasattr(control, "min"):
        for end in (control.min, control.max):
            control.value = end
"""


@pytest.mark.slow
def test_when_a_lecture_is_run_it_keeps_to_its_time_and_every_figure_has_alt_text(source: Path) -> None:
    from tests.kernel_support import run_in_kernel

    lecture = jupytext.read(source)
    lecture.cells.append(nbformat.v4.new_code_cell(MOVE_EVERYTHING))
    done = run_in_kernel(lecture, source.parent)
    notebook = done.notebook
    # The stated time is one lecture's on two cores: only what it uses itself counts, whoever else runs.
    assert min(done.wall_s, max(done.cpu_s, 1.0)) <= notebook.metadata["unrolled"]["seconds"]
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    check_pictures(outputs)


def check_pictures(outputs: list[nbformat.NotebookNode]) -> None:
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert pictures
    for picture in pictures:
        assert len(picture.metadata["image/png"]["alt"]) > 40
        assert 'alt="' in picture.data["text/html"]
