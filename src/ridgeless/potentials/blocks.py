"""A separable potential made of different potentials on different coordinates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless.potentials.base import SeparablePotential
from ridgeless.potentials.branches import Branches, join
from ridgeless.potentials.deep_entropy import DeepEntropy
from ridgeless.potentials.deep_hypentropy import DeepHypentropy
from ridgeless.potentials.entropy import Entropy
from ridgeless.potentials.frozen import Frozen
from ridgeless.potentials.hypentropy import Hypentropy


@dataclass(frozen=True)
class Blocks(SeparablePotential):
    """Φ(x) = Σ_k Φ_k(x[index_k]), for starts with locked or frozen coordinates among free ones.

    Attributes:
        indices: for each part, the coordinates it acts on; together they are 0 … d−1, each once.
        parts: the potentials.

    Example:
        >>> import numpy as np
        >>> from ridgeless.potentials import Entropy, Hypentropy
        >>> one = np.ones(1)
        >>> mixed = Blocks((np.array([1]), np.array([0])), (Entropy(one, rate=4.0), Hypentropy(one, rate=4.0)))
        >>> mixed.conjugate_gradient(np.zeros(2))
        array([0., 1.])
    """

    indices: tuple[np.ndarray, ...]
    parts: tuple[SeparablePotential, ...]

    @classmethod
    def examples(cls) -> tuple[Blocks, ...]:  # noqa: D102
        two = np.array([1e-3, 2.0])
        exponential = (Hypentropy(two, rate=4.0), Entropy(np.array([1.0, -1.0]), rate=4.0), Frozen(2))
        small, middle, large = np.array([1e-8, 1e-3, 0.2]), np.array([0.2, 1.0, 30.0]), np.array([1.0, 30.0, 1e5])
        signs, endless = np.array([1.0, -1.0, 1.0]), np.full(3, np.inf)
        powers = (
            DeepHypentropy(small, large, coefficient=1 / 27, exponent=3.0),
            DeepEntropy(signs, middle, endless, coefficient=1 / 27, exponent=3.0),
        )
        return (
            cls((np.array([4, 0]), np.array([1, 5]), np.array([2, 3])), exponential),
            cls((np.array([1, 2, 5]), np.array([0, 3, 4])), powers),
        )

    def values(self, x: Vector) -> Vector:  # noqa: D102
        return self._each(lambda part, entries: part.values(entries), x)

    def gradient(self, x: Vector) -> Vector:  # noqa: D102
        return self._each(lambda part, entries: part.gradient(entries), x)

    def conjugates(self, z: Vector) -> Vector:  # noqa: D102
        return self._each(lambda part, entries: part.conjugates(entries), z)

    def conjugate_gradient(self, z: Vector) -> Vector:  # noqa: D102
        return self._each(lambda part, entries: part.conjugate_gradient(entries), z)

    def conjugate_curvature(self, z: Vector) -> Vector:  # noqa: D102
        return self._each(lambda part, entries: part.conjugate_curvature(entries), z)

    def gradient_rounding(self, x: Vector) -> Vector:  # noqa: D102
        return self._each(lambda part, entries: part.gradient_rounding(entries), x)

    def branches(self, offset: Vector) -> Branches:  # noqa: D102
        return join([(index, part.branches(offset[index])) for index, part in self._pairs])

    def free(self, size: int) -> np.ndarray:  # noqa: D102
        mask = np.zeros(size, dtype=bool)
        for index, part in self._pairs:
            mask[index] = part.free(len(index))
        return mask

    def restricted(self, keep: np.ndarray) -> Blocks:  # noqa: D102
        position = np.cumsum(keep) - 1
        kept = [(position[index[keep[index]]], part.restricted(keep[index])) for index, part in self._pairs]
        kept = [(index, part) for index, part in kept if len(index)]
        return Blocks(tuple(index for index, _ in kept), tuple(part for _, part in kept))

    @property
    def _pairs(self) -> list[tuple[np.ndarray, SeparablePotential]]:
        return list(zip(self.indices, self.parts, strict=True))

    def _each(self, function: Callable[[SeparablePotential, Vector], Vector], entries: Vector) -> Vector:
        result = np.empty_like(entries)
        for index, part in self._pairs:
            result[index] = function(part, entries[index])
        return result
