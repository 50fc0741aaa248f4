-- How good were the calls that were made in time, against always saying the base rate?
SELECT
    entity,
    horizon,
    count(DISTINCT as_of) AS issues,
    round(avg(brier), 4) AS brier,
    round(avg(brier_base), 4) AS brier_of_base_rate,
    round(1 - avg(brier) / nullif(avg(brier_base), 0), 3) AS skill
FROM mart.track_record
WHERE in_time AND outcome IS NOT NULL
    AND target IN ('continuation', 'consolidation', 'correction', 'bust')
GROUP BY entity, horizon
ORDER BY entity, horizon;
