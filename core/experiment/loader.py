"""From a name or a path to an experiment that can be run, or to a sentence saying what to mend.

Owns where experiments and games are looked for, and how a file is laid over the defaults of `resources/config.yaml`.
Must not run anything the experimenter wrote, and keeps no experiment for later.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import yaml

from core.experiment.checks import problems_between
from core.experiment.conformance import problems_of
from core.experiment.experiment import Experiment
from core.experiment.problems import ExperimentError, error_of, nearest, quoted
from core.experiment.source import Source, read_source, source_of

__all__ = ["ExperimentError", "LoadedExperiment", "bundled_names", "check_text", "load_experiment", "settings_as_yaml"]

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
FILE_NAME = "experiment.yaml"


@dataclass(frozen=True)
class LoadedExperiment:
    """An experiment, the file it came from, the folder its pages lie in, and the file's text as it was read."""

    experiment: Experiment
    path: Path
    directory: Path
    source_text: str


def load_experiment(name_or_path: str | Path, resources: Path = RESOURCES) -> LoadedExperiment:
    """Load a bundled experiment by name (`quick_start`), a YAML file, or a folder with an `experiment.yaml` in it.

    Raises ExperimentError, whose message names every problem that was found.
    """
    path = find_experiment(str(name_or_path), resources)
    return _experiment_of(read_source(path), resources)


def check_text(text: str, path: Path, resources: Path = RESOURCES) -> LoadedExperiment:
    """What `load_experiment` would say if `text` were saved as `path`. Raises ExperimentError as it does."""
    return _experiment_of(source_of(text, path), resources)


def _experiment_of(source: Source, resources: Path) -> LoadedExperiment:
    path, directory = source.file, source.file.parent
    defaults = read_source(resources / "config.yaml")
    marks = defaults.marks | source.marks
    settings = _laid_over(defaults.settings, source.settings)
    problems = [*defaults.problems, *source.problems, *problems_of(settings, Experiment)]
    if problems:
        raise error_of(problems, marks, path)
    experiment = msgspec.convert(settings, Experiment)
    problems = list(problems_between(experiment, directory, game_names(resources)))
    if problems:
        raise error_of(problems, marks, path)
    return LoadedExperiment(experiment, path, directory, source.text)


def settings_as_yaml(experiment: Experiment) -> str:
    """Every setting in force, defaults included, as a file that can be loaded again, but for TURN passwords."""
    settings = msgspec.to_builtins(experiment)
    for server in settings["ice_servers"]:
        server.update({name: "(left out)" for name in ("credential", "secret") if server[name]})
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=120)


def bundled_names(resources: Path = RESOURCES) -> list[str]:
    """The names of the experiments that come with Greenroom."""
    return sorted(file.parent.name for file in (resources / "experiments").glob(f"*/{FILE_NAME}"))


def game_names(resources: Path = RESOURCES) -> set[str]:
    """The games there are: the participant page loads `games/<name>.js`."""
    return {file.stem for file in (resources / "participant" / "games").glob("*.js")}


def find_experiment(wanted: str, resources: Path = RESOURCES) -> Path:
    """The experiment file that `wanted` means: a path if there is such a file or folder, else a bundled name."""
    path = Path(wanted).expanduser()
    try:
        if path.is_file():
            return path.resolve()
        if (path / FILE_NAME).is_file():
            return (path / FILE_NAME).resolve()
        is_folder = path.is_dir()
    except (OSError, ValueError) as error:
        raise ExperimentError(f"{quoted(wanted)} is no usable file name ({error}).") from error
    names = bundled_names(resources)
    if wanted in names:
        return resources / "experiments" / wanted / FILE_NAME
    if is_folder:
        raise ExperimentError(f"{path.resolve()} is a folder without an {FILE_NAME}.{_yaml_files(path)}")
    meant = nearest(wanted, names)
    advice = f"Did you mean {quoted(meant)}?" if meant else f"Bundled experiments: {', '.join(names)}."
    raise ExperimentError(
        f"There is no experiment {quoted(wanted)}: no file or folder of that name in {Path.cwd()}, and no bundled "
        f"experiment. {advice}"
    )


def _yaml_files(folder: Path) -> str:
    files = sorted(entry.name for entry in folder.iterdir() if entry.suffix.lower() in (".yaml", ".yml"))
    return f" Name one of its files instead: {', '.join(files)}." if files else f" Put a file named {FILE_NAME} in it."


def _laid_over(defaults: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Groups are merged setting by setting; anything else in `settings` replaces the default whole."""
    merged = dict(defaults)
    for name, value in settings.items():
        default = merged.get(name)
        if isinstance(default, dict) and isinstance(value, dict):
            merged[name] = _laid_over(default, value)
        else:
            merged[name] = value
    return merged
