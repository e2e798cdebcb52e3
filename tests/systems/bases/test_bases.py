"""What each basis says of itself: formulas typed out, other programs, and what is refused."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ridgeless.errors import InvalidInputError, MissingDependencyError
from ridgeless.systems.bases import DCT, Wavelet
from ridgeless.systems.transforms import haar

pytestmark = pytest.mark.usefixtures("as_a_user")


def test_cosines_are_those_of_the_formula():
    side = 5
    index = np.arange(side)
    vectors = np.sqrt(2 / side) * np.cos(np.pi * (index[:, None] + 0.5) * index / side)
    vectors[:, 0] = np.sqrt(1 / side)
    coefficients = np.random.default_rng(0).standard_normal(side)
    np.testing.assert_allclose(DCT(side).synthesis(coefficients), vectors @ coefficients, atol=1e-14)


def test_haar_wavelets_have_the_coefficients_of_sums_and_differences():
    """Other code orders them otherwise, and may turn signs; the sizes are the same."""
    picture = np.random.default_rng(1).standard_normal((8, 8))
    found = Wavelet((8, 8), "haar", 3).analysis(picture)
    np.testing.assert_allclose(np.sort(np.abs(found)), np.sort(np.abs(haar(picture).ravel())), atol=1e-13)


@given(
    shape=st.lists(st.integers(1, 11), min_size=1, max_size=2),
    wavelet=st.sampled_from(["haar", "db2", "db4", "sym5", "coif1"]),
    level=st.none() | st.integers(1, 3),
)
def test_wavelets_of_any_shape_are_tight(shape, wavelet, level):
    basis = Wavelet(tuple(shape), wavelet, level)
    rows = np.stack([basis.analysis(unit.reshape(basis.shape)) for unit in np.eye(int(np.prod(shape)))])
    np.testing.assert_allclose(rows @ rows.T, np.eye(len(rows)), atol=1e-10)


def test_few_wavelets_make_a_smooth_picture():
    x, y = np.mgrid[0:1:64j, 0:1:64j]
    coefficients = np.sort(np.abs(Wavelet((64, 64)).analysis(np.exp(-8 * (x - 0.5) ** 2 - 8 * (y - 0.4) ** 2))))[::-1]
    assert np.sum(coefficients[200:] ** 2) < 1e-4 * np.sum(coefficients**2)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: DCT(()), "has no axis"),
        (lambda: DCT((4, 0)), "DCT: shape = 0"),
        (lambda: DCT("wide"), "shape = 'wide'"),
        (lambda: Wavelet((4, 2.5)), "Wavelet: shape = 2.5"),
        (lambda: Wavelet((4, 4), level=0), "level = 0"),
        (lambda: Wavelet((5, 3), level=4), "level = 4, and a side of 5 halves 3 times"),
        (lambda: Wavelet((5, 3), level=10**400), "halves 3 times"),
        (lambda: Wavelet((4, 4), np.zeros(2)), "no orthogonal wavelet"),
        (lambda: Wavelet((4, 4), "bior2.2"), "no orthogonal wavelet"),
        (lambda: Wavelet((4, 4), "daubechies"), "type one, as 'haar'"),
    ],
)
def test_refusals(make, says):
    with pytest.raises(InvalidInputError, match=says):
        make()


def test_without_the_library_the_install_command_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "pywt", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "ridgeless\[lab\]"'):
        Wavelet((8, 8))
