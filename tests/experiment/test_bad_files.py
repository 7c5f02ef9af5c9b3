"""Experiment files that cannot be used: each message names file, line, setting, what was found and what is allowed."""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path

import pytest

from core.experiment.loader import ExperimentError, load_experiment

SCENES = "scenes:\n  - {id: game, kind: game}\n"  # lines 2 and 3 after a name
SMALL = "name: pilot\n" + SCENES


def message_of(wanted: Path | str) -> str:
    with pytest.raises(ExperimentError) as caught:
        load_experiment(wanted)
    return str(caught.value)


def complain(folder: Path, text: str) -> str:
    """The message about a file with this text, which must begin by naming the file."""
    file = folder / "experiment.yaml"
    file.write_text(text, encoding="utf-8")
    message = message_of(file)
    assert message.startswith(str(file.resolve()))
    return message


# What is in the file, then what the message must say of it, in this order.
BAD_SETTINGS = {
    "text for a number": (
        "name: pilot\nscenes:\n  - id: game\n    kind: game\n    duration_s: sixty\n",
        ["line 5", "scenes[0].duration_s", 'found "sixty" (text)', "allowed is a number above 0 up to 86400"],
    ),
    "a number out of range": (
        SMALL + "server:\n  port: 70000\n",
        ["line 5", "server.port", "found 70000", "allowed is a whole number from 0 to 65535"],
    ),
    "a fraction for a whole number": (
        SMALL + "matching:\n  max_p2p_rtt_ms: 99.5\n",
        ["line 5", "matching.max_p2p_rtt_ms", "found 99.5", "allowed is a whole number from 1 to 60000, or null"],
    ),
    "off for null": (
        SMALL + "matching:\n  max_p2p_rtt_ms: off\n",
        ["line 5", "matching.max_p2p_rtt_ms", "found false", "off", "or null"],
    ),
    "a negative time": (
        SMALL + "timeouts:\n  wait_s: -1\n",
        ["line 5", "timeouts.wait_s", "found -1", "allowed is a number above 0 up to 86400, or null"],
    ),
    "nothing": (
        SMALL + "timeouts:\n  connect_s:\n",
        ["line 5", "timeouts.connect_s", "found nothing (null)", "allowed is a number above 0"],
    ),
    "yes for text": (
        "name: pilot\ntitle: No\n" + SCENES,
        ["line 2", "title", "found false", "allowed is text of at most 200 characters", "Put quotes around it"],
    ),
    "a list for a group": (
        SMALL + "matching: [fifo]\n",
        ["line 4", "matching", "found a list", "allowed is a group of settings"],
    ),
    "a group for a list": (
        "name: pilot\nscenes:\n  id: game\n  kind: game\n",
        ["line 2", "scenes", "found a group of settings", "allowed is a list of at least 1 and at most 200 entries"],
    ),
    "text for a scene": (
        "name: pilot\nscenes:\n  - welcome\n",
        ["line 3", "scenes[0]", 'found "welcome" (text)', "allowed is a group of settings", "`kind: "],
    ),
    "a misspelt setting": (
        SMALL + "matchng:\n  group_size: 2\n",
        ["line 4", "matchng", "not known", 'Did you mean "matching"?'],
    ),
    "a setting in the wrong place": (
        SMALL + "max_p2p_rtt_ms: 80\n",
        ["line 4", "max_p2p_rtt_ms", "not known here", 'It belongs under "matching:"'],
    ),
    "a setting like no other": (
        SMALL + "probe:\n  xyzzy: 1\n",
        ["line 5", "probe.xyzzy", "not known here", "Allowed are: pings, warmup, interval_ms, min_answered, retries"],
    ),
    "an unknown kind of scene": (
        "name: pilot\nscenes:\n  - {id: a, kind: pag}\n",
        ["line 3", "scenes[0].kind", 'found "pag" (text)', "allowed is page or game", 'Did you mean "page"?'],
    ),
    "no kind of scene": (
        "name: pilot\nscenes:\n  - {id: a}\n",
        ["line 3", "scenes[0].kind", "found no `kind:`", "allowed is page or game"],
    ),
    "an unknown matchmaker": (
        SMALL + "matching:\n  matchmaker: lifo\n",
        ["line 5", "matching.matchmaker", 'found "lifo" (text)', "allowed is custom or fifo or latency_fifo"],
    ),
    "no name": (SCENES, ["line 1", "`name:` is missing", "allowed is a name of letters"]),
    "no scenes": ("name: pilot\n", ["line 1", "`scenes:` is missing", "allowed is a list"]),
    "an empty list of scenes": (
        "name: pilot\nscenes: []\n",
        ["line 2", "scenes", "found a list of 0", "allowed is a list of at least 1"],
    ),
    "no game": (
        "name: pilot\nscenes:\n  - {id: a, kind: page, text: Hello}\n",
        ["line 2", "scenes", "found no scene with `kind: game`", "allowed is at least one"],
    ),
    "an unknown game": (
        "name: pilot\nscenes:\n  - id: a\n    kind: game\n    game: meet_in_the_midle\n",
        ["line 5", "scenes[0].game", 'found "meet_in_the_midle"', 'Did you mean "meet_in_the_middle"?'],
    ),
    "an id that is a path": (
        "name: pilot\nscenes:\n  - {id: ../../etc, kind: game}\n",
        ["line 3", "scenes[0].id", 'found "../../etc"', "allowed is a name of letters"],
    ),
    "an id that ends in a line break": (
        'name: pilot\nscenes:\n  - {id: "game\\n", kind: game}\n',
        ["line 3", "scenes[0].id", r'found "game\n"', "allowed is a name of letters"],
    ),
    "an id that is used twice": (
        "name: pilot\nscenes:\n  - {id: Game, kind: game}\n  - {id: game, kind: game}\n",
        ["line 4", "scenes[1].id", 'found "game"', "scenes[0] is called already", "capital and small"],
    ),
    "a page without content": (
        "name: pilot\nscenes:\n  - {id: a, kind: page}\n  - {id: game, kind: game}\n",
        ["line 3", "scenes[0]", "found a page without content", "allowed is one with `file:` or `text:`"],
    ),
    "a page with two contents": (
        "name: pilot\nscenes:\n  - {id: a, kind: page, text: Hi, file: welcome.md}\n  - {id: game, kind: game}\n",
        ["line 3", "scenes[0].text", "found both", "allowed is one of them"],
    ),
    "a page's file that is not there": (
        "name: pilot\nscenes:\n  - {id: a, kind: page, file: welcom.md}\n  - {id: game, kind: game}\n",
        ["line 3", "scenes[0].file", 'found "welcom.md"', "no such file", 'Did you mean "welcome.md"?'],
    ),
    "a page's file outside the folder": (
        "name: pilot\nscenes:\n  - {id: a, kind: page, file: ../secret.md}\n  - {id: game, kind: game}\n",
        ["line 3", "scenes[0].file", 'found "../secret.md"', "leads out of the experiment's folder", "allowed is"],
    ),
    "a page's file by its full path": (
        "name: pilot\nscenes:\n  - {id: a, kind: page, file: /etc/passwd}\n  - {id: game, kind: game}\n",
        ["line 3", "scenes[0].file", 'found "/etc/passwd"', "allowed is a file beside the experiment file"],
    ),
    "a page's file by a Windows path": (
        "name: pilot\nscenes:\n  - {id: a, kind: page, file: 'C:\\lab\\a.md'}\n  - {id: game, kind: game}\n",
        ["line 3", "scenes[0].file", "found", "allowed is a file beside the experiment file"],
    ),
    "a page's file of another kind": (
        "name: pilot\nscenes:\n  - {id: a, kind: page, file: welcome.docx}\n  - {id: game, kind: game}\n",
        ["line 3", "scenes[0].file", 'found "welcome.docx"', "allowed is a file whose name ends in .md, .html, .htm"],
    ),
    "a page's file name with a null character": (
        'name: pilot\nscenes:\n  - {id: a, kind: page, file: "a\\0.md"}\n  - {id: game, kind: game}\n',
        ["line 3", "scenes[0].file", r'found "a\x00.md"', "no usable file name"],
    ),
    "a last page's file that is not there": (
        SMALL + "completion:\n  file: bye.md\n",
        ["line 5", "completion.file", 'found "bye.md"', "no such file"],
    ),
    "groups of one": (
        SMALL + "matching:\n  group_size: 1\n",
        ["line 5", "matching.group_size", "found 1", "allowed is a whole number from 2 to 100"],
    ),
    "latency_fifo without its limit": (
        SMALL + "matching:\n  matchmaker: latency_fifo\n",
        [
            "line 5",
            "matching.matchmaker",
            "latency_fifo without `max_server_rtt_ms:`",
            "such as max_server_rtt_ms: 200",
        ],
    ),
    "a matchmaker of one's own without its file": (
        SMALL + "matching:\n  matchmaker: custom\n",
        ["line 5", "matching.matchmaker", "custom without `matchmaker_file:`", "such as matchmaker_file:"],
    ),
    "a matchmaker's file that is not there": (
        SMALL + "matching:\n  matchmaker: custom\n  matchmaker_file: mine.py\n",
        ["line 6", "matching.matchmaker_file", 'found "mine.py"', "no such file"],
    ),
    "a matchmaker's file of another kind": (
        SMALL + "matching:\n  matchmaker: custom\n  matchmaker_file: welcome.md\n",
        ["line 6", "matching.matchmaker_file", 'found "welcome.md"', "ends in .py"],
    ),
    "a matchmaker's file outside the folder": (
        SMALL + "matching:\n  matchmaker: custom\n  matchmaker_file: ../mine.py\n",
        ["line 6", "matching.matchmaker_file", 'found "../mine.py"', "leads out of the experiment's folder"],
    ),
    "a matchmaker's file that nobody asks": (
        SMALL + "matching:\n  matchmaker_file: mine.py\n",
        ["line 5", "matching.matchmaker_file", "found a file, but `matchmaker: fifo`", "`matchmaker: custom`"],
    ),
    "the same partners before there are any": (
        "name: pilot\nscenes:\n  - {id: a, kind: page, text: Hi}\n  - {id: game, kind: game, partners: same}\n",
        ["line 4", "scenes[1].partners", "found same in the first game", "allowed is any or new"],
    ),
    "a redirect to nowhere": (
        SMALL + "no_partner:\n  outcome: redirect\n",
        ["line 4", "no_partner", "redirect without `redirect_url:`"],
    ),
    "going on alone without a page for it": (
        SMALL + "no_partner:\n  outcome: scene\n",
        ["line 4", "no_partner.scene", "scene without `scene:`", "a page after the last game", "has none"],
    ),
    "going on alone into a game": (
        "name: pilot\nno_partner: {outcome: scene, scene: game}\n" + SCENES,
        ["line 2", "no_partner.scene", 'found "game"', "a page after the last game"],
    ),
    "a last page without a partner whose file is not there": (
        SMALL + "no_partner:\n  file: sorry.md\n",
        ["line 5", "no_partner.file", 'found "sorry.md"', "no such file"],
    ),
    "a TURN secret and a password": (
        SMALL + "ice_servers:\n  - {urls: 'turn:example.org', secret: s, username: u, credential: c}\n",
        ["line 5", "ice_servers[0]", "found `secret:` and `username:`", "one of the two ways"],
    ),
    "a secret for a STUN server": (
        SMALL + "ice_servers:\n  - urls: stun:example.org\n    secret: s\n",
        ["line 6", "ice_servers[0].secret", "found a secret without a TURN address"],
    ),
    "relay without a TURN server": (
        SMALL + "ice_servers:\n  - urls: stun:example.org\nice_transport_policy: relay\n",
        ["line 6", "ice_transport_policy", "found relay without a TURN server", "one in `ice_servers:`"],
    ),
    "an address that is no ICE server": (
        SMALL + "ice_servers:\n  - urls: http://example.org\n",
        ["line 5", "ice_servers[0].urls", "found", "allowed is an address such as stun:"],
    ),
    "a TURN server without a password": (
        SMALL + "ice_servers:\n  - urls: turn:example.org\n",
        ["line 5", "ice_servers[0]", "found a TURN server without", "allowed is one that has both"],
    ),
    "an ICE server without an address": (
        SMALL + "ice_servers:\n  - username: lab\n",
        ["line 5", "ice_servers[0]", "`urls:` is missing", "stun:"],
    ),
    "pings that take too long": (
        SMALL + "probe:\n  pings: 500\n",
        [
            "line 5",
            "probe.pings",
            "found 2 + 500 pings",
            "20.08 s",
            "allowed is what fits into timeouts.measure_s (5 s)",
        ],
    ),
    "a link that would run a script": (
        SMALL + "completion:\n  redirect_url: javascript:alert(1)\n",
        ["line 5", "completion.redirect_url", 'found "javascript:alert(1)"', "http:// or https://"],
    ),
    "a setting given twice": (
        SMALL + "title: One\ntitle: Two\n",
        ["line 4", "title", "found twice, on lines 4 and 5", "allowed is once"],
    ),
    "a number as a setting's name": (
        SMALL + "5: one\n",
        ["line 4", 'found the name "5"', "put quotes around it"],
    ),
}


