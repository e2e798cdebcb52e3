"""The limit against the training it replaces: gradient flow on the weights, typed here and integrated by SciPy.

Nothing is shared with the library but the numbers of A, b and theta0: neither its networks, nor its potentials, nor
its flows. Twelve digits along the way, stopped at a residual of 1e-10.
"""

import numpy as np
import pytest
import scipy.integrate

import ridgeless as rl

pytestmark = pytest.mark.usefixtures("as_a_user")


def matrix(n, d, seed):
    """Gaussian rows scaled so that the largest singular value is 1: time is counted in its own unit."""
    A = np.random.default_rng([seed, n, d]).standard_normal((n, d))
    return A / np.linalg.norm(A, 2)


def trained(A, b, forward, pull, weights, longest=1e5):
    """x at the end of θ' = −∇½‖A x(θ) − b‖²; `pull(θ, g)` is (∂x/∂θ)ᵀg."""
    size = np.linalg.norm(b)

    def velocity(_, weights):
        return pull(weights, A.T @ (b - A @ forward(weights)))

    def done(_, weights):
        return np.linalg.norm(A @ forward(weights) - b) / size - 1e-10

    done.terminal = True
    run = scipy.integrate.solve_ivp(
        velocity, (0, longest), weights, method="LSODA", rtol=1e-12, atol=1e-15, events=done
    )
    assert run.t_events[0].size, "the oracle itself did not reach zero loss"
    return forward(run.y[:, -1])


def agree(A, b, network, theta0, oracle, tolerance=1e-8):
    found = rl.limit(rl.LinearSystem(A, b), network, theta0)
    assert found.status is rl.Status.CONVERGED
    assert np.linalg.norm(found.x - oracle) <= tolerance * np.linalg.norm(oracle)
    assert rl.certify(found).verdict == "certified"


def random_theta(shape, scale, seed, signs=True):
    rng = np.random.default_rng([seed, 1])
    size = scale * rng.uniform(0.4, 1.6, shape)
    return size * rng.choice([-1.0, 1.0], shape) if signs else size


def others(layers):
    """The products of all layers but one, (L, d), zeros among them or not."""
    return np.array([np.prod(np.delete(layers, j, axis=0), axis=0) for j in range(len(layers))])


SIZES = [(3, 8), (5, 12), (8, 25)]


@pytest.mark.parametrize(("n", "d"), SIZES)
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("scale", [0.2, 1.0])
def test_difference(n, d, depth, scale):
    A, start = matrix(n, d, depth), random_theta((2, d), scale, n, signs=depth != 3)
    b = A @ np.random.default_rng(n).standard_normal(d)

    def forward(flat):
        u, v = flat.reshape(2, d)
        return u**depth - v**depth

    def pull(flat, g):
        u, v = flat.reshape(2, d)
        return np.concatenate([depth * u ** (depth - 1) * g, -depth * v ** (depth - 1) * g])

    oracle = trained(A, b, forward, pull, start.ravel())
    agree(A, b, rl.networks.Difference(depth), {"u": start[0], "v": start[1]}, oracle)


@pytest.mark.parametrize("seed", range(4))
def test_difference_of_cubes_with_signs_locked_among_open_ones(seed):
    """Opposite signs of u and v at D = 3 lock x_i to the sign of u; equal signs leave it open."""
    n, d = 3, 10
    A, start = matrix(n, d, seed), random_theta((2, d), 0.6, seed)
    is_locked = start[0] * start[1] < 0
    assert 0 < is_locked.sum() < d
    x = np.random.default_rng(seed).standard_normal(d)
    b = A @ np.where(is_locked, np.sign(start[0]) * np.abs(x), x)

    def forward(flat):
        return flat[:d] ** 3 - flat[d:] ** 3

    def pull(flat, g):
        return 3 * flat**2 * np.concatenate([g, -g])

    oracle = trained(A, b, forward, pull, start.ravel())
    assert np.all(oracle[is_locked] * np.sign(start[0][is_locked]) > 0)
    agree(A, b, rl.networks.Difference(3), {"u": start[0], "v": start[1]}, oracle)


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_zero_weights_freeze_and_lock(depth):
    """u₀ = 0 or v₀ = 0 leaves one branch of a coordinate, both leave none."""
    n, d = 3, 14
    A, start = matrix(n, d, depth), random_theta((2, d), 0.7, depth, signs=False)
    start[0, :3], start[1, 3:6], start[:, 6:8] = 0, 0, 0
    x = np.random.default_rng(depth).standard_normal(d)
    x[:3], x[3:6], x[6:8] = -np.abs(x[:3]), np.abs(x[3:6]), 0
    b = A @ x

    def forward(flat):
        return flat[:d] ** depth - flat[d:] ** depth

    def pull(flat, g):
        return depth * flat ** (depth - 1) * np.concatenate([g, -g])

    oracle = trained(A, b, forward, pull, start.ravel())
    assert not oracle[6:8].any()
    agree(A, b, rl.networks.Difference(depth), {"u": start[0], "v": start[1]}, oracle)


