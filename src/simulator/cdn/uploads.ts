import { Random } from '../random.ts'

export interface Upload {
  name: string
  account: number
  filename: string
  declaredSize: number
  contentType: string
  bytes: Buffer | null
}

const memory = 2_000

/** Files on their way in: a slot is asked for, filled by PUT, then named in a message or a command (protocol page §3.2). */
export class Uploads {
  #slots = new Map<string, Upload>()
  #random: Random

  constructor(seed: number) {
    this.#random = new Random(`${seed}:uploads`)
  }

  open(account: number, filename: string, declaredSize: number): Upload {
    const name = `${this.#random.uuid()}/${sanitised(filename)}`
    const slot: Upload = {
      name,
      account,
      filename: sanitised(filename),
      declaredSize,
      contentType: '',
      bytes: null,
    }
    this.#slots.set(name, slot)
    const [oldest] = this.#slots.keys()
    if (oldest && this.#slots.size > memory) this.#slots.delete(oldest)
    return slot
  }

  get(name: string): Upload | undefined {
    return this.#slots.get(name)
  }

  fill(name: string, bytes: Buffer, contentType: string): void {
    const slot = this.#slots.get(name)
    if (slot) Object.assign(slot, { bytes, contentType })
  }

  drop(name: string): boolean {
    return this.#slots.delete(name)
  }
}

/** Discord keeps ASCII letters, digits, dots, dashes and underscores. */
function sanitised(filename: string): string {
  return filename.replace(/\s+/g, '_').replace(/[^A-Za-z0-9._-]/g, '') || 'file'
}
