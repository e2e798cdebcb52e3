"""What no estimator takes is refused in one line that names the call, what came and what to type."""

import re

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.estimators import (
    AtTime,
    Discrepancy,
    Explained,
    Penalty,
    RidgelessClassifier,
    RidgelessClassifierCV,
    RidgelessRegressor,
    RidgelessRegressorCV,
    ridgeless_path,
    stability_selection,
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
            return ridgeless_path(X, y, **{"points": 3} | parameters)

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


NO_NUMBERS = [
    "no",
    b"x",
    {},
    set(),
    [],
    object(),
    1 + 2j,
    True,
    np.zeros(2),
    float("nan"),
    float("inf"),
    10**400,
    -1,
    0,
]
WRONG = {
    "depth": [*NO_NUMBERS[:-2], 0, -1, 2.5, 10**6],
    "scale": [*NO_NUMBERS, 1e300, 1e-300],
    "scales": ["no", {}, [], object(), 1 + 2j, [0.0], [[1.0]], [np.nan], [np.inf], [10**400], [1, "a"], -1],
    "stop": ["no", 1.0, [], {}, np.zeros((2, 2)), np.array(3), object(), True],
    "points": [*NO_NUMBERS, 2.0, 10**9],
    "decades": [*NO_NUMBERS, 1e300, 1e-300],
    "cv": [
        "no",
        1,
        0,
        -1,
        2.5,
        float("nan"),
        True,
        10**9,
        [],
        [1],
        {"a": 1},
        object(),
        np.zeros((2, 2)),
        [(None, [0])],
    ],
    "n_jobs": ["no", 0, 1.5, float("nan"), [], {}, True, 10**400, object()],
    "combine": ["no", 1, np.zeros(3), ["best"], None],
    "scoring": ["no", 1, np.zeros(3), None],
    "prior_scale": [value for value in NO_NUMBERS if not isinstance(value, bool)] + ["ab", [1, "a", 2, 3], [1j] * 4],
}


def cases(wrong):
    for name in CALLS:
        known = set(RidgelessClassifierCV().get_params() if "ClassifierCV" in name else ())
        known |= set(RidgelessRegressorCV().get_params() if "RegressorCV" in name else ())
        known |= {"depth", "stop", "prior_scale"} | ({"scale"} if not name.endswith("CV") else set())
        known |= {"decades"} if name == "ridgeless_path" else set()
        yield from ((name, parameter) for parameter in wrong if parameter in known)


@pytest.mark.parametrize(("name", "parameter"), list(cases(WRONG)))
def test_a_wrong_parameter_is_named_in_one_line(name, parameter):
    X, y = small()
    for value in WRONG[parameter]:
        with pytest.raises(rl.InvalidInputError) as refused:
            fitted(name, X, y, **{parameter: value})
        message = str(refused.value)
        assert message.startswith((f"{name}(", f"{name}.fit: ")), (value, message)
        assert parameter in message
        assert "\n" not in message
        assert len(message) < 300


def data_frames():
    import pandas as pd

    X, _ = small()
    yield "equal names", pd.DataFrame(X, columns=list("aabc")), "several columns named 'a'; give each a name of its own"
    yield "mixed names", pd.DataFrame(X, columns=["a", 1, "b", 2]), "string names"
    yield "dates", pd.DataFrame({"a": pd.date_range("2020", periods=12), "b": X[:, 0]}), "DateTime64"
    yield "words", pd.DataFrame({"a": list("abcabcabcabc")}), "could not convert string to float"
    yield "missing", np.where(X > 1, np.nan, X), "NaN.*Impute or drop"
    yield "infinite", np.where(X > 1, np.inf, X), "infinity"
    yield "complex", X + 1j, "Complex data not supported"
    yield "flat", X[:, 0], "Expected 2D array"
    yield "deep", X[:, :, None], "dim 3"
    yield "nothing", None, "Expected 2D array"
    yield "no features", X[:, :0], "0 feature"
    yield "few samples", X[:5], "inconsistent numbers of samples"
    yield "ragged", [[1.0], [1.0, 2.0]], "inhomogeneous"
    yield "a dictionary", {"a": X}, "not 'dict'"
    yield "matrix", np.asmatrix(X), "np.matrix is not supported"
    for power in (200, -200, 307, -320):
        yield f"1e{power}", X * 10.0**power, "in units that bring it between 1e-50 and 1e\\+50"
    yield "one column", X * [1, 1, 1e-200, 1], "the largest number in column 2 of X is"


@pytest.mark.parametrize(("X", "says"), [case[1:] for case in data_frames()], ids=[case[0] for case in data_frames()])
@pytest.mark.parametrize("name", CALLS)
def test_samples_that_are_no_table_are_refused_in_one_line(name, X, says):
    with pytest.raises(rl.InvalidInputError, match=says) as refused:
        fitted(name, X, small()[1])
    assert str(refused.value).startswith(f"{name}.fit: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("y", "says"),
    [
        (np.full(12, np.nan), "NaN"),
        ([None] * 12, "finite numbers"),
        (np.ones((12, 0)), "0 feature"),
        (np.arange(12) + 1j, "Complex data"),
        (list("abcabcabcabc"), "could not convert string"),
        (np.arange(12) * 1e200, "largest number in column 0 of y"),
        (np.arange(12) * 1e-200, "largest number in column 0 of y"),
        (np.arange(5), "inconsistent numbers"),
        (3.0, "at least 1 dimension"),
    ],
    ids=str,
)
def test_targets_that_are_no_numbers_are_refused_in_one_line(y, says):
    with pytest.raises(rl.InvalidInputError, match=says) as refused:
        RidgelessRegressor().fit(small()[0], y)
    assert str(refused.value).startswith("RidgelessRegressor.fit: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "weights",
    ["x", [], -np.ones(12), np.full(12, np.nan), np.inf, np.ones(3), np.ones((12, 2)), np.ones(12) + 1j, 10**400,
     np.zeros(12), np.full(12, 1e200), np.geomspace(1e-300, 1, 12), {}],
    ids=lambda weights: str(weights)[:20],
)  # fmt: skip
@pytest.mark.parametrize("name", ["RidgelessRegressor", "RidgelessClassifier"])
def test_weights_that_are_no_weights_are_refused_in_one_line(name, weights):
    X, y = small()
    with pytest.raises(rl.InvalidInputError) as refused:
        CALLS[name]().fit(X, y > 0 if "Classifier" in name else y, weights)
    assert str(refused.value).startswith(f"{name}.fit: ")
    assert "\n" not in str(refused.value)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("of_x", "of_y", "of_weights"), [(2.0**160, 1, 1), (2.0**-160, 2.0**160, 2.0**-160)])
