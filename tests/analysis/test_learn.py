"""Learned starts: the loss has the gradient it claims, the held-out error falls, and fewer measurements are needed."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.analysis import learn
from ridgeless.errors import InvalidInputError

pytestmark = pytest.mark.usefixtures("as_a_user")

UNKNOWNS, NONZEROS, LIKELY = 60, 6, 15


def family(seed, equations, count, unknowns=UNKNOWNS, nonzeros=NONZEROS, likely=LIKELY):
    """Sparse truths whose support lies among the first coordinates, most of the time."""
    rng = np.random.default_rng([seed, equations])
    odds = np.where(np.arange(unknowns) < likely, 1.0, 0.02)
    systems, truths = [], np.zeros((count, unknowns))
    for truth in truths:
        support = rng.choice(unknowns, nonzeros, replace=False, p=odds / odds.sum())
        truth[support] = rng.choice([-1.0, 1.0], nonzeros) * rng.uniform(0.5, 1.5, nonzeros)
        A = rng.standard_normal((equations, unknowns))
        systems.append(rl.LinearSystem(A, A @ truth))
    return systems, truths


def recovered(systems, truths, network, init):
    """(k,) whether each truth is found to 1 %."""
    found = [rl.limit(system, network, init).x for system in systems]
    return np.array(
        [np.linalg.norm(x - truth) < 0.01 * np.linalg.norm(truth) for x, truth in zip(found, truths, strict=True)]
    )


@pytest.mark.parametrize("depth", [2, 3])
def test_the_loss_has_the_gradient_it_claims(depth):
    systems, truths = family(0, 5, 3, unknowns=12, nonzeros=2, likely=4)
    network = rl.networks.Difference(depth)
    first = rl.inits.Constant(0.1)(network, systems[0])
    data = learn._Family(systems, truths)
    trial = learn._Trial(network, first, data, data, pull=0.1)
    logs = np.random.default_rng(0).standard_normal(12) / 2
    _, gradient = trial.loss(logs)
    for i in range(0, 12, 3):
        step = np.zeros(12)
        step[i] = 1e-5
        slope = (trial.loss(logs + step)[0] - trial.loss(logs - step)[0]) / 2e-5
        np.testing.assert_allclose(gradient[i], slope, rtol=1e-5, atol=1e-8)


@pytest.mark.slow
def test_likely_coordinates_become_cheap():
    systems, truths = family(1, 6, 24, unknowns=12, nonzeros=2, likely=4)
    network, init = rl.networks.Difference(3), rl.inits.Constant(0.1)
    found = rl.learn(systems, truths, network, init, max_steps=8)
    assert np.median(found.theta["u"][:4]) > 1.4 * np.median(found.theta["u"][4:])
    before, after = (float(part) for part in found.origin.split("others ")[1].split(" → "))
    assert after < before
    again = rl.learn(systems, truths, network, init, max_steps=8)
    np.testing.assert_array_equal(again.theta["u"], found.theta["u"])


def test_truths_may_come_with_the_systems():
    systems, truths = family(2, 4, 3, unknowns=8, nonzeros=1, likely=3)
    known = [rl.LinearSystem(system.A, system.b, truth) for system, truth in zip(systems, truths, strict=True)]
    one = rl.learn(known, None, rl.networks.Difference(2), max_steps=2)
    two = rl.learn(systems, truths, rl.networks.Difference(2), max_steps=2)
    np.testing.assert_array_equal(one.theta["u"], two.theta["u"])


def test_refusals():
    systems, truths = family(3, 4, 3, unknowns=8, nonzeros=1, likely=3)
    network = rl.networks.Difference(2)
    with pytest.raises(InvalidInputError, match="two or more"):
        rl.learn(systems[:1], truths[:1], network)
    with pytest.raises(InvalidInputError, match="truths needs shape"):
        rl.learn(systems, truths[:2], network)
    with pytest.raises(InvalidInputError, match="truths is None"):
        rl.learn(systems, None, network)
    with pytest.raises(InvalidInputError, match="pass a network"):
        rl.learn(systems, truths, "Difference")
    with pytest.raises(InvalidInputError, match="does not depend on scales"):
        rl.learn(systems, truths, rl.networks.Direct())


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        *(
            ({"pull": pull}, f"learn: pull = {pull!r}; type a finite")
            for pull in ("a", None, True, np.nan, np.inf, -1.0)
        ),
        *(({"held_out": part}, f"learn: held_out = {part!r} leaves no system") for part in (1.0, 2.0)),
        *(({"held_out": part}, f"learn: held_out = {part!r}; type a finite") for part in (0.0, "a", np.nan)),
        ({"max_steps": 0}, "learn: max_steps = 0"),
    ],
    ids=str,
)
def test_numbers_out_of_their_range(numbers, message):
    systems, truths = family(3, 4, 3, unknowns=8, nonzeros=1, likely=3)
    with pytest.raises(InvalidInputError, match=message):
        rl.learn(systems, truths, rl.networks.Difference(2), **numbers)


def test_a_pull_of_nothing():
    systems, truths = family(3, 4, 3, unknowns=8, nonzeros=1, likely=3)
    assert "learned from 2 systems" in rl.learn(systems, truths, rl.networks.Difference(2), max_steps=1, pull=0).origin


@pytest.mark.slow
def test_learned_starts_need_a_fifth_fewer_measurements():
    network, counts = rl.networks.Difference(3), np.arange(10, 27, 2)
    systems, truths = family(0, 14, 48)
    learned = rl.learn(systems, truths, network, rl.inits.Constant(0.1), max_steps=20)
    starts = {"learned": rl.inits.Vanishing(learned.theta), "ℓ1": rl.inits.Vanishing()}
    uniform = rl.inits.Constant(0.1)
    hits = {name: [] for name in (*starts, "uniform")}
    for equations in counts:
        drawn = family(100, int(equations), 40)
        for name, init in {**starts, "uniform": uniform}.items():
            hits[name].append(recovered(*drawn, network, init))
    rng = np.random.default_rng(0)

    def needed(rows, chosen):
        """The number of measurements at which half of the truths are found."""
        rates = np.maximum.accumulate([row[chosen].mean() for row in rows])
        return float(np.interp(0.5, rates, counts)) if rates[-1] >= 0.5 else np.inf

    draws = [rng.integers(0, 40, 40) for _ in range(400)]
    saved = [1 - needed(hits["learned"], chosen) / needed(hits["ℓ1"], chosen) for chosen in draws]
    low, middle = np.quantile(saved, [0.05, 0.5])
    assert middle >= 0.2
    assert low > 0.15
    everything = np.arange(40)
    assert needed(hits["learned"], everything) <= 0.8 * needed(hits["uniform"], everything)
