"""Run the table of limits and write benchmarks/LIMITS.md: `make bench-limits`, or `python -m benchmarks.limits`."""

from __future__ import annotations

import multiprocessing
import os
import platform
from importlib import metadata
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.limits.problems import Case, cases
from benchmarks.limits.solvers import MOST_SECONDS, OTHERS, OURS, SECONDS, Solver
from benchmarks.table import Table, timed

_RESULTS = Path(__file__).parents[1] / "LIMITS.md"
_PACKAGES = ("numpy", "scipy", "scikit-learn", "clarabel", "spgl1", "celer")
# What takes less than a second is timed this often, and the median is told.
_REPEATS = 5
_NOTE = (
    "Construction of the system included; one thread of BLAS for all. `excess` is ‖x‖₁ over the least ‖x‖₁ that any "
    "solver reached with a residual below 1e-8, less one: scale 1e-8 has one by its nature, since its limit is not the "
    "ℓ1 solution but near it. `over scale 1e-8` and `over scale → 0` are times divided by ours; `products` are "
    f"times in units of one A·x. A solver that is not done after {MOST_SECONDS:.0f} s is stopped: its row ends in nan."
)
_HEADER = (
    "solver",
    "seconds",
    "over scale 1e-8",
    "over scale → 0",
    "products",
    "relative ℓ1 excess",
    "residual",
    "nonzeros",
)


def main() -> None:
    """Print and write the tables as they come: the whole takes half an hour."""
    for solve in OURS.values():  # the first call pays for imports
        solve(np.random.default_rng(0).standard_normal((20, 60)), np.ones(20))
    lines = ["# Limits", "", "Written by `make bench-limits`.", "", _machine(), ""]
    for case in cases():
        text = _table(case).markdown()
        print(text, flush=True)
        lines += [text, ""]
        _RESULTS.write_text("\n".join(lines), encoding="utf-8")


def _table(case: Case) -> Table:
    answers = {name: _answer(solve, case) for name, solve in OURS.items()}
    answers |= {name: _answer_in_time(solve, case) for name, solve in OTHERS.items()}
    shortest = min(float(np.abs(x).sum()) for x, _ in answers.values() if _residual(case, x) < 1e-8)
    finite, vanishing = (answers[name][1] for name in OURS)
    product = _product(case)
    rows = tuple(
        (
            name,
            seconds,
            seconds / finite,
            seconds / vanishing,
            seconds / product,
            float(np.abs(x).sum()) / shortest - 1,
            _residual(case, x),
            int(np.sum(np.abs(x) > 1e-6 * np.abs(x).max())),
        )
        for name, (x, seconds) in answers.items()
    )
    return Table(case.name, _NOTE, _HEADER, rows)


def _answer(solve: Solver, case: Case) -> tuple[np.ndarray, float]:
    x, first = timed(solve, case.A, case.b)
    if first > 1:
        return x, first
    return x, median([first, *(timed(solve, case.A, case.b)[1] for _ in range(_REPEATS - 1))])


def _answer_in_time(solve: Solver, case: Case) -> tuple[np.ndarray, float]:
    """The same in a process of its own, which can be stopped."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    worker = fork.Process(target=lambda: there.send(_answer(solve, case)))
    worker.start()
    try:
        if here.poll(MOST_SECONDS):
            return here.recv()
        return np.full(case.A.shape[1], np.nan), MOST_SECONDS
    finally:
        worker.kill()
        worker.join()


def _product(case: Case) -> float:
    """Seconds of one A·x, the best of many."""
    x = np.ones(case.A.shape[1])
    return min(timed(case.A.__matmul__, x)[1] for _ in range(20))


def _residual(case: Case, x: np.ndarray) -> float:
    return float(np.linalg.norm(case.A @ x - case.b) / np.linalg.norm(case.b))


def _machine() -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _PACKAGES)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{machine}, {versions}. Solvers that take a time limit have {SECONDS:.0f} s."


if __name__ == "__main__":
    main()