@pytest.mark.parametrize("depth", [1, 3])
def test_units_that_are_taken_change_no_prediction(of_x, of_y, of_weights, depth):
    X, y = small()
    model = RidgelessRegressor(depth).fit(X, y)
    other = RidgelessRegressor(depth).fit(of_x * X, of_y * y, np.full(12, of_weights))
    np.testing.assert_allclose(other.predict(of_x * X) / of_y, model.predict(X), rtol=1e-9)
    np.testing.assert_allclose(other.coef_ * (of_x / of_y), model.coef_, rtol=1e-9)


def test_a_path_goes_one_way():
    with pytest.raises(rl.InvalidInputError, match=r"ridgeless_path\(stop=…\): a path goes one way"):
        ridgeless_path(*small(), stop=[AtTime, Penalty])


@pytest.mark.parametrize("make", [AtTime, Penalty, Discrepancy, Explained])
@pytest.mark.parametrize("value", [10**400, 1e308, 5e-324, "1", 1j, [], np.zeros(2)], ids=str)
def test_stops_that_float64_does_not_hold_are_refused(make, value):
    if make is Explained and isinstance(value, float) and value < 1:
        return
    with pytest.raises(rl.InvalidInputError, match=rf"{make.__name__}\("):
        make(value)


@pytest.mark.parametrize("make", [AtTime, Penalty])
@pytest.mark.parametrize("value", [1e300, 1e-300])
@pytest.mark.parametrize("model", [RidgelessRegressor, RidgelessClassifier])
def test_absurd_stops_end_at_once_and_in_order(make, value, model):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((12, 3))
    y = X[:, 0] + rng.standard_normal(12)
    asked, labels = model(stop=make(value)), y if model is RidgelessRegressor else y > 0
    if asked.stop == Penalty(1e-300) and model is RidgelessClassifier:
        with pytest.raises(rl.InvalidInputError, match="float64 does not tell so small a penalty from none"):
            asked.fit(X, labels)
    else:
        assert np.isfinite(asked.fit(X, labels).coef_).all()


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"estimator": "no"}, "Cannot clone object"),
        ({"estimator": []}, "has no fit"),
        ({"y": None}, "y should be a 1d array"),
        ({"X": np.zeros(12)}, "table of two axes"),
        ({"X": None}, "array-like"),
        ({"threshold": "no"}, "above 0.5"),
        ({"errors": "no"}, "errors is a finite number"),
        ({"n_jobs": "no"}, "n_jobs is None or a whole number"),
        ({"random_state": "no"}, "cannot be used to seed"),
        ({"resamples": 10**400}, "even number"),
        ({"chosen": 1.5}, "chosen is a whole number"),
    ],
    ids=str,
)
def test_stability_selection_refuses_in_one_line(parameters, says):
    X, y = small()
    asked = {"estimator": RidgelessRegressor(), "X": X, "y": y, "resamples": 2} | parameters
    with pytest.raises(rl.InvalidInputError, match=says) as refused:
        stability_selection(**asked)
    assert "\n" not in str(refused.value)


def test_pictures_refuse_in_words():
    model = RidgelessRegressor().fit(*small())
    for call in (
        lambda: model.plot_path(most="no"),
        lambda: model.plot_path(target=np.zeros(2)),
        lambda: model.plot_coefficients(at="no"),
        lambda: model.plot_coefficients(feature=np.zeros(2)),
        lambda: model.plot_coefficients(target="no"),
    ):
        with pytest.raises(rl.InvalidInputError):
            call()
