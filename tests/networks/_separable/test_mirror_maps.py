"""The table of separable mirror maps, row by row: each network's x = f(z) against the formula, typed here.

A coordinate's weights move along dθ/dz = ∇F(θ) as z = (Aᵀν)_i rises; x = F(θ(z)). The formulas solve that equation;
the last test integrates it instead, for starts of every kind.
"""

import numpy as np
import pytest
import scipy.integrate

import ridgeless as rl
from ridgeless.potentials import NoTheorem

U = np.array([0.3, -0.8, 1.2, 0.5, -0.4, 0.05])
V = np.array([0.7, 0.2, -0.9, -1.1, -0.6, 0.3])
RNG = np.random.default_rng(0)
SYSTEM = rl.LinearSystem(RNG.standard_normal((3, 6)), RNG.standard_normal(3))
Z = np.array([-0.11, 0.07, 0.013, -0.2, 0.16, -0.004])


def mirror(network, theta0):
    bias = network.bias(theta0, SYSTEM)
    assert bias is not None
    assert bias.is_mirror_flow
    return lambda z: bias.potential.conjugate_gradient(bias.offset + z)


def same(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-14)


def power_branch(start, sign, depth, z):
    """w(z)^D of one branch w' = ±D·w^(D−1), for w of either sign: (|w₀|^(2−D) ∓ cz)^(−D/(D−2)) with its sign."""
    speed, exponent = depth * (depth - 2), -depth / (depth - 2)
    if depth % 2 == 0:
        return (np.abs(start) ** (2.0 - depth) - sign * speed * z) ** exponent
    # D odd: a negative weight falls towards −∞ where a positive one rises, and back
    return np.sign(start) * (np.abs(start) ** (2.0 - depth) - sign * np.sign(start) * speed * z) ** exponent


def test_difference_of_depth_one():
    same(mirror(rl.networks.Difference(1), {"u": U, "v": V})(Z), U - V + 2 * Z)


def test_difference_of_squares():
    """u₀²e^{4z} − v₀²e^{−4z} = 2β·sinh(4z + τ), β = |u₀v₀|, τ = log|u₀/v₀|."""
    found = mirror(rl.networks.Difference(2), {"u": U, "v": V})(Z)
    same(found, U**2 * np.exp(4 * Z) - V**2 * np.exp(-4 * Z))
    same(found, 2 * np.abs(U * V) * np.sinh(4 * Z + np.log(np.abs(U / V))))


@pytest.mark.parametrize("depth", [3, 4])
def test_difference_of_deep_powers(depth):
    """(u₀^{2−D} − cz)^{−D/(D−2)} − (v₀^{2−D} + cz)^{−D/(D−2)}; D odd takes the signs of u₀, v₀ along."""
    found = mirror(rl.networks.Difference(depth), {"u": U, "v": V})(Z / 4)
    same(found, power_branch(U, 1, depth, Z / 4) - power_branch(V, -1, depth, Z / 4))


def test_opposite_signs_at_depth_three_lock_the_sign_of_u():
    u, v = np.abs(U) * [1, 1, 1, -1, -1, -1], np.abs(V) * [-1, -1, -1, 1, 1, 1]
    bias = rl.networks.Difference(3).bias({"u": u, "v": v}, SYSTEM)
    branches = bias.potential.branches(bias.offset)
    np.testing.assert_array_equal(branches.locked_signs(6), [1, 1, 1, -1, -1, -1])


def test_square():
    same(mirror(rl.networks.Power(2), {"u": U})(Z), U**2 * np.exp(4 * Z))


@pytest.mark.parametrize("depth", [3, 4])
def test_deep_powers(depth):
    same(mirror(rl.networks.Power(depth), {"u": U})(Z / 4), power_branch(U, 1, depth, Z / 4))


def test_power_of_depth_one():
    same(mirror(rl.networks.Power(1), {"u": U})(Z), U + Z)


