/** Own entries only: names come from people, and one named `constructor` is not what every object has. */
export const ownEntry = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined
