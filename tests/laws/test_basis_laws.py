"""Laws of every basis found: B Bᵀ = I, the transpose is the transpose, and a new one is covered by being there."""

import copy
import pickle
from dataclasses import dataclass

import numpy as np
import pytest

from ridgeless.systems.bases import DCT, FOUND, Basis

BASES = [basis for kind in FOUND.values() for basis in kind.examples()]

every_basis = pytest.mark.parametrize("basis", BASES, ids=repr)


def check_is_tight(basis):
    """B by its columns, and Bᵀ by its own."""
    synthesis = np.stack([basis.synthesis(unit).ravel() for unit in np.eye(basis.size)], axis=1)
    entries = int(np.prod(basis.shape))
    analysis = np.stack([basis.analysis(unit.reshape(basis.shape)) for unit in np.eye(entries)], axis=1)
    assert synthesis.shape == (entries, basis.size)
    np.testing.assert_allclose(analysis, synthesis.T, atol=1e-12, err_msg="analysis is no transpose of synthesis")
    np.testing.assert_allclose(synthesis @ synthesis.T, np.eye(entries), atol=1e-11, err_msg="B Bᵀ is no identity")


@every_basis
def test_it_is_a_tight_frame(basis):
    check_is_tight(basis)


@every_basis
def test_a_signal_comes_back(basis):
    signal = np.random.default_rng(1).standard_normal(basis.shape)
    np.testing.assert_allclose(basis.synthesis(basis.analysis(signal)), signal, atol=1e-11)
    assert basis.analysis(signal).shape == (basis.size,)
    assert basis.size >= signal.size


@every_basis
def test_as_many_coefficients_as_entries_are_orthonormal(basis):
    if basis.size > np.prod(basis.shape):
        pytest.skip("a frame")
    coefficients = np.random.default_rng(2).standard_normal(basis.size)
    np.testing.assert_allclose(basis.analysis(basis.synthesis(coefficients)), coefficients, atol=1e-11)


@every_basis
def test_what_is_given_stays_as_it_is(basis):
    signal, coefficients = np.ones(basis.shape), np.ones(basis.size)
    basis.analysis(signal)
    basis.synthesis(coefficients)
    assert (signal == 1).all()
    assert (coefficients == 1).all()


@every_basis
def test_copies_do_the_same(basis):
    signal = np.random.default_rng(3).standard_normal(basis.shape)
    for other in (copy.deepcopy(basis), pickle.loads(pickle.dumps(basis))):
        assert other == basis
        assert hash(other) == hash(basis)
        np.testing.assert_array_equal(other.analysis(signal), basis.analysis(signal))


@dataclass(frozen=True)
class Unscaled(Basis):
    """Cosines that are twice as long as they should be."""

    shape: tuple[int, ...] = (4, 6)

    @property
    def size(self):
        return 24

    def synthesis(self, coefficients):
        return 2 * DCT(self.shape).synthesis(coefficients)

    def analysis(self, signal):
        return 2 * DCT(self.shape).analysis(signal)


@dataclass(frozen=True)
class Inverse(Unscaled):
    """Its analysis is the inverse, and no transpose."""

    def analysis(self, signal):
        return DCT(self.shape).analysis(signal) / 2


@pytest.mark.parametrize(("broken", "law"), [(Unscaled(), "no identity"), (Inverse(), "no transpose")])
def test_a_broken_basis_is_turned_down(broken, law):
    with pytest.raises(AssertionError, match=law):
        check_is_tight(broken)
