-- Which metrics are the most unusual against their own history, today?
SELECT metric, entity, observation_date, value, unit, percentile, n_obs
FROM mart.metric_latest
WHERE percentile IS NOT NULL
ORDER BY abs(percentile - 50) DESC, metric, entity
LIMIT 20;
