-- Which metrics are the most unusual against their own history, in the newest evaluation?
SELECT as_of, metric, entity, observation_date, value, unit, percentile, n_obs
FROM mart.metric_latest
WHERE percentile IS NOT NULL
    AND observation_date > as_of - 100  -- series that have ended say nothing of now
ORDER BY abs(percentile - 50) DESC, metric, entity
LIMIT 20;
