"""Newton along a homotopy in the scale, as one loop over static shapes: `limits.exponential` for JAX.

One turn of the loop is one Newton step, the end of a stage, or its repetition at a smaller length; which of the three
is decided lane by lane, so that `jax.vmap` runs scales, right-hand sides and systems side by side.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

_STAGE_TOLERANCE = 1e-3
_STAGE_STEPS = 12
_LAST_STAGE_STEPS = 40
_SMALLEST_STAGE = 1e-4
_MOST_TURNS = 1500
_EASY = 5
_LONGER, _SHORTER = 3.0, 0.4
_NEAR = 1e-9
_MOST_HALVINGS = 60
_RIDGE, _MOST_RIDGE = 1e-14, 1e-6


class Lane(NamedTuple):
    """B x = c with x = exp(growing + c z) − exp(shrinking − c z), z = Bᵀν; −inf stands for an absent branch.

    Attributes:
        rows: B (r, d), orthonormal; rows of zeros are no equations.
        right: c (r,).
        growing: (d,).
        shrinking: (d,).
        size: what ‖Bx − c‖ is measured in.
        log_reference: log of the largest entry that x is expected to have.
    """

    rows: Any
    right: Any
    growing: Any
    shrinking: Any
    size: Any
    log_reference: Any


class Found(NamedTuple):
    """Where the loop ended: x (d,), ν (r,), ‖Bx − c‖ without units, Newton steps."""

    x: Any
    nu: Any
    error: Any
    steps: Any


class _State(NamedTuple):
    nu: Any
    share: Any
    base_nu: Any
    base_share: Any
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


def solve(lane: Lane, rate: float, tol: float) -> Found:
    """x and ν of one lane; a lane that fails returns what it has, and its error says so."""
    start = _raised(lane)
    is_there = jnp.all((start[0] == lane.growing) & (start[1] == lane.shrinking))
    nothing = jnp.zeros_like(lane.right)
    first = _State(
        nu=nothing,
        share=jnp.where(is_there, 1.0, 0.0),
        base_nu=nothing,
        base_share=jnp.float64(-1.0),
        tangent=nothing,
        stage=jnp.float64(1.0),
        taken=jnp.int32(0),
        steps=jnp.int32(0),
        turns=jnp.int32(0),
        last_error=jnp.float64(jnp.inf),
        ended=jnp.bool_(False),
    )

    def turn(state: _State) -> _State:
        return _turned(lane, rate, tol, start, state)

    last = jax.lax.while_loop(lambda state: ~state.ended & (state.turns < _MOST_TURNS), turn, first)
    z = lane.rows.T @ last.nu
    x = primal(lane.growing, lane.shrinking, rate * z)
    error = jnp.linalg.norm(lane.rows @ x - lane.right) / lane.size
    return Found(x, last.nu, jnp.where(last.share >= 1, error, jnp.inf), last.steps)


def primal(growing: Any, shrinking: Any, angle: Any) -> Any:
    """exp(growing + angle) − exp(shrinking − angle), without cancellation where both are large."""
    both_there = jnp.isfinite(growing) & jnp.isfinite(shrinking)
    up, down = (jnp.where(both_there, logs, 0.0) for logs in (growing, shrinking))
    middle = angle + (up - down) / 2
    size = jnp.abs(middle)
    both = -jnp.sign(middle) * jnp.exp((up + down) / 2 + size) * jnp.expm1(-2 * size)
    return jnp.where(both_there, both, jnp.exp(growing + angle) - jnp.exp(shrinking - angle))


def _turned(lane: Lane, rate: float, tol: float, start: tuple[Any, Any], state: _State) -> _State:
    is_last = state.share >= 1
    seen = _looked(lane, rate, start, state)
    wanted = jnp.where(is_last, tol, _STAGE_TOLERANCE)
    allowed = jnp.where(is_last | (state.base_share < 0), _LAST_STAGE_STEPS, _STAGE_STEPS)
    has_arrived = seen.error <= wanted
    gains_nothing = is_last & (state.last_error < _NEAR) & (seen.error >= state.last_error)
    is_stuck = ~has_arrived & ((state.taken >= allowed) | (seen.length == 0) | gains_nothing)
    # The last stage may stall above tol for want of digits: near enough that no shorter stage helps.
    has_arrived |= is_stuck & is_last & (seen.error <= _NEAR)

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
    gained = jnp.where(state.base_share < 0, 1.0, state.share - state.base_share)
    is_easy = (state.taken <= _EASY) & (state.base_share >= 0)
    stage = jnp.minimum(gained * jnp.where(is_easy, _LONGER, 1.0), 1 - state.share)
    return _begun(state._replace(base_nu=state.nu, base_share=state.share, tangent=tangent), stage)._replace(
        ended=state.share >= 1
    )


def _shortened(state: _State) -> _State:
    """The same stage at a smaller length, from where it began; the end where it has become too short."""
    stage = _SHORTER * state.stage
    ended = (state.base_share < 0) | (stage < _SMALLEST_STAGE)
    return _either(ended, state._replace(ended=jnp.bool_(True)), _begun(state, stage))


def _begun(state: _State, stage: Any) -> _State:
    there = state.base_share + stage
    there = jnp.where(there >= 1 - 1e-12, 1.0, there)
    nu = state.base_nu + (there - state.base_share) * state.tangent
    zero = jnp.zeros_like(state.taken)
    return state._replace(
        nu=nu, share=there, stage=stage, taken=zero, last_error=jnp.full_like(state.last_error, jnp.inf)
    )


def _looked(lane: Lane, rate: float, start: tuple[Any, Any], state: _State) -> _Seen:
    """The misfit, Newton's direction with its length, and the tangent of the homotopy, by one factorisation."""
    growing, shrinking = _between(start[0], lane.growing, state.share), _between(start[1], lane.shrinking, state.share)
    angle = rate * (lane.rows.T @ state.nu)
    up, down = jnp.exp(growing + angle), jnp.exp(shrinking - angle)
    misfit = lane.rows @ primal(growing, shrinking, angle) - lane.right
    drift = lane.rows @ (up * _gap(start[0], lane.growing) - down * _gap(start[1], lane.shrinking))
    gram = (lane.rows * (rate * (up + down))) @ lane.rows.T
    solved = -_regularised(gram, jnp.stack([misfit, drift], axis=1))
    direction = solved[:, 0]
    is_finite = jnp.isfinite(direction).all()
    change = rate * (lane.rows.T @ direction)
    length = _length(lane, growing, shrinking, angle, change / rate, misfit @ direction, rate)
    error = jnp.linalg.norm(misfit) / lane.size
    return _Seen(
        jnp.where(jnp.isfinite(error), error, jnp.inf),
        jnp.where(is_finite, direction, 0.0),
        jnp.where(jnp.isfinite(solved[:, 1]), solved[:, 1], 0.0),
        jnp.where(is_finite, length, 0.0),
    )


