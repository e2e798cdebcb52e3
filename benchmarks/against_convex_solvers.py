"""The limit at scale 1e-8 beside linear programming (SciPy's HiGHS) and least angle regression (scikit-learn)."""

from __future__ import annotations

import warnings
from statistics import median

import numpy as np
import scipy.optimize
from sklearn.linear_model import LassoLars

import ridgeless as rl
from benchmarks.table import Table, timed

_EQUATIONS, _UNKNOWNS, _NONZEROS = 500, 5000, 40
_SCALE = 1e-8
_SEEDS = (0, 1, 2)


def run() -> list[Table]:
    """Three systems; medians of time, ratios to ours, and the accuracy of each, its worst over the systems."""
    problem = rl.systems.FOUND["GaussianSparse"](equations=_EQUATIONS, unknowns=_UNKNOWNS, nonzeros=_NONZEROS)
    _limit(*_drawn(problem, 99))  # the first call pays for imports
    seconds: dict[str, list[float]] = {}
    accuracy: dict[str, list[tuple[float, float]]] = {}
    for seed in _SEEDS:
        A, b = _drawn(problem, seed)
        answers = {name: timed(solve, A, b) for name, solve in _SOLVERS.items()}
        shortest = min(float(np.abs(x).sum()) for x, _ in answers.values() if _residual(A, x, b) < 1e-6)
        for name, (x, taken) in answers.items():
            seconds.setdefault(name, []).append(taken)
            excess = float(np.abs(x).sum()) / shortest - 1
            accuracy.setdefault(name, []).append((excess, _residual(A, x, b)))
    ours = seconds["ridgeless limit"]
    rows = tuple(
        (
            name,
            median(taken),
            median(theirs / mine for theirs, mine in zip(taken, ours, strict=True)),
            max(excess for excess, _ in accuracy[name]),
            max(residual for _, residual in accuracy[name]),
        )
        for name, taken in seconds.items()
    )
    return [
        Table(
            f"Basis pursuit: {_EQUATIONS}×{_UNKNOWNS}, {_NONZEROS} nonzeros",
            f"`Difference(depth=2)` at scale {_SCALE:g}, whose limit is the solution of least ℓ1 norm to the excess "
            f"shown. Construction of the system included; medians over seeds {_SEEDS}; the aim is a ratio of 30 for "
            "HiGHS.",
            ("solver", "time", "time / ours", "worst relative ℓ1 excess", "worst residual"),
            rows,
        )
    ]


def _drawn(problem: rl.systems.Problem, seed: int) -> tuple[np.ndarray, np.ndarray]:
    system = problem.system(seed)
    return system.A, system.b


def _limit(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    return rl.limit(rl.LinearSystem(A, b), rl.networks.Difference(depth=2), rl.inits.Constant(_SCALE)).x


def _highs(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    program = scipy.optimize.linprog(
        np.ones(2 * A.shape[1]), A_eq=np.hstack([A, -A]), b_eq=b, bounds=(0, None), method="highs"
    )
    positive, negative = np.split(program.x, 2)
    return positive - negative


def _lasso_lars(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that the path ends early at alpha = 0
        model = LassoLars(alpha=0.0, fit_intercept=False, max_iter=20 * len(b))
        return model.fit(A, b).coef_


def _residual(A: np.ndarray, x: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(A @ x - b) / np.linalg.norm(b))


_SOLVERS = {"ridgeless limit": _limit, "SciPy HiGHS": _highs, "scikit-learn LassoLars": _lasso_lars}
