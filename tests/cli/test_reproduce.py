"""`ridgeless reproduce`: every claim is printed and judged, and a run is whole or not there."""

import importlib
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from ridgeless import papers
from ridgeless._core.discovery import discover
from ridgeless.cli import main
from ridgeless.papers import Claim, Curve, Figure, Paper, Section

ROOT = Path(__file__).parents[2]


class Tiny(Paper):
    """A paper with two experiments, made up for a test."""

    key = "tiny2024"
    title = "A tiny paper"
    citation = "Nobody 2024"
    standing = "A reconstruction."
    error = 0.0

    def sections(self, budget, progress=lambda _: None):
        progress("E1: counting")
        curve = Curve("count", np.arange(1.0, 4.0), np.arange(1.0, 4.0))
        figure = Figure("Counts", "x", "count", (curve,), "They grow.")
        yield Section(
            "E1",
            "How many?",
            "Counted.",
            (figure,),
            claims=(Claim("seeds", float(budget.seeds), float(budget.seeds), 0.0),),
        )
        progress("E2: measuring")
        progress("E2: measuring again")
        yield Section("E2", "How far?", "Measured.", claims=(Claim("distance", 1.0, 1.0 + self.error, 0.1),))


class Wrong(Tiny):
    """A paper with a claim that fails."""

    key = "wrong2024"
    error = 0.25


class Open(Tiny):
    """A paper with a claim that this many seeds do not decide."""

    key = "open2024"

    def sections(self, budget, progress=lambda _: None):
        claim = Claim("error", 1.0, 0.9, band=(0.7, 1.2), sense="at most")
        yield Section("E1", "How small?", "Measured.", claims=(claim, Claim("seeds", 1.0, 1.0)))


