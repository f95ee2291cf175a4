"""Answers that are PyTorch's or TensorFlow's: right ones count, and what is not compared is named.

One zygote with both frameworks for the first half, one class graded by `unrolled grade` for the second.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]
pytest.importorskip("torch")
pytest.importorskip("tensorflow")
if not sys.platform.startswith("linux"):
    pytest.skip("the sandbox is for Linux", allow_module_level=True)

from autograder.build import build_lab, lab_notebook, solution_notebook, write  # noqa: E402
from autograder.model import Limits  # noqa: E402
from autograder.running.live import LiveSession  # noqa: E402
from autograder.running.zygote import Zygote  # noqa: E402
from autograder.sandbox import ladder  # noqa: E402
from autograder.trees import Unsupported  # noqa: E402
from tests.command_support import unrolled  # noqa: E402
from tests.lab_support import solved  # noqa: E402
from tests.test_bad_input import by_student  # noqa: E402

LAB = "lab91_frameworks"
SOLUTIONS = Path(__file__).parents[1] / "benchmarks" / "solutions"
ROOMY = Limits(cell_cpu_s=30, cell_wall_s=120, notebook_cpu_s=120, notebook_wall_s=600, memory_mb=2048)
X = np.arange(6.0).reshape(3, 2) - 1


@pytest.fixture(scope="module")
def session() -> Iterator[LiveSession]:
    setup = (
        "import collections, numpy as np, torch, tensorflow as tf\n"
        "State = collections.namedtuple('State', 'h c')"
    )
    started = Zygote.start(preload=("torch", "tensorflow"), level=ladder.probe(), limits=ROOMY)
    with started as zygote, zygote.session() as session:
        assert session.run_cell("setup", setup).failure is None
        yield session


def answer(session: LiveSession, expression: str) -> dict[str, Any]:
    """What arrives of a function that returns this."""
    session.run_cell("exercise", f"def f(x):\n    return {expression}")
    session.register_check("check", "@lab.check\ndef f_matches(x):\n    return {'y': f(x)}")
    reply = session.call_check("f_matches", {"x": X})
    assert reply.failure is None and reply.answer is not None, reply.failure
    return dict(reply.answer)


TENSORS = {
    "torch": "torch.tensor(x)",
    "torch, sharing memory": "torch.from_numpy(x)",
    "torch, with a graph": "torch.tensor(x, requires_grad=True) * 1",
    "torch, a parameter": "torch.nn.Parameter(torch.tensor(x))",
    "torch, transposed": "torch.tensor(x.T.copy()).T",
    "torch, every second": "torch.tensor(np.repeat(x, 2, axis=1))[:, ::2]",
    "torch, yet to be negated": "torch.complex(torch.tensor(x) * 0, -torch.tensor(x)).conj().imag",
    "tensorflow": "tf.constant(x)",
    "tensorflow, a variable": "tf.Variable(x)",
    "keras, a variable": "tf.keras.Variable(x, dtype='float64')",
    "tensorflow, ragged by name only": "tf.RaggedTensor.from_tensor(x)",
    "numpy, backwards": "x[::-1].copy()[::-1]",
    "numpy, Fortran-ordered": "np.asfortranarray(x)",
    "numpy, big-endian": "x.astype('>f8')",
    "a list": "x.tolist()",
}


@pytest.mark.parametrize("expression", TENSORS.values(), ids=TENSORS.keys())
def test_when_an_answer_is_a_dense_tensor_its_numbers_arrive(session: LiveSession, expression: str) -> None:
    found = answer(session, expression)["y"]
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, X)


@pytest.mark.parametrize(
    ("expression", "dtype", "shape"),
    [
        ("torch.tensor(x).float()", "float32", (3, 2)),
        ("torch.tensor(x).half()", "float16", (3, 2)),
        ("torch.tensor(x) > 0", "bool", (3, 2)),
        ("torch.tensor(1.5)", "float32", ()),
        ("torch.tensor(x).shape", "int64", (2,)),
        ("tf.cast(x, tf.float32)", "float32", (3, 2)),
        ("tf.constant(x) > 0", "bool", (3, 2)),
        ("tf.constant(2)", "int32", ()),
    ],
)
def test_when_a_tensor_is_narrow_or_a_single_number_it_stays_so(
    session: LiveSession, expression: str, dtype: str, shape: tuple[int, ...]
) -> None:
    found = answer(session, expression)["y"]
    assert (str(found.dtype), found.shape) == (dtype, shape)


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("State(torch.tensor(x), tf.constant(x))", ["y/0", "y/1"]),
        ("{'h': torch.tensor(x), 'c': [tf.constant(x), x]}", ["y/h", "y/c/0", "y/c/1"]),
        ("torch.tensor(x).max(0)", ["y/0", "y/1"]),
    ],
)
def test_when_tensors_are_in_tuples_and_dicts_each_is_a_leaf(
    session: LiveSession, expression: str, names: list[str]
) -> None:
    found = answer(session, expression)
    assert list(found) == names and all(isinstance(value, np.ndarray) for value in found.values())


NOT_COMPARED = {
    "torch.tensor(x).to_sparse()": "sparse Tensor",
    "torch.tensor(x).to_sparse_csr()": "sparse Tensor",
    "torch.tensor(x).bfloat16()": "Tensor of torch.bfloat16",
    "torch.tensor(x).to('meta')": "Tensor of torch.float64",
    "torch.complex(torch.tensor(x), torch.tensor(x)).conj()": "array of complex128",
    "torch.nn.Linear(2, 2)": "Linear",
    "tf.sparse.from_dense(x)": "SparseTensor",
    "tf.ragged.constant([[1.0], [2.0, 3.0]])": "RaggedTensor",
    "tf.cast(x, tf.bfloat16)": "array of bfloat16",
    "tf.constant('abc')": "EagerTensor",
    "np.array([x, None], dtype=object)": "array of object",
}


@pytest.mark.parametrize(("expression", "kind"), NOT_COMPARED.items())
def test_when_a_tensor_is_not_compared_its_kind_arrives_and_the_session_goes_on(
    session: LiveSession, expression: str, kind: str
) -> None:
    assert answer(session, expression) == {"y": Unsupported(kind)}


# --- a class ------------------------------------------------------------------------------------------------

TORCH = "def candidate(x):\n    return {}"
TF = "def gate(x):\n    return {}"
NOISE = """import ctypes, logging, os, sys, warnings
def noise():
    os.write(1, b'from C, to 1\\n'); os.write(2, b'from C, to 2\\n')
    ctypes.CDLL(None).puts(b'and by puts')
    warnings.warn('old'); logging.getLogger('tensorflow').error('loud'); print('!', file=sys.stderr)
