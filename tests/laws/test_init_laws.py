"""Laws of every init found, on every network found, and what each promises by itself."""

import dataclasses

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import IncompatibleInitError, InvalidInputError
from ridgeless.inits import FOUND
from ridgeless.inits.base import start as start_of

UNKNOWNS = 9


def system_of(unknowns=UNKNOWNS):
    rng = np.random.default_rng(0)
    return rl.LinearSystem(rng.standard_normal((3, unknowns)), rng.standard_normal(3))


def flat(theta):
    return [array for value in theta.values() for array in (value if isinstance(value, list) else [value])]


def made(init, network, seed=0):
    """theta0 on the system of these laws."""
    return init.suited_to(system_of())(network, system_of(), seed)


@pytest.mark.parametrize("name", FOUND)
def test_every_class_found_brings_examples_that_start_some_network(name, every_network):
    for init in FOUND[name].examples():
        assert type(init) is FOUND[name]
        assert type(init.suited_to(system_of())) is FOUND[name]
        assert any(is_started(init, network) for network in every_network)


def is_started(init, network):
    try:
        made(init, network)
    except IncompatibleInitError:
        return False
    return True


def test_a_refusal_says_what_to_type_instead(found_init, every_network):
    for network in every_network:
        try:
            made(found_init, network)
        except IncompatibleInitError as refusal:
            assert str(network) in str(refusal)  # noqa: PT017 - most pairs are accepted
            assert "Type rl." in str(refusal)  # noqa: PT017


def test_every_network_has_a_start(found_network, starts):
    assert starts(found_network, system_of())


def test_a_start_fits_its_network(found_init, found_network):
    theta = made(found_init, found_network)
    checked = found_network.checked(theta, UNKNOWNS)
    for given, kept in zip(flat(theta), flat(checked), strict=True):
        assert given.dtype == np.float64
        np.testing.assert_array_equal(given, kept)


def test_the_seed_decides(found_init, found_network):
    one, same = flat(made(found_init, found_network, 3)), flat(made(found_init, found_network, 3))
    for first, second in zip(one, same, strict=True):
        np.testing.assert_array_equal(first, second)
        assert not np.shares_memory(first, second)


def test_no_two_layers_share_memory(found_init, found_network):
    arrays = flat(made(found_init, found_network))
    for index, first in enumerate(arrays):
        assert not any(np.shares_memory(first, second) for second in arrays[index + 1 :])


def test_the_seed_is_not_the_global_state(found_init, found_network):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    made(found_init, found_network)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_a_start_moves(found_init, found_network):
    """No start is a saddle: some weight has a gradient, as finite differences of the network alone show."""
    theta = made(found_init, found_network)
    rng, base = np.random.default_rng(0), np.copy(found_network(theta))
    moves = []
    for array in flat(theta):
        direction = rng.standard_normal(array.shape)
        array += 1e-6 * direction
        moves.append(np.linalg.norm(found_network(theta) - base))
        array -= 1e-6 * direction
    assert max(moves) > 1e-8 * max(1e-3, np.linalg.norm(base))


def test_repr_can_be_typed(found_init):
    assert eval(repr(found_init), dict(FOUND)) == found_init


@pytest.mark.parametrize("scale", [0.0, -1.0, np.nan, np.inf, "small", None, True])
def test_scales_that_are_no_scales(found_init, scale, as_a_user):
    if "scale" in {field.name for field in dataclasses.fields(found_init)}:
        with pytest.raises(InvalidInputError, match="scale"):
            dataclasses.replace(found_init, scale=scale)


@pytest.mark.parametrize("seed", [-1, 1.5, "0", None, True])
def test_seeds_that_are_no_seeds(seed, as_a_user):
    with pytest.raises(InvalidInputError, match="seed"):
        start_of(rl.inits.Gaussian(0.1), rl.networks.Direct(), system_of(), seed, "test")


