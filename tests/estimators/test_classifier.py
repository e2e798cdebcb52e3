"""`RidgelessClassifier` beside scikit-learn's logistic regression, and where there is little to fit."""

import pickle

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ridgeless.errors import InvalidInputError
from ridgeless.estimators.classifier import RidgelessClassifier
from ridgeless.estimators.mirror_maps import mirror_map
from ridgeless.estimators.stops import AtTime, Discrepancy, Explained, Interpolate, Penalty


def two_classes(samples=40, features=60, noise=0.7):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((samples, features))
    return X, (X[:, 0] - 2 * X[:, 1] + noise * rng.standard_normal(samples) > 0.3).astype(int)


def three_classes():
    rng = np.random.default_rng(4)
    X = rng.standard_normal((60, 5))
    return X, np.digitize(X[:, 0] + 0.5 * rng.standard_normal(60), [-0.5, 0.5])


WIDE, TALL = two_classes(), two_classes(60, 6, noise=2.0)
SHAPES = pytest.mark.parametrize("data", [WIDE, TALL], ids=["wide", "tall"])


@SHAPES
@pytest.mark.parametrize("strength", [10.0, 0.3])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_a_large_scale_with_a_penalty_is_logistic_regression_with_an_l2_penalty(data, strength, fit_intercept):
    X, y = data
    scale = RidgelessClassifier(scale=1e6, stop=Penalty(1.0), fit_intercept=fit_intercept).fit(X, y).scale_
    model = RidgelessClassifier(scale=1e6, stop=Penalty(strength * scale), fit_intercept=fit_intercept).fit(X, y)
    known = LogisticRegression(
        C=1 / strength, tol=1e-12, max_iter=1000, solver="newton-cholesky", fit_intercept=fit_intercept
    ).fit(X, y)
    np.testing.assert_allclose(model.coef_, known.coef_, rtol=0, atol=1e-6 * np.abs(known.coef_).max())
    np.testing.assert_allclose(model.intercept_, known.intercept_, atol=1e-6)
    np.testing.assert_allclose(model.predict_proba(X), known.predict_proba(X), atol=1e-6)


@SHAPES
@pytest.mark.parametrize("strength", [5.0, 0.5])
def test_a_tiny_scale_at_depth_three_meets_the_optimality_of_an_l1_penalty(data, strength):
    X, y = data
    model = RidgelessClassifier(3, scale=1e-21, stop=Penalty(strength)).fit(X, y)
    slopes = X.T @ (y - expit(model.decision_function(X))) / strength
    active = np.abs(model.coef_[0]) > 1e-4
    assert 0 < active.sum() < X.shape[1] or X.shape[1] == 6
    np.testing.assert_allclose(slopes[active], np.sign(model.coef_[0, active]), atol=1e-6)
    assert np.abs(slopes).max() <= 1 + 1e-6


