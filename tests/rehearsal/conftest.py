"""The playbook, for what a verdict finds in a run."""

from tests.matching.conftest import playbook

__all__ = ["playbook"]
