"""STUN and TURN servers as a participant's page gets them.

Owns the credentials that a TURN server's shared secret gives each participant. Must not hand the secret itself to
anybody, nor keep what it made: whatever is asked for is made anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from core.experiment.experiment import Experiment, IceServer


def ice_servers(experiment: Experiment, subject_id: str, now_unix_s: float) -> list[dict[str, Any]]:
    """The experiment's servers as RTCPeerConnection takes them, with this participant's credentials where needed."""
    return [_server(server, subject_id, now_unix_s) for server in experiment.ice_servers]


def _server(server: IceServer, subject_id: str, now_unix_s: float) -> dict[str, Any]:
    username, credential = server.username, server.credential
    if server.secret:
        username, credential = turn_credentials(server.secret, subject_id, now_unix_s + server.ttl_s)
    named = {"username": username, "credential": credential}
    return {"urls": server.urls, **{name: value for name, value in named.items() if value}}


def turn_credentials(secret: str, subject_id: str, expires_unix_s: float) -> tuple[str, str]:
    """(username, credential) good until `expires_unix_s`, for a TURN server that shares `secret`.

    username = `<expiry in Unix seconds>:<subject id>`, credential = base64(HMAC-SHA1(secret, username)), as
    draft-uberti-behave-turn-rest-00, section 2.2, has it and coturn's `use-auth-secret` checks it.
    """
    username = f"{int(expires_unix_s)}:{subject_id}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode()
