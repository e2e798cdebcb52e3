"""A network that is a function of the user's own: what it refuses, trains, repeats and differentiates."""

import copy
import dataclasses
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InvalidInputError
from ridgeless.flows._grown import grown
from ridgeless.flows._jax import sharpness
from ridgeless.flows._steps import default_size
from ridgeless.networks import Layer
from ridgeless.networks._function import in_jax

POINTS = np.linspace(-1.0, 1.0, 7)
LAYOUT = {"slope": (12,), "bend": (12,), "height": (12,)}
MEASURED = [0, 3, 6]


def curve(theta):
    """One hidden layer of tanh, read off at seven points."""
    return jnp.tanh(POINTS[:, None] * theta["slope"] + theta["bend"]) @ theta["height"]


def stacked(theta):
    """Lists of matrices, as networks of several layers have them."""
    signal = jnp.asarray(POINTS)[:, None]
    for kernel in theta["kernels"]:
        signal = jnp.tanh(signal @ kernel)
    return signal.sum(axis=1)


def affine(theta):
    return theta["scale"] * jnp.asarray(POINTS) + theta["shift"]


def network():
    return rl.networks.Function(curve, LAYOUT)


def data():
    return rl.LinearSystem(np.eye(7)[MEASURED], np.array([0.5, -0.3, 0.8]))


def drawn(seed=0, scale=1.0):
    return rl.inits.Gaussian(scale)(network(), data(), seed)


def jacobian(theta):
    """∂x/∂θ, (7, p), by forward differentiation."""
    with jax.enable_x64(True):
        slopes = jax.jacfwd(curve)(jax.tree.map(jnp.asarray, theta))
        return np.concatenate([np.asarray(slopes[name]).reshape(7, -1) for name in theta], axis=1)


class TestTheMap:
    def test_its_value_is_that_of_numpy(self):
        theta = drawn()
        wanted = np.tanh(POINTS[:, None] * theta["slope"] + theta["bend"]) @ theta["height"]
        np.testing.assert_allclose(network()(theta), wanted, rtol=1e-13)

    def test_lists_of_arrays(self):
        deep = rl.networks.Function(stacked, {"kernels": [(1, 5), (5, 4)]})
        theta = rl.inits.Gaussian(1.0)(deep, data(), 2)
        wanted = np.tanh(np.tanh(POINTS[:, None] @ theta["kernels"][0]) @ theta["kernels"][1]).sum(axis=1)
        np.testing.assert_allclose(deep(theta), wanted, rtol=1e-13)
        assert deep.tangent_metric(theta, POINTS) @ POINTS > 0

    def test_a_shape_has_the_fan_in_of_jax(self):
        shapes = {"conv": (3, 3, 4, 8), "dense": (6, 2), "bias": (2,), "number": (), "mine": Layer((2, 6), fan_in=6)}
        layers = rl.networks.Function(curve, shapes).layout(7)
        assert [layer.fan_in for layer in layers.values()] == [36, 6, 1, 1, 6]

    def test_numbers_are_arrays_without_axes(self):
        line = rl.networks.Function(affine, {"scale": (), "shift": ()})
        np.testing.assert_allclose(line({"scale": np.array(2.0), "shift": np.array(1.0)}), 2 * POINTS + 1)

    def test_jax_is_loaded_when_it_is_called(self):
        import subprocess
        import sys

        code = (
            "import sys, ridgeless as rl\nmade = rl.networks.Function(sorted, {'x': (2,)})\n"
            "assert made.layout(2) and hash(made) and 'jax' not in sys.modules"
        )
        subprocess.run([sys.executable, "-c", code], check=True)


class TestIdentity:
    def test_equal_where_the_function_is_the_same_and_the_layout_alike(self):
        assert network() == network()
        assert hash(network()) == hash(network())
        assert network() != rl.networks.Function(curve, {**LAYOUT, "height": (13,)})
        assert network() != rl.networks.Function(lambda theta: curve(theta), LAYOUT)

    def test_programs_are_compiled_once(self):
        flow = rl.flows.GradientDescent(max_steps=3)
        rl.train(data(), network(), drawn(), flow)
        assert rl.train(data(), network(), drawn(1), flow).stats["compile_s"] == 0

    def test_it_is_copied_and_pickled_where_its_function_is(self):
        for other in (copy.deepcopy(network()), pickle.loads(pickle.dumps(network()))):
            assert other == network()
        with pytest.raises((pickle.PicklingError, AttributeError)):
            pickle.dumps(rl.networks.Function(lambda theta: theta["x"], {"x": (7,)}))

    def test_its_repr_names_the_function(self):
        assert repr(network()) == f"Function(apply=curve, layout={LAYOUT})"

    def test_the_layout_of_a_user_is_not_the_networks(self):
        given = dict(LAYOUT)
        made = rl.networks.Function(curve, given)
        given["height"] = (3,)
        assert made.layout(7)["height"].shape == (12,)


