const slugLimit = 45

/**
 * The name of a final (protocol page §4.4): user, a slug of the prompt without its parameters, the job's uuid. Other scripts vanish,
 * which leaves two underscores before the uuid; a link leaves its id.
 */
export function finalFileName(
  username: string,
  prompt: string,
  jobUuid: string,
  extension: 'png' | 'webp' | 'jpeg' | 'mp4',
): string {
  return `${username}_${slugOf(prompt)}_${jobUuid}.${extension}`
}

function slugOf(prompt: string): string {
  const [text = ''] = ` ${prompt}`.split(' --')
  return text
    .trim()
    .replace(/<https:\/\/s\.mj\.run\/(\w+)>/g, 'https_s.mj.run_$1')
    .replace(/\s+/g, '_')
    .replace(/[^A-Za-z0-9_.-]/g, '')
    .slice(0, slugLimit)
}
