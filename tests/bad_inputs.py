"""Bad input to the Python interface, each with what its message must say: run by test_bad_inputs.py.

A script of its own, because the type checks that the test run switches on would answer before the library does.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator

import ridgeless as rl

RNG = np.random.default_rng(0)
A = RNG.standard_normal((4, 9))
B = A @ np.abs(RNG.standard_normal(9))
GOOD = rl.LinearSystem(A, B)
DIFFERENCE, CONSTANT = rl.networks.Difference(2), rl.inits.Constant(0.1)


def with_entry(value):
    changed = A.copy()
    changed[1, 2] = value
    return changed


def ones(*shape):
    return np.ones(shape)


def truncated():
    path = Path(tempfile.mkdtemp()) / "half.npz"
    rl.limit(GOOD, DIFFERENCE, CONSTANT).save(path)
    path.write_bytes(path.read_bytes()[:200])
    return rl.load(path)


def operator(matvec=lambda x: A @ x, rmatvec=lambda r: A.T @ r):
    return SimpleNamespace(shape=A.shape, dtype=A.dtype, matvec=matvec, rmatvec=rmatvec)


def scipy_operator(matvec=lambda x: A @ x, rmatvec=lambda r: A.T @ r):
    return LinearOperator(A.shape, matvec=matvec, rmatvec=rmatvec, dtype=np.float64)


def later(function, calls):
    """The function, and after so many calls an error."""
    left = iter(range(calls))

    def called(x):
        if next(left, None) is None:
            raise RuntimeError("the line is cut")
        return function(x)

    return called


def longer(*shape):
    """Numbers that only a longer type than float64 holds; where there is none, they are infinite."""
    return ones(*shape).astype(np.longdouble) * np.longdouble("1e4000")


BEYOND = "beyond 1.8e308" if np.finfo(np.longdouble).max > np.finfo(float).max else "NaN or infinite"
FIVE = rl.LinearSystem(A[:, :5], B)
BIAS_OF_FIVE = DIFFERENCE.bias({"u": np.ones(5), "v": np.ones(5)}, FIVE)
BIAS = DIFFERENCE.bias({"u": np.ones(9), "v": np.ones(9)}, GOOD)
FOUND = rl.limit(GOOD, DIFFERENCE, CONSTANT)


CASES = {
    # what: (call, error, words of the message)
    "NaN in A": (lambda: rl.LinearSystem(with_entry(np.nan), B), "InvalidInputError", "(1, 2)"),
    "infinite A": (lambda: rl.LinearSystem(with_entry(np.inf), B), "InvalidInputError", "NaN or infinite"),
    "NaN in sparse A": (lambda: rl.LinearSystem(sp.csr_array(with_entry(np.nan)), B), "InvalidInputError", "NaN"),
    "NaN in b": (lambda: rl.LinearSystem(A, B * np.nan), "InvalidInputError", "4 entries"),
    "b of the wrong length": (lambda: rl.LinearSystem(A, B[:3]), "InvalidInputError", "(4,)"),
    "b in two columns": (lambda: rl.LinearSystem(A, ones(4, 2)), "InvalidInputError", "one column at a time"),
    "names of another number": (lambda: rl.LinearSystem(A, B, names="ab"), "InvalidInputError", "names"),
    "function as A": (lambda: rl.solve(lambda x: A @ x, B), "InvalidInputError", "rmatvec=A_transposed"),
    "tol of solve": (lambda: rl.solve(A, B, tol="small"), "InvalidInputError", "solve: tol = 'small'"),
    "no path to save to": (lambda: rl.limit(GOOD, DIFFERENCE, CONSTANT).save(5), "InvalidInputError", "path is 5"),
    "empty path to save to": (lambda: rl.limit(GOOD, DIFFERENCE, CONSTANT).save(""), "InvalidInputError", "path is ''"),
    "no path to load": (lambda: rl.load(5), "UnreadableFileError", "not a whole file"),
    "A as a vector": (lambda: rl.LinearSystem(B, B), "InvalidInputError", "1 axes"),
    "complex A of another length": (lambda: rl.LinearSystem(A * 1j, B[:3]), "InvalidInputError", "(4,)"),
    "complex sparse A that is not finite": (
        lambda: rl.LinearSystem(sp.csr_array(with_entry(np.nan) * 1j), B),
        "InvalidInputError",
        "NaN",
    ),
    "basis of another shape": (
        lambda: rl.LinearSystem(A, B, basis=rl.systems.bases.DCT(4)),
        "InvalidInputError",
        "give the basis the shape",
    ),
    "class of a basis": (
        lambda: rl.LinearSystem(A, B, basis=rl.systems.bases.DCT),
        "InvalidInputError",
        "rl.systems.bases.DCT((64, 64))",
    ),
    "negative noise": (lambda: rl.solve(A, B, noise=-1.0), "InvalidInputError", "solve: noise = -1.0"),
    "text": (lambda: rl.LinearSystem([["a", "b"]], [1.0]), "InvalidInputError", "numbers"),
    "ragged": (lambda: rl.LinearSystem([[1.0, 2.0], [3.0]], [1.0, 2.0]), "InvalidInputError", "rectangular"),
    "no rows": (lambda: rl.LinearSystem(ones(0, 3), ones(0)), "InvalidInputError", "nothing to solve"),
    "no columns": (lambda: rl.LinearSystem(ones(3, 0), ones(3)), "InvalidInputError", "nothing to solve"),
    "truth of the wrong length": (lambda: rl.LinearSystem(A, B, truth=B), "InvalidInputError", "(9,)"),
    "inconsistent": (
        lambda: rl.limit(rl.LinearSystem(ones(2, 5), [1.0, 2.0]), DIFFERENCE, CONSTANT),
        "InconsistentSystemError",
        "lstsq",
    ),
    "inconsistent, trained": (
        lambda: rl.train(rl.LinearSystem(ones(2, 5), [1.0, 2.0]), DIFFERENCE, CONSTANT, rl.flows.GradientFlow()),
        "InconsistentSystemError",
        "no solution",
    ),
    "inconsistent, sparse": (
        lambda: rl.LinearSystem(sp.csr_array(ones(2, 5)), [1.0, 2.0]).min_norm(),
        "InconsistentSystemError",
        "A @ scipy.sparse.linalg.lsmr(A, b)[0]",
    ),
    "products that are not finite": (
        lambda: rl.LinearSystem(operator(matvec=lambda x: A @ x * np.nan), B),
        "InvalidInputError",
        "A.matvec(x) has 4 entries that are NaN",
    ),
    "products of another length": (
        lambda: rl.LinearSystem(operator(matvec=lambda x: (A @ x)[:3]), B),
        "InvalidInputError",
        "A.matvec(x) has 3 entries",
    ),
    "transposed products of another length": (
        lambda: rl.LinearSystem(operator(rmatvec=lambda r: np.append(A.T @ r, 0.0)), B),
        "InvalidInputError",
        "A.rmatvec(r) has 10 entries",
    ),
    "products that are complex": (
        lambda: rl.LinearSystem(operator(rmatvec=lambda r: A.T @ r * 1j), B),
        "InvalidInputError",
        "A.rmatvec(r) is complex",
    ),
    "products that are nothing": (
        lambda: rl.LinearSystem(operator(matvec=lambda x: None), B),
        "InvalidInputError",
        "A.matvec(x) holds object values",
    ),
    "an rmatvec that is no adjoint": (
        lambda: rl.LinearSystem(operator(rmatvec=lambda r: -(A.T @ r)), B),
        "InvalidInputError",
        "not the adjoint",
    ),
    "no rows of A reach b": (lambda: rl.solve(np.zeros((2, 3)), ones(2)), "InconsistentSystemError", "no solution"),
    "scale 0": (lambda: rl.inits.Constant(0.0), "InvalidInputError", "above 0"),
    "scale NaN": (lambda: rl.inits.Constant(np.nan), "InvalidInputError", "above 0"),
    "scale negative": (lambda: rl.inits.Gaussian(-1.0), "InvalidInputError", "above 0"),
    "scale as text": (lambda: rl.inits.Gaussian("1"), "InvalidInputError", "above 0"),
    "shape 1": (lambda: rl.inits.Imbalanced(0.1, 1.0), "InvalidInputError", "below 1"),
    "depth 0": (lambda: rl.networks.Difference(depth=0), "InvalidInputError", "at least 1"),
    "depth 2.5": (lambda: rl.networks.Product(depth=2.5), "InvalidInputError", "whole number"),
    "hidden negative": (lambda: rl.networks.Dense(hidden=-1), "InvalidInputError", "at least 0"),
    "widths that do not fit": (lambda: rl.networks.Dense(hidden=2, width=(3,)), "InvalidInputError", "widths"),
    "a network without a function": (rl.networks.Function, "InvalidInputError", "rl.networks.Function(apply, layout)"),
    "a layout of a number": (lambda: rl.networks.Function(len, {"x": 3}), "InvalidInputError", "type a shape"),
    "a loop on arrays": (lambda: rl.record((A, B)), "InvalidInputError", "pass rl.LinearSystem(A, b)"),
    "a step outside of the loop": (lambda: rl.record(GOOD)(ones(9)), "InvalidInputError", "Call run(x) once before"),
    "continuing from weights": (
        lambda: rl.continue_from({"u": ones(9), "v": ones(9)}, GOOD),
        "InvalidInputError",
        "pass what rl.train or rl.limit returned",
    ),
    "theta without a key": (lambda: rl.limit(GOOD, DIFFERENCE, {"u": ones(9)}), "InvalidInputError", "['u', 'v']"),
    "theta with a key too many": (
        lambda: rl.limit(GOOD, DIFFERENCE, {"u": ones(9), "v": ones(9), "w": ones(9)}),
        "InvalidInputError",
        "['u', 'v']",
    ),
    "theta of a wrong shape": (
        lambda: rl.limit(GOOD, DIFFERENCE, {"u": ones(9), "v": ones(8)}),
        "InvalidInputError",
        "(9,)",
    ),
    "theta not finite": (
        lambda: rl.limit(GOOD, DIFFERENCE, {"u": ones(9) * np.inf, "v": ones(9)}),
        "InvalidInputError",
        "NaN or infinite",
    ),
    "theta as a list": (lambda: DIFFERENCE([ones(9), ones(9)]), "InvalidInputError", "network(theta): "),
    "theta of numbers": (lambda: DIFFERENCE({"u": 1.0, "v": 2.0}), "InvalidInputError", "pass arrays"),
    "theta of text": (lambda: DIFFERENCE({"u": np.full(9, "a"), "v": ones(9)}), "InvalidInputError", "<U1 values"),
    "theta without a key, called": (lambda: DIFFERENCE({"u": ones(9)}), "InvalidInputError", "it needs ['u', 'v']"),
    "theta that would be broadcast": (
        lambda: DIFFERENCE({"u": ones(9), "v": ones(1)}),
        "InvalidInputError",
        "theta['v'] needs shape (9,); it has (1,)",
    ),
    "layers in one row": (
        lambda: rl.networks.Product(2)({"layers": ones(9)}),
        "InvalidInputError",
        "needs shape (2, 9)",
    ),
    "keys that are no text": (lambda: DIFFERENCE({1: ones(9), "v": ones(9)}), "InvalidInputError", "['1', 'v']"),
    "matrices that do not chain, called": (
        lambda: rl.networks.Dense(1)({"W": [ones(9, 3)], "w": ones(4)}),
        "InvalidInputError",
        "must be defined",
    ),
    "bias of a list": (lambda: DIFFERENCE.bias([1.0], GOOD), "InvalidInputError", "network.bias(theta0, system): "),
    "bias on arrays": (lambda: DIFFERENCE.bias({}, (A, B)), "InvalidInputError", "pass rl.LinearSystem(A, b)"),
    "invariants of text": (
        lambda: DIFFERENCE.invariants({"u": "a", "v": "b"}, GOOD),
        "InvalidInputError",
        "network.invariants(theta, system): ",
    ),
    "invariants of another system": (
        lambda: DIFFERENCE.invariants({"u": ones(8), "v": ones(8)}, GOOD),
        "InvalidInputError",
        "needs shape (9,); it has (8,)",
    ),
    "solve without b": (lambda: rl.solve(A), "InvalidInputError", "rl.solve(A, b)"),
    "solve with two b": (lambda: rl.solve(GOOD, B), "InvalidInputError", "rl.solve(system)"),
    "matrices that do not chain": (
        lambda: rl.limit(GOOD, rl.networks.Dense(1), {"W": [ones(9, 3)], "w": ones(4)}),
        "InvalidInputError",
        "must be defined",
    ),
    "Constant on Dense": (
        lambda: rl.limit(GOOD, rl.networks.Dense(1), CONSTANT),
        "IncompatibleInitError",
        "rl.inits.Gaussian",
    ),
    "Imbalanced on Difference": (
        lambda: rl.limit(GOOD, DIFFERENCE, rl.inits.Imbalanced(0.1, 0.5)),
        "IncompatibleInitError",
        "TwoBranch",
    ),
    "infeasible signs": (
        lambda: rl.limit(rl.LinearSystem(np.abs(A), -np.abs(B)), rl.networks.Power(2), CONSTANT),
        "InfeasibleSignsError",
        "x[",
    ),
    "no exact limit, dense": (
        lambda: rl.limit(GOOD, rl.networks.Dense(1), rl.inits.Gaussian(0.1)),
        "NoExactLimit",
        "not a chain",
    ),
    "no exact limit, scale": (
        lambda: rl.limit(GOOD, rl.networks.Difference(5), rl.inits.Constant(1e-120)),
        "NoExactLimit",
        "depth 5",
    ),
    "no exact limit, saddle": (
        lambda: rl.limit(GOOD, rl.networks.Dense(1), {"W": [np.zeros((9, 3))], "w": np.zeros(3)}),
        "NoExactLimit",
        "saddle",
    ),
    "no dual coordinates": (
        lambda: rl.train(GOOD, rl.networks.Dense(1), rl.inits.Gaussian(0.1), rl.flows.GradientFlow("dual")),
        "NoDualCoordinatesError",
        "weights",
    ),
    "negative tol": (lambda: rl.limit(GOOD, DIFFERENCE, CONSTANT, tol=-1.0), "InvalidInputError", "tol"),
    "tol NaN": (
        lambda: rl.train(GOOD, DIFFERENCE, CONSTANT, rl.flows.GradientFlow(), tol=np.nan),
        "InvalidInputError",
        "tol",
    ),
    "seed 1.5": (lambda: rl.limit(GOOD, DIFFERENCE, CONSTANT, seed=1.5), "InvalidInputError", "seed"),
    "a network's name": (lambda: rl.limit(GOOD, "Difference", CONSTANT), "InvalidInputError", "rl.networks"),
    "a number as init": (lambda: rl.limit(GOOD, DIFFERENCE, 0.1), "InvalidInputError", "rl.inits"),
    "arrays as system": (lambda: rl.limit((A, B), DIFFERENCE, CONSTANT), "InvalidInputError", "rl.LinearSystem"),
    "a limit to correct": (lambda: rl.predict(FOUND), "InvalidInputError", "pass what rl.train("),
    "a vector to correct": (lambda: rl.predict(FOUND.x), "InvalidInputError", "got a ndarray"),
    "mixed dynamics of two diagonal layers": (
        lambda: rl.mixed_dynamics(GOOD, DIFFERENCE, rl.inits.Gaussian(0.1), [1.0]),
        "InvalidInputError",
        "rl.networks.Dense(hidden=1",
    ),
    "mixed dynamics back in time": (
        lambda: rl.mixed_dynamics(GOOD, rl.networks.Dense(1), rl.inits.Gaussian(0.1), [1.0, 0.5]),
        "InvalidInputError",
        "times must ascend",
    ),
    "a flow's name": (lambda: rl.train(GOOD, DIFFERENCE, CONSTANT, "flow"), "InvalidInputError", "rl.flows"),
    "unknown coordinates": (lambda: rl.flows.GradientFlow("polar"), "InvalidInputError", "'dual'"),
    "step 0": (lambda: rl.flows.GradientDescent(step_size=0.0), "InvalidInputError", "step_size"),
    "momentum 1": (lambda: rl.flows.GradientDescent(momentum=1.0), "InvalidInputError", "below 1"),
    "no steps": (lambda: rl.flows.GradientDescent(max_steps=0), "InvalidInputError", "max_steps"),
    "x of a wrong shape": (lambda: GOOD.residual(ones(4)), "InvalidInputError", "(9,)"),
    "certificate of nothing": (lambda: rl.certify(ones(3)), "InvalidInputError", "Solution"),
    "certificate, wrong x": (lambda: rl.certify(GOOD, ones(4), None), "InvalidInputError", "(9,)"),
    "certificate, wrong bias": (lambda: rl.certify(GOOD, ones(9), "l1"), "InvalidInputError", "network.bias"),
    "certificate, bias of another system": (
        lambda: rl.certify(GOOD, FOUND.x, BIAS_OF_FIVE),
        "InvalidInputError",
        "certify: bias is that of a system of 5 unknowns, and this one has 9; pass network.bias(theta0, system)",
    ),
    "certificate, dual of another system": (
        lambda: rl.certify(GOOD, FOUND.x, BIAS, ones(5)),
        "InvalidInputError",
        "certify: dual needs shape (4,)",
    ),
    "stationarity, bias of another system": (
        lambda: rl.certificates.stationarity(GOOD, FOUND.x, BIAS_OF_FIVE),
        "InvalidInputError",
        "stationarity: bias is that of a system of 5 unknowns",
    ),
    "stationarity, no bias": (
        lambda: rl.certificates.stationarity(GOOD, FOUND.x, None),
        "InvalidInputError",
        "stationarity: bias is a NoneType; pass network.bias",
    ),
    "stationarity, x of another system": (
        lambda: rl.certificates.stationarity(GOOD, ones(5), BIAS),
        "InvalidInputError",
        "stationarity: x needs shape (9,)",
    ),
    "stationarity, dual of another system": (
        lambda: rl.certificates.stationarity(GOOD, FOUND.x, BIAS, ones(5)),
        "InvalidInputError",
        "r needs shape (4,)",
    ),
    "stationarity of arrays": (
        lambda: rl.certificates.stationarity(A, FOUND.x, BIAS),
        "InvalidInputError",
        "stationarity: system is a ndarray; pass rl.LinearSystem(A, b)",
    ),
    "explorer of an array": (
        lambda: rl.explore(A),
        "InvalidInputError",
        "explore: ndarray is nothing to explore; pass an",
    ),
    "explorer saved to a number": (lambda: rl.explore().save(3), "InvalidInputError", "Explorer.save: path is 3; type"),
    "largest by a letter": (lambda: FOUND.largest("a"), "InvalidInputError", "Solution.largest: count = 'a'; type"),
    "largest by a fraction": (lambda: FOUND.largest(2.5), "InvalidInputError", "a whole number of at least 0"),
    "largest below none": (lambda: FOUND.largest(-1), "InvalidInputError", "a whole number of at least 0"),
    "SciPy's products of another length": (
        lambda: rl.solve(scipy_operator(matvec=lambda x: ones(2)), B),
        "InvalidInputError",
        "A.matvec(x) raised ValueError: cannot reshape array of size 2",
    ),
    "SciPy's transposed products of another length": (
        lambda: rl.solve(scipy_operator(rmatvec=lambda r: ones(2)), B),
        "InvalidInputError",
        "A.rmatvec(r) raised ValueError: cannot reshape array of size 2",
    ),
    "SciPy's products that fail": (
        lambda: rl.solve(scipy_operator(matvec=lambda x: 1 / 0), B),
        "InvalidInputError",
        "A.matvec(x) raised ZeroDivisionError",
    ),
    "products that fail later": (
        lambda: rl.solve(scipy_operator(matvec=later(lambda x: A @ x, calls=3)), B),
        "InvalidInputError",
        "A.matvec(x) raised RuntimeError: the line is cut; correct the operator's product",
    ),
    "predictions of another length": (
        lambda: rl.LinearSystem(A, B, readout=scipy_operator(matvec=lambda x: ones(2))).predict(ones(9)),
        "InvalidInputError",
        "cannot reshape array of size 2",
    ),
    "A beyond float64": (
        lambda: rl.LinearSystem(longer(4, 9), B),
        "InvalidInputError",
        BEYOND,
    ),
    "sparse A beyond float64": (
        lambda: rl.LinearSystem(sp.csr_array(longer(4, 9)), B),
        "InvalidInputError",
        BEYOND,
    ),
    "b beyond float64": (
        lambda: rl.LinearSystem(A, longer(4)),
        "InvalidInputError",
        BEYOND,
    ),
    "truth beyond float64": (
        lambda: rl.LinearSystem(A, B, truth=longer(9)),
        "InvalidInputError",
        BEYOND,
    ),
    "products beyond float64": (
        lambda: rl.LinearSystem(operator(matvec=lambda x: longer(4)), B),
        "InvalidInputError",
        "A.matvec(x) has 4 entries that are NaN or infinite",
    ),
    "theta beyond float64": (
        lambda: rl.limit(GOOD, DIFFERENCE, {"u": ones(9), "v": longer(9)}),
        "InvalidInputError",
        BEYOND,
    ),
    "complex theta": (
        lambda: rl.limit(GOOD, DIFFERENCE, {"u": ones(9) * 1j, "v": ones(9)}),
        "InvalidInputError",
        "is complex, and real numbers",
    ),
    "complex theta, trained": (
        lambda: rl.train(GOOD, DIFFERENCE, {"u": ones(9) * 1j, "v": ones(9)}, rl.flows.GradientFlow()),
        "InvalidInputError",
        "is complex, and real numbers",
    ),
    "complex theta, called": (
        lambda: DIFFERENCE({"u": ones(9) * 1j, "v": ones(9)}),
        "InvalidInputError",
        "is complex, and real numbers",
    ),
    "complex layers": (
        lambda: rl.limit(GOOD, rl.networks.Dense(1), {"W": [ones(9, 3) * 1j], "w": ones(3)}),
        "InvalidInputError",
        "is complex, and real numbers",
    ),
    "complex layers, trained": (
        lambda: rl.train(GOOD, rl.networks.Dense(1), {"W": [ones(9, 3) * 1j], "w": ones(3)}, rl.flows.GradientFlow()),
        "InvalidInputError",
        "is complex, and real numbers",
    ),
    "complex layers, called": (
        lambda: rl.networks.Dense(1)({"W": [ones(9, 3) * 1j], "w": ones(3)}),
        "InvalidInputError",
        "is complex, and real numbers",
    ),
    "complex direction": (
        lambda: rl.limit(GOOD, DIFFERENCE, rl.inits.Vanishing({"u": ones(9) * 1j, "v": ones(9)})),
        "InvalidInputError",
        "is complex, and real numbers",
    ),
    "complex weights": (
        lambda: rl.limit(GOOD, DIFFERENCE, rl.inits.Weights({"u": 1j, "v": 1.0})),
        "InvalidInputError",
        "is complex, and real numbers",
    ),
    "complex scale": (
        lambda: rl.inits.Constant(np.complex128(1e-3 + 1j)),
        "InvalidInputError",
        "above 0",
    ),
    "complex tol": (
        lambda: rl.solve(A, B, tol=np.complex128(1e-3 + 1j)),
        "InvalidInputError",
        "solve: tol = ",
    ),
    "layers of no width": (
        lambda: rl.limit(GOOD, rl.networks.Dense(1), {"W": [np.ones((9, 0))], "w": []}),
        "InvalidInputError",
        "widths of at least 1",
    ),
    "negative seed of an init": (
        lambda: rl.inits.Chain(0.5)(rl.networks.Dense(1), GOOD, -1),
        "InvalidInputError",
        "seed = -1",
    ),
    "seed that is no number": (
        lambda: rl.inits.Gaussian(0.5)(DIFFERENCE, GOOD, None),
        "InvalidInputError",
        "seed = None",
    ),
    "small start of no system": (lambda: rl.certificates.small_start(5, 1), "InvalidInputError", "LinearSystem"),
    "start at a saddle's door": (
        lambda: rl.limit(
            rl.LinearSystem([[1.0, 0.0]], [1.0]), rl.networks.Dense(1), {"W": [[[-1.0], [0.0]]], "w": [1.0]}
        ),
        "NoExactLimit",
        "points straight away",
    ),
    "no such file": (lambda: rl.load("nowhere.npz"), "UnreadableFileError", "does not exist"),
    "truncated file": (truncated, "UnreadableFileError", "not a whole file"),
    "unwritable folder": (
        lambda: rl.limit(GOOD, DIFFERENCE, CONSTANT).save("/nowhere/at/all.npz"),
        "UnwritableFolderError",
        "/nowhere/at",
    ),
    "unknown configuration key": (
        lambda: rl.study({"run": []}),
        "InvalidConfigurationError",
        "did you mean 'runs'?",
    ),
    "unknown network in a configuration": (
        lambda: rl.study({"runs": [{"network": "Differences"}]}),
        "InvalidConfigurationError",
        "did you mean 'Difference'?",
    ),
}


def main() -> None:
    """Write {case: [error, is one of ours, message]} to the standard output."""
    answers = {}
    for case, (call, _, _) in CASES.items():
        try:
            call()
        except Exception as error:  # noqa: BLE001 - which error it is, is the question
            answers[case] = [type(error).__name__, isinstance(error, rl.RidgelessError), str(error)]
        else:
            answers[case] = ["none", False, "accepted"]
    expected = {case: list(rest) for case, (_, *rest) in CASES.items()}
    sys.stdout.write(json.dumps({"answers": answers, "expected": expected}))


if __name__ == "__main__":
    main()
