#!lua flags=no-writes
-- ARGV: kind, id, highest version asked for, limit. Answers the highest version there is of them, then the events downwards.
local code = redis.call('HGET', NAMES, ARGV[1])
local packed = code and redis.call('HGET', HEADS, leb(tonumber(code)) .. ARGV[2])
if not packed then return {} end
local head = cmsgpack.unpack(packed)
local top = math.min(head[2], tonumber(ARGV[3]))
local bottom = math.max(head[3], top - tonumber(ARGV[4]) + 1)
local fields = {}
local prefix = leb(head[1])
for version = top, bottom, -1 do fields[#fields + 1] = prefix .. leb(version + EVENT) end
local values = mget(ROWS, fields)
table.insert(values, 1, top)
return values
