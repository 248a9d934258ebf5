--[[
  Give a failed job the picture that an operator has found for it: its use, which went back, is spent after all.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 job id   3 holder ("<account> <epoch>")   4 outcome (JSON)   5 message that shows the result
        6 kept (ms)   7 most entries of a token's history   8 'c' when copies of the files are owed

  Returns  0 written   -1 job unknown   -2 it has not failed   -3 the lease is lost   -5 the token has no use left
]]
-- @include event guard show
local P, now, id, messageId, keptMs = KEYS[1], ARGV[1], ARGV[2], ARGV[5], ARGV[6]
local jobKey = P .. 'job:' .. id
local fields = redis.call('HMGET', jobKey, 'state', 'account', 'token', 'charge', 'ledger', 'root')
local refused = guard(P, id, fields, 'failed', ARGV[3], '')
if refused then return refused end
local token, charge, root = fields[3], tonumber(fields[4]), fields[6]
if fields[5] == 'released' then
  local tokenKey = P .. 'token:' .. token
  if tonumber(redis.call('HGET', tokenKey, 'remaining') or 0) < charge then return -5 end
  redis.call('HINCRBY', tokenKey, 'remaining', -charge)
  redis.call('HINCRBY', tokenKey, 'used', charge)
  redis.call('HSET', jobKey, 'ledger', 'settled')
end
redis.call('HSET', jobKey, 'state', 'done', 'finishedAt', now, 'outcome', ARGV[4])
if ARGV[8] == 'c' then redis.call('HSET', P .. 'copies', id, fields[2]) end
show(P, id, token, messageId, keptMs, ARGV[7])
redis.call('PEXPIRE', jobKey, keptMs)
if root ~= id then
  redis.call('PEXPIRE', P .. 'job:' .. root, keptMs, 'NX')
  redis.call('PEXPIRE', P .. 'line:' .. root, keptMs)
end
event(P, now, 'job-finished', id, token, messageId)
return 0
