"""Feedback pages: nbgrader's, harmless, quick for a class, with a summary on top."""

from __future__ import annotations

import html
import logging
from datetime import datetime
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback

from autograder.classroom.config import course_directory, load_config
from autograder.classroom.feedback import CSP, write_feedback
from autograder.classroom.formulas import with_formulas
from autograder.classroom.gradebook import Exporter
from autograder.grading.results import SubmissionResult
from tests.classroom_support import LAB, QUESTION, handed_in, make_course, rejected, result

NOON = datetime(2026, 3, 1, 12)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return make_course(tmp_path / "course")


def _export(course: Path, *results: SubmissionResult) -> dict[str, SubmissionResult]:
    with Exporter(course, LAB) as exporter:
        for one in results:
            exporter.export(one, NOON)
    return {one.student: one for one in results}


def _generate(course: Path) -> None:
    """What the command `nbgrader generate_feedback` runs, with the course's own settings."""
    config = load_config(course)
    coursedir = course_directory(course, config)
    coursedir.assignment_id = LAB
    converter = GenerateFeedback(coursedir=coursedir, config=config, force=True)
    converter.log = logging.getLogger("tests.feedback")
    converter.start()


def _page(course: Path, student: str) -> BeautifulSoup:
    return BeautifulSoup((course / "feedback" / student / LAB / f"{LAB}.html").read_text(), "html.parser")


def test_when_written_the_page_begins_with_a_summary_and_holds_scores_and_comments(course: Path) -> None:
    results = _export(course, result("Ana Müller", handed_in(course), ("check-double",), "got 9 < 12 & more"))
    with Gradebook(f"sqlite:///{course}/gradebook.db", "unrolled") as book:
        book.find_grade(QUESTION, LAB, LAB, "Ana Müller").manual_score = 2.5
        book.find_comment(QUESTION, LAB, LAB, "Ana Müller").manual_comment = "Say *why*. <script>1</script>"
        book.db.commit()
    pages = write_feedback(course, LAB, ["Ana Müller"], results)
    assert pages == {"Ana Müller": course / "feedback" / "Ana Müller" / LAB / f"{LAB}.html"}
    page = _page(course, "Ana Müller")
    section = page.select_one("section.unrolled-checks")
    assert section is not None and "1 of 2 checks passed: 3 of 5 points; up to 4 more" in section.text
    assert "got 9 < 12 & more" in section.text and section.select_one("td.lost").text == "✗ wrong"
    assert "(Score: 5.5 / 9.0)" in page.text and "Say why." in page.text
    assert "✓ passed: check-double (3)" in section.text
    for link in section.select("a"):
        assert page.find("a", attrs={"name": link["href"][1:]}) is not None
    assert (course / "feedback" / "Ana Müller" / LAB / "timestamp.txt").is_file()


def test_when_rendered_for_a_class_the_notebook_part_is_what_nbgrader_renders(course: Path) -> None:
    results = _export(
        course, result("ada", handed_in(course), ("check-double",)), result("bo", handed_in(course))
    )
    write_feedback(course, LAB, ["ada", "bo"])
    ours = {name: _page(course, name) for name in results}
    _generate(course)
    for name, page in ours.items():
        assert page == _page(course, name)


