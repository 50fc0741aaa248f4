-- How many companies announced abnormal moves or risks in each week, and how many shares closed at a limit?
WITH warned AS (
    SELECT date_trunc('week', announcement_date)::DATE AS week, count(DISTINCT code) AS companies
    FROM core.announcement
    GROUP BY ALL
),
answered AS (  -- days for which a source has said who warned, nobody included; imports say nothing
    SELECT date_trunc('week', for_day)::DATE AS week, count(DISTINCT for_day) AS days
    FROM meta.answered
    WHERE dataset = 'announcement' AND NOT absent
    GROUP BY ALL
),
limits AS (
    SELECT date_trunc('week', trade_date)::DATE AS week, count(DISTINCT trade_date) AS days,
        count(*) FILTER (pool = 'up') AS closes_at_upper_limit,
        count(*) FILTER (pool = 'down') AS closes_at_lower_limit
    FROM core.limit_pool
    GROUP BY ALL
)
SELECT
    week,
    CASE WHEN answered.days > 0 THEN coalesce(companies, 0) ELSE companies END AS companies_that_warned,
    answered.days AS days_answered,
    limits.days AS days_with_limits,
    closes_at_upper_limit,
    closes_at_lower_limit
FROM warned
FULL JOIN answered USING (week)
FULL JOIN limits USING (week)
ORDER BY week DESC;
