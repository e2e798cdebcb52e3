"""A path of limits: each the limit that `rl.limit` finds afresh, in the order asked for, in fewer steps."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import IncompatibleInitError, InfeasibleSignsError, InvalidInputError

pytestmark = pytest.mark.usefixtures("as_a_user")

SCALES = np.array([1e-3, 10.0, 0.3, 1e-8, 1.0, 1e-40])


def drawn(seed=0, equations=20, unknowns=60):
    rng = np.random.default_rng([seed, equations])
    A = rng.standard_normal((equations, unknowns))
    return rl.LinearSystem(A, A @ rng.standard_normal(unknowns))


@pytest.mark.parametrize(
    "network", [rl.networks.Difference(2), rl.networks.Product(2), rl.networks.TwoBranch(2)], ids=repr
)
def test_it_is_the_limit_at_each_scale(network):
    system = drawn()
    path = rl.limit_path(system, network, SCALES)
    assert path.success
    np.testing.assert_array_equal(path.scales, SCALES)
    for scale, found in zip(SCALES, path.solutions, strict=True):
        alone = rl.limit(system, network, rl.inits.Constant(scale))
        np.testing.assert_allclose(found.x, alone.x, atol=1e-9)
        assert rl.certify(found).verdict == "certified"


def test_a_warm_start_saves_steps():
    system, scales = drawn(1), np.logspace(0, -12, 25)
    path = rl.limit_path(system, rl.networks.Difference(2), scales)
    alone = [rl.limit(system, rl.networks.Difference(2), rl.inits.Constant(scale)).stats["steps"] for scale in scales]
    assert path.success
    assert sum(each.stats["steps"] for each in path.solutions) < 0.6 * sum(alone)


@pytest.mark.parametrize(
    ("network", "direction"),
    [
        (rl.networks.Difference(3), None),
        (rl.networks.Direct(), {"x": np.linspace(-1, 1, 60)}),
        (rl.networks.Difference(2), {"u": np.linspace(0.1, 1, 60), "v": np.linspace(1, 0.2, 60)}),
    ],
    ids=["deep", "regression", "unequal"],
)
def test_other_networks_and_directions(network, direction):
    system, scales = drawn(2), [1.0, 1e-2]
    path = rl.limit_path(system, network, scales, direction)
    theta = direction or rl.inits.Vanishing()(network, system)
    for scale, x in zip(scales, path.x, strict=True):
        start = {name: scale * value for name, value in theta.items()}
        np.testing.assert_allclose(x, rl.limit(system, network, start).x, atol=1e-9)


def test_labelled():
    system = drawn(3)
    path = rl.limit_path(system, rl.networks.Difference(2), SCALES)
    dataset = path.to_xarray()
    assert dataset["x"].dims == ("scale", "coordinate")
    np.testing.assert_array_equal(dataset["x"].sel(scale=0.3), path.x[2])
    np.testing.assert_array_equal(dataset["l1_norm"], np.abs(path.x).sum(axis=1))
    assert set(dataset["status"].values) == {"CONVERGED"}


@pytest.mark.parametrize("scales", [[], [1.0, -1.0], [0.0], "1", [np.nan], [[1.0]]], ids=str)
def test_refusals(scales):
    with pytest.raises(InvalidInputError, match="limit_path"):
        rl.limit_path(drawn(), rl.networks.Difference(2), scales)


def test_directions_that_are_none():
    system, network = drawn(), rl.networks.Difference(2)
    for bad in (3, "x", rl.inits.Constant(1.0), {"u": np.ones(3)}, {"u": np.ones(2), "v": np.ones(2)}):
        with pytest.raises(InvalidInputError, match="limit_path: direction is no theta"):
            rl.limit_path(system, network, [1.0], bad)
    with pytest.raises(IncompatibleInitError, match=r"limit_path: Dense.* has no direction.*Pass direction=theta"):
        rl.limit_path(system, rl.networks.Dense(hidden=1, width=3), [1.0])


def test_a_direction_that_moves_nothing():
    nothing = np.zeros(drawn().shape[1])
    with pytest.raises(InfeasibleSignsError):
        rl.limit_path(drawn(), rl.networks.Difference(2), [1.0], {"u": nothing, "v": nothing})


def test_scales_too_small_for_float64():
    with pytest.raises(rl.NoExactLimit, match=r"at scale 1e-200: its smallest weight.*Start larger") as refusal:
        rl.limit_path(drawn(), rl.networks.Difference(2), [1.0, 1e-200])
    assert "a network such as" not in str(refusal.value)


def test_without_a_theorem():
    system, network = drawn(), rl.networks.Dense(hidden=1, width=3)
    with pytest.raises(rl.NoExactLimit, match="at scale"):
        rl.limit_path(system, network, [1.0], rl.inits.Gaussian(1.0)(network, system))
