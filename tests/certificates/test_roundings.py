"""What certificates once took for exact, and is exact to rounding only."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.certificates import enclose

N = rl.networks
PAIR = rl.LinearSystem(np.array([[1.0, 1.0]]), np.array([1.0]))


def theta_of(network, weights):
    """The same weights in every place that the network has for them."""
    if isinstance(network, N.Power):
        return {"u": weights}
    if isinstance(network, N.Difference):
        return {"u": weights, "v": weights}
    if isinstance(network, N.TwoBranch):
        return {"plus": np.stack([weights] * network.depth), "minus": np.stack([weights] * network.depth)}
    return {"layers": np.stack([weights] * (network.depth - 1) + [np.zeros_like(weights)])}


def is_below(found):
    """Whether the distance that is claimed is below the least that an enclosure allows."""
    return rl.certify(found).distance < enclose(found, digits=12).distance(found.x)[0]


@pytest.mark.parametrize("depth", [3, 4, 5])
@pytest.mark.parametrize("kind", [N.Power, N.Difference, N.TwoBranch, N.Product])
def test_starts_that_differ_by_their_last_bits_are_no_tie(kind, depth):
    rng = np.random.default_rng(depth)
    for _ in range(6):
        weight = 10.0 ** rng.uniform(-50, 0)
        weights = np.array([weight, np.nextafter(weight, 1.0)])
        found = rl.limit(PAIR, kind(depth), theta_of(kind(depth), weights))
        assert not is_below(found)


def test_vanishing_starts_that_differ_by_their_last_bits_are_no_tie():
    """The larger weight has the lower price, and takes all of x."""
    for first in [1.175655620602559, *np.random.default_rng(0).uniform(1, 2, 40)]:
        direction = {"u": np.array([first, np.nextafter(first, 2.0)])}
        found = rl.limit(PAIR, N.Power(3), rl.inits.Vanishing(direction))
        assert rl.certify(found).verdict != "certified" or np.allclose(found.x, [0, 1])
        assert found.status is not rl.Status.NOT_UNIQUE


@pytest.mark.parametrize(("depth", "scale"), [(5, 1e3), (5, 1.3e3), (4, 1e3), (3, 1e3), (2, 85.0)])
@pytest.mark.parametrize("apart", [2.0**-52, 1e-14, 1e-10])
def test_large_weights_that_nearly_cancel(depth, scale, apart):
    rng = np.random.default_rng(depth)
    system = rl.LinearSystem(rng.standard_normal((3, 8)), rng.standard_normal(3))
    start = {name: scale * (1 + apart * rng.standard_normal(8)) for name in ("u", "v")}
    assert not is_below(rl.limit(system, N.Difference(depth), start))


@pytest.mark.parametrize("alpha", [1.0, 10.0, 807.0])
def test_a_lazy_network_whose_centre_is_rounding(alpha):
    u = np.ones(3)
    start = {"u": u, "v": u * (1 + 2.0**-52 * np.array([1, 2, -1]))}
    system = rl.LinearSystem(np.array([[1.0, 1.0, 2.0]]), np.array([0.0]))
    assert not is_below(rl.limit(system, N.Lazy(N.Difference(3), alpha=alpha), start))


@pytest.mark.parametrize("network", [N.Difference(2), N.Power(2), N.TwoBranch(3), N.Direct()])
def test_equations_that_depend_to_rounding_have_one_meaning(network):
    """Decimals whose third row is the sum of the others, but for the last bit: two equations, whoever is asked."""
    A = np.array([[0.1, 0.2, -0.1, 0.3], [0.3, -0.1, 0.2, 0.1], [0.1 + 0.3, 0.2 - 0.1, -0.1 + 0.2, 0.3 + 0.1]])
    system = rl.LinearSystem(A, A @ np.array([1.0, 2.0, 0.0, 1.0]))
    start = rl.inits.Constant(0.1)
    found = rl.limit(system, network, start)
    assert system.rank == 2
    assert "depend on others to the rounding" in found.message
    assert rl.certify(found).verdict == "certified"
    if not isinstance(network, N.Direct):
        proof = enclose(found)
        assert proof.distance(found.x)[1] < 1e-12
        assert "left out" in proof.method


def test_copies_to_an_ulp_beside_a_zero_that_is_forced_to_rounding():
    """x_2 is 1e-17 as stored; on the face where it is 0, two columns differ by an ulp, which decides by itself."""
    A = np.array(
        [
            [2.0, -2, -3, -2.9999999999999996, -3, -2],
            [0, -3, -3, 2.0000000000000004, 2, -2],
            [-1, 3, 3, -0.9999999999999999, -1, 0],
            [0, 3, -3, -1.9999999999999998, -2, 0],
            [-2, 0, 3, 3.0000000000000004, 3, -3],
        ]
    )
    system = rl.LinearSystem(A, np.array([-16.0, 1.0000000000000004, -2, -5, 4]))
    for depth, scale in ((6, 0.03), (5, 0.1), (4, 0.01), (3, 0.1)):
        found = rl.limit(system, N.Power(depth), rl.inits.Constant(scale))
        assert not is_below(found)


@pytest.mark.parametrize("hidden", [1, 2])
@pytest.mark.parametrize("scale", [1.0, 1e2, 3e3])
def test_a_row_space_start_that_has_a_null_part_of_rounding(hidden, scale):
    """P_N W_1 is kept, and multiplied by all other layers in x."""
    rng = np.random.default_rng(1)
    A = rng.standard_normal((3, 6))
    system = rl.LinearSystem(A, A @ rng.standard_normal(6))
    first = rng.standard_normal((6, 4))
    null = system.project_null(rng.standard_normal((6, 4)))
    first = system.project_rows(first) + 4e-13 * np.linalg.norm(first) * null / np.linalg.norm(null)
    inner = [rng.standard_normal((4, 4)) for _ in range(hidden - 1)]
    start = {"W": [scale * each for each in [first, *inner]], "w": scale * rng.standard_normal(4)}
    found = rl.limit(system, N.Dense(hidden), start)
    # W_2 … W_h w ends no shorter than what it takes to make x, W_1 being what it is.
    kept = np.linalg.norm(system.project_null(start["W"][0]) @ np.linalg.pinv(start["W"][0]) @ found.x)
    assert rl.certify(found).distance * np.linalg.norm(found.x) >= 0.1 * kept


def test_layers_that_are_orthogonal_to_ten_digits():
    rng = np.random.default_rng(2)
    Q = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    A = rng.standard_normal((2, 6))
    system = rl.LinearSystem(A, A @ rng.standard_normal(6))
    off = {"Q": [Q * (1 + 1e-10)], "w": rng.standard_normal(6)}
    assert rl.certify(rl.limit(system, N.Orthogonal(1), off)).distance > 1e-10
    assert rl.certify(rl.limit(system, N.Orthogonal(1), {**off, "Q": [Q]})).distance < 1e-12
