"""The only reader of cause analysis: what pages, workbooks and the command call.

Holds names and nothing else. Counting is in `counts`, 柏拉图 and 层别 in `strata`, 关联 and
sequences in `links`, the fishbone in `fishbone`, 真因验证 in `exposure_tests` (exposed or not) and
`measure_tests` (before and after). The register of measures is in `improvements`.
"""

from assets.analysis.verification import Side, Verdict
from assets.causes.exposure_tests import Finding, exposure_test
from assets.causes.fishbone import Fishbone, fishbone
from assets.causes.links import KINDS, NOTE, associations, sequences
from assets.causes.strata import MEASURES, Measure, pareto_rows, strata
from assets.causes.topic import CUTS, Names, Topic, parsed, query_id, topic, written

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
