#!lua flags=no-writes
-- ARGV: token, offset (`*`: not checked), msgpack [[index of kind, id, ...], kinds], optionally `fields`.
-- Answers for each key false or [version, snapshot's version, snapshot, list fields, number of timers, timers..., events...];
-- with `fields` false or the list fields alone, empty where there are none.
local fault = fault_of(ARGV[1], ARGV[2])
if fault then return fault end
local entities, kinds = unpack(cmsgpack.unpack(ARGV[3]))
local codes = mget(NAMES, kinds)
for i = 1, #kinds do codes[i] = codes[i] and leb(tonumber(codes[i])) end
local keys = {}
for i = 1, #entities, 2 do
  -- A kind that has no code has no entities: no key is as short as an id alone would make it look, but never found.
  local code = codes[entities[i]]
  keys[#keys + 1] = code and code .. entities[i + 1] or ''
end
local heads = mget(HEADS, keys)
if ARGV[4] == 'fields' then
  local names = {}
  -- A row that no entity has, for what isn't there.
  for i, packed in ipairs(heads) do names[i] = packed and leb(cmsgpack.unpack(packed)[1]) .. FIELDS or '' end
  local found = mget(ROWS, names)
  for i, packed in ipairs(heads) do found[i] = packed and (found[i] or '') end
  return found
end
local answer = {}
for i, packed in ipairs(heads) do
  local entity = false
  if packed then
    local head = cmsgpack.unpack(packed)
    local prefix = leb(head[1])
    local fields = {prefix .. SNAPSHOT, prefix .. FIELDS}
    for t = 5, #head do fields[t - 2] = prefix .. TIMER .. head[t] end
    for version = math.max(head[3], head[4] + 1), head[2] do fields[#fields + 1] = prefix .. leb(version + EVENT) end
    entity = mget(ROWS, fields)
    table.insert(entity, 1, head[2])
    table.insert(entity, 2, head[4])
    table.insert(entity, 5, #head - 4)
  end
  answer[i] = entity
end
return answer
