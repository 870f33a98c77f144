-- A shard in Redis:
--   meta     hash   token, owner, epoch, offset, published, self, numbers (the last one given out)
--   marks    hash   origin -> "major minor atMs"
--   heads    hash   <code of kind><id> -> msgpack [number, version, first event, snapshot's version or -1, timers' names...]
--   rows     hash   <number><tag> -> bytes; tag 0: snapshot, 1: list fields, 2 and a name: timer, 2 + v: event v
--   names    hash   kind, or kind \0 field -> code; never taken back
--   counts   hash   kind -> living entities
--   lists    zset   <code of kind and field><escaped value>\0\1<id>, all with score 0: ordered by bytes
--   due      zset   <number><2><name> of a timer, by due time
--   outbox   list   rows in order: two doubles (position), then what only the client reads
--   dead     hash   id -> bytes; dead-order: zset of the ids by time
-- Numbers and codes are LEB128: one byte mostly, and none begins with another one. So a row costs one small hash entry
-- whose name takes 8 bytes, and no key of its own.
local META, MARKS, HEADS, ROWS, NAMES, COUNTS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local LISTS, DUE, OUTBOX, DEAD, DEAD_ORDER = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local SNAPSHOT, FIELDS, TIMER, EVENT = '\0', '\1', '\2', 2
-- Lua can't hand over more than 8000 values in one call.
local CHUNK = 4000

local char, floor = string.char, math.floor

local function leb(n)
  if n < 128 then return char(n) end
  local bytes = ''
  while n >= 128 do
    bytes = bytes .. char(n % 128 + 128)
    n = floor(n / 128)
  end
  return bytes .. char(n)
end

local function mget(key, fields)
  local count = #fields
  if count == 0 then return {} end
  if count <= CHUNK then return redis.call('HMGET', key, unpack(fields)) end
  local values = {}
  for from = 1, count, CHUNK do
    local part = redis.call('HMGET', key, unpack(fields, from, math.min(count, from + CHUNK - 1)))
    for i = 1, #part do values[from + i - 1] = part[i] end
  end
  return values
end

local function fault_of(token, offset)
  local now = redis.call('HMGET', META, 'token', 'offset', 'owner')
  if token ~= '*' and now[1] ~= token then return {'token-lost', now[3] or ''} end
  if offset ~= '*' and (now[2] or '0') ~= offset then return {'offset-differs', now[2] or '0'} end
  return nil
end
