"""Train a kernel model to interpolate a few points, from several initial functions.

A kernel k, points X with values b, and gradient descent on the coordinates of a function f. Training from f₀ ends at
f₀ + k(·, X) K⁻¹ (b − f₀(X)), K = k(X, X). From f₀ = 0 this is the interpolant of least norm in the space of the kernel;
from any other f₀ it also contains the part of f₀ that the data do not determine. Each line of the output has the norm
of the trained function, its largest distance from the interpolant of least norm, and its largest distance from the
formula. The initial functions are drawn from the Gaussian process with covariance k, so the trained ones are draws from
that process given the data.

    python examples/kernel_interpolation.py
    python examples/kernel_interpolation.py --scale 0.1     # small starts: all end near the interpolant of least norm
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import ridgeless as rl

INPUTS = np.array([0.3, 1.0, 1.5, 4.0, 4.7, 5.5])
VALUES = np.array([0.2, 1.1, 0.7, -0.9, -0.3, 0.4])
GRID = np.linspace(0.0, 6.0, 241)
COLOURS = ("#1b1b1f", "#0072b2", "#d55e00", "#009e73")


def main() -> None:
    """Train from every start, print a line for each, and draw the functions before and after."""
    options = parsed()
    system = rl.LinearSystem.from_kernel(gaussian, INPUTS, VALUES, GRID)
    shortest = system.predict(system.min_norm())
    rng = np.random.default_rng(options.seed)
    starts = {"zero": np.zeros(system.shape[1])}
    starts |= {f"draw {i}": options.scale * rng.standard_normal(system.shape[1]) for i in (1, 2, 3)}
    print(f"{system!r}\n{'start':>8} {'residual':>9} {'norm':>10} {'left of f₀':>11} {'to formula':>11}  certificate")
    before, after = {}, {}
    for name, x0 in starts.items():
        trained = rl.train(system, rl.networks.Direct(), {"x": x0}, rl.flows.GradientDescent(), tol=1e-12)
        before[name], after[name] = system.predict(x0), system.predict(trained.x)
        left = np.abs(after[name] - shortest).max()
        to_formula = np.abs(after[name] - updated(before[name])).max()
        verdict = rl.certify(trained).verdict.value
        norm = np.linalg.norm(trained.x)
        print(f"{name:>8} {trained.residual:9.1e} {norm:10.4f} {left:11.6f} {to_formula:11.1e}  {verdict}")
    draw(before, after, options.scale, options.out)
    print(f"wrote {options.out}")


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="A kernel model, trained from several initial functions.")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the drawn starts")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("kernel_interpolation.png"), help="the figure to write")
    return parser.parse_args()


def gaussian(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """k(x, y) = exp(−(x − y)²/(2·0.5²)), for columns of points."""
    return np.exp(-2 * (X - Y.T) ** 2)


def updated(initial: np.ndarray) -> np.ndarray:
    """f₀ + k(·, X) K⁻¹ (b − f₀(X)) on the grid, from f₀ on the grid and the kernel alone."""
    points, grid = INPUTS[:, None], GRID[:, None]
    at_inputs = np.interp(INPUTS, GRID, initial)
    return initial + gaussian(grid, points) @ np.linalg.solve(gaussian(points, points), VALUES - at_inputs)


def spread() -> np.ndarray:
    """Standard deviation of trained functions over starts of scale 1: √(k(z, z) − k(z, X) K⁻¹ k(X, z))."""
    points, grid = INPUTS[:, None], GRID[:, None]
    seen = gaussian(grid, points) @ np.linalg.solve(gaussian(points, points), gaussian(points, grid))
    return np.sqrt(np.maximum(1 - np.diag(seen), 0))


def draw(before: dict[str, np.ndarray], after: dict[str, np.ndarray], scale: float, path: Path) -> None:
    """The functions before and after training, in the same colours."""
    figure = Figure(figsize=(9.5, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    band = 2 * scale * spread()
    right.fill_between(GRID, after["zero"] - band, after["zero"] + band, color="0.88", label="95 % of ends, at each z")
    for axis, functions in ((left, before), (right, after)):
        for (name, values), colour in zip(functions.items(), COLOURS, strict=True):
            axis.plot(GRID, values, color=colour, lw=2.5 if name == "zero" else 1.5, label=f"from {name}")
        axis.plot(INPUTS, VALUES, "o", color="black", mfc="white", ms=7, zorder=3, label="data")
        axis.set_xlabel("z")
    left.set_title("before training: the initial functions f₀", fontsize=11)
    right.set_title("after training: all pass through the data", fontsize=11)
    left.set_ylabel("f(z)")
    figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=6, frameon=False)
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()
