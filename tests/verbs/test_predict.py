"""`rl.predict`, the limit of training in finite steps, against the training, sums over its steps, and gradient flow."""

import dataclasses

import jax
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.certificates import Verdict

NETWORKS = [rl.networks.Product(2), rl.networks.Difference(2), rl.networks.TwoBranch(2), rl.networks.Power(2)]
FLOWS = [rl.flows.GradientDescent(max_steps=400_000), rl.flows.StochasticGradientDescent(batch=2, max_steps=400_000)]
by_both = pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: type(flow).__name__)


def posed(seed=0, equations=5, unknowns=12):
    """A system with a positive solution, so that no locked sign is in its way."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((equations, unknowns)) / np.sqrt(equations)
    return rl.LinearSystem(A, A @ rng.uniform(0.1, 1.0, unknowns))


def relative(x, reference):
    return float(np.linalg.norm(x - reference) / np.linalg.norm(reference))


def drawn(flow, equations, steps):
    """The equations of every step, by the flow's own draws."""
    if isinstance(flow, rl.flows.GradientDescent):
        return [np.arange(equations)] * steps

    def draw(key, _):
        return jax.random.split(key, 1)[0], jax.random.permutation(key, equations)[: flow.batch]

    with jax.enable_x64(True):
        return np.array(jax.lax.scan(draw, jax.random.key(flow.seed), length=steps)[1])


@pytest.mark.parametrize("seed", range(2))
@by_both
def test_the_discrete_identity_of_two_layers(flow, seed):
    """asinh(2x/|pm|) = log|p₀/m₀| + τ − 2Σηg with |pm| = |p₀m₀|·Π|1 − η²g²|, from gradients of a loop in NumPy."""
    network, system = rl.networks.Product(2), posed(seed)
    trained = rl.train(system, network, rl.inits.Gaussian(0.5), flow, tol=1e-12, seed=seed)
    assert trained.success
    step, (u, v) = trained.stats["step_size"], trained.theta0["layers"]
    p0, m0 = u + v, u - v
    gain, tilt, pulled = np.zeros((3, 12))
    for rows in drawn(flow, 5, trained.stats["steps"]):
        part = system.A[rows]
        pull = step * (5 / len(rows)) * part.T @ (part @ (u * v) - system.b[rows])
        u, v = u - pull * v, v - pull * u
        gain -= np.log(np.abs(1 - pull**2))
        tilt += np.log(np.abs((1 - pull) / (1 + pull))) + 2 * pull
        pulled += pull
    np.testing.assert_allclose(np.stack([u, v]), trained.theta["layers"], atol=1e-11)
    scale = np.abs(p0 * m0) * np.exp(-gain)
    mirror = np.log(np.abs(p0 / m0)) + tilt - 2 * pulled
    assert relative(scale / 2 * np.sinh(mirror), trained.x) < 1e-10
    corrected = rl.predict(trained)
    assert relative(2 * corrected.bias.potential.knee, scale) < 1e-10
    wanted = (np.log(np.abs(p0 / m0)) + system.project_null(tilt)) / 2
    assert relative(corrected.bias.offset, wanted) < 1e-10


@pytest.mark.parametrize(
    ("network", "flow"),
    [
        *((NETWORKS[0], flow) for flow in FLOWS),
        (NETWORKS[1], FLOWS[0]),
        *(pytest.param(each, FLOWS[0], marks=pytest.mark.slow) for each in NETWORKS[2:]),
        *(pytest.param(each, FLOWS[1], marks=pytest.mark.slow) for each in NETWORKS[1:]),
    ],
    ids=repr,
)
def test_training_ends_at_the_corrected_limit_and_not_at_that_of_flow(network, flow):
    system = posed(1)
    trained = rl.train(system, network, rl.inits.Gaussian(0.5), flow, tol=1e-12, seed=4)
    corrected, uncorrected = rl.predict(trained, tol=1e-12), rl.limit(system, network, trained.theta0)
    assert corrected.success
    assert relative(corrected.x, trained.x) < 1e-10
    assert corrected.stats["distance"] == pytest.approx(relative(corrected.x, trained.x), rel=0.5)
    assert relative(uncorrected.x, trained.x) > 1e-4
    assert rl.certify(corrected).verdict is Verdict.CERTIFIED
    assert rl.certify(system, trained.x, corrected.bias).verdict is Verdict.CERTIFIED
    assert rl.certify(system, uncorrected.x, corrected.bias).verdict is Verdict.REFUTED
    assert rl.certify(system, trained.x, trained.bias).verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    "network", [NETWORKS[0], *(pytest.param(each, marks=pytest.mark.slow) for each in NETWORKS[1:])], ids=repr
)
def test_flow_in_weight_coordinates_from_the_effective_start_ends_there_too(network):
    system = posed(2)
    step = 0.5 * rl.train(system, network, rl.inits.Gaussian(0.5), FLOWS[0], seed=1).stats["step_size"] * 4
    flow = rl.flows.GradientDescent(step_size=step)
    trained = rl.train(system, network, rl.inits.Gaussian(0.5), flow, tol=1e-12, seed=1)
    corrected = rl.predict(trained)
    weights = rl.flows.GradientFlow(coordinates="weights")
    flowed = rl.train(system, network, corrected.theta0, weights, tol=1e-11)
    assert relative(flowed.x, trained.x) < 1e-9


