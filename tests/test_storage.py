"""Files: what is written is read, what is damaged is refused, and nothing in a file can run."""

import io
import json
import os
import zipfile

import numpy as np
import pytest
import scipy.sparse as sp

import ridgeless as rl
from ridgeless import storage
from ridgeless.errors import RidgelessError, UnreadableFileError, UnwritableFolderError
from ridgeless.potentials import Bias, Blocks, Entropy, Frozen, Hypentropy


def stored(tmp_path, content):
    return storage.write(tmp_path / "file", content)


@pytest.mark.parametrize(
    "content",
    [
        None,
        True,
        3,
        2.5,
        "Aᵀν ≤ 1 \n 'quoted' \\",
        [],
        (),
        {},
        [1, [2.0, None], ("a", {"b": [False]})],
        {"array": 1, "class": 2, "enum": 3, "sparse": 4, "dict": 5, "list": 6, "tuple": 7},
        float("inf"),
        2**60,
        1e-320,
    ],
)
def test_plain_values(tmp_path, content):
    read = storage.read(stored(tmp_path, content))
    assert read == content
    assert type(read) is type(content)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.zeros((0, 3)),
        np.array(1.5),
        np.array([np.nan, np.inf, -0.0, 5e-324]),
        np.arange(3, dtype=np.int64),
        np.array([True, False]),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(10.0)[::3],
    ],
)
def test_arrays(tmp_path, array):
    read = storage.read(stored(tmp_path, {"a": array, "again": array}))
    for name in ("a", "again"):
        assert read[name].dtype == array.dtype
        assert read[name].shape == array.shape
        np.testing.assert_array_equal(read[name], array)


def test_numbers_of_numpy_become_plain(tmp_path):
    read = storage.read(stored(tmp_path, [np.float64(0.1), np.int64(3), np.bool_(True), np.float32(0.5)]))
    assert read == [0.1, 3, True, 0.5]
    assert [type(value) for value in read] == [float, int, bool, float]


def test_sparse_matrices(tmp_path):
    matrix = sp.random_array((7, 9), density=0.3, rng=0, format="csc")
    read = storage.read(stored(tmp_path, matrix))
    np.testing.assert_array_equal(read.toarray(), matrix.toarray())


def test_what_cannot_be_stored_becomes_none(tmp_path):
    assert storage.read(stored(tmp_path, {"code": len, "kept": 1})) == {"code": None, "kept": 1}


def test_nested_potentials(tmp_path):
    mixed = Blocks(
        (np.array([0, 2]), np.array([1]), np.array([3])),
        (Hypentropy(np.array([0.5, 1e-200]), rate=4.0), Entropy(np.array([-1.0]), rate=4.0), Frozen(1)),
    )
    read = storage.read(stored(tmp_path, Bias(mixed, np.arange(4.0), "someone 2024", ("one", "two"), is_mirror_flow=False)))
    assert read.assumptions == ("one", "two")
    assert read.is_mirror_flow is False
    x = np.array([0.3, -0.2, 1e3, 0.0])
    np.testing.assert_array_equal(read.potential.values(x), mixed.values(x))
    assert [type(part) for part in read.potential.parts] == [Hypentropy, Entropy, Frozen]


