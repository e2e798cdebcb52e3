"""E2 of Min et al. 2021: starts in an invariant set end at the minimum-norm solution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Matrix, norm
from ridgeless.networks import Theta
from ridgeless.networks._dense.later_layers import later_layers
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import EQUATIONS, UNKNOWNS, Instance, dense, instances
from ridgeless.papers._text import short
from ridgeless.papers.base import Claim, Figure, PaperProgress, Section

SIZES = np.array([0.1, 1.0, 10.0])
DISTANCES = np.geomspace(1e-6, 1.0, 5)
_SCALE = 1.0
_TOLERANCE = 1e-10
_EXPERIMENT = 2105063512


@dataclass(frozen=True)
class InvariantSetRuns:
    """Gradient flow from starts in the invariant set, and beside it.

    Attributes:
        inside: (seeds, sizes) ‖x∞ − A⁺b‖/‖A⁺b‖ from the set, with ‖P_N W‖ of each of `SIZES`.
        strayed: (seeds, sizes) ‖N w‖ + ‖N (P_A W)ᵀ‖ at the end over ‖N‖, N = P_N W: 0 in the set.
        beside: (seeds, distances) ‖x∞ − A⁺b‖ from starts at each of `DISTANCES` from the set.
        law: (seeds, distances) the same, predicted from the training where P_N W = 0.
    """

    inside: Float[np.ndarray, "seeds sizes"]
    strayed: Float[np.ndarray, "seeds sizes"]
    beside: Float[np.ndarray, "seeds distances"]
    law: Float[np.ndarray, "seeds distances"]


def run(seeds: int, progress: PaperProgress) -> InvariantSetRuns:
    """The trainings of E2."""
    progress("E2: the invariant set")
    return InvariantSetRuns(*_sweeps.over_seeds(_measured, instances(_EXPERIMENT, seeds)))


def parts(one: Instance) -> tuple[Theta, Matrix, Matrix]:
    """A Gaussian start without its null part; that part, split into rows across and along those of W and w.

    Rows of W, and w, move in the span of the rows of P_A W and of w. What is across that span is never multiplied.
    """
    theta0 = one.gaussian(1, _SCALE)
    null = one.null_part(theta0)
    first = theta0["W"][0] - null
    span = np.linalg.qr(np.column_stack([first.T @ one.system.rows().T, theta0["w"]]))[0]
    along = null @ span @ span.T
    return {"W": [first], "w": theta0["w"]}, null - along, along


def orthogonality(one: Instance, theta: Theta) -> float:
    """(‖N w‖ + ‖N (P_A W)ᵀ‖)/‖N‖ with N = P_N W: 0 exactly in the invariant set."""
    null = one.null_part(theta)
    first = theta["W"][0] - null
    return (norm(null @ theta["w"]) + norm((null @ first.T).ravel())) / norm(null.ravel())


def _measured(one: Instance) -> tuple[list[float], list[float], list[float], list[float]]:
    repaired, across, along = parts(one)
    seen = norm(along @ later_layers(_trained(one, repaired, 0 * across)[1]))
    unit = norm(across.ravel())
    inside, strayed, beside, law = [], [], [], []
    for size in SIZES:
        distance, theta = _trained(one, repaired, size / unit * across)
        inside.append(distance / norm(one.system.min_norm()))
        strayed.append(orthogonality(one, theta))
    for part in DISTANCES:
        beside.append(_trained(one, repaired, across + part * along)[0])
        law.append(part * seen)
    return inside, strayed, beside, law


def _trained(one: Instance, repaired: Theta, null: Matrix) -> tuple[float, Theta]:
    """The gap and the weights at the end of training from the start with this null part."""
    theta0: Theta = {"W": [repaired["W"][0] + null], "w": repaired["w"]}
    found = one.trained_in_full(dense(1), theta0, _TOLERANCE)
    return one.gap(found), found.theta or {}


def section(found: InvariantSetRuns) -> Section:
    """E2."""
    seeds = len(found.inside)
    return Section(
        "E2",
        "Which starts end at the minimum-norm solution exactly?",
        f"One hidden layer of width {UNKNOWNS} on {seeds} Gaussian systems of {EQUATIONS} equations in {UNKNOWNS} "
        f"unknowns with ‖A⁺b‖ = 1; weights of scale {short(_SCALE)}, not small. Let N = P_N W be the part of the first "
        "layer that the equations do not see. If N w = 0 and N (P_A W)ᵀ = 0 at the start, then always: what N would "
        f"add to x is multiplied by 0. From such starts with ‖N‖ up to {short(SIZES[-1])} the gap is "
        f"{short(found.inside.max())} of ‖A⁺b‖ at the most. Beside the set the gap is proportional to the part "
        "of N that violates the two conditions.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: InvariantSetRuns) -> Figure:
    return Figure(
        "The gap is proportional to the distance from the invariant set",
        "part of the violation that is left in N",
        "‖x∞ − A⁺b‖",
        _curves.with_law("trained", DISTANCES, found.beside, found.law, "from the training where N = 0"),
        "Medians over seeds with 95 % bands. At 1 the start is Gaussian; at 0, off the axis, it is in the set, and the "
        "gap is 0.",
    )


def _claims_of(found: InvariantSetRuns) -> tuple[Claim, ...]:
    return (
        _claims.worst(f"‖x∞ − A⁺b‖/‖A⁺b‖ from the invariant set, ‖N‖ up to {short(SIZES[-1])}", found.inside, 1e-10),
        _claims.worst("(‖N w‖ + ‖N (P_A W)ᵀ‖)/‖N‖ at the end of those", found.strayed, 1e-10),
        _claims.slope("slope of log gap against log distance from the set", 1.0, DISTANCES, found.beside, 1e-6),
        _claims.worst("gap over its prediction beside the set, less 1", np.abs(found.beside / found.law - 1), 1e-6),
    )