@pytest.mark.usefixtures("as_a_user")
class TestRefusals:
    @pytest.mark.parametrize(
        ("apply", "layout", "match"),
        [
            (None, LAYOUT, "apply is None"),
            ("curve", LAYOUT, "apply is 'curve'"),
            (curve, None, "layout is None"),
            (curve, {}, "layout is {}"),
            (curve, [(3,)], r"layout is \[\(3,\)\]"),
            (curve, {"slope": 12}, "type a shape"),
            (curve, {"slope": (0,)}, "at least 1"),
            (curve, {"slope": (2.0,)}, "type a shape"),
            (curve, {1: (2,)}, "dict from names"),
            (curve, {"slope": Layer((2, 2), 2, is_orthogonal=True)}, "orthogonal"),
            (curve, {"slope": Layer((2, 2), 2, is_trained=False)}, "not trained"),
        ],
    )
    def test_what_makes_no_network(self, apply, layout, match):
        with pytest.raises(InvalidInputError, match=rf"^networks\.Function: .*{match}"):
            rl.networks.Function(apply, layout)

    def asked(self, apply, layout=None):
        made = rl.networks.Function(apply, layout or LAYOUT)
        return rl.train(data(), made, rl.inits.Gaussian(1.0), rl.flows.GradientDescent())

    def test_an_x_of_another_length(self):
        with pytest.raises(InvalidInputError, match=r"x of shape \(5,\); the system has 7 unknowns"):
            self.asked(lambda theta: curve(theta)[:5])

    def test_an_x_that_is_no_vector(self):
        with pytest.raises(InvalidInputError, match=r"shape \(7, 1\).*ravel"):
            self.asked(lambda theta: curve(theta)[:, None])

    def test_an_x_in_single_precision(self):
        with pytest.raises(InvalidInputError, match=r"float32.*needs one array"):
            self.asked(lambda theta: curve(theta).astype("float32"))

    def test_no_array_at_all(self):
        with pytest.raises(InvalidInputError, match="needs one array"):
            self.asked(lambda theta: [curve(theta)])

    def test_a_function_that_fails_on_its_layout(self):
        with pytest.raises(InvalidInputError, match=r"apply fails.*KeyError.*slope"):
            self.asked(curve, {"other": (2,)})

    def test_no_limit_and_what_to_do_instead(self):
        with pytest.raises(rl.NoExactLimit, match=r"function of your own.*rl\.train.*rl\.lazy_limit"):
            rl.limit(data(), network(), rl.inits.Gaussian(1.0))
        with pytest.raises(rl.NoExactLimit, match="function of your own"):
            rl.limit(data(), network(), rl.inits.Vanishing(drawn()))

    def test_a_product_that_does_not_fit(self, monkeypatch):
        other = rl.networks.Function(lambda theta: curve(theta), LAYOUT)
        monkeypatch.setattr(in_jax, "available_bytes", lambda: 10)
        with pytest.raises(InvalidInputError, match=r"^tangent_metric: .* needs .* GiB, and 0.0 GiB are free"):
            other.tangent_metric(drawn(), POINTS)


class TestTheTangent:
    @pytest.mark.parametrize("seed", range(3))
    def test_products_are_those_of_the_jacobian(self, seed):
        theta, z = drawn(seed), np.random.default_rng(seed).standard_normal(7)
        slopes = jacobian(theta)
        np.testing.assert_allclose(network().tangent_metric(theta, z), slopes @ (slopes.T @ z), rtol=1e-12, atol=1e-13)

    def test_the_lazy_limit_is_that_of_the_jacobian(self):
        theta = drawn()
        slopes, start = jacobian(theta)[MEASURED], network()(theta)
        moves = np.linalg.lstsq(slopes, data().b - start[MEASURED])[0]
        found = rl.lazy_limit(data(), network(), theta)
        assert found.success
        np.testing.assert_allclose(found.x, start + jacobian(theta) @ moves, atol=1e-10)

    def test_lazy_training_tends_to_it(self):
        theta, wanted = drawn(), rl.lazy_limit(data(), network(), drawn()).x
        gaps = []
        for alpha in (1e2, 1e3):
            lazy, flow = rl.networks.Lazy(network(), alpha), rl.flows.GradientFlow()
            gaps.append(np.linalg.norm(rl.train(data(), lazy, theta, flow).x - wanted))
        assert gaps[1] < 1e-2
        assert gaps[1] < 0.2 * gaps[0]

    def test_the_rates_of_the_tangent_are_its_singular_values_squared(self):
        theta = drawn()
        wanted = np.sort(np.linalg.svd(jacobian(theta)[MEASURED], compute_uv=False) ** 2)
        np.testing.assert_allclose(rl.certificates.tangent_spectrum(data(), network(), theta), wanted, rtol=1e-10)
        assert rl.convergence_rate(data(), network(), theta) == 0  # certified at all times: none is known

    def test_the_tangent_kernel_is_that_of_the_jacobian(self):
        slopes = jacobian(drawn(1))[MEASURED]
        found = rl.certificates.tangent_kernel(data(), network(), drawn(1))
        np.testing.assert_allclose(found, slopes @ slopes.T, rtol=1e-12, atol=1e-13)


