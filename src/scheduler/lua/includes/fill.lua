-- Gives an account with free slots the next jobs: of its own queue and of its lanes the one with the lowest start tag.
-- Start-time fair queueing: taking a job moves the lane's virtual time on to that job's start tag.
-- Needs: event, rank, assign.
local function fill(P, now, account, sendWithinMs)
  local free = rank(P, account)
  if free <= 0 then return end
  local lanes = redis.call('HGET', P .. 'account:' .. account, 'lanes') or ''
  local queues = { P .. 'pinned:' .. account }
  for lane in string.gmatch(lanes, '[^,]+') do queues[#queues + 1] = P .. 'lane:' .. lane end
  while free > 0 do
    local queue, job, tag
    for _, candidate in ipairs(queues) do
      local head = redis.call('ZRANGE', candidate, 0, 0, 'WITHSCORES')
      if head[1] and (not tag or tonumber(head[2]) < tag) then
        queue, job, tag = candidate, head[1], tonumber(head[2])
      end
    end
    if not job then return end
    redis.call('ZREM', queue, job)
    local fields = redis.call('HMGET', P .. 'job:' .. job, 'lane', 'token')
    local clock = 'time:' .. fields[1]
    if tag > tonumber(redis.call('HGET', P .. 'pool', clock) or 0) then
      redis.call('HSET', P .. 'pool', clock, tostring(tag))
    end
    free = assign(P, now, account, fields[1], job, fields[2], sendWithinMs, account .. ': slot free, first in line')
  end
end

-- Lets the accounts that can take a job of this lane, best first, do so while one waits.
local function spread(P, now, lane, sendWithinMs)
  while redis.call('ZCARD', P .. 'lane:' .. lane) > 0 do
    local best = redis.call('ZRANGE', P .. 'available:' .. lane, 0, 0)[1]
    if not best then return end
    fill(P, now, best, sendWithinMs)
  end
end
