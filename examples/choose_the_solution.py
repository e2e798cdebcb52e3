"""Choose the solution of A x = b that training returns, by the start alone.

One dense network x = W w on one system, from three starts:

- row space: W starts in the row space of A; training ends at A⁺b, the solution of least norm.
- chain: W starts with rank one, aligned with w; training ends at A⁺b plus a multiple of the start's null-space part.
- chosen: W starts in the null space of A, sized so that training ends at a solution picked beforehand, here the
  sparse one (Gruber and Avron 2024, arXiv 2402.02454: the limit as a formula in the start, read backwards).

For each start the network is trained and, independently, its limit is computed; both must agree.

    python examples/choose_the_solution.py
"""

from __future__ import annotations

import argparse

import numpy as np

import ridgeless as rl


def main() -> None:
    """Print, for each start, where training ended and where the theorem says it must."""
    options = parsed()
    system = rl.systems.GaussianSparse(options.equations, options.unknowns, nonzeros=2).system(options.seed)
    network = rl.networks.Dense(hidden=1, width=options.width)
    rng = np.random.default_rng(options.seed)
    starts = {
        "row space": in_row_space(system, options.width, rng),
        "chain": chain(system, options.width, rng),
        "chosen": towards(system.truth, system, rng.standard_normal(options.width)),
    }
    print(f"{system!r}; {network}")
    print(f"{'start':>12} {'to A⁺b':>9} {'to choice':>9} {'training to limit':>18}  certificate of the trained x")
    for name, theta0 in starts.items():
        exact = rl.limit(system, network, theta0)
        trained = rl.train(system, network, theta0, rl.flows.GradientFlow(), tol=1e-10)
        verdict = rl.certify(trained).verdict.value
        distances = (distance(exact.x, x) for x in (system.min_norm(), system.truth, trained.x))
        print("{:>12} {:9.1e} {:9.1e} {:18.1e}  {}".format(name, *distances, verdict))


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="One system, one network, three starts, three solutions.")
    parser.add_argument("--equations", type=int, default=5)
    parser.add_argument("--unknowns", type=int, default=12)
    parser.add_argument("--width", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def in_row_space(system: rl.LinearSystem, width: int, rng: np.random.Generator) -> dict:
    """W = AᵀM: every column of W is in the row space of A."""
    columns = [system.rmatvec(column) for column in rng.standard_normal((width, system.shape[0]))]
    return {"W": [np.column_stack(columns) / 10], "w": rng.standard_normal(width)}


def chain(system: rl.LinearSystem, width: int, rng: np.random.Generator) -> dict:
    """W = g yᵀ and w = 2‖g‖y for a unit vector y: rank one, and w larger than W."""
    direction = rng.standard_normal(width)
    direction /= np.linalg.norm(direction)
    vector = rng.standard_normal(system.shape[1]) / np.sqrt(system.shape[1])
    return {"W": [np.outer(vector, direction)], "w": 2 * np.linalg.norm(vector) * direction}


def towards(target: np.ndarray, system: rl.LinearSystem, w: np.ndarray) -> dict:
    """The start whose training ends at `target`, any solution of the system.

    From a W with no part in the row space, training ends at A⁺b + c·W w with c² = ½(1 + √(1 + 4‖A⁺b‖²/‖w‖⁴)):
    solve for W.
    """
    shortest = system.min_norm()
    square = w @ w
    growth = np.sqrt((1 + np.hypot(1, 2 * np.linalg.norm(shortest) / square)) / 2)
    return {"W": [np.outer(system.project_null(target), w) / (growth * square)], "w": w}


def distance(x: np.ndarray, reference: np.ndarray) -> float:
    """‖x − reference‖/‖reference‖."""
    return float(np.linalg.norm(x - reference) / np.linalg.norm(reference))


if __name__ == "__main__":
    main()
