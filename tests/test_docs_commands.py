"""Every `unrolled` command that a page tells its reader to type is one: its name, its options, its arguments."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from autograder.cli import main

# A command keeps the names of its help option from the first context that it had, which should be its group's.
PARENT = click.Context(main, **main.context_settings)
ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TYPED = re.compile(r"(?:^\$ (?:\S*/)?|`)unrolled ([^`#\n]+)", re.MULTILINE)
# What stands for a reader's own word, or says that there is more, is not for the parser.
NOT_TYPED = re.compile(r"[…\[\]|]|^[A-Z]+$")


def documented() -> list[tuple[str, str]]:
    found = {
        (page.name, command.strip())
        for page in PAGES
        for command in TYPED.findall(page.read_text(encoding="utf-8"))
    }
    return sorted(found)


@pytest.mark.parametrize(("page", "command"), documented(), ids=lambda text: text.replace(" ", "_"))
def test_when_a_page_names_a_command_it_can_be_typed(page: str, command: str) -> None:
    name, *words = shlex.split(command)
    known = main.commands.get(name)
    assert known is not None, f"{page}: there is no `unrolled {name}`"
    options = {option for parameter in known.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options | {"--help"}
    if len(words) > 0 and not any(NOT_TYPED.search(word) for word in words) and name != "data":
        known.make_context(name, words, parent=PARENT)


def test_when_a_commands_arguments_are_wrong_this_would_be_noticed() -> None:
    with pytest.raises(click.UsageError):
        main.commands["grade"].make_context(
            "grade", ["lab04_lstm", "--submissions", "submitted"], parent=PARENT
        )


def test_when_the_pages_are_read_every_command_is_on_one_of_them() -> None:
    assert {command.split()[0] for _, command in documented()} == set(main.commands)
