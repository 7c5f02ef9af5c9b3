"""The participant page as a participant meets it: every phase, and what goes wrong on the way."""

from __future__ import annotations

import json

import pytest

from tests.browser import Page
from tests.participant_page.conftest import Engine, Opener

HOSTILE = "<img src=x onerror=\"document.title='owned'\"><b>bold</b>"
IN_PHASE = "document.documentElement.dataset.phase === '{}'"
LOST = "!document.getElementById('lost').hidden"


def in_phase(page: Page, phase: str) -> None:
    page.wait_for(IN_PHASE.format(phase))


def test_a_participant_is_shown_every_phase(engine: Engine, open_page: Opener) -> None:
    page = open_page()
    assert "Hello" in page.text("#stage")
    page.click("#stage [type=submit]")
    assert engine.wait_heard("advance") == [("S1", {"scene_id": "welcome"})]

    engine.show("S1", phase="waitroom", scene_id="task", title="Task", html="<p>Rules</p>", waited_s=64.9)
    in_phase(page, "waitroom")
    page.wait_for("document.querySelector('[data-waited]').textContent >= '1:05'")  # it may be later before we look
    assert "Rules" in page.text("#stage")

    engine.show("S1", phase="probing", scene_id="task", title="Task", waited_s=70)
    in_phase(page, "probing")
    assert "Checking your connection to your partner" in page.text("#stage")
    assert page.eval("document.getAnimations().length") == 0, "drawing takes its time from what is being measured"

    engine.show(
        "S1",
        phase="done",
        title="Thanks",
        html="<p>Bye</p>",
        completion_code="AB-12",
        redirect_url="https://x.example/",
    )
    in_phase(page, "done")
    assert page.text("[data-code]") == "AB-12"
    assert page.eval("document.querySelector('[data-redirect]').href") == "https://x.example/"

    engine.show("S1", phase="ended", title="Over", text="The session is over")
    in_phase(page, "ended")
    assert "The session is over" in page.text("#stage")


def test_whoever_is_to_go_on_elsewhere_is_sent_there(engine: Engine, open_page: Opener) -> None:
    page = open_page()
    there = engine.url + "page/style.css"
    engine.show(
        "S1", phase="done", title="No partner", html="", completion_code=None, redirect_url=there, redirect_now=True
    )
    page.wait_for(f"location.href === '{there}'")


@pytest.mark.parametrize(
    "view",
    [
        {"phase": "page", "scene_id": "x", "title": HOSTILE, "html": "", "button": HOSTILE},
        {"phase": "waitroom", "scene_id": "x", "title": HOSTILE, "html": "<p>x</p>", "waited_s": 0},
        {
            "phase": "done",
            "title": HOSTILE,
            "html": "",
            "completion_code": HOSTILE,
            "redirect_url": "javascript:alert(1)",
        },
        {"phase": "ended", "title": HOSTILE, "text": HOSTILE},
    ],
    ids=lambda view: str(view["phase"]),
)
def test_text_stays_text(engine: Engine, open_page: Opener, view: dict[str, object]) -> None:
    page = open_page()
    engine.ask("emit", subject="S1", event="notice", data={"text": HOSTILE})
    engine.show("S1", **{"scene_id": None, **view})
    shown = f"document.querySelector('#stage').innerText.includes({json.dumps(HOSTILE)})"
    page.wait_for(f"{IN_PHASE.format(view['phase'])} && {shown} && document.querySelector('.notice')")
    assert HOSTILE in page.text("#notices")
    assert page.eval("document.querySelectorAll('#stage img, #notices img, a[href^=javascript]').length") == 0
    assert page.eval("document.title") != "owned"


def test_the_newest_word_about_a_partner_takes_the_place_of_the_last_and_goes_with_the_game(
    engine: Engine, open_page: Opener
) -> None:
    page = open_page()
    said = "[...document.querySelectorAll('.notice p')].map((words) => words.textContent).join()"
    for text, about in (("lost", {"about": "player-1"}), ("Hello all", {}), ("back", {"about": "player-1"})):
        engine.ask("emit", subject="S1", event="notice", data={"text": text, **about})
    page.wait_for(f"{said} === 'Hello all,back'")
    engine.show("S1", phase="done", title="Thanks", html="", completion_code="AB-12", redirect_url=None)
    page.wait_for(f"{said} === 'Hello all'")


