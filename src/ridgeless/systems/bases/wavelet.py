"""Orthogonal wavelets as a basis, through PyWavelets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np

from ridgeless._core.arrays import whole_number
from ridgeless._core.extras import needed_by
from ridgeless.errors import InvalidInputError
from ridgeless.systems.bases.base import Basis, Coefficients, Signal, checked_shape

# Of PyWavelets: with it the transform of an even side is orthonormal.
_MODE = "periodization"


@dataclass(frozen=True)
class Wavelet(Basis):
    """Orthogonal wavelets along every axis, periodic at the borders: signals that are smooth but for edges are sparse.

    Where every side is a multiple of 2^level, B is orthonormal. Elsewhere sides are extended to the next multiple, and
    a signal is the corner of what its coefficients make: B Bᵀ = I still, with more coefficients than entries.

    Attributes:
        shape: of the signal, any number of axes; a number stands for one axis.
        wavelet: a name that PyWavelets knows: "haar", "db2" to "db38", "sym2" to "sym20", "coif1" to "coif17", "dmey".
        level: how often the coarse part is split again; by default as often as the shortest side has room for the
            filter, and at least once.

    Raises:
        InvalidInputError: a shape or level that is no whole number, a level that splits more often than the longest
            side halves, or a wavelet that is unknown or not orthogonal.
        MissingDependencyError: PyWavelets is not installed.

    Source: Mallat 1989, "A theory for multiresolution signal decomposition: the wavelet representation"; Daubechies
    1988, "Orthonormal bases of compactly supported wavelets".

    Example:
        >>> import numpy as np
        >>> Wavelet(4, "haar", level=1).analysis(np.array([1.0, 1.0, 2.0, 4.0])).round(6)
        array([ 1.414214,  4.242641,  0.      , -1.414214])
        >>> Wavelet((230, 180)).size
        46080
    """

    shape: Any
    wavelet: str = "db4"
    level: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", checked_shape(self.shape, "Wavelet"))
        if self.level is not None:
            level, most = whole_number(self.level, "Wavelet", "level", least=1), deepest(self.shape)
            if level > most:
                raise InvalidInputError(
                    f"Wavelet: level = {level}, and a side of {max(self.shape)} halves {most} times; type a "
                    f"level up to {most}, or leave it out."
                )
        library = _library()
        if (
            not isinstance(self.wavelet, str)
            or self.wavelet not in library.wavelist(kind="discrete")
            or not library.Wavelet(self.wavelet).orthogonal
        ):
            raise InvalidInputError(
                f"Wavelet: {self.wavelet!r} is no orthogonal wavelet of PyWavelets; type one, as 'haar', 'db4' or "
                "'sym8'."
            )

    @classmethod
    def examples(cls) -> tuple[Wavelet, ...]:  # noqa: D102 - the base class tells
        return cls((16,)), cls((8, 12), "haar", 2), cls((10, 7), "db2", 2), cls((4, 4, 6), "sym4", 1)

    @property
    def size(self) -> int:
        """As many as the extended signal has entries."""
        return int(np.prod(self._extended))

    def synthesis(self, coefficients: Coefficients) -> Signal:  # noqa: D102
        sides = [tuple(side >> level for side in self._extended) for level in range(self._levels, 0, -1)]
        coarse, place = coefficients[: int(np.prod(sides[0]))].reshape(sides[0]), int(np.prod(sides[0]))
        for shape in sides:
            parts, size = {"a" * len(shape): coarse}, int(np.prod(shape))
            for name in self._details:
                parts[name] = coefficients[place : place + size].reshape(shape)
                place += size
            coarse = self._library.idwtn(parts, self.wavelet, mode=_MODE)
        return np.asarray(coarse)[self._corner]

    def analysis(self, signal: Signal) -> Coefficients:  # noqa: D102
        coarse, layers = np.zeros(self._extended), []
        coarse[self._corner] = signal
        for _ in range(self._levels):
            parts = self._library.dwtn(coarse, self.wavelet, mode=_MODE)
            coarse = parts.pop("a" * coarse.ndim)
            layers.append(np.concatenate([parts[name].ravel() for name in self._details]))
        return np.concatenate([coarse.ravel(), *layers[::-1]])

    @property
    def _details(self) -> list[str]:
        """The details of one level as PyWavelets names them, "a" for coarse and "d" for fine along each axis."""
        return ["".join(name) for name in product("ad", repeat=len(self.shape))][1:]

    @cached_property
    def _levels(self) -> int:
        if self.level is not None:
            return self.level
        length = self._library.Wavelet(self.wavelet).dec_len
        return max(1, self._library.dwt_max_level(min(self.shape), length))

    @cached_property
    def _extended(self) -> tuple[int, ...]:
        step = 2**self._levels
        return tuple(-(-side // step) * step for side in self.shape)

    @property
    def _corner(self) -> tuple[slice, ...]:
        return tuple(slice(side) for side in self.shape)

    @property
    def _library(self) -> Any:
        return _library()


def deepest(shape: tuple[int, ...]) -> int:
    """How often the longest side can be halved, and at least once.

    Example:
        >>> deepest((230, 180)), deepest((1,))
        (8, 1)
    """
    return max(1, (max(shape) - 1).bit_length())


def _library() -> Any:
    with needed_by("bases.Wavelet"):
        return import_module("pywt")
