"""`ClassificationPath`: every point that the fit of a classifier went through, each a model of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless._core.brief import brief
from ridgeless.estimators._class_preparation import PreparedClasses
from ridgeless.estimators._logistic_fits import LogisticFit
from ridgeless.estimators.fitted_path import FittedPath, Reading
from ridgeless.estimators.mirror_maps import MirrorMap


@dataclass(frozen=True, eq=False)
class ClassificationPath(FittedPath):
    """Points along training, or along the penalty. Each is kept as n numbers, and costs one product with X to read.

    There is one path for two classes, and one for each class where there are more; a path that ended before another is
    held at its end.

    Attributes:
        strengths: λ of each point, shape (points, paths); for training 1/t in the time of ν′ = −∇L.
        times: training time t of each point, in units of `ridgeless.flows.GradientFlow`; None along a penalty.
        duals: ν of each point, shape (points, n, paths); None in a pickle that holds coefficients in its place.

    Example:
        >>> import numpy as np
        >>> from ridgeless.estimators import RidgelessClassifier
        >>> rng = np.random.default_rng(0)
        >>> X = rng.standard_normal((20, 50))
        >>> path = RidgelessClassifier().fit(X, X[:, 0] > 0).path_
        >>> coefficients, intercept = path.at(-1)
        >>> coefficients.shape, intercept.shape
        ((1, 50), (1,))
    """

    __repr__ = brief

    @classmethod
    def of_fit(
        cls, fit: LogisticFit, prepared: PreparedClasses, mirror: MirrorMap, scales: np.ndarray
    ) -> ClassificationPath:
        """The path of a fit."""
        rates = np.array([mirror.rate(float(scale)) for scale in scales])
        times = 1 / (fit.strengths * rates) if fit.is_training else None
        read = Reading(prepared.design, mirror, scales, prepared.prior, prepared.column_scale)
        return cls(fit.strengths, times, fit.duals, read, fit.intercepts, prepared.feature_means)

    def at(self, point: int) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients, shape (paths, p), and intercepts of one point, counted from 0; −1 is the last.

        Raises:
            InvalidInputError: the path has no such point.
        """
        return self._model_at(point)
