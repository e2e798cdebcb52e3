"""What a `LinearSystem` stores: its arguments, checked and brought into the form that is computed with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ridgeless._core.arrays import Dual
from ridgeless.systems.arguments import checked_readout, checked_truth, refuse_other_length, with_rows_checked
from ridgeless.systems.complex_parts import doubled_labels, is_complex, stacked_matrix, stacked_vector
from ridgeless.systems.names import Labels, Named, aligned, checked_names, named, vector
from ridgeless.systems.normalize import as_system_matrix
from ridgeless.systems.precision import precision_of_types
from ridgeless.systems.rank_decision import checked_rcond, decide_rank
from ridgeless.systems.representation import Representation, checked_basis


@dataclass(frozen=True, eq=False)
class _Equations:
    """Real equations as they were given.

    Attributes:
        values: A, not yet in its final form.
        rhs: (n,) b, in the order of the labels of A.
        labels: labels of the equations.
        columns: names of the columns of A, where it has some.
        is_complex: whether they are the real form of complex equations.
    """

    values: Any
    rhs: Dual
    labels: Labels | None
    columns: tuple[str, ...] | None
    is_complex: bool


def stored(system: Any, basis: Any) -> dict[str, Any]:
    """The attributes of a system of given fields, and the factorisation if the decision on the rank needed one.

    Args:
        system: whose fields are as the user gave them. Where it has a `representation`, they are those of another
            system, and A is already real and on coefficients.
        basis: as the user gave it.

    Raises:
        InvalidInputError: as `LinearSystem`.
    """
    rcond, wanted = checked_rcond(system.rcond), checked_basis(basis)
    given = named(system.A, "LinearSystem", "A")
    found = _equations(given, system.b)
    matrix = as_system_matrix(with_rows_checked(found.values, found.rhs))
    refuse_other_length(matrix.shape, found.rhs)
    rhs, decision, factorised = found.rhs, system.rank_decision, {}
    if decision is None:
        known = precision_of_types(given.values, system.b) if rcond is None else rcond
        matrix, rhs, decision, space = decide_rank(matrix, rhs, known)
        factorised = {} if space is None else {"row_space": space}
    represented = system.representation
    is_new = represented is None and (wanted is not None or found.is_complex)
    if is_new:
        represented = Representation(wanted, found.is_complex)
    new = represented if is_new else None
    design = matrix if new is None else new.of_matrix(matrix, "A")
    shape = (int(design.shape[0]), int(design.shape[1]))
    names = _names(system.names, found, shape[1], new)
    truth = system.truth if new is None or system.truth is None else new.unknowns(system.truth)
    attributes = {
        "A": design,
        "b": rhs,
        "truth": checked_truth(truth, shape, names),
        "names": names,
        "rcond": rcond,
        "readout": design if system.readout is system.A else _readout(system.readout, matrix.shape, names, new),
        "rank_decision": decision,
        "representation": represented,
        "basis": None if represented is None else represented.basis,
        "labels": found.labels,
        # The factorisation is that of A alone.
        **({} if new is not None and new.basis is not None else factorised),
    }
    _freeze(attributes)
    return attributes


def _equations(given: Named, b: Any) -> _Equations:
    """The equations, the real form of complex ones."""
    A, rows, call = given.values, given.rows, ("LinearSystem", "b")
    halved = is_complex(A) or is_complex(b)
    rhs, labels = stacked_vector(b, *call) if halved else vector(b, *call)
    if halved and hasattr(A, "shape"):
        refuse_other_length(tuple(A.shape), rhs[: len(rhs) // 2])
    rows = doubled_labels(rows) if halved else rows
    rhs = aligned(rhs, labels, rows, *call, "A")
    return _Equations(stacked_matrix(A) if halved else A, rhs, rows or labels, given.columns, halved)


def _names(given: Any, found: _Equations, unknowns: int, new: Representation | None) -> tuple[str, ...] | None:
    """Names of the unknowns: those given, else those of the columns of A, which a basis mixes."""
    names = found.columns if given is None and (new is None or new.basis is None) else given
    if new is None or not new.is_complex:
        return checked_names(names, unknowns)
    halves = checked_names(names, unknowns // 2)
    return None if halves is None else tuple(f"{part} {name}" for part in ("Re", "Im") for name in halves)


def _readout(readout: Any, shape: Any, names: Any, new: Representation | None) -> Any:
    """The readout matrix on the unknowns; `shape` is that of the equations on the signal."""
    if readout is None or new is None:
        return checked_readout(readout, (int(shape[0]), int(shape[1])), names)
    matrix = checked_readout(stacked_matrix(readout) if new.is_complex else readout, shape, None)
    return new.of_matrix(matrix, "readout")


def _freeze(attributes: dict[str, Any]) -> None:
    """Make every array read-only: it must not change after it has been factorised."""
    for name in ("A", "b", "truth", "readout"):
        for array in (attributes[name], getattr(attributes[name], "data", None)):
            if isinstance(array, np.ndarray):
                array.setflags(write=False)
