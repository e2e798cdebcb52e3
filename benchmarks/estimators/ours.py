"""Our variants, which share one cross-validation.

The variants differ in what they choose from, and not in the errors that they choose by. So the widest of them is
cross-validated, and each other one is that estimator at the single scale and kind of stop that its errors pick: a test
compares this with fitting it by itself. Times are those of `benchmarks.estimators.speed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class SharedCV:
    """A variant of a cross-validated estimator.

    Attributes:
        kind: the class of the estimators.
        options: of this variant: depth and stop, each one or a list.
        common: options of all variants.
        widest: options of the variant that contains the choices of all others, and averages.
        shared: the widest variant by name of the data that it was fitted to: of the last data only.
        data: name of the data.
    """

    kind: type
    options: Mapping[str, Any]
    common: Mapping[str, Any]
    widest: Mapping[str, Any]
    shared: dict[Any, Any]
    data: Any
    estimator_: Any = field(default=None, init=False)

    def fit(self, X: np.ndarray, y: np.ndarray) -> SharedCV:
        """Cross-validate, if another variant has not, and fit what is chosen."""
        if self.data not in self.shared:
            self.shared.clear()
            self.shared[self.data] = self.kind(**{**self.common, **self.widest}).fit(X, y)
        whole = self.shared[self.data]
        if self.options == self.widest:
            self.estimator_ = whole
            return self
        way, scale = _least(whole, _listed(self.options["depth"]), _listed(self.options["stop"]))
        chosen = {name: whole.ways_[way][name] for name in ("depth", "stop")}
        one = {**chosen, "scales": [_scales_of(whole)[scale]]}
        self.estimator_ = self.kind(**{**self.common, **one}).fit(X, y)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Predictions of the estimator."""
        return self.estimator_.predict(X)

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities of the estimator."""
        return self.estimator_.predict_proba(X)


def _scales_of(whole: Any) -> np.ndarray:
    """The relative scales that were tried."""
    from ridgeless.estimators._parameters import DEFAULT_SCALES

    return np.asarray(DEFAULT_SCALES if whole.scales is None else whole.scales, dtype=float)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _least(whole: Any, depths: list[int], stops: list[Any]) -> tuple[int, int]:
    """The way and the scale of the least cross-validated error, of the depths and kinds of stop that a variant has."""
    # A classifier chooses by deviance, and counts errors beside it.
    errors = np.array(getattr(whole, "cv_deviances_", whole.cv_errors_))
    errors[[way["depth"] not in depths or way["stop"] not in stops for way in whole.ways_]] = np.inf
    way, scale, _ = np.unravel_index(np.argmin(errors), errors.shape)
    return int(way), int(scale)
