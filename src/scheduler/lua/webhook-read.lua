--[[
  Read on in the event log, for callbacks: the entries that may concern somebody. Where none of those read does, they count as
  passed on at once. The first call of all begins with what happens after it.

  KEYS  1 pool prefix
  ARGV  1 most entries   2 how long the place is remembered (ms)   3 names of the events that are told, each between commas
        4 '1' when somebody is told of every job

  Returns  entry that was passed on last, last entry read, then for each entry: id, name, job, token, at, data,
           callback (JSON) or '', the token's target (JSON) or ''
]]
local P, most, keptMs, told, everybody = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'
local cursorKey, log = P .. 'webhook:cursor', P .. 'events'
local from = redis.call('GETEX', cursorKey, 'PX', keptMs)
if not from then
  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  from = newest and newest[1] or '0-0'
  redis.call('SET', cursorKey, from, 'PX', keptMs)
  return { from, from }
end
-- A pool whose callers follow the events themselves is not read through for nothing.
if not everybody and redis.call('EXISTS', P .. 'webhook:wanted', P .. 'webhook:tokens') == 0 then
  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  local last = newest and newest[1] or from
  redis.call('SET', cursorKey, last, 'PX', keptMs)
  return { from, last }
end
local entries = redis.call('XRANGE', log, '(' .. from, '+', 'COUNT', most)
if #entries == 0 then return { from, from } end
local to = entries[#entries][1]

local function lookUp(cache, key, field)
  if cache[key] == nil then cache[key] = redis.call('HGET', key, field) or '' end
  return cache[key]
end
local callbacks, targets, reply = {}, { [P .. 'token:'] = '' }, { from, to }
for _, entry in ipairs(entries) do
  -- As event.lua writes it: the value behind each name.
  local f = entry[2]
  local name, job, token, at, data = f[2], f[4], f[6], f[8], f[10]
  if string.find(told, ',' .. name .. ',', 1, true) then
    local callback = lookUp(callbacks, P .. 'job:' .. job, 'callback')
    local target = lookUp(targets, P .. 'token:' .. token, 'webhook')
    if everybody or callback ~= '' or target ~= '' then
      for _, value in ipairs({ entry[1], name, job, token, at, data, callback, target }) do
        reply[#reply + 1] = value
      end
    end
  end
end
if #reply == 2 then redis.call('SET', cursorKey, to, 'PX', keptMs) end
return reply
