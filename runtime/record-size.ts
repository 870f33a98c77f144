/** Whether a record is one that brokers take. */
import { RuntimeFault } from './fault.ts'

/** @throws {RuntimeFault} `limit-exceeded` */
export const refuseTooLong = (value: Uint8Array, recordBytesMax: number, address: string): void => {
  if (value.length <= recordBytesMax) return
  const message = `a message of ${value.length} bytes for ${address}: ${recordBytesMax} are the most`
  throw new RuntimeFault('limit-exceeded', message, { address })
}
