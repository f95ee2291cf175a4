"""A session of one submission: cells, checks, outputs, failures, limits, and what is left afterwards."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograder.errors import BadInput, GraderFault
from autograder.model import Limits, SandboxLevel, Verdict

pytestmark = pytest.mark.sandbox
if not sys.platform.startswith("linux"):
    pytest.skip("the runner is for Linux", allow_module_level=True)

from autograder.running import watch  # noqa: E402
from autograder.running.session import RunnerEnded  # noqa: E402
from autograder.running.zygote import Zygote  # noqa: E402
from autograder.sandbox import ladder  # noqa: E402

LEVELS = [level for level in SandboxLevel if ladder.holds(level)]
QUICK = Limits(cell_cpu_s=1.0, cell_wall_s=3.0, notebook_cpu_s=20.0, notebook_wall_s=60.0, memory_mb=300)

STEP = "def step(x, h):\n    return {'h': x + h, 'cache': {'x': x}}\n"
CHECK = "@lab.check\ndef step_matches(x, h):\n    return step(x, h)\n"


@pytest.fixture(scope="module", params=LEVELS, ids=str)
def zygote(request: pytest.FixtureRequest) -> Iterator[Zygote]:
    with Zygote.start(level=request.param, limits=QUICK, trusted=True) as started:
        yield started


@pytest.fixture(scope="module")
def strongest() -> Iterator[Zygote]:
    level = LEVELS[0]
    with Zygote.start(
        preload=("numpy", "matplotlib.pyplot"), level=level, limits=QUICK, trusted=True
    ) as started:
        yield started


def run(zygote: Zygote, source: str) -> tuple[str, str]:
    """A cell's stdout, and its failure's kind."""
    with zygote.session() as session:
        result = session.run_cell("cell", source)
    text = "".join(item["text"] for item in result.outputs if item.get("name") == "stdout")
    return text, result.failure.kind if result.failure else ""


def ending(zygote: Zygote, source: str, limits: Limits = QUICK) -> RunnerEnded:
    """How a session ends whose cell does not come back."""
    with zygote.session(limits=limits) as session:
        with pytest.raises(RunnerEnded) as caught:
            session.run_cell("cell", source)
        with pytest.raises(RunnerEnded) as again:
            session.run_cell("later", "1")
        assert again.value.verdict is caught.value.verdict
    return caught.value


def test_when_a_check_is_called_its_named_values_come_back(zygote: Zygote) -> None:
    with zygote.session() as session:
        assert session.run_cell("step", STEP).failure is None
        assert session.register_check("check-step", CHECK).failure is None
        reply = session.call_check("step_matches", {"x": np.arange(3.0), "h": np.ones(3)})
    assert reply.failure is None and reply.answer is not None and reply.changed == ()
    np.testing.assert_array_equal(reply.answer["h"], [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(reply.answer["cache/x"], [0.0, 1.0, 2.0])


def test_when_an_input_is_changed_in_place_it_is_named(zygote: Zygote) -> None:
    with zygote.session() as session:
        session.run_cell("step", "def step(x, h):\n    h['a'] += 1\n    return x")
        session.register_check("c", CHECK)
        reply = session.call_check("step_matches", {"x": np.zeros(2), "h": {"a": np.zeros(2)}})
    assert reply.changed == ("h",)


def test_when_a_check_states_its_needs_it_registers_all_the_same(strongest: Zygote) -> None:
    with strongest.session() as session:
        session.run_cell("step", STEP)
        session.register_check("c", CHECK.replace("@lab.check", "@lab.check(needs=['a'])"))
        assert session.call_check("step_matches", {"x": 1.0, "h": 2.0}).failure is None


def test_when_a_function_raises_the_students_own_line_is_told(strongest: Zygote) -> None:
    with strongest.session() as session:
        session.run_cell("step", "import numpy as np\ndef step(x, h):\n    return np.dot(x, h)")
        session.register_check("c", CHECK)
        failure = session.call_check("step_matches", {"x": np.ones((2, 3)), "h": np.ones((2, 3))}).failure
    assert failure is not None and failure.kind == "ValueError" and not failure.in_check
    assert (failure.cell, failure.line, failure.source) == ("step", 3, "return np.dot(x, h)")


def test_when_the_returned_value_does_not_fit_the_check_it_says_so(strongest: Zygote) -> None:
    with strongest.session() as session:
        session.run_cell("step", "def step(x, h):\n    return x")
        session.register_check("c", "@lab.check\ndef pair(x, h):\n    a, b = step(x, h)\n    return a")
        failure = session.call_check("pair", {"x": 1.0, "h": 2.0}).failure
    assert failure is not None and failure.in_check and failure.line == 0


@pytest.mark.parametrize(
    ("source", "kind", "in_check"),
    [
        ("x = 1", "NameError", True),
        ("def step(x, h):\n    raise NotImplementedError", "NotImplementedError", False),
    ],
    ids=["no such function", "not implemented"],
)
def test_when_a_function_is_missing_the_kind_tells(
    strongest: Zygote, source: str, kind: str, in_check: bool
) -> None:
    with strongest.session() as session:
        session.run_cell("step", source)
        session.register_check("c", CHECK)
        failure = session.call_check("step_matches", {"x": 1.0, "h": 2.0}).failure
    assert failure is not None and (failure.kind, failure.in_check) == (kind, in_check)


def test_when_a_cell_does_not_parse_its_line_is_told(strongest: Zygote) -> None:
    with strongest.session() as session:
        failure = session.run_cell("broken", "x = 1\ny = = 2").failure
    assert failure is not None
    assert (failure.kind, failure.cell, failure.line, failure.source) == (
        "SyntaxError",
        "broken",
        2,
        "y = = 2",
    )


def test_when_a_cell_prints_in_every_way_all_of_it_is_kept_in_order(zygote: Zygote) -> None:
    source = (
        "import os, sys, ctypes\nprint('a')\nos.write(1, b'b\\n')\nprint('c')\n"
        "ctypes.CDLL(None).puts(b'd')\nprint('w', file=sys.stderr)\n41 + 1"
    )
    with zygote.session() as session:
        outputs = session.run_cell("cell", source).outputs
    assert [item["output_type"] for item in outputs] == ["stream", "stream", "execute_result"] or [
        item["output_type"] for item in outputs
    ] == ["stream", "stream", "execute_result", "stream"]  # C's own buffer comes when it is flushed
    assert "".join(item["text"] for item in outputs if item.get("name") == "stdout").split() == list("abcd")
    assert [item["text"] for item in outputs if item.get("name") == "stderr"] == ["w\n"]
    assert [item["data"] for item in outputs if "data" in item] == [{"text/plain": "42"}]


def test_when_figures_are_drawn_they_stand_between_the_prints(strongest: Zygote) -> None:
    source = "import matplotlib.pyplot as plt\nprint('a')\nplt.plot([1, 2])\nplt.show()\nprint('b')"
    with strongest.session() as session:
        first, figure, last = session.run_cell("cell", source).outputs
    assert (first["text"], last["text"]) == ("a\n", "b\n")
    assert set(figure["data"]) == {"text/plain", "image/png"}


def test_when_html_is_displayed_only_its_plain_text_is_kept(strongest: Zygote) -> None:
    source = "from IPython.display import *\ndisplay(HTML('<script>1</script>'))\nJavascript('1')"
    with strongest.session() as session:
        outputs = session.run_cell("cell", source).outputs
    assert len(outputs) == 2
    assert all(set(item["data"]) == {"text/plain"} for item in outputs)


def test_when_text_is_long_and_not_ascii_the_session_goes_on(strongest: Zygote) -> None:
    with strongest.session() as session:
        shown = session.run_cell("cell", "display(*['\u4e2d' * 60_000] * 9)").outputs
        odd = session.run_cell("odd", "raise ValueError('half \\ud800')")
        assert session.run_cell("later", "1 + 1").failure is None
    assert shown and all(item["data"]["text/plain"].count("\u4e2d") == 60_000 for item in shown)
    assert odd.failure is not None and odd.failure.text == "half ?"


def test_when_a_hidden_case_prints_nothing_of_it_is_kept(strongest: Zygote) -> None:
    with strongest.session() as session:
        session.run_cell("step", "def step(x, h):\n    print('hidden', x); display(x); return x")
        session.register_check("c", CHECK)
        session.call_check("step_matches", {"x": 1.5, "h": 0.0})
        assert session.run_cell("later", "print('later')").outputs == (
            {"output_type": "stream", "name": "stdout", "text": "later\n"},
        )


def test_when_files_are_attached_they_lie_beside_the_notebook(zygote: Zygote) -> None:
    with zygote.session(files={"data/größe.csv": b"1,2\n"}) as session:
        outputs = session.run_cell("cell", "print(open('data/größe.csv').read())").outputs
    assert outputs[0]["text"] == "1,2\n\n"


@pytest.mark.parametrize("name", ["../x", "/etc/x", "", "a/../../x"])
def test_when_an_attached_files_name_leaves_the_folder_it_is_refused(strongest: Zygote, name: str) -> None:
    with pytest.raises(BadInput, match="relative name"):
        strongest.session(files={name: b""})


def test_when_two_sessions_draw_random_numbers_they_draw_the_same(strongest: Zygote) -> None:
    source = "import random, numpy as np\nprint(random.random(), np.random.rand())"
    assert run(strongest, source) == run(strongest, source)


def test_when_a_locked_cell_runs_hooks_of_the_students_do_not_see_it(strongest: Zygote) -> None:
    hook = (
        "import ast\nclass Forge(ast.NodeTransformer):\n    def visit_Return(self, node):\n"
        "        return ast.parse('return {\"forged\": 1}').body[0]\n"
        "get_ipython().ast_transformers.append(Forge())\n"
        "get_ipython().input_transformers_post.append(lambda lines: ['print(1)\\n'])\n"
    )
    with strongest.session() as session:
        session.run_cell("step", STEP + hook)
        session.register_check("c", CHECK)
        answer = session.call_check("step_matches", {"x": 1.0, "h": 2.0}).answer
    assert answer is not None and set(answer) == {"h", "cache/x"}


SLOW = {
    "loop": ("while True:\n    pass", "line 1"),
    "sleep": ("import time\ntime.sleep(60)", "line 2"),
    "hang in C": ("import ctypes\nctypes.CDLL(None).pause()", "line 2"),
    "swallows exceptions": (
        "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
        "",
    ),
    "ignores SIGINT": ("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", ""),
}


@pytest.mark.parametrize(("source", "told"), SLOW.values(), ids=SLOW.keys())
def test_when_a_cell_takes_too_long_it_is_a_timeout(zygote: Zygote, source: str, told: str) -> None:
    began = time.monotonic()
    ended = ending(zygote, source)
    assert ended.verdict is Verdict.TIMEOUT and told in ended.text
    assert time.monotonic() - began < 15


DEATHS = {
    "exit": ("import os; os._exit(3)", "exit code 3"),
    "null pointer": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
}


@pytest.mark.parametrize(("source", "told"), DEATHS.values(), ids=DEATHS.keys())
def test_when_a_process_dies_it_says_how(zygote: Zygote, source: str, told: str) -> None:
    ended = ending(zygote, source)
    assert ended.verdict is Verdict.CRASHED and told in ended.text


HOARDS = {
    "one large array": "import numpy as np\nx = np.ones(1 << 29)",
    "many small ones": "x = []\nwhile True: x.append(bytearray(1 << 20))",
    "shared memory": "import mmap\nm = mmap.mmap(-1, 1 << 30)\nfor i in range(0, 1 << 30, 4096): m[i] = 1",
}


@pytest.mark.parametrize("source", HOARDS.values(), ids=HOARDS.keys())
def test_when_memory_runs_out_it_is_a_memory_verdict(zygote: Zygote, source: str) -> None:
    patient = replace(QUICK, cell_cpu_s=20.0, cell_wall_s=60.0)  # a busy machine may give pages slowly
    assert ending(zygote, source, patient).verdict is Verdict.MEMORY


def test_when_the_grader_is_kept_waiting_a_hoard_is_still_no_timeout(
    strongest: Zygote, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(pid: int) -> watch.Sample:
        seen = look(pid)
        time.sleep(1.2 * QUICK.cell_cpu_s)
        return seen

    look = watch.sample
    with strongest.session() as session:
        monkeypatch.setattr(watch, "sample", late)
        with pytest.raises(RunnerEnded) as caught:
            session.run_cell("cell", HOARDS["shared memory"] + "\nwhile True: pass")
    assert caught.value.verdict is Verdict.MEMORY


@pytest.mark.parametrize("descriptor", [1, 2])
def test_when_output_floods_it_is_an_output_verdict(zygote: Zygote, descriptor: int) -> None:
    source = f"import os\nwhile True: os.write({descriptor}, b'x' * 10000)"
    assert ending(zygote, source).verdict is Verdict.OUTPUT


def test_when_a_cell_is_many_megabytes_long_the_session_ends_with_a_verdict(strongest: Zygote) -> None:
    assert ending(strongest, "#" * (70 << 20)).verdict is Verdict.MEMORY


def test_when_a_session_has_ended_its_cpu_time_is_known(strongest: Zygote) -> None:
    with strongest.session() as session:
        session.run_cell(
            "cell", "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
        )
        usage = session.close()
        assert session.close() == usage
    assert 0.3 <= usage.cpu_s < 3.0 and usage.wall_s >= 0.3


def test_when_sessions_come_and_go_no_descriptor_or_process_stays(strongest: Zygote) -> None:
    run(strongest, "1")
    before = len(list(Path("/proc/self/fd").iterdir()))
    pids = []
    for _ in range(5):
        with strongest.session() as session:
            pids.append(session.pid)
            session.run_cell("cell", "x = 1")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_when_one_session_ends_badly_the_next_is_as_new(zygote: Zygote) -> None:
    source = "import builtins, numpy, os\nbuiltins.len = numpy.ones = None\nopen('left', 'w')\nos._exit(1)"
    ending(zygote, source)
    again = "import os, numpy\nprint(len(numpy.ones(3)), os.listdir())"
    assert run(zygote, again) == ("3 []\n", "")


def test_when_a_process_was_prepared_the_next_session_takes_it_and_it_is_as_new(zygote: Zygote) -> None:
    with zygote.session() as first:
        zygote.prepare()
        prepared = zygote._spare
        leave = "import builtins, os\nbuiltins.left = 1\nopen('left', 'w')\nopen(os.environ['TMPDIR'] + '/left', 'w')"
        assert first.run_cell("cell", leave).failure is None
    with zygote.session() as second:
        look = "import builtins, os\nprint(hasattr(builtins, 'left'), os.listdir(), os.listdir(os.environ['TMPDIR']))"
        result = second.run_cell("cell", look)
    assert second is prepared
    assert [item["text"] for item in result.outputs] == ["False [] ['work']\n"]


def test_when_a_process_was_prepared_for_other_limits_it_is_not_taken(zygote: Zygote) -> None:
    shorter = replace(QUICK, cell_cpu_s=0.3)
    zygote.prepare(QUICK)
    prepared = zygote._spare
    with zygote.session(limits=shorter) as session, pytest.raises(RunnerEnded, match=r"0\.3 s") as caught:
        session.run_cell("cell", "while True: pass")
    assert session is not prepared
    assert caught.value.verdict == Verdict.TIMEOUT


def test_when_a_session_was_killed_closing_it_tells_what_it_used(zygote: Zygote) -> None:
    session = zygote.session()
    session.run_cell(
        "cell", "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
    )
    session.kill()
    with pytest.raises(RunnerEnded):
        session.run_cell("cell", "1")
    assert 0.2 < session.close().cpu_s < 2.0


def test_when_the_zygote_dies_it_is_the_graders_fault_and_it_can_be_restarted() -> None:
    with Zygote.start(level=LEVELS[0], limits=QUICK, trusted=True) as zygote:
        session = zygote.session()
        os.kill(zygote.pid, signal.SIGKILL)
        with pytest.raises(GraderFault):
            session.run_cell("cell", "import time; time.sleep(5)")
        session.close()
        with pytest.raises(GraderFault):
            zygote.session()
        zygote.prepare()  # says nothing: the next session does
        with pytest.raises(GraderFault):
            zygote.session()
        zygote.restart()
        assert run(zygote, "print(1)") == ("1\n", "")


def test_when_a_preload_leaves_a_thread_each_session_imports_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autograder.running import zygote as module
    from autograder.sandbox.places import package_root

    (tmp_path / "threaded.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "value = 7\n"
    )
    original = module.environment
    monkeypatch.setattr(
        module,
        "environment",
        lambda *given: original(*given) | {"PYTHONPATH": f"{package_root()}:{tmp_path}"},
    )
    with Zygote.start(preload=("threaded",), level=SandboxLevel.NONE, limits=QUICK, trusted=True) as zygote:
        assert "threads" in zygote.slow
        assert run(zygote, "import threaded; print(threaded.value)") == ("7\n", "")


def test_when_a_preload_is_missing_the_fault_names_it() -> None:
    with pytest.raises(GraderFault, match="no_such_module"):
        Zygote.start(preload=("no_such_module",), level=SandboxLevel.NONE, trusted=True)


def test_when_there_is_no_sandbox_strangers_code_is_refused() -> None:
    with pytest.raises(BadInput, match="--trust-submissions"):
        Zygote.start(level=SandboxLevel.NONE)


def test_when_a_gpu_is_asked_for_without_bwrap_it_is_refused() -> None:
    with pytest.raises(BadInput, match="bubblewrap"):
        Zygote.start(level=SandboxLevel.LANDLOCK, device="cuda")


@pytest.mark.slow
def test_when_frameworks_are_preloaded_a_child_trains_two_hundred_times() -> None:
    """The canary: an upgrade that breaks forking is seen here."""
    pytest.importorskip("torch")
    pytest.importorskip("tensorflow")
    level = LEVELS[0]
    roomy = Limits(cell_cpu_s=60, cell_wall_s=300, notebook_cpu_s=120, notebook_wall_s=600)
    source = (
        "import numpy as np, torch, tensorflow as tf\n"
        "a = np.ones((64, 64)) @ np.ones((64, 64))\n"
        "net = torch.nn.Conv1d(2, 1, 2)\n"
        "for step in range(5):\n"  # by hand: torch.optim imports for a second in every child
        "    first = (net(torch.ones(4, 2, 8)) @ torch.ones(7, 1) / 7).square().mean()\n"
        "    start = first.item() if step == 0 else start\n"
        "    grads = torch.autograd.grad(first, list(net.parameters()))\n"
        "    with torch.no_grad(): [p.sub_(0.1 * g) for p, g in zip(net.parameters(), grads)]\n"
        "v, xs = tf.Variable([[[1.0], [2.0]]]), tf.ones((4, 8, 2))\n"
        "for step in range(5):\n"
        "    with tf.GradientTape() as tape: second = tf.reduce_mean(tf.nn.conv1d(xs, v, 1, 'VALID') ** 2)\n"
        "    v.assign_sub(0.1 * tape.gradient(second, v))\n"
        "print(a[0, 0], first.item() < start, float(second) < 9.0)"
    )
    with Zygote.start(preload=("torch", "tensorflow"), level=level, limits=roomy, trusted=True) as zygote:
        assert zygote.slow == ""
        for _ in range(200):
            assert run(zygote, source) == ("64.0 True True\n", "")
