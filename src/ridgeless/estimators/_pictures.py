"""Pictures of a fitted model: its path, its coefficients, and how they were chosen."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ridgeless.errors import InvalidInputError
from ridgeless.estimators._parameters import checked_scales
from ridgeless.estimators.stops import AtTime, Stop

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _plots() -> Any:
    # Plots stand above estimators, which do not import them: they are looked up when a picture is asked for.
    return importlib.import_module("ridgeless.plots")


class Pictures:
    """Pictures of a model with `coef_`, `path_` and `stop_`."""

    coef_: np.ndarray
    path_: Any
    stop_: Any

    def plot_path(self, ax: Axes | None = None, *, target: int | None = None, most: int = 8) -> Axes:
        """Coefficients along training, or along the penalty, with the largest named and the stop marked.

        Args:
            ax: where to draw; None for a figure of its own, which a notebook shows.
            target: which target, counted from 0, where there are several.
            most: how many features have a colour and a name.

        Raises:
            InvalidInputError: there is no such target, or the fit interpolates and went along no path.
            MissingDependencyError: matplotlib is not installed.
            NotFittedError: `fit` was not called.
        """
        check_is_fitted(self)
        chosen = _target(self, "plot_path", target)
        along = self.path_.strengths if self.path_.times is None else self.path_.times
        points = along if along.ndim == 1 else along[:, chosen]
        if not np.isfinite(points).all() or not np.all(points > 0):
            raise InvalidInputError(
                f"{type(self).__name__}.plot_path: the fit is the limit of training, and has no path; type "
                "plot_coefficients(), or fit with stop=Explained(0.9)"
            )
        # A target whose path ended before another's stands still at its end.
        _, first = np.unique(points, return_index=True)
        kept = np.sort(first)
        coefficients = self.path_.coefficients()[kept]
        return _plots().coefficient_path(
            coefficients if coefficients.ndim == 2 else coefficients[:, chosen],
            points[kept],
            names=_names(self),
            stop=_number(self.stop_ if isinstance(self.stop_, Stop) else self.stop_[chosen]),
            most=most,
            clock="penalty λ" if self.path_.times is None else "training time t",
            ax=ax,
        )

    def plot_coefficients(
        self,
        ax: Axes | None = None,
        *,
        target: int | None = None,
        at: Any = None,
        feature: str = "feature",
        most: int = 20,
    ) -> Axes:
        """The coefficients: over wavelength, say, where features are numbers, and the largest by name elsewhere.

        Features are numbers where `at` says so, where all their names are numbers, as "1100.5", and where they have no
        names.

        Args:
            ax: where to draw; None for a figure of its own, which a notebook shows.
            target: which target, counted from 0, where there are several.
            at: the number of each feature, shape (p,), such as its wavelength.
            feature: what these numbers are, with their unit.
            most: of features with names, how many are drawn.

        Raises:
            InvalidInputError: there is no such target, or not one number for each feature.
            MissingDependencyError: matplotlib is not installed.
            NotFittedError: `fit` was not called.
        """
        check_is_fitted(self)
        chosen = _target(self, "plot_coefficients", target)
        coefficients = self.coef_ if self.coef_.ndim == 1 else self.coef_[chosen]
        names = _names(self)
        numbers = at if at is not None or names is None else _as_numbers(names)
        if numbers is None and names is not None:
            return _plots().largest_coefficients(coefficients, names, most=most, ax=ax)
        if numbers is None and isinstance(feature, str) and feature == "feature":
            feature = "feature (column of X, from 0)"
        return _plots().coefficient_spectrum(coefficients, numbers, feature=feature, ax=ax)


class CrossValidationPictures(Pictures):
    """Pictures of a model whose scale and stop were chosen by cross-validation."""

    cv_errors_: np.ndarray
    ways_: list[dict[str, Any]]
    relative_scale_: Any
    scales: Any
    decades: float

    def plot_cv(self, ax: Axes | None = None, *, way: int | None = None, target: int | None = None) -> Axes:
        """The cross-validated error over scale and stop, with a ring at the choice.

        Args:
            ax: where to draw, in the place of an earlier diagram; None for a figure of its own.
            way: which of `ways_`, where several were compared; None for the chosen one.
            target: which target, counted from 0, where there are several.

        Raises:
            InvalidInputError: there is no such way or target.
            MissingDependencyError: matplotlib is not installed.
            NotFittedError: `fit` was not called.
        """
        check_is_fitted(self)
        chosen = _target(self, "plot_cv", target)
        scores, measure = self._scores()
        errors = scores if scores.ndim == 3 else scores[..., chosen]
        best = self._chosen_way()
        shown = best if way is None else way
        if isinstance(shown, bool) or not isinstance(shown, int | np.integer) or not 0 <= shown < len(errors):
            raise InvalidInputError(
                f"{type(self).__name__}.plot_cv: way = {way!r}; type a whole number from 0 to {len(errors) - 1}, as "
                "`ways_` counts them"
            )
        scales = checked_scales(self, self.scales)
        return _plots().cross_validation_diagram(
            errors[shown],
            scales,
            np.logspace(0, self.decades, errors.shape[2]),
            chosen=self._place(scales, chosen) if shown == best else None,
            clock=_clock(self.ways_, shown),
            measure=measure,
            ax=ax,
        )

    def _scores(self) -> tuple[np.ndarray, str]:
        """What the choice went by, and its name."""
        return self.cv_errors_, "squared error"

    def _chosen_way(self) -> int:
        stop = self.stop_ if isinstance(self.stop_, Stop) else self.stop_[0]
        fitted: dict[str, Any] = {"stop": type(stop)}
        fitted |= {name: getattr(self, f"{name}_") for name in ("depth", "standardize")}
        return self.ways_.index(fitted)

    def _place(self, scales: np.ndarray, target: int) -> tuple[int, int]:
        """Which scale and which point of its path was chosen."""
        scale = np.ravel(self.relative_scale_)[target if np.ndim(self.relative_scale_) else 0]
        stop = self.stop_ if isinstance(self.stop_, Stop) else self.stop_[target]
        along = self.path_.strengths if self.path_.times is None else self.path_.times
        points = along if along.ndim == 1 else along[:, target]
        nearest = np.argmin(np.abs(np.log(points / _number(stop))))
        return int(np.argmin(np.abs(np.log(scales / scale)))), int(nearest)


def _number(stop: Any) -> float:
    return float(stop.time if isinstance(stop, AtTime) else stop.lam)


def _clock(ways: Sequence[dict[str, Any]], shown: int) -> str:
    way = ways[shown]
    unit = "in units of the first point's (2 % explained)"
    clock = f"training time, {unit}" if way["stop"] is AtTime else f"1/λ, {unit}"
    if len(ways) == 1:
        return clock
    return f"{clock}\n(depth {way['depth']}, features {'' if way['standardize'] else 'not '}standardised)"


def _names(estimator: Any) -> list[str] | None:
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None else list(map(str, names))


def _as_numbers(names: Sequence[str]) -> np.ndarray | None:
    """The names as numbers, if all of them are finite ones."""
    try:
        numbers = np.array([float(name) for name in names])
    except ValueError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def _target(estimator: Any, call: str, target: int | None) -> int:
    """Which target is drawn; the only one where there is one."""
    count = 1 if estimator.coef_.ndim == 1 else len(estimator.coef_)
    if target is None and count == 1:
        return 0
    if isinstance(target, bool) or not isinstance(target, int | np.integer) or not 0 <= target < count:
        raise InvalidInputError(
            f"{type(estimator).__name__}.{call}: target = {target!r} of {count}; type a whole number from 0 to "
            f"{count - 1}"
        )
    return int(target)
