"""The pictures of the guides on fitting and predicting, computed and drawn when the manual is built.

By hand: `python docs/guides.py FOLDER`. It takes about a minute.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import LassoCV, RidgeCV, lasso_path
from sklearn.model_selection import cross_val_score

import ridgeless as rl
from ridgeless.estimators import Interpolate, RidgelessRegressor, RidgelessRegressorCV, ridgeless_path
from ridgeless.plots import _axes
from ridgeless.plots._style import INK, applied, line_styles, new_figure

_WIDE = (8.4, 3.9)


def sparse_data(seed: int = 0, samples: int = 60, features: int = 200) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X, y and the truth: four features that matter, signal-to-noise ratio 10."""
    rng = np.random.default_rng(np.random.SeedSequence([15, seed]))
    truth = np.zeros(features)
    truth[:4] = 3.0, -2.0, 1.5, 1.0
    X = rng.standard_normal((samples, features))
    return X, X @ truth + np.sqrt(truth @ truth / 10) * rng.standard_normal(samples), truth


def spectra(seed: int = 0, samples: int = 60, noise: float = 0.05) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Wavelengths, near-infrared spectra of mixtures, and the amount of one of six substances, with noise."""
    rng = np.random.default_rng(np.random.SeedSequence([15, seed]))
    wavelength = np.linspace(1100, 2500, 351)
    peaks = np.array([1190, 1450, 1730, 1940, 2100, 2310])[:, None]
    widths = np.array([40, 60, 45, 70, 90, 50])[:, None]
    amounts = rng.gamma(2.0, 1.0, (samples, len(peaks)))
    drift = 0.3 * rng.standard_normal((samples, 2)) @ np.vstack([np.ones(351), np.linspace(0, 1, 351)])
    absorption = amounts @ np.exp(-0.5 * ((wavelength - peaks) / widths) ** 2)
    X = absorption + drift + 2e-3 * rng.standard_normal((samples, 351))
    return wavelength, X, amounts[:, 1] + noise * rng.standard_normal(samples)


def genes(seed: int = 0, samples: int = 80, features: int = 1000) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Expressions in correlated groups of ten, a response of three genes in three groups, and names."""
    rng = np.random.default_rng(np.random.SeedSequence([15, seed]))
    shared = np.repeat(rng.standard_normal((samples, features // 10)), 10, axis=1)
    X = np.sqrt(0.5) * (shared + rng.standard_normal((samples, features)))
    signal = 1.5 * X[:, 4] - X[:, 124] + X[:, 507]
    return X, signal + 0.7 * rng.standard_normal(samples), [f"gene {index:03d}" for index in range(features)]


@applied()
def lasso_beside_training() -> Figure:
    """The Lasso's path and that of training from a small start, with the truth at the right edge."""
    X, y, truth = sparse_data()
    penalties, paths, _ = lasso_path(X - X.mean(axis=0), y - y.mean(), alphas=100, eps=1e-3)
    course = ridgeless_path(X, y, scale=1e-3, decades=3.0, points=150)
    figure = new_figure(*_WIDE)
    left, right = figure.subplots(1, 2, sharey=True)
    rl.plots.coefficient_path(paths.T, penalties, most=4, clock="penalty of the Lasso, from strong to weak", ax=left)
    assert course.times is not None  # noqa: S101 - it is training
    clock = "training time from a small start"
    rl.plots.coefficient_path(course.coefficients(), course.times, most=4, clock=clock, ax=right)
    for ax in (left, right):
        for value in truth[:4]:
            ax.axhline(value, color=INK, linestyle=":", linewidth=1.0, zorder=1)
        _axes.told_once(ax, "the truth", color=INK, linestyle=":", linewidth=1.0)
        ax.legend(loc="upper left", ncols=2, fontsize=7)
    left.set_ylim(-2.4, 4.4)
    right.set_ylabel("")
    return figure


@applied()
def components_are_steps() -> Figure:
    """PLS and conjugate gradient, and the errors of components and of training time."""
    wavelength, X, y = spectra()
    left, right = (figure := new_figure(*_WIDE)).subplots(1, 2)
    looks = line_styles(["PLS", "steps"])
    PLS = PLSRegression(4, scale=False).fit(X, y).coef_[0]
    steps = trained(X, y, 4)
    left.plot(wavelength, PLS, color=looks["PLS"].colour, label="PLS, 4 components", linewidth=2.4)
    left.plot(
        wavelength[::8],
        steps[::8],
        "o",
        markersize=3.2,
        color=looks["steps"].colour,
        label="4 steps of conjugate gradient",
    )
    left.set(xlabel="wavelength (nm)", ylabel="coefficient")
    left.legend(loc="best")
    _errors_along(right, X, y)
    return figure


def trained(X: np.ndarray, y: np.ndarray, steps: int) -> np.ndarray:
    """Coefficients after some steps of conjugate gradient from zero."""
    system = rl.LinearSystem(X - X.mean(axis=0), y - y.mean())
    start = {"x": np.zeros(X.shape[1])}
    return rl.train(system, rl.networks.Direct(), start, rl.flows.ConjugateGradient(max_steps=steps)).x


def _errors_along(ax: Axes, X: np.ndarray, y: np.ndarray) -> None:
    """Cross-validated errors of PLS along components and of gradient flow along time, on one axis of error."""
    counts = np.arange(1, 16)
    scoring = {"scoring": "neg_root_mean_squared_error", "cv": 5}
    errors = [-cross_val_score(PLSRegression(int(k), scale=False), X, y, **scoring).mean() for k in counts]
    model = RidgelessRegressorCV(depth=1, scales=[1.0]).fit(X, y)
    assert model.path_.times is not None  # noqa: S101 - it is training
    looks = line_styles(["PLS", "flow"])
    ax.plot(counts, errors, "o-", markersize=4, color=looks["PLS"].colour, label="PLS, along components")
    ax.set(xlabel="components", ylabel="cross-validated RMSE (units of y)", yscale="log", ylim=(0.04, 3))
    above = ax.twiny()
    times = model.path_.times
    (line,) = above.plot(times, np.sqrt(model.cv_errors_[0, 0]), color=looks["flow"].colour)
    above.set(xscale="log", xlabel="training time")
    above.grid(visible=False)
    line.set_label("gradient flow, along time")
    ax.legend(handles=[*ax.lines, line], loc="upper right")
    _axes.tick_logarithmic(ax, "y")


@applied()
def genes_by_name() -> Figure:
    """Which scale and stop cross-validation chose, and the largest coefficients."""
    X, y, names = genes()
    import pandas as pd

    model = RidgelessRegressorCV(standardize=True).fit(pd.DataFrame(X, columns=names), y)
    figure = new_figure(9.6, 3.9)
    left, right = figure.subplots(1, 2, width_ratios=(1.3, 1))
    model.plot_cv(ax=left)
    model.plot_coefficients(ax=right, most=6)
    right.set_ylabel("")  # the names say it, and the bar's label stands beside them
    return figure


@applied()
def interpolation_peaks() -> Figure:
    """Test errors of stops along samples per feature, on noisy data."""
    features, seeds = 60, range(3)
    samples = [15, 30, 45, 55, 60, 65, 80, 120, 200]
    names = {
        "interpolation": lambda: RidgelessRegressor(scale=0.1, stop=Interpolate()),
        "RidgelessRegressorCV": RidgelessRegressorCV,
        "LassoCV": lambda: LassoCV(max_iter=100_000),
        "RidgeCV": lambda: RidgeCV(np.logspace(-3, 4, 30)),
    }
    errors: dict[str, list[list[float]]] = {name: [] for name in names}
    for count in samples:
        for name, make in names.items():
            errors[name].append([_noisy_error(make, count, features, seed) for seed in seeds])
    ax = (figure := new_figure(5.6, 4.2)).add_subplot()
    looks = line_styles(names)
    for name, values in errors.items():
        middle = np.median(values, axis=1)
        ax.plot(np.array(samples) / features, middle, "o-", markersize=4, color=looks[name].colour, label=name)
    ax.set(
        xscale="log", yscale="log", xlabel="samples per feature", ylabel="squared error of new samples / variance of y"
    )
    for axis in ("x", "y"):
        _axes.tick_logarithmic(ax, axis)
    _axes.own_legend(ax)
    return figure


def _noisy_error(make: Callable[[], Any], count: int, features: int, seed: int) -> float:
    """On new samples, relative to the variance of y; as many small effects as features, half of y noise."""
    rng = np.random.default_rng(np.random.SeedSequence([15, seed, count]))
    truth = rng.standard_normal(features) / np.sqrt(features)
    X = rng.standard_normal((count + 1000, features))
    y = X @ truth + rng.standard_normal(len(X))
    model = make().fit(X[:count], y[:count])
    return float(np.mean((model.predict(X[count:]) - y[count:]) ** 2) / np.var(y[count:]))


@applied()
def raking() -> Figure:
    """How far sweeps of iterative proportional fitting are from the limit of training, and how far training is."""
    seed, rows, columns = raking_table()
    A, b = margins(rows, columns)
    exact = rl.limit(rl.LinearSystem(A, b), rl.networks.Power(2), {"u": np.sqrt(seed.ravel())}).x.reshape(seed.shape)
    fitted, away = seed.copy(), []
    for _ in range(12):
        fitted = fitted * (rows / fitted.sum(axis=1))[:, None]
        fitted = fitted * columns / fitted.sum(axis=0)
        away.append(np.linalg.norm(fitted - exact) / np.linalg.norm(exact))
    ax = (figure := new_figure(5.2, 3.4)).add_subplot()
    ax.semilogy(range(1, 13), away, "o-", color=line_styles("a")["a"].colour, label="iterative proportional fitting")
    ax.set(xlabel="sweeps over rows and columns", ylabel="distance to the limit of training (relative)")
    _axes.tick_logarithmic(ax, "y")
    _axes.own_legend(ax)
    return figure


def raking_table() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A sample of age × region, and what is known of the population: 4×5 counts and their margins."""
    rng = np.random.default_rng(np.random.SeedSequence(15))
    seed = rng.integers(3, 60, (4, 5)).astype(float)
    population = seed * rng.uniform(10, 90, (4, 1)) * rng.uniform(0.5, 2, (1, 5)) * rng.uniform(0.8, 1.25, (4, 5))
    return seed, population.sum(axis=1), population.sum(axis=0)


def margins(rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The equations that say that rows and columns have these sums."""
    A = np.vstack(
        [np.kron(np.eye(len(rows)), np.ones(len(columns))), np.kron(np.ones(len(rows)), np.eye(len(columns)))]
    )
    return A, np.concatenate([rows, columns])


def pictures() -> dict[str, Callable[[], Figure]]:
    """Every picture of the guides, by name."""
    drawn = (lasso_beside_training, components_are_steps, genes_by_name, interpolation_peaks, raking)
    return {draw.__name__: draw for draw in drawn}


def draw_all(folder: Path, ending: str = "svg") -> None:
    """Every picture, as SVG or in another format."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in pictures().items():
        draw().savefig(folder / f"{name}.{ending}", metadata={"Date": None} if ending == "svg" else None)


if __name__ == "__main__":
    draw_all(Path(sys.argv[1]), *sys.argv[2:])
