-- What does each column of core mean, and in which unit is it?
SELECT table_name, column_name, type, unit, meaning
FROM meta.column
WHERE table_name LIKE 'core.%'
ORDER BY table_name, column_name;
