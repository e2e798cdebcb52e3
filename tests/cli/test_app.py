"""The command line, from outside: what it prints, where it writes, how it ends."""

import csv
import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import xarray as xr

import ridgeless as rl
from ridgeless.cli import main, solve
from ridgeless.cli import study_summary as summary
from ridgeless.cli.console import console, show_table
from ridgeless.systems.files import CONVENTIONS

HELPER = Path(__file__).parent / "bad_inputs_cli.py"

TRUTH = np.zeros(30)
TRUTH[[3, 14, 15]] = 1.0, -2.0, 3.0
A = np.random.default_rng(0).standard_normal((14, 30))

SMALL = Path(__file__).with_name("small.toml").read_text()


def with_entry(value):
    changed = A.copy()
    changed[1, 2] = value
    return changed


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Systems and configurations, good and bad."""
    folder = tmp_path_factory.mktemp("cli")
    np.savez(folder / "good.npz", A=A, b=A @ TRUTH, truth=TRUTH)
    np.save(folder / "A.npy", A)
    np.save(folder / "b.npy", A @ TRUTH)
    np.save(folder / "short.npy", np.ones(3))
    np.save(folder / "empty.npy", np.ones((0, 5)))
    for name, matrix in {
        "nan": with_entry(np.nan),
        "inf": with_entry(np.inf),
        "complex": A * 1j,
        "text": A.astype(str),
    }.items():
        np.savez(folder / f"{name}.npz", A=matrix, b=A @ TRUTH)
    np.savez(folder / "inconsistent.npz", A=np.ones((2, 3)), b=np.array([1.0, 2.0]))
    np.savez(folder / "positive.npz", A=np.array([[1.0, 1.0]]), b=np.array([-1.0]))
    scipy.io.savemat(folder / "named.mat", {"M": A, "v": (A @ TRUTH)[:, None]})
    whole = (folder / "good.npz").read_bytes()
    (folder / "truncated.npz").write_bytes(whole[: len(whole) // 2])
    (folder / "ragged.csv").write_text("1,2,3\n1,2\n")
    (folder / "header.csv").write_text("x,y\n1,2,3\n")
    (folder / "words.csv").write_text("1,2,3\n1,two,3\n")
    (folder / "empty.csv").write_text("")
    (folder / "system.xyz").write_text("1,2\n")
    (folder / "book.xlsx").write_bytes(b"PK")
    (folder / "counts.csv").write_text("u,v,w,b\n1,0.5,1,2\n2,1.5,4,3\n")
    (folder / "table.csv").write_text("u,v,b\n3,0.5,1\n3,1.5,4\n")
    (folder / "id_behind.csv").write_text("u,b,id\n3,0.5,0\n3,1.5,1\n")
    np.savez(folder / "names.npz", A=A, b=A @ TRUTH, names=np.array(["u"]))
    (folder / "years.csv").write_text("2018,2019,2020\n1.5,2.5,3.5\n")
    (folder / "letters.csv").write_text("x,y,z\n1,2,3.5\n4,5,6\n")
    (folder / "missing.csv").write_text("u,v,b\n1,NA,3\n")
    (folder / "genes.csv").write_text(',g0,g1,g2,"response"\ns1,1,0,3,4\ns2,0,1,1,2\n')
    (folder / "small.toml").write_text(SMALL)
    (folder / "broken.toml").write_text("runs = [")
    (folder / "own.toml").write_text('[problem]\npath = "inconsistent.npz"\n')
    return folder


def run(words, cwd):
    return subprocess.run(
        [sys.executable, "-m", "ridgeless", *words], cwd=cwd, capture_output=True, text=True, check=False
    )


# What is asked, and what the one line of refusal must say.
BAD_INPUTS = {
    "no such file": (["solve", "missing.npz"], "No such file"),
    "unknown format": (["solve", "system.xyz"], "the extension '.xyz' is unknown"),
    "truncated file": (["solve", "truncated.npz"], "damaged"),
    "empty file": (["solve", "empty.csv"], "the file is empty"),
    "ragged table": (["solve", "ragged.csv"], "line 2 has 2 fields"),
    "words in a table": (["solve", "words.csv"], "'two'"),
    "NaN": (["solve", "nan.npz"], "the first at (1, 2)"),
    "infinite": (["solve", "inf.npz"], "NaN or infinite"),
    "complex": (["solve", "complex.npz"], "complex"),
    "text": (["solve", "text.npz"], "numbers are expected"),
    "no b": (["solve", "A.npy"], "Type, for one, ridgeless solve A.npy b.npy."),
    "two b": (["solve", "good.npz", "b.npy"], "good.npz holds one, named b, beside A, and b.npy is given too"),
    "header of another width": (["solve", "header.csv"], "header names 2 columns"),
    "b of another length": (["solve", "A.npy", "short.npy"], "b needs shape (14,)"),
    "no equations": (["solve", "empty.npy", "short.npy"], "nothing to solve"),
    "a column before the first": (["solve", "table.csv", "--vector=-1"], "no column is called '-1'"),
    "a column before the first, to name rows": (["solve", "table.csv", "--index=-1"], "no column is called '-1'"),
    "an id behind": (["solve", "id_behind.csv"], "Type --index 2 or --index none."),
    "names of another number": (["solve", "names.npz"], "names holds 1 texts"),
    "unknown array": (["solve", "good.npz", "--matrix", "M"], "Type --matrix NAME and --vector NAME."),
    "inconsistent": (["solve", "inconsistent.npz"], "has no solution"),
    "infeasible signs": (["solve", "positive.npz", "--network", "Power"], "Type, for one, --network Difference."),
    "unknown init": (["solve", "good.npz", "--init", "Imbalance"], "did you mean 'Imbalanced'?"),
    "init without its numbers": (
        ["solve", "good.npz", "--network", "Dense", "--init", "Imbalanced"],
        "add --scale NUMBER and --shape NUMBER",
    ),
    "init without its scale": (["solve", "good.npz", "--init", "Gaussian"], "add --scale NUMBER."),
    "number of another init": (["solve", "good.npz", "--shape", "0.5"], "Constant has no shape; leave --shape out"),
    "shape 1": (["solve", "good.npz", "--init", "Imbalanced", "--scale", "1", "--shape", "1"], "shape = 1.0"),
    "init of other networks": (
        ["solve", "good.npz", "--init", "Imbalanced", "--scale", "1", "--shape", "0"],
        "Type --network TwoBranch, Product or Dense",
    ),
    "scale too small": (["solve", "good.npz", "--depth", "3", "--scale", "1e-160"], "Type another --network, --depth"),
    "scale 0": (["solve", "good.npz", "--scale", "0"], "scale = 0.0"),
    "scale negative": (["solve", "good.npz", "--scale", "-1"], "scale = -1.0"),
    "scale NaN": (["solve", "good.npz", "--scale", "nan"], "scale = nan"),
    "scale in words": (["solve", "good.npz", "--scale", "small"], "small"),
    "depth 0": (["solve", "good.npz", "--depth", "0"], "depth = 0"),
    "depth 2.5": (["solve", "good.npz", "--depth", "2.5"], "'2.5' is no whole number"),
    "no exact limit": (
        ["solve", "good.npz", "--network", "Dense", "--init", "Gaussian", "--scale", "0.3"],
        "no theorem",
    ),
    "no hidden layers to set": (["solve", "good.npz", "--hidden", "2"], "Difference has no hidden"),
    "hidden -1": (["solve", "good.npz", "--network", "Dense", "--hidden", "-1"], "hidden = -1"),
    "no ratio to set": (["solve", "good.npz", "--ratio", "2"], "Constant has no ratio"),
    "no depth to set": (["solve", "good.npz", "--network", "Direct", "--depth", "2"], "Direct has no depth"),
    "unknown network": (["solve", "good.npz", "--network", "Diference"], "did you mean 'Difference'?"),
    "a start that makes no sense": (
        ["solve", "good.npz", "--network", "Dense"],
        "Type another --init, for one --init Imbalanced --scale 1e-4 --shape 0.5.",
    ),
    "unwritable folder": (["solve", "good.npz", "--out", "good.npz"], "cannot write results to good.npz"),
    "unwritable folder of a study": (["study", "small.toml", "--out", "good.npz/x"], "cannot write to good.npz/x"),
    "unknown configuration key": (["study", "small.toml", "--set", "seeds.cuont=1"], "did you mean 'count'?"),
    "unknown problem": (["study", "--set", "problem.name=Camera"], "did you mean 'SinglePixelCamera'?"),
    "field of another type": (["study", "--set", "problem.measurements=many"], "measurements = 'many'"),
    "depth of another type": (
        ["study", "--set", 'runs.0.network={name="Difference", depth="two"}'],
        "depth = 'two'",
    ),
    "width of another type": (
        ["study", "--set", 'runs.0.network={name="Dense", width=[2.5]}'],
        "width = 2.5",
    ),
    "unknown method": (
        ["study", "small.toml", "--set", 'runs.0.methods=["Adma"]'],
        "unknown method 'Adma': did you mean 'Adam'?",
    ),
    "unknown measure": (["study", "small.toml", "--set", 'measures=["eror"]'], "did you mean 'error'?"),
    "no workers": (["study", "small.toml", "--workers", "0"], "workers = 0"),
    "workers in words": (["study", "small.toml", "--workers", "two"], "'two' is no whole number"),
    "workers and a scheduler": (
        ["study", "small.toml", "--workers", "1", "--scheduler", "tcp://127.0.0.1:1"],
        "leave one out",
    ),
    "dry run of an inconsistent system": (["study", "own.toml", "--dry-run"], "has no solution"),
    "status of nothing": (["status", "nowhere"], "nowhere does not exist"),
    "status of no study": (["status", "good.npz"], "good.npz holds no study"),
    "comparison with nothing": (["compare", "nowhere", "nowhere"], "type the folder of a study"),
    "rerun of nothing": (["rerun", "nowhere", "seed=0"], "nowhere does not exist"),
    "export of nothing": (["export", "nowhere", "table.csv"], "nowhere does not exist"),
    "negative tol": (["study", "--set", "tol=-1"], "tol = -1.0"),
    "setting without value": (["study", "--set", "tol"], "'tol' is no key=value"),
    "unknown paper": (["reproduce", "nobody1900"], "unknown paper 'nobody1900'"),
    "seeds in fractions": (["reproduce", "nobody1900", "--seeds", "2.5"], "'2.5' is no whole number"),
    "name with a slash": (["study", "small.toml", "--name", "a/b"], "name = 'a/b'"),
    "no such configuration": (["study", "missing.toml"], "cannot read the configuration missing.toml"),
    "broken configuration": (["study", "broken.toml"], "no TOML"),
    "study of an inconsistent system": (["study", "own.toml"], "has no solution"),
    "unknown command": (["slove", "good.npz"], 'Did you mean "solve"?'),
    "unknown option": (["study", "--nmae", "x"], "Did you mean --name?"),
    "an option like no other": (["solve", "good.npz", "--lr", "1"], "Unknown option: --lr. Known are --matrix, "),
    "tol 0": (["solve", "good.npz", "--tol", "0"], "tol = 0.0; type a finite number above 0"),
    "tol in words": (["solve", "good.npz", "--tol", "small"], "small"),
    "a first column that counts": (["solve", "counts.csv"], "Type --index 0 or --index none."),
    "a header that counts": (["solve", "years.csv"], "it may be a header or an equation"),
    "two columns that may be b": (
        ["solve", "letters.csv"],
        "Type --vector 'y', or the number of the column, counted from 0.",
    ),
    "no such column": (["solve", "letters.csv", "--vector", "w"], "no column is called 'w'"),
    "no such index": (["solve", "letters.csv", "--index", "w"], "no column is called 'w'; it has 3 columns"),
    "an index where there is no table": (["solve", "good.npz", "--index", "0"], "Leave --index out."),
    "an array of a table": (["solve", "letters.csv", "--matrix", "A"], "Leave --matrix out."),
    "a missing number": (["solve", "missing.csv"], "line 2, column 'v', holds 'NA'"),
    "another program's file": (["solve", "book.xlsx"], "an Excel workbook; in Excel choose Save As, CSV UTF-8"),
    "an option where there is none": (["list", "networks", "--all"], "There are none."),
    "a network like no other": (["solve", "good.npz", "--network", "Lasso"], "unknown network 'Lasso': known are"),
    "unknown kind": (["list", "netwroks"], "netwroks"),
    "no file": (["solve"], "PATH"),
}


@pytest.fixture(scope="module")
def refusals(folder):
    words = [words for words, _ in BAD_INPUTS.values()]
    done = subprocess.run(
        [sys.executable, HELPER], input=json.dumps(words), cwd=folder, capture_output=True, text=True, check=True
    )
    return dict(zip(BAD_INPUTS, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_bad_input_is_one_line_and_leaves_nothing(refusals, name):
    refusal = refusals[name]
    assert refusal["status"] == 2, refusal
    assert refusal["err"].startswith("ridgeless: error: ")
    assert refusal["err"].count("\n") == 1
    assert BAD_INPUTS[name][1] in refusal["err"]
    assert refusal["out"] == ""
    assert refusal["new"] == []


def test_advice_can_be_typed_at_the_command_line(refusals):
    """No Python in it: neither a module's name, nor a keyword argument, nor a call."""
    python = re.compile(r"\b(rl|np|scipy)\.|\b[a-z]\w*\(|\w_\w+=|\.as\w+|theta|\bdict\b")
    told = {name: python.search(refusal["err"]) for name, refusal in refusals.items()}
    assert {name: found[0] for name, found in told.items() if found} == {}


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from ridgeless.cli import main; status = main(['--help']);"
        "heavy = {'numpy', 'scipy', 'jax', 'matplotlib', 'xarray', 'msgspec', 'zarr'} & set(sys.modules);"
        "sys.exit(f'loaded {heavy}' if heavy else status)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(command in done.stdout for command in ("study", "solve", "reproduce", "list"))
    assert "\x1b" not in done.stdout


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{rl.__version__}\n"


