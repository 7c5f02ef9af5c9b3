"""What all drawings of a whole chart share: they are as large as what is in view.

Owns that. Must not draw. Imports pyqtgraph, so it may only be imported after the first paint.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF


class InView(pg.GraphicsObject):  # type: ignore[misc] # ships no types
    """A drawing that fills the view, and is painted anew when another part of the chart is in it."""

    def boundingRect(self) -> QRectF:
        """As much as is in view."""
        return QRectF(self.viewRect())

    def viewTransformChanged(self) -> None:
        """Another part is in view, or the same at another size."""
        super().viewTransformChanged()
        self.prepareGeometryChange()
