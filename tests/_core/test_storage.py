"""Solutions on disk: what is written comes back, what is damaged or foreign is refused."""

import importlib.util
import json

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl
from ridgeless._core import storage

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


@pytest.mark.parametrize("named", ["os:system", "ridgeless._core.storage:write", "ridgeless.verbs.limit:limit"])
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


def small(tmp_path):
    """A solution in a file of a few hundred bytes, and what it holds."""
    found = rl.Solution(np.array([1.0, -2.0]), rl.Status.CONVERGED, "small", 0.25, "by hand", stats={"steps": 3})
    path = found.save(tmp_path / "small.npz")
    return path, path.read_bytes()


def assert_loads_rightly_or_not_at_all(path, content):
    path.write_bytes(content)
    try:
        again = rl.load(path)
    except rl.errors.UnreadableFileError:
        return False
    assert (again.x.tolist(), again.status, again.message, again.residual, again.method, again.stats) == (
        [1.0, -2.0],
        rl.Status.CONVERGED,
        "small",
        0.25,
        "by hand",
        {"steps": 3},
    )
    return True


@pytest.mark.parametrize("mask", [0x55, 0x80])
def test_no_byte_can_be_changed_unseen(tmp_path, mask):
    """Every byte of a file, one after the other: the file is refused, or it is read as what was written."""
    path, whole = small(tmp_path)
    refused = 0
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= mask
        refused += not assert_loads_rightly_or_not_at_all(path, bytes(changed))
    assert refused > 0.5 * len(whole)


def test_no_file_can_be_cut_unseen(tmp_path):
    path, whole = small(tmp_path)
    assert not any(assert_loads_rightly_or_not_at_all(path, whole[:kept]) for kept in range(len(whole)))


def rewritten(path, change):
    """The file with its members changed and stored anew, as nothing but an editor of archives would."""
    with np.load(path) as stored:
        members = {name: stored[name] for name in stored.files}
    np.savez_compressed(path, **change(members))


CHANGES = {
    "another x": lambda members: members | {"a0": members["a0"] + 1},
    "x in another type": lambda members: members | {"a0": members["a0"].astype(np.float32)},
    "x in another shape": lambda members: members | {"a0": members["a0"][None]},
    "one array more": lambda members: members | {"a1": np.ones(1)},
    "an array less": lambda members: {"tree": members["tree"]},
    "another text": lambda members: members | {"tree": np.array(str(members["tree"]).replace("small", "great"))},
    "another checksum": lambda members: members | {"tree": np.array(str(members["tree"]).replace("sha256", "sha265"))},
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_checksum_sees_every_change(tmp_path, what):
    path, _ = small(tmp_path)
    rewritten(path, CHANGES[what])
    with pytest.raises(rl.errors.UnreadableFileError, match=r"checksum|KeyError"):
        rl.load(path)


def test_files_without_a_checksum_are_still_read(tmp_path):
    """As the version before wrote them: the tree alone."""
    path, whole = small(tmp_path)

    def without(members):
        return members | {"tree": np.array(json.dumps(json.loads(str(members["tree"]))["content"]))}

    rewritten(path, without)
    assert path.read_bytes() != whole
    assert assert_loads_rightly_or_not_at_all(path, path.read_bytes())


@pytest.mark.slow
def test_no_byte_of_a_limit_can_be_changed_unseen(tmp_path):
    found = rl.limit(rl.LinearSystem(A[:3], B[:3], names=[f"g{i}" for i in range(14)]), *STARTS[1])
    path = found.save(tmp_path / "limit.npz")
    whole = path.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x55
        path.write_bytes(changed)
        try:
            again = rl.load(path)
        except rl.errors.UnreadableFileError:
            continue
        assert repr(again) == repr(found)
        assert again.provenance == found.provenance
        np.testing.assert_array_equal(again.system.A, found.system.A)


@pytest.mark.parametrize(
    "content", ["[" * 100_000, "null", '{"list": 5}', '{"class": "ridgeless.systems.linear:LinearSystem"}']
)
def test_a_tree_that_is_none(tmp_path, content):
    path = tmp_path / "odd.npz"
    np.savez(path, tree=np.array(content))
    with pytest.raises(rl.errors.UnreadableFileError):
        rl.load(path)


def test_a_system_that_cannot_be_made_is_told_as_damage(tmp_path):
    fields = {"A": {"list": [{"list": [1.0]}]}, "b": {"list": [1.0, 2.0]}}
    tree = {"class": "ridgeless.systems.linear:LinearSystem", "fields": fields}
    np.savez(tmp_path / "odd.npz", tree=np.array(json.dumps(tree)))
    with pytest.raises(rl.errors.UnreadableFileError, match="InvalidInputError"):
        rl.load(tmp_path / "odd.npz")


def test_files_written_before_modules_moved_are_read(tmp_path):
    """Files name classes by their modules, and outlive them."""
    for old, new in storage._MOVED.items():
        assert importlib.util.find_spec(old) is None
        assert importlib.util.find_spec(new) is not None
    found = rl.limit(rl.LinearSystem(A, B), *STARTS[1])
    with np.load(found.save(tmp_path / "found"), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    tree = json.loads(str(arrays.pop("tree")))["content"]
    old = json.dumps(tree).replace("ridgeless.potentials.theorem:", "ridgeless.potentials.bias:")
    assert old != json.dumps(tree)
    np.savez(tmp_path / "old.npz", tree=np.array(old), **arrays)
    assert repr(rl.load(tmp_path / "old.npz").bias) == repr(found.bias)