def test_a_tiny_scale_at_depth_three_is_logistic_regression_with_an_l1_penalty():
    X, y = TALL
    model = RidgelessClassifier(3, scale=1e-21, stop=Penalty(2.0)).fit(X, y)
    # Scikit-learn before 1.8 asks for the penalty by name, and later ones warn of that.
    pure = {"penalty": "l1"} if LogisticRegression().penalty == "l2" else {"l1_ratio": 1.0}
    known = LogisticRegression(C=0.5, **pure, solver="saga", tol=1e-12, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(model.coef_, known.coef_, atol=1e-6)
    np.testing.assert_allclose(model.intercept_, known.intercept_, atol=1e-6)


@SHAPES
@pytest.mark.parametrize(("depth", "positive"), [(1, False), (2, False), (3, False), (4, False), (2, True), (3, True)])
def test_a_penalty_meets_its_own_optimality(data, depth, positive):
    X, y = data
    model = RidgelessClassifier(depth, scale=0.1, positive=positive, stop=Penalty(0.3)).fit(X, y)
    mirror = mirror_map(depth, positive)
    pull = y - expit(model.decision_function(X))
    wanted = model.scale_ * mirror.growth(X.T @ pull / 0.3).value
    np.testing.assert_allclose(model.coef_[0], wanted, rtol=0, atol=1e-10 * np.abs(wanted).max())
    np.testing.assert_allclose(model.dual_, pull / 0.3, rtol=0, atol=1e-10 * np.abs(pull).max() / 0.3)
    assert abs(pull.sum()) <= 1e-10 * len(y)
    assert model.certificate_.is_certified
    assert model.certificate_.gap >= 0


def test_the_certificate_bounds_what_a_wrong_dual_loses():
    from ridgeless.estimators._class_preparation import class_signs, lanes_at, prepare_classes
    from ridgeless.estimators._logistic import point_at
    from ridgeless.estimators._logistic_fits import duality_gap, fit_classes
    from ridgeless.estimators._preparation import Treatment

    X, y = TALL
    mirror = mirror_map(2, False)
    prepared = prepare_classes(X, class_signs(y, 2), np.ones(len(y)), Treatment(True, False, None), mirror)
    lanes = lanes_at(prepared, mirror, np.array([0.1]))
    fit = fit_classes(Penalty(0.5), lanes)

    def objective(at):
        return float(0.5 * (np.sum(at.dual * at.fitted) - lanes.scales * (lanes.prior @ at.integral))[0] + at.loss[0])

    least = objective(point_at(lanes, fit.dual, fit.intercept))
    for part in (0.5, 0.9, 0.99):
        wrong = point_at(lanes, part * fit.dual, fit.intercept)
        assert 0 < objective(wrong) - least <= duality_gap(lanes, 0.5, wrong)
    assert duality_gap(lanes, 0.5, point_at(lanes, -fit.dual, fit.intercept)) == np.inf


@pytest.mark.parametrize("stop", [Penalty(0.3), AtTime(0.03), Explained(0.4)], ids=repr)
@SHAPES
def test_weights_are_repetitions(data, stop):
    X, y = data
    weights = np.random.default_rng(5).integers(0, 4, len(y))
    weighted = RidgelessClassifier(stop=stop, standardize=True).fit(X, y, sample_weight=weights)
    repeated = RidgelessClassifier(stop=stop, standardize=True).fit(
        np.repeat(X, weights, axis=0), np.repeat(y, weights)
    )
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-6 * np.abs(repeated.coef_).max())
    np.testing.assert_allclose(weighted.intercept_, repeated.intercept_, atol=1e-6)


@SHAPES
@pytest.mark.parametrize("standardize", [False, True])
def test_sparse_samples_give_what_dense_ones_give(data, standardize):
    X, y = data
    X = np.where(np.abs(X) > 0.7, X, 0.0)
    model = RidgelessClassifier(stop=Penalty(0.3), standardize=standardize)
    dense, thin = clone(model).fit(X, y), clone(model).fit(sparse.csr_array(X), y)
    np.testing.assert_allclose(thin.coef_, dense.coef_, atol=1e-9)
    np.testing.assert_allclose(thin.intercept_, dense.intercept_, atol=1e-9)
    np.testing.assert_allclose(thin.predict_proba(sparse.csr_array(X)), dense.predict_proba(X), atol=1e-9)


def test_wide_and_tall_directions_agree():
    """Columns of zeros turn Newton's method in p unknowns into that in n unknowns, and change nothing else."""
    X, y = TALL
    padded = np.hstack([X, np.zeros((len(X), len(X)))])
    model = RidgelessClassifier(fit_intercept=False, stop=AtTime(0.05))
    tall, wide = clone(model).fit(X, y), clone(model).fit(padded, y)
    np.testing.assert_allclose(wide.coef_[:, : X.shape[1]], tall.coef_, atol=1e-5)
    np.testing.assert_array_equal(wide.coef_[:, X.shape[1] :], 0.0)


def test_exchanged_labels_exchange_the_signs():
    X, y = WIDE
    one, other = RidgelessClassifier(stop=Penalty(0.3)).fit(X, y), RidgelessClassifier(stop=Penalty(0.3)).fit(X, 1 - y)
    np.testing.assert_allclose(one.coef_, -other.coef_, atol=1e-9)
    np.testing.assert_allclose(one.intercept_, -other.intercept_, atol=1e-9)


def test_permuted_labels_permute_the_classes():
    X, y = three_classes()
    names = np.array(["c", "a", "b"])
    numbered, named = (
        RidgelessClassifier(stop=Penalty(0.3)).fit(X, y),
        RidgelessClassifier(stop=Penalty(0.3)).fit(X, names[y]),
    )
    assert named.classes_.tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(named.coef_, numbered.coef_[[1, 2, 0]], atol=1e-12)
    np.testing.assert_array_equal(named.predict(X), names[numbered.predict(X)])
    np.testing.assert_allclose(named.predict_proba(X), numbered.predict_proba(X)[:, [1, 2, 0]], atol=1e-12)


