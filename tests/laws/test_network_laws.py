"""Laws of every network found, at every depth that the solvers know."""

import dataclasses
import sys

import array_api_strict
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InvalidInputError, RidgelessError
from ridgeless.networks import FOUND, Layer
from ridgeless.potentials import Bias, NoTheorem, SeparablePotential, Stall

ROWS, UNKNOWNS = 4, 9


def system_of(seed=0):
    rng = np.random.default_rng([seed, ROWS])  # not the stream of the inits
    return rl.LinearSystem(rng.standard_normal((ROWS, UNKNOWNS)), rng.standard_normal(ROWS))


def gaussian(network, seed=0, scale=0.6):
    return rl.inits.Gaussian(scale)(network, system_of(), seed)


def flat(theta):
    return [array for value in theta.values() for array in (value if isinstance(value, list) else [value])]


def test_every_class_found_can_be_made_without_arguments():
    """But for `Function`, which says in words that it needs a function."""
    for name, kind in FOUND.items():
        if name != "Function":
            assert isinstance(kind(), rl.networks.Network), f"{name}() is no network: give its fields defaults"
    with pytest.raises(InvalidInputError, match=r"function.* is needed.*rl\.networks\.Function\(apply, layout\)"):
        FOUND["Function"]()


@pytest.mark.parametrize("kind", FOUND.values(), ids=FOUND)
def test_no_class_goes_round_the_checks_of_theta(kind):
    """`forward` and `conserved` are a network's own; the methods that check theta first are the base class's."""
    assert kind.__call__ is rl.networks.Network.__call__
    assert kind.invariants is rl.networks.Network.invariants


def test_layout_is_the_shape_of_a_start(found_network):
    layout, theta = found_network.layout(UNKNOWNS), gaussian(found_network)
    assert list(layout) == list(theta)
    for name, wanted in layout.items():
        pairs = zip(wanted, theta[name], strict=True) if isinstance(wanted, list) else [(wanted, theta[name])]
        for layer, array in pairs:
            assert isinstance(layer, Layer)
            assert layer.shape == array.shape
            assert layer.fan_in >= 1
    assert np.shape(found_network(theta)) == (UNKNOWNS,)


def test_numpy_jax_and_the_strict_array_api_agree(found_network, map_theta):
    import jax

    theta = gaussian(found_network)
    wanted = found_network(theta)
    assert isinstance(wanted, np.ndarray)
    with jax.enable_x64(True):
        there = map_theta(theta, jax.numpy.asarray)
        found = jax.jit(found_network.__call__)(there)
        assert found.dtype == np.float64
        np.testing.assert_allclose(np.asarray(found), wanted, rtol=1e-14, atol=1e-16)
    strict = found_network(map_theta(theta, array_api_strict.asarray))
    assert strict.__array_namespace__() is array_api_strict
    np.testing.assert_allclose(np.asarray(strict), wanted, rtol=1e-14, atol=1e-16)


def grown(network, map_free, factor):
    return network(map_free(network, gaussian(network), lambda array: factor * array))


@pytest.mark.parametrize("factor", [1e-3, 2.0, -1.5])
def test_homogeneity(found_network, map_free, factor):
    """Of the degree that the network says; of none where it says that it has none."""
    scaled, start = grown(found_network, map_free, factor), found_network(gaussian(found_network))
    if found_network.homogeneity is None:
        assert all(np.abs(scaled - factor**degree * start).max() > 1e-8 * np.abs(scaled).max() for degree in range(9))
    else:
        np.testing.assert_allclose(scaled, factor**found_network.homogeneity * start, rtol=1e-12)


def test_a_network_without_a_degree_claims_nothing(found_network, starts):
    system = system_of()
    for theta0 in starts(found_network, system).values():
        if found_network.homogeneity is None:
            assert isinstance(found_network.theorem(theta0, system), NoTheorem)
            assert found_network.invariants(theta0, system) == {}
            assert found_network.metric_floor(theta0, system) == 0


def test_checked_makes_fresh_float_arrays(found_network, map_free):
    theta = map_free(found_network, gaussian(found_network), lambda array: np.round(10 * array).astype(int))
    checked = found_network.checked(theta, UNKNOWNS)
    for before, after in zip(flat(theta), flat(checked), strict=True):
        assert after.dtype == np.float64
        np.testing.assert_array_equal(before, after)
        after += 1
        assert not np.array_equal(before, after)


def test_a_diverged_theta_has_an_x(found_network, map_theta):
    """Only the form of theta is looked at: what training left may be anything."""
    theta = map_theta(gaussian(found_network), lambda array: np.full(array.shape, np.nan))
    assert np.isnan(found_network(theta)).all()


