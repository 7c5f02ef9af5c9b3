"""The experiment file as types: which settings there are, their units, what they may be and what they are if left out.

Owns the words that explain each setting; `resources/schema.json` is made from them, and so are the loader's messages.
Must not read files, nor judge what needs more than one setting to be seen (`core/experiment/checks.py` does that).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

# Python's $ also matches before a last line break, and these names become file names.
_END = r"$(?!\n)"
SAFE_NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}" + _END
SAFE_NAME_WORDS = (
    "a name of letters (a to z), digits, _ and -, starting with a letter or digit, at most 64 characters; "
    "it becomes part of file names"
)

Name = Annotated[str, Meta(pattern=SAFE_NAME_PATTERN, extra={"allowed": SAFE_NAME_WORDS})]
Text = Annotated[str, Meta(max_length=100_000)]
Title = Annotated[str, Meta(max_length=200)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
WebAddress = Annotated[str, Meta(pattern=r"^https?://\S+" + _END, max_length=2000)]
WEB_ADDRESS_WORDS = {"allowed": "an address that starts with http:// or https://, or null for no button"}
Milliseconds = Annotated[int, Meta(ge=1, le=60_000)]
Share = Annotated[float, Meta(gt=0, lt=1)]


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all groups of settings share: read-only, given by name, and a misspelt key is an error."""


class PageScene(_Settings, frozen=True, kw_only=True, tag_field="kind", tag="page"):
    """A page to read or to fill in. Its content is `text`, or a `file` beside the experiment file; give one of them."""

    id: Annotated[Name, Meta(description="The scene's name in logs and data; no two scenes may share one.")]
    title: Annotated[Title, Meta(description="Heading of the page.")] = ""
    file: Annotated[
        str,
        Meta(max_length=1000, description="Its content: a Markdown (.md) or HTML (.html) file beside this file."),
    ] = ""
    text: Annotated[Text, Meta(description="The page's content, written here in Markdown.")] = ""
    button: Annotated[
        str, Meta(min_length=1, max_length=60, description="What the button that leads on to the next scene says.")
    ] = "Continue"


class GameScene(_Settings, frozen=True, kw_only=True, tag_field="kind", tag="game"):
    """A game for a group. Participants wait for partners first, and their connections are measured."""

    id: Annotated[Name, Meta(description="The scene's name in logs and data; no two scenes may share one.")]
    title: Annotated[Title, Meta(description="Heading above waitroom and game.")] = ""
    game: Annotated[Name, Meta(description="Which game: the name of one in resources/participant/games.")] = (
        "meet_in_the_middle"
    )
    duration_s: Annotated[Seconds, Meta(description="How long the game lasts, in seconds.")] = 60.0
    instructions: Annotated[Text, Meta(description="Markdown, shown while waiting and above the game.")] = ""
    partners: Annotated[
        Literal["any", "same", "new"],
        Meta(
            description="Who may play together here. any: whoever the matchmaker chooses; same: the partners of the "
            "game before, who are waited for (timeouts.reunion_s) before others will do; new: nobody somebody has "
            "played with before."
        ),
    ] = "any"
    settings: Annotated[
        dict[str, Any],
        Meta(description="Handed to the game as they are; what it understands is up to the game."),
    ] = {}


Scene = PageScene | GameScene


class Matching(_Settings, frozen=True, kw_only=True):
    """Who plays with whom."""

    group_size: Annotated[int, Meta(ge=2, le=100, description="How many participants play together.")] = 2
    matchmaker: Annotated[
        Literal["fifo", "latency_fifo", "custom"],
        Meta(
            description="How groups are chosen. fifo: whoever has waited longest goes first; latency_fifo: the same, "
            "but nobody together whose round trips to the server add up to more than max_server_rtt_ms; custom: as the "
            "Python file says that matchmaker_file names."
        ),
    ] = "fifo"
    max_server_rtt_ms: Annotated[
        Milliseconds | None,
        Meta(
            description="For latency_fifo, which needs it: the most that two participants' round trips to the server, "
            "in milliseconds, may add up to."
        ),
    ] = None
    matchmaker_file: Annotated[
        str,
        Meta(
            max_length=1000,
            description="For custom, which needs it: a Python (.py) file beside this file with one subclass of "
            "core.matching.matchmaker.Matchmaker. resources/experiments/custom_matchmaker shows how.",
        ),
    ] = ""
    max_p2p_rtt_ms: Annotated[
        Milliseconds | None,
        Meta(
            description="The longest peer-to-peer round trip, in milliseconds, with which two participants may play. "
            "null: no limit, and nothing is measured. The operator can change it while a run is on."
        ),
    ] = 150
    group_hidden_tabs: Annotated[
        bool,
        Meta(
            description="Whether somebody whose tab is in the background may be chosen for a group. false: they keep "
            "their place and are chosen once they look again."
        ),
    ] = False


