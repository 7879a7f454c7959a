"""The page of a mock exam in a real browser: tasks, clock, flags by keyboard alone, and afterwards what was missed.

The page shows the record, so nothing is broken here: the lab is only named.
"""

from __future__ import annotations

import dataclasses
import datetime
import threading
from collections.abc import Iterator

import browser
import pytest
from acts import Home

from kubelab.exam import exam_page, record
from kubelab.exercises import attempt, exam_mark, library, page_server, variants

EXERCISES = ("audit-who", "rbac-robot", "dns-broken")
PHONE = (360, 740)
TOKEN = "a-token-of-the-test"  # noqa: S105 (no secret: the test's own)
TASKS = "[...document.querySelectorAll('#tasks button')].map(e => e.innerText)"
CLOCK = "document.querySelector('#clock').textContent"
KEYS = {"Tab": ("Tab", 9, ""), "Enter": ("Enter", 13, "\r"), "f": ("KeyF", 70, "f"), "n": ("KeyN", 78, "n")}


@pytest.fixture(scope="module")
def chromium() -> Iterator[browser.Chromium]:
    """Yield one browser for this file."""
    with browser.chromium() as running:
        yield running


@pytest.fixture
def exam(home: Home) -> Iterator[record.Exam]:
    """Yield an exam of three tasks that began ten minutes ago; afterwards the lab has none."""
    begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=10, seconds=30)
    rows = []
    for number, name in enumerate(EXERCISES, 1):
        work = attempt.Attempt(
            exercise=name, digest="d", lab=home.name, seed=variants.chosen(name, "a student"), variant=1,
            full=library.find(name).spec.full, started=attempt.now(),
        )  # fmt: skip
        rows.append(record.Question(number=number, work=work))
    started = begin.isoformat(timespec="seconds")
    found = record.Exam(
        seed="7", minutes=60, labs=(home.name,), begun=started, started=started, questions=tuple(rows)
    )  # fmt: skip
    record.save(found)
    yield found
    (exam_mark.folder(home.where) / exam_mark.FILE).unlink(missing_ok=True)


@pytest.fixture
def page(chromium: browser.Chromium, exam: record.Exam) -> Iterator[browser.Page]:
    """Yield the page, opened on a telephone, with its tasks shown."""
    server = page_server.Server(("127.0.0.1", 0), exam_page.handler(exam.labs[0], TOKEN))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with chromium.page() as opened:
            opened.resize(*PHONE)
            opened.open(f"http://127.0.0.1:{server.server_port}/{TOKEN}/")
            opened.until(f"{TASKS}.length === {len(EXERCISES)}")
            yield opened
    finally:
        server.shutdown()
        server.server_close()


def press(page: browser.Page, name: str) -> None:
    """Press a key, as the keyboard does."""
    code, number, text = KEYS[name]
    values = {"key": name, "code": code, "windowsVirtualKeyCode": number}
    page.call("Input.dispatchKeyEvent", type="keyDown", **values, **({"text": text} if text else {}))
    page.call("Input.dispatchKeyEvent", type="keyUp", **values)


def kept(home: Home) -> record.Exam:
    """Return the exam as it is kept."""
    found = record.load(home.where)
    assert found
    return found


def test_tasks_and_clock_fit_a_telephone(page: browser.Page, home: Home) -> None:
    """Every task with its title, its lab, what it is about and its points; the clock runs; nothing scrolls sideways,
    comes from elsewhere or complains; no hint and no verdict is there."""
    rows = page.evaluate(TASKS)
    for row, name in zip(rows, EXERCISES, strict=True):
        spec = library.find(name).spec
        assert spec.title in row
        assert f"{spec.full} points" in row
        assert home.name in row
    assert "-1" in rows[0], "it names its own namespace"
    first = page.evaluate(CLOCK)
    assert first.startswith("0:4") and first.endswith("left")
    page.until(f"{CLOCK} !== {first!r}")
    assert page.evaluate("document.querySelectorAll('#verdicts li').length") == 0
    assert "hint" not in page.evaluate("[...document.querySelectorAll('button')].map(e => e.innerText).join()").lower()
    assert page.evaluate("window.innerWidth") == PHONE[0]
    assert page.overflow() <= 0
    names = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
    origin = page.evaluate("location.origin")
    assert names
    assert all(name.startswith((origin, "data:")) for name in names), names
    assert not page.problems


def test_flags_are_turned_by_keyboard_and_kept(page: browser.Page, home: Home) -> None:
    """`n` goes to the second task, `f` flags it; the list shows it, the record keeps it; Enter takes it away."""
    press(page, "n")
    page.until("document.querySelector('#name').textContent.startsWith('Task 2')")
    press(page, "f")
    page.until(f"{TASKS}[1].includes('⚑')")
    page.until("document.activeElement.id === 'flag'")
    assert [row.number for row in kept(home).questions if row.flagged] == [2]
    press(page, "Enter")
    page.until(f"!{TASKS}[1].includes('⚑')")
    assert not any(row.flagged for row in kept(home).questions)


def test_every_task_is_reached_by_tab(page: browser.Page) -> None:
    """Tab reaches each task's button, and its focus can be seen; Enter shows that task."""
    for number in range(1, len(EXERCISES) + 1):
        for _ in range(30):
            press(page, "Tab")
            if str(page.evaluate("document.activeElement.innerText")).startswith(f"{number}. "):
                break
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        press(page, "Enter")
        page.until(f"document.querySelector('#name').textContent.startsWith('Task {number}:')")


def test_afterwards_it_shows_what_was_missed(page: browser.Page, exam: record.Exam, home: Home) -> None:
    """The result, the verdicts of each task and its explanation; the clock is over, and no flag can be set."""
    spec = library.find(EXERCISES[0]).spec
    states = (attempt.State.PASSED, attempt.State.FAILED, attempt.State.UNKNOWN)
    rows = [
        attempt.Verdict(kind=attempt.Kind.GOAL, check=goal.check, says=f"it says {goal.check}", state=state, points=5)
        for goal, state in zip((*spec.goals, *spec.goals), states, strict=False)
    ]
    check = attempt.Check(at=attempt.now(), verdicts=tuple(rows), points=5, full=spec.full)
    first = exam.questions[0]
    graded = dataclasses.replace(first, work=dataclasses.replace(first.work, checks=(check,)))
    late = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=55)).isoformat(timespec="seconds")
    record.save(dataclasses.replace(exam, submitted=late, questions=(graded, *exam.questions[1:])))
    page.open(page.evaluate("location.href"))
    page.until(f"{CLOCK} === 'over'")
    text = page.text()
    assert f"5 of {exam.full} points" in text
    assert "min late" in text
    assert "could not be told" in text
    assert page.evaluate("document.querySelectorAll('#verdicts li.passed').length") == 1
    assert page.evaluate("document.querySelectorAll('#verdicts li.failed').length") == 1
    assert page.evaluate("document.querySelector('#explained').innerText.length") > 100
    assert page.evaluate("document.querySelector('#flag').hidden")
    assert not page.problems
    assert kept(home).submitted
