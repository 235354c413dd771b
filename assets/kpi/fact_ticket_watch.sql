-- description: "Signs of manoeuvres by engineer and ticket, to be compared with colleagues' on like work; personal, for the head alone, read by assets.score."
-- grain: [site_id, ticket_id, engineer_id]
-- by: [site_id, ticket_id]
-- columns:
--   site_id: site
--   ticket_id: ticket
--   engineer_id: engineer
--   reported_on: local day of the report
--   kind_of_work: fault family, else class of work, so that like is compared with like
--   is_self_created: resolved by who opened it
--   is_split: and the same engineer resolved an earlier ticket of that day on the same device and fault
--   is_picked: an easier ticket than the usual one, taken without a dispatch or transfer to them
--   is_parked: waited long for the user in their hands, without a call or message to show for it
--   is_idle: accepted, then nothing for too long
--   is_early: restored first, but reopened, or reported anew within two days
--   is_dumped: passed on when most of the time to restore it was used up
--   is_hidden: ended as cancelled, merged or duplicate
--   is_blamed: a fault put down to the user, or to none
--   is_pressed: rated full marks within minutes of the end
--   units: units of work of what they resolved
--   sent_units: units of work of what was dispatched to them first
select
    w.site_id,
    w.ticket_id,
    w.engineer_id,
    t.reported_on,
    coalesce(t.fault_family_code, t.work_class, '') as kind_of_work,
    w.is_self_created,
    w.is_split,
    w.is_picked,
    w.is_parked,
    w.is_idle,
    w.is_early,
    w.is_dumped,
    w.is_hidden,
    w.is_blamed,
    w.is_pressed,
    w.units,
    w.sent_units
from core.ticket_watch as w
inner join core.tickets as t on w.site_id = t.site_id and w.ticket_id = t.ticket_id
order by w.site_id, w.ticket_id, w.engineer_id
