"""A recorded loop is what `rl.train` reports of the same steps, whatever arrays the loop is made of."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InvalidInputError

pytestmark = pytest.mark.usefixtures("as_a_user")

STEPS, SIZE = 300, 0.02
DIFFERENCE = rl.networks.Difference(depth=2)


def drawn():
    rng = np.random.default_rng(4)
    A = rng.standard_normal((3, 8))
    return rl.LinearSystem(A / np.linalg.norm(A, 2), rng.standard_normal(3))


class Tensor:
    """What PyTorch's tensors do, as far as a recorder can see: no NumPy array while a graph hangs on it."""

    def __init__(self, values, hangs=True, is_on_gpu=True, kind=np.float32):
        self.values, self.hangs, self.is_on_gpu = np.asarray(values, kind), hangs, is_on_gpu

    def detach(self):
        return Tensor(self.values, False, self.is_on_gpu, self.values.dtype)

    def cpu(self):
        return Tensor(self.values, self.hangs, False, self.values.dtype)

    def double(self):
        return Tensor(self.values, self.hangs, self.is_on_gpu, np.float64)

    def __array__(self, dtype=None, copy=None):
        if self.hangs or self.is_on_gpu:
            raise TypeError("can't convert a tensor on a GPU, or one that requires grad, to numpy")
        return self.values if dtype is None else self.values.astype(dtype)


def descent(system, theta, steps=STEPS, size=SIZE):
    """Plain gradient descent on u² − v², theta after each step, the start first."""
    yield theta
    for _ in range(steps):
        pull = system.rmatvec(system.matvec(DIFFERENCE(theta)) - system.b)
        theta = {"u": theta["u"] - 2 * size * pull * theta["u"], "v": theta["v"] + 2 * size * pull * theta["v"]}
        yield theta


def start():
    return {"u": np.full(8, 0.5), "v": np.full(8, 0.4)}


WAYS = {
    "arrays": lambda theta: DIFFERENCE(theta),
    "theta": lambda theta: theta,
    "functions": lambda theta: lambda: DIFFERENCE(theta),
    "functions of theta": lambda theta: lambda: theta,
    "lists": lambda theta: DIFFERENCE(theta).tolist(),
    "tensors": lambda theta: Tensor(DIFFERENCE(theta), kind=np.float64),
    "a dict of tensors": lambda theta: {name: Tensor(each, kind=np.float64) for name, each in theta.items()},
}


@pytest.fixture(scope="module")
def trained():
    flow = rl.flows.GradientDescent(step_size=SIZE, max_steps=STEPS)
    return rl.train(drawn(), DIFFERENCE, start(), flow, tol=1e-12)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_it_is_the_same_as_train(way, trained):
    with rl.record(drawn(), DIFFERENCE, start(), tol=1e-12) as run:
        for theta in descent(drawn(), start()):
            run(way(theta))
    found = run.solution
    assert found.status is trained.status is rl.Status.MAX_STEPS
    assert found.stats["steps"] == trained.stats["steps"] == STEPS
    np.testing.assert_allclose(found.x, trained.x, rtol=1e-10)
    np.testing.assert_array_equal(found.history.at, trained.history.at)
    for name in ("loss", "residual", "l1_norm", "l2_norm"):
        np.testing.assert_allclose(getattr(found.history, name), getattr(trained.history, name), rtol=1e-9)
    if found.theta is not None:
        np.testing.assert_allclose(found.theta["u"], trained.theta["u"], rtol=1e-10)


def test_arrays_of_jax():
    import jax.numpy as jnp

    with rl.record(drawn()) as run:
        for theta in descent(drawn(), start(), steps=4):
            run(jnp.asarray(DIFFERENCE(theta), dtype=jnp.float32))
    assert type(run.solution.x) is np.ndarray
    assert run.solution.x.dtype == np.float64
    np.testing.assert_allclose(run.points[0], DIFFERENCE(start()), rtol=1e-6)


def test_an_array_that_is_changed_in_place_is_read_at_its_step():
    x = np.zeros(8)
    with rl.record(drawn()) as run:
        for step in range(9):
            x[:] = step
            run(x)
    np.testing.assert_array_equal(run.steps, [0, 1, 2, 3, 4, 6, 7, 8])
    np.testing.assert_array_equal(run.points[:, 0], run.steps)


def test_functions_are_called_for_kept_steps_only():
    calls = []
    with rl.record(drawn()) as run:
        for step in range(1000):
            run(lambda step=step: calls.append(step) or np.zeros(8))
    assert len(calls) <= len(run.steps) + 1 < 30


class TestStatus:
    def end(self, x, **options):
        with rl.record(drawn(), **options) as run:
            run(np.zeros(8))
            run(x)
        return run.solution

    def test_converged_within_the_tolerance_only(self):
        solved = drawn().min_norm()
        assert self.end(solved).status is rl.Status.CONVERGED
        near = solved + 1e-6
        assert self.end(near).status is rl.Status.MAX_STEPS
        assert self.end(near, tol=1e-3).success

    @pytest.mark.parametrize("bad", [np.nan, np.inf, 1e9, 1e300])
    def test_diverged(self, bad):
        found = self.end(np.full(8, bad))
        assert found.status is rl.Status.DIVERGED
        assert not found.success

    def test_the_end_of_a_loop_that_broke_is_kept(self):
        run = rl.record(drawn())

        def loop():
            with run:
                run(np.zeros(8))
                run(drawn().min_norm())
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            loop()
        assert run.solution.success
        assert run.solution.stats["steps"] == 1


