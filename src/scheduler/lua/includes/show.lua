-- From now on the message shows the job's picture, and the picture stands in its token's history.
local function show(P, id, token, messageId, keptMs, mostHistory)
  redis.call('SET', P .. 'message:' .. messageId, id, 'PX', keptMs)
  if token ~= '' then
    redis.call('RPUSH', P .. 'history:' .. token, id)
    redis.call('LTRIM', P .. 'history:' .. token, -tonumber(mostHistory), -1)
    redis.call('PEXPIRE', P .. 'history:' .. token, keptMs)
  end
end
