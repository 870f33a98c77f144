/** Strongly connected components of a graph, so that cycles can be found and told. */

/** For each node the number of its component; nodes share one exactly if each can be reached from the other. */
export const componentsOf = (successors: readonly (readonly number[])[]): readonly number[] => {
  const size = successors.length
  const order = new Array<number>(size).fill(-1)
  const low = new Array<number>(size).fill(0)
  const component = new Array<number>(size).fill(-1)
  const trail: number[] = []
  let visited = 0
  let components = 0
  // Tarjan's algorithm with a stack of its own: a plan's longest path is longer than the call stack is deep.
  for (let start = 0; start < size; start++) {
    if (order[start] !== -1) continue
    const stack: { node: number; next: number }[] = [{ node: start, next: 0 }]
    while (stack.length > 0) {
      const frame = stack[stack.length - 1] as { node: number; next: number }
      const { node } = frame
      if (frame.next === 0) {
        order[node] = low[node] = visited++
        trail.push(node)
      }
      const successor = successors[node]?.[frame.next++]
      if (successor !== undefined) {
        if (order[successor] === -1) stack.push({ node: successor, next: 0 })
        else if (component[successor] === -1) low[node] = Math.min(low[node] ?? 0, order[successor] ?? 0)
        continue
      }
      stack.pop()
      const parent = stack.at(-1)?.node
      if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[node] ?? 0)
      if (low[node] === order[node]) {
        for (let member = trail.pop(); member !== undefined; member = trail.pop()) {
          component[member] = components
          if (member === node) break
        }
        components += 1
      }
    }
  }
  return component
}

/** The shortest cycle through the first node that lies on one, or undefined if there is none. */
export const findCycle = (successors: readonly (readonly number[])[]): readonly number[] | undefined => {
  const component = componentsOf(successors)
  for (const [start, next] of successors.entries()) {
    if (!next.some((node) => component[node] === component[start])) continue
    const cameFrom = new Map<number, number>()
    const queue = [start]
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      for (const node of successors[at] ?? []) {
        if (component[node] !== component[start]) continue
        if (node === start) return pathBack(cameFrom, start, at)
        if (cameFrom.has(node)) continue
        cameFrom.set(node, at)
        queue.push(node)
      }
    }
  }
  return undefined
}

const pathBack = (cameFrom: ReadonlyMap<number, number>, start: number, last: number): readonly number[] => {
  const path = [last]
  for (let at = last; at !== start;) {
    at = cameFrom.get(at) ?? start
    path.push(at)
  }
  return path.reverse()
}
