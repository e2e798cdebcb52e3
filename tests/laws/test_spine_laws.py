"""The spine: wherever a network has a theorem, the limit is where its weights flow to, to 1e-8.

Two routes that share no formula. `limit` knows the theorem and no training; the flow in weight coordinates knows the
network's forward map and no theorem. `check` judges every network found on every start that it has, and must turn
down each of the broken theorems below, which are the true ones with one thing changed.
"""

import copy
from dataclasses import replace

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import IncompatibleInitError, RidgelessError
from ridgeless.inits.base import start as start_of
from ridgeless.potentials import (
    Bias,
    DeepHypentropy,
    Entropy,
    Hypentropy,
    NoTheorem,
    Quadratic,
    Radial,
    TangentHypentropy,
)

pytestmark = pytest.mark.usefixtures("as_a_user")

ROWS, UNKNOWNS = 4, 10
WITHIN = 1e-8


class FalseTheoremError(AssertionError):
    """The limit is not where training ends."""


def check(network, start, system):
    """The law: whether the network has a theorem for this start; if it has, the theorem is true.

    Raises:
        FalseTheoremError: the limit is refused, not reached, or another point than the one that the weights flow to.
    """
    if network.bias(start, system) is None:
        return False
    trained = rl.train(system, without_theorem(network), start, weights_flow(network), tol=1e-10)
    assert trained.success, trained
    try:
        exact = rl.limit(system, network, start)
    except RidgelessError as refusal:
        raise FalseTheoremError(f"training ends at residual {trained.residual:.0e}, the limit is refused") from refusal
    if not exact.success:
        raise FalseTheoremError(f"training ends, the limit does not: {exact}")
    apart = np.linalg.norm(exact.x - trained.x) / np.linalg.norm(trained.x)
    if not apart <= WITHIN:
        raise FalseTheoremError(f"{network} from {start}: the limit is off by {apart:.1e}")
    return True


def with_theorem(network, theorem):
    """The same network with a theorem of its own: equal to the first, so that one program trains both."""
    other = copy.copy(network)
    object.__setattr__(other, "theorem", theorem)
    return other


def without_theorem(network):
    """What is trained, so that nothing of the theorem enters the training, not even into its status."""
    return with_theorem(network, lambda theta0, system: NoTheorem("left out, to be compared with"))


def weights_flow(network):
    """Gradient flow of every weight by itself, along orthogonal layers where the network has those."""
    flow = rl.flows.GradientFlow(coordinates="weights")
    return flow if flow.settles_on(network) else rl.flows.RiemannianFlow()


def matrix(seed=0):
    A = np.random.default_rng([seed, ROWS]).standard_normal((ROWS, UNKNOWNS))
    return A / np.linalg.norm(A, 2)


def probe(seed=0):
    return rl.LinearSystem(matrix(seed), matrix(seed) @ np.random.default_rng([seed, 5]).standard_normal(UNKNOWNS))


def uneven(network, map_free, seed):
    """Weights of all sizes and signs; every second seed has zeros, and layers of one size, that lock or freeze."""
    rng = np.random.default_rng([seed, 3])

    def spread(array):
        array = np.sign(array) * (0.2 + 0.5 * np.abs(array))
        if seed % 2:
            array[rng.random(array.shape) < 0.1] = 0.0
            if array.ndim == 2 and array.shape == (len(array), UNKNOWNS) and len(array) > 1:
                array[:, 0], array[0, 1], array[1, 2:4] = 0.0, 0.0, array[0, 2:4]
        return array

    return map_free(network, rl.inits.Gaussian(1.0)(network, probe(seed), seed), spread)


@pytest.fixture
def every_start(starts, map_free):
    """(network, seed, scale) ↦ the starts of all inits at this scale, and an uneven one."""

    def make(network, seed=0, scale=None):
        return [*starts(network, probe(seed), seed, scale).values(), uneven(network, map_free, seed)]

    return make


