-- description: "Failures with what they are analysed by: coded cause, shift and season of the report, hours, money, the lot last issued for the device."
-- grain: [site_id, episode_id]
-- by: [site_id, asset_id]
-- columns:
--   site_id: site
--   episode_id: the ticket that came first
--   asset_id: asset, NULL while unbound
--   started_at: first report (UTC)
--   started_on: its local day
--   cause_code: cause coded last on its tickets
--   shift: shift of the report by the hospital's clock
--   season: season of the report
--   lot_no: lot of the part or supply issued last for the device before the report
--   restore_seconds: report to the last restoration (s), NULL while open
--   cost_cny: cost lines of its tickets
with coded as (
    select
        e.site_id,
        e.asset_id,
        e.episode_id,
        arg_max(t.cause_code, (t.reported_at, t.ticket_id)) filter (where t.cause_code is not null) as cause_code
    from core.episode_tickets as e
    inner join core.tickets as t on e.site_id = t.site_id and e.ticket_id = t.ticket_id
    group by e.site_id, e.asset_id, e.episode_id
),

spent as (
    select e.site_id, e.asset_id, e.episode_id, sum(k.amount_cny) as cost_cny
    from core.episode_tickets as e
    inner join core.costs as k on e.site_id = k.site_id and e.ticket_id = k.ticket_id
    group by e.site_id, e.asset_id, e.episode_id
),

placed as (
    select f.*, timezone(s.timezone, timezone('UTC', f.started_at)) as local_at
    from core.failure_episodes as f
    inner join core.sites as s on f.site_id = s.site_id
)

select
    f.site_id,
    f.episode_id,
    f.asset_id,
    f.started_at,
    f.local_at::date as started_on,
    c.cause_code,
    h.shift,
    m.season,
    l.lot_no,
    seconds_between(f.started_at, f.restored_at) as restore_seconds,
    coalesce(k.cost_cny, 0)::decimal(14, 2) as cost_cny
from placed as f
inner join core.rule_hours as h on hour(f.local_at) = h.hour
inner join core.rule_months as m on month(f.local_at) = m.month
left join coded as c on f.site_id = c.site_id and f.episode_id = c.episode_id
left join spent as k on f.site_id = k.site_id and f.episode_id = k.episode_id
asof left join core.device_lots as l
    on f.site_id = l.site_id and f.asset_id = l.asset_id and f.started_at >= l.issued_at
order by f.site_id, f.episode_id
