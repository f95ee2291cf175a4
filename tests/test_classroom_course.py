"""An nbgrader course is made, made again, and never over anything that is not ours."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.classroom.course import course_labs, init_course, read_secret
from autograder.classroom.gradebook import Exporter
from autograder.classroom.students import student_id_problem
from autograder.errors import BadInput
from tests.classroom_support import LAB, POINTS, QUESTION, handed_in, make_course, released, result, tiny


def _files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_when_the_folder_is_new_the_course_holds_source_release_and_gradebook(tmp_path: Path) -> None:
    news = init_course(tmp_path / "c", [tiny()])
    assert news.made and news.added == (LAB,) and news.advice == ""
    assert _files(tmp_path / "c" / "source") == {f"{LAB}/{LAB}.ipynb", f"{LAB}/probes.safetensors"}
    assert _files(tmp_path / "c" / "release") == {f"{LAB}/{LAB}.ipynb", f"{LAB}/probes.safetensors"}
    assert (tmp_path / "c" / "submitted").is_dir()
    with Gradebook(f"sqlite:///{tmp_path}/c/gradebook.db", "unrolled") as gradebook:
        cells = gradebook.find_notebook(LAB, LAB).grade_cells
        assert {cell.name: cell.max_score for cell in cells} == {**POINTS, QUESTION: 4}
        assert gradebook.find_assignment(LAB).course_id == "unrolled"
    assert course_labs(tmp_path / "c") == [LAB]


def test_when_released_no_line_of_a_solution_is_left(tmp_path: Path) -> None:
    text = json.dumps(released(make_course(tmp_path / "c")))
    assert "return 2 * x" not in text and "BEGIN SOLUTION" not in text


def test_when_made_again_the_secret_and_the_settings_stay(tmp_path: Path) -> None:
    root = make_course(tmp_path / "c")
    secret = read_secret(root)
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text() + "\n# mine\n")
    news = init_course(root, [tiny()])
    assert news.unchanged == (LAB,) and not news.made
    assert read_secret(root) == secret and len(secret) == 32
    assert config.read_text().endswith("# mine\n")


def test_when_made_the_secret_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    root = make_course(tmp_path / "c")
    assert stat.S_IMODE((root / "secret").stat().st_mode) == 0o600
    (root / "secret").chmod(0o644)
    init_course(root, [])
    assert stat.S_IMODE((root / "secret").stat().st_mode) == 0o600


def test_when_the_secret_is_cut_short_it_is_refused(tmp_path: Path) -> None:
    root = make_course(tmp_path / "c")
    (root / "secret").write_bytes(b"short")
    with pytest.raises(BadInput, match="holds 5"):
        init_course(root, [tiny()])


def test_when_the_folder_is_somebody_elses_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BadInput, match="no nbgrader course"):
        init_course(tmp_path, [tiny()])
    assert _files(tmp_path) == {"notes.txt"}


def test_when_the_place_is_a_file_the_line_says_so(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("")
    with pytest.raises(BadInput, match="is a file"):
        init_course(tmp_path / "c", [tiny()])


def test_when_an_init_was_cut_off_the_next_one_finishes_it(tmp_path: Path) -> None:
    (tmp_path / "unrolled.json").write_text('{"schema": 1, "labs": {}}')
    init_course(tmp_path, [tiny()])
    assert (tmp_path / "nbgrader_config.py").is_file() and course_labs(tmp_path) == [LAB]


def test_when_the_course_is_the_teachers_own_labs_are_added_and_its_files_left(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "mine"\n')
    (tmp_path / "source" / "hw1").mkdir(parents=True)
    news = init_course(tmp_path, [tiny()])
    assert "configure(get_config())" in news.advice and news.added == (LAB,)
    assert "autograder" not in (tmp_path / "nbgrader_config.py").read_text()
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db", "mine") as gradebook:
        assert gradebook.find_assignment(LAB).course_id == "mine"


def test_when_the_teacher_has_a_lab_of_that_name_it_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    (tmp_path / "source" / LAB).mkdir(parents=True)
    (tmp_path / "source" / LAB / "mine.ipynb").write_text("{}")
    with pytest.raises(BadInput, match="not ours"):
        init_course(tmp_path, [tiny()])


def test_when_the_teachers_settings_do_not_run_the_line_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("1 / 0\n")
    with pytest.raises(BadInput, match=r"nbgrader_config\.py.*ZeroDivisionError"):
        init_course(tmp_path, [tiny()])


def test_when_only_the_text_changed_the_course_is_updated(tmp_path: Path) -> None:
    root = make_course(tmp_path / "c")
    assert init_course(root, [tiny(text="Newer words.")]).updated == (LAB,)
    assert "Newer words." in released(root).cells[0].source


def test_when_source_was_edited_by_hand_an_update_asks_first(tmp_path: Path) -> None:
    root = make_course(tmp_path / "c")
    (root / "source" / LAB / f"{LAB}.ipynb").write_text("{}")
    with pytest.raises(BadInput, match="edited by hand"):
        init_course(root, [tiny(text="Newer words.")])


def test_when_an_older_lab_was_graded_new_cells_are_refused_in_one_line(tmp_path: Path) -> None:
    root = make_course(tmp_path / "c")
    with Exporter(root, LAB) as exporter:
        exporter.export(result("ada", handed_in(root)))
    with pytest.raises(BadInput, match="older lab99_tiny and 1 submissions"):
        init_course(root, [tiny(triple_id="check-thrice")])
    assert init_course(root, [tiny(text="Newer words.")]).updated == (LAB,)


def test_when_nbgrader_refuses_the_notebook_its_reason_is_in_the_line(tmp_path: Path) -> None:
    lab = tiny()
    lab.solution.cells[1]["source"] = "### BEGIN SOLUTION\npass"
    with pytest.raises(BadInput, match="No end solution statement"):
        init_course(tmp_path / "c", [lab])


@pytest.mark.parametrize("name", ["ada", "Ana Müller", "李小龙", "a.b+c@d.org", "O'Neill", "مريم"])
def test_when_a_name_is_ordinary_it_can_be_an_id(name: str) -> None:
    assert student_id_problem(name) is None


@pytest.mark.parametrize(
    "name",
    ["", " ada", "ada ", ".ada", "a*", "a[1]", "a,b", "<b>", "a\nb", "a\x00b", "x" * 129, "\udcff", "a%2f"],
)
def test_when_nbgrader_could_not_carry_a_name_it_is_refused(name: str) -> None:
    problem = student_id_problem(name)
    assert problem is not None and "\n" not in problem and "rename it" in problem


def test_when_the_course_is_read_back_the_release_is_a_valid_notebook(tmp_path: Path) -> None:
    nbformat.validate(released(make_course(tmp_path / "c")))
