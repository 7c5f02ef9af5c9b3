"""An experimenter's Markdown or HTML as the HTML that participants' browsers get.

Owns what may stand on a page: text, tables, pictures, sound, film and form fields. Must not let through anything that
runs (scripts, event handlers), loads other pages (frames) or leads the page away.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt

from core.experiment.checks import page_file
from core.experiment.experiment import Completion, NoPartner, PageScene
from core.experiment.problems import ExperimentError
from core.experiment.source import read_text

# The server hands out the experiment's own files under this path.
EXPERIMENT_FILES_URL = "/experiment/"

_TEXT_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em", "figcaption"),
    *("figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s"),
    *(
        "section",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
    ),
}
_MEDIA_TAGS = {"img", "audio", "video", "source"}
_FORM_TAGS = {"button", "fieldset", "input", "label", "legend", "optgroup", "option", "select", "textarea"}
_ATTRIBUTES = {
    "*": {"class", "dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "audio": {"src", "controls", "loop", "preload"},
    "video": {"src", "controls", "loop", "preload", "width", "height", "muted", "playsinline"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
    "label": {"for"},
    "button": {"id", "name", "value", "disabled"},
    "input": {
        *("id", "name", "value", "required", "min", "max", "step", "minlength", "maxlength", "pattern", "placeholder"),
        *("checked", "disabled", "readonly", "autocomplete", "inputmode", "list", "size"),
    },
    "optgroup": {"label"},
    "option": {"value", "selected", "disabled", "label"},
    "select": {"id", "name", "required", "multiple", "size", "disabled"},
    "textarea": {"id", "name", "required", "rows", "cols", "minlength", "maxlength", "placeholder", "disabled"},
}
_INPUT_TYPES = {
    *("text", "number", "range", "radio", "checkbox", "email", "tel", "url", "search", "date", "time", "month", "week"),
    *("datetime-local", "color", "hidden"),
}

_markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def render_page(scene: PageScene | Completion | NoPartner, directory: Path) -> str:
    """The HTML of a page scene or of a last page, whose files lie in `directory`. Raises ExperimentError."""
    if not scene.file:
        return render_markdown(scene.text)
    file = page_file(scene.file, directory)
    if isinstance(file, str):
        raise ExperimentError(file)
    text = read_text(file)
    return render_markdown(text) if file.suffix.lower() == ".md" else clean_html(text)


def render_markdown(text: str) -> str:
    """Markdown (CommonMark with tables; HTML inside it is taken as HTML) as clean HTML."""
    return clean_html(_markdown.render(text))


def clean_html(html: str) -> str:
    """`html` with only the tags and attributes that pages may have; links open in a tab of their own."""
    return nh3.clean(
        html,
        tags=_TEXT_TAGS | _MEDIA_TAGS | _FORM_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_own_address,
        tag_attribute_values={"input": {"type": _INPUT_TYPES}},
        set_tag_attribute_values={"a": {"target": "_blank"}, "button": {"type": "button"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _own_address(tag: str, attribute: str, value: str) -> str:
    """`picture.png` lies beside the experiment file, not beside the participant page."""
    if attribute not in ("src", "href") or value.startswith(("#", "/")):
        return value
    try:
        is_relative = not urlsplit(value).scheme
    except ValueError:
        return ""
    return EXPERIMENT_FILES_URL + value.removeprefix("./") if is_relative else value
