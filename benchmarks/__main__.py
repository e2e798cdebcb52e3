"""Run every benchmark and write benchmarks/RESULTS.md: `make bench`, or `python -m benchmarks`."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

from benchmarks import against_convex_solvers, against_descent, batches, reduced_training

_RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> None:
    """Print the tables as they come, then write them."""
    lines = ["# Benchmarks", "", "Written by `make bench`.", "", _machine(), ""]
    for benchmark in (against_convex_solvers, against_descent, reduced_training, batches):
        for table in benchmark.run():
            print(table.markdown(), flush=True)
            lines += [table.markdown(), ""]
    _RESULTS.write_text("\n".join(lines), encoding="utf-8")


def _machine() -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "scipy", "scikit-learn", "jax"))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return f"{machine}, {versions}. Times in seconds."


if __name__ == "__main__":
    main()
