-- Every call of an issue beside what came of it; score columns are null while its horizon runs.
SELECT f.*, s.due, s.outcome, s.realised, s.brier, s.brier_base, s.scored_as_of
FROM mart.forecast AS f
LEFT JOIN mart.forecast_score AS s USING (issue_id, as_of, entity, horizon, target)
