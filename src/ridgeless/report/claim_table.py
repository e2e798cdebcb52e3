"""Claims as rows of texts, for pages and consoles alike."""

from __future__ import annotations

import math

from ridgeless.claims import Claim
from ridgeless.report.numerals import number

CLAIM_HEAD = ("claim", "expected", "measured", "tolerance", "95 % band", "outcome")
_FEWEST_DIGITS, _MOST_DIGITS = 3, 12
# A band, and an outcome, stay on one line.
_TIED = "\N{NO-BREAK SPACE}"


def claim_row(claim: Claim) -> tuple[str, ...]:
    """The cells under `CLAIM_HEAD`: numbers to a tenth of the tolerance, so that they show the outcome.

    Example:
        >>> claim_row(Claim("slope", expected=1.0, measured=1.0000004, tolerance=1e-6))[:4]
        ('slope', '1', '1.0000004', '10⁻⁶')
    """
    digits = _digits(claim)
    band = "none"
    if claim.band is not None:
        band = f"{_TIED}to{_TIED}".join(number(end, digits) for end in claim.band)
    return (
        claim.statement,
        number(claim.expected, digits),
        number(claim.measured, digits),
        number(claim.tolerance, 2),
        band,
        f"✓{_TIED}holds" if claim.passed else f"✗{_TIED}fails",
    )


def _digits(claim: Claim) -> int:
    size = max((abs(value) for value in (claim.expected, claim.measured) if math.isfinite(value)), default=0.0)
    if claim.tolerance <= 0:
        return _MOST_DIGITS
    if size == 0 or not math.isfinite(claim.tolerance):
        return _FEWEST_DIGITS
    wanted = math.ceil(math.log10(size / claim.tolerance)) + 2
    return min(max(wanted, _FEWEST_DIGITS), _MOST_DIGITS)
