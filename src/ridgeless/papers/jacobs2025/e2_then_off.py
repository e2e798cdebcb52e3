"""E2 of Jacobs et al. 2025: decay that is switched off finds the sparse truth; kept on, it ends at the Lasso."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from ridgeless import flows
from ridgeless._core.arrays import norm
from ridgeless.networks import Theta
from ridgeless.papers import _claims, _curves, _sweeps
from ridgeless.papers._experiments import PerSeed, Scores, arrived
from ridgeless.papers._lasso import lasso_path
from ridgeless.papers._text import short
from ridgeless.papers.base import Budget, Claim, Figure, PaperProgress, Section
from ridgeless.papers.jacobs2025._regression import NETWORK, error, sizes_for, sparse
from ridgeless.systems import LinearSystem
from ridgeless.verbs.limit import limit
from ridgeless.verbs.train import train

TOTALS = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0])
_SCALE, _DECAY, _STEP = 1.0, 0.1, 0.02
# Decay that is kept on: so many times the longest one that is switched off.
_FOR_GOOD = 30


@dataclass(frozen=True)
class Switch:
    """Errors ‖x − truth‖² and norms from a large start.

    Attributes:
        sizes: equations, unknowns, entries that are not 0.
        without: (seeds,) error of gradient flow without decay.
        off: (seeds, totals) error of training on without decay.
        predicted: (seeds, totals) that of the limit from the shrunk start.
        on: (seeds, totals) error at the moment when decay is switched off.
        norms: (seeds, totals) ‖x∞‖₁ over the least of A x = b, after decay.
        lasso: (seeds,) ‖x − Lasso‖/‖Lasso‖ of decay for good.
        kept: (seeds,) error of decay for good.
    """

    sizes: tuple[int, int, int]
    without: PerSeed
    off: Scores
    predicted: Scores
    on: Scores
    norms: Scores
    lasso: PerSeed
    kept: PerSeed


def run(budget: Budget, progress: PaperProgress) -> Switch:
    """The trainings of E2."""
    sizes = sizes_for(budget)
    systems = [sparse(index, sizes) for index in range(budget.seeds)]
    rows = list(map(_measured, _sweeps.announced(progress, "E2: decay, then off", systems)))
    return Switch(sizes, *(np.array(column) for column in zip(*rows, strict=True)))


def _start(system: LinearSystem, shrunk: float = 1.0) -> Theta:
    unknowns = system.shape[1]
    return {"layers": np.stack([np.full(unknowns, np.sqrt(2) * _SCALE * shrunk), np.zeros(unknowns)])}


def _decayed(system: LinearSystem, total: float) -> Theta:
    count = round(total / _DECAY / _STEP)
    found = train(system, NETWORK, _start(system), flows.WeightDecay(step_size=_STEP, decay=_DECAY, max_steps=count))
    return found.theta or {}


def _measured(system: LinearSystem) -> tuple[float | list[float], ...]:
    A = np.asarray(system.A)
    least = float(linprog(np.ones(2 * A.shape[1]), A_eq=np.hstack([A, -A]), b_eq=system.b).fun)
    plain = limit(system, NETWORK, _start(system))
    off, predicted, on, norms = [], [], [], []
    for total in TOTALS.tolist():
        decayed = _decayed(system, total)
        trained = train(system, NETWORK, decayed, flows.GradientFlow())
        told = limit(system, NETWORK, _start(system, float(np.exp(-total))))
        off.append(arrived(trained) * error(system, trained.x))
        predicted.append(arrived(told) * error(system, told.x))
        on.append(error(system, np.asarray(NETWORK(decayed))))
        norms.append(arrived(trained) * float(np.abs(trained.x).sum()) / least)
    kept = np.asarray(NETWORK(_decayed(system, _FOR_GOOD * TOTALS[-1].item())))
    lasso = lasso_path(A, system.b, _DECAY).points[-1]
    plain_error = arrived(plain) * error(system, plain.x)
    return plain_error, off, predicted, on, norms, norm(kept - lasso) / norm(lasso), error(system, kept)


def section(found: Switch) -> Section:
    """E2."""
    equations, unknowns, nonzeros = found.sizes
    return Section(
        "E2",
        "Is it better to switch decay off?",
        f"x = u∘v from u = √2·α, v = 0 with α = {short(_SCALE)}, on {len(found.without)} regressions of {equations} "
        f"equations in {unknowns} unknowns with {nonzeros} entries ±1. From this large start gradient flow ends at a "
        f"dense solution. Gradient descent with weight decay {short(_DECAY)} for a time, then gradient flow without, "
        "ends as from a start that is smaller by exp(−∫λ): the longer the decay, the sparser, down to the least ℓ1 "
        "norm (by linear programming). The type of the bias has changed from ℓ2 to ℓ1, for good. Decay that is kept on "
        "ends at the minimiser of ½‖A x − b‖² + λ‖x‖₁, the Lasso, whose entries are too small.",
        (_figure(found),),
        claims=_claims_of(found),
    )


def _figure(found: Switch) -> Figure:
    return Figure(
        "Decay, then off, ends as from a smaller start",
        "∫λ until it is switched off",
        "‖x − x*‖²",
        (
            *_curves.with_law("then off", TOTALS, found.off, found.predicted, "shrunk start, then off"),
            _curves.median("with decay", TOTALS, found.on),
        ),
        "Medians over seeds with 95 % bands. With decay: at the moment when it is switched off.",
    )


def _claims_of(found: Switch) -> tuple[Claim, ...]:
    # Errors that are rounding have no ratio.
    ratios = np.log(found.off[:, :-2] / found.predicted[:, :-2])
    gain, rest = found.off[:, -1] / found.without, found.kept / found.off[:, -1]
    return (
        _claims.worst("|log of the error over that of the shrunk start|, ∫λ up to 2", np.abs(ratios), 0.05),
        _claims.median("error after the longest decay over that without", 1e-3, gain, 0.0, "at most"),
        _claims.worst("‖x∞‖₁ over the least of A x = b, less 1, longest decay", np.abs(found.norms[:, -1] - 1), 0.01),
        _claims.count("the error falls with each longer decay", np.all(np.diff(found.off, axis=1) < 0, axis=1)),
        _claims.worst("‖x − Lasso‖/‖Lasso‖ of decay that is kept on", found.lasso, 1e-3),
        _claims.median("error of decay that is kept on over that of decay, then off", 10.0, rest, 0.0, "at least"),
    )
