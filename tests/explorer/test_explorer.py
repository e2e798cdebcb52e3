"""`rl.explore`: what goes into the page, and what comes out of it."""

import base64
import html
import json
import re
import tomllib

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

import ridgeless as rl
from ridgeless.errors import InvalidInputError, UnwritableFolderError
from ridgeless.explorer._systems import LARGEST_ENTRIES, built_in_systems, packed

A = np.array([[1.0, -2.0, 0.5], [0.0, 1.0, 3.0]])
B = np.array([1.0, -0.1])


def unpacked(array):
    assert array["kind"] == "float64"
    return np.frombuffer(base64.b64decode(array["data"]), dtype="<f8")


def stored(document, name):
    return json.loads(re.search(rf'id="{name}">(.*?)</script>', document, re.DOTALL)[1])


class TestPacking:
    @pytest.mark.parametrize("given", [A, sp.csr_array(A), aslinearoperator(A)], ids=["dense", "sparse", "operator"])
    def test_every_bit_arrives(self, given):
        told = packed(rl.LinearSystem(given, B, truth=np.array([1 / 3, 0.0, -1e-300])), "own", "mine")
        assert (told["equations"], told["unknowns"]) == (2, 3)
        assert (unpacked(told["A"]) == A.ravel()).all()
        assert (unpacked(told["b"]) == B).all()
        assert (unpacked(told["truth"]) == [1 / 3, 0.0, -1e-300]).all()
        assert json.loads(json.dumps(told)) == told

    def test_a_matrix_too_large_for_a_page_is_refused(self):
        wide = rl.LinearSystem(sp.csr_array(([1.0], ([0], [0])), shape=(2, LARGEST_ENTRIES)), np.array([1.0, 0.0]))
        with pytest.raises(InvalidInputError, match="limit_path"):
            rl.explore(wide)

    @pytest.mark.parametrize(
        ("A", "b", "said"),
        [
            (np.eye(3)[:, :2] + 1.0, [3.0, 3.0, 2.0], "fewer equations than unknowns"),
            ([[2.0]], [4.0], "fewer equations than unknowns"),
            ([[0.0, 0.0]], [0.0], "every entry of A is 0"),
        ],
    )
    def test_a_system_that_leaves_nothing_to_pick_is_refused(self, A, b, said):
        """The page would show another of its systems in place of this one."""
        with pytest.raises(InvalidInputError, match=said):
            rl.explore(rl.LinearSystem(np.array(A), np.array(b)))

    def test_equations_that_repeat_can_be_shown_without_their_repetitions(self):
        twice = rl.LinearSystem(np.vstack([A, A]), np.concatenate([B, B]))
        with pytest.raises(InvalidInputError, match="orthonormal_rows"):
            rl.explore(twice)
        Q = twice.orthonormal_rows
        told = stored(rl.explore(rl.LinearSystem(Q, Q @ twice.min_norm())).html, "systems")[0]
        assert (told["equations"], told["unknowns"]) == (2, 3)

    def test_the_code_beside_a_system_makes_it(self):
        for told in built_in_systems():
            made = eval(told["python"], {"rl": rl})
            assert made.shape == (told["equations"], told["unknowns"])
            assert (made.b == unpacked(told["b"])).all()
            if told["A"]["kind"] == "float64":
                assert (made.A.ravel() == unpacked(told["A"])).all()

    def test_the_study_beside_a_system_is_of_it(self):
        for told in built_in_systems():
            table = tomllib.loads(told["toml"])
            problem = rl.systems.FOUND[table["problem"].pop("name")](**table["problem"])
            assert (problem.system(table["seed"]).b == unpacked(told["b"])).all()

    def test_without_scikit_image_the_photographs_are_left_out(self, monkeypatch):
        from ridgeless.errors import MissingDependencyError
        from ridgeless.systems import scenes

        def absent(module):
            raise MissingDependencyError("no scikit-image")

        monkeypatch.setattr(scenes, "_scikit_image", absent)
        scenes.photographer.cache_clear()
        try:
            assert [each["image"] for each in built_in_systems()] == [None, None]
        finally:
            scenes.photographer.cache_clear()


