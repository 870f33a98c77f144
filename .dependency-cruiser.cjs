/**
 * Who may import whom (see ARCHITECTURE.md): the arrows point inwards, to the runtime, which knows no telecom; and each
 * vendor has one home, so that it can be replaced there.
 */
const only = (from, allowed) => ({
  name: `${from}-imports`,
  comment: `${from}/ may import only ${allowed.join(', ') || 'itself'}`,
  severity: 'error',
  from: { path: `^${from}/`, pathNot: '\\.test\\.ts$|^[a-z]+/testing/' },
  to: {
    path: '^(main\\.ts|runtime|actors|gateway|participants|drivers|persistence|bench|console|scripts|system|deploy)',
    pathNot: [`^${from}/`, ...allowed.map((folder) => `^${folder}(/|\\.ts$)`)],
  },
})

const vendor = (name, homes) => ({
  name: `${name.replace(/[^a-z]/g, '')}-home`,
  comment: `${name} is imported only in ${homes.join(', ')}`,
  severity: 'error',
  from: { pathNot: [...homes.map((home) => `^${home}`), '\\.test\\.ts$'] },
  to: { path: `^node_modules/${name}/` },
})

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('runtime', []),
    only('actors', ['runtime', 'participants/protocol', 'drivers/protocol']),
    only('gateway', ['actors', 'runtime', 'participants/protocol']),
    only('participants', ['runtime']),
    only('drivers', ['runtime']),
    only('persistence', ['runtime']),
    only('console', []),
    vendor('nact', ['runtime/local-tree']),
    // A participant that has nothing of this project speaks to Kafka by itself.
    vendor('kafkajs', ['runtime/transport/', 'participants/testing/plain-participant\\.ts']),
    vendor('ioredis', ['persistence/']),
    vendor('hono', ['gateway/']),
    vendor('@hono', ['gateway/']),
    vendor('yaml', ['actors/model/', 'gateway/', 'scripts/', 'deploy/']),
    {
      name: 'nobody-imports-main',
      severity: 'error',
      from: {},
      to: { path: '^main\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
