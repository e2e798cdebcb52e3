"""What is chosen by cross-validation: which ways of fitting there are, and whether the choice lies on an edge."""

from __future__ import annotations

import warnings
from itertools import product
from typing import Any

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping

from ridgeless.errors import InvalidInputError
from ridgeless.estimators._cross_validation import Choice, Family
from ridgeless.estimators._parameters import (
    checked_depths,
    checked_flags,
    checked_mirror,
    checked_prior,
    checked_stop_classes,
)
from ridgeless.estimators._pictures import CrossValidationPictures
from ridgeless.estimators._preparation import Treatment
from ridgeless.estimators.stops import AtTime

# An average takes the members whose weight is at least this part of the largest.
_LEAST_WEIGHT = 1e-3


class GridEdgeWarning(UserWarning):
    """The cross-validated optimum lies on the edge of what was tried."""


class CrossValidated(CrossValidationPictures):
    """A model whose scale and stop are chosen by cross-validation."""

    cv: Any

    def get_metadata_routing(self) -> MetadataRouter:
        """Where metadata of `fit` go: sample weights to the fit itself, the rest to the splitter."""
        mapping = MethodMapping().add(caller="fit", callee="split")
        return MetadataRouter(owner=self).add_self_request(self).add(splitter=check_cv(self.cv), method_mapping=mapping)


def ways_of(estimator: Any, **known: tuple[str, str]) -> list[dict[str, Any]]:
    """Depths, standardisation and classes of stops, crossed.

    Args:
        estimator: a model whose scale and stop are chosen.
        **known: parameters that are one of two words, and the words.

    Raises:
        InvalidInputError: a parameter is out of its range, or two of them exclude each other.
    """
    name = type(estimator).__name__
    for parameter, words in known.items():
        value = getattr(estimator, parameter)
        if not isinstance(value, str) or value not in words:
            raise InvalidInputError(f"{name}({parameter}={value!r}): {parameter} is {words[0]!r} or {words[1]!r}")
    if estimator.combine == "average" and estimator.one_standard_error:
        raise InvalidInputError(
            f"{name}(combine='average', one_standard_error=True): an average takes more than one stop; give "
            "combine='best'"
        )
    stops = checked_stop_classes(estimator, estimator.stop)
    flags = checked_flags(estimator, "standardize", estimator.standardize)
    depths = checked_depths(estimator, estimator.depth)
    for depth in depths:
        checked_mirror(estimator, depth, estimator.positive)
    return [{"depth": d, "standardize": s, "stop": stop} for d, s, stop in product(depths, flags, stops)]


def family_of(estimator: Any, way: dict[str, Any]) -> Family:
    """One of the ways, as the solver takes it."""
    prior = checked_prior(estimator, estimator.prior_scale)
    treatment = Treatment(bool(estimator.fit_intercept), way["standardize"], prior)
    return Family(checked_mirror(estimator, way["depth"], estimator.positive), treatment, way["stop"] is AtTime)


def shares(weights: np.ndarray) -> np.ndarray:
    """Weights without the smallest, so that they sum to 1 over the first two axes, such as ways and scales."""
    kept = np.where(weights >= _LEAST_WEIGHT * weights.max(axis=(0, 1)), weights, 0.0)
    return kept / kept.sum(axis=(0, 1))


def warn_of_edges(estimator: Any, measure: str, best: Choice, scales: np.ndarray, points: int) -> None:
    """Say where the optimum lies on the edge of what was tried, so that more of it may be better."""
    if any(point == points - 1 for point in best.point):
        warnings.warn(
            f"the least {measure} lies at the end of the path: give decades above {estimator.decades:g}",
            GridEdgeWarning,
            stacklevel=3,
        )
    chosen = {float(scales[index]) for index in best.scale}
    if estimator.scales is not None and len(scales) > 1 and chosen & {float(scales.min()), float(scales.max())}:
        warnings.warn(
            f"the least {measure} lies at a scale on the edge of those given, {min(chosen):g}: give scales beyond it",
            GridEdgeWarning,
            stacklevel=3,
        )