class Broken(Tiny):
    """A paper that breaks off."""

    key = "broken2024"
    fault: BaseException = ArithmeticError("section E2 broke")

    def sections(self, budget, progress=lambda _: None):
        yield next(super().sections(budget, progress))
        raise self.fault


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Four more papers."""
    for paper in (Open, Tiny, Wrong, Broken):
        monkeypatch.setitem(papers.FOUND, paper.key, paper)


def test_claims_that_hold_end_with_0(tmp_path, capsys):
    assert main(["reproduce", "tiny2024", "--out", str(tmp_path), "--seeds", "3"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[1].split() == ["claim", "expected", "measured", "tolerance", "95", "%", "band", "outcome"]
    assert lines[2].split() == ["E1:", "seeds", "3", "3", "0", "none", "✓", "holds"]
    assert "2 of 2 claims hold" in lines
    assert not any(line.startswith("failed") for line in lines)
    folder = tmp_path / "tiny2024"
    for name in ("report.html", "figures", "claims.json", "manifest.json"):
        assert f"wrote {folder / name}" in lines
    assert {path.name for path in folder.iterdir()} == {"report.html", "figures", "claims.json", "manifest.json"}
    assert [re.sub(r"\d+\.\d s", "… s", line) for line in err.splitlines()] == [
        "[1] E1: counting",
        "[1] E1: 1 of 1 claims hold, … s",
        "[2] E2: measuring",
        "[2] E2: measuring again",
        "[2] E2: 1 of 1 claims hold, … s",
    ]


def test_a_claim_that_fails_is_named_and_ends_with_1(tmp_path, capsys):
    assert main(["reproduce", "wrong2024", "--out", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "1 of 2 claims hold" in lines
    assert "failed: E2, distance: 1 expected, 1.25 measured, tolerance 0.1" in lines
    record = json.loads((tmp_path / "wrong2024" / "claims.json").read_text(encoding="utf-8"))
    assert [claim["passed"] for claim in record["claims"]] == [True, False]


def test_an_undecided_claim_is_named_and_does_not_change_the_exit_status(tmp_path, capsys):
    assert main(["reproduce", "open2024", "--out", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "1 of 2 claims hold, 1 undecided" in out.splitlines()
    told = "undecided: E1, error: at most 1 expected, 0.9 measured, 95 % band 0.7 to 1.2"
    assert told in out.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert "failed" not in out
    assert "E1: 1 of 2 claims hold, 1 undecided" in err
    record = json.loads((tmp_path / "open2024" / "claims.json").read_text(encoding="utf-8"))
    assert (record["passed"], record["failed"], record["undecided"]) == (1, 0, 1)


def test_the_manifest_has_seeds_and_the_time_of_each_section(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["ridgeless", "reproduce", "tiny2024"])
    main(["reproduce", "tiny2024", "--out", str(tmp_path)])
    record = json.loads((tmp_path / "tiny2024" / "manifest.json").read_text(encoding="utf-8"))
    assert (record["tier"], record["seeds"], record["command"]) == ("minutes", 20, "ridgeless reproduce tiny2024")
    assert set(record["wall_s"]) == {"E1", "E2", "report"}


@pytest.mark.parametrize(("tier", "seeds"), [("seconds", 3), ("minutes", 20), ("cluster", 100)])
def test_a_tier_has_its_seeds(tier, seeds, tmp_path):
    main(["reproduce", "tiny2024", "--out", str(tmp_path), "--tier", tier])
    record = json.loads((tmp_path / "tiny2024" / "claims.json").read_text(encoding="utf-8"))
    assert (record["tier"], record["seeds"]) == (tier, seeds)
    assert record["claims"][0]["measured"] == seeds


class TestList:
    def rows(self, out, capsys):
        """Paper ↦ the words of its row."""
        capsys.readouterr()
        assert main(["reproduce", "--list", "--out", str(out)]) == 0
        return {line.split()[0]: " ".join(line.split()[1:]) for line in capsys.readouterr().out.splitlines() if line}

    def test_what_was_never_run_says_so(self, tmp_path, capsys):
        rows = self.rows(tmp_path / "nowhere", capsys)
        assert set(papers.FOUND) <= set(rows)
        assert {rows[key] for key in papers.FOUND} == {"not run"}
        assert not (tmp_path / "nowhere").exists()

    def test_the_newest_run_counts(self, tmp_path, monkeypatch, capsys):
        main(["reproduce", "tiny2024", "--out", str(tmp_path), "--tier", "seconds"])
        (tmp_path / "tiny2024-notes").mkdir()
        (tmp_path / "wrong2024").mkdir()  # a folder that is no run
        assert re.fullmatch(r"✓ 2 of 2 claims hold seconds 3 \S+ tiny2024", self.rows(tmp_path, capsys)["tiny2024"])
        monkeypatch.setattr(Tiny, "error", 0.25)
        main(["reproduce", "tiny2024", "--out", str(tmp_path), "--seeds", "7"])
        old = tmp_path / "tiny2024" / "manifest.json"
        old.write_text(re.sub(r'"created": "20\d\d', '"created": "1999', old.read_text(encoding="utf-8")))
        rows = self.rows(tmp_path, capsys)
        assert re.fullmatch(r"✗ 1 of 2 claims hold minutes 7 \S+ tiny2024-2", rows["tiny2024"])
        assert rows["wrong2024"] == "not run"

    def test_undecided_claims_are_counted_apart(self, tmp_path, capsys):
        main(["reproduce", "open2024", "--out", str(tmp_path), "--tier", "seconds"])
        told = r"\? 1 of 2 claims hold, 1 undecided seconds 3 \S+ open2024"
        assert re.fullmatch(told, self.rows(tmp_path, capsys)["open2024"])

    def test_a_run_that_cannot_be_read_is_passed_over(self, tmp_path, capsys):
        main(["reproduce", "tiny2024", "--out", str(tmp_path)])
        (tmp_path / "tiny2024" / "claims.json").write_text("{")
        assert self.rows(tmp_path, capsys)["tiny2024"] == "not run"


def test_an_older_run_stays(tmp_path):
    for _ in range(2):
        main(["reproduce", "tiny2024", "--out", str(tmp_path)])
    assert {path.name for path in tmp_path.iterdir()} == {"tiny2024", "tiny2024-2"}


def test_a_section_that_raises_leaves_nothing(tmp_path):
    with pytest.raises(ArithmeticError, match="E2 broke"):
        main(["reproduce", "broken2024", "--out", str(tmp_path / "runs")])
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Broken, "fault", KeyboardInterrupt())
    assert main(["reproduce", "broken2024", "--out", str(tmp_path / "runs")]) == 130
    assert capsys.readouterr().err.endswith("interrupted; nothing was written.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["tinny2024"], "unknown paper 'tinny2024': did you mean 'tiny2024'?"),
        (["tiny2024", "--seeds", "0"], "reproduce: seeds = 0; type a whole number of at least 1."),
        (["tiny2024", "--seeds", "2.5"], "'2.5' is no whole number"),
        (["tiny2024", "--tier", "hours"], "hours"),
        (["tiny2024", "--out", "{file}/runs"], "cannot write results to"),
        ([], "NAME"),
    ],
)
def test_what_cannot_be_run_is_refused_before_any_work(words, reason, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Tiny, "sections", lambda *_: pytest.fail("it ran"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("in the way")
    assert main(["reproduce", *(word.format(file=tmp_path / "file") for word in words)]) == 2
    out, err = capsys.readouterr()
    assert reason in err
    assert (out, err.count("\n")) == ("", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_list_shows_papers_by_the_name_that_reproduce_takes(capsys):
    assert main(["list", "papers"]) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = [re.split(r" {2,}", line, maxsplit=1) for line in lines[-3:]]
    assert shown == [
        ["tiny2024", "A paper with two experiments, made up for a test."],
        ["wrong2024", "A paper with a claim that fails."],
        ["broken2024", "A paper that breaks off."],
    ]
    assert len({line.index(" A ") for line in lines[-3:]}) == 1


def test_the_paper_of_the_documentation_is_found_by_being_there(tmp_path, monkeypatch, capsys):
    text = (ROOT / "docs" / "reproduce.md").read_text(encoding="utf-8")
    code = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)[0]
    (tmp_path / "zhang2017.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(papers, "__path__", [*papers.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    found = {kind.key: kind for kind in discover("ridgeless.papers", Paper).values()}
    monkeypatch.delitem(sys.modules, "ridgeless.papers.zhang2017")
    monkeypatch.delattr(papers, "zhang2017")
    monkeypatch.setitem(papers.FOUND, "zhang2017", found["zhang2017"])
    assert main(["reproduce", "zhang2017", "--seeds", "6", "--out", str(tmp_path / "runs")]) == 0
    assert "1 of 1 claims hold" in capsys.readouterr().out.splitlines()
    record = json.loads((tmp_path / "runs" / "zhang2017" / "claims.json").read_text(encoding="utf-8"))
    assert record["claims"][0]["measured"] == pytest.approx(1.0, abs=1e-9)
