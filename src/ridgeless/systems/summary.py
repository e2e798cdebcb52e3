"""A system on one line, and what a notebook shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.linalg import LinearOperator

from ridgeless._core.arrays import norm
from ridgeless._core.brief import told
from ridgeless._core.cards import card, stems
from ridgeless._core.numbers import counted
from ridgeless.systems.blocks import ColumnBlocks

if TYPE_CHECKING:
    from ridgeless.systems.linear import LinearSystem

_NAMED = 5


def line_of(self: LinearSystem) -> str:
    """Its size, and of which kind A is."""
    kinds = ((ColumnBlocks, "dask blocks"), (LinearOperator, "operator"), (np.ndarray, "dense"))
    kind = next((name for form, name in kinds if isinstance(self.A, form)), "sparse")
    label = f" {self.name!r}" if self.name else ""
    known = ", truth known" if self.truth is not None else ""
    how = "" if self.representation is None else self.representation.note
    equations, unknowns = (counted(size, noun) for size, noun in zip(self.shape, ("equation", "unknown"), strict=True))
    return f"<LinearSystem{label}: {equations}, {unknowns}, {kind}{how}{known}>"


def html_of(self: LinearSystem) -> str:
    """A line that opens to what is known of a system without work: nothing is factorised for it."""
    facts = {"A": told(self.A).strip("<>"), "b": f"{told(self.b).strip('<>')}, ‖b‖ = {norm(self.b):.6g}"}
    if self.names is not None:
        more = f", … ({len(self.names)} in all)" if len(self.names) > _NAMED else ""
        facts["unknowns"] = ", ".join(self.names[:_NAMED]) + more
    if self.representation is not None:
        facts["x stands for"] = self.representation.note.removeprefix(", ")
    picture = ""
    if self.truth is not None:
        facts["truth"] = f"‖x‖₂ = {norm(self.truth):.6g}, {np.count_nonzero(self.truth)} entries that are not 0"
        picture = stems(self.truth, "the entries of the truth")
    if self.rank_decision is not None:
        facts["rank"] = self.rank_decision.note
    return card(line_of(self)[1:-1], facts.items(), picture)
