"""Training on orthogonal matrices: it meets the closed forms, keeps what it conserves, and stays orthogonal.

One shape for all: a program is compiled once for each depth and each kind of last vector.
"""

import itertools

import jax
import numpy as np
import pytest
import scipy.linalg

import ridgeless as rl
from ridgeless.errors import InvalidInputError
from ridgeless.flows import _jax, _riemannian
from ridgeless.flows.riemannian_descent import _rotated

DEPTHS = (1, 2, 4)
# Every depth is a program of its own: the least and the most, and the one between among the slow tests.
ENDS_FIRST = [pytest.param(depth, marks=pytest.mark.slow if depth == 2 else []) for depth in DEPTHS]
UNKNOWNS = 9
FLOW = rl.flows.RiemannianFlow()


def drawn(seed=0, n=4):
    rng = np.random.default_rng([seed, 77])
    A = rng.standard_normal((n, UNKNOWNS))
    return rl.LinearSystem(A, A @ rng.standard_normal(UNKNOWNS))


def start(network, system, length, seed=0, x=None):
    """Haar layers with ‖x₀‖ = length times ‖A⁺b‖, in a random direction or in that of x."""
    theta = rl.inits.Gaussian(1.0)(network, system, seed)
    if x is not None:
        theta["w"] = np.linalg.multi_dot([*theta["Q"], np.eye(UNKNOWNS)]).T @ x
    theta["w"] *= length * np.linalg.norm(system.min_norm()) / np.linalg.norm(theta["w"])
    return theta


def fixed(depth):
    return rl.networks.Orthogonal(depth, train_vector=False)


def distance_from_orthogonal(theta):
    return max(np.linalg.norm(layer.T @ layer - np.eye(len(layer))) for layer in theta["Q"])


@pytest.mark.parametrize("length", [0.3, 0.9, 1.1, 3.0])
@pytest.mark.parametrize("train_vector", [True, False])
@pytest.mark.parametrize("depth", ENDS_FIRST)
def test_flow_meets_the_closed_form(depth, train_vector, length):
    system, network = drawn(), rl.networks.Orthogonal(depth, train_vector)
    theta0 = start(network, system, length, seed=depth)
    exact = rl.limit(system, network, theta0)
    found = rl.train(system, network, theta0, FLOW, tol=1e-10)
    assert found.status is exact.status
    assert found.success == (train_vector or length > 1)
    assert np.linalg.norm(found.x - exact.x) <= 1e-8 * np.linalg.norm(exact.x)
    assert distance_from_orthogonal(found.theta) <= 1e-12
    np.testing.assert_allclose(network(found.theta), found.x, rtol=1e-12)
    if found.success:
        assert rl.certify(found).verdict == "certified"
        drift = rl.certificates.conservation(system, network, theta0, found.theta)
        assert len(drift) == 2
        assert max(drift.values()) < 1e-9
    else:
        assert found.residual == pytest.approx(exact.residual, rel=1e-8)
        assert "stalls on the sphere, at x = (AᵀA + μI)⁻¹Aᵀb with μ = " in found.message
        np.testing.assert_array_equal(found.theta["w"], theta0["w"])


@pytest.mark.parametrize("length", [0.5, 2.0])
def test_with_a_fixed_vector_depth_is_speed(length):
    """From one x₀, L layers are where one layer is L times later, and end where it ends (Ablin 2020)."""
    system, found = drawn(1), {}
    one = start(fixed(1), system, length)
    for depth in DEPTHS:
        theta0 = start(fixed(depth), system, length, seed=5, x=fixed(1)(one))
        found[depth] = rl.train(system, fixed(depth), theta0, FLOW, tol=1e-10)
    for depth in DEPTHS[1:]:
        np.testing.assert_allclose(found[depth].x, found[1].x, atol=1e-9)
        # Times are measured by the curvature, which is L times larger; the last one is that of arrival.
        shown = slice(0, min(len(found[depth].history.at), len(found[1].history.at)) - 1)
        np.testing.assert_allclose(depth * found[depth].history.at[shown], found[1].history.at[shown], rtol=1e-12)
        first = found[1].history.loss[0]
        np.testing.assert_allclose(found[depth].history.loss[shown], found[1].history.loss[shown], atol=1e-10 * first)


