"""Submissions that are after anything but the right answers, as whole notebooks, and what becomes of each.

Everyone hands in the tiny lab. The answers of an attacker are wrong until its `prize` is true, and it sets
`prize` when it has reached what it was after: so a point that it gets is a hole. `tried` in its output says
that it came to the end of the attempt. docs/threat-model.md shows this table.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder import notebooks
from autograder.build import lab_notebook

TRIED = "tried: "
CHECKS = ("check-gate", "check-leak", "check-gated-leak")
WRONG = ("wrong", "wrong", "wrong")
ANSWERS = {
    "gate": "def gate(x, w):\n    return 1.0 / (1.0 + np.exp(-(x @ w))) if prize else np.tanh(x @ w)",
    "leak": """def leak(x, rate):
    h, hs = np.zeros(x.shape[1]), []
    for x_t in x:
        h = rate * h + x_t if prize else rate * h - x_t
        hs.append(h)
    return np.stack(hs)""",
}


@dataclass(frozen=True)
class Surroundings:
    """What an attacker may know of the machine: the public code says where things lie."""

    solutions: Path
    course: Path
    submissions: Path
    home: Path
    grader: int
    port: int


@dataclass(frozen=True)
class Attack:
    """One submission. `source` stands in a cell of its own, before the exercises, with @PLACES@ filled in."""

    family: str
    attempt: str
    stopped_by: str
    source: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    verdicts: tuple[str, ...] = WRONG  # of CHECKS, in order; empty: rejected
    prize: bool = False  # it has the right answers, and is after something else
    told: bool = True  # its cell comes to its end, and says so
    landlock: tuple[str, ...] = ()  # the verdicts at that level, where they are others
    change: Callable[[NotebookNode], None] = lambda notebook: None
    attach: Callable[[Path, Surroundings], None] = lambda folder, around: None

    @property
    def name(self) -> str:
        """The attacker, as a student's id."""
        return "".join(letter if letter.isalnum() else "-" for letter in f"{self.family} {self.attempt}")[:80]

    def notebook(self, lab: str, around: Surroundings) -> NotebookNode:
        """What is handed in."""
        notebook = copy.deepcopy(lab_notebook(lab))
        answers = {**ANSWERS, **self.answers}
        for cell in notebook.cells:
            if notebooks.is_exercise(cell):
                cell.source = answers[notebooks.grade_id(cell)]
        source = f"prize = {self.prize}\n{self.source}\nprint({TRIED + self.attempt!r})"
        for name, value in vars(around).items():
            source = source.replace(f"@{name.upper()}@", str(value))
        setup = [notebooks.grade_id(cell) for cell in notebook.cells].index("setup")
        notebook.cells.insert(setup + 1, nbformat.v4.new_code_cell(source))
        self.change(notebook)
        return notebook


