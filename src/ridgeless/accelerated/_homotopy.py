"""Predictor–corrector Newton along the homotopy in the scale of the start, as one JAX loop over static shapes.

It solves B x = c for a depth-2 mirror map x, as `limits.homotopy` does in NumPy, with the formulas of
`limits.depth_two.exponentials` called on JAX arrays. One turn of the loop is a Newton step, the end of a stage, or the
repetition of a stage at a smaller length. Each lane chooses among the three by itself, so that `jax.vmap` runs scales,
right-hand sides and systems side by side.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ridgeless.limits.depth_two.exponentials import Exponentials, ScaleHomotopy, raised
from ridgeless.limits.tolerances import TOLERANCES

_MOST_TURNS = 1500


class Lane(NamedTuple):
    """One problem: B x = c with x = exp(growing + c z) − exp(shrinking − c z), z = Bᵀν; −inf marks an absent branch.

    Attributes:
        rows: B (r, d), orthonormal; rows of zeros fill up the shape.
        rhs: c (r,).
        growing: (d,) log-amplitudes of the positive branches.
        shrinking: (d,) log-amplitudes of the negative branches.
        size: the unit of ‖Bx − c‖.
        log_reference: the log of the largest entry that x is expected to have.
    """

    rows: Any
    rhs: Any
    growing: Any
    shrinking: Any
    size: Any
    log_reference: Any


class LaneEnd(NamedTuple):
    """The result of the loop: x (d,), ν (r,), ‖Bx − c‖ relative to its unit, Newton steps."""

    x: Any
    nu: Any
    error: Any
    steps: Any


class _State(NamedTuple):
    """The state of the loop: ν at t, the end of the stage before (`base_`) with its tangent, and counters."""

    nu: Any
    t: Any
    base_nu: Any
    base_t: Any
    tangent: Any
    stage: Any
    taken: Any
    steps: Any
    turns: Any
    last_error: Any
    ended: Any


class _Linearisation(NamedTuple):
    """One factorisation's worth: the error, Newton's direction and its length, and the tangent of the homotopy."""

    error: Any
    direction: Any
    tangent: Any
    length: Any


def solve(lane: Lane, rate: float, tol: float) -> LaneEnd:
    """x and ν of one lane; a lane that fails returns its last iterate with its large error."""
    target = Exponentials(lane.growing, lane.shrinking, rate, jnp)
    homotopy = ScaleHomotopy(raised(target, lane.log_reference), target)
    begin = homotopy.begin
    is_there = jnp.all((begin.growing == lane.growing) & (begin.shrinking == lane.shrinking))
    nothing = jnp.zeros_like(lane.rhs)
    first = _State(
        nu=nothing,
        t=jnp.where(is_there, 1.0, 0.0),
        base_nu=nothing,
        base_t=jnp.float64(-1.0),
        tangent=nothing,
        stage=jnp.float64(1.0),
        taken=jnp.int32(0),
        steps=jnp.int32(0),
        turns=jnp.int32(0),
        last_error=jnp.float64(jnp.inf),
        ended=jnp.bool_(False),
    )

    def turn(state: _State) -> _State:
        return _iteration(lane, homotopy, tol, state)

    last = jax.lax.while_loop(lambda state: ~state.ended & (state.turns < _MOST_TURNS), turn, first)
    z = lane.rows.T @ last.nu
    x = target.primal(z)
    error = jnp.linalg.norm(lane.rows @ x - lane.rhs) / lane.size
    return LaneEnd(x, last.nu, jnp.where(last.t >= 1, error, jnp.inf), last.steps)


def _iteration(lane: Lane, homotopy: ScaleHomotopy, tol: float, state: _State) -> _State:
    """The state after one turn of the loop: a Newton step, the next stage, or the same stage at a smaller length."""
    is_last = state.t >= 1
    found = _linearised(lane, homotopy, state)
    wanted = jnp.where(is_last, tol, TOLERANCES.close)
    allowed = jnp.where(is_last | (state.base_t < 0), TOLERANCES.last_stage_steps, TOLERANCES.stage_steps)
    has_arrived = found.error <= wanted
    gains_nothing = is_last & (state.last_error < TOLERANCES.near) & (found.error >= state.last_error)
    is_stuck = ~has_arrived & ((state.taken >= allowed) | (found.length == 0) | gains_nothing)
    # The last stage may stall slightly above tol because of rounding, where a shorter stage would not help.
    has_arrived |= is_stuck & is_last & (found.error <= TOLERANCES.near)

    stepped = state._replace(
        nu=state.nu + found.length * found.direction,
        taken=state.taken + 1,
        steps=state.steps + 1,
        last_error=found.error,
    )
    new = _select(is_stuck, _shorter_stage(state), stepped)
    new = _select(has_arrived, _next_stage(state, found.tangent), new)
    return new._replace(turns=state.turns + 1)


def _next_stage(state: _State, tangent: Any) -> _State:
    """The state at the beginning of the next stage, three times as long where this one took few steps."""
    gained = jnp.where(state.base_t < 0, 1.0, state.t - state.base_t)
    is_easy = (state.taken <= TOLERANCES.few_steps) & (state.base_t >= 0)
    stage = jnp.minimum(gained * jnp.where(is_easy, TOLERANCES.longer, 1.0), 1 - state.t)
    return _predicted(state._replace(base_nu=state.nu, base_t=state.t, tangent=tangent), stage)._replace(
        ended=state.t >= 1
    )


def _shorter_stage(state: _State) -> _State:
    """The state at the beginning of this stage at a smaller length; ended where that has become too short."""
    stage = TOLERANCES.shorter * state.stage
    ended = (state.base_t < 0) | (stage < TOLERANCES.shortest_stage)
    return _select(ended, state._replace(ended=jnp.bool_(True)), _predicted(state, stage))


def _predicted(state: _State, stage: Any) -> _State:
    """The state at the beginning of a stage of this length: ν moved along the tangent."""
    there = state.base_t + stage
    there = jnp.where(there >= 1 - 1e-12, 1.0, there)
    nu = state.base_nu + (there - state.base_t) * state.tangent
    zero = jnp.zeros_like(state.taken)
    return state._replace(nu=nu, t=there, stage=stage, taken=zero, last_error=jnp.full_like(state.last_error, jnp.inf))


def _linearised(lane: Lane, homotopy: ScaleHomotopy, state: _State) -> _Linearisation:
    """The error, Newton's direction with its step length, and the tangent of the homotopy, by one factorisation."""
    here, z = _map_at(homotopy, state.t), lane.rows.T @ state.nu
    misfit = lane.rows @ here.primal(z) - lane.rhs
    drift = lane.rows @ homotopy.drift(here, z)
    gram = (lane.rows * here.curvature(z)) @ lane.rows.T
    solutions = -_regularised_solve(gram, jnp.stack([misfit, drift], axis=1))
    direction = solutions[:, 0]
    is_finite = jnp.isfinite(direction).all()
    length = _step_length(lane, here, z, lane.rows.T @ direction, misfit @ direction)
    error = jnp.linalg.norm(misfit) / lane.size
    return _Linearisation(
        jnp.where(jnp.isfinite(error), error, jnp.inf),
        jnp.where(is_finite, direction, 0.0),
        jnp.where(jnp.isfinite(solutions[:, 1]), solutions[:, 1], 0.0),
        jnp.where(is_finite, length, 0.0),
    )


