"""Damaged files of every format: refused in one line, whatever byte is wrong; and the readers that see to it."""

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import scipy.io.matlab
import scipy.sparse as sp

from ridgeless.errors import UnreadableFileError
from ridgeless.systems import read_system
from ridgeless.systems.matlab_files import refuse_damaged
from ridgeless.systems.matrix_market import matrix_market

RNG = np.random.default_rng(0)
A = RNG.standard_normal((3, 4)).round(2)
B = np.array([1.0, -2.5, 0.125])

# Every byte of a file changed, one after the other, in a process that a crash would end.
EVERY_BYTE = """
import sys, warnings
from pathlib import Path
import ridgeless as rl
warnings.simplefilter("ignore")
name, *second = sys.argv[1:]
path = Path(name)
whole = path.read_bytes()
fates = {"read": 0, "refused": 0}
for place in range(len(whole)):
    changed = bytearray(whole)
    changed[place] ^= 0x55
    path.write_bytes(changed)
    try:
        rl.systems.read_system(path, *second)
    except rl.errors.UnreadableFileError as error:
        assert "\\n" not in str(error), str(error)
        fates["refused"] += 1
    else:
        fates["read"] += 1
print(fates["refused"], len(whole))
"""


def files(folder):
    np.savez(folder / "system.npz", A=A, b=B)
    scipy.io.savemat(folder / "system.mat", {"A": A, "b": B})
    scipy.io.savemat(folder / "nested.mat", {"problem": {"A": sp.csc_array(A), "b": B, "names": "text"}})
    scipy.io.savemat(folder / "packed.mat", {"A": A, "b": B}, do_compression=True)
    scipy.io.mmwrite(folder / "S.mtx", sp.coo_array(A))
    (folder / "S.mtx.gz").write_bytes(gzip.compress((folder / "S.mtx").read_bytes()))
    (folder / "table.csv").write_text(',u,v,"w",y\ns1,1.5,2,3,4\ns2,"1,234.5",5,6,7\n')
    np.save(folder / "b.npy", B)


