"""Solutions on disk: what is written comes back, what is damaged or foreign is refused."""

import json

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl
from ridgeless import storage

RNG = np.random.default_rng(0)
A = RNG.standard_normal((5, 14))
B = A @ np.abs(RNG.standard_normal(14))
STARTS = [
    (rl.networks.Direct(), rl.inits.Gaussian(1.0)),
    (rl.networks.Difference(2), rl.inits.Constant(1e-3)),
    (rl.networks.Difference(3), rl.inits.Gaussian(0.3)),
    (rl.networks.Power(4), rl.inits.Constant(0.3)),
    (rl.networks.Product(3), rl.inits.Constant(0.1)),
    (rl.networks.TwoBranch(2), rl.inits.Imbalanced(0.1, 0.5)),
    (rl.networks.Dense(2), rl.inits.Imbalanced(0.1, 0.5)),
]


@pytest.mark.parametrize(("network", "init"), STARTS, ids=repr)
@pytest.mark.parametrize("form", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
def test_a_limit_comes_back_whole(tmp_path, network, init, form):
    found = rl.limit(rl.LinearSystem(form(A), B, name="five"), network, init)
    path = found.save(tmp_path / "found")
    again = rl.load(path)
    assert path.suffix == ".npz"
    np.testing.assert_array_equal(again.x, found.x)
    np.testing.assert_array_equal(again.dual, found.dual)
    assert (again.status, again.message, again.stats, again.provenance) == (
        found.status,
        found.message,
        found.stats,
        found.provenance,
    )
    assert repr(again) == repr(found)
    assert rl.certify(again) == rl.certify(found)


def test_a_training_comes_back_with_its_weights_and_history(tmp_path):
    flow = rl.flows.GradientDescent(max_steps=500)
    found = rl.train(rl.LinearSystem(A, B), rl.networks.Dense(1, 3), rl.inits.Gaussian(0.5), flow)
    again = rl.load(found.save(tmp_path / "trained.npz"))
    np.testing.assert_array_equal(again.theta["W"][0], found.theta["W"][0])
    np.testing.assert_array_equal(again.history.loss, found.history.loss)
    assert again.bias is None


def test_an_operator_is_left_out_and_certify_says_what_to_do(tmp_path):
    found = rl.limit(rl.LinearSystem(aslinearoperator(A), B), rl.networks.Difference(2), rl.inits.Constant(0.1))
    again = rl.load(found.save(tmp_path / "operator"))
    assert again.system is None
    with pytest.raises(rl.InvalidInputError, match=r"certify\(system, solution.x"):
        rl.certify(again)
    assert rl.certify(found.system, again.x, again.bias, again.dual).verdict == "certified"


@pytest.mark.parametrize("kept", [0, 10, 400, -30])
def test_damaged_files_are_refused(tmp_path, kept):
    path = rl.limit(rl.LinearSystem(A, B), *STARTS[1]).save(tmp_path / "found")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(rl.errors.UnreadableFileError):
        rl.load(path)


@pytest.mark.parametrize("named", ["os:system", "ridgeless.storage:write", "ridgeless.verbs:limit"])
def test_a_file_cannot_name_code_to_run(tmp_path, named):
    path = tmp_path / "evil.npz"
    np.savez(path, tree=np.array(json.dumps({"class": named, "fields": {}})))
    with pytest.raises(rl.errors.UnreadableFileError):
        rl.load(path)


def test_a_file_of_something_else_is_refused(tmp_path):
    path = storage.write(tmp_path / "other", {"x": np.ones(2)})
    with pytest.raises(rl.errors.UnreadableFileError, match="not a Solution"):
        rl.load(path)


def test_a_failed_save_leaves_nothing(tmp_path):
    found = rl.limit(rl.LinearSystem(A, B), *STARTS[1])
    with pytest.raises(rl.errors.UnwritableFolderError):
        found.save(tmp_path / "no" / "such" / "folder")
    assert list(tmp_path.iterdir()) == []
