"""The methods: (question) ↦ picture, each told the same noise.

Every one but the direct reconstruction stops where ‖A x − b‖ = σ√n, by its iteration (LSQR) or by its penalty (FISTA on
wavelets, total variation, ours).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse.linalg import aslinearoperator, lsqr
from skimage.restoration import denoise_tv_chambolle

import ridgeless as rl
from benchmarks.inverse_problems.questions import Question
from ridgeless.systems.bases import Wavelet

_ITERATIONS = 100
_PENALTIES = 12


def by_lsqr(question: Question) -> np.ndarray:
    """LSQR from zero, stopped as soon as the misfit is that of the noise."""
    A = aslinearoperator(question.A)
    size = float(np.linalg.norm(question.b))
    found: Any = lsqr(A, question.b, atol=0, btol=question.radius / size, iter_lim=2000)
    return found[0].reshape(question.shape)


def by_fista(question: Question) -> np.ndarray:
    """½‖A x − b‖² + λ‖wavelet coefficients‖₁ by FISTA (Beck and Teboulle 2009), the real and imaginary parts apart."""
    basis = Wavelet(question.shape)

    def shrink(picture: np.ndarray, amount: float) -> np.ndarray:
        coefficients = _by_parts(basis.analysis, picture)
        return _by_parts(basis.synthesis, _by_parts(lambda part: _soft(part, amount), coefficients))

    return _penalised(question, shrink)


def by_total_variation(question: Question) -> np.ndarray:
    """½‖A x − b‖² + λ·total variation by FISTA, with scikit-image's denoising (Chambolle 2004) as its proximal step."""

    def smooth(picture: np.ndarray, amount: float) -> np.ndarray:
        return _by_parts(lambda part: denoise_tv_chambolle(part, weight=amount, eps=1e-5, max_num_iter=20), picture)

    return _penalised(question, smooth)


def _by_parts(function: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> np.ndarray:
    if not np.iscomplexobj(values):
        return function(values)
    return function(np.ascontiguousarray(values.real)) + 1j * function(np.ascontiguousarray(values.imag))


def _soft(values: np.ndarray, amount: float) -> np.ndarray:
    return np.sign(values) * np.maximum(np.abs(values) - amount, 0)


def _penalised(question: Question, proximal: Callable[[np.ndarray, float], np.ndarray]) -> np.ndarray:
    """FISTA with λ by bisection, from where the λ before ended, until the misfit is within 1 % of that of the noise."""
    A, b = aslinearoperator(question.A), question.b
    step = 1 / _largest_eigenvalue(A)
    picture = np.zeros(question.shape, dtype=b.dtype)
    low, high = 0.0, 0.3 * float(np.abs(A.rmatvec(b)).max())
    penalty = high / 10
    for _ in range(_PENALTIES):
        picture = _fista(A, b, picture, step, lambda values, by=penalty: proximal(values, step * by))
        misfit = float(np.linalg.norm(A.matvec(picture.ravel()) - b))
        if abs(misfit / question.radius - 1) < 0.01:
            break
        low, high = (low, penalty) if misfit > question.radius else (penalty, high)
        penalty = float(np.sqrt(low * high)) if low else penalty / 4
    return picture


def _fista(
    A: Any, b: np.ndarray, begin: np.ndarray, step: float, proximal: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    here, ahead, momentum = begin, begin, 1.0
    for _ in range(_ITERATIONS):
        gradient = A.rmatvec(A.matvec(ahead.ravel()) - b).reshape(begin.shape)
        new = proximal(ahead - step * gradient)
        after = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead, here, momentum = new + (momentum - 1) / after * (new - here), new, after
    return here


def _largest_eigenvalue(A: Any) -> float:
    vector = np.random.default_rng(0).standard_normal(A.shape[1]).astype(A.dtype)
    for _ in range(20):
        vector = A.rmatvec(A.matvec(vector / np.linalg.norm(vector)))
    return 1.05 * float(np.linalg.norm(vector))


def by_wavelets(question: Question) -> np.ndarray:
    """Ours: `rl.solve` on wavelet coefficients."""
    system = rl.LinearSystem(question.A, question.b, basis=Wavelet(question.shape))
    return rl.solve(system, noise=question.noise, tol=1e-5).signal


def by_nonnegativity(question: Question) -> np.ndarray:
    """Ours: x = u² on pixels, from the even picture with the light of the measurements."""
    system = rl.LinearSystem(question.A, question.b)
    even = question.b.sum() / question.A.sum()
    start = rl.inits.Constant(float(np.sqrt(even)))
    return rl.solve(system, None, rl.networks.Power(2), start, noise=question.noise, tol=1e-5).x.reshape(question.shape)


METHODS: dict[str, Callable[[Question], np.ndarray]] = {
    "LSQR": by_lsqr,
    "FISTA, wavelets": by_fista,
    "total variation": by_total_variation,
    "ridgeless, wavelets": by_wavelets,
}
OF_NONNEGATIVE: dict[str, Callable[[Question], np.ndarray]] = {"ridgeless, x = u² on pixels": by_nonnegativity}
