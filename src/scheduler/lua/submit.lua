--[[
  Accept a job: authorise, reserve its use, write it, queue it, and give it to an account at once when one is free.

  KEYS  1 pool prefix
  ARGV  1 now (ms)        2 job id          3 token id or ''      4 charge (0 or 1)   5 lanes, best first, or 'policy'
        6 account or ''   7 request (JSON)  8 root job id         9 idempotency key   10 fingerprint of the request
        11 queue deadline (ms)  12 send within (ms)  13 idempotency kept (ms)  14 most that may wait in a lane
        15 question (JSON) that must be answered before the job is queued, or ''   16 until when (ms)
        17 callback (JSON) or ''   18 what its family keeps (JSON) or ''   19 "<family>:<alias>" or ''   20 alias kept (ms)

  Returns  {0, job id, lane, account or '', repeated}
           -1 token unknown  -2 token expired  -3 token spent  -4 no account in this mode
           -5 account unknown  -6 idempotency conflict  -7 queue full
           -8 the account is lost for good   -9 the alias is another job's
]]
-- @include event rank assign fill
-- Arguments stay the strings that they came as wherever they are only written: Redis turns a Lua number into text with
-- snprintf("%.17g"), which made up a fifth of this script's time.
local P = KEYS[1]
local now, id, token, charge = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local wantedLanes, account, request, root = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local idempotencyKey, fingerprint = ARGV[9], ARGV[10]
local queueDeadline, sendWithinMs, keepKeyMs, mostWaiting = ARGV[11], tonumber(ARGV[12]), ARGV[13], tonumber(ARGV[14])
local jobKey = P .. 'job:' .. id

-- The client library sends a command again after a lost connection: the same id is the same submit, not a repeated one.
local known = redis.call('HGET', jobKey, 'lane')
if known then return { 0, id, known, redis.call('HGET', jobKey, 'account'), 0 } end
local repeatKey = P .. 'repeat:' .. token .. ':' .. idempotencyKey
if idempotencyKey ~= '' then
  local prior = redis.call('GET', repeatKey)
  if prior then
    local priorId, priorPrint = string.match(prior, '^(%S+) (%S+)$')
    if priorPrint ~= fingerprint then return -6 end
    local prev = redis.call('HMGET', P .. 'job:' .. priorId, 'lane', 'account')
    if prev[1] then return { 0, priorId, prev[1], prev[2] or '', 1 } end
  end
end

local tokenKey = P .. 'token:' .. (token ~= '' and token or 'nobody')
local t = redis.call('HMGET', tokenKey, 'remaining', 'reserved', 'expiresAt', 'class', 'weight', 'mode')
local remaining = tonumber(t[1] or 0)
if token ~= '' then
  if not t[1] then return -1 end
  if tonumber(t[3]) <= tonumber(now) then return -2 end
  if remaining < tonumber(charge) then return -3 end
end

if ARGV[19] ~= '' and redis.call('EXISTS', P .. 'alias:' .. ARGV[19]) == 1 then return -9 end

-- The mode policy: a class draws fast while this many uses are left before charging, else relaxed. It may draw relaxed, then,
-- where no account has fast hours left; a token of one mode may not.
local mayRelax = false
if wantedLanes == 'policy' then
  local fastFrom = tonumber(redis.call('HGET', P .. 'policy', t[4] or '') or nil)
  wantedLanes = fastFrom and (remaining >= fastFrom and 'fast' or 'relax') or (t[6] or 'fast')
  mayRelax = fastFrom and wantedLanes == 'fast'
end

local lane, best
if account ~= '' then
  local state = redis.call('HGET', P .. 'account:' .. account, 'state')
  if not state then return -5 end
  if state == 'dead' then return -8 end
  lane = string.match(wantedLanes, '[^,]+')
  if redis.call('ZCARD', P .. 'pinned:' .. account) == 0 and rank(P, account) > 0 then best = account end
