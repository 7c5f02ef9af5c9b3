"""Both themes can be read: words and marks against what they stand on (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from widgets.palette import DARK, LIGHT, OUTCOMES, PERSON_STATES, Colours

THEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""

    def luminance(name: str) -> float:
        channels = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
                    for value in QColor(name).getRgbF()[:3]]  # fmt: skip
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]

    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@THEMES
def test_words_can_be_read_wherever_they_stand(colours: Colours):
    for words in (colours.text, colours.muted):
        for ground in (colours.window, colours.surface, colours.raised):
            assert contrast(words, ground) >= 4.5, (words, ground)
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.danger, colours.surface) >= 4.5
    for bar in (colours.playing, colours.probing):
        assert contrast(colours.surface, bar) >= 4.5, bar


@THEMES
def test_marks_stand_out_from_their_ground(colours: Colours):
    for name in (*PERSON_STATES, *OUTCOMES, "good", "notice", "warning", "error", "accent", "limit"):
        for ground in (colours.surface, colours.raised):
            assert contrast(colours.of(name).name(), ground) >= 3.0, (name, ground)
