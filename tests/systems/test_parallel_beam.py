"""Line integrals at any angles and onto any detector, beside the lengths of chords and turned pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ridgeless.systems.tomography import parallel_beam

pytestmark = pytest.mark.usefixtures("as_a_user")


def chord(side, angle, offset):
    """The length of the line x cos φ + y sin φ = offset inside a square of this side around the origin.

    Along the line, (x, y) = offset·(cos φ, sin φ) + s·(−sin φ, cos φ); each coordinate confines s to an interval.
    """
    low, high = -np.inf, np.inf
    for middle, slope in ((offset * np.cos(angle), -np.sin(angle)), (offset * np.sin(angle), np.cos(angle))):
        ends = np.sort((np.array([-side / 2, side / 2]) - middle) / slope)
        low, high = max(low, ends[0]), min(high, ends[1])
    return max(0.0, high - low)


@given(side=st.integers(1, 9), angle=st.floats(0.01, 1.56), bins=st.integers(1, 14), center=st.floats(-2, 14))
def test_an_even_picture_has_the_lengths_of_chords(side, angle, bins, center):
    lengths = parallel_beam(side, [angle, angle + np.pi / 2], bins, center) @ np.ones(side**2)
    wanted = [chord(side, each, k - center) for each in (angle, angle + np.pi / 2) for k in range(bins)]
    np.testing.assert_allclose(lengths, wanted, atol=1e-9)


def test_a_quarter_turn_turns_the_picture():
    picture = np.random.default_rng(0).standard_normal((6, 6))
    here = parallel_beam(6, [0.7], 9, 4.0) @ picture.ravel()
    turned = parallel_beam(6, [0.7 + np.pi / 2], 9, 4.0) @ np.rot90(picture).ravel()
    np.testing.assert_allclose(turned, here, atol=1e-12)


def test_a_detector_that_is_moved_by_two_bins():
    rays = parallel_beam(6, [0.3, 1.1], 8, 3.5).toarray().reshape(2, 8, 36)
    moved = parallel_beam(6, [0.3, 1.1], 8, 5.5).toarray().reshape(2, 8, 36)
    np.testing.assert_allclose(moved[:, 2:], rays[:, :-2], atol=1e-12)


@pytest.mark.parametrize("angle", [0.0, np.pi / 2, np.pi])
def test_views_along_the_axes_are_sums_of_rows_and_columns(angle):
    picture = np.random.default_rng(1).standard_normal((5, 5))
    found = parallel_beam(5, [angle], 5, 2.0) @ picture.ravel()
    wanted = {0.0: picture.sum(axis=0), np.pi / 2: picture.sum(axis=1)[::-1], np.pi: picture.sum(axis=0)[::-1]}[angle]
    np.testing.assert_allclose(found, wanted, atol=1e-7)
