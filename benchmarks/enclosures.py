"""How long a proof takes: rigorous balls around limits, by size and depth. `python -m benchmarks.enclosures`."""

from __future__ import annotations

import numpy as np

import ridgeless as rl
from benchmarks.table import Table, timed

_SIZES = ((10, 40), (50, 500), (200, 1000))
_CASES = ((2, 1e-4), (2, 1e-30), (3, 1e-4), (5, 1e-10))


def run() -> list[Table]:
    """Sparse recovery in Gaussian systems: from the answer in float64, which took `limit`, to 15 proved digits."""
    rows = [_row(n, d, depth, scale) for n, d in _SIZES for depth, scale in _CASES]
    note = (
        "Seconds on one thread. `limit` is `rl.limit`, `enclose` the proof that starts from it, `distance` the proved "
        "‖x − x∞‖/‖x‖ of the answer in float64. b = A x with n/3 entries in x, so that the last bits of b take part."
    )
    header = ("equations", "unknowns", "depth", "scale", "limit", "enclose", "bits", "Newton steps", "distance")
    return [Table("Rigorous enclosures", note, header, tuple(rows))]


def _row(equations: int, unknowns: int, depth: int, scale: float) -> tuple[object, ...]:
    rng = np.random.default_rng(np.random.SeedSequence([equations, unknowns, depth]))
    A, truth = rng.standard_normal((equations, unknowns)), np.zeros(unknowns)
    truth[: equations // 3] = rng.standard_normal(equations // 3)
    system, network = rl.LinearSystem(A, A @ truth), rl.networks.Difference(depth)
    limit, limit_s = timed(rl.limit, system, network, rl.inits.Constant(scale))
    found, enclose_s = timed(rl.certificates.enclose, limit)
    distance = found.distance(limit.x)[1]
    return equations, unknowns, depth, scale, limit_s, enclose_s, found.bits, found.steps, distance


if __name__ == "__main__":
    for table in run():
        print(table.markdown())
