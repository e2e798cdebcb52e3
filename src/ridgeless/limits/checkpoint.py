"""Progress reports and checkpoints of a path-following solver, so that a killed computation can be resumed.

After every Newton step the state of the homotopy is reported to the user's function and written to a file. A later
call reads the file, checks that it belongs to the same problem, and continues from there.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ridgeless._core import storage
from ridgeless._core.arrays import Dual, Vector
from ridgeless.errors import InvalidInputError, UnreadableFileError, UnwritableFolderError
from ridgeless.limits.tolerances import TOLERANCES


@dataclass(frozen=True)
class Progress:
    """How far the computation of a limit has come.

    Attributes:
        steps: Newton steps so far.
        share: position on the path from the size of the solution (0) to the start's own scale (1), in the logarithm.
        residual: ‖Ax − b‖/‖b‖ now; it falls to the tolerance only at the end of the path.
        seconds: time since the call began.
    """

    steps: int
    share: float
    residual: float
    seconds: float


@dataclass(frozen=True)
class HomotopyState:
    """The state of a path-following method, from which it can be resumed.

    Attributes:
        t: the parameter of the homotopy, from 0 to 1.
        nu: ν.
        stage: the length in t of the next stage to try.
        steps: Newton steps so far.
    """

    t: float
    nu: Dual
    stage: float
    steps: int


def fresh_state(equations: int) -> HomotopyState:
    """The state at the beginning of a homotopy: t = 0, ν = 0, and the whole way as the first stage."""
    return HomotopyState(0.0, np.zeros(equations), 1.0, 0)


@dataclass(frozen=True)
class Identity:
    """Fingerprint of the problem that a checkpoint belongs to.

    Attributes:
        exact: digest of what is bitwise equal in every run: shapes, b, the start, the network's rate.
        witness: a few numbers that depend on every entry of A and agree between runs up to rounding.
    """

    exact: str
    witness: Vector


@dataclass(frozen=True)
class Checkpoint:
    """The content of a checkpoint file."""

    identity: Identity
    state: HomotopyState


@dataclass(frozen=True)
class Monitor:
    """Receives the state after every Newton step: reports progress to a function, and keeps the state in a file.

    Attributes:
        progress: called with a `Progress` after every Newton step, or None.
        checkpoint: the file that holds the state, or None.
        identity: the fingerprint of the problem that the state belongs to.
        began: when the call began, by `time.perf_counter`.
        used: the files that this call has read or written, which are the only ones that it may remove.
    """

    progress: Callable[[Progress], object] | None = None
    checkpoint: Path | None = None
    identity: Identity | None = None
    began: float = field(default_factory=time.perf_counter)
    used: set[Path] = field(default_factory=set)

    def on(self, shape: tuple[int, int], b: Dual, maps: Iterable[Vector | float], shortest: Vector) -> Monitor:
        """This monitor with the fingerprint of a problem: the shape of A, b, the numbers of its mirror map, and A⁺b."""
        if self.checkpoint is None:
            return self
        digest = hashlib.sha256(repr(shape).encode())
        for numbers in (b, *maps):
            digest.update(np.ascontiguousarray(numbers, dtype=float).tobytes())
        probes = np.random.default_rng(0).standard_normal((4, 1024))
        folded = np.resize(probes, (4, len(shortest)))
        return replace(self, identity=Identity(digest.hexdigest(), folded @ shortest))

    def resumed(self, fresh: HomotopyState) -> HomotopyState:
        """The state in the checkpoint file of an earlier run, or `fresh` where there is no such file.

        Raises:
            InvalidInputError: the checkpoint belongs to another problem.
            UnreadableFileError: the file is damaged, or is no checkpoint.
        """
        if self.checkpoint is None or self.identity is None or not self.checkpoint.exists():
            return fresh
        try:
            found = storage.read(self.checkpoint)
        except UnreadableFileError as error:
            why = f"{type(error.__cause__).__name__}: {' '.join(str(error.__cause__).split())}"
            raise UnreadableFileError(
                f"limit: the checkpoint {self.checkpoint} is damaged, or none ({why}); delete it, or pass another path."
            ) from error
        if not isinstance(found, Checkpoint):
            raise UnreadableFileError(
                f"limit: {self.checkpoint} holds a {type(found).__name__}, no checkpoint; pass another path."
            )
        differs = _difference(found.identity, self.identity)
        if differs:
            raise InvalidInputError(
                f"limit: the checkpoint {self.checkpoint} belongs to another problem: {differs}. Delete it, or pass "
                "another path."
            )
        self.used.add(self.checkpoint)
        return found.state

    def tell(self, state: HomotopyState, residual: float) -> None:
        """Write the state to the checkpoint, and report the progress."""
        if self.checkpoint is not None and self.identity is not None:
            storage.write(self.checkpoint, Checkpoint(self.identity, state))
            self.used.add(self.checkpoint)
        self.report(state.steps, state.t, residual)

    def report(self, steps: int, share: float, residual: float) -> None:
        """Call the user's function with the progress."""
        if self.progress is not None:
            self.progress(Progress(steps, share, float(residual), time.perf_counter() - self.began))

    def finish(self, steps: int, residual: float, is_reached: bool) -> None:
        """Report the end, and remove the checkpoint of a limit that was reached."""
        self.report(steps, 1.0, residual)
        if is_reached:
            for path in self.used:
                path.unlink(missing_ok=True)


UNWATCHED = Monitor()


def watch(progress: Any, checkpoint: str | os.PathLike[str] | None) -> Monitor:
    """The monitor for a progress function and a checkpoint file, both checked before any work.

    Args:
        progress: a function of one `Progress`, or None.
        checkpoint: path of the file that keeps the state, to which .npz is added where it lacks; or None.

    Raises:
        InvalidInputError: progress is no function, or checkpoint no path of a file.
        UnwritableFolderError: the folder of the checkpoint does not exist or cannot be written.
    """
    if progress is not None and not callable(progress):
        raise InvalidInputError(
            f"limit: progress is a {type(progress).__name__}; pass a function of one argument, such as "
            "lambda now: show(now.share, now.residual)."
        )
    if checkpoint is None:
        return Monitor(progress)
    if not isinstance(checkpoint, (str, os.PathLike)) or not Path(checkpoint).name:
        raise InvalidInputError(f"limit: checkpoint = {checkpoint!r}; pass the path of a file, such as 'state.npz'.")
    target = Path(checkpoint)
    target = target if target.suffix == ".npz" else target.with_name(target.name + ".npz")
    if not (target.parent.is_dir() and os.access(target.parent, os.W_OK)):
        raise UnwritableFolderError(
            f"limit: the checkpoint's folder {target.parent} does not exist or cannot be written; pass a path in a "
            "folder that can."
        )
    return Monitor(progress, target)


def _difference(found: Identity, wanted: Identity) -> str:
    """What differs between the problems of two fingerprints; empty where they agree."""
    if found.exact != wanted.exact:
        return "its shape, b, network or start is another"
    close = np.allclose(
        found.witness,
        wanted.witness,
        rtol=TOLERANCES.shown,
        atol=TOLERANCES.shown * float(np.abs(wanted.witness).max()),
    )
    return "" if close else "its A is another"
