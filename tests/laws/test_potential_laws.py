"""Laws of every potential found: duality, monotonicity, derivatives, and the branches that the solvers work on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ridgeless.limits import minimise
from ridgeless.potentials import FOUND, Bias, NoTheorem, SeparablePotential
from ridgeless.systems import LinearSystem

EPS = np.finfo(float).eps
SIGNS = np.array([1.0, -1.0, 1.0, -1.0, 1.0, 1.0])


# A norm has no gradient at 0, and no mirror map: its laws are its own, in tests/potentials/test_weighted_l1.py.
ALL = [(name, index) for name, kind in FOUND.items() if kind.is_smooth for index in range(len(kind.examples()))]
every_potential = pytest.mark.parametrize(("name", "index"), ALL, ids=lambda value: str(value))
SEPARABLE = [(name, index) for name, index in ALL if issubclass(FOUND[name], SeparablePotential)]
every_separable = pytest.mark.parametrize(("name", "index"), SEPARABLE, ids=lambda value: str(value))


def made(name):
    return FOUND[name].examples()


@st.composite
def points(draw):
    """Six entries of either sign and of sizes from 1e-12 to 1e6, each its own."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.choice([-1.0, 1.0], 6) * 10 ** rng.uniform(-12, 6, 6)


def inside(potential, x):
    """x with the signs that Φ allows, and 0 where it allows nothing else."""
    if not isinstance(potential, SeparablePotential):
        return x
    x = np.where(np.isfinite(potential.values(x)), x, -x)
    x = np.sign(x) * np.maximum(np.abs(x), potential.least_told)
    return np.where(potential.free(len(x)), x, 0.0)


def terms(potential, x, z):
    """Φ(x), Φ*(z) and ⟨x, z⟩, by coordinate where that makes sense."""
    if isinstance(potential, SeparablePotential):
        return potential.values(x), potential.conjugates(z), x * z
    return np.array(potential.value(x)), np.array(potential.conjugate(z)), np.array(x @ z)


def interior(potential, x, y, share):
    """A dual point between those of x and y: inside the domain of Φ* whatever that is."""
    return (1 - share) * potential.gradient(x) + share * potential.gradient(y)


def derivative(function, at, step):
    """Five-point central difference of an entrywise function."""
    near = function(at + step) - function(at - step)
    far = function(at + 2 * step) - function(at - 2 * step)
    return (8 * near - far) / (12 * step)


@pytest.mark.parametrize("name", FOUND)
def test_every_class_found_brings_its_examples(name):
    """Six coordinates each, whatever size the class has."""
    for potential in made(name):
        assert type(potential) is FOUND[name]
        assert potential.free(6).shape == (6,)
        assert potential.conjugate_gradient(np.zeros(6)).shape == (6,)


@every_potential
@given(x=points())
def test_the_mirror_map_inverts_the_gradient(name, index, x):
    potential = made(name)[index]
    x = inside(potential, x)
    z = potential.gradient(x)
    found = potential.conjugate_gradient(z)
    # z itself is rounded, and the mirror map passes that on by its slope.
    if isinstance(potential, SeparablePotential):
        allowed = 1e-12 * np.abs(x) + 8 * EPS * np.abs(z) * potential.conjugate_curvature(z)
    else:
        allowed = 1e-12 * np.linalg.norm(x)
    assert np.all(np.abs(found - x) <= allowed)


@every_potential
@given(x=points(), y=points(), share=st.floats(0.0, 1.0))
def test_the_gradient_inverts_the_mirror_map(name, index, x, y, share):
    potential = made(name)[index]
    x, y = inside(potential, x), inside(potential, y)
    z = interior(potential, x, y, share)
    image = potential.conjugate_gradient(z)
    assert np.isfinite(image).all()
    is_there = (image != 0) | (z == 0)  # f underflows to 0 far out in the tail of an entropy
    found = potential.gradient(np.where(is_there, image, x))
    size = np.abs(potential.gradient(x)) + np.abs(potential.gradient(y))
    size = size if isinstance(potential, SeparablePotential) else np.linalg.norm(size)
    assert np.all(
        np.abs(found - z)[is_there & potential.free(6)] <= (1e-13 * size + np.zeros(6))[is_there & potential.free(6)]
    )


