"""What README and docs lead to is there, and README's table has every command.

Must not judge the words.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.commands import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
LINK = re.compile(r'\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"')
LARGEST_PICTURE = 250_000  # bytes


def headings(page: Path) -> set[str]:
    """The anchors of a page, as forges make them."""
    lines = page.read_text(encoding="utf-8").splitlines()
    titles = [line.lstrip("#").strip().lower() for line in lines if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path):
    dead = []
    for groups in LINK.findall(page.read_text(encoding="utf-8")):
        link = next(filter(None, groups))
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in headings(target)):
            dead.append(link)
    assert not dead


def test_every_picture_is_small_and_used():
    used = {
        (page.parent / next(filter(None, groups))).resolve()
        for page in PAGES
        for groups in LINK.findall(page.read_text(encoding="utf-8"))
    }
    pictures = set((ROOT / "docs" / "pictures").glob("*.png"))
    assert not [picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE]
    assert not {picture.name for picture in pictures - used}, "show it in README or docs, or take it out"


def test_readme_has_every_command():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lacking = [command for command in COMMANDS if f"| `python main.py {command}" not in readme]
    assert not lacking, "add a line to README's table of commands"


def test_all_that_a_game_is_given_is_described():
    source = (ROOT / "resources" / "participant" / "game_host.js").read_text(encoding="utf-8")
    context = re.search(r"#context\(.*?\n    return \{(.*?)\n    \};", source, re.DOTALL)
    given = set(re.findall(r"(?:^|, )\s*(\w+)(?=:|, |,$)", re.sub(r"\{.*?\}|\(.*?\)", "", context[1]), re.MULTILINE))
    table = (ROOT / "docs" / "games.md").read_text(encoding="utf-8").partition("| `ctx.` |")[2].partition("\n\n")[0]
    first_cells = "\n".join(re.findall(r"^\|[^|]*\|", table, re.MULTILINE))
    described = set(re.findall(r"`(\w+)(?:\([^`]*\))?`(?=[,| ])", first_cells))
    assert described == given
