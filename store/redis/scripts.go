package redis

import "github.com/redis/go-redis/v9"

// Scripts use strings and integers only (up to 2^53-1, which a Lua number holds),
// and take the time from nowhere but XADD's ids.
//
// With the first line Redis refuses a script before its first write where it
// could not finish (out of memory, a replica, too few replicas), and refuses
// keys of another slot.

// commitScript applies a batch.
//
//	KEYS  1 {p}:r  2 {p}:x  3 {p}:m  4 {p}:q  5… {p}:l:LOG of each log that the batch appends to
//	ARGV  1 the batch's id, or ""
//	      2 how many ids to remember
//	      3 an epoch for the logs if they have none
//	      4 the channel to tell on, 5 the partition, told there with a space and
//	        each log that grew
//	      6 the least version that a put gives
//	      7 how many fences; for each: name, token
//	      then for each step: operation and condition (1 or 2 letters, as store.Op
//	      and store.Cond), key (of an append: the number of its log in KEYS),
//	      version, the step it needs, value (of a put: "LENGTH:" OWNED VALUE),
//	      number of index members, the members
//	result  "=" and the receipt; "~" and the first receipt of a batch with this id;
//	      "!" and "SEEN NAME" of the fence that refused it, nothing being applied.
//	      A receipt is "VERSION:" and a code a step, see store.PackResults.
const commitBody = `
local r, x, m, q = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local call, find, sub = redis.call, string.find, string.sub
local id = ARGV[1]
if id ~= '' then
  local first = call('HGET', q, 'i' .. id)
  if first then return '~' .. first end
end

local set = {}
local a = 8
for _ = 1, tonumber(ARGV[7]) do
  local name, token = ARGV[a], ARGV[a + 1]
  local seen = call('HGET', m, 'f:' .. name)
  if not seen or tonumber(token) > tonumber(seen) then
    set[#set + 1] = 'f:' .. name
    set[#set + 1] = token
  elseif tonumber(token) < tonumber(seen) then
    return '!' .. seen .. ' ' .. name
  end
  a = a + 2
end

local meta = call('HMGET', m, 'v', 'e', 'n')
local version = math.max(tonumber(meta[1] or '0'), tonumber(ARGV[6]) - 1)
local before = version

-- entries are collected and written before the first removal after them
local adds = {}
local function flush()
  for i = 1, #adds, 4000 do
    call('ZADD', x, unpack(adds, i, math.min(i + 3999, #adds)))
  end
  adds = {}
end
local function disown(owned, key)
  flush()
  for name, sort in string.gmatch(owned, '([^%z]*)%z([^%z]*)%z') do
    call('ZREM', x, name .. '\0' .. sort .. '\0' .. key)
  end
end

local codes, done, last = {}, {}, {}
local n = 0
while ARGV[a] do
  n = n + 1
  local op, cond, key, needs, members = sub(ARGV[a], 1, 1), sub(ARGV[a], 2), ARGV[a + 1], tonumber(ARGV[a + 3]), tonumber(ARGV[a + 5])
  local ok = needs == 0 or done[needs]
  if op == 'a' then
    if ok then
      local log = tonumber(key)
      last[log] = call('XADD', KEYS[log], '*', 'v', ARGV[a + 4])
      codes[n] = 'a'
    else
      codes[n] = 's0;'
    end
  else
    local old = call('HGET', r, key)
    local was, owned = '0', ''
    if old then
      local _, e, v, len = find(old, '^(%d+) (%d+):')
      was, owned = v, sub(old, e + 1, e + len)
    end
    if cond == 'n' then ok = ok and not old
    elseif cond == 'x' then ok = ok and old
    elseif cond == 'v' then ok = ok and was == ARGV[a + 2]
    end
    if not ok then
      codes[n] = 's' .. was .. ';'
    elseif op == 'd' then
      if old then
        call('HDEL', r, key)
        disown(owned, key)
      end
      codes[n] = 'a'
    else
      local value = ARGV[a + 4]
      local _, e, len = find(value, '^(%d+):')
      version = version + 1
      call('HSET', r, key, string.format('%.0f ', version) .. value)
      if owned ~= sub(value, e + 1, e + len) then
        if owned ~= '' then disown(owned, key) end
        for i = a + 6, a + 5 + members do
          adds[#adds + 1] = 0
          adds[#adds + 1] = ARGV[i]
        end
      end
      codes[n] = 'p'
    end
  end
  done[n] = ok
  a = a + 6 + members
end
flush()

local appended = false
for log, item in pairs(last) do
  local name = sub(KEYS[log], #KEYS[1] + 2)
  set[#set + 1] = 'l:' .. name
  set[#set + 1] = item
  appended = true
  call('PUBLISH', ARGV[4], ARGV[5] .. ' ' .. name)
end
if appended and not meta[2] then
  set[#set + 1] = 'e'
  set[#set + 1] = ARGV[3]
end
if version > before then
  set[#set + 1] = 'v'
  set[#set + 1] = string.format('%.0f', version)
end
local receipt = string.format('%.0f:', before) .. table.concat(codes)
if id ~= '' then
  local count = tonumber(meta[3] or '0') + 1
  local slot = '#' .. string.format('%.0f', count % tonumber(ARGV[2]))
  local old = call('HGET', q, slot)
  if old then call('HDEL', q, 'i' .. old) end
  call('HSET', q, 'i' .. id, receipt, slot, id)
  set[#set + 1] = 'n'
  set[#set + 1] = string.format('%.0f', count)
end
for i = 1, #set, 1000 do
  call('HSET', m, unpack(set, i, math.min(i + 999, #set)))
end
return '=' .. receipt
`

