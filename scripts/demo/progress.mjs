const width = 32

/** Shows how far a picture is: a bar that moves on a terminal, a line at each change elsewhere. */
export function createProgress(out = process.stdout) {
  let last = -1
  const line = (percent) => {
    const filled = Math.round((percent / 100) * width)
    return `  ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${String(percent).padStart(3)} %`
  }
  return {
    show(percent) {
      if (percent <= last) return
      last = percent
      out.write(out.isTTY ? `\r${line(percent)}` : `${line(percent)}\n`)
    },
    end() {
      if (out.isTTY && last >= 0) out.write('\n')
    },
  }
}
