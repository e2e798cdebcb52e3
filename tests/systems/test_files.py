"""The user's own files: every format there and back, and every way in which a file can be wrong."""

import pickle
import tempfile
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ridgeless.errors import InvalidInputError, UnreadableFileError
from ridgeless.systems import file_formats
from ridgeless.systems.files import CONVENTIONS, read_system

DATA = Path(__file__).parents[2] / "../shared/data"
A = np.random.default_rng(0).standard_normal((3, 5)).round(3)
b = np.array([1.0, -2.5, 0.125])
TABLE = np.column_stack([A, b])


def write(path, content):
    """Write whatever the extension means: a table as text, a dict as named arrays, an array as itself."""
    if isinstance(content, (bytes, str)):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    elif path.suffix == ".mtx":
        scipy.io.mmwrite(path, content, precision=17)
    elif path.suffix == ".mat":
        scipy.io.savemat(path, content)
    elif path.suffix == ".npy":
        np.save(path, content)
    elif sp.issparse(content):
        sp.save_npz(path, content)
    else:
        np.savez(path, **content)
    return path


def text(array, delimiter=","):
    return "\n".join(delimiter.join(map(repr, row)) for row in np.atleast_2d(array).tolist()) + "\n"


def assert_read(system, name, matrix=A, vector=b):
    found = system.A.toarray() if sp.issparse(system.A) else system.A
    np.testing.assert_array_equal(found, matrix)
    np.testing.assert_array_equal(system.b, vector)
    assert system.name == name


def assert_refused(says, *paths, **names):
    with pytest.raises(UnreadableFileError, match=says) as caught:
        read_system(*paths, **names)
    message = str(caught.value)
    assert "\n" not in message
    assert any(str(path) in message for path in paths)


ONE_FILE = {
    "system.npz": {"A": A, "b": b},
    "design.npz": {"X": A, "y": b},
    "lower_case.npz": {"x": A, "Y": b},
    "words.npz": {"matrix": A, "rhs": b},
    "loud_words.npz": {"DESIGN": A, "Target": b},
    "column.npz": {"A": A, "b": b[:, None]},
    "with_solution.npz": {"A": A, "b": b, "x": np.ones(5)},
    "with_names.npz": {"A": A, "b": b, "names": np.array(list("uvwxy"))},
    "system.mat": {"A": A, "b": b[:, None]},
    "row.mat": {"X": A, "y": b[None, :]},
    "sparse.mat": {"A": sp.csc_array(A), "b": b[:, None]},
    "with_solution.mat": {"A": A, "b": b[:, None], "x": np.ones((5, 1))},
    "plain.csv": text(TABLE),
    "header.csv": "p,q,r,s,t,total\n" + text(TABLE),
    "quoted.csv": '"p","q, in kg","r","s","t","total"\r\n' + text(TABLE).replace("\n", "\r\n"),
    "years.csv": "in 2018,in 2019,in 2020,in 2021,in 2022,b\n" + text(TABLE),
    "byte_order_mark.csv": "\ufeffp,q,r,s,t,total\n" + text(TABLE),
    "comments.csv": "# made by hand\n\n" + text(TABLE) + "\n# the end\n",
    "semicolons.csv": text(TABLE, "; "),
    "tabs.tsv": "p\tq\tr\ts\tt\tb\n" + text(TABLE, "\t"),
    "blanks.txt": text(TABLE, "  "),
    "commas.txt": text(TABLE),
}


@pytest.mark.parametrize("name", ONE_FILE)
def test_one_file_holds_the_system(tmp_path, name):
    path = write(tmp_path / name, ONE_FILE[name])
    assert_read(read_system(path), path.stem)
    assert_read(read_system(str(path)), path.stem)


MATRICES = {"A.npy": A, "A.mtx": A, "S.mtx": sp.coo_array(A), "S.npz": sp.csr_array(A), "A.csv": text(A)}
VECTORS = {
    "b.npy": b,
    "column.npy": b[:, None],
    "b.mtx": b[:, None],
    "sparse.mtx": sp.coo_array(b[:, None]),
    "b.csv": text(b[:, None]),
    "row.csv": text(b),
    "header.txt": "price\n" + text(b[:, None]),
    "phrase.txt": "price in cents\n" + text(b[:, None]),
    "any_name.npz": {"measured": b},
    "two.npz": {"y": b, "weights": A},
    "b.mat": {"anything": b},
}


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("matrix", MATRICES)
def test_two_files_hold_the_system(tmp_path, matrix, vector):
    first = write(tmp_path / matrix, MATRICES[matrix])
    second = write(tmp_path / vector, VECTORS[vector])
    assert_read(read_system(first, second), first.stem)


