"""How the inputs of each check of lab 3 are drawn.

Sizes differ from each other and between visible and hidden cases; nothing is zero or symmetric unless a comment
says why.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.authoring import ANY, EXACT, Case, Inputs, Rng, Tolerance, away_from_zero, probe

# Singular values and eigenvalues are found by iteration; ten digits are what LAPACK builds agree on.
SPECTRA = Tolerance(rtol=1e-7, atol=1e-10, any_float=True)

NAMES = ("tanh", "relu", "sigmoid", "linear")


def states(rng: Rng, *shape: int) -> Any:
    """Entries between 0.2 and 0.9, of either sign: what tanh gives out."""
    return away_from_zero(rng, *shape, low=0.2, high=0.9)


def matrix(rng: Rng, rows: int, columns: int) -> Any:
    """A general matrix with a norm near 2 and no zero in it."""
    return away_from_zero(rng, rows, columns, low=0.2, high=1.4) / np.sqrt(rows)


def network(rng: Rng, case: Case) -> dict[str, Any]:
    """What run_states takes, with a batch where the case has one."""
    batch = (case.N,) if hasattr(case, "N") else ()
    return {
        "x": away_from_zero(rng, case.T, *batch, case.D),
        "h0": states(rng, *batch, case.H),
        "W": matrix(rng, case.D, case.H),
        "U": matrix(rng, case.H, case.H),
        "b": away_from_zero(rng, case.H),
        "phi": case.phi,
    }


# --- activations and slopes


@probe(
    visible=[Case(shape=(3, 4)), Case(shape=(5,))],
    hidden=[Case(shape=(2, 3, 2)), Case(shape=(6,))],
    tolerance=ANY,
)
def activate_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    a = away_from_zero(rng, *case.shape, low=0.2, high=2.5)
    a.flat[0], a.flat[1] = abs(a.flat[0]), -abs(a.flat[1])  # both sides of ReLU's corner
    return {"a": a}


@probe(visible=[Case(size=700.0)], hidden=[Case(size=800.0), Case(size=950.0)], tolerance=ANY)
def activate_survives_extremes(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"a": case.size * np.array([1.0, -1.0, 0.9, -0.95]) + rng.uniform(-20.0, 20.0, 4)}


@probe(
    visible=[Case(shape=(3, 4)), Case(shape=(5,))],
    hidden=[Case(shape=(2, 3, 2)), Case(shape=(6,))],
    tolerance=ANY,
)
def slope_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    relu_h = rng.uniform(0.2, 2.0, case.shape)
    relu_h.flat[0], relu_h.flat[-1] = (
        0.0,
        rng.uniform(0.01, 0.1),
    )  # where nothing came out, and where little did
    return {
        "tanh_h": states(rng, *case.shape),
        "sigmoid_h": rng.uniform(0.05, 0.4, case.shape) + 0.5 * rng.integers(0, 2, case.shape),
        "relu_h": relu_h,
        "linear_h": away_from_zero(rng, *case.shape),
    }


# --- states


@probe(
    visible=[Case(T=4, D=3, H=5, phi="tanh"), Case(T=5, D=2, H=3, phi="sigmoid")],
    hidden=[Case(T=6, D=4, H=2, phi="relu"), Case(T=3, D=2, H=4, phi="sigmoid")],
    tolerance=ANY,
)
def run_states_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return network(rng, case)


@probe(
    visible=[
        Case(T=4, N=3, D=2, H=5, phi="tanh"),
        Case(T=1, N=1, D=3, H=2, phi="tanh", label="one of everything"),
    ],
    hidden=[
        Case(T=3, N=4, D=5, H=2, phi="relu"),
        Case(T=1, N=3, D=2, H=4, phi="tanh", label="one step"),
        Case(T=4, N=1, D=2, H=3, phi="tanh", label="a batch of one"),
    ],
    tolerance=ANY,
)
def run_states_of_a_batch_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return network(rng, case)


# --- Jacobians


@probe(
    visible=[Case(H=4, phi="tanh"), Case(H=3, phi="sigmoid")],
    hidden=[Case(H=5, phi="relu"), Case(H=2, phi="linear"), Case(H=1, phi="tanh", label="one unit")],
    tolerance=ANY,
)
def jacobian_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"h": states(rng, case.H), "U": matrix(rng, case.H, case.H), "phi": case.phi}


@probe(
    visible=[Case(T=7, H=3, k=1, t=5, phi="tanh"), Case(T=6, H=4, k=0, t=3, phi="relu")],
    hidden=[Case(T=8, H=4, k=2, t=6, phi="sigmoid"), Case(T=6, H=3, k=0, t=5, phi="tanh")],
    tolerance=ANY,
)
def lag_jacobian_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    hs, U = states(rng, case.T, case.H), matrix(rng, case.H, case.H)
    return {"hs": hs, "U": U, "phi": case.phi, "k": case.k, "t": case.t}


@probe(
    visible=[Case(T=4, H=3, phi="tanh"), Case(T=5, H=2, phi="relu")],
    hidden=[Case(T=3, H=4, phi="tanh"), Case(T=6, H=3, phi="relu")],
    tolerance=ANY,
)
def lag_jacobian_of_short_ways_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"hs": states(rng, case.T, case.H), "U": matrix(rng, case.H, case.H), "phi": case.phi}


@probe(
    visible=[Case(T=5, H=3, phi="tanh"), Case(T=7, H=4, phi="sigmoid")],
    hidden=[
        Case(T=6, H=5, phi="relu"),
        Case(T=8, H=3, phi="tanh"),
        Case(T=2, H=4, phi="tanh", label="one lag"),
    ],
    tolerance=SPECTRA,
)
def lag_norms_match(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"hs": states(rng, case.T, case.H), "U": matrix(rng, case.H, case.H), "phi": case.phi}


@probe(
    visible=[Case(H=4, phi="tanh", longest=5), Case(H=3, phi="sigmoid", longest=4)],
    hidden=[
        Case(H=5, phi="sigmoid", longest=6),
        Case(H=3, phi="relu", longest=1, label="one lag"),
        Case(H=4, phi="linear", longest=3),
    ],
    tolerance=SPECTRA,
)
def bound_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"U": 1.5 * matrix(rng, case.H, case.H), "phi": case.phi, "longest": case.longest}


@probe(
    visible=[Case(T=5, H=3, phi="tanh"), Case(T=4, H=4, phi="sigmoid")],
    hidden=[Case(T=6, H=4, phi="relu"), Case(T=7, H=2, phi="linear")],
    tolerance=ANY,
)
def carry_back_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {
        "dh_last": away_from_zero(rng, case.H),
        "hs": states(rng, case.T, case.H),
        "U": matrix(rng, case.H, case.H),
        "phi": case.phi,
    }


@probe(
    visible=[Case(T=4, N=3, H=5, phi="tanh"), Case(T=1, N=2, H=3, phi="tanh", label="one step")],
    hidden=[
        Case(T=5, N=2, H=4, phi="relu"),
        Case(T=1, N=4, H=2, phi="tanh", label="one step"),
        Case(T=3, N=1, H=3, phi="tanh", label="a batch of one"),
    ],
    tolerance=ANY,
)
def carry_back_of_a_batch_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {
        "dh_last": away_from_zero(rng, case.N, case.H),
        "hs": states(rng, case.T, case.N, case.H),
        "U": matrix(rng, case.H, case.H),
        "phi": case.phi,
    }


# --- spectra


def with_eigenvalues(rng: Rng, blocks: list[Any]) -> Any:
    """A matrix without symmetry that has these blocks' eigenvalues."""
    size = sum(len(block) for block in blocks)
    inner, place = np.zeros((size, size)), 0
    for block in blocks:
        inner[place : place + len(block), place : place + len(block)] = block
        place += len(block)
    base = np.eye(size) + 0.3 * rng.uniform(-1.0, 1.0, (size, size)) / np.sqrt(size)
    return base @ inner @ np.linalg.inv(base)