@pytest.mark.parametrize(
    "name", ["system.npz", "system.mat", "nested.mat", "packed.mat", "S.mtx", "S.mtx.gz", "table.csv"]
)
def test_no_byte_ends_the_process_or_escapes(tmp_path, name):
    files(tmp_path)
    words = [name, *(["b.npy"] if name.startswith("S") else [])]
    done = subprocess.run(
        [sys.executable, "-c", EVERY_BYTE, *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    refused, size = map(int, done.stdout.split())
    assert refused > size / 8


@pytest.mark.parametrize("name", ["system.npz", "system.mat", "packed.mat", "S.mtx", "S.mtx.gz"])
def test_no_cut_is_read(tmp_path, name):
    files(tmp_path)
    path = tmp_path / name
    whole = path.read_bytes()
    second = [tmp_path / "b.npy"] if name.startswith("S") else []
    end = whole.rfind(b"\n", 0, -1) if name == "S.mtx" else len(whole) - 2  # a last number may end anywhere
    for kept in range(0, end, 3):
        path.write_bytes(whole[:kept])
        with pytest.raises(UnreadableFileError):
            read_system(path, *second)


class TestMatlabFiles:
    """What SciPy writes, and the files that it is tested with, pass; what would make it crash does not."""

    def test_whole_files_pass(self, tmp_path):
        contents = {
            "numbers": A,
            "complex": A + 1j,
            "small": A.astype(np.int8),
            "flags": A > 0,
            "none": np.empty((0, 3)),
            "text": "grüße",
            "sparse": sp.csc_array(A),
            "sparse complex": sp.csc_array(A * 1j),
            "cell": np.array(["one", 2], dtype=object),
            "struct": {"A": A, "inner": {"b": B, "t": ""}},
        }
        for compressed in (False, True):
            path = tmp_path / "all.mat"
            scipy.io.savemat(
                path, {name.replace(" ", "_"): value for name, value in contents.items()}, do_compression=compressed
            )
            refuse_damaged(path.read_bytes())

    def test_files_of_matlab_itself_pass(self):
        folder = Path(scipy.io.matlab.__file__).parent / "tests" / "data"
        paths = sorted(folder.glob("*.mat"))
        if not paths:
            pytest.skip("SciPy is installed without its test files")
        for path in paths:
            try:
                scipy.io.loadmat(path)
            except Exception:  # noqa: BLE001 - made to fail
                continue
            refuse_damaged(path.read_bytes())

    @pytest.mark.parametrize(("place", "value"), [(176, 0x5C), (177, 1), (136, 0xFF), (160, 0x80), (152, 9)])
    def test_what_is_damaged_does_not(self, tmp_path, place, value):
        path = tmp_path / "system.mat"
        scipy.io.savemat(path, {"A": A, "b": B})
        changed = bytearray(path.read_bytes())
        changed[place] = value
        with pytest.raises(ValueError, match=r"element|array|bytes"):
            refuse_damaged(bytes(changed))

    def test_structs_are_opened(self, tmp_path):
        for content in ({"problem": {"A": A, "b": B}}, {"one": {"two": {"X": A}}, "other": {"y": B[:, None]}}):
            path = tmp_path / "struct.mat"
            scipy.io.savemat(path, content)
            system = read_system(path)
            np.testing.assert_array_equal(system.A, A)
            np.testing.assert_array_equal(system.b, B)
        scipy.io.savemat(path, {"p": {"A": A, "b": B}, "q": {"A": 2 * A}})
        with pytest.raises(UnreadableFileError, match=r"p.A and q.A may each be A.*q.A \(3×4\)"):
            read_system(path)
        np.testing.assert_array_equal(read_system(path, matrix_name="q.A").A, 2 * A)

    def test_structs_of_several_elements_are_named(self, tmp_path):
        several = np.zeros(2, dtype=[("A", object), ("b", object)])
        for place in range(2):
            several[place] = (A, B)
        scipy.io.savemat(tmp_path / "many.mat", {"p": several, "note": "text"})
        with pytest.raises(UnreadableFileError, match="Structs of several elements are not looked into"):
            read_system(tmp_path / "many.mat")


SQUARE = RNG.standard_normal((4, 4))
MATRICES = [SQUARE, SQUARE[:3], SQUARE + SQUARE.T, SQUARE - SQUARE.T, (SQUARE > 0).astype(int), SQUARE + 1j * SQUARE.T]


class TestMatrixMarket:
    """SciPy's own writer and reader agree with ours."""

    @pytest.mark.parametrize("symmetry", [None, "general"])
    @pytest.mark.parametrize("form", [np.asarray, sp.coo_array])
    @pytest.mark.parametrize("matrix", [*MATRICES, SQUARE + 1j * SQUARE + (SQUARE - 1j * SQUARE).T])
    def test_as_scipy_reads(self, tmp_path, matrix, form, symmetry):
        path = tmp_path / "m.mtx"
        for pattern in (None, "pattern") if form is sp.coo_array else (None,):
            scipy.io.mmwrite(path, form(matrix), symmetry=symmetry, field=pattern, precision=17)
            expected, found = scipy.io.mmread(path), matrix_market(path.read_text())
            assert sp.issparse(found) == sp.issparse(expected)
            if sp.issparse(found):
                found, expected = found.toarray(), expected.toarray()
            np.testing.assert_array_equal(found, expected)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("%%MatrixMarket matrix\n1 1\n5\n", "first line"),
            ("%%MatrixMarket matrix array real general\n% c\n2 1\n5\n", "2 entries have 1 numbers"),
            ("%%MatrixMarket matrix array real general\n1 1\n5 6\n", "1 entries have 2 numbers"),
            ("%%MatrixMarket matrix array real general\n1 1\nfive\n", "no number"),
            ("%%MatrixMarket matrix array real general\n1 -1\n5\n", "sizes"),
            ("%%MatrixMarket matrix array real symmetric\n1 2\n5\n", "shape 1×2"),
            ("%%MatrixMarket matrix array pattern general\n1 1\n5\n", "no kind of matrix"),
            ("%%MatrixMarket matrix coordinate real general\n2 2 1\n3 1 5\n", "outside the 2×2 matrix"),
            ("%%MatrixMarket matrix coordinate real general\n2 2 1\n0 1 5\n", "outside the 2×2 matrix"),
            ("%%MatrixMarket matrix coordinate real general\n2 2 1\n1.5 1 5\n", "outside the 2×2 matrix"),
            ("%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 5\n", "2 entries have 3 numbers"),
        ],
    )
    def test_what_is_none(self, text, says):
        with pytest.raises(ValueError, match=says):
            matrix_market(text)


