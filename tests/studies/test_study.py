"""A small study from end to end: the labelled results are what the single calls give."""

import dataclasses
import json

import jax
import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import IncompatibleInitError, InconsistentSystemError, InfeasibleSignsError
from ridgeless.studies.schema import NetworkChoice, Start, start_seed, start_weights

SCALES = [1.0, 1e-4]
SMALL = {
    "name": "small",
    "system": {"problem": "GaussianSparse", "parameters": {"equations": 10, "unknowns": 30, "nonzeros": 2}},
    "scales": {"values": SCALES},
    "networks": [{"name": "Direct"}, {"name": "Difference", "depth": 2}],
    "descent": {"max_steps": 20_000},
}
LIMITS_ONLY = {"flow": {"run": False}, "descent": {"run": False}}
METHODS = ["limit", "gradient flow", "gradient descent"]
NUMBERS = {
    "l1_norm",
    "l2_norm",
    "residual",
    "error",
    "distance",
    "steps",
    "run_s",
    "compile_s",
    "feasibility",
    "bound",
    "gap",
}
TEXTS = {"status", "verdict", "message"}


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def dataset(told):
    return rl.study(SMALL, lambda *what: told.append(what))


def at(dataset, network, method, scale):
    return dataset.sel({"network": network, "method": method, "scale": scale})


def test_dimensions_and_labels(dataset):
    assert dict(dataset.sizes) == {"network": 2, "method": 3, "scale": 2, "coordinate": 30}
    assert list(dataset.network.values) == ["Direct", "Difference D=2"]
    assert list(dataset.method.values) == METHODS
    assert list(dataset.scale.values) == SCALES
    assert set(dataset.data_vars) == NUMBERS | TEXTS | {"x", "truth"}
    assert all(dataset[name].dims == ("network", "method", "scale") for name in NUMBERS | TEXTS)
    assert all(dataset[name].dtype == np.float64 for name in NUMBERS)
    assert dataset.x.dims == ("network", "method", "scale", "coordinate")


def test_everything_has_a_name_and_a_unit(dataset):
    for name, variable in dataset.variables.items():
        assert variable.attrs["long_name"], name
        assert variable.attrs["units"] == ("s" if name in ("run_s", "compile_s") else "1"), name


def test_attributes(dataset):
    assert dataset.attrs["name"] == "small"
    assert dataset.attrs["seed"] == 0
    assert (dataset.attrs["equations"], dataset.attrs["unknowns"]) == (10, 30)
    assert "10 equations, 30 unknowns" in dataset.attrs["system"]
    again = rl.studies.read_configuration(json.loads(dataset.attrs["configuration"]))
    assert again == rl.studies.read_configuration(SMALL)


def test_the_numbers_are_those_of_the_single_calls(dataset):
    system = rl.systems.FOUND["GaussianSparse"](10, 30, 2).system(0)
    exact = rl.limit(system, rl.networks.Difference(2), rl.inits.Constant(1e-4))
    found = at(dataset, "Difference D=2", "limit", 1e-4)
    assert np.array_equal(found.x, exact.x)
    assert np.array_equal(dataset.truth, system.truth)
    assert found.l1_norm == np.abs(exact.x).sum()
    assert found.error == np.linalg.norm(exact.x - system.truth) / np.linalg.norm(system.truth)
    assert found.status == "CONVERGED"
    assert found.verdict == rl.certify(exact).verdict.value == "certified"
    certificate = rl.certify(exact)
    assert found.feasibility == certificate.feasibility
    assert found.bound == certificate.distance
    assert found.gap == certificate.relative_gap


def test_training_is_measured_against_the_limit(dataset):
    flow = dataset.sel({"method": "gradient flow"})
    assert (flow.status == "CONVERGED").all()
    assert (flow.distance < 1e-8).all()
    descent = at(dataset, "Difference D=2", "gradient descent", 1.0)
    reference = at(dataset, "Difference D=2", "limit", 1.0)
    assert descent.distance == np.linalg.norm(descent.x - reference.x) / np.linalg.norm(reference.x)
    assert 0 < descent.distance < 0.1
    assert dataset.distance.sel({"method": "limit"}).isnull().all()


