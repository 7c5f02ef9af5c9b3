"""What a process without a window asks of the system."""

from __future__ import annotations

import sys

import pytest

from core.server import event_loop


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on open sockets")
def test_more_sockets_may_be_opened_than_the_system_begins_with():
    import resource

    before = soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, soft), hard))
        event_loop.allow_many_sockets()
        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert allowed[0] > 256
        assert allowed[1] == hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