def test_with_a_trained_vector_depth_matters():
    system = drawn(1)
    one = start(rl.networks.Orthogonal(1), system, 0.5)
    x0 = rl.networks.Orthogonal(1)(one)
    null_parts = []
    for depth in DEPTHS:
        network = rl.networks.Orthogonal(depth)
        found = rl.train(system, network, start(network, system, 0.5, seed=5, x=x0), FLOW)
        null_parts.append(np.linalg.norm(system.project_null(found.x)))
    assert null_parts[0] > 1.5 * null_parts[1] > 3 * null_parts[2]


@pytest.mark.parametrize("train_vector", [True, False])
@pytest.mark.parametrize("depth", DEPTHS)
def test_the_slopes_are_those_of_the_matrices(depth, train_vector):
    """By automatic differentiation: −skew(G_i Q_iᵀ)Q_i for each layer, and −L·skew(G Qᵀ)Q for their product."""
    system, network = drawn(2), rl.networks.Orthogonal(depth, train_vector)
    theta = start(network, system, 1.7)
    with _jax.double_precision():
        gradient = jax.grad(_jax.loss_of(network))(theta, system.A, system.b)
        found = _jax.to_numpy(_riemannian.riemannian_gradient(network, *_jax.to_jax((theta, system.A, system.b))))
        gradient = _jax.to_numpy(gradient)

    def tangent(slope, layer):
        return (slope @ layer.T - layer @ slope.T) @ layer / 2

    for slope, layer, shown in zip(gradient["Q"], theta["Q"], found["Q"], strict=True):
        np.testing.assert_allclose(shown, tangent(slope, layer), atol=1e-12)
    np.testing.assert_allclose(found["w"], train_vector * gradient["w"], atol=1e-12)
    product = np.linalg.multi_dot([*theta["Q"], np.eye(UNKNOWNS)])
    slope = np.outer(system.A.T @ (system.A @ network(theta) - system.b), theta["w"])
    velocity = np.zeros((UNKNOWNS, UNKNOWNS))
    for index, turned in enumerate(found["Q"]):
        velocity += np.linalg.multi_dot([*theta["Q"][:index], turned, *theta["Q"][index + 1 :], np.eye(UNKNOWNS)])
    np.testing.assert_allclose(velocity, depth * tangent(slope, product), atol=1e-12)


@pytest.mark.parametrize("slope", [1.0, 1e-9, 0.0])
def test_a_step_is_the_exponential_of_its_skew_matrix(slope):
    rng = np.random.default_rng(3)
    layer = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    point = rng.standard_normal(6)
    pull = -0.4 * point + slope * rng.standard_normal(6)
    skew = (np.outer(pull, point) - np.outer(point, pull)) / 2
    with _jax.double_precision():
        found = np.array(_rotated(*_jax.to_jax((layer, pull, point, 0.7))))
    np.testing.assert_allclose(found, scipy.linalg.expm(-0.7 * skew) @ layer, atol=1e-14)


def test_a_repair_squares_the_error():
    rng = np.random.default_rng(4)
    layer = np.linalg.qr(rng.standard_normal((6, 6)))[0] + 1e-5 * rng.standard_normal((6, 6))
    before, repaired = distance_from_orthogonal({"Q": [layer]}), _riemannian.orthonormalised(layer)
    assert distance_from_orthogonal({"Q": [repaired]}) < before**2
    np.testing.assert_allclose(repaired, scipy.linalg.polar(layer)[0], atol=before**2)


@pytest.mark.parametrize("depth", ENDS_FIRST)
@pytest.mark.parametrize("length", [0.5, 2.0])
def test_descent_with_a_fixed_vector_ends_where_flow_does(depth, length):
    """At any step below the stability bound: rotations keep the direction of P_N x."""
    system = drawn()
    theta0 = start(fixed(depth), system, length)
    exact = rl.limit(system, fixed(depth), theta0)
    half = rl.train(system, fixed(depth), theta0, rl.flows.RiemannianDescent(), tol=1e-10)
    for part in (0.2, 1.0, 1.9):
        flow = rl.flows.RiemannianDescent(step_size=part * half.stats["step_size"])
        found = rl.train(system, fixed(depth), theta0, flow, tol=1e-10)
        assert found.status is exact.status
        assert np.linalg.norm(found.x - exact.x) <= 1e-8 * np.linalg.norm(exact.x)
        assert distance_from_orthogonal(found.theta) <= 1e-12
        assert np.all(np.diff(found.history.loss) <= 1e-12 * found.history.loss[0])


