"""The result of reproducing a paper, as plain data: sections with figures, tables and numerical claims.

Papers produce these objects and the report draws them, so that neither package imports the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from ridgeless._core.brief import brief
from ridgeless._core.cards import card

Points = Float[np.ndarray, " k"]
ClaimVerdict = Literal["passed", "failed", "undecided"]
_HELD: dict[ClaimVerdict, str] = {"passed": "holds", "failed": "fails", "undecided": "undecided"}


@dataclass(frozen=True)
class Claim:
    """A numerical statement of a paper, with the expected and the measured number.

    Attributes:
        statement: what is claimed, in a sentence without its number.
        expected: the number that theory gives.
        measured: the number that was measured.
        tolerance: how far apart they may be; of a bound, by how much it may be violated.
        band: (low, high) 95 % confidence interval of the measured number over seeds; None where it has no spread.
        sense: "near" where the numbers must agree; "at least" or "at most" where `expected` is a bound.

    Example:
        >>> Claim("the gap falls as a power of the scale", expected=1.0, measured=1.02, tolerance=0.05).passed
        True
        >>> Claim("the null part moves", expected=1e6, measured=3e13, sense="at least").passed
        True
        >>> Claim("the error falls", expected=1.0, measured=0.9, band=(0.7, 1.2), sense="at most").verdict
        'undecided'
    """

    statement: str
    expected: float
    measured: float
    tolerance: float = 0.0
    band: tuple[float, float] | None = None
    sense: Literal["near", "at least", "at most"] = "near"

    @property
    def verdict(self) -> ClaimVerdict:
        """One of "passed", "failed" and "undecided".

        Undecided is a bound that lies inside the band of the measured number. A number that must agree is judged by
        its tolerance alone, which is chosen with its spread in mind. A measured NaN fails.
        """
        if self._straddles_its_bound:
            return "undecided"
        if self.sense == "near":
            return "passed" if abs(self.measured - self.expected) <= self.tolerance else "failed"
        excess = self.measured - self.expected
        return "passed" if (excess if self.sense == "at most" else -excess) <= self.tolerance else "failed"

    @property
    def passed(self) -> bool:
        """Whether the verdict is "passed"."""
        return self.verdict == "passed"

    @property
    def failed(self) -> bool:
        """Whether the verdict is "failed", which an undecided claim's is not."""
        return self.verdict == "failed"

    @property
    def _straddles_its_bound(self) -> bool:
        """Whether the bound, moved by the tolerance, lies strictly inside the band."""
        if self.sense == "near" or self.band is None or math.isnan(self.measured):
            return False
        bound = self.expected + (self.tolerance if self.sense == "at most" else -self.tolerance)
        low, high = self.band
        return low < bound < high

    def _told(self) -> list[str]:
        """A row of a table: whether it holds, and its numbers."""
        sense = "" if self.sense == "near" else f"{self.sense} "
        band = "" if self.band is None else f" ({self.band[0]:.4g} to {self.band[1]:.4g})"
        expected = f"{sense}{self.expected:.4g}" + (f" ± {self.tolerance:.2g}" if self.tolerance else "")
        return [_HELD[self.verdict], self.statement, expected, f"{self.measured:.4g}{band}"]

    def _repr_html_(self) -> str:
        verdict, statement, expected, measured = self._told()
        return card(f"{verdict}: {statement}", [("expected", expected), ("measured", measured)])


@dataclass(frozen=True)
class Curve:
    """One curve of a figure.

    Attributes:
        label: for the legend. A prediction whose label contains that of a measured curve, as "law, h = 1" contains
            "h = 1", is drawn in that curve's colour; any other prediction is drawn in black.
        x: abscissas (k,).
        y: ordinates (k,): medians where there are several seeds.
        kind: "measured" is drawn as markers, "predicted" and "reference" as lines; a reference is drawn for
            comparison and predicts nothing.
        low: lower end of the 95 % band (k,), or None.
        high: upper end of the band (k,), or None.
    """

    label: str
    x: Points
    y: Points
    kind: Literal["measured", "predicted", "reference"] = "measured"
    low: Points | None = None
    high: Points | None = None

    __repr__ = brief


@dataclass(frozen=True)
class Figure:
    """A figure: curves on common axes, and a paragraph that says what they show."""

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    paragraph: str
    x_scale: Literal["linear", "log"] = "log"
    y_scale: Literal["linear", "log"] = "log"

    __repr__ = brief


@dataclass(frozen=True)
class Table:
    """Rows of cells under a header, with a sentence on what they show."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    paragraph: str

    __repr__ = brief


@dataclass(frozen=True)
class Section:
    """The section of one experiment in the report of a paper.

    Attributes:
        name: short, such as "E1".
        title: the question of the experiment.
        paragraph: the method and the result, for a reader who has not seen the paper.
        figures: its figures.
        tables: its tables.
        claims: its numerical claims.
    """

    name: str
    title: str
    paragraph: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    claims: tuple[Claim, ...] = ()

    __repr__ = brief

    def _repr_html_(self) -> str:
        held = sum(claim.passed for claim in self.claims)
        rows = [["", "claim", "expected", "measured"], *(claim._told() for claim in self.claims)]
        return card(f"{self.name}: {self.title} ({held} of {len(self.claims)} claims hold)", rows=rows)