@pytest.mark.parametrize(("text", "said"), BAD_SETTINGS.values(), ids=BAD_SETTINGS.keys())
def test_a_faulty_setting_is_named_with_line_place_found_and_allowed(tmp_path, text, said):
    (tmp_path / "welcome.md").touch()
    message = complain(tmp_path, text)
    assert "\n" not in message.strip(), "one fault, one problem"
    assert re.search(".*".join(re.escape(part) for part in said), message), message


BAD_YAML = {
    "a tab": ("name: pilot\nscenes:\n\t- id: a\n", ["line 3, column 1", "found a tab", "allowed are spaces"]),
    "a missing colon": ("name pilot\nscenes: []\n", ["line 2", "not valid YAML", "missing colon"]),
    "an open quote": ('name: "pilot\nscenes: []\n', ["line 3", "not valid YAML"]),
    "a colon in unquoted text": ("name: pilot\ntitle: Study: one\n", ["line 2", "not valid YAML", "needs quotes"]),
    "two documents": (SMALL + "---\n" + SMALL, ["line 4", "not valid YAML"]),
    "an unknown alias": ("name: *pilot\n", ["line 1", "not valid YAML"]),
    "a Python object": (SMALL + "title: !!python/object/apply:os.getcwd []\n", ["line 4", "tag", "not understood"]),
    "a set": (SMALL + "title: !!set {a, b}\n", ["line 4", "tag", "not understood"]),
    "a list as a name": (SMALL + "? [a, b]\n: 1\n", ["line 4", "must be a word"]),
    "a number without end": (SMALL + "timeouts:\n  wait_s: .inf\n", ["line 5", 'found ".inf"', "allowed is a number"]),
    "not a number, deep inside": (
        "name: pilot\nscenes:\n  - {id: a, kind: game, settings: {x: [.nan]}}\n",
        ["line 3", 'found ".nan"', "allowed is a number"],
    ),
    "a number too long for Python": (SMALL + f"title: {'9' * 5000}\n", ["line 4", "found", "allowed is a number"]),
    "a group inside itself": (SMALL + "title: &a [*a]\n", ["line 4", "contains itself"]),
    "endless aliases": (
        "a: &a [0]\n" + "".join(f"{new}: &{new} [{', '.join(['*' + old] * 10)}]\n" for old, new in pairwise("abcdef")),
        ["found more than 100000 values"],
    ),
    "nesting without end": ("a: " + "[" * 5000, ["nested too deeply"]),
    "a control character": ("name: pi\x07lot\n", ["line 1", "no text file should hold", "UTF-8"]),
    "an empty file": ("", ["line 1", "found an empty file", "allowed is an experiment"]),
    "comments only": ("# nothing yet\n", ["line 1", "found an empty file", "allowed is an experiment"]),
    "a sentence": ("Hello there\n", ["line 1", 'found "Hello there" (text)', "allowed is an experiment"]),
}