class Timeouts(_Settings, frozen=True, kw_only=True):
    """How long the engine waits for what, in seconds, before it releases everybody involved."""

    prepare_s: Annotated[Seconds, Meta(description="For both pages to get ready for a probe.")] = 5.0
    connect_s: Annotated[Seconds, Meta(description="For the two pages to reach each other.")] = 8.0
    measure_s: Annotated[Seconds, Meta(description="For the measurement, once they have reached each other.")] = 5.0
    wait_s: Annotated[
        Seconds | None,
        Meta(
            description="For a participant in the waitroom, before no_partner says how they go on. null: no limit.",
        ),
    ] = 600.0
    reunion_s: Annotated[
        Seconds,
        Meta(
            description="For a participant in a game with `partners: same`, whose partners may still come, before "
            "others will do."
        ),
    ] = 60.0
    reconnect_s: Annotated[
        Seconds, Meta(description="For a participant who lost the connection to come back to their place.")
    ] = 30.0
    game_grace_s: Annotated[
        Seconds, Meta(description="After a game's duration, for the pages to hand in their last data.")
    ] = 10.0
    heard_within_s: Annotated[
        Seconds,
        Meta(
            description="Before a group is proposed, everybody in it must have been heard from within this time; "
            "whoever was not is asked whether they are still there."
        ),
    ] = 3.0
    answer_within_s: Annotated[
        Seconds,
        Meta(description="For whoever is asked that to answer, before they are passed over until they do."),
    ] = 1.5
    slow_fresh_s: Annotated[
        Seconds,
        Meta(description="How long a pair's measurement counts, before the pair may be measured again."),
    ] = 120.0
    unreachable_cooldown_s: Annotated[
        Seconds, Meta(description="Before two participants who could not reach each other are tried again.")
    ] = 60.0
    timeout_cooldown_s: Annotated[
        Seconds, Meta(description="Before two participants whose probe ran out of time are tried again.")
    ] = 20.0


class Probe(_Settings, frozen=True, kw_only=True):
    """How a peer-to-peer round trip is measured."""

    pings: Annotated[int, Meta(ge=1, le=1000, description="Pings that count, from each side.")] = 15
    warmup: Annotated[int, Meta(ge=0, le=100, description="Pings before them that do not count.")] = 2
    interval_ms: Annotated[
        int, Meta(ge=5, le=10_000, description="Time from one ping to the next, in milliseconds.")
    ] = 40
    min_answered: Annotated[
        float,
        Meta(gt=0, le=1, description="Share of the pings that must be answered, or the probe has failed."),
    ] = 0.6
    retries: Annotated[
        int, Meta(ge=0, le=10, description="How often a probe with too few answers is tried again at once.")
    ] = 1


class IceServer(_Settings, frozen=True, kw_only=True):
    """A STUN or TURN server, needed when participants sit in different networks."""

    # No pattern here: in a union with a list, msgspec 0.22 loses a reference to it at each use, and in the end crashes.
    # core/experiment/checks.py looks at the addresses.
    urls: Annotated[
        str | list[str],
        Meta(
            description="The server's address, or a list of them: stun:HOST:PORT, turn:HOST:PORT or turns:HOST:PORT.",
            extra={"allowed": "an address such as stun:stun.example.org:3478, or a list of them"},
        ),
    ]
    username: Annotated[str, Meta(max_length=500, description="For a TURN server.")] = ""
    credential: Annotated[str, Meta(max_length=500, description="The TURN server's password for that user.")] = ""
    secret: Annotated[
        str,
        Meta(
            max_length=500,
            description="Instead of username and credential: the secret that a TURN server shares with Greenroom "
            "(coturn: use-auth-secret). Each participant gets credentials of their own that end; the secret itself is "
            "sent to nobody and not kept in the run.",
        ),
    ] = ""
    ttl_s: Annotated[
        int,
        Meta(ge=60, le=604_800, description="With secret: for how long such credentials are good, in seconds."),
    ] = 3600


class Server(_Settings, frozen=True, kw_only=True):
    """Where participants connect to."""

    host: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=255,
            description="The address to listen on. 0.0.0.0: all of its networks; 127.0.0.1: this machine only.",
        ),
    ] = "0.0.0.0"  # participants come from other machines; that is what the server is for
    port: Annotated[int, Meta(ge=0, le=65_535, description="The port to listen on. 0: any that is free.")] = 8765


class Logging(_Settings, frozen=True, kw_only=True):
    """Where runs are kept."""

    logs_dir: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1000,
            description="The folder in which each run gets a directory of its own. A relative one starts at the folder "
            "in which Greenroom was started.",
        ),
    ] = "logs"


