-- Gives a job that is in no queue to an account: it takes a slot, and the node that listens for the account is woken.
-- `choice` says how the account was found; with those passed over it is kept for the job's trace.
-- Needs: event, rank.
local function assign(P, now, account, lane, job, token, sendWithinMs, choice)
  local passed = redis.call('HSCAN', P .. 'passed:' .. lane, 0, 'COUNT', 16)[2]
  local others = redis.call('ZRANGE', P .. 'available:' .. lane, 0, 3)
  local why = { choice }
  for _, other in ipairs(others) do
    if other ~= account then why[#why + 1] = other .. ': ranked behind' end
  end
  -- COUNT is a hint only: a small hash comes whole.
  for i = 1, math.min(#passed, 16), 2 do
    if passed[i] ~= account then why[#why + 1] = passed[i] .. ': ' .. passed[i + 1] end
  end
  local trace = table.concat(why, '; ')

  local accountKey = P .. 'account:' .. account
  redis.call('SADD', P .. 'held:' .. account, job)
  redis.call('HSET', P .. 'job:' .. job, 'state', 'assigned', 'account', account, 'assignedAt', now, 'why', trace)
  redis.call('ZADD', P .. 'deadlines', now + sendWithinMs, job)
  redis.call('HSET', accountKey, 'turn', redis.call('HINCRBY', P .. 'pool', 'turn', 1))
  redis.call('HINCRBY', accountKey, 'count', 1)
  local inbox = P .. 'inbox:' .. redis.call('HGET', accountKey, 'node')
  redis.call('LPUSH', inbox, 'job ' .. account .. ' ' .. job)
  -- The inbox of a node that is gone goes too: whoever takes its accounts reads the held jobs.
  redis.call('PEXPIRE', inbox, 3600000)
  event(P, now, 'job-assigned', job, token, account)
  return rank(P, account)
end
