"""Looking into a study: how far it is, how two differ, and a cell computed anew."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InvalidInputError
from ridgeless.studies import make_plan, read_configuration, read_store
from ridgeless.studies.dataset import make_layout
from ridgeless.studies.inspection import compare, progress_of, rerun
from ridgeless.studies.store import open_store

DESCENT = {"flow": "GradientDescent", "max_steps": 40}


@pytest.fixture(scope="module")
def configuration(small):
    init = {"name": "Constant", "scale": [0.5, 0.123456789]}
    return small(init=init, methods=["limit", DESCENT], seeds={"count": 3}, keep=["x", "theta", "loss_history"])


@pytest.fixture(scope="module")
def dataset(configuration, tmp_path_factory):
    target = tmp_path_factory.mktemp("inspected") / "results.zarr"
    rl.study(configuration, store=target)
    return read_store(target)


class TestProgress:
    def test_of_a_finished_study(self, dataset):
        found = progress_of(dataset)
        assert (found.name, found.asked, found.done) == ("single-pixel-camera", 12, 12)
        assert found.statuses == {"limit": {"CONVERGED": 6}, "GradientDescent": {"MAX_STEPS": 6}}

    def test_of_one_that_has_not_begun(self, configuration, tmp_path):
        with open_store(tmp_path / "s", make_layout(make_plan(read_configuration(configuration)))):
            found = progress_of(read_store(tmp_path / "s"))
        assert (found.asked, found.done) == (12, 0)

    def test_what_was_not_asked_for_does_not_count(self, small):
        first, second = small(network="Direct"), small(network="Difference", methods=["limit", "lazy_limit"])
        found = progress_of(rl.study({**first, "runs": first["runs"] + second["runs"]}))
        assert (found.asked, found.done) == (3, 3)
        assert found.statuses["lazy_limit"] == {"CONVERGED": 1}


class TestCompare:
    def test_with_itself(self, dataset):
        found = compare(dataset, dataset)
        assert (found.only_first, found.only_second, found.same_bits) == (0, 0, 12)
        assert found.differences == {}
        assert found.statuses == []

    def test_one_number_and_one_status_differ(self, dataset):
        other = dataset.copy(deep=True)
        other.error[1, 0, 0] *= 1.5
        other.status[0, 1, 1] = "DIVERGED"
        found = compare(dataset, other)
        assert found.same_bits == 10
        assert list(found.differences) == ["error"]
        size, label = found.differences["error"]
        assert size == pytest.approx(1 / 3)
        assert label == "seed=1, scale=0.5, method=limit"
        assert found.statuses == [("seed=0, scale=0.123456789, method=GradientDescent", "MAX_STEPS", "DIVERGED")]

    def test_seconds_do_not_count(self, dataset):
        other = dataset.copy(deep=True)
        other.run_s[:] = 7.0
        assert compare(dataset, other).same_bits == 12

    def test_cells_that_one_lacks(self, dataset):
        found = compare(dataset.isel(seed=[0, 1]), dataset.isel(seed=[1, 2]))
        assert (found.only_first, found.only_second, found.same_bits) == (4, 4, 4)

    def test_a_number_against_none(self, dataset):
        other = dataset.copy(deep=True)
        other.error[0, 0, 0] = np.nan
        assert compare(dataset, other).differences["error"][0] == np.inf

    def test_other_dimensions(self, dataset):
        with pytest.raises(
            InvalidInputError, match=r"compare: the studies have the dimensions .*pass two with the same"
        ):
            compare(dataset, dataset.isel(seed=0))


class TestRerun:
    @pytest.mark.parametrize("method", ["limit", "GradientDescent"])
    def test_the_same_bits(self, dataset, method):
        found = rerun(dataset, f"seed=1, scale=0.123456789, method={method}")
        assert found.different == ()
        assert found.row.texts["status"] == dataset.status.sel({"seed": 1, "method": method}).values[1]
        assert found.company == 6  # it is computed in the company that it was computed in
        assert "scale=0.123456789, seed 1" in found.label

    def test_by_address(self, dataset):
        address = dataset.address.values[2, 0, 1]
        assert rerun(dataset, address[:10]).label.endswith("seed 2: GradientDescent max_steps=40")

    def test_what_differs_is_named(self, dataset):
        other = dataset.copy(deep=True)
        other.x[0, 0, 0, 3] += 1e-15
        other.message[0, 0, 0] = "It was otherwise."
        assert rerun(other, "seed=0, scale=0.5, method=limit").different == ("x", "message")

    @pytest.mark.parametrize(
        ("cell", "text"),
        [
            ("seed=9", "'seed=9' means no cell with a result"),
            ("method=limit", "means 6 cells"),
            ("", "'' means no cell with a result"),
            ("zzzz", "type the beginning of an address, or labels as in: seed=0, scale=0.5, method=limit"),
        ],
    )
    def test_one_cell_is_meant(self, dataset, cell, text):
        with pytest.raises(InvalidInputError, match="rerun: ") as refusal:
            rerun(dataset, cell)
        assert text in str(refusal.value)

    def test_objects_are_not_kept_with_results(self, small):
        dataset = rl.study(small(network=rl.networks.Difference(3)))
        with pytest.raises(InvalidInputError, match=r"rerun: .*objects of Python are not kept with results"):
            rerun(dataset, "method=limit")
