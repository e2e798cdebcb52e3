"""What the paths of regressors and classifiers share: points that are counted, and read one at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.brief import brief
from ridgeless.errors import InvalidInputError


@dataclass(frozen=True, eq=False)
class FittedPath(ABC):
    """The points that a fit went through, each kept as n numbers; one product with X reads a point.

    Attributes:
        strengths: λ of each point, or 1/t in the time in which ν′ is minus the gradient of the loss.
        times: training time t of each point, in units of `ridgeless.flows.GradientFlow`; None along a penalty.
        duals: ν of each point, shape (points, n, targets).
    """

    strengths: np.ndarray
    times: np.ndarray | None
    duals: np.ndarray

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
        return len(self.duals)

    def __iter__(self) -> Iterator[tuple[np.ndarray, Any]]:
        """Coefficients and intercept of every point, from the start."""
        return (self.at(point) for point in range(len(self)))

    def _dual_at(self, point: int) -> np.ndarray:
        """ν of a point, shape (n, targets)."""
        if isinstance(point, bool) or not isinstance(point, int | np.integer) or not -len(self) <= point < len(self):
            raise InvalidInputError(
                f"at={point!r}: the path has {len(self)} points; give a whole number from 0 to {len(self) - 1}"
            )
        return self.duals[point]
