"""A proved enclosure of the solution of A f(Aᵀν) = b: Newton's method from a guess, or a homotopy from large starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import flint
import numpy as np

from ridgeless._core.arrays import Vector
from ridgeless._core.balls import Ball, BallMap, precision
from ridgeless._core.progress import tell
from ridgeless.certificates._ball_equations import BallEquations, BallPoint, ball_point, column
from ridgeless.certificates._ball_newton import NewtonEnd, NewtonRun, from_entries, newton
from ridgeless.certificates._ball_proof import Proof, proved

Maps = Callable[[int], list[BallMap]]

# None of these affects what is proved: they limit how long one strategy is tried before the next one.
_FIRST_BITS = 128
_POLISHING_STEPS = 60
_PATH_STEPS = 40
_NEAR = 0.1
_LONGEST_STRIDE = 64
_FIRST_STEPS = 400
_GUESS_STEPS = 12
_MOST_TRIES = 3
_FEW_STEPS = 6
_CLOSE = 1e-3
_LARGEST_POWER = 900
_MOST_BEND = 8.0


@dataclass(frozen=True, eq=False)
class EnclosureResult:
    """The result of `enclosed`.

    Attributes:
        proof: balls around the entries; None where none was proved.
        nu: (n,) midpoints of ν.
        bits: the last working precision.
        steps: total number of Newton steps.
        reason: why there is no proof.
    """

    proof: Proof | None
    nu: list[Ball]
    bits: int
    steps: int
    reason: str = ""


def enclosed(
    equations: BallEquations, maps_at: Maps, guess: Vector | None, digits: int, most_bits: int
) -> EnclosureResult:
    """Balls around the entries that move, each to `digits` digits, with the precision doubled until they are proved.

    Args:
        equations: A and b.
        maps_at: k ↦ the maps of the start times 2^k, at the working precision.
        guess: (m,) an answer in float64, or None.
        digits: of each entry, except those below 10^(−2·digits) of the largest.
        most_bits: the largest precision that is tried.
    """
    bits, steps = _FIRST_BITS, 0
    with precision(bits):
        start = _at_zero(equations, maps_at(0))
        nu = start.nu if all(value.mid() == 0 for value in start.misfit.entries()) else None
    if nu is None and guess is not None:
        nu, bits, steps = _near_guess(equations, maps_at, guess, most_bits)
    if nu is None:
        nu, bits, more = _along_path(equations, maps_at, most_bits)
        steps += more
    while nu is not None and bits <= most_bits:
        tell("precision in bits", bits)
        with precision(bits):
            at = ball_point(equations, maps_at(0), nu)
            if at is not None:
                run, proof = _refined_and_proved(equations, maps_at(0), at, digits)
                steps, nu = steps + run.steps, run.at.nu
                if proof is not None:
                    return EnclosureResult(proof, nu.entries(), bits, steps)
        bits *= 2
    return EnclosureResult(None, [], bits, steps, f"no ball was proved with {most_bits} bits and {steps} Newton steps")


def _near_guess(
    equations: BallEquations, maps_at: Maps, guess: Vector, most_bits: int
) -> tuple[flint.arb_mat | None, int, int]:
    """A ν near an answer in float64 from which Newton's method converges; None where the answer is too inaccurate."""
    bits, steps, tries = _initial_bits(maps_at), 0, 0
    while bits <= most_bits and tries < _MOST_TRIES:
        with precision(bits):
            maps = maps_at(0)
            at = from_entries(equations, maps, [flint.arb(float(x)) for x in guess], _at_zero(equations, maps))
            if at is not None:
                run = newton(equations, maps, at, _is_near, _GUESS_STEPS)
                steps, tries = steps + run.steps, tries + 1
                if run.end is NewtonEnd.MET:
                    return run.at.nu, bits, steps
                if run.end is NewtonEnd.BUDGET:
                    return None, bits, steps
        bits *= 2
    return None, bits, steps


def _initial_bits(maps_at: Maps) -> int:
    """A precision that resolves slacks of size one beside the ends of the intervals of z."""
    with precision(_FIRST_BITS):
        ends = [end for each in maps_at(0) for end in each.ends() if end.is_finite()]
    largest = max((float(abs(end).log().mid()) for end in ends), default=0.0)
    return _FIRST_BITS + max(0, int(largest / np.log(2)))


def _refined_and_proved(
    equations: BallEquations, maps: Sequence[BallMap], start: BallPoint, digits: int
) -> tuple[NewtonRun, Proof | None]:
    """Newton steps until the balls are small enough, and the proof, if there is one."""
    proofs: list[Proof] = []

    def is_met(at: BallPoint, decrement: Ball, change: float) -> bool:
        if change > _CLOSE or not _is_within(at, decrement, change, digits):
            return False
        proof = proved(equations, maps, at)
        if proof is None or not is_small(proof.entries, digits):
            return False
        proofs.append(proof)
        return True

    run = newton(equations, maps, start, is_met, _POLISHING_STEPS)
    return run, proofs[0] if proofs else None


def _is_within(at: BallPoint, decrement: Ball, change: float, digits: int) -> bool:
    """Whether a proof is likely to succeed: after a Newton step the remaining error is about the square of the step."""
    left = decrement * min(max(change, 1e-60), 1.0) ** 2
    least = _tolerances(at.entries, digits)
    return all(left * slope <= wanted**2 for slope, wanted in zip(at.slopes, least, strict=True))


