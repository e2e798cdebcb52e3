"""Each potential against the formula of its paper, typed here and evaluated in 40 digits."""

import mpmath as mp
import numpy as np
import pytest

from ridgeless.potentials import (
    Blocks,
    DeepEntropy,
    DeepHypentropy,
    Entropy,
    Frozen,
    Hypentropy,
    Quadratic,
    Radial,
    TangentHypentropy,
)

X = np.array([-3e4, -2.5, -1e-3, -1e-9, 1e-12, 1e-5, 0.3, 7.0, 1e3])


@pytest.fixture(autouse=True)
def forty_digits():
    with mp.workdps(40):
        yield


def exactly(function, points):
    return np.array([float(function(mp.mpf(float(point)))) for point in points])


def same(value, like):
    return np.full(len(like), value)


@pytest.mark.parametrize("alpha", [1e-6, 0.1, 2.0])
def test_hypentropy_is_the_potential_of_woodworth_et_al(alpha):
    """Woodworth's Q_α(x) = α²·q(x/α²), q(z) = 2 − √(4+z²) + z·asinh(z/2), which is 4Φ for u = v = α."""

    def woodworth(x):
        z = x / mp.mpf(alpha) ** 2
        return mp.mpf(alpha) ** 2 * (2 - mp.sqrt(4 + z**2) + z * mp.asinh(z / 2)) / 4

    potential = Hypentropy(same(2 * alpha**2, X), rate=4.0)
    np.testing.assert_allclose(potential.values(X), exactly(woodworth, X), rtol=1e-13)
    np.testing.assert_allclose(
        potential.gradient(X), exactly(lambda x: mp.asinh(x / (2 * mp.mpf(alpha) ** 2)) / 4, X), rtol=1e-14
    )


@pytest.mark.parametrize(("u", "v"), [(0.3, 0.1), (1e-4, 2.0)])
def test_hypentropy_is_the_potential_of_azulay_et_al(u, v):
    """q_k(x) = (k/4)[1 − √(1+4x²/k²) + (2x/k)·asinh(2x/k)], k = 2(u² + v²)."""
    k = 2 * (mp.mpf(u) ** 2 + mp.mpf(v) ** 2)

    def azulay(x):
        return k / 4 * (1 - mp.sqrt(1 + 4 * x**2 / k**2) + 2 * x / k * mp.asinh(2 * x / k))

    potential = Hypentropy(same(u**2 + v**2, X), rate=2.0)
    np.testing.assert_allclose(potential.values(X), exactly(azulay, X), rtol=1e-12)


def test_hypentropy_lies_between_the_norms():
    """Φ → x²/(2kc) for a large knee, and |x|·log(2|x|/k)/c − |x|/c for a small one."""
    x = np.array([-2.0, 0.5, 1.0])
    np.testing.assert_allclose(Hypentropy(same(1e6, x), 4.0).values(x), x**2 / 8e6, rtol=1e-9)
    size = np.abs(x)
    np.testing.assert_allclose(
        Hypentropy(same(1e-150, x), 4.0).values(x), size * (np.log(2 * size / 1e-150) - 1) / 4, rtol=1e-14
    )


def test_hypentropy_at_the_ends_of_double_precision():
    potential = Hypentropy(np.array([1e-200, 1e-200, 1e200]), rate=4.0)
    x = np.array([1e250, -1e-250, 1e-50])
    z = potential.gradient(x)
    assert np.isfinite(z).all()
    np.testing.assert_allclose(potential.conjugate_gradient(z), x, rtol=1e-10)
    assert np.isinf(potential.conjugate_gradient(np.array([1e4, -1e4, 1e4]))).all()


