"""The adding problem over 50 and 100 steps: what lecture 04 quotes and has no time to run.

`python adding_problem.py` writes adding_problem.csv beside this file, in about ten minutes on one core, and goes
on where it was stopped. A run ends when the mean loss of 50 updates falls below 0.01, or when its updates are
used up. The rates were chosen on seeds 10 and 11; the runs are seeds 0 to 2.
"""

from __future__ import annotations

import csv
import os
import time
from itertools import product
from pathlib import Path

# The matrices are small: a second thread would only wait for the first. Must be set before NumPy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from course import data, models

RESULTS = Path(__file__).with_suffix(".csv")
COLUMNS = ("network", "steps", "seed", "most", "updates", "loss", "seconds")
SOLVED, UNITS, BATCH, BLOCK = 0.01, 64, 32, 50
# Rate and initialisation.
NETWORKS = {
    "irnn": (0.003, {"scale": 0.1}),
    "lstm": (0.01, {"forget_bias": 1.0}),
    "tanh": (0.003, {}),
}
# Network, steps, seed, and the most updates; the last one has three times the patience.
RUNS = [(*each, 2000) for each in product(NETWORKS, (50, 100), range(3))] + [("tanh", 50, 0, 6000)]


def run(network: str, steps: int, seed: int, most: int) -> tuple[int, float]:
    """Updates until solved (or `most`), and the mean loss of the last 50 of them."""
    rate, init = NETWORKS[network]
    rng = np.random.default_rng(seed)
    net, adam = models.network(rng, network, 2, UNITS, 1, **init), models.Adam(rate)
    updates, loss = 0, np.inf
    while updates < most and not loss < SOLVED:
        batches = (data.adding_problem(rng, BATCH, steps) for _ in range(BLOCK))
        loss = float(models.train(net, batches, models.squared_error_at_end, adam).mean())
        updates += BLOCK
    return updates, loss


def stored() -> list[dict[str, str]]:
    """The rows that are there."""
    if not RESULTS.is_file():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    done = {tuple(row[name] for name in COLUMNS[:4]) for row in stored()}
    for each in RUNS:
        if tuple(map(str, each)) in done:
            continue
        start = time.process_time()
        updates, loss = run(*each)
        row = (*each, updates, f"{loss:.4f}", round(time.process_time() - start))
        with RESULTS.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([row] if file.tell() else [COLUMNS, row])
        print(*row, flush=True)


if __name__ == "__main__":
    main()
