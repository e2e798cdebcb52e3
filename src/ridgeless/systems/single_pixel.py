"""The single-pixel camera: a picture from the light that passes random masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from ridgeless._core.discovery import look_up
from ridgeless.errors import InvalidInputError
from ridgeless.systems.linear import LinearSystem
from ridgeless.systems.problem import Problem, as_square
from ridgeless.systems.scenes import photographer
from ridgeless.systems.transforms import TRANSFORMS, Transform


@dataclass(frozen=True)
class SinglePixelCamera(Problem):
    """Compressive imaging of a photograph: random ±1 masks, with its wavelet coefficients as unknowns.

    b = M p with M the (measurements, side²) masks and p the pixels; p = Wᵀx with W an orthonormal transform,
    so A = M Wᵀ, dense. The coefficient of the mean is part of x.

    Attributes:
        measurements: n ≥ 1, how many masks.
        side: the picture is side×side, d = side²; a power of two for Haar.
        basis: "haar" or "dct".

    Raises:
        InvalidInputError: a parameter out of its range.
        MissingDependencyError: scikit-image, which brings the photograph, is not installed (on `system`).

    Source: Duarte et al. 2008, "Single-pixel imaging via compressive sampling".

    Example:
        >>> camera = SinglePixelCamera(measurements=30, side=8)
        >>> camera.system()
        <LinearSystem 'SinglePixelCamera': 30 equations, 64 unknowns, dense, truth known>
        >>> camera.picture(camera.system().truth).shape
        (8, 8)
    """

    measurements: int = 410
    side: int = 32
    basis: str = "haar"
    citation: ClassVar[str] = "Duarte et al. 2008"
    # The masks are random signs, which no start repeats, so that the original stream of published pictures is kept.
    stream: ClassVar[tuple[int, ...]] = ()

    def __post_init__(self) -> None:
        self._check_counts(measurements=1, side=2)
        if not self._transform.fits(self.side):
            raise InvalidInputError(
                f"SinglePixelCamera: side = {self.side} has no {self.basis} transform; type a power of two, "
                'or basis="dct".'
            )

    def noiseless(self, seed: int) -> LinearSystem:  # noqa: D102 - the base class tells
        scene = photographer(self.side)
        masks = self._generator(seed).choice([-1.0, 1.0], size=(self.measurements, self.side, self.side))
        # M Wᵀ row by row: the transform of each mask, since W is orthonormal.
        design = self._transform.analysis(masks).reshape(self.measurements, -1)
        truth = self._transform.analysis(scene).ravel()
        rhs = masks.reshape(self.measurements, -1) @ scene.ravel()
        return LinearSystem(design, rhs, truth, name=type(self).__name__)

    def picture(self, x: ArrayLike) -> np.ndarray:
        """Wᵀx: the (side, side) picture that the coefficients x, of shape (side²,), stand for.

        Raises:
            InvalidInputError: x has another shape.
        """
        return self._transform.synthesis(as_square(x, self.side, "SinglePixelCamera.picture"))

    @property
    def _transform(self) -> Transform:
        return look_up(str(self.basis), TRANSFORMS, "basis")