def test_entropy_with_its_offset_is_the_divergence_from_the_start():
    """Φ(x) − ⟨log x₀/c, x⟩ + x₀/c = KL(x, x₀)/c, the potential of x = u² from x₀ = u₀²."""
    x, start = np.array([1e-8, 0.3, 5.0]), np.array([0.2, 1e-6, 3.0])
    divergence = x * np.log(x / start) - x + start
    potential = Entropy(np.ones(3), rate=4.0)
    np.testing.assert_allclose(potential.values(x) - x * np.log(start) / 4 + start / 4, divergence / 4, rtol=1e-12)
    np.testing.assert_allclose(Entropy(-np.ones(3), rate=4.0).values(-x), potential.values(x), rtol=1e-15)
    np.testing.assert_allclose(Entropy(-np.ones(3), rate=4.0).gradient(-x), -potential.gradient(x), rtol=1e-15)


@pytest.mark.parametrize("depth", [3, 4])
@pytest.mark.parametrize(("u", "v"), [(0.3, 0.3), (1e-2, 0.2)])
def test_deep_hypentropy_is_the_integral_of_the_inverse_of_h(depth, u, v):
    """f(z) = (u^(2−D) − cz)^(−D/(D−2)) − (v^(2−D) + cz)^(−D/(D−2)), c = D(D−2), from the table of mirror maps."""
    speed, power = depth * (depth - 2), mp.mpf(depth) / (depth - 2)
    upper, lower = mp.mpf(u) ** (2 - depth), mp.mpf(v) ** (2 - depth)

    def mirror(z):
        return (upper - speed * z) ** -power - (lower + speed * z) ** -power

    def conjugate(z):
        rise = -2 / mp.mpf(depth - 2)
        return ((upper - speed * z) ** rise + (lower + speed * z) ** rise) / (2 * depth)

    shares = np.array([-0.999, -0.9, -0.3, -1e-4, 1e-6, 0.2, 0.5, 0.97])
    z = np.where(shares > 0, shares * float(upper), -shares * -float(lower)) / speed
    potential = DeepHypentropy(
        same(u ** (2.0 - depth) / speed, z),
        same(v ** (2.0 - depth) / speed, z),
        coefficient=float(speed) ** (-depth / (depth - 2)),
        exponent=depth / (depth - 2),
    )
    np.testing.assert_allclose(potential.conjugate_gradient(z), exactly(mirror, z), rtol=1e-11)
    # Φ* is fixed up to a constant: here it is 0 at its minimum.
    at_minimum = conjugate((upper - lower) / (2 * speed))
    np.testing.assert_allclose(
        potential.conjugates(z), exactly(lambda t: conjugate(t) - at_minimum, z), rtol=1e-10, atol=1e-18
    )

    def inverse(x):
        ends = -lower / speed, upper / speed
        inner = [end * (1 - mp.mpf(10) ** -30) for end in ends]
        return mp.findroot(lambda z: mirror(z) - x, inner, solver="ridder", tol=1e-34, maxsteps=400, verify=False)

    x = np.array([-30.0, -0.2, -1e-4, 1e-3, 1.0, 50.0])
    part = potential.restricted(np.arange(len(z)) < len(x))
    np.testing.assert_allclose(part.gradient(x), exactly(inverse, x), rtol=1e-10)


@pytest.mark.parametrize("depth", [3, 4])
def test_deep_entropy_is_the_potential_of_a_power(depth):
    """Φ' = (u^(2−D) − x^(−(D−2)/D))/c and Φ = [u^(2−D)·x − (D/2)·x^(2/D)]/c for x = u^D."""
    u, speed = mp.mpf("0.2"), depth * (depth - 2)
    x = np.array([1e-9, 1e-3, 0.008, 1.0, 1e4])
    potential = DeepEntropy(
        np.ones(5),
        same(0.2 ** (2.0 - depth) / speed, x),
        same(np.inf, x),
        coefficient=float(speed) ** (-depth / (depth - 2)),
        exponent=depth / (depth - 2),
    )
    power = mp.mpf(depth - 2) / depth
    slope = exactly(lambda t: (u ** (2 - depth) - t**-power) / speed, x)
    value = exactly(lambda t: (u ** (2 - depth) * t - mp.mpf(depth) / 2 * t ** (mp.mpf(2) / depth)) / speed, x)
    np.testing.assert_allclose(potential.gradient(x), slope, rtol=1e-12, atol=1e-14 * np.abs(slope).max())
    np.testing.assert_allclose(potential.values(x), value, rtol=1e-11)