def test_the_module_shows_what_a_user_can_use():
    assert dir(rl.explorer) == ["Explorer", "explore"]
    with pytest.raises(AttributeError, match="did you mean 'explore'"):
        _ = rl.explorer.exploree


class TestAddress:
    def test_two_unknowns_begin_on_the_line(self):
        explorer = rl.explore(rl.LinearSystem(np.array([[0.1, -3e-7]]), np.array([2.0])))
        assert explorer.address == "view=line&a1=0.1&a2=-3e-07&b=2.0"
        assert stored(explorer.html, "address") == explorer.address

    def test_a_solution_brings_its_network_and_scale(self):
        system = rl.LinearSystem(A, B)
        found = rl.limit(system, rl.networks.Product(3), rl.inits.Constant(0.25))
        assert rl.explore(found).address == "view=unknowns&system=own&network=Product&depth=3&scale=0.25"

    def test_the_line_takes_any_weights_that_it_can_show(self):
        line = rl.LinearSystem(np.array([[2.0, 3.0]]), np.array([3.0]))
        start = {"u": np.array([0.1, 0.2]), "v": np.array([0.4, 0.1])}
        address = rl.explore(rl.limit(line, rl.networks.Difference(2), start)).address
        assert address.endswith("&network=Difference&depth=2&scale=0.4&u1=0.25&u2=0.5&v1=1.0&v2=0.25")

    @pytest.mark.parametrize(
        ("network", "start", "told"),
        [
            (rl.networks.Dense(1), rl.inits.RowSpace(1.0), "has no network Dense"),
            (rl.networks.Difference(8), rl.inits.Constant(0.1), "depths from 2 to 6, and not 8"),
            (rl.networks.Difference(2), rl.inits.Vanishing(), "none that vanishes"),
            (rl.networks.Difference(2), {"u": np.arange(1.0, 4.0), "v": np.ones(3)}, "every weight alike"),
            (rl.networks.Difference(2), rl.inits.Constant(1e-20), "from 1e-12 to 100"),
            (rl.networks.Direct(), {"x": np.zeros(3)}, "started elsewhere"),
        ],
    )
    def test_what_the_page_lacks_is_refused_and_not_replaced(self, network, start, told):
        found = rl.limit(rl.LinearSystem(A, B), network, start)
        with pytest.raises(rl.InvalidInputError, match=f"{told}.*type rl.explore\\(solution.system\\)"):
            rl.explore(found)
        assert rl.explore(found.system).address == "view=unknowns&system=own"

    @pytest.mark.parametrize(
        "start", [{"u": np.array([9.0, 0.2]), "v": np.ones(2)}, {"u": np.array([-0.1, 0.2]), "v": np.ones(2)}]
    )
    def test_weights_that_the_line_cannot_have_are_refused(self, start):
        line = rl.LinearSystem(np.array([[2.0, 3.0]]), np.array([3.0]))
        with pytest.raises(rl.InvalidInputError, match="at scales from 1e-05 to 3"):
            rl.explore(rl.limit(line, rl.networks.Difference(3), start))


