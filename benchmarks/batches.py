"""Many trainings as one program, beside one after another."""

from __future__ import annotations

import numpy as np

import ridgeless as rl
from benchmarks.table import Table, timed

_EQUATIONS, _UNKNOWNS, _WIDTH, _STEPS = 20, 200, 30, 2000
_SCALES = tuple(float(scale) for scale in np.geomspace(1e-2, 1, 5))
_SEEDS = range(20)
_TOLERANCE = 1e-14


def run() -> list[Table]:
    """Twenty seeds of five scales."""
    count = len(_SCALES) * len(_SEEDS)
    return [
        Table(
            f"{count} trainings side by side: {_EQUATIONS}×{_UNKNOWNS}, width {_WIDTH}, {_STEPS} steps each",
            "`rl.train_batch` over 20 seeds and 5 scales, beside a loop over `rl.train`; after compilation.",
            ("hidden", "one by one", "side by side", "one by one / side by side", "largest distance of x"),
            tuple(_row(hidden) for hidden in (1, 2)),
        )
    ]


def _row(hidden: int) -> tuple[object, ...]:
    rng = np.random.default_rng(hidden)
    A = rng.standard_normal((_EQUATIONS, _UNKNOWNS)) / np.sqrt(_UNKNOWNS)
    system = rl.LinearSystem(A, rng.standard_normal(_EQUATIONS))
    network = rl.networks.Dense(hidden=hidden, width=_WIDTH)
    inits = [rl.inits.Gaussian(scale) for scale in _SCALES]
    flow = rl.flows.GradientDescent(step_size=0.02, max_steps=_STEPS)

    def one_by_one() -> list[rl.Solution]:
        return [rl.train(system, network, init, flow, _TOLERANCE, seed) for init in inits for seed in _SEEDS]

    def together() -> list[rl.Solution]:
        return rl.train_batch(system, network, inits, flow, _TOLERANCE, _SEEDS)

    rl.train(system, network, inits[0], flow, _TOLERANCE)
    together()
    alone, apart_s = timed(one_by_one)
    batch, batch_s = timed(together)
    distances = [
        float(np.linalg.norm(one.x - other.x) / np.linalg.norm(one.x)) for one, other in zip(alone, batch, strict=True)
    ]
    return hidden, apart_s, batch_s, apart_s / batch_s, max(distances)
