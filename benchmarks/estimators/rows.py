"""The rows of the tables: data sets, each with its splits into training and test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.estimators import plan
from benchmarks.estimators.families import FAMILIES, Family

# What cannot travel with the package lies here; rows whose data are absent are left out, which the table says.
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"


@dataclass(frozen=True, eq=False)
class Split:
    """What a method is trained on, and what it is tested on."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


@dataclass(frozen=True)
class Row:
    """A data set.

    Attributes:
        name: as the table shows it.
        draw: the split of a number.
        overlap: test over training samples where splits overlap, 0 where they are independent.
        standardize: whether features are brought to unit variance, by every method.
        floor: the least penalty of ℓ1 methods, over the one at which all coefficients are 0.
        is_classified: whether the target is a class, 0 or 1.
    """

    name: str
    draw: Callable[[int], Split]
    overlap: float
    standardize: bool = True
    floor: float = plan.FLOOR
    is_classified: bool = False


# The seed of a split of a row, by its name and number.
Seeds = Callable[[str, int], np.random.SeedSequence]


def rows(seeds: Seeds = plan.seed_of) -> list[Row]:
    """All rows whose data are there, drawn by the seeds of the benchmark or by others."""
    drawn = [
        Row(name, partial(_synthetic, name, family, ratio, seeds), overlap=0.0)
        for family_name, family in FAMILIES.items()
        for ratio in plan.SIGNAL_TO_NOISE
        for name in [f"{family_name}, SNR {ratio:g}"]
    ]
    classified = [
        Row(name, partial(_classified, name, FAMILIES[family_name], seeds), overlap=0.0, is_classified=True)
        for family_name in ("sparse strong", "correlated")
        for name in [f"{family_name}, two classes"]
    ]
    real, of_classes = (
        _real(sizes, seeds, is_classified=is_classified)
        for sizes, is_classified in ((plan.REAL, False), (plan.CLASSIFIED, True))
    )
    return [*real, *drawn, *of_classes, *classified]


def absent() -> list[str]:
    """Real data sets that are not on this machine."""
    return [name for name in [*plan.REAL, *plan.CLASSIFIED] if not _is_there(name)]


def _real(sizes: dict[str, plan.Sizes], seeds: Seeds, is_classified: bool) -> list[Row]:
    return [
        Row(
            name,
            partial(_sampled, name, size, seeds),
            overlap=size.test / size.train,
            standardize=name not in plan.SPECTRA,
            floor=plan.FLOOR_OF_SPECTRA if name in plan.SPECTRA else plan.FLOOR,
            is_classified=is_classified,
        )
        for name, size in sizes.items()
        if _is_there(name)
    ]


def _sampled(name: str, size: plan.Sizes, seeds: Seeds, split: int) -> Split:
    """Samples chosen at random, without replacement; of classes, as many of each as there are in the whole."""
    from sklearn.model_selection import train_test_split

    X, y = table(name)
    some, others = train_test_split(
        np.arange(len(y)),
        train_size=size.train,
        test_size=size.test,
        random_state=int(seeds(name, split).generate_state(1)[0]),
        stratify=y if name in plan.CLASSIFIED else None,
    )
    return Split(X[some], y[some], X[others], y[others])


def _synthetic(name: str, family: Family, ratio: float, seeds: Seeds, split: int) -> Split:
    rng = np.random.default_rng(seeds(name, split))
    truth, size = family(rng, plan.FEATURES), plan.SYNTHETIC
    X = truth.features(size.train + size.test)
    # The signal has variance 1, so that no split weighs more than another.
    y = X @ truth.coefficients / np.sqrt(truth.variance) + rng.standard_normal(len(X)) / np.sqrt(ratio)
    return Split(X[: size.train], y[: size.train], X[size.train :], y[size.train :])


def _classified(name: str, family: Family, seeds: Seeds, split: int) -> Split:
    rng = np.random.default_rng(seeds(name, split))
    truth, size = family(rng, plan.FEATURES), plan.CLASSIFIED_SYNTHETIC
    X = truth.features(size.train + size.test)
    odds = plan.LOG_ODDS / np.sqrt(truth.variance) * (X @ truth.coefficients)
    y = (rng.random(len(X)) < 1 / (1 + np.exp(-odds))).astype(int)
    return Split(X[: size.train], y[: size.train], X[size.train :], y[size.train :])


def _is_there(name: str) -> bool:
    if name in _OF_CHEMOTOOLS:
        return find_spec("chemotools") is not None
    return name not in _FILES or (SHARED / _FILES[name]).exists()


@cache
def table(name: str) -> tuple[np.ndarray, np.ndarray]:
    """A real data set whole: X and y."""
    X, y = _LOADERS[name]()
    return np.ascontiguousarray(X, dtype=float), np.asarray(y)


def _of_archive(file: str, features: str, target: str) -> tuple[np.ndarray, np.ndarray]:
    with np.load(SHARED / file) as archive:
        return archive[features], archive[target].astype(float)


def _fermentation() -> tuple[np.ndarray, np.ndarray]:
    """Slopes of near-infrared spectra, and glucose, of a fermentation."""
    from chemotools.datasets import load_fermentation_train

    spectra, glucose = load_fermentation_train()
    waves = np.asarray(spectra.columns, dtype=float)
    first, last = np.searchsorted(waves, plan.FERMENTATION_WAVENUMBERS)
    slopes = _slopes(np.asarray(spectra)[:, first:last], plan.FERMENTATION_WINDOW)
    return slopes, np.asarray(glucose, dtype=float).ravel()


def _coffee() -> tuple[np.ndarray, np.ndarray]:
    """Slopes of infrared spectra of coffee, each brought to mean 0 and variance 1: from Ethiopia, or from elsewhere."""
    from chemotools.datasets import load_coffee

    spectra, labels = load_coffee()
    X = np.asarray(spectra, dtype=float)
    normal = (X - X.mean(axis=1, keepdims=True)) / X.std(axis=1, keepdims=True)
    return _slopes(normal, plan.COFFEE_WINDOW), (np.asarray(labels).ravel() == "Ethiopia").astype(int)


def _slopes(spectra: np.ndarray, window: int) -> Any:
    """First derivatives of parabolas that fit each window (Savitzky and Golay 1964)."""
    from scipy.signal import savgol_filter

    return savgol_filter(spectra, window, polyorder=2, deriv=1, axis=1)


def _breast_cancer() -> Any:
    from sklearn.datasets import load_breast_cancer

    return load_breast_cancer(return_X_y=True)


def _diabetes() -> Any:
    """All 285 products of up to three of the ten features."""
    from sklearn.datasets import load_diabetes
    from sklearn.preprocessing import PolynomialFeatures, scale

    X, y = load_diabetes(return_X_y=True)
    return PolynomialFeatures(3, include_bias=False).fit_transform(scale(X)), y


_OF_CHEMOTOOLS = ("fermentation", "coffee")
_FILES = {"riboflavin": "riboflavin.npz"} | dict.fromkeys(("yarn", "ethanol", "tecator", "corn"), "spectra.npz")
_LOADERS: dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]] = {
    "riboflavin": partial(_of_archive, "riboflavin.npz", "x", "y"),
    **{n: partial(_of_archive, "spectra.npz", f"{n}_x", f"{n}_y") for n in ("yarn", "ethanol", "tecator", "corn")},
    "fermentation": _fermentation,
    "diabetes, cubic": _diabetes,
    "breast cancer": _breast_cancer,
    "coffee": _coffee,
}
