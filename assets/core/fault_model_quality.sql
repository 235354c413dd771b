-- description: "What each learnt text model reached on tickets that it had not seen, judged on the later half of a time-ordered hold-out."
-- grain: [model_version, load_id]
-- columns:
--   model_version: model
--   load_id: load at which it was learnt
--   learnt_until: last report of its history (UTC)
--   threshold: confidence below which it abstains; NULL if it never reaches the wanted precision
--   judged_count: tickets judged
--   answered_count: of these, those that it did not abstain on
--   agreed_count: of the answered, those where it agrees with the engineer
--   kappa: Cohen's kappa of the answered ones
--   kappa_lo: lower end of its 95 % interval
--   kappa_hi: upper end of its 95 % interval
select
    q.model_version,
    q.load_id,
    q.learnt_until,
    q.threshold,
    q.n as judged_count,
    q.answered as answered_count,
    q.correct as agreed_count,
    q.kappa,
    q.kappa_lo,
    q.kappa_hi
from raw.text_quality as q
order by q.model_version, q.load_id
