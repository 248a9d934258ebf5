--[[
  Write what has happened to a job that an account holds; it keeps its slot.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 job id   3 holder ("<account> <epoch>")   4 states it may start from   5 next state, or 'same'
        6 new deadline (ms, absolute) or ''   7 name of the event or '' for none   8 data of the event
        9.. fields and values of the job

  Returns  0 written   -1 job unknown   -2 comes too late or too early   -3 the lease is lost
]]
-- @include event guard
local P, id = KEYS[1], ARGV[2]
local jobKey = P .. 'job:' .. id
local fields = redis.call('HMGET', jobKey, 'state', 'account', 'token')
local refused = guard(P, id, fields, ARGV[4], ARGV[3], '')
if refused then return refused end
if ARGV[5] ~= 'same' then redis.call('HSET', jobKey, 'state', ARGV[5]) end
if #ARGV > 8 then redis.call('HSET', jobKey, unpack(ARGV, 9)) end
if ARGV[6] ~= '' then redis.call('ZADD', P .. 'deadlines', ARGV[6], id) end
if ARGV[7] ~= '' then event(P, ARGV[1], ARGV[7], id, fields[3], ARGV[8]) end
return 0
