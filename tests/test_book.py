"""What the book's pages must be. They are built once, without running the lectures."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlparse

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).parents[1]
LECTURES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("course/[0-9]*/*.ipynb"))
LABS = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("labs/*/*.ipynb"))
# What a browser fetches by itself; a plain link waits for a reader to follow it.
FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """The tags of one page, with their attributes, in order."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.tags if name == tag)

    def ids(self) -> set[str]:
        return {str(attributes["id"]) for _, attributes in self.tags if "id" in attributes}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of the pages, and what Sphinx warned of."""
    for name in ("sphinx", "myst_nb", "furo"):
        pytest.importorskip(name, reason="the book extra is not installed")
    folder = tmp_path_factory.mktemp("book")
    command = ["-q", "-b", "html", "-c", "docs", "-D", "nb_execution_mode=off", ".", str(folder)]
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", *command], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert built.returncode == 0, built.stderr
    return folder, built.stderr


@pytest.fixture(scope="module")
def pages(book: tuple[Path, str]) -> list[Page]:
    folder, _ = book
    return [Page(path) for path in sorted(folder.rglob("*.html")) if "_static" not in path.parts]


def test_when_the_book_is_built_sphinx_warns_of_nothing(book: tuple[Path, str]) -> None:
    assert book[1].strip() == ""


def test_when_the_front_page_is_read_its_contents_list_every_notebook_in_order(
    book: tuple[Path, str],
) -> None:
    front = (book[0] / "docs/book.html").read_text(encoding="utf-8")
    contents = re.findall(
        r'<li class="toctree-l1"><a class="reference internal" href="\.\./([^"#]+)\.html"', front
    )
    notebooks = [f"{name}.ipynb" for name in dict.fromkeys(contents)]
    assert [name for name in notebooks if name.startswith("course/") and name in LECTURES] == LECTURES
    assert [name for name in notebooks if name.startswith("labs/")] == LABS


@pytest.mark.parametrize("notebook", [*LECTURES, *LABS])
def test_when_a_notebook_has_a_page_the_page_offers_the_notebook_as_it_is(
    notebook: str, book: tuple[Path, str]
) -> None:
    page = Page((book[0] / notebook).with_suffix(".html"))
    (offered,) = [link for link in page.all("a") if link.get("download") == Path(notebook).name]
    head, _, data = str(offered["href"]).partition(",")
    assert head == "data:application/x-ipynb+json;base64"
    assert b64decode(data) == (ROOT / notebook).read_bytes()


def test_when_a_page_is_opened_nothing_is_fetched_from_another_machine(pages: list[Page]) -> None:
    assert len(pages) > len(LECTURES) + len(LABS)
    fetched = [
        f"{page.path.name}: {tag} {attributes[FETCHED[tag]]}"
        for page in pages
        for tag, attributes in page.tags
        if attributes.get(FETCHED.get(tag, "")) and urlparse(str(attributes[FETCHED[tag]])).netloc
    ]
    assert not fetched


def test_when_a_style_sheet_is_read_it_names_no_other_machine(book: tuple[Path, str]) -> None:
    sheets = list((book[0] / "_static").rglob("*.css"))
    assert sheets
    named = r"(?:@import\s+|url\()\s*(?:url\()?[\"']?(?:https?:)?//"
    assert not [sheet.name for sheet in sheets if re.search(named, sheet.read_text(encoding="utf-8"))]


def test_when_a_page_has_mathematics_mathjax_and_its_fonts_lie_beside_it(
    book: tuple[Path, str], pages: list[Page]
) -> None:
    loaders = [
        (page.path.parent / str(script["src"]).partition("?")[0]).resolve()
        for page in pages
        for script in page.all("script")
        if "mathjax" in str(script.get("src"))
    ]
    assert loaders and all(loader.is_file() for loader in loaders)
    assert list((book[0] / "_static/mathjax/output/chtml/fonts").rglob("*.woff"))


def test_when_a_page_has_pictures_each_has_a_text_that_says_what_it_shows(pages: list[Page]) -> None:
    pictures = [(page.path.name, picture) for page in pages for picture in page.all("img")]
    assert pictures
    assert not [(name, picture.get("src")) for name, picture in pictures if not picture.get("alt")]


def test_when_a_page_has_headings_they_begin_at_one_and_skip_no_level(pages: list[Page]) -> None:
    for page in pages:
        levels = [int(tag[1]) for tag, _ in page.tags if tag in HEADINGS]
        steps = zip([0, *levels], levels, strict=False)
        assert all(after <= before + 1 for before, after in steps), page.path.name


def test_when_a_page_is_heard_every_heading_has_a_level_and_every_header_a_word(pages: list[Page]) -> None:
    roles = [
        attributes for page in pages for _, attributes in page.tags if attributes.get("role") == "heading"
    ]
    assert roles and all("aria-level" in attributes for attributes in roles)
    silent = [page.path.name for page in pages if re.search(r"<th[^>]*>(?:<p></p>)?</th>", page.text)]
    assert not silent


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a small notebook that has saved a table, two prints in a row, a widget and a figure."""
    pytest.importorskip("myst_nb", reason="the book extra is not installed")
    folder = tmp_path_factory.mktemp("outputs")
    table = new_output("display_data", {"text/markdown": "| bias $b$ | left |\n|---|---|\n| 0 | 9e-16 |"})
    prints = [new_output("stream", text="one\n"), new_output("stream", text="two\n")]
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "0"}, "text/plain": "VBox(children=())"}
    saved = [[table], prints, [new_output("display_data", view)]]
    cells = [new_markdown_cell("# Page"), *(new_code_cell("pass", outputs=each) for each in saved)]
    figure = new_output("display_data", {"text/html": "<img src='data:,' alt='A line that falls.'>"})
    cells.append(new_code_cell("plots.show(fig, alt='A line that falls.')", outputs=[figure]))
    (folder / "docs").mkdir()
    (folder / "docs/book.md").write_text("# Book\n\n```{toctree}\n/course/page\n```\n")
    (folder / "course").mkdir()
    nbformat.write(new_notebook(cells=cells), folder / "course/page.ipynb")
    command = [
        "-q",
        "-b",
        "html",
        "-c",
        "docs",
        "-D",
        "nb_execution_mode=off",
        str(folder),
        str(folder / "html"),
    ]
    subprocess.run([sys.executable, "-m", "sphinx", *command], cwd=ROOT, check=True, timeout=300)
    return (folder / "html/course/page.html").read_text(encoding="utf-8")


