"""What is asked: pictures from too few rays, or too few Fourier coefficients, measured and simulated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy.sparse.linalg import LinearOperator

from ridgeless.systems.scenes import shepp_logan
from ridgeless.systems.tomography import parallel_beam

VIEWS = (12, 20, 30)
_BINNED = 4


@dataclass(frozen=True)
class Question:
    """A picture to be found.

    Attributes:
        name: of the table.
        note: what was measured.
        A: (n, N) operator on the pixels, real or complex.
        b: (n,) measurements.
        shape: of the picture.
        noise: σ, of each entry of b, or of each of its parts.
        direct: what the field does without solving anything, and its name.
        reference: the picture to compare with; None where nobody knows it.
        left_out: measurements that no method is shown: an operator and their values.
        is_nonnegative: whether the picture is real and nonnegative.
        picture: the end of the name of its file; "" where none is drawn.
        called: what the reference is.
        window: the rows and columns that are drawn.
    """

    name: str
    note: str
    A: Any
    b: np.ndarray
    shape: tuple[int, ...]
    noise: float
    direct: tuple[str, np.ndarray]
    reference: np.ndarray | None
    left_out: tuple[Any, np.ndarray] | None
    is_nonnegative: bool
    picture: str = ""
    called: str = "the truth"
    window: tuple[slice, slice] = (slice(None), slice(None))

    @property
    def is_complex(self) -> bool:
        """Whether the picture is complex."""
        return np.iscomplexobj(self.b)

    @property
    def radius(self) -> float:
        """σ√n, with both parts of a complex number counted."""
        return self.noise * float(np.sqrt(self.b.size * (2 if self.is_complex else 1)))


def tooth(path: Path, views: int) -> Question:
    """One slice of a tooth from evenly spread views of the 181 that were taken."""
    with h5py.File(path) as file:
        given: Any = file["exchange"]
        light, dark, white = (np.asarray(given[name], float)[:, 0] for name in ("data", "data_dark", "data_white"))
        degrees = np.asarray(given["theta"], float)
    through = (light - dark.mean(axis=0)) / (white.mean(axis=0) - dark.mean(axis=0))
    sinogram = -np.log(np.clip(through, 1e-3, None))
    sinogram = sinogram.reshape(len(degrees), -1, _BINNED).mean(axis=2)
    side = sinogram.shape[1]
    center = _axis_of_rotation(sinogram, np.deg2rad(degrees))
    # Neighbouring views differ little: their second differences are noise (by the median, against edges).
    second = (sinogram[:-2] - 2 * sinogram[1:-1] + sinogram[2:]) / np.sqrt(6)
    noise = float(np.median(np.abs(second[np.abs(second) > 0])) / 0.6745)
    kept = np.round(np.linspace(0, len(degrees), views, endpoint=False)).astype(int)
    others = np.setdiff1d(np.arange(len(degrees)), kept)
    A, rest, whole = (
        parallel_beam(side, np.deg2rad(degrees[index]), side, center)
        for index in (kept, others, np.arange(len(degrees)))
    )
    return Question(
        f"Tooth, {views} of {len(degrees)} angles",
        f"One slice of a synchrotron scan, {side}×{side} pixels, {views}·{side} rays. The reference is the filtered "
        f"back projection of all {len(degrees)} views, which favours filtered back projection; the left-out "
        f"measurements are the other {len(others)} views. σ = {noise:.3g}, from second differences between "
        "neighbouring views.",
        A,
        sinogram[kept].ravel(),
        (side, side),
        noise,
        ("filtered back projection", back_projection(A, sinogram[kept])),
        back_projection(whole, sinogram),
        (rest, sinogram[others].ravel()),
        is_nonnegative=True,
        picture=f"tooth-{views}",
        called=f"all {len(degrees)} angles,\nfiltered back projection",
        window=(slice(36, 124), slice(36, 124)),
    )


def phantom_views(views: int, side: int = 128) -> Question:
    """The Shepp–Logan phantom, simulated on pixels half as wide so that no method is told the truth's own model."""
    fine = np.array(shepp_logan(2 * side))
    picture = fine.reshape(side, 2, side, 2).mean(axis=(1, 3))
    angles = (np.arange(views) + 0.5) * np.pi / views
    rays = parallel_beam(2 * side, angles, 2 * side, side - 0.5) @ fine.ravel() / 2
    exact = rays.reshape(views, side, 2).mean(axis=2)
    noise = 0.01 * float(exact.max())
    sinogram = exact + noise * np.random.default_rng(0).standard_normal(exact.shape)
    A = parallel_beam(side, angles, side, (side - 1) / 2)
    return Question(
        f"Phantom, {views} angles",
        f"The Shepp–Logan phantom, {side}×{side}, its rays simulated on pixels half as wide and with 1 % of noise.",
        A,
        sinogram.ravel(),
        (side, side),
        noise,
        ("filtered back projection", back_projection(A, sinogram)),
        picture,
        None,
        is_nonnegative=True,
    )