def one_of_each_class():
    """The middle example of every network found: each is compiled for itself, and the others are left to slow runs."""
    return [kind.examples()[len(kind.examples()) // 2] for kind in rl.networks.FOUND.values()]


@pytest.mark.parametrize("network", one_of_each_class(), ids=repr)
def test_the_limit_is_where_the_weights_flow(network, every_start, solvable):
    covered = [check(network, start, solvable(network, start, matrix())) for start in every_start(network)]
    # A map of no degree is a function of the user's own, and claims nothing.
    knows = network.homogeneity is not None
    assert any(covered) == knows, f"{network} has no theorem for any start: a theorem of one start is the least"


@pytest.mark.parametrize(
    "init", [init for kind in rl.inits.FOUND.values() for init in kind.examples() if not init.is_limit], ids=repr
)
def test_theorems_hold_from_every_init(init, solvable):
    """Each init on one network of each class that it makes starts for."""
    for network in one_of_each_class():
        try:
            start = start_of(init.suited_to(probe()), network, probe(), 2, "test")
        except IncompatibleInitError:
            continue
        check(network, start, solvable(network, start, matrix(), 2))


@pytest.mark.slow
def test_from_every_start_at_every_scale(found_network, every_start, solvable):
    for scale in (1e-2, 0.1, 1.0):
        for seed in range(5):
            for start in every_start(found_network, seed, scale):
                check(found_network, start, solvable(found_network, start, matrix(seed), seed))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, kind in rl.networks.FOUND.items() if hasattr(kind, "depth")])
def test_one_layer_more_than_the_examples(name, every_start, solvable):
    """Depth 5 where there is a depth."""
    deeper = replace(rl.networks.FOUND[name].examples()[0], depth=5)
    for seed in range(10):
        for start in every_start(deeper, seed, 0.5):
            check(deeper, start, solvable(deeper, start, matrix(seed), seed))


# What is broken below: (network, start, what is done to the true theorem). Starts have u ≠ v, and no zeros.


def two(first, second):
    """Two arrays of weights that differ in every entry and in size."""
    spread = np.linspace(0.6, 1.4, UNKNOWNS)
    return {first: 0.5 * spread, second: 0.3 * spread[::-1].copy()}


def layers(depth, scale=0.5):
    rng = np.random.default_rng(depth)
    return scale * rng.choice([-1.0, 1.0], (depth, UNKNOWNS)) * rng.uniform(0.6, 1.4, (depth, UNKNOWNS))


def chain(hidden):
    return rl.inits.Chain(0.6, ratio=1.5)(rl.networks.Dense(hidden), probe(), 3)


D, P, W, T = rl.networks.Difference, rl.networks.Product, rl.networks.Dense, rl.networks.TwoBranch
PAIR = two("u", "v")
FREE = {"x": np.linspace(-1.0, 1.0, UNKNOWNS)}
UP = {"u": PAIR["u"]}
BRANCHES = {"plus": layers(2), "minus": layers(2, 0.4)}
TANGENT = {"layers": np.stack([*layers(2), np.zeros(UNKNOWNS)])}
TANGENT["layers"][1] = TANGENT["layers"][0]
LAZY = rl.networks.Lazy(D(depth=2), alpha=3.0)
HAAR = rl.networks.Orthogonal(depth=2)

MUTANTS = {
    "another potential": (D(2), PAIR, lambda bias: replace(bias, potential=Quadratic())),
    "another potential, of a chain": (W(1), chain(1), lambda bias: replace(bias, potential=Quadratic())),
    "no offset": (D(2), PAIR, lambda bias: replace(bias, offset=0 * bias.offset)),
    "no offset, of regression": (rl.networks.Direct(), FREE, lambda bias: replace(bias, offset=0 * bias.offset)),
    "no offset, of a chain": (W(2), chain(2), lambda bias: replace(bias, offset=0 * bias.offset)),
    "an offset of the wrong sign": (D(2), PAIR, lambda bias: replace(bias, offset=-bias.offset)),
    "signs that are locked the wrong way": (rl.networks.Power(2), UP, lambda bias: with_signs(bias, -1.0)),
    "an offset off by a thousandth": (D(2), PAIR, lambda bias: replace(bias, offset=1.001 * bias.offset)),
    "a knee without its factor 2": (D(2), PAIR, lambda bias: with_knee(bias, 0.5)),
    "a knee off by a millionth": (D(2), PAIR, lambda bias: with_knee(bias, 1 + 1e-6)),
    "a rate of 2 for 4": (D(2), PAIR, lambda bias: replace(bias, potential=Hypentropy(bias.potential.knee, 2.0))),
    "a rate of 2 for 1": (rl.networks.Direct(), FREE, lambda bias: replace(bias, potential=Quadratic(rate=2.0))),
    "weights that are swapped": (D(2), PAIR, "swapped"),
    "weights that are swapped, at depth 3": (D(3), PAIR, "swapped"),
    "the theorem of the next depth": (D(3), PAIR, "deeper"),
    "the theorem of the next depth, of products": (P(3), {"layers": layers(3)}, "other layers"),
    "another exponent": (D(3), PAIR, lambda bias: with_power(bias, exponent=2.0)),
    "a coefficient without its factor 2": (D(3), PAIR, lambda bias: with_power(bias, coefficient=0.5)),
    "branches of one size": (D(3), PAIR, lambda bias: with_power(bias, even=True)),
    "imbalances that are forgotten": (W(1), chain(1), lambda bias: replace(bias, potential=Radial(np.zeros(1)))),
    "one layer too few": (W(2), chain(2), lambda bias: with_layers(bias, -1)),
    "one layer too many": (W(2), chain(2), lambda bias: with_layers(bias, 1)),
    "lazy training that forgets α": (LAZY, PAIR, lambda bias: replace(bias, potential=bias.potential.inner)),
    "lazy training that starts at 0": (LAZY, PAIR, lambda bias: with_center_at_zero(bias)),
    "one branch for two": (T(2), BRANCHES, lambda bias: with_knee(bias, 0.5)),
    "three layers whose size is off": (P(3), TANGENT, lambda bias: with_size(bias, 1.01)),
    "orthogonal layers that stand still": (HAAR, "Haar", lambda bias: replace(bias, offset=1.01 * bias.offset)),
}


