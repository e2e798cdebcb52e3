"""How `combine="average"` weighs its members, beside other rules: benchmarks/AVERAGES.md.

Run it by `python -m benchmarks.estimators.averages --draws 2`; results are kept in runs/averages.jsonl, and none is
computed twice. It draws the rows of the benchmark by seeds of its own, so that what is learnt here was not learnt from
the splits that the benchmark judges by. All members are fitted once, and each rule weighs their predictions.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

from benchmarks.estimators import plan
from benchmarks.estimators.comparison import geometric_mean, paired
from benchmarks.estimators.methods import INCUMBENTS
from benchmarks.estimators.rows import Row, Split, rows
from benchmarks.table import Table
from ridgeless.estimators import AtTime, Penalty, RidgelessRegressorCV
from ridgeless.estimators._averages import exponential_weights, path_measure
from ridgeless.estimators._cross_validation import (
    Problem,
    Samples,
    Scores,
    by_scale,
    fold_scores,
    predicted,
    problem_of,
    solved_path,
)
from ridgeless.estimators._parameters import DEFAULT_SCALES
from ridgeless.estimators.choosing import family_of, ways_of

_ROOT = Path(__file__).resolve().parents[2]
_ENTROPY, _FOLDS_SEED = 161803, 10_000
# Of the linear incumbents, those that take no minutes.
_BESIDE = ("RidgeCV", "PLS", "LassoLarsCV")
_POINTS, _DECADES = 80, 8.0
_NOTE = (
    "Mean test MSE over that of the best of {others}, on the rows of `make bench-estimators` with draws of their own, "
    "{draws} of each row. Members are depths 2 and 3, stopped and penalised, twelve scales, {points} points. `best` is "
    "one member. `best of each path` is the rule before: Akaike's weights, exp(−n·Δ/(2E)), on the best of each path. "
    "All others weigh all points by exp(−n·Δ/(T·E)): `T` with the measure of the path, T = 4 being what is built in; "
    "`points alike` without it, so that the many points at which a path stands still have the weight. The last line "
    "counts, of rows with two draws or more, those whose mean is within a standard error of the best of the three, or "
    "below."
)


@dataclass(frozen=True, eq=False)
class Members:
    """All members of an average on one draw.

    Attributes:
        scores: their cross-validated errors, infinite where they are not solved, shape (families, scales, points, 1).
        distances: how far predictions moved, of the same shape.
        predictions: of test samples, shape (families, scales, points, samples).
        samples: how many were trained on.
    """

    scores: Scores
    distances: np.ndarray
    predictions: np.ndarray
    samples: int


Rule = Callable[[Members], np.ndarray]


def seed_of(row: str, draw: int) -> np.random.SeedSequence:
    """The seed of a draw of a row."""
    return np.random.SeedSequence(_ENTROPY, spawn_key=(zlib.crc32(row.encode()), draw))


def members(row: Row, data: Split, folds: KFold) -> Members:
    """Every family along every path, in each fold and on all samples."""
    estimator = RidgelessRegressorCV([2, 3], stop=[AtTime, Penalty], standardize=row.standardize)
    samples = Samples(data.X, data.y[:, None], np.ones(len(data.y)))
    families = [family_of(estimator, way) for way in ways_of(estimator)]
    problems = [problem_of(each, samples, np.array(DEFAULT_SCALES), _POINTS, _DECADES) for each in families]
    found = np.array([[fold_scores(problem, samples, *split) for split in folds.split(data.X)] for problem in problems])
    errors, predictions = by_scale(found[:, :, 0], 1), []
    for family, problem in enumerate(problems):
        along, is_solved = _on_all(problem, data.X_test)
        errors[family] = np.where(is_solved[None, ..., None], errors[family], np.inf)
        predictions.append(along)
    known = errors.transpose(0, 1, 3, 2, 4).reshape(found[:, :, 0].shape)
    distances = np.sqrt(by_scale(found[:, :, 1], 1).mean(axis=1))
    return Members(Scores.of_folds(known, 1), distances, np.array(predictions), len(data.y))


def _on_all(problem: Problem, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Predictions of test samples, shape (scales, points, samples), and which are solved, shape (scales, points)."""
    along = [
        (predicted(problem.prepared, problem.lanes, at, X), is_solved)
        for _, at, is_solved in solved_path(problem.family, problem.lanes, problem.grid, problem.orders)
    ]
    return np.array([each for each, _ in along]).transpose(2, 0, 1), np.array([each for _, each in along]).T


def _best(found: Members) -> np.ndarray:
    errors = found.scores.errors[..., 0]
    return (errors == errors.min()).astype(float)