@probe(visible=[Case(H=3), Case(H=5)], hidden=[Case(H=4), Case(H=6)], tolerance=SPECTRA)
def spectral_radius_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    rest = np.diag(rng.uniform(0.2, 0.5, case.H - 2))
    angle, size = rng.uniform(1.8, 2.6), rng.uniform(1.0, 1.6)
    turn = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return {
        "general": away_from_zero(rng, case.H, case.H),
        "turning": with_eigenvalues(rng, [rest, turn]),
        "negative": with_eigenvalues(rng, [rest, np.array([[-size]]), np.array([[0.6]])]),
    }


@probe(
    visible=[Case(H=3, radius=0.9), Case(H=4, radius=1.7)],
    hidden=[Case(H=5, radius=1.2), Case(H=2, radius=0.5)],
    tolerance=ANY,
)
def with_radius_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"U": matrix(rng, case.H, case.H), "radius": case.radius * float(rng.uniform(0.95, 1.05))}


# --- overflow


def lopsided(rng: Rng, H: int, low: float, high: float) -> tuple[Any, Any]:
    """A start and a matrix whose powers grow, all of positive entries.

    Unit 0 starts large, but it grows slowly and hands nothing on; the others start from next to nothing and outgrow
    it. With the matrix turned round they would get a start from it, and overflow sooner. And since unit 0 hears
    little of them, it is the last to overflow.
    """
    U = rng.uniform(low, high, (H, H)) + np.diag(rng.uniform(0.5, 1.0, H))
    U[0, 1:] *= 1e-12
    U[0, 0] *= 0.3
    U[1:, 0] *= 1e-4
    return rng.uniform(0.5, 2.0, H) * np.where(np.arange(H) == 0, 1.0, 1e-10), U


