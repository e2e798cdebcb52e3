"""What every verb returns: readable, honest, repeatable, and read back as it was written."""

import dataclasses
import json

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl
from ridgeless.errors import UnreadableFileError, UnwritableFolderError

A = np.random.default_rng([5, 14]).standard_normal((5, 14))


def system_of(form=np.asarray, truth=False):
    x = np.random.default_rng([5, 15]).standard_normal(14)
    return rl.LinearSystem(form(A), A @ x, truth=x if truth else None, name="small")


def found_by(network=None, init=None, **options):
    network = network or rl.networks.Difference(2)
    return rl.limit(system_of(), network, init or rl.inits.Constant(0.1), **options)


def same(one, other):
    """Equal in every array, number and text."""
    assert type(one) is type(other)
    if dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for name in one:
            same(one[name], other[name])
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for first, second in zip(one, other, strict=True):
            same(first, second)
    elif sp.issparse(one):
        np.testing.assert_array_equal(one.toarray(), other.toarray())
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other or (one != one and other != other)


class TestWhatItHolds:
    def test_the_answer_is_numpy(self):
        found = found_by()
        assert type(found.x) is np.ndarray
        assert found.x.dtype == np.float64
        assert type(found.dual) is np.ndarray
        assert found.dual.shape == (5,)

    def test_a_limit_has_no_weights_and_no_history(self):
        found = found_by()
        assert found.theta is None
        assert found.history is None

    def test_success_is_convergence(self):
        found = found_by()
        for status in rl.Status:
            assert dataclasses.replace(found, status=status).success == (status is rl.Status.CONVERGED)

    def test_stats_count_steps_and_seconds(self):
        stats = found_by().stats
        assert {"steps", "run_s", "compile_s"} <= set(stats)
        assert stats["steps"] > 0
        assert stats["run_s"] > 0

    def test_the_dual_belongs_to_the_answer(self):
        found = found_by()
        gradient = found.bias.potential.gradient(found.x)
        np.testing.assert_allclose(found.bias.offset + A.T @ found.dual, gradient, rtol=1e-8, atol=1e-12)

    def test_provenance_is_enough_to_repeat_it(self):
        found = found_by(rl.networks.TwoBranch(2), rl.inits.Gaussian(0.2), seed=7, tol=1e-9)
        record = found.provenance
        assert record["seed"] == 7
        assert record["versions"].keys() >= {"python", "ridgeless", "numpy"}
        assert record["versions"]["numpy"] == np.__version__
        settings = record["configuration"]
        assert json.dumps(record)
        again = rl.limit(
            system_of(),
            eval(settings["network"], dict(rl.networks.FOUND)),
            eval(settings["init"], dict(rl.inits.FOUND)),
            tol=float(settings["tol"]),
            seed=record["seed"],
        )
        np.testing.assert_array_equal(again.x, found.x)

    def test_an_explicit_theta_is_told_as_such(self):
        found = found_by(init={"u": np.ones(14), "v": np.ones(14)})
        assert found.provenance["configuration"]["init"] == "explicit theta: u, v"


class TestRepr:
    def test_one_screen(self, found_network, starts):
        for theta0 in starts(found_network, system_of()).values():
            if found_network.bias(theta0, system_of()) is None:
                continue
            try:
                shown = repr(rl.limit(system_of(), found_network, theta0))
            except rl.errors.InfeasibleSignsError:
                continue
            lines = shown.splitlines()
            assert len(lines) <= 12
            assert max(len(line) for line in lines) <= 200
            assert lines[0].startswith("Solution: CONVERGED, residual")
            assert str(found_network) in lines[0]
            assert "implicit bias" in lines[-1]

    def test_what_failed_says_so(self):
        found = dataclasses.replace(found_by(), status=rl.Status.STALLED, message="It stopped.")
        assert "STALLED" in repr(found)
        assert "It stopped." in repr(found)

    def test_entries_that_are_not_finite(self):
        found = dataclasses.replace(found_by(), x=np.full(14, np.nan), status=rl.Status.DIVERGED)
        assert "nan" in repr(found)
        assert "DIVERGED" in repr(dataclasses.replace(found, x=np.zeros(0)))

    def test_large_systems_are_not_printed(self):
        system = rl.systems.FOUND["GaussianSparse"](equations=20, unknowns=2000).system()
        assert len(repr(rl.limit(system, rl.networks.Direct(), rl.inits.Constant(0.1)))) < 1000


