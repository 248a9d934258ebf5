--[[
  End the claim of a callback.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 lane   3 chain   4 claim   5 'next', 'later', 'stop' or 'release'   6 when to try again (ms)
        7 job   8 attempt for the job's delivery log (JSON) or ''   9 most entries of that log   10 kept (ms)

  Returns  0 written   -1 somebody else has claimed it since
]]
-- @include webhook-lane
local P, lane, chain, verdict = KEYS[1], ARGV[2], ARGV[3], ARGV[5]
local queue, state, laneKey = P .. 'webhook:queue:' .. chain, P .. 'webhook:state:' .. chain, P .. 'webhook:lane:' .. lane
if redis.call('HGET', state, 'claim') ~= ARGV[4] then return -1 end
redis.call('HDEL', state, 'claim')
if verdict == 'later' then
  redis.call('ZADD', laneKey, ARGV[6], chain)
elseif verdict == 'release' then
  redis.call('HINCRBY', state, 'attempts', -1)
  redis.call('ZADD', laneKey, ARGV[1], chain)
elseif verdict == 'next' then
  redis.call('LPOP', queue)
  redis.call('HDEL', state, 'attempts')
  if redis.call('EXISTS', queue) == 1 then
    redis.call('ZADD', laneKey, ARGV[1], chain)
  else
    redis.call('DEL', state)
    redis.call('ZREM', laneKey, chain)
  end
else
  redis.call('DEL', queue, state)
  redis.call('HSET', state, 'gone', 1)
  redis.call('PEXPIRE', state, ARGV[10])
  redis.call('ZREM', laneKey, chain)
end
tellLane(P, lane)
if ARGV[8] ~= '' then
  local log = P .. 'webhook:log:' .. ARGV[7]
  redis.call('RPUSH', log, ARGV[8])
  redis.call('LTRIM', log, -tonumber(ARGV[9]), -1)
  redis.call('PEXPIRE', log, ARGV[10])
end
return 0
