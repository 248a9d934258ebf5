/** The words of a line that the bot has written, without the links that it puts behind some of them. */
export const withoutLinks = (text: string): string => text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