else
  for wanted in string.gmatch(wantedLanes, '[^,]+') do
    best = redis.call('ZRANGE', P .. 'available:' .. wanted, 0, 0)[1]
    if best then lane = wanted; break end
  end
  if not best and mayRelax and redis.call('EXISTS', P .. 'serving:fast') == 0
    and redis.call('EXISTS', P .. 'members:fast', P .. 'serving:relax') == 2 then
    wantedLanes = 'relax'
    best = redis.call('ZRANGE', P .. 'available:relax', 0, 0)[1]
    if best then lane = 'relax' end
  end
  if not best then
    for wanted in string.gmatch(wantedLanes, '[^,]+') do
      if redis.call('EXISTS', P .. 'members:' .. wanted) == 1 then lane = wanted; break end
    end
    if not lane then return -4 end
  end
end

local queue = account ~= '' and P .. 'pinned:' .. account or P .. 'lane:' .. lane
local waiting = redis.call('ZCARD', queue)
if waiting >= mostWaiting then return -7 end

-- Start-time fair queueing over tokens: start where the lane or the token's last job stands, whichever is later.
local time = tonumber(redis.call('HGET', P .. 'pool', 'time:' .. lane) or 0)
local tagField = 'tag:' .. lane
local tagNumber = math.max(time, tonumber(redis.call('HGET', tokenKey, tagField) or 0))
local tag = tostring(tagNumber)
local nextTag = tostring(tagNumber + 1 / tonumber(t[5] or 1))
if token ~= '' and charge ~= '0' then
  redis.call('HSET', tokenKey, 'remaining', string.format('%d', remaining - charge),
    'reserved', string.format('%d', t[2] + charge), tagField, nextTag)
else
  redis.call('HSET', tokenKey, tagField, nextTag)
end

redis.call('HSET', jobKey, 'state', 'queued', 'token', token, 'root', root, 'lane', lane, 'account', account,
  'request', request, 'charge', charge, 'ledger', charge == '0' and 'none' or 'reserved', 'queuedAt', now, 'tag', tag)
-- Where it has to run, whoever else is free.
if account ~= '' then redis.call('HSET', jobKey, 'home', account) end
if mayRelax and lane == 'fast' then redis.call('HSET', jobKey, 'mayRelax', 1) end
if ARGV[17] ~= '' then
  redis.call('HSET', jobKey, 'callback', ARGV[17])
  -- Longer than any job lives.
  if string.find(ARGV[17], '"url":', 1, true) then redis.call('SET', P .. 'webhook:wanted', 1, 'PX', 2592000000) end
end
if ARGV[18] ~= '' then redis.call('HSET', jobKey, 'about', ARGV[18]) end
if ARGV[19] ~= '' then redis.call('SET', P .. 'alias:' .. ARGV[19], id, 'PX', ARGV[20]) end
redis.call('ZADD', P .. 'jobs', now, id)
if token ~= '' then redis.call('ZADD', P .. 'jobs-of:' .. token, now, id) end
if root ~= id then
  redis.call('RPUSH', P .. 'line:' .. root, id)
  redis.call('PERSIST', P .. 'job:' .. root)
  redis.call('PERSIST', P .. 'line:' .. root)
end
if idempotencyKey ~= '' then redis.call('SET', repeatKey, id .. ' ' .. fingerprint, 'PX', keepKeyMs) end
if ARGV[15] ~= '' then
  redis.call('HSET', jobKey, 'state', 'needs-input', 'question', ARGV[15])
  redis.call('ZADD', P .. 'deadlines', ARGV[16], id)
  redis.call('HSET', jobKey, 'firstEvent', event(P, now, 'input-needed', id, token, ARGV[15]))
  return { 0, id, lane, account, 0 }
end
redis.call('HSET', jobKey, 'firstEvent', event(P, now, 'job-queued', id, token, lane))

if best and waiting == 0 then
  if tagNumber > time then redis.call('HSET', P .. 'pool', 'time:' .. lane, tag) end
  local choice = account ~= '' and best .. ': owns the picture' or best .. ': best ranked'
  assign(P, tonumber(now), best, lane, id, token, sendWithinMs, choice)
  return { 0, id, lane, best, 0 }
end
redis.call('ZADD', queue, tag, id)
redis.call('ZADD', P .. 'deadlines', queueDeadline, id)
if not best then return { 0, id, lane, account, 0 } end
fill(P, tonumber(now), best, sendWithinMs)
return { 0, id, lane, redis.call('HGET', jobKey, 'account'), 0 }
