-- How many companies warned of their own price in each week, and how many shares closed at a limit?
WITH warned AS (
    SELECT date_trunc('week', announcement_date)::DATE AS week, count(DISTINCT code) AS companies_that_warned
    FROM core.announcement
    GROUP BY ALL
),
limits AS (
    SELECT date_trunc('week', trade_date)::DATE AS week, count(DISTINCT trade_date) AS days,
        count(*) FILTER (pool = 'up') AS closes_at_upper_limit,
        count(*) FILTER (pool = 'down') AS closes_at_lower_limit
    FROM core.limit_pool
    GROUP BY ALL
)
SELECT week, companies_that_warned, days, closes_at_upper_limit, closes_at_lower_limit
FROM warned
FULL JOIN limits USING (week)
ORDER BY week DESC;
