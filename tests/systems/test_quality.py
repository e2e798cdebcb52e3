"""Peak signal-to-noise ratio against its definition, and at its edges."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ridgeless.errors import InvalidInputError
from ridgeless.systems.quality import peak_signal_to_noise

TRUTH = np.random.default_rng(0).random((6, 7))
PICTURE = TRUTH + 0.1 * np.random.default_rng(1).standard_normal((6, 7))


def test_agrees_with_scikit_image():
    from skimage.metrics import peak_signal_noise_ratio

    wanted = peak_signal_noise_ratio(TRUTH, PICTURE, data_range=np.ptp(TRUTH))
    assert peak_signal_to_noise(PICTURE, TRUTH) == pytest.approx(wanted, rel=1e-13)


@given(st.floats(-1e3, 1e3), st.floats(1e-100, 1e100))
def test_has_no_units(shift, scale):
    shifted = peak_signal_to_noise(PICTURE + shift, TRUTH + shift)
    assert shifted == pytest.approx(peak_signal_to_noise(PICTURE, TRUTH), abs=1e-9)
    scaled = peak_signal_to_noise(scale * PICTURE, scale * TRUTH)
    assert scaled == pytest.approx(peak_signal_to_noise(PICTURE, TRUTH), abs=1e-9)


def test_twice_the_error_costs_six_decibels():
    lost = peak_signal_to_noise(PICTURE, TRUTH) - peak_signal_to_noise(2 * PICTURE - TRUTH, TRUTH)
    assert lost == pytest.approx(20 * math.log10(2), rel=1e-12)


def test_equal_pictures_and_diverged_ones():
    assert peak_signal_to_noise(TRUTH, TRUTH) == math.inf
    assert peak_signal_to_noise(1e300 * PICTURE, TRUTH) < -5000
    for bad in (math.nan, math.inf):
        assert math.isnan(peak_signal_to_noise(np.where(TRUTH > 0.5, bad, TRUTH), TRUTH))


@pytest.mark.parametrize(
    ("picture", "truth", "says"),
    [
        (TRUTH[:3], TRUTH, r"picture has shape \(3, 7\) and truth \(6, 7\)"),
        (TRUTH, np.ones((6, 7)), "constant"),
        (np.ones(0), np.ones(0), "constant"),
        (TRUTH, np.full((6, 7), np.nan), "truth has 42 entries that are NaN"),
        (1j * TRUTH, TRUTH, "picture is complex"),
    ],
)
def test_what_has_no_ratio_is_refused(picture, truth, says):
    with pytest.raises(InvalidInputError, match=says):
        peak_signal_to_noise(picture, truth)
