"""Estimators."""
from ridgeless.estimators.regressor import RidgelessRegressor
from ridgeless.estimators.stops import *
