"""E4: closed forms of the end of training, against training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from ridgeless import flows, inits
from ridgeless._core.arrays import Vector, norm
from ridgeless.inits import Init
from ridgeless.networks import Dense, Network, Orthogonal, Theta
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import EQUATIONS, FLOW, UNKNOWNS, Instance, PerSeed, Scores, dense, instances
from ridgeless.papers._text import short
from ridgeless.papers.base import Claim, Curve, Figure, PaperProgress, Points, Section, Table
from ridgeless.solution import Status
from ridgeless.verbs.limit import limit

VECTOR_SCALES = np.geomspace(0.1, 3.0, 5)
_TOLERANCE = 1e-10
_SHORTEST = "A⁺b"
_NARROW = Dense(hidden=2, width=1)
_AGREES = 1e-8


@dataclass(frozen=True)
class Case:
    """A kind of start whose end has a closed form.

    Attributes:
        name: what they are.
        closed_form: where they end.
        network: of what.
        start: draws one.
        flow: trains it.
        known: where one ends; None where `limit` knows.
    """

    name: str
    closed_form: str
    network: Network
    start: Callable[[Instance], Theta]
    flow: flows.Flow = FLOW
    known: Callable[[Instance], Vector] | None = None


@dataclass(frozen=True)
class Comparison:
    """The end of training compared with the closed form.

    Attributes:
        case: of what.
        predicted: (seeds,) ‖x − A⁺b‖ in closed form.
        trained: (seeds,) the same, trained.
        errors: (seeds,) ‖x_trained − x_closed‖/‖x_closed‖.
    """

    case: Case
    predicted: Points
    trained: Points
    errors: Points


@dataclass(frozen=True)
class Prescribed:
    """The ends of training from `Landing`, which prescribes x, and from `BiOptimal`, which prescribes ‖w‖.

    Attributes:
        landing: (seeds,) ‖x∞ − target‖/‖target‖ of `Landing`.
        vectors: (seeds, scales) ‖w∞‖ of `BiOptimal` at each of `VECTOR_SCALES`.
        misses: (seeds,) the largest relative error of ‖w∞‖ against its closed form.
    """

    landing: PerSeed
    vectors: Scores
    misses: PerSeed


def cases(orthogonal_depths: Sequence[int] = (1, 2, 4)) -> list[Case]:
    """Every kind of start with a closed form."""
    return [
        Case(
            "regression, h = 0",
            "A⁺b + P_N x₀",
            Dense(hidden=0),
            _drawn(inits.Gaussian(1.0), Dense(hidden=0)),
            flows.GradientDescent(),
        ),
        Case("P_A W_1 = 0, h = 1", "A⁺b + c·P_N W_1 w", dense(1), _null_start),
        *(
            Case(f"rank-one chain, h = {h}", "A⁺b + a^h·P_N W_1 v", dense(h), _drawn(inits.Chain(0.5), dense(h)))
            for h in (1, 2, 4)
        ),
        Case("width one, h = 2", "A⁺b + a_1a_2·P_N W_1", _NARROW, _drawn(inits.Chain(0.3, ratio=1.5), _NARROW)),
        *_shortest(),
        *(case for depth in orthogonal_depths for case in _orthogonal(depth)),
    ]


def _shortest() -> list[Case]:
    """Recipes that end at A⁺b: for W_1 in the row space, bi-optimal ones included, and from the identity."""
    found = [
        Case(f"W_1 in the row space, h = {h}", _SHORTEST, dense(h), _drawn(inits.RowSpace(1.0), dense(h)))
        for h in (1, 3)
    ]
    found.append(Case("bi-optimal: W = 0, h = 1", _SHORTEST, dense(1), _drawn(inits.BiOptimal(1.0), dense(1))))
    for h in (1, 3):
        start = _drawn(inits.Identity(0.7), dense(h))
        found.append(
            Case(f"identity layers, h = {h}", _SHORTEST, dense(h), start, known=lambda one: one.system.min_norm())
        )
    return found


def _orthogonal(depth: int) -> list[Case]:
    trained, fixed = Orthogonal(depth), Orthogonal(depth, train_vector=False)
    flow = flows.RiemannianFlow()
    return [
        Case(f"orthogonal, L = {depth}, w trained", "Lambert W", trained, _rotated(trained, 0.2, 3.0), flow),
        Case(
            f"orthogonal, L = {depth}, w fixed and long",
            "the sphere meets Ax = b",
            fixed,
            _rotated(fixed, 1.2, 3.0),
            flow,
        ),
        Case(f"orthogonal, L = {depth}, w fixed and short", "(AᵀA + μI)⁻¹Aᵀb", fixed, _rotated(fixed, 0.2, 0.8), flow),
    ]


def _drawn(init: Init, network: Network) -> Callable[[Instance], Theta]:
    return lambda one: one.start(init, network)


def _null_start(one: Instance) -> Theta:
    theta0 = one.gaussian(1, 1.0)
    return {"W": [one.null_part({"W": [one.null_part(theta0)]})], "w": theta0["w"]}


def _rotated(network: Network, shortest: float, longest: float) -> Callable[[Instance], Theta]:
    """Random rotations, and ‖w‖ drawn between two bounds, in units of ‖A⁺b‖ = 1."""

    def start(one: Instance) -> Theta:
        theta0 = one.start(inits.Gaussian(1.0), network)
        return {**theta0, "w": one.rng.uniform(shortest, longest) * theta0["w"] / norm(theta0["w"])}

    return start


def compare(case: Case, seeds: int) -> Comparison:
    """Train from every start, and evaluate the closed form."""
    return Comparison(case, *_sweeps.over_seeds(partial(_compared, case), instances(4, seeds)))


def _compared(case: Case, one: Instance) -> tuple[float, float, float]:
    theta0, shortest = case.start(one), one.system.min_norm()
    exact, status = _ending(case, one, theta0)
    found = one.trained_in_full(case.network, theta0, _TOLERANCE, case.flow)
    # A stall must be foreseen: the two routes agree on how training ends, or nothing is compared.
    is_same = 1.0 if found.status is status else float("nan")
    return norm(exact - shortest), norm(found.x - shortest), is_same * norm(found.x - exact) / norm(exact)


def _ending(case: Case, one: Instance, theta0: Theta) -> tuple[Vector, Status]:
    if case.known is not None:
        return case.known(one), Status.CONVERGED
    exact = limit(one.system, case.network, theta0)
    return exact.x, exact.status


def prescribed(seeds: int) -> Prescribed:
    """Train from `Landing` and from `BiOptimal`."""
    return Prescribed(*_sweeps.over_seeds(_prescribed, instances(4, seeds)))


def _prescribed(one: Instance) -> tuple[float, Points, float]:
    target = one.system.min_norm() + one.system.project_null(one.rng.standard_normal(UNKNOWNS))
    landed = _trained(one, inits.Landing(target))
    lengths = np.array([norm(_trained(one, inits.BiOptimal(scale)).theta["w"]) for scale in VECTOR_SCALES])
    return norm(landed.x - target) / norm(target), lengths, np.max(np.abs(lengths / vector_law(VECTOR_SCALES) - 1))


def _trained(one: Instance, init: Init) -> flows.Run:
    return one.trained_in_full(dense(1), one.start(init, dense(1)), _TOLERANCE)


def vector_law(scales: Points) -> Points:
    """c = √(½(s² + √(s⁴ + 4‖A⁺b‖²))), the norm that w grows to from W = 0 and ‖w‖ = s; here ‖A⁺b‖ = 1."""
    return np.sqrt((scales**2 + np.sqrt(scales**4 + 4)) / 2)


def run(
    seeds: int, progress: PaperProgress, found: Sequence[Case] | None = None
) -> tuple[list[Comparison], Prescribed]:
    """The trainings of E4."""
    chosen = cases() if found is None else found
    compared = [compare(case, seeds) for case in _sweeps.announced(progress, "E4: {0.name}", chosen)]
    progress("E4: prescribed solutions, and bi-optimal ones")
    return compared, prescribed(seeds)


def section(found: tuple[list[Comparison], Prescribed]) -> Section:
    """E4."""
    compared, promised = found
    seeds, worst = len(promised.landing), max(float(one.errors.max()) for one in compared)
    return Section(
        "E4",
        "Where does training end, as a formula in its start?",
        f"{len(compared)} kinds of start, each drawn {seeds} times on Gaussian systems of {EQUATIONS} equations in "
        f"{UNKNOWNS} unknowns, trained in weights, and compared with the closed form, which knows the start and the "
        f"system only. The largest relative distance is {short(worst)}. `Landing`, which prescribes a solution drawn "
        f"at random, misses it by {short(promised.landing.max())} at most: fitting the data says nothing about "
        "which solution is found, and the start says all.",
        (_scatter(compared), _vectors(promised)),
        (_table(compared),),
        _claims_of(compared, promised),
    )


def _scatter(compared: list[Comparison]) -> Figure:
    families: dict[str, list[Comparison]] = {}
    away = [one for one in compared if one.case.closed_form != _SHORTEST]
    for one in away:
        families.setdefault(one.case.name.split(",")[0], []).append(one)
    curves = [
        Curve(name, np.concatenate([one.predicted for one in some]), np.concatenate([one.trained for one in some]))
        for name, some in families.items()
    ]
    return Figure(
        "Trained against predicted",
        "‖x − A⁺b‖ in closed form",
        "‖x − A⁺b‖, trained",
        (*curves, _curves.diagonal("trained = predicted", np.concatenate([one.predicted for one in away]))),
        "One point for each start; on the line, training ends at the distance from A⁺b that the formula says. Starts "
        "that end at A⁺b itself are in the table alone.",
    )


def _vectors(promised: Prescribed) -> Figure:
    return Figure(
        "From W = 0 the vector grows to a known length",
        "‖w‖ at the start",
        "‖w∞‖",
        _curves.with_law("trained", VECTOR_SCALES, promised.vectors, vector_law(VECTOR_SCALES), "law"),
        "`BiOptimal(s)` on systems with ‖A⁺b‖ = 1, medians over seeds with 95 % bands. The law is "
        "c² = ½(s² + √(s⁴ + 4‖A⁺b‖²)).",
    )


def _table(compared: list[Comparison]) -> Table:
    return Table(
        "Every closed form, and the largest distance over seeds",
        ("start", "ends at", "largest ‖x_trained − x_closed‖/‖x_closed‖"),
        tuple((one.case.name, one.case.closed_form, short(one.errors.max())) for one in compared),
        "c, a and a_j stand for numbers that have closed forms, or are roots of one monotone equation; v is the right "
        "singular vector of W_1, μ > 0 makes ‖x‖ = ‖w‖, and W is Lambert's function.",
    )


def _claims_of(compared: list[Comparison], promised: Prescribed) -> tuple[Claim, ...]:
    return (
        *(
            _claims.worst(f"relative distance to the closed form: {one.case.name}", one.errors, _AGREES)
            for one in compared
        ),
        _claims.worst("relative distance to the solution that Landing prescribes", promised.landing, _AGREES),
        _claims.worst("relative error of ‖w∞‖ from BiOptimal", promised.misses, _AGREES),
    )
