"""The command `unrolled`. Each command parses, calls one room of the package, and prints; nothing else.

Imports are inside the commands: `unrolled --help` must not wait for nbgrader or pandas.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from autograder import __version__
from autograder.errors import BadInput, GraderFault, UnrolledError

EXISTING = click.Path(path_type=Path)
Advance = Callable[[float], None]


class _Group(click.Group):
    """Our own errors become one line and their exit code; a usage error of click's is 2 already."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
            sys.exit(code if isinstance(code, int) else 0)
        except UnrolledError as error:
            click.echo(f"unrolled: {error}", err=True)
            sys.exit(error.exit_code)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except (click.Abort, KeyboardInterrupt):
            click.echo("unrolled: stopped; the same command goes on where this one was", err=True)
            sys.exit(GraderFault.exit_code)
        except ModuleNotFoundError as error:
            from autograder.student.advice import missing_for_command

            if not (said := missing_for_command(error)):
                raise
            click.echo(f"unrolled: {said}", err=True)
            sys.exit(BadInput.exit_code)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"unrolled: {where}{error.strerror or error}", err=True)
            sys.exit(BadInput.exit_code)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="unrolled")
def main() -> None:
    """A course on recurrent networks with labs that grade themselves."""
    # nbgrader calls `alembic` by name, which lies beside this command when no environment is activated
    folder = str(Path(sys.executable).parent)
    if folder not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join(filter(None, [folder, os.environ.get("PATH", "")]))


@main.command()
@click.argument("name", metavar="[LAB]", required=False)
@click.option(
    "--folder", type=EXISTING, default=Path("unrolled-labs"), show_default=True, help="The workspace."
)
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
def lab(name: str | None, folder: Path, no_browser: bool) -> int:
    """A workspace with the labs, opened in JupyterLab."""
    from autograder.student.workspace import first_page, make_workspace, open_jupyterlab

    page = first_page(name)  # what is wrong with it is told before anything is made
    news = make_workspace(folder)
    for line in news:
        click.echo(line)
    return open_jupyterlab(folder, page, browser=not no_browser)


@main.command()
@click.argument("notebook", type=EXISTING)
def check(notebook: Path) -> int:
    """The student's check of a lab, in a terminal. Exits with 1 if a check fails."""
    from autograder.student.check_file import check_file

    return 0 if check_file(notebook, click.echo) else 1


@main.command()
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit with 1 and name stale files.")
def build(only_check: bool) -> int:
    """Regenerate notebooks and probes from their sources."""
    from autograder import build as builder
    from autograder.places import checkout

    root = checkout() or Path.cwd()

    def shown(path: Path) -> Path:  # private labs lie elsewhere
        return path.relative_to(root) if path.is_relative_to(root) else path

    if only_check:
        stale = builder.stale()
        for built in stale:
            click.echo(f"stale: {shown(built.path)} (from {shown(built.source)}); run: make build")
        return 1 if stale else 0
    for built in builder.build_all():
        if builder.write(built):
            click.echo(f"built {shown(built.path)}")
    return 0


@main.command()
@click.argument("names", metavar="[LAB]...", nargs=-1)
@click.option("--json", "json_file", type=EXISTING, help="Write the outcome to this file.")
def verify(names: tuple[str, ...], json_file: Path | None) -> int:
    """Solutions 100 %, untouched and lazy answers 0, every misconception caught and named."""
    from autograder.build.make import lab_sources
    from autograder.grading.verification import verify_labs

    known = lab_sources()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BadInput(
            f"there is no lab {unknown[0]!r} to verify; the labs are: {', '.join(known) or 'none'}"
        )
    labs, done = names or known, []
    with _progress(f"verifying {', '.join(labs)}", len(labs)) as advance:
        for item in verify_labs(labs, os.cpu_count() or 1, advance):
            done.append(item)
            for line in item.told():
                click.echo(line)
    if json_file is not None:
        _write_json(json_file, {"schema": 1, "labs": [item.to_json() for item in done]})
    return 1 if any(item.problems for item in done) else 0


