"""A sweep as one study, beside one process a cell and beside a loop in NumPy: benchmarks/SWEEPS.md.

64 scales × 3 depths × 20 seeds on 40×200 systems, each cell a gradient descent of 5000 steps and an exact limit. The
study is run whole, on one process and on two workers. The others run a sample of its cells, spread over scales, depths
and seeds, and their rate is that of the sample: the whole would take most of a day. The loop in NumPy runs its sample
after each of the studies, so that what else the machine does meets both.

Run it by `make bench-sweeps`, which gives every process one thread of BLAS.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import ridgeless as rl
from benchmarks.table import Table
from ridgeless.studies.config import read_configuration
from ridgeless.studies.dataset import make_layout
from ridgeless.studies.estimate import estimate
from ridgeless.studies.plan import make_plan

_STEPS = 5000
_PROCESSES = 6
_TARGET = Path(__file__).with_name("SWEEPS.md")
_NOTE = (
    "64 scales × 3 depths × 20 seeds on 40×200 systems with 5 nonzeros: gradient descent of at most 5000 steps, and "
    "the exact limit, of each. `rl.study` computes residuals, certificates and measures too, and stores them; the "
    "others compute x alone. Rates of sampled rows are those of the sample; that of the loop is over three runs of it, "
    "one after each study, and each study is compared with the run after it. BLAS has one thread a process."
)
_ALONE = """
import sys
import ridgeless as rl
seed, depth, scale = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
system = rl.systems.GaussianSparse(equations=40, unknowns=200, nonzeros=5).system(seed)
network, init = rl.networks.Difference(depth), rl.inits.Constant(scale)
rl.limit(system, network, init, seed=seed)
rl.train(system, network, init, rl.flows.GradientDescent(max_steps=5000), seed=seed)
"""


def configuration(scales: int, seeds: int, depths: tuple[int, ...] = (2, 3, 4)) -> dict[str, Any]:
    """The study."""
    return {
        "name": "sweep",
        "problem": {"name": "GaussianSparse", "equations": 40, "unknowns": 200, "nonzeros": 5},
        "seeds": {"count": seeds},
        "runs": [
            {
                "network": {"name": "Difference", "depth": list(depths)},
                "init": {"name": "Constant", "scale": {"logspace": [10.0, 1e-4], "count": scales}},
                "methods": ["limit", {"flow": "GradientDescent", "max_steps": _STEPS}],
            }
        ],
    }


def of_study(config: dict[str, Any], workers: int | None) -> tuple[xr.Dataset, float]:
    """The study into a new store, and its seconds, start of workers and compilation included."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        found = rl.study(config, store=Path(folder) / "sweep.zarr", workers=workers)
        return found, time.perf_counter() - began


def one_process_each(cells: list[tuple[int, int, float]]) -> float:
    """Seconds of a process for each cell, one after another."""
    began = time.perf_counter()
    for seed, depth, scale in cells:
        subprocess.run([sys.executable, "-c", _ALONE, str(seed), str(depth), repr(scale)], check=True)
    return time.perf_counter() - began


def numpy_loop(cells: list[tuple[int, int, float]], steps_of: dict[tuple[int, int, float], tuple[float, int]]) -> float:
    """Seconds of gradient descent in NumPy, with the study's step sizes and numbers of steps, and of `rl.limit`."""
    systems = {
        seed: rl.systems.GaussianSparse(equations=40, unknowns=200, nonzeros=5).system(seed) for seed, _, _ in cells
    }
    began = time.perf_counter()
    for seed, depth, scale in cells:
        system = systems[seed]
        rl.limit(system, rl.networks.Difference(depth), rl.inits.Constant(scale))
        _descend(np.asarray(system.A), system.b, depth, scale, *steps_of[seed, depth, scale])
    return time.perf_counter() - began