def test_the_help_of_solve_states_every_convention(capsys):
    assert main(["solve", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for extension, convention in CONVENTIONS.items():
        assert f"{extension}: {' '.join(convention.split())}" in shown


@pytest.mark.parametrize(
    ("kind", "package"),
    [
        ("networks", rl.networks),
        ("inits", rl.inits),
        ("flows", rl.flows),
        ("problems", rl.systems),
        ("measures", rl.measures),
        ("potentials", rl.potentials),
        ("papers", rl.papers),
    ],
)
def test_list_has_one_line_for_each(capsys, kind, package):
    assert main(["list", kind]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(package.FOUND)
    assert all(len(line.split()) > 3 for line in lines)
    assert not any(line != line.rstrip() for line in lines)


def test_solve_in_a_process_of_its_own(folder):
    done = run(["solve", "A.npy", "b.npy", "--out", "solved/here"], folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert "x: 30 entries, ‖x‖₁ = 6.00" in done.stdout
    assert "3 above 1e-3 of the largest" in done.stdout
    assert "certificate: certified" in done.stdout
    lines = done.stdout.splitlines()
    table = lines[lines.index("the 10 largest entries") + 2 :][:10]
    assert [int(line.split()[0]) for line in table[:3]] == [15, 14, 3]
    assert "wrote solved/here/A/solution.npz" in lines
    assert {path.name for path in (folder / "solved/here/A").iterdir()} == {"solution.npz", "x.csv"}


def test_solve_writes_what_it_found(folder, tmp_path, capsys):
    assert main(["solve", str(folder / "good.npz"), "--scale", "1e-6", "--out", str(tmp_path)]) == 0
    assert "error: ‖x − truth‖/‖truth‖" in capsys.readouterr().out
    solution = rl.load(tmp_path / "good" / "solution.npz")
    assert np.allclose(solution.x, TRUTH, atol=1e-5)
    assert np.array_equal(solution.system.truth, TRUTH)
    with (tmp_path / "good" / "x.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["coordinate"]) for row in rows] == list(range(30))
    assert np.array_equal([float(row["x"]) for row in rows], solution.x)


def test_solve_keeps_the_names_of_a_table(folder, tmp_path, capsys):
    assert main(["solve", str(folder / "genes.csv"), "--out", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    columns = "A: 3 columns, from column 1, 'g0', to column 3, 'g2'; b: column 4, 'response'"
    assert lines[0] == f"read genes.csv: {columns}; rows: 's1' … 's2'"
    table = lines[lines.index("the 3 largest entries") + 1 :]
    assert [line.split()[:2] for line in table[:2]] == [["coordinate", "name"], ["2", "g2"]]
    solution = rl.load(tmp_path / "genes" / "solution.npz")
    assert solution.names == ("g0", "g1", "g2")
    with (tmp_path / "genes" / "x.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["g0", "g1", "g2"]
    assert np.array_equal([float(row["x"]) for row in rows], solution.x)


@pytest.mark.parametrize(
    ("words", "names", "b"),
    [
        ("counts.csv --index 0", ("v", "w"), [2, 3]),
        ("counts.csv --index u", ("v", "w"), [2, 3]),
        ("counts.csv --index none", ("u", "v", "w"), [2, 3]),
        ("letters.csv --vector y", ("x", "z"), [2, 5]),
        ("letters.csv --vector 2", ("x", "y"), [3.5, 6]),
        ("letters.csv --vector z", ("x", "y"), [3.5, 6]),
    ],
)
def test_solve_takes_what_a_refusal_tells_to_type(folder, tmp_path, words, names, b):
    name, *options = words.split()
    assert main(["solve", str(folder / name), *options, "--out", str(tmp_path)]) == 0
    (path,) = tmp_path.glob("*/solution.npz")
    system = rl.load(path).system
    assert (system.names, system.b.tolist()) == (names, b)


def test_solve_to_a_tolerance(folder, tmp_path):
    words = ["solve", str(folder / "good.npz"), "--out", str(tmp_path), "--tol"]
    assert main([*words, "1e-300"]) == 1
    assert main([*words, "1e-6"]) == 0
    assert rl.load(tmp_path / "good-2" / "solution.npz").provenance["configuration"]["tol"] == "1e-06"


def test_solve_takes_arrays_by_name_and_another_network(folder, tmp_path, capsys):
    words = ["solve", str(folder / "named.mat"), "--matrix", "M", "--vector", "v", "--out", str(tmp_path)]
    assert main([*words, "--network", "Direct", "--scale", "1e-9"]) == 0
    assert "Direct() from Constant(scale=1e-09)" in capsys.readouterr().out
    assert main([*words, "--depth", "3", "--scale", "1e-3"]) == 0
    assert "Difference(depth=3)" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["named", "named-2"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--network", "Dense", "--init", "Imbalanced", "--scale", "1e-4", "--shape", "0.5"], "Dense(hidden=1, width="),
        (["--network", "TwoBranch", "--init", "Imbalanced", "--scale", "1e-4", "--shape", "0"], "TwoBranch(depth=2)"),
        (
            ["--network", "Dense", "--hidden", "3", "--init", "Chain", "--scale", "0.3", "--ratio", "1.5"],
            "Chain(scale=0.3, ratio=1.5)",
        ),
        (["--init", "Gaussian", "--scale", "1e-4"], "Difference(depth=2) from Gaussian(scale=0.0001)"),
    ],
)
def test_solve_from_another_start(folder, tmp_path, capsys, words, told):
    assert main(["solve", str(folder / "good.npz"), "--out", str(tmp_path), *words]) == 0
    printed = capsys.readouterr().out
    assert told in printed
    assert "certificate: certified" in printed


def test_inits_that_need_more_than_numbers_are_refused(folder, tmp_path, capsys, monkeypatch):
    @dataclasses.dataclass(frozen=True)
    class Landing:
        target: np.ndarray
        scale: float = 1.0

    monkeypatch.setitem(rl.inits.FOUND, "Landing", Landing)
    assert main(["solve", str(folder / "good.npz"), "--init", "Landing", "--out", str(tmp_path)]) == 2
    assert "Landing needs target, which the command line has no words for" in capsys.readouterr().err


def test_solve_that_does_not_converge_ends_with_1(folder, tmp_path, capsys, monkeypatch):
    def stalling(*arguments, **options):
        return dataclasses.replace(rl.solve(*arguments, **options), status=rl.Status.STALLED, message="stuck")

    monkeypatch.setattr(solve, "solved", stalling)
    assert main(["solve", str(folder / "good.npz"), "--out", str(tmp_path)]) == 1
    assert "STALLED: stuck" in capsys.readouterr().out


@pytest.fixture(scope="module")
def dataset(folder):
    return rl.study(folder / "small.toml")


def ended(dataset, status, network=1, scale=1):
    changed = dataset.copy(deep=True)
    changed["status"] = changed.status.astype(object)
    changed.status[network, scale, 0] = status
    return changed


def with_flow(dataset, status):
    """The dataset with gradient flow beside the limits: nothing was run of it but one cell, which ended like this."""
    flow = dataset.copy(deep=True).assign_coords(method=["GradientFlow"])
    flow["status"] = flow.status.astype(object)
    flow["verdict"] = flow.verdict.astype(object)
    flow.status[:], flow.verdict[:], flow.error[:] = "NOT RUN", "", np.nan
    flow.status[1, 1, 0], flow.verdict[1, 1, 0], flow.error[1, 1, 0] = status, "inconclusive", 0.25
    return xr.concat([dataset, flow], "method", data_vars="minimal")


def test_a_study_fails_where_a_limit_is_not_reached(dataset):
    assert not summary.has_failed(dataset)
    assert summary.has_failed(ended(dataset, "STALLED"))
    assert not summary.has_failed(ended(dataset, "NO EXACT LIMIT"))
    assert not summary.has_failed(with_flow(dataset, "MAX_STEPS"))  # the budget of a training may end it
    assert summary.has_failed(with_flow(dataset, "FAILED"))
    assert summary.has_failed(dataset.assign(status=dataset.status.where(dataset.status == "", "NOT RUN")))


def test_where_there_is_no_limit_the_table_has_the_flow(dataset):
    changed = with_flow(ended(dataset, "NO EXACT LIMIT"), "CONVERGED")
    assert summary.quality(changed)[2][1][2] == "0.25 by flow inconclusive"
    assert summary.quality(ended(dataset, "REFUSED"))[2][1][2] == "none"


def test_what_was_refused_is_said_once(dataset):
    changed = ended(ended(dataset, "REFUSED"), "NO EXACT LIMIT", scale=0)
    changed["message"] = changed.message.astype(object)
    changed.message[1, :, 0] = "no theorem"
    assert summary.refusals(changed) == ["no theorem"]
    assert summary.refusals(dataset) == []


def test_account_counts_by_method(dataset):
    (line,) = summary.method_lines(dataset)
    assert line.startswith("limit: 4 CONVERGED; 4 certified; ")


def test_text_is_printed_as_it_is(capsys):
    show_table("t", ["[bold]", ":smile:"], [["a" * 200, "1"]])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "[bold]" + " " * 197 + ":smile:"
    assert lines[2] == "a" * 200 + " " * 9 + "1"


def test_letters_that_the_stream_lacks_do_no_harm(tmp_path):
    with (tmp_path / "out.txt").open("w", encoding="ascii") as stream:
        console(stream).print("‖x‖₁ = 2")
    assert (tmp_path / "out.txt").read_text() == "?x?? = 2\n"


LABORATORY = ("jax", "diffrax", "msgspec", "xarray", "zarr", "matplotlib", "skimage")


def run_without_laboratory(words, cwd):
    code = f"import sys; sys.modules.update(dict.fromkeys({LABORATORY!r})); from ridgeless.cli import main"
    command = [sys.executable, "-c", f"{code}; sys.exit(main({words!r}))"]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [["study"], ["reproduce", "gruber2024"]], ids=" ".join)
def test_what_lacks_its_packages_says_what_to_type(words, folder):
    done = run_without_laboratory(words, folder)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert 'pip install "ridgeless[lab]"' in done.stderr


def test_solve_needs_no_laboratory(folder, tmp_path):
    done = run_without_laboratory(["solve", "good.npz", "--out", str(tmp_path)], folder)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_goes_away_is_no_error(folder):
    command = f"{sys.executable} -m ridgeless list networks | head -1"
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("Dense")
    assert "Traceback" not in done.stderr
