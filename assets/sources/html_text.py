"""HTML as help-desk systems store it → plain text, as DuckDB macros.

Holds `html_text(s)` for the SELECTs of connectors: character references, tags and the second layer
of references that GLPI up to version 10 puts around everything it stores. Nothing here knows a
system's tables.
"""

from html.entities import name2codepoint

import duckdb

_REFERENCE = "&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,7});"
# A variable keeps the plans of the macros small.
_NAMED = "html_named"
_AMPERSAND = 38

# "Known" leaves out what is no character (chr would fail): it stays as it was written.
_MACROS = (
    "html_code(e) as case "
    "when e[3] in ('x', 'X') then try_cast('0x' || e[4:-2] as integer) "
    "when e[2] = '#' then try_cast(e[3:-2] as integer) "
    f"else getvariable('{_NAMED}')[e] end",
    "html_is_known(e) as coalesce(html_code(e) between 9 and 55295 "
    "or html_code(e) between 57344 and 1114111, false)",
    f"html_references(s) as list_filter(list_distinct(regexp_extract_all(s, '{_REFERENCE}')), "
    "lambda e: html_is_known(e))",
    # Ampersands come last: &amp;lt; is the text &lt;, not the sign <.
    f"html_replaced(s, es) as list_reduce(list_filter(es, lambda e: html_code(e) = {_AMPERSAND}), "
    "lambda t, e: replace(t, e, '&'), list_reduce(list_filter(es, "
    f"lambda e: html_code(e) <> {_AMPERSAND}), lambda t, e: replace(t, e, chr(html_code(e))), s))",
    # A macro repeats its argument's text; the list of one binds it, so that it is worked out once.
    "html_decoded(s) as list_transform([s], lambda v: case when contains(v, '&') "
    "then list_transform([html_references(v)], lambda es: html_replaced(v, es))[1] else v end)[1]",
    # A value without any angle bracket may hide them all behind references.
    "html_unwrapped(s) as case when not contains(s, '<') and not contains(s, '>') "
    "and regexp_matches(s, '&(#60|#62|#38|lt|gt);') then html_decoded(s) else s end",
    "html_untagged(s) as regexp_replace(regexp_replace(regexp_replace(s, "
    r"'(?is)<(script|style)\b[^>]*>.*?</(script|style)\s*>|<!--.*?-->', '', 'g'), "
    r"'(?i)<(br|/p|/div|/li|/tr|/h[1-6])\b[^>]*>', chr(10), 'g'), "
    "'</?[a-zA-Z][^>]*>', '', 'g')",
    r"html_spaced(s) as trim(regexp_replace(regexp_replace(s, '[ \t\r\x{00A0}]+', ' ', 'g'), "
    r"' ?\n[ \n]*', chr(10), 'g'), ' ' || chr(10))",
    "html_text(s) as nullif(case when contains(s, '&') or contains(s, '<') "
    "then html_spaced(html_decoded(html_untagged(html_unwrapped(s)))) else trim(s) end, '')",
)


def install(con: duckdb.DuckDBPyConnection) -> None:
    """Create the temporary macros, of which connectors use ``html_text(s)``."""
    named = ", ".join(f"'&{name};': {code}" for name, code in name2codepoint.items())
    con.execute(f"set variable {_NAMED} = map {{{named}}}")
    for macro in _MACROS:
        con.execute(f"create or replace temp macro {macro}")
