import { describe, expect, it } from 'vitest'
import { plausibleOutput } from './outputs.ts'

describe('plausibleOutput', () => {
  it.each(['mgmtIp', 'ip_address', 'private_ip', 'data-address', 'publicIpAddress', 'ip'])(
    'gives %s an address',
    (name) => {
      expect(plausibleOutput('r1', name)).toMatch(/^10\.\d{1,3}\.\d{1,3}\.\d{1,3}$/)
    },
  )

  it.each(['description', 'zip', 'recipe', 'deploymentName', 'network-id', 'port_id'])('gives %s an id', (name) => {
    expect(plausibleOutput('r1', name)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  })

  it('knows ports, MACs and URLs', () => {
    expect(Number(plausibleOutput('r1', 'sipPort'))).toBeGreaterThanOrEqual(30_000)
    expect(plausibleOutput('r1', 'mac_address')).toMatch(/^02(:[0-9a-f]{2}){5}$/)
    expect(plausibleOutput('r1', 'serviceUrl')).toMatch(/^http:\/\/10\./)
  })

  it('is the same for a resource each time, and another for another', () => {
    expect(plausibleOutput('r1', 'ip')).toBe(plausibleOutput('r1', 'ip'))
    expect(plausibleOutput('r1', 'ip')).not.toBe(plausibleOutput('r2', 'ip'))
  })
})