@pytest.mark.parametrize(("text", "said"), BAD_YAML.values(), ids=BAD_YAML.keys())
def test_what_is_no_experiment_at_all_is_said_in_one_sentence(tmp_path, text, said):
    message = complain(tmp_path, text)
    assert re.search(".*".join(re.escape(part) for part in said), message, re.DOTALL), message


def test_all_problems_come_at_once_in_the_order_of_the_file(tmp_path):
    message = complain(tmp_path, "server:\n  prot: 1\nscenes:\n  - {id: g, kind: game, duration_s: 0}\nname: a b\n")
    headline, *lines = message.splitlines()
    assert headline.endswith("has 3 problems:")
    assert [re.search(r"line (\d+)", line)[1] for line in lines] == ["2", "4", "5"]


def test_a_faulty_default_is_named_with_its_own_file(tmp_path):
    (tmp_path / "config.yaml").write_text("server:\n  port: -1\n", encoding="utf-8")
    (tmp_path / "experiment.yaml").write_text(SMALL, encoding="utf-8")
    with pytest.raises(ExperimentError, match=r"config\.yaml, line 2, server\.port: found -1"):
        load_experiment(tmp_path / "experiment.yaml", resources=tmp_path)


def test_an_unknown_name_lists_what_there_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert 'Did you mean "quick_start"?' in message_of("quickstart")
    assert "Bundled experiments: custom_matchmaker, demo, quick_start" in message_of("zzz")


