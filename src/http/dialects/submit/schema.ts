import { type Static, Type } from 'typebox'

const text = (description: string) => Type.Optional(Type.String({ description }))

/** Read from the body when it has an `action`, else from the query. */
export const submitParams = Type.Object({
  action: text('`IMAGINE`, `UPSCALE` or `VARIATION`.'),
  prompt: text('What to draw.'),
  taskId: text('`_id` of the task whose picture is meant.'),
  index: text('Which picture of the grid: 1 to 4.'),
  state: text('Given back with the task.'),
  notifyHook: text('Is sent the task when it has ended.'),
})
export const fetchParams = Type.Object({ _id: text('Id of the task.'), id: text('The same.') })

const numberOrEmpty = Type.Union([Type.Number(), Type.Literal('')])
export const taskView = Type.Object(
  {
    _id: Type.String(),
    index: Type.String(),
    action: Type.String(),
    prompt: Type.String(),
    promptEn: Type.String({ description: 'What is drawn.' }),
    taskId: Type.String({ description: 'The parent; once it is done, the message on Discord.' }),
    uri: Type.String(),
    hash: Type.String(),
    content: Type.String(),
    progress: Type.String(),
    description: Type.String(),
    submitTime: numberOrEmpty,
    finishTime: numberOrEmpty,
    creationTime: Type.Number(),
    state: Type.String(),
    notifyHook: Type.String(),
    imageUrl: Type.String(),
    status: Type.Unsafe<'NOT_START' | 'IN_PROGRESS' | 'SUCCESS' | 'FAILURE'>({
      type: 'string',
      enum: ['NOT_START', 'IN_PROGRESS', 'SUCCESS', 'FAILURE'],
    }),
  },
  { description: 'A task; what is not known yet is an empty string.' },
)
export type Task = Static<typeof taskView>

export const submittedView = Type.Object({
  code: Type.Literal(1),
  description: Type.String(),
  result: Type.String({ description: '`_id` of the task.' }),
})
export const refusedView = Type.Object({
  code: Type.Literal(0),
  description: Type.String(),
})
