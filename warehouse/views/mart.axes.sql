-- Structural momentum and overheating side by side, by evaluation (as_of) and day.
SELECT
    as_of,
    observation_date,
    max(value) FILTER (metric = 'structural_momentum') AS structural_momentum,
    max(coverage) FILTER (metric = 'structural_momentum') AS structural_momentum_coverage,
    max(value) FILTER (metric = 'overheating') AS overheating,
    max(coverage) FILTER (metric = 'overheating') AS overheating_coverage
FROM mart.metric
WHERE metric IN ('structural_momentum', 'overheating')
GROUP BY as_of, observation_date
