"""A made-up graded class for the report's tests: every verdict, awkward names, skill that shows."""

from __future__ import annotations

import numpy as np

from autograder.grading.results import CheckResult, ClassResult, SubmissionResult
from autograder.model import CheckSpec, LabSpec

MARKUP_NAME = "<script>alert(1)</script> & \"Bobby\" 'Tables'"
NAMES = (
    "Ana Müller",
    "Bram de Vries",
    "Çağla Yıldız",
    "李小龙",
    "Đorđe Petrović",
    "مريم الأنصاري",
    "Freya O'Neill",
    "Grace Hopper",
    MARKUP_NAME,
    "=cmd|' /C calc'!A0",
    "José Ñandú",
    "Κατερίνα",
    "Людмила",
    "nguyễn_văn_an",
    "Quentin Long-Hyphenated-Surname-Of-The-Old-Kind",
    "Søren",
    "Tomasz",
    "Uma",
    "Väinö",
    "Wei",
    "Xochitl",
    "Yara",
    "Zoë",
    "student 24",
)

CHECKS = (
    ("check-sigmoid", 4, "The logistic function on ordinary arguments."),
    ("check-sigmoid-large", 4, "The logistic function far out, without overflow and without a warning."),
    ("check-lstm-step", 8, "One step of the cell, on random gates."),
    ("check-lstm-step-saturated", 4, "One step with gates driven to 0 and 1."),
    ("check-lstm-step-cache", 2, "The cache holds what the backward pass needs, under the documented names."),
    ("check-sequence", 8, "A whole sequence, from a nonzero initial state."),
    ("check-sequence-one", 3, "A sequence of length 1."),
    ("check-step-backward-gates", 10, "The gradient of one step with respect to the gates."),
    ("check-step-backward-weights", 6, "The gradient of one step with respect to `W`, `U` and `b`."),
    (
        "check-step-backward-state",
        6,
        "The gradient that one step hands to its predecessor: `dh_prev` and `dc_prev`.",
    ),
    ("check-bptt", 12, "Backpropagation through the sequence, with gradients from above at every step."),
    ("check-bptt-final", 5, "The same with a gradient on the last state only."),
    ("check-bptt-one", 3, "The same at length 1."),
    ("check-count", 4, "How many parameters the layer has."),
    ("check-init", 4, "Initial weights, with the forget gate's bias at one."),
    ("check-gradient-check", 7, "Central differences that agree with the true gradient."),
    ("check-training", 6, "The loss after training on the adding problem."),
    ("check-torch", 4, "The same weights in `torch.nn.LSTM` give the same states."),
)
# misconception -> (function, hint, checks it costs, how common)
MISTAKES = {
    "dc-not-carried": (
        "lstm_backward",
        "Look at what step t hands to step t−1. The cell's gradient comes from above *and* from the step "
        "after it; without the second part nothing older than one step is learned.",
        ("check-bptt", "check-bptt-final"),
        0.34,
    ),
    "sigmoid-naive": (
        "sigmoid",
        "Try `sigmoid(-1000)`. The exponential overflows long before the quotient does; a gate that gives "
        "NaN once spoils every state after it.",
        ("check-sigmoid-large",),
        0.28,
    ),
    "forget-gate-tanh": (
        "lstm_step",
        "A gate scales what passes, so it must lie between 0 and 1. "
        "Which of your four activations can be negative?",
        ("check-lstm-step", "check-sequence", "check-sequence-one"),
        0.14,
    ),
    "gate-order-ifog": (
        "lstm_step",
        "The columns of `W` hold the gates in the order i, f, g, o. Two of yours are swapped.",
        ("check-lstm-step", "check-sequence", "check-step-backward-gates"),
        0.12,
    ),
    "h0-ignored": (
        "lstm_forward",
        "The first step has a predecessor too: the state that was handed in.",
        ("check-sequence", "check-sequence-one"),
        0.10,
    ),
    "bias-mean": (
        "lstm_step_backward",
        "Every row of the batch uses the bias. How do their gradients combine?",
        ("check-step-backward-weights",),
        0.10,
    ),
    "one-bias-forgotten": ("parameter_count", "Count the bias once for each gate.", ("check-count",), 0.08),
    "hidden-truncation": (
        "lstm_backward",
        "How far back does your loop reach? Try T = 12.",
        ("check-bptt",),
        0.05,
    ),
    "output-gate-missing": (
        "lstm_step",
        "What stands between the cell and the state that others see?",
        ("check-lstm-step", "check-sequence"),
        0.05,
    ),
    "dh-path-dropped": (
        "lstm_step_backward",
        "The state depends on the cell too; follow that path back.",
        ("check-step-backward-gates", "check-bptt"),
        0.05,
    ),
    "tanh-twice": (
        "lstm_step_backward",
        "The cache may hold the candidate after its activation already.",
        ("check-step-backward-gates",),
        0.04,
    ),
    "db-overwritten": ("lstm_backward", "Every step adds to the bias's gradient.", ("check-bptt",), 0.04),
}
HINTS = {id_: hint for id_, (_, hint, _, _) in MISTAKES.items()}
FUNCTIONS = {id_: function for id_, (function, _, _, _) in MISTAKES.items()}


