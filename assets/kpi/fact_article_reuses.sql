-- description: "Approved articles that somebody else's solution cites, by author; personal."
-- grain: [site_id, article_id, ticket_id]
-- columns:
--   site_id: site
--   article_id: article
--   ticket_id: ticket whose solution cites it
--   engineer_id: author of the article
--   used_on: local day of the first citation
select r.site_id, r.article_id, r.ticket_id, r.engineer_id, r.used_on
from core.article_reuses as r
order by r.site_id, r.article_id, r.ticket_id