def test_theta_may_have_been_made_for_any_number_of_unknowns(found_network):
    for unknowns in (1, 2, 70):
        system = rl.LinearSystem(np.ones((1, unknowns)), np.ones(1))
        assert found_network(rl.inits.Gaussian(0.1)(found_network, system, 0)).shape == (unknowns,)


def test_counts_become_plain_ints(as_a_user):
    for kind in FOUND.values():
        if "depth" in {field.name for field in dataclasses.fields(kind)}:
            assert type(kind(depth=np.int64(3)).depth) is int
            assert repr(kind(depth=np.int64(3))) == repr(kind(depth=3))


def test_checked_takes_nested_lists(found_network, map_theta):
    theta = gaussian(found_network)
    checked = found_network.checked(map_theta(theta, lambda array: array.tolist()), UNKNOWNS)
    np.testing.assert_array_equal(found_network(checked), found_network(theta))


@pytest.mark.usefixtures("as_a_user")
class TestRefusals:
    def refused(self, network, theta, match):
        with pytest.raises(InvalidInputError, match=match):
            network.checked(theta, UNKNOWNS)
        with pytest.raises(InvalidInputError, match=rf"^network.bias\(theta0, system\): .*({match})"):
            network.bias(theta, system_of())
        with pytest.raises(InvalidInputError, match=rf"^network.invariants\(theta, system\): .*({match})"):
            network.invariants(theta, system_of())

    def uncallable(self, network, theta, match):
        with pytest.raises(InvalidInputError, match=rf"^network\(theta\): .*({match})"):
            network(theta)

    def test_a_missing_key(self, found_network):
        theta = gaussian(found_network)
        name = next(iter(theta))
        del theta[name]
        self.refused(found_network, theta, f"needs .*{name}")
        self.uncallable(found_network, theta, f"needs .*{name}")

    def test_an_unknown_key(self, found_network):
        self.refused(found_network, {**gaussian(found_network), "extra": np.zeros(3)}, "extra")
        self.uncallable(found_network, {**gaussian(found_network), "extra": np.zeros(3)}, "extra")

    @pytest.mark.parametrize("theta", [None, 3.0, [1.0, 2.0], np.zeros(UNKNOWNS), "theta"])
    def test_no_dict(self, found_network, theta):
        self.refused(found_network, theta, "dict")
        self.uncallable(found_network, theta, "dict")

    def test_a_wrong_shape(self, found_network):
        for name, value in gaussian(found_network).items():
            if isinstance(value, list) and not value:
                continue
            wrong = [*value[:-1], value[-1][:-1]] if isinstance(value, list) else value[..., :-1]
            self.refused(found_network, {**gaussian(found_network), name: wrong}, "shape")

    def test_another_number_of_axes(self, found_network):
        for name, value in gaussian(found_network).items():
            wrong = [array[..., None] for array in value] if isinstance(value, list) else value[..., None]
            if not isinstance(value, list) or value:
                self.refused(found_network, {**gaussian(found_network), name: wrong}, "shape")
                self.uncallable(found_network, {**gaussian(found_network), name: wrong}, "shape")

    def test_a_number_where_arrays_belong(self, found_network):
        for name in gaussian(found_network):
            self.refused(found_network, {**gaussian(found_network), name: 3.0}, r"shape|arrays|matrices")
            self.uncallable(found_network, {**gaussian(found_network), name: 3.0}, "pass arrays of numbers")

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_entries_that_are_not_finite(self, found_network, map_theta, bad):
        def spoil(array):
            array = np.array(array, dtype=float)
            array.flat[-1] = bad
            return array

        self.refused(found_network, map_theta(gaussian(found_network), spoil), "NaN or infinite")

    def test_complex_and_text(self, found_network, map_theta):
        theta = gaussian(found_network)
        self.refused(found_network, map_theta(theta, lambda array: array + 0j), "complex")
        self.refused(found_network, map_theta(theta, lambda array: array.astype(str)), "values")
        self.uncallable(found_network, map_theta(theta, lambda array: array.astype(str)), "values")

    def test_another_number_of_unknowns(self, found_network):
        with pytest.raises(InvalidInputError):
            found_network.checked(gaussian(found_network), UNKNOWNS + 1)


@pytest.mark.parametrize("depth", [0, -1, 2.5, 2.0, True, None, "2"])
def test_depths_that_are_no_counts(depth, as_a_user):
    for kind in FOUND.values():
        for field in {"depth", "hidden"} & {field.name for field in dataclasses.fields(kind)}:
            if (field, depth) != ("hidden", 0):
                with pytest.raises(InvalidInputError, match=field):
                    kind(**{field: depth})