def test_what_was_filled_in_is_sent_once(engine: Engine, open_page: Opener) -> None:
    html = (
        '<input name="age" type="number" value="31"><input type="checkbox" name="agree" checked>'
        '<input type="checkbox" name="langs" value="en" checked><input type="checkbox" name="langs" value="de">'
        '<input type="radio" name="hand" value="left"><input type="radio" name="hand" value="right" checked>'
        '<input type="radio" name="none" value="a"><select name="c"><option>red</option></select>'
        '<textarea name="notes">a <b></textarea><input name="__proto__" value="p">'
    )
    page = open_page()
    engine.show("S1", phase="page", scene_id="form", title="Form", html=html, button="Send")
    page.wait_for("document.querySelector('[name=age]')")
    page.eval(
        "(() => { const b = document.querySelector('[data-button]'); b.click(); b.click(); b.click(); return 1 })()"
    )
    (_, message), *more = engine.wait_heard("advance")
    assert message["scene_id"] == "form"
    assert message["data"] == {
        "age": 31, "agree": True, "langs": ["en"], "hand": "right", "none": None, "c": "red", "notes": "a <b>",
        "__proto__": "p",
    }  # fmt: skip
    engine.ask("ping", subject="S1")  # whatever the page had sent before is here now
    assert not more
    assert len(engine.heard("advance")) == 1


def test_a_refused_continue_says_so_and_can_be_tried_again(engine: Engine, open_page: Opener) -> None:
    page = open_page()
    engine.ask("refuse", event="advance", error="the disk is full")
    page.click("[data-button]")
    page.wait_for("!document.querySelector('[data-problem]').hidden")
    assert "the disk is full" in page.text("[data-problem]")
    engine.ask("refuse", event="advance", error=None)
    page.click("[data-button]")
    engine.wait_heard("advance")


def test_what_gets_no_answer_is_said_again(engine: Engine, open_page: Opener) -> None:
    """A line that is cut still counts as open when the first answer is missed."""
    soon = "const later = setTimeout; window.setTimeout = (f, ms, ...args) => later(f, ms === 8000 ? 100 : ms, ...args)"
    page = open_page(before=soon)
    engine.ask("leave_unanswered", event="advance")
    page.click("[data-button]")
    first, again, *_ = engine.wait_heard("advance", 2)
    assert first == again
    assert page.eval("document.querySelector('[data-problem]').hidden")


def test_what_one_run_was_to_record_is_not_said_to_the_next(engine: Engine, open_page: Opener) -> None:
    page = open_page()
    page.eval("(import(location.origin + '/page/connection.js').then((module) => { window.module = module; }), true)")
    page.wait_for("window.module")
    page.eval(
        "(window.line = new module.Connection({address: new URLSearchParams(), onState() {}}), line.open(), "
        "window.say = (more) => line.request('game_data', {data: 1}, more).then((it) => { window.answer = it; }), 1)"
    )
    page.wait_for("line.state === 'joined'")
    for more, heard in (("{}", 1), ("{ofThisRun: true}", 1)):
        engine.ask("cut")
        page.wait_for("line.state === 'lost'")
        page.eval(f"(window.answer = null, say({more}), true)")
        engine.ask("new_run")
        engine.ask("listen")
        answer = page.wait_for("window.answer")
        assert len(engine.heard("game_data")) == heard
    assert (answer["ok"], answer["error"]) == (False, "The study was begun anew meanwhile.")


def test_a_lost_connection_is_told_and_nothing_typed_is_lost(engine: Engine, open_page: Opener) -> None:
    page = open_page()
    engine.show("S1", phase="page", scene_id="form", title="Form", html='<input name="a">', button="Send")
    page.wait_for("document.querySelector('[name=a]')")
    page.eval("document.querySelector('[name=a]').value = 'kept'")
    engine.ask("cut")
    page.wait_for(LOST)
    assert "connection to the study is lost" in page.text("#lost")
    assert "Trying again" in page.text("#lost")
    page.click("[data-button]")
    engine.ask("listen")
    page.wait_for(f"!({LOST})")
    assert engine.wait_heard("advance")[0] == ("S1", {"scene_id": "form", "data": {"a": "kept"}})


def test_a_reload_comes_back_as_the_same_participant(engine: Engine, open_page: Opener) -> None:
    page = open_page()
    engine.show("S1", phase="waitroom", scene_id="task", title="Task", html="", waited_s=30)
    in_phase(page, "waitroom")
    page.reload()
    in_phase(page, "waitroom")
    assert [data.get("token") for _, data in engine.heard("join")] == [None, "token-S1"]


def test_the_address_gives_nobody_else_the_place(engine: Engine, open_page: Opener) -> None:
    page = open_page("?a=%20b&token=token-S1&PROLIFIC_PID=ann&flag#there")
    assert page.eval("[location.search + location.hash, history.length]") == ["?a=%20b&PROLIFIC_PID=ann&flag#there", 1]
    page.reload()
    in_phase(page, "page")
    assert [data["token"] for _, data in engine.heard("join")] == ["token-S1", "token-S1"]


