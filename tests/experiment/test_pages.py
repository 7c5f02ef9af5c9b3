"""Pages: Markdown and HTML come out as HTML that reads and asks, and cannot run, load or lead away."""

from __future__ import annotations

import pytest

from core.experiment.experiment import PageScene
from core.experiment.pages import clean_html, render_markdown, render_page
from core.experiment.problems import ExperimentError


def test_markdown_with_tables_becomes_html():
    html = render_markdown("# Hello\n\n**bold** ~~gone~~\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    for part in ("<h1>Hello</h1>", "<strong>bold</strong>", "<s>gone</s>", "<table>", "<td>1</td>"):
        assert part in html


@pytest.mark.parametrize(
    ("hostile", "never"),
    [
        ("<script>alert(1)</script>", "alert"),
        ("<img src=x onerror=alert(1)>", "onerror"),
        ("[x](javascript:alert(1))", 'href="javascript'),
        ('<a href="JaVaScRiPt:alert(1)">x</a>', "alert"),
        ('<a href="data:text/html,<b>x</b>">x</a>', "data:"),
        ('<iframe src="https://example.org"></iframe>', "iframe"),
        ('<form action="https://example.org"><input name="a"></form>', "form"),
        ('<input type="file" name="a">', "file"),
        ('<input type="submit" formaction="https://example.org">', "formaction"),
        ('<p style="position:fixed">x</p>', "style"),
        ('<meta http-equiv="refresh" content="0;url=https://example.org">', "meta"),
        ("<style>body{display:none}</style>", "display"),
        ('<object data="x.swf"></object><embed src="x">', "x"),
        ("<svg><script>alert(1)</script></svg>", "alert"),
        ('<base href="https://example.org/">', "base"),
        ('<link rel="stylesheet" href="https://example.org/a.css">', "css"),
    ],
)
def test_nothing_that_runs_loads_or_leads_away_gets_through(hostile, never):
    assert never not in render_markdown(hostile)
    assert never not in clean_html(hostile.replace("[x](javascript:alert(1))", ""))


def test_forms_may_ask():
    html = clean_html(
        '<label for="age">Age</label><input id="age" name="age" type="number" min="18" required>'
        '<select name="hand"><option value="l" selected>left</option></select>'
        '<textarea name="why" rows="3"></textarea><input type="radio" name="r" value="1"><button>Play sound</button>'
    )
    for part in ('for="age"', 'type="number"', 'min="18"', "required", 'value="l"', "<textarea", 'type="radio"'):
        assert part in html
    assert '<button type="button">' in html  # or it would send the page's form


def test_links_open_beside_the_page_and_own_files_are_found():
    html = render_markdown("[site](https://example.org/) [sheet](sheet.pdf) ![p](./p.png) <video src='v.mp4'></video>")
    assert 'href="https://example.org/"' in html
    assert 'target="_blank"' in html
    assert 'rel="noopener noreferrer"' in html
    assert 'href="/experiment/sheet.pdf"' in html
    assert 'src="/experiment/p.png"' in html
    assert 'src="/experiment/v.mp4"' in html


def test_a_page_is_its_text_or_its_file(tmp_path):
    (tmp_path / "a.md").write_text("*hi*", encoding="utf-8")
    (tmp_path / "a.html").write_text("<p>*hi*</p>", encoding="utf-8")
    assert render_page(PageScene(id="a", text="*hi*"), tmp_path) == "<p><em>hi</em></p>\n"
    assert render_page(PageScene(id="a", file="a.md"), tmp_path) == "<p><em>hi</em></p>\n"
    assert render_page(PageScene(id="a", file="a.html"), tmp_path) == "<p>*hi*</p>"


def test_a_file_that_has_gone_since_the_start_is_an_error_with_a_sentence(tmp_path):
    with pytest.raises(ExperimentError, match=r'found "a\.md", but there is no such file'):
        render_page(PageScene(id="a", file="a.md"), tmp_path)


def test_a_link_in_the_folder_that_leads_out_of_it_is_not_followed(tmp_path):
    (tmp_path / "secret.md").touch()
    (tmp_path / "study").mkdir()
    try:
        (tmp_path / "study" / "a.md").symlink_to(tmp_path / "secret.md")
    except OSError:
        pytest.skip("this user may not make symbolic links")
    with pytest.raises(ExperimentError, match="leads out of the experiment's folder"):
        render_page(PageScene(id="a", file="a.md"), tmp_path / "study")
