-- A table with two indexes, filled, updated, joined and emptied in memory: many small objects of mixed life, and
-- page-sized ones.
create table rows(id integer primary key, key text, value integer, body text);
with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ROWS)
insert into rows
select n, hex(n * 2654435761 % 4294967296), n * 7919 % 10007, printf('%0*d', 20 + n % 180, n) from numbers;
create index by_key on rows(key);
create index by_value on rows(value);
update rows set body = body || key where value % 3 = 0;
create table sums as
select a.value as value, count(*) as count, group_concat(b.key, '/') as keys
from rows a join rows b on b.value = a.value and b.id <> a.id group by a.value;
select count(*), sum(count), sum(length(keys)) from sums;
delete from rows where id % 2 = 0;
select count(*), sum(length(body)) from rows;
