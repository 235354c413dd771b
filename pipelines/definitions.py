"""The module that Dagster loads: `workspace.yaml` and ``[tool.dg]`` name it.

Holds the definitions of the installation that the environment describes, and nothing else. How they
are put together is in ``build``.
"""

from pipelines.build import build_defs

__all__ = ["build_defs", "defs"]

defs = build_defs()
