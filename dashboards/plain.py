"""The plain pages: forms that work without any script, such as the sign-in.

Holds what all of them say at their head. What each asks is in the module of its own.
"""

from typing import Any

import flask

from config.settings import Settings
from dashboards import access
from dashboards.page_words import words


def rendered(template: str, settings: Settings, problem: str = "", **values: Any) -> str:
    """Return a plain page in the installation's language.

    Args:
        template: which of the templates.
        settings: whose name, language and prefix stand in it.
        problem: the sentence of what went wrong, empty for nothing.
        values: what the template asks for beside.
    """
    known = access.session()
    return flask.render_template(
        template,
        words=words(settings.language),
        lang=settings.language,
        hospital=settings.hospital_name,
        is_demo=settings.is_embedded_demo,
        root=settings.server.prefix,
        csrf=known.csrf if known else "",
        problem=problem,
        **values,
    )
