"""Reading a whole log at once says what following it says, whatever is in it and however it is cut."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.runlog.follower import Follower
from core.runlog.log_lines import LogLines

STORY = (Path(__file__).parent / "logs" / "v1" / "events.jsonl").read_bytes().splitlines(keepends=True)
ODD = [
    b"\n", b"  \n", b"not json\n", b"[1]\n", b'{"event_type":"probe_failed"}\n', b'{"event_type":"tea","seq":3}\n',
    b'{"event_type":"run_started","run_id":"x","schema_version":7}\n', b'{"event_type":"note_added","text":"\xff"}\n',
    b'{"event_type":"note_added","text":"a"} {"event_type":"note_added","text":"b"}\n', b"\xef\xbb\xbf\n", b"\r\n",
    b'{"event_type":"note_added","text":"torn',
]  # fmt: skip
lines = st.lists(st.one_of(st.sampled_from(STORY[:-1]), st.sampled_from(ODD)), max_size=12)


@given(lines=lines, start=st.sampled_from([b"", b"\xef\xbb\xbf", STORY[0]]), size=st.integers(1, 400))
def test_it_finds_what_a_follower_finds(tmp_path_factory, lines, start, size):
    content = start + b"".join(lines)
    path = tmp_path_factory.getbasetemp() / "followed.jsonl"
    path.write_bytes(content)
    follower = Follower(path)
    followed = follower.poll()
    cut = [content[at : at + size] for at in range(0, len(content), size)]

    alone, with_lines = LogLines(cut), LogLines(cut)
    assert list(alone.events()) == followed
    assert [event for event, _ in with_lines] == followed
    for read in (alone, with_lines):
        assert read.bad_line_count == follower.bad_line_count
        assert read.first_bad_line == (follower.bad_lines[0] if follower.bad_lines else None)
        assert read.torn == bool(follower.torn_bytes)


def test_each_event_comes_with_its_line():
    content = STORY[0] + b"\n" + STORY[1] + b'{"event_type":"tea"}\n' + STORY[2]
    found = [line for _, line in LogLines([content[:300], content[300:]])]
    assert found == [line.rstrip(b"\n") for line in (STORY[0], STORY[1], b'{"event_type":"tea"}', STORY[2])]
