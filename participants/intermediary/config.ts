/** Every bound and time of a participant, with what happens when it is hit. */
export interface ParticipantConfig {
  /** Between two periodic status messages, give or take `reportingJitter` (a share), so that many participants spread out. */
  readonly reportingIntervalMs: number
  readonly reportingJitter: number
  /** Of one status message; more loops go into further messages. A loop is never split. */
  readonly loopsPerStatusMax: number
  readonly elementsPerStatusMax: number
  /** The same of a periodic one, with a pause in between: shorter where all would take longer than half of the interval. */
  readonly loopsPerPacedStatus: number
  readonly statusPauseMs: number
  /** Unchanged loops that a periodic status tells of, in turn, beside those that changed. */
  readonly loopsPerRotation: number
  /** How long a listener's `statistics` may take for all elements of a message; then what is remembered is told. */
  readonly statisticsTimeoutMs: number
  /** Waits between two `register`, until it is answered. */
  readonly registerRetry: { readonly firstMs: number; readonly longestMs: number }
  /** How long a participant that stops waits for the answer to `deregister`; then it goes without. */
  readonly deregisterWaitMs: number
  /** How long it waits before for operations that were told to end. */
  readonly drainWaitMs: number
  /** Operations of listeners at the same time; further elements wait in line. */
  readonly operationsMax: number
  /**
   * An operation that takes longer has failed, and its signal is raised. Much longer than what the runtime waits: it orders
   * something else when it has had enough. A listener that overlooks the signal may then be called again meanwhile.
   */
  readonly operationTimeoutMs: number
  /** How long an element waits for its definition; then it fails. */
  readonly definitionWaitMs: number
  /** Further elements are refused. */
  readonly elementsMax: number
  /** Further definitions are refused. */
  readonly definitionsMax: number
  /** Orders whose answers are remembered; the oldest are forgotten first, and would be carried out again. */
  readonly handledOrdersMax: number
  /** Loops of which it is remembered when they were last ordered something; of others an order that was held up would be carried out. */
  readonly latestOrdersMax: number
  /**
   * How far the clocks of the runtime's nodes may be apart: an order that is older than another by more was overtaken by it. And how far
   * they may be ahead of the participant's: an order that is dated later counts as given then.
   */
  readonly clocksDifferMaxMs: number
  /** Orders that wait for the same operation of an element; beyond it the oldest gets no answer. */
  readonly asksPerOperationMax: number
  /** Loops that are gone and still remembered, to answer an order that comes again. */
  readonly goneLoopsMax: number
  /** Of the text in a result; longer ones are cut. */
  readonly messageCharsMax: number
  /** Reports that wait to be sent again after a failure; beyond it the oldest are lost, and the runtime asks again. */
  readonly reportsWaitingMax: number
  readonly reportRetry: { readonly firstMs: number; readonly longestMs: number }
}

export const DEFAULT_PARTICIPANT_CONFIG: ParticipantConfig = {
  reportingIntervalMs: 60_000,
  reportingJitter: 0.1,
  loopsPerStatusMax: 200,
  elementsPerStatusMax: 1_000,
  loopsPerPacedStatus: 50,
  statusPauseMs: 250,
  loopsPerRotation: 50,
  statisticsTimeoutMs: 2_000,
  registerRetry: { firstMs: 1_000, longestMs: 30_000 },
  deregisterWaitMs: 3_000,
  drainWaitMs: 5_000,
  operationsMax: 256,
  operationTimeoutMs: 300_000,
  definitionWaitMs: 10_000,
  elementsMax: 500_000,
  definitionsMax: 10_000,
  handledOrdersMax: 32_768,
  latestOrdersMax: 32_768,
  clocksDifferMaxMs: 5_000,
  asksPerOperationMax: 64,
  goneLoopsMax: 10_000,
  messageCharsMax: 1_000,
  reportsWaitingMax: 10_000,
  reportRetry: { firstMs: 100, longestMs: 10_000 },
}
