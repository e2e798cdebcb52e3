"""Orthogonal layers: their closed forms, recomputed here from pseudo-inverses, and where these stop."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

import ridgeless as rl
from ridgeless.errors import IncompatibleInitError, InvalidInputError
from ridgeless.potentials import NoTheorem, Stall

DEPTHS = (1, 2, 4)


def drawn(seed, n=4, d=9, rank=None):
    """A system, and its A⁺b and projection onto the null space, by NumPy's pinv."""
    rng = np.random.default_rng([seed, n, d])
    A = rng.standard_normal((n, d))
    if rank is not None:
        A = rng.standard_normal((n, rank)) @ A[:rank]
    b = A @ rng.standard_normal(d)
    inverse = np.linalg.pinv(A, rcond=1e-10)
    return rl.LinearSystem(A, b), inverse @ b, np.eye(d) - inverse @ A


def start(network, system, seed, length=None, x=None):
    """Haar layers and a w such that ‖x₀‖ = length, or x₀ = x."""
    theta = rl.inits.Gaussian(1.0)(network, system, seed)
    if x is not None:
        theta["w"] = np.linalg.multi_dot([*theta["Q"], np.eye(len(x))]).T @ x
    if length is not None:
        theta["w"] *= length / np.linalg.norm(theta["w"])
    return theta


def fixed(depth=1):
    return rl.networks.Orthogonal(depth, train_vector=False)


sizes = st.integers(1, 6).flatmap(lambda n: st.tuples(st.just(n), st.integers(n + 1, 12)))


@given(seed=st.integers(0, 99), size=sizes, depth=st.sampled_from(DEPTHS), factor=st.floats(1.001, 50.0))
def test_a_long_fixed_vector_ends_at_the_solution_of_its_norm(seed, size, depth, factor):
    system, shortest, null = drawn(seed, *size)
    theta = start(fixed(depth), system, seed, factor * np.linalg.norm(shortest))
    kept = null @ fixed(depth)(theta)
    height = np.sqrt(theta["w"] @ theta["w"] - shortest @ shortest)
    found = rl.limit(system, fixed(depth), theta)
    assert found.success
    assert rl.certify(found).verdict == "certified"
    wanted = shortest + height * kept / np.linalg.norm(kept)
    np.testing.assert_allclose(found.x, wanted, rtol=0, atol=1e-9 * np.linalg.norm(wanted))
    assert np.linalg.norm(found.x) == pytest.approx(np.linalg.norm(theta["w"]), rel=1e-9)


@given(seed=st.integers(0, 99), size=sizes, depth=st.sampled_from(DEPTHS), factor=st.floats(0.01, 3.0))
def test_a_trained_vector_ends_where_lambert_says(seed, size, depth, factor):
    system, shortest, null = drawn(seed, *size)
    network = rl.networks.Orthogonal(depth)
    theta = start(network, system, seed, factor * np.linalg.norm(shortest))
    x, kept = network(theta), null @ network(theta)
    inside = depth / 2 * (kept @ kept) * np.exp(depth / 2 * (x @ x - shortest @ shortest))
    height = np.sqrt(2 / depth * scipy.special.lambertw(inside).real)
    wanted = shortest + height * kept / np.linalg.norm(kept)
    found = rl.limit(system, network, theta)
    assert found.success
    assert rl.certify(found).verdict == "certified"
    np.testing.assert_allclose(found.x, wanted, rtol=0, atol=1e-9 * np.linalg.norm(wanted))


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("length", [1e2, 1e4, 1e6])
def test_exponents_beyond_float64_are_no_obstacle(depth, length):
    """log‖P_N x‖² + (L/2)‖x‖² at both ends, where e^(…) itself is infinite."""
    system, _, null = drawn(0)
    network = rl.networks.Orthogonal(depth)
    theta = start(network, system, 0, length)
    found = rl.limit(system, network, theta)
    ends = [(null @ x, x @ x) for x in (network(theta), found.x)]
    first, last = (np.log(kept @ kept) + depth / 2 * square for kept, square in ends)
    assert depth / 2 * ends[0][1] > np.log(np.finfo(float).max)
    assert last == pytest.approx(first, rel=1e-12)


@pytest.mark.parametrize("depth", DEPTHS)
def test_depth_suppresses_the_null_part_of_a_short_start(depth):
    """‖P_N x∞‖² → ‖P_N x₀‖² e^(−(L/2)(‖A⁺b‖² − ‖x₀‖²)), and to nothing where that is below rounding."""
    system, shortest, null = drawn(1)
    exponent = 15.0
    length = np.sqrt(2 * exponent / depth + 0.25)
    system = rl.LinearSystem(system.A, length / np.linalg.norm(shortest) * system.b)
    network = rl.networks.Orthogonal(depth)
    theta = start(network, system, 1, 0.5)
    kept = null @ network(theta)
    found = null @ rl.limit(system, network, theta).x
    assert np.log(found @ found / (kept @ kept)) == pytest.approx(-exponent, abs=1e-6)
    far = rl.LinearSystem(system.A, 100 * system.b)
    np.testing.assert_array_equal(rl.limit(far, network, theta).x, far.min_norm())


