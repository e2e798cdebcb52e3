"""Run the trials that are missing, and write the tables: `make bench-estimators`, or `python -m benchmarks.estimators`.

Parts of it: `--rows tecator corn --splits 5 --methods RidgeCV PLS`. Results are kept in runs/estimators.jsonl, and none
is computed twice; `--again METHOD …` computes those of a method anew. `--only-tables` runs nothing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from benchmarks.estimators import plan, records, speed
from benchmarks.estimators.records import Key, Record
from benchmarks.estimators.report import document
from benchmarks.estimators.rows import rows
from benchmarks.estimators.trials import methods_of, trial

_ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Do what is asked on the command line."""
    asked = _arguments()
    done = records.read(asked.store)
    if not asked.only_tables:
        missing = [key for key in wanted(asked) if key not in done or key[2] in asked.again]
        print(f"{len(missing)} trials to run, results in {asked.store}", flush=True)
        for record in run(missing, asked.jobs):
            records.append(asked.store, record)
            told = record.error or ", ".join(f"{name} {loss:.4g}" for name, loss in record.losses.items())
            print(f"{record.row} #{record.split} {record.method}: {told} ({record.seconds:.2f} s)", flush=True)
    text = document(records.read(asked.store), speed.read())
    asked.out.write_text(text, encoding="utf-8")
    print(text)
    return 0


def wanted(asked: argparse.Namespace) -> list[Key]:
    """The trials asked for, split after split, so that an interrupted run has all rows."""
    chosen = [row for row in rows() if not asked.rows or row.name in asked.rows]
    return [
        (row.name, split, name)
        for split in range(plan.FIRST_SPLIT, plan.FIRST_SPLIT + asked.splits)
        for row in chosen
        for name in methods_of(row)
        if not asked.methods or name in asked.methods
    ]


def run(keys: list[Key], jobs: int) -> Iterable[Record]:
    """Trials as they finish, in this process or in several; those of one split of a row, which share work, in one."""
    if jobs == 1:
        yield from (_trial(key) for key in keys)
        return
    groups = [list(group) for _, group in groupby(keys, key=itemgetter(0, 1))]
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        for future in as_completed([pool.submit(_trials, group) for group in groups]):
            yield from future.result()


def _trials(keys: list[Key]) -> list[Record]:
    return [_trial(key) for key in keys]


def _trial(key: Key) -> Record:
    row = next(row for row in rows() if row.name == key[0])
    return trial(row, key[1], key[2])


def _arguments() -> argparse.Namespace:
    names = [row.name for row in rows()]
    methods = list(dict.fromkeys(name for row in rows() for name in methods_of(row)))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="*", choices=names, metavar="ROW", help="; ".join(names))
    parser.add_argument("--methods", nargs="*", choices=methods, metavar="METHOD", help="; ".join(methods))
    parser.add_argument("--again", nargs="*", default=[], choices=methods, metavar="METHOD", help="compute anew")
    parser.add_argument("--splits", type=int, default=plan.SPLITS)
    parser.add_argument("--jobs", type=int, default=1, help="processes, of one thread each")
    parser.add_argument("--store", type=Path, default=_ROOT / "runs" / "estimators.jsonl")
    parser.add_argument("--out", type=Path, default=_ROOT / "benchmarks" / "ESTIMATORS.md")
    parser.add_argument("--only-tables", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
