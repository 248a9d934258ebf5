import type { BotName } from '../options.ts'
import { botIds } from '../world/message.ts'

interface OptionShape {
  type: number
  name: string
  required?: boolean
  choices?: readonly { name: string; value: string }[]
  options?: OptionShape[]
}

export interface Command {
  id: string
  application_id: string
  version: string
  name: string
  /** 3 for a command of a message's context menu. */
  type: 1 | 3
  description: string
  dm_permission: true
  options: OptionShape[]
}

type Row = [
  name: string,
  midjourney: [id: string, version: string],
  niji: [id: string, version: string] | null,
  OptionShape[]?,
]

/** What /blend may be asked for (§3.1). */
const dimensions = [
  { name: 'Portrait', value: '--ar 2:3' },
  { name: 'Square', value: '--ar 1:1' },
  { name: 'Landscape', value: '--ar 3:2' },
]

const text = (name: string, required = true): OptionShape => ({ type: 3, name, required })
const image = (name: string, required = false): OptionShape => ({ type: 11, name, required })
const subCommand = (name: string, options: OptionShape[] = []): OptionShape => ({ type: 1, name, options })

/**
 * Ids and newest versions of protocol page §3.1. Niji ids that the page leaves to discovery are made up: a client must not know
 * them by heart anyway.
 */
const table: Row[] = [
  [
    'imagine',
    ['938956540159881230', '1237876415471554623'],
    ['1023054140580057099', '1248805223892254774'],
    [text('prompt')],
  ],
  [
    'blend',
    ['1062880104792997970', '1237876415471554624'],
    ['1061216934374424697', '1248805223892254775'],
    [
      image('image1', true),
      image('image2', true),
      { ...text('dimensions', false), choices: dimensions },
      image('image3'),
      image('image4'),
      image('image5'),
    ],
  ],
  [
    'describe',
    ['1092492867185950852', '1237876415471554625'],
    ['1092683500743831652', '1248805223892254776'],
    [image('image'), text('link', false)],
  ],
  [
    'shorten',
    ['1121575372539039774', '1247736572414001223'],
    ['1121575453916942376', '1248805223892254777'],
    [text('prompt')],
  ],
  [
    'show',
    ['1169435442328911902', '1247736572414001224'],
    ['1023054140580057101', '1248805223892254781'],
    [text('job_id')],
  ],
  ['info', ['972289487818334209', '1237876415735660565'], ['1023054140580057102', '1248805223892254782']],
  [
    'settings',
    ['1000850743479255081', '1493662068581077053'],
    ['1023054140634579025', '1493662157915684906'],
  ],
  ['fast', ['972289487818334212', '1237876415735660572'], ['1023054140580057107', '1248805223925940261']],
  ['relax', ['972289487818334213', '1237876415735660573'], ['1023054140634579024', '1248805223925940262']],
  ['turbo', ['1124132684143271996', '1237876415790055474'], ['1124132684143271997', '1248805223925940263']],
  ['public', ['972289487818334211', '1237876415735660571'], ['1023054140580057106', '1248805223925940264']],
  ['stealth', ['1065569343456419860', '1259937291770658936'], ['1065569343456419861', '1259937291770658937']],
  [
    'prefer',
    ['984273800587776053', '1237876415790055476'],
    ['1023054140580057105', '1248805223925940265'],
    [
      {
        type: 2,
        name: 'option',
        options: [subCommand('set', [text('option'), text('value', false)]), subCommand('list')],
      },
      subCommand('auto_dm'),
      subCommand('suffix', [text('new_value', false)]),
      subCommand('remix'),
      subCommand('variability'),
    ],
  ],
  ['subscribe', ['987795925764280351', '1237876415735660568'], null],
  ['ask', ['994261739745050684', '1237876415471554622'], null, [text('question')]],
  ['help', ['941673664900898876', '1237876415471554629'], null],
  ['userid', ['1136041075614683196', '1237876415735660566'], null],
  ['tune', ['1169440360339091476', '1237876415471554627'], null, [text('prompt')]],
  ['list_tuners', ['1181338718158721086', '1237876415471554628'], null],
  ['list_personalize_codes', ['1267632559278526577', '1267632559278526578'], null],
  // Their versions are made up.
  ['invite', ['986816068012081172', '1237876415735660590'], null],
  ['feedback', ['1199869998538162256', '1237876415735660591'], null],
]

/** Commands of a message's context menu; their versions are made up. */
const messageCommands: [name: string, ids: [id: string, version: string]][] = [
  ['Cancel Job', ['987795925764280352', '1237876415790055490']],
  ['DM Results', ['987795925764280353', '1237876415790055491']],
]

/** The commands that both bots have registered. */
export class CommandBook {
  #commands: Command[]
  #indexVersion = 1

  constructor() {
    // Niji's come first: which bot a command belongs to is told by application_id alone.
    this.#commands = [
      ...table.flatMap(([name, , niji, options = []]) =>
        niji ? [command('niji', name, niji, options)] : [],
      ),
      ...table.map(([name, midjourney, , options = []]) => command('midjourney', name, midjourney, options)),
      ...messageCommands.map(([name, ids]) => ({
        ...command('midjourney', name, ids, []),
        type: 3 as const,
      })),
    ]
  }

  all(): readonly Command[] {
    return this.#commands
  }

  /** The application-command-index of a guild, channel, user or application (§3.1). */
  index() {
    return {
      applications: (['midjourney', 'niji'] as const).map((bot) => ({
        id: botIds[bot],
        name: bot,
        bot_id: botIds[bot],
        flags: 0,
      })),
      application_commands: this.#commands,
      version: String(this.#indexVersion),
    }
  }

  find(applicationId: string, id: string): Command | undefined {
    return this.#commands.find((entry) => entry.application_id === applicationId && entry.id === id)
  }

  /** The bots register everything anew: ids stay, versions change. */
  bump(): void {
    this.#indexVersion++
    this.#commands = this.#commands.map((entry) => ({
      ...entry,
      version: String(BigInt(entry.version) + 1_000n),
    }))
  }
}

function command(
  bot: BotName,
  name: string,
  [id, version]: [string, string],
  options: OptionShape[],
): Command {
  const description = `The ${name} command of the simulated ${bot} bot`
  return {
    id,
    application_id: botIds[bot],
    version,
    name,
    type: 1,
    description,
    dm_permission: true,
    options,
  }
}
