import { readFileSync, readdirSync } from 'node:fs'
import { it } from 'vitest'
import { parse } from 'yaml'
import { ONAP, openLoopApi } from './testing/loop-api.ts'
const F = '/work/shared/data/control-loop'
it('x', async () => {
  for (const era of ['istanbul', 'poc']) for (const f of readdirSync(`${F}/${era}`).filter((n) => n.endsWith('.yaml'))) {
    const api = await openLoopApi()
    const t = Date.now()
    const r = await api.yaml('POST', `${ONAP}/commission`, readFileSync(`${F}/${era}/${f}`, 'utf8'))
    const b: any = await r.json()
    console.log(era, f, r.status, Date.now() - t, 'ms', r.status === 200 ? b.affectedControlLoopDefinitions.length + ' nodes, warnings ' + (b.warnings?.length ?? 0) : JSON.stringify(b).slice(0, 300))
    if (r.status === 200) {
      const defs: any = await api.get(`/api/runtime/control-loop-definitions`)
      for (const d of defs.definitions) {
        const one: any = await api.get(`/api/runtime/control-loop-definitions/${d.name}/${d.version}`)
        const elements = Object.fromEntries(one.elements.map((e: any, i: number) => [`00000000-0000-4000-8000-00000000000${i}`, { definition: e.definition, participantId: e.participantId ?? { name: 'P' + i, version: '1.0.0' } }]))
        const m = await api.send('POST', `${ONAP}/instantiation`, { controlLoopList: [{ name: d.name + 'X', version: '1.0.0', definition: { name: d.name, version: d.version }, elements }] })
        const mb: any = await m.json()
        console.log('   loop', d.name, d.version, one.elements.length, 'elements', m.status, m.status === 200 ? JSON.stringify(mb.warnings ?? []).slice(0, 300) : JSON.stringify(mb).slice(0, 1200))
      }
    }
    if (api.reported.length) console.log('REPORTED', api.reported)
    await api.stop()
  }
}, 100000)
