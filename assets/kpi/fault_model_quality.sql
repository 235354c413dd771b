-- description: "What each learnt text model reached on tickets that it had not seen."
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
    model_version,
    load_id,
    learnt_until,
    threshold,
    judged_count,
    answered_count,
    agreed_count,
    kappa,
    kappa_lo,
    kappa_hi
from core.fault_model_quality
order by model_version, load_id
