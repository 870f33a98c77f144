import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage, type Message } from './message.ts'

const message: Message = {
  to: { kind: 'counter', id: 'a' },
  origin: 'gn1',
  position: [7, 0],
  atMs: 1_700_000_000_000,
  sender: 'api',
  trace: 'order-1',
  replyTo: { node: 'n1', correlation: 3, deadlineMs: 1_700_000_005_000 },
  body: { type: 'add', amount: 1 },
}

/** As each version was first written. Never edited. */
const RECORDED = {
  1: 'AZwBp2NvdW50ZXKhYaNnbjEHAMtCeLz+VoAAAKNhcGmnb3JkZXItMZKibjEDwIKkdHlwZaNhZGSmYW1vdW50AQ==',
  2: 'AZwCp2NvdW50ZXKhYaNnbjEHAMtCeLz+VoAAAKNhcGmnb3JkZXItMZPAA8tCeLz+V7iAAMCCpHR5cGWjYWRkpmFtb3VudAE=',
} as const

describe('a message', () => {
  it('of version 1 is read for good, and does not say until when its asker waits', () => {
    expect(decodeMessage(Buffer.from(RECORDED[1], 'base64'))).toEqual({
      ...message,
      replyTo: { node: 'n1', correlation: 3 },
    })
  })

  it('of version 2 is read for good', () => {
    expect(decodeMessage(Buffer.from(RECORDED[2], 'base64'))).toEqual(message)
  })

  it('is written in each version as it was first written', () => {
    for (const version of [1, 2] as const)
      expect(Buffer.from(encodeMessage(message, version)).toString('base64')).toBe(RECORDED[version])
  })

  it('names the node that waits where its origin does not', () => {
    const handedOn = { ...message, origin: 's3' }
    for (const version of [1, 2])
      expect(decodeMessage(encodeMessage(handedOn, version)).replyTo).toMatchObject({ node: 'n1', correlation: 3 })
  })

  it('of a newer version is left to a newer node, and one that no release writes is broken', () => {
    expect(() => decodeMessage(encodeMessage(message, 2), 1)).toThrowError(
      expect.objectContaining({
        code: 'newer-version',
        message: 'a message of version 2 was written by a newer release; this node reads up to version 1: upgrade it',
      }) as Error,
    )
    expect(() => decodeMessage(encodeMessage(message, 77))).toThrowError(
      expect.objectContaining({ code: 'unreadable' }) as Error,
    )
  })
})
