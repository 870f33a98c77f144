#!lua
-- KEYS: system. ARGV: shards, protocol. Answers both as they are fixed.
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('HSET', KEYS[1], 'shards', ARGV[1], 'protocol', ARGV[2]) end
return redis.call('HMGET', KEYS[1], 'shards', 'protocol')
