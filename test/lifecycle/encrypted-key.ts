import { createPrivateKey } from 'node:crypto';
import { localhost } from '../helpers/identities';

/** The password of `encryptedKey`. */
export const password = 'right';

/** The key of `localhost`, encrypted: PEM. */
export const encryptedKey = createPrivateKey(localhost.privateKey.pem)
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password })
  .toString();
