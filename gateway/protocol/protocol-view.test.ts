import { expect, it } from 'vitest'
import type { NodeView } from '../services/node-view.ts'
import { liveNodes, viewLeftovers, viewProtocol } from './protocol-view.ts'

const spoken = { system: 1, oldest: 1, newest: 3 }
const left = { system: 1, outbox: 0, silentShards: [], deadLetters: 0, kinds: [] }

it('can be raised to the newest version that all nodes read', () => {
  const nodes = [
    { node: 'a', protocols: [1, 2, 3] },
    { node: 'b', protocols: [1, 2] },
  ]
  expect(viewProtocol(spoken, nodes)).toEqual({ ...spoken, nodes, canRaiseTo: 2 })
  expect(viewProtocol({ ...spoken, system: 2 }, nodes)).toEqual({
    ...spoken,
    system: 2,
    nodes,
    whyNot: 'protocol 3 is not read by b (reads 1, 2)',
  })
  expect(viewProtocol({ ...spoken, system: 3 }, [])).toMatchObject({
    whyNot: 'the node that answers knows no newer version',
  })
})

it('counts nodes of which any role is heard', () => {
  const node = (name: string, ...states: ('Ready' | 'NotReady' | 'Silent' | 'Stopped')[]): NodeView => ({
    node: name,
    state: 'Ready',
    roles: states.map((state) => ({ service: 'worker', state })),
    version: '1',
    protocols: [1],
    host: 'here',
    pid: 1,
    startedAt: '',
    lastSeen: '',
    shards: [],
  })
  const all = [
    node('a', 'Ready', 'Silent'),
    node('b', 'Silent'),
    node('c', 'Stopped'),
    node('d', 'NotReady', 'Stopped'),
  ]
  expect(liveNodes(all).map((one) => one.node)).toEqual(['a', 'd'])
})

it('says what to do about each thing that is left', () => {
  expect(viewLeftovers(left)).toMatchObject({
    clean: true,
    advice: 'nodes that read no newer version than 1 can serve alone',
  })
  for (const [found, advice] of [
    [{ outbox: 1 }, 'ask again'],
    [{ silentShards: [3] }, 'ask again'],
    [{ deadLetters: 1 }, 'replay or discard'],
    [{ kinds: ['counter'] }, 'keep a newer node for entities of counter'],
  ] as const)
    expect(viewLeftovers({ ...left, ...found })).toMatchObject({
      clean: false,
      advice: expect.stringContaining(advice) as string,
    })
})
