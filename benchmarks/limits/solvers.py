"""Ours and the others': each a function (A, b) ↦ x."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize
import scipy.sparse as sp

import ridgeless as rl

# What solvers that take a time limit are given, and when all others are stopped.
SECONDS = 60.0
MOST_SECONDS = 100.0
_SCALE = 1e-8
_DIFFERENCE = rl.networks.Difference(depth=2)

Solver = Callable[[np.ndarray, np.ndarray], np.ndarray]


def finite_scale(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The limit of u² − v² from u = v = 1e-8."""
    return rl.limit(rl.LinearSystem(A, b), _DIFFERENCE, rl.inits.Constant(_SCALE)).x


def vanishing(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The limit scale → 0."""
    return rl.limit(rl.LinearSystem(A, b), _DIFFERENCE, rl.inits.Vanishing()).x


def _highs(method: str) -> Solver:
    def solve(A: np.ndarray, b: np.ndarray) -> np.ndarray:
        costs, rows = np.ones(2 * A.shape[1]), np.hstack([A, -A])
        options: Any = {"time_limit": SECONDS}
        program = scipy.optimize.linprog(costs, A_eq=rows, b_eq=b, bounds=(0, None), method=method, options=options)
        return _difference(program.x) if program.x is not None else np.full(A.shape[1], np.nan)

    return solve


def _clarabel(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    import clarabel

    rows, unknowns = A.shape
    zeros = sp.csc_matrix((2 * unknowns, 2 * unknowns))
    constraints = sp.vstack([sp.csc_matrix(np.hstack([A, -A])), -sp.eye(2 * unknowns)], format="csc")
    settings = clarabel.DefaultSettings()
    settings.verbose, settings.time_limit = False, SECONDS
    cones = [clarabel.ZeroConeT(rows), clarabel.NonnegativeConeT(2 * unknowns)]
    right = np.concatenate([b, np.zeros(2 * unknowns)])
    solver = clarabel.DefaultSolver(zeros, np.ones(2 * unknowns), constraints, right, cones, settings)
    return _difference(np.array(solver.solve().x))


def _spgl1(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    import spgl1

    with contextlib.redirect_stdout(io.StringIO()):
        return spgl1.spg_bp(A, b, opt_tol=1e-9, bp_tol=1e-9, iter_lim=100_000)[0]


def _celer(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    from celer import Lasso

    strength = 1e-7 * np.max(np.abs(A.T @ b)) / len(b)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Lasso(alpha=strength, fit_intercept=False, tol=1e-12, max_iter=200).fit(np.asfortranarray(A), b).coef_


def _lasso_lars(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LassoLars

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that the path ends early at alpha = 0
        return LassoLars(alpha=0.0, fit_intercept=False, max_iter=40 * len(b)).fit(A, b).coef_


def _difference(both: np.ndarray) -> np.ndarray:
    positive, negative = np.split(both, 2)
    return positive - negative


OURS: dict[str, Solver] = {"ridgeless, scale 1e-8": finite_scale, "ridgeless, scale → 0": vanishing}
OTHERS: dict[str, Solver] = {
    "scikit-learn LassoLars": _lasso_lars,
    "SPGL1": _spgl1,
    "celer, α = 1e-7·α_max": _celer,
    "HiGHS, simplex": _highs("highs-ds"),
    "HiGHS, interior point": _highs("highs-ipm"),
    "Clarabel": _clarabel,
}