def with_knee(bias, factor):
    return replace(bias, potential=Hypentropy(factor * bias.potential.knee, bias.potential.rate))


def with_signs(bias, factor):
    return replace(bias, potential=Entropy(factor * bias.potential.sign, bias.potential.rate))


def with_size(bias, factor):
    assert isinstance(bias.potential, TangentHypentropy)
    return replace(bias, potential=TangentHypentropy(factor * bias.potential.scale))


def with_power(bias, exponent=None, coefficient=1.0, even=False):
    true = bias.potential
    starts = (true.upper, true.upper if even else true.lower)
    return replace(bias, potential=DeepHypentropy(*starts, coefficient * true.coefficient, exponent or true.exponent))


def with_layers(bias, more):
    imbalances = bias.potential.imbalances
    kept = imbalances[:more] if more < 0 else np.append(imbalances, imbalances[:more])
    return replace(bias, potential=Radial(kept))


def with_center_at_zero(bias):
    true = bias.potential
    return replace(bias, potential=replace(true, center=0 * true.center))


def broken(network, spoil):
    """The network with its theorem spoilt."""
    theorem = network.theorem

    def swapped(theta0, system):
        return theorem(dict(zip(theta0, reversed(theta0.values()), strict=True)), system)

    def deeper(theta0, system):
        return type(network)(network.depth + 1).theorem(theta0, system)

    def other_layers(theta0, system):
        more = np.concatenate([theta0["layers"], theta0["layers"][-1:]])
        return type(network)(network.depth + 1).theorem({"layers": more}, system)

    named = {"swapped": swapped, "deeper": deeper, "other layers": other_layers}
    spoiled = named[spoil] if isinstance(spoil, str) else lambda theta0, system: spoil(theorem(theta0, system))
    return with_theorem(network, spoiled)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_theorem_is_turned_down(name, solvable):
    network, start, spoil = MUTANTS[name]
    start = rl.inits.Gaussian(0.7)(network, probe(), 1) if start == "Haar" else start
    system = solvable(network, start, matrix())
    assert check(network, start, system)
    mutant = broken(network, spoil)
    assert isinstance(mutant.bias(start, system), Bias)
    with pytest.raises(FalseTheoremError):
        check(mutant, start, system)


@pytest.mark.parametrize("network", one_of_each_class(), ids=repr)
def test_a_shifted_offset_is_turned_down_whatever_the_network(network, every_start, solvable):
    """The start that each theorem is least needed for included: what moves the offset moves the limit."""
    rng, told = np.random.default_rng(8), 0
    for start in every_start(network):
        system = solvable(network, start, matrix())
        bias = network.bias(start, system)
        if bias is None:
            continue
        shift = 0.1 * rng.standard_normal(UNKNOWNS) * max(1.0, float(np.abs(bias.offset).max()))
        with pytest.raises(FalseTheoremError):
            check(broken(network, lambda bias, shift=shift: replace(bias, offset=bias.offset + shift)), start, system)
        told += 1
    assert bool(told) == (network.homogeneity is not None)