def test_up_to_half_the_stability_edge_the_correction_beats_the_flow_tenfold():
    system, network, init = posed(3), rl.networks.Product(2), rl.inits.Constant(0.3)
    limit = rl.limit(system, network, init)
    end = rl.train(system, network, init, rl.flows.GradientDescent(), tol=1e-10).theta
    edge = 2 / rl.certificates.tangent_spectrum(system, network, end)[-1]
    by_flow = []
    for part in (1 / 32, 1 / 8, 1 / 2):
        for flow in (rl.flows.GradientDescent(part * edge), rl.flows.StochasticGradientDescent(4, part * edge)):
            trained = rl.train(system, network, init, flow, tol=1e-12)
            corrected = rl.predict(trained)
            assert trained.success
            assert corrected.success
            by_flow.append(relative(limit.x, trained.x))
            assert relative(corrected.x, trained.x) < min(1e-10, by_flow[-1] / 10)
    # Without the correction the distance grows as the step does.
    assert by_flow[4] > 4 * by_flow[2] / 2 > 4 * by_flow[0]


def test_a_training_that_was_cut_short_is_corrected_for_the_steps_it_took():
    system, network = posed(0), rl.networks.Product(2)
    flow = rl.flows.GradientDescent(step_size=0.05, max_steps=30)
    trained = rl.train(system, network, rl.inits.Gaussian(0.5), flow, seed=2)
    assert trained.status is rl.Status.MAX_STEPS
    corrected = rl.predict(trained)
    assert "gradient flow after the steps that were taken" in corrected.message
    onward = rl.train(system, network, trained.theta, rl.flows.GradientFlow(coordinates="weights"), tol=1e-11)
    assert relative(corrected.x, onward.x) < 1e-9
    assert corrected.stats["distance"] > 1e-3


def test_one_layer_ends_where_flow_does():
    system = posed(0)
    trained = rl.train(system, rl.networks.Direct(), rl.inits.Gaussian(1.0), rl.flows.GradientDescent(), tol=1e-12)
    np.testing.assert_array_equal(rl.predict(trained).theta0["x"], trained.theta0["x"])
    assert relative(rl.predict(trained).x, trained.x) < 1e-10


def test_a_saved_training_and_one_of_a_batch_are_corrected_alike(tmp_path):
    system, network = posed(0), rl.networks.Difference(2)
    flow, init = rl.flows.GradientDescent(), rl.inits.Gaussian(0.5)
    trained = rl.train(system, network, init, flow, tol=1e-12)
    loaded = rl.load(trained.save(tmp_path / "trained.npz"))
    np.testing.assert_array_equal(rl.predict(loaded).x, rl.predict(trained).x)
    (batched,) = rl.train_batch(system, network, [init], flow, tol=1e-12)
    assert relative(rl.predict(batched).x, batched.x) < 1e-10


def test_the_message_tells_what_the_steps_took_from_the_scale():
    system, network = posed(0), rl.networks.Product(2)
    trained = rl.train(system, network, rl.inits.Constant(0.3), rl.flows.GradientDescent(), tol=1e-12)
    corrected = rl.predict(trained)
    factors = corrected.bias.potential.knee / trained.bias.potential.knee
    assert 0 < factors.min() < factors.max() <= 1
    assert f"|p₀m₀| by {factors.min():.3g} to {factors.max():.3g}" in corrected.message


