"""`RegressionPath`: every point that a fit went through, each a model of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.brief import brief
from ridgeless.estimators._fits import Fit
from ridgeless.estimators._preparation import Prepared
from ridgeless.estimators.fitted_path import FittedPath, Reading
from ridgeless.estimators.mirror_maps import MirrorMap


@dataclass(frozen=True, eq=False)
class RegressionPath(FittedPath):
    """Points along training, or along the penalty. Each is kept as n numbers, and costs one product with X to read.

    Attributes:
        strengths: λ of each point, shape (points,) or (points, targets); for training 1/t in the time of ν′ = y − Xw.
        times: training time t of each point, in units of `ridgeless.flows.GradientFlow`; None along a penalty.
        duals: ν of each point, shape (points, n, targets); None in a pickle that holds coefficients in its place.

    Example:
        >>> import numpy as np
        >>> from ridgeless.estimators import RidgelessRegressor
        >>> rng = np.random.default_rng(0)
        >>> X = rng.standard_normal((20, 50))
        >>> path = RidgelessRegressor().fit(X, X[:, 0]).path_
        >>> coefficients, intercept = path.at(-1)
        >>> coefficients.shape
        (50,)
    """

    _is_flat: bool

    __repr__ = brief

    @classmethod
    def of_fit(
        cls, fit: Fit, prepared: Prepared, mirror: MirrorMap, scales: np.ndarray, *, is_flat: bool
    ) -> RegressionPath:
        """The path of a fit."""
        times = None
        if fit.is_training:
            rates = np.array([mirror.rate(float(scale)) for scale in scales])
            with np.errstate(divide="ignore"):
                times = 1 / (fit.strengths * rates)
        strengths = fit.strengths
        if is_flat:
            strengths, times = strengths[:, 0], None if times is None else times[:, 0]
        # The ν of a limit cannot always be read: with small starts its last digits decide, and there may be none.
        is_limit = not fit.strengths.any()
        read = Reading(prepared.design, mirror, scales, prepared.prior, prepared.column_scale)
        return cls(
            strengths,
            times,
            fit.duals,
            prepared.coefficients(fit.solved)[None] if is_limit else read,
            np.broadcast_to(prepared.target_means, (len(strengths), len(scales))),
            prepared.feature_means,
            is_flat,
        )

    def at(self, point: int) -> tuple[np.ndarray, Any]:
        """Coefficients, shape (p,) or (targets, p), and intercept of one point, counted from 0; −1 is the last.

        Raises:
            InvalidInputError: the path has no such point.
        """
        coefficients, intercept = self._model_at(point)
        return (coefficients[0], float(intercept[0])) if self._is_flat else (coefficients, intercept)
