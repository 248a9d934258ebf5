-- Keeps the time at which something of this lane of callbacks is due.
local function tellLane(P, lane)
  local first = redis.call('ZRANGE', P .. 'webhook:lane:' .. lane, 0, 0, 'WITHSCORES')
  if first[1] then
    redis.call('ZADD', P .. 'webhook:lanes', first[2], lane)
  else
    redis.call('ZREM', P .. 'webhook:lanes', lane)
  end
end