@every_potential
@given(x=points(), y=points())
def test_fenchel_young(name, index, x, y):
    """Φ(x) + Φ*(z) ≥ ⟨x, z⟩, and = where z = ∇Φ(x)."""
    potential = made(name)[index]
    x, y = inside(potential, x), inside(potential, y)
    value, conjugate, product = terms(potential, x, potential.gradient(y))
    room = 1e-12 * (np.abs(value) + np.abs(conjugate) + np.abs(product))
    assert np.all(value + conjugate - product >= -room)
    own = potential.gradient(x)
    value, conjugate, product = terms(potential, x, own)
    # Φ* may be steep where own is rounded: x·(rounding of z) is its first-order share.
    room = 1e-12 * (np.abs(value) + np.abs(product))
    if isinstance(potential, SeparablePotential):
        steep = 8 * EPS * np.abs(own) * np.sqrt(potential.conjugate_curvature(own))
        room = room + steep**2
    assert np.all(np.abs(value + conjugate - product) <= room)


@every_potential
@given(x=points(), y=points())
def test_the_gradient_is_monotone(name, index, x, y):
    potential = made(name)[index]
    x, y = inside(potential, x), inside(potential, y)
    gain = (potential.gradient(x) - potential.gradient(y)) * (x - y)
    if isinstance(potential, SeparablePotential):
        assert np.all(gain >= 0)
        ordered = np.sort(np.abs(np.stack([x, y])), axis=0) * np.sign(x)
        outward = np.sign(x) * (potential.gradient(ordered[1]) - potential.gradient(ordered[0]))
        assert np.all(outward[potential.free(6)] >= 0)
    else:
        assert gain.sum() >= 0


@every_potential
@given(x=points())
def test_the_gradient_is_the_derivative_of_the_value(name, index, x):
    potential = made(name)[index]
    x = inside(potential, x)
    gradient = potential.gradient(x)
    if isinstance(potential, SeparablePotential):
        free = potential.free(6)
        step = 1e-3 * np.where(free, np.abs(x), 1.0)
        found = derivative(lambda at: np.where(free, potential.values(np.where(free, at, 0.0)), 0.0), x, step)
        # rounding of Φ over the step, and the fifth derivative of a function whose log is as steep as log x
        room = 1e-8 * np.abs(gradient) + 1e3 * 20 * EPS * np.abs(potential.values(x) / np.where(free, x, 1.0))
        assert np.all(np.abs(found - gradient) <= room)
    else:
        length = np.linalg.norm(x)
        direction = np.random.default_rng(0).standard_normal(6) + x / length
        direction /= np.linalg.norm(direction)
        found = derivative(lambda t: potential.value(x + t * direction), 0.0, 1e-3 * length)
        assert found == pytest.approx(gradient @ direction, rel=1e-8, abs=1e-8 * np.linalg.norm(gradient))


def of_like_mobility(potential):
    """The potential on those of its coordinates that move alike, to 1e4, and how many they are.

    What differs by more is no system that float64 can solve as a whole.
    """
    if not isinstance(potential, SeparablePotential):
        return potential, 6
    mobility = potential.conjugate_curvature(np.zeros(6))
    middle = np.sort(mobility)[3]
    keep = ((mobility <= 1e4 * middle) & (middle <= 1e4 * mobility)) | ~potential.free(6)
    return potential.restricted(keep), int(keep.sum())


