"""What a reproduction says: sections with figures, tables and claims, each claim a number that must come out.

Plain data: papers make it, the report draws it, and neither knows the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

Points = Float[np.ndarray, " k"]


@dataclass(frozen=True)
class Claim:
    """A statement with a number in it.

    Attributes:
        statement: what is claimed, in a sentence without its number.
        expected: the number that theory gives.
        measured: the number that came out.
        tolerance: how far apart they may be; of a bound, how far it may be overstepped.
        band: (low, high) 95 % confidence of the measured number over seeds; None where it has no spread.
        sense: "near" for a number that must come out; "at least" or "at most" where `expected` is a bound.

    Example:
        >>> Claim("the gap falls as a power of the scale", expected=1.0, measured=1.02, tolerance=0.05).passed
        True
        >>> Claim("the null part moves", expected=1e6, measured=3e13, sense="at least").passed
        True
    """

    statement: str
    expected: float
    measured: float
    tolerance: float = 0.0
    band: tuple[float, float] | None = None
    sense: Literal["near", "at least", "at most"] = "near"

    @property
    def passed(self) -> bool:
        """Whether the measured number lies within the tolerance, or on its side of the bound; a NaN does not."""
        if self.sense == "near":
            return bool(abs(self.measured - self.expected) <= self.tolerance)
        excess = self.measured - self.expected
        return bool((excess if self.sense == "at most" else -excess) <= self.tolerance)


@dataclass(frozen=True)
class Curve:
    """One line or cloud of a figure.

    Attributes:
        label: for the legend. A prediction whose label holds that of a measured curve, as "law, h = 1" does that of
            "h = 1", has its colour; any other stands for all of them, in ink.
        x: abscissas (k,).
        y: ordinates (k,): medians where there are several seeds.
        kind: "measured" is drawn as markers, "predicted" as a line; so is "reference", which is there to compare with
            and foretells nothing.
        low: lower end of the 95 % band (k,), or None.
        high: upper end of the band (k,), or None.
    """

    label: str
    x: Points
    y: Points
    kind: Literal["measured", "predicted", "reference"] = "measured"
    low: Points | None = None
    high: Points | None = None


@dataclass(frozen=True)
class Figure:
    """A picture: curves on common axes, and the paragraph that says what a reader should see."""

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    paragraph: str
    x_scale: Literal["linear", "log"] = "log"
    y_scale: Literal["linear", "log"] = "log"


@dataclass(frozen=True)
class Table:
    """Rows of cells under a header, with a sentence on what they show."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    paragraph: str


@dataclass(frozen=True)
class Section:
    """One experiment.

    Attributes:
        name: short, as "E1".
        title: what is asked.
        paragraph: how it was done and what came out, for a reader who has not seen the paper.
        figures: pictures.
        tables: tables.
        claims: numbers that must come out.
    """

    name: str
    title: str
    paragraph: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    claims: tuple[Claim, ...] = ()
