"""The experiment page as an operator uses it: clicks, words and keys, on a real file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit

from tests.app.experiment_stage import STUDY, Stage, on_disk, on_qts_loop, until, write
from tests.widgets.test_shell_words import nameless

# --- form and text ----------------------------------------------------------------------------------------------------


@on_qts_loop
async def test_a_number_that_is_typed_changes_that_number_in_the_text_and_nothing_else(stage: Stage, study: Path):
    await stage.type_into("90", "matching", "max_p2p_rtt_ms")
    assert stage.text == STUDY.replace("150   # agreed", "90   # agreed")
    assert "unsaved changes" in stage.page.bar.state()
    assert on_disk(study) == STUDY


@on_qts_loop
async def test_a_setting_that_is_not_there_shows_its_default_and_is_added_in_its_group(stage: Stage, study: Path):
    field = stage.field("timeouts", "wait_s")
    assert field.editor.text() == "" and field.editor.placeholderText() == "600 (default)"
    await stage.type_into("3", "matching", "group_size")
    assert stage.text == STUDY + "  group_size: 3\n"
    await stage.type_into("120", "timeouts", "wait_s")
    assert "timeouts:\n  wait_s: 120\n" in stage.text


@on_qts_loop
async def test_settings_are_added_where_they_stand_in_the_form(stage: Stage):
    file = stage.folder / "study.yaml"
    text = STUDY.replace("max_p2p", "group_size: 2\n  max_p2p")
    write(file, (text + "  group_hidden_tabs: true\ncompletion: {title: Bye}\n").encode())
    await stage.open(file)
    await stage.type_into("own.py", "matching", "matchmaker_file")
    await stage.type_into("9", "timeouts", "prepare_s")
    names = [line.split(":")[0].strip() for line in stage.text.splitlines()]
    assert names[names.index("matching") :] == [
        "matching", "group_size", "matchmaker_file", "max_p2p_rtt_ms", "group_hidden_tabs", "", "timeouts", "prepare_s",
        "completion",
    ]  # fmt: skip


@on_qts_loop
async def test_an_emptied_field_keeps_its_default(stage: Stage, study: Path):
    await stage.type_into("", "scenes", 1, "duration_s")
    assert "duration_s" not in stage.text and "# the game itself" in stage.text
    assert stage.field("scenes", 1, "duration_s").editor.placeholderText() == "60 (default)"


@on_qts_loop
async def test_none_is_a_click(stage: Stage, study: Path):
    none = stage.field("matching", "max_p2p_rtt_ms").none
    await stage.click(none)
    assert "max_p2p_rtt_ms: null   # agreed in May" in stage.text
    assert none.isChecked()
    await stage.click(none)
    assert "max_p2p_rtt_ms" not in stage.text


@on_qts_loop
async def test_a_choice_is_made_with_the_keyboard(stage: Stage, study: Path):
    box = stage.field("matching", "group_hidden_tabs").editor
    assert isinstance(box, QComboBox) and box.currentText() == "no (default)"
    await stage.keys(Qt.Key.Key_Up, into=box)
    assert "group_hidden_tabs: true\n" in stage.text and box.currentText() == "yes"


@on_qts_loop
async def test_a_text_of_several_lines_stays_readable(stage: Stage, study: Path):
    box = stage.field("scenes", 0, "text").editor
    stage.page.form.go_to(("scenes", 0, "text"))
    QTest.keyClicks(box, "There")
    QTest.keyClick(box, Qt.Key.Key_Return)
    QTest.keyClicks(box, "and then")
    stage.field("scenes", 0, "button").editor.setFocus()
    await stage.still()
    assert "    text: |\n      There\n      and thenHi\n" in stage.text


@on_qts_loop
async def test_what_is_typed_into_the_text_is_seen_in_the_form(stage: Stage, study: Path):
    stage.page.editor.go_to(11)
    await stage.keys(Qt.Key.Key_End, into=stage.page.editor)
    for _ in "   # a minute":
        QTest.keyClick(stage.page.editor, Qt.Key.Key_Backspace)
    QTest.keyClicks(stage.page.editor, "0")
    await until(lambda: stage.field("scenes", 1, "duration_s").editor.text() == "600")
    stage.page.editor.change_to(stage.text.replace("duration_s: 600", "duration_s: 75"))
    stage.page.editor.edited.emit()
    await until(lambda: stage.field("scenes", 1, "duration_s").editor.text() == "75")


# --- faults -----------------------------------------------------------------------------------------------------------


@on_qts_loop
async def test_a_fault_shows_at_its_field_and_at_its_line(stage: Stage, study: Path):
    await stage.type_into("sixty", "scenes", 1, "duration_s")
    assert "duration_s: sixty   # a minute" in stage.text
    assert "allowed is a number above 0" in stage.fault_at("scenes", 1, "duration_s")
    assert "sixty" in stage.page.editor.faults_of(11)[0]
    assert stage.page.faults.text() == "1 problem" and not stage.page.bar.start.isEnabled()
    await stage.type_into("61", "scenes", 1, "duration_s")
    assert stage.fault_at("scenes", 1, "duration_s") == "" and not stage.page.editor.faults_of(11)
    assert stage.page.bar.start.isEnabled()


@on_qts_loop
async def test_a_fault_in_a_closed_section_opens_it(stage: Stage, study: Path):
    stage.page.editor.change_to(STUDY + "probe: {pings: many}\n")
    stage.page.editor.edited.emit()
    await until(lambda: "whole number" in stage.fault_at("probe", "pings"))


@on_qts_loop
async def test_f8_goes_to_the_next_fault(stage: Stage, study: Path):
    stage.page.editor.change_to(STUDY.replace("60", "x").replace("150", "y"))
    await stage.desk._read()
    assert stage.page.faults.text() == "2 problems"
    seen = []
    for _ in range(3):
        await stage.keys(Qt.Key.Key_F8)
        seen.append(stage.page.editor.textCursor().blockNumber() + 1)
    assert sorted(set(seen)) == [11, 13] and seen[0] == seen[2]


@on_qts_loop
async def test_a_text_that_is_no_yaml_puts_the_form_to_sleep_and_keeps_it(stage: Stage, study: Path):
    stage.page.editor.change_to(STUDY.replace("scenes:", "scenes: ["))
    stage.page.editor.edited.emit()
    await until(stage.page.asleep.isVisible)
    assert not stage.field("name").isEnabled() and stage.field("name").editor.text() == "study"
    await stage.click(stage.page.bar.undo)
    stage.page.editor.edited.emit()
    await until(lambda: not stage.page.asleep.isVisible())
    assert stage.field("name").isEnabled()


@on_qts_loop
async def test_what_cannot_be_changed_from_outside_says_so_and_stays(stage: Stage):
    text = "name: a\nscenes: &all [{id: g, kind: game}]\nmatching: &m {group_size: 2}\nx: *m\n"
    file = stage.folder / "odd.yaml"
    file.write_text(text)
    await stage.open(file)
    await stage.type_into("3", "matching", "group_size")
    assert stage.text == text
    assert stage.page.banner.isVisible() and "in the text only" in stage.page.banner.text()
    assert stage.field("matching", "group_size").editor.text() == "2"


# --- cards ------------------------------------------------------------------------------------------------------------


@on_qts_loop
async def test_scenes_are_added_moved_and_removed_with_their_comments(stage: Stage, study: Path):
    scenes = stage.cards("scenes")
    await stage.click(scenes.cards[1].up)
    assert stage.scenes() == ["play", "hello"]
    assert stage.text.index("# the game itself") < stage.text.index("id: play") < stage.text.index("# greets")
    await stage.click(scenes.adders[0])
    assert stage.scenes() == ["play", "hello", "New page"] and stage.page.faults.isHidden()
    await stage.click(scenes.cards[1].removal)
    assert stage.scenes() == ["play", "New page"] and "# greets" not in stage.text
    for _ in range(3):
        await stage.click(stage.page.bar.undo)
    assert stage.text == STUDY
    await stage.desk._read()
    assert stage.scenes() == ["hello", "play"]


@on_qts_loop
async def test_a_new_entry_gets_a_name_of_its_own(stage: Stage, study: Path):
    adder = stage.cards("scenes").adders[1]
    await stage.click(adder)
    await stage.click(adder)
    assert "id: game\n" in stage.text and "id: game_2\n" in stage.text and stage.page.faults.isHidden()


@on_qts_loop
async def test_clicking_twice_removes_one(stage: Stage, study: Path):
    removal = stage.cards("scenes").cards[0].removal
    QTest.mouseClick(removal, Qt.MouseButton.LeftButton)
    QTest.mouseClick(removal, Qt.MouseButton.LeftButton)
    await stage.still()
    assert stage.scenes() == ["play"]


@on_qts_loop
async def test_ice_servers_are_cards_too(stage: Stage, study: Path):
    await stage.click(stage.cards("ice_servers").adders[0])
    await stage.type_into("stun:a.example:1, stun:b.example:2", "ice_servers", 0, "urls")
    assert "urls: [stun:a.example:1, stun:b.example:2]" in stage.text
    assert stage.page.faults.isHidden()


@on_qts_loop
async def test_whatever_can_have_the_focus_has_a_name_and_a_tip(stage: Stage, study: Path):
    await stage.click(stage.cards("ice_servers").adders[0])
    for box in stage.page.form.sections:
        box.head.setChecked(True)
    assert nameless(stage.page) == []
    controls = stage.page.findChildren(QAbstractButton) + stage.page.findChildren(QLineEdit)
    assert [one.accessibleName() or one.text() for one in controls if one.isVisible() and not one.toolTip()] == []


@on_qts_loop
async def test_in_the_smallest_window_nothing_of_the_form_is_cut(stage: Stage, study: Path):
    window, form = stage.page.window(), stage.page.form
    size = window.size()
    for box in form.sections:
        box.head.setChecked(True)
    window.resize(window.minimumSize())
    await until(lambda: window.size() == window.minimumSize())
    await until(lambda: form.widget().width() <= form.viewport().width())
    window.resize(size)


@on_qts_loop
async def test_the_filter_leaves_what_it_is_about(stage: Stage, study: Path):
    for box in stage.page.form.sections:
        box.head.setChecked(box.section.place != ("alerts",))
    stage.page.filter.setText("p2p")
    assert stage.field("matching", "max_p2p_rtt_ms").isVisible()
    assert not stage.field("matching", "group_size").isVisible() and not stage.field("name").isVisible()
    stage.page.filter.setText("longer than this")
    assert stage.field("alerts", "waiting_s").isVisible()
    stage.page.filter.setText("")
    assert stage.field("matching", "group_size").isVisible() and stage.field("name").isVisible()
    assert not stage.field("alerts", "window_s").isVisible()
