"""Fit a few points of a curve by a ReLU network, and see where between lazy and rich training its start puts it.

The network is read off at the data and at the points of a grid: x = (values at the data, values on the grid), and A
selects the data. So A x = b fixes what the curve does at the data, and training decides the rest. Starts of several
scales are trained side by side by gradient descent, each from x = 0: neurons come in pairs that cancel. Printed for
each: how much the tangent kernel has changed, and how far the curve is from the limit of lazy training, which is
computed without training. Both go to 0 as the start grows.

    python examples/relu_interpolation.py
    python examples/relu_interpolation.py --width 400 --steps 200000
"""

from __future__ import annotations

import argparse

import jax.numpy as jnp
import numpy as np

import ridgeless as rl

SCALES = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0)


def main() -> None:
    """Print one line for each scale."""
    options = parsed()
    system, points = curve_through(options.data, options.grid)
    network = relu_network(points, options.width)
    starts = [cancelling_start(network, system, scale, options.seed) for scale in SCALES]
    flow = rl.flows.GradientDescent(max_steps=options.steps)
    runs = rl.train_batch(system, network, starts, flow, tol=1e-5)
    print(f"{system!r}; a ReLU network of width {options.width}")
    print(f"{'scale':>6} {'steps':>7} {'residual':>9} {'kernel change':>14} {'lazy distance':>14}  status")
    for scale, run in zip(SCALES, runs, strict=True):
        change, distance = kernel_change(system, network, run), lazy_distance(system, network, run)
        print(f"{scale:6g} {run.stats['steps']:7d} {run.residual:9.1e} {change:14.4f} {distance:14.4f}", end="  ")
        print(run.status.name)


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="A ReLU network through a few points, by the scale of its start.")
    parser.add_argument("--data", type=int, default=6)
    parser.add_argument("--grid", type=int, default=80)
    parser.add_argument("--width", type=int, default=200)
    parser.add_argument("--steps", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def curve_through(data: int, grid: int) -> tuple[rl.LinearSystem, np.ndarray]:
    """The system that asks for sin(3t) at the data, and the points at which x is read."""
    known = np.linspace(-1.0, 1.0, data)
    points = np.concatenate([known, np.linspace(-1.0, 1.0, grid)])
    return rl.LinearSystem(np.eye(data, data + grid), np.sin(3 * known), name="points of a curve"), points


def relu_network(points: np.ndarray, width: int) -> rl.networks.Function:
    """t ↦ Σ_k height_k·max(slope_k·t + bend_k, 0)/√width, at the points."""

    def curve(theta: dict) -> jnp.ndarray:
        hidden = jnp.maximum(points[:, None] * theta["slope"] + theta["bend"], 0.0)
        return hidden @ theta["height"] / jnp.sqrt(width)

    return rl.networks.Function(curve, {"slope": (width,), "bend": (width,), "height": (width,)})


def cancelling_start(network: rl.networks.Network, system: rl.LinearSystem, scale: float, seed: int) -> dict:
    """Gaussian weights, the second half of the neurons a copy of the first that is subtracted: x = 0."""
    theta = rl.inits.Gaussian(scale)(network, system, seed)
    halves = {name: weights[: len(weights) // 2] for name, weights in theta.items()}
    signs = {"slope": 1.0, "bend": 1.0, "height": -1.0}
    return {name: np.concatenate([half, signs[name] * half]) for name, half in halves.items()}


def kernel_change(system: rl.LinearSystem, network: rl.networks.Network, run: rl.Solution) -> float:
    """‖K(θ) − K(θ₀)‖/‖K(θ₀)‖ of the tangent kernel K = A J Jᵀ Aᵀ."""
    before, after = (rl.certificates.tangent_kernel(system, network, theta) for theta in (run.theta0, run.theta))
    return float(np.linalg.norm(after - before) / np.linalg.norm(before))


def lazy_distance(system: rl.LinearSystem, network: rl.networks.Network, run: rl.Solution) -> float:
    """‖x − x_lazy‖/‖x_lazy‖."""
    lazy = rl.lazy_limit(system, network, run.theta0).x
    return float(np.linalg.norm(run.x - lazy) / np.linalg.norm(lazy))


if __name__ == "__main__":
    main()
