--[[
  Move jobs that may be drawn relaxed from the fast lane, which nobody serves for want of hours, to the relaxed one.

  KEYS  1 pool prefix
  ARGV  1 now (ms)   2 most jobs to look at   3 send within (ms)

  Returns  the number of jobs moved
]]
-- @include event rank assign fill
local P, now = KEYS[1], tonumber(ARGV[1])
if redis.call('EXISTS', P .. 'serving:fast') == 1 or redis.call('EXISTS', P .. 'serving:relax') == 0 then return 0 end
local moved = 0
for _, id in ipairs(redis.call('ZRANGE', P .. 'lane:fast', 0, tonumber(ARGV[2]) - 1)) do
  local jobKey = P .. 'job:' .. id
  local job = redis.call('HMGET', jobKey, 'mayRelax', 'token')
  if job[1] then
    -- Behind what the token has in the relaxed lane already: the virtual times of two lanes have nothing to do with each other.
    local tokenKey = P .. 'token:' .. (job[2] ~= '' and job[2] or 'nobody')
    local t = redis.call('HMGET', tokenKey, 'tag:relax', 'weight')
    local tag = math.max(tonumber(redis.call('HGET', P .. 'pool', 'time:relax') or 0), tonumber(t[1] or 0))
    redis.call('HSET', tokenKey, 'tag:relax', tostring(tag + 1 / tonumber(t[2] or 1)))
    redis.call('ZREM', P .. 'lane:fast', id)
    redis.call('HSET', jobKey, 'lane', 'relax', 'tag', tostring(tag))
    redis.call('ZADD', P .. 'lane:relax', tag, id)
    event(P, now, 'job-returned', id, job[2], 'no fast hours: relaxed')
    moved = moved + 1
  end
end
if moved > 0 then spread(P, now, 'relax', tonumber(ARGV[3])) end
return moved
