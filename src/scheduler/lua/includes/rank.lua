-- How many jobs of a lane an account has in flight.
local function usedIn(P, account, lane)
  local used = 0
  for _, job in ipairs(redis.call('SMEMBERS', P .. 'held:' .. account)) do
    if redis.call('HGET', P .. 'job:' .. job, 'lane') == lane then used = used + 1 end
  end
  return used
end

-- Puts an account at its place among those that can take a job, in each of its lanes, or takes it out and keeps why.
-- Lower ranks first: share of its weighted slots in use, those whose jobs wait in the bot's own queue behind the others,
-- doubtful (half-open) accounts last, then least recently used. In lanes that rest it takes none.
-- Returns the number of free slots (0 when it takes no jobs).
local function rank(P, account)
  local a = redis.call('HMGET', P .. 'account:' .. account, 'state', 'node', 'slots', 'weight', 'turn', 'lanes',
    'queueStatus', 'resting', 'relaxSlots')
  local state, node, slots, lanes = a[1], a[2], tonumber(a[3] or 0), a[6] or ''
  if state == 'half-open' then slots = math.min(slots, 1) end
  local used = redis.call('SCARD', P .. 'held:' .. account)
  local reason
  if state ~= 'ready' and state ~= 'half-open' then
    reason = state or 'unknown'
  elseif not node or node == '' then
    reason = 'no listener'
  elseif used >= slots then
    reason = 'no free slot'
  end
  local load = math.floor(1000 * used / math.max(slots * tonumber(a[4] or 1), 0.001))
  if a[7] == 'queued' or a[7] == 'full' then load = load + 1000 end
  if state == 'half-open' then load = load + 2000 end
  local score = math.min(load, 4095) * 4294967296 + tonumber(a[5] or 0)
  local resting = a[8] and a[8] ~= '' and ',' .. a[8] .. ','
  -- A plan may allow fewer relaxed jobs than fast ones.
  local relaxSlots = tonumber(a[9] or 0)
  local relaxFull = relaxSlots > 0 and usedIn(P, account, 'relax') >= relaxSlots
  for lane in string.gmatch(lanes, '[^,]+') do
    local full = relaxFull and lane == 'relax'
    local rests = resting and string.find(resting, ',' .. lane .. ',', 1, true)
    if reason or rests or full then
      redis.call('ZREM', P .. 'available:' .. lane, account)
      redis.call('HSET', P .. 'passed:' .. lane, account, reason or rests and 'no hours for this mode' or 'no free slot')
    else
      redis.call('ZADD', P .. 'available:' .. lane, score, account)
      redis.call('HDEL', P .. 'passed:' .. lane, account)
    end
  end
  return reason and 0 or slots - used
end
