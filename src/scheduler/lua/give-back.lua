--[[
  Put a job that was surely not drawn, or that has got its answer, in its queue, at its old place, and let an account take it.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 job id   3 holder or ''   4 states it may start from   5 due by (ms) or ''
        6 why   7 queue until (ms, absolute) or '' for what is left of its time   8 queue within (ms)   9 send within (ms)
        10 name of the event   11.. fields and values of the job

  Returns  0 written   -1 job unknown   -2 comes too late   -3 the lease is lost   -4 not due
]]
-- @include event rank assign fill guard
local P, now, id, why, sendWithinMs = KEYS[1], tonumber(ARGV[1]), ARGV[2], ARGV[6], tonumber(ARGV[9])
local jobKey = P .. 'job:' .. id
local fields = redis.call('HMGET', jobKey, 'state', 'account', 'token', 'lane', 'tag', 'home', 'queuedAt')
local refused = guard(P, id, fields, ARGV[4], ARGV[3], ARGV[5])
if refused then return refused end
local account, lane, tag, home = fields[2] or '', fields[4], fields[5], fields[6]

if account ~= '' then redis.call('SREM', P .. 'held:' .. account, id) end
redis.call('HSET', jobKey, 'state', 'queued', 'account', home or '')
if #ARGV > 10 then redis.call('HSET', jobKey, unpack(ARGV, 11)) end
redis.call('HDEL', jobKey, 'assignedAt', 'sendingAt', 'question')
local deadline = ARGV[7] ~= '' and tonumber(ARGV[7]) or tonumber(fields[7]) + tonumber(ARGV[8])
redis.call('ZADD', P .. 'deadlines', deadline, id)
redis.call('ZADD', home and P .. 'pinned:' .. home or P .. 'lane:' .. lane, tag, id)
event(P, now, ARGV[10], id, fields[3], why)
if account ~= '' then rank(P, account) end
spread(P, now, lane, sendWithinMs)
if account ~= '' then fill(P, now, account, sendWithinMs) end
return 0
