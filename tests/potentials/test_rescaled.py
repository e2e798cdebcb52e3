"""A potential seen through a magnifying glass: the definition, written out a second time, and the laws off centre."""

import numpy as np
import pytest

from ridgeless.potentials import Hypentropy, Quadratic, Radial, Rescaled

CENTER = np.array([0.5, -1.0, 2.0, 0.1, -0.3])
INNER = {
    "Hypentropy": Hypentropy(np.array([1e-3, 0.1, 1.0, 2.0, 5.0]), rate=4.0),
    "Quadratic": Quadratic(rate=2.0),
    "Radial": Radial(np.array([0.5])),
}
every_pair = pytest.mark.parametrize(
    ("inner", "alpha"), [(name, alpha) for name in INNER for alpha in (0.25, 1.0, 30.0)]
)


def drawn(seed=0):
    return np.random.default_rng(seed).standard_normal((20, 5))


@every_pair
def test_value_and_gradient_are_those_of_the_inner_potential_nearer_to_the_centre(inner, alpha):
    potential = Rescaled(INNER[inner], CENTER, alpha)
    for x in drawn():
        inside = CENTER + (x - CENTER) / alpha
        assert potential.value(x) == pytest.approx(alpha * INNER[inner].value(inside), rel=1e-14)
        np.testing.assert_allclose(potential.gradient(x), INNER[inner].gradient(inside), rtol=1e-14)


@every_pair
def test_the_mirror_map_inverts_the_gradient(inner, alpha):
    potential = Rescaled(INNER[inner], CENTER, alpha)
    for x in drawn():
        np.testing.assert_allclose(potential.conjugate_gradient(potential.gradient(x)), x, rtol=1e-9, atol=1e-11)


@every_pair
def test_fenchel_young_is_an_equality_at_the_gradient_and_an_inequality_elsewhere(inner, alpha):
    potential = Rescaled(INNER[inner], CENTER, alpha)
    for x, y in zip(drawn(0), drawn(1), strict=True):
        z = potential.gradient(x)
        assert potential.value(x) + potential.conjugate(z) == pytest.approx(x @ z, rel=1e-9, abs=1e-9)
        assert potential.value(y) + potential.conjugate(z) > y @ z


@every_pair
def test_the_gradient_is_the_derivative_of_the_value(inner, alpha):
    potential = Rescaled(INNER[inner], CENTER, alpha)
    for x, direction in zip(drawn(0), drawn(2), strict=True):
        slope = (potential.value(x + 1e-5 * direction) - potential.value(x - 1e-5 * direction)) / 2e-5
        assert slope == pytest.approx(potential.gradient(x) @ direction, rel=1e-5, abs=1e-6)


def test_restriction_keeps_the_centre_of_what_is_kept():
    keep = np.array([True, False, True, True, False])
    potential = Rescaled(INNER["Hypentropy"], CENTER, 3.0)
    for x in drawn():
        np.testing.assert_array_equal(potential.restricted(keep).gradient(x[keep]), potential.gradient(x)[keep])