// getScript reads records, without the values of those that the reader has.
//
//	KEYS  1 {p}:r
//	ARGV  a key and the version that the reader has of it, or 0, again and again
//	result  for each the record, nothing where there is none, "" where it is at
//	        that version
const getBody = `
local out = {}
for i = 1, #ARGV, 2 do
  local record, has = redis.call('HGET', KEYS[1], ARGV[i]), ARGV[i + 1] .. ' '
  if record and string.sub(record, 1, #has) == has then record = '' end
  out[#out + 1] = record
end
return out
`

// trimScript forgets a log's items.
//
//	KEYS  1 {p}:m  2 {p}:l:LOG
//	ARGV  1 the log's name  2 the epoch and 3, 4 both halves of the id of the last
//	      item to forget  5 the first id to keep
//	result  how many items went; 0 where the place is not of this log
const trimBody = `
local meta = redis.call('HMGET', KEYS[1], 'e', 'l:' .. ARGV[1])
if meta[1] ~= ARGV[2] or not meta[2] then return 0 end
local _, _, ms, seq = string.find(meta[2], '^(%d+)-(%d+)$')
ms, seq = tonumber(ms), tonumber(seq)
if tonumber(ARGV[3]) > ms or (tonumber(ARGV[3]) == ms and tonumber(ARGV[4]) > seq) then return 0 end
return redis.call('XTRIM', KEYS[2], 'MINID', '=', ARGV[5])
`

// readScript reads a log after a place, or from its oldest item where the place
// is of another life or beyond the end. It is a script because a full server
// refuses to queue even reads in a MULTI.
//
//	KEYS  1 {p}:m  2 {p}:l:LOG
//	ARGV  1 the log's name  2 the place's epoch, "" for none  3, 4 both halves of
//	      its id  5 how many items
//	result  the log's epoch, or "" where there is none, then id and value of each item
const readBody = `
local meta = redis.call('HMGET', KEYS[1], 'e', 'l:' .. ARGV[1])
if not meta[1] or not meta[2] then return {''} end
local start = '-'
if ARGV[2] == meta[1] then
  local _, _, ms, seq = string.find(meta[2], '^(%d+)-(%d+)$')
  local atms, atseq = tonumber(ARGV[3]), tonumber(ARGV[4])
  ms, seq = tonumber(ms), tonumber(seq)
  if atms < ms or (atms == ms and atseq <= seq) then start = '(' .. ARGV[3] .. '-' .. ARGV[4] end
end
local out = {meta[1]}
for _, item in ipairs(redis.call('XRANGE', KEYS[2], start, '+', 'COUNT', ARGV[5])) do
  out[#out + 1] = item[1]
  out[#out + 1] = item[2][2]
end
return out
`

// copyScript sets aside a partition as it is now, so that a backup reads one
// moment at its leisure.
//
//	KEYS  1 {p}:m  2 {p}:r  3 the copy of r, then for each log: its stream, the copy of that
//	ARGV  1 seconds until the copies go by themselves, then the logs' names
//	result  -1 if the partition has another number of logs, nothing being copied;
//	      else a string with 1 for each copy made, 0 where there was nothing
const copyBody = `
local have = 0
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 2) == 'l:' then have = have + 1 end
end
if have ~= #ARGV - 1 then return '-1' end
local made = ''
for i = 2, #KEYS, 2 do
  local ok = redis.call('COPY', KEYS[i], KEYS[i + 1], 'REPLACE')
  made = made .. string.format('%d', ok)
  if ok == 1 then redis.call('EXPIRE', KEYS[i + 1], ARGV[1]) end
end
return made
`

// A full server refuses commit but runs sweep, the same for batches that only
// remove, or nothing could ever make room again.
var (
	commitScript = redis.NewScript("#!lua" + commitBody)
	sweepScript  = redis.NewScript("#!lua flags=allow-oom" + commitBody)
	getScript    = redis.NewScript("#!lua flags=no-writes" + getBody)
	trimScript   = redis.NewScript("#!lua flags=allow-oom" + trimBody)
	readScript   = redis.NewScript("#!lua flags=no-writes" + readBody)
	copyScript   = redis.NewScript("#!lua" + copyBody)
)
