// Files to be read: they are outside the directory in which files are written.

import { authority, localhost } from '../helpers/identities';
import { openssl, pathOf, write } from '../helpers/openssl-files';

export const certificateFile = write('certificate.pem', localhost.certificate.pem);
export const keyFile = write('key.pem', localhost.privateKey.pem);
export const authorityFile = write('authority.pem', authority.certificate.pem);
export const encryptedKeyFile = pathOf('encrypted.pem');
export const pkcs12 = pathOf('file.p12');

/** What opens the files that are encrypted. */
export const secret = 'secret';

openssl(`pkey -in key.pem -aes128 -passout pass:${secret} -out encrypted.pem`);
openssl(`pkcs12 -export -inkey key.pem -in certificate.pem -passout pass:${secret} -out file.p12`);
