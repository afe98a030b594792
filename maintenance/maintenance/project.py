"""The plugins of a Meltano project as Meltano sees them: `meltano.yml` merged with the lock files in `plugins/`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path


def project_plugins(project: Path) -> dict[str, list[dict[str, Any]]]:
    """The plugins of each type, `extractors` and `loaders`, with their complete definitions.

    Args:
        project: Folder of the project.
    """
    plugins = yaml.safe_load((project / "meltano.yml").read_text())["plugins"]
    return {kind: [{**_locked(project, kind, said), **said} for said in of_kind] for kind, of_kind in plugins.items()}


def _locked(project: Path, kind: str, said: dict[str, Any]) -> dict[str, Any]:
    file = project / "plugins" / kind / f"{said['name']}--{said.get('variant', 'original')}.lock"
    if not file.exists():
        return {}
    definition = json.loads(file.read_text())
    del definition["plugin_type"]
    return dict(definition)
