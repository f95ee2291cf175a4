"""The class report as files: what is on the page, what must not be, and what the terminal says."""

from __future__ import annotations

import csv
import dataclasses
import io
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from rich.console import Console

from autograder.errors import BadInput
from autograder.grading.results import ClassResult, SubmissionResult
from autograder.model import Verdict
from autograder.report import ReportFiles, index_entry, print_class, write_index, write_report
from autograder.report import _text as text_of
from tests.fake_class import FUNCTIONS, HINTS, MARKUP_NAME, fake_class, fake_spec

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
VOID = {"meta", "br", "rect", "line", "circle", "path"}


class Page(HTMLParser):
    """Elements of a page, checked for nesting (the end tag of a td may be left out)."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if self.open and self.open[-1] == "td" and tag in ("td", "th"):
            self.open.pop()
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr" and self.open[-1] == "td":
            self.open.pop()
        assert self.open.pop() == tag, f"</{tag}> out of place"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def values(self, tag: str, name: str) -> list[str]:
        return [attrs[name] or "" for found, attrs in self.elements if found == tag and name in attrs]


def write(out: Path, result: ClassResult, **more: Any) -> ReportFiles:
    feedback = {
        s.student: f"../feedback/{s.student}/lab.html" if s.score else None for s in result.submissions
    }
    return write_report(out, result, fake_spec(), HINTS, feedback, functions=FUNCTIONS, **more)


def page_of(files: ReportFiles) -> Page:
    return Page(files.page.read_text("utf-8"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ReportFiles:
    result = fake_class(24)
    names = [s.student for s in result.submissions]
    return write(
        tmp_path_factory.mktemp("class"),
        result,
        manual_scores={names[0]: 4.0},
        late_penalties={names[1]: 2.5},
    )


@pytest.mark.parametrize("students", [0, 1, 2, 24, 100], ids=lambda n: f"students{n}")
def test_when_a_class_of_any_size_is_written_the_page_is_well_formed_and_its_ids_are_unique(
    tmp_path: Path, students: int
) -> None:
    page = page_of(write(tmp_path, fake_class(students)))
    assert page.open == []
    ids = [attrs["id"] for _, attrs in page.elements if attrs.get("id")]
    assert len(ids) == len(set(ids))
    targets = {href[1:] for href in page.values("a", "href") if href.startswith("#")}
    assert targets <= set(ids)


def test_when_the_page_is_opened_it_loads_and_runs_nothing(report: ReportFiles) -> None:
    page = page_of(report)
    (policy,) = [a["content"] for t, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None and policy.startswith(CSP)
    assert not {tag for tag, _ in page.elements} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "form",
        "base",
    }
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]
    assert not re.search(r"@import|url\((?!#)", report.page.read_text("utf-8"))
    assert all(href.startswith(("#", "./")) for href in page.values("a", "href"))


def test_when_a_student_is_called_like_markup_the_page_shows_it_as_text(report: ReportFiles) -> None:
    html = report.page.read_text("utf-8")
    assert "<script" not in html and "\x1b" not in html
    assert MARKUP_NAME in page_of(report).text


def test_when_results_hold_markup_everywhere_no_element_comes_of_it(tmp_path: Path) -> None:
    evil = "'\"><x-evil onload=alert(1)>`</code><x-evil>`*<x-evil>*"
    result = fake_class(24)
    checks = tuple(
        dataclasses.replace(c, message=evil, misconception=evil, verdict="wrong")
        for c in result.submissions[0].checks
    )
    bad = dataclasses.replace(result.submissions[0], student=evil, flags=(evil,), checks=checks)
    lost = SubmissionResult(evil + "2", None, 100.0, 5.0, evil, evil)
    spec = dataclasses.replace(
        fake_spec(),
        title=evil,
        checks=tuple(dataclasses.replace(c, sentence=evil) for c in fake_spec().checks),
    )
    result = dataclasses.replace(
        result, lab=evil, device=evil, sandbox=evil, submissions=(*result.submissions, bad, lost)
    )
    files = write_report(tmp_path, result, spec, {evil: evil}, {evil: evil}, functions={evil: evil})
    index = write_index(tmp_path, [index_entry(result, spec, evil)], evil)
    for path in (files.page, index):
        page = Page(path.read_text("utf-8"))
        assert "x-evil" not in {tag for tag, _ in page.elements}
        assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]
        assert "<x-evil onload=alert(1)>" in page.text


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
        ("//host/x", ".///host/x"),
        ("../feedback/a b/ü?#.html", "./../feedback/a%20b/%C3%BC%3F%23.html"),
        ("f\udcff.html", "./f%FF.html"),
    ],
    ids=["scheme", "host", "spaces", "bytes"],
)
def test_when_a_feedback_path_becomes_a_link_it_stays_a_relative_path(path: str, url: str) -> None:
    assert text_of.link(path) == url


def test_when_students_have_feedback_each_has_a_link_to_it(report: ReportFiles) -> None:
    links = {unquote(href) for href in page_of(report).values("a", "href")}
    for submission in fake_class(24).submissions:
        assert (f"./../feedback/{submission.student}/lab.html" in links) == bool(submission.score)


def test_when_mistakes_were_found_each_stands_with_its_hint_and_its_count(report: ReportFiles) -> None:
    text = page_of(report).text.replace("\u00a0", " ")
    first = rows(report.misconceptions)[0]
    assert first["misconception"].replace("-", " ") in text
    assert f"{first['students']} of 22 students ({100 * float(first['share']):.0f} %)" in text
    assert "Which of your four activations can be negative?" in text


def test_when_submissions_have_no_score_they_are_listed_with_their_message(report: ReportFiles) -> None:
    text = page_of(report).text
    assert "Grace Hopper rejected not a notebook: the file ends in the middle of a cell <b>line 2</b>" in text
    assert "grader’s fault the worker was killed twice; see the log" in text


def test_when_there_are_flags_the_page_says_that_they_are_no_scores(report: ReportFiles) -> None:
    text = page_of(report).text
    assert "pointers for a person to follow, never proof and never part of a score" in text
    assert "lstm-step is nearly the solution, names included" in text
    assert text.index("Code much like the solution") < text.index("Code alike between students")


def test_when_there_is_no_flag_there_is_no_such_section(tmp_path: Path) -> None:
    result = fake_class(3)
    assert "Worth a look" not in page_of(write(tmp_path, result)).text


def test_when_mistakes_have_the_same_answers_the_page_says_that_it_may_be_either(tmp_path: Path) -> None:
    result = fake_class(24)
    id_ = rows(write(tmp_path, result).misconceptions)[0]["misconception"]
    text = page_of(write(tmp_path, result, ties={id_: ("twin-slip",)})).text
    assert "The same answers come from “twin slip”: it may be either." in text


@pytest.mark.parametrize(("students", "why"), [(1, "fewer than 3 students"), (24, "")], ids=["one", "many"])
def test_when_discrimination_is_undefined_the_page_says_why(tmp_path: Path, students: int, why: str) -> None:
    text = page_of(write(tmp_path, fake_class(students))).text
    assert ("undefined: fewer than 3 students" in text) == bool(why)


def test_when_no_sandbox_was_used_the_page_warns(tmp_path: Path) -> None:
    result = dataclasses.replace(fake_class(2), sandbox="none")
    assert "ran without a sandbox" in page_of(write(tmp_path, result)).text


def test_when_a_figure_is_drawn_it_has_words_for_who_cannot_see_it(report: ReportFiles) -> None:
    page = page_of(report)
    ids = {attrs.get("id") for _, attrs in page.elements}
    drawings = [a for t, a in page.elements if t == "svg" and a.get("aria-hidden") != "true"]
    assert len(drawings) > 20
    for attrs in drawings:
        assert attrs["role"] == "img"
        labels = (attrs.get("aria-labelledby") or "").split()
        assert attrs.get("aria-label") or (labels and ids.issuperset(labels))


def test_when_cells_of_the_matrix_differ_they_differ_by_symbol_too(report: ReportFiles) -> None:
    html = report.page.read_text("utf-8")
    symbols = dict(re.findall(r"<td class=(passed|wrong|error|missing)[^>]*>(.)", html))
    assert symbols == {"passed": "✓", "wrong": "×", "error": "!", "missing": symbols["missing"]}
    assert symbols["missing"] in "○–"


def test_when_the_class_is_large_the_matrix_comes_in_blocks_with_everybody_in_one(tmp_path: Path) -> None:
    result = fake_class(300)
    page = page_of(write(tmp_path, result))
    graded = [s for s in result.submissions if s.score is not None]
    matrices = [attrs for tag, attrs in page.elements if tag == "table" and attrs.get("class") == "matrix"]
    assert len(matrices) == -(-len(graded) // 50)
    html = (tmp_path / "report.html").read_text("utf-8")
    assert html.count('<td class="n score">') == len(graded)
    assert "Everybody by name" in page.text


def test_when_written_twice_the_bytes_are_the_same_and_nothing_else_is_left(tmp_path: Path) -> None:
    first = {p: p.read_bytes() for p in dataclasses.astuple(write(tmp_path, fake_class(24)))}
    second = {p: p.read_bytes() for p in dataclasses.astuple(write(tmp_path, fake_class(24)))}
    assert first == second
    assert set(tmp_path.iterdir()) == set(first)


def test_when_scores_are_exported_each_submission_has_a_row_and_null_stays_empty(report: ReportFiles) -> None:
    found = {row["student"]: row for row in rows(report.scores)}
    assert len(found) == 24
    for submission in fake_class(24).submissions:
        name = submission.student
        row = found[name if not name.startswith("=") else "'" + name]
        assert row["score"] == ("" if submission.score is None else str(submission.score))
        for check in submission.checks:
            assert float(row[check.id]) == check.score
    assert found["Ana Müller"]["manual_score"] == "4.0"
    assert found["Bram de Vries"]["late_penalty"] == "2.5"


def test_when_text_would_run_as_a_formula_the_csv_holds_it_back(report: ReportFiles) -> None:
    for path in (report.scores, report.checks, report.misconceptions):
        for row in rows(path):
            assert not [value for value in row.values() if value[:1] in "=@" and value]
    assert any(row["student"] == "'=cmd|' /C calc'!A0" for row in rows(report.scores))


def test_when_checks_are_exported_rates_verdicts_and_the_reason_stand_in_their_columns(
    tmp_path: Path,
) -> None:
    files = write(tmp_path, fake_class(1))
    first = rows(files.checks)[0]
    assert (first["check"], first["points"], first["counted"]) == ("check-sigmoid", "4.0", "1")
    assert (first["discrimination"], first["undefined_because"]) == ("", "fewer than 3 students")
    everybody = rows(write(tmp_path, fake_class(24)).checks)
    ends = [name for name in everybody[0] if name in set(Verdict) - {"passed"}]
    assert len(ends) == len(Verdict) - 1
    for row in everybody:
        assert int(row["passed"]) + sum(int(row[name]) for name in ends) == 22
        assert float(row["pass_rate"]) == pytest.approx(int(row["passed"]) / int(row["counted"]), abs=1e-4)


def test_when_a_name_is_no_utf8_the_files_can_be_written_all_the_same(tmp_path: Path) -> None:
    odd = dataclasses.replace(fake_class(1).submissions[0], student=os.fsdecode(b"caf\xe9"))
    files = write(tmp_path, ClassResult("lab04_lstm", "bwrap", "cpu", (odd,)))
    assert "caf\ufffd" in page_of(files).text
    assert rows(files.scores)[0]["student"] == "caf\ufffd"


def test_when_the_folder_cannot_be_written_one_line_says_so(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("x")
    with pytest.raises(BadInput) as caught:
        write(in_the_way / "report", fake_class(1))
    said = str(caught.value)
    assert str(in_the_way) in said and "Not a directory" in said and "\n" not in said


def test_when_writing_breaks_the_old_report_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = write(tmp_path, fake_class(2))
    before = files.page.read_bytes()

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(BadInput, match="No space left on device"):
        write(tmp_path, fake_class(24))
    assert files.page.read_bytes() == before
    assert set(tmp_path.iterdir()) == set(dataclasses.astuple(files))


def test_when_a_course_has_several_labs_the_index_leads_to_each_in_order(tmp_path: Path) -> None:
    spec = fake_spec()
    entries = [index_entry(fake_class(n), spec, f"lab {n}/report.html") for n in (24, 0)]
    page = Page(write_index(tmp_path, entries, "Spring").read_text("utf-8"))
    assert page.values("a", "href") == ["./lab%2024/report.html", "./lab%200/report.html"]
    assert "Spring" in page.text and "none recognised" in page.text
    assert page.open == []


def printed(result: ClassResult, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    print_class(console, result, fake_spec(), HINTS)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_when_the_class_is_printed_it_fits_eighty_columns_and_names_the_mistakes() -> None:
    said = printed(fake_class(24))
    assert max(map(len, said.splitlines())) <= 80
    assert re.search(r"^lstm-step-saturated +4 +\d+ +\d+", said, re.MULTILINE)
    assert re.search(r"dc-not-carried \(\d\)", said)
    assert "rejected  Grace Hopper: not a notebook" in said
    assert "infra (the grader's fault)  Tomasz" in said


def test_when_text_of_students_holds_escapes_or_rich_markup_the_terminal_shows_them_plainly() -> None:
    bad = SubmissionResult("[bold]x[/bold]", None, 1.0, 0.0, "rejected", "a\x1b]0;title\x07\u202eb [/red]")
    said = printed(ClassResult("lab", "bwrap", "cpu", (bad,)))
    assert "[bold]x[/bold]: a\ufffd]0;title\ufffd\ufffdb [/red]" in said


def test_when_nothing_was_graded_the_terminal_says_so_in_one_line() -> None:
    assert printed(fake_class(0)).count("\n") == 1


def test_when_hundreds_were_rejected_the_terminal_lists_twenty() -> None:
    rejected = tuple(SubmissionResult(f"s{i}", None, 1.0, 0.0, "rejected", "empty file") for i in range(300))
    said = printed(ClassResult("lab", "bwrap", "cpu", rejected))
    assert said.count("empty file") == 20
    assert "and 280 more without a score: see the report" in said


@pytest.mark.parametrize(
    ("share", "shown"), [(0.0, "0"), (0.001, "<1"), (0.5, "50"), (0.999, ">99"), (1.0, "100")]
)
def test_when_a_share_is_neither_none_nor_all_it_is_not_rounded_to_it(share: float, shown: str) -> None:
    assert text_of.percent(share) == f"{shown}\u00a0%"


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_when_text_stands_on_a_colour_it_can_be_read_in_every_theme(report: ReportFiles) -> None:
    themes = re.findall(r":root \{(.*?)\}", report.page.read_text("utf-8"), re.DOTALL)
    assert len(themes) == 3  # light, dark, print
    for theme in themes:
        colour = dict(re.findall(r"--([\w-]+): (#\w{6});", theme))
        pairs = [(look, f"{look}-bg") for look in ("passed", "wrong", "error", "ended", "missing", "infra")]
        pairs += [
            ("ink", "warn-bg"),
            ("soft", "paper"),
            ("soft", "card"),
            ("accent", "card"),
            ("ink", "card"),
        ]
        assert {pair: round(contrast(colour[pair[0]], colour[pair[1]]), 2) for pair in pairs if
                contrast(colour[pair[0]], colour[pair[1]]) < 4.5} == {}  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")], ids=["wide", "phone"])
def test_when_chromium_opens_the_report_it_fits_asks_for_nothing_and_complains_of_nothing(
    report: ReportFiles, width: int, scheme: str
) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*quiet, "--disable-sync", "--no-first-run"]
        )
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report.page.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == width
        shown = page.locator("svg.figure:visible")
        assert shown.count() == 3
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (dark == "rgb(20, 23, 26)") == (scheme == "dark")
        browser.close()
    assert said == [] and asked == [report.page.as_uri()]
