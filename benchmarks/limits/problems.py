"""The systems of the table: sparse truths, one that is too dense to be recovered, a real one, a correlated one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.signal

_RIBOFLAVIN = Path(__file__).resolve().parents[3] / "shared" / "data" / "riboflavin.npz"
_CORRELATION = 0.9


@dataclass(frozen=True)
class Case:
    """A system A x = b and what to call it."""

    name: str
    A: np.ndarray
    b: np.ndarray


def cases() -> Iterator[Case]:
    """All of them, one at a time; riboflavin where its file is."""
    for equations, unknowns, nonzeros in ((200, 1000, 20), (500, 5000, 40), (500, 5000, 150), (300, 30000, 30)):
        yield _gaussian(equations, unknowns, nonzeros)
    yield _gaussian(300, 3000, 30, _correlated, f", neighbours correlated by {_CORRELATION}")
    if _RIBOFLAVIN.exists():
        stored = np.load(_RIBOFLAVIN)
        A, b = stored["x"].astype(float), stored["y"].astype(float)
        A = (A - A.mean(axis=0)) / A.std(axis=0)
        yield Case("riboflavin, 71×4088, columns standardized, b centred", A, b - b.mean())


def _gaussian(
    equations: int,
    unknowns: int,
    nonzeros: int,
    change: Callable[[np.ndarray], np.ndarray] = lambda A: A,
    suffix: str = "",
) -> Case:
    rng = np.random.default_rng([equations, unknowns, nonzeros])
    A = change(rng.standard_normal((equations, unknowns)))
    truth = np.zeros(unknowns)
    truth[rng.choice(unknowns, nonzeros, replace=False)] = rng.standard_normal(nonzeros)
    return Case(f"{equations}×{unknowns}, {nonzeros} nonzeros{suffix}", A, A @ truth)


def _correlated(A: np.ndarray) -> np.ndarray:
    """Each row an autoregressive sequence."""
    innovation = np.sqrt(1 - _CORRELATION**2)
    return np.ascontiguousarray(scipy.signal.lfilter([innovation], [1.0, -_CORRELATION], A, axis=1))