def test_descent_on_l_layers_is_descent_on_one_with_steps_l_times_longer():
    system, found = drawn(1), {}
    one = start(fixed(1), system, 2.0)
    step = rl.train(system, fixed(1), one, rl.flows.RiemannianDescent(max_steps=1)).stats["step_size"]
    for depth in DEPTHS:
        theta0 = start(fixed(depth), system, 2.0, seed=6, x=fixed(1)(one))
        flow = rl.flows.RiemannianDescent(step_size=step / depth, max_steps=100)
        found[depth] = rl.train(system, fixed(depth), theta0, flow, tol=1e-12)
    for depth in DEPTHS[1:]:
        np.testing.assert_allclose(found[depth].history.loss, found[1].history.loss, rtol=1e-9)
        np.testing.assert_allclose(found[depth].x, found[1].x, rtol=0, atol=1e-11)


@pytest.mark.parametrize("depth", [1, 4])
def test_descent_with_a_trained_vector_approaches_the_limit_as_the_step_shrinks(depth):
    system, network = drawn(), rl.networks.Orthogonal(depth)
    theta0 = start(network, system, 0.7)
    exact, errors = rl.limit(system, network, theta0).x, []
    step = rl.train(system, network, theta0, rl.flows.RiemannianDescent(max_steps=1)).stats["step_size"]
    for part in (0.5, 0.25, 0.125):
        found = rl.train(system, network, theta0, rl.flows.RiemannianDescent(part * step), tol=1e-9)
        assert found.success
        assert distance_from_orthogonal(found.theta) <= 1e-12
        errors.append(np.linalg.norm(found.x - exact))
    assert errors[0] < 0.05 * np.linalg.norm(exact)
    for long, short in itertools.pairwise(errors):
        assert long / short == pytest.approx(2, abs=0.3)


def slow_runs(max_steps, system, depth):
    """Descents that are still on their way after all their steps: towards the one point of a sphere that just touches
    the solutions, and with steps too short."""
    yield fixed(depth), start(fixed(depth), system, 1.0), rl.flows.RiemannianDescent(max_steps=max_steps)
    network = rl.networks.Orthogonal(depth)
    yield network, start(network, system, 0.5), rl.flows.RiemannianDescent(1e-9, max_steps)


def test_layers_stay_orthogonal():
    for network, theta0, flow in slow_runs(10_000, drawn(), 2):
        found = rl.train(drawn(), network, theta0, flow, tol=1e-13)
        assert found.status is rl.Status.MAX_STEPS
        assert found.stats["steps"] == 10_000
        assert distance_from_orthogonal(found.theta) <= 1.5e-14  # 4e-14 without repairs