class TestArchives:
    def test_positional_arrays(self, tmp_path):
        for pair in ((A, B), (B, A)):
            np.savez(tmp_path / "pair.npz", *pair)
            system = read_system(tmp_path / "pair.npz")
            np.testing.assert_array_equal(system.A, A)
            np.testing.assert_array_equal(system.b, B)

    def test_a_sparse_archive_with_b(self, tmp_path):
        """b beside the parts of a sparse matrix was dropped, once."""
        sp.save_npz(tmp_path / "S.npz", sp.csr_array(A))
        with np.load(tmp_path / "S.npz") as parts:
            np.savez(tmp_path / "both.npz", **parts, b=B)
        system = read_system(tmp_path / "both.npz")
        assert sp.issparse(system.A)
        np.testing.assert_array_equal(system.A.toarray(), A)
        np.testing.assert_array_equal(system.b, B)

    def test_loose_parts_of_a_sparse_matrix(self, tmp_path):
        matrix = sp.csr_array(A)
        parts = {"A_data": matrix.data, "A_indices": matrix.indices, "A_indptr": matrix.indptr}
        np.savez(tmp_path / "parts.npz", **parts, b=B)
        with pytest.raises(UnreadableFileError, match=r"parts of a sparse matrix: save it with scipy.sparse.save_npz"):
            read_system(tmp_path / "parts.npz")

    @pytest.mark.parametrize("key", ["names", "columns", "feature_names"])
    def test_names_beside_the_arrays(self, tmp_path, key):
        np.savez(tmp_path / "named.npz", A=A, b=B, **{key: np.array(["u", "v", "w", "z"])})
        assert read_system(tmp_path / "named.npz").names == ("u", "v", "w", "z")
        np.savez(tmp_path / "named.npz", A=A, b=B, **{key: np.array([b"u", b"v", b"w", b"z"])})
        assert read_system(tmp_path / "named.npz").names == ("u", "v", "w", "z")

    @pytest.mark.parametrize("key", ["names", "columns", "feature_names"])
    @pytest.mark.parametrize("given", [["u", "v"], ["u", "v", "w", "y", "z"], [b"u"]])
    def test_names_of_another_number_are_refused(self, tmp_path, key, given):
        np.savez(tmp_path / "named.npz", A=A, **{key: np.array(given)})
        np.save(tmp_path / "b.npy", B)
        says = f"{key} holds {len(given)} texts, and A has 4 columns; save one name for each column, or leave {key} out"
        with pytest.raises(UnreadableFileError, match=says):
            read_system(tmp_path / "named.npz", tmp_path / "b.npy", matrix_name="A")
        np.savez(tmp_path / "named.npz", A=A, b=B, **{key: np.array(given)})
        with pytest.raises(UnreadableFileError, match=says):
            read_system(tmp_path / "named.npz")

    def test_names_that_fit_are_taken_beside_others(self, tmp_path):
        np.savez(tmp_path / "named.npz", A=A, b=B, names=np.array(["r"]), columns=np.array(["u", "v", "w", "z"]))
        assert read_system(tmp_path / "named.npz").names == ("u", "v", "w", "z")

    def test_names_in_a_cell_of_matlab(self, tmp_path):
        cell = np.array(["u", "vv", "w", "z"], dtype=object)
        scipy.io.savemat(tmp_path / "cell.mat", {"A": A, "b": B, "names": cell})
        assert read_system(tmp_path / "cell.mat").names == ("u", "vv", "w", "z")
        scipy.io.savemat(tmp_path / "cell.mat", {"A": A, "b": B, "names": cell[:2]})
        with pytest.raises(UnreadableFileError, match="names holds 2 texts, and A has 4 columns"):
            read_system(tmp_path / "cell.mat")

    @pytest.mark.parametrize("name", ["system.npz", "system.mat", "A.npy", "S.mtx"])
    def test_compressed_files(self, tmp_path, name):
        files(tmp_path)
        np.save(tmp_path / "A.npy", A)
        second = [] if name.startswith("system") else [tmp_path / "b.npy"]
        packed = tmp_path / f"{name}.gz"
        packed.write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        system = read_system(packed, *second)
        matrix = system.A.toarray() if sp.issparse(system.A) else system.A
        np.testing.assert_array_equal(matrix, A)
        np.testing.assert_array_equal(system.b, B)
        assert system.name == name.partition(".")[0]
