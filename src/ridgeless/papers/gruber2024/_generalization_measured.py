"""Held-out error of interpolating solutions on measured data with more features than samples."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from ridgeless import inits
from ridgeless._core.arrays import Dual, Matrix, Vector
from ridgeless.networks import Difference
from ridgeless.papers import _sweeps
from ridgeless.papers.base import PaperProgress
from ridgeless.papers.gruber2024._generalization_baselines import are_installed, baselines
from ridgeless.papers.gruber2024._generalization_synthetic import Swept, checked_residual
from ridgeless.systems import LinearSystem, read_system
from ridgeless.verbs.limit import limit

DEPTHS = (2, 3)
# Of x, in units of the largest entry of A⁺b; u = v = scale^(1/D).
SCALES = np.geomspace(1e-6, 1e2, 5)
# Noise that is added to the training targets of every split, this often.
_DRAWS = 5
# The folder with measurements that may not be redistributed; beside the working directory unless this is set.
_FOLDER = "RIDGELESS_DATA"
_BESIDE = "../shared/data"
_FILE = "riboflavin.npz"
_SEED = 240202454  # arXiv number: this file's draws are no other file's

HeldOutRows = Float[np.ndarray, "m d"]
Expanded = Float[np.ndarray, "n more"]


@dataclass(frozen=True)
class Measurements:
    """Samples with features and one target.

    Attributes:
        name: of the data.
        source: who measured what.
        features: (samples, raw features).
        targets: (samples,).
        training: how many samples are trained on: fewer than half as many as there are unknowns.
        expanded: the unknowns, from standardised features.
    """

    name: str
    source: str
    features: Float[np.ndarray, "samples features"]
    targets: Float[np.ndarray, " samples"]
    training: int
    expanded: Callable[[Matrix], Expanded]


@dataclass(frozen=True)
class HeldOut:
    """Squared error on held-out samples over that of the training mean, for each split.

    Attributes:
        name: of the data.
        source: who measured what.
        shape: (training samples, unknowns).
        tested: how many samples were held out.
        swept: `Difference` networks by depth.
        shortest: (splits,) error of A⁺b.
        gain: (splits,) ‖A_test A⁺‖_F² over the samples held out: the variance that noise of variance 1 in the training
            targets has in the predictions of A⁺b.
        added: (splits,) what noise in the training targets adds to the squared error of a large start, over the noise's
            variance times `gain`.
        added_error: (splits,) the standard deviation of `added` over such noise, from the features alone.
        others: (splits,) of the methods of scikit-learn, by name.
    """

    name: str
    source: str
    shape: tuple[int, int]
    tested: int
    swept: list[Swept]
    shortest: Float[np.ndarray, " splits"]
    gain: Float[np.ndarray, " splits"]
    added: Float[np.ndarray, " splits"]
    added_error: Float[np.ndarray, " splits"]
    others: dict[str, Float[np.ndarray, " splits"]]


def run(splits: int, progress: PaperProgress, folder: Path | None = None) -> tuple[list[HeldOut], list[str]]:
    """Held-out errors on each data set that is there, and a sentence for each that is not."""
    found, left_out = measurements(data_folder() if folder is None else folder)
    return [held_out(data, splits) for data in _sweeps.announced(progress, "Generalization: {0.name}", found)], left_out


def data_folder() -> Path:
    """The folder of data sets that are not distributed with the package."""
    return Path(os.environ.get(_FOLDER, _BESIDE))


def measurements(folder: Path) -> tuple[list[Measurements], list[str]]:
    """The data sets that are there, and why others are not."""
    found, left_out = [], []
    if (folder / _FILE).is_file():
        found.append(_riboflavin(folder / _FILE))
    else:
        left_out.append(
            f"Riboflavin was left out: there is no {_FILE} in {folder.as_posix()}. Set {_FOLDER} to the folder that "
            "holds it."
        )
    if are_installed():
        found += [_diabetes(), _breast_cancer()]
    else:
        left_out.append(
            "Diabetes, breast cancer, LassoCV and RidgeCV were left out: they come with scikit-learn, which is not "
            'installed. Type pip install "ridgeless[bench]".'
        )
    return found, left_out


def _riboflavin(path: Path) -> Measurements:
    system = read_system(path)
    source = "its production by B. subtilis, from the expression of genes; Bühlmann, Kalisch and Meier 2014"
    return Measurements("riboflavin", source, system.rows(), system.b, training=50, expanded=lambda rows: rows)


def _diabetes() -> Measurements:
    from sklearn.datasets import load_diabetes

    loaded: Any = load_diabetes(return_X_y=True, scaled=False)
    features, targets = loaded
    source = "its progression, from ten measurements and their products in pairs; Efron et al. 2004"
    return Measurements("diabetes", source, features, targets, training=25, expanded=_with_products)


def _breast_cancer() -> Measurements:
    from sklearn.datasets import load_breast_cancer

    loaded: Any = load_breast_cancer(return_X_y=True)
    features, labels = loaded
    source = "malignant or benign, as ±1, from thirty measurements and their products in pairs; Street et al. 1993"
    return Measurements("breast cancer", source, features, 2.0 * labels - 1.0, training=100, expanded=_with_products)


def held_out(data: Measurements, splits: int) -> HeldOut:
    """Every method on the same random splits."""
    errors: dict[str, list[Any]] = {}
    shape, tested = (0, 0), 0
    for index in range(splits):
        rng = np.random.default_rng(np.random.SeedSequence([_SEED, 13, index]))
        order = rng.permutation(len(data.targets))
        train, test = order[: data.training], order[data.training :]
        noise = np.random.default_rng(np.random.SeedSequence([_SEED, 14, index]))
        row, shape = _split(data, train, test, noise)
        tested = len(test)
        for name, value in row.items():
            errors.setdefault(name, []).append(value)
    columns = {name: np.array(values) for name, values in errors.items()}
    shortest, gain, added, error = (columns.pop(name) for name in ("shortest", "gain", "added", "added error"))
    swept = [Swept(depth, *np.moveaxis(columns.pop(f"depth {depth}"), 1, 0)) for depth in DEPTHS]
    return HeldOut(data.name, data.source, shape, tested, swept, shortest, gain, added, error, columns)


def _split(
    data: Measurements, train: Any, test: Any, rng: np.random.Generator
) -> tuple[dict[str, Any], tuple[int, int]]:
    """Errors of every method on one split, and the shape of the system."""
    rows, others = _prepared(data, train, test)
    mean = float(data.targets[train].mean())
    system = LinearSystem(rows, data.targets[train] - mean)
    wanted = data.targets[test] - mean

    def error(x: Vector, intercept: float = 0.0) -> float:
        return float(np.sum((others @ x + intercept - wanted) ** 2) / np.sum(wanted**2))

    shortest = system.min_norm()
    predicts = others @ np.linalg.pinv(rows)
    gain = float(np.sum(predicts**2)) / len(test)
    noise = float(system.b.std()) * rng.standard_normal((_DRAWS, len(train)))
    # Centred rows can fit no mean, and A⁺ does not see it.
    noise -= noise.mean(axis=1, keepdims=True)
    found: dict[str, Any] = {
        "shortest": error(shortest),
        "gain": gain,
        "added": float(np.mean([_added(system, others, draw) for draw in noise]) / np.var(system.b) / gain),
        "added error": float(np.sqrt(2 * np.sum((predicts @ predicts.T) ** 2) / _DRAWS) / np.sum(predicts**2)),
    }
    for depth in DEPTHS:
        limits = [_limit(system, depth, scale) for scale in SCALES]
        found[f"depth {depth}"] = ([error(one.x) for one in limits], [checked_residual(one) for one in limits])
    fitted = baselines(rows, system.b)
    return found | {name: error(*one) for name, one in fitted.items()}, rows.shape


def _limit(system: LinearSystem, depth: int, scale: float) -> Any:
    """The limit of x = u^D − v^D from u^D = v^D = scale·max|A⁺b|."""
    start = float(scale * np.abs(system.min_norm()).max()) ** (1 / depth)
    return limit(system, Difference(depth), inits.Constant(start))


def _added(system: LinearSystem, others: HeldOutRows, noise: Dual) -> float:
    """Mean square of what noise in the targets adds to predictions from the largest start, of depth 2.

    Of two starts with opposite noise, half the difference: what they fit without noise drops out.
    """
    ends = [_limit(LinearSystem(system.rows(), system.b + signed), DEPTHS[0], SCALES[-1]) for signed in (noise, -noise)]
    is_there = float(np.prod([1.0 + 0 * checked_residual(end) for end in ends]))
    return is_there * float(np.mean((others @ (ends[0].x - ends[1].x) / 2) ** 2))


def _prepared(data: Measurements, train: Any, test: Any) -> tuple[Matrix, HeldOutRows]:
    """Unknowns of both parts, with mean 0 and variance 1 on the training part, which alone is looked at for that."""
    rows, others = _standardised(data.features[train], data.features[test])
    return _standardised(data.expanded(rows), data.expanded(others))


def _standardised(rows: Matrix, others: HeldOutRows) -> tuple[Matrix, HeldOutRows]:
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    return (rows - mean) / spread, (others - mean) / spread


def _with_products(rows: Matrix) -> Expanded:
    first, second = np.triu_indices(rows.shape[1], 1)
    return np.hstack([rows, rows[:, first] * rows[:, second]])
