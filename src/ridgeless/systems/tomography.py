"""Few-view tomography: a picture from its line integrals in a few directions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from ridgeless.errors import InvalidInputError
from ridgeless.systems.linear import LinearSystem
from ridgeless.systems.problem import Problem, as_square
from ridgeless.systems.scenes import shepp_logan

_ALONG_AN_AXIS = 1e-9


@dataclass(frozen=True)
class FewViewTomography(Problem):
    """The Shepp–Logan phantom from a few parallel-beam views; the unknowns are the pixels, A is sparse.

    Each view has `side` rays, one pixel apart, so that there are views·side equations and side² unknowns.
    Nothing but noise is random: without it, every seed gives the same system.

    Attributes:
        side: the picture is side×side.
        views: how many directions, evenly spread over the half circle; fewer than `side`.

    Raises:
        InvalidInputError: a parameter out of its range, or as many equations as unknowns.
        MissingDependencyError: scikit-image, which brings the phantom, is not installed (on `system`).

    Source: Shepp and Logan 1974, "The Fourier reconstruction of a head section".

    Example:
        >>> FewViewTomography(side=16, views=5).system()
        <LinearSystem 'FewViewTomography': 80 equations, 256 unknowns, sparse, truth known>
    """

    side: int = 32
    views: int = 12
    citation: ClassVar[str] = "Shepp and Logan 1974"
    is_random: ClassVar[bool] = False

    def __post_init__(self) -> None:
        self._check_counts(side=2, views=1)
        if self.views >= self.side:
            raise InvalidInputError(
                f"FewViewTomography: {self.views} views of {self.side} rays are as many equations as there "
                f"are pixels; type fewer than {self.side} views."
            )

    def noiseless(self, seed: int) -> LinearSystem:  # noqa: ARG002
        """The system, which is the same for every seed."""
        rays = projections(self.side, self.views)
        truth = shepp_logan(self.side).ravel()
        return LinearSystem(rays, rays @ truth, truth, name=type(self).__name__)

    def picture(self, x: ArrayLike) -> np.ndarray:
        """The pixels x as a (side, side) picture, row by row.

        Raises:
            InvalidInputError: x has another shape than (side²,).
        """
        return as_square(x, self.side, "FewViewTomography.picture")


@lru_cache(maxsize=4)
def projections(side: int, views: int) -> sp.csr_array:
    """Parallel-beam line integrals over side×side unit pixels: a (views·side, side²) CSR array.

    The rays of view k are the lines x cos φ + y sin φ = t with φ = (k + ½)π/views and t = −(side−1)/2, …,
    (side−1)/2, as in `parallel_beam`. It is built once; treat it as read-only.

    Example:
        >>> projections(2, 1).toarray()
        array([[0., 0., 1., 1.],
               [1., 1., 0., 0.]])
    """
    # Angles are half a step off the axes: views along both axes would have the same sum, which makes the equations
    # dependent.
    return parallel_beam(side, (np.arange(views) + 0.5) * np.pi / views, side, (side - 1) / 2)


def parallel_beam(side: int, angles: ArrayLike, bins: int, center: float) -> sp.csr_array:
    """Parallel-beam line integrals over side×side unit pixels, as a detector measures them, (views·bins, side²).

    The rays of the view at angle φ are the lines x cos φ + y sin φ = t, the origin in the middle of the picture and y
    upwards. Bins of the detector are as wide as pixels, and bin k is met by the ray t = k − center. An entry is the
    exact length of the ray inside the pixel: at distance r from the pixel's centre, min(1/max(|c|, |s|),
    ((|c| + |s|)/2 − |r|)/|cs|), or 0 where that is negative, with c = cos φ and s = sin φ.

    Args:
        side: the picture is side×side.
        angles: (views,) φ, in radians; one along an axis is turned by 1e-9, which divides by no zero.
        bins: of the detector.
        center: the bin, whole or not, onto which the axis of rotation falls.

    Example:
        >>> parallel_beam(2, [np.pi / 2], bins=2, center=0.5).toarray().round(6)
        array([[0., 0., 1., 1.],
               [1., 1., 0., 0.]])
    """
    turned = np.asarray(angles, dtype=float)[:, None, None]
    turned = np.where(np.abs(np.sin(2 * turned)) < _ALONG_AN_AXIS, turned + _ALONG_AN_AXIS, turned)
    cosine, sine = np.cos(turned), np.sin(turned)
    middle = (side - 1) / 2
    down, right = np.divmod(np.arange(side * side), side)
    # A pixel is at most √2 wide in any direction, so that only the two rays nearest to its centre can meet it.
    ray = cosine * (right - middle)[:, None] + sine * (middle - down)[:, None] + center
    candidates = np.floor(ray) + np.arange(2)
    width = np.abs(cosine) + np.abs(sine)
    overlap = (width / 2 - np.abs(candidates - ray)) / np.abs(cosine * sine)
    length = np.clip(overlap, 0, 1 / np.maximum(np.abs(cosine), np.abs(sine)))

    views = turned.shape[0]
    view, pixel, _ = np.broadcast_arrays(np.arange(views)[:, None, None], np.arange(side * side)[:, None], np.arange(2))
    meets = (length > 0) & (candidates >= 0) & (candidates < bins)
    rows = view[meets] * bins + candidates[meets].astype(int)
    return sp.csr_array((length[meets], (rows, pixel[meets])), shape=(views * bins, side * side))