class Completion(_Settings, frozen=True, kw_only=True):
    """The last page, with a participant's completion code."""

    title: Annotated[Title, Meta(description="Heading of the last page.")] = "Thank you!"
    file: Annotated[
        str,
        Meta(max_length=1000, description="Its content: a Markdown (.md) or HTML (.html) file beside this file."),
    ] = ""
    text: Annotated[Text, Meta(description="Its content, written here in Markdown.")] = ""
    code: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100)] | None,
        Meta(description="The completion code. null: a code of their own for each participant."),
    ] = None
    redirect_url: Annotated[
        WebAddress | None,
        Meta(
            description="Where a button on the last page leads to, such as a recruitment service. null: no button.",
            extra=WEB_ADDRESS_WORDS,
        ),
    ] = None


class NoPartner(_Settings, frozen=True, kw_only=True):
    """What becomes of somebody who has waited as long as timeouts.wait_s without a match."""

    outcome: Annotated[
        Literal["page", "redirect", "scene"],
        Meta(
            description="page: a last page with a completion code of its own; redirect: on to redirect_url; scene: on "
            "alone from the page that `scene` names."
        ),
    ] = "page"
    title: Annotated[Title, Meta(description="Heading of that last page.")] = "No partner was found"
    file: Annotated[
        str,
        Meta(max_length=1000, description="Its content: a Markdown (.md) or HTML (.html) file beside this file."),
    ] = ""
    text: Annotated[
        Text, Meta(description="Its content, written here in Markdown. With neither, it is a sentence of thanks.")
    ] = ""
    code: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100)] | None,
        Meta(
            description="The completion code for having waited. null: on a page, a code of their own for each "
            "participant; at a redirect, none."
        ),
    ] = None
    redirect_url: Annotated[
        WebAddress | None,
        Meta(
            description="For outcome `redirect`, which needs it: where the browser is sent. On a page: where a button "
            "leads to. null: no button.",
            extra=WEB_ADDRESS_WORDS,
        ),
    ] = None
    scene: Annotated[
        str,
        Meta(max_length=64, description="For outcome `scene`: the id of a page after the last game."),
    ] = ""


class Alerts(_Settings, frozen=True, kw_only=True):
    """When the operator is called. null switches a rule off; an alert ends by itself once it is over."""

    waiting_s: Annotated[
        Seconds | None, Meta(description="When somebody has waited longer than this, in seconds. null: never.")
    ] = 300.0
    rejected_share: Annotated[
        Share | None,
        Meta(description="When more than this share of the last window's proposed groups were rejected. null: never."),
    ] = 0.8
    probe_failure_share: Annotated[
        Share | None,
        Meta(description="When more than this share of the last window's probes measured nothing. null: never."),
    ] = 0.3
    window_s: Annotated[Seconds, Meta(description="How far both shares look back, in seconds.")] = 300.0
    at_least: Annotated[
        int, Meta(ge=1, le=10_000, description="How many there must be in the window before a share is judged.")
    ] = 6
    nobody_matchable: Annotated[
        Annotated[int, Meta(ge=2, le=40)] | None,
        Meta(
            description="When at least so many wait, all of them have been measured with each other, and all pairs are "
            "too slow. null: never.",
        ),
    ] = 3
    loop_lag_ms: Annotated[
        Milliseconds | None,
        Meta(
            description="When the engine is held up for longer than this, in milliseconds, twice in a row. null: never."
        ),
    ] = 200
    disk_free_mb: Annotated[
        Annotated[int, Meta(ge=1, le=10_000_000)] | None,
        Meta(
            description="When less than this is left on the disk that holds the logs, in megabytes. null: never.",
        ),
    ] = 500


class Experiment(_Settings, frozen=True, kw_only=True):
    """A whole experiment file."""

    name: Annotated[Name, Meta(description="The experiment's name in logs and lists.")]
    title: Annotated[Title, Meta(description="The experiment's name as participants see it in the browser's tab.")] = ""
    scenes: Annotated[
        list[Scene], Meta(min_length=1, max_length=200, description="What a participant goes through, in this order.")
    ]
    matching: Matching = Matching()
    timeouts: Timeouts = Timeouts()
    probe: Probe = Probe()
    ice_servers: Annotated[
        list[IceServer],
        Meta(max_length=20, description="STUN and TURN servers. Empty: participants share one network."),
    ] = []
    ice_transport_policy: Annotated[
        Literal["all", "relay"],
        Meta(
            description="Which ways between two participants may be used, to measure and to play. all: the best there "
            "is; relay: only through a TURN server of ice_servers, so that they do not learn each other's address."
        ),
    ] = "all"
    server: Server = Server()
    logging: Logging = Logging()
    completion: Completion = Completion()
    no_partner: NoPartner = NoPartner()
    alerts: Alerts = Alerts()
