"""Names go in and out: tables of pandas and polars, and numbers for features that are brought into their order."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.feature_selection import SelectFromModel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import ridgeless as rl
from ridgeless.estimators import Penalty, RidgelessRegressor, RidgelessRegressorCV, ridgeless_path

NAMES = [f"gene {letter}" for letter in "abcdefgh"]
RNG = np.random.default_rng(3)
X = RNG.standard_normal((20, 8))
Y = X[:, 2] - X[:, 5] + 0.1 * RNG.standard_normal(20)
PRIOR = np.array([1.0, 2.0, 4.0, 1.0, 0.5, 3.0, 1.0, 0.1])
SHUFFLED = RNG.permutation(8)
TABLE = pd.DataFrame({"weight": PRIOR[SHUFFLED], "length": 1.0}, index=np.array(NAMES)[SHUFFLED])

pytestmark = [
    pytest.mark.usefixtures("as_a_user"),
    pytest.mark.filterwarnings("ignore::ridgeless.estimators.GridEdgeWarning"),
]
# A table lies column by column in memory, and sums over it round in another order.
ROUNDING = {"rtol": 1e-9, "atol": 1e-12}
TABLES = {"pandas": pd.DataFrame(X, columns=NAMES), "polars": pl.DataFrame(X, schema=NAMES)}
# The protocol by which scikit-learn before 1.9 reads names has left polars 2.
if StandardScaler().fit(TABLES["polars"]).get_feature_names_out().tolist() != NAMES:
    del TABLES["polars"]


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize(
    "model", [RidgelessRegressor(stop=Penalty(0.3)), RidgelessRegressorCV(scales=[1.0, 0.01], points=20)], ids=repr
)
def test_tables_fit_as_arrays_do(kind, model):
    fitted = clone(model).fit(TABLES[kind], Y)
    plain = clone(model).fit(X, Y)
    assert_allclose(fitted.coef_, plain.coef_, **ROUNDING)
    assert fitted.feature_names_in_.tolist() == NAMES
    assert_allclose(fitted.predict(TABLES[kind]), plain.predict(X), **ROUNDING)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(TABLES[kind][NAMES[::-1]])


@pytest.mark.parametrize("kind", TABLES)
def test_names_come_out_of_a_selection(kind):
    selection = make_pipeline(StandardScaler(), SelectFromModel(RidgelessRegressor(scale=1e-3), threshold=0.3))
    chosen = selection.set_output(transform=kind).fit_transform(TABLES[kind], Y)
    assert isinstance(chosen, type(TABLES[kind]))
    assert list(chosen.columns) == ["gene c", "gene f"]


@pytest.fixture(scope="module")
def with_prior():
    return RidgelessRegressor(prior_scale=PRIOR, stop=Penalty(0.3)).fit(X, Y).coef_


SAME = {
    "list": PRIOR.tolist(),
    "pandas by name": TABLE["weight"],
    "pandas counted": pd.Series(PRIOR),
    "polars": pl.Series(PRIOR),
    "dictionary": dict(zip(TABLE.index, TABLE["weight"], strict=True)),
    "with genes that X lacks": pd.concat([TABLE["weight"], pd.Series({"gene z": 7.0})]),
}


@pytest.mark.parametrize("prior", SAME.values(), ids=SAME)
@pytest.mark.parametrize("kind", TABLES)
def test_each_feature_has_its_own_prior(prior, kind, with_prior):
    model = clone(RidgelessRegressor(prior_scale=prior, stop=Penalty(0.3)))
    assert_allclose(model.fit(TABLES[kind], Y).coef_, with_prior, **ROUNDING)


def test_a_prior_makes_a_difference(with_prior):
    assert not np.allclose(RidgelessRegressor(stop=Penalty(0.3)).fit(X, Y).coef_, with_prior, rtol=1e-2)


def test_the_path_and_the_choice_by_cross_validation_take_names_too():
    table = TABLES["pandas"]
    named, plain = (ridgeless_path(x, Y, prior_scale=p, points=5) for x, p in ((table, TABLE["weight"]), (X, PRIOR)))
    assert_allclose(named.coefficients(), plain.coefficients(), **ROUNDING)
    models = [RidgelessRegressorCV(scales=[1.0], points=9, prior_scale=p) for p in (TABLE["weight"], PRIOR)]
    assert_allclose(models[0].fit(table, Y).coef_, models[1].fit(X, Y).coef_, **ROUNDING)


@pytest.mark.parametrize(
    ("x", "prior", "message"),
    [
        (X, TABLE["weight"], "finds none that are strings in X"),
        (X, pd.Series(PRIOR).sort_values(), "finds none that are strings in X"),
        (X, {"gene a": 1.0}, "finds none that are strings in X"),
        (TABLES["pandas"], TABLE["weight"].iloc[:3], "no number for gene [a-h], gene [a-h] and gene [a-h], and 2 more"),
        (TABLES["pandas"], pd.concat([TABLE["weight"]] * 2), "several numbers have the same name"),
        (TABLES["pandas"], TABLE["weight"] * -1, "one finite number above 0 for each of the 8 features"),
        (pl.DataFrame(X, schema=NAMES), pl.Series(PRIOR[:3]), r"not an array of shape \(3,\)"),
    ],
)
def test_numbers_that_fit_no_feature_are_refused(x, prior, message):
    with pytest.raises(rl.InvalidInputError, match=message):
        RidgelessRegressor(prior_scale=prior).fit(x, Y)