def _tolerances(entries: Sequence[Ball], digits: int) -> list[Ball]:
    sizes = [abs(entry.mid()) for entry in entries]
    largest = flint.arb(0)
    for size in sizes:
        largest = largest.max(size)
    if largest == 0:
        # All entries are 0, so that there is no scale to be accurate relative to.
        return [flint.arb.pos_inf()] * len(entries)
    unit = flint.arb(10) ** -digits
    floor = largest * unit**2
    return [unit * size.max(floor) for size in sizes]


def is_small(entries: Sequence[Ball], digits: int) -> bool:
    """Whether each ball has so many digits, or twice as many relative to the largest entry."""
    return all(entry.rad() <= wanted for entry, wanted in zip(entries, _tolerances(entries, digits), strict=True))


def _along_path(equations: BallEquations, maps_at: Maps, most_bits: int) -> tuple[flint.arb_mat | None, int, int]:
    """A ν near the solution by homotopy in the scale: from starts so large that ν ≈ 0, reduced by powers of two."""
    bits, steps, stride = _FIRST_BITS, 0, 4
    with precision(bits):
        power = _large_power(equations, maps_at)
        maps = maps_at(power)
        run = newton(equations, maps, _at_zero(equations, maps), _is_near, _FIRST_STEPS)
        steps += run.steps
    if run.end is not NewtonEnd.MET:
        return None, bits, steps
    before: list[tuple[int, list[Ball]]] = []
    at = run.at
    while power > 0:
        before = [*[each for each in before if each[0] != power][-1:], (power, [entry.mid() for entry in at.entries])]
        stride = min(stride, power, _LONGEST_STRIDE)
        with precision(bits):
            maps = maps_at(power - stride)
            safe = _scaled_into_domain(equations, maps_at(power), maps, at)
            predicted = _extrapolated(before, power - stride)
            point = None if safe is None else from_entries(equations, maps, predicted, safe)
            if point is not None:
                run = newton(equations, maps, point, _is_near, _PATH_STEPS if stride > 1 else _FIRST_STEPS)
        if point is None:
            bits *= 2
            if bits > most_bits:
                return None, bits, steps
            continue
        steps += run.steps
        if run.end is NewtonEnd.MET:
            power, at = power - stride, run.at
            stride = 2 * stride if run.steps <= _FEW_STEPS else stride
        elif 2 * bits <= most_bits and (run.end is NewtonEnd.ROUNDING or stride == 1):
            bits, stride = 2 * bits, max(1, stride // 2)
        elif stride > 1:
            stride //= 2
        else:
            return None, bits, steps
    return at.nu, bits, steps


def _scaled_into_domain(
    equations: BallEquations, old: Sequence[BallMap], maps: Sequence[BallMap], at: BallPoint
) -> BallPoint | None:
    """The dual point with ν scaled as the domain grows, which keeps it inside wherever all starts shrink alike."""
    ratio = flint.arb(1)
    for one, two in zip(old, maps, strict=True):
        for before, after in zip(one.ends(), two.ends(), strict=True):
            if before.is_finite() and after.is_finite():
                share = (after / before).mid()
                ratio = share if ratio == 1 else ratio.min(share)
    return ball_point(equations, maps, (at.nu * ratio).mid())


def _extrapolated(before: Sequence[tuple[int, list[Ball]]], power: int) -> list[Ball]:
    """The entries predicted at the next power of two, by linear extrapolation of their logarithms."""
    at, entries = before[-1]
    if len(before) < 2:
        return entries
    earlier, others = before[0]
    if earlier == at:
        return entries
    share = flint.arb(power - at) / (at - earlier)
    return [
        (entry * ((entry / other).log() * share).exp()).mid() if entry * other > 0 else entry
        for entry, other in zip(entries, others, strict=True)
    ]


def _at_zero(equations: BallEquations, maps: Sequence[BallMap]) -> BallPoint:
    point = ball_point(equations, maps, column([flint.arb(0)] * len(equations.b)))
    if point is None:
        raise ArithmeticError("z = 0, where every start lies, is outside the domain of a map")
    return point


def _is_near(at: BallPoint, decrement: Ball, change: float) -> bool:  # noqa: ARG001
    return bool(change < _NEAR)


def _large_power(equations: BallEquations, maps_at: Maps) -> int:
    """The least k ≥ 0 for which the maps of the start times 2^k are nearly linear up to entries as large as A⁺b's."""
    rhs = np.array([float(value) for value in equations.b])
    size = flint.arb(float(np.abs(np.linalg.lstsq(equations.A, rhs, rcond=None)[0]).max()))
    if _is_nearly_linear(maps_at(0), size):
        return 0
    low, high = 0, 1
    while high < _LARGEST_POWER and not _is_nearly_linear(maps_at(high), size):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _is_nearly_linear(maps_at(middle), size) else (middle, high)
    return high


def _is_nearly_linear(maps: Sequence[BallMap], size: Ball) -> bool:
    for each in maps:
        entry, slope = each.at(flint.arb(0))
        for turn in (each.sign,) if each.sign else (1, -1):
            steep = each.at(each.approximate_inverse((entry + turn * size).mid()))[1]
            if not steep.mid() <= _MOST_BEND * slope:
                return False
    return True
