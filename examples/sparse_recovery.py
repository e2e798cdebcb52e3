"""Recover a sparse vector from too few measurements, by the scale of the initialization alone.

A x = b has a random A, fewer equations than unknowns, and a solution with few nonzero entries. One network is started
from smaller and smaller weights, and the end of each training is computed exactly, without training. Large starts end
at the solution of least ℓ2 norm, small ones near that of least ℓ1 norm, which linear programming finds as well.

    python examples/sparse_recovery.py
    python examples/sparse_recovery.py --equations 30 --depth 3
"""

from __future__ import annotations

import argparse

import numpy as np
import scipy.optimize

import ridgeless as rl


def main() -> None:
    """Print one line for each scale, and one for each of the two ends."""
    options = parsed()
    system = rl.systems.GaussianSparse(options.equations, options.unknowns, options.nonzeros).system(options.seed)
    network = rl.networks.Difference(options.depth)
    print(f"{system!r}, {options.nonzeros} of them nonzero; {network}")
    print(f"{'start':>12} {'‖x‖₁':>9} {'‖x‖₂':>9} {'error':>9}  certificate")
    for scale in (1e2, 1.0, 1e-1, 1e-2, 1e-4, 1e-8):
        solution = rl.limit(system, network, rl.inits.Constant(scale))
        show(f"{scale:g}", system, solution.x, rl.certify(solution).verdict.value)
    show("least ℓ2", system, system.min_norm(), "")
    show("least ℓ1", system, basis_pursuit(system.A, system.b), "")


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Sparse recovery by the scale of the initialization.")
    parser.add_argument("--equations", type=int, default=60)
    parser.add_argument("--unknowns", type=int, default=200)
    parser.add_argument("--nonzeros", type=int, default=8)
    parser.add_argument("--depth", type=int, default=2, choices=(1, 2, 3, 4), help="D in x = u^D − v^D")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def show(label: str, system: rl.LinearSystem, x: np.ndarray, verdict: str) -> None:
    """Norms of x, and its distance to the truth relative to the size of the truth."""
    error = np.linalg.norm(x - system.truth) / np.linalg.norm(system.truth)
    print(f"{label:>12} {np.abs(x).sum():9.4f} {np.linalg.norm(x):9.4f} {error:9.1e}  {verdict}".rstrip())


def basis_pursuit(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    """argmin ‖x‖₁ over A x = b, with x split into its positive and negative parts."""
    costs = np.ones(2 * A.shape[1])
    parts = scipy.optimize.linprog(costs, A_eq=np.hstack([A, -A]), b_eq=b, bounds=(0, None)).x
    positive, negative = np.split(parts, 2)
    return positive - negative


if __name__ == "__main__":
    main()