def _of_each_path(found: Members) -> np.ndarray:
    errors = found.scores.errors[..., 0]
    is_least = np.arange(errors.shape[-1]) == errors.argmin(axis=-1)[..., None]
    return np.where(is_least, _exponential(np.where(is_least, errors, np.inf), is_least, found.samples, 2.0), 0.0)


def _exponential(errors: np.ndarray, prior: np.ndarray, samples: int, temperature: float) -> np.ndarray:
    return exponential_weights(errors.ravel(), prior.ravel().astype(float), samples * 4.0 / temperature).reshape(
        errors.shape
    )


def _along(temperature: float) -> Rule:
    def weights(found: Members) -> np.ndarray:
        prior = path_measure(found.distances)[..., 0]
        return _exponential(found.scores.errors[..., 0], prior, found.samples, temperature)

    return weights


def _alike(found: Members) -> np.ndarray:
    return _exponential(found.scores.errors[..., 0], np.ones(found.distances.shape[:-1]), found.samples, 4.0)


RULES: dict[str, Rule] = {
    "best": _best,
    "best of each path": _of_each_path,
    **{f"T = {temperature:g}": _along(temperature) for temperature in (1.0, 2.0, 4.0, 8.0, 16.0)},
    "points alike": _alike,
}


def losses(row: Row, draw: int) -> dict[str, float]:
    """Test MSE of every rule and incumbent."""
    data, folds = row.draw(draw), KFold(plan.FOLDS, shuffle=True, random_state=_FOLDS_SEED + draw)
    with threadpool_limits(limits=1):
        found = members(row, data, folds)
        told = {}
        for name, rule in RULES.items():
            weights = rule(found)
            has = weights > 0
            predicted_by = weights[has] @ found.predictions[has] / weights.sum()
            told[name] = float(np.mean((predicted_by - data.y_test) ** 2))
        for name in _BESIDE:
            model = INCUMBENTS[name](row, folds).fit(data.X, data.y)
            told[name] = float(np.mean((np.ravel(model.predict(data.X_test)) - data.y_test) ** 2))
    return told


def table(found: list[dict[str, Any]]) -> Table:
    """Every row, with the geometric mean over rows."""
    lines, ratios, near = [], [], []
    names = list(dict.fromkeys(one["row"] for one in found))
    overlaps = {row.name: row.overlap for row in rows(seed_of)}
    counts = sorted({sum(one["row"] == name for one in found) for name in names})
    for name in names:
        own = {
            method: np.array([one["losses"][method] for one in found if one["row"] == name])
            for method in (*RULES, *_BESIDE)
        }
        best = min(_BESIDE, key=lambda method, own=own: own[method].mean())
        ratios.append([own[rule].mean() / own[best].mean() for rule in RULES])
        if len(own[best]) > 1:
            beside = [paired(own[rule], own[best], overlaps[name]) for rule in RULES]
            near.append([one.difference <= one.error for one in beside])
        lines.append((name, best, *(f"{ratio:.3f}" for ratio in ratios[-1])))
    means = [geometric_mean(np.maximum(column, 1.0)) for column in np.transpose(ratios)]
    lines.append(("**geometric mean, rows below 1 as 1**", "", *(f"**{mean:.3f}**" for mean in means)))
    if near:
        lines.append(("**rows near the best**", "", *(f"**{count} of {len(near)}**" for count in np.sum(near, axis=0))))
    note = _NOTE.format(others=", ".join(_BESIDE), points=_POINTS, draws=" to ".join(map(str, {counts[0], counts[-1]})))
    return Table("Rules of averaging", note, ("row", "best of the three", *RULES), tuple(lines))


def main() -> int:
    """Run the draws that are missing, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=2, help="of each row, 2 or more")
    parser.add_argument("--rows", nargs="*", metavar="ROW", help="some rows alone")
    parser.add_argument("--store", type=Path, default=_ROOT / "runs" / "averages.jsonl")
    parser.add_argument("--out", type=Path, default=_ROOT / "benchmarks" / "AVERAGES.md")
    asked = parser.parse_args()
    asked.store.parent.mkdir(exist_ok=True)
    lines = asked.store.read_text(encoding="utf-8").splitlines() if asked.store.exists() else []
    found = [json.loads(line) for line in lines]
    done = {(one["row"], one["draw"]) for one in found}
    for draw in range(asked.draws):
        for row in rows(seed_of):
            if row.is_classified or (row.name, draw) in done or (asked.rows and row.name not in asked.rows):
                continue
            found.append({"row": row.name, "draw": draw, "losses": losses(row, draw)})
            with asked.store.open("a", encoding="utf-8") as file:
                file.write(json.dumps(found[-1], ensure_ascii=False) + "\n")
            print(f"{row.name} #{draw}: {found[-1]['losses']}", flush=True)
    text = "# Averages\n\nWritten by `python -m benchmarks.estimators.averages`.\n\n" + table(found).markdown()
    asked.out.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
