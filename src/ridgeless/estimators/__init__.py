"""Fit and predict: linear models whose regularizer is the start of training, for scikit-learn's users."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ridgeless.errors import MissingDependencyError

if TYPE_CHECKING:
    from ridgeless.estimators.certificates import FitCertificate
    from ridgeless.estimators.path import RegressionPath
    from ridgeless.estimators.regressor import RidgelessRegressor
    from ridgeless.estimators.regressor_cv import GridEdgeWarning, RidgelessRegressorCV
    from ridgeless.estimators.path_of_data import ridgeless_path
    from ridgeless.estimators.stability import StabilitySelection, stability_selection
    from ridgeless.estimators.stops import AtTime, Discrepancy, Explained, Interpolate, Penalty, Stop

_HOMES = {
    "AtTime": "stops",
    "Discrepancy": "stops",
    "Explained": "stops",
    "FitCertificate": "certificates",
    "GridEdgeWarning": "regressor_cv",
    "Interpolate": "stops",
    "Penalty": "stops",
    "RegressionPath": "path",
    "RidgelessRegressor": "regressor",
    "RidgelessRegressorCV": "regressor_cv",
    "StabilitySelection": "stability",
    "Stop": "stops",
    "ridgeless_path": "path_of_data",
    "stability_selection": "stability",
}
__all__ = [
    "AtTime",
    "Discrepancy",
    "Explained",
    "FitCertificate",
    "GridEdgeWarning",
    "Interpolate",
    "Penalty",
    "RegressionPath",
    "RidgelessRegressor",
    "RidgelessRegressorCV",
    "StabilitySelection",
    "Stop",
    "ridgeless_path",
    "stability_selection",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ridgeless.estimators' has no attribute {name!r}")
    try:
        member = getattr(importlib.import_module(f"ridgeless.estimators.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f'estimators need {error.name}, which is not installed; type: pip install "ridgeless[estimators]"'
        ) from error
    globals()[name] = member
    return member


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
