#!lua flags=no-writes
-- ARGV: limit. Answers the newest rows.
return mget(DEAD, redis.call('ZREVRANGE', DEAD_ORDER, 0, ARGV[1] - 1))