def test_a_folder_without_an_experiment_names_the_files_it_has(tmp_path):
    assert "Put a file named experiment.yaml in it" in message_of(tmp_path)
    (tmp_path / "pilot.yaml").touch()
    assert "Name one of its files instead: pilot.yaml" in message_of(tmp_path)


def test_a_name_that_can_be_no_file_is_an_answer_not_a_crash():
    assert re.search(r'no usable file name|There is no experiment "a\\x00b"', message_of("a\0b"))
    assert re.search("no usable file name|There is no experiment", message_of("x" * 5000))


def test_a_file_that_is_not_utf8(tmp_path):
    file = tmp_path / "experiment.yaml"
    file.write_bytes("title: Größe\n".encode("latin-1"))
    assert re.search(r"line 1: found text that is not UTF-8; allowed is UTF-8.*Save as", message_of(file))


def test_a_huge_file(tmp_path):
    file = tmp_path / "experiment.yaml"
    file.write_bytes(b"#" * 1_000_001)
    assert "found 1000001 bytes; allowed are 1000000" in message_of(file)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user may read every file")
def test_a_file_that_may_not_be_read(tmp_path):
    file = tmp_path / "experiment.yaml"
    file.touch(mode=0o000)
    assert "cannot be read (Permission denied)" in message_of(file)