def test_when_a_cell_makes_a_table_its_page_has_a_table_with_mathematics(outputs: str) -> None:
    assert "<table" in outputs and "9e-16" in outputs and "|---|" not in outputs
    assert re.search(r'<th[^>]*>.*bias <span class="math', outputs)


def test_when_a_cell_prints_twice_its_page_shows_one_output(outputs: str) -> None:
    assert re.search(r"one\s+two", re.sub(r"<[^>]+>", "", outputs)) and "two\n</pre>" in outputs
    assert "one\n</pre>" not in outputs


def test_when_a_cell_shows_a_widget_its_page_says_where_to_touch_it_in_the_page_s_own_colours(
    outputs: str,
) -> None:
    assert '<p class="widget-note">This part is interactive' in outputs and "VBox" not in outputs


def test_when_a_cell_shows_a_figure_its_page_folds_the_code_and_no_other_cell_s(outputs: str) -> None:
    folded = re.findall(r"<details.*?</details>", outputs, flags=re.DOTALL)
    assert len(folded) == 1
    assert "Show the code of this figure" in folded[0] and "A line that falls" in folded[0]
    assert "alt='A line that falls.'" in outputs.partition("</details>")[2]


def test_when_a_link_stays_in_the_book_its_page_and_its_place_are_there(pages: list[Page]) -> None:
    places = {page.path: page.ids() for page in pages}
    broken = []
    for page in pages:
        for link in page.all("a"):
            address = urlparse(str(link.get("href") or ""))
            if address.scheme or address.netloc or not (address.path or address.fragment):
                continue
            path = (page.path.parent / unquote(address.path)).resolve() if address.path else page.path
            here = address.fragment in places.get(path, {address.fragment}) if address.fragment else True
            if not path.is_file() or not here:
                broken.append(f"{page.path.name}: {link['href']}")
    assert not broken


def test_when_notebooks_are_run_for_the_book_it_is_the_lectures_and_no_lab() -> None:
    pytest.importorskip("sphinx", reason="the book extra is not installed")
    patterns = runpy.run_path(str(ROOT / "docs/conf.py"))["nb_execution_excludepatterns"]
    left_out = [
        name
        for name in (*LECTURES, *LABS)
        if any(PurePosixPath(ROOT / name).match(pattern) for pattern in patterns)
    ]
    assert left_out == LABS
