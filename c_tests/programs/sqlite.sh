# sqlite3: 200 000 generated rows with two indexes, joins, sorts, updates, deletes, vacuum; then integrity_check.
# Why: its page cache, sorter and statements take and give back objects from bytes to megabytes; the file must agree.
# needs: sqlite3
sqlite3 load.db <<'END'
PRAGMA journal_mode = MEMORY;
PRAGMA cache_size = -40000;
CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, amount INTEGER, blob BLOB);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
    INSERT INTO item SELECT i, 'name ' || (i * 7919 % 100003), i * i % 1009, zeroblob(i % 97) FROM n;
CREATE INDEX by_name ON item(name);
CREATE INDEX by_amount ON item(amount, name);
SELECT count(*), sum(amount), max(name), sum(length(blob)) FROM item;
SELECT amount, count(*), group_concat(substr(name, -2), '') FROM item WHERE id < 20000 GROUP BY amount LIMIT 20;
SELECT count(*) FROM item a JOIN item b ON a.name = b.name WHERE a.id < b.id;
UPDATE item SET name = upper(name) || hex(blob) WHERE amount % 5 = 0;
DELETE FROM item WHERE id % 3 = 0;
SELECT length(group_concat(name)) FROM (SELECT name FROM item ORDER BY name DESC);
VACUUM;
PRAGMA integrity_check;
SELECT count(*), total(length(name)) FROM item;
END
