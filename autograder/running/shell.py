"""The IPython shell of a runner: what is displayed is collected, and no traceback is printed."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Any as AnyTrait
from traitlets import Type
from traitlets.config import Config

from autograder.running.wire import MAX_DISPLAYS, MAX_TEXT, PNG_MAGIC, header_bytes

MAX_DISPLAY_BYTES = 8 << 20
MAX_DISPLAY_TEXT = 512 << 10


@dataclass
class Screen:
    """What the current cell has displayed, as entries of a reply: [stdout, stderr, text, image, result]."""

    entries: list[list[Any]] = field(default_factory=list)
    images: list[bytes] = field(default_factory=list)
    _text: int = 0

    def show(self, data: dict[str, Any], result: int | None = None) -> None:
        """Keep the plain text and the PNG of a display; what is beyond the caps is left out, silently."""
        text = str(data.get("text/plain", ""))[:MAX_TEXT].encode("utf-8", "replace").decode()
        size = header_bytes(text)
        image = _png(data.get("image/png"))
        if len(self.entries) >= MAX_DISPLAYS or self._text + size > MAX_DISPLAY_TEXT:
            return
        self._text += size
        if sum(map(len, self.images)) + len(image) > MAX_DISPLAY_BYTES:
            image = b""
        index = None
        if image:
            index = f"png{len(self.images)}"
            self.images.append(image)
        self.entries.append([*written(), text, index, result])

    def clear(self) -> None:
        """Forget everything: a new cell, or clear_output()."""
        self.entries.clear()
        self.images.clear()
        self._text = 0


def written() -> tuple[int, int]:
    """How many bytes of stdout and stderr have been written so far; both are plain files."""
    flush()
    return os.fstat(1).st_size, os.fstat(2).st_size


def flush() -> None:
    """Push out what Python still holds back; a student's own stream may fail, and that is no matter."""
    import sys

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            continue


def _png(data: Any) -> bytes:
    if isinstance(data, str):
        try:
            data = base64.b64decode(data, validate=False)
        except ValueError:
            return b""
    return bytes(data) if isinstance(data, bytes) and data.startswith(PNG_MAGIC) else b""


class _Publisher(DisplayPublisher):
    screen: Any = AnyTrait()

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **_: Any) -> None:
        """Called by display() and by matplotlib's inline backend."""
        self.screen.show(dict(data))

    def clear_output(self, wait: bool = False) -> None:
        """Forget what this cell has displayed."""
        self.screen.clear()


class _Hook(DisplayHook):
    """The value of a cell's last line becomes a result instead of printed text."""

    screen: Any = None

    def write_output_prompt(self) -> None:
        """No prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Keep the result."""
        self.screen.show(dict(format_dict), result=self.prompt_count)

    def finish_displayhook(self) -> None:
        """Nothing was printed."""
        self._is_active = False


class _Compiler(CachingCompiler):
    """Code names by cell: `<cell 3: lstm-step>` for the third cell that ran."""

    cell = ""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        """The file name of a cell's code, unique within a session."""
        return f"<cell {number}: {self.cell}>"


class RunnerShell(InteractiveShell):
    """A shell that is made before the fork: no history file, no thread, no terminal."""

    screen: Screen
    compile: Any
    run_cell: Any
    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    compiler_class = Type(_Compiler)

    def enable_gui(self, gui: Any = None) -> None:
        """There is no event loop to join; `%matplotlib inline` asks all the same."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        """A failure goes into the reply, not into the output."""

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        """Formatting a traceback reads sources and costs milliseconds; nobody would see it."""

    def showsyntaxerror(self, *args: Any, **kwargs: Any) -> None:
        """As for any other failure."""


def make_shell() -> RunnerShell:
    """The one shell of this process; `get_ipython()` finds it."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.xmode = "Minimal"
    config.InteractiveShell.autocall = 0
    shell = RunnerShell.instance(config=config)
    formatter: Any = shell.display_formatter
    formatter.active_types = ["text/plain", "image/png"]
    screen = Screen()
    for part in (shell, shell.display_pub, shell.displayhook):
        part.screen = screen  # type: ignore[union-attr]
    return shell
