"""The bench says how far runs are apart, what a lab costs beside kubeadm, and what has changed since the figure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import cost, cpu, figure, looks, report, results, spread

ABOUT = {"processor": "Fast", "cores": "2", "kernel": "6.1", "busy": "0", "commit": "abc1234"}
RUNS = [
    {cost.ANSWERED: {"etcd-01": 1.0, looks.VAGRANT: 2.0, cost.TOGETHER: 3.0, cost.WALL: 30.0}},
    {
        cost.ANSWERED: {"etcd-01": 1.5, looks.VAGRANT: 2.0, cost.TOGETHER: 3.5, cost.WALL: 31.0},
        "etcd": {"etcd-01": 0.5, cost.TOGETHER: 0.5, cost.WALL: 1.0},
    },
]
PEER = [
    {cost.ANSWERED: {"control-plane": 1.0, "worker-1": 0.5, looks.ENGINE: 0.5, cost.TOGETHER: 2.0, cost.WALL: 50.0}},
    {cost.ANSWERED: {"control-plane": 1.0, "worker-1": 0.5, looks.ENGINE: 0.5, cost.TOGETHER: 2.0, cost.WALL: 40.0}},
]


def made(runs: list[dict[str, dict[str, float]]], **about: str) -> figure.Figure:
    """Return the figure of some runs on a computer."""
    return figure.Figure(computer={**ABOUT, **about}, runs=len(runs), seconds=cost.table(runs))


def moved(by: float) -> list[dict[str, dict[str, float]]]:
    """Return the runs, of which everything takes so much longer."""
    return [{name: {part: value + by for part, value in row.items()} for name, row in run.items()} for run in RUNS]


def test_a_spread_has_quartiles_from_four_runs_on() -> None:
    """Of three runs they would be numbers between the runs themselves."""
    assert spread.of([3.0, 1.0, 2.0]) == spread.Spread(median=2.0, low=1.0, high=3.0)
    assert str(spread.of([3.0, 1.0, 2.0])) == "median 2.00, 1.00 to 3.00"
    assert spread.of([5.0, 4.0, 3.0, 2.0, 1.0]).quartiles == (2.0, 4.0)
    assert str(spread.of([4.0, 1.0, 2.0, 3.0])) == "median 2.50, 1.00 to 4.00, quartiles 1.75 and 3.25"
    assert spread.of([2.0]) == spread.Spread(median=2.0, low=2.0, high=2.0)


def test_ratios_are_pair_by_pair_and_a_run_without_its_pair_is_none() -> None:
    """The slow minute of a computer is in both runs of a pair; medians of either would mix minutes."""
    assert spread.ratios([10.0, 30.0, 99.0], [20.0, 40.0]) == [0.5, 0.75]
    assert spread.ratios([10.0], []) == []


def test_the_table_has_the_spread_of_each_value_over_the_runs_that_have_it() -> None:
    """A phase of one run only is not counted as nothing in the others."""
    table = cost.table(RUNS)
    assert table[cost.ANSWERED]["etcd-01"] == spread.Spread(median=1.25, low=1.0, high=1.5)
    assert table["etcd"]["etcd-01"].low == 0.5
    assert cost.columns(table) == ["etcd-01", looks.VAGRANT, cost.TOGETHER, cost.WALL]


def test_a_written_figure_is_read_as_it_was(tmp_path: Path) -> None:
    """With quartiles and without; and there is none before the first."""
    file = tmp_path / "figure.json"
    assert figure.read(file) is None
    for runs in (RUNS, [*RUNS, *RUNS]):
        wanted = made(runs)
        figure.write(wanted, file)
        assert figure.read(file) == wanted


def test_the_difference_is_of_medians_and_marked_where_no_run_overlaps() -> None:
    """A difference within the spread of the runs is noise, and looks like it."""
    then, now = made(RUNS), made(moved(0.25))
    rows = {changes[0].row: {change.part: str(change) for change in changes} for changes in figure.changes(then, now)}
    assert rows[cost.ANSWERED]["etcd-01"] == "+0.25 "
    assert rows[cost.ANSWERED][looks.VAGRANT] == "+0.25*"
    back = {changes[0].row: [str(change) for change in changes] for changes in figure.changes(now, then)}
    assert "-0.25*" in back[cost.ANSWERED]


def test_rows_and_parts_that_came_or_went_are_named() -> None:
    """A phase that is gone has not become free without a word."""
    then = made(RUNS)
    now = made([{cost.ANSWERED: {"etcd-01": 1.0, "etcd-02": 1.0}, "new phase": {"etcd-02": 1.0}}])
    rows = {changes[0].row: {change.part: str(change) for change in changes} for changes in figure.changes(then, now)}
    assert list(rows) == [cost.ANSWERED, "new phase", "etcd"]
    assert rows[cost.ANSWERED]["etcd-02"] == rows["new phase"]["etcd-02"] == "new"
    assert rows[cost.ANSWERED][looks.VAGRANT] == rows["etcd"]["etcd-01"] == "gone"


def compared(capsys: pytest.CaptureFixture[str], then: figure.Figure | None, now: figure.Figure) -> str:
    """Return what is printed of two figures."""
    report.compared(then, now)
    return capsys.readouterr().out


@pytest.mark.parametrize("fact", ["processor", "cores", "busy"])
def test_figures_of_different_computers_are_not_compared(capsys: pytest.CaptureFixture[str], fact: str) -> None:
    """It says what differs, and prints no differences that a reader could take for one."""
    said = compared(capsys, made(RUNS), made(RUNS, **{fact: "other"}))
    assert f"comparing makes no sense: {fact}: {ABOUT[fact]} then, other now" in said
    assert "+0.00" not in said


def test_what_may_explain_a_difference_is_said_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Another kernel makes figures no less comparable."""
    said = compared(capsys, made(RUNS), made(RUNS, kernel="6.2"))
    assert "kernel: 6.1 then, 6.2 now" in said
    assert "+0.00" in said
    assert "(abc1234, 2 runs)" in said
    assert "kernel" not in compared(capsys, made(RUNS), made(RUNS))


