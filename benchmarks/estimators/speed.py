"""Times and peak memory, each in a process of its own: `python -m benchmarks.estimators.speed`, some by --names."""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.estimators import plan
from benchmarks.estimators.families import sparse_strong
from benchmarks.table import Table

_ROOT = Path(__file__).resolve().parents[2]
STORE = _ROOT / "runs" / "estimators-speed.jsonl"
# Fits are repeated this often, or until they took half a minute, and the medians are told.
_REPEATS, _SHORT = 3, 30.0
# Seconds by the clock, of the processor, and what else was seen.
Measured = tuple[float, float, str]


@dataclass(frozen=True)
class Timing:
    """What a measurement came to.

    Attributes:
        name: of the measurement.
        seconds: median, by the clock on the wall.
        processor: seconds of the processor, of the process and its workers, over the fits timed.
        peak_mb: the most memory that its process and its workers held, in MB of 10⁶ bytes.
        note: what else was seen.
    """

    name: str
    seconds: float
    processor: float
    peak_mb: float
    note: str = ""


def _dense(samples: int, features: int) -> tuple[np.ndarray, np.ndarray]:
    """Ten strong features of many, at a signal to noise of 5."""
    rng = np.random.default_rng(plan.seed_of(f"speed {samples}×{features}", 0))
    truth = sparse_strong(rng, features)
    X = truth.features(samples)
    return X, X @ truth.coefficients + np.sqrt(truth.variance / 5) * rng.standard_normal(samples)


def _genes() -> tuple[np.ndarray, np.ndarray]:
    """Riboflavin whole, or where it is absent numbers of its size."""
    from benchmarks.estimators import rows

    return rows.table("riboflavin") if "riboflavin" not in rows.absent() else _dense(71, 4088)


def _timed(fit: Callable[[], Any]) -> Measured:
    seconds: list[float] = []
    processor: list[float] = []
    while len(seconds) < _REPEATS and sum(seconds) < _SHORT:
        spent, began = _processor(), time.perf_counter()
        fit()
        seconds.append(time.perf_counter() - began)
        processor.append(_processor() - spent)
    note = f"median of {len(seconds)}, {min(seconds):.2f} to {max(seconds):.2f} s"
    return statistics.median(seconds), statistics.median(processor), note


def _processor() -> float:
    """Seconds that this process and its workers spent on the processor. Workers are ended, or they would not count."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True)
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _genes_ours(stop: str) -> Measured:
    import ridgeless.estimators as estimators

    X, y = _genes()
    model = estimators.RidgelessRegressorCV(stop=getattr(estimators, stop), points=60, cv=5)
    return _timed(lambda: model.fit(X, y))


def _genes_by(kind: str, **options: Any) -> Measured:
    import sklearn.linear_model

    X, y = _genes()
    model = getattr(sklearn.linear_model, kind)(cv=5, **options)
    return _timed(lambda: model.fit(X, y))


def _wide() -> Measured:
    from ridgeless.estimators import AtTime, Penalty, RidgelessRegressorCV

    X, y = _dense(300, 20_000)
    return _timed(lambda: RidgelessRegressorCV(stop=[AtTime, Penalty], cv=5, n_jobs=2).fit(X, y))


def _wide_stopped() -> Measured:
    from ridgeless.estimators import RidgelessRegressorCV

    X, y = _dense(300, 20_000)
    return _timed(lambda: RidgelessRegressorCV(cv=5, n_jobs=2).fit(X, y))


def _million() -> Measured:
    """Half a million nonzeros in 500 rows of a million features."""
    from scipy import sparse

    from ridgeless.estimators import RidgelessRegressor

    rng = np.random.default_rng(plan.seed_of("speed, a million features", 0))
    X = sparse.random_array((500, 1_000_000), density=1e-3, format="csr", rng=rng, data_sampler=rng.standard_normal)
    y = X[:, np.argsort(np.diff(X.tocsc().indptr))[-10:]].sum(axis=1) + 0.1 * rng.standard_normal(500)
    model = RidgelessRegressor()
    seconds, processor, note = _timed(lambda: model.fit(X, y))
    return seconds, processor, f"{note}; R² on its samples {model.score(X, y):.3f}"


def _path_point() -> Measured:
    """Coefficients of one more point of a path that has been fitted, beside one product with X."""
    from ridgeless.estimators import RidgelessRegressor

    told, taken = [], 0.0
    for features in (10_000, 20_000, 40_000):
        X, y = _dense(300, features)
        path = RidgelessRegressor().fit(X, y).path_
        taken = min(_once(lambda path=path: path.at(len(path) // 2)) for _ in range(20))
        product = min(_once(lambda X=X, y=y: X.T @ y) for _ in range(20))
        told.append(f"p = {features}: {1e3 * taken:.1f} ms, {taken / product:.1f} products Xᵀν")
    return taken, taken, "; ".join(told)


def _once(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# Of each: threads of BLAS are one, processes one but where it says two.
MEASUREMENTS: Mapping[str, Callable[[], Measured]] = {
    "71×4088, 5 folds × 12 scales × 60 points, stopped": lambda: _genes_ours("AtTime"),
    "71×4088, 5 folds × 12 scales × 60 points, penalised": lambda: _genes_ours("Penalty"),
    "71×4088, LassoCV, 5 folds × 100 points": lambda: _genes_by("LassoCV"),
    "71×4088, ElasticNetCV, 5 folds × 7 ratios × 100 points": lambda: _genes_by(
        "ElasticNetCV", l1_ratio=list(plan.NET_RATIOS)
    ),
    "71×4088, LassoLarsCV, 5 folds": lambda: _genes_by("LassoLarsCV"),
    "300×20000, 5 folds × 12 scales, stopped, two processes": _wide_stopped,
    "300×20000, 5 folds × 12 scales, stopped and penalised, two processes": _wide,
    "500×1000000 sparse, density 1e-3, one fit": _million,
    "300×40000, one more point of a path": _path_point,
}


def measure(name: str) -> Timing:
    """One measurement, in a process of its own."""
    line = subprocess.run(
        [sys.executable, "-m", __spec__.name, "--here", name],
        check=True,
        capture_output=True,
        text=True,
        cwd=_ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    ).stdout.splitlines()[-1]
    return Timing(**json.loads(line))


def _here(name: str) -> Timing:
    seconds, processor, note = MEASUREMENTS[name]()
    kilobytes = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Timing(name, seconds, processor, kilobytes * 1024 / 1e6, note)


def read(path: Path = STORE) -> dict[str, Timing]:
    """The last timing of each measurement that there is."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    timings = [Timing(**json.loads(line)) for line in lines]
    return {timing.name: timing for timing in timings if timing.name in MEASUREMENTS}