def coil(path: Path) -> Question:
    """One coil of an undersampled scan; a tenth of its samples is left out."""
    kspace = np.load(path)["kspace"].astype(complex)
    rng = np.random.default_rng(0)
    measured = np.argwhere(kspace != 0)
    is_left_out = rng.random(len(measured)) < 0.1
    noise = _noise_floor(kspace)
    kept, others = measured[~is_left_out], measured[is_left_out]
    A, rest = fourier(kept, kspace.shape), fourier(others, kspace.shape)
    b = kspace[tuple(kept.T)]
    return Question(
        "Coil, measured",
        f"One coil of a Cartesian scan, {kspace.shape[0]}×{kspace.shape[1]}, of which 12 % was sampled. Nobody knows "
        f"the picture: a tenth of the samples is left out and predicted. σ = {noise:.3g} in each part, from the "
        "outermost samples.",
        A,
        b,
        kspace.shape,
        noise,
        ("zero-filling", A.rmatvec(b).reshape(kspace.shape)),
        None,
        (rest, kspace[tuple(others.T)]),
        is_nonnegative=False,
        picture="coil",
    )


def phantom_coil(shape: tuple[int, int] = (230, 180), share: float = 0.12) -> Question:
    """The Shepp–Logan phantom with a smooth phase, sampled as densely as the coil was, the middle most."""
    rng = np.random.default_rng(0)
    side = max(shape)
    cut = (side - shape[1]) // 2
    phase = np.exp(1j * np.add.outer(np.linspace(0, 2, shape[0]), np.linspace(0, 1, shape[1]) ** 2))
    picture = np.array(shepp_logan(side))[:, cut : cut + shape[1]] * phase
    distance = np.hypot(*np.meshgrid(*(np.linspace(-1, 1, size) for size in shape), indexing="ij"))
    density = np.minimum(1.0, 0.02 * distance**-1.5)
    places = np.argwhere(rng.random(shape) < density * share / density.mean())
    A = fourier(places, shape)
    exact = A.matvec(picture.ravel())
    noise = 0.02 * float(np.abs(exact).mean())
    b = exact + noise * (rng.standard_normal(len(exact)) + 1j * rng.standard_normal(len(exact)))
    return Question(
        "Coil, simulated",
        f"The Shepp–Logan phantom with a smooth phase, {shape[0]}×{shape[1]}, {len(b) / np.prod(shape):.0%} of its "
        "Fourier coefficients, most of them low ones.",
        A,
        b,
        shape,
        noise,
        ("zero-filling", A.rmatvec(b).reshape(shape)),
        picture,
        None,
        is_nonnegative=False,
    )


def fourier(places: np.ndarray, shape: tuple[int, ...]) -> LinearOperator:
    """Some coefficients of the orthonormal discrete Fourier transform, frequency 0 in the middle."""
    index = tuple(places.T)

    def forward(x: np.ndarray) -> np.ndarray:
        return np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(x.reshape(shape)), norm="ortho"))[index]

    def adjoint(r: np.ndarray) -> np.ndarray:
        full = np.zeros(shape, dtype=complex)
        full[index] = np.ravel(r)
        return np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(full), norm="ortho")).ravel()

    size = (len(places), int(np.prod(shape)))
    return LinearOperator(size, matvec=forward, rmatvec=adjoint, dtype=np.complex128)


def back_projection(A: Any, sinogram: np.ndarray) -> np.ndarray:
    """Filtered back projection with the ramp of Ram and Lak, by the transpose of A."""
    views, bins = sinogram.shape
    offsets = np.fft.fftfreq(4 * bins, 1 / (4 * bins))
    kernel = np.zeros(4 * bins)
    kernel[0] = 0.25
    odd = offsets % 2 == 1
    kernel[odd] = -1 / (np.pi * offsets[odd]) ** 2
    ramp = np.fft.rfft(kernel).real
    filtered = np.fft.irfft(np.fft.rfft(sinogram, 4 * bins) * ramp, 4 * bins)[:, :bins]
    side = round(np.sqrt(A.shape[1]))
    return np.pi / views * (A.T @ filtered.ravel()).reshape(side, side)


def _axis_of_rotation(sinogram: np.ndarray, angles: np.ndarray) -> float:
    """The bin of the axis: the centre of mass of a view moves around it as a cosine of the angle."""
    mass = sinogram @ np.arange(sinogram.shape[1]) / sinogram.sum(axis=1)
    waves = np.column_stack([np.ones_like(angles), np.cos(angles), np.sin(angles)])
    return float(np.linalg.lstsq(waves, mass, rcond=None)[0][0])


def _noise_floor(kspace: np.ndarray) -> float:
    """The standard deviation of real and imaginary parts of the outermost twentieth of the samples."""
    places = np.argwhere(kspace != 0)
    middle = np.array(kspace.shape) / 2
    distance = np.max(np.abs(places - middle) / middle, axis=1)
    outer = kspace[tuple(places[distance >= np.quantile(distance, 0.95)].T)]
    return float(np.median(np.abs(np.concatenate([outer.real, outer.imag]))) / 0.6745)
