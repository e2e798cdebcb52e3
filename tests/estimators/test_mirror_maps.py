"""Mirror maps in normal form are those of the networks, and their integral and slope those of calculus."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.estimators.mirror_maps import Growth, mirror_map

MAPS = [mirror_map(1, False), *(mirror_map(d, s) for d in (2, 3, 4, 7) for s in (False, True))]


def inside(mirror):
    """Points of the domain, some of them near its ends and near 0."""
    lowest, highest = mirror.domain
    low = lowest if np.isfinite(lowest) else -5.0
    high = highest if np.isfinite(highest) else 5.0
    parts = np.array([1e-3, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999])
    return np.concatenate([low + parts * (high - low), [-1e-9, 0.0, 1e-9]])


@pytest.mark.parametrize("mirror", MAPS, ids=str)
@pytest.mark.parametrize("scale", [1e-6, 0.3, 20.0])
def test_it_is_the_mirror_map_of_the_network(mirror, scale):
    network, z = mirror.network(), inside(mirror)
    system = rl.LinearSystem(np.ones((1, len(z))), np.array([1.0]))
    weight = mirror.initial_weight(np.full(len(z), scale))
    theta0 = {name: value * weight for name, value in network.constant(1.0, len(z)).items()}
    bias = network.bias(theta0, system)
    # The library's dual coordinate is measured from its offset, and in training time.
    found = bias.potential.conjugate_gradient(bias.offset + z / mirror.rate(scale))
    np.testing.assert_allclose(found, scale * mirror.growth(z).value, rtol=1e-9, atol=1e-15 * scale)


@pytest.mark.parametrize("mirror", MAPS, ids=str)
def test_slope_and_integral(mirror):
    z = inside(mirror)[1:-4]
    step = 1e-6 * np.minimum(1.0, np.minimum(z - mirror.domain[0], mirror.domain[1] - z))
    below, above, at = mirror.growth(z - step), mirror.growth(z + step), mirror.growth(z)
    np.testing.assert_allclose((above.value - below.value) / (2 * step), at.slope, rtol=1e-6)
    np.testing.assert_allclose((above.integral - below.integral) / (2 * step), at.value, rtol=1e-5, atol=1e-6)
    assert mirror.growth(np.zeros(1)).integral[0] == 0
    assert mirror.growth(np.zeros(1)).slope[0] == pytest.approx(mirror.slope_at_zero)


@pytest.mark.parametrize("mirror", [mirror_map(d, False) for d in (1, 2, 3, 7)], ids=str)
def test_no_digit_is_lost_near_the_start(mirror):
    z = np.array([1e-12, -3e-200, 1e-300])
    np.testing.assert_allclose(mirror.growth(z).value, z, rtol=1e-11)


def test_a_wrong_map_is_rejected():
    class Wrong(type(mirror_map(3, False))):
        def growth(self, z):
            return Growth(*(1.001 * part for part in super().growth(z)))

    with pytest.raises(AssertionError):
        test_it_is_the_mirror_map_of_the_network(Wrong(3), 0.3)
