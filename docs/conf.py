"""Sphinx settings of the book: the lectures with their outputs, and these docs. `make book` builds it."""

from __future__ import annotations

import tomllib
from pathlib import Path

_root = Path(__file__).resolve().parents[1]
_project = tomllib.loads((_root / "pyproject.toml").read_text())["project"]

project = "Unrolled"
author = copyright = "The Unrolled authors"
release = version = _project["version"]

# The source folder is the whole repository (see the Makefile), since lectures and docs lie side by side.
root_doc = "docs/README"
include_patterns = ["docs/**.md", "course/**.md", "course/**.ipynb", "README.md", "CONTRIBUTING.md"]
exclude_patterns = ["**/.ipynb_checkpoints"]

extensions = ["myst_nb"]
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_timeout = 180
nb_execution_raise_on_error = True

html_title = "Unrolled"
