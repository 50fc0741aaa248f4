-- What may come over the next sessions, how sure is that, and did such forecasts beat the base rate?
SELECT
    s.as_of,
    s.entity,
    s.horizon,
    s.target,
    s.printed AS probability,
    s.bound,
    round(s.low, 3) AS low,
    round(s.high, 3) AS high,
    round(s.base, 3) AS base_rate,
    s.estimator,
    round(s.effective, 1) AS independent_days,
    round(r.skill, 4) AS skill_of_such_forecasts
FROM mart.scenario AS s
LEFT JOIN mart.scenario_record AS r
    ON r.as_of = s.as_of AND r.entity = s.entity AND r.horizon = s.horizon
    AND r.target = s.target AND r.estimator = 'published'
WHERE s.published AND s.printed IS NOT NULL
    AND s.as_of = (SELECT max(as_of) FROM mart.evaluation)
ORDER BY s.entity, s.horizon, s.value DESC;
