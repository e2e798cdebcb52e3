"""Record a stock PyTorch loop, and hold it against the limit that theory predicts for its start.

Two vectors u and v are trained by torch.optim.SGD until A(u² − v²) = b; nothing of the loop is ridgeless but two lines.
It is run from several scales. Printed for each: the residual, the distance to the exact limit of gradient flow from the
same start, how much the tangent kernel has changed, and the distance to the limit of lazy training. Small starts end
near the sparse solution, large ones near that of least norm, with a kernel that hardly changes.

    pip install torch
    python examples/pytorch_loop.py
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

import ridgeless as rl

SCALES = (0.03, 0.1, 0.3, 1.0)
NETWORK = rl.networks.Difference(depth=2)


def main() -> None:
    """Print one line for each scale."""
    options = parsed()
    torch = imported()
    system = rl.systems.GaussianSparse(options.equations, options.unknowns, options.nonzeros).system(options.seed)
    print(f"{system!r}; {NETWORK} in PyTorch")
    heading = (
        f"{'scale':>6} {'residual':>9} {'from limit':>11} {'error':>7} {'kernel change':>14} {'lazy distance':>14}"
    )
    print(f"{heading}  status")
    for scale in SCALES:
        run = trained(torch, system, scale, options.steps)
        found, truth = run.solution, np.asarray(system.truth)
        error = np.linalg.norm(found.x - truth) / np.linalg.norm(truth)
        change, distance = kernel_change(system, found), lazy_distance(system, found)
        shown = (
            f"{scale:6g} {found.residual:9.1e} {run.distances[-1]:11.4f} {error:7.3f} {change:14.3f} {distance:14.3f}"
        )
        print(f"{shown}  {found.status.name}")


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="A PyTorch loop, recorded, by the scale of its start.")
    parser.add_argument("--equations", type=int, default=40)
    parser.add_argument("--unknowns", type=int, default=80)
    parser.add_argument("--nonzeros", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def imported() -> Any:
    """PyTorch, or an end that says how to get it."""
    try:
        import torch
    except ImportError:
        raise SystemExit("this example needs PyTorch; type pip install torch") from None
    return torch


def trained(torch: Any, system: rl.LinearSystem, scale: float, steps: int) -> Any:
    """A loop as PyTorch's tutorials write it, and the recording of it."""
    A, b = torch.tensor(np.asarray(system.A)), torch.tensor(system.b)
    u = torch.full((system.shape[1],), scale, dtype=torch.float64, requires_grad=True)
    v = torch.full((system.shape[1],), scale, dtype=torch.float64, requires_grad=True)
    # Half the stability bound at the end, or at the start where that is steeper.
    largest = max(scale**2, float(np.abs(system.truth).max()))
    optimizer = torch.optim.SGD([u, v], lr=1 / (8 * largest * system.spectral_norm**2))
    with rl.record(system, NETWORK, rl.inits.Constant(scale), tol=1e-3) as run:
        run({"u": u, "v": v})
        for _ in range(steps):
            optimizer.zero_grad()
            loss = 0.5 * torch.sum((A @ (u**2 - v**2) - b) ** 2)
            loss.backward()
            optimizer.step()
            run({"u": u, "v": v})
    return run


def kernel_change(system: rl.LinearSystem, found: rl.Solution) -> float:
    """‖K(θ) − K(θ₀)‖/‖K(θ₀)‖ of the tangent kernel K = A J Jᵀ Aᵀ."""
    before, after = (rl.certificates.tangent_kernel(system, NETWORK, theta) for theta in (found.theta0, found.theta))
    return float(np.linalg.norm(after - before) / np.linalg.norm(before))


def lazy_distance(system: rl.LinearSystem, found: rl.Solution) -> float:
    """‖x − x_lazy‖/‖x_lazy‖."""
    lazy = rl.lazy_limit(system, NETWORK, found.theta0).x
    return float(np.linalg.norm(found.x - lazy) / np.linalg.norm(lazy))


if __name__ == "__main__":
    main()
