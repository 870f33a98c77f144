/** The report as Markdown: the same in the console and in the file. */
import { type Summary, valueText, verdictText } from './figures.ts'
import { type Machine, machineText } from './machine.ts'
import type { ProfileSummary, SelfTime } from './profile.ts'

export interface MeasurementReport {
  readonly name: string
  readonly title: string
  readonly summaries: readonly Summary[]
  readonly notes: readonly string[]
  /** What was lost: then there are no figures. */
  readonly losses: readonly string[]
  readonly profile?: ProfileSummary
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

const rows = (title: string, times: readonly SelfTime[]): readonly string[] => [
  `| ${title} | self time |`,
  '|---|---:|',
  ...times.map(({ name, share }) => `| \`${name}\` | ${percent(share)} |`),
  '',
]

const profileLines = ({ busyShare, functions, areas }: ProfileSummary): readonly string[] => [
  `Where the time goes (CPU profile of a further run; the process was busy ${percent(busyShare)} of it):`,
  '',
  ...rows('where', areas.slice(0, 12)),
  ...rows('function', functions.slice(0, 20)),
]

export const measurementLines = ({
  title,
  summaries,
  notes,
  losses,
  profile,
}: MeasurementReport): readonly string[] => [
  `## ${title}`,
  '',
  ...losses.map((what) => `**LOST: ${what}.** No figures.\n`),
  ...(summaries.length === 0
    ? []
    : [
        '| figure | median | lowest | highest | aim |',
        '|---|---:|---:|---:|---|',
        ...summaries.map(
          (summary) =>
            `| ${summary.name} | ${valueText(summary.median, summary.unit)} | ` +
            `${valueText(Math.min(...summary.runs), summary.unit)} | ${valueText(Math.max(...summary.runs), summary.unit)} | ${verdictText(summary)} |`,
        ),
        '',
        ...notes.map((note) => `* ${note}`),
        '',
      ]),
  ...(profile ? profileLines(profile) : []),
]

export const headLines = (machine: Machine, runs: number): readonly string[] => [
  '# Bench',
  '',
  `${machineText(machine)}.`,
  `Medians of ${runs} ${runs === 1 ? 'run' : 'runs'}, each in a process and on a file of its own.`,
  '',
]
