"""Wilson's interval is SciPy's, and bad counts are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

import ridgeless as rl


@given(trials=st.integers(1, 400), part=st.floats(0, 1), confidence=st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_it_is_that_of_scipy(trials, part, confidence):
    successes = round(part * trials)
    wanted = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    found = rl.plots.wilson_interval(successes, trials, confidence)
    np.testing.assert_allclose([found.low, found.high], [wanted.low, wanted.high], rtol=0, atol=1e-13)
    assert found.half_width == pytest.approx((wanted.high - wanted.low) / 2, abs=1e-13)


def test_arrays_are_taken_together_and_no_trial_gives_nothing():
    found = rl.plots.wilson_interval(np.array([[0, 3], [5, 0]]), np.array([[5, 5], [5, 0]]))
    assert found.low.shape == (2, 2)
    assert found.low[0, 0] == 0.0
    assert found.high[1, 0] == 1.0
    assert np.isnan(found.low[1, 1])
    assert np.isnan(found.high[1, 1])


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize(
    ("successes", "trials", "confidence", "words"),
    [
        (3, 2, 0.95, "0 ≤ successes ≤ trials"),
        (-1, 2, 0.95, "0 ≤ successes ≤ trials"),
        (0.5, 2, 0.95, "no counts"),
        (np.nan, 2, 0.95, "no counts"),
        ([1, 2], [3, 3, 3], 0.95, "shapes fit"),
        ("many", 3, 0.95, "shapes fit"),
        (1, 2, 95, "such as 0.95"),
    ],
)
def test_bad_counts_are_refused(successes, trials, confidence, words):
    with pytest.raises(rl.InvalidInputError, match=words):
        rl.plots.wilson_interval(successes, trials, confidence)
