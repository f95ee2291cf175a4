"""What is installed, and whether the files around the code say the truth about it."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TARGETS = ["help", "demo", "lab", "test", "check", "build", "bench", "book"]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def requirements() -> dict[str, Requirement]:
    """Every direct requirement, those of the extras too, by canonical name."""
    lines = [
        *PROJECT["dependencies"],
        *(line for extra in PROJECT["optional-dependencies"].values() for line in extra),
    ]
    return {canonicalize_name(found.name): found for found in map(Requirement, lines)}


def pins() -> dict[str, str]:
    """constraints.txt as name and version."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


def make(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run make; a make around pytest must not pass its flags on."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))
    }
    return subprocess.run(["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True)


def files_below(folder: Path) -> set[str]:
    """The relative paths of a folder's files, without what Python and Jupyter leave behind."""
    left_behind = {"__pycache__", ".ipynb_checkpoints"}
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not left_behind & set(path.parts)
    }


# Versions


def test_when_a_requirement_is_named_constraints_pin_a_version_that_satisfies_it() -> None:
    pinned = pins()
    wrong = [
        f"{requirement} but {pinned.get(name)}"
        for name, requirement in requirements().items()
        if name not in pinned or not requirement.specifier.contains(pinned[name])
    ]
    assert not wrong


def test_when_constraints_pin_a_version_it_is_one_that_every_build_has() -> None:
    """A local suffix such as +cpu exists in one package index only."""
    assert pins()["torch"] == "2.13.0"
    assert [name for name, version in pins().items() if Version(version).local] == []


def test_when_only_the_core_is_installed_no_framework_comes_along() -> None:
    core = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    assert not core & {"torch", "tensorflow", "keras", "nbgrader", "distributed"}


def test_when_a_newer_minor_torch_appears_the_extra_refuses_it() -> None:
    torch = requirements()["torch"].specifier
    assert torch.contains("2.13.0+cpu")
    assert not torch.contains("2.14.0")


def test_when_the_command_starts_it_imports_no_framework() -> None:
    heavy = "{'torch', 'tensorflow', 'keras', 'nbgrader', 'matplotlib', 'pandas', 'distributed'}"
    code = f"import sys, autograder.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_when_the_version_changes_the_citation_follows() -> None:
    citation = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert citation is not None
    assert citation[1].strip('"') == PROJECT["version"]


# The Makefile


def test_when_make_is_run_alone_it_lists_every_target_with_a_line_of_help() -> None:
    listed = dict(re.findall(r"^  make (\w+) +(\S.+)$", make().stdout, re.MULTILINE))
    assert set(TARGETS) <= set(listed)


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "help"])
def test_when_there_is_no_environment_a_target_makes_it_first(target: str) -> None:
    # --always-make stands for a missing .venv; --dry-run prints what would be run.
    lines = make("--always-make", "--dry-run", target).stdout.splitlines()
    venv = next(number for number, line in enumerate(lines) if "-m venv .venv" in line)
    install = next(number for number, line in enumerate(lines) if "pip install" in line)
    assert venv < install < len(lines) - 1
    assert "-c constraints.txt" in lines[install]


def test_when_python_is_too_old_make_says_so_and_stops(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    done = make("check", "PYTHON=false", folder=tmp_path)
    assert done.returncode == 2
    assert "needs Python 3.11 or later" in done.stderr
    assert not (tmp_path / ".venv").exists()


# What the documents say


def command_rows() -> list[tuple[str, str]]:
    """The README's table of commands: name, and the whole row."""
    return re.findall(r"^\| `unrolled (\w+)(.*)$", (ROOT / "README.md").read_text(), re.MULTILINE)


def test_when_the_readme_lists_the_commands_they_are_those_of_the_program() -> None:
    from autograder.cli import main

    assert {name for name, _ in command_rows()} == set(main.commands)


def test_when_the_readme_names_an_option_the_command_has_it() -> None:
    from autograder.cli import main

    unknown = [
        f"{name} {option}"
        for name, row in command_rows()
        for option in set(re.findall(r"--[a-z][a-z-]*", row)) - {"--help"}
        if not any(option in parameter.opts for parameter in main.commands[name].params)
    ]
    assert not unknown


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_when_a_document_names_a_command_it_exists(document: Path) -> None:
    from autograder.cli import main

    code = " ".join(re.findall(r"`+[^`]+`+", document.read_text()))
    assert set(re.findall(r"\bunrolled ([a-z]+)", code)) <= set(main.commands)
    assert set(re.findall(r"\bmake ([a-z]+)", code)) <= {*TARGETS, "constraints"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_when_a_document_links_to_a_file_it_is_there(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text())
    local = [target for target in targets if not target.startswith(("http:", "https:", "mailto:"))]
    assert [target for target in local if not (document.parent / target).exists()] == []


def test_when_a_marker_is_defined_contributing_explains_it() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    defined = {line.split(":")[0] for line in tool["pytest"]["ini_options"]["markers"]}
    explained = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE))
    assert defined == explained


