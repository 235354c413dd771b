-- description: "Approved articles that somebody else's solution cites, by author: whoever has a share in the ticket does not count as somebody else."
-- grain: [site_id, article_id, ticket_id]
-- columns:
--   site_id: site
--   article_id: article
--   ticket_id: ticket whose solution cites it
--   engineer_id: author of the article
--   used_on: local day of the first citation
select
    u.site_id,
    u.article_id,
    u.ticket_id,
    k.author_engineer_id as engineer_id,
    min(local_date(u.at, s.timezone)) as used_on
from raw.knowledge_uses as u
inner join raw.knowledge as k on u.site_id = k.site_id and u.article_id = k.article_id and not k._is_deleted
inner join core.sites as s on u.site_id = s.site_id
cross join core.run_context as c
left join core.ticket_credits as w
    on u.site_id = w.site_id and u.ticket_id = w.ticket_id and k.author_engineer_id = w.engineer_id
where
    not u._is_deleted
    and u.kind = 'cited'
    and u.at <= c.as_of
    and k.approved_at <= u.at
    and k.author_engineer_id is not null
    and w.ticket_id is null
    and u.engineer_id is distinct from k.author_engineer_id
group by u.site_id, u.article_id, u.ticket_id, k.author_engineer_id
order by u.site_id, u.article_id, u.ticket_id
