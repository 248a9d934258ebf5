--[[
  Keep where an account's listener stands, for itself after a restart or for the node that takes over.

  KEYS  1 pool prefix
  ARGV  1 account   2 epoch of the lease   3.. fields and values

  Returns  0 written   -3 the lease is lost
]]
local P, account = KEYS[1], ARGV[1]
if redis.call('HGET', P .. 'account:' .. account, 'epoch') ~= ARGV[2] then return -3 end
redis.call('HSET', P .. 'session:' .. account, unpack(ARGV, 3))
return 0
