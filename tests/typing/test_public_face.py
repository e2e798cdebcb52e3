"""Calls as users write them: they run here, and pyright reads them in strict mode (`make check`).

`assert_type` does nothing at run time. To pyright it fails where a result, or a field of one, is no longer of that
type, and where it has become unknown. Wrong arguments are marked as errors to be ignored; where an argument's type is
lost, pyright finds nothing to ignore there, and fails too.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.certificates import Enclosure, Verdict
from ridgeless.errors import InvalidInputError
from ridgeless.flows import Flow
from ridgeless.networks import Network, Theta
from ridgeless.systems.library import GaussianSparse
from ridgeless.verbs.limit_path import LimitPath

A = np.array([[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]])
b = np.array([3.0, 0.5])
SYSTEM = rl.LinearSystem(A, b)
NETWORK = rl.networks.Difference(depth=2)


def test_an_explorer_is_made_of_systems_problems_and_solutions(tmp_path: Path) -> None:
    found = rl.limit(SYSTEM, NETWORK, rl.inits.Constant(0.1))
    for explorer in (rl.explore(), rl.explore(SYSTEM), rl.explore(GaussianSparse(4, 9, 1), seed=2)):
        assert_type(explorer, rl.Explorer)
    assert_type(rl.explore(found).address, str)
    assert_type(rl.explore(found).save(tmp_path / "page.html"), Path)


@pytest.mark.usefixtures("as_a_user")
def test_an_explorer_is_made_of_no_array() -> None:
    with pytest.raises(InvalidInputError):
        rl.explore(A)  # type: ignore[reportArgumentType]


def test_a_limit_is_a_solution_whose_fields_have_types() -> None:
    found = rl.limit(SYSTEM, NETWORK, rl.inits.Constant(1e-3), tol=1e-9, seed=1)
    assert_type(found, rl.Solution)
    assert_type(found.status, rl.Status)
    assert_type(found.success, bool)
    assert_type(found.message, str)
    assert_type(found.residual, float)
    assert_type(found.theta, Theta | None)
    assert_type(found.theta0, Theta | None)
    assert_type(found.bias, rl.Bias | None)
    assert_type(found.history, rl.History | None)
    assert_type(found.system, rl.LinearSystem | None)
    assert_type(found.network, Network | None)
    assert_type(found.flow, Flow | None)
    assert_type(found.stats, dict[str, float | int])
    assert_type(found.names, tuple[str, ...] | None)
    assert_type(found.largest(2), dict[int | str, float])
    assert_type(float(found.x[0]), float)
    assert found.success


def test_networks_and_loops_of_ones_own() -> None:
    def apply(theta: Theta) -> Any:
        return theta["x"]

    network = rl.networks.Function(apply, {"x": (3,)})
    assert_type(network, rl.networks.Function)
    with rl.record(SYSTEM, NETWORK, rl.inits.Constant(1e-3)) as run:
        run(np.zeros(3))
    assert_type(run.solution, rl.Solution)
    assert_type(run.prediction, rl.Solution)
    assert_type(float(run.distances[-1]), float)
    assert_type(rl.continue_from(run.prediction, SYSTEM), rl.inits.Weights)
    assert network.layout(3)


def test_theta_is_taken_where_an_init_is() -> None:
    found = rl.limit(SYSTEM, NETWORK, {"u": np.full(3, 0.1), "v": np.full(3, 0.1)})
    assert_type(found, rl.Solution)
    assert found.bias is not None
    assert_type(found.bias.citation, str)
    assert found.bias.citation


def test_every_way_to_a_limit() -> None:
    assert_type(rl.solve(A, b), rl.Solution)
    assert_type(rl.solve(SYSTEM, noise=0.1), rl.Solution)
    assert_type(rl.solve(SYSTEM, network=rl.networks.Product(3), init=rl.inits.Gaussian(0.1)), rl.Solution)
    assert_type(rl.lazy_limit(SYSTEM, rl.networks.Dense(hidden=1), rl.inits.Gaussian(1.0)), rl.Solution)
    path = rl.limit_path(SYSTEM, NETWORK, [1e-3, 1.0])
    assert_type(path, LimitPath)
    assert_type(path.solutions, tuple[rl.Solution, ...])
    assert_type(path.success, bool)
    assert path.x.shape == (2, 3)


def test_training_and_what_it_keeps() -> None:
    descent = rl.flows.GradientDescent(step_size=0.01, max_steps=200)
    found = rl.train(SYSTEM, NETWORK, rl.inits.Constant(0.3), descent, tol=1e-2)
    assert_type(found, rl.Solution)
    assert found.history is not None
    assert_type(found.history.clock, str)
    assert found.history.l1_norm.shape == found.history.at.shape
    several = rl.train_batch(SYSTEM, NETWORK, [rl.inits.Constant(0.3), {"u": np.ones(3), "v": np.ones(3)}], descent)
    assert_type(several, list[rl.Solution])
    assert len(several) == 2


def test_certificates_of_a_solution_and_of_an_x() -> None:
    found = rl.limit(SYSTEM, NETWORK, rl.inits.Constant(1e-3))
    assert_type(rl.certify(found), rl.Certificate)
    certificate = rl.certify(SYSTEM, found.x, found.bias, found.dual, within=1e-6)
    assert_type(certificate, rl.Certificate)
    assert_type(certificate.verdict, Verdict)
    assert_type(certificate.distance, float)
    assert certificate.verdict is Verdict.CERTIFIED
    assert_type(rl.convergence_rate(SYSTEM, NETWORK, rl.inits.Constant(1.0)), float)


def test_enclosures() -> None:
    pytest.importorskip("flint")
    enclosed = rl.certificates.enclose(rl.limit(SYSTEM, NETWORK, rl.inits.Constant(1e-3)), digits=20)
    assert_type(enclosed, Enclosure)
    assert enclosed.midpoint.shape == (3,)


def test_networks_and_inits_by_themselves() -> None:
    theta0 = rl.inits.Imbalanced(0.1, shape=0.5)(rl.networks.TwoBranch(2), SYSTEM, seed=3)
    assert_type(theta0, Theta)
    assert_type(rl.networks.TwoBranch(2).bias(theta0, SYSTEM), rl.Bias | None)
    assert_type(rl.networks.TwoBranch(2).invariants(theta0, SYSTEM), dict[str, np.ndarray])
    assert_type(rl.inits.Vanishing().direction, Theta | None)
    assert_type(rl.inits.Weights({"u": 1.0, "v": 1.0}).theta, Mapping[str, Any])
    assert_type(rl.inits.project_rows({"x": np.ones(3)}, SYSTEM), Theta)
    assert rl.networks.Dense(hidden=2).homogeneity == 3


def test_files(tmp_path: Path) -> None:
    written = rl.solve(A, b).save(tmp_path / "solution.npz")
    assert_type(written, Path)
    assert_type(rl.load(written), rl.Solution)
    assert written.exists()


@pytest.mark.usefixtures("as_a_user")
def test_wrong_arguments_are_errors_to_pyright_and_to_the_library() -> None:
    small, descent = rl.inits.Constant(0.1), rl.flows.GradientDescent()
    with pytest.raises(InvalidInputError, match="system is a ndarray"):
        rl.limit(A, NETWORK, small)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInputError, match="network is 'Difference'"):
        rl.limit(SYSTEM, "Difference", small)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInputError, match=r"init is 0\.1"):
        rl.limit(SYSTEM, NETWORK, 0.1)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInputError, match=r"init is 0\.1"):
        rl.lazy_limit(SYSTEM, NETWORK, 0.1)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInputError, match="scales"):
        rl.limit_path(SYSTEM, NETWORK, None)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInputError, match="flow is 'adam'"):
        rl.train(SYSTEM, NETWORK, small, "adam")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInputError, match="inits is"):
        rl.train_batch(SYSTEM, NETWORK, small, descent)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInputError, match="b is missing"):
        rl.solve(A)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInputError, match="got a ndarray"):
        rl.certify(A)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInputError, match="digits"):
        rl.certificates.enclose(rl.solve(A, b), digits="many")  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInputError, match="theta is a float"):
        rl.inits.Weights(1.0)  # pyright: ignore[reportArgumentType]
