"""Networks of width one, in disguise or not: the limit at any depth, by a root found in forty digits.

x = w·a_1 ⋯ a_h with δ_j = a_j² − ‖w‖² conserved and κ = ‖P_N w₀‖²: s = ‖w∞‖² solves (s − κ)·∏_j(s + δ_j) = ‖A⁺b‖², and
x∞ = A⁺b + ∏_j a_j∞·P_N w₀ with |a_j∞| = √(s + δ_j), of the sign it started with where every δ_j ≥ 0.
"""

from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ridgeless as rl

EQUATIONS, UNKNOWNS = 4, 9
# One rank of A for each, where training is reduced to it: programs are compiled once per shape.
TRAINED = [
    (rl.networks.Dense(1, 2), 3),
    (rl.networks.Dense(2, 9), 4),
    (rl.networks.Dense(3, (2, 12, 5)), 3),
    (rl.networks.Dense(4, 3), 4),
]
WEIGHTS = rl.flows.GradientFlow(coordinates="weights")

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed, rank=EQUATIONS):
    rng = np.random.default_rng(np.random.SeedSequence([seed, 111]))
    left, _, right = np.linalg.svd(rng.standard_normal((EQUATIONS, UNKNOWNS)), full_matrices=False)
    A = left * np.where(np.arange(EQUATIONS) < rank, np.linspace(1, 0.5, EQUATIONS), 0) @ right
    return rl.LinearSystem(A, A @ rng.standard_normal(UNKNOWNS)), rng


def unit(rng, size):
    vector = rng.standard_normal(size)
    return vector / np.linalg.norm(vector)


def chain(rng, widths, first_size, factors):
    """(theta, w₀): rank-one aligned layers of the given sizes and signs, in random directions."""
    first = first_size * unit(rng, UNKNOWNS)
    lefts, matrices = first, []
    directions = [unit(rng, width) for width in widths]
    for factor, direction in zip([1.0, *factors[:-1]], directions, strict=True):
        matrices.append(factor * np.outer(lefts, direction))
        lefts = direction
    return {"W": matrices, "w": factors[-1] * directions[-1]}, first


def root(kappa, imbalances, size):
    """s by bisection in forty digits, and √(s + δ_j)."""
    with mpmath.workdps(40):
        kappa, size = mpmath.mpf(kappa), mpmath.mpf(size)
        imbalances = [mpmath.mpf(float(each)) for each in imbalances]
        low = max([kappa, *(-each for each in imbalances)])
        high = low + size + size**2 + 1
        for _ in range(200):
            middle = (low + high) / 2
            above = (middle - kappa) * mpmath.fprod(middle + each for each in imbalances) > size**2
            low, high = (low, middle) if above else (middle, high)
        return float(low), np.array([float(mpmath.sqrt(max(low + each, 0))) for each in imbalances])


def ends(system, first, factors):
    """(A⁺b, P_N w₀, s, |a∞|)."""
    inverse = np.linalg.pinv(system.A, rcond=1e-10)
    shortest, null = inverse @ system.b, first - inverse @ (system.A @ first)
    return shortest, null, *root(null @ null, factors**2 - first @ first, np.linalg.norm(shortest))


def balanced_factors(rng, hidden, first_size):
    """Every δ_j ≥ 0, one of them 0 now and then, with signs."""
    sizes = np.sqrt(first_size**2 + rng.choice([0.0, 1.0], hidden) * first_size**2 * rng.uniform(0, 2, hidden))
    return sizes * rng.choice([-1.0, 1.0], hidden)


@pytest.mark.parametrize(("network", "rank"), TRAINED, ids=repr)
def test_formula_limit_and_training_are_one(network, rank):
    """To 3e-11, the error the formula was first checked to."""
    for seed in range(4):
        system, rng = drawn(seed, rank)
        size = rng.uniform(0.3, 1.2)
        widths = network.width if isinstance(network.width, tuple) else (network.width,) * network.hidden
        factors = balanced_factors(rng, network.hidden, size)
        theta0, first = chain(rng, widths, size, factors)
        shortest, null, s, amounts = ends(system, first, factors)
        wanted = shortest + np.prod(np.sign(factors) * amounts) * null
        assert np.linalg.norm(wanted - shortest) > 0.02
        limit = rl.limit(system, network, theta0)
        assert limit.success
        assert np.linalg.norm(limit.x - wanted) <= 1e-12 * np.linalg.norm(wanted)
        found = rl.train(system, network, theta0, WEIGHTS, tol=1e-11)
        assert found.success
        assert np.linalg.norm(found.x - wanted) <= 3e-11 * np.linalg.norm(wanted)
        norms = [np.linalg.norm(layer) for layer in [*found.theta["W"], found.theta["w"]]]
        np.testing.assert_allclose(norms, [np.sqrt(s), *amounts], rtol=1e-10)