def _map_at(homotopy: ScaleHomotopy, t: Any) -> Exponentials:
    """The mirror map at a traced t, which at t = 1 is the target bit for bit."""
    here, target = homotopy.before_the_end(t), homotopy.target
    growing = jnp.where(t >= 1, target.growing, here.growing)
    return Exponentials(growing, jnp.where(t >= 1, target.shrinking, here.shrinking), target.rate, jnp)


def _step_length(lane: Lane, here: Exponentials, z: Any, change: Any, slope: Any) -> Any:
    """The largest of the step lengths 1, ½, ¼ … that does not overshoot the minimum along it by much; or 0.

    It is `limits.line_search` for traced programs, without the lengthening of steps.
    """
    allowed, pull = TOLERANCES.overshoot * jnp.abs(slope), (lane.rows @ change) @ lane.rhs

    def is_too_long(halvings: Any) -> Any:
        ahead = here.primal(z + 0.5**halvings * change) @ change - pull
        return ~(jnp.isfinite(ahead) & (ahead <= allowed))

    found = jax.lax.while_loop(
        lambda halvings: (halvings < TOLERANCES.halvings) & is_too_long(halvings), lambda halvings: halvings + 1, 0
    )
    return jnp.where(found < TOLERANCES.halvings, 0.5**found, 0.0)


def _regularised_solve(gram: Any, rhs: Any) -> Any:
    """(gram + ridge·mean diagonal·I)⁻¹ rhs; the ridge starts at 1e-14 and grows until Cholesky succeeds."""
    mean = jnp.mean(jnp.diagonal(gram))
    shift = mean * jnp.eye(len(gram))

    def factor(ridge: Any) -> Any:
        return jnp.linalg.cholesky(gram + ridge * shift)

    def grown(carry: tuple[Any, Any]) -> tuple[Any, Any]:
        ridge = 10 * carry[0]
        return ridge, factor(ridge)

    def has_failed(carry: tuple[Any, Any]) -> Any:
        return ~jnp.isfinite(carry[1]).all() & jnp.isfinite(mean) & (carry[0] < TOLERANCES.shown)

    ridge = jnp.float64(TOLERANCES.rounding)
    _, lower = jax.lax.while_loop(has_failed, grown, (ridge, factor(ridge)))
    return jax.scipy.linalg.cho_solve((lower, True), rhs)


def _select(condition: Any, first: _State, second: _State) -> _State:
    """The first state where the condition holds, else the second."""
    return jax.tree.map(lambda one, other: jnp.where(condition, one, other), first, second)
