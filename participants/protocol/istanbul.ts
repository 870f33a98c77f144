/**
 * The messages of ONAP CLAMP's control loops, release Istanbul (onap/policy-clamp,
 * `models/…/controlloop/models/messages/dmaap/participant/`). Two literals differ in spelling: orders are CONTROL_LOOP_…, their answers
 * CONTROLLOOP_…_ACK.
 *
 * As its encoder does: fields without a value are left out, empty lists are kept, times are ISO 8601, enums by name.
 * As its decoder does: what isn't known is ignored (`partitionKey` of later releases, too), null is as good as absent.
 */
import { encodeOrder } from './istanbul/order-writing.ts'
import { decodeOrder } from './istanbul/order-reading.ts'
import { encodeReport } from './istanbul/report-writing.ts'
import { decodeReport } from './istanbul/report-reading.ts'
import type { Generation } from './wire.ts'

export const istanbul: Generation = { name: 'istanbul', encodeOrder, encodeReport, decodeOrder, decodeReport }