@given(
    st.lists(st.sampled_from([1, 2, 9, 13]), min_size=1, max_size=4),
    st.integers(0, 99),
    st.sampled_from([1, 3, 4]),
    st.floats(1e-4, 1e4),
    st.floats(1e-3, 1e3),
)
def test_the_limit_at_any_widths_rank_and_scale(widths, seed, rank, size, right):
    system, rng = drawn(seed, rank)
    system = rl.LinearSystem(system.A, right * system.b)
    factors = balanced_factors(rng, len(widths), size)
    theta0, first = chain(rng, widths, size, factors)
    shortest, null, _, amounts = ends(system, first, factors)
    wanted = shortest + np.prod(np.sign(factors) * amounts) * null
    found = rl.limit(system, rl.networks.Dense(len(widths)), theta0, tol=1e-6)
    assert np.linalg.norm(found.x - wanted) <= 1e-11 * np.linalg.norm(wanted)


@given(st.integers(0, 99), st.floats(0.05, 5))
def test_one_hidden_layer_in_closed_form(seed, size):
    """a∞² = ½((δ + κ) + √((δ + κ)² + 4‖A⁺b‖²))."""
    system, rng = drawn(seed)
    factors = balanced_factors(rng, 1, size)
    theta0, first = chain(rng, (3,), size, factors)
    shortest, null, _, amounts = ends(system, first, factors)
    middle = factors[0] ** 2 - first @ first + null @ null
    closed = np.sqrt((middle + np.sqrt(middle**2 + 4 * shortest @ shortest)) / 2)
    assert amounts[0] == pytest.approx(closed, rel=1e-12)
    wanted = shortest + np.sign(factors[0]) * closed * null
    np.testing.assert_allclose(rl.limit(system, rl.networks.Dense(1), theta0).x, wanted, rtol=0, atol=1e-11)


@pytest.mark.parametrize(("network", "rank"), TRAINED[:2], ids=repr)
def test_where_an_imbalance_is_negative_the_sign_is_not_foretold(network, rank):
    """|a_j∞| and s are; the limit refuses, and training ends on either side."""
    kept, turned = 0, 0
    for seed in range(16):
        system, rng = drawn(seed + 100, rank)
        factors = 0.25 * rng.choice([-1.0, 1.0], network.hidden)
        theta0, first = chain(rng, (network.width,) * network.hidden, 1.2, factors)
        with pytest.raises(rl.NoExactLimit, match="lowest imbalance δ is -"):
            rl.limit(system, network, theta0)
        shortest, null, s, amounts = ends(system, first, factors)
        found = rl.train(system, network, theta0, WEIGHTS, tol=1e-11)
        assert found.success
        size = np.linalg.norm(found.theta["W"][0])
        assert size == pytest.approx(np.sqrt(s), rel=1e-8)
        assert np.linalg.norm(found.theta["w"]) == pytest.approx(amounts[-1], rel=1e-7)
        product = (found.x - shortest) @ null / (null @ null)
        assert abs(product) == pytest.approx(np.prod(amounts), rel=1e-7)
        np.testing.assert_allclose(found.x, shortest + product * null, rtol=0, atol=1e-9)
        kept += bool(product * np.prod(factors) > 0)
        turned += bool(product * np.prod(factors) < 0)
    assert kept > 2
    assert turned > 2


@given(st.lists(st.sampled_from([2, 5, 9]), min_size=1, max_size=4), st.integers(0, 99), st.floats(0.1, 2))
def test_exactly_balanced_layers_are_chains(widths, seed, size):
    """The most general balanced layers, W_i = U_i·(W_(i+1)W_(i+1)ᵀ)^½ from the last backwards: all of rank one."""
    system, rng = drawn(seed)
    vector = size * unit(rng, widths[-1])
    factors, heights = [vector[:, None]], [UNKNOWNS, *widths]
    for rows, columns in zip(heights[-2::-1], heights[:0:-1], strict=True):
        left, sizes, _ = np.linalg.svd(factors[0])
        sizes = np.concatenate([sizes, np.zeros(columns - len(sizes))])
        frame = np.linalg.qr(rng.standard_normal((max(rows, columns),) * 2))[0][:rows, :columns]
        if rows < columns:  # the frame has to be isometric where the root is not 0
            frame = np.outer(unit(rng, rows), left[:, 0])
        factors.insert(0, frame @ (left * sizes) @ left.T)
    for one, other in pairwise(factors):
        np.testing.assert_allclose(one.T @ one, other @ other.T, atol=1e-13 * size**2)
        assert np.linalg.matrix_rank(one, tol=1e-10 * size) == 1
    theta0 = {"W": factors[:-1], "w": vector}
    x0 = rl.networks.Dense(len(widths))(theta0)
    first = size * x0 / np.linalg.norm(x0)
    shortest, null, _, amounts = ends(system, first, np.full(len(widths), size))
    found = rl.limit(system, rl.networks.Dense(len(widths)), theta0)
    np.testing.assert_allclose(found.x, shortest + np.prod(amounts) * null, rtol=0, atol=1e-11)
