--[[
  Queue callbacks and, where they come from the event log, count its entries as passed on.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 entry of the log that was passed on last, or '' for callbacks that are sent once more
        3 entry that is the last one now   4 how long that is remembered (ms)
        5.. for each callback: chain, lane, target (JSON), message (JSON), 'progress' or ''

  Returns  0 queued   -1 the entries had been passed on already
]]
-- @include webhook-lane
local P, now, from = KEYS[1], ARGV[1], ARGV[2]
local again = from == ''
if not again then
  if redis.call('GET', P .. 'webhook:cursor') ~= from then return -1 end
  redis.call('SET', P .. 'webhook:cursor', ARGV[3], 'PX', ARGV[4])
end
for i = 5, #ARGV, 5 do
  local chain, lane, target, message, progress = unpack(ARGV, i, i + 4)
  local queue, state = P .. 'webhook:queue:' .. chain, P .. 'webhook:state:' .. chain
  if again then redis.call('HDEL', state, 'gone') end
  local s = redis.call('HMGET', state, 'gone', 'attempts')
  -- What waits already is not sent once more: however often that is asked for, a queue holds each event once.
  local waits = again and redis.call('LPOS', queue, message)
  if not s[1] and not waits then
    local length = redis.call('LLEN', queue)
    -- The newest progress stands for the older one, unless that has been tried: a callback that was begun is finished.
    local untried = length > 1 or not s[2]
    if progress ~= '' and length > 0 and untried and redis.call('HGET', state, 'last') == 'progress' then
      redis.call('LSET', queue, -1, message)
    else
      redis.call('RPUSH', queue, message)
    end
    redis.call('HSET', state, 'target', target, 'last', progress)
    redis.call('PERSIST', state)
    if length == 0 then
      redis.call('ZADD', P .. 'webhook:lane:' .. lane, now, chain)
      tellLane(P, lane)
    end
  end
end
return 0
