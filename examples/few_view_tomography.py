"""A tooth from a few X-ray views: coefficients of wavelets, and pixels that cannot be negative.

The file is a scan in the Data Exchange format (HDF5), of which one slice is taken: `exchange/data` (angles × slices ×
bins), `data_white`, `data_dark` and `theta` in degrees. The noise is estimated from neighbouring views, and every
picture fits the rays to the size of the noise and no closer.

    python examples/few_view_tomography.py tomography_tooth.h5 --views 20
    python examples/few_view_tomography.py                        # no file: a simulated phantom
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
import scipy.sparse as sp
from matplotlib.figure import Figure

import ridgeless as rl
from ridgeless.systems.tomography import parallel_beam

BINS_TOGETHER = 4


class Scan(NamedTuple):
    """Rays through a picture of side×side pixels, their values, and the standard deviation of their noise."""

    rays: sp.csr_array
    values: np.ndarray
    side: int
    noise: float


def main() -> None:
    """Solve in two ways, print a line for each, and write the pictures."""
    options = parsed()
    scan = measured(options.scan, options.views) if options.scan else simulated(options.views)
    wavelets = rl.systems.bases.Wavelet((scan.side, scan.side))
    system = rl.LinearSystem(scan.rays, scan.values, basis=wavelets)
    sparse = rl.solve(system, noise=scan.noise, tol=1e-5)

    pixels = rl.LinearSystem(scan.rays, scan.values)
    even = rl.inits.Constant(np.sqrt(scan.values.sum() / scan.rays.sum()))
    light = rl.solve(pixels, network=rl.networks.Power(2), init=even, noise=scan.noise, tol=1e-5)

    found = {"x = u² − v², wavelets": sparse, "x = u², pixels": light}
    for name, solution in found.items():
        told = solution.stats
        print(
            f"{name:22} misfit / noise {told['misfit'] / told['noise']:.4f}  steps {told['steps']}  {solution.success}"
        )
    pictures = {name: solution.signal.reshape(scan.side, scan.side) for name, solution in found.items()}
    write(pictures, options.out)
    print(f"wrote {options.out}")


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="A picture from a few X-ray views.")
    parser.add_argument("scan", type=Path, nargs="?", help="HDF5 file of a scan; a simulation without it")
    parser.add_argument("--views", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path("few_views.png"), help="the pictures to write")
    options = parser.parse_args()
    if options.scan and not options.scan.is_file():
        parser.error(f"{options.scan} does not exist; without a file, a phantom is simulated")
    return options


def measured(path: Path, views: int) -> Scan:
    """Evenly spread views of the first slice of a scan, four bins of the detector together."""
    with h5py.File(path) as file:
        given = file["exchange"]
        light, dark, white = (np.asarray(given[name], float)[:, 0] for name in ("data", "data_dark", "data_white"))
        angles = np.deg2rad(np.asarray(given["theta"], float))
    through = (light - dark.mean(axis=0)) / (white.mean(axis=0) - dark.mean(axis=0))
    sinogram = -np.log(np.clip(through, 1e-3, None)).reshape(len(angles), -1, BINS_TOGETHER).mean(axis=2)
    side = sinogram.shape[1]
    # The centre of mass of a view moves around the axis of rotation as a cosine of the angle.
    mass = sinogram @ np.arange(side) / sinogram.sum(axis=1)
    waves = np.column_stack([np.ones_like(angles), np.cos(angles), np.sin(angles)])
    axis = float(np.linalg.lstsq(waves, mass, rcond=None)[0][0])
    second = (sinogram[:-2] - 2 * sinogram[1:-1] + sinogram[2:]) / np.sqrt(6)
    kept = np.round(np.linspace(0, len(angles), views, endpoint=False)).astype(int)
    rays = parallel_beam(side, angles[kept], side, axis)
    return Scan(rays, sinogram[kept].ravel(), side, float(np.median(np.abs(second)) / 0.6745))


def simulated(views: int) -> Scan:
    """The Shepp–Logan phantom with a hundredth of noise."""
    print("no scan given: simulating one of the Shepp–Logan phantom")
    problem = rl.systems.FewViewTomography(side=64, views=views)
    exact = problem.system()
    noise = 0.01 * float(exact.b.max())
    noisy = rl.systems.FewViewTomography(side=64, views=views, noise=noise).system()
    return Scan(noisy.A, noisy.b, problem.side, noise)


def write(pictures: dict[str, np.ndarray], path: Path) -> None:
    """The pictures side by side."""
    figure = Figure(figsize=(3.2 * len(pictures), 3.5), layout="constrained")
    for axis, (name, picture) in zip(figure.subplots(1, len(pictures)), pictures.items(), strict=True):
        axis.imshow(picture, cmap="gray", vmin=0, vmax=np.quantile(picture, 0.998))
        axis.set_title(name, fontsize=10)
        axis.axis("off")
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
