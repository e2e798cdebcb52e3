"""Every object that a user meets prints on one screen, whatever its size."""

import dataclasses
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import ridgeless as rl
from ridgeless._core.brief import brief, told
from ridgeless._core.on_demand import OnDemand, Pending, is_pending

LINES, LETTERS = 24, 24 * 80
SIZE = 300


def fits_on_a_screen(text):
    return len(text) <= LETTERS and text.count("\n") < LINES


@pytest.fixture(scope="module")
def system():
    rng = np.random.default_rng(0)
    A, truth = rng.standard_normal((12, SIZE)), np.zeros(SIZE)
    truth[:3] = 1.0
    return rl.LinearSystem(A, A @ truth, truth=truth, names=[f"an unknown with a long name {i}" for i in range(SIZE)])


def answers(system):
    network, init, rng = rl.networks.Difference(), rl.inits.Constant(1e-2), np.random.default_rng(1)
    found = rl.limit(system, network, init)
    yield from (system, found, found.bias, rl.certify(found), rl.leave_one_out(found), rl.sensitivity(found))
    yield rl.limit(system, network, rl.inits.Vanishing()).history
    yield rl.limit_path(system, network, np.logspace(-3, 1, 30))
    yield rl.certify(system, found.x + system.project_null(rng.standard_normal(SIZE)), found.bias).witness
    yield rl.certificates.recovery(rl.limit(system, network, rl.inits.Vanishing()))
    yield rl.certificates.KnownLimit(found.x, 0.0, 0.0, system, network, found.theta0)
    yield rl.measures.Measured(found, system)
    yield network.response(found.theta0, found.x)
    yield rl.History("step", *[np.linspace(0.0, 1.0, SIZE)] * 5)
    yield rl.inits.Landing(np.ones(SIZE))
    yield rl.inits.Landing([1.0] * SIZE)
    yield rl.inits.Weights({"u": np.ones(SIZE), "v": np.ones(SIZE)})
    yield rl.penalties.WeightedSquares(np.ones(SIZE))
    yield rl.limits.ExactPath((Fraction(1, 3),) * SIZE, (1,) * SIZE, ((Fraction(1, 3),) * SIZE,) * SIZE)
    points = np.linspace(0.0, 1.0, SIZE)
    curve = rl.papers.Curve("a curve", points, points)
    figure = rl.papers.Figure("a figure", "x", "y", (curve,) * 6, "words " * 200)
    yield from (curve, figure, rl.papers.Table("a table", ("one",) * 40, ((1.0,) * 40,) * 40, "words " * 200))
    yield rl.papers.Section(
        "E1", "a title", "words " * 500, (figure,) * 4, (), (rl.papers.Claim("holds", 1.0, 1.0),) * 40
    )


def test_answers_fit_on_a_screen(system):
    for answer in answers(system):
        text = repr(answer)
        assert fits_on_a_screen(text), (type(answer), len(text), text[:300])


def test_potentials_of_many_unknowns_fit_on_a_line():
    for kind in rl.potentials.FOUND.values():
        for example in kind.examples():
            large = {
                each.name: np.resize(value, (*value.shape[:-1], SIZE))
                for each in dataclasses.fields(example)
                if isinstance(value := getattr(example, each.name), np.ndarray) and value.ndim
            }
            wide = object.__new__(type(example))
            wide.__dict__.update({**vars(example), **large})
            assert "\n" not in repr(wide)
            assert fits_on_a_screen(repr(wide)), type(example)


def test_what_holds_no_array_is_printed_as_python_can_read_it():
    """Records of configurations hold these, and are read."""
    names = {**vars(rl.networks), **vars(rl.inits), **vars(rl.flows)}
    plain = [rl.networks.Dense(hidden=2, width=(3, 4)), rl.inits.Imbalanced(0.1, 0.5), rl.flows.GradientFlow()]
    for thing in [*plain, rl.flows.LabelNoise(0.1), rl.networks.Lazy(rl.networks.Difference(), 2.0)]:
        assert eval(repr(thing), names) == thing


@dataclass(frozen=True)
class Waits(Pending):
    def value(self):
        raise AssertionError("it was computed")


@dataclass(frozen=True, eq=False)
class Sample:
    x: object
    later: OnDemand[float] = OnDemand(default=None)  # noqa: RUF009
    hidden: int = dataclasses.field(default=1, repr=False)

    __repr__ = brief


class Pair(NamedTuple):
    first: np.ndarray
    second: float

    __repr__ = brief


def test_what_is_left_for_later_stays_so():
    sample = Sample(1.0, Waits())
    assert repr(sample) == "Sample(x=1.0, later=<computed when it is read>)"
    assert is_pending(sample, "later")


def test_named_tuples_and_their_dictionaries():
    assert repr({"a": Pair(np.zeros((2, 3)), 0.5)}) == "{'a': Pair(first=<2×3 numbers, all 0>, second=0.5)}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.array([1.0, np.nan, 3.0] * 3), "<9 numbers from 1 to 3, 3 not finite>"),
        (np.full(9, np.inf), "<9 numbers, 9 not finite>"),
        (np.arange(9) > 6, "<9 booleans, 2 of them true>"),
        (np.ones((2, 2)) * 1j, "<2×2 complex numbers>"),
        (np.array(2.5), "2.5"),
        (np.float64(2.5), "2.5"),
        (np.zeros((0, 3)), "<ndarray 0×3>"),
        (sp.eye_array(40).tocsr(), "<csr_array 40×40>"),
        ((1, 2.0, "a"), "(1, 2.0, 'a')"),
        ((1,), "(1,)"),
        ([0.5] * 200, "<200 of float>"),
        ({"depth": 2}, "{'depth': 2}"),
        (dict.fromkeys(range(99), "a"), "<99 of str>"),
        ([1, "a"] * 99, "<198 of several kinds>"),
        ("a" * 1000, repr("a" * 239 + "…")),
    ],
)
def test_values(value, text):
    assert told(value) == text


@given(hnp.arrays(st.sampled_from([float, int, bool, complex, object]), hnp.array_shapes(max_dims=3, max_side=20)))
def test_any_array_is_told_on_one_short_line(array):
    text = told(array)
    assert "\n" not in text
    assert len(text) < 200