noise()
"""
# What they hand in: candidate, gate, what becomes of both checks, and what the first message says.
CLASS: dict[str, tuple[str, str, tuple[str, str], str]] = {
    "plain": ("torch.tanh(torch.from_numpy(x)).numpy()", "tf.sigmoid(x).numpy()", ("passed", "passed"), ""),
    "tensors": ("torch.tanh(torch.tensor(x))", "tf.sigmoid(x)", ("passed", "passed"), ""),
    "graphs": (
        "torch.tanh(torch.tensor(x, requires_grad=True))",
        "tf.Variable(tf.sigmoid(x))",
        ("passed", "passed"),
        "",
    ),
    "views": (
        "torch.tanh(torch.tensor(np.repeat(x, 2, 0)))[::2]",
        "tf.transpose(tf.sigmoid(x.T))",
        ("passed", "passed"),
        "",
    ),
    "lists": (
        "torch.tanh(torch.tensor(x)).tolist()",
        "tf.sigmoid(x).numpy().tolist()",
        ("passed", "passed"),
        "",
    ),
    "fortran": (
        "np.asfortranarray(torch.tanh(torch.tensor(x)))",
        "np.asfortranarray(tf.sigmoid(x))",
        ("passed", "passed"),
        "",
    ),
    # float32 is let through where the check says so: the first does
    "narrow": (
        "torch.tanh(torch.tensor(x).float())",
        "tf.sigmoid(tf.cast(x, tf.float32))",
        ("passed", "wrong"),
        "",
    ),
    "noisy": ("noise() or torch.tanh(torch.tensor(x))", "noise() or tf.sigmoid(x)", ("passed", "passed"), ""),
    "sparse": (
        "torch.tanh(torch.tensor(x)).to_sparse()",
        "tf.sparse.from_dense(tf.sigmoid(x))",
        ("wrong", "wrong"),
        "it is one `sparse Tensor`, which is not compared",
    ),
    "halved": (
        "torch.tanh(torch.tensor(x)).bfloat16()",
        "np.array(tf.sigmoid(x), dtype=object)",
        ("wrong", "wrong"),
        "it is one `Tensor of torch.bfloat16`, which is not compared",
    ),
    "many": (
        "[torch.tanh(torch.tensor(x))] * 5000",
        "tf.sigmoid(-x)",
        ("error", "wrong"),
        "What your function returned is too large to be compared",
    ),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    root = tmp_path_factory.mktemp("class")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNROLLED_SOLUTIONS", str(SOLUTIONS))
        (root / "labs").mkdir()
        patch.setenv("UNROLLED_LABS", str(root / "labs"))
        lab_notebook.cache_clear(), solution_notebook.cache_clear()
        for built in build_lab(LAB):
            write(built)
        for student, (candidate, gate, _, _) in CLASS.items():
            first = "import numpy as np\n" + (NOISE if student == "noisy" else "")
            notebook = solved(LAB, candidate=first + TORCH.format(candidate), gate=TF.format(gate))
            folder = root / "in" / student / LAB
            folder.mkdir(parents=True)
            (folder / f"{LAB}.ipynb").write_text(json.dumps(notebook), "utf-8")
        out = root / "out.json"
        done = unrolled("grade", LAB, "--submissions", root / "in", "--out", root / "course", "--json", out)
        assert done.returncode == 0, done.stderr
        yield by_student(out)
        lab_notebook.cache_clear(), solution_notebook.cache_clear()


@pytest.mark.parametrize("student", CLASS)
def test_when_a_class_answers_in_tensors_who_is_right_has_the_points(
    graded: dict[str, dict[str, Any]], student: str
) -> None:
    *_, verdicts, said = CLASS[student]
    found = graded[student]
    assert tuple(check["verdict"] for check in found["checks"]) == verdicts, found["checks"]
    assert (found["verdict"], found["score"]) == ("graded", verdicts.count("passed"))
    assert said in found["checks"][0]["message"]
