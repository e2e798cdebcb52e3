"""Inverses of mirror maps."""

import numpy as np
import pytest

from ridgeless.estimators.mirror_maps import mirror_map


@pytest.mark.parametrize(
    ("depth", "positive"), [(1, False), (2, False), (3, False), (4, False), (7, False), (2, True), (3, True), (5, True)]
)
def test_the_inverse_of_a_mirror_map_gives_back_its_coordinate(depth, positive):
    mirror = mirror_map(depth, positive)
    lowest, highest = (np.clip(edge, -20, 20) for edge in mirror.domain)
    z = np.concatenate([np.linspace(0.999 * lowest, 0.999 * highest, 41), [1e-9, -1e-9, 0.0, (1 - 1e-7) * highest]])
    np.testing.assert_allclose(mirror.inverse(mirror.growth(z).value), z, rtol=1e-7, atol=1e-12)
