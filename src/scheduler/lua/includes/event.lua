-- Appends to the pool's event log and gives the entry's id. The log is bounded: followers that fall behind further than that
-- read the jobs instead. Only what has not been passed on to callbacks yet is never let go.
local function event(P, now, name, job, token, data)
  local log = P .. 'events'
  local id = redis.call('XADD', log, '*',
    'event', name, 'job', job, 'token', token or '', 'at', now, 'data', data or '')
  local surplus = redis.call('XLEN', log) - 100000
  -- Many at a time: Redis lets go of whole blocks of a stream.
  if surplus < 1000 then return id end
  local passedOn = redis.call('GET', P .. 'webhook:cursor')
  if passedOn then
    redis.call('XTRIM', log, 'MINID', '~', passedOn, 'LIMIT', surplus)
  else
    redis.call('XTRIM', log, 'MAXLEN', '~', 100000)
  end
  return id
end
