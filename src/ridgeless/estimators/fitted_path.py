"""What the paths of regressors and classifiers share: points that are counted, and read one at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.brief import brief
from ridgeless.errors import InvalidInputError
from ridgeless.estimators._designs import Design
from ridgeless.estimators.mirror_maps import MirrorMap


@dataclass(frozen=True, eq=False)
class Reading:
    """How coefficients are read off ν: w = column_scale·κ·prior·g(Xᵀν), by one product with X.

    Attributes:
        design: X as the solver takes it.
        mirror: g.
        scales: κ of each target, shape (targets,).
        prior: shape (p,).
        column_scale: shape (p,).
    """

    design: Design
    mirror: MirrorMap
    scales: np.ndarray
    prior: np.ndarray
    column_scale: np.ndarray

    def coefficients(self, dual: np.ndarray) -> np.ndarray:
        """Coefficients of X as it came, shape (targets, p), of ν, shape (n, targets)."""
        value = self.mirror.growth(self.design.correlations(dual)).value
        return (self.column_scale[:, None] * (self.scales * (self.prior[:, None] * value))).T


@dataclass(frozen=True, eq=False)
class FittedPath(ABC):
    """The points that a fit went through, each kept as n numbers; one product with X reads a point.

    A pickle or a copy holds what is fewer numbers: ν of every point together with X, or the coefficients of every
    point, which are what a path of few points, or of fewer features than samples, comes to. Both read the same.

    Attributes:
        strengths: λ of each point, or 1/t in the time in which ν′ is minus the gradient of the loss.
        times: training time t of each point, in units of `ridgeless.flows.GradientFlow`; None along a penalty.
        duals: ν of each point, shape (points, n, targets); None in a pickle that holds coefficients in its place.
    """

    strengths: np.ndarray
    times: np.ndarray | None
    duals: np.ndarray | None
    # The coefficients of every point, shape (points, targets, p), or how to read them off ν.
    _read: Reading | np.ndarray
    # What the intercept is where all features are 0, shape (points, targets), and the mean of each feature.
    _offsets: np.ndarray
    _feature_means: np.ndarray

    __repr__ = brief

    @abstractmethod
    def at(self, point: int) -> tuple[np.ndarray, Any]:
        """Coefficients and intercept of one point, counted from 0; −1 is the last.

        Raises:
            InvalidInputError: the path has no such point.
        """

    def coefficients(self) -> np.ndarray:
        """Coefficients of every point, along the first axis."""
        return np.array([coefficients for coefficients, _ in self])

    def __len__(self) -> int:
        return len(self.strengths)

    def __iter__(self) -> Iterator[tuple[np.ndarray, Any]]:
        """Coefficients and intercept of every point, from the start."""
        return (self.at(point) for point in range(len(self)))

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        read, duals = self._read, self.duals
        if isinstance(read, Reading) and duals is not None:
            table = len(self) * len(read.scales) * len(read.prior)
            if table <= read.design.numbers + duals.size:
                state |= {"_read": np.array([read.coefficients(dual) for dual in duals]), "duals": None}
        return state

    def _model_at(self, point: int) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients, shape (targets, p), and intercepts, shape (targets,), of a point."""
        if isinstance(point, bool) or not isinstance(point, int | np.integer) or not -len(self) <= point < len(self):
            raise InvalidInputError(
                f"at={point!r}: the path has {len(self)} points; give a whole number from 0 to {len(self) - 1}"
            )
        if isinstance(self._read, Reading) and self.duals is not None:
            coefficients = self._read.coefficients(self.duals[point])
        else:
            coefficients = np.asarray(self._read)[point]
        return coefficients, self._offsets[point] - coefficients @ self._feature_means
