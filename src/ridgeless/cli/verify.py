"""`ridgeless verify`: a saved solution against a rigorous enclosure of the limit. Loaded when it is asked for."""

from __future__ import annotations

import numpy as np

from ridgeless.certificates import Enclosure
from ridgeless.solution import Solution


def report_lines(solution: Solution, found: Enclosure, within: float) -> list[str]:
    """The lines that `ridgeless verify` prints, the verdict last."""
    configuration = solution.provenance.get("configuration", {})
    heading = [f"{solution.system!r}"]
    if "network" in configuration:
        heading.append(f"{configuration['network']} from {configuration.get('init', 'a start of its own')}")
    lower, upper = found.distance(solution.x)
    size = np.linalg.norm(solution.x)
    return [
        *heading,
        f"{solution.status.name}: {solution.message}",
        repr(found),
        f"the stored x: ‖x‖₂ = {size:.6g}, ‖x − x∞‖/‖x‖ from {lower:.6e} to {upper:.6e}",
        verdict(lower, upper, within),
    ]


def is_verified(solution: Solution, found: Enclosure, within: float) -> bool:
    """Whether the stored x is proved to be as near as asked for."""
    return found.distance(solution.x)[1] <= within


def verdict(lower: float, upper: float, within: float) -> str:
    """The verdict in one sentence.

    Example:
        >>> verdict(2e-16, 3e-16, 1e-7)
        'verified: x is the limit, to 3.0e-16 of its length (asked: 1.0e-07).'
        >>> verdict(0.1, 0.2, 1e-7)
        'refuted: x is not the limit, it is 1.0e-01 of its length away at least (asked: 1.0e-07).'
        >>> verdict(1e-8, 1e-6, 1e-7)
        'undecided: x is between 1.0e-08 and 1.0e-06 of its length away (asked: 1.0e-07); ask for more digits.'
    """
    if upper <= within:
        return f"verified: x is the limit, to {upper:.1e} of its length (asked: {within:.1e})."
    if lower > within:
        return f"refuted: x is not the limit, it is {lower:.1e} of its length away at least (asked: {within:.1e})."
    return (
        f"undecided: x is between {lower:.1e} and {upper:.1e} of its length away (asked: {within:.1e}); ask for more "
        "digits."
    )
