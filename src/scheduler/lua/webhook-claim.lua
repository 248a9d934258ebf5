--[[
  Take callbacks of a lane that are due: the first of each chain.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 lane   3 most   4 nobody else may take them until (ms)   5 claim

  Returns  for each: chain, attempt, target (JSON), message (JSON)
]]
-- @include webhook-lane
local P, lane = KEYS[1], ARGV[2]
local laneKey = P .. 'webhook:lane:' .. lane
local taken = {}
for _, chain in ipairs(redis.call('ZRANGE', laneKey, '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[3])) do
  local message = redis.call('LINDEX', P .. 'webhook:queue:' .. chain, 0)
  if message then
    local state = P .. 'webhook:state:' .. chain
    redis.call('ZADD', laneKey, ARGV[4], chain)
    redis.call('HSET', state, 'claim', ARGV[5])
    local attempt = redis.call('HINCRBY', state, 'attempts', 1)
    for _, value in ipairs({ chain, attempt, redis.call('HGET', state, 'target'), message }) do
      taken[#taken + 1] = value
    end
  else
    redis.call('ZREM', laneKey, chain)
  end
end
tellLane(P, lane)
return taken
