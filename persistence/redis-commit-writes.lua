-- The second part of a commit: only writes, none of which can fail. Redis looks at its memory, its disk and its role before a
-- script's first write and not again, so they can't stop half-way.
local function in_chunks(command, key, list)
  for from = 1, #list, CHUNK do
    redis.call(command, key, unpack(list, from, math.min(#list, from + CHUNK - 1)))
  end
end

local header = {'offset', ARGV[3]}
if numbers ~= numbers_before then
  header[#header + 1] = 'numbers'
  header[#header + 1] = string.format('%.0f', numbers)
end
if published then
  header[#header + 1] = 'published'
  header[#header + 1] = published[3]
end
if sent_to_self then
  header[#header + 1] = 'self'
  header[#header + 1] = sent_to_self
end
redis.call('HSET', META, unpack(header))
in_chunks('HSET', NAMES, new_names)
for kind, change in pairs(counted) do
  if change ~= 0 then redis.call('HINCRBY', COUNTS, kinds[kind], change) end
end

local due, not_due = {}, {}
for member, timer in pairs(timers) do
  if timer then
    put[#put + 1] = member
    put[#put + 1] = timer[2]
    due[#due + 1] = timer[1]
    due[#due + 1] = member
  else
    drop[#drop + 1] = member
    not_due[#not_due + 1] = member
  end
end
in_chunks('ZREM', DUE, not_due)
in_chunks('ZADD', DUE, due)

for name in pairs(fields_changed) do
  if fields_of[name] then
    put[#put + 1] = name
    put[#put + 1] = fields_of[name]
  else
    drop[#drop + 1] = name
  end
end
in_chunks('HSET', ROWS, put)
in_chunks('HDEL', ROWS, drop)

local taken, left = {}, {}
for member, is_there in pairs(listed) do
  if is_there then
    taken[#taken + 1] = 0
    taken[#taken + 1] = member
  else
    left[#left + 1] = member
  end
end
in_chunks('ZREM', LISTS, left)
in_chunks('ZADD', LISTS, taken)

local stored, gone_heads = {}, {}
for key in pairs(touched) do
  stored[#stored + 1] = key
  stored[#stored + 1] = pack(heads[key])
end
for key in pairs(dropped_heads) do
  if not heads[key] then gone_heads[#gone_heads + 1] = key end
end
in_chunks('HSET', HEADS, stored)
in_chunks('HDEL', HEADS, gone_heads)

in_chunks('HDEL', MARKS, forget_marks)
in_chunks('HSET', MARKS, marks)
if gone > 0 then redis.call('LTRIM', OUTBOX, gone, -1) end
in_chunks('RPUSH', OUTBOX, outbox)

in_chunks('HDEL', DEAD, forget_dead)
in_chunks('ZREM', DEAD_ORDER, forget_dead)
for i = 1, #dead, 3 do
  redis.call('HSET', DEAD, dead[i], dead[i + 2])
  redis.call('ZADD', DEAD_ORDER, dead[i + 1], dead[i])
end
return 1