def test_sparse_stays_sparse(tmp_path):
    right = write(tmp_path / "b.npy", b)
    for name in ("S.mtx", "S.npz"):
        assert sp.issparse(read_system(write(tmp_path / name, MATRICES[name]), right).A)


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=2), elements=st.floats(-1e300, 1e300)))
def test_a_table_keeps_every_bit(table):
    with tempfile.TemporaryDirectory() as folder:
        system = read_system(write(Path(folder) / "table.csv", text(table)))
    assert_read(system, "table", table[:, :-1], table[:, -1])


@pytest.mark.parametrize("kind", ["int8", "uint64", "float32", ">f8", "bool"])
@pytest.mark.parametrize("name", ["system.npz", "system.mat"])
def test_any_real_kind_of_number(tmp_path, name, kind):
    numbers = (np.abs(A) > 0.5).astype(kind)
    system = read_system(write(tmp_path / name, {"A": numbers, "b": numbers[:, 0]}))
    assert_read(system, "system", numbers.astype(float), numbers[:, 0].astype(float))


def test_extension_in_upper_case(tmp_path):
    (tmp_path / "TABLE.CSV").write_text(text(TABLE))
    assert_read(read_system(tmp_path / "TABLE.CSV"), "TABLE")


def test_truth_goes_by_its_own_name_only(tmp_path):
    content = {"A": A, "b": b, "x": np.ones(5)}
    assert read_system(write(tmp_path / "a.npz", content)).truth is None
    for suffix in (".npz", ".mat"):
        path = write(tmp_path / f"a{suffix}", content | {"truth": np.arange(5.0)})
        np.testing.assert_array_equal(read_system(path).truth, np.arange(5.0))


def test_a_file_called_truth_is_no_truth(tmp_path):
    first, second = write(tmp_path / "truth.npy", A), write(tmp_path / "b.npy", b)
    assert read_system(first, second).truth is None


def test_explicit_names(tmp_path):
    for suffix in (".npz", ".mat"):
        path = write(tmp_path / f"m{suffix}", {"A": 2 * A, "Phi": A, "b": 2 * b, "s": b[:, None]})
        assert_read(read_system(path, matrix_name="Phi", vector_name="s"), "m")
        assert_read(read_system(path, matrix_name="Phi"), "m", vector=2 * b)
        assert_read(read_system(path, vector_name="s"), "m", matrix=2 * A)


def test_explicit_name_in_the_second_file(tmp_path):
    second = write(tmp_path / "b.npz", {"b": 2 * b, "s": b})
    assert_read(read_system(write(tmp_path / "A.npy", A), second, vector_name="s"), "A")


@pytest.mark.parametrize("content", [{"A": A, "b": b}, {"M": A, "Y": b[:, None]}], ids=list)
@pytest.mark.parametrize("suffix", [".npz", ".mat"])
def test_two_right_hand_sides_are_refused(tmp_path, content, suffix):
    """Nobody could tell afterwards which one was solved."""
    first, second = write(tmp_path / f"system{suffix}", content), write(tmp_path / "b.npy", 2 * b)
    assert_refused(f"which b is meant: .*system{suffix} holds one, named [bY], .*b.npy is given too", first, second)
    alone = write(tmp_path / f"alone{suffix}", {"A": A, "truth": np.ones(5)})
    assert_read(read_system(alone, second), "alone", vector=2 * b)