@probe(
    visible=[Case(H=3, low=1.0, high=3.0), Case(H=4, low=0.4, high=1.2)],
    hidden=[Case(H=5, low=1.0, high=2.0), Case(H=2, low=2.0, high=6.0), Case(H=3, low=0.3, high=0.9)],
    tolerance=EXACT,
)
def overflow_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    h, U = lopsided(rng, case.H, case.low, case.high)
    return {"h": h, "U": U, "most": 4000}


@probe(visible=[Case(H=3)], hidden=[Case(H=4), Case(H=2)], tolerance=EXACT)
def overflow_at_the_edges_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    h, U = lopsided(rng, case.H, 1.0, 3.0)
    with np.errstate(all="ignore"):
        most = ref.steps_until_overflow(h, U, np.float32, 5000)
    return {"h": h, "U": U, "quiet": 0.1 * U / np.linalg.norm(U, 2), "most": int(most)}


# --- clipped descent


@probe(
    visible=[Case(P=3, limit=2.0, updates=45), Case(P=4, limit=0.7, updates=40)],
    hidden=[Case(P=2, limit=1.5, updates=50), Case(P=5, limit=3.0, updates=45)],
    tolerance=ANY,
)
def descend_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # Steep in two directions: the first gradients are many times too long, in both, and the last are short enough.
    curvature = rng.uniform(0.3, 1.0, case.P)
    curvature[:2] = rng.uniform(3.0, 4.0, 2)
    theta = away_from_zero(rng, case.P, low=0.5, high=1.0)
    theta[:2] = case.limit / curvature[:2] * away_from_zero(rng, 2, low=8.0, high=10.0)
    return {
        "theta": theta,
        "curvature": curvature,
        "rate": float(rng.uniform(0.1, 0.12)),
        "limit": case.limit,
        "updates": case.updates,
    }


@probe(visible=[Case(P=3, updates=4)], hidden=[Case(P=4, updates=3), Case(P=1, updates=5)], tolerance=ANY)
def descend_at_the_edges_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {
        "theta": away_from_zero(rng, case.P, low=3.0, high=6.0),
        "curvature": rng.uniform(2.0, 4.0, case.P),
        "rate": float(rng.uniform(0.05, 0.15)),
        "updates": case.updates,
    }


# --- good starts


@probe(visible=[Case(H=4), Case(H=5)], hidden=[Case(H=6), Case(H=3)], tolerance=SPECTRA)
def orthogonal_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    # Signs of R's diagonal that come out mixed, whatever the library chooses.
    A = rng.normal(size=(case.H, case.H)) + 0.5 * np.eye(case.H)
    signs = np.sign(np.diag(np.linalg.qr(A)[1]))
    wanted = np.where(np.arange(case.H) % 2 == 0, 1.0, -1.0)
    return {"A": A * (signs * wanted)}


