--[[
  Keep an ended job in few bytes: its fields give way to what they were packed into, but for those that scripts look at.

  KEYS  1 pool prefix
  ARGV  1 job id   2 when the job ended, as it was read (ms)   3 field of the packed   4 the packed fields
        5.. fields that stay, if they are there

  Returns  0 written   -2 it has changed since it was read
]]
local P = KEYS[1]
local jobKey = P .. 'job:' .. ARGV[1]
if redis.call('HGET', jobKey, 'finishedAt') ~= ARGV[2] then return -2 end
local names = { unpack(ARGV, 5) }
local values = redis.call('HMGET', jobKey, unpack(names))
local left = redis.call('PTTL', jobKey)
-- Deleted first: a hash that has been large stays as wide as it was.
redis.call('DEL', jobKey)
redis.call('HSET', jobKey, ARGV[3], ARGV[4])
for i, name in ipairs(names) do
  if values[i] then redis.call('HSET', jobKey, name, values[i]) end
end
-- The first job of a line that others still belong to has no end yet.
if left > 0 then redis.call('PEXPIRE', jobKey, left) end
return 0
