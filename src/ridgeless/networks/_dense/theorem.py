"""The theorem that covers a start of a dense network, if any; the order of the tests is part of the contract."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from ridgeless._core.arrays import Vector
from ridgeless.networks._dense import reachable, saddles
from ridgeless.networks.base import Theta
from ridgeless.potentials import Bias, NoTheorem, Quadratic, Radial
from ridgeless.systems import LinearSystem

_EXACT = 1e-12
# Training that starts nearer to a saddle than this multiplies what is left out of account by as much as it grows.
_NEARLY = 1e-6
# What a Gram matrix shows of singular values beyond doubt.
_CLEAR = 1e-6
_GRUBER = "Gruber and Avron 2024, arXiv 2402.02454"
_ADVICE = (
    "Start from a rank-one chain (rl.inits.Chain), put W_1 in the row space of A (rl.inits.RowSpace, or "
    "rl.inits.project_rows(theta0, system)), or train it: rl.train(system, network, init, rl.flows.GradientFlow())."
)


def theorem(theta0: Theta, system: LinearSystem) -> Bias | NoTheorem:
    """The bias of W_1 … W_h w from theta0: regression, row-space start, chain, null-space start, or none."""
    matrices, vector = theta0["W"], theta0["w"]
    if not matrices:
        return Bias(Quadratic(), vector, f"{_GRUBER}, first context")
    if saddles.is_saddle(theta0, system):
        return NoTheorem(
            "the start is a saddle: every gradient vanishes there though Ax ≠ b, and training never leaves it",
            "Move at least one more layer away from 0.",
        )
    if saddles.heads_for_saddle(theta0, system):
        return NoTheorem(
            "the start points straight away from the solutions and two of its layers are equal: gradient flow shrinks "
            "them together, ends at the saddle x = 0, and rounding alone decides what comes after",
            "Turn the sign of w, or make one layer smaller than all others (rl.inits.Chain(scale, ratio=2.0)).",
        )
    null_part = system.project_null(matrices[0])
    size = float(np.linalg.norm(matrices[0]))
    null_size, reach = float(np.linalg.norm(null_part)), _largest_layer(theta0, system)
    if null_size <= _EXACT * size:
        return _shortest(system, "P_N W_1 = 0 is kept", null_size * reach ** len(matrices))
    chain = _chain_of(theta0)
    if isinstance(chain, _Chain) and chain.is_certain:
        return _chain_bias(chain, chain.misfit * reach ** (len(matrices) + 1))
    row_part = matrices[0] - null_part
    row_size = float(np.linalg.norm(row_part))
    if len(matrices) == 1 and row_size <= _EXACT * size:
        return replace(_null_start_bias(matrices[0], vector, system), departure=row_size * reach)
    if not saddles.is_saddle(theta0, system, _NEARLY):
        share = reachable.null_share(theta0, null_part, system)
        if share <= _EXACT:
            reason = "no gradient meets P_N W_1 (one hidden layer: Min et al. 2021, arXiv 2105.06351)"
            return _shortest(system, reason, share * size * reach ** len(matrices))
    return NoTheorem(_reason(chain, row_part, null_part, size, len(matrices)), _ADVICE)


def _largest_layer(theta0: Theta, system: LinearSystem) -> float:
    """A bound, up to a small factor, on the norm of every layer on its way to the solutions.

    With one hidden layer W_1ᵀW_1 − w wᵀ is kept, so that s = ‖w∞‖² has s² ≤ s·(‖W_1‖² + ‖w‖²) + ‖x∞‖². More layers
    keep the differences of their squared norms, and end as balanced as they began.
    """
    layers = [*theta0["W"], theta0["w"]]
    begun = sum(float(np.sum(layer**2)) for layer in layers)
    return float(np.sqrt(begun + float(np.linalg.norm(system.min_norm())) ** (2 / len(layers))))


def is_ruled_out(theta0: Theta, seen: np.ndarray) -> bool:
    """Whether `theorem` finds none, judged from inner products of columns at little cost; False in doubt.

    Args:
        theta0: the start, with at least one matrix.
        seen: W_1 in coordinates on the row space, V = B W_1.
    """
    first, *inner = theta0["W"]
    gram, gram_seen = first.T @ first, seen.T @ seen
    gram_null, size = gram - gram_seen, float(np.trace(gram))
    if np.trace(gram_null) <= _CLEAR * size or (not inner and np.trace(gram_seen) <= _CLEAR * size):
        return False
    if max(_second_of_gram(gram), *(_second_size(layer) for layer in inner), 0.0) <= _CLEAR:
        return False
    # Of some direction that gradients meet, a clear part lies in the null space.
    space = reachable.met_of_first(seen, inner, theta0["w"])
    return bool(np.any(np.sum(space * (gram_null @ space), axis=0) > _CLEAR * size))


def metric_floor(theta0: Theta, system: LinearSystem) -> float:
    """Least eigenvalue of the tangent metric at all times, c^(2h/(h+1)), on chains with δ ≥ 0; 0 elsewhere.

    The loss never rises, so that ‖x‖ ≥ c = (‖b‖ − ‖Ax₀ − b‖)/σ_max(A); and ‖x‖ = ‖first‖·∏|a_j| with every |a_j| at
    least ‖first‖, so that M ≥ ∏a_j² ≥ ‖x‖^(2h/(h+1)) (Arora, Cohen, Golowich and Hu 2019, for balanced layers).
    """
    chain = _chain_of(theta0)
    if not isinstance(chain, _Chain) or not chain.is_certain:
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        start = chain.first * float(np.prod(chain.factors))
    if not np.isfinite(start).all():
        return 0.0
    size = float(np.linalg.norm(system.b))
    nearer = size - float(np.linalg.norm(system.matvec(start) - system.b))
    if nearer <= _EXACT * size:
        return 0.0
    hidden = len(chain.factors)
    return (nearer / system.spectral_norm) ** (2 * hidden / (hidden + 1))


@dataclass(frozen=True)
class _Chain:
    """A start that trains like a network of width one: x = first·a_1 ⋯ a_h.

    Attributes:
        first: (d,) the trained vector, W_1 times its right singular vector.
        factors: (h,) a_j, the other layers along the chain.
        misfit: the largest part by which a layer is not of rank one, or not aligned with the next.
    """

    first: Vector
    factors: Float[np.ndarray, " h"]
    misfit: float

    @property
    def imbalances(self) -> Float[np.ndarray, " h"]:
        """δ_j = a_j² − ‖first‖², conserved."""
        return self.factors**2 - float(self.first @ self.first)

    @property
    def largest(self) -> float:
        """The largest squared norm among the layers: the unit that δ is judged in."""
        return max(float(np.max(self.factors**2)), float(self.first @ self.first))

    @property
    def is_certain(self) -> bool:
        """Whether every δ_j ≥ 0, so that no a_j changes its sign."""
        return float(np.min(self.imbalances)) >= -_EXACT * self.largest


def _chain_of(theta0: Theta) -> _Chain | str:
    """The chain that theta0 is, or the sentence that says how far from one it is."""
    factors = [*theta0["W"], theta0["w"][:, None]]
    decompositions, misfits = [], [0.0]
    for index, factor in enumerate(factors, start=1):
        second = _second_size(factor)
        if second <= _CLEAR:
            decompositions.append(_svd(factor))
            sizes = decompositions[-1][1]
            if sizes[0] == 0:
                return f"layer {index} starts at 0"
            second = sizes[1] / sizes[0] if len(sizes) > 1 else 0.0
        if second > _EXACT:
            return f"layer {index} is not of rank one: its second singular value is {second:.1e} of the first"
        misfits.append(second)
    first = decompositions[0][0][:, 0] * decompositions[0][1][0]
    right = decompositions[0][2][0]
    amounts = []
    for index, (left, sizes, rights) in enumerate(decompositions[1:], start=2):
        cosine = float(right @ left[:, 0])
        misfit = float(np.linalg.norm(left[:, 0] - cosine * right))
        if misfit > _EXACT:
            return f"layers {index - 1} and {index} are not aligned: the sine between them is {misfit:.1e}"
        misfits.append(misfit)
        amounts.append(sizes[0] * np.sign(cosine))
        right = rights[0]
    amounts[-1] *= right[0]  # the last factor is a column: its right singular vector is ±1
    return _Chain(first, np.array(amounts), max(misfits))


def _second_size(factor: np.ndarray) -> float:
    """The second singular value over the first, from the Gram matrix: at no cost, and blind below 1e-8."""
    return _second_of_gram(factor.T @ factor if factor.shape[0] > factor.shape[1] else factor @ factor.T)


def _second_of_gram(gram: np.ndarray) -> float:
    spectrum = np.linalg.eigvalsh(gram)
    return float(np.sqrt(max(spectrum[-2], 0.0) / spectrum[-1])) if len(spectrum) > 1 and spectrum[-1] > 0 else 0.0


def _svd(factor: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The thin SVD; of a tall factor by way of QR, as the triangle holds all that is asked of it."""
    if factor.shape[0] <= 2 * factor.shape[1]:
        return np.linalg.svd(factor, full_matrices=False)
    Q, R = np.linalg.qr(factor)
    left, sizes, right = np.linalg.svd(R)
    return Q @ left[:, :1], sizes, right


