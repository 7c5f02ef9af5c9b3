"""Small picture files: as few colours as a window needs, and the strongest compression.

Owns how a picture is saved. Must not know what is drawn.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

COLOURS = 256
BEST = 0  # Qt's word for the smallest PNG


def save_small(image: QImage, path: Path) -> bool:
    """With its most frequent colours only; every other becomes the nearest of them. Returns whether it was written."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    width, height = image.width(), image.height()
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(height, image.bytesPerLine() // 4)
    colours, places, counts = np.unique(rows[:, :width], return_inverse=True, return_counts=True)
    kept = np.argsort(-counts, kind="stable")[:COLOURS]
    nearest = _nearest(_channels(colours), _channels(colours[kept]))
    indexed = np.zeros((height, (width + 3) // 4 * 4), np.uint8)  # a line of a QImage has whole words
    indexed[:, :width] = nearest[places].reshape(height, width)
    small = QImage(indexed.data, width, height, indexed.shape[1], QImage.Format.Format_Indexed8)
    small.setColorTable([int(colour) for colour in colours[kept]])
    return small.save(str(path), "PNG", BEST)


def _channels(colours: np.ndarray) -> np.ndarray:
    """Red, green and blue of each."""
    return np.stack([(colours >> shift) & 255 for shift in (16, 8, 0)], axis=1).astype(np.int32)


def _nearest(colours: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The place among `kept` of the one most like each colour."""
    places = np.empty(len(colours), np.uint8)
    for start in range(0, len(colours), 1000):
        part = colours[start : start + 1000]
        places[start : start + 1000] = ((part[:, None, :] - kept[None, :, :]) ** 2).sum(axis=2).argmin(axis=1)
    return places
