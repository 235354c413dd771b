"""The blocking balances: nothing that was pulled may get lost.

Holds the check that every load's accounts balance, in the words shown to people. The accounts
themselves are kept by the pull (``raw.loads``); rules on contents are in ``suites`` and
``row_rules``.
"""

import duckdb

from assets.pull import PullReport, balance_errors


def unbalanced(con: duckdb.DuckDBPyConnection, report: PullReport) -> list[str]:
    """Return what does not add up in a load, one plain Chinese sentence each; empty when all does.

    Two balances are held for every source and table: pulled + released = accepted + unchanged +
    quarantined, and the source's own count = present + held in quarantine.
    """
    return balance_errors(con, report.load_id)
