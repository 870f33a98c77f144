#!lua flags=no-writes
-- ARGV: bound of the due time, limit. Answers the rows of the timers due first.
return mget(ROWS, redis.call('ZRANGEBYSCORE', DUE, '-inf', ARGV[1], 'LIMIT', 0, ARGV[2]))
