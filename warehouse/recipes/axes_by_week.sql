-- How did structural momentum and overheating move, week by week, as the newest evaluation sees it?
SELECT
    as_of,
    observation_date AS week_ending,
    structural_momentum,
    overheating,
    structural_momentum_coverage,
    overheating_coverage
FROM mart.axes
WHERE as_of = (SELECT max(as_of) FROM mart.evaluation)
QUALIFY observation_date = max(observation_date) OVER (PARTITION BY date_trunc('week', observation_date))
ORDER BY week_ending DESC;
