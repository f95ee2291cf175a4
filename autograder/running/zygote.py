"""The trusted side's hold on a zygote: start it, ask for sessions, hear of their ends. One worker has one."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from autograder.errors import BadInput, GraderFault
from autograder.model import Limits, SandboxLevel
from autograder.running.live import LiveSession

START_S = 180.0
END_S = 20.0
SLOW_SESSIONS = 100
# How numerical libraries are to behave in every process of a grading: on one thread, since the processes are as
# many as the cores, and without lines of their own on a terminal.
LIBRARIES = {
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
    ),
    **dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1"),
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
NOBODY = 65534
MAX_FILES = 48 << 20
_MAX_MESSAGE = 256 << 10
_STARTER = "import sys; from autograder.running.nest import main; main(int(sys.argv[1]))"


@dataclass(frozen=True)
class Exit:
    """How a session's process ended: exit code (128 + a signal's number), and CPU time from fork to exit."""

    code: int
    cpu_s: float


@dataclass
class Zygote:
    """A running zygote. Make one with `Zygote.start`; it is a context manager.

    bwrap dies with the *thread* that started it, so start it from one that lasts as long as the worker.
    `slow` says why labs' imports are not preloaded, where the zygote failed its own checks: every session then
    has a fresh interpreter and imports for itself, with the same results, and they come one at a time.
    """

    preload: tuple[str, ...]
    level: SandboxLevel
    limits: Limits
    device: str
    hidden: tuple[Path, ...] = ()
    slow: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _control: socket.socket | None = field(default=None, repr=False)
    _errors: IO[bytes] | None = field(default=None, repr=False)
    _cache: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)
    _ready: bool = False
    _spare: LiveSession | None = field(default=None, repr=False)
    _jobs: int = 0
    _used: bool = False
    _exits: dict[int, Exit] = field(default_factory=dict, repr=False)

    @classmethod
    def start(
        cls,
        preload: Sequence[str] = ("numpy",),
        level: SandboxLevel = SandboxLevel.BWRAP,
        limits: Limits | None = None,
        device: str = "cpu",
        *,
        trusted: bool = False,
        hidden: Sequence[Path] = (),
        wait: bool = True,
    ) -> Zygote:
        """Start a zygote and wait until it has imported `preload`.

        Without `wait` it imports meanwhile, and `wait_ready` has to be called before its first session. `hidden` are
        folders that must not be seen even where they lie inside Python's own.

        Raises:
            BadInput: level `none` without `trusted`: strangers' code would have the run of the machine;
                or a GPU at level `landlock`, which the driver does not work under.
            GraderFault: it does not start, or an import fails; the text says why.
        """
        if level is SandboxLevel.NONE and not trusted:
            raise BadInput(
                "this machine has no sandbox (level none), and the submissions are strangers' code: "
                "run `unrolled doctor` for what is missing, or pass --trust-submissions if you trust them"
            )
        if level is SandboxLevel.LANDLOCK and device == "cuda":
            raise BadInput(
                "on a GPU strangers' code needs the sandbox bwrap; this machine has landlock: "
                "install bubblewrap, or grade with --device cpu"
            )
        zygote = cls(tuple(preload), level, limits or Limits(), device, tuple(hidden))
        zygote._launch(zygote.preload)
        if wait:
            zygote.wait_ready()
        return zygote

    @property
    def alive(self) -> bool:
        """Whether the zygote's process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def worth_another_try(self) -> bool:
        """Whether it has been slow for so long that what it failed of may have passed: a machine that was too busy."""
        return bool(self.slow) and self._jobs >= SLOW_SESSIONS

    @property
    def pid(self) -> int:
        """The process that was started: bwrap, or the zygote itself where there is none."""
        return self._process.pid if self._process else 0

    def restart(self) -> None:
        """End the zygote, if it runs, and start a new one.

        Raises:
            GraderFault: it does not start.
        """
        self.stop()
        self.slow = ""
        self._launch(self.preload)
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until it has imported `preload`; does nothing once it has.

        Raises:
            GraderFault: it does not start.
        """
        if self._ready:
            return
        reply = self._first_words()
        if reply["op"] == "failed" and reply["unsafe"] and self.preload:
            self.slow = str(reply["text"])
            self._renew()
            return
        self._require_ready(reply)

    def _renew(self) -> None:
        """A fresh interpreter in the place of this one, with nothing imported that a lab names."""
        self.stop()
        self._launch(())
        self._require_ready(self._first_words())

    def _require_ready(self, reply: Mapping[str, Any]) -> None:
        if reply["op"] != "ready":
            self.stop()
            raise GraderFault(f"the zygote did not get ready: {reply['text']}")
        self._ready = True

    def stop(self) -> None:
        """End the zygote and every session in it."""
        if self._spare is not None:
            self._spare.close()
            self._spare = None
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.kill()  # bwrap's first process dies with it, and takes the namespace along
            self._process.wait()
        if self._errors is not None:
            self._errors.close()
        if self._cache is not None:
            self._cache.cleanup()
        self._process = self._control = self._errors = self._cache = None
        self._ready = self._used = False

    def __enter__(self) -> Zygote:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def session(
        self, files: Mapping[str, bytes] | None = None, limits: Limits | None = None, seed: int = 0
    ) -> LiveSession:
        """A fresh process for one submission, with `files` in its working folder.

        Raises:
            BadInput: a file's name leaves the folder.
            GraderFault: the zygote is gone, or the sandbox did not close.
        """
        check_names(files or {})
        session = self._ordered(limits or self.limits)
        try:
            session.begin(files or {}, seed)
        except BaseException:
            session.close()
            raise
        return session

    def prepare(self, limits: Limits | None = None) -> None:
        """Have a process forked and locked for the next session of these limits, while this one computes.

        Without it a session waits for its process, and the longer the more the zygote has imported.
        """
        if self._spare is None and not self.slow:
            with contextlib.suppress(GraderFault):  # the next session asks again, and hears why
                self._spare = self._ordered(limits or self.limits)

    def _ordered(self, limits: Limits) -> LiveSession:
        """The spare process if it will do, else a new one."""
        spare, self._spare = self._spare, None
        if spare is not None and spare.limits == limits:
            return spare
        if spare is not None:
            spare.close()
        if self.slow and self._used:
            self._renew()
        self._jobs, self._used = self._jobs + 1, True
        session = LiveSession(self, self._jobs, limits)
        try:
            session.order()
        except BaseException:
            session.close()
            raise
        return session

    def spawn(self, job: int, limits: Limits, scratch: str, descriptors: list[int]) -> None:
        """Ask for a child that owns `descriptors`: the job's line, stdout, stderr.

        Raises:
            GraderFault: the zygote is gone.
        """
        order = {"job": job, "limits": asdict(limits), "scratch": scratch}
        if self._control is None:
            raise GraderFault("the zygote has not been started")
        try:
            socket.send_fds(self._control, [json.dumps(order).encode()], descriptors)
        except OSError as error:
            raise GraderFault(f"the zygote is gone: {self._last_words() or error}") from None

    def wait_exit(self, job: int, seconds: float = END_S) -> Exit | None:
        """How a session's process ended; None when the zygote does not say so in time, or is gone."""
        end = time.monotonic() + seconds
        while job not in self._exits:
            message = self._hear(end - time.monotonic())
            if message is None:
                return None
            if message["op"] == "exit":
                code = os.waitstatus_to_exitcode(int(message["status"]))
                self._exits[int(message["job"])] = Exit(code, float(message["cpu_s"]))
        return self._exits.pop(job)

    def keep_exit(self, job: int, ended: Exit) -> None:
        """Hand an exit back, for whoever asks next."""
        self._exits[job] = ended

    def _launch(self, preload: Sequence[str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control, self._errors = ours, tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            self._command(theirs.fileno()),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            env=environment(self.device, self._cache_folder()),
            start_new_session=True,
        )
        theirs.close()
        with contextlib.suppress(OSError):  # it is already gone; the silence that follows says so
            ours.send(json.dumps(self._order(preload)).encode())

    def _first_words(self) -> dict[str, Any]:
        """Whether it has become ready, or what it failed of."""
        reply = self._hear(START_S)
        if reply is None:
            if self._process is not None:
                self._process.kill()
                self._process.wait()
            return {"op": "failed", "text": self._last_words() or "it ended without a word", "unsafe": False}
        return reply

    def _cache_folder(self) -> str:
        """Without bwrap, a folder that goes when the zygote goes."""
        if self.level is SandboxLevel.BWRAP:
            return ""
        self._cache = tempfile.TemporaryDirectory(prefix="unrolled-")
        return self._cache.name

    def _order(self, preload: Sequence[str]) -> dict[str, Any]:
        from autograder.sandbox import places, seccomp

        caged = self.level is SandboxLevel.BWRAP
        bpf = b"" if self.level is SandboxLevel.NONE else seccomp.program(self.device == "cuda")
        return {
            "preload": list(preload),
            "level": str(self.level),
            "device": self.device,
            "become": NOBODY if caged and os.geteuid() == 0 else 0,
            "bpf": base64.b64encode(bpf).decode(),
            "readable": ["/"] if caged else [str(path) for path in places.readable_paths(self.device)],
        }

    def _command(self, descriptor: int) -> list[str]:
        argv = [sys.executable, "-s", "-P", "-c", _STARTER, str(descriptor)]
        if self.level is not SandboxLevel.BWRAP:
            return argv
        from autograder.sandbox import bwrap, places

        paths = places.readable_paths(self.device)
        return bwrap.command(
            argv, paths, environment(self.device), hidden=self._hidden_under(paths), device=self.device
        )

    def _hidden_under(self, readable: Sequence[Path]) -> list[Path]:
        """Of the folders to hide, those that a bind would show."""
        return [path for path in self.hidden if path.is_dir() and any(r in path.parents for r in readable)]

    def _hear(self, seconds: float) -> dict[str, Any] | None:
        if self._control is None or not select.select([self._control], [], [], max(0.0, seconds))[0]:
            return None
        try:
            data = self._control.recv(_MAX_MESSAGE)
        except OSError:
            return None
        return dict(json.loads(data)) if data else None

    def _last_words(self) -> str:
        """The last line that the zygote wrote, for a message."""
        if self._errors is None:
            return ""
        self._errors.seek(0)
        lines = self._errors.read()[-4000:].decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def environment(device: str, cache: str = "") -> dict[str, str]:
    """The whole environment; of the libraries too, since a fork would copy a pool without its threads.

    `cache` is where imports may write; none is needed where bwrap gives a folder of its own.
    """
    from autograder.sandbox.bwrap import CACHE, SCRATCH
    from autograder.sandbox.places import package_root

    cache = cache or CACHE
    table = dict(LIBRARIES) | {
        "PATH": "/usr/bin:/bin",
        "HOME": SCRATCH,
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(package_root()),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": f"{cache}/matplotlib",
        "IPYTHONDIR": f"{cache}/ipython",
        "UNROLLED_DEVICE": device,
    }
    if device != "cuda":
        table["CUDA_VISIBLE_DEVICES"] = ""
    return table


def check_names(files: Mapping[str, bytes]) -> None:
    """Attached files have plain relative names, and fit into a frame.

    Raises:
        BadInput: they do not.
    """
    size = sum(map(len, files.values()))
    if size > MAX_FILES:
        raise BadInput(
            f"attached files should be at most {MAX_FILES >> 20} MB together; these have {size} bytes"
        )
    for name in files:
        path = Path(name)
        if not name or path.is_absolute() or ".." in path.parts or "\0" in name:
            raise BadInput(f"an attached file should have a relative name inside its folder; got {name!r}")
