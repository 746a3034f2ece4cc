// A process in which OpenSSL's jobs are switched off: what a handshake with a key that is elsewhere comes to when the
// key answers at once, and when it promises to.

import { TLSServerContext } from 'bladessl';
import { attempt } from './helpers/handshake';
import { clientContext, localhost } from './helpers/identities';
import { remoteKeyOf, showRemotely, signingLater, signingWith } from './helpers/remote-keys';

for (const signer of [signingWith, signingLater]) {
  const server = showRemotely(new TLSServerContext(), localhost, remoteKeyOf(localhost, signer(localhost)));
  const { clientError, serverError } = attempt(clientContext(), server);
  console.log(serverError?.code ?? 'done', clientError?.alert?.name ?? 'done');
}