def test_product_of_two():
    """¼(p₀²e^{2z} − m₀²e^{−2z}), p = u + v, m = u − v."""
    found = mirror(rl.networks.Product(2), {"layers": np.stack([U, V])})(Z)
    same(found, ((U + V) ** 2 * np.exp(2 * Z) - (U - V) ** 2 * np.exp(-2 * Z)) / 4)


def test_two_branches_of_one_start():
    """(k/2)·sinh 2z, k = 2(u₀² + v₀²), where both branches start from the same (u₀, v₀)."""
    pair = np.stack([U, V])
    found = mirror(rl.networks.TwoBranch(2), {"plus": pair, "minus": pair})(Z)
    same(found, (U**2 + V**2) * np.sinh(2 * Z))


def test_two_branches_of_two_starts():
    """Each branch is a product of two, one of them run backwards."""
    other = np.stack([V[::-1], U])
    found = mirror(rl.networks.TwoBranch(2), {"plus": np.stack([U, V]), "minus": other})(Z)
    plus = ((U + V) ** 2 * np.exp(2 * Z) - (U - V) ** 2 * np.exp(-2 * Z)) / 4
    p, m = other[0] + other[1], other[0] - other[1]
    same(found, plus - (p**2 * np.exp(-2 * Z) - m**2 * np.exp(2 * Z)) / 4)


@pytest.mark.parametrize("layer", [0, 1])
def test_two_layers_from_zero(layer):
    """(a²/2)·sinh 2z from (a, 0), whichever layer is 0."""
    layers = np.zeros((2, 6))
    layers[layer] = U
    same(mirror(rl.networks.Product(2), {"layers": layers})(Z), U**2 / 2 * np.sinh(2 * Z))


@pytest.mark.parametrize("zero", [0, 1, 2])
def test_three_layers_from_zero(zero):
    """a³·tan(az)/cos²(az) from (a, a, 0) in any order."""
    a = np.abs(U)
    layers = np.stack([a, a, a])
    layers[zero] = 0
    same(mirror(rl.networks.Product(3), {"layers": layers})(Z), a**3 * np.tan(a * Z) / np.cos(a * Z) ** 2)


def test_four_layers_from_zero():
    """a⁴s/(1 − s²)², s = a²z, from (a, a, a, 0)."""
    a = np.abs(U)
    s = a**2 * Z
    layers = np.stack([a, 0 * a, a, a])
    same(mirror(rl.networks.Product(4), {"layers": layers})(Z), a**4 * s / (1 - s**2) ** 2)


@pytest.mark.parametrize("depth", [3, 4])
def test_signs_of_layers_that_start_from_zero_do_not_matter(depth):
    """x is even in each layer's sign flip together with the sign of the one at 0, which has none."""
    a, rng = np.abs(U), np.random.default_rng(1)
    layers = np.concatenate([np.tile(a, (depth - 1, 1)) * rng.choice([-1.0, 1.0], (depth - 1, 6)), np.zeros((1, 6))])
    plain = np.concatenate([np.tile(a, (depth - 1, 1)), np.zeros((1, 6))])
    network = rl.networks.Product(depth)
    same(mirror(network, {"layers": layers})(Z), mirror(network, {"layers": plain})(Z))


def test_direct():
    same(mirror(rl.networks.Direct(), {"x": U})(Z), U + Z)


@pytest.mark.parametrize(
    ("network", "scale"),
    [(rl.networks.Difference(2), 1e-152), (rl.networks.Difference(3), 1e-152), (rl.networks.Product(3), 1e-152)],
    ids=repr,
)
def test_scales_beyond_the_solvers_are_refused(network, scale):
    with pytest.raises(rl.NoExactLimit, match="trusted down to"):
        rl.limit(SYSTEM, network, rl.inits.Constant(scale))


