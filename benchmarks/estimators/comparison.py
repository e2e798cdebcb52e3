"""Paired comparison of methods over splits that may overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np


class Verdict(Enum):
    """A method beside another, by mean loss: apart by more than one standard error, or not."""

    WIN = "win"
    TIE = "tie"
    LOSS = "loss"


@dataclass(frozen=True)
class Paired:
    """Mean loss of a method less that of another, on the same splits.

    Attributes:
        difference: below 0 where the method is better.
        error: its standard error.
    """

    difference: float
    error: float

    @property
    def verdict(self) -> Verdict:
        """Win, tie or loss of the method."""
        if abs(self.difference) <= self.error:
            return Verdict.TIE
        return Verdict.WIN if self.difference < 0 else Verdict.LOSS


def corrected_error(differences: np.ndarray, overlap: float) -> float:
    """Standard error of the mean of J differences: √((1/J + n₂/n₁)·s²) (Nadeau and Bengio 2003, section 3, equation 7).

    Random splits of one data set share samples, and so their differences correlate, by n₂/(n₁ + n₂) if they do so as
    test sets of n₂ and training sets of n₁ samples make it plausible. Independent splits have overlap 0.

    Args:
        differences: one for each split, shape (J,), J ≥ 2.
        overlap: n₂/n₁, test over training samples.

    Example:
        >>> round(corrected_error(np.array([1.0, 3.0]), overlap=0.25), 6)
        1.224745
    """
    return float(np.sqrt((1 / len(differences) + overlap) * np.var(differences, ddof=1)))


def paired(losses: np.ndarray, others: np.ndarray, overlap: float) -> Paired:
    """A method beside another: losses on the same splits, shape (J,)."""
    differences = losses - others
    return Paired(float(differences.mean()), corrected_error(differences, overlap))


@dataclass(frozen=True)
class Comparison:
    """All methods on one row.

    Attributes:
        row: its name.
        overlap: test over training samples, 0 where splits are independent.
        losses: by method, one loss for each split that every method has done, shape (J,); infinite where it failed.
    """

    row: str
    overlap: float
    losses: Mapping[str, np.ndarray]

    @property
    def splits(self) -> int:
        """J."""
        return len(next(iter(self.losses.values())))

    def mean(self, method: str) -> float:
        """Mean loss."""
        return float(self.losses[method].mean())

    def best(self, among: Sequence[str]) -> str:
        """The method of the least mean loss, of those that are there."""
        return min((name for name in among if name in self.losses), key=self.mean)

    def paired(self, method: str, other: str) -> Paired:
        """A method beside another. One that failed on a split loses."""
        ours, theirs = self.losses[method], self.losses[other]
        if not np.all(np.isfinite(ours)):
            return Paired(np.inf, 0.0)
        if not np.all(np.isfinite(theirs)):
            return Paired(-np.inf, 0.0)
        return paired(ours, theirs, self.overlap)


def geometric_mean(ratios: Sequence[float]) -> float:
    """(Π r_k)^(1/K).

    Example:
        >>> round(geometric_mean([1.0, 4.0]), 12)
        2.0
    """
    return float(np.exp(np.mean(np.log(ratios))))
