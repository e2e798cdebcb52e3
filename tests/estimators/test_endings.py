"""How fits end that cannot end where they were asked to: they stop, and say so."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from ridgeless.estimators import AtTime, Explained, Interpolate, RidgelessClassifier, RidgelessRegressor
from ridgeless.estimators._designs import DenseDesign
from ridgeless.estimators._standstill import until_at_rest
from ridgeless.estimators.mirror_maps import ExponentialMap, HyperbolicMap

# Paths of hundreds of points, a call of which is much slower with the types checked.
pytestmark = pytest.mark.usefixtures("as_a_user")


@pytest.fixture
def noisy_data():
    """Many samples of few features, most of y noise."""
    rng = np.random.default_rng(5)
    X = rng.standard_normal((200, 5))
    return X, X[:, 0] + 3 * rng.standard_normal(200)


def test_a_share_out_of_reach_is_said_and_warned_of(noisy_data):
    X, y = noisy_data
    model = RidgelessRegressor(stop=Explained(0.9))
    with pytest.warns(ConvergenceWarning, match=r"RidgelessRegressor: Explained\(share=0.9\) is out of reach: .* 0\.1"):
        model.fit(X, y)
    assert "out of reach" in model.message_
    least = np.linalg.lstsq(np.column_stack([X, np.ones(200)]), y, rcond=None)[0]
    np.testing.assert_allclose(model.coef_, least[:5], rtol=1e-4)


def test_a_share_of_the_deviance_out_of_reach_is_said_and_warned_of(noisy_data):
    X, y = noisy_data
    model = RidgelessClassifier(stop=Explained(0.9))
    with pytest.warns(ConvergenceWarning, match=r"RidgelessClassifier: Explained\(share=0.9\) is out of reach"):
        model.fit(X, y > 0)
    assert "out of reach" in model.message_


def test_of_several_targets_each_has_a_message(noisy_data):
    X, y = noisy_data
    with pytest.warns(ConvergenceWarning, match="out of reach"):
        model = RidgelessRegressor(stop=Explained(0.9)).fit(X, np.column_stack([X[:, 1], y]))
    assert ["out of reach" in message for message in model.message_] == [False, True]


def test_the_default_asks_for_what_can_be_explained(noisy_data):
    X, y = noisy_data
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = RidgelessRegressor().fit(X, y)
    assert "out of reach" in model.message_


def test_a_share_in_reach_is_reached_in_silence(noisy_data):
    X, y = noisy_data
    model = RidgelessRegressor(stop=Explained(0.05)).fit(X, y)
    assert model.message_ == "The fit ends where its stop says."
    assert model.score(X, y) == pytest.approx(0.05, abs=1e-8)


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("depth", [2, 3])
def test_training_ends_at_its_limit_however_late_it_is_to_stop(depth, positive):
    """Equal samples with different targets: where y is out of reach, rounding grows with time."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 50)), rng.standard_normal(20)
    X[10:] = X[:10]
    late = RidgelessRegressor(depth, positive=positive, stop=AtTime(1e300)).fit(X, y)
    assert late.message_.startswith("Training came to its limit before AtTime(time=1e+300)")
    assert late.stop_.time < 1e5
    limit = RidgelessRegressor(depth, positive=positive, stop=Interpolate()).fit(X, y)
    assert "No coefficients interpolate y" in limit.message_
    np.testing.assert_allclose(late.coef_, limit.coef_, atol=2e-3 * np.abs(limit.coef_).max())
    np.testing.assert_allclose(late.predict(X), limit.predict(X), atol=1e-6)


def test_a_time_that_is_reached_is_kept():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 50)), rng.standard_normal(20)
    for model in (RidgelessRegressor(stop=AtTime(0.1)), RidgelessClassifier(stop=AtTime(0.1))):
        fitted = model.fit(X, y if isinstance(model, RidgelessRegressor) else y > 0)
        assert fitted.stop_ == AtTime(0.1)
        assert fitted.message_ == "The fit ends where its stop says."


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_classifier_ends_at_the_most_likely_coefficients(noisy_data, depth):
    X, y = noisy_data
    late = RidgelessClassifier(depth, stop=AtTime(1e300)).fit(X, y > 0)
    assert late.stop_.time < 1e5
    likeliest = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(X, y > 0)
    np.testing.assert_allclose(late.coef_, likeliest.coef_, rtol=1e-4)


@pytest.mark.parametrize("depth", [1, 2])
def test_classes_that_are_separated_are_so_in_finite_time(depth):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((20, 50))
    with pytest.warns(ConvergenceWarning, match=r"AtTime\(time=1e\+300\) is later than float64 can tell"):
        model = RidgelessClassifier(depth, stop=AtTime(1e300)).fit(X, X[:, 0] > 0)
    probabilities = model.predict_proba(X)[np.arange(20), (X[:, 0] > 0).astype(int)]
    np.testing.assert_allclose(probabilities, 1.0, atol=1e-7)


def test_a_plateau_is_no_limit():
    """Nothing has changed for two decades, but a coefficient is pulled and grows."""
    design = DenseDesign(np.eye(2))
    fitted, coefficients = np.array([[1.0], [1e-14]]), np.array([[1.0], [1e-14]])
    waiting, resting = until_at_rest(10.0, design, HyperbolicMap()), until_at_rest(10.0, design, HyperbolicMap())
    pulled, free = np.array([[0.0], [1e-3]]), np.zeros((2, 1))
    assert [waiting(fitted, pulled, coefficients) for _ in range(4)] == [False] * 4
    assert [resting(fitted, free, coefficients) for _ in range(4)] == [False, False, True, True]


def test_a_positive_coefficient_that_is_gone_is_not_pulled_down():
    design, pulled = DenseDesign(np.eye(2)), np.array([[0.0], [-1e-3]])
    gone, falling = (until_at_rest(10.0, design, ExponentialMap()) for _ in range(2))
    fitted = np.array([[1.0], [0.0]])
    assert [gone(fitted, pulled, np.array([[1.0], [0.0]])) for _ in range(3)][-1]
    assert not [falling(fitted, pulled, np.array([[1.0], [0.1]])) for _ in range(3)][-1]


def test_a_limit_that_does_not_interpolate_says_so():
    """With more samples than features too, where what no coefficients reach is set aside before the limit."""
    rng = np.random.default_rng(0)
    X, noise = rng.standard_normal((20, 3)), rng.standard_normal(20)
    missed = RidgelessRegressor(stop=Interpolate()).fit(X, np.column_stack([X @ [1.0, 2.0, 0.5] + 1, noise]))
    assert ["No coefficients interpolate y" in message for message in missed.message_] == [False, True]


def test_numbers_of_a_stop_that_was_found_are_floats(noisy_data):
    X, _ = noisy_data
    for share in (0.01, 0.05, 0.9):
        time = RidgelessRegressor(stop=Explained(share)).fit(X, X[:, 0]).stop_.time
        assert type(time) is float
