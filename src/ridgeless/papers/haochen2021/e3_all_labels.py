"""E3 of HaoChen et al. 2021: the package's own label noise, on all labels, does the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ridgeless import flows, inits
from ridgeless.networks import Power
from ridgeless.papers import _claims
from ridgeless.papers._experiments import PerSeed
from ridgeless.papers._text import short, short_median
from ridgeless.papers.base import Budget, Claim, PaperProgress, Section, Table
from ridgeless.papers.haochen2021._noise import NOISE, START, Designs, Setup, designs
from ridgeless.systems import LinearSystem
from ridgeless.verbs.train import train

_SETUP = Setup(16, 48, 2, (), ())
_STEP = 0.01
_STEPS, _CALM_STEPS = 25_000, 40_000
_NETWORK = Power(2)


@dataclass(frozen=True)
class AllLabels:
    """`rl.flows.LabelNoise`, then `rl.flows.GradientDescent` from where it ends.

    Attributes:
        plain: (seeds,) ‖x − truth‖² by gradient descent alone.
        noisy: (seeds,) ‖x − truth‖² by gradient descent after label noise.
        shrinking: (seeds,) the change of P_N log|u|, as a multiple of the law's: the least-squares one.
        size: ‖truth‖².
    """

    plain: PerSeed
    noisy: PerSeed
    shrinking: PerSeed
    size: float


def run(budget: Budget, progress: PaperProgress) -> AllLabels:
    """The trainings of E3."""
    given = designs(budget.seeds, _SETUP)
    progress("E3: noise on all labels")
    rows = [_measured(given, index) for index in range(budget.seeds)]
    return AllLabels(*np.array(rows).T, size=float(np.sum(given.truth**2)))


def _measured(given: Designs, index: int) -> tuple[float, float, float]:
    root = np.sqrt(_SETUP.equations)
    system = LinearSystem(given.A[index] / root, given.b[index] / root, given.truth)
    calm = flows.GradientDescent(step_size=_STEP, max_steps=_CALM_STEPS)
    loud = flows.LabelNoise(NOISE, flows.GradientDescent(step_size=_STEP, max_steps=_STEPS), seed=index)
    plain = train(system, _NETWORK, inits.Constant(START), calm)
    noisy = train(system, _NETWORK, inits.Constant(START), loud)
    after = train(system, _NETWORK, noisy.theta or {}, calm)
    moved = noisy.invariants["P_N log|u|"]
    # A step of size η multiplies u by 1 − 2ηg, and the noise Aᵀs of g has the variance diag(AᵀA).
    law = system.project_null(-0.5 * (2 * _STEP * NOISE) ** 2 * _STEPS * np.mean(given.A[index] ** 2, axis=0))
    change = float(law @ (moved.final - moved.initial) / (law @ law))
    return (
        float(np.sum((plain.x - given.truth) ** 2)),
        float(np.sum((after.x - given.truth) ** 2)),
        change,
    )


def section(found: AllLabels) -> Section:
    """E3."""
    return Section(
        "E3",
        "Does noise on all labels at once do the same?",
        f"rl.flows.LabelNoise adds ±{short(NOISE)} to every label, drawn anew at each step. {_SETUP.equations} "
        f"equations over √n in {_SETUP.unknowns} unknowns, {_SETUP.nonzeros} ones, {len(found.plain)} designs; x = u² "
        f"from u = {short(START)}, {_STEPS} steps of {short(_STEP)} with noise, then {_CALM_STEPS} without. The "
        "noise of the gradient in x has the variance δ²·diag(AᵀA/n), that of one noisy label drawn of n, and so the "
        "start shrinks by the law of E2. It is read off what gradient flow conserves, P_N log|u|.",
        tables=(_table(found),),
        claims=_claims_of(found),
    )


def _table(found: AllLabels) -> Table:
    return Table(
        "Errors with and without noise",
        ("‖x*‖²", "gradient descent", "after label noise"),
        ((short(found.size), short_median(found.plain), short_median(found.noisy)),),
        "Medians of ‖x − x*‖² over designs.",
    )


def _claims_of(found: AllLabels) -> tuple[Claim, ...]:
    return (
        _claims.median("change of P_N log|u| over that of the law", 1.0, found.shrinking, 0.1),
        _claims.median("error of gradient descent alone over ‖x*‖²", 1.0, found.plain / found.size, 0.0, "at least"),
        Claim(
            "error after label noise over ‖x*‖², largest",
            0.02,
            float(np.max(found.noisy / found.size)),
            sense="at most",
        ),
    )