class TestSaving:
    @pytest.mark.parametrize("form", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
    def test_every_network(self, found_network, starts, solvable, tmp_path, form):
        """Everything but an operator's code comes back bit for bit, and certifies as before."""
        probe = system_of()
        for index, theta0 in enumerate(starts(found_network, probe, seed=1).values()):
            system = solvable(found_network, theta0, form(A))
            if found_network.bias(theta0, system) is None:
                continue
            found = rl.limit(system, found_network, theta0)
            read = rl.load(found.save(tmp_path / f"found{index}.npz"))
            same(read, found)
            assert rl.certify(read).verdict == rl.certify(found).verdict == "certified"

    def test_frozen_and_locked_coordinates(self, tmp_path):
        u = np.where(np.arange(14) % 3 == 0, 0.0, 0.3)
        system = rl.LinearSystem(A, A @ u)
        found = rl.limit(system, rl.networks.Power(3), {"u": u})
        same(rl.load(found.save(tmp_path / "locked")), found)

    def test_an_operator_is_code_and_stays_behind(self, tmp_path):
        found = rl.limit(system_of(aslinearoperator), rl.networks.Difference(2), rl.inits.Constant(0.1))
        read = rl.load(found.save(tmp_path / "operator"))
        assert read.system is None
        same(dataclasses.replace(read, system=None), dataclasses.replace(found, system=None))
        with pytest.raises(rl.InvalidInputError, match="without its system"):
            rl.certify(read)
        assert rl.certify(system_of(), read.x, read.bias, read.dual).verdict == "certified"
        assert found.system is not None

    def test_histories_weights_and_every_status(self, tmp_path):
        history = rl.History("step", *(np.arange(4.0) + shift for shift in range(5)))
        theta = {"W": [np.eye(3), np.ones((3, 2))], "w": np.ones(2)}
        for status in rl.Status:
            found = dataclasses.replace(found_by(), status=status, history=history, theta=theta, bias=None, dual=None)
            same(rl.load(found.save(tmp_path / status.name)), found)

    def test_numbers_that_are_not_finite(self, tmp_path):
        found = dataclasses.replace(
            found_by(), x=np.array([np.nan, np.inf, -0.0]), residual=float("inf"), stats={"steps": 3, "ratio": float("nan")}
        )
        same(rl.load(found.save(tmp_path / "odd")), found)

    def test_the_suffix_is_added_and_the_path_returned(self, tmp_path):
        found = found_by()
        assert found.save(tmp_path / "a") == tmp_path / "a.npz"
        assert found.save(str(tmp_path / "b.npz")) == tmp_path / "b.npz"
        assert found.save(tmp_path / "v1.5") == tmp_path / "v1.5.npz"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "b.npz", "v1.5.npz"]

    def test_an_older_file_is_replaced(self, tmp_path):
        found = found_by()
        dataclasses.replace(found, message="old").save(tmp_path / "a")
        found.save(tmp_path / "a")
        assert rl.load(tmp_path / "a.npz").message == found.message

    def test_a_folder_that_is_not_there(self, tmp_path):
        with pytest.raises(UnwritableFolderError, match="nowhere"):
            found_by().save(tmp_path / "nowhere" / "a.npz")
        assert not list(tmp_path.iterdir())

    def test_a_folder_in_place_of_the_file(self, tmp_path):
        (tmp_path / "a.npz").mkdir()
        with pytest.raises(UnwritableFolderError):
            found_by().save(tmp_path / "a.npz")
        assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


class TestLoading:
    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(UnreadableFileError, match=r"does not exist.*Solution\.save"):
            rl.load(tmp_path / "none.npz")

    def test_a_folder(self, tmp_path):
        with pytest.raises(UnreadableFileError):
            rl.load(tmp_path)

    def test_something_else_of_ours(self, tmp_path):
        from ridgeless import storage

        with pytest.raises(UnreadableFileError, match="holds a LinearSystem, not a Solution"):
            rl.load(storage.write(tmp_path / "system", system_of()))
