"""The only reader of cause analysis: what pages, workbooks and the command call.

Holds names and nothing else. Counting is in `cause_counts`, 柏拉图 and 层别 in `cause_strata`, 关联
and sequences in `cause_links`, the fishbone in `cause_fishbone`, 真因验证 in `cause_tests` (exposed
or not) and `measure_tests` (before and after). The register of measures is in `improvements`.
"""

from assets.analysis.verification import Side, Verdict
from assets.cause_fishbone import Fishbone, fishbone
from assets.cause_links import KINDS, NOTE, associations, sequences
from assets.cause_strata import MEASURES, Measure, pareto_rows, strata
from assets.cause_tests import Finding, exposure_test
from assets.cause_topic import CUTS, Names, Topic, parsed, query_id, topic, written

__all__ = [
    "CUTS",
    "KINDS",
    "MEASURES",
    "NOTE",
    "Finding",
    "Fishbone",
    "Measure",
    "Names",
    "Side",
    "Topic",
    "Verdict",
    "associations",
    "exposure_test",
    "fishbone",
    "pareto_rows",
    "parsed",
    "query_id",
    "sequences",
    "strata",
    "topic",
    "written",
]