REFUSED = {
    "heavy ball": (NETWORKS[0], rl.flows.GradientDescent(momentum=0.5), "momentum=0.5"),
    "gradient flow": (NETWORKS[0], rl.flows.GradientFlow(), "rl.limit"),
    "Adam": (NETWORKS[0], rl.flows.Adam(), "rl.flows.GradientDescent()"),
    "three layers": (rl.networks.Product(3), rl.flows.GradientDescent(), "rl.limit"),
    "dense": (rl.networks.Dense(1, 3), rl.flows.StochasticGradientDescent(), "StochasticGradientDescent(step_size=…)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_where_no_identity_is_known_it_says_what_to_type(case):
    network, flow, words = REFUSED[case]
    trained = rl.train(posed(0), NETWORKS[0], rl.inits.Gaussian(0.5), rl.flows.GradientDescent())
    theta0 = rl.inits.Gaussian(0.5)(network, posed(0), 0)
    other = dataclasses.replace(trained, network=network, flow=flow, theta0=theta0, theta=theta0)
    with pytest.raises(rl.NoExactLimit, match="predict: it is not known") as caught:
        rl.predict(other)
    assert words in str(caught.value)


def test_what_is_no_training_is_refused(as_a_user):
    system, network = posed(0), rl.networks.Product(2)
    with pytest.raises(rl.InvalidInputError, match="got a ndarray"):
        rl.predict(np.ones(3))
    with pytest.raises(rl.InvalidInputError, match="no training"):
        rl.predict(rl.limit(system, network, rl.inits.Constant(0.1)))
    trained = rl.train(system, network, rl.inits.Gaussian(0.5), rl.flows.GradientDescent())
    with pytest.raises(rl.InvalidInputError, match="lost its system"):
        rl.predict(dataclasses.replace(trained, system=None))
    with pytest.raises(rl.InvalidInputError, match="lost its weights"):
        rl.predict(dataclasses.replace(trained, theta=None))
    with pytest.raises(rl.InvalidInputError, match="tol = 0"):
        rl.predict(trained, tol=0)
    diverged = rl.train(system, network, rl.inits.Gaussian(0.5), rl.flows.GradientDescent(step_size=10.0))
    with pytest.raises(rl.InvalidInputError, match="diverged"):
        rl.predict(diverged)


def test_where_rounding_takes_a_branch_the_limit_is_that_of_the_weights_as_they_are():
    """From 1e-8 the smaller of w_1 ± w_2 ends as what rounding makes it, here 0: a sign is locked that was open."""
    rng = np.random.default_rng(0)
    A = rng.standard_normal((5, 12)) / np.sqrt(5)
    system, network = rl.LinearSystem(A, A[:, 0] + A[:, 1]), rl.networks.Product(2)
    flow = rl.flows.GradientDescent(step_size=0.05, max_steps=5000)
    trained = rl.train(system, network, rl.inits.Constant(1e-8), flow)
    onward = rl.limit(system, network, trained.theta)
    assert type(onward.bias.potential) is not type(trained.bias.potential)
    corrected = rl.predict(trained)
    assert corrected.success
    assert relative(corrected.x, onward.x) < 1e-9
    assert "locks their signs" in corrected.message


class TestRecordedLoops:
    """A loop of plain gradient descent in NumPy: refused until it is said what its steps are, then predicted."""

    @staticmethod
    def recorded(of_weights):
        system, network = posed(3), rl.networks.Product(2)
        with rl.record(system, network, rl.inits.Gaussian(0.5), tol=1e-10) as run:
            layers = run.theta0["layers"].copy()
            for _ in range(20_000):
                run({"layers": layers} if of_weights else layers[0] * layers[1])
                g = system.A.T @ (system.A @ (layers[0] * layers[1]) - system.b)
                layers = layers - 0.1 * g * layers[::-1]
        return run

    def test_the_refusal_says_what_to_type_and_that_is_the_end_of_the_loop(self):
        run = self.recorded(of_weights=True)
        with pytest.raises(rl.InvalidInputError, match=r"flow=rl\.flows\.GradientDescent\(step_size=0\.01\)"):
            rl.predict(run.solution)
        flow = rl.flows.GradientDescent(step_size=0.01)
        predicted = rl.predict(dataclasses.replace(run.solution, flow=flow))
        assert relative(run.solution.x, predicted.x) < 1e-8
        assert relative(run.solution.x, run.prediction.x) > 1e-4
        assert "The steps multiplied the scale" in predicted.message
        own = rl.train(run.system, run.network, run.theta0, rl.flows.GradientDescent(step_size=0.1), tol=1e-10)
        assert relative(rl.predict(own).x, predicted.x) < 1e-8

    def test_without_weights_it_says_to_record_them(self):
        with pytest.raises(rl.InvalidInputError, match=r"call run\(theta\) with theta as a dict"):
            rl.predict(self.recorded(of_weights=False).solution)
