"""Which models a proof needs: a third of the work of building all of them, or less."""

from collections.abc import Iterable

from assets import models


def needed(keys: Iterable[str]) -> list[models.TableSpec]:
    """Return the models behind these tables (``schema.name``), in the order of their building."""
    wanted, chosen = set(keys), []
    for spec in reversed(models.discover()):
        if f"{spec.schema}.{spec.name}" in wanted:
            chosen.append(spec)
            wanted |= set(spec.depends_on)
    return chosen[::-1]