@given(seed=st.integers(0, 99), size=sizes, depth=st.sampled_from(DEPTHS), factor=st.floats(1e-6, 0.999))
def test_a_short_fixed_vector_stalls_on_its_sphere(seed, size, depth, factor):
    system, shortest, _ = drawn(seed, *size)
    theta = start(fixed(depth), system, seed, factor * np.linalg.norm(shortest))
    stall = fixed(depth).theorem(theta, system)
    found = rl.limit(system, fixed(depth), theta)
    assert isinstance(stall, Stall)
    assert found.status is rl.Status.STALLED
    assert found.bias is None
    assert fixed(depth).bias(theta, system) is None
    assert stall.reason in found.message
    assert rl.certify(found).verdict != "certified"
    x, pull = found.x, system.A.T @ (system.b - system.A @ found.x)
    shift = pull @ x / (x @ x)
    assert shift > 0
    assert np.linalg.norm(x) == pytest.approx(np.linalg.norm(theta["w"]), rel=1e-12)
    np.testing.assert_allclose(pull, shift * x, rtol=0, atol=1e-10 * np.linalg.norm(system.A, 2) ** 2)
    wanted = np.linalg.solve(system.A.T @ system.A + shift * np.eye(len(x)), system.A.T @ system.b)
    np.testing.assert_allclose(x, wanted, rtol=0, atol=1e-8 * np.linalg.norm(x))


def test_stalls_of_dependent_equations_and_of_no_vector_at_all():
    system, shortest, _ = drawn(2, n=5, rank=3)
    half = rl.limit(system, fixed(), start(fixed(), system, 2, 0.5 * np.linalg.norm(shortest)))
    assert half.status is rl.Status.STALLED
    assert np.linalg.norm(half.x) == pytest.approx(0.5 * np.linalg.norm(shortest), rel=1e-12)
    none = rl.limit(system, fixed(), start(fixed(), system, 2, 0.0))
    assert none.status is rl.Status.STALLED
    assert none.residual == 1
    assert not none.x.any()


@pytest.mark.parametrize("off", [0.0, 1e-14, -1e-14])
def test_a_vector_as_long_as_the_shortest_solution_ends_there(off):
    system, shortest, _ = drawn(3)
    found = rl.limit(system, fixed(2), start(fixed(2), system, 3, (1 + off) * np.linalg.norm(shortest)))
    assert found.success
    np.testing.assert_allclose(found.x, shortest, rtol=1e-12)


def test_a_sphere_that_hardly_misses_is_as_good_as_its_residual():
    system, shortest, _ = drawn(3)
    theta = start(fixed(), system, 3, (1 - 1e-9) * np.linalg.norm(shortest))
    assert rl.limit(system, fixed(), theta).status is rl.Status.STALLED
    loose = rl.limit(system, fixed(), theta, tol=1e-8)
    assert loose.success
    assert loose.residual <= 1e-8


class TestStartsInTheRowSpace:
    def test_a_trained_vector_ends_at_the_shortest_solution(self):
        system, shortest, null = drawn(4)
        network = rl.networks.Orthogonal(2)
        inside = np.ones(9) - null @ np.ones(9)
        for x in (inside, -3 * shortest, np.zeros(9)):
            np.testing.assert_allclose(rl.limit(system, network, start(network, system, 4, x=x)).x, shortest, rtol=1e-9)

    def test_a_long_fixed_vector_is_refused(self):
        system, shortest, _ = drawn(4)
        with pytest.raises(rl.NoExactLimit, match=r"saddle.*train_vector=True"):
            rl.limit(system, fixed(2), start(fixed(2), system, 4, x=2 * shortest))

    def test_a_short_one_stalls_if_it_starts_on_the_near_side(self):
        system, shortest, _ = drawn(4)
        found = rl.limit(system, fixed(), start(fixed(), system, 4, x=shortest / 2))
        generic = rl.limit(system, fixed(), start(fixed(), system, 4, np.linalg.norm(shortest) / 2))
        np.testing.assert_allclose(found.x, generic.x, rtol=1e-9)
        assert isinstance(fixed().theorem(start(fixed(), system, 4, x=-shortest / 2), system), NoTheorem)

    def test_the_point_opposite_of_one_equation_is_stationary(self):
        system = rl.LinearSystem([[3.0, 4.0]], [25.0])
        assert isinstance(fixed().theorem({"Q": [np.eye(2)], "w": np.array([-0.6, -0.8])}, system), NoTheorem)
        found = rl.limit(system, fixed(), {"Q": [np.eye(2)], "w": np.array([0.6, 0.8])})
        np.testing.assert_allclose(found.x, [0.6, 0.8], rtol=1e-14)

    def test_a_square_system_has_no_null_space(self):
        system, only, _ = drawn(5, n=9)
        for network, length in ((rl.networks.Orthogonal(2), 1.0), (fixed(2), np.linalg.norm(only))):
            theta = start(network, system, 5, x=length / np.linalg.norm(only) * only)
            np.testing.assert_allclose(rl.limit(system, network, theta).x, only, rtol=1e-8)
            drift = rl.certificates.conservation(system, network, theta, theta)
            assert set(drift.values()) == {0.0}


