"""The labelled arrays: names, units, types and shapes."""

import json

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InconsistentSystemError, InvalidConfigurationError
from ridgeless.studies import make_plan, read_configuration
from ridgeless.studies.dataset import _column, make_layout

ALL = ["x", "theta", "picture", "loss_history", "l1_norm_history", "l2_norm_history"]
GRID = [1.0, 10.0, 100.0]
CAMERA = {"name": "SinglePixelCamera", "measurements": 30, "side": 8}


@pytest.fixture(scope="module")
def dataset(small):
    camera = small(network={"name": "Difference", "depth": [2, 3]}, methods=["limit", "GradientDescent"])
    camera["runs"][0]["methods"][1] = {"flow": "GradientDescent", "max_steps": 20}
    return rl.study({**camera, "problem": CAMERA, "keep": ALL, "history": GRID, "name": "pictures"})


def test_dimensions_and_labels(dataset):
    assert dataset.status.dims == ("depth", "method")
    assert dict(dataset.sizes) == {
        "depth": 2,
        "method": 2,
        "coordinate": 64,
        "weight": 128,
        "row": 8,
        "column": 8,
        "at": 3,
    }
    assert dataset.depth.values.tolist() == [2, 3]
    assert dataset.network == "Difference"
    assert dataset.init == "Constant scale=0.1"


def test_everything_has_a_name_and_a_unit(dataset):
    units = {"psnr": "dB", "run_s": "s", "compile_s": "s"}
    for name, variable in dataset.variables.items():
        assert variable.attrs["long_name"], name
        assert variable.attrs["units"] == units.get(name, "1"), name


def test_attributes(dataset, small):
    assert dataset.attrs["name"] == "pictures"
    assert (dataset.attrs["equations"], dataset.attrs["unknowns"]) == (30, 64)
    assert "30 equations, 64 unknowns" in dataset.attrs["system"]
    again = read_configuration(json.loads(dataset.attrs["configuration"]))
    assert make_plan(again).names == ("depth", "method")
    assert json.loads(dataset.attrs["versions"])["ridgeless"] == rl.__version__


def test_what_is_kept(dataset):
    problem = rl.systems.SinglePixelCamera(30, 8)
    trained = dataset.sel({"method": "GradientDescent", "depth": 2})
    single = rl.train(
        problem.system(0), rl.networks.Difference(), rl.inits.Constant(0.1), rl.flows.GradientDescent(max_steps=20)
    )
    assert np.allclose(trained.x, single.x, rtol=1e-12)
    assert np.allclose(trained.theta, np.concatenate([single.theta["u"], single.theta["v"]]), rtol=1e-12)
    assert np.array_equal(trained.picture, problem.picture(trained.x.values))
    assert np.array_equal(dataset.truth, problem.system(0).truth)
    assert np.array_equal(dataset.truth_picture, problem.picture(dataset.truth.values))
    assert trained.psnr == rl.systems.peak_signal_to_noise(trained.picture.values, dataset.truth_picture.values)
    assert dataset["at"].values.tolist() == GRID
    losses = trained.loss_history.values
    assert losses[0] > losses[1] > 0
    first = single.history.at.tolist().index(GRID[0])
    assert trained.l1_norm_history.values[0] == pytest.approx(single.history.l1_norm[first], rel=1e-10)
    assert trained.l2_norm_history.values[0] == pytest.approx(single.history.l2_norm[first], rel=1e-10)
    assert np.isnan(losses[2])  # training has ended before
    exact = dataset.sel({"method": "limit"})
    assert exact.theta.isnull().all()
    assert exact.loss_history.isnull().all()


def test_problems_of_several_sizes_leave_the_end_free(small):
    dataset = rl.study(small({"unknowns": [8, 10]}, network=["Direct", "Difference"], keep=["x", "theta"])).squeeze()
    assert dict(dataset.sizes) == {"unknowns": 2, "network": 2, "coordinate": 10, "weight": 20}
    smaller = dataset.sel(unknowns=8)
    assert smaller.x[:, :8].notnull().all()
    assert smaller.x[:, 8:].isnull().all()
    assert dataset.x.sel(unknowns=10).notnull().all()
    assert "truth" not in dataset
    assert "unknowns" not in dataset.attrs
    assert dataset.attrs["system"] == "several systems"


def test_what_was_not_asked_for_is_told_from_what_is_missing(small):
    first, second = small(network="Direct"), small(network="Difference", methods=["limit", "lazy_limit"])
    layout = make_layout(make_plan(read_configuration({**first, "runs": first["runs"] + second["runs"]})))
    assert layout.empty().status.values.tolist() == [["", "NOT RUN"], ["", ""]]


def test_the_users_own_system(small, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("1,2,0,2\n3,1,1,3\n")
    dataset = rl.study({**small(), "problem": {"path": str(file)}}).squeeze()
    assert "truth" not in dataset
    assert "psnr" not in dataset
    assert dataset.error.isnull()
    assert dataset.status == "CONVERGED"
    assert "'own'" in dataset.attrs["system"]


def test_the_users_names_of_unknowns(small, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("oil,gas,coal,price\n1,2,0,2\n3,1,1,3\n")
    dataset = rl.study({**small(), "problem": {"path": str(file), "vector": "price"}})
    assert dataset.unknown.values.tolist() == ["oil", "gas", "coal"]
    assert dataset.unknown.dims == ("coordinate",)


def test_an_inconsistent_system_is_refused_before_anything_runs(small, tmp_path):
    file, told = tmp_path / "own.csv", []
    file.write_text("1,2,0,2\n1,2,0,3\n")
    with pytest.raises(InconsistentSystemError):
        rl.study({**small(), "problem": {"path": str(file)}}, lambda *what: told.append(what), store=tmp_path / "s")
    assert told == []
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"measures": ["eror"]}, "measures: unknown measure 'eror': did you mean 'error'?"),
        ({"history": 3}, "history is no axis"),
        ({"history": [0, 1]}, "numbers above 0"),
        ({"history": ["a"]}, "numbers above 0"),
        ({"history": [True]}, "numbers above 0"),
        ({"history": [float("inf")]}, "numbers above 0"),
        ({"history": {"a": 1}}, "history is no axis"),
    ],
    ids=str,
)
def test_refusals(small, keys, text):
    with pytest.raises(InvalidConfigurationError, match="configuration: ") as refusal:
        make_layout(make_plan(read_configuration(small(**keys))))
    assert text in str(refusal.value)


@pytest.mark.parametrize(
    ("values", "kind"),
    [((1, 2), "i"), ((1, 0.5), "f"), ((1, None), "f"), (("a", 1), "O"), ((True, False), "O"), ((2**70, 1), "f")],
    ids=str,
)
def test_types_of_coordinates(values, kind):
    column = _column(values)
    assert column.dtype.kind == kind
    if kind in "if":
        assert np.array_equal(column, np.array([np.nan if v is None else float(v) for v in values]), equal_nan=True)
