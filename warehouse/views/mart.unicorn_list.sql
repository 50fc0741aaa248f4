-- How many companies a list of unicorns has, and how many of them in artificial intelligence, by year.
SELECT
    list_name,
    year,
    count(*) AS companies,
    count(*) FILTER (contains(industry, '人工智能')) AS companies_ai,
    min(published_on) AS published_on
FROM core.unicorn_company
GROUP BY list_name, year
ORDER BY list_name, year