def _descend(A: np.ndarray, b: np.ndarray, depth: int, scale: float, step_size: float, steps: int) -> np.ndarray:
    u, v = np.full(A.shape[1], scale), np.full(A.shape[1], scale)
    bound = (1e-8 * np.linalg.norm(b)) ** 2
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            residual = A @ (u**depth - v**depth) - b
            if not residual @ residual > bound:
                break
            slope = depth * (A.T @ residual)
            u, v = u - step_size * slope * u ** (depth - 1), v + step_size * slope * v ** (depth - 1)
    return u**depth - v**depth


def main() -> int:
    """Run everything, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scales", type=int, default=64)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--out", type=Path, default=_TARGET)
    asked = parser.parse_args()
    config = configuration(asked.scales, asked.seeds)
    cost = estimate(make_layout(make_plan(read_configuration(config))))
    rows: list[tuple[str, int, float, float]] = []
    loops_s, found, cells, steps_of = [], None, [], {}
    for workers in (None, 1, 2):
        found, seconds = of_study(config, workers)
        label = "rl.study, this process" if workers is None else f"rl.study, {workers} worker{'s' * (workers > 1)}"
        if not cells:
            cells, steps_of = _sample(found, asked.sample)
        loops_s.append(numpy_loop(cells, steps_of))
        rows.append((label, cost.cells, seconds, 2 * len(cells) / loops_s[-1]))
    assert found is not None  # noqa: S101 - for the type checker
    of_loops = 2 * len(cells) * len(loops_s)
    rows.append(("a loop in NumPy (sample)", of_loops, sum(loops_s), of_loops / sum(loops_s)))
    few = cells[:_PROCESSES]
    rows.append(("one process a cell (sample)", 2 * len(few), one_process_each(few), of_loops / sum(loops_s)))
    text = _table(rows, found, cost.process_bytes).markdown()
    print(text)
    asked.out.write_text(f"# Sweeps\n\n`make bench-sweeps`, {_machine()}\n\n{text}", encoding="utf-8")
    return 0


def _sample(
    found: xr.Dataset, count: int
) -> tuple[list[tuple[int, int, float]], dict[tuple[int, int, float], tuple[float, int]]]:
    """Cells spread over the grid, each with the step size and the number of steps that the study took."""
    rng = np.random.default_rng(0)
    labels = [
        (s, d, k)
        for s in range(found.sizes["seed"])
        for d in range(found.sizes["depth"])
        for k in range(found.sizes["scale"])
    ]
    chosen = [labels[i] for i in rng.choice(len(labels), size=min(count, len(labels)), replace=False)]
    cells, steps_of = [], {}
    for s, d, k in chosen:
        cell = (int(found.seed[s]), int(found.depth[d]), float(found.scale[k]))
        system = rl.systems.GaussianSparse(equations=40, unknowns=200, nonzeros=5).system(cell[0])
        probe = rl.train(
            system, rl.networks.Difference(cell[1]), rl.inits.Constant(cell[2]), rl.flows.GradientDescent(max_steps=1)
        )
        cells.append(cell)
        steps_of[cell] = probe.stats["step_size"], int(found.steps[s, d, k, 1])
    return cells, steps_of


def _table(rows: list[tuple[str, int, float, float]], found: xr.Dataset, estimated_bytes: int) -> Table:
    fastest = max(count / seconds for _, count, seconds, _ in rows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ended = {name: int((found.status.values == name).sum()) for name in ("CONVERGED", "MAX_STEPS", "DIVERGED")}
    told = ", ".join(f"{number} {name}" for name, number in ended.items())
    return Table(
        "A sweep as one study",
        f"{_NOTE} Of {found.status.size} cells: {told}. Peak memory of this process {peak:.0f} MB; the dry run says "
        f"{estimated_bytes / 1e6:.0f} MB.",
        ("route", "cells", "seconds", "cells a second", "this / loop in NumPy", "fastest study / this"),
        tuple(
            (label, count, seconds, count / seconds, count / seconds / of_loop, fastest / (count / seconds))
            for label, count, seconds, of_loop in rows
        ),
    )


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
