#!lua
-- ARGV: token, expected offset (`*`: not checked), next offset, body (see `redis-commit.ts` for its shape).
-- Answers 1, or a fault. This part reads and works out what is to be written, and finds whatever is wrong;
-- `redis-commit-writes.lua` is put behind it.
local fault = fault_of(ARGV[1], ARGV[2])
if fault then return fault end
local entities, marks, forget_marks, set_timers, cancel_timers, outbox, published, sent_to_self, dead, forget_dead, kinds =
  unpack(cmsgpack.unpack(ARGV[4]))
local pack, unpack_one = cmsgpack.pack, cmsgpack.unpack

-- Codes of kinds and of their fields.
local codes, new_names = {}, {}
local last_code
local function code_of(name, known)
  local code = codes[name]
  if code then return code end
  local number = known
  if known == nil then number = redis.call('HGET', NAMES, name) end
  if not number then
    last_code = (last_code or redis.call('HLEN', NAMES)) + 1
    number = last_code
    new_names[#new_names + 1] = name
    new_names[#new_names + 1] = number
  end
  code = leb(tonumber(number))
  codes[name] = code
  return code
end
local kind_codes = mget(NAMES, kinds)
for i = 1, #kinds do kind_codes[i] = code_of(kinds[i], kind_codes[i]) end

-- Heads of everything that is touched; false: not there.
local heads, wanted = {}, {}
local function want(kind, id)
  local key = kind_codes[kind] .. id
  if heads[key] == nil then
    heads[key] = false
    wanted[#wanted + 1] = key
  end
end
for i = 1, #entities, 7 do want(entities[i], entities[i + 1]) end
for i = 1, #set_timers, 5 do want(set_timers[i], set_timers[i + 1]) end
for i = 1, #cancel_timers, 3 do want(cancel_timers[i], cancel_timers[i + 1]) end
for i, packed in ipairs(mget(HEADS, wanted)) do
  if packed then heads[wanted[i]] = unpack_one(packed) end
end

-- List fields of those whose fields are told, or that are forgotten; nil or false: none.
local fields_of, fields_wanted = {}, {}
for i = 1, #entities, 7 do
  local head = heads[kind_codes[entities[i]] .. entities[i + 1]]
  if head and (entities[i + 6] or entities[i + 2] < 0) then
    fields_wanted[#fields_wanted + 1] = leb(head[1]) .. FIELDS
  end
end
for i, blob in ipairs(mget(ROWS, fields_wanted)) do fields_of[fields_wanted[i]] = blob end

local numbers = tonumber(redis.call('HGET', META, 'numbers') or '0')
local numbers_before = numbers
-- `put` and `drop` are lists for HSET and HDEL, in this order: what is dropped may have been put before, not after.
local put, drop = {}, {}
local touched, dropped_heads, counted, listed, fields_changed, timers = {}, {}, {}, {}, {}, {}

local function head_of(key)
  local head = heads[key]
  if not head then
    numbers = numbers + 1
    head = {numbers, 0, 1, -1}
    heads[key] = head
  end
  touched[key] = true
  return head
end

local function forget_head(key)
  heads[key] = false
  touched[key] = nil
  dropped_heads[key] = true
end

-- `prefix`: of the entity's rows. Changes the lists by what differs between the stored fields and `blob` (false: none).
local function set_fields(kind, id, prefix, blob)
  local name = prefix .. FIELDS
  local before = fields_of[name] or false
  if before == blob then return end
  fields_of[name] = blob
  fields_changed[name] = true
  local old = {}
  if before then
    local flat = unpack_one(before)
    for i = 1, #flat, 2 do old[flat[i]] = flat[i + 1] end
  end
  local function member(field, value)
    if value:find('%z') then value = value:gsub('%z', '\0\2') end
    return code_of(kinds[kind] .. '\0' .. field) .. value .. '\0\1' .. id
  end
  if blob then
    local flat = unpack_one(blob)
    for i = 1, #flat, 2 do
      local field, value = flat[i], flat[i + 1]
      if old[field] == value then
        old[field] = nil
      else
        listed[member(field, value)] = true
      end
    end
  end
  for field, value in pairs(old) do
    listed[member(field, value)] = false
  end
end

local function count(kind, change)
  counted[kind] = (counted[kind] or 0) + change
end

local function drop_events(prefix, from, to)
  for version = from, to do drop[#drop + 1] = prefix .. leb(version + EVENT) end
end

for i = 1, #entities, 7 do
  local kind, id, version, events = entities[i], entities[i + 1], entities[i + 2], entities[i + 3]
  local key = kind_codes[kind] .. id
  if version < 0 then
    local head = heads[key]
    if head then
      local prefix = leb(head[1])
      set_fields(kind, id, prefix, false)
      drop_events(prefix, head[3], head[2])
      if head[4] >= 0 then drop[#drop + 1] = prefix .. SNAPSHOT end
      for t = 5, #head do timers[prefix .. TIMER .. head[t]] = false end
      if head[2] > 0 then count(kind, -1) end
      forget_head(key)
    end
  else
    local head = head_of(key)
    local prefix = leb(head[1])
    local before = head[2]
    if events then
      if type(events) == 'string' then
        head[2] = before + 1
        put[#put + 1] = prefix .. leb(before + 1 + EVENT)
        put[#put + 1] = events
      else
        for e = 1, #events do
          put[#put + 1] = prefix .. leb(before + e + EVENT)
          put[#put + 1] = events[e]
        end
        head[2] = before + #events
      end
      if before == 0 then count(kind, 1) end
    end
    if head[2] ~= version then return {'sequence', kinds[kind] .. '/' .. id, tostring(before), tostring(version)} end
    local snapshot, trim, fields = entities[i + 4], entities[i + 5], entities[i + 6]
    if snapshot then
      head[4] = version
      put[#put + 1] = prefix .. SNAPSHOT
      put[#put + 1] = snapshot
    end
    if trim >= head[3] then
      local last = math.min(trim, version)
      drop_events(prefix, head[3], last)
      head[3] = last + 1
    end
    if fields == true then
      set_fields(kind, id, prefix, false)
    elseif fields then
      set_fields(kind, id, prefix, fields)
    end
  end
end

-- Where the name of a timer is in its entity's head.
local function place_of(head, name)
  for t = 5, #head do
    if head[t] == name then return t end
  end
end

for i = 1, #cancel_timers, 3 do
  local key = kind_codes[cancel_timers[i]] .. cancel_timers[i + 1]
  local head, name = heads[key], cancel_timers[i + 2]
  local place = head and place_of(head, name)
  if place then
    table.remove(head, place)
    touched[key] = true
    timers[leb(head[1]) .. TIMER .. name] = false
    -- Only a timer kept an entity without events.
    if head[2] == 0 and #head == 4 then forget_head(key) end
  end
end
for i = 1, #set_timers, 5 do
  local head, name = head_of(kind_codes[set_timers[i]] .. set_timers[i + 1]), set_timers[i + 2]
  if not place_of(head, name) then head[#head + 1] = name end
  timers[leb(head[1]) .. TIMER .. name] = {set_timers[i + 3], set_timers[i + 4]}
end

-- The outbox: how much of it has been published, and what remains of the new rows.
local gone = 0
local function is_after(row, major, minor)
  local its_major, its_minor = struct.unpack('>dd', row)
  return its_major > major or (its_major == major and its_minor > minor)
end
if published then
  local major, minor = published[1], published[2]
  local now = redis.call('HGET', META, 'published')
  local is_ahead = true
  if now then
    local now_major, now_minor = now:match('^(%S+) (%S+)$')
    now_major, now_minor = tonumber(now_major), tonumber(now_minor)
    is_ahead = major > now_major or (major == now_major and minor > now_minor)
  end
  if is_ahead then
    local more = true
    while more do
      local rows = redis.call('LRANGE', OUTBOX, gone, gone + 99)
      more = #rows == 100
      for i = 1, #rows do
        if is_after(rows[i], major, minor) then
          more = false
          break
        end
        gone = gone + 1
      end
    end
    local rest = {}
    for i = 1, #outbox do
      if is_after(outbox[i], major, minor) then rest[#rest + 1] = outbox[i] end
    end
    outbox = rest
  else
    published = false
  end
end