@main.command()
@click.argument("folder", metavar="DIR", type=EXISTING)
def init(folder: Path) -> None:
    """An nbgrader course of all labs."""
    from autograder.grading.run import make_course

    news = make_course(folder)
    click.echo(f"{'made' if news.made else 'updated'} the nbgrader course {folder}")
    for word, labs in (("added", news.added), ("updated", news.updated), ("unchanged", news.unchanged)):
        if labs:
            click.echo(f"  {word}: {', '.join(labs)}")
    if news.advice:
        click.echo(news.advice)


@main.command()
@click.argument("course", type=EXISTING)
@click.argument("file", metavar="CSV", type=EXISTING)
def students(course: Path, file: Path) -> None:
    """Students from a CSV file into a course's gradebook.

    The file begins with a line of column names: id, and if you like first_name, last_name, email, lms_user_id.
    """
    from autograder.classroom.roster import import_students

    news = import_students(course, file)
    click.echo(f"students: {news.added} added, {news.updated} updated, {news.unchanged} unchanged")
    if news.left_out:
        click.echo(f"  columns left out: {', '.join(news.left_out)}")


@main.command()
@click.argument("name", metavar="LAB")
@click.option("--submissions", type=EXISTING, required=True, help="DIR/<student>/<lab>/<lab>.ipynb.")
@click.option("--out", "course", type=EXISTING, required=True, help="The nbgrader course, made if absent.")
@click.option("--json", "json_file", type=EXISTING, help="Write the results to this file.")
@click.option("--workers", type=click.IntRange(1, 256), default=None, help="Processes on this machine.")
@click.option(
    "--scheduler", metavar="ADDR", help="A Dask scheduler, whose workers are trusted with the solutions."
)
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default=None, help="Where labs compute.")
@click.option("--explore", is_flag=True, help="Run the explore cells too, for their outputs.")
@click.option("--again", metavar="STUDENT", multiple=True, help="Grade this student again.")
@click.option("--trust-submissions", is_flag=True, help="Grade without a sandbox where there is none.")
def grade(
    name: str,
    submissions: Path,
    course: Path,
    json_file: Path | None,
    workers: int | None,
    scheduler: str | None,
    device: str | None,
    explore: bool,
    again: tuple[str, ...],
    trust_submissions: bool,
) -> int:
    """Grade a class: sandboxed, into nbgrader's own gradebook."""
    from autograder.sandbox import ladder

    ladder.probe_soon()
    from autograder.grading.run import Request

    request = Request(
        lab=name,
        submissions=submissions,
        course=course,
        workers=workers or os.cpu_count() or 1,
        scheduler=scheduler,
        device=_device(device),
        explore=explore,
        again=frozenset(again),
        trust_submissions=trust_submissions,
    )
    result = _grade(request)
    if json_file is not None:
        _write_json(json_file, result.to_json())
    return GraderFault.exit_code if any(item.verdict == "infra" for item in result.submissions) else 0


def _device(asked: str | None) -> str:
    found = asked or os.environ.get("UNROLLED_DEVICE") or "cpu"
    if found not in ("cpu", "cuda"):
        raise BadInput(f"UNROLLED_DEVICE should be cpu or cuda, not {found!r}")
    return found


def _grade(request: Any) -> Any:
    """Grade with a progress bar, then print the class by check."""
    from rich.console import Console

    from autograder.grading.run import grade as run
    from autograder.grading.submissions import find_submissions
    from autograder.labs import hints_of, load_spec
    from autograder.report import print_class

    spec = load_spec(request.lab)
    total = len(find_submissions(request.submissions, request.lab))
    with _progress(f"grading {request.lab}", total) as advance:
        result = run(request, lambda graded: advance(1))
    print_class(Console(), result, spec, hints_of(request.lab))
    for remark in result.remarks:
        click.echo(f"unrolled: {remark}", err=True)
    return result


@main.command()
@click.argument("course", type=EXISTING)
def report(course: Path) -> None:
    """The class report: HTML and CSV, and each student's feedback page."""
    from autograder.classroom.reporting import report_course

    with _progress("writing the report") as advance:
        pages = report_course(course, advance)
    for page in pages:
        click.echo(f"report: {page}")


