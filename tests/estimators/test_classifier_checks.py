"""scikit-learn's own checks of the classifiers."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from ridgeless.estimators.classifier import RidgelessClassifier
from ridgeless.estimators.classifier_cv import RidgelessClassifierCV
from ridgeless.estimators.stops import Penalty

pytestmark = pytest.mark.usefixtures("as_a_user")


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([RidgelessClassifier(stop=Penalty(1.0)), RidgelessClassifierCV(scales=[0.1], points=5, cv=3)])
def test_scikit_learn_accepts_them(estimator, check):
    check(estimator)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([RidgelessClassifier(), RidgelessClassifier(3), RidgelessClassifierCV()])
def test_scikit_learn_accepts_them_by_default(estimator, check):
    check(estimator)