def _chain_bias(chain: _Chain, departure: float) -> Bias:
    sign = float(np.sign(np.prod(np.sign(chain.factors))))
    return Bias(
        Radial(np.maximum(chain.imbalances, 0.0)),
        sign * chain.first,
        "closed form for width-1 networks; for one neuron Azulay et al. 2021, arXiv 2102.09769",
        ("gradient flow on ½‖A x(θ) − b‖²", "a rank-one chain with a_j² ≥ ‖w‖² for every j"),
        is_mirror_flow=False,
        departure=departure,
    )


def _shortest(system: LinearSystem, reason: str, departure: float) -> Bias:
    """The theorem x∞ = A⁺b."""
    nothing = np.zeros(system.shape[1])
    return Bias(Quadratic(), nothing, f"{_GRUBER}; {reason}", is_mirror_flow=False, departure=departure)


def _null_start_bias(matrix: np.ndarray, vector: Vector, system: LinearSystem) -> Bias:
    """The theorem of h = 1 and P_A W = 0: x∞ = A⁺b + c·W w, with the c of `vector_growth`."""
    # Where w = 0 as well, b is 0 (or this were a saddle), and x stays at 0.
    growth = vector_growth(system.min_norm(), float(vector @ vector) or 1.0)
    return Bias(
        Quadratic(), growth * (matrix @ vector), f"{_GRUBER}; P_A W_1 = 0, one hidden layer", is_mirror_flow=False
    )


def vector_growth(shortest: Vector, squared_size: float) -> float:
    """c = √(½(1 + √(1 + 4‖A⁺b‖²/‖w‖⁴))): w ends at c·w where h = 1 and P_A W = 0.

    Args:
        shortest: A⁺b.
        squared_size: ‖w‖² at the start, above 0.
    """
    return float(np.sqrt((1 + np.hypot(1, 2 * float(np.linalg.norm(shortest)) / squared_size)) / 2))


def _reason(chain: _Chain | str, row_part: np.ndarray, null_part: np.ndarray, size: float, hidden: int) -> str:
    nearly = (
        f"a chain, but its lowest imbalance δ is {np.min(chain.imbalances) / chain.largest:.1e} of the largest layer"
        if isinstance(chain, _Chain)
        else f"not a chain: {chain}"
    )
    reasons = [f"P_N W_1 is {np.linalg.norm(null_part) / size:.1e} of W_1, not 0", nearly]
    if hidden == 1:
        reasons.append(f"P_A W_1 is {np.linalg.norm(row_part) / size:.1e} of W_1, not 0")
    return "the start is " + "; ".join(reasons[1:2] + reasons[:1] + reasons[2:])
