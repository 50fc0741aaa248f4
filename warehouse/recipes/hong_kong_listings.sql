-- How did the newest Hong Kong listings do on their first day?
SELECT
    listing_date,
    code,
    name,
    offer_price_hkd,
    first_day_close_hkd,
    first_day_return,
    funds_raised_hkd / 1e9 AS funds_raised_hkd_bn,
    public_subscription_multiple
FROM core.ipo_hk
WHERE first_day_close_hkd IS NOT NULL  -- listed by now
ORDER BY listing_date DESC, code
LIMIT 30;
