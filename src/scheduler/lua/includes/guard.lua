-- What a change of a job must meet. `from` lists the states it may start from (jobs/transitions.ts).
-- `holder` is the lease under which the caller acts, "<account> <epoch>": the account must still hold the job, and the
-- lease must be the present one. '' for the reaper and for callers' own cancellations.
-- `dueBy`, when given, requires that the job's deadline has passed.
-- Returns nil when the change may go ahead, else the negative reply.
local function guard(P, job, fields, from, holder, dueBy)
  if not fields[1] then return -1 end
  if not string.find(',' .. from .. ',', ',' .. fields[1] .. ',', 1, true) then return -2 end
  if holder ~= '' then
    local account, epoch = string.match(holder, '^(%S+) (%S+)$')
    if redis.call('HGET', P .. 'account:' .. account, 'epoch') ~= epoch then return -3 end
    if fields[2] ~= account then return -2 end
  end
  if dueBy ~= '' then
    local deadline = redis.call('ZSCORE', P .. 'deadlines', job)
    if not deadline or tonumber(deadline) > tonumber(dueBy) then return -4 end
  end
end