@probe(
    visible=[Case(D=2, H=4, scale=0.1), Case(D=3, H=2, scale=0.3)],
    hidden=[Case(D=4, H=3, scale=0.05), Case(D=1, H=5, scale=0.2)],
    tolerance=ANY,
)
def irnn_start_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"A": away_from_zero(rng, case.D, case.H), "scale": case.scale}


# --- a way around


@probe(
    visible=[Case(D=2, H=4, alpha=0.1), Case(D=3, H=2, alpha=0.5)],
    hidden=[Case(D=4, H=3, alpha=0.3), Case(D=2, H=5, alpha=0.7)],
    tolerance=ANY,
)
def residual_step_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {
        "x": away_from_zero(rng, case.D),
        "h_prev": away_from_zero(rng, case.H),
        "W": matrix(rng, case.D, case.H),
        "U": matrix(rng, case.H, case.H),
        "b": away_from_zero(rng, case.H, low=0.2, high=0.6),
        "alpha": case.alpha,
    }


@probe(
    visible=[Case(H=4, alpha=0.1), Case(H=3, alpha=0.5)],
    hidden=[Case(H=5, alpha=0.3), Case(H=2, alpha=0.7)],
    tolerance=ANY,
)
def residual_jacobian_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    return {"s": states(rng, case.H), "U": matrix(rng, case.H, case.H), "alpha": case.alpha}


# --- several runs


def curves_of(rng: Rng, case: Case) -> Any:
    """Falling losses; some runs end below the goal and some above, in no order; the last is not the smallest."""
    ends = np.concatenate([rng.uniform(0.01, 0.04, case.good), rng.uniform(0.1, 0.3, case.S - case.good)])
    steps = np.arange(case.updates)[None, :]
    curves = rng.permutation(ends)[:, None] * (1.0 + 3.0 * np.exp(-steps / 3.0))
    curves[:, -2] *= 0.7
    return curves * rng.uniform(0.9, 1.1, (case.S, case.updates))


@probe(
    visible=[Case(S=5, good=2, updates=9, last=3), Case(S=4, good=3, updates=8, last=4)],
    hidden=[
        Case(S=7, good=2, updates=10, last=5),
        Case(S=4, good=1, updates=7, last=2),
        Case(S=3, good=2, updates=6, last=1),
    ],
    tolerance=ANY,
)
def summarise_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    curves = curves_of(rng, case)
    goal = (
        float(curves[:, -1].min()) if case.last == 1 else 0.06
    )  # one run ends on the goal: that is not below it
    return {"curves": curves, "last": case.last, "goal": goal}


@probe(
    visible=[
        Case(S=5, good=3, updates=9, last=3, broken=1, to="nan"),
        Case(S=4, good=1, updates=8, last=2, broken=1, to="inf"),
    ],
    hidden=[
        Case(S=5, good=2, updates=8, last=4, broken=3, to="nan", label="most failed"),
        Case(S=6, good=3, updates=9, last=3, broken=1, to="nan"),
        Case(S=4, good=2, updates=7, last=2, broken=1, to="inf"),
    ],
    tolerance=ANY,
)
def summarise_of_failed_runs_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    curves = curves_of(rng, case)
    best = np.argsort(curves[:, -case.last :].mean(axis=1))
    curves[best[: case.broken], case.updates - case.last :] = np.nan if case.to == "nan" else np.inf
    return {"curves": curves, "last": case.last, "goal": 0.06}


# --- everything together


@probe(
    visible=[Case(T=6, D=2, H=4, phi="tanh", radius=1.2)],
    hidden=[Case(T=5, D=3, H=5, phi="sigmoid", radius=1.5), Case(T=7, D=2, H=3, phi="tanh", radius=0.9)],
    tolerance=SPECTRA,
)
def everything_matches(rng: Rng, case: Case, ref: Any) -> Inputs:
    drawn = network(rng, case)
    del drawn["U"]
    return {
        **drawn,
        "A": rng.normal(size=(case.H, case.H)),
        "dh_last": away_from_zero(rng, case.H),
        "radius": case.radius,
    }