def test_descent_is_left_out_below_its_smallest_scale(dataset):
    left_out = dataset.sel({"method": "gradient descent", "scale": 1e-4})
    assert (left_out.status == "NOT RUN").all()
    assert (left_out.verdict == "").all()
    assert all(left_out[name].isnull().all() for name in NUMBERS)
    assert left_out.x.isnull().all()
    assert (dataset.status.sel({"method": "gradient descent", "scale": 1.0}) != "NOT RUN").all()


def test_progress_names_what_is_about_to_run(dataset, told):
    assert [index for _, index, _ in told] == list(range(10))
    assert {total for _, _, total in told} == {10}
    assert told[0][0] == "Direct, scale 1: limit"
    assert told[-1][0] == "Difference D=2, scale 0.0001: gradient flow"


def test_the_same_seed_gives_the_same_bits(dataset):
    again = rl.study(SMALL)
    times = ["run_s", "compile_s"]
    assert again.drop_vars(times).identical(dataset.drop_vars(times))


def test_another_seed_gives_another_system():
    small = {**SMALL, **LIMITS_ONLY}
    assert not np.array_equal(rl.study(small).truth, rl.study({**small, "seed": 1}).truth)


def test_pictures_and_their_psnr():
    camera = {"problem": "SinglePixelCamera", "parameters": {"measurements": 30, "side": 8}}
    networks = [{"name": "Difference"}, {"name": "Dense", "start": "chain"}]
    dataset = rl.study({"system": camera, "networks": networks, "scales": {"values": SCALES}, **LIMITS_ONLY})
    problem = rl.systems.FOUND["SinglePixelCamera"](30, 8)
    assert dict(dataset.sizes) | {"row": 8, "column": 8} == dict(dataset.sizes)
    assert np.array_equal(dataset.truth_picture, problem.picture(dataset.truth.values))
    found = at(dataset, "Dense chain h=1", "limit", 1.0)
    assert np.array_equal(found.picture, problem.picture(found.x.values))
    assert found.psnr == rl.systems.peak_signal_to_noise(found.picture.values, dataset.truth_picture.values)
    assert dataset.psnr.attrs["units"] == "dB"
    assert at(dataset, "Difference D=2", "gradient flow", 1.0).picture.isnull().all()
    assert (dataset.verdict.sel({"method": "limit"}) == "certified").all()


def test_where_no_theorem_holds_the_limit_says_so():
    small = {**SMALL, **LIMITS_ONLY, "networks": [{"name": "Dense", "start": "gaussian", "width": 3}]}
    dataset = rl.study(small)
    assert list(dataset.network.values) == ["Dense gaussian h=1 width=3"]
    limits = dataset.sel({"method": "limit"})
    assert (limits.status == "NO EXACT LIMIT").all()
    assert all("no theorem" in text for text in limits.message.values.ravel())
    assert limits.x.isnull().all()


def test_a_refused_cell_stops_no_other(monkeypatch):
    class Refusing:
        def __init__(self, **settings):
            self.settings = settings

    def train(system, network, theta0, flow, tol, seed):
        raise InfeasibleSignsError("no solution has these signs")

    monkeypatch.setattr("ridgeless.flows.GradientFlow", Refusing)
    monkeypatch.setattr("ridgeless.flows.Flow", Refusing)
    monkeypatch.setattr("ridgeless.studies.cells.train", train)
    dataset = rl.study({**SMALL, "descent": {"run": False}})
    flow = dataset.sel({"method": "gradient flow"})
    assert (flow.status == "REFUSED").all()
    assert (flow.message == "no solution has these signs").all()
    assert (dataset.status.sel({"method": "limit"}) == "CONVERGED").all()