@pytest.mark.parametrize("seed", range(4))
def test_the_start_lies_on_the_mirror_map(found_network, starts, seed):
    """x(theta0) = ∇Φ*(offset) for every start whose flow is a mirror flow: at ν = 0 nothing has moved."""
    system = system_of(seed)
    for theta0 in starts(found_network, system, seed).values():
        bias = found_network.bias(theta0, system)
        if bias is not None and bias.is_mirror_flow:
            assert bias.offset.shape == (UNKNOWNS,)
            found = bias.potential.conjugate_gradient(bias.offset)
            np.testing.assert_allclose(found, found_network(theta0), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("seed", range(4))
def test_zero_weights_lie_on_the_mirror_map_too(found_network, starts, map_free, seed):
    """Frozen and locked coordinates among free ones."""
    system, rng = system_of(seed), np.random.default_rng(seed)
    for theta0 in starts(found_network, system, seed).values():
        holed = map_free(found_network, theta0, lambda array: np.where(rng.random(array.shape) < 0.3, 0.0, array))
        bias = found_network.bias(holed, system)
        if bias is not None and bias.is_mirror_flow:
            found = bias.potential.conjugate_gradient(bias.offset)
            np.testing.assert_allclose(found, found_network(holed), rtol=1e-12, atol=1e-13)


def test_a_theorem_or_a_reason(found_network, starts):
    system = system_of()
    for theta0 in starts(found_network, system).values():
        found = found_network.theorem(theta0, system)
        if isinstance(found, NoTheorem):
            assert found.reason
            assert found.advice
            assert found_network.bias(theta0, system) is None
            with pytest.raises(rl.NoExactLimit) as caught:
                rl.limit(system, found_network, theta0)
            assert found.reason in str(caught.value)
            assert found.advice in str(caught.value)
        elif isinstance(found, Stall):
            assert found.citation
            assert found_network.bias(theta0, system) is None
            limit = rl.limit(system, found_network, theta0)
            assert limit.status is rl.Status.STALLED
            assert limit.residual == system.residual(found.x) > 1e-3
            assert found.reason in limit.message
            np.testing.assert_array_equal(limit.x, found.x)
        else:
            assert isinstance(found, Bias)
            assert found.citation
            assert isinstance(found_network.bias(theta0, system), Bias)


def starts_again(network, theta0, system):
    """The start that `start_for` gives for the theorem of theta0; None where it gives none."""
    bias = network.theorem(theta0, system)
    return network.start_for(bias.potential, bias.offset) if isinstance(bias, Bias) else None


def test_a_start_for_a_potential_ends_where_its_minimiser_is(found_network, starts, solvable):
    """`start_for` is the inverse of the theorem: another start, perhaps, and the same limit."""
    A = system_of().A
    for theta0 in starts(found_network, system_of()).values():
        system = solvable(found_network, theta0, A)
        again = starts_again(found_network, theta0, system)
        if again is not None:
            wanted, found = (rl.limit(system, found_network, start).x for start in (theta0, again))
            np.testing.assert_allclose(found, wanted, atol=1e-9 * np.abs(wanted).max())


@pytest.mark.parametrize(
    "network",
    [
        rl.networks.Direct(),
        *(rl.networks.Difference(depth) for depth in (1, 2, 3, 4)),
        rl.networks.Power(1),
        rl.networks.Power(2),
        rl.networks.Product(2),
        rl.networks.TwoBranch(2),
    ],
    ids=repr,
)
def test_these_networks_know_a_start_for_their_own_potential(network):
    system = system_of()
    assert starts_again(network, network.constant(0.3, UNKNOWNS), system) is not None


def test_asking_for_the_bias_leaves_theta_alone(found_network, map_theta):
    theta, system = gaussian(found_network), system_of()
    before = map_theta(theta, np.copy)
    bias = found_network.bias(theta, system)
    if bias is not None:
        bias.offset[:] = 7
    found_network.invariants(theta, system)
    for one, other in zip(flat(before), flat(theta), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("seed", range(2))
def test_mirror_maps_rise_as_fast_as_the_weights_allow(found_network, starts, seed, map_theta):
    """f'(offset) is the diagonal of ∂x/∂θ·(∂x/∂θ)ᵀ, from finite differences of the network alone."""
    system = system_of(seed)
    for theta0 in starts(found_network, system, seed).values():
        bias = found_network.bias(theta0, system)
        if bias is None or not bias.is_mirror_flow or not isinstance(bias.potential, SeparablePotential):
            continue
        metric = np.zeros(UNKNOWNS)
        for name, value in theta0.items():
            for entry in np.ndindex(value.shape):
                moved = []
                for step in (1e-5, -1e-5):
                    other = map_theta(theta0, np.copy)
                    other[name][entry] += step
                    moved.append(found_network(other))
                metric += ((moved[0] - moved[1]) / 2e-5) ** 2
        np.testing.assert_allclose(bias.potential.conjugate_curvature(bias.offset), metric, rtol=1e-8, atol=1e-12)


def along_the_weights(network, theta, gradient):
    """What training follows of a gradient: none of fixed weights, the tangent part of orthogonal layers, else all."""

    def part(layer, array, slope):
        if layer.is_orthogonal:
            turned = slope @ array.T
            return (turned - turned.T) @ array / 2
        return slope if layer.is_trained else 0 * slope

    layout = network.layout(UNKNOWNS)
    return {
        name: [part(*each) for each in zip(layout[name], theta[name], gradient[name], strict=True)]
        if isinstance(layout[name], list)
        else part(layout[name], theta[name], gradient[name])
        for name in theta
    }


def test_invariants_exist_and_are_conserved(found_network, starts):
    """Runge–Kutta steps on the weights' own gradient flow, the gradient by JAX from the network alone."""
    import jax

    system = system_of()
    A, b = system.A / np.linalg.norm(system.A, 2), system.b / np.linalg.norm(system.b)

    def loss(theta):
        return 0.5 * ((A @ found_network(theta) - b) ** 2).sum()

    def shifted(theta, slope, step):
        return jax.tree.map(lambda array, rise: array - step * rise, theta, slope)

    def slope(theta):
        return along_the_weights(found_network, theta, jax.grad(loss)(theta))

    def runge_kutta(theta, step):
        first = slope(theta)
        second = slope(shifted(theta, first, step / 2))
        third = slope(shifted(theta, second, step / 2))
        fourth = slope(shifted(theta, third, step))
        total = jax.tree.map(lambda a, b, c, d: (a + 2 * b + 2 * c + d) / 6, first, second, third, fourth)
        return shifted(theta, total, step)

    def flow(theta):
        return jax.lax.fori_loop(0, 1600, lambda _, here: runge_kutta(here, 5e-4), theta)

    flow = jax.jit(flow)
    for theta0 in starts(found_network, system, seed=5, scale=1.0).values():
        with jax.enable_x64(True):
            trained = flow(jax.tree.map(jax.numpy.asarray, theta0))
            fallen = float(loss(trained))
            trained = jax.tree.map(np.asarray, trained)
        assert fallen < 0.95 * float(loss(theta0))
        before, after = found_network.invariants(theta0, system), found_network.invariants(trained, system)
        if found_network.homogeneity is None:
            assert before == after == {}
            continue
        assert before
        assert set(before) == set(after)
        for name, start in before.items():
            size = max(1.0, np.abs(start).max(initial=0.0))
            np.testing.assert_allclose(after[name], start, rtol=0, atol=1e-8 * size, err_msg=name)
        drifts = rl.certificates.conservation(system, found_network, theta0, trained)
        assert set(drifts) == set(before)
        assert max(drifts.values()) < 1e-6


def test_conservation_tells_a_broken_invariant(found_network, map_free):
    system, theta = system_of(), gaussian(found_network)
    rng = np.random.default_rng([0, 1])
    moved = map_free(found_network, theta, lambda array: array + 0.1 * rng.standard_normal(array.shape))
    drifts = rl.certificates.conservation(system, found_network, theta, moved)
    if found_network.homogeneity is None:
        assert drifts == {}
        return
    assert drifts
    assert max(drifts.values()) > 1e-3
    assert max(rl.certificates.conservation(system, found_network, theta, theta).values()) == 0


def test_repr_can_be_typed(found_network):
    # A function is repeated by the name that it has in its module.
    made = eval(repr(found_network), {**vars(sys.modules[type(found_network).__module__]), **FOUND})
    assert made == found_network
    assert hash(made) == hash(found_network)


@pytest.mark.parametrize("argument", ["system", "network", "init", "seed"])
def test_a_start_from_something_else_is_refused(argument, as_a_user):
    arguments = {"system": system_of(), "network": rl.networks.Direct(), "init": rl.inits.Gaussian(0.1), "seed": 0}
    arguments[argument] = "nonsense"
    with pytest.raises(RidgelessError, match=argument):
        rl.limit(**arguments)
