import type { AccountId, JobId, NodeId, TokenId } from '../ids.ts'

/**
 * Every Redis key of one pool. The pool's name is the hash tag, so that all of them live in one slot and Redis Cluster
 * accepts each script. The scripts spell the same names behind the prefix that they are given as KEYS[1].
 */
export const poolKeys = (prefix: string, pool: string) => {
  const at = `${prefix}:{${pool}}:`
  return {
    prefix: at,
    job: (id: JobId) => `${at}job:${id}`,
    line: (root: JobId) => `${at}line:${root}`,
    message: (id: string) => `${at}message:${id}`,
    blobs: (id: JobId) => `${at}blob:${id}`,
    alias: (family: string, alias: string) => `${at}alias:${family}:${alias}`,
    repeat: (token: TokenId | null, key: string) => `${at}repeat:${token ?? ''}:${key}`,
    jobs: `${at}jobs`,
    jobsOf: (token: TokenId) => `${at}jobs-of:${token}`,
    lane: (lane: string) => `${at}lane:${lane}`,
    pinned: (account: AccountId) => `${at}pinned:${account}`,
    deadlines: `${at}deadlines`,
    events: `${at}events`,
    policy: `${at}policy`,
    token: (id: TokenId) => `${at}token:${id}`,
    tokens: `${at}tokens`,
    bannedWords: `${at}banned-words`,
    history: (token: TokenId) => `${at}history:${token}`,
    account: (id: AccountId) => `${at}account:${id}`,
    accounts: `${at}accounts`,
    held: (account: AccountId) => `${at}held:${account}`,
    session: (account: AccountId) => `${at}session:${account}`,
    nodes: `${at}nodes`,
    inbox: (node: NodeId) => `${at}inbox:${node}`,
    reply: (command: string) => `${at}reply:${command}`,
    orphans: `${at}orphans`,
    orphanTimes: `${at}orphan-times`,
    followUps: `${at}follow-ups`,
    copies: `${at}copies`,
  }
}

export type PoolKeys = ReturnType<typeof poolKeys>
