--[[
  Make callbacks of a lane that wait for another attempt due now.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 lane   3 most

  Returns  how many
]]
-- @include webhook-lane
local P, now, lane = KEYS[1], ARGV[1], ARGV[2]
local laneKey = P .. 'webhook:lane:' .. lane
local count = 0
for _, chain in ipairs(redis.call('ZRANGE', laneKey, '(' .. now, '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[3])) do
  -- What is under way has its time in the future, too.
  if redis.call('HEXISTS', P .. 'webhook:state:' .. chain, 'claim') == 0 then
    redis.call('ZADD', laneKey, now, chain)
    count = count + 1
  end
end
tellLane(P, lane)
return count