def test_another_persons_link_in_the_same_tab_is_another_person(engine: Engine, open_page: Opener) -> None:
    page = open_page("?PROLIFIC_PID=ann")
    page.eval("(location.search = '?PROLIFIC_PID=bob', 1)")
    page.wait_for("document.documentElement.dataset.subjectId === 'bob'")
    assert "token" not in engine.heard("join")[-1][1]


def test_no_session_storage_is_no_obstacle(engine: Engine, open_page: Opener) -> None:
    forbidden = (
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
    )
    page = open_page("?token=token-S1", before=forbidden)
    assert page.eval("location.search") == "?token=token-S1", "a reload has nothing else"
    engine.ask("cut")
    page.wait_for(LOST)
    engine.ask("listen")
    page.wait_for(f"!({LOST})")
    assert engine.heard("join")[-1][1]["token"] == "token-S1"


def test_a_refused_join_gives_the_reason_and_goes_on_when_told(engine: Engine, open_page: Opener) -> None:
    first = open_page()
    engine.ask("refuse", event="join", error="the session has not started yet")
    page = open_page(phase="refused")
    assert "The session has not started yet" in page.text("#stage")
    page.click("#stage button")
    page.wait_for("document.querySelector('#stage button')")
    engine.ask("refuse", event="join", error=None)
    engine.ask("emit_to_all", event="rejoin", data={})
    in_phase(page, "page")
    in_phase(first, "page")


def test_a_replaced_tab_lets_go(engine: Engine, open_page: Opener) -> None:
    page = open_page()
    engine.show("S1", phase="ended", title="Opened elsewhere", text="You can close this one.", can_rejoin=True)
    in_phase(page, "ended")
    engine.ask("wait_connections", count=0)
    assert len(engine.heard("join")) == 1
    page.click("#stage button")
    engine.wait_heard("join", 2)


def test_the_completion_code_outlives_the_engine_and_a_new_run(engine: Engine, open_page: Opener) -> None:
    page = open_page()
    engine.show("S1", phase="done", title="Thanks", html="", completion_code="AB-12", redirect_url=None)
    in_phase(page, "done")
    engine.ask("emit_to_all", event="rejoin", data={})
    page.show(False)
    page.wait_for("document.hidden")
    engine.ask("ping", subject="S1")
    assert len(engine.heard("join")) == 1
    assert len(engine.heard("visibility")) == 1
    engine.ask("cut")
    engine.ask("wait_connections", count=0)
    assert page.text("[data-code]") == "AB-12"
    assert not page.eval(LOST)


def test_a_browser_without_webrtc_is_told_what_to_do(engine: Engine, open_page: Opener) -> None:
    page = open_page(phase=None, before="delete window.RTCPeerConnection")
    page.wait_for("document.querySelector('#stage h1').textContent.includes('cannot take part')")
    assert "Firefox" in page.text("#stage")
    assert engine.heard("join") == []


def test_a_background_tab_is_reported_and_its_title_calls(engine: Engine, open_page: Opener) -> None:
    page = open_page()
    engine.show("S1", phase="waitroom", scene_id="task", title="Task", html="", waited_s=0)
    in_phase(page, "waitroom")
    page.show(False)
    page.wait_for("document.hidden")
    assert [data["hidden"] for _, data in engine.wait_heard("visibility", 2)] == [False, True]
    engine.show("S1", phase="probing", scene_id="task", title="Task", waited_s=3)
    page.wait_for("document.title.includes('A partner is here')")
    page.show(True)
    page.wait_for("document.title === 'Task'")


def test_leaving_asks_first(engine: Engine, open_page: Opener) -> None:
    page = open_page()
    page.click("#leave")
    page.click("#leave-no")
    page.click("#leave")
    assert engine.heard("leave") == []
    page.click("#leave-yes")
    engine.wait_heard("leave")


def test_the_engines_ping_is_answered(engine: Engine, open_page: Opener) -> None:
    open_page()
    assert engine.ask("ping", subject="S1") is None


def test_a_page_that_plays_by_itself_says_so(engine: Engine, open_page: Opener) -> None:
    open_page("?autoplay=1")
    assert engine.heard("join")[0][1]["simulated"] is True
    assert engine.wait_heard("advance")[0][1] == {"scene_id": "welcome"}


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_nothing_is_wider_than_the_screen(engine: Engine, open_page: Opener, width: int) -> None:
    page = open_page(width=width, height=700)
    for view in (
        {"phase": "page", "scene_id": "a", "title": "W" * 60, "html": "<p>" + "x" * 200 + "</p>", "button": "Continue"},
        {"phase": "done", "title": "Thanks", "html": "", "completion_code": "C" * 24, "redirect_url": None},
    ):
        engine.show("S1", **view)
        in_phase(page, str(view["phase"]))
        assert page.eval("document.documentElement.scrollWidth <= window.innerWidth")
