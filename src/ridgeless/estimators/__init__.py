"""Estimators."""

from ridgeless.estimators.regressor import RidgelessRegressor
from ridgeless.estimators.regressor_cv import RidgelessRegressorCV, GridEdgeWarning
from ridgeless.estimators.stops import *