@pytest.mark.parametrize(("n", "d"), SIZES[:2])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_power(n, d, depth):
    A, u = matrix(n, d, depth), random_theta(d, 0.6, depth)
    sign = np.sign(u) ** depth if depth > 1 else np.ones(d)
    b = A @ (sign * np.abs(np.random.default_rng(n).standard_normal(d)))
    oracle = trained(A, b, lambda u: u**depth, lambda u, g: depth * u ** (depth - 1) * g, u)
    agree(A, b, rl.networks.Power(depth), {"u": u}, oracle)


def test_power_with_frozen_coordinates():
    A, u = matrix(3, 12, 0), random_theta(12, 0.6, 0)
    u[::4] = 0
    b = A @ (u**3 * np.random.default_rng(0).uniform(0.2, 5.0, 12))
    oracle = trained(A, b, lambda u: u**3, lambda u, g: 3 * u**2 * g, u)
    agree(A, b, rl.networks.Power(3), {"u": u}, oracle)


def product_case(depth, d):
    def forward(flat):
        return np.prod(flat.reshape(depth, d), axis=0)

    def pull(flat, g):
        return (others(flat.reshape(depth, d)) * g).ravel()

    return forward, pull


@pytest.mark.parametrize(("n", "d"), SIZES)
def test_product_of_two_from_any_start(n, d):
    A, layers = matrix(n, d, 0), random_theta((2, d), 0.5, n)
    b = A @ np.random.default_rng(n).standard_normal(d)
    oracle = trained(A, b, *product_case(2, d), layers.ravel())
    agree(A, b, rl.networks.Product(2), {"layers": layers}, oracle)


def test_product_of_two_with_locked_and_frozen_coordinates():
    """u₀ = ±v₀ locks the sign of x, both 0 freeze it."""
    n, d = 3, 12
    A, layers = matrix(n, d, 1), random_theta((2, d), 0.7, 1)
    layers[1, :3], layers[1, 3:6], layers[:, 6:8] = layers[0, :3], -layers[0, 3:6], 0
    x = np.random.default_rng(1).standard_normal(d)
    x[:3], x[3:6], x[6:8] = np.abs(x[:3]), -np.abs(x[3:6]), 0
    b = A @ x
    oracle = trained(A, b, *product_case(2, d), layers.ravel())
    agree(A, b, rl.networks.Product(2), {"layers": layers}, oracle)


@pytest.mark.parametrize("depth", [1, 3, 4])
@pytest.mark.parametrize(("n", "d"), SIZES[:2])
def test_product_from_one_layer_at_zero(depth, n, d):
    """(a, …, a, 0) with the zero in any layer, any signs, and two zeros where the coordinate is to be frozen."""
    A, rng = matrix(n, d, depth), np.random.default_rng([depth, n])
    layers = random_theta(d, 0.8, n) * rng.choice([-1.0, 1.0], (depth, d))
    x = rng.standard_normal(d)
    if depth > 1:
        layers[rng.integers(depth, size=d), np.arange(d)] = 0
        layers[:2, 0], x[0] = 0, 0
    b = A @ x
    oracle = trained(A, b, *product_case(depth, d), layers.ravel())
    agree(A, b, rl.networks.Product(depth), {"layers": layers}, oracle)


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize(("n", "d"), SIZES)
def test_two_branches(depth, n, d):
    A, start = matrix(n, d, depth), random_theta((2, depth, d), 0.5, n)
    b = A @ np.random.default_rng(n).standard_normal(d)

    def forward(flat):
        plus, minus = flat.reshape(2, depth, d)
        return np.prod(plus, axis=0) - np.prod(minus, axis=0)

    def pull(flat, g):
        plus, minus = flat.reshape(2, depth, d)
        return np.concatenate([(others(plus) * g).ravel(), (-others(minus) * g).ravel()])

    oracle = trained(A, b, forward, pull, start.ravel())
    agree(A, b, rl.networks.TwoBranch(depth), {"plus": start[0], "minus": start[1]}, oracle)


