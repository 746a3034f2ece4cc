// Whether all that is public was called with success, or it is said why not.

/** What a run says of the members that it was to call. */
export interface Coverage {
  /** Those that have not succeeded, and why is written. */
  readonly known: string[];
  /** Those that have not succeeded, and nobody knows why. */
  readonly unexplained: string[];
  /** Those of which a reason is written, and which have succeeded or do not exist. */
  readonly outdated: string[];
}

/** Compares how often each member has succeeded with the reasons that are written for those that never do. */
export function judgeCoverage(
  members: ReadonlySet<string>,
  succeeded: ReadonlyMap<string, number>,
  reasons: Readonly<Record<string, string>>,
): Coverage {
  const never = [...members].filter((member) => !succeeded.has(member));
  const hasReason = (member: string): boolean => (reasons[member] ?? '').trim() !== '';
  return {
    known: never.filter(hasReason),
    unexplained: never.filter((member) => !hasReason(member)),
    outdated: Object.keys(reasons).filter((member) => succeeded.has(member) || !members.has(member)),
  };
}
