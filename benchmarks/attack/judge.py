"""What is said of an instance, and what is true."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
import scipy.linalg as sl

import ridgeless as rl
from benchmarks.attack.instances import Instance
from ridgeless.certificates import WITHIN, enclose
from ridgeless.errors import NoEnclosureError, RidgelessError

# Beyond this an answer that calls itself converged is wrong, whatever its tolerance.
_WRONG = 1e-6
_PRECISION = 12


@dataclass(frozen=True)
class Judgement:
    """One instance, judged.

    Attributes:
        kind: of A.
        name: the instance, in words.
        status: of the limit, or the error that refused it.
        verdict: of the certificate; "" where there is no answer.
        bound: `certificate.distance`.
        least: what the distance to the limit is at least; NaN where no enclosure was had.
        most: and at most.
        faults: what must not be, in words; empty where all is well.
        seconds: of the limit, the certificate and the enclosure.
    """

    kind: str
    name: str
    status: str
    verdict: str
    bound: float
    least: float
    most: float
    faults: tuple[str, ...]
    seconds: tuple[float, float, float]


def judge(one: Instance) -> Judgement:
    """Ask for the limit and its certificate, and hold both against the enclosure."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return _judged(one)
        except Exception as error:  # noqa: BLE001 - whatever else is raised is what the attack looks for
            told = f"crash: {type(error).__name__}: {error}"
            return Judgement(one.kind, str(one), "CRASH", "", np.nan, np.nan, np.nan, (told,), (0.0, 0.0, 0.0))


def _judged(one: Instance) -> Judgement:
    began = perf_counter()
    try:
        found = rl.limit(one.system, one.network, one.init, seed=one.index)
    except RidgelessError as error:
        return Judgement(one.kind, str(one), type(error).__name__, "", np.nan, np.nan, np.nan, (), (0.0, 0.0, 0.0))
    limited = perf_counter()
    proof = rl.certify(found)
    certified = perf_counter()
    least, most = _distance(found)
    enclosed = perf_counter()
    faults = tuple(_faults(found, proof, least, most))
    seconds = (limited - began, certified - limited, enclosed - certified)
    return Judgement(
        one.kind, str(one), found.status.name, proof.verdict.value, proof.distance, least, most, faults, seconds
    )


def _distance(found: rl.Solution) -> tuple[float, float]:
    """Rigorous bounds on ‖x − x∞‖/‖x‖; NaN where no ball can be had, 0 for a 0 that stands for less than float64."""
    try:
        ball = enclose(replace(found, system=_decided(found.system)), digits=_PRECISION)
    except NoEnclosureError:
        return np.nan, np.nan
    if not found.x.any() and not np.any(np.abs(ball.midpoint) >= np.finfo(float).tiny):
        return 0.0, 0.0
    return ball.distance(found.x)


def _decided(system: rl.LinearSystem) -> rl.LinearSystem:
    """The equations that are independent by more than their rounding, which is all that the library says it solves."""
    A, rows = np.asarray(system.A), system.shape[0]
    if system.rank in (0, rows):
        return system
    lengths = np.linalg.norm(A, axis=1, keepdims=True)
    order = sl.qr((A / np.where(lengths > 0, lengths, 1.0)).T, mode="r", pivoting=True)[1]
    kept = np.sort(order[: system.rank])
    return rl.LinearSystem(A[kept], system.b[kept])


def _faults(found: rl.Solution, proof: rl.Certificate, least: float, most: float) -> list[str]:
    faults = []
    if proof.verdict == "certified" and least > WITHIN:
        faults.append(f"wrong and certified: at least {least:.1e} away")
    if proof.verdict == "refuted" and most <= WITHIN and proof.witness.kind == "point":
        faults.append(f"right and refuted: at most {most:.1e} away ({proof.reason})")
    if proof.distance < least:
        faults.append(f"bound of {proof.distance:.1e} below the distance, at least {least:.1e}")
    if found.success and least > _WRONG:
        faults.append(f"wrong and CONVERGED: at least {least:.1e} away, {proof.verdict.value}")
    return faults
