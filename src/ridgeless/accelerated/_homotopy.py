"""Newton along the homotopy in the scale as one loop over static shapes: `limits.homotopy` for JAX.

The mirror maps and their homotopy are those of `limits.depth_two.exponentials`, called with JAX's arrays.

One turn of the loop is one Newton step, the end of a stage, or its repetition at a smaller length; which of the three
is decided lane by lane, so that `jax.vmap` runs scales, right-hand sides and systems side by side.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from ridgeless.limits.depth_two.exponentials import Exponentials, ScaleHomotopy, raised
from ridgeless.limits.tolerances import TOLERANCES

_MOST_TURNS = 1500


class Lane(NamedTuple):
    """B x = c with x = exp(growing + c z) − exp(shrinking − c z), z = Bᵀν; −inf stands for an absent branch.

    Attributes:
        rows: B (r, d), orthonormal; rows of zeros are no equations.
        rhs: c (r,).
        growing: (d,).
        shrinking: (d,).
        size: what ‖Bx − c‖ is measured in.
        log_reference: log of the largest entry that x is expected to have.
    """

    rows: Any
    rhs: Any
    growing: Any
    shrinking: Any
    size: Any
    log_reference: Any


class LaneEnd(NamedTuple):
    """Where the loop ended: x (d,), ν (r,), ‖Bx − c‖ without units, Newton steps."""

    x: Any
    nu: Any
    error: Any
    steps: Any


class _State(NamedTuple):
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


class _Seen(NamedTuple):
    error: Any
    direction: Any
    tangent: Any
    length: Any


def solve(lane: Lane, rate: float, tol: float) -> LaneEnd:
    """x and ν of one lane; a lane that fails returns what it has, and its error says so."""
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
        return _turned(lane, homotopy, tol, state)

    last = jax.lax.while_loop(lambda state: ~state.ended & (state.turns < _MOST_TURNS), turn, first)
    z = lane.rows.T @ last.nu
    x = target.primal(z)
    error = jnp.linalg.norm(lane.rows @ x - lane.rhs) / lane.size
    return LaneEnd(x, last.nu, jnp.where(last.t >= 1, error, jnp.inf), last.steps)


def _turned(lane: Lane, homotopy: ScaleHomotopy, tol: float, state: _State) -> _State:
    is_last = state.t >= 1
    seen = _looked(lane, homotopy, state)
    wanted = jnp.where(is_last, tol, TOLERANCES.close)
    allowed = jnp.where(is_last | (state.base_t < 0), TOLERANCES.last_stage_steps, TOLERANCES.stage_steps)
    has_arrived = seen.error <= wanted
    gains_nothing = is_last & (state.last_error < TOLERANCES.near) & (seen.error >= state.last_error)
    is_stuck = ~has_arrived & ((state.taken >= allowed) | (seen.length == 0) | gains_nothing)
    # The last stage may stall above tol for want of digits: near enough that no shorter stage helps.
    has_arrived |= is_stuck & is_last & (seen.error <= TOLERANCES.near)

    stepped = state._replace(
        nu=state.nu + seen.length * seen.direction,
        taken=state.taken + 1,
        steps=state.steps + 1,
        last_error=seen.error,
    )
    chosen = _either(is_stuck, _shortened(state), stepped)
    chosen = _either(has_arrived, _advanced(state, seen.tangent), chosen)
    return chosen._replace(turns=state.turns + 1)


def _advanced(state: _State, tangent: Any) -> _State:
    """The next stage, from where this one arrived; three times as long where this one was easy."""
    gained = jnp.where(state.base_t < 0, 1.0, state.t - state.base_t)
    is_easy = (state.taken <= TOLERANCES.few_steps) & (state.base_t >= 0)
    stage = jnp.minimum(gained * jnp.where(is_easy, TOLERANCES.longer, 1.0), 1 - state.t)
    return _begun(state._replace(base_nu=state.nu, base_t=state.t, tangent=tangent), stage)._replace(ended=state.t >= 1)


def _shortened(state: _State) -> _State:
    """The same stage at a smaller length, from where it began; the end where it has become too short."""
    stage = TOLERANCES.shorter * state.stage
    ended = (state.base_t < 0) | (stage < TOLERANCES.shortest_stage)
    return _either(ended, state._replace(ended=jnp.bool_(True)), _begun(state, stage))


def _begun(state: _State, stage: Any) -> _State:
    there = state.base_t + stage
    there = jnp.where(there >= 1 - 1e-12, 1.0, there)
    nu = state.base_nu + (there - state.base_t) * state.tangent
    zero = jnp.zeros_like(state.taken)
    return state._replace(nu=nu, t=there, stage=stage, taken=zero, last_error=jnp.full_like(state.last_error, jnp.inf))


def _looked(lane: Lane, homotopy: ScaleHomotopy, state: _State) -> _Seen:
    """The misfit, Newton's direction with its length, and the tangent of the homotopy, by one factorisation."""
    here, z = _at(homotopy, state.t), lane.rows.T @ state.nu
    misfit = lane.rows @ here.primal(z) - lane.rhs
    drift = lane.rows @ homotopy.drift(here, z)
    gram = (lane.rows * here.curvature(z)) @ lane.rows.T
    solved = -_regularised(gram, jnp.stack([misfit, drift], axis=1))
    direction = solved[:, 0]
    is_finite = jnp.isfinite(direction).all()
    length = _length(lane, here, z, lane.rows.T @ direction, misfit @ direction)
    error = jnp.linalg.norm(misfit) / lane.size
    return _Seen(
        jnp.where(jnp.isfinite(error), error, jnp.inf),
        jnp.where(is_finite, direction, 0.0),
        jnp.where(jnp.isfinite(solved[:, 1]), solved[:, 1], 0.0),
        jnp.where(is_finite, length, 0.0),
    )


def _at(homotopy: ScaleHomotopy, t: Any) -> Exponentials:
    """The map at a traced t; at the end of the way the target to the last bit."""
    here, target = homotopy.before_the_end(t), homotopy.target
    growing = jnp.where(t >= 1, target.growing, here.growing)
    return Exponentials(growing, jnp.where(t >= 1, target.shrinking, here.shrinking), target.rate, jnp)


def _length(lane: Lane, here: Exponentials, z: Any, change: Any, slope: Any) -> Any:
    """The longest of the steps 1, ½, ¼ … that stays on the near side of the minimum along it, or close by; or 0.

    It is `limits.line_search` for traced programs, which lengthens no step.
    """
    allowed, pull = TOLERANCES.overshoot * jnp.abs(slope), (lane.rows @ change) @ lane.rhs

    def is_too_long(halvings: Any) -> Any:
        ahead = here.primal(z + 0.5**halvings * change) @ change - pull
        return ~(jnp.isfinite(ahead) & (ahead <= allowed))

    found = jax.lax.while_loop(
        lambda halvings: (halvings < TOLERANCES.halvings) & is_too_long(halvings), lambda halvings: halvings + 1, 0
    )
    return jnp.where(found < TOLERANCES.halvings, 0.5**found, 0.0)


def _regularised(gram: Any, rhs: Any) -> Any:
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


def _either(condition: Any, first: _State, second: _State) -> _State:
    return jax.tree.map(lambda one, other: jnp.where(condition, one, other), first, second)
