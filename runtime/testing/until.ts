/** Waits for a condition, with a deadline: tests don't sleep. */
export const until = async (isSo: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> => {
  const endMs = Date.now() + deadlineMs
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error(`not so within ${deadlineMs} ms: ${isSo.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
