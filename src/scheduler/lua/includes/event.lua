-- Appends to the pool's event log, which is bounded: followers that fall behind further than that read the jobs instead.
local function event(P, now, name, job, token, data)
  return redis.call('XADD', P .. 'events', 'MAXLEN', '~', 100000, '*',
    'event', name, 'job', job, 'token', token or '', 'at', now, 'data', data or '')
end
