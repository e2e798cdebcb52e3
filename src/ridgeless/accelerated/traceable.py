"""The limit of a depth-2 network as a traceable JAX function, differentiated by the implicit function theorem.

`_homotopy` computes the value; the derivative is one linear solve at the limit, in a basis of the columns with the
largest weights, so that it stays accurate where weights differ by many orders of magnitude.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial, singledispatch
from typing import Any

import jax
import jax.numpy as jnp

from ridgeless.accelerated._homotopy import Lane, solve
from ridgeless.errors import InvalidInputError, NoExactLimit
from ridgeless.limits.depth_two.exponentials import Exponentials
from ridgeless.networks import Difference, Network, Power, Product, TwoBranch

_AIM = 1e-12
_TOLERANCE = 1e-9
# A column whose distance from the span of others is below this part of its length, per equation, lies in the span.
_DEPENDENT = 16 * 2.0**-52


def traceable_limit(network: Network, A: Any, b: Any, theta0: Mapping[str, Any]) -> Any:
    """The limit of gradient flow from theta0, as a function that `jax.jit`, `jax.vmap` and `jax.grad` accept.

    For JAX programs only: arguments and result are JAX arrays, in double precision, so that it is called within
    `jax.enable_x64(True)`. The derivative by A, b and theta0 is exact, by one factorisation at the limit
    (`custom_jvp`; forwards and backwards, and more than once). Everyone else types `rl.limit` and `rl.sensitivity`.

    Args:
        network: `Difference(2)`, `Product(2)`, `Power(2)` or `TwoBranch(2)`.
        A: (n, d), of full row rank.
        b: (n,).
        theta0: the starting weights, in the network's own form.

    Returns:
        x∞ (d,), all of it NaN where the solver did not reach a residual of 1e-9: no status leaves a traced program.

    Raises:
        NoExactLimit: another network.
        InvalidInputError: arrays in single precision.

    Source: the implicit function theorem on A f(Aᵀν) = b, as in `rl.sensitivity`.

    Example:
        >>> import jax, jax.numpy as jnp, numpy as np, ridgeless as rl
        >>> network = rl.networks.Difference(depth=2)
        >>> with jax.enable_x64(True):
        ...     A, b = jnp.array([[1.0, 2.0]]), jnp.array([2.0])
        ...     def first(scale):
        ...         start = {"u": scale * jnp.ones(2), "v": scale * jnp.ones(2)}
        ...         return rl.accelerated.traceable_limit(network, A, b, start)[0]
        ...     slope = float(jax.grad(first)(0.3))
        >>> slope > 0
        True
    """
    positive, negative, rate = amplitudes(network, theta0)
    matrix, rhs = jnp.asarray(A), jnp.asarray(b)
    for name, array in (("A", matrix), ("b", rhs), ("theta0", positive)):
        if array.dtype != jnp.float64:
            raise InvalidInputError(
                f"traceable_limit: {name} is {array.dtype}, double precision is needed; type with "
                "jax.enable_x64(True): around the whole program."
            )
    return _limit(rate, matrix, rhs, _log_square(positive), _log_square(negative))[0]


@singledispatch
def amplitudes(network: Any, theta0: Mapping[str, Any]) -> tuple[Any, Any, float]:  # noqa: ARG001
    """p, m and c of the mirror map x = p²·exp(c z) − m²·exp(−c z), as JAX arrays.

    Raises:
        NoExactLimit: the network's mirror map is another.
    """
    raise NoExactLimit(
        f"traceable_limit: {network} has no mirror map of two exponentials; it is known for Difference(2), Product(2), "
        "Power(2) and TwoBranch(2). Type rl.limit(system, network, init), and rl.sensitivity for its derivative."
    )


@amplitudes.register
def _(network: Difference, theta0: Mapping[str, Any]) -> tuple[Any, Any, float]:
    _require_depth_two(network)
    return jnp.asarray(theta0["u"]), jnp.asarray(theta0["v"]), 4.0


@amplitudes.register
def _(network: Power, theta0: Mapping[str, Any]) -> tuple[Any, Any, float]:
    _require_depth_two(network)
    u = jnp.asarray(theta0["u"])
    return u, jnp.zeros_like(u), 4.0


@amplitudes.register
def _(network: Product, theta0: Mapping[str, Any]) -> tuple[Any, Any, float]:
    _require_depth_two(network)
    layers = jnp.asarray(theta0["layers"])
    return (layers[0] + layers[1]) / 2, (layers[0] - layers[1]) / 2, 2.0


@amplitudes.register
def _(network: TwoBranch, theta0: Mapping[str, Any]) -> tuple[Any, Any, float]:
    _require_depth_two(network)
    plus, minus = jnp.asarray(theta0["plus"]), jnp.asarray(theta0["minus"])
    growing = _hypotenuse(plus[0] + plus[1], minus[0] - minus[1]) / 2
    return growing, _hypotenuse(plus[0] - plus[1], minus[0] + minus[1]) / 2, 2.0


def _require_depth_two(network: Any) -> None:
    """Raise what an unknown network raises, unless the depth is 2."""
    if network.depth != 2:
        amplitudes.dispatch(object)(network, {})


def _hypotenuse(first: Any, second: Any) -> Any:
    """√(first² + second²), with a derivative of 0 where both vanish."""
    is_zero = (first == 0) & (second == 0)
    return jnp.where(is_zero, 0.0, jnp.hypot(jnp.where(is_zero, 1.0, first), second))


def _log_square(amplitude: Any) -> Any:
    """log p², −inf where p = 0, with a derivative of 0 there: an absent branch stays absent."""
    is_absent = amplitude == 0
    return jnp.where(is_absent, -jnp.inf, 2 * jnp.log(jnp.abs(jnp.where(is_absent, 1.0, amplitude))))


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def _limit(rate: float, A: Any, b: Any, growing: Any, shrinking: Any) -> tuple[Any, Any]:
    """x and ν with x = exp(growing + c z) − exp(shrinking − c z), z = Aᵀν and A x = b."""
    return _solve_limit(rate, A, b, growing, shrinking)


@_limit.defjvp
def _derivative(rate: float, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """The rule for forward differentiation of `_limit`."""
    A, _, growing, shrinking = primals
    x, nu = _limit(rate, *primals)
    return (x, nu), _differential(rate, A, growing, shrinking, x, nu, tangents)


# Compiled separately, so that a program that is not compiled as a whole compiles each of the two only once.
@partial(jax.jit, static_argnums=0)
def _solve_limit(rate: float, A: Any, b: Any, growing: Any, shrinking: Any) -> tuple[Any, Any]:
    """x and ν by the homotopy in orthonormal rows; NaN where it misses the residual."""
    Q, R = jnp.linalg.qr(A.T)
    rhs = jax.scipy.linalg.solve_triangular(R, b, trans=1)
    initial = Exponentials(growing, shrinking, rate, jnp).primal(jnp.zeros_like(growing))
    size, start = jnp.linalg.norm(rhs), jnp.linalg.norm(initial)
    reference = jnp.max(jnp.abs(jnp.where(size > 0, Q @ rhs, initial)))
    lane = Lane(
        rows=Q.T,
        rhs=rhs,
        growing=growing,
        shrinking=shrinking,
        size=jnp.where(size > 0, size, jnp.where(start > 0, start, 1.0)),
        log_reference=jnp.log(jnp.where(reference > 0, reference, 1.0)),
    )
    found = solve(lane, rate, _AIM)
    is_right = found.error <= _TOLERANCE
    nu = jax.scipy.linalg.solve_triangular(R, found.nu)
    return jnp.where(is_right, found.x, jnp.nan), jnp.where(is_right, nu, jnp.nan)


@partial(jax.jit, static_argnums=0)
def _differential(
    rate: float, A: Any, growing: Any, shrinking: Any, x: Any, nu: Any, tangents: tuple[Any, ...]
) -> tuple[Any, Any]:
    """dx and dν at the limit, by the formulas of `analysis/_weighted_qr.py` in a basis of columns of large weight."""
    dA, db, d_growing, d_shrinking = tangents
    angle = rate * (A.T @ nu)
    up, down = jnp.exp(growing + angle), jnp.exp(shrinking - angle)
    is_present = up + down > 0
    total = jnp.where(is_present, up + down, 1.0)
    shift = dA.T @ nu + (up * d_growing - down * d_shrinking) / (rate * total)
    weights = jnp.where(is_present, rate * total, 0.0)
    root = jnp.where(is_present, jnp.sqrt(rate * total), 0.0)
    basic = _largest_weight_basis(jax.lax.stop_gradient(A), jax.lax.stop_gradient(root))
    T, factors = _exchange_coefficients(A, basic)
    rhs = jax.scipy.linalg.lu_solve(factors, db - dA @ x)
    is_rest = jnp.ones_like(root).at[basic].set(0.0)
    reduced_shift = is_rest * (shift - T.T @ shift[basic])
    M = T * root / root[basic][:, None]
    gram = jax.scipy.linalg.cho_factor(jnp.eye(len(basic)) + M @ M.T, lower=True)
    pull = jax.scipy.linalg.cho_solve(gram, (rhs - T @ (weights * reduced_shift)) / root[basic]) / root[basic]
    dx = (weights * (reduced_shift + T.T @ pull)).at[basic].set(weights[basic] * pull, unique_indices=True)
    return dx, jax.scipy.linalg.lu_solve(factors, pull - shift[basic], trans=1)


def _exchange_coefficients(A: Any, basic: Any) -> tuple[Any, Any]:
    """T with A_S T = A on the columns outside the basis S, and 0 on those in it; and the LU factors of A_S."""
    columns = A[:, basic]
    factors = jax.scipy.linalg.lu_factor(columns)
    T = jax.scipy.linalg.lu_solve(factors, A)
    # An entry that is only rounding is set to 0: it would be multiplied by the ratio of two weights.
    inverse = jnp.abs(jax.scipy.linalg.lu_solve(factors, jnp.eye(len(basic))))
    noise = _DEPENDENT * len(basic) * (inverse @ (jnp.abs(columns) @ jnp.abs(T)))
    return jnp.where(jnp.abs(T) > noise, T, 0.0).at[:, basic].set(0.0, unique_indices=True), factors


def _largest_weight_basis(A: Any, root: Any) -> Any:
    """S: as many independent columns as rows, chosen greedily by weight times distance from the span so far."""
    sizes = jnp.linalg.norm(A, axis=0)
    tolerance = _DEPENDENT * len(A)

    def step(k: Any, carry: tuple[Any, Any]) -> tuple[Any, Any]:
        remaining, chosen = carry
        lengths = jnp.linalg.norm(remaining, axis=0)
        best = jnp.argmax(jnp.where(lengths > tolerance * sizes, root * lengths, -1.0))
        direction = remaining[:, best] / jnp.where(lengths[best] > 0, lengths[best], 1.0)
        for _ in range(2):
            remaining = remaining - jnp.outer(direction, direction @ remaining)
        return remaining, chosen.at[k].set(best)

    return jax.lax.fori_loop(0, len(A), step, (A, jnp.zeros(len(A), dtype=jnp.int64)))[1]