def fake_spec() -> LabSpec:
    """The lab that the made-up class was graded in: 100 points by machine, 5 by hand."""
    checks = tuple(CheckSpec(id_, id_.replace("-", "_"), float(pts), text) for id_, pts, text in CHECKS)
    return LabSpec(
        "lab04_lstm", "Lab 4: An LSTM from the inside", 120, "04_lstm", checks=checks, manual_points=5.0
    )


def fake_name(index: int) -> str:
    """A student's name; the first two dozen are awkward ones."""
    return NAMES[index] if index < len(NAMES) else f"{NAMES[index % 24][:12].strip('<=')} {index:04d}"


def fake_class(students: int = 24, seed: int = 0) -> ClassResult:
    """A class with one rejected and one infra submission in twenty or so, and the rest of every kind."""
    rng = np.random.default_rng(seed)
    submissions = tuple(_submission(fake_name(i), rng, i) for i in range(students))
    return ClassResult("lab04_lstm", "bwrap", "cpu", submissions)


def _submission(name: str, rng: np.random.Generator, index: int) -> SubmissionResult:
    if index % 23 == 7:
        said = "not a notebook: the file ends in the middle of a cell\n<b>line 2</b> \x1b[31mred"
        return SubmissionResult(name, None, 100.0, 5.0, "rejected", said)
    if index % 29 == 16:
        return SubmissionResult(name, None, 100.0, 5.0, "infra", "the worker was killed twice; see the log")
    checks = _checks(rng, skill=float(rng.beta(2.6, 1.8)))
    slow = any(check.verdict == "timeout" for check in checks)
    flags: tuple[str, ...] = ()
    if index % 24 == 3:
        flags = ("lstm-step is nearly the solution, names included", "missing cell check-count")
    elif index % 24 in (10, 11):
        other = fake_name(index + 1 if index % 24 == 10 else index - 1)
        flags = (f"code alike with {other}", "imports that the lab does not allow: torch")
    return SubmissionResult(
        name,
        sum(c.score for c in checks),
        100.0,
        5.0,
        "graded",
        cpu_s=float(rng.gamma(6, 0.25) + 10 * slow),
        wall_s=4.0,
        peak_mb=float(18 + rng.gamma(3, 6)),
        flags=flags,
        checks=checks,
    )


def _checks(rng: np.random.Generator, skill: float) -> tuple[CheckResult, ...]:
    own = [id_ for id_, (_, _, _, common) in MISTAKES.items() if rng.random() < 2.4 * common * (1 - skill)]
    reached = len(CHECKS) if rng.random() < 0.5 + skill / 2 else int(rng.integers(4, len(CHECKS)))
    ended = str(rng.choice(["timeout", "crashed", "memory", "output"])) if rng.random() < 0.1 else ""
    found = []
    for position, (id_, points, _) in enumerate(CHECKS):
        named = next((m for m in own if id_ in MISTAKES[m][2]), None)
        verdict = _verdict(rng, skill, named, position >= reached)
        if ended and position == 10:
            verdict, named = ended, None
        elif ended and position > 15:
            verdict, named = "not-run", None
        score = float(points) if verdict == "passed" else 0.0
        named = named if verdict == "wrong" else None
        found.append(CheckResult(id_, float(points), score, verdict, 5, 5 if score else 1, named, "told"))
    return tuple(found)


def _verdict(rng: np.random.Generator, skill: float, named: str | None, late: bool) -> str:
    if late:
        return "missing"
    if named:
        return "wrong"
    if rng.random() < 0.28 * (1 - skill):
        return str(rng.choice(["wrong", "error"], p=[0.6, 0.4]))
    return "passed"
