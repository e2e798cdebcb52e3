"""`rl.mixed_dynamics` against its equation with matrix square roots, its two extremes, and trained networks."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import sqrtm

import ridgeless as rl

TIMES = np.geomspace(1e-3, 30.0, 25)


def posed(seed=0, equations=6, unknowns=20):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((equations, unknowns)) / np.sqrt(equations)
    return rl.LinearSystem(A, rng.standard_normal(equations))


def wide(width):
    return rl.networks.Dense(hidden=1, width=width)


def trained(system, width, scale, seed, times):
    """(k, d) the x of gradient flow on all of W and w, in NumPy."""
    theta = rl.inits.Gaussian(scale)(wide(width), system, seed)
    unknowns = system.shape[1]

    def velocity(_, weights):
        W, w = weights[:-width].reshape(unknowns, width), weights[-width:]
        pull = system.A.T @ (system.A @ (W @ w) - system.b)
        return -np.append(np.outer(pull, w), W.T @ pull)

    begun = np.append(theta["W"][0], theta["w"])
    found = solve_ivp(velocity, (0, times[-1]), begun, t_eval=times, rtol=1e-6, atol=1e-9).y.T
    return np.stack([each[:-width].reshape(unknowns, width) @ each[-width:] for each in found])


@pytest.mark.parametrize("scale", [0.05, 0.6, 2.0])
def test_it_integrates_the_equation_of_the_paper(scale):
    """With the square root of a matrix, in all of the unknowns, by another integrator."""
    system, network, c = posed(1, 3, 7), wide(5), scale**2
    x0 = np.asarray(network(rl.inits.Gaussian(scale)(network, system, 2)))

    def velocity(_, x):
        pull = system.A.T @ (system.A @ x - system.b)
        root = sqrtm(np.outer(x, x) + c * c * np.eye(7)).real
        return -(root @ pull + pull * np.sqrt(x @ x + c * c))

    found = solve_ivp(velocity, (0, TIMES[-1]), x0, t_eval=TIMES, method="DOP853", rtol=1e-10, atol=1e-12).y.T
    predicted = rl.mixed_dynamics(system, network, rl.inits.Gaussian(scale), TIMES, seed=2)
    assert np.abs(predicted.x - found).max() < 1e-7 * np.abs(found).max()
    # The equation with one root left out is another one.
    lazy = solve_ivp(lambda _, x: -2 * c * system.A.T @ (system.A @ x - system.b), (0, 30.0), x0, t_eval=TIMES).y.T
    assert np.abs(predicted.x - lazy).max() > 1e-3 * np.abs(found).max()


def test_what_it_returns_belongs_together():
    system, network = posed(), wide(30)
    predicted = rl.mixed_dynamics(system, network, rl.inits.Gaussian(0.5), [0.0, 1.0, 2.0], seed=3)
    theta0 = rl.inits.Gaussian(0.5)(network, system, 3)
    np.testing.assert_allclose(predicted.x[0], network(theta0), atol=1e-14)
    for moment in range(3):
        x = predicted.x[moment]
        assert predicted.loss[moment] == pytest.approx(np.sum((system.A @ x - system.b) ** 2) / 2)
        assert predicted.residual[moment] == pytest.approx(system.residual(x))
        assert predicted.l1_norm[moment] == pytest.approx(np.abs(x).sum())
        assert predicted.l2_norm[moment] == pytest.approx(np.linalg.norm(x))
    assert predicted.clock == "time"
    assert list(predicted.at) == [0.0, 1.0, 2.0]


def test_a_large_start_is_lazy_and_a_small_one_forgets_its_part_across_the_rows():
    system, network = posed(), wide(256)
    scale = 30.0
    times = np.geomspace(1e-5, 1e-2, 20)
    predicted = rl.mixed_dynamics(system, network, rl.inits.Gaussian(scale), times)
    x0 = np.asarray(network(rl.inits.Gaussian(scale)(network, system, 0)))
    rates, modes = np.linalg.eigh(system.A.T @ system.A)
    target = system.min_norm() + system.project_null(x0)
    decays = np.exp(-2 * scale**2 * np.outer(times, rates))
    lazy = target + (decays * (modes.T @ (x0 - target))) @ modes.T
    assert np.abs(predicted.x - lazy).max() < 0.02 * np.abs(lazy).max()
    late = rl.mixed_dynamics(system, network, rl.inits.Gaussian(1e-3), [1e6])
    assert np.linalg.norm(late.x[-1] - system.min_norm()) < 1e-2


@pytest.mark.parametrize("scale", [0.1**0.5, pytest.param(0.1, marks=pytest.mark.slow)])
def test_the_loss_of_a_wide_network_is_known_before_training(scale):
    system, init = posed(), rl.inits.Gaussian(scale)
    found = rl.train(system, wide(256), init, rl.flows.GradientFlow(), seed=1)
    predicted = rl.mixed_dynamics(system, wide(256), init, found.history.at, seed=1)
    assert np.abs(predicted.loss - found.history.loss).max() < 0.06 * found.history.loss[0]
    # The lazy network, which keeps its kernel, is a worse prediction from a small start.
    rates, modes = np.linalg.eigh(system.A @ system.A.T)
    misfit = modes.T @ (system.A @ predicted.x[0] - system.b)
    lazy = np.sum((np.exp(-2 * scale**2 * np.outer(found.history.at, rates)) * misfit) ** 2, axis=1) / 2
    assert np.abs(lazy - found.history.loss).max() > 0.2 * found.history.loss[0]


@pytest.mark.parametrize("scale", [pytest.param(0.1, marks=pytest.mark.slow), 0.1**0.5, 2**0.5])
def test_at_width_1024_the_loss_is_within_two_percent_of_its_start(scale):
    system, init = posed(), rl.inits.Gaussian(scale)
    for seed in range(3):
        found = rl.train(system, wide(1024), init, rl.flows.GradientFlow(), seed=seed)
        assert found.success
        predicted = rl.mixed_dynamics(system, wide(1024), init, found.history.at, seed=seed)
        assert np.abs(predicted.loss - found.history.loss).max() < 0.02 * found.history.loss[0]


@pytest.mark.slow
@pytest.mark.parametrize("scale", [0.1**0.5, 2**0.5])
def test_the_error_falls_as_the_root_of_the_width(scale):
    system, widths, errors = posed(), [16, 64, 256, 1024], []
    for width in widths:
        each = [
            np.linalg.norm(
                trained(system, width, scale, seed, TIMES)
                - rl.mixed_dynamics(system, wide(width), rl.inits.Gaussian(scale), TIMES, seed).x,
                axis=1,
            ).max()
            for seed in range(6)
        ]
        errors.append(np.mean(each))
    slope = np.polyfit(np.log(widths), np.log(errors), 1)[0]
    assert -0.65 < slope < -0.35


REFUSED = {
    "three layers": (rl.networks.Dense(2, 5), rl.inits.Gaussian(0.1), [1.0], "other than two layers"),
    "diagonal": (rl.networks.Product(2), rl.inits.Gaussian(0.1), [1.0], "other than two layers"),
    "init": (wide(5), rl.inits.RowSpace(0.1), [1.0], "not Gaussian weights"),
    "negative": (wide(5), rl.inits.Gaussian(0.1), [-1.0, 1.0], "times must ascend"),
    "descending": (wide(5), rl.inits.Gaussian(0.1), [2.0, 1.0], "times must ascend"),
    "empty": (wide(5), rl.inits.Gaussian(0.1), [], "times must ascend"),
    "infinite": (wide(5), rl.inits.Gaussian(0.1), [1.0, np.inf], "NaN or infinite"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_it_cannot_predict_is_refused(case, as_a_user):
    network, init, times, words = REFUSED[case]
    with pytest.raises(rl.InvalidInputError, match=words):
        rl.mixed_dynamics(posed(), network, init, times)


def test_an_inconsistent_system_is_refused():
    system = rl.LinearSystem(np.ones((2, 3)), np.array([1.0, 2.0]))
    with pytest.raises(rl.InconsistentSystemError):
        rl.mixed_dynamics(system, wide(4), rl.inits.Gaussian(0.1), [1.0])