def test_more_than_two_classes_are_each_fitted_against_the_others():
    X, y = three_classes()
    model = RidgelessClassifier(stop=Penalty(0.3)).fit(X, y)
    assert model.coef_.shape == (3, 5)
    assert model.decision_function(X).shape == (60, 3)
    for one in range(3):
        alone = RidgelessClassifier(stop=Penalty(0.3)).fit(X, y == one)
        np.testing.assert_allclose(model.coef_[one], alone.coef_[0], atol=1e-9)
        np.testing.assert_allclose(model.dual_[:, one], alone.dual_, atol=1e-9)
        assert model.scale_[one] == pytest.approx(alone.scale_)
    probabilities = expit(model.decision_function(X))
    np.testing.assert_allclose(model.predict_proba(X), probabilities / probabilities.sum(axis=1, keepdims=True))


def test_probabilities_keep_their_digits_far_from_the_boundary():
    X, y = three_classes()
    model = RidgelessClassifier(stop=Penalty(0.3)).fit(X, y)
    logs = model.predict_log_proba(1e4 * X)
    assert np.all(np.isfinite(logs))
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1.0)


# The class between the two others is not told from them by a line.
@pytest.mark.filterwarnings("ignore:.*out of reach:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("data", [WIDE, three_classes()], ids=["two classes", "three classes"])
def test_every_point_of_the_path_predicts(data):
    X, y = data
    model = RidgelessClassifier(stop=Explained(0.05)).fit(X, y)
    for method in (model.predict_proba, model.predict, model.decision_function, model.predict_log_proba):
        np.testing.assert_allclose(method(X, at=len(model.path_) - 1), method(X), atol=1e-9)
    deviances = [-np.log(model.predict_proba(X, at=k)[np.arange(len(y)), y]).mean() for k in range(len(model.path_))]
    assert deviances[0] > deviances[-1]
    assert len(model.path_.times) == len(model.path_)
    with pytest.raises(InvalidInputError, match=r"RidgelessClassifier.predict\(at=9999\): at is a point of path_"):
        model.predict(X, at=9999)


def test_training_stops_where_it_explains_its_share_of_the_deviance():
    X, y = WIDE
    model = RidgelessClassifier(stop=Explained(0.6)).fit(X, y)
    loss = -model.predict_log_proba(X)[np.arange(len(y)), y].sum()
    share = y.mean()
    null = -len(y) * (share * np.log(share) + (1 - share) * np.log(1 - share))
    assert loss == pytest.approx(0.4 * null, rel=1e-6)
    again = RidgelessClassifier(stop=model.stop_).fit(X, y)
    np.testing.assert_allclose(again.coef_, model.coef_, rtol=0, atol=1e-4 * np.abs(model.coef_).max())


@pytest.mark.parametrize("power", [-12, 12])
@pytest.mark.parametrize("stop", [Explained(0.5), AtTime(0.01)], ids=repr)
def test_units_of_the_features_change_nothing_but_the_coefficients(power, stop):
    X, y = WIDE
    unit = 10.0**power
    # The time of the flow has units of its own: at depth 2 those of one over a coefficient and a feature.
    one, other = RidgelessClassifier(stop=stop).fit(X, y), None
    stop = AtTime(stop.time / unit) if isinstance(stop, AtTime) else stop
    other = RidgelessClassifier(stop=stop).fit(unit * X, y)
    np.testing.assert_allclose(unit * other.coef_, one.coef_, rtol=0, atol=1e-6 * np.abs(one.coef_).max())
    np.testing.assert_allclose(other.predict_proba(unit * X), one.predict_proba(X), atol=1e-6)


def test_positive_coefficients_stay_above_zero():
    X, y = TALL
    model = RidgelessClassifier(positive=True).fit(X, y)
    assert np.all(model.coef_ >= 0)
    assert model.coef_.argmax() == 0


def test_a_larger_prior_scale_is_fitted_first():
    X, y = WIDE
    prior = np.ones(X.shape[1])
    prior[7] = 1e3
    plain, preferred = (RidgelessClassifier(prior_scale=p, stop=Explained(0.1)).fit(X, y) for p in (None, prior))
    assert abs(preferred.coef_[0, 7]) > 10 * abs(plain.coef_[0, 7])


def test_constant_features_have_no_coefficient():
    X, y = TALL
    X = np.hstack([X, np.full((len(X), 1), 7.0)])
    model = RidgelessClassifier(stop=Penalty(0.3)).fit(X, y)
    assert model.coef_[0, -1] == 0
    only = RidgelessClassifier(stop=Penalty(0.3)).fit(np.ones((60, 2)), y)
    np.testing.assert_array_equal(only.coef_, 0.0)
    np.testing.assert_allclose(only.predict_proba(np.ones((1, 2)))[0, 1], y.mean())


def test_duplicated_columns_share_a_coefficient():
    X, y = TALL
    model = RidgelessClassifier(stop=Penalty(0.3)).fit(np.hstack([X, X]), y)
    np.testing.assert_allclose(model.coef_[:, :6], model.coef_[:, 6:], atol=1e-9)
    assert model.certificate_.is_certified


def test_collinear_columns_are_fitted():
    rng = np.random.default_rng(8)
    X = rng.standard_normal((80, 6))
    X = np.hstack([X, X @ rng.standard_normal((6, 4)) + 1e-6 * rng.standard_normal((80, 4))])
    y = X[:, 0] + rng.standard_normal(80) > 0
    for depth, scale in [(2, 1.0), (2, 1e-6), (3, 1e-3)]:
        assert RidgelessClassifier(depth, scale=scale, stop=Penalty(0.3)).fit(X, y).certificate_.is_certified


def test_one_feature_and_two_samples():
    assert RidgelessClassifier(stop=Penalty(0.3)).fit([[0.0], [1.0]], ["no", "yes"]).predict([[2.0]]).tolist() == [
        "yes"
    ]
    X, y = TALL
    assert RidgelessClassifier(stop=Penalty(0.3)).fit(X[:, [1]], y).coef_[0, 0] < 0


def test_samples_of_weight_zero_are_as_if_they_were_not_there():
    X, y = WIDE
    weights = np.r_[np.zeros(5), np.ones(35)]
    weighted, without = (
        RidgelessClassifier(stop=Penalty(0.3)).fit(X, y, weights),
        RidgelessClassifier(stop=Penalty(0.3)).fit(X[5:], y[5:]),
    )
    np.testing.assert_array_equal(weighted.coef_, without.coef_)
    with pytest.raises(InvalidInputError, match="one class only, 1, among the samples of a weight above 0"):
        RidgelessClassifier(stop=Penalty(0.3)).fit(X, y, sample_weight=y.astype(float))


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"stop": Interpolate()}, r"stop=Interpolate\(\)\): where classes can be separated.*give stop=Explained"),
        ({"stop": Discrepancy(0.1)}, r"labels have no noise of a standard deviation"),
        ({"stop": "time"}, r"stop='time'\): stop is AtTime\(t\), Penalty\(lam\) or Explained\(share\)"),
        ({"depth": 0}, r"depth=0"),
        ({"scale": -1.0}, r"scale=-1.0"),
        ({"prior_scale": [1.0]}, r"prior_scale"),
    ],
    ids=str,
)
def test_bad_parameters_are_refused(parameters, message):
    with pytest.raises(InvalidInputError, match=message):
        RidgelessClassifier(**parameters).fit(*TALL)


