"""The timeline of a run: the time of each phase, the usual times, and a terminal's lines meanwhile."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
import rich.console

from kubelab import errors, paths
from kubelab.converge import boot_progress, observed
from kubelab.files import atomic
from kubelab.lab import timeline
from kubelab.state import durations
from kubelab.ui import gantt, live_view, progress

STEPS = (
    "1700000001.5\t1700000002.25\twait-for-address 192.168.56.121\n"
    "1700000002.25\t1700000004.0\timport-images /opt/kubelab/images/pause-3.10.tar\n"
)
UNITS = """Id=containerd.service
InactiveExitTimestamp=Tue 2023-11-14 22:13:22.000000 UTC
ActiveEnterTimestamp=Tue 2023-11-14 22:13:23.500000 UTC

Id=flanneld.service
InactiveExitTimestamp=
ActiveEnterTimestamp="""
EPOCH = 1700000000.0


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep what is usual in a folder of the test's own."""
    monkeypatch.setenv("KUBELAB_CACHE", str(tmp_path))
    return tmp_path


def test_steps_and_units_of_a_box_are_bars_on_the_runs_clock() -> None:
    """Times in the box's files are the computer's own clock: seconds after the start remain; paths are cut."""
    bars = [*timeline.steps("kube-worker-01", STEPS, EPOCH), *timeline.units("kube-worker-01", UNITS, EPOCH)]
    assert [(bar.name, bar.begin, bar.took) for bar in bars] == [
        ("wait-for-address 192.168.56.121", 1.5, 0.75),
        ("import-images pause-3.10", 2.25, 1.75),
        ("containerd.service", 2.0, 1.5),
    ]


def test_the_picture_is_one_document_with_every_bar_and_nothing_from_elsewhere() -> None:
    """It parses as XML, names are escaped, no bar is outside, and it refers to nothing."""
    bars = [
        gantt.Bar(lane="lab.up", name="boxes <&> all", begin=0, end=12, kind="phase"),
        gantt.Bar(lane="kube-worker-01", name="import-images", begin=11, end=38),
    ]
    text = gantt.svg(bars, 40)
    root = ElementTree.fromstring(text)  # noqa: S314 (our own text)
    space = "{http://www.w3.org/2000/svg}"
    rects = list(root.iter(f"{space}rect"))
    assert len(rects) == len(bars)
    assert "boxes <&> all 12.0 s" in [item.text for item in root.iter(f"{space}text")]
    assert all(float(rect.attrib["x"]) + float(rect.attrib["width"]) <= 900 for rect in rects)
    assert not re.search(r"href|url\(|<script", text)


def test_usual_is_the_median_of_the_last_runs(cache: Path) -> None:
    """One slow run does not change what is usual; a damaged file costs the estimate and nothing else."""
    assert durations.usual("lab.up: create 4 of 4") is None
    for seconds in (40, 41, 300, 39):
        durations.keep("lab.up: create 4 of 4", seconds)
    assert durations.usual("lab.up: create 4 of 4") == 40.5
    (cache / "history.json").write_text("{not JSON")
    assert durations.usual("lab.up: create 4 of 4") is None
    durations.keep("lab.up: create 4 of 4", 38)
    assert durations.usual("lab.up: create 4 of 4") == 38


def test_runs_of_one_kind_do_the_same() -> None:
    """Starting stopped boxes is another kind than making them; a run that does nothing is none."""
    state = observed.State
    assert timeline.kind({"a": state.CREATE, "b": state.CREATE, "c": state.EQUAL}) == "lab.up: create 2 of 3"
    assert timeline.kind({"a": state.EQUAL}) == ""


