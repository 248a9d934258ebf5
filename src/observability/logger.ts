import { type DestinationStream, type Logger, pino } from 'pino'

/** The process's logger: JSON lines on standard output, or to `destination`. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    serializers: { err: describeError },
    redact: ['req.headers.authorization', 'token', '*.token'],
  }
  return destination ? pino(options, destination) : pino(options)
}

/**
 * An error for the log. ioredis hangs the whole command on its errors, with passwords, prompts and pictures among its
 * arguments: only its name is kept.
 */
function describeError(error: unknown): unknown {
  const { command, ...described } = pino.stdSerializers.err(error as Error) as {
    command?: { name?: unknown }
  }
  return command === undefined ? described : { ...described, command: command.name }
}
