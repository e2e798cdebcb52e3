"""The pictures of a model show its own numbers."""

import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError

import ridgeless as rl
from ridgeless.estimators import AtTime, Interpolate, Penalty, RidgelessRegressor, RidgelessRegressorCV

RNG = np.random.default_rng(5)
X = RNG.standard_normal((30, 12))
Y = X[:, 0] - 2 * X[:, 1] + 0.1 * RNG.standard_normal(30)
TWO = np.column_stack([Y, X[:, 4]])
GENES = pd.DataFrame(X, columns=[f"gene {index}" for index in range(12)])
SPECTRA = pd.DataFrame(X, columns=[f"{1100 + 2 * index}" for index in range(12)])

pytestmark = [
    pytest.mark.usefixtures("as_a_user"),
    pytest.mark.filterwarnings("ignore::ridgeless.estimators.GridEdgeWarning"),
]


@pytest.fixture(scope="module")
def chosen():
    return RidgelessRegressorCV(scales=[1.0, 1e-6, 0.01], points=30, stop=[AtTime, Penalty]).fit(X, Y)


def line(ax, label):
    (found,) = (each for each in ax.lines if each.get_label() == label)
    return found


def test_the_path_is_that_of_the_fit():
    model = RidgelessRegressor().fit(GENES, Y)
    shown = line(model.plot_path(), "gene 1")
    assert_array_equal(shown.get_xdata(), model.path_.times)
    assert_array_equal(shown.get_ydata(), model.path_.coefficients()[:, 1])
    assert shown.get_xdata()[-1] == pytest.approx(model.stop_.time)


def test_a_penalty_has_its_own_axis():
    model = RidgelessRegressor(stop=Penalty(0.1)).fit(X, Y)
    ax = model.plot_path(most=2)
    assert ax.get_xlabel() == "penalty λ"
    assert ax.xaxis_inverted()
    assert_array_equal(line(ax, "feature 0").get_xdata(), model.path_.strengths)


def test_one_of_several_targets_is_asked_for():
    model = RidgelessRegressor(stop=Penalty(0.3)).fit(X, TWO)
    shown = line(model.plot_path(target=1), "feature 4")
    assert shown.get_ydata()[-1] == pytest.approx(model.coef_[1, 4])
    (stems,) = model.plot_coefficients(target=1).collections
    assert_array_equal(np.array(stems.get_segments())[:, 1, 1], model.coef_[1])
    for call in (model.plot_path, model.plot_coefficients):
        with pytest.raises(rl.InvalidInputError, match=r"target = None of 2; type a whole number from 0 to 1"):
            call()
        with pytest.raises(rl.InvalidInputError, match=r"target = 2 of 2"):
            call(target=2)


def test_the_limit_went_along_no_path():
    with pytest.raises(rl.InvalidInputError, match="has no path"):
        RidgelessRegressor(stop=Interpolate()).fit(X[:8], Y[:8]).plot_path()


def test_names_that_are_numbers_are_an_axis():
    model = RidgelessRegressor(stop=Penalty(0.3)).fit(SPECTRA, Y)
    ax = model.plot_coefficients(feature="wavelength (nm)")
    stems = np.array(ax.collections[0].get_segments())
    assert_array_equal(stems[:, 1], np.column_stack([np.arange(1100, 1124, 2), model.coef_]))
    assert ax.get_xlabel() == "wavelength (nm)"
    elsewhere = np.linspace(0, 1, 12)
    stems = np.array(model.plot_coefficients(at=elsewhere).collections[0].get_segments())
    assert_array_equal(stems[:, 1, 0], elsewhere)


def test_names_that_are_words_are_lines():
    ax = RidgelessRegressor(scale=1e-3, stop=Penalty(0.3)).fit(GENES, Y).plot_coefficients(most=2)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["gene 1", "gene 0"]
    assert "column of X" in RidgelessRegressor(stop=Penalty(0.3)).fit(X, Y).plot_coefficients().get_xlabel()


def test_the_ring_is_at_the_least_error(chosen):
    ax = chosen.plot_cv()
    way, row, column = np.unravel_index(np.argmin(chosen.cv_errors_), chosen.cv_errors_.shape)
    (ring,) = (each for each in ax.lines if each.get_marker() == "o")
    assert_allclose(ring.get_xdata(), np.logspace(0, chosen.decades, chosen.points)[column])
    assert_array_equal(ring.get_ydata(), [[2, 0, 1][row]])
    assert np.asarray(ax.collections[0].get_array()).min() == 1.0
    other = chosen.plot_cv(way=1 - int(way))
    assert not [each for each in other.lines if each.get_marker() == "o"]
    assert "1/λ" in other.get_xlabel() or "1/λ" in ax.get_xlabel()
    with pytest.raises(rl.InvalidInputError, match="way = 2; type a whole number from 0 to 1"):
        chosen.plot_cv(way=2)


def test_the_ring_of_the_one_standard_error_rule_and_of_each_target():
    model = RidgelessRegressorCV(scales=[1.0, 0.01], points=20, one_standard_error=True).fit(X, TWO)
    for target in range(2):
        (ring,) = (each for each in model.plot_cv(target=target).lines if each.get_marker() == "o")
        times = model.path_.times[:, target]
        relative = float(ring.get_xdata()[0])
        assert relative == pytest.approx(model.stop_[target].time / times[0])
        assert [1.0, 0.01][1 - int(ring.get_ydata()[0])] == model.relative_scale_[target]


def test_they_go_where_they_are_told(chosen):
    from matplotlib.figure import Figure

    for draw in (chosen.plot_path, chosen.plot_coefficients, chosen.plot_cv):
        ax = Figure().add_subplot()
        assert draw(ax=ax) is ax
        assert ax.has_data()


@pytest.mark.parametrize("picture", ["plot_path", "plot_coefficients", "plot_cv"])
def test_what_is_not_fitted_has_none(picture):
    with pytest.raises(NotFittedError):
        getattr(RidgelessRegressorCV(), picture)()


def test_a_missing_matplotlib_is_named(chosen, monkeypatch):
    monkeypatch.delitem(vars(rl.plots), "coefficient_path", raising=False)
    monkeypatch.delitem(sys.modules, "ridgeless.plots.models.coefficient_path", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    with pytest.raises(rl.errors.MissingDependencyError, match=r"pip install \"ridgeless\[lab\]\""):
        chosen.plot_path()