# The wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built with the tools that are installed."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run([sys.executable, *build], check=True)
    (built,) = folder.glob("unrolled-*.whl")
    return built


@pytest.mark.slow
def test_when_the_wheel_is_built_it_carries_code_lectures_labs_and_data_and_nothing_else(wheel: Path) -> None:
    sources = {"autograder": "autograder", "course": "course"}
    sources |= {f"autograder/_data/{name}": name for name in ("labs", "datasets")}
    wanted = {f"{place}/{name}" for place, source in sources.items() for name in files_below(ROOT / source)}
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert found == wanted
    assert any(name.startswith("autograder/_data/labs/lab04_lstm/") for name in found)
    assert any(name.startswith("autograder/_data/datasets/") for name in found)


@pytest.mark.slow
def test_when_the_wheel_is_built_no_file_of_the_solutions_is_in_it(wheel: Path) -> None:
    solutions = {
        hashlib.sha256((ROOT / "solutions" / name).read_bytes()).hexdigest(): name
        for name in files_below(ROOT / "solutions")
        if (ROOT / "solutions" / name).stat().st_size
    }
    assert solutions
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        same = [name for name in names if hashlib.sha256(archive.read(name)).hexdigest() in solutions]
    assert same == []
    assert [
        name for name in names if {"solutions", "tests", "misconceptions.py"} & set(Path(name).parts)
    ] == []


@pytest.mark.slow
def test_when_the_wheel_is_built_no_line_of_a_solution_or_a_mistakes_code_is_in_it(wheel: Path) -> None:
    from autograder.build.leaks import SHORTEST, find_leaks
    from autograder.build.make import lab_sources
    from autograder.truth.reference import load_truth

    truths = [load_truth(name) for name in lab_sources()]
    with zipfile.ZipFile(wheel) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    # A lecture may by chance hold `hs.append(h)`; in what comes from a lab no line is too short to count.
    leaks = [
        leak
        for truth in truths
        for name, content in contents.items()
        if Path(name).name != "leaks.py"  # it says what it looks for
        for leak in find_leaks(truth, name, content, SHORTEST if "/labs/" in name else 20)
    ]
    assert leaks == []


@pytest.mark.slow
def test_when_installed_from_the_wheel_labs_are_found_and_solutions_are_asked_for(
    wheel: Path, tmp_path: Path
) -> None:
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", str(installed), str(wheel)]
    subprocess.run([sys.executable, *install], check=True)
    code = (
        "from autograder import places\n"
        "print(places.checkout(), places.labs_dir(), sep='\\n')\n"
        "print(places.datasets_dir(), places.lectures_dir(), sep='\\n')\n"
        "try: places.solutions_dir()\n"
        "except places.BadInput as error: print(error.exit_code, error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    environment.pop("UNROLLED_SOLUTIONS", None)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=elsewhere,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    checkout, labs, datasets, lectures, refusal = done.stdout.splitlines()
    assert checkout == "None"
    assert Path(labs) == installed / "autograder/_data/labs"
    assert Path(datasets) == installed / "autograder/_data/datasets"
    assert (Path(lectures) / "__init__.py").is_file()
    assert refusal.startswith("2 ")
    assert "UNROLLED_SOLUTIONS" in refusal
