--[[
  A job waits for an answer: it keeps its reservation, and its slot goes to the next.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 job id   3 holder ("<account> <epoch>")   4 states it may start from   5 question (JSON)
        6 until when it can be answered (ms)   7 send within (ms)   8.. fields and values of the job

  Returns  0 written   -1 job unknown   -2 comes too late   -3 the lease is lost
]]
-- @include event rank assign fill guard
local P, now, id = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local jobKey = P .. 'job:' .. id
local fields = redis.call('HMGET', jobKey, 'state', 'account', 'token')
local refused = guard(P, id, fields, ARGV[4], ARGV[3], '')
if refused then return refused end
redis.call('HSET', jobKey, 'state', 'needs-input', 'question', ARGV[5])
if #ARGV > 7 then redis.call('HSET', jobKey, unpack(ARGV, 8)) end
redis.call('ZADD', P .. 'deadlines', ARGV[6], id)
redis.call('SREM', P .. 'held:' .. fields[2], id)
event(P, now, 'input-needed', id, fields[3], ARGV[5])
fill(P, now, fields[2], tonumber(ARGV[7]))
return 0