@pytest.mark.parametrize(
    ("network", "scale"),
    [(rl.networks.Difference(2), 1e-160), (rl.networks.TwoBranch(5), 1e-110), (rl.networks.Power(6), 1e-80)],
    ids=repr,
)
def test_starts_beyond_float64_are_refused(network, scale):
    """Depth 2 counts x in u², depth D counts z in u^(2−D): one underflows, the other overflows."""
    with pytest.raises(rl.NoExactLimit, match="float64 ends at"):
        rl.limit(SYSTEM, network, rl.inits.Constant(scale))


@pytest.mark.parametrize(
    ("depth", "least"), [(2, 1.5e-154), (3, 1e-302), (4, 1e-151), (5, 2e-101), (7, 4e-61), (12, 7e-31)]
)
def test_the_smallest_weight_is_the_one_that_is_told(depth, least):
    """One small weight among ordinary ones: where float64 ends is what docs/which-limit.md says, to a factor of two."""
    network, ordinary = rl.networks.Difference(depth), np.ones(SYSTEM.shape[1])
    for weight, is_covered in ((2 * least, True), (least / 2, False)):
        theta = {"u": np.where(np.arange(len(ordinary)) == 0, weight, 1.0), "v": ordinary}
        assert isinstance(network.theorem(theta, SYSTEM), NoTheorem) is not is_covered


@pytest.mark.parametrize("depth", [3, 5, 7])
@pytest.mark.parametrize("kind", [rl.networks.Difference, rl.networks.Product, rl.networks.TwoBranch])
def test_a_theorem_covers_every_depth(kind, depth):
    network = kind(depth)
    assert rl.limit(SYSTEM, network, rl.inits.Constant(1e-20)).success
    assert network.bias(rl.inits.Gaussian(0.1)(network, SYSTEM), SYSTEM) is not None


@pytest.mark.parametrize("factor", [1.0, 1e9])
@pytest.mark.parametrize("network", [rl.networks.Difference(2), rl.networks.Difference(3)], ids=repr)
def test_the_scale_that_is_claimed_is_the_one_that_is_told(network, factor):
    """In units of max|A⁺b|^(1/D), what the documentation claims is given."""
    system = rl.LinearSystem(SYSTEM.A, factor * SYSTEM.b)
    unit = np.abs(system.min_norm()).max() ** (1 / network.depth)
    assert network.bias(rl.inits.Constant(1e-150 * unit)(network, system), system) is not None
    refusal = network.theorem(rl.inits.Constant(5e-152 * unit)(network, system), system)
    assert isinstance(refusal, NoTheorem)


@pytest.mark.parametrize("depth", [3, 4, 5])
def test_blow_up_times_are_the_ends_of_the_interval(depth):
    """x → ±∞ at ±t^±: of the table's rows in closed form, and of generic starts where the mirror map is infinite."""
    rng = np.random.default_rng(depth)
    layers = rng.uniform(0.2, 1.0, (depth, 6)) * rng.choice([-1.0, 1.0], (depth, 6))
    network = rl.networks.Product(depth)
    upper, lower = network.blow_up_times({"layers": layers})
    found = mirror(network, {"layers": layers})
    for side, end in ((1, upper), (-1, lower)):
        assert np.isfinite(found(side * end * (1 - 1e-9))).all()
        assert np.all(side * found(side * end * (1 - 1e-9)) > 1e3)
        assert np.all(found(side * end * (1 + 1e-9)) == side * np.inf)
    branches = {"plus": layers, "minus": layers[:, ::-1]}
    both = rl.networks.TwoBranch(depth).blow_up_times(branches)
    np.testing.assert_array_equal(both[0], np.minimum(upper, lower[::-1]))
    np.testing.assert_array_equal(both[1], np.minimum(lower, upper[::-1]))
    # t is homogeneous of degree 2 − L
    np.testing.assert_allclose(network.blow_up_times({"layers": 3 * layers})[0], upper * 3.0 ** (2 - depth), rtol=1e-13)


