"""Baselines of the generalization paradox: scikit-learn's LassoCV and RidgeCV."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from ridgeless._core.arrays import Dual, Matrix, Vector

LASSO = "LassoCV"
RIDGE = "RidgeCV"
# Penalties in units of the least one that gives x = 0.
_LASSO_PATH = np.geomspace(1.0, 1e-2, 30)
# Penalties over the number of unknowns, that is over the typical eigenvalue of AAᵀ for columns of variance 1.
_RIDGE_PATH = np.geomspace(1e-4, 1e4, 17)
_FOLDS = 5


def are_installed() -> bool:
    """Whether scikit-learn is there; it is no dependency of training."""
    return find_spec("sklearn") is not None


def baselines(A: Matrix, b: Dual) -> dict[str, tuple[Vector, float]]:
    """Coefficients and intercept of each, by name; none without scikit-learn.

    The intercept is theirs to fit, even on centred data: the leave-one-out errors of RidgeCV vanish with the penalty
    where rows were centred and it does not know.

    Args:
        A: rows are samples, columns have variance near 1.
        b: what they are to give.
    """
    if not are_installed():
        return {}
    from sklearn.linear_model import LassoCV, RidgeCV

    path: Any = float(np.abs(A.T @ (b - b.mean())).max()) / len(b) * _LASSO_PATH
    lasso = LassoCV(alphas=path, cv=_FOLDS, tol=1e-3, max_iter=10_000)
    ridge = RidgeCV(alphas=A.shape[1] * _RIDGE_PATH)
    fitted: dict[str, Any] = {LASSO: lasso.fit(A, b), RIDGE: ridge.fit(A, b)}
    return {name: (np.asarray(model.coef_), float(model.intercept_)) for name, model in fitted.items()}
