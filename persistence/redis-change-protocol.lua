#!lua
-- KEYS: system. ARGV: from, to. Answers 1 if the protocol was `from` and is `to` now.
if redis.call('HGET', KEYS[1], 'protocol') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'protocol', ARGV[2])
return 1
