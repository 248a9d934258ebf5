--[[
  Put a job that was surely not drawn back in its queue, at its old place, and let another account take it.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 job id   3 holder or ''   4 states it may start from   5 due by (ms) or ''
        6 why   7 queue within (ms)   8 send within (ms)

  Returns  0 written   -1 job unknown   -2 comes too late   -3 the lease is lost   -4 not due
]]
-- @include event rank assign fill guard
local P, now, id, why, sendWithinMs = KEYS[1], tonumber(ARGV[1]), ARGV[2], ARGV[6], tonumber(ARGV[8])
local jobKey = P .. 'job:' .. id
local fields = redis.call('HMGET', jobKey, 'state', 'account', 'token', 'lane', 'tag', 'request', 'queuedAt')
local refused = guard(P, id, fields, ARGV[4], ARGV[3], ARGV[5])
if refused then return refused end
local account, lane, tag = fields[2], fields[4], fields[5]
local pinned = cjson.decode(fields[6]).kind == 'action'

redis.call('SREM', P .. 'held:' .. account, id)
redis.call('HSET', jobKey, 'state', 'queued', 'account', pinned and account or '')
redis.call('HDEL', jobKey, 'assignedAt', 'sendingAt')
redis.call('ZADD', P .. 'deadlines', tonumber(fields[7]) + tonumber(ARGV[7]), id)
redis.call('ZADD', pinned and P .. 'pinned:' .. account or P .. 'lane:' .. lane, tag, id)
event(P, now, 'job-returned', id, fields[3], why)
rank(P, account)
spread(P, now, lane, sendWithinMs)
fill(P, now, account, sendWithinMs)
return 0