def _length(lane: Lane, growing: Any, shrinking: Any, angle: Any, change: Any, slope: Any, rate: float) -> Any:
    """The longest of the steps 1, ½, ¼ … that stays on the near side of the minimum along it, or close by; or 0."""
    allowed, pull = 0.9 * jnp.abs(slope), (lane.rows @ change) @ lane.right

    def is_too_long(halvings: Any) -> Any:
        ahead = primal(growing, shrinking, angle + rate * 0.5**halvings * change) @ change - pull
        return ~(jnp.isfinite(ahead) & (ahead <= allowed))

    found = jax.lax.while_loop(
        lambda halvings: (halvings < _MOST_HALVINGS) & is_too_long(halvings), lambda halvings: halvings + 1, 0
    )
    return jnp.where(found < _MOST_HALVINGS, 0.5**found, 0.0)


def _regularised(gram: Any, right: Any) -> Any:
    """(gram + ridge·mean diagonal·I)⁻¹ right; the ridge starts at 1e-14 and grows until Cholesky succeeds."""
    mean = jnp.mean(jnp.diagonal(gram))
    shift = mean * jnp.eye(len(gram))

    def factor(ridge: Any) -> Any:
        return jnp.linalg.cholesky(gram + ridge * shift)

    def grown(carry: tuple[Any, Any]) -> tuple[Any, Any]:
        ridge = 10 * carry[0]
        return ridge, factor(ridge)

    def has_failed(carry: tuple[Any, Any]) -> Any:
        return ~jnp.isfinite(carry[1]).all() & jnp.isfinite(mean) & (carry[0] < _MOST_RIDGE)

    ridge = jnp.float64(_RIDGE)
    _, lower = jax.lax.while_loop(has_failed, grown, (ridge, factor(ridge)))
    return jax.scipy.linalg.cho_solve((lower, True), right)


def _raised(lane: Lane) -> tuple[Any, Any]:
    """Every branch raised to the size of the solution: the nearly linear end of the homotopy."""

    def raised(logs: Any) -> Any:
        return jnp.where(jnp.isfinite(logs), jnp.maximum(logs, lane.log_reference), -jnp.inf)

    return raised(lane.growing), raised(lane.shrinking)


def _gap(here: Any, there: Any) -> Any:
    """There − here, and 0 for an absent branch."""
    is_there = jnp.isfinite(there)
    return jnp.where(is_there, jnp.where(is_there, there, 0.0) - jnp.where(is_there, here, 0.0), 0.0)


def _between(here: Any, there: Any, share: Any) -> Any:
    return jnp.where(share >= 1, there, here + share * _gap(here, there))


def _either(condition: Any, first: _State, second: _State) -> _State:
    return jax.tree.map(lambda one, other: jnp.where(condition, one, other), first, second)
