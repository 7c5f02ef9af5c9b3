"""Experiment files that can be used: what they become, where they are found, and what they are laid over."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from core.experiment.experiment import Experiment, GameScene, IceServer, PageScene
from core.experiment.loader import RESOURCES, bundled_names, game_names, load_experiment, settings_as_yaml
from core.experiment.pages import render_page
from core.experiment.source import read_source

SMALL = """\
name: pilot
scenes:
  - {id: game, kind: game}
"""


def write(folder: Path, text: str, name: str = "experiment.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_quick_start_is_two_people_fifo_and_150_ms_for_a_minute():
    experiment = load_experiment("quick_start").experiment
    assert (experiment.matching.group_size, experiment.matching.matchmaker) == (2, "fifo")
    assert experiment.matching.max_p2p_rtt_ms == 150
    page, game = experiment.scenes
    assert isinstance(page, PageScene)
    assert isinstance(game, GameScene)
    assert (game.game, game.duration_s) == ("meet_in_the_middle", 60.0)
    assert experiment.logging.logs_dir == "logs"


@pytest.mark.parametrize("name", bundled_names())
def test_every_bundled_experiment_loads_and_its_pages_render(name):
    loaded = load_experiment(name)
    assert loaded.experiment.name == name
    assert loaded.directory == RESOURCES / "experiments" / name
    pages = [scene for scene in loaded.experiment.scenes if isinstance(scene, PageScene)]
    assert all(render_page(page, loaded.directory) for page in [*pages, loaded.experiment.completion])


def test_what_a_file_leaves_out_is_as_the_defaults_say(tmp_path):
    experiment = load_experiment(write(tmp_path, SMALL)).experiment
    assert experiment.timeouts.reconnect_s == 30
    assert experiment.scenes == [GameScene(id="game", game="meet_in_the_middle", duration_s=60)]


def test_a_group_may_be_given_in_part(tmp_path):
    experiment = load_experiment(write(tmp_path, SMALL + "timeouts:\n  wait_s: 30\n")).experiment
    assert (experiment.timeouts.wait_s, experiment.timeouts.reconnect_s) == (30, 30)


def test_a_limit_can_be_switched_off(tmp_path):
    text = SMALL + "matching:\n  max_p2p_rtt_ms: null\ntimeouts:\n  wait_s: null\n"
    experiment = load_experiment(write(tmp_path, text)).experiment
    assert experiment.matching.max_p2p_rtt_ms is None
    assert experiment.timeouts.wait_s is None


def test_a_lab_changes_the_defaults_of_all_its_experiments(tmp_path):
    resources = tmp_path / "resources"
    (resources / "participant" / "games").mkdir(parents=True)
    (resources / "participant" / "games" / "meet_in_the_middle.js").touch()
    write(resources, "timeouts:\n  wait_s: 80\n  reconnect_s: 90\n", "config.yaml")
    timeouts = load_experiment(write(tmp_path, SMALL + "timeouts:\n  wait_s: 5\n"), resources).experiment.timeouts
    assert (timeouts.wait_s, timeouts.reconnect_s) == (5, 90)


def test_config_yaml_and_the_types_have_the_same_defaults():
    written = read_source(RESOURCES / "config.yaml").settings
    scene = {"id": "game", "kind": "game"}
    types_alone = msgspec.convert({"name": "pilot", "scenes": [scene]}, Experiment)
    with_file = msgspec.convert({"name": "pilot", "scenes": [scene], **written}, Experiment)
    assert with_file == types_alone
    assert written["logging"] == {"logs_dir": "logs"}


def test_config_yaml_names_every_default_of_matching_timeouts_probe_server_and_logging():
    written = read_source(RESOURCES / "config.yaml").settings
    defaults = msgspec.to_builtins(
        msgspec.convert({"name": "pilot", "scenes": [{"id": "g", "kind": "game"}]}, Experiment)
    )
    for group in ("matching", "timeouts", "probe", "server", "logging"):
        assert written[group] == defaults[group]


def test_a_folder_with_an_experiment_yaml_is_an_experiment(tmp_path):
    file = write(tmp_path, SMALL)
    loaded = load_experiment(tmp_path)
    assert (loaded.path, loaded.directory, loaded.source_text) == (file.resolve(), tmp_path.resolve(), SMALL)


def test_a_folder_of_ones_own_named_like_a_bundled_experiment_comes_first(tmp_path, monkeypatch):
    (tmp_path / "quick_start").mkdir()
    write(tmp_path / "quick_start", SMALL)
    monkeypatch.chdir(tmp_path)
    assert load_experiment("quick_start").experiment.name == "pilot"


def test_a_folder_that_happens_to_be_named_like_a_bundled_experiment_does_not_hide_it(tmp_path, monkeypatch):
    (tmp_path / "quick_start").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_experiment("quick_start").experiment.name == "quick_start"


def test_windows_editors_write_a_byte_order_mark_and_crlf(tmp_path):
    file = tmp_path / "experiment.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load_experiment(file).experiment.name == "pilot"


def test_text_that_yaml_would_take_for_a_date_or_a_time_stays_text(tmp_path):
    text = SMALL + "completion:\n  title: 2026-11-21\n  text: 12:30\n"
    completion = load_experiment(write(tmp_path, text)).experiment.completion
    assert (completion.title, completion.text) == ("2026-11-21", "12:30")


def test_settings_of_a_game_are_handed_on_as_they_are(tmp_path):
    text = "name: pilot\nscenes:\n  - {id: g, kind: game, settings: {speed: 1.5, colours: [red, blue]}}\n"
    scene = load_experiment(write(tmp_path, text)).experiment.scenes[0]
    assert isinstance(scene, GameScene)
    assert scene.settings == {"speed": 1.5, "colours": ["red", "blue"]}


def test_ice_servers_have_one_address_or_several(tmp_path):
    text = SMALL + (
        "ice_servers:\n"
        "  - urls: stun:stun.example.org:3478\n"
        "  - {urls: ['turn:t.example.org:3478', 'turns:t.example.org:443'], username: lab, credential: secret}\n"
    )
    stun, turn = load_experiment(write(tmp_path, text)).experiment.ice_servers
    assert stun == IceServer(urls="stun:stun.example.org:3478")
    assert turn.urls == ["turn:t.example.org:3478", "turns:t.example.org:443"]


@pytest.mark.parametrize("way_in", ["username: lab, credential: hush-hush", "secret: hush-hush"])
def test_the_settings_in_force_can_be_written_down_and_loaded_again_without_the_turn_password(tmp_path, way_in):
    turn = f"ice_servers:\n  - {{urls: 'turn:t.example.org', {way_in}}}\n"
    experiment = load_experiment(write(tmp_path, SMALL + turn)).experiment
    written = settings_as_yaml(experiment)
    assert "hush-hush" not in written
    again = load_experiment(write(tmp_path, written, "again.yaml")).experiment
    assert msgspec.structs.replace(again, ice_servers=[]) == msgspec.structs.replace(experiment, ice_servers=[])


def test_whoever_waits_in_vain_may_go_on_alone_from_a_page_after_the_last_game(tmp_path):
    text = SMALL + "  - {id: alone, kind: page, text: Hi}\nno_partner: {outcome: scene, scene: alone}\n"
    no_partner = load_experiment(write(tmp_path, text)).experiment.no_partner
    assert (no_partner.outcome, no_partner.scene) == ("scene", "alone")


def test_relay_is_allowed_where_there_is_a_turn_server(tmp_path):
    text = SMALL + "ice_servers: [{urls: 'turns:t.example.org:443', secret: s}]\nice_transport_policy: relay\n"
    experiment = load_experiment(write(tmp_path, text)).experiment
    assert (experiment.ice_transport_policy, experiment.ice_servers[0].ttl_s) == ("relay", 3600)


def test_the_bundled_game_is_there():
    assert "meet_in_the_middle" in game_names()
