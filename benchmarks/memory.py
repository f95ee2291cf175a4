"""Private memory of a graded submission, beside that of a fresh kernel that runs the same cells.

python -m benchmarks.memory [--json FILE]
"""

from __future__ import annotations

import shutil
from pathlib import Path

import click
from jupyter_client.manager import start_new_kernel

from autograder.grading.run import Request, grade, make_course
from benchmarks import classes, tables

LAB = classes.LSTM


@click.command()
@click.option("--json", "json_file", type=click.Path(path_type=Path))
def main(json_file: Path | None) -> None:
    """Print the table."""
    with classes.workplace(LAB) as root, tables.progress(2) as steps:
        ours = our_megabytes(root)
        steps.next("graded")
        kernel = kernel_megabytes(root)
        steps.next("run in a kernel")
    rows = [["unrolled grade", f"{ours:.1f}", "1.0"], ["a kernel", f"{kernel:.1f}", f"{kernel / ours:.1f}"]]
    tables.tell(f"one submission of {LAB}", ["process", "private MB, most", "times ours"], rows, steps.loads)
    tables.write_json(json_file, steps.loads, unrolled_mb=ours, kernel_mb=kernel)


def our_megabytes(root: Path) -> float:
    """The largest private memory of a submission, as the grader measured it."""
    make_course(root / "course", [LAB])
    folder = classes.hand_in(root / "class", LAB, 3)
    graded = grade(Request(lab=LAB, submissions=folder, course=root / "course"))
    return max(item.peak_mb for item in graded.submissions)


def kernel_megabytes(root: Path) -> float:
    """The private memory of a fresh kernel that has run the same cells."""
    place = root / "kernel"
    place.mkdir()
    shutil.copy(root / "labs" / LAB / "probes.safetensors", place)
    setup, own = classes.student_code(LAB)
    manager, client = start_new_kernel(cwd=str(place))
    try:
        for source in (*setup, *own):
            client.execute_interactive(source, output_hook=lambda message: None, timeout=120)
        found: list[float] = []
        reading = (
            "print(sum(int(line.split()[1]) for line in open('/proc/self/smaps_rollup') "
            "if line.startswith('Private_')) / 1024)"
        )
        client.execute_interactive(
            reading,
            output_hook=lambda message: (
                found.append(float(message["content"].get("text", 0) or 0))
                if message["msg_type"] == "stream"
                else None
            ),
            timeout=60,
        )
        return found[-1]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
