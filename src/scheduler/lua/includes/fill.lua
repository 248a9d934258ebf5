-- The next job for an account and the queue it stands in; nil when nothing waits. Within a lane the lowest start tag is
-- next, whether it stands in the lane or in the account's own queue of follow-ups. Lanes take turns: their virtual times have
-- nothing to do with each other, so comparing tags across them would starve one.
-- Lanes that rest are left out; `full`, when given, is a lane whose own slots are used up.
local function nextFor(P, account, lanes, lastLane, resting, full)
  local pinnedKey = P .. 'pinned:' .. account
  local pinned = redis.call('ZRANGE', pinnedKey, 0, 0, 'WITHSCORES')
  local pinnedLane = pinned[1] and redis.call('HGET', P .. 'job:' .. pinned[1], 'lane')
  if full and pinnedLane == full then pinnedLane = nil end

  local first, later, passed, pinnedServed = {}, {}, false, false
  local rest = resting and resting ~= '' and ',' .. resting .. ','
  for lane in string.gmatch(lanes, '[^,]+') do
    if lane ~= full and not (rest and string.find(rest, ',' .. lane .. ',', 1, true)) then
      table.insert(passed and first or later, lane)
      if lane == pinnedLane then pinnedServed = true end
    end
    if lane == lastLane then passed = true end
  end
  -- A follow-up of a mode that the account has since left, or that rests, waits for nobody.
  if pinnedLane and not pinnedServed then return pinned[1], pinnedKey, tonumber(pinned[2]), pinnedLane end

  for _, turn in ipairs({ first, later }) do
    for _, lane in ipairs(turn) do
      local laneKey = P .. 'lane:' .. lane
      local head = redis.call('ZRANGE', laneKey, 0, 0, 'WITHSCORES')
      if lane == pinnedLane and (not head[1] or tonumber(pinned[2]) < tonumber(head[2])) then
        return pinned[1], pinnedKey, tonumber(pinned[2]), lane
      end
      if head[1] then return head[1], laneKey, tonumber(head[2]), lane end
    end
  end
end

-- Gives an account with free slots the next jobs. Start-time fair queueing: taking a job moves its lane's virtual time on to
-- that job's start tag.
-- Needs: event, rank, assign.
local function fill(P, now, account, sendWithinMs)
  local free = rank(P, account)
  local accountKey = P .. 'account:' .. account
  while free > 0 do
    local a = redis.call('HMGET', accountKey, 'lanes', 'lastLane', 'resting', 'relaxSlots')
    local relaxSlots = tonumber(a[4] or 0)
    local full = relaxSlots > 0 and usedIn(P, account, 'relax') >= relaxSlots and 'relax' or nil
    local job, queue, tag, lane = nextFor(P, account, a[1] or '', a[2], a[3], full)
    if not job then return end
    redis.call('ZREM', queue, job)
    if a[2] ~= lane then redis.call('HSET', accountKey, 'lastLane', lane) end
    if tag > tonumber(redis.call('HGET', P .. 'pool', 'time:' .. lane) or 0) then
      redis.call('HSET', P .. 'pool', 'time:' .. lane, tostring(tag))
    end
    local token = redis.call('HGET', P .. 'job:' .. job, 'token')
    free = assign(P, now, account, lane, job, token, sendWithinMs, account .. ': slot free, first in line')
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
