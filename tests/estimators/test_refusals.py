"""What no estimator takes is refused in one line that names the call, what came and what to type."""

import re

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.estimators import (
    RidgelessClassifier,
    RidgelessClassifierCV,
    RidgelessRegressor,
    RidgelessRegressorCV,
    ridgeless_path,
)

pytestmark = pytest.mark.usefixtures("as_a_user")


def small(rows=12):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, 4))
    return X, X[:, 0] + 0.1 * rng.standard_normal(rows)


def _path(**parameters):
    class Call:
        __name__ = "ridgeless_path"

        def fit(self, X, y):
            return ridgeless_path(X, y, points=3, **parameters)

    return Call()


CALLS = {
    "RidgelessRegressor": RidgelessRegressor,
    "RidgelessClassifier": RidgelessClassifier,
    "RidgelessRegressorCV": lambda **asked: RidgelessRegressorCV(**{"scales": [0.1], "points": 3, "cv": 2} | asked),
    "RidgelessClassifierCV": lambda **asked: RidgelessClassifierCV(**{"scales": [0.1], "points": 3, "cv": 2} | asked),
    "ridgeless_path": _path,
}


def fitted(name, X, y, **parameters):
    return CALLS[name](**parameters).fit(X, y > np.median(y) if "Classifier" in name else y)


FLAGS = [(name, flag) for name in CALLS for flag in ("positive", "fit_intercept", "standardize")]
FLAGS += [(name, "one_standard_error") for name in CALLS if name.endswith("CV")]


@pytest.mark.parametrize(("name", "flag"), FLAGS)
def test_flags_are_true_or_false(name, flag):
    X, y = small()
    for value in ("no", "", 0, 1, None, np.int64(0), 1.0):
        with pytest.raises(rl.InvalidInputError, match=re.escape(f"{name}({flag}={value!r}): {flag} is True")):
            fitted(name, X, y, **{flag: value})


@pytest.mark.filterwarnings("ignore::ridgeless.estimators.GridEdgeWarning")
@pytest.mark.parametrize(("name", "flag"), FLAGS)
def test_flags_of_numpy_are_flags(name, flag):
    X, y = small(24)
    model, other = fitted(name, X, y, **{flag: np.bool_(True)}), fitted(name, X, y, **{flag: True})
    if name == "ridgeless_path":
        np.testing.assert_array_equal(model.coefficients(), other.coefficients())
    else:
        np.testing.assert_array_equal(model.coef_, other.coef_)
