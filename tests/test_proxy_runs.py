"""Three spoilt connections to each server: the run ends in words, raw is as a pull left it.

A hundred of them are in `make verify-proxy`; what each kind of fault is called is tested in
`test_connections_faults`.
"""

import pytest

from benchmarks.proxy_runs import runs

RUNS = 3


@pytest.mark.parametrize("name", ["postgres_url", "mariadb_url"])
def test_a_spoilt_connection_ends_done_or_refused_and_never_half(name, request, tmp_path):
    found = runs(request.getfixturevalue(name), tmp_path / "home", RUNS, seed=2026)
    assert len(found) == RUNS
    assert [one for one in found if one.wrong] == []
