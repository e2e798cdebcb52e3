"""How far the time path of estimators is from gradient flow, by scale: `python -m benchmarks.training_paths`.

The flow is ν′ = y − X f(Xᵀν), integrated by SciPy's Radau. Distances are the largest along the path, relative to the
largest coefficients on it; errors are the least on the path, on samples that neither saw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from benchmarks.table import Table
from ridgeless.estimators._cross_validation import (
    BREGMAN_BELOW,
    TOLERANCES,
    Family,
    Problem,
    Samples,
    problem_of,
)
from ridgeless.estimators._paths import ORDER, training_path
from ridgeless.estimators._preparation import Treatment
from ridgeless.estimators._refit import refitted
from ridgeless.estimators.mirror_maps import mirror_map

_SAMPLES, _FEATURES, _NEW, _SEEDS = 60, 200, 2000, 3
_SCALES = (30.0, 1.0, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-6, 1e-9, 1e-14)
# Points and decades of cross-validation.
_GRID = (80, 8.0)
# Of what the fit has still to explain: beyond it, paths stand still.
_FITTED = 1e-5


@dataclass(frozen=True, eq=False)
class Data:
    """A sparse truth with noise, and new samples of it."""

    X: np.ndarray
    y: np.ndarray
    unseen: np.ndarray
    unseen_y: np.ndarray

    @classmethod
    def drawn(cls, seed: int) -> Data:
        """Five features that matter among many, at a signal-to-noise ratio of 5."""
        rng = np.random.default_rng(np.random.SeedSequence([15, seed]))
        X = rng.standard_normal((_SAMPLES + _NEW, _FEATURES))
        signal = X[:, :5] @ np.array([1.0, -2.0, 0.5, 1.5, -1.0])
        y = signal + signal.std() / np.sqrt(5) * rng.standard_normal(len(signal))
        return cls(X[:_SAMPLES], y[:_SAMPLES], X[_SAMPLES:], y[_SAMPLES:])


def problem(data: Data, scale: float) -> Problem:
    """Depth 2 at one scale."""
    family = Family(mirror_map(2, False), Treatment(True, False, None), is_training=True)
    samples = Samples(data.X, data.y[:, None], np.ones(_SAMPLES))
    return problem_of(family, samples, np.array([scale]), *_GRID)


def coarse(asked: Problem, order: int) -> np.ndarray:
    """Coefficients at every point, one step of an order from each to the next, shape (points, p)."""
    visits = training_path(asked.lanes, asked.grid, TOLERANCES, np.array([order]))
    return np.array([asked.lanes.coefficients(at.growth.value)[:, 0] for _, at in visits])


def fitted(asked: Problem) -> np.ndarray:
    """Coefficients at every point of the path that the estimator keeps, shape (points, p)."""
    fit = refitted(asked, (0,), (len(asked.grid.strengths) - 1,))
    coordinates = asked.lanes.design.correlations(fit.duals[:, :, 0].T)
    return asked.lanes.scales[0] * asked.lanes.mirror.growth(coordinates).value.T


def flow(asked: Problem, data: Data) -> np.ndarray:
    """Coefficients of gradient flow at the same times."""
    A, b = data.X - data.X.mean(axis=0), data.y - data.y.mean()
    scale, growth = float(asked.lanes.scales[0]), asked.lanes.mirror.growth
    times = asked.grid.times[:, 0]

    def slope(_: float, dual: np.ndarray) -> np.ndarray:
        return b - A @ (scale * growth(A.T @ dual).value)

    def jacobian(_: float, dual: np.ndarray) -> np.ndarray:
        return -(A * (scale * growth(A.T @ dual).slope)) @ A.T

    found = solve_ivp(
        slope, (0, times[-1]), np.zeros(len(b)), "Radau", t_eval=times, jac=jacobian, rtol=1e-8, atol=1e-11
    )
    return np.array([scale * growth(A.T @ dual).value for dual in found.y.T])


def until_fitted(coefficients: np.ndarray, data: Data) -> int:
    """How many points there are before y is fitted."""
    A, b = data.X - data.X.mean(axis=0), data.y - data.y.mean()
    left = np.linalg.norm(coefficients @ A.T - b, axis=1)
    return int(np.argmax(left <= _FITTED * np.linalg.norm(b))) or len(left)


def error(coefficients: np.ndarray, data: Data) -> float:
    """The least mean squared error on the path, on new samples."""
    intercepts = data.y.mean() - coefficients @ data.X.mean(axis=0)
    return float(np.mean((coefficients @ data.unseen.T + intercepts[:, None] - data.unseen_y) ** 2, axis=1).min())


def distances(data: Data, scale: float) -> list[float]:
    """How far each path is from the flow, and for those of cross-validation its error over that of the flow."""
    asked = problem(data, scale)
    exact = flow(asked, data)
    kept, size = until_fitted(exact, data), np.linalg.norm(exact, axis=1).max()
    paths = [coarse(asked, ORDER), coarse(asked, 1), fitted(asked)]
    away = [float(np.linalg.norm(ours[:kept] - exact[:kept], axis=1).max() / size) for ours in paths]
    errors = [error(ours, data) / error(exact, data) for ours in paths]
    return [away[0], errors[0], away[1], errors[1], away[2]]


def run() -> list[Table]:
    """The table, each number the median over seeds."""
    rows = []
    for scale in _SCALES:
        found = np.median([distances(Data.drawn(seed), scale) for seed in range(_SEEDS)], axis=0)
        rows.append((f"{scale:g}", *map(float, found)))
    header = (
        "relative scale",
        "folds, order 3: distance to the flow",
        "error over the flow's",
        "folds, Bregman iteration: distance",
        "error over the flow's",
        "fitted path: distance",
    )
    note = (
        f"Depth 2, {_SAMPLES}×{_FEATURES}, five features that matter, signal-to-noise ratio 5, "
        f"median of {_SEEDS} seeds. "
        f"Folds take order 3 from a scale of {BREGMAN_BELOW:g} on, and Bregman iteration below, as does the "
        "fitted path. "
        "Written by `python -m benchmarks.training_paths`."
    )
    return [Table("The time path of estimators beside gradient flow", note, header, tuple(rows))]


if __name__ == "__main__":
    for table in run():
        print(table.markdown())
