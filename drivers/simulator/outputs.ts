/** Plausible outputs for properties that no script gives a value for: the same for a resource each time. Pure. */
import { createHash } from 'node:crypto'

/** An address for names such as `mgmtIp` or `ip_address`, a port, MAC or URL where the name says so, else an id. */
export const plausibleOutput = (resourceId: string, name: string): string => {
  const hash = createHash('sha256').update(`${resourceId}/${name}`).digest()
  const byte = (index: number): number => hash[index] ?? 0
  const hex = hash.toString('hex')
  const ip = `10.${byte(0)}.${byte(1)}.${1 + (byte(2) % 254)}`
  const words = new Set(wordsOf(name))
  const says = (...any: readonly string[]): boolean => any.some((word) => words.has(word))
  if (says('mac')) return ['02', ...[0, 1, 2, 3, 4].map((index) => hex.slice(index * 2, index * 2 + 2))].join(':')
  if (says('url', 'uri', 'endpoint')) return `http://${ip}`
  if (says('port') && !says('id', 'name')) return String(30_000 + (byte(3) % 2_768))
  if (says('ip', 'ips', 'ipaddr', 'ipaddress', 'ipv4', 'addr', 'address')) return ip
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** `mgmtIp`, `mgmt_ip` and `mgmt-ip` have the words `mgmt` and `ip`. */
const wordsOf = (name: string): readonly string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
