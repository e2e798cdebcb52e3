"""Classifiers take X as a dask array in blocks of columns, and never gather it."""

import tracemalloc

import dask
import dask.array as da
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.estimators import AtTime, Explained, Penalty, RidgelessClassifier, RidgelessClassifierCV


@pytest.fixture
def classes(sparse_data):
    X, y = sparse_data
    return X, y > np.median(y)


@pytest.mark.parametrize(
    ("stop", "standardize"), [(AtTime(2e-3), False), (Penalty(5.0), True), (Explained(0.1), False)], ids=str
)
def test_dask_as_dense(as_a_user, classes, stop, standardize):
    X, y = classes
    model = RidgelessClassifier(stop=stop, standardize=standardize, scale=0.01).fit(X, y)
    blocks = da.from_array(X, chunks=(30, 43))
    other = RidgelessClassifier(stop=stop, standardize=standardize, scale=0.01).fit(blocks, y)
    np.testing.assert_allclose(other.coef_, model.coef_, atol=1e-7 * np.abs(model.coef_).max())
    np.testing.assert_allclose(other.predict_proba(blocks), model.predict_proba(X), atol=1e-7)
    assert other.n_features_in_ == 80


def test_blocks_across_samples_of_a_tall_table(as_a_user):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((60, 8))
    y = X[:, 0] + rng.standard_normal(60) > 0
    weights = np.linspace(0.0, 2.0, 60)
    model = RidgelessClassifier(stop=Penalty(1.0)).fit(X, y, weights)
    other = RidgelessClassifier(stop=Penalty(1.0)).fit(da.from_array(X, chunks=(20, 3)), y, weights)
    np.testing.assert_allclose(other.coef_, model.coef_, atol=1e-9)


def test_cross_validation_in_blocks(as_a_user, classes):
    X, y = classes
    asked = RidgelessClassifierCV(scales=[0.1], points=6, decades=2.0, cv=2)
    model, other = asked.fit(X, y), RidgelessClassifierCV(scales=[0.1], points=6, decades=2.0, cv=2)
    other.fit(da.from_array(X, chunks=(30, 25)), y)
    np.testing.assert_allclose(other.cv_deviances_, model.cv_deviances_, rtol=1e-6)


@pytest.mark.slow
def test_x_is_never_gathered(as_a_user):
    """Peak memory stays below half of X, which is generated block by block."""
    samples, features, width = 150, 20_000, 1000

    def block(block_info):
        first = block_info[None]["array-location"][1][0]
        return np.random.default_rng(first).standard_normal((samples, width))

    X = da.map_blocks(block, chunks=((samples,), (width,) * (features // width)), dtype=float)
    y = X[:, 0].compute() > 0
    tracemalloc.start()
    with dask.config.set(scheduler="synchronous"):
        model = RidgelessClassifier(scale=1e-2, stop=Penalty(50.0)).fit(X, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < X.nbytes / 2
    assert np.argmax(np.abs(model.coef_)) == 0


@pytest.mark.parametrize(
    ("X", "says"),
    [
        (da.from_array(np.full((30, 4), np.nan)), "impute or drop"),
        (da.ones((30, 4), dtype=complex), "real numbers"),
        (da.ones((30, 4, 2)), "two axes"),
        (da.ones((29, 4)), r"shape \(29, 4\), and y has 30 samples"),
        (da.ones((30, 4))[da.ones(30) > 0], "compute_chunk_sizes"),
    ],
    ids=["NaN", "complex", "axes", "samples", "unknown"],
)
def test_blocks_that_are_no_table_are_refused(as_a_user, X, says):
    for model, y in ((RidgelessClassifier(), np.arange(30) % 2), (rl.estimators.RidgelessRegressor(), np.arange(30.0))):
        with pytest.raises(rl.InvalidInputError, match=says):
            model.fit(X, y)


@pytest.mark.parametrize(
    ("X", "says"),
    [
        (da.from_array(np.array([[1.0, np.nan, 0.0, 0.0]])), "impute or drop"),
        (da.ones((2, 4), dtype=complex), "real numbers"),
        (da.ones(4), "two axes"),
        (da.ones((2, 5)), "5 features, but the model was fitted with 4"),
    ],
    ids=["NaN", "complex", "axes", "features"],
)
def test_predictions_of_blocks_that_are_no_table_are_refused(as_a_user, X, says):
    """A class would come of NaN too, since no comparison with it is true."""
    table = np.random.default_rng(0).standard_normal((30, 4))
    for model in (RidgelessClassifier(), rl.estimators.RidgelessRegressor()):
        model.fit(table, np.arange(30) % 2)
        with pytest.raises(rl.InvalidInputError, match=says):
            model.predict(X)


def test_blocks_of_unknown_length_are_predicted(as_a_user):
    table = np.random.default_rng(0).standard_normal((30, 4))
    model = RidgelessClassifier().fit(table, table[:, 0] > 0)
    blocks = da.from_array(table)
    np.testing.assert_array_equal(model.predict(blocks[blocks[:, 1] > 0]), model.predict(table[table[:, 1] > 0]))
