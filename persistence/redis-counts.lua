#!lua flags=no-writes
return {
  redis.call('HLEN', DEAD), redis.call('ZCARD', DUE), redis.call('LLEN', OUTBOX), redis.call('HGETALL', COUNTS),
}
