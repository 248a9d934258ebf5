/** A proxy address that cannot be used. The message never holds the address: it may carry a password. */
export class ProxyAddressError extends Error {
  override name = 'ProxyAddressError'
}

export interface ProxyAddress {
  /** Scheme, host and port; the credentials are apart, so that no error or debug line can show them. */
  origin: string
  /** What `Proxy-Authorization` says, or null. */
  authorization: string | null
}

/** Accepts `http://user:password@host:port`, `https://…` and `host:port`. */
export function parseProxy(text: string): ProxyAddress {
  const trimmed = text.trim()
  const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new ProxyAddressError('the proxy must be http://user:password@host:port, https://… or host:port')
  }
  const { origin, username, password } = url
  const named = username !== '' || password !== ''
  return { origin, authorization: named ? basic(decoded(username), decoded(password)) : null }
}

const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

/** A password may hold a bare `%`, which is no percent-encoding. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
