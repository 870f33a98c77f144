/** The report for people: Markdown, with the charts as pictures beside it. */
import { circumstancesText } from '../circumstances.ts'
import { type Summary, valueText, verdictText } from '../figures.ts'
import { type Machine, machineText } from '../machine.ts'
import type { ProfileSummary, SelfTime } from '../profile.ts'
import { chartSvg } from './chart.ts'
import type { Section, Table } from './section.ts'

const AREAS_SHOWN = 14
const FUNCTIONS_SHOWN = 25

export interface ReportHead {
  readonly title: string
  /** `npm run <command>` */
  readonly command: string
  readonly machine: Machine
  readonly servers: string
  readonly scale: string
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

/** A bar in a table cell would end it. */
const cell = (text: string): string => text.replaceAll('|', '\\|')

const tableLines = ({ title, head, rows }: Table): readonly string[] => [
  `**${title}**`,
  '',
  `| ${head.map(cell).join(' | ')} |`,
  `|${head.map((_, index) => (index === 0 ? '---' : '---:')).join('|')}|`,
  ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`),
  '',
]

const summaryLines = (summaries: readonly Summary[]): readonly string[] => [
  '| figure | median | lowest | highest | runs | aim |',
  '|---|---:|---:|---:|---:|---|',
  ...summaries.map(
    (summary) =>
      `| ${cell(summary.name)} | ${valueText(summary.median, summary.unit)} | ${valueText(Math.min(...summary.runs), summary.unit)} | ` +
      `${valueText(Math.max(...summary.runs), summary.unit)} | ${summary.runs.length} | ${verdictText(summary)} |`,
  ),
  '',
]

const profileRows = (title: string, times: readonly SelfTime[]): readonly string[] => [
  `| ${title} | self time |`,
  '|---|---:|',
  ...times.map(({ name, share }) => `| \`${cell(name)}\` | ${percent(share)} |`),
  '',
]

const profileLines = (of: string, { busyShare, areas, functions }: ProfileSummary): readonly string[] => [
  `**Where the time goes: ${of}** (CPU profile of a further run, which is in no figure; the process was busy ${percent(busyShare)} of it, the shares are of that)`,
  '',
  ...profileRows('package or folder', areas.slice(0, AREAS_SHOWN)),
  ...profileRows('function', functions.slice(0, FUNCTIONS_SHOWN)),
]

/** `pictureOf`: the path of a chart as the report names it. */
export const sectionLines = (section: Section, pictureOf: (name: string) => string): readonly string[] => [
  `## ${section.title}`,
  '',
  section.circumstances
    ? `${circumstancesText(section.circumstances)}.`
    : 'Measured earlier; on which commit wasn’t noted.',
  '',
  ...section.losses.flatMap((what) => [`**LOST: ${what}** No figures.`, '']),
  ...(section.summaries.length === 0 ? [] : summaryLines(section.summaries)),
  ...(section.tables ?? []).flatMap(tableLines),
  ...(section.charts ?? []).flatMap(({ name, chart }) => [`![${chart.title}](${pictureOf(name)})`, '']),
  ...section.notes.map((note) => `- ${note}`),
  ...(section.notes.length === 0 ? [] : ['']),
  ...(section.profiles ?? []).flatMap(({ of, profile }) => profileLines(of, profile)),
]

/** What was aimed at, all in one place, and what became of it. */
const aimLines = (sections: readonly Section[]): readonly string[] => {
  const rows = sections.flatMap(({ title, summaries }) =>
    summaries
      .filter(({ aim }) => aim !== undefined)
      .map((summary) => [title, summary.name, valueText(summary.median, summary.unit), verdictText(summary)]),
  )
  return rows.length === 0
    ? []
    : tableLines({ title: 'Aims', head: ['measurement', 'figure', 'median', 'verdict'], rows })
}

export const reportLines = (
  { title, command, machine, servers, scale }: ReportHead,
  sections: readonly Section[],
  pictureOf: (name: string) => string,
): readonly string[] => [
  `# ${title}`,
  '',
  `${machineText(machine)}.`,
  '',
  `${servers}. Nodes, clients, Redis and Kafka share the cores of this machine. Scale: ${scale}.`,
  'Each figure is the median of several runs, with the lowest and the highest: if those are far apart, so is the truth.',
  `A run that lost anything shows no figures. Written by \`npm run ${command}\`; what each run found is in the JSON file beside this one.`,
  '',
  ...aimLines(sections),
  ...sections.flatMap((section) => sectionLines(section, pictureOf)),
]

/** File name (without a folder) → text. */
export const picturesOf = (
  sections: readonly Section[],
  fileOf: (name: string) => string,
): ReadonlyMap<string, string> =>
  new Map(
    sections.flatMap(({ charts = [] }) => charts.map(({ name, chart }) => [fileOf(name), chartSvg(chart)] as const)),
  )
