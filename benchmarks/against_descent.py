"""The limit beside our own gradient descent, both at the residual that gradient descent reaches in a minute."""

from __future__ import annotations

import numpy as np

import ridgeless as rl
from benchmarks.table import Table, timed

_EQUATIONS, _UNKNOWNS, _NONZEROS = 200, 1000, 20
_SCALES = (1e-2, 1e-4)
_SECONDS = 60.0
_TRIAL_STEPS = 50_000


def run() -> list[Table]:
    """One system, two scales."""
    problem = rl.systems.FOUND["GaussianSparse"](equations=_EQUATIONS, unknowns=_UNKNOWNS, nonzeros=_NONZEROS)
    drawn = problem.system(0)
    network = rl.networks.Difference(depth=2)
    rows = tuple(_row(drawn.A, drawn.b, network, scale) for scale in _SCALES)
    return [
        Table(
            f"Training against its limit: {_EQUATIONS}×{_UNKNOWNS}, {_NONZEROS} nonzeros",
            f"`Difference(depth=2)`, gradient descent with its default step for {_SECONDS:.0f} s; the limit at the "
            "residual that it reached. Construction of the system included; compilation apart.",
            (
                "scale",
                "steps",
                "residual reached",
                "descent",
                "compilation",
                "limit",
                "descent / limit",
                "limit's residual",
                "distance",
            ),
            rows,
        )
    ]


def _row(A: np.ndarray, b: np.ndarray, network: rl.networks.Difference, scale: float) -> tuple[object, ...]:
    init = rl.inits.Constant(scale)

    def descend(steps: int) -> rl.Solution:
        return rl.train(rl.LinearSystem(A, b), network, init, rl.flows.GradientDescent(max_steps=steps), tol=1e-12)

    descend(_TRIAL_STEPS)  # compiles
    trial = descend(_TRIAL_STEPS)
    steps = int(_SECONDS * trial.stats["steps"] / trial.stats["run_s"])
    trained, taken = timed(lambda: trial if trial.success else descend(steps))
    reached = max(trained.residual, 1e-12)
    exact, ours = timed(lambda: rl.limit(rl.LinearSystem(A, b), network, init, tol=reached))
    distance = float(np.linalg.norm(trained.x - exact.x) / np.linalg.norm(exact.x))
    taken = max(taken, trained.stats["run_s"])
    return (
        scale,
        int(trained.stats["steps"]),
        trained.residual,
        taken,
        trained.stats["compile_s"],
        ours,
        taken / ours,
        exact.residual,
        distance,
    )
