"""Runs harm scenarios on a running lab and keeps their cost: python -m bench.survive --lab NAME."""

from __future__ import annotations

import argparse
import sys

from bench import computer
from bench.survive import engine, page, run, stage, table
from kubelab import pages, paths
from kubelab.clients import doors
from kubelab.converge import session


def main() -> int:
    """Run the chosen scenarios; return 0 if the lab survived all of them."""
    options = _options()
    lab, where = session.open_lab(options.lab)
    done = run.kept(where) if options.resume else {}
    fitting = table.of_lab(lab)
    if other := [name for name in options.only or () if name not in fitting]:
        print(f"not for lab {lab.name}: {', '.join(other)}; there are: {', '.join(fitting)}", file=sys.stderr)
        return 1
    for name in options.only or fitting:
        if name in done and not done[name].problems:
            print(f"{name}: kept from {done[name].date}", flush=True)
            continue
        try:
            result = _one(name, options.lab)
        except doors.DoorError as problem:
            print(f"  not begun, the lab is not well: {problem}\n  mend it (lab.why), then type the same with --resume")
            return 1
        run.keep(where, result)
        _say(result)
    results = run.kept(where)
    if options.page:
        page.write(results, computer.facts(lab.versions))
        print(f"wrote {page.PAGE.relative_to(paths.ROOT)}")
    return 1 if any(result.problems for result in results.values()) else 0


def _one(name: str, lab: str) -> run.Result:
    print(f"\n{name}: {table.TABLE[name].title}", flush=True)
    if name == engine.SCENARIO:
        return engine.elsewhere(lab)
    with stage.Stage.open(lab) as on:
        return run.run(name, on)


def _say(result: run.Result) -> None:
    served = ", ".join(f"{kind}: {words}" for kind, words in result.served.items())
    whole = "never whole" if result.whole is None else f"whole {result.whole:.1f} s after {result.since}"
    print(f"  {served}\n  {whole}; {result.acknowledged} acknowledged, {len(result.missing)} missing", flush=True)
    for what in (*result.notes, *(f"✗ {problem}" for problem in result.problems)):
        print(f"  {what}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lab", default="default")
    parser.add_argument("--only", type=_names, help=f"some, with commas between: {', '.join(table.TABLE)}")
    parser.add_argument("--resume", action="store_true", help="skip scenarios that an earlier run survived")
    parser.add_argument("--page", action="store_true", help=f"write {pages.SURVIVAL}")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = [name for name in text.split(",") if name]
    unknown = [name for name in names if name not in table.TABLE]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; there are: {', '.join(table.TABLE)}")
    return names


if __name__ == "__main__":
    sys.exit(main())
