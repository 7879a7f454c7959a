"""The bench reads the times of boxes, units and the API, and finds the critical path."""

from __future__ import annotations

import pytest

from bench import marks, path

BOXES = {
    "kube-master-01": "1000.5\t1002.0\tput-files\n1002.0\t1004.25\trun-static-pod kube-apiserver /opt/x/a-v1.tar\n"
}
UNITS = {
    "kube-master-01": "Id=kubelet.service\nActiveEnterTimestamp=Mon 2026-11-23 09:00:01.250000 UTC\n\n"
    "Id=calico-node.service\nActiveEnterTimestamp=\n"
}


@pytest.fixture
def clock() -> marks.Clock:
    """Give a clock that was started a thousand seconds after 1970."""
    found = marks.Clock()
    found.epoch = 1000.0
    return found


def mark(name: str, at: float, source: str = "step") -> marks.Mark:
    """Return a mark as a box's step leaves it."""
    return marks.Mark(name=name, at=at, source=source)


def test_a_boxs_step_ends_at_its_second_column_and_knows_how_long_it_took(clock: marks.Clock) -> None:
    """Seconds count from the start of the run, not from 1970."""
    found = marks.of_boxes(clock, BOXES)
    assert [(item.at, item.took) for item in found] == [(2.0, 1.5), (4.25, 2.25)]
    assert found[0].name == "kube-master-01: put-files"
    assert "/" not in found[1].name


def test_a_unit_that_never_became_active_leaves_no_mark() -> None:
    """An empty time stamp is not the year 1970."""
    clock = marks.Clock()
    clock.epoch = marks.parse("2026-11-23T09:00:00Z")
    found = marks.of_units(clock, UNITS)
    assert [(item.name, item.at) for item in found] == [("kube-master-01: kubelet", 1.25)]


@pytest.mark.parametrize("text", ["2026-11-23T09:00:00Z", "2026-11-23T09:00:00.000000000Z"])
def test_the_apis_and_dockers_times_are_read_alike(text: str) -> None:
    """Docker writes nanoseconds, which Python's own reader refuses."""
    assert marks.parse(text) == 1795424400.0


def test_the_critical_path_follows_what_was_reached_last_and_adds_up_to_the_goal() -> None:
    """Two boxes import; only the one whose frontend answered first is on the path."""
    found = [
        mark("files and certificates", 1.0, "lab.up"),
        mark("w1: container runs", 2.0, "docker"),
        mark("w1: wait-for-address 192.168.57.121", 2.5),
        mark("w1: put-files", 3.0),
        mark("w1: start-units kubelet.service", 3.5),
        mark("w1: containerd", 4.0, "unit"),
        mark("w1: import-images guestbook", 12.0),
        mark("w2: import-images guestbook", 14.5),
        mark("w1: pod frontend PodScheduled", 9.0, "api"),
        mark("w1: pod frontend PodReadyToStartContainers", 13.0, "api"),
        mark("w1: pod frontend container runs", 14.0, "api"),
        mark("w1: pod frontend Ready", 15.0, "api"),
        mark("w2: pod redis-leader Ready", 11.0, "api"),
        mark("w2: pod frontend Ready", 33.0, "api"),
        mark(path.GOAL, 16.0, "lab.up"),
    ]
    way = path.critical(found)
    assert [item.name for item, _ in way][-3:] == [
        "w1: pod frontend container runs",
        "w1: pod frontend Ready",
        path.GOAL,
    ]
    assert "w2: import-images guestbook" not in [item.name for item, _ in way]
    assert sum(gap for _, gap in way) == pytest.approx(16.0)


def test_a_run_without_its_goal_has_no_critical_path() -> None:
    """An empty answer, not an invented one."""
    assert path.critical([mark("w1: put-files", 3.0)]) == []
