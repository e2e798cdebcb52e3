"""`rl.cite`: how to cite the library, and what an answer rests on."""

from __future__ import annotations

from ridgeless._core.bibliography import Citations, citations
from ridgeless.errors import InvalidInputError
from ridgeless.solution import Solution


def cite(solution: Solution | None = None) -> Citations:
    """BibTeX of this library, and of the papers behind a solution: of its theorem, and of its training method.

    Args:
        solution: what a verb returned; None for the library alone.

    Returns:
        Text that pastes into a .bib file; it prints without quotes.

    Raises:
        InvalidInputError: something else than a solution.

    Example:
        >>> import ridgeless as rl
        >>> rl.cite()
        @misc{ridgeless,
          author = {{The ridgeless developers}},
          title  = {{ridgeless}: which solution of an underdetermined system does training pick?},
          year   = {2026},
          note   = {Version 0.1.0},
        }
    """
    if solution is None:
        return citations([])
    if not isinstance(solution, Solution):
        raise InvalidInputError(
            f"cite: got a {type(solution).__name__}; pass what rl.limit or rl.train returned, or nothing."
        )
    return solution.cite()