@pytest.mark.parametrize("train_vector", [True, False])
@pytest.mark.parametrize("depth", [1, 3])
def test_the_tangent_metric_is_that_of_the_orthogonal_matrices(depth, train_vector):
    """M = Σ x'x'ᵀ over an orthonormal basis of the tangent space: skew matrices for layers, unit vectors for w."""
    network = rl.networks.Orthogonal(depth, train_vector)
    system, _, _ = drawn(6, 2, 4)
    theta = rl.inits.Gaussian(1.5)(network, system, 6)
    metric = np.zeros((4, 4))
    for index, layer in enumerate(theta["Q"]):
        for row, column in zip(*np.triu_indices(4, 1), strict=True):
            skew = np.zeros((4, 4))
            skew[row, column], skew[column, row] = np.sqrt(0.5), -np.sqrt(0.5)
            turned = [*theta["Q"][:index], skew @ layer, *theta["Q"][index + 1 :]]
            moved = np.linalg.multi_dot([*turned, theta["w"]])
            metric += np.outer(moved, moved)
    if train_vector:
        product = np.linalg.multi_dot([*theta["Q"], np.eye(4)])
        metric += product @ product.T
    found = np.column_stack([network.tangent_metric(theta, unit) for unit in np.eye(4)])
    np.testing.assert_allclose(found, metric, atol=1e-13)
    assert np.linalg.eigvalsh(metric)[0] >= network.metric_floor(theta, system) - 1e-12


def test_haar_layers_are_orthogonal_and_of_either_orientation():
    system, _, _ = drawn(7, 1, 5)
    layers = [rl.inits.Gaussian(1.0)(fixed(), system, seed)["Q"][0] for seed in range(200)]
    for layer in layers:
        np.testing.assert_allclose(layer.T @ layer, np.eye(5), atol=1e-14)
    assert 70 < sum(np.linalg.det(layer) > 0 for layer in layers) < 130
    assert np.mean([layer[0, 0] ** 2 for layer in layers]) == pytest.approx(1 / 5, abs=0.05)


def test_the_last_vector_is_gaussian_of_variance_one_over_d():
    system, _, _ = drawn(8, 1, 400)
    vector = rl.inits.Gaussian(0.5)(rl.networks.Orthogonal(1), system, 0)["w"]
    assert np.linalg.norm(vector) == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("init", [rl.inits.Constant(0.3), rl.inits.Imbalanced(0.3, 0.5), rl.inits.TorchDefault()])
def test_inits_that_make_no_orthogonal_layers_say_what_to_type(init):
    with pytest.raises(IncompatibleInitError, match=r"Type rl\.inits\.Gaussian\(scale\)"):
        init(rl.networks.Orthogonal(2), drawn(0)[0], 0)


@pytest.mark.usefixtures("as_a_user")
class TestRefusals:
    def test_layers_that_are_not_orthogonal(self):
        system, _, _ = drawn(9)
        theta = start(fixed(2), system, 9)
        theta["Q"][1] = theta["Q"][1] + 1e-7 * np.eye(9)
        with pytest.raises(InvalidInputError, match=r"theta\['Q'\]\[1\] is not orthogonal.*polar"):
            rl.limit(system, fixed(2), theta)
        theta["Q"][1] -= (1 - 1e-2) * 1e-7 * np.eye(9)
        fixed(2).checked(theta, 9)

    @pytest.mark.parametrize("value", [1, 0, None, "yes"])
    def test_a_train_vector_that_is_neither_true_nor_false(self, value):
        with pytest.raises(InvalidInputError, match="train_vector"):
            rl.networks.Orthogonal(1, train_vector=value)


@pytest.mark.parametrize("alpha", [1.0, 20.0])
def test_lazy_training_stalls_too(alpha):
    """Training F towards a point beyond its sphere, seen through the magnifying glass."""
    system, shortest, _ = drawn(10)
    theta = start(fixed(), system, 10, 0.3 * np.linalg.norm(shortest))
    lazy = rl.networks.Lazy(fixed(), alpha)
    found, center = rl.limit(system, lazy, theta), fixed()(theta)
    inner = center + (found.x - center) / alpha
    assert np.linalg.norm(inner) == pytest.approx(np.linalg.norm(theta["w"]), rel=1e-9)
    if alpha == 1:
        assert found.status is rl.Status.STALLED
        np.testing.assert_allclose(found.x, rl.limit(system, fixed(), theta).x, rtol=1e-12)
    else:
        assert found.success
