/** What parts need of a logger: an object of fields, then the name of what happened. pino fits. */
export interface Log {
  debug(fields: object, event: string): void
  info(fields: object, event: string): void
  warn(fields: object, event: string): void
  error(fields: object, event: string): void
}
