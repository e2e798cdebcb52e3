"""A picture from a real single-pixel camera appears as the initialization shrinks.

The file holds the measurements of a single-pixel camera (Duarte et al. 2008): `A`, one mask of ±1 in each row, and
`y`, the reading of the photodiode for each mask. The unknown x is the picture's Haar coefficients, the mean among them;
the network is x = u² − v². Every picture in the strip reproduces every reading. Only the size of the starting weights
differs, in units of √max|A⁺b|, where max|A⁺b| is the largest coefficient of the solution of least norm.

    python examples/single_pixel_mug.py single_pixel_mug32.mat
    python examples/single_pixel_mug.py                         # no file: a simulated camera
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import ridgeless as rl
from ridgeless.systems.transforms import TRANSFORMS

SCALES = (10.0, 0.3, 0.1, 0.03, 0.01, 1e-3, 1e-6)
HAAR = TRANSFORMS["haar"]


def main() -> None:
    """Solve at every scale, print a line for each, and write the strip."""
    options = parsed()
    system = measured(options.measurements) if options.measurements else simulated()
    unit = np.sqrt(np.abs(system.min_norm()).max())
    print(f"{system!r}\n{'start':>8} {'residual':>9} {'‖x‖₁/‖A⁺b‖₁':>12}  certificate")
    pictures = []
    for scale in SCALES:
        solution = rl.limit(system, rl.networks.Difference(depth=2), rl.inits.Constant(scale * unit))
        shrunk = np.abs(solution.x).sum() / np.abs(system.min_norm()).sum()
        print(f"{scale:8g} {solution.residual:9.1e} {shrunk:12.3f}  {rl.certify(solution).verdict.value}")
        pictures.append(picture(solution.x))
    write_strip(pictures, options.out)
    print(f"wrote {options.out}")


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="The picture of a single-pixel camera, from lazy to rich.")
    parser.add_argument("measurements", type=Path, nargs="?", help="MATLAB file with A and y; a simulation without it")
    parser.add_argument("--out", type=Path, default=Path("single_pixel.png"), help="the picture strip to write")
    options = parser.parse_args()
    if options.measurements and not options.measurements.is_file():
        parser.error(f"{options.measurements} does not exist; without a file, a camera is simulated")
    return options


def measured(path: Path) -> rl.LinearSystem:
    """The measurements in terms of Haar coefficients: row by row the transform of each mask, as it is orthonormal."""
    raw = rl.systems.read_system(path)
    side = round(np.sqrt(raw.shape[1]))
    masks = raw.A.reshape(-1, side, side).swapaxes(1, 2)  # MATLAB stacks the columns of a picture
    return rl.LinearSystem(HAAR.analysis(masks).reshape(raw.shape), raw.b, name=path.stem)


def simulated() -> rl.LinearSystem:
    """The library's own camera, for those who have no measurements at hand."""
    print("no measurements given: simulating the camera on a photograph")
    return rl.systems.SinglePixelCamera().system()


def picture(coefficients: np.ndarray) -> np.ndarray:
    """The square picture that Haar coefficients stand for."""
    side = round(np.sqrt(len(coefficients)))
    return HAAR.synthesis(coefficients.reshape(side, side))


def write_strip(pictures: list[np.ndarray], path: Path) -> None:
    """The pictures side by side, in the greys of the last one."""
    low, high = np.quantile(pictures[-1], (0.01, 0.995))
    figure = Figure(figsize=(2 * len(pictures), 2.3), layout="constrained")
    axes = figure.subplots(1, len(pictures))
    for axis, shown, scale in zip(axes, pictures, SCALES, strict=True):
        axis.imshow(shown, cmap="gray", vmin=low, vmax=high)
        axis.set_title(f"scale {scale:g}", fontsize=10)
        axis.axis("off")
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
