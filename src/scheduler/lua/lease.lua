--[[
  Take, renew or give up the right to listen and send for an account. Whoever takes it gets a higher epoch, so that a node
  that lost it can change nothing any more.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 account   3 node   4 lease (ms), 0 to give it up   5 epoch of the lease to give up, or ''

  Returns  epoch   0 another node holds it
]]
-- @include rank
local P, now, account, node, leaseMs = KEYS[1], tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])
local accountKey = P .. 'account:' .. account
local a = redis.call('HMGET', accountKey, 'node', 'leaseUntil', 'epoch', 'state')
local mine = a[1] == node
if not mine and a[1] and a[1] ~= '' and tonumber(a[2]) > now then return 0 end

local epoch = tonumber(a[3] or 0)
if leaseMs == 0 then
  if not mine or ARGV[5] ~= a[3] then return 0 end
  redis.call('HSET', accountKey, 'node', '', 'leaseUntil', 0)
  rank(P, account)
  return epoch
end
redis.call('HSET', accountKey, 'leaseUntil', now + leaseMs)
if mine then return epoch end
redis.call('HSET', accountKey, 'node', node, 'epoch', epoch + 1)
-- Nobody listens yet: an open account takes no jobs until its new listener is ready.
if a[4] == 'ready' or a[4] == 'half-open' then redis.call('HSET', accountKey, 'state', 'connecting') end
rank(P, account)
return epoch + 1