@main.command()
@click.argument("course", type=EXISTING)
@click.option(
    "--layout",
    type=click.Choice(["spreadsheet", "canvas", "moodle", "gradescope"]),
    default="spreadsheet",
    show_default=True,
    help="Whose columns.",
)
@click.option("--lab", "labs", metavar="LAB", multiple=True, help="This lab only; may be given again.")
@click.option("--out", "file", type=EXISTING, help="The file to write.  [default: COURSE/grades-LAYOUT.csv]")
def export(course: Path, layout: str, labs: tuple[str, ...], file: Path | None) -> None:
    """A course's grades as CSV, for a spreadsheet or for Canvas, Moodle or Gradescope."""
    from autograder.classroom.exports import export_grades

    written, grades = export_grades(course, layout, file, labs)
    click.echo(f"grades: {written} ({len(grades.people)} students; {', '.join(grades.labs) or 'no labs'})")
    if grades.waiting():
        told = "marked as such" if layout == "spreadsheet" else "left out"
        click.echo(f"  still to be graded by hand, and {told}: {grades.waiting()}")


@main.command()
@click.option("--students", type=click.IntRange(1, 5000), default=24, show_default=True)
@click.option("--lab", "name", default="lab04_lstm", show_default=True)
@click.option("--out", "course", type=EXISTING, default=Path("demo-course"), show_default=True)
@click.option("--workers", type=click.IntRange(1, 256), default=None, help="Processes on this machine.")
def demo(students: int, name: str, course: Path, workers: int | None) -> int:
    """A sample class with real mistakes, graded, with its report."""
    from autograder.classroom.reporting import report_course
    from autograder.demo import demo_request

    with _progress(f"inventing {students} students") as advance:
        request = demo_request(name, students, course, workers or os.cpu_count() or 1, advance)
    _grade(request)
    with _progress("writing feedback and the report") as advance:
        pages = report_course(course, advance)
    click.echo(f"the class report:  {pages[0]}")
    click.echo(f"the gradebook:     cd {course} && jupyter lab, then Nbgrader > Formgrader in its menu")
    return 0


@main.group()
def data() -> None:
    """Data sets: shipped, downloaded, verified."""


@data.command("list")
def data_list() -> None:
    """Every data set, and whether it is here."""
    from rich.console import Console
    from rich.table import Table

    from course.datasets import at_hand, catalogue

    table = Table(box=None, pad_edge=False)
    found = catalogue()
    table.add_column("name", no_wrap=True, min_width=max(len(item.name) for item in found))
    for head in ("where", "size", "licence", "what for"):
        table.add_column(head)
    for item in found:
        where = "shipped" if item.shipped else "here" if at_hand(item.name) else "to fetch"
        table.add_row(item.name, where, f"{item.bytes / 1000:,.0f} kB", item.licence, item.use)
    Console().print(table)


@data.command("fetch")
@click.argument("name")
def data_fetch(name: str) -> None:
    """Download a data set and verify it."""
    from course.datasets import fetch

    click.echo(str(fetch(name)))


@main.command()
def doctor() -> int:
    """Versions, device, sandbox level and what it does not stop, what to do about what is missing."""
    from autograder.doctor import examine

    lines, usable = examine()
    for line in lines:
        click.echo(line)
    return 0 if usable else GraderFault.exit_code


@contextmanager
def _progress(title: str, total: float = 1.0) -> Iterator[Advance]:
    """A progress bar on a terminal; silence in a log."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    count = [MofNCompleteColumn()] if total > 1 else []
    columns = (TextColumn("{task.description}"), BarColumn(), *count, TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(title, total=total)
        yield lambda step: bar.advance(task, step)


def _write_json(file: Path, content: Any) -> None:
    """Whole or not at all."""
    from autograder.classroom.files import write_whole

    try:
        write_whole(file, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    except OSError as error:
        raise BadInput(f"--json should name a file that can be written; {file}: {error.strerror}") from error
