"""One list of references, and every name with a year in a lecture, in the notation or in a lab stands in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import jupytext
import pytest

ROOT = Path(__file__).parents[1]
LECTURES = sorted(ROOT.glob("course/[0-9][0-9]_*/[0-9][0-9]_*.py"))
LABS = sorted(ROOT.glob("solutions/lab*/lab*.py"))
# No free copy and no DOI is known of these: a thesis, two books, a chapter of a book.
PRINTED_ONLY = ("Box, G. E. P.", "Hochreiter, S. (1991)", "Minsky, M.", "Williams, R. J., Zipser, D. (1995)")
# A name or several, then a year: "Elman (1990)", "(Greff and others 2017)", "Gers, Schmidhuber and Cummins 2000".
NAMED = re.compile(
    r"([A-Z][\w-]+(?:, [A-Z][\w-]+)*(?:,? and (?:[A-Z][\w-]+|others))?),? \(?((?:19|20)\d\d)\b"
)
# In a list of sources, but no works that one cites by name and year.
OTHERS = ("The decks:", "PyTorch:", "Keras:")


@dataclass(frozen=True)
class Work:
    """One line of the list: "Authors (year). The rest."."""

    line: str

    @property
    def authors(self) -> str:
        return self.line.partition(" (")[0]

    @property
    def first(self) -> str:
        return re.split("[,:]", self.authors)[0]

    @property
    def year(self) -> int:
        found = re.search(r"^[^()]+ \((\d{4})\)\. ", self.line)
        assert found, self.line
        return int(found[1])


def listed(text: str) -> list[Work]:
    return [Work(line[2:]) for line in text.splitlines() if line.startswith("- ")]


WORKS = listed((ROOT / "course/REFERENCES.md").read_text(encoding="utf-8"))


@cache
def prose(source: Path, code: bool = False) -> str:
    """A page's text, with its code if asked for."""
    if source.suffix == ".md":
        return source.read_text(encoding="utf-8")
    cells = jupytext.read(source).cells
    return "\n\n".join(cell.source for cell in cells if code or cell.cell_type == "markdown")


def split(source: Path) -> tuple[str, list[Work]]:
    """A page's text without its list of sources, and the works on that list."""
    text, _, sources = prose(source).partition("## Sources\n")
    return text, [work for work in listed(sources) if not work.line.startswith(OTHERS)]


def named(text: str) -> set[tuple[tuple[str, ...], int]]:
    """What a text cites: names and a year."""
    return {
        (tuple(re.findall(r"[A-Z][\w-]+", names)), int(year))
        for names, year in NAMED.findall(" ".join(text.split()))
    }


def missing(text: str, works: list[Work]) -> list[tuple[tuple[str, ...], int]]:
    known = {(work.first, work.year) for work in works}
    return sorted(
        (names, year) for names, year in named(text) if not any((name, year) in known for name in names)
    )


@pytest.fixture(params=[*LECTURES, ROOT / "course/NOTATION.md"], ids=lambda path: path.stem)
def page(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_when_the_list_is_read_it_is_in_order_and_names_no_work_twice() -> None:
    lines = [work.line.casefold() for work in WORKS]
    assert len(lines) > 50 and lines == sorted(set(lines))


@pytest.mark.parametrize("work", WORKS, ids=lambda work: f"{work.first}-{work.year}")
def test_when_a_work_is_listed_its_authors_year_pages_and_address_are_well_formed(work: Work) -> None:
    people = work.authors.removeprefix("OpenAI: ").removesuffix(", and others")
    assert re.fullmatch(r"(?:(?:van )?[A-Z][\w’-]+, (?:[A-Z]\.[ -]?)+(?:, )?)+", people), work.authors
    assert people.count(".,") < 7 and 1940 < work.year < 2030
    for first, last in re.findall(r"(\d+)–(\d+)", work.line):
        assert int(first) < int(last)
    assert not re.search(r"\d-\d+[.,]", work.line), "a range of pages has a dash, not a hyphen"

    arxiv = re.findall(r"<https://arxiv\.org/abs/(\d\d)(\d\d)\.\d{4,5}>$", work.line)
    doi = re.findall(r"\[doi:(10\.\d{4,}/\S+)\]\((https://doi\.org/\S+)\)$", work.line)
    proceedings = re.findall(r"<https://proceedings\.mlr\.press/v\d+/\w+\.html>$", work.line)
    assert len(arxiv) + len(doi) + len(proceedings) == (not work.line.startswith(PRINTED_ONLY))
    for year, month in arxiv:  # a preprint comes before the paper, and not long before
        assert 0 <= work.year - 2000 - int(year) <= 2 and 1 <= int(month) <= 12
    for name, address in doi:
        assert address == f"https://doi.org/{quote(name)}"


def test_when_a_page_lists_its_sources_each_is_a_line_of_the_list_and_in_its_order(page: Path) -> None:
    _, sources = split(page)
    places = [WORKS.index(work) for work in sources]
    assert places and all(before < after for before, after in pairwise(places))


def test_when_a_page_names_somebody_with_a_year_the_work_is_among_its_sources(page: Path) -> None:
    text, sources = split(page)
    assert named(text)
    assert missing(text, sources) == []


def test_when_a_page_lists_a_work_its_text_names_the_author(page: Path) -> None:
    _, sources = split(page)
    text = prose(page, code=True).partition("## Sources\n")[0]
    assert [work.line for work in sources if work.first not in text] == []


@pytest.mark.parametrize("lab", LABS, ids=lambda path: path.stem)
def test_when_a_lab_names_somebody_with_a_year_the_work_is_on_the_list(lab: Path) -> None:
    assert missing(prose(lab), WORKS) == []


def test_when_a_work_is_listed_a_page_or_a_lab_cites_it() -> None:
    used = {work.line for page in [*LECTURES, ROOT / "course/NOTATION.md"] for work in split(page)[1]}
    assert {work.line for work in WORKS} == used
