#!lua
-- ARGV: token, owner. Answers epoch, offset, cursors and all marks.
local epoch = redis.call('HINCRBY', META, 'epoch', 1)
redis.call('HSET', META, 'token', ARGV[1], 'owner', ARGV[2])
local now = redis.call('HMGET', META, 'offset', 'published', 'self')
return {epoch, now[1] or '0', now[2] or '', now[3] or '', redis.call('HGETALL', MARKS)}