class TestPrediction:
    def recorded(self, size, steps, begin=None):
        with rl.record(drawn(), DIFFERENCE, start()) as run:
            for theta in descent(drawn(), begin or start(), steps, size):
                run(DIFFERENCE(theta))
        return run

    def test_small_steps_end_nearer_to_the_limit_of_flow(self):
        near, far = self.recorded(0.01, 4000), self.recorded(0.1, 400)
        np.testing.assert_array_equal(near.prediction.x, rl.limit(drawn(), DIFFERENCE, start()).x)
        assert near.distances.shape == near.steps.shape
        assert near.distances[-1] < 0.2 * far.distances[-1] < 0.2
        gap = np.linalg.norm(near.solution.x - near.prediction.x) / np.linalg.norm(near.prediction.x)
        assert near.distances[-1] == pytest.approx(gap, rel=1e-12)

    def test_no_certificate_refutes_a_loop_for_its_steps(self):
        assert rl.certify(self.recorded(0.1, 400).solution).verdict == "inconclusive"

    def test_the_first_theta_is_the_start(self):
        with rl.record(drawn(), DIFFERENCE) as run:
            for theta in descent(drawn(), start(), 3):
                run(theta)
        np.testing.assert_array_equal(run.prediction.x, rl.limit(drawn(), DIFFERENCE, start()).x)

    def test_a_start_that_is_not_the_loops_predicts_nothing(self):
        other = {"u": np.full(8, 0.5), "v": np.full(8, 0.1)}
        with pytest.raises(InvalidInputError, match=r"first x of the loop is not that of theta0.*run\.theta0"):
            _ = self.recorded(0.02, 3, other).prediction

    def test_an_init_draws_the_start_of_the_loop(self):
        with rl.record(drawn(), DIFFERENCE, rl.inits.Gaussian(0.5), seed=3) as run:
            for theta in descent(drawn(), run.theta0, 3):
                run(theta)
        assert run.prediction.success
        np.testing.assert_array_equal(run.solution.theta0["u"], rl.inits.Gaussian(0.5)(DIFFERENCE, drawn(), 3)["u"])

    def test_no_network_no_prediction(self):
        with rl.record(drawn()) as run:
            run(np.zeros(8))
        with pytest.raises(InvalidInputError, match=r"without the network and its start; type rl\.record"):
            _ = run.prediction

    def test_no_theorem_no_prediction(self):
        network = rl.networks.Dense(hidden=2, width=3)
        with rl.record(drawn(), network, rl.inits.Gaussian(0.5)) as run:
            run(run.theta0)
        with pytest.raises(rl.NoExactLimit):
            _ = run.prediction


def test_it_can_be_saved_and_read(tmp_path):
    with rl.record(drawn(), DIFFERENCE, start()) as run:
        for theta in descent(drawn(), start(), 20):
            run(theta)
    kept = rl.load(run.solution.save(tmp_path / "loop"))
    np.testing.assert_array_equal(kept.x, run.solution.x)
    np.testing.assert_array_equal(kept.history.loss, run.solution.history.loss)
    assert "20 steps" in repr(kept)


def test_it_can_be_pickled():
    with rl.record(drawn(), DIFFERENCE, start()) as run:
        for theta in descent(drawn(), start(), 20):
            run(lambda theta=theta: theta)
    other = pickle.loads(pickle.dumps(run))
    np.testing.assert_array_equal(other.points, run.points)
    np.testing.assert_array_equal(other.distances, run.distances)


def test_it_loads_neither_jax_nor_torch():
    code = (
        "import sys, numpy as np, ridgeless as rl\n"
        "with rl.record(rl.LinearSystem(np.ones((1, 2)), np.ones(1))) as run: run(np.ones(2))\n"
        "assert run.solution and not {'jax', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


class TestRefusals:
    def refused(self, match, x, **options):
        with pytest.raises(InvalidInputError, match=match), rl.record(drawn(), **options) as run:
            run(x)

    def test_what_is_no_x(self):
        self.refused(r"shape \(2, 4\).*reshape", np.zeros((2, 4)))
        self.refused(r"shape \(7,\)", np.zeros(7))
        self.refused("complex", np.zeros(8) * 1j)
        self.refused("no network tells its x", start())
        self.refused("keys", {"u": np.zeros(8)}, network=DIFFERENCE)

    def test_outside_of_the_block(self):
        run = rl.record(drawn())
        with pytest.raises(InvalidInputError, match=r"outside of its block.*with rl\.record"):
            run(np.zeros(8))
        with pytest.raises(InvalidInputError, match="not been recorded yet"):
            _ = run.solution
        with run:
            run(np.zeros(8))
            with pytest.raises(InvalidInputError, match="not been recorded yet"):
                _ = run.solution
        with pytest.raises(InvalidInputError, match="has its loop already"), run:
            pass

    def test_a_loop_that_never_calls(self):
        with pytest.raises(InvalidInputError, match="never called"), rl.record(drawn()):
            pass

    def test_arguments(self):
        with pytest.raises(InvalidInputError, match="network is not"):
            rl.record(drawn(), init=start())
        with pytest.raises(InvalidInputError, match=r"^record: system is a list"):
            rl.record([1.0])
        with pytest.raises(InvalidInputError, match=r"^record: network is 'Difference'"):
            rl.record(drawn(), "Difference")
        with pytest.raises(InvalidInputError, match=r"^record: tol"):
            rl.record(drawn(), tol=0.0)
