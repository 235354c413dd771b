"""The installation that a command works on, read late.

Holds the one place where commands read the settings: the import costs more than the whole help
page. What the settings are is ``config.settings``.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Settings


def installed() -> "Settings":
    """Return the settings of the installation that the environment describes.

    Raises:
        ConfigError: the settings are wrong; the message names file and line.
    """
    from config.settings import load_settings

    return load_settings()
