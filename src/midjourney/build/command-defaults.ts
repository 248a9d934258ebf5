import type { BotName } from '../bots.ts'

/**
 * Ids of the bots' commands (protocol page §3.1): to recognise a command by, never to send one with. What is sent comes from
 * the index that Discord gives, since versions change whenever Midjourney registers its commands anew.
 */
export const commandDefaults: Record<BotName, Record<string, string>> = {
  midjourney: {
    imagine: '938956540159881230',
    blend: '1062880104792997970',
    describe: '1092492867185950852',
    shorten: '1121575372539039774',
    show: '1169435442328911902',
    info: '972289487818334209',
    settings: '1000850743479255081',
    fast: '972289487818334212',
    relax: '972289487818334213',
    turbo: '1124132684143271996',
    public: '972289487818334211',
    stealth: '1065569343456419860',
    prefer: '984273800587776053',
    subscribe: '987795925764280351',
    ask: '994261739745050684',
    help: '941673664900898876',
    userid: '1136041075614683196',
    tune: '1169440360339091476',
    list_tuners: '1181338718158721086',
    list_personalize_codes: '1267632559278526577',
    invite: '986816068012081172',
    feedback: '1199869998538162256',
  },
  niji: {
    imagine: '1023054140580057099',
    blend: '1061216934374424697',
    describe: '1092683500743831652',
    shorten: '1121575453916942376',
    show: '1023054140580057101',
    info: '1023054140580057102',
    settings: '1023054140634579025',
    fast: '1023054140580057107',
    relax: '1023054140634579024',
  },
}
