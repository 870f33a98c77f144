/** The literals of `messageType`, and which way each travels. */
const ORDER_TYPES = [
  'PARTICIPANT_REGISTER_ACK',
  'PARTICIPANT_DEREGISTER_ACK',
  'PARTICIPANT_UPDATE',
  'CONTROL_LOOP_UPDATE',
  'CONTROL_LOOP_STATE_CHANGE',
  'PARTICIPANT_STATUS_REQ',
  /** Of the releases before; Istanbul has the literals still. */
  'PARTICIPANT_STATE_CHANGE',
  'PARTICIPANT_HEALTH_CHECK',
] as const
export type OrderType = (typeof ORDER_TYPES)[number]

const REPORT_TYPES = [
  'PARTICIPANT_REGISTER',
  'PARTICIPANT_DEREGISTER',
  'PARTICIPANT_UPDATE_ACK',
  'CONTROLLOOP_UPDATE_ACK',
  'CONTROLLOOP_STATECHANGE_ACK',
  'PARTICIPANT_STATUS',
] as const
export type ReportType = (typeof REPORT_TYPES)[number]

export const isOrderType = (text: string): text is OrderType => (ORDER_TYPES as readonly string[]).includes(text)
export const isReportType = (text: string): text is ReportType => (REPORT_TYPES as readonly string[]).includes(text)
