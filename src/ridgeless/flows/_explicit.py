"""Explicit integration of a flow by diffrax, to a time, to an event, or for 4096 steps."""

from __future__ import annotations

from typing import Any

import diffrax

from ridgeless.flows import _jax

RELATIVE = 1e-12
_STEPS_PER_CALL = 4096


def integrate(velocity: Any, has_ended: Any, theta: Any, arrays: Any, span: tuple[Any, Any], absolute: Any) -> Any:
    """Dormand and Prince's method of order 8, inside a compiled program.

    Time is counted from the beginning of the span: its first step would be lost in the rounding of a late time.

    Args:
        velocity: (time, theta, arrays) ↦ dtheta/dt.
        has_ended: (time, theta, arrays) ↦ whether to stop before the end of the span.
        theta: the weights at the beginning.
        arrays: handed to both.
        span: (from, to).
        absolute: tolerance on the error of one step, beside 1e-12 of each entry.

    Returns:
        (theta, time, accepted steps, whether the integrator is fine) where it stopped.
    """
    length = span[1] - span[0]
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(velocity),
        diffrax.Dopri8(),
        t0=0.0,
        t1=length,
        dt0=None,
        y0=theta,
        args=arrays,
        saveat=diffrax.SaveAt(t1=True),
        stepsize_controller=diffrax.PIDController(rtol=RELATIVE, atol=absolute),
        event=diffrax.Event(has_ended),
        adjoint=diffrax.ForwardMode(),
        max_steps=_STEPS_PER_CALL,
        throw=False,
    )
    last: Any = _jax.jax.tree.map(lambda leaf: leaf[-1], solution.ys)
    times: Any = solution.ts
    results = diffrax.RESULTS
    is_fine = (
        (solution.result == results.successful)
        | (solution.result == results.event_occurred)
        | (solution.result == results.max_steps_reached)
    )
    reached = _jax.jnp.where(times[-1] >= length, span[1], span[0] + times[-1])
    return last, reached, solution.stats["num_accepted_steps"], is_fine
