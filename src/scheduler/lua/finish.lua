--[[
  End a job: its state, its slot, the ledger, the event log and the next job of the slot, in one step.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 job id   3 holder or ''   4 states it may start from   5 terminal state
        6 due by (ms) or ''   7 name of the event   8 outcome (JSON)   9 message that shows the result or ''
        10 kept (ms)   11 send within (ms)   12 most entries of a token's history   13 what is owed now: 'f' a follow-up, 'c' copies of the files
        14 '1' when the uses are spent, '' when they go back   15.. fields and values of the job

  Returns  0 written   -1 job unknown   -2 already ended   -3 the lease is lost   -4 not due
]]
-- @include event rank assign fill guard show
local P, now, id = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local state, outcome, messageId, keptMs, sendWithinMs = ARGV[5], ARGV[8], ARGV[9], ARGV[10], tonumber(ARGV[11])
local jobKey = P .. 'job:' .. id
local fields = redis.call('HMGET', jobKey, 'state', 'account', 'token', 'charge', 'ledger', 'lane', 'root', 'assignedAt')
local refused = guard(P, id, fields, ARGV[4], ARGV[3], ARGV[6])
if refused then return refused end
local account, token, charge, lane, root = fields[2], fields[3], tonumber(fields[4]), fields[6], fields[7]

redis.call('HSET', jobKey, 'state', state, 'finishedAt', now, 'outcome', outcome)
if #ARGV > 14 then redis.call('HSET', jobKey, unpack(ARGV, 15)) end
redis.call('HDEL', jobKey, 'question')
if ARGV[13]:find('f') then redis.call('SADD', P .. 'follow-ups', id) end
if ARGV[13]:find('c') then redis.call('HSET', P .. 'copies', id, account) end
redis.call('ZREM', P .. 'deadlines', id)
redis.call('DEL', P .. 'blob:' .. id)
if fields[5] == 'reserved' then
  local tokenKey = P .. 'token:' .. token
  redis.call('HINCRBY', tokenKey, 'reserved', -charge)
  redis.call('HINCRBY', tokenKey, ARGV[14] == '1' and 'used' or 'remaining', charge)
  redis.call('HSET', jobKey, 'ledger', ARGV[14] == '1' and 'settled' or 'released')
end
if messageId ~= '' then show(P, id, token, messageId, keptMs, ARGV[12]) end
-- How long jobs of the lane take, the newest counting most: what a waiting job's time is reckoned from.
if state == 'done' and fields[8] and charge > 0 then
  local took, before = now - tonumber(fields[8]), redis.call('HGET', P .. 'pool', 'took:' .. lane)
  redis.call('HSET', P .. 'pool', 'took:' .. lane, math.floor(before and 0.9 * before + 0.1 * took or took))
end
redis.call('PEXPIRE', jobKey, keptMs)
-- The lists of jobs stay as long as the jobs, and no longer than a token's history.
redis.call('ZREMRANGEBYSCORE', P .. 'jobs', '-inf', now - keptMs)
if token ~= '' then
  redis.call('ZREMRANGEBYRANK', P .. 'jobs-of:' .. token, 0, -tonumber(ARGV[12]) - 1)
  redis.call('PEXPIRE', P .. 'jobs-of:' .. token, keptMs)
end
if root ~= id then
  redis.call('PEXPIRE', P .. 'job:' .. root, keptMs, 'NX')
  redis.call('PEXPIRE', P .. 'line:' .. root, keptMs)
end
-- Followers read the outcome from the job: the log would hold every result twice.
event(P, now, ARGV[7], id, token, messageId)

if fields[1] == 'queued' then
  redis.call('ZREM', P .. 'lane:' .. lane, id)
  if account and account ~= '' then redis.call('ZREM', P .. 'pinned:' .. account, id) end
elseif account and account ~= '' then
  redis.call('SREM', P .. 'held:' .. account, id)
  fill(P, now, account, sendWithinMs)
end
return 0
