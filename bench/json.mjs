// @ts-check
// What `--json` writes.

/**
 * @param {object} about
 * @param {import('./machine.mjs').Machine} about.machine
 * @param {number} about.rounds
 * @param {number} about.seconds
 * @param {readonly { driver: string, reason: string }[]} about.skipped
 * @param {readonly import('./summary.mjs').CaseSummary[]} summaries
 */
export function reportText(about, summaries) {
  const results = summaries.flatMap(({ item, agreed, groups }) =>
    groups.flatMap(({ rows }) =>
      rows.map(({ driver, trials, ...figures }) => ({
        case: item.name,
        driver: driver.name,
        transport: driver.transport,
        measure: item.measure,
        unit: item.unit,
        agreed,
        ...figures,
        trials: trials.map(({ operations, wall, cpu, resident, delay }) => ({
          operations,
          wall,
          cpu,
          resident,
          delay,
        })),
      })),
    ),
  );
  return `${JSON.stringify({ ...about, results }, null, 2)}\n`;
}