AMBIGUOUS = {
    "none.npz": ({"Phi": A, "s": b}, "A is missing.*Phi \\(3×5\\), s \\(3\\).*matrix_name=… and vector_name="),
    "no_b.npz": ({"A": A, "s": b}, "b is missing: no vector is named b, y, rhs, .* or outcome.*matrix_name="),
    "two_A.npz": ({"A": A, "X": A, "b": b}, "A and X may each be A"),
    "two_b.npz": ({"A": A, "b": b, "y": b}, "b and y may each be b"),
    "two_b.mat": ({"A": A, "b": b, "y": b}, "b and y may each be b.*y \\(1×3\\)"),
    "flat.npz": ({"A": b, "b": b}, "A is missing"),
    "many_b.npz": ({"A": A, "b": np.ones((3, 2))}, "b is missing.*b \\(3×2\\)"),
    "alone.npz": ({"A": A}, "one array only.*second file"),
    "alone.npy": (A, "second file"),
    "alone.mtx": (sp.coo_array(A), "second file"),
    "empty.npz": ({}, "holds no array"),
    "empty.mat": ({}, "holds no array"),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_missing_and_ambiguous_names_are_listed(tmp_path, name):
    content, says = AMBIGUOUS[name]
    assert_refused(says, write(tmp_path / name, content))


def test_wrong_explicit_name_lists_the_right_ones(tmp_path):
    path = write(tmp_path / "m.npz", {"A": A, "b": b})
    assert_refused("no array is named 'a'.*A \\(3×5\\)", path, matrix_name="a")
    assert_refused("no array is named 'c'.*b \\(3\\)", path, vector_name="c")


MATLAB_7_3 = b"MATLAB 7.3 MAT-file".ljust(116) + bytes(8) + b"\x00\x02IM" + b"\x89HDF\r\n\x1a\n" + bytes(512)
WRONG = {
    "system.h5": (b"\x89HDF", "the extension '.h5' is an HDF5 file; read its arrays with h5py"),
    "system.xyz": (b"1,2", "extension '.xyz' is unknown.*.npz, .npy, .mtx, .csv"),
    "system": (b"1,2", "extension '' is unknown"),
    "empty.npz": (b"", "empty"),
    "empty.csv": (b"", "empty"),
    "blank.csv": (b"\n \n# nothing\n", "no row of numbers"),
    "header_only.csv": (b"u,v,b\n", "no row of numbers"),
    "one_column.csv": (b"1\n2\n", "one column"),
    "ragged.csv": (b"u,v,b\n1,2,3\n4,5\n", "line 3 has 2 fields and line 2 has 3"),
    "word.csv": (b"u,v,b\n1,2,3\n4,five,6\n", "line 3, column 'v', holds 'five', which is no number"),
    "word_in_first_line.csv": (b"1,2,oops\n1,2,3\n", "line 1 holds 'oops'"),
    "gap.csv": (b"1,2,3\n4,,6\n", "line 2 holds ''"),
    "two_delimiters.csv": (b"1 2 3\n4,5,6\n", "line 2 has 3 fields and line 1 has 1"),
    "header_too_short.csv": (b"u,v\n1,2,3\n", "header names 2 columns, and line 2 has 3 fields"),
    "header_too_long.csv": (b"# sales\n\nu,v,w,b\n1,2,3\n", "header names 4 columns, and line 4 has 3 fields"),
    "header_of_blanks.txt": (b"u in kg  v  b\n1 2 3\n", "header names 5 columns, and line 2 has 3 fields"),
    "quoted_header.csv": (b'"u, v",b\n1,2,3\n', "header names 2 columns, and line 2 has 3 fields"),
    "short_last_line.csv": (b"1,2\n3\n", "two columns or be decimal commas"),
    "nan.csv": (b"1,nan,3\n4,5,6\n", "line 1 holds 'nan', which is no number: it is missing"),
    "infinite.csv": (b"1,2,inf\n", "line 1 holds 'inf', which is infinite"),
    "latin.csv": ("größe,b\n1,2\n".encode("latin-1"), "no UTF-8 text"),
    "noise.npz": (b"PK\x03\x04 no archive", "damaged"),
    "noise.npy": (b"\x93NUMPY no header", "damaged"),
    "noise.mat": (b"no MATLAB file, though it is long enough to have a header" * 9, "damaged"),
    "noise.mtx": (b"%%MatrixMarket no matrix\n", "damaged"),
    "new.mat": (MATLAB_7_3, "MATLAB 7.3 .*-v7"),
    "new_by_its_words.mat": (MATLAB_7_3[:116] + bytes(900), "MATLAB 7.3 .*-v7"),
    "new_by_its_mark.mat": (bytes(512) + MATLAB_7_3[128:], "MATLAB 7.3 .*-v7"),
    "new_by_words_of_others.mat": (b"MATLAB 7.3 MAT-file".ljust(512) + MATLAB_7_3[128:], "MATLAB 7.3 .*-v7"),
    "new_without_words.mat": (MATLAB_7_3[128:], "MATLAB 7.3 .*-v7"),
    "new_and_short.mat": (MATLAB_7_3[:60], "MATLAB 7.3 .*-v7"),
    "complex.npz": ({"A": A + 1j, "b": b}, "complex"),
    "complex.mtx": (sp.coo_array(A + 1j), "second file"),
    "words.npz": ({"A": np.array([["1", "2"]]), "b": np.ones(1)}, "numbers are expected"),
    "shapes.npz": ({"A": A, "b": np.ones(4)}, r"b needs shape \(3,\)"),
    "truth.npz": ({"A": A, "b": b, "truth": np.ones(4)}, "truth needs shape"),
    "cell.mat": ({"A": np.array([["one", 2]], dtype=object), "b": np.ones(1)}, "numbers"),
    "objects.npz": ({"A": np.array([[{}]]), "b": b}, "pickled.*never loaded"),
    "objects.npy": (pickle.dumps(A), "pickled.*never loaded"),
    "pickle.npz": (pickle.dumps({"A": A}), "pickled.*never loaded"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_files_are_refused_in_one_line(tmp_path, name):
    content, says = WRONG[name]
    assert_refused(says, write(tmp_path / name, content))


@pytest.mark.parametrize("extension", CONVENTIONS)
def test_missing_file_and_folder(tmp_path, extension):
    assert_refused("No such file", tmp_path / f"absent{extension}")
    folder = tmp_path / f"folder{extension}"
    folder.mkdir()
    assert_refused("folder", folder)
    assert_refused("folder", tmp_path)


@pytest.mark.parametrize("kept", np.linspace(0.02, 0.98, 13).round(2).tolist())
@pytest.mark.parametrize("name", ["system.npz", "system.mat"])
def test_truncated_archive(tmp_path, name, kept):
    path = write(tmp_path / name, {"A": A, "b": b})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    assert_refused("cannot read", path)


@pytest.mark.parametrize("kept", [0.05, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("name", ["A.npy", "S.mtx", "S.npz"])
def test_truncated_matrix(tmp_path, name, kept):
    path = write(tmp_path / name, MATRICES[name])
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) - 30 * (kept > 0.9)])
    assert_refused("cannot read", path, write(tmp_path / "b.npy", b))


def test_pickles_are_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    for name, content in (
        ("trap.npy", pickle.dumps(Trap())),
        ("array.npy", np.array([Trap()], dtype=object)),
        ("trap.npz", {"A": np.array([[Trap()]], dtype=object), "b": b}),
    ):
        assert_refused("pickled", write(tmp_path / name, content))
    assert not (tmp_path / "sprung").exists()


def test_the_second_file_is_the_one_blamed(tmp_path):
    first = write(tmp_path / "A.npy", A)
    for name, content in (("b.npy", b""), ("b.csv", "1,2\n3\n"), ("b.npz", {"u": b, "v": b})):
        second = write(tmp_path / name, content)
        with pytest.raises(UnreadableFileError, match=f"{second.name}"):
            read_system(first, second)
    assert_refused("No such file", first, tmp_path / "absent.npy")
    assert_refused("extension", first, tmp_path / "b.pkl")


def test_arrays_are_told_where_they_belong():
    with pytest.raises(InvalidInputError, match=r"path is a ndarray.*LinearSystem\(A, b\)"):
        read_system(A, b)


def test_complex_sparse_matrix_is_refused(tmp_path):
    first = write(tmp_path / "C.mtx", sp.coo_array(A + 1j))
    assert_refused("complex", first, write(tmp_path / "b.npy", b))


def test_each_format_has_its_convention():
    assert set(CONVENTIONS) == set(file_formats.READERS)
    for extension, sentence in CONVENTIONS.items():
        assert f"`{extension}`" in read_system.__doc__
        assert sentence.endswith(".")
        assert "\n" not in sentence


@pytest.mark.parametrize(("name", "shape"), [("riboflavin.npz", (71, 4088)), ("single_pixel_mug32.mat", (410, 1024))])
def test_real_measurements_need_no_names(name, shape):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not in ../shared/data")
    system = read_system(path)
    assert system.shape == shape
    assert system.name == path.stem
    assert system.truth is None
    assert system.A.dtype == system.b.dtype == np.float64
