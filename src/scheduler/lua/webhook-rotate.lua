--[[
  Give a token the next secret for its callbacks; those before it sign beside it until their time is over.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 token   3 until when the present one still signs (ms)   4 most that sign beside

  Returns  {"turn", "previous": [{"turn", "until"}]}, newest first
]]
local P, now, most = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[4])
local tokenKey = P .. 'token:' .. ARGV[2]
local kept = redis.call('HGET', tokenKey, 'secretTurn')
local old = kept and cjson.decode(kept) or { turn = 0, previous = {} }
local previous = { { turn = old.turn, ['until'] = tonumber(ARGV[3]) } }
for _, one in ipairs(old.previous) do
  if one['until'] > now and #previous < most then
    previous[#previous + 1] = one
  end
end
local turned = cjson.encode({ turn = old.turn + 1, previous = previous })
redis.call('HSET', tokenKey, 'secretTurn', turned)
return turned
