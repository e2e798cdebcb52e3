"""What changes between two runs of a study: files, methods, arrays that are kept, names that are taken."""

import numpy as np
import pytest

import ridgeless as rl
from ridgeless.errors import InvalidConfigurationError, InvalidInputError, StudyStoreError
from ridgeless.studies.inspection import compare, rerun
from ridgeless.studies.report_folder import is_reported, write_summary
from ridgeless.studies.store import StudyStore

DESCENT = {"flow": "GradientDescent", "max_steps": 200}


def own_system(path, factor):
    np.savez(path, A=np.eye(2, 4), b=factor * np.array([1.0, 2.0]))


class TestFiles:
    def asked(self, path):
        init = {"name": "Constant", "scale": 0.1}
        return {"problem": {"path": str(path)}, "runs": [{"network": "Difference", "init": init}]}

    def test_a_changed_file_is_another_problem(self, tmp_path):
        own_system(tmp_path / "p.npz", 1.0)
        first = rl.study(self.asked(tmp_path / "p.npz"))
        own_system(tmp_path / "p.npz", 10.0)
        assert np.allclose(rl.study(self.asked(tmp_path / "p.npz")).x, 10 * first.x)

    def test_the_results_of_the_old_file_are_not_shown_as_those_of_the_new_one(self, tmp_path):
        own_system(tmp_path / "p.npz", 1.0)
        rl.study(self.asked(tmp_path / "p.npz"), store=tmp_path / "s.zarr")
        own_system(tmp_path / "p.npz", 10.0)
        with pytest.raises(StudyStoreError, match="does not ask for"):
            rl.study(self.asked(tmp_path / "p.npz"), store=tmp_path / "s.zarr")

    def test_the_same_file_elsewhere_is_the_same_problem(self, tmp_path, monkeypatch):
        own_system(tmp_path / "p.npz", 1.0)
        first = rl.study(self.asked(tmp_path / "p.npz"), store=tmp_path / "s.zarr")
        monkeypatch.chdir(tmp_path)
        again = rl.study(self.asked("p.npz"), store=tmp_path / "s.zarr")
        assert (again.address == first.address).all()


class TestDistances:
    def test_a_limit_that_comes_later(self, small, tmp_path, same_but_for_the_clock):
        init = {"name": "Constant", "scale": [1.0, 0.1]}
        rl.study(small(init=init, methods=[DESCENT]), store=tmp_path / "s.zarr")
        both = small(init=init, methods=[DESCENT, "limit"])
        grown, fresh = rl.study(both, store=tmp_path / "s.zarr"), rl.study(both)
        assert np.isfinite(fresh.distance.isel(method=0)).all()
        np.testing.assert_array_equal(grown.distance, fresh.distance)

    def test_with_the_limit_come_the_certificates_by_it(self, small, tmp_path, same_but_for_the_clock):
        """Every bit is that of a study that had the limits from the start, and each cell is reproduced by itself."""
        init, descent = {"name": "Constant", "scale": [1.0, 0.1]}, {"flow": "GradientDescent", "max_steps": 3000}
        rl.study(small(init=init, methods=[descent]), store=tmp_path / "s.zarr")
        alone = rl.studies.read_store(tmp_path / "s.zarr").isel(method=0)
        both = small(init=init, methods=[descent, "limit"])
        grown, fresh = rl.study(both, store=tmp_path / "s.zarr"), rl.study(both)
        assert same_but_for_the_clock(grown, fresh)
        assert (alone.verdict == grown.verdict.isel(method=0)).all()
        assert not np.array_equal(alone.bound, grown.bound.isel(method=0))
        for scale in (1, 0.1):
            assert rerun(grown, f"scale={scale}, method=GradientDescent").different == ()

    def test_a_command_that_was_killed_before_its_last_line(self, small, tmp_path, monkeypatch, same_but_for_the_clock):
        both = small(methods=[DESCENT, "limit"])
        rl.study(small(methods=[DESCENT]), store=tmp_path / "s.zarr")
        with monkeypatch.context() as killed:
            killed.setattr(StudyStore, "hold_against_limits", lambda store: None)
            assert rl.study(both, store=tmp_path / "s.zarr").distance.isnull().all()
        assert same_but_for_the_clock(rl.study(both, store=tmp_path / "s.zarr"), rl.study(both))

    def test_starts_of_one_label_have_limits_of_their_own(self, small):
        """Two objects that are called alike: the training from one is not held against the limit from the other."""
        starts = [rl.inits.Weights({"u": np.full(10, size), "v": np.full(10, size)}) for size in (0.1, 0.5)]
        first, second = (
            small(init=init, methods=methods) for init, methods in zip(starts, (["limit"], [DESCENT]), strict=True)
        )
        found = rl.study({**first, "runs": first["runs"] + second["runs"]})
        assert "init" not in found.dims
        assert found.sizes["method"] == 2
        assert found.distance.isnull().all()

    def test_they_need_no_x_that_is_asked_for(self, small):
        both = small(methods=[DESCENT, "limit"])
        np.testing.assert_array_equal(rl.study({**both, "keep": []}).distance, rl.study(both).distance)


