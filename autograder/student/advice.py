"""A package that is missing in the student's Python: one line with the command to run."""

from __future__ import annotations

import shlex
import sys
from typing import Any

# What labs, lectures and `unrolled` import, and the name under which pip knows it. Nothing else is recommended: a
# misspelt import must not become an invitation to install whatever bears that name.
_NAMED_ALIKE = (
    "bleach dask distributed ipykernel ipywidgets jupyterlab jupytext keras matplotlib nbclient nbconvert nbformat "
    "nbgrader numpy packaging pandas pooch psutil rich safetensors scipy sqlalchemy tensorflow torch traitlets"
).split()
_PACKAGES = {**{name: name for name in _NAMED_ALIKE}, "IPython": "ipython", "sklearn": "scikit-learn"}


def missing(error: ImportError) -> str:
    """What to do about a module that a notebook misses; empty when it is none of the course's."""
    package = _package(error)
    if package is None:
        return ""
    return (
        f"{package} is not installed for this notebook's Python. Run in a terminal, then restart the kernel: "
        f"{_install(package)}"
    )


def missing_for_command(error: ImportError) -> str:
    """What to do about a module that a command misses; empty when it is none of the course's."""
    package = _package(error)
    return f"{package} is not installed for this Python; run: {_install(package)}" if package else ""


def _package(error: ImportError) -> str | None:
    return _PACKAGES.get((error.name or "").partition(".")[0])


def _install(package: str) -> str:
    return f"{shlex.quote(sys.executable)} -m pip install {package}"


def tell_missing(shell: Any) -> None:
    """From now on this IPython shell says below such an error what to do."""

    def handler(shell: Any, kind: Any, error: Any, trace: Any, tb_offset: int | None = None) -> None:
        said = missing(error)
        if said and said not in getattr(error, "__notes__", ()):
            error.add_note(said)
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    shell.set_custom_exc((ModuleNotFoundError,), handler)
