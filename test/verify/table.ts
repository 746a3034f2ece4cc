// The table of chains.

import { nameRows } from './names';
import { pathRows } from './paths';
import { revocationRows } from './revocation';
import { asClient, type Row } from './row';
import { useRows } from './uses';

export const rows: readonly Row[] = [...nameRows, ...pathRows, ...useRows, ...revocationRows];

/** Those that are others for a client, as such. */
export const clientRows: readonly Row[] = rows.filter((row) => row.asClient !== undefined).map(asClient);

/** Those that can occur in TLS. */
export const handshakeRows: readonly Row[] = rows.filter(({ offline }) => offline === undefined);

/** One for each list of faults, for what depends on them alone. */
export const distinctRows: readonly Row[] = [
  ...new Map(handshakeRows.map((row) => [row.faults.join(), row])).values(),
];
