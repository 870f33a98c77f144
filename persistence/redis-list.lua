#!lua flags=no-writes
-- ARGV: kind, field, lower bound, upper bound (each with `[` or `(` in front), 1 for descending, limit.
-- Answers id and list fields of each row, in order.
local codes = redis.call('HMGET', NAMES, ARGV[1], ARGV[1] .. '\0' .. ARGV[2])
if not codes[1] or not codes[2] then return {} end
local kind, list = leb(tonumber(codes[1])), leb(tonumber(codes[2]))
local function bound(text) return text:sub(1, 1) .. list .. text:sub(2) end
local low, high = bound(ARGV[3]), bound(ARGV[4])
local members
if ARGV[5] == '1' then
  members = redis.call('ZREVRANGEBYLEX', LISTS, high, low, 'LIMIT', 0, ARGV[6])
else
  members = redis.call('ZRANGEBYLEX', LISTS, low, high, 'LIMIT', 0, ARGV[6])
end
local ids, keys = {}, {}
for i = 1, #members do
  local _, last = members[i]:find('\0\1', #list + 1, true)
  ids[i] = members[i]:sub(last + 1)
  keys[i] = kind .. ids[i]
end
local heads = mget(HEADS, keys)
local fields = {}
for i = 1, #heads do fields[i] = leb(cmsgpack.unpack(heads[i])[1]) .. FIELDS end
local blobs = mget(ROWS, fields)
local answer = {}
for i = 1, #ids do
  answer[2 * i - 1] = ids[i]
  answer[2 * i] = blobs[i]
end
return answer
