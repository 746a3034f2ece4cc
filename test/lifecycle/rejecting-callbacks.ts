// A process whose callbacks answer with promises that reject, where they cannot be waited for, or throw nothing. It
// prints what the handshakes came to; a rejection that nobody handles would end it.

import '../helpers/without-jobs';
import { SSL_VERIFY_PEER } from 'bladessl';
import { attempt } from '../helpers/handshake';
import { clientContext, serverContext, show, someone } from '../helpers/identities';

const reject = async (): Promise<never> => {
  throw new Error('late');
};

function codes(): unknown[] {
  const judging = ['onVerify', 'verifyChain'].map((name) => {
    const context = Object.assign(serverContext().setVerify(SSL_VERIFY_PEER), { [name]: reject });
    return attempt(show(clientContext(), someone), context).serverError?.code;
  });
  const server = serverContext();
  server.onOcsp = reject as never;
  const client = clientContext();
  client.statusRequest = 'verify';
  const throwing = [undefined, null].map((nothing) => {
    const context = clientContext();
    context.onVerify = () => {
      throw nothing;
    };
    return attempt(context, serverContext()).clientError?.code;
  });
  return [...judging, attempt(client, server).serverError?.code, ...throwing];
}

const found = codes();
setImmediate(() => console.log(JSON.stringify(found)));