@pytest.mark.slow
@pytest.mark.parametrize("unknowns", [9, 60])
@pytest.mark.parametrize("depth", DEPTHS)
def test_layers_stay_orthogonal_for_a_hundred_thousand_steps(depth, unknowns):
    rng = np.random.default_rng(depth)
    A = rng.standard_normal((unknowns // 2, unknowns))
    system = rl.LinearSystem(A, A @ rng.standard_normal(unknowns))
    for kind, flow in ((False, rl.flows.RiemannianDescent()), (True, rl.flows.RiemannianDescent(1e-9))):
        network = rl.networks.Orthogonal(depth, train_vector=kind)
        theta0 = rl.inits.Gaussian(1.0)(network, system, 0)
        theta0["w"] *= np.linalg.norm(system.min_norm()) / np.linalg.norm(theta0["w"])
        found = rl.train(system, network, theta0, flow, tol=1e-13)
        assert found.stats["steps"] == 100_000
        assert distance_from_orthogonal(found.theta) <= 5e-14  # 1e-13 and more without repairs


def test_steps_that_are_too_long_are_told():
    system, network = drawn(), rl.networks.Orthogonal(1)
    theta0 = start(network, system, 1.5)
    step = rl.train(system, network, theta0, rl.flows.RiemannianDescent(max_steps=1)).stats["step_size"]
    found = rl.train(system, network, theta0, rl.flows.RiemannianDescent(100 * step))
    assert found.status is rl.Status.DIVERGED
    assert f"RiemannianDescent(step_size={50 * step:.6g})" in found.message


class TestRest:
    """Starts that no rotation improves."""

    @pytest.mark.parametrize("flow", [FLOW, rl.flows.RiemannianDescent()], ids=repr)
    def test_a_vector_of_zeros(self, flow):
        system = drawn()
        found = rl.train(system, fixed(1), {"Q": [np.eye(UNKNOWNS)], "w": np.zeros(UNKNOWNS)}, flow)
        assert found.status is rl.Status.STALLED
        assert found.residual == 1
        assert "train_vector=True" in found.message

    @pytest.mark.parametrize("flow", [FLOW, rl.flows.RiemannianDescent()], ids=repr)
    def test_a_saddle_in_the_row_space(self, flow):
        """Zeros stay exact here, so that rounding cannot push x out of the row space."""
        system = rl.LinearSystem(np.eye(4, UNKNOWNS) * [[1.0], [2.0], [1.5], [0.7]], np.ones(4))
        theta0 = {"Q": [np.eye(UNKNOWNS)], "w": 3.0 * np.eye(UNKNOWNS)[0] - np.eye(UNKNOWNS)[2]}
        with pytest.raises(rl.NoExactLimit, match="saddle"):
            rl.limit(system, fixed(1), theta0)
        found = rl.train(system, fixed(1), theta0, flow)
        assert found.status is rl.Status.STALLED
        assert "row space" in found.message
        assert "μ = -" in found.message

    @pytest.mark.parametrize("flow", [FLOW, rl.flows.RiemannianDescent()], ids=repr)
    def test_a_trained_vector_of_zeros_moves(self, flow):
        system = drawn()
        start = {"Q": [np.eye(UNKNOWNS)], "w": np.zeros(UNKNOWNS)}
        found = rl.train(system, rl.networks.Orthogonal(1), start, flow, tol=1e-10)
        np.testing.assert_allclose(found.x, system.min_norm(), atol=1e-9)


class TestRefusals:
    @pytest.mark.parametrize("flow", [FLOW, rl.flows.RiemannianDescent()], ids=repr)
    @pytest.mark.parametrize("network", [rl.networks.Dense(1), rl.networks.Lazy(rl.networks.Direct())], ids=repr)
    def test_other_networks(self, network, flow):
        with pytest.raises(InvalidInputError, match=r"type rl\.flows\.GradientFlow\(\)"):
            rl.train(drawn(), network, rl.inits.Gaussian(0.5), flow)

    @pytest.mark.parametrize("flow", [rl.flows.GradientFlow(), rl.flows.GradientDescent()], ids=repr)
    def test_plain_flows_of_orthogonal_layers(self, flow):
        for network in (rl.networks.Orthogonal(2), rl.networks.Lazy(rl.networks.Orthogonal(2))):
            with pytest.raises(InvalidInputError, match=r"type rl\.flows\.RiemannianFlow\(\)"):
                rl.train(drawn(), network, rl.inits.Gaussian(0.5), flow)

    @pytest.mark.usefixtures("as_a_user")
    def test_budgets_and_steps(self):
        for bad in (0, -1, 2.5, True, None):
            with pytest.raises(InvalidInputError, match="max_steps"):
                rl.flows.RiemannianFlow(max_steps=bad)
            with pytest.raises(InvalidInputError, match="max_steps"):
                rl.flows.RiemannianDescent(max_steps=bad)
        for bad in (0.0, -0.1, np.nan, "long"):
            with pytest.raises(InvalidInputError, match="step_size"):
                rl.flows.RiemannianDescent(step_size=bad)


def test_lazy_orthogonal_layers_train_too():
    system, network = drawn(), rl.networks.Lazy(rl.networks.Orthogonal(1), alpha=5.0)
    theta0 = start(network.network, system, 0.5)
    exact = rl.limit(system, network, theta0)
    found = rl.train(system, network, theta0, FLOW, tol=1e-10)
    assert found.success
    assert np.linalg.norm(found.x - exact.x) <= 1e-8 * np.linalg.norm(exact.x)


@pytest.mark.parametrize(("size", "tol"), [(1.0, 1e-16), (1e-5, 1e-12), (1e-7, 1e-10)])
def test_rounding_is_no_divergence(size, tol):
    """x₀ of 1, and b a small part of it: the residual can come no nearer to 0 than the rounding of A x₀."""
    rng = np.random.default_rng(9)
    system = rl.LinearSystem(rng.standard_normal((3, 7)), size * rng.standard_normal(3))
    descent = rl.flows.RiemannianDescent(max_steps=20_000)
    found = rl.train(system, rl.networks.Orthogonal(1), rl.inits.Gaussian(1.0), descent, tol=tol)
    assert found.status in (rl.Status.MAX_STEPS, rl.Status.CONVERGED), found