@pytest.mark.parametrize("seed", [0, 1])
def test_gaussian_weights_are_the_generators_own(seed):
    """The stream is NumPy's default_rng(SeedSequence(seed)), in the order of the layout, on every machine."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    theta = rl.inits.Gaussian(0.2)(rl.networks.Difference(depth=3), system_of(), seed)
    np.testing.assert_array_equal(theta["u"], 0.2 * rng.standard_normal(UNKNOWNS))
    np.testing.assert_array_equal(theta["v"], 0.2 * rng.standard_normal(UNKNOWNS))


def test_gaussian_variances_follow_the_fan_in():
    """Weights are N(0, scale²/fan_in): 1 for diagonal layers, the width for dense ones, w included."""
    system = system_of(2000)
    spread = {
        name: np.std(array) for name, array in rl.inits.Gaussian(0.5)(rl.networks.TwoBranch(depth=3), system).items()
    }
    assert spread["plus"] == pytest.approx(0.5, rel=0.05)
    assert spread["minus"] == pytest.approx(0.5, rel=0.05)
    theta = rl.inits.Gaussian(0.5)(rl.networks.Dense(hidden=2, width=(100, 400)), system)
    assert np.std(theta["W"][0]) == pytest.approx(0.05, rel=0.05)
    assert np.std(theta["W"][1]) == pytest.approx(0.025, rel=0.05)
    assert np.std(theta["w"]) == pytest.approx(0.025, rel=0.15)


def test_the_width_that_inits_use_by_default():
    assert rl.inits.Gaussian(1.0)(rl.networks.Dense(hidden=1), system_of(70))["w"].shape == (64,)
    assert rl.inits.Gaussian(1.0)(rl.networks.Dense(hidden=1), system_of(20))["w"].shape == (20,)


class TestConstant:
    def test_open_signs_start_at_zero(self):
        """x₀ = 0 with no sign locked, for the networks that promise it."""
        system = system_of()
        for network in (
            rl.networks.Difference(2),
            rl.networks.Difference(3),
            rl.networks.Product(2),
            rl.networks.Product(4),
            rl.networks.TwoBranch(2),
        ):
            theta = rl.inits.Constant(0.3)(network, system)
            assert not network(theta).any()
            branches = network.bias(theta, system).potential.branches(np.zeros(UNKNOWNS))
            assert not branches.locked_signs(UNKNOWNS).any()

    def test_each_form(self):
        system, ones = system_of(), np.ones(UNKNOWNS)
        np.testing.assert_array_equal(rl.inits.Constant(0.3)(rl.networks.Direct(), system)["x"], 0.3 * ones)
        np.testing.assert_array_equal(rl.inits.Constant(0.3)(rl.networks.Power(3), system)["u"], 0.3 * ones)
        layers = rl.inits.Constant(0.3)(rl.networks.Product(3), system)["layers"]
        np.testing.assert_array_equal(layers, [0.3 * ones, 0.3 * ones, 0 * ones])

    def test_refused_where_neurons_would_never_part(self):
        with pytest.raises(IncompatibleInitError, match=r"Gaussian"):
            rl.inits.Constant(0.3)(rl.networks.Dense(), system_of())


class TestImbalanced:
    @pytest.mark.parametrize("shape", [0.0, 0.3, 0.99])
    def test_sizes(self, shape):
        """|u₀v₀| = scale, |u₀| = √(scale(1−shape)/(1+shape)), so that u₀² + v₀² = 2·scale·(1+shape²)/(1−shape²)."""
        layers = rl.inits.Imbalanced(0.04, shape)(rl.networks.Product(2), system_of())["layers"]
        np.testing.assert_allclose(layers[0] * layers[1], 0.04, rtol=1e-13)
        np.testing.assert_allclose(layers[0], np.sqrt(0.04 * (1 - shape) / (1 + shape)), rtol=1e-13)
        np.testing.assert_allclose((layers**2).sum(axis=0), 0.08 * (1 + shape**2) / (1 - shape**2), rtol=1e-12)

    def test_two_branches_start_unbiased(self):
        theta = rl.inits.Imbalanced(0.04, 0.5)(rl.networks.TwoBranch(2), system_of())
        assert not rl.networks.TwoBranch(2)(theta).any()

    @pytest.mark.parametrize("hidden", [1, 2, 3])
    def test_dense_chains(self, hidden):
        """Rank one, aligned, ‖W₁‖ = |u₀| and every later norm |v₀|: δ = 4·scale·shape/(1−shape²)."""
        network = rl.networks.Dense(hidden=hidden, width=5)
        theta = rl.inits.Imbalanced(0.04, 0.5)(network, system_of(), seed=2)
        norms = [np.linalg.norm(matrix, 2) for matrix in theta["W"]] + [np.linalg.norm(theta["w"])]
        ranks = [np.linalg.matrix_rank(matrix, tol=1e-12) for matrix in theta["W"]]
        assert ranks == [1] * hidden
        np.testing.assert_allclose(norms[0] * norms[-1], 0.04, rtol=1e-13)
        np.testing.assert_allclose(norms[1:], norms[-1], rtol=1e-13)
        assert norms[-1] ** 2 - norms[0] ** 2 == pytest.approx(4 * 0.04 * 0.5 / (1 - 0.25), rel=1e-12)
        assert np.linalg.norm(network(theta)) == pytest.approx(np.prod(norms), rel=1e-12)
        assert network.bias(theta, system_of()) is not None

    @pytest.mark.parametrize("shape", [1.0, 1.5, -0.1, np.nan, "round", None, True])
    def test_shapes_that_are_no_shapes(self, shape, as_a_user):
        with pytest.raises(InvalidInputError, match="shape"):
            rl.inits.Imbalanced(0.1, shape)

    def test_refused_beyond_two_layers(self):
        for network in (
            rl.networks.Product(3),
            rl.networks.TwoBranch(3),
            rl.networks.Difference(2),
            rl.networks.Dense(0),
        ):
            with pytest.raises(IncompatibleInitError, match="two layers"):
                rl.inits.Imbalanced(0.1, 0.5)(network, system_of())
