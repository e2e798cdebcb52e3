"""Fill in the missing pixels of a picture by an untrained convolutional decoder, as the deep image prior does.

A fixed random signal of 4×4 points is convolved and enlarged twice to a picture x of 16×16 pixels, and the kernels of
the convolutions are trained until x has the known pixels: A selects them. What training paints elsewhere is decided by
the network and its start (Ulyanov, Vedaldi and Lempitsky 2018, "Deep Image Prior"). Printed for each scale of the
start: the error in the missing pixels, the change of the tangent kernel, and the distance from the limit of lazy
training. The last line has the error of the solution of least norm, which leaves missing pixels black.

    python examples/convolutional_decoder.py
    python examples/convolutional_decoder.py --steps 20000 --known 0.3
"""

from __future__ import annotations

import argparse

import jax
import jax.numpy as jnp
import numpy as np

import ridgeless as rl

SIDE, CHANNELS = 16, 12
SCALES = (0.5, 1.0, 2.0, 4.0)


def main() -> None:
    """Print one line for each scale, and one for the solution of least norm."""
    options = parsed()
    system, missing = picture_with_holes(options.known, options.seed)
    network = decoder(options.seed)
    flow = rl.flows.Adam(step_size=options.step_size, max_steps=options.steps)
    print(f"{system!r}; a decoder of two layers of {CHANNELS} channels")
    print(f"{'scale':>10} {'residual':>9} {'error':>7} {'kernel change':>14} {'lazy distance':>14}  status")
    runs = rl.train_batch(system, network, [rl.inits.Gaussian(scale) for scale in SCALES], flow, tol=options.tol)
    for scale, run in zip(SCALES, runs, strict=True):
        change, distance = kernel_change(system, network, run), lazy_distance(system, network, run)
        shown = f"{scale:10g} {run.residual:9.1e} {error(system, run.x, missing):7.3f} {change:14.3f} {distance:14.3f}"
        print(f"{shown}  {run.status.name}")
    least = error(system, system.min_norm(), missing)
    print(f"{'least norm':>10} {0.0:9.1e} {least:7.3f}")


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="A deep image prior, by the scale of its start.")
    parser.add_argument("--known", type=float, default=0.5, help="the part of the pixels that are known")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--step-size", type=float, default=3e-3)
    parser.add_argument("--tol", type=float, default=2e-2, help="of the residual in the known pixels")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def picture_with_holes(known: float, seed: int) -> tuple[rl.LinearSystem, np.ndarray]:
    """The system that asks for the known pixels of a disc on a slope, and a mask of the missing ones."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / (SIDE - 1)
    picture = 0.3 * columns + 0.7 * ((rows - 0.5) ** 2 + (columns - 0.45) ** 2 < 0.1)
    is_known = np.random.default_rng(seed).random(SIDE * SIDE) < known
    A = np.eye(SIDE * SIDE)[is_known]
    return rl.LinearSystem(A, A @ picture.ravel(), truth=picture.ravel(), name="picture with holes"), ~is_known


def decoder(seed: int) -> rl.networks.Function:
    """Twice: convolve, cut off below 0, enlarge to double size; then convolve to one channel."""
    signal = np.random.default_rng(seed).standard_normal((1, SIDE // 4, SIDE // 4, CHANNELS))

    def convolved(picture: jnp.ndarray, kernel: jnp.ndarray) -> jnp.ndarray:
        return jax.lax.conv_general_dilated(picture, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    def picture(theta: dict) -> jnp.ndarray:
        layer = jnp.asarray(signal)
        for kernel in theta["kernels"]:
            layer = jnp.maximum(convolved(layer, kernel), 0.0)
            layer = jax.image.resize(layer, (1, 2 * layer.shape[1], 2 * layer.shape[2], CHANNELS), "linear")
        return convolved(layer, theta["last"]).ravel()

    shapes = {"kernels": [(3, 3, CHANNELS, CHANNELS)] * 2, "last": (3, 3, CHANNELS, 1)}
    return rl.networks.Function(picture, shapes)


def error(system: rl.LinearSystem, x: np.ndarray, missing: np.ndarray) -> float:
    """‖x − truth‖/‖truth‖ over the missing pixels."""
    truth = np.asarray(system.truth)
    return float(np.linalg.norm((x - truth)[missing]) / np.linalg.norm(truth[missing]))


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
