"""Sphinx settings of the book: the lectures with their outputs, the labs, and these docs. `make book` builds it.

Nothing in a page may come from another machine: fonts are the reader's own, MathJax lies beside the pages, and
what needs a running kernel (the widgets) is replaced by a sentence that says where it can be touched.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from base64 import b64encode
from importlib.metadata import files
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes

# Two threads that fight over one core make a lecture slower, and its last digits depend on their number.
os.environ.setdefault("OMP_NUM_THREADS", "1")

_root = Path(__file__).resolve().parents[1]
_project = tomllib.loads((_root / "pyproject.toml").read_text())["project"]

project = "Unrolled"
author = "The Unrolled authors"
copyright = "The Unrolled authors. Text and figures: CC BY 4.0. Code: BSD-3-Clause"
release = version = _project["version"]
language = "en"

# The source folder is the whole repository (see the Makefile), since lectures, labs and docs lie side by side.
root_doc = "docs/book"
include_patterns = [
    "docs/**.md",
    "course/**.md",
    "course/**.ipynb",
    "labs/**.ipynb",
    "datasets/cards/*.md",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
]
exclude_patterns = ["**/.ipynb_checkpoints"]

extensions = ["myst_nb"]
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3

# A lecture runs again only when its code has changed. A lab runs on the student's machine, not here.
nb_execution_mode = "cache"
nb_execution_excludepatterns = ["labs/*/*.ipynb"]
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_in_temp = False
# Prints that follow each other are one output; a table that a cell makes is a table.
nb_merge_streams = True
nb_render_markdown_format = "myst"
nb_code_prompt_show = "Show the code of this figure"
nb_code_prompt_hide = "Hide the code of this figure"
nb_ipywidgets_js: dict[str, Any] = {}
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]

mathjax_path = "mathjax/tex-chtml.js"

html_theme = "furo"
html_title = "Unrolled"
# No button that shows a page's source: a notebook's is JSON, and every notebook can be downloaded.
html_theme_options = {"top_of_page_buttons": []}
html_show_sourcelink = False
html_use_index = False
html_domain_indices = False
html_static_path = ["_static"]
html_favicon = "_static/favicon.svg"
html_css_files = ["book.css"]
html_js_files = ["keyboard.js"]
templates_path = ["_templates"]
html_additional_pages = {"index": "to_the_book.html"}
html_copy_source = False
html_show_sphinx = False

_MATHJAX = ("tex-chtml.js", "input/tex/", "output/chtml/", "a11y/", "sre/")
_WIDGET = (
    "This part is interactive: open the notebook in JupyterLab to move its controls. "
    "A figure on this page says the same."
)


def copy_mathjax(app: Any, failure: Exception | None) -> None:
    """Put the part of MathJax that the pages load beside them."""
    if failure or app.builder.format != "html":
        return
    for file in files("sphinx-mathjax-offline") or []:
        name = file.as_posix().partition("static/mathjax/")[2]
        if name.startswith(_MATHJAX):
            target = Path(app.outdir, "_static", "mathjax", name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), target)


def fold_figures(app: Any, page: str, source: list[str]) -> None:
    """A reader of a lecture looks at its figures; the code that draws them is one click away."""
    if not page.startswith("course/") or app.env.doc2path(page).suffix != ".ipynb":
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and "plots.show(" in "".join(cell["source"]):
            cell["metadata"]["tags"] = [*cell["metadata"].get("tags", []), "hide-input"]
    source[0] = json.dumps(notebook)


def name_widgets(app: Any, tree: nodes.document, page: str) -> None:
    """Say what stands where a widget was; its text form is of no use to a reader."""
    for block in list(tree.findall(nodes.literal_block)):
        if re.match(r"(VBox|HBox|interactive)\(", block.astext()):
            # Not replace_self, which would hand on the classes, and with them the colours, of an output.
            block.parent.replace(block, nodes.paragraph("", _WIDGET, classes=["widget-note"]))


def offer_download(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """A notebook's page has a link to the notebook below its title, and the notebook in the link.

    From a book that is opened as a file, a browser would show the notebook's JSON and not save it.
    """
    path = app.env.doc2path(page)
    if tree is None or not page.startswith(("course/", "labs/")) or path.suffix != ".ipynb":
        return
    address = "data:application/x-ipynb+json;base64," + b64encode(path.read_bytes()).decode("ascii")
    link = (
        f'<p class="download"><a href="{address}" download="{path.name}">'
        f"Download this notebook ({path.name})</a></p>"
    )
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{link}", 1)


def mend_for_readers(app: Any, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """What a screen reader stumbles over: headings without a level, headers without a word, a label unlike its text."""
    for part in ("body", "furo_navigation_tree"):
        text = str(context.get(part, "")).replace('role="heading">', 'role="heading" aria-level="2">')
        text = text.replace('<summary aria-label="Toggle hidden content">', "<summary>")
        context[part] = re.sub(r'<th class="head[^"]*">(?:<p></p>)?</th>', "<td></td>", text)


def link_folders(app: Any, tree: nodes.document) -> None:
    """A link to a folder, which a code host can show, leads to the front page's list of what is in it."""
    for reference in tree.findall(addnodes.pending_xref):
        folder = str(reference.get("reftarget")).rpartition("/")[2]
        if folder in ("cards", "decisions"):
            reference["reftarget"] = folder


def setup(app: Any) -> None:
    app.connect("source-read", fold_figures)
    app.connect("doctree-read", link_folders)
    app.connect("doctree-resolved", name_widgets)
    app.connect("html-page-context", offer_download)
    app.connect("html-page-context", mend_for_readers, priority=900)  # after the theme
    app.connect("build-finished", copy_mathjax)