class TestMeasuresOfTheUser:
    def test_one_that_fails_loses_no_solution(self, small):
        def broken(solution, system):
            raise KeyError("no such thing")

        found = rl.study(small(), measures=[broken])
        assert (found.status == "CONVERGED").all()
        assert found.broken.isnull().all()
        assert "broken failed: KeyError" in str(found.message.values.ravel()[0])

    def test_a_name_that_is_taken(self, small):
        def method(solution, system):
            return 1.0

        with pytest.raises(InvalidInputError, match="cannot be called 'method'"):
            rl.study(small(), measures=[method])

    @pytest.mark.usefixtures("as_a_user")
    def test_a_function_that_is_no_list(self, small):
        with pytest.raises(InvalidInputError, match=r"measures=\[my_function\]"):
            rl.study(small(), measures=lambda solution, system: 1.0)


class TestLabels:
    def test_repeats_within_a_zip(self, small):
        network, init = {"name": "Difference", "depth": [2, 2, 3]}, {"name": "Constant", "scale": [0.1, 0.2, 0.1]}
        found = rl.study(small(network=network, init=init, zip_=[["depth", "scale"]]))
        assert found.depth.values.tolist() == [2, 2, 3]
        assert found.scale.values.tolist() == [0.1, 0.2, 0.1]
        told = compare(found, found)
        assert (told.same_bits, told.only_first, told.only_second) == (3, 0, 0)

    def test_a_row_of_a_zip_twice(self, small):
        network, init = {"name": "Difference", "depth": [2, 2]}, {"name": "Constant", "scale": [0.1, 0.1]}
        with pytest.raises(InvalidConfigurationError, match="twice"):
            rl.study(small(network=network, init=init, zip_=[["depth", "scale"]]))

    def test_the_init_of_each_network(self, small):
        first = small(network="Difference", init={"name": "Constant", "scale": 0.5})
        second = small(network="TwoBranch", init={"name": "Constant", "scale": 0.1})
        found = rl.study({**first, "runs": first["runs"] + second["runs"]})
        assert found.init.dims == ("network",)
        assert found.init.values.tolist() == ["Constant scale=0.5", "Constant scale=0.1"]

    def test_a_field_of_a_method_that_is_called_like_one_of_the_problem(self, small):
        noisy = {"flow": "LabelNoise", "noise": [0.1, 0.2], "by": {"flow": "Adam", "max_steps": 3}}
        found = rl.study(small({"noise": [0.0, 0.5]}, network="Product", methods=[noisy]))
        assert found.noise.values.tolist() == [0.0, 0.5]
        assert found.method_noise.values.tolist() == [0.1, 0.2]


@pytest.mark.parametrize(
    ("store", "told"), [("", "pass a folder"), ("nosuchfs://x", "Protocol not known"), ("s3://x/y", "s3fs")]
)
def test_stores_that_cannot_be(small, store, told):
    with pytest.raises(StudyStoreError, match=told):
        rl.study(small(), store=store)


def test_a_file_address_is_a_folder(small, tmp_path):
    rl.study(small(), store=f"file://{tmp_path}/new/s.zarr")
    assert (rl.studies.read_store(tmp_path / "new" / "s.zarr").status == "CONVERGED").all()


def test_a_report_is_that_of_its_results(small, tmp_path):
    def write_report(dataset, manifest, folder):
        (folder / "report.html").write_text("")
        return [folder / "report.html"]

    found = rl.study(small())
    write_summary(found, tmp_path, write_report)
    assert is_reported(found, tmp_path)
    other = found.copy(deep=True)
    other["message"][...] = "computed again"
    assert not is_reported(other, tmp_path)
