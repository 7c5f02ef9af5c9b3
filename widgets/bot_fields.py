"""The fields for a crowd of bots: ready-made ones to choose from, and everything about them to be set.

Owns the fields, their words and ranges. Must not know what becomes of the crowd.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from widgets.parts.text import PlainLabel
from widgets.stand_ins import MOST_BOTS, PRESETS, Bots

OWN: Final = "own"
SHARES: Final = ("loss", "no_webrtc", "drops", "hidden", "silent")


class BotFields(QWidget):
    """`wish()` is the crowd as the fields say. `limit_ms` is what the ready-made crowds are made for."""

    def __init__(self, limit_ms: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._limit_ms = limit_ms
        self.fields: dict[str, QSpinBox] = {}
        self._make_presets()
        self._make_fields()
        self._make_answers()
        self._lay_out()
        for field in self.fields.values():
            field.valueChanged.connect(self._is_own)
        self.preset.currentIndexChanged.connect(self._take_preset)
        self._take_preset()

    def wish(self) -> Bots:
        """What the fields say."""
        value = {name: field.value() for name, field in self.fields.items()}
        low_ms, high_ms = sorted((value["low_ms"], value["high_ms"]))
        return Bots(
            value["number"],
            real=bool(self.answers.currentData()),
            low_ms=low_ms,
            high_ms=high_ms,
            arrivals_per_min=value["arrivals_per_min"] or None,
            seed=value["seed"] or None,
            loss=value["loss"] / 100,
            no_webrtc=value["no_webrtc"] / 100,
            drops=value["drops"] / 100,
            hidden=value["hidden"] / 100,
            silent=value["silent"] / 100,
        )

    # --- set-up -------------------------------------------------------------------------------------------------------

    def _make_presets(self) -> None:
        self.preset = QComboBox()
        self.preset.setToolTip(self.tr("A crowd that fits the RTT limit in force; every field can be changed after"))
        self.preset.setAccessibleName(self.tr("Ready-made crowd"))
        words = {
            "good": self.tr("A good crowd"), "slow": self.tr("A third slow"), "bad": self.tr("Bad networks"),
            "rush": self.tr("A rush: all in the same second"),
        }  # fmt: skip
        for name in PRESETS:
            self.preset.addItem(words[name], name)
        self.preset.addItem(self.tr("As set below"), OWN)
        self.about = PlainLabel(name="muted", wrap=True)

    def _make_fields(self) -> None:
        number = self._field("number", 1, MOST_BOTS, "", self.tr("How many come"))
        number.setSingleStep(5)
        arrivals = self._field("arrivals_per_min", 0, 100_000, self.tr(" a minute"), self.tr("How fast they come"))
        arrivals.setSpecialValueText(self.tr("all at once"))
        arrivals.setSingleStep(10)
        rtt = self.tr("90% of the pairs' round trips lie between these two")
        for name in ("low_ms", "high_ms"):
            self._field(name, 1, 60_000, self.tr(" ms"), rtt).setSingleStep(10)
        tips = {
            "loss": self.tr("Share of the pings lost, each way"),
            "no_webrtc": self.tr("Their browsers allow no peer connections: every probe with them fails"),
            "drops": self.tr("Their connection breaks once, and they come back after 2 to 20 seconds"),
            "hidden": self.tr("Their tab is in the background: they keep their place and are not grouped"),
            "silent": self.tr("Ready for every probe, and never heard of again in it"),
        }
        for name in SHARES:
            self._field(name, 0, 100, " %", tips[name])
        seed = self._field("seed", 0, 999_999, "", self.tr("The same number brings the same people again"))
        seed.setSpecialValueText(self.tr("others each time"))

    def _field(self, name: str, lowest: int, highest: int, unit: str, tip: str) -> QSpinBox:
        field = self.fields[name] = QSpinBox()
        field.setRange(lowest, highest)
        field.setSuffix(unit)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setMinimumSize(132, 30)
        field.setToolTip(tip)
        return field

    def _make_answers(self) -> None:
        self.answers = QComboBox()
        self.answers.addItem(self.tr("made up, and marked so in the log"), False)
        self.answers.addItem(self.tr("measured over WebRTC"), True)
        self.answers.setToolTip(self.tr("What a bot says about the round trip to its partner"))
        if find_spec("aiortc") is None:
            self.answers.setEnabled(False)
            self.answers.setToolTip(self.tr("Measuring needs aiortc: pip install 'greenroom[bots]'"))
        self.hint = PlainLabel(name="muted", wrap=True)
        self.answers.currentIndexChanged.connect(self._say_hint)
        self._say_hint()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        caption = PlainLabel(self.tr("&Crowd"))
        caption.setBuddy(self.preset)
        top.addWidget(caption)
        top.addWidget(self.preset, 1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(2, 20)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(3, 1)
        pairs = (
            ("number", self.tr("How &many")), ("arrivals_per_min", self.tr("A&rriving")),
            ("low_ms", self.tr("RTT &from")), ("high_ms", self.tr("RTT &up to")),
            ("loss", self.tr("Pings &lost")), ("no_webrtc", self.tr("Without &WebRTC")),
            ("drops", self.tr("&Drop and come back")), ("hidden", self.tr("Tab &hidden")),
            ("silent", self.tr("Sil&ent in probes")), ("seed", self.tr("See&d")),
        )  # fmt: skip
        for place, (name, words) in enumerate(pairs):
            row, column = divmod(place, 2)
            label = PlainLabel(words)
            label.setBuddy(self.fields[name])
            self.fields[name].setAccessibleName(words.replace("&", ""))
            grid.addWidget(label, row, 3 * column)
            grid.addWidget(self.fields[name], row, 3 * column + 1)
        answers = QHBoxLayout()
        caption = PlainLabel(self.tr("Answers to pr&obes"))
        caption.setBuddy(self.answers)
        self.answers.setAccessibleName(self.tr("Answers to probes"))
        answers.addWidget(caption)
        answers.addWidget(self.answers, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 14, 0, 4)
        layout.setSpacing(10)
        layout.addLayout(top)
        layout.addWidget(self.about)
        layout.addLayout(grid)
        layout.addLayout(answers)
        layout.addWidget(self.hint)

    # --- what is chosen -----------------------------------------------------------------------------------------------

    def _take_preset(self) -> None:
        name = self.preset.currentData()
        self._say_about(name)
        if name == OWN:
            return
        crowd = PRESETS[name](self._limit_ms)
        values = {
            "number": crowd.number, "low_ms": crowd.low_ms, "high_ms": crowd.high_ms,
            "arrivals_per_min": crowd.arrivals_per_min or 0,
            **{share: round(getattr(crowd, share) * 100) for share in SHARES},
        }  # fmt: skip
        for field_name, value in values.items():
            field = self.fields[field_name]
            field.blockSignals(True)
            field.setValue(value)
            field.blockSignals(False)

    def _is_own(self) -> None:
        self.preset.blockSignals(True)
        self.preset.setCurrentIndex(self.preset.findData(OWN))
        self.preset.blockSignals(False)
        self._say_about(OWN)

    def _say_about(self, name: str) -> None:
        limit = self._limit_ms
        words = {
            "good": self.tr("Nearly every pair stays below {} ms.").format(limit),
            "slow": self.tr("A third of the pairs are slower than {} ms.").format(limit),
            "bad": self.tr("Two pairs in five are slower than {} ms; pings are lost, lines break.").format(limit),
            "rush": self.tr("A hundred at once, most of them near enough to each other at {} ms.").format(limit),
            OWN: self.tr("A crowd of your own."),
        }  # fmt: skip
        self.about.setText(words[name])

    def _say_hint(self) -> None:
        real = bool(self.answers.currentData())
        self.hint.setText(
            self.tr(
                "Everybody is marked as simulated in the log. The RTTs above are added to what the network takes."
            )
            if real
            else self.tr(
                "Everybody is marked as simulated in the log, and so is every answer to a probe. A bot that meets a "
                "real page answers for both."
            )
        )  # fmt: skip