def test_bad_samples_are_refused():
    X, y = TALL
    with pytest.raises(InvalidInputError, match="one class only"):
        RidgelessClassifier().fit(X, np.zeros(60))
    with pytest.raises(ValueError, match="NaN"):
        RidgelessClassifier().fit(np.where(X > 2, np.nan, X), y)
    with pytest.raises(ValueError, match="Unknown label type"):
        RidgelessClassifier().fit(X, X[:, 0])
    with pytest.raises(NotFittedError):
        RidgelessClassifier().predict(X)
    with pytest.raises(AttributeError):
        RidgelessClassifier().partial_fit(X, y)


def test_it_is_copied_pickled_and_searched():
    X, y = TALL
    model = make_pipeline(StandardScaler(), RidgelessClassifier(stop=Penalty(0.3)))
    search = GridSearchCV(model, {"ridgelessclassifier__scale": [1.0, 0.01]}, cv=3).fit(X, y)
    again = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(again.predict_proba(X), search.predict_proba(X))
    assert clone(model).fit(X, y).score(X, y) > 0.7


def test_dates_in_a_sparse_matrix():
    """A mean that is large beside what varies cancels in no product."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((40, 12))
    y = X[:, 0] + X[:, 1] > 0
    X[:, 0] += 1e8
    dense = RidgelessClassifier(stop=Penalty(1.0)).fit(X, y)
    stored = RidgelessClassifier(stop=Penalty(1.0)).fit(sparse.csr_array(X), y)
    np.testing.assert_allclose(stored.coef_, dense.coef_, rtol=1e-5, atol=1e-6 * np.abs(dense.coef_).max())