def test_without_a_figure_it_is_said_how_to_write_one(capsys: pytest.CaptureFixture[str]) -> None:
    """No difference from nothing."""
    assert "--write-figure" in compared(capsys, None, made(RUNS))


def test_the_committed_figure_can_be_read() -> None:
    """Whoever runs the bench gets a difference from it; it is of a computer that did nothing else."""
    committed = figure.read(figure.FILE)
    assert committed is None or (committed.computer["busy"] == "0" and cost.ANSWERED in committed.seconds)


def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> results.Results:
    """Return what two pairs of runs found; the figure is in a folder of its own."""
    monkeypatch.setattr(figure, "FILE", tmp_path / "figure.json")
    one = results.Results(about=ABOUT)
    usage = cpu.Usage(snapshots=[cpu.Snapshot(at=30.0, parts={})], cost=0.3)
    for ours, theirs in zip(RUNS, PEER, strict=True):
        one.add(results.LAB, ours, usage)
        one.add(results.PEER, theirs, usage)
        one.series[results.FROM_ENTER].append(ours[cost.ANSWERED][cost.WALL])
        one.series[results.PEER_ANSWERS].append(theirs[cost.ANSWERED][cost.WALL])
    return one


def test_both_stand_side_by_side_with_ratios_of_seconds_of_both_kinds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wall and CPU, pair by pair; then the difference from the figure that was just written."""
    one = found(tmp_path, monkeypatch)
    results.keep(one)
    results.show(one)
    said = capsys.readouterr().out
    assert "lab: 3.0 CPU s until it answers; watching took 0.30 CPU s in 1 looks, 1.0% of one processor" in said
    assert "0.60, 0.78; median 0.69, 0.60 to 0.78" in said
    assert "1.50, 1.75; median 1.62, 1.50 to 1.75" in said
    beside = said.split(f"CPU seconds {cost.ANSWERED}, medians")[1].split("\n\n")[0]
    lines = {line[:38].strip(): line[38:].split() for line in beside.splitlines()}
    assert lines[cost.CONTROL] == ["1.25", "1.00", "1.25"]
    assert lines[looks.VAGRANT] == ["2.00", "0.00", "-"]
    assert lines[cost.TOGETHER] == ["3.25", "2.00", "1.62"]
    assert "+0.00" in said


def test_a_lab_alone_has_no_ratios(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a bench that failed before its first run shows what there is: nothing."""
    one = found(tmp_path, monkeypatch)
    del one.costs[results.PEER], one.series[results.PEER_ANSWERS]
    capsys.readouterr()
    results.show(one)
    said = capsys.readouterr().out
    assert "kubeadm" not in said
    assert "no figure is committed yet" in said
    results.show(results.Results(about=ABOUT))
    assert "figure" not in capsys.readouterr().out


def test_programs_get_every_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run's CPU seconds beside what the file had before."""
    document = json.loads(results.document(found(tmp_path, monkeypatch)))
    assert document["cpu"] == {"lab": RUNS, "kubeadm": PEER}
    assert set(document) == {"computer", "series", "timelines", "cpu"}