@pytest.mark.parametrize("by_nbgrader", [False, True], ids=["ours", "nbgraders"])
def test_when_students_wrote_active_content_the_page_has_none(course: Path, by_nbgrader: bool) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) ![p](http://e.x/p.png)"
    extra = [
        new_markdown_cell(evil),
        new_raw_cell(evil),
        new_code_cell(f"'{evil}'", outputs=[new_output("stream", text=f"\x1b]8;;javascript:1\x07{evil}")]),
    ]
    graded = result("ada", handed_in(course, evil, extra), ("check-double",), message=evil)
    _export(course, graded)
    # As if the notebook had come into autograded/ by another way, uncleaned.
    file = course / "autograded" / "ada" / LAB / f"{LAB}.ipynb"
    file.chmod(0o644)
    file.write_text(graded.notebook)
    if by_nbgrader:
        _generate(course)
    else:
        write_feedback(course, LAB, ["ada"], {"ada": graded})
    page = _page(course, "ada")
    assert page.find_all(["script", "iframe", "object", "form", "link", "base"]) == []
    guard = page.find("head").find()
    assert guard["http-equiv"] == "Content-Security-Policy" and guard["content"] == CSP
    for tag in page.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on")]
        for link in (tag.get("href"), tag.get("src")):
            assert link is None or link.startswith(("#", "data:image/", "http"))
        assert tag.name != "img" or str(tag.get("src", "data:")).startswith("data:")


def test_when_a_student_drew_a_picture_it_is_on_the_page(course: Path) -> None:
    drawn = new_output("display_data", {"text/plain": "<Figure size 1x1>", "image/png": "iVBORw0KGgo="})
    given = new_output("execute_result", {"text/plain": "41.5"}, execution_count=1)
    graded = result("ada", handed_in(course, extra=[new_code_cell("draw()", outputs=[drawn, given])]))
    write_feedback(course, LAB, ["ada"], _export(course, graded))
    page = _page(course, "ada")
    pictures = [tag["src"] for tag in page.find_all("img")]  # the lab's formula is one too
    assert [src for src in pictures if "svg" not in src] == ["data:image/png;base64,iVBORw0KGgo="]
    assert "41.5" in page.text


def test_when_rejected_the_student_reads_why(course: Path) -> None:
    results = _export(course, rejected("bo"))
    write_feedback(course, LAB, ["bo", "nobody"], results)
    assert "the file is no notebook" in _page(course, "bo").text
    assert not (course / "feedback" / "nobody").exists()


def test_when_late_the_penalty_is_shown_and_taken_off(course: Path) -> None:
    results = _export(course, result("ada", handed_in(course)))
    with Gradebook(f"sqlite:///{course}/gradebook.db", "unrolled") as book:
        book.find_submission_notebook(LAB, LAB, "ada").late_submission_penalty = 2.0
        book.db.commit()
    write_feedback(course, LAB, ["ada"], results)
    text = _page(course, "ada").text
    assert "(Score: 3.0 / 9.0)" in text and "Late submission penalty (Score: -2.0)" in text


def test_when_written_again_nbgrader_sees_it_as_up_to_date(course: Path) -> None:
    _export(course, result("ada", handed_in(course)))
    file = write_feedback(course, LAB, ["ada"])["ada"]
    before = file.stat().st_mtime_ns
    config = load_config(course)
    coursedir = course_directory(course, config)
    coursedir.assignment_id = LAB
    GenerateFeedback(coursedir=coursedir, config=config).start()
    assert file.stat().st_mtime_ns == before


def test_when_the_lab_has_formulas_they_are_drawn_and_a_students_stay_tex(course: Path) -> None:
    _export(course, result("ada", handed_in(course, "As $a < b$.")))
    write_feedback(course, LAB, ["ada"])
    page = _page(course, "ada")
    pictures = page.select('img[src^="data:image/svg+xml"]')
    assert [picture["alt"] for picture in pictures] == ["a < b"]
    assert "As $a < b$." in page.text


@pytest.mark.parametrize(
    "tex",
    [r"c_t = f \odot c_{t-1} \qquad h_t", r"\frac{1}{1+e^{-z}}", r"\lVert g \rVert", r"\text{loss}", "0 < f"],
)
def test_when_a_formula_is_ordinary_it_can_be_drawn(tex: str) -> None:
    drawn = with_formulas(f"<p>${html.escape(tex)}$</p><code>$x$</code>")
    assert f'alt="{html.escape(tex)}"' in drawn and drawn.endswith("<code>$x$</code>")


def test_when_a_formula_cannot_be_drawn_it_stays_as_it_was() -> None:
    page = r"<p>$\begin{cases} 1 \end{cases}$ and $5</p>"
    assert with_formulas(page) == page


def test_when_the_exchange_put_a_secret_beside_a_submission_it_reaches_the_feedback(
    course: Path, tmp_path: Path
) -> None:
    for student in ("ada", "bo"):
        folder = course / "submitted" / student / LAB
        folder.mkdir(parents=True)
        (folder / "submission_secret.txt").write_text(f"secret of {student}")
        (folder / "timestamp.txt").write_text("2026-03-01 12:00:00.000000 UTC")
    results = _export(
        course, result("ada", handed_in(course)), rejected("bo"), result("cy", handed_in(course))
    )
    write_feedback(course, LAB, ["ada", "bo", "cy"], results)

    def beside(step: str, student: str) -> set[str]:
        return {path.name for path in (course / step / student / LAB).iterdir() if path.suffix == ".txt"}

    both = {"submission_secret.txt", "timestamp.txt"}
    assert beside("autograded", "ada") == beside("feedback", "ada") == beside("feedback", "bo") == both
    assert beside("autograded", "cy") == beside("feedback", "cy") == {"timestamp.txt"}
    assert (course / "feedback/bo" / LAB / "submission_secret.txt").read_text() == "secret of bo"


def test_when_the_secret_is_a_link_or_large_it_stays_where_it_is(course: Path, tmp_path: Path) -> None:
    (tmp_path / "private").write_text("the instructor's")
    for student in ("ada", "bo"):
        (course / "submitted" / student / LAB).mkdir(parents=True)
    (course / "submitted/ada" / LAB / "submission_secret.txt").symlink_to(tmp_path / "private")
    (course / "submitted/bo" / LAB / "submission_secret.txt").write_text("x" * 5000)
    results = _export(course, result("ada", handed_in(course)), result("bo", handed_in(course)))
    write_feedback(course, LAB, ["ada", "bo"], results)
    assert not [path for step in ("autograded", "feedback") for path in (course / step).rglob("*secret*")]