def table(timings: Mapping[str, Timing]) -> Table:
    """What was measured, and whether the aims are met."""
    shown = [timings[name] for name in MEASUREMENTS if name in timings]
    return Table(
        "Speed",
        "Each in a process of its own, one thread of BLAS. Where seconds are more than those of the processor, the "
        "machine had other work. Peak memory is that of the process, data and imports included, and of its largest "
        "worker.",
        ("measurement", "seconds", "of the processor", "peak MB", "what else"),
        tuple((one.name, one.seconds, one.processor, round(one.peak_mb), one.note) for one in shown),
    )


def aims(timings: Mapping[str, Timing]) -> Table:
    """The aims of speed, each with what was measured."""
    names = list(MEASUREMENTS)
    stopped, lasso, million = names[0], names[2], names[7]
    lines: list[tuple[str, str, str]] = []

    def judge(aim: str, measured: float, limit: float, told: str) -> None:
        lines.append((aim, told, "met" if measured <= limit else "**missed**"))

    def in_time(name: str, limit: float) -> None:
        if name in timings:
            one = timings[name]
            told = f"{one.seconds:.3g} s ({one.processor:.3g} s of the processor)"
            judge(f"{name}: at most {limit:g} s", one.seconds, limit, told)

    in_time(stopped, 2.5)
    if stopped in timings and lasso in timings:
        ratio = timings[stopped].seconds / timings[lasso].seconds
        judge("the same: at most twice LassoCV", ratio, 2, f"{ratio:.3g} times")
    for name in names[5:8]:
        in_time(name, 120 if name == million else 60)
    if million in timings:
        peak = timings[million].peak_mb
        judge("the same: under 2 GiB", peak, 2**31 / 1e6, f"{peak:.0f} MB")
    note = "Fixed before the run. Seconds are those of the clock: on a machine that had other work they are too many."
    return Table("Aims of speed", note, ("aim", "measured", "judgement"), tuple(lines))


def main() -> int:
    """Measure what is asked, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", nargs="+", default=list(MEASUREMENTS), choices=list(MEASUREMENTS))
    parser.add_argument("--here", choices=list(MEASUREMENTS), help="in this process")
    asked = parser.parse_args()
    if asked.here:
        print(json.dumps(asdict(_here(asked.here))))
        return 0
    STORE.parent.mkdir(exist_ok=True)
    for name in asked.names:
        timing = measure(name)
        with STORE.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(timing), ensure_ascii=False) + "\n")
        print(f"{name}: {timing.seconds:.2f} s, {timing.peak_mb:.0f} MB; {timing.note}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
