/** The first time, the second, the fourth, …: what goes wrong again and again must not fill the disk with warnings. */
export const isNews = (times: number): boolean => Number.isInteger(Math.log2(times))
