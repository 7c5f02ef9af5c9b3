"""Every page of an experiment as clean HTML, made once before a run.

Owns which texts a run needs. Must not sanitise anything itself: core/experiment/pages.py does.
"""

from __future__ import annotations

from core.experiment.experiment import PageScene
from core.experiment.loader import LoadedExperiment
from core.experiment.pages import render_markdown, render_page
from core.server.views import NO_PARTNER, PageTexts


def render_texts(loaded: LoadedExperiment) -> PageTexts:
    """Every page of an experiment as clean HTML. Raises ExperimentError."""
    scenes = {
        scene.id: render_page(scene, loaded.directory)
        if isinstance(scene, PageScene)
        else render_markdown(scene.instructions)
        for scene in loaded.experiment.scenes
    }
    experiment, directory = loaded.experiment, loaded.directory
    no_partner = render_page(experiment.no_partner, directory) or render_markdown(NO_PARTNER)
    return PageTexts(scenes, render_page(experiment.completion, directory), no_partner)
