/** Orders an assembly and shows what happens, until the process has ended. */
import type { Api } from './api.ts'

export type Print = (line: string) => void

interface Message {
  readonly eventType: string
  readonly processId?: string
  readonly taskId?: string
  readonly taskState?: string
  readonly attempt?: number
  readonly error?: { readonly code: string; readonly description: string }
  readonly processState?: string
  readonly processStateReason?: string
}

interface LiveEvent {
  readonly at: string
  readonly message: Message
}

interface TaskView {
  readonly id: string
  readonly type: string
  /** In words; only in a process. */
  readonly what?: string
  readonly instance?: string
  readonly transition?: string
  readonly operation?: string
  readonly relationship?: string
  readonly to?: string | null
  readonly after: readonly { readonly task: string; readonly reason: string }[]
}

interface ProcessView {
  readonly assemblyName: string
  readonly status: string
  readonly statusReason: string
  readonly startTime: string
  readonly endTime?: string
  readonly executionPlan: { readonly tasks: readonly TaskView[] }
}

/** When something happened, since it began. */
export const timeText = (at: string, startedMs: number): string =>
  `${((Date.parse(at) - startedMs) / 1000).toFixed(2).padStart(8)} s`

/** Ends of a process. */
const ENDED = new Set(['Completed', 'Failed', 'Cancelled'])

/** The tasks in waves: each has everything that it waits for in the waves before it. */
export const wavesOf = (tasks: readonly TaskView[]): readonly (readonly TaskView[])[] => {
  const waveOf = new Map<string, number>()
  const waves: TaskView[][] = []
  for (const task of tasks) {
    const wave = Math.max(-1, ...task.after.map(({ task: id }) => waveOf.get(id) ?? -1)) + 1
    // A stage is a place to wait at, not work: it takes no wave of its own.
    waveOf.set(task.id, task.type === 'stage' ? wave - 1 : wave)
    if (task.type !== 'stage') (waves[wave] ??= []).push(task)
  }
  return waves.filter((wave) => wave.length > 0)
}

/** What a task does, and to whom, without the root's name in front of everything. */
export const titleOf = (task: TaskView, root: string): { readonly verb: string; readonly subject: string } => {
  const short = (name: string): string => (name.startsWith(`${root}__`) ? name.slice(root.length + 2) : name)
  switch (task.type) {
    case 'transition':
      return { verb: task.transition ?? task.type, subject: short(task.instance ?? '') }
    case 'operation':
      return {
        verb: task.operation ?? task.type,
        subject: `${short(task.instance ?? '')} (${short(task.relationship ?? '')})`,
      }
    case 'relationship':
      return { verb: task.to === null ? 'ceased' : 'related', subject: short(task.relationship ?? '') }
    default:
      return { verb: task.type, subject: short(task.instance ?? task.id) }
  }
}

export const printPlan = (tasks: readonly TaskView[], root: string, print: Print): void => {
  const waves = wavesOf(tasks)
  print(`The plan: ${tasks.length} tasks in ${waves.length} waves; what shares a wave can run at the same time.`)
  waves.forEach((wave, index) => {
    const subjects = new Map<string, string[]>()
    for (const task of wave) {
      const { verb, subject } = titleOf(task, root)
      subjects.set(verb, [...(subjects.get(verb) ?? []), subject])
    }
    let number = String(index + 1)
    for (const [verb, of] of subjects) {
      print(`${number.padStart(4)}  ${verb.padEnd(14)} ${of.join(', ')}`)
      number = ''
    }
  })
}

/** @returns the status that the process ended with */
export const followProcess = async (api: Api, processId: string, print: Print): Promise<string> => {
  const path = `/api/processes/${processId}`
  const process = (await api.get(path)) as ProcessView
  const tasks = new Map(process.executionPlan.tasks.map((task) => [task.id, task]))
  const work = process.executionPlan.tasks.filter((task) => task.type !== 'stage' && task.type !== 'relationship')
  const ended = new Set<string>()
  const startedMs = Date.parse(process.startTime)
  const root = process.assemblyName.split('__')[0] ?? ''
  const stopping = new AbortController()

  const show = ({ at, message }: LiveEvent): void => {
    const task = tasks.get(message.taskId ?? '')
    if (!task || task.type === 'stage') return
    if (message.taskState === 'Completed' && work.includes(task)) ended.add(task.id)
    const mark = { Completed: '✔', Failed: '✘', 'In Progress': '▶' }[message.taskState ?? ''] ?? ' '
    const error = message.error ? `  ${message.error.code}: ${message.error.description}` : ''
    const again = (message.attempt ?? 1) > 1 ? ` (attempt ${message.attempt})` : ''
    const count = message.taskState === 'Completed' ? `  ${ended.size}/${work.length}` : ''
    print(
      `${timeText(at, startedMs)}  ${mark} ${(task.what ?? task.id).replaceAll(`${root}__`, '')}${again}${error}${count}`,
    )
  }

  const read = async (): Promise<void> => {
    // From the oldest that is held: nothing that happened since the order is missed.
    for await (const event of api.events('after=-1', stopping.signal)) {
      const live = event as LiveEvent
      if (live.message?.processId !== processId) continue
      if (live.message.eventType === 'ProcessTaskStateChangeEvent') show(live)
      if (live.message.eventType === 'ProcessStateChangeEvent' && ENDED.has(live.message.processState ?? '')) return
    }
  }
  await read().finally(() => stopping.abort())
  const done = (await api.get(`${path}?shallow=true`)) as ProcessView
  const seconds = (Date.parse(done.endTime ?? done.startTime) - startedMs) / 1000
  print(`${done.status} after ${seconds.toFixed(1)} s${done.statusReason ? `: ${done.statusReason}` : ''}`)
  return done.status
}

/** Shows the plan, orders, and follows. @returns the status that the process ended with */
export const orderAssembly = async (
  api: Api,
  order: {
    readonly assemblyName: string
    readonly descriptorName: string
    readonly intendedState: string
    readonly properties: Readonly<Record<string, string>>
  },
  print: Print,
): Promise<string> => {
  const { tasks } = (await api.post('/api/intent/createAssembly/plan', order)).value as {
    readonly tasks: readonly TaskView[]
  }
  printPlan(tasks, order.assemblyName, print)
  const { location } = await api.post('/api/intent/createAssembly', order)
  print(
    `\nOrdered: ${order.assemblyName} (${order.descriptorName}) to ${order.intendedState}; its process is ${api.url}${location}`,
  )
  return followProcess(api, location.split('/').at(-1) ?? '', print)
}