@every_potential
@pytest.mark.parametrize("share", [0.0, 0.1])
def test_its_minimum_over_equations_is_found(name, index, share):
    """x = ∇Φ*(offset + Aᵀν) minimises Φ − ⟨offset, ·⟩ over A x = b by definition, b being what it makes of A."""
    rng, (potential, size) = np.random.default_rng(4), of_like_mobility(made(name)[index])
    point = rng.choice([-1.0, 1.0], size) * rng.uniform(0.5, 2.0, size)
    # 0 is where the class's own start lies, and its neighbourhood is where offsets keep their digits.
    offset = share * potential.gradient(inside(potential, point))
    A = rng.standard_normal(((size + 1) // 2, size))
    direction = A.T @ rng.standard_normal(len(A))
    largest = 10 * np.abs(potential.conjugate_gradient(offset)).max() + 100
    for length in 0.7 ** np.arange(400):  # as far as the domain of Φ* goes, but for an x of some size
        x = potential.conjugate_gradient(offset + length * direction)
        if np.isfinite(x).all() and np.abs(x).max() < largest:
            break
    found = minimise(LinearSystem(A, A @ x), Bias(potential, offset, "by definition"), tol=1e-10)
    assert LinearSystem(A, A @ x).residual(found.x, start=x) <= 1e-10
    np.testing.assert_allclose(found.x, x, rtol=0, atol=1e-8 * np.linalg.norm(x))


@every_potential
@pytest.mark.parametrize("degree", [1, 2, 3])
def test_what_becomes_of_it_as_a_start_vanishes_is_told_or_refused(name, index, degree):
    potential = made(name)[index]
    offset = potential.gradient(inside(potential, SIGNS.copy()))
    found = Bias(potential, offset, "at scale 1").vanishing(degree)
    if isinstance(found, NoTheorem):
        assert name in found.reason
    else:
        assert not found.offset.any()
        assert found.citation
        assert found.potential.value(np.zeros(6)) == 0
        assert found.potential.vanishing(found.offset, degree) is None or found.potential.is_smooth


@every_separable
@given(x=points(), y=points(), share=st.floats(0.05, 0.95))
def test_the_curvature_is_the_derivative_of_the_mirror_map(name, index, x, y, share):
    potential = made(name)[index]
    x, y = inside(potential, x), inside(potential, y)
    z = interior(potential, x, y, share)
    curvature = potential.conjugate_curvature(z)
    image = potential.conjugate_gradient(z)
    free = potential.free(6) & (np.abs(image) > 1e-290)
    # a step that changes the mirror map by a thousandth of its size
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(free, 1e-3 * np.abs(image) / curvature, 1.0)
    use = free & (step > 1e5 * EPS * np.abs(z))
    found = derivative(lambda at: potential.conjugate_gradient(np.where(use, at, z)), z, step)
    room = curvature * (1e-8 + 20 * EPS * np.abs(z) / step)
    assert np.all(np.abs(found - curvature)[use] <= room[use])


@every_separable
@given(x=points(), y=points(), share=st.floats(0.0, 1.0), start=points())
def test_the_branches_add_up_to_the_mirror_map(name, index, x, y, share, start):
    potential = made(name)[index]
    x, y, start = inside(potential, x), inside(potential, y), inside(potential, start)
    offset = potential.gradient(start)
    z = interior(potential, x, y, share)
    branches = potential.branches(offset)
    slack = branches.start - branches.sign * branches.slope * (z - offset)[branches.coordinate]
    # A slack that is a difference of nearly equal numbers has lost its digits; the mirror map has lost them too.
    sizes = np.abs(branches.start) + branches.slope * (np.abs(z) + 2 * np.abs(offset))[branches.coordinate]
    keeps = potential.free(6) & (branches.gather((slack <= 1e-6 * sizes).astype(float), 6) == 0)
    slack = np.where(keeps[branches.coordinate], slack, 1.0)
    with np.errstate(over="ignore"):
        each = np.exp(branches.log_amplitude + branches.profile.log_value(slack))
    found = branches.gather(branches.sign * each, 6)
    steepness = 1 + branches.gather(np.abs(branches.profile.elasticity(slack)) * sizes / np.abs(slack), 6)
    room = 64 * EPS * steepness * branches.gather(each, 6)
    wanted = potential.conjugate_gradient(z)
    use = keeps & np.isfinite(room)
    assert np.all(np.abs(found - wanted)[use] <= room[use])
    assert np.all(wanted[~potential.free(6)] == 0)


@every_separable
def test_branches_say_which_signs_are_open(name, index):
    potential = made(name)[index]
    branches = potential.branches(potential.gradient(inside(potential, SIGNS)))
    locked, present = branches.locked_signs(6), branches.present(6)
    for coordinate in range(6):
        allowed = [np.isfinite(potential.values(np.full(6, sign))[coordinate]) for sign in (-1.0, 1.0)]
        assert present[coordinate] == any(allowed)
        assert locked[coordinate] == (0.0 if all(allowed) or not any(allowed) else 1.0 if allowed[1] else -1.0)
    np.testing.assert_array_equal(present, potential.free(6))


@every_separable
@given(x=points(), keep=st.lists(st.booleans(), min_size=6, max_size=6).filter(any))
def test_restriction_keeps_each_coordinate_as_it_was(name, index, x, keep):
    potential, keep = made(name)[index], np.array(keep)
    x = inside(potential, x)
    z = potential.gradient(x)
    part = potential.restricted(keep)
    for method, point in (
        ("values", x),
        ("gradient", x),
        ("gradient_rounding", x),
        ("conjugates", z),
        ("conjugate_gradient", z),
        ("conjugate_curvature", z),
    ):
        whole = getattr(potential, method)(point)[keep]
        np.testing.assert_allclose(getattr(part, method)(point[keep]), whole, rtol=1e-13, err_msg=method)
    np.testing.assert_array_equal(part.free(int(keep.sum())), potential.free(6)[keep])
    assert part.value(x[keep]) == pytest.approx(potential.values(x)[keep].sum(), rel=1e-12)


@every_separable
@given(x=points(), z=points())
def test_the_sum_over_coordinates(name, index, x, z):
    potential = made(name)[index]
    x = inside(potential, x)
    z = potential.gradient(inside(potential, z))
    assert potential.value(x) == pytest.approx(potential.values(x).sum(), rel=1e-12)
    assert potential.conjugate(z) == pytest.approx(potential.conjugates(z).sum(), rel=1e-12)


@every_potential
@given(x=points())
def test_rounding_of_x_is_bounded_as_promised(name, index, x):
    """∇Φ at the next numbers up and down differs by no more than the bound, and the bound is not idle."""
    potential = made(name)[index]
    x = inside(potential, x)
    here, bound = potential.gradient(x), potential.gradient_rounding(x)
    assert np.all(bound >= 0)
    assert np.isfinite(bound).all()
    for up in (1 + 64 * EPS, 1 - 64 * EPS):
        change = np.abs(potential.gradient(x * up) - here)
        own = np.abs(here) + np.abs(potential.gradient(inside(potential, np.sign(x) * 1e6)))
        assert np.all(change <= 80 * bound + 32 * EPS * own)


@every_separable
def test_zero_is_no_trouble(name, index):
    """x = 0 lies in the domain of every one: Φ is finite there, warns of nothing, and z = 0 is a dual point."""
    potential = made(name)[index]
    zero = np.zeros(6)
    assert np.isfinite(potential.values(zero)).all()
    gradient = potential.gradient(zero)
    assert not np.isnan(gradient).any()
    finite = np.isfinite(gradient)
    np.testing.assert_allclose(potential.conjugate_gradient(np.where(finite, gradient, 0.0))[finite], 0, atol=1e-14)
    assert not np.isnan(potential.conjugates(gradient)).any()


@every_potential
def test_arguments_are_left_alone(name, index):
    potential = made(name)[index]
    x = inside(potential, SIGNS.copy())
    z = potential.gradient(x)
    x_before, z_before = x.copy(), z.copy()
    potential.value(x), potential.gradient(x), potential.gradient_rounding(x)
    potential.conjugate(z), potential.conjugate_gradient(z)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(z, z_before)
