"""Mirror descent ends at the solution nearest to the start in its Bregman divergence, whatever the step."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.limits import minimise
from ridgeless.potentials import DeepHypentropy, Entropy, Hypentropy, Quadratic, TangentHypentropy, WeightedL1

EQUATIONS, UNKNOWNS = 6, 20
DIRECT = rl.networks.Direct()
ONES = np.ones(UNKNOWNS)
DRAWN = np.random.default_rng(12).standard_normal(UNKNOWNS)
CASES = [
    (Quadratic(), DRAWN),
    (Hypentropy(1e-3 * ONES, rate=4.0), DRAWN),
    (Hypentropy(np.abs(DRAWN), rate=2.0), 0 * ONES),
    (Entropy(ONES, rate=1.0), np.abs(DRAWN)),
    (DeepHypentropy(0.1 * ONES, 0.2 * ONES, coefficient=1 / 27, exponent=3.0), 0 * ONES),
    (TangentHypentropy(0.3 * ONES), 0 * ONES),
]

pytestmark = pytest.mark.usefixtures("as_a_user")


def drawn(seed=0):
    rng = np.random.default_rng(np.random.SeedSequence([seed, 13]))
    A = rng.standard_normal((EQUATIONS, UNKNOWNS)) / np.sqrt(EQUATIONS)
    return rl.LinearSystem(A, A @ np.abs(rng.standard_normal(UNKNOWNS)))


def trained(system, flow, start, tol=1e-11):
    return rl.train(system, DIRECT, {"x": start}, flow, tol=tol)


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.9])
@pytest.mark.parametrize(("potential", "start"), CASES, ids=lambda case: type(case).__name__)
def test_the_end_is_the_nearest_solution_at_every_step_size(potential, start, factor):
    """The trained end against the limit's solver, which takes no steps; a certificate agrees."""
    system, flow = drawn(), rl.flows.MirrorDescent(potential)
    default = trained(system, flow, start, tol=0.5).stats["step_size"]
    found = trained(system, rl.flows.MirrorDescent(potential, factor * default), start)
    assert found.success, found
    bias = flow.bias(start)
    exact = minimise(system, bias, 1e-13).x
    np.testing.assert_allclose(found.x, exact, atol=1e-8 * np.abs(exact).max())
    assert rl.certify(system, found.x, bias).verdict is rl.certificates.Verdict.CERTIFIED
    assert rl.certify(found).verdict is rl.certificates.Verdict.CERTIFIED
    assert found.bias.potential is potential
    # Along the way, and at the end: ∇Φ(x) − ∇Φ(x₀) = Aᵀν.
    np.testing.assert_allclose(found.x, potential.conjugate_gradient(bias.offset + system.A.T @ found.dual), rtol=1e-12)


def test_another_potential_ends_elsewhere():
    system = drawn()
    found = trained(system, rl.flows.MirrorDescent(Hypentropy(1e-3 * ONES, rate=4.0)), 0 * ONES)
    other = rl.flows.MirrorDescent(Hypentropy(2e-3 * ONES, rate=4.0)).bias(0 * ONES)
    assert rl.certify(system, found.x, other).verdict is rl.certificates.Verdict.REFUTED


def test_it_ends_where_the_network_of_that_potential_does():
    """Difference(2) at u₀ = v₀ = α has the hypentropy of knee 2α²: its limit, at steps of any size."""
    system, alpha = drawn(1), 0.05
    exact = rl.limit(system, rl.networks.Difference(2), rl.inits.Constant(alpha)).x
    flow = rl.flows.MirrorDescent(Hypentropy(2 * alpha**2 * ONES, rate=4.0))
    np.testing.assert_allclose(trained(system, flow, 0 * ONES).x, exact, atol=1e-8)


def test_with_the_quadratic_it_is_gradient_descent():
    system, size = drawn(2), 0.02
    mirror = trained(system, rl.flows.MirrorDescent(step_size=size, max_steps=50), DRAWN)
    plain = trained(system, rl.flows.GradientDescent(step_size=size, max_steps=50), DRAWN)
    np.testing.assert_allclose(mirror.x, plain.x, rtol=1e-12, atol=1e-14)
    assert mirror.stats["steps"] == plain.stats["steps"] == 50


def test_steps_that_are_too_long_are_told():
    found = trained(drawn(), rl.flows.MirrorDescent(Hypentropy(ONES, rate=4.0), step_size=100.0), 0 * ONES)
    assert found.status is rl.Status.DIVERGED
    assert "step_size=50" in found.message
    assert np.isfinite(found.residual) or not found.success


def test_what_it_cannot_train():
    system, gaussian = drawn(), rl.inits.Gaussian(0.5)
    for network in (rl.networks.Difference(2), rl.networks.Dense(1, 2)):
        with pytest.raises(rl.InvalidInputError, match=r"moves x itself; type rl\.networks\.Direct"):
            rl.train(system, network, gaussian, rl.flows.MirrorDescent())
    entropy = rl.flows.MirrorDescent(Entropy(ONES, rate=1.0))
    for start in (DRAWN, 0 * ONES):
        with pytest.raises(rl.InvalidInputError, match=r"outside the domain of Entropy.*Constant"):
            trained(system, entropy, start)
        with pytest.raises(rl.InvalidInputError, match="outside the domain"):
            entropy.bias(start)
    with pytest.raises(rl.InvalidInputError, match="does not fit 20 unknowns"):
        trained(system, rl.flows.MirrorDescent(Hypentropy(np.ones(3), rate=4.0)), DRAWN)


def test_settings_that_are_none():
    for bad in (WeightedL1(ONES, ONES), "Hypentropy", None, 3):
        with pytest.raises(rl.InvalidInputError, match="no diagonal mirror map"):
            rl.flows.MirrorDescent(bad)
    for bad in (0.0, -1.0, np.nan, "long"):
        with pytest.raises(rl.InvalidInputError, match=r"flows\.MirrorDescent.*step_size"):
            rl.flows.MirrorDescent(step_size=bad)
    for bad in (0, -1, 2.5, True, None):
        with pytest.raises(rl.InvalidInputError, match=r"flows\.MirrorDescent.*max_steps"):
            rl.flows.MirrorDescent(max_steps=bad)
