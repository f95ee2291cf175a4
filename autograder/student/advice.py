"""A package that is missing in the student's Python: one line with the command to run."""

from __future__ import annotations

import shlex
import sys
from typing import Any

# What labs and lectures import, and the name under which pip knows it. Nothing else is recommended: a misspelt
# import must not become an invitation to install whatever bears that name.
_PACKAGES = {
    **{
        name: name
        for name in ("ipywidgets", "keras", "matplotlib", "numpy", "pandas", "pooch", "safetensors")
    },
    **{name: name for name in ("scipy", "tensorflow", "torch")},
    "sklearn": "scikit-learn",
}


def missing(error: ImportError) -> str:
    """What to do about a missing module; empty when it is none of the course's."""
    package = _PACKAGES.get((error.name or "").partition(".")[0])
    if package is None:
        return ""
    python = shlex.quote(sys.executable)
    return (
        f"{package} is not installed for this notebook's Python. Run in a terminal, then restart the kernel: "
        f"{python} -m pip install {package}"
    )


def tell_missing(shell: Any) -> None:
    """From now on this IPython shell says below such an error what to do."""

    def handler(shell: Any, kind: Any, error: Any, trace: Any, tb_offset: int | None = None) -> None:
        said = missing(error)
        if said and said not in getattr(error, "__notes__", ()):
            error.add_note(said)
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)

    shell.set_custom_exc((ModuleNotFoundError,), handler)