@pytest.mark.parametrize("a", [1e-3, 0.4, 20.0])
def test_tangent_hypentropy(a):
    """f(z) = a³·tan(az)/cos²(az), Φ* = a²·tan²(az)/2."""
    angle = np.array([-1.5, -0.7, -1e-6, 1e-9, 0.3, 1.57])
    z, size = angle / a, mp.mpf(a)
    potential = TangentHypentropy(same(a, z))
    wanted = exactly(lambda t: size**3 * mp.tan(size * t) / mp.cos(size * t) ** 2, z)
    np.testing.assert_allclose(potential.conjugate_gradient(z), wanted, rtol=1e-11)
    np.testing.assert_allclose(
        potential.conjugates(z), exactly(lambda t: size**2 * mp.tan(size * t) ** 2 / 2, z), rtol=1e-11
    )
    np.testing.assert_allclose(potential.gradient(wanted), z, rtol=1e-12)


@pytest.mark.parametrize("imbalances", [[0.0], [0.7], [0.0, 0.0, 0.0], [0.2, 3.0]])
def test_radial_by_quadrature(imbalances):
    """φ(ρ) = ∫ √s dρ with s·∏(s + δ_j) = ρ², integrated in 40 digits."""
    size, deltas = mp.mpf("2.3"), [mp.mpf(delta) for delta in imbalances]

    def squared_slope(radius):
        # Newton in log s, where the slope of the left side lies between 1 and 1 + h.
        s = radius ** (mp.mpf(2) / (1 + len(deltas)))
        for _ in range(100):
            left = mp.log(s) + mp.fsum(mp.log(s + delta) for delta in deltas) - 2 * mp.log(radius)
            step = left / (1 + mp.fsum(s / (s + delta) for delta in deltas))
            s *= mp.exp(-step)
            if abs(step) < mp.mpf(10) ** -35:
                break
        return s

    # ρ = r⁴ makes the integrand smooth at 0
    value = mp.quad(
        lambda r: mp.sqrt(squared_slope(r**4)) * 4 * r**3 if r else mp.mpf(0), [0, size ** mp.mpf("0.25")], maxdegree=5
    )
    x = 2.3 * np.array([0.6, 0.0, -0.8])
    potential = Radial(np.array(imbalances))
    assert potential.value(x) == pytest.approx(float(value), rel=1e-9)
    np.testing.assert_allclose(potential.gradient(x), float(mp.sqrt(squared_slope(size))) * x / 2.3, rtol=1e-13)


@pytest.mark.parametrize("hidden", [1, 2, 4])
def test_balanced_chains_minimise_a_power_of_the_norm(hidden):
    """δ = 0: Φ = (h+1)/(h+2)·‖x‖^((h+2)/(h+1)), for one neuron the 3/2 power of Azulay et al."""
    x = np.array([3.0, -4.0])
    power = (hidden + 2) / (hidden + 1)
    assert Radial(np.zeros(hidden)).value(x) == pytest.approx(5.0**power / power, rel=1e-12)


def test_radial_at_zero():
    potential = Radial(np.array([0.5]))
    assert potential.value(np.zeros(3)) == 0
    np.testing.assert_array_equal(potential.gradient(np.zeros(3)), np.zeros(3))
    np.testing.assert_array_equal(potential.conjugate_gradient(np.zeros(3)), np.zeros(3))


def test_radial_does_not_restrict():
    potential = Radial(np.zeros(1))
    assert potential.restricted(np.ones(4, dtype=bool)) is potential
    with pytest.raises(TypeError, match="coordinate by coordinate"):
        potential.restricted(np.array([True, False]))


def test_quadratic():
    x = np.array([1.0, -2.0, 2.0])
    potential = Quadratic(rate=2.0)
    assert potential.value(x) == 9 / 4
    assert potential.conjugate(x) == 9
    np.testing.assert_array_equal(potential.gradient(x), x / 2)
    np.testing.assert_array_equal(potential.conjugate_gradient(x), 2 * x)


