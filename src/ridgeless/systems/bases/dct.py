"""The discrete cosine transform as a basis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless.systems.bases.base import Basis, Coefficients, Signal, checked_shape


@dataclass(frozen=True)
class DCT(Basis):
    """DCT along every axis, the orthonormal discrete cosine transform of type II: smooth signals are sparse in it.

    Along an axis of N entries, basis vector k is √(2/N)·cos(π(i + ½)k/N), and 1/√N for k = 0. A product costs
    O(N log N).

    Attributes:
        shape: of the signal, any number of axes; a number stands for one axis.

    Raises:
        InvalidInputError: a side that is no whole number of at least 1.

    Source: Ahmed, Natarajan and Rao 1974, "Discrete cosine transform".

    Example:
        >>> import numpy as np
        >>> DCT((2, 2)).synthesis(np.array([2.0, 0.0, 0.0, 0.0])).round(12)
        array([[1., 1.],
               [1., 1.]])
    """

    shape: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", checked_shape(self.shape, "DCT"))

    @classmethod
    def examples(cls) -> tuple[DCT, ...]:  # noqa: D102 - the base class tells
        return cls((7,)), cls((4, 6)), cls((2, 3, 5))

    @property
    def size(self) -> int:
        """As many as the signal has entries."""
        return int(np.prod(self.shape))

    def synthesis(self, coefficients: Coefficients) -> Signal:  # noqa: D102
        from scipy.fft import idctn  # the import alone costs 100 ms

        return np.asarray(idctn(coefficients.reshape(self.shape), norm="ortho"))

    def analysis(self, signal: Signal) -> Coefficients:  # noqa: D102
        from scipy.fft import dctn

        return np.asarray(dctn(signal, norm="ortho")).ravel()