def test_the_users_own_system_has_no_truth(tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("1,2,0,2\n3,1,1,3\n")
    dataset = rl.study({"system": {"path": str(file)}, "scales": {"values": [1e-6]}, **LIMITS_ONLY})
    assert "truth" not in dataset
    assert "psnr" not in dataset
    assert dataset.error.isnull().all()
    assert (dataset.status.sel({"method": "limit"}) == "CONVERGED").all()
    assert "'own'" in dataset.attrs["system"]


def test_an_inconsistent_system_is_refused_before_anything_runs(tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("1,2,0,2\n1,2,0,3\n")
    told = []
    with pytest.raises(InconsistentSystemError):
        rl.study({"system": {"path": str(file)}}, lambda *what: told.append(what))
    assert told == []


def test_a_start_that_makes_no_sense_is_refused_before_anything_runs():
    told = []
    with pytest.raises(IncompatibleInitError, match=r"inits\.Constant makes no start for Dense"):
        rl.study({**SMALL, "networks": [{"name": "Direct"}, {"name": "Dense"}]}, lambda *what: told.append(what))
    with pytest.raises(IncompatibleInitError, match=r"inits\.Chain makes no start for Direct"):
        rl.study({**SMALL, "networks": [{"name": "Direct", "start": "chain"}]}, lambda *what: told.append(what))
    assert told == []


NAMED = {
    (kind.__name__, network)
    for kind in rl.inits.FOUND.values()
    if "scale" in {field.name for field in dataclasses.fields(kind)}
    for network in (rl.networks.Direct(), rl.networks.Difference(2), rl.networks.Dense(hidden=1, width=3))
}


@pytest.mark.parametrize(("name", "network"), sorted(NAMED, key=str))
def test_a_named_start_is_that_of_the_init(name, network):
    system = rl.LinearSystem(np.random.default_rng(0).standard_normal((4, 12)), np.ones(4))
    init = dataclasses.replace(rl.inits.FOUND[name].examples()[-1].suited_to(system), scale=0.1)
    parameters = {field.name: getattr(init, field.name) for field in dataclasses.fields(init) if field.name != "scale"}
    choice = NetworkChoice(type(network).__name__, start=Start(name.lower(), parameters))
    try:
        wanted = init(network, system, 3)
    except IncompatibleInitError:
        with pytest.raises(IncompatibleInitError):
            start_weights(choice, network, system, 0.1, 3)
        return
    found = start_weights(choice, network, system, 0.1, 3)
    assert jax.tree.structure(found) == jax.tree.structure(wanted)
    assert all(np.array_equal(*each) for each in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True))


def test_a_chain_has_its_scale_and_a_limit():
    choice, network = NetworkChoice("Dense", start=Start("chain")), rl.networks.Dense(hidden=1)
    system = rl.LinearSystem(np.random.default_rng(0).standard_normal((4, 12)), np.ones(4))
    theta = start_weights(choice, network, system, 0.1, 3)
    assert np.linalg.norm(theta["W"][0]) == pytest.approx(0.1)
    assert rl.limit(system, network, theta).success
    larger = start_weights(choice, network, system, 1.0, 3)
    assert np.allclose(larger["W"][0], 10 * theta["W"][0])  # the same direction at every scale


def test_starts_do_not_repeat_the_draws_of_the_system():
    system = rl.systems.FOUND["GaussianSparse"](10, 30, 2).system(0)
    choice = NetworkChoice("Direct", start=Start("gaussian"))
    own = start_weights(choice, rl.networks.Direct(), system, 1.0, start_seed(0))["x"]
    shared = start_weights(choice, rl.networks.Direct(), system, 1.0, 0)["x"]
    for start in (own, shared):  # drawn from the system's own stream, x₀ would be the first row of A
        assert np.linalg.norm(system.project_null(start)) > 0.5 * np.linalg.norm(start)
