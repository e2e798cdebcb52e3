"""Divergence test for training in steps: when the loss will not come back down.

A rise tells nothing. Beyond the stability bound the loss may grow a thousandfold, swing for thousands of steps and
still arrive: steps carry the weights to where the loss is flatter (Lewkowycz et al. 2020, "The large learning rate
phase of deep learning", arXiv 2003.02218; Cohen et al. 2021, "Gradient descent on neural networks typically occurs at
the edge of stability", arXiv 2103.00065). Two things do tell:

- The loss has passed 10⁶ times its level, the larger of its start and of that of x = 0: an explosion.
- It has stayed above its level for three windows of 100 steps in a row, and its minimum over the last window is no
  lower than over the first: it grows, slowly. On its way to a solution it would have to come back through that level.
  Of 2200 trainings that arrived or kept swinging (diagonal networks of depth 2 and 3, two-layer ones; steps from 0.1
  to 4 times the bound; with and without momentum) none stayed above it for a single window; of two-layer networks of
  widths up to 10⁴, which come back most slowly, none for more than 89 steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.arrays import norm
from ridgeless.flows import _jax
from ridgeless.networks import TrainingProblem

_EXPLOSION = 1e6
_WINDOW = 100
_PATIENCE = 3
# Between looks: a rise that rounding does not explain.
_RISE = 1.01
# Of ‖A‖_F‖x‖ + ‖b‖: below it the residual is rounding, and rises and falls as that does.
_ROUNDING = 16 * np.finfo(float).eps

# Minimum of the loss over the window so far and over the first window above the level, such windows in a row, and
# whether the loss is lost.
LossWatch = tuple[Any, ...]
# What a compiled loop carries: (state, watch, step, loss).
Carry = tuple[Any, LossWatch, Any, Any]


@dataclass(frozen=True)
class Levels:
    """The losses at which training counts as diverged.

    Attributes:
        rounding: what rounding of A x alone makes where x is as large as at the start.
        level: the larger of the loss at the start and at x = 0, and rounding.
        ceiling: above it the loss has exploded.
    """

    rounding: float
    level: float
    ceiling: float


def levels_of(problem: TrainingProblem, point: np.ndarray, bound: float) -> Levels:
    """The levels of a training that begins at a point and stops at the loss `bound`."""
    system = problem.system
    smallest = _ROUNDING * (system.frobenius_norm * norm(problem.seen(point)) + norm(system.b))
    # A start that solves already may be left again, as decay does: 0 is no measure of an explosion.
    most = max(problem.misfit(point), problem.reference, smallest)
    level = most * most / 2  # a power of a float that overflows is an exception, a product is infinite
    return Levels(smallest * smallest / 2, level, _EXPLOSION * max(level, bound))


def unwatched() -> LossWatch:
    """The watch before the first step."""
    jnp = _jax.jnp
    return jnp.float64(np.inf), jnp.float64(np.inf), jnp.int64(0), jnp.bool_(False)


def noted(watch: LossWatch, loss: Any) -> LossWatch:
    """The watch with one loss more in its window, inside a compiled program."""
    least, *rest = watch
    return (_jax.jnp.minimum(least, loss), *rest)


def judged(watch: LossWatch, before: Any, after: Any, level: Any) -> LossWatch:
    """The watch after the steps from `before` to `after`: where these end a window, it is weighed, and one begun."""
    jnp = _jax.jnp
    least, first, windows, is_lost = watch
    is_full = (after > before) & (after % _WINDOW == 0)
    counted = jnp.where(is_full, jnp.where(least > level, windows + 1, 0), windows)
    first = jnp.where(is_full & (counted == 1), least, first)
    is_lost = is_lost | (is_full & (counted >= _PATIENCE) & (least >= first))
    return jnp.where(is_full, np.inf, least), first, counted, is_lost


def in_windows(
    goes_on: Callable[[Any, Any], Any], move: Callable[[Any], Any], carry: Carry, end: Any, level: Any
) -> Carry:
    """Steps to `end`, window by window, so that a step pays for no more of the watch than one minimum.

    Args:
        goes_on: (carry, end) ↦ whether to take a step.
        move: carry ↦ carry, one step on; it notes the loss.
        carry: (state, watch, step, loss).
        end: the step to come to.
        level: of the watch.
    """
    jax, jnp = _jax.jax, _jax.jnp

    def window(carry: Carry) -> Carry:
        before = carry[2]
        edge = jnp.minimum(end, (before // _WINDOW + 1) * _WINDOW)
        state, watch, step, loss = jax.lax.while_loop(lambda inner: goes_on(inner, edge), move, carry)
        return state, judged(watch, before, step, level), step, loss

    return jax.lax.while_loop(lambda outer: goes_on(outer, end) & ~has_left(outer[1]), window, carry)


def has_left(watch: LossWatch) -> Any:
    """Whether training has diverged."""
    return watch[3]


def swings(losses: Sequence[float], floor: float) -> bool:
    """Whether the loss still rises between looks, in their second half: steps may be too long to settle."""
    late = [max(loss, floor) for loss in losses[len(losses) // 2 :]]
    return any(later > _RISE * least for later, least in zip(late[1:], np.minimum.accumulate(late), strict=False))