class TestWhole:
    """A file is there entirely or not at all."""

    def test_a_write_that_fails_leaves_nothing(self, tmp_path, monkeypatch):
        def full(*_, **__):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(np, "savez_compressed", full)
        with pytest.raises(UnwritableFolderError, match="No space left"):
            stored(tmp_path, {"a": np.ones(3)})
        assert not list(tmp_path.iterdir())

    def test_a_write_that_fails_keeps_the_older_file(self, tmp_path, monkeypatch):
        path = stored(tmp_path, "old")
        monkeypatch.setattr(np, "savez_compressed", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "full")))
        with pytest.raises(UnwritableFolderError):
            stored(tmp_path, "new")
        assert storage.read(path) == "old"

    def test_an_interrupted_write_leaves_nothing(self, tmp_path, monkeypatch):
        def interrupted(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr(np, "savez_compressed", interrupted)
        with pytest.raises(KeyboardInterrupt):
            stored(tmp_path, {"a": np.ones(3)})
        assert not list(tmp_path.iterdir())

    @pytest.mark.skipif(os.name == "nt", reason="permissions of another kind")
    @pytest.mark.parametrize("mask", [0o022, 0o077])
    def test_others_may_read_the_file_as_the_umask_says(self, tmp_path, mask):
        before = os.umask(mask)
        try:
            path = stored(tmp_path, 1)
        finally:
            os.umask(before)
        assert path.stat().st_mode & 0o777 == 0o666 & ~mask


class TestDamage:
    @pytest.fixture
    def whole(self, tmp_path):
        rng = np.random.default_rng(0)
        A = rng.standard_normal((4, 11))
        system = rl.LinearSystem(A, A @ rng.standard_normal(11))
        return rl.limit(system, rl.networks.Difference(3), rl.inits.Constant(0.2)).save(tmp_path / "whole")

    @pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.5, 0.9, 0.999])
    def test_truncated(self, whole, share):
        content = whole.read_bytes()
        whole.write_bytes(content[: int(share * len(content))])
        with pytest.raises(UnreadableFileError, match=r"whole\.npz"):
            rl.load(whole)

    def test_any_byte_changed(self, whole):
        """Whatever a flipped byte breaks, it is one of our errors or does not matter."""
        content, rng = whole.read_bytes(), np.random.default_rng(1)
        refused = 0
        for place in rng.choice(len(content), 300, replace=False):
            damaged = bytearray(content)
            damaged[place] ^= int(rng.integers(1, 256))
            whole.write_bytes(damaged)
            try:
                assert isinstance(rl.load(whole), rl.Solution)
            except UnreadableFileError as error:
                refused += 1
                message = str(error)
                assert "whole.npz" in message
        assert refused > 100

    @pytest.mark.parametrize(
        "content", [b"", b"PK\x03\x04", b"not a zip at all" * 20, b"\x93NUMPY\x01\x00", bytes(range(256)) * 4]
    )
    def test_something_else(self, tmp_path, content):
        path = tmp_path / "other.npz"
        path.write_bytes(content)
        with pytest.raises(UnreadableFileError):
            rl.load(path)

    def test_an_archive_of_someone_else(self, tmp_path):
        path = tmp_path / "other.npz"
        np.savez(path, A=np.eye(2), b=np.ones(2))
        with pytest.raises(UnreadableFileError, match=r"Solution\.save"):
            rl.load(path)

    def test_a_single_array(self, tmp_path):
        path = tmp_path / "other.npy"
        np.save(path, np.eye(2))
        with pytest.raises(UnreadableFileError):
            rl.load(path)

    def test_no_permission(self, whole, monkeypatch):
        def denied(*_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(np, "load", denied)
        with pytest.raises(UnreadableFileError, match="Permission denied"):
            rl.load(whole)


def tree(tmp_path, node, **arrays):
    path = tmp_path / "made.npz"
    np.savez(path, tree=np.array(json.dumps(node)), **arrays)
    return path


class TestForeignContent:
    @pytest.mark.parametrize(
        "name",
        [
            "os:system",
            "builtins:eval",
            "subprocess:Popen",
            "pathlib:Path",
            "ridgeless_other:Thing",
            "ridgeless.storage:write",
            "ridgeless.storage:Path",
            "ridgeless.errors:RidgelessError",
            "ridgeless.solution:os",
            "ridgeless.solution:Nothing",
            "ridgeless.nowhere:Thing",
            "ridgeless",
            "",
            ":",
        ],
    )
    @pytest.mark.parametrize("kind", ["class", "enum"])
    def test_no_other_class_is_made(self, tmp_path, kind, name):
        node = {"class": name, "fields": {}} if kind == "class" else {"enum": name, "name": "x"}
        with pytest.raises(UnreadableFileError):
            storage.read(tree(tmp_path, node))

    @pytest.mark.parametrize(
        "node",
        [
            {"array": "missing"},
            {"array": ["a0"]},
            {"class": "ridgeless.solution:History", "fields": {"unknown": 1}},
            {"class": "ridgeless.solution:History"},
            {"class": "ridgeless.systems.linear:LinearSystem", "fields": {"A": 1, "b": 2}},
            {"enum": "ridgeless.solution:Status", "name": "EXCELLENT"},
            {"enum": "ridgeless.solution:Status"},
            {"sparse": ["a0"], "shape": [1, 1]},
            {"sparse": [], "shape": []},
            {"unknown": [1]},
            {"list": 3},
            {"dict": 3},
            {},
        ],
        ids=str,
    )
    def test_trees_that_make_no_sense(self, tmp_path, node):
        with pytest.raises(UnreadableFileError):
            storage.read(tree(tmp_path, node, a0=np.ones(3)))

    def test_a_tree_that_is_no_json(self, tmp_path):
        path = tmp_path / "made.npz"
        np.savez(path, tree=np.array("{"))
        with pytest.raises(UnreadableFileError):
            storage.read(path)

    def test_a_tree_too_deep_to_be_ours(self, tmp_path):
        path = tmp_path / "made.npz"
        np.savez(path, tree=np.array('{"list": [' * 100_000 + "]}" * 100_000))
        with pytest.raises(UnreadableFileError):
            storage.read(path)

    def test_pickles_are_not_read(self, tmp_path):
        class Bomb:
            def __reduce__(self):
                return (pytest.fail, ("a pickle ran",))

        path = tmp_path / "made.npz"
        np.savez(path, tree=np.array(json.dumps({"array": "a0"})), a0=np.array([Bomb()], dtype=object))
        with pytest.raises(UnreadableFileError):
            storage.read(path)

    def test_an_archive_whose_members_are_no_arrays(self, tmp_path):
        path = tmp_path / "made.npz"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("tree.npy", b"nothing")
        with pytest.raises(UnreadableFileError):
            storage.read(path)

    def test_an_archive_with_a_password_bit(self, tmp_path):
        buffer = io.BytesIO()
        np.savez(buffer, tree=np.array("1"))
        content = bytearray(buffer.getvalue())
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            content[content.index(signature) + offset] |= 1
        path = tmp_path / "made.npz"
        path.write_bytes(content)
        with pytest.raises(UnreadableFileError):
            storage.read(path)


def test_unreadable_files_are_both_ours_and_pythons():
    assert issubclass(UnreadableFileError, RidgelessError)
    assert issubclass(UnreadableFileError, OSError)
    assert issubclass(UnwritableFolderError, OSError)
