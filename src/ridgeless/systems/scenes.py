"""Test pictures that come with scikit-image, resized; nothing is downloaded."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np

from ridgeless._core.extras import needed_by

# Head, camera and upper body of the photographer, 11 pixels of the original for one at 32×32. This crop stays
# recognisable at that size, and few Haar coefficients describe it.
_CAMERA_TOP, _CAMERA_LEFT, _CAMERA_SIDE = 80, 48, 352


@lru_cache(maxsize=8)
def photographer(side: int) -> np.ndarray:
    """The middle of scikit-image's `camera`, (side, side), values in [0, 1], read-only.

    Raises:
        MissingDependencyError: scikit-image is not installed.
    """
    rows = slice(_CAMERA_TOP, _CAMERA_TOP + _CAMERA_SIDE)
    columns = slice(_CAMERA_LEFT, _CAMERA_LEFT + _CAMERA_SIDE)
    return _resized(_scikit_image("data").camera()[rows, columns] / 255, side)


@lru_cache(maxsize=8)
def shepp_logan(side: int) -> np.ndarray:
    """The Shepp–Logan phantom of a head, (side, side), values in [0, 1], read-only.

    Source: Shepp and Logan 1974, "The Fourier reconstruction of a head section".

    Raises:
        MissingDependencyError: scikit-image is not installed.
    """
    return _resized(_scikit_image("data").shepp_logan_phantom(), side)


def _resized(picture: np.ndarray, side: int) -> np.ndarray:
    resize = _scikit_image("transform").resize
    scene = np.clip(resize(np.asarray(picture, dtype=np.float64), (side, side), anti_aliasing=True), 0.0, 1.0)
    scene.flags.writeable = False
    return scene


def _scikit_image(module: str) -> Any:
    with needed_by("the picture of this problem"):
        return import_module(f"skimage.{module}")
