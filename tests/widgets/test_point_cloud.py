"""Stamping: the quick way for many points draws the very same picture as the plain one; new points join the old."""

from __future__ import annotations

import numpy as np
import pytest

from widgets.palette import OUTCOME_MARKS


@pytest.mark.parametrize("mark", OUTCOME_MARKS)
@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_both_ways_of_stamping_draw_the_same(qapp, monkeypatch, mark, ratio):
    from widgets.plots import point_cloud

    rng = np.random.default_rng(5)
    columns, rows = rng.uniform(-30, 330, 900), rng.uniform(-30, 150, 900)
    stamp = point_cloud._stamp_of(mark, ratio)
    pictures = []
    for dense_from in (0, 10**9):
        monkeypatch.setattr(point_cloud, "_DENSE", dense_from)
        layer = np.zeros((120, 300), np.uint8)
        point_cloud._stamp(layer, columns, rows, stamp)
        pictures.append(layer)
    assert pictures[0].any()
    assert np.array_equal(*pictures)


def test_a_stamp_sits_in_the_middle_of_its_place(qapp):
    from widgets.plots import point_cloud

    layer = np.zeros((60, 80), np.uint8)
    point_cloud._stamp(layer, np.array([40.5]), np.array([20.5]), point_cloud._stamp_of("circle", 1.0))
    rows, columns = np.nonzero(layer > 128)
    assert (rows.min() + rows.max()) / 2 == 20
    assert (columns.min() + columns.max()) / 2 == 40


def test_points_stamped_one_by_one_give_the_same_picture(qapp):
    from widgets.plots import point_cloud

    rng = np.random.default_rng(6)
    columns, rows = rng.uniform(0, 300, 50), rng.uniform(0, 120, 50)
    stamp = point_cloud._stamp_of("triangle", 1.0)
    at_once, piece_by_piece = np.zeros((120, 300), np.uint8), np.zeros((120, 300), np.uint8)
    point_cloud._stamp(at_once, columns, rows, stamp)
    for place in range(50):
        point_cloud._stamp(piece_by_piece, columns[place : place + 1], rows[place : place + 1], stamp)
    assert np.array_equal(at_once, piece_by_piece)


def test_a_stamp_over_the_edge_is_cut_there(qapp, monkeypatch):
    from widgets.plots import point_cloud

    rng = np.random.default_rng(7)
    columns, rows = rng.uniform(-10, 70, 90), rng.uniform(-10, 50, 90)
    stamp = point_cloud._stamp_of("circle", 1.0)
    pictures = []
    for few in (0, 100):
        monkeypatch.setattr(point_cloud, "_FEW", few)
        layer = np.zeros((40, 60), np.uint8)
        point_cloud._stamp(layer, columns, rows, stamp)
        pictures.append(layer)
    assert pictures[0].any()
    assert np.array_equal(*pictures)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_picture_brought_up_to_date_is_that_of_all_points(qapp, ratio):
    from PySide6.QtGui import QColor

    from widgets.plots import point_cloud

    rng = np.random.default_rng(8)
    columns, rows = rng.uniform(-20, 320, 60), rng.uniform(-20, 140, 60)
    stamp, colour = point_cloud._stamp_of("circle", ratio), QColor("teal")
    layer = np.zeros((120, 300), np.uint8)
    picture = point_cloud._coloured(layer, colour, ratio)
    for some in np.split(np.arange(60), 12):
        point_cloud._stamp(layer, columns[some], rows[some], stamp)
        point_cloud._recolour(picture, layer, colour, columns[some], rows[some], len(stamp))
    assert picture == point_cloud._coloured(layer, colour, ratio)
    assert picture.devicePixelRatio() == ratio
