"""probes.safetensors: a lab's visible cases, with what is wanted and how the known mistakes would answer.

Metadata is one key of sorted JSON, since several keys come out in random order. Arrays are named
`<check>/<case>/in/<n>`, `<check>/<case>/out/<leaf>` and `<check>/<case>/sketch` (misconceptions x outputs x 5).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from autograder.authoring import Tolerance
from autograder.diagnosis.diagnose import Known
from autograder.diagnosis.sketch import WIDTH, Sketch
from autograder.errors import BadInput
from autograder.model import Array, CheckSpec
from autograder.trees import pack, unpack

KEY = "unrolled"
FORMAT = 1


@dataclass(frozen=True)
class StoredCase:
    """One visible case: a label, the inputs as a tree, the wanted leaves, and sketches by misconception."""

    label: str
    inputs: Mapping[str, Any]
    wanted: Mapping[str, Any]
    sketches: Mapping[str, Sketch]


@dataclass(frozen=True)
class StoredCheck:
    """All that a check needs on a student's machine."""

    spec: CheckSpec
    tolerance: Tolerance
    outputs: Mapping[str, Tolerance]
    cases: tuple[StoredCase, ...]

    def tolerance_of(self, output: str) -> Tolerance:
        """The tolerance of an output; a nested one falls back to its first part's."""
        return self.outputs.get(output, self.outputs.get(output.split("/")[0], self.tolerance))


@dataclass(frozen=True)
class StoredLab:
    """The file as a whole: checks by their function's name, and what is known of each misconception."""

    lab: str
    checks: Mapping[str, StoredCheck]
    known: Mapping[str, Known]


def dump(stored: StoredLab) -> bytes:
    """The file's bytes; the same content gives the same bytes."""
    tensors: dict[str, Array] = {}
    facts = {
        "format": FORMAT,
        "lab": stored.lab,
        "known": {name: asdict(known) for name, known in stored.known.items()},
        "checks": {name: _dump_check(name, check, tensors) for name, check in stored.checks.items()},
    }
    content: bytes = save(tensors, {KEY: json.dumps(facts, sort_keys=True, ensure_ascii=True)})
    return content


def _dump_check(name: str, check: StoredCheck, tensors: dict[str, Array]) -> dict[str, Any]:
    return {
        "spec": asdict(check.spec),
        "tolerance": asdict(check.tolerance),
        "outputs": {output: asdict(tolerance) for output, tolerance in check.outputs.items()},
        "cases": [_dump_case(f"{name}/{number}", case, tensors) for number, case in enumerate(check.cases)],
    }


def _dump_case(prefix: str, case: StoredCase, tensors: dict[str, Array]) -> dict[str, Any]:
    structure, arrays = pack(dict(case.inputs))
    tensors.update({f"{prefix}/in/{name}": array for name, array in arrays.items()})
    texts: dict[str, str] = {}
    for output, leaf in case.wanted.items():
        if isinstance(leaf, str):
            texts[output] = leaf
        else:
            tensors[f"{prefix}/out/{output}"] = np.ascontiguousarray(leaf).reshape(leaf.shape)
    outputs = sorted({output for sketch in case.sketches.values() for output in sketch.rows})
    if case.sketches and outputs:
        tensors[f"{prefix}/sketch"] = np.stack([_table(sketch, outputs) for sketch in case.sketches.values()])
    return {
        "label": case.label,
        "inputs": structure,
        "texts": texts,
        "sketched": {name: sketch.failure for name, sketch in case.sketches.items()},
        "order": list(case.sketches),
        "sketch_outputs": outputs,
    }


def _table(sketch: Sketch, outputs: Sequence[str]) -> Array:
    """One row an output; a missing output is a row of NaN."""
    missing = np.full(WIDTH, np.nan)
    return np.stack([np.asarray(sketch.rows.get(output, missing)) for output in outputs])


def load(path: Path) -> StoredLab:
    """Read the file.

    Raises:
        BadInput: it is missing, damaged, or of another format.
    """
    if not path.is_file():
        raise BadInput(
            f"the checks need {path.name} beside the notebook, and it is not in {path.parent}; "
            "copy it there from where you got the lab"
        )
    try:
        with safe_open(path, framework="numpy") as file:
            facts = json.loads((file.metadata() or {})[KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
        if facts["format"] != FORMAT:
            raise ValueError(f"format {facts['format']}, this version reads {FORMAT}")
        return _load(facts, tensors)
    except (SafetensorError, KeyError, ValueError, TypeError, OSError) as error:
        raise BadInput(f"{path} is damaged ({error}); copy it again from where you got the lab") from error


def _load(facts: Mapping[str, Any], tensors: Mapping[str, Array]) -> StoredLab:
    checks = {
        name: StoredCheck(
            CheckSpec(**{**check["spec"], "needs": tuple(check["spec"]["needs"])}),
            Tolerance(**check["tolerance"]),
            {output: Tolerance(**tolerance) for output, tolerance in check["outputs"].items()},
            tuple(
                _load_case(f"{name}/{number}", case, tensors) for number, case in enumerate(check["cases"])
            ),
        )
        for name, check in facts["checks"].items()
    }
    known = {name: Known(item["hint"], tuple(item["ties"])) for name, item in facts["known"].items()}
    return StoredLab(facts["lab"], checks, known)


def _load_case(prefix: str, case: Mapping[str, Any], tensors: Mapping[str, Array]) -> StoredCase:
    def under(part: str) -> dict[str, Array]:
        start = f"{prefix}/{part}/"
        return {name[len(start) :]: tensor for name, tensor in tensors.items() if name.startswith(start)}

    table = tensors.get(f"{prefix}/sketch", np.empty((0, 0, WIDTH)))
    sketches = {}
    for index, name in enumerate(case["order"]):
        rows = zip(case["sketch_outputs"], table[index], strict=True) if len(table) else ()
        kept = {output: row for output, row in rows if not np.isnan(row).all()}
        sketches[name] = Sketch(kept, case["sketched"][name])
    wanted: dict[str, Any] = {**under("out"), **case["texts"]}
    return StoredCase(case["label"], unpack(case["inputs"], under("in")), wanted, sketches)