class TestOutsideTheDomain:
    """Φ = +inf and ∇Φ = NaN on the wrong side of a lock; Φ* = +inf and ∇Φ* infinite beyond the ends."""

    @pytest.mark.parametrize(
        "potential",
        [
            Entropy(np.array([1.0, -1.0]), rate=4.0),
            DeepEntropy(np.array([1.0, -1.0]), np.ones(2), np.full(2, np.inf), coefficient=1.0, exponent=3.0),
            DeepEntropy(np.array([1.0, -1.0]), np.ones(2), 2 * np.ones(2), coefficient=1.0, exponent=3.0),
        ],
        ids=["entropy", "one branch", "two branches"],
    )
    def test_locked_signs(self, potential):
        wrong = np.array([-0.1, 0.1])
        assert np.all(potential.values(wrong) == np.inf)
        assert np.isnan(potential.gradient(wrong)).all()
        np.testing.assert_array_equal(potential.gradient(np.zeros(2)), [-np.inf, np.inf])

    def test_zero_costs_nothing_where_the_sign_is_locked(self):
        zero, infinite = np.zeros(2), np.full(2, np.inf)
        for potential in (
            Entropy(np.ones(2), rate=4.0),
            DeepEntropy(np.ones(2), np.ones(2), infinite, coefficient=1.0, exponent=3.0),
        ):
            np.testing.assert_array_equal(potential.values(zero), zero)
            assert potential.value(zero) == 0

    @pytest.mark.parametrize(
        "potential",
        [
            DeepHypentropy(np.array([2.0, 2.0]), np.array([1.0, 1.0]), coefficient=1.0, exponent=3.0),
            TangentHypentropy(np.array([np.pi / 4, np.pi / 2])),
        ],
        ids=["deep", "tangent"],
    )
    @pytest.mark.parametrize("beyond", [2.001, 1e3])
    def test_ends_of_the_dual(self, potential, beyond):
        z = np.array([beyond, -beyond])
        assert np.all(potential.conjugates(z) == np.inf)
        np.testing.assert_array_equal(potential.conjugate_gradient(z), [np.inf, -np.inf])
        assert np.all(potential.conjugate_curvature(z) == np.inf)

    def test_the_end_of_a_locked_branch(self):
        potential = DeepEntropy(np.array([1.0, -1.0]), np.ones(2), np.full(2, np.inf), coefficient=1.0, exponent=3.0)
        beyond = np.array([1.5, -1.5])
        assert np.all(potential.conjugates(beyond) == np.inf)
        np.testing.assert_array_equal(potential.conjugate_gradient(beyond), [np.inf, -np.inf])

    def test_frozen(self):
        potential = Frozen(2)
        np.testing.assert_array_equal(potential.values(np.array([0.0, 1e-300])), [0, np.inf])
        assert np.isnan(potential.gradient(np.array([1.0, -1.0]))).all()
        np.testing.assert_array_equal(potential.conjugates(np.array([5.0, -5.0])), [0, 0])
        assert not potential.free(2).any()


def test_blocks_put_each_part_on_its_own_coordinates():
    flat, locked = Hypentropy(np.array([0.5, 2.0]), rate=4.0), Entropy(np.array([-1.0]), rate=4.0)
    mixed = Blocks((np.array([3, 1]), np.array([0]), np.array([2])), (flat, locked, Frozen(1)))
    x = np.array([-0.4, 1.5, 0.0, -2.0])
    np.testing.assert_array_equal(mixed.values(x)[[3, 1]], flat.values(x[[3, 1]]))
    np.testing.assert_array_equal(mixed.values(x)[[0]], locked.values(x[[0]]))
    np.testing.assert_array_equal(mixed.free(4), [True, True, False, True])
    part = mixed.restricted(np.array([True, False, False, True]))
    np.testing.assert_array_equal(part.values(x[[0, 3]]), mixed.values(x)[[0, 3]])