def test_a_run_says_what_is_usual_and_is_kept_also_when_it_fails(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """The second run begins with the first one's time; a failed one is drawn, and no measure for later ones."""
    monkeypatch.setattr(paths, "BUILD", cache / "build")
    where, states = paths.LabPaths(name="lab"), {"a": observed.State.CREATE}
    durations.keep("lab.up: create 1 of 1", 38)
    out = io.StringIO()
    report = progress.Progress(progress.Style.PLAIN, out=out)
    with pytest.raises(RuntimeError), timeline.recorded(where, report, states), report.phase("boxes"):
        raise RuntimeError
    assert "usually 38 s on this computer" in out.getvalue()
    record = json.loads((where.state / timeline.RECORD).read_text(encoding="utf-8"))
    assert not record["good"]
    assert [bar.kind for bar in timeline.phases(record["spans"])] == ["failed"]
    assert durations.usual("lab.up: create 1 of 1") == 38


def test_no_picture_without_a_run(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """Whoever asks before there was a run is told what to type."""
    monkeypatch.setattr(paths, "BUILD", cache / "build")

    class View:
        where = paths.LabPaths(name="lab")

        class lab:
            name = "lab"

    with pytest.raises(errors.LabError) as caught:
        timeline.draw(View)  # type: ignore[arg-type]
    assert caught.value.ident == "timeline-absent"


@pytest.mark.parametrize(
    ("said", "doing"),
    [
        ("", "starting"),
        (f"{STEPS.splitlines()[1]}\nId=kubelab-apply.service\nActiveState=activating\n\nId=kubelet.service\n"
         "ActiveState=active\n\nId=flanneld.service\nActiveState=activating\n",
         "done: import-images pause-3.10; waits for flanneld"),
        (f"{STEPS}Id=kubelab-apply.service\nActiveState=active\n\nId=kubelet.service\nActiveState=active\n",
         "folder applied"),
    ],
)  # fmt: skip
def test_what_a_box_is_at_is_said_in_a_few_words(said: str, doing: str) -> None:
    """Its last step, and which of its units it still waits for."""
    assert boot_progress.doing(said) == doing


def test_a_terminal_shows_phase_rest_and_boxes() -> None:
    """All that is under way is in the picture of a moment, one line each."""
    console = rich.console.Console(file=io.StringIO(), width=100)
    console.print(live_view.picture([("guestbook answers", "last seen: 502", 12.3)], {"etcd-01": "folder applied"}, 25))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    first, second = text.splitlines()
    assert "guestbook answers" in first
    assert "12.3 s  about 25 s remain  last seen: 502" in first
    assert second.split() == ["etcd-01", "folder", "applied"]


def test_phases_inside_phases_are_kept_with_their_times() -> None:
    """Every phase becomes a span, the inner one first, and a terminal is not asked to show two pictures at once."""
    report = progress.Progress(progress.Style.TERMINAL, out=io.StringIO())
    with report.phase("outer") as outer, report.phase("inner") as inner:
        inner.update("at something")
        outer.done("good")
    assert [(span.name, span.result) for span in report.spans] == [("inner", ""), ("outer", "good")]
    assert report.spans[0].at >= report.spans[1].at


@pytest.mark.parametrize(
    "rows", ["1700000001.5", "1700000001.5\t17", "\0\0\0", "a\tb\tc", "1\t2\ta\tb", "1\tinf\tx", "\ufffd"]
)
def test_a_row_that_a_power_cut_left_half_written_is_left_out(rows: str) -> None:
    """A box's own file is cut anywhere: the other rows are drawn."""
    bars = list(timeline.steps("b", f"{STEPS}{rows}", EPOCH))
    assert [bar.name for bar in bars] == [bar.name for bar in timeline.steps("b", STEPS, EPOCH)]


@pytest.mark.parametrize("time", ["n/a", "Tue 2023-11-14 22:13:22 UTC", "Di 2023-11-14", "[not set]"])
def test_a_unit_without_a_readable_time_is_left_out(time: str) -> None:
    """Units that never began, and a block without a name, hide no others."""
    odd = f"Id=a.service\nInactiveExitTimestamp={time}\nActiveEnterTimestamp={time}\n\n"
    odd += UNITS.partition("\n\n")[0].partition("\n")[2]
    bars = list(timeline.units("b", f"{odd}\n\n{UNITS}", EPOCH))
    assert [bar.name for bar in bars] == ["containerd.service"]


def test_a_clock_that_was_set_meanwhile_makes_no_endless_picture() -> None:
    """A laptop whose clock stood at 1970 is told the time while a box starts: a step of 56 years, twelve lines."""
    text = gantt.svg([gantt.Bar(lane="etcd-01", name="step", begin=1, end=1.8e9)], 30)
    assert text.count('class="tick"') <= 13
    assert len(text) < 5000


def test_why_a_run_ended_is_not_lost_with_its_record(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    """On a full disk no record is kept: the error, or Ctrl-C, stays what it was, and a run that went well is none."""
    monkeypatch.setattr(paths, "BUILD", cache / "build")

    def full(*_: object, **__: object) -> None:
        raise errors.LabError("build-unwritable", "cannot write last-up.json", details=["No space left on device"])

    monkeypatch.setattr(atomic, "write", full)
    where, states = paths.LabPaths(name="lab"), {"a": observed.State.CREATE}
    out = io.StringIO()
    report = progress.Progress(progress.Style.PLAIN, out=out)
    for kind in (KeyboardInterrupt, RuntimeError):
        with pytest.raises(kind), timeline.recorded(where, report, states):
            raise kind
    with timeline.recorded(where, report, states):
        pass
    assert "nothing was kept for lab.timeline: cannot write last-up.json: No space left" in out.getvalue()
