"""`resources/schema.json`: in step with the types, a schema that is one, and as strict as the loader."""

from __future__ import annotations

import json

import jsonschema
import pytest

from core.experiment.loader import RESOURCES, bundled_names
from core.experiment.schema import SCHEMA_FILE, build_schema, schema_as_text
from core.experiment.source import read_source


def test_the_file_is_in_step_with_the_types():
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_as_text(), "run: python -m core.experiment.schema"


def test_it_is_a_valid_schema():
    jsonschema.Draft202012Validator.check_schema(build_schema())


@pytest.mark.parametrize("name", bundled_names())
def test_bundled_experiments_fit_it(name):
    settings = read_source(RESOURCES / "experiments" / name / "experiment.yaml").settings
    jsonschema.validate(settings, build_schema())


def test_the_defaults_fit_it():
    scene = {"id": "game", "kind": "game"}
    defaults = read_source(RESOURCES / "config.yaml").settings
    jsonschema.validate({"name": "pilot", "scenes": [scene], **defaults}, build_schema())


@pytest.mark.parametrize(
    "wrong",
    [{"prot": 1}, {"server": {"port": -1}}, {"matching": {"matchmaker": "lifo"}}, {"name": "a/b"}, {"name": "a\n"}],
)
def test_it_refuses_what_the_loader_refuses(wrong):
    settings = {"name": "pilot", "scenes": [{"id": "game", "kind": "game"}], **wrong}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(settings, build_schema())


def test_every_setting_is_described():
    schema = json.loads(schema_as_text())
    silent = [
        f"{name}.{key}"
        for name, group in schema["$defs"].items()
        for key, setting in group["properties"].items()
        if not {"description", "$ref"} & setting.keys() and key != "kind"
    ]
    assert not silent
