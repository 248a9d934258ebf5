--[[
  Write an account's fields (state, slots, lanes, …) and let it take what it now can.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 account   3 epoch of the lease, or '' for operators   4 send within (ms)   5.. fields and values

  Returns  0 written   -3 the lease is lost
]]
-- @include event rank assign fill
local P, now, account = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local accountKey = P .. 'account:' .. account
if ARGV[3] ~= '' and redis.call('HGET', accountKey, 'epoch') ~= ARGV[3] then return -3 end
local standing = function() return redis.call('HMGET', accountKey, 'lanes', 'resting', 'state') end
local old = standing()
local before = old[1] or ''
redis.call('SADD', P .. 'accounts', account)
redis.call('HSET', accountKey, unpack(ARGV, 5))
local new = standing()
local after = new[1] or ''
if before ~= after then
  for lane in string.gmatch(before, '[^,]+') do
    redis.call('SREM', P .. 'members:' .. lane, account)
    redis.call('ZREM', P .. 'available:' .. lane, account)
    redis.call('HDEL', P .. 'passed:' .. lane, account)
  end
  for lane in string.gmatch(after, '[^,]+') do redis.call('SADD', P .. 'members:' .. lane, account) end
end
-- Who will draw in a lane by itself, now or soon: a lane without one waits for hours or for a person.
if before ~= after or old[2] ~= new[2] or old[3] ~= new[3] then
  for lane in string.gmatch(before, '[^,]+') do redis.call('SREM', P .. 'serving:' .. lane, account) end
  local away = { exhausted = true, paused = true, attention = true, dead = true }
  if not away[new[3] or ''] then
    local resting = ',' .. (new[2] or '') .. ','
    for lane in string.gmatch(after, '[^,]+') do
      if not string.find(resting, ',' .. lane .. ',', 1, true) then
        redis.call('SADD', P .. 'serving:' .. lane, account)
      end
    end
  end
end
fill(P, now, account, tonumber(ARGV[4]))
return 0
