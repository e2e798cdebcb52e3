"""Vanishing starts that have many minimisers: the point that they tend to is certified, and no other point is."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.certificates import enclose


def vanishing(system, network, direction=None):
    return rl.limit(system, network, rl.inits.Vanishing(direction))


def copied(seed, copies=2):
    """Columns that each stand in A several times, some of them turned; with starts of different size."""
    rng = np.random.default_rng(seed)
    once = rng.standard_normal((4, 9))
    turns = np.where(rng.random((copies, 9)) < 0.3, -1.0, 1.0)
    system = rl.LinearSystem(np.hstack([once * turn for turn in turns]), once @ rng.standard_normal(9))
    return rl.LinearSystem(once, system.b), system, turns, rng.uniform(0.5, 2.0, (copies, 9))


@pytest.mark.parametrize("seed", range(2))
def test_unequal_copies_share_like_the_squares_of_their_starts(seed):
    once, system, turns, starts = copied(seed, copies=3)
    shares = starts**2 / np.sum(starts**2, axis=0)
    truth = np.ravel(vanishing(once, rl.networks.Difference(2)).x * turns * shares)
    found = vanishing(system, rl.networks.Difference(2), {"u": starts.ravel(), "v": starts.ravel()})
    proof = rl.certify(found)
    assert found.status is rl.Status.NOT_UNIQUE
    assert proof.verdict == "certified", proof
    assert np.linalg.norm(found.x - truth) <= (proof.distance + 1e-14) * np.linalg.norm(truth)
    assert proof.distance < 1e-11
    assert rl.certify(system, found.x, found.bias).verdict == "certified"


@pytest.mark.parametrize("depth", [3, 4, 5])
def test_equal_copies_share_alike_beyond_depth_two(depth):
    once, system, turns, _ = copied(depth)
    truth = np.ravel(vanishing(once, rl.networks.Difference(depth)).x * turns / 2)
    found = vanishing(system, rl.networks.Difference(depth))
    proof = rl.certify(found)
    assert proof.verdict == "certified", proof
    assert np.linalg.norm(found.x - truth) <= (proof.distance + 1e-14) * np.linalg.norm(truth)


def incidence(seed):
    """Whole numbers, whose minimisers share more than copies: columns that are sums of others at the same price."""
    rng = np.random.default_rng(seed)
    A = rng.integers(-1, 2, (4, 11)).astype(float)
    return rl.LinearSystem(A, A @ rng.integers(-2, 3, 11))


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("seed", [0, 1])
def test_whole_numbers_against_enclosures_of_tiny_scales(seed, depth):
    system, network = incidence(seed), rl.networks.Difference(depth)
    found = vanishing(system, network)
    proof = rl.certify(found)
    assert proof.verdict == "certified", proof
    scale = 1e-60 if depth == 2 else 1e-9
    at_scale = rl.limit(system, network, rl.inits.Constant(scale))
    least, _ = enclose(at_scale, digits=12).distance(found.x)
    assert least <= proof.distance + 1e-8


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("part", [1.0, 3e-6])
def test_other_points_of_the_face_are_refuted(depth, part):
    _, system, _, starts = copied(7)
    direction = {"u": starts.ravel(), "v": starts.ravel()} if depth == 2 else None
    found = vanishing(system, rl.networks.Difference(depth), direction)
    moved = found.x + part * (found.other - found.x)
    for dual in (found.dual, None):
        proof = rl.certify(system, moved, found.bias, dual)
        assert proof.verdict == "refuted", proof
        assert proof.witness is not None
        assert proof.witness.kind == "point"
        true = np.linalg.norm(moved - found.x) / np.linalg.norm(moved)
        assert proof.witness.value <= true * (1 + 1e-9) <= proof.distance * (1 + 2e-9)


def test_half_a_share_moved_within_a_copy_is_seen_at_the_edge_of_what_was_asked():
    system = rl.LinearSystem(np.array([[1.0, 1.0]]), np.array([2.0]))
    bias = vanishing(system, rl.networks.Power(3)).bias
    for step, verdict in ((1e-9, "certified"), (1e-6, "refuted"), (0.4, "refuted")):
        assert rl.certify(system, np.array([1 + step, 1 - step]), bias).verdict == verdict


def test_copies_that_differ_in_the_last_digit_are_not_tied():
    for gap in (2.0**-52, 1e-14, 1e-13, 1e-11, 1e-9):
        system = rl.LinearSystem(np.array([[1.0, 1 + gap, 0.5]]), np.array([1.0]))
        found = vanishing(system, rl.networks.Difference(3))
        assert rl.certify(found).verdict == "certified"
        np.testing.assert_allclose(found.x, [0, 1 / (1 + gap), 0], rtol=1e-15)
        assert rl.certify(system, np.array([0.5, 0.5, 0]), found.bias).verdict == "refuted"
        assert rl.certify(system, np.array([1.0, 0.0, 0]), found.bias).verdict == "refuted"


def test_ties_by_powers_of_two_are_ties():
    system = rl.LinearSystem(np.array([[1.0, 2.0, 0.3]]), np.array([3.0]))
    found = vanishing(system, rl.networks.Power(3), {"u": np.array([1.0, 0.5, 1.0])})
    assert found.status is rl.Status.NOT_UNIQUE
    assert rl.certify(found).verdict == "certified"
    # min −x₁^(2/3) − x₂^(2/3) over x₁ + 2x₂ = 3
    np.testing.assert_allclose(found.x[1] / found.x[0], 1 / 8, rtol=1e-9)


def test_prices_that_are_tied_to_rounding_only_are_left_open():
    """1/3 as a column and 3 as a start: the price of one third is no float, and who is cheaper nobody knows."""
    system = rl.LinearSystem(np.array([[1.0, 1 / 3]]), np.array([1.0]))
    found = vanishing(system, rl.networks.Power(3), {"u": np.array([1.0, 3.0])})
    assert rl.certify(found).verdict == "inconclusive"


def test_zeros_that_the_equations_force_on_a_face():
    """x₃ = 0 by the last equation, though it is tied to its copy; the other two share."""
    A = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    found = vanishing(rl.LinearSystem(A, np.array([2.0, 0.0])), rl.networks.Power(4))
    proof = rl.certify(found)
    np.testing.assert_allclose(found.x, [1, 1, 0, 0], atol=1e-12)
    assert proof.verdict == "certified", proof


def test_fewer_columns_than_equations():
    """Two columns and their copies in twelve equations, b their sum: what rounding leaves of b falls on the others."""
    rng = np.random.default_rng(11)
    once = rng.standard_normal((12, 20))
    truth = np.zeros(20)
    truth[:2] = [1.3, -0.7]
    system = rl.LinearSystem(np.hstack([once, once]), once @ truth)
    for depth in (2, 3):
        found = vanishing(system, rl.networks.Difference(depth))
        proof = rl.certify(found)
        assert proof.verdict == "certified", proof
        np.testing.assert_allclose(found.x, np.tile(truth / 2, 2), atol=1e-13)
        wrong = np.concatenate([truth, np.zeros(20)])
        assert rl.certify(system, wrong, found.bias, found.dual).verdict == "refuted"