class TestTraining:
    def test_descent_is_that_of_a_loop(self):
        theta, size = {name: np.copy(each) for name, each in drawn().items()}, 1e-2
        with jax.enable_x64(True):
            slope = jax.jit(jax.grad(lambda t: 0.5 * ((curve(t)[jnp.array(MEASURED)] - data().b) ** 2).sum()))
            for _ in range(200):
                theta = jax.tree.map(lambda t, g: t - size * np.asarray(g), theta, slope(theta))
        found = rl.train(data(), network(), drawn(), rl.flows.GradientDescent(step_size=size, max_steps=200), tol=1e-15)
        assert found.status is rl.Status.MAX_STEPS
        np.testing.assert_allclose(found.theta["height"], theta["height"], atol=1e-11)

    @pytest.mark.parametrize("scale", [1e-3, 1e-2, 0.1, 1.0])
    def test_the_default_step_suits_starts_of_every_size(self, scale):
        """At a small start the loss is flat, and the sharpness there would allow steps that are far too long."""
        found = rl.train(data(), network(), drawn(3, scale), rl.flows.GradientDescent(), tol=1e-6)
        assert found.success, found
        assert np.all(np.diff(found.history.loss) <= 0)

    def test_the_default_step_suits_starts_that_cancel(self):
        """It is x = 0 at every size of the weights: their signs are drawn anew for the guess."""
        half = {name: weights[:6] for name, weights in drawn(0, 0.1).items()}
        signs = {"slope": 1.0, "bend": 1.0, "height": -1.0}
        theta0 = {name: np.concatenate([each, signs[name] * each]) for name, each in half.items()}
        assert np.abs(network()(theta0)).max() < 1e-15
        found = rl.train(data(), network(), theta0, rl.flows.GradientDescent(), tol=1e-4)
        assert found.success, found
        # At the start the loss would allow steps that are far too long.
        problem = network().problem(data(), theta0)
        with jax.enable_x64(True):
            arrays = (jnp.asarray(data().rows()), jnp.asarray(data().b))
            at_start = sharpness(network(), jax.tree.map(jnp.asarray, theta0), *arrays)
        assert default_size(problem) < 0.5 / at_start
        too_long = rl.flows.GradientDescent(step_size=20 * default_size(problem))
        assert not rl.train(data(), network(), theta0, too_long, tol=1e-4).success

    def test_the_guess_is_the_least_power_of_two(self):
        problem = network().problem(data(), drawn(3, 1e-2))
        theta = grown(problem)
        half = {name: weights / 2 for name, weights in theta.items()}
        size, shorter = (np.linalg.norm(data().matvec(network()(each))) for each in (theta, half))
        assert shorter < np.linalg.norm(data().b) <= size
        ratio = np.abs(theta["slope"]) / np.abs(problem.theta0["slope"])
        np.testing.assert_allclose(np.log2(ratio), np.round(np.log2(ratio)), atol=1e-12)

    def test_no_guess_where_the_output_is_bounded(self):
        bounded = rl.networks.Function(lambda theta: jnp.tanh(theta["x"]), {"x": (7,)})
        system = rl.LinearSystem(np.eye(7)[MEASURED], np.array([5.0, 5.0, 5.0]))
        assert grown(bounded.problem(system, {"x": np.full(7, 0.1)})) is None

    def test_a_batch_is_the_same_as_one_by_one(self):
        inits, flow = [rl.inits.Gaussian(scale) for scale in (0.3, 1.0)], rl.flows.GradientDescent(max_steps=500)
        together = rl.train_batch(data(), network(), inits, flow, seeds=[0, 1])
        alone = [rl.train(data(), network(), init, flow, seed=seed) for init in inits for seed in (0, 1)]
        for one, other in zip(together, alone, strict=True):
            assert one.status is other.status
            np.testing.assert_allclose(one.x, other.x, rtol=1e-9, atol=1e-12)

    def test_what_a_file_keeps(self, tmp_path):
        found = rl.train(data(), network(), drawn(), rl.flows.GradientDescent(max_steps=5))
        for held in (found.network, rl.networks.Lazy(network())):
            kept = rl.load(dataclasses.replace(found, network=held).save(tmp_path / "found"))
            assert kept.network is None
            np.testing.assert_array_equal(kept.x, found.x)
            for name in LAYOUT:
                np.testing.assert_array_equal(kept.theta[name], found.theta[name])
        assert network()(kept.theta) == pytest.approx(found.x)