def test_blow_up_times_of_locked_frozen_and_simple_starts():
    layers = np.array([[0.5, 0.5, 0.0, 1.0], [0.5, -0.5, 0.0, 1.0], [0.8, 0.8, 1.0, 0.0]])
    upper, lower = rl.networks.Product(3).blow_up_times({"layers": layers})
    np.testing.assert_array_equal(np.isfinite(upper), [True, False, False, True])
    np.testing.assert_array_equal(np.isfinite(lower), [False, True, False, True])
    assert upper[0] == lower[1]
    np.testing.assert_allclose([upper[3], lower[3]], np.pi / 2, rtol=1e-14)
    with pytest.raises(rl.errors.IncompatibleInitError, match="finite at every z"):
        rl.networks.Product(2).blow_up_times({"layers": layers[:2]})


DEPTHS = {
    "Difference": (1, 2, 3, 4, 6),
    "Power": (1, 2, 3, 4, 5),
    "Product": (1, 2, 3, 4, 5),
    "TwoBranch": (1, 2, 3, 4),
}


def slopes(name, depth, weights):
    """∂F/∂θ of one coordinate, typed from the definitions of the networks."""

    def others(part):
        return np.array([np.prod(np.delete(part, j)) for j in range(len(part))])

    if name == "Difference":
        return depth * weights ** (depth - 1.0) * [1, -1]
    if name == "Power":
        return depth * weights ** (depth - 1.0)
    if name == "Product":
        return others(weights)
    return np.concatenate([others(weights[:depth]), -others(weights[depth:])])


def value(name, depth, weights):
    if name == "Difference":
        return weights[0] ** depth - weights[1] ** depth
    if name == "Power":
        return weights[0] ** depth
    if name == "Product":
        return np.prod(weights)
    return np.prod(weights[:depth]) - np.prod(weights[depth:])


def starting(name, depth, rng):
    """Six coordinates' weights, (k, 6): generic, of mixed signs, and with zeros where the theorem allows them."""
    count = {"Difference": 2, "Power": 1, "Product": depth, "TwoBranch": 2 * depth}[name]
    weights = rng.choice([-1.0, 1.0], (count, 6)) * rng.uniform(0.3, 1.0, (count, 6))
    if name == "Product" and depth > 2 and rng.random() < 0.5:
        weights = np.sign(weights) * np.abs(weights[0])
        weights[rng.integers(count, size=6), np.arange(6)] = 0
        weights[:2, 5] = 0  # two layers at 0: frozen
    else:
        weights[rng.integers(count), 4] = 0
        weights[:, 5] = 0
    return weights


def as_theta(name, depth, weights):
    if name == "Difference":
        return {"u": weights[0], "v": weights[1]}
    if name == "Power":
        return {"u": weights[0]}
    return {"layers": weights} if name == "Product" else {"plus": weights[:depth], "minus": weights[depth:]}


@pytest.mark.parametrize(("name", "depth"), [(name, depth) for name, depths in DEPTHS.items() for depth in depths])
@pytest.mark.parametrize("seed", range(3))
def test_mirror_maps_solve_their_equation(name, depth, seed):
    """dθ/dz = ∇F(θ) integrated coordinate by coordinate, in both directions of z."""
    weights = starting(name, depth, np.random.default_rng(seed))
    found = mirror(getattr(rl.networks, name)(depth), as_theta(name, depth, weights))
    for z in (0.08, -0.1) if depth < 5 else (0.02, -0.025):
        ends = []
        for column in weights.T:
            end = scipy.integrate.solve_ivp(
                lambda _, w: slopes(name, depth, w), (0, z), column, method="DOP853", rtol=1e-12, atol=1e-14
            )
            ends.append(value(name, depth, end.y[:, -1]))
        np.testing.assert_allclose(found(np.full(6, z)), ends, rtol=1e-9, atol=1e-12)
