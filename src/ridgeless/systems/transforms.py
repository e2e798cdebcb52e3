"""Orthonormal transforms of square pictures: Haar wavelets and cosines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from jaxtyping import Float

Pictures = Float[np.ndarray, "*stack side side"]


@dataclass(frozen=True)
class Transform:
    """An orthonormal transform W of pictures, over the last two axes of a stack of them.

    Attributes:
        analysis: pictures → coefficients, W.
        synthesis: coefficients → pictures, Wᵀ = W⁻¹.
        fits: whether pictures of this side have the transform.
    """

    analysis: Callable[[Any], np.ndarray]
    synthesis: Callable[[Any], np.ndarray]
    fits: Callable[[int], bool]


def is_power_of_two(side: int) -> bool:
    """Whether a picture of this side has a Haar transform."""
    return side & (side - 1) == 0


def haar(pictures: Pictures) -> Pictures:
    """The 2-D Haar wavelet transform: sums and differences of neighbours over √2, repeated on the sums.

    Coefficient (0, 0) is the mean times the side; the detail at scale 2^k is stored in the usual nested
    squares. The side is a power of two.

    Source: Mallat 1989, "A theory for multiresolution signal decomposition: the wavelet representation".

    Example:
        >>> haar(np.ones((2, 2)))
        array([[2., 0.],
               [0., 0.]])
    """
    coefficients = np.array(pictures, dtype=np.float64)
    size = coefficients.shape[-1]
    while size > 1:
        coarse = coefficients[..., :size, :size]
        coarse[...] = _split(_split(coarse, -1), -2)
        size //= 2
    return coefficients


def inverse_haar(coefficients: Pictures) -> Pictures:
    """The inverse, and transpose, of `haar`.

    Example:
        >>> inverse_haar(np.array([[2.0, 0.0], [0.0, 0.0]]))
        array([[1., 1.],
               [1., 1.]])
    """
    pictures = np.array(coefficients, dtype=np.float64)
    size = 2
    while size <= pictures.shape[-1]:
        coarse = pictures[..., :size, :size]
        coarse[...] = _merge(_merge(coarse, -2), -1)
        size *= 2
    return pictures


def cosine(pictures: Pictures) -> Pictures:
    """The orthonormal 2-D discrete cosine transform of type II."""
    from scipy.fft import dctn  # the import alone costs 100 ms

    return np.asarray(dctn(pictures, axes=(-2, -1), norm="ortho"))


def inverse_cosine(coefficients: Pictures) -> Pictures:
    """The inverse, and transpose, of `cosine`."""
    from scipy.fft import idctn

    return np.asarray(idctn(coefficients, axes=(-2, -1), norm="ortho"))


TRANSFORMS = {
    "haar": Transform(haar, inverse_haar, fits=is_power_of_two),
    "dct": Transform(cosine, inverse_cosine, fits=lambda side: side > 0),
}


def _split(values: np.ndarray, axis: int) -> np.ndarray:
    pairs = np.moveaxis(values, axis, -1)
    left, right = pairs[..., 0::2], pairs[..., 1::2]
    return np.moveaxis(np.concatenate([left + right, left - right], axis=-1) / sqrt(2), -1, axis)


def _merge(values: np.ndarray, axis: int) -> np.ndarray:
    halves = np.moveaxis(values, axis, -1)
    sums, differences = np.split(halves, 2, axis=-1)
    pairs = np.stack([sums + differences, sums - differences], axis=-1) / sqrt(2)
    return np.moveaxis(pairs.reshape(halves.shape), -1, axis)