def test_direct():
    A, x0 = matrix(4, 11, 0), random_theta(11, 1.0, 0)
    b = A @ random_theta(11, 1.0, 1)
    oracle = trained(A, b, lambda x: x, lambda x, g: g, x0)
    agree(A, b, rl.networks.Direct(), {"x": x0}, oracle)
    np.testing.assert_allclose(oracle, x0 + np.linalg.pinv(A) @ (b - A @ x0), rtol=1e-8)


def dense_case(shapes):
    """x = W_1 … W_h w and its transposed derivative, on flattened weights."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    ends = np.cumsum(sizes)

    def factors(flat):
        return [part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)]

    def product(parts, size):
        result = np.eye(size)
        for part in parts:
            result = result @ part
        return result

    def forward(flat):
        parts = factors(flat)
        return product(parts, shapes[0][0])[:, 0]

    def pull(flat, g):
        parts = factors(flat)
        grown = []
        for index, part in enumerate(parts):
            left = product(parts[:index], shapes[0][0])
            right = product(parts[index + 1 :], part.shape[1])
            grown.append((left.T @ g[:, None] @ right.T).ravel())
        return np.concatenate(grown)

    return forward, pull


def dense_agree(A, b, matrices, vector, tolerance=1e-8):
    shapes = [part.shape for part in matrices] + [(len(vector), 1)]
    flat = np.concatenate([part.ravel() for part in [*matrices, vector]])
    oracle = trained(A, b, *dense_case(shapes), flat)
    agree(A, b, rl.networks.Dense(hidden=len(matrices)), {"W": matrices, "w": vector}, oracle, tolerance)
    return oracle


def unit(rng, size):
    vector = rng.standard_normal(size)
    return vector / np.linalg.norm(vector)


def chain(rng, d, widths, sizes):
    """Rank-one aligned layers of the given norms, the signs of the inner directions at random."""
    directions = [unit(rng, d)] + [unit(rng, width) for width in widths]
    signs = rng.choice([-1.0, 1.0], len(widths))
    pairs = zip(sizes[:-1], signs, directions[:-1], directions[1:], strict=True)
    matrices = [size * sign * np.outer(left, right) for size, sign, left, right in pairs]
    return matrices, sizes[-1] * directions[-1]


@pytest.mark.parametrize("widths", [(1,), (4,), (3, 5), (2, 4, 3)])
@pytest.mark.parametrize("seed", range(2))
def test_dense_chains(widths, seed):
    """x∞ = A⁺b + ∏a_j·P_N w₀ for rank-one chains with δ_j ≥ 0."""
    rng = np.random.default_rng([seed, len(widths)])
    A = matrix(4, 9, seed)
    sizes = np.concatenate([[0.4], 0.4 + rng.uniform(0.05, 0.5, len(widths))])
    matrices, vector = chain(rng, 9, widths, sizes)
    dense_agree(A, A @ rng.standard_normal(9), matrices, vector)


@pytest.mark.parametrize("hidden", [1, 2, 3])
@pytest.mark.parametrize("shape", [0.0, 0.5])
def test_dense_chains_of_the_imbalanced_init(hidden, shape):
    A = matrix(3, 8, hidden)
    b = A @ np.random.default_rng(hidden).standard_normal(8)
    system, network = rl.LinearSystem(A, b), rl.networks.Dense(hidden=hidden, width=3)
    theta0 = rl.inits.Imbalanced(0.3, shape)(network, system, seed=hidden)
    dense_agree(A, b, theta0["W"], theta0["w"])


@pytest.mark.parametrize("hidden", [1, 2])
def test_dense_from_the_row_space(hidden):
    """P_N W₁ = 0 is kept, so that training ends at A⁺b, whatever the other layers."""
    rng = np.random.default_rng(hidden)
    A = matrix(4, 9, hidden)
    b = A @ rng.standard_normal(9)
    matrices = [A.T @ rng.standard_normal((4, 5))] + [rng.standard_normal((5, 5)) / 2 for _ in range(hidden - 1)]
    oracle = dense_agree(A, b, matrices, rng.standard_normal(5))
    np.testing.assert_allclose(oracle, np.linalg.pinv(A) @ b, atol=1e-8)


def test_dense_from_a_first_layer_at_zero():
    rng = np.random.default_rng(0)
    A = matrix(4, 9, 0)
    oracle = dense_agree(A, A @ rng.standard_normal(9), [np.zeros((9, 3))], rng.standard_normal(3))
    assert np.linalg.matrix_rank(oracle[:, None]) == 1


@pytest.mark.parametrize("size", [0.3, 1.0, 4.0])
def test_dense_from_the_null_space(size):
    """P_A W = 0 with one hidden layer: x∞ = A⁺b + c·W w, c² = ½(1 + √(1 + 4‖A⁺b‖²/‖w‖⁴))."""
    rng = np.random.default_rng(1)
    A = matrix(4, 9, 1)
    b = A @ rng.standard_normal(9)
    first = rng.standard_normal((9, 3))
    first -= np.linalg.pinv(A) @ (A @ first)
    vector = size * unit(rng, 3)
    oracle = dense_agree(A, b, [first], vector)
    growth = np.sqrt((1 + np.sqrt(1 + 4 * np.linalg.norm(np.linalg.pinv(A) @ b) ** 2 / size**4)) / 2)
    np.testing.assert_allclose(oracle, np.linalg.pinv(A) @ b + growth * first @ vector, atol=1e-8)


def test_dense_without_hidden_layers():
    A, vector = matrix(4, 9, 2), random_theta(9, 1.0, 2)
    dense_agree(A, A @ random_theta(9, 1.0, 3), [], vector)


def test_a_duplicated_equation_changes_nothing():
    """The rank-deficient case, from weights to limit."""
    A = matrix(4, 10, 5)
    A = np.vstack([A, A[:2], A[0] - A[1]])
    A /= np.linalg.norm(A, 2)
    start = random_theta((2, 10), 0.5, 5)
    b = A @ np.random.default_rng(5).standard_normal(10)
    oracle = trained(
        A, b, lambda f: f[:10] ** 2 - f[10:] ** 2, lambda f, g: 2 * f * np.concatenate([g, -g]), start.ravel()
    )
    agree(A, b, rl.networks.Difference(2), {"u": start[0], "v": start[1]}, oracle)


def test_zero_right_hand_side_with_a_start_that_is_not():
    """b = 0: training shrinks A x to 0 and stops at a solution of A x = 0 that is not 0."""
    A, start = matrix(3, 9, 6), random_theta((2, 9), 0.8, 6)
    size = np.linalg.norm(A @ (start[0] ** 2 - start[1] ** 2))

    def velocity(_, flat):
        g = -A.T @ (A @ (flat[:9] ** 2 - flat[9:] ** 2))
        return 2 * flat * np.concatenate([g, -g])

    def done(_, flat):
        return np.linalg.norm(A @ (flat[:9] ** 2 - flat[9:] ** 2)) / size - 1e-10

    done.terminal = True
    run = scipy.integrate.solve_ivp(
        velocity, (0, 1e5), start.ravel(), method="LSODA", rtol=1e-12, atol=1e-15, events=done
    )
    oracle = run.y[:9, -1] ** 2 - run.y[9:, -1] ** 2
    assert np.linalg.norm(oracle) > 0.1
    agree(A, np.zeros(3), rl.networks.Difference(2), {"u": start[0], "v": start[1]}, oracle)
