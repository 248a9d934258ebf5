/** The largest body, and the largest picture. */
export const mostBytes = 10 * 1024 * 1024

/**
 * How much of anything a request may have. A prompt of 6,000 Chinese characters is 54 KB in the address, which Node's
 * 16 KB of headers would refuse; a request that is not complete after two minutes is given up.
 */
export const limits = {
  bodyLimit: mostBytes,
  requestTimeout: 120_000,
  http: { maxHeaderSize: 64 * 1024 },
}
