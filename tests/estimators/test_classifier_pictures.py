"""Pictures of classifiers: of log-odds, and of what the choice went by."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.datasets import make_classification

from ridgeless.estimators import RidgelessClassifier, RidgelessClassifierCV


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture
def labelled():
    return make_classification(60, 20, n_informative=4, random_state=0)


@pytest.mark.filterwarnings("ignore::ridgeless.estimators.GridEdgeWarning")
@pytest.mark.parametrize(("scoring", "name"), [("deviance", "deviance"), ("error", "share of wrong labels")])
def test_the_map_shows_what_the_choice_went_by(labelled, scoring, name):
    model = RidgelessClassifierCV(scales=[1.0, 0.01], points=12, decades=3.0, cv=3, scoring=scoring).fit(*labelled)
    ax = model.plot_cv()
    scores = model.cv_deviances_ if scoring == "deviance" else model.cv_errors_
    texts = [text.get_text() for each in ax.figure.axes for text in each.findobj(plt.Text)]
    assert any(name in text for text in texts)
    assert any(f"{scores.min():.3g}" in text for text in texts)


def test_a_path_for_each_class():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 10)), np.arange(60) % 3
    X[np.arange(60), y] += 2
    model = RidgelessClassifier().fit(X, y)
    ax = model.plot_path(target=1)
    ends = {round(float(line.get_ydata()[-1]), 6) for line in ax.lines if len(line.get_ydata()) > 2}
    largest = model.coef_[1][np.argsort(-np.abs(model.coef_[1]))[:8]]
    assert {round(float(c), 6) for c in largest} <= ends
    assert model.plot_coefficients(target=1).get_ylabel()
