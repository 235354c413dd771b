-- description: Who held which ticket when; personal, for engaged-engineer counts and for the engineer's own page.
-- grain: [site_id, ticket_id, span_order]
-- by: [site_id, ticket_id]
-- live: true
-- columns:
--   site_id: site
--   ticket_id: ticket
--   engineer_id: holder
--   engineer_group: that engineer's team
--   from_second: start, seconds since 1970-01-01 UTC
--   to_second: end, exclusive; as-of while it is held
--   is_current: still held at as-of
--   span_order: event that began the span
select
    h.site_id,
    h.ticket_id,
    h.engineer_id,
    e.team as engineer_group,
    seconds_between(timestamp '1970-01-01 00:00:00', h.from_at) as from_second,
    seconds_between(timestamp '1970-01-01 00:00:00', h.to_at) as to_second,
    h.is_current,
    h.span_order
from core.holder_spans as h
left join core.engineers as e on h.site_id = e.site_id and h.engineer_id = e.engineer_id
order by h.site_id, h.ticket_id, h.span_order
