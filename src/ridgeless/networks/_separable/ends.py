"""The weights of separable networks where gradient flow has brought x, from what it conserves.

Every x_i depends on weights of its own, and what flow conserves of these leaves them one degree of freedom: x_i tells
the rest. No time and no integral is needed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector
from ridgeless.errors import InvalidInputError
from ridgeless.networks._separable.layers import moves
from ridgeless.networks._separable.mirror_maps import slacks

Pair = Float[np.ndarray, "2 d"]
Layers = Float[np.ndarray, "L d"]

# Each halves the logarithm of a bracket: from the whole range of float64 down to a rounding.
_HALVINGS = 64
# The relative change that rounding may make of w_j² − w_k²; beyond, flow would go on from other weights.
_KEPT = 1e-6
_INSTEAD = (
    'Train to a finite residual, with rl.flows.GradientFlow(coordinates="weights"), and continue from there, or start '
    "larger."
)


def exponentials(growing: Vector, shrinking: Vector, x: Vector) -> Pair:
    """(p, m) with x = p² − m², where flow keeps k = p·m and both signs: from p₀ and m₀.

    p² = (x + √(x² + 4k²))/2 where x ≥ 0, and m² the like of −x elsewhere; the other one is k over it.

    Raises:
        InvalidInputError: one that is not 0 at the start is 0 in float64.
    """
    first, second = np.abs(growing), np.abs(shrinking)
    half = np.abs(x) / 2
    larger = np.sqrt(half + np.hypot(half, first * second))
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.where(x >= 0, larger, first / larger * second)
        down = np.where(x >= 0, second / larger * first, larger)
    start = np.stack([growing, shrinking])
    return _living(start, np.where(start == 0, 0.0, np.copysign([up, down], start)))


def powers(first: Vector, second: Vector, depth: int, x: Vector) -> Pair:
    """(u, v) with x = u^D − v^D, D ≥ 2, under gradient flow: from u₀ and v₀.

    At D = 2 flow keeps u·v. Beyond, the slack |w|^(2−D)/(D(D−2)) of a branch falls by z where the branch pulls x up and
    rises by z where it pulls x down: of two that pull against each other the sum is kept, of two that pull together
    the difference.

    Raises:
        InvalidInputError: one that is not 0 at the start is 0 in float64.
    """
    if depth == 2:
        return exponentials(first, second, x)
    signs, starts = slacks(first, second, depth, depth)
    speed, exponent = depth * (depth - 2), depth / (depth - 2)
    size = np.abs(x) * speed**exponent
    pull = signs[0] * signs[1]
    present = np.where(signs == 0, 0.0, starts)
    kept = np.where(pull < 0, present[0] + present[1], np.abs(present[0] - present[1]))

    def of_other(slack: Vector) -> Vector:
        return np.where(pull < 0, kept - slack, slack + kept)

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        reach = np.where(pull < 0, (kept / 2) ** -exponent, 0.0)
        lower = (size + reach) ** (-1 / exponent)
        upper = np.where(pull < 0, kept / 2, (size / 2) ** (-1 / exponent))
        leading = _bisected(lambda y: y**-exponent + pull * of_other(y) ** -exponent > size, lower, upper)
        leading = np.where(pull == 0, lower, leading)
        # The leading branch is that of the sign of x, or, of two that pull together, the larger one.
        leads = np.where(pull < 0, signs[0] == np.where(x < 0, -1, 1), starts[0] <= starts[1])
        ends = np.where(leads, [leading, of_other(leading)], [of_other(leading), leading])
        ends = np.where(pull == 0, leading, ends)
        sizes = (speed * ends) ** (-1 / (depth - 2))
    start = np.stack([first, second])
    return _living(start, np.where(start == 0, 0.0, np.copysign(sizes, start)))


def layers(start: Layers, x: Vector) -> Layers:
    """Layers with w_1∘…∘w_L = x, L ≥ 2, where flow keeps every w_j² − w_k²: from those of the start.

    With c the layer that is smallest at the start, |x| = |c|·∏_j √(c² + w_j² − w_c²) over the others, which rises with
    |c|. A smallest one that is the only one may pass through 0; all others keep their signs.

    Raises:
        InvalidInputError: float64 does not hold the difference of two layers at the end.
    """
    order = np.argsort(np.abs(start), axis=0, kind="stable")
    gaps, size = _gaps(start, order), np.abs(x)

    def is_short(least: Vector) -> np.ndarray:
        return least * np.prod(np.sqrt(least * least + gaps), axis=0) < size

    upper = size ** (1 / len(start))
    with np.errstate(divide="ignore", invalid="ignore"):
        lower = np.where(size > 0, size / np.prod(np.sqrt(upper * upper + gaps), axis=0), 0.0)
    least = _bisected(is_short, lower, upper)
    found = np.empty_like(start)
    np.put_along_axis(found, order, np.concatenate([least[None], np.sqrt(least * least + gaps)]), axis=0)
    signs = np.where(start < 0, -1.0, 1.0)
    of_others = np.prod(signs, axis=0) * np.take_along_axis(signs, order[:1], axis=0)[0]
    np.put_along_axis(signs, order[:1], (np.where(x < 0, -1.0, 1.0) * of_others)[None], axis=0)
    return _distinct(start, np.where(moves(start), signs * found, start))


def two_branches(plus: Pair, minus: Pair, x: Vector) -> tuple[Pair, Pair]:
    """Both branches of x = w⁺_1∘w⁺_2 − w⁻_1∘w⁻_2: w⁺_1 + w⁺_2 and w⁻_1 − w⁻_2 grow by one factor, the others shrink.

    Raises:
        InvalidInputError: float64 does not hold the difference of two layers at the end.
    """
    total, difference = plus[0] + plus[1], plus[0] - plus[1]
    total_minus, difference_minus = minus[0] + minus[1], minus[0] - minus[1]
    start = np.hypot(total, difference_minus) / 2, np.hypot(difference, total_minus) / 2
    end = exponentials(*start, x)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(start[0] > 0, end[0] / start[0], start[1] / end[1])
    factor = np.where((start[0] == 0) & (start[1] == 0), 1.0, factor)
    ends = (
        np.stack([total * factor + difference / factor, total * factor - difference / factor]) / 2,
        np.stack([total_minus / factor + difference_minus * factor, total_minus / factor - difference_minus * factor])
        / 2,
    )
    return _distinct(plus, ends[0]), _distinct(minus, ends[1])


def _bisected(is_early: Callable[[Vector], np.ndarray], lower: Vector, upper: Vector) -> Vector:
    """Where `is_early` turns false between two positive bounds."""
    low, high = lower, upper
    for _ in range(_HALVINGS):
        middle = np.sqrt(low) * np.sqrt(high)
        early = is_early(middle)
        low, high = np.where(early, middle, low), np.where(early, high, middle)
    return np.sqrt(low) * np.sqrt(high)


def _living(start: Pair, end: Pair) -> Pair:
    """The branches at the end, of which none may be 0 that was not: it would never move again."""
    gone = (end == 0) & (start != 0)
    if gone.any():
        raise InvalidInputError(
            f"continue_from: {int(gone.sum())} weights end at 0, after infinite time or below the smallest number of "
            f"float64, and would never move again. {_INSTEAD}"
        )
    return end


def _distinct(start: Layers, end: Layers) -> Layers:
    """The layers at the end, whose differences of squares must be those of the start."""
    order = np.argsort(np.abs(start), axis=0, kind="stable")
    before, after = _gaps(start, order), _gaps(end, order)
    lost = np.abs(after - before) > _KEPT * before
    stuck = moves(start) & ~moves(end)
    if lost.any() or stuck.any():
        raise InvalidInputError(
            f"continue_from: at the end {int(np.sum(lost.any(axis=0) | stuck))} coordinates have layers that differ by "
            f"less than float64 holds, or that are 0, and the rest of training depends on them. {_INSTEAD}"
        )
    return end


def _gaps(layers: Layers, order: np.ndarray) -> np.ndarray:
    """w_j² − w_c² for all layers but the first of an order, c."""
    sizes = np.take_along_axis(np.abs(layers), order, axis=0)
    return (sizes[1:] - sizes[0]) * (sizes[1:] + sizes[0])