class TestExplorer:
    def test_it_is_saved_where_it_is_told(self, tmp_path):
        explorer = rl.explore()
        assert explorer.save(tmp_path / "page") == tmp_path / "page.html"
        assert (tmp_path / "page.html").read_text(encoding="utf-8") == explorer.html

    def test_a_folder_is_no_page(self, tmp_path):
        with pytest.raises(rl.InvalidInputError, match="is a folder; type the name of a file in it"):
            rl.explore().save(tmp_path)
        assert list(tmp_path.parent.glob("*.html")) == []

    @pytest.mark.parametrize("name", ["system.npz", "page.htm.csv", "x.toml"])
    def test_what_is_no_page_is_not_written_over(self, name, tmp_path):
        (tmp_path / name).write_text("mine")
        with pytest.raises(rl.InvalidInputError, match=r"is not called as a page is.*\.html"):
            rl.explore().save(tmp_path / name)
        assert (tmp_path / name).read_text() == "mine"

    @pytest.mark.parametrize("name", ["a\0b", "n" * 300])
    def test_a_name_that_no_file_can_have_is_told(self, name, tmp_path):
        with pytest.raises(UnwritableFolderError, match=r"Explorer\.save.*cannot be written"):
            rl.explore().save(tmp_path / name)

    def test_a_folder_that_is_not_there_is_told(self, tmp_path):
        with pytest.raises(UnwritableFolderError, match="cannot be written"):
            rl.explore().save(tmp_path / "nowhere" / "page.html")

    def test_a_notebook_shows_it(self):
        explorer = rl.explore()
        frame = re.fullmatch(r'<iframe srcdoc="(.*?)" title=.*</iframe>', explorer._repr_html_(), re.DOTALL)
        assert html.unescape(frame[1]) == explorer.html

    def test_it_is_a_widget(self):
        pytest.importorskip("anywidget")
        explorer = rl.explore(rl.LinearSystem(np.array([[2.0, 1.0]]), np.array([1.0])))
        widget = explorer.widget()
        assert widget.html == explorer.html
        assert widget.address == explorer.address
        widget.close()

    @pytest.mark.parametrize("name", ["</script><img src=x onerror=alert(1)>", "<!--<script>", "<b>&amp;\ud800"])
    def test_a_name_stays_text(self, name, tmp_path):
        explorer = rl.explore(rl.LinearSystem(A, B, name=name))
        told = re.search(r'id="systems">(.*?)</script>', explorer.html, re.DOTALL)[1]
        assert "<" not in told
        assert json.loads(told)[0]["title"].startswith(name)
        assert explorer.save(tmp_path / "page.html").stat().st_size > 0

    def test_the_page_names_no_other_place(self):
        """Namespaces of SVG and MathML are names, and nothing is loaded from them."""
        named = set(re.findall(r"https?://[^\s\"'`]+", rl.explore().html))
        assert named <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"}


class TestCommand:
    @pytest.fixture(autouse=True)
    def elsewhere(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

    def run(self, *words):
        from ridgeless.cli import main

        return main(["explore", *words])

    def test_without_a_word_it_writes_the_page(self, tmp_path, capsys):
        assert self.run() == 0
        assert "explorer.html" in capsys.readouterr().out
        assert stored((tmp_path / "explorer.html").read_text("utf-8"), "address") == ""

    def test_a_file_a_problem_and_a_solution(self, tmp_path):
        (tmp_path / "line.csv").write_text("x1,x2,b\n2,3,3\n", encoding="utf-8")
        rl.limit(rl.LinearSystem(A, B), rl.networks.TwoBranch(2), rl.inits.Constant(0.5)).save("solution")
        wanted = {
            "line.csv": "view=line&a1=2.0&a2=3.0&b=3.0",
            "GaussianSparse": "view=unknowns&system=own",
            "solution.npz": "view=unknowns&system=own&network=TwoBranch&depth=2&scale=0.5",
            ".": "view=unknowns&system=own&network=TwoBranch&depth=2&scale=0.5",
        }
        for what, address in wanted.items():
            assert self.run(what, "-o", "page.html") == 0
            assert stored((tmp_path / "page.html").read_text("utf-8"), "address") == address

    @pytest.mark.parametrize(
        ("what", "said"),
        [
            ("GaussianSpars", "unknown problem"),
            ("nothing.csv", "cannot read"),
            ("empty", "without solution.npz"),
            ("missing/", "missing/ does not exist"),
            ("runs/missing.npz", "runs/missing.npz does not exist"),
        ],
    )
    def test_what_it_cannot_read_is_refused(self, tmp_path, capsys, what, said):
        (tmp_path / "empty").mkdir()
        assert self.run(what) == 2
        assert said in capsys.readouterr().err
        assert not (tmp_path / "explorer.html").exists()