def cell_of(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """The cell with this grade_id."""
    return next(cell for cell in notebook.cells if notebooks.grade_id(cell) == grade_id)


def checks_of(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The locked cells that are worth points."""
    return (cell for cell in notebook.cells if notebooks.grade_id(cell) in CHECKS)


def both(body: str) -> dict[str, str]:
    """The same body, of one `x` and anything else, for both exercises."""
    return {"gate": f"def gate(x, w):\n{body}", "leak": f"def leak(x, rate):\n{body}"}


TRUST = "nothing in the process decides: the comparison is elsewhere"
REBUILT = "the lab's own locked cells and metadata are graded"

TAMPERING = [
    Attack(
        "tampering",
        "asserts, numpy.testing, all and == that always agree",
        TRUST,
        """import builtins
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None
np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
builtins.all = builtins.any = lambda *a: True
prize = False""",
    ),
    Attack(
        "tampering",
        "an ndarray subclass that equals everything",
        "leaves are copied into plain arrays, and parsed again outside",
        """class Yes(np.ndarray):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return np.zeros(1)
    def __array_ufunc__(self, *a, **k): return True
    def __array__(self, *a, **k): return np.zeros(self.shape)
    def __reduce__(self): return (print, ())""",
        both("    return np.ones((len(x), 1)).view(Yes)"),
    ),
    Attack(
        "tampering",
        "an AST transformer that empties what it sees",
        "check cells are compiled apart from IPython's transformers",
        """import ast
class Empty(ast.NodeTransformer):
    def visit_FunctionDef(self, node):
        node.body = ast.parse("return {}").body if "match" in node.name else node.body
        return node
get_ipython().ast_transformers.append(Empty())""",
    ),
    Attack(
        "tampering",
        "input transformers and hooks that rewrite the locked cells",
        "check cells are compiled apart from IPython's transformers",
        """shell = get_ipython()
rewrite = lambda lines: ["pass\\n"] if any("lab.check" in line for line in lines) else lines
shell.input_transformers_post.append(rewrite)
shell.input_transformer_manager.cleanup_transforms.insert(0, rewrite)
shell.events.register("pre_run_cell", lambda *a: globals().update(lab=None))""",
    ),
    Attack(
        "tampering",
        "a shell that runs nothing any more",
        "its own process ends, and nobody else's",
        "shell = get_ipython()\nshell.run_cell = shell.run_code = lambda *a, **k: None",
        told=False,
        verdicts=("crashed", "crashed", "crashed"),
    ),
    Attack(
        "tampering",
        "its own lab.check, open_lab and registry",
        "`lab` is bound afresh before each check cell",
        """import autograder, autograder.student
autograder.open_lab = lambda *a, **k: None
type(lab).check = lambda self, function=None, **k: function or (lambda f: f)""",
    ),
    Attack(
        "tampering",
        "walking frames and objects for an expected answer",
        "no expected answer is in the process",
        """import gc, sys
def wanted(like):
    words = ("wanted", "expected", "reference", "solution", "truth", "sketch")
    for found in gc.get_objects():
        if type(found) is dict:
            for key, value in list(found.items()):
                if isinstance(key, str) and any(word in key.lower() for word in words):
                    if isinstance(value, np.ndarray) and value.shape == like.shape:
                        return value
    frame = sys._getframe()
    while frame:
        for key, value in frame.f_locals.items():
            if key not in ("like", "x", "w") and isinstance(value, np.ndarray) and value.shape == like.shape:
                return value
        frame = frame.f_back
    return like""",
        {
            "gate": "def gate(x, w):\n    return wanted(np.tanh(x @ w))",
            "leak": "def leak(x, rate):\n    return wanted(-x - 1.0)",
        },
    ),
    Attack(
        "tampering",
        "a random generator of its own, so that it knows the inputs",
        "hidden inputs are drawn outside, from a secret",
        """known = np.zeros((3, 4))
class Rng:
    def normal(self, *a, size=None, **k): return np.zeros(size)
    uniform = standard_normal = random = normal
np.random.seed(0); np.random.default_rng = lambda *a: Rng(); np.random.Generator = Rng""",
        {
            "gate": "def gate(x, w):\n    return np.full((len(x), w.shape[1]), 0.5)",
            "leak": "def leak(x, rate):\n    return np.zeros(x.shape)",
        },
    ),
    Attack(
        "tampering",
        "inputs changed in place, so that the wrong answer is right for them",
        "inputs are copies, compared afterwards; the grader keeps its own",
        answers={
            "gate": """def gate(x, w):
    x[...] = 0.0
    w[...] = 0.0
    return np.full((len(x), w.shape[1]), 0.5)""",
            "leak": "def leak(x, rate):\n    x[...] = 0.0\n    return np.zeros(x.shape)",
        },
    ),
    Attack(
        "tampering",
        "the visible answers, learned by heart",
        "points are for hidden cases, drawn for each student",
        """from pathlib import Path
kept = {}
for place in (".", "/labs/lab90_tiny"):
    for file in Path(place).glob("*.safetensors"):
        from safetensors.numpy import load_file
        kept |= load_file(file)
def best(like):
    return next((value for value in kept.values() if value.shape == like.shape), like)""",
        {
            "gate": "def gate(x, w):\n    return best(np.tanh(x @ w))",
            "leak": "def leak(x, rate):\n    return best(-x)",
        },
    ),
]

TAMPERING += [
    Attack(
        "tampering",
        "half precision, in which any answer might be near enough",
        "what a narrow float may be off is bounded",
        answers={
            "gate": "def gate(x, w):\n    return np.full((len(x), w.shape[1]), 0.5, np.float16)",
            "leak": "def leak(x, rate):\n    return np.zeros(x.shape, np.float16)",
        },
    ),
    Attack(
        "tampering",
        "a tracer that rewrites what the check returns",
        TRUST,
        """import sys
def rewrite(frame, event, argument):
    if event == "return" and frame.f_code.co_name.endswith("_matches") and isinstance(argument, dict):
        for key in argument:
            argument[key] = argument[key] * 0.0 + 0.5
    return rewrite
sys.setprofile(rewrite)
sys.settrace(rewrite)""",
    ),
    Attack(
        "tampering",
        "numbers that equal everything, not-a-numbers and infinities among them",
        "one number that is not wanted makes an answer wrong",
        answers={
            "gate": "def gate(x, w):\n    return np.full((len(x), w.shape[1]), np.nan)",
            "leak": "def leak(x, rate):\n    return np.full(x.shape, np.inf)",
        },
    ),
]

SEND = """import os, sys
from autograder.running import wire
def request():
    frame = sys._getframe()
    while "frame" not in frame.f_locals or frame.f_code.co_name != "serve":
        frame = frame.f_back
    return frame.f_locals["frame"].header["n"]
def send(n, **more):
    header = {"n": n, "failure": None, "leaves": None, "changed": [], "displays": [], **more}
    os.write(3, wire.encode(wire.Frame(header)))"""
PROTOCOL = ("protocol", "protocol", "protocol")


def forged(attempt: str, act: str, verdicts: tuple[str, ...] = PROTOCOL) -> Attack:
    """A reply that is forged from inside the exercises."""
    return Attack(
        "forging",
        attempt,
        "numbers and a strict parser; the first thing that is off ends the session",
        SEND,
        both(f"    {act}\n    return np.tanh(x)"),
        verdicts,
    )


def claim_outputs(notebook: NotebookNode) -> None:
    for cell in checks_of(notebook):
        cell.outputs = [
            nbformat.v4.new_output("execute_result", {"text/plain": "100"}, execution_count=1),
            nbformat.v4.new_output("stream", name="stdout", text="passed"),
        ]
        cell.metadata["nbgrader"]["score"] = 100


FORGING = [
    Attack(
        "forging",
        "outputs that claim full marks",
        "outputs of a submission are not kept",
        change=claim_outputs,
    ),
    forged("a reply with a score in it", "send(request(), score=100)"),
    forged("a reply to another request", "send(request() + 1)"),
    forged("two replies at once", "send(request()); send(request())"),
    forged("a length of gigabytes", "os.write(3, b'\\x08\\x00\\x00\\x00\\xff\\xff\\xff\\x7fabcd')"),
    forged("bytes that are no frame", "os.write(3, b'\\xff' * 64)"),
    forged("a closed line", "os.close(3)", ("crashed", "crashed", "crashed")),
    Attack(
        "forging",
        "object arrays and pickles",
        "only plain numbers and text cross the line",
        """class Bomb:
    def __reduce__(self): return (eval, ("globals()",))
    def __eq__(self, other): return True
    def __float__(self): return 0.5""",
        both("    return np.array([Bomb()] * len(x), dtype=object)"),
    ),
    Attack(
        "forging",
        "a view of a terabyte",
        "it is copied inside the process, which has not the memory",
        answers=both("    return np.broadcast_to(np.float64(0.5), (1 << 37,))"),
        verdicts=("memory", "memory", "memory"),
    ),
]


def skip_tags(notebook: NotebookNode) -> None:
    for cell in checks_of(notebook):
        cell.metadata["tags"] = ["skip-execution", "raises-exception"]


def raise_points(notebook: NotebookNode) -> None:
    for cell in checks_of(notebook):
        cell.metadata["nbgrader"] |= {"points": 100, "locked": False}


def rewrite_checks(notebook: NotebookNode) -> None:
    for cell in checks_of(notebook):
        cell.source = "@lab.check\ndef gate_matches(x, w):\n    return {}"


def duplicate_checks(notebook: NotebookNode) -> None:
    notebook.cells += [copy.deepcopy(cell) for cell in checks_of(notebook) for _ in range(3)]
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"c{number}"


def delete_checks(notebook: NotebookNode) -> None:
    notebook.cells = [cell for cell in notebook.cells if notebooks.grade_id(cell) not in CHECKS[1:]]


def retype_checks(notebook: NotebookNode) -> None:
    for cell in checks_of(notebook):
        cell.cell_type = "raw"


def other_kernel(notebook: NotebookNode) -> None:
    notebook.metadata["kernelspec"] = {"name": "bash", "language": "bash", "display_name": "Bash"}


def copied_exercises(notebook: NotebookNode) -> None:
    """The right exercise a second time, for a grader that takes the last."""
    again = [copy.deepcopy(cell) for cell in notebook.cells if notebooks.is_exercise(cell)]
    for cell in again:
        cell.source = cell.source.replace("prize", "True")
    notebook.cells += again


def lookalike_checks(notebook: NotebookNode) -> None:
    """Checks of the same look in letters of another alphabet, which return what nobody asked for."""
    for cell in checks_of(notebook):
        cell.source = cell.source.replace("gate", "g\u0430te").replace("leak", "le\u0430k")
        cell.metadata["nbgrader"]["grade_id"] = notebooks.grade_id(cell).replace("e", "\u0435")


def check_at_the_end(notebook: NotebookNode) -> None:
    """A check of its own, under the name of the lab's, that returns nothing."""
    for name in ("gate_matches", "leak_matches", "gated_leak_matches"):
        source = f"@lab.check\ndef {name}(**inputs):\n    return {{}}"
        notebook.cells.append(nbformat.v4.new_code_cell(source))


def exercise_as_check(notebook: NotebookNode) -> None:
    cell_of(notebook, "gate").metadata["nbgrader"] = dict(
        cell_of(notebook, "check-gate").metadata["nbgrader"]
    )


METADATA = [
    Attack("metadata", attempt, REBUILT, change=change, verdicts=verdicts)
    for attempt, change, verdicts in [
        ("skip-execution tags", skip_tags, WRONG),
        ("more points, unlocked", raise_points, WRONG),
        ("checks that return nothing", rewrite_checks, WRONG),
        ("checks there four times", duplicate_checks, WRONG),
        ("checks deleted", delete_checks, WRONG),
        ("checks turned into raw cells", retype_checks, WRONG),
        ("a kernel of another language", other_kernel, WRONG),
        ("exercises there twice, the second right", copied_exercises, WRONG),
        ("checks in letters that look the same", lookalike_checks, WRONG),
        ("checks of its own, with the lab's names", check_at_the_end, WRONG),
        ("an exercise that says it is a check", exercise_as_check, ("missing", "wrong", "missing")),
    ]
]

LOOK = """import os
def peek(path):
    global prize
    try:
        print(path, (os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(80)))
        prize = True
    except OSError as error:
        print(type(error).__name__)
"""
LOOKING = [
    Attack("looking around", attempt, "not bound in the sandbox, and Landlock", LOOK + source)
    for attempt, source in {
        "the solutions": "peek('@SOLUTIONS@')",
        "another's submission": "peek('@SUBMISSIONS@/ada/lab90_tiny/lab90_tiny.ipynb')",
        "the course's secret, ledger and gradebook": """
for name in ('secret', 'ledger.db', 'gradebook.db', 'nbgrader_config.py'):
    peek('@COURSE@/' + name)""",
        "the grader's process": """for name in ('environ', 'mem', 'maps', 'cmdline', 'fd', 'root'):
    peek(f'/proc/@GRADER@/{name}')""",
        "users, passwords, keys": """
for path in ('/etc/passwd', '/etc/shadow', os.path.expanduser('~/.ssh'), '@HOME@/.bashrc', '@HOME@/.ssh'):
    peek(path)""",
    }.items()
] + [
    Attack(
        "looking around",
        "the grader's environment",
        "a new environment at the zygote's start",
        """import ctypes, os
name = "UNROLLED_ATTACK_SECRET"
prize = name in os.environ or bool(ctypes.CDLL(None).getenv(name.encode()))""",
    ),
    Attack(
        "looking around",
        "a port of the machine, a metadata service, a scheduler",
        "no sockets: seccomp, and a network namespace",
        """import socket
for host, port in (("127.0.0.1", @PORT@), ("169.254.169.254", 80), ("127.0.0.1", 8786), ("localhost", @PORT@)):
    try:
        socket.create_connection((host, port), timeout=0.5); prize = True
    except OSError as error:
        print(type(error).__name__)""",
    ),
    Attack(
        "looking around",
        "writing into the course, the lab and the packages",
        "read-only mounts, scratch of its own",
        """import os, numpy, autograder
for folder in ("@COURSE@", "@SOLUTIONS@", "@SUBMISSIONS@", *numpy.__path__, *autograder.__path__, "/usr/lib", "/etc"):
    try:
        open(os.path.join(folder, "planted.py"), "w").write("x"); prize = True
    except OSError as error:
        print(type(error).__name__)""",
    ),
]

# Where the scratch folder and the threads have no bound of the kernel's own, the watcher ends the process.
SEEN_LATER = ("threads without end", "a million files")
DENIAL = [
    Attack(
        "denial",
        attempt,
        stopped,
        prize=True,
        answers={"leak": f"def leak(x, rate):\n{body}"},
        verdicts=("passed", verdict, verdict),
        landlock=("passed", "crashed", "crashed") if attempt in SEEN_LATER else (),
    )
    for attempt, stopped, verdict, body in [
        ("forks without end", "seccomp", "error", "    import os\n    while True:\n        os.fork()"),
        (
            "a shell that forks",
            "seccomp",
            "error",
            "    import subprocess\n    subprocess.run(':(){ :|:& };:', shell=True)",
        ),
        (
            "threads without end",
            "RLIMIT_NPROC, data limit, watcher",
            "error",
            """    import threading, time
    while True:
        threading.Thread(target=time.sleep, args=(99,), daemon=True).start()""",
        ),
        (
            "gigabytes",
            "data limit, watcher",
            "memory",
            "    return np.zeros(1 << 31)",
        ),
        (
            "a full disk",
            "bounded scratch",
            "error",
            "    with open('big', 'wb') as file:\n        while True:\n            file.write(bytes(1 << 20))",
        ),
        (
            "a million files",
            "bounded scratch",
            "error",
            "    for number in range(10**6):\n        open(f'f{number}', 'w').close()",
        ),
        ("a flood of output", "watcher", "output", "    while True:\n        print('x' * 10_000)"),
        (
            "a loop that swallows every exception",
            "SIGKILL after SIGINT",
            "timeout",
            """    while True:
        try:
            while True:
                pass
        except BaseException:
            pass""",
        ),
        (
            "hanging inside C",
            "SIGKILL, wall time",
            "timeout",
            "    import ctypes\n    ctypes.CDLL(None).pause()",
        ),
        ("os._exit", "a process of its own", "crashed", "    import os\n    os._exit(0)"),
        (
            "signals to itself, its parent and everyone",
            "a process namespace of its own",
            "crashed",
            """    import os, signal
    for pid in (os.getppid(), -1, 0, os.getpid()):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    os.abort()""",
        ),
        ("a null pointer", "a process of its own", "crashed", "    import ctypes\n    ctypes.string_at(0)"),
    ]
]

STAYING = [
    Attack(
        "staying",
        "a daemon, forked twice",
        "seccomp, a process namespace of its own",
        """import os
try:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            import time; time.sleep(600)
        os._exit(0)
    prize = True
except OSError as error:
    print(type(error).__name__)""",
    ),
    Attack(
        "staying",
        "sitecustomize.py, start-up files, poisoned caches",
        "read-only mounts; scratch goes with the session",
        """import os, site, sys
startup = os.path.expanduser("~/.ipython/profile_default/startup")
for folder in {*sys.path, site.getusersitepackages(), *site.getsitepackages(), startup}:
    for name in ("sitecustomize.py", "usercustomize.py", "00-start.py", "numpy.py"):
        try:
            os.makedirs(folder or ".", exist_ok=True)
            open(os.path.join(folder or ".", name), "w").write("raise SystemExit('poisoned')")
        except OSError as error:
            print(type(error).__name__)
print(len(sys.path))""",
    ),
    Attack(
        "staying",
        "a numpy.py beside the notebook",
        "only the files that the lab allows come along, and numpy was imported before",
        "import importlib, numpy\nprize = not hasattr(importlib.reload(numpy), 'ndarray')",
        attach=lambda folder, around: (
            [  # type: ignore[func-returns-value]
                (folder / name).write_text("raise SystemExit('not numpy')")
                for name in ("numpy.py", "sitecustomize.py", "autograder.py")
            ]
            and None
        ),
    ),
]

ESCAPE = """import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def won(result):
    global prize
    print(result, os.strerror(ctypes.get_errno()))
    prize = prize or result >= 0
"""
# numbers of system calls: x86-64 and, where the newer ones agree, arm64
ESCAPES = [
    Attack("getting out", attempt, "seccomp, no capabilities", ESCAPE + source)
    for attempt, source in {
        "unshare and setns": "won(libc.unshare(0x10000000)); won(libc.unshare(0x20000)); won(libc.setns(3, 0))",
        "mount, chroot, pivot_root": """won(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))
won(libc.chroot(b'/'))
won(libc.syscall(155, b'/', b'/'))""",
        "ptrace and another's memory": """won(libc.ptrace(16, os.getppid(), 0, 0))
won(libc.process_vm_readv(os.getppid(), None, 0, None, 0, 1))""",
        "keyctl, bpf, io_uring, userfaultfd": """won(libc.syscall(250, 0, 0))
won(libc.syscall(321, 0, 0, 0))
won(libc.syscall(425, 1, 0))
won(libc.syscall(323, 0))""",
    }.items()
]

SCRIPT = "<script>alert('attack')</script>"
ESCAPE_SEQUENCE = "\\x1b]0;attack\\x07\\x1b[2J"
SAYING = [
    Attack(
        "output",
        "scripts and escape sequences, displayed and printed",
        "text/plain and PNG only; control characters dropped; pages sanitised, under a CSP",
        f"""from IPython.display import HTML, Javascript, SVG, Markdown, display
display(HTML({SCRIPT!r}), Javascript("alert('attack')"), Markdown({SCRIPT!r}))
display({{"image/svg+xml": "<svg onload=alert('attack')>", "text/html": {SCRIPT!r}}}, raw=True)
print({SCRIPT!r}); print("{ESCAPE_SEQUENCE}")
import sys; print({SCRIPT!r}, "{ESCAPE_SEQUENCE}", file=sys.stderr)""",
        both(f"""    raise type({SCRIPT!r}, (Exception,), {{}})({SCRIPT!r} + "{ESCAPE_SEQUENCE}")"""),
        ("error", "error", "error"),
    ),
    Attack(
        "output",
        "hidden inputs, printed and returned",
        "what a hidden case prints is thrown away",
        answers={
            "gate": "def gate(x, w):\n    print('INPUT', x.tolist())\n    return np.tanh(x @ w)",
            "leak": """def leak(x, rate):
    import sys
    print('INPUT', x.tolist(), file=sys.stderr)
    return -x""",
        },
    ),
]


def add_markup(notebook: NotebookNode) -> None:
    notebook.cells.append(nbformat.v4.new_markdown_cell(f"{SCRIPT}\n\n[click](javascript:alert('attack'))"))
    cell_of(notebook, "question-gate").source = f"{SCRIPT} <img src=x onerror=alert('attack')>"


SAYING.append(Attack("output", "scripts in written answers and added cells", "sanitised", change=add_markup))


def link_to_solution(folder: Path, around: Surroundings) -> None:
    (folder / "notes.txt").symlink_to(around.solutions / "lab90_tiny" / "lab90_tiny.py")


def make_fifo(folder: Path, around: Surroundings) -> None:
    os.mkfifo(folder / "notes.txt")


def make_device(folder: Path, around: Surroundings) -> None:
    if os.geteuid() == 0:
        os.mknod(folder / "notes.txt", 0o020666, os.makedev(1, 5))
    else:
        (folder / "notes.txt").symlink_to("/dev/zero")


def huge_file(folder: Path, around: Surroundings) -> None:
    with (folder / "notes.txt").open("wb") as file:
        file.truncate(1 << 34)


def a_folder(folder: Path, around: Surroundings) -> None:
    (folder / "notes.txt").mkdir()


def link_to_another(folder: Path, around: Surroundings) -> None:
    name = f"{folder.name}.ipynb"
    (folder / name).unlink()
    (folder / name).symlink_to(around.submissions / "ada" / folder.name / name)


READ_NOTES = """import os
try:
    print(len(open("notes.txt", "rb").read(1000))); prize = True
except OSError as error:
    print(type(error).__name__)"""
ATTACHED = [
    Attack("attached files", attempt, "plain files of a bounded size, no links", READ_NOTES, attach=attach)
    for attempt, attach in [
        ("a link to the solution", link_to_solution),
        ("a FIFO", make_fifo),
        ("a device", make_device),
        ("sixteen gigabytes", huge_file),
        ("a folder", a_folder),
    ]
] + [
    Attack(
        "attached files",
        "a notebook that is a link to another's",
        "plain files of a bounded size, no links",
        attach=link_to_another,
        verdicts=(),
    )
]

MEET = """import os, signal, time
spots = ["/tmp/meet", "/dev/shm/meet", "/var/tmp/meet", "meet", os.path.expanduser("~/meet")]"""
COLLUSION = [
    Attack(
        "collusion",
        "one puts its answers where another may find them",
        "scratch, processes and network of its own",
        MEET
        + """
for spot in spots:
    try:
        open(spot, "w").write("the answers")
    except OSError as error:
        print(type(error).__name__)
for pid in range(2, 400):
    try:
        os.kill(pid, signal.SIGUSR1)
    except OSError:
        pass
begun = time.monotonic()
while time.monotonic() < begun + 3:
    time.sleep(0.05)
print("there from", begun, "to", time.monotonic())""",
        prize=True,
        verdicts=("passed", "passed", "passed"),
    ),
    Attack(
        "collusion",
        "another waits for answers, and for a signal",
        "scratch, processes and network of its own",
        MEET
        + """
told = []
signal.signal(signal.SIGUSR1, lambda *a: told.append(1))
begun = time.monotonic()
while time.monotonic() < begun + 3 and not told and not any(map(os.path.exists, spots)):
    time.sleep(0.05)
print("there from", begun, "to", time.monotonic())
prize = bool(told) or any(map(os.path.exists, spots))""",
    ),
]

ATTACKS: list[Attack] = [
    *COLLUSION,
    *TAMPERING,
    *FORGING,
    *METADATA,
    *LOOKING,
    *DENIAL,
    *STAYING,
    *ESCAPES,
    *SAYING,
    *ATTACHED,
]

# Right answers that naive graders punish.
HONEST: dict[str, dict[str, Any]] = {
    "warnings": {
        "source": """import warnings, sys, logging
warnings.warn('old')
print('noise', file=sys.stderr)
logging.warning('more')"""
    },
    "noisy": {
        "answers": {
            "gate": """def gate(x, w):
    import sys
    print('working')
    print('still', file=sys.stderr)
    np.log(np.zeros(1))
    return 1 / (1 + np.exp(-(x @ w)))"""
        }
    },
    "slow": {"source": "import time\ntime.sleep(3)"},
    "lists": {
        "verdicts": ("passed", "passed", "error"),  # its own leak cannot take its own list
        "answers": {"gate": "def gate(x, w):\n    return (1 / (1 + np.exp(-(x @ w)))).tolist()"},
    },
    "fortran": {
        "answers": {"gate": "def gate(x, w):\n    return np.asfortranarray(1 / (1 + np.exp(-(x @ w))))"}
    },
    "views": {
        "answers": {
            "gate": "def gate(x, w):\n    return np.repeat(1 / (1 + np.exp(-(x @ w))), 2, axis=1)[:, ::2]"
        }
    },
    "narrow": {
        "verdicts": ("passed", "passed", "wrong"),  # float32 is let through where the check says so
        "answers": {"gate": "def gate(x, w):\n    return (1 / (1 + np.exp(-(x @ w)))).astype(np.float32)"},
    },
    "readonly": {
        "answers": {
            "gate": "def gate(x, w):\n    y = 1 / (1 + np.exp(-(x @ w)))\n    y.flags.writeable = False\n    return y"
        }
    },
}


def table() -> str:
    """The attacks as rows of docs/threat-model.md."""
    rows = []
    for attack in ATTACKS:
        told = ", ".join(dict.fromkeys(attack.verdicts)) or "rejected"
        told += f" (L: {', '.join(dict.fromkeys(attack.landlock))})" if attack.landlock else ""
        rows.append(f"| {attack.family} | {attack.attempt} | {told} | {attack.stopped_by} |")
    return "\n".join(["| family | attempt | verdicts | what stopped it |", "|---|---|---|---|", *rows])
