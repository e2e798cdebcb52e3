"""Fit and predict: linear models whose regularizer is the start of training, for scikit-learn's users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ridgeless._core.first_use import on_first_use

if TYPE_CHECKING:
    from ridgeless.estimators.certificates import FitCertificate
    from ridgeless.estimators.choosing import GridEdgeWarning
    from ridgeless.estimators.classification_path import ClassificationPath
    from ridgeless.estimators.classifier import RidgelessClassifier
    from ridgeless.estimators.classifier_cv import RidgelessClassifierCV
    from ridgeless.estimators.deviance_certificate import DevianceCertificate
    from ridgeless.estimators.path import RegressionPath
    from ridgeless.estimators.path_of_data import ridgeless_path
    from ridgeless.estimators.regressor import RidgelessRegressor
    from ridgeless.estimators.regressor_cv import RidgelessRegressorCV
    from ridgeless.estimators.stability import StabilitySelection, stability_selection
    from ridgeless.estimators.stops import AtTime, Discrepancy, Explained, Interpolate, Penalty, Stop

_HOMES = {
    "AtTime": f"{__name__}.stops",
    "ClassificationPath": f"{__name__}.classification_path",
    "DevianceCertificate": f"{__name__}.deviance_certificate",
    "Discrepancy": f"{__name__}.stops",
    "Explained": f"{__name__}.stops",
    "FitCertificate": f"{__name__}.certificates",
    "GridEdgeWarning": f"{__name__}.choosing",
    "Interpolate": f"{__name__}.stops",
    "Penalty": f"{__name__}.stops",
    "RegressionPath": f"{__name__}.path",
    "RidgelessClassifier": f"{__name__}.classifier",
    "RidgelessClassifierCV": f"{__name__}.classifier_cv",
    "RidgelessRegressor": f"{__name__}.regressor",
    "RidgelessRegressorCV": f"{__name__}.regressor_cv",
    "StabilitySelection": f"{__name__}.stability",
    "Stop": f"{__name__}.stops",
    "ridgeless_path": f"{__name__}.path_of_data",
    "stability_selection": f"{__name__}.stability",
}
__all__ = [
    "AtTime",
    "ClassificationPath",
    "DevianceCertificate",
    "Discrepancy",
    "Explained",
    "FitCertificate",
    "GridEdgeWarning",
    "Interpolate",
    "Penalty",
    "RegressionPath",
    "RidgelessClassifier",
    "RidgelessClassifierCV",
    "RidgelessRegressor",
    "RidgelessRegressorCV",
    "StabilitySelection",
    "Stop",
    "ridgeless_path",
    "stability_selection",
]

__getattr__, __dir__ = on_first_use(__name__, _HOMES, "estimators")
