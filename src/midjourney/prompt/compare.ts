/** Takes the place of every URL: the bot shortens them to `<https://s.mj.run/…>` (protocol page §4.6). */
const linkMarker = '<link>'

/** Ends at the first character beyond ASCII, so that `https://a.example/x.png一只猫` keeps its words. */
const url = /<?https?:\/\/[!-;=?-~]+>?/gi

/** The bot reads an em dash as `--` (protocol page §4.6). Only for looking at a prompt; never change what is sent. */
export const readDashes = (prompt: string): string => prompt.replaceAll('—', '--')

/**
 * What is left of a prompt when everything that the bot rewrites is taken away: links, parameters, quotes, blanks, case
 * (protocol page §4.6). Equal forms do not prove equal prompts.
 */
export function comparisonForm(prompt: string): string {
  const plain = readDashes(prompt.normalize('NFC'))
    .replace(/[‘’‚‛]/g, "'")
    .replace(/[“”„‟]/g, '"')
    .replace(url, ` ${linkMarker} `)
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()
  const parameters = plain.indexOf(' --')
  return parameters === -1 ? plain : plain.slice(0, parameters).trim()
}

/** Whether `seen`, as the bot quotes it, can be the prompt that was sent. */
export function samePrompt(sent: string, seen: string): boolean {
  return sent === seen || comparisonForm(sent) === comparisonForm(seen)
}
