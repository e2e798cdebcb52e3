"""What our regressors and classifiers share: parameters, attributes of a fit, and what they tell scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NoReturn, Protocol, runtime_checkable

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if

from ridgeless.errors import InvalidInputError
from ridgeless.estimators._pictures import Pictures
from ridgeless.estimators._standstill import Ending
from ridgeless.estimators.stops import Stop


@runtime_checkable
class End(Protocol):
    """The end of a fit: of each target its stop, ν, Newton steps, certificate, point of the path, and how it ended."""

    @property
    def stop(self) -> Sequence[Stop]: ...
    @property
    def dual(self) -> np.ndarray: ...
    @property
    def steps(self) -> np.ndarray: ...
    @property
    def certificates(self) -> Sequence[Any]: ...
    @property
    def is_solved(self) -> Sequence[bool] | np.ndarray: ...
    @property
    def endings(self) -> Sequence[Ending]: ...
    @property
    def points(self) -> Sequence[int]: ...


def _no_partial_fit(estimator: object) -> NoReturn:
    raise AttributeError(
        f"{type(estimator).__name__} has no partial_fit: where training ends depends on all samples at once, and "
        "not on batches in turn; call fit with all of them (X may be sparse, or a dask array)"
    )


class LinearModel(Pictures, BaseEstimator):
    """A linear model whose fit went along a path."""

    @available_if(_no_partial_fit)
    def partial_fit(self, X: Any, y: Any) -> NoReturn:  # noqa: ARG002
        """Not available: the message says why."""
        _no_partial_fit(self)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _keep_end(self, end: End, coefficients: np.ndarray, scales: np.ndarray, *, is_flat: bool) -> None:
        """Set the attributes that every fit has; those of one target come without the axis of targets.

        Raises:
            InvalidInputError: the coefficients are no numbers.
        """
        name = type(self).__name__
        if not np.isfinite(coefficients).all():
            raise InvalidInputError(
                f"{name}.fit: float64 holds no coefficients at this scale and in these units; give a scale nearer to "
                "1, or X, y and weights in units nearer to 1"
            )
        if not np.all(end.is_solved):
            warnings.warn(
                f"{name}: Newton's method did not reach its tolerance on the way to the fit; give a larger scale, an "
                "earlier stop, or features in comparable units (standardize=True)",
                ConvergenceWarning,
                stacklevel=5,
            )
        self._tell_endings(end.endings, is_flat=is_flat)
        self.dual_ = end.dual[:, 0] if is_flat else end.dual
        self.scale_ = float(scales[0]) if is_flat else scales
        self.stop_ = end.stop[0] if is_flat else list(end.stop)
        self.certificate_ = end.certificates[0] if is_flat else list(end.certificates)
        self.point_ = end.points[0] if is_flat else np.array(end.points)
        self.n_iter_ = max(1, int(end.steps.max()))

    def _point(self, call: str, at: Any) -> int:
        """A point of the path, as users name it.

        Raises:
            InvalidInputError: it is no whole number of at least 0, or the path is shorter. A negative one would be
                counted from the end of the path, which is not the end of the fit where the stop was chosen from a path.
        """
        if isinstance(at, bool) or not isinstance(at, int | np.integer) or not 0 <= at < len(self.path_):
            raise InvalidInputError(
                f"{type(self).__name__}.{call}(at={at!r}): at is a point of path_, a whole number from 0 to "
                f"{len(self.path_) - 1}; leave it out for the fit itself"
            )
        return int(at)

    def _tell_endings(self, endings: Sequence[Ending], *, is_flat: bool) -> None:
        """Keep how the fit ended, and warn where that is not what was asked for.

        A stop that was left out is to explain a share, or all that can be explained: nothing else was asked for.
        """
        messages = [ending.message for ending in endings]
        self.message_ = messages[0] if is_flat else messages
        if getattr(self, "stop", None) is None:
            return
        for message in dict.fromkeys(ending.message for ending in endings if ending.is_short):
            warnings.warn(f"{type(self).__name__}: {message}", ConvergenceWarning, stacklevel=6)


class GivenStartAndStop:
    """The parameters of a model whose scale and stop are given."""

    def __init__(
        self,
        depth: int = 2,
        *,
        scale: float | None = None,
        stop: Stop | None = None,
        positive: bool = False,
        fit_intercept: bool = True,
        standardize: bool = False,
        prior_scale: Any = None,
    ) -> None:
        self.depth = depth
        self.scale = scale
        self.stop = stop
        self.positive = positive
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.prior_scale = prior_scale
