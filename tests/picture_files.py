"""Small picture files: as few colours as a window needs, and the strongest compression.

Owns how a picture is saved. Must not know what is drawn.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

COLOURS = 256
FREQUENT = 128  # of these are the most frequent; the others are those that would be missed most
BEST = 0  # Qt's word for the smallest PNG


def save_small(image: QImage, path: Path) -> bool:
    """With few colours, each of the others as the nearest of them. Returns whether it was written."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    width, height = image.width(), image.height()
    rows = np.frombuffer(image.constBits(), np.uint32).reshape(height, image.bytesPerLine() // 4)
    colours, places, counts = np.unique(rows[:, :width], return_inverse=True, return_counts=True)
    kept, nearest = _few(_channels(colours), counts)
    indexed = np.zeros((height, (width + 3) // 4 * 4), np.uint8)  # a line of a QImage has whole words
    indexed[:, :width] = nearest[places].reshape(height, width)
    small = QImage(indexed.data, width, height, indexed.shape[1], QImage.Format.Format_Indexed8)
    small.setColorTable([int(colour) for colour in colours[kept]])
    return small.save(str(path), "PNG", BEST)


def _channels(colours: np.ndarray) -> np.ndarray:
    """Red, green and blue of each."""
    return np.stack([(colours >> shift) & 255 for shift in (16, 8, 0)], axis=1).astype(np.int32)


def _few(colours: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The places of the colours to keep, and for each colour the place among those of the one most like it."""
    kept = list(np.argsort(-counts, kind="stable")[:FREQUENT])
    nearest = np.zeros(len(colours), np.uint8)
    distance = np.full(len(colours), np.iinfo(np.int32).max, np.int64)
    place = 0
    while place < len(kept):
        to_this = ((colours - colours[kept[place]]) ** 2).sum(axis=1)
        nearest[to_this < distance] = place
        distance = np.minimum(distance, to_this)
        place += 1
        if place == len(kept) < min(COLOURS, len(colours)) and distance.any():
            kept.append(np.argmax(distance * np.sqrt(counts)))
    return np.array(kept), nearest
